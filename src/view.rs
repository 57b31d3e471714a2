//! What the planner reads of a node and of a pod, whatever type holds it.
//!
//! The crate's own [`Node`] and [`Pod`] implement the views, and so do references to a view,
//! [`Box`]es and [`Arc`]s of one. Implement them for the types that you keep, and nothing is
//! converted or copied:
//!
//! ```
//! use daemonset::view::{NodeView, TaintView};
//!
//! /// A node as an inventory database has it.
//! struct Machine {
//!     host: String,
//!     rack: String,
//! }
//!
//! impl NodeView for Machine {
//!     fn name(&self) -> &str {
//!         &self.host
//!     }
//!     fn labels(&self) -> impl Iterator<Item = (&str, &str)> {
//!         [("rack", self.rack.as_str())].into_iter()
//!     }
//!     fn taints(&self) -> impl Iterator<Item = TaintView<'_>> {
//!         std::iter::empty()
//!     }
//! }
//!
//! let machine = Machine { host: "m1".into(), rack: "r7".into() };
//! assert_eq!(machine.label("rack"), Some("r7"));
//! ```

use std::fmt;
use std::sync::Arc;

use crate::api::{
    ConditionStatus, ConditionType, Node, Pod, PodCondition, PodPhase, Taint, Timestamp,
};
use crate::well_known::METADATA_NAME;

/// What is read of a node.
pub trait NodeView {
    /// `metadata.name`.
    fn name(&self) -> &str;

    /// `metadata.labels`, each key once, in any order.
    fn labels(&self) -> impl Iterator<Item = (&str, &str)>;

    /// `spec.taints`.
    fn taints(&self) -> impl Iterator<Item = TaintView<'_>>;

    /// The value of one label; `None` where the node does not have it. Worth implementing where
    /// a look-up is faster than going through all labels.
    fn label(&self, key: &str) -> Option<&str> {
        let mut labels = self.labels();
        labels
            .find(|(name, _)| *name == key)
            .map(|(_, value)| value)
    }

    /// The newest moment that the object tells of, deletions aside. It serves as the present
    /// where no present is given.
    fn newest_time(&self) -> Option<Timestamp> {
        None
    }

    /// `metadata.resourceVersion` as a number: of two versions of one object the higher is the
    /// newer one. `None` where it is not known. Whoever keeps objects passes over a version that
    /// is older than the one they have, such as a watch that begins anew may show.
    ///
    /// Source: [resource versions](https://kubernetes.io/docs/reference/using-api/api-concepts/#resource-versions).
    fn resource_version(&self) -> Option<u64> {
        None
    }
}

/// What is read of a pod.
pub trait PodView {
    /// `metadata.namespace`.
    fn namespace(&self) -> &str;

    /// `metadata.name`.
    fn name(&self) -> &str;

    /// `metadata.uid`; empty where it is not known.
    fn uid(&self) -> &str;

    /// `metadata.labels`, each key once, in any order.
    fn labels(&self) -> impl Iterator<Item = (&str, &str)>;

    /// The UID in the owner reference with `controller: true`, if there is one.
    fn controller(&self) -> Option<&str>;

    /// `spec.nodeName`; `None` while the pod is not bound to a node.
    fn node_name(&self) -> Option<&str>;

    /// The node that a pod which is not bound is aimed at: what [`aimed_at`] finds in its required
    /// node affinity.
    fn aimed_at(&self) -> Option<&str>;

    /// Whether `metadata.deletionTimestamp` is set.
    fn is_terminating(&self) -> bool;

    /// `status.phase`.
    fn phase(&self) -> PodPhase;

    /// `metadata.creationTimestamp`.
    fn created(&self) -> Option<Timestamp>;

    /// What the condition `Ready` in `status.conditions` says.
    fn ready(&self) -> Ready;

    /// The value of one label; `None` where the pod does not have it. Worth implementing where a
    /// look-up is faster than going through all labels.
    fn label(&self, key: &str) -> Option<&str> {
        let mut labels = self.labels();
        labels
            .find(|(name, _)| *name == key)
            .map(|(_, value)| value)
    }

    /// The newest moment that the object tells of, deletions aside. It serves as the present
    /// where no present is given.
    fn newest_time(&self) -> Option<Timestamp> {
        let since = match self.ready() {
            Ready::Since(since) => Some(since),
            Ready::No | Ready::Undated => None,
        };
        self.created().max(since)
    }

