//! From counts and queues to a plan.

use std::borrow::Cow;

use super::CompiledSet;
use crate::api::Timestamp;
use crate::outcome::{self, Action, Deferred, EventReason, EventType, Outcome, Plan, Reason};
use crate::placement::Verdict;
use crate::rollout::{BegunWait, Budget, BudgetError, Limits, Pending, PodId, Queue, Take, Tally};

/// A pod's name and UID.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct PodName<'a> {
    pub name: &'a str,
    pub uid: Cow<'a, str>,
}

/// What a round observes of all nodes and pods together.
#[derive(Clone, Debug)]
pub(crate) struct Observed<'a> {
    pub tally: Tally,
    pub adopt: Vec<PodName<'a>>,
    pub release: Vec<PodName<'a>>,
    pub relabel: Vec<PodName<'a>>,
    /// How many claimed pods on nodes carry each known hash.
    pub carried: Cow<'a, [u32]>,
    pub unknown_hash: u32,
    pub recheck: Option<Timestamp>,
}

impl Observed<'_> {
    pub(crate) fn new() -> Self {
        Self {
            tally: Tally::default(),
            adopt: Vec::new(),
            release: Vec::new(),
            relabel: Vec::new(),
            carried: Cow::default(),
            unknown_hash: 0,
            recheck: None,
        }
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
    /// A pod's name and UID.
    fn pod(&self, pod: PodId) -> PodName<'_>;
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

/// The event on a pod that has ended, in Kubernetes's words: people and tools know them.
pub(crate) fn ended(reason: Reason, namespace: &str, pod: &str, node: &str) -> Action {
    let (kind, event, how, end) = match reason {
        Reason::FailedPod => (
            EventType::Warning,
            EventReason::FailedDaemonPod,
            "failed",
            "kill",
        ),
        _ => (
            EventType::Normal,
            EventReason::SucceededDaemonPod,
            "succeeded",
            "delete",
        ),
    };
    let message =
        format!("Found {how} daemon pod {namespace}/{pod} on node {node}, will try to {end} it");
    Action::Event {
        kind,
        event,
        message,
    }
}

/// The caps of a round.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Caps {
    /// How many pods are created, and how many deleted, at most.
    pub burst: usize,
}

/// The limits and the budget of a set with these counts; no budget without a rolling update.
pub(crate) fn budget(
    set: &CompiledSet,
    tally: &Tally,
) -> Result<Option<(Limits, Budget)>, BudgetError> {
    let limits = set.strategy.limits(tally.desired as usize)?;
    Ok(limits.map(|limits| (limits, Budget::new(limits, tally))))
}

/// Decides a round that gets as far as looking at pods.
pub(crate) fn decide(
    set: &CompiledSet,
    caps: Caps,
    observed: &Observed<'_>,
    work: &impl Work,
    verdicts: Vec<Verdict>,
) -> Plan {
    let revisions = &set.revisions;
    let mut actions = revisions.writes.clone();
    let pods = sorted(&observed.release).map(|(pod, uid)| Action::ReleasePod { pod, uid });
    actions.extend(pods);
    let pods = sorted(&observed.adopt).map(|(pod, uid)| Action::AdoptPod { pod, uid });
    actions.extend(pods);
    let hash = || revisions.current.hash.clone();
    let pods = sorted(&observed.relabel).map(|(pod, uid)| Action::RelabelPod {
        pod,
        uid,
        hash: hash(),
    });
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
    let mut begun_waits = Vec::new();
    let mut spent = None;
    let tally = &observed.tally;
    let outcome = if tally.creates > 0 || tally.deletes > 0 {
        chosen.manage(set, caps, work, tally, &mut begun_waits);
        Outcome::Managed
    } else {
        match budget(set, tally) {
            Err(error) => Outcome::InvalidBudget(error),
            Ok(budget) => {
                spent = budget.map(|(_, budget)| budget);
                if let Some(budget) = &spent {
                    for turn in turns(budget, work, Turns::Now) {
                        chosen.take(turn, work);
                    }
                }
                Outcome::Complete
            }
        }
    };
    let mut deferred = Deferred {
        backing_off: tally.backing_off as usize,
        unknown_hash: observed.unknown_hash as usize,
        undecided: tally.undecided as usize,
        on_missing_nodes: tally.on_missing_nodes as usize,
        ..Deferred::default()
    };
    chosen.cap(caps, &mut deferred);
    actions.append(&mut chosen.events);
    actions.append(&mut chosen.deletes);
    actions.append(&mut chosen.creates);
    if !matches!(outcome, Outcome::InvalidBudget(_)) {
        let carried = |id| observed.carried.get(id).is_some_and(|&count| count > 0);
        let expired = revisions.expired(set.history_limit(), carried);
        actions.extend(expired.map(|revision| Action::DeleteRevision {
            name: revision.name.clone(),
            reason: Reason::HistoryLimit,
        }));
    }
    let mut status = outcome::status(&set.set, tally);
    if deferred.undecided > 0 {
        // The current revision may be stored already.
        actions.retain(|action| !matches!(action, Action::CreateRevision { .. }));
        status.updated_number_scheduled = set.set.status.updated_number_scheduled;
    } else if !outcome::is_unchanged(&set.set.status, &status) {
        actions.push(Action::UpdateStatus {
            status: status.clone(),
        });
    }
    Plan {
        outcome,
        actions,
        status,
        current_revision: revisions.current.clone(),
        verdicts,
        budget: spent,
        begun_waits,
        look_again_at: observed.recheck,
        deferred,
    }
}

