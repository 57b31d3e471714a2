//! Two dumps of one cluster in what is read: which of them is the later one.

use std::cmp::Ordering;
use std::collections::HashMap;

use daemonset_explain::evidence::Moment;
use serde_json::{Map, Value};

use super::Inventory;
use super::known::Origin;
use crate::diagnostic::Place;

/// A document of a source that is read into an [`Inventory`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct DocumentId {
    source: u32,
    document: u32,
}

impl DocumentId {
    pub(super) fn of(origin: Origin) -> Self {
        Self {
            source: origin.source,
            document: origin.document,
        }
    }
}

/// Which documents are read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Chosen {
    #[default]
    All,
    /// This one alone.
    Only(DocumentId),
    /// All but this one.
    Without(DocumentId),
}

impl Chosen {
    /// Whether nothing of a source is read.
    pub fn passes_over(self, source: u32) -> bool {
        matches!(self, Self::Only(only) if only.source != source)
    }

    /// Whether it goes by the documents of a source.
    pub fn tells_apart(self, source: u32) -> bool {
        match self {
            Self::All => false,
            Self::Only(one) | Self::Without(one) => one.source == source,
        }
    }

    pub fn takes(self, source: u32, document: usize) -> bool {
        let is_it =
            |one: DocumentId| one.source == source && usize::try_from(one.document) == Ok(document);
        match self {
            Self::All => true,
            Self::Only(one) => is_it(one),
            Self::Without(one) => !is_it(one),
        }
    }
}

/// The documents that have the same objects with other content, as far as it matters: whether they are just two.
#[derive(Clone, Copy, Debug, Default)]
pub(super) enum Conflicts {
    #[default]
    None,
    Between([DocumentId; 2]),
    AmongMore,
}

impl Conflicts {
    pub fn add(&mut self, first: DocumentId, second: DocumentId) {
        let both = [first, second];
        *self = match *self {
            Self::None if first != second => Self::Between(both),
            Self::Between(known) if known == both => Self::Between(known),
            _ => Self::AmongMore,
        };
    }
}

impl Inventory {
    /// Reads this document of the sources alone.
    #[must_use]
    pub fn with_only(mut self, document: DocumentId) -> Self {
        self.chosen = Chosen::Only(document);
        self
    }

    /// Reads all documents of the sources but this one.
    #[must_use]
    pub fn without(mut self, document: DocumentId) -> Self {
        self.chosen = Chosen::Without(document);
        self
    }

    /// The two documents between which all objects stand that were given twice with other content; `None` where
    /// there are none, or more documents have such.
    #[must_use]
    pub fn conflicting(&self) -> Option<[DocumentId; 2]> {
        match self.conflicts {
            Conflicts::Between(both) => Some(both),
            Conflicts::None | Conflicts::AmongMore => None,
        }
    }

    /// Where a document stands, in words.
    #[must_use]
    pub fn place_of_document(&self, document: DocumentId) -> String {
        let source = self.sources.get(document.source as usize).cloned();
        let mut place = Place::of_source(source.unwrap_or_else(|| "".into()));
        place.document = Some(document.document as usize);
        place.to_string()
    }

