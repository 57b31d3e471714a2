//! What daemons will take of nodes that do not exist yet: whatever the unknown turns out to be,
//! what really runs lies between certain and possible.

use std::collections::BTreeSet;

use daemonset::api::{DaemonSet, Labels, Node, Taint};
use daemonset::fit::{
    Admission, Allocatable, Answer, Daemon, Daemons, NewNode, NodeFacts, NodeRoom, Overhead,
    PodFacts, PodNeeds, Preemption, Resident, RuntimeClass, Share,
};
use daemonset::hypothetical::{HypotheticalNode, OtherLabels};
use daemonset::placement::{Rules, Verdict};
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Value, json};

fn set(name: &str, template_spec: &Value) -> DaemonSet {
    serde_json::from_value(json!({
        "metadata": {"name": name, "namespace": "infra"},
        "spec": {"template": {
            "metadata": {"labels": {"app": name}},
            "spec": template_spec,
        }},
    }))
    .unwrap()
}

fn daemons(specs: &[Value]) -> Daemons {
    let specs = specs.iter().enumerate();
    Daemons::new(specs.map(|(at, spec)| {
        Daemon::of(&set(&format!("set-{at}"), spec), &Admission::default()).unwrap()
    }))
}

fn shares(overhead: &Overhead) -> Vec<Share> {
    overhead.daemons.iter().map(|daemon| daemon.share).collect()
}

fn cpu(amount: &str) -> Value {
    json!({"containers": [{"resources": {"requests": {"cpu": amount}}}]})
}

#[test]
fn startup_taints_delay_and_do_not_exclude() {
    let taint = |key: &str| Taint {
        key: key.into(),
        effect: "NoSchedule".into(),
        ..Taint::default()
    };
    let mut tolerant = cpu("100m");
    tolerant["tolerations"] = json!([{"key": "cni", "operator": "Exists"}]);
    let daemons = daemons(&[cpu("250m"), tolerant]);
    let mut node = NewNode {
        startup_taints: vec![taint("cni")],
        ..NewNode::default()
    };
    let overhead = daemons.overhead(&node);
    assert_eq!(shares(&overhead), [Share::Surely, Share::Surely]);
    assert_eq!(overhead.certain.requests.get("cpu"), 350);
    assert_eq!(overhead.daemons[0].waits_for, [taint("cni")]);
    assert_eq!(overhead.daemons[1].waits_for, []);

    node.outline.taints = vec![taint("gpu")];
    assert_eq!(shares(&daemons.overhead(&node)), [Share::No, Share::No]);
    node.outline.possible_taints = std::mem::take(&mut node.outline.taints);
    let overhead = daemons.overhead(&node);
    assert_eq!(shares(&overhead), [Share::Perhaps, Share::Perhaps]);
    let depends = overhead.daemons[0].depends.as_ref().unwrap();
    assert_eq!(depends.to_string(), "depends: no taint gpu:NoSchedule");
}

#[test]
fn one_that_is_too_large_hides_no_other() {
    let daemons = daemons(&[cpu("8"), cpu("500m")]);
    let node = |allocatable: &[(&str, &str)]| NewNode {
        allocatable: Allocatable::parse(allocatable.iter().copied()),
        ..NewNode::default()
    };
    let overhead = daemons.overhead(&node(&[("cpu", "4"), ("pods", "10")]));
    assert_eq!(shares(&overhead), [Share::No, Share::Surely]);
    assert_eq!(overhead.daemons[0].too_small[0].lacking(), 4000);
    assert_eq!(overhead.possible.requests.get("cpu"), 500);
    // Together they have no room for both, and neither evicts the other.
    let overhead = daemons.overhead(&node(&[("cpu", "8"), ("pods", "10")]));
    assert_eq!(shares(&overhead), [Share::Perhaps, Share::Perhaps]);
    let contends = &overhead.daemons[1].contends_with;
    assert_eq!((contends[0].daemon, &*contends[0].resources[0]), (0, "cpu"));
    assert!(contends[0].host_ports.is_empty() && !contends[0].refuses);
    assert_eq!((overhead.certain.pods, overhead.possible.pods), (0, 1));
    assert_eq!(overhead.possible.requests.get("cpu"), 8000);
    let overhead = daemons.overhead(&node(&[("cpu", "9")]));
    assert_eq!(shares(&overhead), [Share::No, Share::No]);
}

