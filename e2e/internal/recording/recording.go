// Package recording is what one run of the scenario leaves behind, and how two of them are told apart.
package recording

import (
	"compress/gzip"
	"encoding/json"
	"os"
	"strings"

	"e2e/internal/gateway"
	"e2e/internal/promises"
)

// Recording is one run of all chapters with one operator.
type Recording struct {
	Operator string    `json:"operator"`
	Seconds  float64   `json:"seconds"`
	Chapters []Chapter `json:"chapters"`
}

// Chapter is one control plane's story.
type Chapter struct {
	Name string `json:"name"`
	// Failed says why the chapter could not be told to its end; empty if it was.
	Failed string `json:"failed,omitempty"`
	// AnswersLost says that the answers to some writes got lost.
	AnswersLost bool    `json:"answersLost,omitempty"`
	Seconds     float64 `json:"seconds"`
	Steps       []Step  `json:"steps"`
	// Objects holds what steps name by a digest.
	Objects map[string]any `json:"objects"`
}

// Step is what was to be seen once the control plane had come to rest after something was done to it.
type Step struct {
	Name string `json:"name"`
	// AnyNode says that Kubernetes leaves open which nodes are concerned, so that nodes have no names here.
	AnyNode bool `json:"anyNode,omitempty"`
	// AnyCount says that how many pods were created and deleted, and so which events there are, depends on how soon
	// something happened; AnyEvents that the events alone do: a process that is killed takes its events with it.
	AnyCount  bool `json:"anyCount,omitempty"`
	AnyEvents bool `json:"anyEvents,omitempty"`
	// Seconds from what was done to the last change.
	Seconds float64 `json:"seconds"`

	// Pods by node, each node's in the order of their digests.
	Pods []NodePods `json:"pods"`
	// Sets, revisions and nodes: name to digest.
	Sets      map[string]string `json:"sets"`
	Revisions map[string]string `json:"revisions"`
	Nodes     map[string]string `json:"nodes"`
	// What `kubectl rollout status` and `kubectl rollout history` print, by set.
	RolloutStatus  map[string]string `json:"rolloutStatus"`
	RolloutHistory map[string]string `json:"rolloutHistory"`
	// Events so far: object, type and reason, then message to count.
	Events map[string]map[string]int `json:"events"`
	// EventsLost is how many so far the API server refused because their names were taken: the Go controller names an event
	// by the clock, and two at the same tick are one too many.
	EventsLost int `json:"eventsLost,omitempty"`
	// DeletedAgain is how many pods so far were deleted once more while they were terminating, each of which makes an event:
	// the Go controller does so when its watch is late.
	DeletedAgain int `json:"deletedAgain,omitempty"`
	// Facts that the script noted.
	Facts map[string]any `json:"facts,omitempty"`
	// Created and deleted pods of sets, counted by those who watched.
	Created int `json:"created"`
	Deleted int `json:"deleted"`

	Requests gateway.Counts    `json:"requests"`
	Promises promises.Findings `json:"promises"`
}

// NodePods are one node's pods; the empty name is for pods of no node.
type NodePods struct {
	Node string `json:"node"`
	Pods []Pod  `json:"pods"`
}

// Pod is a pod's digest, and whether it was there after the step before.
type Pod struct {
	Object string `json:"object"`
	Kept   bool   `json:"kept"`
}

// Excused says whether a broken promise is a known fault of the Go controller, and it ran. It has two. It takes a create
// without an answer for one that failed, and may make a pod too many. And it counts a deletion as seen both when the pod
// is marked and when it is gone, so that when its watch is late it may take the second for that of another pod, and
// delete one pod more than it should, or one twice. Any other operator must keep its promises there too.
func (r *Recording) Excused(c *Chapter, broken string) bool {
	if r.Operator != "go" {
		return false
	}
	tooMany := strings.HasSuffix(broken, promises.BesideOthers) || strings.HasSuffix(broken, promises.TooManySurging)
	return c.AnswersLost && tooMany || strings.Contains(broken, promises.WithoutAvailable)
}

// Write writes a recording, compressed.
func (r *Recording) Write(path string) error {
	file, err := os.Create(path)
	if err != nil {
		return err
	}
	zip := gzip.NewWriter(file)
	encoder := json.NewEncoder(zip)
	encoder.SetIndent("", " ")
	if err := encoder.Encode(r); err != nil {
		return err
	}
	if err := zip.Close(); err != nil {
		return err
	}
	return file.Close()
}

// Read reads what Write wrote.
func Read(path string) (*Recording, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	zip, err := gzip.NewReader(file)
	if err != nil {
		return nil, err
	}
	var r Recording
	return &r, json.NewDecoder(zip).Decode(&r)
}
