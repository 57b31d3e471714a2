//! What findings are made of.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::NAMED;
use crate::health::NodeProblem;
use crate::owner::UNINITIALIZED;
use crate::words::{count, duration, list};

/// A node that is not well.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct UnhealthyNode {
    /// The node.
    pub node: String,
    /// What is wrong with it.
    pub problems: Vec<NodeProblem>,
    /// What its pod says, where it says something itself.
    pub pod: Option<String>,
}

impl UnhealthyNode {
    /// Whether its last heartbeat was long before it was marked as unreachable.
    pub(crate) fn is_marked_late(&self) -> bool {
        self.problems.iter().any(|it| it.heard().is_some())
    }
}

/// Who may delete old pods, where the controller of DaemonSets does not.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct ReplacedBy {
    /// What controls the DaemonSet, by its kind and name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
    /// The label of nodes in which a controller keeps how far it is with them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// What that says of the nodes with old pods.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub states: Vec<NodesInState>,
}

/// What a label says, and of which nodes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct NodesInState {
    /// Its value.
    pub state: String,
    /// The nodes.
    pub nodes: Vec<String>,
}

/// What pods say of themselves, and how many of them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Symptom {
    /// A clause about a pod, or the words of an event.
    pub symptom: String,
    /// How many pods, or how often.
    pub pods: usize,
}

/// A node on which pods have failed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct FailedOn {
    /// The node.
    pub node: String,
    /// How many.
    pub pods: usize,
}

/// A pod that is terminating and does not go.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct HeldPod {
    /// The pod.
    pub pod: String,
    /// Its node.
    pub node: String,
    /// Its finalizers; where it has none, its kubelet does not end it.
    pub finalizers: Vec<String>,
    /// For how many seconds its grace period has been over.
    pub over: i64,
    /// What is wrong with its node, where its kubelet does not answer.
    pub node_is: Option<NodeProblem>,
}

/// Prints the pod, since when it should be gone, and what holds it.
impl fmt::Display for HeldPod {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { pod, node, .. } = self;
        let over = duration(self.over);
        write!(
            f,
            "{pod} on {node} is terminating, and its grace period ended {over} ago: "
        )?;
        match self.finalizers.as_slice() {
            [] => match &self.node_is {
                Some(problem) => write!(f, "its node is {problem}, so that nothing ends it"),
                None => f.write_str("no finalizer holds it, its kubelet does not end it"),
            },
            [one] => write!(f, "finalizer {one} holds it"),
            many => write!(f, "finalizers {} hold it", list(many, NAMED)),
        }
    }
}

/// A node that has pods and should not.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Misplaced {
    /// The node.
    pub node: String,
    /// Why it should not run the daemon.
    pub why: Vec<String>,
    /// Whether the pod stays there.
    pub stays: bool,
    /// How it goes, where that is not by the controller in this round.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub goes: Option<Goes>,
}

/// How a pod leaves a node on which it may stay as it is, and that gets no new one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum Goes {
    /// Its deletion was asked for.
    Terminating,
    /// It is of an older revision, which the rolling update replaces wherever it is.
    WithTheRollout,
}

/// Nodes that are left out for the same reason.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct LeftOut {
    /// Why.
    pub why: String,
    /// What was probably meant, where they are missed by little.
    pub near: Option<String>,
    /// The nodes.
    pub nodes: Vec<String>,
}

