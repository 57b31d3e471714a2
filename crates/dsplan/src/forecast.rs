//! `dsplan forecast`

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use clap::Args;
use daemonset::api::{ConditionStatus, ConditionType, DaemonSet, Node};
use daemonset::fit::ClusterRoom;
use daemonset::policy::{Gate, Governor, Seconds};
use daemonset::rollout::Shape;
use daemonset::{Cluster, Options, Planner};
use daemonset_explain::room::{Room, SetRoom};
use daemonset_explain::what_if::update;
use daemonset_explain::words::{count, list};
use daemonset_forecast::{
    Course, CourseEnd, Forecast, Mode, Phase, Scenario, Spread, forecast_with, largest_budget,
    measured_start, replay, smallest_budget,
};
use daemonset_manifest::apply::{apply, stored};
use daemonset_manifest::{FitObjects, Inventory, Manifest};
use serde_json::{Value, json};

use crate::chart;
use crate::input::{self, Failure, Wanted, name_of};
use crate::output::{self, Format, Page, complain};
use crate::policy::{PolicyArguments, UnderPolicy};
use crate::progress::Progress;
use crate::{Clock, End};

/// How many names are given of a list.
const SHOWN: usize = 5;

/// How many runs a search for a budget makes for each that it tries.
const TRIED: usize = 100;

#[derive(Args)]
pub struct Arguments {
    /// What there is: a dump of the cluster; `-` is standard input
    old: String,
    /// What there would be: manifests, which are taken as `kubectl apply` takes them
    new: String,
    /// NAME or NAMESPACE/NAME of the one DaemonSet to look at
    name: Option<String>,
    /// Look at the DaemonSets of this namespace alone, which is that of manifests without one, too
    #[arg(short, long)]
    namespace: Option<String>,
    /// Print for people, or for programs
    #[arg(short, long, value_enum, default_value_t)]
    output: Format,
    /// How many MiB a file may have at most
    #[arg(long, value_name = "MIB", default_value_t = 512)]
    max_size: usize,
    #[command(flatten)]
    clock: Clock,
    #[command(flatten)]
    policy: PolicyArguments,
    /// How many runs
    #[arg(long, default_value_t = 1000, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    runs: u32,
    /// The seed of their chances; the same seed gives the same numbers
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// How long a pod takes to start, such as 30s; by default as the DaemonSet's own pods did
    #[arg(long, value_name = "SPAN")]
    start: Option<Seconds>,
    /// How long a pod takes to go; by default half of them 3 s, at most their grace period
    #[arg(long, value_name = "SPAN")]
    terminate: Option<Seconds>,
    /// The share of nodes on which the new pod never becomes available, in percent
    #[arg(long, value_name = "PERCENT", default_value_t = 0.0, value_parser = percent)]
    node_failure: f64,
    /// Find the smallest budget with which 95 % of the runs end within this time
    #[arg(long, value_name = "SPAN")]
    deadline: Option<Seconds>,
    /// Find the largest budget with which so many percent of the nodes keep an available pod
    #[arg(long, value_name = "PERCENT", value_parser = percent)]
    available: Option<f64>,
    /// Write a picture of one run
    #[arg(long, value_name = "FILE")]
    svg: Option<String>,
    /// Write a page with the picture and the figures
    #[arg(long, value_name = "FILE")]
    html: Option<String>,
}

fn percent(text: &str) -> Result<f64, String> {
    let number: f64 = text.parse().map_err(|_| "expected a number".to_owned())?;
    if (0.0..=100.0).contains(&number) {
        Ok(number)
    } else {
        Err("expected a percentage from 0 to 100".to_owned())
    }
}

/// What was foreseen of one set.
pub struct Foreseen {
    pub name: String,
    pub scenario: Scenario,
    pub many: Forecast,
    pub one: Course,
    /// The groups of a policy, each with its nodes.
    pub groups: Vec<(String, Vec<String>)>,
    /// Where the times come from, and what else was taken for granted.
    notes: Vec<String>,
    without_room: Vec<String>,
    deadline: Option<(Seconds, Option<usize>)>,
    available: Option<(f64, Option<usize>)>,
}

