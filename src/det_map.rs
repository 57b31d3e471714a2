//! Hash maps and sets for look-up: never iterated over where order shows.

/// Seeded alike on every run, so that the crate needs no random source.
pub(crate) use foldhash::fast::FixedState;

/// A set for look-up.
pub(crate) type HashSet<K> = std::collections::HashSet<K, FixedState>;

/// A map for look-up.
pub(crate) type HashMap<K, V> = std::collections::HashMap<K, V, FixedState>;
