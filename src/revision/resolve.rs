//! Revisions: which stored template is current, which are old, and what to write about it.

use super::held::holding;
use super::stored::Stored;
use super::version::{Evidence, Version, VersionLabels};
use crate::action::{Action, Reason};
use crate::api::DaemonSet;
use crate::det_map::HashMap;
use crate::matching::Selector;
use crate::ownership::Claim;
use crate::template::hash_of;
use crate::well_known::CONTROLLER_REVISION_HASH;

/// Whether a list of ControllerRevisions is known to name them all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Completeness {
    Complete,
    /// Some may be missing, as in a dump that was cut down.
    Partial,
}

/// A revision that counts for the set.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct KnownRevision {
    /// Its name.
    pub name: String,
    /// The hash that pods made from it carry.
    pub hash: String,
    /// Its number, as listed: higher is newer. 0 where the revisions are not known.
    pub revision: i64,
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
    /// What stands in for a current revision that was not given; `None` where it is known, or known
    /// not to be stored.
    pub evidence: Option<Evidence>,
    /// The hashes that revisions have, each with a number of its own; the current one's is [`CURRENT`].
    ids: HashMap<String, HashId>,
}

/// A hash that some known revision has.
pub(crate) type HashId = usize;

/// The number of the current revision's hash.
const CURRENT: HashId = 0;

/// The revisions that count for a set, by what they hold.
#[derive(Default)]
struct Sorted {
    /// Those that hold the set's template, lowest number first, then by name.
    current: Vec<KnownRevision>,
    /// The others, in the same order.
    old: Vec<KnownRevision>,
    /// What to write about owners and missing hash labels.
    writes: Vec<Action>,
}

impl Sorted {
    /// Claims the known revisions and compares what they hold with the set's template.
    fn new(set: &DaemonSet, selector: &Selector, known: &Stored<'_>, wanted: &str) -> Self {
        let mut sorted = Self::default();
        let mut labelled = Vec::new();
        let mut counting = Vec::new();
        // By number, then name: input order shows nowhere.
        let mut by_number = known.claimable(set);
        by_number.sort_by_key(|r| (r.revision, &r.metadata.name, &r.metadata.namespace));
        for revision in by_number {
            let name = &revision.metadata.name;
            match Claim::of(set, selector, &revision.metadata) {
                Claim::Ignore => continue,
                Claim::Release => {
                    let released = Action::ReleaseRevision { name: name.clone() };
                    sorted.writes.push(released);
                    continue;
                }
                Claim::Adopt => {
                    let adopted = Action::AdoptRevision { name: name.clone() };
                    sorted.writes.push(adopted);
                }
                Claim::Own => {}
            }
            counting.push(revision);
        }
        let held = holding(set, wanted, &counting);
        for (revision, held) in counting.into_iter().zip(held) {
            let known = KnownRevision {
                name: revision.metadata.name.clone(),
                hash: revision.hash().to_owned(),
                revision: revision.revision,
            };
            if revision
                .metadata
                .labels
                .get(CONTROLLER_REVISION_HASH)
                .is_none()
            {
                labelled.push(known.update(known.revision, Reason::MissingHashLabel));
            }
            if held {
                sorted.current.push(known);
            } else {
                sorted.old.push(known);
            }
        }
        sorted.writes.append(&mut labelled);
        sorted
    }

    /// The number of a revision that becomes the newest. Above the highest number there is none;
    /// there the current revision shares it.
    fn next_number(&self) -> i64 {
        let highest = self.old.iter().map(|known| known.revision).max();
        highest.unwrap_or(0).max(0).saturating_add(1)
    }
}

impl KnownRevision {
    fn update(&self, revision: i64, reason: Reason) -> Action {
        Action::UpdateRevision {
            name: self.name.clone(),
            revision,
            hash: self.hash.clone(),
            reason,
        }
    }
}

impl Revisions {
    /// Where no revisions were given: nothing is known of what is stored, so nothing is written. The
    /// current revision goes by the crate's own hash of the template.
    pub(crate) fn not_given(set: &DaemonSet, wanted: &str) -> Self {
        let hash = hash_of(wanted, set.status.collision_count);
        let current = KnownRevision {
            name: format!("{}-{hash}", set.metadata.name),
            hash,
            revision: 0,
        };
        Self {
            ids: HashMap::from_iter([(current.hash.clone(), CURRENT)]),
            current,
            old: Vec::new(),
            writes: Vec::new(),
            duplicates: Vec::new(),
            collision: false,
            evidence: Some(Evidence::default()),
        }
    }

