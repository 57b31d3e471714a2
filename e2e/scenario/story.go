package main

import (
	"encoding/json"
	"fmt"
	"math"
	"time"

	appsv1 "k8s.io/api/apps/v1"

	"e2e/internal/cluster"
	"e2e/internal/history"
)

// story is what happens to a DaemonSet in its life, on thirty nodes of several kinds.
func story(s *Stage) {
	for i := range 30 {
		labels := map[string]string{}
		var taints []object
		switch {
		case i < 3:
			taints = append(taints, taint("node-role.kubernetes.io/control-plane", "", "NoSchedule"))
		case i == 25:
			taints = append(taints, taint("node.kubernetes.io/unschedulable", "", "NoSchedule"))
		case i == 26:
			taints = append(taints, taint("gpu", "yes", "NoSchedule"))
		case i == 27:
			labels["kubernetes.io/os"] = "windows"
		case i == 28:
			labels["tier"] = "edge"
		case i%3 == 0:
			labels["disk"] = "ssd"
		}
		s.node(fmt.Sprintf("n%02d", i), labels, taints...)
	}
	s.startOperator(underTest)
	rollouts(s)
	nodesComeAndGo(s)
	podsComeAndGo(s)
	setsComeAndGo(s)
}

func rollouts(s *Stage) {
	s.step("01 created", func() { s.apply(daemonSet("agent", "a:1", template("agent", "a:1"), unavailable(2))) }, complete("agent"))
	s.step("02 good update", func() { s.image("agent", "a:2") }, complete("agent"))
	s.step("03 bad update", func() { s.image("agent", "broken:1") }, anyNode, updated("agent", 2))
	s.step("04 undo", func() { s.kubectl("rollout", "undo", "ds/agent") }, anyNode, complete("agent"))
	s.step("05 undo to 1", func() { s.kubectl("rollout", "undo", "ds/agent", "--to-revision=1") }, complete("agent"))
	s.step("06 surge strategy", func() { s.strategy("agent", surge("25%")) }, complete("agent"))
	s.step("07 surge update", func() {
		s.must(s.Admin.Patch(s.ctx, setPath("agent"), cluster.JSONPatch, []any{
			object{"op": "remove", "path": "/spec/template/spec/hostNetwork"},
			object{"op": "remove", "path": "/spec/template/spec/containers/0/ports"},
		}))
	}, complete("agent"))
	s.step("08 bad surge", func() { s.image("agent", "broken:2") }, anyNode, until("seven surging pods", func(w *history.World) bool { return withImage(w, "broken:2") == 7 }))
	s.step("09 surge mended", func() { s.image("agent", "a:4") }, complete("agent"))
	s.step("10 OnDelete", func() {
		s.strategy("agent", object{"type": "OnDelete"})
		s.image("agent", "a:5")
	}, updated("agent", 0))
	s.step("11 OnDelete, three deleted", func() {
		for _, node := range []string{"n04", "n05", "n06"} {
			s.deletePodOn(node)
		}
	}, updated("agent", 3))
	s.step("12 rolling again", func() { s.strategy("agent", unavailable("33%")) }, complete("agent"))
}

func nodesComeAndGo(s *Stage) {
	s.step("13 nodes added", func() {
		s.node("n30", nil)
		s.node("n31", map[string]string{"tier": "edge"})
	}, desired("agent", 28), complete("agent"))
	s.step("14 node removed", func() {
		s.deleteNode("n10")
		s.touch("agent")
	}, desired("agent", 27))
	s.step("14 its pod collected", func() { s.collectPodsOn("n10") }, complete("agent"))
	s.step("15 cordoned", func() {
		s.kubectl("cordon", "n11")
		// As the node lifecycle controller does.
		s.patch("/api/v1/nodes/n11", object{"spec": object{"taints": []any{taint("node.kubernetes.io/unschedulable", "", "NoSchedule")}}})
	}, complete("agent"))
	s.step("16 NoSchedule", func() {
		s.patch("/api/v1/nodes/n12", object{"spec": object{"taints": []any{taint("x", "", "NoSchedule")}}})
		s.touch("agent")
	}, desired("agent", 26))
	s.step("17 NoExecute", func() {
		s.patch("/api/v1/nodes/n13", object{"spec": object{"taints": []any{taint("x", "", "NoExecute")}}})
	}, desired("agent", 25), complete("agent"))
	s.step("18 label excludes", func() { s.patch("/api/v1/nodes/n14", object{"metadata": object{"labels": object{"tier": "edge"}}}) }, desired("agent", 24), complete("agent"))
	s.step("19 label includes", func() { s.patch("/api/v1/nodes/n28", object{"metadata": object{"labels": object{"tier": nil}}}) }, desired("agent", 25), complete("agent"))
}

