//! What would mend labels of nodes that are probably slips.

use std::collections::BTreeMap;

use daemonset::Cluster;
use daemonset::api::{DaemonSet, Taint};
use daemonset::matching::{RequiredNodeAffinity, TermRequirement};
use daemonset::placement::{Obstacle, Placement, Rules};
use serde_json::{Value, json};

use super::command::{patch_pods, target, word};
use super::node::{is_tolerable, toleration};
use super::{Caution, Effect, Fix, PlacementRepair, Repair, node_fixes};
use crate::diagnosis::left_out::meant_by_label;
use crate::diagnosis::missing_nodes::has_unseen;
use crate::edit::Edit;
use crate::edit::edited::{Step, edited_set};
use crate::finding::LeftOut;
use crate::health::{comes_without_network, is_of_network};
use crate::near::{has_key, meant_value};
use crate::owner::TaintOwner;
use crate::owner::UNINITIALIZED;
use crate::round::Round;
use crate::template::brings_pod_network;

/// How many nodes are labelled at most.
const MOST_NODES: usize = 16;

/// What was probably meant where nodes are left out; of the template, where that are all of them.
pub(super) fn meant(
    round: &Round<'_>,
    cluster: &Cluster<'_>,
    groups: &[LeftOut],
    are_all: bool,
) -> Vec<Fix> {
    let labels = |group| labels_that_were_meant(round, cluster, group);
    let mut fixes: Vec<Fix> = groups.iter().filter_map(labels).collect();
    if are_all {
        let of_template = |group| template_that_was_meant(round, cluster, group);
        let values = values_that_were_meant(round, cluster);
        fixes.extend(values.or_else(|| groups.iter().find_map(of_template)));
        let tolerated = |group: &LeftOut| network_tolerated(round, &group.nodes);
        fixes.extend(groups.iter().find_map(tolerated));
    }
    fixes
}

/// The template as it was probably meant, where no node runs the daemon and one misses it by little: an edit that was
/// tried.
fn template_that_was_meant(
    round: &Round<'_>,
    cluster: &Cluster<'_>,
    group: &LeftOut,
) -> Option<Fix> {
    group.near.as_ref()?;
    if meant_by_label(round, group).is_some() {
        return None;
    }
    let fixes = node_fixes(round, cluster, group.nodes.first()?);
    let meant = fixes.into_iter().find(|fix| {
        let is_selector = |edit: &Edit| {
            matches!(
                edit,
                Edit::SetNodeSelector { .. }
                    | Edit::AddAffinityValue { .. }
                    | Edit::RenameNodeSelector { .. }
                    | Edit::RenameAffinityKey { .. }
            )
        };
        // Nodes of a role are mostly tainted, too.
        let is_toleration = |edit: &Edit| matches!(edit, Edit::AddToleration { .. });
        let is_slip = |edit: &Edit| is_selector(edit) || is_near_toleration(edit, round);
        fix.edits.iter().any(is_slip)
            && fix
                .edits
                .iter()
                .all(|it| is_selector(it) || is_toleration(it))
    })?;
    Some(of_group(meant, group, round))
}

/// Whether the template has a toleration of the key already, of another value or effect.
fn is_near_toleration(edit: &Edit, round: &Round<'_>) -> bool {
    let Edit::AddToleration { toleration } = edit else {
        return false;
    };
    let written = &round.daemon_set().spec.template.spec().tolerations;
    written.iter().any(|it| it.key == toleration.key)
}

/// A fix of one node, told of all nodes of its group that run the daemon then: those are meant, too.
fn of_group(mut fix: Fix, group: &LeftOut, round: &Round<'_>) -> Fix {
    let Some(Effect::NodeRuns { node }) = &fix.effect else {
        return fix;
    };
    let mut meant = vec![node.clone()];
    for caution in &mut fix.cautions {
        if let Caution::AlsoRunsOn { nodes } = caution {
            let (same, others) = std::mem::take(nodes)
                .into_iter()
                .partition(|node| group.nodes.contains(node));
            *nodes = others;
            meant.extend::<Vec<String>>(same);
        }
    }
    fix.cautions
        .retain(|caution| !matches!(caution, Caution::AlsoRunsOn { nodes } if nodes.is_empty()));
    meant.sort_unstable();
    fix.effect = Some(runs_on(meant, round));
    fix
}

