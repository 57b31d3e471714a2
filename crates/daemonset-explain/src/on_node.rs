//! What one node means to a DaemonSet: whether it runs it, what its pods do, and what is in the way.

use std::fmt;

use daemonset::Action;
use daemonset::api::{ConditionStatus, ConditionType, Node, Pod, Taint, Timestamp};
use daemonset::matching::{Term, TermRequirement};
use daemonset::outcome::Reason;
use daemonset::placement::{Obstacle, Rules, Verdict};
use daemonset::rollout::Readiness;
use daemonset::round::PodInRound;
use serde::{Deserialize, Serialize};

use crate::diagnosis::failed_again::failed_again;
use crate::diagnosis::refusal::refusal;
use crate::evidence::{Event, GivenKind, PodEvidence};
use crate::finding::Finding;
use crate::health::message::core;
use crate::health::{NodeProblem, comes_without_network};
use crate::near::{MOST_OBSTACLES, meant_label, miss, set_by};
use crate::owner::TaintOwner;
use crate::round::{PodRevision, Round};
use crate::stall::failed_before;
use crate::template::brings_pod_network;
use crate::words::{agree, list};

/// What one node means to a DaemonSet.
///
/// Prints as a sentence, with what is in the way and what else is known a line each.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct OnNode {
    /// The node.
    pub node: String,
    /// Whether it should run the daemon.
    pub verdict: Verdict,
    /// Whether a pod of it is available there.
    pub available: bool,
    /// Why nothing is decided for it there or anywhere, where that is so.
    pub undecided: Option<String>,
    /// Whether it is not known which pods are there, since they were not given.
    pub pods_unknown: bool,
    /// The pods there, each with what it does.
    pub pods: Vec<PodThere>,
    /// What is in the way.
    pub obstacles: Vec<InTheWay>,
    /// What is to be known of the node.
    pub notes: Vec<String>,
    /// Whether it says that it has no pod network.
    #[serde(default)]
    pub lacks_network: bool,
}

/// A pod of the DaemonSet on the node.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct PodThere {
    /// The pod.
    pub name: String,
    /// What is wrong with it, in words; none where it is available.
    pub problems: Vec<String>,
    /// Whether what it does is not known, since the kubelet of its node does not answer.
    #[serde(default)]
    pub is_unknown: bool,
    /// Whether it is of the current template.
    pub revision: PodRevision,
    /// What the controller does with it in this round, in words.
    pub next: Option<String>,
    /// Whether it goes: the controller deletes it in this round, or it is terminating already, or the rolling
    /// update replaces it, since it is of an older revision.
    pub is_deleted: bool,
}

/// Something that keeps the node from running the daemon.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct InTheWay {
    /// What.
    pub obstacle: Obstacle,
    /// How it is missed by little, where it is.
    pub near: Option<String>,
    /// Who manages the taint, where it is one that is not for people to take off.
    pub owner: Option<TaintOwner>,
    /// The pod that has long been what the taint awaits, so that it should be gone; `NAMESPACE/NAME`.
    pub awaited: Option<String>,
    /// The pod of what the taint awaits, and why it is not up, as a clause.
    pub agent: Option<String>,
}

/// For so many seconds an agent has to be ready before its taint is overdue: it goes within seconds.
const OVERDUE: i64 = 600;

/// The pods there of the agent that a taint waits for, by the name of its DaemonSet.
fn agents<'a>(round: &Round<'a>, node: &str, taint: &Taint) -> Vec<&'a Pod> {
    let awaits = TaintOwner::of(&taint.key).is_some_and(TaintOwner::awaits_agent);
    let agent = agent_of(&taint.key).filter(|_| awaits);
    let is_agent = |pod: &&Pod| {
        let owner = pod.metadata.controller();
        pod.spec.node_name == node
            && owner.is_some_and(|it| it.kind == "DaemonSet" && it.name.split('-').next() == agent)
    };
    let pods = round.cluster.pods().iter().copied().filter(is_agent);
    let mut pods: Vec<&Pod> = pods.collect();
    pods.sort_by_key(|pod| (&pod.metadata.namespace, &pod.metadata.name));
    pods
}

