//! What has to be repaired outside, for what was found.

use std::collections::BTreeMap;

use daemonset::api::DaemonSet;
use daemonset::placement::Verdict as Placed;

use super::claims::unbound;
use super::command::{describe_nodes, namespace, target, word, words_of};
use super::ends_well::ends_well;
use super::finalizers::removed_by;
use super::lacking::of_words;
use super::leads::{commands_of, gates_of};
use super::look::differs;
use super::looping::of_loop;
use super::refused::of_refusals;
use super::requests::outgrown;
use super::short::Short;
use super::slips::no_such_label;
use super::unhealthy::of_kubelets;
use super::{
    Applicability, ContainerRepair, Fix, NodeRepair, PlacementRepair, Repair, RolloutRepair, asked,
    known,
};
use crate::cause::gates::set_elsewhere;
use crate::cause::ports::ports_held;
use crate::cause::symptoms::refuses_own;
use crate::diagnosis::controller::manager_pods;
use crate::finding::{Finding, Refusal};
use crate::health::PodProblem;
use crate::known::{Place, Supply, Words, meaning};
use crate::near::has_key;
use crate::owner::selected;
use crate::room::{SchedulerSaid, Verdict};
use crate::round::Round;
use crate::signs::asked_pods::AskedPods;
use crate::signs::autoscaler::autoscaler;
use crate::signs::claims;
use crate::signs::device::not_offered;
use crate::signs::heard::heard;
use crate::signs::image_name::{moved_to, repository};
use crate::signs::outside::is_from_outside;
use crate::signs::quoted::words;
use crate::stall::{STARTING_SECONDS, Said, Stalls};
use crate::template::{container, image};
use crate::words::shortened;

/// How many nodes are looked at.
const NAMED: usize = 3;

/// How many different repairs are told at most.
const MOST_REPAIRS: usize = 16;

/// What to do about a finding that no edit mends.
pub(super) fn of_finding(finding: &Finding, round: &Round<'_>) -> Vec<Fix> {
    let set = round.daemon_set();
    let target = target(set);
    let describe = format!("kubectl describe {target}");
    match finding {
        Finding::ControllerIdle { .. }
        | Finding::ManagerDown { .. }
        | Finding::NodesNotCounted { .. }
        | Finding::StatusContradicted { .. } => vec![of_controller(round)],
        Finding::NoNodes { groups, .. } => {
            let owned = selected(set).filter(|(label, _)| !has_key(round.cluster, label));
            let owned = owned.map(|(label, owner)| {
                let commands = vec![
                    format!("kubectl get nodes -L {}", word(label)),
                    format!("kubectl get pods -A -l {}", owner.pods()),
                ];
                let label = label.to_owned();
                Fix::outside(
                    Repair::Placement(PlacementRepair::Label { label, owner }),
                    commands,
                )
            });
            let asked = owned.or_else(|| no_such_label(groups, round));
            asked.into_iter().collect()
        }
        Finding::PodsOnMissingNodes {
            nodes,
            terminating,
            are_gone,
            ..
        } => vec![of_missing_nodes(nodes, terminating, *are_gone, set)],
        Finding::Refused {
            nodes,
            refusals,
            namespace,
            said,
            ..
        } => {
            let is_denial = |refusal: &Refusal| matches!(refusal, Refusal::Denied { .. });
            let words = said.iter().map(|it| it.symptom.as_str());
            let known = known::of_said(Place::Refusal, words, nodes, round);
            match known.filter(|_| refusals.iter().all(is_denial)) {
                Some(fix) => vec![fix],
                None => of_refusals((refusals, nodes.len()), namespace, &describe, said, round),
            }
        }
        Finding::Looping {
            nodes,
            reasons,
            symptoms,
            ..
        } => of_loop(nodes, reasons, symptoms, round),
        Finding::StuckTerminating {
            nodes,
            finalizers,
            runs,
            ..
        } => {
            let of_kubelets = runs.then(|| of_kubelets(nodes.clone(), round));
            let is_held = !finalizers.is_empty();
            let removed = is_held.then(|| removed_by(finalizers.clone(), round));
            of_kubelets.into_iter().chain(removed).collect()
        }
        _ => Vec::new(),
    }
}

