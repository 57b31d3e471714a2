//! What is found of nodes, as clauses.

use std::collections::BTreeSet;
use std::fmt::{self, Write as _};

use daemonset::api::Timestamp;

use super::clauses::Clauses;
use super::{LeftOut, NAMED, UnhealthyNode};
use crate::health::NodeProblem;
use crate::words::{agree, all_of, at_most, count, duration, list};

/// That a revision seems to do harm to the nodes that got it, by how they are.
pub(super) fn ends_nodes(
    f: &mut Clauses,
    revision: &str,
    nodes: &[UnhealthyNode],
    (last, well): (usize, usize),
    within: i64,
) -> fmt::Result {
    let all =
        |holds: fn(&NodeProblem) -> bool| nodes.iter().all(|node| node.problems.iter().any(holds));
    let (does, went) = if all(NodeProblem::is_down) {
        ("take nodes down", "went down")
    } else if all(NodeProblem::is_pressure) {
        ("use up its nodes", "ran short")
    } else {
        ("harm nodes", "were found unwell")
    };
    write!(f, "{revision} seems to {does}: ")?;
    let which = match last {
        0 => "that got it",
        _ => "that got it first",
    };
    write!(
        f,
        "{} {which} {went} within {} of it ({}), and {} with an older one {} well",
        all_of(nodes.len(), "node"),
        at_most(within),
        alike(nodes),
        all_of(well, "node"),
        agree(well, "is", "are"),
    )?;
    match last {
        0 => Ok(()),
        1 => f.write_str("; so far the one is too that got it last"),
        many => write!(f, "; so far the {many} are too that got it last"),
    }
}

/// Nodes that are left out, by why; what several groups want is told with the first of them.
pub(super) fn left_out(groups: &[LeftOut]) -> String {
    const FOUND: &str = ", node has ";
    let mut wanted: Vec<&str> = Vec::new();
    let told = groups.iter().map(|group| {
        let Some(at) = group.why.find(FOUND) else {
            return group.to_string();
        };
        let (want, found) = group.why.split_at(at);
        if !wanted.contains(&want) {
            wanted.push(want);
            return group.to_string();
        }
        let why = found.trim_start_matches(", ").to_owned();
        let group = LeftOut {
            why,
            ..group.clone()
        };
        group.to_string()
    });
    told.collect::<Vec<_>>().join("; ")
}

/// That nodes wait for the pod network, and what seems to bring it for them.
pub(super) fn waits_for_itself(
    f: &mut Clauses,
    nodes: &[String],
    (since, said): (Option<Timestamp>, &str),
    taints: &[String],
) -> fmt::Result {
    write!(
        f,
        "{} {} not ready",
        list(nodes, NAMED),
        agree(nodes.len(), "is", "are"),
    )?;
    if let Some(since) = since {
        let first = agree(nodes.len(), "", ", the first of them");
        write!(f, "{first} since {since}")?;
    }
    write!(
        f,
        ", for want of a pod network: {said}; this DaemonSet seems to bring it, and does not run there, since it does not \
         tolerate {} {}: each waits for the other",
        agree(taints.len(), "taint", "taints"),
        list(taints, NAMED),
    )
}

/// That kubelets wait for certificates, and since when.
pub(super) fn certificates(
    f: &mut Clauses,
    requests: &[String],
    since: Option<Timestamp>,
) -> fmt::Result {
    write!(
        f,
        "{} of kubelets {} to be approved",
        count(requests.len(), "CertificateSigningRequest"),
        agree(requests.len(), "waits", "wait"),
    )?;
    if let Some(since) = since {
        write!(
            f,
            ", {}since {since}",
            agree(requests.len(), "", "the oldest ")
        )?;
    }
    f.write_str(": a kubelet whose certificate has expired cannot report until it has a new one")
}

