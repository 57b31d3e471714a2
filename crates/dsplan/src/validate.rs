//! `dsplan validate`

use clap::Args;
use daemonset::manifest::{Inventory, Manifest};
use daemonset::schema;
use daemonset::validate::{validate, validate_update};
use serde_json::{Value, json};

use crate::input::{self, Input, InputError, name_of, place_of};
use crate::output::{self, Format};
use crate::{End, Sources};

#[derive(Args)]
pub struct Arguments {
    #[command(flatten)]
    sources: Sources,
    /// A file with the sets as they are now, for what may not be changed
    #[arg(long, value_name = "FILE")]
    old: Option<String>,
}

/// One fault, as it is printed.
struct Finding {
    path: String,
    kind: &'static str,
    text: String,
}

pub fn run(arguments: &Arguments) -> Result<End, InputError> {
    let input = Input::read(&arguments.sources)?;
    let old = match &arguments.old {
        Some(file) => Some(input::read_one(file)?),
        None => None,
    };
    let checked: Vec<(&Manifest, Vec<Finding>)> = input
        .sets()
        .map(|manifest| (manifest, findings(manifest, old.as_ref())))
        .collect();
    match arguments.sources.output {
        Format::Text => {
            for (manifest, findings) in &checked {
                for finding in findings {
                    let place = place_of(manifest, &finding.path);
                    let text = format!("{place}: {}", finding.text);
                    output::print(&output::paragraph("", &text));
                }
                if findings.is_empty() {
                    output::print(&format!("{}: valid\n", name_of(&manifest.daemon_set)));
                }
            }
        }
        format => {
            let sets: Vec<Value> = checked.iter().map(|(m, f)| value(m, f)).collect();
            output::print_value(format, &json!({"daemonSets": sets}));
        }
    }
    Ok(End::findings_if(checked.iter().any(|(_, f)| !f.is_empty())))
}

fn findings(manifest: &Manifest, old: Option<&Inventory>) -> Vec<Finding> {
    let unknown = schema::unknown_fields(&manifest.json).into_iter();
    let types = schema::type_faults(&manifest.json).into_iter();
    let set = &manifest.daemon_set;
    let before = old.and_then(|old| {
        let same = |other: &&Manifest| {
            let (a, b) = (&other.daemon_set.metadata, &set.metadata);
            (&a.namespace, &a.name) == (&b.namespace, &b.name)
        };
        old.daemon_sets.iter().find(same)
    });
    let faults = match before {
        Some(before) => validate_update(&before.daemon_set, set),
        None => validate(set),
    };
    let unknown = unknown.map(|field| Finding {
        text: field.to_string(),
        path: field.path,
        kind: "UnknownField",
    });
    let types = types.map(|fault| Finding {
        text: fault.to_string(),
        path: fault.path,
        kind: "FieldValueTypeInvalid",
    });
    let faults = faults.into_iter().map(|fault| Finding {
        text: fault.to_string(),
        path: fault.field,
        kind: fault.kind.as_api_str(),
    });
    unknown.chain(types).chain(faults).collect()
}

fn value(manifest: &Manifest, findings: &[Finding]) -> Value {
    let meta = &manifest.daemon_set.metadata;
    let faults: Vec<Value> = findings
        .iter()
        .map(|finding| {
            json!({
                "field": finding.path,
                "kind": finding.kind,
                "message": finding.text,
                "line": manifest.line_of(&finding.path),
            })
        })
        .collect();
    json!({
        "namespace": meta.namespace,
        "name": meta.name,
        "source": manifest.place.source.as_ref(),
        "valid": findings.is_empty(),
        "faults": faults,
    })
}
