//! What edits that make a node run the daemon do besides.

use std::collections::BTreeSet;

use daemonset::api::Node;
use daemonset::placement::Rules;
use daemonset::view::NodeView;
use daemonset::{Cluster, Planner};

use super::Caution;
use crate::edit::Edit;
use crate::edit::edited::Step;

/// What the steps do besides, by the rules as they are then.
pub(super) fn cautions(
    (planner, cluster): (&Planner, &Cluster<'_>),
    node: &Node,
    steps: &[Step],
    after: &Rules,
) -> Vec<Caution> {
    let opens = |step: &Step| matches!(step, Step::Edit(Edit::RemoveTaint { taint, .. }) if taint.effect != "PreferNoSchedule");
    let mut cautions = Vec::new();
    if steps.iter().any(opens) {
        cautions.push(Caution::OpensNode);
    }
    let changes_template =
        |step: &Step| matches!(step, Step::Edit(edit) if edit.changes_template());
    if !steps.iter().any(changes_template) {
        return cautions;
    }
    let set = planner.daemon_set();
    let own = cluster.pods_controlled_by(&set.metadata.namespace, Some(&set.metadata.uid));
    let own = own.filter(|pod| !pod.metadata.is_terminating());
    let on: BTreeSet<&str> = own.map(|pod| pod.spec.node_name.as_str()).collect();
    let (mut also, mut expected, mut no_longer) = (Vec::new(), Vec::new(), Vec::new());
    let names = cluster.nodes().iter().map(NodeView::name);
    let names: BTreeSet<&str> = names.filter(|name| *name != node.name()).collect();
    for other in names.into_iter().filter_map(|name| cluster.node(name)) {
        let runs = |rules: &Rules| rules.verdict(other).should_run();
        let changed = match (runs(planner.rules()), runs(after)) {
            // One that is misscheduled there is no new one.
            (false, true) if on.contains(other.name()) => &mut expected,
            (false, true) => &mut also,
            (true, false) => &mut no_longer,
            _ => continue,
        };
        changed.push(other.name().to_owned());
    }
    let beside = [
        (
            also,
            (|nodes| Caution::AlsoRunsOn { nodes }) as fn(Vec<String>) -> Caution,
        ),
        (expected, |nodes| Caution::NoLongerMisscheduled { nodes }),
        (no_longer, |nodes| Caution::StopsOn { nodes }),
    ];
    let beside = beside.into_iter().filter(|(nodes, _)| !nodes.is_empty());
    cautions.extend(beside.map(|(nodes, caution)| caution(nodes)));
    cautions
}
