//! What changed from one template to another.

use std::sync::OnceLock;

use daemonset::api::PodTemplate;
use daemonset::template::Shape;
use serde_json::Value;

use super::difference::{Difference, differences};
use super::stored::canonical;

/// What changed between an old revision and the current one.
#[derive(Debug)]
pub(crate) struct Changes {
    /// The number of the current revision, where it has one.
    pub revision: Option<i64>,
    /// The template as it was.
    pub before: Value,
    /// The template as it is.
    pub after: Value,
    pub differences: Vec<Difference>,
    /// Whether the template before is known in part alone, and taken to be as the current one in all else.
    pub is_partial: bool,
    /// Both as text; written when names are first looked up in it.
    texts: OnceLock<(String, String)>,
}

impl Changes {
    /// What changed from the first template to the second, which is of this revision.
    pub fn between(before: &PodTemplate, after: &PodTemplate, revision: Option<i64>) -> Self {
        let (before, after) = (canonical(before), canonical(after));
        Self {
            revision,
            differences: differences(Shape::of_type("PodTemplateSpec"), &before, &after),
            is_partial: false,
            texts: OnceLock::new(),
            before,
            after,
        }
    }

    /// The templates before and after as text.
    pub fn texts(&self) -> (&str, &str) {
        let write = || (self.before.to_string(), self.after.to_string());
        let (before, after) = self.texts.get_or_init(write);
        (before, after)
    }
}
