//! JSON into values, with the line of every value.
//!
//! The lexer walks over the text once and hands what it finds to a [`Sink`], the [`Assembler`].

use memchr::memrchr;
use serde::de::IgnoredAny;

use super::assemble::{Assembler, Begun, inexact, too_deep};
use super::fault::{END, Fault, codes};
use super::items::{Items, Spot};
use super::scalar::{end_of_number, json_number};
use super::spanned::Node;
use super::tape::Tape;
use super::text::line_breaks;
use super::{Document, MAX_DEPTH, scan};

/// Behind the items of a dump comes less than this.
const BEHIND_ITEMS: usize = 4 << 10;

/// Hands over the values of a JSON text: one value or several, one after another.
///
/// # Errors
/// The text is no JSON. Then nothing was handed over.
pub(super) fn documents<I: Items>(
    text: &str,
    items: &mut I,
    mut see: impl FnMut(Document, &mut I),
) -> Result<(), Fault> {
    let mut lexer = Lexer::new(text);
    let mut assembler = Assembler::new(text.len(), items);
    let mut tape = Tape::default();
    let mut number = 0;
    while lexer.skip_space() {
        number += 1;
        let mut reading = Reading {
            text,
            assembler: &mut assembler,
            tape: &mut tape,
            behind: 0,
            fault: None,
        };
        let walked = lexer.value(&mut reading);
        let fault = reading.fault;
        // One value is as good as checked; that all others are JSON is known before any counts.
        let checked = walked.and_then(|()| match number {
            1 => lexer.check(),
            _ => Ok(()),
        });
        if let Err(no_json) = checked {
            assembler.forget();
            return Err(no_json);
        }
        let (value, mut faults) = assembler.finish();
        let value = fault.is_none().then_some(value);
        faults.extend(fault);
        let document = Document {
            number,
            value,
            faults,
        };
        see(document, assembler.items());
    }
    Ok(())
}

/// A document that comes in parts.
pub(super) struct Walk {
    open: Vec<Begun>,
    line: u32,
    /// How long the item was that was taken last.
    last_item: usize,
}

/// How far a part went.
pub(super) enum Progress {
    /// The item that comes after so many bytes is not all there.
    Paused { read: usize },
    /// The document ends after so many bytes.
    Ended { read: usize },
}

impl Walk {
    pub fn new() -> Self {
        Self {
            open: Vec::new(),
            line: 1,
            last_item: 0,
        }
    }

    /// Goes over what has come since it paused, up to an item that is not all there while more may come.
    ///
    /// # Errors
    /// It is no JSON, or something is wrong with it, or it does not pause where it should.
    pub fn go_on<I: Items>(
        &mut self,
        text: &str,
        more: bool,
        assembler: &mut Assembler<'_, I>,
    ) -> Result<Progress, Fault> {
        let mut lexer = Lexer::new(text);
        (lexer.line, lexer.last_item) = (self.line, self.last_item);
        let mut reading = Reading {
            text,
            assembler,
            tape: &mut Tape::default(),
            behind: if more { BEHIND_ITEMS } else { 0 },
            fault: None,
        };
        let text = if more { Text::Part } else { Text::Whole };
        let way = lexer.go_on(&mut self.open, &mut reading, text)?;
        if let Some(fault) = reading.fault {
            return Err(fault);
        }
        (self.line, self.last_item) = (lexer.line, lexer.last_item);
        let read = lexer.at;
        Ok(match way {
            Way::Paused => Progress::Paused { read },
            Way::Ended => Progress::Ended { read },
        })
    }
}

/// Whether all of a text is there.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Text {
    Whole,
    Part,
}

/// Where a lexer stands.
enum Way {
    /// Before an item that is not all there.
    Paused,
    /// Behind the value.
    Ended,
}

/// What takes the values that the lexer finds.
trait Sink {
    fn begin(&mut self, begun: Begun, line: u32);
    fn end(&mut self);
    fn key(&mut self, written: &str, line: u32);
    fn string(&mut self, written: &str, line: u32);
    fn number(&mut self, written: &str, line: u32);
    fn word(&mut self, node: Node, line: u32);

    /// Whether the value that comes next is not read; then `skipped` follows in place of it.
    fn skips(&self) -> bool {
        false
    }

    fn skipped(&mut self) {}

