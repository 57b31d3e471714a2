//! Where a set runs, and what a rule more does to that.

use daemonset::Cluster;
use daemonset::api::{DaemonSet, Node, Pod, PodTemplate};
use daemonset::matching::ComparisonOperators;
use daemonset::placement::{Rules, Verdict};
use proptest::prelude::*;
use serde_json::Value;

use crate::cases;
use daemonset_testkit::generate::{Oddity, nodes, sets, taints, templates, tolerations};

fn rules(template: Value, comparison: bool) -> Rules {
    let template = PodTemplate::try_from(template).expect("a template");
    Rules::new(&template).with_comparison_operators(if comparison {
        ComparisonOperators::On
    } else {
        ComparisonOperators::Off
    })
}

/// A list with one entry more somewhere.
fn with_one_more(list: &Value, entry: Value, at: prop::sample::Index) -> Value {
    let mut entries = list.as_array().cloned().unwrap_or_default();
    entries.insert(at.index(entries.len() + 1), entry);
    entries.into()
}

proptest! {
    #![proptest_config(cases(2048))]

    /// One toleration more never takes a node away.
    #[test]
    fn a_toleration_more_never_shrinks(
        (template, node, toleration, at, comparison)
            in (templates(), nodes(), tolerations(), any::<prop::sample::Index>(), any::<bool>())
    ) {
        let mut wider = template.clone();
        wider["spec"]["tolerations"] = with_one_more(&template["spec"]["tolerations"], toleration, at);
        let (before, after) = (rules(template, comparison), rules(wider, comparison));
        prop_assert!(after.verdict(&node) >= before.verdict(&node));
    }

    /// One taint more never opens a node.
    #[test]
    fn a_taint_more_never_widens(
        (template, node, taint, at, comparison)
            in (templates(), nodes(), taints(), any::<prop::sample::Index>(), any::<bool>())
    ) {
        let rules = rules(template, comparison);
        let mut tainted = node.clone();
        let taint = serde_json::from_value(taint).unwrap();
        tainted.spec.taints.insert(at.index(node.spec.taints.len() + 1), taint);
        prop_assert!(rules.verdict(&tainted) <= rules.verdict(&node));
    }

    /// One entry more in the node selector never opens a node.
    #[test]
    fn a_selector_entry_more_never_widens(
        (template, node, key, value) in (
            templates(),
            nodes(),
            prop::sample::select(vec!["zone", "cores", "rare.example/label"]),
            prop::sample::select(vec!["a", "5", ""]),
        )
    ) {
        let selector = &template["spec"]["nodeSelector"];
        prop_assume!(selector.get(key).is_none());
        let mut narrower = template.clone();
        if selector.is_null() {
            narrower["spec"]["nodeSelector"] = Value::Object(serde_json::Map::new());
        }
        narrower["spec"]["nodeSelector"][key] = value.into();
        prop_assert!(rules(narrower, false).verdict(&node) <= rules(template, false).verdict(&node));
    }

    /// The verdict is the worst that the obstacles allow, and there are obstacles exactly where it
    /// is not `Run`; a planner says the same.
    #[test]
    fn the_obstacles_make_the_verdict((set, node) in (sets(Oddity::Stored), nodes())) {
        let rules = Rules::new(&set.spec.template);
        let placement = rules.place(&node);
        let allowed = placement.obstacles.iter().map(daemonset::placement::Obstacle::allows).min();
        prop_assert_eq!(placement.verdict, allowed.unwrap_or(Verdict::Run));
        prop_assert_eq!(placement.verdict, rules.verdict(&node));
        prop_assert_eq!(placement.obstacles.is_empty(), placement.verdict == Verdict::Run);
        let planner = daemonset::Planner::new(&set).unwrap();
        prop_assert_eq!(&planner.place(&node), &placement);
        let (nodes, pods): (_, [Pod; 0]) = ([node], []);
        let plan = planner.plan(&Cluster::new(&nodes, &pods));
        prop_assert_eq!(plan.verdicts, vec![placement.verdict]);
    }

    /// Where a set runs depends on nothing of it but the template.
    #[test]
    fn only_the_template_places((one, other, node) in (sets(Oddity::Stored), sets(Oddity::Stored), nodes())) {
        let place = |set: &DaemonSet, node: &Node| daemonset::Planner::new(set).unwrap().place(node);
        let mut mixed = other;
        mixed.spec.template = one.spec.template.clone();
        prop_assert_eq!(place(&one, &node), place(&mixed, &node));
    }
}
