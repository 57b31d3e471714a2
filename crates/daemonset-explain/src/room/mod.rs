//! Whether the pods of a DaemonSet find room on their nodes, and who has taken it.
//!
//! The arithmetic is [`daemonset::fit`]'s; here it is asked for one DaemonSet, whose own pods are
//! known, and put into words.

mod contention;
mod said;
mod waiting;
mod ways_out;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use daemonset::api::Pod;
use daemonset::fit::{
    Answer, Asked, ClusterRoom, FactsError, Fit, Need, NodeRoom, Obstacle, PodName, Replacement,
    Resident, Standing, Victim, amount_text,
};
use daemonset::{Cluster, Planner};
use serde::Serialize;

use crate::words::{agree, list};

pub use contention::{Contender, Contention, Order, contentions};
pub use said::{SchedulerSaid, Verdict};
pub use waiting::{Wait, WaitReason, told, waits};
pub use ways_out::WayOut;

/// How many of those who hold a resource are named.
const HOLDERS: usize = 3;

/// What becomes of a new pod on its node, as far as room goes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(
    tag = "room",
    rename_all = "camelCase",
    rename_all_fields = "camelCase"
)]
#[non_exhaustive]
pub enum Room {
    /// It fits.
    Free,
    /// It fits once the scheduler has evicted pods of lower priority.
    Preempting {
        /// Who, in the order in which they go.
        victims: Vec<Victim>,
    },
    /// It fits once pods are gone that are being deleted.
    AfterTerminating {
        /// Who.
        pods: Vec<PodName>,
    },
    /// It waits: neither evictions nor pods that are being deleted make it room.
    None {
        /// Everything that stands against it.
        fit: Fit,
    },
    /// What was given does not tell.
    Unknown {
        /// What would have to be known.
        missing: Vec<Need>,
    },
}

/// The question for room for a new pod of one DaemonSet.
///
/// ```
/// use daemonset::api::{DaemonSet, Node, Pod};
/// use daemonset::fit::{ClusterRoom, NodeFacts, PodFacts};
/// use daemonset::{Cluster, Planner};
/// use daemonset_explain::room::SetRoom;
/// use serde_json::json;
///
/// let node = json!({
///     "metadata": {"name": "node-a"},
///     "status": {"allocatable": {"cpu": "2", "pods": "110"}},
/// });
/// let batch = json!({
///     "metadata": {"name": "batch-0", "namespace": "shop"},
///     "spec": {"nodeName": "node-a", "containers": [{"resources": {"requests": {"cpu": "1800m"}}}]},
/// });
/// let agent: DaemonSet = serde_json::from_value(json!({
///     "metadata": {"name": "agent", "namespace": "infra", "uid": "1"},
///     "spec": {
///         "selector": {"matchLabels": {"app": "agent"}},
///         "template": {
///             "metadata": {"labels": {"app": "agent"}},
///             "spec": {"containers": [{"resources": {"requests": {"cpu": "500m"}}}]},
///         },
///     },
/// }))?;
/// let room = ClusterRoom::new(&[NodeFacts::from_json(&node)?], &[PodFacts::from_json(&batch)?]);
/// let nodes: [Node; 1] = [serde_json::from_value(node)?];
/// let pods: [Pod; 1] = [serde_json::from_value(batch)?];
/// let cluster = Cluster::new(&nodes, &pods);
/// let planner = Planner::new(&agent)?;
///
/// let room = SetRoom::new(&planner, &cluster, &room)?;
/// assert_eq!(
///     room.why("node-a", &room.now("node-a").unwrap()).unwrap(),
///     "node full: asks for 500m cpu, 200m of 2 is free, held by pod shop/batch-0 (1800m)",
/// );
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct SetRoom<'r> {
    asked: Asked<'r>,
    room: &'r ClusterRoom,
    namespace: String,
    own_on: Arc<BTreeMap<String, Vec<PodName>>>,
    replacement: Replacement,
}

/// A DaemonSet's own pods that take room, by their nodes, so that a question about one node does not
/// ask all pods there whose they are.
fn by_node(own: &[&Pod], room: &ClusterRoom) -> BTreeMap<String, Vec<PodName>> {
    let mut on_node: BTreeMap<String, Vec<PodName>> = BTreeMap::new();
    for pod in own {
        let pod = PodName {
            namespace: pod.metadata.namespace.as_str().into(),
            name: pod.metadata.name.as_str().into(),
        };
        if let Some(node) = room.rooms().node_of(&pod) {
            match on_node.get_mut(node) {
                Some(pods) => pods.push(pod),
                None => _ = on_node.insert(node.to_owned(), vec![pod]),
            }
        }
    }
    for pods in on_node.values_mut() {
        pods.sort();
    }
    on_node
}

