//! What a node lacks, as the words of a pod on it say: each kind with the words by which it is known, what
//! to do, and the command that shows it.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::message::is_of_probe;

/// What a node lacks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum NodeLack {
    /// Space on its disk.
    Disk,
    /// Watches or instances of inotify, which the kernel limits for all processes together.
    Inotify,
    /// An IP address for one more pod.
    Addresses,
    /// A network plugin that works.
    NetworkPlugin,
    /// The name for a container, which an attempt that failed holds.
    ContainerName,
    /// An `AppArmor` profile.
    AppArmor,
    /// A seccomp profile.
    Seccomp,
    /// A handler of the container runtime.
    RuntimeHandler,
    /// Memory for the container runtime itself.
    Memory,
    /// An image that is not to be pulled.
    Image,
    /// Trust in whoever signed the registry's certificate.
    Authority,
}

/// The words by which each is known: all of one alternative. The first that fits.
const KNOWN_BY: [(NodeLack, &[&[&str]]); 11] = [
    (
        NodeLack::Inotify,
        &[
            &["inotify", "no space left on device"],
            &["fsnotify", "no space left on device"],
            &["inotify", "too many open files"],
            &["fsnotify", "too many open files"],
        ],
    ),
    (NodeLack::Disk, &[&["no space left on device"]]),
    (
        NodeLack::Addresses,
        &[
            &["failed to assign an IP address"],
            &["no IP addresses available"],
            &["no available IP"],
            &["range is full"],
            &["InsufficientFreeAddresses"],
        ],
    ),
    (
        NodeLack::NetworkPlugin,
        &[
            &["cni plugin not initialized"],
            &["cni config uninitialized"],
            &["failed to find plugin", "in path"],
            &["calico/node container is running"],
            &["no networks found in /etc/cni"],
        ],
    ),
    (
        NodeLack::ContainerName,
        &[&["failed to reserve", "name", "is reserved for"]],
    ),
    (
        NodeLack::AppArmor,
        &[
            &["apparmor", "profile", "not found"],
            &["apparmor", "profile", "not loaded"],
            &["AppArmor", "profile", "not loaded"],
        ],
    ),
    (
        NodeLack::Seccomp,
        &[&["seccomp profile", "no such file or directory"]],
    ),
    (
        NodeLack::RuntimeHandler,
        &[&["no runtime for ", "is configured"]],
    ),
    (
        NodeLack::Memory,
        &[
            &["fork/exec", "cannot allocate memory"],
            &["runc", "cannot allocate memory"],
        ],
    ),
    (
        NodeLack::Image,
        &[&["is not present with pull policy of Never"]],
    ),
    (
        NodeLack::Authority,
        &[&["x509: certificate signed by unknown authority"]],
    ),
];

impl NodeLack {
    /// What the words say is lacking.
    pub(crate) fn of_words(words: &str) -> Option<Self> {
        // A probe asks the pod itself.
        let lines = || words.lines().filter(|line| !is_of_probe(line));
        let says = |alternative: &&[&str]| {
            lines().any(|line| alternative.iter().all(|part| line.contains(part)))
        };
        let found = KNOWN_BY
            .iter()
            .find(|(_, alternatives)| alternatives.iter().any(says));
        found.map(|(lack, _)| *lack)
    }

    /// Whether it is the node's, whatever the template asks for: every pod takes it.
    pub(crate) fn is_of_every_pod(self) -> bool {
        !matches!(
            self,
            Self::AppArmor | Self::Seccomp | Self::RuntimeHandler | Self::Image | Self::Authority
        )
    }

    /// Whether words say that a disk is full.
    pub(crate) fn is_full_disk(words: &str) -> bool {
        Self::of_words(words) == Some(Self::Disk)
    }

