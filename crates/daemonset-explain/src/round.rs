//! One look at a round, and the questions that several explanations ask of it.

mod gone;

pub(crate) use gone::failed_daemon_pod;

use std::collections::BTreeMap;
use std::sync::OnceLock;

use daemonset::api::{ControllerRevision, DaemonSet, DaemonSetStatus, Node, Pod, Timestamp};
use daemonset::fit::ClusterRoom;
use daemonset::outcome::Reason;
use daemonset::revision::Version;
use daemonset::rollout::{Limits, Phase, Shape, Strategy};
use daemonset::round::{NodeInRound, PodInRound, RoundView};
use daemonset::well_known::CONTROLLER_REVISION_HASH;
use daemonset::{Action, Cluster, Planner};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::evidence::{Event, Evidence, PodEvidence};
use crate::health::{NodeProblem, PodProblem, events, message};
use crate::stalled::Stall;
use crate::template::containers;
use crate::version::Changes;

/// A node as the round saw it.
pub(crate) type NodeSeen<'a> = NodeInRound<'a, Node, Pod>;

/// A planner and what it saw.
#[derive(Debug)]
pub(crate) struct Round<'a> {
    pub planner: Planner,
    pub view: RoundView<'a, Node, Pod>,
    pub cluster: &'a Cluster<'a>,
    /// What was given beside; of a variation that is only planned, none.
    pub evidence: Option<&'a Evidence>,
    /// The room on nodes, where that was given.
    pub room: Option<&'a ClusterRoom>,
    /// All DaemonSets of the cluster, as far as they were given; the own one may be among them.
    pub sets: &'a [&'a DaemonSet],
    /// The pods that the round deletes, by name, and why; looked for once.
    deletions: OnceLock<BTreeMap<String, Reason>>,
    available_old: OnceLock<BTreeMap<String, usize>>,
    /// What all nodes come to; looked for once.
    census: OnceLock<Census>,
    /// What stalls the notable nodes, with their places in the view; looked for once, by `stall`.
    pub stalled: OnceLock<Vec<(usize, Stall)>>,
    /// Whether the written status counts no node with pods besides those given; looked for once, by `diagnosis`.
    pub counts_no_others: OnceLock<bool>,
    /// What the revision changed; looked for once, by `cause`.
    pub changes: OnceLock<Option<Changes>>,
    /// What pods of two revisions show of what the newest one changed.
    pub shown_changes: OnceLock<Option<Changes>>,
    /// What was said last of pods that failed on a node and are gone, by node; looked for once.
    failed_and_gone: OnceLock<BTreeMap<Box<str>, Event>>,
}

/// What one walk through all nodes finds.
#[derive(Debug, Default)]
struct Census {
    /// The places of the notable nodes in the view.
    notable: Vec<usize>,
    /// The places of those that use up budget.
    spending: Vec<usize>,
    /// How many have a pod of the current template.
    updated: usize,
    /// How many have an available one.
    available_updated: usize,
    /// How many have an available old pod.
    available_old: usize,
    /// How many have an old pod to be replaced.
    outdated: usize,
}

/// Whether a pod is of the current template.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum PodRevision {
    /// It is.
    New,
    /// It is of an older one.
    Old,
    /// What was given does not tell.
    Unknown,
}

impl From<Version> for PodRevision {
    fn from(version: Version) -> Self {
        match version {
            Version::Current | Version::SameGeneration => Self::New,
            Version::Old => Self::Old,
            Version::Unknown => Self::Unknown,
        }
    }
}

impl<'a> Round<'a> {
    pub fn new(planner: Planner, cluster: &'a Cluster<'a>) -> Self {
        let view = planner.view(cluster);
        Self {
            planner,
            view,
            cluster,
            evidence: None,
            room: None,
            sets: &[],
            deletions: OnceLock::new(),
            available_old: OnceLock::new(),
            census: OnceLock::new(),
            stalled: OnceLock::new(),
            counts_no_others: OnceLock::new(),
            changes: OnceLock::new(),
            shown_changes: OnceLock::new(),
            failed_and_gone: OnceLock::new(),
        }
    }

    /// Reads this too.
    pub fn set_evidence(&mut self, evidence: &'a Evidence) {
        self.evidence = Some(evidence);
        self.stalled = OnceLock::new();
        self.counts_no_others = OnceLock::new();
        self.failed_and_gone = OnceLock::new();
    }

