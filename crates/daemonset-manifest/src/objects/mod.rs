//! Values into objects: lists taken apart, kinds told apart, fields given types.

mod convert;
mod dumps;
mod fit;
mod input;
mod item;
mod kinds;
mod known;
mod manifest;
mod mistyped;
mod placing;
mod pod_kinds;
mod quotes;
mod reading;
mod staging;
mod straight;
mod taped;
mod typed;

use std::collections::HashMap;
use std::io::{self, Read, Seek};
use std::sync::Arc;

use daemonset::Cluster;
use daemonset::api::{ControllerRevision, Node, Pod};
use daemonset_explain::evidence::{Evidence, GivenKind};

use self::dumps::{Chosen, Conflicts};
use self::input::{Again, Kept, Packing, Sought};
use self::known::Known;
use self::reading::Reading;
use crate::diagnostic::{Diagnostic, Severity};
use crate::written::Written;

pub use self::dumps::DocumentId;
pub use self::fit::FitObjects;
pub use self::manifest::{Manifest, NamespaceOrigin, Undecodable};
pub(crate) use self::typed::field_of;

/// How large a source may be unless [`Inventory::with_max_bytes`] says otherwise: 512 MiB.
pub const MAX_BYTES: usize = 512 << 20;

/// How many errors of one source are kept, and how many other findings; the rest is counted.
pub const MAX_FINDINGS: usize = 20;

/// So much of a source is looked at to tell text from other things.
const SNIFFED: usize = 64 << 10;

/// So many bytes of a source are read at once: little enough that they are still in the processor's
/// cache when they are looked at.
const BLOCK: usize = 256 << 10;

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
    /// The pods, in the order in which they were read. The affinity of those that are bound to a node
    /// decides nothing any more, and is left out, whatever its type: the API server stored it, unlike a
    /// template that has yet to be. And of those that are ready, so are the conditions on the
    /// way there (`PodScheduled`, `Initialized`, `PodReadyToStartContainers`, `ContainersReady`) that hold,
    /// tell no reason and, but for the first, no later time.
    pub pods: Vec<Pod>,
    /// The ControllerRevisions, in the order in which they were read.
    pub revisions: Vec<ControllerRevision>,
    /// How many objects came again with the same content, which counts once.
    pub repeated: usize,
    passed_over: Vec<(String, usize)>,
    passed_over_at: HashMap<String, usize>,
    diagnostics: Vec<Diagnostic>,
    more: usize,
    evidence: Evidence,
    fit: Option<FitObjects>,
    max_bytes: usize,
    readers: Readers,
    versions: Versions,
    chosen: Chosen,
    conflicts: Conflicts,
    block: usize,
    sources: Vec<Arc<str>>,
    known: Known,
}

/// Which readers are tried.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Readers {
    /// Those for what Kubernetes writes first.
    #[default]
    All,
    /// Those for everything alone.
    Full,
}

