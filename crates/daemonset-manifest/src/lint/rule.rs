//! The rules: what each is called, how grave it is, and where to read more.

use std::fmt;

use serde::{Serialize, Serializer};

/// How much a finding matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// It goes wrong, or will when something else happens that does happen.
    Warning,
    /// It is worth knowing, and may well be meant.
    Info,
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Warning => "warning",
            Self::Info => "info",
        })
    }
}

/// What a finding is about. Each rule has an id that stays the same from release to release.
///
/// ```
/// use daemonset::lint::{Rule, Severity};
///
/// assert_eq!(Rule::HostPortWithSurge.id(), "host-port-with-surge");
/// assert_eq!(Rule::HostPortWithSurge.severity(), Severity::Warning);
/// assert_eq!(Rule::from_id("host-port-with-surge"), Some(Rule::HostPortWithSurge));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Rule {
    /// The selector matches pods of another set in the namespace, or the other's matches this
    /// one's.
    SelectorOverlap,
    /// The selector reads a label that the controller writes, so that it matches none of the pods
    /// made and more are made for ever.
    HashLabelInSelector,
    /// The template sets a label that the controller overwrites.
    HashLabelInTemplate,
    /// The template names a node, so that the set runs on one node at most.
    NodeNameInTemplate,
    /// No node has what an entry of `nodeSelector` wants. Needs nodes.
    NodeSelectorMatchesNoNode,
    /// No term of the required node affinity matches any node. Needs nodes.
    AffinityMatchesNoNode,
    /// A term of the required node affinity matches no node, and others do. Needs nodes.
    AffinityTermMatchesNoNode,
    /// One of several values in a requirement is on no node. Needs nodes.
    AffinityValueOnNoNode,
    /// Every check matches some node, and no node passes all of them. Needs nodes.
    RunsNowhere,
    /// The set runs on nodes of several operating systems. Needs nodes.
    SeveralOperatingSystems,
    /// Preferred node affinity, which decides nothing for a DaemonSet.
    PreferredAffinityIgnored,
    /// Required anti-affinity of the pods against each other keeps some of them from ever starting.
    AntiAffinityAgainstItself,
    /// A toleration that tolerates no taint of any node. Needs nodes.
    TolerationMatchesNoTaint,
    /// A toleration that misses the taints of its key by value or effect. Needs nodes.
    TolerationMissesTaint,
    /// `tolerationSeconds` of a toleration that is replaced, or that never gets its turn.
    TolerationSecondsNeverActs,
    /// `tolerationSeconds` by which pods are evicted and made again without end.
    TolerationSecondsRepeats,
    /// A label or taint that Kubernetes has retired.
    RetiredName,
    /// A label or taint that nearly is a well-known one.
    MisspeltName,
    /// A value that a well-known label never has.
    MisspeltValue,
    /// A host port, which the new pod beside the old one cannot have.
    HostPortWithSurge,
    /// Both `maxUnavailable` and `maxSurge` are zero.
    NoBudget,
    /// `maxUnavailable` allows every pod to go at once.
    WholeSetAtOnce,
    /// A rolling update's budget under another strategy, which does not read it.
    UnusedBudget,
    /// Neither a readiness probe nor `minReadySeconds` stops a rollout of a broken version.
    UnguardedRollout,
    /// `revisionHistoryLimit` is zero, so that there is nothing to roll back to.
    NoHistory,
    /// A container without requests for CPU or memory.
    MissingRequests,
    /// An image whose tag may mean another image tomorrow: `latest`, or none.
    FloatingImage,
    /// Host network with the DNS policy that means the node's resolver there.
    HostNetworkDns,
    /// A set of `kube-system` without a priority class.
    NoPriorityClass,
}

const DAEMON_SET: &str = "https://kubernetes.io/docs/concepts/workloads/controllers/daemonset/";
const SPEC: &str = "https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/daemon-set-v1/#DaemonSetSpec";
const SCHEDULED: &str = "https://kubernetes.io/docs/concepts/workloads/controllers/daemonset/#how-daemon-pods-are-scheduled";
const NODE_AFFINITY: &str =
    "https://kubernetes.io/docs/concepts/scheduling-eviction/assign-pod-node/#node-affinity";
const TAINTS: &str =
    "https://kubernetes.io/docs/concepts/scheduling-eviction/taint-and-toleration/";
const WELL_KNOWN: &str = "https://kubernetes.io/docs/reference/labels-annotations-taints/";

impl Rule {
    /// All rules, in the order in which findings of the same severity are reported.
    pub const ALL: [Self; 29] = [
        Self::SelectorOverlap,
        Self::HashLabelInSelector,
        Self::HashLabelInTemplate,
        Self::NodeNameInTemplate,
        Self::NodeSelectorMatchesNoNode,
        Self::AffinityMatchesNoNode,
        Self::AffinityTermMatchesNoNode,
        Self::AffinityValueOnNoNode,
        Self::RunsNowhere,
        Self::SeveralOperatingSystems,
        Self::PreferredAffinityIgnored,
        Self::AntiAffinityAgainstItself,
        Self::TolerationMatchesNoTaint,
        Self::TolerationMissesTaint,
        Self::TolerationSecondsNeverActs,
        Self::TolerationSecondsRepeats,
        Self::RetiredName,
        Self::MisspeltName,
        Self::MisspeltValue,
        Self::HostPortWithSurge,
        Self::NoBudget,
        Self::WholeSetAtOnce,
        Self::UnusedBudget,
        Self::UnguardedRollout,
        Self::NoHistory,
        Self::MissingRequests,
        Self::FloatingImage,
        Self::HostNetworkDns,
        Self::NoPriorityClass,
    ];

