//! The nodes of a run, some of which are replaced by new ones.

use std::borrow::Cow;
use std::collections::BTreeMap;

use daemonset::api::Node;
use daemonset::{Cluster, Planner};

use crate::scenario::{Now, OfNode, Scenario};

/// The nodes, by name.
pub(super) struct Machines<'a> {
    nodes: BTreeMap<String, Machine<'a>>,
    /// The names of those that should run the daemon: what reboots and is replaced is one of these.
    wanted: Vec<String>,
}

struct Machine<'a> {
    node: Cow<'a, Node>,
    of: OfNode,
    /// When it is back from a reboot.
    up_at: f64,
}

impl<'a> Machines<'a> {
    pub fn new(planner: &Planner, cluster: &Cluster<'a>, scenario: &Scenario) -> Self {
        let mut nodes = BTreeMap::new();
        for &node in cluster.nodes() {
            let name = node.metadata.name.clone();
            let mut of = scenario.of(&name);
            if scenario.hanging.contains(&name) {
                of.now = Now::Down;
            }
            let machine = Machine {
                node: Cow::Borrowed(node),
                of,
                up_at: 0.0,
            };
            nodes.insert(name, machine);
        }
        let rules = planner.rules();
        let wanted = nodes.iter().filter(|(_, machine)| {
            let node: &Node = &machine.node;
            rules.verdict(node).should_run()
        });
        let wanted = wanted.map(|(name, _)| name.clone()).collect();
        Self { nodes, wanted }
    }

    pub fn nodes(&self) -> impl Iterator<Item = &Node> {
        self.nodes.values().map(|machine| machine.node.as_ref())
    }

    pub fn count(&self) -> usize {
        self.nodes.len()
    }

    /// How many should run the daemon.
    pub fn wanted(&self) -> &[String] {
        &self.wanted
    }

    /// What is known of a node.
    pub fn of(&self, node: &str) -> OfNode {
        let machine = self.nodes.get(node);
        machine
            .map(|machine| machine.of.clone())
            .unwrap_or_default()
    }

    pub fn up_at(&self, node: &str) -> f64 {
        self.nodes.get(node).map_or(0.0, |machine| machine.up_at)
    }

    pub fn reboot(&mut self, node: &str, up_at: f64) {
        if let Some(machine) = self.nodes.get_mut(node) {
            machine.up_at = up_at;
        }
    }

    /// Puts a new node in the place of one that should run the daemon. Nothing is known of the new
    /// one.
    pub fn replace(&mut self, at: usize) -> Option<(String, &Node)> {
        let name = self.wanted.get_mut(at)?;
        let machine = self.nodes.remove(name)?;
        let mut node = machine.node.into_owned();
        let gone = std::mem::take(name);
        // The first replacement of a node brings the suffix, later ones count on.
        let (base, number) = match gone.rsplit_once("-new") {
            Some((base, number)) if number.parse::<u32>().is_ok() => {
                (base, number.parse().unwrap_or(0))
            }
            _ => (gone.as_str(), 0_u32),
        };
        let new = format!("{base}-new{}", number.saturating_add(1));
        node.metadata.name.clone_from(&new);
        node.metadata.uid.clone_from(&new);
        name.clone_from(&new);
        let machine = Machine {
            node: Cow::Owned(node),
            of: OfNode {
                domain: machine.of.domain,
                ..OfNode::default()
            },
            up_at: 0.0,
        };
        let machine = self.nodes.entry(new).insert_entry(machine).into_mut();
        Some((gone, machine.node.as_ref()))
    }
}
