//! Nodes and pods that are kept from round to round, for as many sets as there are.
//!
//! A controller that watches a cluster tells the tracker of every node and pod as it is added,
//! changed or removed, and asks for plans. What a plan costs then is what has changed since the
//! last one, and the actions in it, whatever the size of the cluster; the decisions are those of
//! [`Planner::plan`](crate::Planner::plan), made by the same code.
//!
//! ```
//! use daemonset::api::{DaemonSet, Node};
//! use daemonset::tracker::Tracker;
//! use daemonset::{Action, Planner};
//!
//! let agent: DaemonSet = serde_json::from_value(serde_json::json!({
//!     "metadata": {"name": "agent", "namespace": "infra"},
//!     "spec": {
//!         "selector": {"matchLabels": {"app": "agent"}},
//!         "template": {"metadata": {"labels": {"app": "agent"}}},
//!     },
//! }))?;
//! let now = "2026-03-01T12:00:00Z".parse()?;
//! let mut tracker = Tracker::new();
//! let set = tracker.put_set(Planner::new(&agent)?);
//!
//! let mut node = Node::default();
//! node.metadata.name = "node-a".into();
//! tracker.put_node(&node);
//! let plan = tracker.plan(set, now).unwrap();
//! assert!(plan.actions.iter().any(|action| matches!(action, Action::CreatePod { .. })));
//!
//! tracker.remove_node("node-a");
//! let plan = tracker.plan(set, now).unwrap();
//! assert!(!plan.actions.iter().any(|action| matches!(action, Action::CreatePod { .. })));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod pool;
mod set;
mod store;

use crate::api::{Node, Pod, Timestamp};
use crate::backoff::Wait;
use crate::node_state::PodId;
use crate::placement::Verdict;
use crate::plan::{Plan, Planner};
use set::SetState;
use store::{PlaceId, PodRecord, Store};

/// Nodes and pods in a compact form, and each set's view of them.
///
/// Strings, label sets and taints are stored once; a node with its pod takes some 450 bytes,
/// and each further set some 90 bytes for every node.
#[derive(Clone, Debug, Default)]
pub struct Tracker {
    store: Store,
    sets: Vec<Option<SetState>>,
}

/// A set that a tracker keeps. Good for the tracker that gave it, until the set is removed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SetId(usize);

impl Tracker {
    /// Without nodes, pods and sets.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes a node over, new or changed. One of the same name is replaced.
    pub fn put_node(&mut self, node: &Node) {
        if let Some(place) = self.store.put_node(node) {
            self.place_anew(place);
        }
    }

    /// Forgets a node; its pods stay until they are removed. Nothing happens where there is none
    /// of that name.
    pub fn remove_node(&mut self, name: &str) {
        if let Some(place) = self.store.remove_node(name) {
            self.place_anew(place);
            self.store.tidy(place);
        }
    }

    fn place_anew(&mut self, place: PlaceId) {
        for set in active(&mut self.sets) {
            set.replace(&self.store, place);
        }
    }

    /// Takes a pod over, new or changed. One of the same namespace and name is replaced.
    pub fn put_pod(&mut self, pod: &Pod) {
        let record = self.store.record(pod);
        let known = (self.store).find_pod(&pod.metadata.namespace, &pod.metadata.name);
        if known.and_then(|id| self.store.pod(id)) == Some(&record) {
            self.store.release(&record);
            return;
        }
        let before = known.and_then(|id| Some((id, self.store.pod(id)?.clone())));
        let Some((id, before)) = before else {
            let id = self.store.insert_pod(record.clone());
            self.count(id, &record, Change::Comes);
            self.look_again(record.place);
            return;
        };
        self.count(id, &before, Change::Goes);
        self.store.replace_pod(id, record.clone());
        self.count(id, &record, Change::Comes);
        self.look_again(record.place);
        if before.place != record.place {
            self.look_again(before.place);
        }
        self.let_go(&before);
    }

