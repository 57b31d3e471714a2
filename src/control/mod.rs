//! The DaemonSet controller as a state machine: what a watch shows goes in, requests come out.
//!
//! [`Controller`] does all that a controller does but the talking: it knows which DaemonSets have
//! something to do, which requests that takes and in which order, and what the answers mean. There
//! is no I/O in it, no clock, no thread and no randomness; the same calls give the same requests.
//!
//! ```
//! use daemonset::api::{Node, Timestamp};
//! use daemonset::control::{Answer, Controller, Kind};
//! use serde_json::json;
//!
//! let mut control = Controller::new();
//! for kind in Kind::ALL {
//!     control.begin_list(kind);
//! }
//! let mut node = Node::default();
//! node.metadata.name = "node-a".into();
//! control.put_node(&node);
//! control.put_set(&json!({
//!     "metadata": {"name": "agent", "namespace": "infra", "uid": "1", "resourceVersion": "7"},
//!     "spec": {
//!         "selector": {"matchLabels": {"app": "agent"}},
//!         "template": {"metadata": {"labels": {"app": "agent"}}},
//!     },
//! }))?;
//! for kind in Kind::ALL {
//!     control.end_list(kind);
//! }
//!
//! let now = Timestamp::from_unix_millis(1_772_366_400_000);
//! let due = control.due(now);
//! assert_eq!(due[0].to_string(), "infra/agent");
//! let requests = control.begin(&due[0], now);
//! assert_eq!(requests[0].path, "/apis/apps/v1/namespaces/infra/controllerrevisions");
//! assert!(control.due(now).is_empty(), "until the answers are there");
//!
//! let answers = [Answer::Received { code: 201, body: requests[0].body.clone().into_bytes() }];
//! control.end(&due[0], &answers, now);
//! let requests = control.begin(&due[0], now);
//! assert_eq!(requests[0].path, "/api/v1/namespaces/infra/pods");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # The loop
//!
//! 1. Hand over what the watches of nodes, pods, DaemonSets and ControllerRevisions show:
//!    [`begin_list`](Controller::begin_list), the `put_` methods and
//!    [`end_list`](Controller::end_list) for a list, the `put_` methods and
//!    [`remove`](Controller::remove) for what follows. Nothing is decided before each kind was
//!    listed once.
//! 2. For each DaemonSet that is [`due`](Controller::due), [`begin`](Controller::begin) a stage and
//!    send its requests, all at once if you like.
//! 3. When they are answered, [`end`](Controller::end) the stage. Stages of different DaemonSets
//!    may be under way at the same time.
//! 4. Sleep until a watch shows something, a stage is answered, or [`wait`](Controller::wait) is
//!    over.
//!
//! # What it takes care of
//!
//! - A write counts from its answer on, not from when a watch shows it: a pod that was created is
//!   not created again, and one that was deleted counts as unavailable at once. What no watch shows
//!   within five minutes does not count any more, as in Kubernetes.
//! - A request without an answer may have been carried out. A pod is created under the same name
//!   again, so that there is one in the end; a deletion is sent again, or counts for thirty seconds.
//! - Every write names the UID of its object, and the version where it depends on it. What has
//!   changed meanwhile is read, and planned again.
//! - Before anything is adopted, and before a pod or revision that has gone is made again, the API server is
//!   asked whether the DaemonSet is there to stay. One that is gone has nothing made for it, however late
//!   its watch is, and one that was made anew under its name takes its place at once.
//! - Pods are created one, two, four at a time. What is refused is tried again after 5 ms, and
//!   doubling, from a second on a quarter later each time, up to a minute; at once where the DaemonSet
//!   was changed or a pod of it is gone. Nothing is created in a namespace that is being deleted.
//! - A DaemonSet that is being deleted is left alone, whether foreground, background or orphan: the
//!   garbage collector does the rest.
//! - The status is written when it changed, and at most about twice a second; events are counted
//!   together as Kubernetes counts them.
//!
//! # Under a policy
//!
//! A [`Conductor`] does not take the controller's place but works beside Kubernetes's own: it carries
//! [policies](crate::policy) out over DaemonSets with `OnDelete`. It is driven by the same loop
//! ([`Machine`] is what both have in common).
//!
//! # What it leaves to you
//!
//! One controller at a time: leader election. The Go controller has to be switched off
//! (`kube-controller-manager --controllers=*,-daemonset-controller`). After either of them the other
//! goes on where it left off, and no pod restarts for that.
//!
//! # Sets and revisions are JSON
//!
//! Hand nodes and pods over in any type that has a view; but hand DaemonSets and
//! ControllerRevisions over as the API server sent them, in JSON or in a dynamic object. A type that
//! was generated for another version of Kubernetes drops the fields that it does not know. The
//! template would then differ from the stored one, a new revision would be made of it, and every pod
//! would be replaced.

