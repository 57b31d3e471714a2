//! Lists: which objects of a kind there are, told from the beginning.

use super::Kind;
use super::by_name::ByName;

/// How far each kind is listed.
#[derive(Clone, Debug, Default)]
pub(super) struct Lists {
    nodes: Listed,
    pods: Listed,
    sets: Listed,
    revisions: Listed,
}

#[derive(Clone, Debug, Default)]
struct Listed {
    /// Whether a list was complete once.
    complete: bool,
    /// What the list that is under way has shown so far.
    under_way: Option<ByName<()>>,
}

impl Lists {
    fn of(&mut self, kind: Kind) -> &mut Listed {
        match kind {
            Kind::Node => &mut self.nodes,
            Kind::Pod => &mut self.pods,
            Kind::DaemonSet => &mut self.sets,
            Kind::ControllerRevision => &mut self.revisions,
        }
    }

    /// Whether each kind was listed once.
    pub(super) fn are_complete(&self) -> bool {
        let all = [&self.nodes, &self.pods, &self.sets, &self.revisions];
        all.iter().all(|listed| listed.complete)
    }

    /// A list begins. One that is under way is given up.
    pub(super) fn begin(&mut self, kind: Kind) {
        self.of(kind).under_way = Some(ByName::default());
    }

    /// An object is shown, in a list or apart from it.
    pub(super) fn put(&mut self, kind: Kind, namespace: &str, name: &str) {
        if let Some(shown) = &mut self.of(kind).under_way {
            shown.insert(namespace, name, ());
        }
    }

    /// A list ends: what it has shown. `None` where none was under way.
    pub(super) fn end(&mut self, kind: Kind) -> Option<ByName<()>> {
        let listed = self.of(kind);
        let shown = listed.under_way.take()?;
        listed.complete = true;
        Some(shown)
    }
}
