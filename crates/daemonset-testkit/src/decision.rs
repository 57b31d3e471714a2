//! What a round comes to, with what Kubernetes leaves open left open: the form in which the recorded
//! controller and the naive [oracle](crate::oracle) answer, and a plan is held against it.

use std::collections::{BTreeMap, BTreeSet};

use daemonset::api::DaemonSetStatus;
use daemonset::outcome::Outcome;
use daemonset::placement::Verdict;
use daemonset::{Action, Plan};
use serde_json::{Map, Value, json};

use crate::conformance::Differences;

/// A choice that Kubernetes makes in no certain order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Choice {
    /// What is certain.
    pub required: BTreeSet<String>,
    /// What may be taken besides.
    pub candidates: BTreeSet<String>,
    /// How many are taken in all.
    pub count: usize,
}

/// Everything that a round decides.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Decision {
    /// `invalid selector`, `invalid maxUnavailable` or `invalid maxSurge`.
    pub error: Option<String>,
    /// The verdict on every node.
    pub verdicts: BTreeMap<String, Verdict>,
    /// Pods that get the set as controller.
    pub adopt_pods: BTreeSet<String>,
    /// Pods that lose it.
    pub release_pods: BTreeSet<String>,
    /// Pods whose hash label is set to the current hash.
    pub relabel_pods: BTreeSet<String>,
    /// Nodes for which a pod is created.
    pub creates: Choice,
    /// Pods that are deleted.
    pub deletes: Choice,
    /// Revisions that get the set as controller.
    pub adopt_revisions: BTreeSet<String>,
    /// Revisions that lose it.
    pub release_revisions: BTreeSet<String>,
    /// Revisions that are deleted.
    pub delete_revisions: BTreeSet<String>,
    /// The number of the revision that is created.
    pub create_revision: Option<i64>,
    /// Name, number and hash of the revisions that are written, sorted.
    pub update_revisions: Vec<(String, i64, String)>,
    /// The status that is written.
    pub status: Option<DaemonSetStatus>,
    /// Kind and reason of the events, sorted.
    pub events: Vec<String>,
}

impl Choice {
    /// What is certain, and so many of the candidates. Where all of them are taken or none, nothing
    /// is left to choose.
    #[must_use]
    pub fn new(
        mut required: BTreeSet<String>,
        mut candidates: BTreeSet<String>,
        of_these: usize,
    ) -> Self {
        if of_these >= candidates.len() {
            required.append(&mut candidates);
        }
        let count = match candidates.len() {
            0 => required.len(),
            _ => required.len() + of_these,
        };
        if count == required.len() {
            candidates.clear();
        }
        Self {
            required,
            candidates,
            count,
        }
    }

    /// What is certain and nothing else.
    #[must_use]
    pub fn all(required: impl IntoIterator<Item = String>) -> Self {
        let required: BTreeSet<String> = required.into_iter().collect();
        Self {
            count: required.len(),
            required,
            candidates: BTreeSet::new(),
        }
    }

    /// Whether these can be what was chosen.
    #[must_use]
    pub fn allows(&self, taken: &[String]) -> bool {
        let names: BTreeSet<&String> = taken.iter().collect();
        names.len() == taken.len()
            && taken.len() == self.count
            && self.required.iter().all(|name| names.contains(name))
            && (taken.iter())
                .all(|name| self.required.contains(name) || self.candidates.contains(name))
    }

    fn recorded(json: &Value) -> Self {
        let required = names(&json["required"]);
        let count = usize::try_from(json["count"].as_u64().unwrap_or(0)).expect("few pods");
        let of_candidates = count - required.len();
        Self::new(required, names(&json["candidates"]), of_candidates)
    }

    fn json(&self) -> Value {
        json!({"required": self.required, "candidates": self.candidates, "count": self.count})
    }
}

fn names(json: &Value) -> BTreeSet<String> {
    let names = json.as_array().map(Vec::as_slice).unwrap_or_default();
    let names = names.iter().filter_map(Value::as_str);
    names.map(str::to_owned).collect()
}

/// The fields of a recorded answer; any other one would go unnoticed.
const FIELDS: [&str; 16] = [
    "error",
    "nodes",
    "adoptPods",
    "releasePods",
    "relabelPods",
    "createOnNodes",
    "deletePods",
    "adoptRevisions",
    "releaseRevisions",
    "deleteRevisions",
    "createRevision",
    "updateRevisions",
    "status",
    "events",
    "createdPodTemplate",
    "createdPodTemplateNode",
];

impl Decision {
    /// Reads a recorded answer.
    ///
    /// # Panics
    /// Where it has a field that is not known, or does not read.
    #[must_use]
    pub fn recorded(expected: &Map<String, Value>) -> Self {
        for field in expected.keys() {
            assert!(FIELDS.contains(&field.as_str()), "unknown field {field}");
        }
        let get = |field: &str| expected.get(field).cloned().unwrap_or_default();
        let list = |field: &str| {
            let list = expected.get(field).and_then(Value::as_array);
            list.map(Vec::as_slice).unwrap_or_default().iter()
        };
        let text = |json: &Value| json.as_str().unwrap_or_default().to_owned();
        let mut update_revisions: Vec<_> = list("updateRevisions")
            .map(|write| {
                let number = write["revision"].as_i64().expect("a number");
                (text(&write["name"]), number, text(&write["hash"]))
            })
            .collect();
        update_revisions.sort();
        let mut events: Vec<String> = list("events").map(text).collect();
        events.sort();
        // The controller leaves figures out where they are zero; reading puts them in.
        let status = expected
            .get("status")
            .map(|status| serde_json::from_value(status.clone()).expect("a status"));
        Self {
            error: get("error").as_str().map(str::to_owned),
            verdicts: list("nodes")
                .map(|node| (text(&node["node"]), verdict(node)))
                .collect(),
            adopt_pods: names(&get("adoptPods")),
            release_pods: names(&get("releasePods")),
            relabel_pods: names(&get("relabelPods")),
            creates: Choice::recorded(&get("createOnNodes")),
            deletes: Choice::recorded(&get("deletePods")),
            adopt_revisions: names(&get("adoptRevisions")),
            release_revisions: names(&get("releaseRevisions")),
            delete_revisions: names(&get("deleteRevisions")),
            create_revision: get("createRevision")["revision"].as_i64(),
            update_revisions,
            status,
            events,
        }
    }

