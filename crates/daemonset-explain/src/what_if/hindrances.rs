//! What is known to keep a rollout from coming true: the API server that refuses new pods, pods that
//! do not go, pods that fail, a controller that does not act.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use daemonset::api::{DaemonSet, Pod};
use daemonset::fit::{Admission, Amounts, ClusterRoom};
use daemonset::matching::SelectorError;
use daemonset::view::NodeView;
use daemonset::{Cluster, Options, Planner};
use serde::{Deserialize, Serialize};

use crate::admission::{self, Quotas, asked};
use crate::cause::blame::blame;
use crate::cause::changes::Changes;
use crate::cause::symptoms::{grouped, names};
use crate::diagnosis::controller::does_not_act;
use crate::diagnosis::refusal::{quota_of_words, refusal};
use crate::evidence::Evidence;
use crate::finding::{Blame, Finding, Refusal};
use crate::health::NodeProblem;
use crate::round::{NodeSeen, Round};
use crate::stall::{Said, Stalls, stuck};
use crate::version::stored::{TemplateChange, template_change};
use crate::words::{agree, count, duration, list};

/// How many names are given of a list.
const NAMED: usize = 3;

/// What was given beside the cluster, as far as a forecast reads it. Where something was not given, as
/// much is taken for granted as without: room, pods that the API server takes, pods that go.
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub struct Beside<'b> {
    /// The rooms of the nodes, and what admission reads.
    pub room: Option<&'b ClusterRoom>,
    /// What containers, nodes and events say, and the namespaces, quotas and classes.
    pub evidence: Option<&'b Evidence>,
}

impl<'b> Beside<'b> {
    /// Nothing.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// With this room.
    #[must_use]
    pub fn room(self, room: &'b ClusterRoom) -> Self {
        let room = Some(room);
        Self { room, ..self }
    }

    /// With this evidence.
    #[must_use]
    pub fn evidence(self, evidence: &'b Evidence) -> Self {
        let evidence = Some(evidence);
        Self { evidence, ..self }
    }
}

/// What is known to keep a rollout from coming true, before its first round.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[non_exhaustive]
pub struct Hindrances {
    /// What refuses every new pod.
    pub refused: Vec<Refusal>,
    /// What may refuse new pods, each a sentence.
    pub perhaps_refused: Vec<String>,
    /// The nodes whose kubelet does not answer, by name: no pod goes from there, and none starts.
    pub silent: Vec<SilentNode>,
    /// Pods that are terminating and do not go, by node and name.
    pub hanging: Vec<HangingPod>,
    /// That all pods of the template which are there fail, so that new ones are taken to fail alike.
    pub failing: Option<FailsAlike>,
    /// That so many pods fail now, and are replaced, that the new ones use up the budget where they fail alike.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failing_some: Option<FailsAlike>,
    /// That the controller does nothing, a sentence.
    pub controller: Option<String>,
}

/// A node whose kubelet does not answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct SilentNode {
    /// Its name.
    pub node: String,
    /// How that shows: what follows `node X is`.
    pub why: String,
}

/// A pod that is deleted and does not go.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct HangingPod {
    /// Its node.
    pub node: String,
    /// Its name.
    pub pod: String,
    /// What holds it, as what follows `does not go`.
    pub why: String,
}

/// Pods of a template that fail wherever there is one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct FailsAlike {
    /// The nodes of these pods.
    pub nodes: Vec<String>,
    /// What they say, those that say the same once.
    pub said: Vec<String>,
}

impl Hindrances {
    /// What is known for a set that is there today, if any, and is to become `next`.
    ///
    /// # Errors
    /// A malformed selector.
    pub fn of(
        today: Option<&DaemonSet>,
        next: &DaemonSet,
        cluster: &Cluster<'_>,
        options: &Options,
        beside: Beside<'_>,
    ) -> Result<Self, SelectorError> {
        Ok(Known::of(today, next, cluster, options, beside)?.hindrances)
    }

    /// Whether the node's kubelet does not answer.
    pub(super) fn is_silent(&self, node: &str) -> bool {
        self.why_silent(node).is_some()
    }

