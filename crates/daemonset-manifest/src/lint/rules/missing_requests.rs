//! A container without requests for CPU or memory.

use serde_json::{Map, Value};

use crate::lint::template::{at, pod_spec, text_in};
use crate::words::bare;

use super::{Code, Facts, Look, OfRule, Severity};
#[cfg(test)]
use crate::lint::tests::{Case, hit, miss};

pub(in crate::lint) const FACTS: Facts = Facts {
    code: Code::new("missing-requests"),
    severity: Severity::Warning,
    reference: "https://kubernetes.io/docs/concepts/configuration/manage-resources-containers/",
    what: "A container without requests for CPU or memory.",
    why: "A node short of memory evicts pods that use more than they request first, and a container without a CPU request gets next to nothing on a busy node. Pods with a priority class of the system are never evicted, and are passed over.",
    example: r"spec:
  template:
    spec:
      containers:
      - name: agent
        image: registry.example/agent:1.4
        resources: {requests: {cpu: 50m}}
",
    instead: "Request what the daemon needs; a limit is a request too.",
};

pub(in crate::lint) fn check(look: &Look<'_>, found: &mut OfRule<'_>) {
    let spec = pod_spec(&look.set.spec.template);
    let class = spec.map_or("", |spec| text_in(spec, "priorityClassName"));
    let is_critical = matches!(class, "system-node-critical" | "system-cluster-critical");
    if is_critical {
        return;
    }
    let given = ["memory", "cpu"].map(|resource| (resource, look.has_default_request(resource)));
    let requests = |container: &Map<String, Value>, resource: &str| {
        if given.contains(&(resource, true)) {
            return true;
        }
        // A limit without a request is a request too.
        ["requests", "limits"].iter().any(|kind| {
            let path = ["resources", kind, resource];
            let of = [at(Some(container), &path), at(spec, &path)];
            of.into_iter().flatten().any(|it| !it.is_null())
        })
    };
    // Pods are ranked as a whole.
    let none_requests_memory = !look.running().any(|it| requests(it.json, "memory"));
    for container in look.running() {
        let is_requested = |resource: &str| requests(container.json, resource);
        let memory = (
            "memory",
            if none_requests_memory {
                "its pods are among the first that a node short of memory evicts"
            } else {
                "what it uses counts as over what its pods request, which a node short of memory evicts first"
            },
        );
        let cpu = ("cpu", "it gets next to no CPU on a busy node");
        let missing: Vec<_> = [memory, cpu]
            .into_iter()
            .filter(|(resource, _)| !is_requested(resource))
            .collect();
        let (resources, effects): (Vec<_>, Vec<_>) = missing.into_iter().unzip();
        if !resources.is_empty() {
            let message = format!(
                "container {} requests no {}: {}",
                bare(container.name),
                resources.join(" and no "),
                effects.join(", and ")
            );
            let path = container.path.clone().field("resources").field("requests");
            found.add(path, message);
        }
    }
}

#[cfg(test)]
pub(in crate::lint) const CASES: &[Case] = &[
    hit(
        "containers: {0: {resources: null}}",
        "spec.template.spec.containers[0].resources.requests",
        "container agent requests no memory and no cpu: its pods are among the first that a node short of memory evicts, and it gets next to no CPU on a busy node",
    ),
    hit(
        "containers: {0: {resources: {requests: {memory: null}}}}",
        "spec.template.spec.containers[0].resources.requests",
        "container agent requests no memory: its pods are among the first that a node short of memory evicts",
    ),
    // Another container of the pod requests some.
    hit(
        "initContainers: [{name: s, image: 's:1', restartPolicy: Always, resources: {requests: {cpu: 1}}}]",
        "spec.template.spec.initContainers[0].resources.requests",
        "container s requests no memory: what it uses counts as over what its pods request, which a node short of memory evicts first",
    ),
    // A limit is a request too, and so is one of the whole pod.
    miss("containers: {0: {resources: {requests: null, limits: {cpu: 1, memory: 1Gi}}}}"),
    miss("{containers: {0: {resources: null}}, resources: {requests: {cpu: 1, memory: 1Gi}}}"),
    miss("initContainers: [{name: i, image: 'i:1'}]"),
    hit(
        "initContainers: [{name: s, image: 's:1', restartPolicy: Always, resources: {requests: {memory: 1}}}]",
        "spec.template.spec.initContainers[0].resources.requests",
        "container s requests no cpu: it gets next to no CPU on a busy node",
    ),
    // The LimitRange of the namespace gives them.
    miss(
        "containers: {0: {resources: null}}\n---\n{kind: LimitRange, metadata: {name: d, namespace: infra}, spec: {limits: [{type: Container, defaultRequest: {cpu: 100m, memory: 64Mi}}]}}",
    ),
    // Such pods are not evicted.
    miss(
        "{priorityClassName: system-node-critical, containers: {0: {resources: {requests: null}}}}",
    ),
];
