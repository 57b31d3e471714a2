//! What becomes of a DaemonSet, for people.

use std::collections::{BTreeMap, HashSet};

use daemonset::placement::{Obstacle, Verdict};
use daemonset_explain::shell_word;
use daemonset_explain::what_if::{
    Change as DifferenceKind, Comparison, End, Forecast, NodeChange, Restarts, TemplateChange,
};
use daemonset_explain::words::{agree, by_reason, count, list};
use daemonset_manifest::Diagnostic;
use daemonset_manifest::apply::DoubtReason;

use super::room::{room, to_do_before};
use super::{Change, Diff, Outcome, SetDiff, removed};

/// How many names are given of a list.
const SHOWN: usize = 5;

/// Why amounts that are written anew restart nothing.
const SAME_AMOUNTS: &str = "the amounts are the same, written in another way: the controller makes a new revision, and \
                            pods count as updated by their generation label";

impl Diff {
    /// What all that the new input has comes to, where that is more than one DaemonSet.
    #[must_use]
    pub fn summary(&self) -> Option<String> {
        let sets = || self.daemon_sets.iter().filter(|set| !set.is_absent());
        let number = sets().count();
        let all = count(number, "DaemonSet");
        let some = sets().filter(|set| set.does_something()).count();
        (number > 1).then(|| match some {
            0 => format!("Nothing comes of it for {all}."),
            some => format!("Something comes of it for {some} of {all}."),
        })
    }
}

impl SetDiff {
    /// The answer in a clause.
    #[must_use]
    pub fn headline(&self) -> String {
        let headline = describe(self).0;
        let nodes: HashSet<&str> = self.contentions.iter().map(|it| &*it.node).collect();
        match nodes.len() {
            0 => headline,
            some => format!(
                "{headline}; beside what else comes, its pod may have to wait on {}",
                count(some, "node")
            ),
        }
    }

    /// The evidence, line by line.
    #[must_use]
    pub fn details(&self) -> Vec<String> {
        let mut lines = describe(self).1;
        let each = self.contentions.iter();
        let each: Vec<(&str, String)> = each.map(|it| (&*it.node, it.to_string())).collect();
        let each = each.iter().map(|(node, why)| (*node, why.as_str()));
        lines.extend(by_reason("beside what else comes, its pod on", each));
        lines
    }
}

/// The answer in a clause, and the evidence.
fn describe(set: &SetDiff) -> (String, Vec<String>) {
    match &set.outcome {
        Outcome::Compared(change) => compared(set, change),
        Outcome::Refused(faults) => {
            let mut lines: Vec<String> = refusals(faults).collect();
            lines.extend(made_anew(set, faults));
            ("would be refused".to_owned(), lines)
        }
        Outcome::Created {
            nodes,
            adopted,
            beside,
            without_room,
            no_nodes,
            warnings,
            ahead,
            twin,
            ways_out,
        } => {
            let mut parts = vec!["would be created".to_owned()];
            let mut lines = Vec::new();
            if set.has_nodes || !nodes.is_empty() {
                parts[0] = format!("would be created on {}", count(nodes.len(), "node"));
            }
            if !nodes.is_empty() {
                lines.push(list(nodes, SHOWN));
            }
            lines.extend(no_nodes.clone());
            lines.extend(twin.as_ref().map(|twin| {
                format!(
                    "{}/{} has its name, its selector and, tags aside, its images, and is left alone, so that both should \
                     run on {}; if that one is meant, write namespace: {}",
                    twin.namespace,
                    set.name,
                    count(twin.nodes, "node"),
                    twin.namespace,
                )
            }));
            if let Some(ahead) = ahead {
                if !ahead.refused.is_empty() {
                    let those = match (ahead.refused_pods(), ahead.let_in()) {
                        (_, 0) | (0, _) => "its pods".to_owned(),
                        (refused, _) => format!("{refused} of its pods"),
                    };
                    parts.push(format!("but the API server would refuse {those}"));
                }
                lines.extend(hindrances(ahead));
            }
            if !without_room.is_empty() {
                parts.push(format!("finds no room on {}", without_room.len()));
                let each = without_room.iter();
                let each = each.map(|(node, why)| (node.as_str(), why.as_str()));
                lines.extend(by_reason("no room for its pod on", each));
                lines.extend(to_do_before(ways_out.iter()));
            }
            if !adopted.is_empty() {
                let adopts = format!("adopts {}", count(adopted.len(), "pod"));
                lines.push(format!(
                    "{adopts} that its selector selects and no controller owns: {}",
                    list(adopted, SHOWN)
                ));
                parts.push(adopts);
            }
            if !beside.is_empty() {
                lines.push(format!(
                    "{} on these nodes that no controller owns {} some of the labels it selects by, and not all: {} beside \
                     the new {} until deleted: {}",
                    count(beside.len(), "pod"),
                    agree(beside.len(), "has", "have"),
                    agree(beside.len(), "it stays", "they stay"),
                    agree(beside.len(), "one", "ones"),
                    list(beside, SHOWN)
                ));
            }
            let headline = parts.join(", ");
            lines.extend(in_the_way(warnings));
            (headline, lines)
        }
        Outcome::Withheld(_) => ("cannot tell, see the warning".to_owned(), Vec::new()),
        Outcome::Gone { pods } => (
            format!(
                "not in the second dump any more, {} fewer",
                count(*pods, "pod")
            ),
            Vec::new(),
        ),
        Outcome::Come { pods } => (
            format!("new in the second dump, with {}", count(*pods, "pod")),
            Vec::new(),
        ),
        Outcome::Absent => ("not in the new input, so left alone".to_owned(), Vec::new()),
    }
}

