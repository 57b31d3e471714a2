//! From a cluster to classified nodes, all at once: claims the pods, sorts them to their nodes and
//! sums up.

use std::borrow::Cow;

use super::CompiledSet;
use super::decide::{Observed, PodName, Work};
use crate::api::{ObjectMeta, Timestamp};
use crate::cluster::{Cluster, Order, in_order, sorted_by_name};
use crate::det_map::HashMap;
use crate::outcome::Reason;
use crate::ownership::{Claim, Controller};
use crate::placement::Verdict;
use crate::revision::{Version, VersionLabels};
use crate::rollout::{
    Classifier, Moment, NodeState, Pending, PodFact, PodId, Queue, Readiness, Sum,
};
use crate::view::{NodeView, PodView};
use crate::well_known::CONTROLLER_REVISION_HASH;

/// One round's work.
#[derive(Clone, Debug)]
pub(crate) struct Snapshot<'a, P> {
    pods: &'a [&'a P],
    pub observed: Observed<'a>,
    /// In which order its nodes are listed.
    order: Order,
    creates: Vec<(&'a str, Reason)>,
    deletes: Vec<(&'a str, Box<Pending>)>,
    /// The groups that have any nodes, with these.
    queued: Vec<(Queue, Vec<(&'a str, PodId)>)>,
}

/// A node as the round sees it.
pub(crate) struct Classified<'a, 's> {
    pub name: &'a str,
    /// Its place among the cluster's nodes; `None` for a node that does not exist.
    pub node: Option<usize>,
    pub verdict: Option<Verdict>,
    pub state: &'s NodeState,
    /// Its claimed pods, the first one first.
    pub pods: &'s [PodFact<'a>],
}

/// What a name has that a node has or a pod belongs to: the verdict on the node, and the place of its
/// last pod in the list of facts.
struct Slot {
    verdict: Option<Verdict>,
    last: Option<u32>,
}

/// A claimed pod, chained to the one before it on the same node.
struct Linked<'a> {
    fact: PodFact<'a>,
    earlier: Option<u32>,
}

impl<'a, P: PodView> Snapshot<'a, P> {
    /// Looks at the whole cluster, and shows every classified node.
    pub(crate) fn new<N: NodeView>(
        set: &CompiledSet,
        moment: Moment<'_>,
        cluster: &'a Cluster<'a, N, P>,
        verdicts: &[Verdict],
        order: Order,
        visit: impl FnMut(Classified<'a, '_>),
    ) -> Self {
        let slots = verdicts.iter().map(|verdict| Slot {
            verdict: Some(*verdict),
            last: None,
        });
        let mut slots: Vec<Slot> = slots.collect();
        let mut names = Cow::Borrowed(cluster.node_names());
        let existing = slots.len();
        let mut missing: HashMap<&str, usize> = HashMap::default();
        let mut observed = Observed::new();
        let mut carried = vec![0; set.revisions.hash_count()];
        let mut unknown_hash = 0;
        let mut facts: Vec<Linked<'a>> = Vec::with_capacity(cluster.pods().len());
        claim(set, cluster, &mut observed, |id, pod| {
            let Some(node) = pod.target_node() else {
                return;
            };
            let labels = set.version_labels(pod);
            let hash = labels.hash.and_then(|hash| set.revisions.hash_id(hash));
            match hash.and_then(|hash| carried.get_mut(hash)) {
                Some(count) => *count += 1,
                None => unknown_hash += 1,
            }
            let fact = fact(set, moment.now, pod, id, set.version(hash, labels));
            if !fact.phase.counts(fact.terminating) {
                return;
            }
            let at = match cluster.node_index(node) {
                Some(at) => at as usize,
                None => *missing.entry(node).or_insert_with(|| {
                    names.to_mut().push(node);
                    slots.push(Slot {
                        verdict: None,
                        last: None,
                    });
                    slots.len() - 1
                }),
            };
            let link = u32::try_from(facts.len()).ok();
            let earlier =
                (slots.get_mut(at)).and_then(|slot| std::mem::replace(&mut slot.last, link));
            facts.push(Linked { fact, earlier });
        });
        observed.unknown_hash = unknown_hash;
        observed.carried = carried.into();
        let mut snapshot = Self {
            pods: cluster.pods(),
            observed,
            order,
            creates: Vec::new(),
            deletes: Vec::new(),
            queued: Vec::new(),
        };
        match order {
            Order::AsGiven => {
                let slots = slots.iter().enumerate().zip(&*names);
                let slots = slots.map(|((at, slot), name)| (at, *name, slot));
                snapshot.classify(slots, existing, &mut facts, moment, visit);
            }
            Order::ByName => {
                let places = by_name(&names, cluster.nodes_in_order());
                let places = places.iter().map(|at| *at as usize);
                let slots = places.filter_map(|at| Some((at, *names.get(at)?, slots.get(at)?)));
                snapshot.classify(slots, existing, &mut facts, moment, visit);
            }
        }
        snapshot
    }

    fn classify<'s>(
        &mut self,
        slots: impl Iterator<Item = (usize, &'a str, &'s Slot)>,
        existing: usize,
        facts: &mut [Linked<'a>],
        moment: Moment<'_>,
        mut visit: impl FnMut(Classified<'a, '_>),
    ) {
        let mut several = Vec::new();
        let mut classifier = Classifier::default();
        for (at, name, slot) in slots {
            let here = on_one_node(facts, slot.last, &mut several);
            let state = classifier.classify(name, slot.verdict, here, moment);
            visit(Classified {
                name,
                node: (at < existing).then_some(at),
                verdict: slot.verdict,
                state,
                pods: here,
            });
            if let Some((queue, pod)) = Queue::of(state.shape) {
                self.enqueue(queue, name, pod);
            }
            if let Some(reason) = state.create {
                self.creates.push((name, reason));
            }
            if let Some(pending) = state.pending.take_if(|p| !p.deletes.is_empty()) {
                self.deletes.push((name, pending));
            }
        }
        Sum {
            tally: self.observed.tally,
            recheck: self.observed.recheck,
        } = classifier.sum();
    }
}

impl<'a, P: PodView> Snapshot<'a, P> {
    #[inline]
    fn enqueue(&mut self, queue: Queue, node: &'a str, pod: PodId) {
        match self.queued.iter_mut().find(|(of, _)| *of == queue) {
            Some((_, nodes)) => nodes.push((node, pod)),
            None => self.queued.push((queue, vec![(node, pod)])),
        }
    }

    /// The nodes that need a pod.
    pub(super) fn all_creates(&self) -> impl Iterator<Item = (&'a str, Reason)> {
        self.creates.iter().copied()
    }

    /// The nodes with pods that have to go.
    pub(super) fn all_deletes(&self) -> impl Iterator<Item = (&str, &Pending)> {
        (self.deletes.iter()).map(|(node, pending)| (*node, &**pending))
    }

    /// The nodes of a group.
    pub(super) fn queued(&self, queue: Queue) -> impl Iterator<Item = (&'a str, PodId)> {
        let queued = self.queued.iter().find(|(of, _)| *of == queue);
        queued.into_iter().flat_map(|(_, nodes)| nodes).copied()
    }

    /// In which order these nodes come.
    pub(super) fn order(&self) -> Order {
        self.order
    }

    /// How many pods there are, among which its own are numbered.
    pub(super) fn len(&self) -> PodId {
        PodId::try_from(self.pods.len()).unwrap_or(PodId::MAX)
    }

    /// Numbers the pods of its nodes from this on. [`Work::pod`] takes them as they were.
    pub(super) fn number_from(&mut self, start: PodId) {
        let number = |pod: &mut PodId| *pod = pod.saturating_add(start);
        for (_, pending) in &mut self.deletes {
            pending.deletes.iter_mut().for_each(|(pod, _)| number(pod));
        }
        let queued = self.queued.iter_mut().flat_map(|(_, nodes)| nodes);
        queued.for_each(|(_, pod)| number(pod));
    }
}

impl<P: PodView> Work for Snapshot<'_, P> {
    fn creates(&self, limit: usize) -> Vec<(&str, Reason)> {
        first(self.all_creates(), limit, self.order)
    }

    fn deletes(&self, limit: usize) -> Vec<(&str, &Pending)> {
        first(self.all_deletes(), limit, self.order)
    }

    fn queue(&self, queue: Queue, limit: usize) -> Vec<(&str, PodId)> {
        first(self.queued(queue), limit, self.order)
    }

    fn pod(&self, pod: PodId) -> PodName<'_> {
        self.pods
            .get(pod as usize)
            .map_or_else(PodName::default, |pod| PodName::of(*pod))
    }
}

