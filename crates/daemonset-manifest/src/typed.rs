//! JSON values into the API's types, with the field and the value of a fault.
//!
//! `serde_json`'s own way would do for what is right. Of what is wrong it does not say where it
//! stands, and it takes a list for an object whose fields come in order.

use std::fmt;

use serde::de::{
    DeserializeOwned, Deserializer, Error, Expected, IntoDeserializer, MapAccess, SeqAccess,
    Unexpected, Visitor,
};
use serde::forward_to_deserialize_any;
use serde_json::{Map, Value};

use super::error::Fault;
use super::path::{Path, Step, describe};

/// Reads a value as `T`.
pub(super) fn typed<T: DeserializeOwned>(value: &Value) -> Result<T, Fault> {
    T::deserialize(Field(value)).map_err(|mut error| {
        error.path.reverse();
        let path = Path(error.path);
        let found = describe(path.value(value));
        let mut fault = Fault::unexpected(&error.expected, found);
        fault.path = path;
        fault
    })
}

/// A value of the wrong type.
#[derive(Debug)]
struct TypeError {
    /// The way to the value, last step first.
    path: Vec<Step>,
    expected: String,
}

impl TypeError {
    fn expected(expected: impl fmt::Display) -> Self {
        Self {
            path: Vec::new(),
            expected: expected.to_string(),
        }
    }

    fn within(mut self, step: Step) -> Self {
        self.path.push(step);
        self
    }
}

impl fmt::Display for TypeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "expected {}", self.expected)
    }
}

impl std::error::Error for TypeError {}

impl Error for TypeError {
    /// A message of the types' own: "expected …, found …" where it is about the value.
    fn custom<T: fmt::Display>(message: T) -> Self {
        let message = message.to_string();
        if message.ends_with("untagged enum IntOrString") {
            return Self::expected("a 32-bit integer or a percentage");
        }
        let expected = message.strip_prefix("expected ").unwrap_or(&message);
        let expected = expected
            .split_once(", found ")
            .map_or(expected, |(text, _)| text);
        Self::expected(expected)
    }

    fn invalid_type(_: Unexpected<'_>, expected: &dyn Expected) -> Self {
        let expected = expected.to_string();
        Self::expected(match expected.as_str() {
            "i32" => "a 32-bit integer",
            "i64" => "a 64-bit integer",
            "a sequence" => "a list",
            text if text.starts_with("struct ") => "an object",
            text => text,
        })
    }

    fn invalid_value(unexpected: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::invalid_type(unexpected, expected)
    }
}

/// A value that is being read.
#[derive(Clone, Copy)]
struct Field<'v>(&'v Value);

impl<'de> Deserializer<'de> for Field<'de> {
    type Error = TypeError;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, TypeError> {
        match self.0 {
            Value::Null => visitor.visit_unit(),
            Value::Bool(truth) => visitor.visit_bool(*truth),
            Value::Number(number) => match (number.as_i64(), number.as_u64(), number.as_f64()) {
                (Some(number), _, _) => visitor.visit_i64(number),
                (_, Some(number), _) => visitor.visit_u64(number),
                (_, _, Some(number)) => visitor.visit_f64(number),
                _ => Err(TypeError::expected("a number within 64 bits")),
            },
            Value::String(text) => visitor.visit_borrowed_str(text),
            Value::Array(items) => visitor.visit_seq(Items { items, at: 0 }),
            Value::Object(fields) => visitor.visit_map(Fields {
                fields: fields.iter(),
                value: None,
            }),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, TypeError> {
        match self.0 {
            Value::Null => visitor.visit_none(),
            _ => visitor.visit_some(self),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, TypeError> {
        visitor.visit_newtype_struct(self)
    }

    /// A struct is an object and nothing else.
    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, TypeError> {
        match self.0 {
            Value::Object(_) => self.deserialize_any(visitor),
            _ => Err(TypeError::expected("an object")),
        }
    }

    /// A word is a string and nothing else.
    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, TypeError> {
        match self.0 {
            Value::String(word) => visitor.visit_enum(word.as_str().into_deserializer()),
            _ => Err(TypeError::expected("a string")),
        }
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, TypeError> {
        visitor.visit_unit()
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit
        unit_struct seq tuple tuple_struct map identifier
    }
}

struct Items<'v> {
    items: &'v [Value],
    at: usize,
}

impl<'v> SeqAccess<'v> for Items<'v> {
    type Error = TypeError;

    fn next_element_seed<T: serde::de::DeserializeSeed<'v>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, TypeError> {
        let at = self.at;
        self.at += 1;
        let item = self.items.get(at).map(|item| seed.deserialize(Field(item)));
        item.transpose()
            .map_err(|error| error.within(Step::Index(at)))
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.items.len())
    }
}

struct Fields<'v> {
    fields: <&'v Map<String, Value> as IntoIterator>::IntoIter,
    value: Option<(&'v str, &'v Value)>,
}

impl<'v> MapAccess<'v> for Fields<'v> {
    type Error = TypeError;

    fn next_key_seed<K: serde::de::DeserializeSeed<'v>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, TypeError> {
        let Some((key, value)) = self.fields.next() else {
            return Ok(None);
        };
        self.value = Some((key, value));
        seed.deserialize(key.as_str().into_deserializer()).map(Some)
    }

    fn next_value_seed<T: serde::de::DeserializeSeed<'v>>(
        &mut self,
        seed: T,
    ) -> Result<T::Value, TypeError> {
        let Some((key, value)) = self.value.take() else {
            return Err(TypeError::expected("a key before its value"));
        };
        let read = seed.deserialize(Field(value));
        read.map_err(|error| error.within(Step::Key(key.to_owned())))
    }
}
