//! Every reason and every action, by name and by sentence.

use std::collections::BTreeSet;

use daemonset::{Action, Reason};
use daemonset_testkit::World;
use daemonset_testkit::scenario::{revision, scenario};
use serde_json::{Value, json};

/// A reason, its id, its sentence, and a cluster in which it is given, with the strategy.
#[allow(clippy::type_complexity)] // a table: its columns are named above
const REASONS: &[(Reason, &str, &str, &str, (&str, &str))] = &[
    (
        Reason::NoDaemonPod,
        "noDaemonPod",
        "the node should run the daemon and has no pod of it",
        "a",
        ("1", "0"),
    ),
    (
        Reason::NoRunningPod,
        "noRunningPod",
        "surge: every pod on the node is terminating or has ended, so the new one is created at once",
        "a: new terminating",
        ("0", "1"),
    ),
    (
        Reason::SurgeBesideUnavailable,
        "surgeBesideUnavailable",
        "surge: the old pod is not available, so the budget does not matter",
        "a: old starting",
        ("0", "1"),
    ),
    (
        Reason::Surge,
        "surge",
        "surge: the old pod stays until the new one is available",
        "a: old",
        ("0", "1"),
    ),
    (
        Reason::FailedPod,
        "failedPod",
        "the pod has failed",
        "a: new failed",
        ("1", "0"),
    ),
    (
        Reason::SucceededPod,
        "succeededPod",
        "the pod has ended, which a daemon should not",
        "a: new succeeded",
        ("1", "0"),
    ),
    (
        Reason::DuplicatePod,
        "duplicatePod",
        "another pod of the daemon on the node comes first",
        "a: new, new",
        ("1", "0"),
    ),
    (
        Reason::OldPodNotReady,
        "oldPodNotReady",
        "surge: the old pod is not ready and a new one is there",
        "a: old starting, new starting",
        ("0", "1"),
    ),
    (
        Reason::Superseded,
        "superseded",
        "surge: the new pod beside it is available",
        "a: old, new",
        ("0", "1"),
    ),
    (
        Reason::NodeExcluded,
        "nodeExcluded",
        "the node should not run the daemon",
        "a=exclude: new",
        ("1", "0"),
    ),
    (
        Reason::NodeGone,
        "nodeGone",
        "unscheduled, and its node does not exist",
        "a=gone: new unbound",
        ("1", "0"),
    ),
    (
        Reason::OutdatedUnavailable,
        "outdatedUnavailable",
        "not of the current revision and not available, so the budget does not matter",
        "a: old starting",
        ("1", "0"),
    ),
    (
        Reason::Outdated,
        "outdated",
        "not of the current revision, and the budget has room",
        "a: old",
        ("1", "0"),
    ),
    (
        Reason::Spare,
        "spare",
        "surge: no new pod is created on the node, and enough others are available",
        "a=keep: old; b: new",
        ("0", "1"),
    ),
    (
        Reason::DuplicateRevision,
        "duplicateRevision",
        "another revision with the same template is kept",
        "",
        ("1", "0"),
    ),
    (
        Reason::HistoryLimit,
        "historyLimit",
        "beyond revisionHistoryLimit, and no pod carries it",
        "",
        ("1", "0"),
    ),
    (
        Reason::MissingHashLabel,
        "missingHashLabel",
        "the revision has no hash label",
        "",
        ("1", "0"),
    ),
    (
        Reason::CurrentRevision,
        "currentRevision",
        "the revision is current and becomes the newest",
        "",
        ("1", "0"),
    ),
];

/// A cluster in which everything is written about revisions that can be.
fn with_revisions_to_write(mut world: World) -> World {
    let current = world.revisions[1].data.clone();
    world.set.spec.revision_history_limit = Some(0);
    let mut twin = revision("twin", 0, current);
    twin.metadata.labels.remove("controller-revision-hash");
    world.revisions.push(twin);
    world.revisions[1].revision = 1;
    world
}

#[test]
fn every_reason_is_given_by_its_name_and_sentence() {
    let listed: BTreeSet<Reason> = REASONS.iter().map(|(reason, ..)| *reason).collect();
    let all: BTreeSet<Reason> = Reason::ALL.iter().copied().collect();
    assert_eq!(listed, all);
    for (reason, id, sentence, given, (unavailable, surge)) in REASONS {
        assert_eq!(reason.id(), *id);
        assert_eq!(reason.to_string(), *sentence);
        assert_eq!(json!(reason), *id);
        assert_eq!(id.parse(), Ok(*reason));
        let mut world = scenario(given).rolling(unavailable, surge);
        if given.is_empty() {
            world = with_revisions_to_write(world);
        }
        let plan = world.plan();
        let is_given = plan.actions.iter().any(|action| {
            action.reason() == Some(*reason) && action.to_string().ends_with(sentence)
        });
        assert!(is_given, "{id} in {:?}", plan.actions);
    }
}

