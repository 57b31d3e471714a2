//! `dsplan explain --matrix`: which sets run on which nodes, like nodes together.

use std::collections::BTreeMap;

use daemonset::Cluster;
use daemonset::api::Node;
use daemonset::placement::{Placement, Verdict};
use serde_json::{Value, json};

use crate::End;
use crate::explain::Explained;
use crate::input::{Failure, name_of};
use crate::node::in_words;
use crate::output::{self, Format, Page};

/// How many names of a group are printed.
const NAMED: usize = 4;

/// Nodes that every set treats alike, for the same reasons.
struct Group<'a> {
    nodes: Vec<&'a Node>,
    placements: Vec<Placement>,
}

pub fn print(
    cluster: &Cluster<'_>,
    sets: &[Explained<'_>],
    format: Format,
) -> Result<End, Failure> {
    let groups = groups(cluster.nodes(), sets);
    if format == Format::Text {
        page(&groups, sets).print()?;
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
        // When a taint was added makes no difference.
        let key: Vec<(Verdict, Vec<String>)> = placements
            .iter()
            .map(|p| {
                (
                    p.verdict,
                    p.obstacles.iter().map(ToString::to_string).collect(),
                )
            })
            .collect();
        let group = groups
            .entry(json!(key).to_string())
            .or_insert_with(|| Group {
                nodes: Vec::new(),
                placements,
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
            groups
                .iter()
                .map(|group| mark(group.placements[at].verdict).to_owned()),
        );
        lines.push(line);
    }
    let mut page = Page::new();
    page.grid(lines);
    page.gap();
    page.line(
        "run: it runs there; keep: an existing pod stays, no new one is created; -: it does not run there",
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

fn mark(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Run => "run",
        Verdict::KeepExisting => "keep",
        Verdict::Exclude => "-",
    }
}

/// What keeps sets off the group's nodes, each with the sets that it keeps off.
fn reasons(group: &Group<'_>, sets: &[Explained<'_>]) -> Vec<(String, String)> {
    let mut reasons: Vec<(String, Vec<String>)> = Vec::new();
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
                .map(|(set, placement)| {
                    json!({
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
