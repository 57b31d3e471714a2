//! Bytes looked at eight at a time: nearly all of a dump is blanks, and text that means nothing.

const ONES: u64 = u64::MAX / 255;
const HIGHS: u64 = ONES << 7;

/// Eight bytes from here on, where there are as many; the first one is the lowest.
#[inline]
fn eight(bytes: &[u8], at: usize) -> Option<u64> {
    let eight = bytes.get(at..at + 8)?;
    Some(u64::from_le_bytes(eight.try_into().ok()?))
}

/// Sets the high bit of every byte that is smaller than this one, which is at most 128. A byte behind
/// such a one may be told so wrongly, and bytes from 128 on are not told.
#[inline]
fn below(word: u64, byte: u8) -> u64 {
    word.wrapping_sub(ONES * u64::from(byte)) & !word & HIGHS
}

/// Sets the high bit of every byte that is this one, and perhaps of bytes behind it.
#[inline]
fn is(word: u64, byte: u8) -> u64 {
    below(word ^ (ONES * u64::from(byte)), 1)
}

/// The place of the first byte from here on that is told, or else is one byte by byte.
#[inline]
fn find(
    bytes: &[u8],
    mut at: usize,
    told: impl Fn(u64) -> u64,
    is_one: impl Fn(u8) -> bool,
) -> usize {
    while let Some(word) = eight(bytes, at) {
        let found = told(word);
        if found != 0 {
            return at + (found.trailing_zeros() / 8) as usize;
        }
        at += 8;
    }
    while bytes.get(at).is_some_and(|&byte| !is_one(byte)) {
        at += 1;
    }
    at
}

/// The place of the first byte from here on that is no blank.
#[inline]
pub(super) fn end_of_blanks(bytes: &[u8], mut at: usize) -> usize {
    // No place is computed from what is found: the processor foresees how far lines are indented, and goes
    // on before it has looked.
    while eight(bytes, at) == Some(ONES * u64::from(b' ')) {
        at += 8;
    }
    if bytes.get(at..at + 4) == Some(b"    ") {
        at += 4;
    }
    while bytes.get(at) == Some(&b' ') {
        at += 1;
    }
    at
}

/// The place of the first byte from here on that ends a string of JSON or means something in it: a
/// quote, a backslash or a control character.
#[inline]
pub(super) fn end_of_plain(bytes: &[u8], mut at: usize) -> usize {
    // Where a short string ends is foreseen, too.
    for _ in 0..8 {
        match bytes.get(at) {
            Some(&byte) if IS_PLAIN[usize::from(byte)] => at += 1,
            _ => return at,
        }
    }
    let told = |word| is(word, b'"') | is(word, b'\\') | below(word, 0x20);
    find(bytes, at, told, |byte| !IS_PLAIN[usize::from(byte)])
}

/// The bytes that stand for themselves in a string of JSON.
const IS_PLAIN: [bool; 256] = {
    let mut are = [true; 256];
    let mut byte = 0;
    while byte < 0x20 {
        are[byte] = false;
        byte += 1;
    }
    are[b'"' as usize] = false;
    are[b'\\' as usize] = false;
    are
};

/// The place of the first byte from here on that is no printable character of ASCII.
#[inline]
pub(super) fn end_of_printable(bytes: &[u8], at: usize) -> usize {
    let told = |word| is(word, 0x7f) | below(word, 0x20) | (word & HIGHS);
    find(bytes, at, told, |byte| !(0x20..0x7f).contains(&byte))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_is_found_is_the_first(
            bytes: Vec<u8>,
            blanks in 0_usize..20,
            letters in 0_usize..20,
            from in 0_usize..40,
        ) {
            let mut text = vec![b' '; blanks];
            text.resize(blanks + letters, b'x');
            text.extend(bytes);
            let first = |is_one: fn(u8) -> bool| {
                let found = text.iter().skip(from).position(|&byte| is_one(byte));
                found.map_or(text.len().max(from), |at| from + at)
            };
            prop_assert_eq!(end_of_blanks(&text, from), first(|byte| byte != b' '));
            let plain = first(|byte| byte < 0x20 || byte == b'"' || byte == b'\\');
            prop_assert_eq!(end_of_plain(&text, from), plain);
            let printable = first(|byte| !(0x20..0x7f).contains(&byte));
            prop_assert_eq!(end_of_printable(&text, from), printable);
        }
    }
}
