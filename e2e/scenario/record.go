package main

import (
	"encoding/json"
	"fmt"
	"net/url"
	"regexp"
	"sort"
	"strings"
	"sync"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	"k8s.io/apimachinery/pkg/types"

	"e2e/internal/history"
	"e2e/internal/recording"
)

// names lets recordings call objects as the world does.
type names struct{ *history.World }

func (n names) UID(uid string) string { return n.World.UID(types.UID(uid)) }

// record adds what is to be seen to the recording. Step says what is left open.
func (s *Stage) record(name string, step recording.Step) {
	var last time.Time
	s.world.Read(func() { last = s.world.LastChange() })
	step.Name, step.AnyEvents = name, s.anyEvents || step.AnyCount
	step.Seconds = max(0, last.Sub(s.started).Seconds())
	step.Requests, step.Promises, step.Facts = s.gateway.Take(), s.judge.Take(), s.facts
	step.Sets, step.Revisions, step.Nodes = map[string]string{}, map[string]string{}, map[string]string{}
	step.RolloutStatus, step.RolloutHistory = map[string]string{}, map[string]string{}
	step.Events = map[string]map[string]int{}
	s.facts = map[string]any{}
	s.eventsLost += step.Requests["create events 409"]
	step.EventsLost = s.eventsLost
	for why, count := range step.Promises.Actions {
		if why == "created" {
			step.Created += count
		} else {
			step.Deleted += count
		}
	}
	s.deletes += step.Requests["delete pods 2xx"] - step.Deleted
	step.DeletedAgain = max(0, s.deletes)
	s.recordPods(&step)
	for _, node := range s.list("Node", "v1", "/api/v1/nodes") {
		step.Nodes[metaString(node, "name")] = s.digest(node)
	}
	for _, set := range s.list("DaemonSet", "apps/v1", "/apis/apps/v1/namespaces/"+namespace+"/daemonsets") {
		name := metaString(set, "name")
		step.Sets[name] = s.digest(set)
		s.recordRollout(&step, name)
	}
	s.recordRevisions(&step)
	s.recordEvents(&step)
	s.chapter.Steps = append(s.chapter.Steps, step)
	fmt.Printf("%-10s %-34s %5.1f s  %d pods, %d created, %d deleted%s\n", s.chapter.Name, name, step.Seconds, countPods(&step), step.Created, step.Deleted,
		strings.Join(append([]string{""}, step.Promises.Broken...), "\n    BROKEN "))
}

func countPods(step *recording.Step) int {
	n := 0
	for _, node := range step.Pods {
		n += len(node.Pods)
	}
	return n
}

// list reads a list as it is, with the kind and version that the items of a list lack.
func (s *Stage) list(kind, version, path string) []map[string]any {
	var list struct{ Items []map[string]any }
	s.must(s.Admin.Get(s.ctx, path, &list))
	for _, item := range list.Items {
		item["kind"], item["apiVersion"] = kind, version
	}
	return list.Items
}

func metaString(object map[string]any, key string) string {
	value, _ := object["metadata"].(map[string]any)[key].(string)
	return value
}

func (s *Stage) digest(object map[string]any) string {
	return recording.Digest(s.chapter.Objects, recording.Neutral(names{s.world}, object))
}

func (s *Stage) recordPods(step *recording.Step) {
	byNode := map[string][]recording.Pod{}
	there := map[types.UID]bool{}
	for _, pod := range s.list("Pod", "v1", "/api/v1/namespaces/"+namespace+"/pods") {
		uid := types.UID(metaString(pod, "uid"))
		there[uid] = true
		spec := pod["spec"].(map[string]any)
		node, _ := spec["nodeName"].(string)
		if node == "" {
			node = recording.NodeOfAffinity(spec)
		}
		byNode[node] = append(byNode[node], recording.Pod{Object: s.digest(pod), Kept: s.there[uid]})
	}
	s.there = there
	for node, pods := range byNode {
		sort.Slice(pods, func(i, j int) bool {
			return pods[i].Object < pods[j].Object || pods[i].Object == pods[j].Object && pods[i].Kept && !pods[j].Kept
		})
		step.Pods = append(step.Pods, recording.NodePods{Node: node, Pods: pods})
	}
	key := func(n recording.NodePods) string {
		if step.AnyNode {
			text, _ := json.Marshal(n.Pods)
			return string(text)
		}
		return n.Node
	}
	sort.Slice(step.Pods, func(i, j int) bool { return key(step.Pods[i]) < key(step.Pods[j]) })
	if step.AnyNode {
		for i := range step.Pods {
			step.Pods[i].Node = "(any)"
		}
	}
}

