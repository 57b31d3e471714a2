//! What is wrong with a policy, field by field.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::data::{Policy, Wave};
use crate::api::{IntOrString, LabelSelector};
use crate::matching::Selector;
use crate::matching::names::is_qualified_name;

/// A field of a policy that is wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[non_exhaustive]
pub struct PolicyFault {
    /// The field, such as `waves[0].percent`.
    pub path: String,
    /// What is wrong.
    pub message: String,
}

impl fmt::Display for PolicyFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.path, self.message)
    }
}

/// Everything that is wrong, in the order of the fields.
pub(super) fn faults(policy: &Policy) -> Vec<PolicyFault> {
    let mut found = Found(Vec::new());
    found.selector("nodes", policy.nodes.as_ref());
    found.amount("keepOld", policy.keep_old.as_ref(), Least::Zero);
    if let Some(canary) = &policy.canary {
        found.selector("canary.nodes", canary.nodes.as_ref());
        found.amount("canary.count", Some(&canary.count), Least::One);
        found.key("canary.spreadBy", canary.spread_by.as_deref());
    }
    for (at, wave) in policy.waves.iter().enumerate() {
        found.wave(&format!("waves[{at}]"), wave);
    }
    let names = policy.waves.iter().enumerate();
    for (at, wave) in names.filter(|(_, wave)| !wave.name.is_empty()) {
        let mut before = policy.waves.iter().take(at);
        if before.any(|other| other.name == wave.name) {
            let message = format!("expected a name of its own, found {:?} again", wave.name);
            found.push(&format!("waves[{at}].name"), message);
        }
    }
    if let Some(per_topology) = &policy.per_topology {
        found.key("perTopology.key", Some(&per_topology.key));
        if per_topology.max == 0 {
            found.push("perTopology.max", "expected at least 1, found 0".to_owned());
        }
    }
    if policy
        .stop
        .as_ref()
        .is_some_and(|stop| stop.max_failures == 0)
    {
        found.push(
            "stop.maxFailures",
            "expected at least 1, found 0".to_owned(),
        );
    }
    found.0
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Least {
    Zero,
    One,
}

struct Found(Vec<PolicyFault>);

impl Found {
    fn push(&mut self, path: &str, message: String) {
        self.0.push(PolicyFault {
            path: path.to_owned(),
            message,
        });
    }

    fn selector(&mut self, path: &str, selector: Option<&LabelSelector>) {
        if let Some(selector) = selector
            && let Err(error) = Selector::new(Some(selector))
        {
            let message = error.to_string();
            let (inner, message) = message.split_once(": ").unwrap_or(("", &message));
            let inner = inner.strip_prefix("spec.selector").unwrap_or(inner);
            self.push(&format!("{path}{inner}"), message.to_owned());
        }
    }

    fn key(&mut self, path: &str, key: Option<&str>) {
        if let Some(key) = key.filter(|key| !is_qualified_name(key)) {
            self.push(path, format!("expected the key of a label, found {key:?}"));
        }
    }

    fn amount(&mut self, path: &str, amount: Option<&IntOrString>, least: Least) {
        let Some(amount) = amount else { return };
        let number = match amount {
            IntOrString::Int(number) => Some(i64::from(*number)),
            IntOrString::String(_) => amount.percent().filter(|percent| *percent <= 100),
        };
        let least = i64::from(least == Least::One);
        match number {
            None => self.push(
                path,
                format!("expected a number or a percentage up to 100%, found {amount}"),
            ),
            Some(number) if number < least => {
                self.push(path, format!("expected at least {least}, found {amount}"));
            }
            Some(_) => {}
        }
    }

    fn wave(&mut self, path: &str, wave: &Wave) {
        let field = |name: &str| format!("{path}.{name}");
        self.selector(&field("nodes"), wave.nodes.as_ref());
        self.key(&field("topologyKey"), wave.topology_key.as_deref());
        if let Some(percent) = &wave.percent {
            if percent.percent().is_none() {
                let message = format!("expected a percentage such as 20%, found {percent}");
                self.push(&field("percent"), message);
            } else {
                self.amount(&field("percent"), Some(percent), Least::One);
            }
        }
        let max_unavailable = wave.max_unavailable.as_ref();
        self.amount(&field("maxUnavailable"), max_unavailable, Least::One);
        let given = [
            wave.nodes.is_some(),
            wave.topology_key.is_some(),
            wave.percent.is_some(),
        ];
        if given.into_iter().filter(|given| *given).count() != 1 {
            let message = "expected one of nodes, topologyKey and percent".to_owned();
            self.push(path, message);
        }
    }
}
