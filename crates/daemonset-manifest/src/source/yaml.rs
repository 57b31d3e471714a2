//! YAML into values, with the line of every value.
//!
//! The parser gives events, which the [`Assembler`] puts together; scalars, keys and tags mean
//! what they mean to kubectl ([`super::scalar`]).

use std::borrow::Cow;

use granit_parser::{ErrorKind, Event, Parser, ScalarStyle, ScanError, Span, Tag};

use super::assemble::{Assembler, Begun, inexact, key_fault, too_deep, unknown_anchor};
use super::fault::{END, Fault, codes};
use super::items::Items;
use super::scalar::{self, Inexact, Scalar};
use super::spanned::Node;
use super::text::{Encoding, Parts, line_breaks, strip_marks};
use super::{Document, MAX_DEPTH, regular, syntax};
use crate::words::{bare, in_quotes};

/// Hands over the documents of a YAML text. `not_json` is why it is no JSON, where it was tried.
pub(super) fn documents<I: Items>(
    text: &[u8],
    encoding: Encoding,
    mut not_json: Option<Fault>,
    items: &mut I,
    see: &mut impl FnMut(Document, &mut I),
) {
    let mut assembler = Assembler::new(text.len(), items);
    let mut number = 0;
    for parted in Parts::new(text) {
        let (skipped, part) = strip_marks(parted.text);
        let line = parted.line.saturating_add(skipped);
        let mut told: Vec<_> = directive_fault(part, line).into_iter().collect();
        if parted.is_glued {
            let message = "expected `---` between two dumps, found none: read as two";
            let fault = Fault::new(codes::GLUED, message).warning();
            told.push(fault.on_line(line.saturating_add(1)));
        }
        let text = match std::str::from_utf8(part) {
            Ok(text) => Cow::Borrowed(text),
            Err(error) => {
                let fault = encoding_fault(encoding, part, error.valid_up_to(), line);
                let is_read = encoding == Encoding::Utf8;
                told.push(if is_read { fault.warning() } else { fault });
                if is_read {
                    String::from_utf8_lossy(part)
                } else {
                    number += 1;
                    let document = Document {
                        number,
                        value: None,
                        faults: told,
                    };
                    see(document, assembler.items());
                    continue;
                }
            }
        };
        let mut read = |mut document: Document, items: &mut I| {
            // Neither YAML nor JSON: the one that could be followed further is more likely meant.
            let followed_to = document.faults.iter().filter_map(|it| it.followed_to).max();
            let further = not_json.take_if(|json| {
                // Where both tell of one line, and that is not where a text that was cut ends, quoted keys tell
                // which one was meant.
                let is_there = || {
                    let mut lines = document.faults.iter().map(|it| it.line);
                    let line = json.line.filter(|line| lines.any(|it| it == Some(*line)));
                    is_quoted(&text) && line.is_some_and(|line| goes_on(&text, line))
                };
                followed_to.is_some() && (json.followed_to >= followed_to || is_there())
            });
            document.faults = further.map_or(document.faults, |json| vec![json]);
            if document.value.is_some() {
                document.faults.append(&mut told);
            }
            see(document, items);
        };
        let mut part = Part {
            text: &text,
            line,
            assembler: &mut assembler,
        };
        number = part.documents(number, &mut read);
    }
}

/// Whether anything stands behind a line of a text.
fn goes_on(text: &str, line: u32) -> bool {
    let mut behind = text
        .lines()
        .skip(usize::try_from(line).unwrap_or(usize::MAX));
    behind.any(|line| !line.trim().is_empty())
}

/// Whether a text begins with a bracket and a quote, as JSON of an object does.
fn is_quoted(text: &str) -> bool {
    let inner = text.trim_start().strip_prefix('{');
    inner.is_some_and(|inner| inner.trim_start().starts_with('"'))
}

/// The documents of a text without `---`, read by the reader for all of YAML.
#[cfg(test)]
pub(super) fn documents_of_any_kind(text: &str) -> Vec<Document> {
    let mut documents = Vec::new();
    let mut none = ();
    let mut assembler = Assembler::new(text.len(), &mut none);
    let mut part = Part {
        text,
        line: 0,
        assembler: &mut assembler,
    };
    part.documents_of_any_kind(0, &mut |document, ()| documents.push(document));
    documents
}

