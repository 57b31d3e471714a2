//! Which of the sets that were read are asked for.

use daemonset_manifest::{Inventory, Manifest, suggest};

use super::{Failure, say};

/// Which sets are asked for.
pub struct Wanted<'a> {
    pub namespace: Option<&'a str>,
    name: Option<&'a str>,
}

impl<'a> Wanted<'a> {
    /// By NAME or NAMESPACE/NAME, and the namespace given beside it.
    pub fn new(name: Option<&'a str>, namespace: Option<&'a str>) -> Self {
        let (namespace, name) = match name.map(|name| name.split_once('/').unwrap_or(("", name))) {
            Some(("", name)) => (namespace, Some(name)),
            Some((of_name, name)) => (Some(of_name), Some(name)),
            None => (namespace, None),
        };
        Self { namespace, name }
    }

    pub fn is(&self, namespace: &str, name: &str) -> bool {
        self.namespace.is_none_or(|wanted| wanted == namespace)
            && self.name.is_none_or(|wanted| wanted == name)
    }

    /// The places of those asked for, by namespace and name.
    pub fn select(&self, manifests: &[Manifest]) -> Vec<usize> {
        let mut selected: Vec<_> = manifests
            .iter()
            .enumerate()
            .map(|(at, manifest)| (&manifest.daemon_set.metadata, at))
            .filter(|(meta, _)| self.is(&meta.namespace, &meta.name))
            .map(|(meta, at)| ((&meta.namespace, &meta.name), at))
            .collect();
        selected.sort_unstable();
        selected.into_iter().map(|(_, at)| at).collect()
    }

    /// Why no set is left of these.
    pub fn not_found(&self, inventory: &Inventory) -> Failure {
        let mut found: Vec<_> = (inventory.written())
            .map(|set| format!("{}/{}", set.namespace(), set.name()))
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
    // What was not read may hold one.
    let none = if inventory.is_incomplete() {
        "none in what was read"
    } else {
        "none"
    };
    if kinds.is_empty() {
        return none.to_owned();
    }
    let mut passed_over = inventory.passed_over().map(|(kind, _)| kind);
    let instead = passed_over.find_map(|kind| match kind.split('.').next() {
        Some("Kustomization") => Some("; give what kubectl kustomize prints"),
        Some("Table" | "PartialObjectMetadataList") => Some("; ask kubectl for -o yaml"),
        _ => None,
    });
    format!(
        "{none}, but {}{}",
        some(&kinds),
        instead.unwrap_or_default()
    )
}

/// The first names of a list, and how many more there are.
pub(super) fn some(names: &[String]) -> String {
    const SHOWN: usize = 10;
    daemonset_explain::words::list(names, SHOWN)
}
