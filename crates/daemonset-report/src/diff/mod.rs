//! What a new version of DaemonSets does, before it is made: the answer of `dsplan diff` as data.

mod around;
mod room;
mod words;

use std::collections::{BTreeMap, BTreeSet, HashSet};

use daemonset_explain::evidence::Moment;
use daemonset_explain::room::{Contention, WayOut};
use daemonset_explain::what_if::{Comparison, Forecast, PodGoes, Restarts, TemplateChange};
use daemonset_manifest::apply::Doubt;
use daemonset_manifest::{Diagnostic, Inventory, Manifest};
use serde::ser::SerializeStruct;
use serde::{Serialize, Serializer};
use serde_json::{Value, json};

use around::{Around, New, Sides};

/// What becomes of DaemonSets when what is new takes the place of what is old.
///
/// ```
/// use daemonset_manifest::Inventory;
/// use daemonset_report::Diff;
///
/// let mut old = Inventory::new();
/// old.read("old.yaml", b"
/// {apiVersion: apps/v1, kind: DaemonSet, metadata: {name: agent, namespace: infra},
///  spec: {selector: {matchLabels: {app: agent}}, template: {metadata: {labels: {app: agent}},
///         spec: {containers: [{name: agent, image: 'agent:1'}]}}}}
/// ");
/// let mut new = Inventory::new();
/// new.read("new.yaml", b"
/// {apiVersion: apps/v1, kind: DaemonSet, metadata: {name: agent, namespace: infra},
///  spec: {selector: {matchLabels: {app: agent}}, template: {metadata: {labels: {app: agent}},
///         spec: {containers: [{name: agent, image: 'agent:2'}]}}}}
/// ");
/// let diff = Diff::new(&old, &new, None, |_, _| true);
/// assert_eq!(diff.daemon_sets[0].headline(), "restarts every pod");
/// assert_eq!(
///     diff.daemon_sets[0].details(),
///     ["changed spec.template.spec.containers[agent].image: agent:1 → agent:2 (line 4)"],
/// );
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub struct Diff {
    /// The moment that everything is said of, and where it comes from.
    pub moment: Moment,
    /// What was not given, and what the answer takes in its place.
    pub notes: Vec<String>,
    /// The DaemonSets of both sides, by namespace and name.
    pub daemon_sets: Vec<SetDiff>,
}

/// What becomes of one set.
#[derive(Debug)]
enum Outcome {
    /// It is in both.
    Compared(Box<Change>),
    /// It is in NEW alone.
    Created {
        /// Where it would run.
        nodes: Vec<String>,
        /// The pods without an owner that it would take for its own.
        adopted: Vec<String>,
        /// The pods without an owner that it would not take, though they have some of the labels by which it selects.
        beside: Vec<String>,
        /// The one of the cluster that it may be meant for.
        twin: Option<Twin>,
        /// What keeps its pods from running.
        warnings: Vec<Diagnostic>,
        /// Where its pod would find no room, with what stands against it.
        without_room: Vec<(String, String)>,
        /// What there is to do there, as far as that is plain.
        ways_out: BTreeSet<WayOut>,
        /// Why it is created on no node.
        no_nodes: Option<String>,
        /// What becomes of it, where that can be foreseen.
        ahead: Option<Box<Forecast>>,
    },
    /// kubectl or the API server would refuse what NEW has of it.
    Refused(Vec<Diagnostic>),
    /// It is in OLD alone.
    Absent,
    /// NEW is a dump of its namespace, and has it no more.
    Gone {
        /// How many pods it had.
        pods: usize,
    },
    /// It is in NEW alone, which is a dump: it is there already.
    Come {
        /// How many pods it has.
        pods: usize,
    },
    /// The input does not decide, and why.
    Withheld(String),
}

/// A set of the cluster with the name, the selector and the images of one that is to be created, in
/// another namespace.
#[derive(Debug)]
struct Twin {
    namespace: String,
    /// On how many nodes both would run.
    nodes: usize,
}

/// What a new version does.
#[derive(Debug)]
struct Change {
    /// Where nothing is in doubt, or all that is stays.
    comparison: Comparison,
    /// The lines of the new manifest on which the differences stand, as far as they do.
    lines: Vec<Option<u32>>,
    /// The fields of which nothing tells whether they stay.
    in_doubt: Vec<Doubt>,
    /// What comes of it where those fields go, if that is not the same.
    otherwise: Option<Comparison>,
    /// What keeps its pods from running, and did not before.
    warnings: Vec<Diagnostic>,
}

