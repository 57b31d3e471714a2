//! The end of things: a set that is deleted, and nodes that go away.

use std::fmt;

use serde::Serialize;

use crate::api::{ControllerRevision, DaemonSet, Node, ObjectMeta, Pod};
use crate::hash::HashSet;

/// What becomes of a deleted set's pods and revisions.
///
/// Source: [Cascading deletion](https://kubernetes.io/docs/concepts/architecture/garbage-collection/#cascading-deletion).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum Propagation {
    /// The set goes at once, and then what it owns. kubectl's default.
    Background,
    /// What it owns goes first, and then the set.
    Foreground,
    /// What it owns stays, without an owner.
    Orphan,
}

impl Propagation {
    /// How a set that is being deleted is deleted, from its finalizers; `None` while it is not.
    ///
    /// ```
    /// use daemonset::api::DaemonSet;
    /// use daemonset::deletion::Propagation;
    ///
    /// let mut agent = DaemonSet::default();
    /// assert_eq!(Propagation::of(&agent), None);
    /// agent.metadata.deletion_timestamp = Some("2026-03-01T12:00:00Z".parse()?);
    /// agent.metadata.finalizers.push("orphan".into());
    /// assert_eq!(Propagation::of(&agent), Some(Propagation::Orphan));
    /// # Ok::<(), daemonset::api::TimestampError>(())
    /// ```
    #[must_use]
    pub fn of(set: &DaemonSet) -> Option<Self> {
        if !set.metadata.is_terminating() {
            return None;
        }
        let has = |finalizer: &str| set.metadata.finalizers.iter().any(|f| f == finalizer);
        Some(if has("orphan") {
            Self::Orphan
        } else if has("foregroundDeletion") {
            Self::Foreground
        } else {
            Self::Background
        })
    }
}

/// One thing that happens when a set is deleted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "step", rename_all_fields = "camelCase")]
pub enum DeletionStep {
    /// The set is marked as being deleted, and its controller stops looking after it.
    MarkSet {
        /// The finalizer that holds the set until it comes off again.
        finalizer: &'static str,
    },
    /// A pod or revision goes.
    Delete {
        /// `Pod` or `ControllerRevision`.
        kind: &'static str,
        /// Its name.
        name: String,
    },
    /// The set's owner reference comes off a pod or revision, which stays.
    RemoveOwnerReference {
        /// `Pod` or `ControllerRevision`.
        kind: &'static str,
        /// Its name.
        name: String,
    },
    /// The set goes.
    RemoveSet,
}

impl fmt::Display for DeletionStep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::MarkSet { finalizer } => write!(f, "mark the set with finalizer {finalizer}"),
            Self::Delete { kind, name } => write!(f, "delete {kind} {name}"),
            Self::RemoveOwnerReference { kind, name } => {
                write!(f, "remove the set's owner reference from {kind} {name}")
            }
            Self::RemoveSet => f.write_str("remove the set"),
        }
    }
}

/// What happens, in order, when a set is deleted.
///
/// Everything that names the set's UID as an owner is a dependent, controller or not. One that
/// has other owners too only loses the reference. Without cascading (`Orphan`) all of them do,
/// and a new set with a matching selector adopts them.
///
/// ```
/// use daemonset::api::DaemonSet;
/// use daemonset::deletion::{DeletionStep, Propagation, delete};
///
/// let steps = delete(&DaemonSet::default(), &[], &[], Propagation::Background);
/// assert_eq!(steps, [DeletionStep::RemoveSet]);
/// ```
#[must_use]
pub fn delete(
    set: &DaemonSet,
    pods: &[Pod],
    revisions: &[ControllerRevision],
    propagation: Propagation,
) -> Vec<DeletionStep> {
    let pods = pods.iter().map(|pod| ("Pod", &pod.metadata));
    let revisions = revisions
        .iter()
        .map(|revision| ("ControllerRevision", &revision.metadata));
    let owners = |object: &ObjectMeta| {
        let own = |owner: &&crate::api::OwnerReference| owner.uid == set.metadata.uid;
        let mine = object.owner_references.iter().filter(own).count();
        (mine, object.owner_references.len() - mine)
    };
    let mut dependents: Vec<DeletionStep> = pods
        .chain(revisions)
        .filter(|(_, object)| object.namespace == set.metadata.namespace && owners(object).0 > 0)
        .map(|(kind, object)| {
            let name = object.name.clone();
            if propagation == Propagation::Orphan || owners(object).1 > 0 {
                DeletionStep::RemoveOwnerReference { kind, name }
            } else {
                DeletionStep::Delete { kind, name }
            }
        })
        .collect();
    // Pods first, each kind by name: input order shows nowhere.
    dependents.sort_by_key(|step| match step {
        DeletionStep::Delete { kind, name } | DeletionStep::RemoveOwnerReference { kind, name } => {
            (*kind != "Pod", name.clone())
        }
        _ => (false, String::new()),
    });
    let mark = |finalizer| std::iter::once(DeletionStep::MarkSet { finalizer });
    let gone = std::iter::once(DeletionStep::RemoveSet);
    match propagation {
        Propagation::Background => gone.chain(dependents).collect(),
        Propagation::Foreground => (mark("foregroundDeletion").chain(dependents))
            .chain(gone)
            .collect(),
        Propagation::Orphan => mark("orphan").chain(dependents).chain(gone).collect(),
    }
}

/// The pods that are bound to nodes that do not exist, by namespace and name.
///
/// A node that goes away takes no pod with it: the DaemonSet controller leaves its pods alone,
/// and the pod garbage collector deletes them some 40 seconds later, without a grace period. Until
/// then they count for nothing but the rolling update, where each holds one node of the budget
/// unless it is available.
///
/// Source: [Garbage collection of Pods](https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#pod-garbage-collection).
///
/// ```
/// use daemonset::api::Pod;
///
/// let mut pod = Pod::default();
/// pod.spec.node_name = "node-gone".into();
/// assert_eq!(daemonset::deletion::stranded(&[], &[pod]).len(), 1);
/// ```
#[must_use]
pub fn stranded<'a>(nodes: &[Node], pods: &'a [Pod]) -> Vec<&'a Pod> {
    let exists: HashSet<&str> = (nodes.iter())
        .map(|node| node.metadata.name.as_str())
        .collect();
    let mut stranded: Vec<&Pod> = pods
        .iter()
        .filter(|pod| {
            let node = pod.spec.node_name.as_str();
            !node.is_empty() && !exists.contains(node)
        })
        .collect();
    stranded.sort_by_key(|pod| (&pod.metadata.namespace, &pod.metadata.name));
    stranded
}
