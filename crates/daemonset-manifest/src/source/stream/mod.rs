//! A dump from a reader, block by block: an item is taken as soon as it is there, and its text is let
//! go.
//!
//! One document whose items stand in a list, as the API server and kubectl write it, and nothing
//! wrong with it. Everything else is [`Stop::Irregular`], and left to who reads all of it at once: what is
//! read here means the same there.

mod json;
mod window;
mod yaml;

use std::io::Read;

use self::window::Window;
pub(crate) use self::window::{Limits, Stop};
use super::fault::codes;
use super::items::Items;
use super::text::decode;
use super::{Document, Encoding};

/// Reads the one document of a source, and hands its items to whoever takes them.
pub(crate) fn document<I: Items>(
    reader: impl Read,
    limits: Limits,
    items: &mut I,
) -> Result<Document, Stop> {
    let read = begin(reader, limits, items).and_then(|document| {
        // A key that comes twice may be the next document's.
        let is_regular = (document.faults.iter()).all(|it| it.code != codes::DUPLICATE_KEY);
        is_regular.then_some(document).ok_or(Stop::Irregular)
    });
    if read.is_err() {
        items.forget();
    }
    read
}

fn begin<I: Items>(reader: impl Read, limits: Limits, items: &mut I) -> Result<Document, Stop> {
    let mut window = Window::new(reader, limits);
    let text = window.refill(0)?.text;
    if decode(text.as_bytes()).1 != Encoding::Utf8 {
        return Err(Stop::Irregular);
    }
    match text.trim_ascii_start().bytes().next() {
        Some(b'{') => json::document(&mut window, items),
        None | Some(b'[' | 0xEF) => Err(Stop::Irregular),
        Some(_) => yaml::document(&mut window, items),
    }
}
