//! What the scheduler's sentence means.

use std::fmt;

use serde::Serialize;

/// What the scheduler says of the nodes that a daemon pod is not for.
const OTHER_NODES: [&str; 2] = [
    "node(s) didn't satisfy plugin(s) [NodeAffinity]",
    "node(s) didn't match Pod's node affinity/selector",
];

/// What the scheduler says where it has looked for pods to evict on the node, and there were none
/// of lower priority.
const NO_VICTIMS: &str = "No preemption victims found for incoming pod";

/// The sentence with which the scheduler turns a pod away, taken apart.
///
/// It counts the nodes by its first reason against each. A daemon pod is for one node, so what it
/// says of the others is left out here.
///
/// ```
/// use daemonset_explain::room::{SchedulerSaid, Verdict};
///
/// let said = SchedulerSaid::read(
///     "0/4 nodes are available: 1 Insufficient cpu, 3 node(s) didn't satisfy plugin(s) \
///      [NodeAffinity]. no new claims to deallocate, preemption: 0/4 nodes are available: \
///      4 Preemption is not helpful for scheduling.",
/// ).unwrap();
/// assert_eq!(said.reasons, ["Insufficient cpu"]);
/// assert_eq!(said.verdict, Some(Verdict::TooSmall));
/// assert_eq!(said.to_string(), "the node is too small (Insufficient cpu)");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct SchedulerSaid {
    /// What stands against the pod on its node, word for word; the first check that failed alone.
    pub reasons: Vec<String>,
    /// What that comes to, where the sentence tells.
    pub verdict: Option<Verdict>,
}

/// What the scheduler's sentence comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum Verdict {
    /// The pod asks for more than the whole node gives: evicting pods would not help.
    TooSmall,
    /// Others have taken too much, and none of lower priority can be evicted.
    Full,
    /// Others hold its host ports, and none of lower priority can be evicted.
    PortsTaken,
    /// Something keeps the pod off the node whoever is on it.
    KeptOff,
}

impl SchedulerSaid {
    /// Takes a sentence apart; `None` where it is none of the scheduler's.
    #[must_use]
    pub fn read(message: &str) -> Option<Self> {
        let (_, rest) = message.split_once(" nodes are available: ")?;
        let (filters, preemption) = match rest.split_once("preemption: ") {
            Some((filters, preemption)) => (filters, Some(preemption)),
            None => (rest, None),
        };
        // What follows the list are remarks.
        let filters = filters.split_once(". ").map_or(filters, |(list, _)| list);
        let reasons: Vec<String> = counted(filters)
            .map(|(_, reason)| reason)
            .filter(|reason| !OTHER_NODES.contains(reason))
            .map(str::to_owned)
            .collect();
        let is_short = |reason: &String| reason.starts_with("Insufficient ");
        let has_no_victims = |text: &str| {
            let list = text.split_once(" nodes are available: ");
            list.is_some_and(|(_, list)| counted(list).any(|(_, reason)| reason == NO_VICTIMS))
        };
        let is_port = |reason: &String| reason.contains("free ports");
        let verdict = match preemption {
            _ if reasons.is_empty() => None,
            // It evicts, or did not look for whom.
            None => None,
            Some(text) if has_no_victims(text) && reasons.iter().all(is_port) => {
                Some(Verdict::PortsTaken)
            }
            Some(text) if has_no_victims(text) => Some(Verdict::Full),
            Some(text) if !text.contains("Preemption is not helpful") => None,
            Some(_) if reasons.iter().all(is_short) => Some(Verdict::TooSmall),
            Some(_) if reasons.iter().any(|it| is_short(it) || is_port(it)) => None,
            Some(_) => Some(Verdict::KeptOff),
        };
        Some(Self { reasons, verdict })
    }
}

/// The entries of `3 this, 1 that, or so`: a number begins each.
fn counted(list: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut rest = list.trim_end().trim_end_matches('.');
    std::iter::from_fn(move || {
        let (number, text) = rest.split_once(' ')?;
        let number = number.parse().ok()?;
        let ends = text.match_indices(", ").find(|(at, _)| {
            let next = text[at + 2..].split_once(' ');
            next.is_some_and(|(number, _)| number.parse::<usize>().is_ok())
        });
        let reason = if let Some((at, _)) = ends {
            rest = &text[at + 2..];
            &text[..at]
        } else {
            rest = "";
            text
        };
        Some((number, reason))
    })
}

