//! A DaemonSet that is rolled out completely.

use daemonset::api::{ControllerRevision, DaemonSet, Node, Pod, Timestamp};
use daemonset::matching::SelectorError;
use daemonset::{Cluster, Options, Planner};

use super::hindrances::Known;
use super::run::run;

/// A DaemonSet once it is rolled out on some nodes, every pod ready: what to compare with when
/// only manifests are at hand.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Settled {
    /// The DaemonSet, with the status that it has then.
    pub daemon_set: DaemonSet,
    /// Its pods, by name.
    pub pods: Vec<Pod>,
    /// Its revision.
    pub revisions: Vec<ControllerRevision>,
    /// When that is.
    pub now: Timestamp,
}

impl Settled {
    /// Rolls the DaemonSet out.
    ///
    /// # Errors
    /// A malformed selector.
    pub fn new<'n>(
        set: &DaemonSet,
        nodes: impl IntoIterator<Item = &'n Node>,
        options: &Options,
    ) -> Result<Self, SelectorError> {
        let none: [ControllerRevision; 0] = [];
        let known = Known::default();
        let cluster = Cluster::new(nodes, &[]).with_revisions(&none);
        let start = Planner::with_options(set, options.clone())?.now(&cluster);
        let (_, simulation) = run(set, &cluster, options, start, None, &known)?;
        Ok(Self {
            pods: simulation.pods.into_values().collect(),
            revisions: simulation.revisions.unwrap_or_default(),
            now: simulation.now,
            daemon_set: simulation.set,
        })
    }

    /// The cluster that it is rolled out on, given the same nodes.
    pub fn cluster<'s>(&'s self, nodes: impl IntoIterator<Item = &'s Node>) -> Cluster<'s> {
        Cluster::new(nodes, &self.pods)
            .with_revisions(&self.revisions)
            .with_now(self.now)
    }
}
