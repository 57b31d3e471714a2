//! Memory is taken in proportion to the source, whatever it says: at most so many bytes for each
//! byte of it.

use daemonset::Options;
use daemonset_manifest::Inventory;
use daemonset_manifest::apply::apply;
use daemonset_manifest::check::Check;
use daemonset_manifest::lint::{Linter, Lints};
use peak_alloc::PeakAlloc;

#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

/// How many bytes of memory a byte of a source takes at most while it is read, and after that.
const BOUND: usize = 400;

/// The same with everything that is said of the DaemonSets in it, by the API server and by lint.
const BOUND_OF_ALL: usize = 1000;

/// The same with a merge, and what would be said of its outcome.
const BOUND_OF_APPLY: usize = 2000;

/// What a source takes besides, however small it is: the field table, the findings that are kept.
const BESIDES: usize = 4 << 20;

fn list(kind: &str, item: &str, count: usize) -> String {
    let version = match kind {
        "Node" | "Pod" => "v1",
        _ => "apps/v1",
    };
    let items = (0..count).map(|at| item.replace('#', &format!("{at:x}")));
    let items: Vec<_> = items.collect();
    format!(
        r#"{{"apiVersion":"{version}","kind":"{kind}List","items":[{}]}}"#,
        items.join(",")
    )
}

/// A DaemonSet with a hostile field in its pod spec.
fn set(field: &str, item: &str, count: usize) -> String {
    let items = vec![item; count].join(",");
    format!(
        r#"{{"apiVersion":"apps/v1","kind":"DaemonSet","metadata":{{"name":"a"}},"spec":{{"template":{{"spec":{{"{field}":[{items}]}}}}}}}}"#
    )
}

#[test]
fn a_byte_of_text_takes_so_many_bytes_of_memory_at_most() {
    let kinds = ["DaemonSet", "ControllerRevision", "Node", "Pod"];
    let mut cases: Vec<(String, String)> = Vec::new();
    for kind in kinds {
        cases.push((format!("{kind}s of nothing"), list(kind, "{}", 50_000)));
        let named = r##"{"metadata":{"name":"#"}}"##;
        cases.push((format!("{kind}s with a name"), list(kind, named, 5_000)));
    }
    for (what, text) in [
        ("digits", format!("[{}]", vec!["1"; 400_000].join(","))),
        ("digits of YAML", "- 1\n".repeat(100_000)),
        ("objects", list("Secret", r#"{"a":1}"#, 50_000)),
        ("digits in an unknown field", set("x", "1", 100_000)),
        ("containers of nothing", set("containers", "{}", 50_000)),
        ("tolerations of nothing", set("tolerations", "{}", 100_000)),
        ("volumes of nothing", set("volumes", "{}", 50_000)),
        (
            "ports of nothing",
            set("containers", r#"{"ports":[{},{},{},{}]}"#, 20_000),
        ),
        (
            "probes of nothing",
            set("containers", r#"{"livenessProbe":{}}"#, 20_000),
        ),
        (
            "tolerations in error",
            set("tolerations", r#"{"key":"k","operator":"No"}"#, 20_000),
        ),
        (
            "containers with an unknown field",
            set("containers", r#"{"name":"a","image":"b","x":1}"#, 20_000),
        ),
        ("strings", set("x", r#""""#, 100_000)),
        ("documents", "---\n".repeat(100_000)),
        ("documents in error", "a: [\n---\n".repeat(50_000)),
        (
            "aliases",
            format!(
                "a: &a [{}]\nb: [{}]\n",
                "1,".repeat(50),
                "*a,".repeat(2_000)
            ),
        ),
        (
            "kinds",
            (0..10_000).fold(String::new(), |text, at| {
                text + &format!("{{\"kind\":\"K{at}\",\"apiVersion\":\"v1\"}}\n")
            }),
        ),
        (
            "keys that come twice",
            format!("{{{}}}", vec![r#""a":1"#; 50_000].join(",")),
        ),
    ] {
        cases.push((what.to_owned(), text));
    }
    let mut worst = (0, 0);
    for (what, text) in cases {
        let before = MEMORY.current_usage();
        let peak = || {
            let peak = MEMORY.peak_usage() - before;
            peak.saturating_sub(BESIDES) / text.len()
        };
        MEMORY.reset_peak_usage();
        let mut inventory = Inventory::new();
        inventory.read("hostile", text.as_bytes());
        let read = peak();
        for written in inventory.written().take(1) {
            _ = written.checked(&Check::new());
        }
        let cluster = inventory.cluster();
        let sets = inventory.daemon_sets.iter().map(|it| &it.daemon_set);
        let linter = Linter::new(&cluster, sets, &Options::default(), Lints::default());
        for manifest in inventory.daemon_sets.iter().take(1) {
            _ = linter.lint_manifest(manifest);
        }
        let all = peak();
        for written in inventory.written().take(1) {
            let set = written.to_json();
            let applied = apply(&set, &set);
            _ = applied.faults_in(&set, written, &Check::new());
        }
        let applied = peak();
        println!("{read:4} {all:4} {applied:4} {what}");
        worst = (worst.0.max(read), worst.1.max(all));
        assert!(
            applied <= BOUND_OF_APPLY,
            "{what}: {applied} bytes for a byte"
        );
        assert!(read <= BOUND, "{what}: {read} bytes for a byte");
        assert!(all <= BOUND_OF_ALL, "{what}: {all} bytes for a byte");
    }
    // A bound that is twice as wide as it need be is none.
    assert!(
        worst.0 * 2 > BOUND && worst.1 * 2 > BOUND_OF_ALL,
        "{worst:?}"
    );
}
