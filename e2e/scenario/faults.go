package main

import (
	"fmt"
	"maps"
	"time"

	"e2e/internal/history"
)

// handover gives a running cluster from the Go controller to the operator under test and back, at rest and amid
// rollouts. Nothing may restart that need not.
func handover(s *Stage) {
	s.nodes("n", 0, 12)
	s.startOperator(goController)
	s.step("Go creates", func() { s.apply(daemonSet("agent", "a:1", template("agent", "a:1"), unavailable(2))) }, complete("agent"))
	s.step("Go updates", func() { s.image("agent", "a:2") }, complete("agent"))
	s.step("Go updates again", func() { s.image("agent", "a:3") }, complete("agent"))
	s.atRest("handed over at rest", underTest)
	s.step("the operator updates", func() { s.image("agent", "a:4") }, complete("agent"))
	s.step("the operator undoes", func() { s.kubectl("rollout", "undo", "ds/agent", "--to-revision=2") }, complete("agent"))
	s.atRest("handed back at rest", goController)
	s.amid("Go begins, the operator ends", "a:5", underTest)
	s.amid("the operator begins, Go ends", "a:6", goController)
	s.step("to surge", func() { s.strategy("agent", surge(2)); s.withoutHostPorts("agent") }, complete("agent"))
	s.amid("Go begins to surge, the operator ends", "a:7", underTest)
	s.amid("the operator begins to surge, Go ends", "a:8", goController)
}

// atRest lets another operator take over while there is nothing to do, and notes whether it did anything.
func (s *Stage) atRest(name string, next role) {
	before := s.revisionVersions()
	s.step(name, func() {
		s.stopOperator()
		s.startOperator(next)
		s.sleep(5 * time.Second)
		s.fact("revisions untouched", maps.Equal(before, s.revisionVersions()))
	}, complete("agent"))
}

// amid lets another operator take over once a rollout has replaced some pods.
func (s *Stage) amid(name, image string, next role) {
	s.step(name, func() {
		s.image("agent", image)
		s.wait("three updated pods", func(w *history.World) bool { return withImage(w, image) >= 3 })
		s.operator.Kill()
		s.startOperator(next)
		s.mark()
	}, complete("agent"))
}

// withoutHostPorts lets two pods of a set run on a node.
func (s *Stage) withoutHostPorts(set string) {
	s.patchSpec(set, object{"template": object{"spec": object{"hostNetwork": nil, "containers": []any{object{"name": "agent", "image": "surge:1"}}}}})
}

// killed kills the operator at writes drawn by the seed: before the API server saw them, or before the operator saw the
// answer.
func killed(s *Stage) {
	s.nodes("n", 0, 10)
	s.startOperator(underTest)
	s.step("killed while creating", func() {
		s.killTwice(func() { s.apply(daemonSet("agent", "a:1", small("agent", "a:1"), unavailable(3))) })
	}, complete("agent"))
	for round := range 3 {
		image := fmt.Sprintf("a:%d", round+2)
		s.step("killed while rolling out "+image, func() { s.killTwice(func() { s.image("agent", image) }) }, complete("agent"))
	}
	s.step("killed while undoing", func() { s.killTwice(func() { s.kubectl("rollout", "undo", "ds/agent", "--to-revision=2") }) }, complete("agent"))
	s.step("to surge", func() { s.strategy("agent", surge("30%")) }, complete("agent"))
	s.step("killed while surging", func() { s.killTwice(func() { s.image("agent", "a:9") }) }, complete("agent"))
}

// killTwice does something that makes for at least twenty writes, and kills the operator twice in their midst.
func (s *Stage) killTwice(do func()) {
	for i := range 2 {
		dead := make(chan struct{})
		operator := s.operator
		s.gateway.KillAt(1+s.random.IntN(7), s.random.IntN(2) == 0, func() {
			operator.Kill()
			close(dead)
		})
		if i == 0 {
			do()
		}
		select {
		case <-dead:
		case <-s.ctx.Done():
			s.must(s.ctx.Err())
		case <-time.After(30 * time.Second):
			s.must(fmt.Errorf("the operator did not write as often in half a minute as it must"))
		}
		s.startOperator(underTest)
	}
	s.mark()
}

