//! What the template before gave a container, or a volume, and that of today does not: with that it is known to have run, while
//! any other figure is a guess.

use std::fmt;

use daemonset::template::Quantity;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::command::{patch_pods, target, word};
use super::{ContainerRepair, Fix, Repair};
use crate::cause::changes::Changes;
use crate::round::Round;
use crate::template::{container, containers, list_of};

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

/// What a container's resources are, as they are written.
fn amount(spec: &Value, name: &str, kind: Kind, resource: &str) -> Option<String> {
    let of = |kind: Kind| match &container(spec, name)?["resources"][kind.field()][resource] {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    };
    // What has a limit alone requests that.
    of(kind).or_else(|| of(Kind::Limit).filter(|_| kind == Kind::Request))
}

fn nanos(text: &str) -> Option<i128> {
    Some(Quantity::from_json(&text.into())?.nanos())
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
    let of = |template: &Value| amount(&template["spec"], name, kind, resource);
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

/// To give containers the limits of a resource back that the revision lowered: the one of this name, or all.
pub(super) fn limits_of(round: &Round<'_>, name: Option<&str>, resource: &str) -> Option<Fix> {
    let set = round.daemon_set();
    let names = containers(set.spec.template.spec_as_json()).filter_map(|it| it["name"].as_str());
    let meant = names.filter(|own| name.is_none_or(|name| name == *own));
    let found = meant.filter_map(|own| {
        let former = lowered(round, own, Kind::Limit, resource)?;
        let command = format!(
            "kubectl set resources {} -c {} --limits={}={}",
            target(set),
            word(own),
            word(resource),
            word(&former.before)
        );
        Some((former, command))
    });
    let (all, commands) = found.unzip();
    of_all(all, commands)
}

/// To give a container back the limit of a resource that the revision lowered, by a patch.
pub(super) fn limit_given_back(round: &Round<'_>, name: &str, resource: &str) -> Option<Fix> {
    let set = round.daemon_set();
    let former = lowered(round, name, Kind::Limit, resource)?;
    let list = list_of(set.spec.template.spec_as_json(), name)?;
    let limits = json!({resource: former.before});
    let patch = json!({list: [{"name": name, "resources": {"limits": limits}}]});
    of_all(vec![former], vec![patch_pods(set, &patch)])
}

/// To give a volume back the size limit that the revision lowered.
pub(super) fn volume_given_back(round: &Round<'_>, name: &str) -> Option<Fix> {
    let changes = Changes::shown(round)?;
    let size = |template: &Value| size_limit(&template["spec"], name);
    let (before, now) = (size(&changes.before)?, size(&changes.after)?);
    if nanos(&now)? >= nanos(&before)? {
        return None;
    }
    let volume = json!({"name": name, "emptyDir": {"sizeLimit": before}});
    let command = patch_pods(round.daemon_set(), &json!({"volumes": [volume]}));
    let former = Former {
        to: format!("volume {name}"),
        what: "size limit".to_owned(),
        before,
        now: Some(now),
    };
    of_all(vec![former], vec![command])
}

/// How large a volume of a pod's spec may become.
pub(super) fn size_limit(spec: &Value, name: &str) -> Option<String> {
    let mut volumes = spec["volumes"].as_array()?.iter();
    let volume = volumes.find(|it| it["name"] == name)?;
    Some(volume["emptyDir"]["sizeLimit"].as_str()?.to_owned())
}

fn of_all(amounts: Vec<Former>, commands: Vec<String>) -> Option<Fix> {
    let repair = Repair::Container(ContainerRepair::Former {
        amounts: amounts.clone(),
    });
    (!amounts.is_empty()).then(|| Fix::outside(repair, commands))
}
