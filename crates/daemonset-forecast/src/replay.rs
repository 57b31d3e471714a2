//! One run with the real planner: what it decides comes true, each step in its time.

use std::collections::BTreeMap;

use daemonset::api::{
    ConditionStatus, ConditionType, ControllerRevision, DaemonSet, Labels, Node, ObjectMeta, Pod,
    PodCondition, PodPhase, PodSpec, PodStatus, Timestamp,
};
use daemonset::matching::SelectorError;
use daemonset::policy::{FromApi, Governor, Memory};
use daemonset::tracker::{SetId, Tracker};
use daemonset::well_known::CONTROLLER_REVISION_HASH;
use daemonset::{Action, Cluster, Options, Plan, Planner, owner_reference};
use oorandom::Rand64;
use serde::{Deserialize, Serialize};

use crate::queue::Queue;
use crate::rate::Bucket;
use crate::scenario::Scenario;

/// How many decisions are made for each node before the run is given up.
const DECISIONS_PER_NODE: usize = 20;

/// How one run went.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Course {
    /// How it ended.
    pub end: CourseEnd,
    /// How many seconds it took.
    pub seconds: f64,
    /// The state after every change, in order; the first is that before the rollout.
    pub moments: Vec<Moment>,
    /// The nodes on which the new pod never became available, by name.
    pub failed: Vec<String>,
    /// When each node was done, in seconds, by name.
    pub done: BTreeMap<String, f64>,
}

/// How a run ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum CourseEnd {
    /// Every node has an available pod of the new revision.
    Settled,
    /// All nodes that do not fail do.
    LeavesBehind,
    /// Nodes are left that are never updated.
    Stalled,
    /// It was given up.
    Unfinished,
}

/// The counts at one moment.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Moment {
    /// In seconds since it began.
    pub at: f64,
    /// How many nodes have a pod of the new revision that is available.
    pub updated: usize,
    /// How many nodes have an available pod.
    pub available: usize,
    /// How many nodes should run the daemon.
    pub desired: usize,
}

/// Makes one run of the rollout of a DaemonSet to the template that it has now: the real planner
/// decides, under a policy where one is given, and everything takes the time that the scenario draws
/// for it. Of the scenario only times, rates and failures are read; budgets, groups and windows are
/// the DaemonSet's and the policy's own. Manual gates open at once.
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

/// What happens next.
enum What {
    /// A pod is being deleted from now on.
    Delete(String),
    /// A pod is gone.
    Gone(String),
    /// A pod is created on a node.
    Create(String),
    /// A pod is ready.
    Ready(String),
    /// Time alone may change something.
    Look,
}

