package main

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	podutil "k8s.io/kubernetes/pkg/api/v1/pod"

	"e2e/internal/history"
)

// The annotations of a DaemonSet under a policy.
const (
	policyAnnotation  = "daemonset-policy/rollout"
	memoryAnnotation  = "daemonset-policy/memory"
	approveAnnotation = "daemonset-policy/approve"
)

// zones has two nodes in each of three zones.
func (s *Stage) zones() {
	for _, zone := range []string{"a", "b", "c"} {
		for n := range 2 {
			s.node(fmt.Sprintf("%s%d", zone, n), map[string]string{"zone": zone})
		}
	}
}

// judge of a rollout by zones: it looks at every write, in the order in which etcd takes them.
type zoneJudge struct {
	mu     sync.Mutex
	order  []string // Nodes, as their old pods are deleted.
	expect map[string]bool
	broken []string
	most   int
}

// watchZones has every deletion of a pod looked at: never a second node without an available pod, never a zone before the
// one before it is done.
func (s *Stage) watchZones(set string) *zoneJudge {
	j := &zoneJudge{expect: map[string]bool{}}
	s.world.Listen(func(w *history.World, change history.Change) {
		old, _ := change.Old.(*corev1.Pod)
		pod, _ := change.New.(*corev1.Pod)
		if old == nil || pod == nil || old.DeletionTimestamp != nil || pod.DeletionTimestamp == nil || pod.Labels["app"] != set {
			return
		}
		j.mu.Lock()
		defer j.mu.Unlock()
		node := pod.Spec.NodeName
		if j.expect[pod.Name] {
			return
		}
		j.order = append(j.order, node)
		image := w.Set(namespace, set).Spec.Template.Spec.Containers[0].Image
		down := 0
		for name := range w.Nodes {
			updated, available := false, false
			for _, other := range w.Pods {
				if other.Spec.NodeName == name && other.DeletionTimestamp == nil {
					updated, available = other.Spec.Containers[0].Image == image, podutil.IsPodReady(other)
				}
			}
			if !available {
				down++
			}
			if name[0] < node[0] && !(updated && available) {
				j.broken = append(j.broken, fmt.Sprintf("the pod on %s was deleted before %s is done", node, name))
			}
		}
		j.most = max(j.most, down)
		if down > 1 {
			j.broken = append(j.broken, fmt.Sprintf("the pod on %s was deleted, and %d nodes are without one that is available", node, down))
		}
	})
	return j
}

// take returns the nodes whose pods were deleted since, and fails where that was wrong.
func (s *Stage) take(j *zoneJudge) []string {
	j.mu.Lock()
	defer j.mu.Unlock()
	if len(j.broken) > 0 {
		s.must(fmt.Errorf("%s", strings.Join(j.broken, "; ")))
	}
	order := j.order
	j.order = nil
	return order
}

func (s *Stage) wants(what string, ok bool, found any) {
	if !ok {
		s.must(fmt.Errorf("expected %s, found %v", what, found))
	}
}

func (s *Stage) annotate(set string, annotations object) {
	s.patch(setPath(set), object{"metadata": object{"annotations": annotations}})
}

func (s *Stage) policy(set, policy string) { s.annotate(set, object{policyAnnotation: policy}) }

func under(policy string, set object) object {
	set["metadata"].(object)["annotations"].(object)[policyAnnotation] = policy
	return set
}

// onDelete is the condition that the strategy was taken over.
func onDelete(w *history.World) bool {
	set := w.Set(namespace, "agent")
	return set != nil && set.Spec.UpdateStrategy.Type == appsv1.OnDeleteDaemonSetStrategyType
}

// told says whether a DaemonSet has an event of this reason whose message holds a text.
func (s *Stage) told(reason, text string) int {
	found := 0
	for _, event := range s.list("Event", "v1", "/api/v1/namespaces/"+namespace+"/events") {
		message, _ := event["message"].(string)
		if event["reason"] == reason && strings.Contains(message, text) {
			found++
		}
	}
	return found
}

// untouched says that so many pods of an image stay, for two seconds.
func (s *Stage) untouched(image string, pods int) {
	s.sleep(2 * time.Second)
	found := 0
	s.world.Read(func() { found = withImage(s.world, image) })
	s.wants(fmt.Sprintf("%d pods of %s", pods, image), found == pods, found)
}

