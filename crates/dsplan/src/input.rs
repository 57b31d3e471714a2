//! Reads the files that the command is given.

use std::io::Read;
use std::path::Path;

use daemonset::api::DaemonSet;
use daemonset::manifest::{Inventory, Manifest, ReadErrors};
use daemonset::schema;

use crate::Sources;
use crate::output::complain;

/// Why the input could not be read.
#[derive(Debug, thiserror::Error)]
pub enum InputError {
    #[error("{file}: {error}")]
    Open { file: String, error: std::io::Error },
    #[error("{0}")]
    Read(#[from] ReadErrors),
    #[error("expected a DaemonSet, found {0}")]
    NoDaemonSet(String),
    #[error("expected DaemonSet {wanted}, found {found}{}", meant(near.as_deref()))]
    NotFound {
        wanted: String,
        found: String,
        near: Option<String>,
    },
    #[error("expected at most one file to be standard input, found two")]
    StandardInputTwice,
    #[error("expected node {wanted}, found {near}")]
    NoNode { wanted: String, near: String },
    #[error("expected one DaemonSet, found {found}; name the one that is meant")]
    Several { found: String },
}

/// What was read, and the sets that were asked for.
pub struct Input {
    pub inventory: Inventory,
    /// The places in `inventory.daemon_sets` of the sets asked for, by namespace and name.
    selected: Vec<usize>,
}

impl Input {
    /// Reads all files.
    pub fn read(sources: &Sources) -> Result<Self, InputError> {
        let (files, name) = files_and_name(&sources.files);
        let mut inventory = Inventory::new();
        if files.iter().filter(|file| *file == "-").count() > 1 {
            return Err(InputError::StandardInputTwice);
        }
        for file in files {
            read_into(&mut inventory, file)?;
        }
        let wanted = Wanted::new(name, sources.namespace.as_deref());
        let selected = select(&inventory.daemon_sets, &wanted)?;
        let input = Self {
            inventory,
            selected,
        };
        input.remark();
        Ok(input)
    }

    /// The sets asked for, by namespace and name.
    pub fn sets(&self) -> impl Iterator<Item = &Manifest> {
        self.selected
            .iter()
            .map(|&at| &self.inventory.daemon_sets[at])
    }

    /// The one set that is meant.
    pub fn the_set(&self) -> Result<&Manifest, InputError> {
        match self.selected.as_slice() {
            [only] => Ok(&self.inventory.daemon_sets[*only]),
            _ => Err(InputError::Several {
                found: list(self.sets()),
            }),
        }
    }

    /// Says what was read and not used.
    fn remark(&self) {
        let passed: Vec<_> = (self.inventory.passed_over.iter())
            .map(|(kind, count)| format!("{count} {kind}"))
            .collect();
        if !passed.is_empty() {
            complain("note", &format!("passed over {}", passed.join(", ")));
        }
    }

    /// Says which fields of the sets Kubernetes does not know.
    pub fn warn_of_unknown_fields(&self) {
        self.sets().for_each(warn_of_unknown_fields);
    }
}

/// Says which fields of a set Kubernetes does not know.
pub fn warn_of_unknown_fields(manifest: &Manifest) {
    for unknown in schema::unknown_fields(&manifest.json) {
        let place = place_of(manifest, &unknown.path);
        complain("warning", &format!("{place}: {unknown}"));
    }
}

/// Reads a single file.
pub fn read_one(file: &str) -> Result<Inventory, InputError> {
    let mut inventory = Inventory::new();
    read_into(&mut inventory, file)?;
    Ok(inventory)
}

fn read_into(inventory: &mut Inventory, file: &str) -> Result<(), InputError> {
    let bytes = bytes_of(file).map_err(|error| InputError::Open {
        file: file.to_owned(),
        error,
    })?;
    let source = if file == "-" { "standard input" } else { file };
    Ok(inventory.read(source, &bytes)?)
}

/// Where a field of a manifest stands.
pub fn place_of(manifest: &Manifest, path: &str) -> String {
    let mut place = manifest.place.clone();
    place.line = manifest.line_of(path).or(place.line);
    place.to_string()
}

/// Namespace and name, as people write them.
pub fn name_of(set: &DaemonSet) -> String {
    format!("{}/{}", set.metadata.namespace, set.metadata.name)
}

/// The last argument is a set's name where it names no file.
fn files_and_name(files: &[String]) -> (&[String], Option<&str>) {
    match files.split_last() {
        Some((last, files))
            if !files.is_empty() && last != "-" && !Path::new(last).exists() && is_name(last) =>
        {
            (files, Some(last))
        }
        _ => (files, None),
    }
}

fn is_name(text: &str) -> bool {
    let name = text.split_once('/').map_or(text, |(_, name)| name);
    daemonset::syntax::is_dns_subdomain(name)
        && !Path::new(name)
            .extension()
            .is_some_and(|end| end == "yaml" || end == "yml" || end == "json")
}

fn bytes_of(file: &str) -> std::io::Result<Vec<u8>> {
    if file == "-" {
        let mut bytes = Vec::new();
        std::io::stdin().lock().read_to_end(&mut bytes)?;
        Ok(bytes)
    } else {
        std::fs::read(file)
    }
}

/// Which sets are asked for.
pub struct Wanted<'a> {
    namespace: Option<&'a str>,
    name: Option<&'a str>,
}

