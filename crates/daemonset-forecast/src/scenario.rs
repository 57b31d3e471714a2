//! What a rollout is made of, as far as time goes.

use std::collections::BTreeMap;

use daemonset::api::Timestamp;
use daemonset::policy::Window;
use serde::Serialize;

use crate::pull::Pull;
use crate::spread::Spread;

/// A rollout, as far as time goes: which nodes, how many at once, how long each step takes.
///
/// ```
/// use daemonset_forecast::{Mode, Phase, Scenario, Spread, forecast};
///
/// let mut scenario = Scenario::new(100, 10);
/// scenario.terminate = Spread::fixed(5.0);
/// scenario.start = Spread::fixed(25.0);
/// let forecast = forecast(&scenario, 1, 7);
/// // Ten rounds of ten nodes, thirty seconds each.
/// assert!((forecast.duration(0.5).unwrap() - 300.0).abs() < 5.0);
/// assert_eq!(forecast.worst_available(0.0), 90);
/// ```
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Scenario {
    /// How many nodes should run the daemon.
    pub nodes: usize,
    /// Which comes first, the end of the old pod or the new one.
    pub mode: Mode,
    /// How many nodes are in work at once.
    pub budget: usize,
    /// Groups that go one after the other; all together are the nodes whose pods are replaced.
    pub phases: Vec<Phase>,
    /// How many nodes of one domain are in work at once; the domain of a node is in `of_node`.
    pub per_domain: Option<usize>,
    /// How many of them keep their old pods all the same.
    pub keep_old: usize,
    /// What is known of single nodes, by name. Those that are not here have an available pod and
    /// are like all others.
    pub of_node: BTreeMap<String, OfNode>,
    /// Nodes that should not run the daemon, and whose old pod does not go, by name: each takes of the budget,
    /// without surge, and never gives it back.
    pub hanging: Vec<String>,
    /// How long a pod takes to go.
    pub terminate: Spread,
    /// How long a pod takes from its creation until it is ready, without `pull`.
    pub start: Spread,
    /// What a node pulls before that, sharing the registry with all others that pull; where there
    /// is none, pulls are part of `start`.
    pub pull: Option<Pull>,
    /// How long it takes until pods are gone that the scheduler evicts for a new one.
    pub evict: Spread,
    /// `minReadySeconds`.
    pub min_ready: f64,
    /// How many requests a second the controller may make in the long run: 20 for
    /// kube-controller-manager.
    pub requests_per_second: f64,
    /// How many at once before that: 30.
    pub burst: f64,
    /// The share of nodes on which the new pod never becomes available, from 0 to 1.
    pub node_failure: f64,
    /// The chance that it does so on no node at all, from 0 to 1.
    pub revision_failure: f64,
    /// How often nodes reboot meanwhile.
    pub reboots: Option<Reboots>,
    /// The share of the nodes that are replaced by new ones each day, from 0 on.
    pub churn_per_day: f64,
    /// When failing nodes stop it, whatever the budget has left.
    pub stop: Option<StopAfter>,
    /// When pods are replaced; at any time where there is none.
    pub windows: Vec<Window>,
    /// The moment at which it begins.
    pub begins: Timestamp,
}

/// Which comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Mode {
    /// Without surge: the old pod goes first.
    OldFirst,
    /// With surge: the new pod comes first.
    NewFirst,
}

/// A group of nodes that goes as a whole before the next.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Phase {
    /// What it is called.
    pub name: String,
    /// The nodes whose old pods are replaced, by name.
    pub nodes: Vec<String>,
    /// How many of them at once, within the budget.
    pub budget: Option<usize>,
    /// For how many seconds all of it is available before the next begins.
    pub soak: f64,
    /// Nodes of the group whose pods are up to date and not available yet, or which have none, by
    /// name: they hold up the next group.
    pub in_work: Vec<String>,
    /// Until when those that were done before it begins have to stay available, in seconds since
    /// then.
    pub soaks_until: Option<f64>,
}

impl Phase {
    /// A group of these nodes, within the budget alone and without a soak.
    #[must_use]
    pub fn new(name: impl Into<String>, nodes: Vec<String>) -> Self {
        Self {
            name: name.into(),
            nodes,
            budget: None,
            soak: 0.0,
            in_work: Vec::new(),
            soaks_until: None,
        }
    }
}

/// What is known of a node.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct OfNode {
    /// How it stands when the rollout begins.
    pub now: Now,
    /// Whether the new pod finds room.
    pub room: RoomAhead,
    /// How many seconds the daemon's last pod took to start there. A new one takes as long in every
    /// other run, and as any node's in the others: one time of one node is a hint and no law.
    pub start: Option<f64>,
    /// Its domain, where so many of each are in work at once.
    pub domain: Option<String>,
    /// Whether it holds up no other group, however it stands.
    pub exempt: bool,
}

