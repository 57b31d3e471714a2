//! `dsplan overhead`

use std::collections::BTreeSet;

use clap::Args;
use daemonset::Cluster;
use daemonset::api::{Node, Taint};
use daemonset::fit::{
    Allocatable, Amounts, Assumed, CPU, Daemon, DaemonShare, Daemons, HostPort, MEMORY, NewNode,
    Overhead, Share, Taken, amount_text,
};
use daemonset::hypothetical::{Eligibility, HypotheticalNode, OtherLabels};
use daemonset::matching::names::{is_label_value, is_qualified_name};
use daemonset::well_known::{
    DISK_PRESSURE, MEMORY_PRESSURE, NETWORK_UNAVAILABLE, NOT_READY, PID_PRESSURE, UNREACHABLE,
    UNSCHEDULABLE,
};
use daemonset_explain::words::{count, list};
use serde_json::{Value, json};

use crate::fit::amounts;
use crate::input::{Failure, Input, near_nodes};
use crate::kubectl::Needs;
use crate::output::{self, Format, Page, complain};
use crate::{End, Sources};

/// How many names are given of a list.
const SHOWN: usize = 10;

/// How many pods a node takes where it is not said: the kubelet's default.
const PODS: i128 = 110;

/// The keys of taints that come and go with a node's health or its life, so that a new node does
/// not keep them.
///
/// Source: [Taint based Evictions](https://kubernetes.io/docs/concepts/scheduling-eviction/taint-and-toleration/#taint-based-evictions),
/// the Cluster Autoscaler's and Karpenter's docs.
const PASSING: [&str; 14] = [
    NOT_READY,
    UNREACHABLE,
    UNSCHEDULABLE,
    DISK_PRESSURE,
    MEMORY_PRESSURE,
    PID_PRESSURE,
    NETWORK_UNAVAILABLE,
    "node.kubernetes.io/out-of-service",
    "node.cloudprovider.kubernetes.io/uninitialized",
    "node.cloudprovider.kubernetes.io/shutdown",
    "ToBeDeletedByClusterAutoscaler",
    "DeletionCandidateOfClusterAutoscaler",
    "karpenter.sh/disrupted",
    "karpenter.sh/unregistered",
];

#[derive(Args)]
pub struct Arguments {
    #[command(flatten)]
    pub sources: Sources,
    /// Print for people, or for programs
    #[arg(short, long, value_enum, default_value_t)]
    output: Format,
    /// Labels that the node has, such as kubernetes.io/os=linux,disk=ssd
    #[arg(long, value_name = "KEY=VALUE,…", value_delimiter = ',', value_parser = label)]
    labels: Vec<(String, String)>,
    /// The node has no other labels; without this, nothing is known of them
    #[arg(long)]
    no_other_labels: bool,
    /// Labels that the node has with values that are not known
    #[arg(long, value_name = "KEY,…", value_delimiter = ',', value_parser = key)]
    unknown_labels: Vec<String>,
    /// Taints that the node has, as kubectl taint takes them
    #[arg(long, value_name = "KEY=VALUE:EFFECT,…", value_delimiter = ',', value_parser = taint)]
    taints: Vec<Taint>,
    /// Taints that the node may have or not
    #[arg(long, value_name = "KEY=VALUE:EFFECT,…", value_delimiter = ',', value_parser = taint)]
    possible_taints: Vec<Taint>,
    /// Taints that the node has only while it starts
    #[arg(long, value_name = "KEY=VALUE:EFFECT,…", value_delimiter = ',', value_parser = taint)]
    startup_taints: Vec<Taint>,
    /// What the node gives to pods, such as cpu=3920m,memory=15Gi,pods=110; without it everything
    /// has room
    #[arg(long, value_name = "RESOURCE=AMOUNT,…", value_delimiter = ',', value_parser = amount)]
    allocatable: Vec<(String, String)>,
    /// Take a node of the input as if it were new: its name, labels, lasting taints and allocatable;
    /// what is given besides replaces what it says
    #[arg(long, value_name = "NODE")]
    node: Option<String>,
}

fn pair(text: &str) -> Result<(String, String), String> {
    let (key, value) = text.split_once('=').ok_or("expected KEY=VALUE")?;
    Ok((key.to_owned(), value.to_owned()))
}

fn label(text: &str) -> Result<(String, String), String> {
    let (name, value) = pair(text)?;
    key(&name)?;
    if is_label_value(&value) {
        Ok((name, value))
    } else {
        Err("expected the value of a label behind =".to_owned())
    }
}

fn key(text: &str) -> Result<String, String> {
    if is_qualified_name(text) {
        Ok(text.to_owned())
    } else {
        Err("expected the key of a label".to_owned())
    }
}

