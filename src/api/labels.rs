//! Labels and annotations.

use std::collections::BTreeMap;
use std::fmt;
use std::iter::FusedIterator;
use std::ops::Index;

use serde::de::{Error as _, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Labels or annotations: a small map, sorted by key.
///
/// It holds up to 4 GiB of keys and values. An entry that would not fit is left out, and is an error
/// where a map is deserialized; the API server takes 256 KiB of annotations at most.
///
/// ```
/// use std::collections::BTreeMap;
/// use daemonset::api::Labels;
///
/// let mut labels = Labels::from_iter([("zone", "b"), ("app", "agent")]);
/// assert_eq!(labels.get("app"), Some("agent"));
/// assert_eq!(labels.get("tier"), None);
/// assert_eq!(&labels["zone"], "b");
/// labels.extend([("zone", "c")]);
/// assert!(labels.keys().eq(["app", "zone"]));
/// for (key, value) in &labels {
///     println!("{key}={value}");
/// }
/// let map: BTreeMap<String, String> = labels.into();
/// assert_eq!(map["zone"], "c");
/// ```
#[derive(Clone, Default, PartialEq, Eq, Hash)]
pub struct Labels {
    /// All keys and values in one piece, key before value, sorted by key: a look-up touches two
    /// places in memory and not two for every label.
    text: Box<str>,
    /// Where in `text` each key and each value ends.
    ends: Box<[(u32, u32)]>,
}

impl Labels {
    /// The value of `key`; a missing label is not an empty one.
    #[inline]
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&str> {
        // Few labels have keys of the same length, so nearly every other one is passed over
        // without a look at its text.
        let mut start = 0;
        for &(key_end, value_end) in &self.ends {
            let (key_end, value_end) = (key_end as usize, value_end as usize);
            if key_end - start == key.len() && self.text.get(start..key_end) == Some(key) {
                return self.text.get(key_end..value_end);
            }
            start = value_end;
        }
        None
    }

    /// Whether there is an entry of this key.
    #[must_use]
    pub fn contains_key(&self, key: &str) -> bool {
        self.get(key).is_some()
    }

    /// Sets `key` to `value` and returns the value it had. Takes time linear in the size of the
    /// whole map: make a map with many entries by `collect` or `extend`.
    pub fn insert(&mut self, key: impl Into<String>, value: impl Into<String>) -> Option<String> {
        let (key, value) = (key.into(), value.into());
        let before = self.get(&key).map(str::to_owned);
        self.extend([(key, value)]);
        before
    }

    /// Removes `key` and returns the value it had.
    pub fn remove(&mut self, key: &str) -> Option<String> {
        let before = self.get(key).map(str::to_owned)?;
        *self = self.iter().filter(|(k, _)| *k != key).collect();
        Some(before)
    }

    /// All entries, sorted by key.
    #[must_use]
    #[inline]
    pub fn iter(&self) -> LabelsIter<'_> {
        LabelsIter {
            rest: &self.text,
            from: 0,
            ends: self.ends.iter(),
        }
    }

    /// All keys, sorted.
    #[must_use]
    pub fn keys(&self) -> impl ExactSizeIterator<Item = &str> {
        self.iter().map(|(key, _)| key)
    }

    /// All values, in the order of their keys.
    #[must_use]
    pub fn values(&self) -> impl ExactSizeIterator<Item = &str> {
        self.iter().map(|(_, value)| value)
    }

    /// How many entries there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there is no entry.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// The entries, as far as their text fits into so many bytes, and whether all of them do. Of
    /// entries with the same key, the last one counts.
    fn within<K: AsRef<str>, V: AsRef<str>>(bytes: u32, mut entries: Vec<(K, V)>) -> (Self, Fit) {
        // The sort is stable, so of equal keys the last one stays last.
        entries.sort_by(|a, b| a.0.as_ref().cmp(b.0.as_ref()));
        let mut text = String::new();
        let mut ends = Vec::with_capacity(entries.len());
        let mut fit = Fit::All;
        let mut entries = entries.iter().peekable();
        while let Some((key, value)) = entries.next() {
            let (key, value) = (key.as_ref(), value.as_ref());
            if entries.peek().is_some_and(|next| next.0.as_ref() == key) {
                continue;
            }
            let key_end = text.len().saturating_add(key.len());
            let value_end = key_end.saturating_add(value.len());
            let ends_at = |end: usize| u32::try_from(end).ok().filter(|end| *end <= bytes);
            let (Some(key_end), Some(value_end)) = (ends_at(key_end), ends_at(value_end)) else {
                fit = Fit::Some;
                continue;
            };
            text.push_str(key);
            text.push_str(value);
            ends.push((key_end, value_end));
        }
        let labels = Self {
            text: text.into(),
            ends: ends.into(),
        };
        (labels, fit)
    }
}

/// Whether all entries fit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fit {
    All,
    Some,
}

/// The entries of [`Labels`], sorted by key.
#[derive(Clone, Debug)]
pub struct LabelsIter<'a> {
    /// The text from `from` on.
    rest: &'a str,
    from: u32,
    ends: std::slice::Iter<'a, (u32, u32)>,
}

impl<'a> Iterator for LabelsIter<'a> {
    type Item = (&'a str, &'a str);

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        let &(key_end, value_end) = self.ends.next()?;
        let (key, rest) = (self.rest).split_at_checked((key_end - self.from) as usize)?;
        let (value, rest) = rest.split_at_checked((value_end - key_end) as usize)?;
        (self.rest, self.from) = (rest, value_end);
        Some((key, value))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.ends.size_hint()
    }
}

impl ExactSizeIterator for LabelsIter<'_> {}