/// Names in order.
fn sorted(names: &[PodName<'_>]) -> impl Iterator<Item = (String, String)> {
    let mut names = names.to_vec();
    names.sort_unstable();
    (names.into_iter()).map(|pod| (pod.name.to_owned(), pod.uid.into_owned()))
}

/// A node's turn in a rolling update.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Turn<'a> {
    pub node: &'a str,
    /// Its old pod.
    pub pod: PodId,
    pub queue: Queue,
    pub take: Take,
}

/// Which turns are asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Turns {
    /// Those that the budget has room for.
    Now,
    /// Those that wait for their turn too.
    All,
}

/// The turns that a rolling update with this budget has, in order.
pub(crate) fn turns<'a>(budget: &Budget, work: &'a impl Work, which: Turns) -> Vec<Turn<'a>> {
    let mut turns = Vec::new();
    let queue = |queue, limit| work.queue(queue, limit);
    each_turn(budget, which, queue, |turn| turns.push(turn));
    turns
}

/// Tells the turns that a rolling update with this budget has, in order. `nodes_of` a queue are the first
/// by name, so many at least.
pub(super) fn each_turn<'a, Q: IntoIterator<Item = (&'a str, PodId)>>(
    budget: &Budget,
    which: Turns,
    nodes_of: impl Fn(Queue, usize) -> Q,
    mut tell: impl FnMut(Turn<'a>),
) {
    budget.each_step(|step| {
        let mut room = step.limit;
        for &queue in step.queues {
            let limit = match which {
                Turns::Now if room == 0 => break,
                Turns::Now => room,
                Turns::All => usize::MAX,
            };
            for (node, pod) in nodes_of(queue, limit) {
                tell(Turn {
                    node,
                    pod,
                    queue,
                    take: step.take,
                });
                room = room.saturating_sub(1);
            }
        }
    });
}

impl Turn<'_> {
    /// What is done when the node has its turn.
    pub(super) fn action(&self, work: &impl Work) -> Action {
        let node = self.node.to_owned();
        match self.take {
            Take::Create(reason) => Action::CreatePod { node, reason },
            Take::Delete(reason) => {
                let PodName { name, uid } = work.pod(self.pod);
                Action::DeletePod {
                    pod: name.to_owned(),
                    uid: uid.into_owned(),
                    node,
                    reason,
                }
            }
        }
    }
}

impl Chosen {
    /// Takes what the nodes need whatever the rollout says. Pods that have ended are reported,
    /// and their nodes' waits begin, even where the cap keeps them for the next round.
    fn manage(
        &mut self,
        set: &CompiledSet,
        caps: Caps,
        work: &impl Work,
        tally: &Tally,
        begun_waits: &mut Vec<BegunWait>,
    ) {
        for (node, reason) in work.creates(caps.burst) {
            let node = node.to_owned();
            self.creates.push(Action::CreatePod { node, reason });
        }
        self.more_creates = (tally.creates as usize).saturating_sub(self.creates.len());
        let limit = if tally.ended > 0 {
            usize::MAX
        } else {
            caps.burst
        };
        for (node, pending) in work.deletes(limit) {
            begun_waits.extend(pending.wait.map(|wait| BegunWait {
                node: node.to_owned(),
                wait,
            }));
            for &(pod, reason) in &pending.deletes {
                let PodName { name, uid } = work.pod(pod);
                if reason.is_ended() {
                    let namespace = &set.set.metadata.namespace;
                    self.events.push(ended(reason, namespace, name, node));
                }
                self.deletes.push(Action::DeletePod {
                    pod: name.to_owned(),
                    uid: uid.into_owned(),
                    node: node.to_owned(),
                    reason,
                });
            }
        }
        self.more_deletes = (tally.deletes as usize).saturating_sub(self.deletes.len());
    }

    /// Takes a node's turn in the rolling update.
    fn take(&mut self, turn: Turn<'_>, work: &impl Work) {
        let action = turn.action(work);
        match turn.take {
            Take::Create(_) => self.creates.push(action),
            Take::Delete(_) => self.deletes.push(action),
        }
    }

    /// Leaves what goes beyond the cap for the next round.
    fn cap(&mut self, caps: Caps, deferred: &mut Deferred) {
        deferred.creates = self.more_creates + self.creates.len().saturating_sub(caps.burst);
        deferred.deletes = self.more_deletes + self.deletes.len().saturating_sub(caps.burst);
        self.creates.truncate(caps.burst);
        self.deletes.truncate(caps.burst);
    }
}
