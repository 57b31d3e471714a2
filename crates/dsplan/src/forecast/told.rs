//! What was foreseen, in words and as JSON.

use std::collections::BTreeSet;

use daemonset_explain::evidence::{Moment, Origin};
use daemonset_explain::words::{agree, by_reason, count, list};
use daemonset_forecast::{Course, CourseEnd, Mode, Now, Phase};
use serde_json::{Value, json};

use super::figures::{float, span};
use super::scenario::no_faults;
use super::{Arguments, Foreseen};
use crate::output::Page;

/// How many names are given of a list.
const SHOWN: usize = 5;

/// A share as a percentage, as exact as it has to be.
fn share(share: f64) -> String {
    let percent = share * 100.0;
    if percent >= 10.0 || (percent - percent.round()).abs() < 0.05 {
        format!("{percent:.0} %")
    } else {
        format!("{percent:.1} %")
    }
}

impl Foreseen {
    pub(super) fn value(&self) -> Value {
        let durations = &self.many.durations;
        let replaced = &self.many.replaced_before_stall;
        let (fewest, most) = (replaced.first(), replaced.last());
        json!({
            "name": self.name,
            "scenario": self.scenario,
            "runs": self.many.runs,
            "stalled": self.many.stalled,
            "chanceToStallAtMost": self.many.chance_to_stall_at_most(),
            "replacedBeforeStall": fewest.zip(most).map(|(fewest, most)| json!({"fewest": fewest, "most": most})),
            "leftBehind": self.many.left_behind,
            "seconds": {
                "shortest": durations.first(),
                "p50": self.many.duration(0.5),
                "p95": self.many.duration(0.95),
                "longest": durations.last(),
            },
            "worstAvailable": {
                "p50": self.many.worst_available(0.5),
                "p5": self.many.worst_available(0.05),
                "fewest": self.many.worst_available(0.0),
            },
            "hindrances": self.ahead.hindrances,
            "refused": self.ahead.refused,
            "hanging": self.ahead.hanging,
            "withoutRoom": self.without_room.iter().map(|it| &it.node).collect::<BTreeSet<_>>(),
            "smallestBudget": self.deadline.as_ref().map(|it| json!({
                "deadline": it.within,
                "budget": it.budget,
                "secondsAtBest": it.at_best,
            })),
            "largestBudget": self.available.map(|(share, found)| json!({"available": share, "budget": found})),
            "oneRun": self.one,
            "band": self.band,
            "notes": self.notes,
        })
    }

    /// When each group of a policy is done in the one run.
    pub(super) fn group_ends(&self) -> impl Iterator<Item = String> {
        let groups = self.groups.iter().filter(|group| !group.nodes.is_empty());
        groups.map(|group| {
            let ends = group
                .nodes
                .iter()
                .map(|node| self.one.done.get(node).copied());
            let ends = ends.collect::<Option<Vec<f64>>>();
            let ends = ends.and_then(|ends| ends.into_iter().reduce(f64::max));
            match ends {
                Some(ends) => format!("{} is done after {}", group.name, span(ends)),
                None => format!("{} is not done", group.name),
            }
        })
    }