/// To get the DaemonSet controller to work, by what its pods say.
fn of_controller(round: &Round<'_>) -> Fix {
    let lease = "kubectl get lease kube-controller-manager -n kube-system -o yaml".to_owned();
    let logs = "kubectl logs -n kube-system -l component=kube-controller-manager --tail=50";
    let found = manager_pods(round);
    let (option, node) = found.as_ref().and_then(option_of).unzip();
    let file = option.iter().zip(&node).map(|(option, node)| {
        format!(
            "ssh {} sudo grep -n -e {} /etc/kubernetes/manifests/kube-controller-manager.yaml",
            word(node),
            option
        )
    });
    let commands = match &found {
        Some(found) => (std::iter::once(asked::shown(found)).chain(file))
            .chain([lease])
            .collect(),
        None => vec![lease, logs.to_owned()],
    };
    let repair = Repair::Rollout(RolloutRepair::Controller { option, node });
    Fix::outside(repair, commands)
}

/// The option that a static pod does not know, by its last words, and its node.
fn option_of(found: &AskedPods<'_>) -> Option<(String, String)> {
    let owner = found.pod.metadata.controller()?;
    let said = &found.problem.last_end()?.message;
    let meaning = meaning(&Words::default().with(Place::Program, said));
    let option = meaning.filter(|it| it.id() == "option" && owner.kind == "Node")?;
    let option = option.named("option")?.to_owned();
    Some((option, found.pod.spec.node_name.clone()))
}

/// What a pod asks for, by what it says.
enum Asked {
    /// Something that has a name, with the commands.
    For(Repair, Vec<String>),
    /// Something of its node, which is told for all nodes together.
    Of(Short),
}

/// To see whether nodes are there that were not given, and, where they are not, to delete what terminates there.
fn of_missing_nodes(
    nodes: &[String],
    terminating: &[String],
    are_gone: bool,
    set: &DaemonSet,
) -> Fix {
    let mut commands = vec![format!("kubectl get nodes {}", words_of(nodes, NAMED))];
    // Others may run well on nodes that were not given.
    if are_gone && !terminating.is_empty() {
        commands.push(format!(
            "kubectl delete pod {} -n {} --grace-period=0 --force",
            words_of(terminating, NAMED),
            namespace(set)
        ));
    }
    let nodes = nodes.to_vec();
    Fix::outside(Repair::Node(NodeRepair::MissingNodes { nodes }), commands)
}

/// What to do about pods that fail or are not scheduled, by what they say; each repair once.
pub(super) fn of_pods(stalls: &Stalls<'_, '_>, round: &Round<'_>, is_template: bool) -> Vec<Fix> {
    let set = round.daemon_set();
    let mut fixes: Vec<Fix> = Vec::new();
    let mut of_nodes: BTreeMap<Short, Vec<String>> = BTreeMap::new();
    let mut first_pod: Option<&String> = None;
    let failing = stalls.all_failing().chain(&stalls.unscheduled);
    let is_known = |said: &Said<'_, '_>| {
        matches!(said.problem, PodProblem::Unschedulable { .. }) && heard(round, said).is_some()
    };
    fixes.extend(known::of_scheduler(stalls, round));
    // Where events tell of one, they may tell of those that are alike.
    let told: Vec<&Said<'_, '_>> = failing
        .clone()
        .filter(|said| !said.is_silent(round))
        .collect();
    let is_told = |said: &Said<'_, '_>| {
        said.is_silent(round) && told.iter().any(|it| it.likeness() == said.likeness())
    };
    for said in failing.filter(|said| !is_known(said) && !is_told(said)) {
        match asked(said, round) {
            Some(Asked::For(repair, commands)) if fixes.len() < MOST_REPAIRS => {
                add(&mut fixes, repair, commands);
            }
            Some(Asked::Of(short)) => {
                first_pod.get_or_insert(&said.pod.metadata.name);
                let nodes = of_nodes.entry(short).or_default();
                nodes.push(said.node.name.to_owned());
            }
            _ => {}
        }
    }
    let first_pod = first_pod.map_or("", |name| name);
    // Of a node that is too small the scheduler may say the same as of one that is full.
    if let Some(short) = of_nodes.remove(&Short::Room) {
        let outgrown = outgrown(stalls, round);
        for node in short {
            let is_small = outgrown.contains(&*node);
            let of = if is_small { Short::Size } else { Short::Room };
            of_nodes.entry(of).or_default().push(node);
        }
    }
    fixes.extend(
        of_nodes
            .into_iter()
            .map(|(short, nodes)| short.fix(nodes, first_pod, stalls, round)),
    );
    // A hook writes nothing to them.
    let is_of_hook =
        |said: &Said<'_, '_>| heard(round, said).is_some_and(|it| it.id() == "postStartHook");
    if fixes.is_empty() && is_template && !stalls.failing_new.first().is_some_and(is_of_hook) {
        fixes.extend(logs_if_silent(stalls, set));
    }
    fixes
}

