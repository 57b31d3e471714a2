//! The scheduler's checks, in its order, each with everything that it finds.

use std::ops::ControlFlow;

use super::context::Context;
use super::inter_pod::Surroundings;
use super::needs::{Need, Pinned, PodNeeds};
use super::neighbours::Judged;
use super::obstacle::{Obstacle, PassedOver, PortConflict, Shortfall};
use super::occupancy::Occupancy;
use super::pods::Resident;
use super::resource::overflows;
use super::terms::Selects;
use crate::api::Taint;
use crate::matching::Tolerations;
use crate::placement;
use crate::view::NodeView;

/// The key of the taint that a cordoned node gets.
const UNSCHEDULABLE: &str = "node.kubernetes.io/unschedulable";

/// What a check finds, before anything is copied.
enum Found<'a> {
    Against(Against<'a>),
    Missing(Need),
}

enum Against<'a> {
    Cordon,
    NodeName,
    Taints(Vec<&'a Taint>),
    NodeAffinity,
    HostPorts,
    TooManyPods(i128, i128),
    Insufficient(&'a str, i128, i128, i128),
    Neighbours(Obstacle),
}

/// Everything that the checks find.
#[derive(Default)]
pub(super) struct Findings {
    pub obstacles: Vec<Obstacle>,
    pub missing: Vec<Need>,
}

impl Occupancy<'_> {
    /// Everything that stands against the pod.
    pub(super) fn findings(&self, needs: &PodNeeds, context: &Context<'_>) -> Findings {
        let mut findings = Findings::default();
        let _ = self.check(needs, context, |found| {
            match found {
                Found::Missing(need) => findings.missing.push(need),
                Found::Against(against) => {
                    findings.obstacles.push(self.describe(needs, against));
                }
            }
            ControlFlow::Continue(())
        });
        findings
    }

    /// Whether nothing that is known stands against the pod.
    pub(super) fn passes(&self, needs: &PodNeeds, context: &Context<'_>) -> bool {
        self.check(needs, context, |found| match found {
            Found::Missing(_) => ControlFlow::Continue(()),
            Found::Against(_) => ControlFlow::Break(()),
        })
        .is_continue()
    }

    /// The same where nothing stood against the pod before one of these was there, too: what another
    /// pod can bring against it is asked of that one alone.
    pub(super) fn passes_beside(
        &self,
        needs: &PodNeeds,
        context: &Context<'_>,
        other: &Resident,
    ) -> bool {
        let has_room = self.check_resources(needs, context, &mut |found| match found {
            Found::Missing(_) => ControlFlow::Continue(()),
            Found::Against(_) => ControlFlow::Break(()),
        });
        has_room.is_continue()
            && !needs.host_ports.iter().any(|port| other.holds(port))
            && self.repels(needs, other) != Selects::Yes
            && self.refuses(other, needs) != Selects::Yes
    }

    /// The rules themselves, in the scheduler's order.
    fn check<'f>(
        &'f self,
        needs: &'f PodNeeds,
        context: &Context<'_>,
        mut found: impl FnMut(Found<'f>) -> ControlFlow<()>,
    ) -> ControlFlow<()> {
        let room = self.room();
        if room.is_cordoned() && !tolerates_cordon(&needs.tolerations) {
            found(Found::Against(Against::Cordon))?;
        }
        if !needs.node_name.is_empty() {
            found(if needs.node_name == room.name() {
                Found::Missing(Need::Kubelet)
            } else {
                Found::Against(Against::NodeName)
            })?;
        }
        let taints: Vec<_> = room
            .taints()
            .iter()
            .filter(|taint| keeps_off(&needs.tolerations, taint))
            .collect();
        if !taints.is_empty() {
            found(Found::Against(Against::Taints(taints)))?;
        }
        let mut selected = needs.selected();
        let affinity = needs.node_affinity.as_ref();
        if !selected.all(|(key, wanted)| room.label(key) == Some(wanted))
            || affinity.is_some_and(|affinity| !affinity.matches(room))
        {
            found(Found::Against(Against::NodeAffinity))?;
        }
        if needs.host_ports.iter().any(|port| self.is_taken(port)) {
            found(Found::Against(Against::HostPorts))?;
        }
        self.check_resources(needs, context, &mut found)?;
        self.check_inter_pod(needs, context.surroundings, &mut found)
    }

    fn check_resources<'f>(
        &'f self,
        needs: &'f PodNeeds,
        context: &Context<'_>,
        found: &mut impl FnMut(Found<'f>) -> ControlFlow<()>,
    ) -> ControlFlow<()> {
        let Some(allocatable) = self.room().allocatable() else {
            return found(Found::Missing(Need::Allocatable));
        };
        let pods = i128::try_from(self.count()).unwrap_or(i128::from(i64::MAX));
        if pods + 1 > allocatable.pods {
            let capacity = allocatable.pods;
            found(Found::Against(Against::TooManyPods(pods, capacity)))?;
        }
        // A pod that asks for nothing of a resource fits where too much of it is taken.
        for (resource, requested) in needs.requests.iter().filter(|(_, amount)| *amount > 0) {
            let capacity = allocatable.amounts.get(resource);
            let used = self.used().get(resource);
            if [requested, capacity, used].into_iter().any(overflows) {
                found(Found::Missing(Need::Overflow {
                    resource: resource.to_owned(),
                }))?;
            } else if requested > capacity.saturating_sub(used) {
                found(if capacity == 0 && context.is_mapped(resource) {
                    Found::Missing(Need::Devices {
                        resource: resource.to_owned(),
                    })
                } else {
                    Found::Against(Against::Insufficient(resource, requested, used, capacity))
                })?;
            }
        }
        ControlFlow::Continue(())
    }

    fn check_inter_pod<'f>(
        &'f self,
        needs: &'f PodNeeds,
        surroundings: Option<&Surroundings>,
        found: &mut impl FnMut(Found<'f>) -> ControlFlow<()>,
    ) -> ControlFlow<()> {
        let mut report = |judged: Judged| match judged {
            Judged::Passes => ControlFlow::Continue(()),
            Judged::Fails(obstacle) => found(Found::Against(Against::Neighbours(obstacle))),
            Judged::Missing(needs) => needs
                .into_iter()
                .try_for_each(|need| found(Found::Missing(need))),
        };
        if !needs.affinity.is_empty() {
            report(self.judge_affinity(needs, surroundings))?;
        }
        if !needs.anti_affinity.is_empty() {
            report(self.judge_anti_affinity(needs, surroundings))?;
        }
        report(self.judge_refusals(needs, surroundings))
    }

    fn describe(&self, needs: &PodNeeds, against: Against<'_>) -> Obstacle {
        match against {
            Against::Cordon => Obstacle::Cordoned,
            Against::NodeName => Obstacle::NodeName {
                wanted: needs.node_name.clone(),
            },
            Against::Taints(taints) => Obstacle::Taints {
                taints: taints.into_iter().cloned().collect(),
            },
            Against::NodeAffinity => self.describe_affinity(needs),
            Against::HostPorts => Obstacle::HostPorts {
                conflicts: (needs.host_ports.iter().filter(|port| self.is_taken(port)))
                    .flat_map(|port| {
                        self.holders(port).map(|holder| PortConflict {
                            port: port.clone(),
                            holder: holder.pod.clone(),
                        })
                    })
                    .collect(),
            },
            Against::TooManyPods(pods, capacity) => Obstacle::TooManyPods { pods, capacity },
            Against::Insufficient(resource, requested, used, capacity) => {
                Obstacle::Insufficient(Shortfall {
                    resource: resource.to_owned(),
                    requested,
                    used,
                    capacity,
                })
            }
            Against::Neighbours(obstacle) => obstacle,
        }
    }

    fn describe_affinity(&self, needs: &PodNeeds) -> Obstacle {
        let mut unmet: Vec<_> = needs
            .selected()
            .filter(|(key, wanted)| self.room().label(key) != Some(wanted))
            .map(|(key, wanted)| placement::Obstacle::NodeSelector {
                key: key.to_owned(),
                wanted: wanted.to_owned(),
                found: self.room().label(key).map(str::to_owned),
            })
            .collect();
        let affinity = needs.node_affinity.as_ref();
        if let Some(affinity) = affinity.filter(|affinity| !affinity.matches(self.room())) {
            unmet.push(placement::Obstacle::NodeAffinity {
                terms: affinity.unmatched(self.room()),
            });
        }
        let passed_over = match &needs.pinned {
            Pinned::To(names) if names.is_empty() => PassedOver::Contradiction,
            pinned if self.room().is_passed_over(pinned) => PassedOver::OthersNamed,
            _ => PassedOver::No,
        };
        Obstacle::NodeAffinity { unmet, passed_over }
    }
}

fn tolerates_cordon(tolerations: &Tolerations) -> bool {
    let cordon = Taint {
        key: UNSCHEDULABLE.to_owned(),
        effect: "NoSchedule".to_owned(),
        ..Taint::default()
    };
    !keeps_off(tolerations, &cordon)
}

/// Whether a taint keeps a pod with these tolerations off a node.
pub(super) fn keeps_off(tolerations: &Tolerations, taint: &Taint) -> bool {
    matches!(taint.effect.as_str(), "NoSchedule" | "NoExecute")
        && !tolerations.tolerate(taint.into())
}
