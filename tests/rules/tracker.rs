//! What a tracker promises besides deciding as a fresh plan does.

use std::collections::BTreeSet;

use daemonset::api::{DaemonSet, Node, Pod, PodPhase, Timestamp};
use daemonset::placement::Verdict;
use daemonset::tracker::Tracker;
use daemonset::view::{NodeView, PodView, Ready, TaintView};
use daemonset::{Options, Planner};
use daemonset_testkit::World;
use daemonset_testkit::generate::start;
use daemonset_testkit::scenario::{scenario, told};

fn tracker(world: &World) -> Tracker {
    let mut tracker = Tracker::new();
    world.nodes.iter().for_each(|node| tracker.put_node(node));
    world.pods.iter().for_each(|pod| tracker.put_pod(pod));
    tracker
}

fn named(name: &str) -> Planner {
    let mut set: DaemonSet = scenario("").set;
    set.metadata.name = name.into();
    set.metadata.uid = format!("uid-{name}");
    Planner::new(&set).unwrap().with_revisions(&[])
}

/// An id stands for its set until that is removed, even if its place is used again.
#[test]
fn a_stale_id_stands_for_no_set() {
    let mut tracker = tracker(&scenario("a"));
    let first = tracker.put_set(named("first"));
    assert_eq!(tracker.find_set("infra", "first"), Some(first));
    tracker.remove_set(first);
    let second = tracker.put_set(named("second"));
    assert_ne!(first, second);
    assert_eq!(tracker.plan(first, start()), None);
    assert!(tracker.planner(first).is_none());
    assert_eq!(tracker.verdict(first, "a"), None);
    assert!(!tracker.is_due(first, start()));
    assert_eq!(tracker.find_set("infra", "first"), None);
    // Removing it once more removes nothing, and no waits begin for it.
    tracker.remove_set(first);
    tracker.begin_waits(first, &[]);
    assert_eq!(
        told(&tracker.plan(second, start()).unwrap()),
        "create revision 1, create on a (noDaemonPod)"
    );
    assert_eq!(tracker.sets().count(), 1);
}

/// A newer version of a set keeps its id and its waits, unless it is given others or they do not
/// count for it any more.
#[test]
fn a_newer_version_keeps_the_waits() {
    let world = scenario("a: new failed, new failed");
    let mut tracker = tracker(&world);
    let id = tracker.put_set(world.planner());
    let plan = tracker.plan(id, start()).unwrap();
    assert_eq!(told(&plan), "delete a1 (failedPod)");
    tracker.begin_waits(id, &plan.begun_waits);
    tracker.remove_pod("infra", "a1");
    assert_eq!(told(&tracker.plan(id, start()).unwrap()), "");

    let newer = || {
        Planner::new(&world.set)
            .unwrap()
            .with_revisions(&world.revisions)
    };
    assert_eq!(tracker.put_set(newer()), id);
    let plan = tracker.plan(id, start()).unwrap();
    assert_eq!((told(&plan).as_str(), plan.deferred.backing_off), ("", 1));
    assert_eq!(
        tracker
            .planner(id)
            .unwrap()
            .backoff()
            .held_until("a", start()),
        Some(start().plus_seconds(1))
    );

    // Given with the planner, others count.
    let options = Options::default().with_backoff(world.backoff.clone());
    let planner = Planner::with_options(&world.set, options).unwrap();
    tracker.put_set(planner.with_revisions(&world.revisions));
    assert_eq!(
        told(&tracker.plan(id, start()).unwrap()),
        "delete a2 (failedPod)"
    );

    // For another observed generation there are none.
    tracker.begin_waits(id, &plan.begun_waits);
    let mut later = world.set.clone();
    later.status.observed_generation = 3;
    let planner = Planner::new(&later)
        .unwrap()
        .with_revisions(&world.revisions);
    tracker.put_set(planner);
    assert_eq!(
        told(&tracker.plan(id, start()).unwrap()),
        "delete a2 (failedPod)"
    );
}

