//! Events of the YAML parser into one value, by kubectl's rules: anchors, merges, tags, scalars.

use granit_parser::{Event, ScalarStyle, Span, Tag};
use indexmap::IndexMap;
use serde_json::map::Entry;
use serde_json::{Map, Value};

use super::MAX_DEPTH;
use super::error::{Fault, ReadErrorKind};
use super::path::{Path, Step, describe, shorten, size};
use super::scalar::{self, Inexact, Scalar};
use crate::hash::HashMap;

/// Aliases may stand for as many values as the source has bytes, and for so many at least: what
/// they make stays in proportion to what was given.
const MIN_ALIAS_BUDGET: usize = 100_000;

/// So many bytes of text count as one more value.
const TEXT_PER_VALUE: usize = 64;

/// Puts the values of one document together. It needs no recursion: lists and objects that have
/// begun stand on a stack.
pub(super) struct Builder<'t> {
    text: &'t str,
    open: Vec<Open>,
    /// The lines of all values so far, each before those in it.
    lines: Vec<u32>,
    root: Value,
    anchors: HashMap<usize, Anchor>,
    alias_budget: usize,
    alias_limit: usize,
}

/// A list or object that has begun.
struct Open {
    /// Where its own line stands in the lines.
    at: usize,
    anchor: usize,
    content: Content,
}

enum Content {
    List(Vec<Value>),
    Object { key: Key, fields: Fields },
}

/// What comes next in an object.
enum Key {
    Expected,
    /// The value of this key, which stands on this line.
    Of(String, u32),
    /// The value of `<<`, which stands on this line.
    Merge(u32),
}

enum Fields {
    Plain(Map<String, Value>),
    /// From the first `<<` on, as merged fields take each other's places.
    Merging(IndexMap<String, Field>),
}

