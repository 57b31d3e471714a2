//! What is found in a manifest: one type for faults of reading, validation and lint alike.

use std::fmt;
use std::sync::Arc;

use serde::{Serialize, Serializer};

use crate::path::{FieldPath, Harmless};

/// One finding: what it is about, how grave it is, where it stands, and what may have been meant.
///
/// ```
/// use daemonset_manifest::{Code, Diagnostic, FieldPath, Severity};
///
/// let path = FieldPath::parse("spec.template.spec.restartPolicy");
/// let finding = Diagnostic::new(Code::new("not-supported"), Severity::Error, path, "expected Always, found \"always\"")
///     .suggesting(["Always"]);
/// assert_eq!(
///     finding.to_string(),
///     "spec.template.spec.restartPolicy: expected Always, found \"always\", did you mean Always?",
/// );
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Diagnostic {
    /// What kind of finding it is.
    pub code: Code,
    /// How much it matters.
    pub severity: Severity,
    /// The field, as the API server names it.
    pub path: FieldPath,
    /// What was expected and what was found, without the path: lowercase, no full stop.
    pub message: String,
    /// Where it stands, as far as that is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub place: Option<Place>,
    /// What may have been meant, the likeliest first: a value, a field's name or its whole path.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub suggestions: Vec<String>,
}

impl Diagnostic {
    /// A finding without a place or suggestions.
    #[must_use]
    pub fn new(
        code: Code,
        severity: Severity,
        path: FieldPath,
        message: impl Into<String>,
    ) -> Self {
        Self {
            code,
            severity,
            path,
            message: message.into(),
            place: None,
            suggestions: Vec::new(),
        }
    }

    /// Its text with its place before it, where it has one.
    ///
    /// ```
    /// use daemonset_manifest::Inventory;
    ///
    /// let mut inventory = Inventory::new();
    /// inventory.read("a.yaml", b"kind: Daemonset\napiVersion: apps/v1\n");
    /// assert_eq!(
    ///     inventory.diagnostics()[0].in_full(),
    ///     "a.yaml, document 1, line 1: kind: expected DaemonSet, found \"Daemonset\", did you mean DaemonSet?",
    /// );
    /// ```
    #[must_use]
    pub fn in_full(&self) -> String {
        match &self.place {
            Some(place) => format!("{place}: {self}"),
            None => self.to_string(),
        }
    }

    /// The same, at a place.
    #[must_use]
    pub fn at(mut self, place: Place) -> Self {
        self.place = Some(place);
        self
    }

    /// The same with what may have been meant, the likeliest first.
    #[must_use]
    pub fn suggesting(mut self, suggestions: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.suggestions = suggestions.into_iter().map(Into::into).collect();
        self
    }
}

impl fmt::Display for Diagnostic {
    /// The path, the message and what may have been meant; not the place.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.path.is_root() {
            write!(f, "{}: ", self.path)?;
        }
        f.write_str(&self.message)?;
        if !self.suggestions.is_empty() {
            let meant = self.suggestions.join(" or ");
            write!(f, ", did you mean {}?", Harmless(&meant))?;
        }
        Ok(())
    }
}

/// What kind of finding something is, by a name that stays the same from release to release:
/// `unknown-field`, `host-port-with-surge`.
///
/// ```
/// use daemonset_manifest::Code;
///
/// const CODE: Code = Code::new("unknown-field");
/// assert_eq!(CODE.as_str(), "unknown-field");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct Code(&'static str);

impl Code {
    /// A code of lowercase words with `-` between.
    ///
    /// # Panics
    /// If there is anything else in it; in a constant, that is when it is compiled.
    #[must_use]
    pub const fn new(name: &'static str) -> Self {
        let bytes = name.as_bytes();
        assert!(!bytes.is_empty(), "a code is a word");
        let mut at = 0;
        while at < bytes.len() {
            let fits =
                bytes[at].is_ascii_lowercase() || bytes[at].is_ascii_digit() || bytes[at] == b'-';
            assert!(fits, "a code is in lowercase words with - between");
            at += 1;
        }
        Self(name)
    }

    /// The code as text.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        self.0
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

/// How much a finding matters, the gravest first.
///
/// ```
/// assert_eq!(daemonset_manifest::Severity::Warning.to_string(), "warning");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Severity {
    /// It cannot be read, or the API server refuses it.
    Error,
    /// It goes wrong, or will when something else happens that does happen.
    Warning,
    /// It is worth knowing, and may well be meant.
    Info,
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Info => "info",
        })
    }
}

/// Where something stands: what is known of the source, the document in it, the item of a list
/// and the line.
///
/// ```
/// use daemonset_manifest::Place;
///
/// let place = Place { document: Some(2), line: Some(14), ..Place::of_source("agent.yaml") };
/// assert_eq!(place.to_string(), "agent.yaml, document 2, line 14");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Place {
    /// The source's name, as the caller gave it.
    #[serde(serialize_with = "as_text")]
    pub source: Arc<str>,
    /// The document of the source, counted from 1, empty ones included.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub document: Option<usize>,
    /// Where in a list's `items` the object stands, counted from 0; more than one number where
    /// lists are nested, none where the object is a document of its own.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub items: Vec<usize>,
    /// The line of the source, counted from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<u32>,
}

fn as_text<S: Serializer>(text: &Arc<str>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(text)
}

impl Place {
    /// A source as a whole.
    #[must_use]
    pub fn of_source(source: impl Into<Arc<str>>) -> Self {
        Self {
            source: source.into(),
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

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn findings_are_written_in_camel_case_and_leave_out_what_is_not_known() {
        let path = FieldPath::parse("metadata.labels[a/b]");
        let finding = Diagnostic::new(
            Code::new("wrong-type"),
            Severity::Error,
            path,
            "expected a string, found 1",
        );
        let bare = json!({
            "code": "wrong-type",
            "severity": "error",
            "path": "metadata.labels[a/b]",
            "message": "expected a string, found 1",
        });
        assert_eq!(serde_json::to_value(&finding).unwrap(), bare);

        let mut place = Place::of_source("a.yaml");
        place.items = vec![3];
        let full = finding.at(place).suggesting(["x", "y"]);
        let json = serde_json::to_value(&full).unwrap();
        assert_eq!(json["place"], json!({"source": "a.yaml", "items": [3]}));
        assert_eq!(json["suggestions"], json!(["x", "y"]));
        assert!(full.to_string().ends_with("found 1, did you mean x or y?"));
        assert_eq!(full.place.unwrap().to_string(), "a.yaml, items[3]");
    }

    #[test]
    fn the_whole_object_has_no_path() {
        let finding = Diagnostic::new(
            Code::new("x"),
            Severity::Info,
            FieldPath::root(),
            "nothing in it",
        );
        assert_eq!(finding.to_string(), "nothing in it");
    }
}
