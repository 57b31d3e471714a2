//! `dsplan forecast`

mod arguments;
mod chart;
mod figures;
mod html;
mod scenario;
mod told;

use std::collections::BTreeMap;
use std::fs;

use daemonset::api::DaemonSet;
use daemonset::fit::ClusterRoom;
use daemonset::policy::{FromApi, GroupAhead, Seconds};
use daemonset::{Cluster, Options};
use daemonset_explain::Explainer;
use daemonset_explain::evidence::{Evidence, Moment};
use daemonset_explain::what_if::{Beside, Forecast as Ahead, forecast_beside, update};
use daemonset_forecast::{
    Band, Course, CourseEnd, Forecast, Scenario, band, forecast_with, largest_budget, replay,
    smallest_budget,
};
use daemonset_manifest::apply::{apply, stored};
use daemonset_manifest::{FitObjects, Inventory, Manifest};
use serde_json::{Value, json};

pub use arguments::Arguments;

use crate::End;
use crate::input::{self, Both, Failure, name_of};
use crate::output::{self, Format};
use crate::policy::UnderPolicy;
use crate::progress::Progress;

/// How many runs a search for a budget makes for each that it tries.
const TRIED: usize = 100;

/// How many runs the picture's bands are made of, in how many steps.
const IN_PICTURE: usize = 200;
const STEPS: usize = 200;

/// What was foreseen of one set.
struct Foreseen {
    name: String,
    scenario: Scenario,
    without_room: Vec<WithoutRoom>,
    /// What becomes of it by rounds alone, and what is known to keep it from coming true.
    ahead: Ahead,
    many: Forecast,
    one: Course,
    /// Over the time that a picture shows; without one there is none.
    band: Option<Band>,
    /// The groups of a policy.
    groups: Vec<GroupAhead>,
    /// Where the figures come from, and what was taken for granted.
    notes: Vec<String>,
    deadline: Option<Deadline>,
    available: Option<(f64, Option<usize>)>,
}

/// A node on which the new pod finds no room, and what stands against it.
struct WithoutRoom {
    node: String,
    why: String,
}

/// The smallest budget that ends it in time.
struct Deadline {
    within: Seconds,
    budget: Option<usize>,
    /// How long 95 of 100 runs take with all nodes at once, where none does.
    at_best: Option<f64>,
}

pub fn run(arguments: &Arguments) -> Result<End, Failure> {
    let Both { old, new, moment } = arguments.versions.read()?;
    let wanted = arguments.versions.wanted();
    let policy = arguments.policy.read()?;
    let cluster = old.cluster();
    let moment = moment.unwrap_or_else(|| Moment::of(&cluster, old.evidence()));
    let cluster = cluster.with_now(moment.at);
    let room = match (old.fit_objects(), new.fit_objects()) {
        (Some(old), Some(new)) => FitObjects::cluster_room_of(old, new),
        _ => ClusterRoom::default(),
    };
    let given = Given {
        arguments,
        cluster: &cluster,
        room: &room,
        evidence: old.evidence(),
        policy: policy.as_ref(),
    };
    let mut foreseen = Vec::new();
    let mut withheld = false;
    let sets = new.daemon_sets.iter().filter(|manifest| {
        let metadata = &manifest.daemon_set.metadata;
        wanted.is(&metadata.namespace, &metadata.name)
    });
    let mut any = false;
    for manifest in sets {
        any = true;
        let name = name_of(&manifest.daemon_set);
        let found = next_of(&old, manifest).and_then(|(today, next)| given.foresee(today, &next));
        match found {
            Ok(found) => foreseen.push(found),
            Err(reason) => {
                output::complain("warning", &format!("{name}: {reason}"));
                withheld = true;
            }
        }
    }
    if !any {
        return Err(wanted.not_found(&new));
    }
    write_pictures(arguments, &foreseen)?;
    match arguments.output {
        Format::Text => told::page(&foreseen, &moment, arguments).print()?,
        format => {
            let sets: Vec<Value> = foreseen.iter().map(Foreseen::value).collect();
            let value = json!({
                "now": moment.at, "moment": moment, "seed": arguments.seed, "daemonSets": sets,
            });
            output::print_value(format, &value)?;
        }
    }
    if old.is_incomplete() || new.is_incomplete() {
        return Ok(End::Incomplete);
    }
    let stalls = |it: &Foreseen| {
        it.many.stalled > 0
            || it.one.end != CourseEnd::Settled
            || it.ahead.hindrances.controller.is_some()
    };
    Ok(End::findings_if(withheld || foreseen.iter().any(stalls)))
}

