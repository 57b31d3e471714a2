//! DaemonSets as they were written.

use std::borrow::Cow;

use serde_json::{Map, Value};

use crate::check::{Check, DEFAULT_NAMESPACE, Verdict};
use crate::diagnostic::{Diagnostic, Place};
use crate::path::{FieldPath, Step};
use crate::places::Places;
use crate::source::{Object, Spanned};

/// A DaemonSet as it was written: every field in its order, each with its line.
#[derive(Clone, Debug)]
pub struct Written {
    place: Place,
    root: Spanned,
    /// The namespace that it is in where it names none.
    otherwise: Cow<'static, str>,
}

impl Written {
    pub(crate) fn new(root: Spanned, place: Place) -> Self {
        Self {
            place,
            root,
            otherwise: Cow::Borrowed(DEFAULT_NAMESPACE),
        }
    }

    pub(crate) fn put_into_namespace(&mut self, namespace: &str) {
        self.otherwise = Cow::Owned(namespace.to_owned());
    }

    pub(crate) fn root(&self) -> &Spanned {
        &self.root
    }

    /// Where the object stands.
    #[must_use]
    pub fn place(&self) -> &Place {
        &self.place
    }

    /// Its name; empty where it has none that is a text.
    #[must_use]
    pub fn name(&self) -> &str {
        self.metadata("name").unwrap_or_default()
    }

    /// Its namespace; where it names none, `default` or the one that it was
    /// [put into](crate::Inventory::put_into_namespace).
    #[must_use]
    pub fn namespace(&self) -> &str {
        self.metadata("namespace").unwrap_or(&self.otherwise)
    }

    fn metadata(&self, field: &str) -> Option<&str> {
        let text = self.root.get("metadata")?.get(field)?.as_str()?;
        (!text.is_empty()).then_some(text)
    }

    /// The whole object, unknown fields included, in its order. Made anew with every call.
    #[must_use]
    pub fn to_json(&self) -> Map<String, Value> {
        self.root.as_object().map_or_else(Map::new, Object::to_map)
    }

    /// The line of a field, or of the nearest field around it where it is missing. Items of lists may
    /// be named by their keys.
    #[must_use]
    pub fn line_of(&self, path: &FieldPath) -> u32 {
        let names_items = path.steps().iter().any(|step| matches!(step, Step::Key(_)));
        if names_items {
            let value = self.root.to_value();
            let (placed, _) = Places::new(&value).by_index(path);
            return self.root.nearest(&placed).line;
        }
        self.root.nearest(path).line
    }

    /// The lines of fields, each as far as the field is written. Items of lists may be named by their
    /// keys. Takes time in proportion to the object and the paths.
    #[must_use]
    pub fn lines_if_written<'p>(
        &self,
        paths: impl IntoIterator<Item = &'p FieldPath>,
    ) -> Vec<Option<u32>> {
        let value = self.root.to_value();
        let mut places = Places::new(&value);
        let lines = paths.into_iter().map(|path| {
            let (here, found) = places.by_index(path);
            found.map(|_| self.root.nearest(&here).line)
        });
        lines.collect()
    }

    /// The place of a field whose path names items by their places.
    pub(crate) fn place_at(&self, path: &FieldPath) -> Place {
        Place {
            line: Some(self.root.nearest(path).line),
            ..self.place.clone()
        }
    }

    /// The place of a field: that of the object, and the field's line.
    #[must_use]
    pub fn place_of(&self, path: &FieldPath) -> Place {
        Place {
            line: Some(self.line_of(path)),
            ..self.place.clone()
        }
    }

    /// A finding about this object, at its place.
    #[must_use]
    pub fn locate(&self, finding: Diagnostic) -> Diagnostic {
        let place = self.place_of(&finding.path);
        finding.at(place)
    }

    /// What the API server would say of it, everything at its place.
    ///
    /// ```
    /// use daemonset_manifest::Inventory;
    /// use daemonset_manifest::check::Check;
    ///
    /// let mut inventory = Inventory::new();
    /// inventory.read("agent.yaml", b"
    /// apiVersion: apps/v1
    /// kind: DaemonSet
    /// metadata: {name: Agent}
    /// spec:
    ///   selector: {matchLabels: {app: agent}}
    ///   template:
    ///     metadata: {labels: {app: agent}}
    ///     spec: {containers: [{name: agent, image: 'agent:1.0'}]}
    /// ");
    /// let written = inventory.written().next().unwrap();
    /// let findings = written.checked(&Check::new());
    /// assert_eq!(findings[0].place.as_ref().unwrap().to_string(), "agent.yaml, document 1, line 4");
    /// assert_eq!(findings[0].path.to_string(), "metadata.name");
    /// ```
    #[must_use]
    pub fn checked(&self, check: &Check<'_>) -> Vec<Diagnostic> {
        self.located(check.judge(None, self.to_json()))
    }

    /// What the API server would say of a change from another one to this one.
    #[must_use]
    pub fn checked_against(&self, old: &Self, check: &Check<'_>) -> Vec<Diagnostic> {
        self.located(check.judge(Some(&old.to_json()), self.to_json()))
    }

    fn located(&self, verdict: Verdict) -> Vec<Diagnostic> {
        verdict.at(|path| self.place_at(path))
    }
}
