//! Everything that a page shows, as data.

use std::collections::{BTreeMap, BTreeSet};

use daemonset::Options;
use daemonset::api::{DaemonSet, Timestamp};
use daemonset::fit::ClusterRoom;
use daemonset_explain::evidence::Moment;
use daemonset_explain::room::{Wait, told, waits};
use daemonset_explain::{Applicability, Explainer, Fix, Standing};
use daemonset_manifest::lint::pod_refusals;
use daemonset_manifest::{Diagnostic, FitObjects, Inventory};
use serde::{Deserialize, Serialize};

use crate::cell::{NodeKind, sentence};

/// How the DaemonSets of a cluster stand.
///
/// Serialized, it is what a page shows: names and sentences are listed once, and cells refer to
/// them by number.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Report {
    /// The moment that everything is said of.
    pub now: Timestamp,
    /// Where that comes from, and which clocks were passed over, in sentences.
    pub moment: Vec<String>,
    /// What was found while reading, and DaemonSets that nothing can be said of.
    pub notes: Vec<String>,
    /// Every node of the cluster, and every missing one that a pod names, by name.
    pub nodes: Vec<String>,
    /// The DaemonSets, the most urgent first.
    pub daemon_sets: Vec<SetReport>,
}

/// How one DaemonSet stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct SetReport {
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// Whether its rollout is done, continues or is blocked.
    pub standing: Standing,
    /// How it stands and why, line by line.
    pub verdict: Vec<String>,
    /// How many nodes should run it.
    pub desired: i32,
    /// How many of those have an updated pod.
    pub updated: i32,
    /// How many of those have an available pod.
    pub available: i32,
    /// What would help, the best first.
    pub fixes: Vec<Advice>,
    /// The rolling update's budget as an account, line by line.
    pub budget: Vec<String>,
    /// The sentences that cells refer to.
    pub reasons: Vec<String>,
    /// One cell for each of [`Report::nodes`], in that order.
    pub cells: Vec<Cell>,
}

/// A fix as text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Advice {
    /// What to do and what comes of it.
    pub text: String,
    /// Whether it was tried on a copy of what was given; else it assumes that something outside is
    /// repaired.
    pub proven: bool,
    /// The commands that do it, or show what has to be repaired.
    pub commands: Vec<String>,
}

/// A node of one DaemonSet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cell(
    /// How it stands.
    pub NodeKind,
    /// Why: a place in [`SetReport::reasons`].
    pub u32,
);

impl Report {
    /// Looks at every DaemonSet that was read, at this moment or else at the newest time in what was
    /// read.
    #[must_use]
    pub fn new(inventory: &Inventory, moment: Option<Moment>) -> Self {
        Self::of(inventory, moment, |_| true)
    }

