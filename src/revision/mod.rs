//! Revisions: which stored template is current, which are old, and what to write about it.

mod data;

pub use data::{data, safe_encode, template_hash};

use crate::action::{Action, Reason};
use crate::api::{ControllerRevision, DaemonSet};
use crate::claim::Claim;
use crate::hash::HashMap;
use crate::selector::Selector;

/// A revision that counts for the set.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct KnownRevision {
    /// Its name.
    pub name: String,
    /// The hash that pods made from it carry.
    pub hash: String,
    /// Its number, as listed.
    pub number: i64,
}

/// Everything the known revisions decide, before any pod is looked at.
#[derive(Clone, Debug)]
pub(crate) struct Revisions {
    /// The revision that pods should be of; it may not be stored yet.
    pub current: KnownRevision,
    /// The others, lowest number first, then by name.
    pub old: Vec<KnownRevision>,
    /// What to write, in order.
    pub writes: Vec<Action>,
    /// Duplicates of the current one, deleted once every pod is relabelled to it; none of them
    /// means that nothing is relabelled.
    pub duplicates: Vec<String>,
    /// The new revision's name is taken by another template: the round ends with a new
    /// collision count.
    pub collision: bool,
    /// The hashes that revisions have, each with a number of its own; the current one's is 0.
    ids: HashMap<String, HashId>,
}

/// A hash that some known revision has.
pub(crate) type HashId = usize;

impl Revisions {
    /// Sorts the known revisions into current and old, and says what to write about it.
    pub fn resolve(set: &DaemonSet, selector: &Selector, known: &[ControllerRevision]) -> Self {
        let wanted = data(&set.spec.template);
        let mut writes = Vec::new();
        let mut current = Vec::new();
        let mut old = Vec::new();
        // By number, then name: input order shows nowhere.
        let mut sorted: Vec<_> = known.iter().collect();
        sorted.sort_by(|a, b| (a.revision, &a.metadata.name).cmp(&(b.revision, &b.metadata.name)));
        sorted.dedup_by(|a, b| {
            a.metadata.name == b.metadata.name && a.metadata.namespace == b.metadata.namespace
        });
        let mut labelled = Vec::new();
        for revision in sorted {
            let name = &revision.metadata.name;
            match Claim::of(set, selector, &revision.metadata) {
                Claim::Ignore => continue,
                Claim::Release => {
                    writes.push(Action::ReleaseRevision { name: name.clone() });
                    continue;
                }
                Claim::Adopt => writes.push(Action::AdoptRevision { name: name.clone() }),
                Claim::Own => {}
            }
            let known = KnownRevision {
                name: name.clone(),
                hash: revision.hash().to_owned(),
                number: revision.revision,
            };
            if revision
                .metadata
                .labels
                .get(crate::api::HASH_LABEL)
                .is_none()
            {
                labelled.push(Action::UpdateRevision {
                    name: known.name.clone(),
                    revision: known.number,
                    hash: known.hash.clone(),
                    reason: Reason::MissingHashLabel,
                });
            }
            if data::canonical(&revision.data) == wanted {
                current.push(known);
            } else {
                old.push(known);
            }
        }
        writes.append(&mut labelled);
        // Above the highest number there is none; there the current revision shares it.
        let highest = old.iter().map(|r| r.number).max().unwrap_or(0).max(0);
        let next = highest.saturating_add(1);
        let mut collision = false;
        let mut duplicates = Vec::new();
        let current = if let Some(kept) = current.pop() {
            duplicates.extend(current.into_iter().map(|r| r.name));
            if kept.number < next {
                writes.push(Action::UpdateRevision {
                    name: kept.name.clone(),
                    revision: next,
                    hash: kept.hash.clone(),
                    reason: Reason::CurrentRevision,
                });
            }
            kept
        } else {
            let hash = data::hash_of(&wanted, set.status.collision_count);
            let name = format!("{}-{hash}", set.metadata.name);
            let taken = known.iter().find(|r| {
                r.metadata.name == name && r.metadata.namespace == set.metadata.namespace
            });
            match taken {
                // Stored already, but not the set's to write: it serves all the same.
                Some(same) if data::canonical(&same.data) == wanted => KnownRevision {
                    name,
                    hash: same.hash().to_owned(),
                    number: same.revision,
                },
                other => {
                    collision = other.is_some();
                    let created = KnownRevision {
                        name,
                        hash,
                        number: next,
                    };
                    if !collision {
                        writes.push(Action::CreateRevision {
                            name: created.name.clone(),
                            revision: next,
                            hash: created.hash.clone(),
                        });
                    }
                    created
                }
            }
        };
        let mut ids = HashMap::default();
        for hash in std::iter::once(&current.hash).chain(old.iter().map(|r| &r.hash)) {
            let next = ids.len();
            ids.entry(hash.clone()).or_insert(next);
        }
        Self {
            current,
            old,
            writes,
            duplicates,
            collision,
            ids,
        }
    }

    /// Which known hash this is.
    #[inline]
    pub fn hash_id(&self, hash: &str) -> Option<HashId> {
        if hash == self.current.hash {
            return Some(0);
        }
        self.ids.get(hash).copied()
    }

    /// How many different hashes are known.
    pub fn hash_count(&self) -> usize {
        self.ids.len()
    }

    /// The old revisions to delete: of those above the limit, from the lowest number up, the
    /// ones that no pod carries. `carried` says so of each hash.
    ///
    /// A carried one is passed over, and the next takes its place.
    /// Source: `spec.revisionHistoryLimit` of the
    /// [DaemonSet](https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/daemon-set-v1/#DaemonSetSpec).
    pub fn expired<'a>(
        &'a self,
        limit: i32,
        carried: impl Fn(HashId) -> bool + 'a,
    ) -> impl Iterator<Item = &'a KnownRevision> {
        let excess = i64::try_from(self.old.len()).unwrap_or(i64::MAX) - i64::from(limit);
        self.old
            .iter()
            .filter(move |revision| !self.hash_id(&revision.hash).is_some_and(&carried))
            .take(usize::try_from(excess).unwrap_or(0))
    }
}
