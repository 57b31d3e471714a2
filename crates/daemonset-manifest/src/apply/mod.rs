//! What `kubectl apply` leaves of a DaemonSet that is there.
//!
//! A manifest is merged into what is there: what it says counts, what others have set stays, and
//! what an earlier manifest said and this one does not goes. Which fields an earlier manifest said
//! is told, in this order,
//!
//! 1. by the annotation `kubectl.kubernetes.io/last-applied-configuration`: client-side apply makes a
//!    strategic merge patch of the two manifests and what is there;
//! 2. by `metadata.managedFields`: server-side apply takes away what its manager alone had set;
//! 3. by nothing. Then all of it stays, as with a client-side apply, and the fields that a
//!    server-side apply may take away are [in doubt](Applied::in_doubt).
//!
//! How lists and maps are merged stands in the field table
//! ([`Merging`](daemonset::template::table::Merging)). The API server's defaults come after that, so
//! that a field that the manifest leaves out keeps its value, be it a default of another day.
//!
//! ```
//! use daemonset_manifest::apply::{Basis, apply};
//! use serde_json::json;
//!
//! let live = json!({
//!     "metadata": {
//!         "name": "agent",
//!         "annotations": {"kubectl.kubernetes.io/last-applied-configuration":
//!             r#"{"spec":{"template":{"spec":{"hostPID":true,"containers":[{"name":"agent","image":"agent"}]}}}}"#},
//!     },
//!     "spec": {"template": {"spec": {
//!         "hostPID": true,
//!         "containers": [{"name": "agent", "image": "agent", "imagePullPolicy": "Always"}],
//!     }}},
//! });
//! let manifest = json!({
//!     "metadata": {"name": "agent"},
//!     "spec": {"template": {"spec": {"containers": [{"name": "agent", "image": "agent:1.0"}]}}},
//! });
//! let applied = apply(live.as_object().unwrap(), manifest.as_object().unwrap());
//! assert_eq!(applied.basis, Basis::LastApplied);
//! assert_eq!(applied.set["spec"]["template"]["spec"], json!({
//!     "containers": [{"name": "agent", "image": "agent:1.0", "imagePullPolicy": "Always"}],
//! }));
//! ```
//!
//! Source: [How apply calculates differences and merges changes](https://kubernetes.io/docs/tasks/manage-kubernetes-objects/declarative-config/#how-apply-calculates-differences-and-merges-changes)
//! and [Server-Side Apply](https://kubernetes.io/docs/reference/using-api/server-side-apply/).

mod doubt;
mod list;
mod owners;
mod patch;
mod server_side;

use std::fmt;

use daemonset::path::FieldPath;
use daemonset::template::Shape;
use daemonset::well_known::LAST_APPLIED_CONFIGURATION;
use serde::Serialize;
use serde_json::{Map, Value};

use self::owners::{Applier, Manager};

use crate::check::{Check, MAX_FINDINGS};
use crate::diagnostic::{Diagnostic, Severity};
use crate::places::{Places, by_key};
use crate::words::in_quotes;
use crate::written::Written;

pub use crate::stored::stored;

mod codes {
    use crate::diagnostic::Code;

    pub(super) const CONFLICT: Code = Code::new("apply-conflict");
    pub(super) const NO_PATCH: Code = Code::new("no-patch");
}

/// What is left of a DaemonSet when a manifest is applied.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Applied {
    /// The merged object, before the API server's defaults ([`stored`] sets them). What is in doubt
    /// is in it.
    pub set: Map<String, Value>,
    /// What told which fields go.
    pub basis: Basis,
    /// The fields of which nothing tells whether they stay or go.
    pub in_doubt: Vec<Doubt>,
    /// Why kubectl, or the API server, would not get as far as to judge the outcome.
    pub faults: Vec<Diagnostic>,
}

/// What tells which fields an earlier manifest said.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Basis {
    /// The manifest that was applied last, in its annotation.
    LastApplied,
    /// `metadata.managedFields`.
    ManagedFields,
    /// Nothing.
    Nothing,
}

