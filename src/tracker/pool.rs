//! One copy of every value, known by a small number.

use std::hash::{BuildHasher, Hash};

use hashbrown::HashTable;

use crate::hash::FixedState;

/// The number of a pooled value. A number may be used again once its value is gone.
pub(super) type Key = u32;

/// Adds an item to a list that may be long and lives long: room for a quarter more is made when it
/// is full, where a list by itself would double.
pub(super) fn push<T>(list: &mut Vec<T>, item: T) {
    if list.len() == list.capacity() {
        list.reserve_exact(list.len() / 4 + 8);
    }
    list.push(item);
}

/// Values that are kept once each, as long as somebody holds them.
#[derive(Clone, Debug)]
pub(super) struct Pool<T> {
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
    held: u32,
}

impl<T> Default for Pool<T> {
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

impl<T> Pool<T> {
    /// The number of a value, which is made and kept if it is new; it is held once more.
    pub fn hold<Q>(&mut self, value: &Q, make: impl FnOnce() -> T) -> Key
    where
        T: AsRef<Q>,
        Q: ?Sized + Hash + Eq,
    {
        if let Some(key) = self.find(value) {
            self.entries[key as usize].held += 1;
            return key;
        }
        let entry = Entry {
            value: Some(make()),
            held: 1,
        };
        let key = if let Some(key) = self.free.pop() {
            self.entries[key as usize] = entry;
            key
        } else {
            push(&mut self.entries, entry);
            u32::try_from(self.entries.len() - 1).expect("fewer than 2^32 different values")
        };
        let Self {
            entries,
            by_value,
            hasher,
            ..
        } = self;
        by_value.insert_unique(hasher.hash_one(value), key, |&key| {
            let value = entries[key as usize].value.as_ref();
            hasher.hash_one(value.map(T::as_ref).expect("listed values are there"))
        });
        key
    }

    /// The number of a value that is there.
    pub fn find<Q>(&self, value: &Q) -> Option<Key>
    where
        T: AsRef<Q>,
        Q: ?Sized + Hash + Eq,
    {
        let hash = self.hasher.hash_one(value);
        let same =
            |key: &Key| self.entries[*key as usize].value.as_ref().map(T::as_ref) == Some(value);
        self.by_value.find(hash, same).copied()
    }

    /// Holds the value once less; it goes when nobody holds it.
    pub fn release<Q>(&mut self, key: Key)
    where
        T: AsRef<Q>,
        Q: ?Sized + Hash + Eq,
    {
        let entry = &mut self.entries[key as usize];
        entry.held -= 1;
        if entry.held > 0 {
            return;
        }
        if let Some(value) = entry.value.take() {
            let hash = self.hasher.hash_one(value.as_ref());
            if let Ok(listed) = self.by_value.find_entry(hash, |&other| other == key) {
                listed.remove();
            }
            self.free.push(key);
            self.gone += 1;
        }
    }

    /// The value of a number that is held.
    pub fn get(&self, key: Key) -> Option<&T> {
        self.entries.get(key as usize)?.value.as_ref()
    }

    /// How many values have gone so far.
    pub fn gone(&self) -> u64 {
        self.gone
    }
}
