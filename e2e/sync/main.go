// Command sync measures what one look of the Go controller at a DaemonSet costs: its function
// syncDaemonSet, in process, on informer stores that are filled and with a client that keeps what is
// written. No API server, no watch, no queue and no rate limit has a part in it. The cluster is that of
// the benches of the crate (crates/daemonset-testkit/src/fleet.rs).
//
//	go run ./sync NODES [SYNCS]
package main

import (
	"context"
	"fmt"
	"os"
	"runtime"
	"sort"
	"strconv"
	"syscall"
	"time"

	apps "k8s.io/api/apps/v1"
	v1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	kruntime "k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/intstr"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes/fake"
	core "k8s.io/client-go/testing"
	"k8s.io/client-go/util/flowcontrol"
	"k8s.io/kubernetes/pkg/controller/daemon"
)

func cpu() time.Duration {
	var r syscall.Rusage
	syscall.Getrusage(syscall.RUSAGE_SELF, &r)
	return time.Duration(r.Utime.Nano() + r.Stime.Nano())
}

func template(version string) v1.PodTemplateSpec {
	return v1.PodTemplateSpec{
		ObjectMeta: metav1.ObjectMeta{Labels: map[string]string{"app": "agent", "component": "logs"}},
		Spec: v1.PodSpec{
			NodeSelector: map[string]string{"kubernetes.io/os": "linux"},
			Affinity: &v1.Affinity{NodeAffinity: &v1.NodeAffinity{RequiredDuringSchedulingIgnoredDuringExecution: &v1.NodeSelector{
				NodeSelectorTerms: []v1.NodeSelectorTerm{{MatchExpressions: []v1.NodeSelectorRequirement{
					{Key: "eks.amazonaws.com/nodegroup", Operator: v1.NodeSelectorOpNotIn, Values: []string{"edge"}},
					{Key: "kubernetes.io/arch", Operator: v1.NodeSelectorOpIn, Values: []string{"amd64", "arm64"}},
				}}}}}},
			Tolerations: []v1.Toleration{{Key: "node-role.kubernetes.io/control-plane", Operator: "Exists", Effect: "NoSchedule"}},
			Containers:  []v1.Container{{Name: "agent", Image: "registry.example/agent:" + version}},
		},
	}
}

func pick(c bool, a, b string) string {
	if c {
		return a
	}
	return b
}

func name(at int) string {
	return fmt.Sprintf("ip-10-%d-%d-%d.eu-west-1.compute.internal", at>>16, (at>>8)&255, at&255)
}

func node(at int) *v1.Node {
	zone := []string{"eu-west-1a", "eu-west-1b", "eu-west-1c"}[at%3]
	n := &v1.Node{ObjectMeta: metav1.ObjectMeta{Name: name(at), Labels: map[string]string{
		"beta.kubernetes.io/arch": "amd64", "beta.kubernetes.io/instance-type": "m6i.2xlarge",
		"beta.kubernetes.io/os":          pick(at%50 == 7, "windows", "linux"),
		"eks.amazonaws.com/capacityType": pick(at%4 == 0, "SPOT", "ON_DEMAND"),
		"eks.amazonaws.com/nodegroup":    pick(at%50 == 31, "edge", "workers"),
		"kubernetes.io/arch":             "amd64", "kubernetes.io/hostname": name(at),
		"kubernetes.io/os":                 pick(at%50 == 7, "windows", "linux"),
		"node.kubernetes.io/instance-type": "m6i.2xlarge", "topology.ebs.csi.aws.com/zone": zone,
		"topology.kubernetes.io/region": "eu-west-1", "topology.kubernetes.io/zone": zone,
	}}}
	switch at % 100 {
	case 3:
		n.Spec.Taints = []v1.Taint{{Key: "dedicated", Value: "gpu", Effect: "NoSchedule"}}
	case 11:
		n.Spec.Taints = []v1.Taint{{Key: "node-role.kubernetes.io/control-plane", Effect: "NoSchedule"}}
	}
	return n
}

func runs(at int) bool { return at%50 != 7 && at%50 != 31 && at%100 != 3 }

