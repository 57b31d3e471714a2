//! Fit.

mod admission;
mod checks;
mod context;
mod facts;
mod inter_pod;
mod needs;
mod neighbours;
mod occupancy;
mod ports;
mod preemption;
mod requests;
mod resource;
mod room;
mod verdict;

pub use admission::{Admission, Assumed, LimitRange, PriorityClass, RuntimeClass};
pub use context::{Context, DisruptionBudget};
pub use facts::{FactsError, NodeFacts, PodFacts};
pub use inter_pod::Surroundings;
pub use needs::{Need, PodNeeds, PreemptionPolicy};
pub use ports::HostPort;
pub use preemption::{BudgetVerdict, Choice, Preemption, Victim};
pub use resource::{Amounts, CPU, EPHEMERAL_STORAGE, MEMORY, PODS, amount_text};
pub use room::{Allocatable, NodeRoom, PodName, Resident, Standing};
pub use verdict::{
    Answer, Check, Code, Elsewhere, FirstFailure, Fit, Obstacle, PassedOver, PortConflict,
    Shortfall,
};

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
        let here = Occupancy::of(room).keeping(|resident| !leaves(resident));
        self.judge(&here, context)
    }

    fn judge(&self, here: &Occupancy<'_>, context: &Context<'_>) -> Fit {
        let mut found = preemption::findings(here, self, context);
        found.missing.extend(self.missing.iter().cloned());
        found.missing.sort();
        found.missing.dedup();
        let first = verdict::first_failure(&found.obstacles);
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
