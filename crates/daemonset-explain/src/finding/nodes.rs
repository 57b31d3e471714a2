//! What is found of nodes, as clauses.

use std::fmt::{self, Write as _};

use daemonset::api::Timestamp;

use super::clauses::{Clauses, alike};
use super::{KeptTaint, LeaseSaid, LeftOut, NAMED, UnhealthyNode};
use crate::health::NodeProblem;
use crate::words::{agree, all_of, at_most, count, list};

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
        ("harm nodes", "were found unwell")
    };
    write!(f, "{revision} seems to {does}: ")?;
    let which = match last {
        0 => "that got it",
        _ => "that got it first",
    };
    write!(
        f,
        "{} {which} {went} within {} of it ({}), and {} with an older one {} well",
        all_of(nodes.len(), "node"),
        at_most(within),
        alike(nodes),
        all_of(well, "node"),
        agree(well, "is", "are"),
    )?;
    match last {
        0 => Ok(()),
        1 => f.write_str("; so far the one is too that got it last"),
        many => write!(f, "; so far the {many} are too that got it last"),
    }
}

/// Nodes that are left out, by why; what several groups want is told with the first of them.
pub(super) fn left_out(groups: &[LeftOut]) -> String {
    const FOUND: &str = ", node has ";
    let mut wanted: Vec<&str> = Vec::new();
    let told = groups.iter().map(|group| {
        let Some(at) = group.why.find(FOUND) else {
            return group.to_string();
        };
        let (want, found) = group.why.split_at(at);
        if !wanted.contains(&want) {
            wanted.push(want);
            return group.to_string();
        }
        let why = found.trim_start_matches(", ").to_owned();
        let group = LeftOut {
            why,
            ..group.clone()
        };
        group.to_string()
    });
    told.collect::<Vec<_>>().join("; ")
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

/// That kube-controller-manager, or a part of it, does not work.
pub(super) fn manager_down(
    f: &mut Clauses,
    acts: bool,
    lease: Option<&LeaseSaid>,
    kept: Option<&KeptTaint>,
) -> fmt::Result {
    match (kept, lease) {
        (Some(kept), _) => write!(f, "{kept}")?,
        (None, Some(lease)) => return write!(f, "{lease}{}", meanwhile(acts)),
        (None, None) => return Ok(()),
    }
    match lease {
        Some(lease) if lease.has_run_out() => {
            f.next();
            write!(f, "{lease}{}", meanwhile(acts))
        }
        Some(LeaseSaid { holder, .. }) => {
            f.next();
            write!(
                f,
                "{holder} leads, by the Lease of kube-controller-manager: that controller hangs there or is switched off \
                 (--controllers), or something else puts the taint there"
            )
        }
        None => Ok(()),
    }
}

/// What does not happen while none leads.
fn meanwhile(acts: bool) -> &'static str {
    if acts {
        "; no pod is created or deleted until one does"
    } else {
        "; no controller acts on what changes until one does"
    }
}
