//! Pods, mostly the DaemonSet's own.

use daemonset::api::{DaemonSet, Pod};
use daemonset::template::template_hash;
use serde_json::{Value, json};

use super::{ago, read};
use crate::draw::Draw;

/// Whom an object belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Owner {
    Set,
    Orphan,
    Foreign,
    SetButNotController,
    SetAndForeignController,
}

impl Owner {
    pub fn draw(draw: &mut Draw<'_>) -> Self {
        draw.weighted(&[
            (12, Self::Set),
            (2, Self::Orphan),
            (1, Self::Foreign),
            (1, Self::SetButNotController),
            (1, Self::SetAndForeignController),
        ])
    }

    pub fn references(self, set: &DaemonSet) -> Value {
        let reference = |uid: &str, controller: bool| {
            json!({
                "apiVersion": "apps/v1",
                "kind": "DaemonSet",
                "name": uid,
                "uid": uid,
                "controller": controller,
            })
        };
        let own = set.metadata.uid.as_str();
        match self {
            Self::Set => json!([reference(own, true)]),
            Self::Orphan => json!([]),
            Self::Foreign => json!([reference("uid-other", true)]),
            Self::SetButNotController => json!([reference(own, false)]),
            Self::SetAndForeignController => {
                json!([reference(own, false), reference("uid-other", true)])
            }
        }
    }
}

/// Where a pod is, or is aimed.
#[derive(Clone, Copy, Debug)]
enum Place {
    Bound(i64),
    Aimed(i64),
    AimedAtTwo(i64),
    Nowhere,
}

impl Place {
    fn draw(draw: &mut Draw<'_>) -> Self {
        let far = draw.chance(20);
        let at = draw.number(if far { 0..=9 } else { 0..=4 });
        draw.weighted(&[
            (12, Self::Bound(at)),
            (2, Self::Aimed(at)),
            (1, Self::AimedAtTwo(at)),
            (1, Self::Nowhere),
        ])
    }

    fn spec(self) -> Value {
        let aim = |names: Vec<String>| {
            json!({"affinity": {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": {
                "nodeSelectorTerms": [{"matchFields": [
                    {"key": "metadata.name", "operator": "In", "values": names},
                ]}],
            }}}})
        };
        let name = |at: i64| format!("node-{at}");
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
    Listed(i64),
    Unknown,
    Missing,
}

impl Hash {
    fn draw(draw: &mut Draw<'_>) -> Self {
        let listed = draw.number(0..=3);
        draw.weighted(&[
            (4, Self::Own),
            (6, Self::Listed(listed)),
            (1, Self::Unknown),
            (1, Self::Missing),
        ])
    }

    fn text(self, set: &DaemonSet) -> Option<String> {
        match self {
            Self::Own => Some(own_hash(set)),
            Self::Listed(at) => Some(format!("r{at}")),
            Self::Unknown => Some("unknown".to_owned()),
            Self::Missing => None,
        }
    }
}

/// The hash that the crate gives the set's template.
pub(super) fn own_hash(set: &DaemonSet) -> String {
    template_hash(&set.spec.template, set.status.collision_count)
}

/// What is drawn of a pod before its DaemonSet is known.
#[derive(Clone, Debug)]
pub struct PodDraft {
    owner: Owner,
    at_home: bool,
    /// `metadata`, `spec` and `status`, but for what depends on the set.
    json: Value,
    hash: Hash,
    matching: bool,
    generation: Option<&'static str>,
}

impl PodDraft {
    /// The pod, under this name.
    #[must_use]
    pub fn build(&self, name: &str, set: &DaemonSet) -> Pod {
        let mut json = self.json.clone();
        json["metadata"]["ownerReferences"] = self.owner.references(set);
        let mut pod: Pod = read(json);
        let namespace = if self.at_home {
            set.metadata.namespace.as_str()
        } else {
            "elsewhere"
        };
        namespace.clone_into(&mut pod.metadata.namespace);
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
        name.clone_into(&mut pod.metadata.name);
        pod
    }
}

fn generation(draw: &mut Draw<'_>) -> Option<&'static str> {
    draw.maybe(20, |draw| draw.one_of(&["1", "2", "x"]))
}

/// Conditions of a pod, `Ready` mostly among them.
fn conditions(draw: &mut Draw<'_>) -> Value {
    let since = ago(draw.number(0..=100));
    draw.weighted(&[
        (
            8,
            json!([{"type": "Ready", "status": "True", "lastTransitionTime": since}]),
        ),
        (1, json!([{"type": "Ready", "status": "True"}])),
        (
            2,
            json!([{"type": "Ready", "status": "False", "lastTransitionTime": ago(50)}]),
        ),
        (
            1,
            json!([{"type": "PodScheduled", "status": "False", "message": "0/3 nodes are available"}]),
        ),
    ])
}

/// What the pod's container says; it decides nothing.
fn containers(draw: &mut Draw<'_>) -> Value {
    draw.weighted(&[
        (6, json!([])),
        (
            1,
            json!([{
                "name": "agent",
                "restartCount": 12,
                "state": {"waiting": {"reason": "CrashLoopBackOff"}},
            }]),
        ),
        (
            1,
            json!([{"name": "agent", "restartCount": 1, "state": {}}]),
        ),
    ])
}

/// The set's own pod, as it usually is, on whatever node it is put.
pub fn resident(draw: &mut Draw<'_>) -> PodDraft {
    let (hash, generation) = (Hash::draw(draw), generation(draw));
    let (conditions, containers) = (conditions(draw), containers(draw));
    PodDraft {
        owner: Owner::Set,
        at_home: true,
        json: json!({
            "metadata": {"creationTimestamp": ago(200)},
            "status": {
                "phase": "Running",
                "conditions": conditions,
                "containerStatuses": containers,
            },
        }),
        hash,
        matching: true,
        generation,
    }
}

/// A pod of any kind, anywhere.
pub fn stray(draw: &mut Draw<'_>) -> PodDraft {
    let place = Place::draw(draw);
    let owner = Owner::draw(draw);
    let (at_home, matching) = (!draw.chance(5), !draw.chance(5));
    let (hash, generation) = (Hash::draw(draw), generation(draw));
    let phase = draw.weighted(&[
        (8, "Running"),
        (2, "Pending"),
        (2, "Failed"),
        (1, "Succeeded"),
        (1, "Unknown"),
    ]);
    let (conditions, containers) = (conditions(draw), containers(draw));
    let deleted = draw.maybe(15, |draw| ago(draw.number(-10..=60)));
    let finalizers = if draw.chance(10) {
        vec!["example.com/hold"]
    } else {
        Vec::new()
    };
    let created = if draw.chance(10) {
        None
    } else {
        Some(ago(draw.number(100..=105)))
    };
    PodDraft {
        owner,
        at_home,
        json: json!({
            "metadata": {
                "creationTimestamp": created,
                "deletionTimestamp": deleted,
                "finalizers": finalizers,
            },
            "spec": place.spec(),
            "status": {
                "phase": phase,
                "conditions": conditions,
                "containerStatuses": containers,
            },
        }),
        hash,
        matching,
        generation,
    }
}
