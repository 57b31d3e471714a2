//! How things are printed: lines and tables for people, JSON and YAML for programs.
//!
//! What comes from the input and stands in text for people never brings a control character, a
//! line break or a change of the writing direction along: every piece of text passes [`escaped`].
//! Values for programs are exact.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::io::{self, ErrorKind, Write as _};

use anstyle::{AnsiColor, Style};
use clap::ValueEnum;
use comfy_table::{ColumnConstraint, ContentArrangement, Table};
use daemonset_explain::evidence::Moment;
use daemonset_manifest::{Diagnostic, Severity};
use serde_json::Value;

use crate::failure::Failure;

/// For people, or for programs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// Sentences and tables
    #[default]
    Text,
    /// JSON
    Json,
    /// YAML
    Yaml,
}

/// How many characters of a sentence or a cell are printed: more than anybody reads.
const LONGEST: usize = 1_500;

/// A sentence that can be read, and the number of characters that are left out.
fn bounded(text: &str) -> Cow<'_, str> {
    // As many bytes are no more characters.
    let end = (text.len() > LONGEST)
        .then(|| text.char_indices().nth(LONGEST))
        .flatten();
    let Some((end, _)) = end else {
        return Cow::Borrowed(text);
    };
    let end = text[..end].rfind(' ').unwrap_or(end);
    let more = text[end..].chars().count();
    Cow::Owned(format!(
        "{} … ({more} more characters, which -o json has)",
        &text[..end]
    ))
}

/// For people, for programs, or for what runs checks and shows their results.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum CheckFormat {
    /// Sentences
    #[default]
    Text,
    /// JSON
    Json,
    /// YAML
    Yaml,
    /// SARIF 2.1.0, as code scanning reads it
    Sarif,
    /// XML as test reports read it
    Junit,
    /// Commands of a GitHub workflow, which mark the lines of a pull request
    Github,
}

/// How grave a finding has to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Level {
    /// Faults that the API server refuses
    Error,
    /// Those and warnings
    Warning,
    /// Any finding
    Info,
    /// No finding
    Never,
}

impl Level {
    /// Whether a finding is grave enough.
    pub fn is_reached_by(self, finding: &Diagnostic) -> bool {
        match self {
            Self::Error => finding.severity <= Severity::Error,
            Self::Warning => finding.severity <= Severity::Warning,
            Self::Info => true,
            Self::Never => false,
        }
    }
}

/// A text in which nothing can move the cursor, forge a line or turn the writing direction.
pub fn escaped(text: &str) -> Cow<'_, str> {
    if !text.chars().any(|it| is_unsafe(it) || is_odd_space(it)) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        if is_unsafe(character) {
            out.extend(character.escape_default());
        } else if is_odd_space(character) {
            out.push(' ');
        } else {
            out.push(character);
        }
    }
    Cow::Owned(out)
}

/// Spaces at which no line is wrapped: a terminal would break a line that holds them anywhere.
fn is_odd_space(character: char) -> bool {
    character.is_whitespace() && character != ' '
}

/// Control characters, line and paragraph separators, what overrides or isolates a direction, and letters
/// that look like a space.
fn is_unsafe(character: char) -> bool {
    character.is_control()
        || matches!(
            character,
            '\u{61c}'
                | '\u{115f}'
                | '\u{1160}'
                | '\u{2800}'
                | '\u{3164}'
                | '\u{ffa0}'
                | '\u{200b}'..='\u{200f}'
                | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}'
                | '\u{feff}'
                | '\u{fff9}'..='\u{fffb}'
        )
}

/// Lines for people, printed together.
#[derive(Debug, Default)]
pub struct Page {
    text: String,
    /// How wide the terminal is; unlimited elsewhere.
    width: Option<usize>,
}

/// What stands before the second line of a sentence, and before each further one: what the input says never
/// begins a line, where it could pass for an answer.
const NEXT: &str = "  ";

/// What stands before the second and the third line of a row that takes several.
const INDENT: &str = "    ";

/// What stands before what does not fit even there.
const DEEPER: &str = "      ";

