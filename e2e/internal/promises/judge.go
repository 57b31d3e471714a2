// Package promises holds a DaemonSet controller to what it must never do, at every write that the control plane takes:
//
//   - never a pod on a node that should not run it, of a template that the set does not have, or beside more pods of
//     the set than its strategy allows, and never more surging at once than it allows;
//   - never a needless restart: a pod is deleted only for a reason that Kubernetes knows;
//   - never more pods unavailable than Kubernetes allows;
//   - never a second revision of one template, never an observed generation that runs back or ahead.
//
// Which node should run a pod, which pod is up to date and what the budget is, is asked of Kubernetes's own functions.
//
// A controller acts on what it saw last, and writes some time after it decided. So an action is right if it is right by
// any version that its set and its node had within a window before it.
package promises

import (
	"fmt"
	"sync"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	podutil "k8s.io/kubernetes/pkg/api/v1/pod"
	"k8s.io/kubernetes/pkg/controller/daemon/util"

	"e2e/internal/history"
)

// Judge listens to a world.
type Judge struct {
	mu       sync.Mutex
	window   time.Duration
	expected map[types.UID]bool
	made     map[string]bool
	ready    map[types.UID]time.Time
	bound    map[types.UID]time.Time
	rules    *rules
	found    Findings
}

// Findings are what a judge saw.
type Findings struct {
	// Changes is how many writes were looked at.
	Changes int `json:"changes"`
	// Actions counts pods created and deleted by the set's controller, by why they were.
	Actions map[string]int `json:"actions"`
	// Broken are the promises not kept.
	Broken []string `json:"broken"`
}

// NewJudge returns a judge that lets a controller's knowledge be as old as window.
func NewJudge(window time.Duration) *Judge {
	j := &Judge{window: window, expected: map[types.UID]bool{}, made: map[string]bool{}, ready: map[types.UID]time.Time{}, bound: map[types.UID]time.Time{}, rules: newRules()}
	j.found = newFindings()
	return j
}

func newFindings() Findings {
	return Findings{Actions: map[string]int{}, Broken: []string{}}
}

// Expect says that people, and not the controller, delete the pod with this UID.
func (j *Judge) Expect(uid types.UID) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.expected[uid] = true
}

// ExpectRevision says that people, and not the controller, make the revision of this name.
func (j *Judge) ExpectRevision(name string) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.made[name] = true
}

// Take returns the findings since it was last called.
func (j *Judge) Take() Findings {
	j.mu.Lock()
	defer j.mu.Unlock()
	found := j.found
	j.found = newFindings()
	return found
}

func (j *Judge) broken(change history.Change, format string, args ...any) {
	j.found.Broken = append(j.found.Broken, fmt.Sprintf("at revision %d: ", change.Revision)+fmt.Sprintf(format, args...))
}

// See looks at one change.
func (j *Judge) See(w *history.World, change history.Change) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.found.Changes++
	switch object := pick(change).(type) {
	case *corev1.Pod:
		j.seePod(w, change, object)
	case *appsv1.ControllerRevision:
		if change.Old == nil {
			j.seeNewRevision(w, change, object)
		}
	case *appsv1.DaemonSet:
		if before, ok := change.Old.(*appsv1.DaemonSet); ok && change.New != nil {
			j.seeStatus(change, before, object)
		}
	}
}

func pick(change history.Change) any {
	if change.New != nil {
		return change.New
	}
	return change.Old
}

func (j *Judge) seeStatus(change history.Change, before, set *appsv1.DaemonSet) {
	was, is := before.Status.ObservedGeneration, set.Status.ObservedGeneration
	if is < was || is > set.Generation {
		j.broken(change, "DaemonSet %s at generation %d: its observed generation went from %d to %d", set.Name, set.Generation, was, is)
	}
}

func (j *Judge) seeNewRevision(w *history.World, change history.Change, revision *appsv1.ControllerRevision) {
	owner := metav1.GetControllerOf(revision)
	if owner == nil || j.made[revision.Name] {
		return
	}
	for _, other := range revisionsOf(w, owner.UID) {
		if other.UID != revision.UID && string(other.Data.Raw) == string(revision.Data.Raw) {
			j.broken(change, "revision %s was created and has the template of revision %s", revision.Name, other.Name)
		}
	}
}

