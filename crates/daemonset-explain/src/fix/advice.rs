//! What has to be repaired outside, for what was found.

use daemonset::api::{DaemonSet, Pod};
use serde_json::json;

use super::command::{namespace, word};
use super::refused::of_refusals;
use super::{Applicability, Caution, Fix, Repair, create};
use crate::changes::{memory_limit, mounts};
use crate::evidence::{Evidence, GivenKind};
use crate::finding::Finding;
use crate::health::PodProblem;
use crate::label_owner::selected;
use crate::missing::{Kind, Missing, missing};
use crate::outside::is_from_outside;
use crate::quoted::words;
use crate::room::{SchedulerSaid, Verdict};
use crate::round::{PodRevision, Round, staying_of};
use crate::stall::{Said, Stalls, is_own_limit};
use crate::start_time::StartTime;

/// How many nodes are looked at.
const NAMED: usize = 3;

/// How many different repairs are told at most.
const MOST_REPAIRS: usize = 16;

/// What to do about a finding that no edit mends.
pub(super) fn of_finding(finding: &Finding, set: &DaemonSet) -> Vec<Fix> {
    let target = target(set);
    let describe = format!("kubectl describe {target}");
    match finding {
        Finding::NotGiven { kinds, .. } => {
            let _ = kinds.contains(&GivenKind::Node);
            Vec::new()
        }
        Finding::ControllerIdle { .. }
        | Finding::NodesNotCounted { .. }
        | Finding::StatusContradicted { .. } => {
            vec![Fix::outside(
                Repair::Controller,
                vec![
                    "kubectl get lease kube-controller-manager -n kube-system -o yaml".to_owned(),
                    "kubectl logs -n kube-system -l component=kube-controller-manager --tail=50"
                        .to_owned(),
                ],
            )]
        }
        Finding::NoNodes { .. } => {
            let owned = selected(set).map(|(label, owner)| {
                let commands = vec![
                    format!("kubectl get nodes -L {}", word(label)),
                    format!("kubectl get pods -A -l {}", owner.pods()),
                ];
                let label = label.to_owned();
                Fix::outside(Repair::Label { label, owner }, commands)
            });
            owned.into_iter().collect()
        }
        Finding::PodsOnMissingNodes { pods, nodes } => {
            let words = |names: &[String]| {
                let names = names.iter().take(NAMED).map(|name| word(name));
                names.collect::<Vec<_>>().join(" ")
            };
            let commands = vec![
                format!("kubectl get nodes {}", words(nodes)),
                format!(
                    "kubectl delete pod {} -n {} --grace-period=0 --force",
                    words(pods),
                    namespace(set)
                ),
            ];
            let nodes = nodes.clone();
            vec![Fix::outside(Repair::MissingNodes { nodes }, commands)]
        }
        Finding::Refused {
            refusals,
            namespace,
            said,
            ..
        } => of_refusals(refusals, namespace, &target, &describe, !said.is_empty()),
        Finding::Looping {
            nodes,
            reasons,
            symptoms,
            ..
        } => {
            let names: Vec<String> = nodes.iter().map(|node| node.node.clone()).collect();
            let mut commands = describe_nodes(&names);
            let is_short = nodes
                .iter()
                .any(|node| node.problems.iter().any(crate::NodeProblem::is_pressure));
            let nodes = names;
            let all = |wanted: fn(&String) -> bool| reasons.iter().all(wanted);
            let repair = if symptoms.iter().all(|it| is_own_limit(&it.symptom)) {
                commands = vec![describe];
                Repair::Storage
            } else if is_short {
                Repair::Pressure { nodes }
            } else if all(|reason| reason.starts_with("OutOf")) {
                Repair::Room { nodes }
            } else {
                Repair::Rejection { nodes }
            };
            vec![Fix::outside(repair, commands)]
        }
        Finding::StuckTerminating {
            nodes, finalizers, ..
        } => vec![if finalizers.is_empty() {
            let nodes = nodes.clone();
            let commands = describe_nodes(&nodes);
            Fix::outside(Repair::Kubelet { nodes }, commands)
        } else {
            let finalizers = finalizers.clone();
            Fix::outside(Repair::Finalizers { finalizers }, Vec::new())
        }],
        _ => Vec::new(),
    }
}

/// What stands before the name of a claim.
const CLAIM: &str = "PersistentVolumeClaim ";

/// A repair of some nodes.
type OfNodes = fn(Vec<String>) -> Repair;

