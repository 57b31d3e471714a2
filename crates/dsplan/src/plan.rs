//! `dsplan plan`

use std::collections::BTreeMap;

use clap::Args;
use daemonset::api::DaemonSet;
use daemonset::fit::{ClusterRoom, Need};
use daemonset::outcome::Outcome;
use daemonset::policy::Governed;
use daemonset::rollout::Budget;
use daemonset::{Action, Cluster, Options, Plan, Planner};
use daemonset_explain::evidence::Evidence;
use daemonset_explain::room::{Contention, Room, SetRoom};
use daemonset_explain::words::count;
use daemonset_explain::{Explainer, Finding, Fix};
use serde_json::{Value, json};

use crate::contention;
use crate::explain::add_fixes;
use crate::input::{Failure, Input, name_of, planner};
use crate::kubectl::Needs;
use crate::output::{self, Format, Page, complain};
use crate::policy::{PolicyArguments, UnderPolicy, add_held};
use crate::{Clock, End, Sources};
use daemonset_explain::undecided;

#[derive(Args)]
pub struct Arguments {
    #[command(flatten)]
    pub sources: Sources,
    /// Print for people, or for programs
    #[arg(short, long, value_enum, default_value_t)]
    output: Format,
    #[command(flatten)]
    clock: Clock,
    #[command(flatten)]
    policy: PolicyArguments,
}

/// What the command found out about one set.
struct Planned<'a> {
    set: &'a DaemonSet,
    planner: Option<Planner>,
    plan: Result<Plan, String>,
    /// What the policy holds back; its plan is the exact one.
    governed: Option<(&'a UnderPolicy, Governed)>,
    /// What becomes of the pods to create that do not simply fit, by node.
    rooms: BTreeMap<String, (Room, String)>,
    /// What becomes of those that fit alone and not beside other sets' pods, by node.
    contentions: BTreeMap<String, Contention>,
    /// What is amiss although the plan does nothing about it, and what would help.
    caveats: Vec<Finding>,
    fix: Option<Fix>,
    /// That the DaemonSet controller does not act, a sentence.
    controller: Option<String>,
}

pub fn run(arguments: &Arguments) -> Result<End, Failure> {
    let input = Input::read_at(&arguments.sources, &arguments.clock, Needs::Room)?;
    input.complain_of_undecodable();
    input.warn_of_unknown_fields();
    let cluster = input.cluster();
    let room = input.room();
    let policy = arguments.policy.read()?;
    let evidence = input.inventory.evidence();
    if let Some(policy) = &policy {
        let sets = input.sets().map(|manifest| &manifest.daemon_set);
        let planners = sets.filter_map(|set| UnderPolicy::planner(set, &cluster).ok());
        let waves = planners.flat_map(|planner| policy.groups(&planner, &cluster));
        if let Some(unknown) = policy.unknown_wave(&waves.collect::<Vec<_>>()) {
            return Err(unknown);
        }
    }
    let mut planned: Vec<Planned<'_>> = input
        .sets()
        .map(|manifest| {
            let set = &manifest.daemon_set;
            let mut planned = Planned::new(set, &cluster, evidence, policy.is_some());
            if let Some(policy) = &policy {
                planned.govern(policy, &cluster, evidence);
            }
            planned.find_rooms(&cluster, &room);
            planned
        })
        .collect();
    if planned.iter().any(Planned::creates) {
        let sets = planned.iter().map(|planned| planned.set);
        let mut found = contention::find(&input, sets, &cluster, &room);
        for planned in &mut planned {
            planned.contentions = found.remove(&name_of(planned.set)).unwrap_or_default();
        }
    }
    match arguments.output {
        Format::Text => {
            let mut page = page(&planned);
            page.gap();
            for matched in &input.matched {
                page.line(&format!("{matched}."));
            }
            input.add_grounds(&mut page);
            page.print()?;
        }
        format => {
            let sets: Vec<Value> = planned.iter().map(|p| p.value(&cluster)).collect();
            let moment = input.moment();
            let value = json!({"now": moment.at, "moment": moment, "daemonSets": sets});
            output::print_value(format, &value)?;
        }
    }
    let findings = |planned: &Planned<'_>| match &planned.plan {
        Err(_) => true,
        Ok(plan) => {
            planned.caveats.iter().any(Finding::needs_attention)
                || planned.controller.is_some()
                || plan.is_undecided()
                || matches!(
                    plan.outcome,
                    Outcome::InvalidBudget(_) | Outcome::SelectingAll
                )
        }
    };
    Ok(input.end(planned.iter().any(findings)))
}

