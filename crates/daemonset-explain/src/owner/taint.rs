//! Who puts a taint on nodes and takes it off again.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::health::comes_with_a_condition;

/// The taint of a node that no cloud controller manager has initialized yet.
///
/// Source: [Cloud Controller Manager Administration](https://kubernetes.io/docs/tasks/administer-cluster/running-cloud-controller/).
pub(crate) const UNINITIALIZED: &str = "node.cloudprovider.kubernetes.io/uninitialized";

/// Who manages a taint, so that it is not for others to take off: it says what is awaited.
///
/// Source: [Well-Known Labels, Annotations and Taints](https://kubernetes.io/docs/reference/labels-annotations-taints/).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
#[serde(rename_all = "camelCase")]
pub enum TaintOwner {
    /// The node controller, for as long as a condition of the node is bad.
    Condition,
    /// `kubectl cordon` and drain; daemon pods tolerate it.
    Cordon,
    /// The cloud provider, until it has initialized the node.
    CloudProvider,
    /// The cloud provider, since the machine is shut down.
    Shutdown,
    /// Whoever has declared the machine to be off, so that its volumes are taken from it.
    OutOfService,
    /// The cluster autoscaler or Karpenter, which is about to remove the node.
    Removal,
    /// A termination handler, which was told that the cloud takes the machine back.
    Interruption,
    /// A termination handler or the cloud, which gave notice of maintenance, of a repair, or that the machine may be taken back.
    Notice,
    /// Whatever registers the node, until it has.
    Registration,
    /// Whoever waits for an agent on the node, until that is up: mostly the agent itself.
    Agent,
    /// The operator of Cilium, until its agent on the node is up.
    ///
    /// Source: [Taint effects](https://docs.cilium.io/en/stable/installation/taints/).
    CiliumOperator,
    /// The kind of node: such a node runs only what its provider lets it.
    Provider,
}

impl TaintOwner {
    /// Who manages taints of this key; `None` where people do.
    ///
    /// ```
    /// use daemonset_explain::TaintOwner;
    ///
    /// let autoscaler = TaintOwner::of("ToBeDeletedByClusterAutoscaler");
    /// assert_eq!(autoscaler, Some(TaintOwner::Removal));
    /// assert_eq!(TaintOwner::of("dedicated"), None);
    /// ```
    #[must_use]
    pub fn of(key: &str) -> Option<Self> {
        Some(match key {
            "node.kubernetes.io/unschedulable" => Self::Cordon,
            UNINITIALIZED => Self::CloudProvider,
            "node.cloudprovider.kubernetes.io/shutdown" => Self::Shutdown,
            "node.kubernetes.io/out-of-service" => Self::OutOfService,
            "ToBeDeletedByClusterAutoscaler"
            | "DeletionCandidateOfClusterAutoscaler"
            | "karpenter.sh/disrupted"
            | "karpenter.sh/disruption" => Self::Removal,
            "aws-node-termination-handler/spot-itn"
            | "aws-node-termination-handler/asg-lifecycle-termination" => Self::Interruption,
            "aws-node-termination-handler/scheduled-maintenance"
            | "aws-node-termination-handler/rebalance-recommendation"
            | "cloud.google.com/impending-node-termination"
            | "remediator.kubernetes.azure.com/unschedulable" => Self::Notice,
            "karpenter.sh/unregistered" | "node.cluster.x-k8s.io/uninitialized" => {
                Self::Registration
            }
            "eks.amazonaws.com/compute-type" | "virtual-kubelet.io/provider" => Self::Provider,
            "node.cilium.io/agent-not-ready" => Self::CiliumOperator,
            key if comes_with_a_condition(key) => Self::Condition,
            key if key.ends_with("agent-not-ready") => Self::Agent,
            _ => return None,
        })
    }

    /// Whether it waits for an agent on the node.
    pub(crate) fn awaits_agent(self) -> bool {
        matches!(self, Self::Agent | Self::CiliumOperator)
    }

    /// Whether tolerating it leads nowhere: nothing starts there, the node is about to go, or the taint
    /// goes before all pods are replaced for a toleration.
    pub(crate) fn is_in_vain(self) -> bool {
        matches!(
            self,
            Self::Shutdown
                | Self::OutOfService
                | Self::Removal
                | Self::Interruption
                | Self::Notice
                | Self::Provider
                | Self::Registration
                | Self::Agent
                | Self::CiliumOperator
        )
    }
}

/// Prints what is awaited.
impl fmt::Display for TaintOwner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Condition => {
                "the node controller takes it off once the condition of the node is good again"
            }
            Self::Cordon => "the node is cordoned, which daemon pods tolerate",
            Self::CloudProvider => {
                "the cloud provider (cloud-controller-manager) takes it off once it has initialized the node: wait \
                 for it, or look at why it does not"
            }
            Self::Shutdown => "the cloud provider says that the machine is shut down",
            Self::OutOfService => {
                "the machine was declared to be off: who did takes it off once the machine is back"
            }
            Self::Removal => {
                "the autoscaler is about to remove the node, and takes the taint off again if it does not"
            }
            Self::Interruption => {
                "a termination handler put it there, since the cloud takes the machine back: it stays until the node goes"
            }
            Self::Notice => {
                "it was put there since the cloud gave notice of maintenance, of a repair, or that the machine may be taken back: \
                 the node may go, and the taint is not for others to take off"
            }
            Self::Registration => "it goes once the node is registered",
            Self::Agent => "it is taken off once the agent that it is named after is up on the node",
            Self::CiliumOperator => {
                "the operator of Cilium (cilium-operator) takes it off once Cilium's agent on the node is up"
            }
            Self::Provider => "such nodes run only what their provider lets them",
        })
    }
}
