//! The revisions: which one is current, which are old, and what is written about them.

use daemonset::api::ControllerRevision;

use super::{Claim, HASH, Oracle, claim};
use crate::decision::Decision;
use crate::world::World;

/// The revisions that count.
pub(super) struct Revisions<'a> {
    /// The hash that pods should carry.
    pub hash: String,
    /// The others, lowest number first.
    pub old: Vec<&'a ControllerRevision>,
    /// Whether others hold the current template too.
    pub duplicates: bool,
}

pub(super) fn hash_of(revision: &ControllerRevision) -> &str {
    let label = revision.metadata.labels.get(HASH);
    label.unwrap_or(&revision.metadata.name)
}

impl<'a> Revisions<'a> {
    /// Sorts the revisions; `None` where the name of the new one is taken by other content.
    pub fn find(oracle: &Oracle, world: &'a World, decision: &mut Decision) -> Option<Self> {
        let set = &world.set;
        let wanted = &oracle.data;
        let mut ours: Vec<&ControllerRevision> = Vec::new();
        for revision in &world.revisions {
            let name = revision.metadata.name.clone();
            match claim(world, &revision.metadata) {
                Claim::NotOurs => continue,
                Claim::Released => {
                    decision.release_revisions.insert(name);
                    continue;
                }
                Claim::Adopted => {
                    decision.adopt_revisions.insert(name);
                }
                Claim::Kept => {}
            }
            ours.push(revision);
        }
        ours.sort_by_key(|revision| (revision.revision, &revision.metadata.name));
        for revision in &ours {
            if revision.metadata.labels.get(HASH).is_none() {
                let name = &revision.metadata.name;
                let write = (name.clone(), revision.revision, name.clone());
                decision.update_revisions.push(write);
            }
        }
        let (mut current, old): (Vec<_>, Vec<_>) = ours
            .into_iter()
            .partition(|revision| revision.data == *wanted);
        let next = old.iter().map(|old| old.revision).max().unwrap_or(0) + 1;
        let hash = if let Some(kept) = current.pop() {
            if kept.revision < next {
                let write = (kept.metadata.name.clone(), next, hash_of(kept).to_owned());
                decision.update_revisions.push(write);
            }
            let duplicates = current.iter().map(|other| other.metadata.name.clone());
            decision.delete_revisions.extend(duplicates);
            hash_of(kept).to_owned()
        } else {
            let hash = oracle.hash.clone();
            let name = format!("{}-{hash}", set.metadata.name);
            let mut stored = world.revisions.iter();
            let taken = stored.find(|other| {
                other.metadata.name == name && other.metadata.namespace == set.metadata.namespace
            });
            match taken {
                None => {
                    decision.create_revision = Some(next);
                    hash
                }
                Some(same) if same.data == *wanted => hash_of(same).to_owned(),
                Some(_) => {
                    decision.update_revisions.sort();
                    return None;
                }
            }
        };
        decision.update_revisions.sort();
        Some(Self {
            hash,
            old,
            duplicates: !current.is_empty(),
        })
    }
}
