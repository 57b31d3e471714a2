//! Answers that are given once for all nodes, and all pods, that are alike.

use super::interner::Key;
use super::store::Store;
use crate::api::Labels;
use crate::det_map::HashMap;
use crate::placement::Verdict;
use crate::revision::{HashId, Version, VersionLabels};
use crate::round::CompiledSet;
use crate::well_known::{CONTROLLER_REVISION_HASH, POD_TEMPLATE_GENERATION};

/// A label key that placement reads, and where in a node's labels it was found last: nodes mostly
/// have their labels in the same places.
#[derive(Clone, Copy, Debug)]
pub(super) struct ReadKey {
    pub key: Key,
    pub place: usize,
}

/// What placement reads of a node, but for its name.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Like {
    pub taints: Key,
    pub values: [Key; 7],
}

/// Verdicts on nodes that are alike; the last one apart, since like nodes come one after the other.
#[derive(Clone, Debug, Default)]
pub(super) struct Verdicts {
    pub last: Option<(Like, Verdict)>,
    pub all: HashMap<Like, Verdict>,
}

/// What a pod's labels say.
#[derive(Clone, Copy, Debug)]
pub(super) struct Labelled {
    pub selected: bool,
    pub version: Version,
    pub hash: Option<HashId>,
    /// Whether the pod has to be relabelled, if it counts for the set.
    pub relabels: bool,
}

/// Answers by pooled numbers, good as long as no number has changed its meaning.
#[derive(Clone, Debug, Default)]
pub(super) struct Remembered<T> {
    answers: T,
    gone: u64,
}

impl<T: Default> Remembered<T> {
    pub(super) fn good_for(&mut self, gone: u64) -> &mut T {
        if self.gone != gone {
            self.gone = gone;
            self.answers = T::default();
        }
        &mut self.answers
    }
}

pub(super) fn version_labels(labels: &Labels) -> VersionLabels<'_> {
    VersionLabels {
        hash: labels.get(CONTROLLER_REVISION_HASH),
        generation: labels.get(POD_TEMPLATE_GENERATION),
    }
}

/// What the labels of a pod say to a set.
#[inline]
pub(super) fn labelled(
    versions: &mut Remembered<Vec<Option<Labelled>>>,
    set: &CompiledSet,
    store: &Store,
    key: Key,
) -> Option<Labelled> {
    let answers = versions.good_for(store.label_sets.gone());
    if let Some(Some(answer)) = answers.get(key as usize) {
        return Some(*answer);
    }
    let labels = store.label_sets.get(key)?;
    let said = version_labels(labels);
    let hash = said.hash.and_then(|hash| set.revisions.hash_id(hash));
    let answer = Labelled {
        selected: set.selector.matches(labels),
        version: set.version(hash, said),
        hash,
        relabels: set.relabels(|| said.hash),
    };
    if answers.len() <= key as usize {
        answers.resize(key as usize + 1, None);
    }
    *answers.get_mut(key as usize)? = Some(answer);
    Some(answer)
}