/// How narrow the last column of a table may become before it goes to a line of its own.
const LEAST_PROSE: usize = 24;

/// The space between two columns.
const GAP: usize = 3;

impl Page {
    /// An empty page as wide as the terminal, or elsewhere as `COLUMNS` says. What says that it has no
    /// columns has no width.
    pub fn new() -> Self {
        Self {
            text: String::new(),
            width: width_of(terminal_size::terminal_size_of(io::stdout())),
        }
    }

    /// A line in bold.
    pub fn heading(&mut self, text: &str) {
        let style = Style::new().bold();
        let text = self.wrapped("", NEXT, text);
        let _ = writeln!(self.text, "{style}{text}{style:#}");
    }

    /// A sentence, wrapped at words where it is wider than the terminal.
    pub fn line(&mut self, text: &str) {
        let text = self.wrapped("", NEXT, text);
        let _ = writeln!(self.text, "{text}");
    }

    /// A sentence of a list.
    pub fn item(&mut self, text: &str) {
        let text = self.wrapped("- ", NEXT, text);
        let _ = writeln!(self.text, "{text}");
    }

    /// A sentence that belongs to the one above.
    pub fn detail(&mut self, text: &str) {
        let text = self.wrapped(NEXT, NEXT, text);
        let _ = writeln!(self.text, "{text}");
    }

    /// A command to type, on a line of its own and in one piece, so that it can be copied.
    pub fn command(&mut self, text: &str) {
        let _ = writeln!(self.text, "    {}", escaped(text));
    }

    /// The moment of an answer, and which clocks are wrong.
    pub fn add_moment(&mut self, moment: &Moment) {
        for sentence in moment.sentences() {
            self.line(&sentence);
        }
    }

    /// An empty line, unless the page begins here.
    pub fn gap(&mut self) {
        if !self.text.is_empty() {
            self.text.push('\n');
        }
    }

    fn wrapped(&self, first: &str, next: &str, text: &str) -> String {
        wrapped(self.width, first, next, &escaped(&bounded(text)))
    }

    /// A table in kubectl's manner. Names and figures stay whole: where it is wider than the
    /// terminal, its last column is wrapped, or each row takes several lines.
    pub fn table<const N: usize>(
        &mut self,
        header: [&str; N],
        rows: impl IntoIterator<Item = [String; N]>,
    ) {
        let mut lines = vec![header.map(str::to_owned).to_vec()];
        lines.extend(rows.into_iter().map(Vec::from));
        self.grid(lines);
    }

    /// A table whose number of columns depends on what is in it; the first line is its header.
    pub fn grid(&mut self, mut lines: Vec<Vec<String>>) {
        for cell in lines.iter_mut().flatten() {
            if let Cow::Owned(short) = bounded(cell) {
                *cell = short;
            }
            if let Cow::Owned(safe) = escaped(cell) {
                *cell = safe;
            }
        }
        let columns = lines.first().map_or(0, Vec::len);
        let last = columns.saturating_sub(1);
        let prose = LEAST_PROSE.min(needed(&lines, last, columns));
        let fits = self.width.is_none_or(|width| {
            needed(&lines, 0, columns) <= width || needed(&lines, 0, last) + GAP + prose <= width
        });
        if fits {
            let rows = arranged(&lines, 0, columns, self.width);
            for row in &rows {
                self.push_row(row);
            }
            return;
        }
        let is_figure = |cell: &str| cell == "?" || cell.parse::<u64>().is_ok();
        let is_figures = |at: &usize| {
            let mut cells = lines.iter().skip(1).filter_map(|row| row.get(*at));
            cells.all(|cell| is_figure(cell))
        };
        let names = (1..columns).find(is_figures).unwrap_or(last);
        let narrow = INDENT.len() + needed(&lines, names, columns);
        let parts = if names == last || self.width.is_some_and(|width| narrow <= width) {
            vec![(0, names), (names, columns)]
        } else {
            vec![(0, names), (names, last), (last, columns)]
        };
        let parts: Vec<_> = parts
            .into_iter()
            .map(|(from, to)| arranged(&lines, from, to, None))
            .collect();
        for row in 0..lines.len() {
            for (depth, part) in parts.iter().enumerate() {
                let indent = if depth == 0 { "" } else { INDENT };
                let text = part.get(row).map_or("", String::as_str);
                self.push_row(&wrapped(self.width, indent, DEEPER, text));
            }
        }
    }