/// That pods are marked as not ready of their nodes, and since when.
pub(super) fn marked_not_ready(
    f: &mut Clauses,
    nodes: &[String],
    since: Option<Timestamp>,
    locked: Option<&(String, Timestamp)>,
) -> fmt::Result {
    write!(
        f,
        "{} on {} {} marked as not ready",
        agree(nodes.len(), "its pod", "its pods"),
        list(nodes, NAMED),
        agree(nodes.len(), "is", "are"),
    )?;
    if let Some(since) = since {
        write!(f, " since {since}")?;
    }
    f.write_str(
        ", though all containers are ready: so the node lifecycle controller marks pods of a node that it does \
         not hear of",
    )?;
    if let Some((node, at)) = locked {
        f.next();
        let at = Timestamp::from_unix_seconds(at.unix_seconds());
        write!(
            f,
            "kured has locked {node} for a reboot since {at}, and reboots no other node while it holds that lock"
        )?;
    }
    Ok(())
}

/// That pods are on nodes that are not among those given, or meant for such, and who deletes them where these do not exist.
pub(super) fn on_missing_nodes(
    f: &mut Clauses,
    (pods, nodes): (&[String], &[String]),
    unbound: usize,
    are_gone: bool,
) -> fmt::Result {
    let all = pods.len();
    write!(
        f,
        "{} ({}) {} {} {} ({}): ",
        count(all, "pod"),
        list(pods, NAMED),
        agree(all, "is", "are"),
        match unbound {
            0 => "bound to",
            some if some == all => "meant for",
            _ => "bound to, or meant for,",
        },
        if are_gone {
            agree(
                nodes.len(),
                "a node that does not exist",
                "nodes that do not exist",
            )
        } else {
            agree(
                nodes.len(),
                "a node that was not given",
                "nodes that were not given",
            )
        },
        list(nodes, NAMED),
    )?;
    if !are_gone {
        write!(
            f,
            "if {} not exist, ",
            agree(nodes.len(), "it does", "they do")
        )?;
    }
    let them = agree(all, "the pod", "the pods");
    match unbound {
        0 => write!(f, "the pod garbage collector deletes {them} within a minute or two"),
        some if some == all => write!(f, "the DaemonSet controller deletes {them}"),
        _ => f.write_str(
            "the pod garbage collector deletes those that are bound within a minute or two, and the DaemonSet controller the \
             others",
        ),
    }
}

/// The nodes, those that have the same problems together: `a and b (unreachable), c (missing)`. Where only the
/// times differ, the first and the last of them are told.
pub(super) fn alike(nodes: &[UnhealthyNode]) -> String {
    let timeless = |node: &UnhealthyNode| {
        let problems: Vec<NodeProblem> = node.problems.iter().map(NodeProblem::timeless).collect();
        list(&problems, NAMED)
    };
    let all = together(nodes, timeless);
    let told: Vec<String> = (all.iter())
        .map(|(names, timeless)| {
            let of_names = || {
                nodes
                    .iter()
                    .filter(|node| names.contains(&node.node.as_str()))
            };
            let texts: BTreeSet<String> =
                of_names().map(|node| list(&node.problems, NAMED)).collect();
            let times: BTreeSet<Timestamp> = of_names()
                .filter_map(|node| node.problems.iter().find_map(NodeProblem::since))
                .collect();
            let problems = match (times.first(), times.last(), texts.len()) {
                (Some(first), Some(last), 2..) => {
                    format!("{timeless}, the first since {first}, the last since {last}")
                }
                _ => texts.into_iter().next().unwrap_or_default(),
            };
            match problems.as_str() {
                "" => list(names, NAMED),
                problems => format!("{} ({problems})", list(names, NAMED)),
            }
        })
        .collect();
    list(&told, NAMED)
}

/// Of these nodes those that have the same to say together, in the order of the first of each.
fn together<'n>(
    nodes: &'n [UnhealthyNode],
    said: impl Fn(&'n UnhealthyNode) -> String,
) -> Vec<(Vec<&'n str>, String)> {
    let mut all: Vec<(Vec<&str>, String)> = Vec::new();
    for node in nodes {
        let text = said(node);
        match all.iter_mut().find(|(_, known)| *known == text) {
            Some((names, _)) => names.push(&node.node),
            None => all.push((vec![&node.node], text)),
        }
    }
    all
}

