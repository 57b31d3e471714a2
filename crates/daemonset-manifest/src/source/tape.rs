//! A value as it stands in a text: one piece after another, and what can be borrowed of the text
//! borrowed.
//!
//! An item of a dump is put on a tape, its objects are read from there, and the tape is used again
//! for the next item: no tree is built. A tape knows no lines: where something is wrong with an
//! item, it is read again as a tree.

use serde_json::Number;

/// One piece of a value.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Piece<'t> {
    Null,
    Bool(bool),
    Number(Number),
    /// A string, or the key that comes before a value.
    Text(&'t str),
    /// A string that is written in another way than it is.
    Made(Box<str>),
    /// A list, whose items are so many pieces.
    List(usize),
    /// An object, whose keys and values are so many pieces.
    Object(usize),
}

/// Values, piece by piece.
#[derive(Debug, Default)]
pub(crate) struct Tape<'t> {
    pieces: Vec<Piece<'t>>,
}

/// Where a list or an object begins on a tape.
#[derive(Clone, Copy, Debug)]
pub(super) struct Opened(usize);

/// A key has come twice.
#[derive(Clone, Copy, Debug)]
pub(super) struct Twice;

impl<'t> Tape<'t> {
    pub fn pieces(&self) -> &[Piece<'t>] {
        &self.pieces
    }

    pub(super) fn clear(&mut self) {
        self.pieces.clear();
    }

    #[inline]
    pub(super) fn push(&mut self, piece: Piece<'t>) {
        self.pieces.push(piece);
    }

    /// Begins a list or an object, whose pieces follow.
    pub(super) fn open(&mut self) -> Opened {
        self.pieces.push(Piece::Null);
        Opened(self.pieces.len())
    }

    /// Whether the object that has begun has a field of this name, with a text that is not empty.
    pub(super) fn has_text(&self, opened: Opened, name: &str) -> bool {
        let mut rest = &self.pieces[opened.0..];
        while let [Piece::Text(key), value @ ..] = rest {
            if *key == name {
                return matches!(value.first(), Some(Piece::Text(text)) if !text.is_empty());
            }
            rest = value.get(span(value)..).unwrap_or_default();
        }
        false
    }

    pub(super) fn end_list(&mut self, opened: Opened) {
        let within = self.pieces.len() - opened.0;
        self.pieces[opened.0 - 1] = Piece::List(within);
    }

    /// Ends an object; `sorted` says that its keys came in ascending order, each once.
    pub(super) fn end_object(&mut self, opened: Opened, sorted: bool) -> Result<(), Twice> {
        let within = self.pieces.len() - opened.0;
        self.pieces[opened.0 - 1] = Piece::Object(within);
        if sorted {
            return Ok(());
        }
        let mut keys = Vec::new();
        let mut rest = &self.pieces[opened.0..];
        while let [Piece::Text(key), value @ ..] = rest {
            keys.push(*key);
            rest = &value[span(value)..];
        }
        keys.sort_unstable();
        if keys.is_sorted_by(|a, b| a < b) {
            Ok(())
        } else {
            Err(Twice)
        }
    }
}

/// How many pieces the first value takes.
pub(crate) fn span(pieces: &[Piece<'_>]) -> usize {
    match pieces.first() {
        Some(Piece::List(within) | Piece::Object(within)) => 1 + within,
        _ => 1,
    }
}
