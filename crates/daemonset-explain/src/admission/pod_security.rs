//! What a template has that a Pod Security level forbids.
//!
//! Source: [Pod Security Standards](https://kubernetes.io/docs/concepts/security/pod-security-standards/).
//! What only some versions of a level forbid is not looked at, nor what features of the cluster relax.

use serde_json::Value;

/// The capabilities that `baseline` lets a container add.
const CAPABILITIES: [&str; 13] = [
    "AUDIT_WRITE",
    "CHOWN",
    "DAC_OVERRIDE",
    "FOWNER",
    "FSETID",
    "KILL",
    "MKNOD",
    "NET_BIND_SERVICE",
    "SETFCAP",
    "SETGID",
    "SETPCAP",
    "SETUID",
    "SYS_CHROOT",
];

/// The kinds of volumes that `restricted` allows.
const VOLUMES: [&str; 9] = [
    "configMap",
    "csi",
    "downwardAPI",
    "emptyDir",
    "ephemeral",
    "image",
    "persistentVolumeClaim",
    "projected",
    "secret",
];

/// The fields of a pod's spec that hold containers.
const CONTAINERS: [&str; 2] = ["initContainers", "containers"];

/// The names of a list's items that are so, in brackets.
fn named<'v>(
    items: impl Iterator<Item = &'v Value>,
    is_so: impl Fn(&Value) -> bool,
) -> Option<String> {
    let names = items.filter(|item| is_so(item));
    let names: Vec<&str> = names
        .map(|item| item["name"].as_str().unwrap_or_default())
        .collect();
    (!names.is_empty()).then(|| names.join(", "))
}

fn containers(spec: &Value) -> impl Iterator<Item = &Value> {
    let lists = CONTAINERS.iter();
    lists.filter_map(|list| spec[*list].as_array()).flatten()
}

fn volumes(spec: &Value) -> impl Iterator<Item = &Value> {
    spec["volumes"].as_array().into_iter().flatten()
}

fn texts(list: &Value) -> impl Iterator<Item = &str> {
    list.as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
}

/// What of a pod's spec the level forbids, each as the API server tells it in short; none of a level
/// that is not known.
pub(super) fn violated(level: &str, spec: &Value) -> Vec<String> {
    match level {
        "baseline" => baseline(spec),
        "restricted" => {
            let mut all = baseline(spec);
            all.extend(restricted(spec));
            all
        }
        _ => Vec::new(),
    }
}

fn baseline(spec: &Value) -> Vec<String> {
    let mut all = Vec::new();
    for field in ["hostNetwork", "hostPID", "hostIPC"] {
        if spec[field] == true {
            all.push(format!("{field}=true"));
        }
    }
    let host_process = |of: &Value| of["securityContext"]["windowsOptions"]["hostProcess"] == true;
    if host_process(spec) || containers(spec).any(host_process) {
        all.push("hostProcess=true".to_owned());
    }
    let of_volumes = named(volumes(spec), |volume| !volume["hostPath"].is_null());
    all.extend(of_volumes.map(|names| format!("hostPath volumes ({names})")));
    let mut of_containers = |what: &str, is_so: &dyn Fn(&Value) -> bool| {
        let names = named(containers(spec), is_so);
        all.extend(names.map(|names| format!("{what} (container {names})")));
    };
    of_containers("privileged", &|it| {
        it["securityContext"]["privileged"] == true
    });
    of_containers("added capabilities", &|it| {
        texts(&it["securityContext"]["capabilities"]["add"])
            .any(|capability| !CAPABILITIES.contains(&capability))
    });
    of_containers("hostPort", &|it| {
        let mut ports = it["ports"].as_array().into_iter().flatten();
        ports.any(|port| port["hostPort"].as_i64().is_some_and(|port| port != 0))
    });
    for (field, what) in [
        ("seccompProfile", "seccompProfile Unconfined"),
        ("appArmorProfile", "appArmorProfile Unconfined"),
    ] {
        let is_off = |of: &Value| of["securityContext"][field]["type"] == "Unconfined";
        if is_off(spec) {
            all.push(what.to_owned());
        } else if let Some(names) = named(containers(spec), is_off) {
            all.push(format!("{what} (container {names})"));
        }
    }
    all
}

