//! What is around a DaemonSet: the nodes and the other DaemonSets, ready to be asked.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use daemonset::Cluster;
use daemonset::api::{DaemonSet, Labels, Toleration};
use daemonset::matching::{ComparisonOperators, Selector, comparable, tolerates};
use daemonset::view::{NodeView, PodView, TaintView};

use super::template::{self, HostPort};
use crate::check::DEFAULT_NAMESPACE;

use crate::suggest::nearest;

/// How many other DaemonSets are looked at in one question at most.
const CANDIDATES: usize = 1000;

/// A node, by reference.
#[derive(Debug)]
pub(super) struct SeenNode<'a> {
    pub name: &'a str,
    /// Sorted by key.
    labels: Vec<(&'a str, &'a str)>,
    pub taints: Vec<TaintView<'a>>,
}

impl NodeView for SeenNode<'_> {
    fn name(&self) -> &str {
        self.name
    }

    fn labels(&self) -> impl Iterator<Item = (&str, &str)> {
        self.labels.iter().copied()
    }

    fn taints(&self) -> impl Iterator<Item = TaintView<'_>> {
        self.taints.iter().copied()
    }

    fn label(&self, key: &str) -> Option<&str> {
        let at = self.labels.binary_search_by(|(known, _)| (*known).cmp(key));
        at.ok().map(|at| self.labels[at].1)
    }
}

/// The taints of one key that nodes have.
#[derive(Debug, Default)]
pub(super) struct TaintsOfKey<'a> {
    /// All of them, each once, sorted.
    pub all: BTreeSet<TaintView<'a>>,
    /// By effect; under the empty one those of every effect.
    by_effect: HashMap<&'a str, TaintsOfEffect<'a>>,
}

/// Of the taints of one key and effect those that a toleration needs to be held against.
#[derive(Debug, Default)]
struct TaintsOfEffect<'a> {
    first: Option<TaintView<'a>>,
    by_value: HashMap<&'a str, TaintView<'a>>,
    /// By the number that `Gt` and `Lt` see in the value.
    by_number: BTreeMap<i64, TaintView<'a>>,
}

/// The nodes and DaemonSets of a cluster, looked at once.
#[derive(Debug)]
pub(super) struct Surroundings<'a> {
    /// Sorted by name.
    pub nodes: Vec<SeenNode<'a>>,
    values: HashMap<&'a str, BTreeSet<&'a str>>,
    names: BTreeSet<&'a str>,
    taints: HashMap<&'a str, TaintsOfKey<'a>>,
    /// Sorted by namespace and name.
    pub sets: Vec<OtherSet<'a>>,
    /// Those whose pods have a label, by namespace, key and value.
    by_label: HashMap<(&'a str, &'a str, &'a str), Vec<usize>>,
    /// Those whose selector wants a label to have a value, by one such label each.
    by_selector: HashMap<(&'a str, String, String), Vec<usize>>,
    /// Those whose selector wants no label to have one value, by namespace.
    any_selector: HashMap<&'a str, Vec<usize>>,
    by_namespace: HashMap<&'a str, Vec<usize>>,
    by_host_port: HashMap<(i64, String), Vec<usize>>,
}

/// A DaemonSet of the cluster.
#[derive(Debug)]
pub(super) struct OtherSet<'a> {
    pub set: &'a DaemonSet,
    pub selector: Option<Selector>,
}

/// Some of the DaemonSets that an answer is about.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct SomeSets<'s> {
    /// The first three by name.
    pub names: Vec<&'s str>,
    /// Whether there are more.
    pub more: bool,
}

impl std::fmt::Display for SomeSets<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let last = self.names.len().saturating_sub(1);
        for (at, name) in self.names.iter().enumerate() {
            let separator = match at {
                0 => "",
                _ if at == last && !self.more => " and ",
                _ => ", ",
            };
            write!(f, "{separator}{name}")?;
        }
        f.write_str(if self.more { " and others" } else { "" })
    }
}

impl<'a> TaintsOfKey<'a> {
    fn add(&mut self, taint: TaintView<'a>) {
        if !self.all.insert(taint) {
            return;
        }
        for effect in ["", taint.effect] {
            let of_effect = self.by_effect.entry(effect).or_default();
            of_effect.first.get_or_insert(taint);
            of_effect.by_value.entry(taint.value).or_insert(taint);
            if let Some(number) = comparable(taint.value) {
                of_effect.by_number.entry(number).or_insert(taint);
            }
        }
    }

