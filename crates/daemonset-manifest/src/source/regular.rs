//! YAML as kubectl writes it, read line by line: many times as fast as YAML of every kind.
//!
//! Block lists and objects, each key on a line of its own; scalars plain, in quotes or as `|`
//! blocks; `{}` and `[]`. Whatever else a line holds (a comment, an anchor, a tag, a flow list, a
//! blank line, anything that might be meant otherwise), the text is left to the reader for all of
//! YAML ([`super::yaml`]), from its beginning. What is read here means the same there: tests hold
//! the two against each other.

use memchr::{memchr, memmem};

use super::MAX_DEPTH;
use super::assemble::{Assembler, Begun};
use super::items::Items;
use super::scalar::{self, Scalar};
use super::spanned::Node;

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
    if text.chars().any(is_special) {
        return Err(Irregular);
    }
    let mut lines = Lines {
        rest: text,
        line: before,
        indent: 0,
        content: "",
        ended: false,
    };
    lines.next_line()?;
    if lines.content == "---" {
        lines.next_line()?;
    }
    let mut reader = Reader {
        lines,
        assembler,
        muted: false,
        depth: 0,
    };
    let read = reader.whole();
    if read.is_err() {
        assembler.forget();
    }
    read
}

/// A character that means something of its own, or that YAML forbids.
fn is_special(character: char) -> bool {
    matches!(
        character,
        '\0'..='\u{8}' | '\u{b}'..='\u{1f}' | '\u{7f}'..='\u{9f}' | '\u{2028}' | '\u{2029}' | '\u{feff}'
            | '\u{fffe}' | '\u{ffff}'
    )
}

/// Goes from line to line.
struct Lines<'t> {
    /// What comes after this line.
    rest: &'t str,
    /// The number of this line.
    line: u32,
    /// How many columns come before the content.
    indent: usize,
    /// The line from there on.
    content: &'t str,
    /// Whether there is no line any more.
    ended: bool,
}

impl<'t> Lines<'t> {
    /// Takes the next line as it is; none at the end.
    fn take(&mut self) -> Option<&'t str> {
        if self.rest.is_empty() {
            return None;
        }
        let (line, rest) = match memchr(b'\n', self.rest.as_bytes()) {
            Some(end) => (&self.rest[..end], &self.rest[end + 1..]),
            None => (self.rest, ""),
        };
        self.rest = rest;
        self.line = self.line.saturating_add(1);
        Some(line)
    }

    /// Goes on to the next line, or to the end.
    fn next_line(&mut self) -> Read<()> {
        let Some(line) = self.take() else {
            (self.indent, self.content, self.ended) = (0, "", true);
            return Ok(());
        };
        let content = line.trim_start_matches(' ');
        let is_regular = !content.is_empty()
            && !content.starts_with('#')
            && !content.ends_with(' ')
            && memchr(b'\t', content.as_bytes()).is_none();
        if !is_regular {
            return Err(Irregular);
        }
        self.indent = line.len() - content.len();
        self.content = content;
        Ok(())
    }

    /// Whether an item of a list begins here.
    fn is_item(&self) -> bool {
        self.content.starts_with("- ")
    }

    /// Takes the `- ` away.
    fn enter_item(&mut self) -> Read<()> {
        self.content = &self.content[2..];
        self.indent += 2;
        if self.content.starts_with(' ') {
            return Err(Irregular);
        }
        Ok(())
    }
}

struct Reader<'t, 'a, 'i, I> {
    lines: Lines<'t>,
    assembler: &'a mut Assembler<'i, I>,
    /// Whether what is read is not put together.
    muted: bool,
    depth: usize,
}

impl<'t, I: Items> Reader<'t, '_, '_, I> {
    fn whole(&mut self) -> Read<()> {
        if self.lines.ended || self.lines.indent != 0 {
            return Err(Irregular);
        }
        self.block()?;
        if self.lines.ended {
            Ok(())
        } else {
            Err(Irregular)
        }
    }