/// The first of these agents, where all have been ready for long, and the taint was not put there since.
fn awaited(round: &Round<'_>, agents: &[&Pod], taint: &Taint) -> Option<String> {
    let now = round.view.now;
    let is_long = |since: Timestamp| now.seconds_since(since) > OVERDUE;
    let is_up = |pod: &Pod| {
        let ready = pod.condition(&ConditionType::Ready);
        let since = ready.filter(|it| it.status == ConditionStatus::True);
        since
            .and_then(|it| it.last_transition_time)
            .is_some_and(is_long)
    };
    let all_up = (agents.iter()).all(|pod| is_up(pod) && !pod.metadata.is_terminating());
    let first = agents
        .first()
        .filter(|_| all_up && taint.time_added.is_none_or(is_long))?;
    Some(full_name(first))
}

/// The first of these agents that is not ready for something that it says, as a clause.
fn agent_down(round: &Round<'_>, agents: &[&Pod]) -> Option<String> {
    agents.iter().find_map(|pod| {
        let problem = round.problems_of(pod).into_iter().next()?;
        Some(format!(
            "its pod there, {}, is not: {}",
            full_name(pod),
            round.told(pod, &problem)
        ))
    })
}

fn full_name(pod: &Pod) -> String {
    format!("{}/{}", pod.metadata.namespace, pod.metadata.name)
}

/// `cilium` of `node.cilium.io/agent-not-ready`, and `ebs` of `ebs.csi.aws.com/agent-not-ready`.
fn agent_of(key: &str) -> Option<&str> {
    let (domain, _) = key.split_once('/')?;
    let domain = domain.strip_prefix("node.").unwrap_or(domain);
    domain.split('.').next()
}

/// What a node means to the set of the round, of which this was not given; `None` where there is no
/// such node.
pub(crate) fn on_node(
    round: &Round<'_>,
    not_given: Option<&Finding>,
    name: &str,
) -> Option<OnNode> {
    let node = round.cluster.node(name)?;
    let placement = round.planner.place(node);
    let seen = round.view.node(name);
    let of_node = seen.map_or_else(Vec::new, |seen| round.node_problems(seen));
    let pods = seen.into_iter().flat_map(|seen| &seen.pods);
    let pods: Vec<PodThere> = pods.map(|pod| there(round, pod, &of_node)).collect();
    let missing = not_given.filter(|_| pods.is_empty());
    let status = &round.daemon_set().status;
    let none_given = round.cluster.pods().is_empty()
        && status.observed_generation == 0
        && (round.evidence).is_some_and(|evidence| !evidence.gave(GivenKind::Pod));
    let rules = round.planner.rules();
    let tolerations = &round.daemon_set().spec.template.spec().tolerations;
    let near = |obstacle: &Obstacle| {
        let meant = meant_label(obstacle, rules, node, round.cluster);
        let meant = meant.map(|meant| meant.to_string());
        let missed = || miss(obstacle, rules, tolerations, node, round.cluster);
        meant.or_else(missed).or_else(|| set_by(obstacle))
    };
    let problems = NodeProblem::told(node, round.evidence);
    let lacks_network = problems.iter().any(NodeProblem::is_of_network);
    let is_of_condition = |it: &Obstacle| matches!(it, Obstacle::Taint { taint } if comes_without_network(&taint.key));
    let waits_for_itself = lacks_network
        && brings_pod_network(round.daemon_set())
        && placement.obstacles.iter().any(is_of_condition);
    let obstacles = (0..).zip(placement.obstacles);
    let obstacles = obstacles.map(|(at, obstacle)| {
        let taint = match &obstacle {
            Obstacle::Taint { taint } => Some(taint),
            _ => None,
        };
        let agents = taint.map_or_else(Vec::new, |taint| agents(round, name, taint));
        InTheWay {
            near: (at < MOST_OBSTACLES).then(|| near(&obstacle)).flatten(),
            owner: taint.and_then(|taint| TaintOwner::of(&taint.key)),
            awaited: taint.and_then(|taint| awaited(round, &agents, taint)),
            agent: agent_down(round, &agents),
            obstacle,
        }
    });
    let unknown = missing.map(ToString::to_string);
    let refused = pods.is_empty().then(|| refused(round, name)).flatten();
    let fails = pods.is_empty().then(|| fails_again(round, name)).flatten();
    let left = left_there(round, name);
    let is_well = pods.iter().any(|pod| pod.problems.is_empty());
    let warned = warned(round, name).filter(|_| !is_well);
    Some(OnNode {
        node: name.to_owned(),
        verdict: placement.verdict,
        available: pods.iter().any(|pod| pod.problems.is_empty()),
        undecided: (round.view.plan.outcome.is_idle()).then(|| round.view.plan.outcome.to_string()),
        pods_unknown: unknown.is_some() || pods.is_empty() && none_given,
        obstacles: obstacles.collect(),
        notes: (unknown.into_iter())
            .chain(refused)
            .chain(fails)
            .chain(left)
            .chain(warned)
            .chain(problems.into_iter().map(noted))
            .chain(waits_for_itself.then(|| OF_ITSELF.to_owned()))
            .collect(),
        pods,
        lacks_network,
    })
}

