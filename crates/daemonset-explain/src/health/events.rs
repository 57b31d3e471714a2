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
    Some(in_time(&newest.message, newest, count))
}

/// What an event tells, how often and until when, where the pod is named already.
pub(crate) fn dated(event: &Event) -> String {
    // `Back-off restarting failed container agent in pod agent-x7k2p_infra(3d0b…)`
    let in_pod = format!(" in pod {}_", event.regarding.name);
    let words = event.message.split_once(&in_pod);
    let words = words.map_or(&*event.message, |(words, _)| words);
    in_time(words, event, event.count)
}

/// These words of an event, with how often and until when they came.
fn in_time(words: &str, event: &Event, count: i32) -> String {
    let text = message::core(words);
    match (count, event.last) {
        (..=1, Some(last)) => format!("{text} ({last})"),
        (many, Some(last)) => format!("{text} ({many} times, last {last})"),
        (many @ 2.., None) => format!("{text} ({many} times)"),
        _ => text,
    }
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

/// What a kubelet reports of a pod once it is set up.
const SET_UP: [&str; 6] = [
    "Pulling", "Pulled", "Failed", "BackOff", "Created", "Started",
];

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

/// What a kubelet tried in vain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct InVain {
    /// How often.
    pub number: i32,
    /// Over how many seconds.
    pub seconds: i64,
}

/// How often warnings of these reasons came since a moment, as long as none tells that it went on from there.
pub(crate) fn in_vain(
    events: &[Event],
    since: Option<Timestamp>,
    reasons: &[&str],
) -> Option<InVain> {
    let is_since = |event: &&Event| event.last >= since;
    let meant = || (events.iter().filter(is_since)).filter(|it| reasons.contains(&&*it.reason));
    let last = meant().filter_map(|event| event.last).max()?;
    let went_on = |event: &Event| SET_UP.contains(&&*event.reason) && event.last >= Some(last);
    if events.iter().any(went_on) {
        return None;
    }
    let first = meant().filter_map(|event| event.first).min().max(since)?;
    Some(InVain {
        number: meant().fold(0, |sum, event| sum.saturating_add(event.count)),
        seconds: last.seconds_since(first),
    })
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
    let of_pull = |event: &&Event| SET_UP.contains(&&*event.reason);
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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn event(reason: &str, first: &str, last: &str, count: i32) -> Event {
        let at = |time: &str| format!("2026-03-01T{time}Z");
        serde_json::from_value(json!({
            "reason": reason, "count": count, "firstTimestamp": at(first), "lastTimestamp": at(last),
        }))
        .unwrap()
    }

    #[test]
    fn attempts_in_vain_count_until_one_goes_on() {
        let since = "2026-03-01T10:00:00Z".parse().ok();
        let told = |events: &[Event]| {
            let found = in_vain(events, since, &["FailedCreatePodSandBox"])?;
            Some((found.number, found.seconds))
        };
        let refused = |first: &str, last: &str, count: i32| {
            event("FailedCreatePodSandBox", first, last, count)
        };
        // Each of its own, and then those that are alike in one.
        let mut all = vec![
            refused("10:00:10", "10:00:10", 1),
            refused("10:00:24", "10:00:24", 1),
            refused("10:00:37", "10:04:10", 12),
        ];
        assert_eq!(told(&all), Some((14, 240)));
        // What came before is of another sandbox; of what goes on since then, only what came since counts in time.
        all.push(refused("09:10:00", "09:30:00", 40));
        all.push(refused("09:40:00", "10:01:00", 5));
        assert_eq!(told(&all), Some((19, 250)));
        all.push(event("Pulling", "10:04:20", "10:04:20", 1));
        assert_eq!(told(&all), None);
        assert_eq!(
            told(&[event("FailedMount", "10:00:10", "10:04:10", 9)]),
            None
        );
    }
}
