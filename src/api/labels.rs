//! Labels and annotations.

use std::fmt;

use serde::de::{MapAccess, Visitor};
use serde::ser::SerializeMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Labels or annotations: a small map, sorted by key.
///
/// ```
/// use daemonset::api::Labels;
///
/// let labels = Labels::from_iter([("zone", "b"), ("app", "agent")]);
/// assert_eq!(labels.get("app"), Some("agent"));
/// assert_eq!(labels.get("tier"), None);
/// assert_eq!(labels.iter().next(), Some(("app", "agent")));
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

    /// Sets `key` to `value` and returns the value it had. Takes time linear in the size of the
    /// whole map: make a map with many entries by `collect`.
    pub fn insert(&mut self, key: impl Into<String>, value: impl Into<String>) -> Option<String> {
        let (key, value) = (key.into(), value.into());
        let before = self.get(&key).map(str::to_owned);
        let entries = self.iter().map(|(k, v)| (k.to_owned(), v.to_owned()));
        *self = entries.chain([(key, value)]).collect();
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
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&str, &str)> {
        let mut start = 0;
        self.ends.iter().map(move |&(key_end, value_end)| {
            let (key_end, value_end) = (key_end as usize, value_end as usize);
            let entry = (&self.text[start..key_end], &self.text[key_end..value_end]);
            start = value_end;
            entry
        })
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
}

impl<K: AsRef<str>, V: AsRef<str>> FromIterator<(K, V)> for Labels {
    /// Where a key comes twice, the last one counts.
    ///
    /// # Panics
    /// Over 4 GiB of text.
    fn from_iter<I: IntoIterator<Item = (K, V)>>(entries: I) -> Self {
        let mut list: Vec<(K, V)> = entries.into_iter().collect();
        // The sort is stable, so of equal keys the last one stays last.
        list.sort_by(|a, b| a.0.as_ref().cmp(b.0.as_ref()));
        let is_last = |at: usize| {
            list.get(at + 1)
                .is_none_or(|next| next.0.as_ref() != list[at].0.as_ref())
        };
        let mut text = String::new();
        let mut ends = Vec::with_capacity(list.len());
        let end = |text: &str| u32::try_from(text.len()).expect("less than 4 GiB of labels");
        for at in (0..list.len()).filter(|&at| is_last(at)) {
            text.push_str(list[at].0.as_ref());
            let key_end = end(&text);
            text.push_str(list[at].1.as_ref());
            ends.push((key_end, end(&text)));
        }
        Self {
            text: text.into(),
            ends: ends.into(),
        }
    }
}

impl fmt::Debug for Labels {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.iter()).finish()
    }
}

impl Serialize for Labels {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.len()))?;
        for (key, value) in self.iter() {
            map.serialize_entry(key, value)?;
        }
        map.end()
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
                Ok(Labels::from_iter(entries))
            }
        }
        deserializer.deserialize_map(Entries)
    }
}
