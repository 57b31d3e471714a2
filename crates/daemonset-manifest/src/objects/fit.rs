//! What the question for room reads beside the planner's objects, kept where it is asked for.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use daemonset::api::{ObjectMeta, Pod};
use daemonset::fit::{
    Admission, ClusterRoom, DisruptionBudget, LimitRange, NodeFacts, PodFacts, PodRoom,
    PriorityClass, RuntimeClass,
};
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::mistyped::Mistyped;
use super::typed::{Value as Typed, Without, typed};
use crate::check::DEFAULT_NAMESPACE;
use crate::source::{Fault, Fields, Spanned, Unread, codes};
use crate::words::in_quotes;

/// What tells objects apart: kind, namespace and name.
type Key = (Extra, Box<str>, Box<str>);

/// What the question for room ([`daemonset::fit`]) reads, as far as it was given: requests, ports
/// and priorities of pods, what nodes give, and the objects that admission and preemption read.
///
/// Kept by an inventory that was made [with it](super::Inventory::with_fit_objects).
///
/// ```
/// use daemonset_manifest::Inventory;
///
/// let mut inventory = Inventory::new().with_fit_objects();
/// inventory.read("node.yaml", b"
/// apiVersion: v1
/// kind: Node
/// metadata: {name: node-a}
/// status: {allocatable: {cpu: '2', memory: 4Gi, pods: '110'}}
/// ");
/// let room = inventory.fit_objects().unwrap().cluster_room();
/// assert_eq!(room.rooms().get("node-a").unwrap().free("cpu"), Some(2000));
/// ```
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct FitObjects {
    /// The rooms of the nodes, and the pods in them: what is kept of [`NodeFacts`] and [`PodFacts`].
    rooms: ClusterRoom,
    nodes: usize,
    /// The PriorityClasses; none also where none were given.
    pub priority_classes: Vec<PriorityClass>,
    /// The RuntimeClasses.
    pub runtime_classes: Vec<RuntimeClass>,
    /// The LimitRanges of all namespaces; none also where none were given.
    pub limit_ranges: Vec<LimitRange>,
    /// The disruption budgets of all namespaces.
    pub disruption_budgets: Vec<DisruptionBudget>,
    /// The objects of the last four kinds, by kind, namespace and name, with their places.
    known: HashMap<Key, usize>,
}

/// A kind that only the question for room reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Extra {
    PriorityClass,
    RuntimeClass,
    LimitRange,
    DisruptionBudget,
}

impl Extra {
    /// The kind with this name and group.
    pub fn named(full_name: &str) -> Option<Self> {
        match full_name {
            "PriorityClass.scheduling.k8s.io" => Some(Self::PriorityClass),
            "RuntimeClass.node.k8s.io" => Some(Self::RuntimeClass),
            "LimitRange" => Some(Self::LimitRange),
            "PodDisruptionBudget.policy" => Some(Self::DisruptionBudget),
            _ => None,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::PriorityClass => "PriorityClass",
            Self::RuntimeClass => "RuntimeClass",
            Self::LimitRange => "LimitRange",
            Self::DisruptionBudget => "PodDisruptionBudget",
        }
    }
}

impl FitObjects {
    /// The cluster as far as room goes. Objects of admission count as given where there is one of
    /// their kind.
    #[must_use]
    pub fn cluster_room(&self) -> ClusterRoom {
        (self.rooms.clone())
            .with_admission(self.admission())
            .with_budgets(self.disruption_budgets.iter().cloned())
    }

    /// The same of two inputs together: of each kind the objects of the first that has any.
    #[must_use]
    pub fn cluster_room_of(first: &Self, second: &Self) -> ClusterRoom {
        fn either<'o, T>(first: &'o [T], second: &'o [T]) -> &'o [T] {
            if first.is_empty() { second } else { first }
        }
        let admission = Self {
            priority_classes: either(&first.priority_classes, &second.priority_classes).to_vec(),
            runtime_classes: either(&first.runtime_classes, &second.runtime_classes).to_vec(),
            limit_ranges: either(&first.limit_ranges, &second.limit_ranges).to_vec(),
            ..Self::default()
        };
        let budgets = either(&first.disruption_budgets, &second.disruption_budgets);
        let pods = if first.rooms.pods() > 0 {
            first
        } else {
            second
        };
        let nodes = if first.nodes > 0 { first } else { second };
        let rooms = pods.rooms.clone();
        let rooms = if std::ptr::eq(pods, nodes) {
            rooms
        } else {
            rooms.with_nodes_of(&nodes.rooms)
        };
        rooms
            .with_admission(admission.admission())
            .with_budgets(budgets.iter().cloned())
    }

    /// What admission fills in. Every cluster has PriorityClasses; of LimitRanges, where none is
    /// given it is not known whether there is one.
    #[must_use]
    pub fn admission(&self) -> Admission {
        let mut admission =
            Admission::default().runtime_classes(self.runtime_classes.iter().cloned());
        if !self.priority_classes.is_empty() {
            admission = admission.priority_classes(self.priority_classes.iter().cloned());
        }
        if !self.limit_ranges.is_empty() {
            admission = admission.limit_ranges(self.limit_ranges.iter().cloned());
        }
        admission
    }

