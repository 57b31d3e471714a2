//! Labels and taints that Kubernetes itself knows: where a template names them, and slips.
//!
//! Source: [Well-Known Labels, Annotations and Taints](https://kubernetes.io/docs/reference/labels-annotations-taints/).

use daemonset::api::{DaemonSet, NodeSelectorRequirement, PodTemplate};
use serde_json::Value;

use super::template::{at, list_in, pod_spec};
use super::template::{pod_spec_path, required_terms};
use crate::path::FieldPath;

/// The role of the control plane under its old name.
const MASTER: &str = "node-role.kubernetes.io/master";

/// Since when kubeadm sets no taint of that name; the label went a release before.
const MASTER_TAINT: &str = "1.25";

/// Names out of use, what is used instead, and since which release where one can be named.
const RETIRED: [(&str, &str, Option<&str>); 9] = [
    (
        MASTER,
        "node-role.kubernetes.io/control-plane",
        Some("1.24"),
    ),
    ("kubernetes.io/role", "node-role.kubernetes.io/<role>", None),
    ("beta.kubernetes.io/os", "kubernetes.io/os", Some("1.14")),
    (
        "beta.kubernetes.io/arch",
        "kubernetes.io/arch",
        Some("1.14"),
    ),
    (
        "beta.kubernetes.io/instance-type",
        "node.kubernetes.io/instance-type",
        Some("1.17"),
    ),
    (
        "failure-domain.beta.kubernetes.io/zone",
        "topology.kubernetes.io/zone",
        Some("1.17"),
    ),
    (
        "failure-domain.beta.kubernetes.io/region",
        "topology.kubernetes.io/region",
        Some("1.17"),
    ),
    (
        "node.alpha.kubernetes.io/notReady",
        "node.kubernetes.io/not-ready",
        Some("1.9"),
    ),
    (
        "node.alpha.kubernetes.io/unreachable",
        "node.kubernetes.io/unreachable",
        Some("1.9"),
    ),
];

/// Labels of nodes.
const LABELS: [&str; 8] = [
    "kubernetes.io/arch",
    "kubernetes.io/hostname",
    "kubernetes.io/os",
    "node-role.kubernetes.io/control-plane",
    "node.kubernetes.io/instance-type",
    "node.kubernetes.io/windows-build",
    "topology.kubernetes.io/region",
    "topology.kubernetes.io/zone",
];

/// Taints that Kubernetes and its cloud providers set and take away.
const TAINTS: [&str; 11] = [
    "node-role.kubernetes.io/control-plane",
    "node.cloudprovider.kubernetes.io/shutdown",
    "node.cloudprovider.kubernetes.io/uninitialized",
    "node.kubernetes.io/disk-pressure",
    "node.kubernetes.io/memory-pressure",
    "node.kubernetes.io/network-unavailable",
    "node.kubernetes.io/not-ready",
    "node.kubernetes.io/out-of-service",
    "node.kubernetes.io/pid-pressure",
    "node.kubernetes.io/unreachable",
    "node.kubernetes.io/unschedulable",
];

/// Names that are no slips though they look it: distributions of Kubernetes use them.
const OF_DISTRIBUTIONS: [&str; 1] = ["node-role.kubernetes.io/controlplane"];

/// Whether a DaemonSet may well tolerate the taint where no node has it today: Kubernetes itself
/// sets it, or everything that builds clusters does.
pub(super) fn is_expected_taint(key: &str) -> bool {
    TAINTS.contains(&key) || key == "CriticalAddonsOnly"
}

/// Whether a taint comes and goes with the state of its node.
pub(super) fn is_passing_taint(key: &str) -> bool {
    is_expected_taint(key)
        && !key.starts_with("node-role.kubernetes.io/")
        && key != "CriticalAddonsOnly"
}

/// What a name out of use was replaced by, and since when.
pub(super) fn retired(key: &str, what: What) -> Option<(&'static str, Option<&'static str>)> {
    let found = RETIRED.iter().find(|(retired, ..)| *retired == key);
    found.map(|(_, instead, since)| match what {
        What::Taint if key == MASTER => (*instead, Some(MASTER_TAINT)),
        _ => (*instead, *since),
    })
}

/// Where a template names a label or a taint.
#[derive(Debug)]
pub(super) struct Use<'a> {
    pub path: FieldPath,
    pub key: &'a str,
    /// What it is compared with, each with its path.
    pub values: Vec<(FieldPath, &'a str)>,
    pub what: What,
}

/// What is named.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum What {
    /// A label, which must be there whatever else is.
    Label,
    /// A label in one of the terms of node affinity, of which one is enough.
    LabelInTerm,
    /// A taint.
    Taint,
}

