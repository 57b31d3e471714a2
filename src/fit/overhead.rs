//! What daemons will take of a node that does not exist yet.

use std::collections::HashMap;

use foldhash::fast::FixedState;
use serde::Serialize;

use super::checks::keeps_off;
use super::contention::{Contends, KeptOff};
use super::daemons::{Daemon, Daemons};
use super::needs::Need;
use super::obstacle::Shortfall;
use super::ports::HostPort;
use super::resource::{Amounts, PODS, overflows};
use super::room::Allocatable;
use crate::api::Taint;
use crate::hypothetical::{Eligibility, HypotheticalNode};

/// A node that does not exist yet, empty but for its daemons.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NewNode {
    /// What is known of its name, labels and taints. Taints that go away while it starts belong
    /// in `startup_taints`.
    pub outline: HypotheticalNode,
    /// Taints that it has only until it has started: who does not tolerate them comes later.
    pub startup_taints: Vec<Taint>,
    /// What it will give to pods. Without it everything that is wanted there has room.
    pub allocatable: Option<Allocatable>,
}

impl From<HypotheticalNode> for NewNode {
    fn from(outline: HypotheticalNode) -> Self {
        Self {
            outline,
            ..Self::default()
        }
    }
}

/// Whether a daemon will run on a node, whatever is unknown of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Share {
    /// It will not.
    No,
    /// That depends.
    Perhaps,
    /// It will.
    Surely,
}

/// What daemons take of a node, at the least and at the most, once it has started.
///
/// Whatever the unknown turns out to be, what really runs there lies between `certain` and
/// `possible`. Each daemon's share is exact as far as its placement goes; `possible` counts every
/// daemon that may run, also such of which only one or the other can, and no more than the node gives.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Overhead {
    /// What the daemons take that will surely run.
    pub certain: Taken,
    /// What the daemons take that may run, the certain ones among them.
    pub possible: Taken,
    /// Each daemon, in the order given.
    pub daemons: Vec<DaemonShare>,
}

/// What pods take together.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Taken {
    /// Requests.
    pub requests: Amounts,
    /// How many pods.
    pub pods: usize,
    /// Ports of the host, sorted.
    pub host_ports: Vec<HostPort>,
}

/// A daemon's share of a node.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DaemonShare {
    /// Its place among the daemons.
    pub daemon: usize,
    /// Whether it will run.
    pub share: Share,
    /// What its placement depends on, where it does ([`Eligibility::Depends`]).
    pub depends: Option<Eligibility>,
    /// What it asks for beyond what the whole node gives: it is wanted there and never runs.
    pub too_small: Vec<Shortfall>,
    /// The other daemons that may take its ports, its room, or refuse it as a neighbour, and that it
    /// cannot evict.
    pub contends_with: Vec<Contends>,
    /// What those leave too little of that surely run: it is wanted there and never runs.
    pub kept_off: Option<KeptOff>,
    /// The startup taints that it waits for to go.
    pub waits_for: Vec<Taint>,
    /// What would have to be known besides.
    pub missing: Vec<Need>,
}

/// Nodes of which daemons take the same.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct OverheadGroup {
    /// Their places among the nodes given, ascending.
    pub nodes: Vec<usize>,
    /// What daemons take of each.
    pub overhead: Overhead,
}

impl Daemons {
    /// What the daemons will take of a node.
    #[must_use]
    pub fn overhead(&self, node: &NewNode) -> Overhead {
        let mut daemons: Vec<_> = self
            .list()
            .iter()
            .enumerate()
            .map(|(at, daemon)| daemon.wanted(at, node))
            .collect();
        self.find_contention(&mut daemons, node.allocatable.as_ref());
        let mut overhead = Overhead {
            certain: Taken::default(),
            possible: Taken::default(),
            daemons: Vec::new(),
        };
        for (share, daemon) in daemons.iter().zip(self.list()) {
            if share.share == Share::Surely {
                overhead.certain.add(daemon);
            }
            if share.share != Share::No {
                overhead.possible.add(daemon);
            }
        }
        if let Some(given) = &node.allocatable {
            let all = daemons.iter().zip(self.list());
            let perhaps = all.filter(|(share, _)| share.share == Share::Perhaps);
            let perhaps: Vec<&Daemon> = perhaps.map(|(_, daemon)| daemon).collect();
            overhead.possible.pods = given.most_pods(&overhead.certain, &perhaps);
            overhead.possible.requests.at_most(&given.amounts);
        }
        for taken in [&mut overhead.certain, &mut overhead.possible] {
            taken.host_ports.sort();
            taken.host_ports.dedup();
        }
        overhead.daemons = daemons;
        overhead
    }

