//! A node's room with some pods there: all residents, or what it would be with pods taken out
//! or put in.

use std::borrow::Cow;

use super::ports::HostPort;
use super::resource::Amounts;
use super::room::{NodeRoom, Resident};

/// A node's room with some pods there: all residents, or others.
#[derive(Clone)]
pub(super) struct Occupancy<'a> {
    room: &'a NodeRoom,
    pods: Pods<'a>,
    used: Cow<'a, Amounts>,
    /// The ports that count as taken, where pods were taken out one by one: a set, as the
    /// scheduler's is, so that of two pods that hold the same port either one frees it. `None`
    /// where it is the ports of the pods.
    taken: Option<Vec<&'a HostPort>>,
}

#[derive(Clone)]
enum Pods<'a> {
    Residents(&'a [Resident]),
    These(Vec<&'a Resident>),
}

impl<'a> Occupancy<'a> {
    /// All residents.
    pub(super) fn of(room: &'a NodeRoom) -> Self {
        Self {
            room,
            pods: Pods::Residents(room.residents()),
            used: Cow::Borrowed(room.used()),
            taken: None,
        }
    }

    /// Without the pods for which this does not hold.
    pub(super) fn keeping(&self, stays: impl Fn(&Resident) -> bool) -> Self {
        let mut kept = self.clone();
        let mut pods = Vec::new();
        for pod in self.pods() {
            if stays(pod) {
                pods.push(pod);
            } else {
                *kept.used.to_mut() -= pod.requests();
            }
        }
        kept.pods = Pods::These(pods);
        kept
    }

    /// With this pod besides.
    pub(super) fn add(&mut self, pod: &'a Resident) {
        *self.used.to_mut() += pod.requests();
        if let Some(taken) = &mut self.taken {
            for port in pod.host_ports() {
                if !taken.contains(&port) {
                    taken.push(port);
                }
            }
        }
        match &mut self.pods {
            Pods::These(pods) => pods.push(pod),
            Pods::Residents(residents) => {
                self.pods = Pods::These(residents.iter().chain([pod]).collect());
            }
        }
    }

    /// Without the pod that was added last.
    pub(super) fn take_back(&mut self) {
        if let Pods::These(pods) = &mut self.pods
            && let Some(pod) = pods.pop()
        {
            *self.used.to_mut() -= pod.requests();
            self.free_ports_of(pod);
        }
    }

    /// Counts ports as a set from now on, of which the pods that were taken out have freed
    /// theirs.
    pub(super) fn count_ports_as_set(&mut self, before: &Self, is_out: impl Fn(&Resident) -> bool) {
        let mut taken: Vec<_> = before.pods().flat_map(Resident::host_ports).collect();
        taken.sort();
        taken.dedup();
        self.taken = Some(taken);
        for pod in before.pods().filter(|pod| is_out(pod)) {
            self.free_ports_of(pod);
        }
    }

    fn free_ports_of(&mut self, pod: &Resident) {
        if let Some(taken) = &mut self.taken {
            taken.retain(|port| !pod.host_ports().contains(port));
        }
    }

    pub(super) fn room(&self) -> &'a NodeRoom {
        self.room
    }

    /// Who is there.
    pub(super) fn pods(&self) -> impl Iterator<Item = &'a Resident> + Clone + use<'a, '_> {
        let (residents, these): (&'a [Resident], &[&'a Resident]) = match &self.pods {
            Pods::Residents(residents) => (residents, &[]),
            Pods::These(pods) => (&[], pods),
        };
        residents.iter().chain(these.iter().copied())
    }

    pub(super) fn used(&self) -> &Amounts {
        &self.used
    }

    /// How many pods are there.
    pub(super) fn count(&self) -> usize {
        match &self.pods {
            Pods::Residents(residents) => residents.len(),
            Pods::These(pods) => pods.len(),
        }
    }

    /// Whether a port is taken.
    pub(super) fn is_taken(&self, port: &HostPort) -> bool {
        match &self.taken {
            Some(taken) => taken.iter().any(|other| other.conflicts_with(port)),
            None => self.holders(port).next().is_some(),
        }
    }

    /// Who holds a port.
    pub(super) fn holders<'s>(
        &'s self,
        port: &'s HostPort,
    ) -> impl Iterator<Item = &'a Resident> + 's {
        self.pods().filter(|pod| {
            pod.host_ports()
                .iter()
                .any(|held| held.conflicts_with(port))
        })
    }
}
