//! What checks find: faults and warnings, each with its two places.

use std::fmt::Display;

use serde::Serialize;

use super::at::At;
use crate::diagnostic::{Code, Diagnostic, Severity};
use crate::path::FieldPath;
use crate::suggest::nearest;
use crate::words::{Alternatives, Quoted, Shown, there_is};

/// How many findings of one kind (errors, or all others) are kept of one DaemonSet. The rest is
/// counted.
pub const MAX_FINDINGS: usize = 1000;

/// So many names are told that there are, where the one that is written is none of them.
const TOLD: usize = 3;

/// So many names are compared with the one that is written.
const COMPARED: usize = 256;

/// Why the API server refuses a field, by the names of its
/// [status causes](https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/status/).
///
/// ```
/// use daemonset_manifest::check::Reason;
///
/// assert_eq!(Reason::NotSupported.as_api_str(), "FieldValueNotSupported");
/// assert_eq!(Reason::NotSupported.code().as_str(), "not-supported");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[non_exhaustive]
pub enum Reason {
    /// Something is missing.
    #[serde(rename = "FieldValueRequired")]
    Required,
    /// The value is malformed or out of range, does not go with another, or may not be changed.
    #[serde(rename = "FieldValueInvalid")]
    Invalid,
    /// The value is none of those allowed.
    #[serde(rename = "FieldValueNotSupported")]
    NotSupported,
    /// The field may not be there.
    #[serde(rename = "FieldValueForbidden")]
    Forbidden,
    /// The value may come once and came before.
    #[serde(rename = "FieldValueDuplicate")]
    Duplicate,
    /// What the value names is not there.
    #[serde(rename = "FieldValueNotFound")]
    NotFound,
    /// The value is too long.
    #[serde(rename = "FieldValueTooLong")]
    TooLong,
    /// The list has too many items.
    #[serde(rename = "FieldValueTooMany")]
    TooMany,
}

impl Reason {
    const ALL: [Self; 8] = [
        Self::Required,
        Self::Invalid,
        Self::NotSupported,
        Self::Forbidden,
        Self::Duplicate,
        Self::NotFound,
        Self::TooLong,
        Self::TooMany,
    ];

    /// The reason as the API spells it.
    #[must_use]
    pub fn as_api_str(self) -> &'static str {
        match self {
            Self::Required => "FieldValueRequired",
            Self::Invalid => "FieldValueInvalid",
            Self::NotSupported => "FieldValueNotSupported",
            Self::Forbidden => "FieldValueForbidden",
            Self::Duplicate => "FieldValueDuplicate",
            Self::NotFound => "FieldValueNotFound",
            Self::TooLong => "FieldValueTooLong",
            Self::TooMany => "FieldValueTooMany",
        }
    }

    /// The code of findings with this reason.
    #[must_use]
    pub const fn code(self) -> Code {
        match self {
            Self::Required => Code::new("required"),
            Self::Invalid => Code::new("invalid"),
            Self::NotSupported => Code::new("not-supported"),
            Self::Forbidden => Code::new("forbidden"),
            Self::Duplicate => Code::new("duplicate"),
            Self::NotFound => Code::new("not-found"),
            Self::TooLong => Code::new("too-long"),
            Self::TooMany => Code::new("too-many"),
        }
    }

    /// The reason that a code stands for; none for the codes of other findings.
    #[must_use]
    pub fn from_code(code: Code) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.code() == code)
    }
}

/// A finding, and where it stands in the manifest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Finding {
    pub diagnostic: Diagnostic,
    pub home: FieldPath,
}

/// Everything found so far.
#[derive(Debug, Default)]
pub(super) struct Found {
    errors: Vec<Finding>,
    others: Vec<Finding>,
    more: usize,
}

impl Found {
    /// How many findings that the API server refuses there are so far, kept or not.
    pub fn errors(&self) -> usize {
        self.errors.len() + self.more
    }

    /// Takes over what was found in a value that was read out of the text here.
    pub fn take_in(&mut self, inside: Self, at: &At<'_, '_>) {
        self.more += inside.more;
        let findings = inside.errors.into_iter().chain(inside.others);
        for Finding { mut diagnostic, .. } in findings {
            diagnostic.path = at.path().join(diagnostic.path);
            let list = match diagnostic.severity {
                Severity::Error => &mut self.errors,
                _ => &mut self.others,
            };
            if list.len() >= MAX_FINDINGS {
                self.more += 1;
            } else {
                list.push(Finding {
                    diagnostic,
                    home: at.home(),
                });
            }
        }
    }

    /// Whether no more warnings are kept.
    pub fn is_full_of_warnings(&self) -> bool {
        self.others.len() >= MAX_FINDINGS
    }

    /// All findings, errors first, sorted by path; and how many more there were.
    pub fn into_sorted(self) -> (Vec<Finding>, usize) {
        let mut all = self.errors;
        all.extend(self.others);
        let key = |finding: &Finding| {
            let Diagnostic {
                severity,
                path,
                code,
                message,
                ..
            } = &finding.diagnostic;
            (*severity, path.clone(), *code, message.clone())
        };
        all.sort_by_cached_key(key);
        all.dedup();
        (all, self.more)
    }

