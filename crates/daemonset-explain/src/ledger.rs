//! A rolling update's budget as an account.

use std::fmt;

use daemonset::Action;
use daemonset::api::{IntOrString, Pod, Timestamp};
use daemonset::outcome::{Deferred, Outcome};
use daemonset::placement::Verdict;
use daemonset::rollout::{Budget, Limits, Readiness, Shape};
use daemonset::round::PodInRound;
use daemonset::well_known::CONTROLLER_REVISION_HASH;
use serde::{Deserialize, Serialize};

use crate::finding::BudgetField;
use crate::health::{NodeProblem, PodProblem};
use crate::round::{NodeSeen, PodRevision, Round, is_picked, node_of, reason_of, staying_of};
use crate::words::{agree, count};

/// How many nodes of a list the printed form names.
const NAMED: usize = 20;

/// How many of the nodes that wait the printed form names.
const NEXT: usize = 3;

/// A rolling update's budget as an account: how much there is, who uses it, what is left, and
/// who is next.
///
/// Source: [Performing a Rolling Update on a DaemonSet](https://kubernetes.io/docs/tasks/manage-daemon/update-daemon-set/).
///
/// ```
/// use daemonset::api::{DaemonSet, Node};
/// use daemonset::{Cluster, Options};
/// use daemonset_explain::Explainer;
///
/// let agent: DaemonSet = serde_json::from_value(serde_json::json!({
///     "metadata": {"name": "agent"},
///     "spec": {
///         "selector": {"matchLabels": {"app": "agent"}},
///         "updateStrategy": {"rollingUpdate": {"maxUnavailable": "25%"}},
///     },
/// }))?;
/// let nodes: Vec<Node> = ["a", "b", "c"]
///     .map(|name| serde_json::from_value(serde_json::json!({"metadata": {"name": name}})))
///     .into_iter()
///     .collect::<Result<_, _>>()?;
/// let cluster = Cluster::new(&nodes, &[]);
/// let ledger = Explainer::new(&agent, &cluster, &Options::default())?.ledger();
/// assert_eq!(
///     ledger.to_string().lines().next(),
///     Some("3 nodes should run it; maxUnavailable 25% of 3, rounded up, is 1: 3 used, 0 left"),
/// );
/// assert_eq!(ledger.spent[0].to_string(), "a: no pod");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Ledger {
    /// How far the round goes. [`Outcome::Managed`] means that pods are missing or in the way, so
    /// that nothing is taken from the budget before they are seen to.
    pub outcome: Outcome,
    /// How many nodes should run the daemon.
    pub desired: i32,
    /// What there is to use.
    pub account: Account,
    /// Every node that uses it, by name.
    pub spent: Vec<Expense>,
    /// The pods that this round creates and deletes.
    pub round: Vec<Action>,
    /// What the rolling update has before it next, in its order; the first ten.
    pub waiting: Vec<Action>,
    /// How many of those there are in all.
    pub waiting_in_all: usize,
    /// What the round leaves for later, or alone, for other causes than the budget.
    pub deferred: Deferred,
}

/// What a rolling update may use.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "camelCase")]
#[non_exhaustive]
pub enum Account {
    /// A budget.
    Open {
        /// What it comes to, what is used and what is left.
        budget: Budget,
        /// Where the figure comes from.
        allowance: Allowance,
    },
    /// None: old pods stay until their deletion is asked for.
    OnDelete,
    /// None that reads.
    Unreadable {
        /// What is wrong with it.
        error: String,
    },
    /// None: nothing at all is decided.
    Nothing,
}

/// Where the figure of a budget comes from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Allowance {
    /// `maxUnavailable` or `maxSurge`.
    pub field: BudgetField,
    /// What is written there; `None` where it is not set.
    pub written: Option<IntOrString>,
    /// How many nodes should run the daemon: what a percentage is taken of.
    pub of: i32,
    /// What it comes to, in nodes.
    pub nodes: i64,
    /// How it comes to that.
    pub rounding: Rounding,
}

/// How a budget comes to its figure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Rounding {
    /// It is a number.
    Number,
    /// It is not set, and this is the default.
    Default,
    /// It is a percentage that comes to a whole number of nodes.
    Exact,
    /// It is a percentage, rounded up.
    RoundedUp,
    /// `maxUnavailable` and `maxSurge` both come to nothing, so one node it is.
    BothZero,
}

