//! The pods of a DaemonSet that wait for room: what each asks for, what is free, and who holds it.

use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::fmt;
use std::hash::{BuildHasherDefault, DefaultHasher};

use daemonset::api::{ConditionType, Pod, Timestamp};
use daemonset::fit::{
    Admission, Amounts, Answer, ClusterRoom, Need, PodNeeds, Resident, Shortfall, Standing,
};
use daemonset::placement::Rules;
use daemonset::view::PodView;
use daemonset::well_known::CONTROLLER_REVISION_HASH;
use daemonset::{Cluster, Planner};
use serde::Serialize;

use super::{Room, SchedulerSaid, SetRoom, own_pods};
use crate::words::{count, list};

/// How many nodes are named.
const SHOWN: usize = 5;

/// Pods that wait for the same on some nodes.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Wait {
    /// Their nodes, by name.
    pub nodes: Vec<String>,
    /// What they wait for.
    pub reason: WaitReason,
}

/// What a pod that is not scheduled waits for.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(
    tag = "wait",
    rename_all = "camelCase",
    rename_all_fields = "camelCase"
)]
#[non_exhaustive]
pub enum WaitReason {
    /// For room that others have taken or that is not there: what it asks for, what is free, and who
    /// holds it.
    Room {
        /// As a clause.
        why: String,
    },
    /// For pods that are being deleted, such as those that are evicted for it.
    Terminating {
        /// Who, by namespace and name.
        pods: Vec<String>,
        /// Whether the scheduler evicts them for it.
        preempted: bool,
        /// For how many seconds the grace period of the first of them has been over; negative while
        /// it is not, and `None` where it is not known.
        overdue: Option<i64>,
        /// The finalizers that hold them.
        finalizers: Vec<String>,
    },
    /// For evictions, which the scheduler has not begun as far as is known.
    Evictions {
        /// As a clause.
        why: String,
    },
    /// By what was given it has room: pods that were not given may have taken it, or the scheduler
    /// has not come to it.
    Nothing {
        /// Whether the scheduler has looked for room before, and found none.
        again: bool,
    },
    /// What was given does not tell; what the scheduler says is all there is.
    Unknown {
        /// The scheduler's sentence, where it tells what it comes to.
        said: Option<SchedulerSaid>,
        /// What would have to be known.
        missing: Vec<Need>,
    },
}

/// How many groups of pods that wait for room are told.
const MOST_TOLD: usize = 5;

/// What the DaemonSet's pods wait for that are not bound to their nodes, those that wait for the same
/// together, the most first.
#[must_use]
pub fn waits(
    planner: &Planner,
    cluster: &Cluster<'_>,
    room: &ClusterRoom,
    now: Timestamp,
) -> Vec<Wait> {
    let Ok(of_set) = SetRoom::new(planner, cluster, room) else {
        return Vec::new();
    };
    let waits =
        |pod: &&Pod| pod.node_name().is_none() && !pod.is_terminating() && !pod.is_terminal();
    let own = own_pods(planner, cluster).into_iter();
    let set = planner.daemon_set();
    let template = &set.spec.template;
    let as_written =
        PodNeeds::of_template(template, &set.metadata.namespace, &Admission::default()).ok();
    let around = Around {
        cluster,
        rules: planner.rules(),
        now,
        given: OnceCell::new(),
    };
    let mut groups: BTreeMap<String, Wait> = BTreeMap::new();
    // The last question on each node: several pods of one node mostly ask the same.
    let mut asked_on: BTreeMap<&str, (PodNeeds, String)> = BTreeMap::new();
    let mut last = of_set.clone();
    for pod in own.filter(waits) {
        let Some(node) = pod.target_node() else {
            continue;
        };
        let Some(asked) = last.for_pod(&pod.metadata.name) else {
            continue;
        };
        last = asked;
        let needs = last.asked.needs();
        let before = asked_on.get(node);
        let before = before.filter(|(before, _)| before.asks_as(needs));
        if let Some(wait) = before.and_then(|(_, key)| groups.get_mut(key)) {
            wait.nodes.push(node.to_owned());
            continue;
        }
        // Only a pod of this very template shows what was filled in.
        let hash = pod.metadata.labels.get(CONTROLLER_REVISION_HASH);
        let is_current = hash == Some(planner.current_revision().hash.as_str());
        let written = as_written.as_ref().filter(|_| is_current);
        let written = written.map(PodNeeds::requests);
        let reason = last.reason(node, pod, written, &around);
        let key = match &reason {
            WaitReason::Terminating { preempted, .. } => format!("terminating {preempted}"),
            other => other.to_string(),
        };
        // What the scheduler says of a pod is said of that one.
        if !matches!(reason, WaitReason::Unknown { .. }) {
            asked_on.insert(node, (needs.clone(), key.clone()));
        }
        if let Some(wait) = groups.get_mut(&key) {
            wait.nodes.push(node.to_owned());
            wait.reason.join(reason);
        } else {
            let nodes = vec![node.to_owned()];
            groups.insert(key, Wait { nodes, reason });
        }
    }
    let mut waits: Vec<Wait> = groups.into_values().collect();
    for wait in &mut waits {
        wait.nodes.sort();
        wait.reason.put_in_order();
    }
    waits.sort_by(|a, b| {
        b.nodes
            .len()
            .cmp(&a.nodes.len())
            .then_with(|| a.nodes.cmp(&b.nodes))
    });
    waits
}

