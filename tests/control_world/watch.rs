//! What a watch shows, and when: late, twice, or from the beginning.

use std::collections::BTreeMap;

use daemonset::api::{Node, Pod, PodPhase, Timestamp};
use daemonset::control::{self, Kind, Machine};
use daemonset::view::{NodeView, PodView, Ready, TaintView};
use serde::Deserialize;
use serde_json::Value;

use crate::random::Random;
use crate::server::{Change, NAMESPACE, name_of, text, uid_of};

/// The watch of one kind.
pub struct Watch {
    pub kind: Kind,
    /// How far in the server's log it has come.
    pub position: usize,
    pub state: State,
    /// How late it is, in milliseconds.
    pub lag: i64,
    /// How many changes were shown twice.
    pub shown_twice: usize,
    /// How many changes were shown again after newer ones.
    pub rewound: usize,
    /// How many changes no list and no watch has shown.
    pub left_out: usize,
    /// How many lists had pages of different moments.
    pub torn: usize,
    /// How many lists ended with 410 Gone and began again.
    pub expired: usize,
}

pub enum State {
    Broken,
    /// Shows nothing any more.
    Frozen,
    /// A list is being read: what is left of it, and where in the log it was taken.
    Listing {
        left: Vec<Value>,
        taken_at: usize,
    },
    Watching,
}

impl Watch {
    pub fn new(kind: Kind) -> Self {
        Self {
            kind,
            position: 0,
            state: State::Broken,
            lag: 5,
            shown_twice: 0,
            rewound: 0,
            left_out: 0,
            torn: 0,
            expired: 0,
        }
    }

    /// A list of everything as it was at some time between what was shown last and now.
    pub fn begin_list(&mut self, machine: &mut impl Viewer, log: &[Change], taken_at: usize) {
        machine.show(control::Change::Begin(self.kind)).unwrap();
        let left = self.all(&log[..taken_at]);
        let missed = log.get(self.position..taken_at).unwrap_or_default();
        let missed = missed.iter().filter(|change| change.kind == self.kind);
        self.left_out += missed
            .filter(|change| change.gone || !left.contains(&change.object))
            .count();
        self.state = State::Listing { left, taken_at };
    }

    /// All objects of the kind, by name, after these changes.
    fn all(&self, log: &[Change]) -> Vec<Value> {
        let mut state: BTreeMap<&str, &Value> = BTreeMap::new();
        for change in log.iter().filter(|change| change.kind == self.kind) {
            if change.gone {
                state.remove(change.name.as_str());
            } else {
                state.insert(&change.name, &change.object);
            }
        }
        state.into_values().cloned().collect()
    }

    /// Goes on from where it was, or sometimes from a little before.
    pub fn resume(&mut self, random: &mut Random) {
        if random.chance(300) {
            let before = self.position.saturating_sub(random.below(12));
            self.rewound += self.position - before;
            self.position = before;
        }
        self.state = State::Watching;
    }

    /// Something goes wrong with a list: it is too old to go on and begins again, or goes on with
    /// what is there now, as a list whose token has expired may.
    fn tear(&mut self, machine: &mut impl Viewer, log: &[Change], random: &mut Random) {
        let State::Listing { left, taken_at } = &self.state else {
            return;
        };
        let taken_at = *taken_at;
        if random.chance(20) {
            self.expired += 1;
            let later = taken_at + random.below(log.len() - taken_at + 1);
            self.begin_list(machine, log, later);
        } else if random.chance(100)
            && let Some(last) = left.last().map(name_of).map(str::to_owned)
        {
            self.torn += 1;
            let mut left = self.all(log);
            left.retain(|object| name_of(object) <= last.as_str());
            self.state = State::Listing { left, taken_at };
        }
    }

