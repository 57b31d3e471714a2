//! DaemonSets that were read.

use daemonset::api::DaemonSet;

use crate::diagnostic::Diagnostic;
use crate::written::Written;

/// A DaemonSet that could be read.
///
/// ```
/// use daemonset_manifest::{FieldPath, Inventory, NamespaceOrigin};
///
/// let mut inventory = Inventory::new();
/// inventory.read("agent.yaml", b"
/// apiVersion: apps/v1
/// kind: DaemonSet
/// metadata:
///   name: agent
/// spec:
///   minReadySeconds: 5
/// ");
/// let agent = &inventory.daemon_sets[0];
/// assert_eq!(agent.written.line_of(&FieldPath::parse("spec.minReadySeconds")), 7);
/// assert_eq!(agent.daemon_set.metadata.namespace, "default");
/// assert_eq!(agent.namespace, NamespaceOrigin::Default);
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Manifest {
    /// The DaemonSet with the API server's defaults; its namespace is `default` where none is
    /// given.
    pub daemon_set: DaemonSet,
    /// Whether a namespace is given.
    pub namespace: NamespaceOrigin,
    /// The object as it was written.
    pub written: Written,
}

/// Where an object's namespace comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NamespaceOrigin {
    /// The object names it.
    Given,
    /// The object names none, so that it is `default`, as with kubectl.
    Default,
}

/// A DaemonSet that the API server would not decode, so that there is none to plan for.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Undecodable {
    /// The object as it was written.
    pub written: Written,
    /// Why it does not decode; at least one finding.
    pub faults: Vec<Diagnostic>,
}
