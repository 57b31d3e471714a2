//! Edits to a cluster, as data.

use std::fmt;

use serde::Serialize;
use serde_json::{Map, Value, json};

use super::trouble::comes_with_a_condition;
use crate::api::{
    ConditionStatus, ConditionType, ControllerRevision, DaemonSet, IntOrString, Node, Pod,
    PodCondition, PodPhase, PodTemplate, Taint, TemplateError, Timestamp, Toleration,
};
use crate::daemon_pod::object;
use crate::history::{RollbackError, roll_back};

/// What a plan is made from: a copy to try edits on.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Inputs {
    /// The set.
    pub set: DaemonSet,
    /// The nodes.
    pub nodes: Vec<Node>,
    /// The pods.
    pub pods: Vec<Pod>,
    /// The ControllerRevisions.
    pub revisions: Vec<ControllerRevision>,
}

/// One small change to a set or a cluster.
///
/// Prints as an instruction.
///
/// ```
/// use daemonset::api::Node;
/// use daemonset::explain::{Edit, Inputs};
///
/// let mut node = Node::default();
/// node.metadata.name = "node-a".into();
/// let mut inputs = Inputs { nodes: vec![node], ..Inputs::default() };
/// let edit = Edit::SetNodeLabel { node: "node-a".into(), key: "disk".into(), value: "ssd".into() };
/// edit.apply(&mut inputs)?;
/// assert_eq!(inputs.nodes[0].metadata.labels.get("disk"), Some("ssd"));
/// assert_eq!(edit.to_string(), "label node node-a with disk=ssd");
/// # Ok::<(), daemonset::explain::EditError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
#[serde(
    tag = "edit",
    rename_all = "camelCase",
    rename_all_fields = "camelCase"
)]
pub enum Edit {
    /// Add a toleration to the set's template.
    AddToleration {
        /// The toleration.
        toleration: Toleration,
    },
    /// Add a value to a requirement of the required node affinity of the set's template.
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
    /// Take a value out of a requirement of the required node affinity of the set's template.
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
    /// Get a node ready again. Tried out, its conditions become good, the taints that come with
    /// bad ones go, its pods become ready, and those that are being deleted go.
    RepairNode {
        /// The node.
        node: String,
    },
    /// Remove a node for good. Tried out, its pods go with it.
    RemoveNode {
        /// The node.
        node: String,
    },
    /// Delete a pod, with `--force` where it hangs. Tried out, it is gone.
    DeletePod {
        /// The pod, of the set's namespace.
        pod: String,
        /// The node it is on.
        node: String,
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
    /// Go back to an earlier revision of the template, as `kubectl rollout undo` does.
    RollBack {
        /// The revision's number.
        revision: i64,
    },
}

/// Why an edit cannot be made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EditError {
    /// There is no such node.
    #[error("there is no node {0:?}")]
    NoNode(String),
    /// There is no such pod.
    #[error("there is no pod {0:?}")]
    NoPod(String),
    /// The affinity has no such requirement on that label.
    #[error("nodeSelectorTerms[{term}].matchExpressions[{requirement}] does not read label {key}")]
    NoRequirement {
        /// The term's place.
        term: usize,
        /// The requirement's place in the term.
        requirement: usize,
        /// The label.
        key: String,
    },
    /// The template would have fields of the wrong type.
    #[error(transparent)]
    Template(#[from] TemplateError),
    /// The set cannot go back there.
    #[error(transparent)]
    RollBack(#[from] RollbackError),
}

impl Edit {
    /// Makes the change.
    ///
    /// # Errors
    /// What is to be changed is not there.
    pub fn apply(&self, inputs: &mut Inputs) -> Result<(), EditError> {
        match self {
            Self::AddToleration { toleration } => edit_template(&mut inputs.set, |template| {
                let tolerations = object(template, "spec")
                    .entry("tolerations")
                    .or_insert(Value::Null);
                if !tolerations.is_array() {
                    *tolerations = json!([]);
                }
                if let Value::Array(tolerations) = tolerations {
                    tolerations.push(json!(toleration));
                }
                Ok(())
            }),
            Self::AddAffinityValue {
                term,
                requirement,
                key,
                value,
            } => edit_requirement(&mut inputs.set, (*term, *requirement), key, |values| {
                values.push(value.clone().into());
            }),
            Self::RemoveAffinityValue {
                term,
                requirement,
                key,
                value,
            } => edit_requirement(&mut inputs.set, (*term, *requirement), key, |values| {
                values.retain(|other| other.as_str() != Some(value));
            }),
            Self::SetNodeLabel { node, key, value } => edit_node(&mut inputs.nodes, node, |node| {
                node.metadata.labels.insert(key, value);
            }),
            Self::RemoveNodeLabel { node, key } => edit_node(&mut inputs.nodes, node, |node| {
                node.metadata.labels.remove(key);
            }),
            Self::RemoveTaint { node, taint } => edit_node(&mut inputs.nodes, node, |node| {
                node.spec.taints.retain(|other| !is_same(other, taint));
            }),
            Self::RepairNode { node } => {
                edit_node(&mut inputs.nodes, node, repair)?;
                inputs.pods.retain_mut(|pod| {
                    let here = pod.spec.node_name == *node;
                    if here {
                        get_ready(pod);
                    }
                    !here || !pod.metadata.is_terminating()
                });
                Ok(())
            }
            Self::RemoveNode { node } => {
                edit_node(&mut inputs.nodes, node, |_| ())?;
                inputs.nodes.retain(|other| other.metadata.name != *node);
                inputs.pods.retain(|pod| pod.spec.node_name != *node);
                Ok(())
            }
            Self::DeletePod { pod, .. } => {
                let namespace = &inputs.set.metadata.namespace;
                let before = inputs.pods.len();
                inputs.pods.retain(|other| {
                    other.metadata.name != *pod || other.metadata.namespace != *namespace
                });
                if inputs.pods.len() == before {
                    return Err(EditError::NoPod(pod.clone()));
                }
                Ok(())
            }
            Self::SetMaxUnavailable { value } => {
                let strategy = &mut inputs.set.spec.update_strategy;
                let written = strategy.rolling_update.get_or_insert_default();
                written.max_unavailable = Some(value.clone());
                Ok(())
            }
            Self::SetMaxSurge { value } => {
                let strategy = &mut inputs.set.spec.update_strategy;
                let written = strategy.rolling_update.get_or_insert_default();
                written.max_surge = Some(value.clone());
                Ok(())
            }
            Self::RollBack { revision } => {
                let (_, template) = roll_back(&inputs.set, &inputs.revisions, Some(*revision))?;
                inputs.set.spec.template = template;
                Ok(())
            }
        }
    }

    /// Whether it changes the template, so that every pod is replaced.
    #[must_use]
    pub fn changes_template(&self) -> bool {
        matches!(
            self,
            Self::AddToleration { .. }
                | Self::AddAffinityValue { .. }
                | Self::RemoveAffinityValue { .. }
                | Self::RollBack { .. }
        )
    }
}

fn is_same(a: &Taint, b: &Taint) -> bool {
    (&a.key, &a.value, &a.effect) == (&b.key, &b.value, &b.effect)
}

/// A node that is given twice is changed twice.
fn edit_node(
    nodes: &mut [Node],
    name: &str,
    mut edit: impl FnMut(&mut Node),
) -> Result<(), EditError> {
    let mut found = false;
    for node in nodes.iter_mut().filter(|node| node.metadata.name == name) {
        found = true;
        edit(node);
    }
    if found {
        Ok(())
    } else {
        Err(EditError::NoNode(name.to_owned()))
    }
}

fn repair(node: &mut Node) {
    let taints = &mut node.spec.taints;
    taints.retain(|taint| !comes_with_a_condition(&taint.key));
    node.metadata.deletion_timestamp = None;
    for condition in &mut node.status.conditions {
        match condition.type_ {
            ConditionType::Ready => condition.status = ConditionStatus::True,
            ConditionType::DiskPressure
            | ConditionType::MemoryPressure
            | ConditionType::PidPressure
            | ConditionType::NetworkUnavailable => condition.status = ConditionStatus::False,
            _ => {}
        }
    }
}

/// Makes a pod ready, and for long already: what is asked is whether the repair would help in the
/// end.
fn get_ready(pod: &mut Pod) {
    pod.status.phase = PodPhase::Running;
    pod.status.reason = String::new();
    pod.status.container_statuses.clear();
    pod.status.init_container_statuses.clear();
    pod.status.conditions = vec![PodCondition {
        type_: ConditionType::Ready,
        status: ConditionStatus::True,
        last_transition_time: Some(Timestamp::from_unix_seconds(0)),
        ..PodCondition::default()
    }];
}

fn edit_template(
    set: &mut DaemonSet,
    edit: impl FnOnce(&mut Map<String, Value>) -> Result<(), EditError>,
) -> Result<(), EditError> {
    let mut template = set.spec.template.as_json().clone();
    edit(&mut template)?;
    set.spec.template = PodTemplate::try_from(template)?;
    Ok(())
}

fn edit_requirement(
    set: &mut DaemonSet,
    (term, requirement): (usize, usize),
    key: &str,
    edit: impl FnOnce(&mut Vec<Value>),
) -> Result<(), EditError> {
    edit_template(set, |template| {
        let path = format!(
            "/affinity/nodeAffinity/requiredDuringSchedulingIgnoredDuringExecution\
             /nodeSelectorTerms/{term}/matchExpressions/{requirement}"
        );
        let found = template
            .get_mut("spec")
            .and_then(|spec| spec.pointer_mut(&path))
            .filter(|found| found["key"] == key)
            .and_then(|found| found.get_mut("values")?.as_array_mut());
        let Some(values) = found else {
            return Err(EditError::NoRequirement {
                term,
                requirement,
                key: key.to_owned(),
            });
        };
        edit(values);
        Ok(())
    })
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
                "add {value} to the values of {key} in node affinity term {term} of the template"
            ),
            Self::RemoveAffinityValue {
                term, key, value, ..
            } => write!(
                f,
                "take {value} out of the values of {key} in node affinity term {term} of the template"
            ),
            Self::SetNodeLabel { node, key, value } => {
                write!(f, "label node {node} with {key}={value}")
            }
            Self::RemoveNodeLabel { node, key } => write!(f, "remove label {key} from node {node}"),
            Self::RemoveTaint { node, taint } => {
                write!(f, "take the taint {taint} off node {node}")
            }
            Self::RepairNode { node } => write!(f, "get node {node} ready again"),
            Self::RemoveNode { node } => write!(f, "remove node {node} for good"),
            Self::DeletePod { pod, node } => write!(f, "delete pod {pod} on node {node}"),
            Self::SetMaxUnavailable { value } => write!(
                f,
                "set spec.updateStrategy.rollingUpdate.maxUnavailable to {value}"
            ),
            Self::SetMaxSurge { value } => write!(
                f,
                "set spec.updateStrategy.rollingUpdate.maxSurge to {value}"
            ),
            Self::RollBack { revision } => write!(f, "roll back to revision {revision}"),
        }
    }
}
