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
    #[error("expected DaemonSet {wanted}, found {found}")]
    NotFound { wanted: String, found: String },
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
        for file in files {
            read_into(&mut inventory, file)?;
        }
        let selected = select(&inventory.daemon_sets, name, sources.namespace.as_deref())?;
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
        for manifest in self.sets() {
            for unknown in schema::unknown_fields(&manifest.json) {
                let place = place_of(manifest, &unknown.path);
                complain("warning", &format!("{place}: {unknown}"));
            }
        }
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

fn select(
    manifests: &[Manifest],
    name: Option<&str>,
    namespace: Option<&str>,
) -> Result<Vec<usize>, InputError> {
    let (namespace, name) = match name.map(|name| name.split_once('/').unwrap_or(("", name))) {
        Some(("", name)) => (namespace, Some(name)),
        Some((namespace, name)) => (Some(namespace), Some(name)),
        None => (namespace, None),
    };
    let key = |at: &usize| {
        let meta = &manifests[*at].daemon_set.metadata;
        (meta.namespace.clone(), meta.name.clone())
    };
    let mut selected: Vec<usize> = (0..manifests.len())
        .filter(|at| {
            let (own_namespace, own_name) = key(at);
            namespace.is_none_or(|wanted| wanted == own_namespace)
                && name.is_none_or(|wanted| wanted == own_name)
        })
        .collect();
    selected.sort_by_key(key);
    if selected.is_empty() {
        if manifests.is_empty() {
            return Err(InputError::NoDaemonSet("none".to_owned()));
        }
        let wanted = [namespace, name].map(|part| part.unwrap_or("*")).join("/");
        let found = list(manifests.iter());
        return Err(InputError::NotFound { wanted, found });
    }
    Ok(selected)
}

fn list<'a>(manifests: impl Iterator<Item = &'a Manifest>) -> String {
    let mut names: Vec<_> = manifests.map(|m| name_of(&m.daemon_set)).collect();
    names.sort();
    names.join(", ")
}
