//! Names, selectors, affinity and tolerations by the rules in their plainest form.

use daemonset::api::{
    LabelSelector, Labels, Node, NodeSelectorRequirement, NodeSelectorTerm, PodTemplate, Taint,
    Toleration,
};
use daemonset::placement::Verdict;

/// Whether this is a label's value: up to 63 letters, digits, `-`, `_` and `.`, the first and the
/// last of them a letter or a digit.
#[must_use]
pub fn is_label_value(text: &str) -> bool {
    let trimmed = text.trim_matches(['-', '_', '.']);
    let known = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    trimmed == text && text.len() < 64 && text.chars().all(known)
}

/// Whether this is a qualified name: a label's value that is not empty, and before it perhaps a DNS
/// subdomain and a slash.
#[must_use]
pub fn is_qualified_name(text: &str) -> bool {
    let (prefix, name) = text.rsplit_once('/').unwrap_or(("a", text));
    is_subdomain(prefix) && !name.is_empty() && is_label_value(name)
}

/// Whether this is a DNS subdomain: up to 253 small letters, digits, `-` and `.`, every part
/// between dots beginning and ending with a letter or a digit.
#[must_use]
pub fn is_subdomain(text: &str) -> bool {
    let known = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    let part = |part: &str| !part.is_empty() && part.trim_matches('-') == part;
    text.len() < 254 && text.split('.').all(|p| part(p) && p.chars().all(known))
}

/// Whether a requirement of labels is well-formed.
#[must_use]
pub fn is_well_formed(key: &str, operator: &str, values: &[String]) -> bool {
    let is_integer = |value: &String| value.parse::<i64>().is_ok();
    is_qualified_name(key)
        && values.iter().all(|value| is_label_value(value))
        && match operator {
            "In" | "NotIn" => !values.is_empty(),
            "Exists" | "DoesNotExist" => values.is_empty(),
            "Gt" | "Lt" => values.len() == 1 && values.iter().all(is_integer),
            _ => false,
        }
}

/// Whether a well-formed requirement holds for what is found, if anything.
#[must_use]
pub fn holds(operator: &str, values: &[String], found: Option<&str>) -> bool {
    let listed = found.is_some_and(|found| values.iter().any(|value| value == found));
    let numbers = || {
        let bound: i64 = values.first()?.parse().ok()?;
        Some((found?.parse::<i64>().ok()?, bound))
    };
    match operator {
        "In" => listed,
        "NotIn" => !listed,
        "Exists" => found.is_some(),
        "DoesNotExist" => found.is_none(),
        "Gt" => numbers().is_some_and(|(found, bound)| found > bound),
        "Lt" => numbers().is_some_and(|(found, bound)| found < bound),
        _ => false,
    }
}

/// Whether a label selector parses: everything in it is well-formed, and it compares no numbers.
#[must_use]
pub fn parses(selector: &LabelSelector) -> bool {
    let labels = selector.match_labels.iter();
    let mut labels = labels.map(|(key, value)| is_qualified_name(key) && is_label_value(value));
    let mut expressions = selector.match_expressions.iter().map(|e| {
        !matches!(e.operator.as_str(), "Gt" | "Lt")
            && is_well_formed(&e.key, &e.operator, &e.values)
    });
    labels.all(|fine| fine) && expressions.all(|fine| fine)
}

/// Whether a label selector that parses matches; none at all matches nothing.
#[must_use]
pub fn selects(selector: Option<&LabelSelector>, labels: &Labels) -> bool {
    let Some(selector) = selector else {
        return false;
    };
    let wanted = selector.match_labels.iter();
    let mut wanted = wanted.map(|(key, value)| labels.get(key) == Some(value));
    let expressions = selector.match_expressions.iter();
    let mut held = expressions.map(|e| holds(&e.operator, &e.values, labels.get(&e.key)));
    wanted.all(|held| held) && held.all(|held| held)
}