/// What turns not ready more than so many seconds after it was bound has been ready.
const BOUND: i64 = 60;

/// That a pod is not ready of which nothing is known to be wrong: it may have been.
fn not_ready(pod: &Pod) -> String {
    let when = |type_| pod.condition(&type_).and_then(|it| it.last_transition_time);
    let bound = when(ConditionType::PodScheduled).or(pod.metadata.creation_timestamp);
    match (when(ConditionType::Ready), bound) {
        (Some(since), Some(bound)) if since.seconds_since(bound) > BOUND => {
            format!("not ready since {since}")
        }
        (Some(_), Some(_)) => "not ready yet".to_owned(),
        _ => "not ready".to_owned(),
    }
}

/// What a pod on a node does, whose kubelet may be silent.
fn there(round: &Round<'_>, pod: &PodInRound<'_, Pod>, of_node: &[NodeProblem]) -> PodThere {
    let is_silent = of_node.iter().any(NodeProblem::is_dead);
    let is_well = pod.fact.readiness.is_available() && !pod.fact.terminating;
    let metadata = &pod.pod.metadata;
    let is_unknown = !is_well && is_silent && !pod.fact.terminating;
    let problems = if is_well {
        Vec::new()
    } else if is_unknown {
        // What its containers last did stays as it was.
        let ran = (round.said_by(pod.pod)).is_some_and(PodEvidence::runs);
        let told = if ran {
            "ran until the kubelet of its node fell silent; what it does now is not known"
        } else {
            "what it does is not known, since the kubelet of its node does not answer"
        };
        let before = failed_before(pod.pod, round.problems_of(pod.pod), of_node);
        let before = before.map(|it| format!("before that: {}", round.told(pod.pod, &it)));
        std::iter::once(told.to_owned()).chain(before).collect()
    } else {
        let problems = round.problems_of(pod.pod);
        let mut told: Vec<String> = (problems.iter())
            .map(|problem| round.told(pod.pod, problem))
            .collect();
        if told.is_empty() {
            told.push(match pod.fact.readiness {
                Readiness::Waiting(Some(until)) => {
                    format!("ready, and available only at {until}, after minReadySeconds")
                }
                Readiness::Waiting(None) => "ready, and it does not say since when".to_owned(),
                _ => not_ready(pod.pod),
            });
        }
        told
    };
    PodThere {
        name: metadata.name.clone(),
        problems,
        is_unknown,
        revision: pod.fact.version.into(),
        next: next(round, pod),
        is_deleted: round.deletion_of(pod.pod).is_some()
            || pod.fact.terminating
            || pod.fact.version.is_old() && round.is_rolling_update(),
    }
}

/// That what brings the pod network is kept away by the want of it.
const OF_ITSELF: &str = "a circular wait: the taint goes once the node has a pod network, which by its template is what \
                         this DaemonSet sets up";

/// How many terms of a node affinity that let a node in are told, and how many requirements of each.
const MOST_TERMS: usize = 2;

/// How many values of a requirement are told.
const MOST_VALUES: usize = 4;

/// The terms of a node affinity that let the node in, where not all do.
pub(crate) fn let_in_by(rules: &Rules, node: &Node) -> Option<String> {
    let terms = rules.affinity()?.terms();
    let lets_in = |term: &&Term| {
        let mut all = term.requirements.iter();
        !term.requirements.is_empty() && all.all(|it| it.holds_for(node))
    };
    let all = terms.iter().filter(lets_in).count();
    if rules.verdict(node) != Verdict::Run || all == 0 || all == terms.len() {
        return None;
    }
    let told = terms.iter().filter(lets_in).take(MOST_TERMS).map(|term| {
        let requirements: Vec<String> = term.requirements.iter().map(required).collect();
        format!(
            "nodeSelectorTerms[{}] ({})",
            term.index,
            list(&requirements, MOST_TERMS)
        )
    });
    Some(format!(
        "of its node affinity {} {} the node in, which is enough, though {} not",
        list(&told.collect::<Vec<_>>(), MOST_TERMS),
        agree(all, "lets", "let"),
        agree(terms.len() - all, "the other does", "the others do"),
    ))
}

