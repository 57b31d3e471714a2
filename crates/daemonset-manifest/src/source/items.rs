//! What takes a document's items while they are read.
//!
//! A dump is one list of very many objects. An object that is taken as soon as it is there, and of
//! which nothing is put together that is not read, leaves nothing behind: memory holds what is
//! kept, not what was written.

use super::{Spanned, Tape};

/// Where an item stands: its place in the list, and its line.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Spot {
    pub index: usize,
    pub line: u32,
}

/// Takes the items of a document's list `items`, one after the other.
pub(crate) trait Items {
    /// What of an item of this kind is not read.
    fn unread(&self, kind: &str, api_version: &str) -> Option<Unread>;

    /// What of an item of this kind is not read, where it is taken from a tape; none where it is not.
    fn unread_on_tape(&self, kind: &str, api_version: &str) -> Option<Unread>;

    /// Whether the reader for the layout that kubectl writes is tried.
    fn reads_regular(&self) -> bool {
        true
    }

    /// Takes the item that stands here from a tape, or not: then it is read as a tree.
    fn take_tape(&mut self, spot: Spot, kind: &str, api_version: &str, item: &Tape<'_>) -> bool;

    /// Takes the item at this place, or gives it back: then it stays in the document.
    fn take(&mut self, index: usize, item: Spanned) -> Result<(), Spanned>;

    /// Forgets what was taken of the document: it is read again, or not at all.
    fn forget(&mut self);
}

/// What of a value is not read.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Unread {
    /// Nothing of it is read.
    All,
    /// Nothing of it is read where a field of this name stands before it in the same object, with a text
    /// that is not empty. Only who reads onto a tape leaves it out.
    Behind(&'static str),
    /// Of an object these fields are not read, or not wholly.
    Of(&'static Fields),
    /// Of a list, these fields of its items.
    OfItems(&'static Fields),
}

/// Fields that are not read, or not wholly.
#[derive(Debug)]
pub(crate) struct Fields {
    all: &'static [(&'static str, Unread)],
    /// A bit for each of their names ([`mark`]): most names of an object are none of them, which needs no
    /// look at each.
    marks: u64,
}

/// The bit of a name, by its length and how it begins.
const fn mark(name: &str) -> u64 {
    match name.as_bytes() {
        [first, ..] => 1 << ((*first as usize ^ (name.len() << 2)) & 63),
        [] => 1,
    }
}

impl Fields {
    pub const fn new(all: &'static [(&'static str, Unread)]) -> Self {
        let mut marks = 0;
        let mut at = 0;
        while at < all.len() {
            marks |= mark(all[at].0);
            at += 1;
        }
        Self { all, marks }
    }

    /// What of the field of this name is not read.
    #[inline]
    fn get(&self, name: &str) -> Option<Unread> {
        if self.marks & mark(name) == 0 {
            return None;
        }
        let field = self.all.iter().find(|(field, _)| *field == name);
        field.map(|(_, unread)| *unread)
    }

    #[cfg(test)]
    pub fn all(&self) -> &'static [(&'static str, Unread)] {
        self.all
    }
}

impl Unread {
    /// All of it is read.
    pub const NOTHING: Self = Self::Of(&Fields::new(&[]));

    /// What of a field is not read.
    #[inline]
    pub fn field(self, name: &str) -> Option<Self> {
        match self {
            Self::All => Some(Self::All),
            // Where a list belongs, an object is told as it is.
            Self::Behind(_) | Self::OfItems(_) => None,
            Self::Of(fields) => fields.get(name),
        }
    }

    /// What of each item of a list is not read.
    #[inline]
    pub fn item(self) -> Self {
        match self {
            Self::All => Self::All,
            Self::OfItems(fields) => Self::Of(fields),
            Self::Behind(_) | Self::Of(_) => Self::NOTHING,
        }
    }
}

/// Takes nothing.
impl Items for () {
    fn unread(&self, _: &str, _: &str) -> Option<Unread> {
        None
    }

    fn unread_on_tape(&self, _: &str, _: &str) -> Option<Unread> {
        None
    }

    fn take_tape(&mut self, _: Spot, _: &str, _: &str, _: &Tape<'_>) -> bool {
        false
    }

    fn take(&mut self, _: usize, item: Spanned) -> Result<(), Spanned> {
        Err(item)
    }

    fn forget(&mut self) {}
}
