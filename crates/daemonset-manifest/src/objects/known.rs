//! Which objects have come, found by kind, namespace and name without keeping any of these again.

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};

use super::kinds::Kind;

/// Where an object stands that came before: its place in the list of its kind, and in its source.
#[derive(Clone, Copy, Debug)]
pub(super) struct Seen {
    pub at: u32,
    pub source: u32,
    pub document: u32,
    pub line: u32,
}

/// Objects by a hash of what tells them apart. Whoever asks compares that itself: two objects may have
/// one hash, though hardly any two ever do.
#[derive(Clone, Debug, Default)]
pub(super) struct Known {
    hasher: RandomState,
    first: HashMap<Place, Seen>,
    /// Those whose hash another object of the kind has.
    others: HashMap<Place, Vec<Seen>>,
}

/// Where objects of a kind with one hash stand.
pub(super) type Place = (Kind, u64);

impl Known {
    pub fn place(&self, kind: Kind, namespace: &str, name: &str) -> Place {
        (kind, self.hasher.hash_one((namespace, name)))
    }

    pub fn at(&self, place: Place) -> impl Iterator<Item = Seen> {
        let first = self.first.get(&place).into_iter();
        let others = self.others.get(&place).into_iter().flatten();
        first.chain(others).copied()
    }

    pub fn insert(&mut self, place: Place, seen: Seen) {
        if let Some(first) = self.first.insert(place, seen) {
            self.first.insert(place, first);
            self.others.entry(place).or_default().push(seen);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn objects_with_one_hash_are_all_there() {
        let mut known = Known::default();
        let place = known.place(Kind::Pod, "a", "b");
        for at in 0..3 {
            let seen = Seen {
                at,
                source: 0,
                document: 1,
                line: 1,
            };
            known.insert(place, seen);
        }
        assert!(known.at(place).map(|seen| seen.at).eq([0, 1, 2]));
        assert_eq!(known.at((Kind::Node, place.1)).count(), 0);
    }
}
