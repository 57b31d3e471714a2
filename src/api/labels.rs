//! Labels and annotations.

use std::collections::BTreeMap;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::iter::FusedIterator;
use std::ops::Index;
use std::sync::Arc;

use serde::de::{Error as _, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::Text;

/// Labels or annotations: a small map, sorted by key. Copies share it.
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
#[derive(Clone, Default, Eq)]
pub struct Labels {
    /// The lengths of all keys and values, and behind them all keys and values, key before value,
    /// sorted by key; none where there is no entry. All in one piece, so that a look-up touches one place
    /// in memory and not two for every label, and pods of one set can share it. See [`Lengths`].
    packed: Option<Arc<str>>,
}

impl Labels {
    /// The value of `key`; a missing label is not an empty one.
    #[inline]
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&str> {
        let packed = self.packed.as_deref()?;
        let bytes = packed.as_bytes();
        let (&first, rest) = bytes.split_first()?;
        if first == LONG {
            return self.find(key);
        }
        let lengths = rest.get(..usize::from(first))?.as_chunks().0;
        // Few labels have keys of the same length, so nearly every other one is passed over
        // without a look at its text.
        let mut start = 1 + usize::from(first);
        for &[key_length, value_length] in lengths {
            let key_end = start + usize::from(key_length);
            let value_end = key_end + usize::from(value_length);
            if usize::from(key_length) == key.len()
                && bytes.get(start..key_end) == Some(key.as_bytes())
            {
                return packed.get(key_end..value_end);
            }
            start = value_end;
        }
        None
    }

    #[cold]
    fn find(&self, key: &str) -> Option<&str> {
        let mut entries = self.iter();
        entries.find_map(|(name, value)| (name == key).then_some(value))
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
        let (lengths, rest) = self.parts();
        LabelsIter { rest, lengths }
    }

    /// The lengths, and the text of all entries.
    #[inline]
    fn parts(&self) -> (Lengths<'_>, &str) {
        let packed = self.packed.as_deref().unwrap_or_default();
        let Some((&first, rest)) = packed.as_bytes().split_first() else {
            return (Lengths::Short(&[]), "");
        };
        if first == LONG {
            return Lengths::long_parts(packed);
        }
        let end = usize::from(first);
        let lengths = rest.get(..end).unwrap_or_default().as_chunks().0;
        let text = packed.get(1 + end..).unwrap_or_default();
        (Lengths::Short(lengths), text)
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
        self.iter().len()
    }

    /// Whether there is no entry.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.packed.is_none()
    }

    /// The entries, as far as their text fits into so many bytes, and whether all of them do. Of
    /// entries with the same key, the last one counts.
    fn within<K: AsRef<str>, V: AsRef<str>>(bytes: u32, mut entries: Vec<(K, V)>) -> (Self, Fit) {
        if !entries.is_sorted_by(|a, b| a.0.as_ref() < b.0.as_ref()) {
            // The sort is stable, so of equal keys the last one stays last.
            entries.sort_by(|a, b| a.0.as_ref().cmp(b.0.as_ref()));
        }
        let mut length = 0_usize;
        let mut fit = Fit::All;
        let mut fitting = Vec::with_capacity(entries.len());
        let mut rest = entries.iter().peekable();
        while let Some((key, value)) = rest.next() {
            let (key, value) = (key.as_ref(), value.as_ref());
            if rest.peek().is_some_and(|next| next.0.as_ref() == key) {
                continue;
            }
            let with_it = length.saturating_add(key.len()).saturating_add(value.len());
            if u32::try_from(with_it).is_ok_and(|end| end <= bytes) {
                length = with_it;
                fitting.push((key, value));
            } else {
                fit = Fit::Some;
            }
        }
        if fitting.is_empty() {
            return (Self::default(), fit);
        }
        let mut packed = Lengths::packed(&fitting, length);
        for (key, value) in fitting {
            packed.push_str(key);
            packed.push_str(value);
        }
        let packed = Some(packed.into());
        (Self { packed }, fit)
    }
}

/// Copies are equal without a look at what they say.
impl PartialEq for Labels {
    fn eq(&self, other: &Self) -> bool {
        match (&self.packed, &other.packed) {
            (Some(mine), Some(theirs)) => Arc::ptr_eq(mine, theirs) || mine == theirs,
            (mine, theirs) => mine.is_none() && theirs.is_none(),
        }
    }
}

impl Hash for Labels {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.packed.hash(state);
    }
}

/// Whether all entries fit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fit {
    All,
    Some,
}

/// Stands in front of lengths that do not all have a character of their own.
const LONG: u8 = 0x7f;

/// How many characters a length has then.
const LONG_LENGTH: usize = 5;

