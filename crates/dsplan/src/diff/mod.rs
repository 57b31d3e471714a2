//! `dsplan diff`

mod text;

use std::collections::{BTreeMap, HashSet};

use clap::Args;
use daemonset::api::{DaemonSet, Node};
use daemonset::fit::ClusterRoom;
use daemonset::placement::Rules;
use daemonset::well_known::LAST_APPLIED_CONFIGURATION;
use daemonset::{Action, Cluster, Options, Planner};
use daemonset_explain::room::{Room, SetRoom};
use daemonset_explain::what_if::{
    Comparison, PodGoes, Restarts, Settled, TemplateChange, compare, compare_with_room, update,
};
use daemonset_manifest::apply::{Applied, Doubt, apply, stored};
use daemonset_manifest::check::Check;
use daemonset_manifest::lint::{Linter, Lints, Rule};
use daemonset_manifest::{Diagnostic, FitObjects, Inventory, Manifest, Severity};
use serde_json::{Map, Value, json};

use crate::input::{self, Failure, Wanted, planner, undecided};
use crate::output::{self, Format, complain};
use crate::{Clock, End};

#[derive(Args)]
pub struct Arguments {
    /// What there is: a dump of the cluster, or manifests; `-` is standard input
    old: String,
    /// What there would be: manifests, which are taken as `kubectl apply` takes them, or a dump.
    /// Nodes and pods that only one of the two has serve for both
    new: String,
    /// NAME or NAMESPACE/NAME of the one DaemonSet to look at
    name: Option<String>,
    /// Look at the DaemonSets of this namespace alone, which is that of manifests without one, too
    #[arg(short, long)]
    namespace: Option<String>,
    /// Print for people, or for programs
    #[arg(short, long, value_enum, default_value_t)]
    output: Format,
    /// How many MiB a file may have at most
    #[arg(long, value_name = "MIB", default_value_t = 512)]
    max_size: usize,
    #[command(flatten)]
    clock: Clock,
}

/// What becomes of one set.
enum Outcome {
    /// It is in both.
    Compared(Box<Change>),
    /// It is in NEW alone.
    Created {
        /// Where it would run.
        nodes: Vec<String>,
        /// The pods without an owner that it would take for its own.
        adopted: Vec<String>,
        /// What keeps its pods from running.
        warnings: Vec<Diagnostic>,
        /// Where its pod would find no room, with what stands against it.
        without_room: Vec<(String, String)>,
    },
    /// kubectl or the API server would refuse what NEW has of it.
    Refused(Vec<Diagnostic>),
    /// It is in OLD alone.
    Absent,
    /// The input does not decide, and why.
    Withheld(String),
}

/// What a new version does.
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

/// One set, as it would be, and what becomes of it.
struct Compared {
    /// Namespace and name.
    name: (String, String),
    outcome: Outcome,
    /// Whether there are nodes to say anything of.
    has_nodes: bool,
    /// Whether its strategy is `OnDelete`.
    is_on_delete: bool,
}

/// One set on both sides.
#[derive(Default)]
struct Sides<'a> {
    old: Option<&'a Manifest>,
    /// Whether OLD has one that does not decode.
    is_old_undecodable: bool,
    new: Option<New<'a>>,
}

/// What NEW has of a set.
enum New<'a> {
    Read(&'a Manifest),
    Undecodable(&'a [Diagnostic]),
}

/// The cluster that serves for both sides.
struct Around<'a> {
    /// The nodes of before.
    nodes: &'a [Node],
    before: Cluster<'a>,
    after: Cluster<'a>,
    options: Options,
    /// Looks for host ports that several DaemonSets ask for.
    linter: Linter<'a>,
    room: ClusterRoom,
}

