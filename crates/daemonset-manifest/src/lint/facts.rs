//! What there is to know of a rule.

use crate::diagnostic::{Code, Diagnostic, Severity};
use crate::path::FieldPath;

/// What there is to know of a rule. Texts are Markdown.
#[derive(Debug)]
pub(super) struct Facts {
    /// Its name.
    pub code: Code,
    /// How grave its findings are.
    pub severity: Severity,
    /// Where Kubernetes documents what it is about.
    pub reference: &'static str,
    /// What it finds, in a sentence.
    pub what: &'static str,
    /// What comes of it.
    pub why: &'static str,
    /// YAML in which it finds something: the fields of a DaemonSet that matter, and the nodes and
    /// other DaemonSets where they do.
    pub example: &'static str,
    /// What to write instead.
    pub instead: &'static str,
}

impl Facts {
    pub fn finding(&self, path: FieldPath, message: impl Into<String>) -> Diagnostic {
        Diagnostic::new(self.code, self.severity, path, message)
    }
}