    /// Why the round deletes a pod, where it does.
    pub fn deletion_of(&self, pod: &Pod) -> Option<Reason> {
        let found = self.deletions.get_or_init(|| {
            let actions = self.view.plan.actions.iter();
            let deletions = actions.filter_map(|action| match action {
                Action::DeletePod { pod, reason, .. } => Some((pod.clone(), *reason)),
                _ => None,
            });
            deletions.collect()
        });
        found.get(&pod.metadata.name).copied()
    }

    /// The nodes whose pods are not simply well: all but those that have no pod, and those that should
    /// run the daemon and have one pod, which is available, stays, and is not told by its generation alone. Most
    /// questions are about these, which mostly are few.
    pub fn notable(&self) -> impl Iterator<Item = &NodeSeen<'a>> + Clone {
        self.nodes_at(&self.census().notable)
    }

    /// The places of the notable nodes in the view.
    pub fn notable_places(&self) -> &[usize] {
        &self.census().notable
    }

    /// The nodes that use up budget.
    pub fn spending(&self) -> impl Iterator<Item = &NodeSeen<'a>> + Clone {
        self.nodes_at(&self.census().spending)
    }

    fn nodes_at(&self, places: &[usize]) -> impl Iterator<Item = &NodeSeen<'a>> + Clone {
        places.iter().filter_map(|at| self.view.nodes.get(*at))
    }

    fn census(&self) -> &Census {
        self.census.get_or_init(|| {
            let limits = self.limits();
            let mut census = Census::default();
            for (at, node) in self.view.nodes.iter().enumerate() {
                let is_simply_well = is_simply_well(node);
                if !is_simply_well {
                    census.notable.push(at);
                }
                // One that is well, and has a pod, uses up nothing.
                let may_spend = !is_simply_well || node.pods.is_empty();
                if may_spend && limits.is_some_and(|limits| node.state.spends(limits)) {
                    census.spending.push(at);
                }
                census.updated += usize::from(has_new(node));
                census.available_updated += usize::from(self.runs_current(node));
                census.available_old += usize::from(node.runs_old());
                census.outdated += usize::from(is_outdated(node));
            }
            census
        })
    }

    /// How many available pods there are of each older template, by its hash, on the nodes that run
    /// one; counted once.
    pub fn available_old(&self) -> &BTreeMap<String, usize> {
        self.available_old.get_or_init(|| {
            let mut counts: BTreeMap<String, usize> = BTreeMap::new();
            let nodes = self.view.nodes.iter().filter(|node| node.runs_old());
            for pod in nodes.flat_map(|node| staying_of(node, PodRevision::Old)) {
                let hash = pod.pod.metadata.labels.get(CONTROLLER_REVISION_HASH);
                let Some(hash) = hash.filter(|_| pod.fact.readiness.is_available()) else {
                    continue;
                };
                match counts.get_mut(hash) {
                    Some(count) => *count += 1,
                    None => drop(counts.insert(hash.to_owned(), 1)),
                }
            }
            counts
        })
    }

    /// What a pod says besides, where that was given.
    pub fn said_by(&self, pod: &Pod) -> Option<&'a PodEvidence> {
        let metadata = &pod.metadata;
        self.evidence?.pod(&metadata.namespace, &metadata.name)
    }

    /// What is wrong with a pod.
    pub fn problems_of(&self, pod: &Pod) -> Vec<PodProblem> {
        let mut problems = PodProblem::of(pod, self.said_by(pod));
        for problem in &mut problems {
            // Where the status is silent, an event may tell what the scheduler says.
            if let PodProblem::NotScheduled { .. } = problem {
                let message = events::words(problem, self.events_of(pod));
                if !message.is_empty() {
                    *problem = PodProblem::Unschedulable {
                        message: message.to_owned(),
                        nominated: String::new(),
                    };
                }
            }
        }
        problems
    }

    /// What was reported of a pod.
    pub fn events_of(&self, pod: &Pod) -> &'a [Event] {
        let metadata = &pod.metadata;
        self.evidence.map_or(&[][..], |evidence| {
            evidence.events("Pod", &metadata.namespace, &metadata.name)
        })
    }

    /// A problem of a pod in words, with what events tell of it.
    pub fn told(&self, pod: &Pod, problem: &PodProblem) -> String {
        let hash = pod.metadata.labels.get(CONTROLLER_REVISION_HASH);
        let is_new = hash.is_some() && hash == self.current_hash();
        let spec = is_new.then(|| self.daemon_set().spec.template.spec_as_json());
        let events = self.events_of(pod);
        let killed_for = events::probe_that_killed(problem, events);
        let mut told = problem.told(self.view.now, spec, killed_for);
        let is_for_a_node = (pod.metadata.controller()).is_none_or(|it| it.kind == "DaemonSet");
        if let PodProblem::Unschedulable { message, .. } = problem
            && let Some(of_all) = message::of_all_nodes(message).filter(|_| !is_for_a_node)
        {
            told = told.replacen(&message::of_scheduler(message), &of_all, 1);
        }
        if let Some(what) = events::not_set_up(problem, events) {
            // Which of the two it is.
            told = told.replace(
                "its volumes or its network are not set up",
                &what.to_string(),
            );
        }
        match events::told(problem, events) {
            None => told,
            Some(event) => format!("{told}: {event}"),
        }
    }

    /// The event that an image is being pulled for the pod, where that is the last of it.
    pub fn pulling(&self, pod: &Pod) -> Option<&'a Event> {
        events::pulling(self.events_of(pod))
    }

    /// What is wrong with the node itself.
    pub fn node_problems(&self, node: &NodeSeen<'_>) -> Vec<NodeProblem> {
        node.node.map_or_else(
            || vec![NodeProblem::Missing],
            |node| NodeProblem::told(node, self.evidence),
        )
    }

    /// Whether something of the kind is wrong with a node that was seen.
    pub fn has_problem(&self, node: &str, is_meant: impl Fn(&NodeProblem) -> bool) -> bool {
        let seen = self.view.node(node);
        seen.is_some_and(|seen| self.node_problems(seen).iter().any(is_meant))
    }

    /// The pods of newer or older revisions that are not terminating, on whatever node.
    pub fn staying(&self, revision: PodRevision) -> impl Iterator<Item = &PodInRound<'a, Pod>> {
        let nodes = self.view.nodes.iter();
        nodes.flat_map(move |node| staying_of(node, revision))
    }

    /// How many pods of older revisions are available.
    pub fn available_older(&self) -> usize {
        let old = self.staying(PodRevision::Old);
        old.filter(|pod| pod.fact.readiness.is_available()).count()
    }

    /// What a pod is of that counts as updated by its generation label alone, and runs another template: `revision 1`, or a
    /// hash; nothing of any other pod, and where what was given does not tell.
    pub fn other_template(&self, pod: &PodInRound<'_, Pod>) -> Option<String> {
        let hash = pod.pod.metadata.labels.get(CONTROLLER_REVISION_HASH);
        if !self.planner.knows_revisions() {
            let is_other = pod.fact.version.is_updated() && self.runs_other_image(pod.pod);
            return is_other.then(|| format!("hash {}", hash.unwrap_or_default()));
        }
        if pod.fact.version != Version::SameGeneration {
            return None;
        }
        let pod = pod.pod;
        if hash == Some(&self.planner.current_revision().hash) || self.creates_revision() {
            return None;
        }
        let known = self.planner.old_revisions();
        let found = known.iter().find(|known| Some(&*known.hash) == hash);
        Some(match found {
            Some(known) => format!("revision {}", known.revision),
            None => (hash.and_then(|hash| self.of_other_set(pod, hash)))
                .unwrap_or_else(|| format!("hash {}", hash.unwrap_or_default())),
        })
    }

    /// Whether a container of the pod runs an image of another name or tag than the template says. A registry before it, and
    /// a digest, may have been put in as the pod was made.
    fn runs_other_image(&self, pod: &Pod) -> bool {
        let Some(said) = self.said_by(pod) else {
            return false;
        };
        let tagged = |image: &Value| {
            let image = image.as_str()?;
            let last = image.rsplit('/').next()?;
            (last.contains(':') && !last.contains('@')).then(|| last.to_owned())
        };
        let own = |name: &str| said.spec.given.iter().find(|it| &*it.name == name);
        let spec = self.daemon_set().spec.template.spec_as_json();
        containers(spec).any(|container| {
            let given = container["name"].as_str().and_then(own);
            let given = given.and_then(|it| tagged(&it.image));
            given
                .zip(tagged(&container["image"]))
                .is_some_and(|(own, asked)| own != asked)
        })
    }

    /// The revision of another DaemonSet that made the pod, by the names of both: `revision 1 of DaemonSet blue`.
    fn of_other_set(&self, pod: &Pod, hash: &str) -> Option<String> {
        let (maker, _) = pod.metadata.name.rsplit_once('-')?;
        let name = format!("{maker}-{hash}");
        let found = self.cluster.revision(&pod.metadata.namespace, &name)?;
        let owner = found.metadata.controller()?;
        let is_it = found.metadata.labels.get(CONTROLLER_REVISION_HASH) == Some(hash);
        is_it.then(|| {
            format!(
                "revision {} of {} {}",
                found.revision, owner.kind, owner.name
            )
        })
    }

    /// Whether a node has an available pod that runs the current template, and not only counts as updated.
    pub fn runs_current(&self, node: &NodeSeen<'_>) -> bool {
        if !node.runs_updated() {
            return false;
        }
        let new = staying_of(node, PodRevision::New);
        let mut available = new.filter(|pod| pod.fact.readiness.is_available());
        available.any(|pod| self.other_template(pod).is_none())
    }

    /// The nodes that have an available pod of the current template.
    pub fn running_current(&self) -> impl Iterator<Item = &NodeSeen<'a>> {
        self.view
            .nodes
            .iter()
            .filter(|node| self.runs_current(node))
    }

    /// Whether the round creates a revision, so that the cluster does not have the current one yet.
    pub fn creates_revision(&self) -> bool {
        let creates = |action: &Action| matches!(action, Action::CreateRevision { .. });
        self.view.plan.actions.iter().any(creates)
    }

    /// The revisions that may be the set's, as far as they were given: a cluster may hold those of very many sets.
    pub fn revisions_about(&self) -> Vec<&'a ControllerRevision> {
        let about = self.cluster.revisions_about(self.daemon_set());
        about.unwrap_or_default()
    }

    /// The set's own revisions, as far as they were given.
    pub fn own_revisions(&self) -> impl Iterator<Item = &ControllerRevision> {
        let set = &self.daemon_set().metadata;
        self.revisions_about().into_iter().filter(|revision| {
            let owner = revision.metadata.controller();
            revision.metadata.namespace == set.namespace
                && owner.is_some_and(|owner| owner.uid == set.uid)
        })
    }

    /// When the current revision was made, where it was given.
    pub fn current_revision_created(&self) -> Option<Timestamp> {
        let current = self.planner.current_revision();
        let namespace = &self.daemon_set().metadata.namespace;
        let found = self.cluster.revision(namespace, &current.name)?;
        found.metadata.creation_timestamp
    }

    /// Whether no node should run the daemon, and none has a pod of it.
    pub fn selects_nothing(&self) -> bool {
        self.view.plan.status.desired_number_scheduled == 0
            && self.view.nodes.iter().all(|node| node.pods.is_empty())
    }

    pub fn daemon_set(&self) -> &DaemonSet {
        self.planner.daemon_set()
    }

    /// The pods that this round creates and deletes.
    pub fn pod_actions(&self) -> impl Iterator<Item = &Action> {
        pod_actions(&self.view.plan.actions)
    }

    /// Whether the round creates or deletes any pod.
    pub fn acts(&self) -> bool {
        self.pod_actions().next().is_some()
    }

    pub fn is_rolling_update(&self) -> bool {
        matches!(self.planner.strategy(), Strategy::RollingUpdate { .. })
    }

    /// What the budgets come to, where there are any that read.
    pub fn limits(&self) -> Option<Limits> {
        self.view.limits.as_ref().ok().copied().flatten()
    }

    /// The nodes that have an old pod to be replaced.
    pub fn outdated(&self) -> impl Iterator<Item = &NodeSeen<'a>> {
        self.view.nodes.iter().filter(|node| is_outdated(node))
    }

    /// Whether a node has an old pod to be replaced.
    pub fn has_outdated(&self) -> bool {
        self.census().outdated > 0
    }

    /// Whether every node that should run the daemon has an available pod of the current template.
    pub fn is_complete(&self) -> bool {
        let status = &self.view.plan.status;
        let desired = status.desired_number_scheduled;
        self.view.waiting.for_turn == 0
            && status.updated_number_scheduled == desired
            && status.number_available == desired
    }

    /// Whether the controller has not seen the newest spec yet.
    pub fn is_unobserved(&self) -> bool {
        let set = self.daemon_set();
        set.metadata.generation > set.status.observed_generation && !self.lacks_status()
    }

    /// Whether the status was not given, since what the controller made is there: it writes that too.
    pub fn lacks_status(&self) -> bool {
        let made = || {
            let mut nodes = self.view.nodes.iter();
            nodes.any(|node| !node.pods.is_empty()) || self.own_revisions().next().is_some()
        };
        self.daemon_set().status == DaemonSetStatus::default() && made()
    }

    /// How many nodes have an available pod of the current template.
    pub fn available_updated(&self) -> usize {
        self.census().available_updated
    }

    /// How many nodes have a pod of the current template.
    pub fn updated(&self) -> usize {
        self.census().updated
    }

    /// How many nodes have an available old pod.
    pub fn nodes_with_available_old(&self) -> usize {
        self.census().available_old
    }

    /// Whether old pods wait, and no pod of the current template is available.
    pub fn is_unproven(&self) -> bool {
        self.has_outdated() && self.available_updated() == 0
    }

    /// The hash of the current revision, where it can be found in the cluster.
    pub fn current_hash(&self) -> Option<&str> {
        if self.planner.knows_revisions() && !self.creates_revision() {
            return Some(&self.view.plan.current_revision.hash);
        }
        let pods = self.view.nodes.iter().flat_map(|node| &node.pods);
        let mut new = pods.filter(|pod| pod.fact.version == Version::Current);
        new.find_map(|pod| pod.pod.metadata.labels.get(CONTROLLER_REVISION_HASH))
    }
}

