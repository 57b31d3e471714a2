//! What a pod template asks for, looked up as it is written.

use daemonset::api::DaemonSet;
use daemonset::template::Quantity;
use serde_json::Value;

/// Network plugins, by what their DaemonSets are called.
const PLUGINS: [&str; 12] = [
    "antrea",
    "aws-node",
    "calico",
    "canal",
    "cilium",
    "flannel",
    "kindnet",
    "kube-ovn",
    "kube-router",
    "multus",
    "ovnkube",
    "weave",
];

/// Whether a set seems to bring the pod network: its pods do without, and it writes where plugins are configured, or is called
/// like one.
///
/// Source: [Network Plugins](https://kubernetes.io/docs/concepts/extend-kubernetes/compute-storage-net/network-plugins/).
///
/// ```
/// use daemonset::api::DaemonSet;
///
/// let named = |name: &str| -> Result<DaemonSet, serde_json::Error> {
///     serde_json::from_value(serde_json::json!({
///         "metadata": {"name": name},
///         "spec": {
///             "selector": {"matchLabels": {"app": "agent"}},
///             "template": {"spec": {"hostNetwork": true, "containers": []}},
///         },
///     }))
/// };
/// assert!(daemonset_explain::brings_pod_network(&named("calico-node")?));
/// assert!(!daemonset_explain::brings_pod_network(&named("node-exporter")?));
/// # Ok::<(), serde_json::Error>(())
/// ```
#[must_use]
pub fn brings_pod_network(set: &DaemonSet) -> bool {
    let spec = set.spec.template.spec_as_json();
    let mut volumes = spec["volumes"].as_array().into_iter().flatten();
    let writes = volumes.any(|volume| {
        let path = volume["hostPath"]["path"].as_str().unwrap_or_default();
        path.starts_with("/etc/cni") || path.starts_with("/opt/cni")
    });
    let is_called_so = PLUGINS.iter().any(|it| set.metadata.name.contains(it));
    set.spec.template.spec().host_network && (writes || is_called_so)
}

/// The containers of a pod's spec, and then those that initialize it.
pub(crate) fn containers(spec: &Value) -> impl Iterator<Item = &Value> {
    let lists = ["containers", "initContainers"].into_iter();
    lists.filter_map(|list| spec[list].as_array()).flatten()
}

/// The container of a pod's spec.
pub(crate) fn container<'s>(spec: &'s Value, name: &str) -> Option<&'s Value> {
    containers(spec).find(|it| it["name"] == name)
}

/// Under which field of a pod's spec the container stands.
pub(crate) fn list_of(spec: &Value, name: &str) -> Option<&'static str> {
    let mut all = ["containers", "initContainers"].into_iter();
    all.find(|list| {
        let containers = spec[*list].as_array().into_iter().flatten();
        containers.into_iter().any(|it| it["name"] == name)
    })
}

/// The image of a container of a pod's spec.
pub(crate) fn image<'s>(spec: &'s Value, container: &str) -> Option<&'s str> {
    self::container(spec, container)?["image"].as_str()
}

/// Whether the registry is asked for a container's image each time that one starts: its policy, or what Kubernetes fills in
/// for an image without a tag or with `latest`.
pub(crate) fn pulls_always(spec: &Value, container: &str) -> bool {
    let Some(own) = self::container(spec, container) else {
        return false;
    };
    match own["imagePullPolicy"].as_str() {
        Some(policy) => policy == "Always",
        None => own["image"].as_str().is_some_and(|image| {
            let name = image.rsplit('/').next().unwrap_or(image);
            !name.contains('@') && (!name.contains(':') || name.ends_with(":latest"))
        }),
    }
}

