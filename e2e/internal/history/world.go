// Package history follows a control plane through etcd. One watch there shows every write to every object in the order
// in which they were made, which no watch of the API server does across kinds, and goes on while the API server is away.
package history

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"time"

	"go.etcd.io/etcd/api/v3/mvccpb"
	clientv3 "go.etcd.io/etcd/client/v3"
	"go.uber.org/zap"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/kubernetes/scheme"
)

// Change is one write. Old is nil where something was created, New where it was removed.
type Change struct {
	At       time.Time
	Revision int64
	Old, New runtime.Object
}

// World is what the control plane holds, as of the last change.
type World struct {
	Nodes      map[string]*Track[corev1.Node]
	Sets       map[types.UID]*Track[appsv1.DaemonSet]
	Revisions  map[types.UID]*Track[appsv1.ControllerRevision]
	Namespaces map[string]*corev1.Namespace
	Pods       map[types.UID]*corev1.Pod

	mu      sync.Mutex
	changed chan struct{}
	last    time.Time
	event   time.Time
	err     error
	symbols symbols
	listen  []func(*World, Change)
}

// New returns a world with nothing in it.
func New() *World {
	return &World{
		Nodes: map[string]*Track[corev1.Node]{}, Sets: map[types.UID]*Track[appsv1.DaemonSet]{},
		Revisions: map[types.UID]*Track[appsv1.ControllerRevision]{}, Namespaces: map[string]*corev1.Namespace{},
		Pods: map[types.UID]*corev1.Pod{}, changed: make(chan struct{}), symbols: newSymbols(),
	}
}

// Listen has f called on every change, after the world took it in, one call at a time. F may read the world, and must
// neither keep nor change what it finds, nor wait.
func (w *World) Listen(f func(*World, Change)) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.listen = append(w.listen, f)
}

// Read calls f while nothing changes.
func (w *World) Read(f func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	f()
}

// Wait returns when condition holds; it is tried on every change and ten times a second.
func (w *World) Wait(ctx context.Context, condition func(*World) bool) error {
	for {
		w.mu.Lock()
		changed, err, ok := w.changed, w.err, w.err == nil && condition(w)
		w.mu.Unlock()
		if ok || err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-changed:
		case <-time.After(100 * time.Millisecond):
		}
	}
}

// LastChange is when one of the objects that the world holds was written last. For a condition of Wait, or within Read.
func (w *World) LastChange() time.Time { return w.last }

// LastEvent is when an Event was written last; likewise.
func (w *World) LastEvent() time.Time { return w.event }

// prefixes of the keys in etcd that matter.
var prefixes = []string{
	"/registry/minions/", "/registry/pods/", "/registry/daemonsets/", "/registry/controllerrevisions/", "/registry/namespaces/",
}

// Follow watches etcd from its first revision on until ctx ends.
func (w *World) Follow(ctx context.Context, endpoint string) error {
	client, err := clientv3.New(clientv3.Config{Endpoints: []string{endpoint}, DialTimeout: 10 * time.Second, Logger: zap.NewNop()})
	if err != nil {
		return err
	}
	watch := client.Watch(ctx, "/registry/", clientv3.WithPrefix(), clientv3.WithPrevKV(), clientv3.WithRev(1))
	go func() {
		defer client.Close()
		for answer := range watch {
			if err := answer.Err(); err != nil && ctx.Err() == nil {
				w.fail(fmt.Errorf("the watch of etcd ended: %w", err))
				return
			}
			for _, event := range answer.Events {
				if err := w.take(event); err != nil {
					w.fail(err)
					return
				}
			}
		}
	}()
	return nil
}

func (w *World) fail(err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.err = err
	close(w.changed)
	w.changed = make(chan struct{})
}

func (w *World) take(event *clientv3.Event) error {
	key := string(event.Kv.Key)
	if strings.HasPrefix(key, "/registry/events/") {
		w.mu.Lock()
		w.event = time.Now()
		w.mu.Unlock()
		return nil
	}
	known := false
	for _, prefix := range prefixes {
		known = known || strings.HasPrefix(key, prefix)
	}
	if !known {
		return nil
	}
	change := Change{At: time.Now(), Revision: event.Kv.ModRevision}
	var err error
	if event.PrevKv != nil {
		if change.Old, err = decode(event.PrevKv); err != nil {
			return fmt.Errorf("%s: %w", key, err)
		}
	}
	if event.Type == clientv3.EventTypePut {
		if change.New, err = decode(event.Kv); err != nil {
			return fmt.Errorf("%s: %w", key, err)
		}
	}
	w.Apply(change)
	return nil
}

// decode reads an object as the API server stores it, and gives it the version that it reads as.
func decode(kv *mvccpb.KeyValue) (runtime.Object, error) {
	object, _, err := scheme.Codecs.UniversalDeserializer().Decode(kv.Value, nil, nil)
	if err != nil {
		return nil, err
	}
	if meta, ok := object.(metav1.Object); ok {
		meta.SetResourceVersion(strconv.FormatInt(kv.ModRevision, 10))
	}
	return object, nil
}

// Apply takes one change in and tells the listeners.
func (w *World) Apply(change Change) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.last = change.At
	object := change.New
	gone := object == nil
	if gone {
		object = change.Old
	}
	switch o := object.(type) {
	case *corev1.Node:
		put(w.Nodes, o.Name, o, gone, change.At)
	case *appsv1.DaemonSet:
		put(w.Sets, o.UID, o, gone, change.At)
	case *appsv1.ControllerRevision:
		put(w.Revisions, o.UID, o, gone, change.At)
	case *corev1.Namespace:
		w.Namespaces[o.Name] = o
		if gone {
			delete(w.Namespaces, o.Name)
		}
	case *corev1.Pod:
		w.Pods[o.UID] = o
		if gone {
			delete(w.Pods, o.UID)
		}
	}
	if meta, ok := object.(metav1.Object); ok && change.Old == nil {
		w.symbols.add(object, meta)
	}
	for _, f := range w.listen {
		f(w, change)
	}
	close(w.changed)
	w.changed = make(chan struct{})
}

func put[K comparable, T any](tracks map[K]*Track[T], key K, object *T, gone bool, at time.Time) {
	track := tracks[key]
	if track == nil {
		track = &Track[T]{}
		tracks[key] = track
	}
	if gone {
		object = nil
	}
	track.set(object, at)
}

// Set finds a DaemonSet by name; nil if there is none.
func (w *World) Set(namespace, name string) *appsv1.DaemonSet {
	for _, track := range w.Sets {
		if track.Now != nil && track.Now.Namespace == namespace && track.Now.Name == name {
			return track.Now
		}
	}
	return nil
}

// PodsOf returns the pods whose controller has that UID.
func (w *World) PodsOf(uid types.UID) []*corev1.Pod {
	var out []*corev1.Pod
	for _, pod := range w.Pods {
		if owner := metav1.GetControllerOf(pod); owner != nil && owner.UID == uid {
			out = append(out, pod)
		}
	}
	return out
}
