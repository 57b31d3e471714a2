//! Edits made on a copy, of which only what changes is copied.

use std::collections::{BTreeMap, BTreeSet};

use daemonset::Cluster;
use daemonset::api::{
    ConditionStatus, ConditionType, ControllerRevision, DaemonSet, Labels, Node, Pod, PodCondition,
    PodPhase, PodTemplate, Taint, TemplateError, Timestamp,
};
use daemonset::revision::{RollbackError, roll_back};
use daemonset::view::{PodView, TaintView};
use serde_json::{Map, Value, json};

use super::Edit;
use crate::health::comes_with_a_condition;
use crate::version;

/// Why an edit cannot be made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EditError {
    /// There is no such node.
    #[error("there is no node {0:?}")]
    NoNode(String),
    /// There is no such pod.
    #[error("there is no pod {0:?}")]
    NoPod(String),
    /// The affinity has no such requirement on that label.
    #[error("nodeSelectorTerms[{term}].matchExpressions[{requirement}] does not read label {key}")]
    NoRequirement {
        /// The term's place.
        term: usize,
        /// The requirement's place in the term.
        requirement: usize,
        /// The label.
        key: String,
    },
    /// The template would have fields of the wrong type.
    #[error(transparent)]
    Template(#[from] TemplateError),
    /// The DaemonSet cannot go back there.
    #[error(transparent)]
    RollBack(#[from] RollbackError),
}

/// A DaemonSet and its cluster with edits made. What is not edited is borrowed from the original.
///
/// [`Explainer::edited`](crate::Explainer::edited) makes it.
#[derive(Clone, Debug)]
pub struct Edited<'a> {
    original: &'a Cluster<'a>,
    set: DaemonSet,
    changes: Changes<'a>,
    now: Timestamp,
}

/// One step of an attempt.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Step {
    /// Something that can be done.
    Edit(Edit),
    /// Something that is assumed: the node becomes Ready.
    Repair { node: String },
}

/// What edits change: the original, and what is there in its place, if anything.
#[derive(Clone, Debug, Default)]
pub(crate) struct Changes<'a> {
    pub nodes: BTreeMap<&'a str, (&'a Node, Option<Node>)>,
    pub pods: BTreeMap<(&'a str, &'a str), (&'a Pod, Option<Pod>)>,
}

/// The objects that steps name.
#[derive(Debug, Default)]
pub(crate) struct Named<'a> {
    pub nodes: BTreeMap<&'a str, &'a Node>,
    /// The pods bound to these nodes.
    pub pods_on: BTreeMap<&'a str, Vec<&'a Pod>>,
    /// The pods of the DaemonSet's namespace that are named themselves.
    pub pods: BTreeMap<&'a str, &'a Pod>,
}

impl<'a> Edited<'a> {
    pub(crate) fn new(
        set: &DaemonSet,
        original: &'a Cluster<'a>,
        now: Timestamp,
        steps: &[Step],
    ) -> Result<Self, EditError> {
        let named = Named::in_cluster(&set.metadata.namespace, original, steps);
        let changes = Changes::new(&named, steps)?;
        Ok(Self {
            set: edited_set(
                set,
                &original.revisions_about(set).unwrap_or_default(),
                steps,
            )?,
            original,
            changes,
            now,
        })
    }

    /// The DaemonSet as the API server stores it once it is edited.
    #[must_use]
    pub fn daemon_set(&self) -> &DaemonSet {
        &self.set
    }

    /// The cluster after the edits, at the same moment.
    #[must_use]
    pub fn cluster(&self) -> Cluster<'_> {
        fn kept<'s, T>(change: Option<&'s (&T, Option<T>)>, original: &'s T) -> Option<&'s T> {
            match change {
                None => Some(original),
                Some((_, after)) => after.as_ref(),
            }
        }
        let Changes { nodes, pods } = &self.changes;
        let nodes = (self.original.nodes().iter())
            .filter_map(|node| kept(nodes.get(node.metadata.name.as_str()), node));
        let pods = (self.original.pods().iter())
            .filter_map(|pod| kept(pods.get(&(pod.namespace(), pod.name())), pod));
        let cluster = Cluster::new(nodes, pods).with_now(self.now);
        match self.original.revisions() {
            Some(revisions) => cluster.with_revisions(revisions.iter().copied()),
            None => cluster,
        }
    }
}

