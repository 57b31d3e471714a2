//! What of what was given is wanting, as clauses.

use std::fmt::{self, Write as _};

use daemonset::api::Timestamp;
use serde::{Deserialize, Serialize};

use super::NAMED;
use super::clauses::Clauses;
use crate::evidence::GivenKind;
use crate::words::{agree, count, list};

/// Objects that the DaemonSet's own status counts were not given, so nothing can be told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
#[serde(rename_all = "camelCase")]
pub struct NotGiven {
    /// Which.
    pub kinds: Vec<GivenKind>,
    /// How many nodes should run it, as its status has it.
    pub desired: i32,
    /// How many have a pod, as its status has it.
    pub current: i32,
    /// On how many of those that should run it none is available, as its status has it.
    #[serde(default, skip_serializing_if = "super::parts::is_zero")]
    pub unavailable: i32,
    /// Whether pods were given, and none of this DaemonSet.
    pub pods_of_others: bool,
    /// How many nodes were given.
    pub nodes_given: usize,
    /// How many of its pods were given.
    #[serde(default, skip_serializing_if = "super::parts::is_zero")]
    pub pods_given: usize,
    /// Whether none of its pods was given with anything of its status.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub without_status: bool,
    /// The namespace in which its pods are.
    pub namespace: String,
}

/// What was not given, and the command that brings it.
pub(super) fn not_given(f: &mut Clauses, wanting: &NotGiven) -> fmt::Result {
    let &NotGiven {
        ref kinds,
        desired,
        current,
        unavailable,
        pods_of_others,
        nodes_given,
        pods_given,
        without_status,
        ref namespace,
    } = wanting;
    let is_missing = |kind| kinds.contains(&kind);
    let (nodes, pods) = (is_missing(GivenKind::Node), is_missing(GivenKind::Pod));
    f.write_str("cannot tell: ")?;
    let only = |given: usize, of: &str, one: &str, many: &str| match given {
        1 => format!("only 1 {of}{one}"),
        given => format!("only {given} {of}{many}"),
    };
    let of_nodes = match nodes_given {
        0 => "no nodes are given".to_owned(),
        given => only(given, "", "node is", "nodes are") + " given, and it has pods on others",
    };
    let of_pods = match pods_given {
        _ if without_status => {
            "its pods are given without their status, as tools leave it that shorten dumps (kubectl neat)".to_owned()
        }
        0 if pods_of_others => "no pods are given that belong to it (pods of others are)".to_owned(),
        0 => "no pods are given".to_owned(),
        given => only(given, "of its pods ", "is", "are") + " given",
    };
    match (nodes, pods) {
        (true, true) if nodes_given == 0 && pods_given == 0 => {
            f.write_str("no nodes and no pods are given")?;
        }
        (true, true) => write!(f, "{of_nodes}; {of_pods}")?,
        (true, false) => f.write_str(&of_nodes)?,
        (false, _) => f.write_str(&of_pods)?,
    }
    if desired > 0 {
        write!(
            f,
            ", while its own status counts {desired} that should run it, and {current} with a pod",
        )?;
        if unavailable > 0 {
            write!(f, "; on {unavailable} of them none is available")?;
        }
    }
    f.write_str("; add the output of: kubectl get ")?;
    match (nodes, pods) {
        (true, true) => f.write_str("nodes,pods -A -o yaml"),
        (true, false) => f.write_str("nodes -o yaml"),
        (false, _) => match namespace.as_str() {
            "" => f.write_str("pods -A -o yaml"),
            namespace => write!(f, "pods -n {namespace} -o yaml"),
        },
    }
}

/// What brings the ControllerRevisions of a namespace.
pub(super) fn add_revisions(f: &mut Clauses, namespace: &str) -> fmt::Result {
    f.write_str("; add the output of: kubectl get controllerrevisions -o yaml")?;
    match namespace {
        "" => Ok(()),
        namespace => write!(f, " -n {namespace}"),
    }
}

/// That pods and nodes are of different moments: when the newest revision was made and a node last said
/// something, or which pods are newer than all revisions.
pub(super) fn other_moments(
    f: &mut Clauses,
    made_and_heard: (Option<Timestamp>, Option<Timestamp>),
    pods: &[String],
) -> fmt::Result {
    f.write_str("what was given is of different moments: ")?;
    match made_and_heard {
        (Some(made), Some(heard)) => write!(
            f,
            "the newest revision is of {made}, and no node says anything after {heard}"
        )?,
        _ => write!(
            f,
            "{} ({}) {} of a revision that is newer than all that were given",
            count(pods.len(), "pod"),
            list(pods, NAMED),
            agree(pods.len(), "is", "are"),
        )?,
    }
    f.write_str(
        ", so that what should happen next cannot be told; give one dump: kubectl get \
         nodes,pods,daemonsets,controllerrevisions -A -o yaml",
    )
}

/// That no ControllerRevisions were given, and the generation label of pods tells which are up to date.
pub(super) fn told_by_generation(
    f: &mut Clauses,
    namespace: &str,
    (by_pods, is_alike): (bool, bool),
) -> fmt::Result {
    f.write_str(
                    "which pods are up to date is told by their generation label alone, since no \
                     ControllerRevision that was given holds the DaemonSet's template: what the newest one changed ",
                )?;
    f.write_str(if by_pods {
        "is told by the image, command, args, env, memory limit and annotations of its pods and of older ones, and \
         nothing else of it"
    } else if is_alike {
        "is something else than image, command, args, env, memory limit and annotations, which its pods and older ones \
         have alike"
    } else {
        "cannot be told"
    })?;
    add_revisions(f, namespace)
}

/// That no ControllerRevisions were given, and nothing tells which pods are up to date.
pub(super) fn revisions_not_given(f: &mut Clauses, namespace: &str, pods: usize) -> fmt::Result {
    write!(
        f,
        "cannot tell whether {} {} up to date: no ControllerRevision that was given holds the \
                     DaemonSet's template",
        count(pods, "pod"),
        agree(pods, "is", "are"),
    )?;
    add_revisions(f, namespace)
}
