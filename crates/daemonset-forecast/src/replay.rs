//! One run with the real planner: what it decides comes true, each step in its time.

mod happenings;
mod machines;

use std::collections::{BTreeMap, BTreeSet};

use daemonset::api::{ConditionType, ControllerRevision, DaemonSet, Labels, Pod, Timestamp};
use daemonset::matching::SelectorError;
use daemonset::policy::{FromApi, Governor, Memory};
use daemonset::tracker::{SetId, Tracker};
use daemonset::well_known::CONTROLLER_REVISION_HASH;
use daemonset::{Action, Cluster, Options, Plan, Planner};
use oorandom::Rand64;
use serde::Deserialize;

use crate::course::{Course, CourseEnd, Moment};
use crate::pull::Pulls;
use crate::queue::Queue;
use crate::rate::Bucket;
use crate::scenario::Scenario;
use happenings::What;
use machines::Machines;

/// How many decisions are made for each node before the run is given up.
const DECISIONS_PER_NODE: usize = 20;

/// Makes one run of the rollout of a DaemonSet to the template that it has now: the real planner
/// decides, under a policy where one is given, and everything takes the time that the scenario draws
/// for it. Of the scenario only times, rates, failures and single nodes are read; budgets, groups and
/// windows are the DaemonSet's and the policy's own. Manual gates of the scenario's groups open at once.
///
/// # Errors
/// A malformed selector.
pub fn replay(
    set: &DaemonSet,
    cluster: &Cluster<'_>,
    governor: Option<&Governor>,
    scenario: &Scenario,
    seed: u64,
) -> Result<Course, SelectorError> {
    let options = Options::default();
    let planner = Planner::in_cluster(set, cluster, &options)?;
    let start = planner.now(cluster);
    Ok(Replay::new(planner, cluster, governor, scenario, start, seed).run())
}

struct Replay<'a> {
    planner: Planner,
    machines: Machines<'a>,
    revisions: Vec<ControllerRevision>,
    governor: Option<&'a Governor>,
    memory: Memory,
    scenario: &'a Scenario,
    start: Timestamp,
    random: Rand64,
    is_broken: bool,
    bucket: Bucket,
    events: Queue<What>,
    pulls: Option<Pulls<String>>,
    /// How many of the events are steps of the rollout, and how many nodes are on their way back from
    /// a reboot; the others are chance.
    pending: usize,
    rebooting: usize,
    now: f64,
    tracker: Tracker,
    set_id: SetId,
    pods: BTreeMap<String, Pod>,
    labels: Labels,
    made: usize,
    failed: BTreeSet<String>,
    /// When the last of them was found to fail.
    failed_at: f64,
    course: Vec<Moment>,
    done: BTreeMap<String, f64>,
    /// Of those, the ones that reboot.
    away: BTreeSet<String>,
    /// Pods that are being deleted and still ready: the status counts them as available, and they are
    /// none that anyone should count on.
    leaving: BTreeSet<String>,
    /// Pods that are ready and not yet seen to be available.
    ready: Vec<String>,
}

