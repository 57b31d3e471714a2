//! JSON into values, with the line of every value, as [`super::yaml`] gives them.

use std::cell::{Cell, RefCell};
use std::fmt;
use std::io::{self, Read};
use std::rc::Rc;

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::map::Entry;
use serde_json::{Map, Value};

use super::error::{END, Fault, ReadErrorKind};
use super::number::{from_float, is_exact};
use super::path::{Step, shorten, size};
use super::{Document, MAX_DEPTH, line_breaks};

/// Where the values of a text end, if it is JSON: one value or several, one after another.
pub(super) fn ends(text: &str) -> Result<Vec<usize>, Fault> {
    let mut values = serde_json::Deserializer::from_str(text).into_iter::<IgnoredAny>();
    let mut ends = Vec::new();
    while let Some(value) = values.next() {
        value.map_err(|error| syntax_fault(&error))?;
        ends.push(values.byte_offset());
    }
    Ok(ends)
}

fn syntax_fault(error: &serde_json::Error) -> Fault {
    let message = error.to_string();
    // The message ends in the place, which is told apart.
    let message = message
        .rsplit_once(" at line ")
        .map_or(&*message, |(text, _)| text);
    let kind = if message == "recursion limit exceeded" {
        ReadErrorKind::TooDeep { limit: MAX_DEPTH }
    } else {
        ReadErrorKind::Syntax {
            format: "JSON",
            message: message.to_owned(),
            column: error.column(),
        }
    };
    let line = u32::try_from(error.line()).unwrap_or(u32::MAX);
    let reach = if error.is_eof() {
        END
    } else {
        (line, error.column())
    };
    let mut fault = Fault::on_line(kind, line);
    fault.followed_to = Some(reach);
    fault
}

/// The values of a text, in order.
pub(super) struct Documents<'t> {
    state: Rc<State<'t>>,
    ends: std::vec::IntoIter<usize>,
    number: usize,
}

impl<'t> Documents<'t> {
    /// `ends` are those that [`ends`] found.
    pub(super) fn new(text: &'t str, ends: Vec<usize>) -> Self {
        Self {
            state: Rc::new(State {
                text: text.as_bytes(),
                offset: Cell::new(0),
                counted: Cell::new((0, 1)),
                lines: RefCell::default(),
                fault: RefCell::default(),
            }),
            ends: ends.into_iter(),
            number: 0,
        }
    }
}

impl Iterator for Documents<'_> {
    /// The value's number, counted from 1, and the value.
    type Item = (usize, Result<Document, Fault>);

    fn next(&mut self) -> Option<Self::Item> {
        let end = self.ends.next()?;
        self.number += 1;
        let state = &self.state;
        state.skip_space();
        let root = Node {
            state,
            depth: 0,
            key_line: None,
        };
        let feed = Feed {
            state: Rc::clone(state),
            end,
        };
        let read = root.deserialize(&mut serde_json::Deserializer::from_reader(feed));
        let lines = state.lines.take();
        let document = match read {
            Ok(value) => Ok(Document { value, lines }),
            Err(error) => Err(state
                .fault
                .take()
                .unwrap_or_else(|| state.late_fault(&error))),
        };
        state.offset.set(end);
        Some((self.number, document))
    }
}

/// How far reading has come, and what was seen on the way.
struct State<'t> {
    text: &'t [u8],
    offset: Cell<usize>,
    /// An offset before that one, and its line.
    counted: Cell<(usize, u32)>,
    lines: RefCell<Vec<u32>>,
    fault: RefCell<Option<Fault>>,
}

impl State<'_> {
    fn skip_space(&self) {
        let offset = self.offset.get();
        let rest = &self.text[offset..];
        let space = rest.iter().take_while(|byte| byte.is_ascii_whitespace());
        self.offset.set(offset + space.count());
    }

    /// What only shows when text and numbers are read: half a surrogate pair, or a number too
    /// large for a float.
    fn late_fault(&self, error: &serde_json::Error) -> Fault {
        if error.to_string().starts_with("number out of range") {
            let found = shorten(self.number());
            return Fault::on_line(ReadErrorKind::Number { found }, self.line());
        }
        // The parser has counted from the value's beginning.
        let read = &self.text[..self.offset.get()];
        let line_start = read
            .iter()
            .rposition(|&byte| byte == b'\n')
            .map_or(0, |at| at + 1);
        let mut fault = syntax_fault(error);
        fault.line = Some(self.line());
        if let ReadErrorKind::Syntax { column, .. } = &mut fault.kind {
            *column = read.len() - line_start;
        }
        fault
    }

    /// The line that reading has come to.
    fn line(&self) -> u32 {
        let (from, line) = self.counted.get();
        let line = line.saturating_add(line_breaks(&self.text[from..self.offset.get()]));
        self.counted.set((self.offset.get(), line));
        line
    }

    /// The number that has just been read, as written.
    fn number(&self) -> &str {
        let is_digit = |byte: &u8| matches!(byte, b'0'..=b'9' | b'+' | b'-' | b'.' | b'e' | b'E');
        let read = &self.text[..self.offset.get()];
        // The byte after the number may have been read with it.
        let read = match read.split_last() {
            Some((last, rest)) if !is_digit(last) => rest,
            _ => read,
        };
        let start = read
            .iter()
            .rposition(|byte| !is_digit(byte))
            .map_or(0, |at| at + 1);
        std::str::from_utf8(&read[start..]).unwrap_or("")
    }

    /// Ends reading with a fault of this crate.
    fn fail<E: serde::de::Error>(&self, line: u32, kind: ReadErrorKind) -> E {
        *self.fault.borrow_mut() = Some(Fault::on_line(kind, line));
        E::custom("fault")
    }

    /// Says, on the way back from a fault, which field it came from.
    fn passed(&self, step: Step) {
        if let Some(fault) = self.fault.borrow_mut().as_mut() {
            fault.path.0.insert(0, step);
        }
    }
}

