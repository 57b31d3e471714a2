//! From nodes and pods as given to classified nodes: claims the pods, sorts them to their nodes
//! and sums up.

use crate::action::Reason;
use crate::api::{HASH_LABEL, Node, Pod, Timestamp};
use crate::claim::{Claim, target_node};
use crate::decide::{Observed, Work};
use crate::hash::HashMap;
use crate::node_state::{
    NodeState, Pending, PodFact, PodId, Readiness, Ready, Round, Version, classify,
};
use crate::placement::Verdict;
use crate::plan::Planner;
use crate::rollout::Queue;

/// One round's work, from slices.
pub(crate) struct Gathered<'a> {
    pods: &'a [Pod],
    pub observed: Observed<'a>,
    creates: Vec<(&'a str, Reason)>,
    deletes: Vec<(&'a str, Box<Pending>)>,
    queued: Vec<(Queue, &'a str, PodId)>,
}

/// A node as the round sees it.
pub(crate) struct Classified<'a, 's> {
    pub name: &'a str,
    /// `None` for a node that does not exist.
    pub verdict: Option<Verdict>,
    pub state: &'s NodeState,
    /// Its claimed pods, each once, the first one first.
    pub pods: &'s [PodFact<'a>],
}

/// A node's name that a node has or a pod belongs to.
struct Slot<'a> {
    name: &'a str,
    /// `None` for a node that does not exist.
    verdict: Option<Verdict>,
    /// The place of its last pod in the list of facts.
    last: Option<u32>,
}

/// A claimed pod, chained to the one before it on the same node.
struct Linked<'a> {
    fact: PodFact<'a>,
    earlier: Option<u32>,
}

impl<'a> Gathered<'a> {
    pub fn new(
        planner: &Planner,
        nodes: &'a [Node],
        placements: &[Verdict],
        pods: &'a [Pod],
        now: Timestamp,
    ) -> Self {
        Self::visiting(planner, nodes, placements, pods, now, |_| {})
    }

    /// Gathers, and shows every classified node.
    pub fn visiting(
        planner: &Planner,
        nodes: &'a [Node],
        placements: &[Verdict],
        pods: &'a [Pod],
        now: Timestamp,
        visit: impl FnMut(Classified<'a, '_>),
    ) -> Self {
        let mut slots = Slots::new(nodes, placements);
        let mut observed = Observed::new(planner);
        let mut facts: Vec<Linked<'a>> = Vec::with_capacity(pods.len());
        for (id, pod) in (0..).zip(pods) {
            if !observed.claim(planner, pod) {
                continue;
            }
            let Some(node) = target_node(pod) else {
                continue;
            };
            observed.carry(planner, pod);
            if pod.is_terminal() && pod.metadata.is_terminating() {
                continue;
            }
            let slot = slots.of(node);
            let link = u32::try_from(facts.len()).ok();
            facts.push(Linked {
                fact: PodFact::of(planner, pod, id, now),
                earlier: std::mem::replace(&mut slot.last, link),
            });
        }
        let mut gathered = Self {
            pods,
            observed,
            creates: Vec::new(),
            deletes: Vec::new(),
            queued: Vec::new(),
        };
        gathered.classify(planner, &slots.list, &facts, now, visit);
        gathered
    }

