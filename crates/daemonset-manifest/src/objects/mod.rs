//! Values into objects: lists taken apart, kinds told apart, fields given types.

mod kinds;
mod typed;
mod written;

use std::collections::HashMap;
use std::io::{self, Read};
use std::sync::Arc;

use daemonset::Cluster;
use daemonset::api::{ControllerRevision, DaemonSet, Node, ObjectMeta, Pod};
use daemonset::template::apply_defaults;
use daemonset::template::table::{self, Type};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use self::kinds::{ItemType, Kind, Use};
use self::typed::typed;
use crate::check::{self, FieldValidation};
use crate::diagnostic::{Diagnostic, Place, Severity};
use crate::source::{self, Document, Fault, Spanned, codes, paste};
use crate::words::{bare, in_quotes};

pub use self::written::{DEFAULT_NAMESPACE, Manifest, NamespaceOrigin, Undecodable, Written};

/// How large a source may be unless [`Inventory::with_max_bytes`] says otherwise: 512 MiB.
pub const MAX_BYTES: usize = 512 << 20;

/// How many errors of one source are kept, and how many other findings; the rest is counted.
pub const MAX_FINDINGS: usize = 20;

/// How many DaemonSets that do not decode are kept of one source.
const MAX_UNDECODABLE: usize = 1000;

/// So much of a source is looked at to tell text from other things.
const SNIFFED: usize = 64 << 10;

/// Everything read so far.
///
/// ```
/// use daemonset_manifest::Inventory;
///
/// let mut inventory = Inventory::new();
/// inventory.read("nodes.json", br#"{
///     "apiVersion": "v1",
///     "kind": "NodeList",
///     "items": [{"metadata": {"name": "node-a"}}, {"metadata": {"name": "node-b"}}]
/// }"#);
/// assert!(inventory.diagnostics().is_empty());
/// assert_eq!(inventory.nodes.len(), 2);
/// assert_eq!(inventory.cluster().nodes().len(), 2);
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Inventory {
    /// The DaemonSets, in the order in which they were read.
    pub daemon_sets: Vec<Manifest>,
    /// The DaemonSets that the API server would not decode; at most a thousand of a source.
    pub undecodable: Vec<Undecodable>,
    /// The nodes, in the order in which they were read.
    pub nodes: Vec<Node>,
    /// The pods, in the order in which they were read.
    pub pods: Vec<Pod>,
    /// The ControllerRevisions, in the order in which they were read.
    pub revisions: Vec<ControllerRevision>,
    /// How many objects came again with the same content, which counts once.
    pub repeated: usize,
    passed_over: Vec<(String, usize)>,
    passed_over_at: HashMap<String, usize>,
    diagnostics: Vec<Diagnostic>,
    more: usize,
    gave_revisions: bool,
    max_bytes: usize,
    sources: Vec<Arc<str>>,
    known: HashMap<Key, Seen>,
}

/// What tells objects apart: kind, namespace and name.
type Key = (Kind, Box<str>, Box<str>);

/// Where an object stands that came before: its place in the list of its kind, and in its source.
#[derive(Clone, Copy, Debug)]
struct Seen {
    at: usize,
    source: u32,
    document: u32,
    line: u32,
}

/// Whether an object is there already.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Novelty {
    New,
    Repeated,
}

impl Default for Inventory {
    fn default() -> Self {
        Self::new()
    }
}

impl Inventory {
    /// An inventory without objects.
    #[must_use]
    pub fn new() -> Self {
        Self {
            daemon_sets: Vec::new(),
            undecodable: Vec::new(),
            nodes: Vec::new(),
            pods: Vec::new(),
            revisions: Vec::new(),
            repeated: 0,
            passed_over: Vec::new(),
            passed_over_at: HashMap::new(),
            diagnostics: Vec::new(),
            more: 0,
            gave_revisions: false,
            max_bytes: MAX_BYTES,
            sources: Vec::new(),
            known: HashMap::new(),
        }
    }

    /// Refuses sources of more bytes; [`MAX_BYTES`] unless this is called.
    ///
    /// ```
    /// use daemonset_manifest::Inventory;
    ///
    /// let mut inventory = Inventory::new().with_max_bytes(4);
    /// inventory.read("a.yaml", b"a: {}");
    /// let error = &inventory.diagnostics()[0];
    /// assert_eq!(error.to_string(), "expected at most 4 bytes, found more");
    /// ```
    #[must_use]
    pub fn with_max_bytes(mut self, limit: usize) -> Self {
        self.max_bytes = limit;
        self
    }