    /// What a plan that names a malformed selector decides.
    #[must_use]
    pub fn invalid_selector(verdicts: BTreeMap<String, Verdict>) -> Self {
        Self {
            error: Some("invalid selector".to_owned()),
            verdicts,
            ..Self::default()
        }
    }

    /// What a plan decides. `nodes` are those of the cluster.
    ///
    /// # Panics
    /// Where the plan contradicts itself: something is done twice.
    #[must_use]
    pub fn of<'n>(plan: &Plan, nodes: impl IntoIterator<Item = &'n str>) -> Self {
        let names = nodes.into_iter().map(str::to_owned);
        let mut decision = Self {
            verdicts: names.zip(plan.verdicts.iter().copied()).collect(),
            ..Self::default()
        };
        if let Outcome::InvalidBudget(error) = &plan.outcome {
            let field = error.path.rsplit('.').next().unwrap_or_default();
            decision.error = Some(format!("invalid {field}"));
        }
        for action in plan.actions.iter().cloned() {
            let text = action.to_string();
            let new = decision.take(action, &plan.current_revision.hash);
            assert!(new, "{text} comes twice");
        }
        decision.events.sort();
        decision.update_revisions.sort();
        decision
    }

    fn take(&mut self, action: Action, current_hash: &str) -> bool {
        match action {
            Action::AdoptPod { pod, .. } => self.adopt_pods.insert(pod),
            Action::ReleasePod { pod, .. } => self.release_pods.insert(pod),
            Action::RelabelPod { pod, hash, .. } => {
                assert_eq!(hash, current_hash);
                self.relabel_pods.insert(pod)
            }
            Action::AdoptRevision { name } => self.adopt_revisions.insert(name),
            Action::ReleaseRevision { name } => self.release_revisions.insert(name),
            Action::DeleteRevision { name, .. } => self.delete_revisions.insert(name),
            Action::CreateRevision { revision, .. } => {
                self.create_revision.replace(revision).is_none()
            }
            Action::UpdateRevision {
                name,
                revision,
                hash,
                ..
            } => {
                self.update_revisions.push((name, revision, hash));
                true
            }
            Action::CreatePod { node, .. } => {
                self.creates.count += 1;
                self.creates.required.insert(node)
            }
            Action::DeletePod { pod, .. } => {
                self.deletes.count += 1;
                self.deletes.required.insert(pod)
            }
            Action::Event { kind, event, .. } => {
                self.events.push(format!("{kind} {event}"));
                true
            }
            Action::UpdateStatus { status } => self.status.replace(status).is_none(),
        }
    }

    /// Where another decision is not one of those that this one leaves open: the field, this
    /// answer, and the other one.
    #[must_use]
    pub fn differences(&self, other: &Self) -> Differences {
        let mut found = Vec::new();
        let mut compare = |field: &str, same: bool, mine: Value, theirs: Value| {
            if !same {
                found.push((field.to_owned(), mine, theirs));
            }
        };
        for (field, mine, theirs) in [
            ("creates", &self.creates, &other.creates),
            ("deletes", &self.deletes, &other.deletes),
        ] {
            // The other one has chosen, unless it is of the same kind as this one.
            let taken: Vec<String> = theirs.required.iter().cloned().collect();
            let same = mine == theirs || (theirs.candidates.is_empty() && mine.allows(&taken));
            compare(field, same, mine.json(), theirs.json());
        }
        for ((field, mine), (_, theirs)) in self.certain().into_iter().zip(other.certain()) {
            compare(field, mine == theirs, mine, theirs);
        }
        found
    }

    /// What is not left open.
    fn certain(&self) -> [(&'static str, Value); 11] {
        [
            ("error", json!(self.error)),
            ("verdicts", json!(self.verdicts)),
            ("adoptPods", json!(self.adopt_pods)),
            ("releasePods", json!(self.release_pods)),
            ("relabelPods", json!(self.relabel_pods)),
            ("adoptRevisions", json!(self.adopt_revisions)),
            ("releaseRevisions", json!(self.release_revisions)),
            ("deleteRevisions", json!(self.delete_revisions)),
            (
                "writtenRevisions",
                json!([self.create_revision, self.update_revisions]),
            ),
            ("status", json!(self.status)),
            ("events", json!(self.events)),
        ]
    }
}

fn verdict(node: &Value) -> Verdict {
    match (&node["shouldRun"], &node["shouldContinueRunning"]) {
        (Value::Bool(true), Value::Bool(true)) => Verdict::Run,
        (Value::Bool(false), Value::Bool(true)) => Verdict::KeepExisting,
        (Value::Bool(false), Value::Bool(false)) => Verdict::Exclude,
        _ => panic!("no verdict: {node}"),
    }
}
