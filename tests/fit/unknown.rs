//! What is left out is said, and is never a yes.

use std::collections::BTreeSet;

use daemonset::fit::{
    Admission, Answer, Context, Need, NodeFacts, NodeRoom, PodFacts, PodNeeds, Resident,
    Surroundings,
};
use serde_json::{Value, json};

use crate::objects::{asking_for, needs, of_template, resident, room};

#[test]
fn what_the_pod_has_beyond_these_rules_is_named() {
    let own_terms = |kind: &str, key: &str| {
        json!({"affinity": {kind: {"requiredDuringSchedulingIgnoredDuringExecution": [
            {"topologyKey": key, "labelSelector": {"matchLabels": {"app": "web"}}},
        ]}}})
    };
    for (spec, need) in [
        (
            json!({"volumes": [{"name": "data", "persistentVolumeClaim": {"claimName": "c"}}]}),
            "what is behind volume data",
        ),
        (
            json!({"volumes": [{"name": "scratch", "ephemeral": {}}]}),
            "what is behind volume scratch",
        ),
        (
            json!({"volumes": [{"name": "disk", "iscsi": {}}]}),
            "what is behind volume disk",
        ),
        (
            json!({"resourceClaims": [{"name": "gpu"}]}),
            "the devices for resource claim gpu",
        ),
        (
            json!({"topologySpreadConstraints": [
                {"topologyKey": "zone", "whenUnsatisfiable": "DoNotSchedule"},
            ]}),
            "how pods are spread over zone",
        ),
        (
            json!({"schedulerName": "mine"}),
            "how scheduler mine decides",
        ),
        (
            json!({"schedulingGates": [{"name": "later"}]}),
            "when scheduling gate later is lifted",
        ),
        (
            json!({"hostNetwork": true, "hostUsers": false}),
            "whether the node's kubelet has feature UserNamespacesHostNetworkSupport",
        ),
        (
            json!({"initContainers": [{"restartPolicyRules": [{"action": "RestartAllContainers"}]}]}),
            "whether the node's kubelet has feature RestartAllContainersOnContainerExits",
        ),
        (
            json!({"nodeName": "node-a"}),
            "what the kubelet says to a pod that names its node",
        ),
        (
            own_terms("podAntiAffinity", "zone"),
            "the pods on other nodes, for a term over zone",
        ),
        (
            own_terms("podAffinity", "zone"),
            "the pods on other nodes, for a term over zone",
        ),
    ] {
        let mut room = room();
        let labels = json!({"kubernetes.io/hostname": "node-a", "zone": "b"});
        room.set_node(
            &NodeFacts::from_json(&json!({
                "metadata": {"name": "node-a", "labels": labels},
                "status": {"allocatable": {"pods": "9", "cpu": "1"}},
            }))
            .unwrap(),
        );
        let asked = needs(spec.clone());
        let fit = asked.fit(&room);
        assert_eq!(fit.answer, Answer::Unknown, "{spec}");
        assert_eq!(fit.to_string(), format!("cannot tell: not known: {need}"));

        // What stands against it for certain is still said, and preemption is no yes either.
        let fit = asked.clone().raised("cpu", 1001).fit(&room);
        assert_eq!(fit.answer, Answer::TooSmall, "{spec}");
        assert_eq!(fit.missing.len(), 1);
        room.insert(resident("low", -1, asking_for(json!({"cpu": "1"}))));
        let fit = asked.raised("cpu", 500).fit(&room);
        assert_eq!(fit.answer, Answer::Unknown, "{spec}");
    }
}

#[test]
fn volumes_that_no_scheduler_looks_at_are_no_question() {
    let fit = needs(json!({
        "volumes": [
            {"name": "a", "hostPath": {"path": "/"}},
            {"name": "b", "configMap": {"name": "c"}},
            {"name": "c", "csi": {"driver": "d"}},
            {"name": "d", "persistentVolumeClaim": null},
        ],
        "topologySpreadConstraints": [{"topologyKey": "zone", "whenUnsatisfiable": "ScheduleAnyway"}],
        "schedulerName": "default-scheduler",
        "hostUsers": false,
    }))
    .fit(&room());
    assert_eq!(fit.answer, Answer::Fits);
    assert_eq!(fit.missing, []);
}

