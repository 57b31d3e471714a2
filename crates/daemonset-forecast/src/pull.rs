//! Images that several nodes pull at once.

use std::collections::VecDeque;

use serde::Serialize;

/// How much a node pulls for a new pod, and how fast.
///
/// All nodes that pull share what the registry gives; none gets more than its own link takes.
///
/// ```
/// use daemonset_forecast::{Pull, Scenario, Spread, forecast};
///
/// let mut scenario = Scenario::new(100, 10);
/// scenario.terminate = Spread::fixed(0.0);
/// scenario.start = Spread::fixed(0.0);
/// // 500 MB by a link of 50 MB a second: 10 s; ten at once share 100 MB a second: 50 s.
/// scenario.pull = Some(Pull::new(500e6, 50e6));
/// assert!((forecast(&scenario, 1, 1).duration(0.5).unwrap() - 100.0).abs() < 5.0);
/// scenario.pull = Some(Pull::new(500e6, 50e6).registry(100e6));
/// assert!((forecast(&scenario, 1, 1).duration(0.5).unwrap() - 500.0).abs() < 10.0);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Pull {
    /// How many bytes a node pulls.
    pub bytes: f64,
    /// How many bytes a second a node pulls at most.
    pub node_bytes_per_second: f64,
    /// How many bytes a second all nodes together pull at most; `None` where only the nodes' own
    /// links bound it.
    pub registry_bytes_per_second: Option<f64>,
}

/// The slowest that counts, in bytes a second: nothing is pulled at no speed at all.
const SLOWEST: f64 = 1.0;

impl Pull {
    /// So many bytes a node, by a link of so many bytes a second.
    #[must_use]
    pub fn new(bytes: f64, node_bytes_per_second: f64) -> Self {
        Self {
            bytes: bytes.max(0.0),
            node_bytes_per_second: node_bytes_per_second.max(SLOWEST),
            registry_bytes_per_second: None,
        }
    }

    /// The same, from a registry that gives so many bytes a second in all.
    #[must_use]
    pub fn registry(mut self, bytes_per_second: f64) -> Self {
        self.registry_bytes_per_second = Some(bytes_per_second.max(SLOWEST));
        self
    }

    /// What each of so many nodes gets a second.
    fn rate(&self, nodes: usize) -> f64 {
        let share = self.registry_bytes_per_second.map_or(f64::INFINITY, |all| {
            all / crate::spread::float(nodes.max(1))
        });
        self.node_bytes_per_second.min(share).max(SLOWEST / 1e6)
    }
}

/// Pulls under way. They are all of one size and get the same share, so that the first one to begin
/// is the first to end: `pulled` counts what one that began with the first would have.
#[derive(Debug)]
pub(crate) struct Pulls<T> {
    pull: Pull,
    pulled: f64,
    at: f64,
    under_way: VecDeque<(f64, T)>,
}

impl<T> Pulls<T> {
    pub fn new(pull: Pull) -> Self {
        Self {
            pull,
            pulled: 0.0,
            at: 0.0,
            under_way: VecDeque::new(),
        }
    }

    /// Begins one.
    pub fn begin(&mut self, at: f64, what: T) {
        self.pass(at);
        self.under_way
            .push_back((self.pulled + self.pull.bytes, what));
    }

    /// When the next one ends, if none begins before.
    pub fn next_at(&self) -> Option<f64> {
        let (ends, _) = self.under_way.front()?;
        let left = (ends - self.pulled).max(0.0);
        Some(self.at + left / self.pull.rate(self.under_way.len()))
    }

    /// Ends the next one, and its moment.
    pub fn pop(&mut self) -> Option<(f64, T)> {
        let at = self.next_at()?;
        let (ends, what) = self.under_way.pop_front()?;
        self.at = at;
        self.pulled = self.pulled.max(ends);
        Some((at, what))
    }

    fn pass(&mut self, at: f64) {
        let rate = self.pull.rate(self.under_way.len());
        self.pulled += (at - self.at).max(0.0) * rate;
        self.at = self.at.max(at);
    }
}

#[cfg(test)]
mod tests {
    use super::{Pull, Pulls};

    #[test]
    fn pulls_share_what_the_registry_gives() {
        let mut pulls = Pulls::new(Pull::new(100.0, 50.0).registry(60.0));
        // Alone it gets 50 a second; from 1 s on each of two gets 30.
        pulls.begin(0.0, "first");
        pulls.begin(1.0, "second");
        let (at, what) = pulls.pop().unwrap();
        assert_eq!(what, "first");
        assert!((at - (1.0 + 50.0 / 30.0)).abs() < 1e-9, "{at}");
        // The second has 50 left then, and the link to itself.
        let (at, what) = pulls.pop().unwrap();
        assert_eq!(what, "second");
        assert!((at - (1.0 + 50.0 / 30.0 + 1.0)).abs() < 1e-9, "{at}");
        assert!(pulls.pop().is_none());
    }
}
