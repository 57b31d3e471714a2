//! Rolling updates under a policy: canaries, waves, an order, windows, a budget that holds, and a stop.
//!
//! Kubernetes has one knob, the budget, and leaves open which of the nodes within it goes next. A
//! [`Policy`] says more, and [`Governor::govern`] carries it out as a pure function over the exact
//! plan: some of its actions are held back, each with a [`Hold`] that says why, and of several nodes
//! that Kubernetes may choose from those go first that the policy prefers. What it remembers from
//! round to round is small ([`Memory`]); all else follows from the objects.
//!
//! # What holds
//!
//! 1. The empty policy is the exact plan.
//! 2. What is deleted Kubernetes may choose to delete, and what is created it would create.
//! 3. With a strict budget no more nodes are in work than there were or the budget has, also per
//!    domain, through crashes between two actions and stale views.
//! 4. No pod of a later wave is replaced before the earlier ones are done.
//! 5. A stop holds until the generation changes, and a refused revision is never tried again.
//! 6. A round deletes at most one pod of a node for the update, and none that is terminating.
//! 7. The order of the input changes nothing.
//! 8. A rollout whose pods get ready, whose windows open and whose gates are approved ends.
//! 9. Until `look_again_at` time alone changes nothing.
//!
//! `tests/policy` holds it to that; `docs/policy.md` tells every field, and how other tools' fields are
//! written.
//!
//! # How it is carried out
//!
//! Over a DaemonSet whose strategy is `OnDelete`, by deleting pods: a
//! [`Conductor`](crate::control::Conductor) does it. The plan to govern is then that of the same
//! DaemonSet with the rolling update that is meant, and Kubernetes itself creates the new pods. A pod
//! that is lost otherwise comes back of the new revision at once, whatever the policy says.

mod check;
mod data;
mod govern;
mod groups;
mod held;
mod ledger;
mod memory;
mod nodes;
mod order;
mod outline;
mod signals;
mod window;

pub use check::PolicyFault;
pub use data::{
    BudgetMode, Canary, Exempt, Gate, OrderKey, PerTopology, Policy, Seconds, SecondsError, Stop,
    StopThen, Wave,
};
pub use govern::{Governed, Governor};
pub use held::{Ahead, Held, Hold};
pub use memory::{Begun, Memory, Stopped};
pub use outline::GroupAhead;
pub use signals::{FromApi, Signals};
pub use window::{ClockError, ClockTime, Day, UtcOffset, Window};
