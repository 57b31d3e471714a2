//! Clusters, a model world and an oracle for tests, benches and fuzz targets.

pub mod conformance;
pub mod facts;
pub mod generate;
pub mod world;

pub use facts::Facts;
pub use world::World;
