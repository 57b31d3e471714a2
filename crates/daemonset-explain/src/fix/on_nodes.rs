//! Commands that run on a node, as that node lets them.

use std::cell::LazyCell;

use super::command::{by_ssh, describe_nodes, namespace, on_node, target, word};
use super::own_tools::{as_system_lets, with_own_crictl};
use super::since::look;
use super::stuck::Stuck;
use super::{Caution, Fix, machine};
use crate::diagnosis::failing_pods::{failing_on, failing_pods};
use crate::health::NodeProblem;
use crate::round::Round;
use crate::signs::outside::is_from_outside;
use crate::signs::quoted::words;
use crate::stall::Said;

/// After so many seconds of silence a machine may be off or gone, and not only its kubelet be down.
const LONG_SILENT: i64 = 3600;

/// The same with the commands that run on nodes as those let them: none on a machine that is shut down; none on a node of
/// Windows, where no busybox runs and no shell has its words; and no image that is to be pulled first on one that cannot
/// reach its registry, or makes no sandbox.
pub(super) fn as_nodes_are(mut fixes: Vec<Fix>, stuck: &Stuck<'_, '_>) -> Vec<Fix> {
    let round = stuck.round;
    // Few commands ask for it, and all nodes are looked at for it.
    let region = LazyCell::new(|| region(round));
    for fix in &mut fixes {
        on_each_node(fix);
        for command in fix.commands.iter_mut().filter(|it| is_regional(it)) {
            if let Some(region) = *region {
                in_region(command, region);
            }
        }
    }
    let mut all = fixes.iter().flat_map(|fix| &fix.commands);
    if all.any(|command| on_node(command).is_some()) {
        as_they_let(&mut fixes, stuck);
    }
    for fix in &mut fixes {
        if fix.commands.is_empty() && fix.edits.is_empty() {
            fix.commands = look_around(fix, stuck);
        }
    }
    fixes
}

/// What shows more of what is to be repaired outside, where no other command is known: the nodes, or what the first pod that
/// fails says.
fn look_around(fix: &Fix, stuck: &Stuck<'_, '_>) -> Vec<String> {
    let round = stuck.round;
    let nodes: Vec<String> = fix.nodes().into_iter().collect();
    if !nodes.is_empty() {
        return describe_nodes(&nodes);
    }
    let set = round.daemon_set();
    let namespace = namespace(set);
    let stalls = stuck.stalls();
    let of_pod = stalls
        .all_failing()
        .next()
        .map(|said| look(said, &namespace))
        // On nodes that were not given.
        .or_else(|| Some(look(failing_pods(round).first()?, &namespace)));
    vec![of_pod.unwrap_or_else(|| format!("kubectl describe {}", target(set)))]
}

/// The commands on nodes as these let them.
fn as_they_let(fixes: &mut [Fix], stuck: &Stuck<'_, '_>) {
    let round = stuck.round;
    let is_windows = |name: &str| {
        let node = round.cluster.node(name);
        let os = node.and_then(|node| node.metadata.labels.get("kubernetes.io/os"));
        os.is_some_and(|os| os == "windows")
    };
    let stalls = stuck.stalls();
    let starts_no_pod = |name: &str| {
        let stops = round.has_problem(name, |it| {
            it.is_dead() || it.is_of_runtime() || it.is_hang()
        });
        let in_vain = |said: &Said<'_, '_>| {
            said.problem.is_of_a_pull() && is_from_outside(round, &words(round, said))
                || said.lacks_sandbox(round) && !is_of_network(&words(round, said))
        };
        let mut stalled = stalls.all_failing().filter(|said| said.node.name == name);
        let mut there = round.view.node(name).into_iter();
        stops
            || stalled.any(in_vain)
            || there.any(|node| failing_on(round, node).any(|it| in_vain(&it)))
    };
    let info_of = |node: &str| {
        let said = round.evidence.and_then(|it| it.node(node));
        said.map(|it| &*it.info)
    };
    for command in fixes.iter_mut().flat_map(|fix| &mut fix.commands) {
        let info = on_node(command).and_then(|(node, _)| info_of(node));
        if let Some(own) = info.and_then(|it| with_own_crictl(command, it)) {
            *command = own;
        }
    }
    for fix in fixes.iter_mut() {
        machines_first(fix, round);
    }
    for command in fixes.iter_mut().flat_map(|fix| &mut fix.commands) {
        let Some((node, look)) = on_node(command) else {
            continue;
        };
        let info = info_of(node);
        if is_windows(node) {
            command.clear();
        } else if let Some(own) =
            info.and_then(|it| as_system_lets(command, it, starts_no_pod(node)))
        {
            *command = own;
        } else if command.starts_with("kubectl debug ") && starts_no_pod(node) {
            *command = by_ssh(node, look);
        }
    }
    for fix in fixes {
        fix.commands.retain(|command| !command.is_empty());
    }
}

