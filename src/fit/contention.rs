//! Daemons that stand in each other's way on a node that does not exist yet.

use std::collections::BTreeSet;

use super::daemons::{Daemon, Daemons};
use super::obstacle::Shortfall;
use super::ports::HostPort;
use super::resource::{Amounts, PODS};
use super::room::Allocatable;
use super::share::{Contends, DaemonShare, KeptOff, Share, Taken};

impl Daemons {
    /// Finds the daemons that others may keep off the node: such that they cannot evict, and with
    /// which they cannot share ports, neighbourhood or room.
    ///
    /// In the end whoever surely runs is there. Where these leave too little for another, it never runs, and is
    /// then in nobody's way.
    pub(super) fn find_contention(&self, shares: &mut [DaemonShare], given: Option<&Allocatable>) {
        let alone: Vec<Share> = shares.iter().map(|share| share.share).collect();
        loop {
            let contending = self.contending(shares, given);
            let all = shares.iter_mut().zip(contending).zip(&alone);
            for ((share, found), alone) in all.filter(|((it, _), _)| it.share != Share::No) {
                share.share = match found.as_slice() {
                    [] => *alone,
                    _ => Share::Perhaps.min(*alone),
                };
                share.contends_with = found;
            }
            let mut surely = self.running(shares);
            surely.retain(|(at, _)| shares.get(*at).is_some_and(|it| it.share == Share::Surely));
            let each = self.list().iter().zip(&*shares);
            let kept_off = each.map(|(daemon, share)| daemon.kept_off(share, &surely, given));
            let kept_off: Vec<_> = kept_off.collect();
            if kept_off.iter().all(Option::is_none) {
                return;
            }
            for (share, kept_off) in shares.iter_mut().zip(kept_off) {
                if kept_off.is_some() {
                    share.share = Share::No;
                    share.contends_with.clear();
                    share.kept_off = kept_off;
                }
            }
        }
    }

    /// Those that run, surely or perhaps.
    fn running(&self, shares: &[DaemonShare]) -> Vec<(usize, &Daemon)> {
        let all = self.list().iter().zip(shares).enumerate();
        let running = all.filter(|(_, (_, share))| share.share != Share::No);
        running.map(|(at, (daemon, _))| (at, daemon)).collect()
    }

    /// For each, the others that may keep it off.
    fn contending(
        &self,
        shares: &[DaemonShare],
        given: Option<&Allocatable>,
    ) -> Vec<Vec<Contends>> {
        let running = self.running(shares);
        let mut all: Vec<Vec<Contends>> = vec![Vec::new(); shares.len()];
        let mut together = Taken::default();
        for (_, daemon) in &running {
            together.add(daemon);
        }
        let given = given.filter(|given| !given.holds(&together));
        for (at, daemon) in &running {
            let rivals = self.rivals.get(*at).map_or(&[][..], Vec::as_slice);
            let yields = running.iter();
            let yields: Vec<_> = yields
                .filter(|(other, rival)| other != at && daemon.yields_to(rival))
                .collect();
            let short = given.map_or_else(Vec::new, |given| given.short(daemon, &yields));
            let found = yields.iter().filter_map(|(other, rival)| {
                let is_rival = rivals.contains(other);
                let resources = short.iter().map(|it| it.resource.as_str());
                let resources = resources.filter(|it| rival.asks_for(it));
                let contends = Contends {
                    daemon: *other,
                    host_ports: if is_rival {
                        daemon.shared_ports(rival)
                    } else {
                        Vec::new()
                    },
                    refuses: is_rival && daemon.refuses_or_is_refused(rival),
                    resources: resources.map(str::to_owned).collect(),
                };
                (is_rival || !contends.resources.is_empty()).then_some(contends)
            });
            let found = found.collect();
            if let Some(of_it) = all.get_mut(*at) {
                *of_it = found;
            }
        }
        all
    }
}

