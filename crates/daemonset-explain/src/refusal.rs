//! Pods that the controller does not get past the API server.

use std::collections::{BTreeMap, BTreeSet};

use daemonset::Action;
use daemonset::api::Timestamp;
use serde_json::Value;

use crate::evidence::{Event, Evidence, ResourceQuota};
use crate::finding::{Finding, Refusal, Symptom};
use crate::health::message;
use crate::round::Round;

/// How long an event is kept, in seconds; older ones tell of something that has passed.
///
/// Source: `--event-ttl` of the [API server](https://kubernetes.io/docs/reference/command-line-tools-reference/kube-apiserver/).
const EVENT_SECONDS: i64 = 3600;

/// That the pods which the round would create are refused, where events, namespaces, quotas or the
/// status that the controller wrote say so.
///
/// The controller creates pods before it writes its status. So a status of the newest spec that
/// counts pods as missing was written after a round that tried to create them, and what is still
/// missing was refused.
pub(crate) fn refusal(round: &Round<'_>) -> Option<Finding> {
    let nodes = created_on(round);
    if nodes.is_empty() {
        return None;
    }
    let evidence = round.evidence;
    let mut refusals = evidence.map_or_else(Vec::new, |evidence| of_surroundings(round, evidence));
    let (said, events) = said_by_events(round);
    if refusals.is_empty() && said.is_empty() && !was_tried(round) {
        return None;
    }
    if refusals.is_empty() {
        refusals.extend(said.iter().filter_map(|said| of_words(&said.symptom)));
    }
    if refusals.is_empty() && said.is_empty() {
        refusals.extend(of_template(round));
    }
    let set = &round.daemon_set().metadata;
    Some(Finding::Refused {
        nodes: nodes.into_iter().map(str::to_owned).collect(),
        said,
        refusals,
        last: events,
        namespace: set.namespace.clone(),
        name: set.name.clone(),
        is_first: round.view.nodes.iter().all(|node| node.pods.is_empty()),
    })
}

/// The nodes without any pod on which the round creates one.
fn created_on<'r>(round: &'r Round<'_>) -> BTreeSet<&'r str> {
    let created = round.pod_actions().filter_map(|action| match action {
        Action::CreatePod { node, .. } => Some(node.as_str()),
        _ => None,
    });
    let is_empty = |name: &&str| {
        let node = round.view.node(name);
        node.is_none_or(|node| node.pods.is_empty())
    };
    created.filter(is_empty).collect()
}

/// Whether the controller has tried to create the pods that are missing, as its status tells.
fn was_tried(round: &Round<'_>) -> bool {
    let set = round.daemon_set();
    let status = &set.status;
    let current = usize::try_from(status.current_number_scheduled).unwrap_or(0);
    let has_pod = round
        .view
        .nodes
        .iter()
        .filter(|node| node.state.counts.desired && !node.pods.is_empty());
    status.observed_generation > 0
        && status.observed_generation >= set.metadata.generation
        && status.desired_number_scheduled == round.view.plan.status.desired_number_scheduled
        && status.current_number_scheduled < status.desired_number_scheduled
        && has_pod.count() <= current
}

/// What events say about pods that could not be created, and when last.
fn said_by_events(round: &Round<'_>) -> (Vec<Symptom>, Option<Timestamp>) {
    let set = &round.daemon_set().metadata;
    let Some(evidence) = round.evidence else {
        return (Vec::new(), None);
    };
    let now = round.view.now;
    let is_recent = |event: &&Event| {
        let last = event.last.or(event.first);
        let is_of_set = event.regarding.uid.is_empty()
            || set.uid.is_empty()
            || *event.regarding.uid == *set.uid;
        &*event.reason == "FailedCreate"
            && is_of_set
            && last.is_none_or(|last| now.seconds_since(last) <= EVENT_SECONDS)
    };
    let events = evidence.events("DaemonSet", &set.namespace, &set.name);
    let mut counts: BTreeMap<String, (String, usize)> = BTreeMap::new();
    let mut newest = None;
    for event in events.iter().filter(is_recent) {
        let message = refused_for(&event.message);
        let count = usize::try_from(event.count).unwrap_or(1);
        let said = counts
            .entry(message::alike(&message, ""))
            .or_insert((message, 0));
        said.1 += count;
        newest = newest.max(event.last.or(event.first));
    }
    let mut said: Vec<Symptom> = counts
        .into_values()
        .map(|(symptom, pods)| Symptom { symptom, pods })
        .collect();
    said.sort_by_key(|said| std::cmp::Reverse(said.pods));
    (said, newest)
}