    /// What the DaemonSet's budget is called.
    pub(super) fn budget_name(&self) -> &'static str {
        match self.scenario.mode {
            Mode::OldFirst => "maxUnavailable",
            Mode::NewFirst => "maxSurge",
        }
    }

    /// How many nodes are in work at once, as the budget, the groups' own and the domains have it.
    fn at_once(&self) -> usize {
        let domains = |phase: &Phase| {
            let of = |node: &String| self.scenario.of_node.get(node)?.domain.as_ref();
            let known: BTreeSet<_> = phase.nodes.iter().filter_map(of).collect();
            let others = phase.nodes.iter().filter(|node| of(node).is_none()).count();
            let most = self.scenario.per_domain.unwrap_or(usize::MAX);
            known.len().saturating_mul(most).saturating_add(others)
        };
        let phases = self.scenario.phases.iter();
        let most = phases.map(|phase| {
            let own = phase.nodes.len().min(phase.budget.unwrap_or(usize::MAX));
            own.min(domains(phase))
        });
        let most = most.max().unwrap_or(0).max(1);
        self.scenario.budget.min(most)
    }

    /// How many pods are replaced if all goes well: those of nodes that are down are not.
    fn replaced(&self) -> usize {
        let nodes = self.scenario.phases.iter().flat_map(|phase| &phase.nodes);
        let is_down = |node: &&String| {
            let of = self.scenario.of_node.get(*node);
            of.is_some_and(|of| of.now == Now::Down)
        };
        let up = nodes.filter(|node| !is_down(node)).count();
        up.saturating_sub(self.scenario.keep_old)
    }

    pub(super) fn headline(&self) -> String {
        let headline = self.foreseen();
        match self.ahead.hindrances.controller {
            Some(_) if self.scenario.replaced() > 0 => {
                format!("once the controller acts: {headline}")
            }
            _ => headline,
        }
    }

    fn foreseen(&self) -> String {
        let many = &self.many;
        if self.scenario.nodes == 0 {
            return "no node should run it".to_owned();
        }
        if self.scenario.replaced() == 0 {
            return "no pod is replaced".to_owned();
        }
        let pods = count(self.replaced(), "pod");
        let what = format!("replaces {pods}, {} at once", self.at_once());
        match (many.duration(0.5), many.duration(0.95)) {
            _ if many.runs == many.stalled => self.stalled(),
            (Some(half), Some(most)) if span(half) == span(most) => {
                format!("{what}, in {}", span(half))
            }
            (Some(half), Some(most)) => format!(
                "{what}, in {}; 95 of 100 times within {}",
                span(half),
                span(most)
            ),
            (Some(half), None) => format!("{what}, in {} or not at all", span(half)),
            (None, _) => format!(
                "would replace {pods}, {} at once, and stalls most of the time",
                self.at_once()
            ),
        }
    }

    /// How far it gets where every run stalls.
    fn stalled(&self) -> String {
        let many = &self.many;
        let replaced = &many.replaced_before_stall;
        let fewest = replaced.first().copied().unwrap_or(0);
        let most = replaced.last().copied().unwrap_or(0);
        let all = self.replaced();
        match (fewest, most) {
            _ if all == 0 => "stalls, and replaces no pod".to_owned(),
            _ if all == 1 => "stalls before an available pod replaces the old one".to_owned(),
            _ if many.most_turns_before_stall == 0 => {
                format!("stalls before it replaces any of {all} pods")
            }
            (_, 0) => format!("stalls with none of {all} pods replaced by an available one"),
            (1, 1) => format!("stalls with 1 of {all} pods replaced by an available one"),
            (fewest, most) if fewest == most => {
                format!("stalls with {most} of {all} pods replaced by available ones")
            }
            (fewest, most) => {
                format!("stalls with {fewest} to {most} of {all} pods replaced by available ones")
            }
        }
    }

    /// The figures, each a sentence.
    pub(super) fn lines(&self) -> Vec<String> {
        let mut lines = self.ahead.told();
        lines.push(self.worst());
        lines.extend(self.stalls());
        let without_room = self.without_room.iter();
        lines.extend(by_reason(
            "the new pod finds no room on",
            without_room.map(|it| (&*it.node, &*it.why)),
        ));
        if self.scenario.phases.len() > 1 {
            let each = self.scenario.phases.iter();
            let each: Vec<String> = each
                .map(|phase| format!("{} ({})", phase.name, phase.nodes.len()))
                .collect();
            lines.push(format!("group by group: {}", list(&each, 10)));
        }
        let requests = float(2 * self.scenario.replaced());
        let floor = (requests - self.scenario.burst) / self.scenario.requests_per_second;
        if floor > 60.0 {
            lines.push(format!(
                "at {} requests a second it takes {} at least, whatever the budget",
                self.scenario.requests_per_second,
                span(floor)
            ));
        }
        lines.extend(self.budgets());
        lines
    }

    fn worst(&self) -> String {
        let nodes = count(self.scenario.nodes, "node");
        let (most, fewest) = (
            self.many.worst_available(0.05),
            self.many.worst_available(0.0),
        );
        let have = |number| agree(number, "has", "have");
        if fewest == self.scenario.nodes {
            match fewest {
                1 => "at every moment the node has an available pod".to_owned(),
                _ => format!("at every moment all {nodes} have an available pod"),
            }
        } else if most == 0 {
            "at the worst moment no node has an available pod".to_owned()
        } else if most == fewest {
            format!(
                "at the worst moment {fewest} of {nodes} {} an available pod",
                have(fewest)
            )
        } else {
            format!(
                "at the worst moment {most} of {nodes} {} an available pod or more in 95 of 100 runs, and {fewest} in the worst of {}",
                have(most),
                self.many.runs
            )
        }
    }

    fn stalls(&self) -> Vec<String> {
        let many = &self.many;
        let mut lines = Vec::new();
        let runs = count(many.runs, "run");
        if many.stalled == many.runs {
            lines.push(format!(
                "stalls in each of {runs}: {}",
                "nodes whose pods do not become available use up the budget, or hold up what comes after them"
            ));
        } else if many.stalled > 0 {
            lines.push(format!(
                "stalls in {} of {runs}, a chance of {} (below {}, as far as so many runs tell): nodes that fail use up the budget, or hold up what comes after them",
                many.stalled,
                share(many.chance_to_stall()),
                share(many.chance_to_stall_at_most())
            ));
        } else if !no_faults(&self.scenario) {
            lines.push(format!(
                "stalls in none of {runs}: with these assumptions a chance below {}, which is not never",
                share(many.chance_to_stall_at_most())
            ));
        }
        if many.left_behind > 0 && many.left_behind == many.runs {
            let in_one = match self.one.failed.len() {
                0 => String::new(),
                some => format!(", {some} in the one run"),
            };
            lines.push(format!(
                "in the end nodes are left without an available pod{in_one}"
            ));
        } else if many.left_behind > 0 {
            lines.push(format!(
                "in {} of {runs} nodes are left without an available pod in the end",
                many.left_behind
            ));
        }
        lines
    }

    fn budgets(&self) -> Vec<String> {
        let mut lines = Vec::new();
        let (name, nodes) = (self.budget_name(), self.scenario.nodes);
        let percent = |budget: usize| {
            let floats = float;
            share(floats(budget) / floats(nodes.max(1)))
        };
        if let Some(deadline) = &self.deadline {
            let within = deadline.within;
            lines.push(match (deadline.budget, deadline.at_best) {
                (Some(budget), _) => format!(
                    "to end within {within} 95 of 100 times takes {name} {budget} ({} of the nodes)",
                    percent(budget)
                ),
                (None, Some(best)) => format!(
                    "no {name} ends it within {within} 95 of 100 times: with all nodes at once they take {}",
                    span(best)
                ),
                (None, None) => format!(
                    "no {name} ends it within {within} 95 of 100 times: it stalls too often"
                ),
            });
        }
        if let Some((share, found)) = self.available {
            lines.push(match found {
                Some(budget) if budget >= nodes => {
                    let why = match self.scenario.mode {
                        Mode::NewFirst => ": the new pod comes first",
                        Mode::OldFirst => "",
                    };
                    format!("{share} % of the nodes keep an available pod with any {name}{why}")
                }
                Some(budget) => format!(
                    "{share} % of the nodes keep an available pod, 95 of 100 times, with {name} {budget} at most ({} of the nodes)",
                    percent(budget)
                ),
                None => format!(
                    "no {name} keeps an available pod on {share} % of the nodes 95 of 100 times"
                ),
            });
        }
        if !lines.is_empty() && self.scenario.phases.iter().any(|it| it.budget.is_some()) {
            lines.push(
                "the waves' own maxUnavailable bound it besides, and stay as they are".to_owned(),
            );
        }
        lines
    }

    pub(super) fn notes(&self) -> &[String] {
        &self.notes
    }
}

