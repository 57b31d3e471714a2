//! Whether failing pods speak against their revision, or against something else.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use daemonset::api::Timestamp;
use daemonset::placement::Rules;
use daemonset::rollout::Limits;
use daemonset::well_known::TEMPLATE_GENERATION;

use super::changes::{Changes, best_old, old_template};
use super::gates::gate_in_both;
use super::ran_before::ran_before;
use super::told_apart::{PLATFORM, what_runs};
use crate::finding::Blame;
use crate::known::{self, Owner};
use crate::round::{NodeSeen, PodRevision, Round, labels, staying_of};
use crate::signs::asked_pods::AskedPods;
use crate::signs::heard::{heard, lack_of_node};
use crate::signs::image::other_image;
use crate::signs::injected::injected;
use crate::signs::missing::{Kind as Lost, missing};
use crate::signs::outside::{asked_in_vain, is_from_outside, is_not_of_one_node, old_ones_find_it};
use crate::signs::quoted::{
    is_of_one_node, is_of_platform, is_rate_limit, platform, platforms_of_updated, taken_port,
    words,
};
use crate::stall::{STARTING_SECONDS, Said};
use crate::words::list;

/// How many kinds of failures are looked at.
const MOST_KINDS: usize = 16;

/// Pods that were created within so many seconds of each other were created at once: none of them
/// had the time to become available before the next.
const AT_ONCE: i64 = 2;

/// Who is to blame for these failing pods of the current revision; `None` where there is no older
/// one, and they had not run well before. All of them are said to fail for what most of them say.
pub(crate) fn blame(
    round: &Round<'_>,
    failing: &[Said<'_, '_>],
    others: &[&Said<'_, '_>],
    changes: Option<&Changes>,
) -> Option<Blame> {
    let first = failing.first()?;
    let has_older = !round.planner.old_revisions().is_empty()
        || (round.view.nodes.iter())
            .any(|node| staying_of(node, PodRevision::Old).next().is_some());
    if !has_older {
        return ran_before(round, failing);
    }
    if let Some(revisions) = of_other_template(round, failing) {
        return Some(Blame::OtherTemplate { revisions });
    }
    let likeness: BTreeSet<&str> = failing.iter().map(Said::likeness).collect();
    let mut alike: Vec<String> = (others.iter())
        .filter(|old| likeness.contains(old.likeness()))
        .map(|old| old.node.name.to_owned())
        .collect();
    if !alike.is_empty() {
        alike.sort();
        return Some(Blame::OldFailAlike { nodes: alike });
    }
    if let Some(ran) = ran_before(round, failing) {
        return Some(ran);
    }
    if let Some(put_in) = put_in(round, first, changes) {
        return Some(put_in);
    }
    if let Some(gate) = gate_in_both(round, first, changes) {
        return Some(gate);
    }
    if let Some(before) = came_to_nodes(round, failing, changes) {
        return Some(Blame::CameToNodes { before });
    }
    if let Some(at_once) = updated_at_once(round, failing) {
        return Some(at_once);
    }
    let words = words(round, first);
    if let Some(object) = changes.and_then(|changes| changes.missed_before_too(&words)) {
        return Some(Blame::NamedBefore { object });
    }
    let is_quoted = || changes.is_some_and(|it| !it.told_if_quoted(&words).is_empty());
    if let Some(asked) = AskedPods::of_words(round, &words).filter(|_| !is_quoted()) {
        return Some(Blame::AskedPods { who: asked.who });
    }
    // Pods that are only started anew fail for what they read, on whatever kind of node.
    let starts_anew = changes.and_then(Changes::only_starts_anew);
    if other_image(round, failing).is_none()
        && starts_anew.is_none()
        && let Some(on_kind) = only_kind(round, failing, changes, &words)
    {
        return Some(on_kind);
    }
    let limited = |said: &&Said<'_, '_>| is_rate_limit(&self::words(round, said));
    let is_moved = changes.is_some_and(|it| it.moves_registry(first));
    if !is_moved
        && is_rate_limit(&words)
        && failing.iter().filter(limited).count() * 2 >= failing.len()
    {
        return Some(Blame::RateLimited);
    }
    if let Some(port) = own_port(round, first) {
        return Some(Blame::OwnPort { port });
    }
    if holds_own_lock(round, first) {
        return Some(Blame::OwnLock);
    }
    let available = round.available_updated();
    if let Some(lacking) = nodes_lack(round, first, failing, available) {
        return Some(lacking);
    }
    let is_by_kind = || starts_anew.is_none() && fails_by_kind(round, failing, &words);
    if available > 0 && available >= failing.len() && !is_by_kind() {
        return Some(Blame::RunsElsewhere);
    }
    let is_changed = changes.is_some_and(|changes| {
        let explained = alike_together(failing)
            .into_iter()
            .filter(|(said, _)| changes.explain(round, said))
            .map(|(_, pods)| pods);
        explained.sum::<usize>() * 2 >= failing.len()
    });
    let has_old_available = round.nodes_with_available_old() > 0;
    Some(if is_changed && starts_anew.is_none() {
        Blame::Changed
    } else if first.problem.is_of_a_pull()
        && is_from_outside(round, &words)
        && (failing.len() > 1 || is_not_of_one_node(round, first, &words))
    {
        Blame::RegistryFails
    } else if let Some(address) = all_ask_in_vain(round, failing) {
        Blame::NoAnswer { address }
    } else if let Some(field) = starts_anew {
        Blame::StartedAnew { field }
    } else if failing.len() > 1 && has_old_available {
        Blame::EveryNode
    } else if failing.len() == 1 && is_never_of_node(round, first, &words) {
        Blame::ByItsWords
    } else if failing.len() == 1 {
        Blame::OneNode
    } else {
        Blame::Nowhere
    })
}

