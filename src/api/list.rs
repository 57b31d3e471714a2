//! Lists that copies share.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::ops::{Deref, DerefMut};
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A list that copies share until one of them is changed. The pods of one set all have the same owner,
/// and an empty list takes no memory elsewhere.
///
/// It reads as a slice, and changes as a [`Vec`] does:
///
/// ```
/// use daemonset::api::{ObjectMeta, OwnerReference};
///
/// let mut owner = OwnerReference::default();
/// (owner.uid, owner.controller) = ("7".into(), true);
/// let mut pod = ObjectMeta::default();
/// pod.owner_references = vec![owner].into();
/// let other = pod.clone();
/// pod.owner_references[0].uid = "8".into();
/// assert_eq!((pod.owner_references.len(), &*other.owner_references[0].uid), (1, "7"));
/// ```
#[derive(Clone, Eq)]
pub struct List<T>(Option<Arc<Vec<T>>>);

impl<T> List<T> {
    /// A list of nothing.
    #[must_use]
    pub const fn new() -> Self {
        Self(None)
    }

    /// Takes all items away.
    pub fn clear(&mut self) {
        self.0 = None;
    }
}

impl<T: Clone> List<T> {
    /// Puts an item at the end.
    pub fn push(&mut self, item: T) {
        Arc::make_mut(self.0.get_or_insert_default()).push(item);
    }

    /// Keeps those items for which `keep` holds.
    pub fn retain(&mut self, keep: impl FnMut(&T) -> bool) {
        if let Some(items) = &mut self.0 {
            Arc::make_mut(items).retain(keep);
        }
    }
}

impl<T> Default for List<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T> Deref for List<T> {
    type Target = [T];

    #[inline]
    fn deref(&self) -> &[T] {
        self.0.as_deref().map_or(&[], Vec::as_slice)
    }
}

impl<T: Clone> DerefMut for List<T> {
    fn deref_mut(&mut self) -> &mut [T] {
        match &mut self.0 {
            Some(items) => Arc::<Vec<T>>::make_mut(items),
            None => &mut [],
        }
    }
}

/// Copies are equal without a look at their items.
impl<T: PartialEq> PartialEq for List<T> {
    fn eq(&self, other: &Self) -> bool {
        match (&self.0, &other.0) {
            (Some(mine), Some(theirs)) if Arc::ptr_eq(mine, theirs) => true,
            _ => **self == **other,
        }
    }
}

impl<T: Hash> Hash for List<T> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (**self).hash(state);
    }
}

impl<T> From<Vec<T>> for List<T> {
    fn from(items: Vec<T>) -> Self {
        Self((!items.is_empty()).then(|| Arc::new(items)))
    }
}

impl<T> FromIterator<T> for List<T> {
    fn from_iter<I: IntoIterator<Item = T>>(items: I) -> Self {
        Vec::from_iter(items).into()
    }
}

impl<'a, T> IntoIterator for &'a List<T> {
    type Item = &'a T;
    type IntoIter = std::slice::Iter<'a, T>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl<T: fmt::Debug> fmt::Debug for List<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self).finish()
    }
}

impl<T: Serialize> Serialize for List<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self)
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for List<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Vec::deserialize(deserializer).map(Self::from)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_changes_as_a_vec_does() {
        let mut list: List<i32> = serde_json::from_str("[1, 2, 3]").unwrap();
        let copy = list.clone();
        list.retain(|item| *item != 2);
        list.push(4);
        list[0] = 0;
        assert_eq!(serde_json::to_string(&list).unwrap(), "[0,3,4]");
        assert_eq!(*copy, [1, 2, 3]);
        assert_eq!(copy, List::from(vec![1, 2, 3]));
        assert_ne!(list, copy);
        list.clear();
        assert!(list.is_empty() && list.iter_mut().next().is_none());
        assert_eq!(list, List::new());
    }

    #[test]
    fn an_empty_list_is_one_however_it_came_to_be() {
        let mut emptied = List::from(vec![1]);
        emptied.retain(|_| false);
        assert_eq!(emptied, List::new());
    }
}