/// What a pod asks for; `None` where it does not tell.
fn asked(said: &Said<'_, '_>, round: &Round<'_>) -> Option<Asked> {
    let set = round.daemon_set();
    let named = |repair: Repair| {
        let commands = commands_of(&repair, round, said);
        Some(Asked::For(repair, commands))
    };
    match &said.problem {
        PodProblem::Unschedulable { message, nominated } => nominated
            .is_empty()
            .then(|| unscheduled(message, said, round))?,
        PodProblem::SchedulingGated { gates } => {
            named(Repair::Placement(PlacementRepair::SchedulingGates {
                gates: match gates.as_slice() {
                    [] => gates_of(set),
                    some => some.to_vec(),
                },
                in_template: (gates_of(set).iter())
                    .any(|it| gates.is_empty() || gates.contains(it)),
            }))
        }
        PodProblem::NotScheduled { scheduler, .. } => {
            named(Repair::Placement(PlacementRepair::Scheduler {
                scheduler: match scheduler.as_str() {
                    "" => "default-scheduler".to_owned(),
                    name => name.to_owned(),
                },
            }))
        }
        PodProblem::Unreported => Some(Asked::Of(Short::Report)),
        PodProblem::ReadinessGate {
            gate, is_set: true, ..
        } => named(Repair::Container(ContainerRepair::GateNotMet {
            gate: gate.clone(),
        })),
        PodProblem::ReadinessGate { gate, .. } => {
            let set = set_elsewhere(round, gate).last;
            let made = said.pod.metadata.creation_timestamp;
            named(Repair::Container(ContainerRepair::ReadinessGate {
                gate: gate.clone(),
                set,
                is_since: set.zip(made).is_some_and(|(set, made)| set > made),
            }))
        }
        _ => of_words(said, round).map(|(repair, commands)| Asked::For(repair, commands)),
    }
}

/// What the scheduler's words ask for; nothing where they are about the port that its own old pod holds,
/// which is for the strategy to free.
fn unscheduled(message: &str, said: &Said<'_, '_>, round: &Round<'_>) -> Option<Asked> {
    let set = round.daemon_set();
    if message.contains("free ports") {
        let is_own = ports_held(round, said).by_own_old_alone();
        return (!is_own).then_some(Asked::Of(Short::Ports));
    }
    if refuses_own(round, said) {
        return None;
    }
    if let Some(resource) = not_offered(message, said, round) {
        return Some(Asked::Of(Short::Device(resource.to_owned())));
    }
    let named = |repair: Repair| {
        let commands = commands_of(&repair, round, said);
        Some(Asked::For(repair, commands))
    };
    let objects = claims::not_found(message);
    let namespace = namespace(set);
    if !objects.is_empty() {
        return named(Repair::Container(ContainerRepair::Objects {
            objects,
            namespace,
        }));
    }
    if let Some((repair, commands)) = unbound(message, said, round) {
        return Some(Asked::For(repair, commands));
    }
    let claims = claims::mounted(set);
    if claims::is_of_other_nodes(message) && !claims.is_empty() {
        return named(Repair::Placement(PlacementRepair::ClaimsElsewhere {
            claims,
            namespace,
        }));
    }
    let is_kept_off = message.contains("1 node(s) didn't match Pod's node affinity/selector");
    if is_kept_off && said.is_new && said.node.verdict == Some(Placed::Run) {
        return Some(Asked::Of(Short::Selector));
    }
    let verdict = SchedulerSaid::read(message).and_then(|said| said.verdict);
    if let Some(autoscaler) = autoscaler(said.pod).filter(|_| message.contains("Insufficient ")) {
        return named(Repair::Placement(PlacementRepair::Autoscaler {
            autoscaler: autoscaler.to_owned(),
            namespace,
        }));
    }
    Some(Asked::Of(match verdict {
        Some(Verdict::TooSmall) => Short::Size,
        _ if message.contains("Too many pods") => Short::Slots,
        _ if message.contains("Insufficient ") => Short::Room,
        _ => Short::Scheduling,
    }))
}