/// The DaemonSet as it is, and as it would be stored.
fn next_of<'o>(old: &'o Inventory, new: &Manifest) -> Result<(&'o DaemonSet, DaemonSet), String> {
    let is_same = |manifest: &&Manifest| {
        let (one, other) = (&manifest.daemon_set.metadata, &new.daemon_set.metadata);
        (&one.namespace, &one.name) == (&other.namespace, &other.name)
    };
    let today = old.daemon_sets.iter().find(is_same);
    let today =
        today.ok_or("it is not in the cluster's dump, so there is no rollout to foresee")?;
    if !new.daemon_set.metadata.uid.is_empty() {
        let next = update(&today.daemon_set, &new.daemon_set);
        return Ok((&today.daemon_set, next));
    }
    let live = today.written.to_json();
    let applied = apply(&live, &new.written.to_json());
    let next = stored(applied.set, Some(&live)).map_err(|faults| {
        let faults: Vec<String> = faults.iter().map(ToString::to_string).collect();
        faults.join("; ")
    })?;
    Ok((&today.daemon_set, update(&today.daemon_set, &next)))
}

/// What there is to foresee from.
struct Given<'g> {
    arguments: &'g Arguments,
    cluster: &'g Cluster<'g>,
    room: &'g ClusterRoom,
    evidence: &'g Evidence,
    policy: Option<&'g UnderPolicy>,
}

impl Given<'_> {
    fn foresee(&self, today: &DaemonSet, set: &DaemonSet) -> Result<Foreseen, String> {
        let (arguments, cluster) = (self.arguments, self.cluster);
        if cluster.nodes().is_empty() {
            return Err(input::NO_NODES.to_owned());
        }
        let explainer = Explainer::new(set, cluster, &Options::default());
        if let Some(missing) = explainer.ok().and_then(|explainer| explainer.not_given()) {
            return Err(missing.to_string());
        }
        let planner = match self.policy {
            Some(_) => UnderPolicy::planner(set, cluster)?,
            None => input::planner(set, cluster)?,
        };
        let view = planner.view(cluster);
        if let Some(reason) = daemonset_explain::undecided(&view.plan) {
            return Err(format!("cannot tell: {reason}"));
        }
        if view.plan.outcome.is_idle() {
            return Err(format!(
                "there is no rollout to foresee: {}",
                view.plan.outcome
            ));
        }
        let beside = Beside::new().room(self.room).evidence(self.evidence);
        let ahead = forecast_beside(Some(today), set, cluster, &Options::default(), beside)
            .map_err(|error| error.to_string())?;
        let governor = self.policy.map(UnderPolicy::governor);
        let groups = governor.map(|governor| governor.groups_ahead(&planner, &view, &FromApi));
        let mut notes = Vec::new();
        let (scenario, without_room) =
            self.scenario(&planner, &ahead, groups.as_deref(), &mut notes)?;
        let (runs, seed) = (
            usize::try_from(arguments.runs).unwrap_or(usize::MAX),
            arguments.seed,
        );
        let progress = Progress::new(&name_of(set), runs);
        let many = forecast_with(&scenario, runs, seed, |done| progress.tell(done));
        progress.say("one run with the real planner");
        let one = replay(planner.daemon_set(), cluster, governor, &scenario, seed)
            .map_err(|error| error.to_string())?;
        let tried = runs.min(TRIED);
        let deadline = arguments.deadline.map(|within| {
            progress.say("the smallest budget");
            Deadline::find(&scenario, within, tried, seed)
        });
        let available = arguments.available.map(|share| {
            progress.say("the largest budget");
            (share, largest_budget(&scenario, share / 100.0, tried, seed))
        });
        let is_shown = arguments.svg.is_some() || arguments.html.is_some();
        let band = is_shown.then(|| {
            progress.say("the picture");
            let until = chart::until(&many, &one);
            band(&scenario, runs.min(IN_PICTURE), seed, until, STEPS)
        });
        progress.end();
        Ok(Foreseen {
            name: name_of(set),
            without_room,
            ahead,
            scenario,
            many,
            one,
            band,
            groups: groups.unwrap_or_default(),
            notes,
            deadline,
            available,
        })
    }
}

impl Deadline {
    fn find(scenario: &Scenario, within: Seconds, tried: usize, seed: u64) -> Self {
        #[allow(clippy::cast_precision_loss)] // a hundred years at most
        let seconds = within.seconds() as f64;
        let budget = smallest_budget(scenario, seconds, 0.95, tried, seed);
        let at_best = budget.is_none().then(|| {
            let mut all = scenario.clone();
            all.budget = scenario.nodes.max(1);
            forecast_with(&all, tried, seed, |_| {}).duration(0.95)
        });
        Self {
            within,
            budget,
            at_best: at_best.flatten(),
        }
    }
}

fn write_pictures(arguments: &Arguments, foreseen: &[Foreseen]) -> Result<(), Failure> {
    let pictures: BTreeMap<&str, String> = [&arguments.svg, &arguments.html]
        .into_iter()
        .flatten()
        .map(|file| {
            let text = if Some(file) == arguments.svg.as_ref() {
                chart::svg(foreseen)
            } else {
                html::html(foreseen, arguments)
            };
            (file.as_str(), text)
        })
        .collect();
    for (file, text) in pictures {
        fs::write(file, text).map_err(|error| Failure::Open {
            file: file.to_owned(),
            error,
        })?;
    }
    Ok(())
}
