//! What becomes of the values that are found: a tree, an item on a tape, or nothing.

use super::lines::Lines;
use super::{Irregular, Read, Reader};
use crate::source::assemble::{Assembler, Begun};
use crate::source::items::{Items, Spot, Unread};
use crate::source::scalar::{self, Scalar};
use crate::source::spanned::Node;
use crate::source::tape::{Opened, Piece, Tape};

/// What takes the values that are found.
pub(super) trait Sink<'t> {
    fn begin(&mut self, begun: Begun, line: u32) -> Read<()>;
    fn end(&mut self) -> Read<()>;

    /// Takes a key; says whether its value is not read. Then `skipped` follows in place of it.
    fn key(&mut self, key: Piece<'t>, line: u32) -> Read<Next>;
    fn skipped(&mut self);
    fn scalar(&mut self, value: Piece<'t>, line: u32) -> Read<()>;

    /// Takes the item that begins here at once, where it is one that is read so; goes on to the line
    /// behind it.
    fn take_item(&mut self, _: &mut Reader<'t>) -> bool {
        false
    }
}

/// What becomes of the next value.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Next {
    IsRead,
    IsSkipped,
}

/// Puts a document together.
pub(super) struct Tree<'t, 'a, 'i, I> {
    pub(super) assembler: &'a mut Assembler<'i, I>,
    /// For the items that are taken at once.
    pub(super) tape: Tape<'t>,
}

impl<'t, I: Items> Sink<'t> for Tree<'t, '_, '_, I> {
    fn begin(&mut self, begun: Begun, line: u32) -> Read<()> {
        (self.assembler.begin(begun, 0, line)).map_err(|_| Irregular)
    }

    fn end(&mut self) -> Read<()> {
        self.assembler.end().map_err(|_| Irregular)
    }

    fn key(&mut self, key: Piece<'t>, line: u32) -> Read<Next> {
        match key {
            Piece::Text(key) => self.assembler.key(key, line),
            Piece::Made(key) => self.assembler.key(key, line),
            _ => return Err(Irregular),
        }
        Ok(if self.assembler.skips() {
            Next::IsSkipped
        } else {
            Next::IsRead
        })
    }

    fn skipped(&mut self) {
        self.assembler.skipped();
    }

    fn scalar(&mut self, value: Piece<'t>, line: u32) -> Read<()> {
        let node = match value {
            Piece::Null => Node::Null,
            Piece::Bool(truth) => Node::Bool(truth),
            Piece::Number(number) => Node::Number(number),
            Piece::Text(text) => Node::String(text.into()),
            Piece::Made(text) => Node::String(text),
            Piece::List(_) | Piece::Object(_) => return Err(Irregular),
        };
        self.assembler.scalar(node, 0, line).map_err(|_| Irregular)
    }

    fn take_item(&mut self, reader: &mut Reader<'t>) -> bool {
        let Some(index) = self.assembler.next_item() else {
            return false;
        };
        let begin = reader.lines;
        let spot = Spot {
            index,
            line: begin.line,
        };
        let items = self.assembler.items();
        let Some((api_version, kind)) = types_of_item(begin) else {
            return false;
        };
        let Some(unread) = items.unread_on_tape(kind, api_version) else {
            return false;
        };
        self.tape.clear();
        let mut on_tape = OnTape::new(&mut self.tape, unread);
        let depth = reader.depth;
        let is_read = reader.block(&mut on_tape).is_ok();
        // The kind may go on behind its line.
        let are_types = matches!(self.tape.pieces(), [_, Piece::Text(_), Piece::Text(first), Piece::Text(_), Piece::Text(second), ..]
            if (*first, *second) == (api_version, kind));
        if is_read && are_types && items.take_tape(spot, kind, api_version, &self.tape) {
            self.assembler.item_is_taken(spot.line);
            return true;
        }
        (reader.lines, reader.depth) = (begin, depth);
        false
    }
}

/// What the first two lines of an item say, where they are its version and its kind.
fn types_of_item(mut lines: Lines<'_>) -> Option<(&str, &str)> {
    let column = lines.indent;
    let api_version = lines.content.strip_prefix("apiVersion: ")?;
    lines.next_line().ok()?;
    let kind = lines.content.strip_prefix("kind: ")?;
    let is_word = |text: &str| {
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'/');
        text.bytes().all(is_plain) && scalar::resolve(text) == Ok(Scalar::String)
    };
    (lines.indent == column && is_word(api_version) && is_word(kind)).then_some((api_version, kind))
}

/// Puts an item on a tape.
struct OnTape<'t, 'p> {
    tape: &'p mut Tape<'t>,
    open: Vec<Level<'t>>,
    /// What of the next value is not read.
    unread: Unread,
}

/// A list or object that has begun.
struct Level<'t> {
    opened: Opened,
    begun: Begun,
    unread: Unread,
    /// The key that came last, and whether all of them came in ascending order.
    last_key: &'t str,
    sorted: bool,
}

impl<'t, 'p> OnTape<'t, 'p> {
    fn new(tape: &'p mut Tape<'t>, unread: Unread) -> Self {
        Self {
            tape,
            open: Vec::new(),
            unread,
        }
    }

    /// In a list, what comes next is read as what came before.
    fn after_value(&mut self) {
        if let Some(level) = self.open.last() {
            self.unread = level.unread;
        }
    }
}

impl<'t> Sink<'t> for OnTape<'t, '_> {
    fn begin(&mut self, begun: Begun, _: u32) -> Read<()> {
        if begun == Begun::List {
            self.unread = self.unread.item();
        }
        self.open.push(Level {
            opened: self.tape.open(),
            begun,
            unread: self.unread,
            last_key: "",
            sorted: true,
        });
        Ok(())
    }

    fn end(&mut self) -> Read<()> {
        let level = self.open.pop().ok_or(Irregular)?;
        match level.begun {
            Begun::List => self.tape.end_list(level.opened),
            Begun::Object => {
                let ended = self.tape.end_object(level.opened, level.sorted);
                ended.map_err(|_| Irregular)?;
            }
        }
        self.after_value();
        Ok(())
    }

    fn key(&mut self, key: Piece<'t>, _: u32) -> Read<Next> {
        let (Piece::Text(name), Some(level)) = (&key, self.open.last_mut()) else {
            return Err(Irregular);
        };
        self.unread = match level.unread.field(name) {
            Some(Unread::All) => return Ok(Next::IsSkipped),
            Some(Unread::Behind(name)) if self.tape.has_text(level.opened, name) => {
                return Ok(Next::IsSkipped);
            }
            unread => unread.unwrap_or(Unread::NOTHING),
        };
        level.sorted &= level.last_key < *name;
        level.last_key = name;
        self.tape.push(key);
        Ok(Next::IsRead)
    }

    fn skipped(&mut self) {}

    fn scalar(&mut self, value: Piece<'t>, _: u32) -> Read<()> {
        self.tape.push(value);
        self.after_value();
        Ok(())
    }
}

/// Takes nothing.
pub(super) struct Muted;

impl<'t> Sink<'t> for Muted {
    fn begin(&mut self, _: Begun, _: u32) -> Read<()> {
        Ok(())
    }

    fn end(&mut self) -> Read<()> {
        Ok(())
    }

    fn key(&mut self, _: Piece<'t>, _: u32) -> Read<Next> {
        Ok(Next::IsRead)
    }

    fn skipped(&mut self) {}

    fn scalar(&mut self, _: Piece<'t>, _: u32) -> Read<()> {
        Ok(())
    }
}
