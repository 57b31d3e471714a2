//! What is to happen, the earliest first.

use std::cmp::Ordering;
use std::collections::BinaryHeap;

/// Things to happen, each at a moment in seconds. Of two at one moment the one that was put in first
/// comes first.
#[derive(Debug)]
pub(crate) struct Queue<W> {
    events: BinaryHeap<Event<W>>,
    number: u64,
}

impl<W> Queue<W> {
    pub fn new() -> Self {
        Self {
            events: BinaryHeap::new(),
            number: 0,
        }
    }

    pub fn push(&mut self, at: f64, what: W) {
        self.number += 1;
        let number = self.number;
        self.events.push(Event { at, number, what });
    }

    /// Takes what happens next, and its moment.
    pub fn pop(&mut self) -> Option<(f64, W)> {
        self.events.pop().map(|event| (event.at, event.what))
    }

    /// When something happens next.
    pub fn next_at(&self) -> Option<f64> {
        self.events.peek().map(|event| event.at)
    }
}

#[derive(Debug)]
struct Event<W> {
    at: f64,
    number: u64,
    what: W,
}

impl<W> PartialEq for Event<W> {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl<W> Eq for Event<W> {}

impl<W> PartialOrd for Event<W> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// The earliest is the greatest, as the heap wants it.
impl<W> Ord for Event<W> {
    fn cmp(&self, other: &Self) -> Ordering {
        let by_time = other.at.total_cmp(&self.at);
        by_time.then_with(|| other.number.cmp(&self.number))
    }
}
