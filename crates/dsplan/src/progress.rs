//! How far something is that takes a while, on terminals alone.

use std::cell::Cell;
use std::io::{self, IsTerminal, Read, Seek, SeekFrom, Write as _};
use std::time::{Duration, Instant};

use crate::output::escaped;

const MEGABYTE: u64 = 1_000_000;

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

    /// Tells how many bytes were read, of so many where that is known.
    fn tell_bytes(&self, done: u64, all: Option<u64>) {
        // The first line comes after a second: most files are read before.
        let due = if self.any.get() { STEP } else { 2 * STEP };
        if self.is_terminal && self.shown.get().elapsed() >= due {
            let done = done / MEGABYTE;
            self.show(&match all {
                Some(all) => format!("{done} of {} MB", all / MEGABYTE),
                None => format!("{done} MB"),
            });
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

/// A reader that tells how much of it was read.
pub struct Told<'p, R> {
    reader: R,
    progress: &'p Progress,
    /// How many bytes there are, where that is known.
    all: Option<u64>,
    at: u64,
}

impl<'p, R> Told<'p, R> {
    pub fn new(reader: R, progress: &'p Progress, all: Option<u64>) -> Self {
        Self {
            reader,
            progress,
            all,
            at: 0,
        }
    }
}

impl<R: Read> Read for Told<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.reader.read(buffer)?;
        self.at += read as u64;
        self.progress.tell_bytes(self.at, self.all);
        Ok(read)
    }
}

impl<R: Seek> Seek for Told<'_, R> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.at = self.reader.seek(to)?;
        Ok(self.at)
    }
}
