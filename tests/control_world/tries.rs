//! Requests that are tried again, one by one.

use daemonset::api::Node;
use daemonset::control::{Answer, Key, Kind, Method, Request};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::people;
use crate::refusals::settled;
use crate::server::{image_of, name_of, node_of, uid_of};
use crate::watch;
use crate::world::World;

fn key() -> Key {
    Key {
        namespace: "infra".to_owned(),
        name: "agent".to_owned(),
    }
}

/// Ends a stage with the answers of the server, but for what becomes of them, and begins the next one.
fn go_on(
    world: &mut World,
    requests: &[Request],
    become_of: impl Fn(&Request, Answer) -> Answer,
) -> Vec<Request> {
    let answers = requests.iter().map(|request| {
        let (code, body) = world.server.handle(request);
        let body = body.to_string().into_bytes();
        become_of(request, Answer::Received { code, body })
    });
    let answers: Vec<_> = answers.collect();
    world.server.now += 2000;
    let now = world.now();
    world.control.end(&key(), &answers, now);
    world.control.begin(&key(), now)
}

fn creates_pod(request: &Request) -> bool {
    request.method == Method::Post && request.path.ends_with("/pods")
}

/// A settled set that is updated by hand, and a node more; the request to create its pod.
fn one_node_more() -> (World, Vec<Request>) {
    let mut world = settled();
    (world.server).change_spec("agent", |spec| {
        spec["updateStrategy"] = json!({"type": "OnDelete"})
    });
    world.run_for(30_000);
    people::create_node(&mut world.server, 7);
    let node = world.server.get(Kind::Node, "n07").unwrap();
    world.control.put_node(&Node::deserialize(node).unwrap());
    let now = world.now();
    let requests = world.control.begin(&key(), now);
    assert!(creates_pod(&requests[0]));
    (world, requests)
}

/// What was created by a try without an answer is of the template that was sent then, though the name is
/// found to be taken by a later try, of another template.
#[test]
fn a_pod_of_an_earlier_try_is_of_the_earlier_template() {
    let (mut world, mut requests) = one_node_more();
    let template = people::template("agent", "a:9");
    (world.server).change_spec("agent", |spec| spec["template"] = template);
    let set = world.server.get(Kind::DaemonSet, "agent").unwrap();
    world.control.put_set(set).unwrap();
    let first = |request: &Request, answer| match creates_pod(request) {
        true => Answer::Lost,
        false => answer,
    };
    requests = go_on(&mut world, &requests, first);
    for _ in 0..5 {
        requests = go_on(&mut world, &requests, |_, answer| answer);
    }
    let pods: Vec<_> = world.server.all(Kind::Pod).collect();
    assert_eq!(pods.len(), 5);
    assert!(pods.iter().all(|pod| image_of(pod) != "a:9"));
    let set = world.server.get(Kind::DaemonSet, "agent").unwrap();
    assert_eq!(
        set["status"]["observedGeneration"],
        set["metadata"]["generation"]
    );
    assert_eq!(set["status"]["currentNumberScheduled"], 5);
    assert_eq!(
        set["status"]
            .get("updatedNumberScheduled")
            .unwrap_or(&Value::Null),
        0
    );
}

/// The answers of a stage, where creating a pod is answered so, though it was carried out.
fn answers_create(code: u16, status: &Value) -> impl Fn(&Request, Answer) -> Answer + use<> {
    let body = status.to_string().into_bytes();
    move |request, answer| match creates_pod(request) {
        true => Answer::Received {
            code,
            body: body.clone(),
        },
        false => answer,
    }
}

/// Something between the two, such as a proxy or a client, sends a request again that was carried out.
#[test]
fn a_create_that_was_sent_twice_makes_one_pod() {
    let (mut world, mut requests) = one_node_more();
    let exists = answers_create(409, &json!({"reason": "AlreadyExists"}));
    requests = go_on(&mut world, &requests, exists);
    for _ in 0..5 {
        assert!(!requests.iter().any(creates_pod));
        requests = go_on(&mut world, &requests, |_, answer| answer);
    }
    assert_eq!(world.server.all(Kind::Pod).count(), 5);
}

/// An API server that has too much to do is left alone for as long as it asks, and a pod that was created
/// all the same is not created again.
#[test]
fn an_api_server_that_is_busy_is_left_alone() {
    let (mut world, requests) = one_node_more();
    let busy = json!({"reason": "TooManyRequests", "details": {"retryAfterSeconds": 7}});
    let mut requests = go_on(&mut world, &requests, answers_create(429, &busy));
    assert!(!requests.iter().any(creates_pod));
    for _ in 0..3 {
        requests = go_on(&mut world, &requests, |_, answer| answer);
        assert!(!requests.iter().any(creates_pod), "two seconds each");
    }
    requests = go_on(&mut world, &requests, |_, answer| answer);
    assert!(requests.iter().any(creates_pod));
    requests = go_on(&mut world, &requests, |_, answer| answer);
    assert!(!requests.iter().any(creates_pod));
    assert_eq!(world.server.all(Kind::Pod).count(), 5);
}

/// What an earlier try made is not what a later one made under the same name, though the watch shows the first
/// one, and its end, when the second is there already.
#[test]
fn the_end_of_what_an_earlier_try_made_is_not_that_of_a_later_ones() {
    let (mut world, requests) = one_node_more();
    let busy = json!({"reason": "TooManyRequests", "details": {"retryAfterSeconds": 1}});
    let mut requests = go_on(&mut world, &requests, answers_create(429, &busy));
    let on_the_node = |world: &World| {
        let pods = world.server.all(Kind::Pod);
        let found = pods.into_iter().find(|pod| node_of(pod) == "n07");
        found.unwrap().clone()
    };
    let first = on_the_node(&world);
    world.server.remove(Kind::Pod, name_of(&first));
    while !requests.iter().any(creates_pod) {
        requests = go_on(&mut world, &requests, |_, answer| answer);
    }
    requests = go_on(&mut world, &requests, |_, answer| answer);
    let second = on_the_node(&world);
    assert_eq!(name_of(&first), name_of(&second));
    assert_ne!(uid_of(&first), uid_of(&second));

    watch::show(&mut world.control, Kind::Pod, &first);
    (world.control).remove(Kind::Pod, "infra", name_of(&first), uid_of(&first));
    for _ in 0..5 {
        assert!(!requests.iter().any(creates_pod));
        requests = go_on(&mut world, &requests, |_, answer| answer);
    }
    assert_eq!(world.server.all(Kind::Pod).count(), 5);
}
