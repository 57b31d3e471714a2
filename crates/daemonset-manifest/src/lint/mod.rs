//! Lints: what is valid in a DaemonSet but probably wrong, or not what it looks like.
//!
//! Each [`Rule`] has a file of its own in `rules/`, with its page, its check and its cases. A
//! [`Linter`] looks at the nodes and at the other DaemonSets once, and then at any number of
//! DaemonSets in turn.
//!
//! ```
//! use daemonset::api::{DaemonSet, Node, Pod};
//! use daemonset::{Cluster, Options};
//! use daemonset_manifest::lint::{Linter, Lints, Rule};
//!
//! let agent: DaemonSet = serde_json::from_value(serde_json::json!({
//!     "metadata": {"name": "agent", "namespace": "infra"},
//!     "spec": {
//!         "selector": {"matchLabels": {"app": "agent"}},
//!         "updateStrategy": {"rollingUpdate": {"maxUnavailable": 0, "maxSurge": 1}},
//!         "template": {
//!             "metadata": {"labels": {"app": "agent"}},
//!             "spec": {"containers": [{
//!                 "name": "agent",
//!                 "image": "registry.example/agent:1.4",
//!                 "ports": [{"containerPort": 9100, "hostPort": 9100}],
//!                 "resources": {"requests": {"cpu": "50m", "memory": "64Mi"}},
//!                 "readinessProbe": {"tcpSocket": {"port": 9100}},
//!             }]},
//!         },
//!     },
//! }))?;
//! let (nodes, pods): (Vec<Node>, Vec<Pod>) = Default::default();
//! let cluster = Cluster::new(&nodes, &pods);
//! let linter = Linter::new(&cluster, [&agent], &Options::default(), Lints::default());
//! let found = linter.lint(&agent);
//! assert_eq!(found[0].code, Rule::HostPortWithSurge.code());
//! assert_eq!(found[0].path.to_string(), "spec.template.spec.containers[0].ports[0].hostPort");
//! assert_eq!(found.len(), 1);
//! # Ok::<(), serde_json::Error>(())
//! ```

mod facts;
mod look;
mod names;
mod rule;
mod rules;
mod surroundings;
mod template;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use daemonset::api::{DaemonSet, Node, Pod};
use daemonset::fit::ClusterRoom;
use daemonset::matching::ComparisonOperators;
use daemonset::view::{NodeView, PodView};
use daemonset::{Cluster, Options};

use self::look::{Findings, Look};
use self::surroundings::Surroundings;
use crate::check::{Check, FieldValidation};
use crate::diagnostic::{Code, Diagnostic, Severity};
use crate::objects::Manifest;
use crate::path::FieldPath;

pub use rule::{Rule, UnknownRule};

/// The API server's warning of what [`Rule::RetiredName`] is about.
const OLD_LABEL: Code = Code::new("deprecated-label");

/// Which rules to ask: all of them but those that are switched off.
///
/// ```
/// use daemonset_manifest::lint::{Lints, Rule};
///
/// let lints = Lints::default().without(Rule::FloatingImage);
/// assert!(!lints.asks(Rule::FloatingImage));
/// assert!(lints.asks(Rule::NoBudget));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lints {
    off: BTreeSet<Rule>,
}

impl Lints {
    /// Switches a rule off.
    #[must_use]
    pub fn without(mut self, rule: Rule) -> Self {
        self.off.insert(rule);
        self
    }

    /// These rules alone.
    #[must_use]
    pub fn only(rules: impl IntoIterator<Item = Rule>) -> Self {
        let mut off: BTreeSet<Rule> = Rule::ALL.iter().copied().collect();
        for rule in rules {
            off.remove(&rule);
        }
        Self { off }
    }

    /// Whether a rule is asked.
    #[must_use]
    pub fn asks(&self, rule: Rule) -> bool {
        !self.off.contains(&rule)
    }
}

