//! A node's room with some pods there: all residents, or what it would be with pods taken out
//! or put in.

use std::borrow::Cow;
use std::collections::BTreeSet;

use super::pods::{PodName, Resident};
use super::ports::HostPort;
use super::resource::Amounts;
use super::room::NodeRoom;
use super::terms::Term;
use crate::api::Labels;

/// A node's room with some pods there: all residents, or others.
///
/// Those that are gone are known by their places among the residents, so that a question costs
/// what it changes, and not a list of who stays.
#[derive(Clone)]
pub(super) struct Occupancy<'a> {
    room: &'a NodeRoom,
    gone: BTreeSet<usize>,
    added: Vec<&'a Resident>,
    used: Cow<'a, Amounts>,
    /// The ports that count as taken, where pods were taken out one by one: a set, as the
    /// scheduler's is, so that of two pods that hold the same port either one frees it. `None`
    /// where it is the ports of the pods.
    taken: Option<BTreeSet<&'a HostPort>>,
}

impl<'a> Occupancy<'a> {
    /// All residents.
    pub(super) fn of(room: &'a NodeRoom) -> Self {
        Self {
            room,
            gone: BTreeSet::new(),
            added: Vec::new(),
            used: Cow::Borrowed(room.used()),
            taken: None,
        }
    }

    /// Without the residents for which this holds.
    pub(super) fn without(&self, leaves: impl Fn(&Resident) -> bool) -> Self {
        let going = self.residents().filter(|(_, pod)| leaves(pod));
        self.without_places(going.map(|(at, _)| at))
    }

    /// Without these residents, those of them that are there.
    pub(super) fn without_these<'n>(&self, pods: impl IntoIterator<Item = &'n PodName>) -> Self {
        let pods = pods.into_iter();
        self.without_places(pods.filter_map(|pod| self.room.place_of(pod)))
    }

    /// Without the residents at these places.
    pub(super) fn without_places(&self, places: impl IntoIterator<Item = usize>) -> Self {
        let mut left = self.clone();
        for at in places {
            left.take_out(at);
        }
        left
    }

    /// With this pod besides, which is no resident.
    pub(super) fn add(&mut self, pod: &'a Resident) {
        *self.used.to_mut() += pod.requests();
        if let Some(taken) = &mut self.taken {
            taken.extend(pod.host_ports());
        }
        self.added.push(pod);
    }

    /// Without the resident at this place.
    pub(super) fn take_out(&mut self, at: usize) {
        if let Some(pod) = self.room.resident_at(at)
            && self.gone.insert(at)
        {
            *self.used.to_mut() -= pod.requests();
            self.free_ports_of(pod);
        }
    }

    /// With the resident at this place again.
    pub(super) fn put_back(&mut self, at: usize) {
        if let Some(pod) = self.room.resident_at(at)
            && self.gone.remove(&at)
        {
            *self.used.to_mut() += pod.requests();
            if let Some(taken) = &mut self.taken {
                taken.extend(pod.host_ports());
            }
        }
    }

    /// Counts ports as a set from now on, of which the pods that were taken out of `before` have freed
    /// theirs.
    pub(super) fn count_ports_as_set(&mut self, before: &Self) {
        self.taken = Some(before.pods().flat_map(Resident::host_ports).collect());
        for (at, pod) in before.residents() {
            if self.gone.contains(&at) {
                self.free_ports_of(pod);
            }
        }
    }

    fn free_ports_of(&mut self, pod: &Resident) {
        if let Some(taken) = &mut self.taken {
            for port in pod.host_ports() {
                taken.remove(port);
            }
        }
    }

    pub(super) fn room(&self) -> &'a NodeRoom {
        self.room
    }

    /// The residents that are there, with their places.
    pub(super) fn residents(&self) -> impl Iterator<Item = (usize, &'a Resident)> + '_ {
        let all = self.room.residents().iter().enumerate();
        all.filter(move |(at, _)| !self.gone.contains(at))
    }

    /// Who is there.
    pub(super) fn pods(&self) -> impl Iterator<Item = &'a Resident> + '_ {
        let residents = self.residents().map(|(_, pod)| pod);
        residents.chain(self.added.iter().copied())
    }

    /// Who is there of the residents at these places, and of those that were added.
    fn pods_at<'s>(
        &'s self,
        places: impl IntoIterator<Item = usize> + 's,
    ) -> impl Iterator<Item = &'a Resident> + 's {
        let here = places.into_iter().filter(move |at| !self.gone.contains(at));
        let here = here.filter_map(move |at| self.room.resident_at(at));
        here.chain(self.added.iter().copied())
    }

    /// Who is there that a term may select.
    pub(super) fn selected_by(&self, term: &Term) -> impl Iterator<Item = &'a Resident> + '_ {
        self.pods_at(self.room.places_selected_by(term))
    }

    /// Who is there that all terms may select; none of the residents where there is no term.
    pub(super) fn selected_by_all(
        &self,
        terms: &[Term],
    ) -> impl Iterator<Item = &'a Resident> + '_ {
        self.pods_at(self.room.places_selected_by_all(terms))
    }

    /// Who is there whose anti-affinity may select a pod with these labels.
    pub(super) fn refusing(&self, labels: &Labels) -> impl Iterator<Item = &'a Resident> + '_ {
        self.pods_at(self.room.places_refusing(labels))
    }

    pub(super) fn used(&self) -> &Amounts {
        &self.used
    }

    /// How many pods are there.
    pub(super) fn count(&self) -> usize {
        self.room.residents().len() - self.gone.len() + self.added.len()
    }

    /// Whether a port is taken.
    pub(super) fn is_taken(&self, port: &HostPort) -> bool {
        match &self.taken {
            Some(taken) => {
                let first = HostPort {
                    host_ip: "".into(),
                    ..port.clone()
                };
                let alike = taken.range::<HostPort, _>(&first..);
                let mut alike =
                    alike.take_while(|it| (it.port, &it.protocol) == (port.port, &port.protocol));
                alike.any(|other| other.conflicts_with(port))
            }
            None => self.holders(port).next().is_some(),
        }
    }

    /// Who holds a port.
    pub(super) fn holders<'s>(
        &'s self,
        port: &'s HostPort,
    ) -> impl Iterator<Item = &'a Resident> + 's {
        let places = self.room.places_with_port(port.port).iter().copied();
        self.pods_at(places).filter(|pod| pod.holds(port))
    }
}
