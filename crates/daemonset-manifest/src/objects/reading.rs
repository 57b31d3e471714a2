//! One source into objects: documents and lists taken apart, and every object to its place.

use std::io::{self, Read as _};
use std::ops::Range;
use std::sync::Arc;

use daemonset::api::{ControllerRevision, DaemonSet, Node};
use daemonset_explain::evidence::{DaemonSetEvidence, GivenKind};
use serde::de::DeserializeOwned;

use super::convert::{read_daemon_set, read_evidence, read_object, set_namespace};
use super::fit::{Extra, node_facts, room_of};
use super::input::{Again, Packing};
use super::item::{Object, ReadNode, ReadPod};
use super::kinds::{self, ItemType, Kind, Use};
use super::known::Origin;
use super::mistyped::Mistyped;
use super::placing::{Novelty, is_another, is_named_alike, two_identities};
use super::quotes::{Lines, has_lost_quotes, with_quotes};
use super::staging::{Staging, TakenItems};
use super::straight::Straight;
use super::typed::{Without, typed};
use super::{Inventory, MAX_FINDINGS, Manifest, Readers, SNIFFED, Undecodable};
use crate::diagnostic::{Diagnostic, Place, Severity};
use crate::source::stream::{self, Limits, Stop};
use crate::source::{
    self, Document, Fault, Fields, Items as _, Spanned, Unread, codes, is_template, paste, shown,
};
use crate::words::bare;
use crate::written::Written;

/// How many DaemonSets that do not decode are kept of one source.
const MAX_UNDECODABLE: usize = 1000;

/// One source that is being read.
pub(super) struct Reading<'i> {
    pub inventory: &'i mut Inventory,
    place: Place,
    /// Its place among the sources of the inventory.
    source: u32,
    /// The items that were taken of the document that comes next.
    taken: TakenItems,
    /// Those that are in their places already, one run after the other.
    gone: Vec<Range<usize>>,
    errors: usize,
    others: usize,
    undecodable: usize,
    has_content: bool,
    /// The lines of the source, where texts of it have lost their quotes.
    lines: Option<Lines>,
    /// Whether that was told.
    told_unquoted: bool,
    /// Whether it was told that objects are of an older version.
    told_older: bool,
}

impl<'i> Reading<'i> {
    pub fn of(inventory: &'i mut Inventory, name: Arc<str>, source: u32) -> Self {
        Self {
            place: Place::of_source(name),
            source,
            inventory,
            taken: Vec::new(),
            gone: Vec::new(),
            errors: 0,
            others: 0,
            undecodable: 0,
            has_content: false,
            lines: None,
            told_unquoted: false,
            told_older: false,
        }
    }

    /// Reads what a reader gives, unpacked; its first bytes are read already.
    pub fn unpack(
        &mut self,
        packing: Packing,
        first: &[u8],
        reader: &mut impl Again,
    ) -> io::Result<()> {
        if self.inventory.chosen.passes_over(self.source) {
            return Ok(());
        }
        let mut unpacked = packing.unpacked(first, reader);
        let read = self.sniff_and_stream(&mut unpacked);
        drop(unpacked);
        let read = match read {
            Ok(()) => Ok(()),
            Err(Stop::TooLarge) => {
                self.refuse_size();
                Ok(())
            }
            Err(Stop::Failed(error)) => Err(error),
            Err(Stop::Irregular) => {
                reader.again()?;
                self.read_all(packing.unpacked(&[], reader))
            }
        };
        match read {
            Err(error) if packing != Packing::None => {
                let expected = format!("what {} packed", packing.name());
                let found = bare(&error.to_string());
                self.report(Fault::unexpected(codes::ENCODING, &expected, found));
                Ok(())
            }
            read => read,
        }
    }

    /// Reads a text that is in memory.
    pub fn text(&mut self, bytes: &[u8]) {
        if self.inventory.chosen.passes_over(self.source) {
            return;
        }
        if bytes.len() > self.inventory.max_bytes {
            self.refuse_size();
        } else if !self.refuse_paste(bytes) && self.stream(bytes).is_err() {
            self.read(bytes);
        }
    }