    /// How it shows that the node's kubelet does not answer.
    pub(super) fn why_silent(&self, node: &str) -> Option<&str> {
        let found = self
            .silent
            .binary_search_by(|silent| silent.node.as_str().cmp(node));
        let silent = self.silent.get(found.ok()?)?;
        Some(&silent.why)
    }
}

/// The same, with what quotas have left.
#[derive(Clone, Debug, Default)]
pub(super) struct Known {
    pub hindrances: Hindrances,
    pub quotas: Quotas,
    /// What a pod of the template of today asks for, and one of the next.
    pub asked_today: Amounts,
    pub asked: Amounts,
}

impl Known {
    pub fn of(
        today: Option<&DaemonSet>,
        next: &DaemonSet,
        cluster: &Cluster<'_>,
        options: &Options,
        beside: Beside<'_>,
    ) -> Result<Self, SelectorError> {
        let none = Evidence::new();
        let evidence = beside.evidence.unwrap_or(&none);
        let given = Admission::default();
        let admission = beside.room.map_or(&given, ClusterRoom::admission);
        let look = |set: &DaemonSet| -> Result<Round<'_>, SelectorError> {
            let mut round = Round::new(Planner::in_cluster(set, cluster, options)?, cluster);
            round.set_evidence(evidence);
            Ok(round)
        };
        let of_today = today.map(look).transpose()?;
        let of_next = look(next)?;
        let mut hindrances = Hindrances {
            silent: silent(&of_next),
            hanging: hanging(&of_next),
            ..Hindrances::default()
        };
        if beside.evidence.is_some() {
            hindrances.failing = fails_alike(&of_next);
            hindrances.failing_some = of_today
                .as_ref()
                .and_then(|of_today| fails_in_part(of_today, &of_next));
            hindrances.controller = of_today.as_ref().and_then(does_not_act);
        }
        let namespace = &next.metadata.namespace;
        let mut quotas: Vec<_> = evidence
            .quotas(namespace)
            .filter(|it| !it.scoped)
            .cloned()
            .collect();
        let said = of_today
            .as_ref()
            .filter(|_| beside.evidence.is_some())
            .and_then(refusal);
        if let Some(Finding::Refused { said, .. }) = &said {
            let of_events = said.iter().filter_map(|it| quota_of_words(&it.symptom));
            for quota in of_events {
                if quotas.iter().all(|given| given.name != quota.name) {
                    quotas.push(quota);
                }
            }
        }
        hindrances.refused(
            (today, of_today.as_ref()),
            next,
            said.as_ref(),
            evidence,
            admission,
        );
        let asks = |set: &DaemonSet| asked(&set.spec.template, namespace, admission);
        Ok(Self {
            hindrances,
            quotas: Quotas::new(quotas),
            asked_today: today.map(asks).unwrap_or_default(),
            asked: asks(next),
        })
    }
}