/// What to do about pods that fail or are not scheduled, by what they say; each repair once.
pub(super) fn of_pods(stalls: &Stalls<'_, '_>, round: &Round<'_>, is_template: bool) -> Vec<Fix> {
    let set = round.daemon_set();
    let mut fixes: Vec<Fix> = Vec::new();
    let failing = (stalls.failing_new.iter())
        .chain(&stalls.failing)
        .chain(&stalls.unscheduled);
    let mut without_room: Vec<String> = Vec::new();
    let mut too_small: Vec<String> = Vec::new();
    let mut without_slots: Vec<String> = Vec::new();
    let mut kept_off: Vec<String> = Vec::new();
    let mut unreported: Vec<String> = Vec::new();
    let mut without_ports: Vec<String> = Vec::new();
    for said in failing {
        let repair = match &said.problem {
            PodProblem::Unschedulable { message, nominated } => {
                if !nominated.is_empty() {
                    continue;
                }
                if message.contains("free ports") {
                    // The port that its own old pod holds is for the strategy to free.
                    let mut beside = said.node.staying();
                    if !beside.any(|pod| pod.fact.version.is_old()) {
                        without_ports.push(said.node.name.to_owned());
                    }
                    continue;
                }
                match unscheduled(message, set) {
                    Unscheduled::For(repair) => repair,
                    Unscheduled::TooSmall => {
                        too_small.push(said.node.name.to_owned());
                        continue;
                    }
                    Unscheduled::NoRoom => {
                        without_room.push(said.node.name.to_owned());
                        continue;
                    }
                    Unscheduled::NoSlot => {
                        without_slots.push(said.node.name.to_owned());
                        continue;
                    }
                    Unscheduled::KeptOff => {
                        kept_off.push(said.node.name.to_owned());
                        continue;
                    }
                }
            }
            PodProblem::SchedulingGated { gates } => Repair::SchedulingGates {
                gates: gates.clone(),
            },
            PodProblem::NotScheduled { scheduler, .. } => Repair::Scheduler {
                scheduler: match scheduler.as_str() {
                    "" => "default-scheduler".to_owned(),
                    name => name.to_owned(),
                },
            },
            PodProblem::Unreported => {
                unreported.push(said.node.name.to_owned());
                continue;
            }
            PodProblem::ReadinessGate {
                gate, is_set: true, ..
            } => Repair::GateNotMet { gate: gate.clone() },
            PodProblem::ReadinessGate { gate, .. } => Repair::ReadinessGate { gate: gate.clone() },
            _ => {
                if let Some((repair, commands)) = of_words(said, round)
                    && fixes.len() < MOST_REPAIRS
                {
                    add(&mut fixes, repair, commands);
                }
                continue;
            }
        };
        if fixes.len() < MOST_REPAIRS {
            let commands = commands_of(&repair, set, said);
            add(&mut fixes, repair, commands);
        }
    }
    if !without_ports.is_empty() {
        let repair = Repair::HostPorts {
            ports: host_ports(set),
            nodes: without_ports,
        };
        fixes.push(Fix::outside(repair, Vec::new()));
    }
    let of_nodes: [(Vec<String>, OfNodes); 5] = [
        (too_small, |nodes| Repair::Size { nodes }),
        (without_room, |nodes| Repair::Room { nodes }),
        (without_slots, |nodes| Repair::PodSlots { nodes }),
        (kept_off, |nodes| Repair::Scheduling { nodes }),
        (unreported, |nodes| Repair::NoReport { nodes }),
    ];
    for (nodes, repair) in of_nodes.into_iter().filter(|(nodes, _)| !nodes.is_empty()) {
        let commands = describe_nodes(&nodes);
        fixes.push(Fix::outside(repair(nodes), commands));
    }
    if fixes.is_empty() && is_template {
        fixes.extend(logs(stalls, set));
    }
    fixes
}

/// To read what a container waits for that runs and does not get ready, or does not end.
fn running_logs(stalls: &Stalls<'_, '_>, set: &DaemonSet) -> Option<Fix> {
    let mut all = stalls.failing_new.iter().chain(&stalls.failing);
    let said = all.find(|said| {
        matches!(
            said.problem,
            PodProblem::Initializing { .. } | PodProblem::NotReady { .. }
        )
    })?;
    let command = format!(
        "kubectl logs {} -n {} -c {}",
        said.pod.metadata.name,
        namespace(set),
        said.problem.container()?
    );
    Some(Fix::outside(Repair::Running, vec![command]))
}

