//! How things are printed: tables for people, JSON and YAML for programs.

use std::fmt::Display;
use std::io::Write;
use std::ops::Range;

use anstyle::{AnsiColor, Style};
use clap::ValueEnum;
use comfy_table::{ColumnConstraint, ContentArrangement, Table};
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
    let text = paragraph("", text);
    format!("{style}{}{style:#}\n", text.trim_end())
}

/// A table in kubectl's manner. Names and figures stay whole: where it is wider than the terminal,
/// its last column is wrapped, or each row takes several lines. Elsewhere than on a terminal each
/// row is one line.
pub fn table<const N: usize>(
    header: [&str; N],
    rows: impl IntoIterator<Item = [String; N]>,
) -> String {
    let mut lines = vec![header.map(str::to_owned).to_vec()];
    lines.extend(rows.into_iter().map(Vec::from));
    laid_out(&lines)
}

/// A table whose number of columns depends on what is in it; the first line is its header.
pub fn laid_out(lines: &[Vec<String>]) -> String {
    let columns = lines[0].len();
    let table = arranged(lines, 0..columns);
    let Some(terminal) = table.width().map(usize::from) else {
        return lines_of(&table).concat();
    };
    let needed = |part: Range<usize>| needed(lines, part);
    let last = columns.saturating_sub(1);
    let prose = LEAST_PROSE.min(needed(last..columns));
    if needed(0..columns) <= terminal || needed(0..last) + GAP + prose <= terminal {
        return lines_of(&table).concat();
    }
    let is_figure = |cell: &str| cell == "?" || cell.parse::<u64>().is_ok();
    let is_figures = |at: &usize| lines[1..].iter().all(|row| is_figure(&row[*at]));
    let names = (1..columns).find(is_figures).unwrap_or(last);
    let fits = INDENT.len() + needed(names..columns) <= terminal;
    let parts = match names {
        names if fits || names == last => vec![0..names, names..columns],
        names => vec![0..names, names..last, last..columns],
    };
    let parts: Vec<_> = parts
        .into_iter()
        .map(|part| {
            let mut table = arranged(lines, part);
            lines_of(table.set_content_arrangement(ContentArrangement::Disabled))
        })
        .collect();
    let mut text = String::new();
    for row in 0..lines.len() {
        for (depth, part) in parts.iter().enumerate() {
            text += if depth == 0 { "" } else { INDENT };
            text += part.get(row).map_or("\n", String::as_str);
        }
    }
    text
}

/// A sentence, wrapped at words where it is wider than the terminal.
pub fn paragraph(indent: &str, text: &str) -> String {
    let mut table = arranged(&[vec![text.to_owned()]], 0..1);
    if let Some(width) = table.width() {
        let indent = u16::try_from(indent.len()).unwrap_or(0);
        table.set_width(width.saturating_sub(indent).max(1));
    }
    let lines = lines_of(&table);
    let pieces = lines.iter().flat_map(|line| [indent, line.as_str()]);
    pieces.collect()
}

/// How narrow the last column of a table may become before it goes to a line of its own.
const LEAST_PROSE: usize = 24;

/// The space between two columns.
const GAP: usize = 3;

/// What stands before the second and third line of a row.
const INDENT: &str = "    ";

/// How wide these columns are when nothing is wrapped.
fn needed(lines: &[Vec<String>], part: Range<usize>) -> usize {
    let widths = arranged(lines, part).column_max_content_widths();
    let gaps = widths.len().saturating_sub(1) * GAP;
    widths.into_iter().map(usize::from).sum::<usize>() + gaps
}

/// These columns of the lines, of which the first is the header.
fn arranged(lines: &[Vec<String>], part: Range<usize>) -> Table {
    let mut table = Table::new();
    table
        .load_style(comfy_table::presets::NOTHING)
        .set_content_arrangement(ContentArrangement::Dynamic)
        .set_header(&lines[0][part.clone()])
        .add_rows(lines[1..].iter().map(|row| &row[part.clone()]));
    let last = part.len().saturating_sub(1);
    for (at, column) in table.column_iter_mut().enumerate() {
        if at == last {
            column.set_padding((0, 0));
        } else {
            column.set_padding((0, 3));
            column.set_constraint(ColumnConstraint::ContentWidth);
        }
    }
    table
}

fn lines_of(table: &Table) -> Vec<String> {
    let lines = table.lines();
    lines
        .map(|line| line.trim_end().to_owned() + "\n")
        .collect()
}

/// A number of things: `1 pod`, `2 pods`.
pub fn count(number: impl Display, of: &str) -> String {
    let number = number.to_string();
    let s = if number == "1" { "" } else { "s" };
    format!("{number} {of}{s}")
}