    fn classify(
        &mut self,
        planner: &Planner,
        slots: &[Slot<'a>],
        facts: &[Linked<'a>],
        now: Timestamp,
        mut visit: impl FnMut(Classified<'a, '_>),
    ) {
        let round = Round::new(planner, now);
        let mut here = Vec::new();
        for slot in slots {
            here.clear();
            let mut next = slot.last;
            while let Some(linked) = next.and_then(|at| facts.get(at as usize)) {
                here.push(linked.fact);
                next = linked.earlier;
            }
            let state = classify(slot.name, slot.verdict, &mut here, round);
            self.observed.add(&state);
            visit(Classified {
                name: slot.name,
                verdict: slot.verdict,
                state: &state,
                pods: &here,
            });
            if let Some((queue, pod)) = Queue::of(state.shape) {
                self.queued.push((queue, slot.name, pod));
            }
            if let Some(reason) = state.create {
                self.creates.push((slot.name, reason));
            }
            if let Some(pending) = state.pending.filter(|p| !p.deletes.is_empty()) {
                self.deletes.push((slot.name, pending));
            }
        }
    }
}

impl Work for Gathered<'_> {
    fn creates(&self, limit: usize) -> Vec<(&str, Reason)> {
        first(self.creates.iter().copied(), limit)
    }

    fn deletes(&self, limit: usize) -> Vec<(&str, &Pending)> {
        first(
            (self.deletes.iter()).map(|(node, pending)| (*node, &**pending)),
            limit,
        )
    }

    fn queue(&self, queue: Queue, limit: usize) -> Vec<(&str, PodId)> {
        let queued = self.queued.iter().filter(|(of, ..)| *of == queue);
        first(queued.map(|&(_, node, pod)| (node, pod)), limit)
    }

    fn pod_name(&self, pod: PodId) -> &str {
        &self.pods[pod as usize].metadata.name
    }
}

/// The first few by node name.
fn first<'a, T>(nodes: impl Iterator<Item = (&'a str, T)>, limit: usize) -> Vec<(&'a str, T)> {
    if limit == 0 {
        return Vec::new();
    }
    let mut nodes: Vec<_> = nodes.collect();
    if nodes.len() > limit {
        nodes.select_nth_unstable_by_key(limit, |(node, _)| *node);
        nodes.truncate(limit);
    }
    nodes.sort_unstable_by_key(|(node, _)| *node);
    nodes
}

/// The node names of a round, each once.
struct Slots<'a> {
    list: Vec<Slot<'a>>,
    by_name: HashMap<&'a str, usize>,
}

impl<'a> Slots<'a> {
    /// A node given twice counts once, with the verdict that allows less.
    fn new(nodes: &'a [Node], placements: &[Verdict]) -> Self {
        let mut slots = Self {
            list: Vec::with_capacity(nodes.len()),
            by_name: HashMap::with_capacity_and_hasher(
                nodes.len(),
                crate::hash::FixedState::default(),
            ),
        };
        for (node, verdict) in nodes.iter().zip(placements) {
            let slot = slots.of(&node.metadata.name);
            slot.verdict = Some(slot.verdict.map_or(*verdict, |other| other.min(*verdict)));
        }
        slots
    }

    fn of(&mut self, name: &'a str) -> &mut Slot<'a> {
        let at = *self.by_name.entry(name).or_insert_with(|| {
            self.list.push(Slot {
                name,
                verdict: None,
                last: None,
            });
            self.list.len() - 1
        });
        &mut self.list[at]
    }
}

impl<'a> PodFact<'a> {
    /// What classifying reads of a pod.
    fn of(planner: &Planner, pod: &'a Pod, id: PodId, now: Timestamp) -> Self {
        Self {
            unbound: pod.spec.node_name.is_empty(),
            created: pod.metadata.creation_timestamp,
            name: &pod.metadata.name,
            terminating: pod.metadata.is_terminating(),
            phase: pod.status.phase.into(),
            version: Version::of(planner, &pod.metadata.labels),
            readiness: Readiness::new(Ready::of(pod), planner.set.spec.min_ready_seconds, now),
            id,
        }
    }
}

impl<'a> Observed<'a> {
    /// Whether the pod counts for the set; notes what has to be done about its owner and its
    /// hash label.
    fn claim(&mut self, planner: &Planner, pod: &'a Pod) -> bool {
        let name = pod.metadata.name.as_str();
        match Claim::of(&planner.set, &planner.selector, &pod.metadata) {
            Claim::Ignore => return false,
            Claim::Release => {
                self.release.push(name);
                return false;
            }
            Claim::Adopt => self.adopt.push(name),
            Claim::Own => {}
        }
        let hash = pod.metadata.labels.get(HASH_LABEL);
        let kept = planner.revisions.current.hash.as_str();
        if !planner.revisions.duplicates.is_empty() && hash != Some(kept) {
            self.relabel.push(name);
        }
        true
    }

    /// Notes which revision a pod on a node carries.
    fn carry(&mut self, planner: &Planner, pod: &Pod) {
        let hash = pod.metadata.labels.get(HASH_LABEL);
        match hash.and_then(|hash| planner.revisions.hash_id(hash)) {
            Some(id) => self.carried[id] += 1,
            None => self.unknown_hash += 1,
        }
    }
}
