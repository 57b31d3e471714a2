//! Nodes in the order of their names.

/// In which order nodes are gone through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Order {
    /// As they were given.
    AsGiven,
    /// By name.
    ByName,
}

/// A name as sorting compares it, and its place.
#[derive(Clone, Copy, Debug)]
struct Key {
    /// The first eight bytes behind what all names begin with.
    first: u64,
    at: u32,
}

/// The places of these in the order of their names; `None` where they are in order, as the API server
/// lists them. Names of nodes mostly begin alike: what all of these begin with is passed over, and
/// what follows tells most of them apart as one number.
pub(crate) fn in_order<'a, T>(items: &[T], name: impl Fn(&T) -> &'a str) -> Option<Vec<u32>> {
    if items.is_sorted_by(|a, b| name(a) <= name(b)) {
        return None;
    }
    let one = items.first().map_or("", &name).as_bytes();
    let shared = items.iter().fold(one, |shared, item| {
        let other = name(item).as_bytes();
        if other.starts_with(shared) {
            return shared;
        }
        let alike = shared.iter().zip(other).take_while(|(a, b)| a == b);
        shared.get(..alike.count()).unwrap_or_default()
    });
    let keys = (0..).zip(items).map(|(at, item)| {
        let behind = name(item)
            .as_bytes()
            .get(shared.len()..)
            .unwrap_or_default();
        let first = behind.first_chunk().copied().unwrap_or_else(|| {
            let mut first = [0; 8];
            first
                .iter_mut()
                .zip(behind)
                .for_each(|(to, from)| *to = *from);
            first
        });
        let first = u64::from_be_bytes(first);
        Key { first, at }
    });
    let mut keys: Vec<Key> = keys.collect();
    keys.sort_unstable_by_key(|key| key.first);
    let name_at = |key: &Key| items.get(key.at as usize).map_or("", &name);
    for same in keys.chunk_by_mut(|a, b| a.first == b.first) {
        same.sort_unstable_by(|a, b| name_at(a).cmp(name_at(b)).then(a.at.cmp(&b.at)));
    }
    Some(keys.iter().map(|key| key.at).collect())
}

/// These, by name.
pub(crate) fn sorted_by_name<'a, T: Copy>(items: Vec<T>, name: impl Fn(&T) -> &'a str) -> Vec<T> {
    match in_order(&items, name) {
        None => items,
        Some(order) => {
            let places = order.iter().map(|at| *at as usize);
            places.filter_map(|at| items.get(at).copied()).collect()
        }
    }
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
            assert_eq!(sorted_by_name(sorted, |name| name), expected);
        }
    }
}
