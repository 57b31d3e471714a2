//! What makes pods fail: the revision, by what it changed, or something else.

mod alike;
pub(crate) mod blame;
pub(crate) mod by_pods;
pub(crate) mod changes;
mod explains;
mod fell_before;
pub(crate) mod gates;
pub(crate) mod ports;
pub(crate) mod ran_before;
pub(crate) mod shown;
pub(crate) mod symptoms;
pub(crate) mod told_apart;
