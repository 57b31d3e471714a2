//! What would make a node run the daemon.

use std::collections::BTreeSet;

use super::edit::{Edit, Inputs};
use super::fixes::{Caution, Effect, Fix, minimal};
use super::trouble::comes_with_a_condition;
use crate::api::{Node, NodeSelectorRequirement, Taint, Toleration};
use crate::placement::{Obstacle, Rules, Verdict};
use crate::plan::Planner;
use crate::requirement::Requirement;

/// How many suggestions are made for one node at most.
const MOST_FIXES: usize = 8;

/// How many terms of the node affinity are looked at for one node at most.
const MOST_TERMS: usize = 8;

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
const MACHINE_PREFIXES: [&str; 3] = [
    "beta.kubernetes.io/",
    "topology.kubernetes.io/",
    "failure-domain.beta.kubernetes.io/",
];

/// Where an edit is made.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Side {
    Set,
    Node,
}

impl Planner {
    /// The smallest edits that make a node run the daemon, of the set, of the node, or of both;
    /// none where it runs it already, where there is no such node, or where no edit would do.
    ///
    /// Each was tried on a copy. Not offered are edits of labels that say what a machine is, such
    /// as `kubernetes.io/os`, and the removal of taints that come back by themselves. A template
    /// that names another node is left alone.
    ///
    /// ```
    /// use daemonset::Planner;
    /// use daemonset::api::{DaemonSet, Node};
    ///
    /// let agent: DaemonSet = serde_json::from_value(serde_json::json!({
    ///     "metadata": {"name": "agent"},
    ///     "spec": {
    ///         "selector": {"matchLabels": {"app": "agent"}},
    ///         "template": {"spec": {"nodeSelector": {"disk": "ssd"}}},
    ///     },
    /// }))?;
    /// let node: Node = serde_json::from_value(serde_json::json!({"metadata": {"name": "node-a"}}))?;
    /// let fixes = Planner::new(&agent)?.node_fixes(&[node], "node-a");
    /// assert_eq!(fixes[0].to_string(), "label node node-a with disk=ssd: then node-a runs it");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn node_fixes(&self, nodes: &[Node], node: &str) -> Vec<Fix> {
        let Some(found) = nodes.iter().find(|other| other.metadata.name == node) else {
            return Vec::new();
        };
        let attempt = Attempt {
            planner: self,
            node: found,
            inputs: Inputs {
                set: self.set.clone(),
                nodes: (nodes.iter())
                    .filter(|other| other.metadata.name == node)
                    .cloned()
                    .collect(),
                ..Inputs::default()
            },
        };
        let mut fixes: Vec<Vec<Edit>> = Vec::new();
        for edits in attempt.candidates() {
            let Some(edits) = minimal(edits, |edits| attempt.works(edits)) else {
                continue;
            };
            if !fixes.contains(&edits) {
                fixes.push(edits);
            }
        }
        // Stable: of the same size, a repair comes first, and then changes of the set.
        let repairs = |edit: &Edit| matches!(edit, Edit::RepairNode { .. });
        fixes.sort_by_key(|edits| (edits.len(), !edits.iter().any(repairs)));
        fixes.truncate(MOST_FIXES);
        (fixes.into_iter())
            .map(|edits| Fix {
                cautions: self.cautions(&edits, nodes, node),
                edits,
                effect: Effect::NodeRuns {
                    node: node.to_owned(),
                },
            })
            .collect()
    }

    /// What the edits do besides.
    fn cautions(&self, edits: &[Edit], nodes: &[Node], node: &str) -> Vec<Caution> {
        if !edits.iter().any(Edit::changes_template) {
            return Vec::new();
        }
        let mut cautions = vec![Caution::ReplacesPods];
        let of_set = edits.iter().filter(|edit| edit.changes_template()).cloned();
        let inputs = Inputs {
            set: self.set.clone(),
            ..Inputs::default()
        };
        if let Some(edited) = inputs.with(&of_set.collect::<Vec<_>>()) {
            let rules = Rules::new(&edited.set.spec.template);
            let rules = rules.comparison_operators(self.rules.comparison());
            let runs = |rules: &Rules, node: &Node| rules.verdict(node).should_run();
            let (mut also, mut stops) = (BTreeSet::new(), BTreeSet::new());
            for other in nodes.iter().filter(|other| other.metadata.name != node) {
                match (runs(&self.rules, other), runs(&rules, other)) {
                    (false, true) => also.insert(other.metadata.name.clone()),
                    (true, false) => stops.insert(other.metadata.name.clone()),
                    _ => false,
                };
            }
            if !also.is_empty() {
                let nodes = also.into_iter().collect();
                cautions.push(Caution::AlsoRunsOn { nodes });
            }
            if !stops.is_empty() {
                let nodes = stops.into_iter().collect();
                cautions.push(Caution::StopsOn { nodes });
            }
        }
        cautions
    }
}

