//! What pods say, found by namespace and name.

use std::fmt;
use std::hash::BuildHasher;

use foldhash::fast::FixedState;
use hashbrown::HashTable;

use super::pod::PodEvidence;

/// Pods in the order in which they came. There are very many, and their names stand with them alone.
#[derive(Clone, Default)]
pub(super) struct Pods {
    all: Vec<PodEvidence>,
    /// Their places, by a hash of what they are found by.
    places: HashTable<usize>,
}

fn hash(namespace: &str, name: &str) -> u64 {
    FixedState::default().hash_one((namespace, name))
}

impl Pods {
    /// Takes a pod; of the same one, what comes later counts.
    pub fn put(&mut self, pod: PodEvidence) {
        let hash_of = |pod: &PodEvidence| hash(&pod.namespace, &pod.name);
        let hash = hash_of(&pod);
        let is_this = |at: &usize| {
            let other = self.all.get(*at);
            other.is_some_and(|it| (&it.name, &it.namespace) == (&pod.name, &pod.namespace))
        };
        let known = self.places.find(hash, is_this).copied();
        if let Some(before) = known.and_then(|at| self.all.get_mut(at)) {
            *before = pod;
            return;
        }
        let at = self.all.len();
        self.all.push(pod);
        let all = &self.all;
        let hash_at = |at: &usize| all.get(*at).map_or(0, hash_of);
        self.places.insert_unique(hash, at, hash_at);
    }

    /// The pod of this name.
    pub fn get(&self, namespace: &str, name: &str) -> Option<&PodEvidence> {
        let is_this = |at: &usize| {
            let pod = self.all.get(*at);
            pod.is_some_and(|pod| *pod.name == *name && *pod.namespace == *namespace)
        };
        let at = self.places.find(hash(namespace, name), is_this)?;
        self.all.get(*at)
    }

    /// All of them, in the order in which they came.
    pub fn all(&self) -> impl Iterator<Item = &PodEvidence> {
        self.all.iter()
    }
}

impl fmt::Debug for Pods {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.all.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pod(namespace: &str, name: &str, message: &str) -> PodEvidence {
        PodEvidence {
            name: name.into(),
            namespace: namespace.into(),
            message: message.into(),
            ..PodEvidence::default()
        }
    }

    #[test]
    fn of_the_same_pod_what_comes_later_counts() {
        let mut pods = Pods::default();
        for (namespace, name) in [("b", "x"), ("a", "x"), ("a", "y"), ("b", "x")] {
            let message = format!("{}", pods.all().count());
            pods.put(pod(namespace, name, &message));
        }
        let told = |namespace, name| pods.get(namespace, name).map(|pod| &*pod.message);
        assert_eq!(told("b", "x"), Some("3"));
        assert_eq!((told("a", "x"), told("a", "y")), (Some("1"), Some("2")));
        assert_eq!(told("b", "y"), None);
        let names: Vec<_> = pods
            .all()
            .map(|pod| (&*pod.namespace, &*pod.name))
            .collect();
        assert_eq!(names, [("b", "x"), ("a", "x"), ("a", "y")]);
    }
}
