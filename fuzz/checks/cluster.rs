//! A small cluster to which things happen: after every one, the tracker decides what a fresh plan
//! does.
//!
//! Any bytes are a cluster, so this gets to deciding at once, where `snapshot` has to get through
//! YAML first.

use std::collections::BTreeMap;

use arbitrary::{Arbitrary, Unstructured};
use daemonset::api::{
    ConditionStatus, ConditionType, ControllerRevision, DaemonSet, Node, OwnerReference, Pod,
    PodCondition, PodPhase, Taint, Timestamp,
};
use daemonset::backoff::Backoff;
use daemonset::tracker::{SetId, Tracker};
use daemonset::{Plan, Planner, revision};
use serde_json::{Value, json};

use super::plans::{agree, keeps_its_promises, same};

/// So many things happen at most.
const STEPS: usize = 48;

/// Two sets share a namespace, so that they can adopt the same orphans.
#[derive(Arbitrary, Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum SetName {
    A,
    B,
    Elsewhere,
}

#[derive(Arbitrary, Clone, Copy, Debug, PartialEq, Eq)]
enum NodeName {
    A,
    B,
    C,
    D,
}

#[derive(Arbitrary, Debug)]
enum Step {
    PutNode(NodeName, NodeFacts),
    RemoveNode(NodeName),
    PutPod(PodName, PodFacts),
    RemovePod(PodName),
    PutSet(SetName, SetFacts),
    RemoveSet(SetName),
    Clock(i8),
    BeginWaits(SetName),
}

#[derive(Arbitrary, Debug)]
struct NodeFacts {
    zone: Option<bool>,
    taint: Option<(TaintKey, Effect)>,
}

#[derive(Arbitrary, Clone, Copy, Debug)]
enum TaintKey {
    Gpu,
    NotReady,
    Unschedulable,
    Network,
}

#[derive(Arbitrary, Clone, Copy, Debug)]
enum Effect {
    NoSchedule,
    NoExecute,
    PreferNoSchedule,
}

#[derive(Arbitrary, Clone, Copy, Debug, PartialEq, Eq)]
struct PodName {
    set: SetName,
    number: Few,
}

#[derive(Arbitrary, Clone, Copy, Debug, PartialEq, Eq)]
enum Few {
    Zero,
    One,
    Two,
    Three,
}

#[derive(Arbitrary, Debug)]
struct PodFacts {
    home: Home,
    owner: Option<SetName>,
    hash: Hash,
    generation: Option<bool>,
    selected: bool,
    phase: Phase,
    terminating: bool,
    created: Few,
    ready: Option<Few>,
}

/// How a pod names its node.
#[derive(Arbitrary, Debug)]
enum Home {
    Nowhere,
    Bound(NodeName),
    Aimed(NodeName),
}

#[derive(Arbitrary, Clone, Copy, Debug)]
enum Hash {
    Current,
    Old,
    Older,
    Twin,
    Own,
    Unknown,
    Missing,
}

#[derive(Arbitrary, Debug)]
enum Phase {
    Running,
    Failed,
    Succeeded,
}

#[derive(Arbitrary, Debug)]
struct SetFacts {
    image: bool,
    placement: Placement,
    tolerates: bool,
    strategy: Strategy,
    min_ready: Option<Few>,
    history_limit: Few,
    generation: bool,
    collisions: Option<Few>,
    state: State,
    stored: Stored,
    burst: Few,
}

#[derive(Arbitrary, Debug)]
enum Placement {
    Anywhere,
    Zone(bool),
    NotZone(bool),
    Named(NodeName),
    Only(NodeName),
}

#[derive(Arbitrary, Debug)]
enum Strategy {
    OnDelete,
    Unavailable(Few),
    UnavailablePercent(i8),
    Surge(Few),
    SurgePercent(i8),
    Both(Few, Few),
    Unreadable,
}

#[derive(Arbitrary, Debug, PartialEq, Eq)]
enum State {
    Usual,
    Deleting,
    SelectingAll,
    SelectingNothing,
}

/// Which revisions are stored.
#[derive(Arbitrary, Debug)]
struct Stored {
    current: Option<Few>,
    twin: Option<Few>,
    old: Option<Few>,
    older: Option<Few>,
    unlabelled: bool,
    orphaned: bool,
    taken: bool,
}

