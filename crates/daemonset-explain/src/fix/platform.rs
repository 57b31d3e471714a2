//! An image that is there for other kinds of machines.

use super::command::{target, word};
use super::{ContainerRepair, Fix, Repair};
use crate::round::Round;
use crate::signs::image_name::registry;
use crate::signs::quoted::{is_of_platform, platform, platforms_of_updated, words};
use crate::stall::Said;
use crate::template;

/// An image's name with a tag of its own for the build for several kinds of machines: `agent:v1-multiarch`.
fn of_all_platforms(image: &str) -> String {
    let name = image.split('@').next().unwrap_or(image);
    let is_tagged = name.rsplit('/').next().is_some_and(|it| it.contains(':'));
    let mark = if is_tagged { '-' } else { ':' };
    format!("{name}{mark}multiarch")
}

/// Registries from which everyone pulls what others push there.
const PUBLIC: [&str; 9] = [
    "docker.io",
    "index.docker.io",
    "registry-1.docker.io",
    "quay.io",
    "ghcr.io",
    "gcr.io",
    "registry.k8s.io",
    "public.ecr.aws",
    "mcr.microsoft.com",
];

/// Whether an image is of such a registry, as one is that names none.
fn is_public(image: &str) -> bool {
    PUBLIC.contains(&&*registry(image))
}

/// An image for the kind of machine too, where it is there for another.
pub(super) fn other_platform(round: &Round<'_>, said: &Said<'_, '_>) -> Option<Fix> {
    if !is_of_platform(&words(round, said)) {
        return None;
    }
    let own = platform(said.node)?;
    let of_others = platforms_of_updated(round);
    if of_others.is_empty() || of_others.contains(&own) {
        return None;
    }
    let container = said.problem.container()?.to_owned();
    let platform = own;
    let spec = round.daemon_set().spec.template.spec_as_json();
    let image = template::image(spec, &container);
    let platforms: Vec<&str> = of_others
        .iter()
        .map(|it| &**it)
        .chain([&*platform])
        .collect();
    let is_public = image.is_some_and(is_public);
    let commands = image.map(|image| {
        let inspected = format!("docker buildx imagetools inspect {}", word(image));
        if is_public {
            return vec![inspected];
        }
        // Nodes that have the image of a tag do not pull it again.
        let built = word(&of_all_platforms(image));
        vec![
            inspected,
            format!(
                "docker buildx build --platform {} -t {built} --push .",
                platforms.join(",")
            ),
            format!(
                "kubectl set image {} {}={built}",
                target(round.daemon_set()),
                word(&container)
            ),
        ]
    });
    let commands = commands.into_iter().flatten().collect();
    let repair = Repair::Container(ContainerRepair::Platform {
        container,
        platform,
        is_public,
    });
    Some(Fix::outside(repair, commands))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_others_push_is_told() {
        let public = ["grafana/promtail:3", "busybox", "quay.io/a/b@sha256:00"];
        assert!(public.into_iter().all(is_public));
        let own = [
            "r.io:5000/a/agent:v1",
            "localhost/a",
            "docker.io.example.com/a",
        ];
        assert!(!own.into_iter().any(is_public));
    }

    #[test]
    fn what_is_built_has_a_tag_of_its_own() {
        for (image, built) in [
            ("r.io:5000/a/agent:v1", "r.io:5000/a/agent:v1-multiarch"),
            ("r.io:5000/a/agent", "r.io:5000/a/agent:multiarch"),
            ("agent:v1@sha256:00", "agent:v1-multiarch"),
        ] {
            assert_eq!(of_all_platforms(image), built);
        }
    }
}
