//! What pods' words say is missing, with the commands that make it.

use serde_json::Value;

use super::command::namespace;
use super::untried::memory;
use super::{ContainerRepair, Fix, NodeRepair, Repair, create};
use crate::round::Round;
use crate::signs::missing::{Kind, Missing, missing};
use crate::signs::quoted::words;
use crate::stall::Said;

/// How many things are looked for in one message.
const MOST_TOGETHER: usize = 16;

/// What the words of a pod's failure ask for, with its commands.
pub(super) fn of_words(said: &Said<'_, '_>, round: &Round<'_>) -> Option<(Repair, Vec<String>)> {
    let set = round.daemon_set();
    let spec = set.spec.template.spec_as_json();
    let Some(missing) = missing(&words(round, said), spec) else {
        return memory(said, round);
    };
    let together = missing_together(&words(round, said), spec);
    if together.len() > 1 {
        let commands = together.iter().flat_map(|it| create::commands(it, set));
        let commands = commands.collect();
        let objects = together.iter().map(Missing::object).collect();
        let namespace = namespace(set);
        return Some((
            Repair::Container(ContainerRepair::Objects { objects, namespace }),
            commands,
        ));
    }
    let commands = create::commands(&missing, set);
    let repair = if missing.kind == Kind::Driver {
        Repair::Node(NodeRepair::Driver {
            driver: missing.names.concat(),
            nodes: vec![said.node.name.to_owned()],
        })
    } else {
        Repair::Container(ContainerRepair::Objects {
            objects: vec![missing.object()],
            namespace: namespace(set),
        })
    };
    Some((repair, commands))
}

/// What one message says is missing, each by itself: `[secret "a" not found, configmap "b" not found]`.
fn missing_together(words: &str, spec: &Value) -> Vec<Missing> {
    const MISSING: &str = "not found";
    let parts = words
        .split_inclusive(MISSING)
        .filter(|it| it.ends_with(MISSING));
    let mut all: Vec<Missing> = Vec::new();
    for found in parts
        .take(MOST_TOGETHER)
        .filter_map(|part| missing(part, spec))
    {
        if found.kind != Kind::Driver && !all.contains(&found) {
            all.push(found);
        }
    }
    all
}

/// What to create of what a pod's words say is missing.
pub(super) fn of_missing(said: &Said<'_, '_>, round: &Round<'_>) -> Vec<Fix> {
    let repair = of_words(said, round).into_iter();
    repair
        .map(|(repair, commands)| Fix::outside(repair, commands))
        .collect()
}