/// kubectl parts a text at `---` before it reads any of it, and is left with a directive alone.
fn directive_fault(part: &[u8], line: u32) -> Option<Fault> {
    let lines = part.split(|&byte| byte == b'\n');
    let is_content = |line: &&[u8]| !matches!(line.trim_ascii_start().first(), None | Some(b'#'));
    let (at, first) = lines
        .zip(1..)
        .find(|(line, _)| is_content(line))
        .map(|(line, at)| (at, line))?;
    let directive = String::from_utf8_lossy(first.strip_prefix(b"%")?.trim_ascii()).into_owned();
    let found = in_quotes(&format!("%{directive}"));
    let message =
        format!("expected no directive, found {found}: kubectl does not read the document");
    Some(Fault::new(codes::SYNTAX, message).on_line(line.saturating_add(at)))
}

fn encoding_fault(encoding: Encoding, part: &[u8], at: usize, line: u32) -> Fault {
    let byte = part.get(at).copied().unwrap_or_default();
    let valid = part.get(..at).unwrap_or_default();
    let line = line.saturating_add(line_breaks(valid)).saturating_add(1);
    let (expected, found) = match encoding {
        // As Go reads it, whatever else it was meant to be.
        Encoding::Utf8 => (
            "UTF-8",
            format!("the byte {byte:#04x}, which is read as U+FFFD"),
        ),
        Encoding::Utf16 => ("UTF-16", "half of a surrogate pair".to_owned()),
        Encoding::Utf32 => ("UTF-8 or UTF-16", "UTF-32".to_owned()),
    };
    Fault::unexpected(codes::ENCODING, expected, found).on_line(line)
}

/// A part of a text that is read for itself.
struct Part<'p, 'a, 'i, I> {
    text: &'p str,
    /// How many lines come before it.
    line: u32,
    assembler: &'a mut Assembler<'i, I>,
}

