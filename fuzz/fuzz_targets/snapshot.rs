//! Bytes as a dump of a cluster, planned for.

#![no_main]

#[path = "../checks/mod.rs"]
mod checks;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| checks::snapshot::check(bytes));
