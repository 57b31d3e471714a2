//! What the state machines of this module have in common, for a loop that drives any of them.

use std::time::Duration;

use super::stored::{StoredRevision, StoredSet};
use super::{Answer, Change, Conductor, Controller, Counts, Key, ReadError, Request};
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
    /// A watch or a list shows something.
    ///
    /// # Errors
    /// JSON that does not read as the object it was given as; what was known of it before stays.
    fn show(&mut self, change: Change<N, P>) -> Result<(), ReadError>;

    /// Begins a stage for every DaemonSet that has something to do: requests that may all be under
    /// way at once, in their order. The stage is [ended](Self::end) by their answers.
    fn begin_due(&mut self, now: Timestamp) -> Vec<(Key, Vec<Request>)>;

    /// Ends a stage with the answers to its requests, in their order.
    fn end(&mut self, key: &Key, answers: &[Answer], now: Timestamp);

    /// How long there is nothing to do if no watch shows anything and no stage is answered; the
    /// longest duration there is where that is until then, and else ten seconds at most, since the
    /// clock may jump meanwhile.
    fn wait(&self, now: Timestamp) -> Duration;

    /// How often what was done so far.
    fn counts(&self) -> Counts;
}

/// What both machines do alike: their own methods, in the words of the trait. One keeps nodes and pods
/// as they are shown, and the other looks at them (`&`).
macro_rules! alike {
    ($($by:tt)?) => {
        fn show(&mut self, change: Change<N, P>) -> Result<(), ReadError> {
            match change {
                Change::Begin(kind) => self.begin_list(kind),
                Change::Node(node) => self.put_node($($by)? node),
                Change::Pod(pod) => self.put_pod($($by)? pod),
                Change::Set(json) => self.take_set(StoredSet::read(&json)?),
                Change::Revision(json) => self.take_revision(StoredRevision::read(&json)?),
                Change::End(kind) => self.end_list(kind),
                Change::Gone {
                    kind,
                    namespace,
                    name,
                    uid,
                } => self.remove(kind, &namespace, &name, &uid),
            }
            Ok(())
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
    alike!(&);
}

impl<N: NodeView, P: PodView, S: Signals<N, P>> Machine<N, P> for Conductor<N, P, S> {
    alike!();
}
