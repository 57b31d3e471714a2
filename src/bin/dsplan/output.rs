//! How things are printed: tables for people, JSON and YAML for programs.

use std::io::Write;

use anstyle::{AnsiColor, Style};
use clap::ValueEnum;
use comfy_table::{ContentArrangement, Table};
use serde_json::Value;

/// For people, or for programs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// Tables and sentences
    #[default]
    Text,
    /// JSON
    Json,
    /// YAML
    Yaml,
}

/// Prints to standard output. A reader that has gone away, such as `head`, is no error.
pub fn print(text: &str) {
    let mut out = anstream::stdout().lock();
    let _ = out.write_all(text.as_bytes());
    let _ = out.flush();
}

/// Prints a value for programs.
pub fn print_value(format: Format, value: &Value) {
    match format {
        Format::Yaml => print(&daemonset::manifest::to_yaml(value)),
        Format::Json | Format::Text => {
            let text = serde_json::to_string_pretty(value).unwrap_or_else(|_| value.to_string());
            print(&format!("{text}\n"));
        }
    }
}

/// A remark on standard error.
pub fn complain(kind: &str, text: &str) {
    let color = match kind {
        "error" => AnsiColor::Red,
        "warning" => AnsiColor::Yellow,
        _ => AnsiColor::Cyan,
    };
    let style = Style::new().bold().fg_color(Some(color.into()));
    let mut err = anstream::stderr().lock();
    let _ = writeln!(err, "{style}{kind}{style:#}: {text}");
}

/// A heading.
pub fn heading(text: &str) -> String {
    let style = Style::new().bold();
    format!("{style}{text}{style:#}\n")
}

/// A table whose number of columns depends on what is in it; the first row is its header.
pub fn rows(rows: Vec<Vec<String>>) -> String {
    let mut rows = rows.into_iter();
    let header = rows.next().unwrap_or_default();
    laid_out(Table::new().set_header(header).add_rows(rows))
}

/// A table in kubectl's manner, as wide as the terminal at most.
pub fn table<const N: usize>(
    header: [&str; N],
    rows: impl IntoIterator<Item = [String; N]>,
) -> String {
    laid_out(Table::new().set_header(header).add_rows(rows))
}

fn laid_out(table: &mut Table) -> String {
    table
        .load_style(comfy_table::presets::NOTHING)
        .set_content_arrangement(ContentArrangement::Dynamic);
    for column in table.column_iter_mut() {
        column.set_padding((0, 3));
    }
    let lines: Vec<_> = table.lines().map(|l| l.trim_end().to_owned()).collect();
    lines.join("\n") + "\n"
}
