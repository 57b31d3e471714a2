//! `dsplan plan`

use clap::Args;
use daemonset::api::DaemonSet;
use daemonset::rollout::Budget;
use daemonset::{Action, Outcome, Plan, Planner};
use serde_json::{Value, json};

use crate::input::{Input, InputError, name_of};
use crate::output::{self, Format, complain, count};
use crate::{Clock, End, Sources};

#[derive(Args)]
pub struct Arguments {
    #[command(flatten)]
    sources: Sources,
    #[command(flatten)]
    clock: Clock,
}

/// What the command found out about one set.
struct Planned<'a> {
    set: &'a DaemonSet,
    plan: Result<Plan, String>,
}

pub fn run(arguments: &Arguments) -> Result<End, InputError> {
    let input = Input::read(&arguments.sources)?;
    input.warn_of_unknown_fields();
    let planned: Vec<Planned<'_>> = input
        .sets()
        .map(|manifest| Planned::new(&input, &manifest.daemon_set, arguments))
        .collect();
    match arguments.sources.output {
        Format::Text => print_text(&planned),
        format => {
            let sets: Vec<Value> = planned.iter().map(|p| p.value(&input)).collect();
            output::print_value(format, &json!({"daemonSets": sets}));
        }
    }
    let findings = |planned: &Planned<'_>| match &planned.plan {
        Err(_) => true,
        Ok(plan) => matches!(
            plan.outcome,
            Outcome::InvalidBudget(_) | Outcome::SelectingAll
        ),
    };
    Ok(End::findings_if(planned.iter().any(findings)))
}

/// Why a plan is not to be acted on, as a clause.
pub fn withheld(plan: &Plan) -> Option<String> {
    plan.is_blind().then(|| {
        let carry = match plan.left.unknown_hash {
            1 => "1 pod carries a hash".to_owned(),
            pods => format!("{pods} pods carry hashes"),
        };
        format!(
            "{carry} that no given revision knows, and none given holds the set's \
             template, so that pods would look outdated that may not be; give the set's \
             controllerrevisions too"
        )
    })
}

impl<'a> Planned<'a> {
    fn new(input: &Input, set: &'a DaemonSet, arguments: &Arguments) -> Self {
        let inventory = &input.inventory;
        let plan = Planner::new(set)
            .map_err(|error| error.to_string())
            .and_then(|planner| {
                let mut planner = planner.revisions(&inventory.revisions);
                if let Some(now) = arguments.clock.now {
                    planner = planner.now(now);
                }
                let plan = planner.plan(&inventory.nodes, &inventory.pods);
                match withheld(&plan) {
                    Some(reason) => Err(format!("no plan: {reason}")),
                    None => Ok(plan),
                }
            });
        if let Err(reason) = &plan {
            complain("warning", &format!("{}: {reason}", name_of(set)));
        }
        Self { set, plan }
    }

    /// For programs.
    fn value(&self, input: &Input) -> Value {
        let meta = &self.set.metadata;
        let mut value = json!({"namespace": meta.namespace, "name": meta.name});
        match &self.plan {
            Err(reason) => value["withheld"] = reason.as_str().into(),
            Ok(plan) => {
                let nodes = input.inventory.nodes.iter().zip(&plan.placements);
                let placements: Vec<Value> = nodes
                    .map(|(node, verdict)| json!({"node": node.metadata.name, "verdict": verdict}))
                    .collect();
                value["plan"] = json!(plan);
                value["plan"]["placements"] = placements.into();
            }
        }
        value
    }
}

