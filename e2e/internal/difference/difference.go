// Package difference tells two recordings apart, field by field.
package difference

import (
	"fmt"
	"sort"
	"strings"

	"e2e/internal/recording"
)

// Difference is one field that is not the same, and the object that has it. Absent fields read as `(none)`.
type Difference struct {
	Object, Path         string
	Reference, Candidate string
}

// burst is how many events of one type about one object Kubernetes lets through; of those after it, one in five minutes.
// Which ones those are is a matter of time.
const burst = 25

// Steps compares what was to be seen after the same step of two runs.
func Steps(a, b *recording.Step, objectsA, objectsB map[string]any) []Difference {
	d := &diff{objectsA: objectsA, objectsB: objectsB}
	d.values("name", a.Name, b.Name)
	d.values("anyNode", a.AnyNode, b.AnyNode)
	d.values("anyCount", a.AnyCount, b.AnyCount)
	d.values("anyEvents", a.AnyEvents, b.AnyEvents)
	d.pods(a.Pods, b.Pods)
	d.objects("daemonset", a.Sets, b.Sets)
	d.objects("revision", a.Revisions, b.Revisions)
	d.objects("node", a.Nodes, b.Nodes)
	d.values("rolloutStatus", generic(a.RolloutStatus), generic(b.RolloutStatus))
	d.values("rolloutHistory", generic(a.RolloutHistory), generic(b.RolloutHistory))
	d.values("facts", generic(a.Facts), generic(b.Facts))
	if !a.AnyEvents {
		d.events(a.Events, b.Events, a.EventsLost+b.EventsLost+a.DeletedAgain+b.DeletedAgain)
	}
	// Who broke a promise, and so made a pod too many, is told elsewhere, and no measure of how many there should be.
	if !a.AnyCount && len(a.Promises.Broken)+len(b.Promises.Broken) == 0 {
		d.values("created", a.Created, b.Created)
		d.values("deleted", a.Deleted, b.Deleted)
	}
	return d.found
}

type diff struct {
	object             string // The one that is being compared.
	found              []Difference
	objectsA, objectsB map[string]any
}

func (d *diff) add(path string, a, b any) {
	d.found = append(d.found, Difference{d.object, path, show(a), show(b)})
}

type absent struct{}

func show(value any) string {
	if _, ok := value.(absent); ok {
		return "(none)"
	}
	text := fmt.Sprint(value)
	if s, ok := value.(string); ok {
		text = fmt.Sprintf("%q", s)
	}
	if len(text) > 200 {
		text = text[:200] + "…"
	}
	return text
}

func generic[T any](m map[string]T) map[string]any {
	out := map[string]any{}
	for key, value := range m {
		out[key] = value
	}
	return out
}

// values compares JSON values.
func (d *diff) values(path string, a, b any) {
	switch va := a.(type) {
	case map[string]any:
		if vb, ok := b.(map[string]any); ok {
			for _, key := range keys(va, vb) {
				d.values(path+"."+key, field(va, key), field(vb, key))
			}
			return
		}
	case []any:
		if vb, ok := b.([]any); ok {
			if len(va) != len(vb) {
				d.add(path+" (how many)", len(va), len(vb))
			}
			for i := range min(len(va), len(vb)) {
				d.values(fmt.Sprintf("%s[%d]", path, i), va[i], vb[i])
			}
			return
		}
	default:
		if fmt.Sprintf("%T %v", a, a) == fmt.Sprintf("%T %v", b, b) {
			return
		}
	}
	d.add(path, a, b)
}

func field(m map[string]any, key string) any {
	if value, ok := m[key]; ok {
		return value
	}
	return absent{}
}

func keys[T any](ms ...map[string]T) []string {
	seen := map[string]bool{}
	for _, m := range ms {
		for key := range m {
			seen[key] = true
		}
	}
	out := make([]string, 0, len(seen))
	for key := range seen {
		out = append(out, key)
	}
	sort.Strings(out)
	return out
}

// digests compares two objects by their digests, and field by field if those differ.
func (d *diff) digests(a, b string) {
	if a != b {
		d.values("", d.objectsA[a], d.objectsB[b])
	}
}

func (d *diff) objects(kind string, a, b map[string]string) {
	for _, name := range keys(a, b) {
		d.object = kind + " " + name
		switch {
		case a[name] == "":
			d.add("", absent{}, "there")
		case b[name] == "":
			d.add("", "there", absent{})
		default:
			d.digests(a[name], b[name])
		}
	}
	d.object = ""
}

// pods compares pods node by node. Where nodes have no names, they are in the order of what is on them.
func (d *diff) pods(a, b []recording.NodePods) {
	defer func() { d.object = "" }()
	if len(a) > 0 && a[0].Node == "(any)" {
		if len(a) != len(b) {
			d.add("nodes with pods", len(a), len(b))
		}
		for i := range min(len(a), len(b)) {
			d.object = fmt.Sprintf("node #%d of any", i)
			d.nodePods(a[i].Pods, b[i].Pods)
		}
		return
	}
	on := func(all []recording.NodePods) map[string][]recording.Pod {
		out := map[string][]recording.Pod{}
		for _, node := range all {
			out[node.Node] = node.Pods
		}
		return out
	}
	onA, onB := on(a), on(b)
	for _, node := range keys(onA, onB) {
		d.object = "node " + node
		d.nodePods(onA[node], onB[node])
	}
}

func (d *diff) nodePods(a, b []recording.Pod) {
	if len(a) != len(b) {
		d.add("pods", len(a), len(b))
	}
	for i := range min(len(a), len(b)) {
		if a[i].Object != b[i].Object {
			d.values(fmt.Sprintf("pod[%d]", i), d.objectsA[a[i].Object], d.objectsB[b[i].Object])
		}
		d.values(fmt.Sprintf("pod[%d] kept", i), a[i].Kept, b[i].Kept)
	}
}

// events compares how often each was told, as far as that is no matter of time: not once an object had so many events
// that some were dropped, not how often a create was refused, and not as many as were lost or told twice.
func (d *diff) events(a, b map[string]map[string]int, unsure int) {
	ofType, ofReason := map[string][2]int{}, map[string][2]int{}
	for i, events := range []map[string]map[string]int{a, b} {
		for key, messages := range events {
			for _, count := range messages {
				addTo(ofType, typeOf(key), i, count)
				addTo(ofReason, key, i, count)
			}
		}
	}
	for _, key := range keys(a, b) {
		all, these := ofType[typeOf(key)], ofReason[key]
		switch {
		case all[0] >= burst && all[1] >= burst:
		case strings.HasSuffix(key, " FailedCreate"):
			d.values("event "+key, these[0] > 0, these[1] > 0)
		case unsure > 0:
			if these[0]-these[1] > unsure || these[1]-these[0] > unsure {
				d.add("event "+key, these[0], these[1])
			}
		default:
			d.values("event "+key, generic(a[key]), generic(b[key]))
		}
	}
}

func addTo(sums map[string][2]int, key string, i, count int) {
	sum := sums[key]
	sum[i] += count
	sums[key] = sum
}

// typeOf is the object and the type of an event, without its reason.
func typeOf(key string) string {
	return key[:strings.LastIndex(key, " ")]
}