pub fn run(arguments: &Arguments) -> Result<End, Failure> {
    let [old, mut new] = input::read_both(&arguments.old, &arguments.new, arguments.max_size)?;
    let wanted = Wanted::new(arguments.name.as_deref(), arguments.namespace.as_deref());
    wanted.put_into_namespace(&mut new);
    let policy = arguments.policy.read()?;
    let cluster = old.cluster();
    let now = arguments.clock.now.unwrap_or_else(|| cluster.now());
    let cluster = cluster.with_now(now);
    let room = match (old.fit_objects(), new.fit_objects()) {
        (Some(old), Some(new)) => FitObjects::cluster_room_of(old, new),
        _ => ClusterRoom::default(),
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
        let found = next_of(&old, manifest)
            .and_then(|next| foresee(arguments, &next, &cluster, &room, policy.as_ref()));
        match found {
            Ok(found) => foreseen.push(found),
            Err(reason) => {
                complain("warning", &format!("{name}: {reason}"));
                withheld = true;
            }
        }
    }
    if !any {
        return Err(wanted.not_found(&new));
    }
    write_pictures(arguments, &foreseen)?;
    match arguments.output {
        Format::Text => page(&foreseen, arguments).print()?,
        format => {
            let sets: Vec<Value> = foreseen.iter().map(Foreseen::value).collect();
            let value = json!({"now": now, "seed": arguments.seed, "daemonSets": sets});
            output::print_value(format, &value)?;
        }
    }
    if old.is_incomplete() || new.is_incomplete() {
        return Ok(End::Incomplete);
    }
    let stalls = |it: &Foreseen| it.many.stalled > 0 || it.one.end != CourseEnd::Settled;
    Ok(End::findings_if(withheld || foreseen.iter().any(stalls)))
}

/// The DaemonSet as it would be stored.
fn next_of(old: &Inventory, new: &Manifest) -> Result<DaemonSet, String> {
    let is_same = |manifest: &&Manifest| {
        let (one, other) = (&manifest.daemon_set.metadata, &new.daemon_set.metadata);
        (&one.namespace, &one.name) == (&other.namespace, &other.name)
    };
    let today = old.daemon_sets.iter().find(is_same);
    let today =
        today.ok_or("it is not in the cluster's dump, so there is no rollout to foresee")?;
    if !new.daemon_set.metadata.uid.is_empty() {
        return Ok(update(&today.daemon_set, &new.daemon_set));
    }
    let live = today.written.to_json();
    let applied = apply(&live, &new.written.to_json());
    let next = stored(applied.set, Some(&live)).map_err(|faults| {
        let faults: Vec<String> = faults.iter().map(ToString::to_string).collect();
        faults.join("; ")
    })?;
    Ok(update(&today.daemon_set, &next))
}