    /// The list or object that begins here.
    fn block(&mut self) -> Read<()> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(Irregular);
        }
        if self.lines.is_item() {
            self.list()?;
        } else {
            self.object()?;
        }
        self.depth -= 1;
        Ok(())
    }

    fn list(&mut self) -> Read<()> {
        let column = self.lines.indent;
        self.begin(Begun::List)?;
        loop {
            self.lines.enter_item()?;
            if self.lines.is_item() || key_of(self.lines.content).is_some() {
                self.block()?;
            } else {
                self.scalar(self.lines.content, column)?;
            }
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
        self.end()
    }

    fn object(&mut self) -> Read<()> {
        let column = self.lines.indent;
        self.begin(Begun::Object)?;
        loop {
            let (key, value) = key_of(self.lines.content).ok_or(Irregular)?;
            self.key(key)?;
            // Nothing of what is muted is asked for again.
            let mutes = !self.muted && self.assembler.skips();
            self.muted |= mutes;
            self.value(value, column)?;
            if mutes {
                self.muted = false;
                self.assembler.skipped();
            }
            if self.lines.ended || self.lines.indent < column {
                break;
            }
            if self.lines.indent > column || self.lines.is_item() {
                return Err(Irregular);
            }
        }
        self.end()
    }

    /// The value of a key that stands in this column.
    fn value(&mut self, value: &'t str, column: usize) -> Read<()> {
        if !value.is_empty() {
            return self.scalar(value, column);
        }
        let line = self.lines.line;
        self.lines.next_line()?;
        let is_in = self.lines.indent > column;
        let is_list = self.lines.indent == column && self.lines.is_item();
        if !self.lines.ended && (is_in || is_list) {
            return self.block();
        }
        self.node(Node::Null, line)
    }

    /// A scalar, or an empty list or object, within what stands in this column; goes on to the line
    /// behind it.
    fn scalar(&mut self, text: &'t str, column: usize) -> Read<()> {
        let line = self.lines.line;
        let node = match text.as_bytes() {
            b"{}" => return self.empty(Begun::Object),
            b"[]" => return self.empty(Begun::List),
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
        self.node(node, line)
    }

    fn empty(&mut self, begun: Begun) -> Read<()> {
        if self.depth >= MAX_DEPTH {
            return Err(Irregular);
        }
        let column = self.lines.indent;
        self.begin(begun)?;
        self.end()?;
        self.lines.next_line()?;
        // What is further in would belong to it.
        if !self.lines.ended && self.lines.indent > column {
            return Err(Irregular);
        }
        Ok(())
    }

    /// A plain scalar, folded where it goes on.
    fn plain(&mut self, text: &'t str, column: usize) -> Read<Node> {
        check_plain(text)?;
        self.lines.next_line()?;
        if self.lines.ended || self.lines.indent <= column {
            return plain_node(text);
        }
        let mut folded = text.to_owned();
        while !self.lines.ended && self.lines.indent > column {
            check_plain(self.lines.content)?;
            folded.push(' ');
            folded.push_str(self.lines.content);
            self.lines.next_line()?;
        }
        plain_node(&folded)
    }

    /// What stands in single quotes, folded where it goes on; the first quote is gone.
    fn single_quoted(&mut self, text: &'t str, column: usize) -> Read<Node> {
        let mut whole = String::new();
        let mut part = text;
        loop {
            let (inside, closed) = unquoted(part)?;
            whole.push_str(&inside);
            self.lines.next_line()?;
            if closed {
                return Ok(Node::String(whole.into()));
            }
            if self.lines.ended || self.lines.indent <= column {
                return Err(Irregular);
            }
            whole.push(' ');
            part = self.lines.content;
        }
    }

    /// A `|` block: its lines as they are.
    fn literal(&mut self, column: usize, chomping: Chomping) -> Read<Node> {
        let mut text = String::new();
        let mut depth = None;
        loop {
            let before = (self.lines.rest, self.lines.line);
            let Some(line) = self.lines.take() else {
                self.lines.next_line()?;
                break;
            };
            let content = line.trim_start_matches(' ');
            let indent = line.len() - content.len();
            if line.is_empty() && depth.is_some() {
                text.push('\n');
                continue;
            }
            if content.is_empty() {
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
        Ok(Node::String(text.into()))
    }

    fn begin(&mut self, begun: Begun) -> Read<()> {
        if self.muted {
            return Ok(());
        }
        let line = self.lines.line;
        (self.assembler.begin(begun, 0, line)).map_err(|_| Irregular)
    }

    fn end(&mut self) -> Read<()> {
        if self.muted {
            return Ok(());
        }
        self.assembler.end().map_err(|_| Irregular)
    }

    fn key(&mut self, key: Key<'_>) -> Read<()> {
        let name = match key {
            Key::Quoted(name) => name.into(),
            Key::Plain(name) => {
                let key = scalar::resolve(name).map_err(|_| Irregular)?;
                key.into_key(name).ok_or(Irregular)?
            }
        };
        if !self.muted {
            self.assembler.key(name, self.lines.line);
        }
        Ok(())
    }

    fn node(&mut self, node: Node, line: u32) -> Read<()> {
        if self.muted {
            return Ok(());
        }
        self.assembler.scalar(node, 0, line).map_err(|_| Irregular)
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
            let is_plain = |byte: &u8| {
                byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'/' | b'-' | b'$')
            };
            let end = bytes.iter().position(|byte| !is_plain(byte))?;
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

fn plain_node(text: &str) -> Read<Node> {
    match scalar::resolve(text).map_err(|_| Irregular)? {
        Scalar::Float(float) if !float.is_finite() => Err(Irregular),
        scalar => Ok(scalar.into_node(text)),
    }
}

/// What stands in double quotes on one line.
fn double_quoted(text: &str) -> Read<Node> {
    let inside = text[1..].strip_suffix('"').ok_or(Irregular)?;
    let bytes = inside.as_bytes();
    if memchr(b'\\', bytes).is_none() {
        if memchr(b'"', bytes).is_some() {
            return Err(Irregular);
        }
        return Ok(Node::String(inside.into()));
    }
    // Escapes that JSON and YAML have alike.
    let mut escapes = bytes.iter();
    while let Some(byte) = escapes.next() {
        if *byte == b'\\' && !matches!(escapes.next(), Some(b'"' | b'\\' | b'n' | b't' | b'r')) {
            return Err(Irregular);
        }
    }
    serde_json::from_str(text)
        .map(Node::String)
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