/// A quantity, as it is written.
pub(crate) fn amount(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// Such a quantity in billionths; `None` where it is none.
pub(crate) fn nanos(text: &str) -> Option<i128> {
    Some(Quantity::from_json(&text.into())?.nanos())
}

/// The memory limit of a container of a pod's spec.
pub(crate) fn memory_limit(spec: &Value, container: &str) -> Option<String> {
    amount(&self::container(spec, container)?["resources"]["limits"]["memory"])
}

/// How much of a resource the containers of a pod's spec request together, in billionths; one that only has a limit requests
/// that.
pub(crate) fn requested(spec: &Value, resource: &str) -> i128 {
    let of = |container: &Value| {
        let resources = &container["resources"];
        let amount = |kind: &str| Quantity::from_json(&resources[kind][resource]);
        let amount = amount("requests").or_else(|| amount("limits"));
        amount.map_or(0, |it| it.nanos())
    };
    let all = spec["containers"].as_array().into_iter().flatten();
    all.map(of).fold(0, i128::saturating_add)
}

/// What a pod's spec mounts that has to be there before the pod starts: `Secret agent-tls`.
pub(crate) fn mounts(spec: &Value) -> Vec<String> {
    let volumes = spec["volumes"].as_array();
    let mut all = Vec::new();
    for volume in volumes.into_iter().flatten() {
        let name = |value: &Value, field: &str| value[field].as_str().map(str::to_owned);
        let optional = |value: &Value| value["optional"] == true;
        let secret = &volume["secret"];
        if let Some(found) = name(secret, "secretName").filter(|_| !optional(secret)) {
            all.push(format!("Secret {found}"));
        }
        let config = &volume["configMap"];
        if let Some(found) = name(config, "name").filter(|_| !optional(config)) {
            all.push(format!("ConfigMap {found}"));
        }
        if let Some(found) = name(&volume["persistentVolumeClaim"], "claimName") {
            all.push(format!("PersistentVolumeClaim {found}"));
        }
        if let Some(found) = name(&volume["csi"], "driver") {
            all.push(format!("a volume of CSI driver {found}"));
        }
        let sources = volume["projected"]["sources"].as_array();
        for source in sources.into_iter().flatten() {
            for (field, kind) in [("secret", "Secret"), ("configMap", "ConfigMap")] {
                let found = name(&source[field], "name");
                all.extend(
                    found
                        .filter(|_| !optional(&source[field]))
                        .map(|it| format!("{kind} {it}")),
                );
            }
        }
    }
    all
}

/// The volumes of a pod's spec for which a claim is made with each pod, with what that is.
pub(crate) fn made_claims(spec: &Value) -> impl Iterator<Item = (&str, &Value)> {
    let volumes = spec["volumes"].as_array().into_iter().flatten();
    let made = volumes.filter(|volume| volume["ephemeral"].is_object());
    made.filter_map(|volume| Some((volume["name"].as_str()?, &volume["ephemeral"])))
}

/// The `ConfigMap`s and Secrets that a container takes something from, or any where none is named: by its
/// environment and its mounts.
pub(crate) fn taken_by(spec: &Value, name: Option<&str>) -> Vec<String> {
    let is_meant = |container: &&Value| name.is_none_or(|name| container["name"] == name);
    let mut all = Vec::new();
    let mut add = |kind: &str, name: &Value| {
        let object = name.as_str().map(|name| format!("{kind} {name}"));
        all.extend(object.filter(|it| !all.contains(it)));
    };
    for container in containers(spec).filter(is_meant) {
        let mounts = container["volumeMounts"].as_array().into_iter().flatten();
        let volumes = || spec["volumes"].as_array().into_iter().flatten();
        for mount in mounts {
            let Some(volume) = volumes().find(|it| it["name"] == mount["name"]) else {
                continue;
            };
            add("ConfigMap", &volume["configMap"]["name"]);
            add("Secret", &volume["secret"]["secretName"]);
            let sources = volume["projected"]["sources"]
                .as_array()
                .into_iter()
                .flatten();
            for source in sources {
                add("ConfigMap", &source["configMap"]["name"]);
                add("Secret", &source["secret"]["name"]);
            }
        }
        for from in container["envFrom"].as_array().into_iter().flatten() {
            add("ConfigMap", &from["configMapRef"]["name"]);
            add("Secret", &from["secretRef"]["name"]);
        }
        for entry in container["env"].as_array().into_iter().flatten() {
            let from = &entry["valueFrom"];
            add("ConfigMap", &from["configMapKeyRef"]["name"]);
            add("Secret", &from["secretKeyRef"]["name"]);
        }
    }
    all
}

/// The ports of its nodes that a DaemonSet declares, sorted, each once: host ports, and on the network of the
/// node every port of a container.
///
/// Source: `containers[].ports` and `hostNetwork` of the pod's spec.
///
/// ```
/// use daemonset::api::DaemonSet;
///
/// let agent: DaemonSet = serde_json::from_value(serde_json::json!({
///     "metadata": {"name": "agent"},
///     "spec": {
///         "selector": {"matchLabels": {"app": "agent"}},
///         "template": {"spec": {"containers": [
///             {"name": "agent", "ports": [{"containerPort": 80, "hostPort": 8080}, {"containerPort": 81}]},
///         ]}},
///     },
/// }))?;
/// assert_eq!(daemonset_explain::host_ports(&agent), [8080]);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[must_use]
pub fn host_ports(set: &DaemonSet) -> Vec<u16> {
    let containers = set.spec.template.spec_as_json()["containers"].as_array();
    let ports = containers
        .into_iter()
        .flatten()
        .filter_map(|container| container["ports"].as_array())
        .flatten();
    let is_host = set.spec.template.spec().host_network;
    let number = |port: &Value| {
        let of_host = port["hostPort"].as_u64();
        let of_container = port["containerPort"].as_u64().filter(|_| is_host);
        u16::try_from(of_host.or(of_container)?).ok()
    };
    let mut all: Vec<u16> = ports.filter_map(number).collect();
    all.sort_unstable();
    all.dedup();
    all
}