    /// What the daemons will take of each of these nodes, the ones of which they take the same
    /// together. The groups are in the order of their first nodes.
    #[must_use]
    pub fn overheads<'n>(
        &self,
        nodes: impl IntoIterator<Item = &'n NewNode>,
    ) -> Vec<OverheadGroup> {
        let mut groups: Vec<OverheadGroup> = Vec::new();
        let mut by_shares: HashMap<Vec<Share>, Vec<usize>, FixedState> = HashMap::default();
        for (at, node) in nodes.into_iter().enumerate() {
            let overhead = self.overhead(node);
            let shares = overhead.daemons.iter().map(|daemon| daemon.share).collect();
            let alike = by_shares.entry(shares).or_default();
            let same = alike.iter().copied().find(|group| {
                let group = groups.get(*group);
                group.is_some_and(|group| group.overhead == overhead)
            });
            if let Some(group) = same.and_then(|group| groups.get_mut(group)) {
                group.nodes.push(at);
            } else {
                alike.push(groups.len());
                groups.push(OverheadGroup {
                    nodes: vec![at],
                    overhead,
                });
            }
        }
        groups
    }
}

impl Daemon {
    /// Its share of a node if it had the node for itself.
    fn wanted(&self, at: usize, node: &NewNode) -> DaemonShare {
        let mut share = DaemonShare {
            daemon: at,
            share: Share::No,
            depends: None,
            too_small: Vec::new(),
            contends_with: Vec::new(),
            kept_off: None,
            waits_for: Vec::new(),
            missing: Vec::new(),
        };
        share.share = match Eligibility::of(&self.rules, &node.outline) {
            Eligibility::DoesNotRun { .. } => return share,
            Eligibility::Runs => Share::Surely,
            depends @ Eligibility::Depends { .. } => {
                share.depends = Some(depends);
                Share::Perhaps
            }
        };
        let tolerations = &self.needs.tolerations;
        let startup_taints = node.startup_taints.iter();
        share.waits_for = startup_taints
            .filter(|taint| keeps_off(tolerations, taint))
            .cloned()
            .collect();
        share.missing.clone_from(&self.missing);
        if let Some(given) = &node.allocatable {
            self.measure(given, &mut share);
        }
        if !share.too_small.is_empty() {
            share.share = Share::No;
        } else if !share.missing.is_empty() {
            share.share = Share::Perhaps;
        }
        share
    }

    /// Holds what it asks for against what the whole node gives.
    fn measure(&self, given: &Allocatable, share: &mut DaemonShare) {
        if given.pods < 1 {
            share.too_small.push(Shortfall {
                resource: PODS.to_owned(),
                requested: 1,
                used: 0,
                capacity: given.pods,
            });
        }
        for (resource, requested) in self.needs.requests().iter() {
            let capacity = given.amounts.get(resource);
            if requested > 0 && [requested, capacity].into_iter().any(overflows) {
                share.missing.push(Need::Overflow {
                    resource: resource.to_owned(),
                });
            } else if requested > 0 && requested > capacity {
                share.too_small.push(Shortfall {
                    resource: resource.to_owned(),
                    requested,
                    used: 0,
                    capacity,
                });
            }
        }
    }
}

impl Taken {
    pub(super) fn add(&mut self, daemon: &Daemon) {
        self.requests += daemon.needs.requests();
        self.pods += 1;
        let ports = daemon.needs.host_ports().iter();
        self.host_ports.extend(ports.cloned());
    }
}