struct Field {
    value: Value,
    lines: Vec<u32>,
    origin: Origin,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Origin {
    Given,
    Merged,
}

/// The value of an anchor, once that is complete.
#[derive(Clone)]
struct Anchor {
    value: Value,
    lines: Vec<u32>,
    cost: usize,
}

impl<'t> Builder<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        let alias_limit = text.len().max(MIN_ALIAS_BUDGET);
        Self {
            text,
            open: Vec::new(),
            lines: Vec::new(),
            root: Value::Null,
            anchors: HashMap::default(),
            alias_budget: alias_limit,
            alias_limit,
        }
    }

    /// The document's value and lines; the next event begins another document.
    pub(super) fn finish(&mut self) -> (Value, Vec<u32>) {
        self.open.clear();
        self.anchors.clear();
        (
            std::mem::take(&mut self.root),
            std::mem::take(&mut self.lines),
        )
    }

    pub(super) fn add(&mut self, event: Event<'_>, span: Span) -> Result<(), Fault> {
        let line = line_number(span.start.line());
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                let scalar = Written {
                    text: text.into_owned(),
                    style,
                    tag: tag.as_deref(),
                };
                if self.expects_key() {
                    return self.key(scalar, anchor, line);
                }
                let value = scalar.value().map_err(|kind| self.fault(line, kind))?;
                let at = self.begin(line);
                self.complete(value, anchor, at)
            }
            Event::Alias(anchor) => self.alias(anchor, span),
            Event::SequenceStart(_, anchor, tag) => {
                self.open(anchor, tag.as_deref(), line, Content::List(Vec::new()))
            }
            Event::MappingStart(_, anchor, tag) => {
                let content = Content::Object {
                    key: Key::Expected,
                    fields: Fields::Plain(Map::new()),
                };
                self.open(anchor, tag.as_deref(), line, content)
            }
            Event::SequenceEnd | Event::MappingEnd => self.close(),
            _ => Ok(()),
        }
    }

    fn expects_key(&self) -> bool {
        matches!(
            self.open.last().map(|open| &open.content),
            Some(Content::Object {
                key: Key::Expected,
                ..
            })
        )
    }

    fn set_key(&mut self, next: Key) {
        if let Some(Content::Object { key, .. }) = self.open.last_mut().map(|o| &mut o.content) {
            *key = next;
        }
    }

    /// Notes a value's line, which is its key's in an object, and says where it stands.
    fn begin(&mut self, own: u32) -> usize {
        let line = match self.open.last().map(|open| &open.content) {
            Some(Content::Object {
                key: Key::Of(_, line) | Key::Merge(line),
                ..
            }) => *line,
            _ => own,
        };
        self.lines.push(line);
        self.lines.len() - 1
    }

    fn open(
        &mut self,
        anchor: usize,
        tag: Option<&Tag>,
        line: u32,
        content: Content,
    ) -> Result<(), Fault> {
        let (allowed, found) = match content {
            Content::List(_) => ("seq", "a list"),
            Content::Object { .. } => ("map", "an object"),
        };
        if let Some(tag) = tag.filter(|tag| tag.core_suffix() != Some(allowed)) {
            return Err(self.fault(line, tag_fault(tag)));
        }
        if self.expects_key() {
            return Err(self.fault(line, key_fault(found.to_owned())));
        }
        self.check_depth(1, line)?;
        let at = self.begin(line);
        self.open.push(Open {
            at,
            anchor,
            content,
        });
        Ok(())
    }

    fn close(&mut self) -> Result<(), Fault> {
        let Some(Open {
            at,
            anchor,
            content,
        }) = self.open.pop()
        else {
            return Ok(());
        };
        let value = match content {
            Content::List(items) => Value::Array(items),
            Content::Object { fields, .. } => Value::Object(match fields {
                Fields::Plain(fields) => fields,
                Fields::Merging(fields) => fields
                    .into_iter()
                    .map(|(key, field)| {
                        self.lines.extend(field.lines);
                        (key, field.value)
                    })
                    .collect(),
            }),
        };
        self.complete(value, anchor, at)
    }

    fn key(&mut self, scalar: Written<'_>, anchor: usize, line: u32) -> Result<(), Fault> {
        if scalar.is_plain() && scalar.text == "<<" {
            self.set_key(Key::Merge(line));
            return Ok(());
        }
        if anchor != 0 {
            let value = scalar
                .clone()
                .value()
                .map_err(|kind| self.fault(line, kind))?;
            self.keep(anchor, value, vec![line])?;
        }
        let key = scalar.key().map_err(|kind| self.fault(line, kind))?;
        self.set_key(Key::Of(key, line));
        Ok(())
    }

    fn alias(&mut self, anchor: usize, span: Span) -> Result<(), Fault> {
        let line = line_number(span.start.line());
        let alias = || word_at(self.text, span.start.byte_offset());
        if self.open.iter().any(|open| open.anchor == anchor) {
            return Err(self.fault(line, ReadErrorKind::AliasInItself { alias: alias() }));
        }
        let Some(known) = self.anchors.get(&anchor) else {
            return Err(self.fault(line, ReadErrorKind::UnknownAnchor { alias: alias() }));
        };
        let rest = self.rest_of_budget(known.cost, line)?;
        if self.expects_key() {
            let key = key_of(&known.value).map_err(|kind| self.fault(line, kind))?;
            self.alias_budget = rest;
            self.set_key(Key::Of(key, line));
            return Ok(());
        }
        self.check_depth(depth(&known.value), line)?;
        // What is in the value keeps the lines that it was written on.
        let Anchor { value, lines, .. } = known.clone();
        self.alias_budget = rest;
        let at = self.begin(line);
        self.lines.extend(lines.into_iter().skip(1));
        self.complete(value, 0, at)
    }

    /// Refuses lists and objects of so many more levels.
    fn check_depth(&self, more: usize, line: u32) -> Result<(), Fault> {
        if self.open.len() + more > MAX_DEPTH {
            return Err(self.fault(line, ReadErrorKind::TooDeep { limit: MAX_DEPTH }));
        }
        Ok(())
    }

    /// Keeps the value of an anchor. The copy counts like an alias: anchors within anchors would
    /// otherwise take the square of the text.
    fn keep(&mut self, anchor: usize, value: Value, lines: Vec<u32>) -> Result<(), Fault> {
        let cost = cost(&value);
        self.alias_budget = self.rest_of_budget(cost, lines[0])?;
        self.anchors.insert(anchor, Anchor { value, lines, cost });
        Ok(())
    }

    fn rest_of_budget(&self, cost: usize, line: u32) -> Result<usize, Fault> {
        self.alias_budget.checked_sub(cost).ok_or_else(|| {
            let limit = self.alias_limit;
            self.fault(line, ReadErrorKind::TooManyAliases { limit })
        })
    }

    /// Puts a complete value, whose line stands at `at`, where it belongs.
    fn complete(&mut self, value: Value, anchor: usize, at: usize) -> Result<(), Fault> {
        if anchor != 0 {
            self.keep(anchor, value.clone(), self.lines[at..].to_vec())?;
        }
        let Some(parent) = self.open.last_mut() else {
            self.root = value;
            return Ok(());
        };
        let (key, fields) = match &mut parent.content {
            Content::List(items) => {
                items.push(value);
                return Ok(());
            }
            Content::Object { key, fields } => (std::mem::replace(key, Key::Expected), fields),
        };
        let (line, key, kind) = match (key, fields) {
            (Key::Expected, _) => return Ok(()),
            (Key::Of(key, line), Fields::Plain(fields)) => {
                match add(fields, key, value, &self.lines[parent.at..]) {
                    Ok(()) => return Ok(()),
                    Err((key, first)) => (line, key, ReadErrorKind::DuplicateKey { first }),
                }
            }
            (Key::Of(key, line), Fields::Merging(fields)) => {
                match add_merging(fields, key, value, self.lines.split_off(at)) {
                    Ok(()) => return Ok(()),
                    Err((key, first)) => (line, key, ReadErrorKind::DuplicateKey { first }),
                }
            }
            (Key::Merge(line), fields) => {
                let lines = self.lines.split_off(at);
                let given = self.lines.split_off(parent.at + 1);
                let plain = std::mem::replace(fields, Fields::Plain(Map::new()));
                let mut merging = plain.into_merging(given);
                let merged = merge(&mut merging, value, lines);
                *fields = Fields::Merging(merging);
                match merged {
                    Ok(()) => return Ok(()),
                    Err(kind) => (line, "<<".to_owned(), kind),
                }
            }
        };
        let mut fault = self.fault(line, kind);
        fault.path.0.push(Step::Key(key));
        Err(fault)
    }

    /// A fault of the value that comes next.
    fn fault(&self, line: u32, kind: ReadErrorKind) -> Fault {
        let mut path = Path::default();
        for open in &self.open {
            match &open.content {
                Content::List(items) => path.0.push(Step::Index(items.len())),
                Content::Object { key, .. } => match key {
                    Key::Expected => {}
                    Key::Of(key, _) => path.0.push(Step::Key(key.clone())),
                    Key::Merge(_) => path.0.push(Step::Key("<<".to_owned())),
                },
            }
        }
        let mut fault = Fault::on_line(kind, line);
        fault.path = path;
        fault
    }
}