/// The answer of what is in both, and the evidence.
fn compared(set: &SetDiff, change: &Change) -> (String, Vec<String>) {
    let comparison = &change.comparison;
    let mut lines = Vec::new();
    let headline = match &change.otherwise {
        None => {
            lines.extend(nodes(comparison));
            lines.extend(removals(comparison));
            headline(set, comparison)
        }
        Some(other) => format!("cannot tell{}", at_most(set, comparison, other)),
    };
    lines.extend(hindrances(&comparison.after).filter(|_| concerns_pods(comparison)));
    lines.extend(doubts(change));
    lines.extend(differences(change));
    if comparison.template == TemplateChange::Amounts {
        lines.push(SAME_AMOUNTS.to_owned());
    }
    lines.extend(other_order(comparison));
    if change.otherwise.is_none() {
        lines.extend(room(comparison));
    }
    lines.extend(unready(comparison));
    lines.extend(in_the_way(&change.warnings));
    (headline, lines)
}

/// Where the two versions differ.
fn differences(change: &Change) -> Vec<String> {
    let differences = change.comparison.differences.iter().zip(&change.lines);
    let lines = differences.map(|(difference, line)| match line {
        Some(line) => format!("changed {difference} (line {line})"),
        None => format!("changed {difference}"),
    });
    lines.collect()
}

/// That the template differs in the order of lists alone, and what makes no new revision.
fn other_order(comparison: &Comparison) -> Option<String> {
    let all = comparison.differences.iter();
    let of_template = all.filter(|it| it.path.to_string().starts_with("spec.template."));
    let lists = of_template.map(|it| match it.change {
        DifferenceKind::Reordered { .. } => Some(it.path.to_string()),
        _ => None,
    });
    let lists: Vec<String> = lists.collect::<Option<_>>()?;
    let is_new = comparison.template == TemplateChange::Changed && !lists.is_empty();
    is_new.then(|| {
        format!(
            "the template differs in the order of {} alone, which makes a new revision all the same: write {} in the order that \
             the DaemonSet has, and no pod restarts for it",
            list(&lists, SHOWN),
            agree(lists.len(), "it", "them"),
        )
    })
}

