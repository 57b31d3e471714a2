//! The commands that mend what a pod asks for, or lead to it.

use daemonset::api::DaemonSet;
use serde_json::{Value, json};

use super::command::{describe_pod, namespace, patch_pods, pods_like, target, word};
use super::{ContainerRepair, PlacementRepair, Repair, asked, create};
use crate::evidence::GivenKind;
use crate::round::Round;
use crate::signs::asked_pods::AskedPods;
use crate::signs::claims::CLAIM;
use crate::signs::missing::{Kind, Missing};
use crate::stall::Said;

/// How many objects are shown.
const NAMED: usize = 3;

/// The scheduling gates of the template itself.
pub(super) fn gates_of(set: &DaemonSet) -> Vec<String> {
    let gates = set.spec.template.spec_as_json()["schedulingGates"].as_array();
    let names = gates.into_iter().flatten();
    names
        .filter_map(|gate| gate["name"].as_str().map(str::to_owned))
        .collect()
}

/// The command that takes these gates out of the template, and no other.
fn without_gates(set: &DaemonSet, gates: &[String]) -> String {
    const LIST: &str = "/spec/template/spec/schedulingGates";
    let own = gates_of(set);
    let remove = |path: String| json!({"op": "remove", "path": path});
    let patch: Vec<Value> = if own.iter().all(|it| gates.contains(it)) {
        vec![remove(LIST.to_owned())]
    } else {
        // From the end: what is removed moves what comes after it.
        let named = (0..own.len()).rev().filter(|at| gates.contains(&own[*at]));
        named.map(|at| remove(format!("{LIST}/{at}"))).collect()
    };
    let patch = word(&Value::from(patch).to_string());
    format!("kubectl patch {} --type=json -p {patch}", target(set))
}

/// What shows why a readiness gate is not met: the object of the load balancer's controller where the gate is of a known one.
/// Of the pod its events tell, where these were not given.
///
/// Source: [AWS Load Balancer Controller](https://kubernetes-sigs.github.io/aws-load-balancer-controller/latest/deploy/pod_readiness_gate/)
/// and [Container-native load balancing](https://cloud.google.com/kubernetes-engine/docs/concepts/container-native-load-balancing).
fn shown_of_gate(gate: &str, round: &Round<'_>, said: &Said<'_, '_>) -> Vec<String> {
    if let Some(shown) = shown_of_balancer(gate, round) {
        return vec![shown];
    }
    let has_events = round.evidence.is_some_and(|it| it.gave(GivenKind::Event));
    let pod = (!has_events).then(|| describe_pod(said.pod));
    pod.into_iter().collect()
}

/// What shows the object of a load balancer's controller that a readiness gate is of.
fn shown_of_balancer(gate: &str, round: &Round<'_>) -> Option<String> {
    const OF_BALANCERS: [(&str, &str); 3] = [
        ("target-health.elbv2.k8s.aws/", "targetgroupbindings"),
        ("target-health.alb.ingress.k8s.aws/", "targetgroupbindings"),
        (
            "cloud.google.com/load-balancer-neg-ready",
            "servicenetworkendpointgroups",
        ),
    ];
    let namespace = namespace(round.daemon_set());
    let mut known = OF_BALANCERS.iter();
    let (_, objects) = known.find(|(prefix, _)| gate.starts_with(prefix))?;
    Some(format!("kubectl describe {objects} -n {namespace}"))
}

/// By what the repair names.
pub(super) fn commands_of(repair: &Repair, round: &Round<'_>, said: &Said<'_, '_>) -> Vec<String> {
    let set = round.daemon_set();
    match repair {
        Repair::Placement(PlacementRepair::Autoscaler {
            autoscaler,
            namespace,
        }) => vec![
            format!("kubectl edit vpa {} -n {namespace}", word(autoscaler)),
            format!(
                "kubectl delete pod {} -n {namespace}",
                word(&said.pod.metadata.name)
            ),
        ],
        Repair::Container(ContainerRepair::GateNotMet { gate }) => shown_of_gate(gate, round, said),
        Repair::Container(ContainerRepair::Objects { objects, .. }) => (objects.iter())
            .filter_map(|object| object.strip_prefix(CLAIM))
            .flat_map(|name| {
                let missing = Missing {
                    kind: Kind::Claim,
                    names: vec![name.to_owned()],
                };
                create::commands(&missing, set)
            })
            .collect(),
        Repair::Placement(PlacementRepair::SchedulingGates { gates, in_template }) => {
            let taken_out = in_template.then(|| without_gates(set, gates));
            let is_of_kueue = gates.iter().any(|gate| gate.starts_with("kueue.x-k8s.io/"));
            let shown = if is_of_kueue {
                Some(format!("kubectl get workloads -n {}", namespace(set)))
            } else {
                gates.iter().find_map(|gate| pods_like(gate))
            };
            shown.into_iter().chain(taken_out).collect()
        }
        Repair::Container(ContainerRepair::ReadinessGate { gate, .. }) => {
            let pod = word(&said.pod.metadata.name);
            let shown = format!(
                "kubectl get pod {pod} -n {} -o jsonpath='{{.status.conditions}}'",
                namespace(set)
            );
            let lead = shown_of_balancer(gate, round).or_else(|| pods_like(gate));
            lead.into_iter().chain([shown]).collect()
        }
        Repair::Placement(PlacementRepair::Scheduler { scheduler })
            if scheduler == "default-scheduler" =>
        {
            let found = AskedPods::of_control_plane(round, "kube-scheduler", None);
            let shown = found.map(|it| asked::shown(&it));
            vec![shown.unwrap_or_else(|| {
                "kubectl get pods -n kube-system -l component=kube-scheduler".to_owned()
            })]
        }
        Repair::Placement(PlacementRepair::Scheduler { scheduler }) => pods_like(scheduler)
            .into_iter()
            .chain([patch_pods(
                set,
                &json!({"schedulerName": "default-scheduler"}),
            )])
            .collect(),
        Repair::Placement(PlacementRepair::StorageClass {
            claim, namespace, ..
        }) => vec![
            "kubectl get storageclass".to_owned(),
            format!("kubectl get pvc {} -n {namespace} -o yaml", word(claim)),
        ],
        Repair::Placement(PlacementRepair::ClaimsElsewhere { claims, namespace }) => {
            let names = claims.iter().take(NAMED);
            let names = names.filter_map(|claim| Some(word(claim.split_once(' ')?.1)));
            let names: Vec<_> = names.collect();
            vec![
                format!("kubectl get pvc {} -n {namespace} -o wide", names.join(" ")),
                "kubectl get pv -o 'custom-columns=NAME:.metadata.name,CLAIM:.spec.claimRef.name,\
                 NODES:.spec.nodeAffinity.required.nodeSelectorTerms[*].matchExpressions[*].values'"
                    .to_owned(),
            ]
        }
        Repair::Placement(PlacementRepair::Claims { claims, namespace }) => claims
            .iter()
            .take(NAMED)
            .filter_map(|claim| Some(claim.split_once(' ')?.1))
            .map(|claim| format!("kubectl describe pvc {} -n {namespace}", word(claim)))
            .collect(),
        _ => Vec::new(),
    }
}
