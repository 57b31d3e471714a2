//! Devices that the scheduler misses on a node.

use crate::evidence::GivenKind;
use crate::round::Round;
use crate::stall::Said;

/// The resource of a device that the scheduler misses, and that the node does not offer at all.
///
/// Source: [Device Plugins](https://kubernetes.io/docs/concepts/extend-kubernetes/compute-storage-net/device-plugins/).
pub(crate) fn not_offered<'m>(
    message: &'m str,
    said: &Said<'_, '_>,
    round: &Round<'_>,
) -> Option<&'m str> {
    let (_, rest) = message.split_once("Insufficient ")?;
    let end = rest.find([',', ' ']).unwrap_or(rest.len());
    let resource = rest[..end].trim_end_matches('.');
    let evidence = round.evidence.filter(|it| it.gave(GivenKind::Node))?;
    let offers = evidence
        .node(said.node.name)
        .is_some_and(|node| node.offers(resource));
    (resource.contains('/') && !offers).then_some(resource)
}

/// What the first of the nodes offers under the prefix of this resource.
pub(crate) fn offered_like(resource: &str, nodes: &[String], round: &Round<'_>) -> Vec<String> {
    let said = nodes.first().and_then(|node| round.evidence?.node(node));
    let prefix = resource.split_once('/').map_or("", |(prefix, _)| prefix);
    let devices = said.map_or(&[][..], |said| &said.devices);
    let alike = devices
        .iter()
        .filter(|device| device.split_once('/').is_some_and(|(own, _)| own == prefix));
    alike.map(ToString::to_string).collect()
}
