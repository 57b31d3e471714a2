//! What the state machines of this module have in common, for a loop that drives any of them.

use std::time::Duration;

use super::{Answer, Conductor, Controller, Key, Kind, Request};
use crate::api::Timestamp;
use crate::policy::Signals;
use crate::view::{NodeView, PodView};

/// A state machine that is told what watches show and gives out requests, by the
/// [loop](super#the-loop) that the module describes. How objects are put in depends on the machine.
pub trait Machine {
    /// A list of all objects of a kind begins.
    fn begin_list(&mut self, kind: Kind);

    /// The list is complete: objects of the kind that were not put since it began are gone.
    fn end_list(&mut self, kind: Kind);

    /// A watch shows that the object of this UID is gone. Nodes have an empty namespace.
    fn remove(&mut self, kind: Kind, namespace: &str, name: &str, uid: &str);

    /// Begins a stage for every DaemonSet that has something to do: requests that may all be under
    /// way at once, in their order.
    fn begin_due(&mut self, now: Timestamp) -> Vec<(Key, Vec<Request>)>;

    /// Ends a stage with the answers to its requests, in their order.
    fn end(&mut self, key: &Key, answers: &[Answer], now: Timestamp);

    /// How long there is nothing to do if no watch shows anything and no stage is answered; the
    /// longest duration there is where that is until then.
    fn wait(&self, now: Timestamp) -> Duration;
}

impl Machine for Controller {
    fn begin_list(&mut self, kind: Kind) {
        self.begin_list(kind);
    }

    fn end_list(&mut self, kind: Kind) {
        self.end_list(kind);
    }

    fn remove(&mut self, kind: Kind, namespace: &str, name: &str, uid: &str) {
        self.remove(kind, namespace, name, uid);
    }

    fn begin_due(&mut self, now: Timestamp) -> Vec<(Key, Vec<Request>)> {
        let due = self.due(now).into_iter();
        let stages = due.map(|key| {
            let requests = self.begin(&key, now);
            (key, requests)
        });
        stages
            .filter(|(_, requests)| !requests.is_empty())
            .collect()
    }

    fn end(&mut self, key: &Key, answers: &[Answer], now: Timestamp) {
        self.end(key, answers, now);
    }

    fn wait(&self, now: Timestamp) -> Duration {
        self.wait(now).unwrap_or(Duration::MAX)
    }
}

impl<N: NodeView, P: PodView, S: Signals<N, P>> Machine for Conductor<N, P, S> {
    fn begin_list(&mut self, kind: Kind) {
        self.begin_list(kind);
    }

    fn end_list(&mut self, kind: Kind) {
        self.end_list(kind);
    }

    fn remove(&mut self, kind: Kind, namespace: &str, name: &str, uid: &str) {
        self.remove(kind, namespace, name, uid);
    }

    fn begin_due(&mut self, now: Timestamp) -> Vec<(Key, Vec<Request>)> {
        let due = self.due(now).into_iter();
        let stages = due.map(|key| {
            let requests = self.begin(&key, now);
            (key, requests)
        });
        stages
            .filter(|(_, requests)| !requests.is_empty())
            .collect()
    }

    fn end(&mut self, key: &Key, answers: &[Answer], now: Timestamp) {
        self.end(key, answers, now);
    }

    fn wait(&self, now: Timestamp) -> Duration {
        self.wait(now).unwrap_or(Duration::MAX)
    }
}
