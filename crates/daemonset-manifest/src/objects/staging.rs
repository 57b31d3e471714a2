//! Items that are read while their document is: what is kept of them stays, and no tree.
//!
//! Of a kind that is read with types, what nothing reads is not even put together. It is JSON or
//! YAML all the same, or the document is in error; only keys in it that come twice are not told.

use std::ops::Range;

use daemonset::api::{Labels, List, Node, ObjectMeta, OwnerReference, Pod, Recent};
use daemonset::fit::{PodRoom, RecentPods};
use daemonset_explain::evidence::{GivenKind, NodeEvidence, PodEvidence, RecentEvidence};

use super::Readers;
use super::convert::{self, set_namespace, typed_object};
use super::fit::{Extra, node_facts, room_of};
use super::item::{Object, ReadNode, ReadPod};
use super::kinds::{Kind, Use};
use super::mistyped::Mistyped;
use super::pod_kinds::{Found, PodKinds};
use super::straight::Straight;
use super::taped::Taped;
use super::typed::{Value, typed};
use crate::source::{Fields, Items, Spanned, Spot, Tape, Unread};

/// Keeps what was taken of a document until all of it is read.
#[derive(Debug)]
pub(super) struct Staging<'i> {
    taken: TakenItems,
    /// Where items go that need not be kept, if there are any such.
    straight: Option<Straight<'i>>,
    with_facts: bool,
    readers: Readers,
    alike: Alike,
    kinds: PodKinds,
}

/// What was taken, in pieces, so that each goes as soon as its items have their places: no more is held
/// meanwhile than what is kept.
pub(super) type TakenItems = Vec<Vec<Taken>>;

/// So many items are in a piece: enough that its memory goes back to the system once they are where they
/// belong, and little enough that it does so before the others are.
const PIECE: usize = 1024;

/// What objects of one kind have in common is kept once.
#[derive(Debug, Default)]
struct Alike {
    labels: Recent<Labels>,
    owners: Recent<List<OwnerReference>>,
    evidence: RecentEvidence,
    rooms: RecentPods,
}

impl Alike {
    fn share(&mut self, metadata: &mut ObjectMeta) {
        for labels in [&mut metadata.labels, &mut metadata.annotations] {
            if !labels.is_empty() {
                *labels = self.labels.shared(std::mem::take(labels));
            }
        }
        let owners = &mut metadata.owner_references;
        if !owners.is_empty() {
            *owners = self.owners.shared(std::mem::take(owners));
        }
    }
}

/// An item, and its place in the list.
#[derive(Debug)]
pub(super) struct Taken {
    pub index: usize,
    pub object: Object,
}

impl<'i> Staging<'i> {
    pub fn new(with_facts: bool, readers: Readers) -> Self {
        Self {
            taken: Vec::new(),
            straight: None,
            with_facts,
            readers,
            alike: Alike::default(),
            kinds: PodKinds::default(),
        }
    }

    /// The same, with what goes straight to its place.
    pub fn with(self, straight: Option<Straight<'i>>) -> Self {
        Self { straight, ..self }
    }

    /// Which items have gone straight to their places, one run after the other.
    pub fn gone(self) -> Vec<Range<usize>> {
        self.straight.map(Straight::gone).unwrap_or_default()
    }

    /// What was taken of the document, by place.
    pub fn finish(&mut self) -> TakenItems {
        std::mem::take(&mut self.taken)
    }

    fn put(&mut self, index: usize, object: Object) {
        let taken = Taken { index, object };
        match self.taken.last_mut() {
            Some(piece) if piece.len() < PIECE => piece.push(taken),
            _ => {
                let mut piece = Vec::with_capacity(PIECE);
                piece.push(taken);
                self.taken.push(piece);
            }
        }
    }

    fn place(&mut self, spot: Spot, object: Object) {
        let back = match &mut self.straight {
            Some(straight) => straight.put(spot, object),
            None => Some(object),
        };
        if let Some(object) = back {
            self.put(spot.index, object);
        }
    }

