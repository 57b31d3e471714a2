//! Values into the API's types, or why they do not fit.

use daemonset::api::{
    ConditionStatus, ConditionType, ControllerRevision, DaemonSet, Node, ObjectMeta, Pod,
    PodCondition, Timestamp,
};
use daemonset::template::table;
use serde::de::DeserializeOwned;

use super::kinds::Kind;
use super::mistyped::Mistyped;
use super::typed::{Value as Typed, Without, text_in, typed};
use super::{Inventory, NamespaceOrigin};
use crate::check::{self, DEFAULT_NAMESPACE, FieldValidation};
use crate::diagnostic::{Diagnostic, Place};
use crate::source::{Fault, Fields, Spanned, Unread, codes};
use crate::stored::typed_set;
use crate::written::Written;

/// What is read with types alone, and where it is kept.
pub(super) trait Object: DeserializeOwned + PartialEq {
    fn metadata(&self) -> &ObjectMeta;
    fn metadata_mut(&mut self) -> &mut ObjectMeta;
    fn list(inventory: &mut Inventory) -> &mut Vec<Self>;

    /// What of an object is not read.
    fn unread<'de>(_: impl Typed<'de>) -> Unread {
        Unread::NOTHING
    }
}

macro_rules! object {
    ($type:ty, $list:ident $(, $more:item)*) => {
        impl Object for $type {
            fn metadata(&self) -> &ObjectMeta {
                &self.metadata
            }

            fn metadata_mut(&mut self) -> &mut ObjectMeta {
                &mut self.metadata
            }

            fn list(inventory: &mut Inventory) -> &mut Vec<Self> {
                &mut inventory.$list
            }

            $($more)*
        }
    };
}

object!(ControllerRevision, revisions);
object!(Node, nodes);
object!(
    Pod,
    pods,
    fn unread<'de>(pod: impl Typed<'de>) -> Unread {
        let node = text_in(pod, ["spec", "nodeName"]).unwrap_or_default();
        if node.is_empty() {
            Unread::NOTHING
        } else {
            UNREAD_ONCE_BOUND
        }
    }
);

/// It tells where a pod is aimed at that is not bound yet.
const UNREAD_ONCE_BOUND: Unread = Unread::Of(&Fields::new(&[(
    "spec",
    Unread::Of(&Fields::new(&[("affinity", Unread::All)])),
)]));

/// Reads a value as an object with types.
pub(super) fn typed_object<'de, T: Object>(value: impl Typed<'de>) -> Result<T, Mistyped> {
    typed(Without(value, T::unread(value)))
}

/// Lets go of the conditions that say how a bound pod that is ready came to be so: no more than `Ready`
/// tells, and no later time. That of the scheduler goes whatever its time, by another clock than the
/// kubelet's, which is returned where the pod tells no later one by that clock.
pub(super) fn let_go_of_steps(pod: &mut Pod) -> Option<Timestamp> {
    let is_bare = |condition: &PodCondition| {
        condition.status == ConditionStatus::True
            && condition.reason.is_empty()
            && condition.message.is_empty()
    };
    let ready = pod.condition(&ConditionType::Ready);
    let ready = ready.filter(|ready| is_bare(ready) && !pod.spec.node_name.is_empty())?;
    let ready = ready.last_transition_time;
    let mut scheduled = None;
    pod.status.conditions.retain(|condition| {
        let time = condition.last_transition_time;
        let is_step = match condition.type_ {
            ConditionType::ContainersReady
            | ConditionType::Initialized
            | ConditionType::PodReadyToStartContainers => time <= ready,
            ConditionType::PodScheduled => true,
            _ => false,
        };
        let goes = is_step && is_bare(condition);
        if goes && condition.type_ == ConditionType::PodScheduled {
            scheduled = scheduled.max(time);
        }
        !goes
    });
    pod.status.conditions.shrink_to_fit();
    scheduled.filter(|_| scheduled > pod.metadata.creation_timestamp)
}

/// An object with types, a name and, where it is in one, a namespace.
pub(super) fn read_object<T: Object>(
    kind: Kind,
    value: &Spanned,
    place: &Place,
) -> Result<T, Vec<Diagnostic>> {
    let mut read: T =
        typed_object(value).map_err(|error| why_mistyped(kind, value, place, &error))?;
    let metadata = read.metadata_mut();
    if metadata.name.is_empty() {
        return Err(vec![no_name(value, place)]);
    }
    if kind.is_namespaced() {
        set_namespace(metadata);
    }
    Ok(read)
}

/// What an object says besides.
pub(super) fn read_evidence<T: DeserializeOwned>(
    kind: Kind,
    value: &Spanned,
    place: &Place,
) -> Result<T, Vec<Diagnostic>> {
    typed(value).map_err(|error| why_mistyped(kind, value, place, &error))
}

/// A DaemonSet with the API server's defaults, or why it would not decode it.
pub(super) fn read_daemon_set(written: &Written) -> Result<DaemonSet, Vec<Diagnostic>> {
    let metadata = written.root().get("metadata");
    let has = |field: &str| {
        let text = metadata.and_then(|metadata| metadata.get(field)?.as_str());
        text.is_some_and(|text| !text.is_empty())
    };
    let has_name = has("name") || has("generateName");
    match typed_set(written.to_json()) {
        Ok(_) if !has_name => Err(vec![no_name(written.root(), written.place())]),
        Ok(set) => Ok(set),
        Err(faults) => Err(faults.into_iter().map(|it| written.locate(it)).collect()),
    }
}

/// Why an object could not be read: every value of the wrong type, as far as the field table knows
/// the fields that are read.
fn why_mistyped(
    kind: Kind,
    value: &Spanned,
    place: &Place,
    otherwise: &Mistyped,
) -> Vec<Diagnostic> {
    let type_ = table::type_named(kind.name());
    let faults = type_.map(|it| check::decode(it, &value.to_value(), FieldValidation::Ignore));
    let faults = faults.unwrap_or_default();
    if faults.is_empty() {
        let fault = otherwise.fault(value);
        let line = value.nearest(&fault.path).line;
        return vec![fault.on_line(line).at(place.clone())];
    }
    let located = faults.into_iter().map(|finding| {
        let line = Some(value.nearest(&finding.path).line);
        let place = place.clone();
        finding.at(Place { line, ..place })
    });
    located.collect()
}

fn no_name(value: &Spanned, place: &Place) -> Diagnostic {
    let fault = Fault::unexpected(codes::NO_NAME, "a name", "nothing");
    let fault = fault.in_field("name").in_field("metadata");
    let line = value.nearest(&fault.path).line;
    fault.on_line(line).at(place.clone())
}

/// An object without a namespace is in `default`, as with kubectl.
pub(super) fn set_namespace(metadata: &mut ObjectMeta) -> NamespaceOrigin {
    if metadata.namespace.is_empty() {
        DEFAULT_NAMESPACE.clone_into(&mut metadata.namespace);
        NamespaceOrigin::Default
    } else {
        NamespaceOrigin::Given
    }
}