func main() {
	ctx := context.Background()
	size, _ := strconv.Atoi(os.Args[1])
	n := 200
	if len(os.Args) > 2 {
		n, _ = strconv.Atoi(os.Args[2])
	}
	max := intstr.FromString("10%")
	limit := int32(10)
	ds := &apps.DaemonSet{
		ObjectMeta: metav1.ObjectMeta{Name: "agent", Namespace: "infra", UID: "5f0c3a52-0000-4000-8000-000000000000", Generation: 1, ResourceVersion: "1"},
		Spec: apps.DaemonSetSpec{
			Selector: &metav1.LabelSelector{MatchLabels: map[string]string{"app": "agent"}},
			Template: template("2.0"), RevisionHistoryLimit: &limit,
			UpdateStrategy: apps.DaemonSetUpdateStrategy{Type: "RollingUpdate", RollingUpdate: &apps.RollingUpdateDaemonSet{MaxUnavailable: &max}},
		},
	}
	client := fake.NewSimpleClientset(ds)
	factory := informers.NewSharedInformerFactory(client, 0)
	dsc, err := daemon.NewDaemonSetsController(ctx, factory.Apps().V1().DaemonSets(), factory.Apps().V1().ControllerRevisions(),
		factory.Core().V1().Pods(), factory.Core().V1().Nodes(), client, flowcontrol.NewBackOff(time.Second, 15*time.Minute))
	if err != nil {
		panic(err)
	}
	dsStore := factory.Apps().V1().DaemonSets().Informer().GetIndexer()
	crStore := factory.Apps().V1().ControllerRevisions().Informer().GetIndexer()
	podStore := factory.Core().V1().Pods().Informer().GetIndexer()
	nodeStore := factory.Core().V1().Nodes().Informer().GetIndexer()
	dsStore.Add(ds)
	// The first sync stores the revision.
	if err := syncDaemonSet(dsc, ctx, "infra/agent"); err != nil {
		panic(err)
	}
	revisions := func() {
		list, _ := client.AppsV1().ControllerRevisions("infra").List(ctx, metav1.ListOptions{})
		for i := range list.Items {
			crStore.Add(&list.Items[i])
		}
	}
	revisions()
	hash := crStore.List()[0].(*apps.ControllerRevision).Labels["controller-revision-hash"]
	yes := true
	start := metav1.NewTime(time.Now().Add(-3 * time.Hour).Truncate(time.Second))
	for at := 0; at < size; at++ {
		nodeStore.Add(node(at))
		if !runs(at) {
			continue
		}
		pod := &v1.Pod{
			ObjectMeta: metav1.ObjectMeta{Name: fmt.Sprintf("agent-%06x", at), Namespace: "infra", UID: types.UID(fmt.Sprintf("9b1d0e7a-0000-4000-8000-%012d", at)),
				CreationTimestamp: start,
				Labels:            map[string]string{"app": "agent", "component": "logs", "controller-revision-hash": hash, "pod-template-generation": "1"},
				OwnerReferences:   []metav1.OwnerReference{{APIVersion: "apps/v1", Kind: "DaemonSet", Name: "agent", UID: ds.UID, Controller: &yes, BlockOwnerDeletion: &yes}}},
			Spec: v1.PodSpec{NodeName: name(at)},
			Status: v1.PodStatus{Phase: "Running", Conditions: []v1.PodCondition{
				{Type: "PodReadyToStartContainers", Status: "True", LastTransitionTime: start}, {Type: "Initialized", Status: "True", LastTransitionTime: start},
				{Type: "Ready", Status: "True", LastTransitionTime: start}, {Type: "ContainersReady", Status: "True", LastTransitionTime: start},
				{Type: "PodScheduled", Status: "True", LastTransitionTime: start}}},
		}
		podStore.Add(pod)
	}
	// The status as it will be, so that nothing is written.
	if err := syncDaemonSet(dsc, ctx, "infra/agent"); err != nil {
		panic(err)
	}
	stored, _ := client.AppsV1().DaemonSets("infra").Get(ctx, "agent", metav1.GetOptions{})
	dsStore.Update(stored)
	runtime.GC()
	client.ClearActions()
	var times []time.Duration
	before, c := time.Now(), cpu()
	for i := 0; i < n; i++ {
		t := time.Now()
		if err := syncDaemonSet(dsc, ctx, "infra/agent"); err != nil {
			panic(err)
		}
		times = append(times, time.Since(t))
	}
	wall, used := time.Since(before), cpu()-c
	sort.Slice(times, func(i, j int) bool { return times[i] < times[j] })
	fmt.Printf("%d nodes, %d to run, %d available; nothing to do: %v of CPU a sync, %v at least, median %v, mean %v; %d writes\n", size,
		stored.Status.DesiredNumberScheduled, stored.Status.NumberAvailable, used/time.Duration(n), times[0], times[n/2], wall/time.Duration(n), len(client.Actions()))

	// A new template: from the sync's beginning to its first write, which is the new revision, and to the first deletion.
	var first, firstDelete []time.Duration
	for i := 0; i < 15; i++ {
		changed := stored.DeepCopy()
		changed.Spec.Template = template(fmt.Sprintf("3.%d", i))
		changed.Generation = int64(i + 2)
		client.Tracker().Update(apps.SchemeGroupVersion.WithResource("daemonsets"), changed, "infra")
		dsStore.Update(changed)
		runtime.GC()
		var t time.Time
		var w, d time.Duration
		deletes := 0
		client.PrependReactor("*", "*", func(a core.Action) (bool, kruntime.Object, error) {
			if a.GetVerb() == "create" && a.GetResource().Resource == "controllerrevisions" && w == 0 {
				w = time.Since(t)
			}
			if a.GetVerb() == "delete" && a.GetResource().Resource == "pods" {
				if d == 0 {
					d = time.Since(t)
				}
				deletes++
				return true, nil, nil
			}
			return false, nil, nil
		})
		t = time.Now()
		err := syncDaemonSet(dsc, ctx, "infra/agent")
		if err != nil && i == 0 {
			fmt.Println(err)
		}
		first, firstDelete = append(first, w), append(firstDelete, d)
		client.ReactionChain = client.ReactionChain[1:]
		forget(dsc, "infra/agent")
		for _, cr := range crStore.List() {
			if cr.(*apps.ControllerRevision).Labels["controller-revision-hash"] != hash {
				crStore.Delete(cr)
			}
		}
		list, _ := client.AppsV1().ControllerRevisions("infra").List(ctx, metav1.ListOptions{})
		for j := range list.Items {
			if list.Items[j].Labels["controller-revision-hash"] != hash {
				client.AppsV1().ControllerRevisions("infra").Delete(ctx, list.Items[j].Name, metav1.DeleteOptions{})
			}
		}
		if i == 0 {
			fmt.Println(deletes, "deletions")
		}
	}
	sort.Slice(first, func(i, j int) bool { return first[i] < first[j] })
	sort.Slice(firstDelete, func(i, j int) bool { return firstDelete[i] < firstDelete[j] })
	fmt.Printf("%d nodes, a new template: the revision is made after %v at least, median %v; the first pod is deleted after %v, median %v\n", size, first[0], first[len(first)/2], firstDelete[0], firstDelete[len(first)/2])
}