/// Whether a toleration matches a taint; `compares` says whether it may compare numbers.
#[must_use]
pub fn tolerates(toleration: &Toleration, taint: &Taint, compares: bool) -> bool {
    let integer = |text: &str| {
        let digits = text.strip_prefix('-').unwrap_or(text);
        let plain = digits == "0" && text == digits
            || !digits.starts_with('0') && digits.bytes().all(|digit| digit.is_ascii_digit());
        text.parse::<i64>().ok().filter(|_| plain)
    };
    let numbers = || Some((integer(&toleration.value)?, integer(&taint.value)?));
    ["", &taint.effect].contains(&toleration.effect.as_str())
        && ["", &taint.key].contains(&toleration.key.as_str())
        && match toleration.operator.as_str() {
            "" | "Equal" => toleration.value == taint.value,
            "Gt" if compares => numbers().is_some_and(|(mine, theirs)| theirs > mine),
            "Lt" if compares => numbers().is_some_and(|(mine, theirs)| theirs < mine),
            operator => operator == "Exists",
        }
}

/// The taints that every daemon pod tolerates: key, effect, and whether only on the host's network.
const ADDED: [(&str, &str, bool); 7] = [
    ("not-ready", "NoExecute", false),
    ("unreachable", "NoExecute", false),
    ("disk-pressure", "NoSchedule", false),
    ("memory-pressure", "NoSchedule", false),
    ("pid-pressure", "NoSchedule", false),
    ("unschedulable", "NoSchedule", false),
    ("network-unavailable", "NoSchedule", true),
];

/// The verdict on a node, by the rules as they are told.
#[must_use]
pub fn verdict(template: &PodTemplate, node: &Node, compares: bool) -> Verdict {
    let spec = template.spec();
    let name = node.metadata.name.as_str();
    let label = |key: &str| node.metadata.labels.get(key);
    let labelled = |r: &NodeSelectorRequirement| {
        is_well_formed(&r.key, &r.operator, &r.values)
            && holds(&r.operator, &r.values, label(&r.key))
    };
    let fielded = |r: &NodeSelectorRequirement| {
        let field = if r.key == "metadata.name" { name } else { "" };
        let simple = matches!(r.operator.as_str(), "In" | "NotIn") && r.values.len() == 1;
        simple && holds(&r.operator, &r.values, Some(field))
    };
    let matches = |term: &NodeSelectorTerm| {
        !(term.match_expressions.is_empty() && term.match_fields.is_empty())
            && term.match_expressions.iter().all(labelled)
            && term.match_fields.iter().all(fielded)
    };
    let required = (spec.affinity.as_ref())
        .and_then(|affinity| affinity.node_affinity.as_ref())
        .and_then(|affinity| {
            (affinity.required_during_scheduling_ignored_during_execution).as_ref()
        });
    let fits = (spec.node_name.is_empty() || spec.node_name == name)
        && (spec.node_selector.iter()).all(|(key, value)| label(key) == Some(value))
        && required.is_none_or(|required| required.node_selector_terms.iter().any(matches));
    let is_added = |taint: &Taint| {
        ADDED.iter().any(|(key, effect, on_host)| {
            taint.key.strip_prefix("node.kubernetes.io/") == Some(key)
                && taint.effect == *effect
                && (spec.host_network || !on_host)
        })
    };
    let stands = |effect: &str| {
        let mut taints = node
            .spec
            .taints
            .iter()
            .filter(|taint| taint.effect == effect);
        taints.any(|taint| {
            let mut tolerations = spec.tolerations.iter();
            !is_added(taint) && !tolerations.any(|mine| tolerates(mine, taint, compares))
        })
    };
    match (fits, stands("NoExecute"), stands("NoSchedule")) {
        (false, ..) | (_, true, _) => Verdict::Exclude,
        (_, _, true) => Verdict::KeepExisting,
        _ => Verdict::Run,
    }
}
