//! `dsplan status`

use clap::Args;
use daemonset::status::RolloutStatus;
use serde_json::{Value, json};

use crate::input::{Input, InputError};
use crate::output::{self, Format};
use crate::{End, Sources};

#[derive(Args)]
pub struct Arguments {
    #[command(flatten)]
    sources: Sources,
}

pub fn run(arguments: &Arguments) -> Result<End, InputError> {
    let input = Input::read(&arguments.sources)?;
    let states: Vec<_> = input
        .sets()
        .map(|manifest| {
            (
                &manifest.daemon_set,
                RolloutStatus::of(&manifest.daemon_set),
            )
        })
        .collect();
    match arguments.sources.output {
        Format::Text => {
            let rows = states.iter().map(|(set, state)| {
                [
                    set.metadata.namespace.clone(),
                    set.metadata.name.clone(),
                    set.status.desired_number_scheduled.to_string(),
                    set.status.current_number_scheduled.to_string(),
                    set.status.number_ready.to_string(),
                    set.status.updated_number_scheduled.to_string(),
                    set.status.number_available.to_string(),
                    state.to_string(),
                ]
            });
            let header = [
                "NAMESPACE",
                "NAME",
                "DESIRED",
                "CURRENT",
                "READY",
                "UP-TO-DATE",
                "AVAILABLE",
                "ROLLOUT",
            ];
            let done = states.iter().filter(|(_, state)| state.is_done()).count();
            let answer = match (done, states.len()) {
                (1, 1) => "The rollout is complete.".to_owned(),
                (0, 1) => "The rollout is not complete.".to_owned(),
                (done, all) if done == all => format!("All {all} rollouts are complete."),
                (done, all) => format!("{done} of {all} rollouts are complete."),
            };
            output::print(&format!("{answer}\n\n"));
            output::print(&output::table(header, rows));
        }
        format => {
            let sets: Vec<Value> = states
                .iter()
                .map(|(set, state)| {
                    json!({
                        "namespace": set.metadata.namespace,
                        "name": set.metadata.name,
                        "rollout": state,
                        "done": state.is_done(),
                        "status": set.status,
                    })
                })
                .collect();
            output::print_value(format, &json!({"daemonSets": sets}));
        }
    }
    Ok(End::findings_if(
        states.iter().any(|(_, state)| !state.is_done()),
    ))
}
