//! Puts the values of a document together by kubectl's rules: keys that come twice, merges, and
//! bounds on depth and on what aliases stand for.

use std::collections::HashMap;

use super::MAX_DEPTH;
use super::fault::{Fault, codes};
use super::items::{Items, Unread};
use super::spanned::shown;
use super::spanned::{Entry, Node, Object, Spanned};
use crate::path::{FieldPath, Step};

/// Aliases may stand for as many values as the source has bytes, and for so many at least: what
/// they make stays in proportion to what was given.
const MIN_ALIAS_BUDGET: usize = 100_000;

/// So many bytes of text count as one more value.
const TEXT_PER_VALUE: usize = 64;

/// How many keys that come twice are told of one document.
const MAX_DUPLICATES: usize = 20;

/// The name of an anchor, as the parser numbers them; 0 for none.
pub(super) type AnchorId = usize;

/// Puts one document after the other together. It needs no recursion: lists and objects that have
/// begun stand on a stack.
pub(super) struct Assembler<'i, I> {
    items: &'i mut I,
    open: Vec<Open>,
    root: Option<Spanned>,
    warnings: Vec<Fault>,
    anchors: HashMap<AnchorId, Anchor>,
    alias_budget: usize,
    alias_limit: usize,
}

/// A list or object that has begun.
#[derive(Debug)]
struct Open {
    line: u32,
    anchor: AnchorId,
    /// What of it is not read.
    unread: Option<Unread>,
    content: Content,
}

#[derive(Debug)]
enum Content {
    List(Vec<Spanned>),
    Object { key: Key, fields: Vec<Field> },
}

/// What comes next in an object.
#[derive(Debug)]
enum Key {
    Expected,
    /// The value of this key, which stands on this line.
    Of(Box<str>, u32),
    /// The value of `<<`, which stands on this line.
    Merge(u32),
}

/// An entry in the order in which it was given or merged.
#[derive(Debug)]
struct Field {
    entry: Entry,
    origin: Origin,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Origin {
    Given,
    Merged,
}

/// The value of an anchor, once that is complete.
#[derive(Debug)]
struct Anchor {
    value: Spanned,
    cost: usize,
}

/// What begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Begun {
    List,
    Object,
}

/// Where a document's items stand: in a list, in the document's object.
const IN_ITEMS: usize = 2;

impl<'i, I: Items> Assembler<'i, I> {
    /// For a source of this many bytes, and whoever takes the items of its lists.
    pub fn new(bytes: usize, items: &'i mut I) -> Self {
        let alias_limit = bytes.max(MIN_ALIAS_BUDGET);
        Self {
            items,
            open: Vec::new(),
            root: None,
            warnings: Vec::new(),
            anchors: HashMap::new(),
            alias_budget: alias_limit,
            alias_limit,
        }
    }

    /// The document's value, null where there was none, and its keys that came twice; what comes
    /// next is another document.
    pub fn finish(&mut self) -> (Spanned, Vec<Fault>) {
        self.open.clear();
        self.anchors.clear();
        (
            self.root.take().unwrap_or_default(),
            std::mem::take(&mut self.warnings),
        )
    }

    /// Who takes the items.
    pub fn items(&mut self) -> &mut I {
        self.items
    }

    /// Forgets the document that has begun.
    pub fn forget(&mut self) {
        self.items.forget();
        self.finish();
    }

    /// Whether nothing of the value that comes next is read. Then [`skipped`](Self::skipped) may take
    /// its place.
    pub fn skips(&self) -> bool {
        let Some(Open {
            unread: Some(unread),
            content:
                Content::Object {
                    key: Key::Of(key, _),
                    ..
                },
            ..
        }) = self.open.last()
        else {
            return false;
        };
        matches!(unread.field(key), Some(Unread::All))
    }

    /// Takes nothing in place of a value that is not read.
    pub fn skipped(&mut self) {
        self.set_key(Key::Expected);
    }

    /// The place of the item that comes next, where it is one of the document's list of items.
    pub fn next_item(&self) -> Option<usize> {
        match self.open.last().map(|open| &open.content) {
            Some(Content::List(list)) if self.open.len() == IN_ITEMS && self.is_in_items() => {
                Some(list.len())
            }
            _ => None,
        }
    }

    /// Takes nothing in place of an item that was taken.
    pub fn item_is_taken(&mut self, line: u32) {
        if let Some(Content::List(list)) = self.open.last_mut().map(|open| &mut open.content) {
            list.push(Spanned::new(Node::Null, line));
        }
    }

    /// Whether what comes next is a key.
    pub fn expects_key(&self) -> bool {
        matches!(
            self.open.last().map(|open| &open.content),
            Some(Content::Object {
                key: Key::Expected,
                ..
            })
        )
    }

