//! What is found of each daemon on a node that does not exist yet.

use serde::Serialize;

use super::daemons::Daemon;
use super::needs::Need;
use super::obstacle::Shortfall;
use super::ports::HostPort;
use super::resource::Amounts;
use crate::api::Taint;
use crate::hypothetical::Eligibility;

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

/// Another daemon that may keep one off a node and that it cannot evict, and what for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Contends {
    /// Its place among the daemons.
    pub daemon: usize,
    /// The host ports that both ask for.
    pub host_ports: Vec<HostPort>,
    /// Whether one refuses the other as a neighbour, or may do so.
    pub refuses: bool,
    /// The resources that both ask for, `pods` among them, of which there is not enough for all that may
    /// come before it.
    pub resources: Vec<String>,
}

/// What daemons that surely run leave too little of for one: it is wanted there and never runs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct KeptOff {
    /// Those daemons, by their places.
    pub by: Vec<usize>,
    /// What it asks for beyond what they leave.
    pub short: Vec<Shortfall>,
    /// The host ports that it asks for and they have.
    pub host_ports: Vec<HostPort>,
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

impl Taken {
    pub(super) fn add(&mut self, daemon: &Daemon) {
        self.requests += daemon.needs.requests();
        self.pods += 1;
        let ports = daemon.needs.host_ports().iter();
        self.host_ports.extend(ports.cloned());
    }
}
