//! Repairs, which cannot be tried on a copy.

use daemonset_explain::Repair;
use serde_json::json;

use super::check;

#[test]
#[allow(clippy::too_many_lines)] // one line a case
fn repairs() {
    check::<Repair>(
        "repair",
        &[
            (
                json!({"repair": "controller"}),
                "get kube-controller-manager, of which the DaemonSet controller and the node lifecycle controller are parts, to work again; its Lease tells whether one leads: spec.renewTime is of the last minute then",
            ),
            (
                json!({"repair": "refusalSaid"}),
                "mend what the API server says against the pods",
            ),
            (
                json!({"repair": "quotaScope", "class": "system-node-critical", "namespace": "infra"}),
                "let namespace infra have pods of priority class system-node-critical, by a ResourceQuota for that scope, or name another class in the template",
            ),
            (
                json!({"repair": "runtimeClass", "class": "gvisor"}),
                "create RuntimeClass gvisor for a handler that the container runtime of the nodes has, or name one that exists in the template",
            ),
            (
                json!({
                    "repair": "known",
                    "known": {"id": "disk", "owner": "node", "lacks": "disk space"},
                    "instruction": "free disk space on a, or give it more: no pod gets on without",
                    "nodes": ["a"],
                }),
                "free disk space on a, or give it more: no pod gets on without",
            ),
            (
                json!({"repair": "clock", "node": "a", "isBehind": true, "by": 7200}),
                "set the clock of a right (chronyc makestep there, or another NTP client): it is at least 2 h behind, and by it the certificate is not valid",
            ),
            (
                json!({"repair": "autoscaler", "autoscaler": "a", "namespace": "infra"}),
                "let VerticalPodAutoscaler a of namespace infra ask for less (maxAllowed of its resourcePolicy), or leave the pods as they are made (updateMode Off), and then delete the pod that waits: what it asks for comes of that, and not of the template",
            ),
            (
                json!({"repair": "webhook", "webhook": "w", "isOfCertificate": true}),
                "put right the certificate of admission webhook w, which answers: renew it, or let the caBundle of its configuration be that of its authority; meanwhile no pod of this DaemonSet is created",
            ),
            (
                json!({"repair": "certificateEarly", "from": "2026-03-01T12:00:00Z"}),
                "have a certificate issued that is valid now, or wait: the one that the pods are shown is valid from 2026-03-01T12:00:00Z on, as where the clock of its issuer is ahead",
            ),
            (
                json!({"repair": "certificateEarly", "from": null}),
                "set right the clock by which the certificate is not valid yet, which is behind (or, where it is right, have one issued that is valid now): it has not expired",
            ),
            (
                json!({"repair": "certificateTime", "node": "a"}),
                "see whether the clock of a is right, and set it right if not: by it the certificate has expired, or is not valid yet; where it is right, renew the certificate",
            ),
            (
                json!({"repair": "proxy", "proxy": "10.0.3.8:3128", "nodes": ["a"]}),
                "get proxy 10.0.3.8:3128 to answer a, by which the container runtime there pulls images, or set its HTTPS_PROXY and NO_PROXY right; a node that has the image may need no pull",
            ),
            (
                json!({"repair": "nodeMemory", "container": "agent", "node": "a", "others": ["shop/x"]}),
                "find what uses up the memory of a (shop/x there was killed for it too), and move it away or limit it; container agent has no limit to raise; a larger memory request makes it less likely to be the one that is killed",
            ),
            (
                json!({"repair": "right", "account": "infra/agent", "right": "list nodes"}),
                "give ServiceAccount infra/agent the right to list nodes, by a role and its binding; see first whether those that it had \
                 are gone: it may need other rights beside this one",
            ),
            (
                json!({"repair": "wayOut", "nodes": ["a"], "address": "10.96.0.1:443"}),
                "find why 10.96.0.1:443 does not answer on a: pods of the same revision run elsewhere",
            ),
            (
                json!({"repair": "platform", "container": "agent", "platform": "linux/arm64"}),
                "build the image of container agent for linux/arm64 too, under a tag of its own: a node that has an image of that name does not pull it again (imagePullPolicy IfNotPresent)",
            ),
            (
                json!({"repair": "devicePlugin", "resource": "nvidia.com/gpu", "nodes": ["a"], "offered": []}),
                "get the device plugin of nvidia.com/gpu to run on a, where none of it is offered: no pod that is removed and no priority brings any",
            ),
            (
                json!({"repair": "devicePlugin", "resource": "acme.com/nics", "nodes": ["a"], "offered": ["acme.com/vf"]}),
                "let the template ask for acme.com/vf, which is offered on a, where no acme.com/nics is; or have the device \
                 plugin there offer acme.com/nics, if it does so no more (its configuration names what it offers)",
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
                json!({"repair": "triesAgain", "address": "10.96.40.7:9092", "nodes": ["a", "b"]}),
                "wait: 10.96.40.7:9092 seems to answer again, since pods that asked it in vain run now, and the pods on a and b try \
                 again within 5 min; a pod that is deleted is made anew at once",
            ),
            (
                json!({"repair": "backBeforeRepair", "revision": 3, "nodes": ["a"], "within": 95}),
                "go back to revision 3 before a is repaired, unless it is known what else took it down: it went down within 95 s of \
                 getting the newest revision, of which no pod is available, and once it is well again the rollout takes further nodes",
            ),
            (
                json!({"repair": "goBack", "revision": 11}),
                "go back to revision 11 at once, so that the rollout takes no further node",
            ),
            (
                json!({"repair": "initWaits", "container": "driver-validation", "node": "a"}),
                "read in the logs of init container driver-validation what it waits for",
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
                json!({"repair": "noAnswer", "address": "10.20.0.5:4317"}),
                "ask 10.20.0.5:4317 from an old pod: if it does not answer there either, get it to answer, or go back where only the newest revision asks it, which is not known; if it does, the revision is to blame, or the node where only one pod asks in vain",
            ),
            (
                json!({"repair": "noAnswer", "address": "quay.io:443", "node": "b"}),
                "ask quay.io:443 from b, where an old pod runs: if it does not answer there either, get it to answer, or go back where only the newest revision asks it, which is not known; if it does, look at the way to it from the node that asks in vain",
            ),
            (
                json!({"repair": "registry", "host": "quay.io:443", "status": "503", "nodes": ["a"]}),
                "see why quay.io:443 (or a proxy or mirror before it) answers a with 503: it is reached, so wait until it is repaired, or pull from another registry; a node that has the image may need no pull",
            ),
            (
                json!({"repair": "outside", "asked": "db.shop.svc:80", "status": "503", "areOthers": true}),
                "see why db.shop.svc:80 (or a proxy before it) answers the pods with 503: it is reached; pods that still run may ask it too once they are started again",
            ),
            (
                json!({"repair": "criticalPriority", "nodes": ["a"]}),
                "see which pod took its place on a: the kubelet makes place for critical pods alone (static ones, and those of system-cluster-critical or system-node-critical), so that no other priority class keeps this one there; free what that pod asks for, or move pods that can run elsewhere",
            ),
            (
                json!({"repair": "priority", "class": "agent-priority", "value": 1001, "nodes": ["a"]}),
                "give the template a priority class above that of the pods that take its place (1001 is higher than that of any pod that was given of a)",
            ),
            (
                json!({"repair": "pressure", "of": ["disk space"], "nodes": ["a"], "images": "0.2 of 18.8 GB"}),
                "free disk space on a, once it is seen what takes it: until then new pods are rejected or evicted there, including one to look around in; the kubelet of a found 0.2 of 18.8 GB to free among images that no container uses: images in use, or something else (logs, emptyDir volumes, paths of the node), fill it",
            ),
            (
                json!({"repair": "certificate", "until": null, "address": "quay.io:443"}),
                "renew the certificate of quay.io:443, which has expired, or set right the clock by which it has, where it is ahead",
            ),
            (
                json!({"repair": "startTime", "container": "agent", "allowed": "3 × 10 s = 30 s", "killedAfter": 33, "hasStartup": true, "threshold": 30, "then": 300}),
                "if container agent only needs longer to start than 3 × 10 s = 30 s (it was killed after 33 s): failureThreshold 30 of its startup probe lets it take 5 min",
            ),
            (
                json!({"repair": "startTime", "container": "agent", "allowed": "3 × 10 s = 30 s", "killedAfter": null, "hasStartup": false, "threshold": 30, "then": 300}),
                "if container agent only needs longer to start than 3 × 10 s = 30 s: a startup probe that asks what its liveness probe asks, with failureThreshold 30, lets it take 5 min",
            ),
            (
                json!({"repair": "priority", "class": "agent-priority", "value": 101, "nodes": ["a"]}),
                "give the template a priority class above that of the pods that take its place (101 is higher than that of any pod that was given of a)",
            ),
            (
                json!({"repair": "priority", "class": "agent-priority", "value": 1, "nodes": ["a"], "preempts": ["shop/cart-1"]}),
                "give the template a priority class above that of the pods that take its place (1 is higher than that of any pod that was given of a); what is below that there may be preempted for it: shop/cart-1",
            ),
            (
                json!({"repair": "room", "nodes": ["a"], "asked": [], "isCritical": false, "others": []}),
                "make room on a: lower what the template requests, or use larger nodes, or leave such nodes out: no pod there makes way, since those that were given are static, or of a priority that no class of users exceeds",
            ),
            (
                json!({"repair": "room", "nodes": ["a"], "asked": [], "isCritical": false, "others": ["shop/cart-1"]}),
                "make room on a: lower what the template requests, move other pods away, or give it a priority class above theirs, for which they are preempted: of those given, shop/cart-1 can be",
            ),
            (
                json!({"repair": "memory", "container": "agent", "limit": "128Mi", "before": "1Gi"}),
                "give container agent back the memory limit of 1Gi that it had before the revision (it is 128Mi now)",
            ),
            (
                json!({"repair": "platform", "container": "agent", "platform": "windows/amd64", "isPublic": true}),
                "name a tag of the image of container agent that is there for windows/amd64 too, if its repository has one, or leave such nodes out; where the image is your own, build it for windows/amd64 too, under a tag of its own",
            ),
            (
                json!({"repair": "certificate", "until": null, "read": ["Secret agent-tls"]}),
                "renew the certificate that the pods are shown, which has expired, or set right the clock by which it has, where it is ahead; whose it is the words do not tell: it may be in what the container reads, Secret agent-tls",
            ),
            (
                json!({"repair": "priority", "class": "agent-priority", "value": null, "nodes": ["a"]}),
                "give the template a priority class above that of the pods that take its place on a",
            ),
            (
                json!({"repair": "label", "label": "nvidia.com/gpu.present", "owner": "gpuFeatureDiscovery"}),
                "see that GPU feature discovery (of NVIDIA's GPU operator) runs, which sets label nvidia.com/gpu.present on nodes that have the device; without such nodes nothing is wrong",
            ),
            (
                json!({"repair": "missingNodes", "nodes": ["a"]}),
                "see whether a is there: if not, and the pods stay for more than a minute or two, the pod garbage collector (of kube-controller-manager) does not work, and what is terminating can be deleted by force",
            ),
            (
                json!({"repair": "quota", "quota": "pods", "namespace": "infra"}),
                "raise ResourceQuota pods of namespace infra, or remove what uses it up",
            ),
            (
                json!({"repair": "priorityClass", "class": "high"}),
                "create PriorityClass high, or name one that exists in the template; its value here is that of pods which had it, or else a guess: give it what it is to have",
            ),
            (
                json!({"repair": "templateField", "field": "overhead", "class": "runtimeClassName"}),
                "take overhead out of the template: only a runtimeClassName may give it",
            ),
            (
                json!({"repair": "podSecurity", "namespace": "infra"}),
                "let the template meet the level, or have whoever owns namespace infra lower its label pod-security.kubernetes.io/enforce to one that it meets; what that allows it allows every pod there",
            ),
            (
                json!({"repair": "namespace", "namespace": "infra"}),
                "namespace infra is being deleted: nothing is created in it, in another the DaemonSet can run",
            ),
            (
                json!({"repair": "serviceAccount", "account": "infra/agent"}),
                "create ServiceAccount infra/agent",
            ),
            (
                json!({"repair": "webhook", "webhook": "w.example.com", "isOfCertificate": false}),
                "get admission webhook w.example.com to answer: meanwhile no pod of this DaemonSet is created",
            ),
            (
                json!({"repair": "unspecified", "resources": ["limits.cpu"], "namespace": "infra"}),
                "give each container limits.cpu in the template, or namespace infra a LimitRange with a default",
            ),
            (
                json!({"repair": "limitRange", "namespace": "infra"}),
                "let the template ask for what the LimitRange of namespace infra allows, or change that",
            ),
            (
                json!({"repair": "denied", "by": "admission webhook w"}),
                "let the template meet what admission webhook w demands, or have it except these pods",
            ),
            (
                json!({"repair": "denied", "by": "admission webhook w", "demands": ["give container a a limit of memory", "give its pods label owner"]}),
                "give container a a limit of memory; give its pods label owner, as admission webhook w demands; or have it except these pods",
            ),
            (
                json!({"repair": "gateNotMet", "gate": "example.com/lb"}),
                "mend what keeps condition example.com/lb from being True: its controller is at work, and says so",
            ),
            (
                json!({"repair": "claims", "claims": ["PersistentVolumeClaim data"], "namespace": "infra"}),
                "have PersistentVolumeClaim data in namespace infra bound: a PersistentVolume or the StorageClass has to provide it",
            ),
            (
                json!({"repair": "claimsElsewhere", "claims": ["PersistentVolumeClaim data"], "namespace": "infra"}),
                "let the template mount what every node can get at (a path of the node, emptyDir, an ephemeral volume, or a \
                 claim that many nodes may mount) instead of PersistentVolumeClaim data in namespace infra, or leave out the \
                 other nodes",
            ),
            (
                json!({"repair": "scheduling", "nodes": ["a"]}),
                "mend what the scheduler says against a: it is not for want of room",
            ),
            (
                json!({"repair": "podSlots", "nodes": ["a"], "isCritical": false}),
                "raise maxPods of the kubelet of a, remove other pods, or give it a priority class above that of pods there, which are preempted then",
            ),
            (
                json!({"repair": "configuration", "objects": ["ConfigMap agent-config"], "namespace": "infra"}),
                "look at ConfigMap agent-config in namespace infra: the pods' last words are about what they take from it",
            ),
            (
                json!({"repair": "argument", "container": "a", "argument": "--iface=eth1", "value": "eth1", "nodes": ["n"]}),
                "look at eth1, which the words name and container a is given (--iface=eth1): whether it is right for n, and what \
                 it stands for is there",
            ),
            (
                json!({"repair": "secretKey", "secret": "s", "key": "license", "container": "a", "namespace": "n"}),
                "look at Secret s in namespace n, of which container a reads license, which the words name: whether it is what is \
                 asked for and still valid; pods read it again when they are started anew",
            ),
            (
                json!({"repair": "reread", "objects": ["ConfigMap c"], "namespace": "n"}),
                "see what was changed in ConfigMap c in namespace n since the old pods started, and put it right: they read it \
                 as it was, and an undo of the DaemonSet does not bring it back",
            ),
            (
                json!({"repair": "certificate", "until": null}),
                "renew the certificate that the pods are shown, which has expired, or set right the clock by which it has, where it is ahead",
            ),
            (
                json!({"repair": "certificate", "until": "2026-03-01T12:00:00Z"}),
                "renew the certificate that the pods are shown, which has expired (2026-03-01T12:00:00Z)",
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
                "leave a out, or give them a DaemonSet of their own with the path where their container runtime (cri-o) keeps its files: /run/containerd/containerd.sock is not a socket file there, and is right where updated pods are available; another path in the template takes it from those, and what is created there is not the container runtime's",
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
                json!({"repair": "image", "container": "agent", "moved": "r/b:1"}),
                "let container agent have image r/b:1: its repository was moved there; where it is pulled already under its old name it runs on, new nodes cannot pull it",
            ),
            (
                json!({"repair": "image", "container": "agent", "moved": null}),
                "put the image of container agent back into the registry, or name one that is there (kubectl set image): where it is pulled already it runs on, new nodes cannot pull it",
            ),
            (
                json!({"repair": "tag", "container": "agent", "works": "r/agent@sha256:ab"}),
                "name the image that works by its digest, so that every node runs the same: r/agent@sha256:ab for container agent; every pod is replaced, since the template changes",
            ),
            (
                json!({"repair": "wavering"}),
                "find out what its readiness probe fails for now and then, in the logs of the container",
            ),
            (
                json!({"repair": "running"}),
                "read in the logs of the container what it waits for",
            ),
            (
                json!({"repair": "registry", "host": "quay.io:443", "nodes": ["a"]}),
                "get quay.io:443 to answer a, or pull from another registry; a node that has the image may need no pull",
            ),
            (
                json!({"repair": "clockAhead", "node": "a"}),
                "set the clock of a right (chrony or another NTP client there); until the time that its pod tells has come, the pod does not count as available",
            ),
            (
                json!({"repair": "trust", "address": "db.shop.svc:443"}),
                "have db.shop.svc:443 present a certificate that the pods take, for the name by which they ask it and from an authority that they trust, or let them trust it",
            ),
            (
                json!({"repair": "admittedSelector", "namespace": "infra", "nodes": ["a"]}),
                "see which nodeSelector the pods meant for a carry: the template allows these nodes, so it seems to have been put into the pods at admission, as a default of namespace infra or of the cluster is (annotations scheduler.alpha.kubernetes.io/node-selector and openshift.io/node-selector of the namespace; the latter, empty, lifts the cluster's default); pods that are there keep theirs until they are deleted",
            ),
            (
                json!({"repair": "events"}),
                "look up in the events of the pod what keeps it: none about that were given, and it says nothing itself",
            ),
            (
                json!({"repair": "dns", "name": "db.shop.svc", "server": "10.96.0.10:53", "nodes": ["a"]}),
                "get the DNS server (10.96.0.10:53) to answer the pods on a, which look up db.shop.svc; no revision changes that",
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
                json!({"repair": "scheduler", "scheduler": "default-scheduler"}),
                "get kube-scheduler to work again: it has not looked at these pods",
            ),
            (
                json!({"repair": "rateLimit"}),
                "wait until the registry lets images be pulled again, or pull with credentials (imagePullSecrets) or from a mirror",
            ),
            (
                json!({"repair": "memory", "container": "agent", "limit": "128Mi"}),
                "give container agent more than 128Mi of memory (twice that is a guess), or find out what it takes it for",
            ),
            (
                json!({"repair": "storage"}),
                "raise the limit that the pods are evicted for, or find out what they write",
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
                json!({"repair": "refusal"}),
                "look up in the events why the API server refuses the pods",
            ),
            (
                json!({"repair": "objects", "objects": ["key tokn of Secret a"], "namespace": "infra"}),
                "create key tokn of Secret a in namespace infra, or let the template name what is there: which of the two is the slip, the keys that are there may tell",
            ),
            (
                json!({"repair": "objects", "objects": ["PersistentVolumeClaim a"], "namespace": "infra"}),
                "create PersistentVolumeClaim a in namespace infra; ReadWriteMany, by which pods on several nodes may mount it, is assumed, and not every StorageClass has it",
            ),
            (
                json!({"repair": "nodesThatWent", "nodes": ["a", "b"]}),
                "after that, get a and b to answer again: a node that is started before starts its pod of this revision again",
            ),
            (
                json!({"repair": "objects", "objects": ["Secret a", "ConfigMap b"], "namespace": "infra"}),
                "create Secret a and ConfigMap b in namespace infra",
            ),
            (
                json!({"repair": "schedulingGates", "gates": ["g"], "inTemplate": false}),
                "let the controller of scheduling gate g take it off the pods",
            ),
            (
                json!({"repair": "schedulingGates", "gates": ["g", "h"], "inTemplate": false}),
                "let the controller of scheduling gates g and h take them off the pods",
            ),
            (
                json!({"repair": "scheduler", "scheduler": "volcano"}),
                "start scheduler volcano, or name one that runs in the template",
            ),
            (
                json!({"repair": "readinessGate", "gate": "g"}),
                "start the controller that sets condition g, which the readiness gate waits for",
            ),
            (
                json!({"repair": "room", "nodes": ["a"], "asked": [], "isCritical": false}),
                "make room on a: lower what the template requests, remove other pods, or give it a priority class above that of pods there, which are preempted then",
            ),
            (
                json!({"repair": "size", "nodes": ["a"], "asked": []}),
                "lower what the template requests; or use larger nodes, or, where others have enough, keep the daemon off a: no eviction helps where a pod asks for more than the whole node has",
            ),
            (
                json!({"repair": "size", "nodes": ["a"], "asked": [{"resource": "memory", "container": "c", "amount": null, "fits": null}]}),
                "let the template request memory itself: it names none, and what is filled in for that (as a LimitRange does) is too much; or use larger nodes, or, where others have enough, keep the daemon off a: no eviction helps where a pod asks for more than the whole node has",
            ),
            (
                json!({"repair": "size", "nodes": ["a"], "asked": [{"resource": "memory", "container": "c", "amount": null, "fits": null, "defaults": ["large"]}]}),
                "let the template request memory itself: it names none, and what LimitRange large of its namespace fills in is too much; or lower that default, which is for the whole namespace, and delete the pods that wait: they keep what was filled in; or use larger nodes, or, where others have enough, keep the daemon off a: no eviction helps where a pod asks for more than the whole node has",
            ),
            (
                json!({"repair": "room", "nodes": ["a"], "asked": [{"resource": "cpu", "container": "c", "amount": "2", "fits": "500m"}], "isCritical": true}),
                "make room on a: lower what the template requests (cpu 2 of container c, of which 500m fits at most), or use larger nodes: its priority is one of Kubernetes itself, so that no class is above it, and what holds the room is not to be removed for it",
            ),
            (
                json!({"repair": "podSlots", "nodes": ["a"], "isCritical": true}),
                "raise maxPods of the kubelet of a, or move pods there that can run elsewhere: the priority of this one is of Kubernetes itself, so that no class is above it",
            ),
            (
                json!({"repair": "networkTaint", "taint": "t", "nodes": ["a", "b"]}),
                "if this DaemonSet is what sets the pod network up, let it tolerate taint t of a and b: there is none before it runs",
            ),
            (
                json!({"repair": "schedulingGates", "gates": ["g"], "inTemplate": true}),
                "let the controller of scheduling gate g take it off the pods, or take it out of the template",
            ),
            (
                json!({"repair": "hostPorts", "ports": [80], "nodes": ["a"]}),
                "free host port 80 on a: use another port, or run only one of the two there",
            ),
            (
                json!({"repair": "hostPorts", "ports": [80, 443], "nodes": ["a", "b"]}),
                "free host ports 80 and 443 on a and b: use another port, or run only one of the two there",
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
                json!({"repair": "rejection", "nodes": ["a"]}),
                "repair what the kubelet of a says: until then every new pod of this template is rejected there",
            ),
            (
                json!({"repair": "finalizers", "finalizers": ["f"], "perhaps": null}),
                "start the controller that removes finalizer f",
            ),
            (
                json!({"repair": "finalizers", "finalizers": ["a.b/f"], "perhaps": "a/a-operator-x"}),
                "start the controller that removes finalizer a.b/f: by its name it may be a/a-operator-x, which does not run",
            ),
            (
                json!({"repair": "ownFinalizers", "finalizers": ["x/f"], "pods": 2}),
                "or, where that controller is not to come back, take finalizer x/f off the DaemonSet: it is gone then, and its 2 pods are deleted with it; if it is to run, it has to be applied anew",
            ),
            (
                json!({"repair": "variable", "container": "a", "name": "IP", "user": "URL", "isThere": true}),
                "let IP stand before URL in env of container a: $(IP) is replaced only by a variable that stands before the one that refers to it",
            ),
            (
                json!({"repair": "variable", "container": "a", "name": "IP", "user": null, "isThere": false}),
                "give container a the variable IP, to which an argument refers, or take $(IP) out of there: it has no such variable, so that the reference stays as it is written",
            ),
            (
                json!({"repair": "putIn", "container": "proxy", "by": "Istio", "off": "k=v"}),
                "if these pods are to be without proxy, which Istio puts in: k=v in the template keeps it out",
            ),
            (
                json!({"repair": "putIn", "container": "proxy", "by": null, "off": null}),
                "see what puts proxy into the pods (a mutating webhook), and mend it there",
            ),
            (
                json!({"repair": "writers", "writers": ["a", "b"]}),
                "let only one of a and b write what they differ in: let the manifests of a GitOps controller leave the field out, or have it ignore that field (ignoreDifferences), or give an operator the value in its own custom resource",
            ),
            (
                json!({"repair": "storageClass", "class": "fast", "claim": "a-data", "namespace": "infra", "isMade": true}),
                "create StorageClass fast, which PersistentVolumeClaim a-data of namespace infra asks for, or let the template name one that is there for the volume",
            ),
            (
                json!({"repair": "provisioning", "class": "fast", "claim": "PersistentVolumeClaim c", "lacks": "right"}),
                "give the provisioner of StorageClass fast the right to create volumes, which it lacks by its words about PersistentVolumeClaim c: the identity by which its CSI driver's controller asks its provider",
            ),
            (
                json!({"repair": "provisioning", "class": "fast", "claim": "PersistentVolumeClaim c", "lacks": "limit"}),
                "have the limit raised that the provisioner of StorageClass fast meets, as it says of PersistentVolumeClaim c, or let the claim have another class",
            ),
            (
                json!({"repair": "provisioning", "class": "fast", "claim": "PersistentVolumeClaim c", "lacks": "other"}),
                "mend what the provisioner of StorageClass fast says of PersistentVolumeClaim c",
            ),
            (
                json!({"repair": "askedPods", "who": "Typha", "pod": "calico/typha-a"}),
                "get the pods of Typha to run first, beginning with calico/typha-a: the failing ones ask them",
            ),
            (
                json!({"repair": "askedPods", "who": "Typha", "pod": "calico/typha-a", "taint": "node.kubernetes.io/not-ready"}),
                "get the pods of Typha to run first, beginning with calico/typha-a: the failing ones ask them; if what takes taint node.kubernetes.io/not-ready off is what fails here, each waits for the other: let the pods of Typha tolerate it",
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
                json!({"repair": "storageClass", "class": "fast", "claim": "c", "namespace": "infra"}),
                "create StorageClass fast, which PersistentVolumeClaim c of namespace infra asks for, or make the claim anew with a class that is there: it cannot be changed in place",
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
                json!({"repair": "writers", "writers": []}),
                "find the two that write the template in turn (metadata.managedFields names them): let the manifests of a GitOps controller leave the field out, or have it ignore that field (ignoreDifferences), or give an operator the value in its own custom resource",
            ),
            (
                json!({"repair": "kubelet", "nodes": ["a"]}),
                "look at the kubelet and the container runtime of a: the pod does not end there; what cannot be killed ends with a reboot alone, which is the last resort: drain the node before it",
            ),
            (
                json!({"repair": "kubelet", "nodes": ["a"], "ofNetwork": true}),
                "look at the network plugin (CNI) and the kubelet of a: the pod does not end there, since its network is not taken down",
            ),
            (
                json!({"repair": "outside", "asked": null}),
                "repair what the pods' last words are about",
            ),
            (
                json!({"repair": "outside", "asked": "config.platform.svc:443"}),
                "get config.platform.svc:443 to answer, which the pods ask in vain",
            ),
            (
                json!({"repair": "resolver", "name": "quay.example.com", "server": "10.8.0.2:53", "nodes": ["a"]}),
                "let the resolver of a (10.8.0.2:53) find quay.example.com, or pull from a registry that it finds; a node that has the image may need no pull",
            ),
            (
                json!({"repair": "resolver", "name": "quay.example.com", "server": null, "nodes": ["a", "b"]}),
                "let the resolver of a and b find quay.example.com, or pull from a registry that it finds; a node that has the image may need no pull",
            ),
            (
                json!({"repair": "consumption", "container": "c", "used": "2Gi", "requested": "0", "resource": "memory"}),
                "find out what container c takes 2Gi of memory for, and give it a limit above what it takes where it is well, or request \
                 what it needs: it requests 0, and what takes more than it requests is evicted first",
            ),
            (
                json!({"repair": "consumption", "container": "c", "used": "310Mi", "requested": "300Mi", "limit": "400Mi", "resource": "memory"}),
                "let container c request what it may take, 400Mi of memory (its limit), where the nodes have room for that, or find out what \
                 it takes 310Mi for: it requests 300Mi, and what takes more than it requests is evicted first",
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
                json!({"repair": "olderRevision", "hash": "h1", "isLast": true}),
                "go back to the revision before (h1), of which pods are available, as long as it is still kept: it was not given, and the first command shows what is",
            ),
            (
                json!({"repair": "olderRevision", "hash": "h1", "isLast": false}),
                "go back to revision h1, of which pods are available and which is not the one before, as long as it is still kept: it was not given, and the first command shows its number",
            ),
            (
                json!({"repair": "reportedAlone", "node": "a", "condition": "BondDegraded=True"}),
                "look at what a reports alone, BondDegraded=True: whether its pod fails for that is not known",
            ),
            (
                json!({"repair": "victim", "pod": "apps/web-1", "node": "a", "over": 600, "said": "unable to kill it", "finalizers": []}),
                "find out on a why apps/web-1 does not end: the scheduler waits for its room, and its grace period ended 10 min ago; its kubelet says: unable to kill it",
            ),
            (
                json!({"repair": "victim", "pod": "apps/web-1", "node": "a", "over": 600, "said": null, "finalizers": ["example.com/hold"]}),
                "start the controller that removes finalizer example.com/hold from apps/web-1: the scheduler waits for its room on a, and its grace period ended 10 min ago",
            ),
            (
                json!({"repair": "victimFinalizers", "pod": "apps/web-1", "finalizers": ["example.com/hold"]}),
                "or, where that controller is not to come back, take finalizer example.com/hold off apps/web-1",
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
                "look at what a and b have that the others have not: the same revision runs there",
            ),
            (
                json!({"repair": "nodes", "nodes": ["a"], "awaited": null, "differs": "a runs kernel 6.8, nodes with an available pod kernel 6.1"}),
                "look at what a has that the others have not: the same revision runs there; a runs kernel 6.8, nodes with an available pod kernel 6.1",
            ),
            (
                json!({"repair": "template", "container": null, "fields": []}),
                "mend what the template names, as the pods say",
            ),
            (
                json!({"repair": "template", "container": "c", "fields": ["image", "command", "args", "env"]}),
                "mend what the template names, as the pods say: image, command, args and env of container c",
            ),
            (
                json!({"repair": "daemon"}),
                "read in the logs of the previous container why it ended",
            ),
            (
                json!({"repair": "endsWell", "container": "c", "runs": "sleep 10"}),
                "let container c go on running: it ends with exit code 0, as what has done its work or goes into the background (it runs sleep 10), and is started again each time; what is to run once belongs in an init container, before one that stays",
            ),
        ],
    );
}
