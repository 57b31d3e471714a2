//! `dsplan report`

use std::collections::HashSet;

use clap::{Args, ValueEnum};
use daemonset_report::{Report, page};

use crate::input::{Failure, Input, name_of};
use crate::kubectl::Needs;
use crate::{Clock, End, Sources, output};

#[derive(Args)]
pub struct Arguments {
    #[command(flatten)]
    pub sources: Sources,
    /// Write it for a browser, or for programs
    #[arg(short, long, value_enum, default_value_t)]
    output: Shape,
    #[command(flatten)]
    clock: Clock,
}

/// For a browser, or for programs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Shape {
    /// A page that needs nothing but itself
    #[default]
    Html,
    /// JSON
    Json,
}

pub fn run(arguments: &Arguments) -> Result<End, Failure> {
    let input = Input::read_at(&arguments.sources, &arguments.clock, Needs::Evidence)?;
    input.complain_of_undecodable();
    let names: HashSet<String> = input.sets().map(|it| name_of(&it.daemon_set)).collect();
    let report = Report::of(&input.inventory, Some(input.moment()), |set| {
        names.contains(&name_of(set))
    });
    match arguments.output {
        Shape::Html => output::print_text(&page::of_report(&report))?,
        Shape::Json => output::print_value(
            output::Format::Json,
            &serde_json::to_value(&report).unwrap_or_default(),
        )?,
    }
    Ok(input.end(false))
}
