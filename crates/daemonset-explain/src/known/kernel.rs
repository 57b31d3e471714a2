//! The kernel of a node: modules, BPF, cgroups, limits, disks.

use super::Place::{Kubelet, Program, Pull};
use super::row::{Owner, Row, as_root, on_node};
use super::taken::{Kind, Take};

const MODULE: Take = Take::after(
    "module",
    Kind::Name,
    &[
        "could not insert module ",
        "could not insert ",
        "modprobe: FATAL: Module ",
        "modprobe: module ",
        "failed to load module ",
        "Module ",
        "can't load module ",
    ],
);

/// Where programs name the path that they are about.
pub(super) const PATH: Take = Take::after(
    "path",
    Kind::Path,
    &[
        "open ",
        "mkdir ",
        "create ",
        "stat ",
        "chown ",
        "chmod ",
        "unlink ",
        "rename ",
        "cannot open ",
        "can't open ",
        "can't create ",
        "cannot create ",
        "cannot create directory ",
        "path ",
        "write ",
        "read ",
        "lstat ",
        "file ",
        "directory ",
        "remove ",
        "mounting ",
    ],
);

pub(super) const ROWS: &[Row] = &[
    Row::new("moduleSigned", Owner::NodeAsAsked)
        .by(&[
            &["Key was rejected by service"],
            &["odule", "Required key not available"],
            &["insert", "Required key not available"],
            &["modprobe", "Required key not available"],
        ])
        .takes(&[MODULE])
        .lacks("a signature of kernel module {module|that is loaded} that its kernel accepts")
        .todo(
            "let the kernel of {nodes} accept module {module|that is loaded}: it takes signed ones only, as with \
             Secure Boot: use a driver that is signed for it, enrol the key of its maker, or switch Secure Boot off \
             for these nodes alone",
        )
        .commands(&[on_node!(
            "chroot /host sh -c 'mokutil --sb-state; cat /sys/kernel/security/lockdown'"
        )]),
    Row::new("moduleMissing", Owner::NodeAsAsked)
        .by(&[
            &["not found in directory /lib/modules"],
            &["can't change directory to", "/lib/modules"],
            &["modprobe: module ", "not found"],
            &["modprobe: FATAL: Module ", " not found"],
        ])
        .takes(&[
            MODULE,
            Take::after("kernel", Kind::Name, &["in directory /lib/modules/", "/lib/modules/"]),
        ])
        .lacks("kernel module {module|for the kernel that runs}")
        .todo(
            "let {nodes} have kernel module {module|that is loaded}: there is none for the kernel that runs \
             ({kernel|see uname -r}). After an update of the kernel the node has to be drained and started anew; else \
             install the package with more modules; and the template has to mount /lib/modules of the node",
        )
        .commands(&[on_node!("sh -c 'uname -r; ls /host/lib/modules'")]),
    Row::new("bridgeNetfilter", Owner::Node)
        .by(&[
            &["bridge-nf-call-iptables", "no such file"],
            &["bridge-nf-call-iptables", "No such file"],
            &["bridge-nf-call-ip6tables", "o such file"],
            &["br_netfilter", "not loaded"],
        ])
        .lacks("kernel module br_netfilter, loaded")
        .todo(
            "load kernel module br_netfilter on {nodes} (modprobe br_netfilter), and have it loaded at each start \
             (a file below /etc/modules-load.d): packets of pods on the same bridge pass iptables only with it",
        )
        .commands(&[as_root!(
            "sh -c 'modprobe br_netfilter && echo br_netfilter > /etc/modules-load.d/br_netfilter.conf'"
        )]),
    Row::new("moduleNotLoaded", Owner::NodeAsAsked)
        .by(&[
            &["ailed to detect", "kernel module"],
            &["kernel module", "not loaded"],
            &["kernel module", "isn't loaded"],
            &["un `modprobe "],
            &["un 'modprobe "],
        ])
        .takes(&[
            Take::after("module", Kind::Name, &["`modprobe ", "'modprobe ", "kernel module "]),
            Take::before("module", Kind::Name, &[" kernel module"]),
        ])
        .lacks("kernel module {module|that it needs}, loaded")
        .todo(
            "load kernel module {module|that it needs} on {nodes}, and have it loaded at each start (a file below \
             /etc/modules-load.d); where its kernel has none, install the package with more modules (linux-modules-extra) or \
             a kernel that is no cut-down one (-kvm, -minimal)",
        )
        .commands(&[
            as_root!("sh -c 'modprobe {module} && echo {module} > /etc/modules-load.d/{module}.conf'"),
            on_node!("chroot /host lsmod"),
        ]),
    Row::new("moduleFormat", Owner::NodeAsAsked)
        .by(&[
            &["could not insert", "Exec format error"],
            &["could not insert", "Invalid module format"],
            &["insmod", "nvalid module format"],
        ])
        .takes(&[MODULE])
        .lacks("a build of kernel module {module|that is loaded} for its kernel")
        .todo(
            "build or choose module {module|that is loaded} for the kernel of {nodes}: it is of another one",
        )
        .commands(&[on_node!("sh -c 'uname -r; ls /host/lib/modules'")]),
    Row::new("moduleNotPermitted", Owner::Template)
        .by(&[
            &["could not insert", "Operation not permitted"],
            &["modprobe", "Operation not permitted"],
            &["insmod", "Operation not permitted"],
        ])
        .takes(&[MODULE])
        .lacks("the right to load kernel module {module|that it loads}")
        .todo(
            "let container {container|of the pod} load kernel modules (capability SYS_MODULE, or privileged), or load \
             {module|them} on {nodes} at boot; where it has that, the kernel is locked down and takes signed modules alone",
        )
        .commands(&[SECURITY]),
    Row::new("kernelOld", Owner::NodeAsAsked)
        .by(&[
            &["kernel too old"],
            &["inimal kernel version is", "that is running"],
            &["kernel version", "is too old"],
            &["nsupported kernel version"],
        ])
        .heard(&[Program])
        .lacks("a kernel that is new enough")
        .todo(
            "give {nodes} a newer kernel (an update and a new start, a node at a time), use a release of the program that runs on theirs, or \
             leave them out",
        )
        .commands(&["kubectl get nodes -o custom-columns=NAME:.metadata.name,KERNEL:.status.nodeInfo.kernelVersion,OS:.status.nodeInfo.osImage"]),
    Row::new("kernelDriver", Owner::NodeAsAsked)
        .by(&[
            &["nable to find a prebuilt", "falco"],
            &["nable to find a prebuilt driver"],
            &["nable to find a prebuilt", "module"],
            &["rror opening device", "/dev/falco"],
            &["rror opening device", "/dev/scap"],
            &["an't open BPF probe"],
            &["Unable to load the driver."],
        ])
        .heard(&[Program])
        .lacks("a driver of the daemon for its kernel")
        .todo(
            "use the driver that needs no build for each kernel (Falco: driver.kind=modern_ebpf, from Linux 5.8 on with BTF), or install the headers of \
             the kernel that runs on {nodes}, so that it is built there; for theirs none is built beforehand",
        )
        .commands(&[on_node!("sh -c 'uname -r; ls -l /sys/kernel/btf/vmlinux; ls /host/lib/modules'")]),
    Row::new("btf", Owner::NodeAsAsked)
        .by(&[
            &["failed to find valid kernel BTF"],
            &["no BTF found for kernel version"],
            &["kernel doesn't have BTF"],
            &["nable to find candidate BTF file"],
            &["/sys/kernel/btf/vmlinux", "o such file or directory"],
        ])
        .lacks("type information (BTF) in its kernel")
        .todo(
            "use on {nodes} what needs no type information (BTF) of the kernel, as a kernel module or an older BPF \
             driver, give them a kernel that has it (5.8 or later, built with CONFIG_DEBUG_INFO_BTF), or leave them out",
        )
        .commands(&["kubectl get nodes -o wide"]),
    Row::new("memlock", Owner::Template)
        .by(&[
            &["RLIMIT_MEMLOCK"],
            &["MEMLOCK may be too low"],
            &["memlock rlimit"],
        ])
        .lacks("the right to lock memory for BPF")
        .todo(
            "let container {container|of the pod} lock memory for BPF: capability SYS_RESOURCE, or privileged; kernels \
             from 5.11 on need none",
        )
        .commands(&[SECURITY]),
    Row::new("bpfFileSystem", Owner::NodeAsAsked)
        .by(&[
            &["/sys/fs/bpf", "o such file or directory"],
            &["/sys/fs/bpf", "not mounted"],
            &["bpf fs is not mounted"],
            &["BPF filesystem", "not mounted"],
            &["bpffs", "not mounted"],
        ])
        .lacks("a BPF file system at /sys/fs/bpf")
        .todo(
            "mount the BPF file system on {nodes} at /sys/fs/bpf (type bpf), and let the template mount that path of \
             the node",
        )
        .commands(&[on_node!("grep bpf /host/proc/1/mounts")]),
    Row::new("bpfVerifier", Owner::NodeAsAsked)
        .by(&[
            &["line(s) omitted)"],
            &["invalid mem access"],
            &["BPF program is too large"],
            &["unknown func bpf_"],
            &["load program: invalid argument"],
        ])
        .lacks("a kernel that takes its BPF programs")
        .todo(
            "use a release of the program that knows the kernel of {nodes}, or another driver of it: the kernel's verifier \
             rejects the BPF program, and no right changes that",
        )
        .commands(&["kubectl get nodes -o wide"]),
    Row::new("bpfDenied", Owner::NodeAsAsked)
        .by(&[
            &["load program: permission denied"],
            &["bpf", "prog", "permission denied"],
            &["BPF program", "ermission denied"],
        ])
        .unless(&["/sys/fs/bpf"])
        .lacks("a kernel that takes its BPF programs, or the right to load them")
        .todo(
            "see which it is on {nodes}: the kernel's verifier that rejects the program (its reason follows in the log: another \
             release then), or SELinux (avc: denied, in the log of the kernel); capabilities that lack are told as \
             \"operation not permitted\"",
        )
        .commands(&[on_node!("sh -c 'uname -r; chroot /host dmesg | grep -i avc | tail'")]),
    Row::new("bpfNotPermitted", Owner::Template)
        .by(&[
            &["bpf", "peration not permitted"],
            &["BPF", "peration not permitted"],
            &["load program: operation not permitted"],
        ])
        .unless(&["/sys/fs/bpf", "chmod", "chown", "mkdir", "unlink"])
        .lacks("the right to load BPF programs")
        .todo(
            "let container {container|of the pod} load BPF programs: capabilities BPF and PERFMON (before Linux 5.8 \
             SYS_ADMIN), or privileged; where it has them, the kernel of {nodes} may be locked down",
        )
        .commands(&[SECURITY]),
    Row::new("kernelHeaders", Owner::NodeAsAsked)
        .by(&[
            &["kernel headers", "not found"],
            &["kernel headers", "ould not find"],
            &["unable to find kernel headers"],
            &["Unable to find kernel headers"],
            &["/lib/modules/", "/build", "o such file or directory"],
        ])
        .takes(&[Take::after("kernel", Kind::Name, &["/lib/modules/"])])
        .lacks("the headers of its kernel")
        .todo(
            "install the headers of the kernel that runs on {nodes} ({kernel|see uname -r}), or use a driver that is \
             built already or needs none",
        )
        .commands(&[on_node!("sh -c 'uname -r; ls /host/lib/modules /host/usr/src'")]),
    Row::new("cgroupVersion", Owner::NodeAsAsked)
        .by(&[
            &["cgroup v1", "not supported"],
            &["cgroups v1", "not supported"],
            &["cgroup v2", "not supported"],
            &["cgroups v2", "not supported"],
            &["cgroup v1", "unsupported"],
            &["cgroup v2", "unsupported"],
            &["/sys/fs/cgroup/memory", "o such file or directory"],
            &["/sys/fs/cgroup/cpu", "o such file or directory"],
            &["/sys/fs/cgroup/blkio", "o such file or directory"],
            &["/sys/fs/cgroup/cgroup.controllers", "o such file or directory"],
        ])
        // Of a pod that went meanwhile.
        .unless(&["kubepods"])
        .lacks("the version of cgroups that the program knows")
        .todo(
            "use a release of the program that knows the cgroups of {nodes} (v2 has one tree at /sys/fs/cgroup, v1 one \
             for each controller), or start these nodes with the other version, as the rest",
        )
        .commands(&[on_node!("stat -fc %T /host/sys/fs/cgroup")]),
    Row::new("conntrackMax", Owner::NodeAsAsked)
        .by(&[
            &["nf_conntrack_max", "ermission denied"],
            &["nf_conntrack_max", "ead-only file system"],
            &["nf_conntrack/parameters/hashsize", "ermission denied"],
            &["nf_conntrack/parameters/hashsize", "ead-only file system"],
            &["nf_conntrack/parameters/hashsize", "not supported"],
            &["nf_conntrack/parameters/hashsize", "not permitted"],
        ])
        .heard(&[Program])
        .lacks("the right to set how many connections it keeps track of")
        .todo(
            "leave the number of connections as it is (conntrack.maxPerCore: 0 and conntrack.min: 0 in the configuration of kube-proxy{configs|}), \
             or set nf_conntrack_max on the machine below {nodes}: a node that is a container itself (LXC, kind) may not set it, \
             however privileged its pods are",
        )
        .commands(&["kubectl edit configmap {config} -n {namespace}", "kubectl edit {set}"]),
    Row::new("sysctlReadOnly", Owner::Template)
        .by(&[
            &["/proc/sys/", "ead-only file system"],
            &["/proc/sys/", "ermission denied"],
        ])
        .heard(&[Program])
        .takes(&[Take::after("path", Kind::Path, &["open ", "write ", "create ", "can't create ", "writing "])])
        .lacks("the right to set a sysctl")
        .todo(
            "set {path|the sysctl} on the machine of {nodes} itself, or from a container that is privileged: in others /proc/sys \
             cannot be written; where container {container|of the pod} is privileged, the node is a container itself, and the \
             machine below it has to set that",
        )
        .commands(&[SECURITY]),
    Row::new("inotify", Owner::Node)
        .by(&[
            &["inotify", "no space left on device"],
            &["fsnotify", "no space left on device"],
            &["inotify", "oo many open files"],
            &["fsnotify", "oo many open files"],
            &["inotify", "max_user_"],
            &["inotify_init", "oo many open files"],
            &["inotify_add_watch", "No space left on device"],
        ])
        .lacks("inotify watches")
        .todo(
            "let {nodes} have more inotify watches (sysctl fs.inotify.max_user_watches and max_user_instances), or find \
             what takes them",
        )
        .commands(&[on_node!("sysctl fs.inotify")]),
    Row::new("openFiles", Owner::NodeAsAsked)
        .by(&[&["oo many open files"]])
        .lacks("open files, or instances of inotify")
        .todo(
            "raise on {nodes} what is used up: instances of inotify for a program that watches files (sysctl \
             fs.inotify.max_user_instances, 128 by default), or else open files (LimitNOFILE of the container runtime, \
             sysctl fs.file-max)",
        )
        .commands(&[on_node!("sysctl fs.inotify fs.file-nr")]),
    Row::new("runtimeUserNamespaces", Owner::NodeAsAsked)
        .by(&[&["runtime does not support user namespaces"]])
        .heard(&[Kubelet])
        .lacks("a container runtime with user namespaces")
        .todo(
            "take hostUsers: false out of the template, or give {nodes} a container runtime that has user namespaces \
             (containerd 2.0, CRI-O 1.25 or later), as other nodes may have: the column CONTAINER-RUNTIME tells",
        )
        .commands(&["kubectl get nodes -o wide"]),
    Row::new("userNamespaces", Owner::NodeAsAsked)
        .by(&[
            &["unshare", "no space left on device"],
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
        .commands(&[on_node!("sh -c 'uname -r; sysctl user.max_user_namespaces'")]),
    Row::new("keyQuota", Owner::Node)
        .by(&[&["session key", "uota exceeded"], &["keyring", "uota exceeded"]])
        .lacks("keys of the kernel (kernel.keys.maxkeys)")
        .todo("raise sysctl kernel.keys.maxkeys and kernel.keys.maxbytes on {nodes}: each container takes a key, and none is left")
        .commands(&[on_node!("sysctl kernel.keys.maxkeys kernel.keys.maxbytes")]),
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
        .commands(&["kubectl get {set} -o jsonpath='{.spec.template.spec.containers[*].volumeMounts}'"]),
    Row::new("diskError", Owner::NodeAsAsked)
        .by(&[&["nput/output error"]])
        .unless(&["/sys/", "/proc/", "/dev/"])
        .heard(&[Program])
        .takes(&[PATH])
        .lacks("a disk that reads and writes without errors")
        .todo(
            "look in the kernel's log of {nodes} for errors of a disk, and replace it; where {path|what it could not read} is on a volume of the network, \
             the way to that or its server has failed",
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
            "look in the kernel's log of {nodes} for errors of the disk, drain it and replace the disk: where the kubelet and the runtime keep \
             theirs, it gives errors (no pod starts there meanwhile, so look at it without kubectl debug)",
        )
        .commands(&["ssh {node} sudo dmesg -T\nkubectl drain {node} --ignore-daemonsets"]),
    Row::new("disk", Owner::Node)
        .by(&[
            &["o space left on device"],
            // Windows.
            &["There is not enough space on the disk"],
        ])
        .heard(&[Kubelet, Pull, Program])
        .unless(&["inotify", "fsnotify", "unshare", "/sys/fs/cgroup"])
        .lacks("disk space")
        .todo("free disk space on {nodes} (crictl rmi --prune there removes images that no container uses), or give it more: no pod gets \
             on without")
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
        .commands(&["kubectl top node {node}"]),
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
            on_node!("sysctl kernel.pid_max kernel.threads-max")
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
        .commands(&["ssh {node} 'sudo dmesg | tail -n 50; grep \" ro,\" /proc/mounts'"]),
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
        .commands(&["kubectl get {set} -o jsonpath='{.spec.template.spec.volumes}'"]),
    Row::new("pageSize", Owner::NodeAsAsked)
        .by(&[
            &["Unsupported system page size"],
            &["ELF load command alignment not page-aligned"],
            &["ELF load command address/offset not page-aligned"],
            &["ELF load command address/offset not properly aligned"],
        ])
        .lacks("memory pages of the size that the program is built for")
        .todo(
            "boot {nodes} with a kernel of 4 KiB pages, use an image that is built for larger ones too (jemalloc with \
             --with-lg-page=16), or leave them out: the program is built for pages of another size than those of their kernel",
        )
        .commands(&[on_node!("getconf PAGESIZE")]),
    Row::new("notImplemented", Owner::NodeAsAsked)
        .by(&[&["unction not implemented"], &["ENOSYS"]])
        .lacks("a system call that the program makes")
        .todo(
            "run it on {nodes} with a kernel and a runtime that have the system call: the kernel is too old for the \
             program, or a sandbox (gVisor) or a seccomp profile leaves it out",
        )
        .commands(&["kubectl get nodes -o wide"]),
    Row::new("cpuInstructions", Owner::NodeAsAsked)
        .by(&[
            &["CPU ISA level is lower than required"],
            &["CPU does not support x86-64-v"],
            &["can only be run on AMD64 processors with v"],
            &["llegal instruction"],
            &["SIGILL"],
        ])
        .exit_code(132)
        .lacks("CPU instructions that the program uses")
        .todo(
            "use an image that is built for the CPUs of {nodes}: the program has instructions that they do not know (as \
             of x86-64-v2 or v3, or AVX); or leave out nodes with such CPUs; a virtual machine may hide what its host \
             has",
        )
        .commands(&[on_node!("grep -m 1 flags /proc/cpuinfo")]),
];

/// What containers of the template are allowed.
pub(super) const SECURITY: &str = "kubectl get {set} -o \
     jsonpath='{.spec.template.spec.securityContext}{.spec.template.spec.containers[*].securityContext}'";
