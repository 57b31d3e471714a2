//! Every fault of a DaemonSet at once, as the API server would refuse it.

use std::fmt;

use serde::Serialize;

use crate::api::{
    DaemonSet, IntOrString, Labels, NodeSelectorRequirement, TemplateSpec, Toleration,
};
use crate::requirement::{RequirementFault, faults};
use crate::selector::Selector;
use crate::syntax::{is_dns_label, is_dns_subdomain, is_label_value, is_qualified_name};

/// One fault: where, of which kind, and in words.
///
/// ```
/// use daemonset::api::DaemonSet;
/// use daemonset::validate::{FaultKind, validate};
///
/// let agent: DaemonSet = serde_json::from_value(serde_json::json!({
///     "metadata": {"name": "agent", "namespace": "infra"},
///     "spec": {
///         "selector": {"matchLabels": {"app": "agent"}},
///         "template": {
///             "metadata": {"labels": {"app": "agent"}},
///             "spec": {"restartPolicy": "Never"},
///         },
///     },
/// }))?;
/// let faults = validate(&agent);
/// assert_eq!(faults[0].field, "spec.template.spec.restartPolicy");
/// assert_eq!(faults[0].kind, FaultKind::NotSupported);
/// assert_eq!(
///     faults[0].to_string(),
///     r#"spec.template.spec.restartPolicy: not supported: expected Always, found "Never""#,
/// );
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Fault {
    /// The path of the field, as the API server names it.
    pub field: String,
    /// The kind of fault.
    pub kind: FaultKind,
    /// What was expected, and what was found.
    pub message: String,
}

/// The kinds of fault, which the API calls `FieldValueRequired` and so on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[non_exhaustive]
pub enum FaultKind {
    /// Something is missing.
    #[serde(rename = "FieldValueRequired")]
    Required,
    /// The value is malformed or out of range, or may not be changed.
    #[serde(rename = "FieldValueInvalid")]
    Invalid,
    /// The value is none of those allowed.
    #[serde(rename = "FieldValueNotSupported")]
    NotSupported,
    /// The field may not be there.
    #[serde(rename = "FieldValueForbidden")]
    Forbidden,
}

impl FaultKind {
    /// The kind as the API spells it.
    #[must_use]
    pub fn as_api_str(self) -> &'static str {
        match self {
            Self::Required => "FieldValueRequired",
            Self::Invalid => "FieldValueInvalid",
            Self::NotSupported => "FieldValueNotSupported",
            Self::Forbidden => "FieldValueForbidden",
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = match self.kind {
            FaultKind::Required => "required",
            FaultKind::Invalid => "invalid",
            FaultKind::NotSupported => "not supported",
            FaultKind::Forbidden => "forbidden",
        };
        write!(f, "{}: {kind}: {}", self.field, self.message)
    }
}

/// Everything wrong with a DaemonSet, each field and kind once, in the order of the fields.
///
/// Fields that are missing and have a default are taken to have it.
///
/// Source: the API's rules for a
/// [DaemonSet](https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/daemon-set-v1/).
/// Of the pod template only what placement and rollout read is checked, and what a DaemonSet
/// forbids there.
#[must_use]
pub fn validate(set: &DaemonSet) -> Vec<Fault> {
    let mut found = Faults::default();
    found.metadata(set);
    found.selector(set);
    found.template(set);
    found.strategy(set);
    let numbers = [
        ("spec.minReadySeconds", Some(set.spec.min_ready_seconds)),
        ("spec.revisionHistoryLimit", set.spec.revision_history_limit),
    ];
    for (field, number) in numbers {
        if let Some(number) = number.filter(|number| *number < 0) {
            let message = format!("expected a number not below zero, found {number}");
            found.add(field, FaultKind::Invalid, message);
        }
    }
    found.0
}

