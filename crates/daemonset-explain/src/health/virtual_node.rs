//! Nodes that are no machines: a provider stands behind them, and takes the pods that it likes.

use daemonset::api::Node;

/// The labels by which providers mark their nodes.
///
/// Sources: [Virtual Kubelet](https://virtual-kubelet.io/docs/), [Fargate](https://docs.aws.amazon.com/eks/latest/userguide/fargate.html),
/// [Liqo](https://docs.liqo.io/), [Alibaba Cloud](https://www.alibabacloud.com/help/en/ack/),
/// [Tencent Cloud](https://www.tencentcloud.com/document/product/457), [kwok](https://kwok.sigs.k8s.io/).
const LABELS: [(&str, &str); 9] = [
    ("eks.amazonaws.com/compute-type", "fargate"),
    ("liqo.io/type", "virtual-node"),
    ("virtual-node.interlink/type", "virtual-kubelet"),
    ("type", "virtual-kubelet"),
    ("type", "virtual-node"),
    ("alibabacloud.com/virtual-node", "true"),
    ("node.kubernetes.io/instance-type", "eklet"),
    ("node.kubernetes.io/instance-type", "virtual-kubelet"),
    ("type", "kwok"),
];

/// The label that marks a node as virtual.
pub(crate) fn virtual_by(node: &Node) -> Option<(&'static str, &'static str)> {
    // Once through the labels, of which hardly one is a mark.
    let marks = node.metadata.labels.iter().filter_map(|label| {
        let mut marks = LABELS.iter();
        marks.position(|mark| *mark == label)
    });
    marks.min().and_then(|first| LABELS.get(first).copied())
}