    /// Reads the objects of one source, whose name findings tell. What is wrong is in
    /// [`diagnostics`](Self::diagnostics), and everything else is read all the same.
    ///
    /// The same object (kind, namespace and name) may come again, in this source or in another,
    /// as long as everything that is read of it is equal.
    pub fn read(&mut self, source: &str, bytes: &[u8]) {
        let mut reading = self.begin(source);
        if bytes.len() > reading.inventory.max_bytes {
            reading.refuse_size();
        } else {
            reading.read(bytes);
        }
        reading.finish();
    }

    /// Reads one source from a reader, and no more of it than may be read.
    ///
    /// # Errors
    /// Those of the reader.
    pub fn read_from(&mut self, source: &str, mut reader: impl Read) -> io::Result<()> {
        let mut bytes = Vec::new();
        let limit = u64::try_from(self.max_bytes).unwrap_or(u64::MAX);
        let sniffed = limit.min(SNIFFED as u64);
        (&mut reader).take(sniffed).read_to_end(&mut bytes)?;
        let mut reading = self.begin(source);
        if is_binary(&bytes) {
            let expected = "YAML or JSON";
            let fault = Fault::unexpected(codes::ENCODING, expected, "bytes that are no text");
            reading.report(fault);
            reading.finish();
            return Ok(());
        }
        let rest = limit - sniffed;
        (&mut reader).take(rest).read_to_end(&mut bytes)?;
        if bytes.len() == reading.inventory.max_bytes && reader.read(&mut [0])? > 0 {
            reading.refuse_size();
        } else {
            reading.read(&bytes);
        }
        reading.finish();
        Ok(())
    }

    fn begin(&mut self, source: &str) -> Reading<'_> {
        let name: Arc<str> = source.into();
        self.sources.push(Arc::clone(&name));
        Reading {
            place: Place::of_source(name),
            source: u32::try_from(self.sources.len() - 1).unwrap_or(u32::MAX),
            inventory: self,
            errors: 0,
            others: 0,
            undecodable: 0,
            has_content: false,
        }
    }

    /// What was found wrong while reading, source by source in the order of each: errors, each of
    /// which means that a document or an object is missing here, and warnings. Of one source at
    /// most [`MAX_FINDINGS`] errors and as many warnings.
    ///
    /// Why DaemonSets do not decode is with these ([`Undecodable::faults`]).
    #[must_use]
    pub fn diagnostics(&self) -> &[Diagnostic] {
        &self.diagnostics
    }

    /// How many more findings there were.
    #[must_use]
    pub fn more_diagnostics(&self) -> usize {
        self.more
    }

    /// Whether a document or an object is missing here because it could not be read.
    #[must_use]
    pub fn is_incomplete(&self) -> bool {
        let is_error = |finding: &Diagnostic| finding.severity == Severity::Error;
        !self.undecodable.is_empty() || self.diagnostics.iter().any(is_error)
    }

    /// How many objects of other kinds there were, by kind (`ConfigMap`, `Node.foo.example`), in
    /// the order in which the kinds came up.
    pub fn passed_over(&self) -> impl Iterator<Item = (&str, usize)> {
        self.passed_over
            .iter()
            .map(|(kind, count)| (kind.as_str(), *count))
    }

    /// All DaemonSets as they were written, those that do not decode last.
    pub fn written(&self) -> impl Iterator<Item = &Written> {
        let read = self.daemon_sets.iter().map(|manifest| &manifest.written);
        read.chain(self.undecodable.iter().map(|set| &set.written))
    }

    /// Whether ControllerRevisions were given, be they none: a list of them, or one at least.
    #[must_use]
    pub fn gave_revisions(&self) -> bool {
        self.gave_revisions
    }

    /// The nodes, pods and ControllerRevisions as a cluster. Revisions are known to it only where
    /// they were given.
    #[must_use]
    pub fn cluster(&self) -> Cluster<'_> {
        let cluster = Cluster::new(&self.nodes, &self.pods);
        if self.gave_revisions {
            cluster.with_partial_revisions(&self.revisions)
        } else {
            cluster
        }
    }

    /// Notes an object that would be the `next` of its kind.
    fn note(
        &mut self,
        kind: Kind,
        metadata: &ObjectMeta,
        seen: Seen,
        is_same: impl FnOnce(&Self, usize) -> bool,
    ) -> Result<Novelty, Fault> {
        if metadata.name.is_empty() {
            return Ok(Novelty::New);
        }
        let key = (
            kind,
            metadata.namespace.as_str().into(),
            metadata.name.as_str().into(),
        );
        let Some(first) = self.known.get(&key).copied() else {
            self.known.insert(key, seen);
            return Ok(Novelty::New);
        };
        if is_same(self, first.at) {
            self.repeated += 1;
            return Ok(Novelty::Repeated);
        }
        let name = match &*metadata.namespace {
            "" => metadata.name.clone(),
            namespace => format!("{namespace}/{}", metadata.name),
        };
        let message = format!(
            "expected one {} {}, found another with other content at {}",
            kind.name(),
            in_quotes(&name),
            self.place_of(first)
        );
        Err(Fault::new(codes::CONFLICT, message))
    }

    fn place_of(&self, seen: Seen) -> Place {
        let source = self.sources.get(seen.source as usize).cloned();
        let mut place = Place::of_source(source.unwrap_or_else(|| "".into()));
        place.document = Some(seen.document as usize);
        place.line = Some(seen.line);
        place
    }
}

