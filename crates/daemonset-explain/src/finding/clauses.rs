//! Clauses that sentences of findings are made of.

use std::collections::BTreeSet;
use std::fmt::{self, Write as _};

use daemonset::api::Timestamp;

use super::{BudgetField, HeldPod, LeaseSaid, NAMED, Symptom, UnhealthyNode};
use crate::evidence::GivenKind;
use crate::health::{LastEnd, NodeProblem};
use crate::words::{agree, at_most, count, duration, list};

/// A sentence in the making, clause by clause.
#[derive(Default)]
pub(super) struct Clauses(pub(super) Vec<String>);

impl Clauses {
    /// What follows is a clause of its own.
    pub(super) fn next(&mut self) {
        self.0.push(String::new());
    }
}

impl fmt::Write for Clauses {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        match self.0.last_mut() {
            Some(clause) => clause.push_str(text),
            None => self.0.push(text.to_owned()),
        }
        Ok(())
    }
}

/// `revision 2 (788b686cf6)`
pub(super) fn new_revision(revision: Option<i64>, hash: Option<&str>) -> String {
    match (revision, hash) {
        (Some(revision), Some(hash)) => format!("revision {revision} ({hash})"),
        (None, Some(hash)) => format!("the new revision {hash}"),
        (Some(revision), None) => format!("revision {revision}"),
        (None, None) => "the new revision".to_owned(),
    }
}

/// That a set is being deleted, and what it waits for.
pub(super) fn deleting(
    f: &mut Clauses,
    finalizers: &[String],
    held: &[HeldPod],
    (since, pods): (Option<Timestamp>, usize),
) -> fmt::Result {
    f.write_str("the DaemonSet is being deleted")?;
    if let Some(since) = since {
        write!(f, ", since {since}")?;
    }
    f.write_str(", so the controller does nothing")?;
    for pod in held.iter().take(NAMED) {
        f.next();
        write!(f, "pod {pod}")?;
    }
    if !held.is_empty() {
        f.next();
        return f
            .write_str("finalizer foregroundDeletion of the DaemonSet waits for its pods alone");
    }
    match finalizers {
        [] => return Ok(()),
        [one] => {
            f.next();
            write!(f, "finalizer {one} holds it")?;
        }
        many => {
            f.next();
            write!(f, "finalizers {} hold it", list(many, NAMED))?;
        }
    }
    if pods > 0 {
        f.next();
        write!(
            f,
            "{} of it {} still there, and nothing is rolled out to {} any more",
            count(pods, "pod"),
            agree(pods, "is", "are"),
            agree(pods, "it", "them"),
        )?;
    }
    Ok(())
}

/// That two revisions take turns, in what, and who writes them.
pub(super) fn flipping(
    f: &mut Clauses,
    revisions: &[i64],
    returns: i64,
    changes: &[String],
    writers: &[String],
) -> fmt::Result {
    write!(
        f,
        "the template goes to and fro: revisions {} take turns (together they came back {returns} times, as their numbers \
         tell), and with each change every pod is replaced, which does not end while both are written",
        list(revisions, NAMED)
    )?;
    if !changes.is_empty() {
        f.next();
        write!(f, "they differ in {}", in_words(changes))?;
    }
    match writers {
        [] => {}
        [one] => {
            f.next();
            write!(f, "{one} wrote the template last")?;
        }
        many => {
            f.next();
            write!(f, "{} wrote the template within minutes", list(many, NAMED))?;
        }
    }
    Ok(())
}

/// That pods are terminating, and until when they had to end.
pub(super) fn held_by_finalizers(
    f: &mut Clauses,
    pods: &[String],
    finalizers: &[String],
    until: Option<Timestamp>,
) -> fmt::Result {
    write!(
        f,
        "{} ({}) {} terminating and {} held by {} {}",
        count(pods.len(), "pod"),
        list(pods, NAMED),
        agree(pods.len(), "is", "are"),
        agree(pods.len(), "is", "are"),
        agree(finalizers.len(), "finalizer", "finalizers"),
        list(finalizers, NAMED),
    )?;
    match (until, pods) {
        (Some(until), [_]) => write!(f, "; it had until {until} to end"),
        (Some(until), _) => write!(f, "; the first had until {until} to end"),
        (None, _) => Ok(()),
    }
}

