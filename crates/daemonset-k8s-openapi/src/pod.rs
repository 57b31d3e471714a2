//! The view of a pod.

use std::borrow::Borrow;

use daemonset::api::{PodPhase, Timestamp};
use daemonset::view::{PodView, Ready, aimed_at};
use k8s_openapi::api::core::v1::{Pod, PodCondition};

use crate::{View, label, labels, resource_version, text, timestamp};

impl<T: Borrow<Pod>> View<T> {
    fn pod(&self) -> &Pod {
        self.0.borrow()
    }

    fn pod_conditions(&self) -> impl Iterator<Item = &PodCondition> {
        let status = self.pod().status.as_ref();
        let conditions = status.and_then(|status| status.conditions.as_ref());
        conditions.into_iter().flatten()
    }
}

impl<T: Borrow<Pod>> PodView for View<T> {
    fn namespace(&self) -> &str {
        text(self.pod().metadata.namespace.as_ref())
    }

    fn name(&self) -> &str {
        text(self.pod().metadata.name.as_ref())
    }

    fn uid(&self) -> &str {
        text(self.pod().metadata.uid.as_ref())
    }

    fn labels(&self) -> impl Iterator<Item = (&str, &str)> {
        labels(&self.pod().metadata)
    }

    fn controller(&self) -> Option<&str> {
        let mut owners = self.pod().metadata.owner_references.iter().flatten();
        let controller = owners.find(|owner| owner.controller == Some(true))?;
        Some(&controller.uid)
    }

    fn node_name(&self) -> Option<&str> {
        let name = self.pod().spec.as_ref()?.node_name.as_deref()?;
        (!name.is_empty()).then_some(name)
    }

    fn aimed_at(&self) -> Option<&str> {
        let affinity = self.pod().spec.as_ref()?.affinity.as_ref()?;
        let node_affinity = affinity.node_affinity.as_ref()?;
        let required = node_affinity
            .required_during_scheduling_ignored_during_execution
            .as_ref()?;
        let terms = required.node_selector_terms.iter();
        let fields = terms.flat_map(|term| term.match_fields.iter().flatten());
        aimed_at(fields.map(|field| {
            let values = field.values.as_deref().unwrap_or_default();
            (field.key.as_str(), field.operator.as_str(), values)
        }))
    }

    fn is_terminating(&self) -> bool {
        self.pod().metadata.deletion_timestamp.is_some()
    }

    fn phase(&self) -> PodPhase {
        let phase = |pod: &'_ Pod| Some(PodPhase::from(pod.status.as_ref()?.phase.as_deref()?));
        phase(self.pod()).unwrap_or_default()
    }

    fn created(&self) -> Option<Timestamp> {
        timestamp(self.pod().metadata.creation_timestamp.as_ref())
    }

    fn ready(&self) -> Ready {
        match self
            .pod_conditions()
            .find(|condition| condition.type_ == "Ready")
        {
            Some(ready) if ready.status == "True" => {
                timestamp(ready.last_transition_time.as_ref()).map_or(Ready::Undated, Ready::Since)
            }
            _ => Ready::No,
        }
    }

    #[inline]
    fn label(&self, key: &str) -> Option<&str> {
        label(&self.pod().metadata, key)
    }

    fn newest_time(&self) -> Option<Timestamp> {
        let times = self
            .pod_conditions()
            .map(|condition| condition.last_transition_time.as_ref());
        timestamp(times.fold(self.pod().metadata.creation_timestamp.as_ref(), Option::max))
    }

    fn resource_version(&self) -> Option<u64> {
        resource_version(&self.pod().metadata)
    }
}
