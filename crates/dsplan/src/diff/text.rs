//! What `dsplan diff` prints for people.

use std::collections::{BTreeMap, HashSet};

use daemonset::placement::{Obstacle, Verdict};
use daemonset_explain::what_if::{Comparison, End, Forecast, NodeChange, Restarts, TemplateChange};
use daemonset_explain::words::{count, list};
use daemonset_manifest::Diagnostic;

use super::{Compared, Outcome, removed};
use crate::input::in_full;
use crate::output::Page;

/// How many names are given of a list.
const SHOWN: usize = 5;

pub fn page(sets: &[Compared]) -> Page {
    let mut page = Page::new();
    let is_absent = |set: &&Compared| matches!(set.outcome, Outcome::Absent);
    let absent: Vec<String> = (sets.iter().filter(is_absent)).map(name_of).collect();
    let shown: Vec<&Compared> = sets.iter().filter(|set| !is_absent(set)).collect();
    if shown.len() > 1 {
        page.line(&answer(&shown));
    }
    for set in &shown {
        let (headline, lines) = describe(set);
        page.gap();
        page.heading(&format!("{}: {headline}", name_of(set)));
        for line in &lines {
            page.detail(line);
        }
    }
    if !absent.is_empty() {
        page.gap();
        let names = list(&absent, SHOWN);
        page.line(&format!("Not in the new input, so left alone: {names}."));
    }
    page
}

fn name_of(set: &Compared) -> String {
    let (namespace, name) = &set.name;
    format!("{namespace}/{name}")
}

/// What all sets together come to.
fn answer(sets: &[&Compared]) -> String {
    let all = count(sets.len(), "DaemonSet");
    match sets.iter().filter(|set| set.does_something()).count() {
        0 => format!("Nothing comes of it for {all}."),
        some => format!("Something comes of it for {some} of {all}."),
    }
}

/// The answer in a clause, and the evidence.
fn describe(set: &Compared) -> (String, Vec<String>) {
    match &set.outcome {
        Outcome::Compared(comparison) => {
            let mut lines = nodes(comparison);
            let differences = comparison.differences.iter();
            lines.extend(differences.map(|difference| format!("changed {difference}")));
            lines.extend(unready(comparison));
            (headline(set, comparison), lines)
        }
        Outcome::Refused(faults) => ("would be refused".to_owned(), refusals(faults).collect()),
        Outcome::Created { nodes } if !set.has_nodes && nodes.is_empty() => {
            ("would be created".to_owned(), Vec::new())
        }
        Outcome::Created { nodes } => {
            let headline = format!("would be created on {}", count(nodes.len(), "node"));
            let lines = (!nodes.is_empty()).then(|| list(nodes, SHOWN));
            (headline, lines.into_iter().collect())
        }
        Outcome::Withheld(_) => ("cannot tell, see the warning".to_owned(), Vec::new()),
        Outcome::Absent => ("not in the new input, so left alone".to_owned(), Vec::new()),
    }
}

fn headline(set: &Compared, comparison: &Comparison) -> String {
    let after = &comparison.after;
    if set.is_unknown(comparison) {
        return match &after.end {
            End::NothingDecided(_) => format!("starts no rollout: {}", after.end),
            _ if set.is_on_delete => {
                "restarts no pod by itself, as the strategy is OnDelete".to_owned()
            }
            _ => "restarts every pod".to_owned(),
        };
    }
    let restarts = comparison.restarts();
    let mut parts = vec![match &restarts {
        Restarts::Yes { pods, anyway, .. } if anyway == pods => {
            "restarts no pod that would not restart anyway".to_owned()
        }
        Restarts::Yes {
            pods,
            anyway,
            waves,
            seconds,
            ..
        } => {
            let anyway = match anyway {
                0 => String::new(),
                some => format!(", {some} of them anyway,"),
            };
            let mut at_least = Vec::new();
            if *waves > 0 {
                at_least.push(count(*waves, "round"));
            }
            if *seconds > 0 {
                at_least.push(format!("{seconds} s"));
            }
            let at_least = match at_least.as_slice() {
                [] => String::new(),
                some => format!(" in at least {}", some.join(" and ")),
            };
            format!("restarts {}{anyway}{at_least}", count(*pods, "pod"))
        }
        Restarts::OnDelete { pods: 1 } => {
            "restarts no pod by itself; 1 restarts when it is deleted (OnDelete)".to_owned()
        }
        Restarts::OnDelete { pods } => {
            format!("restarts no pod by itself; {pods} restart when they are deleted (OnDelete)")
        }
        Restarts::No if starts_nothing(comparison) => {
            format!("starts no rollout: {}", after.end)
        }
        Restarts::No => "restarts no pod".to_owned(),
        other => format!("restarts pods: {other}"),
    }];
    for (verb, number, what) in [
        ("gains", comparison.gains().count(), "node"),
        ("loses", comparison.losses().count(), "node"),
        ("removes", removed(comparison), "pod"),
    ] {
        if number > 0 {
            parts.push(format!("{verb} {}", count(number, what)));
        }
    }
    let headline = parts.join(", ");
    match &restarts {
        Restarts::Yes { end, .. } if *end != End::Settled => format!("{headline}; {end}"),
        _ => headline,
    }
}

