//! The nearest miss: what was probably meant where a node is left out.

use std::collections::BTreeSet;
use std::fmt;

use daemonset::Cluster;
use daemonset::api::{Node, Taint, Toleration};
use daemonset::matching::{Requirement, TermRequirement};
use daemonset::placement::{Obstacle, Rules};
use daemonset::view::NodeView;

use crate::owner::LabelOwner;
use crate::words::{agree, count};

/// Labels and taints that were renamed: the old name and the new one.
///
/// Source: [Well-Known Labels](https://kubernetes.io/docs/reference/labels-annotations-taints/).
const RENAMED: [(&str, &str); 7] = [
    (
        "node-role.kubernetes.io/master",
        "node-role.kubernetes.io/control-plane",
    ),
    ("beta.kubernetes.io/os", "kubernetes.io/os"),
    ("beta.kubernetes.io/arch", "kubernetes.io/arch"),
    (
        "beta.kubernetes.io/instance-type",
        "node.kubernetes.io/instance-type",
    ),
    (
        "failure-domain.beta.kubernetes.io/zone",
        "topology.kubernetes.io/zone",
    ),
    (
        "failure-domain.beta.kubernetes.io/region",
        "topology.kubernetes.io/region",
    ),
    (
        "node.alpha.kubernetes.io/notReady",
        "node.kubernetes.io/not-ready",
    ),
];

/// No name of Kubernetes is longer: the key of a label, with its prefix.
const LONGEST: usize = 317;

/// Of so many obstacles of a node it is looked how they are missed by little; so many tolerations, or
/// requirements of an affinity, are looked at for each. To compare all of thousands with all takes the square of their
/// number.
pub(crate) const MOST_OBSTACLES: usize = 64;
const MOST_COMPARED: usize = 256;

/// So many nodes are asked which values a label has: it is asked for each kind of node that is left out.
const MOST_ASKED: usize = 256;

/// Whether two words are so near that one may be a slip for the other.
pub(crate) fn is_near(a: &str, b: &str) -> bool {
    // Comparing letter by letter takes time by the product of both lengths.
    if a.len().max(b.len()) > LONGEST {
        return false;
    }
    let (in_a, in_b) = (a.chars().count(), b.chars().count());
    let longest = in_a.max(in_b);
    let most = (longest / 4).max(1);
    // That many letters must be added or dropped at least.
    if a == b || longest < 3 || in_a.abs_diff(in_b) > most || is_next_to(a, b) {
        return false;
    }
    strsim::osa_distance(a, b) <= most
}

/// Whether two words are names out of one series, such as `zone-a` and `zone-b` or `v1` and `v2`.
fn is_next_to(a: &str, b: &str) -> bool {
    let is_last = |at: usize| at + 1 == a.chars().count();
    let mut pairs = a.chars().zip(b.chars()).enumerate();
    a.chars().count() == b.chars().count()
        && pairs.all(|(at, (one, other))| {
            let are_digits = one.is_ascii_digit() && other.is_ascii_digit();
            one == other
                || are_digits
                || is_last(at) && one.is_ascii_lowercase() && other.is_ascii_lowercase()
        })
}

/// Whether one is the old name of the other.
fn is_renamed(a: &str, b: &str) -> bool {
    RENAMED
        .iter()
        .any(|(old, new)| (a, b) == (old, new) || (b, a) == (old, new))
}

/// Whether [`miss`] is the same for every node with the obstacle.
pub(crate) fn is_missed_alike(obstacle: &Obstacle) -> bool {
    matches!(obstacle, Obstacle::Taint { .. })
}

/// How a node misses what an obstacle wants by little, as a clause; `None` where it is not near.
pub(crate) fn miss(
    obstacle: &Obstacle,
    rules: &Rules,
    tolerations: &[Toleration],
    node: &Node,
    cluster: &Cluster<'_>,
) -> Option<String> {
    match obstacle {
        Obstacle::NodeSelector { key, wanted, found } => match found {
            Some(found)
                if is_nearest(found, wanted, key, cluster)
                    || wanted.is_empty()
                    || found.is_empty() =>
            {
                Some(format!("{key}={found:?} may be meant"))
            }
            Some(_) => None,
            None => near_label(node, key).map(|(near, value)| format!("it has {near}={value}")),
        },
        Obstacle::NodeAffinity { .. } => {
            let terms = rules.affinity()?.terms();
            let requirements = terms.iter().flat_map(|term| &term.requirements);
            requirements
                .filter(|requirement| !requirement.holds_for(node))
                .take(MOST_COMPARED)
                .find_map(|requirement| missed(requirement, node, cluster))
        }
        Obstacle::Taint { taint } => {
            let tolerations = tolerations.iter().take(MOST_COMPARED);
            let misses = tolerations.filter_map(|it| tolerates_nearly(it, taint));
            misses.min_by_key(|(rank, _)| *rank).map(|(_, text)| text)
        }
        Obstacle::NodeName { wanted } => missed_name(wanted, node, cluster),
        _ => None,
    }
}

