//! Words of rows that are easily taken for others: whose limit, whose clock, which side refuses.

use super::Place::{Kubelet, Probe, Program, Pull};
use super::Said;

pub(super) const HITS: &[Said] = &[
    (
        Program,
        "Failed to initialize NVML: Unknown Error",
        "gpuLost",
    ),
    (
        Kubelet,
        "Allocate failed due to rpc error: code = Unknown desc = vfio group 12 is in use, which is unexpected",
        "deviceRefused",
    ),
    (
        Program,
        "field Trace: program trace: load program: permission denied: 12: (79) r1 = *(u64 *)(r0 +0): R0 invalid mem access (14 line(s) omitted)",
        "bpfVerifier",
    ),
    (
        Program,
        "attach: load program: permission denied",
        "bpfDenied",
    ),
    (
        Kubelet,
        "unable to join session keyring: unable to create session key: disk quota exceeded",
        "keyQuota",
    ),
    (Program, "write /spool/a: disk quota exceeded", "diskQuota"),
    (
        Program,
        "could not resize shared memory segment \"/PostgreSQL.1\": No space left on device",
        "sharedMemory",
    ),
    (
        Kubelet,
        "mkdir /var/lib/kubelet/pods/0: read-only file system",
        "nodeDisk",
    ),
    (
        Kubelet,
        "keyvault: Code=\"Forbidden\" InnerError={\"code\":\"ForbiddenByFirewall\"}",
        "vaultFirewall",
    ),
    (
        Program,
        "ipamd: InsufficientFreeAddressesInSubnet: The specified subnet does not have enough free addresses",
        "subnet",
    ),
    (
        Kubelet,
        "failed to request IPv4 addresses: no configured Calico pools",
        "calicoPools",
    ),
    (
        Kubelet,
        "plugin type=\"aws-cni\" name=\"aws-cni\" failed (add): add cmd: Error received from AddNetwork gRPC call: dial tcp 127.0.0.1:50051: connect: connection refused",
        "awsAgent",
    ),
    (
        Kubelet,
        "plugin type=\"azure-vnet\" failed (add): Post \"http://localhost:10090/network/requestipconfigs\": dial tcp 127.0.0.1:10090: connect: connection refused",
        "azureAgent",
    ),
    (
        Kubelet,
        "plugin type=\"ovn-k8s-cni-overlay\" failed (add): CNI request failed with status 400: timed out waiting for OVS port binding",
        "ovnAgent",
    ),
    (
        Program,
        "EC2MetadataError: failed to make EC2Metadata request\tstatus code: 401, request id:",
        "metadataVersion",
    ),
    (
        Program,
        "Get \"https://10.0.0.1:443/api\": dial tcp 10.0.0.1:443: i/o timeout",
        "serviceAddressPerhaps",
    ),
    (
        Program,
        "listen unix /csi/csi.sock: bind: permission denied",
        "bindSocket",
    ),
    (
        Program,
        "listen tcp :9100: bind: An attempt was made to access a socket in a way forbidden by its access permissions.",
        "windowsPort",
    ),
    (
        Program,
        "listen unix /run/agent/agent.sock: bind: address already in use",
        "socketTaken",
    ),
    (
        Pull,
        "failed to copy: httpReadSeeker: failed open: unexpected status code https://prod-eu-west-1-starport-layer-bucket.s3.eu-west-1.amazonaws.com/a: 403 Forbidden",
        "registryLayers",
    ),
    (
        Pull,
        "failed to copy: httpReadSeeker: failed open: content at https://r.local/v2/a/blobs/sha256:01 not found: not found",
        "imageLayer",
    ),
    (
        Pull,
        "failed commit on ref \"layer-sha256:01\": unexpected commit digest sha256:02, expected sha256:01: failed precondition",
        "imageChanged",
    ),
    (
        Pull,
        "403 Forbidden - Server message: denied: Your authorization token has expired. Reauthenticate and try again.",
        "pullToken",
    ),
    (
        Pull,
        "failed to extract layer sha256:01: write /a: no space left on device",
        "imageDisk",
    ),
    (
        Pull,
        "failed to extract layer sha256:01: hcsshim::ProcessBaseLayer C:\\a: There is not enough space on the disk.: unknown",
        "imageDisk",
    ),
    (
        Program,
        "chown: /data: Operation not permitted",
        "ownerKept",
    ),
    (
        Program,
        "AADSTS700213: No matching federated identity record found for presented assertion subject",
        "azureFederation",
    ),
    (
        Program,
        "googleapi: Error 403: Permission 'iam.serviceAccounts.getAccessToken' denied on resource",
        "googleIdentity",
    ),
    (
        Program,
        "googleapi: Error 403: Cloud Logging API has not been used in project acme-1 before or it is disabled",
        "cloudApiOff",
    ),
    (
        Program,
        "is not authorized to perform: s3:PutObject with an explicit deny in a service control policy",
        "cloudDenied",
    ),
    (
        Program,
        "unable to load in-cluster configuration, KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT must be defined",
        "apiVariables",
    ),
    (
        Program,
        "Get \"https://10.0.1.4:10250/metrics\": 401 Unauthorized",
        "kubeletToken",
    ),
    (
        Program,
        "certificate request agents-wk-5-7h2kq was not approved within 2m0s",
        "certificateRequest",
    ),
    (
        Program,
        "write: remote error: tls: expired certificate",
        "ownCertificate",
    ),
    (
        Program,
        "[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: unable to get local issuer certificate",
        "authority",
    ),
    (
        Program,
        "Error: unable to verify the first certificate",
        "authority",
    ),
    (
        Program,
        "certificate verify failed: Hostname mismatch, certificate is not valid for",
        "certificateName",
    ),
    (
        Program,
        "cannot run helper: exec: \"iptables-save\": executable file not found in $PATH",
        "ownProgram",
    ),
    (
        Program,
        "/etc/coredns/Corefile:7 - Error during parsing: Wrong argument count",
        "parsing",
    ),
    (
        Program,
        "decode: invalid character '<' looking for beginning of value",
        "pageInstead",
    ),
    (
        Program,
        "java.lang.OutOfMemoryError: Metaspace",
        "javaNative",
    ),
    (
        Program,
        "FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory",
        "nodeHeap",
    ),
    (
        Pull,
        "name unknown: The repository with name a does not exist in the registry with id 1",
        "imageMissing",
    ),
];

