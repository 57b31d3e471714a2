//! Reads manifests and dumps, YAML or JSON, into the objects that planning needs; writes YAML.
//!
//! An [`Inventory`] takes any number of sources: what `kubectl get daemonsets,nodes,pods,controllerrevisions
//! -A -o yaml` (or `-o json`) prints, and files of manifests. A source has any number of documents;
//! each is an object or a list of objects (`List`, `PodList`, …), in any order.
//!
//! - YAML is read as kubectl reads it: by YAML 1.1, so that `yes`, `on` and `y` without quotes are
//!   true and `0600` is 384; `<<` merges. What kubectl would pass over or round in silence is an
//!   error here: a key that comes twice, a tag that it does not know, an integer beyond 64 bits.
//!   `!!binary` is an error too; the API has base64 text instead.
//! - A text that begins with `{` or `[` is read as JSON, and as YAML where it is none. Several
//!   JSON values may follow each other.
//! - Reading takes time and memory in proportion to the source: nesting is bounded
//!   ([`MAX_DEPTH`]), and so is what aliases stand for (as many values as the source has bytes,
//!   and 100,000 at least). [`Inventory::max_bytes`] bounds the source itself.
//! - Errors name the source, document, item and line, and the field; an object in error leaves
//!   the others standing.
//!
//! ```
//! # #[cfg(feature = "yaml")] {
//! use daemonset::manifest::Inventory;
//!
//! let mut inventory = Inventory::new();
//! inventory.read("agent.yaml", b"
//! apiVersion: apps/v1
//! kind: DaemonSet
//! metadata: {name: agent, namespace: infra}
//! spec:
//!   selector: {matchLabels: {app: agent}}
//!   template: {metadata: {labels: {app: agent}}}
//! ---
//! apiVersion: v1
//! kind: Secret
//! ")?;
//! assert_eq!(inventory.daemon_sets[0].daemon_set.metadata.name, "agent");
//! assert_eq!(inventory.passed_over["Secret"], 1);
//! # }
//! # Ok::<(), daemonset::manifest::ReadErrors>(())
//! ```

#[cfg(feature = "yaml")]
mod build;
mod error;
mod json;
mod number;
mod object;
mod path;
#[cfg(feature = "yaml")]
mod scalar;
#[cfg(test)]
#[cfg(feature = "yaml")]
mod tests;
mod typed;
#[cfg(feature = "yaml")]
mod write;
#[cfg(feature = "yaml")]
mod yaml;

use std::collections::BTreeMap;
use std::sync::Arc;

use indexmap::IndexMap;
use serde_json::{Map, Value};

use crate::api::{ControllerRevision, DaemonSet, Node, Pod};
use error::Fault;
use object::Key;

pub use error::{MAX_ERRORS, Place, ReadError, ReadErrorKind, ReadErrors};
#[cfg(feature = "yaml")]
pub use write::to_yaml;

/// How deep lists and objects may stand in each other.
pub const MAX_DEPTH: usize = 127;

/// How large a source may be unless [`Inventory::max_bytes`] says otherwise: 1 GiB.
pub const MAX_BYTES: usize = 1 << 30;

/// One document, and the line of every value in it, each before those inside.
#[derive(Debug)]
struct Document {
    value: Value,
    lines: Vec<u32>,
}