pub(super) fn page(foreseen: &[Foreseen], moment: &Moment, arguments: &Arguments) -> Page {
    let mut page = Page::new();
    for it in foreseen {
        page.gap();
        page.heading(&format!("{}: {}", it.name, it.headline()));
        if it.scenario.replaced() > 0 {
            for line in it.lines() {
                page.item(&line);
            }
            page.detail(&format!(
                "One run with the real planner: {}.",
                told(&it.one)
            ));
        }
        for note in it.notes() {
            page.detail(note);
        }
    }
    if !foreseen.is_empty() {
        page.gap();
        page.line(&last_line(foreseen, arguments));
        if moment.origin != Origin::None {
            page.add_moment(moment);
        }
    }
    page
}

/// How the figures were made.
pub(super) fn last_line(foreseen: &[Foreseen], arguments: &Arguments) -> String {
    let times = &arguments.times;
    let runs = count(usize::try_from(arguments.runs).unwrap_or(0), "run");
    let defaults = match (times.requests_per_second, times.burst) {
        (20.0, 30.0) => ", kube-controller-manager's defaults",
        _ => "",
    };
    let each = match foreseen
        .iter()
        .filter(|it| it.scenario.replaced() > 0)
        .count()
    {
        0 | 1 => "",
        _ => {
            " Each is foreseen on its own: rolled out at once they share the requests, and the nodes."
        }
    };
    format!(
        "{runs} with seed {}; {} requests a second after {} at once{defaults}.{each}",
        arguments.seed, times.requests_per_second, times.burst
    )
}

fn told(one: &Course) -> String {
    let how = match one.end {
        CourseEnd::Settled => "every node updated and available",
        CourseEnd::LeavesBehind if one.failed.is_empty() => {
            "every node that is to be replaced updated and available"
        }
        CourseEnd::LeavesBehind => {
            "all nodes had their turn, and some are without an available pod"
        }
        CourseEnd::Stalled => "stalled",
        _ => "given up",
    };
    let failed = match one.failed.as_slice() {
        [] => String::new(),
        some => format!("; not available on {}", list(some, SHOWN)),
    };
    format!("{how} after {}{failed}", span(one.seconds))
}