    /// Whether what comes next is an item of the document's list.
    fn is_at_item(&self) -> bool {
        false
    }

    /// Takes the object that begins at a byte at once, where it is an item that is read so; where it
    /// ends.
    fn take_item(&mut self, _at: usize, _line: u32) -> Option<usize> {
        None
    }
}

/// Takes nothing.
impl Sink for () {
    fn begin(&mut self, _: Begun, _: u32) {}
    fn end(&mut self) {}
    fn key(&mut self, _: &str, _: u32) {}
    fn string(&mut self, _: &str, _: u32) {}
    fn number(&mut self, _: &str, _: u32) {}
    fn word(&mut self, _: Node, _: u32) {}
}

/// Puts a document together up to its first fault, and passes over the rest of it.
struct Reading<'t, 'a, 'i, I> {
    text: &'t str,
    assembler: &'a mut Assembler<'i, I>,
    tape: &'a mut Tape<'t>,
    /// How many bytes must have come behind an item.
    behind: usize,
    fault: Option<Fault>,
}

impl<'i, I: Items> Reading<'_, '_, 'i, I> {
    fn go_on(&mut self, add: impl FnOnce(&mut Assembler<'i, I>) -> Result<(), Fault>) {
        if self.fault.is_none() {
            self.fault = add(self.assembler).err();
        }
    }
}

impl<I: Items> Sink for Reading<'_, '_, '_, I> {
    fn begin(&mut self, begun: Begun, line: u32) {
        self.go_on(|assembler| assembler.begin(begun, 0, line));
    }

    fn end(&mut self) {
        self.go_on(Assembler::end);
    }

    fn key(&mut self, written: &str, line: u32) {
        self.go_on(|assembler| match unescaped(written) {
            Ok(key) => {
                assembler.key(key, line);
                Ok(())
            }
            Err(fault) => Err(assembler.fault(fault, line)),
        });
    }

    fn string(&mut self, written: &str, line: u32) {
        self.go_on(|assembler| match unescaped(written) {
            Ok(text) => assembler.scalar(Node::String(text), 0, line),
            Err(fault) => Err(assembler.fault(fault, line)),
        });
    }

    fn number(&mut self, written: &str, line: u32) {
        self.go_on(|assembler| match json_number(written) {
            Ok(number) => assembler.scalar(number, 0, line),
            Err(_) => Err(assembler.fault(inexact(written), line)),
        });
    }

    fn word(&mut self, node: Node, line: u32) {
        self.go_on(|assembler| assembler.scalar(node, 0, line));
    }

    fn skips(&self) -> bool {
        self.fault.is_none() && self.assembler.skips()
    }

    fn skipped(&mut self) {
        self.assembler.skipped();
    }

    fn is_at_item(&self) -> bool {
        self.assembler.next_item().is_some()
    }

    fn take_item(&mut self, at: usize, line: u32) -> Option<usize> {
        let index = self
            .assembler
            .next_item()
            .filter(|_| self.fault.is_none())?;
        let items = self.assembler.items();
        let spot = Spot { index, line };
        let end = scan::take_item(self.text, at, self.behind, spot, self.tape, items)?;
        self.assembler.item_is_taken(line);
        Some(end)
    }
}

/// A string, written with its quotes. What the lexer does not look at is whether its escapes make
/// characters: `"\ud800"` is half of one.
fn unescaped(written: &str) -> Result<Box<str>, Fault> {
    let inside = &written[1..written.len() - 1];
    if !inside.contains('\\') {
        return Ok(inside.into());
    }
    serde_json::from_str(written).map_err(|_| {
        let expected = "a string whose escapes make characters";
        Fault::unexpected(codes::SYNTAX, expected, crate::words::bare(written))
    })
}

/// Goes over a text.
#[derive(Clone, Copy)]
struct Lexer<'t> {
    text: &'t str,
    at: usize,
    line: u32,
    line_start: usize,
    last_item: usize,
}

impl<'t> Lexer<'t> {
    fn new(text: &'t str) -> Self {
        Self {
            text,
            at: 0,
            line: 1,
            line_start: 0,
            last_item: 0,
        }
    }

    /// Whether all of the text from here on is JSON.
    fn check(mut self) -> Result<(), Fault> {
        while self.skip_space() {
            self.value(&mut ())?;
        }
        Ok(())
    }