pub fn run(arguments: &Arguments) -> Result<End, Failure> {
    let [mut old, mut new] = input::read_both(&arguments.old, &arguments.new, arguments.max_size)?;
    let wanted = Wanted::new(arguments.name.as_deref(), arguments.namespace.as_deref());
    wanted.put_into_namespace(&mut old);
    wanted.put_into_namespace(&mut new);
    let around = Around::new(&old, &new, arguments.clock.now);
    let compared = compare_all(&old, &new, &wanted, &around)?;
    match arguments.output {
        Format::Text => text::page(&compared).print()?,
        format => {
            let sets: Vec<Value> = compared.iter().map(Compared::value).collect();
            let value = json!({"now": around.before.now(), "daemonSets": sets});
            output::print_value(format, &value)?;
        }
    }
    let unread = |side: &Inventory| {
        let is_error = |finding: &Diagnostic| finding.severity == Severity::Error;
        side.diagnostics().iter().any(is_error)
    };
    if unread(&old) || unread(&new) {
        return Ok(End::Incomplete);
    }
    Ok(End::findings_if(
        compared.iter().any(Compared::does_something),
    ))
}

fn compare_all(
    old: &Inventory,
    new: &Inventory,
    wanted: &Wanted<'_>,
    around: &Around<'_>,
) -> Result<Vec<Compared>, Failure> {
    if new.written().next().is_none() {
        return Err(wanted.not_found(new));
    }
    let mut sets: BTreeMap<(&str, &str), Sides<'_>> = BTreeMap::new();
    let is_wanted = |key: &(&str, &str)| wanted.is(key.0, key.1);
    for manifest in &old.daemon_sets {
        let key = key(&manifest.daemon_set);
        if is_wanted(&key) {
            sets.entry(key).or_default().old = Some(manifest);
        }
    }
    for set in &old.undecodable {
        let key = (wanted.namespace_of(&set.written), set.written.name());
        if is_wanted(&key) {
            sets.entry(key).or_default().is_old_undecodable = true;
        }
    }
    for manifest in &new.daemon_sets {
        let key = key(&manifest.daemon_set);
        if is_wanted(&key) {
            sets.entry(key).or_default().new = Some(New::Read(manifest));
        }
    }
    for set in &new.undecodable {
        let key = (wanted.namespace_of(&set.written), set.written.name());
        if is_wanted(&key) {
            sets.entry(key).or_default().new = Some(New::Undecodable(&set.faults));
        }
    }
    if sets.is_empty() {
        return Err(wanted.not_found(old));
    }
    let compared: Vec<Compared> = sets
        .into_iter()
        .map(|(key, sides)| around.compare(key, &sides))
        .collect();
    for set in &compared {
        if let Outcome::Withheld(reason) = &set.outcome {
            let (namespace, name) = &set.name;
            complain("warning", &format!("{namespace}/{name}: {reason}"));
        }
    }
    Ok(compared)
}

fn key(set: &DaemonSet) -> (&str, &str) {
    (&set.metadata.namespace, &set.metadata.name)
}

