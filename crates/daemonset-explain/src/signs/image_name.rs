//! What the name of an image says: its registry, its repository, and where that was moved to.

/// Repositories that were moved, tags and all.
///
/// Sources: [Bitnami's catalog](https://github.com/bitnami/containers/issues/83267) and [registry.k8s.io](https://kubernetes.io/blog/2023/03/10/image-registry-redirect/).
const MOVED: [(&str, &str); 4] = [
    ("docker.io/bitnami/", "docker.io/bitnamilegacy/"),
    ("k8s.gcr.io/", "registry.k8s.io/"),
    ("gcr.io/google_containers/", "registry.k8s.io/"),
    ("gcr.io/google-containers/", "registry.k8s.io/"),
];

/// The image where it was moved to; `None` where its repository is not known to have been.
pub(crate) fn moved_to(image: &str) -> Option<String> {
    let image = with_registry(image);
    MOVED
        .iter()
        .find_map(|(from, to)| Some(format!("{to}{}", image.strip_prefix(from)?)))
}

/// The host of the registry that an image names.
pub(crate) fn named_registry(image: &str) -> Option<&str> {
    let (host, _) = image.split_once('/')?;
    host.contains(['.', ':']).then_some(host)
}

/// The host of the registry that an image is pulled from.
pub(crate) fn registry(image: &str) -> String {
    let image = with_registry(image);
    image.split('/').next().unwrap_or_default().to_owned()
}

/// The repository of an image, with its registry.
#[must_use]
pub fn repository(image: &str) -> String {
    let image = with_registry(image);
    let image = image.split_once('@').map_or(&*image, |(name, _)| name);
    match image.rsplit_once(':') {
        Some((name, tag)) if !tag.contains('/') => name.to_owned(),
        _ => image.to_owned(),
    }
}

/// An image with its registry, as runtimes complete it.
fn with_registry(image: &str) -> String {
    if named_registry(image).is_some() || image.starts_with("localhost/") {
        image.to_owned()
    } else if image.contains('/') {
        format!("docker.io/{image}")
    } else {
        format!("docker.io/library/{image}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn repositories_are_read() {
        for (image, whole, moved) in [
            (
                "bitnami/redis:7.2",
                "docker.io/bitnami/redis",
                Some("docker.io/bitnamilegacy/redis:7.2"),
            ),
            ("busybox", "docker.io/library/busybox", None),
            ("r.local:5000/a/b@sha256:01", "r.local:5000/a/b", None),
            ("r.local:5000/a/b", "r.local:5000/a/b", None),
            (
                "k8s.gcr.io/pause:3.5",
                "k8s.gcr.io/pause",
                Some("registry.k8s.io/pause:3.5"),
            ),
            ("quay.io/bitnami/redis:7.2", "quay.io/bitnami/redis", None),
        ] {
            assert_eq!(repository(image), whole);
            assert_eq!(moved_to(image).as_deref(), moved, "{image}");
        }
    }
}