/// What a change comes to where the fields in doubt go, or where they stay: the larger of the two.
fn at_most(set: &SetDiff, one: &Comparison, other: &Comparison) -> String {
    let restarts = |comparison: &Comparison| match comparison.restarts() {
        Restarts::Yes { pods, .. } => pods,
        _ => 0,
    };
    let changes = |it: &&Comparison| it.template == TemplateChange::Changed;
    let (stays, goes) = (restarts(one), restarts(other));
    match (stays.max(goes), [one, other].iter().any(changes)) {
        (0, true) if !set.has_nodes => " whether pods restart".to_owned(),
        (0, _) => " what becomes of the nodes and pods".to_owned(),
        (most, _) if stays == goes => format!(" which: restarts {}", count(most, "pod")),
        (most, _) => {
            let when = if goes > stays { "go" } else { "stay" };
            let pods = count(most, "pod");
            format!(" whether pods restart: {pods} would if the fields in doubt {when}")
        }
    }
}

/// The pods that go and are not made again, on nodes that were not to run them before either.
fn removals(comparison: &Comparison) -> Vec<String> {
    let lost: HashSet<&str> = comparison.losses().map(|it| it.node.as_str()).collect();
    let mut by_reason: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let removed = removed(comparison).into_iter();
    for goes in removed.filter(|goes| !lost.contains(goes.node.as_str())) {
        let pods = by_reason.entry(goes.reason.to_string()).or_default();
        pods.push(format!("{} on {}", goes.pod, goes.node));
    }
    let lines = by_reason.into_iter().map(|(reason, pods)| {
        let number = count(pods.len(), "pod");
        format!(
            "removed {number}, not made again: {} ({reason})",
            list(&pods, SHOWN)
        )
    });
    lines.collect()
}

/// What keeps pods from running.
fn in_the_way(warnings: &[Diagnostic]) -> impl Iterator<Item = String> {
    let lines = warnings.iter();
    lines.map(|warning| format!("{}: {}", warning.code.as_str(), warning))
}

/// What nothing decides, and why.
fn doubts(change: &Change) -> Vec<String> {
    let mut by_reason: BTreeMap<DoubtReason, Vec<String>> = BTreeMap::new();
    for doubt in &change.in_doubt {
        let fields = by_reason.entry(doubt.reason).or_default();
        fields.push(format!("in doubt {}", doubt.path));
    }
    let groups = by_reason.into_iter();
    let lines = groups.flat_map(|(reason, mut lines)| {
        lines.push(format!("in doubt means: {reason}"));
        lines
    });
    lines.collect()
}

fn headline(set: &SetDiff, comparison: &Comparison) -> String {
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
    let mut parts = vec![restarted(comparison, &restarts)];
    for (verb, number, what) in [
        ("gains", comparison.gains().count(), "node"),
        ("loses", comparison.losses().count(), "node"),
        ("removes", removed(comparison).len(), "pod"),
    ] {
        if number > 0 {
            parts.push(format!("{verb} {}", count(number, what)));
        }
    }
    let mut headline = parts.join(", ");
    let known = &after.hindrances;
    let restarts_some = matches!(restarts, Restarts::Yes { .. });
    if known.controller.is_some() && restarts_some {
        headline.push_str(" once the controller acts");
    }
    if known.failing.is_some() && restarts_some {
        headline.push_str(" if new pods fail as those of this template do now");
    }
    if let Some(some) = known.failing_some.as_ref().filter(|_| restarts_some) {
        let failing = some.nodes.len();
        let those = match failing {
            1 => "the one".to_owned(),
            many => format!("the {many}"),
        };
        let fail = agree(failing, "fails", "fail");
        let again = agree(failing, "does", "do");
        headline = format!("{headline} if {those} that {fail} now {again} not fail again");
    }
    match &restarts {
        Restarts::Yes {
            open: Some(open), ..
        } => format!("{headline}; {}", open.end()),
        Restarts::Yes { end, .. } if *end != End::Settled => format!("{headline}; {end}"),
        Restarts::No if !after.hanging.is_empty() && after.end == End::Stalled => {
            format!("{headline}; {}", after.end)
        }
        _ => headline,
    }
}