/// Everything read so far.
///
/// ```
/// use daemonset::manifest::Inventory;
///
/// let mut inventory = Inventory::new();
/// inventory.read("nodes.json", br#"{
///     "apiVersion": "v1",
///     "kind": "NodeList",
///     "items": [{"metadata": {"name": "node-a"}}, {"metadata": {"name": "node-b"}}]
/// }"#)?;
/// assert_eq!(inventory.nodes.len(), 2);
/// # Ok::<(), daemonset::manifest::ReadErrors>(())
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Inventory {
    /// The DaemonSets, in the order in which they were read.
    pub daemon_sets: Vec<Manifest>,
    /// The nodes, in the order in which they were read.
    pub nodes: Vec<Node>,
    /// The pods, in the order in which they were read.
    pub pods: Vec<Pod>,
    /// The ControllerRevisions, in the order in which they were read.
    pub revisions: Vec<ControllerRevision>,
    /// How many objects of other kinds there were, by kind (`ConfigMap`, `Node.foo.example`), in
    /// the order in which the kinds came up.
    pub passed_over: IndexMap<String, usize>,
    /// How many objects came again with the same content, which counts once.
    pub repeated: usize,
    max_bytes: usize,
    /// Where every object with a name stands: its place in the list of its kind, and in its source.
    known: BTreeMap<Key, (usize, Place)>,
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
            nodes: Vec::new(),
            pods: Vec::new(),
            revisions: Vec::new(),
            passed_over: IndexMap::new(),
            repeated: 0,
            max_bytes: MAX_BYTES,
            known: BTreeMap::new(),
        }
    }

    /// Refuses sources of more bytes; [`MAX_BYTES`] unless this is called.
    ///
    /// Reading takes a multiple of the largest document's size in memory: some ten times for a
    /// dump of a cluster, and up to a hundred times for a hostile list of single digits.
    ///
    /// ```
    /// use daemonset::manifest::Inventory;
    ///
    /// let errors = Inventory::new().max_bytes(4).read("a.yaml", b"a: {}").unwrap_err();
    /// assert_eq!(errors.to_string(), "a.yaml: expected at most 4 bytes, found 5");
    /// ```
    #[must_use]
    pub fn max_bytes(mut self, limit: usize) -> Self {
        self.max_bytes = limit;
        self
    }

    /// Reads the objects of one source, whose name errors tell.
    ///
    /// The same object (kind, namespace and name) may come again, in this source or in another,
    /// as long as everything that is read of it is equal.
    ///
    /// # Errors
    /// One error for each object and each document that could not be read: text that is neither
    /// YAML nor JSON, a document that is no object or has no `kind`, a field of the wrong type, an
    /// API version that is no longer served, an object that came before with other content. What
    /// could be read is in the inventory all the same.
    pub fn read(&mut self, source: &str, bytes: &[u8]) -> Result<(), ReadErrors> {
        let mut errors = ReadErrors::default();
        let source = Arc::from(source);
        match text(bytes, self.max_bytes) {
            Ok(text) => self.read_text(&source, text, &mut errors),
            Err(fault) => errors.push(fault.at(Place::of_source(&source))),
        }
        errors.into_result()
    }

    fn read_text(&mut self, source: &Arc<str>, text: &str, errors: &mut ReadErrors) {
        let mut read = |(number, document): (usize, Result<Document, Fault>)| {
            let mut place = Place::of_source(source);
            place.document = Some(number);
            match document {
                Ok(document) => self.add_document(document, place, errors),
                Err(fault) => errors.push(fault.at(place)),
            }
        };
        let not_json = if is_json_like(text) {
            match json::ends(text) {
                Ok(ends) => return json::Documents::new(text, ends).for_each(read),
                Err(fault) => Some(fault),
            }
        } else {
            None
        };
        read_yaml(text, not_json, &mut read);
    }
}

/// Reads a text as YAML. `not_json` is the reason why it is no JSON, where it was tried.
#[cfg(feature = "yaml")]
fn read_yaml(
    text: &str,
    mut not_json: Option<Fault>,
    read: &mut impl FnMut((usize, Result<Document, Fault>)),
) {
    for (number, document) in yaml::Documents::new(text) {
        // Neither YAML nor JSON: the one that could be followed further is more likely meant.
        let followed_to = document.as_ref().err().and_then(|fault| fault.followed_to);
        let further =
            not_json.take_if(|json| followed_to.is_some() && json.followed_to >= followed_to);
        read((number, further.map_or(document, Err)));
    }
}