fn foresee(
    arguments: &Arguments,
    set: &DaemonSet,
    cluster: &Cluster<'_>,
    room: &ClusterRoom,
    policy: Option<&UnderPolicy>,
) -> Result<Foreseen, String> {
    let planner = match policy {
        Some(_) => UnderPolicy::planner(set, cluster)?,
        None => Planner::in_cluster(set, cluster, &Options::default())
            .map_err(|error| error.to_string())?,
    };
    let view = planner.view(cluster);
    if let Some(reason) = daemonset_explain::undecided(&view.plan) {
        return Err(format!("cannot tell: {reason}"));
    }
    let governor = policy.map(UnderPolicy::governor);
    let mut notes = Vec::new();
    let mut groups = Vec::new();
    if let Some(governor) = governor {
        let ahead = governor.groups_ahead(&planner, &view, &daemonset::policy::FromApi);
        groups.extend(ahead.into_iter().map(|group| (group.name, group.nodes)));
    }
    let mut scenario = scenario(arguments, &planner, cluster, governor, &mut notes)?;
    let asked = SetRoom::new(&planner, cluster, room).ok();
    let lacks_room = |node: &str| {
        let room = asked.as_ref().and_then(|asked| asked.in_rollout(node));
        matches!(room, Some(Room::None { .. }))
    };
    let old = view
        .nodes
        .iter()
        .filter(|node| node.state.counts.desired && matches!(node.state.shape, Shape::Old { .. }));
    let without_room: BTreeSet<String> = old
        .filter(|node| lacks_room(node.name))
        .map(|node| node.name.to_owned())
        .collect();
    scenario.without_room.clone_from(&without_room);
    let runs = usize::try_from(arguments.runs).unwrap_or(usize::MAX);
    let progress = Progress::new(&name_of(set), runs);
    let many = forecast_with(&scenario, runs, arguments.seed, |done| progress.tell(done));
    progress.end();
    let one = replay(
        planner.daemon_set(),
        cluster,
        governor,
        &scenario,
        arguments.seed,
    )
    .map_err(|error| error.to_string())?;
    #[allow(clippy::cast_precision_loss)] // a hundred years at most
    let within = |span: Seconds| span.seconds() as f64;
    let tried = runs.min(TRIED);
    let deadline = arguments.deadline.map(|span| {
        let found = smallest_budget(&scenario, within(span), 0.95, tried, arguments.seed);
        (span, found)
    });
    let available = arguments
        .available
        .map(|share| (share, largest_budget(&scenario, share / 100.0)));
    Ok(Foreseen {
        name: name_of(set),
        without_room: without_room.into_iter().collect(),
        scenario,
        many,
        one,
        groups,
        notes,
        deadline,
        available,
    })
}

/// What the rollout is made of.
fn scenario(
    arguments: &Arguments,
    planner: &Planner,
    cluster: &Cluster<'_>,
    governor: Option<&Governor>,
    notes: &mut Vec<String>,
) -> Result<Scenario, String> {
    let view = planner.view(cluster);
    let wanted = || view.nodes.iter().filter(|node| node.state.counts.desired);
    let old: Vec<&str> = wanted()
        .filter(|node| matches!(node.state.shape, Shape::Old { .. }))
        .map(|node| node.name)
        .collect();
    let limits = planner
        .strategy()
        .limits(wanted().count())
        .map_err(|error| error.to_string())?
        .ok_or("its strategy is OnDelete: no pod is replaced by itself")?;
    let budget = if limits.max_surge > 0 {
        limits.max_surge
    } else {
        limits.max_unavailable
    };
    let mut scenario = Scenario::new(wanted().count(), usize::try_from(budget).unwrap_or(1));
    scenario.mode = if limits.max_surge > 0 {
        Mode::NewFirst
    } else {
        Mode::OldFirst
    };
    let set = planner.daemon_set();
    scenario.min_ready = f64::from(set.spec.min_ready_seconds.max(0));
    scenario.node_failure = arguments.node_failure / 100.0;
    scenario.begins = view.now;
    // What is not available on a node that is not ready stays so; everything else recovers.
    let is_dead = |node: &Node| {
        let ready = node.condition(&ConditionType::Ready);
        ready.is_some_and(|ready| ready.status != ConditionStatus::True)
    };
    scenario.down = wanted()
        .filter(|node| !node.state.counts.available && node.node.is_some_and(is_dead))
        .count();
    if scenario.down > 0 {
        notes.push(format!(
            "{} without an available pod because the node is not ready stay so.",
            count(scenario.down, "node")
        ));
    }
    times(arguments, planner, cluster, &mut scenario, notes);
    #[allow(clippy::cast_precision_loss)] // a hundred years at most
    let seconds = |span: Seconds| span.seconds() as f64;
    scenario.phases = match governor {
        None => vec![Phase {
            name: "all".to_owned(),
            nodes: old.len(),
            budget: None,
            soak: 0.0,
        }],
        Some(governor) => {
            let ahead = governor.groups_ahead(planner, &view, &daemonset::policy::FromApi);
            if ahead.iter().any(|group| group.gate == Gate::Manual) {
                notes.push("Manual gates are taken to open at once.".to_owned());
            }
            scenario.windows.clone_from(&governor.policy().windows);
            let stop = governor.policy().stop.as_ref();
            scenario.stop_after =
                stop.map(|stop| usize::try_from(stop.max_failures).unwrap_or(usize::MAX));
            let phases = ahead.into_iter().map(|group| Phase {
                nodes: group.nodes.len(),
                name: group.name,
                budget: group.max_unavailable,
                soak: seconds(group.soak),
            });
            phases.collect()
        }
    };
    Ok(scenario)
}

