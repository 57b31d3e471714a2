//! What holds for every single round.

use std::collections::BTreeSet;

use daemonset::api::{DaemonSetStatus, Node, Pod};
use daemonset::outcome::Outcome;
use daemonset::placement::Verdict;
use daemonset::rollout::Backoff;
use daemonset::{Action, Cluster, Plan, Planner, plan};
use proptest::prelude::*;
use serde_json::json;

use crate::cases;
use daemonset_testkit::Facts;
use daemonset_testkit::World;
use daemonset_testkit::decision::Decision;
use daemonset_testkit::generate::{AGENT, Oddity, worlds};
use daemonset_testkit::oracle;

/// A world, and the same one with nodes, pods and revisions in another order.
fn shuffled() -> impl Strategy<Value = (World, World)> {
    worlds(Oddity::Anything).prop_flat_map(|world| {
        let world = world.each_once();
        let nodes = Just(world.nodes.clone()).prop_shuffle();
        let pods = Just(world.pods.clone()).prop_shuffle();
        let revisions = Just(world.revisions.clone()).prop_shuffle();
        (Just(world), nodes, pods, revisions).prop_map(|(world, nodes, pods, revisions)| {
            let mut other = world.clone();
            other.nodes = nodes;
            other.pods = pods;
            other.revisions = revisions;
            (world, other)
        })
    })
}

/// A plan with the placements in no order.
fn without_order(world: &World, mut plan: Plan) -> (Plan, Vec<(String, Verdict)>) {
    let names = world.nodes.iter().map(|node| node.metadata.name.clone());
    let mut placements: Vec<_> = names.zip(std::mem::take(&mut plan.verdicts)).collect();
    placements.sort();
    (plan, placements)
}

fn deletes(plan: &Plan) -> Vec<&str> {
    let deletes = plan.actions.iter().filter_map(|action| match action {
        Action::DeletePod { pod, .. } => Some(pod.as_str()),
        _ => None,
    });
    deletes.collect()
}

fn creates(plan: &Plan) -> Vec<&str> {
    let creates = plan.actions.iter().filter_map(|action| match action {
        Action::CreatePod { node, .. } => Some(node.as_str()),
        _ => None,
    });
    creates.collect()
}

fn is_repeated(names: &[&str]) -> bool {
    names.iter().collect::<BTreeSet<_>>().len() < names.len()
}