    /// Whether a toleration tolerates one of them. Where it tolerates any, it tolerates the first,
    /// the one of its value, or the one with the least or the greatest number.
    pub fn any_tolerated_by(
        &self,
        toleration: &Toleration,
        comparison: ComparisonOperators,
    ) -> bool {
        let Some(of_effect) = self.by_effect.get(toleration.effect.as_str()) else {
            return false;
        };
        let of_value = of_effect.by_value.get(toleration.value.as_str());
        let numbers = &of_effect.by_number;
        let least = numbers.first_key_value().map(|(_, taint)| taint);
        let greatest = numbers.last_key_value().map(|(_, taint)| taint);
        [of_effect.first.as_ref(), of_value, least, greatest]
            .into_iter()
            .flatten()
            .any(|taint| tolerates(toleration, *taint, comparison))
    }
}

impl<'a> Surroundings<'a> {
    pub fn new<N: NodeView, P: PodView>(
        cluster: &Cluster<'a, N, P>,
        sets: impl IntoIterator<Item = &'a DaemonSet>,
    ) -> Self {
        let mut around = Self {
            nodes: Vec::new(),
            values: HashMap::new(),
            names: BTreeSet::new(),
            taints: HashMap::new(),
            sets: Vec::new(),
            by_label: HashMap::new(),
            by_selector: HashMap::new(),
            any_selector: HashMap::new(),
            by_namespace: HashMap::new(),
            by_host_port: HashMap::new(),
        };
        cluster
            .nodes()
            .iter()
            .for_each(|node| around.add_node(*node));
        around.nodes.sort_by_key(|node| node.name);
        let mut sets: Vec<&DaemonSet> = sets.into_iter().collect();
        sets.sort_by_key(|set| (namespace(set), set.metadata.name.as_str()));
        for set in sets {
            around.add_set(set);
        }
        around
    }

    fn add_node(&mut self, node: &'a impl NodeView) {
        let mut labels: Vec<_> = node.labels().collect();
        labels.sort_unstable();
        for (key, value) in &labels {
            self.values.entry(key).or_default().insert(value);
        }
        let taints: Vec<_> = node.taints().collect();
        for taint in &taints {
            self.taints.entry(taint.key).or_default().add(*taint);
        }
        self.names.insert(node.name());
        self.nodes.push(SeenNode {
            name: node.name(),
            labels,
            taints,
        });
    }

    fn add_set(&mut self, set: &'a DaemonSet) {
        let at = self.sets.len();
        let namespace = namespace(set);
        let selector = Selector::new(set.spec.selector.as_ref()).ok();
        for (key, value) in set.spec.template.labels() {
            let of_label = self.by_label.entry((namespace, key, value));
            of_label.or_default().push(at);
        }
        match selector.as_ref().map(anchors) {
            None => {}
            Some(anchors) => match anchors.into_iter().next() {
                Some((key, value)) => {
                    let anchor = (namespace, key.to_owned(), value.to_owned());
                    self.by_selector.entry(anchor).or_default().push(at);
                }
                None => self.any_selector.entry(namespace).or_default().push(at),
            },
        }
        for HostPort {
            number, protocol, ..
        } in template::host_ports(&set.spec.template)
        {
            let of_port = self.by_host_port.entry((number, protocol.to_owned()));
            of_port.or_default().push(at);
        }
        self.by_namespace.entry(namespace).or_default().push(at);
        self.sets.push(OtherSet { set, selector });
    }

    /// Whether there are nodes to hold anything against.
    pub fn has_nodes(&self) -> bool {
        !self.nodes.is_empty()
    }