    /// Whether it is what was pasted in place of YAML, which is reported then.
    fn refuse_paste(&mut self, bytes: &[u8]) -> bool {
        let Some(paste) = paste(bytes) else {
            return false;
        };
        let expected = "YAML or JSON";
        let mut fault = Fault::unexpected(codes::KUBECTL_OUTPUT, expected, paste.what);
        fault.message = format!("{}; {}", fault.message, paste.instead);
        self.report(fault.on_line(1));
        true
    }

    /// Reads one document item by item, unless its first bytes are no text.
    fn sniff_and_stream(&mut self, reader: &mut dyn io::Read) -> Result<(), Stop> {
        let mut first = Vec::new();
        let sniffed = self.inventory.max_bytes.min(SNIFFED) as u64;
        let read = (&mut *reader).take(sniffed).read_to_end(&mut first);
        read.map_err(Stop::Failed)?;
        if is_binary(&first) {
            let expected = "YAML or JSON";
            let fault = Fault::unexpected(codes::ENCODING, expected, "bytes that are no text");
            self.report(fault);
            return Ok(());
        }
        if self.refuse_paste(&first) {
            return Ok(());
        }
        self.stream(first.chain(reader))
    }

    /// Reads one document item by item.
    fn stream(&mut self, reader: impl io::Read) -> Result<(), Stop> {
        let tells_apart = self.inventory.chosen.tells_apart(self.source);
        if self.inventory.readers == Readers::Full || tells_apart {
            return Err(Stop::Irregular);
        }
        let limits = Limits {
            bytes: self.inventory.max_bytes,
            block: self.inventory.block,
        };
        let staging = Staging::new(self.inventory.fit.is_some(), self.inventory.readers);
        let mut staging = staging.with(Straight::of(self.inventory, self.source));
        let document = stream::document(reader, limits, &mut staging)?;
        if document.value.as_ref().is_some_and(has_lost_quotes) {
            // Its lines are asked for what they were.
            staging.forget();
            return Err(Stop::Irregular);
        }
        let usage = document.value.as_ref().map(|value| Use::of(value, None));
        if !matches!(usage, Some(Ok(Use::Items(_)))) {
            staging.forget();
        }
        self.taken = staging.finish();
        self.gone = staging.gone();
        self.document(document);
        Ok(())
    }

    /// Reads all of it at once.
    fn read_all(&mut self, mut reader: Box<dyn io::Read + '_>) -> io::Result<()> {
        let mut bytes = Vec::new();
        let limit = self.inventory.max_bytes;
        (&mut reader).take(limit as u64).read_to_end(&mut bytes)?;
        if bytes.len() == limit && reader.read(&mut [0])? > 0 {
            self.refuse_size();
        } else {
            self.read(&bytes);
        }
        Ok(())
    }

    /// Reads all of it.
    fn read(&mut self, bytes: &[u8]) {
        let mut staging = Staging::new(self.inventory.fit.is_some(), self.inventory.readers);
        source::documents(bytes, &mut staging, |document, staging| {
            self.taken = staging.finish();
            let has_lost_quotes = document.value.as_ref().is_some_and(has_lost_quotes);
            if has_lost_quotes && self.lines.is_none() {
                self.lines = Some(Lines::of(bytes));
            }
            self.document(document);
        });
        if self.errors > 0 && is_template(bytes) {
            let message = "it has {{ in it, as templates have that are not rendered yet: give what the \
                           renderer prints, such as that of helm template";
            self.report(Fault::new(codes::TEMPLATE, message).warning());
        }
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
        if !self.inventory.chosen.takes(self.source, number) {
            self.has_content = true;
            self.taken.clear();
            self.gone.clear();
            return;
        }
        self.has_content |= !document.faults.is_empty();
        let mut place = self.place.clone();
        place.document = Some(number);
        // What a text that does not read seems to hold is no second error.
        let is_broken = document.faults.iter().any(|it| it.code == codes::SYNTAX);
        let is_told = |fault: &Fault| {
            !is_broken || fault.code == codes::SYNTAX || fault.severity != Severity::Error
        };
        for mut fault in document.faults.into_iter().filter(is_told) {
            let mut place = place.clone();
            if let Some(value) = &document.value {
                let path = std::mem::take(&mut fault.path);
                (place.items, fault.path) = kinds::of_object(value, &path);
            }
            self.keep(fault.at(place));
        }
        if let Some(value) = document.value.filter(|value| !value.is_null()) {
            self.has_content = true;
            self.object(value, place, None);
        }
    }