    /// Adds a finding. Nothing is written out where there are too many already.
    fn add(
        &mut self,
        at: &At<'_, '_>,
        code: Code,
        severity: Severity,
        message: impl Display,
        suggestions: impl FnOnce() -> Vec<String>,
    ) {
        let list = match severity {
            Severity::Error => &mut self.errors,
            _ => &mut self.others,
        };
        if list.len() >= MAX_FINDINGS {
            self.more += 1;
            return;
        }
        let diagnostic = Diagnostic::new(code, severity, at.path(), message.to_string());
        list.push(Finding {
            diagnostic: diagnostic.suggesting(suggestions()),
            home: at.home(),
        });
    }

    /// Something that the API server refuses to decode.
    pub fn undecodable(
        &mut self,
        at: &At<'_, '_>,
        code: Code,
        message: impl Display,
        suggestions: impl FnOnce() -> Vec<String>,
    ) {
        self.add(at, code, Severity::Error, message, suggestions);
    }

    /// Something that the API server warns of, in its own words.
    pub fn warning(&mut self, at: &At<'_, '_>, code: Code, message: impl Display) {
        self.add(at, code, Severity::Warning, message, Vec::new);
    }

    /// The same with what may have been meant.
    pub fn warning_suggesting(
        &mut self,
        at: &At<'_, '_>,
        code: Code,
        message: impl Display,
        suggestions: impl FnOnce() -> Vec<String>,
    ) {
        self.add(at, code, Severity::Warning, message, suggestions);
    }

    /// Something worth knowing.
    pub fn info(&mut self, at: &At<'_, '_>, code: Code, message: impl Display) {
        self.add(at, code, Severity::Info, message, Vec::new);
    }

    /// A fault with a message of its own.
    pub fn fault(&mut self, at: &At<'_, '_>, reason: Reason, message: impl Display) {
        self.add(at, reason.code(), Severity::Error, message, Vec::new);
    }

    /// Nothing is here where something must be.
    pub fn required(&mut self, at: &At<'_, '_>, expected: impl Display) {
        let message = format_args!("expected {expected}, found nothing");
        self.fault(at, Reason::Required, message);
    }

    /// The value here is not what it must be.
    pub fn invalid(&mut self, at: &At<'_, '_>, expected: impl Display) {
        self.invalid_suggesting(at, expected, Vec::new);
    }

    /// The same with what may have been meant.
    pub fn invalid_suggesting(
        &mut self,
        at: &At<'_, '_>,
        expected: impl Display,
        suggestions: impl FnOnce() -> Vec<String>,
    ) {
        let found = Shown(at.value());
        let message = format_args!("expected {expected}, found {found}");
        let code = Reason::Invalid.code();
        self.add(at, code, Severity::Error, message, suggestions);
    }

    /// The key of an entry is not what it must be.
    pub fn invalid_named(
        &mut self,
        at: &At<'_, '_>,
        expected: impl Display,
        key: &str,
        suggestions: impl FnOnce() -> Vec<String>,
    ) {
        let message = format_args!("expected {expected}, found {}", Quoted(key));
        let code = Reason::Invalid.code();
        self.add(at, code, Severity::Error, message, suggestions);
    }

    /// The value here is none of those allowed.
    pub fn not_supported(&mut self, at: &At<'_, '_>, allowed: &[&str]) {
        let (expected, found) = (Alternatives(allowed), Shown(at.value()));
        let message = format_args!("expected {expected}, found {found}");
        let near = || nearest(at.text(), allowed.iter().copied());
        let suggestions = || near().into_iter().map(str::to_owned).collect();
        let code = Reason::NotSupported.code();
        self.add(at, code, Severity::Error, message, suggestions);
    }

    /// What is here may not be. `expected` says why: "no probe in an init container".
    pub fn forbidden(&mut self, at: &At<'_, '_>, expected: impl Display) {
        let found = Shown(at.value());
        let message = format_args!("expected {expected}, found {found}");
        self.fault(at, Reason::Forbidden, message);
    }

    /// The value here came before, where `first` says.
    pub fn duplicate(&mut self, at: &At<'_, '_>, first: impl Display) {
        let found = Shown(at.value());
        let message = format_args!(
            "expected a value that comes once, found {found}, which {first} has already"
        );
        self.fault(at, Reason::Duplicate, message);
    }

    /// The value here names nothing that is there.
    pub fn not_found<'k>(
        &mut self,
        at: &At<'_, '_>,
        expected: impl Display,
        known: impl IntoIterator<Item = &'k str>,
    ) {
        let found = Shown(at.value());
        let known: Vec<&str> = known.into_iter().take(COMPARED).collect();
        // Of a short list all is told, where none of it is near.
        let near_one = || nearest(at.text(), known.iter().copied());
        let is_told = (1..=TOLD).contains(&known.len()) && near_one().is_empty();
        let among = if is_told {
            there_is(&known)
        } else {
            String::new()
        };
        let message = format_args!("expected {expected}{among}, found {found}");
        let suggestions = || near_one().into_iter().map(str::to_owned).collect();
        let code = Reason::NotFound.code();
        self.add(at, code, Severity::Error, message, suggestions);
    }
}
