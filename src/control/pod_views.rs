//! Pods as they are taken to be.

use crate::api::{Labels, PodPhase, Timestamp};
use crate::tracker::PodFacts;
use crate::view::{PodView, Ready};

/// A pod that was created and not seen yet.
#[derive(Clone, Debug)]
pub(super) struct CreatedPod<'a> {
    pub namespace: &'a str,
    pub name: &'a str,
    pub node: &'a str,
    pub controller: &'a str,
    pub labels: &'a Labels,
    pub created: Timestamp,
}

impl PodView for CreatedPod<'_> {
    fn namespace(&self) -> &str {
        self.namespace
    }

    fn name(&self) -> &str {
        self.name
    }

    fn uid(&self) -> &'static str {
        ""
    }

    fn labels(&self) -> impl Iterator<Item = (&str, &str)> {
        self.labels.iter()
    }

    fn controller(&self) -> Option<&str> {
        Some(self.controller)
    }

    fn node_name(&self) -> Option<&str> {
        None
    }

    fn aimed_at(&self) -> Option<&str> {
        Some(self.node)
    }

    fn is_terminating(&self) -> bool {
        false
    }

    fn phase(&self) -> PodPhase {
        PodPhase::Pending
    }

    fn created(&self) -> Option<Timestamp> {
        Some(self.created)
    }

    fn ready(&self) -> Ready {
        Ready::No
    }
}

/// A pod as a watch shows it, but for some facts.
#[derive(Clone, Copy, Debug)]
pub(super) struct Amended<'a, P>(pub &'a P, pub &'a PodFacts);

impl<P: PodView> PodView for Amended<'_, P> {
    fn namespace(&self) -> &str {
        self.0.namespace()
    }

    fn name(&self) -> &str {
        self.0.name()
    }

    fn uid(&self) -> &str {
        self.0.uid()
    }

    fn labels(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.labels()
    }

    fn controller(&self) -> Option<&str> {
        self.1.controller.as_deref()
    }

    fn node_name(&self) -> Option<&str> {
        self.0.node_name()
    }

    fn aimed_at(&self) -> Option<&str> {
        self.0.aimed_at()
    }

    fn is_terminating(&self) -> bool {
        self.1.terminating
    }

    fn phase(&self) -> PodPhase {
        self.0.phase()
    }

    fn created(&self) -> Option<Timestamp> {
        self.0.created()
    }

    fn ready(&self) -> Ready {
        self.0.ready()
    }

    fn resource_version(&self) -> Option<u64> {
        self.0.resource_version()
    }
}
