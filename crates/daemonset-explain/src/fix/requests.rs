//! What a template asks for of what its pods do not get, and the commands that change it.

use std::collections::BTreeSet;

use daemonset::api::{DaemonSet, Pod};
use daemonset::fit::{Answer, ClusterRoom, Obstacle, Resident, amount_text};
use daemonset::view::PodView;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::command::{namespace, target, word};
use super::former::raised_from;
use crate::admission;
use crate::cause::changes::Changes;
use crate::health::PodProblem;
use crate::room::{Room, SchedulerSaid, SetRoom};
use crate::round::Round;
use crate::stall::{Said, Stalls};
use crate::template::{self, amount, containers, nanos};
use crate::words::list;

/// The highest value that a PriorityClass of users may have; those of Kubernetes itself are above it.
///
/// Source: [PriorityClass](https://kubernetes.io/docs/concepts/scheduling-eviction/pod-priority-preemption/#priorityclass).
pub(super) const HIGHEST: i32 = 1_000_000_000;

/// How many requests are told.
const NAMED: usize = 3;

/// A resource of which pods ask for more than they get.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Requested {
    /// Such as `cpu`.
    pub resource: String,
    /// The container that asks for the most of it, or for what the template leaves open the first.
    pub container: String,
    /// What that one asks for; `None` where the template asks for none, so that what pods ask for was filled in.
    pub amount: Option<String>,
    /// Whether that is its limit, which counts since it requests none.
    ///
    /// Source: [Requests and limits](https://kubernetes.io/docs/concepts/configuration/manage-resources-containers/#requests-and-limits).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_limit: bool,
    /// What that one may ask for at most, so that its pods fit on the nodes in question as these are; `None` where that was not
    /// given, or nothing is left.
    pub fits: Option<String>,
    /// The `LimitRange`s that fill it in, of those that were given.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub defaults: Vec<String>,
}

impl std::fmt::Display for Requested {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self {
            resource,
            container,
            amount,
            is_limit,
            fits,
            ..
        } = self;
        match amount {
            Some(amount) => write!(f, "{resource} {amount} of container {container}")?,
            None => write!(f, "{resource}")?,
        }
        if *is_limit {
            f.write_str(", by its limit, since it requests none")?;
        }
        match fits {
            Some(fits) => write!(f, ", of which {fits} fits at most"),
            None => Ok(()),
        }
    }
}

/// The nodes whose pod that waits asks for more than the whole node has, as far as that is known.
pub(super) fn outgrown<'r>(stalls: &Stalls<'r, '_>, round: &Round<'_>) -> BTreeSet<&'r str> {
    let own = round
        .room
        .and_then(|rooms| SetRoom::new(&round.planner, round.cluster, rooms).ok());
    let Some(own) = own else {
        return BTreeSet::new();
    };
    let waiting = stalls.unscheduled.iter();
    let outgrown = waiting.filter(|said| own.outgrows(&said.pod.metadata.name, said.node.name));
    outgrown.map(|said| said.node.name).collect()
}

/// The other nodes that should run the daemon and do not have what its pods ask for either, and whether those are all the
/// others, as far as that is known.
pub(super) fn also_too_small(nodes: &[String], round: &Round<'_>) -> (Vec<String>, bool) {
    let own = round
        .room
        .and_then(|rooms| SetRoom::new(&round.planner, round.cluster, rooms).ok());
    let is_small = |node: &str| {
        let alone = own.as_ref().and_then(|own| own.alone(node));
        matches!(alone, Some(Room::None { fit }) if fit.answer == Answer::TooSmall)
    };
    let wanted = round.view.nodes.iter();
    let others =
        wanted.filter(|node| node.state.counts.desired && nodes.iter().all(|it| it != node.name));
    let (small, large): (Vec<&str>, Vec<&str>) = others
        .map(|node| node.name)
        .partition(|node| is_small(node));
    (
        small.into_iter().map(str::to_owned).collect(),
        large.is_empty(),
    )
}

/// The `LimitRange`s that fill in what is asked for.
pub(super) fn limit_ranges(asked: &[Requested]) -> Vec<&str> {
    let names = asked.iter().flat_map(|it| &it.defaults);
    let names: BTreeSet<&str> = names.map(String::as_str).collect();
    names.into_iter().collect()
}

/// The commands by which they are lowered.
pub(super) fn defaults(asked: &[Requested], set: &DaemonSet) -> Vec<String> {
    let edit = |name: &str| {
        format!(
            "kubectl edit limitrange {} -n {}",
            word(name),
            namespace(set)
        )
    };
    limit_ranges(asked).into_iter().map(edit).collect()
}