pub fn check(bytes: &[u8]) {
    let mut bytes = Unstructured::new(bytes);
    let mut cluster = Cluster::default();
    for _ in 0..STEPS {
        let (false, Ok(step)) = (bytes.is_empty(), Step::arbitrary(&mut bytes)) else {
            break;
        };
        cluster.take(step);
        cluster.compare();
    }
    cluster.starts_with_nothing();
}

/// A cluster as plain lists, beside the tracker that is told of every change.
#[derive(Default)]
struct Cluster {
    nodes: Vec<Node>,
    pods: Vec<Pod>,
    sets: BTreeMap<SetName, Tracked>,
    tracker: Tracker,
    seconds: i64,
}

struct Tracked {
    planner: Planner,
    backoff: Backoff,
    id: SetId,
    last: Option<Plan>,
}

impl Cluster {
    fn now(&self) -> Timestamp {
        at(self.seconds)
    }

    fn take(&mut self, step: Step) {
        match step {
            Step::PutNode(name, facts) => {
                let node = facts.node(name);
                self.tracker.put_node(&node);
                self.forget_node(&node.metadata.name);
                self.nodes.push(node);
            }
            Step::RemoveNode(name) => {
                self.tracker.remove_node(name.text());
                self.forget_node(name.text());
            }
            Step::PutPod(name, facts) => {
                let pod = facts.pod(name);
                self.tracker.put_pod(&pod);
                self.forget_pod(name);
                self.pods.push(pod);
            }
            Step::RemovePod(name) => {
                self.tracker.remove_pod(name.set.namespace(), &name.text());
                self.forget_pod(name);
            }
            Step::PutSet(name, facts) => {
                let set = facts.set(name);
                let planner = Planner::new(&set).expect("the selector parses");
                let planner = planner
                    .revisions(&facts.revisions(&set))
                    .burst_replicas(facts.burst as usize);
                let tracked = Tracked {
                    id: self.tracker.put_set(planner.clone()),
                    backoff: Backoff::new(&set),
                    planner,
                    last: None,
                };
                self.sets.insert(name, tracked);
            }
            Step::RemoveSet(name) => {
                if let Some(tracked) = self.sets.remove(&name) {
                    self.tracker.remove_set(tracked.id);
                    assert_eq!(self.tracker.plan(tracked.id, self.now()), None);
                }
            }
            Step::Clock(seconds) => self.seconds += i64::from(seconds),
            Step::BeginWaits(name) => {
                if let Some(tracked) = self.sets.get_mut(&name)
                    && let Some(plan) = &tracked.last
                {
                    tracked.backoff.advance(&plan.backoff);
                    self.tracker.begin_waits(tracked.id, &plan.backoff);
                    tracked.planner = tracked.planner.clone().backoff(tracked.backoff.clone());
                }
            }
        }
    }

    fn forget_node(&mut self, name: &str) {
        self.nodes.retain(|node| node.metadata.name != name);
    }

    fn forget_pod(&mut self, name: PodName) {
        let (namespace, name) = (name.set.namespace(), name.text());
        self.pods
            .retain(|pod| pod.metadata.namespace != namespace || pod.metadata.name != name);
    }

    /// Every set's plan is the one made afresh.
    fn compare(&mut self) {
        let now = self.now();
        assert_eq!(self.tracker.nodes(), self.nodes.len());
        assert_eq!(self.tracker.pods(), self.pods.len());
        for tracked in self.sets.values_mut() {
            let planner = tracked.planner.clone().now(now);
            let fresh = planner.plan(&self.nodes, &self.pods);
            keeps_its_promises(&planner, &fresh, &self.nodes, &self.pods);
            let kept = self
                .tracker
                .plan(tracked.id, now)
                .expect("the set is there");
            same(&fresh, kept, "the tracker differs");
            tracked.last = Some(fresh);
        }
    }

    /// In any order, all of it together gives the same plans.
    fn starts_with_nothing(&self) {
        let planners: Vec<_> = self.sets.values().map(|set| set.planner.clone()).collect();
        agree(&planners, &self.nodes, &self.pods, self.now());
    }
}

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_unix_seconds(1_772_366_400).plus_seconds(seconds)
}

