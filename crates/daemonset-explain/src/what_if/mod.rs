//! What if: what a new version of a set, or a changed cluster, would do before anyone applies it.
//!
//! ```
//! use daemonset::api::{DaemonSet, Node};
//! use daemonset::what_if::{Restarts, Situation, compare};
//! use serde_json::json;
//!
//! let agent = |image: &str, limits: serde_json::Value| -> DaemonSet {
//!     serde_json::from_value(json!({
//!         "metadata": {"name": "agent", "namespace": "infra"},
//!         "spec": {
//!             "selector": {"matchLabels": {"app": "agent"}},
//!             "template": {
//!                 "metadata": {"labels": {"app": "agent"}},
//!                 "spec": {"containers": [{"name": "agent", "image": image, "args": limits}]},
//!             },
//!         },
//!     })).unwrap()
//! };
//! let nodes: Vec<Node> = ["node-a", "node-b"].map(|name| {
//!     let mut node = Node::default();
//!     node.metadata.name = name.into();
//!     node
//! }).into();
//!
//! let today = Situation::settled(agent("agent:1", json!(["-v"])), nodes.clone())?;
//! let same = compare(&today, &agent("agent:1", json!(["-v"])), &nodes)?;
//! assert_eq!(same.restarts(), Restarts::No);
//!
//! let newer = compare(&today, &agent("agent:2", json!(["-v"])), &nodes)?;
//! assert_eq!(newer.restarts().to_string(), "yes: 2 pods, in 2 waves at least");
//! assert_eq!(
//!     newer.differences[0].to_string(),
//!     "spec.template.spec.containers[agent].image: agent:1 → agent:2",
//! );
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod apply;
mod difference;
mod forecast;
mod model;
mod stored;

pub use apply::applied;
pub use difference::{Change, Difference, differences};
pub use forecast::{End, Forecast, PodComes, PodGoes, PodStays};
pub use stored::TemplateChange;

use std::fmt;

use indexmap::IndexMap;
use serde::Serialize;

use crate::api::{ControllerRevision, DaemonSet, Node, Pod, Timestamp};
use crate::hash::{FixedState, HashSet};
use crate::placement::{Obstacle, Placement, Rules, Verdict};
use crate::selector::SelectorError;
use crate::validate::{Fault, validate_update};

/// A set and everything that a round of it looks at.
///
/// ```
/// use daemonset::what_if::Situation;
///
/// let no_nodes = Situation::default();
/// assert_eq!(no_nodes.forecast()?.status.desired_number_scheduled, 0);
/// # Ok::<(), daemonset::selector::SelectorError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Situation {
    /// The set.
    pub daemon_set: DaemonSet,
    /// The nodes of the cluster.
    pub nodes: Vec<Node>,
    /// The pods of the cluster; those that are none of the set's business do no harm.
    pub pods: Vec<Pod>,
    /// The ControllerRevisions of the cluster.
    pub revisions: Vec<ControllerRevision>,
    /// The present; where nobody says, the newest timestamp in the set, the nodes and the pods.
    pub now: Option<Timestamp>,
}

impl Situation {
    /// The set once it is rolled out on these nodes, every pod ready: what to compare with when
    /// only manifests are at hand.
    ///
    /// # Errors
    /// A malformed selector.
    pub fn settled(daemon_set: DaemonSet, nodes: Vec<Node>) -> Result<Self, SelectorError> {
        let mut situation = Self {
            daemon_set,
            nodes,
            ..Self::default()
        };
        let (set, pods, revisions, now) = {
            let (_, model) = situation.run()?;
            let mut pods: Vec<Pod> = model.pods.into_values().collect();
            pods.sort_by(|a, b| a.metadata.name.cmp(&b.metadata.name));
            (model.set, pods, model.revisions, model.now)
        };
        situation.daemon_set = set;
        situation.pods = pods;
        situation.revisions = revisions;
        situation.now = Some(now);
        Ok(situation)
    }
}

/// Why two versions cannot be compared.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CompareError {
    /// They are two sets and not two versions of one: the name and the namespace of a set cannot
    /// be changed.
    #[error("expected a new version of daemon set {before}, found daemon set {after}")]
    AnotherSet {
        /// Namespace and name of the old one.
        before: String,
        /// Namespace and name of the new one.
        after: String,
    },
    /// The old set's selector does not parse, so that nobody can say which pods are its own.
    #[error(transparent)]
    Selector(#[from] SelectorError),
}

/// What a change does.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Comparison {
    /// What the API server refuses the new version for. Where there is anything, nothing is stored
    /// and nothing happens.
    pub faults: Vec<Fault>,
    /// How the template changes.
    pub template: TemplateChange,
    /// Where the two versions of the set differ once the API server has stored them: labels,
    /// annotations and spec.
    pub differences: Vec<Difference>,
    /// The nodes that are not the same to the daemon before and after, by name.
    pub nodes: Vec<NodeChange>,
    /// What would happen without the change.
    pub before: Forecast,
    /// What happens with it; `None` where the API server refuses it.
    pub after: Option<Forecast>,
}