    /// Refuses a source that is too large.
    fn refuse_size(&mut self) {
        let limit = self.inventory.max_bytes;
        let message = format!("expected at most {limit} bytes, found more");
        self.report(Fault::new(codes::TOO_LARGE, message));
    }

    /// Keeps a finding about the source as a whole.
    pub fn report(&mut self, fault: Fault) {
        self.keep(fault.at(self.place.clone()));
    }

    fn keep_all(&mut self, findings: Vec<Diagnostic>) {
        for finding in findings {
            self.keep(finding);
        }
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

    pub fn finish(self) {
        // Nothing is looked up by these any more that is worth their room.
        self.inventory.diagnostics.shrink_to_fit();
        self.inventory.pods.shrink_to_fit();
        self.inventory.nodes.shrink_to_fit();
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
            Use::Read(kind) => {
                let (value, older) = kinds::in_this_version(kind, value, item_type);
                if let Some(fault) = older.filter(|_| !self.told_older) {
                    self.told_older = true;
                    self.keep_fault(Err(fault), &value, place.clone());
                }
                self.known(kind, value, place);
            }
            Use::Note(kind) => self.note(kind, &value, &place),
            Use::PassOver(name) => match (Extra::named(&name), &mut self.inventory.fit) {
                (Some(kind), Some(fit)) => {
                    let added = fit.add(kind, &value);
                    self.keep_fault(added, &value, place);
                }
                _ => self.inventory.pass_over(name),
            },
        }
    }

    fn items(&mut self, list: Spanned, place: &Place, item_type: Option<&ItemType>) {
        if let Some(given) = item_type.and_then(ItemType::given) {
            self.inventory.evidence.note_given(given);
        }
        let Some(items) = list.into_field("items") else {
            return;
        };
        let line = items.line;
        match items.into_list() {
            Ok(items) => {
                let is_document = place.items.is_empty();
                let taken = std::mem::take(&mut self.taken);
                let taken = taken.into_iter().flatten();
                let mut taken = taken.filter(|_| is_document).peekable();
                let gone = std::mem::take(&mut self.gone).into_iter().flatten();
                let mut gone = gone.filter(|_| is_document).peekable();
                for (index, item) in items.into_iter().enumerate() {
                    if gone.next_if_eq(&index).is_some() {
                        continue;
                    }
                    let mut place = place.clone();
                    place.items.push(index);
                    match taken.next_if(|taken| taken.index == index) {
                        Some(taken) => self.taken(taken.object, item.line, place),
                        None => self.object(item, place, item_type),
                    }
                }
            }
            Err(other) if other.is_null() => {}
            Err(other) => {
                let found = crate::source::shown(&other);
                let fault = Fault::unexpected(codes::WRONG_TYPE, "a list", found);
                self.keep(fault.in_field("items").on_line(line).at(place.clone()));
            }
        }
    }

    /// Reads an object of a kind that is read.
    fn known(&mut self, kind: Kind, value: Spanned, place: Place) {
        let value = self.with_quotes(kind, value, &place);
        let added = match kind {
            Kind::DaemonSet => return self.daemon_set(value, place),
            Kind::ControllerRevision => self.revision(&value, &place),
            Kind::Node => self.node(&value, &place),
            Kind::Pod => self.pod(&value, &place),
        };
        self.keep_all(added.err().unwrap_or_default());
    }