/// A node that uses up budget.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Expense {
    /// The node.
    pub node: String,
    /// Why it counts.
    pub cause: Cause,
    /// The node's pods of the set.
    pub pods: Vec<PodNote>,
    /// What is wrong with the node itself.
    pub node_problems: Vec<NodeProblem>,
    /// Whether the node should run the daemon; `None` for a node that does not exist.
    pub verdict: Option<Verdict>,
}

/// Why a node uses up budget.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
#[serde(tag = "cause", rename_all = "camelCase")]
pub enum Cause {
    /// It has no pod.
    NoPod,
    /// All its pods are terminating.
    OnlyTerminatingPods,
    /// Its new pod is not ready. With surge an old one may stand beside it.
    NewPodNotReady,
    /// Its new pod is ready, and not yet for `minReadySeconds`. With surge an old one may stand
    /// beside it.
    NewPodWaiting {
        /// From when on it is available; `None` where the pod does not say since when it is
        /// ready.
        until: Option<Timestamp>,
    },
    /// Its old pod is not ready.
    OldPodNotReady,
    /// Its old pod is ready, and not yet for `minReadySeconds`.
    OldPodWaiting {
        /// From when on it is available; `None` where the pod does not say since when it is
        /// ready.
        until: Option<Timestamp>,
    },
    /// Without surge: it has an old and a new pod at once.
    OldAndNew,
    /// It has several new or several old pods.
    Crowded,
    /// It has a pod of which it is not known whether it is outdated, and that is not available or
    /// not the only one.
    UnknownRevision,
}

/// One pod of a node that uses up budget.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct PodNote {
    /// The pod.
    pub name: String,
    /// Whether it is of the current template.
    pub revision: PodRevision,
    /// Its label `controller-revision-hash`.
    pub hash: Option<String>,
    /// When it was created.
    pub created: Option<Timestamp>,
    /// What is wrong with it; none where it is available.
    pub problems: Vec<PodProblem>,
}

impl Ledger {
    pub(crate) fn of(round: &Round<'_>) -> Self {
        let view = &round.view;
        let account = match (&view.limits, view.budget) {
            _ if view.plan.outcome.is_idle() => Account::Nothing,
            (Err(error), _) => Account::Unreadable {
                error: error.to_string(),
            },
            (Ok(Some(limits)), Some(budget)) => Account::Open {
                budget,
                allowance: Allowance::of(round, *limits),
            },
            _ => Account::OnDelete,
        };
        let spent = match round.limits() {
            Some(limits) => (round.spending())
                .map(|node| Expense::of(node, limits, round))
                .collect(),
            None => Vec::new(),
        };
        Self {
            outcome: view.plan.outcome.clone(),
            desired: view.plan.status.desired_number_scheduled,
            account,
            spent,
            round: round.pod_actions().cloned().collect(),
            waiting: view.waiting.first.clone(),
            waiting_in_all: view.waiting.in_all,
            deferred: view.plan.deferred,
        }
    }
}

impl Allowance {
    fn of(round: &Round<'_>, limits: Limits) -> Self {
        let of = round.view.plan.status.desired_number_scheduled;
        let strategy = &round.daemon_set().spec.update_strategy;
        let written = strategy.rolling_update.clone().unwrap_or_default();
        let (field, written, nodes) = if limits.max_surge == 0 {
            let written = written.max_unavailable;
            (BudgetField::MaxUnavailable, written, limits.max_unavailable)
        } else {
            (BudgetField::MaxSurge, written.max_surge, limits.max_surge)
        };
        let of_nodes = usize::try_from(of).unwrap_or(0);
        let scaled = |written: &IntOrString| written.scaled(of_nodes).ok();
        let rounding = match &written {
            None => Rounding::Default,
            Some(written) if scaled(written) != Some(nodes) => Rounding::BothZero,
            Some(written) => match written.percent() {
                None => Rounding::Number,
                Some(percent) if i128::from(percent) * i128::from(of) % 100 == 0 => Rounding::Exact,
                Some(_) => Rounding::RoundedUp,
            },
        };
        Self {
            field,
            written,
            of,
            nodes,
            rounding,
        }
    }
}

