//! Words of agents in wide use, as their users report them.

use super::Place::{Kubelet, Program, Pull};
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
];
