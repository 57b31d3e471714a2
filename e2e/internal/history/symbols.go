package history

import (
	"fmt"

	appsv1 "k8s.io/api/apps/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
)

// symbols gives names that two runs share to what each run names at random: an object's UID and a revision's hash.
type symbols struct {
	uids      map[types.UID]string
	times     map[string]int
	revisions map[string]string
}

func newSymbols() symbols {
	return symbols{uids: map[types.UID]string{}, times: map[string]int{}, revisions: map[string]string{}}
}

// add names an object at its creation. A name that is used again counts on: the second DaemonSet `agent` is `agent#2`.
func (s *symbols) add(object runtime.Object, meta metav1.Object) {
	kind, name := fmt.Sprintf("%T", object), meta.GetNamespace()+"/"+meta.GetName()
	s.times[kind+name]++
	s.uids[meta.GetUID()] = fmt.Sprintf("%s#%d", meta.GetName(), s.times[kind+name])
	if revision, ok := object.(*appsv1.ControllerRevision); ok {
		if _, known := s.revisions[name]; known {
			return // Made again with the same name, so with the same template: still the same revision.
		}
		of := "?"
		if owner := metav1.GetControllerOf(revision); owner != nil {
			of = owner.Name
		}
		s.times["revisions of "+meta.GetNamespace()+"/"+of]++
		s.revisions[name] = fmt.Sprintf("%s~%d", of, s.times["revisions of "+meta.GetNamespace()+"/"+of])
	}
}

// UID names the object that has this UID; `?` if there never was one.
func (w *World) UID(uid types.UID) string {
	w.mu.Lock()
	defer w.mu.Unlock()
	if name, ok := w.symbols.uids[uid]; ok {
		return name
	}
	return "?"
}

// Revision names the ControllerRevision that has or had this name: `agent~2` is the second that agent ever had.
func (w *World) Revision(namespace, name string) (string, bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	symbol, ok := w.symbols.revisions[namespace+"/"+name]
	return symbol, ok
}
