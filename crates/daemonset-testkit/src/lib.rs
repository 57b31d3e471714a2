//! Clusters, a model world and an oracle for tests, benches and fuzz targets.

pub mod conformance;
pub mod facts;
pub mod fleet;
pub mod generate;
pub mod world;

pub use facts::Facts;
pub use fleet::Fleet;
pub use world::World;