    pub(super) fn add_node(&mut self, node: &NodeFacts) {
        self.rooms.add_node(node);
        self.nodes += 1;
    }

    pub(super) fn add_pod(&mut self, pod: PodRoom) {
        self.rooms.add_pod(pod);
    }

    pub(super) fn forget_nodes_and_pods(&mut self) {
        self.rooms = ClusterRoom::default();
        self.nodes = 0;
    }

    /// Adds an object of one of the other kinds, unless it is there already.
    pub(super) fn add(&mut self, kind: Extra, value: &Spanned) -> Result<(), Fault> {
        let metadata = |field| {
            let text = value.get("metadata")?.get(field)?.as_str()?;
            (!text.is_empty()).then_some(text)
        };
        let name = metadata("name").ok_or_else(|| {
            let fault = Fault::unexpected(codes::NO_NAME, "a name", "nothing");
            fault.in_field("name").in_field("metadata")
        })?;
        let namespace = match kind {
            Extra::PriorityClass | Extra::RuntimeClass => "",
            Extra::LimitRange | Extra::DisruptionBudget => {
                metadata("namespace").unwrap_or(DEFAULT_NAMESPACE)
            }
        };
        let mut object = value.to_value();
        object["metadata"]["namespace"] = namespace.into();
        let known = self.known.entry((kind, namespace.into(), name.into()));
        let novelty = match kind {
            Extra::PriorityClass => place(&mut self.priority_classes, value, &object, known),
            Extra::RuntimeClass => place(&mut self.runtime_classes, value, &object, known),
            Extra::LimitRange => place(&mut self.limit_ranges, value, &object, known),
            Extra::DisruptionBudget => place(&mut self.disruption_budgets, value, &object, known),
        }?;
        match novelty {
            Novelty::New | Novelty::Repeated => Ok(()),
            Novelty::Other => {
                let message = format!(
                    "expected one {} {}, found another with other content",
                    kind.name(),
                    in_quotes(name)
                );
                Err(Fault::new(codes::CONFLICT, message))
            }
        }
    }
}

/// Whether an object is there already.
enum Novelty {
    New,
    Repeated,
    /// With other content.
    Other,
}

fn place<T: DeserializeOwned + PartialEq>(
    list: &mut Vec<T>,
    value: &Spanned,
    object: &Value,
    known: Entry<'_, Key, usize>,
) -> Result<Novelty, Fault> {
    let read = match T::deserialize(object) {
        Ok(read) => read,
        // The same again where lines are known, and where in it the fault is.
        Err(_) => typed(value).map_err(|error| error.fault(value))?,
    };
    match known {
        Entry::Occupied(first) if list.get(*first.get()) == Some(&read) => Ok(Novelty::Repeated),
        Entry::Occupied(_) => Ok(Novelty::Other),
        Entry::Vacant(place) => {
            place.insert(list.len());
            list.push(read);
            Ok(Novelty::New)
        }
    }
}

/// What the question for room reads of a node, whose metadata was read before.
pub(super) fn node_facts<'de>(
    value: impl Typed<'de>,
    metadata: &ObjectMeta,
) -> Result<NodeFacts, Mistyped> {
    let facts: NodeFacts = typed(Without(value, READ_BEFORE))?;
    Ok(facts.with_metadata(metadata))
}

/// What a pod that was read means for room.
pub(super) fn room_of<'de>(value: impl Typed<'de>, pod: &Pod) -> Result<PodRoom, Mistyped> {
    let is_bound = !pod.spec.node_name.is_empty();
    let unread = if is_bound {
        UNREAD_ONCE_BOUND
    } else {
        READ_OF_PODS_BEFORE
    };
    let facts: PodFacts = typed(Without(value, unread))?;
    Ok(PodRoom::of(&facts.of_pod(pod)))
}

/// An object's metadata is read once.
const READ_BEFORE: Unread = Unread::Of(&Fields::new(&[METADATA]));

const METADATA: (&str, Unread) = ("metadata", Unread::All);

/// So are the conditions of a pod.
const STATUS_OF_PODS: (&str, Unread) = (
    "status",
    Unread::Of(&Fields::new(&[("conditions", Unread::All)])),
);

const READ_OF_PODS_BEFORE: Unread = Unread::Of(&Fields::new(&[METADATA, STATUS_OF_PODS]));

/// What tells where a pod may go says nothing of one that is there.
const UNREAD_ONCE_BOUND: Unread = Unread::Of(&Fields::new(&[
    METADATA,
    (
        "spec",
        Unread::Of(&Fields::new(&[
            (
                "affinity",
                Unread::Of(&Fields::new(&[
                    ("nodeAffinity", Unread::All),
                    ("podAffinity", Unread::All),
                ])),
            ),
            ("nodeSelector", Unread::All),
            ("schedulingGates", Unread::All),
            ("tolerations", Unread::All),
            ("topologySpreadConstraints", Unread::All),
            ("volumes", Unread::All),
        ])),
    ),
    STATUS_OF_PODS,
]));

