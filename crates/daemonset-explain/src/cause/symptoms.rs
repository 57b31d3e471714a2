//! What failing pods say, those that fail alike together, and what else is known of it.

use std::collections::{BTreeMap, BTreeSet};

use daemonset::api::{ConditionStatus, ConditionType, LabelSelector, Timestamp};
use daemonset::matching::Selector;
use serde_json::Value;

use super::alike::of_several;
use super::changes::Changes;
use super::fell_before::fell_before;
use super::gates::{gate_of, told_elsewhere};
use super::ports::ports_held;
use crate::cause::ran_before::time_to_start;
use crate::finding::Symptom;
use crate::health::{PodProblem, events};
use crate::round::{NodeSeen, PodRevision, Round, labels, staying_of};
use crate::signs::asked_pods::{AskedPods, of_asked};
use crate::signs::autoscaler::autoscaler;
use crate::signs::claims::{of_claims, of_other_nodes};
use crate::signs::device::{not_offered, offered_like};
use crate::signs::image::other_image;
use crate::signs::memory::limit_of_pod;
use crate::signs::missing::{Kind, missing};
use crate::signs::quoted::{of_platform, words};
use crate::signs::start_time::StartTime;
use crate::stall::Said;
use crate::template::{memory_limit, mounts, requested};
use crate::words::{agree, duration, list};

/// Labels that tell what a node is, the most telling first.
const TELLING: [&str; 5] = [
    "kubernetes.io/os",
    "kubernetes.io/arch",
    "eks.amazonaws.com/compute-type",
    "topology.kubernetes.io/zone",
    "node.kubernetes.io/instance-type",
];

/// How many shared labels are told.
const MOST_LABELS: usize = 3;

/// For how many failing pods it is sought whom they ask.
const MOST_SOUGHT: usize = 8;

pub(crate) fn names(said: &[Said<'_, '_>]) -> Vec<String> {
    let mut names: Vec<String> = said.iter().map(|it| it.node.name.to_owned()).collect();
    names.sort();
    names.dedup();
    names
}

/// Pods that fail alike: how many, how often at least they were started again, the one that is told, and for how long each is so.
type Group<'s, 'r, 'a> = (usize, i32, &'s Said<'r, 'a>, Vec<Span>);

/// What pods say, the most frequent first: those that fail alike together, in the words of the one
/// that was started again most often.
pub(crate) fn grouped(round: &Round<'_>, said: &[Said<'_, '_>]) -> Vec<Symptom> {
    let now = round.view.now;
    let mut groups: BTreeMap<(bool, &str), Group<'_, '_, '_>> = BTreeMap::new();
    for one in said {
        let restarts = one.problem.restarts();
        // What events tell of some is not known of those of which none were given.
        let group = groups
            .entry((one.is_silent(round), one.likeness()))
            .or_insert((0, restarts, one, Vec::new()));
        group.0 += 1;
        group.1 = group.1.min(restarts);
        let is_older = || {
            let shown = running_since(group.2);
            let is_older = running_since(one)
                .zip(shown)
                .is_some_and(|(one, shown)| one < shown);
            restarts == group.2.problem.restarts() && is_older
        };
        if restarts > group.2.problem.restarts() || is_older() {
            group.2 = one;
        }
        group.3.extend(spans(&one.problem, now));
    }
    let mut all: Vec<(bool, Symptom)> = groups
        .into_iter()
        .map(|((is_silent, _), (pods, fewest, one, all))| {
            let mut symptom = in_words(round, one, pods);
            let most = one.problem.restarts();
            if most > fewest {
                // Not all of them as often.
                let times = format!("restarted {most} times");
                symptom = symptom.replace(&times, &format!("restarted up to {most} times"));
            }
            for (before, own) in spans(&one.problem, now) {
                let alike = all.iter().filter(|(other, _)| *other == before);
                let alike = alike.map(|(_, seconds)| *seconds);
                let (least, most) = (alike.clone().min(), alike.max());
                let (least, most) = (least.unwrap_or(own), most.unwrap_or(own));
                if is_another_time(least, most) {
                    let told = format!("{before}{}", duration(own));
                    let at_most = format!("{before}up to {}", duration(most));
                    symptom = symptom.replacen(&told, &at_most, 1);
                }
            }
            (is_silent, Symptom { symptom, pods })
        })
        .collect();
    all.sort_by_key(|(is_silent, said)| (*is_silent, std::cmp::Reverse(said.pods)));
    all.into_iter().map(|(_, said)| said).collect()
}

