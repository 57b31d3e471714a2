//! Who removes the finalizers that hold pods.

use super::command::{namespace_of, pods_like, word};
use super::{Fix, Repair};
use crate::round::Round;

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
    let commands = pod.map(|pod| {
        let (name, namespace) = (&pod.metadata.name, &pod.metadata.namespace);
        format!(
            "kubectl describe pod {} -n {}",
            word(name),
            namespace_of(namespace)
        )
    });
    let others = || finalizers.iter().filter_map(|it| pods_like(it)).take(1);
    let commands: Vec<String> = match commands {
        Some(command) => vec![command],
        None => others().collect(),
    };
    let perhaps = pod.map(|pod| format!("{}/{}", pod.metadata.namespace, pod.metadata.name));
    let repair = Repair::Finalizers {
        finalizers,
        perhaps,
    };
    Fix::outside(repair, commands)
}

/// The same, of those that are not Kubernetes's own, which have no prefix.
pub(super) fn removed_by_others(finalizers: &[String], round: &Round<'_>) -> Option<Fix> {
    let of_others = finalizers.iter().filter(|it| it.contains('/'));
    let of_others: Vec<String> = of_others.cloned().collect();
    (!of_others.is_empty()).then(|| removed_by(of_others, round))
}
