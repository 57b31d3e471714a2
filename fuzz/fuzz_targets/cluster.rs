//! Bytes as a small cluster and what happens to it, planned for after every change.

#![no_main]

#[path = "../checks/mod.rs"]
mod checks;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| checks::cluster::check(bytes));