/// What may be lowered, in a sentence: ` (cpu 2 of container agent)`; nothing where that is not known.
pub(super) fn in_brackets(asked: &[Requested]) -> String {
    match asked {
        [] => String::new(),
        some => format!(" ({})", list(some, NAMED)),
    }
}

/// Twice an amount, in its unit.
pub(super) fn doubled(amount: &str) -> Option<String> {
    let end = amount
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(amount.len());
    let (number, unit) = amount.split_at(end);
    let doubled = number.parse::<u64>().ok()?.checked_mul(2)?;
    Some(format!("{doubled}{unit}"))
}

/// What these nodes are short of, by the scheduler's words, as the template asks for it.
pub(super) fn short_of(
    stalls: &Stalls<'_, '_>,
    nodes: &[String],
    round: &Round<'_>,
) -> Vec<Requested> {
    let set = round.daemon_set();
    let there = on(stalls, nodes);
    let reasons = there.filter_map(|said| {
        let PodProblem::Unschedulable { message, .. } = &said.problem else {
            return None;
        };
        Some(SchedulerSaid::read(message)?.reasons)
    });
    let resources: BTreeSet<String> = reasons
        .flatten()
        .filter_map(|reason| Some(reason.strip_prefix("Insufficient ")?.to_owned()))
        .collect();
    let spec = set.spec.template.spec_as_json();
    if resources.is_empty() {
        return Vec::new();
    }
    let room = round.room.and_then(|rooms| {
        let own = SetRoom::new(&round.planner, round.cluster, rooms).ok()?;
        Some((own, rooms))
    });
    let asked = resources.into_iter();
    asked
        .filter_map(|resource| requested(spec, resource))
        .map(|asked| {
            let room = room.as_ref();
            let fits = room.and_then(|(own, rooms)| fitting(&asked, nodes, own, rooms));
            let ranges = round.room.filter(|_| asked.amount.is_none());
            let ranges = ranges.map(ClusterRoom::admission).into_iter();
            let namespace = &set.metadata.namespace;
            let ranges = ranges.flat_map(|it| it.requested_by(namespace, &asked.resource));
            Requested {
                fits,
                defaults: ranges.map(str::to_owned).collect(),
                ..asked
            }
        })
        .collect()
}

/// What a container may ask for instead, so that pods of the template fit on each of these nodes once the set's other pods
/// there are gone; `None` where that is nothing, or is not known of one.
fn fitting(
    asked: &Requested,
    nodes: &[String],
    room: &SetRoom<'_>,
    rooms: &ClusterRoom,
) -> Option<String> {
    let lacking = |node: &String| {
        // Where no pod of others is known, more than those that were given take room there.
        let own = room.own_on(node);
        let mut residents = rooms.rooms().get(node)?.residents().iter();
        residents.find(|resident| !own.contains(resident.pod()))?;
        let Room::None { fit } = room.alone(node)? else {
            return None;
        };
        fit.obstacles.iter().find_map(|obstacle| match obstacle {
            Obstacle::Insufficient(shortfall) if shortfall.resource == asked.resource => {
                Some(shortfall.lacking())
            }
            _ => None,
        })
    };
    let lacking: Option<Vec<i128>> = nodes.iter().map(lacking).collect();
    let most = lacking?.into_iter().max()?;
    let own = asked.amount.as_deref()?;
    let own = admission::amount(&asked.resource, own)?;
    let left = own.checked_sub(most)?;
    // In whole mebibytes.
    let left = match asked.resource.as_str() {
        "memory" | "ephemeral-storage" => left >> 20 << 20,
        _ => left,
    };
    (left > 0 && left < own).then(|| amount_text(&asked.resource, left))
}

fn on<'s, 'r, 'a>(
    stalls: &'s Stalls<'r, 'a>,
    nodes: &'s [String],
) -> impl Iterator<Item = &'s Said<'r, 'a>> {
    let is_there = |said: &&Said<'_, '_>| nodes.iter().any(|node| node == said.node.name);
    stalls.unscheduled.iter().filter(is_there)
}

