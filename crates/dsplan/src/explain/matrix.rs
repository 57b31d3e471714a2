//! `dsplan explain --matrix`: which sets run on which nodes, like nodes together.

use std::collections::{BTreeMap, BTreeSet};

use daemonset::Cluster;
use daemonset::api::Node;
use daemonset::placement::{Placement, Verdict};
use daemonset::rollout::PodFact;
use daemonset_explain::evidence::Moment;
use daemonset_explain::{Finding, label_apart};
use serde_json::{Value, json};

use super::node::in_words;
use crate::End;
use crate::explain::{Arguments, Explained, explaining};
use crate::input::{Failure, name_of};
use crate::output::{self, Format, Page};

/// How many names of a group are printed.
const NAMED: usize = 4;

/// Nodes that every set treats alike, for the same reasons.
struct Group<'a> {
    nodes: Vec<&'a Node>,
    placements: Vec<Placement>,
    /// What is there of each set.
    there: Vec<There>,
}

/// What is there of a set, as far as its verdict leaves it open.
#[derive(Clone, Debug, PartialEq, Eq)]
enum There {
    /// What the verdict says.
    AsWanted,
    /// It should run, and does not: what its pods do, as a clause.
    Out(String),
    /// It should run; what its pods do is not known, since the kubelet does not answer: what is known, as a clause.
    Silent(String),
    /// It should run; its pods were not given.
    Unknown,
    /// Nothing is decided for the set: why.
    Undecided(String),
    /// It should not run, and has a pod there.
    Misscheduled,
    /// It gets no new pod there, and has one that may stay.
    Stays,
}

pub fn print(
    cluster: &Cluster<'_>,
    sets: &[Explained<'_>],
    moment: &Moment,
    arguments: &Arguments,
) -> Result<End, Failure> {
    let groups = groups(cluster.nodes(), sets);
    let is_amiss = |group: &Group<'_>| {
        let mut there = group.there.iter();
        there.any(|it| !matches!(it, There::AsWanted | There::Stays))
    };
    let format = arguments.output;
    if format == Format::Text {
        let mut page = page(&groups, sets);
        if groups.iter().any(is_amiss) {
            page.gap();
            page.line("What would help is told by:");
            page.command(&explaining(&arguments.sources));
        }
        page.gap();
        page.add_moment(moment);
        page.print()?;
    } else {
        output::print_value(format, &value(&groups, sets, moment))?;
    }
    Ok(End::findings_if(
        groups.is_empty() || groups.iter().any(is_amiss),
    ))
}

