//! What LimitRanges fill in, and what they forbid.

use serde::Deserialize;

use super::facts::{PodSpec, Resources};
use super::requests;
use super::resource::{Exact, ResourceList, amount_text};
use crate::api::{ObjectMeta, null_as_default};

/// A LimitRange, as far as admission reads it: the defaults for containers, and what it allows.
///
/// Source: [Limit Ranges](https://kubernetes.io/docs/concepts/policy/limit-range/).
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct LimitRange {
    #[serde(deserialize_with = "null_as_default")]
    pub(super) metadata: ObjectMeta,
    #[serde(deserialize_with = "null_as_default")]
    spec: LimitRangeSpec,
}

#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
struct LimitRangeSpec {
    #[serde(deserialize_with = "null_as_default")]
    limits: Vec<LimitRangeItem>,
}

#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct LimitRangeItem {
    #[serde(rename = "type", deserialize_with = "null_as_default")]
    type_: String,
    #[serde(deserialize_with = "null_as_default")]
    default: ResourceList,
    #[serde(deserialize_with = "null_as_default")]
    default_request: ResourceList,
    #[serde(deserialize_with = "null_as_default")]
    max: ResourceList,
    #[serde(deserialize_with = "null_as_default")]
    min: ResourceList,
    #[serde(deserialize_with = "null_as_default")]
    max_limit_request_ratio: ResourceList,
}

impl LimitRange {
    /// The requests that containers get which have none: of the items for containers the last
    /// one that names a resource counts, and a default that an item lacks is its default limit,
    /// its maximum, or its minimum, as the API server stores it.
    pub(super) fn default_requests(&self) -> ResourceList {
        let items = self.spec.limits.iter().filter(|i| i.type_ == "Container");
        let mut defaults = ResourceList::default();
        for item in items {
            let mut requests = item.default_request.clone();
            for list in [&item.default, &item.max, &item.min] {
                requests.fill_from(list);
            }
            requests.store();
            requests.fill_from(&defaults);
            defaults = requests;
        }
        defaults
    }

    /// What it forbids of a pod that has passed admission.
    pub(super) fn forbids(&self, spec: &PodSpec) -> Vec<String> {
        let mut all = Vec::new();
        for item in &self.spec.limits {
            match item.type_.as_str() {
                "Container" => of_containers(spec, item, &mut all),
                "Pod" => of_pod(&requests::of_containers_as_written(spec), item, &mut all),
                _ => {}
            }
        }
        all
    }

    /// The limits that containers get which have none: a default that an item lacks is its maximum, as
    /// the API server stores it.
    pub(super) fn default_limits(&self) -> ResourceList {
        let items = self.spec.limits.iter().filter(|i| i.type_ == "Container");
        let mut defaults = ResourceList::default();
        for item in items {
            let mut limits = item.default.clone();
            limits.fill_from(&item.max);
            limits.store();
            limits.fill_from(&defaults);
            defaults = limits;
        }
        defaults
    }
}

fn of_containers(spec: &PodSpec, bounds: &LimitRangeItem, all: &mut Vec<String>) {
    for container in spec.containers.iter().chain(&spec.init_containers) {
        let Resources { requests, limits } = &container.resources;
        let mut say = |what: String| all.push(format!("{what} (container {})", container.name));
        for (name, least) in bounds.min.iter() {
            let is = format!(
                "minimum {name} usage per Container is {}",
                text(name, least)
            );
            match (requests.get(name), limits.get(name)) {
                (None, _) => say(format!("{is}, and no request is specified")),
                (Some(asked), _) if asked < least => {
                    say(format!("{is}, but request is {}", text(name, asked)));
                }
                (_, Some(limit)) if limit < least => {
                    say(format!("{is}, but limit is {}", text(name, limit)));
                }
                _ => {}
            }
        }
        for (name, most) in bounds.max.iter() {
            let is = format!("maximum {name} usage per Container is {}", text(name, most));
            match (requests.get(name), limits.get(name)) {
                (_, Some(limit)) if limit > most => {
                    say(format!("{is}, but limit is {}", text(name, limit)));
                }
                (Some(asked), _) if asked > most => {
                    say(format!("{is}, but request is {}", text(name, asked)));
                }
                (_, None) => say(format!("{is}, and no limit is specified")),
                _ => {}
            }
        }
        for (name, most) in bounds.max_limit_request_ratio.iter() {
            let is = format!(
                "{name} max limit to request ratio per Container is {}",
                text(name, most)
            );
            let positive = |amount: Option<Exact>| amount.filter(|it| *it > Exact::default());
            match (positive(requests.get(name)), positive(limits.get(name))) {
                (None, _) => say(format!("{is}, but no request is specified or request is 0")),
                (_, None) => say(format!("{is}, but no limit is specified or limit is 0")),
                (Some(asked), Some(limit)) if limit.exceeds_times(asked, most) => {
                    say(format!(
                        "{is}, but request is {} and limit is {}",
                        text(name, asked),
                        text(name, limit)
                    ));
                }
                _ => {}
            }
        }
    }
}

fn of_pod(requests: &ResourceList, bounds: &LimitRangeItem, all: &mut Vec<String>) {
    for (name, most) in bounds.max.iter() {
        if let Some(asked) = requests.get(name).filter(|asked| *asked > most) {
            all.push(format!(
                "maximum {name} usage per Pod is {}, but request is {}",
                text(name, most),
                text(name, asked)
            ));
        }
    }
    for (name, least) in bounds.min.iter() {
        if let Some(asked) = requests.get(name).filter(|asked| *asked < least) {
            all.push(format!(
                "minimum {name} usage per Pod is {}, but request is {}",
                text(name, least),
                text(name, asked)
            ));
        }
    }
}

/// A quantity for people.
fn text(name: &str, amount: Exact) -> String {
    let mut one = ResourceList::default();
    one.set(name, amount);
    amount_text(name, one.rounded().get(name))
}