/// What becomes of the pods, as a clause.
fn restarted(comparison: &Comparison, restarts: &Restarts) -> String {
    let after = &comparison.after;
    match restarts {
        Restarts::Yes {
            pods,
            anyway,
            open: None,
            ..
        } if anyway == pods => "restarts no pod that would not restart anyway".to_owned(),
        Restarts::Yes {
            pods,
            anyway,
            waves,
            seconds,
            open,
            ..
        } => {
            let anyway = match anyway {
                0 => String::new(),
                some => format!(", {some} of them anyway,"),
            };
            let mut at_least = Vec::new();
            if *waves > 0 && open.is_none() {
                at_least.push(count(*waves, "round"));
            }
            if *seconds > 0 && open.is_none() {
                at_least.push(format!("{seconds} s"));
            }
            let at_least = match at_least.as_slice() {
                [] => String::new(),
                some => format!(" in at least {}", some.join(" and ")),
            };
            let pods = open.map_or_else(|| count(*pods, "pod"), |open| open.to_string());
            format!("restarts {pods}{anyway}{at_least}")
        }
        Restarts::Refused {
            lost, restarted, ..
        } => {
            let what = match (restarted, lost) {
                (0, 0) => "restarts no pod".to_owned(),
                (0, lost) => format!("takes out {} and brings none", count(*lost, "pod")),
                (some, 0) => format!("restarts {} and no more", count(*some, "pod")),
                (some, lost) => format!(
                    "restarts {}, takes out {} more and brings none",
                    count(*some, "pod"),
                    lost
                ),
            };
            format!("{what}: the API server would refuse new pods")
        }
        Restarts::OnDelete { pods, unwanted } => {
            let mut parts = Vec::new();
            match pods {
                0 => {}
                1 => parts.push("1 restarts when it is deleted".to_owned()),
                some => parts.push(format!("{some} restart when they are deleted")),
            }
            match unwanted {
                0 => {}
                1 => parts.push("1 is not made again when it is deleted".to_owned()),
                some => parts.push(format!("{some} are not made again when they are deleted")),
            }
            format!("restarts no pod by itself; {} (OnDelete)", parts.join(", "))
        }
        Restarts::No if !after.without_room.is_empty() && after.end != End::Settled => {
            "restarts no pod: nodes without room for the new pod use up the budget".to_owned()
        }
        Restarts::No if !after.hanging.is_empty() && after.end == End::Stalled => {
            "restarts no pod".to_owned()
        }
        Restarts::No if starts_nothing(comparison) => {
            format!("starts no rollout: {}", after.end)
        }
        Restarts::No => "restarts no pod".to_owned(),
        other => format!("restarts pods: {other}"),
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

/// How a set gets another selector.
///
/// Source: [Label selector updates](https://kubernetes.io/docs/concepts/workloads/controllers/daemonset/#pod-selector).
fn made_anew(set: &SetDiff, faults: &[Diagnostic]) -> Option<String> {
    let is_selector = |fault: &Diagnostic| {
        let said = fault.message.contains("cannot be changed");
        said && fault.path.to_string() == "spec.selector"
    };
    faults.iter().any(is_selector).then(|| {
        format!(
            "for another selector it has to be made anew: kubectl delete daemonset {} -n {} --cascade=orphan, and \
             apply; pods that the new selector selects are adopted, the others run on until they are deleted",
            shell_word(&set.name),
            shell_word(&set.namespace)
        )
    })
}

fn refusals(faults: &[Diagnostic]) -> impl Iterator<Item = String> {
    faults.iter().map(Diagnostic::in_full)
}

/// Whether pods come or go, or would.
fn concerns_pods(comparison: &Comparison) -> bool {
    let after = &comparison.after;
    comparison.template == TemplateChange::Changed
        || comparison.restarted().next().is_some()
        || comparison.gains().next().is_some()
        || after.restarted.len() + after.lost.len() > 0
}

/// What is known to keep it from coming true.
fn hindrances(after: &Forecast) -> impl Iterator<Item = String> {
    after.told().into_iter()
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
