//! What takes a document's items while they are read.
//!
//! A dump is one list of very many objects. An object that is taken as soon as it is there, and of
//! which nothing is put together that is not read, leaves nothing behind: memory holds what is
//! kept, not what was written.

use super::Spanned;

/// Takes the items of a document's list `items`, one after the other.
pub(crate) trait Items {
    /// What of an item of this kind is not read.
    fn unread(&self, kind: &str, api_version: &str) -> Option<Unread>;

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
    /// Of its fields these are not read, or not wholly; of a list, the fields of its items.
    Of(&'static [(&'static str, Unread)]),
}

impl Unread {
    /// What of a field is not read.
    pub fn field(self, name: &str) -> Option<Self> {
        match self {
            Self::All => Some(Self::All),
            Self::Of(fields) => {
                let field = fields.iter().find(|(field, _)| *field == name);
                field.map(|(_, unread)| *unread)
            }
        }
    }
}

/// Takes nothing.
impl Items for () {
    fn unread(&self, _: &str, _: &str) -> Option<Unread> {
        None
    }

    fn take(&mut self, _: usize, item: Spanned) -> Result<(), Spanned> {
        Err(item)
    }

    fn forget(&mut self) {}
}
