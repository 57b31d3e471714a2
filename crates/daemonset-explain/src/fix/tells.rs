//! What would tell who is to blame.

use serde::{Deserialize, Serialize};

/// What would tell whether a pod that fails alone does so for its node or for its revision.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum Tells {
    /// A pod of this older revision on the same node.
    Back(i64),
    /// A pod of the revision that older pods are of on the same node, of which the number was not given.
    Before,
    /// A pod of the revision on another node.
    OtherNode,
}