fn taint(text: &str) -> Result<Taint, String> {
    text.parse::<Taint>().map_err(|error| error.to_string())
}

fn amount(text: &str) -> Result<(String, String), String> {
    let (resource, amount) = pair(text)?;
    match Allocatable::parse([(&*resource, &*amount)]) {
        Some(_) => Ok((resource, amount)),
        None => Err("expected a quantity such as 3920m or 15Gi behind =".to_owned()),
    }
}

/// The node that is asked about, and what was taken for granted of it.
struct Asked {
    node: NewNode,
    notes: Vec<String>,
}

pub fn run(arguments: &Arguments) -> Result<End, Failure> {
    let input = Input::read(&arguments.sources, Needs::Room)?;
    input.complain_of_undecodable();
    let cluster = input.cluster();
    let asked = Asked::new(arguments, &input, &cluster)?;
    let admission = input.room().admission().clone();
    let mut daemons = Vec::new();
    let mut failed = false;
    for manifest in input.sets() {
        match Daemon::of(&manifest.daemon_set, &admission) {
            Ok(daemon) => daemons.push(daemon),
            Err(error) => {
                failed = true;
                let name = crate::input::name_of(&manifest.daemon_set);
                complain("warning", &format!("{name}: left out: {error}"));
            }
        }
    }
    let daemons = Daemons::new(daemons);
    let overhead = daemons.overhead(&asked.node);
    match arguments.output {
        Format::Text => page(&daemons, &overhead, &asked).print()?,
        format => output::print_value(format, &value(&daemons, &overhead, &asked))?,
    }
    Ok(input.end(failed || overhead.daemons.iter().any(never_runs)))
}

impl Asked {
    fn new(arguments: &Arguments, input: &Input, cluster: &Cluster<'_>) -> Result<Self, Failure> {
        let mut notes = Vec::new();
        let mut asked = match &arguments.node {
            None => NewNode {
                outline: HypotheticalNode {
                    other_labels: OtherLabels::unknown(),
                    ..HypotheticalNode::default()
                },
                ..NewNode::default()
            },
            Some(name) => {
                let node = cluster.node(name).ok_or_else(|| Failure::NoNode {
                    wanted: name.clone(),
                    near: near_nodes(cluster, name),
                })?;
                let room = input.room();
                let allocatable = room.rooms().get(name).and_then(|room| room.allocatable());
                as_new(node, allocatable.cloned(), &mut notes)
            }
        };
        let outline = &mut asked.outline;
        for (key, value) in &arguments.labels {
            outline.labels.insert(key, value.as_str());
        }
        for key in &arguments.unknown_labels {
            outline.labels.remove(key);
        }
        let unknown: BTreeSet<String> = arguments.unknown_labels.iter().cloned().collect();
        if arguments.no_other_labels || arguments.node.is_some() {
            outline.other_labels = OtherLabels::MissingExcept(unknown);
        } else {
            notes.push(
                "Nothing is known of labels that are not given; --no-other-labels says that there \
                 are none."
                    .to_owned(),
            );
        }
        for taint in &arguments.taints {
            let same = |other: &Taint| other.key == taint.key && other.effect == taint.effect;
            outline.taints.retain(|other| !same(other));
            outline.taints.push(taint.clone());
        }
        outline
            .possible_taints
            .extend(arguments.possible_taints.iter().cloned());
        asked
            .startup_taints
            .extend(arguments.startup_taints.iter().cloned());
        if !arguments.allocatable.is_empty() {
            let given = arguments.allocatable.iter();
            let given = given.map(|(resource, amount)| (resource.as_str(), amount.as_str()));
            let mut allocatable = Allocatable::parse(given).unwrap_or_default();
            if !arguments.allocatable.iter().any(|(key, _)| key == "pods") {
                allocatable.pods = PODS;
                notes.push(format!("Taken for granted: the node takes {PODS} pods."));
            }
            asked.allocatable = Some(allocatable);
        }
        if asked.allocatable.is_none() {
            notes.push(
                "What the node gives is not known, so everything has room; --allocatable says it."
                    .to_owned(),
            );
        }
        Ok(Self { node: asked, notes })
    }

    /// How much of what the node gives is left to other pods, at the least and at the most.
    fn left(&self, overhead: &Overhead, resource: &str) -> Option<(i128, i128)> {
        let given = self.node.allocatable.as_ref()?.amounts.get(resource);
        let left = |taken: &Taken| (given - taken.requests.get(resource)).max(0);
        Some((left(&overhead.possible), left(&overhead.certain)))
    }
}

/// Whether a daemon is wanted on the node, and has no room there.
fn never_runs(share: &DaemonShare) -> bool {
    !share.too_small.is_empty() || share.kept_off.is_some()
}

