//! What pods that may yet become available have said so far: a pod that starts is no failure, but
//! what it misses does not come by waiting.

use daemonset::api::{ConditionType, Pod, Timestamp};
use daemonset::rollout::Readiness;

use crate::cause::changes::Changes;
use crate::cause::symptoms::{grouped, names, of_one_before};
use crate::evidence::{ContainerEvidence, ContainerState, Event};
use crate::finding::{Finding, SoFar};
use crate::health::{PodProblem, events};
use crate::round::{NodeSeen, PodRevision, Round, staying_of};
use crate::signs::missing::missing;
use crate::signs::quoted::words;
use crate::signs::start_time::Asked;
use crate::stall::{Said, Stalls};
use crate::template;
use crate::words::duration;

/// From how many events on a failure is no passing one.
const SEVERAL: i32 = 3;

/// By how many seconds a clock has to be ahead that it is told.
const AHEAD: i64 = 60;

/// A container that was running for so long before its pod got ready may have been ready before, in
/// seconds.
const LATE: i64 = 600;

/// What went wrong so far in pods that start, or were ready until a while ago: what they say
/// themselves, and warnings that came several times.
pub(crate) fn so_far(round: &Round<'_>, stalls: &Stalls<'_, '_>) -> Option<Finding> {
    let said = troubled(round, stalls);
    let first = said.first()?;
    // What only takes its time speaks against nothing.
    let spec = round.daemon_set().spec.template.spec_as_json();
    let is_hard = missing(&words(round, first), spec).is_some() || first.problem.is_fault();
    let changes = Changes::shown(round).filter(|_| first.is_new && is_hard);
    let changes = changes.and_then(|changes| changes.behind(round, first));
    let (revision, changes) = changes.unwrap_or_default();
    Some(Finding::SoFar(SoFar {
        nodes: names(&said),
        symptoms: grouped(round, &said),
        notes: (said.iter())
            .find_map(|said| of_one_before(round, said))
            .into_iter()
            .collect(),
        revision,
        changes,
        until: said
            .iter()
            .filter_map(|said| allowed_until(round, said))
            .max(),
    }))
}

/// Until when the startup probe allows the container that it waits for to start.
///
/// Source: [startup probes](https://kubernetes.io/docs/concepts/configuration/liveness-readiness-startup-probes/#startup-probe).
fn allowed_until(round: &Round<'_>, said: &Said<'_, '_>) -> Option<Timestamp> {
    let PodProblem::NotReady {
        container,
        running_since: Some(since),
        startup: true,
        ..
    } = &said.problem
    else {
        return None;
    };
    let spec = round.daemon_set().spec.template.spec_as_json();
    let probe = template::container(spec, container)?["startupProbe"].as_object()?;
    let allowed = Asked::of(probe).allowed();
    said.is_new.then(|| since.plus_seconds(allowed))
}

/// Those of the pods that start or were ready until a while ago in which something went wrong.
pub(crate) fn troubled<'r, 'a>(round: &'r Round<'a>, stalls: &Stalls<'r, 'a>) -> Vec<Said<'r, 'a>> {
    let room_to_come = stalls.room_to_come.iter().map(|(node, ..)| node);
    let nodes = stalls.starting.iter().chain(&stalls.unready);
    let all = nodes.chain(room_to_come).filter_map(|name| {
        let node = round.view.node(name)?;
        let revisions = [PodRevision::New, PodRevision::Old, PodRevision::Unknown];
        let pod = revisions.into_iter().find_map(|revision| {
            let mut pods = staying_of(node, revision);
            pods.find(|pod| !pod.fact.readiness.is_available())
        })?;
        let problem = round.problems_of(pod.pod).into_iter().next()?;
        let warned = events::warnings(&problem, round.events_of(pod.pod));
        let is_new = PodRevision::from(pod.fact.version) == PodRevision::New;
        let is_amiss =
            problem.is_fault() || warned >= SEVERAL || round.failed_there_before(pod.pod).is_some();
        is_amiss.then(|| Said::new(node, pod.pod, problem, is_new))
    });
    all.collect()
}

/// A pod that is ready, and whose readiness probe failed until a moment before, long after it was
/// started.
pub(crate) struct Wavering<'a> {
    pub pod: &'a str,
    pub container: &'a str,
    failures: i32,
    last: Timestamp,
    running_since: Timestamp,
    ready_since: Timestamp,
}

