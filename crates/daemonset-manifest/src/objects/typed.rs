//! Values into the API's types, whether they stand in a tree or on a tape.
//!
//! Only what is right comes through here; what is wrong, and where, is said by the one check of
//! types that there is ([`crate::check`]).

use serde::de::value::BorrowedStrDeserializer;
use serde::de::{
    DeserializeOwned, DeserializeSeed, Deserializer, Error as _, IntoDeserializer, MapAccess,
    SeqAccess, Visitor,
};
use serde::forward_to_deserialize_any;
use serde_json::Number;

use super::mistyped::Mistyped;
use crate::path::Step;
use crate::source::{Entry, Node, Spanned, Unread};

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

/// A value without those of its fields that are not read.
#[derive(Clone, Copy)]
pub(super) struct Without<V>(pub V, pub Unread);

impl<'de, V: Value<'de>> Value<'de> for Without<V> {
    type Items = ItemsWithout<V::Items>;
    type Fields = FieldsWithout<V::Fields>;

    fn look(self) -> Look<'de, Self> {
        match self.0.look() {
            Look::Null => Look::Null,
            Look::Bool(truth) => Look::Bool(truth),
            Look::Number(number) => Look::Number(number),
            Look::Text(text) => Look::Text(text),
            Look::List(items) => Look::List(ItemsWithout(items, self.1)),
            Look::Object(fields) => Look::Object(FieldsWithout(fields, self.1)),
        }
    }
}

/// The items of a list that are still to come, each without what is not read.
pub(super) struct ItemsWithout<I>(I, Unread);

impl<V, I: Iterator<Item = V>> Iterator for ItemsWithout<I> {
    type Item = Without<V>;

    fn next(&mut self) -> Option<Without<V>> {
        self.0.next().map(|item| Without(item, self.1))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.0.size_hint()
    }
}

/// The fields of an object that are still to come and are read.
pub(super) struct FieldsWithout<F>(F, Unread);

impl<'de, V, F: Iterator<Item = (&'de str, V)>> Iterator for FieldsWithout<F> {
    type Item = (&'de str, Without<V>);

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let (key, value) = self.0.next()?;
            match self.1.field(key) {
                Some(Unread::All) => {}
                unread => {
                    let unread = unread.unwrap_or(Unread::NOTHING);
                    return Some((key, Without(value, unread)));
                }
            }
        }
    }
}

/// The text that a field of a field holds.
pub(super) fn text_in<'de>(value: impl Value<'de>, [outer, inner]: [&str; 2]) -> Option<&'de str> {
    match field(field(value, outer)?, inner)?.look() {
        Look::Text(text) => Some(text),
        _ => None,
    }
}

/// The value of an object's field.
pub(super) fn field<'de, V: Value<'de>>(value: V, name: &str) -> Option<V> {
    match value.look() {
        Look::Object(mut fields) => fields.find_map(|(key, value)| (key == name).then_some(value)),
        _ => None,
    }
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
                _ => Err(Mistyped::no("a number within 64 bits")),
            },
            Look::Text(text) => visitor.visit_borrowed_str(text),
            Look::List(items) => visitor.visit_seq(ListOf { items, at: 0 }),
            Look::Object(fields) => visitor.visit_map(ObjectOf::<S>::new(fields, Named::Keys)),
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
            Look::Object(fields) => visitor.visit_map(ObjectOf::<S>::new(fields, Named::Fields)),
            _ => Err(Mistyped::no("an object")),
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
            _ => Err(Mistyped::no("a string")),
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

impl<'de, S: Value<'de>> IntoDeserializer<'de, Mistyped> for Typed<S> {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

/// What the names in an object are.
#[derive(Clone, Copy)]
enum Named {
    /// Those of fields.
    Fields,
    /// Those that whoever wrote it chose.
    Keys,
}

/// The fields of an object, for serde.
struct ObjectOf<'de, V: Value<'de>> {
    fields: V::Fields,
    /// The field whose key was read.
    field: Option<(&'de str, V)>,
    named: Named,
}

impl<'de, V: Value<'de>> ObjectOf<'de, V> {
    fn new(fields: V::Fields, named: Named) -> Self {
        Self {
            fields,
            field: None,
            named,
        }
    }

    #[cold]
    fn step(&self, name: &str) -> Step {
        match self.named {
            Named::Fields => Step::Field(name.to_owned().into()),
            Named::Keys => Step::Key(name.to_owned()),
        }
    }
}

impl<'de, V: Value<'de>> MapAccess<'de> for ObjectOf<'de, V> {
    type Error = Mistyped;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, Mistyped> {
        self.field = self.fields.next();
        let Some((key, _)) = &self.field else {
            return Ok(None);
        };
        seed.deserialize(BorrowedStrDeserializer::new(key))
            .map(Some)
    }

    fn next_value_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<T::Value, Mistyped> {
        match self.field.take() {
            Some((key, value)) => {
                let read = seed.deserialize(Typed(value));
                read.map_err(|error| error.behind(self.step(key)))
            }
            None => Err(Mistyped::custom("a value is asked for without a key")),
        }
    }

    fn size_hint(&self) -> Option<usize> {
        exactly(self.fields.size_hint())
    }
}

/// The items of a list, for serde.
struct ListOf<I> {
    items: I,
    at: usize,
}

impl<'de, V: Value<'de>, I: Iterator<Item = V>> SeqAccess<'de> for ListOf<I> {
    type Error = Mistyped;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, Mistyped> {
        let Some(item) = self.items.next() else {
            return Ok(None);
        };
        let at = self.at;
        self.at += 1;
        let read = seed.deserialize(Typed(item));
        read.map(Some)
            .map_err(|error| error.behind(Step::Index(at)))
    }

    fn size_hint(&self) -> Option<usize> {
        exactly(self.items.size_hint())
    }
}

fn exactly(size: (usize, Option<usize>)) -> Option<usize> {
    let (least, most) = size;
    most.filter(|most| *most == least)
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
