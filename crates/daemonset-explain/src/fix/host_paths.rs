//! Paths of a node that a pod mounts: what is not there, or is something else, and what cannot be written to.

use daemonset::api::DaemonSet;
use serde_json::json;

use super::command::{debug_node, patch_pods, word};
use super::{Fix, NodeRepair, Repair};
use crate::round::Round;
use crate::signs::mounted::{self, keeper};
use crate::stall::Said;

/// What is said of a file system that cannot be written to.
pub(super) const READ_ONLY: &str = "ead-only file system";

/// A path of nodes that a container cannot write to, though it is mounted to be written to.
pub(super) fn read_only_path(
    round: &Round<'_>,
    said: &Said<'_, '_>,
    words: &str,
    nodes: impl FnOnce() -> Vec<String>,
) -> Option<Fix> {
    let name = said.problem.container()?;
    if !words.contains(READ_ONLY) {
        return None;
    }
    let spec = round.daemon_set().spec.template.spec_as_json();
    let path = mounted::writable_host_path(spec, name, words)?;
    let look = format!("chroot /host findmnt -T {}", word(&path));
    let look = debug_node(&word(said.node.name), &look);
    let repair = Repair::Node(NodeRepair::ReadOnlyPath {
        path,
        nodes: nodes(),
    });
    Some(Fix::outside(repair, vec![look]))
}

/// The commands that show a path of a node, and make what is to be there where the template allows that.
pub(super) fn of_host_path(set: &DaemonSet, on: &str, path: &str, wanted: &str) -> Vec<String> {
    let shown = format!("chroot /host ls -ld {}", word(path));
    if let Some(keeper) = keeper(path) {
        let look = match keeper {
            "kubelet" => "ps -ww -C kubelet -o args; ls -ld /var/lib/*/kubelet",
            _ => {
                "ls -ld /run/*/containerd /run/containerd /run/crio /var/lib/containerd /var/lib/containers /var/lib/docker"
            }
        };
        return vec![debug_node(
            &word(on),
            &format!("chroot /host sh -c '{look}'"),
        )];
    }
    let type_ = match wanted {
        "a directory" => Some("DirectoryOrCreate"),
        "a file" => Some("FileOrCreate"),
        _ => None,
    };
    let spec = set.spec.template.spec_as_json();
    let mut volumes = spec["volumes"].as_array().into_iter().flatten();
    let volume = volumes.find(|it| it["hostPath"]["path"] == path);
    let mended = volume.zip(type_).map(|(volume, type_)| {
        let wanted_one = json!({"name": volume["name"], "hostPath": {"path": path, "type": type_}});
        patch_pods(set, &json!({"volumes": [wanted_one]}))
    });
    std::iter::once(debug_node(&word(on), &shown))
        .chain(mended)
        .collect()
}

/// What a hostPath volume can ask for, in the kubelet's words.
const HOST_PATHS: [&str; 5] = [
    "a directory",
    "a file",
    "a socket file",
    "a character device",
    "a block device",
];

/// `/var/log/app` and `a directory` of `hostPath type check failed: /var/log/app is not a directory`.
pub(super) fn host_path(words: &str) -> Option<(&str, &'static str)> {
    let (_, rest) = words.split_once("hostPath type check failed: ")?;
    let (path, rest) = rest.split_once(" is not ")?;
    let wanted = HOST_PATHS.into_iter().find(|it| rest.starts_with(it))?;
    Some((path, wanted))
}