/// The groups, the largest first.
fn groups<'a>(nodes: &[&'a Node], sets: &[Explained<'_>]) -> Vec<Group<'a>> {
    let mut groups: BTreeMap<String, Group<'a>> = BTreeMap::new();
    for &node in nodes {
        let placements: Vec<Placement> = sets
            .iter()
            .map(|set| set.explainer.planner().place(node))
            .collect();
        let there: Vec<There> = (sets.iter().zip(&placements))
            .map(|(set, placement)| There::of(set, node, placement))
            .collect();
        // When a taint was added makes no difference.
        let key: Vec<(&str, Option<&str>, Vec<String>)> = (placements.iter().zip(&there))
            .map(|(p, there)| {
                let obstacles = p.obstacles.iter().map(ToString::to_string).collect();
                (mark(p.verdict, there), there.out(), obstacles)
            })
            .collect();
        let group = groups
            .entry(json!(key).to_string())
            .or_insert_with(|| Group {
                nodes: Vec::new(),
                placements,
                there,
            });
        group.nodes.push(node);
    }
    let mut groups: Vec<_> = groups.into_values().collect();
    for group in &mut groups {
        group.nodes.sort_by_key(|node| &node.metadata.name);
    }
    groups.sort_by_key(|group| {
        (
            usize::MAX - group.nodes.len(),
            name(group.nodes[0]).to_owned(),
        )
    });
    groups
}

impl There {
    /// What its pods do, where it should run and does not, or why nothing is decided.
    fn out(&self) -> Option<&str> {
        match self {
            Self::Out(why) | Self::Silent(why) | Self::Undecided(why) => Some(why),
            Self::AsWanted | Self::Unknown | Self::Misscheduled | Self::Stays => None,
        }
    }

    fn of(set: &Explained<'_>, node: &Node, placement: &Placement) -> Self {
        let seen = set.explainer.round().node(name(node));
        let pods = || seen.into_iter().flat_map(|seen| &seen.pods);
        let is_up = |fact: &PodFact<'_>| fact.readiness.is_available() && !fact.terminating;
        let outcome = &set.explainer.plan().outcome;
        if outcome.is_idle() {
            return Self::Undecided(outcome.to_string());
        }
        match placement.verdict {
            Verdict::Exclude if pods().any(|pod| !pod.fact.terminating) => Self::Misscheduled,
            Verdict::KeepExisting if pods().next().is_some() => Self::Stays,
            Verdict::Exclude | Verdict::KeepExisting => Self::AsWanted,
            Verdict::Run if pods().any(|pod| is_up(&pod.fact)) => Self::AsWanted,
            Verdict::Run => match set.explainer.on_node(name(node)) {
                Some(there) if there.pods_unknown => Self::Unknown,
                Some(there) if !there.available => {
                    let is_silent = there.is_silent();
                    let said = there.pods.into_iter().flat_map(|pod| pod.problems).next();
                    let said = said.unwrap_or("no pod of it".to_owned());
                    if is_silent {
                        Self::Silent(said)
                    } else {
                        Self::Out(said)
                    }
                }
                _ => Self::AsWanted,
            },
        }
    }
}

fn name(node: &Node) -> &str {
    &node.metadata.name
}

/// A, B, …, Z, AA, AB, …
fn letters(at: usize) -> String {
    let last = char::from(b'A' + u8::try_from(at % 26).unwrap_or(0));
    if at < 26 {
        last.to_string()
    } else {
        letters(at / 26 - 1) + &last.to_string()
    }
}

fn page(groups: &[Group<'_>], sets: &[Explained<'_>]) -> Page {
    let mut lines = Vec::new();
    let mut header = vec!["DAEMONSET".to_owned(), "DESIRED".to_owned()];
    header.extend((0..groups.len()).map(letters));
    lines.push(header);
    for (at, set) in sets.iter().enumerate() {
        let runs = groups
            .iter()
            .filter(|g| g.placements[at].verdict == Verdict::Run);
        let count: usize = runs.map(|group| group.nodes.len()).sum();
        let mut line = vec![name_of(set.set), count.to_string()];
        line.extend(
            groups
                .iter()
                .map(|group| mark(group.placements[at].verdict, &group.there[at]).to_owned()),
        );
        lines.push(line);
    }
    let marks: BTreeSet<&str> = groups
        .iter()
        .flat_map(|group| group.placements.iter().zip(&group.there))
        .map(|(placement, there)| mark(placement.verdict, there))
        .collect();
    let mut page = Page::new();
    if groups.is_empty() {
        page.line(
            "Cannot tell what runs where: no nodes are given; add the output of: kubectl get nodes -o yaml",
        );
        return page;
    }
    page.grid(lines);
    page.gap();
    let told = |(mark, _): &&(&str, &str)| marks.contains(mark);
    let legend: Vec<String> = LEGEND
        .iter()
        .filter(told)
        .map(|(mark, means)| format!("{mark}: {means}"))
        .collect();
    page.line(&legend.join("; "));
    for (at, group) in groups.iter().enumerate() {
        let names: Vec<_> = group
            .nodes
            .iter()
            .take(NAMED)
            .map(|node| name(node))
            .collect();
        let more = group.nodes.len().saturating_sub(NAMED);
        let more = if more > 0 {
            format!(" and {more} more")
        } else {
            String::new()
        };
        let count = group.nodes.len();
        let nodes = if count == 1 { "node" } else { "nodes" };
        page.gap();
        let others = || groups.iter().filter(|other| !std::ptr::eq(*other, group));
        let others: Vec<&Node> = others().flat_map(|it| it.nodes.iter().copied()).collect();
        let label = label_apart(&group.nodes, &others);
        let label = label.map_or_else(String::new, |(key, value)| format!(", {key}={value}"));
        page.heading(&format!("{} ({count} {nodes}{label})", letters(at)));
        page.line(&format!("{}{more}", names.join(", ")));
        for (why, whose) in reasons(group, sets) {
            page.item(&format!("{why}: {whose}"));
        }
        for clause in shared(group, sets) {
            page.item(&clause);
        }
        for clause in let_in(group, sets) {
            page.item(&clause);
        }
    }
    page
}

/// The marks, and what they mean.
const LEGEND: [(&str, &str); 7] = [
    ("left", "it is left as it is"),
    ("run", "it should run there, and an available pod is there"),
    ("OUT", "it should run there, and no available pod is there"),
    (
        "run?",
        "it should run there; whether it does is not known, since its pods are not given",
    ),
    ("keep", "the pod that is there stays, no new one is created"),
    (
        "MIS",
        "it should not run there, and a pod of it is there, which the controller deletes",
    ),
    ("-", "no pod of it is created there"),
];

fn mark(verdict: Verdict, there: &There) -> &'static str {
    match (verdict, there) {
        (_, There::Out(_) | There::Silent(_)) => "OUT",
        (_, There::Unknown) => "run?",
        (_, There::Undecided(_)) => "left",
        (_, There::Misscheduled) => "MIS",
        (_, There::Stays) => "keep",
        (Verdict::Run, _) => "run",
        (Verdict::Exclude | Verdict::KeepExisting, _) => "-",
    }
}

