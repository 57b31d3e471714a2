//! Words about nodes: kernel and storage.

use super::Place::{Kubelet, Program, Pull, Scheduler};
use super::Said;

pub(super) const HITS: &[Said] = &[
    (
        Kubelet,
        "Failed to create pod sandbox: open /run/systemd/resolve/resolv.conf: no such file or directory",
        "resolvConf",
    ),
    (
        Program,
        "<jemalloc>: Unsupported system page size",
        "pageSize",
    ),
    (
        Program,
        "agent: error while loading shared libraries: libx.so: ELF load command alignment not page-aligned",
        "pageSize",
    ),
    (
        Program,
        "E1124 12:08:52.118 installer.go:201] modprobe: ERROR: could not insert 'nvidia': Key was rejected by service",
        "moduleSigned",
    ),
    (
        Program,
        "modprobe: FATAL: Module ip_tables not found in directory /lib/modules/5.14.0-570.58.1.el9_6.x86_64",
        "moduleMissing",
    ),
    (
        Program,
        "modprobe: can't change directory to '/lib/modules': No such file or directory",
        "moduleMissing",
    ),
    (
        Program,
        "insmod: ERROR: could not insert module falco.ko: Invalid module format",
        "moduleFormat",
    ),
    (
        Program,
        "modprobe: ERROR: could not insert 'wireguard': Operation not permitted",
        "moduleNotPermitted",
    ),
    (Program, "libbpf: failed to find valid kernel BTF", "btf"),
    (
        Program,
        "load collection: no BTF found for kernel version 4.18.0-553: not supported",
        "btf",
    ),
    (
        Program,
        "failed to set rlimit: RLIMIT_MEMLOCK: operation not permitted",
        "memlock",
    ),
    (
        Program,
        "map create: operation not permitted (MEMLOCK may be too low, consider rlimit.RemoveMemlock)",
        "memlock",
    ),
    (
        Program,
        "creating map: pin to /sys/fs/bpf/agent: no such file or directory",
        "bpfFileSystem",
    ),
    (
        Program,
        "can't create bpf map: operation not permitted",
        "bpfNotPermitted",
    ),
    (
        Program,
        "field Probe: program probe: load program: operation not permitted",
        "bpfNotPermitted",
    ),
    (
        Program,
        "chdir(/lib/modules/5.15.0-1070/build): no such file or directory",
        "kernelHeaders",
    ),
    (
        Program,
        "open /sys/fs/cgroup/memory: no such file or directory",
        "cgroupVersion",
    ),
    (
        Program,
        "fatal: cgroup v1 is not supported",
        "cgroupVersion",
    ),
    (
        Program,
        "open /proc/sys/net/ipv4/ip_forward: read-only file system",
        "sysctlReadOnly",
    ),
    (
        Program,
        "failed to create fsnotify watcher: too many open files",
        "inotifyInstances",
    ),
    (
        Program,
        "inotify_add_watch: No space left on device",
        "inotify",
    ),
    (
        Program,
        "failed to make file target manager: too many open files",
        "openFiles",
    ),
    (
        Kubelet,
        "failed to start noop process for unshare: fork/exec /proc/self/exe: no space left on device",
        "userNamespacesUsed",
    ),
    (
        Kubelet,
        "can't set `spec.hostUsers: false`, runtime does not support user namespaces",
        "runtimeUserNamespaces",
    ),
    (Program, "write /spool/a: no space left on device", "disk"),
    (
        Kubelet,
        "mkdir /run/containerd/io.containerd.runtime.v2.task/k8s.io/01: no space left on device",
        "runDisk",
    ),
    (
        Kubelet,
        "write /var/lib/containerd/io.containerd.snapshotter.v1.overlayfs/snapshots/8/fs/a: no space left on device",
        "storeDisk",
    ),
    (Kubelet, "mkdir /mnt/run/a: no space left on device", "disk"),
    (
        Kubelet,
        "fork/exec /usr/bin/containerd-shim-runc-v2: cannot allocate memory",
        "runtimeMemory",
    ),
    (
        Program,
        "runtime: failed to create new OS thread (have 12 already; errno=11)",
        "processes",
    ),
    (
        Program,
        "fork: retry: Resource temporarily unavailable",
        "processes",
    ),
    (
        Kubelet,
        "failed to mkdir \"/opt/agent\": mkdir /opt/agent: read-only file system",
        "readOnlyNode",
    ),
    (
        Program,
        "io_uring_queue_init: Function not implemented",
        "notImplemented",
    ),
    (
        Program,
        "Fatal glibc error: CPU ISA level is lower than required",
        "cpuInstructions",
    ),
    (
        Program,
        "Illegal instruction (core dumped)",
        "cpuInstructions",
    ),
    // Storage.
    (
        Kubelet,
        "Multi-Attach error for volume \"pvc-2b61\" Volume is already used by pod(s) geo-cache-4ppqr",
        "oneNodeVolume",
    ),
    (
        Kubelet,
        "unable to apply cgroup configuration: mkdir /sys/fs/cgroup/memory/kubepods.slice/x.scope: cannot allocate memory",
        "memoryCgroups",
    ),
    (
        Scheduler,
        "0/4 nodes are available: persistentvolumeclaim \"geoip-db\" is being deleted. not found",
        "claimDeleted",
    ),
    (
        Scheduler,
        "0/4 nodes are available: persistentvolumeclaim \"geoip-db\" bound to non-existent persistentvolume \"pvc-2b61\". not found",
        "claimLost",
    ),
    (
        Scheduler,
        "0/4 nodes are available: 1 node(s) had volume node affinity conflict",
        "volumeElsewhere",
    ),
    (
        Program,
        "failed to execute iscsiadm: No such file or directory: exit status 127",
        "iscsiadm",
    ),
    (
        Program,
        "iscsiadm: can not connect to iSCSI daemon (111)!",
        "iscsid",
    ),
    (
        Kubelet,
        "mount: /var/lib/kubelet/pods/x: bad option; for several filesystems (e.g. nfs, cifs) you might need a /sbin/mount.<type> helper program.",
        "mountHelper",
    ),
    (
        Program,
        "nsenter: failed to execute zfs: No such file or directory",
        "hostProgram",
    ),
    (
        Program,
        "exec: \"multipath\": executable file not found in $PATH",
        "hostProgram",
    ),
    (
        Kubelet,
        "mount.nfs: access denied by server while mounting nas01:/export/a",
        "nfsDenied",
    ),
    (Kubelet, "mount.nfs: Connection timed out", "nfsSilent"),
    (
        Program,
        "open /data/state: stale NFS file handle",
        "staleHandle",
    ),
    (
        Kubelet,
        "stat /var/lib/kubelet/plugins/x/globalmount: transport endpoint is not connected",
        "fuseGone",
    ),
    (
        Kubelet,
        "path \"/var/lib/longhorn\" is mounted on \"/\" but it is not a shared mount",
        "notShared",
    ),
    (
        Kubelet,
        "path \"/\" is mounted on \"/\" but it is not a shared or slave mount",
        "notSharedOrSlave",
    ),
    (
        Kubelet,
        "'fsck' found errors on device /dev/sdb but could not correct them",
        "fileSystemDamaged",
    ),
    (
        Kubelet,
        "mount: wrong fs type, bad option, bad superblock on /dev/sdb, missing codepage or helper program, or other error.",
        "fileSystemType",
    ),
    (
        Kubelet,
        "failed to prepare subPath for volumeMount \"config\" of container \"agent\"",
        "subPath",
    ),
    (
        Kubelet,
        "error mounting \"/etc/agent.yaml\" to rootfs at \"/etc/agent.yaml\": not a directory: Are you trying to mount a directory onto a file (or vice-versa)?",
        "directoryOntoFile",
    ),
    (
        Kubelet,
        "error mounting \"/proc/x\" to rootfs at \"/config/sub\": mkdirat: read-only file system",
        "mountPoint",
    ),
    (
        Kubelet,
        "MountVolume.SetUp failed for volume \"kube-api-access-9x\" : object \"infra\"/\"kube-root-ca.crt\" not registered",
        "notRegistered",
    ),
    (
        Kubelet,
        "failed to get secretproviderclass infra/vault, error: SecretProviderClass.secrets-store.csi.x-k8s.io \"vault\" not found",
        "secretProviderClass",
    ),
    (
        Kubelet,
        "rpc error: code = Aborted desc = An operation with the given Volume ID pvc-1 already exists",
        "volumeBusy",
    ),
    (
        Scheduler,
        "0/3 nodes are available: 1 node(s) exceed max volume count",
        "volumeLimit",
    ),
    (
        Kubelet,
        "MountVolume.MountDevice failed for volume \"pvc-1\" : rpc error: code = DeadlineExceeded desc = context deadline exceeded",
        "csiSilent",
    ),
    (
        Program,
        "E1 main.go:1] \"Error connecting to CSI driver\" err=\"context deadline exceeded\"",
        "csiSocket",
    ),
    (
        Program,
        "rbd: map failed: rados: ret=-13, Permission denied",
        "cephKey",
    ),
    (
        Program,
        "open /var/run/agent/pid: read-only file system",
        "readOnlyContainer",
    ),
    (
        Program,
        "open /var/log/pods/a/0.log: permission denied",
        "filePermission",
    ),
    (
        Program,
        "PermissionError: [Errno 13] Permission denied: '/data/x'",
        "filePermission",
    ),
    (
        Program,
        "opening storage failed: lock file /data/LOCK already in use",
        "lockHeld",
    ),
    (
        Program,
        "sqlite3: database disk image is malformed",
        "stateDamaged",
    ),
    (
        Program,
        "Opening storage failed err=\"lock DB directory: resource temporarily unavailable\" path=/var/lib/m/lock",
        "lockHeld",
    ),
    (
        Program,
        "Failed to check br_netfilter: stat /proc/sys/net/bridge/bridge-nf-call-iptables: no such file or directory",
        "bridgeNetfilter",
    ),
    (
        Program,
        "lock file /data/agent.lock already exists",
        "lockFile",
    ),
    (
        Program,
        "ovn-controller: /var/run/ovn/ovn-controller.pid: already running as pid 2764, aborting",
        "lockFile",
    ),
    (
        Kubelet,
        "user namespaces are not supported by this kernel: not supported",
        "userNamespaces",
    ),
    (
        Program,
        "cp: cannot create regular file '/host/opt/cni/bin/multus-shim': Text file busy",
        "fileBusy",
    ),
    (
        Program,
        "open \\\\.\\pipe\\csi-proxy-filesystem-v1: The system cannot find the file specified.",
        "csiProxy",
    ),
    (Kubelet, "\"code\": \"ForbiddenByRbac\"", "vaultDenied"),
    (
        Program,
        "Fatal glibc error: CPU does not support x86-64-v3",
        "cpuInstructions",
    ),
];