    /// What is kept of an item; none where something is wrong with it, which is told where it is read
    /// as a tree.
    fn read(&mut self, item: &Spanned) -> Option<Object> {
        match Use::of(item, None).ok()? {
            Use::Read(Kind::Node) => self.node(item).map(Object::Node),
            Use::Read(Kind::Pod) => self.pod(item).map(Object::Pod),
            Use::Note(GivenKind::Event) => Some(Object::Event(Box::new(typed(item).ok()?))),
            Use::PassOver(name) if Extra::named(&name).is_none() => Some(Object::PassedOver(name)),
            Use::Items(_) | Use::Read(_) | Use::Note(_) | Use::PassOver(_) => None,
        }
    }

    /// All that is read of a node; none where something is wrong with it.
    fn node<'de>(&mut self, value: impl Value<'de>) -> Option<Box<ReadNode>> {
        let said: NodeEvidence = typed(value).ok()?;
        let node = named::<Node>(Kind::Node, typed_object(value).ok()?)?;
        let facts = || node_facts(value, &node.metadata);
        let facts = self.with_facts.then(facts).transpose().ok()?;
        Some(Box::new(ReadNode {
            said: said.sharing(&mut self.alike.evidence),
            node,
            facts,
        }))
    }

    /// All that is read of a pod that is on a tape; none where something is wrong with it.
    fn pod_on_tape(&mut self, item: Taped<'_>) -> Option<ReadPod> {
        let mut pod = named::<Pod>(Kind::Pod, typed_object(item).ok()?)?;
        self.alike.share(&mut pod.metadata);
        let (said, room) = match self.kinds.look(item, &pod) {
            Found::Known(kind) => kind.read(item, &pod)?,
            found => {
                let is_new = matches!(found, Found::New);
                let said: PodEvidence = typed(item).ok()?;
                let said = said.sharing(&mut self.alike.evidence);
                let room = self.room(item, &pod).ok()?;
                if is_new {
                    self.kinds.remember(&said, room.as_ref());
                }
                return Some(ReadPod::new(said, pod, room));
            }
        };
        let said = said.sharing(&mut self.alike.evidence);
        Some(ReadPod::new(said, pod, room))
    }

    /// What a pod means for room, where that is asked.
    fn room<'de>(
        &mut self,
        value: impl Value<'de>,
        pod: &Pod,
    ) -> Result<Option<PodRoom>, Mistyped> {
        if !self.with_facts {
            return Ok(None);
        }
        let room = room_of(value, pod)?;
        Ok(Some(room.sharing(&mut self.alike.rooms)))
    }

    /// All that is read of a pod; none where something is wrong with it.
    fn pod<'de>(&mut self, value: impl Value<'de>) -> Option<ReadPod> {
        let said: PodEvidence = typed(value).ok()?;
        let mut pod = named::<Pod>(Kind::Pod, typed_object(value).ok()?)?;
        self.alike.share(&mut pod.metadata);
        let room = self.room(value, &pod).ok()?;
        let said = said.sharing(&mut self.alike.evidence);
        Some(ReadPod::new(said, pod, room))
    }
}

impl Items for Staging<'_> {
    fn unread_on_tape(&self, kind: &str, api_version: &str) -> Option<Unread> {
        match self.readers {
            Readers::All => self.unread(kind, api_version),
            Readers::Full => None,
        }
    }

    fn reads_regular(&self) -> bool {
        self.readers == Readers::All
    }

    fn take_tape(&mut self, spot: Spot, kind: &str, _: &str, item: &Tape<'_>) -> bool {
        let item = Taped(item.pieces());
        let object = match kind {
            "Node" => self.node(item).map(Object::Node),
            _ => self.pod_on_tape(item).map(Object::Pod),
        };
        object.map(|object| self.place(spot, object)).is_some()
    }

    fn unread(&self, kind: &str, api_version: &str) -> Option<Unread> {
        match (kind, api_version) {
            ("Pod", "v1") => Some(UNREAD_OF_PODS),
            ("Node", "v1") => Some(UNREAD_OF_NODES),
            _ => None,
        }
    }

    fn take(&mut self, index: usize, item: Spanned) -> Result<(), Spanned> {
        let object = self.read(&item);
        let waits = match &object {
            Some(Object::Event(_) | Object::PassedOver(_)) => false,
            Some(_) => true,
            None => may_hold_pods(&item),
        };
        if let Some(straight) = self.straight.as_mut().filter(|_| waits) {
            straight.wait();
        }
        self.put(index, object.ok_or(item)?);
        Ok(())
    }

    fn forget(&mut self) {
        self.taken.clear();
        if let Some(straight) = &mut self.straight {
            straight.take_back();
        }
    }
}

