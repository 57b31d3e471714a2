//! Commands that run on a node, as that node lets them.

use std::collections::BTreeSet;

use super::Fix;
use super::command::on_node;
use super::stuck::Stuck;
use crate::signs::outside::is_from_outside;
use crate::signs::quoted::words;

/// The same with the commands that run on nodes as those let them: none on a node of Windows, where no busybox runs and no
/// shell has its words; and no image that is to be pulled first on one that cannot reach its registry.
pub(super) fn as_nodes_are(mut fixes: Vec<Fix>, stuck: &Stuck<'_, '_>) -> Vec<Fix> {
    let round = stuck.round;
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
            // On the node itself its root is the root.
            let own = look
                .replace("chroot /host ", "")
                .replace("nsenter -t 1 -m -- ", "")
                .replace("/host/", "/");
            let as_root = if own == look { "" } else { "sudo " };
            *command = format!("ssh {node} {as_root}{own}");
        }
    }
    for fix in &mut fixes {
        fix.commands.retain(|command| !command.is_empty());
    }
    fixes
}
