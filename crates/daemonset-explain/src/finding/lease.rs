//! What the Lease of kube-controller-manager says, and what is found of that program.

use std::fmt::{self, Write as _};

use serde::{Deserialize, Serialize};

use super::NAMED;
use super::clauses::Clauses;
use crate::words::{agree, duration, list};

/// A Lease that was renewed so many seconds ago has run out: whoever leads renews it every two, and it
/// lasts fifteen. A dump may take a while.
const RUNS_OUT: i64 = 60;

/// What the Lease of kube-controller-manager says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct LeaseSaid {
    /// Who leads, or did last.
    pub holder: String,
    /// How many seconds ago it was renewed last; `None` where it does not say.
    pub renewed: Option<i64>,
}

impl LeaseSaid {
    /// Whether none leads any more.
    #[must_use]
    pub fn has_run_out(&self) -> bool {
        self.holder.is_empty() || self.renewed.is_some_and(|ago| ago > RUNS_OUT)
    }
}

/// Prints what follows of it, as a clause.
impl fmt::Display for LeaseSaid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the Lease of kube-controller-manager ")?;
        match (self.holder.as_str(), self.renewed) {
            ("", _) => f.write_str("has no holder: none of them leads"),
            (holder, None) => write!(f, "is held by {holder}"),
            (holder, Some(ago)) if self.has_run_out() => write!(
                f,
                "was renewed last {} ago, by {holder}: none of them leads",
                duration(ago)
            ),
            (holder, Some(ago)) => write!(
                f,
                "was renewed {} ago, by {holder}: that one runs, so its DaemonSet controller hangs or is \
                 switched off (--controllers)",
                duration(ago)
            ),
        }
    }
}

/// A taint of nodes that are not ready, which nodes keep that have been Ready for minutes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct KeptTaint {
    /// The nodes.
    pub nodes: Vec<String>,
    /// The key of the taint that they all keep.
    pub taint: String,
    /// For how many seconds the last of them has been Ready.
    pub ready: i64,
}

/// Prints what keeps it, as a clause.
impl fmt::Display for KeptTaint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let nodes = self.nodes.len();
        write!(
            f,
            "{} {} taint {} though Ready for {}: the node lifecycle controller, a part of kube-controller-manager, takes it off \
             within seconds where it works",
            list(&self.nodes, NAMED),
            agree(nodes, "keeps", "keep"),
            self.taint,
            duration(self.ready)
        )
    }
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

/// What the Lease of kube-controller-manager says and what its pods do, where they were given.
pub(super) fn of_manager(
    f: &mut Clauses,
    lease: Option<&LeaseSaid>,
    pods: Option<&str>,
) -> fmt::Result {
    // One that ends again and again renews its Lease in between: no controller in it hangs.
    if let Some(lease) = lease.filter(|it| pods.is_none() || it.has_run_out()) {
        f.next();
        write!(f, "{lease}")?;
    }
    match pods {
        Some(pods) => {
            f.next();
            f.write_str(pods)
        }
        None => Ok(()),
    }
}
