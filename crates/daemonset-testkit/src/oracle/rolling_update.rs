//! The rolling update.

use std::collections::BTreeSet;

use daemonset::api::{IntOrString, Pod};
use daemonset::placement::Verdict;

use super::{Round, is_terminating};
use crate::decision::{Choice, Decision};

impl<'a> Round<'a> {
    /// `maxUnavailable` and `maxSurge` as written or by default; `None` without a rolling update.
    fn written(&self) -> Option<[IntOrString; 2]> {
        let strategy = &self.world.set.spec.update_strategy;
        if !matches!(strategy.type_.as_str(), "" | "RollingUpdate") {
            return None;
        }
        let rolling = strategy.rolling_update.clone().unwrap_or_default();
        let unavailable = rolling.max_unavailable.unwrap_or(IntOrString::Int(1));
        Some([
            unavailable,
            rolling.max_surge.unwrap_or(IntOrString::Int(0)),
        ])
    }

    pub fn surges(&self) -> bool {
        let surge = self.written().and_then(|[_, surge]| scaled(&surge, 1));
        surge.is_some_and(|surge| surge > 0)
    }

    /// The rolling update.
    pub fn roll(&self, decision: &mut Decision) {
        let Some([unavailable, surge]) = self.written() else {
            return;
        };
        let desired = self.desired();
        let Some(mut max_unavailable) = scaled(&unavailable, desired) else {
            decision.error = Some("invalid maxUnavailable".to_owned());
            return;
        };
        let Some(max_surge) = scaled(&surge, desired) else {
            decision.error = Some("invalid maxSurge".to_owned());
            return;
        };
        if max_unavailable == 0 && max_surge == 0 && desired > 0 {
            max_unavailable = 1;
        }
        if max_surge == 0 {
            self.roll_without_surge(max_unavailable, decision);
        } else {
            self.roll_with_surge(max_surge, decision);
        }
    }

    /// The updated and the old pods of every node that counts, terminating ones left aside.
    #[allow(clippy::type_complexity)] // named by its four parts, used once
    fn nodes(&self) -> Vec<(&'a str, Option<Verdict>, Vec<&'a Pod>, Vec<&'a Pod>)> {
        let running = self.verdicts.iter().filter(|(_, v)| **v == Verdict::Run);
        let names: BTreeSet<&str> = running
            .map(|(node, _)| *node)
            .chain(self.pods.keys().copied())
            .collect();
        let nodes = names.into_iter().map(|node| {
            let staying = self.pods_on(node).iter().copied();
            let staying = staying.filter(|pod| !is_terminating(pod));
            let (updated, old) = staying.partition(|pod| self.is_updated(pod));
            (node, self.verdicts.get(node).copied(), updated, old)
        });
        nodes.collect()
    }

    fn roll_without_surge(&self, max_unavailable: i64, decision: &mut Decision) {
        let mut unavailable = 0;
        let mut at_once = BTreeSet::new();
        let mut in_turn = BTreeSet::new();
        for (_, _, updated, old) in self.nodes() {
            match (updated.as_slice(), old.as_slice()) {
                ([], [old]) if self.is_available(old) => {
                    in_turn.insert(old.metadata.name.clone());
                }
                ([], [old]) => {
                    unavailable += 1;
                    at_once.insert(old.metadata.name.clone());
                }
                ([updated], []) => unavailable += i64::from(!self.is_available(updated)),
                // None left, both an old and an updated one, or more than one of a kind.
                _ => unavailable += 1,
            }
        }
        let room = usize::try_from(max_unavailable - unavailable).unwrap_or(0);
        decision.deletes = Choice::new(at_once, in_turn, room);
    }

    fn roll_with_surge(&self, max_surge: i64, decision: &mut Decision) {
        let (mut surging, mut available) = (0, 0);
        let (mut deletes, mut spare_pods) = (BTreeSet::new(), BTreeSet::new());
        let (mut creates, mut in_turn) = (BTreeSet::new(), BTreeSet::new());
        for (node, verdict, updated, old) in self.nodes() {
            match (updated.as_slice(), old.as_slice()) {
                ([], []) => {}
                ([updated], []) => available += i64::from(self.is_available(updated)),
                ([], [old]) => {
                    available += i64::from(self.is_available(old));
                    match (verdict, self.is_available(old)) {
                        (Some(Verdict::Run), true) => {
                            in_turn.insert(node.to_owned());
                        }
                        (Some(Verdict::Run), false) => {
                            creates.insert(node.to_owned());
                        }
                        (Some(_), true) => {
                            spare_pods.insert(old.metadata.name.clone());
                        }
                        (Some(_), false) => {
                            deletes.insert(old.metadata.name.clone());
                        }
                        // Kubernetes fails the whole round; the planner passes over it.
                        (None, _) => {}
                    }
                }
                ([updated], [old]) => {
                    available += i64::from(self.is_available(old));
                    if self.is_available(updated) {
                        deletes.insert(old.metadata.name.clone());
                    } else {
                        surging += 1;
                    }
                }
                _ => surging += 1,
            }
        }
        let desired = i64::try_from(self.desired()).expect("few nodes");
        let room = |room: i64| usize::try_from(room).unwrap_or(0);
        decision.deletes = Choice::new(deletes, spare_pods, room(available - desired));
        decision.creates = Choice::new(creates, in_turn, room(max_surge - surging));
    }
}

/// An integer as it is, a percentage of so many, rounded up; `None` where it is neither.
fn scaled(value: &IntOrString, total: usize) -> Option<i64> {
    match value {
        IntOrString::Int(number) => Some(i64::from(*number)),
        IntOrString::String(text) => {
            let percent = i128::from(text.strip_suffix('%')?.parse::<i64>().ok()?);
            let hundredths = percent * i128::try_from(total).ok()?;
            let floor = hundredths.div_euclid(100);
            let up = floor + i128::from(hundredths.rem_euclid(100) > 0);
            Some(i64::try_from(up).unwrap_or(if up < 0 { i64::MIN } else { i64::MAX }))
        }
    }
}