impl<'a> Replay<'a> {
    fn new(
        planner: Planner,
        cluster: &'a Cluster<'a>,
        governor: Option<&'a Governor>,
        scenario: &'a Scenario,
        start: Timestamp,
        seed: u64,
    ) -> Self {
        let mut random = Rand64::new(seed.into());
        let is_broken = random.rand_float() < scenario.revision_failure;
        let set = planner.daemon_set();
        let own = cluster.pods_controlled_by(&set.metadata.namespace, Some(&set.metadata.uid));
        let pods: BTreeMap<String, Pod> = own
            .map(|pod| (pod.metadata.name.clone(), pod.clone()))
            .collect();
        let machines = Machines::new(&planner, cluster, scenario);
        let mut tracker = Tracker::new();
        for node in machines.nodes() {
            tracker.put_node(node);
        }
        for pod in pods.values() {
            tracker.put_pod(pod);
        }
        let set_id = tracker.put_set(planner.clone());
        let labels = planner.pod_for("a");
        let labels = labels.pointer("/metadata/labels").cloned();
        let revisions = cluster.revisions().unwrap_or_default().iter();
        let mut memory = Memory::default();
        for phase in &scenario.phases {
            memory.approve(&phase.name);
        }
        let mut replay = Self {
            machines,
            revisions: revisions.map(|it| (*it).clone()).collect(),
            labels: labels
                .and_then(|labels| Labels::deserialize(labels).ok())
                .unwrap_or_default(),
            governor,
            memory,
            scenario,
            start,
            random,
            is_broken,
            bucket: Bucket::new(scenario.requests_per_second, scenario.burst),
            events: Queue::new(),
            pulls: scenario.pull.map(Pulls::new),
            pending: 0,
            rebooting: 0,
            now: 0.0,
            tracker,
            set_id,
            made: 0,
            failed: BTreeSet::new(),
            failed_at: 0.0,
            course: Vec::new(),
            done: BTreeMap::new(),
            away: BTreeSet::new(),
            leaving: BTreeSet::new(),
            ready: pods.keys().cloned().collect(),
            pods,
            planner,
        };
        replay.begin_with_pods();
        replay
    }

    fn run(mut self) -> Course {
        let mut decisions = DECISIONS_PER_NODE * (self.machines.count() + 10);
        let mut plan = self.decide();
        self.note(&plan);
        loop {
            let until = self.carry_out(&plan);
            // A sync is over once its last request is made; what happens meanwhile it sees next time.
            if self.is_over(&plan) || !self.pass(until) {
                break;
            }
            decisions -= 1;
            plan = self.decide();
            self.note(&plan);
            if decisions == 0 {
                return self.ends(true);
            }
        }
        self.ends(false)
    }

    /// Whether nothing is left but what chance brings.
    fn is_over(&self, plan: &Plan) -> bool {
        let pulling = self.pulls.as_ref().and_then(Pulls::next_at).is_some();
        let all = plan.status.updated_number_scheduled == plan.status.desired_number_scheduled;
        self.pending == 0 && !pulling && (self.rebooting == 0 || all)
    }

    fn moment(&self) -> Timestamp {
        // Runs end long before milliseconds do not fit.
        #[allow(clippy::cast_possible_truncation)]
        self.start.plus_millis((self.now * 1000.0).round() as i64)
    }

    fn decide(&mut self) -> Plan {
        let now = self.moment();
        let Some(governor) = self.governor else {
            let plan = self.tracker.plan(self.set_id, now);
            return plan.unwrap_or_else(|| self.planner.plan(&self.cluster(now)));
        };
        let governed = {
            let cluster = self.cluster(now);
            let view = self.planner.view(&cluster);
            governor.govern(&self.planner, &view, &self.memory, &FromApi)
        };
        self.memory = governed.memory;
        let mut plan = governed.plan;
        plan.look_again_at = governed.look_again_at;
        plan
    }

