//! What to do where pods of one revision fail that were made long after those were started that run, and where whom they ask
//! does not take their credentials.

use super::command::{describe_pod, namespace, shown, word};
use super::{Caution, ContainerRepair, Fix, Repair};
use crate::cause::told_apart::started_apart;
use crate::round::Round;
use crate::stall::{Said, Stalls};
use crate::template::taken_by;

/// To find what has changed between the start of those that run and of those that fail.
pub(super) fn of_start(round: &Round<'_>, stalls: &Stalls<'_, '_>) -> Option<Fix> {
    let apart = started_apart(round, &stalls.failing_new)?;
    let said = stalls.failing_new.first()?;
    let set = round.daemon_set();
    let spec = set.spec.template.spec_as_json();
    let reads = taken_by(spec, said.problem.container());
    let namespace = namespace(set);
    let commands = std::iter::once(look(said, &namespace))
        .chain(shown(&reads, &namespace))
        .collect();
    let repair = Repair::Container(ContainerRepair::Since {
        running: apart.running,
        failing: apart.failing,
        reads,
    });
    Some(spared(Fix::outside(repair, commands), round, stalls))
}

/// To see whether the credentials that a container presents are taken, of which the template does not tell where it has them
/// from.
pub(super) fn of_credentials(said: &Said<'_, '_>, container: &str, round: &Round<'_>) -> Fix {
    let namespace = namespace(round.daemon_set());
    let repair = Repair::Container(ContainerRepair::Credentials {
        container: container.to_owned(),
    });
    Fix::outside(repair, vec![look(said, &namespace)])
}

/// The same, with a word about the pods that run: they were started before, and would have to get through the same.
pub(super) fn spared(mut fix: Fix, round: &Round<'_>, stalls: &Stalls<'_, '_>) -> Fix {
    let apart = started_apart(round, &stalls.failing_new);
    fix.cautions.extend(apart.map(|it| Caution::StartedBefore {
        pods: it.pods,
        until: it.running,
    }));
    fix
}

/// The command that shows what a pod says: its log, where one of its containers has run.
pub(super) fn look(said: &Said<'_, '_>, namespace: &str) -> String {
    match (said.problem.last_end(), said.problem.container()) {
        (Some(_), Some(container)) => format!(
            "kubectl logs {} -n {namespace} -c {} --previous",
            word(&said.pod.metadata.name),
            word(container)
        ),
        _ => describe_pod(said.pod),
    }
}
