//! Evidence: what explanations read beside the objects that decide.
//!
//! The planner reads little of pods and nodes, and nothing of events, namespaces and quotas. What
//! they say is kept here, apart from the planner's types, and given to an
//! [`Explainer`](crate::Explainer::with_evidence). Without any of it explanations say less, and
//! nothing else.

mod certificate;
mod daemon_set;
mod event;
mod moment;
mod node;
mod node_info;
mod pod;
mod pods;
mod read;
mod signals;
mod surroundings;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use daemonset::api::Timestamp;
use serde::{Deserialize, Serialize};

use pods::Pods;

pub use certificate::CertificateRequest;
pub use daemon_set::{DaemonSetEvidence, RebootLock, StrategyWriter, TemplateWriter};
pub(crate) use event::is_generated;
pub use event::{Event, Regarding};
pub use moment::{Moment, Origin, Reading};
pub use node::NodeEvidence;
pub use node_info::NodeInfo;
pub use pod::{
    ContainerEvidence, ContainerGiven, ContainerState, Ended, PodEvidence, PodSpecEvidence,
    RecentEvidence,
};
pub use surroundings::{Lease, Namespace, PriorityClassName, ResourceQuota};

/// How many events are kept at most; of more, those that come later are let go.
const MOST_EVENTS: usize = 200_000;

/// How many requests for certificates are kept at most.
const MOST_REQUESTS: usize = 10_000;

/// How many Leases are kept at most, beside that of kube-controller-manager.
const MOST_LEASES: usize = 100_000;

/// The Lease of kube-controller-manager: its namespace and its name.
const CONTROLLER_LEASE: (&str, &str) = ("kube-system", "kube-controller-manager");

/// What an event is about: kind, namespace and name.
type Object = (Box<str>, Box<str>, Box<str>);

/// A kind of objects that may be given or not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum GivenKind {
    /// Nodes.
    Node,
    /// Pods.
    Pod,
    /// ControllerRevisions.
    ControllerRevision,
    /// Events, of `v1` or `events.k8s.io/v1`.
    Event,
    /// Namespaces.
    Namespace,
    /// `ResourceQuotas`.
    ResourceQuota,
    /// PriorityClasses.
    PriorityClass,
    /// Leases: those of kubelets, of kube-controller-manager and of others.
    Lease,
    /// `CertificateSigningRequests`, of which those of kubelets are read.
    CertificateSigningRequest,
}

/// What was given beside the objects that decide, and which kinds of objects were given at all.
///
/// ```
/// use daemonset_explain::evidence::{Evidence, GivenKind};
///
/// let mut evidence = Evidence::new();
/// evidence.add_pod(serde_json::from_value(serde_json::json!({
///     "metadata": {"name": "agent-1", "namespace": "infra"},
///     "status": {"message": "The node was low on resource: memory."},
/// }))?);
/// let agent = evidence.pod("infra", "agent-1").unwrap();
/// assert_eq!(&*agent.message, "The node was low on resource: memory.");
/// assert!(evidence.gave(GivenKind::Pod) && !evidence.gave(GivenKind::Event));
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct Evidence {
    pods: Pods,
    /// The newest time at which a pod was scheduled that its conditions do not tell, and that pod.
    newest_scheduled: Option<(Timestamp, Arc<str>, Box<str>)>,
    nodes: BTreeMap<Box<str>, Box<NodeEvidence>>,
    daemon_sets: BTreeMap<(Box<str>, Box<str>), DaemonSetEvidence>,
    /// The locks of kured, by its DaemonSet.
    reboot_locks: BTreeMap<(Box<str>, Box<str>), RebootLock>,
    events: BTreeMap<Object, Vec<Event>>,
    /// The newest of those that are not kept, for its time.
    newest_other: Option<Event>,
    event_count: usize,
    namespaces: BTreeMap<Box<str>, Namespace>,
    quotas: BTreeMap<(Box<str>, Box<str>), ResourceQuota>,
    priority_classes: BTreeSet<Box<str>>,
    leases: BTreeMap<(Box<str>, Box<str>), Lease>,
    certificate_requests: BTreeMap<Box<str>, CertificateRequest>,
    given: BTreeSet<GivenKind>,
}

impl Evidence {
    /// None yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Notes that objects of this kind were given, be they none.
    pub fn note_given(&mut self, kind: GivenKind) {
        self.given.insert(kind);
    }

    /// Whether objects of this kind were given, be they none.
    #[must_use]
    pub fn gave(&self, kind: GivenKind) -> bool {
        self.given.contains(&kind)
    }

    /// Takes what a pod says; of the same one, what comes later counts.
    pub fn add_pod(&mut self, pod: PodEvidence) {
        self.note_given(GivenKind::Pod);
        self.pods.put(pod);
    }

    /// Takes when a pod was scheduled, where its conditions do not tell that any more: a time of the
    /// control plane's clock ([`Moment`]).
    pub fn note_scheduled(&mut self, pod: &PodEvidence, at: Timestamp) {
        let newest = self.newest_scheduled.as_ref();
        if moment::may_be_told(at) && newest.is_none_or(|(newest, ..)| at > *newest) {
            self.newest_scheduled = Some((at, pod.namespace.clone(), pod.name.clone()));
        }
    }