#[test]
fn a_node_that_does_not_say_what_it_gives() {
    let read = |status: Value| {
        let node = json!({"metadata": {"name": "node-a"}, "status": status});
        NodeRoom::new(&NodeFacts::from_json(&node).unwrap())
    };
    let asked = needs(json!({"containers": [asking_for(json!({"cpu": "1"}))]}));
    let fit = asked.fit(&read(json!({})));
    assert_eq!(
        (fit.answer, fit.missing),
        (Answer::Unknown, vec![Need::Allocatable])
    );
    // The API server has the capacity stand for what is allocatable.
    let capacity = json!({"capacity": {"cpu": "1", "pods": "1"}});
    assert_eq!(asked.fit(&read(capacity)).answer, Answer::Fits);
    // One that gives nothing says so.
    let nothing = asked.fit(&read(json!({"allocatable": {}})));
    assert_eq!(nothing.answer, Answer::TooSmall);
}

#[test]
fn amounts_beyond_64_bits_are_not_compared() {
    let asked = needs(json!({"containers": [asking_for(json!({"memory": "1e25"}))]}));
    let node = json!({"status": {"allocatable": {"memory": "1e26", "pods": "1"}}});
    let fit = asked.fit(&NodeRoom::new(&NodeFacts::from_json(&node).unwrap()));
    assert_eq!(fit.answer, Answer::Unknown);
    assert_eq!(
        fit.missing,
        [Need::Overflow {
            resource: "memory".into()
        }]
    );
    let asked = asked.raised("memory", i128::MAX).raised("cpu", i128::MIN);
    assert_eq!(asked.fit(&room()).answer, Answer::Unknown);
}

#[test]
fn resources_that_a_device_class_maps() {
    let asked = needs(json!({"containers": [asking_for(json!({"example.com/gpu": 1}))]}));
    assert_eq!(asked.fit(&room()).answer, Answer::TooSmall);
    let mapped = BTreeSet::from(["example.com/gpu".to_owned()]);
    let context = Context {
        device_resources: Some(&mapped),
        ..Context::default()
    };
    let fit = asked.fit_in(&room(), &context);
    assert_eq!(fit.answer, Answer::Unknown);
    assert_eq!(
        fit.to_string(),
        "cannot tell: not known: the devices behind resource example.com/gpu"
    );
}

fn labelled(name: &str, labels: Value, spec: Value) -> PodFacts {
    PodFacts::from_json(&json!({
        "metadata": {"name": name, "namespace": "shop", "labels": labels},
        "spec": spec,
    }))
    .unwrap()
}

fn room_in(name: &str, zone: &str) -> NodeRoom {
    let labels = json!({"kubernetes.io/hostname": name, "zone": zone});
    let node = json!({
        "metadata": {"name": name, "labels": labels},
        "status": {"allocatable": {"pods": "9"}},
    });
    NodeRoom::new(&NodeFacts::from_json(&node).unwrap())
}

fn required(kind: &str, key: &str, app: &str) -> Value {
    json!({"affinity": {kind: {"requiredDuringSchedulingIgnoredDuringExecution": [
        {"topologyKey": key, "labelSelector": {"matchLabels": {"app": app}}},
    ]}}})
}

/// The answer on each of three nodes, alone and with all of them known.
fn answers(asked: &PodFacts, rooms: &[NodeRoom]) -> Vec<(Answer, Answer)> {
    let asked = PodNeeds::of_pod(asked);
    let surroundings = Surroundings::of(&asked, rooms);
    let context = Context {
        surroundings: Some(&surroundings),
        ..Context::default()
    };
    let both = |room| (asked.fit(room).answer, asked.fit_in(room, &context).answer);
    rooms.iter().map(both).collect()
}

/// Two nodes in one zone, of which the first has a pod of the app `web`, and one in another.
fn three_rooms() -> [NodeRoom; 3] {
    let mut rooms = [room_in("a", "1"), room_in("b", "1"), room_in("c", "2")];
    let web = labelled("web", json!({"app": "web"}), json!({}));
    rooms[0].insert(Resident::of(&web).unwrap());
    rooms
}