/// Everything wrong with an update of a DaemonSet: the faults of the new one, and a selector that
/// differs from the old one's.
///
/// ```
/// use daemonset::api::{DaemonSet, LabelSelector};
/// use daemonset::validate::{validate, validate_update};
///
/// let old = DaemonSet::default();
/// let mut new = old.clone();
/// new.spec.selector = Some(LabelSelector::default());
/// let faults = validate_update(&old, &new);
/// assert!(faults.iter().any(|f| f.message == "a selector cannot be changed"));
/// assert!(faults.len() > validate(&new).len());
/// ```
#[must_use]
pub fn validate_update(old: &DaemonSet, new: &DaemonSet) -> Vec<Fault> {
    let mut found = Faults(validate(new));
    if old.spec.selector != new.spec.selector {
        found.0.push(Fault {
            field: "spec.selector".to_owned(),
            kind: FaultKind::Invalid,
            message: "a selector cannot be changed".to_owned(),
        });
    }
    found.0
}

#[derive(Default)]
struct Faults(Vec<Fault>);

impl Faults {
    fn add(&mut self, field: impl Into<String>, kind: FaultKind, message: impl Into<String>) {
        let field = field.into();
        if !self.0.iter().any(|f| f.field == field && f.kind == kind) {
            self.0.push(Fault {
                field,
                kind,
                message: message.into(),
            });
        }
    }

    fn metadata(&mut self, set: &DaemonSet) {
        let names = [
            (
                "metadata.name",
                &set.metadata.name,
                is_dns_subdomain as fn(&str) -> bool,
                "a DNS subdomain",
            ),
            (
                "metadata.namespace",
                &set.metadata.namespace,
                is_dns_label,
                "a DNS label",
            ),
        ];
        for (field, name, is_valid, what) in names {
            if name.is_empty() {
                self.add(field, FaultKind::Required, format!("expected {what}"));
            } else if !is_valid(name) {
                let message = format!("expected {what}, found {name:?}");
                self.add(field, FaultKind::Invalid, message);
            }
        }
    }

    fn selector(&mut self, set: &DaemonSet) {
        let Some(selector) = &set.spec.selector else {
            return;
        };
        if selector.match_labels.is_empty() && selector.match_expressions.is_empty() {
            let message = "expected a requirement, found a selector that selects every pod";
            self.add("spec.selector", FaultKind::Invalid, message);
        }
        self.labels("spec.selector.matchLabels", &selector.match_labels);
        for (i, written) in selector.match_expressions.iter().enumerate() {
            let path = format!("spec.selector.matchExpressions[{i}]");
            let found = faults(&written.key, &written.operator, &written.values, false);
            for fault in found {
                self.requirement(
                    &path,
                    &written.key,
                    &written.operator,
                    &written.values,
                    fault,
                );
            }
        }
    }

    fn labels(&mut self, field: &str, labels: &Labels) {
        for (key, value) in labels.iter() {
            if !is_qualified_name(key) {
                let message = format!("expected a qualified name as key, found {key:?}");
                self.add(field, FaultKind::Invalid, message);
            }
            if !is_label_value(value) {
                let message = format!("expected a label value, found {value:?}");
                self.add(field, FaultKind::Invalid, message);
            }
        }
    }

    fn requirement(
        &mut self,
        path: &str,
        key: &str,
        operator: &str,
        values: &[String],
        fault: RequirementFault,
    ) {
        let (field, kind, message) = match fault {
            RequirementFault::Key => (
                "key".to_owned(),
                FaultKind::Invalid,
                format!("expected a qualified name, found {key:?}"),
            ),
            RequirementFault::Operator => (
                "operator".to_owned(),
                FaultKind::Invalid,
                format!("expected a known operator, found {operator:?}"),
            ),
            RequirementFault::ValuesRequired => (
                "values".to_owned(),
                FaultKind::Required,
                match operator {
                    "Gt" | "Lt" => format!("{operator} takes exactly one value"),
                    _ => format!("{operator} takes at least one value"),
                },
            ),
            RequirementFault::ValuesForbidden => (
                "values".to_owned(),
                FaultKind::Forbidden,
                format!("{operator} takes no value"),
            ),
            // That the value of `Gt` is a number is not asked here, and matches nothing later.
            RequirementFault::Integer => return,
            RequirementFault::Value(at) => (
                format!("values[{at}]"),
                FaultKind::Invalid,
                format!("expected a label value, found {:?}", values[at]),
            ),
        };
        self.add(format!("{path}.{field}"), kind, message);
    }