/// A node that gains or loses the daemon, or that has other things against it than before.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct NodeChange {
    /// The node.
    pub node: String,
    /// The verdict before; `None` where there was no such node.
    pub before: Option<Verdict>,
    /// The verdict after; `None` where there is no such node any more.
    pub after: Option<Verdict>,
    /// What stands against it now and did not before.
    pub appeared: Vec<Obstacle>,
    /// What stood against it before and does not now.
    pub disappeared: Vec<Obstacle>,
}

impl NodeChange {
    /// Whether the node should run the daemon now, and should not before.
    #[must_use]
    pub fn gains(&self) -> bool {
        self.after == Some(Verdict::Run) && self.before != Some(Verdict::Run)
    }

    /// Whether the node should not run the daemon now, and should before. A pod that is there may
    /// stay ([`Verdict::KeepExisting`]).
    #[must_use]
    pub fn loses(&self) -> bool {
        self.before == Some(Verdict::Run) && self.after != Some(Verdict::Run)
    }
}

/// Whether a change restarts pods: the short answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(
    tag = "answer",
    rename_all = "camelCase",
    rename_all_fields = "camelCase"
)]
pub enum Restarts {
    /// The API server refuses the change, so nothing happens.
    Refused,
    /// No pod restarts.
    No,
    /// Only pods that somebody deletes: the strategy is `OnDelete`.
    OnDelete {
        /// How many pods the change makes outdated.
        pods: usize,
    },
    /// These pods are replaced.
    Yes {
        /// How many pods restart.
        pods: usize,
        /// How many of them restart without the change too, since a rollout is under way.
        anyway: usize,
        /// In how many waves the rolling update takes them, at least.
        waves: usize,
        /// How many seconds that takes, at least.
        seconds: i64,
        /// How it ends.
        end: End,
    },
}

impl Comparison {
    /// The nodes that gain the daemon.
    pub fn gains(&self) -> impl Iterator<Item = &NodeChange> {
        self.nodes.iter().filter(|node| node.gains())
    }

    /// The nodes that lose it.
    pub fn losses(&self) -> impl Iterator<Item = &NodeChange> {
        self.nodes.iter().filter(|node| node.loses())
    }

    /// The pods that restart and would not without the change, each with why.
    pub fn restarted(&self) -> impl Iterator<Item = &PodGoes> {
        let anyway: HashSet<&str> = (self.before.restarted.iter())
            .map(|goes| goes.pod.as_str())
            .collect();
        let after = self.after.iter().flat_map(|after| &after.restarted);
        after.filter(move |goes| !anyway.contains(goes.pod.as_str()))
    }

    /// Whether nothing is different, and nothing happens that would not happen anyway.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.faults.is_empty()
            && self.differences.is_empty()
            && self.nodes.is_empty()
            && self.after.as_ref() == Some(&self.before)
    }

    /// Whether the change restarts pods: the short answer.
    #[must_use]
    pub fn restarts(&self) -> Restarts {
        let Some(after) = &self.after else {
            return Restarts::Refused;
        };
        let pods = after.restarted.len();
        if pods > 0 {
            return Restarts::Yes {
                pods,
                anyway: pods - self.restarted().count(),
                waves: after.waves,
                seconds: after.seconds,
                end: after.end.clone(),
            };
        }
        let before: HashSet<_> = self.before.outdated.iter().map(|it| &it.pod).collect();
        let outdated = after.outdated.iter().filter(|it| !before.contains(&it.pod));
        match outdated.count() {
            pods if pods > 0 && after.end == End::OnDelete => Restarts::OnDelete { pods },
            _ => Restarts::No,
        }
    }
}

/// What becomes of a situation when its set is replaced by another version of it, its nodes by
/// these, or both. Where nothing changes, hand in what the situation has.
///
/// The new version is stored as the API server stores it: UID, status and what it counts by itself
/// are those of the old one, and whatever the manifest does not say has its default, as with
/// `kubectl replace`. For `kubectl apply`, which keeps fields that somebody else has set, hand in
/// what [`applied`] makes of the two. An empty namespace is that of the old one.
///
/// Pods and revisions are those of today. Pods on nodes that are gone go with them.
///
/// # Errors
/// Another name or namespace, or an old selector that does not parse. Every fault of the new
/// version is in [`Comparison::faults`].
pub fn compare(
    before: &Situation,
    daemon_set: &DaemonSet,
    nodes: &[Node],
) -> Result<Comparison, CompareError> {
    let old = with_namespace(&before.daemon_set, &before.daemon_set);
    let new = with_namespace(daemon_set, &old);
    let name = |set: &DaemonSet| format!("{}/{}", set.metadata.namespace, set.metadata.name);
    if name(&old) != name(&new) {
        return Err(CompareError::AnotherSet {
            before: name(&old),
            after: name(&new),
        });
    }
    let faults = validate_update(&old, &new);
    let after = Situation {
        daemon_set: stored::update(&before.daemon_set, &new),
        nodes: nodes.to_vec(),
        pods: before.pods.clone(),
        revisions: before.revisions.clone(),
        // The forecasts of before and after begin at the same moment.
        now: before.now.or_else(|| {
            let newest = crate::plan::newest(&before.daemon_set, &before.nodes, &before.pods);
            Some(newest)
        }),
    };
    let (set, next) = (&before.daemon_set, &after.daemon_set);
    Ok(Comparison {
        template: stored::template_change(&set.spec.template, &daemon_set.spec.template),
        differences: differences(&stored::comparable(set), &stored::comparable(next)),
        nodes: node_changes((set, &before.nodes), (next, nodes)),
        before: before.forecast()?,
        after: if faults.is_empty() {
            Some(after.forecast()?)
        } else {
            None
        },
        faults,
    })
}

