//! What has to be repaired where the API server refuses pods.

use daemonset::api::DaemonSet;
use serde_json::{Value, json};

use super::command::{target, word};
use super::requests::given;
use super::{Fix, Repair, create};
use crate::finding::{Refusal, Symptom};
use crate::known::denial;
use crate::round::Round;
use crate::signs::demanded::{Act, demanded};

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
        let command = command(refusal, namespace, round).unwrap_or_else(|| describe.to_owned());
        let raised = raised(refusal, namespace, missing);
        let commands = configuration(refusal)
            .into_iter()
            .chain([command])
            .chain(raised)
            .collect();
        Fix::outside(repair(refusal, namespace, round), commands)
    });
    let mut fixes: Vec<Fix> = fixes.collect();
    if fixes.is_empty() {
        let (repair, command) = if said.is_empty() {
            (Repair::Refusal, describe.to_owned())
        } else {
            let edit = format!("kubectl edit {}", target(round.daemon_set()));
            (Repair::RefusalSaid, edit)
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
    Fix::outside(Repair::Denied { by, demands }, commands)
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

/// The command that finds the configuration of a webhook whose certificate is not taken, by the webhook's name.
fn configuration(refusal: &Refusal) -> Option<String> {
    let Refusal::Webhook {
        webhook,
        is_of_certificate: true,
        ..
    } = refusal
    else {
        return None;
    };
    Some(format!(
        "kubectl get mutatingwebhookconfigurations,validatingwebhookconfigurations -o \
         custom-columns=KIND:.kind,NAME:.metadata.name,WEBHOOKS:.webhooks[*].name | grep -F {}",
        word(webhook)
    ))
}

/// The command that raises a quota: by the pods that are missing, where it is pods that it counts.
fn raised(refusal: &Refusal, namespace: &str, missing: usize) -> Option<String> {
    let Refusal::Quota { quota, full } = refusal else {
        return None;
    };
    let (quota, namespace) = (word(quota), word(namespace));
    let hard = |it: &String| {
        let rest = it.strip_prefix("pods ")?;
        let hard: usize = rest.split_once(" of ")?.1.parse().ok()?;
        Some(hard.saturating_add(missing))
    };
    Some(match full.as_slice() {
        [one] if hard(one).is_some() => {
            let pods = hard(one)?.to_string();
            let patch = json!({"spec": {"hard": {"pods": pods}}}).to_string();
            format!(
                "kubectl patch resourcequota {quota} -n {namespace} --type=merge -p {}",
                word(&patch)
            )
        }
        _ => format!("kubectl edit resourcequota {quota} -n {namespace}"),
    })
}

/// What is to be repaired.
fn repair(refusal: &Refusal, namespace: &str, round: &Round<'_>) -> Repair {
    let namespace = namespace.to_owned();
    match refusal {
        Refusal::Quota { quota, .. } => Repair::Quota {
            quota: quota.clone(),
            namespace,
        },
        Refusal::QuotaScope { class } => Repair::QuotaScope {
            class: class.clone(),
            namespace,
        },
        Refusal::PriorityClass { class, .. } => Repair::PriorityClass {
            class: class.clone(),
            value: value_of(class, round),
        },
        Refusal::RuntimeClass { class } => Repair::RuntimeClass {
            class: class.clone(),
        },
        Refusal::TemplateField { field, class } => Repair::TemplateField {
            field: field.clone(),
            class: class.clone(),
        },
        Refusal::PodSecurity { .. } => Repair::PodSecurity { namespace },
        Refusal::NamespaceTerminating => Repair::Namespace { namespace },
        Refusal::ServiceAccount { account } => Repair::ServiceAccount {
            account: account.clone(),
        },
        Refusal::Unspecified { resources, .. } => Repair::Unspecified {
            resources: resources.clone(),
            namespace,
        },
        Refusal::LimitRange { .. } => Repair::LimitRange { namespace },
        Refusal::Denied { denied_by } => Repair::Denied {
            by: denied_by.clone(),
            demands: Vec::new(),
        },
        Refusal::Webhook {
            webhook,
            is_of_certificate,
            ..
        } => Repair::Webhook {
            webhook: webhook.clone(),
            is_of_certificate: *is_of_certificate,
        },
    }
}

/// The command that does it, or shows what is to be repaired; `None` where only the events do.
fn command(refusal: &Refusal, namespace: &str, round: &Round<'_>) -> Option<String> {
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
        Refusal::TemplateField { field, .. } => format!(
            "kubectl patch {target} --type=json \
             -p='[{{\"op\": \"remove\", \"path\": \"/spec/template/spec/{field}\"}}]'"
        ),
        Refusal::PodSecurity { .. } => format!(
            "kubectl label namespace {namespace} pod-security.kubernetes.io/enforce=privileged --overwrite"
        ),
        Refusal::NamespaceTerminating => format!("kubectl get namespace {namespace} -o yaml"),
        Refusal::ServiceAccount { account } => {
            let name = account.rsplit('/').next().unwrap_or(account);
            format!(
                "kubectl create serviceaccount {} -n {namespace}",
                word(name)
            )
        }
        Refusal::Unspecified { resources, .. } => given(round.daemon_set(), None, resources),
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
