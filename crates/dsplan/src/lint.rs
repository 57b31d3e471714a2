//! `dsplan lint`

use clap::Args;
use daemonset::api::DaemonSet;
use daemonset::lint::{Lint, Severity, lint};
use daemonset::manifest::Manifest;
use serde_json::{Value, json};

use crate::input::{Input, InputError, name_of};
use crate::output::{self, Format, complain, count};
use crate::{End, Sources};

#[derive(Args)]
pub struct Arguments {
    #[command(flatten)]
    sources: Sources,
}

pub fn run(arguments: &Arguments) -> Result<End, InputError> {
    let input = Input::read(&arguments.sources)?;
    let inventory = &input.inventory;
    if inventory.nodes.is_empty() {
        complain(
            "note",
            "no nodes given: what the sets say of nodes is not held against any",
        );
    }
    let all: Vec<DaemonSet> = (inventory.daemon_sets.iter())
        .map(|manifest| manifest.daemon_set.clone())
        .collect();
    let nodes = Some(inventory.nodes.as_slice());
    let checked: Vec<(&Manifest, Vec<Lint>)> = input
        .sets()
        .map(|manifest| (manifest, lint(&manifest.daemon_set, nodes, &all)))
        .collect();
    match arguments.sources.output {
        Format::Text => print_text(&checked),
        format => {
            let sets: Vec<Value> = checked.iter().map(|(m, found)| value(m, found)).collect();
            output::print_value(format, &json!({"daemonSets": sets}));
        }
    }
    let warns = |lint: &Lint| lint.rule.severity() == Severity::Warning;
    Ok(End::findings_if(
        checked.iter().any(|(_, found)| found.iter().any(warns)),
    ))
}

fn print_text(checked: &[(&Manifest, Vec<Lint>)]) {
    let all = checked.iter().flat_map(|(_, found)| found);
    let clean = checked.iter().filter(|(_, found)| found.is_empty()).count();
    let sets = count(checked.len(), "set");
    output::print(&match checked.len() - clean {
        0 => format!("Nothing found in {sets}.\n"),
        _ if checked.len() == 1 => format!("{}.\n", counts(all)),
        some => format!("{} in {some} of {sets}.\n", counts(all)),
    });
    for (manifest, found) in checked.iter().filter(|(_, found)| !found.is_empty()) {
        let name = name_of(&manifest.daemon_set);
        let heading = output::heading(&format!("{name}: {}", counts(found.iter())));
        output::print(&format!("\n{heading}"));
        for lint in found {
            let line = manifest.line_of(&lint.field).or(manifest.place.line);
            let line = line.map_or(String::new(), |line| format!(":{line}"));
            let source = &manifest.place.source;
            let (rule, severity) = (lint.rule, lint.rule.severity());
            output::print(&format!("{source}{line}: {severity}: {rule}\n"));
            let sentence = format!("{}: {}", lint.field, lint.message);
            output::print(&output::paragraph("    ", &sentence));
            output::print(&format!("    {}\n", rule.reference()));
        }
    }
}

fn counts<'a>(found: impl Iterator<Item = &'a Lint>) -> String {
    let (mut warnings, mut infos) = (0, 0);
    for lint in found {
        match lint.rule.severity() {
            Severity::Warning => warnings += 1,
            Severity::Info => infos += 1,
        }
    }
    match (warnings, infos) {
        (_, 0) => count(warnings, "warning"),
        (0, _) => count(infos, "info"),
        _ => format!("{}, {}", count(warnings, "warning"), count(infos, "info")),
    }
}

fn value(manifest: &Manifest, found: &[Lint]) -> Value {
    let meta = &manifest.daemon_set.metadata;
    let lints: Vec<Value> = found
        .iter()
        .map(|lint| {
            let mut value = json!(lint);
            value["line"] = json!(manifest.line_of(&lint.field).or(manifest.place.line));
            value
        })
        .collect();
    json!({
        "namespace": meta.namespace,
        "name": meta.name,
        "source": manifest.place.source.as_ref(),
        "lints": lints,
    })
}
