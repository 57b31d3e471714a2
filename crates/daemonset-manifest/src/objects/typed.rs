//! Values into the API's types, whether they stand in a tree or on a tape.
//!
//! Only what is right comes through here; what is wrong, and where, is said by the one check of
//! types that there is ([`crate::check`]).

use std::fmt;

use serde::de::value::BorrowedStrDeserializer;
use serde::de::{
    DeserializeOwned, DeserializeSeed, Deserializer, Error, IntoDeserializer, MapAccess, SeqAccess,
    Visitor,
};
use serde::forward_to_deserialize_any;
use serde_json::Number;

use crate::source::{Entry, Node, Spanned};

/// Reads a value as `T`.
pub(super) fn typed<'de, T: DeserializeOwned>(value: impl Value<'de>) -> Result<T, Mistyped> {
    T::deserialize(Typed(value))
}

/// A value as serde reads it.
pub(crate) fn field_of(value: &Spanned) -> impl Deserializer<'_, Error = Mistyped> {
    Typed(value)
}

/// A value of JSON or YAML, wherever it is kept.
pub(super) trait Value<'de>: Copy {
    /// The items of a list; their number is known exactly, so that lists take no more room than they
    /// need.
    type Items: Iterator<Item = Self>;
    /// The fields of an object.
    type Fields: Iterator<Item = (&'de str, Self)>;

    /// What it is.
    fn look(self) -> Look<'de, Self>;
}

/// What a value is.
pub(super) enum Look<'de, V: Value<'de>> {
    Null,
    Bool(bool),
    Number(&'de Number),
    Text(&'de str),
    List(V::Items),
    Object(V::Fields),
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
struct Typed<V>(V);

impl<'de, S: Value<'de>> Deserializer<'de> for Typed<S> {
    type Error = Mistyped;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mistyped> {
        match self.0.look() {
            Look::Null => visitor.visit_unit(),
            Look::Bool(truth) => visitor.visit_bool(truth),
            Look::Number(number) => match (number.as_i64(), number.as_u64(), number.as_f64()) {
                (Some(number), _, _) => visitor.visit_i64(number),
                (_, Some(number), _) => visitor.visit_u64(number),
                (_, _, Some(number)) => visitor.visit_f64(number),
                _ => Err(Mistyped::custom("expected a number within 64 bits")),
            },
            Look::Text(text) => visitor.visit_borrowed_str(text),
            Look::List(items) => visitor.visit_seq(Items(items)),
            Look::Object(fields) => visitor.visit_map(Fields::of(fields)),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mistyped> {
        match self.0.look() {
            Look::Null => visitor.visit_none(),
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
        match self.0.look() {
            Look::Object(fields) => visitor.visit_map(Fields::of(fields)),
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
        match self.0.look() {
            Look::Text(word) => visitor.visit_enum(word.into_deserializer()),
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

/// The items of a list that are still to come.
struct Items<I>(I);

impl<'de, S: Value<'de>, I: Iterator<Item = S>> SeqAccess<'de> for Items<I> {
    type Error = Mistyped;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, Mistyped> {
        let item = self.0.next().map(|item| seed.deserialize(Typed(item)));
        item.transpose()
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.0.size_hint().0)
    }
}

/// The fields of an object that are still to come, and the value of the key that came.
struct Fields<S, F> {
    fields: F,
    value: Option<S>,
}

impl<S, F> Fields<S, F> {
    fn of(fields: F) -> Self {
        let value = None;
        Self { fields, value }
    }
}

impl<'de, S: Value<'de>, F: Iterator<Item = (&'de str, S)>> MapAccess<'de> for Fields<S, F> {
    type Error = Mistyped;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, Mistyped> {
        let Some((key, value)) = self.fields.next() else {
            return Ok(None);
        };
        self.value = Some(value);
        let key = BorrowedStrDeserializer::new(key);
        seed.deserialize(key).map(Some)
    }

    fn next_value_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<T::Value, Mistyped> {
        let value = self.value.take();
        let value = value.ok_or_else(|| Mistyped::custom("expected a key before its value"))?;
        seed.deserialize(Typed(value))
    }
}

/// A value in a tree.
impl<'de> Value<'de> for &'de Spanned {
    type Items = std::slice::Iter<'de, Spanned>;
    type Fields = Entries<'de>;

    fn look(self) -> Look<'de, Self> {
        match &self.node {
            Node::Null => Look::Null,
            Node::Bool(truth) => Look::Bool(*truth),
            Node::Number(number) => Look::Number(number),
            Node::String(text) => Look::Text(text),
            Node::List(items) => Look::List(items.iter()),
            Node::Object(object) => Look::Object(Entries(object.entries().iter())),
        }
    }
}

/// The fields of an object in a tree that are still to come.
pub(super) struct Entries<'de>(std::slice::Iter<'de, Entry>);

impl<'de> Iterator for Entries<'de> {
    type Item = (&'de str, &'de Spanned);

    fn next(&mut self) -> Option<Self::Item> {
        let entry = self.0.next()?;
        Some((&entry.key, &entry.value))
    }
}
