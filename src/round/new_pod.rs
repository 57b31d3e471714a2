//! The pods that a DaemonSet makes.

use serde_json::{Map, Value, json};

use crate::api::{DaemonSet, OwnerReference, PodTemplate};
use crate::placement::daemon_tolerations;
use crate::template::revision_data;
use crate::well_known::{
    APPS_V1, CONTROLLER_REVISION_HASH, METADATA_NAME, POD_TEMPLATE_GENERATION,
};

/// The template of the pod for one node, everything that the template says kept as it is.
///
/// Added are the revision's labels, the tolerations of daemon pods, and a required node affinity
/// whose terms name the node and nothing else.
pub(crate) fn template_for(
    template: &PodTemplate,
    hash: &str,
    generation: Option<&str>,
    node: &str,
) -> Map<String, Value> {
    let mut json = template.as_json().clone();
    let labels = object(object(&mut json, "metadata"), "labels");
    labels.insert(CONTROLLER_REVISION_HASH.to_owned(), hash.into());
    if let Some(generation) = generation {
        labels.insert(POD_TEMPLATE_GENERATION.to_owned(), generation.into());
    }
    let spec = object(&mut json, "spec");
    let written = spec.get("tolerations").and_then(Value::as_array).cloned();
    let read = template.spec();
    let tolerations = daemon_tolerations(&read.tolerations, read.host_network)
        .into_iter()
        .map(|daemon| {
            let as_written = (daemon.template_index)
                .and_then(|index| written.as_ref()?.get(index))
                .cloned();
            as_written.unwrap_or_else(|| json!(daemon.toleration))
        })
        .collect();
    spec.insert("tolerations".to_owned(), Value::Array(tolerations));
    let affinity = object(object(spec, "affinity"), "nodeAffinity");
    let required = object(affinity, "requiredDuringSchedulingIgnoredDuringExecution");
    required.insert(
        "nodeSelectorTerms".to_owned(),
        json!([{"matchFields": [{"key": METADATA_NAME, "operator": "In", "values": [node]}]}]),
    );
    json
}

/// The pod for one node, as a manifest.
pub(crate) fn pod_for(set: &DaemonSet, hash: &str, generation: Option<&str>, node: &str) -> Value {
    let mut template = template_for(&set.spec.template, hash, generation, node);
    let made = object(&mut template, "metadata").clone();
    let mut metadata = Map::new();
    metadata.insert(
        "generateName".to_owned(),
        format!("{}-", set.metadata.name).into(),
    );
    metadata.insert(
        "namespace".to_owned(),
        set.metadata.namespace.clone().into(),
    );
    metadata.extend(made);
    metadata.insert("ownerReferences".to_owned(), json!([owner_reference(set)]));
    let mut pod = Map::new();
    pod.insert("apiVersion".to_owned(), "v1".into());
    pod.insert("kind".to_owned(), "Pod".into());
    template.insert("metadata".to_owned(), Value::Object(metadata));
    pod.extend(template);
    Value::Object(pod)
}

/// The owner reference that makes the set the controller of a pod or a revision.
///
/// ```
/// use daemonset::api::DaemonSet;
///
/// let owner = daemonset::owner_reference(&DaemonSet::default());
/// assert!(owner.controller && owner.block_owner_deletion);
/// ```
#[must_use]
pub fn owner_reference(set: &DaemonSet) -> OwnerReference {
    OwnerReference {
        api_version: APPS_V1.to_owned(),
        kind: "DaemonSet".to_owned(),
        name: set.metadata.name.clone(),
        uid: set.metadata.uid.clone(),
        controller: true,
        block_owner_deletion: true,
    }
}

/// The manifest of a new revision of the set's template, byte for byte as it should be sent: its
/// data does not survive being read and written again by every JSON library.
pub(crate) fn revision_manifest(set: &DaemonSet, name: &str, revision: i64, hash: &str) -> String {
    let mut labels = set.spec.template.labels().clone();
    labels.insert(CONTROLLER_REVISION_HASH, hash);
    let mut metadata = Map::new();
    metadata.insert("name".to_owned(), name.into());
    metadata.insert("namespace".to_owned(), json!(set.metadata.namespace));
    metadata.insert("labels".to_owned(), json!(labels));
    if !set.metadata.annotations.is_empty() {
        metadata.insert("annotations".to_owned(), json!(set.metadata.annotations));
    }
    metadata.insert("ownerReferences".to_owned(), json!([owner_reference(set)]));
    let data = revision_data(&set.spec.template);
    let metadata = Value::Object(metadata);
    format!(
        r#"{{"apiVersion":"{APPS_V1}","kind":"ControllerRevision","metadata":{metadata},"data":{data},"revision":{revision}}}"#
    )
}

/// The object in this field, made where it is missing or null.
pub(crate) fn object<'a>(
    parent: &'a mut Map<String, Value>,
    field: &str,
) -> &'a mut Map<String, Value> {
    let value = parent.entry(field).or_insert(Value::Null);
    if !value.is_object() {
        *value = Value::Object(Map::new());
    }
    match value {
        Value::Object(object) => object,
        _ => unreachable!("it was just made an object"),
    }
}