impl Daemon {
    /// What those that surely run, and that it cannot evict, leave too little of for one that may run.
    fn kept_off(
        &self,
        share: &DaemonShare,
        surely: &[(usize, &Self)],
        given: Option<&Allocatable>,
    ) -> Option<KeptOff> {
        if share.share != Share::Perhaps || !share.missing.is_empty() {
            return None;
        }
        let beside = surely.iter().filter(|(_, rival)| self.yields_to(rival));
        let beside: Vec<&(usize, &Self)> = beside.collect();
        let short = given.map_or_else(Vec::new, |given| given.short(self, &beside));
        let ports = beside.iter().flat_map(|(_, it)| self.shared_ports(it));
        let host_ports: BTreeSet<HostPort> = ports.collect();
        let is_in_the_way = |rival: &Self| {
            short.iter().any(|it| rival.asks_for(&it.resource))
                || !self.shared_ports(rival).is_empty()
        };
        let by = beside.iter().filter(|(_, rival)| is_in_the_way(rival));
        let by: Vec<usize> = by.map(|(other, _)| *other).collect();
        (!by.is_empty()).then(|| KeptOff {
            by,
            short,
            host_ports: host_ports.into_iter().collect(),
        })
    }

    /// Whether its pod takes of a resource, of the number of pods as well.
    fn asks_for(&self, resource: &str) -> bool {
        resource == PODS || self.needs.requests().get(resource) > 0
    }
}

impl Allocatable {
    /// Whether pods that take this together have room.
    fn holds(&self, taken: &Taken) -> bool {
        let mut all = taken.requests.iter();
        i128::try_from(taken.pods).is_ok_and(|pods| pods <= self.pods)
            && all.all(|(resource, amount)| amount <= self.amounts.get(resource))
    }

    /// What a daemon asks for beyond what these others leave.
    fn short(&self, daemon: &Daemon, others: &[&(usize, &Daemon)]) -> Vec<Shortfall> {
        let mut taken = Taken::default();
        for (_, other) in others {
            taken.add(other);
        }
        let pods = i128::try_from(taken.pods).unwrap_or(i128::MAX);
        let asked = daemon.needs.requests().iter().map(|(resource, requested)| {
            let (used, capacity) = (taken.requests.get(resource), self.amounts.get(resource));
            (resource, requested, used, capacity)
        });
        let asked = asked.filter(|(_, requested, ..)| *requested > 0);
        let all = [(PODS, 1, pods, self.pods)].into_iter().chain(asked);
        let short = all
            .filter(|(_, requested, used, capacity)| used.saturating_add(*requested) > *capacity);
        short
            .map(|(resource, requested, used, capacity)| Shortfall {
                resource: resource.to_owned(),
                requested,
                used,
                capacity,
            })
            .collect()
    }

    /// How many pods run at most where these surely do, and others may.
    pub(super) fn most_pods(&self, certain: &Taken, perhaps: &[&Daemon]) -> usize {
        let asked: BTreeSet<&str> = (perhaps.iter())
            .flat_map(|daemon| daemon.needs.requests().iter().map(|(resource, _)| resource))
            .collect();
        let beside = asked.into_iter().map(|resource| {
            let of = |amounts: &Amounts| amounts.get(resource);
            let mut left = of(&self.amounts).saturating_sub(of(&certain.requests));
            let mut asks: Vec<i128> = perhaps.iter().map(|it| of(it.needs.requests())).collect();
            asks.sort_unstable();
            let fit = asks
                .into_iter()
                .filter(|asked| *asked > 0)
                .take_while(|asked| {
                    left = left.saturating_sub(*asked);
                    left >= 0
                });
            let without = perhaps.iter().filter(|it| of(it.needs.requests()) == 0);
            fit.count() + without.count()
        });
        let beside = beside.min().unwrap_or(perhaps.len()).min(perhaps.len());
        let pods = usize::try_from(self.pods).unwrap_or(0);
        certain
            .pods
            .saturating_add(beside)
            .min(pods.max(certain.pods))
    }
}
