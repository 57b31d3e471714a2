//! Nodes, and what runs on them beside pods.

use daemonset_explain::NodeRepair;
use serde_json::json;

use super::check;

#[test]
#[allow(clippy::too_many_lines)] // one line a case
fn node() {
    check::<NodeRepair>(&[
        (
            json!({"repair": "clock", "node": "a", "isBehind": true, "by": 7200}),
            "set the clock of a right (chronyc makestep there, or another NTP client): it is at least 2 h behind, and by it the certificate is not valid",
        ),
        (
            json!({"repair": "nodeMemory", "container": "agent", "node": "a", "others": ["shop/x"]}),
            "find what uses up the memory of a (shop/x there was killed for it too), and move it away or limit it; container agent has no limit to raise; a larger memory request makes it less likely to be the one that is killed",
        ),
        (
            json!({"repair": "wayToApi", "nodes": ["a", "b"]}),
            "find what a and b have in common on the way to the API server, since they fell silent together: from one of \
             them, ask it at the address that its kubelet uses, and read why its kubelet does not reach it (a load \
             balancer or virtual IP, a switch, a firewall, a name, a certificate that has expired)",
        ),
        (
            json!({"repair": "markedNodes", "nodes": ["a"]}),
            "see whether a is Ready: its kubelet seems to be silent",
        ),
        (
            json!({"repair": "nodePath", "path": "/var/lib/agent", "volume": "state", "nodes": ["a"]}),
            "look at /var/lib/agent of a, which the words name (volume state of the template): what is there, whose it is, \
             and how it differs from nodes on which the daemon runs",
        ),
        (
            json!({"repair": "nodePath", "path": "/etc/agent/resolv.conf", "nodes": ["a"]}),
            "look at /etc/agent/resolv.conf of a, which the words name: what makes it there, and how it is on nodes on which the daemon runs",
        ),
        (
            json!({"repair": "nodeReport", "node": "a", "report": "reporting KernelDeadlock=True"}),
            "a is reporting KernelDeadlock=True: that may be why containers end there without a word; read in its log what \
             goes on, and drain it, and restart or replace it, where that does not stop",
        ),
        (
            json!({"repair": "unhealthyNodes", "nodes": ["a"]}),
            "repair a: until then no pod starts, ends or counts there",
        ),
        (
            json!({"repair": "pressure", "of": ["disk space"], "nodes": ["a"], "images": "0.2 of 18.8 GB"}),
            "free disk space on a, once it is seen what takes it: until then new pods are rejected or evicted there, including one to look around in; the kubelet of a found 0.2 of 18.8 GB to free among images that no container uses: images in use, or something else (logs, emptyDir volumes, paths of the node), fill it",
        ),
        (
            json!({"repair": "missingNodes", "nodes": ["a"]}),
            "see whether a is there: if not, and the pods stay for more than a minute or two, the pod garbage collector (of kube-controller-manager) does not work, and what is terminating can be deleted by force",
        ),
        (
            json!({"repair": "hostPath", "path": "/run/a.sock", "wanted": "a socket file", "nodes": ["a"], "runsElsewhere": false, "runtime": null}),
            "put /run/a.sock right on a, where it is not a socket file; if it is not to be there, leave a out",
        ),
        (
            json!({"repair": "hostPath", "path": "/etc/a", "wanted": "a file", "nodes": ["a"], "runsElsewhere": false, "runtime": null}),
            "put /etc/a right on a, where it is not a file: type FileOrCreate of the template's hostPath volume makes it where nothing is there",
        ),
        (
            json!({"repair": "hostPath", "path": "/var/lib/kubelet/pods", "wanted": "a directory", "nodes": ["a"], "runsElsewhere": false, "runtime": null}),
            "look where the kubelet of a keeps its files, and give the template that path: /var/lib/kubelet/pods is not a directory there; do not create it: a kubelet that keeps them elsewhere does not see what is there",
        ),
        (
            json!({"repair": "hostPath", "path": "/run/containerd/containerd.sock", "wanted": "a socket file", "nodes": ["a"], "runsElsewhere": true, "runtime": "cri-o"}),
            "leave a out, or give it a DaemonSet of its own with the path where its container runtime (cri-o) keeps its files: /run/containerd/containerd.sock is not a socket file there, and is right where updated pods are available; another path in the template takes it from those, and what is created there is not the container runtime's",
        ),
        (
            json!({"repair": "hostPath", "path": "/var/log/app", "wanted": "a directory", "nodes": ["a"], "runsElsewhere": false, "runtime": null}),
            "put /var/log/app right on a, where it is not a directory: type DirectoryOrCreate of the template's hostPath volume makes it where nothing is there",
        ),
        (
            json!({"repair": "port", "port": 9100, "nodes": ["a"]}),
            "find what listens on port 9100 of a: a process of the node, or a pod on its network",
        ),
        (
            json!({"repair": "clockAhead", "node": "a"}),
            "set the clock of a right (chrony or another NTP client there); until the time that its pod tells has come, the pod does not count as available",
        ),
        (
            json!({"repair": "readOnlyPath", "path": "/opt/cni/bin", "nodes": ["a"]}),
            "let the template take a path that a can write to instead of /opt/cni/bin, which is read-only there, or leave such nodes out",
        ),
        (
            json!({"repair": "noReport", "nodes": ["a"]}),
            "look at the kubelet of a: it has not taken the pod up",
        ),
        (
            json!({"repair": "driver", "driver": "efs.csi.aws.com", "nodes": ["a"]}),
            "find out why CSI driver efs.csi.aws.com is not registered on a: that is for its pod there, if there is one",
        ),
        (
            json!({"repair": "nodeDeletion", "nodes": ["a"], "finalizers": []}),
            "let the deletion of a be finished",
        ),
        (
            json!({"repair": "nodeDeletion", "nodes": ["a"], "finalizers": ["f", "g"]}),
            "let the deletion of a be finished, by the controllers of finalizers f and g",
        ),
        (
            json!({"repair": "nodesThatWent", "nodes": ["a", "b"]}),
            "get a and b to answer again, but only after that: a node that comes back before that starts its pod of this revision once more",
        ),
        (
            json!({"repair": "pressure", "of": ["memory"], "nodes": ["a"]}),
            "free memory on a, once it is seen what takes it: until then new pods are rejected or evicted there",
        ),
        (
            json!({"repair": "pressure", "of": ["disk space"], "nodes": ["a", "b"]}),
            "free disk space on a and b, once it is seen what takes it: until then new pods are rejected or evicted there, including one to look around in",
        ),
        (
            json!({"repair": "rejection", "nodes": ["a"], "isSilent": true}),
            "see why the pods on a failed, by the events of the namespace or what the kubelet there says: it rejected or evicted them",
        ),
        (
            json!({"repair": "rejection", "nodes": ["a"]}),
            "repair what the kubelet of a says: until then every new pod of this template is rejected there",
        ),
        (
            json!({"repair": "cloudController", "nodes": ["a"], "pod": "kube-system/ccm-a", "taint": "node.kubernetes.io/not-ready"}),
            "let the cloud controller manager (kube-system/ccm-a) run before nodes are ready, by a toleration of taint node.kubernetes.io/not-ready and, where it is not yet, on the network of the node (hostNetwork): it is what initializes a, and waits itself for that taint to go",
        ),
        (
            json!({"repair": "cloudController", "nodes": ["a"], "pod": "kube-system/ccm-a", "taint": null}),
            "get the cloud controller manager to run, beginning with kube-system/ccm-a: it is what initializes a and takes taint node.cloudprovider.kubernetes.io/uninitialized off",
        ),
        (
            json!({"repair": "cloudController", "nodes": ["a"], "pod": null, "taint": null}),
            "see in the log of the cloud controller manager why it does not initialize a, which is to take taint node.cloudprovider.kubernetes.io/uninitialized off; where the provider runs it, it is for the provider, and where none runs, kubelets are not to be started with --cloud-provider=external",
        ),
        (
            json!({"repair": "kubeletToPods", "node": "a", "others": ["n/x"], "anew": ["n/z", "2026-03-01T12:00:00Z"]}),
            "find what on a keeps its kubelet from pods there: n/x does not answer in time either (packet rules of the node or a firewall, the interface or the tunnel of its network plugin, no CPU time left); n/z started again at 2026-03-01T12:00:00Z, and how it had ended is unknown, as when the container runtime or the node is started anew",
        ),
        (
            json!({"repair": "kubeletToPods", "node": "a", "others": ["n/x", "n/y"]}),
            "find what on a keeps its kubelet from pods there: n/x and n/y do not answer in time either (packet rules of the node or a firewall, the interface or the tunnel of its network plugin, no CPU time left)",
        ),
        (
            json!({"repair": "certificates", "requests": ["csr-b", "csr-a"]}),
            "approve certificate requests csr-b and csr-a, once you have seen that it is your nodes that ask (kubectl get csr): a kubelet without a valid certificate cannot report; when it can, it asks for one to serve with, which is approved as well",
        ),
        (
            json!({"repair": "kubelet", "nodes": ["a"]}),
            "look at the kubelet and the container runtime of a, and for processes that wait in the kernel (state D): the pod does not end there; what cannot be killed ends with a reboot alone, which is the last resort: drain the node before it",
        ),
        (
            json!({"repair": "kubelet", "nodes": ["a"], "ofNetwork": true}),
            "look at the network plugin (CNI) and the kubelet of a: the pod does not end there, since its network is not taken down",
        ),
        (
            json!({"repair": "sysctl", "sysctl": "net.core.somaxconn", "nodes": ["a"]}),
            "allow sysctl net.core.somaxconn by allowedUnsafeSysctls of the kubelet of a and of every other node that should run it, or take it out of the template",
        ),
        (
            json!({"repair": "oneNode", "node": "a", "tells": {"back": 3}}),
            "go back to revision 3 to tell: if its pod runs on a, the newest revision is to blame, and if it fails there \
             too, it is not (a pod of the newest one on another node would tell as well)",
        ),
        (
            json!({"repair": "reportedAlone", "node": "a", "condition": "BondDegraded=True"}),
            "look at what a reports alone, BondDegraded=True: whether its pod fails for that is not known",
        ),
        (
            json!({"repair": "oneNode", "node": "a", "tells": "before"}),
            "go back to the revision that older pods are of to tell: if its pod runs on a, the newest revision is to blame, and if it fails \
             there too, it is not (a pod of the newest one on another node would tell as well)",
        ),
        (
            json!({"repair": "oneNode", "node": "a", "tells": "otherNode"}),
            "look at a; whether it is the node or the revision, a pod of the revision on another node tells",
        ),
        (
            json!({"repair": "nodes", "nodes": ["a", "b"], "awaited": null, "differs": null}),
            "look at what a and b have that the others have not, on which the same revision runs",
        ),
        (
            json!({"repair": "nodes", "nodes": ["a"], "awaited": null, "differs": "a runs kernel 6.8, nodes with an available pod kernel 6.1"}),
            "look at what a has that the others have not, on which the same revision runs; a runs kernel 6.8, nodes with an available pod kernel 6.1",
        ),
    ]);
}
