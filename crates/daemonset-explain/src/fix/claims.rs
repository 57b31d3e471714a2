//! What to do about claims that are not bound.

use super::asked::{asked_pods, shown};
use super::command::{namespace, word};
use super::leads::commands_of;
use super::refused::raised_for;
use super::{AdmissionRepair, PlacementRepair, Provisioner, Repair};
use crate::diagnosis::refusal::quota_of_words;
use crate::round::Round;
use crate::signs::asked_pods::AskedPods;
use crate::signs::claims::{CLAIM, missing_class, mounted, of_pod, waits_for_claims, warning};
use crate::stall::Said;

/// Before the class, in what a provisioner says.
const OF_CLASS: &str = "failed to provision volume with StorageClass \"";

/// What to do where the scheduler waits for claims, and the commands.
pub(super) fn unbound(
    message: &str,
    said: &Said<'_, '_>,
    round: &Round<'_>,
) -> Option<(Repair, Vec<String>)> {
    let set = round.daemon_set();
    let namespace = namespace(set);
    let claims = of_pod(set, said.pod);
    if !waits_for_claims(message) || claims.is_empty() {
        return None;
    }
    let with = |repair: Repair| {
        let commands = commands_of(&repair, round, said);
        Some((repair, commands))
    };
    let Some((claim, event)) = warning(round, said) else {
        return with(Repair::Placement(PlacementRepair::Claims {
            claims,
            namespace,
        }));
    };
    let words = &*event.message;
    let name = claim.strip_prefix(CLAIM).unwrap_or(&claim);
    if let Some(class) = missing_class(words) {
        let is_made = !mounted(set).contains(&claim);
        let (class, claim) = (class.to_owned(), name.to_owned());
        return with(Repair::Placement(PlacementRepair::StorageClass {
            class,
            claim,
            namespace,
            is_made,
        }));
    }
    if let Some(found) = AskedPods::of_driver(round, words) {
        return Some((asked_pods(&found), vec![shown(&found)]));
    }
    if let Some(quota) = quota_of_words(words) {
        let quota = quota.name.to_string();
        let commands = raised_for(&quota, &namespace);
        return Some((
            Repair::Admission(AdmissionRepair::Quota { quota, namespace }),
            commands,
        ));
    }
    let class = words
        .split_once(OF_CLASS)
        .and_then(|(_, rest)| rest.split_once('"'));
    let Some((class, _)) = class else {
        let claims = vec![claim];
        return with(Repair::Placement(PlacementRepair::Claims {
            claims,
            namespace,
        }));
    };
    let lacks = Provisioner::of(words);
    let commands = vec![
        format!("kubectl get storageclass {} -o yaml", word(class)),
        format!("kubectl describe pvc {} -n {namespace}", word(name)),
    ];
    let class = class.to_owned();
    Some((
        Repair::Placement(PlacementRepair::Provisioning {
            class,
            claim,
            lacks,
        }),
        commands,
    ))
}
