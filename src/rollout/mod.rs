//! The rolling update.
//!
//! Every node is looked at by itself first: which pods it has, whether they are of the current
//! template and available ([`NodeState`]). The nodes are then summed up, the sum is held against
//! `maxUnavailable` or `maxSurge` ([`Budget`]), and as many nodes as the budget has room for take
//! their turn.
//!
//! 1. **Manage.** A node that should run the daemon and has no pod gets one; pods that have ended,
//!    that stand twice on a node, or whose node should not run the daemon are deleted. Only a round
//!    in which there is nothing of this goes on.
//! 2. **Without surge** (`maxSurge` 0): a node is unavailable while it has no pod, an old and an
//!    updated one, or one that is not available. An old pod that is not available is deleted
//!    whatever the budget says: it cannot get worse. Of the old pods that are available, as many
//!    are deleted as `maxUnavailable` minus the unavailable nodes allows.
//! 3. **With surge**: a new pod is created beside an old one that is not available, whatever the
//!    budget says, and beside as many available ones as `maxSurge` minus the surging nodes allows. An
//!    old pod is deleted once the new one beside it is available.
//!
//! Percentages are taken of the nodes that should run the daemon, rounded up. Where both numbers
//! come to zero, `maxUnavailable` is 1.
//!
//! Source: [Perform a Rolling Update on a
//! DaemonSet](https://kubernetes.io/docs/tasks/manage-daemon/update-daemon-set/).

mod backoff;
mod budget;
mod node;
mod strategy;
mod tally;

pub use backoff::{Backoff, BegunWait, Wait};
pub use budget::Budget;
pub(crate) use budget::{Queue, Take};
pub use node::{Counts, Home, NodeState, Pending, Phase, PodFact, PodId, Readiness, Shape};
pub(crate) use node::{Moment, classify};
pub use strategy::{BudgetError, Limits, Strategy};
pub(crate) use tally::Tally;