impl Fields {
    /// The fields as `<<` needs them. `lines` are those of the fields so far, which are none
    /// where an earlier `<<` has taken them.
    fn into_merging(self, lines: Vec<u32>) -> IndexMap<String, Field> {
        match self {
            Self::Plain(fields) => split(fields, lines, Origin::Given).collect(),
            Self::Merging(fields) => fields,
        }
    }
}

/// Adds a field, or says the key and the line of the one that is there. `lines` are those of the
/// object.
fn add(
    fields: &mut Map<String, Value>,
    key: String,
    value: Value,
    lines: &[u32],
) -> Result<(), (String, u32)> {
    let key = match fields.entry(key) {
        Entry::Vacant(place) => {
            place.insert(value);
            return Ok(());
        }
        Entry::Occupied(known) => known.key().clone(),
    };
    let before = fields.iter().take_while(|(known, _)| **known != key);
    let at = 1 + before.map(|(_, value)| size(value)).sum::<usize>();
    Err((key, lines.get(at).copied().unwrap_or_default()))
}

/// The same in an object with `<<`: a merged field gives way to one that is given after it.
fn add_merging(
    fields: &mut IndexMap<String, Field>,
    key: String,
    value: Value,
    lines: Vec<u32>,
) -> Result<(), (String, u32)> {
    if let Some(known) = fields
        .get(&key)
        .filter(|known| known.origin == Origin::Given)
    {
        return Err((key, known.lines.first().copied().unwrap_or_default()));
    }
    fields.insert(
        key,
        Field {
            value,
            lines,
            origin: Origin::Given,
        },
    );
    Ok(())
}

/// Merges an object, or the objects of a list, of which earlier ones count more. As with
/// kubectl, a merged field takes the place of one that is given before the `<<`.
///
/// `lines` are those of the value.
fn merge(
    fields: &mut IndexMap<String, Field>,
    value: Value,
    mut lines: Vec<u32>,
) -> Result<(), ReadErrorKind> {
    match value {
        Value::Object(object) => {
            for (key, field) in split(object, lines.split_off(1), Origin::Merged) {
                let origin = fields
                    .get(&key)
                    .map_or(Origin::Merged, |known| known.origin);
                fields.insert(key, Field { origin, ..field });
            }
        }
        Value::Array(items) if items.iter().all(Value::is_object) => {
            for item in items.into_iter().rev() {
                let lines = lines.split_off(lines.len() - size(&item));
                merge(fields, item, lines)?;
            }
        }
        other => {
            return Err(ReadErrorKind::Unexpected {
                expected: "an object or a list of objects to merge".to_owned(),
                found: describe(&other),
            });
        }
    }
    Ok(())
}

