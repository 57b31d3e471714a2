//! Reading never panics, and what was read can be looked at, planned for, and written again.

use daemonset::Planner;
use daemonset::api::{ControllerRevision, PodTemplate};
use daemonset::template::{apply_defaults, canonical_template, revision_data, template_hash};
use daemonset::{Options, revision};
use daemonset_manifest::check::Check;
use daemonset_manifest::lint::{Linter, Lints};
use daemonset_manifest::{Diagnostic, FitObjects, Inventory, Manifest, Written, to_yaml};
use serde_json::{Map, Value};

/// Enough for everything that is read to stand side by side, and little enough to be fast.
pub const MAX_BYTES: usize = 64 << 10;

/// Holds everything that is promised of a text against one.
pub fn check(bytes: &[u8]) {
    means_the_same_to_all_readers(bytes);
    let inventory = read(bytes);
    inventory.written().for_each(look_at);
    let cluster = inventory.cluster();
    let sets = inventory.daemon_sets.iter().map(|it| &it.daemon_set);
    let linter = Linter::new(&cluster, sets, &Options::default(), Lints::default());
    for manifest in &inventory.daemon_sets {
        linter.lint_manifest(manifest).iter().for_each(print);
        if let Ok(planner) = Planner::new(&manifest.daemon_set) {
            _ = planner.plan(&cluster);
        }
        even_out(manifest);
        write_again(manifest);
    }
}

/// The readers for what Kubernetes writes make of a text what those for everything make of it.
pub fn means_the_same_to_all_readers(bytes: &[u8]) {
    let read = |inventory: Inventory| {
        let mut inventory = inventory.with_fit_objects().with_max_bytes(MAX_BYTES);
        inventory.read("input", bytes);
        told(&inventory)
    };
    let full = read(Inventory::new().with_full_readers());
    assert_alike(&read(Inventory::new()), &full, "all readers");
    for block in [7, 6000] {
        let streamed = read(Inventory::new().with_blocks_of(block));
        assert_alike(&streamed, &full, &format!("blocks of {block}"));
    }
}

/// Shows no more of two texts than where they begin to differ.
fn assert_alike(one: &str, full: &str, reader: &str) {
    let (mut here, mut there) = (one.lines(), full.lines());
    let mut before = "";
    loop {
        match (here.next(), there.next()) {
            (None, None) => return,
            (here, there) if here != there => {
                panic!("{reader}, behind {before:?}: {here:?} and not {there:?}")
            }
            (line, _) => before = line.unwrap_or_default(),
        }
    }
}

/// All that was read. Of a field that nothing reads it is not told whether a key comes twice in it.
fn told(inventory: &Inventory) -> String {
    let findings: Vec<_> = (inventory.diagnostics().iter())
        .filter(|finding| finding.code.as_str() != "duplicate-key")
        .map(Diagnostic::in_full)
        .collect();
    let sets: Vec<_> = (inventory.written())
        .map(|set| (set.place(), set.to_json()))
        .collect();
    let passed_over: Vec<_> = inventory.passed_over().collect();
    let fit = inventory.fit_objects();
    let fit = fit.map(FitObjects::cluster_room);
    format!(
        "{findings:#?} {sets:#?} {:#?} {:#?} {:#?} {:#?} {passed_over:?} {} {fit:#?}",
        inventory.nodes,
        inventory.pods,
        inventory.revisions,
        inventory.evidence(),
        inventory.repeated,
    )
}

/// Reads one source; what is wrong with it must print.
pub fn read(bytes: &[u8]) -> Inventory {
    let mut inventory = Inventory::new().with_max_bytes(MAX_BYTES);
    inventory.read("input", bytes);
    let faults = inventory.undecodable.iter().flat_map(|set| &set.faults);
    inventory.diagnostics().iter().chain(faults).for_each(print);
    inventory
}

/// Every finding is one short line, at a place of the source.
fn print(finding: &Diagnostic) {
    let place = finding.place.as_ref().expect("a place");
    let text = format!("{place}: {finding}");
    assert!(text.starts_with("input"), "{text:?}");
    assert!(text.len() < 16 << 10, "{} bytes", text.len());
    // Nothing in a message moves the terminal's cursor, line breaks included.
    assert!(!text.contains(char::is_control), "{text:?}");
    serde_json::to_string(finding).expect("JSON");
}

/// What is found in a set stands on a line of it.
fn look_at(written: &Written) {
    let findings = written.checked(&Check::new());
    findings.iter().for_each(print);
    for finding in &findings {
        let line = finding.place.as_ref().and_then(|place| place.line);
        assert!(line.is_some_and(|line| line > 0), "{finding} is on no line");
    }
    assert!(written.checked_against(written, &Check::new()).len() >= findings.len());
}

/// Setting defaults twice is setting them once; a template's stored form is that of itself and of
/// the template with defaults.
fn even_out(manifest: &Manifest) {
    let mut once = manifest.written.to_json();
    let template = |set: &Map<String, Value>| -> Value {
        let spec = set.get("spec").and_then(Value::as_object);
        let template = spec.and_then(|spec| spec.get("template"));
        template.cloned().unwrap_or_default()
    };
    let written = template(&once);
    apply_defaults(&mut once);
    let mut twice = once.clone();
    apply_defaults(&mut twice);
    assert_eq!(in_order(&once), in_order(&twice));

    let stored = canonical_template(&written);
    assert_eq!(
        stored,
        canonical_template(&template(&once)),
        "with defaults"
    );
    assert_eq!(stored, canonical_template(&stored), "stored");

    let read = &manifest.daemon_set.spec.template;
    let stored = canonical_template(&Value::from(read.clone()));
    let stored = PodTemplate::try_from(stored).expect("what was read reads in its stored form");
    assert_eq!(revision_data(read), revision_data(&stored));
    assert_eq!(
        template_hash(read, Some(1)),
        template_hash(&stored, Some(1))
    );
    let data = serde_json::from_str(&revision_data(read)).expect("revision data is JSON");
    let stored = ControllerRevision {
        data,
        ..ControllerRevision::default()
    };
    assert!(
        revision::template_of(&stored).is_ok(),
        "what is stored can be rolled back to"
    );
}

/// What is written as YAML or JSON reads as what it was, fields in their order.
fn write_again(manifest: &Manifest) {
    let before = manifest.written.to_json();
    let json = Value::Object(before.clone());
    for text in [to_yaml(&json), json.to_string()] {
        let mut again = Inventory::new();
        again.read("again", text.as_bytes());
        assert!(
            again.diagnostics().is_empty(),
            "{:?}\n{text}",
            again.diagnostics()
        );
        let read = &again.daemon_sets[0];
        assert_eq!(
            in_order(&read.written.to_json()),
            in_order(&before),
            "{text}"
        );
        assert_eq!(read.daemon_set, manifest.daemon_set, "{text}");
    }
}

/// JSON objects are equal whatever the order of their fields; their texts are not.
fn in_order(fields: &Map<String, Value>) -> String {
    serde_json::to_string(fields).expect("JSON")
}
