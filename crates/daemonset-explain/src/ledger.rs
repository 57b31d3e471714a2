//! A rolling update's budget as an account.

use std::fmt;

use serde::Serialize;

use super::survey::{Site, Survey, troubles};
use super::trouble::{NodeTrouble, PodTrouble};
use crate::action::Action;
use crate::api::{HASH_LABEL, IntOrString, Node, Pod, Timestamp};
use crate::node_state::{PodFact, Readiness, Shape};
use crate::placement::Verdict;
use crate::plan::{Left, Outcome, Planner};
use crate::rollout::{Budget, Limits};

/// How many nodes of a list the printed form names.
const NAMED: usize = 20;

/// How many of the nodes that wait the printed form names.
const NEXT: usize = 3;

/// A rolling update's budget as an account: how much there is, who spends it, what is left, and
/// who is next.
///
/// Source: [Performing a Rolling Update on a DaemonSet](https://kubernetes.io/docs/tasks/manage-daemon/update-daemon-set/).
///
/// ```
/// use daemonset::Planner;
/// use daemonset::api::{DaemonSet, Node};
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
/// let ledger = Planner::new(&agent)?.ledger(&nodes, &[]);
/// assert_eq!(
///     ledger.to_string().lines().next(),
///     Some("3 nodes should run it; maxUnavailable 25% of 3, rounded up, is 1: 3 spent, 0 left"),
/// );
/// assert_eq!(ledger.spent[0].to_string(), "a: no pod");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Ledger {
    /// How far the round goes. [`Outcome::Managed`] means that pods are missing or in the way, so
    /// that nothing is taken from the budget before they are seen to.
    pub outcome: Outcome,
    /// How many nodes should run the daemon.
    pub desired: i32,
    /// What there is to spend.
    pub account: Account,
    /// Every node that spends from it, by name.
    pub spent: Vec<Expense>,
    /// The pods that this round makes and deletes.
    pub round: Vec<Action>,
    /// What the rolling update has before it next, in its order; the first ten.
    pub waiting: Vec<Action>,
    /// How many of those there are in all.
    pub waiting_in_all: usize,
    /// What the round leaves for other causes than the budget.
    pub left: Left,
}

/// What a rolling update has to spend.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "kind", rename_all = "camelCase")]
pub enum Account {
    /// A budget.
    Open {
        /// What it comes to, what is spent and what is left.
        budget: Budget,
        /// Where the figure comes from.
        allowance: Allowance,
    },
    /// None: old pods stay until somebody deletes them.
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
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Allowance {
    /// `maxUnavailable` or `maxSurge`.
    pub field: &'static str,
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
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
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

/// A node that spends from the budget.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
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
    pub node_troubles: Vec<NodeTrouble>,
    /// Whether the node should run the daemon; `None` for a node that does not exist.
    pub placement: Option<Verdict>,
}

/// Why a node spends from the budget.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
#[serde(tag = "cause", rename_all = "camelCase")]
pub enum Cause {
    /// It has no pod.
    NoPod,
    /// All its pods are being deleted.
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
}

/// One pod of a node that spends from the budget.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct PodNote {
    /// The pod.
    pub name: String,
    /// Whether it is of the current template.
    pub revision: PodRevision,
    /// Its label `controller-revision-hash`.
    pub hash: Option<String>,
    /// When it was made.
    pub created: Option<Timestamp>,
    /// What is wrong with it; none where it is available.
    pub troubles: Vec<PodTrouble>,
}

/// Whether a pod is of the current template.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum PodRevision {
    /// It is.
    New,
    /// It is of an older one.
    Old,
}

impl Planner {
    /// The rolling update's budget as an account.
    ///
    /// The nodes in [`Ledger::spent`] are as many as the plan's [`Budget`] counts, and
    /// [`Ledger::round`] is what the plan does.
    #[must_use]
    pub fn ledger(&self, nodes: &[Node], pods: &[Pod]) -> Ledger {
        self.survey(nodes, pods).ledger()
    }
}

impl Survey<'_> {
    pub(super) fn ledger(&self) -> Ledger {
        let desired = self.plan.status.desired_number_scheduled;
        let account = match (&self.limits, self.budget) {
            _ if self.is_idle() => Account::Nothing,
            (Err(error), _) => Account::Unreadable {
                error: error.to_string(),
            },
            (Ok(Some(limits)), Some(budget)) => Account::Open {
                budget,
                allowance: self.allowance(*limits),
            },
            _ => Account::OnDelete,
        };
        let spent = match self.limits {
            Ok(Some(limits)) => (self.sites.iter())
                .filter(|site| site.spends(limits))
                .map(|site| Expense::of(site, limits))
                .collect(),
            _ => Vec::new(),
        };
        Ledger {
            outcome: self.plan.outcome.clone(),
            desired,
            account,
            spent,
            round: self.turns().cloned().collect(),
            waiting: self.line.first.clone(),
            waiting_in_all: self.line.in_all,
            left: self.plan.left,
        }
    }

    fn allowance(&self, limits: Limits) -> Allowance {
        let of = self.plan.status.desired_number_scheduled;
        let strategy = &self.planner.set.spec.update_strategy;
        let written = strategy.rolling_update.clone().unwrap_or_default();
        let (field, written, nodes) = if limits.max_surge == 0 {
            let written = written.max_unavailable;
            ("maxUnavailable", written, limits.max_unavailable)
        } else {
            ("maxSurge", written.max_surge, limits.max_surge)
        };
        let of_nodes = usize::try_from(of).unwrap_or(0);
        let scaled = |of: usize| written.as_ref().and_then(|w| w.scaled(of).ok());
        let rounding = match (&written, scaled(of_nodes)) {
            (Some(_), Some(value)) if value != nodes => Rounding::BothZero,
            (Some(IntOrString::Int(_)), _) => Rounding::Number,
            // A hundred times as many nodes leave nothing to round.
            (Some(_), value)
                if scaled(of_nodes.saturating_mul(100)) == value.map(|v| v.saturating_mul(100)) =>
            {
                Rounding::Exact
            }
            (Some(_), _) => Rounding::RoundedUp,
            (None, _) => Rounding::Default,
        };
        Allowance {
            field,
            written,
            of,
            nodes,
            rounding,
        }
    }
}

