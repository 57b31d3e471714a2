//! What the rollout is made of, from a dump, a policy and what was said; each with where it comes
//! from.

use std::collections::BTreeMap;

use daemonset::Planner;
use daemonset::api::{ConditionStatus, ConditionType, Node, Pod};
use daemonset::placement::Verdict;
use daemonset::policy::{Gate, GroupAhead, Policy};
use daemonset::rollout::Shape;
use daemonset::round::NodeInRound;
use daemonset_explain::room::{Room, SetRoom};
use daemonset_explain::what_if::Forecast as Ahead;
use daemonset_explain::words::{agree, count, list};
use daemonset_forecast::{
    Mode, Now, OfNode, Phase, Pull, Reboots, RoomAhead, Scenario, Spread, StopAfter, measured_start,
};
use serde_json::Value;

use super::arguments::Faults;
use super::figures::{seconds, span};
use super::{Given, WithoutRoom};
use crate::policy::UnderPolicy;

/// How many names are given of a list.
const SHOWN: usize = 5;

/// How fast a node pulls where nothing is said, in bytes a second.
const NODE_BANDWIDTH: f64 = 25e6;

/// A pod that is not available for longer than this, and longer than any start takes, counts as
/// failing.
const PATIENCE: f64 = 600.0;

/// The nodes that should run the daemon.
type Wanted<'v, 'a> = Vec<&'v NodeInRound<'a, Node, Pod>>;

