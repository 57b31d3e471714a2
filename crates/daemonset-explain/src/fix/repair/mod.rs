//! What has to be repaired outside of what was given: no copy can show whether it helps.

mod admission;
mod asked;
mod container;
mod node;
mod placement;
mod rollout;

pub use admission::AdmissionRepair;
pub use asked::AskedRepair;
pub use container::ContainerRepair;
pub use node::NodeRepair;
pub use placement::PlacementRepair;
pub use rollout::RolloutRepair;

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::known::Known;

/// Something outside that has to be repaired, by what it is a matter of.
///
/// Prints as an instruction. In JSON the kinds are not told apart: field `repair` says what it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
#[serde(untagged)]
pub enum Repair {
    /// What refuses pods, or what their template lacks of what is demanded.
    Admission(AdmissionRepair),
    /// What keeps pods from a node: room, ports, devices, volumes, and who schedules them.
    Placement(PlacementRepair),
    /// Nodes, and what runs on them beside pods.
    Node(NodeRepair),
    /// The daemon itself, and what its template gives it.
    Container(ContainerRepair),
    /// Whom pods and nodes ask, and the way there.
    Asked(AskedRepair),
    /// The rollout: its controller, its revisions, and pods that do not end.
    Rollout(RolloutRepair),
    /// What the words of pods are known to mean.
    Known(KnownRepair),
}

/// What the words of pods are known to mean, with what there is to do.
///
/// One kind of [`Repair`]. Prints as an instruction.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "repair", rename = "known", rename_all = "camelCase")]
pub struct KnownRepair {
    /// What is lacking, and whose it is.
    pub known: Known,
    /// What to do.
    pub instruction: String,
    /// The nodes of these pods.
    pub nodes: Vec<String>,
}

/// Prints as an instruction.
impl fmt::Display for Repair {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Admission(repair) => repair.fmt(f),
            Self::Placement(repair) => repair.fmt(f),
            Self::Node(repair) => repair.fmt(f),
            Self::Container(repair) => repair.fmt(f),
            Self::Asked(repair) => repair.fmt(f),
            Self::Rollout(repair) => repair.fmt(f),
            Self::Known(repair) => repair.fmt(f),
        }
    }
}

/// Prints as an instruction.
impl fmt::Display for KnownRepair {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.instruction)
    }
}
