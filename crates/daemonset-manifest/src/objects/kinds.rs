//! What a document is: an object of a kind that is read, a list, something else, or a slip.

use daemonset::template::Shape;
use daemonset::well_known::TEMPLATE_GENERATION;
use daemonset_explain::evidence::GivenKind;

use crate::path::{FieldPath, Step};
use crate::source::shown;
use crate::source::{Fault, Node, Object, Spanned, codes};
use crate::suggest::nearest;
use crate::words::{bare, in_quotes};

/// The kinds that are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Kind {
    DaemonSet,
    ControllerRevision,
    Node,
    Pod,
}

impl Kind {
    pub const ALL: [Self; 4] = [
        Self::DaemonSet,
        Self::ControllerRevision,
        Self::Node,
        Self::Pod,
    ];

    fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }

    /// Its name, by which the field table knows it too.
    pub fn name(self) -> &'static str {
        match self {
            Self::DaemonSet => "DaemonSet",
            Self::ControllerRevision => "ControllerRevision",
            Self::Node => "Node",
            Self::Pod => "Pod",
        }
    }

    /// The version that is served, and read.
    pub fn api_version(self) -> &'static str {
        match self {
            Self::DaemonSet | Self::ControllerRevision => "apps/v1",
            Self::Node | Self::Pod => "v1",
        }
    }

    /// What an object of the kind gives.
    pub fn given(self) -> Option<GivenKind> {
        match self {
            Self::DaemonSet => None,
            Self::ControllerRevision => Some(GivenKind::ControllerRevision),
            Self::Node => Some(GivenKind::Node),
            Self::Pod => Some(GivenKind::Pod),
        }
    }

    /// Whether objects of the kind are in a namespace.
    pub fn is_namespaced(self) -> bool {
        self != Self::Node
    }
}

/// The kinds of the groups that the kinds above are in: none of these is a slip for one of those.
const NEIGHBOURS: [&str; 20] = [
    "Binding",
    "ComponentStatus",
    "ConfigMap",
    "Deployment",
    "Endpoints",
    "Event",
    "LimitRange",
    "List",
    "Namespace",
    "PersistentVolume",
    "PersistentVolumeClaim",
    "PodTemplate",
    "ReplicaSet",
    "ReplicationController",
    "ResourceQuota",
    "Secret",
    "Service",
    "ServiceAccount",
    "StatefulSet",
    "Status",
];

/// The kind and version of a list's items, which they need not repeat.
#[derive(Clone, Debug)]
pub(super) struct ItemType {
    kind: String,
    api_version: String,
}

impl ItemType {
    /// What a list of such items gives, be they none.
    pub fn given(&self) -> Option<GivenKind> {
        let known = Kind::named(&self.kind).filter(|it| it.api_version() == self.api_version);
        match known {
            Some(kind) => kind.given(),
            None => noted(&self.kind, &self.api_version),
        }
    }
}

/// What to do with an object.
#[derive(Debug)]
pub(super) enum Use {
    /// Take its items, which are of this type where they do not say otherwise.
    Items(Option<ItemType>),
    /// Read it.
    Read(Kind),
    /// Read what explanations want of it.
    Note(GivenKind),
    /// Count it.
    PassOver(String),
}

impl Use {
    /// What to do with a value that stands for itself or in a list.
    pub fn of(value: &Spanned, item_type: Option<&ItemType>) -> Result<Self, Fault> {
        let Node::Object(fields) = &value.node else {
            return Err(Fault::unexpected(
                codes::NO_OBJECT,
                "an object",
                shown(value),
            ));
        };
        let inherited = item_type.map(|item| &*item.kind);
        let kind = type_field(value, "kind", "a kind such as DaemonSet", inherited)?;
        let inherited = item_type.map(|item| &*item.api_version);
        let api_version = type_field(value, "apiVersion", "a version such as apps/v1", inherited)?;
        if kind == "Status" && api_version == "v1" {
            return Err(server_status(value));
        }
        if let Some(item) = kind
            .strip_suffix("List")
            .filter(|_| fields.get("items").is_some())
        {
            // The items of a `List` tell their own kinds.
            if !item.is_empty() && older(item, api_version).is_none() {
                check_slips(item, api_version, "List")?;
            }
            return Ok(Self::Items((!item.is_empty()).then(|| ItemType {
                kind: item.to_owned(),
                api_version: api_version.to_owned(),
            })));
        }
        if let Some(known) = older(kind, api_version).filter(|_| is_stored(value)) {
            return Ok(Self::Read(known));
        }
        check_slips(kind, api_version, "")?;
        let known = Kind::named(kind).filter(|known| known.api_version() == api_version);
        let noted = || noted(kind, api_version).map(Self::Note);
        Ok((known.map(Self::Read))
            .or_else(noted)
            .unwrap_or_else(|| Self::PassOver(full_name(kind, api_version))))
    }
}

