//! Clusters, a model world and an oracle for tests, benches and fuzz targets.

pub mod conformance;
pub mod decision;
pub mod draw;
pub mod facts;
pub mod fleet;
pub mod generate;
pub mod growth;
pub mod mirror;
pub mod oracle;
pub mod promises;
pub mod scenario;
pub mod scenarios;
mod splice;
pub mod world;

pub use draw::Draw;
pub use facts::Facts;
pub use fleet::Fleet;
pub use mirror::Mirror;
pub use splice::splice;
pub use world::World;
