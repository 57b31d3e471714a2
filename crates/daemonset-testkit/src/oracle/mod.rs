//! The naive oracle: what Kubernetes decides in a round, written down rule by rule and with no
//! regard to speed, from how the DaemonSet controller is documented. Of the library that it is held
//! against it uses the types of the API, how a template is stored and what it is called; what it
//! decides it decides by itself.

pub mod matching;
mod revisions;
mod rolling_update;

use std::collections::{BTreeMap, BTreeSet};

use daemonset::api::{
    ConditionStatus, ConditionType, DaemonSet, DaemonSetStatus, ObjectMeta, Pod, PodPhase,
    Timestamp,
};
use daemonset::placement::Verdict;
use daemonset::template::{revision_data, template_hash};
use revisions::{Revisions, hash_of};
use serde_json::{Value, json};

use crate::decision::{Choice, Decision};
use crate::world::World;

const HASH: &str = "controller-revision-hash";

/// Decides a round. The cap on creates and deletes is left aside.
#[must_use]
pub fn decide(world: &World) -> Decision {
    Oracle::new(&world.set).decide(world)
}

/// What a template is stored as and called, found once for many rounds.
#[derive(Clone, Debug)]
pub struct Oracle {
    /// The data of a revision of the template.
    data: Value,
    /// The hash of a new one.
    hash: String,
}

impl Oracle {
    /// The oracle for a DaemonSet.
    ///
    /// # Panics
    /// Never: the data of a revision is JSON.
    #[must_use]
    pub fn new(set: &DaemonSet) -> Self {
        let data = revision_data(&set.spec.template);
        Self {
            data: serde_json::from_str(&data).expect("JSON"),
            hash: template_hash(&set.spec.template, set.status.collision_count),
        }
    }

    /// Decides a round of that DaemonSet.
    #[must_use]
    pub fn decide(&self, world: &World) -> Decision {
        decide_with(self, world)
    }
}

fn decide_with(oracle: &Oracle, world: &World) -> Decision {
    let set = &world.set;
    let mut decision = Decision {
        verdicts: (world.nodes.iter())
            .map(|node| {
                let verdict = matching::verdict(&set.spec.template, node, false);
                (node.metadata.name.clone(), verdict)
            })
            .collect(),
        ..Decision::default()
    };
    let selector = set.spec.selector.as_ref();
    if selector.is_some_and(|s| s.match_labels.is_empty() && s.match_expressions.is_empty()) {
        decision.events.push("Warning SelectingAll".to_owned());
        return decision;
    }
    if set.metadata.deletion_timestamp.is_some() {
        return decision;
    }
    if selector.is_some_and(|selector| !matching::parses(selector)) {
        return Decision::invalid_selector(decision.verdicts);
    }
    let Some(revisions) = Revisions::find(oracle, world, &mut decision) else {
        let mut status = set.status.clone();
        status.collision_count = Some(status.collision_count.unwrap_or(0) + 1);
        decision.status = Some(status);
        return decision;
    };
    Round::new(world, &revisions).decide(decision)
}

/// Whose an object is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Claim {
    Kept,
    Adopted,
    Released,
    NotOurs,
}

fn claim(world: &World, object: &ObjectMeta) -> Claim {
    let set = &world.set;
    if object.namespace != set.metadata.namespace {
        return Claim::NotOurs;
    }
    let selected = matching::selects(set.spec.selector.as_ref(), &object.labels);
    let mut owners = object.owner_references.iter();
    match owners.find(|owner| owner.controller) {
        Some(owner) if owner.uid == set.metadata.uid && selected => Claim::Kept,
        Some(owner) if owner.uid == set.metadata.uid => Claim::Released,
        None if selected && object.deletion_timestamp.is_none() => Claim::Adopted,
        _ => Claim::NotOurs,
    }
}

/// One round, with the pods that count.
struct Round<'a> {
    world: &'a World,
    revisions: &'a Revisions<'a>,
    /// Of each node name the pods that belong there, the first one first; those that are terminal
    /// and terminating are left out.
    pods: BTreeMap<&'a str, Vec<&'a Pod>>,
    verdicts: BTreeMap<&'a str, Verdict>,
}

/// The node that a pod is bound to or aimed at.
fn home(pod: &Pod) -> Option<&str> {
    if !pod.spec.node_name.is_empty() {
        return Some(&pod.spec.node_name);
    }
    let affinity = pod.spec.affinity.as_ref()?.node_affinity.as_ref()?;
    let required = (affinity.required_during_scheduling_ignored_during_execution).as_ref()?;
    let mut fields = (required.node_selector_terms.iter()).flat_map(|term| &term.match_fields);
    let first = fields.find(|field| field.key == "metadata.name" && field.operator == "In")?;
    match first.values.as_slice() {
        [name] => Some(name),
        _ => None,
    }
}

fn is_terminating(pod: &Pod) -> bool {
    pod.metadata.deletion_timestamp.is_some()
}

fn is_terminal(pod: &Pod) -> bool {
    matches!(pod.status.phase, PodPhase::Failed | PodPhase::Succeeded)
}

