//! Labels and taints that Kubernetes itself knows: retired ones, and ones misspelt.
//!
//! Source: [Well-Known Labels, Annotations and Taints](https://kubernetes.io/docs/reference/labels-annotations-taints/).

use serde_json::Value;

use super::template::{at, list_in, pod_spec};
use super::{Cluster, Findings, POD_SPEC, REQUIRED_TERMS, Rule};
use crate::api::{DaemonSet, NodeSelectorRequirement};

/// Names out of use, what is used instead, and since which release where one can be named.
const RETIRED: [(&str, &str, Option<&str>); 9] = [
    (
        "node-role.kubernetes.io/master",
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

/// Whether a set may well tolerate the taint where no node has it today: Kubernetes itself sets it,
/// or all who build clusters know it.
pub(super) fn is_expected_taint(key: &str) -> bool {
    TAINTS.contains(&key) || key == "CriticalAddonsOnly"
}

/// What a name out of use was replaced by, and since when.
pub(super) fn retired(key: &str) -> Option<(&'static str, Option<&'static str>)> {
    let found = RETIRED.iter().find(|(retired, ..)| *retired == key);
    found.map(|(_, instead, since)| (*instead, *since))
}

/// Where a template names a label or a taint.
struct Use<'a> {
    path: String,
    key: &'a str,
    /// What it is compared with, each with its path.
    values: Vec<(String, &'a str)>,
    what: What,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum What {
    Label,
    Taint,
}

pub(super) fn check(set: &DaemonSet, cluster: Option<&Cluster<'_>>, found: &mut Findings) {
    let uses = uses(set);
    for it in &uses {
        for (path, value) in &it.values {
            if let Some(meant) = value_meant(it.key, value) {
                let message = format!("{} is never {value:?}, did you mean {meant}?", it.key);
                found.add(Rule::MisspeltValue, path, message);
            }
        }
        if cluster.is_some_and(|cluster| cluster.knows(it.key)) {
            continue;
        }
        if let Some((instead, since)) = retired(it.key) {
            // A toleration of each name is how to run on clusters old and new.
            let has_both = it.what == What::Taint
                && (uses.iter()).any(|other| other.what == What::Taint && other.key == instead);
            if !has_both {
                let since = since.map_or_else(String::new, |since| format!(" since {since}"));
                let message = format!("{} is out of use{since}, write {instead}", it.key);
                found.add(Rule::RetiredName, &it.path, message);
            }
        } else if let Some(meant) = meant(it.key, it.what) {
            let message = format!("{} is no well-known name, did you mean {meant}?", it.key);
            found.add(Rule::MisspeltName, &it.path, message);
        }
    }
}

fn uses(set: &DaemonSet) -> Vec<Use<'_>> {
    let template = &set.spec.template;
    let spec = template.spec();
    let mut uses = Vec::new();
    for (key, value) in spec.node_selector.iter() {
        let path = format!("{POD_SPEC}.nodeSelector[{key}]");
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
        let expressions = term.match_expressions.iter().enumerate();
        uses.extend(expressions.map(|(j, requirement)| {
            of_requirement(
                &format!("{REQUIRED_TERMS}[{i}].matchExpressions[{j}]"),
                requirement,
            )
        }));
    }
    for (i, toleration) in spec.tolerations.iter().enumerate() {
        uses.push(Use {
            path: format!("{POD_SPEC}.tolerations[{i}].key"),
            key: &toleration.key,
            values: Vec::new(),
            what: What::Taint,
        });
    }
    let terms = topology_keys(template);
    uses.extend(terms.into_iter().map(|(path, key)| Use {
        path,
        key,
        values: Vec::new(),
        what: What::Label,
    }));
    uses
}

fn of_requirement<'a>(path: &str, requirement: &'a NodeSelectorRequirement) -> Use<'a> {
    let values = requirement.values.iter().enumerate();
    Use {
        path: format!("{path}.key"),
        key: &requirement.key,
        values: values
            .map(|(k, value)| (format!("{path}.values[{k}]"), value.as_str()))
            .collect(),
        what: What::Label,
    }
}

/// The topology keys of required pod affinity and anti-affinity.
fn topology_keys(template: &crate::api::PodTemplate) -> Vec<(String, &str)> {
    let field = "requiredDuringSchedulingIgnoredDuringExecution";
    let kinds = ["podAffinity", "podAntiAffinity"].into_iter();
    let terms = kinds.flat_map(|kind| {
        let parent = at(pod_spec(template), &["affinity", kind]).and_then(Value::as_object);
        let terms = list_in(parent, field).iter().enumerate();
        terms.filter_map(move |(i, term)| {
            let key = term.get("topologyKey")?.as_str()?;
            let path = format!("{POD_SPEC}.affinity.{kind}.{field}[{i}].topologyKey");
            Some((path, key))
        })
    });
    terms.collect()
}

/// The well-known name that a name very likely stands for.
fn meant(key: &str, what: What) -> Option<&'static str> {
    // The longest key that the API allows.
    if key.len() > 253 + 1 + 63 {
        return None;
    }
    let known: &[&'static str] = match what {
        What::Label => &LABELS,
        What::Taint => &TAINTS,
    };
    if known.contains(&key) {
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
        let far = strsim::osa_distance(&part.to_ascii_lowercase(), known);
        if far > allowed {
            return None;
        }
        all += far;
    }
    (all <= 2).then_some(all)
}

/// What is meant by a value that the label never has.
fn value_meant(key: &str, value: &str) -> Option<&'static str> {
    const ARCHITECTURES: [&str; 7] = [
        "amd64", "arm64", "arm", "386", "ppc64le", "s390x", "riscv64",
    ];
    let lower = value.to_ascii_lowercase();
    let meant = match key {
        "kubernetes.io/os" | "beta.kubernetes.io/os" => ["linux", "windows"]
            .into_iter()
            .find(|system| *system == lower),
        "kubernetes.io/arch" | "beta.kubernetes.io/arch" => match lower.as_str() {
            "x86_64" | "x86-64" | "x64" => Some("amd64"),
            "aarch64" | "arm64v8" | "armv8" => Some("arm64"),
            "armhf" | "armv7" | "armv7l" => Some("arm"),
            "i386" | "i686" | "x86" => Some("386"),
            _ => ARCHITECTURES
                .into_iter()
                .find(|architecture| *architecture == lower),
        },
        _ => None,
    };
    meant.filter(|meant| *meant != value)
}
