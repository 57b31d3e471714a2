//! Text into values: a source's documents, each as one tree whose values know their lines.
//!
//! A text that begins with `{` or `[` is read as JSON, and as YAML where it is none. Both go
//! through one [`assemble::Assembler`], which keeps kubectl's rules: of a key that comes twice the
//! last one counts, merges, anchors, and bounds on depth and on what aliases stand for.

use std::borrow::Cow;

mod around;
mod assemble;
mod eights;
mod fault;
mod items;
mod json;
mod paste;
mod regular;
mod scalar;
mod scan;
mod spanned;
pub(crate) mod stream;
mod syntax;
mod tape;
#[cfg(test)]
mod tests;
mod text;
mod yaml;

pub(crate) use fault::{Fault, codes};
pub(crate) use items::{Fields, Items, Spot, Unread};
pub(crate) use paste::{is_template, paste};
pub(crate) use spanned::{Entry, Node, Object, Spanned, shown};
pub(crate) use tape::{Piece, Tape, span};
pub(crate) use text::{Encoding, decode};

/// How deep lists and objects may stand in each other.
pub const MAX_DEPTH: usize = 127;

/// What becomes of one document: its value, faults that make it unreadable, and warnings.
#[derive(Debug, Default)]
pub(crate) struct Document {
    /// Counted from 1, empty documents included.
    pub number: usize,
    /// The value, where the document could be read.
    pub value: Option<Spanned>,
    /// What is wrong with it; at least one fault where there is no value.
    pub faults: Vec<Fault>,
}

/// Hands over the documents of a source, one after the other, and their items to whoever takes them.
pub(crate) fn documents<I: Items>(
    bytes: &[u8],
    items: &mut I,
    mut see: impl FnMut(Document, &mut I),
) {
    let (text, encoding) = decode(bytes);
    let (text, around) = match encoding {
        Encoding::Utf32 => (text, Vec::new()),
        _ => around::cleared(text),
    };
    let mut around = Some(around);
    let mut see = |mut document: Document, items: &mut I| {
        if let Some(mut faults) = around.take_if(|it| !it.is_empty()) {
            faults.append(&mut document.faults);
            document.faults = faults;
        }
        see(document, items);
    };
    let not_json = match whole_text(&text) {
        Some(text) if is_json_like(text) => match json::documents(text, items, &mut see) {
            Ok(()) => return,
            Err(fault) => Some(fault),
        },
        _ => None,
    };
    yaml::documents(&text, encoding, not_json, items, &mut see);
}

/// The text of a source with lines as they are counted, in UTF-8 and without what is around its objects.
pub(crate) fn plain_text(bytes: &[u8]) -> Cow<'_, [u8]> {
    around::cleared(decode(bytes).0).0
}

/// The text without a byte order mark, where all of it is one.
fn whole_text(text: &[u8]) -> Option<&str> {
    let text = std::str::from_utf8(text).ok()?;
    Some(text.strip_prefix('\u{feff}').unwrap_or(text))
}

fn is_json_like(text: &str) -> bool {
    text.trim_start().starts_with(['{', '['])
}
