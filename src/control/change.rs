//! What watches show, for those who do not call a method for each kind of it.

use serde_json::Value;

use super::Kind;

/// What a watch or a list shows, to be [shown](super::Machine::show) to a machine: nodes as `N`, pods
/// as `P`, DaemonSets and ControllerRevisions as JSON ([why](super#sets-and-revisions-are-json)).
///
/// ```
/// use daemonset::api::{Node, Pod};
/// use daemonset::control::{Change, Controller, Kind, Machine};
/// use serde_json::json;
///
/// let mut controller = Controller::new();
/// let set = json!({"metadata": {"name": "agent", "namespace": "infra"}});
/// let changes: [Change<Node, Pod>; 4] = [
///     Change::Begin(Kind::DaemonSet),
///     Change::Set(set),
///     Change::End(Kind::DaemonSet),
///     Change::Gone {
///         kind: Kind::DaemonSet,
///         namespace: "infra".into(),
///         name: "agent".into(),
///         uid: String::new(),
///     },
/// ];
/// for change in changes {
///     controller.show(change)?;
/// }
/// # Ok::<(), daemonset::control::ReadError>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub enum Change<N, P> {
    /// A list of all objects of a kind begins, the first one or after a watch broke off.
    Begin(Kind),
    /// A node is there, or has changed.
    Node(N),
    /// A pod is there, or has changed.
    Pod(P),
    /// A DaemonSet is there, or has changed: as the API server sent it.
    Set(Value),
    /// A ControllerRevision is there, or has changed: as the API server sent it.
    Revision(Value),
    /// The list is complete: objects of the kind that were not shown since it began are gone.
    End(Kind),
    /// An object is gone.
    Gone {
        /// Its kind.
        kind: Kind,
        /// Its namespace; empty for nodes.
        namespace: String,
        /// Its name.
        name: String,
        /// Its UID; empty where it is not known. Another one of the same name stays.
        uid: String,
    },
}