func revisionsOf(w *history.World, uid types.UID) []*appsv1.ControllerRevision {
	var out []*appsv1.ControllerRevision
	for _, track := range w.Revisions {
		if track.Now == nil {
			continue
		}
		if owner := metav1.GetControllerOf(track.Now); owner != nil && owner.UID == uid {
			out = append(out, track.Now)
		}
	}
	return out
}

func (j *Judge) seePod(w *history.World, change history.Change, pod *corev1.Pod) {
	before, _ := change.Old.(*corev1.Pod)
	if podutil.IsPodReady(pod) {
		if _, seen := j.ready[pod.UID]; !seen {
			j.ready[pod.UID] = change.At
		}
	} else {
		delete(j.ready, pod.UID)
	}
	if before != nil && before.Spec.NodeName == "" && pod.Spec.NodeName != "" {
		j.bound[pod.UID] = change.At
	}
	owner := metav1.GetControllerOf(pod)
	if owner == nil || owner.Kind != "DaemonSet" {
		return
	}
	sets := w.Sets[owner.UID].Recent(change.At, j.window)
	switch {
	case before == nil:
		j.seeCreated(w, change, pod, sets)
	case before.DeletionTimestamp == nil && (pod.DeletionTimestamp != nil || change.New == nil):
		j.seeDeleted(w, change, before, sets)
	}
}

// scene is a set's pods as a controller with the set's version sees them.
type scene struct {
	rules  *rules
	world  *history.World
	set    *appsv1.DaemonSet
	at     time.Time
	hashes map[string]bool
	byNode map[string][]*corev1.Pod
}

func (j *Judge) scene(w *history.World, set *appsv1.DaemonSet, at time.Time) *scene {
	s := &scene{rules: j.rules, world: w, set: set, at: at, hashes: map[string]bool{}, byNode: map[string][]*corev1.Pod{}}
	for _, track := range w.Revisions {
		for _, revision := range track.Recent(at, j.window) {
			if owner := metav1.GetControllerOf(revision); owner != nil && owner.UID == set.UID && j.rules.matches(set, revision) {
				s.hashes[revision.Labels[appsv1.DefaultDaemonSetUniqueLabelKey]] = true
			}
		}
	}
	for _, pod := range w.PodsOf(set.UID) {
		if podutil.IsPodTerminal(pod) && pod.DeletionTimestamp != nil {
			continue
		}
		if node, err := util.GetTargetNodeName(pod); err == nil {
			s.byNode[node] = append(s.byNode[node], pod)
		}
	}
	return s
}

// updated says whether the pod has the set's template, by its hash or by its generation.
func (s *scene) updated(pod *corev1.Pod) bool {
	generation, err := util.GetTemplateGeneration(s.set)
	if err != nil {
		generation = nil
	}
	if s.hashes[pod.Labels[appsv1.DefaultDaemonSetUniqueLabelKey]] {
		return true
	}
	return util.IsPodUpdated(pod, "", generation)
}

func (s *scene) available(pod *corev1.Pod) bool {
	return pod.DeletionTimestamp == nil && podutil.IsPodAvailable(pod, s.set.Spec.MinReadySeconds, metav1.Time{Time: s.at})
}

// living are the pods on a node that are neither terminating nor terminal, less the one given.
func (s *scene) living(node string, but *corev1.Pod) []*corev1.Pod {
	var out []*corev1.Pod
	for _, pod := range s.byNode[node] {
		if pod.DeletionTimestamp == nil && !podutil.IsPodTerminal(pod) && pod.UID != but.UID {
			out = append(out, pod)
		}
	}
	return out
}

// nodes counts the nodes that should run a pod, and those of them without an available one.
func (s *scene) nodes() (desired, unavailable int) {
	for name, track := range s.world.Nodes {
		if track.Now == nil {
			continue
		}
		if run, _ := s.rules.place(track.Now, s.set); !run {
			continue
		}
		desired++
		if !s.anyAvailable(name) {
			unavailable++
		}
	}
	return desired, unavailable
}

func (s *scene) anyAvailable(node string) bool {
	for _, pod := range s.byNode[node] {
		if s.available(pod) {
			return true
		}
	}
	return false
}
