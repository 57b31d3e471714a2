//! Values on a tape into the API's types: as [`super::typed`] reads them from a tree.

use serde::de::value::BorrowedStrDeserializer;
use serde::de::{
    DeserializeOwned, DeserializeSeed, Deserializer, Error, IntoDeserializer, MapAccess, SeqAccess,
    Visitor,
};
use serde::forward_to_deserialize_any;

use super::typed::Mistyped;
use crate::source::{Piece, span};

/// Reads the value that begins with the first piece.
pub(super) fn taped<T: DeserializeOwned>(pieces: &[Piece<'_>]) -> Result<T, Mistyped> {
    T::deserialize(Value(pieces))
}

/// A value, and whatever follows it.
#[derive(Clone, Copy)]
struct Value<'de, 't>(&'de [Piece<'t>]);

impl<'de> Value<'de, '_> {
    fn within(self, pieces: usize) -> &'de [Piece<'de>] {
        &self.0[1..=pieces]
    }
}

impl<'de> Deserializer<'de> for Value<'de, '_> {
    type Error = Mistyped;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mistyped> {
        match self.0.first() {
            None | Some(Piece::Null) => visitor.visit_unit(),
            Some(Piece::Bool(truth)) => visitor.visit_bool(*truth),
            Some(Piece::Number(number)) => {
                match (number.as_i64(), number.as_u64(), number.as_f64()) {
                    (Some(number), _, _) => visitor.visit_i64(number),
                    (_, Some(number), _) => visitor.visit_u64(number),
                    (_, _, Some(number)) => visitor.visit_f64(number),
                    _ => Err(Mistyped::custom("expected a number within 64 bits")),
                }
            }
            Some(Piece::Text(text)) => visitor.visit_borrowed_str(text),
            Some(Piece::Made(text)) => visitor.visit_borrowed_str(text),
            Some(Piece::List(pieces)) => visitor.visit_seq(Items(self.within(*pieces))),
            Some(Piece::Object(pieces)) => visitor.visit_map(Fields(self.within(*pieces))),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mistyped> {
        match self.0.first() {
            Some(Piece::Null) => visitor.visit_none(),
            _ => visitor.visit_some(self),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Mistyped> {
        visitor.visit_newtype_struct(self)
    }

    /// A struct is an object and nothing else: no list of its fields.
    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Mistyped> {
        match self.0.first() {
            Some(Piece::Object(pieces)) => visitor.visit_map(Fields(self.within(*pieces))),
            _ => Err(Mistyped::custom("expected an object")),
        }
    }

    /// A word is a string and nothing else.
    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Mistyped> {
        let word: &str = match self.0.first() {
            Some(Piece::Text(word)) => word,
            Some(Piece::Made(word)) => word,
            _ => return Err(Mistyped::custom("expected a string")),
        };
        visitor.visit_enum(word.into_deserializer())
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mistyped> {
        visitor.visit_unit()
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit
        unit_struct seq tuple tuple_struct map identifier
    }
}

/// The items of a list that are still to come.
struct Items<'de>(&'de [Piece<'de>]);

impl<'de> SeqAccess<'de> for Items<'de> {
    type Error = Mistyped;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, Mistyped> {
        if self.0.is_empty() {
            return Ok(None);
        }
        let item = self.0;
        self.0 = &item[span(item)..];
        seed.deserialize(Value(item)).map(Some)
    }

    /// Exact, so that lists take no more room than they need.
    fn size_hint(&self) -> Option<usize> {
        let (mut items, mut rest) = (0, self.0);
        while !rest.is_empty() {
            rest = &rest[span(rest)..];
            items += 1;
        }
        Some(items)
    }
}

/// The fields of an object that are still to come; the value of the key that came is the first.
struct Fields<'de>(&'de [Piece<'de>]);

impl<'de> MapAccess<'de> for Fields<'de> {
    type Error = Mistyped;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, Mistyped> {
        let [Piece::Text(key), rest @ ..] = self.0 else {
            return Ok(None);
        };
        self.0 = rest;
        seed.deserialize(BorrowedStrDeserializer::new(key))
            .map(Some)
    }

    fn next_value_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<T::Value, Mistyped> {
        let value = self.0;
        self.0 = value.get(span(value)..).unwrap_or_default();
        seed.deserialize(Value(value))
    }
}
