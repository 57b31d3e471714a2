//! The commands that make what is missing. What they cannot know stands in capitals, in a place where a
//! command that is typed as it is does nothing.

use std::collections::BTreeSet;

use daemonset::api::DaemonSet;
use serde_json::{Value, json};

use super::command::{namespace, target, word};
use crate::signs::image_name::named_registry;
use crate::signs::missing::{Kind, Missing};
use crate::template::containers;

/// How many keys of an object are named.
const MOST_KEYS: usize = 8;

/// To make it.
pub(super) fn commands(missing: &Missing, set: &DaemonSet) -> Vec<String> {
    let namespace = namespace(set);
    let spec = set.spec.template.spec_as_json();
    let Some(name) = missing.names.first() else {
        return Vec::new();
    };
    let quoted = word(name);
    match missing.kind {
        Kind::ConfigMap => {
            let from = from(spec, &Wanted::of_config_map(name));
            vec![format!(
                "kubectl create configmap {quoted} -n {namespace}{from}"
            )]
        }
        Kind::Secret => {
            let from = from(spec, &Wanted::of_secret(name));
            vec![format!(
                "kubectl create secret generic {quoted} -n {namespace}{from}"
            )]
        }
        Kind::ConfigMapKey | Kind::SecretKey => {
            let kind = match missing.kind {
                Kind::SecretKey => "secret",
                _ => "configmap",
            };
            // Of a Secret it shows the keys, and no value.
            ["describe", "edit"]
                .map(|verb| format!("kubectl {verb} {kind} {quoted} -n {namespace}"))
                .into_iter()
                .chain([format!("kubectl edit {}", target(set))])
                .collect()
        }
        Kind::PullSecret => (missing.names.iter().take(1))
            .map(|name| {
                format!(
                    "kubectl create secret docker-registry {} -n {namespace} --docker-server={} \
                     --docker-username=USER --docker-password=\"$PASSWORD\"",
                    word(name),
                    word(registry(spec).unwrap_or("SERVER")),
                )
            })
            .collect(),
        Kind::Claim => {
            let claim = json!({
                "apiVersion": "v1",
                "kind": "PersistentVolumeClaim",
                "metadata": {"name": name, "namespace": namespace},
                "spec": {
                    "accessModes": ["ReadWriteMany"],
                    "resources": {"requests": {"storage": "SIZE"}},
                },
            });
            vec![piped(&claim)]
        }
        Kind::ServiceAccount => {
            vec![format!(
                "kubectl create serviceaccount {quoted} -n {namespace}"
            )]
        }
        Kind::Driver => vec!["kubectl get csidrivers,csinodes".to_owned()],
    }
}

/// To make a RuntimeClass.
pub(super) fn runtime_class(name: &str) -> String {
    piped(&json!({
        "apiVersion": "node.k8s.io/v1",
        "kind": "RuntimeClass",
        "metadata": {"name": name},
        "handler": "HANDLER",
    }))
}

/// To let pods of a priority class into a namespace.
pub(super) fn quota_for(class: &str, namespace: &str) -> String {
    piped(&json!({
        "apiVersion": "v1",
        "kind": "ResourceQuota",
        "metadata": {"name": format!("{class}-pods"), "namespace": namespace},
        "spec": {
            "hard": {"pods": "COUNT"},
            "scopeSelector": {"matchExpressions": [
                {"scopeName": "PriorityClass", "operator": "In", "values": [class]},
            ]},
        },
    }))
}

fn piped(manifest: &Value) -> String {
    format!("echo {} | kubectl create -f -", word(&manifest.to_string()))
}

/// Where a template names an object.
struct Wanted<'n> {
    name: &'n str,
    /// The volume's source, and its field that names the object.
    volume: (&'n str, &'n str),
    /// The source of one variable, and that of all.
    env: (&'n str, &'n str),
}

impl<'n> Wanted<'n> {
    fn of_config_map(name: &'n str) -> Self {
        Self {
            name,
            volume: ("configMap", "name"),
            env: ("configMapKeyRef", "configMapRef"),
        }
    }

    fn of_secret(name: &'n str) -> Self {
        Self {
            name,
            volume: ("secret", "secretName"),
            env: ("secretKeyRef", "secretRef"),
        }
    }
}

/// The arguments that fill it, by the keys that the template takes of it.
fn from(spec: &Value, wanted: &Wanted<'_>) -> String {
    let Wanted { name, volume, env } = *wanted;
    let items = |value: &'_ Value| value.as_array().cloned().unwrap_or_default();
    let mut keys: BTreeSet<String> = BTreeSet::new();
    let mut is_whole_env = false;
    let mut key = |value: &Value| keys.extend(value.as_str().map(str::to_owned));
    for container in containers(spec) {
        for variable in items(&container["env"]) {
            let source = &variable["valueFrom"][env.0];
            if source["name"] == name {
                key(&source["key"]);
            }
        }
        is_whole_env |= (items(&container["envFrom"]).iter()).any(|it| it[env.1]["name"] == name);
    }
    for found in items(&spec["volumes"]) {
        let source = &found[volume.0];
        if source[volume.1] == name {
            for item in items(&source["items"]) {
                key(&item["key"]);
            }
        }
    }
    if keys.is_empty() {
        let what = if is_whole_env {
            "--from-env-file"
        } else {
            "--from-file"
        };
        return format!(" {what}=FILE");
    }
    let keys = keys.iter().take(MOST_KEYS);
    let files: Vec<String> = keys
        .map(|key| format!(" --from-file={}=FILE", word(key)))
        .collect();
    files.concat()
}

/// The registry of the first image that names one.
fn registry(spec: &Value) -> Option<&str> {
    let images = spec["containers"].as_array()?.iter();
    let mut images = images.filter_map(|container| container["image"].as_str());
    images.find_map(named_registry)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_template_takes_is_asked_for() {
        let set: DaemonSet = serde_json::from_value(json!({
            "metadata": {"name": "agent", "namespace": "infra"},
            "spec": {"selector": {}, "template": {"spec": {
                "containers": [{"name": "a", "image": "r.example.com/a:1", "env": [
                    {"name": "L", "valueFrom": {"configMapKeyRef": {"name": "c", "key": "level"}}},
                ], "envFrom": [{"secretRef": {"name": "s"}}]}],
            }}},
        }))
        .unwrap();
        let made = |kind, name: &str| {
            let names = vec![name.to_owned()];
            commands(&Missing { kind, names }, &set).concat()
        };
        assert_eq!(
            made(Kind::ConfigMap, "c"),
            "kubectl create configmap c -n infra --from-file=level=FILE"
        );
        assert_eq!(
            made(Kind::Secret, "s"),
            "kubectl create secret generic s -n infra --from-env-file=FILE"
        );
        assert_eq!(
            made(Kind::PullSecret, "p"),
            "kubectl create secret docker-registry p -n infra --docker-server=r.example.com \
             --docker-username=USER --docker-password=\"$PASSWORD\""
        );
        // A name out of the words of an event is one word of the shell.
        assert_eq!(
            made(Kind::Secret, "x; reboot"),
            "kubectl create secret generic 'x; reboot' -n infra --from-file=FILE"
        );
    }
}
