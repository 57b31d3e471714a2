//! What has to be repaired outside, for what was found.

use daemonset::api::{DaemonSet, Pod};

use super::{Applicability, Fix, Repair};
use crate::blame::is_from_outside;
use crate::changes::{memory_limit, mounts};
use crate::evidence::GivenKind;
use crate::finding::{Finding, Refusal};
use crate::health::PodProblem;
use crate::quoted::{Missing, missing, words};
use crate::room::{SchedulerSaid, Verdict};
use crate::round::Round;
use crate::stall::{Said, Stalls, is_own_limit};

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
        Finding::ControllerIdle { .. } | Finding::StatusContradicted { .. } => {
            vec![Fix::outside(
                Repair::Controller,
                vec![
                    "kubectl get pods -n kube-system -l component=kube-controller-manager"
                        .to_owned(),
                    "kubectl get lease kube-controller-manager -n kube-system -o yaml".to_owned(),
                ],
            )]
        }
        Finding::Refused {
            refusals,
            namespace,
            ..
        } => of_refusal(refusals, namespace, &target, describe),
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

fn of_refusal(refusals: &[Refusal], namespace: &str, target: &str, describe: String) -> Vec<Fix> {
    let namespace = match namespace {
        "" => "default",
        namespace => namespace,
    };
    let namespaced = || namespace.to_owned();
    let mut fixes: Vec<Fix> = Vec::new();
    for refusal in refusals {
        let (repair, command) = match refusal {
            Refusal::Quota { quota, .. } => (
                Repair::Quota {
                    quota: quota.clone(),
                    namespace: namespaced(),
                },
                format!("kubectl describe resourcequota {quota} -n {namespace}"),
            ),
            Refusal::PriorityClass { class } => (
                Repair::PriorityClass {
                    class: class.clone(),
                },
                format!("kubectl create priorityclass {class} --value=1000000"),
            ),
            Refusal::TemplateField { field, class } => (
                Repair::TemplateField {
                    field: field.clone(),
                    class: class.clone(),
                },
                format!(
                    "kubectl patch {target} --type=json \
                     -p='[{{\"op\": \"remove\", \"path\": \"/spec/template/spec/{field}\"}}]'"
                ),
            ),
            Refusal::PodSecurity { .. } => (
                Repair::PodSecurity {
                    namespace: namespaced(),
                },
                format!(
                    "kubectl label namespace {namespace} pod-security.kubernetes.io/enforce=privileged --overwrite"
                ),
            ),
            Refusal::NamespaceTerminating => (
                Repair::Namespace {
                    namespace: namespaced(),
                },
                format!("kubectl get namespace {namespace} -o yaml"),
            ),
            Refusal::ServiceAccount { account } => {
                let name = account.rsplit('/').next().unwrap_or(account);
                (
                    Repair::ServiceAccount {
                        account: account.clone(),
                    },
                    format!("kubectl create serviceaccount {name} -n {namespace}"),
                )
            }
            Refusal::Unspecified { resources, .. } => (
                Repair::Unspecified {
                    resources: resources.clone(),
                    namespace: namespaced(),
                },
                format!("kubectl describe resourcequota,limitrange -n {namespace}"),
            ),
            Refusal::LimitRange => (
                Repair::LimitRange {
                    namespace: namespaced(),
                },
                format!("kubectl describe limitrange -n {namespace}"),
            ),
            Refusal::Denied { denied_by } => (
                Repair::Denied {
                    by: denied_by.clone(),
                },
                describe.clone(),
            ),
            Refusal::Webhook {
                webhook,
                namespace: of_service,
            } => (
                Repair::Webhook {
                    webhook: webhook.clone(),
                },
                match of_service {
                    Some(of_service) => format!("kubectl get endpointslices,pods -n {of_service}"),
                    None => {
                        "kubectl get validatingwebhookconfigurations,mutatingwebhookconfigurations"
                            .to_owned()
                    }
                },
            ),
        };
        fixes.push(Fix::outside(repair, vec![command]));
    }
    if fixes.is_empty() {
        fixes.push(Fix::outside(Repair::Refusal, vec![describe]));
    }
    fixes
}

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
            _ => match of_words(said, round) {
                Some(repair) => repair,
                None => continue,
            },
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

/// What the words of a pod's failure ask for.
fn of_words(said: &Said<'_, '_>, round: &Round<'_>) -> Option<Repair> {
    let set = round.daemon_set();
    let Some(Missing { object, names }) = missing(&words(round, said)) else {
        return memory(&said.problem, set);
    };
    Some(if object.starts_with("CSI driver ") {
        Repair::Driver {
            driver: names.concat(),
            nodes: vec![said.node.name.to_owned()],
        }
    } else {
        Repair::Objects {
            objects: vec![object],
            namespace: namespace(set),
        }
    })
}

/// What to create of what a pod's words say is missing.
pub(super) fn of_missing(said: &Said<'_, '_>, round: &Round<'_>) -> Vec<Fix> {
    let repair = of_words(said, round);
    let fix = repair.map(|repair| {
        let commands = commands_of(&repair, round.daemon_set(), said);
        Fix::outside(repair, commands)
    });
    fix.into_iter().collect()
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
        Repair::Objects { .. } | Repair::GateNotMet { .. } => vec![describe_pod(said.pod, set)],
        Repair::Scheduler { scheduler } if scheduler == "default-scheduler" => {
            vec!["kubectl get pods -n kube-system -l component=kube-scheduler".to_owned()]
        }
        Repair::Claims { claims, namespace } => claims
            .iter()
            .take(NAMED)
            .filter_map(|claim| Some(claim.split_once(' ')?.1))
            .map(|claim| format!("kubectl describe pvc {claim} -n {namespace}"))
            .collect(),
        Repair::Driver { .. } => vec!["kubectl get csidrivers,csinodes".to_owned()],
        _ => Vec::new(),
    }
}

pub(super) fn describe_pod(pod: &Pod, set: &DaemonSet) -> String {
    format!(
        "kubectl describe pod {} -n {}",
        pod.metadata.name,
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
    let is_of_registry =
        |said: &Said<'_, '_>| said.problem.is_of_a_pull() && is_from_outside(&words(round, said));
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
    mounted
        .filter(|mount| mount.starts_with("PersistentVolumeClaim "))
        .collect()
}

/// The claims that the scheduler does not find.
fn claims(message: &str) -> Vec<String> {
    let mut parts = message.split("persistentvolumeclaim \"");
    parts.next();
    let names = parts.filter_map(|part| part.split('"').next());
    names
        .map(|name| format!("PersistentVolumeClaim {name}"))
        .collect()
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
        .map(|node| format!("kubectl describe node {node}"))
        .collect()
}

/// `ds/agent -n infra`
pub(super) fn target(set: &DaemonSet) -> String {
    format!("ds/{} -n {}", set.metadata.name, namespace(set))
}

pub(super) fn namespace(set: &DaemonSet) -> String {
    match set.metadata.namespace.as_str() {
        "" => "default".to_owned(),
        namespace => namespace.to_owned(),
    }
}
