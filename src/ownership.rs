//! Owner references: which pods and revisions are the set's own, and which node a pod belongs to.

use std::fmt;

use crate::api::{DaemonSet, ObjectMeta};
use crate::ids::ids;
use crate::matching::Selector;

/// What a DaemonSet has to do with an object of its namespace.
///
/// ```
/// use daemonset::ownership::Claim;
///
/// assert_eq!(Claim::Adopt.to_string(), "has no controller, and the DaemonSet adopts it");
/// assert_eq!("adopt".parse(), Ok(Claim::Adopt));
/// ```
///
/// Source: [ControllerRef](https://kubernetes.io/docs/concepts/workloads/controllers/replicaset/#non-template-pod-acquisitions)
/// adoption rules, as the DaemonSet controller applies them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Claim {
    /// The set is its controller and the selector matches: it counts.
    Own,
    /// It has no controller and the selector matches: the set becomes its controller, and it
    /// counts in this round already.
    Adopt,
    /// The set is its controller and the selector does not match: it is let go and does not count.
    Release,
    /// It is another's, or the selector does not match.
    Ignore,
}

ids! {
    Claim {
        Own => "own",
        Adopt => "adopt",
        Release => "release",
        Ignore => "ignore",
    }
}

impl Claim {
    /// The claim on an object with this metadata.
    ///
    /// An owner reference without `controller: true` does not count; neither does an object of
    /// another namespace. One that is being deleted is not adopted.
    ///
    /// ```
    /// use daemonset::api::{DaemonSet, LabelSelector, ObjectMeta};
    /// use daemonset::ownership::Claim;
    /// use daemonset::matching::Selector;
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
        let owner = object.controller().map(|owner| owner.uid.as_str());
        let controller = Controller::of(owner, &set.metadata.uid);
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
            Controller::None if !terminating && matches() => Self::Adopt,
            Controller::None | Controller::Another => Self::Ignore,
        }
    }

    /// Whether the object counts for the set.
    #[must_use]
    pub fn counts(self) -> bool {
        matches!(self, Self::Own | Self::Adopt)
    }
}

/// Prints what follows the name of an object in a sentence.
impl fmt::Display for Claim {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Own => "belongs to the DaemonSet",
            Self::Adopt => "has no controller, and the DaemonSet adopts it",
            Self::Release => "is not selected, and the DaemonSet releases it",
            Self::Ignore => "does not belong to the DaemonSet",
        })
    }
}

/// Who controls an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Controller {
    None,
    ThisSet,
    Another,
}

impl Controller {
    /// Who it is, by the UID of an object's controller and that of the set.
    #[inline]
    pub(crate) fn of<T: PartialEq + ?Sized>(controller: Option<&T>, set: &T) -> Self {
        match controller {
            None => Self::None,
            Some(uid) if uid == set => Self::ThisSet,
            Some(_) => Self::Another,
        }
    }
}
