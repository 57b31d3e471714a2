//! Every label, taint, annotation and field that Kubernetes names and this crate reads or writes.
//!
//! Source: [Well-Known Labels, Annotations and Taints](https://kubernetes.io/docs/reference/labels-annotations-taints/).

/// The label by which pods and ControllerRevisions name the revision they are of.
pub const CONTROLLER_REVISION_HASH: &str = "controller-revision-hash";

/// The label by which pods named their template before there were ControllerRevisions.
pub const POD_TEMPLATE_GENERATION: &str = "pod-template-generation";

/// The annotation in which the API server counts the changes of a DaemonSet's template.
pub const TEMPLATE_GENERATION: &str = "deprecated.daemonset.template.generation";

/// The annotation in which `kubectl apply` keeps the manifest that it was given.
pub const LAST_APPLIED_CONFIGURATION: &str = "kubectl.kubernetes.io/last-applied-configuration";

/// The annotation that `kubectl rollout restart` puts into a template.
pub const RESTARTED_AT: &str = "kubectl.kubernetes.io/restartedAt";

/// The annotation that says why a revision was made.
pub const CHANGE_CAUSE: &str = "kubernetes.io/change-cause";

/// The annotation by which pods say how much it costs to delete them.
///
/// Source: [pod deletion cost](https://kubernetes.io/docs/concepts/workloads/controllers/replicaset/#pod-deletion-cost).
pub const POD_DELETION_COST: &str = "controller.kubernetes.io/pod-deletion-cost";

/// The conditions of a node under maintenance, by [KEP-5683](https://github.com/kubernetes/enhancements/issues/5683).
pub const MAINTENANCE: [&str; 5] = [
    "MaintenanceInProgress",
    "MaintenancePlanned",
    "DrainInProgress",
    "Drained",
    "GracefulNodeShutdownInProgress",
];

/// The only field of a node that `matchFields` may name.
pub const METADATA_NAME: &str = "metadata.name";

/// The API version of DaemonSets and ControllerRevisions.
pub const APPS_V1: &str = "apps/v1";

/// The taint of a node whose `Ready` condition is `False`.
pub const NOT_READY: &str = "node.kubernetes.io/not-ready";

/// The taint of a node that the node controller cannot reach.
pub const UNREACHABLE: &str = "node.kubernetes.io/unreachable";

/// The taint of a node that runs out of disk.
pub const DISK_PRESSURE: &str = "node.kubernetes.io/disk-pressure";

/// The taint of a node that runs out of memory.
pub const MEMORY_PRESSURE: &str = "node.kubernetes.io/memory-pressure";

/// The taint of a node that runs out of process IDs.
pub const PID_PRESSURE: &str = "node.kubernetes.io/pid-pressure";

/// The taint of a cordoned node.
pub const UNSCHEDULABLE: &str = "node.kubernetes.io/unschedulable";

/// The taint of a node whose network is not set up.
pub const NETWORK_UNAVAILABLE: &str = "node.kubernetes.io/network-unavailable";