/// That nodes lack what the pod needs, where most of the failing pods say so.
fn nodes_lack(
    round: &Round<'_>,
    first: &Said<'_, '_>,
    failing: &[Said<'_, '_>],
    available: usize,
) -> Option<Blame> {
    let lack = lack_of_node(round, first, failing.len(), available)?;
    let lacks = |said: &&Said<'_, '_>| heard(round, said).is_some_and(|it| it.id() == lack.id());
    let lacking = failing.iter().filter(lacks);
    let nodes: Vec<String> = lacking.map(|said| said.node.name.to_owned()).collect();
    let all = nodes.len() == failing.len();
    (nodes.len() * 2 >= failing.len()).then(|| Blame::NodeLacks {
        lack: lack.known(),
        nodes: if all { Vec::new() } else { nodes },
    })
}

/// What the failing pods are of, where all of them count as updated by their generation label alone.
fn of_other_template(round: &Round<'_>, failing: &[Said<'_, '_>]) -> Option<Vec<String>> {
    let revisions: Option<BTreeSet<String>> = failing
        .iter()
        .map(|said| {
            let mut own = said.node.pods.iter();
            let own = own.find(|own| own.fact.name == said.pod.metadata.name)?;
            round.other_template(own)
        })
        .collect();
    Some(revisions?.into_iter().collect())
}

/// Whether what a pod says is known to be about something that no node brings about: what it says itself, or an object
/// of the namespace that is missing.
fn is_never_of_node(round: &Round<'_>, said: &Said<'_, '_>, words: &str) -> bool {
    let spec = round.daemon_set().spec.template.spec_as_json();
    let names_object =
        || missing(words, spec).is_some_and(|it| !matches!(it.kind, Lost::Driver | Lost::Claim));
    heard(round, said).is_some_and(|it| it.is_never_of_node()) || names_object()
}

/// That what fails was put into the pod as it was made, unless the revision changed what asks for that.
fn put_in(round: &Round<'_>, said: &Said<'_, '_>, changes: Option<&Changes>) -> Option<Blame> {
    let injected = injected(round, said)?;
    let asks = |path: &str| {
        let is_meant =
            path.starts_with("metadata.labels") || path.starts_with("metadata.annotations");
        is_meant && injected.domain().is_none_or(|domain| path.contains(domain))
    };
    let is_asked = changes.is_none_or(|it| it.is_partial || !it.told_where(asks).is_empty());
    (!is_asked || injected.domain().is_none()).then(|| Blame::Injected {
        container: injected.container,
        by: injected.by.map(str::to_owned),
    })
}

