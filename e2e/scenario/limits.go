package main

import (
	"fmt"
	"time"

	appsv1 "k8s.io/api/apps/v1"

	"e2e/internal/history"
)

// quota refuses pods for a while.
func quota(s *Stage) {
	s.nodes("n", 0, 10)
	s.startOperator(underTest)
	s.step("seven of ten refused", func() {
		s.quota(3)
		s.apply(daemonSet("agent", "a:1", small("agent", "a:1"), unavailable("50%")))
		s.wait("three pods", func(w *history.World) bool { return withImage(w, "a:1") == 3 })
		s.sleep(12 * time.Second)
	}, anyNode, status("agent", "three available pods", available(3)))
	s.step("lifted", func() { s.must(s.Admin.Delete(s.ctx, quotaPath, nil)) }, anyNode, complete("agent"))
	s.step("just enough, while rolling out", func() {
		s.quota(10)
		s.image("agent", "a:2")
	}, complete("agent"))
}

const quotaPath = "/api/v1/namespaces/" + namespace + "/resourcequotas/pods"

// quota limits how many pods there may be, and returns when the limit is in force.
func (s *Stage) quota(pods int) {
	s.create("/api/v1/namespaces/"+namespace+"/resourcequotas", object{"metadata": object{"name": "pods"}, "spec": object{"hard": object{"pods": fmt.Sprint(pods)}}})
	for range 100 {
		var quota struct {
			Status struct{ Used map[string]string }
		}
		s.must(s.Admin.Get(s.ctx, quotaPath, &quota))
		if quota.Status.Used["pods"] != "" {
			return
		}
		s.sleep(100 * time.Millisecond)
	}
	s.must(fmt.Errorf("the quota is not in force after ten seconds"))
}

// endOfNamespace deletes the namespace under a set whose rollout is stuck.
func endOfNamespace(s *Stage) {
	s.nodes("n", 0, 20)
	s.startOperator(underTest)
	s.step("created", func() { s.apply(daemonSet("agent", "a:1", small("agent", "a:1"), unavailable(3))) }, complete("agent"))
	s.step("stuck", func() { s.image("agent", "broken:1") }, anyNode, updated("agent", 3))
	s.step("namespace deleted", func() {
		s.must(s.Admin.Delete(s.ctx, "/api/v1/namespaces/"+namespace, nil))
	}, until("the namespace to be gone", func(w *history.World) bool { return w.Namespaces[namespace] == nil }), anyCount, quietFor(5*time.Second))
}

// large has three hundred nodes.
func large(s *Stage) {
	s.nodes("n", 0, 300)
	s.startOperator(underTest)
	s.step("created", func() { s.apply(daemonSet("agent", "a:1", small("agent", "a:1"), unavailable("50%"))) }, complete("agent"))
	s.step("updated", func() { s.image("agent", "a:2") }, complete("agent"))
	s.step("twenty nodes added", func() { s.nodes("n", 300, 320) }, desired("agent", 320), complete("agent"))
	s.step("twenty nodes removed", func() {
		for i := range 20 {
			s.deleteNode(fmt.Sprintf("n%03d", 100+i))
		}
		s.touch("agent")
	}, desired("agent", 300), complete("agent"))
}

