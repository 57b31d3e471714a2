//! Keeping the daemon off nodes that cannot run it.

use std::collections::BTreeSet;

use super::host_paths::host_path;
use super::stuck::Stuck;
use super::{Caution, Fix};
use crate::diagnosis::Diagnosis;
use crate::edit::Edit;
use crate::finding::Blame;
use crate::finding::{Finding, UnhealthyNode};
use crate::health::PodProblem;
use crate::health::virtual_by;
use crate::known::is_of_probe;
use crate::round::{NodeSeen, Round};
use crate::signs::heard::heard;
use crate::signs::missing::missing;
use crate::signs::mounted::keeper;
use crate::signs::quoted::words;
use crate::stall::Said;

/// Labels that say what a node is, by which a daemon may be kept off some: what it fails for on a
/// kind of nodes, it fails for on the next of them. The others may be a coincidence.
const WHAT_A_NODE_IS: [&str; 6] = [
    "kubernetes.io/os",
    "kubernetes.io/arch",
    "node.kubernetes.io/instance-type",
    "eks.amazonaws.com/compute-type",
    "kubernetes.io/role",
    "type",
];

const HOSTNAME: &str = "kubernetes.io/hostname";

/// The container runtime of all of these nodes, such as `cri-o`, where none has it on which updated pods are available.
pub(super) fn runtime_of_its_own(round: &Round<'_>, nodes: &[String]) -> Option<String> {
    let runtime = |name: &str| {
        let info = &round.evidence?.node(name)?.info;
        let (runtime, _) = info.container_runtime_version.split_once("://")?;
        Some(runtime)
    };
    let own = runtime(nodes.first()?)?;
    let mut running = (round.view.nodes.iter())
        .filter(|node| node.runs_updated())
        .peekable();
    running.peek()?;
    let is_own = nodes.iter().all(|node| runtime(node) == Some(own))
        && running.all(|node| runtime(node.name).is_some_and(|other| other != own));
    is_own.then(|| own.to_owned())
}

/// Whether what a pod says may be that a provider does not take it: it does not get to run.
fn may_be_refused(problem: &PodProblem) -> bool {
    match problem {
        PodProblem::Waiting { .. } => !problem.is_of_a_pull() && problem.restarts() == 0,
        PodProblem::Phase { .. }
        | PodProblem::Unschedulable { .. }
        | PodProblem::NotScheduled { .. }
        | PodProblem::Unreported
        | PodProblem::NotSetUp { .. }
        | PodProblem::NotCreated { .. } => true,
        _ => false,
    }
}

