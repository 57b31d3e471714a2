//! `dsplan explain --matrix`: which sets run on which nodes, like nodes together.

use std::collections::BTreeMap;

use daemonset::Cluster;
use daemonset::api::Node;
use daemonset::placement::{Placement, Verdict};
use daemonset_explain::evidence::Moment;
use serde_json::{Value, json};

use crate::End;
use crate::explain::{Explained, add_moment};
use crate::input::{Failure, name_of};
use crate::node::in_words;
use crate::output::{self, Format, Page};

/// How many names of a group are printed.
const NAMED: usize = 4;

/// Nodes that every set treats alike, for the same reasons.
struct Group<'a> {
    nodes: Vec<&'a Node>,
    placements: Vec<Placement>,
    /// What the pods there do where they should run and do not, a clause for each set.
    out: Vec<Option<String>>,
}

pub fn print(
    cluster: &Cluster<'_>,
    sets: &[Explained<'_>],
    moment: &Moment,
    format: Format,
) -> Result<End, Failure> {
    let groups = groups(cluster.nodes(), sets);
    if format == Format::Text {
        let mut page = page(&groups, sets);
        page.gap();
        add_moment(&mut page, moment);
        page.print()?;
    } else {
        output::print_value(format, &value(&groups, sets))?;
    }
    Ok(End::Clean)
}

/// The groups, the largest first.
fn groups<'a>(nodes: &[&'a Node], sets: &[Explained<'_>]) -> Vec<Group<'a>> {
    let mut groups: BTreeMap<String, Group<'a>> = BTreeMap::new();
    for &node in nodes {
        let placements: Vec<Placement> = sets
            .iter()
            .map(|set| set.explainer.planner().place(node))
            .collect();
        let out: Vec<Option<String>> = (sets.iter().zip(&placements))
            .map(|(set, placement)| out_there(set, node, placement))
            .collect();
        // When a taint was added makes no difference.
        let key: Vec<(Verdict, Vec<String>, &Option<String>)> = (placements.iter().zip(&out))
            .map(|(p, out)| {
                let obstacles = p.obstacles.iter().map(ToString::to_string).collect();
                (p.verdict, obstacles, out)
            })
            .collect();
        let group = groups
            .entry(json!(key).to_string())
            .or_insert_with(|| Group {
                nodes: Vec::new(),
                placements,
                out,
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

/// What a set's pods do on a node that should run it, where none of them is available.
fn out_there(set: &Explained<'_>, node: &Node, placement: &Placement) -> Option<String> {
    if placement.verdict != Verdict::Run {
        return None;
    }
    let there = set.explainer.on_node(name(node))?;
    if there.available {
        return None;
    }
    let said = there.pods.iter().flat_map(|pod| &pod.problems).next();
    Some(said.map_or("no pod of it".to_owned(), String::clone))
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
    let mut header = vec!["DAEMONSET".to_owned(), "RUNS ON".to_owned()];
    header.extend((0..groups.len()).map(letters));
    lines.push(header);
    for (at, set) in sets.iter().enumerate() {
        let runs = groups
            .iter()
            .filter(|g| g.placements[at].verdict == Verdict::Run);
        let count: usize = runs.map(|group| group.nodes.len()).sum();
        let mut line = vec![name_of(set.set), count.to_string()];
        line.extend(
            groups.iter().map(|group| {
                mark(group.placements[at].verdict, group.out[at].is_some()).to_owned()
            }),
        );
        lines.push(line);
    }
    let mut page = Page::new();
    page.grid(lines);
    page.gap();
    page.line(
        "run: it runs there; OUT: it should run there and does not; keep: an existing pod stays, no new one is \
         created; -: it does not run there",
    );
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
        page.heading(&format!("{} ({count} {nodes})", letters(at)));
        page.line(&format!("{}{more}", names.join(", ")));
        for (why, whose) in reasons(group, sets) {
            page.item(&format!("{why}: {whose}"));
        }
    }
    page
}

fn mark(verdict: Verdict, is_out: bool) -> &'static str {
    match verdict {
        Verdict::Run if is_out => "OUT",
        Verdict::Run => "run",
        Verdict::KeepExisting => "keep",
        Verdict::Exclude => "-",
    }
}

/// What keeps sets off the group's nodes, each with the sets that it keeps off.
fn reasons(group: &Group<'_>, sets: &[Explained<'_>]) -> Vec<(String, String)> {
    let mut reasons: Vec<(String, Vec<String>)> = Vec::new();
    for (set, out) in sets.iter().zip(&group.out) {
        if let Some(out) = out {
            let why = format!("should run it and does not ({out})");
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

fn value(groups: &[Group<'_>], sets: &[Explained<'_>]) -> Value {
    let groups: Vec<Value> = groups
        .iter()
        .map(|group| {
            let placements: Vec<Value> = sets
                .iter()
                .zip(&group.placements)
                .zip(&group.out)
                .map(|((set, placement), out)| {
                    json!({
                        "out": out,
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
    json!({"groups": groups})
}