/// A node that is there, as it would be if it were new.
fn as_new(node: &Node, allocatable: Option<Allocatable>, notes: &mut Vec<String>) -> NewNode {
    let is_passing = |taint: &&Taint| PASSING.contains(&&*taint.key);
    let taints = node.spec.taints.iter();
    let (passing, lasting): (Vec<&Taint>, Vec<&Taint>) = taints.partition(is_passing);
    if !passing.is_empty() {
        let passing: Vec<String> = passing.iter().map(ToString::to_string).collect();
        notes.push(format!(
            "Left out, since a new node does not keep them: {}.",
            list(&passing, SHOWN)
        ));
    }
    NewNode {
        outline: HypotheticalNode {
            name: Some(node.metadata.name.clone()),
            labels: node.metadata.labels.clone(),
            other_labels: OtherLabels::missing(),
            taints: lasting.into_iter().cloned().collect(),
            possible_taints: Vec::new(),
        },
        startup_taints: Vec::new(),
        allocatable,
    }
}

fn value(daemons: &Daemons, overhead: &Overhead, asked: &Asked) -> Value {
    let sets = daemons.list().iter().zip(&overhead.daemons);
    let sets: Vec<Value> = sets
        .map(|(daemon, share)| {
            let contends = share.contends_with.iter().map(|it| it.daemon);
            let contends = names(daemons, contends);
            let kept_off = share.kept_off.as_ref().map(|it| {
                json!({
                    "by": names(daemons, it.by.iter().copied()),
                    "short": it.short,
                    "hostPorts": it.host_ports,
                })
            });
            json!({
                "namespace": daemon.namespace(),
                "name": daemon.name(),
                "runs": share.share,
                "requests": daemon.needs().requests(),
                "hostPorts": daemon.needs().host_ports(),
                "eligibility": Eligibility::of(daemon.rules(), &asked.node.outline),
                "tooSmall": share.too_small,
                "contendsWith": contends,
                "keptOff": kept_off,
                "waitsFor": share.waits_for,
                "missing": share.missing,
                "assumed": daemon.needs().assumed(),
            })
        })
        .collect();
    json!({
        "certain": overhead.certain,
        "possible": overhead.possible,
        "allocatable": asked.node.allocatable,
        "notes": asked.notes,
        "daemonSets": sets,
    })
}

fn name(daemon: &Daemon) -> String {
    format!("{}/{}", daemon.namespace(), daemon.name())
}

/// The daemons at these places.
fn names(daemons: &Daemons, places: impl Iterator<Item = usize>) -> Vec<String> {
    places
        .filter_map(|at| daemons.list().get(at).map(name))
        .collect()
}

fn page(daemons: &Daemons, overhead: &Overhead, asked: &Asked) -> Page {
    let mut page = Page::new();
    page.heading(&headline(overhead));
    let kept_off = overhead.daemons.iter().filter(|share| never_runs(share));
    let kept_off = names(daemons, kept_off.map(|share| share.daemon));
    if !kept_off.is_empty() {
        page.detail(&format!("no room for {}", list(&kept_off, SHOWN)));
    }
    for resource in [CPU, MEMORY] {
        let text = |amount| amount_text(resource, amount);
        match asked.left(overhead, resource) {
            Some((least, most)) if least == most => {
                page.detail(&format!("leaves {} {resource} to other pods", text(most)));
            }
            Some((least, most)) => page.detail(&format!(
                "leaves {} to {} {resource} to other pods",
                text(least),
                text(most)
            )),
            None => {}
        }
    }
    for (taken, how) in [
        (&overhead.certain, "certain"),
        (&overhead.possible, "possible"),
    ] {
        let ports = &taken.host_ports;
        if !ports.is_empty() && (how == "certain" || *ports != overhead.certain.host_ports) {
            page.detail(&format!("host ports, {how}: {}", list(ports, SHOWN)));
        }
    }
    page.gap();
    let rows = daemons.list().iter().zip(&overhead.daemons);
    page.table(
        ["NAMESPACE", "NAME", "CPU", "MEMORY", "RUNS", "WHY"],
        rows.map(|(daemon, share)| row(daemons, daemon, share, &asked.node)),
    );
    let mut notes = asked.notes.clone();
    notes.extend(assumptions(daemons));
    if !notes.is_empty() {
        page.gap();
    }
    for note in notes {
        page.line(&note);
    }
    page
}

