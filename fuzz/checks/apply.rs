//! Two JSON objects: a DaemonSet that is there, and a manifest that is applied to it.

use daemonset_manifest::apply::{DoubtReason, apply, stored};
use daemonset_manifest::check::Check;
use serde_json::{Map, Value, json};

const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";

pub fn check(bytes: &[u8]) {
    if let Ok(Value::Array(both)) = serde_json::from_slice(bytes)
        && let [Value::Object(live), Value::Object(manifest)] = both.as_slice()
    {
        check_both(live, manifest);
    }
}

pub fn check_both(live: &Map<String, Value>, manifest: &Map<String, Value>) {
    let applied = apply(live, manifest);
    for doubt in &applied.in_doubt {
        let path = doubt.path.to_string();
        assert!(path.chars().all(|c| !c.is_control()), "{path:?}");
    }
    // An unknown field is never merged away.
    let strict = |set: &Map<String, Value>| Check::new().of_update(live, set);
    let is_unknown = |finding: &&daemonset_manifest::Diagnostic| {
        finding.code.as_str() == "unknown-field" && !finding.path.to_string().contains('$')
    };
    let of_manifest = strict(manifest);
    if of_manifest
        .findings()
        .filter(is_unknown)
        .any(|it| it.path.steps().len() < 4)
    {
        let is_null = |set: &Map<String, Value>| {
            of_manifest.findings().filter(is_unknown).any(|it| {
                it.path
                    .find(&Value::Object(set.clone()))
                    .is_none_or(Value::is_null)
            })
        };
        assert!(is_null(manifest) || !strict(&applied.set).is_accepted());
    }
    for set in [&applied.set, &applied.otherwise()] {
        _ = stored(set.clone(), Some(live));
    }
    itself(manifest);
}

/// A DaemonSet that was applied, and its own manifest: nothing comes of it.
fn itself(manifest: &Map<String, Value>) {
    if !Check::new().of(manifest).is_accepted() {
        return;
    }
    let mut live = manifest.clone();
    daemonset::template::apply_defaults(&mut live);
    let last = Value::Object(manifest.clone()).to_string();
    let metadata = live.entry("metadata").or_insert_with(|| json!({}));
    if !metadata["annotations"].is_object() {
        metadata["annotations"] = json!({});
    }
    metadata["annotations"][LAST_APPLIED] = last.into();
    let again = apply(&live, manifest);
    let is_ambiguous = again
        .in_doubt
        .iter()
        .any(|it| it.reason == DoubtReason::RepeatedKey);
    if !again.faults.is_empty() || is_ambiguous {
        return;
    }
    let spec = |set: &Map<String, Value>| stored(set.clone(), None).map(|set| set.spec);
    if let (Ok(before), Ok(after)) = (spec(&live), spec(&again.set)) {
        let template = |spec: &daemonset::api::DaemonSetSpec| {
            daemonset::template::canonical_template(&json!(spec.template))
        };
        assert_eq!(template(&before), template(&after));
    }
}
