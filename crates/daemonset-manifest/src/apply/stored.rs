//! A merged object as the API server stores it.

use daemonset::api::DaemonSet;
use daemonset::template::{apply_defaults, canonical_template};
use serde_json::{Map, Value};

use crate::check;
use crate::diagnostic::Diagnostic;
use crate::objects::{typed_set, without_null_entries};

/// The DaemonSet that the API server stores of an object: with defaults, without fields that it does
/// not know, and without those whose feature gate is off unless `live` has them.
///
/// # Errors
/// What keeps it from decoding.
pub fn stored(
    mut set: Map<String, Value>,
    live: Option<&Map<String, Value>>,
) -> Result<DaemonSet, Vec<Diagnostic>> {
    check::drop_switched_off(&mut set, live);
    typed_set(set)
}

/// An object with defaults and with its template in the form that is compared.
pub(super) fn in_canonical_form(mut set: Map<String, Value>) -> Map<String, Value> {
    without_null_entries(&mut set);
    apply_defaults(&mut set);
    if let Some(template) = set
        .get_mut("spec")
        .and_then(|spec| spec.get_mut("template"))
    {
        *template = canonical_template(template);
    }
    set
}
