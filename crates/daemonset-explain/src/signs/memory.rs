//! The memory that containers may take.

use daemonset::api::Pod;

use crate::round::Round;

/// The memory limit that a container of this pod has although its template sets none, or the pod as a whole; and
/// whether it is that.
pub(crate) fn limit_of_pod<'a>(
    round: &Round<'a>,
    pod: &Pod,
    container: &str,
) -> Option<(&'a str, bool)> {
    let limits = &round.said_by(pod)?.spec.memory_limits;
    let of = |wanted: &str| limits.iter().find(|(name, _)| &**name == wanted);
    let own = of(container).map(|(_, limit)| (&**limit, false));
    own.or_else(|| of("").map(|(_, limit)| (&**limit, true)))
}
