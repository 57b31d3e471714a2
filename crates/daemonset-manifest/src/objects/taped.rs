//! Values on a tape, as [`super::typed`] reads them.

use super::typed::{Look, Value};
use crate::source::{Piece, span};

/// The value that begins with the first piece, and whatever follows it.
#[derive(Clone, Copy)]
pub(super) struct Taped<'de>(pub &'de [Piece<'de>]);

impl<'de> Taped<'de> {
    fn within(self, pieces: usize) -> &'de [Piece<'de>] {
        &self.0[1..=pieces]
    }
}

impl<'de> Value<'de> for Taped<'de> {
    type Items = Items<'de>;
    type Fields = Fields<'de>;

    fn look(self) -> Look<'de, Self> {
        match self.0.first() {
            None | Some(Piece::Null) => Look::Null,
            Some(Piece::Bool(truth)) => Look::Bool(*truth),
            Some(Piece::Number(number)) => Look::Number(number),
            Some(Piece::Text(text)) => Look::Text(text),
            Some(Piece::Made(text)) => Look::Text(text),
            Some(Piece::List(pieces)) => Look::List(Items(self.within(*pieces))),
            Some(Piece::Object(pieces)) => Look::Object(Fields(self.within(*pieces))),
        }
    }
}

/// The items of a list that are still to come.
pub(super) struct Items<'de>(&'de [Piece<'de>]);

impl<'de> Iterator for Items<'de> {
    type Item = Taped<'de>;

    fn next(&mut self) -> Option<Taped<'de>> {
        if self.0.is_empty() {
            return None;
        }
        let item = self.0;
        self.0 = &item[span(item)..];
        Some(Taped(item))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let (mut items, mut rest) = (0, self.0);
        while !rest.is_empty() {
            rest = &rest[span(rest)..];
            items += 1;
        }
        (items, Some(items))
    }
}

/// The fields of an object that are still to come.
pub(super) struct Fields<'de>(&'de [Piece<'de>]);

impl<'de> Iterator for Fields<'de> {
    type Item = (&'de str, Taped<'de>);

    fn next(&mut self) -> Option<Self::Item> {
        let [Piece::Text(key), value @ ..] = self.0 else {
            return None;
        };
        self.0 = value.get(span(value)..).unwrap_or_default();
        Some((key, Taped(value)))
    }
}