/// The port of the node that a new pod does not get, and that the old pod beside it, which surge keeps,
/// listens on too.
pub(crate) fn own_port(round: &Round<'_>, said: &Said<'_, '_>) -> Option<u16> {
    let on_node = round.daemon_set().spec.template.spec().host_network;
    let is_beside = on_node && has_old_beside(round, said);
    taken_port(&words(round, said)).filter(|_| is_beside)
}

/// Whether surge keeps an available old pod beside this one.
fn has_old_beside(round: &Round<'_>, said: &Said<'_, '_>) -> bool {
    let surges = round.limits().is_some_and(|limits| limits.max_surge > 0);
    let mut old = staying_of(said.node, PodRevision::Old);
    surges && old.any(|pod| pod.fact.readiness.is_available())
}

/// Whether a new pod does not get a lock on a path of the node that the old pod beside it, which surge keeps,
/// has too.
pub(crate) fn holds_own_lock(round: &Round<'_>, said: &Said<'_, '_>) -> bool {
    let spec = round.daemon_set().spec.template.spec_as_json();
    let mut volumes = spec["volumes"].as_array().into_iter().flatten();
    let shares = volumes.any(|volume| volume.get("hostPath").is_some());
    let is_beside = shares && has_old_beside(round, said);
    is_beside && known::is(&words(round, said), "lockHeld")
}

/// What all of several failing pods ask in vain, unless old pods have found it since.
fn all_ask_in_vain(round: &Round<'_>, failing: &[Said<'_, '_>]) -> Option<String> {
    let (first, others) = failing.split_first()?;
    let asked = |said: &Said<'_, '_>| asked_in_vain(round, &words(round, said));
    let address = asked(first)?;
    let is_same = |said: &Said<'_, '_>| asked(said).as_ref() == Some(&address);
    let all = !others.is_empty() && others.iter().all(is_same);
    (all && !old_ones_find_it(round, failing)).then_some(address)
}

/// One of each kind of failure, and how many there are of it; the most frequent few.
fn alike_together<'s, 'r, 'a>(failing: &'s [Said<'r, 'a>]) -> Vec<(&'s Said<'r, 'a>, usize)> {
    let mut kinds: BTreeMap<&str, (&Said<'r, 'a>, usize)> = BTreeMap::new();
    for said in failing {
        kinds.entry(said.likeness()).or_insert((said, 0)).1 += 1;
    }
    let mut kinds: Vec<_> = kinds.into_values().collect();
    kinds.sort_by_key(|(_, pods)| std::cmp::Reverse(*pods));
    kinds.truncate(MOST_KINDS);
    kinds
}

/// Whether that updated pods run elsewhere says nothing of these: no machine of their kind has an available one, and
/// they fail for that kind, or it is one that fails where an older one ran on the like; or a volume is for one node at a
/// time.
fn fails_by_kind(round: &Round<'_>, failing: &[Said<'_, '_>], words: &str) -> bool {
    if is_of_one_node(words) {
        return true;
    }
    let of_updated = platforms_of_updated(round);
    let mut own = failing.iter().map(|said| platform(said.node));
    let is_of_none = own.all(|it| it.is_some_and(|it| !of_updated.contains(&it)));
    let ran_on_the_like = |said: &Said<'_, '_>| {
        let mut old = round.view.nodes.iter().filter(|node| node.runs_old());
        old.any(|node| platform(node) == platform(said.node))
    };
    let may_be_for_it = || match failing {
        [one] => !is_from_outside(round, words) && ran_on_the_like(one),
        _ => false,
    };
    is_of_none && (is_of_platform(words) || may_be_for_it())
}

/// For so many seconds an image runs at most that has no program for the machine.
const ENDS_AT_ONCE: i64 = 1;

