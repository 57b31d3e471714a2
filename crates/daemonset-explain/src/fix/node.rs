//! What would make a node run the daemon.

use std::collections::{BTreeMap, BTreeSet};

use daemonset::api::{DaemonSet, Node, Taint, Toleration};
use daemonset::matching::names::{is_label_value, is_qualified_name};
use daemonset::matching::{Requirement, Term, TermRequirement};
use daemonset::placement::{Obstacle, Rules, Verdict, entry_holds};
use daemonset::view::{NodeView, TaintView};
use daemonset::well_known::{NETWORK_UNAVAILABLE, NOT_READY, UNREACHABLE};
use daemonset::{Cluster, Planner};

use super::beside_edits::cautions;
use super::look::at_node;
use super::{Caution, Effect, Fix, minimal};
use crate::diagnosis::missing_nodes::has_unseen;
use crate::edit::Edit;
use crate::edit::edited::{Changes, Named, Step, edited_set};
use crate::health::{NodeProblem, comes_with_a_condition};
use crate::near::{is_nearly_tolerated, is_same_word, meant_key};
use crate::owner::LabelOwner;
use crate::owner::TaintOwner;
use crate::round::Round;
use crate::template::brings_pod_network;

/// How many fixes are given for one node at most.
const MOST_FIXES: usize = 8;

/// How many terms of the node affinity are looked at for one node at most.
const MOST_TERMS: usize = 8;

/// How many edits a fix of a node has at most; beyond them it is no small one.
const MOST_EDITS: usize = 32;

/// How many values of a label are tried at most.
const MOST_VALUES: usize = 64;

/// Labels that say what a machine is, so that changing them would be a lie; the kubelet and the
/// cloud provider write them.
///
/// Source: [Well-Known Labels](https://kubernetes.io/docs/reference/labels-annotations-taints/).
const MACHINE_LABELS: [&str; 4] = [
    "kubernetes.io/hostname",
    "kubernetes.io/os",
    "kubernetes.io/arch",
    "node.kubernetes.io/instance-type",
];
const ROLE_PREFIX: &str = "node-role.kubernetes.io/";
const MACHINE_PREFIXES: [&str; 15] = [
    ROLE_PREFIX,
    "beta.kubernetes.io/",
    "node.kubernetes.io/",
    "topology.kubernetes.io/",
    "failure-domain.beta.kubernetes.io/",
    // What a cloud or what makes its nodes says of a machine.
    "cloud.google.com/",
    "iam.gke.io/",
    "eks.amazonaws.com/",
    "alpha.eksctl.io/",
    "kubernetes.azure.com/",
    "karpenter.sh/",
    "karpenter.k8s.aws/",
    "k8s.amazonaws.com/",
    "topology.ebs.csi.aws.com/",
    "doks.digitalocean.com/",
];

/// Where an edit is made.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Side {
    Set,
    Node,
}

/// The smallest edits that make a node run the daemon, of the set, of the node, or of both.
pub(crate) fn node_fixes(round: &Round<'_>, cluster: &Cluster<'_>, node: &str) -> Vec<Fix> {
    let (planner, evidence) = (&round.planner, round.evidence);
    let Some(node) = cluster.node(node) else {
        return Vec::new();
    };
    let problems = NodeProblem::told(node, evidence);
    let wish = Wish {
        planner,
        node,
        labels: node.metadata.labels.iter().collect(),
        brings_network: problems.iter().any(NodeProblem::is_of_network)
            && brings_pod_network(planner.daemon_set()),
    };
    let mut candidates: Vec<Vec<Step>> = Vec::new();
    for steps in wish.candidates() {
        if !candidates.contains(&steps) {
            candidates.push(steps);
        }
    }
    // Stable: of the same size, a repair comes first, and then changes of the set.
    let repairs = |step: &Step| matches!(step, Step::Repair { .. });
    candidates.sort_by_key(|steps| (steps.len(), !steps.iter().any(repairs)));
    // What the template allows there, the labels of nodes that were not given would tell.
    let has_unseen = has_unseen(round);
    let proven = candidates.into_iter().filter_map(|steps| {
        let rules = wish.rules_after(&steps)?;
        let mut cautions = cautions((planner, cluster), wish.node, &steps, &rules);
        for caution in steps.iter().filter_map(|step| wish.of_label(step, cluster)) {
            if !cautions.contains(&caution) {
                cautions.push(caution);
            }
        }
        // The template is right for the nodes that would lose the daemon.
        let loses_nodes = |caution: &Caution| matches!(caution, Caution::StopsOn { .. });
        let may_leave = |step: &Step| matches!(step, Step::Edit(edit) if edit.may_leave_nodes());
        if cautions.iter().any(loses_nodes)
            || has_unseen && steps.iter().any(may_leave)
            || wish.takes_from_others(&steps, round.sets)
        {
            return None;
        }
        let set = planner.daemon_set();
        let effect = Effect::NodeRuns {
            node: node.metadata.name.clone(),
        };
        let looks = |name: &String| at_node(name, &problems, evidence);
        Some(Fix::new(set, &[], steps, effect, cautions, looks))
    });
    proven.take(MOST_FIXES).collect()
}

