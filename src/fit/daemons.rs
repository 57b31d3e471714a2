//! The daemons of a cluster, compiled for questions about nodes that do not exist yet.

use serde::Deserialize;
use serde_json::json;

use super::admission::Admission;
use super::facts::{FactsError, PodFacts};
use super::needs::{Need, PodNeeds};
use super::pods::PodName;
use super::ports::HostPort;
use super::terms::{HOSTNAME, Selects, Term};
use crate::api::{DaemonSet, NodeSelector, NodeSelectorRequirement, NodeSelectorTerm, PodTemplate};
use crate::placement::Rules;

/// A DaemonSet: where its pods run, and what they need there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Daemon {
    set: PodName,
    /// What it tolerates and matches, as the scheduler sees its pods.
    pub(super) rules: Rules,
    pub(super) needs: PodNeeds,
    /// What would have to be known for it to be certain on an empty node.
    pub(super) missing: Vec<Need>,
}

impl Daemon {
    /// Compiles a DaemonSet.
    ///
    /// # Errors
    /// A field of the template with the wrong type, or a quantity that is none.
    pub fn of(set: &DaemonSet, admission: &Admission) -> Result<Self, FactsError> {
        let template = &set.spec.template;
        let mut pod = PodFacts::of_template(template, &set.metadata.namespace)?;
        let assumed = admission.admit(&mut pod);
        let rules = Rules::new(&as_scheduled(template, &pod)?);
        let needs = PodNeeds::of_admitted(pod, assumed);
        let wide = |term: &&Term| term.topology_key != HOSTNAME;
        let elsewhere = needs.affinity.iter();
        let elsewhere = elsewhere.chain(needs.anti_affinity.iter().filter(wide));
        let mut missing: Vec<_> = elsewhere
            .map(|term| Need::OtherNodes {
                topology_key: term.topology_key.clone(),
            })
            .chain(needs.missing.iter().cloned())
            .collect();
        missing.sort();
        missing.dedup();
        Ok(Self {
            set: PodName {
                namespace: set.metadata.namespace.as_str().into(),
                name: set.metadata.name.as_str().into(),
            },
            rules,
            needs,
            missing,
        })
    }

    /// The DaemonSet's namespace.
    #[must_use]
    pub fn namespace(&self) -> &str {
        &self.set.namespace
    }

    /// The DaemonSet's name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.set.name
    }

    /// What its pods need.
    #[must_use]
    pub fn needs(&self) -> &PodNeeds {
        &self.needs
    }

    /// Where its pods run: the template's rules, and what its RuntimeClass adds.
    #[must_use]
    pub fn rules(&self) -> &Rules {
        &self.rules
    }

    /// Whether both cannot be, or perhaps cannot be, on the same node.
    fn conflicts_with(&self, other: &Self) -> bool {
        !self.shared_ports(other).is_empty() || self.refuses_or_is_refused(other)
    }

    /// The host ports that it cannot have where the other one is.
    pub(super) fn shared_ports(&self, other: &Self) -> Vec<HostPort> {
        let theirs = &other.needs.host_ports;
        let mine = self.needs.host_ports.iter();
        let shared = mine.filter(|port| theirs.iter().any(|other| port.conflicts_with(other)));
        shared.cloned().collect()
    }

    /// Whether one refuses the other as a neighbour, or perhaps does.
    pub(super) fn refuses_or_is_refused(&self, other: &Self) -> bool {
        let refuses = |one: &Self, other: &Self| {
            let terms = one.needs.anti_affinity.iter();
            let (namespace, labels) = (&other.needs.namespace, &other.needs.labels);
            terms
                .map(|term| term.selects(namespace, labels))
                .any(|selects| selects != Selects::No)
        };
        refuses(self, other) || refuses(other, self)
    }

    /// Whether a pod of the other one on the node may keep this one off it for ever: it cannot
    /// evict it.
    pub(super) fn yields_to(&self, other: &Self) -> bool {
        !self.needs.may_evict(other.needs.priority)
    }
}

