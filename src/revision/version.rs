//! Whether a pod is of the current template.

use std::collections::BTreeSet;

/// Whether a pod is of the current template.
///
/// Source: the labels `controller-revision-hash` and, of before there were ControllerRevisions,
/// `pod-template-generation`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Version {
    /// It is, by its hash label.
    Current,
    /// It counts as such, by its generation label alone. Kubernetes does not look at that label
    /// where it prunes pods under surge.
    SameGeneration,
    /// It is not.
    Old,
    /// What was given does not tell: no ControllerRevisions were, and the generation label does not
    /// settle it.
    Unknown,
}

impl Version {
    /// Whether the pod is known to count as updated.
    #[inline]
    #[must_use]
    pub fn is_updated(self) -> bool {
        matches!(self, Self::Current | Self::SameGeneration)
    }

    /// Whether the pod is known to be outdated.
    #[must_use]
    pub fn is_old(self) -> bool {
        self == Self::Old
    }
}

/// The labels by which a pod says what it was made from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct VersionLabels<'a> {
    /// `controller-revision-hash`.
    pub hash: Option<&'a str>,
    /// `pod-template-generation`.
    pub generation: Option<&'a str>,
}

impl<'a> VersionLabels<'a> {
    /// The hash of which these labels tell that it is the current one, where the set's annotation has
    /// this generation.
    #[inline]
    pub(crate) fn current_hash(self, generation: Option<&str>) -> Option<&'a str> {
        let is_same = generation.is_some() && self.generation == generation;
        self.hash.filter(|_| is_same)
    }
}

/// What the pods themselves tell of the current revision where no ControllerRevisions are given.
///
/// A pod whose generation label equals the set's annotation was made from the current template, so
/// its hash is the current one, and every other hash without the same generation is an older one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Evidence {
    /// The hashes of the current revision.
    pub(super) hashes: BTreeSet<String>,
    /// Whether a pod of another hash and another generation is known to be outdated.
    pub(super) others_are_old: bool,
}

impl Evidence {
    /// What the claimed pods tell: the hashes that [are the current one](VersionLabels::current_hash),
    /// each as often as may be. `unmoved` says that the controller has seen the set's newest
    /// generation and found no updated pod.
    pub(crate) fn of<'a>(
        generation: Option<&str>,
        unmoved: bool,
        hashes: impl Iterator<Item = &'a str>,
    ) -> Self {
        if generation.is_none() {
            return Self::default();
        }
        let mut known = BTreeSet::new();
        for hash in hashes {
            if !known.contains(hash) {
                known.insert(hash.to_owned());
            }
        }
        Self {
            others_are_old: unmoved || !known.is_empty(),
            hashes: known,
        }
    }
}
