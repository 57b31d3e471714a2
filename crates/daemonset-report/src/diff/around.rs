//! The cluster that serves for both sides, and what becomes of each set in it.

use std::collections::{BTreeSet, HashSet};

use daemonset::api::{DaemonSet, Node, Pod};
use daemonset::fit::ClusterRoom;
use daemonset::placement::Rules;
use daemonset::well_known::{CONTROLLER_REVISION_HASH, LAST_APPLIED_CONFIGURATION};
use daemonset::{Action, Cluster, Options, Planner};
use daemonset_explain::evidence::{Evidence, Moment};
use daemonset_explain::room::{Contender, Contention, Room, SetRoom, contentions};
use daemonset_explain::what_if::{
    Beside, Comparison, Settled, compare_beside, forecast_beside, update,
};
use daemonset_explain::{Explainer, Finding, image_repository, undecided};
use daemonset_manifest::apply::{Applied, apply, stored};
use daemonset_manifest::check::Check;
use daemonset_manifest::lint::{Linter, Lints, Rule};
use daemonset_manifest::{Diagnostic, FitObjects, Inventory, Manifest, Severity};
use serde_json::{Map, Value, json};

use super::{Change, Outcome, SetDiff, Twin, does_the_same};

/// One set on both sides.
#[derive(Default)]
pub(super) struct Sides<'a> {
    pub(super) old: Option<&'a Manifest>,
    /// Whether OLD has one that does not decode.
    pub(super) is_old_undecodable: bool,
    pub(super) new: Option<New<'a>>,
}

/// What NEW has of a set.
pub(super) enum New<'a> {
    Read(&'a Manifest),
    Undecodable(&'a [Diagnostic]),
}

/// The cluster that serves for both sides.
pub(super) struct Around<'a> {
    /// The nodes of before.
    nodes: &'a [Node],
    pub(super) moment: Moment,
    before: Cluster<'a>,
    after: Cluster<'a>,
    options: Options,
    /// Looks for host ports that several DaemonSets ask for.
    linter: Linter<'a>,
    room: ClusterRoom,
    evidence: &'a Evidence,
    old: &'a Inventory,
    new: &'a Inventory,
}

pub(super) fn key(set: &DaemonSet) -> (&str, &str) {
    (&set.metadata.namespace, &set.metadata.name)
}

/// What the API server has given a UID was read from a cluster.
fn is_live(set: &DaemonSet) -> bool {
    !set.metadata.uid.is_empty()
}

/// The repositories of a set's images, whatever their tags.
fn repositories(set: &DaemonSet) -> BTreeSet<String> {
    let spec = set.spec.template.spec_as_json();
    let containers = spec["containers"].as_array().into_iter().flatten();
    let images = containers.filter_map(|it| it["image"].as_str());
    images.map(image_repository).collect()
}

/// How many of the pods are the set's.
fn own_pods<'p>(set: &DaemonSet, pods: impl IntoIterator<Item = &'p Pod>) -> usize {
    let is_own = |pod: &&Pod| {
        let owner = pod.metadata.controller();
        owner.is_some_and(|owner| owner.uid == set.metadata.uid)
    };
    pods.into_iter().filter(is_own).count()
}

/// What the API server refuses, and nothing else.
fn refusals(findings: Vec<Diagnostic>) -> Vec<Diagnostic> {
    let errors = findings.into_iter();
    errors
        .filter(|finding| finding.severity == Severity::Error)
        .collect()
}

/// The old set as it is in the cluster: as it was dumped, or as the API server stores a manifest
/// that was applied.
fn live(old: &Manifest) -> Map<String, Value> {
    let written = old.written.to_json();
    if is_live(&old.daemon_set) {
        return written;
    }
    let last = Value::Object(written.clone()).to_string();
    let mut live = written;
    daemonset::template::apply_defaults(&mut live);
    let metadata = live.entry("metadata").or_insert_with(|| json!({}));
    match metadata
        .get_mut("annotations")
        .and_then(Value::as_object_mut)
    {
        Some(annotations) => _ = annotations.insert(LAST_APPLIED_CONFIGURATION.into(), last.into()),
        None => metadata["annotations"] = json!({LAST_APPLIED_CONFIGURATION: last}),
    }
    live
}

