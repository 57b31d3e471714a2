//! Pods that had failed before their nodes fell silent or went.

use daemonset::api::{Pod, Timestamp};

use super::MANY_RESTARTS;
use super::{STARTING_SECONDS, is_loop};
use crate::health::{NodeProblem, PodProblem};

/// A pod that fails for so many seconds before its node falls silent does not fail for that.
const BEFORE: i64 = 60;

/// What a pod had failed for before its node, which does not answer or is gone, fell silent: nothing has changed its
/// status since. What its node did to it as it went down is none of that: it ended once, or after a long run.
pub(crate) fn failed_before(
    pod: &Pod,
    problems: Vec<PodProblem>,
    of_node: &[NodeProblem],
) -> Option<PodProblem> {
    let silent = of_node.iter().find(|it| it.is_dead())?.down_since();
    let created = pod.metadata.creation_timestamp;
    let is_before = |silent: Timestamp| created.is_some_and(|it| silent.seconds_since(it) > BEFORE);
    let is_meant = |it: &PodProblem| match it {
        PodProblem::Waiting { .. } | PodProblem::Terminated { .. } => it.is_fault(),
        // What is evicted, its node has not enough for.
        PodProblem::Phase { reason, .. } => reason != "Evicted" && is_loop(it, &[], 0),
        _ => false,
    };
    let fault = problems.into_iter().find(is_meant)?;
    let is_short = fault
        .last_end()
        .is_none_or(|end| end.ran.is_none_or(|ran| ran <= STARTING_SECONDS));
    let is_again = fault.restarts() >= MANY_RESTARTS && is_short;
    let never_runs = fault.was_never_available() || matches!(fault, PodProblem::Phase { .. });
    (silent.is_none_or(is_before) && (is_again || never_runs)).then_some(fault)
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;
    use serde_json::{Value, json};

    use super::*;

    /// Whether a pod with this state of its container, created at this time, failed before its node fell silent at ten.
    fn fails(created: &str, container: &Value) -> bool {
        let json = json!({
            "metadata": {"creationTimestamp": created},
            "spec": {"nodeName": "a"},
            "status": {"containerStatuses": [container]},
        });
        let pod = Pod::deserialize(&json).unwrap();
        let said = Deserialize::deserialize(&json).unwrap();
        let since = "2026-03-01T10:00:00Z".parse().ok();
        let of_node = [NodeProblem::Unreachable { since, heard: None }];
        failed_before(&pod, PodProblem::of(&pod, Some(&said)), &of_node).is_some()
    }

    #[test]
    fn what_fails_again_or_never_ran_did_so_before_its_node_fell_silent() {
        let early = "2026-03-01T09:30:00Z";
        let ended = |minutes: u8| json!({"exitCode": 1, "startedAt": "2026-03-01T09:40:00Z", "finishedAt": format!("2026-03-01T09:{}:00Z", 40 + minutes)});
        let crashes = |restarts: i32, minutes: u8| {
            json!({"name": "x", "restartCount": restarts, "lastState": {"terminated": ended(minutes)},
                   "state": {"waiting": {"reason": "CrashLoopBackOff"}}})
        };
        assert!(fails(early, &crashes(9, 0)));
        // It ended once or twice, or after a long run.
        assert!(!fails(early, &crashes(2, 0)));
        assert!(!fails(early, &crashes(9, 15)));
        let pulls = json!({"name": "x", "state": {"waiting": {"reason": "ImagePullBackOff"}}});
        assert!(fails(early, &pulls));
        // It came as its node went.
        assert!(!fails("2026-03-01T09:59:30Z", &pulls));
        let killed =
            json!({"name": "x", "restartCount": 0, "state": {"terminated": {"exitCode": 137}}});
        assert!(!fails(early, &killed));
    }
}