/// What becomes of a DaemonSet that another source has with other content.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Versions {
    /// The first counts, and the other is an error.
    #[default]
    One,
    /// Each is kept.
    Each,
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
            evidence: Evidence::new(),
            fit: None,
            max_bytes: MAX_BYTES,
            readers: Readers::default(),
            versions: Versions::default(),
            chosen: Chosen::default(),
            conflicts: Conflicts::default(),
            block: BLOCK,
            sources: Vec::new(),
            known: Known::default(),
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

    /// How many bytes a source may have at most.
    #[must_use]
    pub fn max_bytes(&self) -> usize {
        self.max_bytes
    }

    /// Keeps what the question for room reads besides ([`FitObjects`]), which takes as much time and
    /// memory again.
    #[must_use]
    pub fn with_fit_objects(mut self) -> Self {
        self.fit.get_or_insert_default();
        self
    }

    /// Keeps each version of a DaemonSet that several sources have, as overlays of environments do: for what
    /// asks of each by itself. Otherwise the first counts, and another is an error.
    #[must_use]
    pub fn with_each_version(mut self) -> Self {
        self.versions = Versions::Each;
        self
    }

    /// Reads everything with the readers for all of JSON and YAML, and not what Kubernetes writes with
    /// faster ones: for tests, which hold one against the other.
    #[doc(hidden)]
    #[must_use]
    pub fn with_full_readers(mut self) -> Self {
        self.readers = Readers::Full;
        self
    }

    /// Reads a stream in blocks of so many bytes: for tests.
    #[doc(hidden)]
    #[must_use]
    pub fn with_blocks_of(mut self, bytes: usize) -> Self {
        self.block = bytes;
        self
    }

    /// What the question for room reads; `None` unless it is
    /// [kept](Self::with_fit_objects).
    #[must_use]
    pub fn fit_objects(&self) -> Option<&FitObjects> {
        self.fit.as_ref()
    }

    /// Puts the DaemonSets that name no namespace into this one, as `kubectl -n` does.
    ///
    /// ```
    /// use daemonset_manifest::Inventory;
    ///
    /// let mut inventory = Inventory::new();
    /// inventory.read("agent.yaml", b"{apiVersion: apps/v1, kind: DaemonSet, metadata: {name: agent}}");
    /// inventory.put_into_namespace("infra");
    /// let agent = inventory.written().next().unwrap();
    /// assert_eq!((agent.namespace(), agent.name()), ("infra", "agent"));
    /// ```
    pub fn put_into_namespace(&mut self, namespace: &str) {
        let sets = self.daemon_sets.iter_mut();
        for manifest in sets.filter(|set| set.namespace == NamespaceOrigin::Default) {
            namespace.clone_into(&mut manifest.daemon_set.metadata.namespace);
            manifest.written.put_into_namespace(namespace);
        }
        for set in &mut self.undecodable {
            set.written.put_into_namespace(namespace);
        }
    }

    /// Reads the objects of one source, whose name findings tell. What is wrong is in
    /// [`diagnostics`](Self::diagnostics), and everything else is read all the same.
    ///
    /// The same object (kind, namespace and name) may come again, in this source or in another,
    /// as long as everything that is read of it is equal.
    ///
    /// Takes time in proportion to the source, and at most 400 bytes of memory for each byte of it
    /// besides 4 MiB; for a dump of a cluster some ten. With the checks and lints of its DaemonSets that
    /// is at most 1,000, with a merge of them ([`apply`](crate::apply::apply)) at most 2,000. Lists and
    /// objects may stand 127 deep in each other ([`MAX_DEPTH`](crate::MAX_DEPTH)), and aliases for as
    /// many values as the source has bytes, 100,000 at least.
    /// What is packed by gzip or zstd is unpacked; as many bytes as may be read may come of it.
    pub fn read(&mut self, source: &str, bytes: &[u8]) {
        if Packing::of(bytes) == Packing::None {
            let mut reading = self.begin(source);
            reading.text(bytes);
            reading.finish();
        } else {
            let reader = Sought::new(io::Cursor::new(bytes));
            // A reader of bytes in memory does not fail.
            let _ = reader.and_then(|reader| self.read_again(source, reader));
        }
    }

    /// Reads one source from a reader, and no more of it than may be read. Its bytes are kept until all
    /// of it is read: of a file, which can be read again, [`read_file`](Self::read_file) keeps none.
    ///
    /// # Errors
    /// Those of the reader.
    pub fn read_from(&mut self, source: &str, reader: impl Read) -> io::Result<()> {
        self.read_again(source, Kept::new(reader))
    }

    /// Reads one source from where a file stands, and no more of it than may be read. A dump as kubectl
    /// writes it is read item by item, and what is not kept of an item is let go; of anything else all of
    /// it is in memory while it is read.
    ///
    /// ```
    /// use std::io::Cursor;
    ///
    /// use daemonset_manifest::Inventory;
    ///
    /// let mut inventory = Inventory::new();
    /// inventory.read_file("node.yaml", Cursor::new("{apiVersion: v1, kind: Node, metadata: {name: a}}"))?;
    /// assert_eq!(inventory.nodes.len(), 1);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    ///
    /// # Errors
    /// Those of the file.
    pub fn read_file(&mut self, source: &str, file: impl Read + Seek) -> io::Result<()> {
        self.read_again(source, Sought::new(file)?)
    }

    fn read_again(&mut self, source: &str, mut reader: impl Again) -> io::Result<()> {
        let mut first = Vec::new();
        (&mut reader)
            .take(Packing::TOLD_BY as u64)
            .read_to_end(&mut first)?;
        let packing = Packing::of(&first);
        let mut reading = self.begin(source);
        let read = reading.unpack(packing, &first, &mut reader);
        reading.finish();
        read
    }

    fn begin(&mut self, source: &str) -> Reading<'_> {
        let name: Arc<str> = source.into();
        self.sources.push(Arc::clone(&name));
        let at = u32::try_from(self.sources.len() - 1).unwrap_or(u32::MAX);
        Reading::of(self, name, at)
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

    /// Whether a document or an object, or a part of it, is missing here because it could not be read.
    #[must_use]
    pub fn is_incomplete(&self) -> bool {
        !self.undecodable.is_empty() || self.has_errors()
    }

    /// Whether there is an error among the findings, other than those of DaemonSets that do not decode.
    #[must_use]
    pub fn has_errors(&self) -> bool {
        let is_error = |finding: &Diagnostic| finding.severity == Severity::Error;
        self.diagnostics.iter().any(is_error)
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
        self.evidence.gave(GivenKind::ControllerRevision)
    }

    /// Notes that a kind was given, be there none of it: an empty list of kind `List` does not tell of
    /// which.
    pub fn note_given(&mut self, kind: GivenKind) {
        self.evidence.note_given(kind);
    }

    /// What was read beside the objects that decide: what containers, nodes and events say,
    /// namespaces, quotas and priority classes, and which kinds were given at all.
    #[must_use]
    pub fn evidence(&self) -> &Evidence {
        &self.evidence
    }

    /// The nodes, pods and ControllerRevisions as a cluster. Revisions are known to it only where
    /// they were given.
    #[must_use]
    pub fn cluster(&self) -> Cluster<'_> {
        let cluster = Cluster::new(&self.nodes, &self.pods);
        if self.gave_revisions() {
            cluster.with_partial_revisions(&self.revisions)
        } else {
            cluster
        }
    }

    /// Counts an object of another kind.
    fn pass_over(&mut self, name: String) {
        if let Some(&at) = self.passed_over_at.get(&name) {
            self.passed_over[at].1 += 1;
        } else {
            let at = self.passed_over.len();
            self.passed_over_at.insert(name.clone(), at);
            self.passed_over.push((name, 1));
        }
    }
}
