//! Commands that run on a node, as that node lets them.

use daemonset::rollout::Strategy;

use super::command::{by_ssh, on_node, word};
use super::stuck::Stuck;
use super::{Caution, Fix};
use crate::diagnosis::given::failing_on;
use crate::health::NodeProblem;
use crate::round::Round;
use crate::signs::outside::is_from_outside;
use crate::signs::quoted::words;
use crate::stall::Said;

/// After so many seconds of silence a machine may be off or gone, and not only its kubelet be down.
const LONG_SILENT: i64 = 3600;

/// The same with what is true of a changed template under `OnDelete`: no pod is replaced for it.
fn as_strategy_is(mut fixes: Vec<Fix>, stuck: &Stuck<'_, '_>) -> Vec<Fix> {
    if *stuck.round.planner.strategy() == Strategy::OnDelete {
        for caution in fixes.iter_mut().flat_map(|fix| &mut fix.cautions) {
            if *caution == Caution::ReplacesPods {
                *caution = Caution::OnDelete;
            }
        }
    }
    fixes
}

/// The same with the commands that run on nodes as those let them: none on a machine that is shut down; none on a node of
/// Windows, where no busybox runs and no shell has its words; and no image that is to be pulled first on one that cannot
/// reach its registry, or makes no sandbox.
pub(super) fn as_nodes_are(fixes: Vec<Fix>, stuck: &Stuck<'_, '_>) -> Vec<Fix> {
    let round = stuck.round;
    let mut fixes = as_strategy_is(fixes, stuck);
    if !fixes
        .iter()
        .flat_map(|fix| &fix.commands)
        .any(|command| on_node(command).is_some())
    {
        return fixes;
    }
    let is_windows = |name: &str| {
        let node = round.cluster.node(name);
        let os = node.and_then(|node| node.metadata.labels.get("kubernetes.io/os"));
        os.is_some_and(|os| os == "windows")
    };
    let stalls = stuck.stalls();
    let starts_no_pod = |name: &str| {
        let in_vain = |said: &Said<'_, '_>| {
            said.problem.is_of_a_pull() && is_from_outside(round, &words(round, said))
                || said.lacks_sandbox(round) && !is_of_network(&words(round, said))
        };
        let mut stalled = stalls.all_failing().filter(|said| said.node.name == name);
        let mut there = round.view.node(name).into_iter();
        stalled.any(in_vain) || there.any(|node| failing_on(round, node).any(|it| in_vain(&it)))
    };
    for fix in &mut fixes {
        machines_first(fix, round);
    }
    for command in fixes.iter_mut().flat_map(|fix| &mut fix.commands) {
        let Some((node, look)) = on_node(command) else {
            continue;
        };
        if is_windows(node) {
            command.clear();
        } else if command.starts_with("kubectl debug ") && starts_no_pod(node) {
            *command = by_ssh(node, look);
        }
    }
    for fix in &mut fixes {
        fix.commands.retain(|command| !command.is_empty());
    }
    fixes
}

/// Whether words are of the network of pods: one to look around in is on that of its node.
fn is_of_network(words: &str) -> bool {
    ["network", "cni", "CNI", "IP address"]
        .iter()
        .any(|it| words.contains(it))
}

/// To start machines that are off, before anything is asked of them: which those are, the provider's name for them tells.
fn machines_first(fix: &mut Fix, round: &Round<'_>) {
    let mut off: Vec<String> = Vec::new();
    let mut silent: Vec<(String, i64)> = Vec::new();
    let mut by_heartbeat = false;
    for command in &mut fix.commands {
        let Some((node, _)) = on_node(command) else {
            continue;
        };
        let seen = round.view.node(node);
        let problems = seen.map_or_else(Vec::new, |seen| round.node_problems(seen));
        let since = problems.iter().find(|it| it.is_dead());
        let since = since.and_then(|it| it.heard().or_else(|| it.down_since()));
        let silent_for = since.map_or(0, |since| round.view.now.seconds_since(since));
        let name = node.to_owned();
        if problems.contains(&NodeProblem::MachineOff) {
            *command = format!(
                "kubectl get node {} -o jsonpath='{{.spec.providerID}}'",
                word(&name)
            );
            if !off.contains(&name) {
                off.push(name);
            }
        } else if silent_for > LONG_SILENT && !silent.iter().any(|(known, _)| *known == name) {
            by_heartbeat |= problems.iter().any(|it| it.heard().is_some());
            silent.push((name, silent_for));
        }
    }
    fix.commands.dedup();
    if !off.is_empty() {
        fix.cautions.push(Caution::StartsMachines { nodes: off });
    }
    if let Some(shortest) = silent.iter().map(|(_, seconds)| *seconds).min() {
        fix.cautions.push(Caution::MachinesMayBeOff {
            nodes: silent.into_iter().map(|(node, _)| node).collect(),
            silent: shortest,
            by_heartbeat,
        });
    }
}
