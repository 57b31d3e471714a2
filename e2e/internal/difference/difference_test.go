package difference

import (
	"encoding/json"
	"strings"
	"testing"

	"e2e/internal/recording"
)

// seen is a step with one of everything.
func seen(t *testing.T) (*recording.Step, map[string]any) {
	t.Helper()
	objects := map[string]any{}
	digest := func(text string) string {
		var o map[string]any
		if err := json.Unmarshal([]byte(text), &o); err != nil {
			t.Fatal(err)
		}
		return recording.Digest(objects, o)
	}
	return &recording.Step{
		Name: "updated",
		Pods: []recording.NodePods{
			{Node: "n0", Pods: []recording.Pod{{Object: digest(`{"spec":{"image":"a:1","tolerations":[{"key":"x"}]}}`), Kept: true}}},
			{Node: "n1", Pods: []recording.Pod{{Object: digest(`{"spec":{"image":"a:2","tolerations":[{"key":"x"}]}}`)}}},
		},
		Sets:           map[string]string{"agent": digest(`{"status":{"numberReady":2}}`)},
		Revisions:      map[string]string{"agent~1": digest(`{"revision":1,"data":"{}"}`)},
		Nodes:          map[string]string{"n0": digest(`{"spec":{}}`)},
		RolloutStatus:  map[string]string{"agent": "done"},
		RolloutHistory: map[string]string{"agent": "1 <none>"},
		Events:         map[string]map[string]int{"DaemonSet agent#1: Normal SuccessfulCreate": {"Created pod: agent-*": 2}},
		Facts:          map[string]any{"waits": []any{float64(1)}},
		Created:        2, Deleted: 1,
	}, objects
}

// TestEveryFieldCounts changes one field at a time, and wants that and nothing else told.
func TestEveryFieldCounts(t *testing.T) {
	cases := map[string]struct {
		change func(*recording.Step, map[string]any)
		path   string
	}{
		"nothing":           {func(*recording.Step, map[string]any) {}, ""},
		"name":              {func(s *recording.Step, _ map[string]any) { s.Name = "other" }, "name"},
		"what is open":      {func(s *recording.Step, _ map[string]any) { s.AnyNode = true }, "anyNode"},
		"a pod more":        {func(s *recording.Step, _ map[string]any) { s.Pods[0].Pods = append(s.Pods[0].Pods, s.Pods[1].Pods[0]) }, "pods"},
		"a node's pods":     {func(s *recording.Step, _ map[string]any) { s.Pods = s.Pods[:1] }, "pods"},
		"a restarted pod":   {func(s *recording.Step, _ map[string]any) { s.Pods[0].Pods[0].Kept = false }, "pod[0] kept"},
		"a pod's field":     {func(s *recording.Step, _ map[string]any) { s.Pods[0].Pods[0].Object = s.Pods[1].Pods[0].Object }, "pod[0].spec.image"},
		"a set's status":    {edit("agent", `{"status":{"numberReady":1}}`, func(s *recording.Step) map[string]string { return s.Sets }), ".status.numberReady"},
		"a set":             {func(s *recording.Step, _ map[string]any) { delete(s.Sets, "agent") }, ""},
		"a revision":        {func(s *recording.Step, _ map[string]any) { s.Revisions["agent~2"] = s.Revisions["agent~1"] }, ""},
		"a number":          {edit("agent~1", `{"revision":2,"data":"{}"}`, func(s *recording.Step) map[string]string { return s.Revisions }), ".revision"},
		"a revision's data": {edit("agent~1", `{"revision":1,"data":"{ }"}`, func(s *recording.Step) map[string]string { return s.Revisions }), ".data"},
		"a node":            {edit("n0", `{"spec":{"unschedulable":true}}`, func(s *recording.Step) map[string]string { return s.Nodes }), ".spec.unschedulable"},
		"rollout status":    {func(s *recording.Step, _ map[string]any) { s.RolloutStatus["agent"] = "waiting" }, "rolloutStatus.agent"},
		"rollout history":   {func(s *recording.Step, _ map[string]any) { s.RolloutHistory["agent"] = "2 <none>" }, "rolloutHistory.agent"},
		"an event's count": {func(s *recording.Step, _ map[string]any) {
			s.Events["DaemonSet agent#1: Normal SuccessfulCreate"]["Created pod: agent-*"] = 3
		}, "event DaemonSet agent#1: Normal SuccessfulCreate.Created pod: agent-*"},
		"an event": {func(s *recording.Step, _ map[string]any) {
			s.Events["DaemonSet agent#1: Warning FailedDaemonPod"] = map[string]int{"x": 1}
		}, "event DaemonSet agent#1: Warning FailedDaemonPod.x"},
		"a fact":  {func(s *recording.Step, _ map[string]any) { s.Facts["waits"] = []any{float64(2)} }, "facts.waits[0]"},
		"created": {func(s *recording.Step, _ map[string]any) { s.Created++ }, "created"},
		"deleted": {func(s *recording.Step, _ map[string]any) { s.Deleted++ }, "deleted"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			a, objectsA := seen(t)
			b, objectsB := seen(t)
			c.change(b, objectsB)
			found := Steps(a, b, objectsA, objectsB)
			if name == "nothing" {
				if len(found) > 0 {
					t.Errorf("nothing differs, and yet: %v", found)
				}
				return
			}
			if len(found) != 1 || found[0].Path != c.path {
				t.Errorf("found %v, want %q", found, c.path)
			}
		})
	}
}

