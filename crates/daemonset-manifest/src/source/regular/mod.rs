//! YAML as kubectl writes it, read line by line: many times as fast as YAML of every kind.
//!
//! Block lists and objects, each key on a line of its own; scalars plain, in quotes or as `|`
//! blocks; `{}` and `[]`. Whatever else a line holds (a comment, an anchor, a tag, a flow list, a
//! blank line, anything that might be meant otherwise), the text is left to the reader for all of
//! YAML ([`super::yaml`]), from its beginning. What is read here means the same there: tests hold
//! the two against each other.

mod lines;
mod pieces;
mod sink;

use memchr::{memchr, memmem};

use super::MAX_DEPTH;
use super::assemble::{Assembler, Begun};
use super::eights::end_of_blanks;
use super::items::Items;
use super::scalar::{self, Scalar};
use super::spanned::Node;
use super::tape::{Piece, Tape};
use lines::Lines;
use sink::{Muted, Next, Sink, Tree};

pub(super) use pieces::Pieces;

/// The text is not of this kind, or there is something wrong with it.
pub(super) struct Irregular;

type Read<T> = Result<T, Irregular>;

/// Keys of more bytes are left to the other reader, which has a bound on them.
const LONGEST_KEY: usize = 512;

/// Puts the one document of a text together, whose lines come after so many others.
///
/// # Errors
/// The text is irregular; then the assembler has forgotten it.
pub(super) fn document<I: Items>(
    text: &str,
    before: u32,
    assembler: &mut Assembler<'_, I>,
) -> Read<()> {
    let read = whole(text, before, assembler);
    if read.is_err() {
        assembler.forget();
    }
    read
}

fn whole<I: Items>(text: &str, before: u32, assembler: &mut Assembler<'_, I>) -> Read<()> {
    let mut lines = Lines::new(text, before);
    lines.next_line()?;
    if lines.content == "---" {
        lines.next_line()?;
    }
    if lines.ended || lines.indent != 0 {
        return Err(Irregular);
    }
    let mut reader = Reader { lines, depth: 0 };
    reader.block(&mut Tree {
        assembler,
        tape: Tape::default(),
    })?;
    if reader.lines.ended {
        Ok(())
    } else {
        Err(Irregular)
    }
}

struct Reader<'t> {
    lines: Lines<'t>,
    depth: usize,
}

