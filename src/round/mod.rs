//! One round of one DaemonSet: from the compiled set and a cluster to a plan.

mod compiled_set;
mod decide;
mod new_pod;
mod node_in_round;
mod one_shot;
mod variation;
mod view;

pub(crate) use compiled_set::CompiledSet;
pub(crate) use decide::{Caps, Observed, PodName, Work, decide, ended};
pub use new_pod::owner_reference;
pub(crate) use new_pod::{pod_for, revision_manifest};
pub use node_in_round::{NodeInRound, PodInRound, PodsInRound};
pub(crate) use one_shot::{Snapshot, claimed_labels};
pub use view::{RoundView, WaitList};
