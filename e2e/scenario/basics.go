package main

import (
	"fmt"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"e2e/internal/cluster"
	"e2e/internal/promises"
	"e2e/internal/recording"
)

// basics is a short life on four nodes, in which no event is dropped. With sabotage, someone meddles.
func basics(s *Stage) {
	s.nodes("n", 0, 4)
	s.startOperator(underTest)
	s.step("created", func() { s.apply(daemonSet("agent", "a:1", small("agent", "a:1"), unavailable(1))) }, complete("agent"))
	s.step("left alone", func() { s.meddle() }, complete("agent"))
	s.step("updated", func() {
		s.image("agent", "a:2")
		s.hurry("a:1")
	}, complete("agent"))
	s.step("a pod failed", func() { s.end("n000", "Failed") }, until("a new pod", running("n000")), complete("agent"))
	s.step("a pod succeeded", func() { s.end("n001", "Succeeded") }, until("a new pod", running("n001")), complete("agent"))
	s.step("a pod deleted", func() { s.deletePodOn("n002") }, until("a new pod", running("n002")), complete("agent"))
	s.step("bad update", func() { s.image("agent", "broken:1") }, anyNode, updated("agent", 1))
	s.step("undone", func() { s.kubectl("rollout", "undo", "ds/agent") }, anyNode, complete("agent"))
	s.step("deleted", func() { s.kubectl("delete", "ds", "agent") }, absent("agent"), noPods("agent"))
}

// meddle does what no controller may, while there is nothing to do.
func (s *Stage) meddle() {
	if !s.options.sabotage {
		return
	}
	deleted, doubled, misplaced := s.podOn("n000"), s.podOn("n001"), s.podOn("n003")
	s.must(s.Admin.Delete(s.ctx, podPath(deleted.Name), nil))
	s.copyOf(doubled, "n001", nil)
	s.copyOf(doubled, "missing", nil)
	s.copyOf(misplaced, "n003", func(copy *corev1.Pod) {
		copy.Labels = map[string]string{"app": "agent", "controller-revision-hash": "other"}
	})
	// On a node that no other meddling concerns, so that it stays.
	s.patch(podPath(s.podOn("n002").Name), object{"metadata": object{"annotations": object{"sabotage": "1"}}})
	s.patch(setPath("agent")+"/status", object{"status": object{"observedGeneration": 9}})
	r := s.revisionOf("agent", 1).DeepCopy()
	s.must(s.Admin.Create(s.ctx, revisionsPath, object{
		"apiVersion": "apps/v1", "kind": "ControllerRevision", "revision": 0, "data": r.Data,
		"metadata": object{"name": "agent-again", "labels": object{"app": "agent", "controller-revision-hash": "again"}, "ownerReferences": r.OwnerReferences},
	}))
	// As the operator, through the gateway.
	for range 200 {
		s.must(s.gatewayAPI().Get(s.ctx, setPath("agent"), nil))
	}
}

func (s *Stage) gatewayAPI() *cluster.API { return cluster.NewAPI(s.gateway.Address(), "") }

// copyOf makes a pod like another for a node, as a controller would.
func (s *Stage) copyOf(pod *corev1.Pod, node string, change func(*corev1.Pod)) {
	copy := &corev1.Pod{TypeMeta: pod.TypeMeta}
	copy.GenerateName, copy.Labels, copy.OwnerReferences = pod.GenerateName, pod.Labels, pod.OwnerReferences
	pod.Spec.DeepCopyInto(&copy.Spec)
	copy.Spec.NodeName = ""
	copy.Spec.Affinity.NodeAffinity.RequiredDuringSchedulingIgnoredDuringExecution.NodeSelectorTerms[0].MatchFields[0].Values[0] = node
	if change != nil {
		change(copy)
	}
	s.must(s.Admin.Create(s.ctx, "/api/v1/namespaces/"+namespace+"/pods", copy))
}

// hurry deletes every pod that is still old.
func (s *Stage) hurry(image string) {
	if !s.options.sabotage {
		return
	}
	var old []string
	s.world.Read(func() {
		for _, pod := range s.world.Pods {
			if pod.Spec.Containers[0].Image == image && pod.DeletionTimestamp == nil {
				old = append(old, pod.Name)
			}
		}
	})
	for _, name := range old {
		if err := s.Admin.Delete(s.ctx, podPath(name), nil); err != nil && !cluster.IsCode(err, 404) {
			s.must(err)
		}
	}
}

// signs are what must be found where someone meddled.
var signs = []string{
	"was deleted needlessly",
	promises.BesideOthers,
	"which is not there",
	"from a template that the DaemonSet does not have",
	"its observed generation went from",
	"has the template of revision",
	promises.WithoutAvailable,
}

// caught says which signs of meddling a run does not show.
func caught(r *recording.Recording) error {
	var all strings.Builder
	for _, c := range r.Chapters {
		for _, step := range c.Steps {
			all.WriteString(strings.Join(step.Promises.Broken, "\n"))
		}
	}
	for _, sign := range signs {
		if !strings.Contains(all.String(), sign) {
			return fmt.Errorf("someone meddled, and it was not noticed: %q", sign)
		}
	}
	return nil
}
