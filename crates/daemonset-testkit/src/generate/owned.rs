//! Pods and revisions, mostly the set's own.

use daemonset::api::{ControllerRevision, DaemonSet, Pod};
use daemonset::template::{revision_data, template_hash};
use proptest::collection::vec;
use proptest::option::weighted;
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Value, json};

use super::{NAMESPACE, Oddity, SET_UID, ago, odd_name, read};

/// Whom an object belongs to.
#[derive(Clone, Copy, Debug)]
enum Owner {
    Set,
    Nobody,
    Foreign,
    SetButNotController,
    SetAndForeignController,
}

impl Owner {
    fn references(self) -> Value {
        let reference = |uid: &str, controller: bool| json!({"apiVersion": "apps/v1", "kind": "DaemonSet", "name": uid, "uid": uid, "controller": controller});
        match self {
            Self::Set => json!([reference(SET_UID, true)]),
            Self::Nobody => json!([]),
            Self::Foreign => json!([reference("uid-other", true)]),
            Self::SetButNotController => json!([reference(SET_UID, false)]),
            Self::SetAndForeignController => {
                json!([reference(SET_UID, false), reference("uid-other", true)])
            }
        }
    }
}

fn owners() -> impl Strategy<Value = Owner> {
    prop_oneof![
        12 => Just(Owner::Set),
        2 => Just(Owner::Nobody),
        1 => Just(Owner::Foreign),
        1 => Just(Owner::SetButNotController),
        1 => Just(Owner::SetAndForeignController),
    ]
}

/// Where a pod is, or is aimed.
#[derive(Clone, Copy, Debug)]
enum Place {
    Bound(usize),
    Aimed(usize),
    AimedAtTwo(usize),
    Nowhere,
}

impl Place {
    fn spec(self) -> Value {
        let aim = |names: Vec<String>| {
            json!({"affinity": {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": {
                "nodeSelectorTerms": [{"matchFields": [
                    {"key": "metadata.name", "operator": "In", "values": names},
                ]}],
            }}}})
        };
        let name = |at: usize| format!("node-{at}");
        match self {
            Self::Bound(at) => json!({"nodeName": name(at)}),
            Self::Aimed(at) => aim(vec![name(at)]),
            Self::AimedAtTwo(at) => aim(vec![name(at), name(at + 1)]),
            Self::Nowhere => json!({}),
        }
    }
}

/// What a pod's hash label says.
#[derive(Clone, Copy, Debug)]
enum Hash {
    /// The hash that the crate gives the set's template.
    Own,
    /// That of the revision of this number in the list.
    Listed(usize),
    Unknown,
    Missing,
}

impl Hash {
    fn text(self, set: &DaemonSet) -> Option<String> {
        match self {
            Self::Own => Some(own_hash(set)),
            Self::Listed(at) => Some(format!("r{at}")),
            Self::Unknown => Some("unknown".to_owned()),
            Self::Missing => None,
        }
    }
}

fn own_hash(set: &DaemonSet) -> String {
    template_hash(&set.spec.template, set.status.collision_count)
}

/// What is drawn of a pod before the set is known.
#[derive(Clone, Debug)]
pub struct PodDraft {
    json: Value,
    hash: Hash,
    matching: bool,
    generation: Option<&'static str>,
}

impl PodDraft {
    pub fn build(self, name: String, set: &DaemonSet) -> Pod {
        let mut pod: Pod = read(self.json);
        if self.matching {
            pod.metadata.labels = set.spec.template.labels().clone();
        } else {
            pod.metadata.labels.insert("app", "other");
        }
        if let Some(hash) = self.hash.text(set) {
            pod.metadata.labels.insert("controller-revision-hash", hash);
        }
        if let Some(generation) = self.generation {
            (pod.metadata.labels).insert("pod-template-generation", generation);
        }
        pod.metadata.uid = format!("uid-{name}");
        pod.metadata.name = name;
        pod
    }
}

fn hashes() -> impl Strategy<Value = Hash> {
    prop_oneof![
        4 => Just(Hash::Own),
        6 => (0_usize..=3).prop_map(Hash::Listed),
        1 => Just(Hash::Unknown),
        1 => Just(Hash::Missing),
    ]
}

fn generations() -> impl Strategy<Value = Option<&'static str>> {
    weighted(0.2, select(vec!["1", "2", "x"]))
}

/// Conditions of a pod, `Ready` mostly among them.
fn conditions() -> impl Strategy<Value = Value> {
    prop_oneof![
        8 => (0_i64..=100).prop_map(|s| {
            json!([{"type": "Ready", "status": "True", "lastTransitionTime": ago(s)}])
        }),
        1 => Just(json!([{"type": "Ready", "status": "True"}])),
        2 => Just(json!([{"type": "Ready", "status": "False", "lastTransitionTime": ago(50)}])),
        1 => Just(json!([{"type": "PodScheduled", "status": "True"}])),
    ]
}

