//! Verdicts worked out by hand from the scheduler's rules, each with its sum.

use daemonset::fit::{Answer, NodeRoom, Obstacle, PodFacts, PodName, Preemption, Resident};
use serde_json::{Value, json};

use crate::objects::{asking_for, needs, node, resident, room};

fn asked(pod_spec: Value, resource: &str) -> i128 {
    needs(pod_spec).requests().get(resource)
}

fn taken(pod: Value, resource: &str) -> Option<i128> {
    let resident = Resident::of(&PodFacts::from_json(&pod).unwrap());
    resident.map(|resident| resident.requests().get(resource))
}

fn cpu(amount: &str) -> Value {
    asking_for(json!({"cpu": amount}))
}

fn sidecar(amount: &str) -> Value {
    let mut container = cpu(amount);
    container["restartPolicy"] = "Always".into();
    container
}

#[test]
fn sidecars_count_from_their_place_on() {
    // Runs at once: 100 + 50 + 200. The first init container runs alone (300), the second beside
    // the sidecar before it (280 + 50), which is less than what runs at once plus nothing.
    let spec = |second: &str| {
        json!({
            "initContainers": [cpu("300m"), sidecar("50m"), cpu(second), sidecar("100m")],
            "containers": [cpu("200m")],
        })
    };
    assert_eq!(asked(spec("280m"), "cpu"), 350);
    assert_eq!(asked(spec("301m"), "cpu"), 351);
    // A plain init container before all sidecars runs beside none of them.
    let first =
        json!({"initContainers": [cpu("351m"), sidecar("150m")], "containers": [cpu("200m")]});
    assert_eq!(asked(first, "cpu"), 351);
}

#[test]
fn the_pod_as_a_whole_replaces_its_containers_and_overhead_comes_on_top() {
    let spec = json!({
        "resources": {"requests": {"cpu": "1", "hugepages-2Mi": "4Mi"}},
        "overhead": {"cpu": "250m", "memory": "10Mi"},
        "initContainers": [cpu("3")],
        "containers": [asking_for(json!({"cpu": "2", "memory": "64Mi", "example.com/gpu": 1}))],
    });
    // cpu: 1000 in place of 3000, and 250; memory is not set as a whole: 64 + 10.
    assert_eq!(asked(spec.clone(), "cpu"), 1250);
    assert_eq!(asked(spec.clone(), "memory"), 74 << 20);
    assert_eq!(asked(spec.clone(), "hugepages-2Mi"), 4 << 20);
    assert_eq!(asked(spec, "example.com/gpu"), 1);
}

#[test]
fn a_resize_takes_the_largest_and_an_infeasible_one_what_is_given() {
    let pod = |conditions: Value| {
        json!({
            "metadata": {"name": "a", "namespace": "shop"},
            "spec": {
                "nodeName": "node-a",
                "initContainers": [{"name": "i", "resources": {"requests": {"cpu": "650m"}}}],
                "containers": [
                    {"name": "c", "resources": {"requests": {"cpu": "600m"}}},
                    {"name": "d", "resources": {"requests": {"cpu": "100m"}}},
                ],
            },
            "status": {
                "phase": "Running", "conditions": conditions,
                "containerStatuses": [{
                    "name": "c", "resources": {"requests": {"cpu": "400m"}},
                    "allocatedResources": {"cpu": "500m"},
                }],
                // What is reported of a plain init container is not looked at.
                "initContainerStatuses": [{"name": "i", "resources": {"requests": {"cpu": "9"}}}],
            },
        })
    };
    let pending =
        |reason: &str| json!([{"type": "PodResizePending", "status": "True", "reason": reason}]);
    // max(600, 400, 500) + 100
    assert_eq!(taken(pod(json!([])), "cpu"), Some(700));
    assert_eq!(taken(pod(pending("Deferred")), "cpu"), Some(700));
    // max(400, 500) + 100 = 600, and the init container's 650 is more.
    assert_eq!(taken(pod(pending("Infeasible")), "cpu"), Some(650));
}

#[test]
fn ended_pods_take_nothing_and_going_ones_all() {
    let pod = |phase: &str, deleted: Value| {
        json!({
            "metadata": {"name": "a", "namespace": "shop", "deletionTimestamp": deleted},
            "spec": {"nodeName": "node-a", "containers": [cpu("1")]},
            "status": {"phase": phase},
        })
    };
    assert_eq!(taken(pod("Succeeded", Value::Null), "cpu"), None);
    assert_eq!(
        taken(pod("Failed", json!("2026-03-01T12:00:00Z")), "cpu"),
        None
    );
    assert_eq!(
        taken(pod("Running", json!("2026-03-01T12:00:00Z")), "cpu"),
        Some(1000)
    );
    assert_eq!(taken(pod("Unknown", Value::Null), "cpu"), Some(1000));
}

