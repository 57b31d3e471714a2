//! The lists of containers.

use super::at::At;

/// The three lists of containers.
pub(super) struct Lists<'v, 'p> {
    pub init: At<'v, 'p>,
    pub regular: At<'v, 'p>,
    pub ephemeral: At<'v, 'p>,
}

impl<'v, 'p> Lists<'v, 'p> {
    pub fn of(spec: &'p At<'v, '_>) -> Self {
        Self {
            init: spec.field("initContainers"),
            regular: spec.field("containers"),
            ephemeral: spec.field("ephemeralContainers"),
        }
    }

    /// All containers, in the order in which the API server visits them.
    pub fn all<'q>(&'q self) -> impl Iterator<Item = At<'v, 'q>> {
        let lists = [&self.init, &self.regular, &self.ephemeral];
        lists.into_iter().flat_map(At::items)
    }
}

/// Whether this init container goes on running beside the others.
pub(super) fn is_sidecar(init: &At<'_, '_>) -> bool {
    init.field("restartPolicy").text() == "Always"
}