    /// `metadata.resourceVersion` as a number: of two versions of one object the higher is the
    /// newer one. `None` where it is not known. Whoever keeps objects passes over a version that
    /// is older than the one they have, such as a watch that begins anew may show.
    ///
    /// Source: [resource versions](https://kubernetes.io/docs/reference/using-api/api-concepts/#resource-versions).
    fn resource_version(&self) -> Option<u64> {
        None
    }

    /// The node that the pod belongs to: the one that it is bound to, or else the one that it is
    /// aimed at. `None` for a pod that belongs to no node and is left alone.
    fn target_node(&self) -> Option<&str> {
        self.node_name().or_else(|| self.aimed_at())
    }

    /// Whether all its containers have ended: phase `Failed` or `Succeeded`.
    fn is_terminal(&self) -> bool {
        matches!(self.phase(), PodPhase::Failed | PodPhase::Succeeded)
    }
}

/// A taint, by reference.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TaintView<'a> {
    /// The taint's key.
    pub key: &'a str,
    /// The taint's value; often empty.
    pub value: &'a str,
    /// `NoSchedule`, `PreferNoSchedule` or `NoExecute`.
    pub effect: &'a str,
}

impl<'a> From<&'a Taint> for TaintView<'a> {
    fn from(taint: &'a Taint) -> Self {
        Self {
            key: &taint.key,
            value: &taint.value,
            effect: &taint.effect,
        }
    }
}

impl From<TaintView<'_>> for Taint {
    fn from(taint: TaintView<'_>) -> Self {
        Self {
            key: taint.key.to_owned(),
            value: taint.value.to_owned(),
            effect: taint.effect.to_owned(),
            time_added: None,
        }
    }
}

/// Prints as kubectl does: `key=value:Effect`, or `key:Effect` without a value.
impl fmt::Display for TaintView<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.value {
            "" => write!(f, "{}:{}", self.key, self.effect),
            value => write!(f, "{}={value}:{}", self.key, self.effect),
        }
    }
}

/// What a pod's condition `Ready` says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Ready {
    /// The condition is missing or not `True`.
    No,
    /// It is `True`, and does not say since when.
    Undated,
    /// It is `True` since this moment.
    Since(Timestamp),
}

impl Ready {
    /// What these conditions of a pod say.
    ///
    /// ```
    /// use daemonset::view::Ready;
    ///
    /// assert_eq!(Ready::of(&[]), Ready::No);
    /// ```
    #[inline]
    #[must_use]
    pub fn of(conditions: &[PodCondition]) -> Self {
        let mut conditions = conditions.iter();
        match conditions.find(|condition| condition.type_ == ConditionType::Ready) {
            Some(condition) if condition.status == ConditionStatus::True => {
                (condition.last_transition_time).map_or(Self::Undated, Self::Since)
            }
            _ => Self::No,
        }
    }

    /// Whether the condition is `True`.
    #[must_use]
    pub fn is_ready(self) -> bool {
        self != Self::No
    }
}

/// The node that required node affinity aims a pod at by `metadata.name`: the one that the first
/// `matchFields` requirement `metadata.name In [x]` names, whatever term it stands in.
///
/// `None` where there is no such requirement, or where the first one does not name exactly one
/// node. The requirements are given as key, operator and values, in the order of the terms.
///
/// Source: how the DaemonSet controller [schedules its
/// pods](https://kubernetes.io/docs/concepts/workloads/controllers/daemonset/#how-daemon-pods-are-scheduled).
///
/// ```
/// use daemonset::view::aimed_at;
///
/// let one = ["node-a".to_owned()];
/// assert_eq!(aimed_at([("metadata.name", "In", one.as_slice())]), Some("node-a"));
/// assert_eq!(aimed_at([("metadata.name", "In", [].as_slice())]), None);
/// ```
pub fn aimed_at<'a>(
    match_fields: impl IntoIterator<Item = (&'a str, &'a str, &'a [String])>,
) -> Option<&'a str> {
    let mut fields = match_fields.into_iter();
    let (_, _, values) =
        fields.find(|(key, operator, _)| *key == METADATA_NAME && *operator == "In")?;
    match values {
        [node] => Some(node),
        _ => None,
    }
}

impl NodeView for Node {
    #[inline]
    fn name(&self) -> &str {
        &self.metadata.name
    }

    fn labels(&self) -> impl Iterator<Item = (&str, &str)> {
        self.metadata.labels.iter()
    }