/// For how many seconds something is so, after what stands before it in a text.
type Span = (&'static str, i64);

/// For how long what a problem tells of has been so, or was.
fn spans(problem: &PodProblem, now: Timestamp) -> Vec<Span> {
    let of = |before, since: Option<Timestamp>| {
        let since = since?;
        Some((before, now.seconds_since(since)))
    };
    let ran = problem.last_end().and_then(|end| end.ran);
    let mut all: Vec<Span> = ran.map(|ran| (", after ", ran)).into_iter().collect();
    match problem {
        PodProblem::Initializing { running_since, .. } => {
            all.extend(of("has been running for ", *running_since));
        }
        PodProblem::NotReady {
            running_since,
            lost_since,
            ..
        } => {
            all.extend(of("has been running for ", *running_since));
            all.extend(of("is not ready for ", *lost_since));
        }
        PodProblem::NotSetUp { since } | PodProblem::NotCreated { since } => {
            all.extend(of("ContainerCreating for ", *since));
        }
        PodProblem::NotScheduled { since, .. } => all.extend(of("looked at it for ", *since)),
        _ => {}
    }
    all
}

/// Whether the longest of several times is not what the shortest is told as.
fn is_another_time(least: i64, most: i64) -> bool {
    const AT_ONCE: i64 = 60;
    let apart = most - least;
    duration(least) != duration(most) && (apart > AT_ONCE || apart * 10 > most)
}

/// Since when the container runs that does not end or is not ready.
fn running_since(said: &Said<'_, '_>) -> Option<Timestamp> {
    match &said.problem {
        PodProblem::Initializing { running_since, .. }
        | PodProblem::NotReady { running_since, .. } => *running_since,
        _ => None,
    }
}

fn in_words(round: &Round<'_>, said: &Said<'_, '_>, pods: usize) -> String {
    let told = round.told(said.pod, &said.problem);
    match pods {
        1 => format!("pod {}: {told}", said.pod.metadata.name),
        _ => told,
    }
}

/// What else is known of these failures, a clause each.
pub(crate) fn notes(
    round: &Round<'_>,
    said: &[Said<'_, '_>],
    changes: Option<&Changes>,
) -> Vec<String> {
    let mut all = BTreeSet::new();
    let mut kinds = BTreeSet::new();
    let mut gates = BTreeSet::new();
    for one in said {
        let of_claims = of_claims(round, one).filter(|(kind, _)| kinds.insert(kind.clone()));
        all.extend(of_claims.map(|(_, told)| told));
        all.extend(of_other_container(round, one));
        all.extend(of_memory(round, one, changes));
        all.extend(of_mounts(round, one, changes));
        let gate = gate_of(one).filter(|gate| gates.insert(*gate));
        all.extend(gate.and_then(|gate| told_elsewhere(round, gate)));
        all.extend(of_own_port(round, one, said.len()));
        all.extend(ready_again(one));
        all.extend(of_own_room(round, one));
        all.extend(of_own_anti_affinity(round, one));
        all.extend(of_device(round, one));
        all.extend(of_scheduler(round, one));
        all.extend(of_autoscaler(one));
        all.extend(of_defaults(round, one));
        all.extend(of_platform(round, one, said.len()));
        all.extend(of_pull_secret(round, one));
        all.extend(time_to_start(round, one).map(|time| time.told()));
        all.extend(StartTime::may_be_probe(round, one));
        all.extend(of_other_nodes(round, one));
        all.extend(of_one_before(round, one));
    }
    all.extend(of_several(round, said));
    // Whom they ask is sought among all pods.
    all.extend(fell_before(round, said));
    let mut first = said.iter().take(MOST_SOUGHT);
    all.extend(first.find_map(|one| of_asked(round, one)));
    all.extend(other_image(round, said).map(|other| other.told()));
    all.into_iter().take(MOST_LABELS).collect()
}

/// What was said of the pod that failed there before this one, and is gone.
pub(crate) fn of_one_before(round: &Round<'_>, said: &Said<'_, '_>) -> Option<String> {
    let event = round.failed_there_before(said.pod)?;
    Some(format!(
        "pod {}, which was on {} before {} and is gone, failed there too: {}",
        event.regarding.name,
        said.node.name,
        said.pod.metadata.name,
        events::dated(event)
    ))
}

/// What another container of the pod fails for.
fn of_other_container(round: &Round<'_>, said: &Said<'_, '_>) -> Option<String> {
    let own = said.problem.container()?;
    let words = |problem: &PodProblem| {
        let told = round.told(said.pod, problem);
        told.split_once(": ").map(|(_, words)| words.to_owned())
    };
    let known = words(&said.problem);
    let mut others = round.problems_of(said.pod).into_iter().filter(|it| {
        let is_other = it.container().is_some_and(|container| container != own);
        is_other && it.is_fault() && !it.follows() && words(it) != known
    });
    Some(format!(
        "besides, {}",
        round.told(said.pod, &others.next()?)
    ))
}

/// That a pod is Ready while what is told of it is how it ended before.
fn ready_again(said: &Said<'_, '_>) -> Option<String> {
    let ready = said.pod.condition(&ConditionType::Ready)?;
    let is_ended = matches!(said.problem, PodProblem::Terminated { .. });
    let is_ready = ready.status == ConditionStatus::True && is_ended;
    let since = ready.last_transition_time.filter(|_| is_ready)?;
    Some(format!(
        "pod {} has been Ready again since {since}, not yet for minReadySeconds",
        said.pod.metadata.name
    ))
}

/// That none of the pods of the scheduler is ready which has not looked at it.
fn of_scheduler(round: &Round<'_>, said: &Said<'_, '_>) -> Option<String> {
    let PodProblem::NotScheduled { scheduler, .. } = &said.problem else {
        return None;
    };
    let is_default = matches!(scheduler.as_str(), "" | "default-scheduler");
    let found = is_default.then(|| AskedPods::of_control_plane(round, "kube-scheduler", None))?;
    Some(found?.told(round))
}

/// The memory limit of a container that was killed at it, and whether the revision changed it.
fn of_memory(round: &Round<'_>, said: &Said<'_, '_>, changes: Option<&Changes>) -> Option<String> {
    let problem = &said.problem;
    problem.last_end().filter(|end| end.reason == "OOMKilled")?;
    let container = problem.container()?;
    let now = memory_limit(round.daemon_set().spec.template.spec_as_json(), container);
    let Some(now) = now else {
        return Some(match limit_of_pod(round, said.pod, container) {
            Some((limit, true)) => {
                format!("its pod has a memory limit of {limit} for all containers")
            }
            Some((limit, false)) => format!(
                "its memory limit is {limit}, which the template does not set: a LimitRange, or something else at \
                 admission, does"
            ),
            None => format!("container {container} has no memory limit: the node ran out of it"),
        });
    };
    let before = changes.map(|changes| changes.memory_limits(container).0);
    let is_shown = changes.is_some_and(|it| it.is_partial) && before == Some(Some(now.clone()));
    Some(match before.filter(|_| !is_shown) {
        None => format!("its memory limit is {now}"),
        Some(Some(before)) if before == now => {
            format!("its memory limit is {now}, unchanged by the revision")
        }
        Some(Some(before)) => {
            format!("its memory limit is {now}, and was {before} before the revision")
        }
        Some(None) => format!("its memory limit of {now} is new in the revision"),
    })
}

/// That the secret is not there that the image is to be pulled with.
fn of_pull_secret(round: &Round<'_>, said: &Said<'_, '_>) -> Option<String> {
    let spec = round.daemon_set().spec.template.spec_as_json();
    let missing = missing(&words(round, said), spec)?;
    (missing.kind == Kind::PullSecret).then(|| format!("{} is not there", missing.object()))
}

/// That the old pod beside it holds the host port that a new one waits for.
fn of_own_port(round: &Round<'_>, said: &Said<'_, '_>, pods: usize) -> Option<String> {
    let ports = ports_held(round, said).by_own_old;
    let old = staying_of(said.node, PodRevision::Old).next()?;
    (!ports.is_empty()).then(|| {
        let old = match pods {
            1 => format!("its own old pod {} holds", old.fact.name),
            _ => "its own old pods hold".to_owned(),
        };
        format!(
            "{old} host {} {} there, so maxSurge cannot work: both never fit on a node",
            agree(ports.len(), "port", "ports"),
            list(&ports, MOST_LABELS),
        )
    })
}

/// What the scheduler says of a node that has as many pods as it takes.
const NO_PLACE: &str = "Too many pods";

/// Whether a new pod finds no room beside its own old one, that surge keeps, and asks for no more than
/// that one: of places for pods both take one, whatever else they ask for.
pub(crate) fn lacks_room_beside(round: &Round<'_>, said: &Said<'_, '_>) -> bool {
    let PodProblem::Unschedulable { message, .. } = &said.problem else {
        return false;
    };
    let surges = round.limits().is_some_and(|limits| limits.max_surge > 0);
    let has_old = said.node.staying().any(|pod| pod.fact.version.is_old());
    let asks_more = || Changes::of(round).is_none_or(|it| !it.explaining(&said.problem).is_empty());
    let asks_amount = message.contains("Insufficient ");
    let lacks_place = message.contains(NO_PLACE);
    surges && has_old && (asks_amount && !asks_more() || lacks_place && !asks_amount)
}

/// Whether a new pod may not stand beside its own old one, that surge keeps, by the anti-affinity of its template.
pub(crate) fn refuses_own(round: &Round<'_>, said: &Said<'_, '_>) -> bool {
    let PodProblem::Unschedulable { message, .. } = &said.problem else {
        return false;
    };
    let surges = round.limits().is_some_and(|limits| limits.max_surge > 0);
    let has_old = said.node.staying().any(|pod| pod.fact.version.is_old());
    let template = &round.daemon_set().spec.template;
    let terms = &template.spec_as_json()["affinity"]["podAntiAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"];
    let selects = |term: &Value| {
        let selector = serde_json::from_value::<LabelSelector>(term["labelSelector"].clone());
        let selector = selector.ok().and_then(|it| Selector::new(Some(&it)).ok());
        let is_everywhere =
            term.get("namespaces").is_none() && term.get("namespaceSelector").is_none();
        is_everywhere && selector.is_some_and(|it| it.matches(template.labels()))
    };
    surges
        && has_old
        && message.contains("anti-affinity rules")
        && terms
            .as_array()
            .is_some_and(|terms| terms.iter().any(selects))
}

fn of_own_anti_affinity(round: &Round<'_>, said: &Said<'_, '_>) -> Option<String> {
    refuses_own(round, said).then(|| {
        "the template's anti-affinity keeps it from its own old pod there, so maxSurge cannot work: both never stand on \
         a node"
            .to_owned()
    })
}

fn of_own_room(round: &Round<'_>, said: &Said<'_, '_>) -> Option<String> {
    lacks_room_beside(round, said).then(|| {
        let lacks_place = matches!(&said.problem, PodProblem::Unschedulable { message, .. } if message.contains(NO_PLACE));
        let holds = if lacks_place {
            "is one of the pods that fill the node"
        } else {
            "holds as much as it asks for"
        };
        format!("its own old pod there {holds}, and with maxSurge both have to fit")
    })
}

/// That an autoscaler has set what it asks for.
fn of_autoscaler(said: &Said<'_, '_>) -> Option<String> {
    let is_waiting = matches!(said.problem, PodProblem::Unschedulable { .. });
    let autoscaler = autoscaler(said.pod).filter(|_| is_waiting)?;
    Some(format!(
        "what it asks for was set by VerticalPodAutoscaler {autoscaler} as it was made, and not by the template"
    ))
}

/// That a `LimitRange` has filled in what it asks for, where the template asks for none of what is short.
fn of_defaults(round: &Round<'_>, said: &Said<'_, '_>) -> Option<String> {
    let PodProblem::Unschedulable { message, .. } = &said.problem else {
        return None;
    };
    let set = round.daemon_set();
    let spec = set.spec.template.spec_as_json();
    let namespace = &set.metadata.namespace;
    let admission = round.room?.admission();
    let short = message.split("Insufficient ").skip(1);
    let mut short = short.filter_map(|rest| rest.split([',', '.', ' ', ';']).next());
    short.find_map(|resource| {
        let mut ranges = admission.requested_by(namespace, resource);
        let range = ranges.next().filter(|_| requested(spec, resource) == 0)?;
        Some(format!(
            "the template requests no {resource}: what the pod asks for is filled in by LimitRange {range} of namespace {namespace}"
        ))
    })
}

/// That its node offers none of the devices that it asks for, but others of the same vendor.
fn of_device(round: &Round<'_>, said: &Said<'_, '_>) -> Option<String> {
    let PodProblem::Unschedulable { message, .. } = &said.problem else {
        return None;
    };
    let resource = not_offered(message, said, round)?;
    let node = said.node.name;
    let offered = offered_like(resource, &[node.to_owned()], round);
    (!offered.is_empty()).then(|| {
        format!(
            "{node} offers no {resource}, but {}",
            list(&offered, MOST_LABELS)
        )
    })
}

/// What the template mounts, where volumes are not set up and no event says which.
fn of_mounts(round: &Round<'_>, said: &Said<'_, '_>, changes: Option<&Changes>) -> Option<String> {
    let is_told = events::told(&said.problem, round.events_of(said.pod)).is_some();
    if !matches!(said.problem, PodProblem::NotSetUp { .. }) || is_told {
        return None;
    }
    let (objects, are_new) = mounted(round, changes)?;
    Some(if are_new {
        format!(
            "it mounts {}, new in the revision",
            list(&objects, MOST_LABELS)
        )
    } else {
        format!(
            "it mounts {}, which {} to be there",
            list(&objects, MOST_LABELS),
            agree(objects.len(), "has", "have")
        )
    })
}

/// What pods mount that has to be there before they start: what is new of it in the revision, and whether that is so, or else
/// all of it.
pub(crate) fn mounted(round: &Round<'_>, changes: Option<&Changes>) -> Option<(Vec<String>, bool)> {
    let all = mounts(round.daemon_set().spec.template.spec_as_json());
    let before = changes.filter(|it| !it.is_partial);
    let before = before.map(|changes| mounts(&changes.before["spec"]));
    let new: Vec<String> = before.map_or_else(Vec::new, |before| {
        let new = all.iter().filter(|mount| !before.contains(mount));
        new.cloned().collect()
    });
    if !new.is_empty() {
        return Some((new, true));
    }
    (!all.is_empty()).then_some((all, false))
}

/// Whether a node has each of the labels that are asked for in the order of their keys.
fn has_in_order<'n>(node: &NodeSeen<'n>) -> impl FnMut(&(&'n str, &'n str)) -> bool {
    let mut own = labels(node).peekable();
    move |label| {
        while own.next_if(|(key, _)| *key < label.0).is_some() {}
        own.next_if_eq(label).is_some()
    }
}

/// The labels that all of these nodes have, and none on which a pod of the set is available. With
/// fewer than two on either side nothing can be told.
pub(crate) fn only_there(round: &Round<'_>, nodes: &[String]) -> Vec<String> {
    if nodes.len() < 2 {
        return Vec::new();
    }
    let mut seen = nodes.iter().filter_map(|name| round.view.node(name));
    let mut all: Vec<(&str, &str)> = seen.next().into_iter().flat_map(labels).collect();
    for node in seen {
        all.retain(has_in_order(node));
    }
    let nodes = round.view.nodes.iter();
    let working = nodes.filter(|node| node.runs_updated() || node.runs_old());
    if working.clone().take(2).count() < 2 {
        return Vec::new();
    }
    for node in working {
        if all.is_empty() {
            break;
        }
        let mut has = has_in_order(node);
        all.retain(|label| !has(label));
    }
    let rank = |key: &str| {
        let place = TELLING.iter().position(|telling| *telling == key);
        place.unwrap_or(TELLING.len())
    };
    // Stable: otherwise by key.
    all.sort_by_key(|(key, _)| rank(key));
    all.into_iter()
        .take(MOST_LABELS)
        .map(|(key, value)| format!("{key}={value}"))
        .collect()
}
