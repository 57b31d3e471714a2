//! The stalled nodes of a round, sorted by what stalls them.

use std::cell::OnceCell;
use std::collections::BTreeSet;

use daemonset::api::{Pod, Timestamp};

use super::before::failed_before;
use crate::finding::{Finding, UnhealthyNode};
use crate::health::events::{self, NotSetUp};
use crate::health::{NodeProblem, PodProblem};
use crate::round::{NodeSeen, PodRevision, Round, node_of, staying_of};
use crate::stalled::{Stall, Suspect};

/// A node, its pod that fails, and how.
#[derive(Clone, Debug)]
pub(crate) struct Said<'r, 'a> {
    pub node: &'r NodeSeen<'a>,
    pub pod: &'a Pod,
    pub problem: PodProblem,
    /// Whether the pod is of the current revision.
    pub is_new: bool,
    likeness: OnceCell<String>,
}

impl<'r, 'a> Said<'r, 'a> {
    pub fn new(node: &'r NodeSeen<'a>, pod: &'a Pod, problem: PodProblem, is_new: bool) -> Self {
        Self {
            node,
            pod,
            problem,
            is_new,
            likeness: OnceCell::new(),
        }
    }
}

impl Said<'_, '_> {
    /// Whether its sandbox is not set up, as events tell: then no other pod comes up there that needs one.
    pub fn lacks_sandbox(&self, round: &Round<'_>) -> bool {
        let events = round.events_of(self.pod);
        events::not_set_up(&self.problem, events) == Some(NotSetUp::Sandbox)
    }

    /// Until when its kubelet told of it: to this day, or before its node fell silent.
    pub fn told_until(&self, round: &Round<'_>) -> Timestamp {
        let problems = round.node_problems(self.node);
        let dead = problems.iter().find(|problem| problem.is_dead());
        let silent = dead.and_then(NodeProblem::down_since);
        silent.unwrap_or(round.view.now)
    }

    /// Whether neither it nor an event says what it is not set up for.
    pub fn is_silent(&self, round: &Round<'_>) -> bool {
        let is_not_set_up = matches!(
            self.problem,
            PodProblem::NotSetUp { .. } | PodProblem::NotCreated { .. }
        );
        is_not_set_up && events::told(&self.problem, round.events_of(self.pod)).is_none()
    }

    /// What it has in common with pods that fail alike; told once.
    pub fn likeness(&self) -> &str {
        let tell = || self.problem.likeness(&self.pod.metadata.name);
        self.likeness.get_or_init(tell)
    }
}

/// The stalled nodes, sorted by what stalls them.
#[derive(Debug, Default)]
pub(crate) struct Stalls<'r, 'a> {
    pub unhealthy: Vec<UnhealthyNode>,
    /// Failing pods of the new revision that speak against it.
    pub failing_new: Vec<Said<'r, 'a>>,
    /// Other failing pods.
    pub failing: Vec<Said<'r, 'a>>,
    /// Failing old pods that the round deletes: no news, but they tell who is to blame.
    pub failing_leaving: Vec<Said<'r, 'a>>,
    /// Pods of the new revision that failed on nodes that are gone: only what speaks against the revision is news.
    pub failed_on_gone: Vec<Said<'r, 'a>>,
    /// Pods that are rejected or evicted as fast as they are made.
    pub looping: Vec<(Said<'r, 'a>, Vec<NodeProblem>)>,
    pub unscheduled: Vec<Said<'r, 'a>>,
    pub stuck: Vec<&'r NodeSeen<'a>>,
    pub backing_off: Vec<Timestamp>,
    pub waiting: Vec<Timestamp>,
    pub starting: Vec<String>,
    /// Nodes whose pod waits for room that is being made, whether by preemption, and until when at the latest.
    pub room_to_come: Vec<(String, bool, Option<Timestamp>)>,
    pub unready: Vec<String>,
    pub terminating: Vec<String>,
    /// Nodes that are shutting down, and since when.
    pub shutting_down: Vec<(String, Option<Timestamp>)>,
    /// Nodes that are being rebooted, and since when they are down.
    pub rebooting: Vec<(String, Timestamp)>,
    /// Nodes that use up the budget, do not recover with time, and are not acted on in this round.
    pub permanent: Vec<String>,
}

impl<'r, 'a> Stalls<'r, 'a> {
    pub fn new(round: &'r Round<'a>) -> Self {
        let mut all = Self::default();
        let acted_on: BTreeSet<&str> = round.pod_actions().filter_map(node_of).collect();
        let limits = round.limits();
        for (node, stall) in round.stalled_nodes() {
            let spends = limits.is_some_and(|limits| node.state.spends(limits));
            let counts = node.state.counts;
            // Without a budget nothing is spent, and what does not end is news all the same.
            let hangs = limits.is_none()
                && matches!(stall, Stall::StuckTerminating(_) | Stall::UnhealthyNode(_));
            if !spends && !hangs && (!counts.desired || counts.available) {
                continue;
            }
            let acted_on = acted_on.contains(node.name);
            let loops = matches!(stall, Stall::Looping(..));
            if spends && (!acted_on || loops) && stall.is_permanent() {
                all.permanent.push(node.name.to_owned());
            }
            all.add(node, stall.clone(), acted_on, round);
        }
        // What is told of the first of them stands for all.
        for list in [&mut all.failing_new, &mut all.failing] {
            list.sort_by_key(|said| said.is_silent(round));
        }
        all
    }

