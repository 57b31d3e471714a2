//! Patches of the template that are offered without having been tried: no copy shows whether they are
//! enough.

use daemonset::api::{DaemonSet, Pod};
use serde_json::json;

use super::command::{patch_pods, word};
use super::former::{Kind, lowered};
use super::given_back::limit_given_back;
use super::probes::port_before;
use super::requests::{HIGHEST, doubled, yielding};
use super::{ContainerRepair, Fix, NodeRepair, PlacementRepair, Repair};
use crate::cause::ran_before::time_to_start;
use crate::evidence::Evidence;
use crate::round::Round;
use crate::signs::heard::heard;
use crate::signs::memory::limit_of_pod;
use crate::signs::start_time::StartTime;
use crate::stall::{Said, Stalls};
use crate::template::{list_of, memory_limit};

/// How many nodes or containers are named.
const NAMED: usize = 3;

/// How many other pods are told of.
const MOST_OTHERS: usize = 16;

/// More memory for a container that is killed at its limit again and again.
pub(super) fn more_memory(container: &str, round: &Round<'_>) -> Option<Fix> {
    let before = limit_before(container, round);
    let (repair, commands) = memory_of(container, before, round.daemon_set())?;
    Some(Fix::outside(repair, commands))
}

/// What a container needs that is killed at its memory limit, with the command; or, where it has none, its node.
pub(super) fn memory(said: &Said<'_, '_>, round: &Round<'_>) -> Option<(Repair, Vec<String>)> {
    let container = killed_for_memory(said)?;
    let before = limit_before(container, round);
    memory_of(container, before, round.daemon_set())
        .or_else(|| memory_of_node(container, said, round))
}

/// The container that fails, where it was killed for its memory.
fn killed_for_memory<'s>(said: &'s Said<'_, '_>) -> Option<&'s str> {
    let end = said.problem.last_end()?;
    said.problem
        .container()
        .filter(|_| end.reason == "OOMKilled")
}

/// The memory limit of a container before the revision, which lowered it.
fn limit_before(container: &str, round: &Round<'_>) -> Option<String> {
    let former = lowered(round, container, Kind::Limit, "memory")?;
    Some(former.before)
}

/// Whether a pod that fails was killed at a memory limit that the revision lowered, or by a probe with less CPU than before.
pub(super) fn is_limit_lowered(stalls: &Stalls<'_, '_>, round: &Round<'_>) -> bool {
    let of_memory = |said: &Said<'_, '_>| limit_before(killed_for_memory(said)?, round);
    let of_cpu = |said: &Said<'_, '_>| {
        let time = time_to_start(round, said)?;
        lowered(round, &time.container, Kind::Limit, "cpu")
    };
    stalls
        .all_failing()
        .any(|said| said.is_new && (of_memory(said).is_some() || of_cpu(said).is_some()))
}

/// What a container needs that has no limit, and was killed since its node had no more memory.
fn memory_of_node(
    container: &str,
    said: &Said<'_, '_>,
    round: &Round<'_>,
) -> Option<(Repair, Vec<String>)> {
    if limit_of_pod(round, said.pod, container).is_some() {
        return None;
    }
    let set = &round.daemon_set().metadata;
    let node = said.node.name;
    let is_killed = |pod: &&&Pod| {
        let containers = round.said_by(pod).into_iter().flat_map(|it| &it.containers);
        let mut ends = containers.filter_map(|it| it.last_end());
        ends.any(|end| &*end.reason == "OOMKilled")
    };
    let pods = round.cluster.pods().iter();
    let there = pods.filter(|pod| pod.spec.node_name == node);
    let others = there.filter(|pod| {
        let own = pod
            .metadata
            .controller()
            .is_some_and(|it| it.uid == set.uid);
        !own && pod.metadata.name != said.pod.metadata.name
    });
    let others = others.filter(is_killed).take(MOST_OTHERS);
    let others = others.map(|pod| format!("{}/{}", pod.metadata.namespace, pod.metadata.name));
    let repair = Repair::Node(NodeRepair::NodeMemory {
        container: container.to_owned(),
        node: node.to_owned(),
        others: others.collect(),
    });
    let commands = vec![
        "kubectl top pods -A --sort-by=memory".to_owned(),
        format!(
            "kubectl get pods -A -o wide --field-selector spec.nodeName={}",
            word(node)
        ),
    ];
    Some((repair, commands))
}

/// More memory for a container that has a limit of it, and the command that gives it what it had before, or twice that.
pub(super) fn memory_of(
    container: &str,
    before: Option<String>,
    set: &DaemonSet,
) -> Option<(Repair, Vec<String>)> {
    let spec = set.spec.template.spec_as_json();
    let limit = memory_limit(spec, container)?;
    let command = before.clone().or_else(|| doubled(&limit)).and_then(|more| {
        let resources = json!({"limits": {"memory": more}});
        let list = list_of(spec, container)?;
        let container = json!({"name": container, "resources": resources});
        Some(patch_pods(set, &json!({list: [container]})))
    });
    let container = container.to_owned();
    let repair = Repair::Container(ContainerRepair::Memory {
        container,
        limit,
        before,
    });
    Some((repair, command.into_iter().collect()))
}

