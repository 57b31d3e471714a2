//! What would help by what pods say, whoever is to blame.

use super::asked::{of_asked_pods, of_outside};
use super::pointed_at::pointed_at;
use super::{Caution, Fix, advice, known, of_template, untried};
use crate::known::is_of_probe;
use crate::round::Round;
use crate::signs::quoted::words;
use crate::stall::{Said, Stalls};

/// To go back, with a word about the pods of that revision, which fail too.
pub(super) fn is_no_cure(mut back: Fix, old: &[Said<'_, '_>]) -> Fix {
    let nodes = old.iter().map(|said| said.node.name.to_owned()).collect();
    (back.cautions).retain(|it| *it != Caution::OldRevisionUnproven);
    back.cautions.push(Caution::OldRevisionFails { nodes });
    back
}

/// What would help the pods of the revision before, by what they say.
pub(super) fn of_failing_old<'r, 'a>(old: Vec<Said<'r, 'a>>, round: &'r Round<'a>) -> Vec<Fix> {
    if old.is_empty() {
        return Vec::new();
    }
    let stalls = Stalls {
        failing: old,
        ..Stalls::default()
    };
    let set = round.daemon_set();
    let fixes = by_their_words(&stalls, round);
    if fixes.is_empty() && say_something(&stalls, round) {
        return vec![of_outside(&stalls, round, advice::logs(&stalls, set))];
    }
    fixes
}

/// What would help by what pods say, whoever is to blame.
pub(super) fn by_their_words(stalls: &Stalls<'_, '_>, round: &Round<'_>) -> Vec<Fix> {
    let mut fixes: Vec<Fix> = of_asked_pods(stalls, round).into_iter().collect();
    fixes.extend(pointed_at(stalls, round));
    fixes.extend(known::of_probe(stalls, round));
    fixes.extend(advice::of_pods(stalls, round, false));
    fixes.extend(advice::logs_if_silent(stalls, round.daemon_set()));
    fixes
}

/// Whether failing pods say something themselves, beside what a probe says of them.
pub(super) fn say_something(stalls: &Stalls<'_, '_>, round: &Round<'_>) -> bool {
    let mut failing = stalls.all_failing();
    failing.any(|said| {
        let words = words(round, said);
        let mut lines = words.lines().filter(|line| !line.trim().is_empty());
        lines.any(|line| !is_of_probe(line))
    })
}

/// What the words of failing pods, and then their templates, point at.
pub(super) fn first_pointed_at(stalls: &Stalls<'_, '_>, round: &Round<'_>) -> Vec<Fix> {
    let asked: Vec<Fix> = of_asked_pods(stalls, round).into_iter().collect();
    if !asked.is_empty() {
        return asked;
    }
    let variables: Vec<Fix> = (of_template::variables(stalls, round).into_iter()).collect();
    if !variables.is_empty() {
        return variables;
    }
    let pointed_at = pointed_at(stalls, round);
    if pointed_at.is_empty() {
        untried::longer_to_start(stalls, round)
    } else {
        pointed_at
    }
}
