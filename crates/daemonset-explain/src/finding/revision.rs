//! What is found of revisions, as clauses.

use std::fmt::{self, Write as _};

use daemonset::api::Timestamp;
use serde::{Deserialize, Serialize};

use super::NAMED;
use super::clauses::Clauses;
use crate::words::{agree, all_of, at_most, count, list};

/// `revision 2 (788b686cf6)`
pub(crate) fn new_revision(revision: Option<i64>, hash: Option<&str>) -> String {
    match (revision, hash) {
        (Some(revision), Some(hash)) => format!("revision {revision} ({hash})"),
        (None, Some(hash)) => format!("the new revision {hash}"),
        (Some(revision), None) => format!("revision {revision}"),
        (None, None) => "the new revision".to_owned(),
    }
}

/// The first few changes in one clause.
fn in_words(changes: &[String]) -> String {
    let shown: Vec<&str> = changes.iter().take(NAMED).map(String::as_str).collect();
    match changes.len() - shown.len() {
        0 => shown.join("; "),
        more => format!("{}; and {more} more", shown.join("; ")),
    }
}

pub(super) fn changed(f: &mut Clauses, revision: &str, changes: &[String]) -> fmt::Result {
    match changes {
        [] => Ok(()),
        changes => {
            f.next();
            write!(f, "{revision} changed {}", in_words(changes))
        }
    }
}

/// That no pod of the new revision is available, though so many nodes have one, which on so many of them terminates.
pub(super) fn unproven(
    f: &mut Clauses,
    hash: Option<&str>,
    nodes: usize,
    terminating: usize,
) -> fmt::Result {
    let revision = new_revision(None, hash);
    if nodes == 0 {
        return write!(f, "{revision} is unproven: it has no pod yet");
    }
    write!(
        f,
        "{revision} is unproven: no pod of it is available, and {} {} one",
        count(nodes, "node"),
        agree(nodes, "has", "have")
    )?;
    match terminating {
        0 => Ok(()),
        all if all == nodes => f.write_str(", terminating"),
        some => write!(f, ", {some} of them terminating"),
    }
}

/// The template goes to and fro, since two write it in turn: every pod is replaced with each change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
#[serde(rename_all = "camelCase")]
pub struct Flipping {
    /// The numbers of the two revisions that take turns, as they are now.
    pub revisions: Vec<i64>,
    /// How many times they came back together, as the newest number tells.
    pub returns: i64,
    /// What they differ in.
    pub changes: Vec<String>,
    /// Who wrote the template of late, where that was given.
    pub writers: Vec<String>,
    /// Within how many seconds they did, where two have.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub within: Option<i64>,
    /// The DaemonSet's namespace.
    pub namespace: String,
}

/// That two revisions take turns, in what, and who writes them.
pub(super) fn flipping(f: &mut Clauses, found: &Flipping) -> fmt::Result {
    let Flipping {
        revisions,
        returns,
        changes,
        writers,
        within,
        ..
    } = found;
    write!(
        f,
        "the template goes to and fro: revisions {} take turns (together they came back {returns} times, as their numbers \
         tell), and with each change every pod is replaced, which does not end while both are written",
        list(revisions, NAMED)
    )?;
    if !changes.is_empty() {
        f.next();
        write!(f, "they differ in {}", in_words(changes))?;
    }
    match writers.as_slice() {
        [] => {}
        [one] => {
            f.next();
            write!(f, "{one} wrote the template last")?;
        }
        many => {
            f.next();
            write!(f, "{} wrote the template", list(many, NAMED))?;
            if let Some(within) = within {
                write!(f, " within {} of each other", at_most(*within))?;
            }
        }
    }
    Ok(())
}

/// The newest revision changed where the daemon should run, so that nodes are left out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
#[serde(rename_all = "camelCase")]
pub struct LeftByRevision {
    /// Its number, where that is known.
    pub revision: Option<i64>,
    /// When it was made, where that is known.
    pub made: Option<Timestamp>,
    /// The nodes that should not run the daemon any more.
    pub nodes: Vec<String>,
    /// Nodes that joined after it was made, and should run the daemon by the one before.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub later: Vec<String>,
    /// What it changed of that.
    pub changes: Vec<String>,
    /// The number of the revision before it.
    pub before: i64,
}

/// That a revision, made then, leaves nodes out.
pub(super) fn left_by_revision(f: &mut Clauses, found: &LeftByRevision) -> fmt::Result {
    let LeftByRevision {
        revision,
        made,
        nodes,
        later,
        changes,
        before,
    } = found;
    f.write_str(&new_revision(*revision, None))?;
    if let Some(made) = made {
        write!(f, ", made at {made},")?;
    }
    let told =
        |nodes: &[String]| format!("{} ({})", count(nodes.len(), "node"), list(nodes, NAMED));
    if !nodes.is_empty() {
        write!(f, " took it off {}", told(nodes))?;
    }
    if !later.is_empty() {
        let and = if nodes.is_empty() { "" } else { " and" };
        write!(f, "{and} keeps it off {}, which joined later", told(later))?;
    }
    let all = nodes.len() + later.len();
    write!(
        f,
        ": it changed {}; with revision {before} {} should run it",
        in_words(changes),
        agree(all, "it", "they"),
    )
}

/// That pods count as up to date by their generation label alone, and what becomes of those that are.
pub(super) fn generation_only(
    f: &mut Clauses,
    pods: &[String],
    revisions: &[String],
    leaving: usize,
) -> fmt::Result {
    write!(
        f,
        "{} {} as up to date by {} generation label alone, and {} the template of {}: {} never \
                 replaced ({})",
        count(pods.len(), "pod"),
        agree(pods.len(), "counts", "count"),
        agree(pods.len(), "its", "their"),
        agree(pods.len(), "runs", "run"),
        list(revisions, NAMED),
        agree(pods.len(), "it is", "they are"),
        list(pods, NAMED),
    )?;
    match leaving {
        0 => Ok(()),
        some => write!(
            f,
            "; {} of the current template {} terminating, and then none runs it",
            match some {
                1 => "the only pod".to_owned(),
                many => all_of(many, "pod"),
            },
            agree(some, "is", "are"),
        ),
    }
}