/// What the API server has given a UID was read from a cluster.
fn is_live(set: &DaemonSet) -> bool {
    !set.metadata.uid.is_empty()
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

impl<'a> Around<'a> {
    fn new(old: &'a Inventory, new: &'a Inventory, now: Option<daemonset::api::Timestamp>) -> Self {
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
        let now = now.unwrap_or_else(|| before.now());
        if nodes.is_empty() {
            complain(
                "note",
                "no nodes are given: how many pods and nodes a change touches is not known",
            );
        } else if pods.is_empty() {
            complain(
                "note",
                "no pods are given: the old DaemonSets are taken to be rolled out completely",
            );
        }
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
        let lints = Lints::only(Rule::HostPortTaken);
        Self {
            nodes,
            before: before.with_now(now),
            linter: Linter::new(&after, sets, &options, lints),
            after,
            options,
            room: match (old.fit_objects(), new.fit_objects()) {
                (Some(old), Some(new)) => FitObjects::cluster_room_of(old, new),
                _ => ClusterRoom::default(),
            },
        }
    }

    /// What keeps pods of a version from running, and not those of the version before.
    fn warnings(&self, old: Option<&DaemonSet>, next: &DaemonSet) -> Vec<Diagnostic> {
        let before = old.map_or_else(Vec::new, |old| self.linter.lint(old));
        let mut found = self.linter.lint(next);
        found.retain(|it| !before.iter().any(|old| old.message == it.message));
        found
    }

    fn compare(&self, (namespace, name): (&str, &str), sides: &Sides<'_>) -> Compared {
        let new = match sides.new {
            Some(New::Read(new)) => Some(&new.daemon_set),
            _ => None,
        };
        let set = new.or(sides.old.map(|old| &old.daemon_set));
        Compared {
            name: (namespace.to_owned(), name.to_owned()),
            outcome: self.outcome(sides),
            has_nodes: !self.nodes.is_empty(),
            is_on_delete: set.is_some_and(|set| set.spec.update_strategy.type_ == "OnDelete"),
        }
    }

    fn outcome(&self, sides: &Sides<'_>) -> Outcome {
        let new = match &sides.new {
            None => return Outcome::Absent,
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
            compare_with_room(old, &next, before, after, &self.options, &self.room)
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
        let compared = if self.room.pods() == 0 {
            compare_with_room(today, &next, &before, &after, &self.options, &self.room)
        } else {
            compare(today, &next, &before, &after, &self.options)
        };
        compared.map_err(|error| error.to_string())
    }

    /// Whether the cluster is known well enough to plan for a set.
    fn known(&self, set: &DaemonSet) -> Result<(), String> {
        let plan = planner(set, &self.before)?.plan(&self.before);
        match undecided(&plan) {
            Some(reason) => Err(format!("cannot tell: {reason}")),
            None => Ok(()),
        }
    }

    fn create(&self, set: &DaemonSet) -> Outcome {
        let rules = Rules::new(&set.spec.template);
        let nodes = self.after.nodes().iter();
        let mut nodes: Vec<String> = nodes
            .filter(|node| rules.verdict(**node).should_run())
            .map(|node| node.metadata.name.clone())
            .collect();
        nodes.sort();
        let plan = planner(set, &self.after).map(|planner| planner.plan(&self.after));
        let actions = plan.map_or_else(|_| Vec::new(), |plan| plan.actions);
        let adopted = actions.into_iter().filter_map(|action| match action {
            Action::AdoptPod { pod, .. } => Some(pod),
            _ => None,
        });
        let mut adopted: Vec<String> = adopted.collect();
        adopted.sort();
        let planner = Planner::with_options(set, self.options.clone()).ok();
        let room = planner.and_then(|planner| SetRoom::new(&planner, &self.after, &self.room).ok());
        let without_room = nodes.iter().filter_map(|node| {
            let room = room.as_ref()?;
            match room.now(node)? {
                none @ Room::None { .. } => Some((node.clone(), room.why(node, &none)?)),
                _ => None,
            }
        });
        Outcome::Created {
            without_room: without_room.collect(),
            nodes,
            adopted,
            warnings: self.warnings(None, set),
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

impl Compared {
    /// Whether pods certainly restart and how many is not known.
    fn is_unknown(&self, comparison: &Comparison) -> bool {
        !self.has_nodes && comparison.template == TemplateChange::Changed
    }

    /// Whether anything comes of the change beyond what would happen anyway.
    fn does_something(&self) -> bool {
        match &self.outcome {
            Outcome::Absent => false,
            Outcome::Created { .. } | Outcome::Withheld(_) | Outcome::Refused(_) => true,
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

    /// For programs.
    fn value(&self) -> Value {
        let (namespace, name) = &self.name;
        let mut value = json!({
            "namespace": namespace,
            "name": name,
            "acts": self.does_something(),
        });
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
                warnings,
                without_room,
            } => {
                let each = without_room.iter();
                let each = each.map(|(node, why)| json!({"node": node, "why": why}));
                value["outcome"] = "created".into();
                value["nodes"] = json!(nodes);
                value["withoutRoom"] = each.collect::<Vec<_>>().into();
                value["warnings"] = json!(warnings);
                value["adoptedPods"] = json!(adopted);
            }
            Outcome::Refused(faults) => {
                value["outcome"] = "refused".into();
                value["findings"] = json!(faults);
            }
            Outcome::Absent => value["outcome"] = "absent".into(),
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
