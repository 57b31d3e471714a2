//! The part of a source that is looked at.

use std::io::Read;

use super::{Limits, Stop};

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
        self.text.drain(..read);
        // One byte more than there may be tells that there are more.
        let wanted = self.block.max(self.text.len());
        let wanted = wanted.min(self.left.saturating_add(1));
        let mut block = (&mut self.reader).take(wanted as u64);
        let came = block.read_to_end(&mut self.rest).map_err(Stop::Failed)?;
        self.more = came == wanted;
        self.left = self.left.checked_sub(came).ok_or(Stop::TooLarge)?;
        let whole = match std::str::from_utf8(&self.rest) {
            Ok(text) => {
                self.text.push_str(text);
                self.rest.len()
            }
            Err(error) if error.error_len().is_none() && self.more => {
                let whole = error.valid_up_to();
                let text = std::str::from_utf8(&self.rest[..whole]);
                self.text.push_str(text.map_err(|_| Stop::Irregular)?);
                whole
            }
            Err(_) => return Err(Stop::Irregular),
        };
        self.rest.drain(..whole);
        Ok(())
    }
}
