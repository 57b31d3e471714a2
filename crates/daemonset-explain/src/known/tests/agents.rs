//! Words of agents in wide use, as their users report them.

use super::Place::{Kubelet, Probe, Program, Pull};
use super::Said;

pub(super) const HITS: &[Said] = &[
    (
        Program,
        "Error: Failed to detect nvme_tcp kernel module. Run `modprobe nvme_tcp` to load the kernel module.",
        "moduleNotLoaded",
    ),
    (
        Program,
        "E1123 run.go:72] \"command failed\" err=\"open /proc/sys/net/netfilter/nf_conntrack_max: permission denied\"",
        "conntrackMax",
    ),
    (
        Program,
        "Error: write /sys/module/nf_conntrack/parameters/hashsize: operation not supported",
        "conntrackMax",
    ),
    (
        Kubelet,
        "Output: mount error(13): Permission denied",
        "shareDenied",
    ),
    (Kubelet, "b'mount.nfs4: Connection timed out'", "nfsSilent"),
    (
        Pull,
        "failed to unpack image on snapshotter overlayfs: unexpected media type text/html for sha256:9c0a: not found",
        "registryPage",
    ),
    (
        Program,
        "User: arn:aws:sts::1:assumed-role/batch-nodes/i-0e7 is not authorized to perform: ec2:DescribeNetworkInterfaces because no identity-based policy allows",
        "cniRight",
    ),
    (
        Program,
        "User: arn:aws:sts::1:assumed-role/batch-nodes/i-0e7 is not authorized to perform: logs:CreateLogStream on resource: x",
        "roleRight",
    ),
    (
        Program,
        "RESPONSE 403: AuthorizationFailed: The client 'a' with object id 'b1' does not have authorization to perform action 'Microsoft.Network/x/read' over scope '/subscriptions/s'",
        "azureRight",
    ),
    (
        Program,
        "E1123 10:48:02.482901       1 factory.go:113] Incompatible strategy detected auto",
        "noGpu",
    ),
    (
        Program,
        "error creating plugin manager: unable to create plugin manager: invalid device discovery strategy",
        "noGpu",
    ),
    (
        Program,
        "failed to get instance: GetInstanceIdentityDocument: request canceled",
        "metadataAws",
    ),
    (
        Program,
        "Get \"http://169.254.169.254/openstack/latest/meta_data.json\": dial tcp 169.254.169.254:80: connect: no route to host",
        "metadata",
    ),
    (
        Program,
        "level=fatal msg=\"Error while creating daemon\" error=\"unable to determine direct routing device. Use --direct-routing-device to specify it\"",
        "nodeAddress",
    ),
    (
        Program,
        "[WARNING][9] startup/startup.go 505: Couldn't autodetect an IPv4 address. If auto-detecting, choose a different autodetection method.",
        "calicoAddress",
    ),
    (
        Program,
        "Failed to find any valid interface to use: failed to get default interface: Unable to find default route",
        "nodeAddress",
    ),
    (
        Program,
        "[WARNING][9] startup/startup.go 984: Calico node 'w1' is already using the IPv4 address 10.0.4.15.",
        "nodeAddressTaken",
    ),
    (
        Program,
        "level=error msg=\"Failed to wait for IPAM daemon to complete\" error=\"exit status 1\"",
        "awsIpamd",
    ),
    (
        Kubelet,
        "plugin type=\"istio-cni\" name=\"istio-cni\" failed (add): unable to push CNI event (status code 500): partial add error: no ztunnel connection",
        "ztunnel",
    ),
    (
        Program,
        "failed to connect to server \"/var/run/ztunnel/ztunnel.sock\"",
        "ztunnelSocket",
    ),
    (
        Program,
        "Failed to validate networking configuration. Please ensure iptables rules are rewriting traffic as expected.",
        "meshValidation",
    ),
    (
        Program,
        "failed to create vxlan device: operation not supported",
        "tunnelDevice",
    ),
    (
        Program,
        "[FATAL] plugin/loop: Loop (127.0.0.1:44219 -> :53) detected for zone \".\"",
        "dnsLoop",
    ),
    (
        Program,
        "panic: error getting Node i-0: Get \"https://100.64.0.1:443/api/v1/nodes/i-0\": dial tcp 100.64.0.1:443: i/o timeout",
        "serviceAddressPerhaps",
    ),
    (
        Program,
        "open /proc/sys/net/ipv6/conf/all/forwarding: no such file or directory",
        "ipv6Off",
    ),
    (
        Program,
        "Minimal requirements not met: Minimal kernel version is 4.19.57; kernel version that is running is: 3.10.0",
        "kernelOld",
    ),
    (Program, "FATAL: kernel too old", "kernelOld"),
    (
        Program,
        "Runtime error: error opening device /host/dev/falco0. Make sure you have root credentials and that the falco module is loaded.. Exiting.",
        "kernelDriver",
    ),
    (
        Program,
        "Unable to find a prebuilt falco module",
        "kernelDriver",
    ),
    (
        Program,
        "write /var/lib/agent/db: input/output error",
        "diskError",
    ),
    (
        Kubelet,
        "Output: Failed to resolve \"fs-0a.efs.us-east-1.amazonaws.com\" - check that your file system ID is correct, and ensure that the VPC has an EFS mount target for this file system ID.",
        "efsName",
    ),
    (
        Kubelet,
        "rpc error: code = Internal desc = Failed to find device path /dev/xvdaa. no device path for device \"/dev/xvdaa\" volume \"vol-1\" found",
        "devicePath",
    ),
    (
        Kubelet,
        "Output: mount error: no mds server is up or the cluster is laggy",
        "cephFileServers",
    ),
    (Program, "Volume group \"data\" not found", "volumeGroup"),
    (
        Kubelet,
        "failed to mount secrets store objects for pod ns/p, err: error connecting to provider \"vault\": provider not found: provider \"vault\"",
        "secretsProvider",
    ),
    (
        Program,
        "Error loading config file \"/var/lib/kube-router/kubeconfig\": read /var/lib/kube-router/kubeconfig: is a directory",
        "fileIsDirectory",
    ),
    (
        Program,
        "ovsdb-server: /var/run/openvswitch/ovsdb-server.pid: pidfile check failed (No such process), aborting",
        "stalePid",
    ),
    (
        Program,
        "Failed to watch metrics: Error watching fields: The third-party Profiling module returned an unrecoverable error",
        "gpuProfiling",
    ),
    (
        Program,
        "open /dev/kfd: no such file or directory",
        "gpuDeviceFile",
    ),
    (
        Program,
        "failed to attest: join token does not exist or has already been used",
        "joinToken",
    ),
    (
        Program,
        "Error while getting hostname, exiting: unable to reliably determine the host name. You can define one in the agent config file or in your hosts file",
        "agentHostName",
    ),
    (
        Program,
        "panic: node providerID empty, cannot parse",
        "providerId",
    ),
    (
        Program,
        "Failed to get node: nodes \"ip-10-0-0-1\" not found",
        "nodeName",
    ),
    (
        Program,
        "[ERROR][9] startup/startup.go 158: failed to query kubeadm's config map error=connection is unauthorized: Unauthorized",
        "apiUnauthorized",
    ),
    (
        Program,
        "invalid configuration: no configuration has been provided, try setting KUBERNETES_MASTER environment variable",
        "apiConfiguration",
    ),
    (
        Program,
        "You must set an DD_API_KEY environment variable to run the Datadog Agent container",
        "environment",
    ),
    (
        Program,
        "error decoding 'receivers': unknown type: \"filelogg\" for id: \"filelogg\" (valid values: [otlp filelog])",
        "component",
    ),
    (
        Program,
        "config error file=\"/fluentd/etc/fluent.conf\" error_class=Fluent::ConfigError error=\"Unknown output plugin 'elasticserch'. Run 'gem search -rd fluent-plugin' to find plugins\"",
        "component",
    ),
    (
        Program,
        "Exiting: error loading config file: config file (\"filebeat.yml\") must be owned by the user identifier (uid=0) or root",
        "configurationOwner",
    ),
    (
        Program,
        "Error: Could not open configuration file. Aborting",
        "configurationFile",
    ),
    (
        Program,
        "[2025/08/26 09:33:49] [error] [config] error in /fluent-bit/etc/fluent-bit.conf:1: undefined value - check config is in valid classic format",
        "parsing",
    ),
    (
        Program,
        "Error: invalid configuration: service::pipeline::metrics: must have at least one receiver",
        "parsing",
    ),
    (
        Program,
        "ERROR vector::cli: Configuration error. error=unknown variant `ndjson`, expected one of",
        "parsing",
    ),
    (
        Program,
        "ModuleNotFoundError: No module named 'kubernetes'",
        "ownModule",
    ),
    (
        Program,
        "Error: invalid argument \"abc\" for \"--interval\" flag: time: invalid duration \"abc\"",
        "optionValue",
    ),
    (
        Program,
        "level=fatal msg=\"BPF masquerade requires NodePort (--enable-node-port=\\\"true\\\").\" subsys=daemon",
        "optionsTogether",
    ),
    (
        Program,
        "Error: if any flags in the group [username password] are set they must all be set; missing [password]",
        "optionsTogether",
    ),
    (
        Program,
        "Error: unknown command \"agent\" for \"tool\"",
        "subcommand",
    ),
    (Program, "/bin/sh: 1: jq: not found", "shellCommand"),
    (
        Program,
        "panic: runtime error: index out of range [0] with length 0",
        "panic",
    ),
    (
        Kubelet,
        "failed to mount /var/lib/containerd/tmpmounts/containerd-mount1: input/output error",
        "nodeDiskError",
    ),
    (
        Kubelet,
        "failed to inject CDI devices: unresolvable CDI devices nvidia.com/gpu=0",
        "nvidiaCdi",
    ),
    (
        Probe,
        "Liveness probe failed: F1126 19:53:16.663915 38 main.go:160] Kubelet plugin registration hasn't succeeded yet, file=/var/lib/kubelet/plugins/a/registration doesn't exist.",
        "kubeletDirectory",
    ),
    (
        Program,
        "wazuh-agentd: ERROR: Duplicate agent name: w1. Unable to add agent (from manager)",
        "agentTwice",
    ),
    (
        Program,
        "wazuh-agentd: ERROR: (1208): Unable to connect to enrollment service at '[44.214.19.179]:1515'",
        "agentEnrollment",
    ),
    (
        Program,
        "E main.go:53] no resource configuration; exiting",
        "noResources",
    ),
    (
        Kubelet,
        "/dev/longhorn/pvc-1 is apparently in use by the system; will not make a filesystem here!",
        "deviceInUse",
    ),
    (
        Program,
        "level=fatal msg=\"setting up vxlan device: creating vxlan device: address already in use\" subsys=daemon",
        "tunnelTaken",
    ),
    (
        Program,
        "unable to create proxier: kube-proxy in nftables mode requires kernel 5.13 or later",
        "proxyNftables",
    ),
    (
        Program,
        "\"Error running ProxyServer\" err=\"can't use the IPVS proxier: Ipvs not supported\"",
        "proxyIpvs",
    ),
    (
        Program,
        "code = InvalidArgument desc = nodeattestor(k8s_psat): not configured for cluster \"edge-west\"",
        "attestorCluster",
    ),
    (
        Kubelet,
        "RBD image feature set mismatch. Try disabling features unsupported by the kernel with \"rbd feature disable\".",
        "imageFeatures",
    ),
];

