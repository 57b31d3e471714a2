//! The scheduler's inter-pod check, against one node and, where they are known, its surroundings.

use super::inter_pod::Surroundings;
use super::needs::{Need, PodNeeds};
use super::obstacle::{Elsewhere, Obstacle};
use super::occupancy::Occupancy;
use super::pods::{PodName, Resident};
use super::terms::{HOSTNAME, Selects, Term, all_select};
use crate::det_map::HashSet;

/// What one of the three rules comes to.
pub(super) enum Judged {
    Passes,
    Fails(Obstacle),
    Missing(Vec<Need>),
}

impl Term {
    fn other_nodes(&self) -> Need {
        Need::OtherNodes {
            topology_key: self.topology_key.clone(),
        }
    }
}

/// The pods that stand against a pod.
#[derive(Default)]
struct Nearby<'a> {
    pods: Vec<&'a PodName>,
    known: HashSet<&'a PodName>,
    elsewhere: Option<Elsewhere>,
    missing: Vec<Need>,
    namespaces_missing: bool,
}

impl<'a> Nearby<'a> {
    fn note(&mut self, pod: &'a Resident, selects: Selects) {
        match selects {
            Selects::Yes if self.known.insert(&pod.pod) => self.pods.push(&pod.pod),
            Selects::Unknown => self.namespaces_missing = true,
            Selects::Yes | Selects::No => {}
        }
    }

    fn note_elsewhere(&mut self, node: &str, topology_key: &str) {
        self.elsewhere.get_or_insert_with(|| Elsewhere {
            node: node.to_owned(),
            topology_key: topology_key.to_owned(),
        });
    }

    fn judged(self, fails: impl FnOnce(Vec<PodName>, Option<Elsewhere>) -> Obstacle) -> Judged {
        if !self.pods.is_empty() || self.elsewhere.is_some() {
            let pods = self.pods.into_iter().cloned().collect();
            return Judged::Fails(fails(pods, self.elsewhere));
        }
        let mut missing = self.missing;
        if self.namespaces_missing {
            missing.push(Need::NamespaceLabels);
        }
        if missing.is_empty() {
            Judged::Passes
        } else {
            Judged::Missing(missing)
        }
    }
}

impl<'a> Occupancy<'a> {
    /// The node has every topology label, and for each term a pod is near that all terms select;
    /// or there is none anywhere, and the pod is one itself.
    pub(super) fn judge_affinity(
        &self,
        needs: &PodNeeds,
        surroundings: Option<&Surroundings>,
    ) -> Judged {
        let terms = &needs.affinity;
        let fails = || {
            Judged::Fails(Obstacle::PodAffinity {
                topology_keys: terms.iter().map(|term| term.topology_key.clone()).collect(),
            })
        };
        if terms.iter().any(|term| self.topology(term).is_none()) {
            return fails();
        }
        let here = self
            .selected_by_all(terms)
            .map(|pod| all_select(terms, pod.namespace(), &pod.kind.labels))
            .max()
            .unwrap_or(Selects::No);
        if here == Selects::Yes {
            return Judged::Passes;
        }
        let is_one_itself = all_select(terms, &needs.namespace, &needs.labels);
        let Some(surroundings) = surroundings else {
            let wide = terms.iter().find(|term| term.topology_key != HOSTNAME);
            let asked = match (wide, is_one_itself, terms.first()) {
                (Some(term), ..) => Some(term),
                (None, Selects::Yes | Selects::Unknown, first) => first,
                (None, Selects::No, _) => None,
            };
            return match asked {
                Some(term) => Judged::Missing(vec![term.other_nodes()]),
                None if here == Selects::Unknown => Judged::Missing(vec![Need::NamespaceLabels]),
                None => fails(),
            };
        };
        let near = |(at, term): (usize, &Term)| {
            surroundings.has_affine(at, self.room(), &term.topology_key)
        };
        if terms.iter().enumerate().all(near) {
            Judged::Passes
        } else if here == Selects::Unknown
            || surroundings.namespaces_missing
            || is_one_itself == Selects::Unknown
        {
            Judged::Missing(vec![Need::NamespaceLabels])
        } else if is_one_itself == Selects::Yes && !surroundings.has_any_affine(self.room()) {
            Judged::Passes
        } else {
            fails()
        }
    }

    /// No pod is near that a term selects.
    pub(super) fn judge_anti_affinity(
        &self,
        needs: &PodNeeds,
        surroundings: Option<&Surroundings>,
    ) -> Judged {
        let mut nearby = Nearby::default();
        for (at, term) in needs.anti_affinity.iter().enumerate() {
            if self.topology(term).is_none() {
                continue;
            }
            for pod in self.selected_by(term) {
                nearby.note(pod, term.selects(pod.namespace(), &pod.kind.labels));
            }
            match surroundings {
                Some(surroundings) => {
                    let key = term.topology_key.as_str();
                    if let Some(node) = surroundings.repelling(at, self.room(), key) {
                        nearby.note_elsewhere(node, key);
                    }
                    nearby.namespaces_missing |= surroundings.namespaces_missing;
                }
                None if term.topology_key != HOSTNAME => nearby.missing.push(term.other_nodes()),
                None => {}
            }
        }
        nearby.judged(|pods, elsewhere| Obstacle::PodAntiAffinity { pods, elsewhere })
    }

    /// No pod is near of which a term selects the pod.
    pub(super) fn judge_refusals(
        &self,
        needs: &PodNeeds,
        surroundings: Option<&Surroundings>,
    ) -> Judged {
        let mut nearby = Nearby::default();
        for pod in self.refusing(&needs.labels) {
            nearby.note(pod, self.refuses(pod, needs));
        }
        if let Some(surroundings) = surroundings {
            if let Some((key, node)) = surroundings.refusing(self.room()) {
                nearby.note_elsewhere(node, key);
            }
            nearby.namespaces_missing |= surroundings.namespaces_missing;
        }
        nearby.judged(|pods, elsewhere| Obstacle::RefusedByPods { pods, elsewhere })
    }

    /// Whether a pod here has a term of anti-affinity that selects the pod.
    pub(super) fn refuses(&self, pod: &Resident, needs: &PodNeeds) -> Selects {
        let terms = pod.kind.anti_affinity.iter();
        let terms = terms.filter(|term| self.topology(term).is_some());
        let selects = terms.map(|term| term.selects(&needs.namespace, &needs.labels));
        selects.max().unwrap_or(Selects::No)
    }

    /// Whether a term of the pod's own anti-affinity selects a pod here.
    pub(super) fn repels(&self, needs: &PodNeeds, pod: &Resident) -> Selects {
        let terms = needs.anti_affinity.iter();
        let terms = terms.filter(|term| self.topology(term).is_some());
        let selects = terms.map(|term| term.selects(pod.namespace(), &pod.kind.labels));
        selects.max().unwrap_or(Selects::No)
    }

    /// The node's value of the term's topology label.
    fn topology(&self, term: &Term) -> Option<&'a str> {
        self.room().labels().get(&term.topology_key)
    }
}