fn requested(spec: &Value, resource: String) -> Option<Requested> {
    let of = |container: &Value| {
        let resources = &container["resources"];
        let asked = |kind: &str| amount(&resources[kind][&*resource]);
        let by_limit = || Some((asked("limits")?, true));
        asked("requests").map(|it| (it, false)).or_else(by_limit)
    };
    let name = |container: &Value| container["name"].as_str().map(str::to_owned);
    let asking = containers(spec).filter_map(|it| Some((name(it)?, of(it)?)));
    match asking.max_by_key(|(_, (amount, _))| nanos(amount).unwrap_or(0)) {
        Some((container, (amount, is_limit))) => Some(Requested {
            resource,
            container,
            amount: Some(amount),
            is_limit,
            fits: None,
            defaults: Vec::new(),
        }),
        None => Some(Requested {
            container: containers(spec).find_map(name)?,
            resource,
            amount: None,
            is_limit: false,
            fits: None,
            defaults: Vec::new(),
        }),
    }
}

/// Whether the pods of these nodes have a priority that no class of users reaches.
pub(super) fn is_critical(stalls: &Stalls<'_, '_>, nodes: &[String], round: &Round<'_>) -> bool {
    let mut there = on(stalls, nodes);
    let priority = |said: &Said<'_, '_>| Some(round.said_by(said.pod)?.spec.priority);
    there.any(|said| priority(said).is_some_and(|it| it > HIGHEST))
}

/// The pods of others on these nodes that could go for a pod of the set: none that a kubelet makes of a file of its own, none
/// with a priority that no class of users exceeds, none below that of the set, since the scheduler preempts those where
/// that is enough, and none that holds nothing of what is short, where that is told. `None` where no pod of others was given,
/// or none is such and others are not all of the first two kinds.
pub(super) fn yielding(
    nodes: &[String],
    short: &[Requested],
    round: &Round<'_>,
) -> Option<Vec<String>> {
    let own = &round.daemon_set().metadata.uid;
    let there = round.cluster.pods().iter().copied().filter(|pod| {
        let owner = pod.metadata.controller();
        let is_own = owner.is_some_and(|it| it.uid == *own);
        !is_own && !pod.is_terminal() && nodes.contains(&pod.spec.node_name)
    });
    let mut others = there.peekable();
    others.peek()?;
    let priority = |pod: &Pod| Some(round.said_by(pod)?.spec.priority);
    let mut nodes = round.view.nodes.iter();
    let of_set = nodes.find_map(|node| node.staying().find_map(|pod| priority(pod.pod)));
    let of_set = of_set.unwrap_or_default();
    let is_static = |pod: &Pod| {
        let owner = pod.metadata.controller();
        owner.is_some_and(|it| it.kind == "Node")
    };
    let holds = |pod: &Pod| {
        let room = round
            .room
            .and_then(|rooms| rooms.rooms().get(&pod.spec.node_name));
        let is_it = |resident: &Resident| {
            resident.name() == pod.metadata.name && resident.namespace() == pod.metadata.namespace
        };
        let mut all = short.iter();
        short.is_empty()
            || room.is_none_or(|room| {
                all.any(|asked| {
                    room.holders(&asked.resource)
                        .iter()
                        .any(|(resident, _)| is_it(resident))
                })
            })
    };
    let may_go = |pod: &Pod| {
        !is_static(pod) && priority(pod).is_none_or(|priority| priority < HIGHEST) && holds(pod)
    };
    let may_go: Vec<&Pod> = others.filter(|pod| may_go(pod)).collect();
    let exceeds = |pod: &&Pod| priority(pod).is_some_and(|it| it >= of_set);
    let named = may_go.iter().copied().filter(exceeds);
    let mut named: Vec<String> = named
        .map(|pod| format!("{}/{}", pod.metadata.namespace, pod.metadata.name))
        .collect();
    named.sort();
    (!named.is_empty() || may_go.is_empty()).then_some(named)
}

/// The commands that give containers other requests; where it is not known what fits, the amount is for whoever types them:
/// it is no quantity, so that nothing is done by the command as it is.
pub(super) fn lowered(asked: &[Requested], round: &Round<'_>) -> Vec<String> {
    let set = round.daemon_set();
    let names: BTreeSet<&str> = asked.iter().map(|it| &*it.container).collect();
    let of_containers = names.into_iter().take(NAMED).map(|name| {
        let own = asked.iter().filter(|it| it.container == name);
        let lower = |it: &Requested| {
            // What fits is known to be enough for the node, and what was asked for before, for the container.
            let former = raised_from(round, &it.container, &it.resource);
            let amount = match (&it.fits, &it.amount, &former) {
                (Some(fits), _, _) => fits,
                (None, _, Some(former)) => former,
                (None, Some(one), None) if is_whole(&it.resource) && one == "1" => "0",
                _ => "AMOUNT",
            };
            format!("{}={amount}", word(&it.resource))
        };
        let requests: Vec<String> = own.clone().map(lower).collect();
        let limits: Vec<String> = own.filter(|it| is_whole(&it.resource)).map(lower).collect();
        let limits = match limits.as_slice() {
            [] => String::new(),
            some => format!(" --limits={}", some.join(",")),
        };
        format!(
            "kubectl set resources {} -c {} --requests={}{limits}",
            target(set),
            word(name),
            requests.join(",")
        )
    });
    of_containers.collect()
}

