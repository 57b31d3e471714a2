//! What nodes run.

use serde::Deserialize;

use super::read::null_as_default;

/// What a node runs; empty where that was not given.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Deserialize)]
#[serde(default, rename_all = "camelCase")]
#[non_exhaustive]
pub struct NodeInfo {
    /// Its operating system, such as `Ubuntu 24.04.2 LTS`.
    #[serde(deserialize_with = "null_as_default")]
    pub os_image: Box<str>,
    /// Its container runtime, such as `containerd://2.1.4`.
    #[serde(deserialize_with = "null_as_default")]
    pub container_runtime_version: Box<str>,
    /// Its kernel.
    #[serde(deserialize_with = "null_as_default")]
    pub kernel_version: Box<str>,
    /// Its kubelet.
    #[serde(deserialize_with = "null_as_default")]
    pub kubelet_version: Box<str>,
}