/// What happens between two plans is made up for by the second: pods of a node that goes, pods that
/// come and go again, and a node's name that is used anew.
#[test]
fn many_changes_between_two_plans() {
    let world = scenario("a: new; b=gone: new; c=gone: new, old");
    let mut tracker = tracker(&world);
    let id = tracker.put_set(world.planner());
    let plan = tracker.plan(id, start()).unwrap();
    assert_eq!(plan.deferred.on_missing_nodes, 3);
    tracker.remove_node("a");
    for pod in ["a1", "b1", "c1", "c2"] {
        tracker.remove_pod("infra", pod);
    }
    for node in scenario("d; e; f").nodes {
        tracker.put_node(&node);
    }
    tracker.put_pod(&scenario("e: new").pods[0]);
    tracker.put_pod(&scenario("f: old, new").pods[0]);
    tracker.remove_pod("infra", "f1");
    let plan = tracker.plan(id, start()).unwrap();
    assert_eq!(
        told(&plan),
        "create on d (noDaemonPod), create on f (noDaemonPod)"
    );
    assert_eq!(plan.deferred.on_missing_nodes, 0);
    assert_eq!(plan.status.desired_number_scheduled, 3);
    assert_eq!(plan.status.current_number_scheduled, 1);
}

/// What a new list does not name goes, and is told.
#[test]
fn what_a_list_does_not_name_goes() {
    let world = scenario("a: new; b: new; c");
    let mut tracker = tracker(&world);
    let id = tracker.put_set(world.planner());
    let listed = BTreeSet::from(["a", "c"]);
    assert_eq!(tracker.retain_nodes(|name| listed.contains(name)), ["b"]);
    assert_eq!(tracker.node_count(), 2);
    assert_eq!(tracker.verdict(id, "b"), None);
    let gone = tracker.retain_pods(|namespace, name| (namespace, name) == ("infra", "b1"));
    assert_eq!(gone, [("infra".to_owned(), "a1".to_owned())]);
    assert_eq!(tracker.pod_count(), 1);
    let plan = tracker.plan(id, start()).unwrap();
    assert_eq!(
        told(&plan),
        "create on a (noDaemonPod), create on c (noDaemonPod)"
    );
    assert_eq!(plan.deferred.on_missing_nodes, 1);
    assert!(tracker.retain_nodes(|_| true).is_empty());
    assert!(tracker.retain_pods(|_, _| true).is_empty());
}

/// A set is due when something of its own has changed, or the moment has come that its last plan
/// named.
#[test]
fn who_is_due() {
    let world = scenario("a: new; b: new ready").min_ready(5);
    let mut tracker = tracker(&world);
    let id = tracker.put_set(world.planner());
    let due = |tracker: &Tracker, now: Timestamp| tracker.due(now).any(|due| due == id);
    assert!(due(&tracker, start()), "it was never planned");
    assert_eq!(tracker.look_again_at(), None);

    tracker.plan(id, start());
    assert!(!due(&tracker, start()));
    let at = start().plus_seconds(4);
    assert_eq!(tracker.look_again_at(), Some(at));
    assert!(!due(&tracker, at.plus_seconds(-1)));
    assert!(due(&tracker, at) && tracker.is_due(id, at));
    tracker.plan(id, at);
    assert!(!due(&tracker, at));
    assert_eq!(tracker.look_again_at(), None);

    // The same again changes nothing.
    world.pods.iter().for_each(|pod| tracker.put_pod(pod));
    world.nodes.iter().for_each(|node| tracker.put_node(node));
    assert!(!due(&tracker, at));
    // Another's pod changes nothing for this set.
    let mut other = scenario("a: new foreign").pods.remove(0);
    other.metadata.name = "other".into();
    tracker.put_pod(&other);
    assert!(!due(&tracker, at));
    // Its own does, and a node does.
    tracker.put_pod(&scenario("a: new starting").pods[0]);
    assert!(due(&tracker, at));
    tracker.plan(id, at);
    assert!(!due(&tracker, at));
    tracker.put_node(&scenario("a=exclude").nodes[0]);
    assert!(due(&tracker, at));
    tracker.plan(id, at);
    tracker.remove_node("a");
    assert!(due(&tracker, at));
    tracker.plan(id, at);
    tracker.remove_pod("infra", "b1");
    assert!(due(&tracker, at));
    // A newer version of the set is due.
    tracker.plan(id, at);
    tracker.put_set(world.planner());
    assert!(due(&tracker, at));
}

