//! A cluster as plain lists, beside a tracker that is told of every change.

use daemonset::api::{Node, Pod, Timestamp};
use daemonset::rollout::Backoff;
use daemonset::tracker::{SetId, Tracker};
use daemonset::{Cluster, Options, Plan, Planner};

use crate::generate::{Change, Naming, SetChange, start};
use crate::{promises, world};

/// Both sides, and the DaemonSets.
#[derive(Clone, Debug)]
pub struct Mirror {
    nodes: Vec<Node>,
    pods: Vec<Pod>,
    sets: Vec<Kept>,
    gone: Vec<SetId>,
    tracker: Tracker,
    now: Timestamp,
}

#[derive(Clone, Debug)]
struct Kept {
    set: SetChange,
    id: SetId,
    backoff: Backoff,
    last: Option<(Timestamp, Plan)>,
}

impl Default for Mirror {
    fn default() -> Self {
        Self {
            nodes: Vec::new(),
            pods: Vec::new(),
            sets: Vec::new(),
            gone: Vec::new(),
            tracker: Tracker::new(),
            now: start(),
        }
    }
}

impl Mirror {
    /// Lets it happen, on both sides.
    pub fn take(&mut self, change: Change) {
        match change {
            Change::PutNode(node) => self.put_node(node),
            Change::RemoveNode(name) => self.remove_node(&name),
            Change::RenameNode(from, to) => {
                let found = self.nodes.iter().find(|node| node.metadata.name == from);
                if let Some(mut node) = found.cloned() {
                    self.remove_node(&from);
                    node.metadata.name = to;
                    self.put_node(node);
                }
            }
            Change::PutPod(naming, name, draft) => {
                let set = self.set_of(naming).map(|kept| kept.set.set.clone());
                let mut pod = draft.build(&name, &set.unwrap_or_default());
                if pod.metadata.namespace.is_empty() {
                    naming.namespace.clone_into(&mut pod.metadata.namespace);
                }
                self.put_pod(pod);
            }
            Change::RemovePod(at) => {
                if let Some(pod) = self.pods.get(at).cloned() {
                    let meta = &pod.metadata;
                    self.tracker.remove_pod(&meta.namespace, &meta.name);
                    self.pods.remove(at);
                }
            }
            Change::MovePod(at, naming) => {
                if let Some(mut pod) = self.pods.get(at).cloned() {
                    let owner = world::controller(naming.name, naming.uid);
                    pod.metadata.owner_references = vec![owner].into();
                    self.put_pod(pod);
                }
            }
            Change::PutSet(set) => self.put_set(*set),
            Change::AlterSet(other) => {
                if let Some(kept) = self.set_of(other.naming) {
                    let mut altered = kept.set.clone();
                    altered.burst = other.burst;
                    let set = &mut altered.set;
                    set.metadata.generation = other.set.metadata.generation;
                    set.spec.update_strategy = other.set.spec.update_strategy;
                    set.spec.revision_history_limit = other.set.spec.revision_history_limit;
                    set.status = other.set.status;
                    self.put_set(altered);
                }
            }
            Change::RemoveSet(naming) => {
                let is_named = |kept: &mut Kept| kept.set.naming == naming;
                for kept in self.sets.extract_if(.., is_named) {
                    self.tracker.remove_set(kept.id);
                    self.gone.push(kept.id);
                }
            }
            Change::Clock(seconds) => self.now = self.now.plus_seconds(seconds),
            Change::BeginWaits(naming) => {
                let mut kept = self.sets.iter_mut();
                if let Some(kept) = kept.find(|kept| kept.set.naming == naming)
                    && let Some((_, plan)) = &kept.last
                {
                    kept.backoff.advance(&plan.begun_waits);
                    self.tracker.begin_waits(kept.id, &plan.begun_waits);
                }
            }
            Change::RemoveEverything => {
                for node in std::mem::take(&mut self.nodes) {
                    self.tracker.remove_node(&node.metadata.name);
                }
                for pod in std::mem::take(&mut self.pods) {
                    let meta = &pod.metadata;
                    self.tracker.remove_pod(&meta.namespace, &meta.name);
                }
            }
        }
    }

    fn set_of(&self, naming: Naming) -> Option<&Kept> {
        self.sets.iter().find(|kept| kept.set.naming == naming)
    }

    fn put_node(&mut self, node: Node) {
        self.tracker.put_node(&node);
        self.nodes
            .retain(|other| other.metadata.name != node.metadata.name);
        self.nodes.push(node);
    }

    fn remove_node(&mut self, name: &str) {
        self.tracker.remove_node(name);
        self.nodes.retain(|node| node.metadata.name != name);
    }

    fn put_pod(&mut self, pod: Pod) {
        self.tracker.put_pod(&pod);
        self.pods
            .retain(|other| world::key(&other.metadata) != world::key(&pod.metadata));
        self.pods.push(pod);
    }

    /// A set whose selector does not parse never gets as far as a tracker.
    fn put_set(&mut self, set: SetChange) {
        let Ok(planner) = set.planner(None) else {
            return;
        };
        let id = self.tracker.put_set(planner);
        let before = self.set_of(set.naming).map(|kept| kept.backoff.clone());
        let backoff = before.filter(|backoff| backoff.is_for(&set.set));
        self.sets.retain(|kept| kept.set.naming != set.naming);
        self.sets.push(Kept {
            backoff: backoff.unwrap_or_else(|| Backoff::new(&set.set)),
            set,
            id,
            last: None,
        });
    }