    /// Begins a list or an object.
    pub fn begin(&mut self, begun: Begun, anchor: AnchorId, line: u32) -> Result<(), Fault> {
        if self.expects_key() {
            let found = match begun {
                Begun::List => "a list",
                Begun::Object => "an object",
            };
            return Err(self.fault(key_fault(found), line));
        }
        self.check_depth(1, line)?;
        let line = self.line_of_value(line);
        let content = match begun {
            Begun::List => Content::List(Vec::new()),
            Begun::Object => Content::Object {
                key: Key::Expected,
                fields: Vec::new(),
            },
        };
        let unread = self.unread_of_next();
        self.open.push(Open {
            line,
            anchor,
            unread,
            content,
        });
        Ok(())
    }

    /// Ends the innermost list or object.
    pub fn end(&mut self) -> Result<(), Fault> {
        let Some(open) = self.open.pop() else {
            return Ok(());
        };
        let node = match open.content {
            Content::List(items) => Node::List(items.into()),
            Content::Object { fields, .. } => Node::Object(self.object(fields)),
        };
        self.complete(Spanned::new(node, open.line), open.anchor)
    }

    /// Takes a value that is neither list nor object.
    pub fn scalar(&mut self, node: Node, anchor: AnchorId, line: u32) -> Result<(), Fault> {
        let value = Spanned::new(node, self.line_of_value(line));
        self.complete(value, anchor)
    }

    /// Takes a key.
    pub fn key(&mut self, key: impl Into<Box<str>>, line: u32) {
        self.set_key(Key::Of(key.into(), line));
    }

    /// Takes the key `<<`.
    pub fn merge_key(&mut self, line: u32) {
        self.set_key(Key::Merge(line));
    }

    /// Keeps what an anchor at a key stands for.
    pub fn keep_key(&mut self, anchor: AnchorId, node: Node, line: u32) -> Result<(), Fault> {
        self.keep(anchor, &Spanned::new(node, line))
    }

    /// Takes the value of an anchor, as a key where one is expected. `alias` is for messages.
    pub fn alias(&mut self, anchor: AnchorId, alias: &str, line: u32) -> Result<(), Fault> {
        if self.open.iter().any(|open| open.anchor == anchor) {
            let message = format!("expected {alias} after its anchor's value, found it inside");
            return Err(self.fault(Fault::new(codes::UNKNOWN_ANCHOR, message), line));
        }
        let Some(known) = self.anchors.get(&anchor) else {
            return Err(self.fault(unknown_anchor(alias), line));
        };
        let rest = self.rest_of_budget(known.cost, line)?;
        if self.expects_key() {
            let key = key_of(&known.value).map_err(|fault| self.fault(fault, line))?;
            self.alias_budget = rest;
            self.set_key(Key::Of(key, line));
            return Ok(());
        }
        self.check_depth(known.value.depth(), line)?;
        // What is in the value keeps the lines that it was written on.
        let mut value = known.value.clone();
        value.line = self.line_of_value(line);
        self.alias_budget = rest;
        self.complete(value, 0)
    }

    /// A fault of the value that comes next.
    pub fn fault(&self, fault: Fault, line: u32) -> Fault {
        fault.under(self.path()).on_line(line)
    }

    /// The path of the value that comes next.
    fn path(&self) -> FieldPath {
        let steps = self.open.iter().filter_map(|open| match &open.content {
            Content::List(items) => Some(Step::Index(items.len())),
            Content::Object { key, .. } => match key {
                Key::Expected => None,
                Key::Of(key, _) => Some(Step::Field(key.to_string().into())),
                Key::Merge(_) => Some(Step::Key("<<".to_owned())),
            },
        });
        steps.fold(FieldPath::root(), FieldPath::then)
    }

    fn set_key(&mut self, next: Key) {
        if self.open.len() == 1 && matches!(&next, Key::Of(key, _) if is_items(key)) {
            // Of two lists of items the last one counts.
            self.items.forget();
        }
        if let Some(Content::Object { key, .. }) = self.open.last_mut().map(|o| &mut o.content) {
            *key = next;
        }
    }

    /// What of the next value is not read.
    fn unread_of_next(&self) -> Option<Unread> {
        let parent = self.open.last()?;
        let unread = parent.unread?;
        match &parent.content {
            Content::List(_) => Some(unread.item()),
            Content::Object {
                key: Key::Of(key, _),
                ..
            } => unread.field(key),
            Content::Object { .. } => None,
        }
    }

