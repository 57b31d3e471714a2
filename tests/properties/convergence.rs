//! What carrying plans out leads to, and what it never does on the way.

use std::collections::BTreeMap;

use daemonset::api::{ControllerRevision, DaemonSetStatus, Pod};
use daemonset::outcome::{Deferred, Outcome};
use daemonset::placement::Verdict;
use daemonset::rollout::Strategy as UpdateStrategy;
use daemonset::{Action, Plan, Reason};
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Value, json};

use crate::cases;
use daemonset_testkit::World;
use daemonset_testkit::facts::{Facts, home};
use daemonset_testkit::generate::{Oddity, worlds};

/// How many rounds a world of this size may take: what goes by itself is gone after 20, a node's
/// turn takes 9 (its pod is deleted, takes up to 4 to go, and the next is made, bound, ready and
/// available), and each pod may have to be put in order first.
fn bound(world: &World) -> usize {
    20 + 9 * world.nodes.len() + 2 * world.pods.len()
}

/// Plans and carries out until nothing is left to do and the world stands still, or that many
/// rounds long. `look` sees each round: the world before, the plan, and the world after.
///
/// Returns the rounds it took.
fn run(
    world: &mut World,
    rounds: usize,
    mut look: impl FnMut(&World, &Plan, &World) -> Result<(), TestCaseError>,
) -> Result<Option<usize>, TestCaseError> {
    for round in 0..rounds {
        let plan = world.plan();
        let before = world.clone();
        world.apply(&plan);
        look(&before, &plan, world)?;
        let moving = world.tick(&plan);
        if !moving && plan.actions.is_empty() && plan.look_again_at.is_none() {
            return Ok(Some(round));
        }
    }
    Ok(None)
}

/// A healthy world, without pending pods on nodes that take no new ones: those stay pending, and
/// a node that waits for them counts as unavailable for good.
fn healthy() -> impl Strategy<Value = World> {
    worlds(Oddity::Stored).prop_map(|world| {
        let mut world = world.healthy();
        let plan = world.plan();
        let verdicts = Facts::new(&world, &plan).verdicts.into_iter();
        let closed: Vec<String> = verdicts
            .filter(|(_, verdict)| *verdict == Verdict::KeepExisting)
            .map(|(node, _)| node.to_owned())
            .collect();
        world.pods.retain(|pod| {
            let waits = pod.spec.node_name.is_empty();
            !waits || !home(pod).is_some_and(|node| closed.iter().any(|name| name == node))
        });
        world
    })
}

/// Any world, with a rolling update of that `maxSurge`.
fn rolling(max_surge: impl Strategy<Value = Value>) -> impl Strategy<Value = World> {
    let max_unavailable = select(vec![json!(0), json!(1), json!(2), json!("30%")]);
    (worlds(Oddity::Stored), max_unavailable, max_surge).prop_map(
        |(mut world, max_unavailable, max_surge)| {
            let strategy = json!({
                "type": "RollingUpdate",
                "rollingUpdate": {"maxUnavailable": max_unavailable, "maxSurge": max_surge},
            });
            world.set.spec.update_strategy = serde_json::from_value(strategy).unwrap();
            world
        },
    )
}

fn surges() -> impl Strategy<Value = Value> {
    select(vec![json!(1), json!(2), json!("25%"), json!("100%")])
}

fn is_owned(world: &World, revision: &ControllerRevision) -> bool {
    let owner = revision.metadata.controller();
    revision.metadata.namespace == world.set.metadata.namespace
        && owner.is_some_and(|owner| owner.uid == world.set.metadata.uid)
}

/// The set's revisions but for the current one.
fn old_revisions<'a>(world: &'a World, plan: &Plan) -> Vec<&'a ControllerRevision> {
    let owned = (world.revisions.iter()).filter(|revision| is_owned(world, revision));
    owned
        .filter(|revision| revision.metadata.name != plan.current_revision.name)
        .collect()
}

fn settle(world: &mut World) -> Result<usize, TestCaseError> {
    let bound = bound(world);
    let mut last = Vec::new();
    let rounds = run(world, bound, |_, plan, _| {
        last.clone_from(&plan.actions);
        Ok(())
    })?;
    let Some(rounds) = rounds else {
        return Err(TestCaseError::fail(format!(
            "not settled after {bound} rounds; last: {last:?}\n{world:?}"
        )));
    };
    Ok(rounds)
}

/// What can be said of a settled world without naming pods: the nodes that should run the daemon
/// and how many pods they have, and the status.
///
/// Left out is what depends on how long it takes to get there: whether an old pod on a node that
/// takes no new ones is still available when the rolling update looks at it, and, without a rolling
/// update, which of several pods on a node is the first to be bound.
fn outline(world: &World) -> (BTreeMap<String, usize>, DaemonSetStatus) {
    let plan = world.plan();
    let facts = Facts::new(world, &plan);
    let pods = facts.pods_by_node();
    let running = facts.running_nodes();
    let pods = running.map(|node| (node.to_owned(), pods.get(node).map_or(0, Vec::len)));
    let mut status = world.set.status.clone();
    status.number_misscheduled = 0;
    if facts.limits().is_none() {
        status.updated_number_scheduled = 0;
    }
    (pods.collect(), status)
}

