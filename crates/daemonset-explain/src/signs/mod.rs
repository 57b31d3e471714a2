//! What the words of a failure point to, beside the pod: a node that lacks something, a service that does
//! not answer, an object that is missing.

pub(crate) mod asked_pods;
pub(crate) mod autoscaler;
pub(crate) mod claims;
pub(crate) mod cloud;
pub(crate) mod demanded;
pub(crate) mod device;
pub(crate) mod given;
pub(crate) mod heard;
pub(crate) mod image;
pub(crate) mod image_name;
pub(crate) mod injected;
pub(crate) mod lookup;
pub(crate) mod memory;
pub(crate) mod missing;
pub(crate) mod mounted;
pub(crate) mod network;
pub(crate) mod outside;
pub(crate) mod quoted;
pub(crate) mod start_time;
pub(crate) mod unexpanded;
pub(crate) mod validity;