    /// Whether the second of what is open is the list of the document's items. One that an alias may
    /// stand for is none.
    fn is_in_items(&self) -> bool {
        let [document, items, ..] = self.open.as_slice() else {
            return false;
        };
        let of_items = |key: &Key| matches!(key, Key::Of(key, _) if is_items(key));
        matches!(&document.content, Content::Object { key, .. } if of_items(key))
            && matches!(items.content, Content::List(_))
            && document.anchor == 0
            && items.anchor == 0
    }

    /// Once an item has said of what kind it is, what of it is not read.
    fn note_kind(&mut self) {
        if self.open.len() != IN_ITEMS + 1 || !self.is_in_items() {
            return;
        }
        let Some(Open {
            content: Content::Object { fields, .. },
            unread,
            ..
        }) = self.open.last_mut()
        else {
            return;
        };
        let text = |name: &str| {
            let mut entries = fields.iter().map(|field| &field.entry);
            entries.find(|entry| &*entry.key == name)?.value.as_str()
        };
        if let (Some(kind), Some(api_version)) = (text("kind"), text("apiVersion")) {
            *unread = self.items.unread(kind, api_version);
        }
    }

    /// The line of the next value: its key's in an object.
    fn line_of_value(&self, own: u32) -> u32 {
        match self.open.last().map(|open| &open.content) {
            Some(Content::Object {
                key: Key::Of(_, line) | Key::Merge(line),
                ..
            }) => *line,
            _ => own,
        }
    }

    /// Refuses lists and objects of so many more levels.
    fn check_depth(&self, more: usize, line: u32) -> Result<(), Fault> {
        if self.open.len() + more > MAX_DEPTH {
            return Err(self.fault(too_deep(), line));
        }
        Ok(())
    }

    /// Keeps the value of an anchor. The copy counts like an alias: anchors within anchors would
    /// otherwise take the square of the text.
    fn keep(&mut self, anchor: AnchorId, value: &Spanned) -> Result<(), Fault> {
        let cost = cost(value);
        self.alias_budget = self.rest_of_budget(cost, value.line)?;
        let value = value.clone();
        self.anchors.insert(anchor, Anchor { value, cost });
        Ok(())
    }

    fn rest_of_budget(&self, cost: usize, line: u32) -> Result<usize, Fault> {
        self.alias_budget.checked_sub(cost).ok_or_else(|| {
            let limit = self.alias_limit;
            let message = format!(
                "expected aliases that stand for at most {limit} values in all, found more"
            );
            self.fault(Fault::new(codes::TOO_MANY_ALIASES, message), line)
        })
    }

    /// Puts a complete value where it belongs.
    fn complete(&mut self, value: Spanned, anchor: AnchorId) -> Result<(), Fault> {
        if anchor != 0 {
            self.keep(anchor, &value)?;
        }
        let Some(parent) = self.open.last_mut() else {
            self.root = Some(value);
            return Ok(());
        };
        let (key, fields) = match &mut parent.content {
            Content::List(_) => {
                self.add_item(value);
                return Ok(());
            }
            Content::Object { key, fields } => (std::mem::replace(key, Key::Expected), fields),
        };
        match key {
            Key::Expected => Ok(()),
            Key::Of(key, _) => {
                let tells_kind = matches!(&*key, "kind" | "apiVersion");
                fields.push(Field {
                    entry: Entry { key, value },
                    origin: Origin::Given,
                });
                if tells_kind {
                    self.note_kind();
                }
                Ok(())
            }
            Key::Merge(line) => {
                let before = fields.len();
                let merged = merge(fields, value);
                let mut added = fields.iter().skip(before);
                if added.any(|field| is_items(&field.entry.key)) && self.open.len() == 1 {
                    // They take the place of those that were taken.
                    self.items.forget();
                }
                merged.map_err(|fault| {
                    let step = Step::Key("<<".to_owned());
                    let fault = fault.under(FieldPath::root().then(step));
                    self.fault(fault, line)
                })
            }
        }
    }

    /// Puts an item into the list that is open; in place of one that is taken stands a null.
    fn add_item(&mut self, value: Spanned) {
        let takes = self.open.len() == IN_ITEMS && self.is_in_items();
        let Some(Open {
            content: Content::List(list),
            ..
        }) = self.open.last_mut()
        else {
            return;
        };
        let line = value.line;
        let value = if takes {
            let back = self.items.take(list.len(), value).err();
            back.unwrap_or(Spanned::new(Node::Null, line))
        } else {
            value
        };
        list.push(value);
    }