    /// The same of the DaemonSets that are wanted alone.
    #[must_use]
    pub fn of(
        inventory: &Inventory,
        moment: Option<Moment>,
        wanted: impl Fn(&DaemonSet) -> bool,
    ) -> Self {
        let mut notes: Vec<String> = inventory
            .diagnostics()
            .iter()
            .map(Diagnostic::in_full)
            .collect();
        let undecodable = inventory.undecodable.iter();
        notes.extend(
            undecodable
                .flat_map(|set| &set.faults)
                .map(Diagnostic::in_full),
        );
        let cluster = inventory.cluster();
        let newest = || Moment::of(&cluster, inventory.evidence());
        let moment = moment.unwrap_or_else(newest);
        let now = moment.at;
        let cluster = cluster.with_now(now);
        let room = inventory.fit_objects();
        let room = room.map_or_else(ClusterRoom::default, FitObjects::cluster_room);
        let mut explainers = Vec::new();
        let sets = inventory
            .daemon_sets
            .iter()
            .map(|manifest| &manifest.daemon_set);
        let sets: Vec<_> = sets.collect();
        for &set in sets.iter().filter(|set| wanted(set)) {
            match Explainer::new(set, &cluster, &Options::default()) {
                Ok(explainer) => {
                    let waits = waits(explainer.planner(), &cluster, &room, now);
                    let explainer = explainer
                        .with_evidence(inventory.evidence())
                        .with_sets(&sets);
                    explainers.push((set, explainer, waits));
                }
                Err(error) => notes.push(format!("{}: {error}", name_of(set))),
            }
        }
        let mut names: BTreeSet<&str> = BTreeSet::new();
        names.extend(
            cluster
                .nodes()
                .iter()
                .map(|node| node.metadata.name.as_str()),
        );
        let rounds = explainers.iter().map(|(_, explainer, _)| explainer.round());
        names.extend(rounds.flat_map(|round| round.nodes.iter().map(|node| node.name)));
        let names: Vec<&str> = names.into_iter().collect();
        let mut daemon_sets: Vec<SetReport> = explainers
            .iter()
            .map(|(set, explainer, waits)| SetReport::new(set, explainer, waits, &names))
            .collect();
        daemon_sets.sort_by(|a, b| a.urgency().cmp(&b.urgency()));
        Self {
            now,
            moment: moment.sentences(),
            notes,
            nodes: names.into_iter().map(str::to_owned).collect(),
            daemon_sets,
        }
    }
}

impl SetReport {
    fn new(set: &DaemonSet, explainer: &Explainer<'_>, waits: &[Wait], names: &[&str]) -> Self {
        let diagnosis = explainer.diagnosis();
        let mut verdict = lines(&diagnosis.to_string());
        let refusals = pod_refusals(set).into_iter().map(|it| it.to_string());
        let waits = told(waits).map(ToString::to_string);
        verdict.extend(refusals.chain(waits).map(|line| format!("- {line}")));
        let mut reasons = Reasons::default();
        let cells = names.iter().map(|name| match explainer.round().node(name) {
            Some(node) => Cell(
                NodeKind::of(node),
                reasons.number(sentence(node, explainer)),
            ),
            None => Cell(
                NodeKind::Excluded,
                reasons.number("the controller does nothing for this DaemonSet".to_owned()),
            ),
        });
        Self {
            namespace: set.metadata.namespace.clone(),
            name: set.metadata.name.clone(),
            standing: diagnosis.standing,
            verdict,
            desired: diagnosis.status.desired_number_scheduled,
            updated: diagnosis.status.updated_number_scheduled,
            available: diagnosis.status.number_available,
            fixes: explainer.fixes().iter().map(Advice::of).collect(),
            budget: if diagnosis.standing == Standing::Complete {
                Vec::new()
            } else {
                lines(&explainer.ledger().to_string())
            },
            cells: cells.collect(),
            reasons: reasons.all,
        }
    }

    /// The lower, the sooner it should be read.
    fn urgency(&self) -> (Standing, i32, &str, &str) {
        // The more nodes are without the daemon, the smaller.
        let out = self.available.saturating_sub(self.desired);
        (self.standing, out, &self.namespace, &self.name)
    }
}

impl Advice {
    fn of(fix: &Fix) -> Self {
        Self {
            text: fix.to_string(),
            proven: fix.applicability == Applicability::Proven,
            commands: fix.commands.clone(),
        }
    }
}

/// Sentences, each once.
#[derive(Default)]
struct Reasons {
    all: Vec<String>,
    at: BTreeMap<String, u32>,
}

impl Reasons {
    fn number(&mut self, sentence: String) -> u32 {
        let next = u32::try_from(self.all.len()).unwrap_or(u32::MAX);
        *self.at.entry(sentence).or_insert_with_key(|sentence| {
            self.all.push(sentence.clone());
            next
        })
    }
}

fn lines(text: &str) -> Vec<String> {
    text.lines().map(str::to_owned).collect()
}

fn name_of(set: &DaemonSet) -> String {
    format!("{}/{}", set.metadata.namespace, set.metadata.name)
}