/// The symptoms of pods, with how many have which where they differ.
pub(super) fn symptoms(symptoms: &[Symptom]) -> String {
    match symptoms {
        [] => "they say nothing".to_owned(),
        [only] => only.symptom.clone(),
        several => list(several, NAMED),
    }
}

/// ` on 2 nodes (a and b)`
pub(super) fn on_nodes(nodes: &[String]) -> String {
    match nodes {
        [one] => format!("on {one}"),
        nodes => format!("on {} ({})", count(nodes.len(), "node"), list(nodes, NAMED)),
    }
}

pub(super) fn sentences(f: &mut Clauses, notes: &[String]) -> fmt::Result {
    for note in notes {
        f.next();
        f.write_str(note)?;
    }
    Ok(())
}

/// The first few changes in one clause.
fn in_words(changes: &[String]) -> String {
    let shown: Vec<&str> = changes.iter().take(NAMED).map(String::as_str).collect();
    match changes.len() - shown.len() {
        0 => shown.join("; "),
        more => format!("{}; and {more} more", shown.join("; ")),
    }
}

pub(super) fn changed(f: &mut Clauses, revision: &str, changes: &[String]) -> fmt::Result {
    match changes {
        [] => Ok(()),
        changes => {
            f.next();
            write!(f, "{revision} changed {}", in_words(changes))
        }
    }
}

pub(super) fn only_there(f: &mut Clauses, labels: &[String]) -> fmt::Result {
    match labels {
        [] => Ok(()),
        labels => {
            f.next();
            write!(
                f,
                "all of these nodes have {}, and no node with an available pod has",
                list(labels, NAMED)
            )
        }
    }
}

pub(super) fn progress(
    f: &mut Clauses,
    (creates, deletes): (usize, usize),
    [starting, unready, terminating]: [&[String]; 3],
    until: Option<Timestamp>,
) -> fmt::Result {
    let mut parts = Vec::new();
    for (pods, what) in [(creates, "to create"), (deletes, "to delete")] {
        if pods > 0 {
            parts.push(format!("{} {what}", count(pods, "pod")));
        }
    }
    let of_nodes = [
        (starting, "starting"),
        (unready, "no longer ready"),
        (terminating, "terminating"),
    ];
    for (nodes, what) in of_nodes {
        if !nodes.is_empty() {
            let pods = count(nodes.len(), "pod");
            parts.push(format!("{pods} {what} on {}", list(nodes, NAMED)));
        }
    }
    if parts.is_empty() {
        parts.push("no pod to create or delete in this round".to_owned());
    }
    f.write_str(&parts.join("; "))?;
    match until {
        Some(until) => write!(
            f,
            ", until {until} at the latest, when its grace period ends"
        ),
        None => Ok(()),
    }
}

pub(super) fn used_up(
    f: &mut Clauses,
    (field, limit): (BudgetField, i64),
    used_by: &[String],
    waiting: usize,
) -> fmt::Result {
    let waiting = format!("{} cannot be updated", count(waiting, "node"));
    let nodes = agree(used_by.len(), "node", "nodes");
    match used_by.len() {
        _ if limit <= 0 => write!(f, "{field} is {limit}, which allows no update; {waiting}"),
        holding => write!(
            f,
            "{field} is {limit} and is used up by {nodes} {}; until {} well again, {waiting}",
            list(used_by, NAMED),
            agree(holding, "it is", "they are"),
        ),
    }
}

