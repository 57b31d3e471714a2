//! Whom pods and nodes ask, and the way there.

use std::fmt;

use daemonset::api::Timestamp;
use serde::{Deserialize, Serialize};

use super::super::phrases::{NAMED, asked_pods, no_answer, outside, registry};
use crate::words::{agree, list};

/// Whom pods and nodes ask, and the way there.
///
/// One kind of [`Repair`](super::Repair). Prints as an instruction.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
#[serde(
    tag = "repair",
    rename_all = "camelCase",
    rename_all_fields = "camelCase"
)]
pub enum AskedRepair {
    /// The pods that failing pods ask, none of which is ready.
    AskedPods {
        /// Who they are.
        who: String,
        /// Namespace and name of the first of them.
        pod: String,
        /// The taint that the first does not tolerate, and that goes once something runs on the node.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        taint: Option<String>,
    },
    /// The registry that limits how often images are pulled.
    RateLimit,
    /// The registry, or the way to it.
    Registry {
        /// What is asked in vain, such as `quay.io:443`, where the words tell it.
        host: Option<String>,
        /// The status of HTTP that it answers with, where it does: `503`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        status: Option<String>,
        /// The nodes that it does not answer.
        nodes: Vec<String>,
    },
    /// The proxy by which images are pulled, or the way to it.
    Proxy {
        /// The proxy, such as `10.0.3.8:3128`.
        proxy: String,
        /// The nodes that it does not answer.
        nodes: Vec<String>,
    },
    /// A certificate that has expired.
    Certificate {
        /// The Secrets that the container reads, where the words name nobody.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        read: Vec<String>,
        /// When, where the words tell it.
        until: Option<Timestamp>,
        /// Who shows it, where the words tell it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        address: Option<String>,
    },
    /// A certificate that is not valid yet, or the clock by which it is not.
    CertificateEarly {
        /// From when on, where that is still to come.
        from: Option<Timestamp>,
    },
    /// A certificate that has expired or is not valid yet, or the clock of the node by which it is not.
    CertificateTime {
        /// The node.
        node: String,
    },
    /// The certificate of what pods ask, or what they trust: they do not take it.
    Trust {
        /// What they ask.
        address: String,
    },
    /// A right that a service account does not have.
    Right {
        /// The account, with its namespace.
        account: String,
        /// The verb and the resource, such as `list nodes`.
        right: String,
    },
    /// What did not answer, and has answered pods that were started since: the others only wait to try again.
    TriesAgain {
        /// What they ask.
        address: String,
        /// The nodes.
        nodes: Vec<String>,
    },
    /// The way from some nodes to what pods elsewhere find.
    WayOut {
        /// The nodes.
        nodes: Vec<String>,
        /// What does not answer there.
        address: String,
    },
    /// The DNS server that does not answer pods which look a name up.
    Dns {
        /// The server, such as `10.96.0.10:53`, where the words tell it.
        server: Option<String>,
        /// The name.
        name: String,
        /// The nodes.
        nodes: Vec<String>,
    },
    /// where nodes ask.
    NoAnswer {
        /// What they ask.
        address: String,
        /// The node to ask it from.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        node: Option<String>,
    },
    /// What the pods' last words name.
    Outside {
        /// What they ask in vain, where they say it, such as `config.platform.svc:443`.
        asked: Option<String>,
        /// The status of HTTP that it answers with, where it does: `503`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        status: Option<String>,
        /// Whether other pods of it run, which may ask it too.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        are_others: bool,
    },
    /// The resolver of nodes that does not find a registry.
    Resolver {
        /// The registry's name.
        name: String,
        /// The resolver, such as `10.8.0.2:53`, where the words tell it.
        server: Option<String>,
        /// The nodes.
        nodes: Vec<String>,
    },
}

