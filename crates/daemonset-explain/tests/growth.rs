//! What is asked takes time in proportion to what it is asked of.

use daemonset::api::{ControllerRevision, DaemonSet, Labels, Node, Pod};
use daemonset::hypothetical::{Eligibility, HypotheticalNode, OtherLabels};
use daemonset::placement::Rules;
use daemonset::template::Shape;
use daemonset::{Cluster, Options, Planner};
use daemonset_explain::what_if::{compare, differences, update};
use daemonset_explain::{Explainer, Finding, Propagation, deletion_steps};
use daemonset_testkit::growth::grows_in_proportion;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

/// A DaemonSet and its cluster.
struct Made {
    sets: Vec<DaemonSet>,
    nodes: Vec<Node>,
    pods: Vec<Pod>,
    revisions: Vec<ControllerRevision>,
}

impl Made {
    fn cluster(&self) -> Cluster<'_> {
        Cluster::new(&self.nodes, &self.pods)
            .with_revisions(&self.revisions)
            .with_now("2026-03-01T12:00:00Z".parse().unwrap())
    }

    /// Explains every set in full.
    fn explain(&self) {
        let cluster = self.cluster();
        for set in &self.sets {
            let explainer = Explainer::new(set, &cluster, &Options::default()).unwrap();
            let text = explainer.diagnosis().to_string();
            assert!(!text.is_empty() && !explainer.ledger().to_string().is_empty());
            assert!(explainer.fixes().len() < 4);
        }
    }
}

fn read<T: DeserializeOwned>(value: Value) -> T {
    serde_json::from_value(value).unwrap()
}

fn set(name: &str, image: &str, spec: &Value) -> DaemonSet {
    let mut pod_spec = json!({"containers": [{"name": "c", "image": image}]});
    for (field, value) in spec.as_object().into_iter().flatten() {
        pod_spec[field] = value.clone();
    }
    read(json!({
        "metadata": {"name": name, "namespace": "infra", "uid": name, "generation": 1},
        "spec": {
            "selector": {"matchLabels": {"app": name}},
            "template": {"metadata": {"labels": {"app": name}}, "spec": pod_spec},
        },
        "status": {"observedGeneration": 1},
    }))
}

/// The set's revision of this image; its hash is the image.
fn revision(set: &DaemonSet, image: &str, number: i64) -> ControllerRevision {
    let name = &set.metadata.name;
    let mut revised = json!(set);
    revised["spec"]["template"]["spec"]["containers"][0]["image"] = image.into();
    let planner = Planner::new(&read(revised)).unwrap().with_revisions(&[]);
    let mut revision: ControllerRevision =
        serde_json::from_str(&planner.revision_manifest()).unwrap();
    revision.metadata.name = format!("{name}-{number}");
    let hash = image.replace(':', "");
    revision
        .metadata
        .labels
        .insert("controller-revision-hash", hash);
    revision.revision = number;
    revision
}

fn node(name: &str) -> Value {
    json!({
        "metadata": {"name": name, "labels": {"kubernetes.io/hostname": name}},
        "spec": {},
        "status": {"conditions": [{"type": "Ready", "status": "True"}]},
    })
}

/// A pod of a set on a node.
fn pod(name: &str, set: &str, node: &str, image: &str, ready: &str) -> Value {
    json!({
        "metadata": {
            "name": name, "namespace": "infra", "creationTimestamp": "2026-03-01T10:00:00Z",
            "labels": {"app": set, "controller-revision-hash": image.replace(':', "")},
            "ownerReferences": [{"kind": "DaemonSet", "name": set, "uid": set, "controller": true}],
        },
        "spec": {"nodeName": node},
        "status": {"phase": "Running", "conditions": [
            {"type": "Ready", "status": ready, "lastTransitionTime": "2026-03-01T10:00:00Z"},
        ]},
    })
}