impl Step {
    /// The node whose pods go or get ready too.
    fn whole_node(&self) -> Option<&str> {
        match self {
            Self::Repair { node } | Self::Edit(Edit::DeleteNode { node }) => Some(node),
            Self::Edit(_) => None,
        }
    }

    /// The node that it changes.
    pub fn node(&self) -> Option<&str> {
        match self {
            Self::Repair { node }
            | Self::Edit(
                Edit::DeleteNode { node }
                | Edit::SetNodeLabel { node, .. }
                | Edit::RemoveNodeLabel { node, .. }
                | Edit::RemoveTaint { node, .. },
            ) => Some(node),
            Self::Edit(_) => None,
        }
    }

    /// The pod that it removes, and its node.
    pub fn pod(&self) -> Option<(&str, &str)> {
        match self {
            Self::Edit(
                Edit::DeletePod { pod, node }
                | Edit::ForceDeletePod { pod, node }
                | Edit::RemoveFinalizers { pod, node, .. },
            ) => Some((pod, node)),
            Self::Edit(_) | Self::Repair { .. } => None,
        }
    }
}

impl<'a> Named<'a> {
    fn in_cluster(namespace: &str, cluster: &'a Cluster<'a>, steps: &[Step]) -> Self {
        let mut named = Self::default();
        for name in steps.iter().filter_map(Step::node) {
            if let Some(node) = cluster.node(name) {
                named.nodes.insert(&node.metadata.name, node);
            }
        }
        let whole: BTreeSet<_> = steps.iter().filter_map(Step::whole_node).collect();
        let pods: BTreeSet<_> = steps.iter().filter_map(Step::pod).map(|(p, _)| p).collect();
        if whole.is_empty() && pods.is_empty() {
            return named;
        }
        for &pod in cluster.pods() {
            if let Some(node) = pod.node_name().filter(|node| whole.contains(node)) {
                named.pods_on.entry(node).or_default().push(pod);
            }
            if pod.namespace() == namespace && pods.contains(pod.name()) {
                named.pods.insert(pod.name(), pod);
            }
        }
        named
    }
}

/// What becomes of one node.
#[derive(Default)]
struct NodeEdits<'s> {
    labels: BTreeMap<&'s str, Option<&'s str>>,
    taints: BTreeSet<TaintView<'s>>,
    is_repaired: bool,
    is_deleted: bool,
}

impl<'a> Changes<'a> {
    /// Makes the steps that concern nodes and pods.
    pub fn new(named: &Named<'a>, steps: &[Step]) -> Result<Self, EditError> {
        let mut nodes: BTreeMap<&str, NodeEdits<'_>> = BTreeMap::new();
        for step in steps {
            let Some(name) = step.node() else { continue };
            let edits = nodes.entry(name).or_default();
            match step {
                Step::Repair { .. } => edits.is_repaired = true,
                Step::Edit(Edit::DeleteNode { .. }) => edits.is_deleted = true,
                Step::Edit(Edit::SetNodeLabel { key, value, .. }) => {
                    edits.labels.insert(key, Some(value));
                }
                Step::Edit(Edit::RemoveNodeLabel { key, .. }) => {
                    edits.labels.insert(key, None);
                }
                Step::Edit(Edit::RemoveTaint { taint, .. }) => {
                    edits.taints.insert(taint.into());
                }
                Step::Edit(_) => {}
            }
        }
        let mut changes = Self::default();
        for (name, edits) in nodes {
            let node = *(named.nodes.get(name)).ok_or_else(|| EditError::NoNode(name.into()))?;
            let after = (!edits.is_deleted).then(|| edits.made(node));
            changes.nodes.insert(&node.metadata.name, (node, after));
            if !edits.is_deleted && !edits.is_repaired {
                continue;
            }
            for &pod in named.pods_on.get(name).into_iter().flatten() {
                let after = if edits.is_deleted {
                    None
                } else {
                    repaired_pod(pod)
                };
                let key = (pod.namespace(), pod.name());
                changes.pods.insert(key, (pod, after));
            }
        }
        for (name, _) in steps.iter().filter_map(Step::pod) {
            let pod = *(named.pods.get(name)).ok_or_else(|| EditError::NoPod(name.into()))?;
            let key = (pod.namespace(), pod.name());
            changes.pods.insert(key, (pod, None));
        }
        Ok(changes)
    }
}

