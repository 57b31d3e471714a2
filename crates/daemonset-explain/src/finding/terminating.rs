//! What is found of pods that terminate, or are to make room, as clauses.

use std::fmt::{self, Write as _};

use daemonset::api::Timestamp;

use super::NAMED;
use super::clauses::{Clauses, on_nodes};
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
