// Package kubelet plays the scheduler and every kubelet of a control plane, always in the same way and as fast: a pod is
// bound to the node that it is meant for, runs and becomes ready after a moment, and is gone a moment after it was
// deleted. Images whose name holds `broken` never become ready.
package kubelet

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/kubernetes/pkg/controller/daemon/util"

	"e2e/internal/cluster"
	"e2e/internal/history"
)

// Delays between what is asked of a kubelet and its doing.
const (
	startDelay = 150 * time.Millisecond
	stopDelay  = 150 * time.Millisecond
	retryDelay = 250 * time.Millisecond
)

// Kubelets act on what they hear of a world.
type Kubelets struct {
	ctx     context.Context
	api     *cluster.API
	world   *history.World
	workers chan struct{}

	mu      sync.Mutex
	pending map[types.UID]task
	paused  bool
}

// task is what is to be done next for a pod.
type task string

const (
	bind   task = "bind"
	run    task = "run"
	breaks task = "break"
	stop   task = "stop"
)

// New returns kubelets that act until ctx ends.
func New(ctx context.Context, api *cluster.API, world *history.World) *Kubelets {
	k := &Kubelets{ctx: ctx, api: api, world: world, workers: make(chan struct{}, 8), pending: map[types.UID]task{}}
	world.Listen(k.hear)
	return k
}

// PauseScheduler stops or goes on binding pods to nodes.
func (k *Kubelets) PauseScheduler(pause bool) {
	k.mu.Lock()
	k.paused = pause
	k.mu.Unlock()
	k.world.Read(func() {
		for _, pod := range k.world.Pods {
			k.consider(k.world, pod)
		}
	})
}

// Idle says whether there is nothing left to do.
func (k *Kubelets) Idle() bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	return len(k.pending) == 0
}

func (k *Kubelets) hear(w *history.World, change history.Change) {
	switch object := change.New.(type) {
	case *corev1.Pod:
		k.consider(w, object)
	case *corev1.Node:
		if change.Old == nil { // Pods may have waited for it.
			for _, pod := range w.Pods {
				k.consider(w, pod)
			}
		}
	}
}

// next says what there is to do for a pod, with the world at rest.
func (k *Kubelets) next(w *history.World, pod *corev1.Pod) task {
	node, err := util.GetTargetNodeName(pod)
	if err != nil || w.Nodes[node] == nil || w.Nodes[node].Now == nil {
		return ""
	}
	switch {
	case pod.Spec.NodeName == "" && pod.DeletionTimestamp == nil && !k.paused:
		return bind
	case pod.Spec.NodeName == "":
		return ""
	case pod.DeletionTimestamp != nil:
		return stop
	case pod.Status.Phase != corev1.PodPending:
		return ""
	case !strings.Contains(pod.Spec.Containers[0].Image, "broken"):
		return run
	case len(pod.Status.ContainerStatuses) == 0:
		return breaks
	}
	return ""
}

func (k *Kubelets) consider(w *history.World, pod *corev1.Pod) {
	k.mu.Lock()
	defer k.mu.Unlock()
	todo := k.next(w, pod)
	if todo == "" || k.pending[pod.UID] == todo {
		return
	}
	k.pending[pod.UID] = todo
	delay := map[task]time.Duration{run: startDelay, stop: stopDelay}[todo]
	time.AfterFunc(delay, func() { k.do(pod, todo) })
}

// do carries a task out, unless it is no more what there is to do.
func (k *Kubelets) do(pod *corev1.Pod, todo task) {
	k.workers <- struct{}{}
	defer func() { <-k.workers }()
	for k.current(pod.UID, todo) {
		err := k.act(pod, todo)
		// Gone, bound or changed meanwhile: the next change tells.
		if err == nil || cluster.IsCode(err, 404) || cluster.IsCode(err, 409) {
			break
		}
		select {
		case <-k.ctx.Done():
			return
		case <-time.After(retryDelay):
		}
	}
	k.mu.Lock()
	if k.pending[pod.UID] == todo {
		delete(k.pending, pod.UID)
	}
	k.mu.Unlock()
	// What the pod became while this was pending was not considered.
	k.world.Read(func() {
		if now := k.world.Pods[pod.UID]; now != nil && now.ResourceVersion != pod.ResourceVersion {
			k.consider(k.world, now)
		}
	})
}

func (k *Kubelets) current(uid types.UID, todo task) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.ctx.Err() == nil && k.pending[uid] == todo
}

func (k *Kubelets) act(pod *corev1.Pod, todo task) error {
	path := fmt.Sprintf("/api/v1/namespaces/%s/pods/%s", pod.Namespace, pod.Name)
	switch todo {
	case bind:
		node, err := util.GetTargetNodeName(pod)
		if err != nil {
			return nil
		}
		return k.api.Create(k.ctx, path+"/binding", &corev1.Binding{
			TypeMeta:   metav1.TypeMeta{APIVersion: "v1", Kind: "Binding"},
			ObjectMeta: metav1.ObjectMeta{Name: pod.Name, Namespace: pod.Namespace, UID: pod.UID},
			Target:     corev1.ObjectReference{Kind: "Node", Name: node},
		})
	case run:
		return k.api.Patch(k.ctx, path+"/status", cluster.StrategicPatch, status(pod, true))
	case breaks:
		return k.api.Patch(k.ctx, path+"/status", cluster.StrategicPatch, status(pod, false))
	default:
		zero := int64(0)
		return k.api.Delete(k.ctx, path, &metav1.DeleteOptions{
			GracePeriodSeconds: &zero, Preconditions: &metav1.Preconditions{UID: &pod.UID},
		})
	}
}

// status is what a kubelet says of a pod whose containers run, or whose images cannot be had.
func status(pod *corev1.Pod, ready bool) map[string]any {
	now := metav1.Now()
	phase, verdict := corev1.PodPending, corev1.ConditionFalse
	state := corev1.ContainerState{Waiting: &corev1.ContainerStateWaiting{Reason: "ImagePullBackOff"}}
	if ready {
		phase, verdict = corev1.PodRunning, corev1.ConditionTrue
		state = corev1.ContainerState{Running: &corev1.ContainerStateRunning{StartedAt: now}}
	}
	var containers []corev1.ContainerStatus
	for _, c := range pod.Spec.Containers {
		containers = append(containers, corev1.ContainerStatus{Name: c.Name, Ready: ready, Started: &ready, Image: c.Image, State: state})
	}
	condition := func(kind corev1.PodConditionType, status corev1.ConditionStatus) corev1.PodCondition {
		return corev1.PodCondition{Type: kind, Status: status, LastTransitionTime: now}
	}
	return map[string]any{
		"metadata": map[string]any{"uid": pod.UID},
		"status": corev1.PodStatus{
			Phase: phase, StartTime: &now, ContainerStatuses: containers, HostIP: "10.0.0.1", PodIP: "10.244.0.9",
			Conditions: []corev1.PodCondition{
				condition(corev1.PodInitialized, corev1.ConditionTrue), condition(corev1.PodReady, verdict), condition(corev1.PodScheduled, corev1.ConditionTrue),
			},
		},
	}
}