    /// Shows what comes next.
    pub fn deliver(
        &mut self,
        machine: &mut impl Viewer,
        log: &[Change],
        random: &mut Random,
        now: i64,
        tears: bool,
    ) {
        if tears {
            self.tear(machine, log, random);
        }
        match &mut self.state {
            State::Broken | State::Frozen => {}
            State::Listing { left, taken_at } => {
                for _ in 0..random.between(1, 20) {
                    match left.pop() {
                        Some(object) => show(machine, self.kind, &object),
                        None => {
                            machine.show(control::Change::End(self.kind)).unwrap();
                            self.position = *taken_at;
                            self.state = State::Watching;
                            if tears {
                                self.resume(random);
                            }
                            break;
                        }
                    }
                }
            }
            State::Watching => {
                while let Some(change) = log
                    .get(self.position)
                    .filter(|change| change.at + self.lag <= now)
                {
                    self.position += 1;
                    if change.kind != self.kind {
                        continue;
                    }
                    if change.gone {
                        let namespace = if self.kind == Kind::Node {
                            ""
                        } else {
                            NAMESPACE
                        };
                        let gone = control::Change::Gone {
                            kind: self.kind,
                            namespace: namespace.to_owned(),
                            name: change.name.clone(),
                            uid: uid_of(&change.object).to_owned(),
                        };
                        machine.show(gone).unwrap();
                    } else {
                        show(machine, self.kind, &change.object);
                        if random.chance(20) {
                            self.shown_twice += 1;
                            show(machine, self.kind, &change.object);
                        }
                    }
                }
            }
        }
    }

    /// When there is something to show next.
    pub fn next(&self, log: &[Change], now: i64) -> Option<i64> {
        match self.state {
            State::Broken | State::Frozen => None,
            State::Listing { .. } => Some(now + 1 + self.lag / 10),
            State::Watching => log
                .get(self.position)
                .map(|change| (change.at + self.lag).max(now + 1)),
        }
    }
}

/// Shows an object to a machine.
pub fn show(machine: &mut impl Viewer, kind: Kind, object: &Value) {
    let shown = machine.show(match kind {
        Kind::Node => control::Change::Node(Watched::new(object)),
        Kind::Pod => control::Change::Pod(Watched::new(object)),
        Kind::DaemonSet => control::Change::Set(object.clone()),
        Kind::ControllerRevision => control::Change::Revision(object.clone()),
    });
    shown.unwrap();
}

/// Who is shown what changes.
pub trait Viewer: Machine<Watched<Node>, Watched<Pod>> {}

impl<M: Machine<Watched<Node>, Watched<Pod>>> Viewer for M {}

/// An object and its version.
pub struct Watched<T> {
    object: T,
    version: Option<u64>,
}

impl<'a, T: Deserialize<'a>> Watched<T> {
    fn new(object: &'a Value) -> Self {
        Self {
            version: text(object, "/metadata/resourceVersion").parse().ok(),
            object: T::deserialize(object).unwrap(),
        }
    }
}

impl NodeView for Watched<Node> {
    fn name(&self) -> &str {
        self.object.name()
    }
    fn labels(&self) -> impl Iterator<Item = (&str, &str)> {
        NodeView::labels(&self.object)
    }
    fn taints(&self) -> impl Iterator<Item = TaintView<'_>> {
        self.object.taints()
    }
    fn resource_version(&self) -> Option<u64> {
        self.version
    }
}

impl PodView for Watched<Pod> {
    fn namespace(&self) -> &str {
        self.object.namespace()
    }
    fn name(&self) -> &str {
        self.object.name()
    }
    fn uid(&self) -> &str {
        self.object.uid()
    }
    fn labels(&self) -> impl Iterator<Item = (&str, &str)> {
        PodView::labels(&self.object)
    }
    fn controller(&self) -> Option<&str> {
        self.object.controller()
    }
    fn node_name(&self) -> Option<&str> {
        self.object.node_name()
    }
    fn aimed_at(&self) -> Option<&str> {
        self.object.aimed_at()
    }
    fn is_terminating(&self) -> bool {
        self.object.is_terminating()
    }
    fn phase(&self) -> PodPhase {
        self.object.phase()
    }
    fn created(&self) -> Option<Timestamp> {
        self.object.created()
    }
    fn ready(&self) -> Ready {
        self.object.ready()
    }
    fn resource_version(&self) -> Option<u64> {
        self.version
    }
}
