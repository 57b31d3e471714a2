//! `--watch`: answers again whenever the answer changes.
//!
//! Every answer is given by a run of this very command of its own: it is what the command would say
//! at that moment, and leaves no memory behind.

use std::env;
use std::ffi::OsString;
use std::io::{self, BufRead, BufReader, IsTerminal, Write};
use std::path::Path;
use std::process::{Command, ExitCode, Stdio};
use std::sync::mpsc::{self, Sender};
use std::thread;
use std::time::Duration;

use crate::failure::Failure;
use crate::kubectl::Cluster;

/// Changes come in droves; an answer a second is as much as can be read.
const DROVE: Duration = Duration::from_secs(1);

/// Time alone changes an answer too, such as that of a rollout that no longer moves.
const AT_MOST: Duration = Duration::from_secs(30);

/// How long a watch that has ended rests before it begins again.
const REST: Duration = Duration::from_secs(5);

/// What tells a run to answer once, whatever its arguments say.
const ONCE: &str = "DSPLAN_ANSWERS_ONCE";

/// The kinds whose changes are worth another answer.
const WATCHED: [&str; 3] = ["daemonsets.apps", "pods", "nodes"];

/// Answers until the first answer fails or the output is closed.
pub fn run(cluster: &Cluster, namespace: Option<&str>) -> Result<ExitCode, Failure> {
    let program = env::current_exe().map_err(Failure::Run)?;
    let arguments: Vec<OsString> = env::args_os().skip(1).collect();
    let (tell, changes) = mpsc::channel();
    for kind in WATCHED {
        follow(cluster.watching(kind, namespace), tell.clone());
    }
    let mut last: Option<Vec<u8>> = None;
    loop {
        let answer = answer(&program, &arguments)?;
        if answer.status.code() == Some(2) && last.is_none() {
            return Ok(ExitCode::from(2));
        }
        let is_new = last
            .as_ref()
            .is_none_or(|last| timeless(last) != timeless(&answer.stdout));
        if is_new {
            let mut out = io::stdout().lock();
            let apart: &[u8] = if last.is_some() { b"\n" } else { b"" };
            let written = out.write_all(apart);
            let written = written.and_then(|()| out.write_all(&answer.stdout));
            written
                .and_then(|()| out.flush())
                .map_err(Failure::Output)?;
            last = Some(answer.stdout);
        }
        if changes.recv_timeout(AT_MOST).is_ok() {
            thread::sleep(DROVE);
            while changes.try_recv().is_ok() {}
        }
    }
}

/// Whether this run is asked to answer and to end, by one that watches: its arguments say `--watch`.
pub fn answers_once() -> bool {
    env::var_os(ONCE).is_some()
}

/// An answer but for the moment that it is given for, which is always another.
fn timeless(answer: &[u8]) -> Vec<&[u8]> {
    let of_moment = |line: &&[u8]| {
        let field = line.trim_ascii_start();
        let names = |name: &[u8]| field.starts_with(name);
        names(b"As of ")
            || [&b"\"now\":"[..], b"\"at\":", b"now:", b"at:"]
                .into_iter()
                .any(names)
    };
    let lines = answer.split(|byte| *byte == b'\n');
    lines.filter(|line| !of_moment(line)).collect()
}

fn answer(program: &Path, arguments: &[OsString]) -> Result<std::process::Output, Failure> {
    let mut again = Command::new(program);
    again
        .args(arguments)
        .env(ONCE, "1")
        .stderr(Stdio::inherit());
    if io::stdout().is_terminal() {
        // What is at the other end of its pipe is a terminal after all.
        again.env("CLICOLOR_FORCE", "1");
        if let Some((width, _)) = terminal_size::terminal_size_of(io::stdout()) {
            again.env("COLUMNS", width.0.to_string());
        }
    }
    again.output().map_err(Failure::Run)
}

/// Tells of every change that the watch shows, and begins it again where it ends.
fn follow(mut watch: Command, changed: Sender<()>) {
    thread::spawn(move || {
        loop {
            let child = watch.stderr(Stdio::null()).spawn();
            if let Ok(mut child) = child {
                let lines = child.stdout.take().into_iter();
                for line in lines.flat_map(|out| BufReader::new(out).lines()) {
                    if line.is_err() || changed.send(()).is_err() {
                        break;
                    }
                }
                let _ = child.kill();
                let _ = child.wait();
            }
            thread::sleep(REST);
        }
    });
}