/// The fields of a template for which the API server refuses every pod: what
/// [`Rule::PodsRefused`] finds.
#[must_use]
pub fn pod_refusals(set: &DaemonSet) -> Vec<Diagnostic> {
    let alone = Cluster::new(&[], &[]);
    let lints = Lints::only([Rule::PodsRefused]);
    Linter::new::<Node, Pod>(&alone, [set], &Options::default(), lints).lint(set)
}

/// Looks at DaemonSets amid the nodes and the other DaemonSets of a cluster.
///
/// With nodes at hand, what a DaemonSet says of nodes is held against them. Among the other
/// DaemonSets, the one that is looked at does no harm. Takes time in proportion to all of them,
/// and for each DaemonSet that is looked at to the nodes and to the set itself.
#[derive(Debug)]
pub struct Linter<'a> {
    around: Surroundings<'a>,
    room: Option<&'a ClusterRoom>,
    comparison: ComparisonOperators,
    lints: Lints,
}

impl<'a> Linter<'a> {
    /// Looks around: at the nodes of the cluster and at all of its DaemonSets. Of the options only
    /// the feature gates count.
    #[must_use]
    pub fn new<N: NodeView, P: PodView>(
        cluster: &Cluster<'a, N, P>,
        sets: impl IntoIterator<Item = &'a DaemonSet>,
        options: &Options,
        lints: Lints,
    ) -> Self {
        Self {
            around: Surroundings::new(cluster, sets),
            room: None,
            comparison: options.comparison_operators,
            lints,
        }
    }

    /// Looks at what the nodes have to give too, and at what admission fills in.
    #[must_use]
    pub fn with_room(mut self, room: &'a ClusterRoom) -> Self {
        self.room = Some(room);
        self
    }

    /// Everything that the rules find in a DaemonSet, warnings first, then in the order of
    /// [`Rule::ALL`].
    ///
    /// What the API server refuses is found by [`Check`].
    #[must_use]
    pub fn lint(&self, set: &DaemonSet) -> Vec<Diagnostic> {
        self.look(&self.look_at(set))
    }

    fn look_at<'l>(&'l self, set: &'l DaemonSet) -> Look<'l> {
        let look = Look::new(set, &self.around, self.comparison);
        Look {
            room: self.room,
            ..look
        }
    }

    fn look(&self, look: &Look<'_>) -> Vec<Diagnostic> {
        let mut found = Findings::default();
        for &rule in Rule::ALL {
            if self.lints.asks(rule) {
                rule.check(look, found.of(rule.facts()));
            }
        }
        found.into_sorted()
    }

    /// The same for a manifest, each finding at its place; with what only its text tells, and with
    /// what the API server would warn of if it takes the DaemonSet.
    #[must_use]
    pub fn lint_manifest(&self, manifest: &Manifest) -> Vec<Diagnostic> {
        let written = &manifest.written;
        let mut look = self.look_at(&manifest.daemon_set);
        look.text = Some(written.to_json());
        let found = self.look(&look).into_iter();
        let mut found: Vec<_> = found.map(|it| written.locate(it)).collect();
        drop(look);
        let check = Check::new().field_validation(FieldValidation::Ignore);
        let said = written.checked(&check.namespace(Some(written.namespace())));
        // Which names are out of use is the rule's to say, which knows where both may stand; but of a node selector, where
        // they may not, the API server's warning is told where the rule has none since nodes still have the name.
        let selector = FieldPath::parse("spec.template.spec.nodeSelector");
        let asks = self.lints.asks(Rule::RetiredName);
        let of_rule = found
            .iter()
            .filter(|it| it.code == Rule::RetiredName.facts().code);
        let ruled: Vec<FieldPath> = of_rule.map(|it| it.path.clone()).collect();
        let is_told = |it: &Diagnostic| {
            it.severity == Severity::Warning
                && (it.code != OLD_LABEL
                    || asks
                        && it.path.steps().starts_with(selector.steps())
                        && !ruled.contains(&it.path))
        };
        found.extend(said.into_iter().filter(is_told));
        found.sort_by_key(|finding| finding.severity);
        found
    }
}