/// To read what a container waits for that runs and does not get ready, or does not end.
fn running_logs(stalls: &Stalls<'_, '_>, set: &DaemonSet) -> Option<Fix> {
    let mut all = stalls.all_failing();
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
    let repair = match &said.problem {
        PodProblem::Initializing { container, .. } => {
            Repair::Container(ContainerRepair::InitWaits {
                container: container.clone(),
                node: said.node.name.to_owned(),
                command: command_line(set, container),
            })
        }
        _ => Repair::Container(ContainerRepair::Running),
    };
    Some(Fix::outside(repair, vec![command]))
}

/// How many letters of a command are told.
const LONGEST: usize = 120;

/// What a container of the template runs, in one line, without the shell that runs it.
fn command_line(set: &DaemonSet, name: &str) -> Option<String> {
    let found = container(set.spec.template.spec_as_json(), name)?;
    let lists = ["command", "args"].iter();
    let words = lists.filter_map(|it| found[*it].as_array()).flatten();
    let words: Vec<&str> = words.filter_map(serde_json::Value::as_str).collect();
    let words = match words.as_slice() {
        [shell, option, script] if shell.ends_with("sh") && option.starts_with('-') => *script,
        all => return short(&all.join(" ")),
    };
    short(words)
}

/// The beginning of a text, with each blank as one space.
fn short(text: &str) -> Option<String> {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    (!text.is_empty()).then(|| shortened(&text, LONGEST).into_owned())
}

/// Takes a repair, each once, and a driver's for all of its nodes.
fn add(fixes: &mut Vec<Fix>, repair: Repair, commands: Vec<String>) {
    for fix in fixes.iter_mut() {
        let Applicability::Outside { repair: known } = &mut fix.applicability else {
            continue;
        };
        match (known, &repair) {
            (known, repair) if known == repair => return,
            // Each pod has a claim of its own.
            (
                Repair::Placement(PlacementRepair::StorageClass {
                    class,
                    is_made: true,
                    ..
                }),
                Repair::Placement(PlacementRepair::StorageClass { class: same, .. }),
            )
            | (
                Repair::Placement(PlacementRepair::Provisioning { class, .. }),
                Repair::Placement(PlacementRepair::Provisioning { class: same, .. }),
            ) if class == same => {
                return;
            }
            (
                Repair::Node(NodeRepair::Driver { driver, nodes }),
                Repair::Node(NodeRepair::Driver {
                    driver: same,
                    nodes: more,
                }),
            ) if driver == same => {
                nodes.extend(more.iter().cloned());
                return;
            }
            _ => {}
        }
    }
    fixes.push(Fix::outside(repair, commands));
}

/// The image that a registry does not have, by where it was moved, or by what is there.
pub(super) fn of_image(container: String, set: &DaemonSet) -> Fix {
    let spec = set.spec.template.spec_as_json();
    let image = image(spec, &container);
    let moved = image.and_then(moved_to);
    let command = match (&moved, image) {
        (Some(moved), _) => Some(format!(
            "kubectl set image {} {}={}",
            target(set),
            word(&container),
            word(moved)
        )),
        (None, Some(image)) => Some(format!(
            "skopeo list-tags docker://{}",
            word(&repository(image))
        )),
        (None, None) => None,
    };
    Fix::outside(
        Repair::Container(ContainerRepair::Image { container, moved }),
        command.into_iter().collect(),
    )
}

/// Whether a container has ended that had been started: what never was has written nothing.
fn has_run(said: &Said<'_, '_>) -> bool {
    let end = said.problem.last_end();
    end.is_some_and(|end| !matches!(&*end.reason, "StartError" | "ContainerCannotRun"))
}

