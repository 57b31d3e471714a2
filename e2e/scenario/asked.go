package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"

	"e2e/internal/cluster"
)

// asked is no story of an operator: the Go controller's rollout is stuck, and a command asks the cluster about it, with a
// kubectl on its PATH. For programs that have rights of their own there is a kubeconfig in its $TOOLS, `candidate`.
func asked(command string) chapter {
	return chapter{name: "asked", tell: func(s *Stage) {
		s.nodes("n", 0, 4)
		s.startOperator(goController)
		s.step("created", func() { s.apply(daemonSet("agent", "a:1", small("agent", "a:1"), unavailable(1))) }, complete("agent"))
		s.step("bad update", func() { s.image("agent", "broken:2") }, anyNode, updated("agent", 1))

		tools, err := os.MkdirTemp("", "daemonset-e2e-tools-")
		s.must(err)
		defer os.RemoveAll(tools)
		binary, err := filepath.Abs(s.Binary())
		s.must(err)
		kubectl := fmt.Sprintf("#!/bin/sh\nexec '%s' kubectl \"$@\"\n", binary)
		s.must(os.WriteFile(filepath.Join(tools, "kubectl"), []byte(kubectl), 0o755))
		kubeconfig := filepath.Join(tools, "kubeconfig")
		s.must(os.WriteFile(kubeconfig, cluster.Kubeconfig(s.APIServer(), cluster.Admin), 0o600))

		candidate := filepath.Join(tools, "candidate")
		s.must(os.WriteFile(candidate, cluster.Kubeconfig(s.gateway.Address(), ""), 0o600))

		run := exec.CommandContext(s.ctx, "bash", "-c", command)
		run.Env = append(os.Environ(), "KUBECONFIG="+kubeconfig, "PATH="+tools+":"+os.Getenv("PATH"), "TOOLS="+tools)
		run.Stdout, run.Stderr = os.Stdout, os.Stderr
		s.step("asked", func() { s.must(run.Run()) }, complete("agent"))
	}}
}