/// A node that should run the daemon.
pub(super) struct Wish<'a> {
    pub planner: &'a Planner,
    pub node: &'a Node,
    /// The node's labels, for look-ups.
    pub labels: BTreeMap<&'a str, &'a str>,
    /// Whether the node is not ready for want of what the set seems to bring.
    brings_network: bool,
}

/// The node with some labels changed.
pub(super) struct Relabelled<'a> {
    wish: &'a Wish<'a>,
    pub changes: BTreeMap<&'a str, Option<&'a str>>,
}

impl NodeView for Relabelled<'_> {
    fn name(&self) -> &str {
        &self.wish.node.metadata.name
    }
    fn labels(&self) -> impl Iterator<Item = (&str, &str)> {
        let keys = self.wish.labels.keys().chain(self.changes.keys());
        let keys: BTreeSet<&str> = keys.copied().collect();
        keys.into_iter()
            .filter_map(|key| Some((key, self.label(key)?)))
    }
    fn taints(&self) -> impl Iterator<Item = TaintView<'_>> {
        self.wish.node.taints()
    }
    fn label(&self, key: &str) -> Option<&str> {
        match self.changes.get(key) {
            Some(change) => *change,
            None => self.wish.labels.get(key).copied(),
        }
    }
}

impl<'a> Wish<'a> {
    pub fn rules(&self) -> &'a Rules {
        self.planner.rules()
    }

    /// Steps to try: what stands against the node dealt with on the set or on the node, for each
    /// way to satisfy the affinity. Whatever they leave out of the taints would be missing; of the
    /// rest each is needed.
    fn candidates(&self) -> Vec<Vec<Step>> {
        let obstacles = self.rules().place(self.node).obstacles;
        if obstacles.len() > MOST_EDITS {
            return Vec::new();
        }
        let mut taints: Vec<Taint> = Vec::new();
        let mut of_set = Vec::new();
        let mut of_node = Vec::new();
        for obstacle in obstacles {
            match obstacle {
                Obstacle::Taint { taint } => taints.push(taint),
                Obstacle::NodeSelector { key, found, wanted } => {
                    let label = self.set_label(&key, &[]);
                    // Where the node has the label, its value is what the template may have meant.
                    let says_what_it_is = is_of_machine(&key) && !key.starts_with(ROLE_PREFIX);
                    let is_meant =
                        |value: &String| !says_what_it_is || is_same_word(value, &wanted);
                    let entry = found.filter(is_meant).map(|value| {
                        let key = key.clone();
                        Step::Edit(Edit::SetNodeSelector { key, value })
                    });
                    let renamed = || self.renamed(&key, &wanted);
                    of_set.push(entry.or_else(renamed).or_else(|| label.clone()));
                    of_node.push(label);
                }
                Obstacle::NodeAffinity { .. } => {}
                _ => return Vec::new(),
            }
        }
        let entries = [of_set, of_node].into_iter();
        let entries = entries.filter_map(|it| it.into_iter().collect::<Option<Vec<_>>>());
        let labels: Vec<Vec<Step>> = entries.flat_map(|it| self.labellings(&it)).collect();
        let taints = [Side::Set, Side::Node].map(|side| self.for_taints(&taints, side));
        let taints: Vec<Vec<Step>> = taints.into_iter().flatten().collect();
        let both = (labels.iter()).flat_map(|labels| taints.iter().map(move |t| (labels, t)));
        both.map(|(labels, taints)| labels.iter().chain(taints).cloned().collect())
            .filter(|steps: &Vec<Step>| !steps.is_empty() && steps.len() <= MOST_EDITS)
            .collect()
    }

    /// Lets an entry of `nodeSelector` read the label that the node has by a name near to it, with the same value.
    fn renamed(&self, from: &str, wanted: &str) -> Option<Step> {
        let is_there = self.labels.contains_key(from);
        let (key, value) = meant_key(self.node, from).filter(|_| !is_there)?;
        let is_free = self.rules().node_selector().get(key).is_none();
        (is_free && entry_holds(wanted, Some(value))).then(|| {
            Step::Edit(Edit::RenameNodeSelector {
                from: from.to_owned(),
                key: key.to_owned(),
                value: wanted.to_owned(),
            })
        })
    }

    /// The ways to satisfy `nodeSelector` and affinity, each without a step that is not needed.
    fn labellings(&self, entries: &[Step]) -> Vec<Vec<Step>> {
        let affinity = self.rules().affinity();
        let relabelled = self.relabelled(entries);
        let terms = match affinity {
            None => return vec![entries.to_vec()],
            Some(affinity) if affinity.matches(&relabelled) => return vec![entries.to_vec()],
            Some(affinity) => affinity.terms().iter().take(MOST_TERMS),
        };
        let sides = terms.flat_map(|term| [Side::Set, Side::Node].map(|side| (term, side)));
        let ways = sides.filter_map(|(term, side)| {
            let for_term = for_term(&relabelled, term, side)?;
            let mut steps = entries.to_vec();
            for step in for_term {
                if !steps.contains(&step) {
                    steps.push(step);
                }
            }
            minimal(steps, |steps| self.selects(steps))
        });
        ways.collect()
    }

    pub fn relabelled<'s>(&'s self, steps: &'s [Step]) -> Relabelled<'s> {
        let changes = steps.iter().filter_map(|step| match step {
            Step::Edit(Edit::SetNodeLabel { key, value, .. }) => {
                Some((key.as_str(), Some(value.as_str())))
            }
            Step::Edit(Edit::RemoveNodeLabel { key, .. }) => Some((key.as_str(), None)),
            _ => None,
        });
        Relabelled {
            wish: self,
            changes: changes.collect(),
        }
    }

    /// Whether `nodeSelector` and affinity select the node after these steps.
    fn selects(&self, steps: &[Step]) -> bool {
        let node = self.relabelled(steps);
        let set: BTreeMap<&str, (&str, &str)> = (steps.iter())
            .filter_map(|step| match step {
                Step::Edit(Edit::SetNodeSelector { key, value }) => {
                    Some((key.as_str(), (key.as_str(), value.as_str())))
                }
                Step::Edit(Edit::RenameNodeSelector { from, key, value }) => {
                    Some((from.as_str(), (key.as_str(), value.as_str())))
                }
                _ => None,
            })
            .collect();
        let mut entries = self.rules().node_selector().iter();
        if !entries.all(|(key, wanted)| {
            let (key, wanted) = set.get(key).copied().unwrap_or((key, wanted));
            entry_holds(wanted, node.label(key))
        }) {
            return false;
        }
        // A requirement that takes one value more, or excludes one less, holds for that value.
        let edited: BTreeMap<(usize, usize), &str> = steps
            .iter()
            .filter_map(|step| match step {
                Step::Edit(
                    Edit::AddAffinityValue {
                        term,
                        requirement,
                        value,
                        ..
                    }
                    | Edit::RemoveAffinityValue {
                        term,
                        requirement,
                        value,
                        ..
                    },
                ) => Some(((*term, *requirement), value.as_str())),
                _ => None,
            })
            .collect();
        let renamed = |term: usize, at: usize| {
            steps.iter().find_map(|step| match step {
                Step::Edit(Edit::RenameAffinityKey {
                    term: of,
                    requirement,
                    key,
                    ..
                }) if (*of, *requirement) == (term, at) => Some(key.as_str()),
                _ => None,
            })
        };
        let matches = |term: &Term| {
            let mut requirements = term.requirements.iter().enumerate();
            requirements.all(|(at, requirement)| {
                let value = edited.get(&(term.index, at)).copied();
                requirement.holds_for(&node)
                    || match requirement {
                        TermRequirement::Label(on) => {
                            value.is_some() && node.label(on.key()) == value
                                || renamed(term.index, at)
                                    .is_some_and(|key| on.holds_for(node.label(key)))
                        }
                        _ => false,
                    }
            })
        };
        (self.rules().affinity()).is_none_or(|affinity| affinity.terms().iter().any(matches))
    }

    /// Tolerates the taints or takes them off; on the node where the set has no way. `None` where one
    /// is for neither: it says what is awaited.
    fn for_taints(&self, taints: &[Taint], side: Side) -> Option<Vec<Step>> {
        let mut steps: Vec<Step> = Vec::new();
        let whole: BTreeSet<_> = (taints.iter())
            .filter(|taint| taint.value.is_empty())
            .map(|taint| (&taint.key, &taint.effect))
            .collect();
        for taint in taints {
            let is_covered =
                !taint.value.is_empty() && whole.contains(&(&taint.key, &taint.effect));
            let set = self.planner.daemon_set();
            let step = match side {
                Side::Set if is_covered && is_tolerable(taint, set, self.brings_network) => {
                    continue;
                }
                Side::Set if is_tolerable(taint, set, self.brings_network) => {
                    Step::Edit(toleration(taint))
                }
                // It does not go before the set runs there.
                Side::Node if self.brings_network && taint.key == NOT_READY => {
                    Step::Edit(toleration(taint))
                }
                _ => self.taken_off(taint)?,
            };
            if !steps.contains(&step) {
                steps.push(step);
            }
        }
        // A node that becomes Ready loses the taints of its conditions anyway.
        if steps.iter().any(|step| matches!(step, Step::Repair { .. })) {
            steps.retain(|step| match step {
                Step::Edit(Edit::AddToleration { toleration }) => {
                    !comes_with_a_condition(&toleration.key)
                }
                _ => true,
            });
        }
        Some(steps)
    }

    fn taken_off(&self, taint: &Taint) -> Option<Step> {
        let node = self.node.metadata.name.clone();
        if comes_with_a_condition(&taint.key) {
            return Some(Step::Repair { node });
        }
        // A role's taint keeps everything else off, too.
        if TaintOwner::of(&taint.key).is_some() || taint.key.starts_with(ROLE_PREFIX) {
            return None;
        }
        // The template was to tolerate it, so that the toleration is what is wrong.
        let tolerations = &self.planner.daemon_set().spec.template.spec().tolerations;
        if is_nearly_tolerated(tolerations, taint) {
            return None;
        }
        let taint = Taint {
            time_added: None,
            ..taint.clone()
        };
        Some(Step::Edit(Edit::RemoveTaint { node, taint }))
    }

    /// Gives the node's label a value that the `nodeSelector` and these requirements allow, or
    /// removes it.
    fn set_label(&self, key: &str, requirements: &[&Requirement]) -> Option<Step> {
        if is_of_machine(key) || !is_qualified_name(key) {
            return None;
        }
        // A number that the node has is of the machine: another one would be a lie.
        let is_number = requirements.iter().any(|it| it.bound().is_some());
        if is_number && self.labels.contains_key(key) {
            return None;
        }
        let entry = self.rules().node_selector().get(key);
        let fits = |value: Option<&str>| {
            entry.is_none_or(|wanted| entry_holds(wanted, value))
                && requirements.iter().all(|r| r.holds_for(value))
        };
        let node = self.node.metadata.name.clone();
        if fits(None) {
            let key = key.to_owned();
            return Some(Step::Edit(Edit::RemoveNodeLabel { node, key }));
        }
        // What is in every list is in the shortest one.
        let lists = requirements.iter().filter(|r| r.operator() == "In");
        let listed = lists.map(|r| r.values()).min_by_key(|values| values.len());
        let bounds = requirements.iter().filter_map(|r| r.bound());
        let near = bounds.flat_map(|bound| [bound.checked_add(1), bound.checked_sub(1)]);
        let near = near.flatten().filter(|value| *value >= 0);
        let values = (entry.map(str::to_owned).into_iter())
            .chain(listed.unwrap_or_default().iter().cloned())
            .chain(near.map(|value| value.to_string()))
            .chain(["true".to_owned()]);
        let mut values = values
            .filter(|value| is_label_value(value))
            .take(MOST_VALUES);
        let value = values.find(|value| fits(Some(value)))?;
        let key = key.to_owned();
        Some(Step::Edit(Edit::SetNodeLabel { node, key, value }))
    }

    /// The set's rules after the steps, if they make the node run the daemon.
    fn rules_after(&self, steps: &[Step]) -> Option<Rules> {
        let mut named = Named::default();
        named.nodes.insert(&self.node.metadata.name, self.node);
        let changes = Changes::new(&named, steps).ok()?;
        let after = changes.nodes.values().find_map(|(_, after)| after.as_ref());
        let node = after.unwrap_or(self.node);
        let changes_template =
            |step: &Step| matches!(step, Step::Edit(edit) if edit.changes_template());
        let rules = if steps.iter().any(changes_template) {
            let set = edited_set(self.planner.daemon_set(), &[], steps).ok()?;
            let comparison = self.rules().comparison_operators();
            Rules::new(&set.spec.template).with_comparison_operators(comparison)
        } else {
            self.rules().clone()
        };
        (rules.verdict(node) == Verdict::Run).then_some(rules)
    }
}