/// Prints as an instruction.
impl fmt::Display for AskedRepair {
    #[allow(clippy::too_many_lines)] // one sentence for each variant
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AskedPods { who, pod, taint } => asked_pods(f, who, pod, taint.as_deref()),
            Self::RateLimit => f.write_str(
                "wait until the registry lets images be pulled again, or pull with credentials \
                 (imagePullSecrets) or from a mirror",
            ),
            Self::Registry {
                host,
                status,
                nodes,
            } => registry(f, host.as_deref(), status.as_deref(), nodes),
            Self::Proxy { proxy, nodes } => write!(
                f,
                "get proxy {proxy} to answer {}, by which the container runtime there pulls images, or set its HTTPS_PROXY \
                 and NO_PROXY right; a node that has the image may need no pull",
                list(nodes, NAMED)
            ),
            Self::Certificate {
                until,
                address,
                read,
            } => {
                let expired = match until {
                    Some(until) => format!(" ({until})"),
                    None => ", or set right the clock by which it has, where it is ahead".to_owned(),
                };
                match (address, read.as_slice()) {
                    (Some(address), _) => write!(
                        f,
                        "renew the certificate of {address}, which has expired{expired}"
                    ),
                    (None, []) => write!(
                        f,
                        "renew the certificate of the server that the pods connect to, which has expired{expired}: their log may \
                         name it"
                    ),
                    (None, some) => write!(
                        f,
                        "renew the certificate that has expired{expired}; whose it is the words do not tell: that of the server that \
                         the pods connect to, or what is in {}, which the container reads",
                        list(some, NAMED)
                    ),
                }
            }
            Self::CertificateEarly { from: Some(from) } => write!(
                f,
                "have a certificate issued that is valid now, or wait: the one that the pods are shown is valid from {from} on, \
                 as where the clock of its issuer is ahead"
            ),
            Self::CertificateEarly { from: None } => f.write_str(
                "set right the clock by which the certificate is not valid yet, which is behind (or, where it is right, have one \
                 issued that is valid now): it has not expired",
            ),
            Self::CertificateTime { node } => write!(
                f,
                "see whether the clock of {node} is right, and set it right if not: by it the certificate has expired, or is not \
                 valid yet; where it is right, renew the certificate"
            ),
            Self::Trust { address } => write!(
                f,
                "have {address} present a certificate that the pods take, for the name by which they ask it and from \
                 an authority that they trust, or let them trust it"
            ),
            Self::Right { account, right } => write!(
                f,
                "give ServiceAccount {account} the right to {right}, by a role and its binding; see first whether those that it had are \
                 gone: it may need other rights beside this one"
            ),
            Self::TriesAgain { address, nodes } => write!(
                f,
                "wait: {address} seems to answer again, since pods that asked it in vain run now, and {} on {} {} again within 5 \
                 min; a pod that is deleted is made anew at once",
                agree(nodes.len(), "the pod", "the pods"),
                list(nodes, NAMED),
                agree(nodes.len(), "tries", "try"),
            ),
            Self::WayOut { nodes, address } => write!(
                f,
                "find why {address} does not answer on {}: pods of the same revision run elsewhere",
                list(nodes, NAMED)
            ),
            Self::Dns {
                server,
                name,
                nodes,
            } => {
                f.write_str("get the DNS server")?;
                if let Some(server) = server {
                    write!(f, " ({server})")?;
                }
                write!(
                    f,
                    " to answer the pods on {}, which look up {name}; no revision changes that",
                    list(nodes, NAMED)
                )
            }
            Self::NoAnswer { address, node } => no_answer(f, address, node.as_deref()),
            Self::Outside { asked: None, .. } => {
                f.write_str("repair what the pods' last words are about")
            }
            Self::Outside {
                asked: Some(asked),
                status,
                are_others,
            } => outside(f, asked, status.as_deref(), *are_others),
            Self::Resolver {
                name,
                server,
                nodes,
            } => {
                write!(f, "let the resolver of {}", list(nodes, NAMED))?;
                if let Some(server) = server {
                    write!(f, " ({server})")?;
                }
                write!(
                    f,
                    " find {name}, or pull from a registry that it finds; a node that has the image may need no pull"
                )
            }
        }
    }
}
