//! What pods tell of the newest revision where nodes were not given, so that no round shows it.

use std::collections::BTreeSet;
use std::fmt;

use super::changes::Changes;
use crate::known::Owner;
use crate::round::{PodRevision, Round};
use crate::signs::heard::heard;
use crate::signs::quoted::{is_not_known, words};
use crate::stall::Said;
use crate::words::{agree, all_of, count};

/// How many pods it takes of each revision, where words alone do not show that it is for what was changed.
const FEWEST: usize = 2;

/// How the pods of both revisions are. Prints as a clause.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ByPods {
    /// How many of the newest one were given, all of which fail.
    pub failing: usize,
    /// How many of older ones are available.
    pub available: usize,
}

/// Whether every pod of the newest revision that was given fails for what that changed, as no older one does, and older ones
/// are available.
pub(crate) fn by_pods(round: &Round<'_>, failing: &[Said<'_, '_>]) -> Option<ByPods> {
    let first = failing.iter().find(|said| said.is_new)?;
    let changes = Changes::shown(round)?;
    let is_failing = |name: &str| failing.iter().any(|said| said.pod.metadata.name == name);
    let mut new = round.staying(PodRevision::New);
    let of_new = failing.iter().filter(|said| said.is_new).count();
    let available = round.available_older();
    let likeness: BTreeSet<&str> = failing
        .iter()
        .filter(|said| !said.is_new)
        .map(Said::likeness)
        .collect();
    let is_alike = failing
        .iter()
        .any(|said| said.is_new && likeness.contains(said.likeness()));
    let said = words(round, first);
    let is_elsewhere =
        is_not_known(&said) || heard(round, first).is_some_and(|it| it.owner() == Owner::Node);
    let is_shown = of_new >= FEWEST || changes.quoted(&said).next().is_some();
    let is_so = is_shown
        && available >= FEWEST
        && !is_alike
        && !is_elsewhere
        && new.all(|pod| is_failing(&pod.pod.metadata.name))
        && changes.explain(round, first);
    is_so.then_some(ByPods {
        failing: of_new,
        available,
    })
}

impl fmt::Display for ByPods {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} of the newest revision that {} given {}, and {} of older ones {} available",
            all_of(self.failing, "pod"),
            agree(self.failing, "was", "were"),
            agree(self.failing, "fails", "fail"),
            count(self.available, "pod"),
            agree(self.available, "is", "are"),
        )
    }
}
