//! Words about the network and the devices of nodes.

use super::Place::{Kubelet, Probe, Program, Scheduler};
use super::Said;

pub(super) const HITS: &[Said] = &[
    // Network.
    (
        Program,
        "failed to acquire lease: node \"wk-5\" pod cidr not assigned",
        "podRange",
    ),
    (
        Kubelet,
        "plugin type=\"aws-cni\" name=\"aws-cni\" failed (add): add cmd: failed to assign an IP address to container",
        "awsAddresses",
    ),
    (
        Kubelet,
        "have you checked that your default network is ready? still waiting for readinessindicatorfile @ /host/run/multus/x",
        "multus",
    ),
    (
        Kubelet,
        "loadFlannelSubnetEnv failed: open /run/flannel/subnet.env: no such file or directory",
        "flannelSubnet",
    ),
    (
        Kubelet,
        "stat /var/lib/calico/nodename: no such file or directory: check that the calico/node container is running and has mounted /var/lib/calico/",
        "calicoNode",
    ),
    (
        Kubelet,
        "plugin type=\"bridge\" failed (add): failed to set bridge addr: \"cni0\" already has an IP address different from 10.244.1.1/24",
        "bridgeAddress",
    ),
    (
        Kubelet,
        "plugin type=\"cilium-cni\" name=\"cilium\" failed (add): unable to create endpoint: Cilium API client timeout exceeded",
        "ciliumAgent",
    ),
    (
        Kubelet,
        "plugin type=\"calico\" failed (add): error getting ClusterInformation: connection is unauthorized: Unauthorized",
        "calicoToken",
    ),
    (
        Kubelet,
        "failed to find plugin \"loopback\" in path [/opt/cni/bin]",
        "cniCommonFile",
    ),
    (
        Kubelet,
        "container runtime network not ready: NetworkReady=false reason:NetworkPluginNotReady message:Network plugin returns error: cni plugin not initialized",
        "networkPlugin",
    ),
    (
        Kubelet,
        "plugin type=\"calico\" failed (add): Get \"https://10.96.0.1:443/x\": dial tcp 10.96.0.1:443: i/o timeout",
        "cniTimesOut",
    ),
    (
        Probe,
        "Readiness probe failed: calico/node is not ready: BIRD is not ready: BGP not established with 10.0.0.4,10.0.0.5",
        "bgp",
    ),
    (
        Program,
        "iptables v1.8.7 (nf_tables): table `filter' is incompatible, use 'nft' tool.",
        "xtablesMode",
    ),
    (
        Program,
        "Another app is currently holding the xtables lock; still 4s 0us time ahead",
        "xtablesLock",
    ),
    (
        Program,
        "iptables v1.8.9 (legacy): can't initialize iptables table `nat': Permission denied (you must be root)",
        "netAdmin",
    ),
    (
        Program,
        "RTNETLINK answers: Operation not permitted",
        "netAdmin",
    ),
    (
        Program,
        "iptables v1.8.9 (legacy): can't initialize iptables table `nat': Table does not exist (do you need to insmod?)",
        "iptablesTable",
    ),
    (
        Program,
        "operation error ec2imds: GetInstanceIdentityDocument, canceled, context deadline exceeded",
        "metadataAws",
    ),
    (
        Program,
        "Get \"http://169.254.169.254/latest/meta-data\": dial tcp 169.254.169.254:80: i/o timeout",
        "metadataAws",
    ),
    (
        Program,
        "Get \"https://10.96.0.1:443/api/v1/nodes/wk-3\": dial tcp 10.96.0.1:443: i/o timeout",
        "serviceAddress",
    ),
    (
        Program,
        "lookup agg.obs.svc on 169.254.20.10:53: read udp 169.254.20.10:53: i/o timeout",
        "nodeLocalDns",
    ),
    (
        Program,
        "listen tcp 169.254.20.10:53: bind: cannot assign requested address",
        "bindAddress",
    ),
    (
        Program,
        "listen tcp :80: bind: permission denied",
        "bindPermission",
    ),
    (
        Program,
        "socket: address family not supported by protocol",
        "ipv6Off",
    ),
    (
        Program,
        "open /proc/sys/net/ipv4/ip_forward: permission denied",
        "sysctlReadOnly",
    ),
    (
        Program,
        "nf_conntrack: table full, dropping packet",
        "conntrack",
    ),
    (
        Program,
        "listen tcp :8080: bind: address already in use",
        "portTaken",
    ),
    // Devices.
    (
        Kubelet,
        "nvidia-container-cli: initialization error: nvml error: driver/library version mismatch: unknown",
        "nvidiaVersions",
    ),
    (
        Kubelet,
        "could not select device driver \"\" with capabilities: [[gpu]]",
        "nvidiaRuntime",
    ),
    (
        Kubelet,
        "no runtime for \"nvidia\" is configured",
        "nvidiaRuntime",
    ),
    (
        Kubelet,
        "nvidia-container-cli: initialization error: nvml error: driver not loaded: unknown",
        "nvidiaDriver",
    ),
    (
        Program,
        "Failed to initialize NVML: could not load NVML library.",
        "nvidiaDriver",
    ),
    (
        Kubelet,
        "failed to inject CDI devices: unresolvable CDI devices intel.com/gpu=card0",
        "cdi",
    ),
    (
        Kubelet,
        "Pod was rejected: Allocate failed due to no healthy devices present; cannot allocate unhealthy devices amd.com/gpu, which is unexpected",
        "deviceUnhealthy",
    ),
    (
        Kubelet,
        "Allocate failed due to can't allocate unregistered device example.com/fpga, which is unexpected",
        "deviceUnregistered",
    ),
    (
        Kubelet,
        "Allocate failed due to requested number of devices unavailable for nvidia.com/gpu. Requested: 1, Available: 0, which is unexpected",
        "deviceTaken",
    ),
    (
        Kubelet,
        "Resources cannot be allocated with Topology locality",
        "topology",
    ),
    (
        Kubelet,
        "Allocate failed due to not enough cpus available to satisfy request: requested=4, available=2, which is unexpected",
        "cpuManager",
    ),
    (
        Scheduler,
        "0/3 nodes are available: 1 Insufficient hugepages-2Mi",
        "hugePages",
    ),
    (Scheduler, "1 cannot allocate all claims", "resourceClaims"),
    (
        Kubelet,
        "Predicate NodeAffinity failed: node(s) didn't match Pod's node affinity/selector",
        "nodeLabels",
    ),
    (
        Kubelet,
        "Failed to admit pod as the `kubernetes.io/os` label doesn't match: PodOSNotSupported",
        "podOs",
    ),
    (
        Program,
        "Could not access KVM kernel module: No such file or directory",
        "kvm",
    ),
    (
        Kubelet,
        "Post \"http://dummy/cni\": dial unix /run/multus/socket/multus.sock: connect: connection refused",
        "multusDaemon",
    ),
    (
        Kubelet,
        "rpc error: code = Unavailable desc = connection error: desc = \"transport: Error while dialing dial unix /var/run/antrea/cni.sock: connect: connection refused\"",
        "antreaAgent",
    ),
    (
        Kubelet,
        "plugin type=\"weave-net\" name=\"weave\" failed (add): unable to allocate IP address: Post \"http://127.0.0.1:6784/ip/0e75\": dial tcp 127.0.0.1:6784: connect: connection refused",
        "weaveAgent",
    ),
    (
        Kubelet,
        "plugin type=\"kube-ovn\" failed (add): dial unix /run/openvswitch/kube-ovn-daemon.sock: connect: no such file or directory",
        "kubeOvnAgent",
    ),
    (
        Kubelet,
        "plugin type=\"istio-cni\" name=\"istio-cni\" failed (add): istio-cni cmdAdd failed to contact node Istio CNI agent: unable to push CNI event (status code 500): pod add cannot be retried",
        "istioAgent",
    ),
    (
        Kubelet,
        "plugin type=\"istio-cni\" name=\"istio-cni\" failed (add): unable to push CNI event (status code 500): partial add error: no ztunnel connection",
        "ztunnel",
    ),
    (
        Kubelet,
        "plugin type=\"terway\" failed (add): cmdAdd: error alloc ip, transport: error while dialing: dial unix /var/run/eni/eni.socket: connect: connection refused",
        "cniAgent",
    ),
];

