//! Values into the API's types.
//!
//! Only what is right comes through here; what is wrong, and where, is said by the one check of
//! types that there is ([`crate::check`]).

use std::fmt;

use serde::de::{
    DeserializeOwned, DeserializeSeed, Deserializer, Error, IntoDeserializer, MapAccess, SeqAccess,
    Visitor,
};
use serde::forward_to_deserialize_any;

use crate::source::{Entry, Node, Spanned};

/// Reads a value as `T`.
pub(super) fn typed<T: DeserializeOwned>(value: &Spanned) -> Result<T, Mistyped> {
    T::deserialize(Field(value))
}

/// A value as serde reads it.
pub(crate) fn field_of(value: &Spanned) -> impl Deserializer<'_, Error = Mistyped> {
    Field(value)
}

/// Some value is of the wrong type.
#[derive(Debug)]
pub(crate) struct Mistyped(String);

impl fmt::Display for Mistyped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Mistyped {}

impl Error for Mistyped {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self(message.to_string())
    }
}

/// A value that is being read.
#[derive(Clone, Copy)]
struct Field<'v>(&'v Spanned);

impl<'de> Deserializer<'de> for Field<'de> {
    type Error = Mistyped;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mistyped> {
        match &self.0.node {
            Node::Null => visitor.visit_unit(),
            Node::Bool(truth) => visitor.visit_bool(*truth),
            Node::Number(number) => match (number.as_i64(), number.as_u64(), number.as_f64()) {
                (Some(number), _, _) => visitor.visit_i64(number),
                (_, Some(number), _) => visitor.visit_u64(number),
                (_, _, Some(number)) => visitor.visit_f64(number),
                _ => Err(Mistyped::custom("expected a number within 64 bits")),
            },
            Node::String(text) => visitor.visit_borrowed_str(text),
            Node::List(items) => visitor.visit_seq(Items(items.iter())),
            Node::Object(object) => visitor.visit_map(Fields {
                fields: object.entries().iter(),
                value: None,
            }),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mistyped> {
        match self.0.node {
            Node::Null => visitor.visit_none(),
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
        match self.0.node {
            Node::Object(_) => self.deserialize_any(visitor),
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
        match &self.0.node {
            Node::String(word) => visitor.visit_enum((**word).into_deserializer()),
            _ => Err(Mistyped::custom("expected a string")),
        }
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mistyped> {
        visitor.visit_unit()
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit
        unit_struct seq tuple tuple_struct map identifier
    }
}

struct Items<'v>(std::slice::Iter<'v, Spanned>);

impl<'v> SeqAccess<'v> for Items<'v> {
    type Error = Mistyped;

    fn next_element_seed<T: DeserializeSeed<'v>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, Mistyped> {
        let item = self.0.next().map(|item| seed.deserialize(Field(item)));
        item.transpose()
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.0.len())
    }
}

struct Fields<'v> {
    fields: std::slice::Iter<'v, Entry>,
    value: Option<&'v Spanned>,
}

impl<'v> MapAccess<'v> for Fields<'v> {
    type Error = Mistyped;

    fn next_key_seed<K: DeserializeSeed<'v>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, Mistyped> {
        let Some(entry) = self.fields.next() else {
            return Ok(None);
        };
        self.value = Some(&entry.value);
        seed.deserialize((*entry.key).into_deserializer()).map(Some)
    }

    fn next_value_seed<T: DeserializeSeed<'v>>(&mut self, seed: T) -> Result<T::Value, Mistyped> {
        let value = self.value.take();
        let value = value.ok_or_else(|| Mistyped::custom("expected a key before its value"))?;
        seed.deserialize(Field(value))
    }
}
