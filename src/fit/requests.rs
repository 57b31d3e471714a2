//! What a pod asks for as a whole, out of what its containers ask for.
//!
//! Source: [Resource sharing within containers](https://kubernetes.io/docs/concepts/workloads/pods/init-containers/#resource-sharing-within-containers),
//! [sidecar containers](https://kubernetes.io/docs/concepts/workloads/pods/sidecar-containers/#resource-sharing-within-containers),
//! [pod-level resources](https://kubernetes.io/docs/concepts/configuration/manage-resources-containers/#pod-level-resource-specification)
//! and [resizing](https://kubernetes.io/docs/tasks/configure-pod-container/resize-container-resources/).

use std::borrow::Cow;

use super::facts::{Container, ContainerStatus, PodFacts, PodSpec, PodStatus};
use super::ports::HostPort;
use super::resource::{Amounts, ResourceList, is_pod_level};
use crate::api::ConditionType;

/// What a pod that is not on a node yet asks for: its spec alone.
pub(super) fn of_incoming(spec: &PodSpec) -> Amounts {
    let mut total = of_containers_as_written(spec);
    for (name, amount) in spec.resources.requests.iter() {
        if is_pod_level(name) {
            total.set(name, amount);
        }
    }
    total.add(&spec.overhead);
    total.rounded()
}

/// What a pod on a node takes: of what its spec asks for, what it was given, and what is set
/// aside for it, the largest each; without the spec where a resize is infeasible.
pub(super) fn of_resident(pod: &PodFacts) -> Amounts {
    let (spec, status) = (&pod.spec, &pod.status);
    let resize = Resize::of(status);
    let mut total = of_containers(spec, |container| {
        let written = &container.resources.requests;
        let reported = reported(status, &container.name);
        match reported.and_then(|reported| Some((reported, reported.resources.as_ref()?))) {
            Some((reported, given)) => Cow::Owned(resize.effective(
                written,
                &given.requests,
                &reported.allocated_resources,
            )),
            None => Cow::Borrowed(written),
        }
    });
    let written = &spec.resources.requests;
    let effective = match &status.resources {
        Some(given) => {
            Cow::Owned(resize.effective(written, &given.requests, &status.allocated_resources))
        }
        None => Cow::Borrowed(written),
    };
    for (name, _) in written.iter() {
        if is_pod_level(name) {
            total.set(name, effective.get(name).unwrap_or_default());
        }
    }
    total.add(&spec.overhead);
    total.rounded()
}

/// What the containers of a pod ask for together.
pub(super) fn of_containers_as_written(spec: &PodSpec) -> ResourceList {
    of_containers(spec, |container| {
        Cow::Borrowed(&container.resources.requests)
    })
}

/// What the containers take together: all that run at once, or more where an init container needs
/// more while it runs. `own` says what one takes; a plain init container what its spec says.
fn of_containers<'a>(
    spec: &'a PodSpec,
    own: impl Fn(&'a Container) -> Cow<'a, ResourceList>,
) -> ResourceList {
    let mut sidecars = ResourceList::default();
    let mut peak = ResourceList::default();
    for container in &spec.init_containers {
        if container.is_sidecar() {
            sidecars.add(&own(container));
            peak.raise_to(&sidecars);
        } else {
            let mut while_it_runs = container.resources.requests.clone();
            while_it_runs.add(&sidecars);
            peak.raise_to(&while_it_runs);
        }
    }
    let mut total = sidecars;
    for container in &spec.containers {
        total.add(&own(container));
    }
    total.raise_to(&peak);
    total
}

/// What the kubelet reports of a container, wherever it reports it; the last one counts.
fn reported<'a>(status: &'a PodStatus, name: &str) -> Option<&'a ContainerStatus> {
    let all = status.container_statuses.iter();
    all.chain(&status.init_container_statuses)
        .rfind(|reported| reported.name == name)
}

/// Whether what the spec asks for can come true.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Resize {
    Feasible,
    Infeasible,
}

impl Resize {
    /// The first condition of this type counts, whatever its status.
    fn of(status: &PodStatus) -> Self {
        let mut conditions = status.conditions.iter();
        let pending = conditions.find(|condition| {
            matches!(&condition.type_, ConditionType::Other(type_) if &**type_ == "PodResizePending")
        });
        match pending {
            Some(condition) if condition.reason == "Infeasible" => Self::Infeasible,
            _ => Self::Feasible,
        }
    }

    fn effective(
        self,
        written: &ResourceList,
        given: &ResourceList,
        set_aside: &ResourceList,
    ) -> ResourceList {
        let mut effective = given.clone();
        effective.raise_to(set_aside);
        if self == Self::Feasible {
            effective.raise_to(written);
        }
        effective
    }
}

/// The ports of the host that a pod takes, sorted. Plain init containers take none.
pub(super) fn host_ports(spec: &PodSpec) -> Vec<HostPort> {
    let sidecars = spec.init_containers.iter().filter(|c| c.is_sidecar());
    let mut ports: Vec<_> = (spec.containers.iter().chain(sidecars))
        .flat_map(|container| &container.ports)
        .filter(|port| port.host_port > 0)
        .map(|port| HostPort::new(port.host_port, &port.protocol, &port.host_ip))
        .collect();
    ports.sort();
    ports.dedup();
    ports
}
