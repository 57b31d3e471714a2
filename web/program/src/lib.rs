//! The page's program as WebAssembly. It imports nothing from its host, so it can compute and
//! nothing else: a test holds that.
//!
//! The functions have their own names in WebAssembly alone: on other machines `read` is the C library's.
//!
//! Bytes go in by [`input`], which says where to write them; [`name`] takes them for the name of
//! the next source, [`read`] for a source of the cluster, [`read_new`] for one of new manifests.
//! Bytes come out where [`output`] says. A page calls from one worker, one call at a time.

use std::sync::{Mutex, MutexGuard, PoisonError};

use daemonset_manifest::Inventory;
use daemonset_report::{Diff, Report};

static PROGRAM: Mutex<Option<Program>> = Mutex::new(None);

struct Program {
    cluster: Inventory,
    /// Manifests that would be applied to it.
    new: Inventory,
    name: String,
    input: Vec<u8>,
    output: Vec<u8>,
}

impl Program {
    fn new() -> Self {
        Self {
            cluster: Inventory::new().with_fit_objects(),
            new: Inventory::new().with_fit_objects(),
            name: String::new(),
            input: Vec::new(),
            output: Vec::new(),
        }
    }
}

fn with<T>(answer: impl FnOnce(&mut Program) -> T) -> T {
    let mut program: MutexGuard<'_, _> = PROGRAM.lock().unwrap_or_else(PoisonError::into_inner);
    answer(program.get_or_insert_with(Program::new))
}

/// Forgets everything.
#[allow(unsafe_code)] // the name is exported
#[cfg_attr(target_arch = "wasm32", unsafe(no_mangle))]
pub extern "C" fn clear() {
    with(|program| *program = Program::new());
}

/// Where the next `length` bytes are to be written.
#[allow(unsafe_code)] // the name is exported
#[must_use]
#[cfg_attr(target_arch = "wasm32", unsafe(no_mangle))]
pub extern "C" fn input(length: usize) -> *mut u8 {
    with(|program| {
        program.input.clear();
        program.input.resize(length, 0);
        program.input.as_mut_ptr()
    })
}

/// Takes what was written for the name of the source that comes next.
#[allow(unsafe_code)] // the name is exported
#[cfg_attr(target_arch = "wasm32", unsafe(no_mangle))]
pub extern "C" fn name() {
    with(|program| program.name = String::from_utf8_lossy(&program.input).into_owned());
}

/// Takes what was written for a source of the cluster, and reads it.
#[allow(unsafe_code)] // the name is exported
#[cfg_attr(target_arch = "wasm32", unsafe(no_mangle))]
pub extern "C" fn read() {
    with(|program| {
        let text = std::mem::take(&mut program.input);
        program.cluster.read(&program.name, &text);
    });
}

/// Forgets the new manifests.
#[allow(unsafe_code)] // the name is exported
#[cfg_attr(target_arch = "wasm32", unsafe(no_mangle))]
pub extern "C" fn clear_new() {
    with(|program| program.new = Inventory::new().with_fit_objects());
}

/// Takes what was written for a source of new manifests, and reads it.
#[allow(unsafe_code)] // the name is exported
#[cfg_attr(target_arch = "wasm32", unsafe(no_mangle))]
pub extern "C" fn read_new() {
    with(|program| {
        let text = std::mem::take(&mut program.input);
        program.new.read(&program.name, &text);
    });
}

/// Makes the report of the cluster, and says how many bytes of JSON it has.
#[allow(unsafe_code)] // the name is exported
#[must_use]
#[cfg_attr(target_arch = "wasm32", unsafe(no_mangle))]
pub extern "C" fn report() -> usize {
    with(|program| {
        let report = Report::new(&program.cluster, None);
        program.output = serde_json::to_vec(&report).unwrap_or_default();
        program.output.len()
    })
}

/// Makes the answer what the new manifests would do to the cluster, and says how many bytes of JSON
/// it has.
#[allow(unsafe_code)] // the name is exported
#[must_use]
#[cfg_attr(target_arch = "wasm32", unsafe(no_mangle))]
pub extern "C" fn diff() -> usize {
    with(|program| {
        let diff = Diff::new(&program.cluster, &program.new, None, |_, _| true);
        program.output = serde_json::to_vec(&diff).unwrap_or_default();
        program.output.len()
    })
}

/// Where the answer begins.
#[allow(unsafe_code)] // the name is exported
#[must_use]
#[cfg_attr(target_arch = "wasm32", unsafe(no_mangle))]
pub extern "C" fn output() -> *const u8 {
    with(|program| program.output.as_ptr())
}
