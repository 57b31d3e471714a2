//! What can be wrong with a source, and where.

use std::fmt;
use std::sync::Arc;

use super::path::{Path, Step};

/// Where something stands: what is known of the source, the document in it, the item of a list
/// and the line.
///
/// ```
/// use daemonset::manifest::Inventory;
///
/// let errors = Inventory::new().read("a.json", br#"{"apiVersion": "v1"}"#).unwrap_err();
/// assert_eq!(errors.errors()[0].place.to_string(), "a.json, document 1, line 1");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The source's name, as the caller gave it.
    pub source: Arc<str>,
    /// The document of the source, counted from 1, empty ones included.
    pub document: Option<usize>,
    /// Where in a list's `items` the object stands, counted from 0; more than one number where
    /// lists are nested, none where the object is a document of its own.
    pub items: Vec<usize>,
    /// The line of the source, counted from 1.
    pub line: Option<u32>,
}

impl Place {
    pub(super) fn of_source(source: &Arc<str>) -> Self {
        Self {
            source: Arc::clone(source),
            document: None,
            items: Vec::new(),
            line: None,
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.source)?;
        if let Some(document) = self.document {
            write!(f, ", document {document}")?;
        }
        for (depth, item) in self.items.iter().enumerate() {
            let separator = if depth == 0 { ", " } else { "." };
            write!(f, "{separator}items[{item}]")?;
        }
        if let Some(line) = self.line {
            write!(f, ", line {line}")?;
        }
        Ok(())
    }
}

/// One thing that could not be read: where, and what was expected and found.
///
/// ```
/// use daemonset::manifest::Inventory;
///
/// let errors = Inventory::new()
///     .read("a.json", br#"{"apiVersion": "v1", "kind": "Node", "spec": {"unschedulable": "yes"}}"#)
///     .unwrap_err();
/// assert_eq!(
///     errors.to_string(),
///     "a.json, document 1, line 1: spec.unschedulable: expected a boolean, found \"yes\"",
/// );
/// ```
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct ReadError {
    /// Where it stands.
    pub place: Place,
    /// The field, from the root of the object (or of the document, where that could not be taken
    /// apart into objects); empty for the whole.
    pub path: String,
    /// What was expected and found.
    #[source]
    pub kind: ReadErrorKind,
}

impl fmt::Display for ReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.place)?;
        if !self.path.is_empty() {
            write!(f, "{}: ", self.path)?;
        }
        write!(f, "{}", self.kind)
    }
}

/// What was expected, and what was found.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ReadErrorKind {
    /// The source is larger than [`Inventory::max_bytes`](super::Inventory::max_bytes) allows.
    #[error("expected at most {limit} bytes, found {found}")]
    TooLarge {
        /// The limit.
        limit: usize,
        /// The source's size.
        found: usize,
    },
    /// The source is no UTF-8.
    #[error("expected UTF-8, found {found}")]
    Encoding {
        /// Another encoding, or the byte that does not fit.
        found: String,
    },
    /// The source is no YAML or no JSON. Nothing after it was read.
    #[error("not {format}: {message} (column {column})")]
    Syntax {
        /// `YAML` or `JSON`: the one of the two that could be followed further.
        format: &'static str,
        /// What the parser says.
        message: String,
        /// The column of the fault, counted from 1.
        column: usize,
    },
    /// An object has the same key twice.
    #[error("expected the key once, found it on line {first} already")]
    DuplicateKey {
        /// The line of the first one.
        first: u32,
    },
    /// Lists and objects are nested too deep.
    #[error("expected at most {limit} levels of lists and objects, found more")]
    TooDeep {
        /// The number of levels allowed.
        limit: usize,
    },
    /// A source's aliases stand for too much.
    #[error("expected aliases that stand for at most {limit} values in all, found more")]
    TooManyAliases {
        /// The number of values allowed.
        limit: usize,
    },
    /// An alias without an anchor before it in its document.
    #[error("expected the anchor of {alias} before it, found none")]
    UnknownAnchor {
        /// The alias as written.
        alias: String,
    },
    /// An alias within the value that it stands for.
    #[error("expected {alias} after its anchor's value, found it inside")]
    AliasInItself {
        /// The alias as written.
        alias: String,
    },
    /// A tag that kubectl would not honour.
    #[error(
        "expected no tag, or !!str, !!int, !!float, !!bool, !!null, !!map or !!seq, found {found}"
    )]
    Tag {
        /// The tag as written.
        found: String,
    },
    /// A number that JSON cannot hold: infinite, not a number, or an integer that 64 bits do not
    /// hold without rounding.
    #[error("expected a number that 64 bits hold exactly, found {found}")]
    Number {
        /// The number as written.
        found: String,
    },
    /// The API group is right, the version is one that Kubernetes no longer serves.
    #[error("expected {expected:?}, found {found:?}")]
    Version {
        /// The version served.
        expected: &'static str,
        /// The version found.
        found: String,
    },
    /// A value of another type or form.
    #[error("expected {expected}, found {found}")]
    Unexpected {
        /// What belongs there.
        expected: String,
        /// What is there.
        found: String,
    },
    /// The same object twice, with different content.
    #[error("expected one {kind} {name:?}, found another with other content at {first}")]
    Conflict {
        /// The object's kind.
        kind: &'static str,
        /// Its name, with the namespace before a `/` where it has one.
        name: String,
        /// Where the first one stands.
        first: Box<Place>,
    },
}

