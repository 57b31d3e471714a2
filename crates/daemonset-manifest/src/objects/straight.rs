//! Items that go straight to their places while their document is still being read.
//!
//! Whether a document is a list is known behind its items: kubectl writes `kind` there. What goes straight to
//! its place is not held a second time until then, and goes from there again where it is none, or not
//! what it seemed.

use std::ops::Range;

use daemonset::api::{Node, Pod};
use daemonset_explain::evidence::GivenKind;

use super::Inventory;
use super::item::Object;
use super::kinds::Kind;
use super::known::Origin;
use crate::source::Spot;

/// The kinds that go straight.
const GIVEN: [GivenKind; 2] = [GivenKind::Node, GivenKind::Pod];

/// The places of nodes and pods of the first document that has any.
#[derive(Debug)]
pub(super) struct Straight<'i> {
    inventory: &'i mut Inventory,
    source: u32,
    /// Whether the kinds were given before.
    gave: [bool; 2],
    /// Which items have gone, one run after the other.
    gone: Vec<Range<usize>>,
    /// Whether there is one that waits: what comes behind it may be the same object, and the first counts.
    waits: bool,
}

impl<'i> Straight<'i> {
    /// For a source; none where nodes or pods came before, since what came with these could not be told
    /// from them where it has to go again.
    pub fn of(inventory: &'i mut Inventory, source: u32) -> Option<Self> {
        if !inventory.nodes.is_empty() || !inventory.pods.is_empty() {
            return None;
        }
        Some(Self {
            source,
            gave: GIVEN.map(|kind| inventory.evidence.gave(kind)),
            inventory,
            gone: Vec::new(),
            waits: false,
        })
    }

    /// Puts a node or a pod into its place, or gives it back to wait with all that come after it.
    pub fn put(&mut self, spot: Spot, object: Object) -> Option<Object> {
        let inventory = &mut *self.inventory;
        self.waits |= match &object {
            Object::Node(read) => inventory.has::<Node>(Kind::Node, &read.node.metadata),
            Object::Pod(read) => inventory.has::<Pod>(Kind::Pod, &read.pod.metadata),
            Object::Event(_) | Object::PassedOver(_) => return Some(object),
        };
        if self.waits {
            return Some(object);
        }
        let origin = Origin {
            source: self.source,
            // What is read item by item is all of a source.
            document: 1,
            line: spot.line,
        };
        let put = match object {
            Object::Node(node) => inventory.put_node(*node, origin),
            Object::Pod(pod) => inventory.put_pod(pod, origin),
            other => return Some(other),
        };
        debug_assert!(put.is_ok(), "there was none of its name");
        match self.gone.last_mut() {
            Some(run) if run.end == spot.index => run.end += 1,
            _ => self.gone.push(spot.index..spot.index + 1),
        }
        None
    }

    /// An item that may be a node or a pod is not read before its document is.
    pub fn wait(&mut self) {
        self.waits = true;
    }

    /// Takes back what went: the document is read again, or not at all.
    pub fn take_back(&mut self) {
        self.waits = false;
        if self.gone.is_empty() {
            return;
        }
        self.gone.clear();
        self.inventory.forget_nodes_and_pods();
        for (kind, gave) in GIVEN.into_iter().zip(self.gave) {
            if gave {
                self.inventory.note_given(kind);
            }
        }
    }

    /// Which items have gone.
    pub fn gone(self) -> Vec<Range<usize>> {
        self.gone
    }
}