/// `pool NotIn [system]`
fn required(requirement: &TermRequirement) -> String {
    match requirement {
        TermRequirement::Label(on) if on.values().is_empty() => {
            format!("{} {}", on.key(), on.operator())
        }
        TermRequirement::Label(on) => {
            let values: Vec<&str> = on
                .values()
                .iter()
                .take(MOST_VALUES)
                .map(String::as_str)
                .collect();
            let more = if on.values().len() > MOST_VALUES {
                ", …"
            } else {
                ""
            };
            format!(
                "{} {} [{}{more}]",
                on.key(),
                on.operator(),
                values.join(", ")
            )
        }
        TermRequirement::Field { key, value, .. } => format!("{key} {value}"),
        TermRequirement::Malformed { .. } => "one that never holds".to_owned(),
    }
}

/// Whether the round creates a pod on the node, or time alone brings on what its pod lacks.
pub(crate) fn passes(round: &Round<'_>, node: &str) -> bool {
    let creates =
        |action: &Action| matches!(action, Action::CreatePod { node: on, .. } if on == node);
    let mut stalled = round.stalled_nodes();
    let stall = stalled.find(|(seen, _)| seen.name == node);
    match stall {
        Some((_, stall)) => !stall.is_permanent(),
        None => round.pod_actions().any(creates),
    }
}

/// What is wrong with the node, as a note.
fn noted(problem: NodeProblem) -> String {
    match problem {
        NodeProblem::Cordoned => {
            "the node is cordoned (spec.unschedulable), which daemon pods tolerate: it changes nothing for them"
                .to_owned()
        }
        other => format!("the node is {other}"),
    }
}

/// That the API server refuses the pod of the node, and why.
fn refused(round: &Round<'_>, node: &str) -> Option<String> {
    let finding = refusal(round)?;
    let Finding::Refused { nodes, .. } = &finding else {
        return None;
    };
    let is_meant = nodes.iter().any(|it| it == node);
    is_meant
        .then(|| finding.clauses().into_iter().next())
        .flatten()
}

/// That pods fail one after the other on the node, of which none is there at the moment.
fn fails_again(round: &Round<'_>, node: &str) -> Option<String> {
    let finding = failed_again(round)?;
    let is_meant = matches!(&finding, Finding::Looping { nodes, .. } if nodes.iter().any(|it| it.node == node));
    is_meant.then(|| finding.to_string())
}

/// For so many seconds a warning about a node is news.
const NEWS: i64 = 3600;

/// The newest warning about the node that says more than what its conditions say.
fn warned(round: &Round<'_>, node: &str) -> Option<String> {
    const OF_CONDITIONS: [&str; 4] = [
        "NodeNotReady",
        "NodeHas",
        "Rebooted",
        "EvictionThresholdMet",
    ];
    let now = round.view.now;
    let events = round.evidence?.events("Node", "", node).iter();
    let tells = |event: &&Event| {
        let is_news = event
            .last
            .is_some_and(|last| now.seconds_since(last) <= NEWS);
        let is_more = !OF_CONDITIONS.iter().any(|it| event.reason.starts_with(it));
        event.warning && is_news && is_more
    };
    let event = events.filter(tells).max_by_key(|event| event.last)?;
    let times = match event.count {
        1 => String::new(),
        many => format!(" ({many} times)"),
    };
    Some(format!("{}: {}{times}", event.reason, core(&event.message)))
}

/// The pods that are there of a set for which nothing is decided any more, such as one that is being deleted.
fn left_there(round: &Round<'_>, node: &str) -> Vec<String> {
    if !round.view.plan.outcome.is_idle() {
        return Vec::new();
    }
    let set = &round.daemon_set().metadata;
    let pods = round
        .cluster
        .pods_controlled_by(&set.namespace, Some(&set.uid));
    let there = pods.filter(|pod| pod.spec.node_name == node && !set.uid.is_empty());
    let told = there.map(|pod| {
        let problems = round.problems_of(pod);
        let problems: Vec<String> = (problems.iter())
            .map(|problem| round.told(pod, problem))
            .collect();
        match problems.as_slice() {
            [] => format!("pod {} is there", pod.metadata.name),
            some => format!("pod {} is there: {}", pod.metadata.name, some.join("; ")),
        }
    });
    told.collect()
}

