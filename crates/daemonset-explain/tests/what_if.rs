//! What a change does before it is made.

#[path = "what_if/cluster.rs"]
mod cluster;
#[path = "what_if/differences.rs"]
mod differences;
#[path = "what_if/ends.rs"]
mod ends;
#[path = "what_if/properties.rs"]
mod properties;

use cluster::{Today, agent, agent_with, gone, node, nodes, set_at};
use daemonset::api::{ConditionStatus, DaemonSet, PodPhase, Taint};
use daemonset::matching::ComparisonOperators;
use daemonset::placement::Verdict;
use daemonset::rollout::Backoff;
use daemonset::{Cluster, Options, Reason};
use daemonset_explain::what_if::{
    CompareError, Comparison, End, Restarts, TemplateChange, forecast,
};
use serde_json::{Value, json};

/// The agent as it is, rolled out on so many nodes, and what becomes of it with one field changed.
fn change(count: usize, field: &str, value: Value) -> Comparison {
    change_from(agent(), count, field, value)
}

fn change_from(mut set: Value, count: usize, field: &str, value: Value) -> Comparison {
    let today = Today::settled(&read(&set), nodes(count));
    set_at(&mut set, field, value);
    today.replaced(&read(&set))
}

fn read(set: &Value) -> DaemonSet {
    serde_json::from_value(set.clone()).unwrap()
}

fn texts(comparison: &Comparison) -> Vec<String> {
    comparison
        .differences
        .iter()
        .map(ToString::to_string)
        .collect()
}

#[test]
fn nothing_changes_where_only_the_writing_differs() {
    let today = Today::settled(&read(&agent()), nodes(3));
    let written = json!({
        "spec": {
            "revisionHistoryLimit": 10,
            "updateStrategy": {
                "rollingUpdate": {"maxSurge": 0, "maxUnavailable": "25%"},
                "type": "RollingUpdate",
            },
            "template": {
                "spec": {
                    "restartPolicy": "Always",
                    "hostNetwork": false,
                    "terminationGracePeriodSeconds": 30,
                    "tolerations": [],
                    "containers": [{
                        "resources": {"requests": {"memory": "65536Ki", "cpu": "0.1"}},
                        "imagePullPolicy": "IfNotPresent",
                        "image": "agent:1",
                        "name": "agent",
                    }],
                },
                "metadata": {"labels": {"app": "agent"}, "annotations": null},
            },
            "selector": {"matchLabels": {"app": "agent"}},
            "minReadySeconds": 30,
        },
        "metadata": {"namespace": "infra", "name": "agent"},
    });
    let comparison = today.replaced(&read(&written));
    assert_eq!(comparison.template, TemplateChange::Spelling);
    assert_eq!(comparison.restarts(), Restarts::No);
    assert!(comparison.is_empty(), "{comparison:?}");
}

#[test]
fn a_new_image_restarts_every_pod_within_the_budget() {
    let comparison = change(
        11,
        "/spec/template/spec/containers/0/image",
        json!("agent:2"),
    );
    assert_eq!(
        texts(&comparison),
        ["spec.template.spec.containers[agent].image: agent:1 → agent:2"]
    );
    assert_eq!(
        comparison.restarts(),
        Restarts::Yes {
            open: None,
            pods: 11,
            anyway: 0,
            waves: 4,
            seconds: 120,
            end: End::Settled
        }
    );
    assert_eq!(
        comparison.restarts().to_string(),
        "yes: 11 pods, in at least 4 waves and 120 s"
    );
    let after = comparison.after;
    // Storing the revision falls into the first wave; after each one, its pods are made.
    assert_eq!(after.rounds, 8);
    assert!(
        after
            .restarted
            .iter()
            .all(|goes| goes.reason == Reason::Outdated)
    );
    assert_eq!(after.status.updated_number_scheduled, 11);
    assert!(comparison.nodes.is_empty());
}