/// Hands out the text up to an end, so that it is known how far reading has come.
struct Feed<'t> {
    state: Rc<State<'t>>,
    end: usize,
}

impl Read for Feed<'_> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let offset = self.state.offset.get();
        let rest = &self.state.text[offset..self.end];
        let length = rest.len().min(out.len());
        out[..length].copy_from_slice(&rest[..length]);
        self.state.offset.set(offset + length);
        Ok(length)
    }
}

/// Reads one value.
#[derive(Clone, Copy)]
struct Node<'s, 't> {
    state: &'s State<'t>,
    depth: usize,
    /// The line of the value's key, where it has one.
    key_line: Option<u32>,
}

impl Node<'_, '_> {
    fn inner(self, key_line: Option<u32>) -> Self {
        Self {
            depth: self.depth + 1,
            key_line,
            ..self
        }
    }

    fn check_depth<E: serde::de::Error>(self) -> Result<(), E> {
        if self.depth < MAX_DEPTH {
            return Ok(());
        }
        let kind = ReadErrorKind::TooDeep { limit: MAX_DEPTH };
        Err(self.state.fail(self.state.line(), kind))
    }
}

impl<'de> DeserializeSeed<'de> for Node<'_, '_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        let line = self.key_line.unwrap_or_else(|| self.state.line());
        self.state.lines.borrow_mut().push(line);
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Node<'_, '_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, truth: bool) -> Result<Value, E> {
        Ok(Value::Bool(truth))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Value, E> {
        Ok(Value::from(number))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Value, E> {
        Ok(Value::from(number))
    }

    fn visit_f64<E: serde::de::Error>(self, float: f64) -> Result<Value, E> {
        let number = self.state.number();
        // The digits themselves: `serde_json` may be off by the last bit.
        let float = number.parse().unwrap_or(float);
        if is_exact(number, float) {
            return Ok(from_float(float));
        }
        let found = shorten(number);
        Err(self
            .state
            .fail(self.state.line(), ReadErrorKind::Number { found }))
    }

    fn visit_str<E>(self, text: &str) -> Result<Value, E> {
        Ok(Value::from(text))
    }

    fn visit_string<E>(self, text: String) -> Result<Value, E> {
        Ok(Value::String(text))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Value, A::Error> {
        self.check_depth()?;
        let mut items = Vec::new();
        loop {
            match seq.next_element_seed(self.inner(None)) {
                Ok(Some(item)) => items.push(item),
                Ok(None) => return Ok(Value::Array(items)),
                Err(error) => {
                    self.state.passed(Step::Index(items.len()));
                    return Err(error);
                }
            }
        }
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        self.check_depth()?;
        let at = self.state.lines.borrow().len();
        let mut fields = Map::new();
        while let Some(key) = map.next_key::<String>()? {
            let line = self.state.line();
            let place = match fields.entry(key) {
                Entry::Vacant(place) => place,
                Entry::Occupied(known) => {
                    let key = known.key().clone();
                    let before = fields.iter().take_while(|(known, _)| **known != key);
                    let first = at + before.map(|(_, value)| size(value)).sum::<usize>();
                    let first = self.state.lines.borrow()[first];
                    let kind = ReadErrorKind::DuplicateKey { first };
                    let error = self.state.fail(line, kind);
                    self.state.passed(Step::Key(key));
                    return Err(error);
                }
            };
            match map.next_value_seed(self.inner(Some(line))) {
                Ok(value) => {
                    place.insert(value);
                }
                Err(error) => {
                    self.state.passed(Step::Key(place.key().clone()));
                    return Err(error);
                }
            }
        }
        Ok(Value::Object(fields))
    }
}