struct Replay<'a> {
    planner: Planner,
    nodes: &'a [&'a Node],
    revisions: Vec<ControllerRevision>,
    governor: Option<&'a Governor>,
    memory: Memory,
    scenario: &'a Scenario,
    start: Timestamp,
    random: Rand64,
    is_broken: bool,
    bucket: Bucket,
    events: Queue<What>,
    now: f64,
    tracker: Tracker,
    set_id: SetId,
    pods: BTreeMap<String, Pod>,
    labels: Labels,
    made: usize,
    failed: Vec<String>,
    course: Vec<Moment>,
    done: BTreeMap<String, f64>,
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
            .filter(|pod| !pod.metadata.is_terminating())
            .map(|pod| (pod.metadata.name.clone(), pod.clone()))
            .collect();
        let mut tracker = Tracker::new();
        for &node in cluster.nodes() {
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
        let waves = governor.map_or(&[][..], |governor| &governor.policy().waves);
        for (at, wave) in waves.iter().enumerate() {
            memory.approve(&wave.name);
            memory.approve(format!("{}", at + 1));
        }
        Self {
            nodes: cluster.nodes(),
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
            now: 0.0,
            tracker,
            set_id,
            made: 0,
            failed: Vec::new(),
            course: Vec::new(),
            done: BTreeMap::new(),
            ready: pods.keys().cloned().collect(),
            pods,
            planner,
        }
    }

    fn run(mut self) -> Course {
        let mut decisions = DECISIONS_PER_NODE * (self.nodes.len() + 10);
        let mut plan = self.decide();
        self.note(&plan);
        loop {
            let until = self.carry_out(&plan);
            // A sync is over once its last request is made; what happens meanwhile it sees next time.
            if !self.pass(until) {
                break;
            }
            decisions -= 1;
            plan = self.decide();
            self.note(&plan);
            if decisions == 0 {
                return self.ends(&plan, true);
            }
        }
        self.ends(&plan, false)
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
        Cluster::new(self.nodes.iter().copied(), self.pods.values())
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
            self.events.push(last, what);
        }
        if let Some(at) = plan.look_again_at {
            let millis = at.unix_millis().saturating_sub(self.start.unix_millis());
            #[allow(clippy::cast_precision_loss)] // moments of one rollout
            let at = millis as f64 / 1000.0 + 0.001;
            if at > self.now {
                self.events.push(at, What::Look);
            }
        }
        last
    }

    /// Lets time pass until then, and on to the next thing that happens. Whether anything did.
    fn pass(&mut self, until: f64) -> bool {
        let mut any = false;
        loop {
            match self.events.next_at() {
                // What happens at the same moment is seen together.
                Some(at) if at <= until.max(self.now) || !any => {
                    let Some((at, what)) = self.events.pop() else {
                        return any;
                    };
                    self.now = self.now.max(at);
                    self.happen(what);
                    any = true;
                }
                _ => {
                    self.now = self.now.max(until);
                    return any;
                }
            }
        }
    }

    fn happen(&mut self, what: What) {
        let now = self.moment();
        match what {
            What::Delete(name) => {
                if let Some(pod) = self.pods.get_mut(&name) {
                    pod.metadata.deletion_timestamp = Some(now);
                    self.tracker.put_pod(pod);
                    let gone = self.now + self.scenario.terminate.draw(&mut self.random);
                    self.events.push(gone, What::Gone(name));
                }
            }
            What::Gone(name) => {
                if self.pods.remove(&name).is_some() {
                    let namespace = &self.planner.daemon_set().metadata.namespace;
                    self.tracker.remove_pod(namespace, &name);
                }
            }
            What::Create(node) => self.create(node),
            What::Ready(name) => {
                if let Some(pod) = self.pods.get_mut(&name) {
                    pod.status.phase = PodPhase::Running;
                    pod.status.conditions = vec![PodCondition {
                        type_: ConditionType::Ready,
                        status: ConditionStatus::True,
                        last_transition_time: Some(now),
                        ..PodCondition::default()
                    }];
                    self.tracker.put_pod(pod);
                    self.ready.push(name);
                }
            }
            What::Look => {}
        }
    }

    fn create(&mut self, node: String) {
        self.made += 1;
        let set = self.planner.daemon_set();
        let name = format!("{}-forecast-{}", set.metadata.name, self.made);
        let pod = Pod {
            metadata: ObjectMeta {
                name: name.clone(),
                namespace: set.metadata.namespace.clone(),
                uid: name.clone(),
                creation_timestamp: Some(self.moment()),
                labels: self.labels.clone(),
                owner_references: vec![owner_reference(set)],
                ..ObjectMeta::default()
            },
            spec: PodSpec {
                node_name: node.clone(),
                ..PodSpec::default()
            },
            status: PodStatus {
                phase: PodPhase::Pending,
                ..PodStatus::default()
            },
        };
        self.tracker.put_pod(&pod);
        self.pods.insert(name.clone(), pod);
        let start = self.scenario.start.draw(&mut self.random);
        let fails = self.random.rand_float() < self.scenario.node_failure;
        let has_no_room = self.scenario.without_room.contains(&node);
        if fails || has_no_room || self.is_broken {
            self.failed.push(node);
        } else {
            self.events.push(self.now + start, What::Ready(name));
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
            if label != Some(hash) || since.is_none() {
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
            updated: self.done.len(),
            available: count(plan.status.number_available),
            desired: count(plan.status.desired_number_scheduled),
        };
        match self.course.last_mut() {
            Some(last) if last.at >= moment.at => *last = moment,
            Some(last) if (last.updated, last.available) == (moment.updated, moment.available) => {}
            _ => self.course.push(moment),
        }
    }

    fn ends(mut self, plan: &Plan, given_up: bool) -> Course {
        let last = self.course.last().copied();
        let last = last.unwrap_or(Moment {
            at: 0.0,
            updated: 0,
            available: 0,
            desired: 0,
        });
        let current = plan.status.updated_number_scheduled;
        let all_updated = current == plan.status.desired_number_scheduled;
        let end = if given_up {
            CourseEnd::Unfinished
        } else if last.updated == last.desired {
            CourseEnd::Settled
        } else if all_updated {
            CourseEnd::LeavesBehind
        } else {
            CourseEnd::Stalled
        };
        self.failed.sort();
        self.failed.dedup();
        Course {
            end,
            seconds: last.at,
            moments: self.course,
            failed: self.failed,
            done: self.done,
        }
    }
}