/// How long pods take to go and to start.
fn times(
    arguments: &Arguments,
    planner: &Planner,
    cluster: &Cluster<'_>,
    scenario: &mut Scenario,
    notes: &mut Vec<String>,
) {
    #[allow(clippy::cast_precision_loss)] // a hundred years at most
    let fixed = |span: Seconds| Spread::fixed(span.seconds() as f64);
    let set = planner.daemon_set();
    let own = cluster.pods_controlled_by(&set.metadata.namespace, Some(&set.metadata.uid));
    let own: Vec<_> = own.collect();
    let told = |spread: &Spread| {
        format!(
            "half of them within {}, 95 % within {}",
            span(spread.quantile(0.5)),
            span(spread.quantile(0.95))
        )
    };
    scenario.start = match (arguments.start, measured_start(own.iter().copied())) {
        (Some(span), _) => fixed(span),
        (None, Some(measured)) => {
            let told = told(&measured);
            notes.push(format!(
                "Pods start as the {} given did: {told}.",
                count(own.len(), "pod")
            ));
            measured
        }
        (None, None) => {
            let told = told(&scenario.start);
            notes.push(format!("Guessed: pods start, {told}."));
            scenario.start.clone()
        }
    };
    let grace = planner.pod_for("a");
    let grace = grace.pointer("/spec/terminationGracePeriodSeconds");
    let grace = grace.and_then(Value::as_f64).unwrap_or(30.0);
    scenario.terminate = if let Some(span) = arguments.terminate {
        fixed(span)
    } else {
        let guess = Spread::guessed(
            1.0_f64.min(grace),
            3.0_f64.min(grace),
            15.0_f64.min(grace),
            grace,
        );
        notes.push(format!("Guessed: pods go, {}.", told(&guess)));
        guess
    };
}

/// A span of time for people.
pub fn span(seconds: f64) -> String {
    // Forecasts are far below what does not fit.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    let whole = seconds.round().clamp(0.0, f64::from(u32::MAX)) as u32;
    Seconds::new(whole).to_string()
}

impl Foreseen {
    fn value(&self) -> Value {
        let durations = &self.many.durations;
        json!({
            "name": self.name,
            "scenario": self.scenario,
            "runs": self.many.runs,
            "stalled": self.many.stalled,
            "seconds": {
                "shortest": durations.first(),
                "p50": self.many.duration(0.5),
                "p95": self.many.duration(0.95),
                "longest": durations.last(),
            },
            "worstAvailable": self.many.worst_available,
            "withoutRoom": self.without_room,
            "smallestBudget": self.deadline.map(|(span, found)| json!({"deadline": span, "budget": found})),
            "largestBudget": self.available.map(|(share, found)| json!({"available": share, "budget": found})),
            "oneRun": self.one,
            "notes": self.notes,
        })
    }

    /// The nodes whose pods are replaced.
    pub fn replaced(&self) -> usize {
        self.scenario.phases.iter().map(|phase| phase.nodes).sum()
    }

    /// When each group of a policy is done in the one run, in seconds.
    pub fn group_ends(&self) -> impl Iterator<Item = (&str, f64)> {
        self.groups.iter().filter_map(|(name, nodes)| {
            let ends = nodes.iter().map(|node| self.one.done.get(node).copied());
            let ends = ends.collect::<Option<Vec<f64>>>()?;
            Some((name.as_str(), ends.into_iter().reduce(f64::max)?))
        })
    }

