//! What holds of every explanation.

use std::collections::BTreeSet;

use daemonset::api::{IntOrString, Pod};
use daemonset::outcome::Outcome;
use daemonset::placement::Verdict;
use daemonset::rollout::Budget;
use daemonset::{Action, Plan};
use daemonset_explain::{Account, Applicability, Caution, Edit, Effect, Fix, Standing};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use serde_json::{Value, json};

use super::scene::{Scene, any_rollout, any_scene};

fn config(cases: u32) -> ProptestConfig {
    ProptestConfig {
        failure_persistence: None,
        max_shrink_iters: 20_000,
        ..ProptestConfig::with_cases(cases)
    }
}

fn scenes() -> impl Strategy<Value = Scene> {
    prop_oneof![any_scene(), any_rollout()]
}

/// The pods that a plan makes and deletes.
fn turns(plan: &Plan) -> Vec<Action> {
    let is_turn = |a: &&Action| matches!(a, Action::CreatePod { .. } | Action::DeletePod { .. });
    plan.actions.iter().filter(is_turn).cloned().collect()
}

fn standing(scene: &Scene) -> Standing {
    scene.diagnosis().standing
}

/// Whether the rollout is complete, but for the controller's having seen the newest spec.
fn is_done(scene: &Scene) -> bool {
    let mut observed = scene.clone();
    observed.set.status.observed_generation = observed.set.metadata.generation;
    standing(&observed) == Standing::Complete
}

/// What a fix promises, from the public functions alone.
fn has_effect(scene: &Scene, effect: &Effect) -> bool {
    let acted_on = || -> Vec<String> {
        let turns = turns(&scene.plan());
        turns
            .iter()
            .map(|action| node_of(action).to_owned())
            .collect()
    };
    match effect {
        Effect::NodeRuns { node } => {
            let node = scene
                .nodes
                .iter()
                .find(|n| n.metadata.name == *node)
                .unwrap();
            scene.planner().place(node).verdict == Verdict::Run
        }
        Effect::NewPods { nodes } => {
            let turns = turns(&scene.plan());
            nodes.iter().all(|wanted| {
                let makes =
                    |a: &Action| matches!(a, Action::CreatePod { node, .. } if node == wanted);
                turns.iter().any(makes)
            })
        }
        Effect::Continues { nodes, of_others } => {
            let mut acted_on = acted_on();
            let mut seen = BTreeSet::new();
            acted_on.retain(|node| seen.insert(node.clone()));
            // What is done of a node that is gone is no help there.
            acted_on.retain(|acted| scene.nodes.iter().any(|it| it.metadata.name == *acted));
            // Those that are named, in this order, and as many others.
            let others = acted_on.len().checked_sub(nodes.len());
            acted_on.retain(|node| nodes.contains(node));
            acted_on == *nodes && others == Some(*of_others)
        }
        Effect::Thins { nodes } => {
            let is_deletion = |a: &Action| matches!(a, Action::DeletePod { .. });
            turns(&scene.plan()).iter().all(is_deletion) && acted_on() == *nodes
        }
        Effect::LeavesOut { nodes } => {
            let turns = turns(&scene.plan());
            let is_deleted = |wanted: &String| {
                let of_node =
                    |a: &Action| matches!(a, Action::DeletePod { node, .. } if node == wanted);
                turns.iter().any(of_node)
            };
            let is_out = |wanted: &String| {
                let node = scene.nodes.iter().find(|it| it.metadata.name == *wanted);
                let verdict = node.map(|node| scene.planner().place(node).verdict);
                verdict.is_none_or(|verdict| !verdict.should_run())
            };
            nodes.iter().all(|node| is_deleted(node) && is_out(node))
        }
        Effect::Completes => is_done(scene),
        other => panic!("no test for {other:?}"),
    }
}

fn node_of(action: &Action) -> &str {
    match action {
        Action::CreatePod { node, .. } | Action::DeletePod { node, .. } => node,
        other => panic!("{other} is none of a pod"),
    }
}

/// Whether the rollout continues or is done, in whichever way.
fn goes_on(scene: &Scene) -> bool {
    !turns(&scene.plan()).is_empty() || is_done(scene)
}

/// Without any one of its edits, or with one node less that becomes Ready, a fix does not do what it
/// promises.
fn needs_all(
    scene: &Scene,
    fix: &Fix,
    works: impl Fn(&Scene) -> bool,
) -> Result<(), TestCaseError> {
    for at in 0..fix.edits.len() {
        let mut fewer = fix.edits.clone();
        let left_out = fewer.remove(at);
        let without = scene.edited(&fewer, fix.repaired());
        prop_assert!(!works(&without), "{fix} does not need: {left_out}");
    }
    for at in 0..fix.repaired().len() {
        let mut fewer = fix.repaired().to_vec();
        let left_out = fewer.remove(at);
        let without = scene.edited(&fix.edits, &fewer);
        prop_assert!(!works(&without), "{fix} does not need {left_out}");
    }
    Ok(())
}