/// How many errors of one source are kept; the rest is counted.
pub const MAX_ERRORS: usize = 20;

/// Everything that could not be read of one source: one error per object or document, and one
/// for a fault of syntax, which ends the source.
///
/// ```
/// use daemonset::manifest::Inventory;
///
/// let mut inventory = Inventory::new();
/// let errors = inventory.read("a.json", br#"[1] {"kind": 2} {"kind": "Pod", "apiVersion": "v1"}"#);
/// assert_eq!(errors.unwrap_err().errors().len(), 2);
/// assert_eq!(inventory.pods.len(), 1);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, thiserror::Error)]
pub struct ReadErrors {
    errors: Vec<ReadError>,
    more: usize,
}

impl ReadErrors {
    /// The errors, in the order of the source; the first [`MAX_ERRORS`] of them.
    #[must_use]
    pub fn errors(&self) -> &[ReadError] {
        &self.errors
    }

    /// How many more there were.
    #[must_use]
    pub fn more(&self) -> usize {
        self.more
    }

    pub(super) fn push(&mut self, error: ReadError) {
        if self.errors.len() < MAX_ERRORS {
            self.errors.push(error);
        } else {
            self.more += 1;
        }
    }

    pub(super) fn into_result(self) -> Result<(), Self> {
        if self.errors.is_empty() {
            Ok(())
        } else {
            Err(self)
        }
    }
}

impl fmt::Display for ReadErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, error) in self.errors.iter().enumerate() {
            if at > 0 {
                f.write_str("\n")?;
            }
            write!(f, "{error}")?;
        }
        if self.more > 0 {
            write!(f, "\nand {} more", self.more)?;
        }
        Ok(())
    }
}

/// A fault within a document, before it is known which source and document that is.
#[derive(Debug)]
pub(super) struct Fault {
    pub(super) line: Option<u32>,
    pub(super) path: Path,
    pub(super) kind: ReadErrorKind,
    /// The line and column up to which the text made sense, where this is a fault of syntax.
    pub(super) followed_to: Option<(u32, usize)>,
}

/// What a text that has ended too early was followed to.
pub(super) const END: (u32, usize) = (u32::MAX, usize::MAX);

impl Fault {
    pub(super) fn new(kind: ReadErrorKind) -> Self {
        Self {
            line: None,
            path: Path::default(),
            kind,
            followed_to: None,
        }
    }

    pub(super) fn on_line(kind: ReadErrorKind, line: u32) -> Self {
        Self {
            line: Some(line),
            ..Self::new(kind)
        }
    }

    pub(super) fn unexpected(expected: &str, found: String) -> Self {
        Self::new(ReadErrorKind::Unexpected {
            expected: expected.to_owned(),
            found,
        })
    }

    /// The fault, seen from the object whose field of this name it is in.
    pub(super) fn within(mut self, key: &str) -> Self {
        self.path.0.insert(0, Step::Key(key.to_owned()));
        self
    }

    pub(super) fn at(self, mut place: Place) -> ReadError {
        if self.line.is_some() {
            place.line = self.line;
        }
        ReadError {
            place,
            path: self.path.to_string(),
            kind: self.kind,
        }
    }
}
