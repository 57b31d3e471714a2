//! What the operator is with `--policy`: the same loop around another machine, which carries out the
//! policies that DaemonSets have as annotations. Kubernetes's own controller creates the pods.

use daemonset::control::Conductor;
use daemonset::policy::Policy;
use daemonset_k8s_openapi::{FromObjects, View};
use k8s_openapi::api::core::v1::{Node, Pod};

pub fn conductor() -> Conductor<View<Node>, View<Pod>, FromObjects> {
    Conductor::new(FromObjects).reading(read)
}

/// As people write it, in YAML.
fn read(text: &str) -> Result<Policy, String> {
    let governor = daemonset_manifest::read_policy("the annotation", text.as_bytes());
    governor
        .map(|governor| governor.policy().clone())
        .map_err(|faults| faults[0].to_string())
}
