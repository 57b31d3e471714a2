//! Which objects have come, found by kind, namespace and name without keeping any of these again.

use std::hash::{BuildHasher, RandomState};

use hashbrown::HashTable;

use super::kinds::Kind;

/// Where an object was read.
#[derive(Clone, Copy, Debug)]
pub(super) struct Origin {
    pub source: u32,
    pub document: u32,
    pub line: u32,
}

/// Where an object stands that came before: its place in the list of its kind, and where it was read.
#[derive(Clone, Copy, Debug)]
pub(super) struct Seen {
    pub at: u32,
    pub origin: Origin,
}

impl Origin {
    /// Of the object in this place of its list.
    pub fn of(self, at: usize) -> Seen {
        Seen {
            at: u32::try_from(at).unwrap_or(u32::MAX),
            origin: self,
        }
    }
}

/// Objects by a hash of what tells them apart. Whoever asks compares that itself: two objects may have
/// one hash, though hardly any two ever do.
#[derive(Clone, Debug, Default)]
pub(super) struct Known {
    hasher: RandomState,
    /// By kind: pods are many, and their table takes no more room for there being nodes.
    seen: [HashTable<(u64, Seen)>; Kind::ALL.len()],
}

/// Where objects of a kind with one hash stand.
pub(super) type Place = (Kind, u64);

impl Known {
    pub fn place(&self, kind: Kind, namespace: &str, name: &str) -> Place {
        (kind, self.hasher.hash_one((namespace, name)))
    }

    /// In no order.
    pub fn at(&self, place: Place) -> impl Iterator<Item = Seen> {
        let (kind, hash) = place;
        let seen = self.seen[kind as usize].iter_hash(hash);
        seen.filter(move |(other, _)| *other == hash)
            .map(|(_, seen)| *seen)
    }

    pub fn insert(&mut self, place: Place, seen: Seen) {
        let (kind, hash) = place;
        self.seen[kind as usize].insert_unique(hash, (hash, seen), |(hash, _)| *hash);
    }

    /// Forgets the objects of a kind.
    pub fn forget(&mut self, kind: Kind) {
        self.seen[kind as usize].clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn objects_with_one_hash_are_all_there() {
        let mut known = Known::default();
        let place = known.place(Kind::Pod, "a", "b");
        let origin = Origin {
            source: 0,
            document: 1,
            line: 1,
        };
        for at in 0..3 {
            known.insert(place, origin.of(at));
        }
        let mut all: Vec<u32> = known.at(place).map(|seen| seen.at).collect();
        all.sort_unstable();
        assert_eq!(all, [0, 1, 2]);
        assert_eq!(known.at((Kind::Node, place.1)).count(), 0);
    }
}