/// What becomes of one DaemonSet.
#[derive(Debug)]
pub struct SetDiff {
    namespace: String,
    name: String,
    outcome: Outcome,
    /// Where its pod does not fit beside those of others that come, too.
    contentions: Vec<Contention>,
    /// Whether there are nodes to say anything of.
    has_nodes: bool,
    /// Whether its strategy is `OnDelete`.
    is_on_delete: bool,
}

impl Serialize for Diff {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut fields = serializer.serialize_struct("Diff", 5)?;
        fields.serialize_field("now", &self.moment.at)?;
        fields.serialize_field("moment", &self.moment)?;
        fields.serialize_field("notes", &self.notes)?;
        fields.serialize_field("summary", &self.summary())?;
        fields.serialize_field("daemonSets", &self.daemon_sets)?;
        fields.end()
    }
}

impl Serialize for SetDiff {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.to_json().serialize(serializer)
    }
}

impl Diff {
    /// Compares the DaemonSets of two inputs of which namespace and name are wanted. Manifests of the
    /// new one are taken as `kubectl apply` takes them; nodes and pods that only one of the two has
    /// serve for both. Without a moment it is the newest time in what was read.
    #[must_use]
    pub fn new<'a>(
        old: &'a Inventory,
        new: &'a Inventory,
        moment: Option<Moment>,
        wanted: impl Fn(&str, &str) -> bool,
    ) -> Self {
        let around = Around::new(old, new, moment);
        let mut sets: BTreeMap<(&str, &str), Sides<'_>> = BTreeMap::new();
        let is_wanted = |key: &(&str, &str)| wanted(key.0, key.1);
        for manifest in &old.daemon_sets {
            let key = around::key(&manifest.daemon_set);
            if is_wanted(&key) {
                sets.entry(key).or_default().old = Some(manifest);
            }
        }
        for set in &old.undecodable {
            let key = (set.written.namespace(), set.written.name());
            if is_wanted(&key) {
                sets.entry(key).or_default().is_old_undecodable = true;
            }
        }
        for manifest in &new.daemon_sets {
            let key = around::key(&manifest.daemon_set);
            if is_wanted(&key) {
                sets.entry(key).or_default().new = Some(New::Read(manifest));
            }
        }
        for set in &new.undecodable {
            let key = (set.written.namespace(), set.written.name());
            if is_wanted(&key) {
                sets.entry(key).or_default().new = Some(New::Undecodable(&set.faults));
            }
        }
        let compared = sets.iter().map(|(key, sides)| around.compare(*key, sides));
        let mut daemon_sets: Vec<SetDiff> = compared.collect();
        let both: Vec<_> = sets.values().zip(&daemon_sets).collect();
        for contention in around.contentions(&both) {
            let set = daemon_sets
                .iter_mut()
                .find(|set| set.full_name() == contention.set);
            if let Some(set) = set {
                set.contentions.push(contention);
            }
        }
        Self {
            moment: around.moment.clone(),
            notes: around.notes(),
            daemon_sets,
        }
    }
}

impl Change {
    /// Nothing is in doubt.
    fn certain(comparison: Comparison, new: &Manifest, warnings: Vec<Diagnostic>) -> Self {
        let paths = comparison.differences.iter().map(|it| &it.path);
        Self {
            lines: new.written.lines_if_written(paths),
            comparison,
            in_doubt: Vec::new(),
            otherwise: None,
            warnings,
        }
    }

    /// Whether nothing that is in doubt matters for pods and nodes.
    fn is_certain(&self) -> bool {
        self.otherwise.is_none()
    }
}

/// Whether two changes come to the same for pods and nodes.
fn does_the_same(one: &Comparison, other: &Comparison) -> bool {
    one.template == other.template
        && one.restarts() == other.restarts()
        && one.nodes == other.nodes
        && one.after.removed == other.after.removed
}

impl SetDiff {
    /// Namespace and name, as people write them.
    #[must_use]
    pub fn full_name(&self) -> String {
        format!("{}/{}", self.namespace, self.name)
    }

    /// Whether it is in the old input alone, and so left alone.
    #[must_use]
    pub fn is_absent(&self) -> bool {
        matches!(self.outcome, Outcome::Absent)
    }

    /// Why nothing is said of it, where the input does not decide.
    #[must_use]
    pub fn withheld(&self) -> Option<&str> {
        match &self.outcome {
            Outcome::Withheld(reason) => Some(reason),
            _ => None,
        }
    }

    /// Whether pods certainly restart and how many is not known.
    fn is_unknown(&self, comparison: &Comparison) -> bool {
        !self.has_nodes && comparison.template == TemplateChange::Changed
    }

