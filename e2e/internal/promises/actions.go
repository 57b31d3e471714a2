package promises

import (
	"fmt"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	podutil "k8s.io/kubernetes/pkg/api/v1/pod"
	"k8s.io/kubernetes/pkg/controller/daemon/util"

	"e2e/internal/history"
)

// How some of the findings read.
const (
	TooManySurging   = " while as many nodes were surging as the strategy allows"
	BesideOthers     = " beside more pods of the DaemonSet than its strategy allows"
	WithoutAvailable = " without an available pod"
)

// seeCreated judges a pod that its set's controller made.
func (j *Judge) seeCreated(w *history.World, change history.Change, pod *corev1.Pod, sets []*appsv1.DaemonSet) {
	node, err := util.GetTargetNodeName(pod)
	if err != nil {
		j.broken(change, "pod %s was created for no node: %v", pod.Name, err)
		return
	}
	// The best that can be said by any version: the fewer wrongs, the further down this list.
	verdict := "for a DaemonSet that is gone or being deleted"
	rank := 0
	better := func(r int, text string) {
		if r > rank {
			rank, verdict = r, text
		}
	}
	for _, set := range sets {
		if set.DeletionTimestamp != nil {
			continue
		}
		better(1, "on node "+node+", which is not there")
		s := j.scene(w, set, change.At)
		for _, n := range w.Nodes[node].Recent(change.At, j.window) {
			better(2, "on node "+node+", which should not run one")
			if run, _ := j.rules.place(n, set); !run {
				continue
			}
			better(3, "from a template that the DaemonSet does not have")
			if !s.updated(pod) {
				continue
			}
			better(4, "on node "+node+BesideOthers)
			if !s.hasRoom(node, pod) {
				continue
			}
			better(5, "on node "+node+TooManySurging)
			if !s.maySurge(node, pod, j.ready) {
				continue
			}
			j.found.Actions["created"]++
			return
		}
	}
	j.broken(change, "pod %s was created %s", pod.Name, verdict)
}

// hasRoom says whether the node's other pods leave room for a new one.
func (s *scene) hasRoom(node string, pod *corev1.Pod) bool {
	if !util.AllowsSurge(s.set) {
		// Terminating ones count until they are gone, and failed ones until they are deleted.
		for _, other := range s.byNode[node] {
			if other.UID != pod.UID {
				return false
			}
		}
		return true
	}
	others := s.living(node, pod)
	return len(others) == 0 || len(others) == 1 && !s.updated(others[0])
}

// maySurge says whether a new pod beside an old one keeps within maxSurge. A node whose old pod was not available when
// the new one was created may have it whatever the budget, and does not count.
func (s *scene) maySurge(node string, pod *corev1.Pod, ready map[types.UID]time.Time) bool {
	surging := func(node string, pods []*corev1.Pod) bool {
		var before, after *corev1.Pod
		for _, p := range pods {
			switch {
			case p.DeletionTimestamp != nil || podutil.IsPodTerminal(p):
			case s.updated(p):
				after = p
			default:
				before = p
			}
		}
		if before == nil || after == nil || s.available(after) {
			return false
		}
		since, isReady := ready[before.UID]
		since = since.Add(time.Duration(s.set.Spec.MinReadySeconds) * time.Second)
		return isReady && since.Before(after.CreationTimestamp.Time)
	}
	if !surging(node, s.byNode[node]) {
		return true
	}
	count := 0
	for name, pods := range s.byNode {
		if surging(name, pods) {
			count++
		}
	}
	desired, _ := s.nodes()
	allowed, err := util.SurgeCount(s.set, desired)
	return err == nil && count <= allowed
}

// seeDeleted judges a pod that its set's controller deleted. Pod is as it was before.
func (j *Judge) seeDeleted(w *history.World, change history.Change, pod *corev1.Pod, sets []*appsv1.DaemonSet) {
	if j.expected[pod.UID] {
		return
	}
	if namespace := w.Namespaces[pod.Namespace]; namespace == nil || namespace.DeletionTimestamp != nil {
		return
	}
	owner := metav1.GetControllerOf(pod)
	if track := w.Sets[owner.UID]; track == nil || track.Now == nil {
		return // Its set is gone, and the garbage collector takes what it left.
	}
	node, err := util.GetTargetNodeName(pod)
	if err != nil {
		j.broken(change, "pod %s was deleted and belongs to no node: %v", pod.Name, err)
		return
	}
	nodes := w.Nodes[node].Recent(change.At, j.window)
	if len(nodes) == 0 || w.Nodes[node].Now == nil {
		j.found.Actions["deleted: node gone"]++
		return
	}
	verdict := "needlessly"
	for _, set := range sets {
		if set.DeletionTimestamp != nil {
			return
		}
		s := j.scene(w, set, change.At)
		for _, n := range nodes {
			why, fault := s.whyDeleted(pod, n, j)
			if why != "" {
				j.found.Actions["deleted: "+why]++
				return
			}
			if fault != "" {
				verdict = fault
			}
		}
	}
	j.broken(change, "pod %s on node %s was deleted %s", pod.Name, node, verdict)
}