func podsComeAndGo(s *Stage) {
	s.step("20 pods deleted", func() {
		s.deletePodOn("n15")
		s.deletePodOn("n16")
	}, until("the new pods", both(running("n15"), running("n16"))), complete("agent"))
	s.step("21 failed and succeeded", func() {
		s.end("n17", "Failed")
		s.end("n18", "Succeeded")
	}, until("the new pods", both(running("n17"), running("n18"))), complete("agent"))
	s.step("22 failed again and again", func() {
		var waits []int
		for range 3 {
			uid, began := s.end("n17", "Failed"), time.Now()
			s.wait("the failed pod to be deleted", func(w *history.World) bool { return w.Pods[uid] == nil || w.Pods[uid].DeletionTimestamp != nil })
			waits = append(waits, nearestPowerOfTwo(time.Since(began).Seconds()))
			s.wait("a new pod", running("n17"))
		}
		s.fact("back-off in seconds", waits)
	}, complete("agent"))
	s.step("23 released", func() {
		s.patch(podPath(s.podOn("n19").Name), object{"metadata": object{"labels": object{"app": "other"}}})
	}, until("a pod beside the released one", func(w *history.World) bool {
		ready := 0
		for _, pod := range w.Pods {
			if pod.Spec.NodeName == "n19" && pod.Status.Phase == "Running" {
				ready++
			}
		}
		return ready == 2
	}), complete("agent"))
	s.step("24 minReadySeconds", func() {
		s.patchSpec("agent", object{"minReadySeconds": 2, "updateStrategy": object{"rollingUpdate": object{"maxUnavailable": "50%"}}})
		s.image("agent", "a:6")
	}, quietFor(3500*time.Millisecond), complete("agent"))
	s.step("25 history limit", func() { s.patchSpec("agent", object{"minReadySeconds": 0, "revisionHistoryLimit": 2}) }, complete("agent"))
	s.step("26 and an update", func() { s.image("agent", "a:7") }, complete("agent"))
}

func setsComeAndGo(s *Stage) {
	again := s.live("agent")
	s.step("27 deleted, orphaned", func() { s.kubectl("delete", "ds", "agent", "--cascade=orphan") }, absent("agent"))
	s.step("28 made again", func() { s.create(setsPath, again) }, complete("agent"))
	s.step("29 a second set", func() {
		t := template("second", "b:1")
		spec := t["spec"].(object)
		delete(spec, "hostNetwork")
		delete(spec["containers"].([]any)[0].(object), "ports")
		s.apply(daemonSet("second", "b:1", t, unavailable(1)))
	}, complete("second"))
	s.step("30 duplicate revision", func() {
		s.duplicateRevision("second", 1, "dup", 7)
		s.touch("second")
	}, until("one revision", func(w *history.World) bool { return countRevisions(w, "second-") == 1 }), complete("second"))
	s.step("31 second deleted, foreground", func() { s.kubectl("delete", "ds", "second", "--cascade=foreground", "--wait=false") }, absent("second"), noPods("second"))
	s.step("32 deleted, background", func() { s.kubectl("delete", "ds", "agent") }, absent("agent"), noPods("agent"),
		until("no revisions", func(w *history.World) bool { return countRevisions(w, "") == 0 }))
}

// duplicateRevision makes a second revision of the same template, as two controllers at once might.
func (s *Stage) duplicateRevision(set string, number int64, hash string, newNumber int64) {
	r := s.revisionOf(set, number).DeepCopy()
	labels := r.Labels
	labels[appsv1.DefaultDaemonSetUniqueLabelKey] = hash
	text, err := json.Marshal(object{
		"apiVersion": "apps/v1", "kind": "ControllerRevision", "revision": newNumber,
		"metadata": object{"name": set + "-" + hash, "namespace": namespace, "labels": labels, "ownerReferences": r.OwnerReferences},
		// Raw bytes stay as they are: the Go controller compares them.
		"data": json.RawMessage(r.Data.Raw),
	})
	s.must(err)
	s.judge.ExpectRevision(set + "-" + hash)
	s.raw(revisionsPath, text)
}

func countRevisions(w *history.World, prefix string) int {
	n := 0
	for _, track := range w.Revisions {
		if track.Now != nil && len(track.Now.Name) >= len(prefix) && track.Now.Name[:len(prefix)] == prefix {
			n++
		}
	}
	return n
}

func updated(set string, n int32) option {
	return status(set, fmt.Sprintf("%d updated pods of %s", n, set), func(st appsv1.DaemonSetStatus) bool { return st.UpdatedNumberScheduled == n })
}

func desired(set string, n int32) option {
	return status(set, fmt.Sprintf("%d desired pods of %s", n, set), func(st appsv1.DaemonSetStatus) bool { return st.DesiredNumberScheduled == n })
}

func both(a, b func(*history.World) bool) func(*history.World) bool {
	return func(w *history.World) bool { return a(w) && b(w) }
}

// nearestPowerOfTwo rounds seconds to the back-off that they stand for; half a second and less is none.
func nearestPowerOfTwo(seconds float64) int {
	if seconds <= 0.5 {
		return 0
	}
	return int(math.Pow(2, math.Round(math.Log2(seconds))))
}