pub(super) fn joined<T: fmt::Display>(items: &[T], separator: &str) -> String {
    let texts: Vec<String> = items.iter().map(ToString::to_string).collect();
    texts.join(separator)
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

/// So many nodes that fall silent within so many seconds of each other have one cause.
const TOGETHER: (usize, i64) = (3, 60);

/// That nodes fell silent together.
pub(super) fn fell_silent(f: &mut Clauses, nodes: &[UnhealthyNode]) -> fmt::Result {
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

/// What the Lease of kube-controller-manager says, where it was given.
pub(super) fn of_lease(f: &mut Clauses, lease: Option<&LeaseSaid>) -> fmt::Result {
    match lease {
        Some(lease) => {
            f.next();
            write!(f, "{lease}")
        }
        None => Ok(()),
    }
}

/// The pods of an earlier set, and until when or for how long over the terminating ones are there.
pub(super) fn earlier_set(
    f: &mut Clauses,
    pods: &[String],
    terminating: usize,
    (until, overdue): (Option<Timestamp>, Option<i64>),
) -> fmt::Result {
    write!(
        f,
        "{} of an earlier DaemonSet of this name (another uid) {} still there beside its own: {}",
        count(pods.len(), "pod"),
        agree(pods.len(), "is", "are"),
        list(pods, NAMED),
    )?;
    match (terminating, until, overdue) {
        (0, ..) | (_, None, _) => Ok(()),
        (all, Some(_), Some(over)) => write!(
            f,
            "; {all} terminating, though the last grace period ended {} ago",
            duration(over)
        ),
        (all, Some(until), None) => write!(f, "; {all} terminating, until {until} at the latest"),
    }
}

/// What went wrong so far in pods that may yet become available.
pub(super) fn so_far(
    f: &mut Clauses,
    (nodes, said): (&[String], &[Symptom]),
    (revision, changes): (Option<i64>, &[String]),
    until: Option<Timestamp>,
) -> fmt::Result {
    write!(f, "so far, {}: {}", on_nodes(nodes), symptoms(said))?;
    if let Some(until) = until {
        f.next();
        write!(f, "its startup probe allows it until {until}")?;
    }
    changed(f, &new_revision(revision, None), changes)
}

/// That pods fail one after the other, as far as that was seen: how many have failed, for how long one lived, and for how
/// long the last are left where they are.
pub(super) fn looping(
    f: &mut Clauses,
    nodes: &[UnhealthyNode],
    (failed, lived): (usize, Option<i64>),
    left: Option<i64>,
) -> fmt::Result {
    let on = list(nodes, NAMED);
    if let Some(left) = left {
        let pods = agree(nodes.len(), "its pod", "its pods");
        return write!(
            f,
            "{pods} on {on} failed {} ago and {} still there: a controller that works deletes a failed pod within a quarter of \
             an hour; ",
            duration(left),
            agree(nodes.len(), "is", "are"),
        );
    }
    write!(f, "an endless loop on {on}")?;
    match lived {
        // No other was seen.
        _ if failed <= nodes.len() => {
            f.write_str(" while the cause lasts (a failed pod is replaced by one like it): ")
        }
        Some(lived) => write!(
            f,
            ": one pod after the other fails, this time after {}: ",
            duration(lived)
        ),
        None => f.write_str(": one pod after the other fails: "),
    }
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

/// That a revision, made then, leaves nodes out.
pub(super) fn left_by_revision(
    f: &mut Clauses,
    (revision, made): (Option<i64>, Option<Timestamp>),
    nodes: &[String],
    changes: &[String],
    before: i64,
) -> fmt::Result {
    f.write_str(&new_revision(revision, None))?;
    if let Some(made) = made {
        write!(f, ", made at {made},")?;
    }
    write!(
        f,
        " took it off {} ({}): it changed {}; with revision {before} they should run it",
        count(nodes.len(), "node"),
        list(nodes, NAMED),
        in_words(changes),
    )
}

/// What brings the ControllerRevisions of a namespace.
pub(super) fn add_revisions(f: &mut Clauses, namespace: &str) -> fmt::Result {
    f.write_str("; add the output of: kubectl get controllerrevisions -o yaml")?;
    match namespace {
        "" => Ok(()),
        namespace => write!(f, " -n {namespace}"),
    }
}

/// That pods and nodes are of different moments: when the newest revision was made and a node last said
/// something, or which pods are newer than all revisions.
pub(super) fn other_moments(
    f: &mut Clauses,
    made_and_heard: (Option<Timestamp>, Option<Timestamp>),
    pods: &[String],
) -> fmt::Result {
    f.write_str("what was given is of different moments: ")?;
    match made_and_heard {
        (Some(made), Some(heard)) => write!(
            f,
            "the newest revision is of {made}, and no node says anything after {heard}"
        )?,
        _ => write!(
            f,
            "{} ({}) {} of a revision that is newer than all that were given",
            count(pods.len(), "pod"),
            list(pods, NAMED),
            agree(pods.len(), "is", "are"),
        )?,
    }
    f.write_str(
        ", so that what should happen next cannot be told; give one dump: kubectl get \
         nodes,pods,daemonsets,controllerrevisions -A -o yaml",
    )
}

/// That pods are up between two ends of a container: how often it was started again, how it ended last, and for how long it
/// has been up by now in the worst of them, and at most.
pub(super) fn restarting_while_up(
    f: &mut Clauses,
    (pods, container): (&[String], &str),
    (restarts, last): (i32, Option<&LastEnd>),
    (up, longest): (i64, Option<i64>),
    has_probe: bool,
) -> fmt::Result {
    let slowly = up > 3600;
    write!(
        f,
        "{} up: {} ({}): container {container} was started again {}{restarts} times{}",
        if slowly {
            "restarts while"
        } else {
            "a crash loop while"
        },
        count(pods.len(), "pod"),
        list(pods, NAMED),
        if pods.len() > 1 && longest.is_none() {
            "up to "
        } else {
            ""
        },
        agree(
            pods.len(),
            "",
            if longest.is_some() { " in each" } else { "" }
        ),
    )?;
    if let Some(last) = last {
        write!(f, ", last ended with {last}")?;
    }
    match (pods, longest) {
        ([_], _) => write!(f, ", and has been up for {}", duration(up))?,
        (_, Some(longest)) => {
            let at_most = if longest == up { "" } else { "at most " };
            write!(f, ", and has been up for {at_most}{}", duration(longest))?;
        }
        (_, None) => write!(
            f,
            ", and has been up for {} in the one that was started again the most",
            duration(up)
        )?,
    }
    if !has_probe && !slowly {
        f.write_str("; without a readiness probe it counts as available while it is up")?;
    }
    Ok(())
}

/// What was not given, and the command that brings it.
pub(super) fn not_given(
    f: &mut Clauses,
    kinds: &[GivenKind],
    (desired, current, nodes_given): (i32, i32, usize),
    pods_of_others: bool,
    namespace: &str,
) -> fmt::Result {
    let is_missing = |kind| kinds.contains(&kind);
    let (nodes, pods) = (is_missing(GivenKind::Node), is_missing(GivenKind::Pod));
    f.write_str("cannot tell: ")?;
    match (nodes, pods) {
        (true, false) if nodes_given > 0 => write!(
            f,
            "{} given, and it has pods on others",
            match nodes_given {
                1 => "only 1 node is".to_owned(),
                many => format!("only {many} nodes are"),
            }
        )?,
        (true, true) => f.write_str("no nodes and no pods are given")?,
        (true, false) => f.write_str("no nodes are given")?,
        (false, _) if pods_of_others => {
            f.write_str("no pods are given that belong to it (pods of others are)")?;
        }
        (false, _) => f.write_str("no pods are given")?,
    }
    if desired > 0 {
        write!(
            f,
            ", while its own status counts {desired} that should run it, and {current} with a pod",
        )?;
    }
    f.write_str("; add the output of: kubectl get ")?;
    match (nodes, pods) {
        (true, true) => f.write_str("nodes,pods -A -o yaml"),
        (true, false) => f.write_str("nodes -o yaml"),
        (false, _) => match namespace {
            "" => f.write_str("pods -A -o yaml"),
            namespace => write!(f, "pods -n {namespace} -o yaml"),
        },
    }
}