pub(super) const NEAR: &[Said] = &[
    (
        Program,
        "open /run/systemd/resolve/resolv.conf: no such file or directory",
        "resolvConf",
    ),
    (Program, "hugetlbfs: unsupported page size 1Gi", "pageSize"),
    (
        Program,
        "the api key was rejected by the service",
        "moduleSigned",
    ),
    (Program, "Module agent not found in config", "moduleMissing"),
    (Program, "exec /agent: Exec format error", "moduleFormat"),
    (
        Program,
        "could not insert row: duplicate key",
        "moduleNotPermitted",
    ),
    (Program, "BTF support is enabled", "btf"),
    (Program, "could not lock memory", "memlock"),
    (Program, "/sys/fs/bpf is mounted", "bpfFileSystem"),
    (Program, "mount: operation not permitted", "bpfNotPermitted"),
    (Program, "headers not found in response", "kernelHeaders"),
    (Program, "using cgroup v2", "cgroupVersion"),
    (
        Program,
        "open /etc/agent: read-only file system",
        "sysctlReadOnly",
    ),
    (Program, "inotify started", "inotify"),
    (
        Kubelet,
        "mkdir /mnt/run/a: no space left on device",
        "runDisk",
    ),
    (
        Pull,
        "mkdir /run/containerd/a: no space left on device",
        "runDisk",
    ),
    (Program, "write /a: no space left on device", "imageDisk"),
    (
        Kubelet,
        "write /srv/containerd/a: no space left on device",
        "storeDisk",
    ),
    (Program, "too many open files", "inotifyInstances"),
    (Program, "too many open connections", "openFiles"),
    (
        Kubelet,
        "write /a: no space left on device",
        "userNamespaces",
    ),
    (
        Program,
        "inotify_add_watch: no space left on device",
        "disk",
    ),
    (Program, "mmap: cannot allocate memory", "runtimeMemory"),
    (
        Kubelet,
        "mkdir /sys/fs/cgroup/memory/x: permission denied",
        "memoryCgroups",
    ),
    (
        Scheduler,
        "0/4 nodes are available: pod has unbound immediate PersistentVolumeClaims",
        "claimLost",
    ),
    (
        Scheduler,
        "0/4 nodes are available: persistentvolumeclaim \"geoip-db\" not found",
        "claimDeleted",
    ),
    (
        Program,
        "lock: resource temporarily unavailable",
        "processes",
    ),
    (Program, "open /a: read-only file system", "readOnlyNode"),
    (Program, "method not implemented", "notImplemented"),
    (Program, "illegal argument", "cpuInstructions"),
    (Kubelet, "attach error for volume x", "oneNodeVolume"),
    (
        Scheduler,
        "0/4 nodes are available: 4 Insufficient cpu",
        "volumeElsewhere",
    ),
    (Program, "iscsiadm: No records found", "iscsiadm"),
    (Program, "connected to iSCSI daemon", "iscsid"),
    (
        Kubelet,
        "mount.nfs: access denied by server while mounting nas01:/a",
        "mountHelper",
    ),
    (
        Program,
        "exec: \"agent\": executable file not found in $PATH",
        "hostProgram",
    ),
    (Program, "access denied by server", "nfsDenied"),
    (
        Program,
        "dial tcp 10.0.0.1:5432: connection timed out",
        "nfsSilent",
    ),
    (Program, "stale cache entry", "staleHandle"),
    (Program, "transport is closing", "fuseGone"),
    (Kubelet, "volume is not shared", "notShared"),
    (
        Kubelet,
        "the mount is shared or slave already",
        "notSharedOrSlave",
    ),
    (Program, "found errors in config", "fileSystemDamaged"),
    (Kubelet, "wrong file type", "fileSystemType"),
    (Program, "subPath of the url is empty", "subPath"),
    (
        Kubelet,
        "/etc/agent is not a directory",
        "directoryOntoFile",
    ),
    (
        Kubelet,
        "error mounting volume: permission denied",
        "mountPoint",
    ),
    (Kubelet, "node not registered", "notRegistered"),
    (
        Kubelet,
        "failed to get secret infra/a",
        "secretProviderClass",
    ),
    (Kubelet, "pod already exists", "volumeBusy"),
    (Scheduler, "1 Too many pods", "volumeLimit"),
    (
        Kubelet,
        "MountVolume.SetUp failed for volume \"c\" : configmap \"a\" not found",
        "csiSilent",
    ),
    (Program, "Error connecting to database", "csiSocket"),
    (Program, "rbd: image not found", "cephKey"),
    (
        Program,
        "file system is read only today",
        "readOnlyContainer",
    ),
    (
        Program,
        "connect to socket: permission denied",
        "filePermission",
    ),
    (Program, "lock acquired", "lockHeld"),
    (Program, "corrupt frame from peer", "stateDamaged"),
    (Program, "lock file /data/LOCK already in use", "lockFile"),
    (Program, "loaded module br_netfilter", "bridgeNetfilter"),
    (
        Kubelet,
        "runtime supports user namespaces",
        "runtimeUserNamespaces",
    ),
    (Program, "file is busy", "fileBusy"),
    (Program, "csi-proxy v1", "csiProxy"),
    (Program, "403 Forbidden", "vaultDenied"),
];
