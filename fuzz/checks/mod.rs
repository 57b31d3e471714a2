//! What must hold for whatever comes in. The fuzz targets and the crate's own tests include this,
//! so that a rule stands here once; each takes the part that it needs.

#![allow(dead_code)] // a target calls one check

pub mod cluster;
pub mod manifest;
pub mod selector;
pub mod snapshot;