impl Expense {
    fn of(node: &NodeSeen<'_>, limits: Limits, round: &Round<'_>) -> Self {
        let readiness = |revision| {
            let pod = staying_of(node, revision).next();
            pod.map_or(Readiness::NotReady, |pod| pod.fact.readiness)
        };
        let surge = limits.max_surge != 0;
        let cause = match node.state.shape {
            Shape::Empty | Shape::Absent if node.pods.is_empty() => Cause::NoPod,
            Shape::Empty | Shape::Absent => Cause::OnlyTerminatingPods,
            Shape::Crowded => Cause::Crowded,
            Shape::Both { .. } if !surge => Cause::OldAndNew,
            Shape::Updated { .. } | Shape::Both { .. } => match readiness(PodRevision::New) {
                Readiness::Waiting(until) => Cause::NewPodWaiting { until },
                _ => Cause::NewPodNotReady,
            },
            Shape::Old { .. } => match readiness(PodRevision::Old) {
                Readiness::Waiting(until) => Cause::OldPodWaiting { until },
                _ => Cause::OldPodNotReady,
            },
            Shape::Unknown { .. } => Cause::UnknownRevision,
        };
        Self {
            node: node.name.to_owned(),
            cause,
            pods: (node.pods.iter())
                .map(|pod| PodNote::of(pod, round))
                .collect(),
            node_problems: round.node_problems(node),
            verdict: node.verdict,
        }
    }
}

impl PodNote {
    fn of(pod: &PodInRound<'_, Pod>, round: &Round<'_>) -> Self {
        let is_well = pod.fact.readiness.is_available() && !pod.fact.terminating;
        let metadata = &pod.pod.metadata;
        Self {
            name: metadata.name.clone(),
            revision: pod.fact.version.into(),
            hash: (metadata.labels)
                .get(CONTROLLER_REVISION_HASH)
                .map(str::to_owned),
            created: metadata.creation_timestamp,
            problems: if is_well {
                Vec::new()
            } else {
                round.problems_of(pod.pod)
            },
        }
    }
}

impl fmt::Display for Allowance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            field,
            written,
            of,
            nodes,
            rounding,
        } = self;
        let written = written.as_ref().map(ToString::to_string);
        let written = written.as_deref().unwrap_or_default();
        match rounding {
            Rounding::Number => write!(f, "{field} is {nodes}"),
            Rounding::Default => write!(f, "{field} is not set, so {nodes}"),
            Rounding::Exact => write!(f, "{field} {written} of {of} is {nodes}"),
            Rounding::RoundedUp => write!(f, "{field} {written} of {of}, rounded up, is {nodes}"),
            Rounding::BothZero => {
                write!(f, "maxUnavailable and maxSurge both come to 0, so {nodes}")
            }
        }
    }
}

impl fmt::Display for PodNote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)?;
        for (at, problem) in self.problems.iter().enumerate() {
            write!(f, "{}{problem}", if at == 0 { ": " } else { "; " })?;
        }
        Ok(())
    }
}

impl Expense {
    /// The pods that the cause is about.
    fn about(&self) -> impl Iterator<Item = &PodNote> {
        let revision = match self.cause {
            Cause::NewPodNotReady | Cause::NewPodWaiting { .. } => Some(PodRevision::New),
            Cause::OldPodNotReady | Cause::OldPodWaiting { .. } => Some(PodRevision::Old),
            _ => None,
        };
        (self.pods.iter()).filter(move |pod| revision.is_none_or(|r| pod.revision == r))
    }
}

