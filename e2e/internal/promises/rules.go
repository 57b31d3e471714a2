package promises

import (
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/klog/v2"
	"k8s.io/kubernetes/pkg/controller/daemon"
)

// rules asks Kubernetes's own functions and remembers what they said of a version.
type rules struct {
	places  map[placeKey]placement
	matched map[matchKey]bool
}

type placeKey struct {
	node       types.UID
	version    string
	set        types.UID
	generation int64
}

type placement struct{ run, keep bool }

type matchKey struct {
	set        types.UID
	generation int64
	revision   types.UID
}

func newRules() *rules {
	return &rules{places: map[placeKey]placement{}, matched: map[matchKey]bool{}}
}

// place says whether the node should run a pod of the set, and whether it should keep one that it has.
func (r *rules) place(node *corev1.Node, set *appsv1.DaemonSet) (run, keep bool) {
	key := placeKey{node.UID, node.ResourceVersion, set.UID, set.Generation}
	p, ok := r.places[key]
	if !ok {
		p.run, p.keep = daemon.NodeShouldRunDaemonPod(klog.Background(), node, set)
		r.places[key] = p
	}
	return p.run, p.keep
}

// matches says whether the revision holds the set's template, byte for byte as the Go controller compares them.
func (r *rules) matches(set *appsv1.DaemonSet, revision *appsv1.ControllerRevision) bool {
	key := matchKey{set.UID, set.Generation, revision.UID}
	known, ok := r.matched[key]
	if !ok {
		match, err := daemon.Match(set, revision)
		known = err == nil && match
		r.matched[key] = known
	}
	return known
}
