//! Fixes, and how they are tried out.

mod advice;
mod asked;
mod at_once;
mod attempt;
mod back;
mod beside_edits;
mod by_finding;
mod by_words;
mod cause;
mod caution;
mod certificates;
mod claims;
mod cloud;
mod command;
mod create;
mod dead_nodes;
mod effect;
mod ends_well;
mod finalizers;
mod goes_on;
mod hindered;
mod host_paths;
mod known;
mod labels;
mod lacking;
mod leads;
mod look;
mod looping;
mod machine;
mod mended;
mod node;
mod not_given;
mod of_node;
mod of_template;
mod older;
mod on_nodes;
mod other_nodes;
mod own_tools;
mod phrases;
mod platform;
mod pointed_at;
mod probes;
mod provisioner;
mod refused;
mod repair;
mod requests;
mod rollout;
mod short;
mod since;
mod slips;
mod so_far;
mod strategy;
mod stuck;
mod takes;
mod tells;
mod unhealthy;
mod untried;
mod used_there;
mod victims;
mod while_up;

pub use caution::Caution;
pub use command::undo_command;
pub use command::word as shell_word;
pub use provisioner::Provisioner;
pub use repair::{
    AdmissionRepair, AskedRepair, ContainerRepair, KnownRepair, NodeRepair, PlacementRepair,
    Repair, RolloutRepair,
};
pub use requests::Requested;
pub use tells::Tells;

pub(crate) use node::node_fixes;
pub(crate) use of_node::fixes_of_node;
pub(crate) use rollout::rollout_fixes;
pub(crate) use takes::cautioned;

use std::fmt;

use daemonset::api::{ControllerRevision, DaemonSet};
use serde::{Deserialize, Serialize};

use crate::edit::Edit;
use crate::edit::edited::{Step, edited_set};
use crate::words::{agree, list};

/// How many names or edits of one kind the printed form gives.
const NAMED: usize = 3;

/// A fix: what to do, how far that can be relied on, and the commands to type.
///
/// None of its edits, and none of the nodes that it assumes to recover, can be left out:
/// without it the rest does not have the effect.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Fix {
    /// What to do, all of it; empty where all that is needed is outside.
    pub edits: Vec<Edit>,
    /// How far it can be relied on.
    pub applicability: Applicability,
    /// What came of it when it was tried; nothing where it could not be.
    pub effect: Option<Effect>,
    /// What else it does, or what it leaves open.
    pub cautions: Vec<Caution>,
    /// The commands that do it, or show what has to be repaired.
    pub commands: Vec<String>,
}

/// How far a fix can be relied on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
#[serde(
    tag = "kind",
    rename_all = "camelCase",
    rename_all_fields = "camelCase"
)]
pub enum Applicability {
    /// The edits were made on a copy of what was given, and the plan that followed has the effect.
    Proven,
    /// The effect follows if these nodes become Ready and well, and their pods with them, which no edit
    /// brings about.
    IfRepaired {
        /// The nodes.
        nodes: Vec<String>,
    },
    /// It was not tried: what has to be repaired is outside of what was given.
    Outside {
        /// What has to be repaired.
        repair: Repair,
    },
}

/// What comes of a fix.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
#[serde(
    tag = "effect",
    rename_all = "camelCase",
    rename_all_fields = "camelCase"
)]
pub enum Effect {
    /// The node should run the daemon.
    NodeRuns {
        /// The node.
        node: String,
    },
    /// New pods are created on these nodes.
    NewPods {
        /// The nodes.
        nodes: Vec<String>,
    },
    /// The next round creates or deletes pods on these nodes.
    Continues {
        /// The nodes that the rules of the rollout decide on, in the order of the round.
        nodes: Vec<String>,
        /// How many more it takes, out of more that are alike: which of them is left to the controller.
        #[serde(default, skip_serializing_if = "is_zero")]
        of_others: usize,
    },
    /// On these nodes the pods that are one too many go, and the rollout continues.
    Thins {
        /// The nodes.
        nodes: Vec<String>,
    },
    /// The pods on these nodes go, and none takes their place.
    LeavesOut {
        /// The nodes.
        nodes: Vec<String>,
    },
    /// Nothing is left to do.
    Completes,
}

#[allow(clippy::trivially_copy_pass_by_ref)] // serde asks with a reference
fn is_zero(count: &usize) -> bool {
    *count == 0
}

impl Fix {
    fn new(
        set: &DaemonSet,
        revisions: &[&ControllerRevision],
        steps: Vec<Step>,
        effect: Effect,
        cautions: Vec<Caution>,
        looks: impl Fn(&String) -> Vec<String>,
    ) -> Self {
        let after = if command::are_patched(&steps) {
            edited_set(set, revisions, &steps).ok()
        } else {
            None
        };
        Self::with_set_after(set, after.as_ref(), steps, effect, cautions, looks)
    }

