//! Reads the files that the command is given.

use std::fs::{self, File};
use std::io;
use std::path::Path;
use std::process::ExitCode;
use std::time::SystemTime;

use daemonset::api::{DaemonSet, Timestamp};
use daemonset::fit::ClusterRoom;
use daemonset::{Cluster, Options, Planner};
use daemonset_explain::evidence::Moment;
use daemonset_manifest::{
    DEFAULT_NAMESPACE, Diagnostic, FitObjects, Inventory, Manifest, NamespaceOrigin, Severity,
    Written, suggest,
};

use crate::identity::{match_by_name, meant_elsewhere, owners};
use crate::kubectl::Needs;
use crate::output::complain;
use crate::progress::{Progress, Told};
use crate::{Clock, End, Sources, watch};

/// The finding that an object was given twice.
const CONFLICT: &str = "conflict";

/// How many of them are told one by one.
const CONFLICTS: usize = 3;

/// Why nothing can be said without nodes.
pub const NO_NODES: &str =
    "cannot tell: no nodes are given; add the output of: kubectl get nodes -o yaml";

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    #[error("{file}: {error}")]
    Open { file: String, error: std::io::Error },
    #[error("the output was not written: {0}")]
    Output(std::io::Error),
    #[error("{file}: the policy does not read")]
    Policy { file: String },
    #[error("{file}: expected what -o json prints under `memory`: {error}")]
    Memory { file: String, error: String },
    #[error(
        "no FILE is given, and kubectl does not run: {0}; give a FILE, or put kubectl on the PATH"
    )]
    NoKubectl(std::io::Error),
    #[error("no FILE is given, and kubectl does not get the DaemonSets: {0}")]
    Kubectl(String),
    #[error("expected no FILE with --watch, found {0}")]
    WatchedFile(String),
    #[error("expected one of {known}, found {wanted}")]
    NoVerb { wanted: String, known: String },
    #[error("cannot run again: {0}")]
    Run(std::io::Error),
    #[error("expected a DaemonSet, found {0}")]
    NoDaemonSet(String),
    #[error("the cluster was asked, and there is no DaemonSet in {0}")]
    NoneInCluster(String),
    #[error("expected DaemonSet {wanted}, found {found}{}", meant(near.as_deref()))]
    NotFound {
        wanted: String,
        found: String,
        near: Option<String>,
    },
    #[error("{argument}: no such file, and no DaemonSet of that name: {reason}")]
    NeitherFileNorSet {
        argument: String,
        reason: Box<Failure>,
    },
    #[error("expected at most one file to be standard input, found two")]
    StandardInputTwice,
    #[error("expected node {wanted:?}, found {near}")]
    NoNode { wanted: String, near: String },
    #[error("expected DaemonSet {set} in {file}, found none of that name")]
    NotInOld { set: String, file: String },
    #[error("expected one DaemonSet, found {found}; name the one that is meant")]
    Several { found: String },
}

/// Answers again whenever the answer changes.
pub fn watch(sources: &Sources) -> Result<ExitCode, Failure> {
    let (files, name) = files_and_name(&sources.files);
    match files.first() {
        Some(file) => Err(Failure::WatchedFile(file.clone())),
        None => watch::run(&sources.cluster, asked_namespace(sources, name)),
    }
}

/// The namespace that is looked at, where one is named.
fn asked_namespace<'a>(sources: &'a Sources, name: Option<&'a str>) -> Option<&'a str> {
    let of_name = name.and_then(|name| name.split_once('/'));
    let namespace = of_name.map(|(namespace, _)| namespace);
    namespace.or(sources.namespace.as_deref())
}

/// What was read, and the sets that were asked for.
pub struct Input {
    pub inventory: Inventory,
    /// The places in `inventory.daemon_sets` of the sets asked for, by namespace and name.
    selected: Vec<usize>,
    /// Whether DaemonSets that do not decode are among those asked for.
    undecodable: Vec<usize>,
    /// The namespace of what names none.
    otherwise: String,
    /// The moment that was asked for, or at which the cluster was.
    moment: Option<Moment>,
    /// Which manifests were matched with DaemonSets of the cluster by their names.
    pub matched: Vec<String>,
}

