//! What the template before gave a container, or a volume, and that of today does not: with that it is known to have run, while
//! any other figure is a guess.

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::cause::changes::Changes;
use crate::round::Round;
use crate::template::{amount, container, nanos};

/// An amount that the revision lowered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Former {
    /// What it was given to: `container agent`.
    pub to: String,
    /// What was given: `ephemeral-storage limit`.
    pub what: String,
    /// How much that was before the revision.
    pub before: String,
    /// How much it is now; `None` where nothing is given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub now: Option<String>,
}

/// Prints as `container agent back the ephemeral-storage limit of 10Gi (it is 1Gi now)`.
impl fmt::Display for Former {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            to,
            what,
            before,
            now,
        } = self;
        write!(f, "{to} back the {what} of {before}")?;
        match now {
            Some(now) => write!(f, " (it is {now} now)"),
            None => f.write_str(" (it has none now)"),
        }
    }
}

/// How much a container requests of a resource, or may take of it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Request,
    Limit,
}

impl Kind {
    fn field(self) -> &'static str {
        match self {
            Self::Request => "requests",
            Self::Limit => "limits",
        }
    }

    fn word(self) -> &'static str {
        match self {
            Self::Request => "request",
            Self::Limit => "limit",
        }
    }
}

/// What a container requests of a resource, or may take of it, as it is written.
fn given(spec: &Value, name: &str, kind: Kind, resource: &str) -> Option<String> {
    let of = |kind: Kind| amount(&container(spec, name)?["resources"][kind.field()][resource]);
    // What has a limit alone requests that.
    of(kind).or_else(|| of(Kind::Limit).filter(|_| kind == Kind::Request))
}

/// The amount that a container was given before the revision, and that of today; `None` where there was none, or the
/// template before was not given.
fn both(
    round: &Round<'_>,
    name: &str,
    kind: Kind,
    resource: &str,
) -> Option<(String, Option<String>)> {
    let changes = Changes::shown(round)?;
    let of = |template: &Value| given(&template["spec"], name, kind, resource);
    Some((of(&changes.before)?, of(&changes.after)))
}

/// The amount of a resource that a container was given before the revision, which lowered it. A limit that was taken away was
/// not lowered, a request that was is.
pub(super) fn lowered(round: &Round<'_>, name: &str, kind: Kind, resource: &str) -> Option<Former> {
    let (before, now) = both(round, name, kind, resource)?;
    let less = match &now {
        Some(now) => nanos(now)? < nanos(&before)?,
        None => kind == Kind::Request,
    };
    less.then(|| Former {
        to: format!("container {name}"),
        what: format!("{resource} {}", kind.word()),
        before,
        now,
    })
}

/// The request of a container before the revision, which raised it.
pub(super) fn raised_from(round: &Round<'_>, name: &str, resource: &str) -> Option<String> {
    let (before, now) = both(round, name, Kind::Request, resource)?;
    (nanos(&before)? < nanos(&now?)?).then_some(before)
}
