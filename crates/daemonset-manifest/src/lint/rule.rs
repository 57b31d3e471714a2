//! What a rule is: a name that stays, how grave its findings are, and a page about it.

use std::fmt;
use std::str::FromStr;

use serde::{Serialize, Serializer};

use super::facts::Facts;
use super::look::{Look, OfRule};
use super::rules;
use crate::diagnostic::{Code, Severity};
use crate::suggest::nearest;

/// The enum of all rules, each with the module that has its facts and its check.
macro_rules! rules {
    ($($(#[doc = $doc:literal])+ $variant:ident = $module:ident,)+) => {
        /// What a finding is about. Each rule has a name that stays the same from release to
        /// release.
        ///
        /// ```
        /// use daemonset_manifest::Severity;
        /// use daemonset_manifest::lint::Rule;
        ///
        /// assert_eq!(Rule::HostPortWithSurge.to_string(), "host-port-with-surge");
        /// assert_eq!("host-port-with-surge".parse(), Ok(Rule::HostPortWithSurge));
        /// assert_eq!(Rule::HostPortWithSurge.severity(), Severity::Warning);
        /// ```
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum Rule {
            $($(#[doc = $doc])+ $variant,)+
        }

        impl Rule {
            /// All rules, in the order in which findings of the same severity are reported.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            pub(super) fn facts(self) -> &'static Facts {
                match self {
                    $(Self::$variant => &rules::$module::FACTS,)+
                }
            }

            /// Looks at a DaemonSet.
            pub(super) fn check(self, look: &Look<'_>, found: OfRule<'_>) {
                let mut found = found;
                match self {
                    $(Self::$variant => rules::$module::check(look, &mut found),)+
                }
                found.end();
            }

            /// What the rule finds in these, and what it leaves alone.
            #[cfg(test)]
            pub(super) fn cases(self) -> &'static [super::tests::Case] {
                match self {
                    $(Self::$variant => rules::$module::CASES,)+
                }
            }
        }
    };
}

rules! {
    /// The selector matches pods of another DaemonSet in the namespace, or the other's matches
    /// this one's.
    SelectorOverlap = selector_overlap,
    /// The selector reads a label that the controller writes.
    HashLabelInSelector = hash_label_in_selector,
    /// The template sets a label that the controller overwrites.
    HashLabelInTemplate = hash_label_in_template,
    /// The selector reads a label whose value changes from release to release.
    VersionInSelector = version_in_selector,
    /// The template names a node, so that the DaemonSet runs on one node at most.
    NodeNameInTemplate = node_name_in_template,
    /// No node has what an entry of `nodeSelector` wants. Needs nodes.
    NodeSelectorMatchesNoNode = node_selector_matches_no_node,
    /// No term of the required node affinity matches any node. Needs nodes.
    AffinityMatchesNoNode = affinity_matches_no_node,
    /// A term of the required node affinity matches no node, and others do. Needs nodes.
    AffinityTermMatchesNoNode = affinity_term_matches_no_node,
    /// One of several terms of the required node affinity matches every node. Needs nodes.
    AffinityTermMatchesAll = affinity_term_matches_all,
    /// One of several values in a requirement is on no node. Needs nodes.
    AffinityValueOnNoNode = affinity_value_on_no_node,
    /// Every check matches some node, and no node passes all of them. Needs nodes.
    RunsNowhere = runs_nowhere,
    /// The DaemonSet runs on nodes of several operating systems. Needs nodes.
    SeveralOperatingSystems = several_operating_systems,
    /// The DaemonSet runs on virtual nodes, which have no machine to run it on. Needs nodes.
    VirtualNode = virtual_node,
    /// Preferred node affinity, which decides nothing for a DaemonSet.
    PreferredAffinityIgnored = preferred_affinity_ignored,
    /// Required anti-affinity of the pods against each other keeps some of them from starting.
    AntiAffinityAgainstItself = anti_affinity_against_itself,
    /// A toleration that tolerates no taint of any node. Needs nodes.
    TolerationMatchesNoTaint = toleration_matches_no_taint,
    /// A toleration that misses the taints of its key by value or effect. Needs nodes.
    TolerationMissesTaint = toleration_misses_taint,
    /// `tolerationSeconds` of a toleration that is replaced, or that never gets its turn.
    TolerationSecondsNeverActs = toleration_seconds_never_acts,
    /// `tolerationSeconds` by which pods are evicted and created again without end.
    TolerationSecondsRepeats = toleration_seconds_repeats,
    /// A label or taint that Kubernetes has retired.
    RetiredName = retired_name,
    /// A label or taint that nearly is a well-known one.
    MisspeltName = misspelt_name,
    /// A value that a well-known label never has.
    MisspeltValue = misspelt_value,
    /// An entry of a map that is null, which `kubectl apply` and `kubectl create` read differently.
    NullEntry = null_entry,
    /// A field of the template for which the API server refuses every pod.
    PodsRefused = pods_refused,
    /// Scheduling gates, which keep every pod from being scheduled until something lifts them.
    SchedulingGate = scheduling_gate,
    /// A host port, which the new pod beside the old one cannot have.
    HostPortWithSurge = host_port_with_surge,
    /// A host port that another DaemonSet on the same nodes asks for too.
    HostPortTaken = host_port_taken,
    /// Both `maxUnavailable` and `maxSurge` are zero.
    NoBudget = no_budget,
    /// `maxUnavailable` allows every pod to be deleted at once.
    WholeSetAtOnce = whole_set_at_once,
    /// A rolling update's budget under another strategy, which does not read it.
    UnusedBudget = unused_budget,
    /// Neither a probe nor `minReadySeconds` stops a rollout of a broken version.
    UnguardedRollout = unguarded_rollout,
    /// A probe of a named port that its container does not have.
    ProbePortMissing = probe_port_missing,
    /// `revisionHistoryLimit` is zero, so that there is nothing to roll back to.
    NoHistory = no_history,
    /// A container without requests for CPU or memory.
    MissingRequests = missing_requests,
    /// A pod asks for more than a node has in all. Needs nodes, and what they have to give.
    RequestsExceedNode = requests_exceed_node,
    /// An image whose tag may mean another image tomorrow: `latest`, or none.
    FloatingImage = floating_image,
    /// Host network with the DNS policy that means the node's resolver there.
    HostNetworkDns = host_network_dns,
    /// A DaemonSet of `kube-system` without a priority class.
    NoPriorityClass = no_priority_class,
}

impl Rule {
    /// The rule's name, as the code of its findings.
    #[must_use]
    pub fn code(self) -> Code {
        self.facts().code
    }

    /// The rule of a finding; none where something else found it.
    #[must_use]
    pub fn of(code: Code) -> Option<Self> {
        Self::ALL.iter().copied().find(|rule| rule.code() == code)
    }

    /// How grave its findings are.
    #[must_use]
    pub fn severity(self) -> Severity {
        self.facts().severity
    }

    /// Where Kubernetes documents what the rule is about.
    #[must_use]
    pub fn reference(self) -> &'static str {
        self.facts().reference
    }

    /// What the rule finds, in a sentence.
    #[must_use]
    pub fn summary(self) -> &'static str {
        self.facts().what
    }

    /// All about the rule, as Markdown: what it finds, what comes of that, an example, what to
    /// write instead, and how to switch the rule off.
    ///
    /// ```
    /// use daemonset_manifest::lint::Rule;
    ///
    /// let page = Rule::NoBudget.page();
    /// assert!(page.starts_with("# no-budget (warning)\n"));
    /// assert!(page.contains("\n## Instead\n"));
    /// ```
    #[must_use]
    pub fn page(self) -> String {
        let Facts {
            code,
            severity,
            reference,
            what,
            why,
            example,
            instead,
        } = self.facts();
        let example = example.trim_end();
        format!(
            "# {code} ({severity})\n\n{what}\n\n## Why\n\n{why}\n\n## Example\n\n```yaml\n{example}\n```\n\n\
             ## Instead\n\n{instead}\n\n## Switching it off\n\n`dsplan lint --off {code}`, or \
             `Lints::default().without(Rule::{self:?})`.\n\nMore: <{reference}>\n"
        )
    }

    /// The rule's example, as YAML.
    #[cfg(test)]
    pub(super) fn example(self) -> &'static str {
        self.facts().example
    }
}

