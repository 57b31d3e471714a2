//! Documents into objects: lists are taken apart, kinds told apart, fields given types.

use serde_json::{Map, Value};

use super::error::{Fault, Place, ReadErrorKind, ReadErrors};
use super::path::{describe, shorten, size};
use super::typed::typed;
use super::{Document, Inventory, Manifest, NamespaceOrigin};
use crate::api::{ControllerRevision, DaemonSet, Node, ObjectMeta, Pod, TemplateRead};
use crate::schema::apply_defaults;

/// The kinds that are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    DaemonSet,
    ControllerRevision,
    Node,
    Pod,
}

impl Kind {
    /// The kind of this name in this API group. DaemonSets stood in `extensions` once.
    fn of(group: &str, name: &str) -> Option<Self> {
        match (group, name) {
            ("apps" | "extensions", "DaemonSet") => Some(Self::DaemonSet),
            ("apps", "ControllerRevision") => Some(Self::ControllerRevision),
            ("", "Node") => Some(Self::Node),
            ("", "Pod") => Some(Self::Pod),
            _ => None,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::DaemonSet => "DaemonSet",
            Self::ControllerRevision => "ControllerRevision",
            Self::Node => "Node",
            Self::Pod => "Pod",
        }
    }

    fn api_version(self) -> &'static str {
        match self {
            Self::DaemonSet | Self::ControllerRevision => "apps/v1",
            Self::Node | Self::Pod => "v1",
        }
    }
}

/// What tells objects apart.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Key {
    kind: Kind,
    namespace: String,
    name: String,
}

/// The kind and version of a list's items, which they need not repeat.
#[derive(Clone)]
struct ItemType {
    kind: String,
    api_version: String,
}

/// What to do with an object.
enum Use {
    Items(Option<ItemType>),
    Read(Kind),
    PassOver(String),
}

/// Whether an object is there already.
#[derive(PartialEq, Eq)]
enum Novelty {
    New,
    Repeated,
}

impl Inventory {
    pub(super) fn add_document(
        &mut self,
        document: Document,
        place: Place,
        errors: &mut ReadErrors,
    ) {
        if !document.value.is_null() {
            self.add_object(document.value, &document.lines, place, None, errors);
        }
    }

    /// `lines` begin with those of the value.
    fn add_object(
        &mut self,
        mut value: Value,
        lines: &[u32],
        mut place: Place,
        item_type: Option<&ItemType>,
        errors: &mut ReadErrors,
    ) {
        place.line = lines.first().copied();
        let added = use_of(&value, item_type).and_then(|usage| match usage {
            Use::Items(item_type) => {
                self.add_items(&mut value, lines, &place, item_type.as_ref(), errors)
            }
            Use::Read(kind) => self.add_known(kind, &mut value, lines, &place),
            Use::PassOver(name) => {
                *self.passed_over.entry(name).or_default() += 1;
                Ok(())
            }
        });
        if let Err(mut fault) = added {
            fault.line = fault.path.line(&value, lines);
            errors.push(fault.at(place));
        }
    }

    fn add_items(
        &mut self,
        list: &mut Value,
        lines: &[u32],
        place: &Place,
        item_type: Option<&ItemType>,
        errors: &mut ReadErrors,
    ) -> Result<(), Fault> {
        let Value::Object(fields) = list else {
            return Ok(());
        };
        let before = fields.iter().take_while(|(key, _)| *key != "items");
        // The list's own line comes first, and that of `items` itself.
        let mut at = 2 + before.map(|(_, value)| size(value)).sum::<usize>();
        let items = match fields.get_mut("items") {
            None | Some(Value::Null) => return Ok(()),
            Some(Value::Array(items)) => std::mem::take(items),
            Some(other) => {
                let fault = Fault::unexpected("a list", describe(other));
                return Err(fault.within("items"));
            }
        };
        for (index, item) in items.into_iter().enumerate() {
            let lines = lines.get(at..).unwrap_or_default();
            at += size(&item);
            let mut place = place.clone();
            place.items.push(index);
            self.add_object(item, lines, place, item_type, errors);
        }
        Ok(())
    }

    fn add_known(
        &mut self,
        kind: Kind,
        value: &mut Value,
        lines: &[u32],
        place: &Place,
    ) -> Result<(), Fault> {
        match kind {
            Kind::DaemonSet => self.add_daemon_set(value, lines, place),
            Kind::ControllerRevision => {
                let mut revision: ControllerRevision = typed(value)?;
                set_namespace(&mut revision.metadata);
                let next = self.revisions.len();
                let novelty = self.note(kind, &revision.metadata, next, place, |known, at| {
                    known.revisions[at] == revision
                })?;
                if novelty == Novelty::New {
                    self.revisions.push(revision);
                }
                Ok(())
            }
            Kind::Node => {
                let node: Node = typed(value)?;
                let next = self.nodes.len();
                let novelty = self.note(kind, &node.metadata, next, place, |known, at| {
                    known.nodes[at] == node
                })?;
                if novelty == Novelty::New {
                    self.nodes.push(node);
                }
                Ok(())
            }
            Kind::Pod => {
                let mut pod: Pod = typed(value)?;
                set_namespace(&mut pod.metadata);
                let next = self.pods.len();
                let novelty = self.note(kind, &pod.metadata, next, place, |known, at| {
                    known.pods[at] == pod
                })?;
                if novelty == Novelty::New {
                    self.pods.push(pod);
                }
                Ok(())
            }
        }
    }