/// What is tried for one node.
struct Attempt<'a> {
    planner: &'a Planner,
    node: &'a Node,
    /// The set and the node, and no other.
    inputs: Inputs,
}

impl Attempt<'_> {
    fn works(&self, edits: &[Edit]) -> bool {
        let Some(edited) = self.inputs.with(edits) else {
            return false;
        };
        let rules = Rules::new(&edited.set.spec.template);
        let rules = rules.comparison_operators(self.planner.rules.comparison());
        let runs = |node: &Node| rules.verdict(node) == Verdict::Run;
        edited.nodes.iter().all(runs)
    }

    /// Edits to try: what stands against the node dealt with on the set or on the node, for each
    /// way to satisfy the affinity.
    fn candidates(&self) -> Vec<Vec<Edit>> {
        let obstacles = self.planner.rules.place(self.node).obstacles;
        let mut taints = Vec::new();
        let mut affinity = vec![Vec::new()];
        let mut entries = Vec::new();
        for obstacle in &obstacles {
            match obstacle {
                Obstacle::Taint { taint } => taints.push(taint),
                Obstacle::NodeAffinity { terms } => {
                    affinity = (terms.iter().take(MOST_TERMS))
                        .flat_map(|term| [Side::Set, Side::Node].map(|side| (term.term, side)))
                        .filter_map(|(term, side)| self.for_term(term, side))
                        .collect();
                }
                Obstacle::NodeSelector { key, .. } => entries.push(self.set_label(key, &[])),
                Obstacle::NodeName { .. } => return Vec::new(),
            }
        }
        let Some(entries) = entries.into_iter().collect::<Option<Vec<_>>>() else {
            return Vec::new();
        };
        let mut all = Vec::new();
        for for_affinity in &affinity {
            for side in [Side::Set, Side::Node] {
                let for_taints = taints.iter().map(|taint| self.for_taint(taint, side));
                let for_taints: Vec<_> = for_taints.collect();
                let mut edits: Vec<Edit> = Vec::new();
                for edit in (entries.iter()).chain(for_affinity).chain(&for_taints) {
                    if !edits.contains(edit) {
                        edits.push(edit.clone());
                    }
                }
                all.push(edits);
            }
        }
        all
    }

    /// Tolerates the taint or takes it off; on the other side where this one has no way.
    fn for_taint(&self, taint: &Taint, side: Side) -> Edit {
        let tolerated = || {
            let toleration = Toleration {
                key: taint.key.clone(),
                operator: if taint.value.is_empty() {
                    "Exists".to_owned()
                } else {
                    "Equal".to_owned()
                },
                value: taint.value.clone(),
                effect: taint.effect.clone(),
                toleration_seconds: None,
            };
            // A toleration without a key is one for everything.
            (!taint.key.is_empty()).then_some(Edit::AddToleration { toleration })
        };
        let node = || self.node.metadata.name.clone();
        let taken_off = || {
            if comes_with_a_condition(&taint.key) {
                Edit::RepairNode { node: node() }
            } else {
                let taint = Taint {
                    time_added: None,
                    ..taint.clone()
                };
                Edit::RemoveTaint {
                    node: node(),
                    taint,
                }
            }
        };
        match side {
            Side::Set => tolerated().unwrap_or_else(taken_off),
            Side::Node => taken_off(),
        }
    }

    /// Makes a term of the affinity match; on the node where the set has no way. `None` where the
    /// node has none either.
    fn for_term(&self, term: usize, side: Side) -> Option<Vec<Edit>> {
        let spec = self.inputs.set.spec.template.spec();
        let required = spec.affinity.as_ref()?.required()?;
        let written = required.node_selector_terms.get(term)?;
        let mut edits = Vec::new();
        let mut keys = BTreeSet::new();
        for (at, requirement) in written.match_expressions.iter().enumerate() {
            let found = self.node.metadata.labels.get(&requirement.key);
            if parsed(requirement)?.holds_for(found) {
                continue;
            }
            let on_set = found.and_then(|found| for_requirement(term, at, requirement, found));
            if let (Side::Set, Some(edit)) = (side, on_set) {
                edits.push(edit);
            } else if keys.insert(&requirement.key) {
                edits.push(self.set_label(&requirement.key, &written.match_expressions)?);
            }
        }
        Some(edits)
    }

    /// Gives the node's label a value that the `nodeSelector` and the term allow, or removes it.
    fn set_label(&self, key: &str, term: &[NodeSelectorRequirement]) -> Option<Edit> {
        let is_of_machine = MACHINE_LABELS.contains(&key)
            || (MACHINE_PREFIXES.iter()).any(|prefix| key.starts_with(prefix));
        if is_of_machine {
            return None;
        }
        let spec = self.inputs.set.spec.template.spec();
        let entry = spec.node_selector.get(key);
        let on_key = term.iter().filter(|requirement| requirement.key == key);
        let requirements: Vec<_> = on_key.map(parsed).collect::<Option<_>>()?;
        let bounds = requirements.iter().filter_map(Requirement::bound);
        let near = bounds.flat_map(|bound| {
            [bound.checked_add(1), bound.checked_sub(1)]
                .into_iter()
                .flatten()
                .filter(|value| *value >= 0)
                .map(|value| value.to_string())
        });
        let listed = requirements.iter().flat_map(|r| r.values().to_vec());
        let mut values = (entry.map(str::to_owned).into_iter())
            .chain(listed)
            .chain(near)
            .chain(["true".to_owned()]);
        let fits = |value: Option<&str>| {
            entry.is_none_or(|wanted| value == Some(wanted))
                && requirements.iter().all(|r| r.holds_for(value))
        };
        let node = self.node.metadata.name.clone();
        if fits(None) {
            let key = key.to_owned();
            return Some(Edit::RemoveNodeLabel { node, key });
        }
        values
            .find(|value| fits(Some(value)))
            .map(|value| Edit::SetNodeLabel {
                node,
                key: key.to_owned(),
                value,
            })
    }
}

fn parsed(requirement: &NodeSelectorRequirement) -> Option<Requirement> {
    Requirement::new(&requirement.key, &requirement.operator, &requirement.values).ok()
}

/// Makes a requirement hold for a value that the node has.
fn for_requirement(
    term: usize,
    at: usize,
    requirement: &NodeSelectorRequirement,
    found: &str,
) -> Option<Edit> {
    let (key, value) = (requirement.key.clone(), found.to_owned());
    match requirement.operator.as_str() {
        "In" => Some(Edit::AddAffinityValue {
            term,
            requirement: at,
            key,
            value,
        }),
        // An empty list would be malformed.
        "NotIn" if requirement.values.iter().any(|other| other != found) => {
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
