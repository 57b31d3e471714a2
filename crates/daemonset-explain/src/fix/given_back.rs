//! To give containers and volumes back what the revision lowered.

use serde_json::{Value, json};

use super::command::{patch_pods, target, word};
use super::former::{Former, Kind, lowered};
use super::{ContainerRepair, Fix, Repair};
use crate::cause::changes::Changes;
use crate::round::Round;
use crate::template::{containers, list_of, nanos};

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
    let is_any = !amounts.is_empty();
    let repair = Repair::Container(ContainerRepair::Former { amounts });
    is_any.then(|| Fix::outside(repair, commands))
}
