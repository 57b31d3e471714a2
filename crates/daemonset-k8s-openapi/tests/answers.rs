//! Typed objects give the answers that the same objects give from a file: over every recorded dump.

use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use daemonset::{Options, Planner};
use daemonset_explain::Explainer;
use daemonset_explain::room::SetRoom;
use daemonset_k8s_openapi::Observed;
use daemonset_manifest::Inventory;
use k8s_openapi::api::certificates::v1::CertificateSigningRequest;
use k8s_openapi::api::coordination::v1::Lease;
use k8s_openapi::api::core::v1::{Event, LimitRange, Namespace, Node, Pod, ResourceQuota};
use k8s_openapi::api::node::v1::RuntimeClass;
use k8s_openapi::api::policy::v1::PodDisruptionBudget;
use k8s_openapi::api::scheduling::v1::PriorityClass;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

/// The objects of a dump; none where its YAML is for the reader alone whose tests these are.
fn objects(text: &str) -> Option<Vec<Value>> {
    let documents: Result<Vec<Value>, ()> = if text.trim_start().starts_with('{') {
        let documents = serde_json::Deserializer::from_str(text).into_iter();
        documents.map(|read| read.map_err(drop)).collect()
    } else {
        let documents = serde_yaml::Deserializer::from_str(text);
        documents
            .map(|read| Value::deserialize(read).map_err(drop))
            .collect()
    };
    let mut objects = Vec::new();
    for mut document in documents.ok()? {
        let items_of = document["kind"]
            .as_str()
            .and_then(|it| it.strip_suffix("List"));
        match (items_of.map(str::to_owned), document.get_mut("items")) {
            (Some(kind), Some(Value::Array(items))) => {
                for mut item in std::mem::take(items) {
                    if !kind.is_empty() && item["kind"].is_null() {
                        item["kind"] = kind.as_str().into();
                        item["apiVersion"] = document["apiVersion"].clone();
                    }
                    objects.push(item);
                }
            }
            _ => objects.push(document),
        }
    }
    Some(objects)
}

/// The objects of a kind, as generated types; none where one is not such an object.
fn of_kind<T: DeserializeOwned>(objects: &[Value], kind: &str) -> Option<Vec<T>> {
    let of_kind = objects.iter().filter(|object| object["kind"] == kind);
    of_kind.map(|it| T::deserialize(it).ok()).collect()
}

fn observed(objects: &[Value]) -> Option<Observed> {
    let has = |kind: &str| objects.iter().any(|object| object["kind"] == kind);
    let mut observed = Observed::of(
        of_kind::<Node>(objects, "Node")?,
        of_kind::<Pod>(objects, "Pod")?,
    );
    let revisions: Vec<Value> = of_kind(objects, "ControllerRevision")?;
    if !revisions.is_empty() {
        observed = observed.with_revisions(revisions).ok()?;
    }
    // A kind of which there is no object was perhaps not asked for, as in a dump.
    macro_rules! take {
        ($($type:ident: $with:ident),*) => {$(
            if has(stringify!($type)) {
                observed = observed.$with(of_kind::<$type>(objects, stringify!($type))?);
            }
        )*};
    }
    take!(
        Event: with_events, Lease: with_leases, CertificateSigningRequest: with_certificate_requests, Namespace: with_namespaces, ResourceQuota: with_resource_quotas,
        PriorityClass: with_priority_classes, RuntimeClass: with_runtime_classes,
        LimitRange: with_limit_ranges, PodDisruptionBudget: with_disruption_budgets
    );
    Some(observed)
}

