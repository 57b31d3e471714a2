//! What the node of a failing pod lacks.

use serde_json::Value;

use super::mounted::told_by;
use super::quoted::words;
use crate::health::NodeLack;
use crate::round::Round;
use crate::stall::Said;

/// What the pod's node lacks, as it says; not where that is room in a volume with a size of its own.
pub(crate) fn node_lack(round: &Round<'_>, said: &Said<'_, '_>) -> Option<NodeLack> {
    let words = words(round, said);
    let lack = NodeLack::of_words(&words)?;
    let spec = &round.daemon_set().spec.template.as_json()["spec"];
    let container = said.problem.container().unwrap_or_default();
    let is_sized = |volume: &&Value| {
        volume["emptyDir"]["medium"] == "Memory" || volume.get("persistentVolumeClaim").is_some()
    };
    let in_volume = || told_by(spec, container, &words).iter().any(is_sized);
    let is_so = match lack {
        NodeLack::Disk => !in_volume(),
        // A program brings its own authorities in its image.
        NodeLack::Authority => said.problem.is_of_a_pull(),
        _ => true,
    };
    is_so.then_some(lack)
}