/// What the words of a pod's failure ask for, with its commands.
fn of_words(said: &Said<'_, '_>, round: &Round<'_>) -> Option<(Repair, Vec<String>)> {
    let set = round.daemon_set();
    let spec = &set.spec.template.as_json()["spec"];
    let Some(missing) = missing(&words(round, said), spec) else {
        return Some((memory(&said.problem, set)?, Vec::new()));
    };
    let commands = create::commands(&missing, set);
    let repair = if missing.kind == Kind::Driver {
        Repair::Driver {
            driver: missing.names.concat(),
            nodes: vec![said.node.name.to_owned()],
        }
    } else {
        Repair::Objects {
            objects: vec![missing.object()],
            namespace: namespace(set),
        }
    };
    Some((repair, commands))
}

/// What to create of what a pod's words say is missing.
pub(super) fn of_missing(said: &Said<'_, '_>, round: &Round<'_>) -> Vec<Fix> {
    let repair = of_words(said, round).into_iter();
    repair
        .map(|(repair, commands)| Fix::outside(repair, commands))
        .collect()
}

/// Takes a repair, each once, and a driver's for all of its nodes.
fn add(fixes: &mut Vec<Fix>, repair: Repair, commands: Vec<String>) {
    for fix in fixes.iter_mut() {
        let Applicability::Outside { repair: known } = &mut fix.applicability else {
            continue;
        };
        match (known, &repair) {
            (known, repair) if known == repair => return,
            (
                Repair::Driver { driver, nodes },
                Repair::Driver {
                    driver: same,
                    nodes: more,
                },
            ) if driver == same => {
                nodes.extend(more.iter().cloned());
                return;
            }
            _ => {}
        }
    }
    fixes.push(Fix::outside(repair, commands));
}

fn commands_of(repair: &Repair, set: &DaemonSet, said: &Said<'_, '_>) -> Vec<String> {
    match repair {
        Repair::GateNotMet { .. } => vec![describe_pod(said.pod, set)],
        Repair::Objects { objects, .. } => (objects.iter())
            .filter_map(|object| object.strip_prefix(CLAIM))
            .flat_map(|name| {
                let missing = Missing {
                    kind: Kind::Claim,
                    names: vec![name.to_owned()],
                };
                create::commands(&missing, set)
            })
            .collect(),
        Repair::Scheduler { scheduler } if scheduler == "default-scheduler" => {
            vec!["kubectl get pods -n kube-system -l component=kube-scheduler".to_owned()]
        }
        Repair::Claims { claims, namespace } => claims
            .iter()
            .take(NAMED)
            .filter_map(|claim| Some(claim.split_once(' ')?.1))
            .map(|claim| format!("kubectl describe pvc {} -n {namespace}", word(claim)))
            .collect(),
        _ => Vec::new(),
    }
}

pub(super) fn describe_pod(pod: &Pod, set: &DaemonSet) -> String {
    format!(
        "kubectl describe pod {} -n {}",
        word(&pod.metadata.name),
        namespace(set)
    )
}

/// To read why a container ended.
pub(super) fn logs(stalls: &Stalls<'_, '_>, set: &DaemonSet) -> Option<Fix> {
    let mut all = stalls.failing_new.iter().chain(&stalls.failing);
    // What never started has written nothing.
    let has_run = |said: &&Said<'_, '_>| {
        let end = said.problem.last_end();
        end.is_some_and(|end| !matches!(&*end.reason, "StartError" | "ContainerCannotRun"))
    };
    let Some(said) = all.find(has_run) else {
        return running_logs(stalls, set);
    };
    let container = said.problem.container()?;
    let command = format!(
        "kubectl logs {} -n {} -c {container} --previous",
        said.pod.metadata.name,
        namespace(set)
    );
    Some(Fix::outside(Repair::Daemon, vec![command]))
}