impl<'a> Planned<'a> {
    fn new(
        set: &'a DaemonSet,
        cluster: &Cluster<'_>,
        evidence: &Evidence,
        is_governed: bool,
    ) -> Self {
        let planner = if is_governed {
            UnderPolicy::planner(set, cluster)
        } else {
            planner(set, cluster)
        };
        let explainer = Explainer::new(set, cluster, &Options::default())
            .map(|explainer| explainer.with_evidence(evidence));
        let explainer = explainer.map_err(|error| error.to_string());
        // A plan from a cluster that the DaemonSet's own status contradicts would be false.
        let plan = explainer.and_then(|explainer| match explainer.not_given() {
            Some(missing) => Err(missing.to_string()),
            None => Ok((
                explainer.plan().clone(),
                (explainer.caveats(), explainer.replacement()),
                explainer.controller_does_not_act(),
            )),
        });
        let (plan, (caveats, fix), controller) = match plan {
            Ok((_, amiss, controller)) if is_governed => {
                let planner = planner.as_ref().map_err(Clone::clone);
                let plan = planner.map(|planner| planner.plan(cluster));
                (plan, amiss, controller)
            }
            Ok((plan, amiss, controller)) => (Ok(plan), amiss, controller),
            Err(reason) => (Err(reason), (Vec::new(), None), None),
        };
        // One that is being deleted is not acted on.
        let controller = controller.filter(|_| set.metadata.deletion_timestamp.is_none());
        if let Err(reason) = &plan {
            complain("warning", &format!("{}: {reason}", name_of(set)));
        }
        Self {
            set,
            planner: planner.ok(),
            plan,
            governed: None,
            rooms: BTreeMap::new(),
            contentions: BTreeMap::new(),
            caveats,
            fix,
            controller,
        }
    }

    /// Takes what the policy makes of the plan.
    fn govern(&mut self, policy: &'a UnderPolicy, cluster: &Cluster<'_>, evidence: &Evidence) {
        if let (Some(planner), Ok(plan)) = (&self.planner, &mut self.plan) {
            let mut governed = policy.govern(planner, cluster, evidence);
            std::mem::swap(plan, &mut governed.plan);
            plan.look_again_at = None;
            self.governed = Some((policy, governed));
        }
    }

    /// Whether its plan creates a pod.
    fn creates(&self) -> bool {
        let plan = self.plan.as_ref();
        plan.is_ok_and(|plan| {
            let mut actions = plan.actions.iter();
            actions.any(|action| matches!(action, Action::CreatePod { .. }))
        })
    }

    /// Finds out what becomes of the pods to create.
    fn find_rooms(&mut self, cluster: &Cluster<'_>, room: &ClusterRoom) {
        if let (Some(planner), Ok(plan)) = (&self.planner, &self.plan) {
            self.rooms = rooms(planner, plan, cluster, room);
        }
    }

    /// An action as a row; a pod that does not simply fit says what becomes of it.
    fn row(&self, action: &Action) -> [String; 4] {
        let mut row = row(action);
        if let Action::CreatePod { node, .. } = action
            && let Some((room, why)) = self.rooms.get(node)
        {
            let [.., reason] = &mut row;
            match room {
                Room::None { .. } => *reason = format!("{reason}; it will wait: {why}"),
                Room::Unknown { .. } => {}
                _ => *reason = format!("{reason}; it {why}"),
            }
        }
        if let Action::CreatePod { node, .. } = action
            && let Some(contention) = self.contentions.get(node)
        {
            let [.., reason] = &mut row;
            *reason = format!("{reason}; it {contention}");
        }
        row
    }

    /// How many pods will wait, and of how many that cannot be told. A node that
    /// does not say what it gives was cut down by hand: it is told to programs alone.
    fn room_notes(&self) -> Vec<String> {
        let waits = |(room, _): &&(Room, String)| matches!(room, Room::None { .. });
        let mut notes = Vec::new();
        match self.rooms.values().filter(waits).count() {
            0 => {}
            1 => notes.push("1 pod to create finds no room and will wait.".to_owned()),
            some => notes.push(format!("{some} pods to create find no room and will wait.")),
        }
        let mut unknown: BTreeMap<&str, usize> = BTreeMap::new();
        for (room, why) in self.rooms.values() {
            if let Room::Unknown { missing } = room
                && *missing != [Need::Allocatable]
            {
                *unknown.entry(why).or_default() += 1;
            }
        }
        notes.extend(
            unknown.into_iter().map(|(why, pods)| {
                format!("Whether {} will find room: {why}.", count(pods, "pod"))
            }),
        );
        notes
    }

