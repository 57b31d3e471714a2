//! What time does.

use std::collections::BTreeMap;

use daemonset::api::{PodPhase, Timestamp};
use daemonset::outcome::Outcome;
use daemonset::{Action, Plan};
use proptest::prelude::*;

use crate::cases;
use daemonset_testkit::Facts;
use daemonset_testkit::World;
use daemonset_testkit::generate::{Oddity, start, worlds};

/// The plan for the world as it is, some time later.
fn plan_at(world: &World, now: Timestamp) -> Plan {
    world.planner().plan(&world.cluster().with_now(now))
}

/// The moments after now at which something in the world matures: a claimed pod on a node gets
/// available, or a node's failed pods are no longer held, by the waits of earlier rounds or by the
/// one that this round begins.
fn moments(world: &World, plan: &Plan) -> Vec<Timestamp> {
    if plan.outcome == Outcome::Collision {
        return Vec::new();
    }
    let facts = Facts::new(world, plan);
    let mut backoff = world.backoff.clone();
    backoff.advance(&plan.begun_waits);
    let mut moments = Vec::new();
    for (node, pods) in facts.pods_by_node() {
        moments.extend(pods.iter().filter_map(|pod| facts.available_from(pod)));
        let failed = pods
            .iter()
            .filter(|pod| pod.status.phase == PodPhase::Failed && !pod.metadata.is_terminating());
        let begun = plan.begun_waits.iter().any(|begun| begun.node == node);
        let stays =
            (facts.verdicts.get(node)).is_some_and(|verdict| verdict.should_continue_running());
        if stays && failed.count() > usize::from(begun) {
            moments.extend(backoff.held_until(node, world.now));
        }
    }
    moments.retain(|moment| *moment > world.now);
    moments
}

proptest! {
    #![proptest_config(cases(1024))]

    /// Until the moment at which a plan wants to be made again, the unchanged world gets the
    /// same actions; with no such moment it gets them for ever.
    #[test]
    fn nothing_changes_before_the_next_look(
        (world, fractions) in (worlds(Oddity::Stored), prop::collection::vec(0.0..1.0_f64, 4))
    ) {
        let plan = world.plan();
        let until = plan.look_again_at.unwrap_or(world.now.plus_seconds(40_000_000));
        prop_assert!(until > world.now, "{} is not after {}", until, world.now);
        let span = until.seconds_since(world.now) - 1;
        for fraction in fractions.into_iter().chain([0.0, 1.0]) {
            #[allow(clippy::cast_precision_loss, clippy::cast_possible_truncation)] // any moment will do
            let later = world.now.plus_seconds((span as f64 * fraction) as i64);
            let then = plan_at(&world, later);
            prop_assert_eq!(&then.actions, &plan.actions, "at {}", later);
            prop_assert_eq!(&then.status, &plan.status);
        }
    }

    /// The moment of the next look is one at which something matures.
    #[test]
    fn the_next_look_is_at_a_moment_that_matters(world in worlds(Oddity::Stored)) {
        let plan = world.plan();
        let moments = moments(&world, &plan);
        if let Some(at) = plan.look_again_at {
            prop_assert!(moments.contains(&at), "{at} is none of {moments:?}");
        }
    }
}

/// How long failed pods on one node wait, from the rule: 1 second, doubled with each delete up to
/// 15 minutes, anew after twice that without one.
struct Waits(BTreeMap<String, (i64, i64)>);

impl Waits {
    /// When a pod that fails at this moment is deleted.
    fn deleted_at(&mut self, node: &str, failed: i64) -> i64 {
        let Some((last, wait)) = self.0.get_mut(node) else {
            self.0.insert(node.to_owned(), (failed, 1));
            return failed;
        };
        let at = failed.max(*last + *wait);
        *wait = if at - *last > 2 * 900 {
            1
        } else {
            (*wait * 2).min(900)
        };
        *last = at;
        at
    }
}

/// A world with nothing but nodes that run the daemon.
fn plain_nodes(nodes: usize) -> World {
    let set = serde_json::json!({
        "metadata": {"name": "agent", "namespace": "infra", "uid": "uid-agent", "generation": 1},
        "spec": {
            "selector": {"matchLabels": {"app": "agent"}},
            "template": {"metadata": {"labels": {"app": "agent"}}},
        },
        "status": {"observedGeneration": 1},
    });
    World::empty(serde_json::from_value(set).unwrap(), nodes, start())
}

proptest! {
    #![proptest_config(cases(256))]

    /// Pods that always fail are deleted 1, 2, 4 and so on seconds after each other, never more
    /// than 15 minutes, each node by itself.
    #[test]
    fn failing_pods_wait_longer_and_longer(
        lives in prop::collection::vec(prop::collection::vec(prop_oneof![9 => 0_i64..3, 1 => 0_i64..4000], 1..=14), 1..=3)
    ) {
        let mut world = plain_nodes(lives.len());
        let mut waits = Waits(BTreeMap::new());
        // What each node still has to come: how long its pods live, and when the next one fails.
        let mut coming: BTreeMap<String, (std::slice::Iter<'_, i64>, Option<i64>)> = (lives.iter().enumerate())
            .map(|(at, lives)| (format!("node-{at}"), (lives.iter(), None)))
            .collect();
        let mut expected = Vec::new();
        let mut seen = Vec::new();
        for _ in 0..2000 {
            let now = world.now.unix_seconds();
            for (node, (lives, fails)) in &mut coming {
                let Some(pod) = world.pods.iter_mut().find(|pod| daemonset_testkit::facts::home(pod) == Some(node)) else { continue };
                pod.spec.node_name.clone_from(node);
                if fails.is_none() {
                    *fails = lives.next().map(|life| now + life);
                    if let Some(at) = *fails {
                        expected.push((node.clone(), waits.deleted_at(node, at)));
                    }
                }
                if fails.is_some_and(|at| at <= now) {
                    pod.status.phase = PodPhase::Failed;
                }
            }
            let plan = world.plan();
            prop_assert!(matches!(plan.outcome, Outcome::Managed | Outcome::Complete));
            world.apply(&plan);
            let mut acted = false;
            for action in &plan.actions {
                acted |= matches!(action, Action::CreatePod { .. } | Action::DeletePod { .. });
                if let Action::DeletePod { pod, node, .. } = action {
                    seen.push((node.clone(), now));
                    world.pods.retain(|p| p.metadata.name != *pod);
                    coming.get_mut(node).unwrap().1 = None;
                }
            }
            if !acted {
                let failing = coming.values().filter_map(|(_, fails)| fails.filter(|at| *at > now));
                let next = failing.map(Timestamp::from_unix_seconds).chain(plan.look_again_at).min();
                let Some(next) = next else { break };
                prop_assert!(next > world.now);
                world.now = next;
            }
        }
        seen.sort();
        expected.sort();
        prop_assert_eq!(seen, expected);
    }
}
