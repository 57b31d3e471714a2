//! Bytes into text: encodings, byte order marks, and where one document ends and another begins.

use std::borrow::Cow;

use memchr::memchr;

/// What a text was written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Encoding {
    /// UTF-8, or bytes that are none.
    Utf8,
    /// UTF-16, which is read as UTF-8 from here on.
    Utf16,
    /// UTF-32, which neither kubectl nor this crate reads.
    Utf32,
}

/// The bytes in UTF-8. Half a surrogate pair of UTF-16 stays a byte that is no UTF-8, so that its
/// document is refused and no other.
pub(crate) fn decode(bytes: &[u8]) -> (Cow<'_, [u8]>, Encoding) {
    let utf16 = |bytes: &[u8], unit: fn([u8; 2]) -> u16| {
        let units = bytes.chunks_exact(2).map(|pair| unit([pair[0], pair[1]]));
        let mut text = Vec::with_capacity(bytes.len());
        for character in char::decode_utf16(units) {
            match character {
                Ok(character) => {
                    text.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
                }
                Err(_) => text.push(0xff),
            }
        }
        (Cow::Owned(text), Encoding::Utf16)
    };
    match bytes {
        [0xFF, 0xFE, 0, 0, ..] | [0, 0, 0xFE, 0xFF, ..] => (Cow::Borrowed(bytes), Encoding::Utf32),
        [0xFF, 0xFE, rest @ ..] => utf16(rest, u16::from_le_bytes),
        [0xFE, 0xFF, rest @ ..] => utf16(rest, u16::from_be_bytes),
        [1..=0x7F, 0, 1..=0x7F, 0, ..] => utf16(bytes, u16::from_le_bytes),
        [0, 1..=0x7F, 0, 1..=0x7F, ..] => utf16(bytes, u16::from_be_bytes),
        _ => (Cow::Borrowed(bytes), Encoding::Utf8),
    }
}

/// The parts of a YAML text between its `---` lines, which kubectl takes apart before it reads
/// any: what is wrong with one does not hide the others. So are dumps that were put one behind the other
/// without it.
pub(super) struct Parts<'t> {
    rest: &'t [u8],
    line: u32,
    is_glued: bool,
}

/// A part of a text.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Parted<'t> {
    /// How many line breaks are before it.
    pub line: u32,
    /// It begins with its `---` if it has one.
    pub text: &'t [u8],
    /// Whether the `---` before it is missing.
    pub is_glued: bool,
}

impl<'t> Parts<'t> {
    pub fn new(text: &'t [u8]) -> Self {
        Self {
            rest: text,
            line: 0,
            is_glued: false,
        }
    }
}

/// What has come of an object whose fields begin in the first column.
#[derive(Default)]
struct Begun<'t> {
    first: Option<&'t [u8]>,
    has_version: bool,
    has_kind: bool,
    /// What only the API server and kubectl write: items, or a status.
    has_body: bool,
}

impl<'t> Begun<'t> {
    /// Whether a line begins the next object: with the field that this one began with, which has all that it needs.
    fn ends_at(&mut self, line: &'t [u8]) -> bool {
        let Some(key) = line
            .split(|&byte| byte == b':')
            .next()
            .filter(|it| it.len() < line.len())
        else {
            return false;
        };
        if !key.first().is_some_and(u8::is_ascii_alphabetic) {
            return false;
        }
        if self.first == Some(key) && self.has_version && self.has_kind && self.has_body {
            return true;
        }
        self.first.get_or_insert(key);
        self.has_version |= key == b"apiVersion";
        self.has_kind |= key == b"kind";
        self.has_body |= key == b"items" || key == b"status";
        false
    }
}

impl<'t> Iterator for Parts<'t> {
    type Item = Parted<'t>;

