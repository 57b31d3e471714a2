//! Edits to a DaemonSet and its cluster, as data.

pub(crate) mod edited;

use std::collections::BTreeMap;
use std::fmt;

use daemonset::api::{IntOrString, Taint, Toleration};
use serde::{Deserialize, Serialize};

use crate::words::{agree, list};

/// One small change to a DaemonSet or its cluster.
///
/// Prints as an instruction. [`Edited`](crate::Edited) makes edits on a copy.
///
/// ```
/// use daemonset_explain::Edit;
///
/// let edit = Edit::SetNodeLabel { node: "node-a".into(), key: "disk".into(), value: "ssd".into() };
/// assert_eq!(edit.to_string(), "label node node-a with disk=ssd");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[non_exhaustive]
#[serde(
    tag = "edit",
    rename_all = "camelCase",
    rename_all_fields = "camelCase"
)]
pub enum Edit {
    /// Add a toleration to the DaemonSet's template.
    AddToleration {
        /// The toleration.
        toleration: Toleration,
    },
    /// Add a value to a requirement of the required node affinity of the DaemonSet's template.
    AddAffinityValue {
        /// The term's place in `nodeSelectorTerms`.
        term: usize,
        /// The requirement's place in the term's `matchExpressions`.
        requirement: usize,
        /// The label that the requirement reads.
        key: String,
        /// The value.
        value: String,
    },
    /// Take a value out of a requirement of the required node affinity of the DaemonSet's template.
    RemoveAffinityValue {
        /// The term's place in `nodeSelectorTerms`.
        term: usize,
        /// The requirement's place in the term's `matchExpressions`.
        requirement: usize,
        /// The label that the requirement reads.
        key: String,
        /// The value.
        value: String,
    },
    /// Replace values of a requirement of the required node affinity of the DaemonSet's template.
    ReplaceAffinityValues {
        /// The term's place in `nodeSelectorTerms`.
        term: usize,
        /// The requirement's place in the term's `matchExpressions`.
        requirement: usize,
        /// The label that the requirement reads.
        key: String,
        /// Each value, and what takes its place.
        values: BTreeMap<String, String>,
    },
    /// Set a label of a node.
    SetNodeLabel {
        /// The node.
        node: String,
        /// The label.
        key: String,
        /// Its value.
        value: String,
    },
    /// Remove a label of a node.
    RemoveNodeLabel {
        /// The node.
        node: String,
        /// The label.
        key: String,
    },
    /// Take a taint off a node.
    RemoveTaint {
        /// The node.
        node: String,
        /// The taint; its time does not matter.
        taint: Taint,
    },
    /// Delete a node. On a copy, the pods bound to it go with it.
    DeleteNode {
        /// The node.
        node: String,
    },
    /// Delete a pod. On a copy, it is gone at once.
    DeletePod {
        /// The pod, of the DaemonSet's namespace.
        pod: String,
        /// The node it is on.
        node: String,
    },
    /// Delete a terminating pod from the API server, without its kubelet's word: `kubectl delete
    /// --grace-period=0 --force`. On a copy, it is gone at once.
    ForceDeletePod {
        /// The pod, of the DaemonSet's namespace.
        pod: String,
        /// The node it is on.
        node: String,
    },
    /// Remove the finalizers of a terminating pod, or let their controllers do so. On a copy, it is
    /// gone at once.
    RemoveFinalizers {
        /// The pod, of the DaemonSet's namespace.
        pod: String,
        /// The node it is on.
        node: String,
        /// Its finalizers.
        finalizers: Vec<String>,
    },
    /// Set `spec.updateStrategy.rollingUpdate.maxUnavailable`.
    SetMaxUnavailable {
        /// The value.
        value: IntOrString,
    },
    /// Set `spec.updateStrategy.rollingUpdate.maxSurge`.
    SetMaxSurge {
        /// The value.
        value: IntOrString,
    },
    /// Set an entry of `nodeSelector` of the DaemonSet's template.
    SetNodeSelector {
        /// The label.
        key: String,
        /// The value that a node has to have.
        value: String,
    },
    /// Let an entry of `nodeSelector` of the DaemonSet's template read another label.
    RenameNodeSelector {
        /// The label that it reads.
        from: String,
        /// The label that it reads then.
        key: String,
        /// The value that a node has to have.
        value: String,
    },
    /// Let a requirement of the required node affinity of the DaemonSet's template read another label.
    RenameAffinityKey {
        /// The term's place in `nodeSelectorTerms`.
        term: usize,
        /// The requirement's place in the term's `matchExpressions`.
        requirement: usize,
        /// The label that it reads.
        from: String,
        /// The label that it reads then.
        key: String,
    },
    /// Leave out the nodes with this label: a requirement `NotIn` in every term of the required node
    /// affinity of the DaemonSet's template.
    ExcludeNodes {
        /// The label.
        key: String,
        /// Its value.
        value: String,
    },
    /// Replace all pods by new ones of the same template, as `kubectl rollout restart` does: it sets
    /// an annotation of the template to the time.
    Restart,
    /// Go back to an earlier revision of the template, as `kubectl rollout undo` does.
    RollBack {
        /// The revision's number.
        revision: i64,
    },
}