/// Whether bytes are no text in any encoding that is read.
fn is_binary(bytes: &[u8]) -> bool {
    let (text, encoding) = source::decode(bytes);
    encoding == source::Encoding::Utf8 && text.contains(&0)
}

/// One source that is being read.
struct Reading<'i> {
    inventory: &'i mut Inventory,
    place: Place,
    source: u32,
    errors: usize,
    others: usize,
    undecodable: usize,
    has_content: bool,
}

impl Reading<'_> {
    fn read(&mut self, bytes: &[u8]) {
        if let Some(what) = paste(bytes) {
            let expected = "YAML or JSON";
            let mut fault = Fault::unexpected(codes::KUBECTL_OUTPUT, expected, what);
            fault.message += "; ask it for -o yaml";
            self.report(fault.on_line(1));
            return;
        }
        source::documents(bytes, |document| self.document(document));
        if !self.has_content {
            let message = if bytes.is_empty() {
                "expected YAML or JSON, found an empty file"
            } else {
                "expected YAML or JSON, found no object in it"
            };
            self.report(Fault::new(codes::EMPTY, message).warning());
        }
    }

    fn document(&mut self, document: Document) {
        let number = document.number;
        self.has_content |= !document.faults.is_empty();
        let mut place = self.place.clone();
        place.document = Some(number);
        for mut fault in document.faults {
            let mut place = place.clone();
            if let Some(value) = &document.value {
                (place.items, fault.path) = kinds::of_object(value, fault.path);
            }
            self.keep(fault.at(place));
        }
        if let Some(value) = document.value.filter(|value| !value.is_null()) {
            self.has_content = true;
            self.object(value, place, None);
        }
    }

    fn refuse_size(&mut self) {
        let limit = self.inventory.max_bytes;
        let message = format!("expected at most {limit} bytes, found more");
        self.report(Fault::new(codes::TOO_LARGE, message));
    }

    /// Keeps a finding about the source as a whole.
    fn report(&mut self, fault: Fault) {
        self.keep(fault.at(self.place.clone()));
    }

    fn keep(&mut self, finding: Diagnostic) {
        let kept = match finding.severity {
            Severity::Error => &mut self.errors,
            _ => &mut self.others,
        };
        *kept += 1;
        if *kept > MAX_FINDINGS {
            self.inventory.more += 1;
        } else {
            self.inventory.diagnostics.push(finding);
        }
    }

    fn finish(self) {
        // Nothing is looked up by these any more that is worth their room.
        self.inventory.diagnostics.shrink_to_fit();
    }

    fn object(&mut self, value: Spanned, mut place: Place, item_type: Option<&ItemType>) {
        place.line = Some(value.line);
        let usage = match Use::of(&value, item_type) {
            Ok(usage) => usage,
            Err(fault) => {
                let line = value.nearest(&fault.path).line;
                return self.keep(fault.on_line(line).at(place));
            }
        };
        match usage {
            Use::Items(item_type) => self.items(value, &place, item_type.as_ref()),
            Use::Read(kind) => self.known(kind, value, place),
            Use::PassOver(name) => self.inventory.pass_over(name),
        }
    }

    fn items(&mut self, list: Spanned, place: &Place, item_type: Option<&ItemType>) {
        if item_type.is_some_and(ItemType::is_revisions) {
            self.inventory.gave_revisions = true;
        }
        let Some(items) = list.into_field("items") else {
            return;
        };
        let line = items.line;
        match items.into_list() {
            Ok(items) => {
                for (index, item) in items.into_iter().enumerate() {
                    let mut place = place.clone();
                    place.items.push(index);
                    self.object(item, place, item_type);
                }
            }
            Err(other) if other.is_null() => {}
            Err(other) => {
                let found = crate::words::shown(&other);
                let fault = Fault::unexpected(codes::WRONG_TYPE, "a list", found);
                self.keep(fault.in_field("items").on_line(line).at(place.clone()));
            }
        }
    }

    /// Reads an object of a kind that is read.
    fn known(&mut self, kind: Kind, value: Spanned, place: Place) {
        let read = match kind {
            Kind::DaemonSet => return self.daemon_set(value, place),
            Kind::ControllerRevision => {
                self.inventory.gave_revisions = true;
                self.typed(kind, &value, &place, |it: &mut ControllerRevision| {
                    &mut it.metadata
                })
                .and_then(|read| {
                    self.add(
                        kind,
                        read,
                        &place,
                        |it| &mut it.revisions,
                        |it| &it.metadata,
                    )
                })
            }
            Kind::Node => self
                .typed(kind, &value, &place, |it: &mut Node| &mut it.metadata)
                .and_then(|read| {
                    self.add(kind, read, &place, |it| &mut it.nodes, |it| &it.metadata)
                }),
            Kind::Pod => self
                .typed(kind, &value, &place, |it: &mut Pod| &mut it.metadata)
                .and_then(|read| {
                    self.add(kind, read, &place, |it| &mut it.pods, |it| &it.metadata)
                }),
        };
        if let Err(findings) = read {
            findings.into_iter().for_each(|finding| self.keep(finding));
        }
    }

    /// An object with types, a name and, where it is in one, a namespace.
    fn typed<T: DeserializeOwned>(
        &mut self,
        kind: Kind,
        value: &Spanned,
        place: &Place,
        metadata: impl FnOnce(&mut T) -> &mut ObjectMeta,
    ) -> Result<T, Vec<Diagnostic>> {
        let mut read: T = typed(value)
            .map_err(|mistyped| why_mistyped(kind, value, place, &mistyped.to_string()))?;
        let metadata = metadata(&mut read);
        if metadata.name.is_empty() {
            return Err(vec![no_name(value, place)]);
        }
        if kind.is_namespaced() {
            set_namespace(metadata);
        }
        Ok(read)
    }

    /// Adds an object unless it is there already.
    fn add<T: PartialEq>(
        &mut self,
        kind: Kind,
        read: T,
        place: &Place,
        list: impl Fn(&mut Inventory) -> &mut Vec<T>,
        metadata: impl FnOnce(&T) -> &ObjectMeta,
    ) -> Result<(), Vec<Diagnostic>> {
        let known = std::mem::take(list(self.inventory));
        let seen = self.seen(known.len(), place);
        let same = |_: &Inventory, at: usize| known.get(at) == Some(&read);
        let novelty = self.inventory.note(kind, metadata(&read), seen, same);
        *list(self.inventory) = known;
        match novelty {
            Ok(Novelty::New) => list(self.inventory).push(read),
            Ok(Novelty::Repeated) => {}
            Err(fault) => return Err(vec![fault.at(place.clone())]),
        }
        Ok(())
    }

    fn seen(&self, at: usize, place: &Place) -> Seen {
        let document = place.document.and_then(|number| u32::try_from(number).ok());
        Seen {
            at,
            source: self.source,
            document: document.unwrap_or_default(),
            line: place.line.unwrap_or_default(),
        }
    }

    /// The one place where a DaemonSet gets types, with the API server's defaults set. It is kept
    /// as it was written, too.
    fn daemon_set(&mut self, value: Spanned, place: Place) {
        let written = Written::new(value, place);
        match read_daemon_set(&written) {
            Ok(daemon_set) => self.add_daemon_set(daemon_set, written),
            Err(faults) => {
                self.undecodable += 1;
                if self.undecodable > MAX_UNDECODABLE {
                    self.inventory.more += 1;
                } else {
                    let undecodable = Undecodable { written, faults };
                    self.inventory.undecodable.push(undecodable);
                }
            }
        }
    }

    fn add_daemon_set(&mut self, mut daemon_set: DaemonSet, written: Written) {
        let namespace = set_namespace(&mut daemon_set.metadata);
        let seen = self.seen(self.inventory.daemon_sets.len(), written.place());
        let kind = Kind::DaemonSet;
        let novelty = self
            .inventory
            .note(kind, &daemon_set.metadata, seen, |known, at| {
                let known = known.daemon_sets.get(at);
                known.is_some_and(|known| known.written.root().is_same(written.root()))
            });
        match novelty {
            Ok(Novelty::New) => self.inventory.daemon_sets.push(Manifest {
                daemon_set,
                namespace,
                written,
            }),
            Ok(Novelty::Repeated) => {}
            Err(fault) => self.keep(fault.at(written.place().clone())),
        }
    }
}

