//! What is found of pods that fail again and again, or are where none should be, as clauses.

use std::fmt::{self, Write as _};

use serde::{Deserialize, Serialize};

use super::clauses::{Clauses, on_nodes, sentences, symptoms};
use super::{FailedOn, Goes, Misplaced, NAMED, Symptom, UnhealthyNode};
use crate::health::LastEnd;
use crate::words::{agree, at_most, count, duration, list};

/// That pods have not been up yet, and how much later the newest time is that was given.
pub(super) fn not_yet_up(
    f: &mut Clauses,
    nodes: &[String],
    said: &[Symptom],
    are_newest: bool,
    after: Option<i64>,
) -> fmt::Result {
    write!(
        f,
        "{} not up yet {}: {}",
        agree(nodes.len(), "its pod is", "its pods are"),
        on_nodes(nodes),
        symptoms(said),
    )?;
    if are_newest {
        f.next();
        f.write_str(match nodes.len() {
            1 => "it is of the newest revision",
            _ => "all of them are of the newest revision",
        })?;
    }
    f.next();
    match after {
        Some(after) => write!(
            f,
            "the newest time that was given is {} after {} created: for how long {} been so since is not known",
            duration(after),
            agree(nodes.len(), "it was", "the first of them was"),
            agree(nodes.len(), "it has", "they have"),
        ),
        None => f.write_str("when they were created was not given: they may only be starting"),
    }
}

/// That pods fail one after the other, as far as that was seen: how many have failed, for how long one lived, and for how
/// long the last are left where they are.
pub(super) fn looping(
    f: &mut Clauses,
    (nodes, running): (&[UnhealthyNode], &[String]),
    (failed, lived): (usize, Option<i64>),
    left: Option<i64>,
) -> fmt::Result {
    let on = list(nodes, NAMED);
    if let Some(left) = left {
        let pods = agree(nodes.len(), "its pod", "its pods");
        return write!(
            f,
            "{pods} on {on} failed {} ago and {} still there: a controller that works deletes a failed pod within a quarter of \
             an hour; ",
            duration(left),
            agree(nodes.len(), "is", "are"),
        );
    }
    write!(f, "an endless loop on {on}")?;
    if !running.is_empty() {
        let next = agree(running.len(), "the next one runs", "the next ones run");
        write!(
            f,
            ", and on {}, where {next} at the moment",
            list(running, NAMED)
        )?;
    }
    match lived {
        // No other was seen.
        _ if failed <= nodes.len() => {
            f.write_str(" while the cause lasts (a failed pod is replaced by one like it): ")
        }
        Some(lived) => write!(
            f,
            ": one pod after the other fails, this time after {}: ",
            duration(lived)
        ),
        None => f.write_str(": one pod after the other fails: "),
    }
}

/// How many nodes are named on which as many have failed.
const MOST_NAMED: usize = 8;

/// How many pods have failed, and where, if on several nodes: `7 have failed: 3 on a, 2 each on b and c`.
pub(super) fn failed_of(f: &mut Clauses, failed: usize, on: &[FailedOn]) -> fmt::Result {
    if failed < 2 {
        return Ok(());
    }
    f.next();
    write!(f, "{failed} have failed")?;
    if on.len() < 2 {
        return Ok(());
    }
    let known: usize = on.iter().map(|it| it.pods).sum();
    f.write_str(if known < failed {
        ", of those whose node is told "
    } else {
        ": "
    })?;
    let alike: Vec<&[FailedOn]> = on.chunk_by(|a, b| a.pods == b.pods).collect();
    for (at, nodes) in alike.iter().take(NAMED).enumerate() {
        let names: Vec<&str> = nodes.iter().map(|it| &*it.node).collect();
        let each = agree(names.len(), "", " each");
        let before = if at == 0 { "" } else { ", " };
        write!(
            f,
            "{before}{}{each} on {}",
            nodes[0].pods,
            list(&names, MOST_NAMED)
        )?;
    }
    let others: usize = alike.iter().skip(NAMED).map(|it| it.len()).sum();
    if others > 0 {
        write!(f, ", fewer on {}", count(others, "other node"))?;
    }
    Ok(())
}

