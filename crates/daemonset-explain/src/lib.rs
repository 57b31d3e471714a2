//! Why a DaemonSet's rollout stands where it stands, what would change it, and what a change would
//! do before it is made.
//!
//! | I want to … | use |
//! | --- | --- |
//! | know whether a rollout is done, continues or is blocked, and why | [`Explainer::diagnosis`] |
//! | know who uses up the rolling update's budget, and who is next | [`Explainer::ledger`] |
//! | get it moving | [`Explainer::fixes`] |
//! | know what one node means to it | [`Explainer::on_node`] |
//! | make a node run the daemon | [`Explainer::node_fixes`] |
//! | know what a new version, or other nodes, would do | [`what_if::compare`] |
//! | know what becomes of a cluster when it is left alone | [`what_if::forecast`] |
//! | ask of a node that does not exist yet | [`daemonset::hypothetical`] |
//! | let it read container states, events, quotas | [`Explainer::with_evidence`] |
//! | know what goes when a DaemonSet is deleted | [`deletion_steps()`] |
//!
//! An [`Explainer`] takes one look at a round of the planner, node by node, and answers from what
//! that saw: an explanation cannot contradict the plan. Answers are data; each prints as a sentence
//! and is written as JSON.

mod blame;
mod caveats;
mod changes;
mod controller;
mod deletion_steps;
mod diagnose;
mod diagnosis;
mod edit;
mod edited;
pub mod evidence;
mod explainer;
mod finding;
mod fix;
mod given;
mod health;
mod image;
mod in_vain;
mod label_owner;
mod ledger;
mod left_out;
mod lookup;
mod missing;
mod mixed;
mod mounted;
mod near;
mod node_lack;
mod nodes_down;
mod on_node;
mod outside;
mod placement_change;
mod preempted;
mod primary;
mod quoted;
mod ran_before;
mod refusal;
pub mod room;
mod round;
mod simulate;
mod so_far;
mod stall;
mod start_time;
mod symptoms;
mod taint_owner;
mod told_apart;
mod virtual_node;
pub mod what_if;
pub mod words;

pub use blame::Blame;
pub use controller::LeaseSaid;
pub use deletion_steps::{
    DeletionStep, Dependent, Finalizer, Propagation, deletion_steps, pods_on_missing_nodes,
};
pub use diagnosis::{Diagnosis, Standing};
pub use edit::Edit;
pub use edited::{EditError, Edited};
pub use explainer::Explainer;
pub use finding::{
    BudgetField, Finding, HeldPod, LeftOut, Misplaced, Refusal, Symptom, UnhealthyNode,
};
pub use fix::{Applicability, Caution, Effect, Fix, Repair, undo_command};
pub use given::undecided;
pub use health::{LastEnd, NodeProblem, PodProblem, Pressure};
pub use label_owner::LabelOwner;
pub use ledger::{Account, Allowance, Cause, Expense, Ledger, PodNote, Rounding};
pub use node_lack::NodeLack;
pub use on_node::{InTheWay, OnNode, PodThere};
pub use ran_before::RunKnownBy;
pub use round::PodRevision;
pub use taint_owner::TaintOwner;