/// Sets on nodes, in the middle of a rollout that is stuck on the first node, which is dead.
fn stuck(sets: usize, nodes: usize) -> Made {
    let sets: Vec<_> = (0..sets)
        .map(|at| set(&format!("s{at}"), "x:2", &json!({})))
        .collect();
    let name = |at: usize| format!("n{at}");
    let pods = sets.iter().flat_map(|set| {
        let set = &set.metadata.name;
        (0..nodes).map(move |at| {
            let (image, ready) = if at == 0 {
                ("x:2", "False")
            } else {
                ("x:1", "True")
            };
            read(pod(&format!("{set}-{at}"), set, &name(at), image, ready))
        })
    });
    let mut all: Vec<Value> = (0..nodes).map(|at| node(&name(at))).collect();
    all[0]["status"]["conditions"][0]["status"] = "Unknown".into();
    let made = Made {
        revisions: (sets.iter())
            .flat_map(|set| [revision(set, "x:1", 1), revision(set, "x:2", 2)])
            .collect(),
        pods: pods.collect(),
        nodes: all.into_iter().map(read).collect(),
        sets,
    };
    let cluster = made.cluster();
    let explainer = Explainer::new(&made.sets[0], &cluster, &Options::default()).unwrap();
    assert!(matches!(
        explainer.diagnosis().primary,
        Finding::UnhealthyNodes { .. }
    ));
    // A wider budget is none where it would take out the last pod.
    assert_eq!(explainer.fixes().len(), if nodes > 2 { 3 } else { 2 });
    made
}

#[test]
fn nodes() {
    grows_in_proportion(400, |nodes| stuck(1, nodes), Made::explain);
}

#[test]
fn sets() {
    grows_in_proportion(8, |sets| stuck(sets, 50), Made::explain);
}

#[test]
fn pods_of_one_node() {
    let make = |pods: usize| {
        let mut made = stuck(1, 2);
        made.pods.extend((0..pods).map(|at| {
            let mut pod = pod(&format!("more-{at}"), "s0", "n1", "x:1", "False");
            pod["metadata"]["deletionTimestamp"] = "2026-03-01T11:00:00Z".into();
            pod["metadata"]["finalizers"] = json!([format!("example.com/{at}")]);
            read(pod)
        }));
        made
    };
    grows_in_proportion(1_000, make, Made::explain);
}

#[test]
fn unhealthy_nodes() {
    let make = |nodes: usize| {
        let mut made = stuck(1, nodes);
        for node in made.nodes.iter_mut().step_by(2) {
            node.status.conditions[0].status = daemonset::api::ConditionStatus::Unknown;
        }
        for pod in made.pods.iter_mut().step_by(2) {
            pod.status.conditions[0].status = daemonset::api::ConditionStatus::False;
        }
        made
    };
    grows_in_proportion(400, make, Made::explain);
}

#[test]
fn old_pods_to_delete_by_hand() {
    let make = |nodes: usize| {
        let mut made = stuck(1, nodes);
        made.sets[0].spec.update_strategy.type_ = "OnDelete".into();
        made
    };
    grows_in_proportion(400, make, Made::explain);
}

#[test]
fn revisions() {
    let make = |revisions: usize| {
        let mut made = stuck(1, 2);
        let more = 3..i64::try_from(revisions).unwrap();
        made.revisions = more
            .map(|number| revision(&made.sets[0], &format!("y:{number}"), number))
            .chain(made.revisions)
            .collect();
        made
    };
    grows_in_proportion(200, make, Made::explain);
}

/// Labels that only failing nodes have.
#[test]
fn labels_of_failing_nodes() {
    let make = |labels: usize| {
        let mut made = stuck(1, 8);
        let label = |at| (format!("k{at}"), format!("v{at}"));
        for node in &mut made.nodes {
            node.metadata.labels = (0..labels).map(label).collect::<Labels>();
            node.status.conditions[0].status = daemonset::api::ConditionStatus::True;
        }
        for (at, pod) in made.pods.iter_mut().enumerate() {
            let ready = if at < 4 { "False" } else { "True" };
            *pod = read(self::pod(
                &format!("p{at}"),
                "s0",
                &format!("n{at}"),
                "x:2",
                ready,
            ));
        }
        made
    };
    grows_in_proportion(2_000, make, Made::explain);
}

/// What would make a node run a set that it does not.
fn fixes_of_one_node(size: usize, make: impl Fn(usize) -> (DaemonSet, Value)) {
    let make = |size: usize| {
        let (set, node) = make(size);
        let nodes: Vec<Node> = vec![read(node)];
        (set, nodes)
    };
    grows_in_proportion(size, make, |(set, nodes)| {
        let cluster = Cluster::new(nodes, &[]).with_revisions(&[]);
        let explainer = Explainer::new(set, &cluster, &Options::default()).unwrap();
        assert!(!explainer.planner().place(&nodes[0]).obstacles.is_empty());
        assert!(explainer.node_fixes("n").len() <= 8);
    });
}

