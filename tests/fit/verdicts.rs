//! Verdicts beside the recorded ones: nominated pods, preemption under way, ties, sentences.

use daemonset::fit::{
    Answer, Check, Choice, Code, NodeFacts, NodeRoom, Obstacle, PodFacts, PodName, PodNeeds,
    Preemption, Resident, Standing,
};
use serde_json::{Value, json};

use crate::objects::{asking_for, needs, pod, resident, room};

fn cpu(amount: &str) -> Value {
    asking_for(json!({"cpu": amount}))
}

fn asking(priority: i32, amount: &str) -> PodNeeds {
    needs(json!({"priority": priority, "containers": [cpu(amount)]}))
}

fn name(pod: &str) -> PodName {
    PodName {
        namespace: "shop".into(),
        name: pod.into(),
    }
}

#[test]
fn pods_with_room_made_for_them_keep_it() {
    let mut room = room();
    room.nominate(resident("next", 10, cpu("1500m")));
    // Of its own priority and above, a pod leaves it its room.
    assert_eq!(asking(10, "1").fit(&room).answer, Answer::Full);
    assert_eq!(asking(9, "500m").fit(&room).answer, Answer::Fits);
    assert_eq!(asking(11, "1").fit(&room).answer, Answer::Fits);
    // It does not stand in its own way.
    let next = PodNeeds::of_pod(&pod("next", 10, cpu("1500m")));
    assert_eq!(next.fit(&room).answer, Answer::Fits);
    // Once bound, it is there and no longer to come.
    room.insert(resident("next", 10, cpu("1500m")));
    assert_eq!(room.nominated(), []);
    assert_eq!(asking(11, "1").fit(&room).answer, Answer::AfterPreempting);
}

#[test]
fn what_makes_room_for_a_pod_is_named() {
    let terminating = |reason: &str| {
        let pod = json!({
            "metadata": {
                "name": "old", "namespace": "shop", "deletionTimestamp": "2026-03-01T12:00:00Z",
            },
            "spec": {"containers": [cpu("2")]},
            "status": {"conditions": [
                {"type": "DisruptionTarget", "status": "True", "reason": reason},
            ]},
        });
        Resident::of(&PodFacts::from_json(&pod).unwrap()).unwrap()
    };
    let nominated = json!({
        "metadata": {"name": "agent", "namespace": "infra"},
        "spec": {"priority": 5, "containers": [cpu("1")]},
        "status": {"nominatedNodeName": "node-a"},
    });
    let asked = PodNeeds::of_pod(&PodFacts::from_json(&nominated).unwrap());
    let mut room = room();
    room.insert(terminating("PreemptionByScheduler"));
    assert_eq!(room.residents()[0].standing(), Standing::Preempted);
    let fit = asked.fit(&room);
    assert_eq!(fit.answer, Answer::Full);
    assert_eq!(
        fit.preemption,
        Some(Preemption::UnderWay {
            pods: vec![name("old")]
        })
    );
    // A pod that goes for another reason is a victim like others.
    room.insert(terminating("EvictionByEvictionAPI"));
    assert_eq!(room.residents()[0].standing(), Standing::Terminating);
    assert_eq!(asked.fit(&room).answer, Answer::AfterPreempting);
}

#[test]
fn a_choice_among_equals_is_said() {
    let victims = |room: &NodeRoom, asked: &PodNeeds| match asked.fit(room).preemption {
        Some(Preemption::Evicts {
            victims, choice, ..
        }) => (victims.len(), choice),
        other => panic!("{other:?}"),
    };
    let mut room = room();
    room.insert(resident("a", 0, cpu("1")));
    room.insert(resident("b", 0, cpu("1")));
    assert_eq!(victims(&room, &asking(5, "1")), (1, Choice::AmongEquals));
    assert_eq!(victims(&room, &asking(5, "2")), (2, Choice::Determined));
    room.insert(resident("b", 1, cpu("1")));
    assert_eq!(victims(&room, &asking(5, "1")), (1, Choice::Determined));
}

#[test]
fn who_may_not_evict_does_not() {
    let mut room = room();
    room.insert(resident("a", 0, cpu("2")));
    let meek = needs(json!({
        "priority": 5, "preemptionPolicy": "Never", "containers": [cpu("1")],
    }));
    assert_eq!(meek.fit(&room).preemption, None);
    assert_eq!(meek.fit(&room).answer, Answer::Full);
    assert_eq!(
        asking(0, "1").fit(&room).preemption,
        Some(Preemption::NoCandidates)
    );
    let too_much = asking(5, "3").fit(&room);
    assert_eq!(
        (too_much.answer, too_much.preemption),
        (Answer::TooSmall, None)
    );
}

