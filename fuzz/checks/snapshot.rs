//! Every set of a dump gets a plan that keeps its promises, and the tracker agrees.

use std::collections::BTreeSet;

use daemonset::api::{ControllerRevision, DaemonSet, Node, ObjectMeta, Pod, Timestamp};
use daemonset::outcome::RolloutStatus;
use daemonset::revision::{history, roll_back, template_of};
use daemonset::{Cluster, Planner};
use daemonset_explain::{Propagation, deletion_steps, pods_on_missing_nodes};
use daemonset_manifest::Manifest;
use daemonset_testkit::mirror;

use super::manifest::read;

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
            let planner = planner.with_revisions(&world.revisions);
            let _ = planner.plan(&world.cluster());
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
    mirror::agree(&planners, &world.nodes, &world.pods, now);
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
    fn cluster(&self) -> Cluster<'_> {
        Cluster::new(&self.nodes, &self.pods).with_revisions(&self.revisions)
    }

    /// The set's planner, if its selector parses; the order of the revisions must not matter.
    fn planner(&self, set: &DaemonSet) -> Option<Planner> {
        let planner = Planner::new(set).ok()?;
        let mut backwards = self.revisions.clone();
        backwards.reverse();
        let reversed = planner.clone().with_revisions(&backwards);
        let planner = planner.with_revisions(&self.revisions);
        let cluster = Cluster::new(&self.nodes, &self.pods);
        assert_eq!(planner.plan(&cluster), reversed.plan(&cluster));
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
                Ok(back) => {
                    let number = back.revision;
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
            let steps = deletion_steps(set, &self.cluster(), propagation);
            let texts: BTreeSet<String> = steps.iter().map(ToString::to_string).collect();
            assert_eq!(texts.len(), steps.len(), "a step comes twice: {steps:?}");
        }
        let cluster = self.cluster();
        let lost = pods_on_missing_nodes(&cluster);
        assert!(lost.iter().all(|pod| !pod.spec.node_name.is_empty()));
    }
}
