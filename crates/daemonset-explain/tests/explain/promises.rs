//! What holds of every explanation.

use std::collections::BTreeSet;

use daemonset::api::IntOrString;
use daemonset::explain::{Account, Caution, Edit, Effect, Fix, Inputs, NodeTrouble, Standing};
use daemonset::placement::Verdict;
use daemonset::rollout::Budget;
use daemonset::{Action, Outcome, Plan};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use serde_json::{Value, json};

use super::cluster::{Cluster, any_cluster, any_rollout, planner};

fn config(cases: u32) -> ProptestConfig {
    ProptestConfig {
        failure_persistence: None,
        max_shrink_iters: 20_000,
        ..ProptestConfig::with_cases(cases)
    }
}

fn clusters() -> impl Strategy<Value = Cluster> {
    prop_oneof![any_cluster(), any_rollout()]
}

/// The pods that a plan makes and deletes.
fn turns(plan: &Plan) -> Vec<Action> {
    let is_turn = |a: &&Action| matches!(a, Action::CreatePod { .. } | Action::DeletePod { .. });
    plan.actions.iter().filter(is_turn).cloned().collect()
}

fn plan(inputs: &Inputs) -> Plan {
    planner(inputs).plan(&inputs.nodes, &inputs.pods)
}

fn edited(inputs: &Inputs, edits: &[Edit]) -> Inputs {
    let mut copy = inputs.clone();
    for edit in edits {
        edit.apply(&mut copy).unwrap();
    }
    copy
}

fn standing(inputs: &Inputs) -> Standing {
    planner(inputs)
        .diagnose(&inputs.nodes, &inputs.pods)
        .standing
}

/// What a fix promises, from the public functions alone.
fn has_effect(inputs: &Inputs, effect: &Effect) -> bool {
    match effect {
        Effect::NodeRuns { node } => {
            let mut named = inputs.nodes.iter().filter(|n| n.metadata.name == *node);
            named.all(|node| planner(inputs).place(node).verdict == Verdict::Run)
        }
        Effect::NewPods { nodes } => {
            let turns = turns(&plan(inputs));
            nodes.iter().all(|wanted| {
                let makes =
                    |a: &Action| matches!(a, Action::CreatePod { node, .. } if node == wanted);
                turns.iter().any(makes)
            })
        }
        Effect::RoundActs { .. } => !turns(&plan(inputs)).is_empty(),
        Effect::Completes => standing(inputs) == Standing::Complete,
        other => panic!("no test for {other:?}"),
    }
}

/// Whether the rollout goes on, in whichever way.
fn goes_on(inputs: &Inputs) -> bool {
    !turns(&plan(inputs)).is_empty() || standing(inputs) == Standing::Complete
}

/// Without any one of its edits a fix does not do what it promises.
fn needs_all_edits(
    inputs: &Inputs,
    fix: &Fix,
    works: impl Fn(&Inputs) -> bool,
) -> Result<(), TestCaseError> {
    for at in 0..fix.edits.len() {
        let mut fewer = fix.edits.clone();
        let left_out = fewer.remove(at);
        let without = edited(inputs, &fewer);
        prop_assert!(!works(&without), "{fix} does not need: {left_out}");
    }
    Ok(())
}

