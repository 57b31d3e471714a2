//! What is found of pods that terminate, or are to make room, as clauses.

use std::fmt::{self, Write as _};

use daemonset::api::Timestamp;

use super::clauses::{Clauses, on_nodes};
use super::{HeldPod, NAMED};
use crate::words::{agree, count, duration, list};

/// That pods hang in their termination, for how long, and what holds them.
pub(super) fn stuck(
    f: &mut Clauses,
    (nodes, pods): (&[String], &[String]),
    (finalizers, runs): (&[String], bool),
    over: i64,
) -> fmt::Result {
    write!(
        f,
        "{} {} being deleted already {}, and {} grace period ended {} ago: {}",
        count(pods.len(), "pod"),
        agree(pods.len(), "is", "are"),
        on_nodes(nodes),
        agree(pods.len(), "its", "the"),
        duration(over),
        list(pods, NAMED)
    )?;
    match finalizers {
        [] => f.write_str(agree(
            pods.len(),
            "; no finalizer holds it: its kubelet does not end it",
            "; no finalizer holds them: their kubelets do not end them",
        ))?,
        [one] => write!(f, "; finalizer {one} is not removed")?,
        many => write!(f, "; finalizers {} are not removed", list(many, NAMED))?,
    }
    if runs && !finalizers.is_empty() {
        f.write_str(agree(
            pods.len(),
            ", and its kubelet does not end it either",
            ", and their kubelets do not end them either",
        ))?;
    }
    Ok(())
}

/// That pods are being deleted, and until when they may end.
pub(super) fn ending(
    f: &mut Clauses,
    pods: &[String],
    nodes: &[String],
    until: Timestamp,
) -> fmt::Result {
    write!(
        f,
        "{} {} being deleted {}, and {} grace period ends at {until}, which is not over by the newest time read: {}",
        count(pods.len(), "pod"),
        agree(pods.len(), "is", "are"),
        on_nodes(nodes),
        agree(pods.len(), "its", "the last"),
        list(pods, NAMED),
    )?;
    f.next();
    write!(
        f,
        "until {} gone, no new pod comes there",
        agree(pods.len(), "it is", "they are"),
    )
}

/// That pods wait for room that is being made, and until when.
pub(super) fn room_to_come(
    f: &mut Clauses,
    nodes: &[String],
    preempted: bool,
    until: Option<Timestamp>,
) -> fmt::Result {
    write!(
        f,
        "{} {} for room {}: ",
        count(nodes.len(), "pod"),
        agree(nodes.len(), "waits", "wait"),
        on_nodes(nodes)
    )?;
    if preempted {
        let them = agree(nodes.len(), "it", "them");
        write!(
            f,
            "pods that are preempted for {them} are terminating there"
        )?;
    } else {
        f.write_str("pods are terminating there")?;
    }
    match until {
        Some(until) => write!(
            f,
            ", until {until} at the latest, when the last grace period ends"
        ),
        None => Ok(()),
    }
}

/// That a set is being deleted, and what it waits for.
pub(super) fn deleting(
    f: &mut Clauses,
    finalizers: &[String],
    held: &[HeldPod],
    (since, pods): (Option<Timestamp>, usize),
) -> fmt::Result {
    f.write_str("the DaemonSet is being deleted")?;
    if let Some(since) = since {
        write!(f, ", since {since}")?;
    }
    f.write_str(", so the controller does nothing")?;
    for pod in held.iter().take(NAMED) {
        f.next();
        write!(f, "pod {pod}")?;
    }
    if !held.is_empty() {
        f.next();
        return f
            .write_str("finalizer foregroundDeletion of the DaemonSet waits only for its pods");
    }
    match finalizers {
        [] => return Ok(()),
        [one] => {
            f.next();
            write!(f, "finalizer {one} holds it")?;
        }
        many => {
            f.next();
            write!(f, "finalizers {} hold it", list(many, NAMED))?;
        }
    }
    if pods > 0 {
        f.next();
        write!(
            f,
            "{} of it {} still there, not terminating, and nothing is rolled out to {} any more",
            count(pods, "pod"),
            agree(pods, "is", "are"),
            agree(pods, "it", "them"),
        )?;
    }
    Ok(())
}

/// That pods are terminating, and until when they had to end.
pub(super) fn held_by_finalizers(
    f: &mut Clauses,
    pods: &[String],
    finalizers: &[String],
    until: Option<Timestamp>,
) -> fmt::Result {
    write!(
        f,
        "{} ({}) {} terminating and {} held by {} {}",
        count(pods.len(), "pod"),
        list(pods, NAMED),
        agree(pods.len(), "is", "are"),
        agree(pods.len(), "is", "are"),
        agree(finalizers.len(), "finalizer", "finalizers"),
        list(finalizers, NAMED),
    )?;
    match (until, pods) {
        (Some(until), [_]) => write!(f, "; it had until {until} to end"),
        (Some(until), _) => write!(f, "; the first had until {until} to end"),
        (None, _) => Ok(()),
    }
}

/// The pods of an earlier set, and until when or for how long over the terminating ones are there.
pub(super) fn earlier_set(
    f: &mut Clauses,
    pods: &[String],
    terminating: usize,
    (until, overdue): (Option<Timestamp>, Option<i64>),
) -> fmt::Result {
    write!(
        f,
        "{} of an earlier DaemonSet of this name (another uid) {} still there beside its own: {}",
        count(pods.len(), "pod"),
        agree(pods.len(), "is", "are"),
        list(pods, NAMED),
    )?;
    match (terminating, until, overdue) {
        (0, ..) | (_, None, _) => Ok(()),
        (all, Some(_), Some(over)) => write!(
            f,
            "; {all} terminating, though the last grace period ended {} ago",
            duration(over)
        ),
        (all, Some(until), None) => write!(f, "; {all} terminating, until {until} at the latest"),
    }
}
