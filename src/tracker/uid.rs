//! UIDs in sixteen bytes.

use std::borrow::Cow;
use std::fmt::Write;

/// A UID. Kubernetes makes UUIDs, which are kept as the number that they spell.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Uid {
    Uuid([u8; 16]),
    Other(Box<str>),
}

/// Where the dashes of a UUID stand.
const DASHES: [usize; 4] = [8, 13, 18, 23];

impl Uid {
    pub fn new(text: &str) -> Self {
        parse(text).map_or_else(|| Self::Other(text.into()), Self::Uuid)
    }

    pub fn is_empty(&self) -> bool {
        matches!(self, Self::Other(text) if text.is_empty())
    }

    pub fn text(&self) -> Cow<'_, str> {
        match self {
            Self::Other(text) => Cow::Borrowed(text),
            Self::Uuid(bytes) => {
                let mut text = String::with_capacity(36);
                for byte in bytes {
                    if DASHES.contains(&text.len()) {
                        text.push('-');
                    }
                    let _ = write!(text, "{byte:02x}");
                }
                Cow::Owned(text)
            }
        }
    }
}

/// The number that a UUID in lowercase spells.
fn parse(text: &str) -> Option<[u8; 16]> {
    let mut bytes = [0; 16];
    if text.len() != 36 {
        return None;
    }
    let mut digits = 0;
    for (at, byte) in text.bytes().enumerate() {
        let digit = match byte {
            b'-' if DASHES.contains(&at) => continue,
            _ if DASHES.contains(&at) => return None,
            b'0'..=b'9' => byte - b'0',
            b'a'..=b'f' => byte - b'a' + 10,
            _ => return None,
        };
        let place = bytes.get_mut(digits / 2)?;
        *place = *place << 4 | digit;
        digits += 1;
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_uid_reads_back_as_it_was() {
        for text in [
            "",
            "1",
            "4bb0a2e1-7c1c-4b19-9d4e-0f2f7a9c1d3e",
            "4BB0A2E1-7C1C-4B19-9D4E-0F2F7A9C1D3E",
            "4bb0a2e1-7c1c-4b19-9d4e-0f2f7a9c1d3g",
            "4bb0a2e1x7c1c-4b19-9d4e-0f2f7a9c1d3e",
            "4bb0a2e117c1c-4b19-9d4e-0f2f7a9c1d3e",
            "4bb0a2e1-7c1c-4b19-9d4e-0f2f7a9c1d-e",
        ] {
            assert_eq!(Uid::new(text).text(), text);
        }
        let uuid = Uid::new("4bb0a2e1-7c1c-4b19-9d4e-0f2f7a9c1d3e");
        assert!(matches!(uuid, Uid::Uuid(_)));
    }
}
