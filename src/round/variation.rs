//! The plan of a round in which a few nodes are otherwise: the others are not looked at again.

use super::decide::{Caps, Observed, PodName, Work, decide};
use super::one_shot::first;
use super::{CompiledSet, RoundView, Snapshot};
use crate::cluster::{Cluster, Order};
use crate::det_map::HashSet;
use crate::outcome::{Plan, Reason};
use crate::placement::Verdict;
use crate::rollout::{Backoff, Pending, PodId, Queue};
use crate::view::{NodeView, PodView};
use crate::well_known::CONTROLLER_REVISION_HASH;

/// A snapshot in which some nodes are taken from another one.
struct Varied<'v, P> {
    whole: &'v Snapshot<'v, P>,
    /// The nodes that are otherwise.
    changed: &'v HashSet<&'v str>,
    /// These nodes as they are then. Its pods are numbered behind those of the whole.
    after: &'v Snapshot<'v, P>,
    behind: PodId,
}

impl<'v, P: PodView> Varied<'v, P> {
    fn both<T: Copy>(
        &self,
        limit: usize,
        whole: impl Iterator<Item = (&'v str, T)>,
        after: impl Iterator<Item = (&'v str, T)>,
    ) -> Vec<(&'v str, T)> {
        // However many of the first are changed, enough are left.
        let enough = limit.saturating_add(self.changed.len());
        let enough = first(whole, enough, self.whole.order()).into_iter();
        let kept = enough.filter(|(node, _)| !self.changed.contains(node));
        first(kept.chain(after), limit, Order::AsGiven)
    }
}

impl<P: PodView> Work for Varied<'_, P> {
    fn creates(&self, limit: usize) -> Vec<(&str, Reason)> {
        let (whole, after) = (self.whole.all_creates(), self.after.all_creates());
        self.both(limit, whole, after)
    }

    fn deletes(&self, limit: usize) -> Vec<(&str, &Pending)> {
        let (whole, after) = (self.whole.all_deletes(), self.after.all_deletes());
        self.both(limit, whole, after)
    }

    fn queue(&self, queue: Queue, limit: usize) -> Vec<(&str, PodId)> {
        let (whole, after) = (self.whole.queued(queue), self.after.queued(queue));
        self.both(limit, whole, after)
    }

    fn pod(&self, pod: PodId) -> PodName<'_> {
        match pod.checked_sub(self.behind) {
            Some(pod) => self.after.pod(pod),
            None => self.whole.pod(pod),
        }
    }
}

impl<N: NodeView, P: PodView> RoundView<'_, N, P> {
    /// What [`Planner::plan_varied`](crate::Planner::plan_varied) tells.
    pub(crate) fn varied(
        &self,
        set: &CompiledSet,
        backoff: &Backoff,
        caps: Caps,
        nodes: &[&str],
        after: &Cluster<'_, N, P>,
    ) -> Option<Plan> {
        let whole = self.snapshot.as_ref()?;
        let (seen_by, known) = &*self.seen_by;
        let is_alike = set.revisions.are_given() && set.is_alike(seen_by);
        if !is_alike || backoff != known {
            return None;
        }
        let changed: HashSet<&str> = nodes.iter().copied().collect();
        let mut observed = self.without(set, whole, &changed);
        let verdicts: Vec<Verdict> = (after.nodes().iter())
            .map(|node| set.rules.verdict(*node))
            .collect();
        let moment = set.moment(backoff, self.now);
        let mut is_foreign = false;
        let order = Order::AsGiven;
        let mut after = Snapshot::new(set, moment, after, &verdicts, order, |classified| {
            is_foreign |= !changed.contains(classified.name);
            observed.tally += classified.state;
        });
        if is_foreign {
            return None;
        }
        let moments = [observed.recheck, after.observed.recheck];
        observed.recheck = moments.into_iter().flatten().min();
        for (sum, more) in observed
            .carried
            .to_mut()
            .iter_mut()
            .zip(&*after.observed.carried)
        {
            *sum = sum.wrapping_add(*more);
        }
        observed.unknown_hash = observed
            .unknown_hash
            .wrapping_add(after.observed.unknown_hash);
        observed.adopt.append(&mut after.observed.adopt);
        observed.release.append(&mut after.observed.release);
        observed.relabel.append(&mut after.observed.relabel);
        let behind = whole.len();
        after.number_from(behind);
        let work = Varied {
            whole,
            changed: &changed,
            after: &after,
            behind,
        };
        Some(decide(set, caps, &observed, &work, Vec::new()))
    }

    /// What was observed, but for these nodes and their pods.
    fn without<'v>(
        &'v self,
        set: &CompiledSet,
        whole: &'v Snapshot<'_, P>,
        changed: &HashSet<&str>,
    ) -> Observed<'v> {
        let mut observed: Observed<'v> = whole.observed.clone();
        let mut gone: HashSet<&str> = HashSet::default();
        // Of the nodes that are left the first is another one only where it was one of these.
        let mut gone_recheck = None;
        for node in changed.iter().filter_map(|name| self.node(name)) {
            observed.tally -= &node.state;
            gone_recheck = [gone_recheck, node.state.recheck()]
                .into_iter()
                .flatten()
                .min();
            for pod in &node.pods {
                gone.insert(pod.fact.name);
                let hash = pod.pod.label(CONTROLLER_REVISION_HASH);
                let known = hash.and_then(|hash| set.revisions.hash_id(hash));
                match known.and_then(|id| observed.carried.to_mut().get_mut(id)) {
                    Some(count) => *count = count.wrapping_sub(1),
                    None => observed.unknown_hash = observed.unknown_hash.wrapping_sub(1),
                }
            }
        }
        observed.adopt.retain(|pod| !gone.contains(pod.name));
        observed.relabel.retain(|pod| !gone.contains(pod.name));
        if gone_recheck.is_some() && gone_recheck == observed.recheck {
            let rechecks = self.nodes.iter().filter_map(|node| {
                let recheck = node.state.recheck()?;
                (!changed.contains(node.name)).then_some(recheck)
            });
            observed.recheck = rechecks.min();
        }
        observed
    }
}
