//! Which DaemonSet of the cluster a manifest is, that has no uid.

use std::collections::{BTreeMap, BTreeSet};

use daemonset::api::DaemonSet;
use daemonset_manifest::{Inventory, Manifest, NamespaceOrigin};

/// Gives manifests without a uid the one of the DaemonSet of that namespace and name to which pods
/// and revisions of the cluster belong, and says so. Without it every pod would be somebody else's,
/// and be created again.
pub fn match_by_name(inventory: &mut Inventory) -> Vec<String> {
    let mut uids: BTreeMap<(&str, &str), BTreeSet<&str>> = BTreeMap::new();
    let lacks_uid = |uid: &str| uid.is_empty();
    let is_asked =
        (inventory.daemon_sets.iter()).any(|manifest| lacks_uid(&manifest.daemon_set.metadata.uid));
    if !is_asked {
        return Vec::new();
    }
    let pods = inventory.pods.iter().map(|pod| &pod.metadata);
    let revisions = inventory
        .revisions
        .iter()
        .map(|revision| &revision.metadata);
    for metadata in pods.chain(revisions) {
        if let Some(owner) = metadata.controller().filter(|it| it.kind == "DaemonSet") {
            let of_name = uids.entry((&metadata.namespace, &owner.name)).or_default();
            of_name.insert(&owner.uid);
        }
    }
    let mut found = Vec::new();
    for (at, manifest) in inventory.daemon_sets.iter().enumerate() {
        let metadata = &manifest.daemon_set.metadata;
        if !lacks_uid(&metadata.uid) {
            continue;
        }
        let of_name = uids.get(&(metadata.namespace.as_str(), metadata.name.as_str()));
        let mut of_name = of_name.into_iter().flatten();
        if let (Some(only), None) = (of_name.next(), of_name.next()) {
            found.push((at, (*only).to_owned()));
        }
    }
    let mut notes = Vec::new();
    for (at, uid) in found {
        if let Some(manifest) = inventory.daemon_sets.get_mut(at) {
            notes.push(format!(
                "{} has no uid: matched by namespace and name with the DaemonSet that pods and revisions of \
                 the cluster belong to (uid {uid})",
                name_of(&manifest.daemon_set)
            ));
            manifest.daemon_set.metadata.uid = uid;
        }
    }
    notes
}

/// Manifests that name no namespace, where one of that name is known elsewhere and none where they
/// were put: which are probably meant for it.
pub fn meant_elsewhere<'a>(
    manifests: impl IntoIterator<Item = &'a Manifest>,
    known: &BTreeSet<(&str, &str)>,
) -> Vec<String> {
    let manifests = manifests.into_iter();
    let nowhere = manifests.filter(|manifest| manifest.namespace == NamespaceOrigin::Default);
    let notes = nowhere.filter_map(|manifest| {
        let metadata = &manifest.daemon_set.metadata;
        let (namespace, name) = (metadata.namespace.as_str(), metadata.name.as_str());
        if known.contains(&(namespace, name)) {
            return None;
        }
        let (other, _) = known.iter().find(|(_, other)| *other == name)?;
        Some(format!(
            "{namespace}/{name} names no namespace, and there is {other}/{name}: -n {other} takes it for that one"
        ))
    });
    notes.collect()
}

/// The DaemonSets, by namespace and name, to which pods and revisions belong.
pub fn owners(inventory: &Inventory) -> BTreeSet<(&str, &str)> {
    let pods = inventory.pods.iter().map(|pod| &pod.metadata);
    let revisions = (inventory.revisions.iter()).map(|revision| &revision.metadata);
    let owners = pods.chain(revisions).filter_map(|metadata| {
        let owner = metadata.controller()?;
        (owner.kind == "DaemonSet").then_some((&*metadata.namespace, &*owner.name))
    });
    owners.collect()
}

/// Namespace and name, as people write them.
pub fn name_of(set: &DaemonSet) -> String {
    format!("{}/{}", set.metadata.namespace, set.metadata.name)
}