impl Stuck<'_, '_> {
    /// Away from the virtual nodes of a kind, where none of them has an available pod and none that is
    /// there gets to run.
    pub(super) fn without_virtual_nodes(&self) -> Option<Fix> {
        let stalls = self.stalls();
        let kind = |said: &Said<'_, '_>| {
            virtual_by(said.node.node?).filter(|_| may_be_refused(&said.problem))
        };
        let (key, value) = stalls.in_vain().find_map(kind)?;
        let is_of_kind = |node: &NodeSeen<'_>| {
            node.node
                .is_some_and(|node| node.metadata.labels.get(key) == Some(value))
        };
        let mut nodes = self.round.view.nodes.iter().filter(|node| is_of_kind(node));
        if nodes.any(|node| node.runs_updated() || node.runs_old()) {
            return None;
        }
        let edit = Edit::ExcludeNodes {
            key: key.to_owned(),
            value: value.to_owned(),
        };
        let cautions = vec![Caution::OnlyVirtual];
        self.proven(vec![edit], cautions)
    }

    /// Whether all of these nodes are virtual.
    pub(super) fn are_virtual(&self, nodes: &[UnhealthyNode]) -> bool {
        nodes.iter().all(|node| {
            let node = self.round.cluster.node(&node.node);
            node.is_some_and(|node| virtual_by(node).is_some())
        })
    }

    /// Whether pods fail, are rejected or wait on virtual nodes alone.
    pub(super) fn only_virtual_nodes_fail(&self) -> bool {
        let stalls = self.stalls();
        stalls.unhealthy.is_empty()
            && stalls.stuck.is_empty()
            && stalls.in_vain().all(|said| {
                said.node
                    .node
                    .is_some_and(|node| virtual_by(node).is_some())
            })
    }

    /// Away from the nodes that cannot run it, where a label tells them from the others.
    pub(super) fn for_other_nodes(&self, diagnosis: &Diagnosis) -> Option<Fix> {
        let (nodes, labels) = diagnosis.findings().find_map(|finding| match finding {
            Finding::FailingPods {
                nodes, only_there, ..
            }
            | Finding::UnscheduledPods {
                nodes, only_there, ..
            } if !only_there.is_empty() => Some((nodes, only_there)),
            _ => None,
        })?;
        // What ran there runs there.
        let ran_there = diagnosis.findings().any(|finding| {
            matches!(
                finding,
                Finding::FailingPods {
                    blame: Some(Blame::RanBefore { .. }),
                    ..
                }
            )
        });
        if ran_there {
            return None;
        }
        // What is slow to start may be given more time, and what is missing may be brought there.
        let stalls = self.stalls();
        let spec = self.round.daemon_set().spec.template.spec_as_json();
        let mut failing = stalls.all_failing();
        if failing.any(|said| {
            let words = words(self.round, said);
            let is_brought =
                || heard(self.round, said).is_some_and(|it| it.known().supply().is_some());
            words.lines().any(is_of_probe) || missing(&words, spec).is_some() || is_brought()
        }) {
            return None;
        }
        let kinds = labels.iter().filter_map(|label| label.split_once('='));
        let says_what = kinds.clone().find(|(key, _)| WHAT_A_NODE_IS.contains(key));
        let (key, value) = says_what.or_else(|| {
            let lack_a_path = stalls.all_failing().all(|said| {
                let words = words(self.round, said);
                host_path(&words).is_some_and(|(path, _)| keeper(path).is_some())
            });
            runtime_of_its_own(self.round, nodes).filter(|_| lack_a_path)?;
            kinds.clone().find(|(key, _)| *key != HOSTNAME)
        })?;
        let of_working = self.round.view.nodes.iter().filter_map(|node| {
            let works = node.runs_updated() || node.runs_old();
            let label = node.node?.metadata.labels.get(key)?;
            works.then_some(label)
        });
        let others: BTreeSet<&str> = of_working.collect();
        let edit = match others.iter().next() {
            // One that all of them have.
            Some(one) if others.len() == 1 && key == "kubernetes.io/os" => Edit::SetNodeSelector {
                key: key.to_owned(),
                value: (*one).to_owned(),
            },
            _ => Edit::ExcludeNodes {
                key: key.to_owned(),
                value: value.to_owned(),
            },
        };
        let after = self.planner_after(std::slice::from_ref(&edit))?;
        let failing: BTreeSet<&str> = nodes.iter().map(String::as_str).collect();
        let stops: Vec<String> = (self.cluster.nodes().iter())
            .filter(|node| self.round.planner.rules().verdict(**node).should_run())
            .filter(|node| !after.rules().verdict(**node).should_run())
            .map(|node| node.metadata.name.clone())
            .collect::<BTreeSet<_>>()
            .into_iter()
            .collect();
        if !failing
            .iter()
            .all(|node| stops.iter().any(|stop| stop == node))
        {
            return None;
        }
        let others: Vec<String> = stops
            .into_iter()
            .filter(|node| !failing.contains(node.as_str()))
            .collect();
        let mut cautions = Vec::new();
        if !others.is_empty() {
            cautions.push(Caution::StopsOn { nodes: others });
        }
        self.proven(vec![edit], cautions)
    }
}