/// What a DaemonSet's pods wait in.
struct Around<'a> {
    cluster: &'a Cluster<'a>,
    rules: &'a Rules,
    now: Timestamp,
    /// What the nodes give that should run the daemon, each amount once; `None` where one of them does
    /// not say, or there are no several nodes.
    given: OnceCell<Option<HashSet<&'a Amounts, FixedHash>>>,
}

/// In no order that is told, so that no seed is needed.
type FixedHash = BuildHasherDefault<DefaultHasher>;

impl<'a> Around<'a> {
    /// Whether every node that should run the daemon is too small, of several at least.
    fn fits_nowhere(&self, needs: &PodNeeds, room: &'a ClusterRoom) -> bool {
        let given = self.given.get_or_init(|| {
            let wanted = self.cluster.nodes().iter();
            let wanted = wanted.filter(|node| self.rules.verdict(**node).should_run());
            let given = wanted.map(|node| {
                let room = room.rooms().get(&node.metadata.name);
                let given = room.and_then(|room| room.allocatable());
                given.map(|given| &given.amounts)
            });
            given
                .collect::<Option<_>>()
                .filter(|_| self.cluster.nodes().len() > 1)
        });
        given.as_ref().is_some_and(|given| {
            given.iter().all(|given| {
                let mut asked = needs.requests().iter();
                asked.any(|(resource, amount)| amount > given.get(resource))
            })
        })
    }
}

impl<'r> SetRoom<'r> {
    /// The same for a pod that is there and not bound yet, which may ask for something else than the
    /// template; `None` where it is not known.
    fn for_pod(&self, name: &str) -> Option<Self> {
        Some(Self {
            asked: self.asked.for_pod(&self.namespace, name)?,
            ..self.clone()
        })
    }

    /// Whether a pod of it that is not bound yet asks for more than the whole node has, so that nobody who leaves makes it room.
    pub(crate) fn outgrows(&self, pod: &str, node: &str) -> bool {
        let asked = self.for_pod(pod);
        let fit = asked.and_then(|it| it.asked.fit_after(node, self.own_on(node)));
        fit.is_some_and(|fit| fit.shortfalls().any(Shortfall::is_too_small))
    }

    /// What one of its pods waits for, whose template as it is written requests so much.
    fn reason(
        &self,
        node: &str,
        pod: &Pod,
        written: Option<&Amounts>,
        around: &Around<'r>,
    ) -> WaitReason {
        let unknown = |missing: Vec<Need>| WaitReason::Unknown {
            said: said(pod),
            missing,
        };
        let Some(found) = self.now(node) else {
            return unknown(Vec::new());
        };
        let why = || self.why(node, &found).unwrap_or_default();
        match &found {
            Room::Free => WaitReason::Nothing {
                again: said(pod).is_some(),
            },
            Room::Preempting { .. } => WaitReason::Evictions { why: why() },
            Room::None { fit } => {
                let mut why = why();
                let needs = self.asked.needs();
                if fit.answer == Answer::TooSmall && around.fits_nowhere(needs, self.room) {
                    why = format!("{why}; no node that should run the daemon has that much");
                }
                let filled: Vec<&str> = fit
                    .shortfalls()
                    .map(|short| short.resource.as_str())
                    .filter(|resource| written.is_some_and(|all| all.get(resource) == 0))
                    .collect();
                if !filled.is_empty() {
                    let namespace = &self.namespace;
                    why = format!(
                        "{why}; the template requests no {}: a LimitRange of namespace {namespace} fills that in",
                        filled.join(" and no ")
                    );
                }
                WaitReason::Room { why }
            }
            Room::Unknown { missing } => unknown(missing.clone()),
            Room::AfterTerminating { pods } => {
                let room = self.room.rooms().get(node);
                let going = pods.iter();
                let going: Vec<&Resident> = going
                    .filter_map(|pod| room.and_then(|room| room.resident(pod)))
                    .collect();
                let until = going.iter().filter_map(|pod| pod.deletion_timestamp());
                let finalizers: BTreeSet<&String> =
                    going.iter().flat_map(|pod| pod.finalizers()).collect();
                WaitReason::Terminating {
                    pods: pods.iter().map(ToString::to_string).collect(),
                    preempted: self.asked.needs().nominated_node() == Some(node)
                        || going
                            .iter()
                            .any(|pod| pod.standing() == Standing::Preempted),
                    overdue: until.map(|until| around.now.seconds_since(until)).max(),
                    finalizers: finalizers.into_iter().cloned().collect(),
                }
            }
        }
    }
}