impl Inventory {
    fn pass_over(&mut self, name: String) {
        match self.passed_over_at.get(&name) {
            Some(&at) => self.passed_over[at].1 += 1,
            None => {
                let at = self.passed_over.len();
                self.passed_over_at.insert(name.clone(), at);
                self.passed_over.push((name, 1));
            }
        }
    }
}

/// A DaemonSet with the API server's defaults, or why it would not decode it.
fn read_daemon_set(written: &Written) -> Result<DaemonSet, Vec<Diagnostic>> {
    let mut fields = written.to_json();
    let faults = check::decode(table::root_type(), &fields, FieldValidation::Ignore);
    if !faults.is_empty() {
        let located = faults.into_iter().map(|finding| written.locate(finding));
        return Err(located.collect());
    }
    let metadata = fields.get("metadata");
    let has = |field: &str| {
        let text = metadata.and_then(|metadata| metadata.get(field)?.as_str());
        text.is_some_and(|text| !text.is_empty())
    };
    if !has("name") && !has("generateName") {
        return Err(vec![no_name(written.root(), written.place())]);
    }
    without_null_entries(table::root_type(), &mut fields);
    apply_defaults(&mut fields);
    DaemonSet::deserialize(Value::Object(fields)).map_err(|error| {
        let fault = Fault::new(codes::WRONG_TYPE, bare(&error.to_string()));
        vec![fault.at(written.place().clone())]
    })
}

