//! Pods that the controller does not get past the API server.

use std::cell::LazyCell;
use std::collections::{BTreeMap, BTreeSet};

use daemonset::Action;
use daemonset::api::{PodTemplate, Timestamp};
use daemonset::fit::{Admission, Amounts};
use daemonset::revision::template_of;
use serde_json::Value;

use super::beside_refusal::{Meets, meets_level, notes};
use crate::admission::{self, asked, full, pod_security, priority_class};
use crate::cause::changes::Changes;
use crate::evidence::{Event, Evidence, ResourceQuota};
use crate::finding::{Finding, Refusal, Symptom, new_revision};
use crate::health::message;
use crate::round::{NodeSeen, Round};
use crate::signs::demanded::demanded;
use crate::words::list;

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
    // That pods beside old ones are missing, no status tells; and it may count what was just created as missing.
    let is_tried = || !was_refused_before(round, &events) && was_tried(round);
    if !is_told && (empty.is_empty() || !is_tried()) {
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
    let mut around = notes(round, &refusals, meets);
    if said.is_empty() && refusals.is_empty() && quoted.is_empty() {
        around.extend(changes.and_then(suspected));
    }
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

/// The controller tries again after a quarter of an hour at the latest: what is not refused again within this time was not
/// tried, or is there.
const TRIES_AGAIN: i64 = 1200;

fn was_refused_before(round: &Round<'_>, events: &SaidByEvents<'_>) -> bool {
    let last = events.before.iter().filter_map(|event| event.time()).max();
    last.is_some_and(|last| round.view.now.seconds_since(last) <= TRIES_AGAIN)
}

/// That pods of the template before were refused, where those of the present one are still to be created.
pub(super) fn refused_before(round: &Round<'_>) -> Option<Finding> {
    let events = said_by_events(round);
    if !events.said.is_empty() || !was_refused_before(round, &events) {
        return None;
    }
    let words = events
        .before
        .iter()
        .map(|event| refused_for(&event.message));
    let words: BTreeSet<String> = words.map(message::core).collect();
    let current = round.planner.current_revision();
    Some(Finding::RefusedBefore {
        said: (words.into_iter())
            .map(|symptom| Symptom { symptom, pods: 0 })
            .collect(),
        last: events.before.iter().filter_map(|event| event.time()).max(),
        revision: round.planner.knows_revisions().then_some(current.revision),
    })
}

/// Whether the words of an event are about a pod of the template before: about what an older revision asks for and the present
/// one does not, or, where the newest revision is one that was come back to, about what began with the one before.
fn is_before(round: &Round<'_>, event: &Event, older: &[PodTemplate]) -> bool {
    let words = refused_for(&event.message);
    let set = round.daemon_set();
    let now = set.spec.template.spec_as_json();
    let only_older = |field: &str, name: &str| {
        let asks = |spec: &Value| spec[field] == name;
        !asks(now) && older.iter().any(|it| asks(it.spec_as_json()))
    };
    match of_words(round, words) {
        Some(Refusal::PriorityClass { class, .. }) => only_older("priorityClassName", &class),
        Some(Refusal::RuntimeClass { class }) => only_older("runtimeClassName", &class),
        Some(Refusal::ServiceAccount { account }) => {
            let name = account.rsplit('/').next().unwrap_or_default();
            only_older("serviceAccountName", name)
        }
        Some(Refusal::Quota { .. }) => quota_of_words(words).is_some_and(|quota| {
            let refuses = |template: &PodTemplate| {
                let asked = asked(template, &set.metadata.namespace, &Admission::default());
                full(&quota, &asked).is_some()
            };
            !refuses(&set.spec.template) && older.iter().any(refuses)
        }),
        Some(refusal) if !is_of_template(&refusal) => false,
        _ => begins_before(round, event),
    }
}

/// The templates of the older revisions that were given.
fn older_templates(round: &Round<'_>) -> Vec<PodTemplate> {
    let current = &round.planner.current_revision().name;
    let older = (round.own_revisions()).filter(|revision| revision.metadata.name != *current);
    older
        .filter_map(|revision| template_of(revision).ok())
        .collect()
}

/// Whether an event began with the revision before, from which the rollout came back to an older one, whose pods are there.
pub(super) fn begins_before(round: &Round<'_>, event: &Event) -> bool {
    let current = round.planner.current_revision();
    let before = round
        .own_revisions()
        .filter(|revision| revision.revision < current.revision)
        .max_by_key(|revision| revision.revision);
    let made_before = before.and_then(|it| it.metadata.creation_timestamp);
    let Some((made, made_before)) = round.current_revision_created().zip(made_before) else {
        return false;
    };
    let began = event.first.or(event.last);
    round.updated() > 0
        && made < made_before
        && began.is_some_and(|began| began.seconds_since(made_before) >= -BEFORE)
}

/// Whether a refusal is about the template alone.
fn is_of_template(refusal: &Refusal) -> bool {
    matches!(
        refusal,
        Refusal::Denied { .. }
            | Refusal::Unspecified { .. }
            | Refusal::LimitRange { .. }
            | Refusal::PodSecurity { .. }
            | Refusal::TemplateField { .. }
    )
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

/// How many suspected changes are told.
const NAMED: usize = 3;

/// What the revision changed that admission reads, where nothing tells why pods are refused.
fn suspected(changes: &Changes) -> Option<String> {
    const FIELDS: [&str; 4] = [
        ".serviceAccountName",
        ".priorityClassName",
        ".runtimeClassName",
        ".resources",
    ];
    let told = changes
        .told_where(|path| is_of_security(path) || FIELDS.iter().any(|field| path.contains(field)));
    (!told.is_empty()).then(|| {
        format!(
            "{} changed {}, which admission looks at: it may be that",
            new_revision(changes.revision, None),
            list(&told, NAMED)
        )
    })
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
fn begins_with_it(round: &Round<'_>, events: &SaidByEvents<'_>, refusals: &[Refusal]) -> bool {
    let mut nodes = round.view.nodes.iter();
    let has_old = nodes.any(NodeSeen::runs_old);
    let since = events.first.zip(round.current_revision_created());
    let is_since = since.is_some_and(|(first, made)| first.seconds_since(made) >= -BEFORE);
    is_since && has_old && round.updated() == 0 && refusals.iter().all(is_of_template)
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
struct SaidByEvents<'e> {
    said: Vec<(String, usize)>,
    /// Those that are about pods of the template before.
    before: Vec<&'e Event>,
    first: Option<Timestamp>,
    last: Option<Timestamp>,
}

fn said_by_events<'r>(round: &'r Round<'_>) -> SaidByEvents<'r> {
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
    let older = LazyCell::new(|| older_templates(round));
    let (before, now): (Vec<&Event>, Vec<&Event>) = (events.iter())
        .filter(is_recent)
        .partition(|event| is_before(round, event, &older));
    for event in now {
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
        before,
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