/// Every action as a sentence and as JSON.
#[test]
#[allow(clippy::too_many_lines)] // one table, a line or two an action
fn every_action_prints_and_is_written() {
    let text = |text: &str| text.to_owned();
    let status = Box::new(scenario("a: new").plan().status);
    let event = scenario("a: new failed").plan().actions[0].clone();
    let table: Vec<(Action, &str, Value)> = vec![
        (
            Action::AdoptPod {
                pod: text("p"),
                uid: text("u"),
            },
            "adopt pod p",
            json!({"action": "adoptPod", "pod": "p", "uid": "u"}),
        ),
        (
            Action::ReleasePod {
                pod: text("p"),
                uid: text("u"),
            },
            "release pod p",
            json!({"action": "releasePod", "pod": "p", "uid": "u"}),
        ),
        (
            Action::AdoptRevision { name: text("r") },
            "adopt revision r",
            json!({"action": "adoptRevision", "name": "r"}),
        ),
        (
            Action::ReleaseRevision { name: text("r") },
            "release revision r",
            json!({"action": "releaseRevision", "name": "r"}),
        ),
        (
            Action::CreateRevision {
                name: text("r"),
                revision: 3,
                hash: text("h"),
            },
            "create revision r, number 3",
            json!({"action": "createRevision", "name": "r", "revision": 3, "hash": "h"}),
        ),
        (
            Action::UpdateRevision {
                name: text("r"),
                revision: 3,
                hash: text("h"),
                reason: Reason::CurrentRevision,
            },
            "update revision r to number 3 and hash h: the revision is current and becomes the newest",
            json!({"action": "updateRevision", "name": "r", "revision": 3, "hash": "h", "reason": "currentRevision"}),
        ),
        (
            Action::RelabelPod {
                pod: text("p"),
                uid: text("u"),
                hash: text("h"),
            },
            "relabel pod p to hash h",
            json!({"action": "relabelPod", "pod": "p", "uid": "u", "hash": "h"}),
        ),
        (
            Action::DeleteRevision {
                name: text("r"),
                reason: Reason::HistoryLimit,
            },
            "delete revision r: beyond revisionHistoryLimit, and no pod carries it",
            json!({"action": "deleteRevision", "name": "r", "reason": "historyLimit"}),
        ),
        (
            Action::CreatePod {
                node: text("n"),
                reason: Reason::NoDaemonPod,
            },
            "create a pod on n: the node should run the daemon and has no pod of it",
            json!({"action": "createPod", "node": "n", "reason": "noDaemonPod"}),
        ),
        (
            Action::DeletePod {
                pod: text("p"),
                uid: text("u"),
                node: text("n"),
                reason: Reason::Outdated,
            },
            "delete pod p on n: not of the current revision, and the budget has room",
            json!({"action": "deletePod", "pod": "p", "uid": "u", "node": "n", "reason": "outdated"}),
        ),
        (
            event,
            "event Warning FailedDaemonPod: Found failed daemon pod infra/a1 on node a, will try to kill it",
            json!({
                "action": "event",
                "kind": "Warning",
                "event": "FailedDaemonPod",
                "message": "Found failed daemon pod infra/a1 on node a, will try to kill it",
            }),
        ),
        (
            Action::UpdateStatus {
                status: (*status).clone(),
            },
            "update the status",
            json!({"action": "updateStatus", "status": status}),
        ),
    ];
    // An action more is a row more: the match knows them all.
    let kinds: BTreeSet<u8> = table
        .iter()
        .map(|(action, ..)| match action {
            Action::AdoptPod { .. } => 0,
            Action::ReleasePod { .. } => 1,
            Action::AdoptRevision { .. } => 2,
            Action::ReleaseRevision { .. } => 3,
            Action::CreateRevision { .. } => 4,
            Action::UpdateRevision { .. } => 5,
            Action::RelabelPod { .. } => 6,
            Action::DeleteRevision { .. } => 7,
            Action::CreatePod { .. } => 8,
            Action::DeletePod { .. } => 9,
            Action::Event { .. } => 10,
            Action::UpdateStatus { .. } => 11,
        })
        .collect();
    assert_eq!(kinds.len(), 12);
    for (action, sentence, written) in table {
        assert_eq!(action.to_string(), sentence);
        assert_eq!(json!(action), written);
    }
}

/// Whoever acts on a pod acts on this very one.
#[test]
fn actions_on_pods_carry_the_uid() {
    let uuid = "4bb0a2e1-7c1c-4b19-9d4e-0f2f7a9c1d3e";
    let mut world = scenario("a: old; b: new orphan; c: new, new unselected");
    for pod in &mut world.pods {
        pod.metadata.uid = format!("{uuid}-{}", pod.metadata.name);
    }
    world.pods[0].metadata.uid = uuid.to_owned();
    let plan = world.plan();
    let mut seen = 0;
    for action in &plan.actions {
        let (Action::AdoptPod { pod, uid }
        | Action::ReleasePod { pod, uid }
        | Action::DeletePod { pod, uid, .. }
        | Action::RelabelPod { pod, uid, .. }) = action
        else {
            continue;
        };
        seen += 1;
        let given = world.pods.iter().find(|given| given.metadata.name == *pod);
        assert_eq!(
            given.map(|given| given.metadata.uid.as_str()),
            Some(uid.as_str())
        );
    }
    assert_eq!(seen, 3);
}
