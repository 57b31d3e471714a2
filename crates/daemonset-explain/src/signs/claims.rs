//! What keeps claims from being bound, as events about them tell.

use daemonset::api::{DaemonSet, Pod};

use crate::evidence::Event;
use crate::health::PodProblem;
use crate::health::message::{alike, core};
use crate::round::Round;
use crate::stall::Said;
use crate::template::{made_claims, mounts};
use crate::words::list;

/// How many claims a clause names.
const NAMED: usize = 3;

/// What stands before the name of a claim that a template mounts.
pub(crate) const CLAIM: &str = "PersistentVolumeClaim ";

/// Whether the scheduler waits for claims to be there or to be bound.
pub(crate) fn waits_for_claims(message: &str) -> bool {
    message.contains("unbound immediate")
        || message.contains("waiting for ephemeral volume controller")
        || message.contains("\"VolumeBinding\"")
}

/// The claims of a pod: those that its template names, and those that are made for its ephemeral volumes.
///
/// Source: [Generic ephemeral volumes](https://kubernetes.io/docs/concepts/storage/ephemeral-volumes/#persistentvolumeclaim-naming).
pub(crate) fn of_pod(set: &DaemonSet, pod: &Pod) -> Vec<String> {
    let made = made_claims(set.spec.template.spec_as_json());
    let made = made.map(|(volume, _)| format!("{CLAIM}{}-{volume}", pod.metadata.name));
    mounted(set).into_iter().chain(made).collect()
}

/// The claim that the scheduler waits for, and what is told of it: the newest warning about it, or about its pod for
/// it, or else that its provisioner is waited for.
pub(crate) fn warning<'r>(
    round: &'r Round<'_>,
    said: &Said<'_, '_>,
) -> Option<(String, &'r Event)> {
    let PodProblem::Unschedulable { message, .. } = &said.problem else {
        return None;
    };
    let evidence = round.evidence.filter(|_| waits_for_claims(message))?;
    let set = round.daemon_set();
    let newest = |events: &mut dyn Iterator<Item = &'r Event>| events.max_by_key(|it| it.last);
    let of_pod_for = |claim: &str| {
        let events = round.events_of(said.pod).iter();
        newest(
            &mut events.filter(|it| &*it.reason == "FailedBinding" && it.message.contains(claim)),
        )
    };
    of_pod(set, said.pod).into_iter().find_map(|claim| {
        let name = claim.strip_prefix(CLAIM)?;
        let events = evidence.events("PersistentVolumeClaim", &set.metadata.namespace, name);
        let warned = newest(&mut events.iter().filter(|it| it.warning));
        let waits = || {
            newest(
                &mut events
                    .iter()
                    .filter(|it| &*it.reason == "ExternalProvisioning"),
            )
        };
        let told = warned.or_else(|| of_pod_for(name)).or_else(waits)?;
        Some((claim, told))
    })
}

/// The same as a clause, and before it what claims have in common of which the same is told.
pub(crate) fn of_claims(round: &Round<'_>, said: &Said<'_, '_>) -> Option<(String, String)> {
    let (claim, event) = warning(round, said)?;
    let times = match event.count {
        1 => String::new(),
        many => format!(" ({many} times)"),
    };
    let kind = alike(&event.message, &said.pod.metadata.name);
    Some((kind, format!("{claim}: {}{times}", core(&event.message))))
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