fn required(terms: &Value) -> Value {
    json!({"affinity": {"nodeAffinity": {
        "requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": terms},
    }}})
}

#[test]
fn taints_of_a_node() {
    fixes_of_one_node(2_000, |taints| {
        let mut node = node("n");
        let taint = |at| json!({"key": format!("t{at}"), "effect": "NoSchedule"});
        node["spec"]["taints"] = (0..taints).map(taint).collect();
        (set("s", "x:1", &json!({})), node)
    });
}

#[test]
fn terms_of_the_affinity() {
    fixes_of_one_node(400, |terms| {
        let term = |at| {
            let values: Vec<_> = (0..4).map(|value| format!("v{value}")).collect();
            json!({"matchExpressions": [{"key": format!("k{at}"), "operator": "In", "values": values}]})
        };
        let terms = (0..terms).map(term).collect();
        (set("s", "x:1", &required(&terms)), node("n"))
    });
}

#[test]
fn requirements_of_one_term() {
    fixes_of_one_node(1_000, |requirements| {
        let requirement =
            |at| json!({"key": "k", "operator": "NotIn", "values": ["a", format!("v{at}")]});
        let all: Value = (0..requirements).map(requirement).collect();
        let mut node = node("n");
        node["metadata"]["labels"]["k"] = "a".into();
        (
            set("s", "x:1", &required(&json!([{"matchExpressions": all}]))),
            node,
        )
    });
}

#[test]
fn values_of_one_requirement() {
    fixes_of_one_node(4_000, |values| {
        let values: Vec<_> = (0..values).map(|at| format!("v{at}")).collect();
        let listed = |values: &[String]| json!({"key": "k", "operator": "In", "values": values});
        let mut turned = values.clone();
        turned.reverse();
        let terms = json!([{"matchExpressions": [listed(&values), listed(&turned)]}]);
        (set("s", "x:1", &required(&terms)), node("n"))
    });
}

#[test]
fn entries_of_the_node_selector() {
    fixes_of_one_node(200, |entries| {
        let entry = |at| (format!("k{at}"), Value::from("v"));
        let selector: serde_json::Map<_, _> = (0..entries).map(entry).collect();
        (
            set("s", "x:1", &json!({"nodeSelector": selector})),
            node("n"),
        )
    });
}

#[test]
fn a_hypothetical_node() {
    let make = |requirements: usize| {
        let values = |at: usize| vec![format!("v{at}"), "a".to_owned()];
        let one_key = (0..requirements)
            .map(|at| json!({"key": "k", "operator": "NotIn", "values": values(at)}));
        let many_keys = (0..requirements)
            .map(|at| json!({"key": format!("k{at}"), "operator": "In", "values": values(at)}));
        let terms = json!([
            {"matchExpressions": one_key.collect::<Value>()},
            {"matchExpressions": many_keys.collect::<Value>()},
        ]);
        Rules::new(&set("s", "x:1", &required(&terms)).spec.template)
    };
    grows_in_proportion(400, make, |rules| {
        let node = HypotheticalNode {
            other_labels: OtherLabels::unknown(),
            ..HypotheticalNode::default()
        };
        assert!(matches!(
            Eligibility::of(rules, &node),
            Eligibility::Depends { .. }
        ));
    });
}

#[test]
fn a_rollout_that_is_foreseen() {
    let make = |nodes: usize| stuck(1, nodes);
    grows_in_proportion(100, make, |made| {
        let newer = set("s0", "x:3", &json!({}));
        let new = update(&made.sets[0], &newer);
        let cluster = made.cluster();
        let options = Options::default();
        compare(&made.sets[0], &new, &cluster, &cluster, &options).unwrap();
        let steps = deletion_steps(&made.sets[0], &cluster, Propagation::Background);
        assert!(steps.len() > made.pods.len());
    });
}

#[test]
fn containers_and_fields() {
    let make = |containers: usize| {
        let with = |image: &str| {
            let container =
                |at| json!({"name": format!("c{at}"), "image": format!("{image}:{at}")});
            let containers: Value = (0..containers).map(container).collect();
            set("s", "x", &json!({"containers": containers}))
        };
        (with("one"), with("other"))
    };
    grows_in_proportion(200, make, |(one, other)| {
        let shape = Shape::daemon_set();
        assert!(!differences(shape, &json!(one), &json!(other)).is_empty());
    });
}