/// Who sets the label that a node lacks, as a clause.
pub(crate) fn set_by(obstacle: &Obstacle) -> Option<String> {
    match obstacle {
        Obstacle::NodeSelector {
            key, found: None, ..
        } => LabelOwner::of(key).map(LabelOwner::hint),
        _ => None,
    }
}

/// Whether a node has a label of this key, whatever its value.
pub(crate) fn has_key(cluster: &Cluster<'_>, key: &str) -> bool {
    let mut nodes = cluster.nodes().iter().take(MOST_ASKED);
    nodes.any(|node| node.label(key).is_some())
}

/// A label that a node was probably meant to have: its own is a slip for it, and others have it.
pub(crate) struct MeantLabel {
    pub key: String,
    pub value: String,
    /// What the node has instead.
    found: String,
    /// How many nodes have it.
    others: usize,
}

impl fmt::Display for MeantLabel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            key, value, found, ..
        } = self;
        write!(
            f,
            "{} {} {key}={value}, so that {found} may be a slip in the node's label",
            count(self.others, "other node"),
            agree(self.others, "has", "have"),
        )
    }
}

/// The label that the node was probably meant to have, where others have what is wanted.
pub(crate) fn meant_label(
    obstacle: &Obstacle,
    rules: &Rules,
    node: &Node,
    cluster: &Cluster<'_>,
) -> Option<MeantLabel> {
    let meant = |key: &str, value: &str| {
        let found = match node.label(key) {
            Some(found) => Some(found)
                .filter(|found| is_slip(found, value))?
                .to_owned(),
            None => near_label(node, key)
                .filter(|(_, it)| *it == value)
                .map(|(near, value)| format!("{near}={value}"))?,
        };
        let nodes = cluster.nodes().iter();
        let others = nodes.filter(|node| node.label(key) == Some(value)).count();
        (others > 0).then(|| MeantLabel {
            key: key.to_owned(),
            value: value.to_owned(),
            found,
            others,
        })
    };
    match obstacle {
        Obstacle::NodeSelector { key, wanted, .. } => meant(key, wanted),
        Obstacle::NodeAffinity { .. } => {
            let terms = rules.affinity()?.terms();
            let requirements = terms.iter().flat_map(|term| &term.requirements);
            let listed = requirements.filter_map(|requirement| match requirement {
                TermRequirement::Label(it) if it.operator() == "In" => Some(it),
                _ => None,
            });
            let values = listed.flat_map(|it| it.values().iter().map(|value| (it.key(), value)));
            let mut values = values.take(MOST_COMPARED);
            values.find_map(|(key, value)| meant(key, value))
        }
        _ => None,
    }
}

fn missed(requirement: &TermRequirement, node: &Node, cluster: &Cluster<'_>) -> Option<String> {
    match requirement {
        TermRequirement::Label(requirement) => missed_label(requirement, node, cluster),
        TermRequirement::Field { value, .. } => missed_name(value, node, cluster),
        TermRequirement::Malformed { .. } => None,
    }
}

/// That no node has the name that is wanted, and whether this node's is near to it.
fn missed_name(wanted: &str, node: &Node, cluster: &Cluster<'_>) -> Option<String> {
    if cluster.node(wanted).is_some() {
        return None;
    }
    let slip = if is_slip(wanted, node.name()) {
        ", which may be a slip"
    } else {
        ""
    };
    Some(format!("no node is named {wanted}{slip}"))
}

/// Whether two words are near, are the same but for upper and lower case, or mean the same kind of machine.
fn is_slip(a: &str, b: &str) -> bool {
    is_near(a, b) || a != b && is_same_word(a, b)
}

/// Other names of the architectures that labels of nodes tell: first the label's, as Go names them.
const ARCHITECTURES: [(&str, &[&str]); 4] = [
    ("arm64", &["aarch64", "armv8"]),
    ("amd64", &["x86_64", "x86-64", "x64"]),
    ("386", &["i386", "i686", "x86"]),
    ("ppc64le", &["powerpc64le"]),
];

/// Whether two words differ in upper and lower case alone, or are names of the same kind of machine.
pub(crate) fn is_same_word(a: &str, b: &str) -> bool {
    let is_other = |name: &str, other: &str| {
        ARCHITECTURES
            .iter()
            .any(|(label, others)| *label == name && others.contains(&other))
    };
    a.eq_ignore_ascii_case(b) || is_other(a, b) || is_other(b, a)
}

/// How far two words are from each other that may be slips for one another.
fn distance(a: &str, b: &str) -> usize {
    if is_same_word(a, b) {
        0
    } else {
        strsim::osa_distance(a, b)
    }
}

