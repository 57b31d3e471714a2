//! `dsplan fit`

mod headroom;

use std::collections::{BTreeMap, BTreeSet};

use clap::Args;
use daemonset::api::{DaemonSet, PodTemplate};
use daemonset::fit::{
    Admission, Amounts, Assumed, CPU, ClusterRoom, Displacing, Headroom, HeadroomOptions, MEMORY,
    NodeRoom, PodNeeds, Replacement, amount_text,
};
use daemonset::{Cluster, Options, Planner};
use daemonset_explain::Refusal;
use daemonset_explain::room::{Contention, Room, SetRoom, WayOut};
use daemonset_explain::what_if::{Beside, Hindrances};
use daemonset_explain::words::{count, list};
use serde_json::{Value, json};

use crate::contention;
use crate::input::{self, Failure, Input, name_of};
use crate::kubectl::Needs;
use crate::output::{self, Format, Page, complain};
use crate::{Clock, End, Sources};

/// How many names are given of a list.
const SHOWN: usize = 5;

/// How many groups of nodes are told, each with what stands against a pod there.
const GROUPS: usize = 10;

/// How many of the nodes are named that stand in the way of a raise.
const IN_THE_WAY: usize = 3;

#[derive(Args)]
pub struct Arguments {
    #[command(flatten)]
    pub sources: Sources,
    /// Print for people, or for programs
    #[arg(short, long, value_enum, default_value_t)]
    output: Format,
    #[command(flatten)]
    clock: Clock,
}

/// What was found out about one set.
struct Fitted<'a> {
    set: &'a DaemonSet,
    room: Result<Found<'a>, String>,
    /// Where a pod that lacks would fit alone, and not beside other sets' pods that lack.
    contentions: BTreeMap<String, Contention>,
}

struct Found<'a> {
    room: SetRoom<'a>,
    /// The nodes that should run it, by name, and what becomes of a pod there once the set's own
    /// pods are gone.
    nodes: Vec<(String, Room)>,
    /// With surge, the nodes where the new pod does not fit beside the old one.
    beside: Vec<(String, Room)>,
    headroom: Vec<Headroom>,
    /// What the API server would refuse of its pods.
    refused: Vec<Refusal>,
}

pub fn run(arguments: &Arguments) -> Result<End, Failure> {
    let input = Input::read_at(&arguments.sources, &arguments.clock, Needs::Room)?;
    input.complain_of_undecodable();
    let cluster = input.cluster();
    let room = input.room();
    let moment = input.moment();
    let sets = || input.sets().map(|manifest| &manifest.daemon_set);
    let beside = Beside::new()
        .room(&room)
        .evidence(input.inventory.evidence());
    let fitted = sets().map(|set| Fitted::new(set, &cluster, &room, beside));
    let mut fitted: Vec<Fitted<'_>> = fitted.collect();
    let mut contentions = contention::find(&input, sets(), &cluster, &room);
    for fitted in &mut fitted {
        fitted.contentions = contentions.remove(&name_of(fitted.set)).unwrap_or_default();
    }
    match arguments.output {
        Format::Text => {
            let mut page = page(&fitted, &room);
            input.add_grounds(&mut page);
            page.print()?;
        }
        format => {
            let sets: Vec<Value> = fitted.iter().map(Fitted::value).collect();
            let value = json!({
                "now": moment.at,
                "moment": moment,
                "pods": room.pods(),
                "namespaces": room.namespaces().collect::<Vec<_>>(),
                "daemonSets": sets,
            });
            output::print_value(format, &value)?;
        }
    }
    Ok(input.end(fitted.iter().any(Fitted::is_finding)))
}

impl<'a> Fitted<'a> {
    fn new(
        set: &'a DaemonSet,
        cluster: &Cluster<'_>,
        room: &'a ClusterRoom,
        beside: Beside<'_>,
    ) -> Self {
        let found = Found::new(set, cluster, room, beside);
        if let Err(reason) = &found {
            complain("warning", &format!("{}: {reason}", name_of(set)));
        }
        Self {
            set,
            room: found,
            contentions: BTreeMap::new(),
        }
    }

    fn is_finding(&self) -> bool {
        match &self.room {
            Err(_) => true,
            Ok(found) => {
                !found.refused.is_empty()
                    || found.unfit().next().is_some()
                    || !found.beside.is_empty()
                    || !self.contentions.is_empty()
            }
        }
    }

