//! What is out of use: labels of nodes, annotations, kinds of volumes.

use crate::check::annotations::{APP_ARMOR, SECCOMP_OF_CONTAINER, SECCOMP_OF_POD};
use crate::check::at::At;
use crate::check::found::Found;
use crate::check::lists::Lists;
use crate::diagnostic::Code;

const DEPRECATED_LABEL: Code = Code::new("deprecated-label");
const DEPRECATED_ANNOTATION: Code = Code::new("deprecated-annotation");
const DEPRECATED_VOLUME: Code = Code::new("deprecated-volume");

/// Labels of nodes, and what the API server says of them.
const LABELS: [(&str, &str); 8] = [
    (
        "beta.kubernetes.io/arch",
        r#"deprecated since v1.14; use "kubernetes.io/arch" instead"#,
    ),
    (
        "beta.kubernetes.io/os",
        r#"deprecated since v1.14; use "kubernetes.io/os" instead"#,
    ),
    (
        "failure-domain.beta.kubernetes.io/region",
        r#"deprecated since v1.17; use "topology.kubernetes.io/region" instead"#,
    ),
    (
        "failure-domain.beta.kubernetes.io/zone",
        r#"deprecated since v1.17; use "topology.kubernetes.io/zone" instead"#,
    ),
    (
        "beta.kubernetes.io/instance-type",
        r#"deprecated since v1.17; use "node.kubernetes.io/instance-type" instead"#,
    ),
    ("app.kubernetes.io/created-by", "deprecated since v1.9"),
    (
        "scheduler.alpha.kubernetes.io/preferAvoidPods",
        "deprecated since v1.22; use Taints and Tolerations instead",
    ),
    (
        "node-role.kubernetes.io/master",
        r#"use "node-role.kubernetes.io/control-plane" instead"#,
    ),
];

const ANNOTATIONS: [(&str, &str); 3] = [
    (
        "scheduler.alpha.kubernetes.io/critical-pod",
        r#"non-functional in v1.16+; use the "priorityClassName" field instead"#,
    ),
    (
        "security.alpha.kubernetes.io/sysctls",
        r#"non-functional in v1.11+; use the "sysctls" field instead"#,
    ),
    (
        "security.alpha.kubernetes.io/unsafe-sysctls",
        r#"non-functional in v1.11+; use the "sysctls" field instead"#,
    ),
];

/// Sources of volumes as manifests and as the API server write them.
const VOLUMES: [(&str, &str, &str); 9] = [
    (
        "photonPersistentDisk",
        "photonPersistentDisk",
        "deprecated in v1.11, non-functional in v1.16+",
    ),
    (
        "gitRepo",
        "gitRepo",
        "deprecated in v1.11, and disabled by default in v1.33+",
    ),
    (
        "scaleIO",
        "scaleIO",
        "deprecated in v1.16, non-functional in v1.22+",
    ),
    (
        "flocker",
        "flocker",
        "deprecated in v1.22, non-functional in v1.25+",
    ),
    (
        "storageos",
        "storageOS",
        "deprecated in v1.22, non-functional in v1.25+",
    ),
    (
        "quobyte",
        "quobyte",
        "deprecated in v1.22, non-functional in v1.25+",
    ),
    (
        "glusterfs",
        "glusterfs",
        "deprecated in v1.25, non-functional in v1.26+",
    ),
    (
        "cephfs",
        "cephfs",
        "deprecated in v1.28, non-functional in v1.31+",
    ),
    (
        "rbd",
        "rbd",
        "deprecated in v1.28, non-functional in v1.31+",
    ),
];

const NO_SECCOMP: &str = r#"non-functional in v1.27+; use the "seccompProfile" field instead"#;
const NO_APP_ARMOR: &str = r#"deprecated since v1.30; use the "appArmorProfile" field instead"#;

pub(super) fn check(
    template: &At<'_, '_>,
    spec: &At<'_, '_>,
    lists: &Lists<'_, '_>,
    found: &mut Found,
) {
    labels(spec, found);
    let metadata = template.field("metadata");
    annotations(&metadata.field("annotations"), spec, lists, found);
    for volume in spec.field("volumes").items() {
        for (name, named, message) in VOLUMES {
            let source = volume.field(name);
            if source.is_set() {
                found.warning(&volume.field_as(named, &source), DEPRECATED_VOLUME, message);
            }
        }
    }
}

fn message_of(label: &str) -> Option<&'static str> {
    let mut labels = LABELS.iter();
    labels
        .find(|(known, _)| *known == label)
        .map(|(_, message)| *message)
}

fn labels(spec: &At<'_, '_>, found: &mut Found) {
    for (key, value) in spec.field("nodeSelector").entries() {
        if let Some(message) = message_of(key) {
            found.warning(&value, DEPRECATED_LABEL, message);
        }
    }
    let mut check = |key: &At<'_, '_>| {
        if let Some(message) = message_of(key.text()) {
            let message = format_args!("{} is {message}", key.text());
            found.warning(key, DEPRECATED_LABEL, message);
        }
    };
    let affinity = spec.field("affinity");
    let nodes = affinity.field("nodeAffinity");
    let required = nodes.field(super::REQUIRED);
    for term in required.field("nodeSelectorTerms").items() {
        for expression in term.field("matchExpressions").items() {
            check(&expression.field("key"));
        }
    }
    for preferred in nodes.field(super::PREFERRED).items() {
        let term = preferred.field("preference");
        for expression in term.field("matchExpressions").items() {
            check(&expression.field("key"));
        }
    }
    for constraint in spec.field("topologySpreadConstraints").items() {
        check(&constraint.field("topologyKey"));
    }
}

fn annotations(at: &At<'_, '_>, spec: &At<'_, '_>, lists: &Lists<'_, '_>, found: &mut Found) {
    let mut warn = |key: &str, message: &str| {
        if at.object().is_some_and(|entries| entries.contains_key(key)) {
            found.warning(&at.entry(key), DEPRECATED_ANNOTATION, message);
        }
    };
    for (key, message) in ANNOTATIONS {
        warn(key, message);
    }
    let context = spec.field("securityContext");
    if !context.field("seccompProfile").is_set() {
        warn(SECCOMP_OF_POD, NO_SECCOMP);
    }
    let of_pod = context.field("appArmorProfile");
    for container in lists.all() {
        let context = container.field("securityContext");
        let name = container.field("name").text();
        if !context.field("seccompProfile").is_set() {
            warn(&format!("{SECCOMP_OF_CONTAINER}{name}"), NO_SECCOMP);
        }
        let key = format!("{APP_ARMOR}{name}");
        let written = at.object().and_then(|entries| entries.get(&key));
        let written = written.map_or("", |value| value.as_str().unwrap_or(""));
        if !context.field("appArmorProfile").is_set() && !says_the_same(written, &of_pod) {
            warn(&key, NO_APP_ARMOR);
        }
    }
}

/// Whether an annotation of a container says what the pod's profile does.
fn says_the_same(written: &str, profile: &At<'_, '_>) -> bool {
    let (type_, name) = (
        profile.field("type").text(),
        profile.field("localhostProfile"),
    );
    match written {
        "unconfined" => type_ == "Unconfined" && !name.is_set(),
        "runtime/default" => type_ == "RuntimeDefault" && !name.is_set(),
        other => {
            let path = other
                .strip_prefix("localhost/")
                .filter(|path| !path.is_empty());
            type_ == "Localhost" && path.is_some_and(|path| name.is_set() && name.text() == path)
        }
    }
}
