//! Which mounted volumes the words of a failure are about.

use serde_json::Value;

use crate::template::container;
use crate::words::stands_alone;

/// The volumes of which the container mounts something at a path that the words name, or beneath it.
pub(crate) fn told_by<'s>(spec: &'s Value, container_name: &str, words: &str) -> Vec<&'s Value> {
    let Some(found) = container(spec, container_name) else {
        return Vec::new();
    };
    let mounts = found["volumeMounts"].as_array().into_iter().flatten();
    let told = mounts.filter(|it| {
        it["mountPath"]
            .as_str()
            .is_some_and(|path| names(words, path))
    });
    let volumes = || spec["volumes"].as_array().into_iter().flatten();
    told.filter_map(|mount| volumes().find(|volume| volume["name"] == mount["name"]))
        .collect()
}

/// The volumes of `ConfigMap`s of which the words name a file without its path, as parsers do.
pub(crate) fn files_told<'s>(spec: &'s Value, words: &str) -> Vec<&'s Value> {
    let volumes = spec["volumes"].as_array().into_iter().flatten();
    let is_told = |volume: &&Value| {
        let items = volume["configMap"]["items"].as_array();
        let mut keys = items
            .into_iter()
            .flatten()
            .filter_map(|item| item["key"].as_str());
        keys.any(|key| {
            let file = key.trim_start_matches('/');
            words.contains(&format!("{file}:")) || words.contains(&format!("{file}\""))
        })
    };
    volumes.filter(is_told).collect()
}

/// The path of the node of which the container mounts something at a path that the words name, or beneath
/// it, to be written to.
pub(crate) fn writable_host_path(
    spec: &Value,
    container_name: &str,
    words: &str,
) -> Option<String> {
    let found = container(spec, container_name)?;
    let mut mounts = found["volumeMounts"].as_array()?.iter();
    let mut volumes = spec["volumes"].as_array()?.iter();
    let mount = mounts.find(|it| {
        let is_told = it["mountPath"]
            .as_str()
            .is_some_and(|path| names(words, path));
        is_told && it["readOnly"] != true
    })?;
    let volume = volumes.find(|volume| volume["name"] == mount["name"])?;
    volume["hostPath"]["path"].as_str().map(str::to_owned)
}

/// The path of the node behind a path of the container, by the innermost hostPath volume that it mounts there.
pub(crate) fn path_on_node(spec: &Value, container_name: &str, path: &str) -> Option<String> {
    on_node(spec, container_name, path).map(|(_, path)| path)
}

/// What of a path is beneath another: nothing where it is that itself.
pub(crate) fn beneath<'p>(path: &'p str, root: &str) -> Option<&'p str> {
    let rest = path.strip_prefix(root.trim_end_matches('/'))?;
    (rest.is_empty() || rest.starts_with('/')).then_some(rest)
}

/// The innermost mount of a container in which a path is, and the rest of the path.
pub(crate) fn mount_of<'s, 'p>(
    container: &'s Value,
    path: &'p str,
) -> Option<(&'s Value, &'p str)> {
    let mounts = container["volumeMounts"].as_array()?.iter();
    let mounts = mounts.filter_map(|mount| {
        let at = mount["mountPath"].as_str()?;
        Some((at.len(), mount, beneath(path, at)?))
    });
    let (_, mount, rest) = mounts.max_by_key(|(length, ..)| *length)?;
    Some((mount, rest))
}

/// The volume by which a path of the container is one of the node, and that.
fn on_node<'s>(spec: &'s Value, container_name: &str, path: &str) -> Option<(&'s str, String)> {
    let (mount, rest) = mount_of(container(spec, container_name)?, path)?;
    let mut volumes = spec["volumes"].as_array()?.iter();
    let volume = volumes.find(|volume| volume["name"] == mount["name"])?;
    let on_node = volume["hostPath"]["path"].as_str()?.trim_end_matches('/');
    let path = format!("{on_node}{rest}");
    let path = if path.is_empty() {
        "/".to_owned()
    } else {
        path
    };
    Some((volume["name"].as_str()?, path))
}

