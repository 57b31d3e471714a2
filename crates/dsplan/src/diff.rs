//! `dsplan diff`

use std::collections::BTreeSet;

use clap::Args;
use daemonset_explain::evidence::Origin;
use daemonset_explain::words::list;
use daemonset_report::{Diff, SetDiff};

use crate::End;
use crate::identity::meant_elsewhere;
use crate::input::{Both, Failure, Versions};
use crate::output::{self, Format, Page, complain};

#[derive(Args)]
pub struct Arguments {
    #[command(flatten)]
    versions: Versions,
    /// Print for people, or for programs
    #[arg(short, long, value_enum, default_value_t)]
    output: Format,
}

/// How many names are given of a list.
const SHOWN: usize = 5;

pub fn run(arguments: &Arguments) -> Result<End, Failure> {
    let Both { old, new, moment } = arguments.versions.read()?;
    let wanted = arguments.versions.wanted();
    if new.written().next().is_none() {
        return Err(wanted.not_found(&new));
    }
    let diff = Diff::new(&old, &new, moment, |namespace, name| {
        wanted.is(namespace, name)
    });
    if diff.daemon_sets.is_empty() {
        return Err(wanted.not_found(&old));
    }
    let known: BTreeSet<(&str, &str)> = (old.daemon_sets.iter())
        .map(|set| &set.daemon_set.metadata)
        .map(|metadata| (&*metadata.namespace, &*metadata.name))
        .collect();
    for note in meant_elsewhere(&new.daemon_sets, &known) {
        complain("note", &note);
    }
    for note in &diff.notes {
        complain("note", note);
    }
    for set in &diff.daemon_sets {
        if let Some(reason) = set.withheld() {
            complain("warning", &format!("{}: {reason}", set.full_name()));
        }
    }
    match arguments.output {
        Format::Text => {
            let mut page = page(&diff);
            if diff.moment.origin != Origin::None {
                page.gap();
                page.add_moment(&diff.moment);
            }
            page.print()?;
        }
        format => {
            let value = serde_json::to_value(&diff).unwrap_or_default();
            output::print_value(format, &value)?;
        }
    }
    if old.has_errors() || new.has_errors() {
        return Ok(End::Incomplete);
    }
    Ok(End::findings_if(
        diff.daemon_sets.iter().any(SetDiff::does_something),
    ))
}

fn page(diff: &Diff) -> Page {
    let mut page = Page::new();
    if let Some(summary) = diff.summary() {
        page.line(&summary);
    }
    for set in diff.daemon_sets.iter().filter(|set| !set.is_absent()) {
        page.gap();
        page.heading(&format!("{}: {}", set.full_name(), set.headline()));
        for line in set.details() {
            page.detail(&line);
        }
    }
    let absent = diff.daemon_sets.iter().filter(|set| set.is_absent());
    let absent: Vec<String> = absent.map(SetDiff::full_name).collect();
    if !absent.is_empty() {
        page.gap();
        let names = list(&absent, SHOWN);
        page.line(&format!("Not in the new input, so left alone: {names}."));
    }
    page
}