/// Without the feature `yaml`, only JSON is read.
#[cfg(not(feature = "yaml"))]
fn read_yaml(
    text: &str,
    not_json: Option<Fault>,
    read: &mut impl FnMut((usize, Result<Document, Fault>)),
) {
    if let Some(fault) = not_json.or_else(|| json::ends(text).err()) {
        read((1, Err(fault)));
    }
}

fn is_json_like(text: &str) -> bool {
    text.trim_start().starts_with(['{', '['])
}

/// The source as text: UTF-8, with a byte order mark or without.
fn text(bytes: &[u8], limit: usize) -> Result<&str, Fault> {
    if bytes.len() > limit {
        let found = bytes.len();
        return Err(Fault::new(ReadErrorKind::TooLarge { limit, found }));
    }
    let encoding = match bytes {
        [0xFF, 0xFE, 0, 0, ..] | [0, 0, 0xFE, 0xFF, ..] => Some("UTF-32"),
        [0xFF, 0xFE, ..] | [0xFE, 0xFF, ..] | [0, 1..=0x7F, ..] | [1..=0x7F, 0, ..] => {
            Some("UTF-16")
        }
        _ => None,
    };
    if let Some(found) = encoding {
        let found = found.to_owned();
        return Err(Fault::new(ReadErrorKind::Encoding { found }));
    }
    let text = std::str::from_utf8(bytes).map_err(|error| {
        let (valid, rest) = bytes.split_at(error.valid_up_to());
        let found = format!(
            "the byte {:#04x}",
            rest.first().copied().unwrap_or_default()
        );
        let line = line_breaks(valid).saturating_add(1);
        Fault::on_line(ReadErrorKind::Encoding { found }, line)
    })?;
    Ok(text.strip_prefix('\u{feff}').unwrap_or(text))
}

#[allow(clippy::naive_bytecount)] // not worth a dependency
fn line_breaks(bytes: &[u8]) -> u32 {
    let breaks = bytes.iter().filter(|&&byte| byte == b'\n').count();
    u32::try_from(breaks).unwrap_or(u32::MAX)
}

/// A DaemonSet as it was read.
///
/// ```
/// # #[cfg(feature = "yaml")] {
/// use daemonset::manifest::{Inventory, NamespaceOrigin};
///
/// let mut inventory = Inventory::new();
/// inventory.read("agent.yaml", b"
/// apiVersion: apps/v1
/// kind: DaemonSet
/// metadata:
///   name: agent
/// spec:
///   minReadySeconds: 5
/// ")?;
/// let agent = &inventory.daemon_sets[0];
/// assert_eq!(agent.line_of("spec.minReadySeconds"), Some(7));
/// assert_eq!(agent.daemon_set.metadata.namespace, "default");
/// assert_eq!(agent.namespace, NamespaceOrigin::Default);
/// # }
/// # Ok::<(), daemonset::manifest::ReadErrors>(())
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Manifest {
    /// The DaemonSet; its namespace is `default` where none is given.
    pub daemon_set: DaemonSet,
    /// The whole object as it was read, unknown fields included, in its order.
    pub json: Map<String, Value>,
    /// Whether a namespace is given.
    pub namespace: NamespaceOrigin,
    /// Where it stands.
    pub place: Place,
    lines: Vec<u32>,
}

/// Where an object's namespace comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NamespaceOrigin {
    /// The object names it.
    Given,
    /// The object names none, so that it is `default`, as with kubectl.
    Default,
}

impl Manifest {
    /// The line of a field, or of the nearest field above it where it is missing. The path is
    /// written as Kubernetes writes it: `spec.template.spec.tolerations[0].key`,
    /// `metadata.labels[kubernetes.io/os]`, or `metadata.labels["kubernetes.io/os"]` as the
    /// [schema](crate::schema) does.
    #[must_use]
    pub fn line_of(&self, path: &str) -> Option<u32> {
        path::line_of(&self.json, &self.lines, path)
    }
}
