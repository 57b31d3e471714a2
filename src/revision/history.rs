//! The revisions of a set as `kubectl rollout history` lists them, and going back to one.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::held::holding;
use crate::api::{ControllerRevision, DaemonSet, PodTemplate, TemplateError};
use crate::matching::Selector;
use crate::ownership::Claim;
use crate::template::revision_data;
use crate::well_known::CHANGE_CAUSE;

/// One line of a set's history.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct HistoryEntry {
    /// The revision's number.
    pub revision: i64,
    /// The revision's name.
    pub name: String,
    /// The hash that its pods carry.
    pub hash: String,
    /// The annotation `kubernetes.io/change-cause`, where it is set.
    pub change_cause: Option<String>,
    /// Whether it holds the set's template as it is now.
    pub current: bool,
}

/// What to go back to.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Rollback {
    /// The number of the revision.
    pub revision: i64,
    /// The template that it holds.
    pub template: PodTemplate,
}

/// Why a set cannot go back.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RollbackError {
    /// There is no revision before the newest one.
    #[error("the DaemonSet has no earlier revision")]
    NoEarlierRevision,
    /// No revision has this number.
    #[error("the DaemonSet has no revision {wanted}; it has {}", list(.known))]
    NotFound {
        /// The number asked for.
        wanted: i64,
        /// The numbers there are.
        known: Vec<i64>,
    },
    /// The set's template is that of the revision already.
    #[error("the DaemonSet's template is that of revision {revision} already")]
    AlreadyThere {
        /// Its number.
        revision: i64,
    },
    /// The revision's data holds no template.
    #[error("ControllerRevision {name}: data: expected {{\"spec\": {{\"template\": …}}}}")]
    NoTemplate {
        /// The revision's name.
        name: String,
    },
    /// The revision's template has fields of the wrong type.
    #[error("ControllerRevision {name}: {path}: {message}", path = .error.path_below("data.spec.template"), message = .error.message)]
    Template {
        /// The revision's name.
        name: String,
        /// What is wrong with it.
        error: TemplateError,
    },
}

fn list(numbers: &[i64]) -> String {
    let numbers: Vec<_> = numbers.iter().map(ToString::to_string).collect();
    if numbers.is_empty() {
        "none".to_owned()
    } else {
        numbers.join(", ")
    }
}

/// The revisions that the set controls and its selector matches, oldest first.
fn controlled<'a>(
    set: &DaemonSet,
    revisions: impl IntoIterator<Item = &'a ControllerRevision>,
) -> Vec<&'a ControllerRevision> {
    let selector = Selector::new(set.spec.selector.as_ref());
    let mut own: Vec<_> = (revisions.into_iter())
        .filter(|revision| {
            selector
                .as_ref()
                .is_ok_and(|selector| Claim::of(set, selector, &revision.metadata) == Claim::Own)
        })
        .collect();
    own.sort_by(|a, b| (a.revision, &a.metadata.name).cmp(&(b.revision, &b.metadata.name)));
    own
}

/// The set's history, oldest first.
///
/// Source: [kubectl rollout history](https://kubernetes.io/docs/reference/kubectl/generated/kubectl_rollout/kubectl_rollout_history/).
///
/// ```
/// use daemonset::api::DaemonSet;
///
/// assert!(daemonset::revision::history(&DaemonSet::default(), &[]).is_empty());
/// ```
#[must_use]
pub fn history<'r>(
    set: &DaemonSet,
    revisions: impl IntoIterator<Item = &'r ControllerRevision>,
) -> Vec<HistoryEntry> {
    let wanted = revision_data(&set.spec.template);
    let own = controlled(set, revisions);
    let held = holding(set, &wanted, &own);
    (own.into_iter().zip(held))
        .map(|(revision, current)| HistoryEntry {
            revision: revision.revision,
            name: revision.metadata.name.clone(),
            hash: revision.hash().to_owned(),
            change_cause: (revision.metadata.annotations)
                .get(CHANGE_CAUSE)
                .map(str::to_owned),
            current,
        })
        .collect()
}

/// What to go back to: the revision of this number, or the one before the newest.
///
/// Source: [kubectl rollout undo](https://kubernetes.io/docs/reference/kubectl/generated/kubectl_rollout/kubectl_rollout_undo/).
///
/// # Errors
/// No such revision, no earlier one, one that the set is at already, or one whose data holds no
/// template.
///
/// ```
/// use daemonset::api::{ControllerRevision, DaemonSet};
/// use daemonset::revision::roll_back;
/// use serde_json::json;
///
/// let agent: DaemonSet = serde_json::from_value(json!({
///     "metadata": {"name": "agent", "uid": "7c1e"},
///     "spec": {"selector": {"matchLabels": {"app": "agent"}}},
/// }))?;
/// let first: ControllerRevision = serde_json::from_value(json!({
///     "metadata": {
///         "name": "agent-1",
///         "labels": {"app": "agent"},
///         "ownerReferences": [{"uid": "7c1e", "controller": true}],
///     },
///     "revision": 1,
///     "data": {"spec": {"template": {"$patch": "replace", "spec": {"hostNetwork": true}}}},
/// }))?;
/// let back = roll_back(&agent, &[first], Some(1))?;
/// assert_eq!(back.revision, 1);
/// assert!(back.template.spec().host_network);
///
/// let error = roll_back(&agent, &[], Some(3)).unwrap_err();
/// assert_eq!(error.to_string(), "the DaemonSet has no revision 3; it has none");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn roll_back<'r>(
    set: &DaemonSet,
    revisions: impl IntoIterator<Item = &'r ControllerRevision>,
    to_revision: Option<i64>,
) -> Result<Rollback, RollbackError> {
    let own = controlled(set, revisions);
    let held = holding(set, &revision_data(&set.spec.template), &own);
    let mut own_held = own.iter().zip(held);
    let (target, is_held) = match to_revision {
        Some(wanted) => own_held
            .find(|(revision, _)| revision.revision == wanted)
            .ok_or_else(|| RollbackError::NotFound {
                wanted,
                known: own.iter().map(|revision| revision.revision).collect(),
            })?,
        None => (own.len().checked_sub(2))
            .and_then(|at| own_held.nth(at))
            .ok_or(RollbackError::NoEarlierRevision)?,
    };
    let template = template_of(target)?;
    if is_held {
        return Err(RollbackError::AlreadyThere {
            revision: target.revision,
        });
    }
    Ok(Rollback {
        revision: target.revision,
        template,
    })
}

/// The template that a revision holds.
///
/// # Errors
/// Data without a template, or with fields of the wrong type.
///
/// ```
/// use daemonset::api::ControllerRevision;
///
/// let revision = ControllerRevision {
///     data: serde_json::json!({"spec": {"template": {"$patch": "replace", "spec": {}}}}),
///     ..ControllerRevision::default()
/// };
/// let template = daemonset::revision::template_of(&revision)?;
/// assert!(template.as_json().get("$patch").is_none());
/// # Ok::<(), daemonset::revision::RollbackError>(())
/// ```
pub fn template_of(revision: &ControllerRevision) -> Result<PodTemplate, RollbackError> {
    let name = &revision.metadata.name;
    let Some(Value::Object(template)) = revision.data.pointer("/spec/template") else {
        return Err(RollbackError::NoTemplate { name: name.clone() });
    };
    let mut template = template.clone();
    template.retain(|field, _| field != "$patch");
    PodTemplate::try_from(template).map_err(|error| RollbackError::Template {
        name: name.clone(),
        error,
    })
}
