//! Owner references: which pods and revisions are the set's own, and which node a pod belongs to.

use crate::api::{DaemonSet, ObjectMeta, Pod};
use crate::selector::Selector;

/// What the set has to do with an object of its namespace.
///
/// Source: [ControllerRef](https://kubernetes.io/docs/concepts/workloads/controllers/replicaset/#non-template-pod-acquisitions)
/// adoption rules, as the DaemonSet controller applies them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Claim {
    /// The set is its controller and the selector matches: it counts.
    Own,
    /// It has no controller and the selector matches: the set becomes its controller, and it
    /// counts in this round already.
    Adopt,
    /// The set is its controller and the selector does not match: it is let go and does not count.
    Release,
    /// It is none of the set's business.
    Ignore,
}

impl Claim {
    /// The claim on an object with this metadata.
    ///
    /// An owner reference without `controller: true` does not count; neither does an object of
    /// another namespace. One that is being deleted is not adopted.
    ///
    /// ```
    /// use daemonset::api::{DaemonSet, LabelSelector, ObjectMeta};
    /// use daemonset::claim::Claim;
    /// use daemonset::selector::Selector;
    ///
    /// let set = DaemonSet::default();
    /// let app: LabelSelector = serde_json::from_str(r#"{"matchLabels": {"app": "agent"}}"#)?;
    /// let selector = Selector::new(Some(&app))?;
    /// let mut orphan = ObjectMeta::default();
    /// assert_eq!(Claim::of(&set, &selector, &orphan), Claim::Ignore);
    /// orphan.labels.insert("app", "agent");
    /// assert_eq!(Claim::of(&set, &selector, &orphan), Claim::Adopt);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn of(set: &DaemonSet, selector: &Selector, object: &ObjectMeta) -> Self {
        if object.namespace != set.metadata.namespace {
            return Self::Ignore;
        }
        let controller = match object.controller() {
            None => Controller::Nobody,
            Some(owner) if owner.uid == set.metadata.uid => Controller::ThisSet,
            Some(_) => Controller::Another,
        };
        Self::decide(controller, object.is_terminating(), || {
            selector.matches(&object.labels)
        })
    }

    /// The rule itself, for an object of the set's namespace.
    #[inline]
    pub(crate) fn decide(
        controller: Controller,
        terminating: bool,
        matches: impl Fn() -> bool,
    ) -> Self {
        match controller {
            Controller::ThisSet if matches() => Self::Own,
            Controller::ThisSet => Self::Release,
            Controller::Nobody if !terminating && matches() => Self::Adopt,
            Controller::Nobody | Controller::Another => Self::Ignore,
        }
    }

    /// Whether the object counts for the set.
    #[must_use]
    pub fn counts(self) -> bool {
        matches!(self, Self::Own | Self::Adopt)
    }
}

/// Who controls an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Controller {
    Nobody,
    ThisSet,
    Another,
}

/// The node a pod belongs to: the one it is bound to, or else the one that its required node
/// affinity aims it at by `metadata.name`.
///
/// `None` for an unscheduled pod without such a requirement, or whose first one does not name
/// exactly one node: it belongs nowhere and is left alone.
///
/// ```
/// use daemonset::api::Pod;
///
/// let mut pod = Pod::default();
/// assert_eq!(daemonset::claim::target_node(&pod), None);
/// pod.spec.node_name = "node-a".into();
/// assert_eq!(daemonset::claim::target_node(&pod), Some("node-a"));
/// ```
#[must_use]
pub fn target_node(pod: &Pod) -> Option<&str> {
    if !pod.spec.node_name.is_empty() {
        return Some(&pod.spec.node_name);
    }
    let required = pod.spec.affinity.as_ref()?.required()?;
    let mut fields = required
        .node_selector_terms
        .iter()
        .flat_map(|term| &term.match_fields);
    let named = fields.find(|field| field.key == "metadata.name" && field.operator == "In")?;
    match named.values.as_slice() {
        [node] => Some(node),
        _ => None,
    }
}