    /// Forgets a pod. Nothing happens where there is none of that namespace and name.
    pub fn remove_pod(&mut self, namespace: &str, name: &str) {
        let Some(id) = self.store.find_pod(namespace, name) else {
            return;
        };
        let Some(before) = self.store.pod(id).cloned() else {
            return;
        };
        self.count(id, &before, Change::Goes);
        self.store.remove_pod(id);
        self.look_again(before.place);
        self.let_go(&before);
    }

    fn count(&mut self, id: PodId, pod: &PodRecord, change: Change) {
        for set in active(&mut self.sets) {
            set.count(&self.store, id, pod, change);
        }
    }

    fn look_again(&mut self, place: Option<PlaceId>) {
        let Some(place) = place else { return };
        for set in active(&mut self.sets) {
            set.look_again(&self.store, place);
        }
    }

    fn let_go(&mut self, pod: &PodRecord) {
        self.store.release(pod);
        if let Some(place) = pod.place {
            self.store.tidy(place);
        }
    }

    /// Takes a set over, compiled and with its revisions and waits, or takes its newer version
    /// over. Looks at every node and pod once.
    pub fn put_set(&mut self, planner: Planner) -> SetId {
        let same = |set: &Option<SetState>| {
            let meta = set.as_ref().map(|set| &set.planner.set.metadata);
            meta.is_some_and(|meta| {
                let new = &planner.set.metadata;
                (&meta.namespace, &meta.name) == (&new.namespace, &new.name)
            })
        };
        let at = (self.sets.iter().position(same))
            .or_else(|| self.sets.iter().position(Option::is_none))
            .unwrap_or(self.sets.len());
        if at == self.sets.len() {
            self.sets.push(None);
        }
        let new = SetState::new(planner, &mut self.store);
        if let Some(before) = self.sets[at].replace(new) {
            before.let_go(&mut self.store);
        }
        SetId(at)
    }

    /// Forgets a set; its pods stay until they are removed.
    pub fn remove_set(&mut self, set: SetId) {
        if let Some(before) = self.sets.get_mut(set.0).and_then(Option::take) {
            before.let_go(&mut self.store);
        }
    }

    /// Says what Kubernetes would do next for a set; `None` where the set was removed.
    ///
    /// It is the plan of [`Planner::plan`] for the same nodes and pods, but for
    /// [`Plan::placements`], which is empty here: ask [`placement`](Self::placement).
    pub fn plan(&mut self, set: SetId, now: Timestamp) -> Option<Plan> {
        let set = self.sets.get_mut(set.0)?.as_mut()?;
        Some(set.plan(&self.store, now))
    }

    /// Takes over the waits that a plan of this set began, once its deletions are carried out.
    pub fn begin_waits(&mut self, set: SetId, began: &[(String, Wait)]) {
        if let Some(Some(set)) = self.sets.get_mut(set.0) {
            set.begin_waits(&self.store, began);
        }
    }

    /// Whether a node runs the daemon; `None` where there is no such set or node.
    pub fn placement(&mut self, set: SetId, node: &str) -> Option<Verdict> {
        let place = self.store.find_place(node)?;
        self.sets
            .get_mut(set.0)?
            .as_mut()?
            .verdict(&self.store, place)
    }

    /// How many nodes there are.
    #[must_use]
    pub fn nodes(&self) -> usize {
        let places = 0..self.store.places();
        let is_node = |id: &PlaceId| self.store.place(*id).is_some_and(|p| p.node.is_some());
        places.filter(is_node).count()
    }

    /// How many pods there are.
    #[must_use]
    pub fn pods(&self) -> usize {
        self.store.pods().count()
    }
}

/// Whether a pod is counted in or out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Change {
    Comes,
    Goes,
}

/// The sets for which anything is decided.
fn active(sets: &mut [Option<SetState>]) -> impl Iterator<Item = &mut SetState> {
    let sets = sets.iter_mut().flatten();
    sets.filter(|set| set.planner.idle().is_none())
}
