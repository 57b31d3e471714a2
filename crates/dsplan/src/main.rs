//! `dsplan`: what Kubernetes would do next with the DaemonSets in a dump of a cluster.

mod contention;
mod diff;
mod examples;
mod explain;
mod failure;
mod fit;
mod forecast;
mod history;
mod identity;
mod input;
mod kubectl;
mod lint;
mod output;
mod overhead;
mod page;
mod plan;
mod policy;
mod progress;
mod report;
mod shell;
mod status;
mod undo;
mod validate;
mod watch;

use std::ffi::OsString;
use std::io::Write as _;
use std::process::ExitCode;

use clap::{Args, FromArgMatches, Parser, Subcommand};
use daemonset::api::Timestamp;

use input::Failure;

const AFTER_HELP: &str = "\
Begin with:
  kubectl get daemonsets,nodes,pods,controllerrevisions,events -A -o yaml > dump.yaml
  dsplan explain dump.yaml
  dsplan explain dump.yaml infra/agent --node node-a
  dsplan diff dump.yaml agent.yaml

Exit codes:
  0  done, nothing to remark
  1  done, with findings: a fault, a warning, a rollout that is blocked or not complete, a change
     that does something, a plan that is withheld
  2  the arguments, a part of the input or the output failed; what could be read is answered";

/// Why a DaemonSet's rollout is stuck, and what happens next.
///
/// Reads YAML and JSON: dumps such as `kubectl get daemonsets,nodes,pods,controllerrevisions -A -o
/// yaml` writes them, and manifests. Without a file it asks the cluster by kubectl. It changes nothing.
#[derive(Parser)]
#[command(name = "dsplan", version, after_help = AFTER_HELP, propagate_version = true)]
struct Command {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
enum Verb {
    /// Say what to create, delete, adopt and update, with the reason for each
    #[command(after_help = examples::PLAN)]
    Plan(plan::Arguments),
    /// Say how each rollout stands and why, what would help, and what runs where
    #[command(after_help = examples::EXPLAIN)]
    Explain(explain::Arguments),
    /// Say how far each rollout is, from the status that the controller last wrote
    #[command(after_help = examples::STATUS)]
    Status(status::Arguments),
    /// List the revisions of a DaemonSet, or print the template of one
    #[command(after_help = examples::HISTORY)]
    History(history::Arguments),
    /// Print a DaemonSet with the template of an earlier revision, to be applied
    #[command(after_help = examples::UNDO)]
    Undo(undo::Arguments),
    /// Find what the API server would refuse
    #[command(after_help = examples::VALIDATE)]
    Validate(validate::Arguments),
    /// Say what a new version would do: which pods restart, which nodes gain or lose the daemon
    #[command(after_help = examples::DIFF)]
    Diff(diff::Arguments),
    /// Say how long the rollout of a new version takes, and whether it stalls
    #[command(after_help = examples::FORECAST)]
    Forecast(Box<forecast::Arguments>),
    /// Say whether pods find room on their nodes, and how much more they could ask for
    ///
    /// The exit code is 1 where a pod finds no room, where that cannot be told, or where the API server would
    /// refuse it. Pods of lower priority that it evicts are told, and are no finding: it comes to run.
    #[command(after_help = examples::FIT)]
    Fit(fit::Arguments),
    /// Say what daemons will take of a node that does not exist yet
    #[command(after_help = examples::OVERHEAD)]
    Overhead(overhead::Arguments),
    /// Find settings that are valid but probably wrong
    #[command(after_help = examples::LINT)]
    Lint(lint::Arguments),
    /// Tell what a rule of `lint` finds and why, or list all rules
    Rule(lint::RuleArguments),
    /// Write a page that shows how each rollout stands, node by node, to be opened in a browser
    ///
    /// The exit code is 0 once it is written, whatever it shows: by that of `explain` one tells whether
    /// something is wrong.
    #[command(after_help = examples::REPORT)]
    Report(page::Arguments),
    /// Print what makes a shell complete the arguments
    Completion(shell::Completion),
    /// Print the manual page
    Man(shell::Man),
}

impl Verb {
    /// What it reads, where it reads one cluster.
    fn sources(&self) -> Option<&Sources> {
        match self {
            Self::Plan(arguments) => Some(&arguments.sources),
            Self::Explain(arguments) => Some(&arguments.sources),
            Self::Status(arguments) => Some(&arguments.sources),
            Self::History(arguments) => Some(&arguments.sources),
            Self::Undo(arguments) => Some(&arguments.sources),
            Self::Validate(arguments) => Some(&arguments.sources),
            Self::Lint(arguments) => Some(&arguments.sources),
            Self::Fit(arguments) => Some(&arguments.sources),
            Self::Overhead(arguments) => Some(&arguments.sources),
            Self::Diff(_)
            | Self::Forecast(_)
            | Self::Report(_)
            | Self::Rule(_)
            | Self::Completion(_)
            | Self::Man(_) => None,
        }
    }
}

/// Which files to read, and which DaemonSets to look at.
#[derive(Args)]
struct Sources {
    /// Files to read; `-` is standard input, and a folder stands for all files below it that end in .yaml, .yml or .json, packed
    /// or not. The last one may be NAME or NAMESPACE/NAME of a DaemonSet, where no file has that name. Without a file, kubectl
    /// is asked
    #[arg(value_name = "FILE|NAME")]
    files: Vec<String>,
    #[command(flatten)]
    cluster: kubectl::Cluster,
    /// Without FILE: answer again whenever the answer changes
    #[arg(short, long, help_heading = "Without FILE")]
    watch: bool,
    /// Look at the DaemonSets of this namespace alone, which is that of manifests without one, too
    #[arg(short, long)]
    namespace: Option<String>,
    /// How many MiB a file may have at most
    #[arg(long, value_name = "MIB", default_value_t = 512)]
    max_size: usize,
}

/// The moment to plan for.
#[derive(Args)]
struct Clock {
    /// The moment that is asked about, such as 2026-03-01T12:00:00Z, or `now`. By default it is the
    /// newest time in the input, clocks of a few nodes that are far ahead of the others aside; where a
    /// cluster is asked, it is now
    #[arg(long, value_name = "TIME", value_parser = moment)]
    now: Option<Timestamp>,
}

fn moment(text: &str) -> Result<Timestamp, String> {
    if text == "now" {
        let now = Timestamp::try_from(std::time::SystemTime::now());
        return now.map_err(|error| error.to_string());
    }
    text.parse().map_err(|error| format!("{error}"))
}

/// How a command ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum End {
    Clean,
    Findings,
    /// A part of the input could not be read; the rest was answered.
    Incomplete,
}

