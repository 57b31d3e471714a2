//! What a rollout is made of, as far as time goes.

use std::collections::BTreeSet;

use daemonset::api::Timestamp;
use daemonset::policy::Window;
use serde::Serialize;

use crate::spread::Spread;

/// A rollout, as far as time goes: how many nodes, how many at once, how long each step takes.
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
/// assert_eq!(forecast.worst_available, 90);
/// ```
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Scenario {
    /// How many nodes should run the daemon.
    pub nodes: usize,
    /// How many of them are without an available pod now and stay so; they use up the budget of a
    /// rollout without surge.
    pub down: usize,
    /// Which comes first, the end of the old pod or the new one.
    pub mode: Mode,
    /// How many nodes are in work at once.
    pub budget: usize,
    /// Groups that go one after the other; all together are the nodes that are replaced.
    pub phases: Vec<Phase>,
    /// How long a pod takes to go.
    pub terminate: Spread,
    /// How long a pod takes from its creation until it is ready.
    pub start: Spread,
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
    /// Nodes among those that are replaced where the new pod finds no room, by name.
    pub without_room: BTreeSet<String>,
    /// With so many failing nodes it stops, whatever the budget has left.
    pub stop_after: Option<usize>,
    /// When pods are replaced, and when the rollout begins; at any time where there is none.
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
pub struct Phase {
    /// What it is called.
    pub name: String,
    /// How many nodes.
    pub nodes: usize,
    /// How many of them at once, within the budget.
    pub budget: Option<usize>,
    /// For how many seconds all of it is available before the next begins.
    pub soak: f64,
}

impl Scenario {
    /// All nodes in one group, so many at once, and guesses for everything else: pods go within 1 to
    /// 30 s and start within 3 to 120 s, half of them within 10 s.
    #[must_use]
    pub fn new(nodes: usize, budget: usize) -> Self {
        Self {
            nodes,
            down: 0,
            mode: Mode::OldFirst,
            budget,
            phases: vec![Phase {
                name: "all".to_owned(),
                nodes,
                budget: None,
                soak: 0.0,
            }],
            terminate: Self::guessed_terminate(),
            start: Self::guessed_start(),
            min_ready: 0.0,
            requests_per_second: 20.0,
            burst: 30.0,
            node_failure: 0.0,
            revision_failure: 0.0,
            without_room: BTreeSet::new(),
            stop_after: None,
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
            at += seconds_between(now, next).max(1.0);
        }
        None
    }

    /// A moment, in seconds since it begins.
    fn moment(&self, at: f64) -> Timestamp {
        // Forecasts end long before whole seconds do not fit.
        #[allow(clippy::cast_possible_truncation)]
        self.begins.plus_seconds(at.floor() as i64)
    }
}

fn seconds_between(from: Timestamp, to: Timestamp) -> f64 {
    // The next change of a window is a week away at most.
    #[allow(clippy::cast_precision_loss)]
    {
        to.seconds_since(from) as f64
    }
}