impl<I: Items> Part<'_, '_, '_, I> {
    /// Hands over the part's documents, and says the number of the last one. After a fault of
    /// syntax there is no more; after any other fault comes the next document.
    fn documents(&mut self, before: usize, see: &mut impl FnMut(Document, &mut I)) -> usize {
        if self.assembler.items().reads_regular()
            && regular::document(self.text, self.line, self.assembler).is_ok()
        {
            let document = self.document(before + 1, None, None);
            see(document, self.assembler.items());
            return before + 1;
        }
        self.documents_of_any_kind(before, see)
    }

    fn documents_of_any_kind(
        &mut self,
        before: usize,
        see: &mut impl FnMut(Document, &mut I),
    ) -> usize {
        let mut options = granit_parser::options! {
            flow_nesting_limit: MAX_DEPTH,
            block_nesting_limit: MAX_DEPTH,
        };
        options.set_emit_comments(false);
        let mut parser = Parser::new_from_str_with_options(self.text, options);
        let mut number = before;
        let mut is_open = false;
        let mut fault = None;
        loop {
            match parser.next_event() {
                None | Some(Ok((Event::StreamEnd, _))) => return number,
                Some(Ok((Event::DocumentStart(..), _))) => {
                    number += 1;
                    is_open = true;
                }
                Some(Ok((Event::DocumentEnd, _))) => {
                    is_open = false;
                    let document = self.document(number, fault.take(), None);
                    see(document, self.assembler.items());
                }
                Some(Ok((event, span))) => {
                    if fault.is_none() {
                        fault = self.add(event, span).err();
                    }
                }
                Some(Err(error)) => {
                    number += usize::from(!is_open);
                    let syntax = self.syntax_fault(&error);
                    let document = self.document(number, fault.take(), Some(syntax));
                    see(document, self.assembler.items());
                    return number;
                }
            }
        }
    }

    fn document(&mut self, number: usize, fault: Option<Fault>, syntax: Option<Fault>) -> Document {
        let (value, mut faults) = self.assembler.finish();
        let is_whole = fault.is_none() && syntax.is_none();
        faults.extend(fault);
        faults.extend(syntax);
        Document {
            number,
            value: is_whole.then_some(value),
            faults,
        }
    }

    fn add(&mut self, event: Event<'_>, span: Span) -> Result<(), Fault> {
        let line = self.line_of(span.start.line());
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                let scalar = Written {
                    text: &text,
                    style,
                    tag: tag.as_deref(),
                };
                if self.assembler.expects_key() {
                    return self.key(&scalar, anchor, line);
                }
                let node = scalar
                    .value()
                    .map_err(|it| self.assembler.fault(it, line))?;
                self.assembler.scalar(node, anchor, line)
            }
            Event::Alias(anchor) => {
                let alias = self.word_at(span.start.byte_offset());
                self.assembler.alias(anchor, &alias, line)
            }
            Event::SequenceStart(_, anchor, tag) => {
                self.check_tag(tag.as_deref(), "seq", line)?;
                self.assembler.begin(Begun::List, anchor, line)
            }
            Event::MappingStart(_, anchor, tag) => {
                self.check_tag(tag.as_deref(), "map", line)?;
                self.assembler.begin(Begun::Object, anchor, line)
            }
            Event::SequenceEnd | Event::MappingEnd => self.assembler.end(),
            _ => Ok(()),
        }
    }

    fn key(&mut self, scalar: &Written<'_>, anchor: usize, line: u32) -> Result<(), Fault> {
        if scalar.is_plain() && scalar.text == "<<" {
            self.assembler.merge_key(line);
            return Ok(());
        }
        if anchor != 0 {
            let node = scalar
                .value()
                .map_err(|it| self.assembler.fault(it, line))?;
            self.assembler.keep_key(anchor, node, line)?;
        }
        let key = scalar.key().map_err(|it| self.assembler.fault(it, line))?;
        self.assembler.key(key, line);
        Ok(())
    }

    fn check_tag(&self, tag: Option<&Tag>, allowed: &str, line: u32) -> Result<(), Fault> {
        match tag.filter(|tag| tag.core_suffix() != Some(allowed)) {
            Some(tag) => Err(self.assembler.fault(tag_fault(tag), line)),
            None => Ok(()),
        }
    }

    fn line_of(&self, line: usize) -> u32 {
        let line = u32::try_from(line).unwrap_or(u32::MAX);
        self.line.saturating_add(line)
    }

    fn syntax_fault(&self, error: &ScanError) -> Fault {
        let marker = error.marker();
        let line = self.line_of(marker.line());
        let mut fault = match error.kind() {
            ErrorKind::RecursionLimitExceeded => too_deep(),
            ErrorKind::UnknownAnchor => unknown_anchor(&self.word_at(marker.byte_offset())),
            kind => syntax::fault(kind, marker.col() + 1),
        };
        let rest = marker.byte_offset().and_then(|at| self.text.get(at..));
        let is_last_line = rest.is_some_and(|rest| !rest.is_empty() && !rest.contains('\n'));
        if is_last_line && fault.code == codes::SYNTAX {
            fault.message += "; the text ends on this line, and may be cut short";
        }
        fault.followed_to = Some(if fault.code == codes::CUT_SHORT {
            // What is not closed is told where it begins.
            END
        } else {
            (line, marker.col() + 1)
        });
        fault.on_line(line)
    }

    /// The word of the text that begins at this byte: an alias as written, fit for a message.
    fn word_at(&self, start: Option<usize>) -> String {
        let rest = start.and_then(|start| self.text.get(start..)).unwrap_or("");
        let end = rest.find([' ', '\t', '\r', '\n', ',', ']', '}']);
        bare(&rest[..end.unwrap_or(rest.len())])
    }
}

/// A scalar as it was written.
struct Written<'e> {
    text: &'e str,
    style: ScalarStyle,
    tag: Option<&'e Tag>,
}

impl Written<'_> {
    /// Whether nothing but the text says what it means.
    fn is_plain(&self) -> bool {
        self.style == ScalarStyle::Plain && self.tag.is_none()
    }

    fn value(&self) -> Result<Node, Fault> {
        match self.resolve()? {
            Scalar::Float(float) if !float.is_finite() => Err(inexact(self.text)),
            scalar => Ok(scalar.into_node(self.text)),
        }
    }

    fn key(&self) -> Result<Box<str>, Fault> {
        let key = self.resolve()?.into_key(self.text);
        key.ok_or_else(|| key_fault("nothing"))
    }

    fn resolve(&self) -> Result<Scalar, Fault> {
        let plain = || scalar::resolve(self.text).map_err(|Inexact| inexact(self.text));
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
            _ => {
                let expected = format!("{expected} after {}", bare(&tag.original()));
                let found = in_quotes(self.text);
                Err(Fault::unexpected(codes::UNKNOWN_TAG, &expected, found))
            }
        }
    }
}

fn tag_fault(tag: &Tag) -> Fault {
    let expected = "no tag, or !!str, !!int, !!float, !!bool, !!null, !!map or !!seq";
    Fault::unexpected(codes::UNKNOWN_TAG, expected, bare(&tag.original()))
}