impl SetName {
    fn namespace(self) -> &'static str {
        match self {
            Self::A | Self::B => "infra",
            Self::Elsewhere => "elsewhere",
        }
    }

    fn text(self) -> &'static str {
        match self {
            Self::A => "a",
            Self::B => "b",
            Self::Elsewhere => "c",
        }
    }

    fn owner(self) -> OwnerReference {
        OwnerReference {
            uid: format!("uid-{}", self.text()),
            controller: true,
            ..OwnerReference::default()
        }
    }
}

impl NodeName {
    fn text(self) -> &'static str {
        match self {
            Self::A => "node-a",
            Self::B => "node-b",
            Self::C => "node-c",
            Self::D => "node-d",
        }
    }
}

impl PodName {
    fn text(self) -> String {
        format!("{}-{}", self.set.text(), self.number as u8)
    }
}

impl Hash {
    fn text(self, set: &DaemonSet) -> String {
        let name = match self {
            Self::Current => "current",
            Self::Old => "old",
            Self::Older => "older",
            Self::Twin => "twin",
            Self::Unknown => "unknown",
            Self::Missing => "",
            Self::Own => return revision::template_hash(&set.spec.template, None),
        };
        name.to_owned()
    }
}

fn zone(is_east: bool) -> &'static str {
    if is_east { "east" } else { "west" }
}

impl NodeFacts {
    fn node(&self, name: NodeName) -> Node {
        let mut node = Node::default();
        name.text().clone_into(&mut node.metadata.name);
        if let Some(is_east) = self.zone {
            node.metadata.labels.insert("zone", zone(is_east));
        }
        node.spec.taints.extend(self.taint.map(|(key, effect)| {
            Taint {
                key: match key {
                    TaintKey::Gpu => "gpu",
                    TaintKey::NotReady => "node.kubernetes.io/not-ready",
                    TaintKey::Unschedulable => "node.kubernetes.io/unschedulable",
                    TaintKey::Network => "node.kubernetes.io/network-unavailable",
                }
                .to_owned(),
                effect: format!("{effect:?}"),
                ..Taint::default()
            }
        }));
        node
    }
}

/// The node affinity of a pod for this node alone.
fn aimed_at(node: NodeName) -> Value {
    json!({"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": {
        "nodeSelectorTerms": [{"matchFields": [
            {"key": "metadata.name", "operator": "In", "values": [node.text()]},
        ]}],
    }}})
}

impl PodFacts {
    fn pod(&self, name: PodName) -> Pod {
        let mut pod = Pod::default();
        let meta = &mut pod.metadata;
        meta.name = name.text();
        name.set.namespace().clone_into(&mut meta.namespace);
        meta.creation_timestamp = Some(at(-(self.created as i64)));
        meta.deletion_timestamp = self.terminating.then(|| at(30));
        let app = if self.selected { "agent" } else { "other" };
        meta.labels.insert("app", app);
        if let Some(is_old) = self.generation {
            let generation = if is_old { "1" } else { "2" };
            meta.labels.insert("pod-template-generation", generation);
        }
        meta.owner_references.extend(self.owner.map(SetName::owner));
        let hash = self.hash.text(&DaemonSet::default());
        if !hash.is_empty() {
            meta.labels.insert("controller-revision-hash", hash);
        }
        match self.home {
            Home::Nowhere => {}
            Home::Bound(node) => node.text().clone_into(&mut pod.spec.node_name),
            Home::Aimed(node) => {
                pod.spec.affinity = serde_json::from_value(aimed_at(node)).expect("an affinity");
            }
        }
        pod.status.phase = match self.phase {
            Phase::Running => PodPhase::Running,
            Phase::Failed => PodPhase::Failed,
            Phase::Succeeded => PodPhase::Succeeded,
        };
        pod.status
            .conditions
            .extend(self.ready.map(|since| PodCondition {
                type_: ConditionType::Ready,
                status: ConditionStatus::True,
                last_transition_time: match since {
                    Few::Zero => None,
                    since => Some(at(-(since as i64) * 10)),
                },
                ..PodCondition::default()
            }));
        pod
    }
}

