//! What a label selector may select, looked up by a label.

use std::hash::BuildHasher;

use super::Selector;
use crate::det_map::{FixedState, HashMap};

/// The places of labelled objects in some list, by key and value of each label.
///
/// They are kept by a hash of both. That of another label may be the same, so that more places may be
/// found than have the label, and never fewer: whoever asks looks at what is there.
#[derive(Clone, Debug, Default)]
pub(crate) struct ByLabel(HashMap<u64, Vec<usize>>);

/// Adds a place to a list that is in order.
pub(crate) fn note(places: &mut Vec<usize>, place: usize) {
    if places.last() != Some(&place) {
        places.push(place);
    }
}

/// Places in order, each once.
pub(crate) fn in_order(mut places: Vec<usize>) -> Vec<usize> {
    places.sort_unstable();
    places.dedup();
    places
}

impl ByLabel {
    fn hash(key: &str, value: &str) -> u64 {
        FixedState::default().hash_one((key, value))
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Adds a place, behind all that are there.
    pub(crate) fn add(&mut self, place: usize, key: &str, value: &str) {
        note(self.0.entry(Self::hash(key, value)).or_default(), place);
    }

    /// Adds a place with all of its labels, behind all that are there.
    pub(crate) fn add_all<'l>(
        &mut self,
        place: usize,
        labels: impl IntoIterator<Item = (&'l str, &'l str)>,
    ) {
        for (key, value) in labels {
            self.add(place, key, value);
        }
    }

    /// The places that may have this label, in order.
    pub(crate) fn with(&self, key: &str, value: &str) -> &[usize] {
        let places = self.0.get(&Self::hash(key, value));
        places.map(Vec::as_slice).unwrap_or_default()
    }

    /// Of the labels that all have which a selector selects, the one that the fewest places have, with
    /// the values of which it has one; `None` where the selector names no label with its values.
    pub(crate) fn rarest<'s>(&self, selector: &'s Selector) -> Option<(&'s str, &'s [String])> {
        let requirements = selector.requirements().iter();
        let listed = requirements.filter(|requirement| requirement.operator() == "In");
        let listed = listed.map(|requirement| (requirement.key(), requirement.values()));
        listed.min_by_key(|(key, values)| -> usize {
            values.iter().map(|value| self.with(key, value).len()).sum()
        })
    }

    /// The places that a selector may select, in order; `None` where it names no label with its
    /// values, so that it may be any.
    pub(crate) fn may_be_selected(&self, selector: &Selector) -> Option<Vec<usize>> {
        let (key, values) = self.rarest(selector)?;
        let places = values.iter().flat_map(|value| self.with(key, value));
        Some(in_order(places.copied().collect()))
    }
}
