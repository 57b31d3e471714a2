//! What refuses pods, or what their template lacks of what is demanded.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::super::phrases::NAMED;
use crate::words::list;

/// What refuses pods, or what their template lacks of what is demanded.
///
/// One kind of [`Repair`](super::Repair). Prints as an instruction.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
#[serde(
    tag = "repair",
    rename_all = "camelCase",
    rename_all_fields = "camelCase"
)]
pub enum AdmissionRepair {
    /// The `ResourceQuota` that has no room.
    Quota {
        /// Its name.
        quota: String,
        /// Its namespace.
        namespace: String,
    },
    /// The PriorityClass that is not there.
    PriorityClass {
        /// Its name.
        class: String,
    },
    /// The RuntimeClass that is not there.
    RuntimeClass {
        /// Its name.
        class: String,
    },
    /// The template, which brings what only a class may give.
    TemplateField {
        /// The field of the pod's spec.
        field: String,
        /// The field that names a class.
        class: String,
    },
    /// The Pod Security level of the namespace, or the template that does not meet it.
    PodSecurity {
        /// The namespace.
        namespace: String,
    },
    /// The namespace that is being deleted.
    Namespace {
        /// Its name.
        namespace: String,
    },
    /// The `ServiceAccount` that is not there.
    ServiceAccount {
        /// Its name, with its namespace.
        account: String,
    },
    /// What the template leaves open, and a `ResourceQuota` wants specified.
    Unspecified {
        /// What, such as `limits.cpu`.
        resources: Vec<String>,
        /// The namespace.
        namespace: String,
        /// Whether a limit is taken to be twice what is requested, since nothing tells it.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        is_guess: bool,
    },
    /// The `LimitRange` that does not allow what the template asks for.
    LimitRange {
        /// The namespace.
        namespace: String,
    },
    /// The template that admission denies.
    Denied {
        /// What denies it.
        by: String,
        /// What the template lacks of what that demands, as things to do; empty where its words do not tell.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        demands: Vec<String>,
    },
    /// The admission webhook that does not answer.
    Webhook {
        /// Its name.
        webhook: String,
        /// Whether it answers, with a certificate that is not taken.
        is_of_certificate: bool,
        /// Whether its pods wait for the pod network, which this DaemonSet sets up.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        waits_for_network: bool,
    },
    /// Whatever refuses the pods, which the events tell.
    Refusal,
    /// What the API server says against the pods.
    RefusalSaid,
    /// A namespace that has no quota for pods of a priority class.
    QuotaScope {
        /// The class.
        class: String,
        /// The namespace.
        namespace: String,
    },
}

/// Prints as an instruction.
impl fmt::Display for AdmissionRepair {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Quota { quota, namespace } => write!(
                f,
                "raise ResourceQuota {quota} of namespace {namespace}, or remove what uses it up"
            ),
            Self::PriorityClass { class } => {
                write!(
                    f,
                    "create PriorityClass {class}, or name one that exists in the template; its value here is that of pods which \
                     had it, or else a guess: give it what it is to have"
                )
            }
            Self::RuntimeClass { class } => write!(
                f,
                "create RuntimeClass {class} for a handler that the container runtime of the nodes has, or name \
                 one that exists in the template"
            ),
            Self::PodSecurity { namespace } => write!(
                f,
                "let the template meet the level, or have whoever owns namespace {namespace} lower its label \
                 pod-security.kubernetes.io/enforce to one that it meets; what that allows it allows every pod there"
            ),
            Self::TemplateField { field, class } => write!(
                f,
                "take {field} out of the template: only a {class} may give it"
            ),
            Self::Namespace { namespace } => write!(
                f,
                "namespace {namespace} is being deleted: nothing is created in it, in another the DaemonSet can run"
            ),
            Self::ServiceAccount { account } => write!(f, "create ServiceAccount {account}"),
            Self::Unspecified {
                resources,
                namespace,
                is_guess,
            } => write!(
                f,
                "give each container {} in the template{}, or namespace {namespace} a LimitRange with a default",
                list(resources, NAMED),
                if *is_guess {
                    " (a limit of twice what is requested is a guess)"
                } else {
                    ""
                }
            ),
            Self::LimitRange { namespace } => write!(
                f,
                "let the template ask for what the LimitRange of namespace {namespace} allows, or change that"
            ),
            Self::Denied { by, demands } if demands.is_empty() => write!(
                f,
                "let the template meet what {by} demands, or have it except these pods"
            ),
            Self::Denied { by, demands } => write!(
                f,
                "{}, as {by} demands; or have it except these pods",
                demands.join("; ")
            ),
            Self::Webhook {
                webhook,
                is_of_certificate: true,
                ..
            } => write!(
                f,
                "put right the certificate of admission webhook {webhook}, which answers: renew it, or let the caBundle of its \
                 configuration be that of its authority; meanwhile no pod of this DaemonSet is created"
            ),
            Self::Webhook {
                webhook,
                waits_for_network: true,
                ..
            } => write!(
                f,
                "break a circle: admission webhook {webhook} is asked before pods of this DaemonSet are made, and its own pods, unless \
                 they are on the network of their nodes, wait for the pod network, which this DaemonSet seems to set up and no node \
                 has; in its configuration let failurePolicy be Ignore, or leave this namespace out (namespaceSelector), until the \
                 network is there: meanwhile it guards nothing of that"
            ),
            Self::Webhook { webhook, .. } => {
                write!(
                    f,
                    "get admission webhook {webhook} to answer: meanwhile no pod of this DaemonSet is created"
                )
            }
            Self::RefusalSaid => f.write_str("mend what the API server says against the pods"),
            Self::QuotaScope { class, namespace } => write!(
                f,
                "let namespace {namespace} have pods of priority class {class}, by a ResourceQuota for that scope, or \
                 name another class in the template"
            ),
            Self::Refusal => {
                f.write_str("look up in the events why the API server refuses the pods")
            }
        }
    }
}
