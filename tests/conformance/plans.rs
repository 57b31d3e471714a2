//! Whole rounds: everything that the controller decided on one snapshot.

use std::collections::BTreeSet;

use daemonset::api::{ControllerRevision, DaemonSet, Node, Pod, Timestamp};
use daemonset::outcome::Outcome;
use daemonset::placement::{Rules, Verdict};
use daemonset::tracker::{SetId, Tracker};
use daemonset::{Action, Cluster, Options, Plan, Planner};
use daemonset_testkit::conformance::{Case, Differences};
use serde_json::{Map, Value, json};

/// The fields of a recorded answer; any other one is an error of this test.
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

pub fn read<T: serde::de::DeserializeOwned>(case: &Value, field: &str) -> T {
    T::deserialize(&case[field]).unwrap_or_else(|error| panic!("{} {field}: {error}", case["name"]))
}

pub fn differences(case: &Case) -> Differences {
    let case = &case.json;
    let set: DaemonSet = read(case, "daemonSet");
    let nodes: Vec<Node> = read(case, "nodes");
    let pods: Vec<Pod> = read(case, "pods");
    let revisions: Vec<ControllerRevision> = read(case, "controllerRevisions");
    let expected = case["expected"].as_object().expect("an object");
    for field in expected.keys() {
        assert!(FIELDS.contains(&field.as_str()), "unknown field {field}");
    }

    let now = case["now"].as_str().unwrap().parse().unwrap();
    let cluster = Cluster::new(&nodes, &pods)
        .with_revisions(&revisions)
        .with_now(now);
    let options = Options::default().with_burst_replicas(usize::MAX);
    let planner = Planner::in_cluster(&set, &cluster, &options);
    let rules = Rules::new(&set.spec.template);
    let placements = nodes.iter().map(|node| (node, rules.verdict(node)));
    let nodes_json = placements.map(|(node, verdict)| {
        json!({
            "node": node.metadata.name,
            "shouldRun": verdict.should_run(),
            "shouldContinueRunning": verdict.should_continue_running(),
        })
    });
    let mut found = Comparison {
        expected,
        differences: Vec::new(),
    };
    found.equal("nodes", Some(nodes_json.collect()));
    match planner {
        Err(_) => {
            found.equal("error", Some("invalid selector".into()));
            found.plan(&Answer::default(), None);
        }
        Ok(planner) => {
            let plan = planner.plan(&cluster);
            let verdicts: Vec<Verdict> = nodes.iter().map(|node| rules.verdict(node)).collect();
            assert_eq!(plan.verdicts, verdicts, "verdicts of the plan");
            for (way, kept) in [
                ("kept", kept(&planner, &nodes, &pods, now)),
                ("incremental", incremental(&planner, &nodes, &pods, now)),
            ] {
                if kept != plan {
                    found.differ(way, json!(plan), json!(kept));
                }
            }
            found.equal(
                "error",
                match &plan.outcome {
                    Outcome::InvalidBudget(error) => {
                        let field = error.path.rsplit('.').next().unwrap();
                        Some(format!("invalid {field}").into())
                    }
                    _ => None,
                },
            );
            found.plan(&Answer::of(&plan), Some(&planner));
        }
    }
    found.differences
}

/// The plan of a tracker that is told of everything at once.
fn kept(planner: &Planner, nodes: &[Node], pods: &[Pod], now: Timestamp) -> Plan {
    let mut tracker = Tracker::new();
    for node in nodes {
        tracker.put_node(node);
    }
    for pod in pods {
        tracker.put_pod(pod);
    }
    let set = tracker.put_set(planner.clone());
    plan_of(&mut tracker, set, nodes, now)
}

