//! `dsplan diff`

mod text;

use std::collections::{BTreeMap, HashSet};

use clap::Args;
use daemonset::api::{DaemonSet, Node};
use daemonset::fit::ClusterRoom;
use daemonset::placement::Rules;
use daemonset::{Cluster, Options, Planner};
use daemonset_explain::room::{Room, SetRoom};
use daemonset_explain::what_if::{
    Comparison, Restarts, Settled, TemplateChange, applied, compare, compare_with_room, update,
};
use daemonset_manifest::check::Check;
use daemonset_manifest::{
    Diagnostic, FitObjects, Inventory, Manifest, NamespaceOrigin, Severity, Written,
};
use serde_json::{Value, json};

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
    Compared(Box<Comparison>),
    /// It is in NEW alone.
    Created {
        /// Where it would run.
        nodes: Vec<String>,
        /// Where its pod would find no room, with what stands against it.
        without_room: Vec<(String, String)>,
    },
    /// The API server would refuse what NEW has of it.
    Refused(Vec<Diagnostic>),
    /// It is in OLD alone.
    Absent,
    /// The input does not decide, and why.
    Withheld(String),
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
    room: ClusterRoom,
}

pub fn run(arguments: &Arguments) -> Result<End, Failure> {
    if arguments.old == "-" && arguments.new == "-" {
        return Err(Failure::StandardInputTwice);
    }
    let read = |file: &String| {
        let inventory = Inventory::new().with_fit_objects();
        input::read_files_into(inventory, std::slice::from_ref(file), arguments.max_size)
    };
    let old = read(&arguments.old)?;
    let mut new = read(&arguments.new)?;
    for side in [&old, &new] {
        input::say(side.diagnostics());
    }
    if let Some(namespace) = &arguments.namespace {
        let nowhere = |manifest: &&mut Manifest| manifest.namespace == NamespaceOrigin::Default;
        for manifest in new.daemon_sets.iter_mut().filter(nowhere) {
            manifest.daemon_set.metadata.namespace.clone_from(namespace);
        }
    }
    let wanted = Wanted::new(arguments.name.as_deref(), arguments.namespace.as_deref());
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
    if old.daemon_sets.is_empty() {
        return Err(wanted.not_found(old));
    }
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
    for manifest in &new.daemon_sets {
        let key = key(&manifest.daemon_set);
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

fn faults(old: Option<&Written>, new: &Manifest) -> Vec<Diagnostic> {
    let check = Check::new().namespace(Some(&new.daemon_set.metadata.namespace));
    refusals(match old {
        Some(old) => new.written.checked_against(old, &check),
        None => new.written.checked(&check),
    })
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
        Self {
            nodes,
            before: before.with_now(now),
            after: cluster(either(&new.nodes, &old.nodes)).with_now(now),
            options: Options::default(),
            room: match (old.fit_objects(), new.fit_objects()) {
                (Some(old), Some(new)) => FitObjects::cluster_room_of(old, new),
                _ => ClusterRoom::default(),
            },
        }
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
        let faults = faults(sides.old.map(|old| &old.written), new);
        if !faults.is_empty() {
            return Outcome::Refused(faults);
        }
        match sides.old {
            Some(old) => self.change(&old.daemon_set, &new.daemon_set),
            None => self.create(&new.daemon_set),
        }
    }

    /// What becomes of a set that is in both.
    fn change(&self, old: &DaemonSet, new: &DaemonSet) -> Outcome {
        let next = if is_live(old) && !is_live(new) {
            applied(old, new)
        } else {
            new.clone()
        };
        let compared = if is_live(old) && !self.before.pods().is_empty() {
            self.known(old).and_then(|()| {
                let next = update(old, &next);
                let (before, after) = (&self.before, &self.after);
                compare_with_room(old, &next, before, after, &self.options, &self.room)
                    .map_err(|error| error.to_string())
            })
        } else {
            self.rolled_out(old, &next)
        };
        match compared {
            Ok(comparison) => Outcome::Compared(Box::new(comparison)),
            Err(reason) => Outcome::Withheld(reason),
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
        }
    }
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
            Outcome::Compared(comparison) => {
                comparison.template == TemplateChange::Changed
                    || comparison.restarted().next().is_some()
                    || comparison
                        .gains()
                        .chain(comparison.losses())
                        .next()
                        .is_some()
                    || removed(comparison) > 0
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
            Outcome::Compared(comparison) => {
                value["outcome"] = "compared".into();
                // Without nodes the number is not known, and no number is not none.
                value["restarts"] = match comparison.restarts() {
                    Restarts::No if self.is_unknown(comparison) => Value::Null,
                    restarts => json!(restarts),
                };
                value["comparison"] = json!(comparison);
            }
            Outcome::Created {
                nodes,
                without_room,
            } => {
                let each = without_room.iter();
                let each = each.map(|(node, why)| json!({"node": node, "why": why}));
                value["outcome"] = "created".into();
                value["nodes"] = json!(nodes);
                value["withoutRoom"] = each.collect::<Vec<_>>().into();
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

/// How many pods are deleted and not replaced, beyond those that are anyway.
fn removed(comparison: &Comparison) -> usize {
    let anyway: HashSet<&str> = (comparison.before.removed.iter())
        .map(|goes| goes.pod.as_str())
        .collect();
    let after = comparison.after.removed.iter();
    after
        .filter(|goes| !anyway.contains(goes.pod.as_str()))
        .count()
}
