//! Images: whether one tag means two, and where repositories were moved.

use std::collections::BTreeSet;

use super::quoted::platform;
use crate::round::{NodeSeen, PodRevision, Round, staying_of};
use crate::stall::Said;

/// What failing pods run in place of the image of those that are available, of the same template.
pub(crate) struct OtherImage {
    /// The container.
    pub container: String,
    /// `imageID` where it fails.
    pub fails: String,
    /// `imageID` where it is available.
    pub works: String,
}

impl OtherImage {
    /// As a clause.
    pub fn told(&self) -> String {
        format!(
            "the image of container {} is {} where it fails and {} where it is available, so that its tag \
             means two images",
            self.container,
            short(&self.fails),
            short(&self.works),
        )
    }
}

/// `sha256:0123456789ab` of an `imageID`.
fn short(id: &str) -> &str {
    let digest = id.rsplit('@').next().unwrap_or(id);
    let end = "sha256:".len() + 12;
    &digest[..digest.floor_char_boundary(end)]
}

/// The other image of these pods, where all of them have one and the same, and all available pods of
/// their template have one and the same of another digest, on machines of the same kind: an image for
/// several kinds may have a digest for each.
pub(crate) fn other_image(round: &Round<'_>, failing: &[Said<'_, '_>]) -> Option<OtherImage> {
    let evidence = round.evidence?;
    let container = failing.first()?.problem.container()?;
    let image_of = |namespace: &str, name: &str| {
        let pod = evidence.pod(namespace, name)?;
        let mut all = pod.all_containers().filter(|it| &*it.name == container);
        all.next().map(|it| &*it.image_id)
    };
    let mut fails = BTreeSet::new();
    let mut kinds = BTreeSet::new();
    for said in failing.iter().filter(|said| said.is_new) {
        let metadata = &said.pod.metadata;
        fails.insert(image_of(&metadata.namespace, &metadata.name)?);
        kinds.insert(platform(said.node));
    }
    let mut works = BTreeSet::new();
    let nodes = round.running_current();
    for node in nodes.filter(|node: &&NodeSeen<'_>| kinds.contains(&platform(node))) {
        for pod in staying_of(node, PodRevision::New) {
            let metadata = &pod.pod.metadata;
            works.insert(image_of(&metadata.namespace, &metadata.name)?);
        }
    }
    let only = |ids: &BTreeSet<&str>| match (ids.len(), ids.first()) {
        (1, Some(id)) if id.contains("sha256:") => Some((*id).to_owned()),
        _ => None,
    };
    let (fails, works) = (only(&fails)?, only(&works)?);
    let digest = |id: &str| id.rsplit('@').next().map(str::to_owned);
    (kinds.len() == 1 && digest(&fails) != digest(&works)).then(|| OtherImage {
        container: container.to_owned(),
        fails,
        works,
    })
}
