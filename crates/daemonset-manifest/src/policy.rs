//! Policies for rollouts, as people write them.

use std::sync::Arc;

use daemonset::path::FieldPath;
use daemonset::policy::{Governor, Policy, PolicyFault};
use serde::Deserialize as _;

use crate::diagnostic::{Code, Diagnostic, Place, Severity};
use crate::objects::field_of;
use crate::source::{self, Document, Fault, Spanned, codes};

/// A field of a policy whose value is wrong.
const POLICY: Code = Code::new("policy");

/// Reads a policy from YAML or JSON: one document, an object with the fields of
/// [`Policy`](daemonset::policy::Policy).
///
/// # Errors
/// Everything that is wrong, each with its place and field; a field that is not known too.
///
/// ```
/// use daemonset_manifest::read_policy;
///
/// let governor = read_policy("policy.yaml", b"canary: {count: 2, duration: 30m}").unwrap();
/// assert!(governor.policy().canary.is_some());
///
/// let faults = read_policy("policy.yaml", b"waves:\n- percent: 20\n  soak: a while\n").unwrap_err();
/// assert_eq!(
///     faults[0].to_string(),
///     "waves[0].soak: expected a span of time such as 90s, 10m or 1h30m, found \"a while\"",
/// );
/// assert_eq!(faults[0].place.as_ref().unwrap().line, Some(3));
/// ```
pub fn read_policy(source: &str, bytes: &[u8]) -> Result<Governor, Vec<Diagnostic>> {
    let source: Arc<str> = source.into();
    let mut documents: Vec<Document> = Vec::new();
    source::documents(bytes, &mut (), |document, ()| {
        let is_empty = document.value.as_ref().is_none_or(Spanned::is_null);
        if !is_empty || !document.faults.is_empty() {
            documents.push(document);
        }
    });
    let place = || Place::of_source(Arc::clone(&source));
    if documents.len() > 1 {
        let message = "expected one document, found several";
        return Err(vec![Fault::new(codes::NO_OBJECT, message).at(place())]);
    }
    // A file without a word is the empty policy.
    let Some(document) = documents.pop() else {
        return compile(Policy::default(), &Spanned::nothing(), &place());
    };
    let mut place = place();
    place.document = Some(document.number);
    let is_error = |fault: &Fault| fault.severity == Severity::Error;
    if document.value.is_none() || document.faults.iter().any(is_error) {
        let faults = document.faults.into_iter();
        return Err(faults.map(|fault| fault.at(place.clone())).collect());
    }
    let value = document.value.unwrap_or_else(Spanned::nothing);
    match Policy::deserialize(field_of(&value)) {
        Ok(policy) => compile(policy, &value, &place),
        Err(error) => Err(vec![at_its_line(error.fault(&value), &value, &place)]),
    }
}

fn compile(policy: Policy, value: &Spanned, place: &Place) -> Result<Governor, Vec<Diagnostic>> {
    Governor::new(policy).map_err(|faults| {
        let each = faults.into_iter();
        each.map(|PolicyFault { path, message, .. }| at(&path, message, POLICY, value, place))
            .collect()
    })
}

fn at(path: &str, message: String, code: Code, value: &Spanned, place: &Place) -> Diagnostic {
    let mut fault = Fault::new(code, message);
    fault.path = FieldPath::parse(path);
    at_its_line(fault, value, place)
}

fn at_its_line(fault: Fault, value: &Spanned, place: &Place) -> Diagnostic {
    let line = value.nearest(&fault.path).line;
    fault.on_line(line).at(place.clone())
}