    fn push_row(&mut self, row: &str) {
        self.text.push_str(row.trim_end());
        self.text.push('\n');
    }

    /// Prints it all. A reader that has gone away, such as `head`, has read enough; one that has
    /// read nothing has not.
    pub fn print(self) -> Result<(), Failure> {
        let mut out = anstream::stdout().lock();
        let begin = self.text.find('\n').map_or(self.text.len(), |end| end + 1);
        let (first, rest) = self.text.split_at(begin);
        let written = out.write_all(first.as_bytes()).and_then(|()| out.flush());
        written.map_err(Failure::Output)?;
        let written = out.write_all(rest.as_bytes()).and_then(|()| out.flush());
        match written {
            Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
            written => written.map_err(Failure::Output),
        }
    }
}

/// How wide a terminal of this size is, or what is none, as `COLUMNS` says. What says that it has no columns has no
/// width.
fn width_of(size: Option<(terminal_size::Width, terminal_size::Height)>) -> Option<usize> {
    let columns = || std::env::var("COLUMNS").ok()?.parse().ok();
    let width = size.map(|(width, _)| usize::from(width.0)).or_else(columns);
    width.filter(|width| *width > 0)
}

/// A text wrapped at words, with what stands before its first line and before each further one.
fn wrapped(width: Option<usize>, first: &str, next: &str, text: &str) -> String {
    let Some(width) = width else {
        return format!("{first}{text}");
    };
    let options = textwrap::Options::new(width)
        .initial_indent(first)
        .subsequent_indent(next)
        .break_words(false)
        .word_splitter(textwrap::WordSplitter::NoHyphenation);
    textwrap::fill(text, options)
}

/// How wide these columns are when nothing is wrapped.
fn needed(lines: &[Vec<String>], from: usize, to: usize) -> usize {
    let widths = laid_out(lines, from, to).column_max_content_widths();
    let gaps = widths.len().saturating_sub(1) * GAP;
    widths.into_iter().map(usize::from).sum::<usize>() + gaps
}

/// These columns of the lines, of which the first is the header.
fn laid_out(lines: &[Vec<String>], from: usize, to: usize) -> Table {
    let part = |row: &Vec<String>| {
        row.get(from..to)
            .map(<[String]>::to_vec)
            .unwrap_or_default()
    };
    let mut table = Table::new();
    table
        .load_style(comfy_table::presets::NOTHING)
        .set_header(lines.first().map(part).unwrap_or_default())
        .add_rows(lines.iter().skip(1).map(part));
    let last = (to - from).saturating_sub(1);
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

fn arranged(lines: &[Vec<String>], from: usize, to: usize, width: Option<usize>) -> Vec<String> {
    let mut table = laid_out(lines, from, to);
    match width.and_then(|width| u16::try_from(width).ok()) {
        Some(width) => table
            .set_content_arrangement(ContentArrangement::Dynamic)
            .set_width(width),
        None => table.set_content_arrangement(ContentArrangement::Disabled),
    };
    table
        .lines()
        .map(|line| line.trim_end().to_owned())
        .collect()
}

/// Prints a value for programs.
pub fn print_value(format: Format, value: &Value) -> Result<(), Failure> {
    print_text(&match format {
        Format::Yaml => daemonset_manifest::to_yaml(value),
        Format::Json | Format::Text => daemonset_manifest::to_json(value),
    })
}

/// Prints what a program reads. What was not written whole is a failure, whatever the reason: who
/// acts on half of it acts wrongly.
pub fn print_text(text: &str) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    let written = out.write_all(text.as_bytes()).and_then(|()| out.flush());
    written.map_err(Failure::Output)
}

