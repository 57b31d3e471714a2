//! Placement in three values.

use std::collections::BTreeSet;
use std::fmt;

use crate::placement::Obstacle;
use serde::Serialize;

use super::node::{Assumption, Contradiction};

/// Whether a node that is known in part runs the daemon.
///
/// Exact: it [`Runs`](Self::Runs) if it does whatever the unknown turns out to be, it
/// [does not](Self::DoesNotRun) if it does for nothing that the unknown could turn out to be,
/// and else it depends. A label's unknown value is one that a label can have, or the label is
/// missing.
///
/// Whether requirements contradict each other, and whether terms of the affinity match every node
/// only together, is searched for within bounds; beyond them the answer is that it depends.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(
    tag = "eligibility",
    rename_all = "camelCase",
    rename_all_fields = "camelCase"
)]
pub enum Eligibility {
    /// It does, whatever is unknown.
    Runs,
    /// It does not, whatever is unknown.
    DoesNotRun {
        /// The checks that what is known fails.
        obstacles: Vec<Obstacle>,
        /// Requirements that nothing satisfies together.
        contradictions: Vec<Contradiction>,
    },
    /// It does exactly if all of `all_of` hold, and all of at least one of the groups in
    /// `any_of`, where there is one.
    Depends {
        /// What must hold.
        all_of: Vec<Assumption>,
        /// Of these groups one must hold as well; empty where nothing more is asked for.
        any_of: Vec<Vec<Assumption>>,
    },
}

impl Eligibility {
    /// The labels that it depends on, sorted.
    #[must_use]
    pub fn label_keys(&self) -> Vec<&str> {
        let Self::Depends { all_of, any_of } = self else {
            return Vec::new();
        };
        let assumptions = all_of.iter().chain(any_of.iter().flatten());
        let keys: BTreeSet<&str> = assumptions
            .filter_map(|assumption| match assumption {
                Assumption::Label(requirement) => Some(requirement.key()),
                _ => None,
            })
            .collect();
        keys.into_iter().collect()
    }
}

impl fmt::Display for Eligibility {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Runs => f.write_str("runs"),
            Self::DoesNotRun {
                obstacles,
                contradictions,
            } => {
                let obstacles = obstacles.iter().map(ToString::to_string);
                let against: Vec<_> = obstacles
                    .chain(contradictions.iter().map(ToString::to_string))
                    .collect();
                write!(f, "does not run: {}", against.join("; "))
            }
            Self::Depends { all_of, any_of } => {
                let joined = |group: &[Assumption]| {
                    let texts: Vec<_> = group.iter().map(ToString::to_string).collect();
                    texts.join(" and ")
                };
                write!(f, "depends: {}", joined(all_of))?;
                if !any_of.is_empty() {
                    let and = if all_of.is_empty() { "" } else { " and " };
                    let groups: Vec<_> = any_of.iter().map(|group| joined(group)).collect();
                    write!(f, "{and}either ({})", groups.join(") or ("))?;
                }
                Ok(())
            }
        }
    }
}
