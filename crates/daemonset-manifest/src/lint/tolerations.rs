//! Tolerations that do nothing, or something else than they look like.

use super::{Cluster, Findings, POD_SPEC, Rule, names};
use crate::api::{DaemonSet, Taint, Toleration};
use crate::placement::{ComparisonOperators, daemon_tolerations, tolerates};

pub(super) fn check(set: &DaemonSet, cluster: Option<&Cluster<'_>>, found: &mut Findings) {
    let tolerations = &set.spec.template.spec().tolerations;
    for (i, toleration) in tolerations.iter().enumerate() {
        let path = format!("{POD_SPEC}.tolerations[{i}]");
        if toleration.toleration_seconds.is_some() {
            seconds(set, i, toleration, &path, found);
        }
        if let Some(cluster) = cluster {
            taints(toleration, &path, cluster, found);
        }
    }
}

/// A toleration of one key that tolerates no taint of any node. Taints that come and go by
/// themselves, or that every set may expect, are passed over.
fn taints(toleration: &Toleration, path: &str, cluster: &Cluster<'_>, found: &mut Findings) {
    let key = toleration.key.as_str();
    if key.is_empty() || names::is_expected_taint(key) || names::retired(key).is_some() {
        return;
    }
    let all = || cluster.nodes.iter().flat_map(|node| &node.spec.taints);
    if all().any(|taint| tolerates(toleration, taint, ComparisonOperators::Off)) {
        return;
    }
    let of_key: Vec<&Taint> = all().filter(|taint| taint.key == key).collect();
    let missed = of_key
        .iter()
        .filter(|taint| !cluster.rules.tolerates(taint));
    let missed: Option<String> = missed.map(ToString::to_string).min();
    if let Some(taint) = missed {
        let message = format!(
            "does not tolerate {taint}, which a node has: {}",
            miss(toleration)
        );
        found.add(Rule::TolerationMissesTaint, path, message);
    } else if of_key.is_empty() {
        let message = format!("tolerates nothing here: no node has a taint {key}");
        found.add(Rule::TolerationMatchesNoTaint, path, message);
    }
}

/// What a toleration asks of a taint beside its key.
fn miss(toleration: &Toleration) -> String {
    let effect = match toleration.effect.as_str() {
        "" => String::new(),
        effect => format!(" with effect {effect}"),
    };
    match toleration.operator.as_str() {
        "" | "Equal" => format!("it wants the value {:?}{effect}", toleration.value),
        "Exists" => format!("it wants any value{effect}"),
        other => format!("its operator {other} tolerates nothing{effect}"),
    }
}

/// Of the tolerations of a pod, the first that tolerates a taint says for how long.
fn seconds(
    set: &DaemonSet,
    index: usize,
    toleration: &Toleration,
    path: &str,
    found: &mut Findings,
) {
    let field = format!("{path}.tolerationSeconds");
    let spec = set.spec.template.spec();
    let all = daemon_tolerations(&spec.tolerations, spec.host_network);
    let never = Rule::TolerationSecondsNeverActs;
    let Some(place) = all.iter().position(|it| it.template_index == Some(index)) else {
        let message = "the controller puts its own toleration in the place of this one, which \
                       has no limit";
        found.add(never, field, message);
        return;
    };
    if toleration.effect != "NoExecute" {
        found.add(
            never,
            field,
            "only the effect NoExecute evicts after a time",
        );
        return;
    }
    let earlier = all[..place]
        .iter()
        .find(|it| covers(&it.toleration, toleration));
    if let Some(earlier) = earlier {
        let message = match earlier.template_index {
            Some(first) => {
                format!("tolerations[{first}] comes first and tolerates the same taints")
            }
            None => "a toleration that the controller adds comes first and tolerates the same \
                     taints"
                .to_owned(),
        };
        found.add(never, field, message);
        return;
    }
    let message = format!(
        "a pod is evicted after {} s and made again at once, over and over while the taint is there; \
         leave it out, or the toleration",
        toleration.toleration_seconds.unwrap_or_default().max(0)
    );
    found.add(Rule::TolerationSecondsRepeats, field, message);
}

/// Whether the first tolerates every taint that the second does.
fn covers(first: &Toleration, second: &Toleration) -> bool {
    let wider = |mine: &str, theirs: &str| mine.is_empty() || mine == theirs;
    let is_equal = |operator: &str| matches!(operator, "" | "Equal");
    wider(&first.key, &second.key)
        && wider(&first.effect, &second.effect)
        && (first.operator == "Exists"
            || is_equal(&first.operator)
                && is_equal(&second.operator)
                && first.value == second.value)
}
