//! Fixes, and how they are tried out.

mod advice;
mod asked;
mod at_once;
mod attempt;
mod by_words;
mod cause;
mod certificates;
mod claims;
mod cloud;
mod command;
mod create;
mod dead_nodes;
mod finalizers;
mod host_paths;
mod instruction;
mod known;
mod lacking;
mod leads;
mod look;
mod looping;
mod machine;
mod mended;
mod node;
mod of_node;
mod of_template;
mod older;
mod on_nodes;
mod other_nodes;
mod phrases;
mod platform;
mod pointed_at;
mod probes;
mod provisioner;
mod refused;
mod repair;
mod requests;
mod rollout;
mod slips;
mod so_far;
mod stuck;
mod tells;
mod unhealthy;
mod untried;
mod victims;
mod while_up;

pub use command::undo_command;
pub use command::word as shell_word;
pub use provisioner::Provisioner;
pub use repair::Repair;
pub use requests::Requested;
pub use tells::Tells;

pub(crate) use node::node_fixes;
pub(crate) use of_node::fixes_of_node;
pub(crate) use rollout::rollout_fixes;

use std::fmt;

use daemonset::api::{ControllerRevision, DaemonSet};
use serde::{Deserialize, Serialize};

use crate::edit::Edit;
use crate::edit::edited::{Step, edited_set};
use crate::words::{agree, all_of, count, list};

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
        /// The nodes, in the order of the round.
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

/// What whoever makes an edit should know.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
#[serde(
    tag = "caution",
    rename_all = "camelCase",
    rename_all_fields = "camelCase"
)]
pub enum Caution {
    /// The template changes, so all pods of the DaemonSet are replaced.
    ReplacesPods,
    /// The same, where the fix may be made on the node too.
    TypeReplacesPods,
    /// The template changes, and under `OnDelete` no pod is replaced for it.
    OnDelete,
    /// Other nodes run the daemon too then.
    AlsoRunsOn {
        /// The nodes.
        nodes: Vec<String>,
    },
    /// Other nodes do not run the daemon any more then.
    StopsOn {
        /// The nodes.
        nodes: Vec<String>,
    },
    /// No pod of the new revision is available on any node.
    UnprovenRevision,
    /// More than half of the nodes may be without the daemon at once.
    ManyAtOnce {
        /// How many may be.
        limit: i64,
        /// How many there are.
        desired: i32,
    },
    /// The budget lets all pods go at once, those that are available too.
    AllAtOnce {
        /// `maxUnavailable`.
        limit: String,
        /// How many nodes should run the daemon.
        desired: i32,
        /// How many have an available pod.
        available: i32,
    },
    /// On nodes whose kubelets do not answer it is done only once they do.
    OnlyOnceBack {
        /// The nodes.
        nodes: Vec<String>,
    },
    /// What hangs in the kernel of these nodes ends only as they are rebooted, and its pod before that does not.
    MayHang {
        /// The nodes.
        nodes: Vec<String>,
    },
    /// One after the other keeps the daemon on the other nodes meanwhile.
    OneByOne,
    /// No pod of the revision to go back to is available anywhere, so nothing shows that it works.
    OldRevisionUnproven,
    /// Every pod of the revision to go back to fails too.
    OldRevisionFails {
        /// The nodes.
        nodes: Vec<String>,
    },
    /// The nodes that are left out are virtual: they run only what their provider takes.
    OnlyVirtual,
    /// The taint keeps other pods off the node too, which may come there then.
    OpensNode,
    /// Only where the machine is gone: a kubelet that comes back registers its node anew.
    OnlyIfGone,
    /// The amount is for so many pods of this DaemonSet: what others lack, and what the rest of its rollout takes more, is not in it.
    OnlyMissing {
        /// How many pods are missing now.
        pods: usize,
        /// Whether old pods are there that new ones are to take the place of.
        more_follow: bool,
    },
    /// What the finalizer stands for is not done then.
    SkipsFinalizer,
    /// The newest revision may leave the nodes out on purpose, as a way to switch a DaemonSet off.
    MayBeOnPurpose,
    /// Only where the label is a slip: the nodes may be left out on purpose.
    OnlyIfSlip,
    /// The DaemonSet has a controller, which may write over what is edited here.
    Owned {
        /// Its kind and name.
        owner: String,
    },
    /// These machines are shut down: nothing on them answers before they are started.
    StartsMachines {
        /// The nodes.
        nodes: Vec<String>,
    },
    /// These nodes have been silent for long, so that their machines may be off or gone.
    MachinesMayBeOff {
        /// The nodes.
        nodes: Vec<String>,
        /// For how many seconds the one that has been for the shortest time.
        silent: i64,
        /// Whether that is by the time of its last heartbeat, long before it was marked.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        by_heartbeat: bool,
    },
}

