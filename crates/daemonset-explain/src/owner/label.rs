//! Who sets a label on nodes, so that where it is missing that one is to be looked at.

use daemonset::api::DaemonSet;
use serde::{Deserialize, Serialize};

/// Who sets a label on nodes by what it finds there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum LabelOwner {
    /// NVIDIA's GPU operator.
    GpuOperator,
    /// GPU feature discovery of NVIDIA.
    GpuFeatureDiscovery,
    /// The node labeller of AMD's GPU operator.
    AmdNodeLabeller,
    /// Node feature discovery.
    NodeFeatureDiscovery,
}

/// By which beginning or part of a label one tells who sets it; the first that fits.
///
/// Sources: [GPU operator](https://github.com/NVIDIA/gpu-operator), [GPU feature discovery](https://github.com/NVIDIA/k8s-device-plugin), [Node Feature Discovery](https://kubernetes-sigs.github.io/node-feature-discovery/),
/// [AMD GPU operator](https://instinct.docs.amd.com/projects/gpu-operator/).
const OWNERS: [(&str, LabelOwner); 10] = [
    ("nvidia.com/gpu.present", LabelOwner::GpuOperator),
    ("nvidia.com/gpu.deploy.", LabelOwner::GpuOperator),
    ("nvidia.com/gpu.", LabelOwner::GpuFeatureDiscovery),
    ("nvidia.com/mig", LabelOwner::GpuFeatureDiscovery),
    ("nvidia.com/cuda", LabelOwner::GpuFeatureDiscovery),
    ("amd.com/gpu", LabelOwner::AmdNodeLabeller),
    (
        "feature.node.kubernetes.io/",
        LabelOwner::NodeFeatureDiscovery,
    ),
    (
        ".feature.node.kubernetes.io/",
        LabelOwner::NodeFeatureDiscovery,
    ),
    ("gpu.intel.com/", LabelOwner::NodeFeatureDiscovery),
    ("nfd.node.kubernetes.io/", LabelOwner::NodeFeatureDiscovery),
];

impl LabelOwner {
    /// Who sets the label; `None` where people do, or it is not known.
    ///
    /// ```
    /// use daemonset_explain::LabelOwner;
    ///
    /// let found = LabelOwner::of("nvidia.com/gpu.present");
    /// assert_eq!(found, Some(LabelOwner::GpuOperator));
    /// assert_eq!(LabelOwner::of("disk"), None);
    /// ```
    #[must_use]
    pub fn of(key: &str) -> Option<Self> {
        let is_of =
            |part: &str| key.starts_with(part) || part.starts_with('.') && key.contains(part);
        let found = OWNERS.iter().find(|(part, _)| is_of(part));
        found.map(|(_, owner)| *owner)
    }

    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::GpuOperator => "NVIDIA's GPU operator",
            Self::GpuFeatureDiscovery => "GPU feature discovery (of NVIDIA's GPU operator)",
            Self::AmdNodeLabeller => "the node labeller (of AMD's GPU operator)",
            Self::NodeFeatureDiscovery => "node-feature-discovery",
        }
    }

    /// By which label its own pods are found.
    pub(crate) fn pods(self) -> &'static str {
        match self {
            Self::GpuOperator => "app=gpu-operator",
            Self::GpuFeatureDiscovery => "'app in (gpu-feature-discovery,nvidia-device-plugin)'",
            Self::AmdNodeLabeller => "app.kubernetes.io/component=amd-gpu",
            Self::NodeFeatureDiscovery => "app.kubernetes.io/name=node-feature-discovery",
        }
    }

    /// What a node that lacks the label may lack it for, as a clause.
    pub(crate) fn hint(self) -> String {
        format!(
            "{} sets that label on nodes that have the device: either this one has none, or it does not run there",
            self.name()
        )
    }
}

/// The first label of the template's `nodeSelector` that something sets on nodes, and who.
pub(crate) fn selected(set: &DaemonSet) -> Option<(&str, LabelOwner)> {
    let selector = &set.spec.template.spec().node_selector;
    selector
        .iter()
        .find_map(|(key, _)| Some((key, LabelOwner::of(key)?)))
}
