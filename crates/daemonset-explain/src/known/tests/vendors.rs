//! Words of kernel modules, of settings of a node, of shares and of single rights, as programs write them.

use super::Place::{Kubelet, Probe, Program, Pull};
use super::Said;

pub(super) const HITS: &[Said] = &[
    (
        Program,
        "2026/03/06 14:55:21 [ERROR] Failed to add non-existent interface nodelocaldns: operation not supported",
        "dummyDevice",
    ),
    (
        Program,
        "FATA: creating dummy interface: operation not supported",
        "dummyDevice",
    ),
    (
        Program,
        "ip link add nodelocaldns type dummy: RTNETLINK answers: Not supported",
        "dummyDevice",
    ),
    (
        Program,
        "ip link add wg0 type wireguard: Error: Unknown device type.",
        "linkType",
    ),
    (
        Program,
        "ERROR: Cannot open TUN/TAP dev /dev/net/tun: No such file or directory (errno=2)",
        "tunDevice",
    ),
    (
        Program,
        "fuse: device not found, try 'modprobe fuse' first",
        "fuseDevice",
    ),
    (
        Program,
        "fusermount3: failed to open /dev/fuse: Operation not permitted",
        "fuseDevice",
    ),
    (
        Kubelet,
        "failed to create shim: /etc/kata-containers/configuration.toml: host system doesn't support vsock: stat /dev/vhost-vsock: no such file or directory: unknown",
        "vhostDevice",
    ),
    (
        Program,
        "Could not open device at /dev/ipmi0 or /dev/ipmi/0 or /dev/ipmidev/0: No such file or directory",
        "ipmiDevice",
    ),
    (
        Program,
        "open /dev/vfio/vfio: no such file or directory",
        "vfioDevice",
    ),
    (
        Program,
        "losetup: cannot find an unused loop device: failed to setup loop device for disk.img",
        "loopDevice",
    ),
    (
        Program,
        "open /dev/nbd0: no such file or directory",
        "nbdDevice",
    ),
    (
        Program,
        "stat /dev/infiniband/rdma_cm: no such file or directory",
        "rdmaDevice",
    ),
    (
        Program,
        "open /sys/class/powercap/intel-rapl:0/energy_uj: no such file or directory",
        "powerCap",
    ),
    (
        Program,
        "ipset v7.11: Error in line 1: Kernel error received: set type not supported",
        "ipset",
    ),
    (
        Program,
        "ipset v7.1: Cannot open session to kernel.",
        "ipset",
    ),
    (
        Program,
        "Warning: Extension MASQUERADE revision 0 not supported, missing kernel module?",
        "tablesExtension",
    ),
    (Kubelet, "Are the lustre modules loaded?", "lustreModules"),
    (
        Program,
        "failed attaching BPF program to tracepoint: neither debugfs nor tracefs are mounted",
        "traceFileSystem",
    ),
    (
        Program,
        "open /dev/kmsg: operation not permitted",
        "kernelLog",
    ),
    (
        Program,
        "ovs-vsctl: unix:/var/run/openvswitch/db.sock: database connection failed (No such file or directory)",
        "openVSwitch",
    ),
    (
        Program,
        "cannot open 'zfspv-pool': dataset does not exist",
        "zfsPool",
    ),
    (
        Program,
        "[1]: max virtual memory areas vm.max_map_count [65530] is too low, increase to at least [262144]",
        "mapCount",
    ),
    (
        Program,
        "[FATAL][5336] int_dataplane.go 1032: Kernel's RPF check is set to 'loose'.  This would allow endpoints to spoof their IP address.",
        "reversePath",
    ),
    (
        Program,
        "Could not setup Async I/O: Resource temporarily unavailable. The most common cause is not enough request capacity in /proc/sys/fs/aio-max-nr.",
        "asyncRequests",
    ),
    (
        Program,
        "EAL: Cannot get hugepage information.",
        "hugePagesNone",
    ),
    (
        Program,
        "setting uprobe: creating perf_uprobe PMU: opening perf event: permission denied",
        "perfEvents",
    ),
    (
        Program,
        "eth0: You don't have permission to capture on that device",
        "packetCapture",
    ),
    (
        Program,
        "ping: socket: Operation not permitted",
        "packetCapture",
    ),
    (
        Program,
        "Error initializing core: Failed to lock memory: cannot allocate memory",
        "memoryLock",
    ),
    (
        Program,
        "ptrace(PTRACE_ATTACH, 1): Operation not permitted",
        "traceProcesses",
    ),
    (
        Program,
        "nsenter: cannot open /proc/1/ns/mnt: Permission denied",
        "hostNamespaces",
    ),
    (
        Program,
        "nsenter: reassociate to namespace 'ns/mnt' failed: Operation not permitted",
        "hostNamespaces",
    ),
    (
        Program,
        "mount: /mnt/data: mount failed: Operation not permitted.",
        "mountRight",
    ),
    (
        Program,
        "standard_init_linux.go:228: exec user process caused: argument list too long",
        "serviceLinks",
    ),
    (
        Kubelet,
        "Output: mount error(2): No such file or directory",
        "shareMissing",
    ),
    (
        Kubelet,
        "mount error(115): Operation now in progress",
        "shareSilent",
    ),
    (Kubelet, "mount error(112): Host is down", "shareSilent"),
    (
        Kubelet,
        "mount.nfs4: access denied by server while mounting 127.0.0.1:/",
        "efsDenied",
    ),
    (Kubelet, "Is the MGS running?", "lustreServer"),
    (
        Kubelet,
        "MountVolume.SetUp failed for volume \"b\" : rpc error: code = FailedPrecondition desc = failed to find the sidecar container in Pod spec",
        "bucketSidecar",
    ),
    (
        Kubelet,
        "rpc error: code = Internal desc = the webhook failed to inject the sidecar container into the Pod spec",
        "bucketWebhook",
    ),
    (
        Program,
        "panic: At least one device with migEnabled=true was not configured correctly: No MIG devices associated with /dev/nvidia0: GPU-fe14",
        "migDevices",
    ),
    (
        Program,
        "error visiting device: error getting device memory info: Insufficient Permissions",
        "migRights",
    ),
    (
        Program,
        "[FATAL][199362] tunnel-ip-allocator/startsyncerclient.go 49: Typha discovery enabled but discovery failed. error=no endpoints",
        "typha",
    ),
    (
        Program,
        "[FATAL][90] client.go 165: Failed to connect to Typha error=dial tcp 100.67.253.90:5473: i/o timeout",
        "typha",
    ),
    (
        Program,
        "Network 10.32.0.0/12 overlaps with existing route 10.0.0.0/8 on host",
        "rangeOverlaps",
    ),
    (
        Program,
        "The configured data_dir \"/var/lib/vector/\" does not exist, please create it and make sure the vector process can write to it",
        "dataDirectory",
    ),
    (
        Program,
        "level=error msg=\"Invalid license key\"",
        "licenseKey",
    ),
    (Program, "API key is invalid, aborting", "licenseKey"),
    (
        Program,
        "Kube failed to establish connection to cluster: node \"a\" [609f] can not join the cluster, the token does not allow \"Kube\" role.",
        "clusterToken",
    ),
    (
        Program,
        "InvalidIdentityToken: No OpenIDConnect provider found in your account for https://oidc.eks.eu-west-1.amazonaws.com/id/AB12",
        "oidcProvider",
    ),
    (
        Program,
        "google: could not find default credentials.",
        "googleCredentials",
    ),
    (
        Program,
        "DefaultAzureCredential: failed to acquire a token.",
        "azureCredentials",
    ),
    (
        Pull,
        "failed to resolve reference \"1.dkr.ecr.eu-west-1.amazonaws.com/a:1\": unexpected status: 403 Forbidden",
        "registryForbiddenAws",
    ),
    (
        Pull,
        "failed to authorize: failed to fetch anonymous token: unexpected status from GET request to https://shop.azurecr.io/oauth2/token: 401 Unauthorized",
        "registryForbiddenAzure",
    ),
    (
        Pull,
        "unexpected status from HEAD request to https://europe-docker.pkg.dev/v2/p/r/a/manifests/1: 403 Forbidden",
        "registryForbiddenGoogle",
    ),
    (
        Kubelet,
        "failed to create containerd task: unshare failed: no space left on device",
        "userNamespacesUsed",
    ),
    (
        Kubelet,
        "add cmd: failed to assign an IP address to container",
        "awsAddresses",
    ),
    (
        Kubelet,
        "failed to allocate for range 0: no IP addresses available in range set: 10.20.0.10-10.20.0.40",
        "addressRange",
    ),
    (
        Program,
        "[WARNING][9] startup/startup.go 505: Couldn't autodetect an IPv4 address.",
        "calicoAddress",
    ),
    (
        Kubelet,
        "plugin type=\"calico\" failed (add): error getting ClusterInformation: connection is unauthorized: Unauthorized",
        "calicoToken",
    ),
    (
        Kubelet,
        "failed to find plugin \"portmap\" in path [/opt/cni/bin]",
        "cniCommonFile",
    ),
    (
        Kubelet,
        "failed to find plugin \"flannel\" in path [/opt/cni/bin]",
        "cniFile",
    ),
    (
        Kubelet,
        "rbd: mount: no mds server is up or the cluster is laggy",
        "cephFileServers",
    ),
    (
        Probe,
        "Readiness probe failed: Get \"http://10.1.2.3:8443/\": net/http: HTTP/1.x transport connection broken: malformed HTTP response \"\\x15\\x03\\x01\"",
        "probeHttps",
    ),
    (
        Probe,
        "Liveness probe failed: Get \"https://10.1.2.3:80/\": http: server gave HTTP response to HTTPS client",
        "probeHttp",
    ),
    (
        Kubelet,
        "plugin type=\"aws-cni\" failed (add): unauthorized",
        "cniUnauthorized",
    ),
    (
        Kubelet,
        "rados: ret=-110, Connection timed out",
        "cephServers",
    ),
    (Program, "Unable to find default route", "nodeAddress"),
    (
        Kubelet,
        "all subnets: InsufficientFreeAddresses, range is full",
        "addresses",
    ),
    (
        Program,
        "Failed to get pod CIDR from node spec. kube-router relies on kube-controller-manager to allocate pod CIDR for the node",
        "podRange",
    ),
    (
        Program,
        "Failed to load PX filesystem dependencies for kernel 5.15.0-1021",
        "kernelHeaders",
    ),
];

