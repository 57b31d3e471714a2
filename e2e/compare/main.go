// Command compare holds one recording of the scenario against another, field by field, and weighs what they cost.
//
//	compare [-requests 1.1] [-chapter-requests 1.5] [-time 1.0] REFERENCE CANDIDATE
//
// It exits with 1 if anything differs, if the candidate broke a promise, or if it cost more than it may.
package main

import (
	"flag"
	"fmt"
	"os"
	"slices"
	"sort"
	"strings"
	"text/tabwriter"

	"e2e/internal/difference"
	"e2e/internal/recording"
)

// limits are how much more than the reference a candidate may take; 0 does not judge.
type limits struct{ requests, chapterRequests, time float64 }

func main() {
	var most limits
	flag.Float64Var(&most.requests, "requests", 0, "the candidate's requests in all, at most so many times the reference's; 0 does not judge")
	flag.Float64Var(&most.chapterRequests, "chapter-requests", 0, "those of each chapter, likewise")
	flag.Float64Var(&most.time, "time", 0, "its time to settle in all, likewise")
	lines := flag.Int("lines", 12, "differences to print of one step")
	only := flag.String("only", "", "the one chapter to compare; all if empty")
	kinds := flag.Bool("kinds", false, "print requests, and what the judge made of created and deleted pods, by kind")
	flag.Parse()
	if flag.NArg() != 2 {
		fmt.Fprintln(os.Stderr, "compare wants two recordings: the reference's and the candidate's")
		os.Exit(2)
	}
	a, b := read(flag.Arg(0), *only), read(flag.Arg(1), *only)
	passed, failed := recordings(a, b, most, *lines)
	if *kinds {
		printKinds(a, b)
	}
	fmt.Printf("%d passed, %d failed\n", passed, failed)
	if failed > 0 {
		os.Exit(1)
	}
}

func read(path, only string) *recording.Recording {
	r, err := recording.Read(path)
	if err != nil {
		fmt.Fprintf(os.Stderr, "compare: %s: %v\n", path, err)
		os.Exit(2)
	}
	if only != "" {
		r.Chapters = slices.DeleteFunc(r.Chapters, func(c recording.Chapter) bool { return c.Name != only })
	}
	return r
}

// tally counts checks, and says what failed.
type tally struct{ passed, failed int }

func (t *tally) check(ok bool, format string, args ...any) bool {
	if ok {
		t.passed++
	} else {
		t.failed++
		fmt.Printf("FAILED "+format+"\n", args...)
	}
	return ok
}

func recordings(a, b *recording.Recording, most limits, lines int) (passed, failed int) {
	var t tally
	t.check(len(a.Chapters) == len(b.Chapters) && len(a.Chapters) > 0, "the reference has %d chapters, the candidate %d", len(a.Chapters), len(b.Chapters))
	var rows []row
	total := row{chapter: "all"}
	for i := range min(len(a.Chapters), len(b.Chapters)) {
		r := chapters(&t, &a.Chapters[i], &b.Chapters[i], b.Excused, most, lines)
		rows = append(rows, r)
		total.add(&r)
	}
	if most.requests > 0 {
		t.check(total.requests() <= most.requests, "%d requests, the reference %d: %.2f times as many", total.b.requests, total.a.requests, total.requests())
	}
	if most.time > 0 {
		t.check(total.time() <= most.time, "settled in %.1f s, the reference in %.1f s: %.2f times as long", total.b.seconds, total.a.seconds, total.time())
	}
	printTable(append(rows, total))
	fmt.Printf("reference %s, candidate %s; of two numbers the first is the reference's\n", a.Operator, b.Operator)
	return t.passed, t.failed
}

// row is a chapter in the table.
type row struct {
	chapter            string
	steps, differences int
	a, b               cost
}

func (r *row) add(other *row) {
	r.steps, r.differences = r.steps+other.steps, r.differences+other.differences
	r.a.add(&other.a)
	r.b.add(&other.b)
}

func (r *row) requests() float64 { return ratio(float64(r.b.requests), float64(r.a.requests)) }
func (r *row) time() float64     { return ratio(r.b.seconds, r.a.seconds) }

