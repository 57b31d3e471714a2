//! What the command is to a shell: its name, completion, and the manual page.
//!
//! Linked as `kubectl-dsplan` it is a plugin of kubectl, `kubectl dsplan`; linked as
//! `kubectl_complete-dsplan` too, kubectl completes its arguments.

use std::ffi::OsStr;
use std::io::{self, Write};
use std::path::Path;
use std::process::ExitCode;

use clap::{Arg, Args, CommandFactory};
use clap_complete::Shell;

use crate::input::Failure;
use crate::{Command, End};

/// The name of a plugin, as it stands in a folder of the PATH.
const PLUGIN: &str = "kubectl-dsplan";

/// What kubectl runs to complete the plugin's arguments.
const COMPLETER: &str = "kubectl_complete-dsplan";

/// As kubectl's own completion says that files may follow what was printed.
const FILES_TOO: &str = ":0";

/// As kubectl's own completion says that nothing else may.
const NOTHING_ELSE: &str = ":4";

#[derive(Args)]
pub struct Completion {
    /// The shell
    shell: Shell,
}

#[derive(Args)]
pub struct Man {
    /// The verb whose page is wanted; without, the page of the whole
    verb: Option<String>,
}

/// The name under which this program runs.
fn own_name() -> Option<String> {
    let path = std::env::args_os().next()?;
    let stem = Path::new(&path).file_stem().map(OsStr::to_string_lossy)?;
    Some(stem.into_owned())
}

/// The name that people type.
pub fn name() -> String {
    let command = command();
    let name = command.get_bin_name().unwrap_or(command.get_name());
    name.to_owned()
}

/// The declaration of all arguments, under the name that people type.
pub fn command() -> clap::Command {
    let command = Command::command();
    if own_name().is_some_and(|name| name == PLUGIN) {
        command.bin_name("kubectl dsplan")
    } else {
        command
    }
}

pub fn print_completion(arguments: &Completion) -> Result<End, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(
        arguments.shell,
        &mut Command::command(),
        "dsplan",
        &mut script,
    );
    print(&script)
}

pub fn print_man(arguments: &Man) -> Result<End, Failure> {
    let mut command = Command::command();
    command.build();
    if let Some(verb) = &arguments.verb {
        let known: Vec<_> = verbs(&command).map(|it| it.get_name().to_owned()).collect();
        let found = command.find_subcommand(verb).cloned();
        let Some(found) = found else {
            return Err(Failure::NoVerb {
                wanted: verb.clone(),
                known: known.join(", "),
            });
        };
        command = found;
    }
    let mut page = Vec::new();
    let rendered = clap_mangen::Man::new(command).render(&mut page);
    rendered.map_err(Failure::Output)?;
    print(&page)
}

fn print(text: &[u8]) -> Result<End, Failure> {
    let mut out = io::stdout().lock();
    let written = out.write_all(text).and_then(|()| out.flush());
    written.map_err(Failure::Output)?;
    Ok(End::Clean)
}

/// The words to be completed, where kubectl asks for that: all but the last are whole.
pub fn words_to_complete() -> Option<Vec<String>> {
    own_name().filter(|name| name == COMPLETER)?;
    let words = std::env::args_os().skip(1);
    Some(
        words
            .map(|word| word.to_string_lossy().into_owned())
            .collect(),
    )
}

/// Prints what may stand in place of the last word, a line each, and whether files may too.
pub fn complete(words: &[String]) -> ExitCode {
    let (candidates, more) = candidates(&Command::command(), words);
    let mut text = String::new();
    for candidate in candidates {
        text.push_str(&candidate);
        text.push('\n');
    }
    text.push_str(more);
    text.push('\n');
    match print(text.as_bytes()) {
        Ok(_) => ExitCode::SUCCESS,
        Err(_) => ExitCode::from(2),
    }
}

/// The candidates that begin like the last word, with what they are about.
fn candidates(command: &clap::Command, words: &[String]) -> (Vec<String>, &'static str) {
    let (last, whole) = words
        .split_last()
        .map_or(("", words), |(last, whole)| (last.as_str(), whole));
    let mut command = command.clone();
    command.build();
    let verb = whole.iter().find_map(|word| command.find_subcommand(word));
    let of = verb.unwrap_or(&command);
    let about = |name: String, about: Option<&clap::builder::StyledStr>| match about {
        Some(about) => format!("{name}\t{about}"),
        None => name,
    };
    let mut found: Vec<String> = Vec::new();
    let mut more = FILES_TOO;
    let value_of = whole.last().and_then(|before| option(of, before));
    if let Some(option) = value_of {
        let values = option.get_possible_values();
        if !values.is_empty() {
            more = NOTHING_ELSE;
        }
        found.extend(
            values
                .iter()
                .map(|value| about(value.get_name().to_owned(), value.get_help())),
        );
    } else if last.starts_with('-') {
        more = NOTHING_ELSE;
        let longs = of.get_arguments().filter(|it| !it.is_hide_set());
        found.extend(
            longs.filter_map(|it| Some(about(format!("--{}", it.get_long()?), it.get_help()))),
        );
    } else if verb.is_none() {
        more = NOTHING_ELSE;
        found.extend(verbs(&command).map(|it| about(it.get_name().to_owned(), it.get_about())));
    }
    found.retain(|candidate| candidate.starts_with(last));
    (found, more)
}

fn verbs(command: &clap::Command) -> impl Iterator<Item = &clap::Command> {
    command.get_subcommands().filter(|it| !it.is_hide_set())
}

/// The option that a word names, where a value is to follow it.
fn option<'a>(command: &'a clap::Command, word: &str) -> Option<&'a Arg> {
    let mut options = command
        .get_arguments()
        .filter(|it| it.get_action().takes_values());
    options.find(|it| {
        let long = it.get_long().map(|long| format!("--{long}"));
        let short = it.get_short().map(|short| format!("-{short}"));
        [long, short].into_iter().flatten().any(|name| name == word)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn completed(line: &[&str]) -> (Vec<String>, &'static str) {
        let words: Vec<String> = line.iter().map(|word| (*word).to_owned()).collect();
        let (found, more) = candidates(&Command::command(), &words);
        let names = found
            .iter()
            .map(|it| it.split('\t').next().unwrap_or_default().to_owned());
        (names.collect(), more)
    }

    #[test]
    fn verbs_come_first() {
        assert_eq!(
            completed(&["hi"]),
            (vec!["history".to_owned()], NOTHING_ELSE)
        );
        assert!(completed(&[""]).0.contains(&"explain".to_owned()));
    }

    #[test]
    fn then_options_and_files() {
        assert_eq!(
            completed(&["explain", "--mat"]),
            (vec!["--matrix".to_owned()], NOTHING_ELSE)
        );
        assert_eq!(completed(&["explain", "du"]), (Vec::new(), FILES_TOO));
    }

    #[test]
    fn values_follow_their_option() {
        let (values, more) = completed(&["plan", "-o", ""]);
        assert!(values.contains(&"json".to_owned()));
        assert_eq!(more, NOTHING_ELSE);
        assert_eq!(
            completed(&["plan", "--kubeconfig", ""]),
            (Vec::new(), FILES_TOO)
        );
    }

    #[test]
    fn the_declaration_holds_together() {
        Command::command().debug_assert();
    }
}
