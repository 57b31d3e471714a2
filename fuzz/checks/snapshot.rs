//! Every set of a dump gets a plan that keeps its promises, and the tracker agrees.

use std::collections::BTreeSet;

use daemonset::Planner;
use daemonset::api::{ControllerRevision, DaemonSet, Node, ObjectMeta, Pod, Timestamp};
use daemonset::deletion::{Propagation, delete, stranded};
use daemonset::history::{history, roll_back, template_of};
use daemonset::manifest::Manifest;
use daemonset::status::RolloutStatus;

use super::manifest::read;
use super::plans;

/// So many sets of a dump are looked at.
const SETS: usize = 4;

pub fn check(bytes: &[u8]) {
    let inventory = read(bytes);
    let mut world = World {
        nodes: inventory.nodes,
        pods: inventory.pods,
        revisions: inventory.revisions,
    };
    // The API server names every object; of those without a name nothing is promised but a plan.
    for manifest in inventory.daemon_sets.iter().take(SETS) {
        if let Ok(planner) = Planner::new(&manifest.daemon_set) {
            let planner = planner.revisions(&world.revisions);
            let _ = planner.plan(&world.nodes, &world.pods);
        }
    }
    world.nodes.retain(|node| is_named(&node.metadata));
    world.pods.retain(|pod| is_named(&pod.metadata));
    world
        .revisions
        .retain(|revision| is_named(&revision.metadata));

    let mut planners = Vec::new();
    let named = |manifest: &&Manifest| is_named(&manifest.daemon_set.metadata);
    for manifest in inventory.daemon_sets.iter().filter(named).take(SETS) {
        let set = &manifest.daemon_set;
        world.end(set);
        if let Some(planner) = world.planner(set) {
            planners.push(planner);
        }
    }
    let now = Timestamp::from_unix_seconds(1_795_258_800);
    plans::agree(&planners, &world.nodes, &world.pods, now);
}

fn is_named(metadata: &ObjectMeta) -> bool {
    !metadata.name.is_empty()
}

struct World {
    nodes: Vec<Node>,
    pods: Vec<Pod>,
    revisions: Vec<ControllerRevision>,
}

impl World {
    /// The set's planner, if its selector parses; the order of the revisions must not matter.
    fn planner(&self, set: &DaemonSet) -> Option<Planner> {
        let planner = Planner::new(set).ok()?;
        let mut backwards = self.revisions.clone();
        backwards.reverse();
        let reversed = planner.clone().revisions(&backwards);
        let planner = planner.revisions(&self.revisions);
        assert_eq!(
            planner.plan(&self.nodes, &self.pods),
            reversed.plan(&self.nodes, &self.pods),
        );
        Some(planner)
    }

    /// What can be asked of a set beside its plan.
    fn end(&self, set: &DaemonSet) {
        assert!(!RolloutStatus::of(set).to_string().is_empty());
        let entries = history(set, &self.revisions);
        assert!(entries.is_sorted_by_key(|entry| entry.revision));
        let targets = entries.iter().map(|entry| Some(entry.revision));
        for to_revision in targets.chain([None, Some(0)]) {
            match roll_back(set, &self.revisions, to_revision) {
                Ok((number, _)) => {
                    assert!(to_revision.is_none_or(|wanted| wanted == number));
                    // Which one it is, where several have the number, is not told here.
                    let mut entries = entries.iter();
                    assert!(entries.any(|entry| entry.revision == number && !entry.current));
                }
                Err(error) => assert!(!error.to_string().is_empty()),
            }
        }
        for revision in &self.revisions {
            if let Err(error) = template_of(revision) {
                assert!(error.to_string().starts_with("revision "));
            }
        }
        for propagation in [
            Propagation::Background,
            Propagation::Foreground,
            Propagation::Orphan,
        ] {
            let steps = delete(set, &self.pods, &self.revisions, propagation);
            let texts: BTreeSet<String> = steps.iter().map(ToString::to_string).collect();
            assert_eq!(texts.len(), steps.len(), "a step comes twice: {steps:?}");
        }
        let lost = stranded(&self.nodes, &self.pods);
        assert!(lost.iter().all(|pod| !pod.spec.node_name.is_empty()));
    }
}
