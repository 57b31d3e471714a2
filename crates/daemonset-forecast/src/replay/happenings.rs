//! What happens in a run besides the planner's decisions.

use daemonset::api::{
    ConditionStatus, ConditionType, ObjectMeta, Pod, PodCondition, PodPhase, PodSpec, PodStatus,
};
use daemonset::owner_reference;
use daemonset::well_known::CONTROLLER_REVISION_HASH;

use super::Replay;
use crate::scenario::{Mode, Now, RoomAhead};
use crate::spread::float;

/// What happens next.
pub(super) enum What {
    /// A pod is being deleted from now on.
    Delete(String),
    /// A pod is gone.
    Gone(String),
    /// A pod is created on a node.
    Create(String),
    /// What stood in a pod's way is gone.
    Placed(String),
    /// A pod is ready.
    Ready(String),
    /// Time alone may change something.
    Look,
    /// A pod that was ready before its node's reboot is so again.
    Back(String),
    /// Some node reboots.
    Reboot,
    /// Some node is replaced by a new one.
    Churn,
}

impl What {
    /// Whether it is a step of the rollout.
    fn is_step(&self) -> bool {
        !matches!(self, Self::Back(_) | Self::Reboot | Self::Churn)
    }
}

impl Replay<'_> {
    pub(super) fn push(&mut self, at: f64, what: What) {
        self.pending += usize::from(what.is_step());
        self.rebooting += usize::from(matches!(what, What::Back(_)));
        self.events.push(at, what);
    }

    /// What is already on its way when the run begins.
    pub(super) fn begin_with_pods(&mut self) {
        let hash = self.planner.current_revision().hash.clone();
        let mut begun = Vec::new();
        for (name, pod) in &self.pods {
            let of = self.machines.of(&pod.spec.node_name);
            let label = pod.metadata.labels.get(CONTROLLER_REVISION_HASH);
            if pod.metadata.is_terminating() {
                if pod.is_ready() && self.scenario.mode == Mode::OldFirst {
                    self.leaving.insert(name.clone());
                }
                if of.now != Now::Down {
                    begun.push(What::Gone(name.clone()));
                }
            } else if of.now == Now::Starting && label == Some(&hash) {
                begun.push(What::Placed(name.clone()));
            }
        }
        for what in begun {
            let at = match what {
                What::Gone(_) => self.scenario.terminate.draw(&mut self.random),
                _ => 0.0,
            };
            self.push(at, what);
        }
        self.chance(What::Reboot);
        self.chance(What::Churn);
    }

    /// When some node reboots or is replaced next.
    fn chance(&mut self, what: What) {
        let per_day = match what {
            What::Reboot => self.scenario.reboots.as_ref().map_or(0.0, |it| it.per_day),
            _ => self.scenario.churn_per_day,
        };
        let per_second = per_day * float(self.machines.wanted().len()) / 86_400.0;
        if per_second > 0.0 {
            let wait = -(1.0 - self.random.rand_float()).ln() / per_second;
            self.push(self.now + wait, what);
        }
    }

    pub(super) fn happen(&mut self, what: What) {
        self.pending -= usize::from(what.is_step());
        let now = self.moment();
        match what {
            What::Delete(name) => self.delete(name),
            What::Gone(name) => {
                self.leaving.remove(&name);
                if self.pods.remove(&name).is_some() {
                    let namespace = &self.planner.daemon_set().metadata.namespace;
                    self.tracker.remove_pod(namespace, &name);
                }
            }
            What::Create(node) => self.create(node),
            What::Placed(name) => self.placed(name),
            What::Ready(name) => {
                let node = self.pods.get(&name).map(|pod| pod.spec.node_name.clone());
                let up_at = node.map_or(0.0, |node| self.machines.up_at(&node));
                if up_at > self.now {
                    let again = self.scenario.start.draw(&mut self.random);
                    self.push(up_at + again, What::Ready(name));
                } else {
                    self.set_ready(&name, ConditionStatus::True);
                }
            }
            What::Back(name) => {
                self.rebooting -= 1;
                let is_here = self.pods.get(&name);
                if is_here.is_some_and(|pod| !pod.metadata.is_terminating()) {
                    self.set_ready(&name, ConditionStatus::True);
                }
                let node = self.pods.get(&name).map(|pod| pod.spec.node_name.clone());
                if let Some(node) = node {
                    self.away.remove(&node);
                }
            }
            What::Reboot => {
                self.chance(What::Reboot);
                self.reboot();
            }
            What::Churn => {
                self.chance(What::Churn);
                self.replace();
            }
            What::Look => {}
        }
        debug_assert!(now <= self.moment());
    }

    /// A pod that is ready and going, with none to come before it is gone.
    fn leave(&mut self, name: &str) {
        let is_old_first = self.scenario.mode == Mode::OldFirst;
        if is_old_first && self.pods.get(name).is_some_and(Pod::is_ready) {
            self.leaving.insert(name.to_owned());
        }
    }

    fn delete(&mut self, name: String) {
        let now = self.moment();
        let Some(pod) = self.pods.get_mut(&name) else {
            return;
        };
        pod.metadata.deletion_timestamp = Some(now);
        self.tracker.put_pod(pod);
        let node = pod.spec.node_name.clone();
        self.leave(&name);
        // A kubelet that is down lets no pod go.
        if self.machines.of(&node).now == Now::Down {
            self.failed.insert(node);
            self.failed_at = self.now;
            return;
        }
        let gone = self.now + self.scenario.terminate.draw(&mut self.random);
        let gone = gone.max(self.machines.up_at(&node));
        self.push(gone, What::Gone(name));
    }

    fn create(&mut self, node: String) {
        self.made += 1;
        let set = self.planner.daemon_set();
        let name = format!("{}-forecast-{}", set.metadata.name, self.made);
        let pod = Pod {
            metadata: ObjectMeta {
                name: name.clone(),
                namespace: set.metadata.namespace.clone(),
                uid: name.clone(),
                creation_timestamp: Some(self.moment()),
                labels: self.labels.clone(),
                owner_references: vec![owner_reference(set)].into(),
                ..ObjectMeta::default()
            },
            spec: PodSpec {
                node_name: node.clone(),
                ..PodSpec::default()
            },
            status: PodStatus {
                phase: PodPhase::Pending,
                ..PodStatus::default()
            },
        };
        self.tracker.put_pod(&pod);
        self.pods.insert(name.clone(), pod);
        let of = self.machines.of(&node);
        let fails = self.random.rand_float() < self.scenario.node_failure;
        let never = of.room == RoomAhead::None || of.now == Now::Down;
        if fails || never || self.is_broken {
            self.failed.insert(node);
            self.failed_at = self.now;
        } else if of.room == RoomAhead::Later {
            let wait = self.scenario.evict.draw(&mut self.random);
            self.push(self.now + wait, What::Placed(name));
        } else {
            self.placed(name);
        }
    }

    /// A pod is bound to its node: what it lacks there is pulled.
    fn placed(&mut self, name: String) {
        if !self.pods.contains_key(&name) {
            return;
        }
        match &mut self.pulls {
            Some(pulls) => pulls.begin(self.now, name),
            None => self.starts(name),
        }
    }

    pub(super) fn starts(&mut self, name: String) {
        let Some(pod) = self.pods.get(&name) else {
            return;
        };
        let own = self.machines.of(&pod.spec.node_name).start;
        let drawn = self.scenario.start.draw(&mut self.random);
        let takes = match own {
            Some(own) if self.random.rand_float() < 0.5 => own,
            _ => drawn,
        };
        self.push(self.now + takes, What::Ready(name));
    }

    fn set_ready(&mut self, name: &str, status: ConditionStatus) {
        let now = self.moment();
        let Some(pod) = self.pods.get_mut(name) else {
            return;
        };
        pod.status.phase = PodPhase::Running;
        let is_ready = status == ConditionStatus::True;
        pod.status.conditions = vec![PodCondition {
            type_: ConditionType::Ready,
            status,
            last_transition_time: Some(now),
            ..PodCondition::default()
        }];
        self.tracker.put_pod(pod);
        if is_ready {
            self.ready.push(name.to_owned());
        }
    }

    /// The place of some node that should run the daemon.
    fn some_node(&mut self) -> Option<usize> {
        let nodes = self.machines.wanted().len() as u64;
        if nodes == 0 {
            return None;
        }
        #[allow(clippy::cast_possible_truncation)] // below the number of nodes
        let at = self.random.rand_range(0..nodes) as usize;
        let node = self.machines.wanted().get(at)?;
        (self.machines.of(node).now != Now::Down).then_some(at)
    }

    /// The names of the pods on a node.
    fn pods_on(&self, node: &str) -> Vec<String> {
        let here = self.pods.values().filter(|pod| pod.spec.node_name == node);
        here.map(|pod| pod.metadata.name.clone()).collect()
    }

    fn reboot(&mut self) {
        let Some(node) = self
            .some_node()
            .and_then(|at| self.machines.wanted().get(at))
        else {
            return;
        };
        let node = node.clone();
        if self.machines.up_at(&node) > self.now {
            return;
        }
        let Some(reboots) = &self.scenario.reboots else {
            return;
        };
        let up_at = self.now + reboots.takes.draw(&mut self.random);
        self.machines.reboot(&node, up_at);
        for name in self.pods_on(&node) {
            let Some(pod) = self.pods.get(&name) else {
                continue;
            };
            if pod.is_ready() && !pod.metadata.is_terminating() {
                self.set_ready(&name, ConditionStatus::False);
                if self.done.contains_key(&node) {
                    self.away.insert(node.clone());
                }
                let back = up_at + self.scenario.start.draw(&mut self.random);
                self.push(back, What::Back(name));
            }
        }
    }

    fn replace(&mut self) {
        let Some(at) = self.some_node() else { return };
        let Some((gone, new)) = self.machines.replace(at) else {
            return;
        };
        self.tracker.put_node(new);
        self.tracker.remove_node(&gone);
        let namespace = self.planner.daemon_set().metadata.namespace.clone();
        for name in self.pods_on(&gone) {
            self.pods.remove(&name);
            self.leaving.remove(&name);
            self.tracker.remove_pod(&namespace, &name);
        }
        self.away.remove(&gone);
        self.done.remove(&gone);
        self.failed.remove(&gone);
    }
}
