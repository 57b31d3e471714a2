//! What each rule hits, and what it must leave alone.

use daemonset::lint::Rule;
use serde_json::{Value, json};

fn required(expressions: Value) -> (&'static str, Value) {
    (
        "affinity/nodeAffinity/requiredDuringSchedulingIgnoredDuringExecution/nodeSelectorTerms",
        expressions,
    )
}

fn term(key: &str, operator: &str, values: &[&str]) -> Value {
    json!({"matchExpressions": [{"key": key, "operator": operator, "values": values}]})
}

const N: &str = "spec.template.spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms";

fn surge() -> (&'static str, Value) {
    (
        "/spec/updateStrategy",
        json!({"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": 0, "maxSurge": 1}}),
    )
}

fn anti_affinity(topology: &str) -> (&'static str, Value) {
    (
        "affinity/podAntiAffinity/requiredDuringSchedulingIgnoredDuringExecution",
        json!([{"topologyKey": topology, "labelSelector": {"matchLabels": {"app": "agent"}}}]),
    )
}

pub fn tolerations(tolerations: Value) -> (&'static str, Value) {
    ("tolerations", tolerations)
}

/// A set, whether the nodes are known, and the rule and field that it hits, if any.
pub type Case = (Vec<(&'static str, Value)>, bool, Option<(Rule, String)>);

fn hit(changes: Vec<(&'static str, Value)>, rule: Rule, field: &str) -> Case {
    (changes, false, Some((rule, field.to_owned())))
}

fn hit_with_nodes(changes: Vec<(&'static str, Value)>, rule: Rule, field: &str) -> Case {
    (changes, true, Some((rule, field.to_owned())))
}

fn miss(changes: Vec<(&'static str, Value)>) -> Case {
    (changes, false, None)
}

fn miss_with_nodes(changes: Vec<(&'static str, Value)>) -> Case {
    (changes, true, None)
}

pub fn selector_cases() -> Vec<Case> {
    vec![
        hit(
            vec![
                (
                    "/spec/selector/matchLabels/controller-revision-hash",
                    json!("x"),
                ),
                (
                    "/spec/template/metadata/labels/controller-revision-hash",
                    json!("x"),
                ),
            ],
            Rule::HashLabelInSelector,
            "spec.selector",
        ),
        hit(
            vec![(
                "/spec/template/metadata/labels/pod-template-generation",
                json!("1"),
            )],
            Rule::HashLabelInTemplate,
            "spec.template.metadata.labels[pod-template-generation]",
        ),
        miss(vec![(
            "/spec/template/metadata/labels/pod-template-hash",
            json!("1"),
        )]),
        miss(vec![(
            "/metadata/labels/controller-revision-hash",
            json!("1"),
        )]),
    ]
}

pub fn placement_cases() -> Vec<Case> {
    let preferred = "affinity/nodeAffinity/preferredDuringSchedulingIgnoredDuringExecution";
    vec![
        hit(
            vec![("nodeName", json!("node-a"))],
            Rule::NodeNameInTemplate,
            "spec.template.spec.nodeName",
        ),
        miss(vec![("nodeName", json!(""))]),
        hit_with_nodes(
            vec![("nodeSelector", json!({"disk": "nvme"}))],
            Rule::NodeSelectorMatchesNoNode,
            "spec.template.spec.nodeSelector[disk]",
        ),
        miss_with_nodes(vec![("nodeSelector", json!({"disk": "ssd"}))]),
        miss(vec![("nodeSelector", json!({"disk": "nvme"}))]),
        hit_with_nodes(
            vec![required(json!([term("disk", "In", &["nvme"])]))],
            Rule::AffinityMatchesNoNode,
            &format!("{N}[0]"),
        ),
        // Each requirement holds somewhere, and both nowhere.
        hit_with_nodes(
            vec![required(json!([{"matchExpressions": [
                {"key": "disk", "operator": "In", "values": ["ssd"]},
                {"key": "topology.kubernetes.io/zone", "operator": "In", "values": ["b"]},
            ]}]))],
            Rule::AffinityMatchesNoNode,
            &format!("{N}[0]"),
        ),
        hit_with_nodes(
            vec![required(json!([
                term("disk", "In", &["ssd"]),
                term("rack", "Exists", &[]),
            ]))],
            Rule::AffinityTermMatchesNoNode,
            &format!("{N}[1]"),
        ),
        hit_with_nodes(
            vec![required(json!([term("disk", "In", &["ssd", "nvme"])]))],
            Rule::AffinityValueOnNoNode,
            &format!("{N}[0].matchExpressions[0].values[1]"),
        ),
        hit_with_nodes(
            vec![required(json!([
                {"matchFields": [{"key": "metadata.name", "operator": "In", "values": ["node-c"]}]},
                term("disk", "Exists", &[]),
            ]))],
            Rule::AffinityTermMatchesNoNode,
            &format!("{N}[0]"),
        ),
        miss_with_nodes(vec![required(json!(
            [term("disk", "NotIn", &["nvme"]), {},]
        ))]),
        miss_with_nodes(vec![required(json!([term(
            "kubernetes.io/os",
            "In",
            &["linux", "windows"]
        )]))]),
        // Only the tainted node is left.
        hit_with_nodes(
            vec![required(json!([
                {"matchFields": [{"key": "metadata.name", "operator": "In", "values": ["node-gpu"]}]},
            ]))],
            Rule::RunsNowhere,
            "spec.template.spec",
        ),
        hit(
            vec![(preferred, json!([{"weight": 1, "preference": {}}]))],
            Rule::PreferredAffinityIgnored,
            "spec.template.spec.affinity.nodeAffinity.preferredDuringSchedulingIgnoredDuringExecution",
        ),
        miss(vec![(preferred, json!([]))]),
        miss(vec![(
            "affinity/podAffinity/preferredDuringSchedulingIgnoredDuringExecution",
            json!([{"weight": 1}]),
        )]),
    ]
}

pub fn anti_affinity_cases() -> Vec<Case> {
    let field = "spec.template.spec.affinity.podAntiAffinity\
                 .requiredDuringSchedulingIgnoredDuringExecution[0]";
    vec![
        hit(
            vec![anti_affinity("kubernetes.io/hostname"), surge()],
            Rule::AntiAffinityAgainstItself,
            field,
        ),
        // One pod a node is no more than a DaemonSet wants.
        miss(vec![anti_affinity("kubernetes.io/hostname")]),
        hit(
            vec![anti_affinity("topology.kubernetes.io/zone")],
            Rule::AntiAffinityAgainstItself,
            field,
        ),
        // The untainted nodes are in zones of their own.
        miss_with_nodes(vec![anti_affinity("topology.kubernetes.io/zone")]),
        hit_with_nodes(
            vec![
                anti_affinity("topology.kubernetes.io/zone"),
                tolerations(json!([{"operator": "Exists"}])),
            ],
            Rule::AntiAffinityAgainstItself,
            field,
        ),
        miss(vec![
            (
                "affinity/podAntiAffinity/requiredDuringSchedulingIgnoredDuringExecution",
                json!([{
                    "topologyKey": "topology.kubernetes.io/zone",
                    "labelSelector": {"matchLabels": {"app": "other"}},
                }]),
            ),
            surge(),
        ]),
        miss(vec![(
            "affinity/podAntiAffinity/requiredDuringSchedulingIgnoredDuringExecution",
            json!([{
                "topologyKey": "topology.kubernetes.io/zone",
                "labelSelector": {"matchLabels": {"app": "agent"}},
                "namespaces": ["other"],
            }]),
        )]),
    ]
}

pub fn toleration_cases() -> Vec<Case> {
    let zeroth = "spec.template.spec.tolerations[0]";
    let seconds = "spec.template.spec.tolerations[0].tolerationSeconds";
    vec![
        hit_with_nodes(
            vec![tolerations(json!([{"key": "spot", "operator": "Exists"}]))],
            Rule::TolerationMatchesNoTaint,
            zeroth,
        ),
        miss(vec![tolerations(
            json!([{"key": "spot", "operator": "Exists"}]),
        )]),
        hit_with_nodes(
            vec![tolerations(json!([{"key": "gpu", "value": "h100"}]))],
            Rule::TolerationMissesTaint,
            zeroth,
        ),
        hit_with_nodes(
            vec![tolerations(
                json!([{"key": "gpu", "operator": "Exists", "effect": "NoExecute"}]),
            )],
            Rule::TolerationMissesTaint,
            zeroth,
        ),
        // Another one tolerates it.
        miss_with_nodes(vec![tolerations(json!([
            {"key": "gpu", "value": "h100"},
            {"key": "gpu", "operator": "Exists"},
        ]))]),
        miss_with_nodes(vec![tolerations(json!([
            {"key": "gpu", "value": "a100", "effect": "NoSchedule"},
            {"operator": "Exists", "effect": "NoExecute"},
            {"key": "node.kubernetes.io/unreachable", "operator": "Exists"},
            {"key": "node-role.kubernetes.io/control-plane", "operator": "Exists"},
            {"key": "CriticalAddonsOnly", "operator": "Exists"},
        ]))]),
        hit(
            vec![tolerations(json!([{
                "key": "node.kubernetes.io/unreachable",
                "operator": "Exists",
                "effect": "NoExecute",
                "tolerationSeconds": 300,
            }]))],
            Rule::TolerationSecondsNeverActs,
            seconds,
        ),
        hit(
            vec![tolerations(json!([
                {"operator": "Exists"},
                {"key": "maintenance", "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 60},
            ]))],
            Rule::TolerationSecondsNeverActs,
            "spec.template.spec.tolerations[1].tolerationSeconds",
        ),
        hit(
            vec![tolerations(json!([
                {"key": "x", "operator": "Exists", "effect": "NoSchedule", "tolerationSeconds": 60},
            ]))],
            Rule::TolerationSecondsNeverActs,
            seconds,
        ),
        // `Equal` is not the toleration that the controller adds, and comes before it.
        hit(
            vec![tolerations(json!([{
                "key": "node.kubernetes.io/unreachable",
                "effect": "NoExecute",
                "tolerationSeconds": 300,
            }]))],
            Rule::TolerationSecondsRepeats,
            seconds,
        ),
        hit(
            vec![tolerations(json!([
                {"key": "maintenance", "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 60},
                {"operator": "Exists"},
            ]))],
            Rule::TolerationSecondsRepeats,
            seconds,
        ),
        miss(vec![tolerations(json!([
            {"key": "maintenance", "operator": "Exists", "effect": "NoExecute"},
        ]))]),
    ]
}

pub fn name_cases() -> Vec<Case> {
    let master = json!({"key": "node-role.kubernetes.io/master", "effect": "NoSchedule"});
    let control_plane =
        json!({"key": "node-role.kubernetes.io/control-plane", "effect": "NoSchedule"});
    let key = "spec.template.spec.tolerations[0].key";
    vec![
        hit(vec![tolerations(json!([master]))], Rule::RetiredName, key),
        hit_with_nodes(vec![tolerations(json!([master]))], Rule::RetiredName, key),
        miss(vec![tolerations(json!([master, control_plane]))]),
        hit(
            vec![("nodeSelector", json!({"beta.kubernetes.io/os": "linux"}))],
            Rule::RetiredName,
            "spec.template.spec.nodeSelector[beta.kubernetes.io/os]",
        ),
        hit(
            vec![required(json!([term(
                "failure-domain.beta.kubernetes.io/zone",
                "Exists",
                &[]
            )]))],
            Rule::RetiredName,
            &format!("{N}[0].matchExpressions[0].key"),
        ),
        hit(
            vec![(
                "affinity/podAffinity/requiredDuringSchedulingIgnoredDuringExecution",
                json!([{"topologyKey": "kubernetes.io/hostnam"}]),
            )],
            Rule::MisspeltName,
            "spec.template.spec.affinity.podAffinity\
             .requiredDuringSchedulingIgnoredDuringExecution[0].topologyKey",
        ),
        hit(
            vec![("nodeSelector", json!({"kubernetes.io/OS": "linux"}))],
            Rule::MisspeltName,
            "spec.template.spec.nodeSelector[kubernetes.io/OS]",
        ),
        hit(
            vec![("nodeSelector", json!({"topology.kubernetes.io/zonee": "a"}))],
            Rule::MisspeltName,
            "spec.template.spec.nodeSelector[topology.kubernetes.io/zonee]",
        ),
        hit(
            vec![tolerations(json!([
                {"key": "node-role.kubernetes.io/controlplane", "operator": "Exists"},
            ]))],
            Rule::MisspeltName,
            key,
        ),
        miss(vec![(
            "nodeSelector",
            json!({"node-role.kubernetes.io/worker": ""}),
        )]),
        miss(vec![(
            "nodeSelector",
            json!({"topology.kubernetes.io/rack": "1"}),
        )]),
        miss(vec![("nodeSelector", json!({"kubernetes.io/ip": "1"}))]),
        miss(vec![("nodeSelector", json!({"example.com/zone": "a"}))]),
        miss(vec![("nodeSelector", json!({"os": "linux"}))]),
        hit(
            vec![("nodeSelector", json!({"kubernetes.io/arch": "x86_64"}))],
            Rule::MisspeltValue,
            "spec.template.spec.nodeSelector[kubernetes.io/arch]",
        ),
        hit(
            vec![required(json!([term(
                "kubernetes.io/os",
                "In",
                &["Linux"]
            )]))],
            Rule::MisspeltValue,
            &format!("{N}[0].matchExpressions[0].values[0]"),
        ),
        miss(vec![(
            "nodeSelector",
            json!({"kubernetes.io/arch": "loong64"}),
        )]),
        miss(vec![("nodeSelector", json!({"cpu": "x86_64"}))]),
    ]
}

pub fn rollout_cases() -> Vec<Case> {
    let budget = "/spec/updateStrategy/rollingUpdate/maxUnavailable";
    let port = "spec.template.spec.containers[0].ports[0]";
    vec![
        hit(
            vec![
                surge(),
                (
                    "containers/0/ports",
                    json!([{"containerPort": 80, "hostPort": 8080}]),
                ),
            ],
            Rule::HostPortWithSurge,
            &format!("{port}.hostPort"),
        ),
        hit(
            vec![
                surge(),
                ("hostNetwork", json!(true)),
                ("dnsPolicy", json!("Default")),
                ("containers/0/ports", json!([{"containerPort": 80}])),
            ],
            Rule::HostPortWithSurge,
            &format!("{port}.containerPort"),
        ),
        miss(vec![
            surge(),
            ("containers/0/ports", json!([{"containerPort": 80}])),
        ]),
        miss(vec![(
            "containers/0/ports",
            json!([{"containerPort": 80, "hostPort": 80}]),
        )]),
        hit(
            vec![(budget, json!(0))],
            Rule::NoBudget,
            "spec.updateStrategy.rollingUpdate.maxUnavailable",
        ),
        hit(
            vec![(
                "/spec/updateStrategy/rollingUpdate",
                json!({"maxUnavailable": "0%", "maxSurge": "0%"}),
            )],
            Rule::NoBudget,
            "spec.updateStrategy.rollingUpdate.maxUnavailable",
        ),
        miss(vec![surge()]),
        miss(vec![(budget, json!("1%"))]),
        hit(
            vec![(budget, json!("100%"))],
            Rule::WholeSetAtOnce,
            "spec.updateStrategy.rollingUpdate.maxUnavailable",
        ),
        hit_with_nodes(
            vec![(budget, json!(2))],
            Rule::WholeSetAtOnce,
            "spec.updateStrategy.rollingUpdate.maxUnavailable",
        ),
        miss(vec![(budget, json!(100))]),
        miss_with_nodes(vec![(budget, json!("50%"))]),
        // One node is all there is.
        miss_with_nodes(vec![
            (budget, json!(1)),
            ("nodeSelector", json!({"disk": "ssd"})),
        ]),
        hit(
            vec![(
                "/spec/updateStrategy",
                json!({"type": "OnDelete", "rollingUpdate": {"maxUnavailable": 1}}),
            )],
            Rule::UnusedBudget,
            "spec.updateStrategy.rollingUpdate",
        ),
        miss(vec![("/spec/updateStrategy", json!({"type": "OnDelete"}))]),
        hit(
            vec![("containers/0/readinessProbe", json!(null))],
            Rule::UnguardedRollout,
            "spec.minReadySeconds",
        ),
        miss(vec![
            ("containers/0/readinessProbe", json!(null)),
            ("/spec/minReadySeconds", json!(10)),
        ]),
        miss(vec![
            ("containers/0/readinessProbe", json!(null)),
            ("/spec/updateStrategy", json!({"type": "OnDelete"})),
        ]),
        miss(vec![
            ("containers/0/readinessProbe", json!(null)),
            (
                "readinessGates",
                json!([{"conditionType": "example.com/Warm"}]),
            ),
        ]),
        hit(
            vec![("/spec/revisionHistoryLimit", json!(0))],
            Rule::NoHistory,
            "spec.revisionHistoryLimit",
        ),
        miss(vec![("/spec/revisionHistoryLimit", json!(1))]),
    ]
}

pub fn container_cases() -> Vec<Case> {
    let requests = "spec.template.spec.containers[0].resources.requests";
    let image = "spec.template.spec.containers[0].image";
    vec![
        hit(
            vec![("containers/0/resources", json!(null))],
            Rule::MissingRequests,
            requests,
        ),
        hit(
            vec![("containers/0/resources/requests", json!({"cpu": "1"}))],
            Rule::MissingRequests,
            requests,
        ),
        // A limit is a request too.
        miss(vec![(
            "containers/0/resources",
            json!({"limits": {"cpu": "1", "memory": "1Gi"}}),
        )]),
        miss(vec![
            ("containers/0/resources", json!(null)),
            (
                "resources",
                json!({"requests": {"cpu": "1", "memory": "1Gi"}}),
            ),
        ]),
        miss(vec![(
            "initContainers",
            json!([{"name": "i", "image": "i:1"}]),
        )]),
        hit(
            vec![(
                "initContainers",
                json!([{"name": "s", "image": "s:1", "restartPolicy": "Always"}]),
            )],
            Rule::MissingRequests,
            "spec.template.spec.initContainers[0].resources.requests",
        ),
        hit(
            vec![("containers/0/image", json!("registry.example:5000/agent"))],
            Rule::FloatingImage,
            image,
        ),
        hit(
            vec![("containers/0/image", json!("agent:latest"))],
            Rule::FloatingImage,
            image,
        ),
        hit(
            vec![("initContainers", json!([{"name": "i", "image": "i"}]))],
            Rule::FloatingImage,
            "spec.template.spec.initContainers[0].image",
        ),
        miss(vec![("containers/0/image", json!("agent:latest-1"))]),
        miss(vec![(
            "containers/0/image",
            json!(format!("agent:latest@sha256:{}", "0".repeat(64))),
        )]),
        miss(vec![(
            "containers/0/image",
            json!(format!("agent@sha256:{}", "0".repeat(64))),
        )]),
        hit(
            vec![("hostNetwork", json!(true))],
            Rule::HostNetworkDns,
            "spec.template.spec.dnsPolicy",
        ),
        miss(vec![
            ("hostNetwork", json!(true)),
            ("dnsPolicy", json!("ClusterFirstWithHostNet")),
        ]),
        miss(vec![
            ("hostNetwork", json!(true)),
            ("dnsPolicy", json!("Default")),
        ]),
        miss(vec![("hostNetwork", json!(false))]),
        hit(
            vec![("/metadata/namespace", json!("kube-system"))],
            Rule::NoPriorityClass,
            "spec.template.spec.priorityClassName",
        ),
        miss(vec![
            ("/metadata/namespace", json!("kube-system")),
            ("priorityClassName", json!("system-node-critical")),
        ]),
    ]
}