    /// An object with the quotes that it has lost since a cluster wrote it.
    fn with_quotes(&mut self, kind: Kind, value: Spanned, place: &Place) -> Spanned {
        let mended = (self.lines.as_ref()).and_then(|lines| with_quotes(kind, &value, lines));
        let Some((mended, paths)) = mended else {
            return value;
        };
        if let Some(first) = paths.first().filter(|_| !self.told_unquoted) {
            self.told_unquoted = true;
            let found = value.nearest(first);
            let message = format!(
                "expected a string, found {}: quotes were lost on the way from the cluster, and such values are read as texts",
                shown(found)
            );
            let fault = Fault::new(codes::WRONG_TYPE, message).under(first.clone());
            self.keep(fault.warning().on_line(found.line).at(place.clone()));
        }
        mended
    }

    fn revision(&mut self, value: &Spanned, place: &Place) -> Result<(), Vec<Diagnostic>> {
        let kind = Kind::ControllerRevision;
        let given = GivenKind::ControllerRevision;
        self.inventory.evidence.note_given(given);
        let read = read_object(kind, value, place)?;
        let origin = self.origin(place);
        let put = (self.inventory).put::<ControllerRevision>(kind, read, origin, |_| true);
        put.map_err(|fault| vec![fault.at(place.clone())])?;
        Ok(())
    }

    fn node(&mut self, value: &Spanned, place: &Place) -> Result<(), Vec<Diagnostic>> {
        let node: Node = read_object(Kind::Node, value, place)?;
        let said = self.evidence(Kind::Node, value, place)?;
        let facts = self.for_room(value, place, |value| node_facts(value, &node.metadata));
        let origin = self.origin(place);
        let put = self
            .inventory
            .put_node(ReadNode { said, node, facts }, origin);
        put.map_err(|fault| vec![fault.at(place.clone())])
    }

    fn pod(&mut self, value: &Spanned, place: &Place) -> Result<(), Vec<Diagnostic>> {
        let pod = read_object(Kind::Pod, value, place)?;
        let said = self.evidence(Kind::Pod, value, place)?;
        let room = self.for_room(value, place, |value| room_of(value, &pod));
        let origin = self.origin(place);
        let put = (self.inventory).put_pod(ReadPod::new(said, pod, room), origin);
        put.map_err(|fault| vec![fault.at(place.clone())])
    }

    /// What an object says besides. Where its status does not read, and is told, the object is there all
    /// the same: one that is left out would be created again, or not be counted.
    fn evidence<T: DeserializeOwned>(
        &mut self,
        kind: Kind,
        value: &Spanned,
        place: &Place,
    ) -> Result<T, Vec<Diagnostic>> {
        read_evidence(kind, value, place).or_else(|findings| {
            let rest = typed(without_status(value)).map_err(|_| findings.clone())?;
            self.keep_all(findings);
            Ok(rest)
        })
    }

    /// What the question for room reads of an object, where it is asked; says why where it does not
    /// read. What its status gives is not known then.
    fn for_room<'v, T>(
        &mut self,
        value: &'v Spanned,
        place: &Place,
        read: impl Fn(Without<&'v Spanned>) -> Result<T, Mistyped>,
    ) -> Option<T> {
        self.inventory.fit.as_ref()?;
        match read(Without(value, Unread::NOTHING)) {
            Ok(read) => Some(read),
            Err(error) => {
                self.keep_fault(Err(error.fault(value)), value, place.clone());
                read(without_status(value)).ok()
            }
        }
    }

    /// Adds an item that was read while its document was.
    fn taken(&mut self, object: Object, line: u32, mut place: Place) {
        place.line = Some(line);
        let origin = self.origin(&place);
        let inventory = &mut *self.inventory;
        let put = match object {
            Object::Node(node) => inventory.put_node(*node, origin),
            Object::Pod(pod) => inventory.put_pod(pod, origin),
            Object::Event(event) => {
                inventory.evidence.note_given(GivenKind::Event);
                inventory.evidence.add_event(*event);
                Ok(())
            }
            Object::PassedOver(name) => {
                inventory.pass_over(name);
                Ok(())
            }
        };
        if let Err(fault) = put {
            self.keep(fault.at(place));
        }
    }

