//! The pods that a set makes, and the template they are made from.

use daemonset::api::{DaemonSet, Pod, PodTemplate};
use daemonset::matching::Selector;
use daemonset::outcome::Outcome;
use daemonset::ownership::Claim;
use daemonset::placement::daemon_tolerations;
use daemonset::template::revision_data;
use daemonset::view::PodView;
use daemonset::{Cluster, Planner};
use proptest::prelude::*;
use serde_json::{Map, Value, json};

use crate::cases;
use daemonset_testkit::generate::{Oddity, jsons, sets, start, templates, worlds};

/// Every field of the template is in the pod, in the template's order, and equal but for those
/// named.
fn carries(pod: &Value, template: &Value, but: &[&str]) -> Result<(), TestCaseError> {
    let empty = Map::new();
    let fields: Vec<_> = template.as_object().unwrap_or(&empty).iter().collect();
    let names: Vec<&String> = fields.iter().map(|(name, _)| *name).collect();
    let kept: Vec<&String> = pod
        .as_object()
        .unwrap_or(&empty)
        .keys()
        .filter(|name| names.contains(name))
        .collect();
    prop_assert_eq!(&kept, &names);
    for (name, value) in fields {
        if !but.contains(&name.as_str()) {
            prop_assert_eq!(&pod[name], value, "{}", name);
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(cases(512))]

    /// A pod made for a node would be claimed, belongs to that node, and counts as updated.
    #[test]
    fn a_made_pod_is_the_sets_own(world in worlds(Oddity::Stored)) {
        let planner = world.planner();
        let manifest = planner.pod_for("node-0");
        let mut pod: Pod = serde_json::from_value(manifest).unwrap();
        let selector = Selector::new(world.set.spec.selector.as_ref()).unwrap();
        prop_assert_eq!(Claim::of(&world.set, &selector, &pod.metadata), Claim::Own);
        if world.set.spec.template.spec().node_name.is_empty() {
            prop_assert_eq!(pod.target_node(), Some("node-0"));
        }
        "agent-made".clone_into(&mut pod.metadata.name);
        "node-0".clone_into(&mut pod.spec.node_name);
        pod.metadata.creation_timestamp = Some(start());
        let plan = planner.plan(&Cluster::new(&world.nodes, &[pod]).with_now(world.now));
        if plan.outcome == Outcome::Collision {
            return Ok(());
        }
        let mut placed = world.nodes.iter().zip(&plan.verdicts);
        let runs = placed.any(|(node, verdict)| node.metadata.name == "node-0" && verdict.should_run());
        prop_assert_eq!(plan.status.current_number_scheduled, i32::from(runs));
        prop_assert_eq!(plan.status.updated_number_scheduled, i32::from(runs));
        prop_assert_eq!(plan.deferred.unknown_hash, 0);
    }

    /// A pod has every field of the template, unknown ones included, in their order and unchanged
    /// but for the labels added, the tolerations added and the node that the affinity names.
    #[test]
    fn a_made_pod_has_all_of_the_template((set, future) in (sets(Oddity::Anything), jsons())) {
        let mut set = set;
        let mut template = Value::Object(set.spec.template.as_json().clone());
        template["metadata"]["fieldOfTheFuture"] = future.clone();
        template["fieldOfTheFuture"] = future;
        set.spec.template = PodTemplate::try_from(template.clone()).unwrap();
        let Ok(planner) = Planner::new(&set) else { return Ok(()) };
        let pod = planner.pod_for("node-0");
        carries(&pod, &template, &["metadata", "spec"])?;
        carries(&pod["metadata"], &template["metadata"], &["labels"])?;
        carries(&pod["spec"], &template["spec"], &["affinity", "tolerations"])?;
        carries(&pod["metadata"]["labels"], &template["metadata"]["labels"], &[])?;
        let (affinity, written) = (&pod["spec"]["affinity"], &template["spec"]["affinity"]);
        carries(affinity, written, &["nodeAffinity"])?;
        let required = "requiredDuringSchedulingIgnoredDuringExecution";
        carries(&affinity["nodeAffinity"], &written["nodeAffinity"], &[required])?;
        let terms = json!([{"matchFields": [{"key": "metadata.name", "operator": "In", "values": ["node-0"]}]}]);
        prop_assert_eq!(&affinity["nodeAffinity"][required]["nodeSelectorTerms"], &terms);
        let read = set.spec.template.spec();
        let expected: Vec<_> = daemon_tolerations(&read.tolerations, read.host_network)
            .into_iter().map(|daemon| daemon.toleration).collect();
        let made: Vec<daemonset::api::Toleration> = serde_json::from_value(pod["spec"]["tolerations"].clone()).unwrap();
        prop_assert_eq!(made, expected);
    }

    /// Reading and writing a set changes nothing in its template, not even the order of fields.
    #[test]
    fn a_template_goes_through_unchanged((template, future) in (templates(), jsons())) {
        let mut template = template;
        template["fieldOfTheFuture"] = future;
        let set = json!({"metadata": {"name": "agent"}, "spec": {"template": template}});
        let read: DaemonSet = serde_json::from_value(set).unwrap();
        let written = json!(read);
        prop_assert_eq!(written["spec"]["template"].to_string(), template.to_string());
        let again: DaemonSet = serde_json::from_value(written).unwrap();
        prop_assert_eq!(again, read);
    }

    /// The data of a revision is the template and nothing else, whatever the order of its fields,
    /// so a stored revision is recognised.
    #[test]
    fn revision_data_is_the_template((template, future) in (templates(), jsons())) {
        let mut template = template;
        template["spec"]["fieldOfTheFuture"] = future;
        let text = revision_data(&PodTemplate::try_from(template.clone()).unwrap());
        let fields = template.as_object().unwrap().clone().into_iter();
        let reversed: Map<String, Value> = fields.rev().collect();
        prop_assert_eq!(&revision_data(&PodTemplate::try_from(reversed).unwrap()), &text);
        let mut data: Value = serde_json::from_str(&text).unwrap();
        let stored = data["spec"]["template"].as_object_mut().unwrap();
        prop_assert_eq!(stored.remove("$patch"), Some("replace".into()));
        let again = PodTemplate::try_from(Value::Object(stored.clone())).unwrap();
        prop_assert_eq!(revision_data(&again), text);
    }
}