/// Whether the label says what the machine is, or what was found on it.
fn is_of_machine(key: &str) -> bool {
    MACHINE_LABELS.contains(&key)
        || MACHINE_PREFIXES.iter().any(|it| key.starts_with(it))
        || LabelOwner::of(key).is_some()
}

/// Whether a toleration for the taint would do any good: one without a key would be one for
/// everything, where the kubelet does not answer a new pod never starts, and where the node has no network a
/// pod that needs it reaches nothing. What brings the network cannot wait for it.
pub(super) fn is_tolerable(taint: &Taint, set: &DaemonSet, brings_network: bool) -> bool {
    let is_in_vain = TaintOwner::of(&taint.key).is_some_and(TaintOwner::is_in_vain);
    let on_host = set.spec.template.spec().host_network;
    let is_of_health = match taint.key.as_str() {
        UNREACHABLE => true,
        NOT_READY => !brings_network,
        NETWORK_UNAVAILABLE => !on_host,
        _ => false,
    };
    !taint.key.is_empty() && !is_of_health && !is_in_vain
}

pub(super) fn toleration(taint: &Taint) -> Edit {
    let operator = if taint.value.is_empty() {
        "Exists"
    } else {
        "Equal"
    };
    Edit::AddToleration {
        toleration: Toleration {
            key: taint.key.clone(),
            operator: operator.to_owned(),
            value: taint.value.clone(),
            effect: taint.effect.clone(),
            toleration_seconds: None,
        },
    }
}