proptest! {
    #![proptest_config(cases(256))]

    /// In a healthy world with a strategy that reads, carrying plans out leads within a bounded
    /// number of rounds to a state with nothing to do: one pod on each node that should run the
    /// daemon, available; with a rolling update, of the current revision. The current revision is
    /// stored under its name, the newest of the set's own, and of the old ones no more are left
    /// than `revisionHistoryLimit`, unless pods carry them.
    #[test]
    fn plans_lead_to_rest(world in healthy()) {
        let mut world = world;
        settle(&mut world)?;
        let plan = world.plan();
        prop_assert_eq!(&plan.outcome, &Outcome::Complete);
        let facts = Facts::new(&world, &plan);
        let pods = facts.pods_by_node();
        let rolling = UpdateStrategy::new(&world.set.spec) != UpdateStrategy::OnDelete;
        for node in facts.running_nodes() {
            let pods = pods.get(node).map(Vec::as_slice).unwrap_or_default();
            prop_assert_eq!(pods.len(), 1, "{}", node);
            prop_assert!(facts.is_available(pods[0]), "{}", node);
            prop_assert!(!rolling || facts.is_updated(pods[0]), "{}", node);
        }
        for (node, pods) in &pods {
            prop_assert!(pods.len() == 1, "{node}");
            prop_assert!(facts.verdicts[node] != Verdict::Exclude, "{node}");
        }
        prop_assert_eq!(&plan.status, &world.set.status);
        let limit = usize::try_from(world.set.spec.revision_history_limit.unwrap_or(10)).unwrap();
        let old = old_revisions(&world, &plan);
        let is_carried = |revision: &&ControllerRevision| {
            let carries = |pod: &&Pod| pod.metadata.labels.get("controller-revision-hash") == Some(revision.hash());
            pods.values().flatten().any(carries)
        };
        prop_assert!(old.len() <= limit || old.iter().all(is_carried), "{old:?}");
        let mut stored = world.revisions.iter().filter(|r| r.metadata.namespace == "infra");
        let current = stored.find(|r| r.metadata.name == plan.current_revision.name);
        prop_assert_eq!(current.map(ControllerRevision::hash), Some(plan.current_revision.hash.as_str()));
        prop_assert!(old.iter().all(|old| old.revision < current.unwrap().revision || !is_owned(&world, current.unwrap())));
        let mut deferred = plan.deferred;
        deferred.unknown_hash = 0;
        prop_assert_eq!(deferred, Deferred::default());
    }

    /// With a cap on creates and deletes it takes longer and leads to the same.
    #[test]
    fn caps_lead_to_the_same((world, cap) in (healthy(), 1_usize..=3)) {
        let mut whole = world.clone();
        settle(&mut whole)?;
        let mut capped = world;
        capped.burst = cap;
        settle(&mut capped)?;
        prop_assert_eq!(outline(&whole), outline(&capped));
    }

    /// Without surge: the nodes that should run the daemon and have no available pod that stays
    /// never get more than `maxUnavailable`, or than they were, by the rolling update. Pods that
    /// are deleted before the rolling update is reached are not counted against the budget: failed
    /// and ended ones, and all but the first on a node.
    #[test]
    fn without_surge_the_budget_holds(world in rolling(Just(json!(0)))) {
        let mut world = world;
        let plan = world.plan();
        let facts = Facts::new(&world, &plan);
        prop_assert!(!facts.surges());
        run(&mut world, 60, |before, plan, after| {
            let (was, is) = (Facts::new(before, plan), Facts::new(after, plan));
            let (was_served, is_served) = (was.served(), is.served());
            let lost: Vec<_> = was_served.difference(&is_served).collect();
            if plan.outcome == Outcome::Managed {
                let by_node = was.staying_by_node();
                for node in lost {
                    let pods = &by_node[node];
                    let first_unavailable = !was.is_available(pods[0]);
                    let ended = pods.iter().any(|pod| pod.is_terminal());
                    prop_assert!(ended || (pods.len() > 1 && first_unavailable), "{} by {:?}", node, plan.actions);
                }
                return Ok(());
            }
            let max = usize::try_from(was.limits().unwrap().max_unavailable).unwrap();
            let desired = was.desired();
            let allowed = max.max(desired - was_served.len());
            prop_assert!(desired - is_served.len() <= allowed, "{lost:?} by {:?}", plan.actions);
            Ok(())
        })?;
    }

    /// With surge: no more nodes have an old pod beside an updated one that is not available yet
    /// than `maxSurge`, or than there were, but for those whose old pod is not available either;
    /// and no node that should run the daemon loses its available pod before the new one is
    /// available. Nodes with failed or ended pods, or with several of one revision, are put in
    /// order whatever that means for both.
    #[test]
    fn with_surge_no_node_goes_without(world in rolling(surges())) {
        let mut world = world;
        let plan = world.plan();
        let facts = Facts::new(&world, &plan);
        prop_assert!(facts.surges());
        run(&mut world, 60, |before, plan, after| {
            let (was, is) = (Facts::new(before, plan), Facts::new(after, plan));
            let by_node = was.staying_by_node();
            let is_exempt = |node: &str| {
                let pods = &by_node[node];
                let current = pods.iter().filter(|pod| was.has_current_hash(pod)).count();
                let others = pods.len() - current;
                pods.iter().any(|pod| pod.is_terminal()) || current > 1 || others > 1
            };
            for node in was.served().difference(&is.served()) {
                prop_assert!(is_exempt(node), "{} by {:?}", node, plan.actions);
            }
            if plan.outcome == Outcome::Managed {
                for node in is.surging().difference(&was.surging()) {
                    prop_assert!(is_exempt(node), "{} by {:?}", node, plan.actions);
                }
                return Ok(());
            }
            let free = plan.actions.iter().filter(|action| matches!(
                action,
                Action::CreatePod { reason: Reason::SurgeBesideUnavailable, .. }
            )).count();
            let max = usize::try_from(was.limits().unwrap().max_surge).unwrap();
            let allowed = max.max(was.surging().len()) + free;
            prop_assert!(is.surging().len() <= allowed, "{:?} by {:?}", is.surging(), plan.actions);
            Ok(())
        })?;
    }
}