    /// Goes over a value that is not read; whether it is one. What it is not is told where it is read.
    fn skip(&mut self) -> bool {
        let rest = &self.text[self.at..];
        let mut values = serde_json::Deserializer::from_str(rest).into_iter::<IgnoredAny>();
        if !matches!(values.next(), Some(Ok(_))) {
            return false;
        }
        self.go_to(self.at + values.byte_offset());
        true
    }

    /// Goes on to a byte, over whatever stands before it.
    fn go_to(&mut self, at: usize) {
        let passed = &self.text.as_bytes()[self.at..at];
        self.line = self.line.saturating_add(line_breaks(passed));
        if let Some(last) = memrchr(b'\n', passed) {
            self.line_start = self.at + last + 1;
        }
        self.at = at;
    }

    /// Whether an item that begins here and is as long as the one before has not come: then it is not worth
    /// a look, which would be for nothing.
    fn lacks_an_item(&self) -> bool {
        self.text.len() - self.at < self.last_item + BEHIND_ITEMS
    }

    /// Whether all of the item that begins here has come, and enough behind it to tell what that is.
    fn has_all_of_item(&self) -> bool {
        scan::is_whole(self.text, self.at, BEHIND_ITEMS)
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    /// Goes on to the next byte that is no space; whether there is one.
    fn skip_space(&mut self) -> bool {
        while let Some(byte) = self.peek() {
            match byte {
                b'\n' => {
                    self.line = self.line.saturating_add(1);
                    self.line_start = self.at + 1;
                }
                b' ' | b'\t' | b'\r' => {}
                _ => return true,
            }
            self.at += 1;
        }
        false
    }

    /// Goes over one value, however deep, and hands it over piece by piece. Without recursion.
    fn value(&mut self, sink: &mut impl Sink) -> Result<(), Fault> {
        self.go_on(&mut Vec::new(), sink, Text::Whole).map(|_| ())
    }

    /// Goes over what has come of a value in which these lists and objects have begun.
    fn go_on(
        &mut self,
        open: &mut Vec<Begun>,
        sink: &mut impl Sink,
        text: Text,
    ) -> Result<Way, Fault> {
        loop {
            self.skip_space();
            match self.peek() {
                Some(_) if sink.skips() && self.skip() => sink.skipped(),
                Some(b'{') if text == Text::Part && self.lacks_an_item() && sink.is_at_item() => {
                    return Ok(Way::Paused);
                }
                Some(b'{') if let Some(end) = sink.take_item(self.at, self.line) => {
                    self.last_item = end - self.at;
                    self.go_to(end);
                }
                _ if text == Text::Part && sink.is_at_item() && !self.has_all_of_item() => {
                    return Ok(Way::Paused);
                }
                Some(byte @ (b'[' | b'{')) => {
                    if open.len() >= MAX_DEPTH {
                        return Err(self.located(too_deep()));
                    }
                    let begun = if byte == b'[' {
                        Begun::List
                    } else {
                        Begun::Object
                    };
                    sink.begin(begun, self.line);
                    self.at += 1;
                    self.skip_space();
                    if self.peek() == Some(closing(begun)) {
                        self.at += 1;
                        sink.end();
                    } else {
                        open.push(begun);
                        if begun == Begun::Object {
                            self.key(sink)?;
                        }
                        continue;
                    }
                }
                Some(b'"') => {
                    let line = self.line;
                    let written = self.string()?;
                    sink.string(written, line);
                }
                Some(b'-' | b'0'..=b'9') => {
                    let written = self.number()?;
                    self.ends_here()?;
                    sink.number(written, self.line);
                }
                _ => {
                    let node = self.word()?;
                    self.ends_here()?;
                    sink.word(node, self.line);
                }
            }
            if !self.after_value(open, sink)? {
                return Ok(Way::Ended);
            }
        }
    }

    /// Goes over what stands between a value and the next one; whether there is a next one.
    fn after_value(&mut self, open: &mut Vec<Begun>, sink: &mut impl Sink) -> Result<bool, Fault> {
        while let Some(&innermost) = open.last() {
            self.skip_space();
            match self.peek() {
                Some(b',') => {
                    self.at += 1;
                    if innermost == Begun::Object {
                        self.skip_space();
                        self.key(sink)?;
                    }
                    return Ok(true);
                }
                Some(byte) if byte == closing(innermost) => {
                    self.at += 1;
                    open.pop();
                    sink.end();
                }
                _ => {
                    return Err(self.unexpected(match innermost {
                        Begun::List => "`,` or `]` after an item",
                        Begun::Object => "`,` or `}` after a value",
                    }));
                }
            }
        }
        Ok(false)
    }

    /// Goes over a key and its colon.
    fn key(&mut self, sink: &mut impl Sink) -> Result<(), Fault> {
        if self.peek() != Some(b'"') {
            return Err(self.unexpected("a key in double quotes"));
        }
        let line = self.line;
        let written = self.string()?;
        sink.key(written, line);
        self.skip_space();
        if self.peek() != Some(b':') {
            return Err(self.unexpected("`:` after a key"));
        }
        self.at += 1;
        Ok(())
    }

    /// Goes over a string, and gives it with its quotes.
    fn string(&mut self) -> Result<&'t str, Fault> {
        let start = self.at;
        let bytes = self.text.as_bytes();
        self.at += 1;
        loop {
            match self.peek() {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(&self.text[start..self.at]);
                }
                Some(b'\\') => match bytes.get(self.at + 1) {
                    Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => self.at += 2,
                    Some(b'u') => {
                        let digits = bytes.get(self.at + 2..self.at + 6);
                        if !digits.is_some_and(|it| it.iter().all(u8::is_ascii_hexdigit)) {
                            return Err(self.unexpected("four hexadecimal digits after `\\u`"));
                        }
                        self.at += 6;
                    }
                    Some(_) => return Err(self.unexpected("an escape that JSON has")),
                    None => return Err(self.cut_short("a string")),
                },
                Some(0..0x20) => {
                    return Err(self.unexpected("the string's end before a control character"));
                }
                Some(_) => self.at += 1,
                None => return Err(self.cut_short("a string")),
            }
        }
    }

    /// Goes over a number, and gives it as written.
    fn number(&mut self) -> Result<&'t str, Fault> {
        let start = self.at;
        match end_of_number(self.text.as_bytes(), start) {
            Ok(end) => self.at = end,
            Err(missing) => {
                self.at = missing;
                return Err(self.unexpected("a digit"));
            }
        }
        Ok(&self.text[start..self.at])
    }

    /// Goes over `null`, `true` or `false`.
    fn word(&mut self) -> Result<Node, Fault> {
        let words = [
            ("null", Node::Null),
            ("true", Node::Bool(true)),
            ("false", Node::Bool(false)),
        ];
        for (word, node) in words {
            if self.text[self.at..].starts_with(word) {
                self.at += word.len();
                return Ok(node);
            }
        }
        Err(self.unexpected("a value"))
    }

    /// A number or word must not run on into something else.
    fn ends_here(&self) -> Result<(), Fault> {
        let is_end = |byte: u8| byte.is_ascii_whitespace() || b"\"[]{},:".contains(&byte);
        match self.peek() {
            Some(byte) if !is_end(byte) => Err(self.unexpected("the end of the value")),
            _ => Ok(()),
        }
    }

    fn unexpected(&self, expected: &str) -> Fault {
        match self.text[self.at..].chars().next() {
            None => self.cut_short("a value"),
            Some(found) => {
                let found = crate::words::bare(found.encode_utf8(&mut [0; 4]));
                let column = self.text[self.line_start..self.at].chars().count() + 1;
                let message =
                    format!("not JSON: expected {expected}, found `{found}` (column {column})");
                self.located(Fault::new(codes::SYNTAX, message))
            }
        }
    }

    fn cut_short(&self, within: &str) -> Fault {
        let message = format!("not JSON: the text ends in the middle of {within}");
        let mut fault = self.located(Fault::new(codes::CUT_SHORT, message));
        fault.followed_to = Some(END);
        // The last line that there is.
        let end = line_breaks(self.text.trim_end().as_bytes());
        fault.line = Some(end.saturating_add(1));
        fault
    }

    fn located(&self, fault: Fault) -> Fault {
        let mut fault = fault.on_line(self.line);
        fault.followed_to = Some((self.line, self.at - self.line_start + 1));
        fault
    }
}

fn closing(begun: Begun) -> u8 {
    match begun {
        Begun::List => b']',
        Begun::Object => b'}',
    }
}
