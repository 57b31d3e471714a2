//! What the API server of Kubernetes 1.36 says of a DaemonSet: whether it decodes, what it refuses
//! in it, and what it warns of.
//!
//! ```
//! use daemonset_manifest::check::Check;
//! use serde_json::json;
//!
//! let set = json!({
//!     "apiVersion": "apps/v1",
//!     "kind": "DaemonSet",
//!     "metadata": {"name": "agent"},
//!     "spec": {
//!         "selector": {"matchLabels": {"app": "agent"}},
//!         "template": {
//!             "metadata": {"labels": {"app": "agent"}},
//!             "spec": {
//!                 "restartPolicy": "always",
//!                 "containers": [{"name": "agent", "image": "agent:1.0", "imagePullPolice": "Never"}],
//!             },
//!         },
//!     },
//! });
//! let verdict = Check::new().of(set.as_object().unwrap());
//! assert!(!verdict.is_accepted());
//! let lines: Vec<String> = verdict.findings().map(ToString::to_string).collect();
//! assert_eq!(
//!     lines,
//!     [
//!         "spec.template.spec.containers[0].imagePullPolice: unknown field, did you mean imagePullPolicy?",
//!         "spec.template.spec.restartPolicy: expected Always, found \"always\", did you mean Always?",
//!     ],
//! );
//! ```
//!
//! What single fields may hold is in a table, `rules.txt`; what depends on several of them has a
//! module for each thing that one looks for. Facts are those of the API reference and of the
//! recorded answers of a server, which `tests/validation.rs` holds this against.

mod affinity;
mod amount;
mod annotations;
mod at;
mod claims;
mod containers;
mod decode;
mod env;
mod format;
mod found;
mod lists;
mod metadata;
mod mounts;
mod names;
mod pod;
mod pod_spec;
mod ports;
mod probes;
mod projected;
mod resources;
mod rules;
mod security;
mod selector;
mod switched_off;
mod template;
mod tolerations;
mod topology_spread;
mod update;
mod update_strategy;
mod volumes;
mod warnings;
mod windows;

use daemonset::template::apply_defaults;
use daemonset::template::table::{self, Type};
use serde_json::{Map, Value};

use self::at::At;
use self::decode::Decoded;
use self::found::{Finding, Found};
use crate::diagnostic::{Diagnostic, Place};
use crate::path::FieldPath;
use crate::words;

pub use self::found::{MAX_FINDINGS, Reason};
pub use self::warnings::as_kubectl_prints;
pub(crate) use decode::meant_quantity;

/// The namespace of an object that names none, as with kubectl.
pub const DEFAULT_NAMESPACE: &str = "default";

/// What is not checked, in one sentence that a report can end in.
pub const NOT_CHECKED: &str = "judged as Kubernetes 1.36 does with its default feature gates; \
    not asked is what only a cluster knows: admission policies and webhooks, Pod Security, quotas \
    and limit ranges, and whether the priority class, runtime class, service account and namespace \
    exist; nor are managedFields";

/// What the API server does about fields that it does not know, by the names of its
/// [field validation](https://kubernetes.io/docs/reference/using-api/api-concepts/#field-validation).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum FieldValidation {
    /// It refuses the object.
    #[default]
    Strict,
    /// It drops them with a warning.
    Warn,
    /// It drops them.
    Ignore,
}

/// How to ask.
///
/// ```
/// use daemonset_manifest::check::{Check, FieldValidation};
/// use serde_json::json;
///
/// let set = json!({"kind": "DaemonSet", "metadata": {"name": "agent", "Labels": {}}});
/// let verdict = Check::new().field_validation(FieldValidation::Warn).of(set.as_object().unwrap());
/// let unknown = verdict.findings().find(|finding| finding.code.as_str() == "unknown-field").unwrap();
/// assert_eq!(unknown.suggestions, ["labels"]);
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Check<'a> {
    field_validation: FieldValidation,
    namespace: Option<&'a str>,
}

impl Default for Check<'_> {
    fn default() -> Self {
        Self::new()
    }
}

impl<'a> Check<'a> {
    /// As `kubectl apply --validate=strict` asks, in the namespace `default`.
    #[must_use]
    pub fn new() -> Self {
        Self {
            field_validation: FieldValidation::Strict,
            namespace: Some(DEFAULT_NAMESPACE),
        }
    }

    /// What to do about unknown fields.
    #[must_use]
    pub fn field_validation(mut self, field_validation: FieldValidation) -> Self {
        self.field_validation = field_validation;
        self
    }

    /// The namespace that a set without one goes to; with none, such a set is refused.
    #[must_use]
    pub fn namespace(mut self, namespace: Option<&'a str>) -> Self {
        self.namespace = namespace;
        self
    }