// whyDeleted names the rule that lets the pod be deleted; else what was wrong with it, if more than that there is none.
func (s *scene) whyDeleted(pod *corev1.Pod, node *corev1.Node, j *Judge) (why, fault string) {
	run, keep := s.rules.place(node, s.set)
	switch {
	case podutil.IsPodTerminal(pod):
		return "failed or succeeded", ""
	case !keep:
		return "node excluded", ""
	case s.set.Spec.UpdateStrategy.Type == appsv1.OnDeleteDaemonSetStrategyType || !util.AllowsSurge(s.set):
		if first := s.first(node.Name, pod); first != pod {
			return "duplicate", ""
		}
		if s.at.Sub(j.bound[pod.UID]) <= j.window && len(s.living(node.Name, pod)) > 0 {
			return "duplicate, bound a moment ago", "" // Seen unbound, it comes last.
		}
		if s.set.Spec.UpdateStrategy.Type == appsv1.OnDeleteDaemonSetStrategyType || s.updated(pod) {
			return "", ""
		}
		if !s.available(pod) {
			return "outdated, not available", ""
		}
		return s.withinBudget(pod, j)
	default:
		return s.whyDeletedWithSurge(pod, node.Name, run)
	}
}

// first is the pod that stays where a node has too many: one that is scheduled, the oldest, the first by name.
func (s *scene) first(node string, pod *corev1.Pod) *corev1.Pod {
	first := pod
	for _, other := range s.living(node, pod) {
		if goesBefore(other, first) {
			first = other
		}
	}
	return first
}

func goesBefore(a, b *corev1.Pod) bool {
	if (a.Spec.NodeName != "") != (b.Spec.NodeName != "") {
		return a.Spec.NodeName != ""
	}
	if !a.CreationTimestamp.Equal(&b.CreationTimestamp) {
		return a.CreationTimestamp.Before(&b.CreationTimestamp)
	}
	return a.Name < b.Name
}

// withinBudget judges the deletion of an available old pod in a rolling update without surge.
func (s *scene) withinBudget(pod *corev1.Pod, j *Judge) (why, fault string) {
	if since, ok := j.ready[pod.UID]; ok && s.at.Sub(since) <= j.window+time.Duration(s.set.Spec.MinReadySeconds)*time.Second {
		return "outdated, available a moment ago", "" // The controller may not have seen that.
	}
	desired, unavailable := s.nodes()
	allowed, err := util.UnavailableCount(s.set, desired)
	if err != nil {
		return "", "for an update whose budget cannot be read: " + err.Error()
	}
	if unavailable > allowed {
		return "", fmt.Sprintf("and leaves %d of %d nodes%s; %d are allowed", unavailable, desired, WithoutAvailable, allowed)
	}
	return "outdated", ""
}

func (s *scene) whyDeletedWithSurge(pod *corev1.Pod, node string, run bool) (why, fault string) {
	updated := s.updated(pod)
	for _, other := range s.living(node, pod) {
		switch {
		case s.updated(other) == updated && goesBefore(other, pod):
			return "duplicate", ""
		case !updated && s.updated(other) && s.available(other):
			return "outdated, replaced", ""
		case !updated && s.updated(other) && !podutil.IsPodReady(pod):
			return "outdated, not ready", ""
		}
	}
	if updated || run {
		return "", ""
	}
	if !s.available(pod) {
		return "outdated, not available, node excluded", ""
	}
	available := 0
	for name := range s.byNode {
		if s.anyAvailable(name) {
			available++
		}
	}
	if desired, _ := s.nodes(); available < desired {
		return "", fmt.Sprintf("and leaves %d available pods where %d are desired", available, desired)
	}
	return "outdated, spare", ""
}
