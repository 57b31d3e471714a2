//! UIDs in sixteen bytes.

use std::borrow::Cow;

/// A UID. Kubernetes makes UUIDs, which are kept as the number that they spell.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Uid {
    Uuid([u8; 16]),
    Other(Box<str>),
}

/// Where the dashes of a UUID stand.
const DASHES: [usize; 4] = [8, 13, 18, 23];

impl Uid {
    pub(crate) fn new(text: &str) -> Self {
        parse(text).map_or_else(|| Self::Other(text.into()), Self::Uuid)
    }

    pub(crate) fn is_empty(&self) -> bool {
        matches!(self, Self::Other(text) if text.is_empty())
    }

    pub(crate) fn text(&self) -> Cow<'_, str> {
        match self {
            Self::Other(text) => Cow::Borrowed(text),
            Self::Uuid(bytes) => {
                let mut text = String::with_capacity(36);
                for byte in bytes {
                    if DASHES.contains(&text.len()) {
                        text.push('-');
                    }
                    text.push(digit(byte >> 4));
                    text.push(digit(byte & 0xf));
                }
                Cow::Owned(text)
            }
        }
    }
}

/// The hexadecimal digit of a number below sixteen.
#[inline]
fn digit(number: u8) -> char {
    char::from(number + if number < 10 { b'0' } else { b'a' - 10 })
}

/// The number that a UUID in lowercase spells.
fn parse(text: &str) -> Option<[u8; 16]> {
    let (first, rest) = digits::<8>(text.as_bytes())?;
    let (second, rest) = digits::<4>(rest.strip_prefix(b"-")?)?;
    let (third, rest) = digits::<4>(rest.strip_prefix(b"-")?)?;
    let (fourth, rest) = digits::<4>(rest.strip_prefix(b"-")?)?;
    let (last, rest) = digits::<12>(rest.strip_prefix(b"-")?)?;
    let upper = first << 32 | second << 16 | third;
    let number = u128::from(upper) << 64 | u128::from(fourth << 48 | last);
    rest.is_empty().then_some(number.to_be_bytes())
}

/// The number that the first so many hexadecimal digits in lowercase spell, and what follows them.
#[inline]
fn digits<const N: usize>(text: &[u8]) -> Option<(u64, &[u8])> {
    let (digits, rest) = text.split_first_chunk::<N>()?;
    let (mut number, mut all) = (0, 0);
    for &digit in digits {
        let value = match digit {
            b'0'..=b'9' => digit - b'0',
            b'a'..=b'f' => digit - b'a' + 10,
            _ => 0x10,
        };
        // What is wrong anywhere shows at the end.
        all |= value;
        number = number << 4 | u64::from(value);
    }
    (all < 0x10).then_some((number, rest))
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
            "0000000g-0000-0000-0000-000000000000",
        ] {
            assert_eq!(Uid::new(text).text(), text);
        }
        let uuid = Uid::new("4bb0a2e1-7c1c-4b19-9d4e-0f2f7a9c1d3e");
        assert!(matches!(uuid, Uid::Uuid(_)));
        assert!(Uid::new("").is_empty());
        assert!(!uuid.is_empty());
        assert!(!Uid::new("1").is_empty());
    }
}
