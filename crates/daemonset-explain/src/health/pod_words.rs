//! A pod's problem in words.

use std::borrow::Cow;
use std::fmt;

use daemonset::api::Timestamp;
use serde_json::Value;

use super::message;
use super::pod::{LastEnd, PodProblem};
use crate::template;
use crate::words::{agree, duration, list};

/// How many finalizers and gates the printed form names.
const NAMED: usize = 3;

/// A problem, in words at a moment or at none.
struct Words<'p> {
    problem: &'p PodProblem,
    now: Option<Timestamp>,
    /// The spec that the pod was made of, where that is known.
    spec: Option<&'p Value>,
    /// The probe for which its container was killed last, where that is known.
    killed_for: Option<&'static str>,
}

/// Exit codes that say more than their number, and how.
///
/// Source: [exit status of shells](https://pubs.opengroup.org/onlinepubs/9799919799/utilities/V3_chap02.html#tag_19_08_02),
/// and 128 and the number of the signal where a signal ended the process; of Windows,
/// [NTSTATUS](https://learn.microsoft.com/en-us/openspecs/windows_protocols/ms-erref/596a1078-e883-4972-9bbc-49e60bebca55).
fn exit_code(code: i32) -> Option<Cow<'static, str>> {
    let known = match code {
        126 => "not executable",
        127 => "command not found",
        132 => "SIGILL",
        134 => "SIGABRT",
        135 => "SIGBUS",
        136 => "SIGFPE",
        137 => "SIGKILL",
        139 => "SIGSEGV",
        143 => "SIGTERM",
        ..0 => return Some(of_windows(code.cast_unsigned())),
        _ => return None,
    };
    Some(known.into())
}

/// The status with which Windows ends a process, as it is written.
fn of_windows(status: u32) -> Cow<'static, str> {
    let name = match status {
        0xC000_0005 => "an access violation",
        0xC000_0017 => "no memory",
        0xC000_0135 => "a DLL is not found",
        0xC000_0139 => "an entry point of a DLL is not found",
        0xC000_013A => "ended by Ctrl+C or a shutdown",
        0xC000_0142 => "a DLL does not initialize",
        0xC000_0409 => "a stack buffer overrun, or an abort",
        _ => return format!("{status:#010X}").replace("0X", "0x").into(),
    };
    format!("{status:#010X}, {name}").replace("0X", "0x").into()
}

/// `OOMKilled, exit code 137 (SIGKILL), after 2 s: message`
impl fmt::Display for LastEnd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // `Error` says no more than that the exit code is not 0.
        if !matches!(self.reason.as_str(), "" | "Error") {
            write!(f, "{}, ", self.reason)?;
        }
        write!(f, "exit code {}", self.exit_code)?;
        // What a program says itself is told instead of what its code mostly means.
        let is_said = self.exit_code < 128 && !self.message.trim().is_empty();
        if let Some(meaning) = exit_code(self.exit_code).filter(|_| !is_said) {
            write!(f, " ({meaning})")?;
        }
        if let Some(ran) = self.ran {
            write!(f, ", after {}", duration(ran))?;
        }
        let message = message::core(&self.message);
        if message.is_empty() {
            Ok(())
        } else {
            write!(f, ": {message}")
        }
    }
}

impl Words<'_> {
    /// Whether a container has such a probe, as far as is known.
    fn may_have(&self, container: &str, probe: &str) -> bool {
        let spec = self
            .spec
            .and_then(|spec| template::container(spec, container));
        spec.is_none_or(|container| container.get(format!("{probe}Probe")).is_some())
    }

    /// How a container ended: what a program that was killed for a probe ended with says nothing of why.
    fn end(&self, end: &LastEnd) -> String {
        let Some(probe) = self.killed_for else {
            return format!("ended with {end}");
        };
        let end = LastEnd {
            reason: String::new(),
            ..end.clone()
        };
        format!("killed for its {probe} probe, with {end}")
    }

    fn since(&self, f: &mut fmt::Formatter<'_>, since: Option<Timestamp>) -> fmt::Result {
        match (since, self.now) {
            (Some(since), Some(now)) => write!(f, " for {}", duration(now.seconds_since(since))),
            (Some(since), None) => write!(f, " since {since}"),
            (None, _) => Ok(()),
        }
    }
}

fn container(name: &str, init: bool) -> String {
    let kind = if init { "init container" } else { "container" };
    format!("{kind} {name}")
}

fn restarted(restarts: i32) -> String {
    match restarts {
        ..=0 => String::new(),
        1 => ", restarted once".to_owned(),
        many => format!(", restarted {many} times"),
    }
}

/// Whether a container that ended so was killed from outside, and not for its memory.
fn was_killed(end: &LastEnd) -> bool {
    matches!(end.exit_code, 137 | 143) && end.reason != "OOMKilled"
}

