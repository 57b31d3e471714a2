//! The view of a node.

use std::borrow::Borrow;

use daemonset::api::Timestamp;
use daemonset::view::{NodeView, TaintView};
use k8s_openapi::api::core::v1::{Node, Taint};

use crate::{View, label, labels, resource_version, text, timestamp};

impl<T: Borrow<Node>> View<T> {
    fn node(&self) -> &Node {
        self.0.borrow()
    }

    fn node_taints(&self) -> impl Iterator<Item = &Taint> {
        let spec = self.node().spec.as_ref();
        spec.and_then(|spec| spec.taints.as_ref())
            .into_iter()
            .flatten()
    }
}

impl<T: Borrow<Node>> NodeView for View<T> {
    fn name(&self) -> &str {
        text(self.node().metadata.name.as_ref())
    }

    fn labels(&self) -> impl Iterator<Item = (&str, &str)> {
        labels(&self.node().metadata)
    }

    fn taints(&self) -> impl Iterator<Item = TaintView<'_>> {
        self.node_taints().map(|taint| TaintView {
            key: &taint.key,
            value: text(taint.value.as_ref()),
            effect: &taint.effect,
        })
    }

    #[inline]
    fn label(&self, key: &str) -> Option<&str> {
        label(&self.node().metadata, key)
    }

    fn newest_time(&self) -> Option<Timestamp> {
        let status = self.node().status.as_ref();
        let conditions = status.and_then(|status| status.conditions.as_ref());
        let reported = conditions.into_iter().flatten().flat_map(|condition| {
            [
                condition.last_heartbeat_time.as_ref(),
                condition.last_transition_time.as_ref(),
            ]
        });
        let added = self.node_taints().map(|taint| taint.time_added.as_ref());
        let created = self.node().metadata.creation_timestamp.as_ref();
        timestamp(reported.chain(added).fold(created, Option::max))
    }

    fn resource_version(&self) -> Option<u64> {
        resource_version(&self.node().metadata)
    }
}