proptest! {
    #![proptest_config(config(800))]

    #[test]
    fn the_ledger_adds_up_to_the_plan(scene in scenes()) {
        let plan = scene.plan();
        let ledger = scene.ledger();
        prop_assert_eq!(&ledger.outcome, &plan.outcome);
        prop_assert_eq!(ledger.desired, plan.status.desired_number_scheduled);
        prop_assert_eq!(&ledger.round, &turns(&plan));
        if let Account::Open { budget, allowance } = &ledger.account {
            let (limit, used, left) = match *budget {
                Budget::Unavailable { max_unavailable, unavailable, remaining, .. } => {
                    (max_unavailable, unavailable, remaining)
                }
                Budget::Surge { max_surge, surging, remaining, .. } => {
                    (max_surge, surging, remaining)
                }
            };
            prop_assert_eq!(allowance.nodes, limit);
            prop_assert_eq!(i64::try_from(ledger.spent.len()).unwrap(), used);
            prop_assert_eq!(left, (limit - used).max(0));
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
    fn the_next_in_line_go_next(scene in any_rollout(), room in 1..3_i64) {
        let ledger = scene.ledger();
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
        let more = turns(&scene.edited(&[edit], &[]).plan());
        let new: Vec<_> = more.iter().filter(|action| !ledger.round.contains(action)).collect();
        let room = usize::try_from(room).unwrap().min(ledger.waiting_in_all);
        prop_assert_eq!(new, ledger.waiting.iter().take(room).collect::<Vec<_>>());
    }

    #[test]
    fn a_diagnosis_agrees_with_the_plan(scene in scenes()) {
        let plan = scene.plan();
        let diagnosis = scene.diagnosis();
        let status = &plan.status;
        prop_assert_eq!(&diagnosis.status, status);
        // One predicate for what is not known.
        prop_assert_eq!(diagnosis.standing == Standing::Unclear, plan.is_undecided());
        match diagnosis.standing {
            Standing::Complete => {
                prop_assert!(turns(&plan).is_empty());
                prop_assert_eq!(status.desired_number_scheduled, status.number_available);
                prop_assert_eq!(status.desired_number_scheduled, status.updated_number_scheduled);
            }
            Standing::Blocked => {
                // Unless it goes in circles: pods are refused, or rejected as fast as they come.
                let in_circles = diagnosis.findings().any(|finding| {
                    let id = tag(&json!(finding), "id");
                    id == "looping" || id == "refused"
                });
                prop_assert!(turns(&plan).is_empty() || in_circles, "{}", diagnosis);
            }
            Standing::Waiting => {
                prop_assert!(turns(&plan).is_empty());
                prop_assert!(plan.look_again_at.is_some());
            }
            Standing::Progressing | Standing::Unclear | Standing::Idle => {}
        }
        let mut ids = BTreeSet::new();
        for finding in diagnosis.findings() {
            let told = json!(finding);
            // Pods that hang in their termination for different reasons are told apart.
            let told_once = match tag(&told, "id") {
                id if id == "stuckTerminating" => told.to_string(),
                id => id,
            };
            prop_assert!(ids.insert(told_once), "{} twice", finding);
        }
        prop_assert!(!diagnosis.to_string().is_empty());
    }

    /// No hash is named that no pod and no revision has.
    #[test]
    fn every_hash_that_is_named_exists(scene in scenes()) {
        let known = scene.revisions.iter().flatten().map(|revision| &revision.metadata.labels);
        let pods = scene.pods.iter().map(|pod| &pod.metadata.labels);
        let labels = known.chain(pods);
        let hashes: BTreeSet<_> = labels.filter_map(|it| it.get("controller-revision-hash")).collect();
        for finding in scene.diagnosis().findings() {
            let value = json!(finding);
            if let Some(hash) = value["hash"].as_str() {
                prop_assert!(hashes.contains(hash), "{finding}");
            }
        }
    }

    /// A blocked rollout stays blocked: an hour later it says the same.
    #[test]
    fn what_is_blocked_does_not_continue_with_time(scene in scenes()) {
        if standing(&scene) != Standing::Blocked {
            return Ok(());
        }
        let mut later = scene.clone();
        later.now = later.now.plus_seconds(3600);
        let later = later.diagnosis();
        // Unless it was only ever waiting for other nodes beside.
        prop_assert!(
            matches!(later.standing, Standing::Blocked | Standing::Progressing),
            "{later}"
        );
    }

    #[test]
    fn the_order_of_the_inputs_changes_no_explanation(scene in scenes()) {
        let mut turned = scene.clone();
        turned.nodes.reverse();
        turned.pods.reverse();
        if let Some(revisions) = &mut turned.revisions {
            revisions.reverse();
        }
        prop_assert_eq!(scene.ledger(), turned.ledger());
        prop_assert_eq!(scene.diagnosis(), turned.diagnosis());
        prop_assert_eq!(scene.fixes(), turned.fixes());
    }

    #[test]
    fn every_proven_fix_of_a_rollout_works_and_none_of_it_is_idle(scene in scenes()) {
        let diagnosis = scene.diagnosis();
        for fix in scene.fixes() {
            // What is outside cannot be tried.
            let Some(effect) = fix.effect.clone() else {
                let is_outside = matches!(fix.applicability, Applicability::Outside { .. });
                prop_assert!(is_outside && fix.edits.is_empty() && fix.repaired().is_empty());
                continue;
            };
            prop_assert!(!fix.edits.is_empty() || !fix.repaired().is_empty());
            prop_assert!(!fix.commands.is_empty(), "{fix} has no command");
            prop_assert_eq!(
                fix.applicability == Applicability::Proven,
                fix.repaired().is_empty()
            );
            let after = scene.edited(&fix.edits, fix.repaired());
            prop_assert!(has_effect(&after, &effect), "{fix} does not");
            for edit in &fix.edits {
                match edit {
                    // The smallest that does.
                    Edit::SetMaxUnavailable { value: IntOrString::Int(value) } if *value > 1 => {
                        let value = IntOrString::Int(value - 1);
                        let mut smaller = fix.edits.clone();
                        smaller.retain(|edit| !matches!(edit, Edit::SetMaxUnavailable { .. }));
                        smaller.push(Edit::SetMaxUnavailable { value });
                        prop_assert!(!goes_on(&scene.edited(&smaller, &[])), "less does: {fix}");
                    }
                    Edit::SetMaxSurge { value: IntOrString::Int(value) } if *value > 1 => {
                        let value = IntOrString::Int(value - 1);
                        let smaller = scene.edited(&[Edit::SetMaxSurge { value }], &[]);
                        prop_assert!(!goes_on(&smaller), "less does: {fix}");
                    }
                    Edit::RollBack { .. } => {
                        let surges = scene.planner().strategy().surges();
                        let speaks_against_it = diagnosis.findings().any(|finding| {
                            let id = tag(&json!(finding), "id");
                            // Beside the old pod of the same node.
                            surges && id == "failingPods" || matches!(
                                id.as_str(),
                                "failingRevision"
                                    | "revisionEndsNodes"
                                    | "unscheduledPods"
                                    | "refused"
                                    | "leftByRevision"
                            )
                        });
                        prop_assert!(speaks_against_it, "{fix}: {diagnosis}");
                        let before = &scene.plan().current_revision;
                        prop_assert_ne!(before, &after.plan().current_revision);
                    }
                    _ => {}
                }
            }
            if diagnosis.standing == Standing::Blocked {
                match &effect {
                    Effect::NewPods { .. } => {
                        // Of the revision that it goes back to, where it does.
                        let current = after.plan().current_revision;
                        needs_all(&scene, &fix, |scene| {
                            has_effect(scene, &effect) && scene.plan().current_revision == current
                        })?;
                    }
                    // What is done in circles is done without it.
                    _ if diagnosis.findings().any(|it| tag(&json!(it), "id") == "looping") => {
                        needs_all(&scene, &fix, |scene| has_effect(scene, &effect))?;
                    }
                    _ => needs_all(&scene, &fix, goes_on)?,
                }
            }
        }
    }

    #[test]
    fn every_fix_of_a_node_works_and_none_of_it_is_idle(scene in any_scene()) {
        let before = scene.planner();
        for node in &scene.nodes {
            let name = &node.metadata.name;
            let placement = before.place(node);
            let fixes = scene.node_fixes(name);
            if placement.verdict == Verdict::Run {
                prop_assert!(fixes.is_empty());
            }
            let taints_only = placement.obstacles.iter().all(|obstacle| {
                tag(&json!(obstacle), "check") == "taint"
            });
            if placement.verdict != Verdict::Run && taints_only {
                prop_assert!(!fixes.is_empty(), "nothing for {:?}", placement);
            }
            for fix in &fixes {
                let after = scene.edited(&fix.edits, fix.repaired());
                let effect = fix.effect.clone().expect("it was tried");
                prop_assert!(has_effect(&after, &effect), "{fix} does not");
                needs_all(&scene, fix, |scene| has_effect(scene, &effect))?;
                let runs = |scene: &Scene| -> BTreeSet<String> {
                    let planner = scene.planner();
                    let others = scene.nodes.iter().filter(|node| node.metadata.name != *name);
                    let runs = others.filter(|node| planner.place(node).verdict == Verdict::Run);
                    runs.map(|node| node.metadata.name.clone()).collect()
                };
                let (was, is) = (runs(&scene), runs(&after));
                let said = |wanted: fn(&Caution) -> Option<&Vec<String>>| -> BTreeSet<String> {
                    fix.cautions.iter().filter_map(wanted).flatten().cloned().collect()
                };
                let also = said(|c| match c { Caution::AlsoRunsOn { nodes } => Some(nodes), _ => None });
                let no_longer = said(|c| match c { Caution::StopsOn { nodes } => Some(nodes), _ => None });
                let expected = said(|c| match c { Caution::NoLongerMisscheduled { nodes } => Some(nodes), _ => None });
                prop_assert_eq!(&also | &expected, &is - &was);
                // Those that have a pod already, which is misscheduled, are apart from those that gain one.
                let has_pod = |name: &String| scene.pods.iter().any(|pod| {
                    pod.spec.node_name == *name
                        && !pod.metadata.is_terminating()
                        && pod.metadata.controller().is_some_and(|owner| owner.uid == scene.set.metadata.uid)
                });
                prop_assert!(expected.iter().all(has_pod) && !also.iter().any(has_pod), "{fix}");
                prop_assert_eq!(no_longer, &was - &is);
                let of_template = [Caution::ReplacesPods, Caution::OnDelete];
                let replaces = fix.cautions.iter().any(|it| of_template.contains(it));
                let status = &scene.set.status;
                let owned = |pod: &Pod| {
                    pod.metadata.controller().is_some_and(|owner| owner.uid == scene.set.metadata.uid)
                };
                let may_have_pods = scene.pods.iter().any(owned)
                    || status.current_number_scheduled > 0
                    || status.number_misscheduled > 0
                    || status.observed_generation == 0;
                let changes_template = after.set.spec.template != scene.set.spec.template;
                prop_assert_eq!(replaces, changes_template && may_have_pods);
                // As the API server counts.
                let changes_set = fix.edits.iter().any(Edit::changes_set);
                let raised = after.set.metadata.generation - scene.set.metadata.generation;
                prop_assert_eq!(raised, i64::from(changes_set));
            }
        }
    }

    /// Programs read ids and not prose.
    #[test]
    fn everything_is_written_as_objects_with_ids(scene in scenes()) {
        let ledger = json!(scene.ledger());
        prop_assert!(ledger["account"]["kind"].is_string());
        for expense in ledger["spent"].as_array().unwrap() {
            prop_assert!(expense["cause"]["cause"].is_string());
        }
        for fix in scene.fixes() {
            let fix = json!(fix);
            let is_outside = fix["applicability"]["kind"] == "outside";
            prop_assert_eq!(fix["effect"]["effect"].is_string(), !is_outside);
            prop_assert!(fix["applicability"]["kind"].is_string());
            let mut edits = fix["edits"].as_array().unwrap().iter();
            prop_assert!(edits.all(|edit| edit["edit"].is_string()));
        }
    }
}

fn tag(value: &Value, tag: &str) -> String {
    value[tag].as_str().unwrap().to_owned()
}

/// Promises about nothing are easily kept: every standing, and every kind of edit, is among what
/// is generated.
#[test]
fn the_generated_clusters_are_of_every_kind() {
    let mut runner = TestRunner::deterministic();
    let mut seen = BTreeSet::new();
    for _ in 0..2000 {
        let scene = scenes().new_tree(&mut runner).unwrap().current();
        seen.insert(standing(&scene).to_string());
        let nodes = scene.nodes.iter().map(|node| &node.metadata.name);
        let of_nodes = nodes.flat_map(|node| scene.node_fixes(node));
        for fix in scene.fixes().into_iter().chain(of_nodes) {
            seen.insert(tag(&json!(fix.applicability), "kind"));
            seen.extend(
                fix.effect
                    .iter()
                    .map(|effect| tag(&json!(effect), "effect")),
            );
            seen.extend(fix.edits.iter().map(|edit| tag(&json!(edit), "edit")));
        }
        for expense in scene.ledger().spent {
            seen.insert(tag(&json!(expense.cause), "cause"));
        }
    }
    let wanted = [
        "blocked",
        "complete",
        "progressing",
        "unclear",
        "waiting",
        "proven",
        "ifRepaired",
        "nodeRuns",
        "newPods",
        "continues",
        "completes",
        "addAffinityValue",
        "addToleration",
        "deletePod",
        "deleteNode",
        "removeAffinityValue",
        "removeFinalizers",
        "removeNodeLabel",
        "removeTaint",
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
        "unknownRevision",
    ];
    let missing: Vec<_> = wanted.iter().filter(|id| !seen.contains(**id)).collect();
    assert!(missing.is_empty(), "never seen: {missing:?}");
}
