//! The moment that a dump was taken at, as far as its objects tell.

use std::collections::{BTreeSet, HashMap};
use std::fmt;

use daemonset::Cluster;
use daemonset::api::{ConditionStatus, ConditionType, Node, Pod, Timestamp};
use daemonset::view::NodeView;
use foldhash::fast::FixedState;
use serde::{Deserialize, Serialize};

use super::Evidence;
use crate::words::duration;

/// How far the newest time of one clock may be ahead of all others, in seconds. A kubelet reports
/// on its node every five minutes at the least.
///
/// Source: [Node heartbeats](https://kubernetes.io/docs/reference/node/node-status/#heartbeats).
const LEAD: i64 = 360;

/// How many other nodes that are alive it takes to say that one clock is wrong.
const OTHERS: usize = 2;

/// The moment to explain for, and where it comes from.
///
/// Every node has a clock of its own, and so has the control plane. The moment is the newest time
/// that any of them tells, but for one that is ahead of all others by more than six minutes, while
/// at least two other nodes are Ready, and for several nodes' that are so while more other nodes are Ready: they are
/// [passed over](Self::passed_over). When deletions will be over does not count.
///
/// ```
/// use daemonset::Cluster;
/// use daemonset::api::Node;
/// use daemonset_explain::evidence::{Evidence, Moment};
///
/// let node = |name: &str, heartbeat: &str| -> Node {
///     serde_json::from_value(serde_json::json!({
///         "metadata": {"name": name},
///         "status": {"conditions": [
///             {"type": "Ready", "status": "True", "lastHeartbeatTime": heartbeat},
///         ]},
///     })).unwrap()
/// };
/// let nodes = [
///     node("a", "2026-03-01T12:00:00Z"),
///     node("b", "2026-03-01T12:01:00Z"),
///     node("c", "2026-03-01T12:02:00Z"),
///     node("d", "2026-03-01T18:00:00Z"),
/// ];
/// let moment = Moment::of(&Cluster::new(&nodes, &[]), &Evidence::new());
/// assert_eq!(moment.to_string(), "2026-03-01T12:02:00Z, the newest time read (heartbeat of node c)");
/// assert_eq!(moment.passed_over[0].to_string(), "2026-03-01T18:00:00Z (heartbeat of node d)");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Moment {
    /// The moment.
    pub at: Timestamp,
    /// Where it comes from.
    pub origin: Origin,
    /// Times that are far ahead of all others, the latest first: their clocks are wrong.
    pub passed_over: Vec<Reading>,
}

/// Where a moment comes from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "camelCase")]
#[non_exhaustive]
pub enum Origin {
    /// It was asked for.
    Asked,
    /// The clock of the machine that asked the cluster.
    Clock,
    /// It is the newest time that was read.
    Newest {
        /// What tells it.
        of: String,
    },
    /// Nothing that was given tells a time.
    None,
}

/// A time, and what tells it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Reading {
    /// The time.
    pub at: Timestamp,
    /// What tells it, such as `heartbeat of node a`.
    pub of: String,
}

/// The beginning of the year 2200.
const YEAR_2200: i64 = 7_258_118_400;