/// Whether the words name a file that came with the container's image: no volume is mounted above it, and the kernel and
/// what runs there do not make it.
pub(crate) fn names_own_file(spec: &Value, container_name: &str, words: &str) -> bool {
    const MADE: [&str; 6] = ["/proc", "/sys", "/dev", "/run", "/var/run", "/tmp"];
    let Some(container) = container(spec, container_name) else {
        return false;
    };
    let mut paths = paths_in(words).take(MOST_PATHS);
    paths.any(|path| {
        mount_of(container, path).is_none()
            && !MADE.iter().any(|made| beneath(path, made).is_some())
    })
}

/// The paths that words name.
fn paths_in(words: &str) -> impl Iterator<Item = &str> {
    let is_part = |c: char| c.is_alphanumeric() || "-_./".contains(c);
    let paths = words.split(move |c: char| !is_part(c));
    let paths = paths.filter(|it| it.starts_with('/') && !it.starts_with("//"));
    paths
        .map(|it| it.trim_end_matches(['.', '/']))
        .filter(|it| it.len() > 1)
}

/// A path of the node that the words name, as the container sees it or by the volume that brings it, and that
/// volume.
pub(crate) fn node_path_told(
    spec: &Value,
    container_name: &str,
    words: &str,
) -> Option<(String, String)> {
    for path in paths_in(words).take(MOST_PATHS) {
        if let Some((volume, path)) = on_node(spec, container_name, path) {
            return Some((path, volume.to_owned()));
        }
    }
    let mut volumes = spec["volumes"].as_array()?.iter();
    volumes.find_map(|volume| {
        let (name, path) = (
            volume["name"].as_str()?,
            volume["hostPath"]["path"].as_str()?,
        );
        let is_told = words.contains(&format!("{name} volume"))
            || words.contains(&format!("volume {name}"))
            || words.contains(&format!("volume \"{name}\""));
        is_told.then(|| (path.to_owned(), name.to_owned()))
    })
}

/// How many paths of a message are looked up.
const MOST_PATHS: usize = 16;

/// What is wrong with a path, as kubelets and container runtimes say it.
const OF_PATHS: [&str; 8] = [
    "o such file",
    "ermission denied",
    "ot a directory",
    "s a directory",
    "read-only file system",
    "file exists",
    "dial unix",
    "input/output error",
];

/// The path of the node that words of its kubelet or its container runtime name, and what they are about: what a pod has of
/// its own, and goes with it, is none.
pub(crate) fn own_path_told(words: &str) -> Option<&str> {
    const OF_PODS: [&str; 5] = [
        "/var/lib/kubelet/pods/",
        "/run/containerd/io.containerd",
        "/proc/",
        "/kubepods",
        "/sys/fs/cgroup",
    ];
    let line = words
        .lines()
        .find(|line| OF_PATHS.iter().any(|it| line.contains(it)))?;
    let is_part = |c: char| c.is_ascii_alphanumeric() || "-_./:@+".contains(c);
    let all = line.split(|c: char| !is_part(c)).take(MOST_WORDS);
    let paths = all
        .filter(|it| it.starts_with('/') && !it.starts_with("//"))
        .map(|it| it.trim_end_matches(['.', '/', ':']));
    let mut paths = paths.filter(|it| it.len() > 1 && !it.contains([':', '@']));
    paths.find(|it| !OF_PODS.iter().any(|own| it.starts_with(own)))
}

/// How many words of a line are looked at.
const MOST_WORDS: usize = 256;

/// Whether the words name this path or one beneath it.
fn names(words: &str, path: &str) -> bool {
    let path = path.trim_end_matches('/');
    let is_part = |c: char| c.is_alphanumeric() || "-_.".contains(c);
    path.len() > 1
        && stands_alone(
            words,
            path,
            |c| is_part(c) || c == '/',
            |rest| rest.starts_with(is_part),
        )
}

