//! Fit: has a node room for a pod, and if not, what stands in the way?
//!
//! [`placement`](crate::placement) says where a DaemonSet wants its pods; whether they come to run
//! there is the scheduler's to decide, and this is how it does: kube-scheduler 1.36 with its
//! default plugins, on the one node that a daemon pod names. Every obstacle is found, not the
//! first alone, each with its figures.
//!
//! ```
//! use daemonset::api::PodTemplate;
//! use daemonset::fit::{Admission, Answer, NodeFacts, PodFacts, PodNeeds, Rooms};
//! use serde_json::json;
//!
//! let mut rooms = Rooms::default();
//! rooms.set_node(&NodeFacts::from_json(&json!({
//!     "metadata": {"name": "node-a"},
//!     "status": {"allocatable": {"cpu": "2", "memory": "4Gi", "pods": "110"}},
//! }))?);
//! rooms.set_pod(&PodFacts::from_json(&json!({
//!     "metadata": {"name": "db-0", "namespace": "shop"},
//!     "spec": {"nodeName": "node-a", "containers": [
//!         {"name": "db", "resources": {"requests": {"cpu": "1500m"}}, "ports": [{"hostPort": 9100}]},
//!     ]},
//! }))?);
//! let template = PodTemplate::try_from(json!({"spec": {"containers": [
//!     {"name": "agent", "resources": {"limits": {"cpu": "750m"}}, "ports": [{"hostPort": 9100}]},
//! ]}}))?;
//! let needs = PodNeeds::of_template(&template, "infra", &Admission::default())?;
//!
//! let fit = needs.fit(rooms.get("node-a").unwrap());
//! assert_eq!(fit.answer, Answer::Conflict);
//! assert_eq!(
//!     fit.to_string(),
//!     "conflict with pods on the node: host port 9100/TCP is held by shop/db-0; \
//!      asks for 750m cpu, 500m of 2 is free",
//! );
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! What it reads of pods and nodes ([`PodFacts`], [`NodeFacts`]) is not part of the
//! [API types](crate::api) that planning reads: who does not ask pays nothing. What the template
//! lacks until it is a pod, [`Admission`] fills in. [`Update`] asks whether a changed template
//! still fits and whether the rollout stalls, [`PodNeeds::headroom`] how much more it could ask
//! for, [`Daemons`] what daemons will take of a node that does not exist yet.
//!
//! # What is left out
//!
//! Volumes with claims or disks, dynamic resource allocation, topology spread, other schedulers,
//! and features that nodes declare. Where a pod has any of these and nothing else stands against
//! it, the answer is [`Answer::Unknown`] with each [`Need`], never yes. Terms between pods that
//! read beyond the node are [`Need::OtherNodes`] unless [`Surroundings`] are given; without them
//! anti-affinity of pods on other nodes is not looked at. Webhooks, quotas and what a LimitRange
//! forbids to it as a whole are not known here either.

mod admission;
mod checks;
mod cluster;
mod contention;
mod context;
mod daemons;
mod facts;
mod headroom;
mod inter_pod;
mod limits;
mod needs;
mod neighbours;
mod nominated;
mod obstacle;
mod occupancy;
mod overhead;
mod pods;
mod ports;
mod preemption;
mod requests;
mod residents;
mod resource;
mod room;
mod rooms;
mod terms;
mod update;
mod verdict;

pub use admission::{Admission, Assumed, PriorityClass, RuntimeClass};
pub use cluster::{Asked, ClusterRoom};
pub use contention::{Contends, KeptOff};
pub use context::{Context, DisruptionBudget};
pub use daemons::{Daemon, Daemons};
pub use facts::{FactsError, NodeFacts, PodFacts};
pub use headroom::{Blocked, Displacing, Headroom, HeadroomOptions, NodeRaise};
pub use inter_pod::Surroundings;
pub use limits::LimitRange;
pub use needs::{Need, PodNeeds, PreemptionPolicy};
pub use obstacle::{
    Check, Code, Elsewhere, FirstFailure, Obstacle, PassedOver, PortConflict, Shortfall,
};
pub use overhead::{DaemonShare, NewNode, Overhead, OverheadGroup, Share, Taken};
pub use pods::{PodName, PodRoom, RecentPods, Resident, Standing};
pub use ports::HostPort;
pub use preemption::{BudgetVerdict, Choice, Preemption, Victim};
pub use resource::{Amounts, CPU, EPHEMERAL_STORAGE, MEMORY, PODS, amount_text};
pub use room::{Allocatable, NodeRoom};
pub use rooms::Rooms;
pub use update::{Capacity, NodeFit, OldPod, Progress, Replacement, Site, Update};
pub use verdict::{Answer, Fit};

use occupancy::Occupancy;

impl PodNeeds {
    /// Whether the pod fits on the node, as far as the node and the pods on it say.
    #[must_use]
    pub fn fit(&self, room: &NodeRoom) -> Fit {
        self.fit_in(room, &Context::default())
    }

    /// Whether the pod fits on the node.
    #[must_use]
    pub fn fit_in(&self, room: &NodeRoom, context: &Context<'_>) -> Fit {
        self.judge(&Occupancy::of(room), context)
    }

    /// Whether the pod fits on the node once those residents are gone for which `leaves` holds.
    #[must_use]
    pub fn fit_without(
        &self,
        room: &NodeRoom,
        context: &Context<'_>,
        leaves: impl Fn(&Resident) -> bool,
    ) -> Fit {
        self.judge(&Occupancy::of(room).without(leaves), context)
    }

    /// Whether the pod fits on the node once these pods are gone, those of them that are there.
    ///
    /// It takes time by what the pod asks for and by these pods, not by all that are on the node.
    #[must_use]
    pub fn fit_after<'n>(
        &self,
        room: &NodeRoom,
        context: &Context<'_>,
        gone: impl IntoIterator<Item = &'n PodName>,
    ) -> Fit {
        self.judge(&Occupancy::of(room).without_these(gone), context)
    }

    fn judge(&self, here: &Occupancy<'_>, context: &Context<'_>) -> Fit {
        let mut found = nominated::findings(here, self, context);
        found.missing.extend(self.missing.iter().cloned());
        found.missing.sort();
        found.missing.dedup();
        let first = obstacle::first_failure(&found.obstacles);
        let can_help = first.is_some_and(|first| first.code == Code::Unschedulable);
        let preemption = (can_help && self.preemption != PreemptionPolicy::Never)
            .then(|| preemption::preempt(here, self, context));
        let helps = preemption.as_ref().and_then(Preemption::helpful_victims);
        let answer = match found.obstacles.iter().map(Obstacle::answer).min() {
            None if found.missing.is_empty() => Answer::Fits,
            None => Answer::Unknown,
            Some(_) if helps.is_some() && found.missing.is_empty() => Answer::AfterPreempting,
            Some(_) if helps.is_some() => Answer::Unknown,
            Some(worst) => worst,
        };
        Fit {
            answer,
            obstacles: found.obstacles,
            preemption,
            missing: found.missing,
        }
    }
}
