//! What `kubectl apply` leaves of a set.

use daemonset::api::DaemonSet;
use daemonset_explain::what_if::{Restarts, TemplateChange, applied};
use serde_json::{Value, json};

use super::cluster::{Today, agent, agent_with, nodes, set_at};

fn read(set: &Value) -> DaemonSet {
    serde_json::from_value(set.clone()).unwrap()
}

/// The set as it is live once `manifest` was applied and `changes` were made by others.
fn live(manifest: &Value, changes: &[(&str, Value)]) -> DaemonSet {
    let mut set = manifest.clone();
    for (field, value) in changes {
        set_at(&mut set, field, value.clone());
    }
    let mut set = read(&set);
    let annotation = "kubectl.kubernetes.io/last-applied-configuration";
    set.metadata
        .annotations
        .insert(annotation, manifest.to_string());
    set
}

/// What is left of the template's pod spec.
fn spec_of(set: &DaemonSet) -> Value {
    json!(set.spec.template)["spec"].clone()
}

#[test]
fn what_others_have_added_stays() {
    let annotations = json!({"kubectl.kubernetes.io/restartedAt": "2026-03-01T12:00:00Z"});
    let live = live(
        &agent(),
        &[
            ("/spec/template/metadata/annotations", annotations),
            (
                "/spec/template/spec/priorityClassName",
                json!("system-node-critical"),
            ),
            (
                "/spec/template/spec/containers/0/imagePullPolicy",
                json!("IfNotPresent"),
            ),
            (
                "/spec/template/spec/containers/0/resources/limits",
                json!({"memory": "1Gi"}),
            ),
            (
                "/spec/template/spec/containers/1",
                json!({"name": "injected", "image": "i:1"}),
            ),
            ("/spec/revisionHistoryLimit", json!(3)),
            ("/spec/updateStrategy/type", json!("RollingUpdate")),
            ("/metadata/labels", json!({"team": "a"})),
        ],
    );
    let today = Today::settled(&live, nodes(2));
    let stored = applied(&live, &read(&agent()));
    assert_eq!(stored.spec, live.spec);
    assert_eq!(stored.metadata.labels, live.metadata.labels);
    let comparison = today.replaced(&stored);
    assert!(comparison.is_empty(), "{:?}", comparison.differences);

    // Replacing the set takes all of it away.
    let replaced = today.replaced(&read(&agent()));
    assert_eq!(replaced.template, TemplateChange::Changed);
    assert!(matches!(replaced.restarts(), Restarts::Yes { pods: 2, .. }));
}

#[test]
fn what_the_manifest_no_longer_says_goes() {
    let mut before = agent();
    for (field, value) in [
        (
            "/spec/template/metadata/annotations",
            json!({"a": "1", "b": "2"}),
        ),
        ("/spec/template/spec/nodeSelector", json!({"disk": "ssd"})),
        ("/spec/template/spec/containers/0/args", json!(["-a", "-b"])),
        (
            "/spec/template/spec/containers/1",
            json!({"name": "log", "image": "l:1"}),
        ),
        ("/metadata/labels", json!({"team": "a"})),
    ] {
        set_at(&mut before, field, value);
    }
    let mut after = agent();
    set_at(&mut after, "/spec/minReadySeconds", json!(null));
    set_at(
        &mut after,
        "/spec/template/metadata/annotations",
        json!({"b": "2"}),
    );
    set_at(
        &mut after,
        "/spec/template/spec/containers/0/args",
        json!(["-c"]),
    );
    let stored = applied(&live(&before, &[]), &read(&after));
    assert_eq!(stored.spec, read(&after).spec);
    assert!(stored.metadata.labels.is_empty());
}

#[test]
fn lists_of_the_manifest_keep_their_order_and_others_come_last() {
    let list = "/spec/template/spec/containers";
    let two = agent_with(list, json!([{"name": "a"}, {"name": "b"}]));
    let live = live(
        &two,
        &[(
            "/spec/template/spec/containers/2",
            json!({"name": "theirs"}),
        )],
    );
    let turned = agent_with(list, json!([{"name": "c"}, {"name": "a"}]));
    let names: Vec<_> = spec_of(&applied(&live, &read(&turned)))["containers"]
        .as_array()
        .unwrap()
        .iter()
        .map(|container| container["name"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(names, ["c", "a", "theirs"]);
}

#[test]
fn lists_without_keys_are_replaced() {
    let list = "/spec/template/spec/tolerations";
    let live = live(&agent(), &[(list, json!([{"key": "theirs"}]))]);
    let stored = applied(&live, &read(&agent_with(list, json!([{"key": "ours"}]))));
    assert_eq!(spec_of(&stored)["tolerations"], json!([{"key": "ours"}]));
}

#[test]
fn a_volume_has_one_source() {
    let volume = "/spec/template/spec/volumes/0";
    let mut before = agent_with("/spec/template/spec/volumes", json!([{"name": "data"}]));
    set_at(
        &mut before,
        volume,
        json!({"name": "data", "hostPath": {"path": "/d"}}),
    );
    let live = live(
        &before,
        &[("/spec/template/spec/volumes/0/hostPath/type", json!(""))],
    );
    let mut after = before.clone();
    set_at(&mut after, volume, json!({"name": "data", "emptyDir": {}}));
    assert_eq!(
        spec_of(&applied(&live, &read(&after)))["volumes"],
        json!([{"name": "data", "emptyDir": {}}])
    );
    assert_eq!(
        spec_of(&applied(&live, &read(&before)))["volumes"],
        json!([{"name": "data", "hostPath": {"path": "/d", "type": ""}}])
    );
}

#[test]
fn a_source_takes_the_place_of_the_default_one() {
    let volumes = "/spec/template/spec/volumes";
    let before = agent_with(volumes, json!([{"name": "data"}]));
    let live = live(
        &before,
        &[("/spec/template/spec/volumes/0/emptyDir", json!({}))],
    );
    let after = json!([{"name": "data", "hostPath": {"path": "/d"}}]);
    let stored = applied(&live, &read(&agent_with(volumes, after.clone())));
    assert_eq!(spec_of(&stored)["volumes"], after);
}

#[test]
fn without_a_last_manifest_nothing_goes() {
    let mut live = live(&agent(), &[("/spec/template/spec/hostPID", json!(true))]);
    for text in ["{", "[]", r#"{"spec": "x"}"#] {
        let annotation = "kubectl.kubernetes.io/last-applied-configuration";
        live.metadata.annotations.insert(annotation, text);
        let stored = applied(&live, &read(&agent()));
        assert_eq!(spec_of(&stored)["hostPID"], json!(true));
    }
}