/// What to look at where pods fail and nothing else is known: the registry, or the template.
pub(super) fn of_template(stalls: &Stalls<'_, '_>, round: &Round<'_>) -> Fix {
    let set = round.daemon_set();
    let mut failing = stalls.failing_new.iter().chain(&stalls.failing);
    let is_of_registry = |said: &Said<'_, '_>| {
        said.problem.is_of_a_pull() && is_from_outside(round, &words(round, said))
    };
    let pod = failing.clone().next().map(|said| said.pod);
    let nodes: Vec<String> = (failing.clone())
        .map(|said| said.node.name.to_owned())
        .collect();
    if let Some(pod) = pod.filter(|_| failing.all(is_of_registry)) {
        return Fix::outside(Repair::Registry, vec![describe_pod(pod, set)]);
    }
    let runs_elsewhere = round.available_updated() >= nodes.len();
    if let Some(said) = (stalls.failing_new.first()).filter(|_| runs_elsewhere) {
        let is_gone = words(round, said).contains(": not found");
        if said.problem.is_of_a_pull() && is_gone {
            let container = said.problem.container().unwrap_or_default().to_owned();
            let commands = vec![describe_pod(said.pod, set)];
            return Fix::outside(Repair::Image { container }, commands);
        }
        if !said.problem.is_of_a_pull() {
            let commands = describe_nodes(&nodes);
            return Fix::outside(Repair::Nodes { nodes }, commands);
        }
    }
    let command = format!("kubectl describe {}", target(set));
    Fix::outside(Repair::Template, vec![command])
}

/// More memory for a container that is killed at its limit again and again.
pub(super) fn more_memory(container: &str, set: &DaemonSet) -> Option<Fix> {
    let repair = memory_of(container, set)?;
    Some(Fix::outside(repair, Vec::new()))
}

/// What a container needs that is killed at its memory limit.
fn memory(problem: &PodProblem, set: &DaemonSet) -> Option<Repair> {
    problem.last_end().filter(|end| end.reason == "OOMKilled")?;
    memory_of(problem.container()?, set)
}

fn memory_of(container: &str, set: &DaemonSet) -> Option<Repair> {
    let template = serde_json::Value::Object(set.spec.template.as_json().clone());
    Some(Repair::Memory {
        container: container.to_owned(),
        limit: memory_limit(&template, container)?,
    })
}

/// What a pod that the scheduler does not place is short of.
enum Unscheduled {
    /// Something that has a name.
    For(Repair),
    /// A larger node.
    TooSmall,
    /// Room that others have taken.
    NoRoom,
    /// One pod less on the node.
    NoSlot,
    /// Anything else.
    KeptOff,
}

/// What the scheduler's words ask for.
fn unscheduled(message: &str, set: &DaemonSet) -> Unscheduled {
    let objects = claims(message);
    if !objects.is_empty() {
        let namespace = namespace(set);
        return Unscheduled::For(Repair::Objects { objects, namespace });
    }
    if message.contains("unbound immediate PersistentVolumeClaims") {
        let claims = claims_of(set);
        let namespace = namespace(set);
        return Unscheduled::For(Repair::Claims { claims, namespace });
    }
    let verdict = SchedulerSaid::read(message).and_then(|said| said.verdict);
    match verdict {
        Some(Verdict::TooSmall) => Unscheduled::TooSmall,
        _ if message.contains("Too many pods") => Unscheduled::NoSlot,
        _ if message.contains("Insufficient ") => Unscheduled::NoRoom,
        _ => Unscheduled::KeptOff,
    }
}

/// The claims that the template mounts.
fn claims_of(set: &DaemonSet) -> Vec<String> {
    let template = serde_json::Value::Object(set.spec.template.as_json().clone());
    let mounted = mounts(&template).into_iter();
    mounted.filter(|mount| mount.starts_with(CLAIM)).collect()
}

/// The claims that the scheduler does not find.
fn claims(message: &str) -> Vec<String> {
    let mut parts = message.split("persistentvolumeclaim \"");
    parts.next();
    let names = parts.filter_map(|part| part.split('"').next());
    names.map(|name| format!("{CLAIM}{name}")).collect()
}

/// The host ports of the template.
pub(crate) fn host_ports(set: &DaemonSet) -> Vec<u16> {
    let spec = set.spec.template.as_json().get("spec");
    let containers = spec.and_then(|spec| spec.get("containers")?.as_array());
    let ports = containers
        .into_iter()
        .flatten()
        .filter_map(|container| container["ports"].as_array())
        .flatten();
    let is_host = set.spec.template.spec().host_network;
    let number = |port: &serde_json::Value| {
        let of_host = port["hostPort"].as_u64();
        let of_container = port["containerPort"].as_u64().filter(|_| is_host);
        u16::try_from(of_host.or(of_container)?).ok()
    };
    let mut all: Vec<u16> = ports.filter_map(number).collect();
    all.sort_unstable();
    all.dedup();
    all
}

