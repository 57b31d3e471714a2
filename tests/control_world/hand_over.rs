//! Two operators at once: one takes over, and the one before goes on for some seconds.

use std::mem::swap;

use daemonset::control::{Controller, Kind};

use crate::watch::{State, Watch};
use crate::world::{Event, World};

/// An operator that was the leader.
pub struct Previous {
    number: usize,
    control: Controller,
    watches: Vec<Watch>,
    scheduled: Vec<bool>,
    wakes_at: Option<i64>,
    awake: bool,
}

impl World {
    /// Another operator takes over and knows nothing yet. The one before goes on for up to fifteen seconds,
    /// by what it is shown, or by what it was shown last.
    pub fn hand_over(&mut self) {
        if self.previous.is_some() {
            return;
        }
        self.note("hand-over");
        let mut previous = Previous {
            number: self.number + 1,
            control: Controller::new(),
            watches: Kind::ALL.iter().copied().map(Watch::new).collect(),
            scheduled: vec![false; 4],
            wakes_at: None,
            awake: false,
        };
        self.stand_in(&mut previous);
        if self.random.chance(500) {
            self.note("hand-over with a frozen view");
            for watch in &mut previous.watches {
                watch.state = State::Frozen;
            }
        }
        for (of_previous, event) in self.events.values_mut() {
            *of_previous |= event.is_operators();
        }
        self.previous = Some(previous);
        for watch in 0..4 {
            self.after(1, 500, Event::Connect(watch));
        }
        self.after(1000, 15_000, Event::PreviousEnds);
    }

    /// Takes another operator's place, and gives it one's own.
    fn stand_in(&mut self, other: &mut Previous) {
        swap(&mut self.number, &mut other.number);
        swap(&mut self.control, &mut other.control);
        swap(&mut self.watches, &mut other.watches);
        swap(&mut self.scheduled, &mut other.scheduled);
        swap(&mut self.wakes_at, &mut other.wakes_at);
        swap(&mut self.awake, &mut other.awake);
    }

    /// Lets the previous operator do something, if it is still there.
    pub fn as_previous(&mut self, act: impl FnOnce(&mut Self)) {
        let Some(mut previous) = self.previous.take() else {
            return;
        };
        self.stand_in(&mut previous);
        self.is_previous = true;
        act(self);
        self.is_previous = false;
        self.stand_in(&mut previous);
        self.previous = Some(previous);
    }

    /// The previous operator is gone. What it had sent arrives or not.
    pub fn end_previous(&mut self) {
        if let Some(previous) = self.previous.take() {
            self.cut_off(previous.number);
        }
    }
}