impl<'a> PodName<'a> {
    fn of(pod: &'a impl PodView) -> Self {
        Self {
            name: pod.name(),
            uid: Cow::Borrowed(pod.uid()),
        }
    }
}

/// The first few by node name, of nodes in this order.
pub(super) fn first<'a, T: Copy>(
    nodes: impl Iterator<Item = (&'a str, T)>,
    limit: usize,
    order: Order,
) -> Vec<(&'a str, T)> {
    if limit == 0 || order == Order::ByName {
        return nodes.take(limit).collect();
    }
    let mut nodes: Vec<_> = nodes.collect();
    if nodes.len() > limit {
        nodes.select_nth_unstable_by_key(limit, |(node, _)| *node);
        nodes.truncate(limit);
    }
    sorted_by_name(nodes, |(node, _)| *node)
}

/// The places of these names in their order, where this is the order of those that nodes have.
fn by_name<'c>(names: &[&str], of_nodes: &'c [u32]) -> Cow<'c, [u32]> {
    if names.len() == of_nodes.len() {
        return Cow::Borrowed(of_nodes);
    }
    let order = in_order(names, |name| name);
    let order = order.unwrap_or_else(|| (0..).zip(names).map(|(at, _)| at).collect());
    order.into()
}

/// The pods of a node, of which this is the last one. Several are copied, so that they lie side by
/// side.
#[inline]
fn on_one_node<'f, 'a>(
    facts: &'f mut [Linked<'a>],
    last: Option<u32>,
    several: &'f mut Vec<PodFact<'a>>,
) -> &'f mut [PodFact<'a>] {
    let Some(last) = last.map(|at| at as usize) else {
        return &mut [];
    };
    if facts.get(last).is_some_and(|last| last.earlier.is_none()) {
        let only = facts.get_mut(last).map(|last| &mut last.fact);
        return only.map(std::slice::from_mut).unwrap_or_default();
    }
    several.clear();
    let mut next = facts.get(last);
    while let Some(linked) = next {
        several.push(linked.fact);
        next = linked.earlier.and_then(|at| facts.get(at as usize));
    }
    several
}