    /// Whether another dump is a later one of the same cluster, by the `resourceVersion`s of the DaemonSets and the newest
    /// time that each tells: [`Ordering::Less`] where this one is the earlier one. `None` where that is not known, or the
    /// later one has not all kinds of objects that the earlier one has, so that it does not answer for it, or the earlier one has
    /// neither nodes nor pods.
    ///
    /// ```
    /// use std::cmp::Ordering;
    ///
    /// use daemonset_manifest::Inventory;
    ///
    /// let dump = |version: u32| {
    ///     let text = format!(
    ///         "{{apiVersion: apps/v1, kind: DaemonSet, metadata: {{name: agent, namespace: infra, uid: u, \
    ///          resourceVersion: \"{version}\"}}, spec: {{selector: {{matchLabels: {{app: a}}}}, template: \
    ///          {{metadata: {{labels: {{app: a}}}}, spec: {{containers: [{{name: a, image: a}}]}}}}}}}}\n---\n\
    ///          {{apiVersion: v1, kind: Node, metadata: {{name: a}}}}"
    ///     );
    ///     let mut inventory = Inventory::new();
    ///     inventory.read("dump.yaml", text.as_bytes());
    ///     inventory
    /// };
    /// assert_eq!(dump(7).earlier_or_later(&dump(12)), Some(Ordering::Less));
    /// assert_eq!(dump(7).earlier_or_later(&dump(7)), None);
    /// ```
    #[must_use]
    pub fn earlier_or_later(&self, other: &Self) -> Option<Ordering> {
        let mut all: Vec<Ordering> = Vec::new();
        let mut are_shared = false;
        let others: HashMap<_, _> = (other.written())
            .map(|set| ((set.namespace(), set.name()), set))
            .collect();
        for set in self.written() {
            let own = set.to_json();
            let uid = of_metadata(&own, "uid")?;
            let Some(same) = others.get(&(set.namespace(), set.name())) else {
                continue;
            };
            let its = same.to_json();
            if of_metadata(&its, "uid")? != uid {
                return None;
            }
            are_shared = true;
            if let Some((one, two)) = version(&own).zip(version(&its)) {
                // What was stored once was changed on its way.
                if one == two && own != its {
                    return None;
                }
                all.push(one.cmp(&two));
            }
        }
        let at = |it: &Self| Moment::of(&it.cluster(), it.evidence()).at;
        let (one, two) = (at(self), at(other));
        // Without any time it is that of the epoch.
        all.push(one.cmp(&two));
        all.retain(|it| it.is_ne());
        let order = *all.first()?;
        let is_one = are_shared && all.iter().all(|it| *it == order);
        let (earlier, later) = match order {
            Ordering::Greater => (other, self),
            _ => (self, other),
        };
        let mut kinds = earlier.kinds().into_iter().zip(later.kinds());
        // DaemonSets alone may be manifests that were made of those of a cluster.
        let is_dump = !earlier.nodes.is_empty() || !earlier.pods.is_empty();
        (is_one && is_dump && kinds.all(|(had, has)| has || !had)).then_some(order)
    }

    /// Whether objects of each kind that decides are there.
    fn kinds(&self) -> [bool; 4] {
        [
            self.written().next().is_some(),
            !self.nodes.is_empty(),
            !self.pods.is_empty(),
            !self.revisions.is_empty(),
        ]
    }
}

/// A field of the metadata of a set, where it is there.
fn of_metadata<'s>(set: &'s Map<String, Value>, field: &str) -> Option<&'s str> {
    let text = set.get("metadata")?.get(field)?.as_str()?;
    (!text.is_empty()).then_some(text)
}

fn version(set: &Map<String, Value>) -> Option<u64> {
    of_metadata(set, "resourceVersion")?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documents_that_conflict_are_two_or_more() {
        let at = |document| DocumentId {
            source: 0,
            document,
        };
        let mut conflicts = Conflicts::default();
        conflicts.add(at(1), at(2));
        conflicts.add(at(1), at(2));
        assert!(matches!(conflicts, Conflicts::Between(both) if both == [at(1), at(2)]));
        conflicts.add(at(1), at(3));
        assert!(matches!(conflicts, Conflicts::AmongMore));
        let mut within = Conflicts::default();
        within.add(at(1), at(1));
        assert!(matches!(within, Conflicts::AmongMore));
    }

    #[test]
    fn one_document_is_read_or_left_out() {
        let one = DocumentId {
            source: 1,
            document: 2,
        };
        let (only, without) = (Chosen::Only(one), Chosen::Without(one));
        assert!(only.takes(1, 2) && !only.takes(1, 1) && !only.takes(0, 2));
        assert!(!without.takes(1, 2) && without.takes(1, 1) && without.takes(0, 2));
        assert!(only.passes_over(0) && !without.passes_over(0));
        assert!(!only.tells_apart(0) && without.tells_apart(1));
    }
}