/// What comes of it that these nodes run the daemon: new pods where none is there yet, or is still there.
fn runs_on(mut nodes: Vec<String>, round: &Round<'_>) -> Effect {
    let first = nodes.first().cloned().unwrap_or_default();
    nodes.retain(|name| {
        let seen = round.view.node(name);
        seen.is_none_or(|seen| seen.pods.is_empty())
    });
    if nodes.is_empty() {
        Effect::NodeRuns { node: first }
    } else {
        Effect::NewPods { nodes }
    }
}

/// How many values of one requirement are looked at.
const MOST_VALUES: usize = 64;

/// The values of the template's `nodeSelector` and affinity as they were probably meant, where no node runs the daemon,
/// each as the nodes have it that it is nearest to; where some run it then.
fn values_that_were_meant(round: &Round<'_>, cluster: &Cluster<'_>) -> Option<Fix> {
    if has_unseen(round) {
        return None;
    }
    let rules = round.planner.rules();
    let entries = rules.node_selector().iter().take(MOST_VALUES);
    let entries = entries.filter_map(|(key, value)| {
        let meant = meant_value(value, key, cluster)?.to_owned();
        let key = key.to_owned();
        Some(Edit::SetNodeSelector { key, value: meant })
    });
    let terms = rules
        .affinity()
        .into_iter()
        .flat_map(RequiredNodeAffinity::terms);
    let requirements =
        terms.flat_map(|term| (0..).zip(&term.requirements).map(move |it| (term, it)));
    let edits = requirements.filter_map(|(term, (at, requirement))| {
        let TermRequirement::Label(on) = requirement else {
            return None;
        };
        let written = on.values().iter().filter(|_| on.operator() == "In");
        let slips = written.take(MOST_VALUES).filter_map(|value| {
            let meant = meant_value(value, on.key(), cluster)?;
            Some((value.clone(), meant.to_owned()))
        });
        let values: BTreeMap<String, String> = slips.collect();
        (!values.is_empty()).then(|| Edit::ReplaceAffinityValues {
            term: term.index,
            requirement: at,
            key: on.key().to_owned(),
            values,
        })
    });
    let edits = entries.chain(edits).take(MOST_NODES);
    let mut steps: Vec<Step> = edits.map(Step::Edit).collect();
    if steps.is_empty() {
        return None;
    }
    let set = round.daemon_set();
    let rules_after = |steps: &[Step]| {
        let after = edited_set(set, &[], steps).ok()?;
        let comparison = rules.comparison_operators();
        Some(Rules::new(&after.spec.template).with_comparison_operators(comparison))
    };
    let nodes_of = |after: &Rules| -> Vec<String> {
        let nodes = cluster.nodes().iter();
        let nodes = nodes.filter(|node| after.verdict(**node).should_run());
        nodes.map(|node| node.metadata.name.clone()).collect()
    };
    let after = rules_after(&steps)?;
    let mut nodes = nodes_of(&after);
    if nodes.is_empty() {
        // Neither the values alone let it run anywhere, nor the tolerations.
        steps.extend(still_tainted(&after, cluster, set)?);
        nodes = nodes_of(&rules_after(&steps)?);
    }
    let looks = |_: &String| Vec::new();
    (!nodes.is_empty()).then(|| Fix::new(set, &[], steps, runs_on(nodes, round), Vec::new(), looks))
}

/// Labels by which clusters tell what their nodes are for, each as it likes: of workers, nothing in Kubernetes sets one.
const ROLE: &str = "node-role.kubernetes.io/";

/// Nodes with a role that the template selects and none has, or no such role in the template, where nothing is near to it: any
/// other label that no node has may be a way to switch the DaemonSet off.
pub(super) fn no_such_label(groups: &[LeftOut], round: &Round<'_>) -> Option<Fix> {
    let set = round.daemon_set();
    if groups.iter().any(|group| group.near.is_some()) {
        return None;
    }
    let mut selector = set.spec.template.spec().node_selector.iter();
    let is_role = |key: &str| key.starts_with(ROLE);
    let (key, value) = selector.find(|(key, _)| is_role(key) && !has_key(round.cluster, key))?;
    let commands = vec![
        format!(
            "kubectl label node NODE {}",
            word(&format!("{key}={value}"))
        ),
        patch_pods(set, &json!({"nodeSelector": {key: null}})),
    ];
    let (key, value) = (key.to_owned(), value.to_owned());
    let repair = Repair::Placement(PlacementRepair::NoSuchLabel { key, value });
    Some(Fix::outside(repair, commands))
}