/// Whether a new template gets to no pod that is there.
fn starts_nothing(comparison: &Comparison) -> bool {
    let stays = |after: &Forecast| {
        !after.outdated.is_empty() || matches!(after.end, End::NothingDecided(_))
    };
    comparison.template == TemplateChange::Changed && stays(&comparison.after)
}

/// The nodes gained and lost, those with the same reasons together.
fn nodes(comparison: &Comparison) -> Vec<String> {
    let mut lines = grouped(comparison.gains(), |change| {
        match (change.before, change.disappeared.as_slice()) {
            (None, _) => " (new in the cluster)".to_owned(),
            (_, gone) => format!(" (no longer: {})", obstacles(gone)),
        }
    })
    .into_iter()
    .map(|(why, nodes)| {
        format!(
            "gained {}: {}{why}",
            count(nodes.len(), "node"),
            list(&nodes, SHOWN)
        )
    })
    .collect::<Vec<_>>();
    let removed: HashSet<&str> = (comparison.after.removed.iter())
        .map(|goes| goes.node.as_str())
        .collect();
    let goes = |change: &NodeChange| removed.contains(change.node.as_str());
    let lost = grouped(comparison.losses(), |change| match change.after {
        None => " (gone from the cluster)".to_owned(),
        // A rolling update takes the pods that a taint would have left, and makes no new ones.
        Some(Verdict::KeepExisting) if !goes(change) => {
            format!(
                ", where an existing pod stays ({})",
                obstacles(&change.appeared)
            )
        }
        Some(_) => format!(" ({})", obstacles(&change.appeared)),
    });
    lines.extend(lost.into_iter().map(|(why, nodes)| {
        format!(
            "lost {}: {}{why}",
            count(nodes.len(), "node"),
            list(&nodes, SHOWN)
        )
    }));
    lines
}

fn grouped<'a>(
    changes: impl Iterator<Item = &'a NodeChange>,
    why: impl Fn(&NodeChange) -> String,
) -> BTreeMap<String, Vec<&'a str>> {
    let mut groups: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for change in changes {
        groups.entry(why(change)).or_default().push(&change.node);
    }
    groups
}

fn obstacles(obstacles: &[Obstacle]) -> String {
    let texts: Vec<String> = obstacles.iter().map(ToString::to_string).collect();
    texts.join("; ")
}

fn refusals(faults: &[Diagnostic]) -> impl Iterator<Item = String> {
    faults.iter().map(in_full)
}

/// Nodes that may hold up the rollout.
fn unready(comparison: &Comparison) -> Option<String> {
    let nodes = &comparison.after.assumed_ready;
    let those = match nodes.len() {
        0 => return None,
        1 => "1 node that gets a new pod is not ready",
        _ => "nodes that get a new pod are not ready",
    };
    let number = if nodes.len() == 1 {
        String::new()
    } else {
        format!("{} ", nodes.len())
    };
    Some(format!(
        "{number}{those}, which may hold up the rollout: {}",
        list(nodes, SHOWN)
    ))
}