    /// What to do, on these nodes.
    pub(crate) fn instruction(self, nodes: &str) -> String {
        match self {
            Self::Disk => {
                format!("free disk space on {nodes}, or give it more: no pod gets on without")
            }
            Self::Inotify => format!(
                "let {nodes} have more inotify watches (sysctl fs.inotify.max_user_watches and \
                 max_user_instances), or find what takes them"
            ),
            Self::Addresses => format!(
                "give {nodes} IP addresses for more pods: move other pods away, widen the range or the subnet, or \
                 free what the network plugin (CNI) still holds"
            ),
            Self::NetworkPlugin => format!(
                "get the network plugin (CNI) of {nodes} to work: its own pod there installs it"
            ),
            Self::ContainerName => format!(
                "delete the pod, whose successor has another name, or restart the container runtime of {nodes}: a \
                 creation that was cut off still holds the name"
            ),
            Self::AppArmor => format!("load the AppArmor profile on {nodes}"),
            Self::Seccomp => format!("put the seccomp profile on {nodes}"),
            Self::Memory => format!(
                "free memory on {nodes}: its container runtime finds none to start a container with"
            ),
            Self::Image => format!(
                "put the image on {nodes}, or let it be pulled (imagePullPolicy IfNotPresent)"
            ),
            Self::Authority => format!(
                "let the container runtime of {nodes} trust the authority that signed the registry's certificate"
            ),
            Self::RuntimeHandler => {
                format!(
                    "configure the handler of the RuntimeClass in the container runtime of {nodes}"
                )
            }
        }
    }

    /// The command that shows it on a node, or does it to the pod `name -n namespace` there.
    pub(crate) fn command(self, node: &str, pod: &str) -> String {
        let on_node =
            |look: &str| format!("kubectl debug node/{node} -it --image=busybox -- {look}");
        match self {
            Self::Disk => on_node("df -h /host /host/var"),
            Self::Inotify => on_node("sysctl fs.inotify"),
            Self::Addresses => {
                format!("kubectl get pods -A -o wide --field-selector spec.nodeName={node}")
            }
            Self::NetworkPlugin => {
                format!(
                    "kubectl get pods -n kube-system -o wide --field-selector spec.nodeName={node}"
                )
            }
            Self::ContainerName => format!("kubectl delete pod {pod}"),
            Self::AppArmor => on_node("cat /host/sys/kernel/security/apparmor/profiles"),
            Self::Seccomp => on_node("ls -R /host/var/lib/kubelet/seccomp"),
            Self::RuntimeHandler => on_node("cat /host/etc/containerd/config.toml"),
            Self::Memory => format!("kubectl describe node {node}"),
            Self::Image => on_node("chroot /host crictl images"),
            Self::Authority => on_node("ls -R /host/etc/containerd/certs.d"),
        }
    }
}

/// Prints it as what is missing.
impl fmt::Display for NodeLack {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Disk => "disk space",
            Self::Inotify => "inotify watches",
            Self::Addresses => "IP addresses for pods",
            Self::NetworkPlugin => "a network plugin that works",
            Self::ContainerName => "a free name for the container",
            Self::AppArmor => "the AppArmor profile",
            Self::Seccomp => "the seccomp profile",
            Self::RuntimeHandler => "the handler of the RuntimeClass",
            Self::Memory => "memory for its container runtime",
            Self::Image => "the image",
            Self::Authority => "trust in the registry's certificate",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_is_known_by_its_words() {
        for (words, lack) in [
            (
                "write /spool/a: no space left on device",
                Some(NodeLack::Disk),
            ),
            (
                "failed to create fsnotify watcher: too many open files",
                Some(NodeLack::Inotify),
            ),
            (
                "plugin type=\"aws-cni\" failed (add): add cmd: failed to assign an IP address to container",
                Some(NodeLack::Addresses),
            ),
            (
                "failed to reserve container name agent_agent-x_infra_0: name \"agent\" is reserved for \"ab\"",
                Some(NodeLack::ContainerName),
            ),
            (
                "apparmor failed to apply profile: profile \"k8s-agent\" not found",
                Some(NodeLack::AppArmor),
            ),
            (
                "no runtime for \"gvisor\" is configured",
                Some(NodeLack::RuntimeHandler),
            ),
            ("too many open files", None),
            ("Readiness probe failed: no space left on device", None),
        ] {
            assert_eq!(NodeLack::of_words(words), lack, "{words}");
        }
    }
}
