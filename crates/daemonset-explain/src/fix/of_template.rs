//! What the template is to say otherwise, by what its pods show: the order of variables, what is put into pods.

use serde_json::json;

use super::command::{target, word};
use super::{ContainerRepair, Fix, Repair};
use crate::round::Round;
use crate::signs::injected::injected;
use crate::signs::quoted::words;
use crate::signs::unexpanded::{Order, unexpanded};
use crate::stall::{Said, Stalls};

/// The variable that a reference does not find, which is to stand before it.
pub(super) fn variables(stalls: &Stalls<'_, '_>, round: &Round<'_>) -> Option<Fix> {
    let mut failing = stalls.all_failing().filter(|said| said.is_new);
    failing.find_map(|said| variable(said, round))
}

fn variable(said: &Said<'_, '_>, round: &Round<'_>) -> Option<Fix> {
    let set = round.daemon_set();
    let spec = set.spec.template.spec_as_json();
    let container = said.problem.container()?.to_owned();
    let found = unexpanded(spec, &container, &words(round, said))?;
    let command = match &found.order {
        Some(Order {
            list,
            container,
            from,
            to,
        }) => {
            let env = format!("/spec/template/spec/{list}/{container}/env");
            let patch = json!([{"op": "move", "from": format!("{env}/{from}"), "path": format!("{env}/{to}")}]);
            let patch = word(&patch.to_string());
            format!("kubectl patch {} --type=json -p {patch}", target(set))
        }
        None => format!("kubectl edit {}", target(set)),
    };
    let repair = Repair::Container(ContainerRepair::Variable {
        container,
        name: found.name,
        user: found.user,
        is_there: found.order.is_some(),
    });
    Some(Fix::outside(repair, vec![command]))
}

/// What keeps a container out of the pods that is put into them as they are made.
pub(super) fn without_injected(stalls: &Stalls<'_, '_>, round: &Round<'_>) -> Option<Fix> {
    let set = round.daemon_set();
    let found = stalls
        .failing_new
        .iter()
        .find_map(|said| injected(round, said))?;
    let commands = match &found.switch {
        Some(switch) => {
            let metadata = json!({switch.field: {switch.key: switch.off}});
            let patch = json!({"spec": {"template": {"metadata": metadata}}}).to_string();
            let patch = word(&patch);
            vec![format!("kubectl patch {} -p {patch}", target(set))]
        }
        None => vec!["kubectl get mutatingwebhookconfigurations".to_owned()],
    };
    let repair = Repair::Container(ContainerRepair::PutIn {
        container: found.container,
        by: found.by.map(str::to_owned),
        off: (found.switch).map(|it| format!("{}={}", it.key, it.off)),
    });
    Some(Fix::outside(repair, commands))
}
