//! Clusters, a model world and an oracle for tests, benches and fuzz targets.
