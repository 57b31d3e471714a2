//! What happens when a DaemonSet is deleted, and what nodes that are gone leave behind.

use std::fmt;

use daemonset::Cluster;
use daemonset::api::{DaemonSet, ObjectMeta, OwnerReference, Pod};
use daemonset::view::PodView;
use serde::{Deserialize, Serialize};

/// What becomes of a deleted DaemonSet's pods and revisions.
///
/// Source: [Cascading deletion](https://kubernetes.io/docs/concepts/architecture/garbage-collection/#cascading-deletion).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Propagation {
    /// The DaemonSet goes at once, and then what it owns. kubectl's default.
    Background,
    /// What it owns goes first, and then the DaemonSet.
    Foreground,
    /// What it owns stays, without an owner.
    Orphan,
}

impl Propagation {
    /// How a DaemonSet that is being deleted is deleted, from its finalizers; `None` while it is not.
    ///
    /// ```
    /// use daemonset::api::DaemonSet;
    /// use daemonset_explain::Propagation;
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
        let has = |finalizer: Finalizer| {
            let mut finalizers = set.metadata.finalizers.iter();
            finalizers.any(|other| other == finalizer.as_str())
        };
        Some(if has(Finalizer::Orphan) {
            Self::Orphan
        } else if has(Finalizer::ForegroundDeletion) {
            Self::Foreground
        } else {
            Self::Background
        })
    }
}

/// One thing that happens when a DaemonSet is deleted. Prints as an instruction.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(
    tag = "step",
    rename_all = "camelCase",
    rename_all_fields = "camelCase"
)]
pub enum DeletionStep {
    /// The DaemonSet is marked as being deleted, and the controller stops looking after it.
    MarkSet {
        /// The finalizer that keeps the DaemonSet until it is removed.
        finalizer: Finalizer,
    },
    /// A pod or revision goes.
    Delete {
        /// What it is.
        kind: Dependent,
        /// Its name.
        name: String,
    },
    /// The DaemonSet's owner reference comes off a pod or revision, which stays.
    RemoveOwnerReference {
        /// What it is.
        kind: Dependent,
        /// Its name.
        name: String,
    },
    /// The DaemonSet goes.
    RemoveSet,
}

/// What a DaemonSet owns.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Dependent {
    /// A pod.
    Pod,
    /// One of its revisions.
    ControllerRevision,
}

/// A finalizer of the garbage collector.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Finalizer {
    /// `foregroundDeletion`
    #[serde(rename = "foregroundDeletion")]
    ForegroundDeletion,
    /// `orphan`
    #[serde(rename = "orphan")]
    Orphan,
}

impl Finalizer {
    /// As it stands in `metadata.finalizers`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ForegroundDeletion => "foregroundDeletion",
            Self::Orphan => "orphan",
        }
    }
}

/// Prints the kind as the API names it.
impl fmt::Display for Dependent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Pod => "Pod",
            Self::ControllerRevision => "ControllerRevision",
        })
    }
}

impl fmt::Display for DeletionStep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::MarkSet { finalizer } => {
                write!(
                    f,
                    "mark the DaemonSet with finalizer {}",
                    finalizer.as_str()
                )
            }
            Self::Delete { kind, name } => write!(f, "delete {kind} {name}"),
            Self::RemoveOwnerReference { kind, name } => {
                write!(
                    f,
                    "remove the DaemonSet's owner reference from {kind} {name}"
                )
            }
            Self::RemoveSet => f.write_str("remove the DaemonSet"),
        }
    }
}