    fn add(&mut self, node: &'r NodeSeen<'a>, stall: Stall, acted_on: bool, round: &Round<'a>) {
        let name = || node.name.to_owned();
        let of_revision = |revision| {
            let mut pods = staying_of(node, revision);
            pods.find(|pod| !pod.fact.readiness.is_available())
        };
        let new = of_revision(PodRevision::New);
        let is_new = new.is_some();
        let pod = new
            .or_else(|| of_revision(PodRevision::Old))
            .or_else(|| of_revision(PodRevision::Unknown))
            .map(|pod| pod.pod);
        let said = |problem: PodProblem| pod.map(|pod| Said::new(node, pod, problem, is_new));
        match stall {
            Stall::UnhealthyNode(problems) => {
                let before =
                    pod.and_then(|pod| failed_before(pod, round.problems_of(pod), &problems));
                match before.and_then(said) {
                    Some(said) if !problems.contains(&NodeProblem::Missing) => {
                        self.fails(said, Suspect::Pod, acted_on);
                    }
                    Some(said) if said.is_new => self.failed_on_gone.push(said),
                    _ => {}
                }
                self.unhealthy.push(UnhealthyNode {
                    node: name(),
                    pod: pod.and_then(|pod| fault_of(pod, round, &problems)),
                    problems,
                });
            }
            Stall::Failing(problem, suspect) => {
                if let Some(said) = said(problem) {
                    self.fails(said, suspect, acted_on);
                }
            }
            Stall::Looping(problem, of_node) => {
                self.looping
                    .extend(said(problem).map(|said| (said, of_node)));
            }
            Stall::Unscheduled(problem) => self.unscheduled.extend(said(problem)),
            Stall::StuckTerminating(until) => {
                self.stuck.push(node);
                self.waiting.extend(until);
            }
            Stall::BackingOff(until) => self.backing_off.push(until),
            Stall::Waiting(Some(until)) => self.waiting.push(until),
            Stall::Waiting(None) => self.failing.extend(said(PodProblem::undated())),
            Stall::Starting => self.starting.push(name()),
            Stall::RoomToCome { preempted, until } => {
                self.room_to_come.push((name(), preempted, until));
            }
            Stall::Unready => self.unready.push(name()),
            Stall::Terminating => self.terminating.push(name()),
            Stall::Rebooting(since) => self.rebooting.push((name(), since)),
            Stall::ShuttingDown(since) => self.shutting_down.push((name(), since)),
        }
    }

    fn fails(&mut self, said: Said<'r, 'a>, suspect: Suspect, acted_on: bool) {
        let of = match suspect {
            Suspect::Pod if said.is_new => &mut self.failing_new,
            _ if !said.is_new && acted_on => &mut self.failing_leaving,
            _ => &mut self.failing,
        };
        of.push(said);
    }

    /// Puts what pods of a node say before what others say.
    pub fn put_first(&mut self, node: &str) {
        let lists = [
            &mut self.failing_new,
            &mut self.failing,
            &mut self.unscheduled,
        ];
        for list in lists {
            list.sort_by_key(|said| said.node.name != node);
        }
        self.looping.sort_by_key(|(said, _)| said.node.name != node);
    }

    /// That pods wait for room that is being made.
    pub fn room_to_come(&self) -> Option<Finding> {
        let all = &self.room_to_come;
        let until = all.iter().map(|(_, _, until)| *until);
        (!all.is_empty()).then(|| Finding::RoomToCome {
            nodes: all.iter().map(|(node, ..)| node.clone()).collect(),
            preempted: all.iter().all(|(_, preempted, _)| *preempted),
            until: until
                .collect::<Option<Vec<_>>>()
                .and_then(|all| all.into_iter().max()),
        })
    }

    /// That nodes are shutting down.
    pub fn shutting_down(&self) -> Option<Finding> {
        let (nodes, since): (Vec<String>, Vec<Option<Timestamp>>) =
            self.shutting_down.iter().cloned().unzip();
        let since = since.into_iter().flatten().min();
        (!nodes.is_empty()).then_some(Finding::NodesShuttingDown { nodes, since })
    }

    /// That nodes are being rebooted.
    pub fn rebooting(&self) -> Option<Finding> {
        let (nodes, since): (Vec<String>, Vec<Timestamp>) = self.rebooting.iter().cloned().unzip();
        let since = since.into_iter().min()?;
        Some(Finding::NodesRebooting { nodes, since })
    }

    /// The pods that fail, are rejected or wait for a place, and do not get over it.
    pub fn in_vain(&self) -> impl Iterator<Item = &Said<'r, 'a>> {
        let rejected = self.looping.iter().map(|(said, _)| said);
        (rejected.chain(self.all_failing())).chain(&self.unscheduled)
    }

    /// The pods that fail, those of the new revision first.
    pub fn all_failing(&self) -> impl Iterator<Item = &Said<'r, 'a>> + Clone {
        self.failing_new.iter().chain(&self.failing)
    }

    /// Whether no node is stalled.
    pub fn is_empty(&self) -> bool {
        self.unhealthy.is_empty()
            && self.failing_new.is_empty()
            && self.failing.is_empty()
            && self.looping.is_empty()
            && self.unscheduled.is_empty()
            && self.stuck.is_empty()
            && self.backing_off.is_empty()
            && self.waiting.is_empty()
            && self.starting.is_empty()
            && self.room_to_come.is_empty()
            && self.unready.is_empty()
            && self.terminating.is_empty()
            && self.shutting_down.is_empty()
            && self.rebooting.is_empty()
    }
}

/// What a pod on an unhealthy node says itself; nothing of one whose kubelet does not answer.
fn fault_of(pod: &Pod, round: &Round<'_>, problems: &[NodeProblem]) -> Option<String> {
    if problems.iter().any(NodeProblem::is_dead) {
        return None;
    }
    let said = round.problems_of(pod);
    let events = round.events_of(pod);
    let tells =
        |problem: &&PodProblem| problem.is_fault() || events::told(problem, events).is_some();
    let fault = said.iter().find(tells)?;
    Some(round.told(pod, fault))
}
