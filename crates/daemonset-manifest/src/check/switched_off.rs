//! Fields that the API server drops unless a feature gate is switched on.

use serde_json::{Map, Value};

use super::at::At;
use super::found::Found;
use crate::diagnostic::Code;

const SWITCHED_OFF: Code = Code::new("switched-off");

/// The fields below the pod's spec, `*` for the items of a list, and the
/// [feature gate](https://kubernetes.io/docs/reference/command-line-tools-reference/feature-gates/)
/// that is off by default in Kubernetes 1.36.
const FIELDS: [(&[&str], &str); 6] = [
    (&["schedulingGroup"], "GenericWorkload"),
    (
        &[
            "volumes",
            "*",
            "projected",
            "sources",
            "*",
            "clusterTrustBundle",
        ],
        "ClusterTrustBundleProjection",
    ),
    (
        &[
            "volumes",
            "*",
            "projected",
            "sources",
            "*",
            "podCertificate",
        ],
        "PodCertificateRequest",
    ),
    (
        &["containers", "*", "lifecycle", "stopSignal"],
        "ContainerStopSignals",
    ),
    (
        &["initContainers", "*", "lifecycle", "stopSignal"],
        "ContainerStopSignals",
    ),
    (
        &["ephemeralContainers", "*", "lifecycle", "stopSignal"],
        "ContainerStopSignals",
    ),
];

/// Says which fields of a DaemonSet are dropped; those that the old one has are not.
pub(super) fn tell(root: &At<'_, '_>, old: Option<&Map<String, Value>>, found: &mut Found) {
    let spec = root.field("spec");
    let template = spec.field("template");
    let pod = template.field("spec");
    for (steps, gate) in FIELDS {
        if !is_in_use(old, steps) {
            tell_at(&pod, steps, gate, found);
        }
    }
}

/// Whether the old DaemonSet has a field, wherever in its lists.
fn is_in_use(old: Option<&Map<String, Value>>, steps: &[&str]) -> bool {
    let pod = old.and_then(|old| old.get("spec")?.get("template")?.get("spec"));
    pod.is_some_and(|pod| has(pod, steps))
}

fn tell_at(at: &At<'_, '_>, steps: &'static [&'static str], gate: &str, found: &mut Found) {
    match steps {
        [] if at.is_set() => {
            let message = format_args!(
                "dropped by an API server whose feature gate {gate} is off, as it is by default"
            );
            found.info(at, SWITCHED_OFF, message);
        }
        [] => {}
        ["*", rest @ ..] => {
            for item in at.items() {
                tell_at(&item, rest, gate, found);
            }
        }
        [name, rest @ ..] => {
            if at.is_set() {
                tell_at(&at.field(name), rest, gate, found);
            }
        }
    }
}

/// Drops them, but for those that the old object has: they stay in use.
pub(super) fn drop_from(set: &mut Value, old: Option<&Map<String, Value>>) {
    const POD: &str = "/spec/template/spec";
    let Some(pod) = set.pointer_mut(POD) else {
        return;
    };
    for (steps, _) in FIELDS {
        if !is_in_use(old, steps) {
            remove(pod, steps);
        }
    }
}

fn has(value: &Value, steps: &[&str]) -> bool {
    match (steps, value) {
        ([], value) => !value.is_null(),
        (["*", rest @ ..], Value::Array(items)) => items.iter().any(|item| has(item, rest)),
        ([name, rest @ ..], Value::Object(fields)) => {
            fields.get(*name).is_some_and(|inner| has(inner, rest))
        }
        _ => false,
    }
}

fn remove(value: &mut Value, steps: &[&str]) {
    match (steps, value) {
        ([last], Value::Object(fields)) => _ = fields.remove(*last),
        (["*", rest @ ..], Value::Array(items)) => {
            for item in items {
                remove(item, rest);
            }
        }
        ([name, rest @ ..], Value::Object(fields)) => {
            let had_signal = *name == "lifecycle" && is_signal_alone(fields);
            if let Some(inner) = fields.get_mut(*name) {
                remove(inner, rest);
            }
            if had_signal {
                fields.remove("lifecycle");
            }
        }
        _ => {}
    }
}

/// Whether a stop signal is all that a container's lifecycle has: then that goes too.
fn is_signal_alone(container: &Map<String, Value>) -> bool {
    let lifecycle = container.get("lifecycle").and_then(Value::as_object);
    lifecycle.is_some_and(|lifecycle| {
        let mut set = lifecycle.iter().filter(|(_, value)| !value.is_null());
        let first = set.next().map(|(name, _)| name.as_str());
        first == Some("stopSignal") && set.next().is_none()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_is_switched_off_is_told_and_gone() {
        let mut set = json!({"spec": {"template": {"spec": {
            "schedulingGroup": {},
            "containers": [
                {"lifecycle": {"stopSignal": "SIGINT", "preStop": {}}},
                {"lifecycle": {"stopSignal": "SIGINT", "preStop": null}},
                {"lifecycle": {}},
            ],
            "volumes": [{"projected": {"sources": [{"podCertificate": {}}, null]}}, {}],
        }}}});
        let mut found = Found::default();
        tell(&At::root(&set), None, &mut found);
        let (findings, _) = found.into_sorted();
        let paths: Vec<_> = findings
            .iter()
            .map(|finding| finding.home.to_string())
            .collect();
        assert_eq!(
            paths,
            [
                "spec.template.spec.containers[0].lifecycle.stopSignal",
                "spec.template.spec.containers[1].lifecycle.stopSignal",
                "spec.template.spec.schedulingGroup",
                "spec.template.spec.volumes[0].projected.sources[0].podCertificate",
            ]
        );
        let before = set.clone();
        drop_from(&mut set, before.as_object());
        assert_eq!(set, before);
        drop_from(&mut set, None);
        assert_eq!(
            set,
            json!({"spec": {"template": {"spec": {
                "containers": [{"lifecycle": {"preStop": {}}}, {}, {"lifecycle": {}}],
                "volumes": [{"projected": {"sources": [{}, null]}}, {}],
            }}}})
        );
    }
}
