//! Commands that run on a node, as that node lets them.

use std::collections::BTreeSet;

use daemonset::rollout::Strategy;

use super::command::{by_ssh, on_node};
use super::stuck::Stuck;
use super::{Caution, Fix};
use crate::signs::outside::is_from_outside;
use crate::signs::quoted::words;

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

/// The same with the commands that run on nodes as those let them: none on a node of Windows, where no busybox runs and no
/// shell has its words; and no image that is to be pulled first on one that cannot reach its registry.
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
    let in_vain = stalls
        .all_failing()
        .filter(|said| said.problem.is_of_a_pull() && is_from_outside(round, &words(round, said)));
    let no_pulls: BTreeSet<&str> = in_vain.map(|said| said.node.name).collect();
    for command in fixes.iter_mut().flat_map(|fix| &mut fix.commands) {
        let Some((node, look)) = on_node(command) else {
            continue;
        };
        if is_windows(node) {
            command.clear();
        } else if no_pulls.contains(node) && command.starts_with("kubectl debug ") {
            *command = by_ssh(node, look);
        }
    }
    for fix in &mut fixes {
        fix.commands.retain(|command| !command.is_empty());
    }
    fixes
}
