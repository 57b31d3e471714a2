//! What is found of the course of a rollout, as clauses.

use std::fmt::{self, Write as _};

use daemonset::api::Timestamp;
use serde::{Deserialize, Serialize};

use super::clauses::{Clauses, on_nodes, sentences, symptoms};
use super::revision::{changed, new_revision};
use super::{BudgetField, NAMED, ReplacedBy, Symptom};
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

/// That old pods stay until they are deleted, and who may do that.
pub(super) fn on_delete(
    f: &mut Clauses,
    nodes: &[String],
    none_follows: bool,
    by: Option<&ReplacedBy>,
    is_at_it: bool,
) -> fmt::Result {
    write!(
        f,
        "the update strategy is OnDelete: {} {} an outdated pod until it is deleted: {}",
        count(nodes.len(), "node"),
        agree(nodes.len(), "keeps", "keep"),
        list(nodes, NAMED)
    )?;
    if none_follows {
        f.write_str("; as things are, none takes the place of a pod that is deleted")?;
    }
    let Some(ReplacedBy {
        owner,
        label,
        states,
    }) = by
    else {
        return Ok(());
    };
    f.next();
    let Some(label) = label else {
        let owner = owner.as_deref().unwrap_or_default();
        return write!(
            f,
            "{owner} owns the DaemonSet: whether its controller deletes them was not given"
        );
    };
    let said: Vec<String> = states
        .iter()
        .map(|it| format!("{} on {}", it.state, list(&it.nodes, NAMED)))
        .collect();
    let of_owner = owner.as_ref().map_or_else(String::new, |owner| {
        format!(" (the DaemonSet's owner is {owner})")
    });
    write!(
        f,
        "the controller that sets label {label} of nodes is to delete them{of_owner}: it says {}",
        list(&said, NAMED)
    )?;
    if is_at_it {
        f.write_str("; leave it to that")?;
    } else if states.iter().any(|it| it.state.ends_with("-failed")) {
        f.write_str("; it may go no further before that is put right")?;
    }
    Ok(())
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
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
#[serde(rename_all = "camelCase")]
pub struct SoFar {
    /// Their nodes.
    pub nodes: Vec<String>,
    /// What they say, the most frequent first.
    pub symptoms: Vec<Symptom>,
    /// What else is known of them, a clause each.
    pub notes: Vec<String>,
    /// The number of the revision whose changes explain it.
    pub revision: Option<i64>,
    /// What the revision changed of that.
    pub changes: Vec<String>,
    /// Until when a startup probe allows the container to start.
    pub until: Option<Timestamp>,
}

/// What went wrong so far in pods that may yet become available.
pub(super) fn so_far(f: &mut Clauses, it: &SoFar) -> fmt::Result {
    write!(
        f,
        "so far, {}: {}",
        on_nodes(&it.nodes),
        symptoms(&it.symptoms)
    )?;
    sentences(f, &it.notes)?;
    if let Some(until) = it.until {
        f.next();
        write!(f, "its startup probe allows it until {until}")?;
    }
    changed(f, &new_revision(it.revision, None), &it.changes)
}
