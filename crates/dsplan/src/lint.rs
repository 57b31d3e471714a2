//! `dsplan lint` and `dsplan rule`

use clap::{Args, ValueEnum};
use daemonset::Options;
use daemonset_explain::words::count;
use daemonset_manifest::lint::{Linter, Lints, Rule};
use daemonset_manifest::{Diagnostic, Manifest, Severity};
use serde_json::{Value, json};

use crate::input::{Failure, Input, name_of};
use crate::kubectl::Needs;
use crate::output::{self, Format, Page, complain};
use crate::{End, Sources};

#[derive(Args)]
pub struct Arguments {
    #[command(flatten)]
    pub sources: Sources,
    /// Switch a rule off; may be given several times
    #[arg(long, value_name = "RULE")]
    off: Vec<Rule>,
    /// How grave a finding makes the exit code 1
    #[arg(long, value_enum, default_value_t, value_name = "LEVEL")]
    fail_level: Level,
}

#[derive(Args)]
pub struct RuleArguments {
    /// The rule's name, as `lint` prints it; without one, all rules are listed
    rule: Option<Rule>,
}

/// How grave a finding has to be.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum Level {
    /// Faults that the API server refuses
    Error,
    /// Those and warnings
    #[default]
    Warning,
    /// Any finding
    Info,
    /// No finding
    Never,
}

impl Level {
    fn is_reached_by(self, severity: Severity) -> bool {
        match self {
            Self::Error => severity <= Severity::Error,
            Self::Warning => severity <= Severity::Warning,
            Self::Info => true,
            Self::Never => false,
        }
    }
}

pub fn run(arguments: &Arguments) -> Result<End, Failure> {
    let input = Input::read(&arguments.sources, Needs::Placement)?;
    input.complain_of_undecodable();
    let cluster = input.cluster();
    if cluster.nodes().is_empty() {
        complain(
            "note",
            "no nodes are given: what the DaemonSets say of nodes is not held against any",
        );
    }
    let lints = (arguments.off.iter()).fold(Lints::default(), |lints, rule| lints.without(*rule));
    let all = input.inventory.daemon_sets.iter();
    let sets = all.map(|manifest| &manifest.daemon_set);
    let linter = Linter::new(&cluster, sets, &Options::default(), lints);
    let checked: Vec<(&Manifest, Vec<Diagnostic>)> = input
        .sets()
        .map(|manifest| (manifest, linter.lint_manifest(manifest)))
        .collect();
    match arguments.sources.output {
        Format::Text => page(&checked).print()?,
        format => {
            let sets: Vec<Value> = checked.iter().map(|(m, found)| value(m, found)).collect();
            output::print_value(format, &json!({"daemonSets": sets}))?;
        }
    }
    let mut found = checked.iter().flat_map(|(_, found)| found);
    Ok(input.end(found.any(|finding| arguments.fail_level.is_reached_by(finding.severity))))
}

/// Prints a rule's page, or all rules.
pub fn rule(arguments: &RuleArguments) -> Result<End, Failure> {
    let mut page = Page::new();
    match arguments.rule {
        Some(rule) => rule.page().lines().for_each(|line| page.line(line)),
        None => page.table(
            ["RULE", "SEVERITY", "FINDS"],
            Rule::ALL.iter().map(|rule| {
                [
                    rule.to_string(),
                    rule.severity().to_string(),
                    rule.summary().to_owned(),
                ]
            }),
        ),
    }
    page.print()?;
    Ok(End::Clean)
}

fn page(checked: &[(&Manifest, Vec<Diagnostic>)]) -> Page {
    let mut page = Page::new();
    let all = checked.iter().flat_map(|(_, found)| found);
    let clean = checked.iter().filter(|(_, found)| found.is_empty()).count();
    let sets = count(checked.len(), "DaemonSet");
    page.line(&match checked.len() - clean {
        0 => format!("Nothing found in {sets}."),
        _ if checked.len() == 1 => format!("{}.", counts(all)),
        some => format!("{} in {some} of {sets}.", counts(all)),
    });
    for (manifest, found) in checked.iter().filter(|(_, found)| !found.is_empty()) {
        let name = name_of(&manifest.daemon_set);
        page.gap();
        page.heading(&format!("{name}: {}", counts(found.iter())));
        for finding in found {
            let place = finding.place.as_ref();
            let at = place.map_or(String::new(), |place| format!("{place}: "));
            page.line(&format!("{at}{}: {}", finding.severity, finding.code));
            page.detail(&finding.to_string());
            if let Some(rule) = Rule::of(finding.code) {
                page.detail(rule.reference());
            }
        }
    }
    page
}

fn counts<'a>(found: impl Iterator<Item = &'a Diagnostic>) -> String {
    let mut numbers = [
        (Severity::Error, 0),
        (Severity::Warning, 0),
        (Severity::Info, 0),
    ];
    for finding in found {
        for (severity, number) in &mut numbers {
            *number += usize::from(finding.severity == *severity);
        }
    }
    let parts = numbers.into_iter().filter(|(_, number)| *number > 0);
    let parts: Vec<_> = parts
        .map(|(severity, number)| count(number, &severity.to_string()))
        .collect();
    parts.join(", ")
}

fn value(manifest: &Manifest, found: &[Diagnostic]) -> Value {
    json!({
        "namespace": manifest.daemon_set.metadata.namespace,
        "name": manifest.daemon_set.metadata.name,
        "findings": found,
    })
}
