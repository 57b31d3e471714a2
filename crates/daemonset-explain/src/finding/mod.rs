//! What a diagnosis finds.

mod blame;
mod clauses;
mod course;
mod given;
mod lease;
mod nodes;
mod parts;
mod pods;
mod refused;
mod revision;
mod sentence;
mod terminating;
mod weight;

pub use blame::{Blame, RunKnownBy};
pub use course::SoFar;
pub use given::NotGiven;
pub use lease::{KeptTaint, LeaseSaid};
pub(crate) use nodes::together_down;
pub use parts::{
    BudgetField, FailedOn, Goes, HeldPod, LeftOut, Misplaced, NodesInState, Refusal, ReplacedBy,
    Symptom, UnhealthyNode,
};
pub use pods::RestartingWhileUp;
pub(crate) use revision::new_revision;
pub use revision::{Flipping, LeftByRevision};

use daemonset::api::Timestamp;
use serde::{Deserialize, Serialize};

/// How many names of a list the printed form gives.
const NAMED: usize = 3;

/// One thing that a diagnosis finds, with its evidence.
///
/// Serialized with an `id`, which stays the same from release to release. Prints as a sentence.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
#[serde(tag = "id", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Finding {
    /// The selector has no requirement, so the controller decides nothing.
    SelectingAll,
    /// The DaemonSet is being deleted, so the controller decides nothing.
    Deleting {
        /// Its finalizers, which have to be removed first.
        finalizers: Vec<String>,
        /// Its pods that do not go, each with why, where it waits for them.
        held: Vec<HeldPod>,
        /// Since when it is.
        since: Option<Timestamp>,
        /// How many of its pods are there and stay until it is gone.
        pods: usize,
    },
    /// The name of the new revision is taken by another template; the next round takes another.
    Collision,
    /// Objects that the DaemonSet's own status counts were not given, so nothing can be told.
    NotGiven(NotGiven),
    /// No ControllerRevisions were given, and pods do not tell otherwise whether they are up to date.
    RevisionsNotGiven {
        /// The namespace in which the revisions are.
        namespace: String,
        /// How many pods that concerns.
        pods: usize,
    },
    /// No ControllerRevisions were given, and the generation label of the pods tells which are up to date.
    ToldByGeneration {
        /// The namespace in which the revisions are.
        namespace: String,
        /// Whether pods of it and older ones show something that it changed.
        #[serde(default)]
        by_pods: bool,
        /// Whether what is compared of pods of it and of older ones is the same.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        is_alike: bool,
    },
    /// The controller has not seen the newest spec for long, though it takes it less than a second.
    ControllerIdle {
        /// `metadata.generation`.
        generation: i64,
        /// `status.observedGeneration`.
        observed: i64,
        /// When the spec was changed; `None` where that was not given, so that it may have been a
        /// moment ago.
        changed: Option<Timestamp>,
        /// What the Lease of kube-controller-manager says; `None` where it was not given.
        lease: Option<LeaseSaid>,
        /// What the pods of kube-controller-manager say, where none of them is ready, or the one that led last is not.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        manager: Option<String>,
    },
    /// kube-controller-manager, or the node lifecycle controller in it, does not work.
    ManagerDown {
        /// Whether the round creates or deletes pods, which nothing does then.
        acts: bool,
        /// What its Lease says; `None` where it does not tell.
        lease: Option<LeaseSaid>,
        /// The taint that nodes keep though they are Ready.
        kept: Option<KeptTaint>,
        /// What its pods say, where none of them is ready, or the one that led last is not.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        manager: Option<String>,
    },
    /// The status that the controller wrote says something else than the pods, which have been so for minutes or
    /// have nothing left to do.
    StatusContradicted {
        /// The figure: `updated` or `available`.
        figure: String,
        /// What is written.
        written: i32,
        /// What the pods come to.
        found: i32,
        /// For how many seconds at least what is written has not been so, where the pods tell.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        lasts: Option<i64>,
    },
    /// The template goes to and fro, since two write it in turn: every pod is replaced with each change.
    Flipping(Flipping),
    /// The pods that are missing are refused.
    Refused {
        /// The nodes that have no pod for it.
        nodes: Vec<String>,
        /// Whether each of them has an old pod, beside which the new one is to come.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        is_beside: bool,
        /// What events say, the most frequent first.
        said: Vec<Symptom>,
        /// What it is that refuses them, as far as that is known.
        refusals: Vec<Refusal>,
        /// The number of the revision whose changes the words quote.
        revision: Option<i64>,
        /// What of the revision's changes the words quote.
        changes: Vec<String>,
        /// What else is known of what refuses them, a clause each.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        notes: Vec<String>,
        /// When they were refused last.
        last: Option<Timestamp>,
        /// The DaemonSet's namespace.
        namespace: String,
        /// Its name.
        name: String,
        /// Whether it has no pod at all.
        is_first: bool,
    },
    /// The nodes that have a pod of the new revision went down, or ran out of something, soon after they got it, and none of
    /// the others did.
    RevisionEndsNodes {
        /// The new revision's hash.
        hash: Option<String>,
        /// Its number, where that is known.
        revision: Option<i64>,
        /// The nodes.
        nodes: Vec<UnhealthyNode>,
        /// How many nodes got it after these, and are well so far.
        #[serde(default)]
        last: usize,
        /// How many nodes have an older pod and are well.
        well: usize,
        /// How many seconds after their pod was created the last of them went down.
        within: i64,
        /// What the revision changed.
        changes: Vec<String>,
    },
    /// Pods of the new revision fail, and it is to blame.
    FailingRevision {
        /// The new revision's hash; `None` where the cluster does not have it yet, as far as given.
        hash: Option<String>,
        /// Its number, where that is known.
        revision: Option<i64>,
        /// The nodes on which its pods fail.
        failing: Vec<String>,
        /// What the pods say, the most frequent first.
        symptoms: Vec<Symptom>,
        /// Nodes on which a pod of it is available.
        available: usize,
        /// Nodes on which an old pod is available.
        old_available: usize,
        /// How it is known that the revision is to blame.
        blame: Blame,
        /// What the revision changed, what explains the failure first.
        changes: Vec<String>,
        /// What else is known, a sentence each.
        notes: Vec<String>,
    },
    /// `maxUnavailable` or `maxSurge` is neither a number nor a percentage.
    InvalidBudget {
        /// What is wrong with it.
        error: String,
        /// How many nodes have an old pod.
        waiting: usize,
    },
    /// The strategy is `OnDelete`: an old pod stays until its deletion is asked for.
    OnDelete {
        /// The nodes with old pods.
        nodes: Vec<String>,
        /// Whether no pod is created now, so that one that is deleted has no successor.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        none_follows: bool,
        /// Who may delete them.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        by: Option<ReplacedBy>,
        /// Whether that one is at it.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        is_at_it: bool,
    },
    /// Fields of the update strategy were written while the rollout goes on.
    StrategyWritten {
        /// The name by which they were written, such as `kubectl-edit`.
        manager: String,
        /// When that wrote last.
        at: Timestamp,
        /// The fields, such as `maxUnavailable`.
        fields: Vec<String>,
    },
    /// Nodes that do not recover with time use up the whole budget, or there is none: no further pod is replaced.
    BudgetUsedUp {
        /// `maxUnavailable` or `maxSurge`.
        field: BudgetField,
        /// What it comes to, in nodes.
        limit: i64,
        /// The nodes that use it up.
        used_by: Vec<String>,
        /// Those of these nodes that do not exist, so that their pods are deleted.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        gone: Vec<String>,
        /// How many nodes wait for it.
        waiting: usize,
    },
    /// Pods are rejected by kubelets, or evicted, as fast as they are created.
    Looping {
        /// The nodes, with what is wrong with them.
        nodes: Vec<UnhealthyNode>,
        /// What the pods say, the most frequent first.
        symptoms: Vec<Symptom>,
        /// The words for it, such as `Evicted` or `OutOfcpu`.
        reasons: Vec<String>,
        /// How many such pods there were, as far as objects and events tell.
        failed: usize,
        /// How many of them on which node, as far as that is known, that with the most first.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        failed_on: Vec<FailedOn>,
        /// The nodes where some have failed one after the other too, and the next one runs at the moment.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        running: Vec<String>,
        /// For how many seconds the one was there that failed soonest, where that is known and was minutes at least.
        lived: Option<i64>,
        /// For how many seconds the pods have been there since they failed, where the controller leaves them there.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        left: Option<i64>,
        /// The number of the revision whose changes explain it.
        revision: Option<i64>,
        /// What the revision changed of what the pods are rejected or evicted for.
        changes: Vec<String>,
    },
    /// Unhealthy nodes whose pods are not available or terminating.
    UnhealthyNodes {
        /// The nodes.
        nodes: Vec<UnhealthyNode>,
        /// Labels that all these nodes have, and none on which a pod is available.
        only_there: Vec<String>,
        /// How many of them should not run the daemon.
        #[serde(default, skip_serializing_if = "parts::is_zero")]
        besides: usize,
    },
    /// Kubelets wait for certificates, without which they cannot report.
    CertificatesPending {
        /// The requests that wait, the newest first.
        requests: Vec<String>,
        /// Since when the oldest of them waits.
        since: Option<Timestamp>,
    },
    /// Pods fail on healthy nodes, and it is not, or not evidently, the new revision's fault.
    FailingPods {
        /// The nodes.
        nodes: Vec<String>,
        /// What the pods say, the most frequent first.
        symptoms: Vec<Symptom>,
        /// Nodes on which a pod of the current revision is available.
        available: usize,
        /// Labels that all these nodes have, and none on which a pod is available.
        only_there: Vec<String>,
        /// Who is to blame, as far as there is an older revision.
        blame: Option<Blame>,
        /// What the revision changed, where it may be to blame.
        changes: Vec<String>,
        /// What else is known, a sentence each.
        notes: Vec<String>,
    },
    /// The scheduler does not place pods.
    UnscheduledPods {
        /// The nodes that they are meant for.
        nodes: Vec<String>,
        /// What the scheduler says, the most frequent first; empty where it says nothing.
        symptoms: Vec<Symptom>,
        /// Labels that all these nodes have, and none on which a pod is available.
        only_there: Vec<String>,
        /// What the revision changed of what the scheduler says.
        changes: Vec<String>,
        /// What else is known, a sentence each.
        notes: Vec<String>,
    },
    /// Pods on healthy nodes are terminating, and their grace period is over, all for the same.
    StuckTerminating {
        /// The nodes.
        nodes: Vec<String>,
        /// The pods.
        pods: Vec<String>,
        /// The finalizers that each of them has.
        finalizers: Vec<String>,
        /// Whether their kubelets do not end them, as they say, or since nothing else holds them.
        #[serde(default)]
        runs: bool,
        /// For how long the grace period of the longest has been over, in seconds.
        over: i64,
        /// What else is known, a sentence each.
        notes: Vec<String>,
    },
    /// Pods are being deleted on nodes that were not given, and may end in time.
    Ending {
        /// The pods.
        pods: Vec<String>,
        /// The nodes.
        nodes: Vec<String>,
        /// When the last of their grace periods ends.
        until: Timestamp,
    },
    /// Pods on nodes that were not given have not been up yet, and may only be starting.
    NotYetUp {
        /// Their nodes.
        nodes: Vec<String>,
        /// What they say, the most frequent first.
        symptoms: Vec<Symptom>,
        /// Whether all of them are of the newest revision.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        are_newest: bool,
        /// How many seconds after the first of them was created the newest time is that was given.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        after: Option<i64>,
    },
    /// Pods made way for pods of a higher priority.
    Preempted {
        /// The nodes.
        nodes: Vec<String>,
        /// How often, as far as objects and events tell.
        times: usize,
        /// When last.
        last: Option<Timestamp>,
    },
    /// Pods are marked as not ready though their containers are, as those of a silent node are.
    MarkedNotReady {
        /// Their nodes.
        nodes: Vec<String>,
        /// Since when the last of them is.
        since: Option<Timestamp>,
        /// The first of the nodes that kured has locked for a reboot, and since when.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        locked: Option<(String, Timestamp)>,
    },
    /// Pods are bound to nodes that are not among those given, or meant for such.
    PodsOnMissingNodes {
        /// The pods.
        pods: Vec<String>,
        /// The nodes.
        nodes: Vec<String>,
        /// Those of the pods that are being deleted.
        terminating: Vec<String>,
        /// Those of the pods that are not bound, but only meant for the nodes.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        unbound: Vec<String>,
        /// Whether it is known that the nodes do not exist.
        #[serde(default)]
        are_gone: bool,
    },
    /// The DaemonSet and its revisions are of another moment than nodes and pods, so that together they
    /// tell nothing.
    OtherMoments {
        /// When the newest revision was made, where that is after all that nodes say.
        made: Option<Timestamp>,
        /// When a node that is well was heard of last.
        heard: Option<Timestamp>,
        /// Pods of a newer revision that was not given.
        pods: Vec<String>,
    },
    /// The controller does not count nodes that have been well for minutes.
    NodesNotCounted {
        /// The nodes.
        nodes: Vec<String>,
        /// How many it counts.
        written: i32,
        /// For how many seconds the last of them has been Ready.
        ready: i64,
        /// What the Lease of kube-controller-manager says; `None` where it was not given.
        lease: Option<LeaseSaid>,
        /// What the pods of kube-controller-manager say, where none of them is ready, or the one that led last is not.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        manager: Option<String>,
    },
    /// The round creates or deletes pods, or pods come and go.
    Progressing {
        /// Pods that the round creates.
        creates: usize,
        /// Pods that the round deletes.
        deletes: usize,
        /// Nodes whose pods start.
        starting: Vec<String>,
        /// Nodes whose pods were ready until a while ago.
        unready: Vec<String>,
        /// Nodes whose pods are terminating, within their grace period.
        terminating: Vec<String>,
        /// When the last of their grace periods ends, where that is not within a minute or two.
        until: Option<Timestamp>,
    },
    /// What went wrong so far in pods that may yet become available.
    SoFar(SoFar),
    /// Nodes are shutting down in good order, and end their pods: with the nodes they come back.
    NodesShuttingDown {
        /// The nodes.
        nodes: Vec<String>,
        /// Since when the first of them does.
        since: Option<Timestamp>,
    },
    /// Nodes are being rebooted by kured, and have been down for no longer than that takes.
    NodesRebooting {
        /// The nodes.
        nodes: Vec<String>,
        /// Since when the first of them is down.
        since: Timestamp,
    },
    /// Nodes have been pulling an image for longer than most pods take to start.
    Pulling {
        /// The nodes.
        nodes: Vec<String>,
        /// What the kubelet of the one that began first says.
        said: String,
        /// Since when that one pulls.
        since: Option<Timestamp>,
    },
    /// Pods of the template before were refused, for what the present one does not ask.
    RefusedBefore {
        /// What the API server said.
        said: Vec<Symptom>,
        /// When it said so last.
        last: Option<Timestamp>,
        /// The number of the newest revision, where that is known.
        revision: Option<i64>,
    },
    /// Pods are ready, and not yet for `minReadySeconds`.
    MinReadySeconds {
        /// On how many nodes.
        nodes: usize,
        /// When the first of them becomes available.
        first: Timestamp,
        /// When the last of them does.
        last: Timestamp,
        /// What speaks against that, a clause each.
        notes: Vec<String>,
    },
    /// Pods wait for room that is being made: others are terminating on their nodes.
    RoomToCome {
        /// The nodes.
        nodes: Vec<String>,
        /// Whether the others are preempted for them; otherwise they are of an earlier DaemonSet of the name.
        preempted: bool,
        /// When the last of the grace periods ends; `None` where it is not known whether that brings the room.
        until: Option<Timestamp>,
    },
    /// Failed pods stay until their node's back-off is over.
    BackOff {
        /// How many.
        pods: usize,
        /// When the first of them is deleted.
        until: Timestamp,
    },
    /// No pod of the new revision is available on any node, so a wider budget is a risk.
    UnprovenRevision {
        /// Its hash; `None` where the cluster does not have it yet, as far as given.
        hash: Option<String>,
        /// Nodes that have a pod of it.
        nodes: usize,
        /// On how many of them it is terminating.
        #[serde(default)]
        terminating: usize,
    },
    /// The controller has not yet seen the newest spec.
    NotObserved {
        /// `metadata.generation`.
        generation: i64,
        /// `status.observedGeneration`.
        observed: i64,
        /// When the spec was changed, where that was given.
        changed: Option<Timestamp>,
    },
    /// The round leaves pods for the next one, because of the cap on pods of one round.
    Capped {
        /// Creates.
        creates: usize,
        /// Deletes.
        deletes: usize,
    },
    /// Some pods carry hashes that none of the known revisions has; they count as outdated.
    UnknownHashes {
        /// How many.
        pods: usize,
    },
    /// With surge: old pods stay on nodes that get no new ones, since there are not more
    /// available pods than nodes that should run the daemon.
    KeptOutdated {
        /// How many.
        pods: usize,
    },
    /// Pods count as updated by their generation label alone, and run an older template.
    GenerationOnly {
        /// The pods.
        pods: Vec<String>,
        /// What they are of: `revision 1`, or a hash.
        revisions: Vec<String>,
        /// How many pods of the current template are terminating, where none stays.
        #[serde(default)]
        leaving: usize,
        /// The DaemonSet's namespace.
        namespace: String,
        /// Its name.
        name: String,
    },
    /// Pods are up, and were started again and again until a moment ago.
    RestartingWhileUp(RestartingWhileUp),
    /// Pods run on nodes that should not run the daemon.
    Misscheduled {
        /// The pods.
        pods: Vec<String>,
        /// Their nodes.
        nodes: Vec<Misplaced>,
    },
    /// Pods are terminating, and finalizers hold them.
    HeldByFinalizers {
        /// The pods.
        pods: Vec<String>,
        /// The finalizers.
        finalizers: Vec<String>,
        /// Until when the first of them had time to end.
        until: Option<Timestamp>,
    },
    /// Pods of an earlier DaemonSet of the same name, which another uid tells apart.
    EarlierSet {
        /// The pods.
        pods: Vec<String>,
        /// How many of them are terminating.
        terminating: usize,
        /// When the last of their grace periods ends.
        until: Option<Timestamp>,
        /// For how many seconds that has been over, where they should be gone by now.
        overdue: Option<i64>,
    },
    /// Nodes that the DaemonSet leaves out, and misses by little.
    LeftOut {
        /// By why, the most nodes first.
        groups: Vec<LeftOut>,
    },
    /// The newest revision changed where the daemon should run, so that nodes are left out.
    LeftByRevision(LeftByRevision),
    /// Nodes are not ready for want of a pod network, which the DaemonSet seems to bring, and it is not to run there for the
    /// taint of just that.
    WaitsForItself {
        /// The nodes.
        nodes: Vec<String>,
        /// Since when the first of them is not ready.
        since: Option<Timestamp>,
        /// What the kubelet of that one says.
        said: String,
        /// The taints.
        taints: Vec<String>,
    },
    /// No node should run the daemon.
    NoNodes {
        /// How many nodes there are.
        nodes: usize,
        /// Why they are left out, the most first.
        groups: Vec<LeftOut>,
    },
    /// Every node that should run the daemon has an available pod of the current revision.
    Complete {
        /// How many nodes that are.
        nodes: usize,
        /// Whether the generation labels of its pods alone tell that, since no ControllerRevision was given that holds the template.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        by_generation: bool,
    },
}
