//! The kernel of a node: modules, BPF, cgroups, what it is built for.

use super::Place::Program;
use super::mend::Mend;
use super::row::{Owner, Row, as_root, in_mounts, install, on_node};
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
             Secure Boot (where that is on, the first line that the command prints ends with 1): use a driver that is signed for it, enrol the \
             key of its maker, or switch Secure Boot off for these nodes alone",
        )
        .commands(&[on_node!(
            "sh -c 'od -An -t u1 /host/sys/firmware/efi/efivars/SecureBoot-*; cat /host/sys/kernel/security/lockdown'"
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
        .commands(&[concat!(
                on_node!("sh -c 'uname -r; ls /host/lib/modules'"),
                "\n",
                install!("linux-modules-extra-$(uname -r)", "kernel-modules-extra-$(uname -r)", "modprobe {module}")
            ),
            on_node!("sh -c 'uname -r; ls /host/lib/modules'")]),
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
        .by(&[&["try 'modprobe "], &["Perhaps 'modprobe "], 
            &["ailed to detect", "kernel module"],
            &["kernel module", "not loaded"],
            &["kernel module", "isn't loaded"],
            &["un `modprobe "],
            &["un 'modprobe "],
        ])
        .takes(&[Take::after("module", Kind::Name, &["try 'modprobe "]), 
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
             {module|them} on {nodes} at boot; where it has that, the kernel may be locked down and take signed modules alone",
        )
        .commands(&[SECURITY])
        .mend(Mend::Capabilities(&["SYS_MODULE"])),
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
        .lacks("a driver of the daemon, loaded into its kernel")
        .todo(
            "use the driver that needs no build for each kernel (Falco: driver.kind=modern_ebpf, from Linux 5.8 on with BTF), or install the headers of \
             the kernel that runs on {nodes}, so that it can be built there: for theirs none may be built beforehand",
        )
        .commands(&["helm upgrade {release} falcosecurity/falco -n {namespace} --reuse-values --set driver.kind=modern_ebpf",
            on_node!("sh -c 'uname -r; ls -l /sys/kernel/btf/vmlinux; ls /host/lib/modules'")]),
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
        .commands(&[SECURITY])
        .mend(Mend::Capabilities(&["SYS_RESOURCE"])),
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
        .commands(&[concat!(
            on_node!("grep bpf /host/proc/1/mounts"),
            "\n",
            in_mounts!("mount -t bpf bpf /sys/fs/bpf")
        )]),
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
        .commands(&[as_root!("sh -c 'uname -r; dmesg | grep -i avc | tail'")]),
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
        .commands(&[SECURITY])
        .mend(Mend::Capabilities(&["BPF", "PERFMON"])),
    Row::new("kernelHeaders", Owner::NodeAsAsked)
        .by(&[&["ailed to load PX filesystem dependencies for kernel"], 
            &["kernel headers", "not found"],
            &["kernel headers", "ould not find"],
            &["unable to find kernel headers"],
            &["Unable to find kernel headers"],
            &["/lib/modules/", "/build", "o such file or directory"],
        ])
        .takes(&[Take::after("kernel", Kind::Name, &["dependencies for kernel "]), Take::after("kernel", Kind::Name, &["/lib/modules/"])])
        .lacks("the headers of its kernel")
        .todo(
            "install the headers of the kernel that runs on {nodes} ({kernel|see uname -r}), or use a driver that is \
             built already or needs none",
        )
        .commands(&[install!("linux-headers-$(uname -r)", "kernel-devel-$(uname -r)")]),
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
             cannot be written; where container {container|of the pod} is privileged, the node may be a container itself, and then the machine below it has to set that",
        )
        .commands(&[SECURITY])
        .mend(Mend::Privileged),
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
