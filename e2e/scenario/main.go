// Command scenario tells one story to real API servers, with an operator in the place of the DaemonSet controller, and
// records after every step what is to be seen. README.md says what the story is and what it proves.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"e2e/internal/cluster"
	"e2e/internal/gateway"
	"e2e/internal/recording"
)

type options struct {
	controlplane, operator, out, logs string
	seed                              uint64
	sabotage                          bool
	// rights are all that the operator under test is allowed; everything if nil.
	rights *cluster.Rights
}

// chapter is one control plane's story.
type chapter struct {
	name string
	tell func(*Stage)
	// quiet is how long nothing must change for the control plane to be at rest.
	quiet time.Duration
	// window is how old what a controller acts on may be: how late its watches are, and how long its writes may queue.
	window time.Duration
	// anyEvents says that which events there are depends on when something happens.
	anyEvents bool
	// answersLost says that the answers to some writes get lost.
	answersLost bool
	// underPolicy says that the operator is not the DaemonSet controller but one beside it that deletes pods.
	underPolicy bool
}

// chapters, the longest first, so that lanes end at about the same time.
var chapters = []chapter{
	{name: "story", tell: story},
	{name: "away", tell: away, anyEvents: true},
	{name: "delayed", tell: delayed, quiet: 3500 * time.Millisecond, window: 5 * time.Second},
	{name: "large", tell: large, window: 20 * time.Second},
	{name: "handover", tell: handover, anyEvents: true},
	{name: "killed", tell: killed, anyEvents: true},
	{name: "lost", tell: lost, quiet: 2500 * time.Millisecond, anyEvents: true, answersLost: true},
	{name: "quota", tell: quota},
	{name: "oddities", tell: oddities},
	{name: "namespace", tell: endOfNamespace},
	{name: "basics", tell: basics},
}

// policyChapters are told with an operator beside the Go controller.
var policyChapters = []chapter{
	{name: "waves", tell: waves, anyEvents: true, underPolicy: true},
	{name: "stops", tell: stops, anyEvents: true, underPolicy: true},
}

// What a chapter has if it does not say.
const (
	usualQuiet  = time.Second
	usualWindow = 3 * time.Second
)

func main() {
	var o options
	flag.StringVar(&o.controlplane, "controlplane", "controlplane", "the built controlplane command")
	flag.StringVar(&o.operator, "operator", "go", "`command` of the operator under test, started with KUBECONFIG; go is the built-in DaemonSet controller")
	flag.StringVar(&o.out, "out", "recording.json.gz", "where the recording goes; logs go beside it")
	flag.Uint64Var(&o.seed, "seed", 1, "draws where operators are killed and watches break")
	flag.BoolVar(&o.sabotage, "sabotage", false, "break promises on purpose, to see that it shows")
	policy := flag.Bool("policy", false, "tell the chapters of an operator that carries policies out beside the Go controller")
	only := flag.String("only", "", "chapters to tell, with commas between; all if empty")
	lanes := flag.Int("lanes", 5, "chapters told at the same time")
	rights := flag.String("rights", "", "a manifest with a ServiceAccount and its ClusterRole: the operator under test is allowed that and no more")
	ask := flag.String("ask", "", "instead of the story: a rollout that is stuck, and this `command` run beside it, with KUBECONFIG")
	limit := flag.Duration("limit", 15*time.Minute, "when to stop, come what may")
	flag.Parse()
	o.logs = strings.TrimSuffix(o.out, ".json.gz") + ".logs"

	ctx, cancel := context.WithTimeout(context.Background(), *limit)
	defer cancel()
	ctx, stop := signal.NotifyContext(ctx, syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	all := chapters
	if *policy {
		all = policyChapters
	}
	chosen, err := chosen(all, *only)
	if *ask != "" {
		chosen, err = []chapter{asked(*ask)}, nil
	}
	if err == nil && *rights != "" {
		o.rights, err = cluster.ReadRights(*rights)
	}
	if err == nil {
		err = run(ctx, &o, chosen, *lanes, *only == "")
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "scenario:", err)
		os.Exit(1)
	}
}

// chosen are the chapters of these names, or all.
func chosen(all []chapter, only string) ([]chapter, error) {
	var told []chapter
	for _, c := range all {
		if only == "" || slices.Contains(strings.Split(only, ","), c.name) {
			told = append(told, c)
		}
	}
	if len(told) == 0 {
		return nil, fmt.Errorf("no chapter is called %q", only)
	}
	return told, nil
}