func edit(name, text string, of func(*recording.Step) map[string]string) func(*recording.Step, map[string]any) {
	return func(s *recording.Step, objects map[string]any) {
		var o map[string]any
		if err := json.Unmarshal([]byte(text), &o); err != nil {
			panic(err)
		}
		of(s)[name] = recording.Digest(objects, o)
	}
}

// TestWhatIsOpen leaves open no more than is said.
func TestWhatIsOpen(t *testing.T) {
	cases := map[string]struct {
		both, one func(*recording.Step)
		differs   string
	}{
		"counts":                        {func(s *recording.Step) { s.AnyCount = true }, func(s *recording.Step) { s.Created++ }, ""},
		"events":                        {func(s *recording.Step) { s.AnyEvents = true }, func(s *recording.Step) { s.Events = nil }, ""},
		"counts, and a pod's field":     {func(s *recording.Step) { s.AnyCount = true }, func(s *recording.Step) { s.Pods[0].Pods[0].Object = s.Pods[1].Pods[0].Object }, "image"},
		"events once some were dropped": {func(s *recording.Step) { s.Events = created(25) }, func(s *recording.Step) { s.Events = created(26) }, ""},
		"and before":                    {func(s *recording.Step) { s.Events = created(24) }, func(s *recording.Step) { s.Events = created(25) }, "event"},
		"refusals": {func(s *recording.Step) {
			s.Events = map[string]map[string]int{"DaemonSet agent#1: Warning FailedCreate": {"x": 3}}
		}, func(s *recording.Step) {
			s.Events = map[string]map[string]int{"DaemonSet agent#1: Warning FailedCreate": {"x": 4}}
		}, ""},
		"no refusal": {func(s *recording.Step) {
			s.Events = map[string]map[string]int{"DaemonSet agent#1: Warning FailedCreate": {"x": 3}}
		}, func(s *recording.Step) { s.Events = nil }, "event"},
		"a lost event":               {func(*recording.Step) {}, func(s *recording.Step) { s.Events, s.EventsLost = created(1), 1 }, ""},
		"a pod deleted twice":        {func(*recording.Step) {}, func(s *recording.Step) { s.Events, s.DeletedAgain = created(3), 1 }, ""},
		"two events fewer, one lost": {func(*recording.Step) {}, func(s *recording.Step) { s.Events, s.EventsLost = created(0), 1 }, "event"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			a, objectsA := seen(t)
			b, objectsB := seen(t)
			c.both(a)
			c.both(b)
			c.one(b)
			found := Steps(a, b, objectsA, objectsB)
			if (len(found) > 0) != (c.differs != "") || len(found) > 0 && !strings.Contains(found[0].Path, c.differs) {
				t.Errorf("found %v, want %q", found, c.differs)
			}
		})
	}
}

func created(n int) map[string]map[string]int {
	return map[string]map[string]int{"DaemonSet agent#1: Normal SuccessfulCreate": {"Created pod: agent-*": n}}
}