    /// Whether anything comes of the change beyond what would happen anyway.
    #[must_use]
    pub fn does_something(&self) -> bool {
        match &self.outcome {
            Outcome::Absent => false,
            Outcome::Created { .. }
            | Outcome::Withheld(_)
            | Outcome::Refused(_)
            | Outcome::Gone { .. }
            | Outcome::Come { .. } => true,
            Outcome::Compared(change) if !change.is_certain() => true,
            Outcome::Compared(change) => {
                let comparison = &change.comparison;
                comparison.template == TemplateChange::Changed
                    || comparison.restarted().next().is_some()
                    || comparison
                        .gains()
                        .chain(comparison.losses())
                        .next()
                        .is_some()
                    || !removed(comparison).is_empty()
            }
        }
    }

    /// The nodes to which a new pod of it comes, as far as that is certain.
    fn coming(&self) -> Vec<String> {
        match &self.outcome {
            Outcome::Created { nodes, .. } => nodes.clone(),
            Outcome::Compared(change) if change.is_certain() => {
                let after = &change.comparison.after;
                let again = after.restarted.iter().map(|goes| goes.node.clone());
                let created = after.created.iter().map(|comes| comes.node.clone());
                again.chain(created).collect()
            }
            _ => Vec::new(),
        }
    }

    /// Everything that is known of it, for programs.
    fn to_json(&self) -> Value {
        let mut value = json!({
            "namespace": self.namespace,
            "name": self.name,
            "acts": self.does_something(),
            "headline": self.headline(),
            "details": self.details(),
        });
        if !self.contentions.is_empty() {
            value["contentions"] = json!(self.contentions);
        }
        match &self.outcome {
            Outcome::Compared(change) => {
                let comparison = &change.comparison;
                value["outcome"] = if change.is_certain() {
                    "compared".into()
                } else {
                    "inDoubt".into()
                };
                // Without nodes the number is not known, and no number is not none.
                value["restarts"] = match comparison.restarts() {
                    _ if !change.is_certain() => Value::Null,
                    Restarts::No if self.is_unknown(comparison) => Value::Null,
                    restarts => json!(restarts),
                };
                value["inDoubt"] = json!(change.in_doubt);
                value["warnings"] = json!(change.warnings);
                value["comparison"] = json!(comparison);
                let differences = value["comparison"]["differences"].as_array_mut();
                for (difference, line) in differences.into_iter().flatten().zip(&change.lines) {
                    if let Some(line) = line {
                        difference["line"] = (*line).into();
                    }
                }
            }
            Outcome::Created {
                nodes,
                adopted,
                beside,
                warnings,
                without_room,
                no_nodes,
                ahead,
                twin,
                ways_out,
            } => {
                if let Some(twin) = twin {
                    value["sameInNamespace"] = twin.namespace.as_str().into();
                }
                if let Some(ahead) = ahead.as_ref().filter(|it| !it.refused.is_empty()) {
                    value["refused"] = json!(ahead.refused);
                }
                if !ways_out.is_empty() {
                    value["waysOut"] = json!(ways_out);
                }
                let each = without_room.iter();
                let each = each.map(|(node, why)| json!({"node": node, "why": why}));
                value["outcome"] = "created".into();
                value["nodes"] = json!(nodes);
                value["withoutRoom"] = each.collect::<Vec<_>>().into();
                value["warnings"] = json!(warnings);
                if let Some(why) = no_nodes {
                    value["noNodes"] = why.as_str().into();
                }
                value["adoptedPods"] = json!(adopted);
                if !beside.is_empty() {
                    value["podsLeftBeside"] = json!(beside);
                }
            }
            Outcome::Refused(faults) => {
                value["outcome"] = "refused".into();
                value["findings"] = json!(faults);
            }
            Outcome::Absent => value["outcome"] = "absent".into(),
            Outcome::Gone { pods } => {
                value["outcome"] = "gone".into();
                value["pods"] = (*pods).into();
            }
            Outcome::Come { pods } => {
                value["outcome"] = "come".into();
                value["pods"] = (*pods).into();
            }
            Outcome::Withheld(reason) => {
                value["outcome"] = "withheld".into();
                value["withheld"] = reason.as_str().into();
            }
        }
        value
    }
}

/// The pods that are deleted and not replaced, beyond those that are anyway.
fn removed(comparison: &Comparison) -> Vec<&PodGoes> {
    let anyway: HashSet<&str> = (comparison.before.removed.iter())
        .map(|goes| goes.pod.as_str())
        .collect();
    let after = comparison.after.removed.iter();
    after
        .filter(|goes| !anyway.contains(goes.pod.as_str()))
        .collect()
}