/// The plan of a tracker that is told of one thing after the other, and asked in between.
fn incremental(planner: &Planner, nodes: &[Node], pods: &[Pod], now: Timestamp) -> Plan {
    let mut tracker = Tracker::new();
    let set = tracker.put_set(planner.clone());
    for pod in pods {
        tracker.plan(set, now.plus_seconds(-60)).unwrap();
        // First as if it had just been made, unscheduled and without labels.
        let mut young = Pod::default();
        young.metadata.name.clone_from(&pod.metadata.name);
        young.metadata.namespace.clone_from(&pod.metadata.namespace);
        tracker.put_pod(&young);
        tracker.plan(set, now.plus_seconds(-30)).unwrap();
        tracker.put_pod(pod);
    }
    for node in nodes {
        tracker.plan(set, now.plus_seconds(-10)).unwrap();
        tracker.put_node(node);
    }
    plan_of(&mut tracker, set, nodes, now)
}

/// A tracker's plan, with the verdicts that it gives one by one.
fn plan_of(tracker: &mut Tracker, set: SetId, nodes: &[Node], now: Timestamp) -> Plan {
    let mut plan = tracker.plan(set, now).expect("the set is there");
    plan.verdicts = nodes
        .iter()
        .map(|node| tracker.verdict(set, &node.metadata.name).unwrap())
        .collect();
    plan
}

/// A plan in the form of the recorded answers.
#[derive(Default)]
struct Answer {
    adopt_pods: BTreeSet<String>,
    release_pods: BTreeSet<String>,
    relabel_pods: BTreeSet<String>,
    creates: Vec<String>,
    deletes: Vec<String>,
    adopt_revisions: BTreeSet<String>,
    release_revisions: BTreeSet<String>,
    delete_revisions: BTreeSet<String>,
    create_revision: Option<i64>,
    update_revisions: Vec<Value>,
    status: Option<Value>,
    events: Vec<String>,
}

impl Answer {
    fn of(plan: &Plan) -> Self {
        let mut answer = Self::default();
        for action in plan.actions.iter().cloned() {
            let new = match action {
                Action::AdoptPod { pod, .. } => answer.adopt_pods.insert(pod),
                Action::ReleasePod { pod, .. } => answer.release_pods.insert(pod),
                Action::RelabelPod { pod, hash, .. } => {
                    assert_eq!(hash, plan.current_revision.hash);
                    answer.relabel_pods.insert(pod)
                }
                Action::AdoptRevision { name } => answer.adopt_revisions.insert(name),
                Action::ReleaseRevision { name } => answer.release_revisions.insert(name),
                Action::DeleteRevision { name, .. } => answer.delete_revisions.insert(name),
                Action::CreateRevision { revision, .. } => {
                    answer.create_revision.replace(revision).is_none()
                }
                Action::UpdateRevision {
                    name,
                    revision,
                    hash,
                    ..
                } => {
                    let write = json!({"name": name, "revision": revision, "hash": hash});
                    answer.update_revisions.push(write);
                    true
                }
                Action::CreatePod { node, .. } => {
                    answer.creates.push(node);
                    true
                }
                Action::DeletePod { pod, .. } => {
                    let new = !answer.deletes.contains(&pod);
                    answer.deletes.push(pod);
                    new
                }
                Action::Event { kind, event, .. } => {
                    answer.events.push(format!("{kind:?} {event}"));
                    true
                }
                Action::UpdateStatus { status } => answer.status.replace(json!(status)).is_none(),
            };
            assert!(new, "the plan names something twice");
        }
        answer.events.sort();
        answer.update_revisions.sort_by_key(Value::to_string);
        answer
    }
}

struct Comparison<'a> {
    expected: &'a Map<String, Value>,
    differences: Differences,
}