impl Expense {
    pub(super) fn of(site: &Site<'_>, limits: Limits) -> Self {
        let readiness = |updated| {
            let pod = site.staying_of(updated).next();
            pod.map_or(Readiness::NotReady, |(fact, _)| fact.readiness)
        };
        let surge = limits.max_surge != 0;
        let cause = match site.state.shape {
            Shape::Empty | Shape::Absent if site.pods.is_empty() => Cause::NoPod,
            Shape::Empty | Shape::Absent => Cause::OnlyTerminatingPods,
            Shape::Crowded => Cause::Crowded,
            Shape::Both { .. } if !surge => Cause::OldAndNew,
            Shape::Updated { .. } | Shape::Both { .. } => match readiness(true) {
                Readiness::Waiting(until) => Cause::NewPodWaiting { until },
                _ => Cause::NewPodNotReady,
            },
            Shape::Old { .. } => match readiness(false) {
                Readiness::Waiting(until) => Cause::OldPodWaiting { until },
                _ => Cause::OldPodNotReady,
            },
        };
        Self {
            node: site.name.to_owned(),
            cause,
            pods: (site.pods.iter())
                .map(|(fact, pod)| PodNote::of(fact, pod))
                .collect(),
            node_troubles: site.troubles(),
            placement: site.verdict,
        }
    }
}

impl PodNote {
    fn of(fact: &PodFact<'_>, pod: &Pod) -> Self {
        Self {
            name: pod.metadata.name.clone(),
            revision: if fact.version.is_updated() {
                PodRevision::New
            } else {
                PodRevision::Old
            },
            hash: pod.metadata.labels.get(HASH_LABEL).map(str::to_owned),
            created: pod.metadata.creation_timestamp,
            troubles: troubles(fact, pod),
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
        for (at, trouble) in self.troubles.iter().enumerate() {
            write!(f, "{}{trouble}", if at == 0 { ": " } else { "; " })?;
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
        for trouble in &self.node_troubles {
            write!(f, "node {trouble}; ")?;
        }
        let counts_from = |f: &mut fmt::Formatter<'_>, until: Option<Timestamp>| match until {
            Some(until) => write!(f, "ready, counts from {until} on"),
            None => f.write_str("ready, and does not say since when"),
        };
        match self.cause {
            Cause::NoPod => f.write_str("no pod")?,
            Cause::OnlyTerminatingPods => f.write_str("only pods that are being deleted")?,
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
            Cause::Crowded => f.write_str("several pods of one kind")?,
        }
        for (at, pod) in self.about().enumerate() {
            write!(f, "{}{pod}", if at == 0 { " (" } else { "), (" })?;
        }
        if self.about().next().is_some() {
            f.write_str(")")?;
        }
        match self.placement {
            Some(Verdict::Exclude) => f.write_str("; the node should not run it any more"),
            Some(Verdict::KeepExisting) => f.write_str("; the node takes no new pod"),
            Some(Verdict::Run) | None => Ok(()),
        }
    }
}

/// Prints the account on the first line, and below it who spends, what the round does, and who is
/// next.
impl fmt::Display for Ledger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.desired {
            1 => write!(f, "1 node should run it; ")?,
            desired => write!(f, "{desired} nodes should run it; ")?,
        }
        match &self.account {
            Account::Open { budget, allowance } => {
                let (spent, left) = match *budget {
                    Budget::Unavailable {
                        unavailable,
                        remaining,
                        ..
                    } => (unavailable, remaining),
                    Budget::Surge {
                        surging, remaining, ..
                    } => (surging, remaining),
                };
                write!(f, "{allowance}: {spent} spent, {left} left")?;
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
                "\nthis round, before the budget is asked:"
            } else {
                "\nthis round:"
            })?;
            for action in self.round.iter().take(NAMED) {
                write!(f, "\n  {action}")?;
            }
            more(f, self.round.len())?;
        }
        if self.waiting_in_all > 0 {
            write!(
                f,
                "\nwaiting for their turn, {} in all:",
                self.waiting_in_all
            )?;
            for (at, action) in self.waiting.iter().take(NEXT).enumerate() {
                if let Action::CreatePod { node, .. } | Action::DeletePod { node, .. } = action {
                    write!(f, "{} {node}", if at == 0 { "" } else { "," })?;
                }
            }
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
