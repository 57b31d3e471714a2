//! A map by namespace and name, asked without making a key.

use std::collections::BTreeMap;

/// Values by namespace and name, in their order.
#[derive(Clone, Debug)]
pub(super) struct ByName<T> {
    namespaces: BTreeMap<String, BTreeMap<String, T>>,
}

impl<T> Default for ByName<T> {
    fn default() -> Self {
        Self {
            namespaces: BTreeMap::new(),
        }
    }
}

impl<T> ByName<T> {
    pub(super) fn get(&self, namespace: &str, name: &str) -> Option<&T> {
        self.namespaces.get(namespace)?.get(name)
    }

    pub(super) fn get_mut(&mut self, namespace: &str, name: &str) -> Option<&mut T> {
        self.namespaces.get_mut(namespace)?.get_mut(name)
    }

    pub(super) fn contains(&self, namespace: &str, name: &str) -> bool {
        self.get(namespace, name).is_some()
    }

    /// Puts a value in; the one that was there is returned.
    pub(super) fn insert(&mut self, namespace: &str, name: &str, value: T) -> Option<T> {
        if let Some(names) = self.namespaces.get_mut(namespace) {
            return names.insert(name.to_owned(), value);
        }
        let names = BTreeMap::from([(name.to_owned(), value)]);
        self.namespaces.insert(namespace.to_owned(), names);
        None
    }

    pub(super) fn remove(&mut self, namespace: &str, name: &str) -> Option<T> {
        let names = self.namespaces.get_mut(namespace)?;
        let value = names.remove(name)?;
        if names.is_empty() {
            self.namespaces.remove(namespace);
        }
        Some(value)
    }

    /// The values of one namespace, by name.
    pub(super) fn in_namespace(&self, namespace: &str) -> impl Iterator<Item = (&str, &T)> {
        let names = self.namespaces.get(namespace).into_iter().flatten();
        names.map(|(name, value)| (name.as_str(), value))
    }

    /// The values of one namespace, by name, to be changed.
    pub(super) fn in_namespace_mut(
        &mut self,
        namespace: &str,
    ) -> impl Iterator<Item = (&str, &mut T)> {
        let names = self.namespaces.get_mut(namespace).into_iter().flatten();
        names.map(|(name, value)| (name.as_str(), value))
    }

    /// All values, to be changed.
    pub(super) fn values_mut(&mut self) -> impl Iterator<Item = &mut T> {
        self.namespaces.values_mut().flat_map(BTreeMap::values_mut)
    }

    /// All values, by namespace and name.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&str, &str, &T)> {
        (self.namespaces.iter()).flat_map(|(namespace, names)| {
            let names = names.iter();
            names.map(move |(name, value)| (namespace.as_str(), name.as_str(), value))
        })
    }
}
