//! Which objects have come, found by kind, namespace and name without keeping any of these again.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::hash::{BuildHasher, BuildHasherDefault, Hasher, RandomState};

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
    /// By kind: pods are many, and their table takes no more room for there being nodes.
    first: [HashMap<u64, Seen, BuildHasherDefault<AsItIs>>; Kind::ALL.len()],
    /// Those whose hash another object of the kind has.
    others: HashMap<Place, Vec<Seen>>,
}

/// A hash for a hash.
#[derive(Clone, Copy, Debug, Default)]
struct AsItIs(u64);

impl Hasher for AsItIs {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(*byte);
        }
    }

    fn write_u64(&mut self, hash: u64) {
        self.0 = hash;
    }
}

/// Where objects of a kind with one hash stand.
pub(super) type Place = (Kind, u64);

impl Known {
    pub fn place(&self, kind: Kind, namespace: &str, name: &str) -> Place {
        (kind, self.hasher.hash_one((namespace, name)))
    }

    pub fn at(&self, place: Place) -> impl Iterator<Item = Seen> {
        let (kind, hash) = place;
        let first = self.first[kind as usize].get(&hash).into_iter();
        let others = self.others.get(&place).into_iter().flatten();
        first.chain(others).copied()
    }

    pub fn insert(&mut self, place: Place, seen: Seen) {
        let (kind, hash) = place;
        match self.first[kind as usize].entry(hash) {
            Entry::Vacant(first) => drop(first.insert(seen)),
            Entry::Occupied(_) => self.others.entry(place).or_default().push(seen),
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
