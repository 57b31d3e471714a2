//! What keeps claims from being bound, as events about them tell.

use daemonset::api::DaemonSet;

use crate::evidence::Event;
use crate::health::PodProblem;
use crate::health::message::core;
use crate::round::Round;
use crate::stall::Said;
use crate::template::mounts;
use crate::words::list;

/// How many claims a clause names.
const NAMED: usize = 3;

/// What stands before the name of a claim that a template mounts.
pub(crate) const CLAIM: &str = "PersistentVolumeClaim ";

/// The claim of the template, and the newest warning about it, where the scheduler waits for claims to be bound.
pub(crate) fn warning<'r>(
    round: &'r Round<'_>,
    said: &Said<'_, '_>,
) -> Option<(String, &'r Event)> {
    let PodProblem::Unschedulable { message, .. } = &said.problem else {
        return None;
    };
    let evidence = round
        .evidence
        .filter(|_| message.contains("unbound immediate"))?;
    let set = round.daemon_set();
    let mounted = mounts(set.spec.template.spec_as_json());
    let claims = mounted.iter().filter_map(|it| it.strip_prefix(CLAIM));
    let mut warned = claims.filter_map(|claim| {
        let events = evidence.events("PersistentVolumeClaim", &set.metadata.namespace, claim);
        let warnings = events.iter().filter(|event| event.warning);
        Some((claim.to_owned(), warnings.max_by_key(|event| event.last)?))
    });
    warned.next()
}

/// The same as a clause.
pub(crate) fn of_claims(round: &Round<'_>, said: &Said<'_, '_>) -> Option<String> {
    let (claim, event) = warning(round, said)?;
    let times = match event.count {
        1 => String::new(),
        many => format!(" ({many} times)"),
    };
    Some(format!("{CLAIM}{claim}: {}{times}", core(&event.message)))
}

/// The `StorageClass` that is not there, by these words: `storageclass.storage.k8s.io "fast" not found`.
pub(crate) fn missing_class(words: &str) -> Option<&str> {
    let (_, rest) = words.split_once("storageclass.storage.k8s.io \"")?;
    let (class, rest) = rest.split_once('"')?;
    rest.trim_start().starts_with("not found").then_some(class)
}

/// The claims that the template mounts.
pub(crate) fn mounted(set: &DaemonSet) -> Vec<String> {
    let mounted = mounts(set.spec.template.spec_as_json()).into_iter();
    mounted.filter(|mount| mount.starts_with(CLAIM)).collect()
}

/// Whether the scheduler says that a claim is bound to a volume of other nodes.
///
/// Source: [Local volumes](https://kubernetes.io/docs/concepts/storage/volumes/#local), which set node affinity.
pub(crate) fn is_of_other_nodes(message: &str) -> bool {
    message.contains("didn't match PersistentVolume's node affinity")
        || message.contains("volume node affinity conflict")
}

/// The same as a clause, with the claims of the template of which one is meant.
pub(crate) fn of_other_nodes(round: &Round<'_>, said: &Said<'_, '_>) -> Option<String> {
    let PodProblem::Unschedulable { message, .. } = &said.problem else {
        return None;
    };
    let claims = mounted(round.daemon_set());
    let which = match claims.as_slice() {
        [] => return None,
        [claim] => claim.clone(),
        some => format!("one of {}", list(some, NAMED)),
    };
    is_of_other_nodes(message).then(|| {
        format!(
            "{which} is bound to a volume that {} does not get at, as a local one of another node: no pod there ever has it",
            said.node.name
        )
    })
}

/// The claims that the scheduler does not find.
pub(crate) fn not_found(message: &str) -> Vec<String> {
    let mut parts = message.split("persistentvolumeclaim \"");
    parts.next();
    let missing = parts.filter_map(|part| part.split_once('"'));
    let missing = missing.filter(|(_, said)| said.trim_start().starts_with("not found"));
    missing
        .map(|(name, _)| name)
        .map(|name| format!("{CLAIM}{name}"))
        .collect()
}