/// How many nodes are mended by a command each.
const MOST_MENDED: usize = 3;

/// What mends the first of several nodes, for the others too.
fn on_each_node(fix: &mut Fix) {
    let nodes = fix.nodes();
    let mut commands: Vec<String> = Vec::new();
    for command in &fix.commands {
        let mended = mended(command).filter(|it| nodes.contains(*it));
        let all = mended.into_iter().flat_map(|own| {
            let others = nodes.iter().filter(move |it| *it != own);
            let others = others.take(MOST_MENDED - 1);
            others.map(move |it| command.replacen(&word(own), &word(it), 1))
        });
        for command in std::iter::once(command.clone()).chain(all) {
            if !commands.contains(&command) {
                commands.push(command);
            }
        }
    }
    fix.commands = commands;
}

/// The node on which a command changes something that is true of each of several nodes.
fn mended(command: &str) -> Option<&str> {
    const CHANGES: [&str; 7] = [
        "crictl rmi",
        "modprobe ",
        "mount --make",
        "mkdir -p",
        "sysctl -w",
        "systemctl restart",
        "systemctl try-restart",
    ];
    if let Some(rest) = command.strip_prefix("kubectl drain ") {
        return rest.split(' ').next();
    }
    let (node, look) = on_node(command)?;
    CHANGES.iter().any(|it| look.contains(it)).then_some(node)
}

/// The region of AWS that all nodes are in, by their label or by what their cloud calls them.
fn region<'r>(round: &Round<'r>) -> Option<&'r str> {
    const REGION: &str = "topology.kubernetes.io/region";
    let mut all = round.cluster.nodes().iter().map(|node| {
        let said = round.evidence.and_then(|it| it.node(&node.metadata.name));
        let of_machine = || machine::region_of(&said?.provider_id);
        node.metadata.labels.get(REGION).or_else(of_machine)
    });
    let first = all.next()??;
    all.all(|it| it == Some(first)).then_some(first)
}

/// Whether a command of AWS asks the region that is set where it is typed.
fn is_regional(command: &str) -> bool {
    command.starts_with("aws ") && !command.starts_with("aws iam ") && !command.contains("--region")
}

/// Such a command asks the region of the nodes.
fn in_region(command: &mut String, region: &str) {
    let region = format!(" --region {}", word(region));
    if !command.contains(['\'', '"', '|', '&', ';', '$', '>']) {
        command.push_str(&region);
        return;
    }
    // After the service and what it is to do.
    let mut blanks = command.match_indices(' ').map(|(at, _)| at);
    if let Some(at) = blanks.nth(2) {
        command.insert_str(at, &region);
    }
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
        fix.cautions
            .insert(0, Caution::StartsMachines { nodes: off });
    }
    if let Some(shortest) = silent.iter().map(|(_, seconds)| *seconds).min() {
        fix.cautions.push(Caution::MachinesMayBeOff {
            nodes: silent.into_iter().map(|(node, _)| node).collect(),
            silent: shortest,
            by_heartbeat,
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fix::{NodeRepair, Repair};

    #[test]
    fn what_mends_one_of_several_nodes_is_told_for_each() {
        let of = |nodes: &[&str], command: &str| {
            let nodes = nodes.iter().map(|it| (*it).to_owned()).collect();
            let mut fix = Fix::outside(
                Repair::Node(NodeRepair::UnhealthyNodes { nodes }),
                vec![command.to_owned()],
            );
            on_each_node(&mut fix);
            fix.commands
        };
        assert_eq!(
            of(&["b", "a"], "ssh a sudo mount --make-rshared /"),
            [
                "ssh a sudo mount --make-rshared /",
                "ssh b sudo mount --make-rshared /"
            ]
        );
        let drain = of(&["a", "b", "c", "d"], "kubectl drain b --ignore-daemonsets");
        assert_eq!(drain.len(), 3);
        // To look at one of them is enough, and of others nothing is known.
        assert_eq!(of(&["a", "b"], "ssh a df -h").len(), 1);
        assert_eq!(of(&["a", "b"], "ssh c sudo modprobe x").len(), 1);
    }

    #[test]
    fn aws_is_asked_in_the_region_of_the_nodes() {
        let of = |command: &str| {
            let mut command = command.to_owned();
            if is_regional(&command) {
                in_region(&mut command, "eu-west-1");
            }
            command
        };
        assert_eq!(
            of("aws ec2 describe-subnets --query 'a | b'"),
            "aws ec2 describe-subnets --region eu-west-1 --query 'a | b'"
        );
        let asked = "aws ec2 describe-instance-status --region us-west-2";
        assert_eq!(of(asked), asked);
        assert_eq!(
            of("aws ec2 describe-instances --instance-ids i-0a"),
            "aws ec2 describe-instances --instance-ids i-0a --region eu-west-1"
        );
        // What has no region.
        for other in ["az vm list --all", "aws iam list-roles"] {
            assert_eq!(of(other), other);
        }
    }
}
