//! `dsplan undo`

use clap::Args;
use daemonset::revision::roll_back;
use serde_json::{Map, Value};

use crate::input::{Failure, Input, name_of};
use crate::output::{self, Format, complain};
use crate::{End, Sources};

#[derive(Args)]
pub struct Arguments {
    #[command(flatten)]
    sources: Sources,
    /// The revision to go back to; by default the one before the newest
    #[arg(long, value_name = "NUMBER")]
    to_revision: Option<i64>,
}

pub fn run(arguments: &Arguments) -> Result<End, Failure> {
    let input = Input::read(&arguments.sources)?;
    input.complain_of_undecodable();
    let manifest = input.the_set()?;
    let set = &manifest.daemon_set;
    match roll_back(set, &input.inventory.revisions, arguments.to_revision) {
        Ok((revision, template)) => {
            let mut object = manifest.written.to_json();
            let spec = object
                .entry("spec")
                .or_insert_with(|| Value::Object(Map::new()));
            spec["template"] = template.into();
            let format = match arguments.sources.output {
                Format::Text => Format::Yaml,
                format => format,
            };
            output::print_value(format, &Value::Object(object))?;
            let text = format!("{} with the template of revision {revision}", name_of(set));
            complain("note", &text);
            Ok(input.end(false))
        }
        Err(error) => {
            complain("error", &format!("{}: {error}", name_of(set)));
            Ok(End::Findings)
        }
    }
}