/// Whether a container ended as soon as it was started, of an image that the revision changed, and says nothing but that
/// the program may be for other machines.
fn ends_at_once(
    round: &Round<'_>,
    said: &Said<'_, '_>,
    changes: Option<&Changes>,
    words: &str,
) -> bool {
    let image = said
        .problem
        .container()
        .map(|it| format!("ontainers[{it}].image"));
    let is_changed = changes.zip(image).is_some_and(|(changes, image)| {
        !changes.told_where(|path| path.ends_with(&image)).is_empty()
    });
    let ends = said.problem.last_end().is_some_and(|end| {
        let is_at_once = end.ran.is_some_and(|ran| ran <= ENDS_AT_ONCE);
        is_at_once && end.exit_code != 0 && end.reason != "OOMKilled"
    });
    let is_silent = words.trim().is_empty() && heard(round, said).is_none();
    is_changed && ends && (is_silent || is_of_platform(words))
}

/// The revision, where all of these nodes are what none is on which an updated pod is available, and an old one is available
/// on such a node: by a label of a kind of machine, or by what they run, where the words are not about something outside. With
/// fewer than two updated pods nothing can be told. One that fails is enough where its words are about what its node has
/// not, or, for the kind of machine that a program is built for, where a new image ends at once.
fn only_kind(
    round: &Round<'_>,
    failing: &[Said<'_, '_>],
    changes: Option<&Changes>,
    words: &str,
) -> Option<Blame> {
    let first = failing.first()?;
    let of_node = heard(round, first).is_some_and(|it| it.owner() == Owner::NodeAsAsked);
    let is_one = failing.len() == 1 && !of_node;
    if round.available_updated() < 2 || is_one && !ends_at_once(round, first, changes, words) {
        return None;
    }
    let is_outside = is_from_outside(round, words);
    let is_asked = |kind: &Kind<'_>| match kind {
        Kind::Label(key, _) if is_one => PLATFORM.contains(key),
        Kind::Runs(..) if is_one => false,
        Kind::Label(key, _) => {
            PLATFORM.contains(key)
                || *key == MACHINE
                || of_node && !OF_PLACES.iter().any(|it| key.contains(it))
        }
        Kind::Runs(..) => !is_outside,
    };
    let kinds_of = |node| -> Vec<Kind<'_>> { kinds_of(round, node).filter(is_asked).collect() };
    let mut kinds = kinds_of(first.node);
    for said in failing {
        let own = kinds_of(said.node);
        kinds.retain(|kind| own.contains(kind));
    }
    for node in round.running_current() {
        if kinds.is_empty() {
            return None;
        }
        let own = kinds_of(node);
        kinds.retain(|kind| !own.contains(kind));
    }
    let old = round.view.nodes.iter().filter(|node| node.runs_old());
    let old: Vec<Vec<Kind<'_>>> = old.map(kinds_of).collect();
    kinds.retain(|kind| old.iter().any(|own| own.contains(kind)));
    let like = |kinds: &[Kind<'_>]| {
        let is_like = |own: &&Vec<Kind<'_>>| kinds.iter().all(|kind| own.contains(kind));
        old.iter().filter(is_like).count()
    };
    // Where no node has all of it, those are counted that have what is told first.
    if like(&kinds) == 0 {
        kinds.truncate(1);
    }
    let older = like(&kinds);
    let kinds: Vec<String> = kinds.iter().map(ToString::to_string).collect();
    (!kinds.is_empty()).then(|| Blame::OnKind {
        label: list(&kinds, MOST_TOLD),
        older,
    })
}

/// What a node is: its labels, and what it runs.
fn kinds_of<'n>(round: &'n Round<'_>, node: &NodeSeen<'n>) -> impl Iterator<Item = Kind<'n>> {
    let labels = labels(node).map(|(key, value)| Kind::Label(key, value));
    let runs = what_runs(round, node).map(|(before, value)| Kind::Runs(before, value));
    labels.chain(runs)
}

/// What a node is, of what others are too.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind<'n> {
    /// It has a label: key and value.
    Label(&'n str, &'n str),
    /// It runs something: what stands before it in a text, and what it is.
    Runs(&'n str, &'n str),
}

impl fmt::Display for Kind<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Label(key, value) => write!(f, "{key}={value}"),
            Self::Runs(before, value) => write!(f, "{before}{value}"),
        }
    }
}

/// How much of what a kind of node is is told.
const MOST_TOLD: usize = 3;

/// The label of what a machine is.
const MACHINE: &str = "node.kubernetes.io/instance-type";

/// What is in the labels of where a machine is, and not what.
const OF_PLACES: [&str; 4] = ["zone", "region", "hostname", "rack"];

