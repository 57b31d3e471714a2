package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"sync"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"e2e/internal/cluster"
	"e2e/internal/history"
)

// object is JSON as it is sent.
type object = map[string]any

// template is one in which nearly every field that matters to a DaemonSet is used.
func template(app, image string) object {
	return object{
		"metadata": object{"labels": object{"app": app}, "annotations": object{"example.com/scrape": "true"}},
		"spec": object{
			"hostNetwork": true, "priorityClassName": "system-node-critical", "terminationGracePeriodSeconds": 5,
			"nodeSelector": object{"kubernetes.io/os": "linux"},
			"affinity": object{"nodeAffinity": object{
				"requiredDuringSchedulingIgnoredDuringExecution": object{"nodeSelectorTerms": []any{
					object{"matchExpressions": []any{object{"key": "tier", "operator": "NotIn", "values": []any{"edge"}}}},
				}},
				"preferredDuringSchedulingIgnoredDuringExecution": []any{
					object{"weight": 1, "preference": object{"matchExpressions": []any{object{"key": "disk", "operator": "In", "values": []any{"ssd"}}}}},
				},
			}},
			"tolerations": []any{
				object{"key": "node-role.kubernetes.io/control-plane", "effect": "NoSchedule", "operator": "Exists"},
				object{"key": "node.kubernetes.io/not-ready", "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 30},
			},
			"initContainers": []any{
				object{"name": "init", "image": "init:1", "command": []any{"sh", "-c", "echo <&> \u2028"}},
				object{"name": "side", "image": "side:1", "restartPolicy": "Always"},
			},
			"containers": []any{object{
				"name": "agent", "image": image, "ports": []any{object{"containerPort": 9100, "hostPort": 9100}},
				"resources":     object{"requests": object{"cpu": "0.1", "memory": "104857600"}, "limits": object{"memory": "0.5Gi"}},
				"env":           []any{object{"name": "NODE", "valueFrom": object{"fieldRef": object{"fieldPath": "spec.nodeName"}}}},
				"livenessProbe": object{"httpGet": object{"path": "/", "port": 9100}},
				"volumeMounts":  []any{object{"name": "root", "mountPath": "/root", "readOnly": true}},
			}},
			"volumes": []any{object{"name": "root", "hostPath": object{"path": "/"}}},
		},
	}
}

// small is a template of one container.
func small(app, image string) object {
	return object{
		"metadata": object{"labels": object{"app": app}},
		"spec":     object{"containers": []any{object{"name": "agent", "image": image}}, "terminationGracePeriodSeconds": 5},
	}
}

func cause(image string) object {
	return object{"kubernetes.io/change-cause": "image " + image}
}

// daemonSet is a DaemonSet whose pods have the label `app` with its name.
func daemonSet(name, image string, template, strategy object) object {
	return object{
		"apiVersion": "apps/v1", "kind": "DaemonSet",
		"metadata": object{"name": name, "namespace": namespace, "labels": object{"team": "x"}, "annotations": cause(image)},
		"spec":     object{"selector": object{"matchLabels": object{"app": name}}, "updateStrategy": strategy, "template": template},
	}
}

func unavailable(n any) object {
	return object{"type": "RollingUpdate", "rollingUpdate": object{"maxUnavailable": n}}
}

func surge(n any) object {
	return object{"type": "RollingUpdate", "rollingUpdate": object{"maxUnavailable": 0, "maxSurge": n}}
}

func setPath(name string) string {
	return "/apis/apps/v1/namespaces/" + namespace + "/daemonsets/" + name
}

func podPath(name string) string {
	return "/api/v1/namespaces/" + namespace + "/pods/" + name
}

const setsPath = "/apis/apps/v1/namespaces/" + namespace + "/daemonsets"
const revisionsPath = "/apis/apps/v1/namespaces/" + namespace + "/controllerrevisions"

// apply is `kubectl apply`.
func (s *Stage) apply(o object) {
	text, err := json.Marshal(o)
	s.must(err)
	_, err = s.Kubectl(s.ctx, string(text), "apply", "-f", "-")
	s.must(err)
}

// kubectl runs kubectl in the namespace.
func (s *Stage) kubectl(args ...string) {
	_, err := s.Kubectl(s.ctx, "", append([]string{"-n", namespace}, args...)...)
	s.must(err)
}

func (s *Stage) create(path string, o object) { s.must(s.Admin.Create(s.ctx, path, o)) }

func (s *Stage) patch(path string, o object) {
	s.must(s.Admin.Patch(s.ctx, path, cluster.MergePatch, o))
}

func (s *Stage) patchSpec(set string, spec object) { s.patch(setPath(set), object{"spec": spec}) }

// strategy replaces a set's update strategy whole.
func (s *Stage) strategy(set string, strategy object) {
	s.must(s.Admin.Patch(s.ctx, setPath(set), cluster.JSONPatch, []any{object{"op": "replace", "path": "/spec/updateStrategy", "value": strategy}}))
}

// image has a set run another image, and says why.
func (s *Stage) image(set, image string) {
	s.patch(setPath(set), object{"metadata": object{"annotations": cause(image)}})
	s.kubectl("set", "image", "ds/"+set, "agent="+image)
}

// node makes a node that is ready.
func (s *Stage) node(name string, labels map[string]string, taints ...object) {
	all := object{"kubernetes.io/hostname": name, "kubernetes.io/os": "linux", "kubernetes.io/arch": "amd64"}
	for key, value := range labels {
		all[key] = value
	}
	spec := object{}
	for _, taint := range taints {
		if taint["key"] == "node.kubernetes.io/unschedulable" {
			spec["unschedulable"] = true
		}
	}
	now := time.Now().UTC().Format(time.RFC3339)
	resources := object{"cpu": "4", "memory": "16Gi", "pods": "110"}
	s.create("/api/v1/nodes", object{
		"metadata": object{"name": name, "labels": all}, "spec": spec,
		"status": object{"capacity": resources, "allocatable": resources, "conditions": []any{
			object{"type": "Ready", "status": "True", "lastHeartbeatTime": now, "lastTransitionTime": now, "reason": "KubeletReady", "message": "ready"},
		}},
	})
	// Admission taints a new node as not ready, and no controller that would lift that runs here.
	s.patch("/api/v1/nodes/"+name, object{"spec": object{"taints": taints}})
}

// nodes makes n nodes, eight at a time.
func (s *Stage) nodes(prefix string, from, to int) {
	var wait sync.WaitGroup
	var mu sync.Mutex
	var failed error
	limit := make(chan struct{}, 8)
	for i := from; i < to; i++ {
		wait.Add(1)
		go func() {
			defer wait.Done()
			limit <- struct{}{}
			defer func() { <-limit }()
			defer func() {
				if f, ok := recover().(failure); ok {
					mu.Lock()
					failed = f.err
					mu.Unlock()
				}
			}()
			s.node(fmt.Sprintf("%s%03d", prefix, i), nil)
		}()
	}
	wait.Wait()
	s.must(failed)
}

func taint(key, value, effect string) object {
	return object{"key": key, "value": value, "effect": effect}
}

// touch changes a set so that its controller looks at it. The Go controller does not when a node is gone or takes no new
// pods: it finds out at the next change of something else, and until then its status is behind.
func (s *Stage) touch(set string) {
	s.sleep(500 * time.Millisecond) // So that it has seen what happened before: nodes and sets come by two watches.
	s.touched++
	s.patch(setPath(set), object{"metadata": object{"annotations": object{"touched": fmt.Sprint(s.touched)}}})
}

func (s *Stage) deleteNode(name string) { s.must(s.Admin.Delete(s.ctx, "/api/v1/nodes/"+name, nil)) }

// deletePod deletes a pod as people do.
func (s *Stage) deletePod(name string, uid types.UID) {
	s.judge.Expect(uid)
	s.must(s.Admin.Delete(s.ctx, podPath(name), nil))
}

// deletePodOn deletes the only pod on a node.
func (s *Stage) deletePodOn(node string) {
	pod := s.podOn(node)
	s.deletePod(pod.Name, pod.UID)
}

// collectPodsOn removes the pods of a node that is gone, as the pod garbage collector does in time.
func (s *Stage) collectPodsOn(node string) {
	for _, pod := range s.podsOn(node) {
		s.judge.Expect(pod.UID)
		zero := int64(0)
		s.must(s.Admin.Delete(s.ctx, podPath(pod.Name), &metav1.DeleteOptions{GracePeriodSeconds: &zero}))
	}
}

// end has the containers of the only pod on a node end: Failed or Succeeded.
func (s *Stage) end(node, phase string) types.UID {
	pod := s.podOn(node)
	s.patch(podPath(pod.Name)+"/status", object{"status": object{"phase": phase}})
	return pod.UID
}

// running says whether a node has one pod and it runs.
func running(node string) func(*history.World) bool {
	return func(w *history.World) bool {
		n, ok := 0, false
		for _, pod := range w.Pods {
			if pod.Spec.NodeName == node {
				n++
				ok = pod.Status.Phase == "Running" && pod.DeletionTimestamp == nil
			}
		}
		return n == 1 && ok
	}
}

// live is a DaemonSet as it is, to be created once more.
func (s *Stage) live(name string) object {
	var o object
	s.must(s.Admin.Get(s.ctx, setPath(name), &o))
	meta := o["metadata"].(object)
	return object{"apiVersion": "apps/v1", "kind": "DaemonSet", "spec": o["spec"], "metadata": object{
		"name": meta["name"], "namespace": meta["namespace"], "labels": meta["labels"], "annotations": meta["annotations"],
	}}
}

// withImage counts a set's pods that are to stay and have an image.
func withImage(w *history.World, image string) int {
	n := 0
	for _, pod := range w.Pods {
		if pod.DeletionTimestamp == nil && pod.Spec.Containers[0].Image == image {
			n++
		}
	}
	return n
}

// raw sends bytes as they are.
func (s *Stage) raw(path string, body []byte) {
	_, err := s.Admin.Raw(s.ctx, http.MethodPost, path, "application/json", body)
	s.must(err)
}
