//! Which events tell more of a pod's problem.

use std::fmt;

use daemonset::api::Timestamp;

use super::message;
use super::pod::PodProblem;
use crate::evidence::Event;

/// What the events of a pod tell of its problem, how often and until when; `None` where they tell
/// nothing of it.
pub(crate) fn told(problem: &PodProblem, events: &[Event]) -> Option<String> {
    let telling: Vec<&Event> = telling(problem, events).collect();
    let newest = most_telling(&telling)?;
    let alike = message::alike(&newest.message, &newest.regarding.name);
    let same = (telling.iter())
        .filter(|event| message::alike(&event.message, &event.regarding.name) == alike);
    let count = same.fold(0_i32, |sum, event| sum.saturating_add(event.count));
    let mut text = message::core(&newest.message);
    let last: Option<Timestamp> = newest.last;
    match (count, last) {
        (..=1, Some(last)) => text = format!("{text} ({last})"),
        (many, Some(last)) => text = format!("{text} ({many} times, last {last})"),
        (many @ 2.., None) => text = format!("{text} ({many} times)"),
        _ => {}
    }
    Some(text)
}

/// How many warnings among the events of a pod tell of its problem.
pub(crate) fn warnings(problem: &PodProblem, events: &[Event]) -> i32 {
    let warnings = telling(problem, events).filter(|event| event.warning);
    warnings.fold(0, |sum, event| sum.saturating_add(event.count))
}

/// The words of the event that tells most of a pod's problem; empty where none does.
pub(crate) fn words<'e>(problem: &PodProblem, events: &'e [Event]) -> &'e str {
    let telling: Vec<&Event> = telling(problem, events).collect();
    most_telling(&telling).map_or("", |event| &*event.message)
}

/// What of a pod is not set up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NotSetUp {
    Volumes,
    /// Its sandbox, of which its network is a part.
    Sandbox,
}

/// As a clause.
impl fmt::Display for NotSetUp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Volumes => "its volumes are not set up",
            Self::Sandbox => "its sandbox is not set up",
        })
    }
}

/// What of a pod is not set up, where the event that tells most of it says which.
pub(crate) fn not_set_up(problem: &PodProblem, events: &[Event]) -> Option<NotSetUp> {
    if !matches!(problem, PodProblem::NotSetUp { .. }) {
        return None;
    }
    let telling: Vec<&Event> = telling(problem, events).collect();
    match &*most_telling(&telling)?.reason {
        "FailedMount" | "FailedAttachVolume" | "FailedMapVolume" => Some(NotSetUp::Volumes),
        "FailedCreatePodSandBox" | "NetworkNotReady" => Some(NotSetUp::Sandbox),
        _ => None,
    }
}

fn telling<'e>(problem: &PodProblem, events: &'e [Event]) -> impl Iterator<Item = &'e Event> {
    let killed_for = probe_that_killed(problem, events);
    events
        .iter()
        .filter(move |event| tells(problem, killed_for, event))
}

/// The probe for which the kubelet had the container killed when it ended last, as its event `Killing` tells. What exit
/// code that gives is the program's: one that obeys SIGTERM ends with 0.
///
/// Source: [Container probes](https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#container-probes).
pub(crate) fn probe_that_killed(problem: &PodProblem, events: &[Event]) -> Option<&'static str> {
    let end = problem.last_end()?;
    let container = problem.container()?;
    let started = end.at.zip(end.ran).map(|(at, ran)| at.plus_seconds(-ran));
    let is_of_last_run = |event: &&Event| {
        let last = event.last.zip(started);
        &*event.reason == "Killing" && last.is_none_or(|(last, started)| last >= started)
    };
    let is_for = |probe: &str| {
        let words = format!("Container {container} failed {probe} probe");
        let mut of_last_run = events.iter().filter(is_of_last_run);
        of_last_run.any(|event| event.message.starts_with(&words))
    };
    let was_oom_killed = end.reason == "OOMKilled";
    (["liveness", "startup"].into_iter()).find(|probe| !was_oom_killed && is_for(probe))
}