impl Given<'_> {
    pub(super) fn scenario(
        &self,
        planner: &Planner,
        ahead: &Ahead,
        groups: Option<&[GroupAhead]>,
        notes: &mut Vec<String>,
    ) -> Result<(Scenario, Vec<WithoutRoom>), String> {
        let view = planner.view(self.cluster);
        let wanted = view.nodes.iter().filter(|node| node.state.counts.desired);
        let wanted: Wanted<'_, '_> = wanted.collect();
        let limits = planner
            .strategy()
            .limits(wanted.len())
            .map_err(|error| error.to_string())?
            .ok_or("its strategy is OnDelete: pods are replaced when someone deletes them; --policy tells of a rollout by deletes")?;
        let (mode, budget) = if limits.max_surge > 0 {
            (Mode::NewFirst, limits.max_surge)
        } else {
            (Mode::OldFirst, limits.max_unavailable)
        };
        let mut scenario = Scenario::new(wanted.len(), usize::try_from(budget).unwrap_or(1));
        scenario.mode = mode;
        scenario.begins = view.now;
        let min_ready = planner.daemon_set().spec.min_ready_seconds.max(0);
        scenario.min_ready = f64::from(min_ready);
        let faults = &self.arguments.faults;
        scenario.node_failure = faults.node_failure / 100.0;
        scenario.revision_failure = faults.revision_failure / 100.0;
        scenario.churn_per_day = faults.churn / 100.0;
        let mut of_times = Vec::new();
        if faults.reboots > 0.0 {
            let takes = faults.reboot_time.map(|span| Spread::fixed(seconds(span)));
            if takes.is_none() {
                let told = told(&Scenario::guessed_reboot());
                of_times.push(format!(
                    "Assumed: a reboot takes, {told}; --reboot-time says otherwise."
                ));
            }
            let takes = takes.unwrap_or_else(Scenario::guessed_reboot);
            scenario.reboots = Some(Reboots::new(faults.reboots / 100.0, takes));
        }
        self.times(planner, &wanted, &mut scenario, &mut of_times);
        self.pull(&mut scenario, &mut of_times);
        hindered(&wanted, ahead, &mut scenario);
        standing(&wanted, ahead, &mut scenario, notes);
        let goes = view.nodes.iter().filter(|node| {
            !node.state.counts.desired
                && is_old(node)
                && node.verdict == Some(Verdict::KeepExisting)
        });
        let hangs = |name: &str| scenario.hanging.iter().any(|it| it == name);
        let goes: Vec<&str> = goes
            .map(|node| node.name)
            .filter(|name| !hangs(name))
            .collect();
        if !goes.is_empty() {
            notes.push(format!(
                "Old pods go besides, within the budget, from {} that {} no new one: {}; see dsplan explain --node.",
                count(goes.len(), "node"),
                agree(goes.len(), "gets", "get"),
                list(&goes, SHOWN)
            ));
        }
        let old = wanted.iter().filter(|node| is_old(node));
        let old: Vec<String> = old.map(|node| node.name.to_owned()).collect();
        match (self.policy, groups) {
            (Some(policy), Some(groups)) => {
                if self.arguments.policy.has_memory() {
                    notes.push(
                        "The memory has no part in it: the forecast begins without a stop or a \
                         failure."
                            .to_owned(),
                    );
                }
                governed(policy, groups, &wanted, &mut scenario, notes)?;
            }
            _ => scenario.phases = vec![Phase::new("all", old)],
        }
        if scenario.replaced() == 0 {
            return Ok((scenario, Vec::new()));
        }
        notes.append(&mut of_times);
        let without_room = self.look_for_room(planner, &mut scenario, notes);
        notes.push(faults_told(faults, ahead.is_hindered()));
        Ok((scenario, without_room))
    }

    /// How long pods take to go and to start.
    fn times(
        &self,
        planner: &Planner,
        wanted: &Wanted<'_, '_>,
        scenario: &mut Scenario,
        notes: &mut Vec<String>,
    ) {
        let times = &self.arguments.times;
        let own = wanted.iter().flat_map(|node| &node.pods);
        let own: Vec<&Pod> = own.map(|pod| pod.pod).collect();
        // What has restarted got ready another time, and does not say how long the first took.
        let restarted = |pod: &&&Pod| {
            let seen = self
                .evidence
                .pod(&pod.metadata.namespace, &pod.metadata.name);
            seen.is_some_and(|seen| seen.all_containers().any(|it| it.restarts > 0))
        };
        let steady = || own.iter().filter(|pod| !restarted(pod)).copied();
        scenario.start = match (times.start, measured_start(steady())) {
            (Some(said), _) => {
                notes.push(format!("As said: pods start in {said}."));
                Spread::fixed(seconds(said))
            }
            (None, Some(measured)) => {
                for (node, seconds) in &measured.of_node {
                    let of = scenario.of_node.entry(node.clone()).or_default();
                    of.start = Some(*seconds);
                }
                notes.push(format!(
                    "Measured from {} on {} given: pods start, {}; where a node has a time of its own, half of the runs take that.",
                    count(measured.pods, "pod"),
                    count(measured.of_node.len(), "node"),
                    told(&measured.start)
                ));
                measured.start
            }
            (None, None) => {
                notes.push(format!(
                    "Assumed, since fewer than five of the pods given tell how long they took: pods start, {}; --start says otherwise.",
                    told(&scenario.start),
                ));
                scenario.start.clone()
            }
        };
        let grace = planner.pod_for("a");
        let grace = grace.pointer("/spec/terminationGracePeriodSeconds");
        let grace = grace.and_then(Value::as_f64).unwrap_or(30.0).max(0.0);
        scenario.terminate = if let Some(said) = times.terminate {
            notes.push(format!("As said: pods go in {said}."));
            Spread::fixed(seconds(said))
        } else {
            let guess = Spread::guessed(
                1.0_f64.min(grace),
                3.0_f64.min(grace),
                15.0_f64.min(grace),
                grace,
            );
            notes.push(format!(
                "Assumed: pods go, {}, their grace period of {} at most; a dump does not tell, --terminate does.",
                told(&guess),
                span(grace)
            ));
            guess
        };
        scenario.requests_per_second = times.requests_per_second;
        scenario.burst = times.burst;
    }

    fn pull(&self, scenario: &mut Scenario, notes: &mut Vec<String>) {
        let times = &self.arguments.times;
        let Some(size) = times.image_size else {
            if times.start.is_none() {
                notes.push(
                    "Pulling images is part of the start, as if nodes did not slow one another down; \
                     how much they pull a dump does not tell, --image-size, --node-bandwidth and \
                     --registry-bandwidth do."
                        .to_owned(),
                );
            }
            return;
        };
        let node = times.node_bandwidth.unwrap_or(NODE_BANDWIDTH);
        if times.node_bandwidth.is_none() {
            notes.push(
                "Assumed: a node pulls 25 MB a second; --node-bandwidth says otherwise.".to_owned(),
            );
        }
        if times.registry_bandwidth.is_none() {
            notes.push(
                "Assumed: the registry bounds no pull, however many nodes pull at once; \
                 --registry-bandwidth says otherwise."
                    .to_owned(),
            );
        }
        if times.start.is_none() {
            notes.push(
                "The pull comes on top of the start, which may hold an earlier one: rather too long \
                 than too short; --start says how long a pod takes without."
                    .to_owned(),
            );
        }
        let mut pull = Pull::new(size, node);
        if let Some(registry) = times.registry_bandwidth {
            pull = pull.registry(registry);
        }
        scenario.pull = Some(pull);
    }

    /// Whether new pods find room on the nodes that they come to. Where one finds none, with what stands
    /// against it.
    fn look_for_room(
        &self,
        planner: &Planner,
        scenario: &mut Scenario,
        notes: &mut Vec<String>,
    ) -> Vec<WithoutRoom> {
        let asked = match SetRoom::new(planner, self.cluster, self.room) {
            Ok(asked) => asked,
            Err(error) => {
                notes.push(format!("Room was not looked at: {error}."));
                return Vec::new();
            }
        };
        let (mut later, mut unknown, mut missing) = (Vec::new(), Vec::new(), None);
        let mut without_room = Vec::new();
        let phases = std::mem::take(&mut scenario.phases);
        for node in phases.iter().flat_map(|phase| &phase.nodes) {
            let Some(found) = asked.in_rollout(node).filter(|it| *it != Room::Free) else {
                continue;
            };
            let of: &mut OfNode = scenario.of_node.entry(node.clone()).or_default();
            match found {
                Room::None { .. } => {
                    of.room = RoomAhead::None;
                    without_room.push(WithoutRoom {
                        why: asked.why(node, &found).unwrap_or_default(),
                        node: node.clone(),
                    });
                }
                Room::Preempting { .. } | Room::AfterTerminating { .. } => {
                    of.room = RoomAhead::Later;
                    later.push(node.clone());
                }
                Room::Unknown { missing: needs } => {
                    missing = missing.or_else(|| needs.first().map(ToString::to_string));
                    unknown.push(node.clone());
                }
                _ => {}
            }
        }
        scenario.phases = phases;
        if !later.is_empty() {
            notes.push(format!(
                "Assumed: on {} the new pod comes once others are gone, {}: {}.",
                count(later.len(), "node"),
                told(&scenario.evict),
                list(&later, SHOWN)
            ));
        }
        if !unknown.is_empty() {
            notes.push(format!(
                "Whether the new pod finds room is not known on {}, and taken to be so: {}{}; see dsplan fit.",
                count(unknown.len(), "node"),
                list(&unknown, SHOWN),
                missing.map(|it| format!(", for want of {it}")).unwrap_or_default()
            ));
        }
        without_room
    }
}

