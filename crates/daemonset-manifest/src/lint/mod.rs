//! Lints: what is valid in a DaemonSet and still wrong, or not what it looks like.
//!
//! ```
//! use daemonset::api::DaemonSet;
//! use daemonset::lint::{Rule, lint};
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
//! let found = lint(&agent, None, &[]);
//! assert_eq!(found[0].rule, Rule::HostPortWithSurge);
//! assert_eq!(found[0].field, "spec.template.spec.containers[0].ports[0].hostPort");
//! assert_eq!(found.len(), 1);
//! # Ok::<(), serde_json::Error>(())
//! ```

mod anti_affinity;
mod containers;
mod names;
mod placement;
mod rollout;
mod rule;
mod selector;
mod template;
mod tolerations;

pub use rule::{Rule, Severity};

use std::fmt;

use serde::Serialize;
use serde::ser::{SerializeStruct, Serializer};

use crate::api::{DaemonSet, Node};
use crate::placement::{Rules, Verdict};

/// One finding: which rule, where, and in one sentence what is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lint {
    /// What it is about; knows the id, the severity and the reference.
    pub rule: Rule,
    /// The path of the field.
    pub field: String,
    /// What is wrong, what comes of it, and what to write instead where that is clear.
    pub message: String,
}

/// Prints as `severity: field: message (id)`.
impl fmt::Display for Lint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            rule,
            field,
            message,
        } = self;
        write!(f, "{}: {field}: {message} ({rule})", rule.severity())
    }
}

impl Serialize for Lint {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut lint = serializer.serialize_struct("Lint", 5)?;
        lint.serialize_field("id", self.rule.id())?;
        lint.serialize_field("severity", &self.rule.severity())?;
        lint.serialize_field("field", &self.field)?;
        lint.serialize_field("message", &self.message)?;
        lint.serialize_field("reference", self.rule.reference())?;
        lint.end()
    }
}

/// Everything that the rules find in a set, warnings first, then in the order of [`Rule::ALL`].
///
/// With the `nodes` of the cluster at hand, what the set says of nodes is held against them;
/// `others` are the other DaemonSets of the cluster, among which the set itself does no harm.
/// Everything that the API server refuses is the business of
/// [`validate`](crate::validate::validate).
#[must_use]
pub fn lint(set: &DaemonSet, nodes: Option<&[Node]>, others: &[DaemonSet]) -> Vec<Lint> {
    let mut found = Findings::default();
    let cluster = nodes
        .filter(|nodes| !nodes.is_empty())
        .map(|nodes| Cluster::new(set, nodes));
    let cluster = cluster.as_ref();
    selector::check(set, others, &mut found);
    placement::check(set, cluster, &mut found);
    anti_affinity::check(set, cluster, &mut found);
    tolerations::check(set, cluster, &mut found);
    names::check(set, cluster, &mut found);
    rollout::check(set, cluster, &mut found);
    containers::check(set, &mut found);
    // The sort is stable, so findings of one rule stay in the order of the fields.
    found
        .0
        .sort_by_key(|lint| (lint.rule.severity(), lint.rule));
    found.0
}

/// What was found so far.
#[derive(Default)]
struct Findings(Vec<Lint>);

impl Findings {
    fn add(&mut self, rule: Rule, field: impl Into<String>, message: impl Into<String>) {
        self.0.push(Lint {
            rule,
            field: field.into(),
            message: message.into(),
        });
    }

    fn has(&self, rule: Rule) -> bool {
        self.0.iter().any(|lint| lint.rule == rule)
    }
}

/// The nodes of the cluster; at least one.
struct Cluster<'a> {
    nodes: &'a [Node],
    rules: Rules,
    /// Those that should run the daemon.
    run: Vec<&'a Node>,
}

impl<'a> Cluster<'a> {
    fn new(set: &DaemonSet, nodes: &'a [Node]) -> Self {
        let rules = Rules::new(&set.spec.template);
        let runs = |node: &&Node| rules.verdict(*node) == Verdict::Run;
        Self {
            nodes,
            run: nodes.iter().filter(runs).collect(),
            rules,
        }
    }

    /// Whether some node has a label or a taint of this key.
    fn knows(&self, key: &str) -> bool {
        self.nodes.iter().any(|node| {
            node.metadata.labels.get(key).is_some()
                || node.spec.taints.iter().any(|taint| taint.key == key)
        })
    }
}

/// The path of the template's pod spec.
const POD_SPEC: &str = "spec.template.spec";

/// The path of the terms of the required node affinity.
const REQUIRED_TERMS: &str = "spec.template.spec.affinity.nodeAffinity\
                              .requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms";

/// A few words in a row, the rest of them counted.
fn some(words: &[String]) -> String {
    const SHOWN: usize = 3;
    let shown = words[..words.len().min(SHOWN)].join(", ");
    match words.len().saturating_sub(SHOWN) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}
