//! What the objects around a DaemonSet tell of what refuses its pods.

use crate::admission;
use crate::cause::changes::Changes;
use crate::finding::Refusal;
use crate::round::Round;
use crate::signs::asked_pods::AskedPods;
use crate::words::list;

/// How much of what a level forbids is told.
const NAMED: usize = 3;

/// Which of two templates a Pod Security level refuses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Meets {
    /// What the newest brings: the one before meets the level.
    Before,
    /// Neither of them does, nor do the pods that are there: the level was not enforced when they were made.
    Neither,
}

/// The level in `baseline:latest`.
fn level_of(level: &str) -> &str {
    level.split(':').next().unwrap_or(level)
}

/// Whether the template before meets the level that refuses pods of this one; `None` where the level is not known to
/// forbid anything of this one.
pub(crate) fn meets_level(round: &Round<'_>, refusals: &[Refusal]) -> Option<Meets> {
    let level = refusals.iter().find_map(|refusal| match refusal {
        Refusal::PodSecurity { level, .. } => Some(level_of(level)),
        _ => None,
    })?;
    let spec = round.daemon_set().spec.template.spec_as_json();
    if admission::forbidden(level, spec).is_empty() {
        return None;
    }
    let before = Changes::of(round).map(|changes| &changes.before["spec"]);
    match before {
        Some(before) if admission::forbidden(level, before).is_empty() => Some(Meets::Before),
        _ => Some(Meets::Neither),
    }
}

/// What is known besides of what refuses pods, a clause each.
pub(crate) fn notes(round: &Round<'_>, refusals: &[Refusal], meets: Option<Meets>) -> Vec<String> {
    let told = refusals.iter().filter_map(|refusal| match refusal {
        Refusal::PodSecurity { level, .. } => of_level(round, level_of(level), meets),
        Refusal::Webhook {
            namespace: Some(namespace),
            service: Some(service),
            ..
        } => Some(AskedPods::of_webhook(round, namespace, service)?.told(round)),
        _ => None,
    });
    told.collect()
}

/// Where the level stands, and whether it is new or what the template has.
fn of_level(round: &Round<'_>, level: &str, meets: Option<Meets>) -> Option<String> {
    let name = &round.daemon_set().metadata.namespace;
    let given = round.evidence.and_then(|it| it.namespace(name));
    let label = given.map(|namespace| match &*namespace.pod_security {
        "" => format!(
            "namespace {name} has no label pod-security.kubernetes.io/enforce, so that {level} is the cluster's default"
        ),
        label => format!("namespace {name} has the label pod-security.kubernetes.io/enforce={label}"),
    });
    let has_pods = round.view.nodes.iter().any(|node| !node.pods.is_empty());
    let is_new = match meets {
        Some(Meets::Neither) if has_pods => {
            let which = match Changes::of(round) {
                Some(_) => "nor do the template before and its pods meet it",
                None => "the pods that are there do not meet it either",
            };
            Some(format!(
                "{which}, so that it was not enforced on them: it is the level that is new"
            ))
        }
        Some(Meets::Before) => {
            let spec = round.daemon_set().spec.template.spec_as_json();
            let forbidden = admission::forbidden(level, spec);
            let forbidden = list(&forbidden, NAMED);
            Some(format!(
                "the template before meets it, and this one has {forbidden}"
            ))
        }
        _ => None,
    };
    let all: Vec<String> = label.into_iter().chain(is_new).collect();
    (!all.is_empty()).then(|| all.join("; "))
}