/// Whether the limit of a resource has to be what is requested of it, since nothing of it is lent.
///
/// Source: [extended resources](https://kubernetes.io/docs/concepts/configuration/manage-resources-containers/#consuming-extended-resources)
/// and [huge pages](https://kubernetes.io/docs/tasks/manage-hugepages/scheduling-hugepages/).
fn is_whole(resource: &str) -> bool {
    resource.contains('/') || resource.starts_with("hugepages-")
}

/// What a container may be given of a resource: what the template before gave it, where that of today gives it none; or by what
/// the template has: for a limit that it has already, twice that; for one that it has not, twice its request; for a request its
/// limit. `None` where the containers in question do not agree.
fn counterpart(
    round: &Round<'_>,
    container: Option<&str>,
    kind: &str,
    resource: &str,
) -> Option<String> {
    let spec = round.daemon_set().spec.template.spec_as_json();
    let before = Changes::of(round).map(|it| &it.before["spec"]);
    let mut all = containers(spec)
        .filter(|it| container.is_none_or(|name| it["name"] == name))
        .map(|it| {
            let resources = &it["resources"];
            let of = |kind: &str| amount(&resources[kind][resource]);
            let had = || {
                let old = template::container(before?, it["name"].as_str()?)?;
                amount(&old["resources"][kind][resource])
            };
            let has_less =
                |own: &str| had().filter(|had| nanos(had).unwrap_or(0) > nanos(own).unwrap_or(0));
            match (of(kind), kind) {
                (None, _) if had().is_some() => had(),
                (Some(own), "limits") if has_less(&own).is_some() => has_less(&own),
                (own, "limits") => doubled(&own.or_else(|| of("requests"))?),
                _ => of("limits"),
            }
        });
    let first = all.next()??;
    all.all(|other| other.as_ref() == Some(&first))
        .then_some(first)
}

/// Whether a limit among these resources is worked out of a request alone, which the template before does not tell either.
pub(super) fn is_guess(round: &Round<'_>, resources: &[String]) -> bool {
    let before = Changes::of(round).map(|it| &it.before["spec"]);
    let is_told = |resource: &str| {
        let mut all = before.into_iter().flat_map(containers);
        all.any(|it| !it["resources"]["limits"][resource].is_null())
    };
    let mut limits = resources.iter().filter_map(|it| it.strip_prefix("limits."));
    limits.any(|it| !is_told(it) && counterpart(round, None, "limits", it).is_some())
}

/// The limit that the template gives a container.
pub(super) fn limit_of(set: &DaemonSet, container: &str, resource: &str) -> Option<String> {
    let spec = set.spec.template.spec_as_json();
    let container = template::container(spec, container)?;
    amount(&container["resources"]["limits"][resource])
}

/// The command that gives a container, or all of them, amounts of these resources, as `limits.cpu` names them.
pub(super) fn given(round: &Round<'_>, container: Option<&str>, resources: &[String]) -> String {
    let set = round.daemon_set();
    let of = |kind: &str| {
        let named = resources.iter().filter_map(|it| match it.split_once('.') {
            Some((own, resource)) if own == kind => Some(resource),
            // What a quota counts by its name alone is a request.
            None if kind == "requests" => Some(&**it),
            _ => None,
        });
        let all: Vec<String> = named
            .map(|resource| {
                let amount = counterpart(round, container, kind, resource);
                let amount = amount.unwrap_or_else(|| "AMOUNT".to_owned());
                format!("{}={amount}", word(resource))
            })
            .collect();
        match all.as_slice() {
            [] => String::new(),
            some => format!(" --{kind}={}", some.join(",")),
        }
    };
    let container = container.map_or_else(String::new, |name| format!(" -c {}", word(name)));
    format!(
        "kubectl set resources {}{container}{}{}",
        target(set),
        of("requests"),
        of("limits")
    )
}