impl<'t> Reader<'t> {
    /// The list or object that begins here.
    fn block(&mut self, sink: &mut impl Sink<'t>) -> Read<()> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(Irregular);
        }
        if self.lines.is_item() {
            self.list(sink)?;
        } else {
            self.object(sink)?;
        }
        self.depth -= 1;
        Ok(())
    }

    fn list(&mut self, sink: &mut impl Sink<'t>) -> Read<()> {
        let column = self.lines.indent;
        sink.begin(Begun::List, self.lines.line)?;
        loop {
            self.item(column, sink)?;
            if self.lines.ended || self.lines.indent < column {
                break;
            }
            if self.lines.indent > column {
                return Err(Irregular);
            }
            if !self.lines.is_item() {
                break;
            }
        }
        sink.end()
    }

    /// The item that begins here, of a list in this column.
    fn item(&mut self, column: usize, sink: &mut impl Sink<'t>) -> Read<()> {
        self.lines.enter_item()?;
        if sink.take_item(self) {
            Ok(())
        } else if self.lines.is_item() || key_of(self.lines.content).is_some() {
            self.block(sink)
        } else {
            self.scalar(self.lines.content, column, sink)
        }
    }

    fn object(&mut self, sink: &mut impl Sink<'t>) -> Read<()> {
        let column = self.lines.indent;
        sink.begin(Begun::Object, self.lines.line)?;
        loop {
            self.field(column, sink)?;
            if self.lines.ended || self.lines.indent < column {
                break;
            }
            if self.lines.indent > column || self.lines.is_item() {
                return Err(Irregular);
            }
        }
        sink.end()
    }

    /// The key that stands here, in this column, and its value.
    fn field(&mut self, column: usize, sink: &mut impl Sink<'t>) -> Read<()> {
        let (key, value) = key_of(self.lines.content).ok_or(Irregular)?;
        let name = match key {
            Key::Quoted(name) => Piece::Text(name),
            Key::Plain(name) => match scalar::resolve(name).map_err(|_| Irregular)? {
                Scalar::String => Piece::Text(name),
                other => Piece::Made(other.into_key(name).ok_or(Irregular)?),
            },
        };
        match sink.key(name, self.lines.line)? {
            Next::IsRead => self.value(value, column, sink),
            Next::IsSkipped => {
                self.value(value, column, &mut Muted)?;
                sink.skipped();
                Ok(())
            }
        }
    }

    /// The value of a key that stands in this column.
    fn value(&mut self, value: &'t str, column: usize, sink: &mut impl Sink<'t>) -> Read<()> {
        if !value.is_empty() {
            return self.scalar(value, column, sink);
        }
        let line = self.lines.line;
        self.lines.next_line()?;
        let is_in = self.lines.indent > column;
        let is_list = self.lines.indent == column && self.lines.is_item();
        if !self.lines.ended && (is_in || is_list) {
            return self.block(sink);
        }
        sink.scalar(Piece::Null, line)
    }

    /// A scalar, or an empty list or object, within what stands in this column; goes on to the line
    /// behind it.
    fn scalar(&mut self, text: &'t str, column: usize, sink: &mut impl Sink<'t>) -> Read<()> {
        // To the other reader a block begins where its text does.
        let line = self.lines.line.saturating_add(text.starts_with('|').into());
        let value = match text.as_bytes() {
            b"{}" => return self.empty(Begun::Object, sink),
            b"[]" => return self.empty(Begun::List, sink),
            b"|" => self.literal(column, Chomping::Clip)?,
            b"|-" => self.literal(column, Chomping::Strip)?,
            [b'"', ..] => {
                self.lines.next_line()?;
                double_quoted(text)?
            }
            [b'\'', rest @ ..] if !rest.is_empty() => self.single_quoted(&text[1..], column)?,
            [b'-', b'-', third, ..] if *third != b'-' => self.plain(text, column)?,
            [b'-', second, ..] if !matches!(second, b' ' | b'-') => self.plain(text, column)?,
            [first, ..] if is_plain_start(*first) => self.plain(text, column)?,
            _ => return Err(Irregular),
        };
        if !self.lines.ended && self.lines.indent > column {
            return Err(Irregular);
        }
        sink.scalar(value, line)
    }

    fn empty(&mut self, begun: Begun, sink: &mut impl Sink<'t>) -> Read<()> {
        if self.depth >= MAX_DEPTH {
            return Err(Irregular);
        }
        let column = self.lines.indent;
        sink.begin(begun, self.lines.line)?;
        sink.end()?;
        self.lines.next_line()?;
        // What is further in would belong to it.
        if !self.lines.ended && self.lines.indent > column {
            return Err(Irregular);
        }
        Ok(())
    }

    /// A plain scalar, folded where it goes on.
    fn plain(&mut self, text: &'t str, column: usize) -> Read<Piece<'t>> {
        check_plain(text)?;
        self.lines.next_line()?;
        if self.lines.ended || self.lines.indent <= column {
            return plain(text);
        }
        let mut folded = text.to_owned();
        while !self.lines.ended && self.lines.indent > column {
            check_plain(self.lines.content)?;
            folded.push(' ');
            folded.push_str(self.lines.content);
            self.lines.next_line()?;
        }
        Ok(match plain(&folded)? {
            Piece::Null => Piece::Null,
            Piece::Bool(truth) => Piece::Bool(truth),
            Piece::Number(number) => Piece::Number(number),
            _ => Piece::Made(folded.into()),
        })
    }

    /// What stands in single quotes, folded where it goes on; the first quote is gone.
    fn single_quoted(&mut self, text: &'t str, column: usize) -> Read<Piece<'t>> {
        if let Some(inside) = text.strip_suffix('\'')
            && memchr(b'\'', inside.as_bytes()).is_none()
        {
            self.lines.next_line()?;
            return Ok(Piece::Text(inside));
        }
        let mut whole = String::new();
        let mut part = text;
        loop {
            let (inside, closed) = unquoted(part)?;
            whole.push_str(&inside);
            self.lines.next_line()?;
            if closed {
                return Ok(Piece::Made(whole.into()));
            }
            if self.lines.ended || self.lines.indent <= column {
                return Err(Irregular);
            }
            whole.push(' ');
            part = self.lines.content;
        }
    }

    /// A `|` block: its lines as they are.
    fn literal(&mut self, column: usize, chomping: Chomping) -> Read<Piece<'t>> {
        let mut text = String::new();
        let mut depth = None;
        loop {
            let before = (self.lines.rest, self.lines.line);
            let Some((line, _)) = self.lines.take()? else {
                self.lines.next_line()?;
                break;
            };
            let indent = end_of_blanks(line.as_bytes(), 0);
            if line.is_empty() && depth.is_some() {
                text.push('\n');
                continue;
            }
            if indent == line.len() {
                return Err(Irregular);
            }
            let depth = *depth.get_or_insert(indent);
            if depth <= column {
                return Err(Irregular);
            }
            if indent < depth {
                (self.lines.rest, self.lines.line) = before;
                self.lines.next_line()?;
                break;
            }
            text.push_str(&line[depth..]);
            text.push('\n');
        }
        let end = text.trim_end_matches('\n').len();
        if end == 0 {
            return Err(Irregular);
        }
        text.truncate(end);
        if chomping == Chomping::Clip {
            text.push('\n');
        }
        Ok(Piece::Made(text.into()))
    }
}