    /// The values that a label has on the nodes.
    pub fn values_of(&self, key: &str) -> Option<&BTreeSet<&'a str>> {
        self.values.get(key)
    }

    /// Whether a node has the label with this value.
    pub fn has_value(&self, key: &str, value: &str) -> bool {
        self.values_of(key)
            .is_some_and(|values| values.contains(value))
    }

    /// Whether there is a node of this name.
    pub fn has_node(&self, name: &str) -> bool {
        self.names.contains(name)
    }

    /// The key of a taint that nodes have and that is missed by little.
    pub fn near_taint(&self, key: &str) -> Option<&'a str> {
        let mut keys: Vec<&'a str> = self.taints.keys().copied().collect();
        keys.sort_unstable();
        keys.truncate(CANDIDATES);
        nearest(key, keys).first().copied()
    }

    /// The taints of a key that nodes have.
    pub fn taints_of(&self, key: &str) -> Option<&TaintsOfKey<'a>> {
        self.taints.get(key)
    }

    /// Whether a node has a label or a taint of this key.
    pub fn knows(&self, key: &str) -> bool {
        self.values.contains_key(key) || self.taints.contains_key(key)
    }

    /// The other DaemonSets of a set's namespace whose pods a selector matches.
    pub fn selected_by(&self, set: &DaemonSet, selector: &Selector) -> SomeSets<'_> {
        let namespace = namespace(set);
        let postings = anchors(selector).into_iter().map(|(key, value)| {
            let posting = self.by_label.get(&(namespace, key, value));
            posting.map_or(&[][..], Vec::as_slice)
        });
        let all = || {
            self.by_namespace
                .get(namespace)
                .map_or(&[][..], Vec::as_slice)
        };
        let candidates = postings.min_by_key(|posting| posting.len());
        self.some(set, candidates.unwrap_or_else(all).iter(), |other| {
            selector.matches(other.set.spec.template.labels())
        })
    }

    /// The other DaemonSets of a set's namespace whose selectors match the set's pods; those aside
    /// whose pods its own selector matches.
    pub fn selecting(&self, set: &DaemonSet, own: &Selector) -> SomeSets<'_> {
        let namespace = namespace(set);
        let labels: &Labels = set.spec.template.labels();
        let mut candidates: Vec<usize> = Vec::new();
        candidates.extend(self.any_selector.get(namespace).into_iter().flatten());
        for (key, value) in labels {
            let anchor = (namespace, key.to_owned(), value.to_owned());
            candidates.extend(self.by_selector.get(&anchor).into_iter().flatten());
        }
        candidates.sort_unstable();
        self.some(set, candidates.iter(), |other| {
            !own.matches(other.set.spec.template.labels())
                && other.selector.as_ref().is_some_and(|it| it.matches(labels))
        })
    }

    /// The other DaemonSets, of any namespace, that ask for a port of the host.
    pub fn asking_for(&self, set: &DaemonSet, port: i64, protocol: &str) -> Vec<&DaemonSet> {
        let of_port = self.by_host_port.get(&(port, protocol.to_owned()));
        let others = of_port.into_iter().flatten().take(CANDIDATES);
        let others = others.map(|&at| self.sets[at].set);
        others.filter(|other| !is_same(other, set)).collect()
    }

    /// The first few candidates of which a condition holds.
    fn some<'c>(
        &self,
        set: &DaemonSet,
        candidates: impl Iterator<Item = &'c usize>,
        holds: impl Fn(&OtherSet<'a>) -> bool,
    ) -> SomeSets<'_> {
        const SHOWN: usize = 3;
        let others = candidates.take(CANDIDATES).map(|&at| &self.sets[at]);
        let others = others.filter(|other| !is_same(other.set, set) && holds(other));
        let mut names: Vec<_> = others
            .map(|other| other.set.metadata.name.as_str())
            .take(SHOWN + 1)
            .collect();
        let more = names.len() > SHOWN;
        names.truncate(SHOWN);
        SomeSets { names, more }
    }
}

/// The labels that a selector wants to have one value.
fn anchors(selector: &Selector) -> Vec<(&str, &str)> {
    let requirements = selector.requirements().iter();
    let anchored = requirements.filter_map(|it| match (it.operator(), it.values()) {
        ("In", [value]) => Some((it.key(), value.as_str())),
        _ => None,
    });
    anchored.collect()
}

/// The set's namespace, `default` where it names none.
pub(super) fn namespace(set: &DaemonSet) -> &str {
    match set.metadata.namespace.as_str() {
        "" => DEFAULT_NAMESPACE,
        namespace => namespace,
    }
}

fn is_same(one: &DaemonSet, other: &DaemonSet) -> bool {
    namespace(one) == namespace(other) && one.metadata.name == other.metadata.name
}
