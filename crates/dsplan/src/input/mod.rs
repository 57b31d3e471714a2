//! What the command is given, and which sets of it are asked for.

mod files;
mod versions;
mod wanted;

use std::cell::OnceCell;
use std::mem::ManuallyDrop;
use std::process::ExitCode;
use std::time::SystemTime;

use daemonset::api::{DaemonSet, Timestamp};
use daemonset::fit::ClusterRoom;
use daemonset::{Cluster, Options, Planner};
use daemonset_explain::evidence::Moment;
use daemonset_manifest::{
    Diagnostic, FitObjects, Inventory, Manifest, NamespaceOrigin, Severity, suggest,
};

pub use crate::failure::Failure;
pub use crate::identity::name_of;
use crate::identity::{match_by_name, meant_elsewhere, owners};
use crate::kubectl::Needs;
use crate::output::{Page, complain};
use crate::{Clock, End, Sources, watch};

use files::{bytes, files_and_name, later_of_two};
use wanted::some;

pub use files::{read_files, read_files_into};
pub use versions::{Both, Versions};
pub use wanted::Wanted;

/// The finding that an object was given twice.
const CONFLICT: &str = "conflict";

/// The finding that a DaemonSet was given with two uids.
const TWO_IDENTITIES: &str = "two-identities";

/// How many of them are told one by one.
const CONFLICTS: usize = 3;

/// Why nothing can be said without nodes.
pub const NO_NODES: &str =
    "cannot tell: no nodes are given; add the output of: kubectl get nodes -o yaml";

/// Answers again whenever the answer changes.
pub fn watch(sources: &Sources) -> Result<ExitCode, Failure> {
    let (files, name) = files_and_name(&sources.files);
    match files.first() {
        Some(file) => Err(Failure::WatchedFile(file.clone())),
        None => watch::run(&sources.cluster, asked_namespace(sources, name)),
    }
}

/// The moment that was asked for; a cluster that is asked answers for this one.
fn moment(clock: &Clock, is_live: bool) -> Option<Moment> {
    let this_moment = || {
        let now = Timestamp::try_from(SystemTime::now()).ok()?;
        // The API's own times have no fractions either.
        let now = Timestamp::from_unix_seconds(now.unix_seconds());
        Some(Moment::by_clock(now))
    };
    let asked = clock.now.map(Moment::asked);
    asked.or_else(|| this_moment().filter(|_| is_live))
}

/// Whether the cluster itself is asked, since no file is given.
pub fn is_live(sources: &Sources) -> bool {
    files_and_name(&sources.files).0.is_empty()
}

/// The namespace that is looked at, where one is named.
fn asked_namespace<'a>(sources: &'a Sources, name: Option<&'a str>) -> Option<&'a str> {
    let of_name = name.and_then(|name| name.split_once('/'));
    let namespace = of_name.map(|(namespace, _)| namespace);
    namespace.or(sources.namespace.as_deref())
}

/// What was read, and the sets that were asked for.
pub struct Input {
    /// Never let go of piece by piece: a process that has answered ends.
    pub inventory: ManuallyDrop<Inventory>,
    /// The places in `inventory.daemon_sets` of the sets asked for, by namespace and name.
    selected: Vec<usize>,
    /// Whether DaemonSets that do not decode are among those asked for.
    undecodable: Vec<usize>,
    /// The moment that was asked for, or at which the cluster was, or else what was found in it.
    moment: OnceCell<Moment>,
    /// Which manifests were matched with DaemonSets of the cluster by their names.
    pub matched: Vec<String>,
}

impl Input {
    /// Reads all files, and says what is wrong with them.
    pub fn read(sources: &Sources, needs: Needs) -> Result<Self, Failure> {
        Self::read_into(Inventory::new(), sources, needs)
    }

    /// The same for what asks of each DaemonSet by itself: several files may have one of the same name.
    pub fn read_each(sources: &Sources, needs: Needs) -> Result<Self, Failure> {
        Self::read_into(Inventory::new().with_each_version(), sources, needs)
    }

