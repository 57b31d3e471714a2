//! What stands against a pod on a node, with the figures, and what the scheduler says of it.

use std::fmt;

use serde::Serialize;

use super::pods::PodName;
use super::ports::HostPort;
use super::resource::amount_text;
use super::terms::HOSTNAME;
use crate::api::Taint;
use crate::placement;

/// A check of the scheduler, by the name of its plugin, in the order in which they run.
///
/// Source: [Scheduling plugins](https://kubernetes.io/docs/reference/scheduling/config/#scheduling-plugins).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[non_exhaustive]
pub enum Check {
    /// Whether the node is cordoned.
    NodeUnschedulable,
    /// Whether the pod names another node.
    NodeName,
    /// Whether it tolerates the taints.
    TaintToleration,
    /// Its node selector and required node affinity.
    NodeAffinity,
    /// Its host ports.
    NodePorts,
    /// Resources and the number of pods.
    NodeResourcesFit,
    /// Required affinity and anti-affinity between pods.
    InterPodAffinity,
}

impl fmt::Display for Check {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
}

/// Whether evicting pods can help against a failing check, in the scheduler's words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub enum Code {
    /// It can.
    Unschedulable,
    /// It cannot.
    UnschedulableAndUnresolvable,
}

/// One check that fails.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
#[serde(
    tag = "obstacle",
    rename_all = "camelCase",
    rename_all_fields = "camelCase"
)]
pub enum Obstacle {
    /// The node is cordoned, and the pod does not tolerate that.
    Cordoned,
    /// The pod names another node.
    NodeName {
        /// The node it names.
        wanted: String,
    },
    /// Taints that nothing tolerates.
    Taints {
        /// Each of them.
        taints: Vec<Taint>,
    },
    /// Its node selector or required node affinity.
    NodeAffinity {
        /// What does not match.
        unmet: Vec<placement::Obstacle>,
        /// Whether the scheduler passes the node over before it looks at anything else.
        passed_over: PassedOver,
    },
    /// Ports of the host that others hold.
    HostPorts {
        /// Each port and who holds it.
        conflicts: Vec<PortConflict>,
    },
    /// The node has as many pods as it takes.
    TooManyPods {
        /// How many it has.
        pods: i128,
        /// How many it takes.
        capacity: i128,
    },
    /// Too little of a resource is left.
    Insufficient(Shortfall),
    /// No pod is near that its affinity asks for.
    PodAffinity {
        /// The topology keys of its terms.
        topology_keys: Vec<String>,
    },
    /// A pod is near that its anti-affinity refuses.
    PodAntiAffinity {
        /// Who, on this node.
        pods: Vec<PodName>,
        /// Another node with such a pod, and the topology key that makes it near.
        elsewhere: Option<Elsewhere>,
    },
    /// A pod is near whose anti-affinity refuses it.
    RefusedByPods {
        /// Who, on this node.
        pods: Vec<PodName>,
        /// Another node with such a pod, and the topology key that makes it near.
        elsewhere: Option<Elsewhere>,
    },
}

/// Whether a node is passed over because the pod's affinity names others.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum PassedOver {
    /// It is looked at.
    No,
    /// The affinity names other nodes alone.
    OthersNamed,
    /// The affinity names nodes that exclude each other.
    Contradiction,
}

/// Another node that counts as near.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Elsewhere {
    /// The node.
    pub node: String,
    /// The label of which both have the same value.
    pub topology_key: String,
}

/// A port that is taken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PortConflict {
    /// The port that the pod asks for.
    pub port: HostPort,
    /// Who holds it.
    pub holder: PodName,
}

/// What a pod asks for of a resource against what is left: cpu in thousandths of a core,
/// everything else in its own unit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Shortfall {
    /// The resource.
    pub resource: String,
    /// What the pod asks for.
    pub requested: i128,
    /// What others have taken.
    pub used: i128,
    /// What the whole node gives.
    pub capacity: i128,
}

impl Shortfall {
    /// What is left; negative where more is taken than there is.
    #[must_use]
    pub fn free(&self) -> i128 {
        self.capacity.saturating_sub(self.used)
    }

    /// How much is lacking.
    #[must_use]
    pub fn lacking(&self) -> i128 {
        self.requested.saturating_sub(self.free())
    }

    /// Whether the pod asks for more than the whole node has, so that evicting is no use.
    #[must_use]
    pub fn is_too_small(&self) -> bool {
        self.requested > self.capacity
    }
}

/// What the scheduler itself reports of a node: its first failing check alone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FirstFailure {
    /// The check.
    pub check: Check,
    /// Whether evicting pods can help.
    pub code: Code,
    /// Its reasons, in the scheduler's words.
    pub reasons: Vec<String>,
}

/// What the scheduler reports of these failing checks, which are in its order.
pub(super) fn first_failure(obstacles: &[Obstacle]) -> Option<FirstFailure> {
    let passed_over = obstacles.iter().find_map(|obstacle| match obstacle {
        Obstacle::NodeAffinity {
            passed_over: PassedOver::OthersNamed,
            ..
        } => Some("node(s) didn't satisfy plugin(s) [NodeAffinity]"),
        Obstacle::NodeAffinity {
            passed_over: PassedOver::Contradiction,
            ..
        } => Some("pod affinity terms conflict"),
        _ => None,
    });
    if let Some(reason) = passed_over {
        return Some(FirstFailure {
            check: Check::NodeAffinity,
            code: Code::UnschedulableAndUnresolvable,
            reasons: vec![reason.to_owned()],
        });
    }
    let check = obstacles.first()?.check();
    // Of the inter-pod checks the scheduler stops at the first that fails.
    let most = match check {
        Check::InterPodAffinity => 1,
        _ => obstacles.len(),
    };
    let failing = obstacles.iter().take(most);
    let failing = failing.take_while(|obstacle| obstacle.check() == check);
    Some(FirstFailure {
        check,
        code: failing.clone().map(Obstacle::code).max()?,
        reasons: failing.map(Obstacle::reason).collect(),
    })
}

