//! Places by names.

use std::hash::BuildHasher;

use crate::det_map::FixedState;

/// Places in a list of names, by these. At least half of the slots stay empty; a place
/// whose slot is taken has the next one that is free.
///
/// It takes 8 to 16 bytes a node, where a map of names takes some 40: with a million nodes every look-up
/// is one in memory that is far away.
#[derive(Clone, Debug, Default)]
pub(super) struct ByName {
    slots: Vec<u32>,
    hasher: FixedState,
}

/// Nothing has this slot.
const EMPTY: u32 = u32::MAX;

/// Where a name stands, or would.
enum Slot {
    /// The place that has it.
    Taken(u32),
    Free(usize),
}

impl ByName {
    pub(super) fn with_room_for(names: usize) -> Self {
        let slots = (2 * names).next_power_of_two();
        Self {
            slots: vec![EMPTY; slots],
            hasher: FixedState::default(),
        }
    }

    /// The place of this name in the list.
    #[inline]
    pub(super) fn find(&self, name: &str, names: &[&str]) -> Option<u32> {
        match self.slot(name, names) {
            Slot::Taken(place) => Some(place),
            Slot::Free(_) => None,
        }
    }

    /// Notes that this name comes to this place of the list; says which place the same name has, which
    /// it keeps.
    #[inline]
    pub(super) fn insert(&mut self, place: u32, name: &str, names: &[&str]) -> Option<u32> {
        match self.slot(name, names) {
            Slot::Taken(earlier) => Some(earlier),
            Slot::Free(slot) => {
                if let Some(slot) = self.slots.get_mut(slot) {
                    *slot = place;
                }
                None
            }
        }
    }

    #[inline]
    fn slot(&self, name: &str, names: &[&str]) -> Slot {
        let mask = self.slots.len().wrapping_sub(1);
        let hash = self.hasher.hash_one(name) & mask as u64;
        let mut slot = usize::try_from(hash).unwrap_or_default();
        // As one slot at least is empty, this comes to an end.
        while let Some(&place) = self.slots.get(slot).filter(|place| **place != EMPTY) {
            if names.get(place as usize) == Some(&name) {
                return Slot::Taken(place);
            }
            slot = (slot + 1) & mask;
        }
        Slot::Free(slot)
    }
}
