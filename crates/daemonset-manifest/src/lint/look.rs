//! One DaemonSet as the rules look at it, and what they find.

use daemonset::api::{DaemonSet, PodTemplate};
use daemonset::fit::{Admission, Amounts, ClusterRoom, PodNeeds};
use daemonset::matching::{ComparisonOperators, Selector};
use daemonset::placement::{Rules, Verdict};
use daemonset::rollout::Strategy;
use serde_json::{Map, Value};

use super::facts::Facts;
use super::surroundings::{SeenNode, Surroundings, namespace};
use super::template::{Container, containers};
use crate::diagnostic::Diagnostic;
use crate::path::FieldPath;

/// A DaemonSet, compiled, amid its surroundings.
#[derive(Debug)]
pub(super) struct Look<'a> {
    pub set: &'a DaemonSet,
    /// The object as it was written, where that is known.
    pub text: Option<Map<String, Value>>,
    pub around: &'a Surroundings<'a>,
    pub rules: Rules,
    pub comparison: ComparisonOperators,
    pub strategy: Strategy,
    /// None where it does not parse.
    pub selector: Option<Selector>,
    /// All containers, init containers last.
    pub containers: Vec<Container<'a>>,
    /// What the nodes have to give, and what admission fills in; where that was given.
    pub room: Option<&'a ClusterRoom>,
    /// The nodes that should run the daemon.
    pub run: Vec<&'a SeenNode<'a>>,
}

impl<'a> Look<'a> {
    pub fn new(
        set: &'a DaemonSet,
        around: &'a Surroundings<'a>,
        comparison: ComparisonOperators,
    ) -> Self {
        let rules = Rules::new(&set.spec.template).with_comparison_operators(comparison);
        let runs = |node: &&SeenNode<'_>| rules.verdict(*node) == Verdict::Run;
        Self {
            set,
            around,
            run: around.nodes.iter().filter(runs).collect(),
            strategy: Strategy::new(&set.spec),
            text: None,
            room: None,
            selector: Selector::new(set.spec.selector.as_ref()).ok(),
            containers: containers(&set.spec.template),
            comparison,
            rules,
        }
    }

    /// What a pod asks for once it has passed admission, as far as that is given; none where a
    /// quantity is none.
    pub fn requests(&self) -> Option<Amounts> {
        self.requests_with(self.room?.admission())
    }

    /// The same with this admission.
    pub fn requests_with(&self, admission: &Admission) -> Option<Amounts> {
        let template = &self.set.spec.template;
        let needs = PodNeeds::of_template(template, namespace(self.set), admission).ok()?;
        Some(needs.requests().clone())
    }

    /// Whether a LimitRange of the namespace gives every container a request for a resource.
    pub fn has_default_request(&self, resource: &str) -> bool {
        let bare = serde_json::json!({"spec": {"containers": [{"name": "container"}]}});
        let asked = self.room.and_then(|room| {
            let template = PodTemplate::try_from(bare).ok()?;
            let namespace = namespace(self.set);
            PodNeeds::of_template(&template, namespace, room.admission()).ok()
        });
        asked.is_some_and(|needs| needs.requests().get(resource) > 0)
    }

    /// The containers that run as long as the pod does: no init containers but sidecars.
    pub fn running(&self) -> impl Iterator<Item = &Container<'a>> {
        self.containers
            .iter()
            .filter(|container| !container.is_init)
    }
}

/// How many findings of a rule are told for a DaemonSet; the rest is counted.
const MOST: usize = 200;

/// What was found so far.
#[derive(Debug, Default)]
pub(super) struct Findings(Vec<Diagnostic>);

/// What one rule finds.
#[derive(Debug)]
pub(super) struct OfRule<'f> {
    rule: &'static Facts,
    found: &'f mut Findings,
    count: usize,
}

impl Findings {
    /// Takes what a rule finds.
    pub fn of(&mut self, rule: &'static Facts) -> OfRule<'_> {
        OfRule {
            rule,
            found: self,
            count: 0,
        }
    }

    /// Warnings first; else in the order of the rules, and of what each of them found.
    pub fn into_sorted(mut self) -> Vec<Diagnostic> {
        self.0.sort_by_key(|finding| finding.severity);
        self.0
    }
}

impl OfRule<'_> {
    /// Something was found at a path: what is wrong, what comes of it, and what to write instead
    /// where that is clear.
    pub fn add(&mut self, path: FieldPath, message: impl Into<String>) {
        self.keep(self.rule.finding(path, message));
    }

    /// The same with what may have been meant.
    pub fn add_suggesting(
        &mut self,
        path: FieldPath,
        message: impl Into<String>,
        suggestions: impl IntoIterator<Item = impl Into<String>>,
    ) {
        self.keep(self.rule.finding(path, message).suggesting(suggestions));
    }

    fn keep(&mut self, finding: Diagnostic) {
        self.count += 1;
        if self.count <= MOST {
            self.found.0.push(finding);
        }
    }

    /// Says how many findings more there are.
    pub fn end(self) {
        if let Some(more) = self.count.checked_sub(MOST).filter(|more| *more > 0) {
            let message = format!("{more} more of these");
            let finding = self.rule.finding(FieldPath::root(), message);
            self.found.0.push(finding);
        }
    }
}
