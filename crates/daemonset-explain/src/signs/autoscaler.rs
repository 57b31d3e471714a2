//! Whether what a pod asks for was set by an autoscaler as it was made.

use daemonset::api::Pod;

/// The annotation in which the `VerticalPodAutoscaler` tells what it has set.
const UPDATES: &str = "vpaUpdates";

/// The `VerticalPodAutoscaler` that has set what the pod asks for: `Pod resources updated by agent: container 0: memory request`.
///
/// Source: [VPA](https://github.com/kubernetes/autoscaler/tree/master/vertical-pod-autoscaler).
pub(crate) fn autoscaler(pod: &Pod) -> Option<&str> {
    let told = pod.metadata.annotations.get(UPDATES)?;
    let (_, rest) = told.split_once("updated by ")?;
    let (name, _) = rest.split_once(':')?;
    (!name.is_empty()).then_some(name)
}