    /// For programs.
    fn value(&self, cluster: &Cluster<'_>) -> Value {
        let meta = &self.set.metadata;
        let mut value = json!({"namespace": meta.namespace, "name": meta.name});
        match &self.plan {
            Err(reason) => value["withheld"] = reason.as_str().into(),
            Ok(plan) => {
                let nodes = cluster.nodes().iter().zip(&plan.verdicts);
                let verdicts: Vec<Value> = nodes
                    .map(|(node, verdict)| json!({"node": node.metadata.name, "verdict": verdict}))
                    .collect();
                value["plan"] = json!(plan);
                value["plan"]["verdicts"] = verdicts.into();
                let rooms = self.rooms.iter();
                let rooms = rooms
                    .map(|(node, (room, why))| json!({"node": node, "room": room, "why": why}));
                value["rooms"] = rooms.collect::<Vec<_>>().into();
                value["contentions"] = json!(self.contentions.values().collect::<Vec<_>>());
                if let Some(controller) = &self.controller {
                    value["controller"] = controller.as_str().into();
                }
                if let Some((_, governed)) = &self.governed {
                    value["plan"]["lookAgainAt"] = json!(governed.look_again_at);
                    value["held"] = json!(governed.held);
                    value["memory"] = json!(governed.memory);
                    value["rollBack"] = json!(governed.roll_back);
                }
            }
        }
        value
    }
}

/// What becomes of the pods that a plan creates, where they do not simply fit.
fn rooms(
    planner: &Planner,
    plan: &Plan,
    cluster: &Cluster<'_>,
    room: &ClusterRoom,
) -> BTreeMap<String, (Room, String)> {
    let creates = plan.actions.iter().filter_map(|action| match action {
        Action::CreatePod { node, .. } => Some(node),
        _ => None,
    });
    let mut creates = creates.peekable();
    if creates.peek().is_none() {
        return BTreeMap::new();
    }
    let Ok(asked) = SetRoom::new(planner, cluster, room) else {
        return BTreeMap::new();
    };
    creates
        .filter_map(|node| {
            let found = asked.now(node)?;
            let why = asked.why(node, &found)?;
            Some((node.clone(), (found, why)))
        })
        .collect()
}

