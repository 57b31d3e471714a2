//! Single rules: one input, one answer.

use daemonset::api::{
    Affinity, DaemonSet, IntOrString, LabelSelector, Labels, Node, PodTemplate, Taint, Toleration,
};
use daemonset::matching::{ComparisonOperators, RequiredNodeAffinity, Selector, tolerates};
use daemonset::outcome::RolloutStatus;
use daemonset::placement::{Obstacle, Rules};
use daemonset::template::{apply_defaults, revision_data, safe_encode};
use daemonset_testkit::conformance::{Case, Differences};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

fn read<T: DeserializeOwned>(value: &Value) -> T {
    T::deserialize(value).unwrap_or_else(|error| panic!("{error} in {value}"))
}

pub fn differences(case: &Case) -> Differences {
    let (input, recorded) = (&case.json["in"], &case.json["out"]);
    let ours = match case.kind.as_str() {
        "labelSelector" => label_selector(input),
        "nodeAffinity" => node_affinity(input),
        "tolerations" => tolerations(input),
        "intOrPercent" => int_or_percent(input),
        "safeEncode" => safe_encode(input.as_str().unwrap()).into(),
        "defaults" => defaults(input),
        "rolloutStatus" => rollout_status(input),
        "revisionData" => revision_data(&read::<DaemonSet>(input).spec.template).into(),
        other => panic!("a case of unknown kind {other}"),
    };
    if ours == *recorded {
        Vec::new()
    } else {
        vec![("out".to_owned(), recorded.clone(), ours)]
    }
}

fn label_selector(input: &Value) -> Value {
    let selector: Option<LabelSelector> = read(&input["selector"]);
    let labels: Labels = read::<Option<Labels>>(&input["labels"]).unwrap_or_default();
    match Selector::new(selector.as_ref()) {
        Ok(selector) => json!({"matches": selector.matches(&labels)}),
        Err(_) => json!({"invalid": true}),
    }
}

fn node_affinity(input: &Value) -> Value {
    let node: Node = read(&input["node"]);
    let template = PodTemplate::try_from(json!({
        "spec": {"nodeSelector": input["nodeSelector"], "affinity": input["affinity"]},
    }))
    .unwrap();
    let rules = Rules::new(&template);
    let placement = rules.place(&node);
    let outside_taints = |obstacle: &Obstacle| !matches!(obstacle, Obstacle::Taint { .. });
    let matches = !placement.obstacles.iter().any(outside_taints);
    // Asked of the affinity alone too, which must agree where there is no node selector.
    let affinity: Option<Affinity> = read(&input["affinity"]);
    assert_eq!(
        affinity.is_some_and(|a| a.required().is_some()),
        rules.affinity().is_some()
    );
    let selector_fails = placement
        .obstacles
        .iter()
        .any(|obstacle| matches!(obstacle, Obstacle::NodeSelector { .. }));
    if !matches
        && !selector_fails
        && rules
            .affinity()
            .is_some_and(RequiredNodeAffinity::is_malformed)
    {
        return json!({"matches": matches, "invalid": true});
    }
    json!({"matches": matches})
}

fn tolerations(input: &Value) -> Value {
    let taints: Vec<Taint> = read::<Option<_>>(&input["taints"]).unwrap_or_default();
    let tolerations: Vec<Toleration> = read::<Option<_>>(&input["tolerations"]).unwrap_or_default();
    let tolerated: Vec<bool> = taints
        .iter()
        .map(|taint| {
            tolerations
                .iter()
                .any(|toleration| tolerates(toleration, taint.into(), ComparisonOperators::Off))
        })
        .collect();
    json!({"tolerated": tolerated})
}

fn int_or_percent(input: &Value) -> Value {
    let value: IntOrString = read(&input["value"]);
    match value.scaled(read(&input["total"])) {
        Ok(scaled) => json!({"scaled": scaled}),
        Err(_) => json!({"invalid": true}),
    }
}

fn defaults(input: &Value) -> Value {
    let mut set = input.as_object().unwrap().clone();
    apply_defaults(&mut set);
    let set = Value::Object(set);
    let read: DaemonSet = read(&set);
    // The typed set and its JSON agree.
    assert_eq!(
        json!(read.spec.update_strategy),
        set["spec"]["updateStrategy"]
    );
    json!({
        "restartPolicy": read.spec.template.spec().restart_policy,
        "revisionHistoryLimit": read.spec.revision_history_limit,
        "updateStrategy": set["spec"]["updateStrategy"],
    })
}

fn rollout_status(input: &Value) -> Value {
    let status = RolloutStatus::of(&read(input));
    let waiting_for = match status {
        RolloutStatus::NoRollout => Some("nothing: this strategy has no rollout"),
        RolloutStatus::WaitingForObservation => Some("observation"),
        RolloutStatus::WaitingForUpdatedPods { .. } => Some("updated pods"),
        RolloutStatus::WaitingForAvailablePods { .. } => Some("available pods"),
        RolloutStatus::Complete => None,
    };
    let mut out = json!({"done": status.is_done()});
    if let Some(waiting_for) = waiting_for {
        out["waitingFor"] = waiting_for.into();
    }
    out
}
