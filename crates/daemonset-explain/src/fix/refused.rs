//! What has to be repaired where the API server refuses pods.

use super::command::word;
use super::{Fix, Repair, create};
use crate::finding::Refusal;

/// What to do about each refusal; `describe` shows the set's events.
pub(super) fn of_refusals(
    refusals: &[Refusal],
    namespace: &str,
    target: &str,
    describe: String,
) -> Vec<Fix> {
    let namespace = match namespace {
        "" => "default",
        namespace => namespace,
    };
    let namespaced = || namespace.to_owned();
    let mut fixes: Vec<Fix> = Vec::new();
    for refusal in refusals {
        let (repair, command) = match refusal {
            Refusal::Quota { quota, .. } => (
                Repair::Quota {
                    quota: quota.clone(),
                    namespace: namespaced(),
                },
                format!(
                    "kubectl describe resourcequota {} -n {namespace}",
                    word(quota)
                ),
            ),
            Refusal::PriorityClass { class } => (
                Repair::PriorityClass {
                    class: class.clone(),
                },
                format!(
                    "kubectl create priorityclass {} --value=1000000",
                    word(class)
                ),
            ),
            Refusal::RuntimeClass { class } => (
                Repair::RuntimeClass {
                    class: class.clone(),
                },
                create::runtime_class(class),
            ),
            Refusal::TemplateField { field, class } => (
                Repair::TemplateField {
                    field: field.clone(),
                    class: class.clone(),
                },
                format!(
                    "kubectl patch {target} --type=json \
                     -p='[{{\"op\": \"remove\", \"path\": \"/spec/template/spec/{field}\"}}]'"
                ),
            ),
            Refusal::PodSecurity { .. } => (
                Repair::PodSecurity {
                    namespace: namespaced(),
                },
                format!(
                    "kubectl label namespace {namespace} pod-security.kubernetes.io/enforce=privileged --overwrite"
                ),
            ),
            Refusal::NamespaceTerminating => (
                Repair::Namespace {
                    namespace: namespaced(),
                },
                format!("kubectl get namespace {namespace} -o yaml"),
            ),
            Refusal::ServiceAccount { account } => {
                let name = account.rsplit('/').next().unwrap_or(account);
                (
                    Repair::ServiceAccount {
                        account: account.clone(),
                    },
                    format!(
                        "kubectl create serviceaccount {} -n {namespace}",
                        word(name)
                    ),
                )
            }
            Refusal::Unspecified { resources, .. } => (
                Repair::Unspecified {
                    resources: resources.clone(),
                    namespace: namespaced(),
                },
                format!("kubectl describe resourcequota,limitrange -n {namespace}"),
            ),
            Refusal::LimitRange => (
                Repair::LimitRange {
                    namespace: namespaced(),
                },
                format!("kubectl describe limitrange -n {namespace}"),
            ),
            Refusal::Denied { denied_by } => (
                Repair::Denied {
                    by: denied_by.clone(),
                },
                describe.clone(),
            ),
            Refusal::Webhook {
                webhook,
                namespace: of_service,
            } => (
                Repair::Webhook {
                    webhook: webhook.clone(),
                },
                match of_service {
                    Some(of_service) => {
                        format!("kubectl get endpointslices,pods -n {}", word(of_service))
                    }
                    None => {
                        "kubectl get validatingwebhookconfigurations,mutatingwebhookconfigurations"
                            .to_owned()
                    }
                },
            ),
        };
        fixes.push(Fix::outside(repair, vec![command]));
    }
    if fixes.is_empty() {
        fixes.push(Fix::outside(Repair::Refusal, vec![describe]));
    }
    fixes
}