/// The set with a namespace, so that it can be validated: that of the other one, or `default`.
fn with_namespace(set: &DaemonSet, other: &DaemonSet) -> DaemonSet {
    let mut set = set.clone();
    let namespace = &mut set.metadata.namespace;
    if namespace.is_empty() {
        other.metadata.namespace.clone_into(namespace);
    }
    if namespace.is_empty() {
        "default".clone_into(namespace);
    }
    set
}

/// The nodes that are not the same to the daemon before and after.
fn node_changes(
    (old_set, old_nodes): (&DaemonSet, &[Node]),
    (new_set, new_nodes): (&DaemonSet, &[Node]),
) -> Vec<NodeChange> {
    type Both = (Option<Placement>, Option<Placement>);
    let mut places: IndexMap<&str, Both, FixedState> = IndexMap::default();
    let rules = Rules::new(&old_set.spec.template);
    for node in old_nodes {
        let both = places.entry(node.metadata.name.as_str()).or_default();
        both.0 = Some(stricter(both.0.take(), rules.place(node)));
    }
    let rules = Rules::new(&new_set.spec.template);
    for node in new_nodes {
        let both = places.entry(node.metadata.name.as_str()).or_default();
        both.1 = Some(stricter(both.1.take(), rules.place(node)));
    }
    places.sort_unstable_keys();
    let changed = places.into_iter().filter(|(_, (old, new))| old != new);
    changed
        .map(|(node, (old, new))| node_change(node, old, new))
        .collect()
}

/// A node given twice counts once, with the verdict that allows less.
fn stricter(earlier: Option<Placement>, found: Placement) -> Placement {
    match earlier {
        Some(earlier) if earlier.verdict <= found.verdict => earlier,
        _ => found,
    }
}

fn node_change(node: &str, old: Option<Placement>, new: Option<Placement>) -> NodeChange {
    let verdict = |placement: &Option<Placement>| placement.as_ref().map(|it| it.verdict);
    let (before, after) = (verdict(&old), verdict(&new));
    let obstacles = |it: Option<Placement>| it.map(|it| it.obstacles).unwrap_or_default();
    let (old, new) = (obstacles(old), obstacles(new));
    NodeChange {
        node: node.to_owned(),
        before,
        after,
        appeared: new.iter().filter(|it| !old.contains(it)).cloned().collect(),
        disappeared: old.iter().filter(|it| !new.contains(it)).cloned().collect(),
    }
}

/// Prints `no`, or `yes` with how many pods and how long at least.
impl fmt::Display for Restarts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused => f.write_str("no: the API server refuses the change"),
            Self::No => f.write_str("no"),
            Self::OnDelete { pods } => {
                let pods = count(*pods, "pod");
                write!(
                    f,
                    "not by itself: {pods} restart when somebody deletes them (OnDelete)"
                )
            }
            Self::Yes {
                pods,
                anyway,
                waves,
                seconds,
                end,
            } => {
                write!(f, "yes: {}", count(*pods, "pod"))?;
                match anyway {
                    0 => {}
                    all if all == pods => f.write_str(", as without the change")?,
                    some => write!(f, ", {some} of which restart anyway")?,
                }
                write!(f, ", in {} at least", count(*waves, "wave"))?;
                if *seconds > 0 {
                    write!(f, ", {seconds} s at least")?;
                }
                match end {
                    End::Settled => Ok(()),
                    other => write!(f, "; {other}"),
                }
            }
        }
    }
}

/// Prints what is left, as a clause.
impl fmt::Display for End {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Settled => f.write_str("every pod is up to date and available in the end"),
            Self::OnDelete => {
                f.write_str("pods of older revisions stay until somebody deletes them")
            }
            Self::Unavailable => {
                f.write_str("every pod is up to date in the end, and some are not available")
            }
            Self::Stalled => f.write_str(
                "it does not finish: pods that are not available spend the whole budget",
            ),
            Self::Undecided(outcome) => match outcome {
                crate::Outcome::SelectingAll => {
                    f.write_str("nothing is decided: the selector selects every pod")
                }
                crate::Outcome::Deleting => {
                    f.write_str("nothing is decided: the set is being deleted")
                }
                crate::Outcome::InvalidBudget(error) => {
                    write!(f, "the rolling update does not begin: {error}")
                }
                _ => f.write_str("nothing is decided"),
            },
            Self::Unfinished(limit) => write!(f, "it did not come to rest within {limit} rounds"),
        }
    }
}

fn count(number: usize, of: &str) -> String {
    let s = if number == 1 { "" } else { "s" };
    format!("{number} {of}{s}")
}