fn page(planned: &[Planned<'_>]) -> Page {
    let rows = planned.iter().map(|planned| {
        let meta = &planned.set.metadata;
        let plan = planned.plan.as_ref();
        let status = plan.map_or(&planned.set.status, |plan| &plan.status);
        let actions = plan.map_or("?".to_owned(), |plan| visible(plan).count().to_string());
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
    let mut page = Page::new();
    page.line(&answer(planned));
    page.gap();
    page.table(header, rows);
    for planned in planned {
        if let Ok(plan) = &planned.plan {
            add_plan(&mut page, planned, plan);
        }
    }
    page
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
    let sets = count(planned.len(), "DaemonSet");
    let known = plans().count();
    let mut answer = match busy.count() {
        0 if known < planned.len() => format!("Nothing to do now for {known} of {sets}"),
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

fn add_plan(page: &mut Page, planned: &Planned<'_>, plan: &Plan) {
    let mut notes = notes(plan, planned.governed.is_some());
    let (updated, desired) = (
        plan.status.updated_number_scheduled,
        plan.status.desired_number_scheduled,
    );
    if planned.set.spec.update_strategy.type_ == "OnDelete" && updated < desired {
        notes.push(format!(
            "OnDelete: {updated} of {desired} nodes have the new pod; the others get it when their pod is deleted."
        ));
    }
    notes.extend(planned.room_notes());
    notes.extend(
        planned
            .caveats
            .iter()
            .map(|caveat| format!("Beside the plan: {caveat}.")),
    );
    if let Some(controller) = &planned.controller {
        let until = match visible(plan).next() {
            Some(_) => "; none of this is carried out until it does",
            None => "",
        };
        notes.push(format!(
            "Beside the plan: {controller}{until}; see dsplan explain."
        ));
    }
    let holds = planned.governed.as_ref();
    let holds = holds.is_some_and(|(_, governed)| !governed.held.is_empty());
    if visible(plan).next().is_none() && notes.is_empty() && !holds {
        return;
    }
    page.gap();
    page.heading(&name_of(planned.set));
    for note in notes {
        page.line(&note);
    }
    let rows: Vec<_> = visible(plan).map(|action| planned.row(action)).collect();
    if !rows.is_empty() {
        page.table(["ACTION", "OBJECT", "NODE", "REASON"], rows);
    }
    add_fixes(page, planned.fix.as_slice(), "What would help");
    if let Some((policy, governed)) = &planned.governed {
        add_held(page, planned.set, policy.governor().policy(), governed);
    }
}

fn row(action: &Action) -> [String; 4] {
    let (verb, object, node) = match action {
        Action::AdoptPod { pod, .. } => ("adopt", format!("pod/{pod}"), ""),
        Action::ReleasePod { pod, .. } => ("release", format!("pod/{pod}"), ""),
        Action::AdoptRevision { name } => ("adopt", format!("revision/{name}"), ""),
        Action::ReleaseRevision { name } => ("release", format!("revision/{name}"), ""),
        Action::CreateRevision { name, .. } => ("create", format!("revision/{name}"), ""),
        Action::UpdateRevision { name, .. } => ("update", format!("revision/{name}"), ""),
        Action::RelabelPod { pod, .. } => ("relabel", format!("pod/{pod}"), ""),
        Action::DeleteRevision { name, .. } => ("delete", format!("revision/{name}"), ""),
        Action::CreatePod { node, .. } => ("create", "pod".to_owned(), node.as_str()),
        Action::DeletePod { pod, node, .. } => ("delete", format!("pod/{pod}"), node.as_str()),
        Action::Event { event, .. } => ("event", event.to_string(), ""),
        Action::UpdateStatus { .. } => ("update", "status".to_owned(), ""),
    };
    let reason = match action {
        Action::AdoptPod { .. } | Action::AdoptRevision { .. } => {
            "the selector matches it and it has no controller".to_owned()
        }
        Action::ReleasePod { .. } | Action::ReleaseRevision { .. } => {
            "the selector no longer matches it".to_owned()
        }
        Action::CreateRevision { revision, .. } => {
            format!("no revision that was given holds the template; this becomes number {revision}")
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
fn notes(plan: &Plan, is_governed: bool) -> Vec<String> {
    let mut notes = Vec::new();
    match &plan.outcome {
        Outcome::Deleting => {
            notes.push("The DaemonSet is being deleted: nothing is decided.".to_owned());
        }
        Outcome::Collision => notes.push(
            "The name of the new revision is taken by another template: the round ends here."
                .to_owned(),
        ),
        Outcome::InvalidBudget(error) => {
            notes.push(format!("The rolling update does not start: {error}."));
        }
        _ => {}
    }
    if plan.status.updated_number_scheduled < plan.status.desired_number_scheduled
        && let Some(budget) = &plan.budget
    {
        let (Budget::Unavailable { remaining, .. } | Budget::Surge { remaining, .. }) = *budget;
        let budget = budget_note(budget);
        notes.push(if is_governed && remaining > 0 {
            format!("{budget} The policy may leave less of that.")
        } else {
            budget
        });
    }
    if let Some(reason) = undecided(plan) {
        notes.push(format!("Left alone: {reason}."));
    }
    let deferred = plan.deferred;
    for (number, one, many) in [
        (
            deferred.creates,
            "more pod to create waits for the next round",
            "more pods to create wait for the next round",
        ),
        (
            deferred.deletes,
            "more pod to delete waits for the next round",
            "more pods to delete wait for the next round",
        ),
        (
            deferred.backing_off,
            "failed pod waits for its node's back-off",
            "failed pods wait for their nodes' back-off",
        ),
        (
            deferred.unknown_hash,
            "pod carries a hash that none of its revisions given has",
            "pods carry a hash that none of its revisions given has",
        ),
        (
            deferred.on_missing_nodes,
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

/// How much of the budget is used up before this round.
fn budget_note(budget: &Budget) -> String {
    let nodes = |number: i64| count(usize::try_from(number).unwrap_or(0), "node");
    match *budget {
        Budget::Unavailable {
            max_unavailable,
            unavailable,
            remaining,
            ..
        } => format!(
            "Rolling update: maxUnavailable is {max_unavailable}, {} without an available pod, so \
             {} more may lose theirs.",
            are(unavailable, &nodes(unavailable)),
            number_or_no(remaining),
        ),
        Budget::Surge {
            max_surge,
            surging,
            remaining,
            ..
        } => format!(
            "Rolling update: maxSurge is {max_surge}, {} a new pod beside the old one, so {} more \
             may.",
            surge(surging, &nodes(surging)),
            number_or_no(remaining),
        ),
    }
}

fn number_or_no(number: i64) -> String {
    match number {
        0 => "no".to_owned(),
        some => some.to_string(),
    }
}

fn are(number: i64, nodes: &str) -> String {
    format!("{nodes} {}", if number == 1 { "is" } else { "are" })
}

fn surge(number: i64, nodes: &str) -> String {
    format!("{nodes} {}", if number == 1 { "runs" } else { "run" })
}