/// The fields of an object, each with its lines.
fn split(
    object: Map<String, Value>,
    lines: Vec<u32>,
    origin: Origin,
) -> impl Iterator<Item = (String, Field)> {
    let mut lines = lines.into_iter();
    object.into_iter().map(move |(key, value)| {
        let lines = lines.by_ref().take(size(&value)).collect();
        let field = Field {
            value,
            lines,
            origin,
        };
        (key, field)
    })
}

/// A scalar as it was written.
#[derive(Clone)]
struct Written<'e> {
    text: String,
    style: ScalarStyle,
    tag: Option<&'e Tag>,
}

impl Written<'_> {
    /// Whether nothing but the text says what it means.
    fn is_plain(&self) -> bool {
        self.style == ScalarStyle::Plain && self.tag.is_none()
    }

    fn value(self) -> Result<Value, ReadErrorKind> {
        let scalar = self.resolve()?;
        match scalar {
            Scalar::Float(float) if !float.is_finite() => Err(number_fault(&self.text)),
            scalar => Ok(scalar.into_value(self.text)),
        }
    }

    fn key(self) -> Result<String, ReadErrorKind> {
        let scalar = self.resolve()?;
        scalar
            .into_key(self.text)
            .ok_or_else(|| key_fault("null".to_owned()))
    }

    fn resolve(&self) -> Result<Scalar, ReadErrorKind> {
        let plain = || scalar::resolve(&self.text).map_err(|Inexact| number_fault(&self.text));
        let Some(tag) = self.tag else {
            return match self.style {
                ScalarStyle::Plain => plain(),
                _ => Ok(Scalar::String),
            };
        };
        let (expected, scalar) = match tag.core_suffix() {
            Some("str") => return Ok(Scalar::String),
            Some("int") => ("an integer", plain()?),
            Some("float") => ("a number", plain()?),
            Some("bool") => ("a boolean", plain()?),
            Some("null") => ("null", plain()?),
            _ => return Err(tag_fault(tag)),
        };
        match (expected, &scalar) {
            ("an integer" | "a number", Scalar::Int(_))
            | ("a number", Scalar::Float(_))
            | ("a boolean", Scalar::Bool(_))
            | ("null", Scalar::Null) => Ok(scalar),
            _ => Err(ReadErrorKind::Unexpected {
                expected: format!("{expected} after {}", as_written(tag)),
                found: format!("{:?}", shorten(&self.text)),
            }),
        }
    }
}

/// The key that an alias of this value makes.
fn key_of(value: &Value) -> Result<String, ReadErrorKind> {
    match value {
        Value::String(text) => Ok(text.clone()),
        Value::Bool(truth) => Ok(truth.to_string()),
        Value::Number(number) => Ok(number.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => Err(key_fault(describe(value))),
    }
}

fn key_fault(found: String) -> ReadErrorKind {
    ReadErrorKind::Unexpected {
        expected: "a string, a number or a boolean as key".to_owned(),
        found,
    }
}

fn tag_fault(tag: &Tag) -> ReadErrorKind {
    ReadErrorKind::Tag {
        found: as_written(tag),
    }
}

/// A tag for a message: it may spell any character by its code, line breaks too.
fn as_written(tag: &Tag) -> String {
    shorten(&tag.original()).escape_debug().to_string()
}

fn number_fault(text: &str) -> ReadErrorKind {
    ReadErrorKind::Number {
        found: shorten(text),
    }
}

/// What a copy of a value counts.
fn cost(value: &Value) -> usize {
    let text = |text: &str| text.len() / TEXT_PER_VALUE;
    1 + match value {
        Value::String(string) => text(string),
        Value::Array(items) => items.iter().map(cost).sum(),
        Value::Object(fields) => fields
            .iter()
            .map(|(key, value)| text(key) + cost(value))
            .sum(),
        _ => 0,
    }
}

/// How many lists and objects stand in each other.
fn depth(value: &Value) -> usize {
    match value {
        Value::Array(items) => 1 + items.iter().map(depth).max().unwrap_or(0),
        Value::Object(fields) => 1 + fields.values().map(depth).max().unwrap_or(0),
        _ => 0,
    }
}

/// The word of the text that begins at this byte: an alias as written, fit for a message.
pub(super) fn word_at(text: &str, start: Option<usize>) -> String {
    let rest = start.and_then(|start| text.get(start..)).unwrap_or("");
    let end = rest.find([' ', '\t', '\r', '\n', ',', ']', '}']);
    let word = shorten(&rest[..end.unwrap_or(rest.len())]);
    word.escape_debug().to_string()
}

pub(super) fn line_number(line: usize) -> u32 {
    u32::try_from(line).unwrap_or(u32::MAX)
}