/// What refuses pods.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
#[serde(tag = "by", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Refusal {
    /// A `ResourceQuota` has no room for a pod more.
    ///
    /// Source: [Resource Quotas](https://kubernetes.io/docs/concepts/policy/resource-quotas/).
    Quota {
        /// Its name.
        quota: String,
        /// What is used up, such as `pods 4 of 4`; none where that was not given.
        full: Vec<String>,
    },
    /// Pods of a priority class are only for namespaces with a quota that counts such.
    ///
    /// Source: [Limit Priority Class consumption](https://kubernetes.io/docs/concepts/policy/resource-quotas/#limit-priority-class-consumption-by-default).
    QuotaScope {
        /// The class.
        class: String,
    },
    /// There is no PriorityClass of the name that the template has.
    PriorityClass {
        /// The name.
        class: String,
        /// One that there is, and whose name is missed by little.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        near: Option<String>,
    },
    /// The template brings what only a class may give: a priority, a preemption policy, an overhead.
    ///
    /// Source: admission plugins [Priority and RuntimeClass](https://kubernetes.io/docs/reference/access-authn-authz/admission-controllers/).
    TemplateField {
        /// The field of the pod's spec.
        field: String,
        /// The field that names the class that may give it.
        class: String,
    },
    /// The namespace enforces a Pod Security level that the template does not meet.
    ///
    /// Source: [Pod Security Admission](https://kubernetes.io/docs/concepts/security/pod-security-admission/).
    PodSecurity {
        /// The level and version.
        level: String,
        /// What of the template it forbids, where that was looked for.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        violated: Vec<String>,
    },
    /// The namespace is being deleted.
    NamespaceTerminating,
    /// There is no RuntimeClass of the name that the template has.
    ///
    /// Source: [Runtime Class](https://kubernetes.io/docs/concepts/containers/runtime-class/).
    RuntimeClass {
        /// The name.
        class: String,
    },
    /// There is no such `ServiceAccount`.
    ServiceAccount {
        /// Namespace and name.
        account: String,
    },
    /// A `ResourceQuota` wants something specified that the template leaves open.
    Unspecified {
        /// Its name.
        quota: String,
        /// What, such as `limits.cpu`.
        resources: Vec<String>,
    },
    /// A `LimitRange` does not allow what the template asks for.
    ///
    /// Source: [Limit Ranges](https://kubernetes.io/docs/concepts/policy/limit-range/).
    LimitRange {
        /// What it does not allow, as the API server says it, where that was looked for.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        said: Vec<String>,
    },
    /// An admission webhook or policy denies them.
    Denied {
        /// Which.
        denied_by: String,
    },
    /// An admission webhook does not answer.
    Webhook {
        /// Its name.
        webhook: String,
        /// The namespace of its service, as far as that is told.
        namespace: Option<String>,
        /// Its service, as far as that is told.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        service: Option<String>,
        /// Whether it answers, with a certificate that is not taken.
        is_of_certificate: bool,
    },
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Quota { quota, full } => {
                write!(f, "ResourceQuota {quota}")?;
                match full.as_slice() {
                    [] => f.write_str(" has no room for them"),
                    full if full.iter().any(|it| it.contains("a pod asks for")) => {
                        write!(f, " has no room for them: {}", full.join(", "))
                    }
                    full if full.iter().any(|it| it.ends_with(" now")) => {
                        write!(f, " has room for no more: {}", full.join(", "))
                    }
                    full => write!(f, " is used up: {}", full.join(", ")),
                }
            }
            Self::QuotaScope { class } => write!(
                f,
                "priority class {class} is only for namespaces with a ResourceQuota for it"
            ),
            Self::PriorityClass { class, near } => {
                write!(f, "there is no PriorityClass {class}")?;
                match near {
                    Some(near) => write!(f, ", {near} may be meant"),
                    None => Ok(()),
                }
            }
            Self::RuntimeClass { class } => write!(f, "there is no RuntimeClass {class}"),
            Self::TemplateField { field, class } => write!(
                f,
                "the template gives {field}, which only a {class} may give, and names none"
            ),
            Self::PodSecurity { level, violated } => {
                write!(
                    f,
                    "the namespace enforces Pod Security {level}, which the template does not meet"
                )?;
                match violated.as_slice() {
                    [] => Ok(()),
                    some => write!(f, ": {}", list(some, NAMED)),
                }
            }
            Self::NamespaceTerminating => f.write_str("the namespace is being deleted"),
            Self::ServiceAccount { account } => write!(f, "there is no ServiceAccount {account}"),
            Self::Unspecified { quota, resources } => write!(
                f,
                "ResourceQuota {quota} wants every container to specify {}",
                list(resources, NAMED)
            ),
            Self::LimitRange { said } => {
                f.write_str("a LimitRange does not allow what the template asks for")?;
                match said.as_slice() {
                    [] => Ok(()),
                    some => write!(f, ": {}", list(some, NAMED)),
                }
            }
            Self::Denied { denied_by } => write!(f, "{denied_by} denies them"),
            Self::Webhook {
                webhook,
                is_of_certificate: true,
                ..
            } => write!(
                f,
                "the certificate of admission webhook {webhook} is not taken"
            ),
            Self::Webhook { webhook, .. } => {
                write!(f, "admission webhook {webhook} does not answer")
            }
        }
    }
}

impl LeftOut {
    /// Whether the nodes are left out until a cloud controller manager initializes them: by the taint that they have until then.
    ///
    /// Source: [Cloud Controller Manager Administration](https://kubernetes.io/docs/tasks/administer-cluster/running-cloud-controller/).
    #[must_use]
    pub fn waits_to_be_initialized(&self) -> bool {
        self.why.contains(UNINITIALIZED)
    }
}

/// `3 nodes (a, b and c): nodeSelector wants …: disk=ssd may be meant`
impl fmt::Display for LeftOut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let nodes = count(self.nodes.len(), "node");
        write!(f, "{nodes} ({}): {}", list(&self.nodes, NAMED), self.why)?;
        match &self.near {
            None => Ok(()),
            Some(near) => write!(f, ": {near}"),
        }
    }
}

impl fmt::Display for Misplaced {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.node, self.why.join(", "))
    }
}

/// Prints the node, and in brackets what is wrong with it.
impl fmt::Display for UnhealthyNode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.node)?;
        if !self.problems.is_empty() {
            write!(f, " ({})", list(&self.problems, NAMED))?;
        }
        Ok(())
    }
}

/// Prints what pods say, and in brackets how many, if several.
impl fmt::Display for Symptom {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.symptom)?;
        match self.pods {
            ..=1 => Ok(()),
            many => write!(f, " ({many} of them)"),
        }
    }
}

/// The field that sets a rolling update's budget.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum BudgetField {
    /// `maxUnavailable`
    MaxUnavailable,
    /// `maxSurge`
    MaxSurge,
}

/// Prints the name of the field.
impl fmt::Display for BudgetField {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::MaxUnavailable => "maxUnavailable",
            Self::MaxSurge => "maxSurge",
        })
    }
}

/// Whether a figure says nothing.
pub(super) fn is_zero<T: Default + PartialEq>(figure: &T) -> bool {
    *figure == T::default()
}
