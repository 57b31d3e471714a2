package recording

import (
	"encoding/json"
	"errors"
	"reflect"
	"testing"
)

type known struct{}

func (known) UID(uid string) string { return "name of " + uid }

func (known) Revision(namespace, name string) (string, bool) {
	symbol, ok := map[string]string{"infra/agent-abc": "agent~1", "infra/agent-dup": "agent~2"}[namespace+"/"+name]
	return symbol, ok
}

// TestNeutral takes away what is random, and nothing else.
func TestNeutral(t *testing.T) {
	cases := map[string]struct{ object, neutral string }{
		"pod": {
			`{"kind":"Pod","metadata":{"name":"agent-bcdfg","generateName":"agent-","namespace":"infra","uid":"u","resourceVersion":"7","managedFields":[],
			  "creationTimestamp":"2026-01-01T00:00:00Z","labels":{"app":"agent","controller-revision-hash":"abc"},"ownerReferences":[{"uid":"s","controller":true}]},
			  "spec":{"nodeName":"n1","hostname":"n1","affinity":{"nodeAffinity":{"requiredDuringSchedulingIgnoredDuringExecution":{"nodeSelectorTerms":[{"matchFields":[{"key":"metadata.name","values":["n1"]}]}]}}}}}`,
			`{"kind":"Pod","metadata":{"name":"agent-*","generateName":"agent-","namespace":"infra",
			  "creationTimestamp":"(time)","labels":{"app":"agent","controller-revision-hash":"agent~1"},"ownerReferences":[{"uid":"name of s","controller":true}]},
			  "spec":{"nodeName":"(node)","hostname":"n1","affinity":{"nodeAffinity":{"requiredDuringSchedulingIgnoredDuringExecution":{"nodeSelectorTerms":[{"matchFields":[{"key":"metadata.name","values":["(node)"]}]}]}}}}}`,
		},
		"pod meant for one node and bound to another": {
			`{"kind":"Pod","metadata":{"name":"x"},"spec":{"nodeName":"n1","affinity":{"nodeAffinity":{"requiredDuringSchedulingIgnoredDuringExecution":{"nodeSelectorTerms":[{"matchFields":[{"key":"metadata.name","values":["n2"]}]}]}}}}}`,
			`{"kind":"Pod","metadata":{"name":"x"},"spec":{"nodeName":"(node)","affinity":{"nodeAffinity":{"requiredDuringSchedulingIgnoredDuringExecution":{"nodeSelectorTerms":[{"matchFields":[{"key":"metadata.name","values":["n2"]}]}]}}}}}`,
		},
		"pod that is not named by chance": {
			`{"kind":"Pod","metadata":{"name":"agent-aeiou","generateName":"agent-","namespace":"infra","labels":{"controller-revision-hash":"unknown"}},"spec":{}}`,
			`{"kind":"Pod","metadata":{"name":"agent-aeiou","generateName":"agent-","namespace":"infra","labels":{"controller-revision-hash":"unknown"}},"spec":{}}`,
		},
		"pod that people made and a set has adopted": {
			`{"kind":"Pod","metadata":{"name":"stray","namespace":"infra","labels":{"controller-revision-hash":"abc"},"ownerReferences":[{"kind":"DaemonSet","name":"agent","uid":"s"}]},"spec":{}}`,
			`{"kind":"Pod","metadata":{"name":"stray","namespace":"infra","labels":{"controller-revision-hash":"agent~1"},"ownerReferences":[{"kind":"DaemonSet","name":"agent","uid":"name of s"}]},"spec":{}}`,
		},
		"revision": {
			`{"kind":"ControllerRevision","metadata":{"name":"agent-abc","namespace":"infra","labels":{"controller-revision-hash":"abc"}},"data":"{\"a\":1}"}`,
			`{"kind":"ControllerRevision","metadata":{"name":"agent~1 (named by its hash)","namespace":"infra","labels":{"controller-revision-hash":"agent~1"}},"data":"{\"a\":1}"}`,
		},
		"revision whose hash is its name": {
			`{"kind":"ControllerRevision","metadata":{"name":"agent-dup","namespace":"infra","labels":{"controller-revision-hash":"agent-dup"}}}`,
			`{"kind":"ControllerRevision","metadata":{"name":"agent~2","namespace":"infra","labels":{"controller-revision-hash":"agent~2"}}}`,
		},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			var got, want map[string]any
			if err := errors.Join(json.Unmarshal([]byte(c.object), &got), json.Unmarshal([]byte(c.neutral), &want)); err != nil {
				t.Fatal(err)
			}
			if got = Neutral(known{}, got); !reflect.DeepEqual(got, want) {
				text, _ := json.MarshalIndent(got, "", " ")
				t.Errorf("got %s", text)
			}
		})
	}
}
