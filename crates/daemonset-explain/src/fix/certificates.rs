//! What to do about certificates that pods do not take.

use super::command::{debug_node, namespace, word, words_of};
use super::{AskedRepair, Fix, NodeRepair, Repair};
use crate::finding::Finding;
use crate::round::Round;
use crate::signs::lookup::service;
use crate::signs::outside::asked_in_vain;
use crate::signs::validity::{ClockOff, Side, Validity};
use crate::stall::Said;
use crate::template::taken_by;

/// The certificate that is not valid, or the clock of the node by which it is not.
pub(super) fn of_certificate(
    round: &Round<'_>,
    said: &Said<'_, '_>,
    words: &str,
    found: &Validity,
) -> Fix {
    let node = said.node.name.to_owned();
    let date = || debug_node(&word(&node), "date -u");
    if let Some(ClockOff { is_behind, by }) = found.clock_off(round, said) {
        let command = date();
        return Fix::outside(
            Repair::Node(NodeRepair::Clock {
                node,
                is_behind,
                by,
            }),
            vec![command],
        );
    }
    let asked = asked_in_vain(round, words);
    let of_address = asked.as_ref();
    let of_address = of_address.and_then(|address| certificate_of(address, said.node.name));
    let shown = secrets_of_service(words).or(of_address);
    let limit = found.limit;
    match found.side {
        Side::After => {
            let ended = limit.filter(|until| *until < round.view.now);
            let read = match &shown {
                None if asked.is_none() => secrets_read(round, said),
                _ => Vec::new(),
            };
            let commands = shown.into_iter().chain(dates_in(&read, round));
            let commands = commands.collect();
            let expired = Repair::Asked(AskedRepair::Certificate {
                until: ended,
                address: asked,
                read,
            });
            // By the moment that is known it is valid still.
            if ended.is_some() || limit.is_none() {
                return Fix::outside(expired, commands);
            }
            Fix::outside(
                Repair::Asked(AskedRepair::CertificateTime { node: node.clone() }),
                vec![date()],
            )
        }
        Side::Before if limit.is_some_and(|from| from > round.view.now) => {
            let from = limit;
            Fix::outside(
                Repair::Asked(AskedRepair::CertificateEarly { from }),
                shown.into_iter().collect(),
            )
        }
        Side::Before => Fix::outside(
            Repair::Asked(AskedRepair::CertificateEarly { from: None }),
            vec![date()],
        ),
        Side::Either => {
            let commands = Some(date()).into_iter().chain(shown).collect();
            Fix::outside(
                Repair::Asked(AskedRepair::CertificateTime { node }),
                commands,
            )
        }
    }
}

/// How many Secrets are shown.
const MOST_SHOWN: usize = 2;

/// The Secrets that the container reads whose words they are.
fn secrets_read(round: &Round<'_>, said: &Said<'_, '_>) -> Vec<String> {
    let spec = round.daemon_set().spec.template.spec_as_json();
    let container = said.problem.container();
    let mut all = container.map_or_else(Vec::new, |it| taken_by(spec, Some(it)));
    all.retain(|object| object.starts_with("Secret "));
    all
}

/// The commands that show the keys of Secrets, and how long the certificate is valid that is in the key of their usual type.
fn dates_in(secrets: &[String], round: &Round<'_>) -> Vec<String> {
    let namespace = namespace(round.daemon_set());
    let names = secrets.iter().filter_map(|it| it.strip_prefix("Secret "));
    let shown = names.take(MOST_SHOWN).flat_map(|name| {
        let name = word(name);
        [
            format!("kubectl describe secret {name} -n {namespace}"),
            format!(
                "kubectl get secret {name} -n {namespace} -o jsonpath='{{.data.tls\\.crt}}' | base64 -d | openssl x509 -noout -subject -dates"
            ),
        ]
    });
    shown.collect()
}

/// The command that shows the certificate that an address presents, asked from a node.
fn certificate_of(address: &str, node: &str) -> Option<String> {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || ".-:[]".contains(c);
    if !address.chars().all(is_plain) {
        return None;
    }
    let has_port = address
        .rsplit_once(':')
        .is_some_and(|(_, port)| port.parse::<u16>().is_ok());
    let port = if has_port { "" } else { ":443" };
    Some(format!(
        "ssh {} 'openssl s_client -connect {address}{port} </dev/null | openssl x509 -noout -subject -issuer -dates -ext subjectAltName'",
        word(node)
    ))
}

/// The command that shows the certificates of the namespace of the Service that the words name.
fn secrets_of_service(words: &str) -> Option<String> {
    let is_part = |c: char| c.is_ascii_alphanumeric() || ".-".contains(c);
    let (_, namespace) = words.split(|c: char| !is_part(c)).find_map(service)?;
    Some(format!(
        "kubectl get secrets -n {} --field-selector type=kubernetes.io/tls",
        word(namespace)
    ))
}

/// What presents a certificate that the pods do not take.
pub(super) fn not_trusted(round: &Round<'_>, said: &Said<'_, '_>, words: &str) -> Option<Fix> {
    let is_so = words.contains("x509: ") && !said.problem.is_of_a_pull();
    let address = asked_in_vain(round, words).filter(|_| is_so)?;
    let command = certificate_of(&address, said.node.name);
    Some(Fix::outside(
        Repair::Asked(AskedRepair::Trust { address }),
        command.into_iter().collect(),
    ))
}

/// How many requests a command approves.
const MOST_APPROVED: usize = 20;

/// To approve the certificates that kubelets wait for.
pub(super) fn approved(finding: &Finding) -> Option<Fix> {
    let Finding::CertificatesPending { requests, .. } = finding else {
        return None;
    };
    let commands = vec![
        "kubectl get csr".to_owned(),
        format!(
            "kubectl certificate approve {}",
            words_of(requests, MOST_APPROVED)
        ),
    ];
    let requests = requests.clone();
    Some(Fix::outside(
        Repair::Node(NodeRepair::Certificates { requests }),
        commands,
    ))
}
