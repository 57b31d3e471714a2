//! A case in a form that can be read: what is given, what the controller did, and what the planner
//! says.

use std::fmt::Write;

use daemonset::Planner;
use daemonset::api::{ConditionType, ControllerRevision, DaemonSet, Node, ObjectMeta, Pod};
use daemonset::matching::Selector;
use daemonset::rollout::Strategy;
use daemonset::view::PodView;
use daemonset_testkit::World;
use daemonset_testkit::conformance::Case;
use serde_json::Value;

use super::plans::snapshot;

/// A single rule: the fields of its input, and the recorded answer.
pub fn rule(case: &Case) -> String {
    let mut text = format!("{}\ngiven\n", case.name);
    match &case.json["in"] {
        Value::Object(fields) => fields
            .iter()
            .for_each(|(name, value)| line(&mut text, format_args!("{name} {value}"))),
        other => line(&mut text, format_args!("{other}")),
    }
    let _ = write!(text, "then the controller says\n  {}", case.json["out"]);
    text
}

/// A whole round.
pub fn round(case: &Case) -> String {
    let world = snapshot(&case.json);
    let World {
        set,
        nodes,
        pods,
        revisions,
        now,
        ..
    } = &world;
    let mut text = format!("{}\ngiven, at {now}\n", case.name);
    describe_set(&mut text, set);
    for node in nodes {
        describe_node(&mut text, node);
    }
    for pod in pods {
        describe_pod(&mut text, set, pod);
    }
    for revision in revisions {
        describe_revision(&mut text, set, revision);
    }
    text.push_str("when a round is made, then the controller\n");
    let recorded = case.json["expected"].as_object().into_iter().flatten();
    for (field, value) in recorded {
        let is_empty = value.as_array().is_some_and(Vec::is_empty);
        let is_nothing = value["count"] == 0;
        if !is_empty && !is_nothing {
            line(&mut text, format_args!("{field} {value}"));
        }
    }
    text.push_str("and the planner\n");
    match world.try_planner() {
        None => line(&mut text, format_args!("the selector does not parse")),
        Some(planner) => {
            let cluster = world.cluster();
            let plan = planner.plan(&cluster);
            line(&mut text, format_args!("outcome {:?}", plan.outcome));
            for (node, verdict) in cluster.nodes().iter().zip(&plan.verdicts) {
                let name = &node.metadata.name;
                line(&mut text, format_args!("verdict on {name}: {verdict:?}"));
            }
            if let Some(budget) = plan.budget {
                line(&mut text, format_args!("{budget:?}"));
            }
            for action in &plan.actions {
                line(&mut text, format_args!("{action}"));
            }
            let status = serde_json::json!(plan.status);
            line(&mut text, format_args!("status {status}"));
        }
    }
    text
}

fn line(text: &mut String, fact: std::fmt::Arguments<'_>) {
    let _ = writeln!(text, "  {fact}");
}

fn describe_set(text: &mut String, set: &DaemonSet) {
    let ObjectMeta {
        namespace,
        name,
        generation,
        ..
    } = &set.metadata;
    line(
        text,
        format_args!("DaemonSet {namespace}/{name}, generation {generation}"),
    );
    match Selector::new(set.spec.selector.as_ref()) {
        Ok(selector) => line(text, format_args!("  selector {selector}")),
        Err(error) => line(text, format_args!("  selector: {error}")),
    }
    let strategy = match Strategy::new(&set.spec) {
        Strategy::OnDelete => "OnDelete".to_owned(),
        Strategy::RollingUpdate {
            max_unavailable,
            max_surge,
        } => {
            format!("RollingUpdate, maxUnavailable {max_unavailable}, maxSurge {max_surge}")
        }
    };
    line(text, format_args!("  {strategy}"));
    let (ready, limit) = (
        set.spec.min_ready_seconds,
        set.spec.revision_history_limit.unwrap_or(10),
    );
    line(
        text,
        format_args!("  minReadySeconds {ready}, revisionHistoryLimit {limit}"),
    );
    for (key, value) in &set.metadata.annotations {
        line(text, format_args!("  annotation {key}={value}"));
    }
    if set.metadata.is_terminating() {
        line(text, format_args!("  terminating"));
    }
    let template = serde_json::json!(set.spec.template);
    line(text, format_args!("  template {template}"));
    line(
        text,
        format_args!("  status {}", serde_json::json!(set.status)),
    );
}

fn describe_node(text: &mut String, node: &Node) {
    let labels: Vec<String> = node
        .metadata
        .labels
        .iter()
        .map(|(k, v)| format!("{k}={v}"))
        .collect();
    let taints: Vec<String> = node.spec.taints.iter().map(ToString::to_string).collect();
    let name = &node.metadata.name;
    line(
        text,
        format_args!(
            "node {name}: labels {}; taints {}",
            labels.join(","),
            taints.join(",")
        ),
    );
}

fn owner(set: &DaemonSet, meta: &ObjectMeta) -> &'static str {
    match meta.controller() {
        None => "an orphan",
        Some(owner) if owner.uid == set.metadata.uid => "owned",
        Some(_) => "another's",
    }
}

fn describe_pod(text: &mut String, set: &DaemonSet, pod: &Pod) {
    let ObjectMeta {
        namespace,
        name,
        labels,
        creation_timestamp,
        ..
    } = &pod.metadata;
    let place = match (pod.node_name(), pod.aimed_at()) {
        (Some(node), _) => format!("on {node}"),
        (None, Some(node)) => format!("aimed at {node}"),
        (None, None) => "nowhere".to_owned(),
    };
    let owner = owner(set, &pod.metadata);
    let created = creation_timestamp.map_or_else(String::new, |at| format!(", created {at}"));
    let labels: Vec<String> = labels.iter().map(|(k, v)| format!("{k}={v}")).collect();
    let ready = pod.condition(&ConditionType::Ready).map(|ready| {
        let since = ready.last_transition_time;
        let since = since.map_or_else(String::new, |since| format!(" since {since}"));
        format!(", ready {:?}{since}", ready.status)
    });
    let going = if pod.metadata.is_terminating() {
        ", terminating"
    } else {
        ""
    };
    line(
        text,
        format_args!(
            "pod {namespace}/{name} {place}: {owner}, {:?}{}{going}{created}; labels {}",
            pod.status.phase,
            ready.unwrap_or_default(),
            labels.join(","),
        ),
    );
}

fn describe_revision(text: &mut String, set: &DaemonSet, revision: &ControllerRevision) {
    let ObjectMeta {
        namespace, name, ..
    } = &revision.metadata;
    let owner = owner(set, &revision.metadata);
    let labels: Vec<String> = revision
        .metadata
        .labels
        .iter()
        .map(|(k, v)| format!("{k}={v}"))
        .collect();
    let planner = Planner::new(set).ok();
    let known = planner.map(|planner| planner.with_revisions([revision]));
    let is_current = known.is_some_and(|planner| planner.current_revision().name == *name);
    let template = if is_current {
        "the current template"
    } else {
        "another template"
    };
    line(
        text,
        format_args!(
            "revision {namespace}/{name}, number {}: {owner}, {template}; labels {}",
            revision.revision,
            labels.join(","),
        ),
    );
}