    /// Asserts that every DaemonSet's plan from the tracker is the one made afresh, that it keeps
    /// its [`crate::promises`], and that a DaemonSet that was not due has the plan it had.
    ///
    /// # Panics
    /// Where it is not so.
    pub fn check(&mut self) {
        let now = self.now;
        assert_eq!(self.tracker.node_count(), self.nodes.len());
        assert_eq!(self.tracker.pod_count(), self.pods.len());
        for id in &self.gone {
            assert_eq!(self.tracker.plan(*id, now), None, "{id:?} is gone");
        }
        let cluster = Cluster::new(&self.nodes, &self.pods).with_now(now);
        for kept in &mut self.sets {
            let planner = kept.set.planner(Some(kept.backoff.clone()));
            let planner = planner.expect("the selector parsed before");
            let fresh = planner.plan(&cluster);
            promises::hold(&planner, &cluster, &fresh);
            if let Some((then, last)) = &kept.last
                && *then <= now
                && !self.tracker.is_due(kept.id, now)
            {
                assert_eq!(last.actions, fresh.actions, "it was not due");
            }
            let tracked = self.tracker.plan(kept.id, now).expect("the set is there");
            same(&fresh, tracked);
            assert!(!self.tracker.is_due(kept.id, now), "it was just planned");
            kept.last = Some((now, fresh));
        }
    }

    /// Asserts that a tracker that is told of everything at once, and the lists the other way round,
    /// give the same plans.
    ///
    /// # Panics
    /// Where they do not.
    pub fn check_anew(&self) {
        let (mut nodes, mut pods) = (self.nodes.clone(), self.pods.clone());
        nodes.reverse();
        pods.reverse();
        let mut tracker = Tracker::new();
        pods.iter().for_each(|pod| tracker.put_pod(pod));
        let cluster = Cluster::new(&self.nodes, &self.pods).with_now(self.now);
        let backwards = Cluster::new(&nodes, &pods).with_now(self.now);
        for kept in &self.sets {
            let planner = kept.set.planner(Some(kept.backoff.clone()));
            let planner = planner.expect("the selector parsed before");
            let id = tracker.put_set(planner.clone());
            nodes.iter().for_each(|node| tracker.put_node(node));
            let fresh = planner.plan(&cluster);
            same(&fresh, tracker.plan(id, self.now).expect("it is there"));
            let mut other = planner.plan(&backwards);
            other.verdicts.reverse();
            assert_eq!(fresh, other, "the order counts");
            for (node, verdict) in self.nodes.iter().zip(&fresh.verdicts) {
                let name = &node.metadata.name;
                assert_eq!(planner.place(node).verdict, *verdict, "{name}");
                let tracked = tracker.verdict(id, name);
                assert_eq!(tracked, Some(*verdict), "{name}");
            }
        }
    }
}

/// Asserts of many DaemonSets of one cluster that each one's plan is the same whatever the order of
/// the objects, from lists and from a tracker that has them all, forth and back in time, and that it
/// keeps its [`crate::promises`]. Nodes and pods have names of their own.
///
/// # Panics
/// Where it is not so.
pub fn agree(planners: &[Planner], nodes: &[Node], pods: &[Pod], now: Timestamp) {
    let mut tracker = Tracker::new();
    let (first, second) = pods.split_at(pods.len() / 2);
    second.iter().for_each(|pod| tracker.put_pod(pod));
    let sets: Vec<SetId> = planners
        .iter()
        .map(|planner| tracker.put_set(planner.clone()))
        .collect();
    nodes.iter().rev().for_each(|node| tracker.put_node(node));
    first.iter().for_each(|pod| tracker.put_pod(pod));

    let cluster = Cluster::new(nodes, pods);
    let backwards = Cluster::new(nodes.iter().rev(), pods.iter().rev());
    for (planner, set) in planners.iter().zip(sets) {
        let newest = planner.plan(&cluster);
        promises::hold(planner, &cluster, &newest);
        let mut other = planner.plan(&backwards);
        other.verdicts.reverse();
        assert_eq!(newest, other, "the order counts");
        // The tracker is told what time it is; it may go back too.
        let later = newest.look_again_at.filter(|at| *at > now);
        for moment in [Some(now), later, Some(now)].into_iter().flatten() {
            let dated = cluster.clone().with_now(moment);
            let fresh = planner.plan(&dated);
            promises::hold(planner, &dated, &fresh);
            // Of two sets of one name the later one is kept.
            if let Some(kept) = tracker.plan(set, moment)
                && tracker
                    .planner(set)
                    .is_some_and(|kept| kept.daemon_set() == planner.daemon_set())
            {
                same(&fresh, kept);
            }
        }
    }
}

/// A tracked plan is the fresh one but for the verdicts.
///
/// # Panics
/// Where it is not.
pub fn same(fresh: &Plan, mut tracked: Plan) {
    assert!(tracked.verdicts.is_empty());
    tracked.verdicts.clone_from(&fresh.verdicts);
    assert_eq!(*fresh, tracked, "the tracker differs");
}

impl SetChange {
    /// The planner of this set, with these waits.
    ///
    /// # Errors
    /// A malformed selector.
    pub fn planner(
        &self,
        backoff: Option<Backoff>,
    ) -> Result<Planner, daemonset::matching::SelectorError> {
        let mut options = Options::default().with_burst_replicas(self.burst);
        options.backoff = backoff;
        let planner = Planner::with_options(&self.set, options)?;
        Ok(match &self.revisions {
            Some(revisions) => planner.with_revisions(revisions),
            None => planner,
        })
    }
}