func printTable(rows []row) {
	fmt.Println()
	table := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintf(table, "chapter\tsteps\tdifferences\tchanges seen\tpromises broken\trequests\t×\ttime to settle\t×\n")
	for _, r := range rows {
		fmt.Fprintf(table, "%s\t%d\t%d\t%d, %d\t%d, %d\t%d, %d\t%.2f\t%.1f, %.1f s\t%.2f\n", r.chapter, r.steps, r.differences, r.a.changes, r.b.changes,
			len(r.a.broken), len(r.b.broken), r.a.requests, r.b.requests, r.requests(), r.a.seconds, r.b.seconds, r.time())
	}
	table.Flush()
}

func chapters(t *tally, a, b *recording.Chapter, excused func(*recording.Chapter, string) bool, most limits, lines int) row {
	t.check(a.Name == b.Name && len(a.Steps) == len(b.Steps), "%s has %d steps, %s %d", a.Name, len(a.Steps), b.Name, len(b.Steps))
	t.check(a.Failed == "" && b.Failed == "", "%s did not reach its end: reference: %q, candidate: %q", a.Name, a.Failed, b.Failed)
	steps, differences := min(len(a.Steps), len(b.Steps)), 0
	for i := range steps {
		found := difference.Steps(&a.Steps[i], &b.Steps[i], a.Objects, b.Objects)
		if !t.check(len(found) == 0, "%s, %s: %d differences", a.Name, a.Steps[i].Name, len(found)) {
			print(found, lines)
		}
		differences += len(found)
	}
	costA, costB := sum(a), sum(b)
	for _, broken := range costB.broken {
		if excused(b, broken) {
			fmt.Printf("known of the Go controller: %s, %s\n", a.Name, broken)
			continue
		}
		t.check(false, "%s, %s", a.Name, broken)
	}
	t.check(costB.changes > 0, "%s: no change was looked at", a.Name)
	r := row{a.Name, steps, differences, costA, costB}
	if most.chapterRequests > 0 {
		t.check(r.requests() <= most.chapterRequests, "%s: %d requests, the reference %d: %.2f times as many", a.Name, costB.requests, costA.requests, r.requests())
	}
	return r
}

func ratio(b, a float64) float64 {
	if a == 0 {
		return 1
	}
	return b / a
}

// print prints differences, those that are the same on many nodes once.
func print(found []difference.Difference, lines int) {
	count := map[string]int{}
	first := map[string]string{}
	var order []string
	for _, d := range found {
		line := fmt.Sprintf("%s: %s | %s", d.Path, d.Reference, d.Candidate)
		if count[line] == 0 {
			order, first[line] = append(order, line), d.Object
		}
		count[line]++
	}
	for i, line := range order {
		if i == lines {
			fmt.Printf("       and %d more\n", len(order)-lines)
			break
		}
		fmt.Printf("   %4d × %s: %s\n", count[line], first[line], line)
	}
}

type cost struct {
	requests int
	kinds    map[string]int
	seconds  float64
	changes  int
	broken   []string
}

func (c *cost) add(other *cost) {
	c.requests += other.requests
	c.seconds += other.seconds
	c.changes += other.changes
	c.broken = append(c.broken, other.broken...)
}

// sum adds a chapter's steps up. What is not about objects (discovery, versions) is not counted: a client may ask for it
// or not, and it does not grow with the cluster.
func sum(c *recording.Chapter) cost {
	total := cost{kinds: map[string]int{}}
	for _, step := range c.Steps {
		for kind, n := range step.Requests {
			total.kinds[kind] += n
			if !strings.Contains(kind, " other ") {
				total.requests += n
			}
		}
		for why, n := range step.Promises.Actions {
			total.kinds["(judged) "+why] += n
		}
		total.seconds += step.Seconds
		total.changes += step.Promises.Changes
		for _, broken := range step.Promises.Broken {
			total.broken = append(total.broken, step.Name+": "+broken)
		}
	}
	return total
}

func printKinds(a, b *recording.Recording) {
	table := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	for i := range min(len(a.Chapters), len(b.Chapters)) {
		kindsA, kindsB := sum(&a.Chapters[i]).kinds, sum(&b.Chapters[i]).kinds
		all := map[string]bool{}
		for kind := range kindsA {
			all[kind] = true
		}
		for kind := range kindsB {
			all[kind] = true
		}
		var order []string
		for kind := range all {
			order = append(order, kind)
		}
		sort.Strings(order)
		for _, kind := range order {
			fmt.Fprintf(table, "%s\t%s\t%d\t%d\n", a.Chapters[i].Name, kind, kindsA[kind], kindsB[kind])
		}
	}
	table.Flush()
}