/// What becomes of the end of a `|` block.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Chomping {
    /// One line break stays.
    Clip,
    /// None stays.
    Strip,
}

#[derive(Clone, Copy)]
enum Key<'t> {
    Plain(&'t str),
    Quoted(&'t str),
}

/// The bytes that a plain key is made of.
const IN_KEYS: [bool; 256] = {
    let mut are = [false; 256];
    let mut byte = 0_u8;
    while byte < 128 {
        are[byte as usize] =
            byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'/' | b'-' | b'$');
        byte += 1;
    }
    are
};

/// The key that a line begins with, and its value on that line.
fn key_of(content: &str) -> Option<(Key<'_>, &str)> {
    let bytes = content.as_bytes();
    let (key, end) = match bytes.first()? {
        quote @ (b'"' | b'\'') => {
            let inside = memchr(*quote, &bytes[1..])?;
            let name = &content[1..=inside];
            if name.contains('\\') {
                return None;
            }
            (Key::Quoted(name), inside + 2)
        }
        b'-' => return None,
        _ => {
            let end = bytes.iter().position(|byte| !IN_KEYS[usize::from(*byte)])?;
            (Key::Plain(&content[..end]), end)
        }
    };
    if end == 0 || end > LONGEST_KEY {
        return None;
    }
    match &bytes[end..] {
        [b':'] => Some((key, "")),
        [b':', b' ', value, ..] if *value != b' ' => Some((key, &content[end + 2..])),
        _ => None,
    }
}

/// A byte that a plain scalar may begin with and that nothing else begins with.
fn is_plain_start(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
        || matches!(
            byte,
            b'_' | b'.' | b'/' | b'$' | b'+' | b'(' | b'~' | b'=' | b'<' | b'^' | b';'
        )
}

/// Refuses what would be a comment or a key within a plain scalar.
fn check_plain(text: &str) -> Read<()> {
    let bytes = text.as_bytes();
    let has_colon = memchr(b':', bytes).is_some()
        && (text.ends_with(':') || memmem::find(bytes, b": ").is_some());
    let has_hash = memchr(b'#', bytes).is_some() && memmem::find(bytes, b" #").is_some();
    if has_colon || has_hash || text.starts_with('#') {
        return Err(Irregular);
    }
    Ok(())
}

fn plain(text: &str) -> Read<Piece<'_>> {
    Ok(match scalar::resolve(text).map_err(|_| Irregular)? {
        Scalar::String => Piece::Text(text),
        Scalar::Float(float) if !float.is_finite() => return Err(Irregular),
        other => match other.into_node("") {
            Node::Null => Piece::Null,
            Node::Bool(truth) => Piece::Bool(truth),
            Node::Number(number) => Piece::Number(number),
            _ => return Err(Irregular),
        },
    })
}

/// What stands in double quotes on one line.
fn double_quoted(text: &str) -> Read<Piece<'_>> {
    let inside = text[1..].strip_suffix('"').ok_or(Irregular)?;
    let bytes = inside.as_bytes();
    if memchr(b'\\', bytes).is_none() {
        if memchr(b'"', bytes).is_some() {
            return Err(Irregular);
        }
        return Ok(Piece::Text(inside));
    }
    // Escapes that JSON and YAML have alike.
    let mut escapes = bytes.iter();
    while let Some(byte) = escapes.next() {
        if *byte == b'\\' && !matches!(escapes.next(), Some(b'"' | b'\\' | b'n' | b't' | b'r')) {
            return Err(Irregular);
        }
    }
    serde_json::from_str(text)
        .map(Piece::Made)
        .map_err(|_| Irregular)
}

/// A part of what stands in single quotes, and whether the last of them closes it.
fn unquoted(part: &str) -> Read<(String, bool)> {
    let mut inside = String::with_capacity(part.len());
    let mut rest = part;
    while let Some(at) = memchr(b'\'', rest.as_bytes()) {
        inside.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        match rest.strip_prefix('\'') {
            Some(after) => {
                inside.push('\'');
                rest = after;
            }
            None if rest.is_empty() => return Ok((inside, true)),
            None => return Err(Irregular),
        }
    }
    inside.push_str(rest);
    Ok((inside, false))
}
