//! The status: what is counted, when it is written, and how a rollout stands by it.

use daemonset::api::DaemonSetStatus;
use daemonset::outcome::RolloutStatus;
use daemonset::{Action, Plan};
use daemonset_testkit::scenario::scenario;
use serde_json::json;

fn written(plan: &Plan) -> Option<&DaemonSetStatus> {
    plan.actions.iter().find_map(|action| match action {
        Action::UpdateStatus { status } => Some(status),
        _ => None,
    })
}

/// Figures in this order: desired, current, misscheduled, ready, updated, available, unavailable.
#[test]
fn figures() {
    for (given, figures) in [
        // given                        des cur mis rdy upd ava una
        ("", [0, 0, 0, 0, 0, 0, 0]),
        ("a", [1, 0, 0, 0, 0, 0, 1]),
        ("a: new", [1, 1, 0, 1, 1, 1, 0]),
        ("a: old", [1, 1, 0, 1, 0, 1, 0]),
        ("a: new starting", [1, 1, 0, 0, 1, 0, 1]),
        ("a: new ready", [1, 1, 0, 1, 1, 0, 1]),
        ("a: new undated", [1, 1, 0, 1, 1, 0, 1]),
        ("a: new terminating", [1, 1, 0, 1, 1, 1, 0]),
        ("a: new failed terminating", [1, 0, 0, 0, 0, 0, 1]),
        ("a: new failed starting", [1, 1, 0, 0, 1, 0, 1]),
        ("a=keep", [0, 0, 0, 0, 0, 0, 0]),
        ("a=keep: new", [0, 0, 1, 0, 0, 0, 0]),
        ("a=exclude: new, new", [0, 0, 1, 0, 0, 0, 0]),
        ("a=gone: new", [0, 0, 0, 0, 0, 0, 0]),
        // The first pod of a node counts: bound before unbound, then the older one.
        ("a: old, new younger", [1, 1, 0, 1, 0, 1, 0]),
        ("a: old younger, new", [1, 1, 0, 1, 1, 1, 0]),
        (
            "a: new unbound starting, old younger",
            [1, 1, 0, 1, 0, 1, 0],
        ),
        // By the generation label too.
        ("a: unlabelled generation=2", [1, 1, 0, 1, 1, 1, 0]),
        ("a: unlabelled generation=3", [1, 1, 0, 1, 0, 1, 0]),
        (
            "a: new; b; c=keep: old; d: old starting",
            [3, 2, 1, 1, 1, 1, 2],
        ),
    ] {
        let status = scenario(given).min_ready(5).generation("2").plan().status;
        let counted = [
            status.desired_number_scheduled,
            status.current_number_scheduled,
            status.number_misscheduled,
            status.number_ready,
            status.updated_number_scheduled,
            status.number_available,
            status.number_unavailable,
        ];
        assert_eq!(counted, figures, "given {given:?}");
    }
}

/// The annotation counts where it is an integer, as Go reads one.
#[test]
fn the_generation_annotation() {
    for (annotation, label, updated) in [
        ("2", "2", 1),
        ("+2", "2", 1),
        ("02", "2", 1),
        ("-1", "-1", 1),
        ("2", "02", 0),
        ("2", "3", 0),
        ("two", "two", 0),
        ("", "", 0),
    ] {
        let given = format!("a: unlabelled generation={label}");
        let plan = scenario(&given).generation(annotation).plan();
        let counted = plan.status.updated_number_scheduled;
        assert_eq!(
            counted, updated,
            "annotation {annotation:?}, label {label:?}"
        );
    }
}

/// It is written when a figure changes or a newer generation is observed, and not otherwise.
#[test]
fn it_is_written_when_it_changes() {
    let mut world = scenario("a: new");
    let status = written(&world.plan()).expect("figures change").clone();
    assert_eq!(status, world.plan().status);
    world.set.status = status;
    assert_eq!(written(&world.plan()), None);

    world.set.metadata.generation = 3;
    let observed = written(&world.plan()).map(|status| status.observed_generation);
    assert_eq!(observed, Some(3));
    // An older generation than the observed one changes nothing.
    world.set.metadata.generation = 1;
    assert_eq!(written(&world.plan()), None);
    assert_eq!(world.plan().status.observed_generation, 1);
}

/// All figures are there, zeros too: a merge patch that leaves them out never gets to zero.
#[test]
fn zeros_are_written() {
    let mut world = scenario("");
    world.set.status.updated_number_scheduled = 3;
    world.set.status.number_available = 3;
    world.set.status.number_unavailable = 2;
    let plan = world.plan();
    let status = written(&plan).expect("the figures are zero now");
    assert_eq!(
        json!(status),
        json!({
            "currentNumberScheduled": 0,
            "desiredNumberScheduled": 0,
            "numberAvailable": 0,
            "numberMisscheduled": 0,
            "numberReady": 0,
            "numberUnavailable": 0,
            "observedGeneration": 2,
            "updatedNumberScheduled": 0,
        })
    );
    // As the API server merges a patch.
    let mut stored = json!(world.set.status);
    for (field, value) in json!(status).as_object().unwrap() {
        stored[field] = value.clone();
    }
    world.set.status = serde_json::from_value(stored).unwrap();
    assert_eq!(written(&world.plan()), None, "it is not written for ever");
}

/// What others report in the status stays.
#[test]
fn conditions_and_the_collision_count_are_carried() {
    let mut world = scenario("a: new");
    world.set.status = serde_json::from_value(json!({
        "collisionCount": 4,
        "conditions": [{"type": "Policy", "status": "False", "reason": "Held"}],
    }))
    .unwrap();
    let plan = world.plan();
    let status = json!(written(&plan).unwrap());
    assert_eq!(status["collisionCount"], 4);
    assert_eq!(status["conditions"][0]["reason"], "Held");
}

/// `kubectl rollout status`, from the set alone.
#[test]
fn rollout_status() {
    let waiting = "waiting: ";
    for (kind, generation, [desired, updated, available], then) in [
        (
            "OnDelete",
            9,
            [3, 0, 0],
            "no rollout: the update strategy is not RollingUpdate",
        ),
        (
            "RollingUpdate",
            3,
            [3, 3, 3],
            "waiting: the controller has not observed the newest spec yet",
        ),
        (
            "",
            3,
            [3, 3, 3],
            "waiting: the controller has not observed the newest spec yet",
        ),
        (
            "RollingUpdate",
            2,
            [3, 2, 3],
            "waiting: 2 of 3 pods are updated",
        ),
        (
            "RollingUpdate",
            2,
            [3, 3, 2],
            "waiting: 2 of 3 updated pods are available",
        ),
        ("RollingUpdate", 2, [3, 3, 3], "complete"),
        ("RollingUpdate", 1, [3, 4, 4], "complete"),
        ("RollingUpdate", 2, [0, 0, 0], "complete"),
    ] {
        let mut set = scenario("").set;
        set.spec.update_strategy.type_ = kind.to_owned();
        set.metadata.generation = generation;
        set.status.desired_number_scheduled = desired;
        set.status.updated_number_scheduled = updated;
        set.status.number_available = available;
        let status = RolloutStatus::of(&set);
        assert_eq!(status.to_string(), then);
        assert_eq!(status.is_done(), !then.starts_with(waiting));
    }
}