/// A field of which nothing tells whether it stays as it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Doubt {
    /// The field; items of lists are named by their keys.
    pub path: FieldPath,
    /// Why.
    pub reason: DoubtReason,
    /// What it is if it does not stay as it is; none where it goes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub otherwise: Option<Value>,
}

/// Why a field is in doubt. Prints as a sentence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum DoubtReason {
    /// The manifest does not have it, and nothing tells whether an earlier one had.
    NothingRecorded,
    /// The manifest does not have it, and of several managers that apply manifests, it is not known
    /// which one this is of.
    SeveralManagers,
    /// The list has several items of one key, of which a patch may change any.
    RepeatedKey,
    /// The manifest has null for an entry of a map, and nothing tells how it is applied.
    NullEntry,
}

impl Doubt {
    fn new(path: FieldPath, reason: DoubtReason) -> Self {
        Self {
            path,
            reason,
            otherwise: None,
        }
    }
}

impl fmt::Display for DoubtReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NothingRecorded => {
                "the new manifest does not have it: a client-side apply keeps it, a server-side \
                 apply takes it away if an earlier manifest had it. The live DaemonSet has neither a \
                 last-applied annotation nor managedFields that would tell; get it with \
                 --show-managed-fields"
            }
            Self::SeveralManagers => {
                "the new manifest does not have it: it goes if the manager that applies this \
                 manifest has set it, and several managers apply manifests here"
            }
            Self::RepeatedKey => {
                "the list has several items of one key, and a client-side apply may change any of \
                 them"
            }
            Self::NullEntry => {
                "the new manifest has null for it: a client-side apply drops it, a server-side apply \
                 stores an empty value"
            }
        })
    }
}

impl Applied {
    /// Why the manifest would not be taken: these faults, and what the API server would say of the
    /// outcome, everything at its place in the manifest. What it would say of `live` as it is has
    /// nothing to do with the manifest.
    ///
    /// ```
    /// use daemonset_manifest::Inventory;
    /// use daemonset_manifest::apply::apply;
    /// use daemonset_manifest::check::Check;
    ///
    /// let mut inventory = Inventory::new();
    /// inventory.read("agent.yaml", b"
    /// apiVersion: apps/v1
    /// kind: DaemonSet
    /// metadata: {name: agent}
    /// spec:
    ///   selector: {matchLabels: {app: agent}}
    ///   template:
    ///     metadata: {labels: {app: agent}}
    ///     spec:
    ///       containers:
    ///       - name: agent
    ///         image: agent:2
    ///         tyy: true
    /// ");
    /// let manifest = &inventory.daemon_sets[0].written;
    /// let live = Default::default();
    /// let applied = apply(&live, &manifest.to_json());
    /// let faults = applied.faults_in(&live, manifest, &Check::new());
    /// let fault = faults.iter().find(|fault| fault.code.as_str() == "unknown-field").unwrap();
    /// assert_eq!(fault.place.as_ref().unwrap().line, Some(13));
    /// ```
    #[must_use]
    pub fn faults_in(
        &self,
        live: &Map<String, Value>,
        manifest: &Written,
        check: &Check<'_>,
    ) -> Vec<Diagnostic> {
        let said = |set: &Map<String, Value>| -> Vec<Diagnostic> {
            let verdict = check.of_update(live, set);
            let errors = verdict
                .findings()
                .filter(|it| it.severity == Severity::Error);
            errors.cloned().collect()
        };
        let of_outcome = said(&self.set);
        if self.faults.is_empty() && of_outcome.is_empty() {
            return Vec::new();
        }
        let anyway = if of_outcome.is_empty() {
            Vec::new()
        } else {
            said(live)
        };
        let news = of_outcome.into_iter().filter(|it| !anyway.contains(it));
        let written = manifest.root().to_value();
        let mut places = Places::new(&written);
        let located = self.faults.iter().cloned().chain(news).map(|fault| {
            let (path, _) = places.by_index(&by_key(&self.set, &fault.path));
            fault.at(manifest.place_at(&path))
        });
        located.collect()
    }

