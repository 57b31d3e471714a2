//! What has to be repaired where the API server refuses pods.

use std::collections::BTreeSet;

use daemonset::api::DaemonSet;
use daemonset::fit::amount_text;
use daemonset::round::NodeInRound;
use serde_json::{Map, Value, json};

use super::asked::shown;
use super::command::{target, word};
use super::requests::{given, is_guess};
use super::{AdmissionRepair, Caution, Fix, Repair, create};
use crate::admission::{amount, forbidden};
use crate::finding::{Refusal, Symptom};
use crate::health::is_of_network;
use crate::known::denial;
use crate::round::Round;
use crate::signs::asked_pods::AskedPods;
use crate::signs::demanded::{Act, demanded};
use crate::template::brings_pod_network;
use crate::template::containers;

/// How many containers are told what a `LimitRange` allows.
const MOST_COMMANDS: usize = 3;

/// How a `LimitRange` says what it limits.
const PER_CONTAINER: &str = " usage per Container is ";

/// What to do about each refusal, of which so many pods are missing; `describe` shows the set's events, where they were not given.
pub(super) fn of_refusals(
    (refusals, missing): (&[Refusal], usize),
    namespace: &str,
    describe: &str,
    said: &[Symptom],
    round: &Round<'_>,
) -> Vec<Fix> {
    let namespace = match namespace {
        "" => "default",
        namespace => namespace,
    };
    let fixes = refusals.iter().map(|refusal| {
        if let Refusal::Denied { denied_by } = refusal {
            return of_denial(denied_by, said, describe, round);
        }
        let command =
            command(refusal, namespace, said, round).unwrap_or_else(|| describe.to_owned());
        let raised = raised(refusal, namespace, missing, said);
        // A count of pods has room for the new one as soon as the old one is gone.
        let only_missing = raised
            .as_ref()
            .filter(|it| it.contains(" patch ") && !it.contains("pods\""));
        let only_missing = only_missing.map(|_| Caution::OnlyMissing {
            pods: missing,
            more_follow: round.view.nodes.iter().any(NodeInRound::runs_old),
        });
        let within = match refusal {
            Refusal::LimitRange { .. } => within_limits(said, round.daemon_set()),
            _ => Vec::new(),
        };
        let waits = waits_for_network(refusal, round);
        let commands = configuration(refusal, waits)
            .into_iter()
            .chain(behind(refusal, round))
            .chain([command])
            .chain(raised)
            .chain(within)
            .collect();
        let mut fix = Fix::outside(repair(refusal, namespace, waits, round), commands);
        fix.cautions.extend(only_missing);
        fix
    });
    let mut fixes: Vec<Fix> = fixes.collect();
    if fixes.is_empty() {
        let (repair, command) = if said.is_empty() {
            (
                Repair::Admission(AdmissionRepair::Refusal),
                describe.to_owned(),
            )
        } else {
            let edit = format!("kubectl edit {}", target(round.daemon_set()));
            (Repair::Admission(AdmissionRepair::RefusalSaid), edit)
        };
        fixes.push(Fix::outside(repair, vec![command]));
    }
    fixes
}

/// What a policy demands, by its own words, and the commands that let the template have that.
fn of_denial(by: &str, said: &[Symptom], describe: &str, round: &Round<'_>) -> Fix {
    let name = by.rsplit(' ').next().unwrap_or(by);
    let words = said.iter().find(|it| it.symptom.contains(name));
    let words = words.map_or("", |it| it.symptom.as_str());
    let set = round.daemon_set();
    let template = Value::Object(set.spec.template.as_json().clone());
    let (demands, acts) = demanded(words, &template);
    let mut commands: Vec<String> = acts.iter().map(|act| act_command(act, set)).collect();
    commands.dedup();
    if commands.is_empty() {
        commands.push(policy(by, words).unwrap_or_else(|| describe.to_owned()));
        commands.extend(binding(words));
    }
    let by = by.to_owned();
    Fix::outside(
        Repair::Admission(AdmissionRepair::Denied { by, demands }),
        commands,
    )
}