/// What happens, in order, when a DaemonSet is deleted.
///
/// Everything that names its UID as an owner is a dependent, controller or not. One that has other
/// owners too only loses the reference. Without cascading (`Orphan`) all of them do, and a new
/// DaemonSet with a matching selector adopts them.
///
/// ```
/// use daemonset::Cluster;
/// use daemonset::api::DaemonSet;
/// use daemonset_explain::{DeletionStep, Propagation, deletion_steps};
///
/// let nothing = Cluster::new(&[], &[]);
/// let steps = deletion_steps(&DaemonSet::default(), &nothing, Propagation::Background);
/// assert_eq!(steps, [DeletionStep::RemoveSet]);
/// ```
#[must_use]
pub fn deletion_steps(
    set: &DaemonSet,
    cluster: &Cluster<'_>,
    propagation: Propagation,
) -> Vec<DeletionStep> {
    let pods = cluster
        .pods()
        .iter()
        .map(|pod| (Dependent::Pod, &pod.metadata));
    let revisions = cluster.revisions().unwrap_or_default().iter();
    let revisions = revisions.map(|revision| (Dependent::ControllerRevision, &revision.metadata));
    let owners = |object: &ObjectMeta| {
        let own = |owner: &&OwnerReference| owner.uid == set.metadata.uid;
        let mine = object.owner_references.iter().filter(own).count();
        (mine, object.owner_references.len() - mine)
    };
    let mut dependents: Vec<(Dependent, DeletionStep)> = pods
        .chain(revisions)
        .filter(|(_, object)| object.namespace == set.metadata.namespace && owners(object).0 > 0)
        .map(|(kind, object)| {
            let name = object.name.clone();
            let step = if propagation == Propagation::Orphan || owners(object).1 > 0 {
                DeletionStep::RemoveOwnerReference { kind, name }
            } else {
                DeletionStep::Delete { kind, name }
            };
            (kind, step)
        })
        .collect();
    // Pods first, each kind by name: input order shows nowhere.
    dependents.sort_by(|(a, one), (b, other)| (a, one.name()).cmp(&(b, other.name())));
    let dependents = dependents.into_iter().map(|(_, step)| step);
    let mark = |finalizer| std::iter::once(DeletionStep::MarkSet { finalizer });
    let gone = std::iter::once(DeletionStep::RemoveSet);
    match propagation {
        Propagation::Background => gone.chain(dependents).collect(),
        Propagation::Foreground => (mark(Finalizer::ForegroundDeletion).chain(dependents))
            .chain(gone)
            .collect(),
        Propagation::Orphan => mark(Finalizer::Orphan)
            .chain(dependents)
            .chain(gone)
            .collect(),
    }
}

impl DeletionStep {
    fn name(&self) -> Option<&str> {
        match self {
            Self::Delete { name, .. } | Self::RemoveOwnerReference { name, .. } => Some(name),
            Self::MarkSet { .. } | Self::RemoveSet => None,
        }
    }
}

/// The pods that are bound to nodes that do not exist, by namespace and name.
///
/// A node that goes away takes no pod with it: the DaemonSet controller leaves its pods alone,
/// and the pod garbage collector deletes them some 40 seconds later, without a grace period. Until
/// then they count for nothing but the rolling update, where each uses up one node of the budget
/// unless it is available.
///
/// Source: [Garbage collection of Pods](https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#pod-garbage-collection).
///
/// ```
/// use daemonset::Cluster;
/// use daemonset::api::Pod;
/// use daemonset_explain::pods_on_missing_nodes;
///
/// let mut pod = Pod::default();
/// pod.spec.node_name = "node-gone".into();
/// let pods = [pod];
/// assert_eq!(pods_on_missing_nodes(&Cluster::new(&[], &pods)).len(), 1);
/// ```
#[must_use]
pub fn pods_on_missing_nodes<'a>(cluster: &Cluster<'a>) -> Vec<&'a Pod> {
    let is_missing = |node: &str| cluster.node(node).is_none();
    let pods = cluster.pods().iter().copied();
    let mut pods: Vec<&Pod> = pods
        .filter(|pod| pod.node_name().is_some_and(is_missing))
        .collect();
    pods.sort_by_key(|pod| (&pod.metadata.namespace, &pod.metadata.name));
    pods
}