fn ready_since(pod: &Pod) -> Option<Option<Timestamp>> {
    let mut conditions = pod.status.conditions.iter();
    let ready = conditions.find(|condition| condition.type_ == ConditionType::Ready)?;
    (ready.status == ConditionStatus::True).then_some(ready.last_transition_time)
}

impl<'a> Round<'a> {
    fn new(world: &'a World, revisions: &'a Revisions<'a>) -> Self {
        let mut pods: BTreeMap<&str, Vec<&Pod>> = BTreeMap::new();
        for pod in claimed(world) {
            if let (Some(node), false) = (home(pod), is_terminal(pod) && is_terminating(pod)) {
                pods.entry(node).or_default().push(pod);
            }
        }
        for pods in pods.values_mut() {
            pods.sort_by_key(|pod| {
                let unbound = pod.spec.node_name.is_empty();
                (unbound, pod.metadata.creation_timestamp, &pod.metadata.name)
            });
        }
        let verdicts = world.nodes.iter().map(|node| {
            let verdict = matching::verdict(&world.set.spec.template, node, false);
            (node.metadata.name.as_str(), verdict)
        });
        Self {
            world,
            revisions,
            verdicts: verdicts.collect(),
            pods,
        }
    }

    fn pods_on(&self, node: &str) -> &[&'a Pod] {
        self.pods.get(node).map(Vec::as_slice).unwrap_or_default()
    }

    fn has_current_hash(&self, pod: &Pod) -> bool {
        pod.metadata.labels.get(HASH) == Some(self.revisions.hash.as_str())
    }

    fn is_updated(&self, pod: &Pod) -> bool {
        let annotations = &self.world.set.metadata.annotations;
        let annotation = annotations.get("deprecated.daemonset.template.generation");
        let number = annotation.and_then(|text| text.parse::<i64>().ok());
        let label = pod.metadata.labels.get("pod-template-generation");
        self.has_current_hash(pod)
            || number.is_some_and(|number| label == Some(&number.to_string()))
    }

    fn is_available(&self, pod: &Pod) -> bool {
        let seconds = i64::from(self.world.set.spec.min_ready_seconds);
        match ready_since(pod) {
            None => false,
            Some(_) if seconds <= 0 => true,
            Some(None) => false,
            Some(Some(since)) => since.plus_seconds(seconds) <= self.world.now,
        }
    }

    fn desired(&self) -> usize {
        let verdicts = self.verdicts.values();
        verdicts.filter(|verdict| **verdict == Verdict::Run).count()
    }

    fn decide(&self, mut decision: Decision) -> Decision {
        self.claims(&mut decision);
        self.manage(&mut decision);
        if decision.creates.count == 0 && decision.deletes.count == 0 {
            self.roll(&mut decision);
        }
        if decision.error.is_none() {
            self.clean_up(&mut decision);
        }
        let status = self.status();
        let before = &self.world.set.status;
        let figures = |status: &DaemonSetStatus| DaemonSetStatus {
            observed_generation: 0,
            ..status.clone()
        };
        if figures(before) != figures(&status)
            || before.observed_generation < status.observed_generation
        {
            decision.status = Some(status);
        }
        decision.events.sort();
        decision
    }

    fn claims(&self, decision: &mut Decision) {
        for pod in &self.world.pods {
            let name = pod.metadata.name.clone();
            match claim(self.world, &pod.metadata) {
                Claim::Released => {
                    decision.release_pods.insert(name);
                }
                Claim::Adopted => {
                    decision.adopt_pods.insert(name);
                }
                Claim::Kept | Claim::NotOurs => {}
            }
        }
        if self.revisions.duplicates {
            let others = claimed(self.world).filter(|pod| !self.has_current_hash(pod));
            decision.relabel_pods = others.map(|pod| pod.metadata.name.clone()).collect();
        }
    }

    /// One daemon pod for each node.
    fn manage(&self, decision: &mut Decision) {
        let mut manage = Manage::default();
        for (node, verdict) in &self.verdicts {
            let pods = self.pods_on(node);
            match verdict {
                Verdict::Run if pods.is_empty() => {
                    manage.creates.insert((*node).to_owned());
                }
                Verdict::Run | Verdict::KeepExisting => {
                    self.keep(node, *verdict, pods, &mut manage);
                }
                Verdict::Exclude => {
                    let staying = pods.iter().filter(|pod| !is_terminating(pod));
                    staying.for_each(|pod| manage.delete(pod));
                }
            }
        }
        for (node, pods) in &self.pods {
            if !self.verdicts.contains_key(node) {
                let unscheduled = pods.iter().filter(|pod| pod.spec.node_name.is_empty());
                unscheduled.for_each(|pod| manage.delete(pod));
            }
        }
        decision.creates = Choice::all(manage.creates);
        let mut one_of_each = manage.one_of_each;
        for only in one_of_each.extract_if(.., |group| group.len() == 1) {
            manage.deletes.extend(only);
        }
        let groups = one_of_each.len();
        let candidates = one_of_each.into_iter().flatten().collect();
        decision.deletes = Choice::new(manage.deletes, candidates, groups);
        decision.events.extend(manage.events);
    }

