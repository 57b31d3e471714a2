//! JSON onto a tape: the items of a dump, many times as fast as through a tree.
//!
//! Whatever is wrong with an item, or is not as the API server writes it (a kind behind other
//! fields, a key with escapes, a key that comes twice), is left to the reader for all of JSON
//! ([`super::json`]), which begins with the item anew. What is read here means the same there.

use super::MAX_DEPTH;
use super::eights::{end_of_blanks, end_of_plain};
use super::items::{Items, Spot, Unread};
use super::scalar::{end_of_number, json_number};
use super::spanned::Node;
use super::tape::{Opened, Piece, Tape};

/// How deep an item of a document's list stands.
const DEPTH_OF_ITEMS: usize = 2;

/// Hands the item that begins at a byte to whoever takes it; where it ends, if it was taken. So many
/// bytes must come behind it.
pub(super) fn take_item<'t, I: Items>(
    text: &'t str,
    at: usize,
    behind: usize,
    spot: Spot,
    tape: &mut Tape<'t>,
    items: &mut I,
) -> Option<usize> {
    tape.clear();
    let mut scan = Scan {
        bytes: text.as_bytes(),
        text,
        at,
        tape,
    };
    let (kind, api_version) = scan.item(items)?;
    let end = scan.at;
    if text.len() - end < behind {
        return None;
    }
    items
        .take_tape(spot, kind, api_version, tape)
        .then_some(end)
}

/// Whether all of the value that begins at a byte is there, and so many bytes behind it; unless it is no
/// JSON, which counts as there.
pub(super) fn is_whole(text: &str, at: usize, behind: usize) -> bool {
    let mut scan = Scan {
        bytes: text.as_bytes(),
        text,
        at,
        tape: &mut Tape::default(),
    };
    match scan.skip(DEPTH_OF_ITEMS) {
        Some(()) => text.len() - scan.at >= behind,
        None => scan.at < text.len(),
    }
}

struct Scan<'t, 'p> {
    bytes: &'t [u8],
    text: &'t str,
    at: usize,
    tape: &'p mut Tape<'t>,
}