/// Whether a node has a pod of the current template that is not terminating.
fn has_new(node: &NodeSeen<'_>) -> bool {
    match node.state.shape {
        Shape::Updated { .. } | Shape::Both { .. } => true,
        Shape::Absent | Shape::Empty | Shape::Old { .. } => false,
        Shape::Crowded | Shape::Unknown { .. } => {
            staying_of(node, PodRevision::New).next().is_some()
        }
    }
}

/// Whether a node has an old pod to be replaced.
fn is_outdated(node: &NodeSeen<'_>) -> bool {
    node.state.counts.desired && matches!(node.state.shape, Shape::Old { .. })
}

/// Whether a node has no pod, or one of which there is nothing to tell but its revision.
fn is_simply_well(node: &NodeSeen<'_>) -> bool {
    match &*node.pods {
        [] => true,
        [pod] => {
            node.node.is_some()
                && node.state.counts.desired
                && pod.fact.phase == Phase::Active
                && !pod.fact.terminating
                && pod.fact.readiness.is_available()
                && pod.fact.version != Version::SameGeneration
        }
        _ => false,
    }
}

/// The actions that create and delete pods.
pub(crate) fn pod_actions(actions: &[Action]) -> impl Iterator<Item = &Action> {
    (actions.iter()).filter(|a| matches!(a, Action::CreatePod { .. } | Action::DeletePod { .. }))
}

