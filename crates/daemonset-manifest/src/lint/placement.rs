//! Which nodes the set runs on.

use std::collections::BTreeSet;

use super::template::{list_in, pod_spec};
use super::{Cluster, Findings, POD_SPEC, REQUIRED_TERMS, Rule, some};
use crate::api::{DaemonSet, Node, NodeSelector, NodeSelectorTerm};
use crate::placement::RequiredNodeAffinity;
use crate::requirement::Requirement;

pub(super) fn check(set: &DaemonSet, cluster: Option<&Cluster<'_>>, found: &mut Findings) {
    let spec = set.spec.template.spec();
    if !spec.node_name.is_empty() {
        let message = format!(
            "the set runs on no node but {}, whatever else it says; use nodeSelector or affinity",
            spec.node_name
        );
        found.add(
            Rule::NodeNameInTemplate,
            format!("{POD_SPEC}.nodeName"),
            message,
        );
    }
    preferred(set, found);
    let Some(cluster) = cluster else {
        return;
    };
    node_selector(set, cluster, found);
    if let Some(required) = spec
        .affinity
        .as_ref()
        .and_then(|affinity| affinity.required())
    {
        node_affinity(required, cluster, found);
    }
    whole(cluster, found);
}

/// Daemon pods are made for one node each, so that there is nothing to prefer.
fn preferred(set: &DaemonSet, found: &mut Findings) {
    let affinity = pod_spec(&set.spec.template)
        .and_then(|spec| spec.get("affinity")?.get("nodeAffinity")?.as_object());
    let field = "preferredDuringSchedulingIgnoredDuringExecution";
    if !list_in(affinity, field).is_empty() {
        found.add(
            Rule::PreferredAffinityIgnored,
            format!("{POD_SPEC}.affinity.nodeAffinity.{field}"),
            "decides nothing for a DaemonSet: every pod is made for one node; \
             what must hold is required",
        );
    }
}

fn node_selector(set: &DaemonSet, cluster: &Cluster<'_>, found: &mut Findings) {
    for (key, wanted) in set.spec.template.spec().node_selector.iter() {
        let values = values_of(key, cluster.nodes);
        if !values.contains(wanted) {
            let message = format!(
                "no node has {key}={wanted}; {}",
                what_there_is(key, &values)
            );
            let field = format!("{POD_SPEC}.nodeSelector[{key}]");
            found.add(Rule::NodeSelectorMatchesNoNode, field, message);
        }
    }
}

/// The values that a label has on the nodes.
fn values_of<'a>(key: &str, nodes: &'a [Node]) -> BTreeSet<&'a str> {
    let values = nodes
        .iter()
        .filter_map(|node| node.metadata.labels.get(key));
    values.collect()
}

fn what_there_is(key: &str, values: &BTreeSet<&str>) -> String {
    if values.is_empty() {
        return "none has the label at all".to_owned();
    }
    let values: Vec<_> = values.iter().map(|value| format!("{value:?}")).collect();
    format!("the values of {key} are {}", some(&values))
}

fn node_affinity(required: &NodeSelector, cluster: &Cluster<'_>, found: &mut Findings) {
    let matches = |term: &NodeSelectorTerm| {
        let alone = RequiredNodeAffinity::new(&NodeSelector {
            node_selector_terms: vec![term.clone()],
        });
        cluster.nodes.iter().any(|node| alone.matches(node))
    };
    let terms = &required.node_selector_terms;
    let matching: Vec<bool> = terms.iter().map(matches).collect();
    let any = matching.contains(&true);
    for (i, term) in terms.iter().enumerate() {
        // Terms that require nothing are skipped by Kubernetes.
        if term.match_expressions.is_empty() && term.match_fields.is_empty() {
            continue;
        }
        let path = format!("{REQUIRED_TERMS}[{i}]");
        if matching[i] {
            unused_values(term, &path, cluster, found);
            continue;
        }
        let why = why_not(term, cluster);
        if any {
            let message = format!("{why}; the other terms decide");
            found.add(Rule::AffinityTermMatchesNoNode, path, message);
        } else {
            found.add(Rule::AffinityMatchesNoNode, path, why);
        }
    }
}

