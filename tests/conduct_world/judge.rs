//! Holds a conductor to its promises at every pod that it deletes.

use std::collections::{BTreeMap, BTreeSet};

use daemonset::control::Kind;
use serde_json::Value;

use crate::server::{Server, image_of, is_terminating, name_of, node_of, ready_since, text};

/// How old what a conductor acts on may be, in milliseconds: how late watches are, and how long a
/// stage may take.
pub const STALE: i64 = 4_500;

#[derive(Default)]
pub struct Judge {
    /// Nodes whose available pod the conductor deleted, until they have one again.
    down: BTreeSet<String>,
    /// When a node was last seen updated and available.
    done_at: BTreeMap<String, i64>,
    /// When a node was there first.
    there_since: BTreeMap<String, i64>,
    /// Until when the policy was in force that has pods deleted, and with which images.
    pub paused_since: Option<i64>,
    images: Vec<(i64, String)>,
    /// Nodes whose last pod the conductor deleted.
    pub emptied: BTreeSet<String>,
    pub deletes: usize,
    pub broken: Vec<String>,
}

/// The zone of a node, by which it goes.
fn zone(node: &Value) -> &str {
    text(node, "/metadata/labels/zone")
}

fn is_available(pod: &Value) -> bool {
    ready_since(pod).is_some() && !is_terminating(pod) && text(pod, "/status/phase") == "Running"
}

impl Judge {
    fn say(&mut self, server: &Server, what: String) {
        self.broken.push(format!("at {} ms: {what}", server.now));
    }

    /// Looks at the cluster as it is.
    pub fn look(&mut self, server: &Server) {
        let Some(set) = server.get(Kind::DaemonSet, "agent") else {
            return;
        };
        let image = set
            .pointer("/spec/template")
            .map_or("", image_of)
            .to_owned();
        if self.images.last().is_none_or(|(_, last)| *last != image) {
            self.images.push((server.now, image.clone()));
            self.done_at.clear();
        }
        for node in server.all(Kind::Node) {
            let name = name_of(node).to_owned();
            self.there_since.entry(name).or_insert(server.now);
        }
        for pod in server.all(Kind::Pod).filter(|pod| is_available(pod)) {
            let node = node_of(pod).to_owned();
            self.down.remove(&node);
            if image_of(pod) == image {
                self.done_at.insert(node, server.now);
            }
        }
    }

    /// A pod is about to be deleted by the conductor.
    pub fn deletes(&mut self, server: &Server, pod: &Value) {
        let (name, node) = (name_of(pod).to_owned(), node_of(pod).to_owned());
        let set = server.get(Kind::DaemonSet, "agent");
        let Some(set) = set else { return };
        if is_terminating(pod) {
            return;
        }
        self.deletes += 1;
        self.emptied.insert(node.clone());
        let then = server.now - STALE;
        if self.paused_since.is_some_and(|since| since < then) {
            self.say(
                server,
                format!("{name} was deleted, and the policy is paused"),
            );
        }
        let beside = server.all(Kind::Pod);
        let beside = beside.filter(|other| node_of(other) == node && name_of(other) != name);
        let beside: Vec<&str> = beside.map(name_of).collect();
        if !beside.is_empty() {
            self.say(
                server,
                format!("{name} was deleted on {node} beside {beside:?}"),
            );
        }
        // It is outdated by an image that was the newest not long ago.
        let last = self.images.iter().rposition(|(since, _)| *since <= then);
        let recent: Vec<String> = (self.images[last.unwrap_or(0)..].iter())
            .map(|(_, image)| image.clone())
            .collect();
        if recent.iter().all(|image| *image == image_of(pod)) {
            self.say(server, format!("{name} was deleted and is not outdated"));
        }
        // What the new image waits for is known once it was there for a while.
        if recent.len() == 1 && recent[0] != image_of(pod) {
            self.waves(server, &name, &node);
        }
        if is_available(pod) {
            let there: BTreeSet<&str> = server.all(Kind::Node).map(name_of).collect();
            self.down.retain(|node| there.contains(node.as_str()));
            let max = &set["spec"]["updateStrategy"]["rollingUpdate"]["maxUnavailable"];
            let max = max.as_u64().unwrap_or(1) as usize;
            if self.down.len() + 1 > max {
                let down = &self.down;
                let what = format!("{name} on {node} was deleted, {down:?} are down, {max} may");
                self.say(server, what);
            }
            self.down.insert(node);
        }
    }

    fn waves(&mut self, server: &Server, name: &str, node: &str) {
        let Some(mine) = server.get(Kind::Node, node).map(|it| zone(it).to_owned()) else {
            return;
        };
        let earlier: Vec<String> = (server.all(Kind::Node))
            .filter(|other| zone(other) < mine.as_str())
            .map(|other| name_of(other).to_owned())
            .collect();
        for other in earlier {
            let was_done = self
                .done_at
                .get(&other)
                .is_some_and(|at| *at > server.now - STALE);
            let is_new = self.there_since[&other] > server.now - STALE;
            if !was_done && !is_new {
                let what = format!("{name} on {node} in {mine} was deleted before {other} is done");
                self.say(server, what);
            }
        }
    }

    /// Leaks that were reported must be some.
    pub fn reported(&mut self, server: &Server, message: &str) {
        let emptied = self.emptied.iter();
        let named = emptied.filter(|node| message.contains(&format!(" on {node} ")));
        let named: Vec<String> = named.cloned().collect();
        if !named.is_empty() {
            self.say(
                server,
                format!("told as a leak, and was deleted: {message}"),
            );
        }
    }

    /// A pod is gone that the conductor did not delete.
    pub fn lost(&mut self, node: &str) {
        self.emptied.remove(node);
    }
}