/// How a node stands when the rollout begins.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum Now {
    /// It has an available pod.
    #[default]
    Available,
    /// Its old pod is not available; it is replaced at once, whatever the budget.
    Unavailable,
    /// It has no pod, and gets one at once.
    Lacking,
    /// Its updated pod is on the way.
    Starting,
    /// Its updated pod is there, and never becomes available.
    Failing,
    /// Its kubelet does not answer, or its pod is being deleted and does not go: whatever pod is there stays
    /// as it is.
    Down,
}

/// Whether a new pod finds room on a node.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum RoomAhead {
    /// It does, as far as is known.
    #[default]
    Free,
    /// Once others are gone: pods that the scheduler evicts for it, or that are going anyway.
    Later,
    /// It does not.
    None,
}

/// How often nodes reboot while the rollout goes on.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Reboots {
    /// The share of the nodes that do each day.
    pub per_day: f64,
    /// How long it takes until the pod's containers can start again.
    pub takes: Spread,
}

impl Reboots {
    /// So large a share of the nodes each day, each for so long.
    #[must_use]
    pub fn new(per_day: f64, takes: Spread) -> Self {
        Self { per_day, takes }
    }
}

/// What failing nodes stop.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct StopAfter {
    /// How many failing nodes.
    pub failures: usize,
    /// How many seconds after its creation a pod that is not available counts as failing; `None`
    /// where waiting alone is no failure.
    pub slow_start: Option<f64>,
}

impl StopAfter {
    /// So many nodes whose pods are not available so many seconds after their creation.
    #[must_use]
    pub fn new(failures: usize, slow_start: Option<f64>) -> Self {
        Self {
            failures,
            slow_start,
        }
    }
}

impl Scenario {
    /// All nodes in one group, so many at once, and guesses for everything else: pods go within 1 to
    /// 30 s and start within 3 to 120 s, half of them within 10 s. The nodes are called by numbers.
    #[must_use]
    pub fn new(nodes: usize, budget: usize) -> Self {
        let names = (0..nodes).map(|at| format!("{at:06}")).collect();
        Self {
            nodes,
            mode: Mode::OldFirst,
            budget,
            phases: vec![Phase::new("all", names)],
            per_domain: None,
            keep_old: 0,
            of_node: BTreeMap::new(),
            hanging: Vec::new(),
            terminate: Self::guessed_terminate(),
            start: Self::guessed_start(),
            pull: None,
            evict: Self::guessed_terminate(),
            min_ready: 0.0,
            requests_per_second: 20.0,
            burst: 30.0,
            node_failure: 0.0,
            revision_failure: 0.0,
            reboots: None,
            churn_per_day: 0.0,
            stop: None,
            windows: Vec::new(),
            begins: Timestamp::from_unix_seconds(0),
        }
    }

    /// How long pods take to go where nothing tells: half of them 3 s, as long as their grace period
    /// at most.
    #[must_use]
    pub fn guessed_terminate() -> Spread {
        Spread::guessed(1.0, 3.0, 15.0, 30.0)
    }

    /// How long pods take to start where nothing tells, images pulled: half of them 10 s.
    #[must_use]
    pub fn guessed_start() -> Spread {
        Spread::guessed(3.0, 10.0, 45.0, 120.0)
    }

    /// How long a node takes to reboot where nothing tells: half of them 90 s, five minutes at most.
    #[must_use]
    pub fn guessed_reboot() -> Spread {
        Spread::guessed(40.0, 90.0, 240.0, 300.0)
    }

    /// How many nodes have their pods replaced.
    #[must_use]
    pub fn replaced(&self) -> usize {
        self.phases.iter().map(|phase| phase.nodes.len()).sum()
    }

    /// How many nodes stand so when it begins, of those that do not just have an available pod.
    #[must_use]
    pub fn standing(&self, now: Now) -> usize {
        self.of_node.values().filter(|of| of.now == now).count()
    }

    /// What is known of a node.
    pub(crate) fn of(&self, node: &str) -> OfNode {
        self.of_node.get(node).cloned().unwrap_or_default()
    }

    /// The first moment from this one on, in seconds since it begins, at which pods are replaced;
    /// `None` where there is none.
    pub(crate) fn next_open(&self, at: f64) -> Option<f64> {
        if self.windows.is_empty() {
            return Some(at);
        }
        let mut at = at;
        // Each step ends where a window opens or closes; a week has few of these.
        for _ in 0..1000 {
            let now = self.moment(at);
            if self.windows.iter().any(|window| window.is_open(now)) {
                return Some(at);
            }
            let next = self
                .windows
                .iter()
                .filter_map(|it| it.next_change(now))
                .min()?;
            at = at.max(seconds_between(self.begins, next));
        }
        None
    }

    /// A moment, in seconds since it begins.
    fn moment(&self, at: f64) -> Timestamp {
        // Forecasts end long before whole milliseconds do not fit.
        #[allow(clippy::cast_possible_truncation)]
        self.begins.plus_millis((at * 1000.0).floor() as i64)
    }
}

fn seconds_between(from: Timestamp, to: Timestamp) -> f64 {
    // The next change of a window is a week away at most.
    #[allow(clippy::cast_precision_loss)]
    {
        to.unix_millis().saturating_sub(from.unix_millis()) as f64 / 1000.0
    }
}