#[test]
fn a_port_that_two_pods_hold_is_not_free_when_one_goes() {
    let metrics = json!({"ports": [{"hostPort": 9100}]});
    let mut room = room();
    room.insert(resident("low", 0, metrics.clone()));
    room.insert(resident("high", 9, metrics.clone()));
    let fit = needs(json!({"priority": 5, "containers": [metrics]})).fit(&room);
    // The scheduler evicts all the same, to no use.
    assert_eq!(fit.answer, Answer::Conflict);
    let Some(Preemption::Evicts {
        victims, remaining, ..
    }) = &fit.preemption
    else {
        panic!("{fit:?}");
    };
    assert_eq!(victims[0].pod, name("low"));
    assert_eq!(
        remaining[0].to_string(),
        "host port 9100/TCP is held by shop/high"
    );
}

#[test]
fn a_node_that_is_named_by_others_is_passed_over_first() {
    let asked = needs(json!({"affinity": {"nodeAffinity": {
        "requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": [
            {"matchFields": [{"key": "metadata.name", "operator": "In", "values": ["node-b"]}]},
        ]},
    }}}));
    let node = json!({
        "metadata": {"name": "node-a"},
        "spec": {"unschedulable": true},
        "status": {"allocatable": {"pods": "1"}},
    });
    let fit = asked.fit(&NodeRoom::new(&NodeFacts::from_json(&node).unwrap()));
    assert_eq!(fit.answer, Answer::Excluded);
    assert_eq!(fit.obstacles[0], Obstacle::Cordoned);
    let first = fit.first_failure().unwrap();
    assert_eq!(first.check, Check::NodeAffinity);
    assert_eq!(first.code, Code::UnschedulableAndUnresolvable);
    assert_eq!(
        first.reasons,
        ["node(s) didn't satisfy plugin(s) [NodeAffinity]"]
    );
}

#[test]
fn every_obstacle_has_a_sentence() {
    let node = json!({
        "metadata": {"name": "node-a", "labels": {"kubernetes.io/hostname": "node-a", "disk": "hdd"}},
        "spec": {
            "unschedulable": true,
            "taints": [
                {"key": "gpu", "effect": "NoSchedule"},
                {"key": "team", "value": "a", "effect": "NoExecute"},
                {"key": "slow", "effect": "PreferNoSchedule"},
            ],
        },
        "status": {"allocatable": {"cpu": "2", "memory": "4Gi", "pods": "1"}},
    });
    let mut room = NodeRoom::new(&NodeFacts::from_json(&node).unwrap());
    let holder = json!({
        "metadata": {"name": "db", "namespace": "shop", "labels": {"app": "db"}},
        "spec": {
            "containers": [{
                "resources": {"requests": {"cpu": "1500m", "memory": "1Gi"}},
                "ports": [{"hostPort": 80, "hostIP": "10.0.0.5"}],
            }],
            "affinity": {"podAntiAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [
                {"topologyKey": "kubernetes.io/hostname", "labelSelector": {}, "namespaceSelector": {}},
            ]}},
        },
    });
    room.insert(Resident::of(&PodFacts::from_json(&holder).unwrap()).unwrap());
    let asked = needs(json!({
        "nodeSelector": {"disk": "ssd"},
        "containers": [{
            "resources": {"requests": {"cpu": "1", "memory": "5Gi", "example.com/gpu": 1}},
            "ports": [{"hostPort": 80}],
        }],
        "affinity": {
            "podAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [
                {"topologyKey": "kubernetes.io/hostname", "labelSelector": {"matchLabels": {"app": "web"}}},
            ]},
            "podAntiAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [
                {"topologyKey": "kubernetes.io/hostname", "labelSelector": {}, "namespaces": ["shop"]},
            ]},
        },
    }));
    let fit = asked.fit(&room);
    assert_eq!(fit.answer, Answer::Excluded);
    let sentences: Vec<_> = fit.obstacles.iter().map(ToString::to_string).collect();
    assert_eq!(
        sentences,
        [
            "the node is cordoned",
            "untolerated taint gpu:NoSchedule, team=a:NoExecute",
            "nodeSelector wants disk=ssd, node has \"hdd\"",
            "host port 80/TCP is held by shop/db",
            "the node has 1 pod and takes 1",
            "asks for 1 cpu, 500m of 2 is free",
            "asks for 5Gi memory, more than the 4Gi that the node has",
            "asks for 1 example.com/gpu, more than the 0 that the node has",
            "no pod is there that its affinity over kubernetes.io/hostname asks for",
            "its anti-affinity refuses shop/db",
            "refused by the anti-affinity of shop/db",
        ]
    );
    let short: Vec<_> = fit.shortfalls().map(|s| (s.free(), s.lacking())).collect();
    assert_eq!(short[0], (500, 500));
    // Who holds it: the largest first.
    assert_eq!(room.holders("cpu")[0].0.pod(), &name("db"));
    assert_eq!(room.holders("example.com/gpu"), []);
}