/// The lengths in front of the text of [`Labels`], each in ASCII, so that the text is UTF-8 from end to
/// end: one character that says how many there are, and one for each key and each value. Where one of
/// these is too large for a character, [`LONG`] comes first, and each has five characters of seven bits.
#[derive(Clone, Copy, Debug)]
enum Lengths<'a> {
    /// Of a key and its value each.
    Short(&'a [[u8; 2]]),
    Long(&'a [[u8; LONG_LENGTH]]),
}

impl<'a> Lengths<'a> {
    /// The text in front of the entries, whose text is so long as a whole, with room for that.
    fn packed(entries: &[(&str, &str)], length: usize) -> String {
        let lengths = entries.iter().flat_map(|(k, v)| [k.len(), v.len()]);
        let of_lengths = 2 * entries.len();
        let short = |length: usize| u8::try_from(length).ok().filter(|it| *it < LONG);
        let first = short(of_lengths).filter(|_| lengths.clone().all(|it| short(it).is_some()));
        if let Some(first) = first {
            let mut packed = String::with_capacity(1 + of_lengths + length);
            packed.extend(
                std::iter::once(first)
                    .chain(lengths.filter_map(short))
                    .map(char::from),
            );
            return packed;
        }
        let all = std::iter::once(of_lengths).chain(lengths);
        let in_sevens = |length: usize| (0..LONG_LENGTH).rev().map(move |at| length >> (7 * at));
        let bits = all.flat_map(in_sevens).map(|bits| bits & 0x7f);
        let mut packed = String::with_capacity(1 + LONG_LENGTH * (1 + of_lengths) + length);
        packed.push(char::from(LONG));
        packed.extend(
            bits.filter_map(|bits| u8::try_from(bits).ok())
                .map(char::from),
        );
        packed
    }

    #[cold]
    fn long_parts(packed: &'a str) -> (Self, &'a str) {
        let bytes = packed.as_bytes().get(1..).unwrap_or_default();
        let all = bytes.as_chunks().0;
        let count = all.first().copied().map_or(0, Self::in_full);
        let lengths = all.get(1..=count).unwrap_or_default();
        let text = packed.get(1 + LONG_LENGTH * (1 + count)..);
        (Self::Long(lengths), text.unwrap_or_default())
    }

    fn in_full(bits: [u8; LONG_LENGTH]) -> usize {
        let bits = bits.into_iter();
        bits.fold(0, |sum, bits| (sum << 7) | usize::from(bits))
    }

    /// How many keys there are.
    #[inline]
    fn count(self) -> usize {
        match self {
            Self::Short(lengths) => lengths.len(),
            Self::Long(lengths) => lengths.len() / 2,
        }
    }

    /// The lengths of the next key and its value.
    #[inline]
    fn next(&mut self) -> Option<(usize, usize)> {
        match self {
            Self::Short(lengths) => {
                let ([key, value], rest) = lengths.split_first()?;
                *lengths = rest;
                Some((usize::from(*key), usize::from(*value)))
            }
            Self::Long([key, value, rest @ ..]) => {
                let next = (Self::in_full(*key), Self::in_full(*value));
                *self = Self::Long(rest);
                Some(next)
            }
            Self::Long(_) => None,
        }
    }
}

/// The entries of [`Labels`], sorted by key.
#[derive(Clone, Debug)]
pub struct LabelsIter<'a> {
    /// The text of those still to come.
    rest: &'a str,
    lengths: Lengths<'a>,
}

impl<'a> Iterator for LabelsIter<'a> {
    type Item = (&'a str, &'a str);

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        let (key_length, value_length) = self.lengths.next()?;
        let (key, rest) = self.rest.split_at_checked(key_length)?;
        let (value, rest) = rest.split_at_checked(value_length)?;
        self.rest = rest;
        Some((key, value))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let left = self.lengths.count();
        (left, Some(left))
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
                while let Some((key, value)) = map.next_entry::<Text<'de>, Option<Text<'de>>>()? {
                    entries.push((key.0, value.map(|value| value.0).unwrap_or_default()));
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
    fn texts_of_any_length_are_held() {
        for length in [126, 127, 128, 300, 1 << 14, (1 << 21) + 5] {
            let long = "é".repeat(length) + "x";
            let labels = Labels::from([("a", "1"), (&long, "2"), ("b", &long)]);
            assert_eq!(labels.len(), 3);
            assert_eq!((&labels["a"], &labels[&*long]), ("1", "2"));
            assert_eq!(&labels["b"], long);
            assert!(labels.keys().eq(["a", "b", &long]));
        }
        // So many that their lengths need a length of several characters.
        let many: Labels = (0..200)
            .map(|n| (format!("k{n:03}"), n.to_string()))
            .collect();
        assert_eq!((many.len(), &many["k199"]), (200, "199"));
    }

    #[test]
    fn keys_are_found_by_their_length() {
        let text = |length: usize| "x".repeat(length);
        for shortest in [0, 60, 115] {
            for count in 1..=11 {
                let lengths = shortest..shortest + count;
                let entries = lengths
                    .clone()
                    .map(|length| (text(length), text(126 - length)));
                let labels: Labels = entries.collect();
                for length in (0..127).chain([127, 128, 256 + shortest]) {
                    let expected = lengths.contains(&length).then(|| text(126 - length));
                    assert_eq!(labels.get(&text(length)), expected.as_deref(), "{length}");
                    let other = "y".repeat(length);
                    let expected = expected.filter(|_| length == 0);
                    assert_eq!(labels.get(&other), expected.as_deref(), "{length}");
                }
            }
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