/// Pods are up, and were started again and again until a moment ago.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
#[serde(rename_all = "camelCase")]
pub struct RestartingWhileUp {
    /// The pods, the one that was started again most often first.
    pub pods: Vec<String>,
    /// The container.
    pub container: String,
    /// How often it was started again in the worst of them.
    pub restarts: i32,
    /// How it ended last there.
    pub last: Option<LastEnd>,
    /// For how long it has been up there, in seconds.
    pub up: i64,
    /// For how long at most it has been up in any, where all of them were started again as often.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub longest: Option<i64>,
    /// Whether the container has a readiness probe.
    pub has_probe: bool,
    /// What else is known, a sentence each.
    pub notes: Vec<String>,
}

/// That pods are up between two ends of a container: how often it was started again, how it ended last, and for how long it
/// has been up by now in the worst of them, which is named first, and at most.
pub(super) fn restarting_while_up(f: &mut Clauses, found: &RestartingWhileUp) -> fmt::Result {
    let &RestartingWhileUp {
        ref pods,
        ref container,
        restarts,
        ref last,
        up,
        longest,
        has_probe,
        ref notes,
    } = found;
    let pods = pods.as_slice();
    let slowly = up > 3600;
    write!(
        f,
        "{} up: {} ({}): container {container} was started again {}{restarts} times{}",
        if slowly {
            "restarts while"
        } else {
            "a crash loop while"
        },
        count(pods.len(), "pod"),
        list(pods, NAMED),
        if pods.len() > 1 && longest.is_none() {
            "up to "
        } else {
            ""
        },
        agree(
            pods.len(),
            "",
            if longest.is_some() { " in each" } else { "" }
        ),
    )?;
    // What is known of one pod is told of that one.
    let which = match pods {
        [worst, _, ..] => format!("; {worst}"),
        _ => ",".to_owned(),
    };
    match (last, longest, pods) {
        (Some(last), ..) => write!(
            f,
            "{which} last ended with {last}, and has been up for {}",
            duration(up)
        )?,
        (None, _, [_]) | (None, None, _) => {
            let and = if pods.len() > 1 {
                which
            } else {
                ", and".to_owned()
            };
            write!(f, "{and} has been up for {}", duration(up))?;
        }
        (None, Some(_), _) => {}
    }
    if let (Some(longest), [_, _, ..]) = (longest, pods) {
        write!(f, "; none has been up for more than {}", at_most(longest))?;
    }
    if !has_probe && !slowly {
        f.write_str("; without a readiness probe it counts as available while it is up")?;
    }
    sentences(f, notes)
}

/// That pods are where none should be, and how they go.
pub(super) fn misscheduled(f: &mut Clauses, pods: usize, nodes: &[Misplaced]) -> fmt::Result {
    let stay = nodes.iter().filter(|node| node.stays).count();
    write!(
        f,
        "misscheduled: {} on nodes that should not run it: {}",
        count(pods, "pod"),
        list(nodes, NAMED),
    )?;
    let all_go = |how: Goes| nodes.iter().all(|node| node.goes == Some(how));
    let (them, place) = match pods {
        1 => ("it", "its place"),
        _ => ("them", "their place"),
    };
    match stay {
        0 if all_go(Goes::WithTheRollout) => {
            write!(
                f,
                "; the rollout deletes {them} too, and none takes {place}"
            )
        }
        0 if all_go(Goes::Terminating) => write!(
            f,
            "; {} being deleted, and none takes {place}",
            agree(pods, "it is", "they are")
        ),
        0 if nodes.iter().any(|node| node.goes.is_some()) => {
            write!(
                f,
                "; none takes {place} once {} gone",
                agree(pods, "it is", "they are")
            )
        }
        0 => write!(f, "; the controller deletes {them}"),
        all if all == nodes.len() => {
            f.write_str("; no new pod is created there, and an existing one stays")
        }
        _ => Ok(()),
    }
}
