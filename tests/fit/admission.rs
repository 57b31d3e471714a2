//! What is filled in between the template and the pod.

use daemonset::fit::{
    Admission, Answer, Assumed, HostPort, LimitRange, NodeFacts, NodeRoom, PreemptionPolicy,
    PriorityClass, RuntimeClass,
};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::objects::of_template;

fn read<T: DeserializeOwned>(json: Value) -> T {
    serde_json::from_value(json).unwrap()
}

fn limit_range(name: &str, namespace: &str, item: Value) -> LimitRange {
    read(json!({
        "metadata": {"name": name, "namespace": namespace},
        "spec": {"limits": [item]},
    }))
}

/// Nothing is left to assume.
fn known() -> Admission {
    Admission::default().priority_classes([]).limit_ranges([])
}

#[test]
fn requests_are_copied_from_limits_and_rounded_to_thousandths() {
    let needs = of_template(
        json!({
            "containers": [{"resources": {
                "limits": {"cpu": "0.0002", "memory": "64Mi", "example.com/gpu": 1},
                "requests": {"memory": "32Mi"},
            }}],
            "initContainers": [
                {"restartPolicy": "Always", "resources": {"limits": {"cpu": "0.0002"}}},
            ],
        }),
        &known(),
    );
    let asked: Vec<_> = needs.requests().iter().collect();
    // Each container's tiny amount is a thousandth once it is stored.
    assert_eq!(
        asked,
        [("cpu", 2), ("memory", 32 << 20), ("example.com/gpu", 1)]
    );
    assert_eq!(needs.assumed(), []);
}

#[test]
fn a_pod_with_limits_as_a_whole_gets_requests_as_a_whole() {
    // From the containers where they ask, from the limit where they do not.
    let needs = of_template(
        json!({
            "resources": {"limits": {"cpu": "2", "memory": "1Gi", "hugepages-2Mi": "4Mi"}},
            "containers": [{"resources": {"requests": {"cpu": "100m"}}}],
        }),
        &known(),
    );
    assert_eq!(needs.requests().get("cpu"), 100);
    assert_eq!(needs.requests().get("memory"), 1 << 30);
    assert_eq!(needs.requests().get("hugepages-2Mi"), 4 << 20);

    // A default of a LimitRange comes after that, and changes nothing of it.
    let ranges = [limit_range(
        "defaults",
        "infra",
        json!({"type": "Container", "defaultRequest": {"cpu": "50m", "memory": "2Gi"}}),
    )];
    let needs = of_template(
        json!({
            "resources": {"limits": {"memory": "1Gi"}},
            "containers": [{"resources": {"requests": {"cpu": "100m"}}}, {}],
        }),
        &known().limit_ranges(ranges),
    );
    assert_eq!(needs.requests().get("cpu"), 100);
    assert_eq!(needs.requests().get("memory"), 1 << 30);
}

#[test]
fn on_the_host_network_every_port_is_one_of_the_host() {
    let spec = |host_network: bool| {
        json!({
            "hostNetwork": host_network,
            "containers": [{"ports": [
                {"containerPort": 9100},
                {"containerPort": 53, "hostPort": 5353, "protocol": "UDP", "hostIP": "10.0.0.1"},
            ]}],
            "initContainers": [{"ports": [{"containerPort": 1}]}],
        })
    };
    let dns = HostPort::new(5353, "UDP", "10.0.0.1");
    let metrics = HostPort::new(9100, "TCP", "0.0.0.0");
    assert_eq!(
        of_template(spec(true), &known()).host_ports(),
        [dns.clone(), metrics]
    );
    assert_eq!(of_template(spec(false), &known()).host_ports(), [dns]);
}

#[test]
fn priority_comes_from_the_class() {
    let classes: [PriorityClass; 3] = [
        read(json!({"metadata": {"name": "agents"}, "value": 5000, "preemptionPolicy": "Never"})),
        read(json!({"metadata": {"name": "usual"}, "value": 70, "globalDefault": true})),
        read(json!({"metadata": {"name": "low"}, "value": 60, "globalDefault": true})),
    ];
    let given = known().priority_classes(classes);
    let needs = |class: Value, admission: &Admission| {
        of_template(json!({"priorityClassName": class}), admission)
    };

    let agents = needs(json!("agents"), &given);
    assert_eq!(agents.priority(), 5000);
    assert_eq!(agents.preemption_policy(), PreemptionPolicy::Never);
    // Of several default classes the lowest counts.
    assert_eq!(needs(Value::Null, &given).priority(), 60);
    let critical = needs(json!("system-node-critical"), &Admission::default());
    assert_eq!(critical.priority(), 2_000_001_000);
    let critical = needs(json!("system-cluster-critical"), &given);
    assert_eq!(critical.priority(), 2_000_000_000);
    assert_eq!(critical.assumed(), []);

    for admission in [&given, &known(), &Admission::default()] {
        let unknown = needs(json!("elsewhere"), admission);
        assert_eq!(unknown.priority(), 0);
        let assumed = Assumed::PriorityClass {
            name: "elsewhere".into(),
        };
        assert!(unknown.assumed().contains(&assumed));
    }
    assert_eq!(needs(Value::Null, &known()).assumed(), []);
    assert_eq!(
        needs(Value::Null, &Admission::default()).assumed(),
        [Assumed::NoDefaultPriorityClass]
    );
}