impl fmt::Display for Words<'_> {
    #[allow(clippy::too_many_lines)] // one sentence for each variant
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.problem {
            PodProblem::Waiting {
                container: name,
                init,
                reason,
                message,
                restarts,
                last,
            } => {
                write!(f, "{}: ", container(name, *init))?;
                f.write_str(&self.problem.word())?;
                let is_loop = reason == "CrashLoopBackOff";
                // The kubelet's own wait is no reason.
                let message = message::core(message);
                if !is_loop && !message.is_empty() {
                    write!(f, ": {message}")?;
                }
                f.write_str(&restarted(*restarts))?;
                match last {
                    Some(last) => write!(f, ", last {}", self.end(last)),
                    None if is_loop => f.write_str("; how it ended is not given"),
                    None => Ok(()),
                }
            }
            PodProblem::Terminated {
                container: name,
                init,
                end,
                restarts,
            } => {
                let name = container(name, *init);
                write!(f, "{name} {}{}", self.end(end), restarted(*restarts))
            }
            PodProblem::NotReady {
                container: name,
                running_since,
                lost_since,
                startup,
                restarts,
                last,
            } => {
                write!(f, "container {name}")?;
                match running_since {
                    Some(_) => {
                        f.write_str(" has been running")?;
                        self.since(f, *running_since)?;
                    }
                    None => f.write_str(" runs")?,
                }
                f.write_str(&restarted(*restarts))?;
                match (lost_since, restarts) {
                    (Some(_), _) => {
                        f.write_str(" and is not ready")?;
                        self.since(f, *lost_since)?;
                    }
                    (None, 0) => f.write_str(" and was never ready")?,
                    (None, _) => f.write_str(" and is not ready")?,
                }
                match last {
                    Some(last) if *startup => write!(
                        f,
                        ": its startup probe has not succeeded yet; last {}",
                        self.end(last)
                    ),
                    Some(last) if was_killed(last) && self.killed_for.is_none() => {
                        write!(f, "; last killed with {last}")?;
                        let mut kills = ["liveness", "startup"].into_iter();
                        match kills.find(|probe| self.may_have(name, probe)) {
                            Some(probe) => write!(f, ", as after a {probe} probe that fails"),
                            None => Ok(()),
                        }
                    }
                    Some(last) => write!(f, "; last {}", self.end(last)),
                    None if *startup => f.write_str(": its startup probe does not succeed"),
                    None if self.may_have(name, "readiness") => {
                        f.write_str(": its readiness probe does not succeed")
                    }
                    None => Ok(()),
                }
            }
            PodProblem::Initializing {
                container: name,
                running_since,
                restarts,
            } => {
                write!(f, "init container {name} has been running")?;
                self.since(f, *running_since)?;
                f.write_str(&restarted(*restarts))?;
                f.write_str(" and does not end")
            }
            PodProblem::ReadinessGate {
                gate,
                is_set,
                message,
            } => {
                write!(f, "all containers are ready; readiness gate {gate} ")?;
                f.write_str(if *is_set {
                    "is not True, which its controller sets"
                } else {
                    "has no condition, which its controller sets"
                })?;
                match message::core(message).as_str() {
                    "" => Ok(()),
                    message => write!(f, ": {message}"),
                }
            }
            PodProblem::NotSetUp { since } => {
                f.write_str("ContainerCreating")?;
                self.since(f, *since)?;
                f.write_str(": its volumes or its network are not set up")
            }
            PodProblem::NotCreated { since } => {
                f.write_str("ContainerCreating")?;
                self.since(f, *since)?;
                f.write_str(
                    ": its network is set up, its image is not pulled or its containers are not created",
                )
            }
            PodProblem::Unschedulable { message, nominated } => {
                let message = message::of_scheduler(message);
                match message.as_str() {
                    "" => f.write_str("unschedulable")?,
                    message => write!(f, "unschedulable: {message}")?,
                }
                match nominated.as_str() {
                    "" => Ok(()),
                    _ => f.write_str("; nominated already: pods there are preempted to make room"),
                }
            }
            PodProblem::SchedulingGated { gates } => match gates.as_slice() {
                [] => f.write_str("held by a scheduling gate"),
                gates => write!(
                    f,
                    "held by scheduling {} {}",
                    agree(gates.len(), "gate", "gates"),
                    list(gates, NAMED),
                ),
            },
            PodProblem::NotScheduled { scheduler, since } => {
                match scheduler.as_str() {
                    "" => f.write_str("no scheduler has looked at it")?,
                    name => write!(f, "scheduler {name} has not looked at it")?,
                }
                self.since(f, *since)
            }
            PodProblem::Phase {
                phase,
                reason,
                message,
            } => {
                write!(f, "{phase}")?;
                if !reason.is_empty() {
                    write!(f, ": {reason}")?;
                }
                match message::core(message).as_str() {
                    "" => Ok(()),
                    message => write!(f, ": {message}"),
                }
            }
            PodProblem::Unreported => f.write_str("the kubelet has not reported on it"),
            PodProblem::Terminating { until, finalizers } => {
                match self.now.map(|now| now.seconds_since(*until)) {
                    Some(over) if over > 0 => {
                        write!(
                            f,
                            "terminating, its grace period ended {} ago",
                            duration(over)
                        )?;
                    }
                    _ => write!(f, "terminating, its grace period ends {until}")?,
                }
                match finalizers.as_slice() {
                    [] => Ok(()),
                    [one] => write!(f, ", finalizer {one} holds it"),
                    many => write!(f, ", finalizers {} hold it", list(many, NAMED)),
                }
            }
        }
    }
}

impl PodProblem {
    /// It in words at a moment, which tells for how long, of a pod that was made of this spec and whose container was
    /// killed last for this probe.
    pub(crate) fn told(
        &self,
        now: Timestamp,
        spec: Option<&Value>,
        killed_for: Option<&'static str>,
    ) -> String {
        let words = Words {
            problem: self,
            now: Some(now),
            spec,
            killed_for,
        };
        words.to_string()
    }
}

/// Prints as a clause about the pod.
impl fmt::Display for PodProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words = Words {
            problem: self,
            now: None,
            spec: None,
            killed_for: None,
        };
        words.fmt(f)
    }
}
