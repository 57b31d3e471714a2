//! Labels by key, for rules that ask for many of them.

use crate::det_map::HashMap;
use crate::view::{NodeView, TaintView};

/// Up to so many keys it is quicker to look each up as the object's own type does, which may go
/// through all of its labels.
pub(crate) const FEW_KEYS: usize = 32;

/// The labels of an object by key.
pub(crate) type LabelsByKey<'l> = HashMap<&'l str, &'l str>;

/// A node with its labels by key.
pub(crate) struct NodeByKey<'n, N> {
    node: &'n N,
    labels: LabelsByKey<'n>,
}

impl<'n, N: NodeView> NodeByKey<'n, N> {
    pub(crate) fn new(node: &'n N) -> Self {
        Self {
            node,
            labels: node.labels().collect(),
        }
    }
}

impl<N: NodeView> NodeView for NodeByKey<'_, N> {
    fn name(&self) -> &str {
        self.node.name()
    }

    fn labels(&self) -> impl Iterator<Item = (&str, &str)> {
        self.node.labels()
    }

    fn taints(&self) -> impl Iterator<Item = TaintView<'_>> {
        self.node.taints()
    }

    fn label(&self, key: &str) -> Option<&str> {
        self.labels.get(key).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::Node;

    /// It offers what the node offers, whichever of it is asked for.
    #[test]
    fn it_is_the_node() {
        let node: Node = serde_json::from_value(serde_json::json!({
            "metadata": {"name": "a", "labels": {"disk": "ssd", "zone": "b"}},
            "spec": {"taints": [{"key": "gpu", "effect": "NoSchedule"}]},
        }))
        .unwrap();
        let by_key = NodeByKey::new(&node);
        assert_eq!(by_key.name(), "a");
        assert!(by_key.labels().eq(NodeView::labels(&node)));
        assert_eq!(by_key.taints().count(), 1);
        assert!(by_key.taints().eq(NodeView::taints(&node)));
        assert_eq!(
            [by_key.label("disk"), by_key.label("gpu")],
            [Some("ssd"), None]
        );
    }
}