#[cfg(test)]
mod tests {
    use daemonset::api::Pod;
    use daemonset::fit::{PodFacts, PodRoom};
    use serde_json::json;

    use crate::Inventory;
    use crate::source;

    fn read(text: &str) -> Inventory {
        let mut inventory = Inventory::new().with_fit_objects();
        inventory.read("objects.yaml", text.as_bytes());
        inventory
    }

    const CLASS: &str =
        "{apiVersion: scheduling.k8s.io/v1, kind: PriorityClass, metadata: {name: a}, value: 5}";

    #[test]
    fn objects_of_admission_are_kept_once() {
        let inventory = read(&format!(
            "apiVersion: v1\nkind: List\nitems:\n- {CLASS}\n- {CLASS}\n\
             - {{apiVersion: v1, kind: LimitRange, metadata: {{name: a}}, spec: {{limits: []}}}}\n\
             - {{apiVersion: policy/v1, kind: PodDisruptionBudget, metadata: {{name: a, namespace: shop}}}}\n\
             - {{apiVersion: node.k8s.io/v1, kind: RuntimeClass, metadata: {{name: a}}, handler: runc}}\n"
        ));
        assert_eq!(inventory.diagnostics(), []);
        assert_eq!(inventory.passed_over().next(), None);
        let kept = inventory.fit_objects().unwrap();
        assert_eq!(kept.priority_classes.len(), 1);
        assert_eq!(kept.limit_ranges.len(), 1);
        assert_eq!(kept.disruption_budgets.len(), 1);
        assert_eq!(kept.runtime_classes.len(), 1);
    }

    #[test]
    fn another_of_the_same_name_is_an_error() {
        let other = CLASS.replace("value: 5", "value: 6");
        let inventory = read(&format!("{CLASS}\n---\n{other}\n"));
        let found: Vec<_> = inventory
            .diagnostics()
            .iter()
            .map(ToString::to_string)
            .collect();
        assert_eq!(
            found,
            ["expected one PriorityClass \"a\", found another with other content"]
        );
        assert_eq!(inventory.fit_objects().unwrap().priority_classes.len(), 1);
    }

    #[test]
    fn a_quantity_that_is_none_is_told_and_the_pod_stays_for_planning() {
        let inventory = read(
            "{apiVersion: v1, kind: Pod, metadata: {name: a}, spec: {containers: \
             [{resources: {requests: {cpu: lots}}}]}}",
        );
        assert_eq!(inventory.pods.len(), 1);
        assert_eq!(inventory.fit_objects().unwrap().cluster_room().pods(), 0);
        assert!(inventory.is_incomplete());
    }

    #[test]
    fn nothing_is_kept_where_it_is_not_asked_for() {
        let mut inventory = Inventory::new();
        let range = "{apiVersion: v1, kind: LimitRange, metadata: {name: a}}";
        inventory.read("range.yaml", range.as_bytes());
        assert!(inventory.fit_objects().is_none());
        assert_eq!(inventory.passed_over().next(), Some(("LimitRange", 1)));
    }

    #[test]
    fn a_bound_pod_takes_the_room_that_all_of_it_takes() {
        let term = json!({"labelSelector": {"matchLabels": {"app": "db"}}, "topologyKey": "zone"});
        let required = |term| json!({"requiredDuringSchedulingIgnoredDuringExecution": term});
        let node = json!({"nodeSelectorTerms": [{"matchFields": [
            {"key": "metadata.name", "operator": "In", "values": ["n"]}
        ]}]});
        let mut pod = json!({
            "apiVersion": "v1", "kind": "Pod",
            "metadata": {"name": "a", "namespace": "b", "labels": {"app": "db"}},
            "spec": {
                "affinity": {
                    "nodeAffinity": required(node),
                    "podAffinity": required(json!([term])),
                    "podAntiAffinity": required(json!([term])),
                },
                "containers": [{
                    "name": "db", "ports": [{"containerPort": 80, "hostPort": 80}],
                    "resources": {"requests": {"cpu": "1"}},
                }],
                "nodeSelector": {"zone": "c"},
                "priority": 7,
                "schedulingGates": [{"name": "quota"}],
                "tolerations": [{"operator": "Exists"}],
                "topologySpreadConstraints": [{"topologyKey": "zone", "whenUnsatisfiable": "DoNotSchedule"}],
                "volumes": [{"name": "data", "persistentVolumeClaim": {"claimName": "data"}}],
            },
            "status": {"phase": "Running", "startTime": "2026-03-01T12:00:00Z"},
        });
        for node in ["", "n"] {
            pod["spec"]["nodeName"] = node.into();
            let mut tree = None;
            source::documents(pod.to_string().as_bytes(), &mut (), |document, ()| {
                tree = document.value;
            });
            let read: Pod = serde_json::from_value(pod.clone()).unwrap();
            let all = PodRoom::of(&PodFacts::from_json(&pod).unwrap());
            assert_eq!(
                super::room_of(&tree.unwrap(), &read).unwrap(),
                all,
                "{node}"
            );
        }
    }
}