impl<'a> Wanted<'a> {
    /// By NAME or NAMESPACE/NAME, and the namespace given beside it.
    pub fn new(name: Option<&'a str>, namespace: Option<&'a str>) -> Self {
        match name.map(|name| name.split_once('/').unwrap_or(("", name))) {
            Some(("", name)) => Self {
                namespace,
                name: Some(name),
            },
            Some((of_name, name)) => Self {
                namespace: Some(of_name),
                name: Some(name),
            },
            None => Self {
                namespace,
                name: None,
            },
        }
    }

    pub fn is(&self, set: &DaemonSet) -> bool {
        let meta = &set.metadata;
        self.namespace.is_none_or(|wanted| wanted == meta.namespace)
            && self.name.is_none_or(|wanted| wanted == meta.name)
    }

    /// Why no set is left of these.
    pub fn not_found<'m>(&self, manifests: impl Iterator<Item = &'m Manifest>) -> InputError {
        let mut found: Vec<_> = manifests.map(|m| name_of(&m.daemon_set)).collect();
        if found.is_empty() {
            return InputError::NoDaemonSet("none".to_owned());
        }
        found.sort();
        found.dedup();
        let wanted = [self.namespace, self.name].map(|part| part.unwrap_or("*"));
        InputError::NotFound {
            near: self.nearest(&found),
            wanted: wanted.join("/"),
            found: found.join(", "),
        }
    }

    /// The name among these that was probably meant.
    fn nearest(&self, found: &[String]) -> Option<String> {
        let likeness = |full: &&String| {
            let (namespace, name) = full.split_once('/').unwrap_or(("", full));
            let alike = |wanted: Option<&str>, found: &str| {
                wanted.map_or(1.0, |wanted| strsim::jaro_winkler(wanted, found))
            };
            // A name is meant first, and its namespace second.
            let likeness = 2.0 * alike(self.name, name) + alike(self.namespace, namespace);
            (likeness * 1000.0).round()
        };
        let near = found
            .iter()
            .max_by(|a, b| likeness(a).total_cmp(&likeness(b)))?;
        let name = near.split_once('/').map_or(near.as_str(), |(_, name)| name);
        let is_near = |wanted: &str| strsim::jaro_winkler(wanted, name) > 0.85;
        self.name.is_some_and(is_near).then(|| near.clone())
    }
}

fn meant(near: Option<&str>) -> String {
    near.map_or(String::new(), |near| format!("; was {near} meant?"))
}

fn select(manifests: &[Manifest], wanted: &Wanted<'_>) -> Result<Vec<usize>, InputError> {
    let key = |at: &usize| {
        let meta = &manifests[*at].daemon_set.metadata;
        (meta.namespace.clone(), meta.name.clone())
    };
    let mut selected: Vec<usize> = (0..manifests.len())
        .filter(|at| wanted.is(&manifests[*at].daemon_set))
        .collect();
    selected.sort_by_key(key);
    if selected.is_empty() {
        return Err(wanted.not_found(manifests.iter()));
    }
    Ok(selected)
}

fn list<'a>(manifests: impl Iterator<Item = &'a Manifest>) -> String {
    let mut names: Vec<_> = manifests.map(|m| name_of(&m.daemon_set)).collect();
    names.sort();
    names.join(", ")
}
