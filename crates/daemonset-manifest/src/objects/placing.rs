//! Every object into the list of its kind, unless it is there already.

use daemonset::api::ObjectMeta;
use daemonset_explain::evidence::Evidence;

use super::convert::Object;
use super::dumps::DocumentId;
use super::item::{ReadNode, ReadPod};
use super::kinds::Kind;
use super::known::{Origin, Seen};
use super::{Inventory, Versions};
use crate::diagnostic::Place;
use crate::source::{Fault, codes};
use crate::words::in_quotes;

/// Whether an object is there already.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Novelty {
    New,
    Repeated,
}

impl Inventory {
    pub(super) fn put_node(&mut self, node: ReadNode, origin: Origin) -> Result<(), Fault> {
        let ReadNode { said, node, facts } = node;
        let says_so = |evidence: &Evidence| {
            let before = evidence.node(&said.name);
            before.map_or(said.messages.is_empty(), |before| *before == said)
        };
        if self.put(Kind::Node, node, origin, says_so)? == Novelty::New {
            self.evidence.add_node(said);
            if let (Some(fit), Some(facts)) = (&mut self.fit, facts) {
                fit.add_node(&facts);
            }
        }
        Ok(())
    }

    pub(super) fn put_pod(&mut self, pod: ReadPod, origin: Origin) -> Result<(), Fault> {
        let ReadPod {
            mut said,
            pod,
            scheduled,
            room,
        } = pod;
        if *said.namespace != *pod.metadata.namespace {
            said.namespace = pod.metadata.namespace.as_str().into();
        }
        let says_so =
            |evidence: &Evidence| evidence.pod(&said.namespace, &said.name) == Some(&said);
        if self.put(Kind::Pod, pod, origin, says_so)? == Novelty::New {
            if let Some(at) = scheduled {
                self.evidence.note_scheduled(&said, at);
            }
            self.evidence.add_pod(said);
            if let (Some(fit), Some(room)) = (&mut self.fit, room) {
                fit.add_pod(room);
            }
        }
        Ok(())
    }

    /// Puts an object that was read into its list, unless it is there already: it and what it says besides.
    pub(super) fn put<T: Object>(
        &mut self,
        kind: Kind,
        read: T,
        origin: Origin,
        says_so: impl FnOnce(&Evidence) -> bool,
    ) -> Result<Novelty, Fault> {
        let known = std::mem::take(T::list(self));
        let metadata = read.metadata();
        let named = |_: &Self, at: usize| {
            (known.get(at)).is_some_and(|other| is_named_alike(other.metadata(), metadata))
        };
        let same = |inventory: &Self, at: usize| {
            known.get(at) == Some(&read) && says_so(&inventory.evidence)
        };
        let novelty = self.note(kind, metadata, origin.of(known.len()), named, same);
        let list = T::list(self);
        *list = known;
        if let Ok(Novelty::New) = novelty {
            list.push(read);
        }
        novelty
    }

    /// Whether an object of this name is in the list of its kind.
    pub(super) fn has<T: Object>(&mut self, kind: Kind, metadata: &ObjectMeta) -> bool {
        let place = self.known.place(kind, &metadata.namespace, &metadata.name);
        let found: Vec<Seen> = self.known.at(place).collect();
        let list = T::list(self);
        found.iter().any(|seen| {
            let found = list.get(seen.at as usize);
            found.is_some_and(|found| is_named_alike(found.metadata(), metadata))
        })
    }

    /// Notes an object that would be the next of its kind.
    pub(super) fn note(
        &mut self,
        kind: Kind,
        metadata: &ObjectMeta,
        seen: Seen,
        has_this_name: impl Fn(&Self, usize) -> bool,
        is_same: impl FnOnce(&Self, usize) -> bool,
    ) -> Result<Novelty, Fault> {
        if metadata.name.is_empty() {
            return Ok(Novelty::New);
        }
        let place = self.known.place(kind, &metadata.namespace, &metadata.name);
        let found = self
            .known
            .at(place)
            .find(|first| has_this_name(self, first.at as usize));
        let Some(first) = found else {
            self.known.insert(place, seen);
            return Ok(Novelty::New);
        };
        if is_same(self, first.at as usize) {
            self.repeated += 1;
            return Ok(Novelty::Repeated);
        }
        let is_version = kind == Kind::DaemonSet && first.origin.source != seen.origin.source;
        if is_version && self.versions == Versions::Each {
            return Ok(Novelty::New);
        }
        let name = match &*metadata.namespace {
            "" => metadata.name.clone(),
            namespace => format!("{namespace}/{}", metadata.name),
        };
        let message = format!(
            "expected one {} {}, found another with other content at {}",
            kind.name(),
            in_quotes(&name),
            self.place_of(first.origin)
        );
        let documents = [first.origin, seen.origin].map(DocumentId::of);
        self.conflicts.add(documents[0], documents[1]);
        Err(Fault::new(codes::CONFLICT, message))
    }

    fn place_of(&self, origin: Origin) -> Place {
        let source = self.sources.get(origin.source as usize).cloned();
        let mut place = Place::of_source(source.unwrap_or_else(|| "".into()));
        place.document = Some(origin.document as usize);
        place.line = Some(origin.line);
        place
    }

    /// Forgets all nodes and pods.
    pub(super) fn forget_nodes_and_pods(&mut self) {
        self.nodes.clear();
        self.pods.clear();
        self.known.forget(Kind::Node);
        self.known.forget(Kind::Pod);
        self.evidence.forget_nodes_and_pods();
        if let Some(fit) = &mut self.fit {
            fit.forget_nodes_and_pods();
        }
    }
}

pub(super) fn is_named_alike(one: &ObjectMeta, other: &ObjectMeta) -> bool {
    one.name == other.name && one.namespace == other.namespace
}

/// Whether two objects of a name are known to be different ones.
pub(super) fn is_another(first: &ObjectMeta, second: &ObjectMeta) -> bool {
    !first.uid.is_empty() && !second.uid.is_empty() && first.uid != second.uid
}

/// That a DaemonSet was given with two uids.
pub(super) fn two_identities(metadata: &ObjectMeta) -> Fault {
    let name = in_quotes(&format!("{}/{}", metadata.namespace, metadata.name));
    let message = format!(
        "expected one DaemonSet {name}, found another with another uid: these are dumps of two clusters, or it was deleted and \
         made anew between two dumps; give one dump"
    );
    Fault::new(codes::TWO_IDENTITIES, message)
        .in_field("uid")
        .in_field("metadata")
}