proptest! {
    #![proptest_config(config(800))]

    #[test]
    fn the_ledger_adds_up_to_the_plan(cluster in clusters()) {
        let Inputs { nodes, pods, .. } = &cluster.inputs;
        let plan = plan(&cluster.inputs);
        let ledger = cluster.planner().ledger(nodes, pods);
        prop_assert_eq!(&ledger.outcome, &plan.outcome);
        prop_assert_eq!(ledger.desired, plan.status.desired_number_scheduled);
        prop_assert_eq!(&ledger.round, &turns(&plan));
        if let Account::Open { budget, allowance } = &ledger.account {
            let (limit, spent, left) = match *budget {
                Budget::Unavailable { max_unavailable, unavailable, remaining } => (max_unavailable, unavailable, remaining),
                Budget::Surge { max_surge, surging, remaining, .. } => (max_surge, surging, remaining),
            };
            prop_assert_eq!(allowance.nodes, limit);
            prop_assert_eq!(i64::try_from(ledger.spent.len()).unwrap(), spent);
            prop_assert_eq!(left, (limit - spent).max(0));
            if plan.outcome == Outcome::Complete {
                prop_assert_eq!(Some(*budget), plan.budget);
            }
        } else {
            prop_assert!(ledger.spent.is_empty() && ledger.waiting_in_all == 0);
        }
        let names: Vec<_> = ledger.spent.iter().map(|expense| &expense.node).collect();
        prop_assert!(names.is_sorted() && names.windows(2).all(|pair| pair[0] != pair[1]));
        prop_assert!(ledger.waiting.len() == ledger.waiting_in_all.min(10));
        prop_assert!(ledger.waiting.iter().all(|action| !ledger.round.contains(action)));
        prop_assert!(!ledger.to_string().is_empty());
    }

    /// Who is said to be next is who goes next when there is room.
    #[test]
    fn the_next_in_line_go_next(cluster in any_rollout(), room in 1..3_i64) {
        let Inputs { nodes, pods, .. } = &cluster.inputs;
        let ledger = cluster.planner().ledger(nodes, pods);
        let Account::Open { budget, .. } = ledger.account else { return Ok(()) };
        if ledger.outcome != Outcome::Complete {
            return Ok(());
        }
        let value = |spent: i64| IntOrString::Int(i32::try_from(spent + room).unwrap());
        let (edit, left) = match budget {
            Budget::Unavailable { unavailable, remaining, .. } => {
                (Edit::SetMaxUnavailable { value: value(unavailable) }, remaining)
            }
            Budget::Surge { surging, remaining, .. } => {
                (Edit::SetMaxSurge { value: value(surging) }, remaining)
            }
        };
        if left > 0 {
            return Ok(());
        }
        let more = turns(&plan(&edited(&cluster.inputs, &[edit])));
        let new: Vec<_> = more.iter().filter(|action| !ledger.round.contains(action)).collect();
        let room = usize::try_from(room).unwrap().min(ledger.waiting_in_all);
        prop_assert_eq!(new, ledger.waiting.iter().take(room).collect::<Vec<_>>());
    }

    #[test]
    fn a_diagnosis_agrees_with_the_plan(cluster in clusters()) {
        let Inputs { nodes, pods, .. } = &cluster.inputs;
        let plan = plan(&cluster.inputs);
        let diagnosis = cluster.planner().diagnose(nodes, pods);
        let status = &plan.status;
        prop_assert_eq!(&diagnosis.status, status);
        match diagnosis.standing {
            Standing::Complete => {
                prop_assert!(turns(&plan).is_empty());
                prop_assert_eq!(status.desired_number_scheduled, status.number_available);
                prop_assert_eq!(status.desired_number_scheduled, status.updated_number_scheduled);
            }
            Standing::Blocked => prop_assert!(turns(&plan).is_empty()),
            Standing::Waiting => {
                prop_assert!(turns(&plan).is_empty());
                prop_assert!(plan.look_again_at.is_some());
            }
            Standing::Progressing | Standing::Unclear | Standing::Idle => {}
        }
        let mut ids = BTreeSet::new();
        for finding in diagnosis.findings() {
            prop_assert!(ids.insert(finding.id()), "{} twice", finding.id());
            prop_assert_eq!(&serde_json::to_value(finding).unwrap()["id"], finding.id());
        }
        prop_assert!(!diagnosis.to_string().is_empty());
    }

    /// A blocked rollout stays blocked: an hour later it says the same.
    #[test]
    fn what_is_blocked_does_not_go_on_by_itself(cluster in clusters()) {
        let Inputs { nodes, pods, .. } = &cluster.inputs;
        if standing(&cluster.inputs) != Standing::Blocked {
            return Ok(());
        }
        let later = cluster.planner().now(super::cluster::now().plus_seconds(3600));
        let later = later.diagnose(nodes, pods);
        // Unless it was only ever waiting for other nodes beside.
        prop_assert!(
            matches!(later.standing, Standing::Blocked | Standing::Progressing),
            "{later}"
        );
    }

    #[test]
    fn the_order_of_the_inputs_changes_no_explanation(cluster in clusters()) {
        let Inputs { nodes, pods, revisions, .. } = &cluster.inputs;
        let mut turned = cluster.inputs.clone();
        turned.nodes.reverse();
        turned.pods.reverse();
        turned.revisions.reverse();
        let one = cluster.planner();
        let other = planner(&turned);
        prop_assert_eq!(one.ledger(nodes, pods), other.ledger(&turned.nodes, &turned.pods));
        prop_assert_eq!(one.diagnose(nodes, pods), other.diagnose(&turned.nodes, &turned.pods));
        prop_assert_eq!(
            one.rollout_fixes(nodes, pods, revisions),
            other.rollout_fixes(&turned.nodes, &turned.pods, &turned.revisions)
        );
    }

    #[test]
    fn every_fix_of_a_rollout_works_and_none_of_it_is_idle(cluster in clusters()) {
        let Inputs { nodes, pods, revisions, .. } = &cluster.inputs;
        let planner = cluster.planner();
        let diagnosis = planner.diagnose(nodes, pods);
        for fix in planner.rollout_fixes(nodes, pods, revisions) {
            let after = edited(&cluster.inputs, &fix.edits);
            prop_assert!(has_effect(&after, &fix.effect), "{fix} does not");
            for edit in &fix.edits {
                match edit {
                    // The smallest that does.
                    Edit::SetMaxUnavailable { value: IntOrString::Int(value) } if *value > 1 => {
                        let value = IntOrString::Int(value - 1);
                        let mut smaller = fix.edits.clone();
                        smaller.retain(|edit| !matches!(edit, Edit::SetMaxUnavailable { .. }));
                        smaller.push(Edit::SetMaxUnavailable { value });
                        prop_assert!(!goes_on(&edited(&cluster.inputs, &smaller)), "less does: {fix}");
                    }
                    Edit::SetMaxSurge { value: IntOrString::Int(value) } if *value > 1 => {
                        let value = IntOrString::Int(value - 1);
                        let smaller = edited(&cluster.inputs, &[Edit::SetMaxSurge { value }]);
                        prop_assert!(!goes_on(&smaller), "less does: {fix}");
                    }
                    Edit::RollBack { .. } => {
                        prop_assert_eq!(diagnosis.primary.id(), "newRevision");
                        let before = &plan(&cluster.inputs).current_revision;
                        prop_assert_ne!(before, &plan(&after).current_revision);
                    }
                    _ => {}
                }
            }
            if diagnosis.standing == Standing::Blocked {
                match &fix.effect {
                    Effect::NewPods { .. } => {
                        needs_all_edits(&cluster.inputs, &fix, |inputs| has_effect(inputs, &fix.effect))?;
                    }
                    _ => needs_all_edits(&cluster.inputs, &fix, goes_on)?,
                }
            }
        }
    }

    #[test]
    fn every_fix_of_a_node_works_and_none_of_it_is_idle(cluster in any_cluster()) {
        let nodes = &cluster.inputs.nodes;
        let before = cluster.planner();
        for node in nodes {
            let name = &node.metadata.name;
            let placement = before.place(node);
            let fixes = before.node_fixes(nodes, name);
            if placement.verdict == Verdict::Run {
                prop_assert!(fixes.is_empty());
            }
            let taints_only = placement.obstacles.iter().all(|obstacle| {
                serde_json::to_value(obstacle).unwrap()["check"] == "taint"
            });
            if placement.verdict != Verdict::Run && taints_only {
                prop_assert!(!fixes.is_empty(), "nothing for {:?}", placement);
            }
            for fix in &fixes {
                let after = edited(&cluster.inputs, &fix.edits);
                prop_assert!(has_effect(&after, &fix.effect), "{fix} does not");
                needs_all_edits(&cluster.inputs, fix, |inputs| has_effect(inputs, &fix.effect))?;
                let runs = |inputs: &Inputs| -> BTreeSet<String> {
                    let planner = planner(inputs);
                    let others = inputs.nodes.iter().filter(|node| node.metadata.name != *name);
                    let runs = others.filter(|node| planner.place(node).verdict == Verdict::Run);
                    runs.map(|node| node.metadata.name.clone()).collect()
                };
                let (was, is) = (runs(&cluster.inputs), runs(&after));
                let said = |wanted: fn(&Caution) -> Option<&Vec<String>>| -> BTreeSet<String> {
                    fix.cautions.iter().filter_map(wanted).flatten().cloned().collect()
                };
                let also = said(|c| match c { Caution::AlsoRunsOn { nodes } => Some(nodes), _ => None });
                let stops = said(|c| match c { Caution::StopsOn { nodes } => Some(nodes), _ => None });
                prop_assert_eq!(also, &is - &was);
                prop_assert_eq!(stops, &was - &is);
                let replaces = fix.cautions.contains(&Caution::ReplacesPods);
                prop_assert_eq!(replaces, after.set.spec.template != cluster.inputs.set.spec.template);
            }
        }
    }

    /// Programs read ids and not prose.
    #[test]
    fn everything_is_written_as_objects_with_ids(cluster in clusters()) {
        let Inputs { nodes, pods, revisions, .. } = &cluster.inputs;
        let planner = cluster.planner();
        let ledger = serde_json::to_value(planner.ledger(nodes, pods)).unwrap();
        prop_assert!(ledger["account"]["kind"].is_string());
        for expense in ledger["spent"].as_array().unwrap() {
            prop_assert!(expense["cause"]["cause"].is_string());
        }
        for node in nodes {
            for trouble in NodeTrouble::of(node) {
                prop_assert_eq!(&json!(trouble)["trouble"], trouble.id());
            }
        }
        for fix in planner.rollout_fixes(nodes, pods, revisions) {
            let fix = serde_json::to_value(fix).unwrap();
            let named = |value: &Value, tag: &str| value[tag].is_string();
            prop_assert!(named(&fix["effect"], "effect"));
            prop_assert!(fix["edits"].as_array().unwrap().iter().all(|edit| named(edit, "edit")));
        }
    }
}