pub(super) const NEAR: &[Said] = &[
    (Program, "kernel module loaded: nvme_tcp", "moduleNotLoaded"),
    (
        Program,
        "open /proc/sys/net/ipv4/ip_forward: permission denied",
        "conntrackMax",
    ),
    (
        Kubelet,
        "Output: mount error(2): No such file or directory",
        "shareDenied",
    ),
    (Program, "unexpected media type text/html", "registryPage"),
    (
        Program,
        "User: arn:aws:iam::1:user/ci is not authorized to perform: ec2:DescribeNetworkInterfaces",
        "cniRight",
    ),
    (
        Program,
        "User: arn:aws:iam::1:user/ci is not authorized to perform: logs:CreateLogStream",
        "roleRight",
    ),
    (
        Program,
        "AuthorizationFailed: does not have authorization to perform action",
        "azureRight",
    ),
    (
        Program,
        "I1123 10:48:02.482901       1 factory.go:107] Detected NVML platform: found NVML library",
        "noGpu",
    ),
    (
        Program,
        "Get \"http://169.254.169.254/openstack/latest/meta_data.json\": context deadline exceeded",
        "metadataAws",
    ),
    (
        Program,
        "autodetected IPv4 address 10.0.0.5 on interface eth0",
        "nodeAddress",
    ),
    (
        Program,
        "node w1 has IPv4 address 10.0.4.15",
        "nodeAddressTaken",
    ),
    (
        Program,
        "level=info msg=\"Starting IPAM daemon... \"",
        "awsIpamd",
    ),
    (Program, "no ztunnel connection", "ztunnel"),
    (
        Program,
        "listen unix /var/run/ztunnel/ztunnel.sock: bind: address already in use",
        "ztunnelSocket",
    ),
    (
        Kubelet,
        "failed to validate networking configuration",
        "meshValidation",
    ),
    (Program, "vxlan device is up", "tunnelDevice"),
    (Program, "plugin/loop is loaded", "dnsLoop"),
    (
        Program,
        "failed to refresh: repository: not found",
        "shellCommand",
    ),
    (
        Program,
        "Unable to load the driver class com.mysql.jdbc.Driver",
        "kernelDriver",
    ),
    (
        Program,
        "feature host firewall requires kernel 5.10 or newer, disabled",
        "kernelOld",
    ),
    (
        Program,
        "read /sys/class/net/bond0/speed: input/output error",
        "diskError",
    ),
    (Kubelet, "failed to resolve fs-0a.example.com", "efsName"),
    (Kubelet, "device path /dev/xvdaa", "devicePath"),
    (Kubelet, "rados: ret=-13", "cephServers"),
    (Program, "volume group data has 4 GiB", "volumeGroup"),
    (
        Program,
        "provider not found: provider \"vault\"",
        "secretsProvider",
    ),
    (
        Program,
        "/var/lib/kube-router is a directory",
        "fileIsDirectory",
    ),
    (Program, "wrote pidfile /run/agent.pid", "stalePid"),
    (
        Program,
        "Profiling is not supported for this group of GPUs",
        "gpuProfiling",
    ),
    (
        Program,
        "open /dev/dri/card0: permission denied",
        "gpuDeviceFile",
    ),
    (Program, "join token is expired", "joinToken"),
    (Program, "host name is w1", "agentHostName"),
    (Program, "providerID aws:///a/i-1", "providerId"),
    (Program, "nodes \"w1\" is forbidden", "nodeName"),
    (Program, "unknown type in schema", "component"),
    (Program, "config.yml is owned by root", "configurationOwner"),
    (
        Program,
        "configuration file /etc/agent.yaml loaded",
        "configurationFile",
    ),
    (
        Program,
        "invalid configuration: no configuration has been provided",
        "parsing",
    ),
    (
        Program,
        "Error loading config file \"/etc/kubeconfig\": open /etc/kubeconfig: no such file or directory",
        "parsing",
    ),
    (Program, "module named kubernetes was found", "ownModule"),
    (
        Program,
        "the plugin requires Kubernetes 1.30",
        "optionsTogether",
    ),
    (Program, "invalid argument", "optionValue"),
    (Program, "unknown command", "subcommand"),
    (Program, "panic: failed to read token", "panic"),
    (
        Program,
        "the configuration has been provided",
        "apiConfiguration",
    ),
    (
        Kubelet,
        "MountVolume.SetUp failed for volume \"v\": input/output error",
        "nodeDiskError",
    ),
    (
        Kubelet,
        "unresolvable CDI devices intel.com/gpu=card0",
        "nvidiaCdi",
    ),
    (
        Program,
        "the directory structure is as expected",
        "kubeletDirectory",
    ),
    (Program, "Using agent name as: w1", "agentTwice"),
    (
        Program,
        "connected to enrollment service",
        "agentEnrollment",
    ),
    (
        Program,
        "resource configuration: 2 resources",
        "noResources",
    ),
    (Kubelet, "/dev/longhorn/pvc-1 is in use", "deviceInUse"),
    (
        Program,
        "vxlan-exporter: listen tcp :9100: bind: address already in use",
        "tunnelTaken",
    ),
    (
        Program,
        "creating vxlan device: address already in use",
        "portTaken",
    ),
    (
        Program,
        "RTNETLINK answers: Address already in use",
        "portTaken",
    ),
    (
        Program,
        "add route 10.42.0.0/24: address already in use",
        "portTaken",
    ),
    (
        Program,
        "IP address 10.0.0.5 is already in use",
        "portTaken",
    ),
    (
        Program,
        "Calico in nftables mode: rules are programmed",
        "proxyNftables",
    ),
    (
        Program,
        "can't use the IPVS proxier: could not get IPVS services: operation not permitted",
        "proxyIpvs",
    ),
    (
        Program,
        "S3 bucket not configured for cluster 'a'",
        "attestorCluster",
    ),
    (Program, "image feature set mismatch", "imageFeatures"),
];