impl NodeEdits<'_> {
    fn made(&self, node: &Node) -> Node {
        let mut node = node.clone();
        if !self.labels.is_empty() {
            let labels = &node.metadata.labels;
            let kept = labels
                .iter()
                .filter(|(key, _)| !self.labels.contains_key(key));
            let set = self
                .labels
                .iter()
                .filter_map(|(key, value)| Some((*key, (*value)?)));
            node.metadata.labels = kept.chain(set).collect::<Labels>();
        }
        let is_removed = |taint: &Taint| {
            self.taints.contains(&TaintView::from(taint))
                || self.is_repaired && comes_with_a_condition(&taint.key)
        };
        node.spec.taints.retain(|taint| !is_removed(taint));
        if self.is_repaired {
            node.metadata.deletion_timestamp = None;
            for condition in &mut node.status.conditions {
                match condition.type_ {
                    ConditionType::Ready => condition.status = ConditionStatus::True,
                    ConditionType::DiskPressure
                    | ConditionType::MemoryPressure
                    | ConditionType::PidPressure
                    | ConditionType::NetworkUnavailable => {
                        condition.status = ConditionStatus::False;
                    }
                    _ => {}
                }
            }
        }
        node
    }
}

/// What becomes of a pod on a node that becomes Ready. It is ready, and for long already: what is
/// asked is whether the repair would help in the end. A terminating one goes, unless a finalizer
/// keeps it.
fn repaired_pod(pod: &Pod) -> Option<Pod> {
    if pod.is_terminating() {
        let is_kept = !pod.metadata.finalizers.is_empty();
        return is_kept.then(|| pod.clone());
    }
    let mut pod = pod.clone();
    pod.status.phase = PodPhase::Running;
    pod.status.reason = String::new();
    pod.status.conditions = vec![PodCondition {
        type_: ConditionType::Ready,
        status: ConditionStatus::True,
        last_transition_time: Some(Timestamp::from_unix_seconds(0)),
        ..PodCondition::default()
    }];
    Some(pod)
}

/// The set with the edits that concern it made, as the API server stores it.
pub(crate) fn edited_set(
    set: &DaemonSet,
    revisions: &[&ControllerRevision],
    steps: &[Step],
) -> Result<DaemonSet, EditError> {
    let edits = steps.iter().filter_map(|step| match step {
        Step::Edit(edit) if edit.changes_set() => Some(edit),
        _ => None,
    });
    let mut new = None;
    let mut template: Option<Map<String, Value>> = None;
    for edit in edits {
        let new = new.get_or_insert_with(|| set.clone());
        let template = template.get_or_insert_with(|| set.spec.template.as_json().clone());
        let strategy = &mut new.spec.update_strategy;
        match edit {
            Edit::SetMaxUnavailable { value } => {
                let written = strategy.rolling_update.get_or_insert_default();
                written.max_unavailable = Some(value.clone());
            }
            Edit::SetMaxSurge { value } => {
                let written = strategy.rolling_update.get_or_insert_default();
                written.max_surge = Some(value.clone());
            }
            Edit::Restart => {
                let at = set.metadata.generation;
                set_annotation(
                    template,
                    "kubectl.kubernetes.io/restartedAt",
                    &at.to_string(),
                );
            }
            Edit::RollBack { revision } => {
                let revisions = revisions.iter().copied();
                let earlier = roll_back(set, revisions, Some(*revision))?;
                earlier.template.as_json().clone_into(template);
            }
            edit => edit_template(template, edit)?,
        }
    }
    let Some(mut new) = new else {
        return Ok(set.clone());
    };
    if let Some(template) = template {
        new.spec.template = PodTemplate::try_from(template)?;
    }
    Ok(version::update(set, &new))
}

