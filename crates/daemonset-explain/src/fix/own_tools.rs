//! Commands on nodes whose operating system has no shell to log in to and no tools of its own, or keeps them where no path
//! leads.
//!
//! Source: [Talos for Linux admins](https://docs.siderolabs.com/talos/latest/learn-more/talos-for-linux-admins), its
//! [Pod Security](https://docs.siderolabs.com/kubernetes-guides/security/pod-security), and
//! [Bottlerocket](https://bottlerocket.dev/en/os/latest/).

use super::command::{debug_node, in_pod_as_root, on_host, on_node};
use crate::evidence::NodeInfo;

/// An operating system without a shell.
#[derive(Clone, Copy, PartialEq, Eq)]
enum System {
    /// All that is asked of it goes through its API.
    Talos,
    /// It is looked at by pods alone.
    Bottlerocket,
}

impl System {
    fn of(info: &NodeInfo) -> Option<Self> {
        if info.os_image.starts_with("Talos") {
            Some(Self::Talos)
        } else if info.os_image.starts_with("Bottlerocket") {
            Some(Self::Bottlerocket)
        } else {
            None
        }
    }
}

/// The command as the node lets it, empty where nothing of the kind runs there; `None` where it runs as it is.
pub(super) fn as_system_lets(
    command: &str,
    info: &NodeInfo,
    starts_no_pod: bool,
) -> Option<String> {
    let (node, look) = on_node(command)?;
    let system = System::of(info)?;
    let is_by_pod = command.starts_with("kubectl debug ");
    let of_host = ["chroot /host", "nsenter "];
    let is_own = is_by_pod && !of_host.iter().any(|it| look.contains(it));
    if is_own && !starts_no_pod {
        return (system == System::Talos).then(|| in_its_namespace(command));
    }
    let plain = on_host(look);
    let plain = plain.strip_prefix("sudo ").unwrap_or(&plain);
    let told = plain_words(plain).and_then(|words| match system {
        System::Talos => by_api(node, &words),
        System::Bottlerocket => None,
    });
    let by_pod = || {
        let told = plain_words(plain).and_then(|words| by_pod(node, &words));
        told.or_else(|| of_ports(node, plain))
    };
    let told = told.or_else(|| (!starts_no_pod).then(by_pod).flatten());
    Some(match system {
        System::Talos => in_its_namespace(&told.unwrap_or_default()),
        System::Bottlerocket => told.unwrap_or_default(),
    })
}

/// On Talos the pod of `kubectl debug` is refused but in the namespace that the rules for pods leave out.
fn in_its_namespace(command: &str) -> String {
    command.replacen("--image=busybox", "--image=busybox -n kube-system", 1)
}

/// The words of a command that no shell has to read.
fn plain_words(command: &str) -> Option<Vec<&str>> {
    let is_plain = !command.contains(['\'', '"', ';', '|', '&', '$', '*', '(']);
    is_plain.then(|| command.split(' ').collect())
}

/// The same by the API of Talos.
fn by_api(node: &str, words: &[&str]) -> Option<String> {
    let path = || words.iter().find(|it| it.starts_with('/'));
    let asked = match *words {
        ["ls", ..] => format!("list -l {}", path()?),
        ["cat", ..] => format!("read {}", path()?),
        ["df" | "findmnt", ..] => "mounts".to_owned(),
        ["dmesg", ..] | ["journalctl", "-k", ..] => "dmesg".to_owned(),
        ["lsmod", ..] => "read /proc/modules".to_owned(),
        _ => return None,
    };
    Some(format!("talosctl -n {node} {asked}"))
}

/// The same by a pod with tools of its own.
fn by_pod(node: &str, words: &[&str]) -> Option<String> {
    let beneath = || {
        let words = words.iter().map(|it| {
            if it.starts_with('/') {
                format!("/host{it}")
            } else {
                (*it).to_owned()
            }
        });
        words.collect::<Vec<_>>().join(" ")
    };
    Some(match *words {
        ["ls" | "cat" | "stat" | "find" | "grep" | "df" | "du", ..] => debug_node(node, &beneath()),
        ["lsmod", ..] => debug_node(node, "lsmod"),
        ["findmnt", ..] => debug_node(node, "cat /proc/1/mounts"),
        ["dmesg", ..] | ["journalctl", "-k", ..] => in_pod_as_root(node, "dmesg"),
        ["sysctl", ..] => in_pod_as_root(node, &words.join(" ")),
        _ => return None,
    })
}

/// Who listens on a port, as busybox tells it.
fn of_ports(node: &str, command: &str) -> Option<String> {
    let (_, port) = command.split_once("ss -ltnp 'sport = :")?;
    let port: u16 = port.strip_suffix('\'')?.parse().ok()?;
    let look = format!("sh -c 'netstat -ltnp | grep -w {port}'");
    Some(in_pod_as_root(node, &look))
}