pub(super) const NEAR: &[Said] = &[
    (
        Program,
        "Failed to initialize NVML: could not load NVML library.",
        "gpuLost",
    ),
    (
        Kubelet,
        "Allocate failed due to can't allocate unregistered device example.com/fpga, which is unexpected",
        "deviceRefused",
    ),
    (
        Kubelet,
        "Allocate failed due to rpc error: code = Unknown desc = in use, which is unexpected",
        "deviceTaken",
    ),
    (
        Program,
        "load program: operation not permitted",
        "bpfVerifier",
    ),
    (
        Program,
        "load program: operation not permitted",
        "bpfDenied",
    ),
    (
        Program,
        "open /opt/ebpf-agent/a.yaml: permission denied",
        "bpfNotPermitted",
    ),
    (
        Program,
        "load program: permission denied: R0 invalid mem access",
        "bpfNotPermitted",
    ),
    (Program, "write /spool/a: disk quota exceeded", "keyQuota"),
    (Program, "write /spool/a: disk quota exceeded", "disk"),
    (
        Kubelet,
        "unable to create session key: disk quota exceeded",
        "diskQuota",
    ),
    (
        Program,
        "write /spool/a: no space left on device",
        "sharedMemory",
    ),
    (
        Program,
        "shared memory segment \"/a\": No space left on device",
        "disk",
    ),
    (
        Kubelet,
        "mkdir /opt/agent: read-only file system",
        "nodeDisk",
    ),
    (
        Kubelet,
        "mkdir /var/lib/kubelet/pods/0: read-only file system",
        "readOnlyNode",
    ),
    (
        Kubelet,
        "InnerError={\"code\":\"ForbiddenByRbac\"}",
        "vaultFirewall",
    ),
    (
        Kubelet,
        "InnerError={\"code\":\"ForbiddenByFirewall\"} x.vault.azure.net 403 Forbidden",
        "vaultDenied",
    ),
    (
        Program,
        "no available IPs in the pool of the load balancer: no available IP",
        "addresses",
    ),
    (Program, "no available IPs", "subnet"),
    (Kubelet, "no configured Calico pools", "addresses"),
    (
        Kubelet,
        "plugin type=\"calico\" failed: no IP addresses available",
        "calicoPools",
    ),
    (Kubelet, "dial tcp 127.0.0.1:50051: i/o timeout", "awsAgent"),
    (
        Kubelet,
        "plugin type=\"azure-vnet\" failed (add): i/o timeout",
        "azureAgent",
    ),
    (
        Kubelet,
        "plugin type=\"calico\" failed (add): timed out",
        "ovnAgent",
    ),
    (
        Program,
        "EC2MetadataError: request timed out",
        "metadataVersion",
    ),
    (
        Program,
        "EC2MetadataError: failed to make EC2Metadata request status code: 401",
        "metadata",
    ),
    (
        Program,
        "dial tcp 110.0.0.1:443: i/o timeout",
        "serviceAddressPerhaps",
    ),
    (
        Program,
        "dial tcp 10.0.0.1:443: i/o timeout",
        "serviceAddress",
    ),
    (
        Program,
        "listen tcp :80: bind: permission denied",
        "bindSocket",
    ),
    (
        Program,
        "listen unix /csi/csi.sock: bind: permission denied",
        "bindPermission",
    ),
    (
        Program,
        "listen tcp :80: bind: permission denied",
        "windowsPort",
    ),
    (
        Program,
        "listen tcp :80: bind: address already in use",
        "socketTaken",
    ),
    (
        Program,
        "listen unix /run/a.sock: bind: address already in use",
        "portTaken",
    ),
    (
        Pull,
        "https://1.dkr.ecr.eu-west-1.amazonaws.com/v2/a: 403 Forbidden",
        "registryLayers",
    ),
    (Pull, "r.local/a:1: not found", "imageLayer"),
    (
        Pull,
        "httpReadSeeker: content at https://r.local/a not found: not found",
        "imageMissing",
    ),
    (Pull, "r.local/a:1: not found", "imageChanged"),
    (Pull, "unauthorized: authentication required", "pullToken"),
    (
        Pull,
        "failed to extract layer sha256:01: write /a: no space left on device",
        "imageStore",
    ),
    (
        Pull,
        "failed to extract layer sha256:01: There is not enough space on the disk",
        "imageStore",
    ),
    (Pull, "image signature of an unknown kind", "imageSignature"),
    (Program, "ptrace: operation not permitted", "ownerKept"),
    (
        Program,
        "chown: /data: Operation not permitted",
        "notPermitted",
    ),
    (
        Program,
        "AADSTS50034: user does not exist",
        "azureFederation",
    ),
    (
        Program,
        "iam.serviceAccounts.getAccessToken succeeded",
        "googleIdentity",
    ),
    (
        Program,
        "googleapi: Error 403: Quota exceeded: rateLimitExceeded",
        "cloudRight",
    ),
    (
        Program,
        "rpc error: code = PermissionDenied desc = PERMISSION_DENIED by plugin",
        "cloudRight",
    ),
    (Program, "googleapi: Error 403: forbidden", "cloudApiOff"),
    (
        Program,
        "is not authorized to perform: s3:PutObject",
        "cloudDenied",
    ),
    (
        Program,
        "failed to refresh cached credentials: dial tcp 1.2.3.4:443: i/o timeout",
        "cloudIdentity",
    ),
    (
        Program,
        "KUBERNETES_SERVICE_HOST is 10.96.0.1",
        "apiVariables",
    ),
    (
        Program,
        "unable to load in-cluster configuration, KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT must be defined",
        "apiAnonymous",
    ),
    (Program, ":10250/metrics: 403 Forbidden", "kubeletToken"),
    (Program, ":10250/metrics: 401 Unauthorized", "kubeletRight"),
    (
        Program,
        "certificate request was approved",
        "certificateRequest",
    ),
    (
        Program,
        "http: TLS handshake error from 10.0.0.1:4: remote error: tls: bad certificate",
        "ownCertificate",
    ),
    (
        Program,
        "[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: certificate has expired",
        "authority",
    ),
    (
        Program,
        ":10250: x509: certificate has expired",
        "kubeletCertificate",
    ),
    (
        Program,
        "mount -t cifs: mount error(126): Required key not available",
        "moduleSigned",
    ),
    (
        Program,
        "open /sys/fs/cgroup/memory/kubepods/burstable/pod1/memory.usage_in_bytes: no such file or directory",
        "cgroupVersion",
    ),
    (
        Kubelet,
        "exec: \"agent\": executable file not found in $PATH",
        "ownProgram",
    ),
    (
        Program,
        "exec: \"iptables-save\": executable file not found in $PATH",
        "programMissing",
    ),
    (Program, "Unknown directive x", "parsing"),
    (
        Program,
        "Error during parsing: Wrong argument count",
        "directive",
    ),
    (
        Program,
        "invalid character 'x' looking for beginning of value",
        "pageInstead",
    ),
    (
        Program,
        "json: cannot unmarshal object into Go value of type string",
        "syntax",
    ),
    (
        Program,
        "java.lang.OutOfMemoryError: Java heap space",
        "javaNative",
    ),
    (Program, "java.lang.OutOfMemoryError: Metaspace", "javaHeap"),
    (Program, "JavaScript heap out of memory", "programMemory"),
    (Program, "heap profile written", "nodeHeap"),
    (
        Program,
        "recv on socket: Resource temporarily unavailable",
        "lockHeld",
    ),
    (Program, "open tunnel: Operation not permitted", "netAdmin"),
    (
        Kubelet,
        "unable to apply caps: operation not permitted",
        "capability",
    ),
    (Kubelet, "mount.nfs: mount system call failed", "nfsSilent"),
    (
        Kubelet,
        "hcs::CreateComputeSystem: The system cannot find the file specified",
        "windowsCommand",
    ),
    (
        Probe,
        "Readiness probe errored: failed to exec in container: open /proc/12: no such file or directory",
        "probeProgram",
    ),
];
