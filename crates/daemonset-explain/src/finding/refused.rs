//! What is found of pods that the API server refuses, as clauses.

use std::fmt::{self, Write as _};

use daemonset::api::Timestamp;

use super::clauses::{Clauses, joined, symptoms};
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
    match is_beside {
        // Beside which of them the controller tries it first, nothing tells.
        true => f.write_str(agree(nodes.len(), " beside an old one", " beside old ones"))?,
        false => write!(f, " ({})", list(nodes, NAMED))?,
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
