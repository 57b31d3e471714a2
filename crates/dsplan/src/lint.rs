//! `dsplan lint` and `dsplan rule`

use clap::Args;
use daemonset::Options;
use daemonset_explain::words::count;
use daemonset_manifest::check::Check;
use daemonset_manifest::lint::{Linter, Lints, Rule};
use daemonset_manifest::{Diagnostic, Severity, Written};
use serde_json::{Value, json};

use crate::input::{Failure, Input};
use crate::kubectl::Needs;
use crate::output::{CheckFormat, Level, Page, complain};
use crate::report::{self, Checked};
use crate::{End, Sources};

#[derive(Args)]
pub struct Arguments {
    #[command(flatten)]
    pub sources: Sources,
    /// Print for people, or for programs
    #[arg(short, long, value_enum, default_value_t)]
    output: CheckFormat,
    /// Switch a rule off; may be given several times
    #[arg(long, value_name = "RULE")]
    off: Vec<Rule>,
    /// How grave a finding makes the exit code 1
    #[arg(long, value_enum, default_value_t = Level::Warning, value_name = "LEVEL")]
    fail_level: Level,
}

#[derive(Args)]
pub struct RuleArguments {
    /// The rule's name, as `lint` prints it; without one, all rules are listed
    rule: Option<Rule>,
}

pub fn run(arguments: &Arguments) -> Result<End, Failure> {
    let input = Input::read_each(&arguments.sources, Needs::Room)?;
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
    let room = input.room();
    let linter = Linter::new(&cluster, sets, &Options::default(), lints).with_room(&room);
    let mut checked: Vec<Checked> = input
        .sets()
        .map(|manifest| {
            let mut found = refusals(&manifest.written);
            found.extend(linter.lint_manifest(manifest));
            Checked::of(&manifest.written, found)
        })
        .collect();
    report::tell_apart(&mut checked, input.sets().map(|manifest| &manifest.written));
    let fails = |finding: &Diagnostic| arguments.fail_level.is_reached_by(finding);
    // What was found while reading counts as well: a key that stands there twice.
    let found = checked.iter().flat_map(|set| &set.findings);
    let failed = found.chain(input.inventory.diagnostics()).any(fails);
    let format = arguments.output;
    if format == CheckFormat::Text {
        page(&checked).print()?;
    } else {
        let sets: Vec<Value> = checked.iter().map(value).collect();
        let undecodable = input.undecodable().flat_map(|set| &set.faults);
        let read = input.inventory.diagnostics().iter().chain(undecodable);
        report::print(
            "lint",
            format,
            &sets,
            &report::with_read(read, checked),
            fails,
        )?;
    }
    Ok(input.end(failed))
}

/// What the API server refuses of a DaemonSet: what else is found may not come to pass.
fn refusals(written: &Written) -> Vec<Diagnostic> {
    let findings = written.checked(&Check::new()).into_iter();
    findings
        .filter(|finding| finding.severity == Severity::Error)
        .collect()
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

fn page(checked: &[Checked]) -> Page {
    let mut page = Page::new();
    let all = checked.iter().flat_map(|set| &set.findings);
    let clean = checked.iter().filter(|set| set.findings.is_empty()).count();
    let sets = count(checked.len(), "DaemonSet");
    page.line(&match checked.len() - clean {
        0 if checked.is_empty() => "No DaemonSet was looked at: see the errors.".to_owned(),
        0 => format!("Nothing found in {sets}."),
        _ if checked.len() == 1 => format!("{}.", counts(all)),
        some => format!("{} in {some} of {sets}.", counts(all)),
    });
    for set in checked.iter().filter(|set| !set.findings.is_empty()) {
        page.gap();
        page.heading(&format!(
            "{}: {}",
            set.full_name(),
            counts(set.findings.iter())
        ));
        for finding in &set.findings {
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

fn value(set: &Checked) -> Value {
    json!({
        "namespace": set.namespace,
        "name": set.name,
        "findings": set.findings,
    })
}