pub(super) const NEAR: &[Said] = &[
    (
        Kubelet,
        "plugin type=\"bridge\" failed (add): failed to create bridge \"cni0\": could not add \"cni0\": operation not permitted",
        "bridgeAddress",
    ),
    (Program, "pod cidr is 10.244.0.0/24", "podRange"),
    (Kubelet, "no available nodes", "addresses"),
    (Kubelet, "indicator file written", "multus"),
    (
        Program,
        "open /run/flannel: permission denied",
        "flannelSubnet",
    ),
    (
        Probe,
        "Readiness probe failed: calico/node is not ready: felix is not ready",
        "calicoNode",
    ),
    (Program, "connected to Cilium", "ciliumAgent"),
    (
        Kubelet,
        "failed to pull image: 401 Unauthorized",
        "cniUnauthorized",
    ),
    (Kubelet, "failed to find plugin in registry", "cniFile"),
    (Kubelet, "cni plugin initialized", "networkPlugin"),
    (Kubelet, "dial tcp 10.0.0.4:443: i/o timeout", "cniTimesOut"),
    (
        Probe,
        "Readiness probe failed: calico/node is not ready: BIRD is not ready",
        "bgp",
    ),
    (Program, "this release is incompatible", "xtablesMode"),
    (Program, "lock held", "xtablesLock"),
    (
        Program,
        "iptables v1.8.9 (legacy): can't initialize iptables table `nat': Table does not exist",
        "netAdmin",
    ),
    (Program, "iptables rules synced", "iptablesTable"),
    (Program, "169.254.169.254 answered 200", "metadata"),
    (
        Program,
        "dial tcp 10.96.0.15:443: i/o timeout",
        "serviceAddress",
    ),
    (
        Program,
        "lookup a on 10.96.0.10:53: i/o timeout",
        "nodeLocalDns",
    ),
    (
        Program,
        "dial tcp: connect: cannot assign requested address",
        "bindAddress",
    ),
    (Program, "open /a: permission denied", "bindPermission"),
    (Program, "protocol not supported", "ipv6Off"),
    (Program, "routing table full", "conntrack"),
    (Program, "port already in service", "portTaken"),
    (Kubelet, "version mismatch", "nvidiaVersions"),
    (
        Kubelet,
        "no runtime for \"kata\" is configured",
        "nvidiaRuntime",
    ),
    (Program, "NVML initialized", "nvidiaDriver"),
    (Kubelet, "devices injected", "cdi"),
    (
        Kubelet,
        "Allocate failed due to requested number of devices unavailable for a.b/c",
        "deviceUnhealthy",
    ),
    (Kubelet, "device registered", "deviceUnregistered"),
    (
        Kubelet,
        "Node didn't have enough resource: cpu",
        "deviceTaken",
    ),
    (Kubelet, "topology spread", "topology"),
    (Scheduler, "1 Insufficient cpu", "cpuManager"),
    (Scheduler, "1 Insufficient memory", "hugePages"),
    (Scheduler, "could not find the claims", "resourceClaims"),
    (
        Scheduler,
        "1 node(s) didn't match Pod's node affinity/selector",
        "nodeLabels",
    ),
    (Program, "os not supported", "podOs"),
    (Program, "KVM is on", "kvm"),
    (
        Kubelet,
        "still waiting for readinessindicatorfile",
        "multusDaemon",
    ),
    (
        Kubelet,
        "dial unix /run/multus/socket/multus.sock: connect: connection refused",
        "multus",
    ),
    (
        Program,
        "dial unix /var/run/antrea/cni.sock: connect: connection refused",
        "antreaAgent",
    ),
    (
        Program,
        "Readiness probe asks http://127.0.0.1:6784/status",
        "weaveAgent",
    ),
    (
        Kubelet,
        "dial unix /run/openvswitch/db.sock: connect: no such file or directory",
        "kubeOvnAgent",
    ),
    (
        Kubelet,
        "unable to push CNI event: partial add error: no ztunnel connection",
        "istioAgent",
    ),
    (
        Kubelet,
        "plugin type=\"calico\" failed (add): dial tcp 10.96.0.1:443: i/o timeout",
        "cniAgent",
    ),
];