/// The command with the tool of the container runtime where RKE2 and K3s have it, which is in no path of the root.
pub(super) fn with_own_crictl(command: &str, info: &NodeInfo) -> Option<String> {
    let crictl = own_crictl(&info.kubelet_version)?;
    let found = ["sudo crictl ", "chroot /host crictl "];
    let found = found.iter().find(|it| command.contains(*it))?;
    let before = found.strip_suffix("crictl ")?;
    // What stands before a program sets its environment in a shell alone.
    let env = if before.starts_with("chroot") && crictl.contains('=') {
        "env "
    } else {
        ""
    };
    Some(command.replacen(found, &format!("{before}{env}{crictl} "), 1))
}

/// The tool of the container runtime, where it is not found by its name.
fn own_crictl(kubelet_version: &str) -> Option<&'static str> {
    if kubelet_version.contains("+rke2") {
        Some(
            "CRI_CONFIG_FILE=/var/lib/rancher/rke2/agent/etc/crictl.yaml /var/lib/rancher/rke2/bin/crictl",
        )
    } else if kubelet_version.contains("+k3s") {
        Some("k3s crictl")
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn info(os: &str, kubelet: &str) -> NodeInfo {
        let info = serde_json::json!({"osImage": os, "kubeletVersion": kubelet});
        serde_json::from_value(info).unwrap()
    }

    #[test]
    fn what_has_no_shell_is_asked_by_what_it_has() {
        let on = |os: &str, command: &str| as_system_lets(command, &info(os, "v1.34.2"), false);
        let ls = "kubectl debug node/a -it --image=busybox -- chroot /host ls -la /etc/cni";
        assert_eq!(
            on("Talos (v1.12.1)", ls).as_deref(),
            Some("talosctl -n a list -l /etc/cni")
        );
        assert_eq!(
            on("Bottlerocket OS 1.51.0 (aws-k8s-1.34)", ls).as_deref(),
            Some("kubectl debug node/a -it --image=busybox -- ls -la /host/etc/cni")
        );
        assert_eq!(on("Ubuntu 24.04.3 LTS", ls), None);
        let ss = "kubectl debug node/a -it --image=busybox --profile=sysadmin -- chroot /host ss -ltnp 'sport = :9100'";
        assert_eq!(
            on("Bottlerocket OS 1.51.0", ss).as_deref(),
            Some(
                "kubectl debug node/a -it --image=busybox --profile=sysadmin -- sh -c 'netstat -ltnp | grep -w 9100'"
            )
        );
        // Nothing of the kind is there.
        let prune = "ssh a sudo crictl rmi --prune";
        assert_eq!(on("Talos (v1.12.1)", prune).as_deref(), Some(""));
        assert_eq!(on("Bottlerocket OS 1.51.0", prune).as_deref(), Some(""));
        // What a pod has of its own.
        let ask = "kubectl debug node/a -it --image=busybox -- nc -zv -w 3 b 443";
        assert_eq!(on("Bottlerocket OS 1.51.0", ask), None);
        assert_eq!(
            on("Talos (v1.12.1)", ask).as_deref(),
            Some("kubectl debug node/a -it --image=busybox -n kube-system -- nc -zv -w 3 b 443")
        );
    }

    #[test]
    fn where_no_pod_starts_an_api_answers_alone() {
        let on = |os: &str| {
            let ls = "kubectl debug node/a -it --image=busybox -- chroot /host ls -la /run/x";
            as_system_lets(ls, &info(os, "v1.34.2"), true)
        };
        assert_eq!(
            on("Talos (v1.12.1)").as_deref(),
            Some("talosctl -n a list -l /run/x")
        );
        assert_eq!(on("Bottlerocket OS 1.51.0").as_deref(), Some(""));
    }

    #[test]
    fn the_tool_of_the_runtime_is_where_its_distribution_has_it() {
        let on =
            |version: &str, command: &str| with_own_crictl(command, &info("SLES 15 SP6", version));
        assert_eq!(
            on("v1.33.5+rke2r1", "ssh a sudo crictl rmi --prune").as_deref(),
            Some(
                "ssh a sudo CRI_CONFIG_FILE=/var/lib/rancher/rke2/agent/etc/crictl.yaml /var/lib/rancher/rke2/bin/crictl rmi --prune"
            )
        );
        assert_eq!(
            on("v1.33.5+k3s1", "ssh a sudo crictl pull b").as_deref(),
            Some("ssh a sudo k3s crictl pull b")
        );
        assert_eq!(on("v1.33.5", "ssh a sudo crictl rmi --prune"), None);
    }
}