/// The versions that API servers up to Kubernetes 1.15 served, and in which objects are the same but for defaults, which are
/// set in what was stored.
///
/// Source: [Deprecated API Migration Guide](https://kubernetes.io/docs/reference/using-api/deprecation-guide/#v1-16).
const OLDER: [(&str, Kind); 4] = [
    ("extensions/v1beta1", Kind::DaemonSet),
    ("apps/v1beta2", Kind::DaemonSet),
    ("apps/v1beta2", Kind::ControllerRevision),
    ("apps/v1beta1", Kind::ControllerRevision),
];

fn older(kind: &str, api_version: &str) -> Option<Kind> {
    let mut older = OLDER.into_iter();
    let found = older.find(|(version, known)| *version == api_version && known.name() == kind);
    found.map(|(_, known)| known)
}

/// Whether an API server has stored an object, and so set its defaults.
pub(super) fn is_stored(value: &Spanned) -> bool {
    let uid = value.get("metadata").and_then(|it| it.get("uid"));
    uid.and_then(Spanned::as_str)
        .is_some_and(|it| !it.is_empty())
}

/// An object that is read, in the version that is; and that it was of an older one, where it was.
pub(super) fn in_this_version(
    kind: Kind,
    mut value: Spanned,
    item_type: Option<&ItemType>,
) -> (Spanned, Option<Fault>) {
    let inherited = item_type.map(|item| &*item.api_version);
    let found = type_field(&value, "apiVersion", "", inherited).ok();
    let Some(found) = found.filter(|found| *found != kind.api_version()) else {
        return (value, None);
    };
    let message = format!(
        "expected {}, found {}, which is no longer served: read as the former",
        kind.api_version(),
        in_quotes(found)
    );
    let path = FieldPath::root().field("apiVersion");
    if let Some(version) = value.at_mut(&path) {
        version.node = Node::String(kind.api_version().into());
    }
    if kind == Kind::DaemonSet {
        move_template_generation(&mut value);
    }
    let fault = Fault::new(codes::WRONG_KIND, message).under(path);
    (value, Some(fault.warning()))
}

/// What `extensions/v1beta1` has as a field, and all later versions as an annotation.
///
/// Source: `DeprecatedTemplateGeneration` of [the API](https://pkg.go.dev/k8s.io/api/apps/v1#pkg-constants).
fn move_template_generation(set: &mut Spanned) {
    let spec = set.at_mut(&FieldPath::root().field("spec"));
    let taken = spec.and_then(|spec| spec.take_field("templateGeneration"));
    let Some((number, line)) = taken.and_then(|it| match it.node {
        Node::Number(number) => Some((number, it.line)),
        _ => None,
    }) else {
        return;
    };
    let Some(metadata) = set.at_mut(&FieldPath::root().field("metadata")) else {
        return;
    };
    if metadata.get("annotations").is_none_or(Spanned::is_null) {
        metadata.take_field("annotations");
        let one = Node::Object(Object::new(Vec::new()));
        metadata.add_field("annotations", Spanned::new(one, line));
    }
    let annotations = metadata.at_mut(&FieldPath::root().field("annotations"));
    if let Some(annotations) = annotations.filter(|it| it.get(TEMPLATE_GENERATION).is_none()) {
        let number = Node::String(number.to_string().into());
        annotations.add_field(TEMPLATE_GENERATION, Spanned::new(number, line));
    }
}

/// The kind of an object that only explanations read.
fn noted(kind: &str, api_version: &str) -> Option<GivenKind> {
    Some(match (kind, api_version) {
        ("Event", "v1" | "events.k8s.io/v1") => GivenKind::Event,
        ("Namespace", "v1") => GivenKind::Namespace,
        ("ResourceQuota", "v1") => GivenKind::ResourceQuota,
        ("PriorityClass", "scheduling.k8s.io/v1") => GivenKind::PriorityClass,
        ("Lease", "coordination.k8s.io/v1") => GivenKind::Lease,
        ("CertificateSigningRequest", "certificates.k8s.io/v1") => {
            GivenKind::CertificateSigningRequest
        }
        _ => return None,
    })
}

