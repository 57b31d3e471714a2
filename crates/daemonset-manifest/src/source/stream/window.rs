//! The part of a source that is looked at.

use std::io::{self, Read};

/// Why a source was not read as a stream.
#[derive(Debug)]
pub(crate) enum Stop {
    /// It has more bytes than are allowed.
    TooLarge,
    /// It is not of this kind, or there is something wrong with it.
    Irregular,
    /// It cannot be read.
    Failed(io::Error),
}

/// How a source is read as a stream.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    /// How many bytes it may have.
    pub bytes: usize,
    /// How many bytes are read at once.
    pub block: usize,
}

/// A part of a source, from where it is read next.
pub(super) struct Window<R> {
    reader: R,
    /// All of it was written once: what is read into it need not be cleared before.
    bytes: Vec<u8>,
    /// So many of them were read; behind the text there may be a character whose rest has not come yet.
    filled: usize,
    /// Where the text ends.
    end: usize,
    /// Whether there may be more.
    more: bool,
    /// How many more bytes there may be.
    left: usize,
    block: usize,
}

/// What is looked at.
#[derive(Clone, Copy)]
pub(super) struct Sight<'w> {
    pub text: &'w str,
    /// Whether there may be more.
    pub more: bool,
}

impl<R: Read> Window<R> {
    pub fn new(reader: R, limits: Limits) -> Self {
        Self {
            reader,
            bytes: Vec::new(),
            filled: 0,
            end: 0,
            more: true,
            left: limits.bytes,
            block: limits.block.max(1),
        }
    }

    /// What is looked at.
    pub fn sight(&self) -> Sight<'_> {
        Sight {
            // It was text when it came.
            text: str::from_utf8(&self.bytes[..self.end]).unwrap_or_default(),
            more: self.more,
        }
    }

    /// Lets go of what was read of the text, and reads on: as much again where nothing was, so that an
    /// item of any size costs time in proportion to it.
    pub fn refill(&mut self, read: usize) -> Result<Sight<'_>, Stop> {
        self.bytes.copy_within(read..self.filled, 0);
        self.filled -= read;
        // One byte more than there may be tells that there are more.
        let wanted = self.block.max(self.filled);
        let wanted = wanted.min(self.left.saturating_add(1));
        let end = self.filled + wanted;
        if self.bytes.len() < end {
            self.bytes.reserve_exact(end - self.bytes.len());
            self.bytes.resize(end, 0);
        }
        let came = fill(&mut self.reader, &mut self.bytes[self.filled..end])?;
        self.filled += came;
        self.left = self.left.checked_sub(came).ok_or(Stop::TooLarge)?;
        self.more = came == wanted;
        let bytes = &self.bytes[..self.filled];
        let text = match str::from_utf8(bytes) {
            Ok(text) => text,
            Err(fault) if fault.error_len().is_some() || !self.more => return Err(Stop::Irregular),
            Err(fault) => {
                let valid = str::from_utf8(&bytes[..fault.valid_up_to()]);
                valid.map_err(|_| Stop::Irregular)?
            }
        };
        self.end = text.len();
        let more = self.more;
        Ok(Sight { text, more })
    }
}

/// Reads until there is no room, or no more; how many bytes came.
fn fill(reader: &mut impl Read, room: &mut [u8]) -> Result<usize, Stop> {
    let mut came = 0;
    while came < room.len() {
        match reader.read(&mut room[came..]) {
            Ok(0) => break,
            Ok(some) => came += some,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(Stop::Failed(error)),
        }
    }
    Ok(came)
}