    /// Takes what a node says; of the same one, what comes later counts.
    pub fn add_node(&mut self, node: NodeEvidence) {
        self.note_given(GivenKind::Node);
        let says =
            !node.messages.is_empty() || !node.devices.is_empty() || node.rebooted_since.is_some();
        if says || *node.info != NodeInfo::default() {
            self.nodes.insert(node.name.clone(), Box::new(node));
        }
    }

    /// Forgets what nodes and pods said, and that there were any.
    pub fn forget_nodes_and_pods(&mut self) {
        self.pods = Pods::default();
        self.newest_scheduled = None;
        self.nodes.clear();
        self.given.remove(&GivenKind::Node);
        self.given.remove(&GivenKind::Pod);
    }

    /// Takes when a DaemonSet was changed; of the same one, what comes later counts.
    pub fn add_daemon_set(&mut self, set: DaemonSetEvidence) {
        let key = (set.namespace.clone(), set.name.clone());
        match &set.reboot_lock {
            Some(lock) => self.reboot_locks.insert(key.clone(), lock.clone()),
            None => self.reboot_locks.remove(&key),
        };
        if set.spec_written.is_some() || set.status_written.is_some() {
            self.daemon_sets.insert(key, set);
        }
    }

    /// Takes an event, where it is about a DaemonSet, a pod, a node or a claim.
    pub fn add_event(&mut self, event: Event) {
        self.note_given(GivenKind::Event);
        let Regarding {
            kind,
            namespace,
            name,
            ..
        } = &event.regarding;
        let is_read = matches!(
            &**kind,
            "DaemonSet" | "Pod" | "Node" | "PersistentVolumeClaim"
        );
        if !is_read || self.event_count >= MOST_EVENTS {
            self.note_time_of(event);
            return;
        }
        self.event_count += 1;
        let key = (kind.clone(), namespace.clone(), name.clone());
        self.events.entry(key).or_default().push(event);
    }

    /// An event that is not kept tells a time all the same.
    fn note_time_of(&mut self, event: Event) {
        let newest = self.newest_other.as_ref();
        // Of several at one time it is always the same one, in whatever order they are given.
        let is_newer =
            |other: &Event| (event.time(), &event.reason) > (other.time(), &other.reason);
        if newest.is_none_or(is_newer) {
            self.newest_other = Some(event);
        }
    }

    /// Takes a namespace.
    pub fn add_namespace(&mut self, namespace: Namespace) {
        self.note_given(GivenKind::Namespace);
        self.namespaces.insert(namespace.name.clone(), namespace);
    }

    /// Takes a `ResourceQuota`.
    pub fn add_resource_quota(&mut self, quota: ResourceQuota) {
        self.note_given(GivenKind::ResourceQuota);
        let key = (quota.namespace.clone(), quota.name.clone());
        self.quotas.insert(key, quota);
    }

    /// Takes a PriorityClass.
    pub fn add_priority_class(&mut self, class: PriorityClassName) {
        self.note_given(GivenKind::PriorityClass);
        self.priority_classes.insert(class.name);
    }

    /// Takes a Lease; of the same one, what comes later counts.
    pub fn add_lease(&mut self, lease: Lease) {
        self.note_given(GivenKind::Lease);
        let is_controller = (&*lease.namespace, &*lease.name) == CONTROLLER_LEASE;
        if is_controller || self.leases.len() < MOST_LEASES {
            let key = (lease.namespace.clone(), lease.name.clone());
            self.leases.insert(key, lease);
        }
    }

    /// Takes a request for a certificate, where it waits and is a kubelet's.
    pub fn add_certificate_request(&mut self, request: CertificateRequest) {
        self.note_given(GivenKind::CertificateSigningRequest);
        let is_read = request.is_pending && request.is_of_kubelet();
        if is_read && self.certificate_requests.len() < MOST_REQUESTS {
            self.certificate_requests
                .insert(request.name.clone(), request);
        }
    }

    /// The requests of kubelets for certificates that wait, by name.
    pub fn certificate_requests(&self) -> impl Iterator<Item = &CertificateRequest> {
        self.certificate_requests.values()
    }

    /// The Lease of kube-controller-manager, where it was given.
    #[must_use]
    pub fn controller_lease(&self) -> Option<&Lease> {
        let (namespace, name) = CONTROLLER_LEASE;
        self.leases.get(&(namespace.into(), name.into()))
    }

    /// The Lease that the kubelet of a node renews, where it was given.
    #[must_use]
    pub fn node_lease(&self, node: &str) -> Option<&Lease> {
        self.leases
            .get(&(surroundings::NODE_LEASES.into(), node.into()))
    }

    /// All Leases, by namespace and name.
    pub fn all_leases(&self) -> impl Iterator<Item = &Lease> {
        self.leases.values()
    }

