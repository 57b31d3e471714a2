//! A round, seen node by node, and who waits for a turn.

use daemonset::placement::Verdict;
use daemonset::round::WaitList;
use daemonset_testkit::World;
use daemonset_testkit::scenario::scenario;

/// Every node and every node that a claimed pod names, by name, with what the round saw there.
#[test]
fn nodes() {
    let world =
        scenario("c: new; b=exclude: old terminating, old; a=gone: new; d").rolling("1", "0");
    let cluster = world.cluster();
    let planner = world.planner();
    let view = planner.view(&cluster);
    assert_eq!(view.plan, planner.plan(&cluster));
    let seen: Vec<_> = (view.nodes.iter())
        .map(|node| {
            let exists = node.node.map(|node| node.metadata.name.as_str());
            let pods = node.pods.iter().map(|pod| pod.pod.metadata.name.as_str());
            let staying = node.staying().count();
            (
                node.name,
                exists,
                node.verdict,
                pods.collect::<Vec<_>>(),
                staying,
            )
        })
        .collect();
    assert_eq!(
        seen,
        [
            ("a", None, None, vec!["a1"], 1),
            ("b", Some("b"), Some(Verdict::Exclude), vec!["b1", "b2"], 1),
            ("c", Some("c"), Some(Verdict::Run), vec!["c1"], 1),
            ("d", Some("d"), Some(Verdict::Run), vec![], 0),
        ]
    );
    for name in ["a", "b", "c", "d"] {
        assert_eq!(view.node(name).unwrap().name, name);
    }
    assert!(view.node("e").is_none());
}

/// Whether an available pod of the current template runs on the node, and whether an old one does.
#[test]
fn what_runs() {
    for (given, updated, old) in [
        ("a", false, false),
        ("a: new", true, false),
        ("a: new starting", false, false),
        ("a: old", false, true),
        ("a: old starting", false, false),
        ("a: old, new", true, true),
        ("a: old starting, new", true, false),
        ("a: old, new starting", false, true),
        ("a: old starting, new starting", false, false),
        ("a: new, new", false, false),
    ] {
        let world = scenario(given).rolling("0", "1");
        let cluster = world.cluster();
        let planner = world.planner();
        let view = planner.view(&cluster);
        let [node] = view.nodes.as_slice() else {
            panic!("{:?}", view.nodes);
        };
        assert_eq!(node.runs_updated(), updated, "given {given:?}");
        assert_eq!(node.runs_old(), old, "given {given:?}");
    }
}

fn waiting(world: &World) -> WaitList {
    world.planner().view(&world.cluster()).waiting
}

/// Who waits: what a rolling update would do, less what this round does.
#[test]
fn who_waits_for_a_turn() {
    for (given, [unavailable, surge], first, for_turn, for_spare) in [
        ("a: new; b: new", ["1", "0"], &[][..], 0, 0),
        ("a: old", ["1", "0"], &[], 0, 0),
        ("a: old; b: old; c: old", ["1", "0"], &["b1", "c1"], 2, 0),
        ("a: old; b: old starting", ["1", "0"], &["a1"], 1, 0),
        // One on a node that gets no new pod waits too, and not for a node's turn.
        ("a=keep: old; b: old", ["1", "0"], &["a1"], 0, 0),
        ("a: old; b: old", ["0", "1"], &["b"], 1, 0),
        ("a=keep: old; b: new starting", ["0", "1"], &["a1"], 0, 1),
        // A round that creates pods first keeps all of them waiting.
        ("a; b: old; c: old", ["2", "0"], &["b1", "c1"], 2, 0),
    ] {
        let world = scenario(given).rolling(unavailable, surge);
        let list = waiting(&world);
        let names: Vec<&str> = (list.first.iter())
            .map(|action| match action {
                daemonset::Action::CreatePod { node, .. } => node.as_str(),
                daemonset::Action::DeletePod { pod, .. } => pod.as_str(),
                other => panic!("{other}"),
            })
            .collect();
        assert_eq!(names, first, "given {given:?}");
        assert_eq!(list.in_all, first.len(), "given {given:?}");
        assert_eq!(list.for_turn, for_turn, "given {given:?}");
        assert_eq!(list.for_spare, for_spare, "given {given:?}");
    }
    // The first ten are named.
    let nodes: Vec<String> = (b'a'..=b'n')
        .map(|name| format!("{}: old", char::from(name)))
        .collect();
    let list = waiting(&scenario(&nodes.join("; ")).rolling("1", "0"));
    assert_eq!((list.first.len(), list.in_all, list.for_turn), (10, 13, 13));
}