/// What is known to keep the rollout from coming true: where new pods are refused, where they fail, and
/// where old ones do not go.
fn hindered(wanted: &Wanted<'_, '_>, ahead: &Ahead, scenario: &mut Scenario) {
    let known = &ahead.hindrances;
    // A quota that has room for none of those that were tried has room for no other.
    let all_lost = !ahead.lost.is_empty() && ahead.restarted.is_empty();
    if known.failing.is_some() || !known.refused.is_empty() || all_lost {
        scenario.revision_failure = 1.0;
    }
    for node in &ahead.refused_on {
        let of = scenario.of_node.entry(node.clone()).or_default();
        of.room = RoomAhead::None;
    }
    let hanging = ahead.hanging.iter().map(|it| &it.node);
    let unwanted = hanging.filter(|node| wanted.iter().all(|it| it.name != **node));
    scenario.hanging = unwanted.cloned().collect();
    scenario.hanging.dedup();
}

/// How the nodes stand that do not just have an available pod.
fn standing(
    wanted: &Wanted<'_, '_>,
    ahead: &Ahead,
    scenario: &mut Scenario,
    notes: &mut Vec<String>,
) {
    let patience = scenario.start.quantile(1.0).max(PATIENCE) + scenario.min_ready;
    let now = scenario.begins;
    let is_late = |node: &NodeInRound<'_, Node, Pod>| {
        let created = node
            .staying()
            .filter_map(|pod| pod.pod.metadata.creation_timestamp);
        #[allow(clippy::cast_precision_loss)] // some years at most
        let age = created.max().map(|it| now.seconds_since(it) as f64);
        age.is_some_and(|age| age > patience)
    };
    let mut by: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for node in wanted {
        let is_dead = node.node.is_some_and(is_dead);
        let hangs = ahead.hanging.iter().any(|it| it.node == node.name);
        let (standing, kind) = match node.state.shape {
            // What holds its pod is told on its own.
            _ if hangs => (Now::Down, ""),
            _ if is_dead && !node.state.counts.available => (Now::Down, "down"),
            Shape::Old {
                available: true, ..
            }
            | Shape::Updated { available: true }
            | Shape::Unknown { available: true } => continue,
            Shape::Both {
                old_available: true,
                ..
            } => (Now::Starting, ""),
            Shape::Old { .. } => (Now::Unavailable, "unavailable"),
            Shape::Empty if node.state.create.is_some() || !node.pods.is_empty() => {
                (Now::Lacking, "lacking")
            }
            _ if is_late(node) => (Now::Failing, "failing"),
            _ => (Now::Starting, "starting"),
        };
        let of = scenario.of_node.entry(node.name.to_owned()).or_default();
        of.now = standing;
        by.entry(kind).or_default().push(node.name);
    }
    for (kind, nodes) in by {
        let (number, names) = (count(nodes.len(), "node"), list(&nodes, SHOWN));
        let are = agree(nodes.len(), "is", "are");
        let note = match kind {
            "down" => format!(
                "{number} {are} not ready and without an available pod, and taken to stay so: {names}."
            ),
            "unavailable" => format!(
                "{number} {are} without an available pod, and {} a new one whatever the budget: {names}.",
                agree(nodes.len(), "gets", "get")
            ),
            "lacking" if !ahead.refused.is_empty() => format!(
                "{number} {are} without a pod, and the API server refuses {} one: {names}.",
                agree(nodes.len(), "it", "each")
            ),
            "lacking" => format!(
                "{number} {are} without a pod, and {} one at once: {names}.",
                agree(nodes.len(), "gets", "get")
            ),
            "failing" => format!(
                "{number} {} an updated pod that is not available for longer than {}, and counts as failing: {names}.",
                agree(nodes.len(), "has", "have"),
                span(patience)
            ),
            "starting" => format!(
                "{number} {} an updated pod that is not available yet, and is taken to become so: {names}.",
                agree(nodes.len(), "has", "have")
            ),
            _ => continue,
        };
        notes.push(note);
    }
}

