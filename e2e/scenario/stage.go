package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"

	"e2e/internal/cluster"
	"e2e/internal/gateway"
	"e2e/internal/history"
	"e2e/internal/kubelet"
	"e2e/internal/promises"
	"e2e/internal/recording"
)

// namespace is where all sets of the scenario live.
const namespace = "infra"

// Stage is one control plane with its nodes, its operator, and those who watch.
type Stage struct {
	*cluster.Cluster
	ctx      context.Context
	options  *options
	logs     string
	world    *history.World
	kubelets *kubelet.Kubelets
	judge    *promises.Judge
	gateway  *gateway.Gateway
	operator *cluster.Process
	// kubernetes is the Go controller where the operator is one beside it.
	kubernetes *cluster.Process
	random     *rand.Rand

	quiet time.Duration
	// anyEvents says that the chapter's events depend on when something happens.
	anyEvents bool
	chapter   *recording.Chapter
	facts     map[string]any
	started   time.Time
	there     map[types.UID]bool
	touched   int

	eventsLost int
	deletes    int // More than pods deleted, so far.
}

// operators that can run. Only what the one under test asks is counted.
type role int

const (
	underTest role = iota
	goController
)

// openStage starts a control plane and those who watch it.
func openStage(ctx context.Context, o *options, c *chapter, dir string) (*Stage, error) {
	logs := filepath.Join(o.logs, c.name)
	if err := os.MkdirAll(logs, 0o755); err != nil {
		return nil, err
	}
	control, err := cluster.Start(ctx, o.controlplane, dir, o.rights)
	if err != nil {
		return nil, err
	}
	s := &Stage{
		Cluster: control, ctx: ctx, options: o, logs: logs, world: history.New(),
		judge: promises.NewJudge(c.window), quiet: c.quiet, anyEvents: c.anyEvents, there: map[types.UID]bool{},
		random:  rand.New(rand.NewPCG(o.seed, uint64(len(c.name)))),
		chapter: &recording.Chapter{Name: c.name, AnswersLost: c.answersLost, Objects: map[string]any{}}, facts: map[string]any{},
	}
	// What an operator beside the Go controller does is judged by the chapter.
	if !c.underPolicy {
		s.world.Listen(s.judge.See)
	}
	s.kubelets = kubelet.New(ctx, control.Kubelet, s.world)
	user := cluster.Operator
	if o.rights != nil {
		user = cluster.Candidate
	}
	if s.gateway, err = gateway.Open(control.APIServer(), user); err == nil {
		err = s.world.Follow(ctx, control.Etcd())
	}
	if err == nil {
		err = control.Admin.Create(ctx, "/api/v1/namespaces", object{"metadata": object{"name": namespace}})
	}
	if err != nil {
		s.close()
		return nil, err
	}
	return s, nil
}

func (s *Stage) close() {
	for _, process := range []*cluster.Process{s.operator, s.kubernetes} {
		if process != nil {
			process.Kill()
		}
	}
	if s.gateway != nil {
		s.gateway.Close()
	}
	s.Cluster.Close()
}

// failure ends a chapter.
type failure struct{ err error }

// must ends the chapter if there is an error.
func (s *Stage) must(err error) {
	if err != nil {
		panic(failure{err})
	}
}

// startOperator starts the operator under test, or the Go controller in its place.
func (s *Stage) startOperator(r role) {
	command := strings.Fields(s.options.operator)
	server, token, name := s.gateway.Address(), "", "operator"
	if r == goController {
		command, server, token, name = []string{"go"}, s.APIServer(), cluster.Operator, "go-controller"
	}
	s.operator = s.start(command, server, token, name)
}

// startKubernetes starts the Go controller beside the operator under test.
func (s *Stage) startKubernetes() {
	s.kubernetes = s.start([]string{"go"}, s.APIServer(), cluster.Operator, "go-controller")
}

func (s *Stage) start(command []string, server, token, name string) *cluster.Process {
	kubeconfig := filepath.Join(s.logs, name+".kubeconfig")
	s.must(os.WriteFile(kubeconfig, cluster.Kubeconfig(server, token), 0o600))
	if len(command) == 1 && command[0] == "go" {
		command = []string{s.Binary(), "kube-controller-manager", "--kubeconfig=" + kubeconfig, "--controllers=daemonset-controller",
			"--leader-elect=false", "--secure-port=0"}
	}
	p, err := cluster.StartProcess(name, filepath.Join(s.logs, name+".log"), []string{"KUBECONFIG=" + kubeconfig, "NO_COLOR=1"}, command...)
	s.must(err)
	return p
}

// stopOperator lets the operator end as when it is rolled out anew.
func (s *Stage) stopOperator() {
	s.operator.Stop()
	s.operator = nil
}

// option changes what a step waits for.
type option func(*wait)

type wait struct {
	conditions []func(*history.World) bool
	names      []string
	quiet      time.Duration
	timeout    time.Duration
	open       recording.Step
}

// until has a step wait for a condition too; the name is for people.
func until(name string, condition func(*history.World) bool) option {
	return func(w *wait) {
		w.conditions, w.names = append(w.conditions, condition), append(w.names, name)
	}
}

// anyNode says that Kubernetes leaves open which nodes the step concerns.
func anyNode(w *wait) { w.open.AnyNode = true }

