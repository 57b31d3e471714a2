//! What a change does, before it is made.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use daemonset::api::DaemonSet;
use daemonset::fit::ClusterRoom;
use daemonset::matching::SelectorError;
use daemonset::placement::{Obstacle, Placement, Verdict};
use daemonset::template::Shape;
use daemonset::{Cluster, Options, Planner};
use serde::{Deserialize, Serialize};

use super::forecast::{End, Forecast, PodGoes, Restarted};
use super::hindrances::{Beside, Known};
use super::run::run;
use crate::finding::Refusal;
use crate::room::SetRoom;
use crate::version::stored::{TemplateChange, comparable, template_change};
use crate::version::{Difference, differences};
use crate::words::{agree, count};

/// Why two versions cannot be compared.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CompareError {
    /// They are two DaemonSets and not two versions of one: the name and the namespace cannot be
    /// changed.
    #[error("expected a new version of DaemonSet {before}, found DaemonSet {after}")]
    AnotherSet {
        /// Namespace and name of the old one.
        before: String,
        /// Namespace and name of the new one.
        after: String,
    },
    /// A selector does not parse.
    #[error(transparent)]
    Selector(#[from] SelectorError),
}

/// What a change does.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Comparison {
    /// How the template changes.
    pub template: TemplateChange,
    /// Where the two versions of the DaemonSet differ as the API server stores them: labels,
    /// annotations and spec.
    pub differences: Vec<Difference>,
    /// The nodes that are not the same to the daemon before and after, by name.
    pub nodes: Vec<NodeChange>,
    /// What would happen without the change.
    pub before: Forecast,
    /// What happens with it.
    pub after: Forecast,
}

/// A node that gains or loses the daemon, or that has other things against it than before.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
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
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
#[serde(
    tag = "answer",
    rename_all = "camelCase",
    rename_all_fields = "camelCase"
)]
pub enum Restarts {
    /// No pod restarts.
    No,
    /// The API server would refuse the new pods.
    Refused {
        /// How many pods go, and no other comes.
        lost: usize,
        /// How many restart all the same, since their new pods have room in a quota.
        restarted: usize,
        /// What refuses them.
        by: Vec<Refusal>,
    },
    /// Only pods that are deleted: the strategy is `OnDelete`.
    OnDelete {
        /// How many pods the change makes outdated on nodes that should run the daemon.
        pods: usize,
        /// How many others it makes outdated, which are not made again once they are deleted.
        unwanted: usize,
    },
    /// What was given does not tell: no ControllerRevisions were.
    Unclear {
        /// Of how many pods it is not known.
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
        /// How many restart where nodes without room are among them; all other figures are then of the
        /// order by name, which Kubernetes does not keep.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        open: Option<Restarted>,
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
        let anyway: BTreeSet<&str> = (self.before.restarted.iter())
            .map(|goes| goes.pod.as_str())
            .collect();
        let after = self.after.restarted.iter();
        after.filter(move |goes| !anyway.contains(goes.pod.as_str()))
    }

    /// Whether nothing is different, and nothing happens that would not happen anyway.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.differences.is_empty() && self.nodes.is_empty() && self.after == self.before
    }

    /// Whether the change restarts pods: the short answer.
    #[must_use]
    pub fn restarts(&self) -> Restarts {
        let after = &self.after;
        if let End::Unclear(pods) = after.end {
            return Restarts::Unclear { pods };
        }
        if !after.refused.is_empty() {
            return Restarts::Refused {
                lost: after.lost.len(),
                restarted: after.restarted.len(),
                by: after.refused.clone(),
            };
        }
        let pods = after.restarted.len();
        let open = after.open.filter(|it| it.most > 0);
        if pods > 0 || open.is_some() {
            return Restarts::Yes {
                pods,
                anyway: pods - self.restarted().count(),
                waves: after.waves,
                seconds: after.seconds,
                end: after.end.clone(),
                open,
            };
        }
        let before: BTreeSet<_> = self.before.outdated.iter().map(|it| &it.pod).collect();
        let outdated = after.outdated.iter().filter(|it| !before.contains(&it.pod));
        let (unwanted, wanted): (Vec<_>, Vec<_>) = outdated.partition(|it| it.unwanted);
        let (pods, unwanted) = (wanted.len(), unwanted.len());
        if pods + unwanted > 0 && after.end == End::OnDelete {
            Restarts::OnDelete { pods, unwanted }
        } else {
            Restarts::No
        }
    }
}

/// What becomes of a DaemonSet in a cluster when it is replaced by another version of it, the
/// cluster by another, or both. Where one of them does not change, hand it in twice.
///
/// `new` is the new version as the API server would store it: [`update`](super::update) says so.
/// Whether it would store it at all is not asked; validate first.
///
/// Pods and revisions are those of today, also after the change. Pods on nodes that are gone go
/// with them. Both forecasts begin at the moment of `before`.
///
/// # Errors
/// Another name or namespace, or a selector that does not parse.
pub fn compare(
    old: &DaemonSet,
    new: &DaemonSet,
    before: &Cluster<'_>,
    after: &Cluster<'_>,
    options: &Options,
) -> Result<Comparison, CompareError> {
    compare_beside(old, new, before, after, options, Beside::default())
}

/// The same, where new pods may find no room, as in
/// [`forecast_with_room`](super::forecast_with_room): that of the cluster as it is afterwards.
///
/// # Errors
/// Another name or namespace, or a selector that does not parse.
pub fn compare_with_room(
    old: &DaemonSet,
    new: &DaemonSet,
    before: &Cluster<'_>,
    after: &Cluster<'_>,
    options: &Options,
    room: &ClusterRoom,
) -> Result<Comparison, CompareError> {
    compare_beside(old, new, before, after, options, Beside::new().room(room))
}