    fn value(&self) -> Value {
        let meta = &self.set.metadata;
        let mut value = json!({"namespace": meta.namespace, "name": meta.name});
        match &self.room {
            Err(reason) => value["withheld"] = reason.as_str().into(),
            Ok(found) => {
                let needs = found.room.asked().needs();
                let nodes = |nodes: &[(String, Room)]| -> Vec<Value> {
                    let each = nodes.iter();
                    each.map(|(node, room)| json!({"node": node, "room": room}))
                        .collect()
                };
                let headroom = found.headroom.iter().map(|it| {
                    let here = it.in_the_way(it.largest(100).map_or(i128::MAX, |raise| raise + 1));
                    let limits: Vec<_> = here.take(IN_THE_WAY).map(|node| {
                        json!({"node": node.node, "raise": node.raise, "heldBy": found.room.holders(&node.node, &it.resource)})
                    }).collect();
                    json!({
                        "resource": it.resource,
                        "requested": needs.requests().get(&it.resource),
                        "everywhere": it.largest(100),
                        "on99Percent": it.largest(99),
                        "limitedBy": limits,
                        "nodes": it.raises,
                        "blocked": it.blocked,
                    })
                });
                value["refused"] = json!(found.refused);
                value["requests"] = json!(needs.requests());
                value["hostPorts"] = json!(needs.host_ports());
                value["priority"] = needs.priority().into();
                value["preemptionPolicy"] = json!(needs.preemption_policy());
                value["replacement"] = json!(found.room.replacement());
                value["assumed"] = json!(needs.assumed());
                value["nodes"] = nodes(&found.nodes).into();
                value["noRoomBesideOldPod"] = nodes(&found.beside).into();
                value["contentions"] = json!(self.contentions.values().collect::<Vec<_>>());
                value["headroom"] = headroom.collect::<Vec<_>>().into();
            }
        }
        value
    }
}

impl<'a> Found<'a> {
    fn new(
        set: &DaemonSet,
        cluster: &Cluster<'_>,
        room: &'a ClusterRoom,
        beside: Beside<'_>,
    ) -> Result<Self, String> {
        if cluster.nodes().is_empty() {
            return Err(input::NO_NODES.to_owned());
        }
        let planner = Planner::in_cluster(set, cluster, &Options::default())
            .map_err(|error| error.to_string())?;
        let asked = SetRoom::new(&planner, cluster, room).map_err(|error| error.to_string())?;
        let runs = |node: &&str| {
            let node = cluster.node(node);
            node.is_some_and(|node| planner.rules().verdict(node).should_run())
        };
        let all = room.rooms().iter().map(NodeRoom::name);
        let wanted: Vec<&str> = all.filter(runs).collect();
        let nodes = wanted.iter();
        let nodes = nodes.filter_map(|node| Some(((*node).to_owned(), asked.alone(node)?)));
        let nodes: Vec<_> = nodes.collect();
        let refused = Hindrances::of(Some(set), set, cluster, &Options::default(), beside)
            .map_err(|error| error.to_string())?
            .refused;
        let beside = match asked.replacement() {
            Replacement::OldFirst => Vec::new(),
            Replacement::NewFirst => {
                let alone = nodes.iter();
                let alone = alone.filter(|(_, room)| !matches!(room, Room::None { .. }));
                let beside = alone.filter_map(|(node, _)| Some((node.clone(), asked.now(node)?)));
                beside
                    .filter(|(_, room)| matches!(room, Room::None { .. }))
                    .collect()
            }
        };
        let options = HeadroomOptions {
            context: asked.asked().context(),
            replacement: asked.replacement(),
            displacing: Displacing::Nothing,
        };
        let rooms = wanted.iter().filter_map(|node| room.rooms().get(node));
        let needs = asked.asked().needs();
        let own_on = |room: &NodeRoom| asked.own_on(room.name());
        let headroom = needs.headroom(&[CPU, MEMORY], &options, rooms, own_on);
        Ok(Self {
            room: asked,
            nodes,
            beside,
            headroom,
            refused,
        })
    }

    /// The nodes where a pod of it evicts others.
    fn evicts_on(&self) -> impl Iterator<Item = &str> {
        let nodes = self.nodes.iter();
        let evicts = nodes.filter(|(_, room)| matches!(room, Room::Preempting { .. }));
        evicts.map(|(node, _)| node.as_str())
    }

    /// The nodes where a pod does not come to run, or where that cannot be told.
    fn unfit(&self) -> impl Iterator<Item = &(String, Room)> {
        self.nodes.iter().filter(|(_, room)| !comes(room))
    }
}

/// Whether a pod comes to run.
fn comes(room: &Room) -> bool {
    matches!(
        room,
        Room::Free | Room::Preempting { .. } | Room::AfterTerminating { .. }
    )
}