    fn read_into(empty: Inventory, sources: &Sources, needs: Needs) -> Result<Self, Failure> {
        let (files, name) = files_and_name(&sources.files);
        if files.iter().filter(|file| *file == "-").count() > 1 {
            return Err(Failure::StandardInputTwice);
        }
        let empty = empty.with_max_bytes(bytes(sources.max_size));
        let empty = if needs >= Needs::Room {
            empty.with_fit_objects()
        } else {
            empty
        };
        let unused = sources.cluster.flags();
        if !files.is_empty() && !unused.is_empty() {
            let flags = unused.join(" and ");
            complain("note", &format!("{flags}: not used, since a FILE is given"));
        }
        let mut inventory = if files.is_empty() {
            if let Some(name) = name {
                let text = format!("no file {name}: taken for a DaemonSet, and kubectl is asked");
                complain("note", &text);
            }
            let namespace = asked_namespace(sources, name);
            sources.cluster.read(empty.clone(), namespace, needs)?
        } else {
            read_files_into(empty.clone(), files, sources.max_size)?
        };
        let mut findings = inventory.diagnostics().iter();
        if let Some(found) = findings.find(|it| it.code.as_str() == TWO_IDENTITIES) {
            return Err(Failure::TwoClusters(found.in_full()));
        }
        if let Some(later) = later_of_two(&inventory, &empty, files, sources.max_size)? {
            inventory = later;
        }
        let wanted = Wanted::new(name, sources.namespace.as_deref());
        if let Some(namespace) = &sources.namespace {
            inventory.put_into_namespace(namespace);
        }
        let matched = match_by_name(&mut inventory);
        if (inventory.daemon_sets.iter()).any(|it| it.namespace == NamespaceOrigin::Default) {
            for note in meant_elsewhere(&inventory.daemon_sets, &owners(&inventory)) {
                complain("note", &note);
            }
        }
        let input = Self {
            selected: wanted.select(&inventory.daemon_sets),
            undecodable: (0..inventory.undecodable.len())
                .filter(|at| {
                    let set = inventory.undecodable.get(*at);
                    set.is_some_and(|set| wanted.is(set.written.namespace(), set.written.name()))
                })
                .collect(),
            inventory: ManuallyDrop::new(inventory),
            moment: OnceCell::new(),
            matched,
        };
        if files.is_empty() && input.inventory.written().next().is_none() {
            return Err(Failure::NoneInCluster(
                sources.cluster.place(wanted.namespace),
            ));
        }
        if input.selected.is_empty() && input.undecodable.is_empty() {
            let reason = wanted.not_found(&input.inventory);
            return Err(match name {
                Some(name) => Failure::NeitherFileNorSet {
                    argument: name.to_owned(),
                    reason: Box::new(reason),
                },
                None => reason,
            });
        }
        input.remark();
        Ok(input)
    }

    /// Reads all files for a moment.
    pub fn read_at(sources: &Sources, clock: &Clock, needs: Needs) -> Result<Self, Failure> {
        let mut input = Self::read(sources, needs)?;
        input.moment = moment(clock, is_live(sources)).map_or_else(OnceCell::new, OnceCell::from);
        Ok(input)
    }

    /// The sets asked for, by namespace and name.
    pub fn sets(&self) -> impl Iterator<Item = &Manifest> {
        let sets = self.selected.iter();
        sets.filter_map(|&at| self.inventory.daemon_sets.get(at))
    }

    /// The sets asked for that do not decode.
    pub fn undecodable(&self) -> impl Iterator<Item = &daemonset_manifest::Undecodable> {
        let sets = self.undecodable.iter();
        sets.filter_map(|&at| self.inventory.undecodable.get(at))
    }

    /// The one set that is meant.
    pub fn the_set(&self) -> Result<&Manifest, Failure> {
        let mut sets = self.sets();
        match (sets.next(), sets.next()) {
            (Some(only), None) => Ok(only),
            _ => Err(Failure::Several {
                found: list(self.sets()),
            }),
        }
    }

