//! What happens to a cluster: objects come, change and go, and time passes.

use daemonset::api::{ControllerRevision, DaemonSet, Node};
use proptest::collection::vec;
use proptest::prelude::*;

use super::{Naming, Oddity, PodDraft, RevisionDraft, SET, node, revision, set, stray};
use crate::draw::{Draw, drawn};

/// Three DaemonSets: the first two share a namespace, so that they can adopt the same orphans.
const SETS: [Naming; 3] = [
    Naming {
        name: "set-0",
        namespace: "infra",
        uid: "uid-0",
    },
    Naming {
        name: "set-1",
        namespace: "infra",
        uid: "uid-1",
    },
    Naming {
        name: "set-2",
        namespace: "elsewhere",
        uid: "uid-2",
    },
];

/// One thing that happens. Names are drawn from few, so that things meet.
#[derive(Clone, Debug)]
pub enum Change {
    /// A node comes, or one of this name changes.
    PutNode(Node),
    /// A node goes.
    RemoveNode(String),
    /// A node goes and comes back under another name, as after a repair.
    RenameNode(String, String),
    /// A pod comes, or one of this name changes; it is drawn for this DaemonSet.
    PutPod(Naming, String, PodDraft),
    /// A pod goes: the one at this place among those that are there.
    RemovePod(usize),
    /// Another DaemonSet becomes the controller of the pod at this place.
    MovePod(usize, Naming),
    /// A DaemonSet comes, or a newer version of it.
    PutSet(Box<SetChange>),
    /// A DaemonSet takes over what this one says of rounds, its waits' generation included, and keeps
    /// what it says of pods and nodes.
    AlterSet(Box<SetChange>),
    /// A DaemonSet goes.
    RemoveSet(Naming),
    /// So many seconds pass, or the clock goes back.
    Clock(i64),
    /// What the last plan of this DaemonSet began to wait for counts from now on.
    BeginWaits(Naming),
    /// Every node and pod goes.
    RemoveEverything,
}

/// A DaemonSet with its revisions.
#[derive(Clone, Debug)]
pub struct SetChange {
    /// What it is called.
    pub naming: Naming,
    /// The DaemonSet.
    pub set: DaemonSet,
    /// Its revisions; `None` where they are not given.
    pub revisions: Option<Vec<ControllerRevision>>,
    /// How many pods are created, and how many deleted, in one round at most.
    pub burst: usize,
}

fn node_name(draw: &mut Draw<'_>) -> String {
    format!("node-{}", draw.number(0..=5))
}

/// One thing that happens.
pub fn change(draw: &mut Draw<'_>) -> Change {
    let naming = draw.one_of(&SETS);
    let at = usize::try_from(draw.number(0..=11)).unwrap_or_default();
    #[allow(clippy::type_complexity)] // weights and what they choose, used once
    let kinds: [(u16, fn(&mut Draw<'_>, Naming, usize) -> Change); 12] = [
        (6, |draw, _, _| {
            let name = node_name(draw);
            Change::PutNode(node(draw, &name))
        }),
        (2, |draw, _, _| Change::RemoveNode(node_name(draw))),
        (1, |draw, _, _| {
            Change::RenameNode(node_name(draw), node_name(draw))
        }),
        (10, |draw, naming, _| {
            let name = format!("pod-{}", draw.number(0..=7));
            Change::PutPod(naming, name, stray(draw))
        }),
        (2, |_, _, at| Change::RemovePod(at)),
        (2, |_, naming, at| Change::MovePod(at, naming)),
        (3, |draw, naming, _| {
            Change::PutSet(Box::new(set_change(draw, naming)))
        }),
        (3, |draw, naming, _| {
            Change::AlterSet(Box::new(set_change(draw, naming)))
        }),
        (1, |_, naming, _| Change::RemoveSet(naming)),
        (3, |draw, _, _| Change::Clock(draw.number(-40..=90))),
        (2, |_, naming, _| Change::BeginWaits(naming)),
        (1, |_, _, _| Change::RemoveEverything),
    ];
    let make = draw.weighted(&kinds);
    make(draw, naming, at)
}

fn set_change(draw: &mut Draw<'_>, naming: Naming) -> SetChange {
    let burst = draw.one_of(&[2, 1, 0, 250]);
    let given = !draw.chance(20);
    let revisions: Vec<RevisionDraft> = draw.list(4, revision);
    let set = set(draw, Oddity::Anything, naming);
    let built = revisions.iter().enumerate();
    let built = built.map(|(at, draft)| draft.build(at, &set)).collect();
    SetChange {
        naming,
        revisions: given.then_some(built),
        set,
        burst,
    }
}

/// Up to so many changes.
pub fn changes(at_most: usize) -> impl Strategy<Value = Vec<Change>> {
    vec(drawn(SET + 40, change), 1..=at_most)
}