    /// What a pod says.
    #[must_use]
    pub fn pod(&self, namespace: &str, name: &str) -> Option<&PodEvidence> {
        self.pods.get(namespace, name)
    }

    /// What a node says.
    #[must_use]
    pub fn node(&self, name: &str) -> Option<&NodeEvidence> {
        self.nodes.get(name).map(|node| &**node)
    }

    /// Since when kured is about to reboot a node, by its lock or by what it wrote on the node.
    #[must_use]
    pub fn rebooted_since(&self, node: &str) -> Option<Timestamp> {
        let mut locks = self.reboot_locks.values();
        let lock = locks.find(|lock| *lock.node == *node);
        let by_node = || self.node(node)?.rebooted_since;
        lock.map(|lock| lock.since).or_else(by_node)
    }

    /// When a DaemonSet was changed; `None` where that was not given.
    #[must_use]
    pub fn daemon_set(&self, namespace: &str, name: &str) -> Option<&DaemonSetEvidence> {
        self.daemon_sets.get(&(namespace.into(), name.into()))
    }

    /// All DaemonSets of which it is known when they were changed.
    pub fn all_daemon_sets(&self) -> impl Iterator<Item = &DaemonSetEvidence> {
        self.daemon_sets.values()
    }

    /// The events about an object, by kind (`DaemonSet`, `Pod`, `Node` or `PersistentVolumeClaim`), namespace and name, in
    /// the order in which they were given.
    #[must_use]
    pub fn events(&self, kind: &str, namespace: &str, name: &str) -> &[Event] {
        let key = (kind.into(), namespace.into(), name.into());
        self.events.get(&key).map_or(&[], Vec::as_slice)
    }

    /// The events about each pod that the controller of a DaemonSet of this name made, with the pod's name.
    pub(crate) fn events_of_pods<'e>(
        &'e self,
        namespace: &str,
        set: &str,
    ) -> impl Iterator<Item = (&'e str, &'e [Event])> {
        let from: Object = ("Pod".into(), namespace.into(), format!("{set}-").into());
        let (kind, space, prefix) = from.clone();
        let of_prefix = move |((of, at, name), _): &(&Object, &Vec<Event>)| {
            (of, at) == (&kind, &space) && name.starts_with(&*prefix)
        };
        let set = set.to_owned();
        (self.events.range(from..))
            .take_while(of_prefix)
            .filter(move |((.., name), _)| is_generated(name, &set))
            .map(|((.., name), events)| (&**name, &**events))
    }

    /// The newest time at which a pod was scheduled that its conditions do not tell, with the pod's
    /// namespace and name.
    pub(super) fn newest_scheduled(&self) -> Option<(Timestamp, &str, &str)> {
        let (at, namespace, name) = self.newest_scheduled.as_ref()?;
        Some((*at, namespace, name))
    }

    /// The newest of the events that are not kept.
    pub(super) fn newest_other_event(&self) -> Option<&Event> {
        self.newest_other.as_ref()
    }

    /// All events that are kept.
    pub fn all_events(&self) -> impl Iterator<Item = &Event> {
        self.events.values().flatten()
    }

    /// All pods that say something, in the order in which they came.
    pub fn all_pods(&self) -> impl Iterator<Item = &PodEvidence> {
        self.pods.all()
    }

    /// A namespace.
    #[must_use]
    pub fn namespace(&self, name: &str) -> Option<&Namespace> {
        self.namespaces.get(name)
    }

    /// The quotas of a namespace, by name.
    pub fn quotas<'s>(&'s self, namespace: &'s str) -> impl Iterator<Item = &'s ResourceQuota> {
        let quotas = self.quotas.values();
        quotas.filter(move |quota| &*quota.namespace == namespace)
    }

    /// The names of the PriorityClasses that were given, in order.
    pub fn priority_classes(&self) -> impl Iterator<Item = &str> {
        self.priority_classes.iter().map(|name| &**name)
    }

    /// Whether there is a PriorityClass of this name; `None` where none were given. The two of
    /// Kubernetes itself are always there.
    #[must_use]
    pub fn has_priority_class(&self, name: &str) -> Option<bool> {
        let is_of_kubernetes = matches!(name, "system-node-critical" | "system-cluster-critical");
        if is_of_kubernetes || self.priority_classes.contains(name) {
            return Some(true);
        }
        self.gave(GivenKind::PriorityClass).then_some(false)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_lock_that_was_released_reboots_nothing() {
        let kured = |lock: &str| {
            let annotations = json!({"weave.works/kured-node-lock": lock});
            let metadata = json!({"name": "kured", "namespace": "ops", "annotations": annotations});
            serde_json::from_value(json!({"metadata": metadata})).unwrap()
        };
        let mut evidence = Evidence::new();
        evidence.add_daemon_set(kured(
            r#"{"nodeID": "a", "created": "2026-03-01T12:00:00Z"}"#,
        ));
        assert!(evidence.rebooted_since("a").is_some());
        evidence.add_daemon_set(kured(""));
        assert_eq!(evidence.rebooted_since("a"), None);
    }
}
