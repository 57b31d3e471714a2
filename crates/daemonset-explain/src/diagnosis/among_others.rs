//! What the other nodes tell of a pod that fails on one: whether theirs fail alike, and what sets them apart.

use super::Diagnosis;
use crate::finding::{Finding, new_revision};
use crate::words::{count, list};

/// How many of the other nodes are named.
const NAMED: usize = 3;

/// What is found of a node together with others, a sentence each.
pub(crate) fn among_others(diagnosis: &Diagnosis, node: &str) -> Vec<String> {
    let found = diagnosis.findings();
    let told = found.filter_map(|finding| of_finding(finding, node));
    told.flatten().collect()
}

fn of_finding(finding: &Finding, node: &str) -> Option<impl Iterator<Item = String> + use<>> {
    let (nodes, symptoms, (one, many)) = match finding {
        Finding::FailingPods {
            nodes, symptoms, ..
        } => (
            nodes,
            symptoms,
            ("its pod fails".to_owned(), "its pods fail".to_owned()),
        ),
        Finding::FailingRevision {
            failing,
            symptoms,
            hash,
            revision,
            ..
        } => {
            let fails = format!("{} fails", new_revision(*revision, hash.as_deref()));
            (failing, symptoms, (fails.clone(), fails))
        }
        Finding::UnscheduledPods {
            nodes, symptoms, ..
        } => (
            nodes,
            symptoms,
            (
                "its pod is not scheduled".to_owned(),
                "its pods are not scheduled".to_owned(),
            ),
        ),
        _ => return None,
    };
    if !nodes.iter().any(|it| it == node) {
        return None;
    }
    let others: Vec<&String> = nodes.iter().filter(|it| *it != node).collect();
    let alike = if symptoms.len() == 1 { ", alike," } else { "" };
    let first = match others.len() {
        0 => format!("{one} on this node alone"),
        some => format!(
            "{many}{alike} on {} too: {}",
            count(some, "other node"),
            list(&others, NAMED)
        ),
    };
    let rest = finding.clauses().into_iter().skip(1);
    Some(std::iter::once(first).chain(rest))
}