/// The daemons of a cluster, in an order of your own.
///
/// ```
/// use daemonset::api::{DaemonSet, Labels};
/// use daemonset::fit::{Admission, Daemon, Daemons, NewNode, Share};
/// use daemonset::hypothetical::{HypotheticalNode, OtherLabels};
/// use serde_json::json;
///
/// // Two terms, one of which must match: the order of the terms plays no part.
/// let agent: DaemonSet = serde_json::from_value(json!({
///     "metadata": {"name": "agent", "namespace": "infra"},
///     "spec": {"template": {"spec": {
///         "affinity": {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": {
///             "nodeSelectorTerms": [
///                 {"matchExpressions": [{"key": "size", "operator": "In", "values": ["small"]}]},
///                 {"matchExpressions": [{"key": "size", "operator": "In", "values": ["large"]}]},
///             ],
///         }}},
///         "containers": [{"resources": {"requests": {"cpu": "250m"}}}],
///     }}},
/// }))?;
/// let daemons = Daemons::new([Daemon::of(&agent, &Admission::default())?]);
///
/// let node = |labels, other_labels| NewNode::from(HypotheticalNode {
///     labels,
///     other_labels,
///     ..HypotheticalNode::default()
/// });
/// let large = node(Labels::from_iter([("size", "large")]), OtherLabels::unknown());
/// assert_eq!(daemons.overhead(&large).certain.requests.get("cpu"), 250);
///
/// let any = daemons.overhead(&node(Labels::default(), OtherLabels::unknown()));
/// assert_eq!(any.daemons[0].share, Share::Perhaps);
/// assert_eq!((any.certain.pods, any.possible.pods), (0, 1));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct Daemons {
    daemons: Vec<Daemon>,
    /// For each, the others with which it cannot share a node and which it cannot evict.
    pub(super) rivals: Vec<Vec<usize>>,
}

impl Daemons {
    /// Takes the daemons in this order, and finds which of them stand in each other's way.
    #[must_use]
    pub fn new(daemons: impl IntoIterator<Item = Daemon>) -> Self {
        let daemons: Vec<Daemon> = daemons.into_iter().collect();
        let of_one = |(at, daemon): (usize, &Daemon)| {
            let others = daemons.iter().enumerate();
            others
                .filter(|(other, rival)| {
                    *other != at && daemon.yields_to(rival) && daemon.conflicts_with(rival)
                })
                .map(|(other, _)| other)
                .collect()
        };
        let rivals = daemons.iter().enumerate().map(of_one).collect();
        Self { daemons, rivals }
    }

    /// The daemons.
    #[must_use]
    pub fn list(&self) -> &[Daemon] {
        &self.daemons
    }
}

/// The placement rules of a template with what the pod's RuntimeClass adds: tolerations, and
/// labels that the node must have whatever else it has.
fn as_scheduled(template: &PodTemplate, pod: &PodFacts) -> Result<PodTemplate, FactsError> {
    let (spec, added) = (template.spec(), &pod.spec.runtime_selector);
    let required = spec.affinity.as_ref().and_then(|a| a.required());
    let requirements: Vec<_> = added
        .iter()
        .map(|(key, value)| NodeSelectorRequirement {
            key: key.to_owned(),
            operator: "In".to_owned(),
            values: vec![value.to_owned()],
        })
        .collect();
    let required = match required {
        None if requirements.is_empty() => None,
        None => Some(json!({"nodeSelectorTerms": [{"matchExpressions": requirements}]})),
        Some(written) => {
            let mut all: NodeSelector = written.clone();
            // A term that requires nothing matches nothing, and must not begin to match.
            let terms = all.node_selector_terms.iter_mut();
            for term in terms.filter(|term| **term != NodeSelectorTerm::default()) {
                term.match_expressions.extend(requirements.iter().cloned());
            }
            Some(json!(all))
        }
    };
    let read = json!({"spec": {
        "nodeName": spec.node_name,
        "nodeSelector": spec.node_selector,
        "affinity": {"nodeAffinity": {
            "requiredDuringSchedulingIgnoredDuringExecution": required,
        }},
        "tolerations": pod.spec.tolerations,
        "hostNetwork": spec.host_network,
    }});
    PodTemplate::deserialize(read).map_err(|fault| FactsError {
        kind: "pod template",
        fault,
    })
}
