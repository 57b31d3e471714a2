//! From counts and queues to a plan.

use crate::action::{Action, EventType, Reason};
use crate::api::Timestamp;
use crate::hash::HashSet;
use crate::node_state::{Needs, NodeState, PodFact, PodId};
use crate::placement::Verdict;
use crate::plan::{Left, Outcome, Plan, Planner};
use crate::rollout::{Budget, Queue, Take, Tally};
use crate::status;

/// What a round observes of all nodes and pods together.
#[derive(Clone, Debug)]
pub(crate) struct Observed<'a> {
    pub tally: Tally,
    pub adopt: Vec<&'a str>,
    pub release: Vec<&'a str>,
    pub relabel: Vec<&'a str>,
    /// How many claimed pods on nodes carry each known hash.
    pub carried: Vec<u32>,
    pub unknown_hash: usize,
    pub stranded: usize,
    pub held: usize,
    pub recheck: Option<Timestamp>,
}

impl Observed<'_> {
    pub fn new(planner: &Planner) -> Self {
        Self {
            tally: Tally::default(),
            adopt: Vec::new(),
            release: Vec::new(),
            relabel: Vec::new(),
            carried: vec![0; planner.revisions.hash_count()],
            unknown_hash: 0,
            stranded: 0,
            held: 0,
            recheck: None,
        }
    }

    /// Adds one node.
    #[inline]
    pub fn add(&mut self, state: &NodeState, verdict: Option<Verdict>, pods: &[PodFact<'_>]) {
        self.tally += state;
        self.held += state.needs.held as usize;
        if verdict.is_none() {
            self.stranded += pods.iter().filter(|pod| !pod.unbound).count();
        }
        self.recheck = match (self.recheck, state.recheck) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        };
    }
}

/// The nodes that have something to do, in the order of their names.
pub(crate) trait Work {
    /// Nodes that need something whatever the rollout says.
    fn needs(&self) -> impl Iterator<Item = (&str, &Needs)>;
    /// The first nodes of a group, with their old pods.
    fn first(&self, queue: Queue, limit: usize) -> Vec<(&str, PodId)>;
    /// A pod's name.
    fn pod_name(&self, pod: PodId) -> &str;
}

/// Creates and deletes of one round, before they are capped.
#[derive(Default)]
struct Chosen {
    creates: Vec<Action>,
    deletes: Vec<Action>,
    events: Vec<Action>,
}

/// Decides a round that gets as far as looking at pods.
pub(crate) fn decide(
    planner: &Planner,
    observed: &Observed<'_>,
    work: &impl Work,
    placements: Vec<Verdict>,
) -> Plan {
    let revisions = &planner.revisions;
    let mut actions = revisions.writes.clone();
    let pods = sorted(&observed.release).map(|pod| Action::ReleasePod { pod });
    actions.extend(pods);
    let pods = sorted(&observed.adopt).map(|pod| Action::AdoptPod { pod });
    actions.extend(pods);
    let hash = || revisions.current.hash.clone();
    let pods = sorted(&observed.relabel).map(|pod| Action::RelabelPod { pod, hash: hash() });
    actions.extend(pods);
    actions.extend(
        revisions
            .duplicates
            .iter()
            .map(|name| Action::DeleteRevision {
                name: name.clone(),
                reason: Reason::DuplicateRevision,
            }),
    );

    let mut chosen = Chosen::default();
    let mut backoff = Vec::new();
    let mut budget = None;
    let outcome = if observed.tally.needy > 0 {
        for (node, needs) in work.needs() {
            chosen.manage(planner, work, node, needs);
            backoff.extend(needs.wait.map(|wait| (node.to_owned(), wait)));
        }
        Outcome::Managed
    } else {
        match planner.strategy.limits(observed.tally.desired as usize) {
            Err(error) => Outcome::InvalidBudget(error),
            Ok(limits) => {
                budget = limits.map(|limits| Budget::new(limits, &observed.tally));
                if let Some(budget) = &budget {
                    chosen.update(budget, work);
                }
                Outcome::Complete
            }
        }
    };
    let mut left = Left {
        held: observed.held,
        unknown_hash: observed.unknown_hash,
        stranded: observed.stranded,
        ..Left::default()
    };
    chosen.cap(planner.burst, &mut left);
    actions.append(&mut chosen.events);
    actions.append(&mut chosen.deletes);
    actions.append(&mut chosen.creates);
    if !matches!(outcome, Outcome::InvalidBudget(_)) {
        let limit = planner.set.spec.revision_history_limit.unwrap_or(10);
        let expired = revisions.expired(limit, |id| observed.carried[id] > 0);
        actions.extend(expired.map(|revision| Action::DeleteRevision {
            name: revision.name.clone(),
            reason: Reason::HistoryLimit,
        }));
    }
    let status = status::status(&planner.set, &observed.tally);
    if !status::is_unchanged(&planner.set.status, &status) {
        actions.push(Action::UpdateStatus {
            status: status.clone(),
        });
    }
    Plan {
        outcome,
        actions,
        status,
        current_revision: revisions.current.clone(),
        placements,
        budget,
        backoff,
        look_again_at: observed.recheck,
        left,
    }
}

/// Names in order, each once.
fn sorted(names: &[&str]) -> impl Iterator<Item = String> {
    let mut names = names.to_vec();
    names.sort_unstable();
    names.dedup();
    names.into_iter().map(str::to_owned)
}

impl Chosen {
    /// Takes what a node needs whatever the rollout says.
    fn manage(&mut self, planner: &Planner, work: &impl Work, node: &str, needs: &Needs) {
        self.creates
            .extend(needs.create.map(|reason| Action::CreatePod {
                node: node.to_owned(),
                reason,
            }));
        for &(pod, reason) in &needs.deletes {
            let pod = work.pod_name(pod).to_owned();
            let event = match reason {
                Reason::FailedPod => Some((EventType::Warning, "FailedDaemonPod", "failed")),
                Reason::SucceededPod => Some((EventType::Normal, "SucceededDaemonPod", "ended")),
                _ => None,
            };
            if let Some((kind, event, how)) = event {
                let namespace = &planner.set.metadata.namespace;
                self.events.push(Action::Event {
                    kind,
                    event,
                    message: format!(
                        "daemon pod {namespace}/{pod} on node {node} has {how} and is deleted"
                    ),
                });
            }
            self.deletes.push(Action::DeletePod {
                pod,
                node: node.to_owned(),
                reason,
            });
        }
    }

    /// Takes what the rolling update may do now.
    fn update(&mut self, budget: &Budget, work: &impl Work) {
        for step in budget.steps() {
            let mut limit = step.limit;
            for &queue in step.queues {
                for (node, pod) in work.first(queue, limit) {
                    limit -= 1;
                    let node = node.to_owned();
                    match step.take {
                        Take::Create(reason) => {
                            self.creates.push(Action::CreatePod { node, reason });
                        }
                        Take::Delete(reason) => self.deletes.push(Action::DeletePod {
                            pod: work.pod_name(pod).to_owned(),
                            node,
                            reason,
                        }),
                    }
                }
            }
        }
    }

    /// Leaves what goes beyond the cap for the next round, and names no pod twice.
    fn cap(&mut self, burst: usize, left: &mut Left) {
        let mut seen = HashSet::default();
        self.deletes.retain(|action| match action {
            Action::DeletePod { pod, .. } => seen.insert(pod.clone()),
            _ => true,
        });
        left.creates = self.creates.len().saturating_sub(burst);
        left.deletes = self.deletes.len().saturating_sub(burst);
        self.creates.truncate(burst);
        self.deletes.truncate(burst);
    }
}