#[test]
fn addresses_of_host_ports() {
    let port = |ip: &str, protocol: &str| json!({"ports": [{"hostPort": 53, "hostIP": ip, "protocol": protocol}]});
    let answer = |held: Value, wanted: Value| {
        let mut room = room();
        room.insert(resident("dns", 0, held));
        needs(json!({"preemptionPolicy": "Never", "containers": [wanted]}))
            .fit(&room)
            .answer
    };
    for (held, wanted, expected) in [
        (port("", ""), port("10.0.0.1", "TCP"), Answer::Conflict),
        (
            port("10.0.0.1", "TCP"),
            port("0.0.0.0", ""),
            Answer::Conflict,
        ),
        (
            port("10.0.0.1", "TCP"),
            port("10.0.0.2", "TCP"),
            Answer::Fits,
        ),
        (port("", "UDP"), port("", "TCP"), Answer::Fits),
        // `::` stands for itself alone.
        (port("::", "TCP"), port("10.0.0.1", "TCP"), Answer::Fits),
        (port("::", "TCP"), port("::", "TCP"), Answer::Conflict),
        (port("::", "TCP"), port("", "TCP"), Answer::Conflict),
    ] {
        assert_eq!(
            answer(held.clone(), wanted.clone()),
            expected,
            "{held} {wanted}"
        );
    }
    // A sidecar takes its port, a plain init container does not.
    let init = |restart: Value| {
        json!({"initContainers": [
            {"restartPolicy": restart, "ports": [{"hostPort": 53}]},
        ]})
    };
    assert_eq!(needs(init(json!("Always"))).host_ports().len(), 1);
    assert_eq!(needs(init(Value::Null)).host_ports().len(), 0);
}

#[test]
fn a_node_that_is_overcommitted_takes_pods_that_ask_for_nothing() {
    let mut room = room();
    room.insert(resident("greedy", 0, cpu("3")));
    assert_eq!(room.free("cpu"), Some(-1000));
    let fit = |spec: Value| needs(spec).fit(&room);
    assert_eq!(fit(json!({"containers": [{}]})).answer, Answer::Fits);
    let memory = asking_for(json!({"cpu": "0", "memory": "1Gi"}));
    assert_eq!(fit(json!({"containers": [memory]})).answer, Answer::Fits);
    let little = fit(json!({"containers": [cpu("1m")]}));
    assert_eq!(little.answer, Answer::Full);
}

#[test]
fn as_many_pods_as_the_node_takes() {
    let mut room = NodeRoom::new(&node("node-a", json!({"cpu": "2", "pods": "1"})));
    room.insert(resident("only", 0, json!({})));
    let nothing = json!({"priority": 5, "containers": [{}]});
    // Full of pods is never too small: one of them may be evicted.
    assert_eq!(needs(nothing).fit(&room).answer, Answer::AfterPreempting);
    let meek = json!({"priority": 5, "preemptionPolicy": "Never", "containers": [{}]});
    assert_eq!(needs(meek).fit(&room).answer, Answer::Full);
}

#[test]
fn what_the_node_does_not_have_at_all() {
    let gpu = asking_for(json!({"example.com/gpu": 1}));
    let pages = asking_for(json!({"hugepages-2Mi": "2Mi"}));
    for container in [gpu, pages] {
        let fit = needs(json!({"priority": 9, "containers": [container]})).fit(&room());
        assert_eq!(fit.answer, Answer::TooSmall);
        assert_eq!(fit.preemption, None);
    }
    // Nothing of it is asked for, and nothing is missed.
    let none = asking_for(json!({"example.com/gpu": 0}));
    assert_eq!(
        needs(json!({"containers": [none]})).fit(&room()).answer,
        Answer::Fits
    );
}

#[test]
fn of_equals_the_one_that_started_later_goes() {
    let at = |name: &str, start: Value| {
        let pod = json!({
            "metadata": {"name": name, "namespace": "shop"},
            "spec": {"containers": [cpu("1")], "priority": 1},
            "status": {"phase": "Running", "startTime": start},
        });
        Resident::of(&PodFacts::from_json(&pod).unwrap()).unwrap()
    };
    for order in [[0, 1], [1, 0]] {
        let pods = [
            at("older", json!("2026-03-01T12:00:00Z")),
            at("younger", json!("2026-03-01T12:00:01Z")),
        ];
        let mut room = room();
        for place in order {
            room.insert(pods[place].clone());
        }
        let fit = needs(json!({"priority": 2, "containers": [cpu("1")]})).fit(&room);
        let Some(Preemption::Evicts { victims, .. }) = fit.preemption else {
            panic!("{fit:?}");
        };
        let names: Vec<&PodName> = victims.iter().map(|victim| &victim.pod).collect();
        assert_eq!(names.len(), 1);
        assert_eq!(&*names[0].name, "younger");
    }
}

#[test]
fn amounts_are_added_before_they_are_rounded() {
    // Three times 0.1 thousandths are one thousandth, and so are ten; eleven are two.
    let many = |number: usize| json!({"containers": vec![cpu("100u"); number]});
    assert_eq!(asked(many(3), "cpu"), 1);
    assert_eq!(asked(many(10), "cpu"), 1);
    assert_eq!(asked(many(11), "cpu"), 2);
    // Memory in thousandths of a byte counts as whole bytes, once.
    let bytes = asking_for(json!({"memory": "1500m"}));
    assert_eq!(
        asked(json!({"containers": [bytes.clone(), bytes]}), "memory"),
        3
    );
}

#[test]
fn every_obstacle_is_told_though_the_scheduler_stops_at_the_first() {
    let mut room = room();
    room.insert(resident(
        "web",
        0,
        json!({
            "ports": [{"hostPort": 80}], "resources": {"requests": {"cpu": "1500m"}},
        }),
    ));
    let wanted = json!({"ports": [{"hostPort": 80}], "resources": {"requests": {"cpu": "1"}}});
    let fit = needs(json!({"preemptionPolicy": "Never", "containers": [wanted]})).fit(&room);
    assert_eq!(fit.answer, Answer::Conflict);
    assert_eq!(fit.obstacles.len(), 2);
    assert!(matches!(&fit.obstacles[0], Obstacle::HostPorts { .. }));
    let first = fit.first_failure().unwrap();
    assert_eq!(
        first.reasons,
        ["node(s) didn't have free ports for the requested pod ports"]
    );
}