/// The groups of a policy, and what else it says.
fn governed(
    policy: &UnderPolicy,
    groups: &[GroupAhead],
    wanted: &Wanted<'_, '_>,
    scenario: &mut Scenario,
    notes: &mut Vec<String>,
) -> Result<(), String> {
    let policy = policy.governor().policy();
    if policy.frozen || policy.paused {
        scenario.phases = Vec::new();
        let what = if policy.frozen { "frozen" } else { "paused" };
        notes.push(format!("The policy is {what}: no old pod is replaced."));
        return Ok(());
    }
    if policy.canary.is_some() && holds_without_canary(groups) {
        return Err(
            "its policy wants canaries, and no node may be one: nothing is updated".to_owned(),
        );
    }
    let gates = groups
        .iter()
        .filter(|it| it.gate == Gate::Manual && !it.nodes.is_empty());
    let gates: Vec<&str> = gates.map(|group| group.name.as_str()).collect();
    if !gates.is_empty() {
        notes.push(format!(
                "Manual gates are taken to open at once: {}; whoever opens them adds the time that it takes.",
                list(&gates, SHOWN)
            ));
    }
    let begins = scenario.begins;
    #[allow(clippy::cast_precision_loss)] // a hundred years at most
    let after = |at: daemonset::api::Timestamp| at.seconds_since(begins) as f64;
    scenario.phases = groups
        .iter()
        .map(|group| {
            let mut phase = Phase::new(&group.name, group.nodes.clone());
            phase.in_work.clone_from(&group.in_work);
            phase.budget = group.max_unavailable;
            phase.soak = seconds(group.soak);
            phase.soaks_until = group.stays_until.map(after);
            phase
        })
        .collect();
    for node in groups.iter().flat_map(|group| &group.exempt) {
        scenario.of_node.entry(node.clone()).or_default().exempt = true;
    }
    scenario.windows.clone_from(&policy.windows);
    windows(policy, scenario, notes);
    scenario.stop = stop(policy, notes);
    if let Some(per) = &policy.per_topology {
        scenario.per_domain = Some(usize::try_from(per.max).unwrap_or(usize::MAX));
        notes.push(format!(
            "The policy has at most {} of each {} in work at once.",
            count(usize::try_from(per.max).unwrap_or(usize::MAX), "node"),
            per.key
        ));
        for node in wanted {
            let label = node
                .node
                .and_then(|node| node.metadata.labels.get(&per.key));
            let of = scenario.of_node.entry(node.name.to_owned()).or_default();
            of.domain = label.map(str::to_owned);
        }
    }
    let keep = policy.kept_old(wanted.len());
    if keep > 0 {
        scenario.keep_old = keep;
        notes.push(format!(
            "The policy keeps {} of older revisions.",
            count(keep, "pod")
        ));
    }
    Ok(())
}

