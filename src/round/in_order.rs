//! Nodes in the order of their names.

use std::cmp::Ordering;

/// A name as sorting compares it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Key<'a> {
    /// The first eight bytes behind what all names begin with.
    first: u64,
    name: &'a str,
}

impl Ord for Key<'_> {
    fn cmp(&self, other: &Self) -> Ordering {
        let by_first = self.first.cmp(&other.first);
        by_first.then_with(|| self.name.cmp(other.name))
    }
}

impl PartialOrd for Key<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// Sorts by name. Names of nodes mostly begin alike: what all of these begin with is passed over, and
/// what follows tells most of them apart as one number.
pub(super) fn sort_by_name<'a, T>(items: &mut [T], name: impl Fn(&T) -> &'a str) {
    let Some(one) = items.first().map(&name) else {
        return;
    };
    let alike = |other: &str| {
        let pairs = one.bytes().zip(other.bytes());
        pairs.take_while(|(a, b)| a == b).count()
    };
    if items.is_sorted_by(|a, b| name(a) <= name(b)) {
        // As the API server lists them.
        return;
    }
    let shared = items.iter().map(|item| alike(name(item))).min();
    let shared = shared.unwrap_or_default();
    items.sort_by_cached_key(|item| {
        let name = name(item);
        let mut first = [0; 8];
        for (to, from) in first.iter_mut().zip(name.bytes().skip(shared)) {
            *to = from;
        }
        Key {
            first: u64::from_be_bytes(first),
            name,
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_in_the_order_of_their_bytes() {
        let names = [
            "",
            "a",
            "node",
            "node-",
            "node-1",
            "node-10",
            "node-1\0",
            "node-2",
            "node-12345678",
            "node-123456789",
            "node-123456780",
            "node-é",
            "node-\u{7f}",
            "zone",
        ];
        for from in 0..names.len() {
            let mut sorted: Vec<&str> = names[from..].to_vec();
            sorted.reverse();
            let mut expected = sorted.clone();
            expected.sort_unstable();
            sort_by_name(&mut sorted, |name| name);
            assert_eq!(sorted, expected);
        }
    }
}
