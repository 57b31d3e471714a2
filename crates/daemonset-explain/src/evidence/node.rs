//! What nodes say of themselves, beyond what the planner reads.

use std::collections::BTreeMap;
use std::sync::Arc;

use daemonset::api::{List, Timestamp};
use serde::Deserialize;
use serde_json::Value;

use super::RecentEvidence;
use super::node_info::NodeInfo;
use super::read::null_as_default;

/// What a node's status says that explanations read and no decision does.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(from = "Raw")]
#[non_exhaustive]
pub struct NodeEvidence {
    /// `metadata.name`
    pub name: Box<str>,
    /// The messages of its conditions, by type; those that have one. Nodes that are well all say the same,
    /// and can share it ([`sharing`](Self::sharing)).
    pub messages: List<(Box<str>, Box<str>)>,
    /// The resources of devices that pods may ask of it, such as `nvidia.com/gpu`; none of which it has 0.
    pub devices: Vec<Box<str>>,
    /// The ID that its cloud gives its machine: `spec.providerID`; empty where there is none.
    pub provider_id: Box<str>,
    /// Since when kured is about to reboot it, where that is written on the node.
    ///
    /// Source: [kured's `--annotate-nodes`](https://kured.dev/docs/configuration/).
    pub rebooted_since: Option<Timestamp>,
    /// What it runs: `status.nodeInfo`. Nodes of one image all run the same, and can share it too.
    pub info: Arc<NodeInfo>,
}

impl NodeEvidence {
    /// The same, with what nodes that came of late say alike kept once.
    #[must_use]
    pub fn sharing(mut self, recent: &mut RecentEvidence) -> Self {
        if !self.messages.is_empty() {
            self.messages = recent.messages.shared(self.messages);
        }
        self.info = recent.infos.shared(self.info);
        self
    }

    /// What the condition of this type says, in a sentence.
    #[must_use]
    pub fn message(&self, condition: &str) -> Option<&str> {
        let mut messages = self.messages.iter();
        messages.find_map(|(type_, message)| (&**type_ == condition).then_some(&**message))
    }

    /// Whether pods may ask this resource of it.
    #[must_use]
    pub fn offers(&self, resource: &str) -> bool {
        self.devices.iter().any(|device| **device == *resource)
    }
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Raw {
    #[serde(deserialize_with = "null_as_default")]
    metadata: RawMeta,
    #[serde(deserialize_with = "null_as_default")]
    spec: RawSpec,
    #[serde(deserialize_with = "null_as_default")]
    status: RawStatus,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct RawMeta {
    #[serde(deserialize_with = "null_as_default")]
    name: Box<str>,
    #[serde(deserialize_with = "null_as_default")]
    annotations: RawAnnotations,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct RawAnnotations {
    #[serde(rename = "weave.works/kured-reboot-in-progress")]
    rebooted_since: Value,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct RawSpec {
    #[serde(rename = "providerID", deserialize_with = "null_as_default")]
    provider_id: Box<str>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct RawStatus {
    #[serde(deserialize_with = "null_as_default")]
    conditions: Vec<RawCondition>,
    #[serde(deserialize_with = "null_as_default")]
    allocatable: BTreeMap<Box<str>, Value>,
    #[serde(deserialize_with = "null_as_default")]
    node_info: NodeInfo,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct RawCondition {
    #[serde(rename = "type", deserialize_with = "null_as_default")]
    type_: Box<str>,
    #[serde(deserialize_with = "null_as_default")]
    message: Box<str>,
}

impl From<Raw> for NodeEvidence {
    fn from(raw: Raw) -> Self {
        let conditions = raw.status.conditions.into_iter();
        let messages = conditions
            .filter(|condition| !condition.message.is_empty())
            .map(|condition| (condition.type_, condition.message));
        let is_none = |amount: &Value| amount == 0 || amount == "0";
        let devices = raw.status.allocatable.into_iter();
        let devices = devices
            .filter(|(resource, amount)| resource.contains('/') && !is_none(amount))
            .map(|(resource, _)| resource);
        let rebooted_since = raw.metadata.annotations.rebooted_since;
        Self {
            rebooted_since: rebooted_since.as_str().and_then(|it| it.parse().ok()),
            name: raw.metadata.name,
            messages: messages.collect(),
            devices: devices.collect(),
            provider_id: raw.spec.provider_id,
            info: Arc::new(raw.status.node_info),
        }
    }
}