/// The newest time of one clock, and what tells it.
type Newest<'a> = (Timestamp, Teller<'a>);

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Teller<'a> {
    Heartbeat(&'a str),
    Condition(&'a str),
    PodCondition(&'a str, &'a str),
    Container(&'a str, &'a str),
    Created(&'a str, &'a str),
    Event(&'a str),
    Taint(&'a str),
    Written(&'a str),
    Lease(&'a str, &'a str),
}

impl Moment {
    /// What an answer says of it: the moment, where it comes from, and the clocks that are passed over.
    #[must_use]
    pub fn sentences(&self) -> Vec<String> {
        let others = match self.passed_over.len() {
            1 => "every other clock",
            _ => "the other clocks",
        };
        let passed_over = self.passed_over.iter().map(|reading| {
            let ahead = reading.ahead_of(self.at);
            format!("Passed over, since it is {ahead} ahead of {others}: {reading}.")
        });
        let moment = match self.origin {
            Origin::None => "Nothing given tells a time.".to_owned(),
            _ => format!("As of {self}."),
        };
        std::iter::once(moment).chain(passed_over).collect()
    }

    /// The newest moment that nodes, pods, DaemonSets, Leases and events tell.
    #[must_use]
    pub fn of(cluster: &Cluster<'_>, evidence: &Evidence) -> Self {
        let mut clocks = Clocks::default();
        let mut alive: BTreeSet<&str> = BTreeSet::new();
        for &node in cluster.nodes() {
            read_node(&mut clocks, node);
            let ready = node.condition(&ConditionType::Ready);
            if ready.is_some_and(|ready| ready.status == ConditionStatus::True) {
                alive.insert(node.name());
            }
        }
        for &pod in cluster.pods() {
            read_pod(&mut clocks, pod, evidence);
        }
        if let Some((at, namespace, name)) = evidence.newest_scheduled() {
            let teller = Teller::PodCondition(namespace, name);
            put(&mut clocks.control_plane, Some(at), teller);
        }
        for set in evidence.all_daemon_sets() {
            for written in [set.spec_written, set.status_written] {
                let teller = Teller::Written(&set.name);
                put(&mut clocks.control_plane, written, teller);
            }
        }
        read_leases(&mut clocks, cluster, evidence);
        let other = evidence.newest_other_event();
        for event in evidence.all_events().chain(other) {
            // A kubelet dates its events itself.
            let host = &*event.host;
            let clock = match cluster.node(host) {
                Some(_) => host,
                None => CONTROL_PLANE,
            };
            let mut newest = None;
            put(&mut newest, event.time(), Teller::Event(&event.reason));
            clocks.add(clock, newest);
        }
        let of_control_plane = clocks.control_plane.map(|newest| (CONTROL_PLANE, newest));
        let mut readings: Vec<Read<'_>> = (of_control_plane.into_iter())
            .chain(clocks.kubelets)
            .map(|(clock, newest)| Read {
                newest,
                is_alive: alive.contains(clock),
                is_control_plane: clock == CONTROL_PLANE,
            })
            .collect();
        readings.sort_by(|a, b| b.newest.cmp(&a.newest));
        let wrong = far_ahead(&readings);
        let readings: Vec<Newest<'_>> = readings.into_iter().map(|it| it.newest).collect();
        let told = |(at, teller): &Newest<'_>| Reading {
            at: *at,
            of: teller.to_string(),
        };
        match readings.get(wrong) {
            None => Self {
                at: Timestamp::from_unix_seconds(0),
                origin: Origin::None,
                passed_over: Vec::new(),
            },
            Some(newest) => Self {
                at: newest.0,
                origin: Origin::Newest {
                    of: newest.1.to_string(),
                },
                passed_over: readings[..wrong].iter().map(told).collect(),
            },
        }
    }

    /// A moment that was asked for.
    #[must_use]
    pub fn asked(at: Timestamp) -> Self {
        Self {
            at,
            origin: Origin::Asked,
            passed_over: Vec::new(),
        }
    }

    /// The moment at which the cluster was asked, by the clock of the machine that did.
    #[must_use]
    pub fn by_clock(at: Timestamp) -> Self {
        Self {
            at,
            origin: Origin::Clock,
            passed_over: Vec::new(),
        }
    }
}

/// What one clock told.
struct Read<'a> {
    newest: Newest<'a>,
    /// Whether it is that of a node that is Ready.
    is_alive: bool,
    is_control_plane: bool,
}

/// How many of the first of these, the newest first, are wrong: those that are far ahead of all others, alone, or together if
/// they are fewer than the nodes behind them that are alive and the control plane's is not among them. Had the nodes behind
/// fallen silent, the control plane would have marked them as not Ready.
fn far_ahead(readings: &[Read<'_>]) -> usize {
    let mut wrong = 0;
    loop {
        let rest = &readings[wrong..];
        let is_gap = |pair: &[Read<'_>]| pair[0].newest.0.seconds_since(pair[1].newest.0) > LEAD;
        let Some(last) = rest.windows(2).position(is_gap) else {
            return wrong;
        };
        let (ahead, behind) = rest.split_at(last + 1);
        let alive = behind.iter().filter(|it| it.is_alive).count();
        let is_few = || alive > ahead.len() && !ahead.iter().any(|it| it.is_control_plane);
        if alive < OTHERS || ahead.len() > 1 && !is_few() {
            return wrong;
        }
        wrong += ahead.len();
    }
}

/// The name of the clock that is no node's.
const CONTROL_PLANE: &str = "";

/// The newest time of every clock.
#[derive(Default)]
struct Clocks<'a> {
    control_plane: Option<Newest<'a>>,
    /// By node; whoever goes over them puts them in order.
    kubelets: HashMap<&'a str, Newest<'a>, FixedState>,
}

impl<'a> Clocks<'a> {
    /// Takes the newest time that an object tells by the clock of its node.
    fn add(&mut self, node: &'a str, newest: Option<Newest<'a>>) {
        let Some((time, teller)) = newest else {
            return;
        };
        if node == CONTROL_PLANE {
            put(&mut self.control_plane, Some(time), teller);
            return;
        }
        let newest = self.kubelets.entry(node).or_insert((time, teller));
        if time > newest.0 {
            *newest = (time, teller);
        }
    }
}

/// Whether a clock may tell a time: none tells one that is later than any dump.
pub(super) fn may_be_told(time: Timestamp) -> bool {
    time < Timestamp::from_unix_seconds(YEAR_2200)
}

fn put<'a>(newest: &mut Option<Newest<'a>>, time: Option<Timestamp>, teller: Teller<'a>) {
    let Some(time) = time.filter(|time| may_be_told(*time)) else {
        return;
    };
    if newest.is_none_or(|(newest, _)| time > newest) {
        *newest = Some((time, teller));
    }
}

fn read_node<'a>(clocks: &mut Clocks<'a>, node: &'a Node) {
    let name = node.name();
    let mut of_kubelet = None;
    for condition in &node.status.conditions {
        // What a kubelet that does not answer is said to be, others say.
        let clock = match condition.status {
            ConditionStatus::Unknown => &mut clocks.control_plane,
            _ => &mut of_kubelet,
        };
        put(
            clock,
            condition.last_transition_time,
            Teller::Condition(name),
        );
        let teller = Teller::Heartbeat(name);
        put(&mut of_kubelet, condition.last_heartbeat_time, teller);
    }
    clocks.add(name, of_kubelet);
    for taint in &node.spec.taints {
        let teller = Teller::Taint(name);
        put(&mut clocks.control_plane, taint.time_added, teller);
    }
    let created = node.metadata.creation_timestamp;
    let teller = Teller::Created("node", name);
    put(&mut clocks.control_plane, created, teller);
}

fn read_pod<'a>(clocks: &mut Clocks<'a>, pod: &'a Pod, evidence: &'a Evidence) {
    let (namespace, name) = (&*pod.metadata.namespace, &*pod.metadata.name);
    let created = pod.metadata.creation_timestamp;
    let teller = Teller::Created("pod", name);
    put(&mut clocks.control_plane, created, teller);
    let mut of_kubelet = None;
    for condition in &pod.status.conditions {
        let is_of_kubelet =
            condition.type_ != ConditionType::PodScheduled && condition.reason != "NodeNotReady";
        let clock = if is_of_kubelet {
            &mut of_kubelet
        } else {
            &mut clocks.control_plane
        };
        let teller = Teller::PodCondition(namespace, name);
        put(clock, condition.last_transition_time, teller);
    }
    if let Some(said) = evidence.pod(namespace, name) {
        let teller = Teller::Container(namespace, name);
        put(&mut of_kubelet, said.newest_time(), teller);
    }
    clocks.add(&pod.spec.node_name, of_kubelet);
}