func run(ctx context.Context, o *options, told []chapter, lanes int, all bool) error {
	began := time.Now()
	results := make([]recording.Chapter, len(told))
	var wait sync.WaitGroup
	lane := make(chan struct{}, lanes)
	for i := range told {
		lane <- struct{}{}
		wait.Add(1)
		go func() {
			defer wait.Done()
			defer func() { <-lane }()
			results[i] = tell(ctx, o, &told[i])
		}()
	}
	wait.Wait()
	r := recording.Recording{Operator: o.operator, Seconds: time.Since(began).Seconds(), Chapters: results}
	if err := r.Write(o.out); err != nil {
		return err
	}
	return errors.Join(verdict(&r, o.sabotage), exactRights(&r, o.rights, all))
}

// exactRights fails a run in which the operator asked for more than it is allowed, or, of all chapters together, for less.
func exactRights(r *recording.Recording, rights *cluster.Rights, all bool) error {
	if rights == nil {
		return nil
	}
	var wrong []error
	used := map[string]bool{}
	for _, c := range r.Chapters {
		for _, step := range c.Steps {
			for request := range step.Requests {
				right, refused := strings.CutSuffix(request, " "+gateway.NotAllowed)
				if refused {
					wrong = append(wrong, fmt.Errorf("%s, %s: not allowed to %s", c.Name, step.Name, right))
				}
				verb, rest, _ := strings.Cut(request, " ")
				resource, _, _ := strings.Cut(rest, " ")
				used[verb+" "+resource] = true
			}
		}
	}
	if unused := rights.Unused(used); all && len(unused) > 0 {
		wrong = append(wrong, fmt.Errorf("allowed and never done: %s", strings.Join(unused, ", ")))
	}
	return errors.Join(wrong...)
}

// verdict fails a run that did not reach its end or in which a promise was broken, unless it was meant to be.
func verdict(r *recording.Recording, sabotage bool) error {
	var wrong []error
	for _, c := range r.Chapters {
		if c.Failed != "" {
			wrong = append(wrong, fmt.Errorf("%s: %s", c.Name, c.Failed))
		}
		for _, step := range c.Steps {
			for _, broken := range step.Promises.Broken {
				if !sabotage && !r.Excused(&c, broken) {
					wrong = append(wrong, fmt.Errorf("%s, %s: %s", c.Name, step.Name, broken))
				}
			}
		}
	}
	if sabotage {
		wrong = append(wrong, caught(r))
	}
	fmt.Printf("%s: %d chapters in %.0f s\n", r.Operator, len(r.Chapters), r.Seconds)
	return errors.Join(wrong...)
}

// tell tells one chapter on a control plane of its own.
func tell(ctx context.Context, o *options, c *chapter) (result recording.Chapter) {
	began := time.Now()
	c.quiet, c.window = max(c.quiet, usualQuiet), max(c.window, usualWindow)
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	result = recording.Chapter{Name: c.name}
	dir, err := os.MkdirTemp("", "daemonset-e2e-")
	if err != nil {
		result.Failed = err.Error()
		return result
	}
	defer os.RemoveAll(dir)
	s, err := openStage(ctx, o, c, dir)
	if err != nil {
		result.Failed = err.Error()
		return result
	}
	defer func() {
		if problem := recover(); problem != nil {
			f, ok := problem.(failure)
			if !ok {
				s.close()
				panic(problem)
			}
			s.chapter.Failed = f.err.Error()
			fmt.Printf("%-10s FAILED: %v\n", c.name, f.err)
		}
		s.close()
		keepLogs(s, dir)
		s.chapter.Seconds = time.Since(began).Seconds()
		result = *s.chapter
	}()
	c.tell(s)
	return result
}

// keepLogs keeps what the control plane wrote if the chapter failed.
func keepLogs(s *Stage, dir string) {
	if s.chapter.Failed == "" {
		return
	}
	logs, _ := filepath.Glob(filepath.Join(dir, "*.log"))
	for _, log := range logs {
		if text, err := os.ReadFile(log); err == nil {
			_ = os.WriteFile(filepath.Join(s.logs, filepath.Base(log)), text, 0o644)
		}
	}
}
