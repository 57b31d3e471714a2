//! What is found of pods that the API server refuses, as clauses.

use std::fmt::{self, Write as _};

use daemonset::api::Timestamp;

use super::clauses::{Clauses, joined, symptoms};
use super::revision::new_revision;
use super::{NAMED, Refusal, Symptom};
use crate::words::{agree, count, list};

/// That pods are refused, and by what: as events say it and when last, or as far as it is known otherwise.
pub(super) fn refused(
    f: &mut Clauses,
    (nodes, is_beside): (&[String], bool),
    (said, last): (&[Symptom], Option<Timestamp>),
    refusals: &[Refusal],
    (namespace, name): (&str, &str),
) -> fmt::Result {
    let pods = count(nodes.len(), "pod");
    // That a template does not meet a level is no word of the API server's.
    let is_inferred = |refusal: &Refusal| matches!(refusal, Refusal::PodSecurity { .. });
    let refuses = match said {
        [] if refusals.iter().all(is_inferred) => "seems to refuse",
        _ => "refuses",
    };
    write!(f, "the API server {refuses} {pods}")?;
    if is_beside {
        // Beside which of them the controller tries it first, nothing tells.
        f.write_str(agree(nodes.len(), " beside an old one", " beside old ones"))?;
    } else {
        write!(f, " ({})", list(nodes, NAMED))?;
    }
    match said {
        [] if refusals.is_empty() => write!(
            f,
            ": the controller has observed this generation and counted what is missing, and still \
                         nothing is created; why is in the events: kubectl describe daemonset {name} -n {namespace}"
        )?,
        [] => write!(f, ": {}", joined(refusals, "; "))?,
        said => {
            write!(f, ": {}", symptoms(&said[..1]))?;
            let full = refusals.iter().filter(
                |refusal| matches!(refusal, Refusal::Quota { full, .. } if !full.is_empty()),
            );
            for refusal in full {
                f.next();
                write!(f, "{refusal}")?;
            }
        }
    }
    if let (Some(last), false) = (last, said.is_empty()) {
        write!(f, " (last {last})")?;
    }
    Ok(())
}

/// That pods of the template before were refused, and when last.
pub(super) fn refused_before(
    f: &mut Clauses,
    said: &[Symptom],
    last: Option<Timestamp>,
    revision: Option<i64>,
) -> fmt::Result {
    let last = last.map_or_else(String::new, |last| format!(" (last {last})"));
    let revision = new_revision(revision, None);
    write!(
        f,
        "the API server refused pods of the template before{last}: {}",
        symptoms(said)
    )?;
    f.next();
    write!(
        f,
        "that says nothing of {revision}: whether its pods are taken shows with the next one"
    )
}