    /// A node whose pods may stay.
    fn keep(&self, node: &str, verdict: Verdict, pods: &[&'a Pod], manage: &mut Manage) {
        let staying: Vec<&Pod> = (pods.iter().copied())
            .filter(|pod| !is_terminating(pod))
            .collect();
        let of_phase = |phase: PodPhase| {
            let staying = staying.iter().copied();
            staying.filter(move |pod| pod.status.phase == phase)
        };
        let failed: BTreeSet<String> = of_phase(PodPhase::Failed)
            .map(|pod| pod.metadata.name.clone())
            .collect();
        if !failed.is_empty() && !self.is_backing_off(node) {
            manage.events.push("Warning FailedDaemonPod".to_owned());
            manage.one_of_each.push(failed);
        }
        for pod in of_phase(PodPhase::Succeeded) {
            manage.events.push("Normal SucceededDaemonPod".to_owned());
            manage.delete(pod);
        }
        let left: Vec<&Pod> = (staying.iter().copied())
            .filter(|pod| !is_terminal(pod))
            .collect();
        if !self.surges() {
            left.iter().skip(1).for_each(|pod| manage.delete(pod));
            return;
        }
        if left.is_empty() && verdict == Verdict::Run {
            manage.creates.insert(node.to_owned());
        }
        if left.len() < 2 {
            return;
        }
        let (updated, old): (Vec<&Pod>, Vec<&Pod>) =
            left.into_iter().partition(|pod| self.has_current_hash(pod));
        let surplus = updated.iter().skip(1).chain(old.iter().skip(1));
        surplus.for_each(|pod| manage.delete(pod));
        if let (Some(updated), Some(old)) = (updated.first(), old.first())
            && (ready_since(old).is_none() || self.is_available(updated))
        {
            manage.delete(old);
        }
    }

    /// Whether an earlier deletion of a failed pod keeps the node's failed pods where they are.
    fn is_backing_off(&self, node: &str) -> bool {
        let waits = json!(self.world.backoff);
        let set = &self.world.set;
        if waits["uid"] != set.metadata.uid
            || waits["observedGeneration"] != set.status.observed_generation
        {
            return false;
        }
        let wait = &waits["nodes"][node];
        let (Some(since), Some(seconds)) = (wait["since"].as_str(), wait["seconds"].as_i64())
        else {
            return false;
        };
        let since: Timestamp = since.parse().expect("a moment");
        let now = self.world.now;
        now < since.plus_seconds(seconds) && now <= since.plus_seconds(2 * 900)
    }

    /// Old revisions that nothing carries go, beyond those that are kept.
    fn clean_up(&self, decision: &mut Decision) {
        let limit = self.world.set.spec.revision_history_limit.unwrap_or(10);
        let old = i64::try_from(self.revisions.old.len()).expect("few revisions");
        let excess = usize::try_from(old - i64::from(limit)).unwrap_or(0);
        let carried: BTreeSet<&str> = claimed(self.world)
            .filter(|pod| home(pod).is_some())
            .filter_map(|pod| pod.metadata.labels.get(HASH))
            .filter(|hash| !hash.is_empty())
            .collect();
        let free = (self.revisions.old.iter())
            .filter(|revision| !carried.contains(hash_of(revision)))
            .take(excess);
        decision
            .delete_revisions
            .extend(free.map(|revision| revision.metadata.name.clone()));
    }

    fn status(&self) -> DaemonSetStatus {
        let mut status = DaemonSetStatus::default();
        for (node, verdict) in &self.verdicts {
            let first = self.pods_on(node).first();
            if *verdict != Verdict::Run {
                status.number_misscheduled += i32::from(first.is_some());
                continue;
            }
            status.desired_number_scheduled += 1;
            if let Some(pod) = first {
                status.current_number_scheduled += 1;
                status.number_ready += i32::from(ready_since(pod).is_some());
                status.number_available += i32::from(self.is_available(pod));
                status.updated_number_scheduled += i32::from(self.is_updated(pod));
            }
        }
        let set = &self.world.set;
        status.number_unavailable = status.desired_number_scheduled - status.number_available;
        status.observed_generation = set.metadata.generation;
        status.collision_count = set.status.collision_count;
        status.conditions.clone_from(&set.status.conditions);
        status
    }
}

/// What the nodes need whatever the rollout says.
#[derive(Default)]
struct Manage {
    creates: BTreeSet<String>,
    deletes: BTreeSet<String>,
    /// Of each of these groups of failed pods one goes; which is left open.
    one_of_each: Vec<BTreeSet<String>>,
    events: Vec<String>,
}

impl Manage {
    fn delete(&mut self, pod: &Pod) {
        self.deletes.insert(pod.metadata.name.clone());
    }
}

fn claimed(world: &World) -> impl Iterator<Item = &Pod> {
    let counts = |pod: &&Pod| matches!(claim(world, &pod.metadata), Claim::Kept | Claim::Adopted);
    world.pods.iter().filter(counts)
}