fn page(fitted: &[Fitted<'_>], cluster: &ClusterRoom) -> Page {
    let mut page = Page::new();
    for Fitted {
        set,
        room,
        contentions,
    } in fitted
    {
        page.gap();
        match room {
            Err(_) => page.heading(&format!("{}: cannot tell, see the warning", name_of(set))),
            Ok(found) => add(&mut page, set, found, contentions),
        }
    }
    page.gap();
    if fitted.iter().any(|fitted| fitted.room.is_ok()) {
        page.line(&basis(cluster));
    }
    page
}

/// Whose room was counted. Pods that were not given take room all the same.
pub fn basis(cluster: &ClusterRoom) -> String {
    let namespaces: Vec<&str> = cluster.namespaces().collect();
    if cluster.pods() == 0 {
        return "No pods are given, so every node is taken to be empty.".to_owned();
    }
    format!(
        "Counted: {} that {} given, of {} ({}); any others take room, too.",
        count(cluster.pods(), "pod"),
        if cluster.pods() == 1 { "was" } else { "were" },
        count(namespaces.len(), "namespace"),
        list(&namespaces, SHOWN)
    )
}

fn add(
    page: &mut Page,
    set: &DaemonSet,
    found: &Found<'_>,
    contentions: &BTreeMap<String, Contention>,
) {
    let needs = found.room.asked().needs();
    let beside = match contentions.len() {
        0 => String::new(),
        some => format!(
            ", but on {} not beside what else is to come",
            count(some, "node")
        ),
    };
    let refused = match found.refused.as_slice() {
        [] => "",
        _ => "; but the API server would refuse its pods",
    };
    page.heading(&format!(
        "{}: {}{beside}{refused}",
        name_of(set),
        headline(found)
    ));
    for refusal in &found.refused {
        page.item(&format!("new pods would be refused: {refusal}"));
    }
    page.detail(&asks(needs, &parts(set, needs)));
    let groups = grouped(found, &found.nodes);
    add_groups(page, "", &groups);
    let beside = grouped(found, &found.beside);
    add_groups(
        page,
        "with maxSurge, no room beside the old pod on ",
        &beside,
    );
    let rooms = found.nodes.iter().chain(&found.beside);
    let ways = rooms.flat_map(|(node, room)| found.room.ways_out(node, room));
    for way in ways.collect::<BTreeSet<WayOut>>() {
        page.item(&format!("to do: {way}"));
    }
    let mut groups = BTreeMap::<_, Vec<&str>>::new();
    for (node, contention) in contentions {
        groups.entry(contention.to_string()).or_default().push(node);
    }
    let groups: Vec<_> = groups.into_iter().collect();
    add_groups(page, "its pod that is to come to ", &groups);
    for headroom in &found.headroom {
        for line in headroom::told(needs, headroom, found) {
            page.item(&line);
        }
    }
    // That a class is not there is told above.
    let is_told = |assumed: &&Assumed| {
        let by_class = |it: &Refusal| matches!(it, Refusal::PriorityClass { .. });
        matches!(assumed, Assumed::PriorityClass { .. }) && found.refused.iter().any(by_class)
    };
    let assumed = needs.assumed().iter().filter(|it| !is_told(it));
    let assumed: Vec<String> = assumed.map(Assumed::to_string).collect();
    if !assumed.is_empty() {
        page.detail(&format!("Assumed: {}.", assumed.join("; ")));
    }
}

fn headline(found: &Found<'_>) -> String {
    let all = count(found.nodes.len(), "node");
    if found.nodes.is_empty() {
        return "no node should run it".to_owned();
    }
    let is = |wanted: fn(&Room) -> bool| found.nodes.iter().filter(|(_, r)| wanted(r)).count();
    let without = is(|room| matches!(room, Room::None { .. }));
    let unknown = is(|room| matches!(room, Room::Unknown { .. }));
    let preempting = is(|room| matches!(room, Room::Preempting { .. }));
    let terminating = is(|room| matches!(room, Room::AfterTerminating { .. }));
    let mut parts = Vec::new();
    if without > 0 {
        parts.push(format!("no room for it on {without} of {all}"));
    }
    if unknown > 0 {
        parts.push(format!("cannot tell for {unknown} of {all}"));
    }
    if preempting > 0 {
        parts.push(format!("evicts other pods on {preempting} of {all}"));
    }
    if terminating > 0 {
        parts.push(format!(
            "waits for terminating pods on {terminating} of {all}"
        ));
    }
    if !found.beside.is_empty() {
        parts.push(format!(
            "no room for two at once on {} of {all}",
            found.beside.len()
        ));
    }
    if parts.is_empty() {
        return match found.nodes.len() {
            1 => "fits on the 1 node that should run it".to_owned(),
            some => format!("fits on all {some} nodes that should run it"),
        };
    }
    parts.join(", ")
}

/// What a pod asks for.
fn asks(needs: &PodNeeds, made_of: &str) -> String {
    let ports = needs.host_ports();
    let ports = match ports.len() {
        0 => String::new(),
        1 => format!("; host port {}", list(ports, SHOWN)),
        _ => format!("; host ports {}", list(ports, SHOWN)),
    };
    format!(
        "a pod asks for {}{made_of}{ports}; its priority is {}",
        amounts(needs.requests()),
        needs.priority()
    )
}

/// What the sum is made of, where it is more than what the containers ask for: init containers, sidecars, what the
/// RuntimeClass takes.
fn parts(set: &DaemonSet, needs: &PodNeeds) -> String {
    let written = |taken_out: &str| {
        let mut template = set.spec.template.as_json().clone();
        let spec = template.get_mut("spec").and_then(Value::as_object_mut);
        spec?.remove(taken_out)?;
        let template = PodTemplate::try_from(Value::Object(template)).ok()?;
        let namespace = &set.metadata.namespace;
        let needs = PodNeeds::of_template(&template, namespace, &Admission::default()).ok()?;
        Some(needs.requests().clone())
    };
    let mut all = Vec::new();
    let runtime = set.spec.template.spec_as_json()["runtimeClassName"].as_str();
    if let (Some(class), Some(without)) = (runtime, written("runtimeClassName")) {
        let mut overhead = needs.requests().clone();
        overhead -= &without;
        if overhead.iter().any(|(_, amount)| amount > 0) {
            all.push(format!("{} for RuntimeClass {class}", amounts(&overhead)));
        }
    }
    let spec = set.spec.template.spec_as_json();
    let init = spec["initContainers"].as_array().into_iter().flatten();
    for container in init {
        let resources = &container["resources"];
        let of = |name: &str| {
            let asked = [&resources["requests"][name], &resources["limits"][name]];
            let text = asked.into_iter().find_map(Value::as_str)?;
            Some(format!("{text} {name}"))
        };
        let asked: Vec<String> = [CPU, MEMORY].into_iter().filter_map(of).collect();
        if !asked.is_empty() {
            let kind = match container["restartPolicy"].as_str() {
                Some("Always") => "sidecar",
                _ => "init container",
            };
            let name = container["name"].as_str().unwrap_or_default();
            all.push(format!("{kind} {name} asks for {}", asked.join(" and ")));
        }
    }
    if all.is_empty() {
        return String::new();
    }
    format!(" ({})", list(&all, SHOWN))
}

/// Requests for people: `100m cpu and 128Mi memory`.
pub fn amounts(amounts: &Amounts) -> String {
    let each: Vec<String> = amounts
        .iter()
        .filter(|(_, amount)| *amount != 0)
        .map(|(resource, amount)| format!("{} {resource}", amount_text(resource, amount)))
        .collect();
    match each.split_last() {
        None => "no resources".to_owned(),
        Some((last, [])) => last.clone(),
        Some((last, others)) => format!("{} and {last}", others.join(", ")),
    }
}

/// The nodes with the same against them, together, the most first; those where it fits are left
/// out.
fn grouped<'n>(found: &Found<'_>, nodes: &'n [(String, Room)]) -> Vec<(String, Vec<&'n str>)> {
    let mut groups = BTreeMap::<_, Vec<&str>>::new();
    for (node, room) in nodes {
        if let Some(why) = found.room.why(node, room) {
            groups.entry(why).or_default().push(node);
        }
    }
    let mut groups: Vec<_> = groups.into_iter().collect();
    groups.sort_by(|(_, a), (_, b)| b.len().cmp(&a.len()).then_with(|| a.cmp(b)));
    groups
}

/// Adds groups of nodes, and counts those beyond what can be read.
fn add_groups(page: &mut Page, before: &str, groups: &[(String, Vec<&str>)]) {
    for (why, nodes) in groups.iter().take(GROUPS) {
        let names = list(nodes, SHOWN);
        page.item(&format!(
            "{before}{}: {names}: {why}",
            count(nodes.len(), "node")
        ));
    }
    let more: usize = groups
        .iter()
        .skip(GROUPS)
        .map(|(_, nodes)| nodes.len())
        .sum();
    if more > 0 {
        page.item(&format!(
            "{before}{} more, which -o json names",
            count(more, "node")
        ));
    }
}