/// The text of `kind` or `apiVersion`.
fn type_field<'v>(
    object: &'v Spanned,
    name: &'static str,
    expected: &str,
    inherited: Option<&'v str>,
) -> Result<&'v str, Fault> {
    let value = object.get(name);
    match (value.and_then(Spanned::as_str), inherited) {
        (Some(text), _) if !text.is_empty() => return Ok(text),
        (None, Some(inherited)) if value.is_none_or(Spanned::is_null) => return Ok(inherited),
        _ => {}
    }
    let found = value.map_or_else(|| "nothing".to_owned(), shown);
    let mut fault = Fault::unexpected(codes::NO_OBJECT, expected, found).in_field(name);
    if value.is_none()
        && let Some(object) = object.as_object()
    {
        if name == "kind" && object.get("items").is_some() {
            // kubectl writes the kind of a list behind its items.
            fault.message += "; a list whose kind is not there looks cut short";
        }
        let mut keys = object.entries().iter().map(|entry| &*entry.key);
        if let Some(key) = keys.find(|key| key.eq_ignore_ascii_case(name)) {
            let key = bare(key);
            fault.message = format!("{}; `{key}` is written `{name}`", fault.message);
        }
    }
    Err(fault)
}

/// Refuses a kind or version that is a slip for one that is read, and versions that are no longer
/// served. A group with a dot in it may have any kinds: somebody defined them.
fn check_slips(kind: &str, api_version: &str, suffix: &str) -> Result<(), Fault> {
    let group = api_version.rsplit_once('/').map_or("", |(group, _)| group);
    if group.contains('.') {
        return Ok(());
    }
    let Some(known) = Kind::named(kind) else {
        let known = Kind::ALL.map(Kind::name);
        let meant = nearest(kind, known.into_iter().chain(NEIGHBOURS));
        let meant = meant.into_iter().find(|name| known.contains(name));
        let is_of_group = matches!(group, "" | "apps");
        return match meant.filter(|_| is_of_group && !NEIGHBOURS.contains(&kind)) {
            Some(meant) => Err(slip("kind", meant, kind, suffix)),
            None => Ok(()),
        };
    };
    if api_version == known.api_version() {
        return Ok(());
    }
    Err(slip("apiVersion", known.api_version(), api_version, ""))
}

fn slip(field: &'static str, meant: &str, found: &str, suffix: &str) -> Fault {
    let meant = format!("{meant}{suffix}");
    let found = in_quotes(&format!("{found}{suffix}"));
    let message = format!("expected {meant}, found {found}");
    Fault::new(codes::WRONG_KIND, message)
        .in_field(field)
        .suggesting([meant])
}

/// The API server's answer where an object was asked for.
fn server_status(value: &Spanned) -> Fault {
    let text = |name: &str| {
        value
            .get(name)
            .and_then(Spanned::as_str)
            .filter(|it| !it.is_empty())
    };
    let said = text("message").or(text("reason"));
    let said = said.map_or(String::new(), |said| format!(": {}", bare(said)));
    let message = format!("expected an object, found an answer of the API server{said}");
    let mut fault = Fault::new(codes::SERVER_STATUS, message);
    fault.path = FieldPath::root();
    fault
}

/// Where a path of a document leads: the items of lists that it goes through, and the path in the
/// object that is there, in which keys of maps are told from fields as far as its kind is known.
pub(super) fn of_object(document: &Spanned, path: &FieldPath) -> (Vec<usize>, FieldPath) {
    let (mut items, mut value, mut rest) = (Vec::new(), document, path.steps());
    while let [Step::Field(name), Step::Index(index), inner @ ..] = rest
        && name == "items"
        && kind_of(value).ends_with("List")
        && let Some(Node::List(list)) = value.get("items").map(|items| &items.node)
        && let Some(item) = list.get(*index)
    {
        items.push(*index);
        (value, rest) = (item, inner);
    }
    let mut shape = Shape::of_type(kind_of(value));
    let steps = rest.iter().map(|step| match step {
        Step::Field(name) => {
            let step = shape.step(name);
            shape = shape.entry(name);
            step
        }
        other => {
            shape = shape.item();
            other.clone()
        }
    });
    (items, steps.fold(FieldPath::root(), FieldPath::then))
}

fn kind_of(value: &Spanned) -> &str {
    let kind = value.get("kind").and_then(Spanned::as_str);
    kind.unwrap_or_default()
}

/// A kind with its group: `ConfigMap`, `Node.foo.example`.
fn full_name(kind: &str, api_version: &str) -> String {
    match api_version.split_once('/') {
        Some((group, _)) => format!("{}.{}", bare(kind), bare(group)),
        None => bare(kind),
    }
}