/// What classifying reads of a pod.
#[inline]
fn fact<'a, P: PodView>(
    set: &CompiledSet,
    now: Timestamp,
    pod: &'a P,
    id: PodId,
    version: Version,
) -> PodFact<'a> {
    PodFact {
        unbound: pod.node_name().is_none(),
        created: pod.created(),
        name: pod.name(),
        terminating: pod.is_terminating(),
        phase: pod.phase().into(),
        version,
        readiness: Readiness::new(pod.ready(), set.set.spec.min_ready_seconds, now),
        id,
    }
}

/// Shows the pods that count for the set; notes what has to be done about their owners and hash
/// labels.
fn claim<'a, N: NodeView, P: PodView>(
    set: &CompiledSet,
    cluster: &'a Cluster<'a, N, P>,
    observed: &mut Observed<'a>,
    mut visit: impl FnMut(PodId, &'a P),
) {
    let ObjectMeta { namespace, uid, .. } = &set.set.metadata;
    // Pods that another controller owns are never asked.
    let own = cluster.pods_of(namespace, Some(uid));
    let orphans = cluster.orphans_of(namespace, &set.selector);
    for (controller, pods) in [(Controller::ThisSet, own), (Controller::None, &*orphans)] {
        for &id in pods {
            let Some(&pod) = cluster.pods().get(id as usize) else {
                continue;
            };
            let matches = || set.selector.selects(pod);
            match Claim::decide(controller, pod.is_terminating(), matches) {
                Claim::Ignore => continue,
                Claim::Release => {
                    observed.release.push(PodName::of(pod));
                    continue;
                }
                Claim::Adopt => observed.adopt.push(PodName::of(pod)),
                Claim::Own => {}
            }
            if set.relabels(|| pod.label(CONTROLLER_REVISION_HASH)) {
                observed.relabel.push(PodName::of(pod));
            }
            visit(id, pod);
        }
    }
}

/// The labels of the pods that count for the set.
pub(crate) fn claimed_labels<'a, N: NodeView, P: PodView>(
    set: &CompiledSet,
    cluster: &'a Cluster<'a, N, P>,
) -> Vec<VersionLabels<'a>> {
    let mut labels = Vec::new();
    claim(set, cluster, &mut Observed::new(), |_, pod| {
        labels.push(set.version_labels(pod));
    });
    labels
}
