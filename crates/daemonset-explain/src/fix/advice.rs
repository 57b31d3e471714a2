//! What has to be repaired outside, for what was found.

use daemonset::api::DaemonSet;

use super::{Fix, Repair};
use crate::evidence::GivenKind;
use crate::finding::{Finding, Refusal};
use crate::health::PodProblem;
use crate::room::{SchedulerSaid, Verdict};
use crate::round::Round;
use crate::stall::{Said, Stalls};

/// How many nodes are looked at.
const NAMED: usize = 3;

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
        Finding::Looping { nodes, .. } => {
            let names: Vec<String> = nodes.iter().map(|node| node.node.clone()).collect();
            let commands = describe_nodes(&names);
            let is_short = nodes
                .iter()
                .any(|node| node.problems.iter().any(crate::NodeProblem::is_pressure));
            let nodes = names;
            let repair = if is_short {
                Repair::Pressure { nodes }
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
            Refusal::Webhook { webhook } => (
                Repair::Webhook {
                    webhook: webhook.clone(),
                },
                "kubectl get validatingwebhookconfigurations,mutatingwebhookconfigurations"
                    .to_owned(),
            ),
        };
        fixes.push(Fix::outside(repair, vec![command]));
    }
    if fixes.is_empty() {
        fixes.push(Fix::outside(Repair::Refusal, vec![describe]));
    }
    fixes
}

/// What to do about pods that fail or are not scheduled, by what they say; each repair once.
pub(super) fn of_pods(stalls: &Stalls<'_, '_>, round: &Round<'_>, is_template: bool) -> Vec<Fix> {
    let set = round.daemon_set();
    let mut fixes: Vec<Fix> = Vec::new();
    let failing = (stalls.failing_new.iter())
        .chain(&stalls.failing)
        .chain(&stalls.unscheduled);
    let mut without_room: Vec<String> = Vec::new();
    let mut too_small: Vec<String> = Vec::new();
    let mut without_ports: Vec<String> = Vec::new();
    for said in failing {
        let repair = match &said.problem {
            PodProblem::Unschedulable { message, nominated } => {
                if !nominated.is_empty() {
                    continue;
                }
                if message.contains("free ports") {
                    without_ports.push(said.node.name.to_owned());
                    continue;
                }
                let claim = claims(message);
                if claim.is_empty() {
                    let said_by_scheduler = SchedulerSaid::read(message);
                    let verdict = said_by_scheduler.and_then(|said| said.verdict);
                    let nodes = match verdict {
                        Some(Verdict::TooSmall) => &mut too_small,
                        _ => &mut without_room,
                    };
                    nodes.push(said.node.name.to_owned());
                    continue;
                }
                Repair::Objects {
                    objects: claim,
                    namespace: namespace(set),
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
            PodProblem::ReadinessGate { gate, .. } => Repair::ReadinessGate { gate: gate.clone() },
            _ => match missing_objects(said, round) {
                Some(object) => Repair::Objects {
                    objects: vec![object],
                    namespace: namespace(set),
                },
                None => continue,
            },
        };
        let is_known = fixes.iter().any(
            |fix| matches!(&fix.applicability, super::Applicability::Outside { repair: known } if *known == repair),
        );
        if !is_known {
            let commands = commands_of(&repair, set, said);
            fixes.push(Fix::outside(repair, commands));
        }
    }
    if !without_ports.is_empty() {
        let repair = Repair::HostPorts {
            ports: host_ports(set),
            nodes: without_ports,
        };
        fixes.push(Fix::outside(repair, Vec::new()));
    }
    if !too_small.is_empty() {
        let commands = describe_nodes(&too_small);
        let nodes = too_small;
        fixes.push(Fix::outside(Repair::Size { nodes }, commands));
    }
    if !without_room.is_empty() {
        let commands = describe_nodes(&without_room);
        let nodes = without_room;
        fixes.push(Fix::outside(Repair::Room { nodes }, commands));
    }
    if fixes.is_empty() && is_template {
        fixes.extend(logs(stalls, set));
    }
    fixes
}

fn commands_of(repair: &Repair, set: &DaemonSet, said: &Said<'_, '_>) -> Vec<String> {
    let pod = &said.pod.metadata.name;
    match repair {
        Repair::Objects { .. } => {
            vec![format!("kubectl describe pod {pod} -n {}", namespace(set))]
        }
        _ => Vec::new(),
    }
}

/// To read why a container ended.
pub(super) fn logs(stalls: &Stalls<'_, '_>, set: &DaemonSet) -> Option<Fix> {
    let mut all = stalls.failing_new.iter().chain(&stalls.failing);
    let said = all.find(|said| said.problem.last_end().is_some())?;
    let container = said.problem.container()?;
    let command = format!(
        "kubectl logs {} -n {} -c {container} --previous",
        said.pod.metadata.name,
        namespace(set)
    );
    Some(Fix::outside(Repair::Daemon, vec![command]))
}

/// The objects that a pod's words say are missing: `ConfigMap a`, `Secret b`.
fn missing_objects(said: &Said<'_, '_>, round: &Round<'_>) -> Option<String> {
    match &said.problem {
        PodProblem::Waiting {
            reason, message, ..
        } if reason == "CreateContainerConfigError" => not_found(message),
        PodProblem::NotSetUp { .. } => {
            let metadata = &said.pod.metadata;
            let events = round
                .evidence?
                .events("Pod", &metadata.namespace, &metadata.name);
            events
                .iter()
                .rev()
                .find_map(|event| not_found(&event.message))
        }
        _ => None,
    }
}

/// The object that a message says is not found.
fn not_found(message: &str) -> Option<String> {
    if !message.contains("not found") {
        return None;
    }
    let kinds = [
        ("configmap \"", "ConfigMap"),
        ("secret \"", "Secret"),
        ("persistentvolumeclaim \"", "PersistentVolumeClaim"),
    ];
    kinds.into_iter().find_map(|(words, kind)| {
        let name = message.split_once(words)?.1.split('"').next()?;
        Some(format!("{kind} {name}"))
    })
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

fn namespace(set: &DaemonSet) -> String {
    match set.metadata.namespace.as_str() {
        "" => "default".to_owned(),
        namespace => namespace.to_owned(),
    }
}