// oddities are states that people and other programs leave behind.
func oddities(s *Stage) {
	s.nodes("n", 0, 6)
	s.startOperator(underTest)
	s.step("created", func() { s.apply(daemonSet("agent", "a:1", small("agent", "a:1"), unavailable(2))) }, complete("agent"))
	s.step("updated", func() { s.image("agent", "a:2") }, complete("agent"))
	s.step("a pod that waits for a node", func() {
		s.kubelets.PauseScheduler(true)
		s.node("late", nil)
		s.wait("its pod", func(w *history.World) bool { return len(w.Pods) == 7 })
	}, desired("agent", 7))
	s.step("and the node goes", func() {
		s.deleteNode("late")
		s.touch("agent")
	}, desired("agent", 6), until("its pod to be gone", func(w *history.World) bool { return len(w.Pods) == 6 }))
	s.kubelets.PauseScheduler(false)
	s.step("a revision loses its hash", func() {
		s.patch(revisionsPath+"/"+s.revisionOf("agent", 1).Name, object{"metadata": object{"labels": object{"controller-revision-hash": nil}}})
		s.touch("agent")
	}, until("a hash again", func(w *history.World) bool {
		for _, track := range w.Revisions {
			if r := track.Now; r != nil && r.Labels["controller-revision-hash"] == "" {
				return false
			}
		}
		return true
	}), complete("agent"))
	s.step("a pod of the template is adopted", func() {
		s.node("own", nil, taint("x", "", "NoSchedule"))
		s.bare("stray", "own", object{"app": "agent", "controller-revision-hash": s.podOn("n000").Labels["controller-revision-hash"]})
	}, until("an owner", owned("stray")), anyPods(7))
	s.step("a pod of no template is adopted and replaced", func() {
		s.bare("old", "bare", object{"app": "agent"})
		s.wait("an owner", owned("old"))
		s.node("bare", nil)
	}, until("it to be gone", func(w *history.World) bool { return !there(w, "old") }), desired("agent", 7), complete("agent"))
	s.step("a pod beside another is adopted and deleted", func() {
		s.bare("zz-second", "n002", object{"app": "agent"})
	}, until("it to be gone", func(w *history.World) bool { return !there(w, "zz-second") }), complete("agent"))
	s.step("a pod of another controller stays as it is", func() {
		s.node("other", nil, taint("x", "", "NoSchedule"))
		s.create("/api/v1/namespaces/"+namespace+"/configmaps", object{"metadata": object{"name": "controller"}})
		var owner struct{ Metadata struct{ UID string } }
		s.must(s.Admin.Get(s.ctx, "/api/v1/namespaces/"+namespace+"/configmaps/controller", &owner))
		s.bare("foreign", "other", object{"app": "agent"}, object{
			"apiVersion": "v1", "kind": "ConfigMap", "name": "controller", "uid": owner.Metadata.UID, "controller": true,
		})
	}, until("it", func(w *history.World) bool { return there(w, "foreign") }), complete("agent"))
	s.step("a revision's name is taken", func() { s.takeName() }, complete("taken"))
}

// bare makes a pod as people do, with its node chosen.
func (s *Stage) bare(name, node string, labels object, owners ...object) {
	pod := small("agent", "a:2")
	pod["metadata"] = object{"name": name, "labels": labels, "ownerReferences": owners}
	pod["spec"].(object)["nodeName"] = node
	s.create("/api/v1/namespaces/"+namespace+"/pods", pod)
}

func there(w *history.World, name string) bool {
	for _, pod := range w.Pods {
		if pod.Name == name {
			return true
		}
	}
	return false
}

func owned(name string) func(*history.World) bool {
	return func(w *history.World) bool {
		for _, pod := range w.Pods {
			if pod.Name == name {
				return len(pod.OwnerReferences) == 1
			}
		}
		return false
	}
}

func anyPods(n int) option {
	return until(fmt.Sprintf("%d pods", n), func(w *history.World) bool { return len(w.Pods) == n })
}

// takeName lets an operator name a revision, takes the name for other content, and asks for the same set again. The name
// is the operator's own, so it works with any hash.
func (s *Stage) takeName() {
	set := daemonSet("taken", "a:1", small("taken", "a:1"), unavailable(1))
	s.create(setsPath, set)
	s.wait("a revision", func(w *history.World) bool { return countRevisions(w, "taken-") == 1 })
	name := s.revisionOf("taken", 1).Name
	s.kubectl("delete", "ds", "taken")
	s.wait("it to be gone", func(w *history.World) bool {
		return countRevisions(w, "taken-") == 0 && w.Set(namespace, "taken") == nil
	})
	s.create(revisionsPath, object{
		"apiVersion": "apps/v1", "kind": "ControllerRevision", "revision": 1, "metadata": object{"name": name, "labels": object{"of": "someone"}},
		"data": object{"spec": object{"template": object{"$patch": "replace"}}},
	})
	s.create(setsPath, set)
}

func available(n int32) func(appsv1.DaemonSetStatus) bool {
	return func(st appsv1.DaemonSetStatus) bool { return st.NumberAvailable == n }
}
