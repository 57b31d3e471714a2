//! Whole rounds: everything that the controller decided on one snapshot.

use daemonset::api::{ControllerRevision, DaemonSet, Node, Pod};
use daemonset::tracker::{SetId, Tracker};
use daemonset::{Plan, Planner};
use daemonset_testkit::conformance::{Case, Differences};
use daemonset_testkit::decision::Decision;
use daemonset_testkit::{World, oracle};
use serde_json::{Map, Value, json};

pub fn read<T: serde::de::DeserializeOwned>(case: &Value, field: &str) -> T {
    T::deserialize(&case[field]).unwrap_or_else(|error| panic!("{} {field}: {error}", case["name"]))
}

/// The snapshot. The cases run without a cap.
pub fn snapshot(case: &Value) -> World {
    let set: DaemonSet = read(case, "daemonSet");
    let nodes: Vec<Node> = read(case, "nodes");
    let pods: Vec<Pod> = read(case, "pods");
    let revisions: Vec<ControllerRevision> = read(case, "controllerRevisions");
    let mut world = World::empty(set, 0, read(case, "now"));
    world.nodes = nodes;
    world.pods = pods;
    world.revisions = revisions;
    world.burst = usize::MAX;
    world
}

fn expected(case: &Value) -> &Map<String, Value> {
    case["expected"].as_object().expect("an object")
}

/// What the planner says of a snapshot; without a planner where the selector does not parse.
pub fn decision(world: &World) -> (Decision, Option<(Planner, Plan)>) {
    let names = world.nodes.iter().map(|node| node.metadata.name.as_str());
    let Some(planner) = world.try_planner() else {
        let rules = daemonset::placement::Rules::new(&world.set.spec.template);
        let verdicts = world.nodes.iter().map(|node| rules.verdict(node));
        let verdicts = names.map(str::to_owned).zip(verdicts).collect();
        return (Decision::invalid_selector(verdicts), None);
    };
    let plan = planner.plan(&world.cluster());
    (Decision::of(&plan, names), Some((planner, plan)))
}

/// Where the planner, from lists or kept, differs from the controller.
pub fn differences(case: &Case) -> Differences {
    let world = snapshot(&case.json);
    let expected = expected(&case.json);
    let (ours, planned) = decision(&world);
    let mut found = Decision::recorded(expected).differences(&ours);
    if let Some((planner, plan)) = &planned {
        for (way, kept) in [
            ("kept", kept(planner, &world)),
            ("incremental", incremental(planner, &world)),
        ] {
            if kept != *plan {
                found.push((way.to_owned(), json!(plan), json!(kept)));
            }
        }
        found.extend(template(expected, planner));
    } else {
        assert!(!expected.contains_key("createdPodTemplate"));
    }
    found
}

/// Where the naive oracle differs from the controller.
pub fn differences_of_the_oracle(case: &Case) -> Differences {
    let world = snapshot(&case.json);
    Decision::recorded(expected(&case.json)).differences(&oracle::decide(&world))
}

/// The plan of a tracker that is told of everything at once.
fn kept(planner: &Planner, world: &World) -> Plan {
    let mut tracker = Tracker::new();
    for node in &world.nodes {
        tracker.put_node(node);
    }
    for pod in &world.pods {
        tracker.put_pod(pod);
    }
    let set = tracker.put_set(planner.clone());
    plan_of(&mut tracker, set, world)
}

/// The plan of a tracker that is told of one thing after the other, and asked in between.
fn incremental(planner: &Planner, world: &World) -> Plan {
    let mut tracker = Tracker::new();
    let set = tracker.put_set(planner.clone());
    for pod in &world.pods {
        tracker.plan(set, world.now.plus_seconds(-60)).unwrap();
        // First as if it had just been made, unscheduled and without labels.
        let mut young = Pod::default();
        young.metadata.name.clone_from(&pod.metadata.name);
        young.metadata.namespace.clone_from(&pod.metadata.namespace);
        tracker.put_pod(&young);
        tracker.plan(set, world.now.plus_seconds(-30)).unwrap();
        tracker.put_pod(pod);
    }
    for node in &world.nodes {
        tracker.plan(set, world.now.plus_seconds(-10)).unwrap();
        tracker.put_node(node);
    }
    plan_of(&mut tracker, set, world)
}

/// A tracker's plan, with the verdicts that it gives one by one.
fn plan_of(tracker: &mut Tracker, set: SetId, world: &World) -> Plan {
    let mut plan = tracker.plan(set, world.now).expect("the set is there");
    plan.verdicts = world
        .nodes
        .iter()
        .map(|node| tracker.verdict(set, &node.metadata.name).unwrap())
        .collect();
    plan
}

/// Where the template of a pod that is created differs.
fn template(expected: &Map<String, Value>, planner: &Planner) -> Differences {
    let Some(mut recorded) = expected.get("createdPodTemplate").cloned() else {
        return Vec::new();
    };
    let node = expected["createdPodTemplateNode"].as_str().unwrap();
    let mut pod = planner.pod_for(node);
    let mut metadata = json!({"labels": pod["metadata"]["labels"].take()});
    let annotations = pod["metadata"]["annotations"].take();
    if !annotations.is_null() {
        metadata["annotations"] = annotations;
    }
    let ours = json!({"metadata": metadata, "spec": pod["spec"].take()});
    if let Some(created) = expected.get("createRevision") {
        let label = &mut recorded["metadata"]["labels"]["controller-revision-hash"];
        assert_eq!(*label, created["hash"], "the recorded hash label");
        *label = ours["metadata"]["labels"]["controller-revision-hash"].clone();
    }
    if recorded == ours {
        Vec::new()
    } else {
        vec![("createdPodTemplate".to_owned(), recorded, ours)]
    }
}