/// All of them, in the order of the fields.
pub(super) fn uses(set: &DaemonSet) -> Vec<Use<'_>> {
    let template = &set.spec.template;
    let spec = template.spec();
    let mut uses = Vec::new();
    for (key, value) in &spec.node_selector {
        let path = pod_spec_path("nodeSelector").key(key);
        uses.push(Use {
            values: vec![(path.clone(), value)],
            path,
            key,
            what: What::Label,
        });
    }
    let required = spec
        .affinity
        .as_ref()
        .and_then(|affinity| affinity.required());
    let terms = required.map_or(&[][..], |required| &required.node_selector_terms);
    for (i, term) in terms.iter().enumerate() {
        let path = required_terms().index(i).field("matchExpressions");
        let expressions = term.match_expressions.iter().enumerate();
        uses.extend(expressions.map(|(j, it)| of_requirement(&path.clone().index(j), it)));
    }
    for (i, toleration) in spec.tolerations.iter().enumerate() {
        uses.push(Use {
            path: pod_spec_path("tolerations").index(i).field("key"),
            key: &toleration.key,
            values: Vec::new(),
            what: What::Taint,
        });
    }
    uses.extend(topology_keys(template));
    uses
}

fn of_requirement<'a>(path: &FieldPath, requirement: &'a NodeSelectorRequirement) -> Use<'a> {
    let values = requirement.values.iter().enumerate();
    let path_of_value = |k| path.clone().field("values").index(k);
    Use {
        path: path.clone().field("key"),
        key: &requirement.key,
        values: values
            .map(|(k, value)| (path_of_value(k), value.as_str()))
            .collect(),
        what: What::LabelInTerm,
    }
}

/// The topology keys of required pod affinity and anti-affinity.
fn topology_keys(template: &PodTemplate) -> impl Iterator<Item = Use<'_>> {
    let field = "requiredDuringSchedulingIgnoredDuringExecution";
    let kinds = ["podAffinity", "podAntiAffinity"].into_iter();
    kinds.flat_map(move |kind| {
        let parent = at(pod_spec(template), &["affinity", kind]).and_then(Value::as_object);
        let terms = list_in(parent, field).iter().enumerate();
        terms.filter_map(move |(i, term)| {
            let affinity = pod_spec_path("affinity").field(kind).field(field);
            Some(Use {
                path: affinity.index(i).field("topologyKey"),
                key: term.get("topologyKey")?.as_str()?,
                values: Vec::new(),
                what: What::Label,
            })
        })
    })
}

/// The well-known name that a name very likely stands for.
pub(super) fn meant(key: &str, what: What) -> Option<&'static str> {
    // The longest key that the API allows.
    if key.len() > 253 + 1 + 63 {
        return None;
    }
    let known: &[&'static str] = match what {
        What::Label | What::LabelInTerm => &LABELS,
        What::Taint => &TAINTS,
    };
    if known.contains(&key) || OF_DISTRIBUTIONS.contains(&key) {
        return None;
    }
    let near = known
        .iter()
        .filter_map(|known| Some((distance(key, known)?, *known)));
    near.min().map(|(_, known)| known)
}

/// How far a key is from a well-known one, if it is near enough for a slip: of a short part no
/// letter may differ, of a long one two, and two in all. Case does not count.
fn distance(key: &str, known: &str) -> Option<usize> {
    let (prefix, name) = key.split_once('/')?;
    let (known_prefix, known_name) = known.split_once('/')?;
    let mut all = 0;
    for (part, known) in [(prefix, known_prefix), (name, known_name)] {
        let allowed = match known.len() {
            0..=3 => 0,
            4..=6 => 1,
            _ => 2,
        };
        if part.len().abs_diff(known.len()) > allowed {
            return None;
        }
        let far = strsim::osa_distance(&part.to_ascii_lowercase(), known);
        if far > allowed {
            return None;
        }
        all += far;
    }
    (all <= 2).then_some(all)
}

/// What is meant by a value that the label never has.
pub(super) fn value_meant(key: &str, value: &str) -> Option<&'static str> {
    const ARCHITECTURES: [&str; 7] = [
        "amd64", "arm64", "arm", "386", "ppc64le", "s390x", "riscv64",
    ];
    let lower = || value.to_ascii_lowercase();
    let meant = match key {
        "kubernetes.io/os" | "beta.kubernetes.io/os" => {
            let lower = lower();
            ["linux", "windows"].into_iter().find(|it| *it == lower)
        }
        "kubernetes.io/arch" | "beta.kubernetes.io/arch" => match lower().as_str() {
            "x86_64" | "x86-64" | "x64" => Some("amd64"),
            "aarch64" | "arm64v8" | "armv8" => Some("arm64"),
            "armhf" | "armv7" | "armv7l" => Some("arm"),
            "i386" | "i686" | "x86" => Some("386"),
            lower => ARCHITECTURES.into_iter().find(|it| *it == lower),
        },
        _ => None,
    };
    meant.filter(|meant| *meant != value)
}
