//! ControllerRevisions, mostly the DaemonSet's own.

use daemonset::api::{ControllerRevision, DaemonSet};
use daemonset::template::revision_data;
use serde_json::{Value, json};

use super::pod::{Owner, own_hash};
use super::read;
use crate::draw::Draw;

/// What is drawn of a revision before its DaemonSet is known.
#[derive(Clone, Debug)]
pub struct RevisionDraft {
    owner: Owner,
    at_home: bool,
    /// The value of its label `app`.
    app: &'static str,
    /// Under the name that the set would give its next one.
    taken_name: bool,
    labelled: bool,
    /// The set's template, or else that many templates ago.
    old: Option<i64>,
    number: i64,
}

/// A revision.
pub fn revision(draw: &mut Draw<'_>) -> RevisionDraft {
    RevisionDraft {
        owner: Owner::draw(draw),
        old: draw.maybe(60, |draw| draw.number(0..=3)),
        number: draw.number(0..=6),
        labelled: !draw.chance(10),
        taken_name: draw.chance(10),
        at_home: !draw.chance(5),
        app: draw.weighted(&[(19, "agent"), (1, "other")]),
    }
}

impl RevisionDraft {
    /// The revision, as that of this place in a list.
    ///
    /// # Panics
    /// Never: the template of a set is JSON.
    #[must_use]
    pub fn build(&self, at: usize, set: &DaemonSet) -> ControllerRevision {
        let hash = if self.taken_name {
            own_hash(set)
        } else {
            format!("r{at}")
        };
        let data = match self.old {
            None => serde_json::from_str(&revision_data(&set.spec.template)).expect("JSON"),
            Some(0) => Value::Null,
            Some(ago) => json!({"spec": {"template": {"$patch": "replace", "ago": ago}}}),
        };
        let mut labels = json!({"app": self.app});
        if self.labelled {
            labels["controller-revision-hash"] = hash.clone().into();
        }
        let namespace = if self.at_home {
            set.metadata.namespace.as_str()
        } else {
            "elsewhere"
        };
        read(json!({
            "metadata": {
                "name": format!("{}-{hash}", set.metadata.name),
                "namespace": namespace,
                "labels": labels,
                "ownerReferences": self.owner.references(set),
            },
            "data": data,
            "revision": self.number,
        }))
    }
}
