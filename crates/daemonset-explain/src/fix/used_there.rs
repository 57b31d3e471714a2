//! Who on a node uses what a daemon gives it, so that its pod is not to be deleted under them.

use std::collections::BTreeSet;

use daemonset::api::Pod;
use serde_json::Value;

use super::Caution;
use crate::round::Round;

/// The pods of others on a node that request a device of the domain that the DaemonSet's own selector or tolerations name:
/// `nvidia.com/gpu` for one that is to run where `nvidia.com/gpu.deploy.driver` is set.
pub(super) fn users(round: &Round<'_>, node: &str) -> Vec<String> {
    let domains = domains(round);
    let is_of_domain = |resource: &str| {
        let domain = resource.split_once('/').map(|(domain, _)| domain);
        domain.is_some_and(|it| domains.contains(it))
    };
    let own = &round.daemon_set().metadata.uid;
    let room = round.room.and_then(|rooms| rooms.rooms().get(node));
    let Some(room) = room.filter(|_| !domains.is_empty()) else {
        return Vec::new();
    };
    let asks = |pod: &&daemonset::fit::Resident| {
        pod.controller().is_none_or(|it| it.uid != *own)
            && pod.requests().iter().any(|(name, _)| is_of_domain(name))
    };
    let users = room.residents().iter().filter(asks);
    users
        .map(|pod| format!("{}/{}", pod.namespace(), pod.name()))
        .collect()
}

/// The domains of what the template's selector and tolerations name, but those of Kubernetes itself.
fn domains<'r>(round: &'r Round<'_>) -> BTreeSet<&'r str> {
    let spec = round.daemon_set().spec.template.spec();
    let selected = spec.node_selector.iter().map(|(key, _)| key);
    let tolerated = spec.tolerations.iter().map(|it| &*it.key);
    let domains = selected
        .chain(tolerated)
        .filter_map(|key| Some(key.split_once('/')?.0));
    domains
        .filter(|it| !it.ends_with("kubernetes.io") && !it.ends_with("k8s.io"))
        .collect()
}

/// What the deletion of pods takes from others on their nodes, and the nodes where some use a device.
pub(super) fn cautions(
    round: &Round<'_>,
    pods: &[(&str, &Pod)],
) -> (Vec<Caution>, BTreeSet<String>) {
    let mut nodes = BTreeSet::new();
    let mut all = Vec::new();
    for (node, _) in pods {
        let users = users(round, node);
        if !users.is_empty() {
            nodes.insert((*node).to_owned());
        }
        all.extend(users);
    }
    let mut cautions = Vec::new();
    if !all.is_empty() {
        let nodes = nodes.iter().cloned().collect();
        cautions.push(Caution::UsedThere { pods: all, nodes });
    } else if mounts_for_others(round.daemon_set().spec.template.spec_as_json()) {
        cautions.push(Caution::MountsForOthers);
    }
    (cautions, nodes)
}

/// Whether what a container mounts is mounted on the node too.
///
/// Source: [mount propagation](https://kubernetes.io/docs/concepts/storage/volumes/#mount-propagation).
fn mounts_for_others(spec: &Value) -> bool {
    let containers = spec["containers"].as_array().into_iter().flatten();
    let mut mounts = containers.flat_map(|it| it["volumeMounts"].as_array().into_iter().flatten());
    mounts.any(|it| it["mountPropagation"] == "Bidirectional")
}