/// How many sets and how many nodes for a set were asked about; none where the dump is no cluster of
/// well-formed objects.
fn compare(name: &str, text: &str) -> Option<(usize, usize)> {
    let mut inventory = Inventory::new().with_fit_objects();
    inventory.read(name, text.as_bytes());
    if inventory.is_incomplete() {
        return None;
    }
    let objects = objects(text)?;
    let mut observed = observed(&objects)?;
    assert_eq!(observed.faults(), [], "{name}");
    let sets = inventory.daemon_sets.iter().map(|it| &it.daemon_set);
    let found = sets.map(|set| {
        // As it was sent, with its managed fields.
        let is_it = |sent: &&Value| {
            let namespace = sent["metadata"]["namespace"].as_str();
            sent["kind"] == "DaemonSet"
                && sent["metadata"]["name"] == *set.metadata.name
                && namespace.unwrap_or("default") == set.metadata.namespace
        };
        let mut sent = objects.iter().find(is_it).expect("it was read").clone();
        // With the defaults that the API server sets.
        sent["spec"] = serde_json::to_value(&set.spec).expect("it is JSON");
        sent["metadata"]["namespace"] = set.metadata.namespace.as_str().into();
        observed.why(&sent).ok()
    });
    let found: Vec<_> = found.collect();
    let (cluster, typed) = (inventory.cluster(), observed.cluster());
    assert_eq!(cluster.nodes().len(), typed.nodes().len(), "{name}");
    assert_eq!(cluster.pods().len(), typed.pods().len(), "{name}");
    assert_eq!(cluster.now(), typed.now(), "{name}");
    let room = inventory
        .fit_objects()
        .expect("they are kept")
        .cluster_room();
    let (mut sets, mut nodes) = (0, 0);
    let all = inventory.daemon_sets.iter().map(|it| &it.daemon_set);
    for (set, why) in all.zip(&found) {
        let Ok(explainer) = Explainer::new(set, &cluster, &Options::default()) else {
            continue;
        };
        let explainer = explainer.with_evidence(inventory.evidence());
        let label = format!("{name}: {}", set.metadata.name);
        assert_eq!(why.as_ref(), Some(explainer.diagnosis()), "{label}");
        sets += 1;

        let other = Explainer::new(set, &typed, &Options::default()).expect("as before");
        let other = other.with_evidence(observed.evidence());
        let fixes = |explainer: &Explainer<'_>| format!("{:?}", explainer.fixes());
        assert_eq!(fixes(&other), fixes(&explainer), "{label}");

        let planner = Planner::in_cluster(set, &cluster, &Options::default()).expect("as before");
        let Ok(asked) = SetRoom::new(&planner, &cluster, &room) else {
            continue;
        };
        let other_room = SetRoom::new(other.planner(), &typed, observed.room()).expect("as before");
        for node in cluster
            .nodes()
            .iter()
            .map(|node| node.metadata.name.as_str())
        {
            let told = |room: &SetRoom<'_>| {
                let found = room.in_rollout(node).expect("it is a node");
                (room.why(node, &found), format!("{found:?}"))
            };
            assert_eq!(told(&other_room), told(&asked), "{label} on {node}");
            assert_eq!(
                format!("{:?}", other.on_node(node)),
                format!("{:?}", explainer.on_node(node)),
                "{label} on {node}"
            );
            if nodes < 20 {
                let fit = observed.fit(set, node).expect("it has amounts");
                assert!(fit.is_some(), "{label} on {node}");
            }
            nodes += 1;
        }
    }
    Some((sets, nodes))
}

fn dumps(folder: &Path, into: &mut Vec<PathBuf>) {
    let entries = fs::read_dir(folder).expect("the dumps are there");
    let mut paths: Vec<_> = entries
        .map(|entry| entry.expect("it can be listed").path())
        .collect();
    paths.sort();
    for path in paths {
        if path.is_dir() {
            dumps(&path, into);
        } else {
            into.push(path);
        }
    }
}

fn text_of(path: &Path) -> Option<String> {
    let bytes = fs::read(path).ok()?;
    if path.extension().is_some_and(|it| it == "gz") {
        let mut text = String::new();
        let mut packed = flate2::read::GzDecoder::new(bytes.as_slice());
        packed.read_to_string(&mut text).ok()?;
        return Some(text);
    }
    String::from_utf8(bytes).ok()
}

#[test]
fn typed_objects_are_answered_as_a_file_of_them() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut paths = Vec::new();
    for folder in ["explain", "reports", "written", "answers"] {
        dumps(
            &root.join("crates/dsplan/tests/cases/input").join(folder),
            &mut paths,
        );
    }
    dumps(&root.join("examples/snapshots"), &mut paths);
    paths.push(root.join("examples/bad-image.yaml"));
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let answered: Vec<(usize, usize)> = std::thread::scope(|scope| {
        let running: Vec<_> = (paths.chunks(paths.len().div_ceil(threads)))
            .map(|some| {
                scope.spawn(|| {
                    let each = some.iter();
                    let each = each.filter_map(|path| {
                        let text = text_of(path)?;
                        compare(&path.display().to_string(), &text)
                    });
                    each.filter(|(sets, _)| *sets > 0).collect::<Vec<_>>()
                })
            })
            .collect();
        let done = running.into_iter().map(|it| it.join().expect("it passes"));
        done.flatten().collect()
    });
    let sum = |of: fn(&(usize, usize)) -> usize| answered.iter().map(of).sum::<usize>();
    println!(
        "{} of {} dumps, {} sets, {} questions about a node",
        answered.len(),
        paths.len(),
        sum(|it| it.0),
        sum(|it| it.1)
    );
    assert!(
        answered.len() * 10 > paths.len() * 8,
        "too few are compared"
    );
}
