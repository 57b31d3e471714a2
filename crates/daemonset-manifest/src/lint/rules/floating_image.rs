//! An image whose tag may mean another image tomorrow: `latest`, or none.

use daemonset::template::image_tag;

use crate::lint::template::text_in;
use crate::words::bare;

use super::{Code, Facts, Look, OfRule, Severity};
#[cfg(test)]
use crate::lint::tests::{Case, hit, miss};

pub(in crate::lint) const FACTS: Facts = Facts {
    code: Code::new("floating-image"),
    severity: Severity::Warning,
    reference: "https://kubernetes.io/docs/concepts/containers/images/#image-names",
    what: "An image whose tag may mean another image tomorrow: `latest`, or none.",
    why: "Nodes may run different versions, a rollout changes nothing that the DaemonSet knows of, and a rollback brings no old version back.",
    example: r"spec:
  template:
    spec:
      containers:
      - name: agent
        image: registry.example/agent:latest
",
    instead: "Write a version as the tag, or a digest.",
};

pub(in crate::lint) fn check(look: &Look<'_>, found: &mut OfRule<'_>) {
    for container in &look.containers {
        let image = text_in(container.json, "image");
        // A digest says which image it is, whatever the tag.
        if !image.contains('@') && image_tag(image) == Some("latest") {
            let message = format!(
                "{} is whatever the tag latest means when a pod starts: nodes may run different \
                 versions, and a rollback brings none back",
                bare(image)
            );
            found.add(container.path.clone().field("image"), message);
        }
    }
}

#[cfg(test)]
pub(in crate::lint) const CASES: &[Case] = &[
    hit(
        "containers: {0: {image: 'registry.example:5000/agent'}}",
        "spec.template.spec.containers[0].image",
        "registry.example:5000/agent is whatever the tag latest means when a pod starts: nodes may run different versions, and a rollback brings none back",
    ),
    hit(
        "containers: {0: {image: 'agent:latest'}}",
        "spec.template.spec.containers[0].image",
        "agent:latest is whatever the tag latest means when a pod starts: nodes may run different versions, and a rollback brings none back",
    ),
    hit(
        "initContainers: [{name: i, image: i}]",
        "spec.template.spec.initContainers[0].image",
        "i is whatever the tag latest means when a pod starts: nodes may run different versions, and a rollback brings none back",
    ),
    miss("containers: {0: {image: 'agent:latest-1'}}"),
    miss(
        "containers: {0: {image: 'agent:latest@sha256:4bcff63911fcb4448bd4fdacec207030997caf25e9bea4045fa6c8c44de311d1'}}",
    ),
];