/// Promises about nothing are easily kept: every standing, and every kind of edit, is among what
/// is generated.
#[test]
fn the_generated_clusters_are_of_every_kind() {
    let mut runner = TestRunner::deterministic();
    let mut seen = BTreeSet::new();
    let id = |value: Value, tag: &str| value[tag].as_str().unwrap().to_owned();
    for _ in 0..1500 {
        let cluster = clusters().new_tree(&mut runner).unwrap().current();
        let Inputs {
            nodes,
            pods,
            revisions,
            ..
        } = &cluster.inputs;
        let planner = cluster.planner();
        seen.insert(planner.diagnose(nodes, pods).standing.to_string());
        let of_nodes = nodes
            .iter()
            .flat_map(|node| planner.node_fixes(nodes, &node.metadata.name));
        for fix in planner
            .rollout_fixes(nodes, pods, revisions)
            .into_iter()
            .chain(of_nodes)
        {
            let edits = fix.edits.iter().map(|edit| json!(edit));
            seen.extend(edits.map(|edit| id(edit, "edit")));
        }
        for expense in planner.ledger(nodes, pods).spent {
            seen.insert(id(json!(expense.cause), "cause"));
        }
    }
    let wanted = [
        "blocked",
        "complete",
        "progressing",
        "unclear",
        "waiting",
        "addAffinityValue",
        "addToleration",
        "deletePod",
        "removeAffinityValue",
        "removeNode",
        "removeNodeLabel",
        "removeTaint",
        "repairNode",
        "rollBack",
        "setMaxSurge",
        "setMaxUnavailable",
        "setNodeLabel",
        "crowded",
        "newPodNotReady",
        "newPodWaiting",
        "noPod",
        "oldAndNew",
        "oldPodNotReady",
        "oldPodWaiting",
        "onlyTerminatingPods",
    ];
    let missing: Vec<_> = wanted.iter().filter(|id| !seen.contains(**id)).collect();
    assert!(missing.is_empty(), "never seen: {missing:?}");
}
