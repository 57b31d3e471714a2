//! `dsplan history`

use clap::Args;
use daemonset::api::{ControllerRevision, DaemonSet};
use daemonset::revision::{HistoryEntry, history, template_of};
use serde_json::{Value, json};

use crate::input::{Failure, Input, name_of, no_revisions};
use crate::kubectl::Needs;
use crate::output::{self, Format, Page, complain};
use crate::{End, Sources};

#[derive(Args)]
pub struct Arguments {
    #[command(flatten)]
    pub sources: Sources,
    /// Print for people, or for programs
    #[arg(short, long, value_enum, default_value_t)]
    output: Format,
    /// Print the template of this revision, as YAML unless JSON is asked for; wants a single DaemonSet
    #[arg(long, value_name = "NUMBER")]
    revision: Option<i64>,
}

pub fn run(arguments: &Arguments) -> Result<End, Failure> {
    let input = Input::read(&arguments.sources, Needs::Revisions)?;
    input.complain_of_undecodable();
    let revisions = &input.inventory.revisions;
    if let Some(number) = arguments.revision {
        return print_template(&input, number, arguments.output);
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
    match arguments.output {
        Format::Text => {
            let mut page = Page::new();
            for (set, entries) in &listed {
                page.gap();
                page.heading(&name_of(set));
                if entries.is_empty() {
                    page.line(&format!("Not known: {}.", no_revisions(set)));
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
                page.table(["REVISION", "NAME", "", "CHANGE-CAUSE"], rows);
                if !entries.iter().any(|entry| entry.current) {
                    page.line(
                        "None of them holds the DaemonSet's template, of which the controller makes a new one.",
                    );
                }
            }
            page.print()?;
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
            output::print_value(format, &json!({"daemonSets": sets}))?;
        }
    }
    let is_unknown = listed.iter().any(|(_, entries)| entries.is_empty());
    Ok(input.end(is_unknown))
}

fn print_template(input: &Input, number: i64, format: Format) -> Result<End, Failure> {
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
            output::print_value(format, &Value::from(template))?;
            Ok(input.end(false))
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
            Ok(End::Incomplete)
        }
    }
}
