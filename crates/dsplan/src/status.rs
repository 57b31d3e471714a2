//! `dsplan status`

use clap::Args;
use daemonset::api::DaemonSet;
use daemonset::manifest::Manifest;
use daemonset::status::RolloutStatus;
use serde_json::{Value, json};

use crate::input::{Input, InputError, name_of};
use crate::output::{self, Format, complain};
use crate::{End, Sources};

#[derive(Args)]
pub struct Arguments {
    #[command(flatten)]
    sources: Sources,
}

/// A set and how far its rollout is; none where the input has no status of it.
type State<'a> = (&'a DaemonSet, Option<RolloutStatus>);

pub fn run(arguments: &Arguments) -> Result<End, InputError> {
    let input = Input::read(&arguments.sources)?;
    let states: Vec<State<'_>> = input.sets().map(state).collect();
    for (set, state) in &states {
        if state.is_none() {
            let text = format!(
                "{}: no status in the input, so nothing is known",
                name_of(set)
            );
            complain("warning", &text);
        }
    }
    match arguments.sources.output {
        Format::Text => print_text(&states),
        format => {
            let sets: Vec<Value> = states.iter().map(value).collect();
            output::print_value(format, &json!({"daemonSets": sets}));
        }
    }
    Ok(End::findings_if(!states.iter().all(is_done)))
}

/// A manifest that was never applied has no status, and a missing one reads like a rollout over no
/// nodes.
fn state(manifest: &Manifest) -> State<'_> {
    let set = &manifest.daemon_set;
    let is_known = manifest.json.get("status").is_some_and(Value::is_object);
    (set, is_known.then(|| RolloutStatus::of(set)))
}

fn is_done((_, state): &State<'_>) -> bool {
    state.is_some_and(RolloutStatus::is_done)
}

fn print_text(states: &[State<'_>]) {
    let done = states.iter().filter(|state| is_done(state)).count();
    let answer = match (done, states) {
        (_, [(_, None)]) => "Nothing is known of the rollout.".to_owned(),
        (1, [_]) => "The rollout is complete.".to_owned(),
        (_, [_]) => "The rollout is not complete.".to_owned(),
        (done, all) if done == all.len() => format!("All {done} rollouts are complete."),
        (1, all) => format!("1 of {} rollouts is complete.", all.len()),
        (done, all) => format!("{done} of {} rollouts are complete.", all.len()),
    };
    output::print(&format!("{answer}\n\n"));
    let rows = states.iter().map(|(set, state)| {
        let count = |number: i32| {
            state
                .as_ref()
                .map_or("?".to_owned(), |_| number.to_string())
        };
        let counted = &set.status;
        [
            set.metadata.namespace.clone(),
            set.metadata.name.clone(),
            count(counted.desired_number_scheduled),
            count(counted.current_number_scheduled),
            count(counted.number_ready),
            count(counted.updated_number_scheduled),
            count(counted.number_available),
            state
                .as_ref()
                .map_or("unknown".to_owned(), ToString::to_string),
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
    output::print(&output::table(header, rows));
}

fn value(state: &State<'_>) -> Value {
    let (set, rollout) = state;
    json!({
        "namespace": set.metadata.namespace,
        "name": set.metadata.name,
        "rollout": rollout,
        "done": is_done(state),
        "status": rollout.as_ref().map(|_| &set.status),
    })
}