#[test]
fn a_defaulted_field_that_follows_the_image_is_named_too() {
    let comparison = change(
        1,
        "/spec/template/spec/containers/0/image",
        json!("agent:latest"),
    );
    assert_eq!(
        texts(&comparison),
        [
            "spec.template.spec.containers[agent].image: agent:1 → agent:latest",
            "spec.template.spec.containers[agent].imagePullPolicy: IfNotPresent → Always",
        ]
    );
}

#[test]
fn what_is_not_in_the_template_restarts_nothing() {
    for (field, value) in [
        (
            "/spec/updateStrategy/rollingUpdate/maxUnavailable",
            json!(2),
        ),
        ("/spec/updateStrategy", json!({"type": "OnDelete"})),
        ("/spec/minReadySeconds", json!(5)),
        ("/spec/revisionHistoryLimit", json!(2)),
        ("/metadata/labels", json!({"team": "a"})),
        ("/metadata/annotations", json!({"example.com/note": "x"})),
    ] {
        let comparison = change(3, field, value);
        assert_eq!(comparison.restarts(), Restarts::No, "{field}");
        assert_eq!(comparison.template, TemplateChange::Same, "{field}");
        assert!(!comparison.differences.is_empty(), "{field}");
        assert!(!comparison.is_empty(), "{field}");
    }
}

#[test]
fn a_toleration_is_part_of_the_template() {
    let mut today = Today::settled(&read(&agent()), nodes(3));
    let taint = Taint {
        key: "gpu".into(),
        effect: "NoSchedule".into(),
        ..Taint::default()
    };
    let mut tainted = node("node-gpu");
    tainted.spec.taints.push(taint);
    today.nodes.push(tainted);
    let mut set = agent();
    set_at(
        &mut set,
        "/spec/template/spec/tolerations",
        json!([{"key": "gpu", "operator": "Exists"}]),
    );
    let comparison = today.replaced(&read(&set));
    assert!(matches!(
        comparison.restarts(),
        Restarts::Yes { pods: 3, .. }
    ));
    let gains: Vec<_> = comparison.gains().collect();
    assert_eq!(gains.len(), 1);
    assert_eq!(gains[0].node, "node-gpu");
    assert_eq!(gains[0].before, Some(Verdict::KeepExisting));
    assert_eq!(
        gains[0].disappeared[0].to_string(),
        "untolerated taint gpu:NoSchedule"
    );
    assert!(gains[0].appeared.is_empty());
    assert_eq!(comparison.losses().count(), 0);
    assert_eq!(comparison.after.created[0].node, "node-gpu");
}

#[test]
fn under_on_delete_pods_of_nodes_that_are_lost_are_not_made_again() {
    let mut set = agent_with("/spec/updateStrategy", json!({"type": "OnDelete"}));
    let tolerations = "/spec/template/spec/tolerations";
    set_at(
        &mut set,
        tolerations,
        json!([{"key": "gpu", "operator": "Exists"}]),
    );
    let mut all = nodes(2);
    let mut tainted = node("node-gpu");
    tainted.spec.taints.push(Taint {
        key: "gpu".into(),
        effect: "NoSchedule".into(),
        ..Taint::default()
    });
    all.push(tainted);
    let today = Today::settled(&read(&set), all);
    set_at(&mut set, tolerations, json!([]));
    let comparison = today.replaced(&read(&set));
    assert_eq!(comparison.losses().count(), 1);
    assert_eq!(
        comparison.restarts(),
        Restarts::OnDelete {
            pods: 2,
            unwanted: 1
        }
    );
    assert_eq!(
        comparison.restarts().to_string(),
        "only when deleted: the update strategy is OnDelete, and 3 pods become outdated, 1 of which is not made again"
    );
}

#[test]
fn under_on_delete_pods_restart_when_they_are_deleted() {
    let on_delete = agent_with("/spec/updateStrategy", json!({"type": "OnDelete"}));
    let image = "/spec/template/spec/containers/0/image";
    let comparison = change_from(on_delete, 3, image, json!("agent:2"));
    assert_eq!(
        comparison.restarts(),
        Restarts::OnDelete {
            pods: 3,
            unwanted: 0
        }
    );
    assert_eq!(
        comparison.restarts().to_string(),
        "only when deleted: the update strategy is OnDelete, and 3 pods become outdated"
    );
    let after = comparison.after;
    assert_eq!((after.waves, after.seconds), (0, 0));
    assert_eq!(after.end, End::OnDelete);
}