/// The set as it would be stored.
fn next(sides: &Sides<'_>) -> Option<DaemonSet> {
    let Some(New::Read(new)) = sides.new else {
        return None;
    };
    let Some(old) = sides.old else {
        return Some(new.daemon_set.clone());
    };
    if is_live(&new.daemon_set) {
        return Some(update(&old.daemon_set, &new.daemon_set));
    }
    let live = live(old);
    let applied = apply(&live, &new.written.to_json());
    let next = stored(applied.set, Some(&live)).ok()?;
    Some(update(&old.daemon_set, &next))
}

impl<'a> Around<'a> {
    pub(super) fn new(old: &'a Inventory, new: &'a Inventory, moment: Option<Moment>) -> Self {
        fn either<'a, T>(first: &'a [T], second: &'a [T]) -> &'a [T] {
            if first.is_empty() { second } else { first }
        }
        let pods = either(&old.pods, &new.pods);
        let revisions = either(&old.revisions, &new.revisions);
        let given = old.gave_revisions() || new.gave_revisions();
        let cluster = |nodes: &'a [Node]| {
            let cluster = Cluster::new(nodes, pods);
            if given {
                cluster.with_partial_revisions(revisions)
            } else {
                cluster
            }
        };
        let nodes = either(&old.nodes, &new.nodes);
        let before = cluster(nodes);
        // Of two that give no pods the one with nodes is the cluster.
        let is_new_the_cluster = match (old.pods.is_empty(), new.pods.is_empty()) {
            (true, true) => old.nodes.is_empty(),
            (is_old_without, _) => is_old_without,
        };
        let evidence = if is_new_the_cluster {
            new.evidence()
        } else {
            old.evidence()
        };
        let newest = || Moment::of(&before, evidence);
        let moment = moment.unwrap_or_else(newest);
        let now = moment.at;
        let after = cluster(either(&new.nodes, &old.nodes)).with_now(now);
        let options = Options::default();
        let replaced: HashSet<_> = new
            .daemon_sets
            .iter()
            .map(|it| key(&it.daemon_set))
            .collect();
        let stays = |manifest: &&Manifest| !replaced.contains(&key(&manifest.daemon_set));
        let sets = new
            .daemon_sets
            .iter()
            .chain(old.daemon_sets.iter().filter(stays));
        let sets = sets.map(|manifest| &manifest.daemon_set);
        let lints = Lints::only([
            Rule::HostPortTaken,
            Rule::HostPortWithSurge,
            Rule::SelectorOverlap,
        ]);
        Self {
            nodes,
            moment,
            before: before.with_now(now),
            linter: Linter::new(&after, sets, &options, lints),
            after,
            options,
            room: match (old.fit_objects(), new.fit_objects()) {
                (Some(old), Some(new)) => FitObjects::cluster_room_of(old, new),
                _ => ClusterRoom::default(),
            },
            evidence,
            old,
            new,
        }
    }

    /// All that was given beside the cluster.
    fn beside(&self) -> Beside<'_> {
        Beside::new().room(&self.room).evidence(self.evidence)
    }

    /// What was not given, and what is taken in its place.
    pub(super) fn notes(&self) -> Vec<String> {
        let note = if self.nodes.is_empty() {
            "no nodes are given: how many pods and nodes a change touches is not known"
        } else if self.before.pods().is_empty() {
            "no pods are given: the old DaemonSets are taken to be rolled out completely"
        } else {
            return Vec::new();
        };
        vec![note.to_owned()]
    }

    /// What keeps pods of a version from running, and not those of the version before.
    fn warnings(&self, old: Option<&DaemonSet>, next: &DaemonSet) -> Vec<Diagnostic> {
        let before = old.map_or_else(Vec::new, |old| self.linter.lint(old));
        let mut found = self.linter.lint(next);
        found.retain(|it| !before.iter().any(|old| old.message == it.message));
        found
    }

    pub(super) fn compare(&self, (namespace, name): (&str, &str), sides: &Sides<'_>) -> SetDiff {
        let new = match sides.new {
            Some(New::Read(new)) => Some(&new.daemon_set),
            _ => None,
        };
        let set = new.or(sides.old.map(|old| &old.daemon_set));
        SetDiff {
            namespace: namespace.to_owned(),
            name: name.to_owned(),
            outcome: self.outcome(sides),
            contentions: Vec::new(),
            has_nodes: !self.nodes.is_empty(),
            is_on_delete: set.is_some_and(|set| set.spec.update_strategy.type_ == "OnDelete"),
        }
    }

    /// What a set comes to that NEW does not have.
    fn absent(&self, sides: &Sides<'_>) -> Outcome {
        let Some(old) = sides.old.map(|old| &old.daemon_set) else {
            return Outcome::Absent;
        };
        let of_namespace = |manifest: &&Manifest| {
            let set = &manifest.daemon_set;
            is_live(set) && set.metadata.namespace == old.metadata.namespace
        };
        let is_dump = self.new.daemon_sets.iter().any(|it| of_namespace(&it));
        let pods_of_new = &self.new.pods;
        let is_there = own_pods(old, pods_of_new) > 0;
        if is_live(old) && is_dump && !pods_of_new.is_empty() && !is_there {
            let pods = own_pods(old, self.before.pods().iter().copied());
            Outcome::Gone { pods }
        } else {
            Outcome::Absent
        }
    }

    fn outcome(&self, sides: &Sides<'_>) -> Outcome {
        let new = match &sides.new {
            None => return self.absent(sides),
            Some(New::Undecodable(faults)) => return Outcome::Refused(faults.to_vec()),
            Some(New::Read(new)) => *new,
        };
        let check = Check::new().namespace(Some(&new.daemon_set.metadata.namespace));
        let Some(old) = sides.old else {
            if sides.is_old_undecodable {
                let reason = "cannot tell: the old DaemonSet could not be read";
                return Outcome::Withheld(reason.to_owned());
            }
            let faults = refusals(new.written.checked(&check));
            if !faults.is_empty() {
                return Outcome::Refused(faults);
            }
            if is_live(&new.daemon_set) && !self.new.pods.is_empty() {
                let pods = own_pods(&new.daemon_set, &self.new.pods);
                return Outcome::Come { pods };
            }
            return self.create(&new.daemon_set);
        };
        let outcome = if is_live(&new.daemon_set) {
            let faults = refusals(new.written.checked_against(&old.written, &check));
            if !faults.is_empty() {
                return Outcome::Refused(faults);
            }
            let warnings = self.warnings(Some(&old.daemon_set), &new.daemon_set);
            self.change(&old.daemon_set, &new.daemon_set)
                .map(|comparison| Change::certain(comparison, new, warnings))
        } else {
            let live = live(old);
            let applied = apply(&live, &new.written.to_json());
            let faults = applied.faults_in(&live, &new.written, &check);
            if !faults.is_empty() {
                return Outcome::Refused(faults);
            }
            self.applied(old, &live, applied, new)
        };
        match outcome {
            Ok(change) => Outcome::Compared(Box::new(change)),
            Err(reason) => Outcome::Withheld(reason),
        }
    }

    /// What becomes of a set to which a manifest is applied.
    fn applied(
        &self,
        old: &Manifest,
        live: &Map<String, Value>,
        applied: Applied,
        new: &Manifest,
    ) -> Result<Change, String> {
        let typed = |set: Map<String, Value>| {
            stored(set, Some(live)).map_err(|faults| {
                let faults: Vec<String> = faults.iter().map(ToString::to_string).collect();
                faults.join("; ")
            })
        };
        let otherwise = applied.otherwise();
        let next = typed(applied.set)?;
        let comparison = self.change(&old.daemon_set, &next)?;
        let warnings = self.warnings(Some(&old.daemon_set), &next);
        let change = Change::certain(comparison, new, warnings);
        if applied.in_doubt.is_empty() {
            return Ok(change);
        }
        let other = self.change(&old.daemon_set, &typed(otherwise)?)?;
        Ok(Change {
            otherwise: (!does_the_same(&change.comparison, &other)).then_some(other),
            in_doubt: applied.in_doubt,
            ..change
        })
    }

    /// What becomes of a set that is in both.
    fn change(&self, old: &DaemonSet, next: &DaemonSet) -> Result<Comparison, String> {
        if is_live(old) && !self.before.pods().is_empty() {
            self.known(old)?;
            let next = update(old, next);
            let (before, after) = (&self.before, &self.after);
            compare_beside(old, &next, before, after, &self.options, self.beside())
                .map_err(|error| error.to_string())
        } else {
            self.rolled_out(old, next)
        }
    }

    /// Compares with the old version as it is once it is rolled out.
    fn rolled_out(&self, old: &DaemonSet, next: &DaemonSet) -> Result<Comparison, String> {
        let settled = Settled::new(old, self.nodes, &self.options);
        let settled = settled.map_err(|error| error.to_string())?;
        let today = &settled.daemon_set;
        let before = settled.cluster(self.nodes);
        let after = settled.cluster(self.after.nodes().iter().copied());
        let next = update(today, next);
        // Pods that were given and are not the set's own would be counted beside those made up.
        let admission = self.room.admission().clone();
        let empty = ClusterRoom::default().with_admission(admission);
        let room = if self.room.pods() == 0 {
            &self.room
        } else {
            &empty
        };
        let beside = self.beside().room(room);
        compare_beside(today, &next, &before, &after, &self.options, beside)
            .map_err(|error| error.to_string())
    }

    /// Whether the cluster is known well enough to plan for a set.
    fn known(&self, set: &DaemonSet) -> Result<(), String> {
        let planner = Planner::in_cluster(set, &self.before, &self.options);
        let plan = planner
            .map_err(|error| error.to_string())?
            .plan(&self.before);
        match undecided(&plan) {
            Some(reason) => Err(format!("cannot tell: {reason}")),
            None => Ok(()),
        }
    }

    /// The pods that fit on their nodes, and not beside those of others of these sets.
    pub(super) fn contentions(&self, sets: &[(&Sides<'_>, &SetDiff)]) -> Vec<Contention> {
        let coming = sets.iter().map(|(sides, diff)| (*sides, diff.coming()));
        let coming: Vec<_> = coming.filter(|(_, nodes)| !nodes.is_empty()).collect();
        if coming.len() < 2 {
            return Vec::new();
        }
        let rooms = coming.into_iter().filter_map(|(sides, nodes)| {
            let next = next(sides)?;
            let planner = Planner::with_options(&next, self.options.clone()).ok()?;
            let room = SetRoom::new(&planner, &self.after, &self.room).ok()?;
            let (namespace, name) = key(&next);
            Some((format!("{namespace}/{name}"), room, nodes))
        });
        let rooms: Vec<_> = rooms.collect();
        let contenders = rooms.iter().map(|(set, room, nodes)| Contender {
            set: set.clone(),
            room,
            nodes: nodes.clone(),
        });
        contentions(&contenders.collect::<Vec<_>>())
    }

    /// The pods without a controller that a DaemonSet has made and that stay beside the new ones of a set on these nodes, since
    /// they have some of the labels that it selects by, and not all.
    fn left_beside(&self, set: &DaemonSet, nodes: &[String]) -> Vec<String> {
        let wanted = set.spec.selector.as_ref().map(|it| &it.match_labels);
        let Some(wanted) = wanted else {
            return Vec::new();
        };
        let has_some_alone = |pod: &&&Pod| {
            let has = |(key, value): (&str, &str)| pod.metadata.labels.get(key) == Some(value);
            wanted.iter().any(has) && !wanted.iter().all(has)
        };
        let is_left = |pod: &&&Pod| {
            let metadata = &pod.metadata;
            metadata.namespace == set.metadata.namespace
                && metadata.controller().is_none()
                && metadata.deletion_timestamp.is_none()
                && metadata.labels.get(CONTROLLER_REVISION_HASH).is_some()
                && nodes.binary_search(&pod.spec.node_name).is_ok()
        };
        let pods = self.after.pods().iter();
        let left = pods.filter(is_left).filter(has_some_alone);
        let mut left: Vec<String> = left.map(|pod| pod.metadata.name.clone()).collect();
        left.sort();
        left
    }

    /// A set of the cluster that has the name, the selector and the images of one that is to be created in another
    /// namespace, and is left alone, with the number of nodes on which both would run.
    fn twin(&self, set: &DaemonSet, nodes: &[String]) -> Option<Twin> {
        let stays = |manifest: &&Manifest| {
            let other = &manifest.daemon_set;
            let is_new = |it: &Manifest| key(&it.daemon_set) == key(other);
            is_live(other) && !self.new.daemon_sets.iter().any(is_new)
        };
        let is_like = |other: &&DaemonSet| {
            other.metadata.namespace != set.metadata.namespace
                && other.metadata.name == set.metadata.name
                && other.spec.selector == set.spec.selector
                && !repositories(set).is_empty()
                && repositories(other) == repositories(set)
        };
        let all = self.old.daemon_sets.iter().filter(stays);
        let twin = all.map(|manifest| &manifest.daemon_set).find(is_like)?;
        let rules = Rules::new(&twin.spec.template);
        let both = nodes.iter().filter(|node| {
            let node = self.after.node(node);
            node.is_some_and(|node| rules.verdict(node).should_run())
        });
        let nodes = both.count();
        (nodes > 0).then(|| Twin {
            namespace: twin.metadata.namespace.clone(),
            nodes,
        })
    }

    fn create(&self, set: &DaemonSet) -> Outcome {
        let rules = Rules::new(&set.spec.template);
        let nodes = self.after.nodes().iter();
        let mut nodes: Vec<String> = nodes
            .filter(|node| rules.verdict(**node).should_run())
            .map(|node| node.metadata.name.clone())
            .collect();
        nodes.sort();
        let plan = Planner::in_cluster(set, &self.after, &self.options)
            .map(|planner| planner.plan(&self.after));
        let actions = plan.map_or_else(|_| Vec::new(), |plan| plan.actions);
        let adopted = actions.into_iter().filter_map(|action| match action {
            Action::AdoptPod { pod, .. } => Some(pod),
            _ => None,
        });
        let mut adopted: Vec<String> = adopted.collect();
        adopted.sort();
        let planner = Planner::with_options(set, self.options.clone()).ok();
        let room = planner.and_then(|planner| SetRoom::new(&planner, &self.after, &self.room).ok());
        let mut ways_out = BTreeSet::new();
        let without_room = nodes.iter().filter_map(|node| {
            let room = room.as_ref()?;
            let found = room.now(node)?;
            ways_out.extend(room.ways_out(node, &found));
            match found {
                Room::None { .. } => Some((node.clone(), room.why(node, &found)?)),
                _ => None,
            }
        });
        let without_room: Vec<(String, String)> = without_room.collect();
        let no_nodes = || {
            let explainer = Explainer::new(set, &self.after, &self.options).ok()?;
            let diagnosis = explainer.diagnosis();
            let mut findings = diagnosis.findings();
            let none = findings.find(|it| matches!(it, Finding::NoNodes { .. }));
            none.map(ToString::to_string)
        };
        let ahead = forecast_beside(None, set, &self.after, &self.options, self.beside());
        Outcome::Created {
            ahead: ahead.ok().map(Box::new),
            no_nodes: nodes.is_empty().then(no_nodes).flatten(),
            without_room,
            ways_out,
            beside: self.left_beside(set, &nodes),
            twin: self.twin(set, &nodes),
            nodes,
            adopted,
            warnings: self.warnings(None, set),
        }
    }
}
