//! Why a rollout is stuck and what would help, and what a change would do.
