//! `dsplan validate`

use clap::Args;
use daemonset_manifest::check::{Check, NOT_CHECKED};
use daemonset_manifest::{Code, Diagnostic, FieldPath, Inventory, Severity, Written};
use serde_json::{Value, json};

use crate::input::{self, Failure, Input};
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
    /// How grave a finding makes the exit code 1
    #[arg(long, value_enum, default_value_t = Level::Error, value_name = "LEVEL")]
    fail_level: Level,
    /// A file with the DaemonSets as they are now, for what may not be changed
    #[arg(long, value_name = "FILE")]
    old: Option<String>,
}

/// An object of a kind that is a slip is read, and no input that failed.
const WRONG_KIND: &str = "wrong-kind";

pub fn run(arguments: &Arguments) -> Result<End, Failure> {
    let input = Input::read_each(&arguments.sources, Needs::DaemonSets)?;
    let old = match &arguments.old {
        Some(file) if file == "-" && arguments.sources.files.iter().any(|other| other == "-") => {
            return Err(Failure::StandardInputTwice);
        }
        Some(file) => Some(old(file, &arguments.sources)?),
        None => None,
    };
    let check = Check::new();
    let mut checked: Vec<Checked> = Vec::new();
    let read = input.sets().map(|manifest| &manifest.written);
    for written in read.chain(input.undecodable().map(|set| &set.written)) {
        let mut findings = match old.as_ref() {
            Some(old) => {
                let before = same(old, written).ok_or_else(|| Failure::NotInOld {
                    set: format!("{}/{}", written.namespace(), written.name()),
                    file: arguments.old.clone().unwrap_or_default(),
                })?;
                written.checked_against(before, &check)
            }
            None => written.checked(&check),
        };
        if written.name().is_empty() && !refused(&findings) {
            findings.push(generated_name(written));
        }
        checked.push(Checked::of(written, findings));
    }
    let read = input.sets().map(|manifest| &manifest.written);
    let all = read.chain(input.undecodable().map(|set| &set.written));
    report::tell_apart(&mut checked, all);
    let slips = |finding: &Diagnostic| finding.code.as_str() == WRONG_KIND;
    let read = input.inventory.diagnostics();
    let is_unreadable =
        (read.iter()).any(|finding| finding.severity == Severity::Error && !slips(finding));
    let slipped = read.iter().any(slips);
    let fails = |finding: &Diagnostic| arguments.fail_level.is_reached_by(finding);
    // What was found while reading counts as well: a key that stands there twice.
    let found = checked.iter().flat_map(|set| &set.findings);
    let failed = found.chain(read).any(fails);
    let format = arguments.output;
    if format == CheckFormat::Text {
        page(&checked).print()?;
        complain("note", NOT_CHECKED);
    } else {
        let sets: Vec<Value> = checked.iter().map(value).collect();
        let all = report::with_read(read, checked);
        report::print("validate", format, &sets, &all, fails)?;
    }
    if is_unreadable {
        return Ok(End::Incomplete);
    }
    Ok(End::findings_if(failed || slipped))
}

fn old(file: &str, sources: &Sources) -> Result<Inventory, Failure> {
    let mut inventory = input::read_files(&[file.to_owned()], sources.max_size)?;
    if let Some(namespace) = &sources.namespace {
        inventory.put_into_namespace(namespace);
    }
    input::say(inventory.diagnostics());
    Ok(inventory)
}

/// The set of the same namespace and name.
fn same<'a>(old: &'a Inventory, set: &Written) -> Option<&'a Written> {
    let mut sets = old.written();
    sets.find(|other| other.namespace() == set.namespace() && other.name() == set.name())
}

/// The API server takes it, and one of kubectl's two ways to send it does not.
fn generated_name(written: &Written) -> Diagnostic {
    const CODE: Code = Code::new("generated-name");
    let path = FieldPath::parse("metadata.generateName");
    let message = "kubectl create takes it, kubectl apply wants metadata.name";
    Diagnostic::new(CODE, Severity::Warning, path, message).at(written.place().clone())
}

fn refused(findings: &[Diagnostic]) -> bool {
    let is_error = |finding: &Diagnostic| finding.severity == Severity::Error;
    findings.iter().any(is_error)
}

fn page(checked: &[Checked]) -> Page {
    let mut page = Page::new();
    for set in checked {
        for finding in &set.findings {
            let kind = match finding.severity {
                Severity::Error => "",
                _ => "warning: ",
            };
            page.line(&format!("{kind}{}", finding.in_full()));
        }
        if !refused(&set.findings) {
            page.line(&format!("{}: valid", set.full_name()));
        }
    }
    page
}

fn value(set: &Checked) -> Value {
    json!({
        "namespace": set.namespace,
        "name": set.name,
        "valid": !refused(&set.findings),
        "findings": set.findings,
    })
}
