//! What is wrong with a document, before it is known which source that is in.

use crate::diagnostic::{Code, Diagnostic, Place, Severity};
use crate::path::{FieldPath, Step};

/// The codes of what is found while a source is read.
pub(crate) mod codes {
    use crate::diagnostic::Code;

    /// The source is larger than is allowed.
    pub const TOO_LARGE: Code = Code::new("too-large");
    /// The text is in no encoding that is read.
    pub const ENCODING: Code = Code::new("encoding");
    /// The text is neither YAML nor JSON.
    pub const SYNTAX: Code = Code::new("syntax");
    /// The text ends in the middle of something.
    pub const CUT_SHORT: Code = Code::new("cut-short");
    /// There is nothing in the source.
    pub const EMPTY: Code = Code::new("empty-source");
    /// The text is what kubectl prints for people.
    pub const KUBECTL_OUTPUT: Code = Code::new("kubectl-output");
    /// What stands around or in a dump, and is of no object.
    pub const AROUND: Code = Code::new("no-part-of-a-dump");
    /// Two documents without `---` between.
    pub const GLUED: Code = Code::new("documents-without-separator");
    /// The text is a template that is not rendered yet.
    pub const TEMPLATE: Code = Code::new("unrendered-template");
    /// Lists and objects are nested too deep.
    pub const TOO_DEEP: Code = Code::new("too-deep");
    /// A source's aliases stand for too much.
    pub const TOO_MANY_ALIASES: Code = Code::new("too-many-aliases");
    /// An alias without an anchor, or within what it stands for.
    pub const UNKNOWN_ANCHOR: Code = Code::new("unknown-anchor");
    /// A tag that kubectl would not honour.
    pub const UNKNOWN_TAG: Code = Code::new("unknown-tag");
    /// A key that is none for the API, or a value that cannot be merged.
    pub const WRONG_KEY: Code = Code::new("wrong-key");
    /// A number that 64 bits do not hold exactly.
    pub const INEXACT_NUMBER: Code = Code::new("inexact-number");
    /// A key that comes twice.
    pub const DUPLICATE_KEY: Code = Code::new("duplicate-key");
    /// A value of another type than its field's.
    pub const WRONG_TYPE: Code = Code::new("wrong-type");
    /// A document that is no object of the API.
    pub const NO_OBJECT: Code = Code::new("no-object");
    /// A kind or version that there is not, or that is no longer served.
    pub const WRONG_KIND: Code = Code::new("wrong-kind");
    /// The API server's answer in place of an object.
    pub const SERVER_STATUS: Code = Code::new("server-status");
    /// An object without a name.
    pub const NO_NAME: Code = Code::new("no-name");
    /// Objects of one name with two uids.
    pub const TWO_IDENTITIES: Code = Code::new("two-identities");
    /// The same object twice, with different content.
    pub const CONFLICT: Code = Code::new("conflict");
}

/// A finding within a document. Boxed, since every function of the reader may return one, and
/// hardly one ever does.
#[derive(Clone, Debug)]
pub(crate) struct Fault(Box<Parts>);

/// What a finding is made of.
#[derive(Clone, Debug)]
pub(crate) struct Parts {
    pub code: Code,
    pub severity: Severity,
    pub path: FieldPath,
    pub message: String,
    pub line: Option<u32>,
    pub suggestions: Vec<String>,
    /// The line and column up to which the text made sense, where this is a fault of syntax.
    pub followed_to: Option<(u32, usize)>,
}

/// What a text that has ended too early was followed to.
pub(super) const END: (u32, usize) = (u32::MAX, usize::MAX);

impl std::ops::Deref for Fault {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.0
    }
}

impl std::ops::DerefMut for Fault {
    fn deref_mut(&mut self) -> &mut Parts {
        &mut self.0
    }
}

impl Fault {
    /// A fault that makes the document, or an object in it, unreadable.
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Self(Box::new(Parts {
            code,
            severity: Severity::Error,
            path: FieldPath::root(),
            message: message.into(),
            line: None,
            suggestions: Vec::new(),
            followed_to: None,
        }))
    }

    /// A value that is not what belongs there.
    pub fn unexpected(code: Code, expected: &str, found: impl std::fmt::Display) -> Self {
        Self::new(code, format!("expected {expected}, found {found}"))
    }

    pub fn on_line(mut self, line: u32) -> Self {
        self.line = Some(line);
        self
    }

    pub fn under(mut self, path: FieldPath) -> Self {
        self.path = path.join(std::mem::take(&mut self.path));
        self
    }

    /// The fault, seen from the object whose field of this name it is in.
    pub fn in_field(self, name: &'static str) -> Self {
        self.under(FieldPath::root().then(Step::Field(name.into())))
    }

    pub fn warning(mut self) -> Self {
        self.severity = Severity::Warning;
        self
    }

    pub fn suggesting(mut self, suggestions: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.suggestions = suggestions.into_iter().map(Into::into).collect();
        self
    }

    /// The finding, at its place.
    pub fn at(self, mut place: Place) -> Diagnostic {
        if self.line.is_some() {
            place.line = self.line;
        }
        let parts = *self.0;
        Diagnostic::new(parts.code, parts.severity, parts.path, parts.message)
            .at(place)
            .suggesting(parts.suggestions)
    }
}