/// A Lease is dated by the clock of who holds it: a kubelet's by that of its node, another by that of
/// the node on which its holder runs. A holder that is none of these has a clock of its own.
fn read_leases<'a>(clocks: &mut Clocks<'a>, cluster: &Cluster<'a>, evidence: &'a Evidence) {
    let of_others = || evidence.all_leases().filter(|lease| !lease.is_of_node());
    let holders: BTreeSet<(&str, &str)> = of_others()
        .map(|lease| (&*lease.namespace, lease.host()))
        .collect();
    let mut runs_on: HashMap<(&str, &str), &'a str, FixedState> = HashMap::default();
    if !holders.is_empty() {
        for &pod in cluster.pods() {
            let key = (&*pod.metadata.namespace, &*pod.metadata.name);
            if holders.contains(&key) {
                runs_on.insert(key, &pod.spec.node_name);
            }
        }
    }
    for lease in evidence.all_leases() {
        let clock = if lease.is_of_node() {
            &*lease.name
        } else {
            let host = lease.host();
            let key = (&*lease.namespace, host);
            runs_on.get(&key).copied().unwrap_or(host)
        };
        let mut newest = None;
        let teller = Teller::Lease(&lease.namespace, &lease.name);
        put(&mut newest, lease.renewed, teller);
        clocks.add(clock, newest);
    }
}

impl fmt::Display for Teller<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Heartbeat(node) => write!(f, "heartbeat of node {node}"),
            Self::Condition(node) => write!(f, "a condition of node {node}"),
            Self::PodCondition(namespace, pod) => write!(f, "a condition of pod {namespace}/{pod}"),
            Self::Container(namespace, pod) => write!(f, "a container of pod {namespace}/{pod}"),
            Self::Created(kind, name) => write!(f, "the creation of {kind} {name}"),
            Self::Event(reason) => write!(f, "an event {reason}"),
            Self::Taint(node) => write!(f, "a taint of node {node}"),
            Self::Written(set) => write!(f, "a change of DaemonSet {set}"),
            Self::Lease(namespace, name) => write!(f, "Lease {namespace}/{name}"),
        }
    }
}

/// `2026-03-01T18:00:00Z (heartbeat of node d)`
impl fmt::Display for Reading {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.at, self.of)
    }
}

/// The moment, and where it comes from.
impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.origin {
            Origin::Asked => write!(f, "{}, as asked", self.at),
            Origin::Clock => write!(f, "{}, by the clock of this machine", self.at),
            Origin::Newest { of } => write!(f, "{}, the newest time read ({of})", self.at),
            Origin::None => f.write_str("no moment: nothing given tells a time"),
        }
    }
}

impl Reading {
    /// How far it is ahead of a moment, in words: `6 h`.
    #[must_use]
    pub fn ahead_of(&self, moment: Timestamp) -> String {
        duration(self.at.seconds_since(moment))
    }
}