/// Whether an item that stays in its document may be a node or a pod, or a list of such.
fn may_hold_pods(item: &Spanned) -> bool {
    !matches!(
        Use::of(item, None),
        Ok(Use::Read(Kind::DaemonSet | Kind::ControllerRevision) | Use::Note(_) | Use::PassOver(_))
    )
}

/// The object, where it has a name.
fn named<T: convert::Object>(kind: Kind, mut object: T) -> Option<T> {
    let metadata = object.metadata_mut();
    if metadata.name.is_empty() {
        return None;
    }
    if kind.is_namespaced() {
        set_namespace(metadata);
    }
    Some(object)
}

const ALL: Unread = Unread::All;

/// What tells where a pod may go, and what it brings there, says nothing of one that is bound.
const ALL_ONCE_BOUND: Unread = Unread::Behind("nodeName");

/// Fields of pods that neither planning nor explanations nor the question for room reads.
const UNREAD_OF_PODS: Unread = Unread::Of(&Fields::new(&[
    ("metadata", UNREAD_OF_METADATA),
    (
        "spec",
        Unread::Of(&Fields::new(&[
            ("containers", UNREAD_OF_CONTAINERS),
            ("initContainers", UNREAD_OF_CONTAINERS),
            ("ephemeralContainers", ALL),
            ("dnsConfig", ALL),
            ("dnsPolicy", ALL),
            ("enableServiceLinks", ALL),
            ("hostAliases", ALL),
            ("imagePullSecrets", ALL),
            ("nodeSelector", ALL_ONCE_BOUND),
            ("restartPolicy", ALL),
            ("securityContext", ALL),
            ("serviceAccount", ALL),
            ("serviceAccountName", ALL),
            ("terminationGracePeriodSeconds", ALL),
            ("tolerations", ALL_ONCE_BOUND),
            ("topologySpreadConstraints", ALL_ONCE_BOUND),
            ("volumes", ALL_ONCE_BOUND),
        ])),
    ),
    (
        "status",
        Unread::Of(&Fields::new(&[
            ("hostIP", ALL),
            ("hostIPs", ALL),
            ("podIP", ALL),
            ("podIPs", ALL),
            ("qosClass", ALL),
        ])),
    ),
]));

const UNREAD_OF_CONTAINERS: Unread = Unread::OfItems(&Fields::new(&[
    ("envFrom", ALL),
    ("imagePullPolicy", ALL),
    ("lifecycle", ALL),
    ("livenessProbe", ALL),
    ("readinessProbe", ALL),
    ("securityContext", ALL),
    ("startupProbe", ALL),
    ("terminationMessagePath", ALL),
    ("terminationMessagePolicy", ALL),
    ("volumeMounts", ALL),
    ("workingDir", ALL),
]));

/// Fields of nodes that nothing reads.
const UNREAD_OF_NODES: Unread = Unread::Of(&Fields::new(&[
    ("metadata", UNREAD_OF_METADATA),
    (
        "status",
        Unread::Of(&Fields::new(&[
            ("addresses", ALL),
            ("daemonEndpoints", ALL),
            ("images", ALL),
            (
                "nodeInfo",
                Unread::Of(&Fields::new(&[
                    ("architecture", ALL),
                    ("bootID", ALL),
                    ("kubeProxyVersion", ALL),
                    ("machineID", ALL),
                    ("operatingSystem", ALL),
                    ("swap", ALL),
                    ("systemUUID", ALL),
                ])),
            ),
            ("volumesAttached", ALL),
            ("volumesInUse", ALL),
        ])),
    ),
]));