proptest! {
    #![proptest_config(cases(512))]

    /// The order of nodes, pods and revisions changes nothing but the order of the placements.
    #[test]
    fn input_order_changes_nothing((one, other) in shuffled()) {
        prop_assert_eq!(plan(&one.set, &one.nodes, &one.pods), plan(&one.set, &other.nodes, &other.pods));
        if let (Some(planner), Some(others)) = (one.try_planner(), other.try_planner()) {
            let ours = planner.plan(&one.cluster());
            let theirs = others.plan(&other.cluster());
            prop_assert_eq!(without_order(&one, ours), without_order(&other, theirs));
        }
    }

    /// The planner decides what the naive oracle decides, which decides as the recorded controller
    /// did.
    #[test]
    fn the_oracle_agrees(
        world in prop_oneof![worlds(Oddity::Stored), worlds(Oddity::Anything)],
    ) {
        let mut world = world.each_once();
        world.burst = usize::MAX;
        let expected = oracle::decide(&world);
        let Some(planner) = world.try_planner() else {
            prop_assert_eq!(expected.error.as_deref(), Some("invalid selector"));
            return Ok(());
        };
        let plan = planner.plan(&world.cluster());
        let names = world.nodes.iter().map(|node| node.metadata.name.as_str());
        let differences = expected.differences(&Decision::of(&plan, names));
        prop_assert!(differences.is_empty(), "{:#?}", differences);
    }

    /// Of two objects of one name the later one counts, whichever they are.
    #[test]
    fn the_later_of_two_counts(world in worlds(Oddity::Anything)) {
        let once = world.clone().each_once();
        if let (Some(one), Some(other)) = (world.try_planner(), once.try_planner()) {
            prop_assert_eq!(one.plan(&world.cluster()), other.plan(&once.cluster()));
        }
    }

    /// A round in which some nodes and pods are otherwise is planned as if all were looked at anew.
    #[test]
    fn a_round_that_varies_is_a_round(
        (world, other) in (worlds(Oddity::Stored), worlds(Oddity::Stored)),
        picked in prop::collection::vec(any::<bool>(), 16),
    ) {
        let world = world.each_once();
        let Some(planner) = world.try_planner() else { return Ok(()) };
        let cluster = world.cluster();
        let round = planner.view(&cluster);
        let picked = |at: usize| picked[at % picked.len()];
        let names: Vec<&str> = (round.nodes.iter().enumerate())
            .filter(|(at, _)| picked(*at))
            .map(|(_, node)| node.name)
            .collect();
        // Every other of these nodes is gone, or is as one of another world; so are their pods.
        let seen = || names.iter().filter_map(|name| round.node(name)).enumerate();
        let nodes: Vec<Node> = seen()
            .filter_map(|(at, seen)| {
                let mut node = seen.node.filter(|_| !picked(at + 3))?.clone();
                if let Some(another) = other.nodes.get(at) {
                    node.spec = another.spec.clone();
                }
                Some(node)
            })
            .collect();
        let pods: Vec<Pod> = seen()
            .flat_map(|(_, seen)| seen.pods.iter().map(|pod| pod.pod))
            .enumerate()
            .filter(|(at, _)| !picked(at + 5))
            .map(|(at, pod)| {
                let mut pod = pod.clone();
                if let Some(another) = other.pods.get(at) {
                    pod.status = another.status.clone();
                }
                pod
            })
            .collect();
        let of_round: BTreeSet<&str> = seen()
            .flat_map(|(_, seen)| seen.pods.iter().map(|pod| pod.fact.name))
            .collect();
        let namespace = &planner.daemon_set().metadata.namespace;
        let is_kept = |pod: &&Pod| {
            let metadata = &pod.metadata;
            metadata.namespace != *namespace || !of_round.contains(metadata.name.as_str())
        };
        let kept_nodes = world.nodes.iter().filter(|node| !names.contains(&node.metadata.name.as_str()));
        let whole = Cluster::new(
            kept_nodes.chain(&nodes),
            world.pods.iter().filter(is_kept).chain(&pods),
        )
        .with_now(round.now);
        let after = Cluster::new(&nodes, &pods).with_now(round.now);
        if let Some(varied) = planner.plan_varied(&round, &names, &after) {
            let mut fresh = planner.plan(&whole);
            fresh.verdicts.clear();
            prop_assert_eq!(varied, fresh);
        } else {
            let is_idle = round.plan.outcome.is_idle();
            prop_assert!(is_idle || !planner.knows_revisions());
        }
    }

    /// A round under another budget is planned as if all were looked at anew.
    #[test]
    fn a_round_under_another_budget_is_a_round(
        world in worlds(Oddity::Stored),
        unavailable in 0_i32..=5,
    ) {
        let world = world.each_once();
        let Some(planner) = world.try_planner() else { return Ok(()) };
        let cluster = world.cluster();
        let round = planner.view(&cluster);
        let mut other = world.clone();
        let budget = &mut other.set.spec.update_strategy.rolling_update;
        budget.get_or_insert_default().max_unavailable = Some(unavailable.into());
        other.set.metadata.generation += 1;
        let Some(changed) = other.try_planner() else { return Ok(()) };
        let none = Cluster::new(&[], &[]);
        if let Some(varied) = changed.plan_varied(&round, &[], &none) {
            let mut fresh = changed.plan(&other.cluster());
            fresh.verdicts.clear();
            prop_assert_eq!(varied, fresh);
        } else {
            let surges = planner.strategy().surges() != changed.strategy().surges();
            let is_idle = round.plan.outcome.is_idle();
            prop_assert!(is_idle || surges || !planner.knows_revisions());
        }
    }

    /// No pod is deleted twice in a round, no node gets two pods, and nothing is asked for that
    /// contradicts itself: a pod that is released or not there is not deleted.
    #[test]
    fn nothing_is_done_twice(world in worlds(Oddity::Anything)) {
        let Some(planner) = world.try_planner() else { return Ok(()) };
        let plan = planner.plan(&world.cluster());
        prop_assert!(!is_repeated(&creates(&plan)), "{:?}", plan.actions);
        prop_assert!(!is_repeated(&deletes(&plan)), "{:?}", plan.actions);
        for (at, action) in plan.actions.iter().enumerate() {
            prop_assert!(!plan.actions[..at].contains(action), "{action} twice");
        }
    }

    /// A pod that is being deleted is deleted again only where it is unscheduled and aimed at a
    /// node that does not exist; every other delete is of a claimed pod that stays so far.
    #[test]
    fn a_terminating_pod_is_left_alone(world in worlds(Oddity::Stored)) {
        let plan = world.plan();
        let facts = Facts::new(&world, &plan);
        let by_node = facts.pods_by_node();
        for action in &plan.actions {
            let Action::DeletePod { pod: name, node, .. } = action else { continue };
            let pods = by_node.get(node.as_str()).map(Vec::as_slice).unwrap_or_default();
            let pod = pods.iter().find(|pod| pod.metadata.name == *name);
            let Some(pod) = pod else { panic!("{name} is not a claimed pod of {node}") };
            let is_lost = pod.spec.node_name.is_empty() && !facts.verdicts.contains_key(node.as_str());
            prop_assert!(!pod.metadata.is_terminating() || is_lost, "{}", action);
        }
    }

    /// The status figures are those of a recount, node by node, and agree with each other.
    #[test]
    fn the_status_is_a_plain_count(world in worlds(Oddity::Stored)) {
        let plan = world.plan();
        if plan.outcome == Outcome::Collision {
            let written = DaemonSetStatus {
                collision_count: Some(world.set.status.collision_count.unwrap_or(0) + 1),
                ..world.set.status.clone()
            };
            prop_assert_eq!(&plan.status, &written);
            return Ok(());
        }
        let facts = Facts::new(&world, &plan);
        let status = &plan.status;
        prop_assert_eq!(status, &facts.status());
        prop_assert!(status.current_number_scheduled <= status.desired_number_scheduled);
        prop_assert!(status.number_ready <= status.current_number_scheduled);
        prop_assert!(status.number_available <= status.number_ready);
        prop_assert!(status.updated_number_scheduled <= status.current_number_scheduled);
        let nodes = i32::try_from(world.nodes.len()).unwrap();
        prop_assert!(status.desired_number_scheduled + status.number_misscheduled <= nodes);
        let written = plan.actions.iter().any(|action| matches!(action, Action::UpdateStatus { .. }));
        prop_assert_eq!(written, *status != world.set.status);
    }

    /// After a round the set owns the pods that it claimed and those that were made, and no other:
    /// what is to be adopted or released is adopted or released in one round.
    #[test]
    fn claims_follow_owner_and_labels(world in worlds(Oddity::Stored)) {
        let plan = world.plan();
        if plan.outcome == Outcome::Collision {
            return Ok(());
        }
        let mut after = world.clone();
        after.apply(&plan);
        let facts = Facts::new(&world, &plan);
        let was_claimed = |uid: &str| {
            let pod = world.pods.iter().find(|pod| pod.metadata.uid == uid);
            pod.is_none_or(|pod| facts.is_claimed(pod))
        };
        for pod in after.pods.iter().filter(|pod| pod.metadata.namespace == "infra") {
            let is_owned = pod.metadata.controller().is_some_and(|owner| owner.uid == AGENT.uid);
            prop_assert_eq!(is_owned, was_claimed(&pod.metadata.uid), "{}", pod.metadata.name);
        }
    }

    /// Only revisions of the set's own, or adopted in the same round, are written or deleted.
    #[test]
    fn revisions_of_others_are_left_alone(world in worlds(Oddity::Stored)) {
        let plan = world.plan();
        let adopted = |name: &String| {
            plan.actions.contains(&Action::AdoptRevision { name: name.clone() })
        };
        for action in &plan.actions {
            let (Action::UpdateRevision { name, .. } | Action::DeleteRevision { name, .. }) = action else {
                continue;
            };
            let mut stored = world.revisions.iter().filter(|r| r.metadata.namespace == "infra");
            let stored = stored.find(|r| r.metadata.name == *name).expect("a stored revision");
            let is_owned = stored.metadata.controller().is_some_and(|owner| owner.uid == AGENT.uid);
            prop_assert!(is_owned || adopted(name), "{}", action);
        }
    }

    /// With a cap, no more is made and no more is deleted than it allows, the rest is counted as
    /// left, and what is done is what would be done first without it. (Of pods as an API server
    /// stores them: one that is given on two nodes at once is deleted once and counted twice.)
    #[test]
    fn caps_hold((world, cap) in (worlds(Oddity::Stored), 0_usize..=4)) {
        let Some(planner) = world.try_planner() else { return Ok(()) };
        let whole = planner.plan(&world.cluster());
        let mut world = world;
        world.burst = cap;
        let capped = world.plan();
        let (all, some) = (creates(&whole), creates(&capped));
        prop_assert_eq!(&some[..], &all[..all.len().min(cap)]);
        prop_assert_eq!(capped.deferred.creates, all.len() - some.len());
        let (all, some) = (deletes(&whole), deletes(&capped));
        prop_assert_eq!(&some[..], &all[..all.len().min(cap)]);
        prop_assert_eq!(capped.deferred.deletes, all.len() - some.len());
        prop_assert_eq!(capped.status, whole.status);
        prop_assert_eq!(capped.outcome, whole.outcome);
    }

    /// Pods of another namespace, pods that others own, labels that the set does not read and
    /// another set's back-off decide nothing.
    #[test]
    fn strangers_decide_nothing(
        (mut world, strangers) in (worlds(Oddity::Anything), worlds(Oddity::Anything)),
        label in "[a-z]{1,4}",
    ) {
        let Some(planner) = world.try_planner() else { return Ok(()) };
        let before = planner.plan(&world.cluster());
        let mut more = world.clone();
        more.pods.extend(strangers.pods.iter().enumerate().map(|(at, pod)| {
            let mut pod = pod.clone();
            pod.metadata.name = format!("stranger-{at}");
            if at % 2 == 0 {
                "elsewhere".clone_into(&mut pod.metadata.namespace);
            } else {
                let owner = json!([{"uid": "uid-other", "controller": true}]);
                pod.metadata.owner_references = serde_json::from_value(owner).unwrap();
            }
            pod
        }));
        for node in &mut more.nodes {
            node.metadata.labels.insert(format!("unread.example/{label}"), label.clone());
            node.metadata.annotations.insert("zone", "b");
            node.spec.unschedulable = !node.spec.unschedulable;
        }
        more.revisions.extend(strangers.revisions.iter().cloned().map(|mut revision| {
            "elsewhere".clone_into(&mut revision.metadata.namespace);
            revision
        }));
        prop_assert_eq!(&more.plan(), &before);

        let mut other_set = world.set.clone();
        "uid-other".clone_into(&mut other_set.metadata.uid);
        world.backoff = Backoff::new(&other_set);
        world.backoff.advance(&before.begun_waits);
        more.backoff = Backoff::new(&world.set);
        prop_assert_eq!(world.plan(), more.plan());
    }

    /// The short form says what the long one says without revisions and without a clock, and a
    /// bare warning where the selector does not parse.
    #[test]
    fn the_short_form_is_the_long_one(world in worlds(Oddity::Anything)) {
        let actions = plan(&world.set, &world.nodes, &world.pods);
        match Planner::new(&world.set) {
            Ok(planner) => {
                let cluster = Cluster::new(&world.nodes, &world.pods);
                prop_assert_eq!(actions, planner.plan(&cluster).actions);
            }
            Err(error) => {
                let [Action::Event { message, .. }] = &actions[..] else { panic!("{actions:?}") };
                prop_assert_eq!(message, &error.to_string());
            }
        }
    }
}
