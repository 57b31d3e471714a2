//! Taints and tolerations.

use crate::api::{Taint, Toleration};

/// Whether the operators `Gt` and `Lt` of tolerations compare numbers or never match.
///
/// Kubernetes has them behind a feature gate that is off by default.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ComparisonOperators {
    /// A toleration with `Gt` or `Lt` tolerates nothing.
    #[default]
    Off,
    /// `Gt` tolerates a taint whose value is a greater number than the toleration's, `Lt` a
    /// smaller one.
    On,
}

/// Whether a toleration tolerates a taint.
///
/// An empty effect or key of the toleration stands for every one. `tolerationSeconds` plays no
/// part. Source: [Taints and Tolerations](https://kubernetes.io/docs/concepts/scheduling-eviction/taint-and-toleration/).
///
/// ```
/// use daemonset::api::{Taint, Toleration};
/// use daemonset::placement::{ComparisonOperators, tolerates};
///
/// let taint = Taint { key: "gpu".into(), effect: "NoSchedule".into(), ..Taint::default() };
/// let everything = Toleration { operator: "Exists".into(), ..Toleration::default() };
/// assert!(tolerates(&everything, &taint, ComparisonOperators::Off));
/// assert!(!tolerates(&Toleration::default(), &Taint { value: "a100".into(), ..taint }, ComparisonOperators::Off));
/// ```
#[must_use]
pub fn tolerates(toleration: &Toleration, taint: &Taint, comparison: ComparisonOperators) -> bool {
    let unset_or_equal = |mine: &str, theirs: &str| mine.is_empty() || mine == theirs;
    unset_or_equal(&toleration.effect, &taint.effect)
        && unset_or_equal(&toleration.key, &taint.key)
        && match toleration.operator.as_str() {
            "" | "Equal" => toleration.value == taint.value,
            "Exists" => true,
            operator @ ("Gt" | "Lt") if comparison == ComparisonOperators::On => {
                match (
                    strict_integer(&toleration.value),
                    strict_integer(&taint.value),
                ) {
                    (Some(mine), Some(theirs)) if operator == "Gt" => theirs > mine,
                    (Some(mine), Some(theirs)) => theirs < mine,
                    _ => false,
                }
            }
            _ => false,
        }
}

/// A decimal integer without leading zeros or plus.
fn strict_integer(text: &str) -> Option<i64> {
    let number: i64 = text.parse().ok()?;
    (number.to_string() == text).then_some(number)
}

/// The tolerations that every pod of a DaemonSet gets, in the order in which they are added:
/// key, effect, and whether only for pods with `hostNetwork`.
///
/// Source: [Taints and tolerations of DaemonSets](https://kubernetes.io/docs/concepts/workloads/controllers/daemonset/#taints-and-tolerations).
const ADDED: [(&str, &str, bool); 7] = [
    ("node.kubernetes.io/not-ready", "NoExecute", false),
    ("node.kubernetes.io/unreachable", "NoExecute", false),
    ("node.kubernetes.io/disk-pressure", "NoSchedule", false),
    ("node.kubernetes.io/memory-pressure", "NoSchedule", false),
    ("node.kubernetes.io/pid-pressure", "NoSchedule", false),
    ("node.kubernetes.io/unschedulable", "NoSchedule", false),
    ("node.kubernetes.io/network-unavailable", "NoSchedule", true),
];

/// A toleration of a daemon pod and where it comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DaemonToleration {
    /// The toleration.
    pub toleration: Toleration,
    /// Its place among the template's tolerations; `None` where Kubernetes adds it.
    pub template_index: Option<usize>,
}

/// The tolerations of the pods made from a template: the template's own and the ones that every
/// daemon pod gets.
///
/// An added one takes the place of every template toleration with the same key, operator, value
/// and effect, so that its `tolerationSeconds` is gone; where there is none it comes last.
///
/// ```
/// use daemonset::placement::daemon_tolerations;
///
/// assert_eq!(daemon_tolerations(&[], false).len(), 6);
/// assert_eq!(daemon_tolerations(&[], true).len(), 7);
/// ```
#[must_use]
pub fn daemon_tolerations(template: &[Toleration], host_network: bool) -> Vec<DaemonToleration> {
    let mut all: Vec<_> = template
        .iter()
        .enumerate()
        .map(|(index, toleration)| DaemonToleration {
            toleration: toleration.clone(),
            template_index: Some(index),
        })
        .collect();
    for (key, effect, for_host_network) in ADDED {
        if for_host_network && !host_network {
            continue;
        }
        let added = DaemonToleration {
            toleration: Toleration {
                key: key.to_owned(),
                operator: "Exists".to_owned(),
                effect: effect.to_owned(),
                ..Toleration::default()
            },
            template_index: None,
        };
        let mut replaced = false;
        for mine in &mut all {
            let without_seconds = Toleration {
                toleration_seconds: None,
                ..mine.toleration.clone()
            };
            if without_seconds == added.toleration {
                *mine = added.clone();
                replaced = true;
            }
        }
        if !replaced {
            all.push(added);
        }
    }
    all
}