/// The command that does it.
fn act_command(act: &Act, set: &DaemonSet) -> String {
    let target = target(set);
    match act {
        Act::Resources { container, options } => {
            format!(
                "kubectl set resources {target} -c {}{options}",
                word(container)
            )
        }
        Act::Images(images) => {
            let images =
                (images.iter()).map(|(name, image)| format!(" {}={}", word(name), word(image)));
            format!("kubectl set image {target}{}", images.collect::<String>())
        }
        Act::Patch(template) => {
            let patch = json!({"spec": {"template": template}}).to_string();
            format!("kubectl patch {target} -p {}", word(&patch))
        }
        Act::Edit => format!("kubectl edit {target}"),
    }
}

/// The command that shows the policy that the words name.
fn policy(by: &str, words: &str) -> Option<String> {
    if let Some(policy) = by.strip_prefix("ValidatingAdmissionPolicy ") {
        return Some(format!(
            "kubectl get validatingadmissionpolicy {} -o yaml",
            word(policy)
        ));
    }
    if by.contains("gatekeeper") {
        return Some("kubectl get constraints".to_owned());
    }
    let policy = denial::policy(words).filter(|_| by.contains("kyverno"))?;
    Some(format!(
        "kubectl get clusterpolicies.kyverno.io {} -o yaml",
        word(policy)
    ))
}

/// The command that shows for what a policy holds: `… with binding 'no-host-root-prod' denied request`.
fn binding(words: &str) -> Option<String> {
    let (_, rest) = words.split_once(" with binding '")?;
    let (binding, _) = rest.split_once('\'')?;
    Some(format!(
        "kubectl get validatingadmissionpolicybinding {} -o yaml",
        word(binding)
    ))
}

/// The command that finds the configuration of a webhook, by its name, where it is that which is to be changed.
fn configuration(refusal: &Refusal, is_of_circle: bool) -> Option<String> {
    let Refusal::Webhook {
        webhook,
        is_of_certificate,
        ..
    } = refusal
    else {
        return None;
    };
    if !is_of_certificate && !is_of_circle {
        return None;
    }
    Some(format!(
        "kubectl get mutatingwebhookconfigurations,validatingwebhookconfigurations -o \
         'custom-columns=KIND:.kind,NAME:.metadata.name,WEBHOOKS:.webhooks[*].name' | grep -F {}",
        word(webhook)
    ))
}

/// The command that shows why the first of the pods behind a webhook is not ready, where none is.
fn behind(refusal: &Refusal, round: &Round<'_>) -> Option<String> {
    let Refusal::Webhook {
        namespace: Some(namespace),
        service: Some(service),
        ..
    } = refusal
    else {
        return None;
    };
    let found = AskedPods::of_webhook(round, namespace, service)?;
    Some(shown(&found))
}