/// Whose a path is of those that keep their files there: where it is missing, they may keep them elsewhere, and an
/// empty directory in its place would hide that.
///
/// Source: [Local files and paths used by the kubelet](https://kubernetes.io/docs/reference/node/kubelet-files/).
pub(crate) fn keeper(path: &str) -> Option<&'static str> {
    const ROOTS: [(&str, &str); 6] = [
        ("/var/lib/kubelet", "kubelet"),
        ("/var/lib/containerd", "container runtime"),
        ("/run/containerd", "container runtime"),
        ("/var/lib/containers", "container runtime"),
        ("/var/lib/docker", "container runtime"),
        ("/run/crio", "container runtime"),
    ];
    let mut roots = ROOTS.into_iter();
    let found = roots.find(|(root, _)| beneath(path, root).is_some());
    found.map(|(_, keeper)| keeper)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn files_of_the_image_are_behind_no_mount() {
        let spec = json!({"containers": [{"name": "agent", "volumeMounts": [{"name": "config", "mountPath": "/etc/agent"}]}]});
        for (words, is_own) in [
            ("/etc/agent.conf:12: unknown key \"mtu\"", true),
            ("/etc/agent/agent.conf:12: unknown key \"mtu\"", false),
            (
                "open /proc/sys/net/ipv4/ip_forward: invalid argument",
                false,
            ),
            ("see https://example.com/docs", false),
            ("unknown key mtu", false),
        ] {
            assert_eq!(names_own_file(&spec, "agent", words), is_own, "{words}");
        }
        assert!(!names_own_file(&spec, "other", "/etc/agent.conf"));
    }

    #[test]
    fn paths_of_the_node_are_behind_mounts() {
        let spec = serde_json::json!({
            "containers": [{"name": "a", "volumeMounts": [
                {"name": "root", "mountPath": "/host"},
                {"name": "bin", "mountPath": "/host/opt/cni/bin"},
                {"name": "config", "mountPath": "/etc/agent"},
            ]}],
            "volumes": [
                {"name": "root", "hostPath": {"path": "/"}},
                {"name": "bin", "hostPath": {"path": "/var/lib/cni/bin"}},
                {"name": "config", "configMap": {"name": "agent"}},
            ],
        });
        for (path, on_node) in [
            ("/host/opt/cni/bin/shim", Some("/var/lib/cni/bin/shim")),
            ("/host/etc/x", Some("/etc/x")),
            ("/host", Some("/")),
            ("/hostile", None),
            ("/etc/agent/agent.yaml", None),
            ("nvidia", None),
        ] {
            assert_eq!(path_on_node(&spec, "a", path).as_deref(), on_node);
        }
    }

    #[test]
    fn paths_of_the_node_are_told_by_what_runs_there() {
        for (words, path) in [
            (
                "Failed to create pod sandbox: open /etc/kubernetes/resolv.conf: no such file or directory",
                Some("/etc/kubernetes/resolv.conf"),
            ),
            (
                "failed to create containerd task: open /var/lib/kubelet/pods/0f/etc-hosts: no such file or directory",
                None,
            ),
            (
                "dial unix /run/xtables/agent.sock: connect: connection refused",
                Some("/run/xtables/agent.sock"),
            ),
            (
                "Get \"https://10.0.0.1/api\": no such file or directory",
                None,
            ),
            ("waiting for /etc/agent to be there", None),
        ] {
            assert_eq!(own_path_told(words), path, "{words}");
        }
    }

    #[test]
    fn paths_are_whole() {
        for (words, named) in [
            ("parse /etc/agent/agent.yaml: line 14", true),
            ("cannot read \"/etc/agent\"", true),
            ("parse /etc/agent.yaml", false),
            ("parse /etc/agent-2/agent.yaml", false),
            ("parse /var/etc/agent/agent.yaml", false),
        ] {
            assert_eq!(names(words, "/etc/agent/"), named, "{words}");
        }
    }
}