    /// The one place where a DaemonSet's JSON gets types, with the API server's defaults set. The
    /// JSON itself is kept as it was read.
    fn add_daemon_set(
        &mut self,
        value: &mut Value,
        lines: &[u32],
        place: &Place,
    ) -> Result<(), Fault> {
        // The template first, for the sake of the path of a fault in it.
        if let Some(template) = value.pointer("/spec/template").filter(|it| !it.is_null()) {
            let read: Result<TemplateRead, Fault> = typed(template);
            read.map_err(|fault| fault.within("template").within("spec"))?;
        }
        let Value::Object(fields) = value else {
            return Ok(());
        };
        let mut defaulted = fields.clone();
        apply_defaults(&mut defaulted);
        let mut daemon_set: DaemonSet = typed(&Value::Object(defaulted))?;
        let namespace = set_namespace(&mut daemon_set.metadata);
        let next = self.daemon_sets.len();
        let kind = Kind::DaemonSet;
        let novelty = self.note(kind, &daemon_set.metadata, next, place, |known, at| {
            known.daemon_sets[at].json == *fields
        })?;
        if novelty == Novelty::New {
            let json = std::mem::take(fields);
            let count = 1 + json.values().map(size).sum::<usize>();
            self.daemon_sets.push(Manifest {
                daemon_set,
                json,
                namespace,
                place: place.clone(),
                lines: lines.get(..count).unwrap_or_default().to_vec(),
            });
        }
        Ok(())
    }

    /// Notes an object that would be the `next` of its kind. Objects without a name are all new:
    /// the API server would name them.
    fn note(
        &mut self,
        kind: Kind,
        metadata: &ObjectMeta,
        next: usize,
        place: &Place,
        is_same: impl FnOnce(&Self, usize) -> bool,
    ) -> Result<Novelty, Fault> {
        if metadata.name.is_empty() {
            return Ok(Novelty::New);
        }
        let key = Key {
            kind,
            namespace: metadata.namespace.clone(),
            name: metadata.name.clone(),
        };
        let Some((at, first)) = self.known.get(&key) else {
            self.known.insert(key, (next, place.clone()));
            return Ok(Novelty::New);
        };
        if is_same(self, *at) {
            self.repeated += 1;
            return Ok(Novelty::Repeated);
        }
        let name = shorten(&metadata.name);
        let name = match &*metadata.namespace {
            "" => name,
            namespace => format!("{}/{name}", shorten(namespace)),
        };
        Err(Fault::new(ReadErrorKind::Conflict {
            kind: kind.name(),
            name,
            first: Box::new(first.clone()),
        }))
    }
}

fn use_of(value: &Value, item_type: Option<&ItemType>) -> Result<Use, Fault> {
    let Value::Object(fields) = value else {
        return Err(Fault::unexpected("an object", describe(value)));
    };
    let inherited = item_type.map(|item| &*item.kind);
    let kind = type_field(fields, "kind", "a string such as \"DaemonSet\"", inherited)?;
    let inherited = item_type.map(|item| &*item.api_version);
    let api_version = type_field(
        fields,
        "apiVersion",
        "a string such as \"apps/v1\"",
        inherited,
    )?;
    if let Some(item) = kind
        .strip_suffix("List")
        .filter(|_| fields.contains_key("items"))
    {
        // The items of a `List` tell their own kinds.
        return Ok(Use::Items((!item.is_empty()).then(|| ItemType {
            kind: item.to_owned(),
            api_version: api_version.to_owned(),
        })));
    }
    let (group, _) = api_version.split_once('/').unwrap_or(("", api_version));
    let Some(known) = Kind::of(group, kind) else {
        return Ok(Use::PassOver(match group {
            "" => shorten(kind),
            group => format!("{}.{}", shorten(kind), shorten(group)),
        }));
    };
    if api_version != known.api_version() {
        let kind = ReadErrorKind::Version {
            expected: known.api_version(),
            found: shorten(api_version),
        };
        return Err(Fault::new(kind).within("apiVersion"));
    }
    Ok(Use::Read(known))
}

fn type_field<'v>(
    fields: &'v Map<String, Value>,
    name: &str,
    expected: &str,
    inherited: Option<&'v str>,
) -> Result<&'v str, Fault> {
    match fields.get(name) {
        Some(Value::String(text)) if !text.is_empty() => Ok(text),
        None | Some(Value::Null) if inherited.is_some() => Ok(inherited.unwrap_or_default()),
        None => Err(Fault::unexpected(expected, "nothing".to_owned()).within(name)),
        Some(other) => Err(Fault::unexpected(expected, describe(other)).within(name)),
    }
}

/// An object without a namespace is in `default`, as with kubectl.
fn set_namespace(metadata: &mut ObjectMeta) -> NamespaceOrigin {
    if metadata.namespace.is_empty() {
        "default".clone_into(&mut metadata.namespace);
        NamespaceOrigin::Default
    } else {
        NamespaceOrigin::Given
    }
}
