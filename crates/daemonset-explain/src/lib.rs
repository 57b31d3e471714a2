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

mod admission;
mod cause;
mod deletion_steps;
mod diagnosis;
mod edit;
pub mod evidence;
mod explainer;
mod finding;
mod fix;
mod health;
mod known;
mod ledger;
mod near;
mod on_node;
mod owner;
pub mod room;
mod round;
mod signs;
mod stall;
mod stalled;
mod template;
mod version;
pub mod what_if;
pub mod words;

pub use cause::told_apart::label_apart;
pub use deletion_steps::{
    DeletionStep, Dependent, Finalizer, Propagation, deletion_steps, pods_on_missing_nodes,
};
pub use diagnosis::given::undecided;
pub use diagnosis::{Diagnosis, Standing};
pub use edit::Edit;
pub use edit::edited::{EditError, Edited};
pub use explainer::Explainer;
pub use finding::{
    Blame, BudgetField, FailedOn, Finding, Flipping, Goes, HeldPod, KeptTaint, LeaseSaid,
    LeftByRevision, LeftOut, Misplaced, NodesInState, NotGiven, Refusal, ReplacedBy,
    RestartingWhileUp, RunKnownBy, SoFar, Symptom, UnhealthyNode,
};
pub use fix::{
    AdmissionRepair, Applicability, AskedRepair, Caution, ContainerRepair, Effect, Fix, Former,
    KnownRepair, NodeRepair, PlacementRepair, Provisioner, Repair, Requested, RolloutRepair,
    shell_word, undo_command,
};
pub use health::{LastEnd, NodeProblem, PodProblem, Pressure, comes_without_network};
pub use known::{Known, Owner, Supply};
pub use ledger::{Account, Allowance, Cause, Expense, Ledger, PodNote, Rounding};
pub use on_node::{InTheWay, OnNode, PodThere};
pub use owner::{LabelOwner, TaintOwner};
pub use round::PodRevision;
pub use signs::cloud::is_cloud_controller;
pub use signs::image_name::repository as image_repository;
pub use template::{brings_pod_network, host_ports};