/// A priority above that of the pods that take the place of the set's on these nodes; `None` where one there has the highest
/// that a class of users can have.
pub(super) fn priority(nodes: &[String], round: &Round<'_>) -> Option<Fix> {
    let set = round.daemon_set();
    let of_nodes = || {
        let nodes = nodes.iter().take(NAMED);
        nodes.map(|node| {
            format!(
                "kubectl get pods -A --field-selector spec.nodeName={} -o \
                 custom-columns=NAME:.metadata.name,PRIORITY:.spec.priority",
                word(node)
            )
        })
    };
    let is_own = |pod: &&&Pod| {
        let owner = pod.metadata.controller();
        owner.is_some_and(|it| it.uid == set.metadata.uid)
    };
    let pods = || round.cluster.pods().iter();
    let there = pods().filter(|pod| nodes.contains(&pod.spec.node_name));
    if there.clone().filter(is_own).any(|pod| is_by_kubelet(pod)) {
        let nodes = nodes.to_vec();
        let commands = of_nodes().collect();
        return Some(Fix::outside(
            Repair::Placement(PlacementRepair::CriticalPriority { nodes }),
            commands,
        ));
    }
    let victims = yielding(nodes, &[], round);
    let ClassAbove {
        class,
        value,
        mut commands,
    } = class_above(nodes, round)?;
    if value.is_none() {
        commands.splice(0..0, of_nodes());
    }
    let nodes = nodes.to_vec();
    let repair = Repair::Placement(PlacementRepair::Priority {
        class,
        value,
        nodes,
        preempts: victims.unwrap_or_default(),
    });
    Some(Fix::outside(repair, commands))
}

/// A priority class above the pods of others on nodes.
pub(super) struct ClassAbove {
    /// A name that no class has which was given.
    pub class: String,
    /// Its value, where the pods that it is to be above of were given.
    pub value: Option<i32>,
    /// What makes it, and gives it to the set's pods.
    pub commands: Vec<String>,
}

/// A priority class above the pods of others on these nodes; `None` where one there has the highest that a class of users
/// can have.
pub(super) fn class_above(nodes: &[String], round: &Round<'_>) -> Option<ClassAbove> {
    let set = round.daemon_set();
    let is_of_others = |pod: &&&Pod| {
        let owner = pod.metadata.controller();
        owner.is_none_or(|it| it.uid != set.metadata.uid)
    };
    let there = round
        .cluster
        .pods()
        .iter()
        .filter(|pod| nodes.contains(&pod.spec.node_name));
    let of_others = there
        .filter(is_of_others)
        .filter_map(|pod| Some(round.said_by(pod)?.spec.priority));
    if of_others.clone().any(|it| it == HIGHEST) {
        return None;
    }
    let of_users = of_others.filter(|it| *it < HIGHEST);
    let value = of_users
        .max()
        .map(|highest| highest.max(0).saturating_add(1).min(HIGHEST));
    let written = value.map_or_else(|| "VALUE".to_owned(), |value| value.to_string());
    let class = free_class(&set.metadata.name, round);
    let commands = vec![
        format!("kubectl create priorityclass {class} --value={written}"),
        patch_pods(set, &json!({"priorityClassName": class})),
    ];
    Some(ClassAbove {
        class,
        value,
        commands,
    })
}

/// A name for a priority class of a set that no class has which was given.
fn free_class(set: &str, round: &Round<'_>) -> String {
    let is_free = |name: &String| {
        let mut known = round
            .evidence
            .into_iter()
            .flat_map(Evidence::priority_classes);
        !known.any(|it| it == name)
    };
    let own = format!("{set}-priority");
    let others = (2..).map(|at| format!("{own}-{at}"));
    // One more than there are is free.
    let mut names = std::iter::once(own.clone()).chain(others);
    names.find(is_free).unwrap_or(own)
}

/// Whether a kubelet ended the pod to admit a critical one.
///
/// Source: [guaranteed scheduling of critical add-on pods](https://kubernetes.io/docs/tasks/administer-cluster/guaranteed-scheduling-critical-addon-pods/).
fn is_by_kubelet(pod: &Pod) -> bool {
    pod.status.reason == "Preempting"
}

/// Longer to start for containers that a probe has killed before they had, each once; or the CPU back that the revision took.
pub(super) fn longer_to_start(stalls: &Stalls<'_, '_>, round: &Round<'_>) -> Vec<Fix> {
    // What answers that there is nothing to ask for there, or for whom, has started.
    let answers = |said: &Said<'_, '_>| {
        let meaning = heard(round, said);
        let started = ["probePath", "probeDenied", "probeHttps", "probeHttp"];
        meaning.is_some_and(|it| started.contains(&it.id()))
    };
    // What is asked at another port since the revision may have been up all the same.
    let is_asked_elsewhere = |container: &str| port_before(round, container).is_some();
    let mut times: Vec<StartTime> = Vec::new();
    for said in stalls.all_failing() {
        let Some(time) = time_to_start(round, said) else {
            continue;
        };
        let is_known = times.iter().any(|known| known.container == time.container);
        if !is_known && !answers(said) && !is_asked_elsewhere(&time.container) {
            times.push(time);
        }
    }
    let fixes = times.iter().take(NAMED).map(|time| {
        // With what it had before it came up in time.
        if let Some(back) = limit_given_back(round, &time.container, "cpu") {
            return back;
        }
        let repair = Repair::Container(ContainerRepair::StartTime {
            container: time.container.clone(),
            allowed: time.sum.clone(),
            killed_after: time.killed_after,
            has_startup: time.is_startup,
            threshold: time.threshold,
            then: time.then,
        });
        let command = patch_pods(round.daemon_set(), &time.patch());
        Fix::outside(repair, vec![command])
    });
    fixes.collect()
}