    #[inline]
    fn taints(&self) -> impl Iterator<Item = TaintView<'_>> {
        self.spec.taints.iter().map(TaintView::from)
    }

    #[inline]
    fn label(&self, key: &str) -> Option<&str> {
        self.metadata.labels.get(key)
    }

    fn newest_time(&self) -> Option<Timestamp> {
        let conditions = self.status.conditions.iter();
        let reported = conditions.flat_map(|c| [c.last_heartbeat_time, c.last_transition_time]);
        let added = self.spec.taints.iter().map(|taint| taint.time_added);
        let times = reported.chain(added);
        times.fold(self.metadata.creation_timestamp, Option::max)
    }
}

impl PodView for Pod {
    #[inline]
    fn namespace(&self) -> &str {
        &self.metadata.namespace
    }

    #[inline]
    fn name(&self) -> &str {
        &self.metadata.name
    }

    #[inline]
    fn uid(&self) -> &str {
        &self.metadata.uid
    }

    fn labels(&self) -> impl Iterator<Item = (&str, &str)> {
        self.metadata.labels.iter()
    }

    #[inline]
    fn controller(&self) -> Option<&str> {
        self.metadata.controller().map(|owner| owner.uid.as_str())
    }

    #[inline]
    fn node_name(&self) -> Option<&str> {
        let name = self.spec.node_name.as_str();
        (!name.is_empty()).then_some(name)
    }

    fn aimed_at(&self) -> Option<&str> {
        let required = self.spec.affinity.as_ref()?.required()?;
        let fields = required.node_selector_terms.iter();
        aimed_at(fields.flat_map(|term| &term.match_fields).map(|field| {
            let values = field.values.as_slice();
            (field.key.as_str(), field.operator.as_str(), values)
        }))
    }

    #[inline]
    fn is_terminating(&self) -> bool {
        self.metadata.is_terminating()
    }

    #[inline]
    fn phase(&self) -> PodPhase {
        self.status.phase
    }

    #[inline]
    fn created(&self) -> Option<Timestamp> {
        self.metadata.creation_timestamp
    }

    #[inline]
    fn ready(&self) -> Ready {
        Ready::of(&self.status.conditions)
    }

    #[inline]
    fn label(&self, key: &str) -> Option<&str> {
        self.metadata.labels.get(key)
    }

    fn newest_time(&self) -> Option<Timestamp> {
        let conditions = self.status.conditions.iter();
        let times = conditions.map(|condition| condition.last_transition_time);
        times.fold(self.metadata.creation_timestamp, Option::max)
    }
}

/// Views through a pointer.
macro_rules! through_pointer {
    ($($pointer:ty),*) => {$(
        impl<V: NodeView + ?Sized> NodeView for $pointer {
            fn name(&self) -> &str {
                (**self).name()
            }
            fn labels(&self) -> impl Iterator<Item = (&str, &str)> {
                (**self).labels()
            }
            fn taints(&self) -> impl Iterator<Item = TaintView<'_>> {
                (**self).taints()
            }
            fn label(&self, key: &str) -> Option<&str> {
                (**self).label(key)
            }
            fn newest_time(&self) -> Option<Timestamp> {
                (**self).newest_time()
            }
            fn resource_version(&self) -> Option<u64> {
                (**self).resource_version()
            }
        }

        impl<V: PodView + ?Sized> PodView for $pointer {
            fn namespace(&self) -> &str {
                (**self).namespace()
            }
            fn name(&self) -> &str {
                (**self).name()
            }
            fn uid(&self) -> &str {
                (**self).uid()
            }
            fn labels(&self) -> impl Iterator<Item = (&str, &str)> {
                (**self).labels()
            }
            fn controller(&self) -> Option<&str> {
                (**self).controller()
            }
            fn node_name(&self) -> Option<&str> {
                (**self).node_name()
            }
            fn aimed_at(&self) -> Option<&str> {
                (**self).aimed_at()
            }
            fn is_terminating(&self) -> bool {
                (**self).is_terminating()
            }
            fn phase(&self) -> PodPhase {
                (**self).phase()
            }
            fn created(&self) -> Option<Timestamp> {
                (**self).created()
            }
            fn ready(&self) -> Ready {
                (**self).ready()
            }
            fn label(&self, key: &str) -> Option<&str> {
                (**self).label(key)
            }
            fn newest_time(&self) -> Option<Timestamp> {
                (**self).newest_time()
            }
            fn resource_version(&self) -> Option<u64> {
                (**self).resource_version()
            }
        }
    )*};
}

through_pointer!(&V, Box<V>, Arc<V>);