/// Whether a container ended soon after its start, not as with its node, and did not say why.
pub(super) fn ended_early(said: &Said<'_, '_>) -> bool {
    let end = said.problem.last_end();
    has_run(said)
        && end.is_some_and(|end| {
            let is_short = end.ran.is_some_and(|ran| ran <= STARTING_SECONDS);
            is_short && end.message.trim().is_empty() && end.reason != "OOMKilled"
        })
}

/// To read why a container ended, where none said it at its end: what is said is told.
pub(super) fn logs_if_silent(stalls: &Stalls<'_, '_>, set: &DaemonSet) -> Option<Fix> {
    let mut all = stalls.all_failing();
    let speaks = |said: &Said<'_, '_>| {
        let end = said.problem.last_end();
        // A kernel that kills lets it say nothing.
        end.is_some_and(|end| !end.message.trim().is_empty() || end.reason == "OOMKilled")
    };
    (!all.any(speaks)).then(|| logs(stalls, set)).flatten()
}

/// To read why a container ended.
pub(super) fn logs(stalls: &Stalls<'_, '_>, set: &DaemonSet) -> Option<Fix> {
    let mut all = stalls.all_failing();
    let Some(said) = all.find(|said| has_run(said)) else {
        return running_logs(stalls, set);
    };
    logs_of(said, set)
}

/// To read why the container of a pod ended.
pub(super) fn logs_of(said: &Said<'_, '_>, set: &DaemonSet) -> Option<Fix> {
    let container = said.problem.container()?;
    let command = format!(
        "kubectl logs {} -n {} -c {container} --previous",
        said.pod.metadata.name,
        namespace(set)
    );
    if let Some(repair) = ends_well(said, set) {
        let edit = format!("kubectl edit {}", target(set));
        return Some(Fix::outside(repair, vec![command, edit]));
    }
    Some(Fix::outside(
        Repair::Container(ContainerRepair::Daemon),
        vec![command],
    ))
}

/// What to look at where pods fail and nothing else is known: the registry, or the template.
pub(super) fn of_template(stalls: &Stalls<'_, '_>, round: &Round<'_>) -> Fix {
    let set = round.daemon_set();
    let mut failing = stalls.all_failing();
    let is_of_registry = |said: &Said<'_, '_>| {
        said.problem.is_of_a_pull() && is_from_outside(round, &words(round, said))
    };
    let nodes: Vec<String> = (failing.clone())
        .map(|said| said.node.name.to_owned())
        .collect();
    let first = failing.clone().next();
    if let Some(first) = first.filter(|_| failing.all(is_of_registry)) {
        return asked::registry(round, first, nodes);
    }
    let runs_elsewhere = round.available_updated() >= nodes.len();
    if let Some(said) = (stalls.failing_new.first()).filter(|_| runs_elsewhere) {
        let is_gone = words(round, said).contains(": not found");
        if said.problem.is_of_a_pull() && is_gone {
            let container = said.problem.container().unwrap_or_default().to_owned();
            return of_image(container, set);
        }
        if !said.problem.is_of_a_pull() {
            let commands = describe_nodes(&nodes);
            let awaited = Some(Supply::PodNetwork).filter(|_| said.lacks_sandbox(round));
            let differs = differs(round, &nodes);
            let repair = Repair::Node(NodeRepair::Nodes {
                nodes,
                awaited,
                differs,
            });
            return Fix::outside(repair, commands);
        }
    }
    let command = format!("kubectl edit {}", target(set));
    let said = failing.next();
    let container = said.and_then(|said| said.problem.container());
    let fields = said.map_or_else(Vec::new, fields_of);
    let repair = Repair::Container(ContainerRepair::Template {
        container: container.map(str::to_owned),
        fields,
    });
    Fix::outside(repair, vec![command])
}

/// The fields of a container's template that what a pod says may be about.
fn fields_of(said: &Said<'_, '_>) -> Vec<String> {
    let has_ended = said.problem.last_end().is_some();
    let fields: &[&str] = match &said.problem {
        problem if problem.is_of_a_pull() => &["image"],
        PodProblem::NotSetUp { .. } | PodProblem::NotCreated { .. } => &["volumes"],
        _ if has_ended => &["image", "command", "args", "env"],
        _ => &[],
    };
    fields.iter().map(|it| (*it).to_owned()).collect()
}
