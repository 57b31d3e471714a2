//! What keeps pods from a node: room, ports, devices, volumes, and who schedules them.

use daemonset_explain::PlacementRepair;
use serde_json::json;

use super::check;

#[test]
#[allow(clippy::too_many_lines)] // one line a case
fn placement() {
    check::<PlacementRepair>(&[
        (
            json!({"repair": "autoscaler", "autoscaler": "a", "namespace": "infra"}),
            "let VerticalPodAutoscaler a of namespace infra ask for less (maxAllowed of its resourcePolicy), or leave the pods as they are made (updateMode Off), and then delete the pod that waits: what it asks for comes of that, and not of the template",
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
            json!({"repair": "noSuchLabel", "key": "acme.com/agent", "value": "yes"}),
            "if it is to run: give the nodes that are meant label acme.com/agent=yes, which none that was given has, or take it out of nodeSelector; a label that no node has is also a way to switch a DaemonSet off, where nothing is wrong",
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
            json!({"repair": "priority", "class": "agent-priority", "value": null, "nodes": ["a"]}),
            "give the template a priority class above that of the pods that take its place on a",
        ),
        (
            json!({"repair": "label", "label": "nvidia.com/gpu.present", "owner": "gpuFeatureDiscovery"}),
            "see that GPU feature discovery (of NVIDIA's GPU operator) runs, which sets label nvidia.com/gpu.present on nodes that have the device; without such nodes nothing is wrong",
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
            "remove other pods, or give it a priority class above that of pods there, which are preempted then; maxPods of the kubelet of a may be raised too, where the pod network has addresses for more",
        ),
        (
            json!({"repair": "admittedSelector", "namespace": "infra", "nodes": ["a"]}),
            "see which nodeSelector the pods meant for a carry: the template allows these nodes, so it seems to have been put into the pods at admission, as a default of namespace infra or of the cluster is (annotations scheduler.alpha.kubernetes.io/node-selector and openshift.io/node-selector of the namespace; the latter, empty, lifts the cluster's default); pods that are there keep theirs until they are deleted",
        ),
        (
            json!({"repair": "scheduler", "scheduler": "default-scheduler"}),
            "get kube-scheduler to work again: it has not looked at these pods",
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
            json!({"repair": "room", "nodes": ["a"], "asked": [], "isCritical": false}),
            "make room on a: lower what the template requests, remove other pods, or give it a priority class above that of pods there, which are preempted then",
        ),
        (
            json!({"repair": "size", "nodes": ["a"], "asked": []}),
            "lower what the template requests; or use larger nodes, or, where others have enough, keep the daemon off a: no eviction helps where a pod asks for more than the whole node has",
        ),
        (
            json!({"repair": "size", "nodes": ["a"], "asked": [], "noneFits": true}),
            "lower what the template requests; or use larger nodes: no eviction helps where a pod asks for more than the whole node has",
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
            "move pods there that can run elsewhere: the priority of this one is of Kubernetes itself, so that no class is above it; maxPods of the kubelet of a may be raised too, where the pod network has addresses for more",
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
            json!({"repair": "storageClass", "class": "fast", "claim": "c", "namespace": "infra"}),
            "create StorageClass fast, which PersistentVolumeClaim c of namespace infra asks for, or make the claim anew with a class that is there: it cannot be changed in place",
        ),
    ]);
}