/// What is taken to go wrong.
fn faults_told(faults: &Faults, is_hindered: bool) -> String {
    let (nodes, revision) = (faults.node_failure, faults.revision_failure);
    let all = [
        (
            nodes,
            format!("new pods fail on {nodes} % of the nodes"),
            "--node-failure",
        ),
        (
            revision,
            format!("with a chance of {revision} % they fail on all"),
            "--revision-failure",
        ),
        (
            faults.reboots,
            format!("{} % of the nodes reboot each day", faults.reboots),
            "--reboots",
        ),
        (
            faults.churn,
            format!("{} % of them are replaced each day", faults.churn),
            "--churn",
        ),
    ];
    let (given, left): (Vec<_>, Vec<_>) = all.iter().partition(|(percent, ..)| *percent > 0.0);
    let given: Vec<&String> = given.into_iter().map(|(_, said, _)| said).collect();
    let left: Vec<&str> = left.iter().map(|(.., flag)| *flag).collect();
    match (given.as_slice(), left.as_slice()) {
        ([], left) => format!(
            "Assumed: nothing {}fails, reboots or joins meanwhile; {} say otherwise.",
            if is_hindered { "else " } else { "" },
            list(left, SHOWN)
        ),
        (given, []) => format!("As said: {}.", list(given, SHOWN)),
        (given, left) => format!(
            "As said: {}; else nothing goes wrong ({}).",
            list(given, SHOWN),
            list(left, SHOWN)
        ),
    }
}

/// Whether nothing is assumed to go wrong.
pub(super) fn no_faults(scenario: &Scenario) -> bool {
    scenario.node_failure <= 0.0
        && scenario.revision_failure <= 0.0
        && scenario.reboots.is_none()
        && scenario.churn_per_day <= 0.0
}

fn is_old(node: &NodeInRound<'_, Node, Pod>) -> bool {
    matches!(node.state.shape, Shape::Old { .. })
}

/// A node whose kubelet does not report.
fn is_dead(node: &Node) -> bool {
    let ready = node.condition(&ConditionType::Ready);
    ready.is_some_and(|ready| ready.status != ConditionStatus::True)
}

/// Canaries are wanted, and none is there, nor was.
fn holds_without_canary(groups: &[GroupAhead]) -> bool {
    groups.first().is_some_and(|first| {
        first.name == "canaries"
            && first.nodes.is_empty()
            && first.in_work.is_empty()
            && first.stays_until.is_none()
    })
}

/// When the first window opens, if none is open.
fn windows(policy: &Policy, scenario: &Scenario, notes: &mut Vec<String>) {
    let now = scenario.begins;
    if policy.windows.is_empty() || scenario.replaced() == 0 {
        return;
    }
    if policy.windows.iter().any(|window| window.is_open(now)) {
        let closes = policy
            .windows
            .iter()
            .filter_map(|it| it.next_change(now))
            .min();
        if let Some(closes) = closes {
            notes.push(format!(
                "Pods are replaced in windows only; one is open at {now}, the next change is at {closes}."
            ));
        }
        return;
    }
    let opens = policy
        .windows
        .iter()
        .filter_map(|it| it.next_change(now))
        .min();
    if let Some(opens) = opens {
        notes.push(format!(
            "Pods are replaced in windows only; none is open at {now}, the next opens at {opens}. The time until then counts."
        ));
    }
}

/// With how many failing nodes it stops, and after how long a node fails.
fn stop(policy: &Policy, notes: &mut Vec<String>) -> Option<StopAfter> {
    let stop = policy.stop.as_ref()?;
    let failures = usize::try_from(stop.max_failures).unwrap_or(usize::MAX);
    let slow = stop.slow_start.map(seconds);
    if slow.is_none() {
        notes.push(
            "Restarts are not foreseen: without slowStart the policy's stop is not part of it."
                .to_owned(),
        );
    }
    Some(StopAfter::new(failures, slow))
}

/// A spread in words.
pub(super) fn told(spread: &Spread) -> String {
    let (half, most) = (span(spread.quantile(0.5)), span(spread.quantile(0.95)));
    if half == most {
        format!("in {half}")
    } else {
        format!("half of them within {half}, 95 % within {most}")
    }
}
