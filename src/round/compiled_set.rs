//! A DaemonSet with everything compiled that a round asks of it.

use crate::api::{DaemonSet, ObjectMeta, Timestamp};
use crate::matching::{ComparisonOperators, Selector, SelectorError};
use crate::outcome::{Action, Outcome, Plan};
use crate::ownership::Claim;
use crate::placement::{Rules, Verdict};
use crate::revision::{Completeness, Evidence, HashId, Revisions, Stored, Version, VersionLabels};
use crate::rollout::{Backoff, Moment, Strategy};
use crate::template::revision_data;
use crate::view::PodView;
use crate::well_known::{CONTROLLER_REVISION_HASH, POD_TEMPLATE_GENERATION, TEMPLATE_GENERATION};

/// How many old revisions are kept where the spec does not say. Source: `spec.revisionHistoryLimit`.
const DEFAULT_HISTORY_LIMIT: i32 = 10;

#[derive(Clone, Debug)]
pub(crate) struct CompiledSet {
    pub set: DaemonSet,
    pub selector: Selector,
    pub rules: Rules,
    pub strategy: Strategy,
    /// Whether the strategy lets a new pod stand beside an old one.
    pub surge: bool,
    /// The template as a revision stores it.
    template_data: String,
    pub revisions: Revisions,
    /// The value of the label `pod-template-generation` that counts as updated too.
    pub template_generation: Option<String>,
}

impl CompiledSet {
    /// Compiles a set of which no revisions are given.
    ///
    /// A malformed selector is an error, unless the set is being deleted: then it is not asked.
    pub(crate) fn new(
        set: &DaemonSet,
        comparison: ComparisonOperators,
    ) -> Result<Self, SelectorError> {
        let selector = match Selector::new(set.spec.selector.as_ref()) {
            Err(error) if !set.metadata.is_terminating() => return Err(error),
            other => other.unwrap_or_else(|_| Selector::nothing()),
        };
        let strategy = Strategy::new(&set.spec);
        let template_data = revision_data(&set.spec.template);
        let generation = (set.metadata.annotations.get(TEMPLATE_GENERATION))
            .and_then(|text| text.parse::<i64>().ok());
        Ok(Self {
            rules: Rules::new(&set.spec.template).with_comparison_operators(comparison),
            surge: strategy.surges(),
            strategy,
            revisions: Revisions::not_given(set, &template_data),
            template_data,
            selector,
            template_generation: generation.map(|number| number.to_string()),
            set: set.clone(),
        })
    }

    /// Takes the known revisions.
    pub(crate) fn resolve(&mut self, known: &Stored<'_>, completeness: Completeness) {
        let Self { set, selector, .. } = self;
        self.revisions =
            Revisions::resolve(set, selector, &self.template_data, known, completeness);
    }

    /// Whether another version of the set asks the same of every node and pod, and both ask
    /// anything.
    pub(crate) fn is_alike(&self, other: &Self) -> bool {
        self.idle().is_none()
            && other.idle().is_none()
            && self.set.metadata.namespace == other.set.metadata.namespace
            && self.set.metadata.uid == other.set.metadata.uid
            && self.set.spec.min_ready_seconds == other.set.spec.min_ready_seconds
            && self.surge == other.surge
            && self.template_generation == other.template_generation
            && self.selector == other.selector
            && self.rules == other.rules
            && self.revisions.is_alike(&other.revisions)
    }

    /// The claim of the set on an object.
    pub(crate) fn claim(&self, object: &ObjectMeta) -> Claim {
        Claim::of(&self.set, &self.selector, object)
    }

    /// The labels that a pod's version is told by. The generation label is looked up only where it
    /// counts.
    #[inline]
    pub(crate) fn version_labels<'a>(&self, pod: &'a impl PodView) -> VersionLabels<'a> {
        VersionLabels {
            hash: pod.label(CONTROLLER_REVISION_HASH),
            generation: (self.template_generation.as_ref())
                .and_then(|_| pod.label(POD_TEMPLATE_GENERATION)),
        }
    }

    /// The version of a pod with these labels, of which the hash is this one, if any is known.
    #[inline]
    pub(crate) fn version(&self, hash: Option<HashId>, labels: VersionLabels<'_>) -> Version {
        self.revisions
            .version(self.template_generation.as_deref(), hash, labels)
    }

    /// The hash of which a claimed pod with these labels tells that it is the current one.
    pub(crate) fn told_hash<'a>(&self, labels: VersionLabels<'a>) -> Option<&'a str> {
        labels.current_hash(self.template_generation.as_deref())
    }

    /// What these [hashes](Self::told_hash) tell of the current revision, where the revisions were not
    /// given.
    pub(crate) fn evidence<'a>(&self, told: impl Iterator<Item = &'a str>) -> Option<Evidence> {
        if self.revisions.are_given() {
            return None;
        }
        let observed = self.set.status.observed_generation >= self.set.metadata.generation;
        let unmoved = observed && self.set.status.updated_number_scheduled == 0;
        Some(Evidence::of(
            self.template_generation.as_deref(),
            unmoved,
            told,
        ))
    }

    /// The set with what its pods tell.
    pub(crate) fn with_evidence(&self, evidence: Evidence) -> Self {
        let mut set = self.clone();
        set.revisions.evidence = Some(evidence);
        set
    }

    /// Whether a claimed pod has to be relabelled to the kept revision before its duplicates go.
    #[inline]
    pub(crate) fn relabels<'a>(&self, hash: impl Fn() -> Option<&'a str>) -> bool {
        let current = self.revisions.current.hash.as_str();
        !self.revisions.duplicates.is_empty() && hash() != Some(current)
    }

    /// How many old revisions are kept.
    pub(crate) fn history_limit(&self) -> i32 {
        let limit = self.set.spec.revision_history_limit;
        limit.unwrap_or(DEFAULT_HISTORY_LIMIT)
    }

    /// What is the same for every node of a round.
    pub(crate) fn moment<'a>(&self, backoff: &'a Backoff, now: Timestamp) -> Moment<'a> {
        Moment {
            now,
            backoff,
            surge: self.surge,
        }
    }

    /// Why nothing at all is decided for the set, if so.
    pub(crate) fn idle(&self) -> Option<Outcome> {
        if self.selector.is_everything() {
            Some(Outcome::SelectingAll)
        } else if self.set.metadata.is_terminating() {
            Some(Outcome::Deleting)
        } else if self.revisions.collision {
            Some(Outcome::Collision)
        } else {
            None
        }
    }

    /// The plan of a round that ends before any pod is looked at.
    pub(crate) fn idle_plan(&self, outcome: Outcome, verdicts: Vec<Verdict>) -> Plan {
        let mut status = self.set.status.clone();
        let actions = match outcome {
            Outcome::SelectingAll => vec![Action::selecting_all()],
            Outcome::Collision => {
                status.collision_count = Some(status.collision_count.unwrap_or(0).wrapping_add(1));
                let mut actions = self.revisions.writes.clone();
                actions.push(Action::UpdateStatus {
                    status: status.clone(),
                });
                actions
            }
            _ => Vec::new(),
        };
        let current = self.revisions.current.clone();
        Plan::idle(outcome, actions, status, current, verdicts)
    }
}