#[test]
fn affinity_reads_beyond_the_node() {
    use Answer::{Excluded, Fits, Unknown};
    let rooms = three_rooms();
    let asked = |kind, key, app| labelled("x", json!({"app": "x"}), required(kind, key, app));
    assert_eq!(
        answers(&asked("podAffinity", "zone", "web"), &rooms),
        [(Fits, Fits), (Unknown, Fits), (Unknown, Excluded)]
    );
    assert_eq!(
        answers(
            &asked("podAffinity", "kubernetes.io/hostname", "web"),
            &rooms
        ),
        [(Fits, Fits), (Excluded, Excluded), (Excluded, Excluded)]
    );
    // The first of its kind may come where none is, once no node has one.
    assert_eq!(
        answers(&asked("podAffinity", "kubernetes.io/hostname", "x"), &rooms),
        [(Unknown, Fits); 3]
    );
    let mut with_one = three_rooms();
    with_one[2].insert(Resident::of(&labelled("y", json!({"app": "x"}), json!({}))).unwrap());
    assert_eq!(
        answers(
            &asked("podAffinity", "kubernetes.io/hostname", "x"),
            &with_one
        ),
        [(Unknown, Excluded), (Unknown, Excluded), (Fits, Fits)]
    );
    // Without the label no pod is near.
    assert_eq!(
        answers(&asked("podAffinity", "rack", "web"), &rooms),
        [(Excluded, Excluded); 3]
    );
}

#[test]
fn anti_affinity_reads_beyond_the_node() {
    use Answer::{Conflict, Fits, Unknown};
    let rooms = three_rooms();
    let asked = |key| {
        labelled(
            "x",
            json!({"app": "x"}),
            required("podAntiAffinity", key, "web"),
        )
    };
    assert_eq!(
        answers(&asked("zone"), &rooms),
        [(Conflict, Conflict), (Unknown, Conflict), (Unknown, Fits)]
    );
    assert_eq!(
        answers(&asked("kubernetes.io/hostname"), &rooms),
        [(Conflict, Conflict), (Fits, Fits), (Fits, Fits)]
    );
    assert_eq!(answers(&asked("rack"), &rooms), [(Fits, Fits); 3]);

    // That of others: on other nodes it is looked at only where they are known.
    let mut rooms = three_rooms();
    let shy = labelled("shy", json!({}), required("podAntiAffinity", "zone", "x"));
    rooms[0].insert(Resident::of(&shy).unwrap());
    let asked = labelled("x", json!({"app": "x"}), json!({}));
    // Terms are of their own namespace unless they say otherwise.
    assert_eq!(
        answers(&asked, &rooms),
        [(Conflict, Conflict), (Fits, Conflict), (Fits, Fits)]
    );
}

#[test]
fn labels_of_namespaces_are_not_known_but_their_names_are() {
    let asked = |selector: Value| {
        labelled(
            "x",
            json!({}),
            json!({"affinity": {"podAntiAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [{
                "topologyKey": "kubernetes.io/hostname",
                "labelSelector": {},
                "namespaceSelector": selector,
            }]}}}),
        )
    };
    let rooms = three_rooms();
    let answer = |selector| answers(&asked(selector), &rooms)[0].0;
    assert_eq!(answer(json!({})), Answer::Conflict);
    assert_eq!(
        answer(json!({"matchLabels": {"team": "a"}})),
        Answer::Unknown
    );
    let by_name = |name: &str| json!({"matchLabels": {"kubernetes.io/metadata.name": name}});
    assert_eq!(answer(by_name("shop")), Answer::Conflict);
    assert_eq!(answer(by_name("infra")), Answer::Fits);
    let both = json!({"matchLabels": {"kubernetes.io/metadata.name": "infra", "team": "a"}});
    assert_eq!(answer(both), Answer::Fits);
}

#[test]
fn label_keys_of_a_template_become_part_of_its_terms() {
    // The pod refuses others of its own version alone.
    let template = json!({"affinity": {"podAntiAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [{
        "topologyKey": "kubernetes.io/hostname",
        "labelSelector": {},
        "namespaceSelector": {},
        "matchLabelKeys": ["app", "missing"],
    }]}}});
    let asked = of_template(template, &Admission::default());
    let mut room = room();
    room.insert(Resident::of(&labelled("other", json!({"app": "other"}), json!({}))).unwrap());
    assert_eq!(asked.fit(&room).answer, Answer::Fits);
    room.insert(Resident::of(&labelled("same", json!({"app": "agent"}), json!({}))).unwrap());
    assert_eq!(asked.fit(&room).answer, Answer::Conflict);
}