/// Prints the name.
impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code().as_str())
    }
}

/// No rule has this name.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct UnknownRule {
    /// The name, its first 64 characters at most.
    pub found: String,
    /// The rules whose names are nearest.
    pub nearest: Vec<Rule>,
}

impl fmt::Display for UnknownRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let found = crate::words::in_quotes(&self.found);
        write!(f, "expected the name of a rule, found {found}")?;
        let near: Vec<_> = self.nearest.iter().map(Rule::to_string).collect();
        match near.as_slice() {
            [] => Ok(()),
            near => write!(f, ", did you mean {}?", near.join(" or ")),
        }
    }
}

impl std::error::Error for UnknownRule {}

impl FromStr for Rule {
    type Err = UnknownRule;

    /// Reads a name.
    ///
    /// ```
    /// use daemonset_manifest::lint::Rule;
    ///
    /// let error = "no-budgets".parse::<Rule>().unwrap_err();
    /// assert_eq!(error.to_string(), "expected the name of a rule, found \"no-budgets\", did you mean no-budget?");
    /// ```
    fn from_str(name: &str) -> Result<Self, UnknownRule> {
        let of_name = |name: &str| {
            Self::ALL
                .iter()
                .copied()
                .find(|rule| rule.code().as_str() == name)
        };
        let known = Self::ALL.iter().map(|rule| rule.code().as_str());
        of_name(name).ok_or_else(|| UnknownRule {
            found: name.chars().take(64).collect(),
            nearest: nearest(name, known)
                .into_iter()
                .filter_map(of_name)
                .collect(),
        })
    }
}

impl Serialize for Rule {
    /// As its name.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.code().serialize(serializer)
    }
}