    /// The object of these entries: of several with one key the last one counts, and stands where
    /// the first one did. As with kubectl, a merged entry takes the place of one that is given
    /// before the `<<`, and gives way to one that is given after it.
    fn object(&mut self, fields: Vec<Field>) -> Object {
        // As the API server writes them.
        if fields.is_sorted_by(|a, b| a.entry.key < b.entry.key) {
            return Object::new(fields.into_iter().map(|field| field.entry).collect());
        }
        let mut by_key: Vec<u32> = (0..).take(fields.len()).collect();
        let key = |at: &u32| &*fields[*at as usize].entry.key;
        by_key.sort_unstable_by(|a, b| key(a).cmp(key(b)).then(a.cmp(b)));
        if by_key.is_sorted_by(|a, b| key(a) < key(b)) {
            return Object::new(fields.into_iter().map(|field| field.entry).collect());
        }
        // For each place, whose entry stands there; entries that do not count stand nowhere.
        let mut stands: Vec<Option<u32>> = vec![None; fields.len()];
        for same in by_key.chunk_by(|a, b| key(a) == key(b)) {
            if let (Some(first), Some(last)) = (same.first(), same.last()) {
                stands[*first as usize] = Some(*last);
            }
            self.warn_of_duplicates(&fields, same);
        }
        let mut fields: Vec<Option<Field>> = fields.into_iter().map(Some).collect();
        let entries = stands.into_iter().flatten();
        Object::new(
            entries
                .filter_map(|at| Some(fields[at as usize].take()?.entry))
                .collect(),
        )
    }

    /// Says which of the entries with one key were written twice, merges aside.
    fn warn_of_duplicates(&mut self, fields: &[Field], same: &[u32]) {
        let given = same.iter().map(|&at| &fields[at as usize]);
        let mut given = given.filter(|field| field.origin == Origin::Given);
        let Some(first) = given.next() else {
            return;
        };
        for again in given {
            if self.warnings.len() >= MAX_DUPLICATES {
                return;
            }
            let message = format!(
                "expected the key once, found it on line {} already; the last one counts",
                first.entry.value.line
            );
            let step = Step::Field(again.entry.key.to_string().into());
            let fault = Fault::new(codes::DUPLICATE_KEY, message).warning();
            let fault = fault.under(FieldPath::root().then(step));
            self.warnings
                .push(self.fault(fault, again.entry.value.line));
        }
    }
}

/// Whether this is the key of a document's items.
fn is_items(key: &str) -> bool {
    key == "items"
}

/// Merges an object, or the objects of a list, of which earlier ones count more.
fn merge(fields: &mut Vec<Field>, value: Spanned) -> Result<(), Fault> {
    match value.node {
        Node::Object(object) => {
            fields.extend(object.into_entries().into_iter().map(|entry| Field {
                entry,
                origin: Origin::Merged,
            }));
            Ok(())
        }
        Node::List(items) if items.iter().all(|item| item.as_object().is_some()) => {
            let mut items = items.into_vec().into_iter().rev();
            items.try_for_each(|item| merge(fields, item))
        }
        _ => Err(Fault::unexpected(
            codes::WRONG_KEY,
            "an object or a list of objects to merge",
            shown(&value),
        )),
    }
}

/// The key that an alias of this value makes.
fn key_of(value: &Spanned) -> Result<Box<str>, Fault> {
    match &value.node {
        Node::String(text) => Ok(text.clone()),
        Node::Bool(truth) => Ok(truth.to_string().into()),
        Node::Number(number) => Ok(number.to_string().into()),
        Node::Null | Node::List(_) | Node::Object(_) => Err(key_fault(&shown(value))),
    }
}

pub(super) fn key_fault(found: &str) -> Fault {
    let expected = "a string, a number or a boolean as key";
    Fault::unexpected(codes::WRONG_KEY, expected, found)
}

pub(super) fn unknown_anchor(alias: &str) -> Fault {
    let message = format!("expected the anchor of {alias} before it, found none");
    Fault::new(codes::UNKNOWN_ANCHOR, message)
}

pub(super) fn too_deep() -> Fault {
    let message = format!("expected at most {MAX_DEPTH} levels of lists and objects, found more");
    Fault::new(codes::TOO_DEEP, message)
}

pub(super) fn inexact(text: &str) -> Fault {
    let expected = "a number that 64 bits hold exactly";
    Fault::unexpected(codes::INEXACT_NUMBER, expected, crate::words::bare(text))
}

/// What a copy of a value counts.
fn cost(value: &Spanned) -> usize {
    let text = |text: &str| text.len() / TEXT_PER_VALUE;
    1 + match &value.node {
        Node::String(string) => text(string),
        Node::List(items) => items.iter().map(cost).sum(),
        Node::Object(object) => {
            let entries = object.entries().iter();
            entries
                .map(|entry| text(&entry.key) + cost(&entry.value))
                .sum()
        }
        _ => 0,
    }
}