// waves carries a canary and waves by zone out over the Go controller, is paused and killed in their midst, and sees pods
// that are lost otherwise.
func waves(s *Stage) {
	const byZone = "waves: [{topologyKey: zone}]"
	s.zones()
	s.startKubernetes()
	s.startOperator(underTest)
	j := s.watchZones("agent")
	s.step("created", func() {
		s.apply(under(byZone, daemonSet("agent", "a:1", small("agent", "a:1"), unavailable(1))))
	}, complete("agent"), until("OnDelete", onDelete))
	generation := s.generation("agent")
	s.wants("no pod deleted", len(s.take(j)) == 0, "some")
	s.step("waves by zone", func() { s.image("agent", "a:2") }, complete("agent"))
	order := s.take(j)
	s.wants("six nodes by zone", len(order) == 6 && slices.IsSortedFunc(order, func(a, b string) int { return int(a[0]) - int(b[0]) }), order)

	s.step("paused", func() {
		s.policy("agent", byZone+"\npaused: true")
		s.image("agent", "a:3")
		s.untouched("a:2", 6)
	})
	s.step("resumed", func() { s.policy("agent", byZone) }, complete("agent"))
	s.wants("six nodes", len(s.take(j)) == 6, "others")
	s.wants("the generation to change by images alone", s.generation("agent") == generation+2, s.generation("agent"))

	s.step("killed in mid-wave", func() {
		s.image("agent", "a:4")
		s.wait("three updated pods", func(w *history.World) bool { return withImage(w, "a:4") >= 3 })
		s.operator.Kill()
		s.operator = nil
		s.sleep(2 * time.Second)
		s.startOperator(underTest)
	}, complete("agent"))
	order = s.take(j)
	s.wants("each node once", len(order) == 6, order)
	s.wants("no leak", s.told("UpdatedBeforeTurn", "") == 0, s.told("UpdatedBeforeTurn", ""))

	s.step("canary", func() {
		s.policy("agent", "canary: {count: 1, nodes: {matchLabels: {zone: a}}, duration: 4s}\n"+byZone)
		s.image("agent", "a:5")
		s.wait("the canary", func(w *history.World) bool { return withImage(w, "a:5") == 1 })
		s.untouched("a:5", 1)
	}, complete("agent"))
	order = s.take(j)
	s.wants("the canary and five more", len(order) == 6 && order[0] == "a0", order)

	s.step("a pod lost otherwise", func() {
		s.policy("agent", "waves: [{topologyKey: zone, gate: manual}]")
		s.image("agent", "a:6")
		s.untouched("a:5", 6)
		j.mu.Lock()
		j.expect[s.podOn("c1").Name] = true
		j.mu.Unlock()
		s.deletePodOn("c1")
	}, until("a new pod", running("c1")))
	s.wants("the leak to be told once", s.told("UpdatedBeforeTurn", "is on c1 before its turn") == 1, s.told("UpdatedBeforeTurn", ""))
	s.wants("a wait for approval", s.told("WaitsForApproval", "wave a waits for approval") >= 1, "none")
	s.step("approved", func() { s.annotate("agent", object{approveAnnotation: "a, b, c"}) }, complete("agent"))
	order = s.take(j)
	s.wants("the other five", len(order) == 5 && !slices.Contains(order, "c1"), order)
	s.fact("most nodes down at once", j.most)

	s.step("given back", func() {
		s.annotate("agent", object{policyAnnotation: nil})
		s.wait("RollingUpdate", func(w *history.World) bool { return !onDelete(w) })
		s.image("agent", "a:7")
	}, complete("agent"))
	set := s.live("agent")
	annotations, _ := json.Marshal(set["metadata"].(object)["annotations"])
	s.wants("no memory", !strings.Contains(string(annotations), memoryAnnotation), string(annotations))
}

// stops stops on failures, holds until the template changes, and goes back where the policy says so.
func stops(s *Stage) {
	s.zones()
	s.startKubernetes()
	s.startOperator(underTest)
	j := s.watchZones("agent")
	s.step("created", func() {
		policy := "waves: [{topologyKey: zone}]\nstop: {maxFailures: 1, slowStart: 3s}"
		s.apply(under(policy, daemonSet("agent", "a:1", small("agent", "a:1"), unavailable(1))))
	}, complete("agent"), until("OnDelete", onDelete))
	s.step("stopped", func() {
		s.image("agent", "broken:1")
		s.sleep(5 * time.Second)
	}, updated("agent", 1))
	s.wants("one node", len(s.take(j)) == 1, "others")
	s.wants("the stop to be told", s.told("RolloutStopped", "fails on a0") >= 1, s.told("RolloutStopped", ""))
	s.step("stopped still after a restart", func() {
		s.operator.Kill()
		s.startOperator(underTest)
		s.untouched("broken:1", 1)
	})
	s.step("undone", func() { s.kubectl("rollout", "undo", "ds/agent") }, complete("agent"))
	s.take(j)
	s.step("goes back", func() {
		s.policy("agent", "waves: [{topologyKey: zone}]\nstop: {maxFailures: 1, slowStart: 2s, then: rollBack}")
		s.image("agent", "broken:2")
		s.wait("the way back", func(w *history.World) bool {
			return w.Set(namespace, "agent").Spec.Template.Spec.Containers[0].Image == "a:1"
		})
	}, complete("agent"))
	s.wants("one node there and back", len(s.take(j)) <= 2, "more")
	s.wants("it to be told", s.told("RolledBack", "") == 1, s.told("RolledBack", ""))
}

func (s *Stage) generation(set string) int64 {
	var generation int64
	s.world.Read(func() { generation = s.world.Set(namespace, set).Generation })
	return generation
}