fn headline(overhead: &Overhead) -> String {
    let (certain, possible) = (&overhead.certain, &overhead.possible);
    let surely = format!(
        "{} with {}",
        count(certain.pods, "pod"),
        amounts(&certain.requests)
    );
    if possible.pods == 0 {
        return "Daemons take nothing.".to_owned();
    }
    if certain == possible {
        return format!("Daemons take {surely}.");
    }
    if certain.pods == 0 {
        return format!(
            "Daemons take nothing for certain, and at most {} with {}.",
            count(possible.pods, "pod"),
            amounts(&possible.requests)
        );
    }
    format!(
        "Daemons take {surely} for certain, and at most {} with {}.",
        count(possible.pods, "pod"),
        amounts(&possible.requests)
    )
}

fn row(daemons: &Daemons, daemon: &Daemon, share: &DaemonShare, node: &NewNode) -> [String; 6] {
    let requests: &Amounts = daemon.needs().requests();
    let asks = |resource| match requests.get(resource) {
        0 => "-".to_owned(),
        amount => amount_text(resource, amount),
    };
    let runs = match share.share {
        Share::No => "no",
        Share::Perhaps => "perhaps",
        Share::Surely => "yes",
    };
    [
        daemon.namespace().to_owned(),
        daemon.name().to_owned(),
        asks(CPU),
        asks(MEMORY),
        runs.to_owned(),
        why(daemons, daemon, share, node),
    ]
}

/// What stands against a daemon, or what it depends on.
fn why(daemons: &Daemons, daemon: &Daemon, share: &DaemonShare, node: &NewNode) -> String {
    if share.share == Share::No && !never_runs(share) {
        let eligibility = Eligibility::of(daemon.rules(), &node.outline).to_string();
        let prefix = "does not run: ";
        return eligibility
            .strip_prefix(prefix)
            .unwrap_or(&eligibility)
            .to_owned();
    }
    let mut parts: Vec<String> = Vec::new();
    parts.extend(share.too_small.iter().map(ToString::to_string));
    if let Some(depends) = &share.depends {
        parts.push(depends.to_string());
    }
    if let Some(kept_off) = &share.kept_off {
        let by = names(daemons, kept_off.by.iter().copied());
        let mut why: Vec<String> = kept_off.short.iter().map(ToString::to_string).collect();
        if !kept_off.host_ports.is_empty() {
            why.push(ports_taken(&kept_off.host_ports));
        }
        parts.push(format!(
            "no room beside {}: {}",
            list(&by, SHOWN),
            why.join("; ")
        ));
    }
    parts.extend(yields(daemons, share));
    if !share.missing.is_empty() {
        parts.push(format!(
            "cannot tell without {}",
            list(&share.missing, SHOWN)
        ));
    }
    if !share.waits_for.is_empty() {
        let taints = share.waits_for.iter();
        let taints: Vec<String> = taints.map(ToString::to_string).collect();
        parts.push(format!("once {} is gone", list(&taints, SHOWN)));
    }
    parts.join("; ")
}

/// What it may have to leave to others, those together to which it is the same.
fn yields(daemons: &Daemons, share: &DaemonShare) -> Vec<String> {
    let mut groups: Vec<(String, Vec<usize>)> = Vec::new();
    for contends in &share.contends_with {
        let ports = match contends.host_ports.len() {
            0 => None,
            1 => Some(format!("host port {}", list(&contends.host_ports, SHOWN))),
            _ => Some(format!("host ports {}", list(&contends.host_ports, SHOWN))),
        };
        let place = contends.refuses.then(|| "its place".to_owned());
        let resources = contends.resources.iter().cloned();
        let what: Vec<String> = ports.into_iter().chain(place).chain(resources).collect();
        let what = list(&what, SHOWN);
        match groups.iter_mut().find(|(known, _)| *known == what) {
            Some((_, others)) => others.push(contends.daemon),
            None => groups.push((what, vec![contends.daemon])),
        }
    }
    let lines = groups.into_iter().map(|(what, others)| {
        let others = names(daemons, others.into_iter());
        format!("may have to yield {what} to {}", list(&others, SHOWN))
    });
    lines.collect()
}

fn ports_taken(ports: &[HostPort]) -> String {
    match ports {
        [port] => format!("host port {port} is taken"),
        ports => format!("host ports {} are taken", list(ports, SHOWN)),
    }
}

/// What had to be assumed of admission, each once with the sets that it concerns.
fn assumptions(daemons: &Daemons) -> Vec<String> {
    let mut all: Vec<(&Assumed, Vec<String>)> = Vec::new();
    for daemon in daemons.list() {
        for assumed in daemon.needs().assumed() {
            match all.iter_mut().find(|(known, _)| *known == assumed) {
                Some((_, names)) => names.push(name(daemon)),
                None => all.push((assumed, vec![name(daemon)])),
            }
        }
    }
    all.sort();
    let each = all.into_iter();
    each.map(|(assumed, names)| format!("Assumed for {}: {assumed}.", list(&names, SHOWN)))
        .collect()
}