    /// The cluster, at the moment that was asked for.
    pub fn cluster(&self) -> Cluster<'_> {
        let cluster = self.inventory.cluster();
        // Looked for once here, and not again for every set.
        cluster.with_now(self.moment().at)
    }

    /// The cluster as far as room goes; empty unless it was read [with it](Needs::Room).
    pub fn room(&self) -> ClusterRoom {
        let objects = self.inventory.fit_objects();
        objects.map_or_else(ClusterRoom::default, FitObjects::cluster_room)
    }

    /// The moment that was asked for, or at which the cluster was, or else the newest that was read,
    /// and where it comes from.
    pub fn moment(&self) -> Moment {
        let found = || Moment::of(&self.inventory.cluster(), self.inventory.evidence());
        self.moment.get_or_init(found).clone()
    }

    /// Adds what an answer rests on: whether all of the input was read, and the moment.
    pub fn add_grounds(&self, page: &mut Page) {
        if self.inventory.has_errors() {
            page.line(
                "Not all of the input was read, as the errors tell: this is said of the rest.",
            );
        }
        page.add_moment(&self.moment());
    }

    /// How a command ends that found something, or did not.
    pub fn end(&self, found: bool) -> End {
        if self.inventory.is_incomplete() {
            End::Incomplete
        } else {
            End::findings_if(found)
        }
    }

    /// Says what was read and not used, and what could not be read.
    fn remark(&self) {
        let passed: Vec<_> = (self.inventory.passed_over())
            .map(|(kind, count)| format!("{count} {kind}"))
            .collect();
        if !passed.is_empty() {
            complain("note", &format!("passed over {}", passed.join(", ")));
        }
        say_of_input(self.inventory.diagnostics());
        let more = self.inventory.more_diagnostics();
        if more > 0 {
            complain("note", &format!("{more} more findings in the input"));
        }
    }

    /// Says why sets cannot be looked at.
    pub fn complain_of_undecodable(&self) {
        for set in self.undecodable() {
            say(&set.faults);
        }
    }

    /// Says which fields of the sets Kubernetes does not know.
    pub fn warn_of_unknown_fields(&self) {
        for manifest in self.sets() {
            let findings = manifest
                .written
                .checked(&daemonset_manifest::check::Check::new());
            let unknown = findings
                .into_iter()
                .filter(|f| f.code.as_str() == "unknown-field");
            for mut finding in unknown {
                finding.severity = Severity::Warning;
                say(&[finding]);
            }
        }
    }
}

/// Says what is wrong with the input; objects that were given twice are told by the first few.
fn say_of_input(findings: &[Diagnostic]) {
    let is_conflict = |finding: &&Diagnostic| finding.code.as_str() == CONFLICT;
    let (conflicts, others): (Vec<&Diagnostic>, Vec<&Diagnostic>) =
        findings.iter().partition(is_conflict);
    say(others);
    say(conflicts.iter().copied().take(CONFLICTS));
    if conflicts.is_empty() {
        return;
    }
    let more = match conflicts.len().saturating_sub(CONFLICTS) {
        0 => String::new(),
        more => format!("{more} more objects are given twice with other content; "),
    };
    let text = format!(
        "{more}what was read first counts, and what follows may fit neither: of two dumps give one; to hold \
         a manifest against a dump: dsplan diff DUMP MANIFEST"
    );
    complain("warning", &text);
}

/// Findings, one a line on standard error.
pub fn say<'a>(findings: impl IntoIterator<Item = &'a Diagnostic>) {
    for finding in findings {
        let kind = match finding.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
            _ => "note",
        };
        complain(kind, &finding.in_full());
    }
}

/// Compiles a set with the cluster's revisions; says why where its selector does not parse.
pub fn planner(set: &DaemonSet, cluster: &Cluster<'_>) -> Result<Planner, String> {
    Planner::in_cluster(set, cluster, &Options::default()).map_err(|error| error.to_string())
}

/// That no revision of a set was given, and what brings them.
pub fn no_revisions(set: &DaemonSet) -> String {
    let namespace = &set.metadata.namespace;
    format!(
        "no ControllerRevision of it is given; add the output of: kubectl get controllerrevisions -n \
         {namespace} -o yaml"
    )
}

/// The names of some nodes that are like the one that is not there.
pub fn near_nodes(cluster: &Cluster<'_>, name: &str) -> String {
    let names = || {
        cluster
            .nodes()
            .iter()
            .map(|node| node.metadata.name.as_str())
    };
    let mut like: Vec<_> = names()
        .filter(|other| other.contains(name) || name.contains(other))
        .collect();
    if like.is_empty() {
        like = suggest::nearest(name, names());
    }
    like.sort_unstable();
    like.truncate(3);
    match (like.as_slice(), cluster.nodes().len()) {
        ([], 0) => "no node is; add the output of: kubectl get nodes -o yaml".to_owned(),
        ([], _) => {
            let mut all: Vec<String> = names().map(str::to_owned).collect();
            all.sort_unstable();
            let all = daemonset_explain::words::list(&all, 5);
            format!("the nodes are {all}")
        }
        (like, _) => format!("did you mean {}?", like.join(" or ")),
    }
}

fn list<'a>(manifests: impl Iterator<Item = &'a Manifest>) -> String {
    let mut names: Vec<_> = manifests.map(|m| name_of(&m.daemon_set)).collect();
    names.sort();
    if names.is_empty() {
        "none".to_owned()
    } else {
        some(&names)
    }
}