// recordRevisions takes a revision's data as etcd has it: the bytes, which the Go controller compares, are not what the
// API server shows.
func (s *Stage) recordRevisions(step *recording.Step) {
	data := map[types.UID]string{}
	s.world.Read(func() {
		for uid, track := range s.world.Revisions {
			if track.Now != nil {
				data[uid] = string(track.Now.Data.Raw)
			}
		}
	})
	for _, revision := range s.list("ControllerRevision", "apps/v1", "/apis/apps/v1/namespaces/"+namespace+"/controllerrevisions") {
		revision["data"] = data[types.UID(metaString(revision, "uid"))]
		digest := s.digest(revision)
		step.Revisions[metaString(revision, "name")] = digest
	}
}

func (s *Stage) recordRollout(step *recording.Step, set string) {
	var wait sync.WaitGroup
	var status, history string
	wait.Add(2)
	// Kubectl's exit status is no matter: what it prints says as much.
	go func() {
		defer wait.Done()
		status, _ = s.Kubectl(s.ctx, "", "-n", namespace, "rollout", "status", "ds/"+set, "--watch=false")
	}()
	go func() {
		defer wait.Done()
		history, _ = s.Kubectl(s.ctx, "", "-n", namespace, "rollout", "history", "ds/"+set)
	}()
	wait.Wait()
	step.RolloutStatus[set], step.RolloutHistory[set] = status, history
}

// podName matches the random part of pod names in sentences.
var podName = regexp.MustCompile(`([a-z0-9-]+-)[bcdfghjklmnpqrstvwxz2456789]{5}\b`)

func (s *Stage) recordEvents(step *recording.Step) {
	selector := url.QueryEscape("involvedObject.kind=DaemonSet")
	for _, event := range s.list("Event", "v1", "/api/v1/namespaces/"+namespace+"/events?fieldSelector="+selector) {
		of := event["involvedObject"].(map[string]any)
		uid, _ := of["uid"].(string)
		key := fmt.Sprintf("DaemonSet %s: %v %v", s.world.UID(types.UID(uid)), event["type"], event["reason"])
		message, _ := event["message"].(string)
		count := 1
		if n, ok := event["count"].(float64); ok {
			count = int(n)
		}
		if series, ok := event["series"].(map[string]any); ok {
			if n, ok := series["count"].(float64); ok {
				count = int(n)
			}
		}
		if step.Events[key] == nil {
			step.Events[key] = map[string]int{}
		}
		step.Events[key][podName.ReplaceAllString(message, "$1*")] += count
	}
}

// fact notes something with the step that is under way.
func (s *Stage) fact(name string, value any) { s.facts[name] = value }

// revisionVersions are the resource versions of all revisions: they tell whether any was written.
func (s *Stage) revisionVersions() map[string]string {
	out := map[string]string{}
	s.world.Read(func() {
		for _, track := range s.world.Revisions {
			if track.Now != nil {
				out[track.Now.Name] = track.Now.ResourceVersion
			}
		}
	})
	return out
}

// revisionOf is a revision of a set by its number.
func (s *Stage) revisionOf(set string, number int64) *appsv1.ControllerRevision {
	var found *appsv1.ControllerRevision
	s.world.Read(func() {
		for _, track := range s.world.Revisions {
			if r := track.Now; r != nil && r.Revision == number && strings.HasPrefix(r.Name, set+"-") {
				found = r
			}
		}
	})
	if found == nil {
		s.must(fmt.Errorf("%s has no revision %d", set, number))
	}
	return found
}
