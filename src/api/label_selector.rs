//! Label selectors as written.

use serde::{Deserialize, Serialize};

use super::{Labels, is_zero, null_as_default};

/// What to select pods by: all requirements must hold.
///
/// Source: [Label selectors](https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#label-selectors).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct LabelSelector {
    /// Labels with these very values.
    #[serde(deserialize_with = "null_as_default", skip_serializing_if = "is_zero")]
    pub match_labels: Labels,
    /// Requirements on labels.
    #[serde(deserialize_with = "null_as_default", skip_serializing_if = "is_zero")]
    pub match_expressions: Vec<LabelSelectorRequirement>,
}

/// One requirement of a label selector.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(default)]
pub struct LabelSelectorRequirement {
    /// The label.
    #[serde(deserialize_with = "null_as_default")]
    pub key: String,
    /// `In`, `NotIn`, `Exists` or `DoesNotExist`.
    #[serde(deserialize_with = "null_as_default")]
    pub operator: String,
    /// What the operator compares with.
    #[serde(deserialize_with = "null_as_default", skip_serializing_if = "is_zero")]
    pub values: Vec<String>,
}
