//! What was not given, though it is needed, or the set's own status says that it is there.

use std::collections::BTreeSet;

use daemonset::Plan;
use daemonset::api::{ConditionStatus, ConditionType, Pod, PodCondition, PodPhase, Timestamp};
use daemonset::placement::Verdict;

use super::failing::of_unscheduled;
use super::failing_pods::{failing_pods, not_yet_up};
use super::in_vain::stuck_terminating;
use super::missing_nodes::{is_status_of_now, some_not_given};
use crate::cause::by_pods::by_pods;
use crate::cause::changes::Changes;
use crate::cause::symptoms::{grouped, names, notes};
use crate::evidence::{GivenKind, PodEvidence};
use crate::finding::{Finding, NotGiven, UnhealthyNode};
use crate::health::NodeProblem;
use crate::round::{NodeSeen, Round};
use crate::signs::quoted::words;
use crate::stall::{STUCK_SECONDS, Said, Stalls, stuck};

/// The kinds of objects that are missing in what was given, so that nothing can be told; `None` where
/// what is there may be all.
pub(crate) fn not_given(round: &Round<'_>) -> Option<Finding> {
    // Of a round that ends before any pod is looked at, none was.
    if round.view.plan.outcome.is_idle() {
        return None;
    }
    let set = round.daemon_set();
    let status = &set.status;
    let gave = |kind| round.evidence.is_none_or(|evidence| evidence.gave(kind));
    let mut kinds = Vec::new();
    let no_nodes = round.cluster.nodes().is_empty();
    if no_nodes && (status.desired_number_scheduled > 0 || !gave(GivenKind::Node))
        || some_not_given(round)
    {
        kinds.push(GivenKind::Node);
    }
    let no_pods = round.view.nodes.iter().all(|node| node.pods.is_empty());
    let pods_expected = status.current_number_scheduled > 0 || status.number_misscheduled > 0;
    let may_be_there = no_nodes || round.lacks_status();
    let without_status = !no_pods && pods_of(round).all(|pod| lacks_status(round, pod));
    if no_pods && (pods_expected || may_be_there && !gave(GivenKind::Pod))
        || most_pods_missing(round)
        || without_status
    {
        kinds.push(GivenKind::Pod);
    }
    if kinds.is_empty() {
        return None;
    }
    Some(Finding::NotGiven(NotGiven {
        kinds,
        desired: status.desired_number_scheduled,
        current: status.current_number_scheduled,
        unavailable: status.number_unavailable,
        pods_of_others: no_pods && !round.cluster.pods().is_empty(),
        nodes_given: round.cluster.nodes().len(),
        pods_given: pods_of(round).count(),
        without_status,
        namespace: set.metadata.namespace.clone(),
    }))
}

/// The pods of the DaemonSet.
fn pods_of<'r, 'a>(round: &'r Round<'a>) -> impl Iterator<Item = &'a Pod> + use<'r, 'a> {
    let nodes = round.view.nodes.iter();
    nodes.flat_map(|node| node.pods.iter().map(|pod| pod.pod))
}

/// Whether nothing of a pod's status was given: the API server never leaves its phase out.
fn lacks_status(round: &Round<'_>, pod: &Pod) -> bool {
    let of_containers = |said: &PodEvidence| said.all_containers().next().is_some();
    pod.status.phase == PodPhase::Unknown
        && pod.status.conditions.is_empty()
        && !round.said_by(pod).is_some_and(of_containers)
}

/// Whether most of the pods were not given: a status of this spec counts more than twice as many, three at least.
fn most_pods_missing(round: &Round<'_>) -> bool {
    let written = round.daemon_set().status.current_number_scheduled;
    // By where pods are: what a plan counts depends on which nodes were given, and how they are.
    let nodes = round.view.nodes.iter();
    let found = nodes.filter(|node| !node.pods.is_empty()).count();
    let found = i32::try_from(found).unwrap_or(i32::MAX);
    let missing = written.saturating_sub(found);
    missing > 2 && missing > found && is_status_of_now(round)
}