/// The same, with all that was given beside: room, what the API server refuses, pods that do not go,
/// kubelets that do not answer.
///
/// # Errors
/// Another name or namespace, or a selector that does not parse.
pub fn compare_beside(
    old: &DaemonSet,
    new: &DaemonSet,
    before: &Cluster<'_>,
    after: &Cluster<'_>,
    options: &Options,
    beside: Beside<'_>,
) -> Result<Comparison, CompareError> {
    let name = |set: &DaemonSet| format!("{}/{}", set.metadata.namespace, set.metadata.name);
    if name(old) != name(new) {
        return Err(CompareError::AnotherSet {
            before: name(old),
            after: name(new),
        });
    }
    let planner = Planner::with_options(old, options.clone())?;
    let new_planner = Planner::with_options(new, options.clone())?;
    let now = planner.now(before);
    // A template that does not read asks for nothing that is known.
    let asked = |planner: &Planner, cluster: &Cluster<'_>| {
        let room = beside.room;
        room.and_then(|room| SetRoom::new(planner, cluster, room).ok())
    };
    let (old_room, new_room) = (asked(&planner, before), asked(&new_planner, after));
    let known = |next: &DaemonSet, cluster: &Cluster<'_>| {
        Known::of(Some(old), next, cluster, options, beside)
    };
    let (known_before, known_after) = (known(old, before)?, known(new, after)?);
    Ok(Comparison {
        template: template_change(&old.spec.template, &new.spec.template),
        differences: differences(Shape::daemon_set(), &comparable(old), &comparable(new)),
        nodes: node_changes((&planner, before), (&new_planner, after)),
        before: run(old, before, options, now, old_room.as_ref(), &known_before)?.0,
        after: run(new, after, options, now, new_room.as_ref(), &known_after)?.0,
    })
}

/// The nodes that are not the same to the daemon before and after, by name.
fn node_changes(
    (old, before): (&Planner, &Cluster<'_>),
    (new, after): (&Planner, &Cluster<'_>),
) -> Vec<NodeChange> {
    let mut places: BTreeMap<&str, (Option<Placement>, Option<Placement>)> = BTreeMap::new();
    for &node in before.nodes() {
        places.entry(&node.metadata.name).or_default().0 = Some(old.place(node));
    }
    for &node in after.nodes() {
        places.entry(&node.metadata.name).or_default().1 = Some(new.place(node));
    }
    let changed = places.into_iter().filter(|(_, (old, new))| old != new);
    changed
        .map(|(node, (old, new))| node_change(node, old, new))
        .collect()
}

fn node_change(node: &str, old: Option<Placement>, new: Option<Placement>) -> NodeChange {
    let verdict = |placement: &Option<Placement>| placement.as_ref().map(|it| it.verdict);
    let (before, after) = (verdict(&old), verdict(&new));
    let obstacles = |it: Option<Placement>| it.map(|it| it.obstacles).unwrap_or_default();
    let (old, new) = (obstacles(old), obstacles(new));
    let not_in = |all: &[Obstacle], others: &[Obstacle]| -> Vec<Obstacle> {
        // Printed, since sentences can be sorted.
        let others: BTreeSet<String> = others.iter().map(ToString::to_string).collect();
        let new = all.iter().filter(|it| !others.contains(&it.to_string()));
        new.cloned().collect()
    };
    NodeChange {
        node: node.to_owned(),
        before,
        after,
        appeared: not_in(&new, &old),
        disappeared: not_in(&old, &new),
    }
}

/// Prints `no`, or `yes` with how many pods and how long at least.
impl fmt::Display for Restarts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::No => f.write_str("no"),
            Self::Refused {
                lost,
                restarted,
                by,
            } => {
                match restarted {
                    0 => f.write_str("no")?,
                    some => write!(f, "yes: {}", count(*some, "pod"))?,
                }
                if *lost > 0 {
                    write!(
                        f,
                        "; {} {} and no other comes",
                        count(*lost, "pod"),
                        agree(*lost, "goes", "go")
                    )?;
                }
                write!(f, ": the API server would refuse new pods: {}", by_all(by))
            }
            Self::OnDelete { pods, unwanted } => {
                write!(
                    f,
                    "only when deleted: the update strategy is OnDelete, and {} {} outdated",
                    count(pods + unwanted, "pod"),
                    agree(pods + unwanted, "becomes", "become"),
                )?;
                match unwanted {
                    0 => Ok(()),
                    some => write!(
                        f,
                        ", {some} of which {} not made again",
                        agree(*some, "is", "are")
                    ),
                }
            }
            Self::Unclear { pods } => write!(
                f,
                "cannot tell for {}: no ControllerRevisions are given",
                count(*pods, "pod")
            ),
            Self::Yes {
                pods,
                anyway,
                waves,
                seconds,
                end,
                open,
            } => {
                match open {
                    Some(open) => write!(f, "yes: {open}")?,
                    None => write!(f, "yes: {}", count(*pods, "pod"))?,
                }
                match anyway {
                    0 => {}
                    all if all == pods => f.write_str(", as without the change")?,
                    some => write!(f, ", {some} of which restart anyway")?,
                }
                if open.is_none() {
                    write!(f, ", in at least {}", count(*waves, "wave"))?;
                    if *seconds > 0 {
                        write!(f, " and {seconds} s")?;
                    }
                }
                match (end, open) {
                    (_, Some(open)) => write!(f, "; {}", open.end()),
                    (End::Settled, _) => Ok(()),
                    (other, _) => write!(f, "; {other}"),
                }
            }
        }
    }
}

/// What refuses pods, in one clause.
fn by_all(refusals: &[Refusal]) -> String {
    let all: Vec<String> = refusals.iter().map(ToString::to_string).collect();
    all.join("; ")
}
