//! One copy of every value, known by a small number.

use std::hash::{BuildHasher, Hash};

use hashbrown::HashTable;

use crate::det_map::FixedState;

/// The number of a interned value. A number may be used again once its value is gone.
pub(super) type Key = u32;

/// Adds an item to a list that may be long and lives long: room for a quarter more is made when it
/// is full, where a list by itself would double.
pub(super) fn push<T>(list: &mut Vec<T>, item: T) {
    if list.len() == list.capacity() {
        list.reserve_exact(list.len() / 4 + 8);
    }
    list.push(item);
}

/// Values that are kept once each, as long as something holds them.
#[derive(Clone, Debug)]
pub(super) struct Interner<T> {
    entries: Vec<Entry<T>>,
    free: Vec<Key>,
    by_value: HashTable<Key>,
    hasher: FixedState,
    /// How many values have gone: while it stays the same, every number means what it meant.
    gone: u64,
}

#[derive(Clone, Debug)]
struct Entry<T> {
    value: Option<T>,
    /// The value's hash.
    hash: u64,
    held: u32,
}

impl<T> Default for Interner<T> {
    fn default() -> Self {
        Self {
            entries: Vec::new(),
            free: Vec::new(),
            by_value: HashTable::new(),
            hasher: FixedState::default(),
            gone: 0,
        }
    }
}

impl<T> Interner<T> {
    /// The number of a value, which is made and kept if it is new; it is held once more.
    pub(super) fn hold<Q>(&mut self, value: &Q, make: impl FnOnce() -> T) -> Key
    where
        T: AsRef<Q>,
        Q: ?Sized + Hash + Eq,
    {
        let hash = self.hasher.hash_one(value);
        self.hold_with(hash, |kept| kept.as_ref() == value, make)
    }

    /// The same for a value that is known by its hash and by what it equals.
    pub(super) fn hold_with(
        &mut self,
        hash: u64,
        same: impl Fn(&T) -> bool,
        make: impl FnOnce() -> T,
    ) -> Key {
        let found = self.find_with(hash, same);
        if let Some(entry) = found.and_then(|key| self.entries.get_mut(key as usize)) {
            entry.held += 1;
            return found.unwrap_or(Key::MAX);
        }
        let entry = Entry {
            value: Some(make()),
            hash,
            held: 1,
        };
        let key = match self.free.pop() {
            Some(key) => key,
            None => Key::try_from(self.entries.len()).unwrap_or(Key::MAX),
        };
        match self.entries.get_mut(key as usize) {
            Some(place) => *place = entry,
            None => push(&mut self.entries, entry),
        }
        let Self {
            entries, by_value, ..
        } = self;
        by_value.insert_unique(hash, key, |&key| {
            entries.get(key as usize).map_or(0, |entry| entry.hash)
        });
        key
    }

    /// The number of a value that is there.
    pub(super) fn find<Q>(&self, value: &Q) -> Option<Key>
    where
        T: AsRef<Q>,
        Q: ?Sized + Hash + Eq,
    {
        let hash = self.hasher.hash_one(value);
        self.find_with(hash, |kept| kept.as_ref() == value)
    }

    fn find_with(&self, hash: u64, same: impl Fn(&T) -> bool) -> Option<Key> {
        let same = |key: &Key| self.get(*key).is_some_and(&same);
        self.by_value.find(hash, same).copied()
    }

    /// Holds the value of a number that is held once more.
    pub(super) fn hold_again(&mut self, key: Key) {
        if let Some(entry) = self.entries.get_mut(key as usize) {
            entry.held += 1;
        }
    }

    /// Holds the value once less; it goes when nothing holds it.
    pub(super) fn release(&mut self, key: Key) {
        let Some(entry) = self.entries.get_mut(key as usize) else {
            return;
        };
        entry.held = entry.held.saturating_sub(1);
        if entry.held > 0 {
            return;
        }
        if entry.value.take().is_some() {
            let hash = entry.hash;
            if let Ok(listed) = self.by_value.find_entry(hash, |&other| other == key) {
                listed.remove();
            }
            self.free.push(key);
            self.gone += 1;
        }
    }

    /// The value of a number that is held.
    pub(super) fn get(&self, key: Key) -> Option<&T> {
        self.entries.get(key as usize)?.value.as_ref()
    }

    /// How many values are kept.
    #[cfg(test)]
    pub(super) fn count(&self) -> usize {
        self.by_value.len()
    }

    /// How many values have gone so far.
    pub(super) fn gone(&self) -> u64 {
        self.gone
    }
}
