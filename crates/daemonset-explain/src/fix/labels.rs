//! Whom a node is taken from by a change of its labels.

use daemonset::Cluster;
use daemonset::api::DaemonSet;
use daemonset::placement::Rules;

use super::Caution;
use super::node::Wish;
use crate::edit::Edit;
use crate::edit::edited::Step;
use crate::near::meant_label;

impl Wish<'_> {
    /// Whether labels that the steps change are what makes the node one of another DaemonSet: its pod there would be
    /// deleted.
    pub(super) fn takes_from_others(&self, steps: &[Step], sets: &[&DaemonSet]) -> bool {
        let after = self.relabelled(steps);
        if after.changes.is_empty() {
            return false;
        }
        let own = &self.planner.daemon_set().metadata;
        let others = sets.iter().filter(|set| {
            let metadata = &set.metadata;
            (&metadata.namespace, &metadata.name) != (&own.namespace, &own.name)
        });
        let mut rules = others.map(|set| {
            let comparison = self.rules().comparison_operators();
            Rules::new(&set.spec.template).with_comparison_operators(comparison)
        });
        rules.any(|rules| {
            rules.verdict(self.node).should_run() && !rules.verdict(&after).should_run()
        })
    }

    /// What else may want a label as it is that a step changes: it is a slip, where others show that, or may be what
    /// other workloads select.
    pub(super) fn of_label(&self, step: &Step, cluster: &Cluster<'_>) -> Option<Caution> {
        let Step::Edit(edit) = step else { return None };
        let (key, value) = match edit {
            Edit::SetNodeLabel { key, value, .. } => (key, Some(value)),
            Edit::RemoveNodeLabel { key, .. } => (key, None),
            _ => return None,
        };
        let obstacles = self.rules().place(self.node).obstacles;
        let mut meant = obstacles
            .iter()
            .filter_map(|it| meant_label(it, self.rules(), self.node, cluster));
        if meant.any(|it| it.key == *key && Some(&it.value) == value) {
            return Some(Caution::OnlyIfSlip);
        }
        let found = self.labels.get(key.as_str())?;
        Some(Caution::MayBeSelected {
            label: match *found {
                "" => key.clone(),
                found => format!("{key}={found}"),
            },
        })
    }
}
