//! What is told of several nodes or pods in the same words, once for all of them.

use std::collections::BTreeMap;

use super::told_apart::{rebooted, reported_alone};
use crate::health::NodeProblem;
use crate::round::{PodRevision, Round, staying_of};
use crate::stall::Said;
use crate::words::{agree, list};

/// How many names are given.
const NAMED: usize = 3;

/// What is said of whom.
type Told = BTreeMap<String, Vec<String>>;

/// Clauses about the nodes of pods that fail, and about pods that are of an older revision.
pub(super) fn of_several(round: &Round<'_>, said: &[Said<'_, '_>]) -> Vec<String> {
    let (mut nodes, mut reboots, mut old) = (Told::new(), Told::new(), Vec::new());
    let add = |told: &mut Told, what: String, who: &str| {
        let all = told.entry(what).or_default();
        if !all.iter().any(|it| it == who) {
            all.push(who.to_owned());
        }
    };
    for one in said {
        let node = one.node.name;
        if let Some(what) = of_node(round, one) {
            add(&mut nodes, what, node);
        }
        if let Some(at) = rebooted(round, node) {
            add(&mut reboots, at.to_string(), node);
        }
        if is_old(round, one) {
            old.push(one.pod.metadata.name.as_str());
        }
    }
    let nodes = nodes.into_iter().map(|(what, names)| {
        let (node, is) = match names.len() {
            1 => ("node", "is"),
            _ => ("nodes", "are"),
        };
        // Of a virtual one.
        let what = match names.len() {
            1 => what,
            _ => what.replace("so that it runs only", "so that they run only"),
        };
        format!("{node} {} {is} {what}", list(&names, NAMED))
    });
    let reboots = reboots.into_iter().map(|(at, names)| {
        let was = agree(names.len(), "was", "were");
        format!("{} {was} rebooted at {at}", list(&names, NAMED))
    });
    let old = match (old.as_slice(), said) {
        ([], _) => None,
        ([_], [_]) => Some("it is a pod of an older revision, not of the newest".to_owned()),
        ([one], _) => Some(format!(
            "pod {one} is of an older revision, not of the newest"
        )),
        (some, _) if some.len() == said.len() => {
            Some("they are pods of an older revision, not of the newest".to_owned())
        }
        (some, _) => Some(format!(
            "pods {} are of an older revision, not of the newest",
            list(some, NAMED)
        )),
    };
    nodes.chain(reboots).chain(old).collect()
}

/// Whether it is no pod of the newest revision, which runs elsewhere.
fn is_old(round: &Round<'_>, said: &Said<'_, '_>) -> bool {
    let mut old = staying_of(said.node, PodRevision::Old);
    let is_old = !said.is_new && old.any(|pod| pod.fact.name == said.pod.metadata.name);
    is_old && round.available_updated() > 0
}

/// What is under way on the node, or what it reports of itself.
fn of_node(round: &Round<'_>, said: &Said<'_, '_>) -> Option<String> {
    let problems = round.node_problems(said.node);
    let telling = problems.iter().find(|problem| {
        matches!(
            problem,
            NodeProblem::InProgress { .. }
                | NodeProblem::Rebooting { .. }
                | NodeProblem::Condition { .. }
                | NodeProblem::Virtual { .. }
        )
    });
    if let Some(telling) = telling {
        return Some(telling.to_string());
    }
    let alone = reported_alone(round, said.node, said.pod)?;
    Some(format!(
        "{alone}; of the nodes with an available pod, all that report it say the opposite"
    ))
}
