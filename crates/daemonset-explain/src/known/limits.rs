//! What runs out on a node: watches, files, memory, processes, its disk.

use super::Place::{Kubelet, Program, Pull};
use super::kernel::PATH;
use super::mend::Mend;
use super::row::{Owner, Row, as_root, by_ssh, on_node};

/// What limits inotify on a node, and more of it.
const INOTIFY: &str = concat!(
    on_node!("sysctl fs.inotify"),
    "\n",
    as_root!("sysctl -w fs.inotify.max_user_watches=1048576 fs.inotify.max_user_instances=8192")
);

const DISK: &str = "disk space";

const WINDOWS: &[&str] = &["There is not enough space on the disk"];

const FREE_IMAGES: &str = "free disk space on {nodes} (crictl rmi --prune there removes images that no container uses), or give it more";

const LOOK_AND_PRUNE: &str = concat!(
    on_node!("sh -c 'df -h /host /host/var; df -i /host /host/var'"),
    "\n",
    by_ssh!("sudo crictl rmi --prune")
);

pub(super) const ROWS: &[Row] = &[
    Row::new("inotify", Owner::Node)
        .by(&[
            &["inotify", "no space left on device"],
            &["fsnotify", "no space left on device"],
            &["inotify", "max_user_"],
            &["inotify_add_watch", "No space left on device"],
        ])
        .lacks("inotify watches")
        .todo("let {nodes} have more inotify watches and instances (sysctl fs.inotify.max_user_watches and max_user_instances; in a file below /etc/sysctl.d \
             too, so that it stays), or find what takes them")
        .commands(&[INOTIFY]),
    Row::new("inotifyInstances", Owner::Node)
        .by(&[
            &["inotify", "oo many open files"],
            &["fsnotify", "oo many open files"],
        ])
        .lacks("inotify instances, or open files")
        .todo(
            "let {nodes} have more inotify watches and instances (sysctl fs.inotify.max_user_watches and max_user_instances; in a file \
             below /etc/sysctl.d too, so that it stays), or find what takes them; the same words come where the process has no open \
             file left (LimitNOFILE of the container runtime)",
        )
        .commands(&[INOTIFY]),
    Row::new("openFiles", Owner::NodeAsAsked)
        .by(&[&["oo many open files"]])
        .lacks("open files, or instances of inotify")
        .todo(
            "raise on {nodes} what is used up: instances of inotify for a program that watches files (sysctl \
             fs.inotify.max_user_instances, 128 by default), or else open files (LimitNOFILE of the container runtime, \
             sysctl fs.file-max)",
        )
        .commands(&[concat!(
            on_node!("sysctl fs.inotify fs.file-nr"),
            "\n",
            as_root!("sysctl -w fs.inotify.max_user_instances=8192")
        )]),
    Row::new("runtimeUserNamespaces", Owner::NodeAsAsked)
        .by(&[&["runtime does not support user namespaces"]])
        .heard(&[Kubelet])
        .lacks("a container runtime with user namespaces")
        .todo(
            "take hostUsers: false out of the template, or give {nodes} a container runtime that has user namespaces \
             (containerd 2.0, CRI-O 1.25 or later), as other nodes may have: the column CONTAINER-RUNTIME tells",
        )
        .commands(&["kubectl get nodes -o wide"])
        .mend(Mend::HostUsers),
    Row::new("userNamespacesUsed", Owner::NodeAsAsked)
        .by(&[&["unshare", "no space left on device"]])
        .heard(&[Kubelet])
        .lacks("user namespaces: none is left, or none is allowed")
        .todo(
            "let {nodes} make more user namespaces (sysctl user.max_user_namespaces), or take hostUsers: false out of the template",
        )
        .commands(&[as_root!("sysctl -w user.max_user_namespaces=65536")]),
    Row::new("userNamespaces", Owner::NodeAsAsked)
        .by(&[
            &["user namespaces", "not supported"],
            &["idmapped mounts", "not support"],
            &["idmap mounts", "not support"],
            &["MOUNT_ATTR_IDMAP"],
        ])
        .heard(&[Kubelet])
        .lacks("user namespaces, or mounts with mapped ids")
        .todo(
            "let {nodes} run pods in user namespaces (sysctl user.max_user_namespaces above 0, a kernel and file systems \
             that map ids of mounts), or take hostUsers: false out of the template",
        )
        .commands(&[on_node!("sh -c 'uname -r; sysctl user.max_user_namespaces'")])
        .mend(Mend::HostUsers),
    Row::new("keyQuota", Owner::Node)
        .by(&[&["session key", "uota exceeded"], &["keyring", "uota exceeded"]])
        .lacks("keys of the kernel (kernel.keys.maxkeys)")
        .todo("raise sysctl kernel.keys.maxkeys and kernel.keys.maxbytes on {nodes}: each container takes a key, and none is left")
        .commands(&[as_root!("sysctl -w kernel.keys.maxkeys=2000 kernel.keys.maxbytes=2000000 kernel.keys.root_maxkeys=1000000 kernel.keys.root_maxbytes=25000000")]),
    Row::new("diskQuota", Owner::Outside)
        .by(&[&["isk quota exceeded"], &["EDQUOT"]])
        .lacks("room within a quota of the file system")
        .todo(
            "raise the quota of the file system that it writes to (of a project, a user or an NFS export), or free what counts \
             against it: the disk itself may have room",
        )
        .commands(&[on_node!("chroot /host df -hT")]),
    Row::new("sharedMemory", Owner::Template)
        .by(&[
            &["shared memory", "o space left on device"],
            &["/dev/shm", "o space left on device"],
        ])
        .heard(&[Program])
        .lacks("room in /dev/shm")
        .todo(
            "mount an emptyDir of medium Memory at /dev/shm of container {container|of the pod}: it has 64 MiB otherwise, and no disk \
             is full",
        )
        .commands(&["kubectl get {set} -o jsonpath='{.spec.template.spec.containers[*].volumeMounts}'"])
        .mend(Mend::SharedMemory),
    Row::new("diskError", Owner::NodeAsAsked)
        .by(&[&["nput/output error"]])
        .unless(&["/sys/", "/proc/", "/dev/"])
        .heard(&[Program])
        .takes(&[PATH])
        .lacks("a disk that reads and writes without errors")
        .todo(
            "look in the kernel's log of {nodes} for errors of a disk, and replace it where there are; where {path|what it could not read} is on a volume of the network, \
             the way to that or its server may have failed",
        )
        .commands(&[as_root!("dmesg")]),
    Row::new("nodeDiskError", Owner::Node)
        .by(&[
            &["/var/lib/kubelet", "nput/output error"],
            &["/var/lib/containerd", "nput/output error"],
            &["/var/lib/containers", "nput/output error"],
            &["/run/containerd", "nput/output error"],
        ])
        .heard(&[Kubelet, Pull])
        .lacks("a disk that its kubelet and runtime can read and write")
        .todo(
            "look in the kernel's log of {nodes} for errors of the disk: where the kubelet and the runtime keep theirs, one came (pods \
             may not start there, so look at it without kubectl debug); only where the log has such errors, drain the node and replace \
             the disk; where it has none, what the runtime keeps of the image may be broken, or what mounts it",
        )
        .commands(&[by_ssh!("sudo dmesg -T")]),
    Row::new("runDisk", Owner::Node)
        .by(&[
            &["mkdir /run/", "o space left on device"],
            &["mkdir /var/run/", "o space left on device"],
            &["open /run/", "o space left on device"],
            &["open /var/run/", "o space left on device"],
            &["write /run/", "o space left on device"],
            &["write /var/run/", "o space left on device"],
        ])
        .heard(&[Kubelet])
        .lacks("room in /run")
        .todo(
            "find what fills /run of {nodes}, and free that: it is in memory, so that images that are removed free nothing there; its \
             inodes may run out too (no pod may start there, so look at it without kubectl debug)",
        )
        .commands(&[by_ssh!("'df -h /run; df -i /run; sudo du -xsh /run/* | sort -h | tail; sudo du -xs --inodes /run/* | sort -n | tail'")]),
    Row::new("imageDisk", Owner::Node)
        .by(&[&["o space left on device"], WINDOWS])
        .heard(&[Pull])
        .unless(&["inotify", "fsnotify", "unshare", "/sys/fs/cgroup"])
        .lacks(DISK)
        .todo(FREE_IMAGES)
        .commands(&[LOOK_AND_PRUNE]),
    Row::new("storeDisk", Owner::Node)
        .by(&[
            &["/var/lib/containerd", "o space left on device"],
            &["/var/lib/containers", "o space left on device"],
            &["/var/lib/docker", "o space left on device"],
            &["/agent/containerd", "o space left on device"],
        ])
        .heard(&[Kubelet])
        .lacks(DISK)
        .todo(FREE_IMAGES)
        .commands(&[LOOK_AND_PRUNE]),
    Row::new("disk", Owner::Node)
        .by(&[&["o space left on device"], WINDOWS])
        .heard(&[Kubelet, Program])
        .unless(&["inotify", "fsnotify", "unshare", "/sys/fs/cgroup"])
        .takes(&[PATH])
        .lacks(DISK)
        .todo("find on {nodes} what fills the file system of {path|what is written} (its bytes or its inodes), and free that, or make it larger")
        .commands(&[on_node!("sh -c 'df -h /host /host/var; df -i /host /host/var'")]),
    Row::new("memoryCgroups", Owner::Node)
        .by(&[
            &["mkdir /sys/fs/cgroup", "cannot allocate memory"],
            &["cgroup", "no space left on device", "mkdir"],
        ])
        .heard(&[Kubelet])
        .lacks("room for a cgroup more")
        .todo(
            "drain {nodes} and start it anew: its kernel makes no cgroup more, whether memory is free or not, as kernels before 4.19 \
             do whose memory cgroups are not taken back; a newer kernel ends that (no pod starts there meanwhile, so look at \
             it without kubectl debug)",
        )
        .commands(&["ssh {node} grep -e memory -e num_cgroups /proc/cgroups\nkubectl drain {node} --ignore-daemonsets"]),
    Row::new("runtimeMemory", Owner::Node)
        .by(&[
            &["fork/exec", "cannot allocate memory"],
            &["runc", "cannot allocate memory"],
        ])
        .lacks("memory for its container runtime")
        .todo("free memory on {nodes}: its container runtime finds none to start a container with")
        .commands(&["kubectl top node {node}\nkubectl top pods -A --sort-by=memory"]),
    Row::new("processes", Owner::NodeAsAsked)
        .by(&[
            &["fork", "esource temporarily unavailable"],
            &["failed to create new OS thread"],
            &["can't start new thread"],
            &["pthread_create", "esource temporarily unavailable"],
            &["unable to create native thread"],
            &["unable to create new native thread"],
        ])
        .lacks("processes or threads")
        .todo(
            "find what uses up the processes: a pod has as many as the kubelet allows (podPidsLimit), all of {nodes} as \
             the kernel does (kernel.pid_max, kernel.threads-max)",
        )
        .commands(&[concat!(
            "kubectl get --raw /api/v1/nodes/{node}/proxy/configz\n",
            on_node!("sysctl kernel.pid_max kernel.threads-max"),
            "\n",
            as_root!("sysctl -w kernel.pid_max=4194304")
        )]),
    Row::new("nodeDisk", Owner::Node)
        .by(&[
            &["/var/lib/kubelet", "ead-only file system"],
            &["/var/lib/containerd", "ead-only file system"],
            &["/run/containerd", "ead-only file system"],
            &["/var/lib/containers", "ead-only file system"],
            &["/var/log/pods", "ead-only file system"],
        ])
        .unless(&["error mounting"])
        .heard(&[Kubelet, Pull])
        .lacks("a disk that its kubelet and runtime can write")
        .todo(
            "drain {nodes}, and check its disk or replace it: a file system that the kubelet and the runtime need has become \
             read-only, as after an error of the disk, so that no pod to look around in starts there",
        )
        .commands(&["ssh {node} 'sudo dmesg | tail -n 50; grep \" ro,\" /proc/mounts'\nkubectl drain {node} --ignore-daemonsets"]),
    Row::new("readOnlyNode", Owner::NodeAsAsked)
        .by(&[&["ead-only file system"]])
        .heard(&[Kubelet])
        .unless(&["error mounting"])
        .takes(&[PATH])
        .lacks("a path that can be written")
        .todo(
            "let the hostPath volume of the template name a path of {nodes} that can be written, as one below /var/lib: \
             {path|this one} lies on a file system that is read-only, as the root is by design on systems such as Talos, \
             Bottlerocket and Container-Optimized OS; elsewhere it may be so after an error of the disk",
        )
        .commands(&["kubectl get {set} -o jsonpath='{.spec.template.spec.volumes}'\nkubectl edit {set}"]),
];
