//! What `dsplan diff` prints for people.

use std::collections::BTreeMap;

use daemonset::placement::{Obstacle, Verdict};
use daemonset::validate::Fault;
use daemonset::what_if::{Comparison, End, NodeChange, Restarts, TemplateChange};

use super::{Compared, Outcome, removed};
use crate::input::name_of;
use crate::output::{self, count};

pub fn print(sets: &[Compared<'_>]) {
    let is_absent = |set: &&Compared<'_>| matches!(set.outcome, Outcome::Absent);
    let absent: Vec<String> = (sets.iter().filter(is_absent))
        .map(|set| name_of(&set.set))
        .collect();
    let shown: Vec<&Compared<'_>> = sets.iter().filter(|set| !is_absent(set)).collect();
    if shown.len() > 1 {
        output::print(&format!("{}\n\n", answer(&shown)));
    }
    for (at, set) in shown.iter().enumerate() {
        let gap = if at == 0 { "" } else { "\n" };
        let (headline, lines) = describe(set);
        let heading = format!("{}: {headline}", name_of(&set.set));
        output::print(&format!("{gap}{}", output::heading(&heading)));
        for line in lines {
            output::print(&output::paragraph("  ", &line));
        }
    }
    if !absent.is_empty() {
        let gap = if shown.is_empty() { "" } else { "\n" };
        let names = absent.join(", ");
        let text = format!("Not in the new input, so left alone: {names}.");
        output::print(&format!("{gap}{}", output::paragraph("", &text)));
    }
}

/// What all sets together come to.
fn answer(sets: &[&Compared<'_>]) -> String {
    let all = count(sets.len(), "set");
    match sets.iter().filter(|set| set.does_something()).count() {
        0 => format!("Nothing comes of it for {all}."),
        some => format!("Something comes of it for {some} of {all}."),
    }
}

/// The answer in a clause, and the evidence.
fn describe(set: &Compared<'_>) -> (String, Vec<String>) {
    match &set.outcome {
        Outcome::Compared(comparison) => {
            let mut lines = nodes(comparison);
            let differences = comparison.differences.iter();
            lines.extend(differences.map(|difference| format!("changed {difference}")));
            lines.extend(refusals(&comparison.faults));
            lines.extend(unready(comparison));
            (headline(set, comparison), lines)
        }
        Outcome::Created { faults, .. } if !faults.is_empty() => {
            ("would be refused".to_owned(), refusals(faults).collect())
        }
        Outcome::Created { nodes, .. } if set.cluster.nodes.is_empty() && nodes.is_empty() => {
            ("would be created".to_owned(), Vec::new())
        }
        Outcome::Created { nodes, .. } => {
            let headline = format!("would be created on {}", count(nodes.len(), "node"));
            let nodes: Vec<&str> = nodes.iter().map(String::as_str).collect();
            let lines = if nodes.is_empty() {
                None
            } else {
                Some(some_of(&nodes))
            };
            (headline, lines.into_iter().collect())
        }
        Outcome::Withheld(_) => ("no answer, see the warning".to_owned(), Vec::new()),
        Outcome::Absent => ("not in the new input, so left alone".to_owned(), Vec::new()),
    }
}

fn headline(set: &Compared<'_>, comparison: &Comparison) -> String {
    let Some(after) = &comparison.after else {
        return "would be refused".to_owned();
    };
    if set.is_unknown(comparison) {
        return match &after.end {
            End::Undecided(_) => format!("starts no rollout: {}", after.end),
            _ if set.is_on_delete() => {
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
                at_least.push(count(waves, "round"));
            }
            if *seconds > 0 {
                at_least.push(format!("{seconds} s"));
            }
            let at_least = match at_least.as_slice() {
                [] => String::new(),
                some => format!(" in at least {}", some.join(" and ")),
            };
            format!("restarts {}{anyway}{at_least}", count(pods, "pod"))
        }
        Restarts::OnDelete { pods: 1 } => {
            "restarts no pod by itself; 1 restarts when somebody deletes it (OnDelete)".to_owned()
        }
        Restarts::OnDelete { pods } => format!(
            "restarts no pod by itself; {pods} restart when somebody deletes them (OnDelete)"
        ),
        Restarts::No if starts_nothing(comparison) => {
            format!("starts no rollout: {}", after.end)
        }
        Restarts::No | Restarts::Refused => "restarts no pod".to_owned(),
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
    let stays = |after: &daemonset::what_if::Forecast| {
        !after.outdated.is_empty() || matches!(after.end, End::Undecided(_))
    };
    comparison.template == TemplateChange::Changed && comparison.after.as_ref().is_some_and(stays)
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
            some_of(&nodes)
        )
    })
    .collect::<Vec<_>>();
    let goes = |change: &NodeChange| {
        let mut removed = comparison.after.iter().flat_map(|after| &after.removed);
        removed.any(|goes| goes.node == change.node)
    };
    let lost = grouped(comparison.losses(), |change| match change.after {
        None => " (gone from the cluster)".to_owned(),
        // A rolling update takes the pods that a taint would have left, and makes no new ones.
        Some(Verdict::KeepExisting) if !goes(change) => {
            format!(
                ", where a pod that is there stays ({})",
                obstacles(&change.appeared)
            )
        }
        Some(_) => format!(" ({})", obstacles(&change.appeared)),
    });
    lines.extend(lost.into_iter().map(|(why, nodes)| {
        format!(
            "lost {}: {}{why}",
            count(nodes.len(), "node"),
            some_of(&nodes)
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

/// The first few names.
fn some_of(names: &[&str]) -> String {
    const SHOWN: usize = 5;
    let shown = names[..names.len().min(SHOWN)].join(", ");
    match names.len().saturating_sub(SHOWN) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}

fn refusals(faults: &[Fault]) -> impl Iterator<Item = String> {
    faults.iter().map(|fault| format!("refused {fault}"))
}

/// Nodes that may hold up the rollout.
fn unready(comparison: &Comparison) -> Option<String> {
    let after = comparison.after.as_ref()?;
    let nodes: Vec<&str> = after.assumed_ready.iter().map(String::as_str).collect();
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
        some_of(&nodes)
    ))
}