/// The node of an action that creates or deletes a pod.
pub(crate) fn node_of(action: &Action) -> Option<&str> {
    match action {
        Action::CreatePod { node, .. } | Action::DeletePod { node, .. } => Some(node),
        _ => None,
    }
}

/// Why an action creates or deletes a pod.
pub(crate) fn reason_of(action: &Action) -> Option<Reason> {
    match action {
        Action::CreatePod { reason, .. } | Action::DeletePod { reason, .. } => Some(*reason),
        _ => None,
    }
}

/// Whether the budget takes so many nodes for this reason, out of all that are alike: which ones is left to the
/// controller.
pub(crate) fn is_picked(reason: Reason) -> bool {
    matches!(reason, Reason::Outdated | Reason::Surge | Reason::Spare)
}

/// Its pods of this revision that are not terminating.
pub(crate) fn staying_of<'s, 'a>(
    node: &'s NodeSeen<'a>,
    revision: PodRevision,
) -> impl Iterator<Item = &'s PodInRound<'a, Pod>> {
    node.staying()
        .filter(move |pod| PodRevision::from(pod.fact.version) == revision)
}

/// The first pod of the new revision that a node has; one that terminates, or has ended, shows as well that the node got it.
pub(crate) fn new_of<'s, 'a>(node: &'s NodeSeen<'a>) -> Option<&'s PodInRound<'a, Pod>> {
    let is_new =
        |pod: &&PodInRound<'_, Pod>| PodRevision::from(pod.fact.version) == PodRevision::New;
    let new = node.pods.iter().filter(is_new);
    new.min_by_key(|pod| pod.pod.metadata.creation_timestamp)
}

/// The labels of a node.
pub(crate) fn labels<'a>(node: &NodeSeen<'a>) -> impl Iterator<Item = (&'a str, &'a str)> {
    let node: Option<&'a Node> = node.node;
    node.into_iter()
        .flat_map(|node| node.metadata.labels.iter())
}
