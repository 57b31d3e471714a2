//! The tolerations that daemon pods get besides their template's.

use crate::api::Toleration;
use crate::well_known::{
    DISK_PRESSURE, MEMORY_PRESSURE, NETWORK_UNAVAILABLE, NOT_READY, PID_PRESSURE, UNREACHABLE,
    UNSCHEDULABLE,
};

/// The tolerations that every pod of a DaemonSet gets, in the order in which they are added:
/// key, effect, and whether only for pods with `hostNetwork`.
///
/// Source: [Taints and tolerations of DaemonSets](https://kubernetes.io/docs/concepts/workloads/controllers/daemonset/#taints-and-tolerations).
const ADDED: [(&str, &str, bool); 7] = [
    (NOT_READY, "NoExecute", false),
    (UNREACHABLE, "NoExecute", false),
    (DISK_PRESSURE, "NoSchedule", false),
    (MEMORY_PRESSURE, "NoSchedule", false),
    (PID_PRESSURE, "NoSchedule", false),
    (UNSCHEDULABLE, "NoSchedule", false),
    (NETWORK_UNAVAILABLE, "NoSchedule", true),
];

/// A toleration of a daemon pod and where it comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
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
