//! From a cluster to classified nodes, all at once: claims the pods, sorts them to their nodes and
//! sums up.

use std::borrow::Cow;

use super::CompiledSet;
use super::decide::{Observed, PodName, Work};
use super::in_order::sort_by_name;
use crate::api::{ObjectMeta, Timestamp};
use crate::cluster::Cluster;
use crate::det_map::HashMap;
use crate::outcome::Reason;
use crate::ownership::{Claim, Controller};
use crate::placement::Verdict;
use crate::revision::VersionLabels;
use crate::rollout::{Moment, NodeState, Pending, PodFact, PodId, Queue, Readiness, classify};
use crate::view::{NodeView, PodView};
use crate::well_known::CONTROLLER_REVISION_HASH;

/// One round's work.
#[derive(Clone, Debug)]
pub(crate) struct Snapshot<'a, P> {
    pods: &'a [&'a P],
    pub observed: Observed<'a>,
    creates: Vec<(&'a str, Reason)>,
    deletes: Vec<(&'a str, Box<Pending>)>,
    queued: Vec<(Queue, &'a str, PodId)>,
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

/// A name that a node has or a pod belongs to, and the place of its last pod in the list of facts.
struct Slot<'a> {
    name: &'a str,
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
        visit: impl FnMut(Classified<'a, '_>),
    ) -> Self {
        let nodes = cluster.nodes().iter().zip(verdicts);
        let mut slots: Vec<Slot<'a>> = nodes
            .map(|(node, verdict)| Slot {
                name: node.name(),
                verdict: Some(*verdict),
                last: None,
            })
            .collect();
        let existing = slots.len();
        let mut missing: HashMap<&str, usize> = HashMap::default();
        let mut observed = Observed::new();
        let mut carried = vec![0; set.revisions.hash_count()];
        let mut facts: Vec<Linked<'a>> = Vec::with_capacity(cluster.pods().len());
        for (id, pod) in claimed(set, cluster, &mut observed) {
            let Some(node) = pod.target_node() else {
                continue;
            };
            let labels = set.version_labels(pod);
            let known = labels.hash.and_then(|hash| set.revisions.hash_id(hash));
            match known.and_then(|id| carried.get_mut(id)) {
                Some(count) => *count += 1,
                None => observed.unknown_hash += 1,
            }
            let fact = fact(set, moment.now, pod, id, labels);
            if !fact.phase.counts(fact.terminating) {
                continue;
            }
            let at = match cluster.node_index(node) {
                Some(at) => at as usize,
                None => *missing.entry(node).or_insert_with(|| {
                    slots.push(Slot {
                        name: node,
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
        }
        observed.carried = carried.into();
        let mut snapshot = Self {
            pods: cluster.pods(),
            observed,
            creates: Vec::new(),
            deletes: Vec::new(),
            queued: Vec::new(),
        };
        snapshot.classify(&slots, existing, &facts, moment, visit);
        snapshot
    }

    fn classify(
        &mut self,
        slots: &[Slot<'a>],
        existing: usize,
        facts: &[Linked<'a>],
        moment: Moment<'_>,
        mut visit: impl FnMut(Classified<'a, '_>),
    ) {
        let mut here = Vec::new();
        for (at, slot) in slots.iter().enumerate() {
            here.clear();
            let mut next = slot.last;
            while let Some(linked) = next.and_then(|at| facts.get(at as usize)) {
                here.push(linked.fact);
                next = linked.earlier;
            }
            let state = classify(slot.name, slot.verdict, &mut here, moment);
            self.observed.add(&state);
            visit(Classified {
                name: slot.name,
                node: (at < existing).then_some(at),
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

impl<'a, P: PodView> Snapshot<'a, P> {
    /// The nodes that need a pod, in no order.
    pub(super) fn all_creates(&self) -> impl Iterator<Item = (&'a str, Reason)> {
        self.creates.iter().copied()
    }

    /// The nodes with pods that have to go, in no order.
    pub(super) fn all_deletes(&self) -> impl Iterator<Item = (&str, &Pending)> {
        (self.deletes.iter()).map(|(node, pending)| (*node, &**pending))
    }

    /// The nodes of a group, in no order.
    pub(super) fn queued(&self, queue: Queue) -> impl Iterator<Item = (&'a str, PodId)> {
        let queued = self.queued.iter().filter(move |(of, ..)| *of == queue);
        queued.map(|&(_, node, pod)| (node, pod))
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
        self.queued.iter_mut().for_each(|(.., pod)| number(pod));
    }
}

impl<P: PodView> Work for Snapshot<'_, P> {
    fn creates(&self, limit: usize) -> Vec<(&str, Reason)> {
        first(self.all_creates(), limit)
    }

    fn deletes(&self, limit: usize) -> Vec<(&str, &Pending)> {
        first(self.all_deletes(), limit)
    }

    fn queue(&self, queue: Queue, limit: usize) -> Vec<(&str, PodId)> {
        first(self.queued(queue), limit)
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

/// The first few by node name.
pub(super) fn first<'a, T>(
    nodes: impl Iterator<Item = (&'a str, T)>,
    limit: usize,
) -> Vec<(&'a str, T)> {
    if limit == 0 {
        return Vec::new();
    }
    let mut nodes: Vec<_> = nodes.collect();
    if nodes.len() > limit {
        nodes.select_nth_unstable_by_key(limit, |(node, _)| *node);
        nodes.truncate(limit);
    }
    sort_by_name(&mut nodes, |(node, _)| *node);
    nodes
}

/// What classifying reads of a pod.
#[inline]
fn fact<'a, P: PodView>(
    set: &CompiledSet,
    now: Timestamp,
    pod: &'a P,
    id: PodId,
    labels: VersionLabels<'_>,
) -> PodFact<'a> {
    PodFact {
        unbound: pod.node_name().is_none(),
        created: pod.created(),
        name: pod.name(),
        terminating: pod.is_terminating(),
        phase: pod.phase().into(),
        version: set.version(labels),
        readiness: Readiness::new(pod.ready(), set.set.spec.min_ready_seconds, now),
        id,
    }
}

/// The pods that count for the set; notes what has to be done about their owners and hash labels.
fn claimed<'a, N: NodeView, P: PodView>(
    set: &CompiledSet,
    cluster: &'a Cluster<'a, N, P>,
    observed: &mut Observed<'a>,
) -> Vec<(PodId, &'a P)> {
    let ObjectMeta { namespace, uid, .. } = &set.set.metadata;
    let mut claimed = Vec::new();
    // Pods that another controller owns are never asked.
    let own = cluster.pods_of(namespace, Some(uid));
    let orphans = cluster.orphans_of(namespace, &set.selector);
    for (controller, pods) in [(Controller::ThisSet, own), (Controller::None, &*orphans)] {
        claimed.reserve(pods.len());
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
            claimed.push((id, pod));
        }
    }
    claimed
}

/// The labels of the pods that count for the set.
pub(crate) fn claimed_labels<'a, N: NodeView, P: PodView>(
    set: &CompiledSet,
    cluster: &'a Cluster<'a, N, P>,
) -> Vec<VersionLabels<'a>> {
    let pods = claimed(set, cluster, &mut Observed::new());
    pods.into_iter()
        .map(|(_, pod)| set.version_labels(pod))
        .collect()
}