#[test]
fn the_important_come_first() {
    let critical = |amount| {
        let mut spec = cpu(amount);
        spec["priorityClassName"] = json!("system-node-critical");
        spec
    };
    let node = |cpu: &str| NewNode {
        allocatable: Allocatable::parse([("cpu", cpu), ("pods", "10")]),
        ..NewNode::default()
    };
    let two = daemons(&[critical("8"), cpu("500m")]);
    let overhead = two.overhead(&node("8"));
    assert_eq!(shares(&overhead), [Share::Surely, Share::No]);
    let kept_off = overhead.daemons[1].kept_off.as_ref().unwrap();
    assert_eq!(kept_off.by, [0]);
    assert_eq!(
        (kept_off.short[0].free(), kept_off.short[0].requested),
        (0, 500)
    );
    // The second finds no room beside the first, and so keeps the third from nothing.
    let three = daemons(&[critical("1500m"), cpu("500m"), cpu("200m")]);
    let overhead = three.overhead(&node("1930m"));
    assert_eq!(shares(&overhead), [Share::Surely, Share::No, Share::Surely]);
    assert_eq!(overhead.certain, overhead.possible);
    // Of two that may have what is left one does.
    let three = daemons(&[critical("1500m"), cpu("300m"), cpu("200m")]);
    let overhead = three.overhead(&node("1930m"));
    assert_eq!(
        shares(&overhead),
        [Share::Surely, Share::Perhaps, Share::Perhaps]
    );
    assert_eq!(
        (
            overhead.possible.pods,
            overhead.possible.requests.get("cpu")
        ),
        (2, 1930)
    );
    assert_eq!(overhead.daemons[1].contends_with.len(), 2);
}

#[test]
fn a_port_of_the_important_is_taken() {
    let port = |critical: bool| {
        let mut spec = json!({"containers": [{"ports": [{"hostPort": 9100}]}]});
        if critical {
            spec["priorityClassName"] = json!("system-node-critical");
        }
        spec
    };
    let overhead = daemons(&[port(true), port(false)]).overhead(&NewNode::default());
    assert_eq!(shares(&overhead), [Share::Surely, Share::No]);
    let kept_off = overhead.daemons[1].kept_off.as_ref().unwrap();
    assert_eq!(kept_off.host_ports.len(), 1);
    assert!(kept_off.short.is_empty());
    // Whether the important one runs is not known.
    let mut perhaps = port(true);
    perhaps["nodeSelector"] = json!({"size": "l"});
    let unknown = NewNode {
        outline: HypotheticalNode {
            other_labels: OtherLabels::unknown(),
            ..HypotheticalNode::default()
        },
        ..NewNode::default()
    };
    let overhead = daemons(&[perhaps, port(false)]).overhead(&unknown);
    assert_eq!(shares(&overhead), [Share::Perhaps, Share::Perhaps]);
}

#[test]
fn neighbours_that_refuse_each_other() {
    let port = json!({"containers": [{"ports": [{"hostPort": 9100}]}]});
    let overhead = daemons(&[port.clone(), port, cpu("1")]).overhead(&NewNode::default());
    assert_eq!(
        shares(&overhead),
        [Share::Perhaps, Share::Perhaps, Share::Surely]
    );
    assert_eq!(overhead.possible.host_ports.len(), 1);

    let term = |app: &str, key: &str| {
        json!({"affinity": {"podAntiAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [
            {"topologyKey": key, "labelSelector": {"matchLabels": {"app": app}}},
        ]}}})
    };
    let hostname = "kubernetes.io/hostname";
    // Its own kind is no neighbour: a node has one pod of each set.
    let overhead = daemons(&[term("set-0", hostname)]).overhead(&NewNode::default());
    assert_eq!(shares(&overhead), [Share::Surely]);
    let overhead = daemons(&[term("set-1", hostname), cpu("1")]).overhead(&NewNode::default());
    assert_eq!(shares(&overhead), [Share::Perhaps, Share::Perhaps]);
    // Other nodes are not known.
    let overhead = daemons(&[term("set-0", "zone")]).overhead(&NewNode::default());
    assert_eq!(shares(&overhead), [Share::Perhaps]);
    assert_eq!(overhead.daemons[0].missing.len(), 1);
}

