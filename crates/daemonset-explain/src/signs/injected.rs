//! Containers that a pod has and its template has not: they were put in as it was made.

use daemonset::api::Pod;

use crate::round::Round;
use crate::stall::Said;
use crate::template::container;

/// Who puts containers into pods: by the annotation that it leaves in the pod, its name, and what in the template keeps it
/// from doing so.
struct Injector {
    mark: &'static str,
    name: &'static str,
    switch: Switch,
}

/// A label or an annotation of the template that keeps an injector away.
#[derive(Clone, Copy)]
pub(crate) struct Switch {
    /// `labels` or `annotations`
    pub field: &'static str,
    pub key: &'static str,
    pub off: &'static str,
}

/// Sources: [Istio](https://istio.io/latest/docs/setup/additional-setup/sidecar-injection/),
/// [Linkerd](https://linkerd.io/2/features/proxy-injection/), [Vault](https://developer.hashicorp.com/vault/docs/platform/k8s/injector/annotations),
/// [Consul](https://developer.hashicorp.com/consul/docs/k8s/annotations-and-labels), [Kuma](https://kuma.io/docs/latest/reference/kubernetes-annotations/).
const INJECTORS: [Injector; 5] = [
    Injector {
        mark: "sidecar.istio.io/status",
        name: "Istio",
        switch: Switch {
            field: "labels",
            key: "sidecar.istio.io/inject",
            off: "false",
        },
    },
    Injector {
        mark: "linkerd.io/proxy-version",
        name: "Linkerd",
        switch: Switch {
            field: "annotations",
            key: "linkerd.io/inject",
            off: "disabled",
        },
    },
    Injector {
        mark: "vault.hashicorp.com/agent-inject-status",
        name: "the Vault Agent injector",
        switch: Switch {
            field: "annotations",
            key: "vault.hashicorp.com/agent-inject",
            off: "false",
        },
    },
    Injector {
        mark: "consul.hashicorp.com/connect-inject-status",
        name: "Consul",
        switch: Switch {
            field: "annotations",
            key: "consul.hashicorp.com/connect-inject",
            off: "false",
        },
    },
    Injector {
        mark: "kuma.io/sidecar-injected",
        name: "Kuma",
        switch: Switch {
            field: "labels",
            key: "kuma.io/sidecar-injection",
            off: "disabled",
        },
    },
];

/// A container that was put into a pod, and by whom, where that is known.
pub(crate) struct Injected {
    pub container: String,
    pub by: Option<&'static str>,
    pub switch: Option<Switch>,
}

/// The failing container, where the pod is of the template and that has no such container.
pub(crate) fn injected(round: &Round<'_>, said: &Said<'_, '_>) -> Option<Injected> {
    let name = said.problem.container()?;
    let spec = round.daemon_set().spec.template.spec_as_json();
    if !said.is_new || container(spec, name).is_some() {
        return None;
    }
    let by = injector(said.pod);
    Some(Injected {
        container: name.to_owned(),
        by: by.map(|it| it.name),
        switch: by.map(|it| it.switch),
    })
}

fn injector(pod: &Pod) -> Option<&'static Injector> {
    let annotations = &pod.metadata.annotations;
    INJECTORS
        .iter()
        .find(|it| annotations.get(it.mark).is_some())
}

impl Injected {
    /// What the keys of the injector's labels and annotations begin with.
    pub fn domain(&self) -> Option<&'static str> {
        let switch = self.switch?;
        Some(switch.key.split_once('/')?.0)
    }
}
