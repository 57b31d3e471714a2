//! `dsplan diff`

mod text;

use std::collections::BTreeMap;

use clap::Args;
use daemonset::Planner;
use daemonset::api::{ControllerRevision, DaemonSet, Node, Pod, Timestamp};
use daemonset::manifest::{Inventory, Manifest, NamespaceOrigin};
use daemonset::placement::Rules;
use daemonset::validate::{Fault, validate};
use daemonset::what_if::{Comparison, Restarts, Situation, TemplateChange, applied, compare};
use serde_json::{Value, json};

use crate::input::{self, InputError, Wanted, name_of};
use crate::output::{self, Format, complain};
use crate::{Clock, End};

#[derive(Args)]
pub struct Arguments {
    /// What there is: a dump of the cluster, or manifests; `-` is standard input
    old: String,
    /// What there would be: manifests, which are taken as `kubectl apply` takes them, or a dump.
    /// Nodes and pods that only one of the two has serve for both
    new: String,
    /// NAME or NAMESPACE/NAME of the one set to look at
    name: Option<String>,
    /// Look at the sets of this namespace alone, which is that of manifests without one, too
    #[arg(short, long)]
    namespace: Option<String>,
    /// Print for people, or for programs
    #[arg(short, long, value_enum, default_value_t)]
    output: Format,
    #[command(flatten)]
    clock: Clock,
}

/// What becomes of one set.
enum Outcome {
    /// It is in both.
    Compared(Box<Comparison>),
    /// It is in NEW alone.
    Created {
        faults: Vec<Fault>,
        /// Where it would run.
        nodes: Vec<String>,
    },
    /// It is in OLD alone.
    Absent,
    /// Nobody can say, and why.
    Withheld(String),
}

/// One set, as it would be, and what becomes of it.
struct Compared<'a> {
    set: DaemonSet,
    outcome: Outcome,
    cluster: Cluster<'a>,
}

/// The cluster that serves for both sides.
#[derive(Clone, Copy)]
struct Cluster<'a> {
    nodes: &'a [Node],
    new_nodes: &'a [Node],
    pods: &'a [Pod],
    revisions: &'a [ControllerRevision],
    now: Option<Timestamp>,
}

pub fn run(arguments: &Arguments) -> Result<End, InputError> {
    if arguments.old == "-" && arguments.new == "-" {
        return Err(InputError::StandardInputTwice);
    }
    let old = input::read_one(&arguments.old)?;
    let mut new = input::read_one(&arguments.new)?;
    if let Some(namespace) = &arguments.namespace {
        let nowhere = |manifest: &&mut Manifest| manifest.namespace == NamespaceOrigin::Default;
        for manifest in new.daemon_sets.iter_mut().filter(nowhere) {
            manifest.daemon_set.metadata.namespace.clone_from(namespace);
        }
    }
    let wanted = Wanted::new(arguments.name.as_deref(), arguments.namespace.as_deref());
    let cluster = Cluster::new(&old, &new, arguments.clock.now);
    let compared = compare_all(&old, &new, &wanted, cluster)?;
    match arguments.output {
        Format::Text => text::print(&compared),
        format => {
            let sets: Vec<Value> = compared.iter().map(Compared::value).collect();
            output::print_value(format, &json!({"daemonSets": sets}));
        }
    }
    Ok(End::findings_if(
        compared.iter().any(Compared::does_something),
    ))
}