impl Wavering<'_> {
    /// In a clause about the pod, at a moment.
    pub fn told(&self, now: Timestamp) -> String {
        format!(
            "pod {} has been running for {} and is ready since {} only: its readiness probe failed {} times, \
             last at {}, so that it may not stay ready",
            self.pod,
            duration(now.seconds_since(self.running_since)),
            self.ready_since,
            self.failures,
            self.last,
        )
    }
}

/// The first pod that is ready, and not yet for long enough, and may not stay so.
/// The pod that became ready at a time that is still to come, by the clock of its node; with the node and
/// that time.
pub(crate) fn ready_ahead<'a>(round: &Round<'a>) -> Option<(&'a Pod, &'a str, Timestamp)> {
    let nodes = round.view.nodes.iter();
    let mut pods = nodes.flat_map(|node| node.staying().map(|pod| (node.name, pod)));
    pods.find_map(|(node, pod)| {
        let ready = pod.pod.condition(&ConditionType::Ready)?;
        let since = ready.last_transition_time?;
        let is_ahead = since.seconds_since(round.view.now) > AHEAD;
        (is_ahead && matches!(pod.fact.readiness, Readiness::Waiting(Some(_))))
            .then_some((pod.pod, node, since))
    })
}

/// What speaks of a clock that is ahead, as a clause.
pub(crate) fn ahead(round: &Round<'_>) -> Option<String> {
    let (pod, node, since) = ready_ahead(round)?;
    Some(format!(
        "pod {} on {node} became ready at {since} by the clock of its node, which is {} ahead at least: \
         minReadySeconds count from there",
        pod.metadata.name,
        duration(since.seconds_since(round.view.now))
    ))
}

pub(crate) fn wavering<'a>(round: &Round<'a>) -> Option<Wavering<'a>> {
    let evidence = round.evidence?;
    let pods = round.view.nodes.iter().flat_map(NodeSeen::staying);
    let waiting = pods.filter(|pod| matches!(pod.fact.readiness, Readiness::Waiting(Some(_))));
    waiting.map(|pod| pod.pod).find_map(|pod| {
        let metadata = &pod.metadata;
        let ready = pod.condition(&ConditionType::Ready)?.last_transition_time?;
        let said = evidence.pod(&metadata.namespace, &metadata.name)?;
        let started = |container: &ContainerEvidence| match container.state {
            ContainerState::Running { since } => since,
            _ => None,
        };
        let last_started = said.containers.iter().max_by_key(|it| started(it))?;
        let running_since = started(last_started)?;
        let is_probe = |event: &&Event| {
            &*event.reason == "Unhealthy" && event.message.starts_with("Readiness probe")
        };
        let failed = round.events_of(pod).iter().filter(is_probe);
        let failures = failed
            .clone()
            .fold(0_i32, |sum, event| sum.saturating_add(event.count));
        let last = failed.filter_map(|event| event.last).max()?;
        let is_late = ready.seconds_since(running_since) > LATE;
        (is_late && failures >= SEVERAL && last >= running_since).then_some(Wavering {
            pod: &metadata.name,
            container: &last_started.name,
            failures,
            last,
            running_since,
            ready_since: ready,
        })
    })
}

/// A pull that takes more seconds is told.
const SLOW_PULL: i64 = 120;

/// That images are being pulled for longer than pods take to start.
pub(crate) fn pulling(round: &Round<'_>, stalls: &Stalls<'_, '_>) -> Option<Finding> {
    let starting = stalls.starting.iter();
    let mut nodes = Vec::new();
    let mut oldest = None;
    for seen in starting.filter_map(|name| round.view.node(name)) {
        let pulls = seen.staying().find_map(|pod| round.pulling(pod.pod));
        let Some(event) = pulls.filter(|event| {
            (event.last).is_some_and(|since| round.view.now.seconds_since(since) > SLOW_PULL)
        }) else {
            continue;
        };
        nodes.push(seen.name.to_owned());
        if oldest.is_none_or(|known: &Event| event.last < known.last) {
            oldest = Some(event);
        }
    }
    let oldest = oldest?;
    Some(Finding::Pulling {
        nodes,
        said: oldest.message.to_string(),
        since: oldest.last,
    })
}