#[test]
fn a_runtime_class_has_a_say_where_pods_run() {
    let class: RuntimeClass = serde_json::from_value(json!({
        "metadata": {"name": "kata"},
        "overhead": {"podFixed": {"cpu": "250m"}},
        "scheduling": {
            "nodeSelector": {"kata": "yes"},
            "tolerations": [{"key": "kata", "operator": "Exists"}],
        },
    }))
    .unwrap();
    let share = |spec: Value, labels: &[(&str, &str)]| {
        let admission = Admission::default().runtime_classes([class.clone()]);
        let daemons = Daemons::new([Daemon::of(&set("kata", &spec), &admission).unwrap()]);
        let outline = HypotheticalNode {
            labels: labels.iter().copied().collect::<Labels>(),
            taints: vec![Taint {
                key: "kata".into(),
                effect: "NoSchedule".into(),
                ..Taint::default()
            }],
            ..HypotheticalNode::default()
        };
        daemons.overhead(&outline.into()).daemons[0].share
    };
    let terms = |terms: Value| {
        json!({
            "runtimeClassName": "kata",
            "affinity": {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": {
                "nodeSelectorTerms": terms,
            }}},
        })
    };
    let plain = json!({"runtimeClassName": "kata"});
    assert_eq!(share(plain.clone(), &[("kata", "yes")]), Share::Surely);
    assert_eq!(share(plain, &[]), Share::No);
    let large = json!([{"matchExpressions": [{"key": "size", "operator": "Exists"}]}, {}]);
    let both = [("kata", "yes"), ("size", "l")];
    assert_eq!(share(terms(large.clone()), &both), Share::Surely);
    assert_eq!(share(terms(large.clone()), &both[..1]), Share::No);
    assert_eq!(share(terms(large), &both[1..]), Share::No);
    // Terms that match nothing still match nothing.
    assert_eq!(share(terms(json!([{}])), &both), Share::No);
}

#[test]
fn nodes_of_which_the_same_is_taken_are_one_group() {
    let mut arm = cpu("1");
    arm["nodeSelector"] = json!({"arch": "arm64"});
    let daemons = daemons(&[arm, cpu("100m")]);
    let node = |arch: &str| NewNode {
        outline: HypotheticalNode {
            labels: Labels::from_iter([("arch", arch)]),
            ..HypotheticalNode::default()
        },
        ..NewNode::default()
    };
    let nodes = [node("arm64"), node("amd64"), node("riscv64"), node("arm64")];
    let groups = daemons.overheads(&nodes);
    let places: Vec<_> = groups.iter().map(|group| &group.nodes[..]).collect();
    assert_eq!(places, [&[0, 3][..], &[1, 2]]);
    for group in &groups {
        for at in &group.nodes {
            assert_eq!(daemons.overhead(&nodes[*at]), group.overhead);
        }
    }
}

/// Values of the label `size`: all that requirements tell apart.
const SIZES: [Option<&str>; 9] = [
    None,
    Some(""),
    Some("0"),
    Some("00"),
    Some("1"),
    Some("01"),
    Some("2"),
    Some("02"),
    Some("big"),
];

/// Values of the label `zone`.
const ZONES: [Option<&str>; 4] = [None, Some("a"), Some("b"), Some("c")];

fn requirement() -> impl Strategy<Value = Value> {
    let size = select(vec![
        json!({"key": "size", "operator": "In", "values": ["1", "big"]}),
        json!({"key": "size", "operator": "In", "values": ["2"]}),
        json!({"key": "size", "operator": "NotIn", "values": ["1"]}),
        json!({"key": "size", "operator": "Gt", "values": ["0"]}),
        json!({"key": "size", "operator": "Lt", "values": ["1"]}),
        json!({"key": "size", "operator": "Exists"}),
        json!({"key": "size", "operator": "DoesNotExist"}),
        json!({"key": "bad key", "operator": "Exists"}),
    ]);
    let zone = select(vec![
        json!({"key": "zone", "operator": "In", "values": ["a"]}),
        json!({"key": "zone", "operator": "In", "values": ["a", "b"]}),
        json!({"key": "zone", "operator": "NotIn", "values": ["b"]}),
        json!({"key": "zone", "operator": "DoesNotExist"}),
    ]);
    prop_oneof![size, zone]
}

