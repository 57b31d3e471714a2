//! What is found of the course of a rollout, as clauses.

use std::fmt::{self, Write as _};

use daemonset::api::Timestamp;

use super::clauses::{Clauses, on_nodes, sentences, symptoms};
use super::revision::{changed, new_revision};
use super::{BudgetField, NAMED, Symptom};
use crate::words::{agree, count, list};

pub(super) fn progress(
    f: &mut Clauses,
    (creates, deletes): (usize, usize),
    [starting, unready, terminating]: [&[String]; 3],
    until: Option<Timestamp>,
) -> fmt::Result {
    let mut parts = Vec::new();
    for (pods, what) in [(creates, "to create"), (deletes, "to delete")] {
        if pods > 0 {
            parts.push(format!("{} {what}", count(pods, "pod")));
        }
    }
    let of_nodes = [
        (starting, "starting"),
        (unready, "no longer ready"),
        (terminating, "terminating"),
    ];
    for (nodes, what) in of_nodes {
        if !nodes.is_empty() {
            let pods = count(nodes.len(), "pod");
            parts.push(format!("{pods} {what} on {}", list(nodes, NAMED)));
        }
    }
    if parts.is_empty() {
        parts.push("no pod to create or delete in this round".to_owned());
    }
    f.write_str(&parts.join("; "))?;
    match until {
        Some(until) => write!(
            f,
            ", until {until} at the latest, when its grace period ends"
        ),
        None => Ok(()),
    }
}

pub(super) fn used_up(
    f: &mut Clauses,
    (field, limit): (BudgetField, i64),
    (used_by, gone): (&[String], &[String]),
    waiting: usize,
) -> fmt::Result {
    let stays: Vec<&String> = used_by.iter().filter(|node| !gone.contains(node)).collect();
    let nodes = || {
        format!(
            "{} {}",
            agree(stays.len(), "node", "nodes"),
            list(&stays, NAMED)
        )
    };
    if i64::try_from(stays.len()).is_ok_and(|stays| stays < limit) && !gone.is_empty() {
        let others = if stays.is_empty() {
            String::new()
        } else {
            format!("{} and by ", nodes())
        };
        return write!(
            f,
            "{field} is {limit} and is used up by {others}{} of {}, which {} not exist: once {} gone, the rollout takes the \
             next of {}",
            agree(gone.len(), "the pod", "the pods"),
            list(gone, NAMED),
            agree(gone.len(), "does", "do"),
            agree(gone.len(), "it is", "they are"),
            count(waiting, "node"),
        );
    }
    let waiting = format!("{} cannot be updated", count(waiting, "node"));
    if limit <= 0 {
        return write!(f, "{field} is {limit}, which allows no update; {waiting}");
    }
    write!(
        f,
        "{field} is {limit} and is used up by {}; until {} available there, {waiting}",
        nodes(),
        agree(stays.len(), "a new pod is", "new pods are"),
    )
}

/// What went wrong so far in pods that may yet become available.
pub(super) fn so_far(
    f: &mut Clauses,
    (on, said, notes): (&[String], &[Symptom], &[String]),
    (revision, changes): (Option<i64>, &[String]),
    until: Option<Timestamp>,
) -> fmt::Result {
    write!(f, "so far, {}: {}", on_nodes(on), symptoms(said))?;
    sentences(f, notes)?;
    if let Some(until) = until {
        f.next();
        write!(f, "its startup probe allows it until {until}")?;
    }
    changed(f, &new_revision(revision, None), changes)
}
