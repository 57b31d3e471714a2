//! What is to be seen of a world.

use std::collections::BTreeMap;

use daemonset::api::{ControllerRevision, DaemonSet, Node, Pod};
use daemonset::control::Kind;
use daemonset::{Action, Cluster, Options, Planner};
use serde::Deserialize;

use crate::server::{Server, name_of};
use crate::watch::State;
use crate::world::World;

impl World {
    /// All that went wrong, that of watches too.
    pub fn all_troubles(&self) -> BTreeMap<String, usize> {
        let mut all = self.troubles.clone();
        for watch in &self.watches {
            for (trouble, times) in [
                ("shown twice", watch.shown_twice),
                ("shown again after newer ones", watch.rewound),
                ("left out between two lists", watch.left_out),
                ("a list of several moments", watch.torn),
                ("410 amid a list", watch.expired),
            ] {
                *all.entry(trouble.to_owned()).or_default() += times;
            }
        }
        for (_, method, _, code) in self.requests.iter().filter(|(.., code)| *code >= 400) {
            *all.entry(format!("{method} answered {code}")).or_default() += 1;
        }
        all
    }

    /// Whether the watches have shown everything.
    pub fn has_seen_all(&self) -> bool {
        let end = self.server.log.len();
        self.watches
            .iter()
            .all(|watch| matches!(watch.state, State::Watching) && watch.position == end)
    }

    /// What Kubernetes would do next, seen from the server itself.
    pub fn plans(&self) -> Vec<(String, Vec<Action>)> {
        fn read<'a, T: Deserialize<'a>>(server: &'a Server, kind: Kind) -> Vec<T> {
            let all = server.all(kind);
            all.map(|object| T::deserialize(object).unwrap()).collect()
        }
        let nodes: Vec<Node> = read(&self.server, Kind::Node);
        let pods: Vec<Pod> = read(&self.server, Kind::Pod);
        let revisions: Vec<ControllerRevision> = read(&self.server, Kind::ControllerRevision);
        let cluster = Cluster::new(&nodes, &pods)
            .with_revisions(&revisions)
            .with_now(self.now());
        let sets = self.server.all(Kind::DaemonSet).map(|set| {
            let daemon_set = DaemonSet::deserialize(set).unwrap();
            let planner = Planner::in_cluster(&daemon_set, &cluster, &Options::default()).unwrap();
            (name_of(set).to_owned(), planner.plan(&cluster).actions)
        });
        sets.collect()
    }
}