    /// Reads an object that only explanations read. One that does not read says nothing.
    fn note(&mut self, kind: GivenKind, value: &Spanned, place: &Place) {
        let evidence = &mut self.inventory.evidence;
        evidence.note_given(kind);
        let noted = match kind {
            GivenKind::Event => typed(value).map(|event| evidence.add_event(event)),
            GivenKind::Namespace => typed(value).map(|it| evidence.add_namespace(it)),
            GivenKind::ResourceQuota => {
                typed(value).map(|quota| evidence.add_resource_quota(quota))
            }
            GivenKind::PriorityClass => typed(value).map(|it| evidence.add_priority_class(it)),
            GivenKind::Lease => typed(value).map(|it| evidence.add_lease(it)),
            GivenKind::CertificateSigningRequest => {
                typed(value).map(|it| evidence.add_certificate_request(it))
            }
            _ => Ok(()),
        };
        if let (GivenKind::PriorityClass, Some(fit)) = (kind, &mut self.inventory.fit) {
            let added = fit.add(Extra::PriorityClass, value);
            self.keep_fault(added, value, place.clone());
        }
        if let Err(error) = noted {
            let fault = error.fault(value).warning();
            self.keep_fault(Err(fault), value, place.clone());
        }
    }

    /// Keeps what is wrong with an object.
    fn keep_fault(&mut self, read: Result<(), Fault>, value: &Spanned, place: Place) {
        if let Err(fault) = read {
            let line = value.nearest(&fault.path).line;
            self.keep(fault.on_line(line).at(place));
        }
    }

    fn origin(&self, place: &Place) -> Origin {
        let document = place.document.and_then(|number| u32::try_from(number).ok());
        Origin {
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
        let seen = self
            .origin(written.place())
            .of(self.inventory.daemon_sets.len());
        let kind = Kind::DaemonSet;
        let metadata = &daemon_set.metadata;
        let named = |known: &Inventory, at: usize| {
            let known = known.daemon_sets.get(at);
            known.is_some_and(|known| is_named_alike(&known.daemon_set.metadata, metadata))
        };
        let same = |known: &Inventory, at: usize| {
            let known = known.daemon_sets.get(at);
            known.is_some_and(|known| known.written.root().is_same(written.root()))
        };
        let novelty = self.inventory.note(kind, metadata, seen, named, same);
        // One that does not read says nothing.
        if let (Ok(Novelty::New), Ok(said)) = (&novelty, typed::<DaemonSetEvidence>(written.root()))
        {
            let said = said.in_namespace(&daemon_set.metadata.namespace);
            self.inventory.evidence.add_daemon_set(said);
        }
        match novelty {
            Ok(Novelty::New) => self.inventory.daemon_sets.push(Manifest {
                daemon_set,
                namespace,
                written,
            }),
            Ok(Novelty::Repeated) => {}
            Err(fault) => {
                let metadata = &daemon_set.metadata;
                let mut known = self
                    .inventory
                    .daemon_sets
                    .iter()
                    .map(|it| &it.daemon_set.metadata);
                let first = known.find(|first| is_named_alike(first, metadata));
                let other = first.filter(|first| is_another(first, metadata));
                let fault = other.map_or(fault, |_| two_identities(metadata));
                self.keep(fault.at(written.place().clone()));
            }
        }
    }
}

/// Whether bytes are no text in any encoding that is read.
fn is_binary(bytes: &[u8]) -> bool {
    let (text, encoding) = source::decode(bytes);
    encoding == source::Encoding::Utf8 && text.contains(&0)
}

/// An object as far as it does not depend on what became of it.
fn without_status(value: &Spanned) -> Without<&Spanned> {
    const STATUS: Unread = Unread::Of(&Fields::new(&[("status", Unread::All)]));
    Without(value, STATUS)
}