pub(super) const NEAR: &[Said] = &[
    (Program, "using dummy credentials", "dummyDevice"),
    (Program, "unknown device", "linkType"),
    (
        Program,
        "open /dev/net/tun: device or resource busy",
        "tunDevice",
    ),
    (Program, "fuse library 3.10 loaded", "fuseDevice"),
    (Program, "vsock connected", "vhostDevice"),
    (Program, "open /dev/ipmi0: permission denied", "ipmiDevice"),
    (Program, "vfio device busy", "vfioDevice"),
    (Program, "loop detected", "loopDevice"),
    (
        Program,
        "open /dev/sda: no such file or directory",
        "nbdDevice",
    ),
    (Program, "open /dev/nbd0: permission denied", "rdmaDevice"),
    (
        Program,
        "open /sys/class/powercap/intel-rapl:0/energy_uj: permission denied",
        "powerCap",
    ),
    (
        Program,
        "ipset v7.11: Kernel error received: Operation not permitted",
        "ipset",
    ),
    (
        Program,
        "iptables: No chain/target/match by that name.",
        "tablesExtension",
    ),
    (
        Kubelet,
        "mount.lustre: mount failed: Input/output error",
        "lustreModules",
    ),
    (Program, "tracefs is mounted", "traceFileSystem"),
    (Program, "reading /dev/kmsg: broken pipe", "kernelLog"),
    (Program, "ovs-vsctl: no bridge named br-int", "openVSwitch"),
    (Program, "the dataset does not exist", "zfsPool"),
    (
        Program,
        "max file descriptors [4096] is too low",
        "mapCount",
    ),
    (Program, "RPF check is strict", "reversePath"),
    (Program, "aio: 12 requests", "asyncRequests"),
    (Program, "hugepages: 1024 free", "hugePagesNone"),
    (
        Program,
        "opening perf event: no such file or directory",
        "perfEvents",
    ),
    (Program, "eth0: no such device exists", "packetCapture"),
    (Program, "failed to lock file", "memoryLock"),
    (Program, "ptrace: no such process", "traceProcesses"),
    (
        Program,
        "cannot open /proc/12/ns/net: No such file or directory",
        "hostNamespaces",
    ),
    (
        Program,
        "chown /mnt/a: operation not permitted",
        "mountRight",
    ),
    (
        Program,
        "exec user process caused: exec format error",
        "serviceLinks",
    ),
    (
        Kubelet,
        "mount error(13): Permission denied",
        "shareMissing",
    ),
    (
        Kubelet,
        "mount error(2): No such file or directory",
        "shareSilent",
    ),
    (
        Kubelet,
        "access denied by server while mounting 10.0.0.5:/data",
        "efsDenied",
    ),
    (Kubelet, "MGS is up", "lustreServer"),
    (
        Kubelet,
        "failed to find the volume in Pod spec",
        "bucketSidecar",
    ),
    (Kubelet, "the webhook failed", "bucketWebhook"),
    (Program, "MIG devices: 7", "migDevices"),
    (
        Program,
        "error getting device memory info: Not Found",
        "migRights",
    ),
    (
        Program,
        "Typha discovery enabled but discovery failed. error=Get \"https://172.20.0.1:443/api/v1\": dial tcp 172.20.0.1:443: connect: connection timed out",
        "typha",
    ),
    (Program, "Network policy overlaps", "rangeOverlaps"),
    (
        Program,
        "The configured data_dir \"/a\" is not writable by the vector process",
        "dataDirectory",
    ),
    (Program, "license key found", "licenseKey"),
    (Program, "joined the cluster", "clusterToken"),
    (
        Program,
        "InvalidIdentityToken: Incorrect token audience",
        "oidcProvider",
    ),
    (Program, "found default credentials", "googleCredentials"),
    (
        Program,
        "DefaultAzureCredential: dial tcp 169.254.169.254:80: i/o timeout failed",
        "azureCredentials",
    ),
    (
        Pull,
        "1.dkr.ecr.eu-west-1.amazonaws.com/a:1: not found",
        "registryForbiddenAws",
    ),
    (
        Pull,
        "shop.azurecr.io/a:1: not found",
        "registryForbiddenAzure",
    ),
    (
        Pull,
        "europe-docker.pkg.dev/p/r/a:1: not found",
        "registryForbiddenGoogle",
    ),
    (
        Kubelet,
        "unshare failed: operation not permitted",
        "userNamespacesUsed",
    ),
    (
        Kubelet,
        "assigned an IP address to container",
        "awsAddresses",
    ),
    (Kubelet, "no IP addresses available", "addressRange"),
    (Program, "autodetected IPv4 address", "calicoAddress"),
    (
        Kubelet,
        "error getting ClusterInformation: connection refused",
        "calicoToken",
    ),
    (
        Kubelet,
        "failed to find plugin \"calico\" in path [/opt/cni/bin]",
        "cniCommonFile",
    ),
    (Kubelet, "mds server is up", "cephFileServers"),
    (
        Probe,
        "Readiness probe failed: HTTP probe failed with statuscode: 400",
        "probeHttps",
    ),
    (
        Probe,
        "Readiness probe failed: malformed HTTP response",
        "probeHttp",
    ),
];