    fn next(&mut self) -> Option<Parted<'t>> {
        if self.rest.is_empty() {
            return None;
        }
        let mut end = self.rest.len();
        let mut from = 0;
        // Whether nothing but blank lines, comments and directives has come, directives included.
        let mut is_prefix = true;
        let mut has_directive = false;
        let mut begun = Begun::default();
        let mut ends_glued = false;
        while let Some(length) = memchr(b'\n', &self.rest[from..]) {
            let (line, after) = (&self.rest[from..from + length], from + length + 1);
            // Behind a prefix only the end of a document makes a difference.
            if is_prefix || line.starts_with(b"...") {
                match line.trim_ascii_start().first() {
                    Some(b'%') if line.first() == Some(&b'%') => has_directive = true,
                    None | Some(b'#') => {}
                    Some(_) if line.starts_with(b"...") => {
                        (is_prefix, has_directive) = (true, false);
                    }
                    Some(_) => is_prefix = false,
                }
            }
            if begun.ends_at(line) {
                (end, ends_glued) = (from, true);
                break;
            }
            from = after;
            // The `---` after directives belongs to them.
            if is_separator(&self.rest[from..]) && !(is_prefix && has_directive) {
                end = from;
                break;
            }
        }
        let (part, rest) = self.rest.split_at(end);
        let parted = Parted {
            line: self.line,
            text: part,
            is_glued: self.is_glued,
        };
        self.rest = rest;
        self.line = self.line.saturating_add(line_breaks(part));
        self.is_glued = ends_glued;
        Some(parted)
    }
}

/// Whether a line begins here that parts documents, whatever follows the `---` on it.
fn is_separator(text: &[u8]) -> bool {
    let text = without_mark(text);
    text.strip_prefix(b"---")
        .is_some_and(|rest| matches!(rest.first(), None | Some(b' ' | b'\t' | b'\r' | b'\n')))
}

fn without_mark(text: &[u8]) -> &[u8] {
    text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text)
}

/// A part without the byte order mark that a file brings along when it is put behind another: at
/// the very start, or behind the line with the `---`. Says how many lines it left out.
pub(super) fn strip_marks(part: &[u8]) -> (u32, &[u8]) {
    let part = without_mark(part);
    if !part.starts_with(b"---") {
        return (0, part);
    }
    let Some(end) = part.iter().position(|&byte| byte == b'\n') else {
        return (0, part);
    };
    let (separator, rest) = part.split_at(end + 1);
    let is_bare = separator[3..].trim_ascii().is_empty();
    match rest.strip_prefix(b"\xef\xbb\xbf") {
        // The parser knows a document without `---` too.
        Some(rest) if is_bare => (1, rest),
        _ => (0, part),
    }
}

pub(crate) fn line_breaks(bytes: &[u8]) -> u32 {
    let breaks = memchr::memchr_iter(b'\n', bytes).count();
    u32::try_from(breaks).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(text: &str) -> Vec<(u32, &str)> {
        Parts::new(text.as_bytes())
            .map(|it| (it.line, std::str::from_utf8(it.text).unwrap()))
            .collect()
    }

    #[test]
    fn dumps_behind_each_other_are_parted() {
        let list = "apiVersion: v1\nitems:\n- kind: Pod\n  status: {}\nkind: List\nmetadata: {}\n";
        let text = format!("{list}{list}");
        assert_eq!(parts(&text), [(0, list), (6, list)]);
        let glued: Vec<bool> = Parts::new(text.as_bytes()).map(|it| it.is_glued).collect();
        assert_eq!(glued, [false, true]);
        let node = "apiVersion: v1\nkind: Node\nmetadata:\n  name: a\nstatus:\n  x: 1\n";
        assert_eq!(parts(&format!("---\n{node}{node}---\n{list}")).len(), 3);
        // A manifest in which a key comes twice is one, of which kubectl takes the last.
        for one in [
            "apiVersion: v1\nkind: Pod\napiVersion: v1\n",
            "apiVersion: v1\nkind: Pod\nspec: {}\napiVersion: v1\nkind: Pod\n",
            "apiVersion: v1\nkind: Pod\nstatus: {}\nkind: Pod\n",
        ] {
            assert_eq!(parts(one).len(), 1, "{one}");
        }
    }

    #[test]
    fn a_text_is_parted_where_a_line_begins_with_three_dashes() {
        assert_eq!(parts(""), []);
        assert_eq!(parts("a\nb\n"), [(0, "a\nb\n")]);
        assert_eq!(
            parts("a\n--- # x\nb\n---\r\n---"),
            [(0, "a\n"), (1, "--- # x\nb\n"), (3, "---\r\n"), (4, "---")]
        );
        assert_eq!(parts("a\n----\n ---\n"), [(0, "a\n----\n ---\n")]);
        // Directives stand before the `---` of their document.
        assert_eq!(parts("# a\n%YAML 1.1\n---\nb\n").len(), 1);
        assert_eq!(parts("a\n...\n%YAML 1.1\n---\nb\n").len(), 1);
        assert_eq!(parts("a\n%b\n---\nc\n").len(), 2);
    }
}