fn compare_all<'a>(
    old: &'a Inventory,
    new: &'a Inventory,
    wanted: &Wanted<'_>,
    cluster: Cluster<'a>,
) -> Result<Vec<Compared<'a>>, InputError> {
    type Sides<'a> = (Option<&'a DaemonSet>, Option<&'a DaemonSet>);
    for side in [old, new] {
        if side.daemon_sets.is_empty() {
            return Err(wanted.not_found([].into_iter()));
        }
    }
    let mut sets: BTreeMap<(&str, &str), Sides<'a>> = BTreeMap::new();
    let is_wanted = |manifest: &&Manifest| wanted.is(&manifest.daemon_set);
    for manifest in old.daemon_sets.iter().filter(is_wanted) {
        let set = &manifest.daemon_set;
        sets.entry(key(set)).or_default().0 = Some(set);
    }
    for manifest in new.daemon_sets.iter().filter(is_wanted) {
        let set = &manifest.daemon_set;
        sets.entry(key(set)).or_default().1 = Some(set);
        input::warn_of_unknown_fields(manifest);
    }
    if sets.is_empty() {
        return Err(wanted.not_found(old.daemon_sets.iter().chain(&new.daemon_sets)));
    }
    let both = sets.into_values();
    let compared: Vec<_> = both
        .filter_map(|sides| {
            let (set, outcome) = match sides {
                (Some(old), Some(new)) => {
                    let next = next(old, new);
                    let outcome = cluster.compare(old, &next);
                    (next, outcome)
                }
                (None, Some(new)) => (new.clone(), cluster.create(new)),
                (Some(old), None) => (old.clone(), Outcome::Absent),
                (None, None) => return None,
            };
            Some(Compared {
                set,
                outcome,
                cluster,
            })
        })
        .collect();
    for compared in &compared {
        if let Outcome::Withheld(reason) = &compared.outcome {
            complain("warning", &format!("{}: {reason}", name_of(&compared.set)));
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

/// The new set as it would be stored.
fn next(old: &DaemonSet, new: &DaemonSet) -> DaemonSet {
    if is_live(old) && !is_live(new) {
        applied(old, new)
    } else {
        new.clone()
    }
}

impl<'a> Cluster<'a> {
    fn new(old: &'a Inventory, new: &'a Inventory, now: Option<Timestamp>) -> Self {
        fn either<'a, T>(first: &'a [T], second: &'a [T]) -> &'a [T] {
            if first.is_empty() { second } else { first }
        }
        let cluster = Self {
            nodes: either(&old.nodes, &new.nodes),
            new_nodes: either(&new.nodes, &old.nodes),
            pods: either(&old.pods, &new.pods),
            revisions: either(&old.revisions, &new.revisions),
            now,
        };
        if cluster.nodes.is_empty() {
            complain(
                "note",
                "no nodes given: how many pods and nodes a change touches is not known",
            );
        } else if cluster.pods.is_empty() {
            complain(
                "note",
                "no pods given: the old sets are taken to be rolled out completely",
            );
        }
        cluster
    }

    fn compare(&self, old: &DaemonSet, next: &DaemonSet) -> Outcome {
        let situation = if is_live(old) && !self.pods.is_empty() {
            self.today(old)
        } else {
            Situation::settled(old.clone(), self.nodes.to_vec()).map_err(|error| error.to_string())
        };
        let comparison = situation.and_then(|situation| {
            compare(&situation, next, self.new_nodes).map_err(|error| error.to_string())
        });
        match comparison {
            Ok(comparison) => Outcome::Compared(Box::new(comparison)),
            Err(reason) => Outcome::Withheld(reason),
        }
    }

    /// The set as it is in the cluster, if the cluster is known well enough to plan.
    fn today(&self, set: &DaemonSet) -> Result<Situation, String> {
        let mut planner = Planner::new(set)
            .map_err(|error| error.to_string())?
            .revisions(self.revisions);
        if let Some(now) = self.now {
            planner = planner.now(now);
        }
        if let Some(reason) = crate::plan::withheld(&planner.plan(self.nodes, self.pods)) {
            return Err(format!("no answer: {reason}"));
        }
        Ok(Situation {
            daemon_set: set.clone(),
            nodes: self.nodes.to_vec(),
            pods: self.pods.to_vec(),
            revisions: self.revisions.to_vec(),
            now: self.now,
        })
    }

    fn create(&self, set: &DaemonSet) -> Outcome {
        let rules = Rules::new(&set.spec.template);
        let runs = |node: &&Node| rules.verdict(*node).should_run();
        let nodes = self.new_nodes.iter().filter(runs);
        let mut nodes: Vec<String> = nodes.map(|node| node.metadata.name.clone()).collect();
        nodes.sort();
        nodes.dedup();
        Outcome::Created {
            faults: validate(set),
            nodes,
        }
    }
}

impl Compared<'_> {
    /// Whether pods certainly restart and nobody can say how many.
    fn is_unknown(&self, comparison: &Comparison) -> bool {
        self.cluster.nodes.is_empty()
            && comparison.faults.is_empty()
            && comparison.template == TemplateChange::Changed
    }

    fn is_on_delete(&self) -> bool {
        self.set.spec.update_strategy.type_ == "OnDelete"
    }

    /// Whether anything comes of the change beyond what would happen anyway.
    fn does_something(&self) -> bool {
        match &self.outcome {
            Outcome::Absent => false,
            Outcome::Created { .. } | Outcome::Withheld(_) => true,
            Outcome::Compared(comparison) => {
                !comparison.faults.is_empty()
                    || comparison.template == TemplateChange::Changed
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
        let meta = &self.set.metadata;
        let mut value = json!({
            "namespace": meta.namespace,
            "name": meta.name,
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
            Outcome::Created { faults, nodes } => {
                value["outcome"] = "created".into();
                value["faults"] = json!(faults);
                value["nodes"] = json!(nodes);
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

/// How many pods go for good, beyond those that go anyway.
fn removed(comparison: &Comparison) -> usize {
    let anyway = &comparison.before.removed;
    let after = comparison.after.iter().flat_map(|after| &after.removed);
    after
        .filter(|goes| !anyway.iter().any(|other| other.pod == goes.pod))
        .count()
}