/// Prints what it comes to, and the scheduler's own words in brackets.
impl fmt::Display for SchedulerSaid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let reasons = self.reasons.join(", ");
        match self.verdict {
            Some(verdict) => write!(f, "{verdict} ({reasons})"),
            None if reasons.is_empty() => f.write_str("no node is the pod's own"),
            None => f.write_str(&reasons),
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::TooSmall => "the node is too small",
            Self::Full => "no pod there can be preempted for it",
            Self::PortsTaken => "its host ports are taken, and by no pod of lower priority",
            Self::KeptOff => "the node does not take it",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(message: &str) -> SchedulerSaid {
        SchedulerSaid::read(message).unwrap()
    }

    #[test]
    fn too_small_is_told_from_full() {
        let small = "0/6 nodes are available: 1 Insufficient memory, 5 node(s) didn't satisfy \
                     plugin(s) [NodeAffinity]. no new claims to deallocate, preemption: 0/6 nodes \
                     are available: 6 Preemption is not helpful for scheduling.";
        assert_eq!(read(small).verdict, Some(Verdict::TooSmall));
        let full = "0/6 nodes are available: 1 Insufficient cpu, 1 Insufficient memory, 5 node(s) \
                    didn't satisfy plugin(s) [NodeAffinity]. no new claims to deallocate, \
                    preemption: 0/6 nodes are available: 1 No preemption victims found for incoming \
                    pod, 5 Preemption is not helpful for scheduling.";
        assert_eq!(read(full).verdict, Some(Verdict::Full));
        assert_eq!(
            read(full).reasons,
            ["Insufficient cpu", "Insufficient memory"]
        );
    }

    #[test]
    fn ports_are_named() {
        let said = "0/4 nodes are available: 1 node(s) didn't have free ports for the requested pod \
                    ports, 3 node(s) didn't satisfy plugin(s) [NodeAffinity]. no new claims to \
                    deallocate, preemption: 0/4 nodes are available: 1 No preemption victims found \
                    for incoming pod, 3 Preemption is not helpful for scheduling.";
        assert_eq!(read(said).verdict, Some(Verdict::PortsTaken));
    }

    #[test]
    fn a_taint_is_no_lack_of_room() {
        let said = "0/2 nodes are available: 1 node(s) had untolerated taint(s), 1 node(s) didn't \
                    satisfy plugin(s) [NodeAffinity]. no new claims to deallocate, preemption: 0/2 \
                    nodes are available: 2 Preemption is not helpful for scheduling.";
        assert_eq!(read(said).verdict, Some(Verdict::KeptOff));
        assert_eq!(
            read(said).to_string(),
            "the node does not take it (node(s) had untolerated taint(s))"
        );
    }

    #[test]
    fn while_it_evicts_it_says_nothing_of_preemption() {
        let said = "0/4 nodes are available: 1 Insufficient cpu, 3 node(s) didn't satisfy plugin(s) \
                    [NodeAffinity].";
        assert_eq!(read(said).verdict, None);
        assert_eq!(read(said).to_string(), "Insufficient cpu");
    }

    #[test]
    fn commas_within_a_reason_stay() {
        let said = "0/3 nodes are available: 1 node(s) had untolerated taint {a: b, c}, 2 Too many \
                    pods. preemption: 0/3 nodes are available: 3 Preemption is not helpful for \
                    scheduling.";
        assert_eq!(
            read(said).reasons,
            ["node(s) had untolerated taint {a: b, c}", "Too many pods"]
        );
    }

    #[test]
    fn other_texts_are_none_of_the_schedulers() {
        for text in [
            "",
            "Back-off pulling image",
            "nodes are available: ",
            "0/4 nodes are available:",
        ] {
            assert_eq!(SchedulerSaid::read(text), None, "{text}");
        }
        assert_eq!(
            read("0/1 nodes are available: nonsense").to_string(),
            "no node is the pod's own"
        );
    }
}
