//! Which events tell more of a pod's problem.

use daemonset::api::Timestamp;

use super::message;
use super::pod::PodProblem;
use crate::evidence::Event;

/// What the events of a pod tell of its problem, how often and until when; `None` where they tell
/// nothing of it.
pub(crate) fn told(problem: &PodProblem, events: &[Event]) -> Option<String> {
    let telling: Vec<&Event> = events
        .iter()
        .filter(|event| tells(problem, event))
        .collect();
    let newest = telling.iter().max_by_key(|event| event.last)?;
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

fn tells(problem: &PodProblem, event: &Event) -> bool {
    let reason = &*event.reason;
    let probe = |probe: &str| reason == "Unhealthy" && event.message.starts_with(probe);
    match problem {
        PodProblem::NotReady {
            restarts: 0,
            startup,
            ..
        } => probe("Readiness") || *startup && probe("Startup"),
        PodProblem::NotReady { .. } => probe("Liveness") || probe("Startup"),
        PodProblem::Waiting {
            reason,
            message,
            last,
            ..
        } if reason == "CrashLoopBackOff" => {
            let was_killed = |exit_code| matches!(exit_code, 137 | 143);
            message.is_empty() && last.is_none() && event.reason.as_ref() == "Failed"
                || last.as_ref().is_some_and(|last| was_killed(last.exit_code))
                    && (probe("Liveness") || probe("Startup"))
        }
        PodProblem::Waiting { message, .. } => message.is_empty() && reason == "Failed",
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
