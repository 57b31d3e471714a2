//! What is watched, and what is decided for.

use std::fmt;

/// The kinds of object that a controller watches.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// Nodes.
    Node,
    /// Pods, those of other owners too: some may be adopted.
    Pod,
    /// DaemonSets.
    DaemonSet,
    /// ControllerRevisions, those of other owners too.
    ControllerRevision,
}

impl Kind {
    /// All kinds.
    pub const ALL: [Self; 4] = [
        Self::Node,
        Self::Pod,
        Self::DaemonSet,
        Self::ControllerRevision,
    ];
}

/// A DaemonSet, by namespace and name; prints as `namespace/name`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key {
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.namespace, self.name)
    }
}
