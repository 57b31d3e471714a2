//! Pods that the controller does not get past the API server.

use std::collections::{BTreeMap, BTreeSet};

use daemonset::Action;
use daemonset::api::{PodTemplate, Timestamp};
use daemonset::fit::{Admission, Amounts};
use serde_json::Value;

use super::beside_refusal::{Meets, meets_level, notes};
use crate::admission::{self, asked, full, pod_security, priority_class};
use crate::cause::changes::Changes;
use crate::evidence::{Event, Evidence, ResourceQuota};
use crate::finding::{Finding, Refusal, Symptom};
use crate::health::message;
use crate::round::{NodeSeen, PodRevision, Round, staying_of};
use crate::signs::demanded::demanded;

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
    let (empty, beside) = created_on(round);
    if empty.is_empty() && beside.is_empty() {
        return None;
    }
    let evidence = round.evidence;
    let mut refusals = evidence.map_or_else(Vec::new, |evidence| of_surroundings(round, evidence));
    let events = said_by_events(round);
    let SaidByEvents { said, last, .. } = &events;
    let is_told = !refusals.is_empty() || !said.is_empty();
    // That pods beside old ones are missing, no status tells.
    if !is_told && (empty.is_empty() || !was_tried(round)) {
        return None;
    }
    let nodes: BTreeSet<&str> = if is_told {
        empty.union(&beside).copied().collect()
    } else {
        empty
    };
    if refusals.is_empty() {
        refusals.extend(said.iter().filter_map(|(said, _)| of_words(round, said)));
        refusals.dedup();
    }
    if refusals.is_empty() && said.is_empty() {
        // Whether the namespace is exempt is not known: that pods are missing shows that it is not.
        refusals.extend(evidence.and_then(|evidence| pod_security(round.daemon_set(), evidence)));
        refusals.extend(of_template(round));
    }
    let set = &round.daemon_set().metadata;
    let changes = Changes::of(round);
    let words = said.first().map_or("", |(words, _)| words);
    let quoted = (changes.into_iter()).flat_map(|changes| changes.told_if_quoted(words));
    let mut quoted: Vec<String> = quoted.collect();
    let meets = meets_level(round, &refusals);
    if let Some(changes) = changes {
        match before_quota(round, changes, &refusals, words) {
            Some(true) if quoted.is_empty() => {
                quoted = changes.told_where(|path| path.contains(".resources"));
            }
            // Its quota refuses a pod of the template before too.
            Some(false) => quoted.clear(),
            _ => {}
        }
        // What a policy demands, the template before lacks as well.
        let lacked = |template: &Value| demanded(words, template).0;
        let now = lacked(&Value::Object(
            round.daemon_set().spec.template.as_json().clone(),
        ));
        if !now.is_empty() && now == lacked(&changes.before) {
            quoted.clear();
        } else if quoted.is_empty() && now.is_empty() && begins_with_it(round, &events, &refusals) {
            quoted = changes.told_unless_started_anew(words);
        }
        match meets {
            Some(Meets::Neither) => quoted.clear(),
            Some(Meets::Before) if quoted.is_empty() => {
                quoted = changes.told_where(is_of_security);
            }
            _ => {}
        }
    }
    let around = notes(round, &refusals, meets);
    let said = said.iter().map(|(words, pods)| Symptom {
        symptom: message::core(words),
        pods: *pods,
    });
    Some(Finding::Refused {
        is_beside: nodes.iter().all(|node| beside.contains(node)),
        nodes: nodes.into_iter().map(str::to_owned).collect(),
        said: said.collect(),
        refusals,
        revision: changes
            .and_then(|changes| changes.revision)
            .filter(|_| !quoted.is_empty()),
        changes: quoted,
        notes: around,
        last: *last,
        namespace: set.namespace.clone(),
        name: set.name.clone(),
        is_first: round.view.nodes.iter().all(|node| node.pods.is_empty()),
    })
}

/// Whether Pod Security levels look at the field.
fn is_of_security(path: &str) -> bool {
    const FIELDS: [&str; 6] = [
        "ecurityContext",
        ".hostNetwork",
        ".hostPID",
        ".hostIPC",
        ".volumes",
        ".ports",
    ];
    FIELDS.iter().any(|field| path.contains(field))
}

/// Whether a quota that refuses a pod of the template for what it requests has room for one of the
/// template before; `None` where no quota is known to refuse it for that.
fn before_quota(
    round: &Round<'_>,
    changes: &Changes,
    refusals: &[Refusal],
    words: &str,
) -> Option<bool> {
    let namespace = &round.daemon_set().metadata.namespace;
    let names: Option<Vec<&str>> = (refusals.iter())
        .map(|refusal| match refusal {
            Refusal::Quota { quota, .. } => Some(quota.as_str()),
            _ => None,
        })
        .collect();
    let names = names?;
    let given = (round.evidence.into_iter()).flat_map(|evidence| evidence.quotas(namespace));
    let mut quotas: Vec<ResourceQuota> = given
        .filter(|quota| names.contains(&&*quota.name))
        .cloned()
        .collect();
    quotas.extend(quota_of_words(words));
    let asks = |template: &PodTemplate| asked(template, namespace, &Admission::default());
    let before = serde_json::from_value::<PodTemplate>(changes.before.clone());
    let before = asks(&before.ok()?);
    let after = asks(&round.daemon_set().spec.template);
    let refuses = |asked: &Amounts| quotas.iter().any(|quota| full(quota, asked).is_some());
    refuses(&after).then(|| !refuses(&before))
}

