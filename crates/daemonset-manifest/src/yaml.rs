//! YAML into JSON values, with the line of every value.
//!
//! The parser gives events, which [`super::build`] puts together.

use granit_parser::{ErrorKind as ScanErrorKind, Event, Parser, ScanError, StrInput};

use super::build::{Builder, line_number, word_at};
use super::error::{END, Fault, ReadErrorKind};
use super::{Document, MAX_DEPTH};

/// The documents of a YAML text, in order. After a fault of syntax there is no more; after any
/// other fault comes the next document.
pub(super) struct Documents<'t> {
    text: &'t str,
    parser: Parser<'t, StrInput<'t>>,
    number: usize,
    builder: Builder<'t>,
    /// The fault of the document that is being passed over.
    fault: Option<Fault>,
    syntax: Option<Fault>,
    ended: bool,
}

impl<'t> Documents<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        let mut options = granit_parser::options! {
            flow_nesting_limit: MAX_DEPTH,
            block_nesting_limit: MAX_DEPTH,
        };
        options.set_emit_comments(false);
        Self {
            text,
            parser: Parser::new_from_str_with_options(text, options),
            number: 0,
            builder: Builder::new(text),
            fault: None,
            syntax: None,
            ended: false,
        }
    }

    /// What came of the document that has just ended.
    fn finish(&mut self) -> Result<Document, Fault> {
        let built = self.builder.finish();
        match self.fault.take() {
            Some(fault) => Err(fault),
            None => Ok(Document {
                value: built.0,
                lines: built.1,
            }),
        }
    }
}

impl Iterator for Documents<'_> {
    /// The document's number, counted from 1, and the document.
    type Item = (usize, Result<Document, Fault>);

    fn next(&mut self) -> Option<Self::Item> {
        if let Some(fault) = self.syntax.take() {
            return Some((self.number.max(1), Err(fault)));
        }
        while !self.ended {
            match self.parser.next_event() {
                None | Some(Ok((Event::StreamEnd, _))) => self.ended = true,
                Some(Ok((Event::DocumentStart(..), _))) => self.number += 1,
                Some(Ok((Event::DocumentEnd, _))) => return Some((self.number, self.finish())),
                Some(Ok((event, span))) => {
                    if self.fault.is_none() {
                        self.fault = self.builder.add(event, span).err();
                    }
                }
                Some(Err(error)) => {
                    self.ended = true;
                    let syntax = syntax_fault(&error, self.text);
                    let first = match self.fault.take() {
                        Some(fault) => {
                            self.syntax = Some(syntax);
                            fault
                        }
                        None => syntax,
                    };
                    return Some((self.number.max(1), Err(first)));
                }
            }
        }
        None
    }
}

fn syntax_fault(error: &ScanError, text: &str) -> Fault {
    let marker = error.marker();
    let kind = match error.kind() {
        ScanErrorKind::RecursionLimitExceeded => ReadErrorKind::TooDeep { limit: MAX_DEPTH },
        ScanErrorKind::UnknownAnchor => ReadErrorKind::UnknownAnchor {
            alias: word_at(text, marker.byte_offset()),
        },
        kind => ReadErrorKind::Syntax {
            format: "YAML",
            message: match kind {
                ScanErrorKind::TabInBlockIndentation
                | ScanErrorKind::TabInIndentation
                | ScanErrorKind::TabInPlainScalar
                | ScanErrorKind::TabAtBlockScalarStart => {
                    "expected spaces as indentation, found a tab".to_owned()
                }
                ScanErrorKind::InvalidQuotedScalarIndent => {
                    "unclosed quote, or quoted text that is not indented".to_owned()
                }
                other => other.to_string(),
            },
            column: marker.col() + 1,
        },
    };
    let line = line_number(marker.line());
    let reach = match error.kind() {
        // These are told where the bracket or quote stands.
        ScanErrorKind::UnclosedFlowCollection { .. } | ScanErrorKind::UnclosedQuotedScalar => END,
        _ => (line, marker.col() + 1),
    };
    let mut fault = Fault::on_line(kind, line);
    fault.followed_to = Some(reach);
    fault
}