impl fmt::Display for Expense {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.node)?;
        for problem in &self.node_problems {
            write!(f, "node {problem}; ")?;
        }
        let counts_from = |f: &mut fmt::Formatter<'_>, until: Option<Timestamp>| match until {
            Some(until) => write!(f, "ready, available from {until} on"),
            None => f.write_str("ready, without a lastTransitionTime"),
        };
        match self.cause {
            Cause::NoPod => f.write_str("no pod")?,
            Cause::OnlyTerminatingPods => f.write_str("all its pods are terminating")?,
            Cause::NewPodNotReady => f.write_str("new pod not ready")?,
            Cause::OldPodNotReady => f.write_str("old pod not ready")?,
            Cause::NewPodWaiting { until } => {
                f.write_str("new pod ")?;
                counts_from(f, until)?;
            }
            Cause::OldPodWaiting { until } => {
                f.write_str("old pod ")?;
                counts_from(f, until)?;
            }
            Cause::OldAndNew => f.write_str("an old and a new pod at once")?,
            Cause::Crowded => f.write_str("several old or several new pods")?,
            Cause::UnknownRevision => {
                f.write_str("a pod of unknown revision, not available or not the only one")?;
            }
        }
        for (at, pod) in self.about().enumerate() {
            write!(f, "{}{pod}", if at == 0 { " (" } else { "), (" })?;
        }
        if self.about().next().is_some() {
            f.write_str(")")?;
        }
        match self.verdict {
            Some(Verdict::Exclude) => f.write_str("; the node should not run it"),
            Some(Verdict::KeepExisting) => f.write_str("; no new pod is created there"),
            Some(Verdict::Run) | None => Ok(()),
        }
    }
}

impl Ledger {
    /// The budget, what is used of it, and who is next; `None` where there is none.
    #[must_use]
    pub fn in_one_line(&self) -> Option<String> {
        let Account::Open { budget, allowance } = &self.account else {
            return None;
        };
        let (spent, left) = spent_and_left(budget);
        // Which of those that are alike go first is left to the controller, so that all of them wait yet.
        let is_open = |action: &&Action| reason_of(action).is_some_and(is_picked);
        let picked = || self.round.iter().filter(is_open);
        let in_all = self.waiting_in_all.saturating_add(picked().count());
        let next: Vec<&str> = (picked().chain(&self.waiting))
            .filter_map(node_of)
            .take(NAMED)
            .collect();
        let waiting = count(in_all, "node");
        let wait = agree(in_all, "waits", "wait");
        let more = if in_all > next.len() { ", …" } else { "" };
        Some(format!(
            "{allowance}: {spent} used, {left} left; {waiting} {wait}: {}{more}",
            next.join(", ")
        ))
    }
}

fn spent_and_left(budget: &Budget) -> (i64, i64) {
    match *budget {
        Budget::Unavailable {
            unavailable,
            remaining,
            ..
        } => (unavailable, remaining),
        Budget::Surge {
            surging, remaining, ..
        } => (surging, remaining),
    }
}

/// Prints the account on the first line, and below it who uses it, what the round does, and who is
/// next.
impl fmt::Display for Ledger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let desired = usize::try_from(self.desired).unwrap_or(0);
        write!(f, "{} should run it; ", count(desired, "node"))?;
        match &self.account {
            Account::Open { budget, allowance } => {
                let (spent, left) = spent_and_left(budget);
                write!(f, "{allowance}: {spent} used, {left} left")?;
            }
            Account::OnDelete => f.write_str("no budget: the update strategy is OnDelete")?,
            Account::Unreadable { error } => write!(f, "no budget: {error}")?,
            Account::Nothing => f.write_str("nothing is decided")?,
        }
        for expense in self.spent.iter().take(NAMED) {
            write!(f, "\n  {expense}")?;
        }
        more(f, self.spent.len())?;
        if !self.round.is_empty() {
            f.write_str(if self.outcome == Outcome::Managed {
                "\nin this round, whatever the budget:"
            } else {
                "\nin this round:"
            })?;
            for action in self.round.iter().take(NAMED) {
                write!(f, "\n  {action}")?;
            }
            more(f, self.round.len())?;
        }
        if self.waiting_in_all > 0 {
            let next: Vec<&str> = (self.waiting.iter().filter_map(node_of))
                .take(NEXT)
                .collect();
            let waiting = count(self.waiting_in_all, "node");
            let wait = agree(self.waiting_in_all, "waits", "wait");
            write!(
                f,
                "\n{waiting} {wait} for the next rounds: {}",
                next.join(", ")
            )?;
            if self.waiting_in_all > NEXT {
                f.write_str(", …")?;
            }
        }
        Ok(())
    }
}

fn more(f: &mut fmt::Formatter<'_>, in_all: usize) -> fmt::Result {
    match in_all.saturating_sub(NAMED) {
        0 => Ok(()),
        more => write!(f, "\n  and {more} more"),
    }
}