/// The nodes of which pods are marked as not ready though all of their containers are, and no readiness gate
/// keeps them: so the node lifecycle controller marks those of a node that it does not hear of.
///
/// Source: [Nodes](https://kubernetes.io/docs/concepts/architecture/nodes/#node-controller).
pub(crate) fn marked_not_ready(round: &Round<'_>) -> Option<Finding> {
    let pods = round.view.nodes.iter();
    let pods = pods.flat_map(|node| node.staying().map(move |pod| (node, pod.pod)));
    let mut since = None;
    let mut nodes = BTreeSet::new();
    for (node, pod) in pods.filter(|(_, pod)| !pod.is_terminal()) {
        if let Some(ready) = marked(round, pod) {
            nodes.insert(node.name.to_owned());
            since = since.max(ready.last_transition_time);
        }
    }
    let nodes: Vec<String> = nodes.into_iter().collect();
    let locked = nodes.iter().find_map(|node| {
        let at = round.evidence?.rebooted_since(node)?;
        Some((node.clone(), at))
    });
    (!nodes.is_empty()).then_some(Finding::MarkedNotReady {
        nodes,
        since,
        locked,
    })
}

/// The condition by which a pod is marked so.
fn marked<'p>(round: &Round<'_>, pod: &'p Pod) -> Option<&'p PodCondition> {
    let ready = pod.condition(&ConditionType::Ready)?;
    let said = round.said_by(pod)?;
    let is_well = !said.containers.is_empty()
        && said.containers.iter().all(|it| it.ready)
        && said.spec.readiness_gates.is_empty();
    let is_marked =
        ready.status == ConditionStatus::False && ready.reason != "ReadinessGatesNotReady";
    (is_well && is_marked).then_some(ready)
}

/// Since when a pod is marked so; newer controllers give the reason.
pub(super) fn marked_since(round: &Round<'_>, pod: &Pod) -> Option<Timestamp> {
    let ready = pod.condition(&ConditionType::Ready);
    let for_node =
        ready.filter(|it| it.status == ConditionStatus::False && it.reason == "NodeNotReady");
    let marked = for_node.or_else(|| marked(round, pod));
    marked?.last_transition_time
}

/// What was not given, and what pods say of themselves. Where none is available, that matters most, whatever was not
/// given.
pub(crate) fn all_said(round: &Round<'_>, not_given: &Finding) -> Vec<Finding> {
    let said = said_by_pods(round).into_iter();
    let mut all: Vec<Finding> = said.chain(marked_not_ready(round)).collect();
    all.extend(unhealthy_given(round));
    all.extend(terminating(round));
    all.extend(starting(round));
    let is_out = round.daemon_set().status.number_available == 0;
    let fail = matches!(all.first(), Some(Finding::FailingPods { .. }));
    all.insert(usize::from(is_out && fail), not_given.clone());
    all
}

/// The nodes that were given, should run the daemon, and are not well.
fn unhealthy_given(round: &Round<'_>) -> Option<Finding> {
    let should_run =
        |seen: &&NodeSeen<'_>| seen.node.is_some() && seen.verdict.is_some_and(Verdict::should_run);
    let nodes = round.view.nodes.iter().filter(should_run);
    let nodes = nodes.filter_map(|seen| {
        let problems = round.node_problems(seen);
        let is_unwell = problems.iter().any(NodeProblem::hinders_pods);
        is_unwell.then(|| UnhealthyNode {
            node: seen.name.to_owned(),
            problems,
            pod: None,
        })
    });
    let nodes: Vec<UnhealthyNode> = nodes.collect();
    (!nodes.is_empty()).then_some(Finding::UnhealthyNodes {
        nodes,
        only_there: Vec::new(),
        besides: 0,
    })
}

/// Pods that are being deleted: those that should be gone, and those of which that is not known, since their grace period
/// ends after all that was heard of.
fn terminating(round: &Round<'_>) -> Vec<Finding> {
    let stalls = Stalls {
        stuck: not_unwell(round)
            .filter(|node| stuck(node, round.view.now).next().is_some())
            .collect(),
        ..Stalls::default()
    };
    let mut all = stuck_terminating(round, &stalls);
    all.extend(ending(round));
    all
}

