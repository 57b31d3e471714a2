//! Holds fit against what kube-scheduler 1.36.3 decided on one pod and one node: every case, every
//! field.
//!
//! The cases are read from every `fit*.jsonl.gz` in the folder that `CONFORMANCE_CASES` names, or
//! else in the project's own copy.

use daemonset::fit::{
    Amounts, BudgetVerdict, Context, DisruptionBudget, Fit, NodeFacts, NodeRoom, Obstacle,
    PodFacts, PodNeeds, Preemption, Resident, Surroundings,
};
use serde_json::{Map, Value, json};

fn cases() -> Vec<Value> {
    let cases = daemonset_testkit::conformance::cases("fit").into_iter();
    cases.map(|case| case.json).collect()
}

fn amounts(of: &Amounts) -> Map<String, Value> {
    of.iter()
        .map(|(name, amount)| (name.to_owned(), number(amount)))
        .collect()
}

fn number(amount: i128) -> Value {
    i64::try_from(amount).unwrap().into()
}

fn with_pods(mut of: Map<String, Value>, pods: i128) -> Value {
    of.insert("pods".to_owned(), number(pods));
    of.into()
}

/// Failures as recorded: the figures of resources, and for everything else the reason alone.
fn failures(fit: &Fit) -> Value {
    fit.obstacles
        .iter()
        .map(|obstacle| {
            let mut failure = json!({
                "plugin": obstacle.check().to_string(),
                "reason": obstacle.reason(),
                "code": obstacle.code(),
            });
            match obstacle {
                Obstacle::TooManyPods { pods, capacity } => {
                    failure["resource"] = json!({
                        "name": "pods",
                        "requested": 1,
                        "used": number(*pods),
                        "capacity": number(*capacity),
                        "unresolvable": false,
                    });
                }
                Obstacle::Insufficient(shortfall) => {
                    failure["resource"] = json!({
                        "name": shortfall.resource,
                        "requested": number(shortfall.requested),
                        "used": number(shortfall.used),
                        "capacity": number(shortfall.capacity),
                        "unresolvable": shortfall.is_too_small(),
                    });
                }
                _ => {}
            }
            failure
        })
        .collect()
}

fn preemption(fit: &Fit) -> Value {
    match &fit.preemption {
        None => Value::Null,
        Some(Preemption::Evicts {
            victims, remaining, ..
        }) => {
            let violations = victims
                .iter()
                .filter(|v| v.budget == BudgetVerdict::Violated);
            let mut evicts = json!({
                "victims": victims.iter().map(|v| &*v.pod.name).collect::<Vec<_>>(),
                "pdbViolations": violations.count(),
            });
            if !remaining.is_empty() {
                evicts["reasons"] = json!(["still does not fit once the victims are gone"]);
            }
            evicts
        }
        Some(other) => json!({"impossible": true, "reasons": other.reasons()}),
    }
}

/// Our answer to a case, in the form of the recorded one.
fn answer(case: &Value) -> Value {
    let needs = PodNeeds::of_pod(&PodFacts::from_json(&case["pod"]).unwrap());
    let mut room = NodeRoom::new(&NodeFacts::from_json(&case["node"]).unwrap());
    for pod in case["residents"].as_array().unwrap() {
        if let Some(resident) = Resident::of(&PodFacts::from_json(pod).unwrap()) {
            room.insert(resident);
        }
    }
    let budgets: Vec<DisruptionBudget> = serde_json::from_value(case["pdbs"].clone()).unwrap();
    // The cluster has no other node.
    let surroundings = Surroundings::of(&needs, [&room]);
    let context = Context {
        budgets: &budgets,
        surroundings: Some(&surroundings),
        ..Context::default()
    };
    let fit = needs.fit_in(&room, &context);
    assert_eq!(fit.missing, [], "{}", case["name"]);
    let allocatable = room.allocatable().unwrap();
    let pods = i128::try_from(room.residents().len()).unwrap();
    json!({
        "fits": fit.obstacles.is_empty(),
        "failures": failures(&fit),
        "schedulerFirst": fit.first_failure().map(|first| json!({
            "plugin": first.check.to_string(),
            "code": first.code,
            "reasons": first.reasons,
        })),
        "preemption": preemption(&fit),
        "podRequests": amounts(needs.requests()),
        "nodeUsed": with_pods(amounts(room.used()), pods),
        "nodeAllocatable": with_pods(amounts(&allocatable.amounts), allocatable.pods),
    })
}

#[test]
fn recorded_decisions() {
    let cases = cases();
    assert!(cases.len() >= 4_000, "there are {} cases", cases.len());
    let mut differ = Vec::new();
    for case in &cases {
        let (recorded, ours) = (case["expected"].as_object().unwrap(), answer(case));
        assert_eq!(recorded.len(), ours.as_object().unwrap().len());
        for (field, recorded) in recorded {
            if *recorded != ours[field] {
                differ.push((case, field, recorded, ours[field].clone()));
            }
        }
    }
    println!("{} compared, {} fields differ", cases.len(), differ.len());
    for (case, field, recorded, ours) in differ.iter().take(5) {
        println!(
            "{} {}, {field}:\n  recorded {recorded}\n  ours     {ours}",
            case["name"], case["tags"]
        );
    }
    assert!(differ.is_empty(), "some cases differ");
}