    /// The rule of this id.
    #[must_use]
    pub fn from_id(id: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|rule| rule.id() == id)
    }

    /// The rule's stable id.
    #[must_use]
    pub fn id(self) -> &'static str {
        self.facts().0
    }

    /// How much its findings matter.
    #[must_use]
    pub fn severity(self) -> Severity {
        self.facts().1
    }

    /// Where Kubernetes documents what the rule is about.
    #[must_use]
    pub fn reference(self) -> &'static str {
        self.facts().2
    }

    fn facts(self) -> (&'static str, Severity, &'static str) {
        use Severity::{Info, Warning};
        match self {
            Self::SelectorOverlap => ("selector-overlap", Warning, DAEMON_SET),
            Self::HashLabelInSelector => ("hash-label-in-selector", Warning, WELL_KNOWN),
            Self::HashLabelInTemplate => ("hash-label-in-template", Warning, WELL_KNOWN),
            Self::NodeNameInTemplate => (
                "node-name-in-template",
                Warning,
                "https://kubernetes.io/docs/concepts/scheduling-eviction/assign-pod-node/#nodename",
            ),
            Self::NodeSelectorMatchesNoNode => (
                "node-selector-matches-no-node",
                Warning,
                "https://kubernetes.io/docs/concepts/scheduling-eviction/assign-pod-node/#nodeselector",
            ),
            Self::AffinityMatchesNoNode => ("affinity-matches-no-node", Warning, NODE_AFFINITY),
            Self::AffinityTermMatchesNoNode => {
                ("affinity-term-matches-no-node", Info, NODE_AFFINITY)
            }
            Self::AffinityValueOnNoNode => ("affinity-value-on-no-node", Info, NODE_AFFINITY),
            Self::RunsNowhere => ("runs-nowhere", Warning, SCHEDULED),
            Self::SeveralOperatingSystems => (
                "several-operating-systems",
                Warning,
                "https://kubernetes.io/docs/concepts/windows/user-guide/",
            ),
            Self::PreferredAffinityIgnored => ("preferred-affinity-ignored", Info, SCHEDULED),
            Self::AntiAffinityAgainstItself => (
                "anti-affinity-against-itself",
                Warning,
                "https://kubernetes.io/docs/concepts/scheduling-eviction/assign-pod-node/#inter-pod-affinity-and-anti-affinity",
            ),
            Self::TolerationMatchesNoTaint => ("toleration-matches-no-taint", Info, TAINTS),
            Self::TolerationMissesTaint => ("toleration-misses-taint", Warning, TAINTS),
            Self::TolerationSecondsNeverActs => (
                "toleration-seconds-never-acts",
                Warning,
                "https://kubernetes.io/docs/concepts/workloads/controllers/daemonset/#taints-and-tolerations",
            ),
            Self::TolerationSecondsRepeats => (
                "toleration-seconds-repeats",
                Warning,
                "https://kubernetes.io/docs/concepts/scheduling-eviction/taint-and-toleration/#taint-based-evictions",
            ),
            Self::RetiredName => ("retired-name", Warning, WELL_KNOWN),
            Self::MisspeltName => ("misspelt-name", Warning, WELL_KNOWN),
            Self::MisspeltValue => ("misspelt-value", Warning, WELL_KNOWN),
            Self::HostPortWithSurge => ("host-port-with-surge", Warning, SPEC),
            Self::NoBudget => ("no-budget", Warning, SPEC),
            Self::WholeSetAtOnce => ("whole-set-at-once", Warning, SPEC),
            Self::UnusedBudget => (
                "unused-budget",
                Info,
                "https://kubernetes.io/docs/tasks/manage-daemon/update-daemon-set/#daemonset-update-strategy",
            ),
            Self::UnguardedRollout => (
                "unguarded-rollout",
                Info,
                "https://kubernetes.io/docs/tasks/configure-pod-container/configure-liveness-readiness-startup-probes/#define-readiness-probes",
            ),
            Self::NoHistory => (
                "no-history",
                Info,
                "https://kubernetes.io/docs/tasks/manage-daemon/rollback-daemon-set/",
            ),
            Self::MissingRequests => (
                "missing-requests",
                Warning,
                "https://kubernetes.io/docs/concepts/configuration/manage-resources-containers/",
            ),
            Self::FloatingImage => (
                "floating-image",
                Warning,
                "https://kubernetes.io/docs/concepts/containers/images/#image-names",
            ),
            Self::HostNetworkDns => (
                "host-network-dns",
                Info,
                "https://kubernetes.io/docs/concepts/services-networking/dns-pod-service/#pod-s-dns-policy",
            ),
            Self::NoPriorityClass => (
                "no-priority-class",
                Info,
                "https://kubernetes.io/docs/tasks/administer-cluster/guaranteed-scheduling-critical-addon-pods/",
            ),
        }
    }
}

/// Prints the id.
impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.id())
    }
}

impl Serialize for Rule {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.id())
    }
}