    fn template(&mut self, set: &DaemonSet) {
        let template = &set.spec.template;
        let selector = Selector::new(set.spec.selector.as_ref());
        if selector.is_ok_and(|selector| !selector.matches(template.labels())) {
            self.add(
                "spec.template.metadata.labels",
                FaultKind::Invalid,
                "expected labels that spec.selector matches",
            );
        }
        self.labels("spec.template.labels", template.labels());
        let spec = template.spec();
        if !matches!(spec.restart_policy.as_str(), "" | "Always") {
            self.add(
                "spec.template.spec.restartPolicy",
                FaultKind::NotSupported,
                format!("expected Always, found {:?}", spec.restart_policy),
            );
        }
        if spec.active_deadline_seconds.is_some() {
            self.add(
                "spec.template.spec.activeDeadlineSeconds",
                FaultKind::Forbidden,
                "a DaemonSet's pods run without a deadline",
            );
        }
        self.labels("spec.template.spec.nodeSelector", &spec.node_selector);
        for (i, toleration) in spec.tolerations.iter().enumerate() {
            self.toleration(&format!("spec.template.spec.tolerations[{i}]"), toleration);
        }
        self.node_affinity(spec);
    }

    fn toleration(&mut self, path: &str, toleration: &Toleration) {
        let Toleration {
            key,
            operator,
            value,
            effect,
            toleration_seconds,
        } = toleration;
        if !key.is_empty() && !is_qualified_name(key) {
            let message = format!("expected a qualified name, found {key:?}");
            self.add(format!("{path}.key"), FaultKind::Invalid, message);
        }
        let field = format!("{path}.operator");
        if key.is_empty() && operator != "Exists" {
            let message = format!("expected Exists where the key is empty, found {operator:?}");
            self.add(&field, FaultKind::Invalid, message);
        }
        match operator.as_str() {
            "" | "Equal" if !is_label_value(value) => {
                let message = format!("expected a label value to compare with, found {value:?}");
                self.add(&field, FaultKind::Invalid, message);
            }
            "Exists" if !value.is_empty() => {
                let message = format!("Exists takes no value, found {value:?}");
                self.add(&field, FaultKind::Invalid, message);
            }
            "" | "Equal" | "Exists" => {}
            other => {
                let message = format!("expected Equal or Exists, found {other:?}");
                self.add(&field, FaultKind::NotSupported, message);
            }
        }
        let field = format!("{path}.effect");
        if toleration_seconds.is_some() && effect != "NoExecute" {
            let message = format!("expected NoExecute beside tolerationSeconds, found {effect:?}");
            self.add(&field, FaultKind::Invalid, message);
        }
        if !matches!(
            effect.as_str(),
            "" | "NoSchedule" | "PreferNoSchedule" | "NoExecute"
        ) {
            let message =
                format!("expected NoSchedule, PreferNoSchedule or NoExecute, found {effect:?}");
            self.add(&field, FaultKind::NotSupported, message);
        }
    }

    fn node_affinity(&mut self, spec: &TemplateSpec) {
        let Some(required) = spec.affinity.as_ref().and_then(|a| a.required()) else {
            return;
        };
        let terms = "spec.template.spec.affinity.nodeAffinity\
                     .requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms";
        if required.node_selector_terms.is_empty() {
            self.add(terms, FaultKind::Required, "expected at least one term");
        }
        for (i, term) in required.node_selector_terms.iter().enumerate() {
            for (j, written) in term.match_expressions.iter().enumerate() {
                let path = format!("{terms}[{i}].matchExpressions[{j}]");
                let (key, operator) = (&written.key, &written.operator);
                for fault in faults(key, operator, &written.values, true) {
                    self.requirement(&path, key, operator, &written.values, fault);
                }
            }
            for (j, written) in term.match_fields.iter().enumerate() {
                self.match_field(&format!("{terms}[{i}].matchFields[{j}]"), written);
            }
        }
    }

