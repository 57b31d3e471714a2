package promises

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/intstr"
	"k8s.io/client-go/kubernetes/scheme"

	"e2e/internal/history"
)

const window = 3 * time.Second

// play is a world of four nodes in which a set of two revisions lives, and a judge who watches. Time moves by a minute
// between acts, so that what was before one is known to all.
type play struct {
	t     *testing.T
	world *history.World
	judge *Judge
	now   time.Time
	count int64
	set   *appsv1.DaemonSet
	uids  int
}

func newPlay(t *testing.T, strategy appsv1.DaemonSetUpdateStrategy) *play {
	p := &play{t: t, world: history.New(), judge: NewJudge(window), now: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)}
	p.world.Listen(p.judge.See)
	p.change(nil, &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: "infra"}})
	for i := range 4 {
		p.change(nil, &corev1.Node{ObjectMeta: metav1.ObjectMeta{Name: fmt.Sprintf("n%d", i), UID: types.UID(fmt.Sprintf("node%d", i))}})
	}
	p.set = &appsv1.DaemonSet{
		ObjectMeta: metav1.ObjectMeta{Name: "agent", Namespace: "infra", UID: "set", Generation: 1},
		Spec: appsv1.DaemonSetSpec{
			Selector:       &metav1.LabelSelector{MatchLabels: map[string]string{"app": "agent"}},
			UpdateStrategy: strategy,
			Template: corev1.PodTemplateSpec{
				ObjectMeta: metav1.ObjectMeta{Labels: map[string]string{"app": "agent"}},
				Spec:       corev1.PodSpec{Containers: []corev1.Container{{Name: "agent", Image: "a:1"}}},
			},
		},
	}
	p.change(nil, p.set)
	p.revision("one")
	return p
}

func rolling(unavailable, surge int) appsv1.DaemonSetUpdateStrategy {
	u, s := intstr.FromInt(unavailable), intstr.FromInt(surge)
	return appsv1.DaemonSetUpdateStrategy{Type: appsv1.RollingUpdateDaemonSetStrategyType, RollingUpdate: &appsv1.RollingUpdateDaemonSet{MaxUnavailable: &u, MaxSurge: &s}}
}

// change writes an object; old and new may be nil. Versions are given as etcd gives them.
func (p *play) change(old, new runtime.Object) {
	p.count++
	p.now = p.now.Add(10 * time.Millisecond)
	if meta, ok := new.(metav1.Object); ok && new != nil {
		meta.SetResourceVersion(fmt.Sprint(p.count))
	}
	p.world.Apply(history.Change{At: p.now, Revision: p.count, Old: old, New: new})
}

func (p *play) later() { p.now = p.now.Add(time.Minute) }

// owner is the set's reference.
func (p *play) owner() []metav1.OwnerReference {
	return []metav1.OwnerReference{*metav1.NewControllerRef(p.set, appsv1.SchemeGroupVersion.WithKind("DaemonSet"))}
}

// revision makes a revision of the set's template.
func (p *play) revision(hash string) {
	text, err := runtime.Encode(scheme.Codecs.LegacyCodec(appsv1.SchemeGroupVersion), p.set)
	if err != nil {
		p.t.Fatal(err)
	}
	var set struct {
		Spec struct{ Template map[string]any }
	}
	if err := json.Unmarshal(text, &set); err != nil {
		p.t.Fatal(err)
	}
	set.Spec.Template["$patch"] = "replace"
	data, err := json.Marshal(map[string]any{"spec": map[string]any{"template": set.Spec.Template}})
	if err != nil {
		p.t.Fatal(err)
	}
	p.change(nil, &appsv1.ControllerRevision{
		ObjectMeta: metav1.ObjectMeta{
			Name: "agent-" + hash, Namespace: "infra", UID: types.UID("revision-" + hash), OwnerReferences: p.owner(),
			Labels: map[string]string{appsv1.DefaultDaemonSetUniqueLabelKey: hash},
		},
		Data: runtime.RawExtension{Raw: data},
	})
}