impl Hindrances {
    /// What refuses new pods, and what may.
    fn refused(
        &mut self,
        (today, round): (Option<&DaemonSet>, Option<&Round<'_>>),
        next: &DaemonSet,
        said: Option<&Finding>,
        evidence: &Evidence,
        admission: &Admission,
    ) {
        let mut all = admission::of_template(next, evidence);
        let forbidden = admission.forbidden(&next.spec.template, &next.metadata.namespace);
        if let Some(said) = forbidden.ok().filter(|it| !it.is_empty()) {
            all.push(Refusal::LimitRange { said });
        }
        if let Some(found) = admission::pod_security(next, evidence) {
            let has_pods = round.is_some_and(|it| it.view.nodes.iter().any(|n| !n.pods.is_empty()));
            let before = today.and_then(|today| admission::pod_security(today, evidence));
            // A namespace may be exempt, and then its pods are there all the same.
            if before.is_some() && has_pods {
                self.perhaps_refused.push(format!(
                    "{found}; today's does not either and has pods, so that the namespace may be exempt: whether \
                     the API server takes new pods is not known"
                ));
            } else {
                all.push(found);
            }
        }
        if let (Some(finding @ Finding::Refused { refusals, .. }), Some(today)) = (said, today) {
            let change = template_change(&today.spec.template, &next.spec.template);
            let is_same = change != TemplateChange::Changed;
            let holds = |refusal: &&Refusal| match refusal {
                // Whether these have room is counted.
                Refusal::Quota { .. } => false,
                Refusal::NamespaceTerminating | Refusal::Webhook { .. } => true,
                _ => is_same,
            };
            let of_events: Vec<Refusal> = refusals.iter().filter(holds).cloned().collect();
            let is_counted = |refusal: &Refusal| matches!(refusal, Refusal::Quota { .. });
            if of_events.is_empty() && !refusals.iter().any(is_counted) {
                self.perhaps_refused.push(format!(
                    "today {finding}; whether the API server takes the new ones is not known"
                ));
            }
            for refusal in of_events {
                if all.iter().all(|known| !is_same_kind(known, &refusal)) {
                    all.push(refusal);
                }
            }
        }
        self.refused = all;
    }
}

/// Whether two refusals are by the same.
fn is_same_kind(one: &Refusal, other: &Refusal) -> bool {
    std::mem::discriminant(one) == std::mem::discriminant(other)
}

/// The nodes whose kubelet does not answer, where there is a pod of the set or should be one.
fn silent(round: &Round<'_>) -> Vec<SilentNode> {
    let nodes = round.view.nodes.iter();
    let concerned = nodes.filter(|node| node.state.counts.desired || !node.pods.is_empty());
    let mut all: Vec<SilentNode> = concerned
        .filter_map(|node| {
            let why = silent_for(round, node)?;
            Some(SilentNode {
                node: node.name.to_owned(),
                why: why.to_string(),
            })
        })
        .collect();
    all.sort_by(|a, b| a.node.cmp(&b.node));
    all
}

/// A node that was declared to be out of service has its terminating pods removed.
///
/// Source: [Non-graceful node shutdown](https://kubernetes.io/docs/concepts/cluster-administration/node-shutdown/#non-graceful-node-shutdown).
const OUT_OF_SERVICE: &str = "node.kubernetes.io/out-of-service";

fn silent_for(round: &Round<'_>, seen: &NodeSeen<'_>) -> Option<NodeProblem> {
    let node = seen.node?;
    if node.taints().any(|taint| taint.key == OUT_OF_SERVICE) {
        return None;
    }
    let problems = round.node_problems(seen);
    problems.into_iter().find(NodeProblem::is_dead)
}

/// The pods of the set that are terminating and do not go.
fn hanging(round: &Round<'_>) -> Vec<HangingPod> {
    let now = round.view.now;
    let mut all = Vec::new();
    for node in round.view.nodes.iter().filter(|node| node.node.is_some()) {
        let silent = silent_for(round, node);
        let overdue: BTreeSet<&str> = stuck(node, now)
            .map(|pod| pod.metadata.name.as_str())
            .collect();
        for pod in node.pods.iter().map(|pod| pod.pod) {
            let Some(until) = pod.metadata.deletion_timestamp else {
                continue;
            };
            let why = match &silent {
                Some(why) => while_silent(why),
                None if overdue.contains(pod.metadata.name.as_str()) => {
                    held_by(pod, now.seconds_since(until))
                }
                None => continue,
            };
            all.push(HangingPod {
                node: node.name.to_owned(),
                pod: pod.metadata.name.clone(),
                why,
            });
        }
    }
    all.sort();
    all
}

/// What holds a pod on a node whose kubelet does not answer, for this.
pub(super) fn while_silent(why: impl fmt::Display) -> String {
    format!(" until its node answers again or is deleted: it is {why}")
}

/// What holds a pod whose grace period ended so many seconds ago.
fn held_by(pod: &Pod, over: i64) -> String {
    let over = format!(": its grace period ended {} ago", duration(over));
    let finalizers = &pod.metadata.finalizers;
    match finalizers.len() {
        0 => format!("{over}, and its kubelet does not end it"),
        1 => format!("{over}, and finalizer {} is not removed", finalizers[0]),
        _ => format!(
            "{over}, and finalizers {} are not removed",
            list(finalizers, NAMED)
        ),
    }
}

/// That the pods of the template fail wherever there is one, and for nothing that is known to be their
/// nodes' alone.
fn fails_alike(round: &Round<'_>) -> Option<FailsAlike> {
    let stalls = Stalls::new(round);
    let failing = &stalls.failing_new;
    if failing.is_empty() || round.available_updated() > 0 {
        return None;
    }
    let old: Vec<_> = (stalls.failing.iter())
        .chain(&stalls.failing_leaving)
        .filter(|said| !said.is_new)
        .collect();
    let changes = Changes::of(round);
    let is_elsewhere = matches!(
        blame(round, failing, &old, changes),
        Some(
            Blame::OldFailAlike { .. }
                | Blame::OldFailedThere { .. }
                | Blame::NodeLacks { .. }
                | Blame::RanBefore { .. }
                | Blame::RunsElsewhere
                | Blame::RateLimited
                | Blame::OnKind { .. },
        )
    );
    if is_elsewhere {
        return None;
    }
    let mut nodes: Vec<String> = failing
        .iter()
        .map(|said| said.node.name.to_owned())
        .collect();
    nodes.sort();
    let said = grouped(round, failing);
    Some(FailsAlike {
        nodes,
        said: said.iter().map(ToString::to_string).collect(),
    })
}

/// That pods of today's template fail while others of it run, on as many nodes as the budget of the next allows at least, where
/// each of them is replaced: an old pod that is not available goes whatever the budget is.
fn fails_in_part(of_today: &Round<'_>, of_next: &Round<'_>) -> Option<FailsAlike> {
    let templates = [of_today, of_next].map(|round| &round.daemon_set().spec.template);
    if templates[0] == templates[1] || of_today.available_updated() == 0 {
        return None;
    }
    let limits = of_next.limits()?;
    let stalls = Stalls::new(of_today);
    let is_replaced = |said: &&Said<'_, '_>| {
        let seen = of_next.view.node(said.node.name);
        seen.is_some_and(|seen| seen.state.counts.desired)
    };
    let failing = stalls.failing_new.iter().filter(is_replaced);
    let failing: Vec<Said<'_, '_>> = failing.cloned().collect();
    let count = i64::try_from(failing.len()).unwrap_or(i64::MAX);
    let limit = limits.max_unavailable.max(limits.max_surge);
    let desired = i64::from(of_next.view.plan.status.desired_number_scheduled);
    let uses_up = count > 0 && count >= limit && count < desired;
    uses_up.then(|| FailsAlike {
        nodes: names(&failing),
        said: grouped(of_today, &failing)
            .iter()
            .map(ToString::to_string)
            .collect(),
    })
}

/// `agent-x on node-04`
impl fmt::Display for HangingPod {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} on {}", self.pod, self.node)
    }
}

