//! A template that goes to and fro, since two write it in turn.

use std::collections::BTreeSet;

use daemonset::api::{Pod, Timestamp};
use daemonset::well_known::{CONTROLLER_REVISION_HASH, POD_TEMPLATE_GENERATION};

use crate::cause::changes::Changes;
use crate::evidence::TemplateWriter;
use crate::finding::{Finding, Flipping};
use crate::round::Round;

/// How many times a template has come back at least, by what its revision's number exceeds the number of revisions.
const MOST_BY_HAND: i64 = 6;

/// Pods that are older than so many seconds tell nothing of what goes on now.
const YOUNG: i64 = 3600;

/// What was written within so many seconds goes on.
const GOES_ON: i64 = 900;

/// That the newest revisions take turns: a template that came back was given up for another, came back again, and its
/// revision has got a new number each time.
pub(crate) fn flipping(round: &Round<'_>) -> Option<Finding> {
    let revisions: Vec<i64> = round.own_revisions().map(|it| it.revision).collect();
    let newest = revisions.iter().copied().max()?;
    let kept = round.planner.history_limit();
    let count = i64::try_from(revisions.len()).ok()?;
    // With fewer than are kept, none was removed: what the number exceeds them by, they came back.
    let returns = newest - count;
    if count < 2 || count > i64::from(kept) || returns < MOST_BY_HAND {
        return None;
    }
    let now = round.view.now;
    let writers = writers(round);
    let goes_on = |at: Option<Timestamp>| at.is_some_and(|at| now.seconds_since(at) <= GOES_ON);
    let turns = turns(round);
    let is_written = goes_on(turns.last) || writers.iter().any(|it| goes_on(it.time));
    if !is_written || !turns.come_back && writers.len() < 2 {
        return None;
    }
    let mut last: Vec<i64> = revisions;
    last.sort_unstable();
    let last = last.split_off(last.len() - 2);
    Some(Finding::Flipping(Flipping {
        revisions: last,
        returns,
        changes: Changes::of(round).map_or_else(Vec::new, |it| it.told(None, "")),
        within: {
            let times = || writers.iter().filter_map(|it| it.time);
            let span = times().max().zip(times().min());
            span.map(|(last, first)| last.seconds_since(first))
                .filter(|_| writers.len() > 1)
        },
        writers: writers.iter().map(|it| it.manager.to_string()).collect(),
        namespace: round.daemon_set().metadata.namespace.clone(),
    }))
}

/// What pods of late tell of the template.
struct Turns {
    /// Whether one of a template is newer than one of another, which is newer than one of the first.
    come_back: bool,
    /// When the newest was made.
    last: Option<Timestamp>,
}

fn turns(round: &Round<'_>) -> Turns {
    let set = &round.daemon_set().metadata;
    let now = round.view.now;
    let own = round
        .cluster
        .pods_controlled_by(&set.namespace, Some(&set.uid));
    let generation = |pod: &Pod| -> Option<(i64, String)> {
        let labels = &pod.metadata.labels;
        let generation = labels.get(POD_TEMPLATE_GENERATION)?.parse().ok()?;
        Some((generation, labels.get(CONTROLLER_REVISION_HASH)?.to_owned()))
    };
    let is_young = |pod: &&Pod| {
        let created = pod.metadata.creation_timestamp;
        created.is_some_and(|created| now.seconds_since(created) <= YOUNG)
    };
    let young: Vec<&Pod> = own.filter(is_young).collect();
    // In the order of the generations.
    let all: BTreeSet<(i64, String)> = young.iter().filter_map(|pod| generation(pod)).collect();
    let mut hashes: Vec<&str> = all.iter().map(|(_, hash)| hash.as_str()).collect();
    hashes.dedup();
    let distinct: BTreeSet<&str> = hashes.iter().copied().collect();
    Turns {
        come_back: hashes.len() > distinct.len(),
        last: young
            .iter()
            .filter_map(|pod| pod.metadata.creation_timestamp)
            .max(),
    }
}

/// Who wrote the template of late, and of those the ones that write the same fields, if two do.
fn writers<'r>(round: &'r Round<'_>) -> Vec<&'r TemplateWriter> {
    let set = &round.daemon_set().metadata;
    let now = round.view.now;
    let said = round
        .evidence
        .and_then(|it| it.daemon_set(&set.namespace, &set.name));
    let all = said
        .map_or(&[][..], |it| it.template_writers.as_slice())
        .iter();
    let of_late = all.filter(|it| it.time.is_some_and(|at| now.seconds_since(at) <= GOES_ON));
    let of_late: Vec<&TemplateWriter> = of_late.collect();
    let shares = |one: &&TemplateWriter| {
        let mut others = of_late.iter().filter(|other| other.manager != one.manager);
        others.any(|other| one.fields.iter().any(|field| other.fields.contains(field)))
    };
    let same: Vec<&TemplateWriter> = of_late.iter().copied().filter(|it| shares(it)).collect();
    if same.is_empty() { of_late } else { same }
}