// edit changes the set.
func (p *play) edit(change func(*appsv1.DaemonSet)) {
	set := p.set.DeepCopy()
	set.Generation++
	change(set)
	p.change(p.set, set)
	p.set = set
}

// image gives the set another template, with its revision.
func (p *play) image(image, hash string) {
	p.edit(func(set *appsv1.DaemonSet) { set.Spec.Template.Spec.Containers[0].Image = image })
	p.revision(hash)
}

// create makes a pod of a revision for a node, as a controller does.
func (p *play) create(node, hash string) *corev1.Pod {
	p.uids++
	pod := &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{
			Name: fmt.Sprintf("agent-%d", p.uids), Namespace: "infra", UID: types.UID(fmt.Sprintf("pod%d", p.uids)), OwnerReferences: p.owner(),
			CreationTimestamp: metav1.NewTime(p.now.Truncate(time.Second)),
			Labels:            map[string]string{"app": "agent", appsv1.DefaultDaemonSetUniqueLabelKey: hash},
		},
		Spec: corev1.PodSpec{Affinity: &corev1.Affinity{NodeAffinity: &corev1.NodeAffinity{RequiredDuringSchedulingIgnoredDuringExecution: &corev1.NodeSelector{
			NodeSelectorTerms: []corev1.NodeSelectorTerm{{MatchFields: []corev1.NodeSelectorRequirement{{Key: "metadata.name", Operator: "In", Values: []string{node}}}}},
		}}}},
		Status: corev1.PodStatus{Phase: corev1.PodPending},
	}
	p.change(nil, pod)
	return pod
}

func (p *play) editPod(pod *corev1.Pod, change func(*corev1.Pod)) *corev1.Pod {
	next := pod.DeepCopy()
	change(next)
	p.change(pod, next)
	return next
}

// start binds a pod and makes it ready.
func (p *play) start(pod *corev1.Pod) *corev1.Pod {
	pod = p.editPod(pod, func(pod *corev1.Pod) {
		pod.Spec.NodeName = pod.Spec.Affinity.NodeAffinity.RequiredDuringSchedulingIgnoredDuringExecution.NodeSelectorTerms[0].MatchFields[0].Values[0]
	})
	return p.editPod(pod, func(pod *corev1.Pod) {
		pod.Status.Phase = corev1.PodRunning
		pod.Status.Conditions = []corev1.PodCondition{{Type: corev1.PodReady, Status: corev1.ConditionTrue, LastTransitionTime: metav1.NewTime(p.now)}}
	})
}

func (p *play) phase(pod *corev1.Pod, phase corev1.PodPhase) *corev1.Pod {
	return p.editPod(pod, func(pod *corev1.Pod) { pod.Status = corev1.PodStatus{Phase: phase} })
}

// delete marks a pod; remove has it gone.
func (p *play) delete(pod *corev1.Pod) *corev1.Pod {
	return p.editPod(pod, func(pod *corev1.Pod) { now := metav1.NewTime(p.now); pod.DeletionTimestamp = &now })
}

func (p *play) remove(pod *corev1.Pod) { p.change(pod, nil) }

func (p *play) taint(node, effect string) {
	old := p.world.Nodes[node].Now
	next := old.DeepCopy()
	next.Spec.Taints = []corev1.Taint{{Key: "x", Effect: corev1.TaintEffect(effect)}}
	p.change(old, next)
}

// everywhere starts a pod of a revision on every node, and lets a minute pass.
func (p *play) everywhere(hash string) []*corev1.Pod {
	var pods []*corev1.Pod
	for i := range 4 {
		pods = append(pods, p.start(p.create(fmt.Sprintf("n%d", i), hash)))
	}
	p.later()
	return pods
}

