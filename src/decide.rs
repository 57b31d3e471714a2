//! From counts and queues to a plan.

use crate::action::{Action, EventType, Reason};
use crate::api::Timestamp;
use crate::backoff::Wait;
use crate::hash::HashSet;
use crate::node_state::{NodeState, Pending, PodId};
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
    pub unknown_hash: u32,
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
            recheck: None,
        }
    }

    /// Adds one node.
    #[inline]
    pub fn add(&mut self, state: &NodeState) {
        self.tally += state;
        self.recheck = match (self.recheck, state.recheck()) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        };
    }
}

/// The nodes that have something to do: each list begins with the first by name and is as long
/// as asked for.
pub(crate) trait Work {
    /// Nodes that need a pod whatever the rollout says.
    fn creates(&self, limit: usize) -> Vec<(&str, Reason)>;
    /// Nodes with pods that have to go whatever the rollout says.
    fn deletes(&self, limit: usize) -> Vec<(&str, &Pending)>;
    /// Nodes of a group, with their old pods.
    fn queue(&self, queue: Queue, limit: usize) -> Vec<(&str, PodId)>;
    /// A pod's name.
    fn pod_name(&self, pod: PodId) -> &str;
}

/// Creates and deletes of one round, before they are capped.
#[derive(Default)]
struct Chosen {
    creates: Vec<Action>,
    deletes: Vec<Action>,
    events: Vec<Action>,
    /// Creates and deletes that were not even listed, for being beyond the cap.
    more_creates: usize,
    more_deletes: usize,
}

/// The event on a pod that has ended.
fn ended(reason: Reason, namespace: &str, pod: &str, node: &str) -> Action {
    let (kind, event, how) = match reason {
        Reason::FailedPod => (EventType::Warning, "FailedDaemonPod", "failed"),
        _ => (EventType::Normal, "SucceededDaemonPod", "ended"),
    };
    let message = format!("daemon pod {namespace}/{pod} on node {node} has {how} and is deleted");
    Action::Event {
        kind,
        event,
        message,
    }
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
    let tally = &observed.tally;
    let outcome = if tally.creates > 0 || tally.deletes > 0 {
        chosen.manage(planner, work, tally, &mut backoff);
        Outcome::Managed
    } else {
        match planner.strategy.limits(tally.desired as usize) {
            Err(error) => Outcome::InvalidBudget(error),
            Ok(limits) => {
                budget = limits.map(|limits| Budget::new(limits, tally));
                if let Some(budget) = &budget {
                    chosen.update(budget, work);
                }
                Outcome::Complete
            }
        }
    };
    let mut left = Left {
        held: tally.held as usize,
        unknown_hash: observed.unknown_hash as usize,
        stranded: tally.stranded as usize,
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
    let status = status::status(&planner.set, tally);
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
    /// Takes what the nodes need whatever the rollout says. Pods that have ended are reported,
    /// and their nodes' waits begin, even where the cap keeps them for the next round.
    fn manage(
        &mut self,
        planner: &Planner,
        work: &impl Work,
        tally: &Tally,
        backoff: &mut Vec<(String, Wait)>,
    ) {
        for (node, reason) in work.creates(planner.burst) {
            let node = node.to_owned();
            self.creates.push(Action::CreatePod { node, reason });
        }
        self.more_creates = (tally.creates as usize).saturating_sub(self.creates.len());
        let limit = if tally.ended > 0 {
            usize::MAX
        } else {
            planner.burst
        };
        for (node, pending) in work.deletes(limit) {
            backoff.extend(pending.wait.map(|wait| (node.to_owned(), wait)));
            for &(pod, reason) in &pending.deletes {
                let pod = work.pod_name(pod).to_owned();
                if reason.is_ended() {
                    let namespace = &planner.set.metadata.namespace;
                    self.events.push(ended(reason, namespace, &pod, node));
                }
                let node = node.to_owned();
                self.deletes.push(Action::DeletePod { pod, node, reason });
            }
        }
        self.more_deletes = (tally.deletes as usize).saturating_sub(self.deletes.len());
    }

    /// Takes what the rolling update may do now.
    fn update(&mut self, budget: &Budget, work: &impl Work) {
        for step in budget.steps() {
            let mut limit = step.limit;
            for &queue in step.queues {
                for (node, pod) in work.queue(queue, limit) {
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
        left.creates = self.more_creates + self.creates.len().saturating_sub(burst);
        left.deletes = self.more_deletes + self.deletes.len().saturating_sub(burst);
        self.creates.truncate(burst);
        self.deletes.truncate(burst);
    }
}
