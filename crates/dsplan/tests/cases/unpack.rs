//! The recorded inputs: files, of which the larger ones are packed.

use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};

const INPUT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/cases/input");

/// A folder with all inputs of a kind, unpacked anew.
pub fn folder(kind: &str) -> PathBuf {
    let to = Path::new(env!("CARGO_TARGET_TMPDIR"))
        .join("cases")
        .join(kind);
    copy(&Path::new(INPUT).join(kind), &to);
    to
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("the folder can be made");
    for entry in fs::read_dir(from).expect("the inputs are there") {
        let path = entry.expect("it can be listed").path();
        let name = path.file_name().expect("it has a name");
        if path.is_dir() {
            copy(&path, &to.join(name));
            continue;
        }
        let read = fs::read(&path).expect("it can be read");
        match path.extension() {
            Some(end) if end == "gz" => {
                let mut whole = Vec::new();
                let mut packed = flate2::read::GzDecoder::new(read.as_slice());
                packed.read_to_end(&mut whole).expect("it is packed");
                let name = Path::new(name).with_extension("");
                fs::write(to.join(name), whole).expect("it can be written");
            }
            _ => fs::write(to.join(name), read).expect("it can be written"),
        }
    }
}
