//! What checks of containers need to know of their pod.

use std::collections::BTreeSet;

use super::at::At;
use super::volumes::Volumes;

/// What checks of containers need to know of their pod.
pub(super) struct Pod<'a> {
    pub spec: &'a At<'a, 'a>,
    pub volumes: Volumes<'a, 'a>,
    /// The names in `resourceClaims`.
    pub claims: BTreeSet<&'a str>,
}

impl Pod<'_> {
    /// Whether the pod shares the node's network.
    pub fn is_on_host_network(&self) -> bool {
        self.spec.field("hostNetwork").is_true()
    }

    /// Whether the pod has a user namespace of its own.
    pub fn has_own_users(&self) -> bool {
        self.spec.field("hostUsers").is_false()
    }

    /// `spec.os.name`.
    pub fn os(&self) -> &str {
        self.spec
            .value()
            .pointer("/os/name")
            .and_then(|name| name.as_str())
            .unwrap_or("")
    }

    /// `spec.terminationGracePeriodSeconds`.
    pub fn grace_period(&self) -> i64 {
        self.spec.field("terminationGracePeriodSeconds").integer()
    }
}