/// The quota that an event tells: `exceeded quota: compute, requested: requests.memory=1Gi, used:
/// requests.memory=768Mi, limited: requests.memory=1Gi`.
pub(crate) fn quota_of_words(words: &str) -> Option<ResourceQuota> {
    let (_, rest) = words.split_once("exceeded quota: ")?;
    let (name, rest) = rest.split_once(", requested: ")?;
    let (_, rest) = rest.split_once(", used: ")?;
    let (used, hard) = rest.split_once(", limited: ")?;
    let amounts = |text: &str| {
        let pairs = text.split(',').filter_map(|pair| pair.split_once('='));
        pairs
            .map(|(name, amount)| (Box::from(name.trim()), Box::from(amount.trim())))
            .collect()
    };
    Some(ResourceQuota {
        name: name.into(),
        hard: amounts(hard),
        used: amounts(used),
        ..ResourceQuota::default()
    })
}

/// The nodes on which the round creates a pod: those without any, and those that have old ones alone, as with surge.
fn created_on<'r>(round: &'r Round<'_>) -> (BTreeSet<&'r str>, BTreeSet<&'r str>) {
    let (mut empty, mut beside_old) = (BTreeSet::new(), BTreeSet::new());
    let created = round.pod_actions().filter_map(|action| match action {
        Action::CreatePod { node, .. } => Some(node.as_str()),
        _ => None,
    });
    for name in created {
        let pods = round.view.node(name).map(|node| &node.pods);
        match pods.filter(|pods| !pods.is_empty()) {
            None => empty.insert(name),
            Some(pods) => {
                pods.iter().all(|pod| pod.fact.version.is_old()) && beside_old.insert(name)
            }
        };
    }
    (empty, beside_old)
}

/// For so many seconds before a revision is known to have been made, its pods cannot have been refused; clocks differ.
const BEFORE: i64 = 60;

