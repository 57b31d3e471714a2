//! One run of the command, and where in its output the cause and the fixes are looked for.

use std::path::Path;
use std::process::Command;
use std::sync::LazyLock;

use regex::Regex;

use super::row::Row;

/// How many lines of an explanation the cause may take to be told: it comes first.
const FIRST_LINES: usize = 8;

/// What heads a list of fixes.
static FIXES: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new("^(What (would|helps)|To (fix|repair|change)|Fix)").expect("valid")
});

/// What the command printed.
pub struct Answer {
    command: String,
    pub exit: Option<i32>,
    out: String,
    err: String,
}

impl Answer {
    /// Runs the command of a row in the folder of its inputs.
    pub fn to(row: &Row, name: &str, folder: &Path) -> Self {
        let command = row.command(name);
        let output = Command::new(env!("CARGO_BIN_EXE_dsplan"))
            .args(command.split_whitespace())
            .current_dir(folder)
            .env_remove("COLUMNS")
            .env("NO_COLOR", "1")
            .output()
            .expect("the command runs");
        Self {
            command,
            exit: output.status.code(),
            out: String::from_utf8_lossy(&output.stdout).into_owned(),
            err: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }

    /// The verb.
    pub fn verb(&self) -> &str {
        self.command.split_whitespace().next().unwrap_or_default()
    }

    /// Everything that was printed.
    pub fn whole(&self) -> String {
        format!("{}\n{}", self.out, self.err)
    }

    /// Where the fixes stand: of an explanation its own text, without remarks on the input.
    pub fn told(&self) -> String {
        if self.verb() != "explain" || self.out.is_empty() {
            return self.whole();
        }
        self.out.clone()
    }

    /// How many lines were printed on standard output.
    pub fn lines(&self) -> usize {
        self.out.lines().count()
    }

    /// Where the cause stands: of an explanation its first lines, before any fix; of others all.
    pub fn cause(&self) -> String {
        if self.verb() != "explain" || self.out.is_empty() {
            return self.whole();
        }
        let lines = self.out.lines().take_while(|line| !FIXES.is_match(line));
        let lines = lines.filter(|line| !line.trim().is_empty());
        lines.take(FIRST_LINES).collect::<Vec<_>>().join("\n")
    }

    /// The first fix that is offered.
    pub fn first_fix(&self) -> String {
        let lines = self.out.lines().skip_while(|line| !FIXES.is_match(line));
        let mut lines = lines.skip(1).filter(|line| !line.trim().is_empty());
        let first = lines.next().unwrap_or_default().to_owned();
        let rest = lines.take_while(|line| line.starts_with("  "));
        rest.fold(first, |fix, line| fix + "\n" + line)
    }

    /// The command and what it printed.
    pub fn shown(&self) -> String {
        let Self {
            command, out, err, ..
        } = self;
        let exit = self.exit.map_or("none".to_owned(), |it| it.to_string());
        format!("$ dsplan {command}\n{err}{out}exit code {exit}\n")
    }
}