// TestPromises plays what a controller may and may not do. What is broken reads as it says, or nothing is.
func TestPromises(t *testing.T) {
	update := func(p *play) []*corev1.Pod {
		pods := p.everywhere("one")
		p.image("a:2", "two")
		p.later()
		return pods
	}
	cases := []struct {
		name     string
		strategy appsv1.DaemonSetUpdateStrategy
		act      func(*play)
		broken   string
	}{
		{"first pods", rolling(1, 0), func(p *play) { p.everywhere("one") }, ""},
		{"a pod that is up to date and well is deleted", rolling(1, 0), func(p *play) { p.delete(p.everywhere("one")[0]) }, "was deleted needlessly"},
		{"it is removed at once", rolling(1, 0), func(p *play) { p.remove(p.everywhere("one")[0]) }, "was deleted needlessly"},
		{"people delete one", rolling(1, 0), func(p *play) {
			pod := p.everywhere("one")[0]
			p.judge.Expect(pod.UID)
			p.delete(pod)
		}, ""},
		{"one outdated pod is deleted", rolling(1, 0), func(p *play) { p.delete(update(p)[0]) }, ""},
		{"two are where one may be", rolling(1, 0), func(p *play) {
			pods := update(p)
			p.delete(pods[0])
			p.delete(pods[1])
		}, "2 of 4 nodes" + WithoutAvailable + "; 1 are allowed"},
		{"a second is before the first's successor is available", rolling(1, 0), func(p *play) {
			pods := update(p)
			p.remove(p.delete(pods[0]))
			p.create("n0", "two")
			p.delete(pods[1])
		}, WithoutAvailable},
		{"a second is once it is", rolling(1, 0), func(p *play) {
			pods := update(p)
			p.remove(p.delete(pods[0]))
			p.start(p.create("n0", "two"))
			p.delete(pods[1])
		}, ""},
		{"an outdated pod that is not available is deleted besides", rolling(1, 0), func(p *play) {
			pods := update(p)
			p.delete(pods[0])
			p.delete(p.phase(pods[1], corev1.PodPending))
		}, ""},
		{"OnDelete: an outdated pod is deleted", appsv1.DaemonSetUpdateStrategy{Type: appsv1.OnDeleteDaemonSetStrategyType}, func(p *play) { p.delete(update(p)[0]) }, "was deleted needlessly"},
		{"a failed pod is deleted", rolling(1, 0), func(p *play) { p.delete(p.phase(p.everywhere("one")[0], corev1.PodFailed)) }, ""},
		{"the node excludes it", rolling(1, 0), func(p *play) {
			pods := p.everywhere("one")
			p.taint("n0", "NoExecute")
			p.delete(pods[0])
		}, ""},
		{"the node takes no new one", rolling(1, 0), func(p *play) {
			pods := p.everywhere("one")
			p.taint("n0", "NoSchedule")
			p.delete(pods[0])
		}, "was deleted needlessly"},
		{"the node is gone", rolling(1, 0), func(p *play) {
			pods := p.everywhere("one")
			p.change(p.world.Nodes["n0"].Now, nil)
			p.delete(pods[0])
		}, ""},
		{"the set is gone", rolling(1, 0), func(p *play) {
			pods := p.everywhere("one")
			p.change(p.set, nil)
			p.delete(pods[0])
		}, ""},
		{"a second pod on a node", rolling(1, 0), func(p *play) {
			p.everywhere("one")
			p.create("n0", "one")
		}, BesideOthers},
		{"beside one that is terminating", rolling(1, 0), func(p *play) {
			p.delete(update(p)[0])
			p.create("n0", "two")
		}, BesideOthers},
		{"beside one that failed", rolling(1, 0), func(p *play) {
			p.phase(p.everywhere("one")[0], corev1.PodFailed)
			p.create("n0", "one")
		}, BesideOthers},
		{"beside one that failed and is terminating", rolling(1, 0), func(p *play) {
			p.delete(p.phase(p.everywhere("one")[0], corev1.PodFailed))
			p.create("n0", "one")
		}, ""},
		{"on a node that excludes it", rolling(1, 0), func(p *play) {
			p.taint("n0", "NoSchedule")
			p.later()
			p.create("n0", "one")
		}, "which should not run one"},
		{"on a node that excludes it since a moment", rolling(1, 0), func(p *play) {
			p.taint("n0", "NoSchedule")
			p.create("n0", "one")
		}, ""},
		{"on no node", rolling(1, 0), func(p *play) { p.create("n9", "one") }, "which is not there"},
		{"from a template of a while ago", rolling(1, 0), func(p *play) {
			p.image("a:2", "two")
			p.later()
			p.create("n0", "one")
		}, "from a template that the DaemonSet does not have"},
		{"from a template of a moment ago", rolling(1, 0), func(p *play) {
			p.image("a:2", "two")
			p.create("n0", "one")
		}, ""},
		{"for a set that is gone", rolling(1, 0), func(p *play) {
			p.change(p.set, nil)
			p.later()
			p.create("n0", "one")
		}, "gone or being deleted"},
		{"surge: a new pod beside an old one", rolling(0, 1), func(p *play) {
			update(p)
			p.create("n0", "two")
		}, ""},
		{"surge: one more than may be", rolling(0, 1), func(p *play) {
			update(p)
			p.create("n0", "two")
			p.create("n1", "two")
		}, "as many nodes were surging"},
		{"surge: one more, beside one that is not available", rolling(0, 1), func(p *play) {
			p.phase(update(p)[1], corev1.PodPending)
			p.create("n0", "two")
			p.create("n1", "two")
		}, ""},
		{"surge: a third on a node", rolling(0, 2), func(p *play) {
			update(p)
			p.create("n0", "two")
			p.create("n0", "two")
		}, BesideOthers},
		{"surge: beside one that is up to date", rolling(0, 2), func(p *play) {
			p.everywhere("one")
			p.create("n0", "one")
		}, BesideOthers},
		{"surge: an old pod is deleted before its successor is available", rolling(0, 1), func(p *play) {
			pods := update(p)
			p.create("n0", "two")
			p.delete(pods[0])
		}, "was deleted needlessly"},
		{"surge: and after", rolling(0, 1), func(p *play) {
			pods := update(p)
			p.start(p.create("n0", "two"))
			p.delete(pods[0])
		}, ""},
		{"surge: an old pod alone", rolling(0, 1), func(p *play) { p.delete(update(p)[0]) }, "was deleted needlessly"},
		{"the younger of two is deleted", rolling(1, 0), func(p *play) {
			p.everywhere("one")
			p.judge.Take()
			pod := p.start(p.create("n0", "one"))
			p.judge.Take()
			p.later()
			p.delete(pod)
		}, ""},
		{"the older of two is", rolling(1, 0), func(p *play) {
			pods := p.everywhere("one")
			p.start(p.create("n0", "one"))
			p.judge.Take()
			p.later()
			p.delete(pods[0])
		}, "was deleted needlessly"},
		{"a second revision of a template", rolling(1, 0), func(p *play) { p.revision("again") }, "has the template of revision agent-one"},
		{"people make one", rolling(1, 0), func(p *play) {
			p.judge.ExpectRevision("agent-again")
			p.revision("again")
		}, ""},
		{"a generation that is not there yet is observed", rolling(1, 0), func(p *play) {
			p.edit(func(set *appsv1.DaemonSet) { set.Status.ObservedGeneration = set.Generation + 1 })
		}, "its observed generation went from 0 to 3"},
		{"observed generations run back", rolling(1, 0), func(p *play) {
			p.edit(func(set *appsv1.DaemonSet) { set.Status.ObservedGeneration = 2 })
			p.edit(func(set *appsv1.DaemonSet) { set.Status.ObservedGeneration = 1 })
		}, "its observed generation went from 2 to 1"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			p := newPlay(t, c.strategy)
			c.act(p)
			broken := p.judge.Take().Broken
			switch {
			case c.broken == "" && len(broken) > 0:
				t.Errorf("nothing is wrong, and the judge says: %q", broken)
			case c.broken != "" && (len(broken) != 1 || !strings.Contains(broken[0], c.broken)):
				t.Errorf("%q is wrong, and the judge says: %q", c.broken, broken)
			}
		})
	}
}