impl Input {
    /// Reads all files, and says what is wrong with them.
    pub fn read(sources: &Sources, needs: Needs) -> Result<Self, Failure> {
        let (files, name) = files_and_name(&sources.files);
        if files.iter().filter(|file| *file == "-").count() > 1 {
            return Err(Failure::StandardInputTwice);
        }
        let empty = Inventory::new().with_max_bytes(bytes(sources.max_size));
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
            sources.cluster.read(empty, namespace, needs)?
        } else {
            read_files_into(empty, files, sources.max_size)?
        };
        let wanted = Wanted::new(name, sources.namespace.as_deref());
        wanted.put_into_namespace(&mut inventory);
        let matched = match_by_name(&mut inventory);
        if (inventory.daemon_sets.iter()).any(|it| it.namespace == NamespaceOrigin::Default) {
            for note in meant_elsewhere(&inventory.daemon_sets, &owners(&inventory)) {
                complain("note", &note);
            }
        }
        let input = Self {
            selected: select(&inventory.daemon_sets, &wanted),
            undecodable: (0..inventory.undecodable.len())
                .filter(|at| {
                    let set = inventory.undecodable.get(*at);
                    set.is_some_and(|set| wanted.is_written(&set.written))
                })
                .collect(),
            otherwise: wanted.otherwise.to_owned(),
            inventory,
            moment: None,
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
        // A cluster that is asked answers for this moment.
        let this_moment = || {
            let now = Timestamp::try_from(SystemTime::now()).ok()?;
            // The API's own times have no fractions either.
            let now = Timestamp::from_unix_seconds(now.unix_seconds());
            Some(Moment::by_clock(now))
        };
        let is_live = files_and_name(&sources.files).0.is_empty();
        let asked = clock.now.map(Moment::asked);
        input.moment = asked.or_else(|| this_moment().filter(|_| is_live));
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

    /// The namespace of a set as it was written.
    pub fn namespace_of<'w>(&'w self, set: &'w Written) -> &'w str {
        set.named_namespace().unwrap_or(&self.otherwise)
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
        self.moment.clone().unwrap_or_else(found)
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

fn bytes(mebibytes: usize) -> usize {
    mebibytes.saturating_mul(1 << 20)
}

/// Reads several files into one inventory.
pub fn read_files(files: &[String], max_mebibytes: usize) -> Result<Inventory, Failure> {
    read_files_into(Inventory::new(), files, max_mebibytes)
}

/// Reads several files into an inventory that is there.
pub fn read_files_into(
    inventory: Inventory,
    files: &[String],
    max_mebibytes: usize,
) -> Result<Inventory, Failure> {
    let mut inventory = inventory.with_max_bytes(bytes(max_mebibytes));
    for file in files {
        let failed = |error| Failure::Open {
            file: file.clone(),
            error,
        };
        if file == "-" {
            read_standard_input(&mut inventory)
        } else {
            File::open(file).and_then(|open| read_file(&mut inventory, file, open))
        }
        .map_err(failed)?;
    }
    Ok(inventory)
}

/// Reads a file; of one that can be read again, no text is kept meanwhile.
fn read_file(inventory: &mut Inventory, name: &str, file: File) -> io::Result<()> {
    let metadata = file.metadata().ok().filter(fs::Metadata::is_file);
    let size = metadata.map(|metadata| metadata.len());
    let progress = Progress::new(&format!("reading {name}"), 0);
    let told = Told::new(file, &progress, size);
    let read = match size {
        Some(_) => inventory.read_file(name, told),
        None => inventory.read_from(name, told),
    };
    progress.end();
    read
}

/// Standard input is as often a file as a pipe.
fn read_standard_input(inventory: &mut Inventory) -> io::Result<()> {
    let name = "standard input";
    #[cfg(unix)]
    {
        use std::os::fd::AsFd as _;
        let file = io::stdin().as_fd().try_clone_to_owned()?;
        read_file(inventory, name, File::from(file))
    }
    #[cfg(not(unix))]
    inventory.read_from(name, io::stdin().lock())
}

/// Reads two inputs, with what the question for room reads, and says what is wrong with them.
pub fn read_both(old: &str, new: &str, max_mebibytes: usize) -> Result<[Inventory; 2], Failure> {
    if old == "-" && new == "-" {
        return Err(Failure::StandardInputTwice);
    }
    let read = |file: &str| {
        let inventory = Inventory::new().with_fit_objects();
        read_files_into(inventory, &[file.to_owned()], max_mebibytes)
    };
    let both = [read(old)?, read(new)?];
    for side in &both {
        say(side.diagnostics());
    }
    Ok(both)
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
        ([], 0) => "no node in the input; add the output of: kubectl get nodes -o yaml".to_owned(),
        ([], _) => {
            let mut all: Vec<String> = names().map(str::to_owned).collect();
            all.sort_unstable();
            daemonset_explain::words::list(&all, 5)
        }
        (like, _) => format!("{}, which may be meant", like.join(", ")),
    }
}

/// Namespace and name, as people write them.
pub fn name_of(set: &DaemonSet) -> String {
    format!("{}/{}", set.metadata.namespace, set.metadata.name)
}

/// The last argument is a set's name where it names no file and looks like no file.
fn files_and_name(files: &[String]) -> (&[String], Option<&str>) {
    match files.split_last() {
        Some((last, files)) if last != "-" && !Path::new(last).exists() && is_name(last) => {
            (files, Some(last))
        }
        _ => (files, None),
    }
}

fn is_name(text: &str) -> bool {
    let (namespace, name) = text.split_once('/').unwrap_or(("default", text));
    daemonset::matching::names::is_dns_subdomain(name)
        && daemonset::matching::names::is_dns_label(namespace)
        && !Path::new(name)
            .extension()
            .and_then(|end| end.to_str())
            .is_some_and(|end| matches!(end, "yaml" | "yml" | "json" | "gz" | "zst"))
}

/// Which sets are asked for.
pub struct Wanted<'a> {
    namespace: Option<&'a str>,
    name: Option<&'a str>,
    /// The namespace of what names none.
    pub otherwise: &'a str,
}

impl<'a> Wanted<'a> {
    /// By NAME or NAMESPACE/NAME, and the namespace given beside it.
    pub fn new(name: Option<&'a str>, namespace: Option<&'a str>) -> Self {
        let otherwise = namespace.unwrap_or(DEFAULT_NAMESPACE);
        let (namespace, name) = match name.map(|name| name.split_once('/').unwrap_or(("", name))) {
            Some(("", name)) => (namespace, Some(name)),
            Some((of_name, name)) => (Some(of_name), Some(name)),
            None => (namespace, None),
        };
        Self {
            namespace,
            name,
            otherwise,
        }
    }