/// Why a term matches no node: the first requirement that alone does not, or all of them together.
fn why_not(term: &NodeSelectorTerm, cluster: &Cluster<'_>) -> String {
    for written in &term.match_expressions {
        let Ok(requirement) = Requirement::new(&written.key, &written.operator, &written.values)
        else {
            return format!("the requirement on {} is malformed", written.key);
        };
        let holds = |node: &Node| requirement.holds_for(node.metadata.labels.get(&written.key));
        if !cluster.nodes.iter().any(holds) {
            let values = values_of(&written.key, cluster.nodes);
            let there_is = what_there_is(&written.key, &values);
            return format!("no node satisfies {requirement}; {there_is}");
        }
    }
    "no node satisfies all of its requirements together".to_owned()
}

/// Values of `In` that no node has, beside others that some have. Kubernetes's own labels for
/// what an image is built for are passed over: listing more than there is today is as it should be.
fn unused_values(term: &NodeSelectorTerm, path: &str, cluster: &Cluster<'_>, found: &mut Findings) {
    let lists = [
        ("matchExpressions", &term.match_expressions),
        ("matchFields", &term.match_fields),
    ];
    for (list, written) in lists {
        for (j, requirement) in written.iter().enumerate() {
            let key = requirement.key.as_str();
            if requirement.operator != "In"
                || matches!(key, "kubernetes.io/os" | "kubernetes.io/arch")
            {
                continue;
            }
            let values = if list == "matchFields" {
                (cluster.nodes.iter())
                    .map(|node| node.metadata.name.as_str())
                    .collect()
            } else {
                values_of(key, cluster.nodes)
            };
            for (k, value) in requirement.values.iter().enumerate() {
                if !values.contains(value.as_str()) {
                    let message = format!("no node has {key}={value}");
                    let field = format!("{path}.{list}[{j}].values[{k}]");
                    found.add(Rule::AffinityValueOnNoNode, field, message);
                }
            }
        }
    }
}

/// What all checks come to together.
fn whole(cluster: &Cluster<'_>, found: &mut Findings) {
    let is_explained = [
        Rule::NodeSelectorMatchesNoNode,
        Rule::AffinityMatchesNoNode,
        Rule::NodeNameInTemplate,
    ];
    if cluster.run.is_empty() {
        if !is_explained.iter().any(|rule| found.has(*rule)) {
            let first = cluster.nodes.iter().min_by_key(|node| &node.metadata.name);
            let why = first.map(|node| {
                let obstacles = cluster.rules.place(node).obstacles;
                let obstacles: Vec<_> = obstacles.iter().map(ToString::to_string).collect();
                format!("; on {}: {}", node.metadata.name, some(&obstacles))
            });
            let message = format!(
                "none of the {} nodes should run the daemon{}",
                cluster.nodes.len(),
                why.unwrap_or_default()
            );
            found.add(Rule::RunsNowhere, POD_SPEC, message);
        }
        return;
    }
    let key = "kubernetes.io/os";
    let systems: BTreeSet<_> = (cluster.run.iter())
        .filter_map(|node| node.metadata.labels.get(key))
        .collect();
    if systems.len() > 1 {
        let example = |system: &&str| {
            let of_it =
                (cluster.run.iter()).filter(|it| it.metadata.labels.get(key) == Some(system));
            let name = of_it.map(|node| node.metadata.name.as_str()).min();
            format!("{system} ({})", name.unwrap_or_default())
        };
        let systems: Vec<_> = systems.iter().map(example).collect();
        let message = format!(
            "the set runs on nodes of several operating systems, {}; few images do: select one by \
             {key}",
            some(&systems)
        );
        found.add(Rule::SeveralOperatingSystems, POD_SPEC, message);
    }
}