/// Whether pods are refused since the newest revision came, of which there is none yet, while pods of an older one are
/// there; not where what refuses them is known to have nothing to do with the template, or to refuse the old one too.
fn begins_with_it(round: &Round<'_>, events: &SaidByEvents, refusals: &[Refusal]) -> bool {
    let is_of_template = |refusal: &Refusal| {
        matches!(
            refusal,
            Refusal::Denied { .. }
                | Refusal::Unspecified { .. }
                | Refusal::LimitRange { .. }
                | Refusal::PodSecurity { .. }
                | Refusal::TemplateField { .. }
        )
    };
    let mut nodes = round.view.nodes.iter();
    let has_new = nodes.any(|node| staying_of(node, PodRevision::New).next().is_some());
    let mut nodes = round.view.nodes.iter();
    let has_old = nodes.any(NodeSeen::runs_old);
    let since = events.first.zip(round.current_revision_created());
    let is_since = since.is_some_and(|(first, made)| first.seconds_since(made) >= -BEFORE);
    is_since && has_old && !has_new && refusals.iter().all(is_of_template)
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

/// What events say about pods that could not be created, how often, when first and when last.
#[derive(Default)]
struct SaidByEvents {
    said: Vec<(String, usize)>,
    first: Option<Timestamp>,
    last: Option<Timestamp>,
}

fn said_by_events(round: &Round<'_>) -> SaidByEvents {
    let set = &round.daemon_set().metadata;
    let Some(evidence) = round.evidence else {
        return SaidByEvents::default();
    };
    let now = round.view.now;
    let is_recent = |event: &&Event| {
        let last = event.time();
        let is_of_set = event.regarding.uid.is_empty()
            || set.uid.is_empty()
            || *event.regarding.uid == *set.uid;
        &*event.reason == "FailedCreate"
            && is_of_set
            && last.is_none_or(|last| now.seconds_since(last) <= EVENT_SECONDS)
    };
    let events = evidence.events("DaemonSet", &set.namespace, &set.name);
    let mut counts: BTreeMap<String, (String, usize)> = BTreeMap::new();
    let (mut oldest, mut newest) = (None, None);
    for event in events.iter().filter(is_recent) {
        let message = refused_for(&event.message).to_owned();
        let count = usize::try_from(event.count).unwrap_or(1);
        let said = counts
            .entry(message::alike(&message, ""))
            .or_insert((message, 0));
        said.1 += count;
        newest = newest.max(event.time());
        oldest = oldest.into_iter().chain(event.first).min();
    }
    let mut said: Vec<(String, usize)> = counts.into_values().collect();
    said.sort_by_key(|(_, pods)| std::cmp::Reverse(*pods));
    SaidByEvents {
        said,
        first: oldest,
        last: newest,
    }
}

/// The reason in `Error creating: pods "agent-2r46b" is forbidden: exceeded quota: …`.
fn refused_for(message: &str) -> &str {
    let message = message
        .strip_prefix("(combined from similar events): ")
        .unwrap_or(message);
    let message = message.strip_prefix("Error creating: ").unwrap_or(message);
    match message.split_once(" is forbidden: ") {
        Some((pods, reason)) if pods.starts_with("pods ") => reason,
        _ => message,
    }
}

/// What a `LimitRange` says of what it limits.
const OF_LIMIT_RANGES: [&str; 3] = [
    " per Container is ",
    " per Pod is ",
    " per PersistentVolumeClaim is ",
];

/// What kind of refusal the words of an event are about.
fn of_words(round: &Round<'_>, said: &str) -> Option<Refusal> {
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
    if said.contains("insufficient quota to match these scopes") {
        let class = priority_class(round.daemon_set())
            .unwrap_or_default()
            .to_owned();
        return Some(Refusal::QuotaScope { class });
    }
    if said.contains("failed quota: ") {
        let resources = said
            .split_once("must specify ")
            .map_or("", |(_, rest)| rest);
        let resources = resources
            .split("; ")
            .filter_map(|part| part.split(" for: ").next());
        return Some(Refusal::Unspecified {
            quota: after("failed quota: ")?.trim_end_matches(':').to_owned(),
            resources: resources
                .flat_map(|part| part.split(','))
                .map(|it| it.trim().to_owned())
                .filter(|it| !it.is_empty())
                .collect(),
        });
    }
    if OF_LIMIT_RANGES.iter().any(|words| said.contains(words)) {
        return Some(Refusal::LimitRange { said: Vec::new() });
    }
    if let Some(class) = after("no PriorityClass with name ") {
        return Some(Refusal::PriorityClass { class, near: None });
    }
    if let Some((_, rest)) = said.split_once("RuntimeClass \"")
        && let Some((class, rest)) = rest.split_once('"')
        && rest.trim_start().starts_with("not found")
    {
        let class = class.to_owned();
        return Some(Refusal::RuntimeClass { class });
    }
    // As the priority admission controller says it of a template that names a class, too.
    let of_class = [
        ("integer value of priority (", "priority"),
        ("string value of PreemptionPolicy (", "preemptionPolicy"),
    ];
    let spec = round.daemon_set().spec.template.spec_as_json();
    let field = of_class
        .into_iter()
        .find(|(words, field)| said.contains(words) && !spec[*field].is_null());
    if let Some((_, field)) = field {
        return Some(Refusal::TemplateField {
            field: field.to_owned(),
            class: "priorityClassName".to_owned(),
        });
    }
    if said.contains("violates PodSecurity") {
        let level = after("violates PodSecurity \"").unwrap_or_default();
        return Some(Refusal::PodSecurity {
            level,
            violated: Vec::new(),
        });
    }
    if said.contains("being terminated") {
        return Some(Refusal::NamespaceTerminating);
    }
    if said.contains("serviceaccount") && said.contains("not found") {
        return Some(Refusal::ServiceAccount {
            account: said.split('"').nth(1).unwrap_or_default().to_owned(),
        });
    }
    let named = |quote: char| said.split(quote).nth(1).unwrap_or_default().to_owned();
    if said.contains("admission webhook \"") && said.contains("denied the request") {
        return Some(Refusal::Denied {
            denied_by: format!("admission webhook {}", named('"')),
        });
    }
    if said.contains("failed calling webhook") || said.contains("admission webhook") {
        // `Post "https://SERVICE.NAMESPACE.svc:443/…"`
        let host = said
            .split_once("https://")
            .and_then(|(_, url)| url.split_once(".svc"));
        let host = host.and_then(|(host, _)| host.split_once('.'));
        let (service, namespace) = host.unzip();
        return Some(Refusal::Webhook {
            webhook: named('"'),
            namespace: namespace.map(str::to_owned),
            service: service.map(str::to_owned),
            is_of_certificate: said.contains("x509: "),
        });
    }
    if said.contains("ValidatingAdmissionPolicy '") {
        return Some(Refusal::Denied {
            denied_by: format!("ValidatingAdmissionPolicy {}", named('\'')),
        });
    }
    None
}

/// What the surroundings that were given say of pods of the set.
fn of_surroundings(round: &Round<'_>, evidence: &Evidence) -> Vec<Refusal> {
    let set = round.daemon_set();
    let namespace = &set.metadata.namespace;
    let mut all = admission::of_template(set, evidence);
    let asked = asked(&set.spec.template, namespace, &Admission::default());
    // Which pods a quota with scopes counts is not looked at.
    let quotas = evidence.quotas(namespace).filter(|quota| !quota.scoped);
    all.extend(quotas.filter_map(|quota| full(quota, &asked)));
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
