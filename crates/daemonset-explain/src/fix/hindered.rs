//! What keeps going back from being done on nodes whose kubelets answer.

use std::collections::BTreeSet;

use daemonset::api::Pod;

use super::requests::HIGHEST;
use super::{Caution, Fix};
use crate::health::Pressure;
use crate::round::{NodeSeen, Round};

/// What keeps going back from being done on these nodes, though their kubelets answer: such as reject new pods, and finalizers
/// of the pods that are to go.
///
/// Source: [node-pressure eviction](https://kubernetes.io/docs/concepts/scheduling-eviction/node-pressure-eviction/): a kubelet
/// admits no pod under pressure of the disk or of process ids but critical ones; under that of memory those of a DaemonSet, which
/// tolerate its taint.
pub(super) fn hindered(nodes: &[String], round: &Round<'_>) -> Vec<Caution> {
    let seen = || nodes.iter().filter_map(|name| round.view.node(name));
    let is_critical = |pod: &Pod| {
        round
            .said_by(pod)
            .is_some_and(|it| it.spec.priority > HIGHEST)
    };
    let mut all = Vec::new();
    for pressure in [Pressure::Disk, Pressure::Pid] {
        let is_under = |node: &&NodeSeen<'_>| {
            let is_said = node.node.is_some_and(|it| pressure.said_by(it).is_some());
            is_said && !node.pods.iter().any(|pod| is_critical(pod.pod))
        };
        let nodes: Vec<String> = seen()
            .filter(is_under)
            .map(|node| node.name.to_owned())
            .collect();
        if !nodes.is_empty() {
            all.push(Caution::UnderPressure { nodes, pressure });
        }
    }
    let held = seen().filter(|node| {
        node.pods
            .iter()
            .any(|pod| !pod.pod.metadata.finalizers.is_empty())
    });
    let nodes: Vec<String> = held.map(|node| node.name.to_owned()).collect();
    let finalizers: BTreeSet<String> = seen()
        .flat_map(|node| &node.pods)
        .flat_map(|pod| pod.pod.metadata.finalizers.iter().cloned())
        .collect();
    if !nodes.is_empty() {
        let finalizers = finalizers.into_iter().collect();
        all.push(Caution::HeldByFinalizers { nodes, finalizers });
    }
    all
}

/// The nodes whose kubelets reject the pods that a fix has made there.
pub(super) fn under_pressure(fix: &Fix) -> Vec<String> {
    let nodes = fix.cautions.iter().filter_map(|caution| match caution {
        Caution::UnderPressure { nodes, .. } => Some(nodes),
        _ => None,
    });
    nodes.flatten().cloned().collect()
}