#[test]
fn leaving_on_delete_restarts_what_waited() {
    let on_delete = agent_with("/spec/updateStrategy", json!({"type": "OnDelete"}));
    let mut today = Today::settled(&read(&on_delete), nodes(3));
    let mut newer = on_delete.clone();
    set_at(
        &mut newer,
        "/spec/template/spec/containers/0/image",
        json!("agent:2"),
    );
    today.set.spec.template = read(&newer).spec.template;
    set_at(
        &mut newer,
        "/spec/updateStrategy",
        json!({"type": "RollingUpdate"}),
    );
    let comparison = today.replaced(&read(&newer));
    assert_eq!(comparison.template, TemplateChange::Same);
    assert!(matches!(
        comparison.restarts(),
        Restarts::Yes {
            pods: 3,
            waves: 3,
            ..
        }
    ));
}

#[test]
fn surge_takes_as_many_waves_as_its_budget() {
    let surge = json!({"rollingUpdate": {"maxUnavailable": 0, "maxSurge": "30%"}});
    let surging = agent_with("/spec/updateStrategy", surge);
    let image = "/spec/template/spec/containers/0/image";
    let comparison = change_from(surging, 9, image, json!("agent:2"));
    assert!(matches!(
        comparison.restarts(),
        Restarts::Yes {
            pods: 9,
            waves: 3,
            seconds: 90,
            end: End::Settled,
            ..
        }
    ));
    let after = comparison.after;
    assert!(
        after
            .restarted
            .iter()
            .all(|goes| goes.reason == Reason::Superseded)
    );
    assert!(after.created.is_empty() && after.removed.is_empty());
}

#[test]
fn nodes_that_change_gain_and_lose() {
    let set = agent_with("/spec/template/spec/nodeSelector", json!({"disk": "ssd"}));
    let ssd = |name: &str| {
        let mut node = node(name);
        node.metadata.labels.insert("disk", "ssd");
        node
    };
    let before = vec![ssd("goes"), ssd("relabelled"), ssd("stays"), node("plain")];
    let today = Today::settled(&read(&set), before);
    let mut relabelled = ssd("relabelled");
    relabelled.metadata.labels.insert("disk", "hdd");
    let after = vec![relabelled, ssd("stays"), node("plain"), ssd("comes")];
    let comparison = today.try_replaced(&read(&set), &after).unwrap();
    let gains: Vec<_> = comparison.gains().map(|it| it.node.as_str()).collect();
    let losses: Vec<_> = comparison.losses().map(|it| it.node.as_str()).collect();
    assert_eq!(gains, ["comes"]);
    assert_eq!(losses, ["goes", "relabelled"]);
    let relabelled = comparison.losses().last().unwrap();
    assert_eq!(
        relabelled.appeared[0].to_string(),
        r#"nodeSelector wants disk=ssd, node has "hdd""#
    );
    assert_eq!(comparison.restarts(), Restarts::No);
    let forecast = comparison.after;
    assert_eq!(
        forecast.removed.len(),
        1,
        "the pod on the node that is gone goes with it"
    );
    assert_eq!(forecast.removed[0].node, "relabelled");
    assert_eq!(forecast.created[0].node, "comes");
    assert_eq!(forecast.waves, 0);
}

#[test]
fn going_back_finds_the_old_revision() {
    let today = Today::settled(&read(&agent()), nodes(2));
    let newer = agent_with("/spec/template/spec/containers/0/image", json!("agent:2"));
    let mut later = today.clone();
    later.set = read(&newer);
    let later = later.replaced(&read(&newer));
    assert!(later.is_empty());
    assert_eq!(
        later.restarts().to_string(),
        "yes: 2 pods, as without the change, in at least 2 waves and 60 s"
    );

    // The new version is stored, and no pod is replaced yet.
    let mut midway = today.clone();
    midway.set.spec.template = read(&newer).spec.template;
    midway
        .revisions
        .as_mut()
        .unwrap()
        .push(cluster::revision(&midway.set, 2));
    let back = midway.replaced(&read(&agent()));
    assert_eq!(back.restarts(), Restarts::No);
    let after = back.after;
    assert_eq!(after.end, End::Settled);
    assert_eq!(after.waves, 0);
}

