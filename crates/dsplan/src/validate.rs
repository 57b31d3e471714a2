//! `dsplan validate`

use clap::Args;
use daemonset_manifest::check::Check;
use daemonset_manifest::{Diagnostic, Inventory, Severity, Written};
use serde_json::{Value, json};

use crate::input::{self, Failure, Input};
use crate::kubectl::Needs;
use crate::output::{self, Format, Page};
use crate::{End, Sources};

#[derive(Args)]
pub struct Arguments {
    #[command(flatten)]
    pub sources: Sources,
    /// A file with the DaemonSets as they are now, for what may not be changed
    #[arg(long, value_name = "FILE")]
    old: Option<String>,
}

/// An object of a kind that is a slip is read, and no input that failed.
const WRONG_KIND: &str = "wrong-kind";

pub fn run(arguments: &Arguments) -> Result<End, Failure> {
    let input = Input::read(&arguments.sources, Needs::DaemonSets)?;
    let old = match &arguments.old {
        Some(file) if file == "-" && arguments.sources.files.iter().any(|other| other == "-") => {
            return Err(Failure::StandardInputTwice);
        }
        Some(file) => Some(old(file, &arguments.sources)?),
        None => None,
    };
    let check = Check::new();
    let mut checked = Vec::new();
    let read = input.sets().map(|manifest| &manifest.written);
    for written in read.chain(input.undecodable().map(|set| &set.written)) {
        let findings = match old.as_ref() {
            Some(old) => {
                let before = same(old, written).ok_or_else(|| Failure::NotInOld {
                    set: name_of(written),
                    file: arguments.old.clone().unwrap_or_default(),
                })?;
                written.checked_against(before, &check)
            }
            None => written.checked(&check),
        };
        checked.push((written, findings));
    }
    match arguments.sources.output {
        Format::Text => page(&checked).print()?,
        format => {
            let sets: Vec<Value> = checked.iter().map(|(w, f)| value(w, f)).collect();
            output::print_value(format, &json!({"daemonSets": sets}))?;
        }
    }
    let slips = |finding: &Diagnostic| finding.code.as_str() == WRONG_KIND;
    let failed = (input.inventory.diagnostics().iter())
        .any(|finding| finding.severity == Severity::Error && !slips(finding));
    if failed {
        return Ok(End::Incomplete);
    }
    let is_refused = checked.iter().any(|(_, findings)| refused(findings));
    let slipped = input.inventory.diagnostics().iter().any(slips);
    Ok(End::findings_if(is_refused || slipped))
}

fn old(file: &str, sources: &Sources) -> Result<Inventory, Failure> {
    let inventory = input::read_files(&[file.to_owned()], sources.max_size)?;
    input::say(inventory.diagnostics());
    Ok(inventory)
}

/// The set of the same namespace and name.
fn same<'a>(old: &'a Inventory, set: &Written) -> Option<&'a Written> {
    let mut sets = old.written();
    sets.find(|other| (other.namespace(), other.name()) == (set.namespace(), set.name()))
}

fn refused(findings: &[Diagnostic]) -> bool {
    let is_error = |finding: &Diagnostic| finding.severity == Severity::Error;
    findings.iter().any(is_error)
}

fn name_of(written: &Written) -> String {
    format!("{}/{}", written.namespace(), written.name())
}

fn page(checked: &[(&Written, Vec<Diagnostic>)]) -> Page {
    let mut page = Page::new();
    for (written, findings) in checked {
        for finding in findings {
            let kind = match finding.severity {
                Severity::Error => "",
                _ => "warning: ",
            };
            page.line(&format!("{kind}{}", input::in_full(finding)));
        }
        if !refused(findings) {
            page.line(&format!("{}: valid", name_of(written)));
        }
    }
    page
}

fn value(written: &Written, findings: &[Diagnostic]) -> Value {
    json!({
        "namespace": written.namespace(),
        "name": written.name(),
        "valid": !refused(findings),
        "findings": findings,
    })
}
