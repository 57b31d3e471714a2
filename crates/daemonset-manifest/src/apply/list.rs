//! The order of lists whose items are told apart.
//!
//! `live` and `manifest` are the keys of two lists, `others` those of the live items that the
//! manifest does not have and that stay. The answers are in places: those of `manifest` first, then
//! those of `others`.

use std::collections::{HashMap, HashSet};

/// The order that a strategic merge patch leaves: the manifest's items keep theirs, and each other
/// stands before the first of them that it precedes in the live list, last where there is none.
pub(super) fn patched(live: &[String], manifest: &[String], others: &[String]) -> Vec<usize> {
    let mut place: HashMap<&str, usize> = HashMap::new();
    for (at, key) in live.iter().enumerate() {
        place.entry(key).or_insert(at);
    }
    let place = |key: &String| place.get(key.as_str()).copied();
    let mut order = Vec::with_capacity(manifest.len() + others.len());
    let mut next = 0;
    for (at, key) in manifest.iter().enumerate() {
        if let Some(here) = place(key) {
            while let Some(other) = others.get(next).and_then(place)
                && other < here
            {
                order.push(manifest.len() + next);
                next += 1;
            }
        }
        order.push(at);
    }
    order.extend((next..others.len()).map(|at| manifest.len() + at));
    order
}

/// The order that server-side apply leaves: both lists are gone through side by side. Items that only
/// the live list has are taken as they come up, before those of the manifest; of items that both
/// have, those are waited for that are next in the manifest.
pub(super) fn applied(live: &[String], manifest: &[String]) -> Vec<usize> {
    let in_live: HashSet<&String> = live.iter().collect();
    let in_manifest: HashSet<&String> = manifest.iter().collect();
    let mut shared = manifest
        .iter()
        .filter(|key| in_live.contains(key))
        .peekable();
    let mut order = Vec::with_capacity(manifest.len() + live.len());
    let mut taken: HashSet<&String> = HashSet::new();
    let (mut here, mut there, mut other) = (0, 0, manifest.len());
    loop {
        match (live.get(here), manifest.get(there)) {
            (None, None) => return order,
            (Some(old), _) if !in_manifest.contains(old) => {
                order.push(other);
                other += 1;
                here += 1;
            }
            // A shared item that is not next, or that has been taken.
            (Some(old), Some(new))
                if old != new && shared.peek().is_some_and(|next| *next != old) =>
            {
                here += 1;
            }
            (Some(old), None) => {
                debug_assert!(taken.contains(old));
                here += 1;
            }
            (old, Some(new)) => {
                order.push(there);
                taken.insert(new);
                there += 1;
                here += usize::from(old == Some(new));
                if shared.peek() == Some(&new) {
                    shared.next();
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn others_stand_where_they_stood() {
        let keys = |text: &str| -> Vec<String> { text.chars().map(String::from).collect() };
        for (live, manifest, others, expected) in [
            ("ab", "ab", "", "ab"),
            ("ab", "ba", "", "ba"),
            ("xab", "ab", "x", "xab"),
            ("axb", "ab", "x", "axb"),
            ("abx", "ab", "x", "abx"),
            ("abx", "ca", "x", "cax"),
            ("xay", "ba", "xy", "bxay"),
            ("xa", "ba", "x", "bxa"),
            ("x", "ab", "x", "abx"),
        ] {
            let (live, manifest, others) = (keys(live), keys(manifest), keys(others));
            let all: Vec<&String> = manifest.iter().chain(&others).collect();
            let order = patched(&live, &manifest, &others);
            let found: String = order.iter().map(|&at| all[at].as_str()).collect();
            assert_eq!(found, expected);
        }
    }
}