/// So many nodes that fall silent within so many seconds of each other have one cause.
const TOGETHER: (usize, i64) = (3, 60);

/// That nodes fell silent together.
pub(super) fn fell_silent(f: &mut Clauses, nodes: &[UnhealthyNode]) -> fmt::Result {
    let heard = nodes
        .iter()
        .flat_map(|node| &node.problems)
        .filter_map(|it| Some(it.since()?.seconds_since(it.heard()?)));
    if let Some(later) = heard.min() {
        f.next();
        return write!(
            f,
            "marked {} after the last heartbeat, not within minutes of it: either the node lifecycle controller did not run in \
             between, or the clock of a node is wrong",
            duration(later)
        );
    }
    let Some((count, within)) = together_down(nodes) else {
        return Ok(());
    };
    let of_all = match nodes.len() {
        all if all == count => format!("all {count}"),
        _ => format!("{count} of them"),
    };
    f.next();
    let when = match within {
        0 => "in the same second".to_owned(),
        within => format!("within {} of each other", at_most(within)),
    };
    write!(
        f,
        "{of_all} fell silent {when}: what they share on the way to the API server (a load balancer, a \
         switch, its address) may have failed, not each of them"
    )
}

/// How many nodes fell silent together, and within how many seconds of each other.
pub(crate) fn together_down(nodes: &[UnhealthyNode]) -> Option<(usize, i64)> {
    let is_silent = |node: &&UnhealthyNode| {
        let is_off = node.problems.contains(&NodeProblem::MachineOff);
        !is_off && node.problems.iter().any(NodeProblem::is_dead)
    };
    let silent = || nodes.iter().filter(is_silent);
    // Those that were marked only long after tell when the controller came back.
    if silent().any(UnhealthyNode::is_marked_late) {
        return None;
    }
    let since = |node: &UnhealthyNode| {
        let problem = node.problems.iter().find(|problem| problem.is_dead())?;
        problem.down_since()
    };
    let times: BTreeSet<Timestamp> = silent().filter_map(since).collect();
    let within = times.last()?.seconds_since(*times.first()?);
    let count = silent().count();
    (count >= TOGETHER.0 && within <= TOGETHER.1).then_some((count, within))
}

/// What the pods on unhealthy nodes say.
pub(super) fn of_their_pods(nodes: &[UnhealthyNode]) -> Vec<String> {
    let all = together(nodes, |node| node.pod.clone().unwrap_or_default());
    let said = all.iter().filter(|(_, said)| !said.is_empty()).take(NAMED);
    said.map(|(names, said)| {
        let pods = agree(names.len(), "its pod", "their pods");
        let say = agree(names.len(), "says", "say");
        format!("{pods} on {} {say}: {said}", list(names, NAMED))
    })
    .collect()
}

/// That nodes are being rebooted.
pub(super) fn rebooting(f: &mut Clauses, nodes: &[String], since: Timestamp) -> fmt::Result {
    write!(
        f,
        "kured reboots {}, which {} down since {since}: {}",
        list(nodes, NAMED),
        agree(nodes.len(), "is", "are"),
        agree(
            nodes.len(),
            "its pod comes back with the node",
            "their pods come back with the nodes"
        ),
    )
}

/// That nodes shut down in good order.
pub(super) fn shutting_down(
    f: &mut Clauses,
    nodes: &[String],
    since: Option<Timestamp>,
) -> fmt::Result {
    let is = agree(nodes.len(), "is", "are");
    write!(f, "{} {is} shutting down", list(nodes, NAMED))?;
    if let Some(since) = since {
        write!(f, " since {since}")?;
    }
    f.write_str(agree(
        nodes.len(),
        " in good order: its pod has ended or was rejected for that, and one comes back with the node",
        " in good order: their pods have ended or were rejected for that, and come back with the nodes",
    ))
}
