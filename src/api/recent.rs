//! Equal values, kept once.

use std::hash::{BuildHasher, Hash};

use crate::det_map::FixedState;

/// So many values are remembered under one place of the table.
const WAYS: usize = 4;

/// So many places the table has.
const PLACES: usize = 256;

/// Values that came of late, so that who reads many objects keeps what is equal in them once: the labels
/// and the owner of the pods of one set, what they ask for.
///
/// It remembers 1,024 values at most, whatever comes; a value that it no longer knows is kept once more,
/// and nothing else changes. Made for types whose copies share memory, such as
/// [`Labels`](super::Labels), [`List`](super::List) and [`Arc`](std::sync::Arc).
///
/// ```
/// use std::sync::Arc;
/// use daemonset::api::Recent;
///
/// let mut recent = Recent::new();
/// let first: Arc<str> = recent.shared("infra".into());
/// let second: Arc<str> = recent.shared("infra".into());
/// assert!(Arc::ptr_eq(&first, &second));
/// ```
#[derive(Clone, Debug)]
pub struct Recent<T> {
    /// The last values of each place, the newest first; no places before the first value.
    places: Vec<[Option<T>; WAYS]>,
}

impl<T> Default for Recent<T> {
    fn default() -> Self {
        Self { places: Vec::new() }
    }
}

impl<T: Clone + Eq + Hash> Recent<T> {
    /// Remembers nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// A copy of the equal value that is remembered, or else this one, which is remembered then.
    pub fn shared(&mut self, value: T) -> T {
        if self.places.is_empty() {
            self.places
                .resize_with(PLACES, <[Option<T>; WAYS]>::default);
        }
        let hash = FixedState::default().hash_one(&value);
        #[allow(clippy::cast_possible_truncation)] // less than the number of places
        let at = (hash % PLACES as u64) as usize;
        let Some(place) = self.places.get_mut(at) else {
            return value;
        };
        if let Some(known) = place.iter().flatten().find(|known| **known == value) {
            return known.clone();
        }
        place.rotate_right(1);
        if let Some(newest) = place.first_mut() {
            *newest = Some(value.clone());
        }
        value
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    #[test]
    fn no_more_than_so_many_are_remembered() {
        let mut recent = Recent::new();
        for round in 0..2 {
            for n in 0..3 * PLACES * WAYS {
                assert_eq!(*recent.shared(Arc::new(n)), n, "{round}");
            }
        }
        let remembered = recent.places.iter().flatten().flatten().count();
        assert!(
            (PLACES..=PLACES * WAYS).contains(&remembered),
            "{remembered}"
        );
    }

    #[test]
    fn the_values_of_one_place_do_not_drive_each_other_out_at_once() {
        let mut recent = Recent::new();
        let values: Vec<Arc<usize>> = (0..200).map(|n| recent.shared(Arc::new(n))).collect();
        let again = (0..200).map(|n| recent.shared(Arc::new(n)));
        let same = again.zip(&values).filter(|(a, b)| Arc::ptr_eq(a, b));
        assert_eq!(same.count(), 200);
    }
}