impl End {
    fn findings_if(found: bool) -> Self {
        if found { Self::Findings } else { Self::Clean }
    }
}

fn main() -> ExitCode {
    if let Some(words) = shell::words_to_complete() {
        return shell::complete(&words);
    }
    let arguments: Vec<_> = std::env::args_os().collect();
    let command = match Command::try_parse_by_name(&arguments) {
        Ok(command) => command,
        Err(told) => {
            // Help, the version, or what is wrong with the arguments: told of them as they may be
            // shown.
            let shown = arguments.iter().map(|argument| argument.to_string_lossy());
            let shown: Vec<_> = shown
                .map(|it| output::escaped(&it).into_owned().into())
                .collect();
            let told = Command::try_parse_by_name(&shown).err().unwrap_or(told);
            let code = u8::try_from(told.exit_code()).unwrap_or(2);
            let written = told.print().and_then(|()| std::io::stdout().flush());
            return ExitCode::from(if written.is_ok() { code } else { 2 });
        }
    };
    match run(&command.verb) {
        Ok(code) => code,
        Err(error) => {
            output::complain("error", &error.to_string());
            ExitCode::from(2)
        }
    }
}

impl Command {
    /// Parses the arguments; linked as a plugin, it goes by the name that people type.
    fn try_parse_by_name(arguments: &[OsString]) -> Result<Self, clap::Error> {
        let matches = shell::command().try_get_matches_from(arguments)?;
        Self::from_arg_matches(&matches)
    }
}

fn run(verb: &Verb) -> Result<ExitCode, Failure> {
    let watches = |sources: &&Sources| sources.watch && !watch::answers_once();
    if let Some(sources) = verb.sources().filter(watches) {
        return input::watch(sources);
    }
    let end = match verb {
        Verb::Plan(arguments) => plan::run(arguments),
        Verb::Explain(arguments) => explain::run(arguments),
        Verb::Status(arguments) => status::run(arguments),
        Verb::History(arguments) => history::run(arguments),
        Verb::Undo(arguments) => undo::run(arguments),
        Verb::Validate(arguments) => validate::run(arguments),
        Verb::Diff(arguments) => diff::run(arguments),
        Verb::Forecast(arguments) => forecast::run(arguments),
        Verb::Fit(arguments) => fit::run(arguments),
        Verb::Overhead(arguments) => overhead::run(arguments),
        Verb::Lint(arguments) => lint::run(arguments),
        Verb::Rule(arguments) => lint::rule(arguments),
        Verb::Report(arguments) => page::run(arguments),
        Verb::Completion(arguments) => shell::print_completion(arguments),
        Verb::Man(arguments) => shell::print_man(arguments),
    };
    Ok(match end? {
        End::Clean => ExitCode::SUCCESS,
        End::Findings => ExitCode::from(1),
        End::Incomplete => ExitCode::from(2),
    })
}