impl<'r> SetRoom<'r> {
    /// The question for a pod of the planner's template.
    ///
    /// # Errors
    /// A field of the template with the wrong type, or a quantity that is none.
    pub fn new(
        planner: &Planner,
        cluster: &Cluster<'_>,
        room: &'r ClusterRoom,
    ) -> Result<Self, FactsError> {
        let set = planner.daemon_set();
        Ok(Self {
            asked: room.ask_for(set)?,
            room,
            namespace: set.metadata.namespace.clone(),
            own_on: Arc::new(by_node(&own_pods(planner, cluster), room)),
            replacement: if planner.strategy().surges() {
                Replacement::NewFirst
            } else {
                Replacement::OldFirst
            },
        })
    }

    /// The question itself.
    #[must_use]
    pub fn asked(&self) -> &Asked<'r> {
        &self.asked
    }

    /// Which of the two comes first in a rolling update, the new pod or the end of the old one.
    #[must_use]
    pub fn replacement(&self) -> Replacement {
        self.replacement
    }

    /// The DaemonSet's own pods that take room on a node.
    #[must_use]
    pub fn own_on(&self, node: &str) -> &[PodName] {
        self.own_on.get(node).map_or(&[], Vec::as_slice)
    }

    /// Those of them that are gone before a new one comes in a rolling update: none with surge.
    #[must_use]
    pub fn replaced_on(&self, node: &str) -> &[PodName] {
        match self.replacement {
            Replacement::OldFirst => self.own_on(node),
            Replacement::NewFirst => &[],
        }
    }

    /// What becomes of a new pod on a node as it is; `None` where it is not known as a node.
    #[must_use]
    pub fn now(&self, node: &str) -> Option<Room> {
        self.without(node, &[])
    }

    /// What becomes of a new pod on a node in a rolling update that comes to it: without surge the
    /// old pod is gone by then, with surge it stands beside.
    #[must_use]
    pub fn in_rollout(&self, node: &str) -> Option<Room> {
        self.without(node, self.replaced_on(node))
    }

    /// What becomes of a new pod on a node once the DaemonSet's other pods there are gone.
    #[must_use]
    pub fn alone(&self, node: &str) -> Option<Room> {
        self.without(node, self.own_on(node))
    }

    /// The nodes that should run the DaemonSet and have no pod of it that stays, by name: one is to
    /// come, or waits already.
    #[must_use]
    pub fn nodes_to_come(&self, planner: &Planner, cluster: &Cluster<'_>) -> Vec<String> {
        let has_one = |room: &NodeRoom| {
            let own = self.own_on(room.name()).iter();
            let mut own = own.filter_map(|pod| room.resident(pod));
            own.any(|pod| pod.standing() == Standing::Stays)
        };
        let wanted = |room: &&NodeRoom| {
            let node = cluster.node(room.name());
            node.is_some_and(|node| planner.rules().verdict(node).should_run())
        };
        let lacking = self.room.rooms().iter().filter(|room| !has_one(room));
        let lacking = lacking.filter(wanted);
        lacking.map(|room| room.name().to_owned()).collect()
    }

    fn without(&self, node: &str, gone: &[PodName]) -> Option<Room> {
        let fit = self.asked.fit_after(node, gone)?;
        Some(match fit.answer {
            Answer::Fits => Room::Free,
            Answer::Unknown => Room::Unknown {
                missing: fit.missing,
            },
            _ => {
                let known: BTreeSet<&PodName> = gone.iter().collect();
                let leaving = self.room.rooms().get(node).into_iter();
                let leaving = leaving.flat_map(NodeRoom::leaving).map(Resident::pod);
                let terminating: Vec<PodName> = leaving
                    .filter(|pod| !known.contains(pod))
                    .cloned()
                    .collect();
                let later = || {
                    let all = gone.iter().chain(&terminating);
                    self.asked.fit_after(node, all)
                };
                if !terminating.is_empty() && later().is_some_and(|it| it.answer == Answer::Fits) {
                    Room::AfterTerminating { pods: terminating }
                } else if fit.answer == Answer::AfterPreempting {
                    let preemption = fit.preemption.as_ref();
                    let victims = preemption.and_then(|it| it.helpful_victims());
                    Room::Preempting {
                        victims: victims.unwrap_or_default().to_vec(),
                    }
                } else {
                    Room::None { fit }
                }
            }
        })
    }

    /// What stands against a pod on a node, as a clause; `None` where it fits at once.
    ///
    /// Those who have taken the room or the ports are named by what controls them.
    #[must_use]
    pub fn why(&self, node: &str, room: &Room) -> Option<String> {
        Some(match room {
            Room::Free => return None,
            Room::Preempting { victims } => {
                let victims = victims.iter().map(|victim| (&victim.pod, 1));
                format!("evicts {}", self.owners(node, victims, |_| String::new()))
            }
            Room::AfterTerminating { pods } => {
                let pods = pods.iter().map(|pod| (pod, 1));
                let owners = self.owners(node, pods, |_| String::new());
                format!("waits for terminating pods: {owners}")
            }
            Room::None { fit } => self.against(node, fit),
            Room::Unknown { missing } => {
                format!("cannot tell without {}", list(missing, 5))
            }
        })
    }

    /// What stands against a pod that does not come to run: the answer, every obstacle with its
    /// figures, and who has taken what is lacking.
    fn against(&self, node: &str, fit: &Fit) -> String {
        let obstacles: Vec<String> = (fit.obstacles.iter())
            .map(|obstacle| match obstacle {
                Obstacle::Insufficient(short) if !short.is_too_small() => {
                    match self.holders(node, &short.resource) {
                        Some(holders) => format!("{short}, held by {holders}"),
                        None => short.to_string(),
                    }
                }
                Obstacle::HostPorts { conflicts } => {
                    let ports: BTreeSet<String> =
                        conflicts.iter().map(|it| it.port.to_string()).collect();
                    let ports: Vec<String> = ports.into_iter().collect();
                    let holders: BTreeSet<&PodName> =
                        conflicts.iter().map(|it| &it.holder).collect();
                    let holders = holders.into_iter().map(|pod| (pod, 1));
                    format!(
                        "{} {} taken by {}",
                        agree(ports.len(), "host port", "host ports"),
                        format_args!(
                            "{} {}",
                            list(&ports, HOLDERS),
                            agree(ports.len(), "is", "are")
                        ),
                        self.owners(node, holders, |_| String::new())
                    )
                }
                other => other.to_string(),
            })
            .collect();
        if obstacles.is_empty() {
            return fit.answer.to_string();
        }
        format!("{}: {}", fit.answer, obstacles.join("; "))
    }

    /// Who has taken a resource on a node, by what controls the pods, the most first, with how
    /// much; `None` where nothing is taken. Without surge the DaemonSet's own pods do not count.
    #[must_use]
    pub fn holders(&self, node: &str, resource: &str) -> Option<String> {
        let room = self.room.rooms().get(node)?;
        let gone: BTreeSet<&PodName> = self.replaced_on(node).iter().collect();
        let holders = room.holders(resource).into_iter();
        let holders = holders
            .filter(|(pod, _)| !gone.contains(pod.pod()))
            .map(|(pod, amount)| (pod.pod(), amount));
        let text = self.owners(node, holders, |amount| {
            format!(" ({})", amount_text(resource, amount))
        });
        (!text.is_empty()).then_some(text)
    }

    /// Pods by what controls them, those with the most first.
    fn owners<'p>(
        &self,
        node: &str,
        pods: impl Iterator<Item = (&'p PodName, i128)>,
        figure: impl Fn(i128) -> String,
    ) -> String {
        let room = self.room.rooms().get(node);
        let mut owners: BTreeMap<String, i128> = BTreeMap::new();
        for (pod, amount) in pods {
            let resident = room.and_then(|room| room.resident(pod));
            let controller = resident.and_then(|resident| resident.controller());
            let owner = match controller {
                Some(owner) if owner.kind == "Node" => format!("static pod {pod}"),
                // It holds room of its own, and may be on another node.
                Some(owner) if owner.kind == "Pod" => format!("pod {pod}"),
                Some(owner) => format!("{} {}/{}", owner.kind, pod.namespace, owner.name),
                None => format!("pod {pod}"),
            };
            *owners.entry(owner).or_default() += amount;
        }
        let mut owners: Vec<_> = owners.into_iter().collect();
        owners.sort_by(|(a, mine), (b, theirs)| theirs.cmp(mine).then_with(|| a.cmp(b)));
        let names = owners.into_iter();
        let names: Vec<String> = names
            .map(|(name, amount)| format!("{name}{}", figure(amount)))
            .collect();
        list(&names, HOLDERS)
    }
}

/// The pods that belong to the DaemonSet: it controls them, or would adopt them.
///
/// A manifest, which has no UID, is the DaemonSet of that name, whose pods name it as their
/// controller.
fn own_pods<'a>(planner: &Planner, cluster: &Cluster<'a>) -> Vec<&'a Pod> {
    let set = &planner.daemon_set().metadata;
    let is_claimed = |pod: &&Pod| planner.claim(&pod.metadata).counts();
    if !set.uid.is_empty() {
        // Not one by one through the pods of all sets.
        let own = cluster.pods_controlled_by(&set.namespace, Some(&set.uid));
        let orphans = cluster.orphans(&set.namespace, planner.selector());
        return own.chain(orphans).filter(is_claimed).collect();
    }
    let is_of_that_name = |pod: &&Pod| {
        let controller = pod.metadata.controller();
        controller.is_some_and(|it| it.kind == "DaemonSet" && it.name == set.name)
    };
    let pods = cluster.pods().iter().copied();
    let pods = pods.filter(|pod| pod.metadata.namespace == set.namespace);
    pods.filter(|pod| is_claimed(pod) || is_of_that_name(pod))
        .collect()
}
