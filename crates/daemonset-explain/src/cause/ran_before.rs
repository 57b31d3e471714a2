//! Whether failing pods had run well before.

use daemonset::api::Timestamp;

use super::fell_before::AT_ONCE;
use crate::finding::{Blame, RunKnownBy};
use crate::health::PodProblem;
use crate::round::Round;
use crate::signs::start_time::StartTime;
use crate::stall::Said;

/// The waits before a container is started again, in seconds: they double up to five minutes.
///
/// Source: [container restarts](https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#restart-policy).
const FIRST_WAIT: i64 = 10;
const LONGEST_WAIT: i64 = 300;

/// Whether the failing pods had run well, as they say themselves, or as their age and their restarts
/// tell where the rollout went on past them.
pub(crate) fn ran_before(round: &Round<'_>, failing: &[Said<'_, '_>]) -> Option<Blame> {
    let passed = rollout_passed(round);
    let mut since: Option<Timestamp> = None;
    let mut last: Option<Timestamp> = None;
    let mut ran: i64 = 0;
    let mut so = 0_usize;
    let mut known_by = RunKnownBy::Readiness;
    for said in failing {
        let Some(created) = said.pod.metadata.creation_timestamp else {
            continue;
        };
        let now = said.told_until(round);
        let failed_since = match &said.problem {
            PodProblem::NotReady {
                restarts: 0,
                lost_since,
                ..
            } => *lost_since,
            problem if passed && problem.restarts() > 0 => {
                known_by = RunKnownBy::Restarts;
                since_restarts(problem, now, created)
            }
            _ => None,
        };
        let Some(failed_since) = failed_since else {
            continue;
        };
        so += 1;
        since = Some(since.map_or(failed_since, |other| other.min(failed_since)));
        last = last.max(Some(failed_since));
        let until = match known_by {
            RunKnownBy::Readiness => failed_since,
            RunKnownBy::Restarts => now,
        };
        ran = ran.max(until.seconds_since(created));
    }
    let is_told = known_by == RunKnownBy::Readiness;
    let within = last.zip(since);
    let within = within.map(|(last, first)| last.seconds_since(first));
    (so * 2 > failing.len()).then_some(Blame::RanBefore {
        since: since.filter(|_| is_told),
        within: within.filter(|it| is_told && so == failing.len() && so > 1 && *it <= AT_ONCE),
        ran,
        known_by,
    })
}

/// The time to start that a probe gives a container, where it may be too short: one that ran well before had enough of it.
pub(crate) fn time_to_start(round: &Round<'_>, said: &Said<'_, '_>) -> Option<StartTime> {
    let has_run = || ran_before(round, std::slice::from_ref(said)).is_some();
    StartTime::of(round, said).filter(|_| !has_run())
}

/// Whether the rollout went on past the pods of its first nodes: no node waits for it, or more have got
/// it than may be without an available pod at once.
fn rollout_passed(round: &Round<'_>) -> bool {
    if !round.has_outdated() {
        return true;
    }
    let allowed = (round.limits()).map(|limits| limits.max_unavailable.max(limits.max_surge));
    let allowed = allowed.and_then(|limit| usize::try_from(limit).ok());
    allowed.is_some_and(|allowed| round.updated() > allowed)
}

/// From when on it fails at the earliest, by its restarts; `None` where it may have failed all along.
fn since_restarts(problem: &PodProblem, now: Timestamp, created: Timestamp) -> Option<Timestamp> {
    let runs = problem.last_end()?.ran.unwrap_or(0);
    let span = span_of(problem.restarts(), runs);
    // Half as much again, and ten minutes, for what the kubelet adds.
    let span = span.saturating_add(span / 2).saturating_add(600);
    let begun = now.plus_seconds(-span);
    (begun.seconds_since(created) > span.max(3600)).then_some(begun)
}

/// How long it takes a container that ends after so many seconds to be started again so often.
fn span_of(restarts: i32, runs: i64) -> i64 {
    let restarts = i64::from(restarts);
    let mut wait = FIRST_WAIT;
    let mut span = 0_i64;
    let mut done = 0;
    while done < restarts && wait < LONGEST_WAIT {
        span = span.saturating_add(wait).saturating_add(runs);
        wait = wait.saturating_mul(2);
        done += 1;
    }
    let rest = (restarts - done).max(0);
    span.saturating_add(rest.saturating_mul(LONGEST_WAIT.saturating_add(runs)))
}