/// The newest of those that give a reason, or else the newest.
fn most_telling<'e>(telling: &[&'e Event]) -> Option<&'e Event> {
    let newest = telling
        .iter()
        .max_by_key(|event| (!is_vague(event), event.last));
    newest.copied()
}

/// Whether an event says no more than that something did not come about.
fn is_vague(event: &Event) -> bool {
    const VAGUE: [&str; 4] = [
        "timed out waiting for the condition",
        "Unable to attach or mount volumes",
        "Error: ErrImagePull",
        "Error: ImagePullBackOff",
    ];
    VAGUE.iter().any(|words| event.message.contains(words))
}

/// Whether a node pulls an image for the pod at the moment: that it has begun to is the last that was
/// heard of it. There is no time after which the kubelet gives up.
pub(crate) fn pulling(events: &[Event]) -> Option<&Event> {
    const OF_A_PULL: [&str; 6] = [
        "Pulling", "Pulled", "Failed", "BackOff", "Created", "Started",
    ];
    let of_pull = |event: &&Event| OF_A_PULL.contains(&&*event.reason);
    let last = events
        .iter()
        .filter(of_pull)
        .max_by_key(|event| event.last)?;
    (&*last.reason == "Pulling").then_some(last)
}

/// How the kubelet says that secrets to pull images with are not there.
pub(crate) const NO_PULL_SECRET: &str = "Unable to retrieve some image pull secrets (";

/// What the kubelet says of secrets to pull images with that are not there; empty where it does not.
pub(crate) fn missing_pull_secret(events: &[Event]) -> &str {
    let mut all = events.iter().rev();
    all.find(|event| event.message.contains(NO_PULL_SECRET))
        .map_or("", |event| &event.message)
}

/// Whether a status says that a pull failed, and not why: kubelets before 1.32 tell that in events.
fn is_bare(message: &str) -> bool {
    message.is_empty() || message.starts_with("Back-off pulling image") && !message.contains(": ")
}

fn tells(problem: &PodProblem, killed_for: Option<&str>, event: &Event) -> bool {
    let reason = &*event.reason;
    let is_hook = reason == "FailedPostStartHook";
    let probe = |probe: &str| reason == "Unhealthy" && event.message.starts_with(probe);
    let of_kills = || probe("Liveness") || probe("Startup");
    match problem {
        PodProblem::NotReady {
            restarts: 0,
            startup,
            ..
        } => probe(if *startup { "Startup" } else { "Readiness" }) || is_hook,
        PodProblem::NotReady { .. } => of_kills() || is_hook,
        PodProblem::Terminated { .. } => killed_for.is_some() && of_kills(),
        PodProblem::Waiting {
            reason,
            message,
            last,
            ..
        } if reason == "CrashLoopBackOff" => {
            let was_killed = |exit_code| matches!(exit_code, 137 | 143);
            message.is_empty() && last.is_none() && event.reason.as_ref() == "Failed"
                || is_hook
                || (killed_for.is_some()
                    || last.as_ref().is_some_and(|last| was_killed(last.exit_code)))
                    && of_kills()
        }
        PodProblem::Waiting { message, .. } => is_bare(message) && reason == "Failed",
        PodProblem::NotCreated { .. } => matches!(reason, "Pulling" | "Failed"),
        PodProblem::Terminating { .. } => {
            matches!(
                reason,
                "FailedKillPod" | "FailedPreStopHook" | "FailedUnmount"
            ) || reason == "FailedMount" && event.message.contains("UnmountVolume")
        }
        PodProblem::NotSetUp { .. } | PodProblem::Unreported => matches!(
            reason,
            "FailedMount"
                | "FailedAttachVolume"
                | "FailedMapVolume"
                | "FailedCreatePodSandBox"
                | "NetworkNotReady"
                | "FailedCreatePodContainer"
        ),
        PodProblem::Unschedulable { message, .. } => {
            message.is_empty() && reason == "FailedScheduling"
        }
        PodProblem::NotScheduled { .. } => reason == "FailedScheduling",
        _ => false,
    }
}
