//! ControllerRevisions: which stored template is current, which are old, what a pod is of, and the
//! history that `kubectl rollout history` and `undo` work with.

mod held;
mod history;
mod resolve;
mod stored;
mod version;

pub use history::{HistoryEntry, Rollback, RollbackError, history, roll_back, template_of};
pub use resolve::KnownRevision;
pub(crate) use resolve::{Completeness, HashId, Revisions};
pub(crate) use stored::Stored;
pub use version::Version;
pub(crate) use version::{Evidence, VersionLabels};
