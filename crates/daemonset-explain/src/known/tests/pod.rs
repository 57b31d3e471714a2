//! Words about pods: images, rights, identities, starts, programs, probes.

use super::Place::{Kubelet, Probe, Program, Pull, Refusal};
use super::Said;

pub(super) const HITS: &[Said] = &[
    (
        Pull,
        "Container image \"r/a:v1\" is not present with pull policy of Never",
        "imageNever",
    ),
    (
        Pull,
        "Failed to apply default image tag \"r/A:v1\": couldn't parse image name \"r/A:v1\": invalid reference format: repository name must be lowercase",
        "imageName",
    ),
    (
        Pull,
        "no match for platform in manifest: not found",
        "imagePlatform",
    ),
    (
        Pull,
        "media type \"application/vnd.docker.distribution.manifest.v1+prettyjws\" is no longer supported since containerd v2.1",
        "imageSchema",
    ),
    (
        Pull,
        "Head \"https://reg.local:5000/v2/a/manifests/v1\": http: server gave HTTP response to HTTPS client",
        "registryPlain",
    ),
    (
        Pull,
        "tls: failed to verify certificate: x509: certificate signed by unknown authority",
        "registryAuthority",
    ),
    (
        Pull,
        "tls: failed to verify certificate: x509: certificate is valid for a.local, not b.local",
        "registryName",
    ),
    (
        Pull,
        "Source image rejected: A signature was required, but no signature exists",
        "imageSignature",
    ),
    (
        Pull,
        "429 Too Many Requests - Server message: toomanyrequests: You have reached your pull rate limit",
        "registryLimit",
    ),
    (Pull, "pull QPS exceeded", "pullLimit"),
    (
        Pull,
        "pull access denied, repository does not exist or may require authorization: server message: insufficient_scope: authorization failed",
        "registryDenied",
    ),
    (
        Pull,
        "failed to resolve reference \"r/a:v9\": r/a:v9: not found",
        "imageMissing",
    ),
    (
        Pull,
        "manifest unknown: manifest tagged by \"v9\" is not found",
        "imageMissing",
    ),
    (
        Pull,
        "failed to extract layer sha256:ab: mount callback failed",
        "imageStore",
    ),
    (Pull, "content digest sha256:ab: not found", "imageStore"),
    // Rights.
    (
        Refusal,
        "unable to validate against any security context constraint: [provider \"anyuid\": Forbidden: not usable by user or serviceaccount]",
        "scc",
    ),
    (
        Refusal,
        "GKE Warden rejected the request because it violates one or more constraints. hostPath volume host in container agent is accessed in write mode; disallowed in Autopilot",
        "autopilot",
    ),
    (
        Kubelet,
        "container has runAsNonRoot and image will run as root (pod: \"a\", container: agent)",
        "runsAsRoot",
    ),
    (
        Kubelet,
        "container has runAsNonRoot and image has non-numeric user (agent), cannot verify user is non-root",
        "userByName",
    ),
    (
        Kubelet,
        "Cannot enforce AppArmor: AppArmor is not enabled on the host",
        "appArmorOff",
    ),
    (
        Kubelet,
        "apparmor failed to apply profile: profile \"k8s-agent\" not found",
        "appArmor",
    ),
    (
        Kubelet,
        "cannot load seccomp profile \"/var/lib/kubelet/seccomp/a.json\": open /var/lib/kubelet/seccomp/a.json: no such file or directory",
        "seccomp",
    ),
    (
        Kubelet,
        "unknown capability \"CAP_NET_ADMIN_X\"",
        "capability",
    ),
    (
        Program,
        "mount /host: operation not permitted",
        "notPermitted",
    ),
    // Identities.
    (Program, "Token used before issued", "clock"),
    (
        Program,
        "RequestTimeTooSkewed: The difference between the request time and the current time is too large.",
        "clock",
    ),
    (
        Program,
        "operation error STS: AssumeRoleWithWebIdentity, StatusCode: 403, api error AccessDenied: Not authorized",
        "webIdentity",
    ),
    (
        Program,
        "User: arn:aws:sts::1:assumed-role/a is not authorized to perform: ec2:DescribeInstances because no policy allows it",
        "roleRight",
    ),
    (
        Program,
        "failed to get node: etcdserver: request timed out",
        "etcd",
    ),
    (
        Program,
        "failed to update lock: etcdserver: mvcc: database space exceeded",
        "etcdFull",
    ),
    (
        Program,
        "Permission 'logging.logEntries.create' denied on resource '//logging.googleapis.com/projects/p/logs/l' (or it may not exist).",
        "cloudRight",
    ),
    (
        Program,
        "NoCredentialProviders: no valid providers in chain",
        "cloudIdentity",
    ),
    (
        Program,
        "nodes is forbidden: User \"system:anonymous\" cannot list resource",
        "apiAnonymous",
    ),
    (
        Program,
        "error: the server has asked for the client to provide credentials",
        "apiUnauthorized",
    ),
    (
        Program,
        "no matches for kind \"Engine\" in version \"longhorn.io/v1beta2\"",
        "resourceKind",
    ),
    (
        Program,
        "Get \"https://10.0.0.4:10250/metrics\": x509: cannot validate certificate for 10.0.0.4 because it doesn't contain any IP SANs",
        "kubeletCertificate",
    ),
    (
        Program,
        "Get https://10.0.0.4:10250/stats/summary: unexpected status 403 Forbidden",
        "kubeletRight",
    ),
    (
        Program,
        "Get \"http://10.0.0.4:10255/stats\": dial tcp 10.0.0.4:10255: connect: connection refused",
        "kubeletPort",
    ),
    (
        Program,
        "Post \"https://agg.local/v1\": tls: failed to verify certificate: x509: certificate signed by unknown authority",
        "authority",
    ),
    (
        Program,
        "Get \"https://b.local/\": x509: certificate is valid for a.local, not b.local",
        "certificateName",
    ),
    (Program, "leaderelection lost", "leader"),
    (
        Program,
        "Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?",
        "dockerSocket",
    ),
    (
        Program,
        "stat /run/containerd/containerd.sock: no such file or directory",
        "runtimeSocket",
    ),
    (
        Program,
        "open /var/log/journal: no such file or directory",
        "journal",
    ),
    // Starts.
    (
        Kubelet,
        "hcs::CreateComputeSystem agent: The container operating system does not match the host operating system.: unknown",
        "windowsVersion",
    ),
    (
        Kubelet,
        "hcs::System::CreateProcess agent: The system cannot find the file specified.: unknown",
        "windowsCommand",
    ),
    (
        Kubelet,
        "HNS failed with error : The object already exists.",
        "windowsNetwork",
    ),
    (
        Kubelet,
        "failed to reserve container name agent_agent-x_infra_0: name \"agent\" is reserved for \"ab\"",
        "containerName",
    ),
    (
        Kubelet,
        "no runtime for \"gvisor\" is configured",
        "runtimeHandler",
    ),
    (
        Kubelet,
        "failed to start shim: failed to resolve runtime path: runtime \"io.containerd.runsc.v1\" binary not installed \"containerd-shim-runsc-v1\"",
        "shimBinary",
    ),
    (
        Kubelet,
        "expected cgroupsPath to be of format \"slice:prefix:name\" for systemd cgroups, got \"/kubepods/x\" instead",
        "cgroupDriver",
    ),
    (
        Kubelet,
        "cgroups: cgroup mountpoint does not exist: unknown",
        "cgroupMount",
    ),
    (
        Kubelet,
        "unable to start container process: container init was OOM-killed (memory limit too low?)",
        "memoryTooLow",
    ),
    (
        Kubelet,
        "failed to create shim task: ttrpc: closed: unknown",
        "runtimeDown",
    ),
    (
        Kubelet,
        "failed to create containerd task: failed to create shim task: context deadline exceeded",
        "runtimeSlow",
    ),
    (
        Kubelet,
        "exec: \"/usr/bin/agnet\": stat /usr/bin/agnet: no such file or directory: unknown",
        "programMissing",
    ),
    (
        Kubelet,
        "exec: \"agent\": executable file not found in $PATH",
        "programMissing",
    ),
    (
        Kubelet,
        "exec /usr/local/bin/start.sh: no such file or directory",
        "programLoader",
    ),
    (
        Kubelet,
        "exec: \"/run.sh\": permission denied: unknown",
        "programNotExecutable",
    ),
    (Program, "exec /agent: exec format error", "execFormat"),
    // Programs.
    (Program, "Error: unknown flag: --log-fmt", "option"),
    (Program, "flag provided but not defined: -log-fmt", "option"),
    (
        Program,
        "line 14: field endpont not found in type config.Config",
        "field",
    ),
    (Program, "'exporters' has invalid keys: otlphtp", "field"),
    (
        Program,
        "yaml: line 14: did not find expected key",
        "syntax",
    ),
    (
        Program,
        "required environment variable NODE_NAME is not set",
        "environment",
    ),
    (
        Program,
        "/agent: error while loading shared libraries: libssl.so.1.1: cannot open shared object file: No such file or directory",
        "library",
    ),
    (
        Program,
        "/agent: /lib/libc.so.6: version `GLIBC_2.34' not found (required by /agent)",
        "libc",
    ),
    (
        Program,
        "java.lang.OutOfMemoryError: Java heap space",
        "javaHeap",
    ),
    (
        Program,
        "fatal error: runtime: out of memory",
        "programMemory",
    ),
    (
        Program,
        "panic: [signal SIGSEGV: segmentation violation code=0x1]",
        "crash",
    ),
    // Probes.
    (
        Probe,
        "Liveness probe failed: OCI runtime exec failed: exec: \"/probe\": stat /probe: no such file or directory",
        "probeProgram",
    ),
    (
        Probe,
        "Readiness probe failed: Get \"https://10.0.0.5:8443/\": http: server gave HTTP response to HTTPS client",
        "probeHttp",
    ),
    (
        Probe,
        "Readiness probe failed: Get \"http://10.0.0.5:8080/ready\": dial tcp 10.0.0.5:8080: connect: connection refused",
        "probeRefused",
    ),
    (
        Probe,
        "Readiness probe failed: HTTP probe failed with statuscode: 404",
        "probePath",
    ),
    (Kubelet, "PostStartHook failed", "postStartHook"),
    (
        Probe,
        "Readiness probe failed: HTTP probe failed with statuscode: 403",
        "probeDenied",
    ),
    (
        Probe,
        "Readiness probe failed: HTTP probe failed with statuscode: 503",
        "probeError",
    ),
    (
        Probe,
        "Readiness probe failed: service unhealthy (responded with \"NOT_SERVING\")",
        "probeError",
    ),
    (
        Probe,
        "Liveness probe failed: Get \"http://10.0.0.5:8080/live\": context deadline exceeded (Client.Timeout exceeded while awaiting headers)",
        "probeSlow",
    ),
    (
        Probe,
        "Liveness probe failed: command timed out",
        "probeSlow",
    ),
    (
        Program,
        "unrecognized feature gate: NFTablesProxyMode",
        "featureGate",
    ),
    (
        Program,
        "fatal error: concurrent map writes",
        "concurrentMap",
    ),
    (
        Program,
        "fatal error: concurrent map iteration and map write",
        "concurrentMap",
    ),
    (
        Program,
        "/etc/coredns/Corefile:7 - Error during parsing: Unknown directive 'forwrd'",
        "directive",
    ),
    (
        Pull,
        "short name mode is enforcing, but image name fluent/fluent-bit:4.1.1 returns ambiguous list",
        "imageShortName",
    ),
    (
        Pull,
        "unexpected status from HEAD request to https://4815.dkr.ecr.eu-central-1.amazonaws.com/v2/a/manifests/3: 403 Forbidden",
        "registryForbiddenAws",
    ),
    (
        Kubelet,
        "failed to start sandbox \"5d0c\": failed to get sandbox image \"registry.k8s.io/pause:3.10.1\": i/o timeout",
        "sandboxImage",
    ),
];

