//! `dsplan history`

use clap::Args;
use daemonset::api::{ControllerRevision, DaemonSet};
use daemonset::history::{HistoryEntry, history, template_of};
use serde_json::{Value, json};

use crate::input::{Input, InputError, name_of};
use crate::output::{self, Format, complain};
use crate::{End, Sources};

#[derive(Args)]
pub struct Arguments {
    #[command(flatten)]
    sources: Sources,
    /// Print the template of this revision; wants a single set
    #[arg(long, value_name = "NUMBER")]
    revision: Option<i64>,
}

pub fn run(arguments: &Arguments) -> Result<End, InputError> {
    let input = Input::read(&arguments.sources)?;
    let revisions = &input.inventory.revisions;
    if let Some(number) = arguments.revision {
        return print_template(&input, number, arguments.sources.output);
    }
    let listed: Vec<(&DaemonSet, Vec<HistoryEntry>)> = input
        .sets()
        .map(|manifest| {
            (
                &manifest.daemon_set,
                history(&manifest.daemon_set, revisions),
            )
        })
        .collect();
    match arguments.sources.output {
        Format::Text => {
            for (at, (set, entries)) in listed.iter().enumerate() {
                let gap = if at == 0 { "" } else { "\n" };
                output::print(&format!("{gap}{}", output::heading(&name_of(set))));
                if entries.is_empty() {
                    output::print("No revision of this set is in the input.\n");
                    continue;
                }
                let rows = entries.iter().map(|entry| {
                    [
                        entry.revision.to_string(),
                        entry.name.clone(),
                        if entry.current { "current" } else { "" }.to_owned(),
                        entry.change_cause.clone().unwrap_or("<none>".to_owned()),
                    ]
                });
                output::print(&output::table(
                    ["REVISION", "NAME", "", "CHANGE-CAUSE"],
                    rows,
                ));
            }
        }
        format => {
            let sets: Vec<Value> = listed
                .iter()
                .map(|(set, entries)| {
                    json!({
                        "namespace": set.metadata.namespace,
                        "name": set.metadata.name,
                        "revisions": entries,
                    })
                })
                .collect();
            output::print_value(format, &json!({"daemonSets": sets}));
        }
    }
    Ok(End::Clean)
}

fn print_template(input: &Input, number: i64, format: Format) -> Result<End, InputError> {
    let set = &input.the_set()?.daemon_set;
    let known = &input.inventory.revisions;
    let entries = history(set, known);
    let wanted = entries.iter().find(|entry| entry.revision == number);
    let named = |revision: &&ControllerRevision| {
        revision.metadata.namespace == set.metadata.namespace
            && wanted.is_some_and(|entry| entry.name == revision.metadata.name)
    };
    let template = known.iter().find(named).map(template_of);
    match template {
        Some(Ok(template)) => {
            let format = if format == Format::Text {
                Format::Yaml
            } else {
                format
            };
            output::print_value(format, &Value::from(template));
            Ok(End::Clean)
        }
        Some(Err(error)) => {
            complain("error", &format!("{}: {error}", name_of(set)));
            Ok(End::Findings)
        }
        None => {
            let numbers: Vec<_> = entries.iter().map(|e| e.revision.to_string()).collect();
            let numbers = numbers.join(", ");
            let found = if numbers.is_empty() { "none" } else { &numbers };
            let text = format!("{}: no revision {number}, found {found}", name_of(set));
            complain("error", &text);
            Ok(End::Findings)
        }
    }
}