impl<'t> Scan<'t, '_> {
    /// The item that begins here; its kind and version.
    fn item<I: Items>(&mut self, items: &I) -> Option<(&'t str, &'t str)> {
        let opened = self.tape.open();
        self.expect(b'{')?;
        let mut types = [""; 2];
        for (name, written) in ["apiVersion", "kind"].into_iter().zip(&mut types) {
            self.space();
            if self.key()? != name {
                return None;
            }
            self.space();
            let (text, false) = self.string()? else {
                return None;
            };
            *written = text;
            self.tape.push(Piece::Text(name));
            self.tape.push(Piece::Text(text));
            self.space();
            match self.next()? {
                b',' => {}
                _ => return None,
            }
        }
        let [api_version, kind] = types;
        let unread = items.unread_on_tape(kind, api_version)?;
        self.space();
        self.fields(opened, "kind", unread, DEPTH_OF_ITEMS + 1)?;
        Some((kind, api_version))
    }

    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn next(&mut self) -> Option<u8> {
        let byte = self.peek()?;
        self.at += 1;
        Some(byte)
    }

    fn expect(&mut self, byte: u8) -> Option<()> {
        (self.next()? == byte).then_some(())
    }

    /// Goes on to the next byte that is no space.
    #[inline]
    fn space(&mut self) {
        while let Some(byte @ ..=b' ') = self.peek() {
            match byte {
                b'\n' => self.at = end_of_blanks(self.bytes, self.at + 1),
                b' ' | b'\t' | b'\r' => self.at += 1,
                _ => return,
            }
        }
    }

    /// A value that is read but for what is not.
    fn value(&mut self, unread: Unread, depth: usize) -> Option<()> {
        match self.peek()? {
            b'"' => {
                let piece = self.text()?;
                self.tape.push(piece);
            }
            b'{' => {
                self.at += 1;
                self.space();
                let opened = self.tape.open();
                if self.peek()? == b'}' {
                    self.at += 1;
                    return self.tape.end_object(opened, true).ok();
                }
                self.fields(opened, "", unread, depth + 1)?;
            }
            b'[' => {
                self.at += 1;
                self.space();
                let opened = self.tape.open();
                if self.peek()? == b']' {
                    self.at += 1;
                } else {
                    self.list(unread, depth + 1)?;
                }
                self.tape.end_list(opened);
            }
            b'-' | b'0'..=b'9' => {
                let written = self.number()?;
                let number = match json_number(written).ok()? {
                    Node::Number(number) => Piece::Number(number),
                    _ => return None,
                };
                self.tape.push(number);
            }
            _ => {
                let word = self.word()?;
                self.tape.push(word);
            }
        }
        Some(())
    }

    /// The fields of an object that come behind the key `last`; all of them behind the empty one.
    fn fields(
        &mut self,
        opened: Opened,
        mut last: &'t str,
        unread: Unread,
        depth: usize,
    ) -> Option<()> {
        if depth > MAX_DEPTH {
            return None;
        }
        let mut sorted = true;
        loop {
            let key = self.key()?;
            self.space();
            match unread.field(key) {
                Some(Unread::All) => self.skip(depth)?,
                Some(Unread::Behind(name)) if self.tape.has_text(opened, name) => {
                    self.skip(depth)?;
                }
                unread => {
                    // Keys differ early: no call to compare memory.
                    sorted &= last.bytes().lt(key.bytes());
                    last = key;
                    self.tape.push(Piece::Text(key));
                    self.value(unread.unwrap_or(Unread::NOTHING), depth)?;
                }
            }
            self.space();
            match self.next()? {
                b',' => self.space(),
                b'}' => break,
                _ => return None,
            }
        }
        // The empty key is the one that does not come behind `last`.
        self.tape.end_object(opened, sorted).ok()
    }

    /// The items of a list, from the first one on.
    fn list(&mut self, unread: Unread, depth: usize) -> Option<()> {
        if depth > MAX_DEPTH {
            return None;
        }
        loop {
            self.value(unread.item(), depth)?;
            self.space();
            match self.next()? {
                b',' => self.space(),
                b']' => return Some(()),
                _ => return None,
            }
        }
    }

    /// Goes over a value that is not read, within so many lists and objects.
    fn skip(&mut self, depth: usize) -> Option<()> {
        // A bit for each that has begun within the value: whether it is an object.
        let (mut objects, mut open) = (0_u128, 0);
        loop {
            match self.peek()? {
                b'"' => drop(self.pass_string()?),
                byte @ (b'{' | b'[') => {
                    let is_object = byte == b'{';
                    self.at += 1;
                    self.space();
                    if self.peek()? == if is_object { b'}' } else { b']' } {
                        self.at += 1;
                    } else {
                        open += 1;
                        if depth + open > MAX_DEPTH {
                            return None;
                        }
                        objects = objects << 1 | u128::from(is_object);
                        if is_object {
                            self.any_key()?;
                        }
                        continue;
                    }
                }
                b'-' | b'0'..=b'9' => drop(self.number()?),
                _ => drop(self.word()?),
            }
            loop {
                if open == 0 {
                    return Some(());
                }
                self.space();
                let is_object = objects & 1 == 1;
                match self.next()? {
                    b',' => {
                        self.space();
                        if is_object {
                            self.any_key()?;
                        }
                        break;
                    }
                    b'}' if is_object => {}
                    b']' if !is_object => {}
                    _ => return None,
                }
                objects >>= 1;
                open -= 1;
            }
        }
    }

    /// A key without escapes, and its colon.
    fn key(&mut self) -> Option<&'t str> {
        let (key, false) = self.string()? else {
            return None;
        };
        self.colon()?;
        Some(key)
    }

    #[inline]
    fn any_key(&mut self) -> Option<()> {
        self.pass_string()?;
        self.colon()?;
        self.space();
        Some(())
    }

    #[inline]
    fn colon(&mut self) -> Option<()> {
        if self.peek() != Some(b':') {
            self.space();
        }
        self.expect(b':')
    }

    fn text(&mut self) -> Option<Piece<'t>> {
        let start = self.at;
        let (inside, has_escapes) = self.string()?;
        if !has_escapes {
            return Some(Piece::Text(inside));
        }
        let written = &self.text[start..self.at];
        serde_json::from_str(written).ok().map(Piece::Made)
    }

    /// Goes over a string: what stands between its quotes, and whether there are escapes in it.
    #[inline]
    fn string(&mut self) -> Option<(&'t str, bool)> {
        let start = self.at + 1;
        let (end, has_escapes) = self.pass_string()?;
        Some((&self.text[start..end], has_escapes))
    }

    /// Goes over a string: where its last quote stands, and whether there are escapes in it.
    #[inline]
    fn pass_string(&mut self) -> Option<(usize, bool)> {
        self.expect(b'"')?;
        let end = end_of_plain(self.bytes, self.at);
        if self.bytes.get(end) == Some(&b'"') {
            self.at = end + 1;
            return Some((end, false));
        }
        self.pass_escapes(end)
    }

    /// Goes on over a string that is plain up to here and does not end.
    #[cold]
    fn pass_escapes(&mut self, plain: usize) -> Option<(usize, bool)> {
        self.at = plain;
        loop {
            match self.next()? {
                b'"' => return Some((self.at - 1, true)),
                b'\\' => match self.next()? {
                    b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => {}
                    b'u' => {
                        let Some(digits) = self.bytes.get(self.at..self.at + 4) else {
                            self.at = self.bytes.len();
                            return None;
                        };
                        if !digits.iter().all(u8::is_ascii_hexdigit) {
                            return None;
                        }
                        self.at += 4;
                    }
                    _ => return None,
                },
                _ => return None,
            }
            self.at = end_of_plain(self.bytes, self.at);
        }
    }

    /// Goes over a number, and gives it as written. What follows it is looked at by who goes on.
    fn number(&mut self) -> Option<&'t str> {
        let start = self.at;
        let end = end_of_number(self.bytes, start);
        self.at = *end.as_ref().unwrap_or_else(|missing| missing);
        end.is_ok().then(|| &self.text[start..self.at])
    }

    fn word(&mut self) -> Option<Piece<'t>> {
        let rest = &self.bytes[self.at..];
        let (word, length) = if rest.starts_with(b"true") {
            (Piece::Bool(true), 4)
        } else if rest.starts_with(b"false") {
            (Piece::Bool(false), 5)
        } else if rest.starts_with(b"null") {
            (Piece::Null, 4)
        } else {
            if rest.len() < "false".len() {
                self.at = self.bytes.len();
            }
            return None;
        };
        self.at += length;
        Some(word)
    }
}