/// What the scheduler says of a pod, taken apart.
fn said(pod: &Pod) -> Option<SchedulerSaid> {
    let condition = pod.condition(&ConditionType::PodScheduled)?;
    SchedulerSaid::read(&condition.message).filter(|said| said.verdict.is_some())
}

/// The first of those that say more than that it is not known.
pub fn told(waits: &[Wait]) -> impl Iterator<Item = &Wait> {
    let tells = |wait: &&Wait| !matches!(wait.reason, WaitReason::Unknown { said: None, .. });
    waits.iter().filter(tells).take(MOST_TOLD)
}

impl WaitReason {
    /// Takes another of the same kind in.
    fn join(&mut self, other: Self) {
        if let (
            Self::Terminating {
                pods,
                overdue,
                finalizers,
                ..
            },
            Self::Terminating {
                pods: more,
                overdue: later,
                finalizers: others,
                ..
            },
        ) = (self, other)
        {
            pods.extend(more);
            *overdue = (*overdue).max(later);
            finalizers.extend(others);
        }
    }

    /// Names each once, in order, once all are in.
    fn put_in_order(&mut self) {
        if let Self::Terminating {
            pods, finalizers, ..
        } = self
        {
            for names in [pods, finalizers] {
                names.sort();
                names.dedup();
            }
        }
    }
}

/// Prints what is waited for, as a clause.
impl fmt::Display for WaitReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Room { why } => f.write_str(why),
            Self::Terminating {
                pods,
                preempted,
                overdue,
                finalizers,
            } => {
                let names = list(pods, SHOWN);
                let are = crate::words::agree(pods.len(), "is", "are");
                if *preempted {
                    write!(
                        f,
                        "the scheduler evicts {names} for it, which {are} terminating"
                    )?;
                } else {
                    write!(
                        f,
                        "it has room once {names} {are} gone, which {are} terminating"
                    )?;
                }
                match overdue {
                    Some(seconds) if *seconds >= 60 => {
                        write!(
                            f,
                            ", though the grace period ended {} ago",
                            crate::words::duration(*seconds)
                        )
                    }
                    Some(seconds) if *seconds < 0 => {
                        write!(f, ", for {} more at most", crate::words::at_most(-seconds))
                    }
                    _ => Ok(()),
                }?;
                match finalizers.as_slice() {
                    [] => Ok(()),
                    [one] => write!(f, "; finalizer {one} is to be removed first"),
                    many => write!(
                        f,
                        "; finalizers {} are to be removed first",
                        list(many, SHOWN)
                    ),
                }
            }
            Self::Evictions { why } => write!(f, "the scheduler {why}"),
            Self::Nothing { again } => write!(
                f,
                "by what was given it has room there; pods that were not given may have taken it, or the scheduler has not come to \
                 it{}",
                if *again { " again" } else { "" }
            ),
            Self::Unknown {
                said: Some(said), ..
            } => write!(f, "the scheduler says: {said}"),
            Self::Unknown { missing, .. } => {
                write!(f, "cannot tell without {}", list(missing, SHOWN))
            }
        }
    }
}

/// Prints where and what, as a sentence without its stop.
impl fmt::Display for Wait {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = list(&self.nodes, SHOWN);
        match self.nodes.len() {
            1 => write!(f, "not scheduled on {names}: {}", self.reason),
            some => write!(
                f,
                "not scheduled on {} ({names}): {}",
                count(some, "node"),
                self.reason
            ),
        }
    }
}