pub(super) fn describe_nodes(nodes: &[String]) -> Vec<String> {
    let nodes = nodes.iter().take(NAMED);
    nodes
        .map(|node| format!("kubectl describe node {}", word(node)))
        .collect()
}

/// `ds/agent -n infra`
pub(super) fn target(set: &DaemonSet) -> String {
    format!("ds/{} -n {}", word(&set.metadata.name), namespace(set))
}

/// The highest value that a PriorityClass of users may have.
///
/// Source: [PriorityClass](https://kubernetes.io/docs/concepts/scheduling-eviction/pod-priority-preemption/#priorityclass).
const HIGHEST: i32 = 1_000_000_000;

/// A priority above that of the pods that take the place of the set's on these nodes.
pub(super) fn priority(nodes: &[String], round: &Round<'_>) -> Fix {
    let set = round.daemon_set();
    let class = format!("{}-priority", set.metadata.name);
    let pods = round.evidence.into_iter().flat_map(Evidence::all_pods);
    let there = pods.filter(|pod| nodes.iter().any(|node| **node == *pod.node));
    let of_users = there.map(|pod| pod.priority).filter(|it| *it < HIGHEST);
    let value = of_users
        .max()
        .map(|highest| highest.max(0).saturating_add(1).min(HIGHEST));
    let written = value.map_or_else(|| "VALUE".to_owned(), |value| value.to_string());
    let patch = json!({"spec": {"template": {"spec": {"priorityClassName": class}}}});
    let mut commands = vec![
        format!("kubectl create priorityclass {class} --value={written}"),
        format!(
            "kubectl patch {} -p {}",
            target(set),
            word(&patch.to_string())
        ),
    ];
    if value.is_none() {
        let of_nodes = nodes.iter().take(NAMED).map(|node| {
            format!(
                "kubectl get pods -A --field-selector spec.nodeName={} -o \
                 custom-columns=NAME:.metadata.name,PRIORITY:.spec.priority",
                word(node)
            )
        });
        commands.splice(0..0, of_nodes);
    }
    let nodes = nodes.to_vec();
    let mut fix = Fix::outside(
        Repair::Priority {
            class,
            value,
            nodes,
        },
        commands,
    );
    fix.cautions.push(Caution::ReplacesPods);
    fix
}

/// Longer to start for containers that a probe has killed before they had, each once.
pub(super) fn longer_to_start(stalls: &Stalls<'_, '_>, round: &Round<'_>) -> Vec<Fix> {
    let failing = stalls.failing_new.iter().chain(&stalls.failing);
    let mut times: Vec<StartTime> = Vec::new();
    for time in failing.filter_map(|said| StartTime::of(round, said)) {
        if !times.iter().any(|known| known.container == time.container) {
            times.push(time);
        }
    }
    let fixes = times.iter().take(NAMED).map(|time| {
        let repair = Repair::StartTime {
            container: time.container.clone(),
            allowed: time.sum.clone(),
            killed_after: time.killed_after,
            has_startup: time.is_startup,
            threshold: time.threshold,
            then: time.then,
        };
        let patch = word(&time.patch().to_string());
        let command = format!("kubectl patch {} -p {patch}", target(round.daemon_set()));
        let mut fix = Fix::outside(repair, vec![command]);
        fix.cautions.push(Caution::ReplacesPods);
        fix
    });
    fixes.collect()
}

/// To ask from an old pod what new ones ask in vain.
pub(super) fn ask_from_old(round: &Round<'_>, address: &str) -> Fix {
    let set = round.daemon_set();
    let nodes = round.view.nodes.iter().filter(|node| node.runs_old());
    let mut old = nodes.flat_map(|node| staying_of(node, PodRevision::Old));
    let ask = match address.rsplit_once(':') {
        Some((host, port)) if port.parse::<u16>().is_ok() => {
            let host = host.trim_start_matches('[').trim_end_matches(']');
            format!("nc -zv -w 3 {host} {port}")
        }
        _ => format!("nslookup {address}"),
    };
    let commands = old
        .find(|pod| pod.fact.readiness.is_available())
        .map(|pod| {
            format!(
                "kubectl debug {} -n {} -it --image=busybox -- {ask}",
                pod.pod.metadata.name,
                namespace(set)
            )
        });
    let address = address.to_owned();
    Fix::outside(Repair::NoAnswer { address }, commands.into_iter().collect())
}
