//! The rolling update: which pods are replaced when.
//!
//! Each node is looked at alone ([`NodeState`]), the nodes are summed up, and the sum is held against
//! `maxUnavailable` or `maxSurge` ([`Budget`]). As many nodes as the budget has room for have their
//! turn; the next round looks anew. This is the whole of it.
//!
//! # What is counted
//!
//! - A node *should run* the daemon, or an *existing pod stays* there and no new one is created, or
//!   neither ([`Verdict`](crate::placement::Verdict)).
//! - A pod is *updated* when it is of the current revision, and *old* otherwise
//!   ([`Version`](crate::revision::Version)).
//! - A pod is *available* when its condition `Ready` is `True` and has been for `minReadySeconds`.
//! - *With surge* means that `maxSurge`, taken of one node, is above zero.
//!
//! # First: one pod on every node
//!
//! Whatever the budget says, and whatever the strategy is:
//!
//! - A node that should run the daemon and has no pod gets one. One whose pods are all terminating
//!   waits until they are gone; with surge it gets the new pod at once.
//! - Where pods may stay, those that have ended are deleted; of failed ones one at a time, after the
//!   node's back-off ([`Backoff`]). Of the others the first one stays: bound before unbound, older
//!   before newer, then by name. With surge the first updated and the first old one stay, and the old
//!   one goes when it is not ready or when the updated one is available.
//! - Where pods may not stay, all that are not terminating are deleted.
//! - A pod that was never bound and is aimed at a node that does not exist is deleted. One that is
//!   bound to such a node is left to the garbage collector.
//!
//! If a round has anything of this to create or delete, it does no more than this.
//!
//! # Then: the rolling update
//!
//! Only with the strategy `RollingUpdate`. Counted are the nodes that should run the daemon and the
//! nodes that its pods belong to; terminating pods are passed over. Percentages are taken of the nodes
//! that should run the daemon, rounded up; where both numbers are zero, `maxUnavailable` is 1.
//!
//! **Without surge** a node is *unavailable* unless it has an available pod and no other. Then, in this
//! order:
//!
//! 1. Every old pod that is not available, and alone on its node, is deleted, whatever the budget says.
//! 2. Of the available old pods as many are deleted as `maxUnavailable` less the unavailable nodes
//!    allows.
//!
//! **With surge** a node is *surging* while an old pod and an updated one that is not available stand
//! on it. Then, in this order:
//!
//! 1. An old pod is deleted where the updated one beside it is available.
//! 2. On nodes where an existing pod stays and no new one is created, every old pod that is not
//!    available is deleted; and of the available ones as many as there are more available pods than
//!    nodes that should run the daemon.
//! 3. A new pod is created beside every old one that is not available, whatever the budget says.
//! 4. A new pod is created beside as many available old ones as `maxSurge` less the surging nodes
//!    allows.
//!
//! An old pod bound to a node that does not exist is passed over. (Kubernetes fails such a round as a
//! whole.)
//!
//! A node with several updated or several old pods counts as unavailable, or as surging. Which nodes
//! have their turn first Kubernetes leaves open; here it is by name, and without surge the nodes that
//! should run the daemon come before others.
//!
//! A budget that is neither a number nor a percentage ends the round here
//! ([`Outcome::InvalidBudget`](crate::outcome::Outcome::InvalidBudget)); what was decided before it
//! stands. Creates and deletes of one round are capped, by 250 each in Kubernetes
//! ([`Options::burst_replicas`](crate::Options::burst_replicas)).
//!
//! # Where it is not known which pods are old
//!
//! Without ControllerRevisions the pods' generation labels may not tell
//! ([`Version::Unknown`](crate::revision::Version::Unknown)). The rolling update leaves such a node
//! alone; it counts as unavailable, or as surging, unless its only pod is available.
//!
//! Source: [Perform a Rolling Update on a
//! DaemonSet](https://kubernetes.io/docs/tasks/manage-daemon/update-daemon-set/).

mod backoff;
mod budget;
mod classifier;
mod node;
mod strategy;
mod tally;

pub use backoff::{Backoff, BegunWait, Wait};
pub use budget::Budget;
pub(crate) use budget::{Queue, Take};
pub(crate) use classifier::{Classifier, Sum};
pub use node::{Counts, Home, NodeState, Pending, Phase, PodFact, PodId, Readiness, Shape};
pub(crate) use node::{Moment, classify};
pub use strategy::{BudgetError, Limits, Strategy};
pub(crate) use tally::Tally;