    /// What the API server would say of a new DaemonSet.
    ///
    /// Takes time and memory in proportion to the set.
    #[must_use]
    pub fn of(&self, set: &Map<String, Value>) -> Verdict {
        self.judge(None, set.clone())
    }

    /// What the API server would say if the set were changed from an old one to a new one.
    ///
    /// ```
    /// use daemonset_manifest::check::Check;
    /// use serde_json::json;
    ///
    /// let set = |app: &str| json!({
    ///     "metadata": {"name": "agent"},
    ///     "spec": {
    ///         "selector": {"matchLabels": {"app": app}},
    ///         "template": {
    ///             "metadata": {"labels": {"app": app}},
    ///             "spec": {"containers": [{"name": "agent", "image": "agent:1.0"}]},
    ///         },
    ///     },
    /// });
    /// let (old, new) = (set("agent"), set("agents"));
    /// let verdict = Check::new().of_update(old.as_object().unwrap(), new.as_object().unwrap());
    /// let lines: Vec<String> = verdict.findings().map(ToString::to_string).collect();
    /// assert_eq!(lines, ["spec.selector: expected app=agent, since the selector of a DaemonSet cannot be changed, found app=agents"]);
    /// ```
    #[must_use]
    pub fn of_update(&self, old: &Map<String, Value>, new: &Map<String, Value>) -> Verdict {
        self.judge(Some(old), new.clone())
    }

    /// The same of a set that is not needed any more.
    pub(crate) fn judge(
        &self,
        old: Option<&Map<String, Value>>,
        set: Map<String, Value>,
    ) -> Verdict {
        let mut found = Found::default();
        let written = Value::Object(set);
        let (root, type_) = (At::root(&written), table::root_type());
        let decoded = decode::check(type_, &root, self.field_validation, &mut found);
        if decoded == Decoded::Yes {
            self.validate(old, written, &mut found);
        }
        let (findings, more) = found.into_sorted();
        Verdict { findings, more }
    }

    fn validate(&self, old: Option<&Map<String, Value>>, mut set: Value, found: &mut Found) {
        if let Value::Object(fields) = &mut set {
            apply_defaults(fields);
        }
        switched_off::tell(&At::root(&set), old, found);
        switched_off::drop_from(&mut set, old);
        let root = At::root(&set);
        let spec = root.field("spec");
        let before = found.errors();
        metadata::check(&root.field("metadata"), self.namespace, found);
        template::check(&spec, found);
        if let Some(old) = old {
            update::check(old, &root, found);
        }
        if found.errors() == before {
            warnings::check(&spec.field("template"), found);
        }
    }
}

/// What the API server would say of one DaemonSet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    findings: Vec<Finding>,
    more: usize,
}

impl Verdict {
    /// Whether it would take the set.
    #[must_use]
    pub fn is_accepted(&self) -> bool {
        self.findings()
            .all(|finding| finding.severity != crate::Severity::Error)
    }

    /// What is wrong (errors), what it warns of, and what is worth knowing; in this order, and
    /// sorted by path. The first [`MAX_FINDINGS`] errors and as many others.
    pub fn findings(&self) -> impl Iterator<Item = &Diagnostic> {
        self.findings.iter().map(|finding| &finding.diagnostic)
    }

    /// How many more there were.
    #[must_use]
    pub fn more(&self) -> usize {
        self.more
    }

    /// The findings, each at the place that `place_of` gives for where it stands in the manifest,
    /// which is another path than the finding's where the API server names one of its own.
    #[must_use]
    pub fn at(self, mut place_of: impl FnMut(&FieldPath) -> Place) -> Vec<Diagnostic> {
        let findings = self.findings.into_iter();
        findings
            .map(|finding| finding.diagnostic.at(place_of(&finding.home)))
            .collect()
    }
}

/// Drops the fields whose feature gate is off, but for those that the old object has.
pub(crate) fn drop_switched_off(set: &mut Map<String, Value>, old: Option<&Map<String, Value>>) {
    let mut value = Value::Object(std::mem::take(set));
    switched_off::drop_from(&mut value, old);
    if let Value::Object(fields) = value {
        *set = fields;
    }
}

/// What keeps an object from decoding as a type of the field table: fields of the wrong type, and
/// unknown ones as far as asked.
pub(crate) fn decode(
    type_: &'static Type,
    value: &Value,
    unknown: FieldValidation,
) -> Vec<Diagnostic> {
    let mut found = Found::default();
    decode::check(type_, &At::root(value), unknown, &mut found);
    let (findings, _) = found.into_sorted();
    findings.into_iter().map(|it| it.diagnostic).collect()
}