impl Hindrances {
    /// That these pods do not go, each reason with its pods: those that are being deleted already, and
    /// those that a rollout deletes.
    #[must_use]
    pub fn told_of_hanging(&self, pods: &[HangingPod]) -> Vec<String> {
        let mut all: BTreeMap<(bool, &str), Vec<String>> = BTreeMap::new();
        for it in pods {
            let is_new = !self.hanging.iter().any(|known| known.pod == it.pod);
            let pods = all.entry((is_new, it.why.as_str())).or_default();
            pods.push(it.to_string());
        }
        let lines = all.into_iter().map(|((is_new, why), pods)| {
            let does = agree(pods.len(), "does", "do");
            let doing = if is_new {
                format!("once deleted {does} not go")
            } else {
                format!(
                    "{} being deleted and {does} not go",
                    agree(pods.len(), "is", "are")
                )
            };
            format!("{} {doing}{why}", list(&pods, NAMED))
        });
        lines.collect()
    }
}

/// `the pod of this template on node-00 fails: …`
impl fmt::Display for FailsAlike {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let number = self.nodes.len();
        if number == 1 {
            f.write_str("the only pod of this template")?;
        } else {
            write!(f, "all {} of this template", count(number, "pod"))?;
        }
        write!(
            f,
            " ({}) {}: {}",
            list(&self.nodes, NAMED),
            agree(number, "fails", "fail"),
            list(&self.said, NAMED)
        )
    }
}