/// Of all sets the earliest moment counts.
#[test]
fn the_earliest_moment_of_all_sets() {
    let mut tracker = Tracker::new();
    for (at, seconds) in [(0, 50), (1, 20)] {
        let mut world = scenario("a: new ready").min_ready(seconds);
        world.set.metadata.name = format!("set-{at}");
        world.set.metadata.uid = format!("uid-{at}");
        let mut pod = world.pods.remove(0);
        pod.metadata.name = format!("pod-{at}");
        pod.metadata.owner_references[0].uid = format!("uid-{at}");
        tracker.put_node(&world.nodes[0]);
        tracker.put_pod(&pod);
        world.pods.clear();
        let id = tracker.put_set(world.planner());
        tracker.plan(id, start());
    }
    assert_eq!(tracker.look_again_at(), Some(start().plus_seconds(19)));
}

/// A pod or a node with its resource version, as a watch has it.
struct Versioned<T>(T, u64);

impl PodView for Versioned<Pod> {
    fn namespace(&self) -> &str {
        PodView::namespace(&self.0)
    }
    fn name(&self) -> &str {
        PodView::name(&self.0)
    }
    fn uid(&self) -> &str {
        self.0.uid()
    }
    fn labels(&self) -> impl Iterator<Item = (&str, &str)> {
        PodView::labels(&self.0)
    }
    fn controller(&self) -> Option<&str> {
        self.0.controller()
    }
    fn node_name(&self) -> Option<&str> {
        self.0.node_name()
    }
    fn aimed_at(&self) -> Option<&str> {
        self.0.aimed_at()
    }
    fn is_terminating(&self) -> bool {
        self.0.is_terminating()
    }
    fn phase(&self) -> PodPhase {
        self.0.phase()
    }
    fn created(&self) -> Option<Timestamp> {
        self.0.created()
    }
    fn ready(&self) -> Ready {
        self.0.ready()
    }
    fn resource_version(&self) -> Option<u64> {
        Some(self.1)
    }
}

impl NodeView for Versioned<Node> {
    fn name(&self) -> &str {
        NodeView::name(&self.0)
    }
    fn labels(&self) -> impl Iterator<Item = (&str, &str)> {
        NodeView::labels(&self.0)
    }
    fn taints(&self) -> impl Iterator<Item = TaintView<'_>> {
        self.0.taints()
    }
    fn resource_version(&self) -> Option<u64> {
        Some(self.1)
    }
}

/// An older version of a pod or a node, as a late watch may bring it, does not replace a newer one.
#[test]
fn an_older_version_is_passed_over() {
    let world = scenario("a: new");
    let mut tracker = tracker(&world);
    let id = tracker.put_set(world.planner());
    let pod = |text: &str, version| Versioned(scenario(text).pods.remove(0), version);
    tracker.put_pod(&pod("a: new", 10));
    tracker.put_pod(&pod("a: new failed", 9));
    assert_eq!(told(&tracker.plan(id, start()).unwrap()), "");
    tracker.put_pod(&pod("a: new failed", 10));
    assert_eq!(
        told(&tracker.plan(id, start()).unwrap()),
        "delete a1 (failedPod)"
    );
    // Another pod of the same name is another pod, and one without a version always counts.
    let mut next = pod("a: new", 3);
    next.0.metadata.uid = "another".into();
    tracker.put_pod(&next);
    assert_eq!(told(&tracker.plan(id, start()).unwrap()), "");
    tracker.put_pod(&scenario("a: new failed").pods[0]);
    assert_eq!(
        told(&tracker.plan(id, start()).unwrap()),
        "delete a1 (failedPod)"
    );

    let node = |text: &str, version| Versioned(scenario(text).nodes.remove(0), version);
    tracker.put_node(&node("a", 10));
    tracker.put_node(&node("a=exclude", 9));
    assert_eq!(tracker.verdict(id, "a"), Some(Verdict::Run));
    tracker.put_node(&node("a=exclude", 11));
    assert_eq!(tracker.verdict(id, "a"), Some(Verdict::Exclude));
}