#[test]
fn a_runtime_class_adds_overhead_and_scheduling_rules() {
    let class: RuntimeClass = read(json!({
        "metadata": {"name": "kata"},
        "overhead": {"podFixed": {"cpu": "250m", "memory": "160Mi"}},
        "scheduling": {
            "nodeSelector": {"kata": "yes"},
            "tolerations": [{"key": "kata", "operator": "Exists"}],
        },
    }));
    let spec = |selector: Value| {
        json!({
            "runtimeClassName": "kata",
            "nodeSelector": selector,
            "containers": [{"resources": {"requests": {"cpu": "100m", "memory": "40Mi"}}}],
        })
    };
    let given = known().runtime_classes([class]);
    let needs = of_template(spec(json!({})), &given);
    assert_eq!(needs.requests().get("cpu"), 350);
    assert_eq!(needs.requests().get("memory"), 200 << 20);

    let room = |labels: Value| {
        NodeRoom::new(
            &NodeFacts::from_json(&json!({
                "metadata": {"name": "node-a", "labels": labels},
                "spec": {"taints": [{"key": "kata", "effect": "NoSchedule"}]},
                "status": {"allocatable": {"cpu": "2", "memory": "1Gi", "pods": "9"}},
            }))
            .unwrap(),
        )
    };
    assert_eq!(
        needs.fit(&room(json!({"kata": "yes"}))).answer,
        Answer::Fits
    );
    assert_eq!(needs.fit(&room(json!({}))).answer, Answer::Excluded);
    // The API server refuses such a pod; it never runs anywhere.
    let contradicting = of_template(spec(json!({"kata": "no"})), &given);
    for labels in [json!({"kata": "yes"}), json!({"kata": "no"})] {
        assert_eq!(contradicting.fit(&room(labels)).answer, Answer::Excluded);
    }

    let unknown = of_template(spec(json!({})), &known());
    assert_eq!(unknown.requests().get("cpu"), 100);
    assert_eq!(
        unknown.assumed(),
        [Assumed::RuntimeClass {
            name: "kata".into()
        }]
    );
}

#[test]
fn limit_ranges_fill_in_requests() {
    let spec = json!({
        "containers": [{"resources": {"requests": {"cpu": "10m"}}}, {}],
        "initContainers": [{}],
    });
    let given = |ranges: Vec<LimitRange>| known().limit_ranges(ranges);
    let item = json!({
        "type": "Container",
        "defaultRequest": {"cpu": "100m"},
        "default": {"cpu": "1", "memory": "1Gi"},
        "max": {"memory": "2Gi", "ephemeral-storage": "5Gi"},
        "min": {"ephemeral-storage": "1Gi", "example.com/a": "1"},
    });
    let defaults = limit_range("defaults", "infra", item.clone());
    let needs = of_template(spec.clone(), &given(vec![defaults]));
    let asked: Vec<_> = needs.requests().iter().collect();
    assert_eq!(
        asked,
        [
            ("cpu", 110),
            ("memory", 2 << 30),
            ("ephemeral-storage", 10 << 30),
            ("example.com/a", 2),
        ]
    );

    let elsewhere = [
        limit_range("defaults", "shop", item.clone()),
        limit_range("pods", "infra", json!({"type": "Pod", "max": {"cpu": "4"}})),
    ];
    let needs = of_template(spec.clone(), &given(elsewhere.to_vec()));
    assert_eq!(needs.requests().iter().collect::<Vec<_>>(), [("cpu", 10)]);
    assert_eq!(needs.assumed(), []);

    let needs = of_template(spec.clone(), &Admission::default().priority_classes([]));
    assert_eq!(
        needs.assumed(),
        [Assumed::NoLimitRange {
            namespace: "infra".into()
        }]
    );

    // Two that differ: the first by name, whatever their order, and it says so.
    let two = |cpu: &str| json!({"type": "Container", "defaultRequest": {"cpu": cpu, "memory": 1}});
    let mut ranges = vec![
        limit_range("b", "infra", two("200m")),
        limit_range("a", "infra", two("300m")),
    ];
    for _ in 0..2 {
        let needs = of_template(spec.clone(), &given(ranges.clone()));
        assert_eq!(needs.requests().get("cpu"), 310);
        assert_eq!(
            needs.assumed(),
            [Assumed::LimitRangeOrder {
                resource: "cpu".into()
            }]
        );
        ranges.reverse();
    }
}

#[test]
fn daemon_pods_tolerate_and_name_their_node() {
    let needs = of_template(
        json!({"affinity": {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": {
            "nodeSelectorTerms": [{"matchExpressions": [{"key": "gpu", "operator": "Exists"}]}],
        }}}}),
        &known(),
    );
    let cordoned = NodeFacts::from_json(&json!({
        "metadata": {"name": "node-a"},
        "spec": {
            "unschedulable": true,
            "taints": [{"key": "node.kubernetes.io/unschedulable", "effect": "NoSchedule"}],
        },
        "status": {"allocatable": {"pods": "9"}},
    }));
    // Placement, which asks for the label, is not asked again.
    let room = NodeRoom::new(&cordoned.unwrap());
    assert_eq!(needs.fit(&room).answer, Answer::Fits);
}