impl Obstacle {
    /// The check that fails.
    #[must_use]
    pub fn check(&self) -> Check {
        match self {
            Self::Cordoned => Check::NodeUnschedulable,
            Self::NodeName { .. } => Check::NodeName,
            Self::Taints { .. } => Check::TaintToleration,
            Self::NodeAffinity { .. } => Check::NodeAffinity,
            Self::HostPorts { .. } => Check::NodePorts,
            Self::TooManyPods { .. } | Self::Insufficient(_) => Check::NodeResourcesFit,
            Self::PodAffinity { .. }
            | Self::PodAntiAffinity { .. }
            | Self::RefusedByPods { .. } => Check::InterPodAffinity,
        }
    }

    /// Whether evicting pods can help. The number of pods always counts as something that it can
    /// help.
    #[must_use]
    pub fn code(&self) -> Code {
        match self {
            Self::HostPorts { .. }
            | Self::TooManyPods { .. }
            | Self::PodAntiAffinity { .. }
            | Self::RefusedByPods { .. } => Code::Unschedulable,
            Self::Insufficient(shortfall) if !shortfall.is_too_small() => Code::Unschedulable,
            _ => Code::UnschedulableAndUnresolvable,
        }
    }

    /// What the scheduler says of it, word for word.
    #[must_use]
    pub fn reason(&self) -> String {
        let fixed = match self {
            Self::Cordoned => "node(s) were unschedulable",
            Self::NodeName { .. } => "node(s) didn't match the requested node name",
            Self::Taints { .. } => "node(s) had untolerated taint(s)",
            Self::NodeAffinity { .. } => "node(s) didn't match Pod's node affinity/selector",
            Self::HostPorts { .. } => "node(s) didn't have free ports for the requested pod ports",
            Self::TooManyPods { .. } => "Too many pods",
            Self::Insufficient(shortfall) => return format!("Insufficient {}", shortfall.resource),
            Self::PodAffinity { .. } => "node(s) didn't match pod affinity rules",
            Self::PodAntiAffinity { .. } => "node(s) didn't match pod anti-affinity rules",
            Self::RefusedByPods { .. } => {
                "node(s) didn't satisfy existing pods anti-affinity rules"
            }
        };
        fixed.to_owned()
    }
}

impl fmt::Display for Shortfall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = |amount| amount_text(&self.resource, amount);
        write!(f, "asks for {} {}, ", text(self.requested), self.resource)?;
        if self.is_too_small() {
            return write!(f, "more than the {} that the node has", text(self.capacity));
        }
        write!(
            f,
            "{} of {} is free",
            text(self.free().max(0)),
            text(self.capacity)
        )
    }
}

impl fmt::Display for Elsewhere {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a pod on node {}", self.node)?;
        if self.topology_key != HOSTNAME {
            write!(f, ", in the same {}", self.topology_key)?;
        }
        Ok(())
    }
}

impl fmt::Display for Obstacle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fn joined(parts: impl Iterator<Item = impl fmt::Display>, between: &str) -> String {
            let parts: Vec<_> = parts.map(|part| part.to_string()).collect();
            parts.join(between)
        }
        let near = |pods: &[PodName], elsewhere: &Option<Elsewhere>| {
            let here = pods.iter().map(ToString::to_string);
            joined(here.chain(elsewhere.iter().map(ToString::to_string)), ", ")
        };
        match self {
            Self::Cordoned => f.write_str("the node is cordoned"),
            Self::NodeName { wanted } => write!(f, "the pod names node {wanted}"),
            Self::Taints { taints } => {
                write!(f, "untolerated taint {}", joined(taints.iter(), ", "))
            }
            Self::NodeAffinity { unmet, .. } => f.write_str(&joined(unmet.iter(), "; ")),
            Self::HostPorts { conflicts } => {
                let each = conflicts
                    .iter()
                    .map(|c| format!("host port {} is held by {}", c.port, c.holder));
                f.write_str(&joined(each, ", "))
            }
            Self::TooManyPods { pods, capacity } => {
                let noun = if *pods == 1 { "pod" } else { "pods" };
                write!(f, "the node has {pods} {noun} and takes {capacity}")
            }
            Self::Insufficient(shortfall) => shortfall.fmt(f),
            Self::PodAffinity { topology_keys } => write!(
                f,
                "no pod is there that its affinity over {} asks for",
                topology_keys.join(", ")
            ),
            Self::PodAntiAffinity { pods, elsewhere } => {
                write!(f, "its anti-affinity refuses {}", near(pods, elsewhere))
            }
            Self::RefusedByPods { pods, elsewhere } => {
                write!(
                    f,
                    "refused by the anti-affinity of {}",
                    near(pods, elsewhere)
                )
            }
        }
    }
}
