//! What the state machines of this module have in common, for a loop that drives any of them.

use std::time::Duration;

use serde::Serialize;

use super::{Answer, Conductor, Controller, Counts, Key, Kind, ReadError, Request};
use crate::api::Timestamp;
use crate::policy::Signals;
use crate::view::{NodeView, PodView};

/// A state machine that is told what watches show and gives out requests, by the
/// [loop](super#the-loop) that the module describes. Nodes are given as `N` and pods as `P`.
///
/// ```
/// use daemonset::api::{Node, Pod, Timestamp};
/// use daemonset::control::{Controller, Machine};
///
/// /// The part of the loop that sends.
/// fn turn(machine: &mut impl Machine<Node, Pod>, now: Timestamp) -> std::time::Duration {
///     for (key, requests) in machine.begin_due(now) {
///         println!("{key}: {} requests to send", requests.len());
///     }
///     machine.wait(now)
/// }
///
/// let wait = turn(&mut Controller::new(), Timestamp::from_unix_seconds(0));
/// assert_eq!(wait, std::time::Duration::MAX);
/// ```
pub trait Machine<N, P> {
    /// A list of all objects of a kind begins.
    fn begin_list(&mut self, kind: Kind);

    /// A watch or a list shows a node.
    ///
    /// # Errors
    /// None; it returns what the other kinds return, so that all four are put alike.
    fn put_node(&mut self, node: N) -> Result<(), ReadError>;

    /// A watch or a list shows a pod.
    ///
    /// # Errors
    /// None; it returns what the other kinds return, so that all four are put alike.
    fn put_pod(&mut self, pod: P) -> Result<(), ReadError>;

    /// A watch or a list shows a DaemonSet: JSON as the API server sent it, or a dynamic object;
    /// [no generated type](super#sets-and-revisions-are-json).
    ///
    /// # Errors
    /// What does not read as a DaemonSet; the version that was there before stays.
    fn put_set(&mut self, set: &impl Serialize) -> Result<(), ReadError>;

    /// A watch or a list shows a ControllerRevision: JSON as the API server sent it, or a dynamic
    /// object; [no generated type](super#sets-and-revisions-are-json).
    ///
    /// # Errors
    /// What does not read as a ControllerRevision; the version that was there before stays.
    fn put_revision(&mut self, revision: &impl Serialize) -> Result<(), ReadError>;

    /// The list is complete: objects of the kind that were not put since it began are gone.
    fn end_list(&mut self, kind: Kind);

    /// A watch shows that the object of this UID is gone. Nodes have an empty namespace.
    fn remove(&mut self, kind: Kind, namespace: &str, name: &str, uid: &str);

    /// Begins a stage for every DaemonSet that has something to do: requests that may all be under
    /// way at once, in their order. The stage is [ended](Self::end) by their answers.
    fn begin_due(&mut self, now: Timestamp) -> Vec<(Key, Vec<Request>)>;

    /// Ends a stage with the answers to its requests, in their order.
    fn end(&mut self, key: &Key, answers: &[Answer], now: Timestamp);

    /// How long there is nothing to do if no watch shows anything and no stage is answered; the
    /// longest duration there is where that is until then.
    fn wait(&self, now: Timestamp) -> Duration;

    /// How often what was done so far.
    fn counts(&self) -> Counts;
}

/// What both machines do alike: their own methods, in the words of the trait.
macro_rules! alike {
    () => {
        fn begin_list(&mut self, kind: Kind) {
            self.begin_list(kind);
        }

        fn put_set(&mut self, set: &impl Serialize) -> Result<(), ReadError> {
            self.put_set(set)
        }

        fn put_revision(&mut self, revision: &impl Serialize) -> Result<(), ReadError> {
            self.put_revision(revision)
        }

        fn end_list(&mut self, kind: Kind) {
            self.end_list(kind);
        }

        fn remove(&mut self, kind: Kind, namespace: &str, name: &str, uid: &str) {
            self.remove(kind, namespace, name, uid);
        }

        fn begin_due(&mut self, now: Timestamp) -> Vec<(Key, Vec<Request>)> {
            self.begin_due(now)
        }

        fn end(&mut self, key: &Key, answers: &[Answer], now: Timestamp) {
            self.end(key, answers, now);
        }

        fn wait(&self, now: Timestamp) -> Duration {
            self.wait(now).unwrap_or(Duration::MAX)
        }

        fn counts(&self) -> Counts {
            self.counts()
        }
    };
}

impl<N: NodeView, P: PodView> Machine<N, P> for Controller {
    alike!();

    fn put_node(&mut self, node: N) -> Result<(), ReadError> {
        self.put_node(&node);
        Ok(())
    }

    fn put_pod(&mut self, pod: P) -> Result<(), ReadError> {
        self.put_pod(&pod);
        Ok(())
    }
}

impl<N: NodeView, P: PodView, S: Signals<N, P>> Machine<N, P> for Conductor<N, P, S> {
    alike!();

    fn put_node(&mut self, node: N) -> Result<(), ReadError> {
        self.put_node(node);
        Ok(())
    }

    fn put_pod(&mut self, pod: P) -> Result<(), ReadError> {
        self.put_pod(pod);
        Ok(())
    }
}