fn restricted(spec: &Value) -> Vec<String> {
    let mut all = Vec::new();
    let of_volumes = named(volumes(spec), |volume| {
        let fields = volume.as_object().into_iter().flatten();
        let mut kinds = fields.filter(|(field, value)| *field != "name" && !value.is_null());
        // Paths of the host are forbidden by baseline too, and told there.
        kinds.any(|(kind, _)| kind != "hostPath" && !VOLUMES.contains(&kind.as_str()))
    });
    all.extend(of_volumes.map(|names| format!("restricted volume types ({names})")));
    if spec["os"]["name"] == "windows" {
        return all;
    }
    let pod = &spec["securityContext"];
    let mut of_containers = |what: &str, is_so: &dyn Fn(&Value) -> bool| {
        let names = named(containers(spec), is_so);
        all.extend(names.map(|names| format!("{what} (container {names})")));
    };
    of_containers("allowPrivilegeEscalation is not false", &|it| {
        it["securityContext"]["allowPrivilegeEscalation"] != false
    });
    of_containers("capabilities do not drop ALL", &|it| {
        !texts(&it["securityContext"]["capabilities"]["drop"]).any(|it| it == "ALL")
    });
    of_containers("seccompProfile is not set", &|it| {
        let own = &it["securityContext"]["seccompProfile"]["type"];
        own.is_null() && pod["seccompProfile"]["type"].is_null()
    });
    // With a user namespace of its own a pod may run as root, where the cluster lets it.
    if spec["hostUsers"] == false {
        return all;
    }
    of_containers(
        "runAsNonRoot is not true",
        &|it| match &it["securityContext"]["runAsNonRoot"] {
            Value::Null => pod["runAsNonRoot"] != true,
            own => *own != true,
        },
    );
    all
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::violated;

    #[test]
    fn each_level_forbids_what_the_standard_says() {
        let host = json!({
            "hostPID": true,
            "volumes": [{"name": "root", "hostPath": {"path": "/"}}, {"name": "run", "emptyDir": {}}],
            "containers": [{
                "name": "agent",
                "ports": [{"containerPort": 80, "hostPort": 80}],
                "securityContext": {"privileged": true, "capabilities": {"add": ["CHOWN", "SYS_ADMIN"]}},
            }],
        });
        assert_eq!(violated("privileged", &host), Vec::<String>::new());
        assert_eq!(
            violated("baseline", &host),
            [
                "hostPID=true",
                "hostPath volumes (root)",
                "privileged (container agent)",
                "added capabilities (container agent)",
                "hostPort (container agent)",
            ]
        );
        let plain = json!({"containers": [{"name": "agent", "image": "agent:1"}]});
        assert_eq!(violated("baseline", &plain), Vec::<String>::new());
        assert_eq!(
            violated("restricted", &plain),
            [
                "allowPrivilegeEscalation is not false (container agent)",
                "capabilities do not drop ALL (container agent)",
                "seccompProfile is not set (container agent)",
                "runAsNonRoot is not true (container agent)",
            ]
        );
        let meets = json!({
            "securityContext": {"runAsNonRoot": true, "seccompProfile": {"type": "RuntimeDefault"}},
            "volumes": [{"name": "token", "projected": {"sources": []}}],
            "containers": [{
                "name": "agent",
                "securityContext": {
                    "allowPrivilegeEscalation": false,
                    "capabilities": {"drop": ["ALL"], "add": ["NET_BIND_SERVICE"]},
                },
            }],
        });
        assert_eq!(violated("restricted", &meets), Vec::<String>::new());
    }
}