/// The fixes, those that edit a DaemonSet which has a controller with a word about that.
pub(crate) fn cautioned(mut fixes: Vec<Fix>, set: &DaemonSet) -> Vec<Fix> {
    const VERBS: [&str; 5] = [
        "patch",
        "edit",
        "rollout undo",
        "set image",
        "set resources",
    ];
    let Some(owner) = set.metadata.controller() else {
        return fixes;
    };
    let target = command::target(set);
    let edits = VERBS.map(|verb| format!("kubectl {verb} {target}"));
    for fix in &mut fixes {
        let mut commands = fix.commands.iter();
        let is_edit = commands.any(|command| edits.iter().any(|edit| command.starts_with(edit)));
        let is_of_template = matches!(
            fix.applicability,
            Applicability::Outside {
                repair: Repair::HostPath { .. }
            }
        );
        if is_edit || is_of_template {
            let owner = format!("{} {}", owner.kind, owner.name);
            fix.cautions.push(Caution::Owned { owner });
        }
    }
    fixes
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
        let is_patched = matches!(repair, Repair::Memory { .. }) && !commands.is_empty();
        Self {
            edits: Vec::new(),
            applicability: Applicability::Outside { repair },
            effect: None,
            cautions: Vec::from_iter(is_patched.then_some(Caution::ReplacesPods)),
            commands,
        }
    }

    /// Whether it is only to look at what a kubelet says.
    fn looks_at_kubelet(&self) -> bool {
        let Applicability::Outside { repair } = &self.applicability else {
            return false;
        };
        matches!(repair, Repair::Rejection { .. })
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

/// Prints as a sentence.
impl fmt::Display for Effect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NodeRuns { node } => write!(f, "{node} runs it"),
            Self::NewPods { nodes } => write!(
                f,
                "{} {} created, on {}",
                count(nodes.len(), "new pod"),
                agree(nodes.len(), "is", "are"),
                list(nodes, NAMED)
            ),
            Self::Continues { nodes } => {
                write!(f, "the rollout continues with {}", list(nodes, NAMED))
            }
            Self::LeavesOut { nodes } => write!(
                f,
                "{} {} left out: {} there {} deleted, and none takes {} place",
                list(nodes, NAMED),
                agree(nodes.len(), "is", "are"),
                agree(nodes.len(), "the pod", "the pods"),
                agree(nodes.len(), "is", "are"),
                agree(nodes.len(), "its", "their"),
            ),
            Self::Completes => f.write_str("the rollout is complete"),
        }
    }
}

/// Prints as a clause.
impl fmt::Display for Caution {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ReplacesPods => f.write_str("every pod is replaced, since the template changes"),
            Self::TypeReplacesPods => {
                f.write_str("to change the template replaces every pod")
            }
            Self::OnDelete => f.write_str(
                "with OnDelete a pod has that only once it is deleted and made anew",
            ),
            Self::AlsoRunsOn { nodes } => write!(
                f,
                "{} {} it too: {}",
                count(nodes.len(), "other node"),
                agree(nodes.len(), "runs", "run"),
                list(nodes, NAMED)
            ),
            Self::StopsOn { nodes } => write!(
                f,
                "{} no longer {} it: {}",
                count(nodes.len(), "other node"),
                agree(nodes.len(), "runs", "run"),
                list(nodes, NAMED)
            ),
            Self::UnprovenRevision => {
                f.write_str("the new revision is unproven: no pod of it is available")
            }
            Self::ManyAtOnce { limit, desired } => write!(
                f,
                "{limit} of {desired} nodes may be without the daemon at once"
            ),
            Self::AllAtOnce {
                limit,
                desired,
                available,
            } => write!(
                f,
                "maxUnavailable is {limit}, so that {} go at once{}: with the first command they go one by one",
                all_of(usize::try_from(*desired).unwrap_or(0), "pod"),
                match available {
                    all if all == desired => String::new(),
                    1 => ", the available one too".to_owned(),
                    many => format!(", the {many} available ones too"),
                }
            ),
            Self::OnlyOnceBack { nodes } => write!(
                f,
                "on {} it is done only once {} again: what it does at once is to keep the other nodes from it",
                list(nodes, NAMED),
                agree(
                    nodes.len(),
                    "its kubelet answers and works",
                    "their kubelets answer and work"
                ),
            ),
            Self::OnlyMissing { pods, more_follow } => {
                write!(
                    f,
                    "the amount is for the {} of this DaemonSet that {} now: what other workloads lack comes on top",
                    count(*pods, "pod"),
                    agree(*pods, "is missing", "are missing"),
                )?;
                if *more_follow {
                    f.write_str(", and what each further new pod asks for more than the old one")?;
                }
                Ok(())
            }
            Self::MayHang { nodes } => write!(
                f,
                "on {} a process that hangs in the kernel ends with a reboot alone, so the pod may not end before: what it does \
                 at once is to keep the other nodes from it",
                list(nodes, NAMED)
            ),
            Self::OneByOne => f.write_str(
                "all at once leaves all of these nodes without the daemon: delete one, see its new pod \
                 available, then the next",
            ),
            Self::OldRevisionUnproven => {
                f.write_str("no pod of that revision is available anywhere to show that it works")
            }
            Self::OldRevisionFails { nodes } => write!(
                f,
                "what it goes back to fails on {}, which still {} it: it only takes back what the newest revision brought",
                list(nodes, NAMED),
                agree(nodes.len(), "runs", "run")
            ),
            Self::OnlyVirtual => f.write_str(
                "the virtual nodes, which run only what their provider takes, are without it",
            ),
            Self::OpensNode => f.write_str("other pods may be scheduled there too"),
            Self::OnlyIfGone => f.write_str("only where the machine is gone and stays away"),
            Self::MayBeOnPurpose => {
                f.write_str("the newest revision may leave these nodes out on purpose")
            }
            Self::OnlyIfSlip => f.write_str("only if the label that is there is a slip"),
            Self::Owned { owner } => write!(
                f,
                "{owner} owns the DaemonSet and may take it back: where it does, change it there"
            ),
            Self::StartsMachines { nodes } => phrases::starts_machines(f, nodes),
            Self::MachinesMayBeOff {
                nodes,
                silent,
                by_heartbeat,
            } => machine::machines_may_be_off(f, nodes, *silent, *by_heartbeat),
            Self::SkipsFinalizer => f.write_str("what the finalizer is there for is not done then"),
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
        for (at, caution) in self.cautions.iter().enumerate() {
            write!(f, "{}{caution}", if at == 0 { "; but " } else { ", and " })?;
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