impl SetFacts {
    fn set(&self, name: SetName) -> DaemonSet {
        let selector = match self.state {
            State::SelectingAll => json!({}),
            State::SelectingNothing => Value::Null,
            _ => json!({"matchLabels": {"app": "agent"}}),
        };
        let mut set: DaemonSet = serde_json::from_value(json!({
            "metadata": {
                "name": name.text(),
                "namespace": name.namespace(),
                "uid": name.owner().uid,
                "generation": 2,
            },
            "spec": {
                "selector": selector,
                "template": self.template(),
                "updateStrategy": self.strategy(),
                "minReadySeconds": self.min_ready.map_or(0, |few| few as i32 * 10),
                "revisionHistoryLimit": self.history_limit as i32,
            },
            "status": {"collisionCount": self.collisions.map(|few| few as i32)},
        }))
        .expect("a set");
        if self.generation {
            let annotations = &mut set.metadata.annotations;
            annotations.insert("deprecated.daemonset.template.generation", "2");
        }
        set.metadata.deletion_timestamp = (self.state == State::Deleting).then(|| at(0));
        set
    }

    fn template(&self) -> Value {
        let image = if self.image { "agent:1" } else { "agent:2" };
        let mut spec = json!({"containers": [{"name": "agent", "image": image}]});
        let zoned = |operator: &str, is_east| {
            json!({"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": {
                "nodeSelectorTerms": [{"matchExpressions": [
                    {"key": "zone", "operator": operator, "values": [zone(is_east)]},
                ]}],
            }}})
        };
        match self.placement {
            Placement::Anywhere => {}
            Placement::Zone(is_east) => spec["nodeSelector"] = json!({"zone": zone(is_east)}),
            Placement::NotZone(is_east) => spec["affinity"] = zoned("NotIn", is_east),
            Placement::Named(node) => spec["nodeName"] = node.text().into(),
            Placement::Only(node) => spec["affinity"] = aimed_at(node),
        }
        if self.tolerates {
            spec["tolerations"] = json!([{"key": "gpu", "operator": "Exists"}]);
        }
        json!({"metadata": {"labels": {"app": "agent"}}, "spec": spec})
    }

    fn strategy(&self) -> Value {
        let few = |few: Few| Value::from(few as i32);
        let percent = |number: i8| Value::from(format!("{number}%"));
        let (unavailable, surge) = match self.strategy {
            Strategy::OnDelete => return json!({"type": "OnDelete"}),
            Strategy::Unavailable(number) => (few(number), json!(0)),
            Strategy::UnavailablePercent(number) => (percent(number), json!(0)),
            Strategy::Surge(number) => (json!(0), few(number)),
            Strategy::SurgePercent(number) => (json!(0), percent(number)),
            Strategy::Both(unavailable, surge) => (few(unavailable), few(surge)),
            Strategy::Unreadable => (json!("1"), json!("x%")),
        };
        let budget = json!({"maxUnavailable": unavailable, "maxSurge": surge});
        json!({"type": "RollingUpdate", "rollingUpdate": budget})
    }

    fn revisions(&self, set: &DaemonSet) -> Vec<ControllerRevision> {
        let stored = &self.stored;
        let current = revision::data(&set.spec.template);
        let other = |name: &str| json!({"spec": {"template": {"$patch": "replace", "metadata": {"name": name}}}});
        let current: Value = serde_json::from_str(&current).expect("JSON");
        let own = stored.taken.then_some(Few::One);
        [
            (Hash::Current, stored.current, current.clone()),
            (Hash::Twin, stored.twin, current),
            (Hash::Old, stored.old, other("old")),
            (Hash::Older, stored.older, other("older")),
            (Hash::Own, own, other("own")),
        ]
        .into_iter()
        .filter_map(|(hash, number, data)| {
            let hash = hash.text(set);
            let mut revision = ControllerRevision {
                revision: number? as i64,
                data,
                ..ControllerRevision::default()
            };
            let meta = &mut revision.metadata;
            meta.name = format!("{}-{hash}", set.metadata.name);
            meta.namespace.clone_from(&set.metadata.namespace);
            meta.labels.insert("app", "agent");
            if !stored.unlabelled {
                meta.labels.insert("controller-revision-hash", hash);
            }
            if !stored.orphaned {
                meta.owner_references.push(OwnerReference {
                    uid: set.metadata.uid.clone(),
                    controller: true,
                    ..OwnerReference::default()
                });
            }
            Some(revision)
        })
        .collect()
    }
}
