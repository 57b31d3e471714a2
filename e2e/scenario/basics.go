package main

// basics is a short life on four nodes, in which no event is dropped. With sabotage, someone else meddles.
func basics(s *Stage) {
	s.nodes("n", 0, 4)
	s.startOperator(underTest)
	s.step("created", func() { s.apply(daemonSet("agent", "a:1", small("agent", "a:1"), unavailable(1))) }, complete("agent"))
	s.step("updated", func() { s.image("agent", "a:2") }, complete("agent"))
	s.step("bad update", func() { s.image("agent", "broken:1") }, anyNode, updated("agent", 1))
	s.step("undone", func() { s.kubectl("rollout", "undo", "ds/agent") }, anyNode, complete("agent"))
	s.step("a pod failed", func() { s.end("n000", "Failed") }, until("a new pod", running("n000")), complete("agent"))
	s.step("a pod succeeded", func() { s.end("n001", "Succeeded") }, until("a new pod", running("n001")), complete("agent"))
	s.step("a pod deleted", func() { s.deletePodOn("n002") }, until("a new pod", running("n002")), complete("agent"))
	s.step("deleted", func() { s.kubectl("delete", "ds", "agent") }, absent("agent"), noPods("agent"))
}