fn edit_template(template: &mut Map<String, Value>, edit: &Edit) -> Result<(), EditError> {
    match edit {
        Edit::AddToleration { toleration } => {
            let spec = template.entry("spec").or_insert(Value::Null);
            if !spec.is_object() {
                *spec = json!({});
            }
            let tolerations = &mut spec["tolerations"];
            match tolerations {
                Value::Array(tolerations) => tolerations.push(json!(toleration)),
                other => *other = json!([toleration]),
            }
        }
        Edit::AddAffinityValue {
            term,
            requirement,
            key,
            value,
        } => values_of(template, (*term, *requirement), key)?.push(value.clone().into()),
        Edit::RemoveAffinityValue {
            term,
            requirement,
            key,
            value,
        } => values_of(template, (*term, *requirement), key)?
            .retain(|other| other.as_str() != Some(value)),
        Edit::ReplaceAffinityValues {
            term,
            requirement,
            key,
            values,
        } => {
            let written = values_of(template, (*term, *requirement), key)?;
            let mut kept: Vec<Value> = Vec::new();
            for value in std::mem::take(written) {
                let meant = value.as_str().and_then(|it| values.get(it));
                let value = meant.map_or(value.clone(), |meant| meant.clone().into());
                if !kept.contains(&value) {
                    kept.push(value);
                }
            }
            *written = kept;
        }
        Edit::SetNodeSelector { key, value } => {
            let selector = object_in(template, &["spec", "nodeSelector"]);
            selector.insert(key.clone(), value.clone().into());
        }
        Edit::RenameNodeSelector { from, key, value } => {
            let selector = object_in(template, &["spec", "nodeSelector"]);
            selector.remove(from);
            selector.insert(key.clone(), value.clone().into());
        }
        Edit::RenameAffinityKey {
            term,
            requirement,
            from,
            key,
        } => {
            requirement_of(template, (*term, *requirement), from)?["key"] = key.clone().into();
        }
        Edit::ExcludeNodes { key, value } => exclude_nodes(template, key, value),
        _ => {}
    }
    Ok(())
}

fn values_of<'t>(
    template: &'t mut Map<String, Value>,
    at: (usize, usize),
    key: &str,
) -> Result<&'t mut Vec<Value>, EditError> {
    let found = requirement_of(template, at, key)?;
    let values = found.get_mut("values").and_then(Value::as_array_mut);
    values.ok_or_else(|| no_requirement(at, key))
}

fn no_requirement((term, requirement): (usize, usize), key: &str) -> EditError {
    EditError::NoRequirement {
        term,
        requirement,
        key: key.to_owned(),
    }
}

/// The requirement at this place, which reads this label.
fn requirement_of<'t>(
    template: &'t mut Map<String, Value>,
    (term, requirement): (usize, usize),
    key: &str,
) -> Result<&'t mut Value, EditError> {
    let path = format!(
        "/affinity/nodeAffinity/requiredDuringSchedulingIgnoredDuringExecution\
         /nodeSelectorTerms/{term}/matchExpressions/{requirement}"
    );
    let found = template
        .get_mut("spec")
        .and_then(|spec| spec.pointer_mut(&path))
        .filter(|found| found["key"] == key);
    found.ok_or_else(|| no_requirement((term, requirement), key))
}

/// The object at this path, made where it is not there.
fn object_in<'t>(
    template: &'t mut Map<String, Value>,
    path: &[&str],
) -> &'t mut Map<String, Value> {
    let mut at = template;
    for step in path {
        let next = at.entry(*step).or_insert(Value::Null);
        if !next.is_object() {
            *next = json!({});
        }
        let Value::Object(next) = next else {
            unreachable!("it was just made one");
        };
        at = next;
    }
    at
}

fn set_annotation(template: &mut Map<String, Value>, key: &str, value: &str) {
    let annotations = object_in(template, &["metadata", "annotations"]);
    annotations.insert(key.to_owned(), value.into());
}

/// Adds the requirement to every term; terms are alternatives, so that one without it would still
/// match.
fn exclude_nodes(template: &mut Map<String, Value>, key: &str, value: &str) {
    let requirement = json!({"key": key, "operator": "NotIn", "values": [value]});
    let path = [
        "spec",
        "affinity",
        "nodeAffinity",
        "requiredDuringSchedulingIgnoredDuringExecution",
    ];
    let affinity = object_in(template, &path);
    let terms = affinity.entry("nodeSelectorTerms").or_insert(Value::Null);
    match terms {
        Value::Array(terms) if !terms.is_empty() => {
            for term in terms {
                match &mut term["matchExpressions"] {
                    Value::Array(expressions) => expressions.push(requirement.clone()),
                    other => *other = json!([requirement]),
                }
            }
        }
        other => *other = json!([{"matchExpressions": [requirement]}]),
    }
}