    /// Whether these say the same of every pod.
    pub(crate) fn is_alike(&self, other: &Self) -> bool {
        self.current.hash == other.current.hash
            && self.ids == other.ids
            && self.evidence == other.evidence
            && self.duplicates.is_empty() == other.duplicates.is_empty()
    }

    /// Whether the ControllerRevisions were given.
    pub(crate) fn are_given(&self) -> bool {
        self.evidence.is_none()
    }

    /// Sorts the known revisions into current and old, and says what to write about it.
    /// `wanted` is the [`revision_data`](crate::template::revision_data) of the set's template.
    pub(crate) fn resolve(
        set: &DaemonSet,
        selector: &Selector,
        wanted: &str,
        known: &Stored<'_>,
        completeness: Completeness,
    ) -> Self {
        let mut sorted = Sorted::new(set, selector, known, wanted);
        let mut evidence = None;
        let next = sorted.next_number();
        let mut collision = false;
        let current = if let Some(kept) = sorted.current.pop() {
            if kept.revision < next {
                let renumbered = kept.update(next, Reason::CurrentRevision);
                sorted.writes.push(renumbered);
            }
            kept
        } else {
            let hash = hash_of(wanted, set.status.collision_count);
            let name = format!("{}-{hash}", set.metadata.name);
            match known.named(&set.metadata.namespace, &name) {
                // Stored already, but not the set's to write: it serves all the same.
                Some(same) if holding(set, wanted, &[same]) == [true] => KnownRevision {
                    name,
                    hash: same.hash().to_owned(),
                    revision: same.revision,
                },
                other => {
                    collision = other.is_some();
                    if completeness == Completeness::Partial {
                        evidence = Some(Evidence::default());
                    }
                    if !collision {
                        sorted.writes.push(Action::CreateRevision {
                            name: name.clone(),
                            revision: next,
                            hash: hash.clone(),
                        });
                    }
                    KnownRevision {
                        name,
                        hash,
                        revision: next,
                    }
                }
            }
        };
        let mut ids = HashMap::default();
        let old_hashes = sorted.old.iter().map(|revision| &revision.hash);
        for hash in std::iter::once(&current.hash).chain(old_hashes) {
            let next = ids.len();
            ids.entry(hash.clone()).or_insert(next);
        }
        Self {
            current,
            old: sorted.old,
            writes: sorted.writes,
            duplicates: sorted.current.into_iter().map(|r| r.name).collect(),
            collision,
            evidence,
            ids,
        }
    }

    /// Which known hash this is.
    #[inline]
    pub(crate) fn hash_id(&self, hash: &str) -> Option<HashId> {
        if hash.is_empty() {
            return None;
        }
        if hash == self.current.hash {
            return Some(CURRENT);
        }
        self.ids.get(hash).copied()
    }

    /// How many different hashes are known.
    pub(crate) fn hash_count(&self) -> usize {
        self.ids.len()
    }

    /// The old revisions to delete: of those above the limit, from the lowest number up, the
    /// ones that no pod carries. `carried` says so of each hash.
    ///
    /// A carried one is passed over, and the next takes its place.
    /// Source: `spec.revisionHistoryLimit` of the
    /// [DaemonSet](https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/daemon-set-v1/#DaemonSetSpec).
    pub(crate) fn expired<'a>(
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

    /// The version of a pod with these labels, where `hash` is what [`hash_id`](Self::hash_id) says
    /// of theirs. `generation` is the value of the label `pod-template-generation` that counts as
    /// updated too.
    #[inline]
    pub(crate) fn version(
        &self,
        generation: Option<&str>,
        hash: Option<HashId>,
        labels: VersionLabels<'_>,
    ) -> Version {
        // An empty label has no number, but a revision without a hash may be the current one.
        if hash == Some(CURRENT) || labels.hash == Some(self.current.hash.as_str()) {
            return Version::Current;
        }
        let same_generation = generation.is_some() && labels.generation == generation;
        let Some(evidence) = &self.evidence else {
            return if same_generation {
                Version::SameGeneration
            } else {
                Version::Old
            };
        };
        if hash.is_some() && !same_generation {
            return Version::Old;
        }
        let is_current = labels
            .hash
            .is_some_and(|hash| evidence.hashes.contains(hash));
        match (is_current, same_generation) {
            (true, _) => Version::Current,
            (false, true) => Version::SameGeneration,
            (false, false) if evidence.others_are_old && labels.generation.is_some() => {
                Version::Old
            }
            (false, false) => Version::Unknown,
        }
    }
}