/// Takes the entries of maps away that are null, as `kubectl apply` does. Fields that are null are
/// missing to the API as it is.
fn without_null_entries(type_: &'static Type, fields: &mut Map<String, Value>) {
    for (name, value) in fields {
        if let Some(field) = type_.field(name) {
            without_nulls(&field.kind, value);
        }
    }
}

fn without_nulls(kind: &'static table::Kind, value: &mut Value) {
    match (kind, value) {
        (table::Kind::Object(id), Value::Object(fields)) => {
            without_null_entries(table::type_of(*id), fields);
        }
        (table::Kind::List(element), Value::Array(items)) => {
            items
                .iter_mut()
                .for_each(|item| without_nulls(element, item));
        }
        (table::Kind::Map(_), Value::Object(entries)) => {
            entries.retain(|_, entry| !entry.is_null())
        }
        _ => {}
    }
}

/// Why an object could not be read: every value of the wrong type, as far as the field table knows
/// the fields that are read.
fn why_mistyped(kind: Kind, value: &Spanned, place: &Place, otherwise: &str) -> Vec<Diagnostic> {
    let faults = match (table::type_named(kind.name()), value.to_value()) {
        (Some(type_), Value::Object(fields)) => {
            check::decode(type_, &fields, FieldValidation::Ignore)
        }
        _ => Vec::new(),
    };
    if faults.is_empty() {
        let fault = Fault::new(codes::WRONG_TYPE, bare(otherwise));
        return vec![fault.at(place.clone())];
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
fn set_namespace(metadata: &mut ObjectMeta) -> NamespaceOrigin {
    if metadata.namespace.is_empty() {
        DEFAULT_NAMESPACE.clone_into(&mut metadata.namespace);
        NamespaceOrigin::Default
    } else {
        NamespaceOrigin::Given
    }
}
