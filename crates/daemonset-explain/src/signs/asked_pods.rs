//! The pods of what failing pods ask in vain, where they were given and fail themselves.

use daemonset::api::Pod;

use super::lookup::{Lookup, service};
use super::outside::asked_in_vain;
use super::quoted::words;
use crate::round::Round;
use crate::stall::Said;

/// What a pod says that is to answer the failing one, and is not ready, as a clause; where one of them is well, nothing.
pub(crate) fn of_asked(round: &Round<'_>, said: &Said<'_, '_>) -> Option<String> {
    let words = words(round, said);
    let asked = asked_in_vain(round, &words)?;
    // The server that is asked for names first.
    let lookup = Lookup::of(&words).filter(|it| !it.is_answered);
    let host = asked
        .rsplit_once(':')
        .map_or(asked.as_str(), |(host, _)| host);
    let is_dns = lookup
        .as_ref()
        .is_some_and(|it| it.server.is_some() || it.is_of_cluster());
    let of_service = service(host).filter(|_| !is_dns);
    let is_meant = |pod: &&&Pod| {
        let metadata = &pod.metadata;
        match of_service {
            _ if is_dns => metadata.labels.get("k8s-app") == Some("kube-dns"),
            Some((name, namespace)) => {
                let rest = metadata.name.strip_prefix(name);
                metadata.namespace == namespace && rest.is_some_and(|it| it.starts_with('-'))
            }
            None => false,
        }
    };
    let pods: Vec<&Pod> = round
        .cluster
        .pods()
        .iter()
        .filter(is_meant)
        .copied()
        .collect();
    let told = pods.iter().map(|pod| {
        let problems = round.problems_of(pod);
        Some((pod, problems.into_iter().next()?))
    });
    let told: Option<Vec<_>> = told.collect();
    let (pod, problem) = told?.into_iter().next()?;
    let what = if is_dns {
        "the DNS server"
    } else {
        "what they ask"
    };
    Some(format!(
        "a pod of {what} fails itself: {}/{}: {}",
        pod.metadata.namespace,
        pod.metadata.name,
        round.told(pod, &problem)
    ))
}
