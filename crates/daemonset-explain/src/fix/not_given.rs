//! What would help where nodes or pods were not given, by what was.

use super::by_words::by_their_words;
use super::command::{describe_pod, namespace, words_of};
use super::older::back_by_pods;
use super::stuck::Stuck;
use super::{Fix, NodeRepair, Repair, RolloutRepair, advice, undo_command};
use crate::cause::changes::Changes;
use crate::diagnosis::Diagnosis;
use crate::diagnosis::failing_pods::{failing_pods, not_yet_up};
use crate::diagnosis::given::marked_not_ready;
use crate::finding::Finding;
use crate::round::Round;
use crate::stall::{Said, Stalls};

/// How many nodes a command asks for.
const MOST_ASKED: usize = 8;

/// To go back, where what was given speaks against the newest revision, and what pods say and how they end points at.
pub(super) fn of_what_is_given(stuck: &Stuck<'_, '_>, diagnosis: &Diagnosis) -> Vec<Fix> {
    let round = stuck.round;
    let back = back_by_pods(stuck).or_else(|| back_of_scheduling(stuck));
    let ending = diagnosis.findings().flat_map(|it| of_ending(it, round));
    let said = of_what_pods_say(round).into_iter();
    let starting = up_by_now(round);
    (back.into_iter().chain(said).chain(ending).chain(starting)).collect()
}

/// To look at pods that may only have been starting.
fn up_by_now(round: &Round<'_>) -> Option<Fix> {
    let said = not_yet_up(round);
    let first = said.first()?;
    let pods: Vec<String> = (said.iter().map(|it| it.pod.metadata.name.clone())).collect();
    let commands = vec![describe_pod(first.pod)];
    let repair = RolloutRepair::UpByNow { pods };
    Some(Fix::outside(Repair::Rollout(repair), commands))
}

/// To go back where not all nodes were given, so that no copy shows what comes of it, and the scheduler misses what the newest
/// revision changed.
fn back_of_scheduling(stuck: &Stuck<'_, '_>) -> Option<Fix> {
    let round = stuck.round;
    let changes = Changes::of(round)?;
    let is_of_change = |said: &Said<'_, '_>| {
        said.is_new
            && said.problem.is_of_scheduling()
            && !changes.explaining(&said.problem).is_empty()
    };
    if !failing_pods(round).iter().any(is_of_change) || !round.is_rolling_update() {
        return None;
    }
    let older = round.available_older();
    let (revision, ..) = stuck.back().filter(|_| older > 0)?;
    let repair = RolloutRepair::BackOfScheduling { revision, older };
    let commands = vec![undo_command(round.daemon_set(), revision)];
    Some(Fix::outside(Repair::Rollout(repair), commands))
}

/// What to do about pods that are being deleted on nodes that were not given.
fn of_ending(finding: &Finding, round: &Round<'_>) -> Vec<Fix> {
    match finding {
        Finding::StuckTerminating { .. } => advice::of_finding(finding, round),
        Finding::Ending { pods, nodes, until } => {
            let commands = vec![
                format!(
                    "kubectl get pod {} -n {}",
                    words_of(pods, MOST_ASKED),
                    namespace(round.daemon_set())
                ),
                format!("kubectl get node {}", words_of(nodes, MOST_ASKED)),
            ];
            let repair = RolloutRepair::StillThere {
                pods: pods.clone(),
                nodes: nodes.clone(),
                until: *until,
            };
            vec![Fix::outside(Repair::Rollout(repair), commands)]
        }
        _ => Vec::new(),
    }
}

/// What would help by what pods say, where the nodes that they are on were not given.
fn of_what_pods_say(round: &Round<'_>) -> Vec<Fix> {
    let (unscheduled, failing): (Vec<_>, Vec<_>) = failing_pods(round)
        .into_iter()
        .partition(|said| said.problem.is_of_scheduling());
    let (failing_new, failing) = failing.into_iter().partition(|said| said.is_new);
    let stalls = Stalls {
        failing_new,
        failing,
        unscheduled,
        ..Stalls::default()
    };
    let mut fixes = by_their_words(&stalls, round);
    let marked = marked_not_ready(round);
    if let Some(Finding::MarkedNotReady { nodes, .. }) = marked {
        let command = format!("kubectl get node {}", words_of(&nodes, MOST_ASKED));
        fixes.push(Fix::outside(
            Repair::Node(NodeRepair::MarkedNodes { nodes }),
            vec![command],
        ));
    }
    fixes
}