const UNREAD_OF_METADATA: Unread = Unread::Of(&Fields::new(&[("managedFields", ALL)]));

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use serde_json::{Map, Value, json};

    use super::*;
    use crate::Inventory;
    use crate::source;

    /// Puts a value of some kind into every field that is left out.
    fn filled(value: &mut Value, unread: Unread) {
        let (Unread::Of(fields) | Unread::OfItems(fields)) = unread else {
            return;
        };
        match value {
            Value::Array(items) => items
                .iter_mut()
                .for_each(|item| filled(item, unread.item())),
            Value::Object(object) => {
                for (name, unread) in fields.all() {
                    match unread {
                        Unread::Behind(name) if object.get(*name).is_none() => {}
                        Unread::All | Unread::Behind(_) => {
                            let taken = object.get(*name).is_some();
                            assert!(!taken, "{name} is given, so it is left to the test");
                            object.insert((*name).to_owned(), json!("left out"));
                        }
                        Unread::Of(_) | Unread::OfItems(_) => {
                            let inner = object.entry(*name).or_insert(json!({}));
                            filled(inner, *unread);
                        }
                    }
                }
            }
            _ => panic!("{value} has no fields"),
        }
    }

    fn tree(value: &Value) -> Spanned {
        let mut read = None;
        source::documents(value.to_string().as_bytes(), &mut (), |document, ()| {
            read = document.value;
        });
        read.unwrap()
    }

    /// Whatever is read of an object is the same whether the fields are there or not: a field that
    /// something comes to read must go from the list.
    #[test]
    fn nothing_that_is_left_out_is_read() {
        let container = json!({"name": "agent", "resources": {"requests": {"cpu": "1"}}});
        let pod = json!({
            "apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a"},
            "spec": {"containers": [container], "initContainers": [container]}, "status": {},
        });
        let mut bound = pod.clone();
        bound["spec"]["nodeName"] = json!("node-a");
        let node =
            json!({"apiVersion": "v1", "kind": "Node", "metadata": {"name": "a"}, "status": {}});
        for (kind, lean, unread) in [
            ("Pod", pod, UNREAD_OF_PODS),
            ("Pod", bound, UNREAD_OF_PODS),
            ("Node", node, UNREAD_OF_NODES),
        ] {
            let mut full = lean.clone();
            filled(&mut full, unread);
            let read = |value: &Value| {
                let mut staging = Staging::new(true, Readers::Full);
                format!("{:?}", staging.read(&tree(value)).expect(kind))
            };
            assert_eq!(read(&lean), read(&full), "{kind}");
        }
    }

    /// An inventory of a text, whose items were read while it was, or as trees.
    fn read(text: &str, items: &str) -> Value {
        let inventory = Inventory::new().with_fit_objects();
        read_into(inventory, text, items)
    }

    fn read_into(mut inventory: Inventory, text: &str, items: &str) -> Value {
        // The items of a list in a list stay in the tree.
        let text = match items {
            "streamed" | "by tree" => text.to_owned(),
            _ => format!(
                "apiVersion: v1\nkind: List\nitems:\n- {}",
                text.replace('\n', "\n  ")
            ),
        };
        inventory.read("dump", text.as_bytes());
        let findings = inventory.diagnostics().iter().map(ToString::to_string);
        let kinds: Map<String, Value> = inventory
            .passed_over()
            .map(|(kind, count)| (kind.to_owned(), json!(count)))
            .collect();
        json!({
            "nodes": inventory.nodes,
            "pods": inventory.pods,
            "sets": inventory.daemon_sets.len(),
            "evidence": format!("{:?}", inventory.evidence()),
            "fit": inventory.fit_objects().map(|fit| format!("{:?}", fit.cluster_room())),
            "findings": findings.collect::<Vec<_>>(),
            "passed over": kinds,
        })
    }

    #[test]
    fn an_item_that_is_taken_is_read_as_from_its_tree() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let texts = [
            "examples/bad-image.yaml",
            "examples/snapshots/stuck-rollout.yaml",
        ];
        for path in texts {
            let text = fs::read_to_string(root.join(path)).unwrap();
            assert_eq!(read(&text, "streamed"), read(&text, "as trees"), "{path}");
        }
        // Of every kind, and with all that can be wrong with an item.
        let text = "apiVersion: v1\nkind: List\nitems:\n\
            - apiVersion: v1\n  kind: Pod\n  metadata:\n    name: a\n\
            - apiVersion: v1\n  kind: Pod\n  metadata: {}\n\
            - apiVersion: v1\n  kind: Pod\n  metadata:\n    name: 5\n\
            - apiVersion: v1\n  kind: Pod\n  metadata:\n    name: b\n  spec:\n    containers:\n    - resources:\n        requests:\n          cpu: lots\n\
            - apiVersion: v1\n  kind: Secret\n  data:\n    a: b\n\
            - apiVersion: v1\n  kind: Pods\n  metadata:\n    name: c\n\
            - apiVersion: v1\n  kind: Event\n  metadata:\n    name: d\n  count: many\n\
            - apiVersion: v1\n  kind: Event\n  metadata:\n    name: e\n  reason: Failed\n\
            - null\n\
            - apiVersion: v1\n  kind: Pod\n  metadata:\n    name: a\n\
            - kind: Node\n  apiVersion: v1\n  metadata:\n    name: n\n  status:\n    images:\n    - names: []\n";
        assert_eq!(read(text, "streamed"), read(text, "as trees"));
        assert_eq!(read(text, "streamed")["pods"].as_array().unwrap().len(), 2);
    }

    #[test]
    fn what_is_no_list_after_all_gives_nothing() {
        let text = r#"{"apiVersion": "v1", "items": [{"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a"}}], "kind": "Thing"}"#;
        let mut inventory = Inventory::new();
        inventory.read("thing", text.as_bytes());
        assert!(inventory.pods.is_empty());
        assert_eq!(inventory.passed_over().next(), Some(("Thing", 1)));
        // Nor does what turns out to be neither JSON nor YAML, or YAML alone.
        inventory.read("cut", text.strip_suffix('}').unwrap().as_bytes());
        assert!(inventory.pods.is_empty());
        let flow = text.replace("\"Thing\"", "List");
        inventory.read("flow", flow.as_bytes());
        assert_eq!(inventory.pods.len(), 1);
    }

    /// Of two lists of items the last one counts, and nothing that was taken of the first.
    #[test]
    fn items_that_come_twice_are_those_that_come_last() {
        let pod = |name: &str| {
            format!(r#"{{"apiVersion": "v1", "kind": "Pod", "metadata": {{"name": "{name}"}}}}"#)
        };
        let (a, b, c) = (pod("a"), pod("b"), pod("c"));
        let block =
            |name: &str| format!("- apiVersion: v1\n  kind: Pod\n  metadata:\n    name: {name}\n");
        let texts = [
            format!(
                r#"{{"apiVersion": "v1", "items": [{a}, {b}], "items": [{c}], "kind": "List"}}"#
            ),
            format!("{{apiVersion: v1, items: [{a}, {b}], <<: {{items: [{c}]}}, kind: List}}"),
            format!("{{<<: {{items: [{a}, {b}]}}, apiVersion: v1, items: [{c}], kind: List}}"),
            format!(
                "apiVersion: v1\nitems:\n{}{}items:\n{}kind: List\n",
                block("a"),
                block("b"),
                block("c")
            ),
        ];
        for text in texts {
            for inventory in [Inventory::new(), Inventory::new().with_full_readers()] {
                let mut inventory = inventory;
                inventory.read("twice", text.as_bytes());
                let names: Vec<_> = inventory
                    .pods
                    .iter()
                    .map(|pod| &*pod.metadata.name)
                    .collect();
                assert_eq!(names, ["c"], "{text}");
                let errors = inventory.has_errors();
                assert!(!errors, "{:?}", inventory.diagnostics());
            }
        }
    }
}