fn template() -> impl Strategy<Value = Value> {
    let terms = proptest::collection::vec(proptest::collection::vec(requirement(), 0..3), 0..4);
    let selector = select(vec![
        json!({}),
        json!({}),
        json!({"zone": "a"}),
        json!({"size": "1"}),
    ]);
    let tolerations = select(vec![
        json!([]),
        json!([{"key": "gpu", "operator": "Exists"}]),
        json!([{"operator": "Exists", "effect": "NoSchedule"}]),
    ]);
    let port = prop_oneof![3 => Just(0), 1 => 1..3_i32];
    let policy = select(vec![
        "PreemptLowerPriority",
        "PreemptLowerPriority",
        "Never",
    ]);
    let figures = (0..4_u8, port, 0..3_i32, policy);
    (prop::option::of(terms), selector, tolerations, figures).prop_map(
        |(terms, selector, tolerations, (cpus, port, priority, policy))| {
            let terms = terms.map(|terms| {
                let terms: Vec<_> = terms.into_iter().map(|all| json!({"matchExpressions": all})).collect();
                json!({"nodeSelectorTerms": terms})
            });
            json!({
                "nodeSelector": selector,
                "affinity": {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": terms}},
                "tolerations": tolerations,
                "priority": priority,
                "preemptionPolicy": policy,
                "containers": [{
                    "resources": {"requests": {"cpu": cpus}},
                    "ports": [{"hostPort": port}],
                }],
            })
        },
    )
}

#[derive(Clone, Debug)]
struct Partly {
    /// The values that the label may have; one is known, several are not.
    size: Vec<Option<&'static str>>,
    zone: Vec<Option<&'static str>>,
    taints: Vec<Taint>,
    possible_taints: Vec<Taint>,
    startup_taints: Vec<Taint>,
}

fn partly() -> impl Strategy<Value = Partly> {
    let taints = vec![
        Taint {
            key: "gpu".into(),
            effect: "NoSchedule".into(),
            ..Taint::default()
        },
        Taint {
            key: "team".into(),
            value: "a".into(),
            effect: "NoExecute".into(),
            ..Taint::default()
        },
    ];
    let some = |most| proptest::collection::vec(select(taints.clone()), 0..=most);
    let label = |values: &[Option<&'static str>]| {
        let known = values.iter().map(|value| vec![*value]).collect::<Vec<_>>();
        prop_oneof![Just(values.to_vec()), select(known)]
    };
    (label(&SIZES), label(&ZONES), (some(1), some(2), some(1))).prop_map(
        |(size, zone, (taints, possible_taints, startup_taints))| Partly {
            size,
            zone,
            taints,
            possible_taints,
            startup_taints,
        },
    )
}

impl Partly {
    fn new_node(&self) -> NewNode {
        let labels = [("size", &self.size), ("zone", &self.zone)];
        let unknown = labels.iter().filter(|(_, values)| values.len() > 1);
        let labels = labels.iter().filter_map(|(key, values)| match &values[..] {
            [known] => Some((*key, (*known)?)),
            _ => None,
        });
        NewNode {
            outline: HypotheticalNode {
                name: None,
                labels: labels.collect(),
                other_labels: OtherLabels::MissingExcept(
                    unknown.map(|(key, _)| (*key).to_owned()).collect(),
                ),
                taints: self.taints.clone(),
                possible_taints: self.possible_taints.clone(),
            },
            startup_taints: self.startup_taints.clone(),
            allocatable: None,
        }
    }

    /// Every node that it may turn out to be, once it has started.
    fn completions(&self) -> Vec<Node> {
        let mut nodes = Vec::new();
        for size in &self.size {
            for zone in &self.zone {
                for chosen in 0..1_u32 << self.possible_taints.len() {
                    let possible = self.possible_taints.iter().enumerate();
                    let possible = possible.filter(|(at, _)| chosen >> at & 1 == 1);
                    let mut node = Node::default();
                    node.metadata.name = "node-a".into();
                    for (key, value) in [("size", size), ("zone", zone)] {
                        if let Some(value) = value {
                            node.metadata.labels.insert(key, *value);
                        }
                    }
                    node.spec.taints.clone_from(&self.taints);
                    node.spec
                        .taints
                        .extend(possible.map(|(_, taint)| taint.clone()));
                    nodes.push(node);
                }
            }
        }
        nodes
    }
}

/// Holds what runs against what was said of the node.
fn check(
    overhead: &Overhead,
    daemons: &Daemons,
    running: &BTreeSet<usize>,
) -> Result<(), TestCaseError> {
    let mut taken = std::collections::BTreeMap::new();
    let mut ports = BTreeSet::new();
    for at in running {
        let needs = daemons.list()[*at].needs();
        for (resource, amount) in needs.requests().iter() {
            *taken.entry(resource).or_insert(0) += amount;
        }
        ports.extend(needs.host_ports().iter().cloned());
    }
    for (certain, possible) in [(&overhead.certain, &overhead.possible)] {
        prop_assert!(certain.pods <= running.len() && running.len() <= possible.pods);
        for resource in ["cpu", "memory"] {
            let real = taken.get(resource).copied().unwrap_or(0);
            prop_assert!(certain.requests.get(resource) <= real);
            prop_assert!(real <= possible.requests.get(resource));
        }
        prop_assert!(certain.host_ports.iter().all(|port| ports.contains(port)));
        prop_assert!(ports.iter().all(|port| possible.host_ports.contains(port)));
    }
    for (at, daemon) in overhead.daemons.iter().enumerate() {
        match daemon.share {
            Share::Surely => prop_assert!(running.contains(&at), "{at} was certain"),
            Share::No => prop_assert!(!running.contains(&at), "{at} was impossible"),
            Share::Perhaps => {}
        }
    }
    Ok(())
}

/// The sets whose pods the scheduler leaves running on the node, when they come in this order.
fn schedule(node: &NodeFacts, wanted: &[(usize, PodFacts)]) -> BTreeSet<usize> {
    let mut room = NodeRoom::new(node);
    let mut running = BTreeSet::new();
    // Each preemption makes the pods that run more important, so this comes to an end.
    loop {
        let mut changed = false;
        for (at, pod) in wanted {
            if running.contains(at) {
                continue;
            }
            let fit = PodNeeds::of_pod(pod).fit(&room);
            if fit.answer == Answer::AfterPreempting {
                let victims = fit
                    .preemption
                    .as_ref()
                    .and_then(Preemption::helpful_victims);
                for victim in victims.unwrap() {
                    room.remove(&victim.pod.namespace, &victim.pod.name);
                    let is_victim = |(_, pod): &&(usize, PodFacts)| pod.name() == &*victim.pod.name;
                    running.remove(&wanted.iter().find(is_victim).unwrap().0);
                }
            }
            if fit.answer.comes_to_run() {
                room.insert(Resident::of(pod).unwrap());
                running.insert(*at);
                changed = true;
            }
        }
        if !changed {
            return running;
        }
    }
}

proptest! {
    /// With room for all: certain is what runs on every node that it may turn out to be, possible
    /// what runs on any.
    #[test]
    fn shares_are_exact(templates in proptest::collection::vec(template(), 1..5), partly in partly()) {
        let mut templates = templates;
        for template in &mut templates {
            template["containers"][0]["ports"] = json!([]);
        }
        let daemons = daemons(&templates);
        let overhead = daemons.overhead(&partly.new_node());
        let mut always: BTreeSet<usize> = (0..templates.len()).collect();
        let mut ever = BTreeSet::new();
        for node in partly.completions() {
            let runs = |at: &usize| {
                let set = set(&format!("set-{at}"), &templates[*at]);
                Rules::new(&set.spec.template).verdict(&node) == Verdict::Run
            };
            let running: BTreeSet<usize> = (0..templates.len()).filter(runs).collect();
            check(&overhead, &daemons, &running)?;
            always = &always & &running;
            ever.extend(running);
        }
        for (at, daemon) in overhead.daemons.iter().enumerate() {
            let exact = match (always.contains(&at), ever.contains(&at)) {
                (true, _) => Share::Surely,
                (false, true) => Share::Perhaps,
                (false, false) => Share::No,
            };
            prop_assert_eq!(daemon.share, exact, "{} of {:?}", at, templates);
        }
    }

    /// With little room, conflicting ports and preemption: whatever the node turns out to be, and
    /// in whatever order the pods come, what is left running lies between.
    #[test]
    fn what_runs_lies_between(
        templates in proptest::collection::vec(template(), 1..6),
        partly in partly(),
        cpus in 0..8_u8,
        pods in 0..6_u8,
        completion in any::<prop::sample::Index>(),
        order in Just((0..6_usize).collect::<Vec<_>>()).prop_shuffle(),
    ) {
        let daemons = daemons(&templates);
        let (cpus, pods) = (cpus.to_string(), pods.to_string());
        let mut new_node = partly.new_node();
        new_node.allocatable = Allocatable::parse([("cpu", cpus.as_str()), ("pods", pods.as_str())]);
        let overhead = daemons.overhead(&new_node);

        let completions = partly.completions();
        let node = completion.get(&completions);
        let mut json = json!(node);
        json["status"]["allocatable"] = json!({"cpu": cpus, "pods": pods});
        let facts = NodeFacts::from_json(&json).unwrap();
        let order = order.into_iter().filter(|at| *at < templates.len());
        let wanted: Vec<_> = order
            .filter(|at| daemons.list()[*at].rules().verdict(node) == Verdict::Run)
            .map(|at| {
                let mut spec = templates[at].clone();
                spec["affinity"] = json!({});
                spec["tolerations"] = json!([{"operator": "Exists"}]);
                let name = format!("set-{at}");
                let metadata = json!({"name": name, "namespace": "infra", "labels": {"app": name}});
                (at, PodFacts::from_json(&json!({"metadata": metadata, "spec": spec})).unwrap())
            })
            .collect();
        check(&overhead, &daemons, &schedule(&facts, &wanted))?;
    }
}