/// The nodes that were not given, and those that are well: of the others it is told how they are.
fn not_unwell<'r, 'a>(round: &'r Round<'a>) -> impl Iterator<Item = &'r NodeSeen<'a>> {
    let is_unwell = |seen: &NodeSeen<'_>| {
        seen.node.is_some()
            && round
                .node_problems(seen)
                .iter()
                .any(NodeProblem::hinders_pods)
    };
    let ends = |seen: &NodeSeen<'_>| seen.pods.iter().any(|pod| pod.fact.terminating);
    let nodes = round.view.nodes.iter();
    nodes.filter(move |seen| ends(seen) && !is_unwell(seen))
}

/// Those of which it is not known whether they should be gone.
fn ending(round: &Round<'_>) -> Option<Finding> {
    let now = round.view.now;
    let (mut pods, mut nodes) = (Vec::new(), BTreeSet::new());
    let mut until: Option<Timestamp> = None;
    for node in not_unwell(round) {
        for pod in &node.pods {
            let ends = pod.pod.metadata.deletion_timestamp;
            let Some(ends) = ends.filter(|ends| now <= ends.plus_seconds(STUCK_SECONDS)) else {
                continue;
            };
            pods.push(pod.fact.name.to_owned());
            nodes.insert(node.name.to_owned());
            until = until.max(Some(ends));
        }
    }
    let until = until?;
    Some(Finding::Ending {
        pods,
        nodes: nodes.into_iter().collect(),
        until,
    })
}

/// Pods that may only be starting: nothing that was given is of so much later that it tells.
fn starting(round: &Round<'_>) -> Option<Finding> {
    let said = not_yet_up(round);
    let created = said.iter();
    let created = created.filter_map(|it| it.pod.metadata.creation_timestamp);
    let oldest = created.min();
    (!said.is_empty()).then(|| Finding::NotYetUp {
        nodes: names(&said),
        symptoms: grouped(round, &said),
        are_newest: said.iter().all(|it| it.is_new),
        after: oldest.map(|created| round.view.now.seconds_since(created).max(0)),
    })
}

/// What pods say of themselves that is wrong, where the nodes were not given on which they are.
fn said_by_pods(round: &Round<'_>) -> Vec<Finding> {
    let (unscheduled, failing): (Vec<_>, Vec<_>) = failing_pods(round)
        .into_iter()
        .partition(|said| said.problem.is_of_scheduling());
    let unscheduled = of_unscheduled(round, unscheduled, Changes::shown(round));
    of_failing(round, &failing)
        .into_iter()
        .chain(unscheduled)
        .collect()
}

fn of_failing(round: &Round<'_>, failing: &[Said<'_, '_>]) -> Option<Finding> {
    let first = failing.first().filter(|said| said.is_new);
    let quoted = first.zip(Changes::of(round));
    let quoted = quoted.and_then(|(first, changes)| {
        let words = words(round, first);
        // An image is named by every failure to pull.
        changes.quoted(&words).next()?;
        Some(changes.told_if_quoted(&words))
    });
    let by_pods = by_pods(round, failing);
    let of_revision = first
        .zip(Changes::shown(round))
        .filter(|_| by_pods.is_some());
    let changes = match of_revision {
        Some((first, changes)) => changes.told_of(round, first),
        None => quoted.unwrap_or_default(),
    };
    (!failing.is_empty()).then(|| Finding::FailingPods {
        nodes: names(failing),
        symptoms: grouped(round, failing),
        available: 0,
        only_there: Vec::new(),
        blame: None,
        changes,
        notes: (by_pods.map(|it| it.to_string()).into_iter())
            .chain(notes(round, failing, None))
            .collect(),
    })
}

/// What a plan does not decide and why, as a clause.
///
/// ```
/// use daemonset::api::{DaemonSet, Node, Pod};
/// use daemonset::{Cluster, Planner};
///
/// let (nodes, pods): (Vec<Node>, Vec<Pod>) = (Vec::new(), Vec::new());
/// let plan = Planner::new(&DaemonSet::default())?.plan(&Cluster::new(&nodes, &pods));
/// assert_eq!(daemonset_explain::undecided(&plan), None);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use]
pub fn undecided(plan: &Plan) -> Option<String> {
    plan.is_undecided().then(|| {
        let are = match plan.deferred.undecided {
            1 => "1 pod is".to_owned(),
            pods => format!("{pods} pods are"),
        };
        format!(
            "it is not known whether {are} outdated, since no ControllerRevision that was given holds \
             the DaemonSet's template; give its controllerrevisions too"
        )
    })
}