// delayed has every watch lag, each kind by another time, and break off every few seconds.
func delayed(s *Stage) {
	lags := map[string]time.Duration{
		"pods": 1500 * time.Millisecond, "nodes": 500 * time.Millisecond, "daemonsets": time.Second, "controllerrevisions": 2 * time.Second,
	}
	s.nodes("n", 0, 6)
	s.gateway.Lag(func(resource string) time.Duration { return lags[resource] })
	s.gateway.Break(func() time.Duration { return 3*time.Second + time.Duration(s.random.IntN(3000))*time.Millisecond })
	s.startOperator(underTest)
	s.step("created", func() { s.apply(daemonSet("agent", "a:1", small("agent", "a:1"), unavailable(2))) }, complete("agent"))
	s.step("updated", func() { s.image("agent", "a:2") }, complete("agent"))
	s.step("a pod deleted, a node added", func() {
		s.deletePodOn("n003")
		s.node("new", nil)
	}, desired("agent", 7), until("the new pods", both(running("n003"), running("new"))), complete("agent"))
	s.step("a node excluded", func() {
		s.patch("/api/v1/nodes/n001", object{"spec": object{"taints": []any{taint("x", "", "NoExecute")}}})
	}, desired("agent", 6), complete("agent"))
	s.step("surged", func() {
		s.strategy("agent", surge(2))
		s.image("agent", "a:3")
	}, complete("agent"))
	s.step("two changes of mind", func() {
		s.image("agent", "broken:1")
		s.sleep(2500 * time.Millisecond)
		s.image("agent", "a:4")
	}, anyNode, anyCount, complete("agent"))
}

// away takes the API server away for a minute amid a rollout.
func away(s *Stage) {
	s.nodes("n", 0, 12)
	s.startOperator(underTest)
	s.step("created", func() { s.apply(daemonSet("agent", "a:1", small("agent", "a:1"), unavailable(2))) }, complete("agent"))
	s.step("away amid an update", func() {
		s.image("agent", "a:2")
		s.outage("a:2", time.Minute)
	}, complete("agent"))
	s.step("to surge", func() { s.strategy("agent", surge(3)) }, complete("agent"))
	s.step("away for a moment amid a surge", func() {
		s.image("agent", "a:3")
		s.outage("a:3", 3*time.Second)
	}, complete("agent"))
	s.step("and an update", func() { s.image("agent", "a:4") }, complete("agent"))
}

// outage takes the API server away once three pods have the image, between two writes of the operator.
func (s *Stage) outage(image string, d time.Duration) {
	s.wait("three updated pods", func(w *history.World) bool { return withImage(w, image) >= 3 })
	release := s.gateway.HoldWrites()
	s.sleep(100 * time.Millisecond) // So that what was written has been seen.
	s.gateway.Starting(true)
	s.KillAPIServer()
	release()
	s.sleep(d)
	s.must(s.StartAPIServer(s.ctx))
	s.gateway.Starting(false)
	s.mark()
}

// lost has one write in four come to nothing as far as the operator can tell: half of them the API server never saw, the
// others it carried out.
func lost(s *Stage) {
	s.nodes("n", 0, 10)
	// What was made of the second revision is not seen for a while either.
	s.gateway.Lag(func(resource string) time.Duration {
		if resource == "controllerrevisions" {
			return 1500 * time.Millisecond
		}
		return 0
	})
	revisions := 0
	s.gateway.LoseWrites(func(verb, resource string) (lose, forward bool) {
		draw := s.random.IntN(8)
		if verb == "create" && resource == "controllerrevisions" {
			if revisions++; revisions == 2 {
				return true, true
			}
		}
		return draw < 2, draw == 0
	})
	s.startOperator(underTest)
	s.step("created", func() { s.apply(daemonSet("agent", "a:1", small("agent", "a:1"), unavailable(2))) }, complete("agent"))
	s.step("updated", func() { s.image("agent", "a:2") }, complete("agent"))
	s.step("to surge", func() { s.strategy("agent", surge(2)) }, complete("agent"))
	s.step("surged", func() { s.image("agent", "a:3") }, complete("agent"))
	s.step("undone", func() { s.kubectl("rollout", "undo", "ds/agent", "--to-revision=2") }, complete("agent"))
}
