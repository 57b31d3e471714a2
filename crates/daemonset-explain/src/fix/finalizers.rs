//! Who removes the finalizers that hold pods.

use serde_json::{Value, json};

use super::command::{describe_pod, pods_like, target, word};
use super::{Caution, Fix, Repair, RolloutRepair};
use crate::round::Round;

/// Of how many finalizers the controllers are sought.
const MOST_SOUGHT: usize = 2;

/// What controllers are called beside what they are for.
const OF_CONTROLLERS: [&str; 4] = ["operator", "controller", "manager", "provisioner"];

/// To start the controllers of these finalizers, by the pod that may be one and does not run.
pub(super) fn removed_by(finalizers: Vec<String>, round: &Round<'_>) -> Fix {
    let prefixes: Vec<&str> = (finalizers.iter())
        .filter_map(|it| it.split_once('/')?.0.split('.').next())
        .filter(|it| it.len() > 1)
        .collect();
    let names = |name: &str, part: &str| name.split(['-', '.']).any(|it| it == part);
    let mut pods = round.cluster.pods().iter();
    let pod = pods.find(|pod| {
        let metadata = &pod.metadata;
        let is_controller = OF_CONTROLLERS.iter().any(|it| names(&metadata.name, it));
        let is_named =
            (prefixes.iter()).any(|it| names(&metadata.name, it) || names(&metadata.namespace, it));
        is_controller && is_named && !pod.is_terminal() && !round.problems_of(pod).is_empty()
    });
    let commands = pod.map(|pod| describe_pod(pod));
    let others = || {
        finalizers
            .iter()
            .filter_map(|it| pods_like(it))
            .take(MOST_SOUGHT)
    };
    let commands: Vec<String> = match commands {
        Some(command) => vec![command],
        None => others().collect(),
    };
    let why = pod.and_then(|pod| Some(round.told(pod, round.problems_of(pod).first()?)));
    let perhaps = pod.map(|pod| format!("{}/{}", pod.metadata.namespace, pod.metadata.name));
    let repair = Repair::Rollout(RolloutRepair::Finalizers {
        finalizers,
        perhaps,
        why,
    });
    Fix::outside(repair, commands)
}

/// The same, of those of a DaemonSet that is being deleted which are not Kubernetes's own, which have no prefix; or to
/// take them off it, with which it goes, and so many pods with it.
pub(super) fn removed_by_others(finalizers: &[String], pods: usize, round: &Round<'_>) -> Vec<Fix> {
    let (of_others, own): (Vec<String>, Vec<String>) =
        (finalizers.iter().cloned()).partition(|it| it.contains('/'));
    if of_others.is_empty() {
        return Vec::new();
    }
    let kept = match own.as_slice() {
        [] => Value::Null,
        some => json!(some),
    };
    let patch = json!({"metadata": {"finalizers": kept}}).to_string();
    let command = format!(
        "kubectl patch {} --type=merge -p {}",
        target(round.daemon_set()),
        word(&patch)
    );
    let repair = Repair::Rollout(RolloutRepair::OwnFinalizers {
        finalizers: of_others.clone(),
        pods,
    });
    let mut by_hand = Fix::outside(repair, vec![command]);
    by_hand.cautions.push(Caution::SkipsFinalizer);
    vec![removed_by(of_others, round), by_hand]
}
