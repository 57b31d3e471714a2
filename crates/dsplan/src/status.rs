//! `dsplan status`

use clap::Args;
use daemonset::api::DaemonSet;
use daemonset::outcome::RolloutStatus;
use daemonset_manifest::Manifest;
use serde_json::{Value, json};

use crate::input::{Failure, Input, name_of};
use crate::kubectl::Needs;
use crate::output::{self, Format, Page, complain};
use crate::{End, Sources};

#[derive(Args)]
pub struct Arguments {
    #[command(flatten)]
    pub sources: Sources,
    /// Print for people, or for programs
    #[arg(short, long, value_enum, default_value_t)]
    output: Format,
}

/// A set and how far its rollout is; none where the input has no status of it.
type State<'a> = (&'a DaemonSet, Option<RolloutStatus>);

pub fn run(arguments: &Arguments) -> Result<End, Failure> {
    let input = Input::read(&arguments.sources, Needs::DaemonSets)?;
    input.complain_of_undecodable();
    let states: Vec<State<'_>> = input.sets().map(state).collect();
    for (set, state) in &states {
        if state.is_none() {
            let text = format!(
                "{}: the input has no status of it, so nothing is known",
                name_of(set)
            );
            complain("warning", &text);
        }
    }
    match arguments.output {
        Format::Text => page(&states).print()?,
        format => {
            let sets: Vec<Value> = states.iter().map(value).collect();
            output::print_value(format, &json!({"daemonSets": sets}))?;
        }
    }
    Ok(input.end(!states.iter().all(is_done)))
}

/// A manifest that was never applied has no status, and a missing one reads like a rollout over no
/// nodes.
fn state(manifest: &Manifest) -> State<'_> {
    let set = &manifest.daemon_set;
    let status = manifest.written.to_json().remove("status");
    let is_known = status.is_some_and(|status| status.is_object());
    (set, is_known.then(|| RolloutStatus::of(set)))
}

fn is_done((_, state): &State<'_>) -> bool {
    state.is_some_and(RolloutStatus::is_done)
}

fn page(states: &[State<'_>]) -> Page {
    let done = states.iter().filter(|state| is_done(state)).count();
    let answer = match (done, states) {
        (_, [(_, None)]) => "Nothing is known of the rollout.".to_owned(),
        (1, [_]) => "The rollout is complete.".to_owned(),
        (_, [_]) => "The rollout is not complete.".to_owned(),
        (done, all) if done == all.len() => format!("All {done} rollouts are complete."),
        (1, all) => format!("1 of {} rollouts is complete.", all.len()),
        (done, all) => format!("{done} of {} rollouts are complete.", all.len()),
    };
    let mut page = Page::new();
    page.line(&answer);
    page.gap();
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
    page.table(header, rows);
    page
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