/// The level that namespaces may enforce so that pods of the template are taken, as far as that is looked at.
fn level_met(level: &str, said: &[Symptom], round: &Round<'_>) -> &'static str {
    // What only baseline forbids, as the API server says it: `host namespaces`, `hostPath volumes`, `hostPort`.
    const OF_BASELINE: [&str; 8] = [
        "host",
        "privileged (",
        "non-default capabilities",
        "sysctl",
        "AppArmor",
        "seLinux",
        "procMount",
        "Process",
    ];
    let is_of_baseline = |it: &Symptom| OF_BASELINE.iter().any(|words| it.symptom.contains(words));
    let spec = round.daemon_set().spec.template.spec_as_json();
    let meets_baseline = level.starts_with("restricted")
        && forbidden("baseline", spec).is_empty()
        && !said.iter().any(is_of_baseline);
    if meets_baseline {
        "baseline"
    } else {
        "privileged"
    }
}

/// The command that raises a quota so far that the pods which are missing fit: by what it says itself is used up, or else
/// by the API server's words.
fn raised(refusal: &Refusal, namespace: &str, missing: usize, said: &[Symptom]) -> Option<String> {
    let Refusal::Quota { quota, full } = refusal else {
        return None;
    };
    let missing = i128::try_from(missing).ok()?;
    let own: Option<Map<String, Value>> = full.iter().map(|it| enough(it, missing)).collect();
    let words = said.iter().map(|it| it.symptom.as_str());
    let mut of_words = words.filter_map(|words| enough_by_words(words, quota, missing));
    let hard = own
        .filter(|own| !own.is_empty())
        .or_else(|| of_words.next());
    let (quota, namespace) = (word(quota), word(namespace));
    Some(match hard {
        Some(hard) => {
            let patch = json!({"spec": {"hard": hard}}).to_string();
            format!(
                "kubectl patch resourcequota {quota} -n {namespace} --type=merge -p {}",
                word(&patch)
            )
        }
        None => format!("kubectl edit resourcequota {quota} -n {namespace}"),
    })
}

/// What a quota has to allow of what is used up: `pods 4 of 4`, or `requests.cpu 1500m of 2, and a pod asks for 600m`.
fn enough(full: &str, missing: i128) -> Option<(String, Value)> {
    let (resource, rest) = full.split_once(' ')?;
    let (used, rest) = rest.split_once(" of ")?;
    let Some((_, asked)) = rest.split_once(", and a pod asks for ") else {
        let hard: i128 = rest.parse().ok()?;
        return Some((
            resource.to_owned(),
            hard.checked_add(missing)?.to_string().into(),
        ));
    };
    more(resource, used, asked, missing)
}

/// So much of a resource and so much more for each of the pods.
fn more(resource: &str, used: &str, asked: &str, pods: i128) -> Option<(String, Value)> {
    let name = resource
        .strip_prefix("requests.")
        .or_else(|| resource.strip_prefix("limits."))
        .unwrap_or(resource);
    let asked = amount(name, asked)?.checked_mul(pods)?;
    let sum = amount(name, used)?.checked_add(asked)?;
    Some((resource.to_owned(), amount_text(name, sum).into()))
}

/// The same by the API server's words: `exceeded quota: compute, requested: requests.cpu=600m, used: requests.cpu=1500m,
/// limited: requests.cpu=2`.
fn enough_by_words(words: &str, quota: &str, missing: i128) -> Option<Map<String, Value>> {
    let (_, rest) = words.split_once("exceeded quota: ")?;
    let (name, rest) = rest.split_once(", requested: ")?;
    let (requested, rest) = rest.split_once(", used: ")?;
    let (used, _) = rest.split_once(", limited: ")?;
    if name != quota {
        return None;
    }
    let used: Vec<(&str, &str)> = used
        .split(',')
        .filter_map(|it| it.split_once('='))
        .collect();
    let all = requested.split(',').map(|it| {
        let (resource, asked) = it.split_once('=')?;
        let (_, used) = used.iter().find(|(name, _)| *name == resource)?;
        match resource {
            "pods" | "count/pods" => {
                let used: i128 = used.parse().ok()?;
                Some((
                    resource.to_owned(),
                    used.checked_add(missing)?.to_string().into(),
                ))
            }
            _ => more(resource, used, asked, missing),
        }
    });
    all.collect()
}

/// The commands by which containers ask for what a `LimitRange` allows, by its words: `maximum memory usage per Container
/// is 512Mi, but limit is 1Gi`.
fn within_limits(said: &[Symptom], set: &DaemonSet) -> Vec<String> {
    let spec = set.spec.template.spec_as_json();
    let words = said.iter().map(|it| it.symptom.as_str());
    let told = words.flat_map(|words| {
        let marks = words.match_indices(PER_CONTAINER);
        marks.map(|(at, mark)| (&words[..at], &words[at + mark.len()..]))
    });
    let commands = told.filter_map(|(before, after)| {
        let resource = before.rsplit(' ').next()?;
        let (allowed, rest) = after.split_once(", but ")?;
        let (kind, rest) = rest.split_once(" is ")?;
        let asked = rest.split([',', ' ', ']', '.']).next()?;
        let field = match kind {
            "limit" => "limits",
            "request" => "requests",
            _ => return None,
        };
        let mut all = containers(spec).filter(|it| {
            let own = it["resources"][field][resource].as_str();
            own.is_some_and(|own| amount(resource, own) == amount(resource, asked))
        });
        let found = all.next()?;
        let name = found["name"].as_str()?;
        // A limit below what is requested is refused as well.
        let (other, is_beyond): (_, fn(&i128, &i128) -> bool) = match field {
            "limits" => ("requests", i128::gt),
            _ => ("limits", i128::lt),
        };
        let bound = amount(resource, allowed)?;
        let beside = found["resources"][other][resource].as_str();
        let beside = beside.and_then(|it| amount(resource, it));
        let beside = beside.filter(|it| is_beyond(it, &bound));
        let given = format!("{}={}", word(resource), word(allowed));
        let beside = beside.map_or_else(String::new, |_| format!(" --{other}={given}"));
        Some(format!(
            "kubectl set resources {} -c {} --{field}={given}{beside}",
            target(set),
            word(name),
        ))
    });
    let mut known = BTreeSet::new();
    commands
        .filter(|it| known.insert(it.clone()))
        .take(MOST_COMMANDS)
        .collect()
}

/// The commands that show a quota and let it be raised.
pub(super) fn raised_for(quota: &str, namespace: &str) -> Vec<String> {
    let (quota, namespace) = (word(quota), word(namespace));
    ["describe", "edit"]
        .map(|verb| format!("kubectl {verb} resourcequota {quota} -n {namespace}"))
        .into()
}

/// What is to be repaired.
fn repair(
    refusal: &Refusal,
    namespace: &str,
    waits_for_network: bool,
    round: &Round<'_>,
) -> Repair {
    let namespace = namespace.to_owned();
    match refusal {
        Refusal::Quota { quota, .. } => Repair::Admission(AdmissionRepair::Quota {
            quota: quota.clone(),
            namespace,
        }),
        Refusal::QuotaScope { class } => Repair::Admission(AdmissionRepair::QuotaScope {
            class: class.clone(),
            namespace,
        }),
        Refusal::PriorityClass { class, .. } => Repair::Admission(AdmissionRepair::PriorityClass {
            class: class.clone(),
        }),
        Refusal::RuntimeClass { class } => Repair::Admission(AdmissionRepair::RuntimeClass {
            class: class.clone(),
        }),
        Refusal::TemplateField { field, class } => {
            Repair::Admission(AdmissionRepair::TemplateField {
                field: field.clone(),
                class: class.clone(),
            })
        }
        Refusal::PodSecurity { .. } => {
            Repair::Admission(AdmissionRepair::PodSecurity { namespace })
        }
        Refusal::NamespaceTerminating => {
            Repair::Admission(AdmissionRepair::Namespace { namespace })
        }
        Refusal::ServiceAccount { account } => Repair::Admission(AdmissionRepair::ServiceAccount {
            account: account.clone(),
        }),
        Refusal::Unspecified { resources, .. } => Repair::Admission(AdmissionRepair::Unspecified {
            is_guess: is_guess(round, resources),
            resources: resources.clone(),
            namespace,
        }),
        Refusal::LimitRange { .. } => Repair::Admission(AdmissionRepair::LimitRange { namespace }),
        Refusal::Denied { denied_by } => Repair::Admission(AdmissionRepair::Denied {
            by: denied_by.clone(),
            demands: Vec::new(),
        }),
        Refusal::Webhook {
            webhook,
            is_of_certificate,
            ..
        } => Repair::Admission(AdmissionRepair::Webhook {
            webhook: webhook.clone(),
            is_of_certificate: *is_of_certificate,
            waits_for_network,
        }),
    }
}

/// Whether the pods behind a webhook of the cluster wait for the pod network that the DaemonSet sets up: no node has it.
fn waits_for_network(refusal: &Refusal, round: &Round<'_>) -> bool {
    let is_within = matches!(
        refusal,
        Refusal::Webhook {
            namespace: Some(_),
            is_of_certificate: false,
            ..
        }
    );
    let lacks_it = |name: &str| {
        let said = round.evidence.and_then(|it| it.node(name));
        said.and_then(|said| said.message("Ready"))
            .is_some_and(is_of_network)
    };
    let mut nodes = round.cluster.nodes().iter();
    is_within
        && nodes.len() > 0
        && brings_pod_network(round.daemon_set())
        && nodes.all(|node| lacks_it(&node.metadata.name))
}

/// The command that does it, or shows what is to be repaired; `None` where only the events do.
fn command(
    refusal: &Refusal,
    namespace: &str,
    said: &[Symptom],
    round: &Round<'_>,
) -> Option<String> {
    let namespace = word(namespace);
    let target = target(round.daemon_set());
    Some(match refusal {
        Refusal::Quota { quota, .. } => {
            format!(
                "kubectl describe resourcequota {} -n {namespace}",
                word(quota)
            )
        }
        Refusal::QuotaScope { class } => create::quota_for(class, &namespace),
        Refusal::PriorityClass { class, .. } => format!(
            "kubectl create priorityclass {} --value={}",
            word(class),
            value_of(class, round).unwrap_or(OTHERWISE)
        ),
        Refusal::RuntimeClass { class } => create::runtime_class(class),
        Refusal::TemplateField { field, .. } => {
            let path = format!("/spec/template/spec/{field}");
            let removal = json!([{"op": "remove", "path": path}]).to_string();
            format!("kubectl patch {target} --type=json -p {}", word(&removal))
        }
        Refusal::PodSecurity { level, .. } => format!(
            "kubectl label namespace {namespace} pod-security.kubernetes.io/enforce={} --overwrite",
            level_met(level, said, round)
        ),
        Refusal::NamespaceTerminating => format!("kubectl get namespace {namespace} -o yaml"),
        Refusal::ServiceAccount { account } => {
            let name = account.rsplit('/').next().unwrap_or(account);
            format!(
                "kubectl create serviceaccount {} -n {namespace}",
                word(name)
            )
        }
        Refusal::Unspecified { resources, .. } => given(round, None, resources),
        Refusal::LimitRange { .. } => format!("kubectl describe limitrange -n {namespace}"),
        Refusal::Denied { .. } => return None,
        Refusal::Webhook {
            namespace: Some(of_service),
            is_of_certificate: true,
            ..
        } => format!(
            "kubectl get secrets -n {} --field-selector type=kubernetes.io/tls",
            word(of_service)
        ),
        Refusal::Webhook {
            namespace: of_service,
            ..
        } => match of_service {
            Some(of_service) => {
                format!("kubectl get endpointslices,pods -n {}", word(of_service))
            }
            None => "kubectl get validatingwebhookconfigurations,mutatingwebhookconfigurations"
                .to_owned(),
        },
    })
}

/// A priority above pods of no class, and below all of the system's.
const OTHERWISE: i32 = 1_000_000;

/// The value that a PriorityClass had when pods of it were made; of several the highest.
fn value_of(class: &str, round: &Round<'_>) -> Option<i32> {
    let specs = round.cluster.pods().iter();
    let specs = specs.filter_map(|pod| Some(&round.said_by(pod)?.spec));
    let of_class = specs.filter(|spec| &*spec.priority_class == class);
    of_class.map(|spec| spec.priority).max()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quota_is_raised_by_what_is_missing() {
        let told = |full: &str| enough(full, 3).map(|(name, hard)| format!("{name}={hard}"));
        assert_eq!(told("pods 4 of 4").as_deref(), Some("pods=\"7\""));
        assert_eq!(
            told("requests.cpu 1500m of 2, and a pod asks for 600m").as_deref(),
            Some("requests.cpu=\"3300m\"")
        );
        assert_eq!(told("requests.cpu some of it"), None);
        let words = "exceeded quota: compute, requested: limits.memory=1Gi,requests.cpu=500m, used: \
                     limits.memory=3Gi,requests.cpu=1, limited: limits.memory=3Gi,requests.cpu=1";
        let hard = enough_by_words(words, "compute", 2).map(Value::Object);
        assert_eq!(
            hard,
            Some(json!({"limits.memory": "5Gi", "requests.cpu": "2"}))
        );
        assert_eq!(enough_by_words(words, "other", 2), None);
    }
}