    /// Puts manifests that name no namespace into the one that is asked for, as `kubectl -n` does.
    pub fn put_into_namespace(&self, inventory: &mut Inventory) {
        let sets = inventory.daemon_sets.iter_mut();
        for manifest in sets.filter(|set| set.namespace == NamespaceOrigin::Default) {
            self.otherwise
                .clone_into(&mut manifest.daemon_set.metadata.namespace);
        }
    }

    /// The namespace of a set as it was written.
    pub fn namespace_of<'w>(&self, set: &'w Written) -> &'w str
    where
        'a: 'w,
    {
        set.named_namespace().unwrap_or(self.otherwise)
    }

    /// Whether a set that was written is asked for.
    pub fn is_written(&self, set: &Written) -> bool {
        self.is(self.namespace_of(set), set.name())
    }

    pub fn is(&self, namespace: &str, name: &str) -> bool {
        self.namespace.is_none_or(|wanted| wanted == namespace)
            && self.name.is_none_or(|wanted| wanted == name)
    }

    /// Why no set is left of these.
    pub fn not_found(&self, inventory: &Inventory) -> Failure {
        let mut found: Vec<_> = (inventory.written())
            .map(|set| format!("{}/{}", self.namespace_of(set), set.name()))
            .collect();
        if found.is_empty() {
            say(inventory.diagnostics());
            return Failure::NoDaemonSet(other_kinds(inventory));
        }
        found.sort();
        found.dedup();
        let wanted = [self.namespace, self.name].map(|part| part.unwrap_or("*"));
        let names = found.iter().filter_map(|full| full.split_once('/'));
        let near = self.name.and_then(|name| {
            suggest::nearest(name, names.map(|(_, name)| name))
                .into_iter()
                .next()
        });
        let near = near.and_then(|near| {
            let of_name =
                |full: &&String| full.split_once('/').is_some_and(|(_, name)| name == near);
            found.iter().find(of_name).cloned()
        });
        Failure::NotFound {
            near,
            wanted: wanted.join("/"),
            found: some(&found),
        }
    }
}

/// What was read in place of DaemonSets, and what to give instead where that is known.
fn other_kinds(inventory: &Inventory) -> String {
    let read = [
        ("Node", inventory.nodes.len()),
        ("Pod", inventory.pods.len()),
        ("ControllerRevision", inventory.revisions.len()),
    ];
    let kinds = read.into_iter().chain(inventory.passed_over());
    let kinds = kinds.filter(|(_, number)| *number > 0);
    let kinds: Vec<String> = kinds
        .map(|(kind, number)| format!("{number} {kind}"))
        .collect();
    if kinds.is_empty() {
        return "none".to_owned();
    }
    let mut passed_over = inventory.passed_over().map(|(kind, _)| kind);
    let instead = passed_over.find_map(|kind| match kind.split('.').next() {
        Some("Kustomization") => Some("; give what kubectl kustomize prints"),
        Some("Table" | "PartialObjectMetadataList") => Some("; ask kubectl for -o yaml"),
        _ => None,
    });
    format!("none, but {}{}", some(&kinds), instead.unwrap_or_default())
}

/// The first names of a list, and how many more there are.
fn some(names: &[String]) -> String {
    const SHOWN: usize = 10;
    daemonset_explain::words::list(names, SHOWN)
}

fn meant(near: Option<&str>) -> String {
    near.map_or(String::new(), |near| format!("; did you mean {near}?"))
}

fn select(manifests: &[Manifest], wanted: &Wanted<'_>) -> Vec<usize> {
    let mut selected: Vec<_> = manifests
        .iter()
        .enumerate()
        .map(|(at, manifest)| (&manifest.daemon_set.metadata, at))
        .filter(|(meta, _)| wanted.is(&meta.namespace, &meta.name))
        .map(|(meta, at)| ((&meta.namespace, &meta.name), at))
        .collect();
    selected.sort_unstable();
    selected.into_iter().map(|(_, at)| at).collect()
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
