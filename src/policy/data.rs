//! What a policy says: data alone, as people write it.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::api::{IntOrString, LabelSelector};

use super::window::Window;

/// How a rolling update goes, beyond what Kubernetes itself has a field for. Everything that is
/// left out is as Kubernetes has it, so that the empty policy changes nothing.
///
/// It reads from YAML or JSON; a field that it does not know is an error.
/// [`Governor::new`](super::Governor::new) says what else is wrong, field by field.
///
/// ```
/// use daemonset::policy::Policy;
///
/// let policy: Policy = serde_json::from_value(serde_json::json!({
///     "canary": {"count": 2, "duration": "30m"},
///     "waves": [{"topologyKey": "topology.kubernetes.io/zone", "soak": "10m"}],
///     "stop": {"maxFailures": 1},
/// }))?;
/// assert_eq!(policy.canary.unwrap().duration.seconds(), 1800);
/// assert!(serde_json::from_value::<Policy>(serde_json::json!({"pause": true})).is_err());
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[non_exhaustive]
pub struct Policy {
    /// The rolling update rests: no pod is replaced. `paused: true`. Nodes that lack a pod still get
    /// one, of the new revision.
    pub paused: bool,
    /// No pod is created either. `frozen: true`. Pods that have failed go all the same.
    pub frozen: bool,
    /// The nodes that are updated; the pods of all others stay as they are.
    /// `nodes: {matchLabels: {pool: test}}`.
    pub nodes: Option<LabelSelector>,
    /// How many pods stay of older revisions, as a number or a percentage of the nodes that should
    /// run the daemon, rounded down. `keepOld: 30%`.
    pub keep_old: Option<IntOrString>,
    /// When pods are replaced; at any time where there is none.
    /// `windows: [{days: [sat, sun], from: "22:00", until: "04:00", utcOffset: "+01:00"}]`.
    pub windows: Vec<Window>,
    /// Nodes that go first, and how long they are watched. `canary: {count: 2, duration: 30m}`.
    pub canary: Option<Canary>,
    /// One group of nodes after the other; those in no group come last.
    /// `waves: [{nodes: {matchLabels: {tier: dev}}}, {percent: 20%}]`.
    pub waves: Vec<Wave>,
    /// Which nodes go first within a group; what is equal goes by name. `order: [deletionCost]`.
    pub order: Vec<OrderKey>,
    /// How strictly the budget holds. `budget: strict`.
    pub budget: BudgetMode,
    /// How many nodes of a domain are in work at once, such as of a zone.
    /// `perTopology: {key: topology.kubernetes.io/zone, max: 1}`.
    pub per_topology: Option<PerTopology>,
    /// Nodes that hold up no wave, no canary, and are no failures. `exempt: [unreachable]`.
    pub exempt: Vec<Exempt>,
    /// When the rollout stops. `stop: {maxFailures: 2, slowStart: 10m, then: hold}`.
    pub stop: Option<Stop>,
}

/// Nodes that go first.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct Canary {
    /// How many, as a number or a percentage of the nodes that should run the daemon, rounded up.
    /// `count: 5%`.
    #[serde(default = "one")]
    pub count: IntOrString,
    /// Which nodes may be one; all where it is left out. `nodes: {matchLabels: {pool: test}}`.
    #[serde(default)]
    pub nodes: Option<LabelSelector>,
    /// They are spread over the values of this label. `spreadBy: topology.kubernetes.io/zone`.
    #[serde(default)]
    pub spread_by: Option<String>,
    /// For how long each of them is available before others follow. `duration: 30m`.
    #[serde(default)]
    pub duration: Seconds,
    /// For how long none of their containers has restarted. `quiet: 5m`.
    #[serde(default)]
    pub quiet: Seconds,
}

fn one() -> IntOrString {
    IntOrString::Int(1)
}

/// Nodes that go together, after those of the waves before. Which nodes they are, one of `nodes`,
/// `topologyKey` and `percent` says.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[non_exhaustive]
pub struct Wave {
    /// What it is called in what is printed. `name: production`.
    pub name: String,
    /// Those with these labels. `nodes: {matchLabels: {tier: dev}}`.
    pub nodes: Option<LabelSelector>,
    /// One wave for each value of a label, by value. `topologyKey: topology.kubernetes.io/zone`.
    pub topology_key: Option<String>,
    /// The first so many by name of those that are in no wave yet, as a percentage of all, rounded
    /// up. `percent: 20%`.
    pub percent: Option<IntOrString>,
    /// How many nodes of the wave are in work at once, as a number or a percentage of them, rounded
    /// up; within the DaemonSet's own budget. `maxUnavailable: 1`.
    pub max_unavailable: Option<IntOrString>,
    /// For how long all of them are available before the next wave begins. `soak: 10m`.
    pub soak: Seconds,
    /// Whether the wave begins by itself. `gate: manual`.
    pub gate: Gate,
}

/// How a wave begins.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Gate {
    /// Once the waves before it are done.
    #[default]
    Automatic,
    /// Once it is [approved](super::Memory::approve), too.
    Manual,
}

