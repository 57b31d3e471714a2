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
    /// What is looked at.
    pub text: String,
    /// Bytes of a character whose rest has not come yet.
    rest: Vec<u8>,
    /// Whether there may be more.
    pub more: bool,
    /// How many more bytes there may be.
    left: usize,
    block: usize,
}

impl<R: Read> Window<R> {
    pub fn new(reader: R, limits: Limits) -> Self {
        Self {
            reader,
            text: String::new(),
            rest: Vec::new(),
            more: true,
            left: limits.bytes,
            block: limits.block.max(1),
        }
    }

    /// Lets go of what was read of the text, and reads on: as much again where nothing was, so that an
    /// item of any size costs time in proportion to it.
    pub fn refill(&mut self, read: usize) -> Result<(), Stop> {
        let mut bytes = std::mem::take(&mut self.text).into_bytes();
        bytes.drain(..read);
        bytes.append(&mut self.rest);
        let before = bytes.len();
        // One byte more than there may be tells that there are more.
        let wanted = self.block.max(before);
        let wanted = wanted.min(self.left.saturating_add(1));
        bytes.reserve_exact(wanted);
        let mut block = (&mut self.reader).take(wanted as u64);
        let came = block.read_to_end(&mut bytes).map_err(Stop::Failed)?;
        self.more = came == wanted;
        self.left = self.left.checked_sub(came).ok_or(Stop::TooLarge)?;
        self.text = match String::from_utf8(bytes) {
            Ok(text) => text,
            Err(error) => {
                let fault = error.utf8_error();
                if fault.error_len().is_some() || !self.more {
                    return Err(Stop::Irregular);
                }
                let mut bytes = error.into_bytes();
                self.rest = bytes.split_off(fault.valid_up_to());
                String::from_utf8(bytes).map_err(|_| Stop::Irregular)?
            }
        };
        Ok(())
    }
}
