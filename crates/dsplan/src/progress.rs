//! How far something is that takes a while, on terminals alone.

use std::cell::Cell;
use std::io::{IsTerminal, Write as _};
use std::time::{Duration, Instant};

use crate::output::escaped;

/// Nothing is shown of what takes less than this, and no more often.
const STEP: Duration = Duration::from_millis(500);

/// A line on standard error that tells how much of some work is done.
pub struct Progress {
    what: String,
    all: usize,
    shown: Cell<Instant>,
    any: Cell<bool>,
    is_terminal: bool,
}

impl Progress {
    pub fn new(what: &str, all: usize) -> Self {
        Self {
            what: escaped(what).into_owned(),
            all,
            shown: Cell::new(Instant::now()),
            any: Cell::new(false),
            is_terminal: std::io::stderr().is_terminal(),
        }
    }

    pub fn tell(&self, done: usize) {
        if self.is_terminal && self.shown.get().elapsed() >= STEP {
            self.show(&format!("{done} of {} runs", self.all));
        }
    }

    /// Tells what is done next, once anything was told.
    pub fn say(&self, what: &str) {
        if self.is_terminal && (self.any.get() || self.shown.get().elapsed() >= STEP) {
            self.show(what);
        }
    }

    fn show(&self, what: &str) {
        self.shown.set(Instant::now());
        self.any.set(true);
        let _ = write!(std::io::stderr(), "\r\u{1b}[2K{}: {what}", self.what);
    }

    /// Takes the line away.
    pub fn end(&self) {
        if self.any.get() {
            let _ = write!(std::io::stderr(), "\r\u{1b}[2K");
        }
    }
}
