//! What tells of a pod that does not come up, and of which nothing that was given says why.

use super::command::{describe_pod, namespace, word};
use super::{ContainerRepair, Fix, Repair};
use crate::cause::changes::Changes;
use crate::cause::symptoms::mounted;
use crate::health::PodProblem;
use crate::round::Round;
use crate::signs::quoted::words;
use crate::stall::{Said, Stalls};

/// How many objects are asked for.
const MOST_OBJECTS: usize = 3;

/// The events of such a pod, and whether what it mounts is there.
pub(super) fn silent(round: &Round<'_>, said: &Said<'_, '_>, words: &str) -> Option<Fix> {
    let is_silent = matches!(
        said.problem,
        PodProblem::NotSetUp { .. } | PodProblem::NotCreated { .. }
    ) && words.trim().is_empty();
    // What is created has its volumes.
    let is_before = matches!(said.problem, PodProblem::NotSetUp { .. });
    is_silent.then(|| {
        let namespace = namespace(round.daemon_set());
        let changes = Changes::shown(round);
        let mounted = mounted(round, changes).filter(|_| is_before);
        let (objects, _) = mounted.unwrap_or_default();
        let shown = objects.iter().filter_map(|object| {
            let (kind, name) = object.split_once(' ')?;
            let kind = match kind {
                "Secret" => "secret",
                "ConfigMap" => "configmap",
                "PersistentVolumeClaim" => "pvc",
                _ => return None,
            };
            Some(format!("kubectl get {kind} {} -n {namespace}", word(name)))
        });
        let commands = std::iter::once(describe_pod(said.pod));
        let commands = commands.chain(shown.take(MOST_OBJECTS)).collect();
        Fix::outside(Repair::Container(ContainerRepair::Events), commands)
    })
}

/// The same of the first pod of a revision that fails, beside going back.
pub(super) fn of_first(stalls: &Stalls<'_, '_>, round: &Round<'_>) -> Option<Fix> {
    let first = stalls.failing_new.first()?;
    silent(round, first, &words(round, first))
}
