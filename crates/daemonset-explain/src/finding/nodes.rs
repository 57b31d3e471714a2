//! What is found of nodes, as clauses.

use std::fmt::{self, Write as _};

use daemonset::api::Timestamp;

use super::clauses::{Clauses, alike};
use super::{NAMED, UnhealthyNode};
use crate::health::NodeProblem;
use crate::words::{agree, at_most, count, list};

/// That a revision seems to do harm to the nodes that got it, by how they are.
pub(super) fn ends_nodes(
    f: &mut Clauses,
    revision: &str,
    nodes: &[UnhealthyNode],
    (last, well): (usize, usize),
    within: i64,
) -> fmt::Result {
    let all =
        |holds: fn(&NodeProblem) -> bool| nodes.iter().all(|node| node.problems.iter().any(holds));
    let (does, went) = if all(NodeProblem::is_down) {
        ("take nodes down", "went down")
    } else if all(NodeProblem::is_pressure) {
        ("use up its nodes", "ran short")
    } else {
        ("harm nodes", "was found unwell")
    };
    write!(f, "{revision} seems to {does}: every one of the ")?;
    let which = match last {
        0 => "that got it",
        _ => "that got it first",
    };
    write!(
        f,
        "{} {which} {went} within {} of it ({}), and all {} with an older one are well",
        count(nodes.len(), "node"),
        at_most(within),
        alike(nodes),
        count(well, "node"),
    )?;
    match last {
        0 => Ok(()),
        1 => f.write_str("; so far the one is too that got it last"),
        many => write!(f, "; so far the {many} are too that got it last"),
    }
}

/// That kubelets wait for certificates, and since when.
pub(super) fn certificates(
    f: &mut Clauses,
    requests: &[String],
    since: Option<Timestamp>,
) -> fmt::Result {
    write!(
        f,
        "{} of kubelets {} to be approved",
        count(requests.len(), "CertificateSigningRequest"),
        agree(requests.len(), "waits", "wait"),
    )?;
    if let Some(since) = since {
        write!(
            f,
            ", {}since {since}",
            agree(requests.len(), "", "the oldest ")
        )?;
    }
    f.write_str(": a kubelet whose certificate has expired cannot report until it has a new one")
}

/// That pods are marked as not ready of their nodes, and since when.
pub(super) fn marked_not_ready(
    f: &mut Clauses,
    nodes: &[String],
    since: Option<Timestamp>,
) -> fmt::Result {
    write!(
        f,
        "{} on {} {} marked as not ready",
        agree(nodes.len(), "its pod", "its pods"),
        list(nodes, NAMED),
        agree(nodes.len(), "is", "are"),
    )?;
    if let Some(since) = since {
        write!(f, " since {since}")?;
    }
    f.write_str(
        ", though all containers are ready: so the node lifecycle controller marks pods of a node that it does \
         not hear of",
    )
}
