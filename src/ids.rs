//! Enums with a short name for each variant: the id, which stands in JSON and reads back.

use std::fmt;

/// A text that is none of the ids of an enum.
///
/// ```
/// use daemonset::placement::Verdict;
///
/// let error = "runs".parse::<Verdict>().unwrap_err();
/// assert_eq!(error.to_string(), r#"expected run, keepExisting or exclude, found "runs""#);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct UnknownId {
    /// The ids there are.
    pub known: &'static [&'static str],
    /// The text found, its first 64 characters at most.
    pub found: String,
}

impl UnknownId {
    pub(crate) fn new(known: &'static [&'static str], found: &str) -> Self {
        Self {
            known,
            found: found.chars().take(64).collect(),
        }
    }
}

impl fmt::Display for UnknownId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("expected ")?;
        for (at, id) in self.known.iter().enumerate() {
            let before = match at {
                0 => "",
                _ if at + 1 == self.known.len() => " or ",
                _ => ", ",
            };
            write!(f, "{before}{id}")?;
        }
        write!(f, ", found {:?}", self.found)
    }
}

impl std::error::Error for UnknownId {}

/// Gives an enum its ids, each written once: `ALL`, `id`, `FromStr`, `Serialize`, `Deserialize`.
macro_rules! ids {
    ($type:ident { $($variant:ident => $id:literal,)+ }) => {
        impl $type {
            /// Every one there is.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// Its name in JSON, which [`FromStr`](std::str::FromStr) reads.
            #[must_use]
            pub const fn id(self) -> &'static str {
                match self {
                    $(Self::$variant => $id,)+
                }
            }
        }

        impl std::str::FromStr for $type {
            type Err = $crate::UnknownId;

            fn from_str(text: &str) -> Result<Self, $crate::UnknownId> {
                match text {
                    $($id => Ok(Self::$variant),)+
                    _ => Err($crate::UnknownId::new(&[$($id),+], text)),
                }
            }
        }

        impl serde::Serialize for $type {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.id())
            }
        }

        impl<'de> serde::Deserialize<'de> for $type {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = <std::borrow::Cow<'_, str>>::deserialize(deserializer)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }
    };
}

pub(crate) use ids;
