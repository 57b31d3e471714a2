//! Manifests and dumps in; diagnostics with places out.