#[test]
fn two_sets_are_not_two_versions() {
    let today = Today::settled(&read(&agent()), nodes(1));
    let other = agent_with("/metadata/name", json!("other"));
    assert_eq!(
        today.try_replaced(&read(&other), &today.nodes).unwrap_err(),
        CompareError::AnotherSet {
            before: "infra/agent".into(),
            after: "infra/other".into()
        }
    );
    let unspoken = agent_with("/metadata/namespace", Value::Null);
    assert!(today.replaced(&read(&unspoken)).is_empty());
}

#[test]
fn a_set_without_a_namespace_is_in_the_default_one() {
    let unspoken = agent_with("/metadata/namespace", Value::Null);
    let today = Today::settled(&read(&unspoken), nodes(1));
    assert!(today.replaced(&read(&unspoken)).is_empty());
    let spoken = agent_with("/metadata/namespace", json!("default"));
    assert!(today.replaced(&read(&spoken)).is_empty());
}

#[test]
fn a_revision_that_the_set_lets_go_of_serves_all_the_same() {
    // Without a selector no revision is the set's own.
    let forecast = Today::never_rolled_out(&DaemonSet::default(), nodes(0)).forecast();
    assert_eq!(forecast.end, End::Settled);
    assert_eq!(forecast.rounds, 2);
}

#[test]
fn pods_that_restart_anyway_are_told_apart() {
    let mut today = Today::settled(&read(&agent()), nodes(4));
    let newer = agent_with("/spec/template/spec/containers/0/image", json!("agent:2"));
    let newer = read(&newer);
    // One of four is of the new version already.
    let revision = cluster::revision(&newer, 2);
    let labels = &mut today.pods[0].metadata.labels;
    labels.insert("controller-revision-hash", revision.hash());
    today.revisions.as_mut().unwrap().push(revision);
    today.set.spec.template = newer.spec.template;
    let newest = agent_with("/spec/template/spec/containers/0/image", json!("agent:3"));
    let comparison = today.replaced(&read(&newest));
    assert_eq!(
        comparison.restarts().to_string(),
        "yes: 4 pods, 3 of which restart anyway, in at least 4 waves and 120 s"
    );
    let because: Vec<_> = comparison
        .restarted()
        .map(|goes| goes.node.as_str())
        .collect();
    assert_eq!(because, ["node-00"]);
}

#[test]
fn the_count_of_template_changes_goes_on() {
    let mut today = Today::settled(&read(&agent()), nodes(2));
    let generation = "deprecated.daemonset.template.generation";
    today.set.metadata.annotations.insert(generation, "3");
    for pod in &mut today.pods {
        pod.metadata.labels.insert("pod-template-generation", "3");
    }
    let mut newer = today.set.clone();
    assert!(today.replaced(&newer).is_empty());
    let changed = agent_with("/spec/template/spec/containers/0/image", json!("agent:2"));
    newer.spec.template = read(&changed).spec.template;
    // The annotation still says 3, as in a dump that somebody has edited.
    let comparison = today.replaced(&newer);
    assert!(matches!(
        comparison.restarts(),
        Restarts::Yes { pods: 2, .. }
    ));
}

#[test]
fn the_order_of_containers_counts() {
    let two = json!([{"name": "a", "image": "a:1"}, {"name": "b", "image": "b:1"}]);
    let turned = json!([{"name": "b", "image": "b:1"}, {"name": "a", "image": "a:1"}]);
    let set = agent_with("/spec/template/spec/containers", two);
    let comparison = change_from(set, 1, "/spec/template/spec/containers", turned);
    assert_eq!(
        texts(&comparison),
        ["spec.template.spec.containers: order a, b → b, a"]
    );
    assert!(matches!(
        comparison.restarts(),
        Restarts::Yes { pods: 1, .. }
    ));
}

