//! How the set is updated.

use serde_json::Value;

use super::template::{containers, list_in, pod_spec};
use super::{Cluster, Findings, Rule, some};
use crate::api::{DaemonSet, IntOrString};
use crate::rollout::Strategy;

const BUDGET: &str = "spec.updateStrategy.rollingUpdate";

pub(super) fn check(set: &DaemonSet, cluster: Option<&Cluster<'_>>, found: &mut Findings) {
    let strategy = Strategy::new(&set.spec);
    match &strategy {
        Strategy::RollingUpdate {
            max_unavailable,
            max_surge,
        } => {
            budget(&strategy, max_unavailable, max_surge, cluster, found);
            if strategy.surges() {
                host_ports(set, found);
            }
            unguarded(set, found);
        }
        Strategy::OnDelete => {
            if set.spec.update_strategy.rolling_update.is_some() {
                let type_ = &set.spec.update_strategy.type_;
                let message = format!("is not read: the strategy is {type_}");
                found.add(Rule::UnusedBudget, BUDGET, message);
            }
        }
    }
    if set.spec.revision_history_limit == Some(0) {
        found.add(
            Rule::NoHistory,
            "spec.revisionHistoryLimit",
            "no old revision is kept, so that there is nothing to roll back to",
        );
    }
}

fn budget(
    strategy: &Strategy,
    max_unavailable: &IntOrString,
    max_surge: &IntOrString,
    cluster: Option<&Cluster<'_>>,
    found: &mut Findings,
) {
    let field = format!("{BUDGET}.maxUnavailable");
    // Of a hundred nodes, only nothing at all comes to zero.
    let is_zero = |budget: &IntOrString| budget.scaled(100) == Ok(0);
    if is_zero(max_unavailable) && is_zero(max_surge) {
        found.add(
            Rule::NoBudget,
            field,
            "both budgets are zero: the API server refuses that, and the controller takes it for \
             maxUnavailable 1",
        );
        return;
    }
    let is_all = max_unavailable
        .scaled(100)
        .is_ok_and(|percent| matches!(max_unavailable, IntOrString::String(_)) && percent >= 100);
    if is_all {
        let message = format!(
            "{max_unavailable} of the pods may go at once: a broken version takes the daemon off \
             every node"
        );
        found.add(Rule::WholeSetAtOnce, field, message);
        return;
    }
    let desired = cluster.map_or(0, |cluster| cluster.run.len());
    if desired > 1
        && let Ok(Some(limits)) = strategy.limits(desired)
        && usize::try_from(limits.max_unavailable).is_ok_and(|limit| limit >= desired)
    {
        let message = format!(
            "{max_unavailable} is all of the {desired} nodes: a broken version takes the daemon off \
             every one of them"
        );
        found.add(Rule::WholeSetAtOnce, field, message);
    }
}

/// Ports of the host are taken as long as the old pod is there.
fn host_ports(set: &DaemonSet, found: &mut Findings) {
    let template = &set.spec.template;
    let host_network = template.spec().host_network;
    let mut ports = Vec::new();
    let mut first = None;
    for container in containers(template).iter().filter(|it| !it.is_init) {
        for (i, port) in list_in(Some(container.json), "ports").iter().enumerate() {
            let number = |field: &str| port.get(field).and_then(Value::as_i64).filter(|n| *n > 0);
            let host_port = number("hostPort").map(|number| ("hostPort", number));
            let of_host = host_network.then(|| number("containerPort")).flatten();
            let of_host = of_host.map(|number| ("containerPort", number));
            if let Some((field, number)) = host_port.or(of_host) {
                first.get_or_insert_with(|| format!("{}.ports[{i}].{field}", container.path));
                ports.push(number.to_string());
            }
        }
    }
    if let Some(field) = first {
        let why = if host_network {
            "the pods share the host's network"
        } else {
            "it is a port of the host"
        };
        let message = format!(
            "maxSurge wants a new pod beside the old one, which holds port {}: {why}, so the new pod \
             never starts",
            some(&ports)
        );
        found.add(Rule::HostPortWithSurge, field, message);
    }
}

/// A pod that is available the moment it starts stops no rollout.
fn unguarded(set: &DaemonSet, found: &mut Findings) {
    let template = &set.spec.template;
    let is_set = |value: &Value| !value.is_null();
    let all = containers(template);
    let mut running = all.iter().filter(|container| !container.is_init).peekable();
    let has_gates = !list_in(pod_spec(template), "readinessGates").is_empty();
    if set.spec.min_ready_seconds > 0 || has_gates || running.peek().is_none() {
        return;
    }
    if !running.any(|it| it.json.get("readinessProbe").is_some_and(is_set)) {
        found.add(
            Rule::UnguardedRollout,
            "spec.minReadySeconds",
            "no container has a readiness probe, and a pod counts as available once it has started: \
             a version that fails later rolls on over every node",
        );
    }
}
