//! The ControllerRevisions of a cluster, ready to be asked about one DaemonSet.

use std::collections::BTreeMap;

use crate::api::{ControllerRevision, DaemonSet};
use crate::det_map::HashMap;

/// ControllerRevisions by reference, each once: of two of the same namespace and name the later one,
/// in the place of the earlier.
#[derive(Clone, Debug, Default)]
pub(crate) struct Stored<'r> {
    all: Vec<&'r ControllerRevision>,
    /// Their places by namespace and name.
    by_name: BTreeMap<(&'r str, &'r str), usize>,
    /// Their places by namespace and UID of the controller, or none.
    by_owner: HashMap<(&'r str, Option<&'r str>), Vec<usize>>,
}

impl<'r> Stored<'r> {
    pub(crate) fn new(revisions: impl IntoIterator<Item = &'r ControllerRevision>) -> Self {
        let mut stored = Self::default();
        for revision in revisions {
            let meta = &revision.metadata;
            let key = (meta.namespace.as_str(), meta.name.as_str());
            let at = *stored.by_name.entry(key).or_insert(stored.all.len());
            match stored.all.get_mut(at) {
                Some(earlier) => *earlier = revision,
                None => stored.all.push(revision),
            }
        }
        for (at, revision) in stored.all.iter().enumerate() {
            let meta = &revision.metadata;
            let controller = meta.controller().map(|owner| owner.uid.as_str());
            let owner = (meta.namespace.as_str(), controller);
            stored.by_owner.entry(owner).or_default().push(at);
        }
        stored
    }

    /// All of them, in the order in which they were first given.
    pub(crate) fn all(&self) -> &[&'r ControllerRevision] {
        &self.all
    }

    /// The one of this namespace and name.
    pub(crate) fn named(&self, namespace: &str, name: &str) -> Option<&'r ControllerRevision> {
        let at = *self.by_name.get(&(namespace, name))?;
        self.all.get(at).copied()
    }

    /// Those that a set controls, and those of its namespace that nothing controls.
    pub(crate) fn claimable(&self, set: &DaemonSet) -> Vec<&'r ControllerRevision> {
        let meta = &set.metadata;
        let of = |owner| self.by_owner.get(&(meta.namespace.as_str(), owner));
        let places = [of(Some(meta.uid.as_str())), of(None)];
        let places = places.into_iter().flatten().flatten();
        places.filter_map(|at| self.all.get(*at).copied()).collect()
    }

    /// Those of a set's namespace whose names begin as the names of its revisions do.
    pub(crate) fn named_alike(&self, set: &DaemonSet) -> Vec<&'r ControllerRevision> {
        let namespace = set.metadata.namespace.as_str();
        let prefix = format!("{}-", set.metadata.name);
        let from = self.by_name.range((namespace, prefix.as_str())..);
        from.take_while(|((other, name), _)| *other == namespace && name.starts_with(&prefix))
            .filter_map(|(_, at)| self.all.get(*at).copied())
            .collect()
    }
}