/// Whether one value of a label may be a slip for the other, which is not as near to what another node has, nor
/// is what one has.
fn is_nearest(found: &str, wanted: &str, key: &str, cluster: &Cluster<'_>) -> bool {
    if !is_slip(found, wanted) {
        return false;
    }
    match meant_values(wanted, key, cluster).as_slice() {
        // Some node has it.
        [] => true,
        nearest => nearest.contains(&found),
    }
}

/// The values of a label on nodes that this one may be a slip for, the nearest alone; none where a node has it.
fn meant_values<'c>(wanted: &str, key: &str, cluster: &'c Cluster<'_>) -> Vec<&'c str> {
    let nodes = cluster.nodes().iter().take(MOST_ASKED);
    let values: BTreeSet<&str> = nodes.filter_map(|node| node.label(key)).collect();
    if values.contains(wanted) {
        return Vec::new();
    }
    let slips = values.into_iter().filter(|value| is_slip(value, wanted));
    let slips: Vec<(usize, &str)> = slips.map(|it| (distance(it, wanted), it)).collect();
    let least = slips.iter().map(|(far, _)| *far).min();
    let nearest = slips.into_iter().filter(|(far, _)| Some(*far) == least);
    nearest.map(|(_, value)| value).collect()
}

/// The one value of a label on nodes that this one is probably a slip for, where none has it.
pub(crate) fn meant_value<'c>(
    wanted: &str,
    key: &str,
    cluster: &'c Cluster<'_>,
) -> Option<&'c str> {
    match meant_values(wanted, key, cluster).as_slice() {
        [one] => Some(one),
        _ => None,
    }
}

fn missed_label(requirement: &Requirement, node: &Node, cluster: &Cluster<'_>) -> Option<String> {
    let key = requirement.key();
    let Some(found) = node.label(key) else {
        return near_label(node, key)
            .map(|(near, value)| format!("it has {near}={value}, and no {key}"));
    };
    match requirement.operator() {
        "In" => {
            let values = requirement.values().iter().take(MOST_COMPARED);
            let slips = values.filter(|value| is_nearest(found, value, key, cluster));
            let wanted = slips.min_by_key(|value| distance(value, found))?;
            Some(format!("{found:?} may be meant by {wanted:?}"))
        }
        "Gt" | "Lt" if found.parse::<i64>().is_err() => {
            Some(format!("{key} is {found:?} there, which is no integer"))
        }
        _ => None,
    }
}

/// A label of the node whose key is near to this one, or is the same but for the prefix, and its value.
pub(crate) fn near_label<'n>(node: &'n Node, key: &str) -> Option<(&'n str, &'n str)> {
    let name = key.rsplit('/').next();
    let of_name = || {
        let mut labels = node.metadata.labels.iter();
        labels.find(|(other, _)| other.rsplit('/').next() == name)
    };
    meant_key(node, key).or_else(of_name)
}

/// A label of the node whose key is a slip for this one, or its other name, and its value.
pub(crate) fn meant_key<'n>(node: &'n Node, key: &str) -> Option<(&'n str, &'n str)> {
    let mut labels = node.metadata.labels.iter();
    labels.find(|(other, _)| is_slip(other, key) || is_renamed(other, key))
}

/// Whether a toleration misses the taint by little.
pub(crate) fn is_nearly_tolerated(tolerations: &[Toleration], taint: &Taint) -> bool {
    tolerations
        .iter()
        .any(|it| tolerates_nearly(it, taint).is_some())
}

/// A toleration that misses the taint by little: how little, and what differs.
fn tolerates_nearly(toleration: &Toleration, taint: &Taint) -> Option<(u8, String)> {
    let written = written(toleration);
    if toleration.key == taint.key {
        let of_effect = !toleration.effect.is_empty() && toleration.effect != taint.effect;
        let of_value = toleration.operator != "Exists" && toleration.value != taint.value;
        return match (of_effect, of_value) {
            (false, true) => Some((
                0,
                format!(
                    "the template tolerates {written}: its value is {:?}, the taint's is {:?}",
                    toleration.value, taint.value
                ),
            )),
            (true, false) => Some((
                0,
                format!(
                    "the template tolerates {written}: its effect is {}, the taint's is {}",
                    toleration.effect, taint.effect
                ),
            )),
            (true, true) => Some((
                1,
                format!("the template tolerates {written}: another value and another effect"),
            )),
            (false, false) => None,
        };
    }
    let is_other_name = is_renamed(&toleration.key, &taint.key);
    if is_other_name || is_slip(&toleration.key, &taint.key) {
        let rank = if is_other_name { 2 } else { 3 };
        return Some((
            rank,
            format!("the template tolerates {written}, another key"),
        ));
    }
    None
}

/// A toleration as kubectl writes taints: `key=value:Effect`.
fn written(toleration: &Toleration) -> String {
    let value = match toleration.value.as_str() {
        "" => String::new(),
        value => format!("={value}"),
    };
    let effect = match toleration.effect.as_str() {
        "" => String::new(),
        effect => format!(":{effect}"),
    };
    format!("{}{value}{effect}", toleration.key)
}
