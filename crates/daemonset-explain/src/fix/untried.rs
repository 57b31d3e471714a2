//! Patches of the template that are offered without having been tried: no copy shows whether they are
//! enough.

use daemonset::api::DaemonSet;
use serde_json::json;

use super::command::{patch_pods, word};
use super::{Caution, Fix, Repair};
use crate::health::PodProblem;
use crate::round::Round;
use crate::signs::start_time::StartTime;
use crate::stall::Stalls;
use crate::template::{list_of, memory_limit};

/// How many nodes or containers are named.
const NAMED: usize = 3;

/// More memory for a container that is killed at its limit again and again.
pub(super) fn more_memory(container: &str, set: &DaemonSet) -> Option<Fix> {
    let (repair, commands) = memory_of(container, set)?;
    Some(Fix::outside(repair, commands))
}

/// What a container needs that is killed at its memory limit, with the command.
pub(super) fn memory(problem: &PodProblem, set: &DaemonSet) -> Option<(Repair, Vec<String>)> {
    problem.last_end().filter(|end| end.reason == "OOMKilled")?;
    memory_of(problem.container()?, set)
}

fn memory_of(container: &str, set: &DaemonSet) -> Option<(Repair, Vec<String>)> {
    let template = serde_json::Value::Object(set.spec.template.as_json().clone());
    let limit = memory_limit(&template, container)?;
    let command = doubled(&limit).and_then(|doubled| {
        let resources = json!({"limits": {"memory": doubled}});
        let list = list_of(&template["spec"], container)?;
        let container = json!({"name": container, "resources": resources});
        Some(patch_pods(set, &json!({list: [container]})))
    });
    let container = container.to_owned();
    let repair = Repair::Memory { container, limit };
    Some((repair, command.into_iter().collect()))
}

/// Twice an amount, in its unit.
fn doubled(amount: &str) -> Option<String> {
    let end = amount
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(amount.len());
    let (number, unit) = amount.split_at(end);
    let doubled = number.parse::<u64>().ok()?.checked_mul(2)?;
    Some(format!("{doubled}{unit}"))
}

/// The highest value that a PriorityClass of users may have.
///
/// Source: [PriorityClass](https://kubernetes.io/docs/concepts/scheduling-eviction/pod-priority-preemption/#priorityclass).
const HIGHEST: i32 = 1_000_000_000;

/// A priority above that of the pods that take the place of the set's on these nodes.
pub(super) fn priority(nodes: &[String], round: &Round<'_>) -> Fix {
    let set = round.daemon_set();
    let class = format!("{}-priority", set.metadata.name);
    let pods = round.cluster.pods().iter();
    let there = pods.filter(|pod| nodes.contains(&pod.spec.node_name));
    let of_users = there
        .filter_map(|pod| Some(round.said_by(pod)?.spec.priority))
        .filter(|it| *it < HIGHEST);
    let value = of_users
        .max()
        .map(|highest| highest.max(0).saturating_add(1).min(HIGHEST));
    let written = value.map_or_else(|| "VALUE".to_owned(), |value| value.to_string());
    let mut commands = vec![
        format!("kubectl create priorityclass {class} --value={written}"),
        patch_pods(set, &json!({"priorityClassName": class})),
    ];
    if value.is_none() {
        let of_nodes = nodes.iter().take(NAMED).map(|node| {
            format!(
                "kubectl get pods -A --field-selector spec.nodeName={} -o \
                 custom-columns=NAME:.metadata.name,PRIORITY:.spec.priority",
                word(node)
            )
        });
        commands.splice(0..0, of_nodes);
    }
    let nodes = nodes.to_vec();
    let mut fix = Fix::outside(
        Repair::Priority {
            class,
            value,
            nodes,
        },
        commands,
    );
    fix.cautions.push(Caution::ReplacesPods);
    fix
}

/// Longer to start for containers that a probe has killed before they had, each once.
pub(super) fn longer_to_start(stalls: &Stalls<'_, '_>, round: &Round<'_>) -> Vec<Fix> {
    let failing = stalls.all_failing();
    let mut times: Vec<StartTime> = Vec::new();
    for time in failing.filter_map(|said| StartTime::of(round, said)) {
        if !times.iter().any(|known| known.container == time.container) {
            times.push(time);
        }
    }
    let fixes = times.iter().take(NAMED).map(|time| {
        let repair = Repair::StartTime {
            container: time.container.clone(),
            allowed: time.sum.clone(),
            killed_after: time.killed_after,
            has_startup: time.is_startup,
            threshold: time.threshold,
            then: time.then,
        };
        let command = patch_pods(round.daemon_set(), &time.patch());
        let mut fix = Fix::outside(repair, vec![command]);
        fix.cautions.push(Caution::ReplacesPods);
        fix
    });
    fixes.collect()
}