    pub fn headline(&self) -> String {
        let (many, replaced) = (&self.many, self.replaced());
        if replaced == 0 {
            return "nothing is replaced".to_owned();
        }
        let what = format!(
            "replaces {}, {} at once",
            count(replaced, "pod"),
            self.scenario.budget
        );
        let all = many.runs == many.stalled;
        match (many.duration(0.5), many.duration(0.95)) {
            _ if all => format!("{what}, and stalls"),
            (Some(half), Some(most)) if span(half) == span(most) => {
                format!("{what}, in {}", span(half))
            }
            (Some(half), Some(most)) => format!(
                "{what}, in {}; 95 of 100 times within {}",
                span(half),
                span(most)
            ),
            (Some(half), None) => format!("{what}, in {} or not at all", span(half)),
            (None, _) => format!("{what}, and stalls most of the time"),
        }
    }

    /// The figures, each a sentence.
    pub fn lines(&self) -> Vec<String> {
        let scenario = &self.scenario;
        let mut lines = vec![format!(
            "at the worst moment {} of {} have an available pod",
            self.many.worst_available,
            count(scenario.nodes, "node")
        )];
        if self.many.stalled > 0 {
            lines.push(format!(
                "stalls in {} of {}: failing nodes use up the budget, or hold up what comes after them",
                self.many.stalled,
                count(self.many.runs, "run")
            ));
        }
        if !self.without_room.is_empty() {
            lines.push(format!(
                "the new pod finds no room on {}: {}; see dsplan fit",
                count(self.without_room.len(), "node"),
                list(&self.without_room, SHOWN)
            ));
        }
        if scenario.phases.len() > 1 {
            let each = scenario.phases.iter();
            let each: Vec<String> = each
                .map(|phase| format!("{} ({})", phase.name, phase.nodes))
                .collect();
            lines.push(format!("group by group: {}", list(&each, 10)));
        }
        let floor = crate::chart::float(2 * self.replaced()) / scenario.requests_per_second;
        if floor > 60.0 {
            lines.push(format!(
                "at {} requests a second it takes {} at least, whatever the budget",
                scenario.requests_per_second,
                span(floor)
            ));
        }
        match self.deadline {
            Some((within, Some(budget))) => lines.push(format!(
                "to end within {within} 95 of 100 times takes a budget of {budget}"
            )),
            Some((within, None)) => {
                lines.push(format!("no budget ends it within {within} 95 of 100 times"));
            }
            None => {}
        }
        match self.available {
            Some((share, Some(budget))) => lines.push(format!(
                "{share} % of the nodes keep an available pod with a budget of {budget} at most"
            )),
            Some((share, None)) => {
                lines.push(format!("no budget keeps {share} % of the nodes available"));
            }
            None => {}
        }
        lines
    }

    pub fn notes(&self) -> &[String] {
        &self.notes
    }
}

fn page(foreseen: &[Foreseen], arguments: &Arguments) -> Page {
    let mut page = Page::new();
    for it in foreseen {
        page.gap();
        page.heading(&format!("{}: {}", it.name, it.headline()));
        if it.replaced() == 0 {
            continue;
        }
        for line in it.lines() {
            page.item(&line);
        }
        page.detail(&format!("one run with the real planner: {}", told(&it.one)));
        for note in it.notes() {
            page.detail(note);
        }
    }
    if !foreseen.is_empty() {
        page.gap();
        page.line(&format!(
            "{} with seed {}; kube-controller-manager's default request rates.",
            count(usize::try_from(arguments.runs).unwrap_or(0), "run"),
            arguments.seed
        ));
    }
    page
}

fn told(one: &Course) -> String {
    let how = match one.end {
        CourseEnd::Settled => "every node updated and available",
        CourseEnd::LeavesBehind => "every node updated, and some not available",
        CourseEnd::Stalled => "stalled",
        _ => "given up",
    };
    let failed = match one.failed.as_slice() {
        [] => String::new(),
        some => format!("; not available on {}", list(some, SHOWN)),
    };
    format!("{how} after {}{failed}", span(one.seconds))
}

fn write_pictures(arguments: &Arguments, foreseen: &[Foreseen]) -> Result<(), Failure> {
    let pictures: BTreeMap<&str, String> = [&arguments.svg, &arguments.html]
        .into_iter()
        .flatten()
        .map(|file| {
            let text = if Some(file) == arguments.svg.as_ref() {
                chart::svg(foreseen)
            } else {
                chart::html(foreseen)
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