impl FusedIterator for LabelsIter<'_> {}

impl<'a> IntoIterator for &'a Labels {
    type Item = (&'a str, &'a str);
    type IntoIter = LabelsIter<'a>;

    #[inline]
    fn into_iter(self) -> LabelsIter<'a> {
        self.iter()
    }
}

/// Gives the entries away, sorted by key.
impl IntoIterator for Labels {
    type Item = (String, String);
    type IntoIter = std::vec::IntoIter<(String, String)>;

    fn into_iter(self) -> Self::IntoIter {
        let entries = self.iter().map(|(k, v)| (k.to_owned(), v.to_owned()));
        entries.collect::<Vec<_>>().into_iter()
    }
}

/// Where a key comes twice, the last one counts.
impl<K: AsRef<str>, V: AsRef<str>> FromIterator<(K, V)> for Labels {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(entries: I) -> Self {
        Self::within(u32::MAX, entries.into_iter().collect()).0
    }
}

/// Sets all these keys; the time is that of making the whole map anew, once.
impl<K: Into<String>, V: Into<String>> Extend<(K, V)> for Labels {
    fn extend<I: IntoIterator<Item = (K, V)>>(&mut self, entries: I) {
        let entries = (entries.into_iter()).map(|(key, value)| (key.into(), value.into()));
        *self = std::mem::take(self).into_iter().chain(entries).collect();
    }
}

impl From<BTreeMap<String, String>> for Labels {
    fn from(map: BTreeMap<String, String>) -> Self {
        map.into_iter().collect()
    }
}

impl From<Labels> for BTreeMap<String, String> {
    fn from(labels: Labels) -> Self {
        labels.into_iter().collect()
    }
}

impl<K: AsRef<str>, V: AsRef<str>, const N: usize> From<[(K, V); N]> for Labels {
    fn from(entries: [(K, V); N]) -> Self {
        entries.into_iter().collect()
    }
}

/// The value of a key.
///
/// # Panics
/// Where there is no such key, as with the maps of the standard library; [`Labels::get`] does not.
impl Index<&str> for Labels {
    type Output = str;

    #[allow(clippy::expect_used)] // what indexing means; nothing in the crate indexes so
    fn index(&self, key: &str) -> &str {
        self.get(key).expect("no entry found for key")
    }
}

impl fmt::Debug for Labels {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self).finish()
    }
}

impl Serialize for Labels {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self)
    }
}

impl<'de> Deserialize<'de> for Labels {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Entries;
        impl<'de> Visitor<'de> for Entries {
            type Value = Labels;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a map of strings")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Labels, A::Error> {
                let mut entries = Vec::new();
                while let Some((key, value)) = map.next_entry::<String, Option<String>>()? {
                    entries.push((key, value.unwrap_or_default()));
                }
                match Labels::within(u32::MAX, entries) {
                    (labels, Fit::All) => Ok(labels),
                    (_, Fit::Some) => Err(A::Error::custom("more than 4 GiB of text")),
                }
            }
        }
        deserializer.deserialize_map(Entries)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn labels_are_a_map(
            entries in proptest::collection::vec(("[a-cé]{0,2}", "[xy]{0,2}"), 0..12),
            key in "[a-cé]{0,2}",
            value in "[xyz]{0,2}",
        ) {
            let mut map: BTreeMap<String, String> = entries.iter().cloned().collect();
            let mut labels: Labels = entries.into_iter().collect();
            prop_assert!(labels.iter().eq(map.iter().map(|(k, v)| (k.as_str(), v.as_str()))));
            prop_assert!(labels.keys().eq(map.keys()));
            prop_assert!(labels.values().eq(map.values()));
            prop_assert_eq!(labels.len(), map.len());
            prop_assert_eq!(labels.iter().len(), map.len());
            prop_assert_eq!(labels.get(&key), map.get(&key).map(String::as_str));
            prop_assert_eq!(labels.contains_key(&key), map.contains_key(&key));
            prop_assert_eq!(&BTreeMap::from(labels.clone()), &map);
            prop_assert_eq!(&Labels::from(map.clone()), &labels);
            let json = serde_json::to_string(&labels)?;
            prop_assert_eq!(&json, &serde_json::to_string(&map)?);
            prop_assert_eq!(&serde_json::from_str::<Labels>(&json)?, &labels);

            prop_assert_eq!(labels.remove(&key), map.remove(&key));
            prop_assert_eq!(labels.insert(&key, &value), map.insert(key.clone(), value.clone()));
            prop_assert_eq!(&labels[key.as_str()], map[&key].as_str());
            prop_assert_eq!(&BTreeMap::from(labels), &map);
        }
    }

    #[test]
    fn what_does_not_fit_is_left_out() {
        let entries = vec![("a", "12"), ("b", "345"), ("c", "6"), ("a", "7")];
        for (bytes, fit, fitting) in [
            (8, Fit::All, "a=7 b=345 c=6"),
            (7, Fit::Some, "a=7 b=345"),
            (5, Fit::Some, "a=7 c=6"),
            (1, Fit::Some, ""),
        ] {
            let (labels, found) = Labels::within(bytes, entries.clone());
            let printed: Vec<_> = labels.iter().map(|(k, v)| format!("{k}={v}")).collect();
            assert_eq!(
                (printed.join(" ").as_str(), found),
                (fitting, fit),
                "{bytes}"
            );
        }
    }

    #[test]
    fn a_null_value_is_an_empty_one() {
        let labels: Labels = serde_json::from_str(r#"{"b": null, "a": "1"}"#).unwrap();
        assert_eq!(labels, Labels::from([("a", "1"), ("b", "")]));
    }
}