mod by_name;
mod carry_out;
mod change;
mod choose;
mod compose;
mod conduct;
mod counts;
mod doubt;
mod due;
mod events;
mod ingest;
mod kind;
mod land;
mod lists;
mod machine;
mod memory;
mod pod_name;
mod pod_views;
mod pods;
mod rate;
mod reply;
mod request;
mod retry;
mod stage;
mod standing;
mod status_gate;
mod steady;
mod stored;
mod unseen;

use std::collections::BTreeMap;

use crate::cluster::Options;
use crate::matching::SelectorError;
use crate::planner::Planner;
use crate::tracker::Tracker;
use by_name::ByName;
use lists::Lists;
use memory::SetEntry;
use stage::Flight;
use steady::Steady;
use stored::StoredRevision;
use unseen::Unseen;

pub use change::Change;
pub use conduct::{APPROVE, Conductor, MEMORY, POLICY};
pub use counts::Counts;
pub use kind::{Key, Kind};
pub use machine::Machine;
pub use request::{Answer, Method, Request};
pub use stored::ReadError;

/// The DaemonSet controller, but for its connection to the API server. See the [module](self).
#[derive(Clone, Debug)]
pub struct Controller {
    tracker: Tracker,
    sets: ByName<SetEntry>,
    revisions: ByName<StoredRevision>,
    unseen: Unseen,
    lists: Lists,
    flights: BTreeMap<Key, Flight>,
    steady: Steady,
    options: Options,
    reporter: String,
    counts: Counts,
}

impl Default for Controller {
    fn default() -> Self {
        Self {
            tracker: Tracker::new(),
            sets: ByName::default(),
            revisions: ByName::default(),
            unseen: Unseen::default(),
            lists: Lists::default(),
            flights: BTreeMap::new(),
            steady: Steady::default(),
            options: Options::default(),
            reporter: "daemonset-controller".to_owned(),
            counts: Counts::default(),
        }
    }
}

impl Controller {
    /// A controller that knows nothing yet and reports as `daemonset-controller`.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets feature gates and the cap on creates and deletes.
    #[must_use]
    pub fn with_options(mut self, options: Options) -> Self {
        self.options = options;
        self
    }

    /// Sets the component that events name as their source.
    #[must_use]
    pub fn reporting_as(mut self, component: &str) -> Self {
        component.clone_into(&mut self.reporter);
        self
    }

    /// How often what was done so far.
    #[must_use]
    pub fn counts(&self) -> Counts {
        self.counts
    }

    /// The nodes and pods as they are taken to be: as the watches show them, and what was written
    /// since.
    #[must_use]
    pub fn tracker(&self) -> &Tracker {
        &self.tracker
    }

    /// Whether each kind was listed once, so that decisions are made.
    #[must_use]
    pub fn is_synced(&self) -> bool {
        self.lists.are_complete()
    }

    /// Why nothing is decided for a DaemonSet, if its selector is malformed. The API server takes no
    /// such selector.
    #[must_use]
    pub fn fault(&self, key: &Key) -> Option<SelectorError> {
        let entry = self.sets.get(&key.namespace, &key.name)?;
        Planner::new(&entry.stored.object).err()
    }
}