/// A remark on standard error.
pub fn complain(kind: &str, text: &str) {
    let color = match kind {
        "error" => AnsiColor::Red,
        "warning" => AnsiColor::Yellow,
        _ => AnsiColor::Cyan,
    };
    let style = Style::new().bold().fg_color(Some(color.into()));
    let width = width_of(terminal_size::terminal_size_of(io::stderr()));
    let text = wrapped(width, "", NEXT, &format!("{kind}: {}", escaped(text)));
    let text = text.strip_prefix(kind).unwrap_or(&text);
    let mut err = anstream::stderr().lock();
    let _ = writeln!(err, "{style}{kind}{style:#}{text}");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_forges_a_line_or_turns_the_direction() {
        for (text, shown) in [
            ("agent", "agent"),
            ("ä 日本 🎉", "ä 日本 🎉"),
            ("a\nb", r"a\nb"),
            ("\u{1b}[31m", r"\u{1b}[31m"),
            ("a\u{85}b", r"a\u{85}b"),
            ("a\u{202e}b", r"a\u{202e}b"),
            ("a\u{2028}b", r"a\u{2028}b"),
            ("a\tb", r"a\tb"),
            ("a\u{a0}b\u{3000}c", "a b c"),
            ("a\u{2800}b", r"a\u{2800}b"),
        ] {
            assert_eq!(escaped(text), shown);
        }
    }

    #[test]
    fn what_nobody_reads_is_counted() {
        let names: Vec<_> = (0..1_000).map(|at| format!("agent-{at}")).collect();
        let text = names.join(", ");
        let short = bounded(&text);
        assert!(short.chars().count() < LONGEST + 100);
        assert!(
            short.ends_with(" more characters, which -o json has)"),
            "{short}"
        );
        assert_eq!(bounded("agent"), "agent");
        assert!(bounded(&"ä".repeat(LONGEST)).ends_with('ä'));
    }

    fn page(width: usize) -> Page {
        Page {
            text: String::new(),
            width: Some(width),
        }
    }

    #[test]
    fn sentences_are_wrapped_at_words() {
        let mut page = page(12);
        page.item("one two three four");
        assert_eq!(page.text, "- one two\n  three four\n");
    }

    #[test]
    fn what_the_input_says_begins_no_line() {
        let said = "cache/agent: blocked: words\u{a0}of others kube-system/kube-proxy: complete";
        let tall = ["x".repeat(30), "a b c d".repeat(12)];
        for width in 1..60 {
            let mut page = page(width);
            page.line(said);
            page.heading(said);
            page.item(said);
            page.detail(said);
            page.table(["NAME", "WHY"], [tall.clone()]);
            let begins: Vec<&str> = (page.text.lines())
                .filter(|line| !line.starts_with("  "))
                .map(|line| {
                    line.trim_start_matches(|it: char| !it.is_ascii_alphabetic() && it != '-')
                })
                .collect();
            assert!(
                begins.iter().all(|line| [
                    "cache/agent:",
                    "- cache/agent:",
                    "NAME",
                    "xxx",
                    "[1mcache",
                    "mcache"
                ]
                .iter()
                .any(|begin| line.starts_with(begin))),
                "{width}: {begins:#?}"
            );
        }
    }

    #[test]
    fn a_table_that_is_too_wide_takes_several_lines_a_row() {
        let rows = || {
            [[
                "kube-system".into(),
                "calico-node".into(),
                "12".into(),
                "a b c".into(),
            ]]
        };
        let header = ["NAMESPACE", "NAME", "DESIRED", "WHY"];
        let mut wide = page(80);
        wide.table(header, rows());
        assert_eq!(
            wide.text,
            "NAMESPACE     NAME          DESIRED   WHY\nkube-system   calico-node   12        a b c\n",
        );
        let mut narrow = page(30);
        narrow.table(header, rows());
        assert_eq!(
            narrow.text,
            "NAMESPACE     NAME\n    DESIRED   WHY\nkube-system   calico-node\n    12        a b c\n",
        );
    }
}