    fn cluster(&self, now: Timestamp) -> Cluster<'_> {
        Cluster::new(self.machines.nodes(), self.pods.values())
            .with_revisions(&self.revisions)
            .with_now(now)
    }

    /// Sends the plan's requests; when the last of them is made.
    fn carry_out(&mut self, plan: &Plan) -> f64 {
        let mut last = self.now;
        for action in &plan.actions {
            let what = match action {
                Action::DeletePod { pod, .. } => What::Delete(pod.clone()),
                Action::CreatePod { node, .. } => What::Create(node.clone()),
                _ => continue,
            };
            last = self.bucket.take(self.now);
            self.push(last, what);
        }
        if let Some(at) = plan.look_again_at {
            let millis = at.unix_millis().saturating_sub(self.start.unix_millis());
            #[allow(clippy::cast_precision_loss)] // moments of one rollout
            let at = millis as f64 / 1000.0 + 0.001;
            if at > self.now {
                self.push(at, What::Look);
            }
        }
        last
    }

    /// Lets time pass until then, and on to the next thing that happens. Whether anything did.
    fn pass(&mut self, until: f64) -> bool {
        let mut any = false;
        loop {
            let pulled = self.pulls.as_ref().and_then(Pulls::next_at);
            let next = self.events.next_at();
            let first = match (pulled, next) {
                (Some(pulled), Some(next)) => Some(pulled.min(next)),
                (pulled, next) => pulled.or(next),
            };
            match first {
                // What happens at the same moment is seen together.
                Some(at) if at <= until.max(self.now) || !any => {
                    self.now = self.now.max(at);
                    if pulled == Some(at) {
                        let pulled = self.pulls.as_mut().and_then(Pulls::pop);
                        if let Some((_, pod)) = pulled {
                            self.starts(pod);
                        }
                    } else if let Some((_, what)) = self.events.pop() {
                        self.happen(what);
                    }
                    any = true;
                }
                _ => {
                    self.now = self.now.max(until);
                    return any;
                }
            }
        }
    }

    /// Notes the counts, and which nodes are done.
    fn note(&mut self, plan: &Plan) {
        let count = |number: i32| usize::try_from(number).unwrap_or(0);
        let now = self.moment();
        let hash = self.planner.current_revision().hash.as_str();
        let wait = i64::from(self.planner.daemon_set().spec.min_ready_seconds.max(0));
        let (pods, done, start) = (&self.pods, &mut self.done, self.start);
        self.ready.retain(|name| {
            let Some(pod) = pods.get(name) else {
                return false;
            };
            let label = pod.metadata.labels.get(CONTROLLER_REVISION_HASH);
            let ready = pod.condition(&ConditionType::Ready);
            let since = ready.and_then(|ready| ready.last_transition_time);
            if label != Some(hash) {
                return false;
            }
            if since.is_none() {
                // It is ready and does not say since when.
                if wait == 0 && pod.is_ready() {
                    done.entry(pod.spec.node_name.clone()).or_insert(0.0);
                }
                return false;
            }
            let from = since.map(|since| since.plus_seconds(wait));
            let is_available = from.is_some_and(|from| from <= now);
            if let Some(from) = from.filter(|from| *from <= now) {
                #[allow(clippy::cast_precision_loss)] // moments of one rollout
                let at = from.unix_millis().saturating_sub(start.unix_millis()) as f64 / 1000.0;
                let node = pod.spec.node_name.clone();
                done.entry(node).or_insert(at.max(0.0));
            }
            !is_available
        });
        let moment = Moment {
            at: self.now,
            updated: self.done.len().saturating_sub(self.away.len()),
            available: count(plan.status.number_available).saturating_sub(self.leaving.len()),
            desired: count(plan.status.desired_number_scheduled),
        };
        let is_first = self.course.len() == 1;
        match self.course.last_mut() {
            // What was before stays, though the first changes come at once.
            Some(last) if last.at >= moment.at && !is_first => *last = moment,
            Some(last) if (last.updated, last.available) == (moment.updated, moment.available) => {}
            _ => self.course.push(moment),
        }
    }

    fn ends(self, given_up: bool) -> Course {
        let last = self.course.last().copied();
        let last = last.unwrap_or(Moment {
            at: 0.0,
            updated: 0,
            available: 0,
            desired: 0,
        });
        let is_done = |node: &&String| self.done.contains_key(*node);
        let wanted = self.machines.wanted();
        let all_done = wanted.iter().all(|node| is_done(&node));
        // What is in no group, or kept on purpose, is not waited for.
        let phases = self.scenario.phases.iter();
        let replaced: BTreeSet<&String> = phases.flat_map(|phase| &phase.nodes).collect();
        let left = wanted
            .iter()
            .filter(|node| !is_done(node) && !self.failed.contains(*node))
            .filter(|node| replaced.contains(node))
            .count();
        let all_reached = left <= self.scenario.keep_old;
        let end = if given_up {
            CourseEnd::Unfinished
        } else if all_done {
            CourseEnd::Settled
        } else if all_reached {
            CourseEnd::LeavesBehind
        } else {
            CourseEnd::Stalled
        };
        Course {
            end,
            seconds: if end == CourseEnd::Stalled {
                last.at.max(self.failed_at)
            } else {
                last.at
            },
            moments: self.course,
            failed: self.failed.into_iter().collect(),
            done: self.done,
        }
    }
}