impl Edit {
    /// Whether it changes the template, so that every pod is replaced.
    #[must_use]
    pub fn changes_template(&self) -> bool {
        matches!(
            self,
            Self::AddToleration { .. }
                | Self::AddAffinityValue { .. }
                | Self::RemoveAffinityValue { .. }
                | Self::ReplaceAffinityValues { .. }
                | Self::SetNodeSelector { .. }
                | Self::RenameNodeSelector { .. }
                | Self::RenameAffinityKey { .. }
                | Self::ExcludeNodes { .. }
                | Self::Restart
                | Self::RollBack { .. }
        )
    }

    /// Whether nodes may lose the daemon for it that its template allows.
    pub(crate) fn may_leave_nodes(&self) -> bool {
        matches!(
            self,
            Self::ReplaceAffinityValues { .. }
                | Self::SetNodeSelector { .. }
                | Self::RenameNodeSelector { .. }
                | Self::RenameAffinityKey { .. }
                | Self::ExcludeNodes { .. }
        )
    }

    /// Whether it changes the DaemonSet, and not a node or a pod.
    #[must_use]
    pub fn changes_set(&self) -> bool {
        self.changes_template()
            || matches!(
                self,
                Self::SetMaxUnavailable { .. } | Self::SetMaxSurge { .. }
            )
    }
}

impl fmt::Display for Edit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AddToleration { toleration } => {
                let tolerated = Taint {
                    key: toleration.key.clone(),
                    value: toleration.value.clone(),
                    effect: toleration.effect.clone(),
                    time_added: None,
                };
                write!(f, "add a toleration for {tolerated} to the template")
            }
            Self::AddAffinityValue {
                term, key, value, ..
            } => write!(
                f,
                "add {value} to the values of {key} in node affinity term {} of the template",
                term + 1
            ),
            Self::RemoveAffinityValue {
                term, key, value, ..
            } => write!(
                f,
                "remove {value} from the values of {key} in node affinity term {} of the template",
                term + 1
            ),
            Self::ReplaceAffinityValues {
                term, key, values, ..
            } => {
                let pairs = values.iter().map(|(from, to)| format!("{from} by {to}"));
                let pairs: Vec<String> = pairs.collect();
                write!(
                    f,
                    "replace {} in the values of {key} in node affinity term {} of the template",
                    list(&pairs, pairs.len()),
                    term + 1
                )
            }
            Self::SetNodeLabel { node, key, value } => {
                write!(f, "label node {node} with {key}={value}")
            }
            Self::RemoveNodeLabel { node, key } => write!(f, "remove label {key} from node {node}"),
            Self::RemoveTaint { node, taint } => {
                write!(f, "remove taint {taint} from node {node}")
            }
            Self::DeleteNode { node } => write!(f, "delete node {node}"),
            Self::DeletePod { pod, node } => write!(f, "delete pod {pod} on {node}"),
            Self::ForceDeletePod { pod, node } => write!(f, "force-delete pod {pod} on {node}"),
            Self::RemoveFinalizers {
                pod,
                node,
                finalizers,
            } => write!(
                f,
                "remove {} {} of pod {pod} on {node}",
                agree(finalizers.len(), "finalizer", "finalizers"),
                list(finalizers, finalizers.len()),
            ),
            Self::SetMaxUnavailable { value } => write!(
                f,
                "set spec.updateStrategy.rollingUpdate.maxUnavailable to {value}"
            ),
            Self::SetMaxSurge { value } => write!(
                f,
                "set spec.updateStrategy.rollingUpdate.maxSurge to {value}"
            ),
            Self::SetNodeSelector { key, value } => {
                write!(f, "set nodeSelector {key} to {value:?} in the template")
            }
            Self::RenameNodeSelector { from, key, value } => write!(
                f,
                "replace nodeSelector {from} by {key}={value:?} in the template"
            ),
            Self::RenameAffinityKey {
                term, from, key, ..
            } => write!(
                f,
                "replace {from} by {key} in node affinity term {} of the template",
                term + 1
            ),
            Self::ExcludeNodes { key, value } => write!(
                f,
                "leave out the nodes with {key}={value}: add {key} NotIn [{value}] to the required node \
                 affinity of the template"
            ),
            Self::Restart => f.write_str("replace all pods by new ones of the current template"),
            Self::RollBack { revision } => write!(f, "roll back to revision {revision}"),
        }
    }
}
