//! A document piece by piece: an object whose fields begin in the first column, and so do the items of
//! its lists.

use super::lines::Lines;
use super::sink::{Sink, Tree};
use super::{Begun, Irregular, Items, Piece, Read, Reader, Tape, key_of};
use crate::source::assemble::Assembler;

/// How deep the fields of a document stand, and the items of its lists.
const FIELDS: usize = 1;
const ITEMS: usize = 2;

/// How far a document has been put together.
pub(in crate::source) struct Pieces {
    /// How many lines have come.
    line: u32,
    within: Within,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Within {
    /// Nothing has come yet.
    Nothing,
    Object,
    /// The value of the key that came last, on this line, may be a list.
    Key(u32),
    List,
}

impl Pieces {
    pub(in crate::source) fn new() -> Self {
        Self {
            line: 0,
            within: Within::Nothing,
        }
    }

    /// Takes the pieces that a text begins with, as far as they have an end; how many bytes those are.
    pub(in crate::source) fn take<I: Items>(
        &mut self,
        text: &str,
        end_of_piece: impl Fn(&str) -> Option<usize>,
        assembler: &mut Assembler<'_, I>,
    ) -> Read<usize> {
        let mut tree = Tree {
            assembler,
            tape: Tape::default(),
        };
        let mut read = 0;
        while let Some(end) = end_of_piece(&text[read..]) {
            self.piece(&text[read..read + end], &mut tree)?;
            read += end;
        }
        Ok(read)
    }

    fn piece<'t, I: Items>(&mut self, text: &'t str, tree: &mut Tree<'t, '_, '_, I>) -> Read<()> {
        let mut lines = Lines::new(text, self.line);
        lines.next_line()?;
        if lines.indent != 0 || lines.ended {
            return Err(Irregular);
        }
        let is_item = lines.is_item();
        let mut reader = Reader {
            lines,
            depth: if is_item { ITEMS } else { FIELDS },
        };
        if is_item {
            match self.within {
                Within::List => {}
                Within::Key(_) => {
                    tree.begin(Begun::List, reader.lines.line)?;
                    self.within = Within::List;
                }
                Within::Nothing | Within::Object => return Err(Irregular),
            }
            reader.item(0, tree)?;
        } else if self.within == Within::Nothing && lines.content == "---" {
            reader.lines.next_line()?;
        } else {
            match self.within {
                Within::Nothing => tree.begin(Begun::Object, lines.line)?,
                _ => self.end_value(tree)?,
            }
            self.within = Within::Object;
            match key_of(lines.content) {
                // Its value comes in the pieces behind it, or is null.
                Some((super::Key::Plain("items"), "")) if reader.lines.rest.is_empty() => {
                    self.within = Within::Key(lines.line);
                    tree.key(Piece::Text("items"), lines.line)?;
                    reader.lines.next_line()?;
                }
                _ => reader.field(0, tree)?,
            }
        }
        if !reader.lines.ended {
            return Err(Irregular);
        }
        self.line = reader.lines.line;
        Ok(())
    }

    /// Ends the value that may still go on.
    fn end_value<'t>(&self, sink: &mut impl Sink<'t>) -> Read<()> {
        match self.within {
            Within::Nothing | Within::Object => Ok(()),
            Within::Key(line) => sink.scalar(Piece::Null, line),
            Within::List => sink.end(),
        }
    }

    /// Ends the document.
    pub(in crate::source) fn end<I: Items>(&self, assembler: &mut Assembler<'_, I>) -> Read<()> {
        let mut tree = Tree {
            assembler,
            tape: Tape::default(),
        };
        if self.within == Within::Nothing {
            return Err(Irregular);
        }
        self.end_value(&mut tree)?;
        tree.end()
    }
}