/// What goes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum OrderKey {
    /// Nodes whose pod is not available, before the others.
    UnreadyFirst,
    /// Nodes under maintenance ([KEP-5683](https://github.com/kubernetes/enhancements/issues/5683)),
    /// after the others.
    LifecycleLast,
    /// Pods of a low `controller.kubernetes.io/pod-deletion-cost`, before the others.
    DeletionCost,
    /// Nodes of the zone with the fewest nodes, before the others; those of no zone last.
    SmallestZoneFirst,
    /// Older nodes, before younger ones.
    OldestNode,
    /// By name, which is what decides where nothing else does.
    Name,
    /// By name, the last one first.
    NameDescending,
}

/// How strictly the budget holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum BudgetMode {
    /// As Kubernetes has it: by what the round sees.
    #[default]
    Exact,
    /// What was begun counts until it is seen, so that a stale view or a crash between two actions
    /// spends no budget twice.
    Strict,
}

/// A cap on each domain of a topology.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct PerTopology {
    /// The label whose values are the domains; nodes without it are one of their own.
    /// `key: topology.kubernetes.io/zone`.
    pub key: String,
    /// How many nodes of a domain are in work at once, at least 1. `max: 1`.
    pub max: u32,
}

/// Nodes that hold nothing up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum Exempt {
    /// With the taint `node.kubernetes.io/not-ready`.
    NotReady,
    /// With the taint `node.kubernetes.io/unreachable`.
    Unreachable,
    /// Cordoned: with the taint `node.kubernetes.io/unschedulable`.
    Cordoned,
    /// Under maintenance.
    Maintenance,
}

/// When a rollout stops, and what then. A node fails whose new pod has failed, or is not available
/// and has restarted more than `maxRestarts` times, or is not available `slowStart` after it was
/// created.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct Stop {
    /// With so many failing nodes it stops, at least 1. `maxFailures: 2`.
    #[serde(default = "one_failure")]
    pub max_failures: u32,
    /// How often containers may restart. `maxRestarts: 5`.
    #[serde(default)]
    pub max_restarts: Option<u32>,
    /// How long a new pod may take to become available. `slowStart: 10m`.
    #[serde(default)]
    pub slow_start: Option<Seconds>,
    /// What then. `then: rollBack`.
    #[serde(default)]
    pub then: StopThen,
}

fn one_failure() -> u32 {
    1
}

/// What follows a stop.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum StopThen {
    /// Nothing is updated until the DaemonSet's generation changes.
    #[default]
    Hold,
    /// The revision is refused for good, and [`Governed::roll_back`](super::Governed::roll_back)
    /// names the one to go back to.
    RollBack,
}

/// A span of whole seconds: `90s`, `10m`, `1h30m`, `2d`, or a number of seconds.
///
/// ```
/// use daemonset::policy::Seconds;
///
/// let span: Seconds = "1h30m".parse()?;
/// assert_eq!(span.seconds(), 5400);
/// assert_eq!(span.to_string(), "1h30m");
/// assert!("1.5h".parse::<Seconds>().is_err());
/// # Ok::<(), daemonset::policy::SecondsError>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Seconds(i64);

/// A text that is no span of time.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected a span of time such as 90s, 10m or 1h30m, found {found:?}")]
#[non_exhaustive]
pub struct SecondsError {
    /// What was found.
    pub found: String,
}

/// The units, the largest first.
const UNITS: [(char, i64); 4] = [('d', 86_400), ('h', 3_600), ('m', 60), ('s', 1)];

/// The longest span: a hundred years.
const LONGEST: i64 = 100 * 366 * 86_400;

impl Seconds {
    /// So many seconds, none below zero.
    #[must_use]
    pub fn new(seconds: u32) -> Self {
        Self(seconds.into())
    }

    /// How many seconds.
    #[must_use]
    pub fn seconds(self) -> i64 {
        self.0
    }
}

impl FromStr for Seconds {
    type Err = SecondsError;

    fn from_str(text: &str) -> Result<Self, SecondsError> {
        let error = || SecondsError {
            found: text.to_owned(),
        };
        let (mut total, mut rest) = (0_i64, text);
        let mut units = UNITS.iter();
        while !rest.is_empty() {
            let end = rest.find(|c: char| !c.is_ascii_digit()).ok_or_else(error)?;
            let (digits, after) = rest.split_at_checked(end).ok_or_else(error)?;
            let unit = after.chars().next().ok_or_else(error)?;
            let (_, seconds) = units.find(|(name, _)| *name == unit).ok_or_else(error)?;
            let number: i64 = digits.parse().map_err(|_| error())?;
            total = total.saturating_add(number.saturating_mul(*seconds));
            rest = after.get(unit.len_utf8()..).unwrap_or_default();
        }
        if text.is_empty() || total > LONGEST {
            return Err(error());
        }
        Ok(Self(total))
    }
}

impl fmt::Display for Seconds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut rest = self.0;
        for (name, seconds) in UNITS {
            if rest >= seconds {
                write!(f, "{}{name}", rest / seconds)?;
                rest %= seconds;
            }
        }
        if self.0 == 0 {
            f.write_str("0s")
        } else {
            Ok(())
        }
    }
}

impl Serialize for Seconds {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Seconds {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        use serde::de::Error;
        match IntOrString::deserialize(deserializer)? {
            IntOrString::String(text) => text.parse().map_err(D::Error::custom),
            IntOrString::Int(seconds) => match i64::from(seconds) {
                seconds @ 0..=LONGEST => Ok(Self(seconds)),
                other => Err(D::Error::custom(SecondsError {
                    found: other.to_string(),
                })),
            },
        }
    }
}
