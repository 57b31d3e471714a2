//! A document of YAML in the layout of kubectl, as far as it has come: an object whose fields begin in
//! the first column, and so do the items of its lists.

use std::io::Read;

use memchr::memchr_iter;

use super::window::{Stop, Window};
use crate::source::Document;
use crate::source::assemble::Assembler;
use crate::source::items::Items;
use crate::source::regular::Pieces;

pub(super) fn document<I: Items>(
    window: &mut Window<impl Read>,
    items: &mut I,
) -> Result<Document, Stop> {
    let mut assembler = Assembler::new(0, items);
    let mut pieces = Pieces::new();
    let mut sight = window.sight();
    loop {
        let end = |text: &str| end_of_piece(text, sight.more);
        let read = pieces.take(sight.text, end, &mut assembler);
        let read = read.map_err(|_| Stop::Irregular)?;
        if read == sight.text.len() && !sight.more {
            break;
        }
        sight = window.refill(read)?;
    }
    pieces.end(&mut assembler).map_err(|_| Stop::Irregular)?;
    let (value, faults) = assembler.finish();
    Ok(Document {
        number: 1,
        value: Some(value),
        faults,
    })
}

/// The end of the field or item that a text begins with, where it is known: in front of the next line
/// that begins in the first column.
fn end_of_piece(text: &str, more: bool) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut lines = memchr_iter(b'\n', bytes).map(|end| end + 1);
    let end = lines.find(|&line| !matches!(bytes.get(line), None | Some(b' ' | b'\n')));
    end.or_else(|| (!more && !text.is_empty()).then_some(text.len()))
}