/// The revision before, by which none of these nodes should run the daemon, where the newest one changed that.
fn came_to_nodes(
    round: &Round<'_>,
    failing: &[Said<'_, '_>],
    changes: Option<&Changes>,
) -> Option<i64> {
    changes.filter(|it| it.changes_placement())?;
    let before = rules_before(round)?;
    let is_new_there = |said: &Said<'_, '_>| {
        let node = said.node.node;
        node.is_some_and(|node| !before.verdict(node).should_run())
    };
    failing
        .iter()
        .all(is_new_there)
        .then_some(best_old(round)?.revision)
}

/// Where the daemon should run by the revision before.
fn rules_before(round: &Round<'_>) -> Option<Rules> {
    let comparison = round.planner.rules().comparison_operators();
    Some(Rules::new(&old_template(round)?).with_comparison_operators(comparison))
}

/// How old pods of the revision before were at most when the newest began, in seconds, as it and the set tell.
fn age_of_old(round: &Round<'_>, begun: Timestamp) -> Option<i64> {
    let before = round
        .own_revisions()
        .filter_map(|it| it.metadata.creation_timestamp);
    let before = before.filter(|made| *made < begun).max();
    let set = round.daemon_set().metadata.creation_timestamp;
    Some(begun.seconds_since(before.max(set)?))
}

/// The controller makes a revision of a new template within so many seconds.
const REVISED: i64 = 5;

/// Whether nodes may have been updated under another budget: the spec was written since the revision was made, or, where it
/// is not given when, more often than the template.
fn may_be_another_budget(round: &Round<'_>, begun: Timestamp) -> bool {
    let set = &round.daemon_set().metadata;
    let said = round
        .evidence
        .and_then(|it| it.daemon_set(&set.namespace, &set.name));
    if let Some(written) = said.and_then(|it| it.spec_written) {
        return written.seconds_since(begun) > REVISED;
    }
    let of_template = set.annotations.get(TEMPLATE_GENERATION);
    let of_template = of_template.and_then(|it| it.parse::<i64>().ok());
    of_template.is_some_and(|template| set.generation > template)
}

/// Whether more nodes were updated at once than the budget allows. An old pod that is not available
/// is replaced whatever the budget says, and one that is only as far as it goes.
fn updated_at_once(round: &Round<'_>, failing: &[Said<'_, '_>]) -> Option<Blame> {
    let Limits {
        max_unavailable,
        max_surge,
        ..
    } = round.limits()?;
    let limit = max_unavailable.max(max_surge);
    let allowed = usize::try_from(limit).ok()?;
    let begun = round.current_revision_created()?;
    if may_be_another_budget(round, begun) {
        return None;
    }
    let before = rules_before(round);
    // Nodes that came later had no old pod, nor had those on which only the newest revision should run.
    let is_replaced = |said: &&Said<'_, '_>| {
        let Some(node) = said.node.node else {
            return true;
        };
        let joined = node.metadata.creation_timestamp;
        joined.is_none_or(|joined| joined < begun)
            && before
                .as_ref()
                .is_none_or(|it| it.verdict(node).should_run())
    };
    let mut never = 0_usize;
    let mut created: Vec<Timestamp> = Vec::new();
    for said in failing.iter().filter(is_replaced) {
        if said.problem.was_never_available() {
            never += 1;
        }
        created.extend(said.pod.metadata.creation_timestamp);
    }
    created.sort_unstable();
    let together = |from: usize| {
        let first = created[from];
        created[from..]
            .iter()
            .take_while(|at| at.seconds_since(first) <= AT_ONCE)
            .count()
    };
    let at_once = (0..created.len()).map(together).max().unwrap_or(0);
    let nodes = never.max(at_once);
    // The set itself came with this revision: nothing was replaced.
    let is_first = round
        .daemon_set()
        .metadata
        .creation_timestamp
        .is_some_and(|set| begun.seconds_since(set) <= 1);
    (nodes > allowed && allowed > 0 && !is_first).then(|| Blame::OldFailedThere {
        nodes,
        limit,
        starting: age_of_old(round, begun).filter(|age| *age <= STARTING_SECONDS),
    })
}