/// One pod on each node, or on some of them: the set's own, and as they usually are.
pub fn residents() -> impl Strategy<Value = Vec<Option<PodDraft>>> {
    let resident = (hashes(), generations(), conditions()).prop_map(|(hash, generation, ready)| {
        let json = json!({
            "metadata": {
                "namespace": NAMESPACE,
                "ownerReferences": Owner::Set.references(),
                "creationTimestamp": ago(200),
            },
            "status": {"phase": "Running", "conditions": ready},
        });
        PodDraft {
            json,
            hash,
            matching: true,
            generation,
        }
    });
    prop_oneof![
        1 => Just(Vec::new()),
        3 => vec(weighted(0.9, resident), 8),
    ]
}

/// Pods of every kind, anywhere.
pub fn strays(oddity: Oddity) -> impl Strategy<Value = Vec<(PodDraft, Option<String>)>> {
    let pod = || (pods(), odd_name(oddity));
    prop_oneof![2 => vec(pod(), 0..=2), 1 => vec(pod(), 0..=12)]
}

fn pods() -> impl Strategy<Value = PodDraft> {
    let at = || prop_oneof![4 => 0_usize..=4, 1 => 0_usize..=9];
    let place = prop_oneof![
        12 => at().prop_map(Place::Bound),
        2 => at().prop_map(Place::Aimed),
        1 => at().prop_map(Place::AimedAtTwo),
        1 => Just(Place::Nowhere),
    ];
    let phase = prop_oneof![
        8 => Just("Running"),
        2 => Just("Pending"),
        2 => Just("Failed"),
        1 => Just("Succeeded"),
        1 => Just("Unknown"),
    ];
    let made = prop_oneof![9 => (100_i64..=105).prop_map(Some), 1 => Just(None)];
    (
        (place, owners()),
        (prop::bool::weighted(0.95), prop::bool::weighted(0.95)),
        (hashes(), generations()),
        (phase, conditions()),
        (weighted(0.15, -60_i64..=10), prop::bool::weighted(0.1)),
        made,
    )
        .prop_map(
            |(
                (place, owner),
                (at_home, matching),
                (hash, generation),
                (phase, ready),
                (deleted, held),
                made,
            )| {
                let finalizers = if held {
                    vec!["example.com/hold"]
                } else {
                    Vec::new()
                };
                let json = json!({
                    "metadata": {
                        "namespace": if at_home { NAMESPACE } else { "elsewhere" },
                        "ownerReferences": owner.references(),
                        "creationTimestamp": made.map(ago),
                        "deletionTimestamp": deleted.map(|s| ago(-s)),
                        "finalizers": finalizers,
                    },
                    "spec": place.spec(),
                    "status": {"phase": phase, "conditions": ready},
                });
                PodDraft {
                    json,
                    hash,
                    matching,
                    generation,
                }
            },
        )
}

/// What is drawn of a revision before the set is known.
#[derive(Clone, Debug)]
pub struct RevisionDraft {
    owner: Owner,
    namespace: &'static str,
    /// The value of its label `app`.
    app: &'static str,
    /// Under the name that the set would give its next one.
    taken_name: bool,
    labelled: bool,
    /// The set's template, or else that many templates ago.
    old: Option<u32>,
    number: i64,
}

impl RevisionDraft {
    pub fn build(self, at: usize, set: &DaemonSet) -> ControllerRevision {
        let hash = if self.taken_name {
            own_hash(set)
        } else {
            format!("r{at}")
        };
        let data = match self.old {
            None => serde_json::from_str(&revision_data(&set.spec.template)).unwrap(),
            Some(0) => Value::Null,
            Some(ago) => json!({"spec": {"template": {"$patch": "replace", "ago": ago}}}),
        };
        let mut labels = json!({"app": self.app});
        if self.labelled {
            labels["controller-revision-hash"] = hash.clone().into();
        }
        read(json!({
            "metadata": {
                "name": format!("agent-{hash}"),
                "namespace": self.namespace,
                "labels": labels,
                "ownerReferences": self.owner.references(),
            },
            "data": data,
            "revision": self.number,
        }))
    }
}

pub fn revisions() -> impl Strategy<Value = RevisionDraft> {
    (
        owners(),
        prop_oneof![19 => Just(NAMESPACE), 1 => Just("elsewhere")],
        prop_oneof![19 => Just("agent"), 1 => Just("other")],
        prop::bool::weighted(0.1),
        prop::bool::weighted(0.9),
        weighted(0.6, 0_u32..=3),
        0_i64..=6,
    )
        .prop_map(
            |(owner, namespace, app, taken_name, labelled, old, number)| RevisionDraft {
                owner,
                namespace,
                app,
                taken_name,
                labelled,
                old,
                number,
            },
        )
}