/// Tolerations for the taints of the first node that nothing else keeps the daemon from, where they do any good.
fn still_tainted(rules: &Rules, cluster: &Cluster<'_>, set: &DaemonSet) -> Option<Vec<Step>> {
    cluster.nodes().iter().find_map(|node| {
        let Placement { obstacles, .. } = rules.place(*node);
        let tolerations = obstacles.iter().map(|obstacle| match obstacle {
            Obstacle::Taint { taint }
                if is_tolerable(taint, set, false) && TaintOwner::of(&taint.key).is_none() =>
            {
                Some(Step::Edit(toleration(taint)))
            }
            _ => None,
        });
        tolerations.collect()
    })
}

/// A toleration for the taint of nodes without a pod network, where the DaemonSet seems to be what sets it up.
pub(super) fn network_tolerated(round: &Round<'_>, nodes: &[String]) -> Option<Fix> {
    let set = round.daemon_set();
    let node = round.cluster.node(nodes.first()?)?;
    let Placement { obstacles, .. } = round.planner.place(node);
    let taints = obstacles.iter().map(|obstacle| match obstacle {
        Obstacle::Taint { taint } => {
            (comes_without_network(&taint.key) || taint.key == UNINITIALIZED).then_some(taint)
        }
        _ => None,
    });
    let taints: Vec<&Taint> = taints.collect::<Option<_>>()?;
    let first = taints.first().filter(|_| brings_pod_network(set))?;
    let said = round.evidence?.node(&node.metadata.name)?;
    let says = ["Ready", "NetworkUnavailable"]
        .iter()
        .filter_map(|it| said.message(it));
    if !says.into_iter().any(is_of_network) {
        return None;
    }
    let command = tolerating(set, &taints);
    let repair = Repair::Placement(PlacementRepair::NetworkTaint {
        taint: first.key.clone(),
        nodes: nodes.to_vec(),
    });
    Some(Fix::outside(repair, vec![command]))
}

/// The command that lets a set tolerate these taints too.
pub(super) fn tolerating(set: &DaemonSet, taints: &[&Taint]) -> String {
    // At the end of the list, or as the list.
    let added = taints
        .iter()
        .map(|taint| json!({"key": taint.key, "operator": "Exists", "effect": taint.effect}));
    let ops: Vec<Value> = if set.spec.template.spec().tolerations.is_empty() {
        let all: Vec<Value> = added.collect();
        vec![json!({"op": "add", "path": "/spec/template/spec/tolerations", "value": all})]
    } else {
        added
            .map(
                |it| json!({"op": "add", "path": "/spec/template/spec/tolerations/-", "value": it}),
            )
            .collect()
    };
    format!(
        "kubectl patch {} --type=json -p {}",
        target(set),
        word(&Value::from(ops).to_string())
    )
}

/// The labels that nodes were probably meant to have, as others have them. Each by itself makes its
/// node run the daemon.
fn labels_that_were_meant(
    round: &Round<'_>,
    cluster: &Cluster<'_>,
    group: &LeftOut,
) -> Option<Fix> {
    let meant = meant_by_label(round, group)?;
    let steps = group.nodes.iter().take(MOST_NODES).filter_map(|node| {
        let edit = Edit::SetNodeLabel {
            node: node.clone(),
            key: meant.key.clone(),
            value: meant.value.clone(),
        };
        let fixes = node_fixes(round, cluster, node);
        let is_proven = fixes.iter().any(|fix| fix.edits == [edit.clone()]);
        is_proven.then_some((node.clone(), Step::Edit(edit)))
    });
    let (nodes, steps): (Vec<String>, Vec<Step>) = steps.unzip();
    let effect = Effect::NewPods { nodes };
    let set = round.daemon_set();
    let cautions = vec![Caution::OnlyIfSlip];
    // No step of these repairs a node.
    let looks = |_: &String| Vec::new();
    (!steps.is_empty()).then(|| Fix::new(set, &[], steps, effect, cautions, looks))
}