    /// The merged object as it is if all that is in doubt turns out the other way.
    #[must_use]
    pub fn otherwise(&self) -> Map<String, Value> {
        let mut set = Value::Object(self.set.clone());
        let edits = self.in_doubt.iter();
        let edits: Vec<_> = edits
            .map(|doubt| (doubt.path.steps(), doubt.otherwise.as_ref()))
            .collect();
        crate::places::edit(&mut set, &edits);
        match set {
            Value::Object(set) => set,
            _ => Map::new(),
        }
    }
}

/// Merges a manifest into a DaemonSet, both as they are written, as `kubectl apply` does: on the
/// client's side where the last manifest is known, else on the server's.
///
/// Everything that the manifest says is taken over, unknown fields too, so that a check of the
/// outcome ([`Check::of_update`](crate::check::Check::of_update)) says what the API server would say
/// of it. `metadata` but for labels, annotations, finalizers and owners is that of `live`, and so is
/// `status`.
#[must_use]
pub fn apply(live: &Map<String, Value>, manifest: &Map<String, Value>) -> Applied {
    let manifest = &of_an_author(manifest);
    if let Some(last) = last_applied(live) {
        return patched(live, Some(&last), manifest, Basis::LastApplied);
    }
    let Some(managers) = owners::managers(live) else {
        let mut applied = patched(live, None, manifest, Basis::Nothing);
        let doubts = doubts(&applied.set, &with_annotations(manifest)).into_iter();
        let doubts = doubts.map(|path| Doubt::new(path, DoubtReason::NothingRecorded));
        let nulls = doubt::null_entries(&Value::Object(manifest.clone())).into_iter();
        let nulls = nulls.map(|(path, empty)| Doubt {
            otherwise: Some(empty),
            ..Doubt::new(path, DoubtReason::NullEntry)
        });
        applied.in_doubt.extend(doubts.chain(nulls));
        return applied;
    };
    match owners::applier(&managers) {
        Applier::Nobody => patched(live, None, manifest, Basis::ManagedFields),
        Applier::One(mine) => server_side(live, manifest, &managers, &mine, true),
        Applier::Several(any) => server_side(live, manifest, &managers, &any, false),
    }
}

/// As on the client's side.
fn patched(
    live: &Map<String, Value>,
    last: Option<&Value>,
    manifest: &Map<String, Value>,
    basis: Basis,
) -> Applied {
    let found = patch::patch(live, last, &with_annotations(manifest));
    let without_key = found.without_key.into_iter().take(MAX_FINDINGS).map(|path| {
        let message = "expected the field by which items of this list are told apart, without which \
            kubectl makes no patch, found none";
        Diagnostic::new(codes::NO_PATCH, Severity::Error, path, message)
    });
    let with_directive = found.with_directive.into_iter().take(MAX_FINDINGS);
    let with_directive = with_directive.map(|path| {
        let message = "refused by the API server: the item is not there any more, and kubectl sends \
            it with a directive for this in it, which is an unknown field; take the item out of \
            the manifest, apply it, and put it in again";
        Diagnostic::new(codes::NO_PATCH, Severity::Error, path, message)
    });
    Applied {
        faults: without_key.chain(with_directive).collect(),
        in_doubt: (found.ambiguous.into_iter())
            .map(|path| Doubt::new(path, DoubtReason::RepeatedKey))
            .collect(),
        set: with_identity(found.set, live),
        basis,
    }
}