/// The reason in `Error creating: pods "agent-2r46b" is forbidden: exceeded quota: …`.
fn refused_for(message: &str) -> String {
    let message = message
        .strip_prefix("(combined from similar events): ")
        .unwrap_or(message);
    let message = message.strip_prefix("Error creating: ").unwrap_or(message);
    let reason = match message.split_once(" is forbidden: ") {
        Some((pods, reason)) if pods.starts_with("pods ") => reason,
        _ => message,
    };
    message::core(reason)
}

/// What kind of refusal the words of an event are about.
fn of_words(said: &str) -> Option<Refusal> {
    let after = |words: &str| {
        let rest = said.split_once(words)?.1;
        let end = rest.find([',', ' ', '"']).unwrap_or(rest.len());
        Some(rest[..end].to_owned())
    };
    if let Some(quota) = after("exceeded quota: ") {
        return Some(Refusal::Quota {
            quota,
            full: Vec::new(),
        });
    }
    if said.contains("failed quota: ") {
        return Some(Refusal::Quota {
            quota: after("failed quota: ")?.trim_end_matches(':').to_owned(),
            full: Vec::new(),
        });
    }
    if let Some(class) = after("no PriorityClass with name ") {
        return Some(Refusal::PriorityClass { class });
    }
    if said.contains("violates PodSecurity") {
        let level = after("violates PodSecurity \"").unwrap_or_default();
        return Some(Refusal::PodSecurity { level });
    }
    if said.contains("being terminated") {
        return Some(Refusal::NamespaceTerminating);
    }
    if said.contains("serviceaccount") && said.contains("not found") {
        return Some(Refusal::ServiceAccount {
            account: said.split('"').nth(1).unwrap_or_default().to_owned(),
        });
    }
    if said.contains("admission webhook") || said.contains("failed calling webhook") {
        let webhook = said.split('"').nth(1).unwrap_or_default().to_owned();
        return Some(Refusal::Webhook { webhook });
    }
    None
}

/// What the surroundings that were given say of pods of the set.
fn of_surroundings(round: &Round<'_>, evidence: &Evidence) -> Vec<Refusal> {
    let set = round.daemon_set();
    let namespace = &set.metadata.namespace;
    let mut all = Vec::new();
    if evidence
        .namespace(namespace)
        .is_some_and(|it| it.terminating)
    {
        all.push(Refusal::NamespaceTerminating);
    }
    let template = set.spec.template.as_json();
    let class = template
        .get("spec")
        .and_then(|spec| spec.get("priorityClassName")?.as_str());
    if let Some(class) = class.filter(|class| evidence.has_priority_class(class) == Some(false)) {
        all.push(Refusal::PriorityClass {
            class: class.to_owned(),
        });
    }
    all.extend(evidence.quotas(namespace).filter_map(full));
    all
}

/// What the template brings that only a class may give.
///
/// A default class may give the same priority or policy: it explains a refusal, and shows none.
fn of_template(round: &Round<'_>) -> Vec<Refusal> {
    let template = round.daemon_set().spec.template.as_json();
    let Some(spec) = template.get("spec") else {
        return Vec::new();
    };
    let lacks = |class: &str| {
        let name = spec.get(class).and_then(Value::as_str);
        name.unwrap_or_default().is_empty()
    };
    let is_priority = spec
        .get("priority")
        .and_then(Value::as_i64)
        .is_some_and(|it| it != 0);
    let is_policy = spec
        .get("preemptionPolicy")
        .and_then(Value::as_str)
        .is_some_and(|it| !matches!(it, "" | "PreemptLowerPriority"));
    let is_overhead = spec
        .get("overhead")
        .and_then(Value::as_object)
        .is_some_and(|it| !it.is_empty());
    let fields = [
        (is_priority, "priority", "priorityClassName"),
        (is_policy, "preemptionPolicy", "priorityClassName"),
        (is_overhead, "overhead", "runtimeClassName"),
    ];
    let refused = fields
        .into_iter()
        .filter(|(is_given, _, class)| *is_given && lacks(class));
    refused
        .map(|(_, field, class)| Refusal::TemplateField {
            field: field.to_owned(),
            class: class.to_owned(),
        })
        .collect()
}

/// That no pod more fits into a quota, as far as its count of pods says.
fn full(quota: &ResourceQuota) -> Option<Refusal> {
    let whole = |text: &str| text.parse::<i64>().ok();
    let mut full = Vec::new();
    for resource in ["pods", "count/pods"] {
        let hard = quota.hard.get(resource).and_then(|hard| whole(hard));
        let used = quota.used.get(resource).map_or(Some(0), |used| whole(used));
        if let Some((hard, used)) = hard.zip(used).filter(|(hard, used)| used >= hard) {
            full.push(format!("{resource} {used} of {hard}"));
        }
    }
    (!full.is_empty()).then(|| Refusal::Quota {
        quota: quota.name.to_string(),
        full,
    })
}
