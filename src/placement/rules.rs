//! The placement rules of a template, compiled.

use std::ops::ControlFlow;

use super::obstacle::allowed_by;
use super::{Obstacle, Placement, Verdict, daemon_tolerations};
use crate::api::{Labels, PodTemplate};
use crate::matching::{
    ComparisonOperators, FEW_KEYS, LabelsByKey, RequiredNodeAffinity, Tolerations,
};
use crate::view::{NodeView, TaintView};

/// Where the daemon runs: the placement rules of a template, compiled once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rules {
    node_name: String,
    node_selector: Labels,
    /// The entries of `node_selector`, taken apart once and not for every node.
    wanted: Vec<(String, String)>,
    affinity: Option<RequiredNodeAffinity>,
    tolerations: Tolerations,
}

/// An obstacle as it is found, before anything is copied.
enum Found<'a> {
    NodeName,
    /// The key, the value that is wanted, and the one that the node has.
    NodeSelector(&'a str, &'a str, Option<&'a str>),
    NodeAffinity(&'a RequiredNodeAffinity),
    Taint(TaintView<'a>),
}

impl Found<'_> {
    fn allows(&self) -> Verdict {
        match self {
            Found::Taint(taint) => allowed_by(*taint),
            _ => Verdict::Exclude,
        }
    }
}

impl Rules {
    /// Compiles the placement rules of a template.
    #[must_use]
    pub fn new(template: &PodTemplate) -> Self {
        let spec = template.spec();
        let required = spec.affinity.as_ref().and_then(|a| a.required());
        let tolerations = daemon_tolerations(&spec.tolerations, spec.host_network).into_iter();
        Self {
            node_name: spec.node_name.clone(),
            node_selector: spec.node_selector.clone(),
            wanted: spec.node_selector.clone().into_iter().collect(),
            affinity: required.map(RequiredNodeAffinity::new),
            tolerations: Tolerations::new(
                tolerations.map(|daemon| daemon.toleration),
                ComparisonOperators::Off,
            ),
        }
    }

    /// Switches the operators `Gt` and `Lt` of tolerations on or off.
    #[must_use]
    pub fn with_comparison_operators(mut self, comparison: ComparisonOperators) -> Self {
        self.tolerations = self.tolerations.with_comparison_operators(comparison);
        self
    }

    /// Whether the node runs the daemon.
    #[must_use]
    pub fn verdict(&self, node: &impl NodeView) -> Verdict {
        let mut verdict = Verdict::Run;
        let _ = self.check(node, |found| {
            verdict = verdict.min(found.allows());
            if verdict == Verdict::Exclude {
                ControlFlow::Break(())
            } else {
                ControlFlow::Continue(())
            }
        });
        verdict
    }

    /// Whether the node runs the daemon, with everything that stands against it.
    #[must_use]
    pub fn place(&self, node: &impl NodeView) -> Placement {
        let mut verdict = Verdict::Run;
        let mut obstacles = Vec::new();
        let _ = self.check(node, |found| {
            verdict = verdict.min(found.allows());
            obstacles.push(match found {
                Found::NodeName => Obstacle::NodeName {
                    wanted: self.node_name.clone(),
                },
                Found::NodeSelector(key, wanted, found) => Obstacle::NodeSelector {
                    key: key.to_owned(),
                    wanted: wanted.to_owned(),
                    found: found.map(str::to_owned),
                },
                Found::NodeAffinity(affinity) => Obstacle::NodeAffinity {
                    terms: affinity.unmatched(node),
                },
                Found::Taint(taint) => Obstacle::Taint {
                    taint: taint.into(),
                },
            });
            ControlFlow::Continue(())
        });
        Placement { verdict, obstacles }
    }

    /// The rule itself: finds what stands against the node, the cheapest check first.
    #[inline]
    fn check<'a>(
        &'a self,
        node: &'a impl NodeView,
        mut found: impl FnMut(Found<'a>) -> ControlFlow<()>,
    ) -> ControlFlow<()> {
        if !self.node_name.is_empty() && self.node_name != node.name() {
            found(Found::NodeName)?;
        }
        if self.reads_many() {
            self.check_many(node, &mut found)?;
        } else {
            for (key, wanted) in &self.wanted {
                let value = node.label(key);
                if !entry_holds(wanted, value) {
                    found(Found::NodeSelector(key, wanted, value))?;
                }
            }
        }
        if let Some(affinity) = &self.affinity
            && !affinity.matches(node)
        {
            found(Found::NodeAffinity(affinity))?;
        }
        for taint in node.taints() {
            if self.is_repelled_by(taint) {
                found(Found::Taint(taint))?;
            }
        }
        ControlFlow::Continue(())
    }

    /// Finds the entries of a long `nodeSelector` that do not hold.
    #[cold]
    #[inline(never)]
    fn check_many<'a>(
        &'a self,
        node: &'a impl NodeView,
        found: &mut impl FnMut(Found<'a>) -> ControlFlow<()>,
    ) -> ControlFlow<()> {
        let labels: LabelsByKey<'_> = node.labels().collect();
        for (key, wanted) in &self.wanted {
            let value = labels.get(key.as_str()).copied();
            if !entry_holds(wanted, value) {
                found(Found::NodeSelector(key, wanted, value))?;
            }
        }
        ControlFlow::Continue(())
    }

    /// Whether `nodeSelector` asks for so many labels that a table of them pays.
    #[inline]
    fn reads_many(&self) -> bool {
        self.wanted.len() > FEW_KEYS
    }

    /// Whether the taint keeps new pods of the daemon off a node: its effect is `NoSchedule` or
    /// `NoExecute`, and none of the daemon's tolerations tolerates it.
    #[must_use]
    pub fn is_repelled_by(&self, taint: TaintView<'_>) -> bool {
        matches!(taint.effect, "NoSchedule" | "NoExecute") && !self.tolerates(taint)
    }

    /// Whether the operators `Gt` and `Lt` of tolerations are on.
    #[must_use]
    pub fn comparison_operators(&self) -> ComparisonOperators {
        self.tolerations.comparison_operators()
    }

    /// Whether one of the daemon's tolerations, added ones included, tolerates the taint.
    #[must_use]
    pub fn tolerates(&self, taint: TaintView<'_>) -> bool {
        self.tolerations.tolerate(taint)
    }

    /// The labels that placement reads; a node's other labels change nothing.
    pub fn label_keys(&self) -> impl Iterator<Item = &str> {
        let affinity = self
            .affinity
            .iter()
            .flat_map(RequiredNodeAffinity::label_keys);
        self.node_selector
            .iter()
            .map(|(key, _)| key)
            .chain(affinity)
    }

    /// Whether placement reads the node's name.
    #[must_use]
    pub fn reads_name(&self) -> bool {
        !self.node_name.is_empty()
            || self
                .affinity
                .as_ref()
                .is_some_and(RequiredNodeAffinity::reads_name)
    }

    /// The node that the template names in `spec.nodeName`, where it names one.
    #[must_use]
    pub fn node_name(&self) -> Option<&str> {
        Some(self.node_name.as_str()).filter(|name| !name.is_empty())
    }

    /// The entries of the template's `nodeSelector`.
    #[must_use]
    pub fn node_selector(&self) -> &Labels {
        &self.node_selector
    }

    /// The required node affinity, where the template has one.
    #[must_use]
    pub fn affinity(&self) -> Option<&RequiredNodeAffinity> {
        self.affinity.as_ref()
    }
}

/// Whether a label satisfies an entry of `nodeSelector`; a missing one is not an empty one.
///
/// ```
/// use daemonset::placement::entry_holds;
///
/// assert!(entry_holds("ssd", Some("ssd")));
/// assert!(!entry_holds("", None));
/// ```
#[inline]
#[must_use]
pub fn entry_holds(wanted: &str, found: Option<&str>) -> bool {
    found == Some(wanted)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Both ways of looking labels up are taken, each where it is the quicker one.
    #[test]
    fn a_table_of_labels_is_made_for_many_alone() {
        for (labels, expected) in [
            (0, false),
            (1, false),
            (FEW_KEYS, false),
            (FEW_KEYS + 1, true),
            (10 * FEW_KEYS, true),
        ] {
            let selector = (0..labels).map(|n| (format!("key-{n}"), "x"));
            let selector: std::collections::BTreeMap<_, _> = selector.collect();
            let template: PodTemplate = serde_json::from_value(serde_json::json!({
                "spec": {"nodeSelector": selector},
            }))
            .unwrap();
            assert_eq!(
                Rules::new(&template).reads_many(),
                expected,
                "{labels} labels"
            );
        }
    }
}
