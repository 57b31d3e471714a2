//! An entry of a map is null, which `kubectl apply` and `kubectl create` read differently.

use daemonset::template::table::{self, Kind, Type};
use serde_json::{Map, Value};

use crate::path::FieldPath;

use super::{Code, Facts, Look, OfRule, Severity};
#[cfg(test)]
use crate::lint::tests::{Case, hit, miss};

pub(in crate::lint) const FACTS: Facts = Facts {
    code: Code::new("null-entry"),
    severity: Severity::Warning,
    reference: "https://kubernetes.io/docs/tasks/manage-kubernetes-objects/declarative-config/",
    what: "An entry of a map is null, which `kubectl apply` and `kubectl create` read differently.",
    why: "`kubectl apply` leaves the entry out; `kubectl create` sends it, and the API server stores an empty value. In `nodeSelector` the first selects every node, and the second those whose label is empty. Here, it is read as `kubectl apply` does.",
    example: r"spec:
  template:
    spec: {nodeSelector: {disk: null}}
",
    instead: "Leave the entry out, or write the empty value: `disk: \"\"`.",
};

pub(in crate::lint) fn check(look: &Look<'_>, found: &mut OfRule<'_>) {
    if let Some(text) = &look.text {
        object(table::root_type(), text, &FieldPath::root(), found);
    }
}

fn object(
    type_: &'static Type,
    fields: &Map<String, Value>,
    path: &FieldPath,
    found: &mut OfRule<'_>,
) {
    for (name, inner) in fields {
        if let Some(field) = type_.field(name) {
            value(&field.kind, inner, &path.clone().field(field.name), found);
        }
    }
}

fn value(kind: &'static Kind, here: &Value, path: &FieldPath, found: &mut OfRule<'_>) {
    match (kind, here) {
        (Kind::Object(id), Value::Object(fields)) => {
            object(table::type_of(*id), fields, path, found);
        }
        (Kind::List(element), Value::Array(items)) => {
            for (at, item) in items.iter().enumerate() {
                value(element, item, &path.clone().index(at), found);
            }
        }
        (Kind::Map(element), Value::Object(entries)) => {
            for (key, entry) in entries {
                let path = path.clone().key(key);
                if entry.is_null() {
                    let message = "is null: kubectl apply leaves it out, kubectl create stores an \
                                   empty value";
                    found.add(path, message);
                } else {
                    value(element, entry, &path, found);
                }
            }
        }
        _ => {}
    }
}

#[cfg(test)]
pub(in crate::lint) const CASES: &[Case] = &[
    hit(
        "nodeSelector: {disk: null}",
        "spec.template.spec.nodeSelector[disk]",
        "is null: kubectl apply leaves it out, kubectl create stores an empty value",
    ),
    hit(
        "metadata: {annotations: {example.com/x: }}",
        "metadata.annotations[example.com/x]",
        "is null: kubectl apply leaves it out, kubectl create stores an empty value",
    ),
    // A field that is null is one that is missing.
    miss("affinity: null"),
    miss("nodeSelector: {disk: ''}"),
];
