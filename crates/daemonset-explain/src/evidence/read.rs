//! Reading: what is null is missing.

use std::fmt;

use serde::de::{DeserializeSeed, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::Number;

/// Null is the zero value, as in every field of the API.
pub(super) fn null_as_default<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de> + Default,
{
    Option::<T>::deserialize(deserializer).map(Option::unwrap_or_default)
}

/// Name and namespace of an object.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Meta {
    #[serde(deserialize_with = "null_as_default")]
    pub name: Box<str>,
    #[serde(deserialize_with = "null_as_default")]
    pub namespace: Box<str>,
}

/// Something that has a name.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Named {
    #[serde(deserialize_with = "null_as_default")]
    pub name: Box<str>,
}

/// Reads the text or number at a place within objects, and nothing where something else stands on the way:
/// nothing of the value is put together besides.
#[derive(Clone, Copy)]
pub(super) struct ScalarAt<'n>(pub &'n [&'n str]);

impl<'de> DeserializeSeed<'de> for ScalarAt<'_> {
    type Value = Option<Box<str>>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl ScalarAt<'_> {
    /// The scalar that stands here, where this is the place.
    fn here(self, text: &(impl ToString + ?Sized)) -> Option<Box<str>> {
        self.0.is_empty().then(|| text.to_string().into())
    }
}

impl<'de> Visitor<'de> for ScalarAt<'_> {
    type Value = Option<Box<str>>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let (name, within) = match self.0 {
            [name, within @ ..] => (Some(*name), within),
            [] => (None, self.0),
        };
        let mut found = None;
        // Of a key that comes twice the last one counts.
        while let Some(is_name) = map.next_key_seed(IsName(name))? {
            if is_name {
                found = map.next_value_seed(ScalarAt(within))?;
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(found)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Self::Value, A::Error> {
        while items.next_element::<IgnoredAny>()?.is_some() {}
        Ok(None)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
        Ok(self.here(text))
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<Self::Value, E> {
        Ok(self.here(&number))
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Self::Value, E> {
        Ok(self.here(&number))
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<Self::Value, E> {
        let number = Number::from_f64(number);
        Ok(number.and_then(|number| self.here(&number)))
    }

    fn visit_bool<E: Error>(self, _: bool) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
        Ok(None)
    }
}

/// Reads whether a key is this one.
struct IsName<'n>(Option<&'n str>);

impl<'de> DeserializeSeed<'de> for IsName<'_> {
    type Value = bool;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<bool, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for IsName<'_> {
    type Value = bool;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_str<E: Error>(self, key: &str) -> Result<bool, E> {
        Ok(self.0 == Some(key))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn a_scalar_is_read_wherever_something_else_may_stand() {
        let read = |value: Value| ScalarAt(&["limits", "memory"]).deserialize(value).unwrap();
        for nothing in [
            json!(null),
            json!(true),
            json!(-1),
            json!(1.5),
            json!("limits"),
            json!([{"limits": {"memory": "1Gi"}}]),
            json!({"limits": "memory"}),
            json!({"requests": {"memory": "1Gi"}, "memory": "1Gi"}),
            json!({"limits": {"cpu": {"memory": "1Gi"}}}),
            json!({"limits": {"memory": {"memory": "1Gi"}}}),
            json!({"limits": {"memory": ["1Gi"]}}),
            json!({"limits": {"memory": null}}),
        ] {
            assert_eq!(read(nothing.clone()), None, "{nothing}");
        }
        for (limit, text) in [
            (json!("1Gi"), "1Gi"),
            (json!(""), ""),
            (json!(1_073_741_824), "1073741824"),
            (json!(u64::MAX), "18446744073709551615"),
            (json!(-5), "-5"),
            (json!(1.5e3), "1500.0"),
        ] {
            let found = read(json!({"requests": [], "limits": {"cpu": 1, "memory": limit}}));
            assert_eq!(found.as_deref(), Some(text));
        }
    }
}