/// Makes a term of the affinity match; on the node where the set has no way. `None` where the
/// node has none either, or it takes too many edits.
fn for_term(node: &Relabelled<'_>, term: &Term, side: Side) -> Option<Vec<Step>> {
    let mut steps = Vec::new();
    let mut keys = BTreeSet::new();
    for (at, requirement) in term.requirements.iter().enumerate() {
        if requirement.holds_for(node) {
            continue;
        }
        let TermRequirement::Label(requirement) = requirement else {
            return None;
        };
        let on_set = match node.label(requirement.key()) {
            Some(found) => for_requirement(term.index, at, requirement, found),
            None => renamed(node.wish.node, term.index, at, requirement),
        };
        match (side, on_set) {
            (Side::Set, Some(edit)) => steps.push(Step::Edit(edit)),
            _ => {
                keys.insert(requirement.key());
            }
        }
        if steps.len() + keys.len() > MOST_EDITS {
            return None;
        }
    }
    let mut on_keys: BTreeMap<&str, Vec<&Requirement>> = BTreeMap::new();
    for requirement in &term.requirements {
        if let TermRequirement::Label(requirement) = requirement
            && keys.contains(requirement.key())
        {
            on_keys
                .entry(requirement.key())
                .or_default()
                .push(requirement);
        }
    }
    for (key, requirements) in on_keys {
        steps.push(node.wish.set_label(key, &requirements)?);
    }
    Some(steps)
}

/// Lets a requirement read the label that the node has by a name near to it, where it holds for that.
fn renamed(node: &Node, term: usize, at: usize, requirement: &Requirement) -> Option<Edit> {
    let from = requirement.key();
    let (key, value) = meant_key(node, from)?;
    (requirement.holds_for(Some(value))).then(|| Edit::RenameAffinityKey {
        term,
        requirement: at,
        from: from.to_owned(),
        key: key.to_owned(),
    })
}

/// Makes a requirement hold for a value that the node has.
fn for_requirement(term: usize, at: usize, requirement: &Requirement, found: &str) -> Option<Edit> {
    let (key, value) = (requirement.key().to_owned(), found.to_owned());
    match requirement.operator() {
        "In" => Some(Edit::AddAffinityValue {
            term,
            requirement: at,
            key,
            value,
        }),
        // An empty list would be malformed.
        "NotIn" if requirement.values().iter().any(|other| other != found) => {
            Some(Edit::RemoveAffinityValue {
                term,
                requirement: at,
                key,
                value,
            })
        }
        _ => None,
    }
}