pub(super) const NEAR: &[Said] = &[
    (Program, "Container image \"a\" is present", "imageNever"),
    (Program, "invalid reference format", "imageName"),
    (
        Program,
        "no match for platform in manifest",
        "imagePlatform",
    ),
    (Pull, "API v1 is no longer supported", "imageSchema"),
    (
        Program,
        "server gave HTTP response to HTTPS client",
        "registryPlain",
    ),
    (
        Program,
        "x509: certificate signed by unknown authority",
        "registryAuthority",
    ),
    (Program, "x509: certificate is valid for a", "registryName"),
    (Pull, "image pulled", "imageSignature"),
    (Program, "429 Too Many Requests", "registryLimit"),
    (Pull, "QPS is fine", "pullLimit"),
    (Program, "401 Unauthorized", "registryDenied"),
    (Program, "config: not found", "imageMissing"),
    (Program, "snapshot written", "imageStore"),
    (Refusal, "violates PodSecurity \"restricted:latest\"", "scc"),
    (
        Refusal,
        "admission webhook \"w\" denied the request",
        "autopilot",
    ),
    (Kubelet, "image has non-numeric user (agent)", "runsAsRoot"),
    (
        Kubelet,
        "container has runAsNonRoot and image will run as root",
        "userByName",
    ),
    (Program, "AppArmor is on", "appArmorOff"),
    (Kubelet, "profile \"a\" not found", "appArmor"),
    (Kubelet, "seccomp profile loaded", "seccomp"),
    (Program, "capability negotiated", "capability"),
    (Program, "permission denied", "notPermitted"),
    (Program, "time spent: 4 s", "clock"),
    (
        Program,
        "AssumeRoleWithWebIdentity succeeded",
        "webIdentity",
    ),
    (Program, "not authorized", "cloudRight"),
    (Program, "etcdserver: key not found", "etcd"),
    (Program, "no space left in the database", "etcdFull"),
    (Program, "credentials refreshed", "cloudIdentity"),
    (
        Program,
        "nodes is forbidden: User \"system:serviceaccount:a:b\" cannot list resource",
        "apiAnonymous",
    ),
    (Program, "Unauthorized", "apiUnauthorized"),
    (Program, "no matches for query", "resourceKind"),
    (
        Program,
        "Get \"https://a.local/\": x509: certificate has expired",
        "kubeletCertificate",
    ),
    (
        Program,
        "Get \"https://a.local/\": 403 Forbidden",
        "kubeletRight",
    ),
    (
        Program,
        "dial tcp 10.0.0.4:10250: connect: connection refused",
        "kubeletPort",
    ),
    (
        Program,
        "x509: certificate has expired or is not yet valid",
        "authority",
    ),
    (Program, "certificate is valid", "certificateName"),
    (Program, "became leader", "leader"),
    (Program, "docker.sock mounted", "dockerSocket"),
    (
        Kubelet,
        "dial unix /run/containerd/containerd.sock: connect: connection refused",
        "runtimeSocket",
    ),
    (Program, "/var/log/journal is read", "journal"),
    (Kubelet, "operating system matches", "windowsVersion"),
    (Program, "file not found", "windowsCommand"),
    (Program, "HNS started", "windowsNetwork"),
    (Kubelet, "name is reserved", "containerName"),
    (Kubelet, "runtime is configured", "runtimeHandler"),
    (Kubelet, "containerd-shim-runc-v2 started", "shimBinary"),
    (Kubelet, "cgroupsPath is /a", "cgroupDriver"),
    (Program, "cgroup mountpoint found", "cgroupMount"),
    (Program, "memory limit is 4Gi", "memoryTooLow"),
    (
        Program,
        "dial unix /run/containerd/containerd.sock: connect: connection refused",
        "runtimeDown",
    ),
    (
        Kubelet,
        "plugin type=\"calico\" failed (add): failed to create pod sandbox: context deadline exceeded",
        "runtimeSlow",
    ),
    (
        Program,
        "open /etc/agent.yaml: no such file or directory",
        "programMissing",
    ),
    (
        Kubelet,
        "exec: \"/usr/bin/agent\": stat /usr/bin/agent: no such file or directory: unknown",
        "programLoader",
    ),
    (
        Program,
        "open /a: permission denied",
        "programNotExecutable",
    ),
    (Program, "bad format", "execFormat"),
    (Program, "unknown host: a", "option"),
    (Program, "host not found in cache", "field"),
    (Program, "yaml parsed", "syntax"),
    (Program, "environment is production", "environment"),
    (Program, "libraries loaded", "library"),
    (Program, "GLIBC_2.34 found", "libc"),
    (Program, "heap is 4 GiB", "javaHeap"),
    (Program, "out of disk", "programMemory"),
    (Program, "segment fault counter: 0", "crash"),
    (
        Kubelet,
        "exec: \"/probe\": stat /probe: no such file or directory",
        "probeProgram",
    ),
    (
        Pull,
        "http: server gave HTTP response to HTTPS client",
        "probeHttp",
    ),
    (
        Program,
        "dial tcp 10.0.0.5:8080: connect: connection refused",
        "probeRefused",
    ),
    (Probe, "HTTP probe failed with statuscode: 405", "probePath"),
    (Kubelet, "PreStopHook failed", "postStartHook"),
    (
        Probe,
        "HTTP probe failed with statuscode: 404",
        "probeDenied",
    ),
    (
        Probe,
        "HTTP probe failed with statuscode: 302",
        "probeError",
    ),
    (Program, "context deadline exceeded", "probeSlow"),
    (Program, "feature gates: A=true", "featureGate"),
    (Program, "directive ignored", "directive"),
    (Program, "concurrent writes: 12", "concurrentMap"),
    (Pull, "image name is short", "imageShortName"),
    (
        Pull,
        "unexpected status from HEAD request to https://quay.io/v2/a: 403 Forbidden",
        "registryForbiddenAws",
    ),
    (Kubelet, "failed to create sandbox", "sandboxImage"),
];