/// What the controller does next with a pod that belongs to the DaemonSet, or is to.
fn next(round: &Round<'_>, there: &PodInRound<'_, Pod>) -> Option<String> {
    let pod = there.pod;
    match round.deletion_of(pod) {
        Some(Reason::NodeExcluded) => Some("the controller deletes it".to_owned()),
        Some(reason) => Some(format!("the controller deletes it: {}", reason.sentence())),
        None if pod.metadata.controller().is_none() => {
            Some("the controller adopts it, since it has no controller".to_owned())
        }
        None => round.other_template(there).map(|template| {
            format!(
                "it counts as up to date by its generation label alone, and runs the template of {template}: it is never replaced"
            )
        }),
    }
}

impl OnNode {
    /// Whether it is not known of any of its pods what they do, since the kubelet does not answer.
    #[must_use]
    pub fn is_silent(&self) -> bool {
        !self.pods.is_empty() && self.pods.iter().all(|pod| pod.is_unknown)
    }

    /// The first sentence: whether the node runs it, and what its pods do.
    #[must_use]
    pub fn summary(&self) -> String {
        format!("{} {}", self.node, self.predicate())
    }

    /// The same without the node's name.
    #[must_use]
    pub fn predicate(&self) -> String {
        let pods: Vec<String> = self.pods.iter().map(ToString::to_string).collect();
        let pods = pods.join("; ");
        if let Some(why) = &self.undecided {
            return format!("is left as it is: {why}");
        }
        if self.pods_unknown {
            let wants = match self.verdict {
                Verdict::Run => "should run it",
                Verdict::KeepExisting => "gets no new pod of it",
                Verdict::Exclude => "should not run it",
            };
            return format!("{wants}; whether a pod of it is there is not known");
        }
        match (self.verdict, pods.is_empty(), self.available) {
            (Verdict::Run, true, _) => "should run it and has no pod of it".to_owned(),
            (Verdict::Run, false, true) => format!("runs it: {pods}"),
            (Verdict::Run, false, false) if self.is_silent() => {
                format!("should run it: {pods}")
            }
            (Verdict::Run, false, false) => {
                format!("should run it, and no pod of it is available there: {pods}")
            }
            (Verdict::KeepExisting, true, _) => {
                "does not run it: no new pod is created there".to_owned()
            }
            (Verdict::KeepExisting, false, _) if self.pods.iter().all(|pod| pod.is_deleted) => {
                format!("gets no new pod of it, and none takes the place of the one there: {pods}")
            }
            (Verdict::KeepExisting, false, _) => {
                format!("gets no new pod of it, and an existing one stays: {pods}")
            }
            (Verdict::Exclude, true, _) => "does not run it: it has no pod there".to_owned(),
            (Verdict::Exclude, false, _) => format!("does not run it; still there: {pods}"),
        }
    }
}

impl fmt::Display for PodThere {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)?;
        let revision = (self.revision == PodRevision::Old).then_some("of an older revision");
        let problems = self.problems.iter().map(String::as_str);
        let said = revision
            .into_iter()
            .chain(problems)
            .chain(self.next.as_deref());
        let said: Vec<&str> = said.collect();
        if !said.is_empty() {
            write!(f, " ({})", said.join("; "))?;
        }
        Ok(())
    }
}

impl fmt::Display for InTheWay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.obstacle.fmt(f)?;
        if let Some(near) = &self.near {
            write!(f, ": {near}")?;
        }
        if let Some(owner) = &self.owner {
            write!(f, ": {owner}")?;
        }
        if let Some(pod) = &self.awaited {
            write!(
                f,
                ", and pod {pod}, which by its name is of that agent, has been ready for more than 10 min: it should be gone, so \
                 look at the log of that pod and of its operator"
            )?;
        }
        match &self.agent {
            Some(agent) => write!(f, "; {agent}"),
            None => Ok(()),
        }
    }
}

impl fmt::Display for OnNode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.summary())?;
        for obstacle in &self.obstacles {
            write!(f, "\n- {obstacle}")?;
        }
        for note in &self.notes {
            write!(f, "\n- {note}")?;
        }
        Ok(())
    }
}