fn print_text(planned: &[Planned<'_>]) {
    let rows = planned.iter().map(|planned| {
        let meta = &planned.set.metadata;
        let status = planned
            .plan
            .as_ref()
            .map_or(&planned.set.status, |p| &p.status);
        let actions = planned
            .plan
            .as_ref()
            .map_or("?".to_owned(), |plan| visible(plan).count().to_string());
        [
            meta.namespace.clone(),
            meta.name.clone(),
            status.desired_number_scheduled.to_string(),
            status.current_number_scheduled.to_string(),
            status.number_ready.to_string(),
            status.updated_number_scheduled.to_string(),
            status.number_available.to_string(),
            actions,
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
        "ACTIONS",
    ];
    output::print(&format!("{}\n\n", answer(planned)));
    output::print(&output::table(header, rows));
    for planned in planned {
        if let Ok(plan) = &planned.plan {
            print_plan(planned.set, plan);
        }
    }
}

/// What the plans come to, in one line.
fn answer(planned: &[Planned<'_>]) -> String {
    let plans = || {
        planned
            .iter()
            .filter_map(|planned| planned.plan.as_ref().ok())
    };
    let actions: usize = plans().map(|plan| visible(plan).count()).sum();
    let busy = plans().filter(|plan| visible(plan).next().is_some());
    let sets = count(planned.len(), "set");
    let mut answer = match busy.count() {
        0 => format!("Nothing to do now for {sets}"),
        _ if planned.len() == 1 => count(actions, "action"),
        some => format!("{} for {some} of {sets}", count(actions, "action")),
    };
    match planned
        .iter()
        .filter(|planned| planned.plan.is_err())
        .count()
    {
        0 => {}
        all if all == planned.len() => answer = format!("No plan for {sets}"),
        some => answer = format!("{answer}, no plan for {some}"),
    }
    answer + "."
}

/// What a person wants to see: everything but the bare status write.
fn visible(plan: &Plan) -> impl Iterator<Item = &Action> {
    let actions = plan.actions.iter();
    actions.filter(|action| !matches!(action, Action::UpdateStatus { .. }))
}

fn print_plan(set: &DaemonSet, plan: &Plan) {
    let notes = notes(plan);
    if visible(plan).next().is_none() && notes.is_empty() {
        return;
    }
    output::print(&format!("\n{}", output::heading(&name_of(set))));
    for note in notes {
        output::print(&output::paragraph("", &note));
    }
    let rows: Vec<_> = visible(plan).map(row).collect();
    if !rows.is_empty() {
        output::print(&output::table(["ACTION", "OBJECT", "NODE", "REASON"], rows));
    }
}

fn row(action: &Action) -> [String; 4] {
    let (verb, object, node) = match action {
        Action::AdoptPod { pod } => ("adopt", format!("pod/{pod}"), ""),
        Action::ReleasePod { pod } => ("release", format!("pod/{pod}"), ""),
        Action::AdoptRevision { name } => ("adopt", format!("revision/{name}"), ""),
        Action::ReleaseRevision { name } => ("release", format!("revision/{name}"), ""),
        Action::CreateRevision { name, .. } => ("create", format!("revision/{name}"), ""),
        Action::UpdateRevision { name, .. } => ("update", format!("revision/{name}"), ""),
        Action::RelabelPod { pod, .. } => ("relabel", format!("pod/{pod}"), ""),
        Action::DeleteRevision { name, .. } => ("delete", format!("revision/{name}"), ""),
        Action::CreatePod { node, .. } => ("create", "pod".to_owned(), node.as_str()),
        Action::DeletePod { pod, node, .. } => ("delete", format!("pod/{pod}"), node.as_str()),
        Action::Event { event, .. } => ("event", (*event).to_owned(), ""),
        Action::UpdateStatus { .. } => ("update", "status".to_owned(), ""),
    };
    let reason = match action {
        Action::AdoptPod { .. } | Action::AdoptRevision { .. } => {
            "the selector matches it and nobody controls it".to_owned()
        }
        Action::ReleasePod { .. } | Action::ReleaseRevision { .. } => {
            "the selector no longer matches it".to_owned()
        }
        Action::CreateRevision { revision, .. } => {
            format!("no revision holds the template; this becomes number {revision}")
        }
        Action::UpdateRevision {
            revision, reason, ..
        } => format!("{reason}: number {revision}"),
        Action::RelabelPod { hash, .. } => {
            format!("to the hash {hash} of the revision that is kept")
        }
        Action::Event { message, .. } => message.clone(),
        other => other.reason().map_or(String::new(), |r| r.to_string()),
    };
    [verb.to_owned(), object, node.to_owned(), reason]
}

/// What the table of actions does not say.
fn notes(plan: &Plan) -> Vec<String> {
    let mut notes = Vec::new();
    match &plan.outcome {
        Outcome::Deleting => notes.push("The set is being deleted: nothing is decided.".to_owned()),
        Outcome::Collision => notes.push(
            "The name of the new revision is taken by another template: the round ends here."
                .to_owned(),
        ),
        Outcome::InvalidBudget(error) => {
            notes.push(format!("The rolling update does not start: {error}."));
        }
        Outcome::SelectingAll | Outcome::Managed | Outcome::Complete => {}
    }
    if plan.status.updated_number_scheduled < plan.status.desired_number_scheduled
        && let Some(budget) = &plan.budget
    {
        notes.push(budget_note(budget));
    }
    let left = plan.left;
    for (number, one, many) in [
        (
            left.creates,
            "more pod to create waits for the next round",
            "more pods to create wait for the next round",
        ),
        (
            left.deletes,
            "more pod to delete waits for the next round",
            "more pods to delete wait for the next round",
        ),
        (
            left.held,
            "failed pod waits for its node's back-off",
            "failed pods wait for their nodes' back-off",
        ),
        (
            left.unknown_hash,
            "pod carries a hash that no revision has",
            "pods carry a hash that no revision has",
        ),
        (
            left.stranded,
            "pod is bound to a node that does not exist, and left to the garbage collector",
            "pods are bound to nodes that do not exist, and left to the garbage collector",
        ),
    ] {
        match number {
            0 => {}
            1 => notes.push(format!("1 {one}.")),
            _ => notes.push(format!("{number} {many}.")),
        }
    }
    if let Some(at) = plan.look_again_at {
        notes.push(format!("Time alone may change the plan at {at}."));
    }
    notes
}

/// How much of the budget is spent before this round.
fn budget_note(budget: &Budget) -> String {
    let more = |remaining: i64| match remaining {
        0 => "so no more may go".to_owned(),
        some => format!("so {some} more may go"),
    };
    let is = |number: i64| if number == 1 { "is" } else { "are" };
    match *budget {
        Budget::Unavailable {
            max_unavailable,
            unavailable,
            remaining,
        } => format!(
            "Rolling update: {} may be without an available pod, {unavailable} {}, {}.",
            count(max_unavailable, "node"),
            is(unavailable),
            more(remaining)
        ),
        Budget::Surge {
            max_surge,
            surging,
            remaining,
            ..
        } => format!(
            "Rolling update: {} may run a new pod beside the old one, {surging} {}, {remaining} \
             more may.",
            count(max_surge, "node"),
            if surging == 1 { "does" } else { "do" },
        ),
    }
}