    /// `after` is the set with those steps made that concern it.
    fn with_set_after(
        set: &DaemonSet,
        after: Option<&DaemonSet>,
        steps: Vec<Step>,
        effect: Effect,
        cautions: Vec<Caution>,
        looks: impl Fn(&String) -> Vec<String>,
    ) -> Self {
        let mut edits = Vec::new();
        let mut nodes = Vec::new();
        for step in steps {
            match step {
                Step::Edit(edit) => edits.push(edit),
                Step::Repair { node } => nodes.push(node),
            }
        }
        let mut commands = command::commands(&edits, set, after);
        commands.extend(nodes.iter().take(NAMED).flat_map(looks));
        Self {
            edits,
            applicability: if nodes.is_empty() {
                Applicability::Proven
            } else {
                Applicability::IfRepaired { nodes }
            },
            effect: Some(effect),
            cautions,
            commands,
        }
    }

    /// Something outside that has to be repaired, and the commands that show or do it.
    fn outside(repair: Repair, commands: Vec<String>) -> Self {
        Self {
            edits: Vec::new(),
            applicability: Applicability::Outside { repair },
            effect: None,
            cautions: Vec::new(),
            commands,
        }
    }

    /// Whether it is only to look at what a kubelet says.
    fn looks_at_kubelet(&self) -> bool {
        let Applicability::Outside { repair } = &self.applicability else {
            return false;
        };
        matches!(repair, Repair::Node(NodeRepair::Rejection { .. }))
    }

    /// Whether it goes back to an older revision.
    fn goes_back(&self) -> bool {
        let mut edits = self.edits.iter();
        edits.any(|edit| matches!(edit, Edit::RollBack { .. }))
    }

    /// Whether it goes back from a revision that runs on some nodes.
    fn is_from_some(&self) -> bool {
        matches!(
            &self.applicability,
            Applicability::Outside {
                repair: Repair::Rollout(RolloutRepair::BackFromSome { .. })
            }
        )
    }

    /// The nodes that it assumes to recover.
    #[must_use]
    pub fn repaired(&self) -> &[String] {
        match &self.applicability {
            Applicability::IfRepaired { nodes } => nodes,
            Applicability::Proven | Applicability::Outside { .. } => &[],
        }
    }
}

/// Leaves out what is not needed.
fn minimal(mut steps: Vec<Step>, mut works: impl FnMut(&[Step]) -> bool) -> Option<Vec<Step>> {
    if steps.is_empty() || !works(&steps) {
        return None;
    }
    // A step that was needed may not be, once another is left out: so until all are.
    loop {
        let before = steps.len();
        let mut at = 0;
        while at < steps.len() {
            let mut fewer = steps.clone();
            fewer.remove(at);
            if !fewer.is_empty() && works(&fewer) {
                steps = fewer;
            } else {
                at += 1;
            }
        }
        if steps.len() == before {
            return Some(steps);
        }
    }
}

/// `if node-a is well again`: it may be Ready, and report something else.
impl fmt::Display for Applicability {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Proven => f.write_str("proven on a copy"),
            Self::IfRepaired { nodes } => write!(
                f,
                "if {} {}",
                list(nodes, NAMED),
                agree(nodes.len(), "is well again", "are well again")
            ),
            Self::Outside { repair } => repair.fmt(f),
        }
    }
}

/// Prints the edits, what comes of them, and what to be careful about. Of many edits that delete
/// pods or nodes the first few are printed; [`Fix::edits`] has them all.
impl fmt::Display for Fix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let edits = printed(&self.edits).join(", and ");
        match (&self.applicability, edits.as_str(), &self.effect) {
            (how, "", None) => write!(f, "{how}")?,
            (_, edits, None) => f.write_str(edits)?,
            (Applicability::Proven, edits, Some(effect)) => write!(f, "{edits}: then {effect}")?,
            (how, "", Some(effect)) => write!(f, "{how}, {effect}")?,
            (how, edits, Some(effect)) => write!(f, "{edits}; {how}, {effect}")?,
        }
        // What several do alike is told once.
        let last_that_keeps = self.cautions.iter().rposition(Caution::keeps_others);
        for (at, caution) in self.cautions.iter().enumerate() {
            write!(f, "{}{caution}", if at == 0 { "; but " } else { ", and " })?;
            if last_that_keeps == Some(at) {
                f.write_str(": what it does at once is to keep the other nodes from it")?;
            }
        }
        Ok(())
    }
}

/// The edits as instructions, those that delete objects of one kind together.
fn printed(edits: &[Edit]) -> Vec<String> {
    let object = |edit: &Edit| match edit {
        Edit::DeletePod { pod, node } => Some(("delete", "pod", format!("{pod} on {node}"))),
        Edit::ForceDeletePod { pod, node } => {
            Some(("force-delete", "pod", format!("{pod} on {node}")))
        }
        Edit::DeleteNode { node } => Some(("delete", "node", node.clone())),
        _ => None,
    };
    let kind = |edit: &Edit| object(edit).map(|(verb, kind, _)| (verb, kind));
    let mut texts = Vec::new();
    for alike in edits.chunk_by(|a, b| kind(a).is_some() && kind(a) == kind(b)) {
        match (alike, kind(&alike[0])) {
            ([_, _, ..], Some((verb, kind))) => {
                let names: Vec<_> = (alike.iter().filter_map(object))
                    .map(|(_, _, name)| name)
                    .collect();
                texts.push(format!("{verb} {kind}s {}", list(&names, NAMED)));
            }
            _ => texts.extend(alike.iter().map(ToString::to_string)),
        }
    }
    texts
}