/// What keeps sets off the group's nodes, each with the sets that it keeps off.
fn reasons(group: &Group<'_>, sets: &[Explained<'_>]) -> Vec<(String, String)> {
    let mut reasons: Vec<(String, Vec<String>)> = Vec::new();
    for (set, there) in sets.iter().zip(&group.there) {
        if let Some(out) = there.out() {
            let why = match there {
                There::Undecided(why) => why.clone(),
                There::Silent(_) => format!("should run it ({out})"),
                _ => format!("should run it and does not ({out})"),
            };
            match reasons.iter_mut().find(|(other, _)| *other == why) {
                Some((_, whose)) => whose.push(name_of(set.set)),
                None => reasons.push((why, vec![name_of(set.set)])),
            }
        }
    }
    for (set, placement) in sets.iter().zip(&group.placements) {
        for obstacle in &placement.obstacles {
            let why = obstacle.to_string();
            match reasons.iter_mut().find(|(other, _)| *other == why) {
                Some((_, whose)) => whose.push(name_of(set.set)),
                None => reasons.push((why, vec![name_of(set.set)])),
            }
        }
    }
    let joined = |(why, whose): (String, Vec<String>)| (why, whose.join(", "));
    reasons.into_iter().map(joined).collect()
}

/// What is found of the group's nodes together: what is wrong with them and since when, and what they have that no node
/// with an available pod has.
fn shared(group: &Group<'_>, sets: &[Explained<'_>]) -> Vec<String> {
    let is_here = |wanted: &str| group.nodes.iter().any(|node| name(node) == wanted);
    let found = sets
        .iter()
        .flat_map(|set| set.explainer.diagnosis().findings());
    let mut down = found.filter_map(|finding| match finding {
        Finding::UnhealthyNodes {
            nodes, only_there, ..
        } => {
            let nodes: Vec<_> = nodes
                .iter()
                .filter(|it| is_here(&it.node))
                .cloned()
                .collect();
            let only_there = only_there.clone();
            // Of one node `--node` tells.
            (nodes.len() > 1).then_some(Finding::UnhealthyNodes {
                nodes,
                only_there,
                besides: 0,
            })
        }
        _ => None,
    });
    let down = down.next().map(|finding| finding.clauses());
    down.unwrap_or_default()
}

/// By which terms of their node affinity the nodes are let in on which sets should run and do not.
fn let_in(group: &Group<'_>, sets: &[Explained<'_>]) -> Vec<String> {
    let sets = sets.iter().zip(&group.there);
    let out = sets.filter(|(_, there)| matches!(there, There::Out(_)));
    let told = out.filter_map(|(set, _)| {
        let of = |node: &&Node| set.explainer.let_in_by(name(node));
        let first = of(group.nodes.first()?)?;
        let is_same = group
            .nodes
            .iter()
            .all(|node| of(node).as_ref() == Some(&first));
        is_same.then(|| format!("{}: {first}", name_of(set.set)))
    });
    told.collect()
}

fn value(groups: &[Group<'_>], sets: &[Explained<'_>], moment: &Moment) -> Value {
    let groups: Vec<Value> = groups
        .iter()
        .map(|group| {
            let placements: Vec<Value> = sets
                .iter()
                .zip(&group.placements)
                .zip(&group.there)
                .map(|((set, placement), there)| {
                    json!({
                        "out": there.out(),
                        "podsUnknown": *there == There::Unknown,
                        "misscheduled": *there == There::Misscheduled,
                        "namespace": set.set.metadata.namespace,
                        "name": set.set.metadata.name,
                        "verdict": placement.verdict,
                        "meaning": in_words(placement.verdict),
                        "obstacles": placement.obstacles,
                    })
                })
                .collect();
            json!({
                "nodes": group.nodes.iter().map(|node| name(node)).collect::<Vec<_>>(),
                "daemonSets": placements,
            })
        })
        .collect();
    json!({"now": moment.at, "moment": moment, "groups": groups})
}
