//! How much a finding weighs.

use super::Finding;

impl Finding {
    /// How many nodes it is about, where that tells how much it weighs.
    pub(crate) fn weight(&self) -> usize {
        match self {
            // What should not run it is missed on none.
            Self::UnhealthyNodes { nodes, besides, .. } => nodes.len().saturating_sub(*besides),
            Self::Looping { nodes, .. } => nodes.len(),
            Self::Preempted { nodes, .. }
            | Self::WaitsForItself { nodes, .. }
            | Self::PodsOnMissingNodes { nodes, .. }
            | Self::FailingPods { nodes, .. }
            | Self::UnscheduledPods { nodes, .. }
            | Self::Refused { nodes, .. }
            | Self::StuckTerminating { nodes, .. } => nodes.len(),
            _ => 0,
        }
    }

    /// Whether no pod is created while it holds: the API server refuses it, or the controller does not act.
    pub(crate) fn stops_creation(&self) -> bool {
        matches!(
            self,
            Self::Refused { .. }
                | Self::ControllerIdle { .. }
                | Self::NodesNotCounted { .. }
                | Self::ManagerDown { .. }
                | Self::StatusContradicted { .. }
        )
    }

    /// Whether somebody should look at it, however the rollout stands.
    #[must_use]
    pub fn needs_attention(&self) -> bool {
        !matches!(
            self,
            Self::Complete { .. }
                | Self::ToldByGeneration { .. }
                | Self::Progressing { .. }
                | Self::Pulling { .. }
                | Self::RefusedBefore { .. }
                | Self::SoFar(_)
                | Self::OnDelete { is_at_it: true, .. }
                | Self::NodesShuttingDown { .. }
                | Self::NodesRebooting { .. }
                | Self::LeftByRevision(_)
                | Self::MinReadySeconds { .. }
                | Self::RoomToCome { .. }
                | Self::BackOff { .. }
                | Self::NotObserved { .. }
                | Self::Capped { .. }
                | Self::StrategyWritten { .. }
                | Self::KeptOutdated { .. }
                | Self::LeftOut { .. }
                | Self::PodsOnMissingNodes { .. }
                | Self::UnknownHashes { .. }
                | Self::EarlierSet { overdue: None, .. }
                | Self::HeldByFinalizers { .. }
                | Self::UnhealthyNodes { .. }
                | Self::Misscheduled { .. }
                | Self::Collision
        )
    }
}