#[test]
fn a_pod_that_may_only_stay_does_not_come_back() {
    let mut today = Today::settled(&read(&agent()), nodes(2));
    today.nodes[0].spec.taints.push(Taint {
        key: "maintenance".into(),
        effect: "NoSchedule".into(),
        ..Taint::default()
    });
    let newer = agent_with("/spec/template/spec/containers/0/image", json!("agent:2"));
    let comparison = today.replaced(&read(&newer));
    assert!(matches!(
        comparison.restarts(),
        Restarts::Yes { pods: 1, .. }
    ));
    let after = comparison.after;
    assert_eq!(after.removed[0].node, "node-00");
    assert_eq!(after.end, End::Settled);
}

#[test]
fn pods_on_their_way_out_do_not_count_as_restarts() {
    let mut today = Today::settled(&read(&agent()), nodes(2));
    gone(&mut today.pods[0]);
    let comparison = today.replaced(&today.set);
    assert!(comparison.is_empty());
    assert_eq!(comparison.before.created[0].node, "node-00");
}

#[test]
fn the_comparison_reads_as_json() {
    let comparison = change(
        1,
        "/spec/template/spec/containers/0/image",
        json!("agent:2"),
    );
    let json = serde_json::to_value(&comparison).unwrap();
    assert_eq!(json["template"], "changed");
    assert_eq!(
        json["differences"][0],
        json!({
            "path": "spec.template.spec.containers[agent].image",
            "change": "changed",
            "before": "agent:1",
            "after": "agent:2",
        })
    );
    assert_eq!(json["after"]["end"], json!({"kind": "settled"}));
    assert_eq!(json["after"]["restarted"][0]["reason"], "outdated");
    let answer = serde_json::to_value(comparison.restarts()).unwrap();
    assert_eq!(answer["answer"], "yes");
}

#[test]
fn without_revisions_restarts_are_not_known() {
    let mut today = Today::settled(&read(&agent()), nodes(3));
    today.revisions = None;
    let newer = agent_with("/spec/template/spec/containers/0/image", json!("agent:2"));
    let comparison = today.replaced(&read(&newer));
    assert_eq!(comparison.after.end, End::Unclear(3));
    assert_eq!(
        comparison.restarts().to_string(),
        "cannot tell for 3 pods: no ControllerRevisions are given"
    );
}

/// Gates, cap and waits come along.
#[test]
fn the_options_of_a_round_are_those_of_the_simulation() {
    let tolerates =
        json!([{"key": "cores", "operator": "Gt", "value": "4", "effect": "NoSchedule"}]);
    let set = read(&agent_with("/spec/template/spec/tolerations", tolerates));
    let mut small = node("node-small");
    small.spec.taints.push(Taint {
        key: "cores".into(),
        value: "8".into(),
        effect: "NoSchedule".into(),
        ..Taint::default()
    });
    let nodes = [node("node-00"), node("node-01"), small];
    let cluster = Cluster::new(&nodes, &[]);
    let created = |options: &Options| {
        let forecast = forecast(&set, &cluster, options).unwrap();
        (forecast.created.len(), forecast.rounds)
    };
    assert_eq!(created(&Options::default()), (2, 1));
    let on = Options::default().with_comparison_operators(ComparisonOperators::On);
    assert_eq!(created(&on), (3, 1));
    assert_eq!(created(&on.with_burst_replicas(1)), (3, 3));

    let mut today = Today::settled(&read(&agent()), vec![node("node-00")]);
    let now = today.now.unwrap();
    today.pods[0].status.phase = PodPhase::Failed;
    let waits: Backoff = serde_json::from_value(json!({
        "uid": today.set.metadata.uid,
        "observedGeneration": today.set.status.observed_generation,
        "nodes": {"node-00": {"since": now, "seconds": 40}},
    }))
    .unwrap();
    let seconds = |options: &Options| {
        let forecast = forecast(&today.set, &today.cluster(), options).unwrap();
        forecast.seconds
    };
    assert_eq!(seconds(&Options::default()), 30, "minReadySeconds alone");
    assert_eq!(seconds(&Options::default().with_backoff(waits)), 70);
}