// anyCount says that how many pods the step creates and deletes depends on how soon something happens.
func anyCount(w *wait) { w.open.AnyCount = true }

// quietFor has the step wait until nothing changed for that long.
func quietFor(d time.Duration) option { return func(w *wait) { w.quiet = max(w.quiet, d) } }

// step does something to the control plane, waits until it has come to rest, and records what is to be seen.
func (s *Stage) step(name string, do func(), options ...option) {
	w := wait{quiet: s.quiet, timeout: 2 * time.Minute}
	for _, o := range options {
		o(&w)
	}
	s.started = time.Now()
	do()
	s.settle(name, &w)
	s.record(name, w.open)
}

// mark has the clock of the step begin now.
func (s *Stage) mark() { s.started = time.Now() }

func (s *Stage) settle(name string, w *wait) {
	ctx, cancel := context.WithTimeout(s.ctx, w.timeout)
	defer cancel()
	done := time.Now()
	waitsFor := ""
	var ended error
	err := s.world.Wait(ctx, func(world *history.World) bool {
		if ended = s.operatorEnded(); ended != nil {
			return true
		}
		for i, condition := range w.conditions {
			if !condition(world) {
				waitsFor = w.names[i]
				return false
			}
		}
		waitsFor = "the kubelets"
		if !s.kubelets.Idle() {
			return false
		}
		for _, track := range world.Sets {
			if set := track.Now; set != nil && set.DeletionTimestamp == nil && set.Status.ObservedGeneration != set.Generation {
				waitsFor = "the generation to be observed"
				return false
			}
		}
		waitsFor = "rest"
		return time.Since(done) >= w.quiet && time.Since(world.LastChange()) >= w.quiet && time.Since(world.LastEvent()) >= w.quiet
	})
	if ended != nil {
		s.must(fmt.Errorf("%s: %w", name, ended))
	}
	if err != nil {
		if s.ctx.Err() == nil {
			err = fmt.Errorf("%s: waited %s for %s", name, w.timeout, waitsFor)
			s.record(name+" (not at rest)", recording.Step{AnyNode: true})
		}
		s.must(err)
	}
}

// wait waits for a condition, for a minute at most, without recording anything.
func (s *Stage) wait(what string, condition func(*history.World) bool) {
	ctx, cancel := context.WithTimeout(s.ctx, time.Minute)
	defer cancel()
	var ended error
	err := s.world.Wait(ctx, func(world *history.World) bool {
		ended = s.operatorEnded()
		return ended != nil || condition(world)
	})
	if err != nil && s.ctx.Err() == nil {
		err = fmt.Errorf("waited a minute for %s", what)
	}
	s.must(errors.Join(ended, err))
}

// operatorEnded is an error if the operator should run and does not.
func (s *Stage) operatorEnded() error {
	if s.operator == nil {
		return nil
	}
	if exited, how := s.operator.Exited(); exited {
		return fmt.Errorf("the operator ended: %v; see %s", how, s.logs)
	}
	return nil
}

// sleep waits, unless the scenario is called off.
func (s *Stage) sleep(d time.Duration) {
	select {
	case <-s.ctx.Done():
		s.must(s.ctx.Err())
	case <-time.After(d):
	}
}

// complete is the condition that a set's rollout is done.
func complete(name string) option {
	return until("the rollout of "+name, func(w *history.World) bool {
		set := w.Set(namespace, name)
		if set == nil {
			return false
		}
		st, pods := set.Status, w.PodsOf(set.UID)
		for _, pod := range pods {
			if pod.DeletionTimestamp != nil {
				return false
			}
		}
		return st.ObservedGeneration == set.Generation && st.DesiredNumberScheduled > 0 && st.UpdatedNumberScheduled == st.DesiredNumberScheduled &&
			st.NumberAvailable == st.DesiredNumberScheduled && st.CurrentNumberScheduled == st.DesiredNumberScheduled &&
			int(st.DesiredNumberScheduled+st.NumberMisscheduled) <= len(pods)
	})
}

// status is a condition of a set's status.
func status(name, what string, holds func(appsv1.DaemonSetStatus) bool) option {
	return until(what, func(w *history.World) bool {
		set := w.Set(namespace, name)
		return set != nil && holds(set.Status)
	})
}

// absent is the condition that a set is gone.
func absent(name string) option {
	return until(name+" to be gone", func(w *history.World) bool { return w.Set(namespace, name) == nil })
}

// noPods is the condition that no pod with this label `app` is left.
func noPods(app string) option {
	return until("the pods of "+app+" to be gone", func(w *history.World) bool {
		for _, pod := range w.Pods {
			if pod.Labels["app"] == app {
				return false
			}
		}
		return true
	})
}

// podsOn are the pods on a node.
func (s *Stage) podsOn(node string) []*corev1.Pod {
	var out []*corev1.Pod
	s.world.Read(func() {
		for _, pod := range s.world.Pods {
			if pod.Spec.NodeName == node {
				out = append(out, pod)
			}
		}
	})
	return out
}

// podOn is the only pod on a node.
func (s *Stage) podOn(node string) *corev1.Pod {
	pods := s.podsOn(node)
	if len(pods) != 1 {
		s.must(fmt.Errorf("node %s has %d pods, not one", node, len(pods)))
	}
	return pods[0]
}