    fn match_field(&mut self, path: &str, written: &NodeSelectorRequirement) {
        let NodeSelectorRequirement {
            key,
            operator,
            values,
        } = written;
        match operator.as_str() {
            "In" | "NotIn" if values.len() != 1 => {
                let message = format!("{operator} takes exactly one value, found {}", values.len());
                self.add(format!("{path}.values"), FaultKind::Required, message);
            }
            "In" | "NotIn" => {}
            other => {
                let message = format!("expected In or NotIn, found {other:?}");
                self.add(format!("{path}.operator"), FaultKind::Invalid, message);
            }
        }
        if key == "metadata.name" {
            for (k, value) in values.iter().enumerate() {
                if !is_dns_subdomain(value) {
                    let message = format!("expected the name of a node, found {value:?}");
                    self.add(format!("{path}.values[{k}]"), FaultKind::Invalid, message);
                }
            }
        } else {
            let message = format!("expected metadata.name, found {key:?}");
            self.add(format!("{path}.key"), FaultKind::Invalid, message);
        }
    }

    fn strategy(&mut self, set: &DaemonSet) {
        let strategy = &set.spec.update_strategy;
        match strategy.type_.as_str() {
            "" | "RollingUpdate" => {}
            "OnDelete" => return,
            other => {
                let message = format!("expected RollingUpdate or OnDelete, found {other:?}");
                self.add("spec.updateStrategy", FaultKind::NotSupported, message);
                return;
            }
        }
        let written = strategy.rolling_update.clone().unwrap_or_default();
        let max_unavailable = written.max_unavailable.unwrap_or(IntOrString::Int(1));
        let max_surge = written.max_surge.unwrap_or(IntOrString::Int(0));
        let budget = "spec.updateStrategy.rollingUpdate";
        for (name, value) in [
            ("maxUnavailable", &max_unavailable),
            ("maxSurge", &max_surge),
        ] {
            if let Err(message) = is_budget(value) {
                self.add(format!("{budget}.{name}"), FaultKind::Invalid, message);
            }
        }
        match (is_zero(&max_unavailable), is_zero(&max_surge)) {
            (false, false) => self.add(
                format!("{budget}.maxSurge"),
                FaultKind::Invalid,
                "expected zero where maxUnavailable is not zero",
            ),
            (true, true) => self.add(
                format!("{budget}.maxUnavailable"),
                FaultKind::Required,
                "expected more than zero where maxSurge is zero",
            ),
            _ => {}
        }
    }
}

/// A number not below zero, or digits and `%` of at most 100.
fn is_budget(value: &IntOrString) -> Result<(), String> {
    match value {
        IntOrString::Int(number) if *number < 0 => {
            Err(format!("expected a number not below zero, found {number}"))
        }
        IntOrString::Int(_) => Ok(()),
        IntOrString::String(text) => match digits_and_percent(text) {
            None => Err(format!(
                "expected an integer or a percentage, found {text:?}"
            )),
            Some(digits) if digits.parse::<u8>().is_ok_and(|percent| percent <= 100) => Ok(()),
            Some(_) => Err(format!("expected at most 100%, found {text:?}")),
        },
    }
}

fn digits_and_percent(text: &str) -> Option<&str> {
    let digits = text.strip_suffix('%')?;
    let valid = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    valid.then_some(digits)
}

/// Whether a budget counts as zero: a string that is neither a percentage nor an integer does.
fn is_zero(value: &IntOrString) -> bool {
    let text = match value {
        IntOrString::Int(number) => return *number == 0,
        IntOrString::String(text) => text,
    };
    let digits =
        digits_and_percent(text).unwrap_or_else(|| text.strip_prefix(['+', '-']).unwrap_or(text));
    let is_integer = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    !is_integer || digits.bytes().all(|digit| digit == b'0')
}