/// As on the server's side.
fn server_side(
    live: &Map<String, Value>,
    manifest: &Map<String, Value>,
    managers: &[Manager<'_>],
    mine: &[Manager<'_>],
    is_certain: bool,
) -> Applied {
    let is_mine = |manager: &&Manager<'_>| mine.iter().any(|it| it.is(manager));
    let others: Vec<_> = managers.iter().filter(|it| !is_mine(it)).copied().collect();
    let set = server_side::merge_objects(Shape::daemon_set(), live, manifest);
    let mut set = Value::Object(with_identity(set, live));
    let live = Value::Object(live.clone());
    let manifest = Value::Object(manifest.clone());
    let gone = server_side::gone(&live, &manifest, mine, &others);
    let mut in_doubt = Vec::new();
    if is_certain {
        let edits: Vec<_> = gone.iter().map(|path| (path.steps(), None)).collect();
        crate::places::edit(&mut set, &edits);
    } else {
        let doubts = gone.into_iter();
        in_doubt.extend(doubts.map(|path| Doubt::new(path, DoubtReason::SeveralManagers)));
    }
    let conflicts = server_side::conflicts(&live, &manifest, &others);
    let faults = conflicts
        .into_iter()
        .take(MAX_FINDINGS)
        .map(|(path, manager)| {
            let message = format!(
                "refused by the API server: manager {} has set this to another value; \
            kubectl apply --server-side --force-conflicts takes it over",
                in_quotes(manager)
            );
            Diagnostic::new(codes::CONFLICT, Severity::Error, path, message)
        });
    Applied {
        basis: Basis::ManagedFields,
        in_doubt,
        faults: faults.collect(),
        set: match set {
            Value::Object(set) => set,
            _ => Map::new(),
        },
    }
}

/// The manifest that was applied last.
fn last_applied(live: &Map<String, Value>) -> Option<Value> {
    let annotations = live.get("metadata")?.get("annotations")?;
    let text = annotations.get(LAST_APPLIED_CONFIGURATION)?.as_str()?;
    let last: Value = serde_json::from_str(text).ok()?;
    last.is_object().then_some(last)
}

/// What of a manifest is its author's: no status, and no annotation of an earlier manifest.
fn of_an_author(manifest: &Map<String, Value>) -> Map<String, Value> {
    let mut manifest = manifest.clone();
    manifest.shift_remove("status");
    if let Some(Value::Object(metadata)) = manifest.get_mut("metadata") {
        if let Some(Value::Object(annotations)) = metadata.get_mut("annotations") {
            annotations.shift_remove(LAST_APPLIED_CONFIGURATION);
        }
        metadata.shift_remove("managedFields");
    }
    manifest
}

/// The manifest as kubectl annotates it: it has annotations, and those that are null are empty texts.
fn with_annotations(manifest: &Map<String, Value>) -> Map<String, Value> {
    let mut manifest = manifest.clone();
    let metadata = manifest
        .entry("metadata")
        .or_insert_with(|| Value::Object(Map::new()));
    if let Value::Object(metadata) = metadata {
        let annotations = metadata.entry("annotations").or_insert(Value::Null);
        match annotations {
            Value::Null => *annotations = Value::Object(Map::new()),
            Value::Object(entries) => {
                for (_, text) in entries.iter_mut().filter(|(_, text)| text.is_null()) {
                    *text = Value::from("");
                }
            }
            _ => {}
        }
    }
    manifest
}

/// What the API server keeps of an object whatever is applied.
fn with_identity(mut set: Map<String, Value>, live: &Map<String, Value>) -> Map<String, Value> {
    const KEPT: [&str; 9] = [
        "name",
        "namespace",
        "uid",
        "resourceVersion",
        "generation",
        "creationTimestamp",
        "deletionTimestamp",
        "selfLink",
        "managedFields",
    ];
    let metadata = live.get("metadata").and_then(Value::as_object);
    if let (Some(Value::Object(merged)), Some(live)) = (set.get_mut("metadata"), metadata) {
        for name in KEPT {
            match live.get(name) {
                Some(value) => _ = merged.insert(name.to_owned(), value.clone()),
                None if name == "name" || name == "namespace" => {}
                None => _ = merged.shift_remove(name),
            }
        }
    }
    set
}

/// The fields of a merged object that are in doubt.
fn doubts(kept: &Map<String, Value>, manifest: &Map<String, Value>) -> Vec<FieldPath> {
    let in_form =
        |set: &Map<String, Value>| Value::Object(crate::stored::in_canonical_form(set.clone()));
    let manifest = Value::Object(manifest.clone());
    let said = in_form(manifest.as_object().unwrap_or(&Map::new()));
    doubt::in_doubt(&in_form(kept), &manifest, &said)
}