impl Comparison<'_> {
    /// Ours must equal the recorded field, or be absent with it.
    fn equal(&mut self, field: &str, ours: Option<Value>) {
        if self.expected.get(field) != ours.as_ref() {
            let recorded = self.expected.get(field).cloned();
            self.differ(
                field,
                recorded.unwrap_or_default(),
                ours.unwrap_or_default(),
            );
        }
    }

    /// The controller leaves these three figures out where they are zero; a plan has all figures.
    fn status(&mut self, ours: Option<Value>) {
        let mut recorded = self.expected.get("status").cloned();
        if let Some(Value::Object(figures)) = &mut recorded {
            for figure in [
                "updatedNumberScheduled",
                "numberAvailable",
                "numberUnavailable",
            ] {
                figures.entry(figure).or_insert_with(|| 0.into());
            }
        }
        if recorded != ours {
            self.differ(
                "status",
                recorded.unwrap_or_default(),
                ours.unwrap_or_default(),
            );
        }
    }

    fn differ(&mut self, field: &str, recorded: Value, ours: Value) {
        self.differences.push((field.to_owned(), recorded, ours));
    }

    fn plan(&mut self, ours: &Answer, planner: Option<&Planner>) {
        self.equal("adoptPods", Some(json!(ours.adopt_pods)));
        self.equal("releasePods", Some(json!(ours.release_pods)));
        self.equal("relabelPods", Some(json!(ours.relabel_pods)));
        self.choice("createOnNodes", &ours.creates);
        self.choice("deletePods", &ours.deletes);
        self.equal("adoptRevisions", Some(json!(ours.adopt_revisions)));
        self.equal("releaseRevisions", Some(json!(ours.release_revisions)));
        self.equal("deleteRevisions", Some(json!(ours.delete_revisions)));
        let recorded = self.expected.get("createRevision").cloned();
        if recorded.as_ref().map(|made| made["revision"].clone())
            != ours.create_revision.map(Value::from)
        {
            self.differ(
                "createRevision",
                recorded.unwrap_or_default(),
                json!(ours.create_revision),
            );
        }
        let mut recorded = self.expected["updateRevisions"].as_array().unwrap().clone();
        for write in &mut recorded {
            // The same order of fields as ours, so that sorting by text agrees.
            *write = json!({"name": write["name"], "revision": write["revision"], "hash": write["hash"]});
        }
        recorded.sort_by_key(Value::to_string);
        if recorded != ours.update_revisions {
            self.differ(
                "updateRevisions",
                recorded.into(),
                ours.update_revisions.clone().into(),
            );
        }
        self.status(ours.status.clone());
        self.equal("events", Some(json!(ours.events)));
        self.template(planner);
    }

    /// All required ones, none outside required and candidates, and the right number in all.
    fn choice(&mut self, field: &str, ours: &[String]) {
        let recorded = &self.expected[field];
        let list = |part: &str| -> Vec<&str> {
            let names = recorded[part].as_array().map(Vec::as_slice);
            let names = names.unwrap_or_default().iter();
            names.map(|name| name.as_str().unwrap()).collect()
        };
        let (required, candidates) = (list("required"), list("candidates"));
        let all_required = required.iter().all(|name| ours.iter().any(|o| o == name));
        let none_other = ours
            .iter()
            .all(|name| required.contains(&name.as_str()) || candidates.contains(&name.as_str()));
        if !all_required || !none_other || json!(ours.len()) != recorded["count"] {
            self.differ(field, recorded.clone(), json!(ours));
        }
    }

    fn template(&mut self, planner: Option<&Planner>) {
        let Some(mut recorded) = self.expected.get("createdPodTemplate").cloned() else {
            return;
        };
        let node = self.expected["createdPodTemplateNode"].as_str().unwrap();
        let planner = planner.expect("a template was made, so the selector was valid");
        let mut pod = planner.pod_for(node);
        let ours = json!({
            "metadata": {
                "labels": pod["metadata"]["labels"].take(),
                "annotations": pod["metadata"]["annotations"].take(),
            },
            "spec": pod["spec"].take(),
        });
        let mut ours = ours;
        if ours["metadata"]["annotations"].is_null() {
            ours["metadata"]
                .as_object_mut()
                .unwrap()
                .remove("annotations");
        }
        if let Some(created) = self.expected.get("createRevision") {
            let label = &mut recorded["metadata"]["labels"]["controller-revision-hash"];
            assert_eq!(*label, created["hash"], "the recorded hash label");
            *label = ours["metadata"]["labels"]["controller-revision-hash"].clone();
        }
        if recorded != ours {
            self.differ("createdPodTemplate", recorded, ours);
        }
    }
}
