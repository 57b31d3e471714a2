//! JSON as a DaemonSet that the API server is asked about.

#![no_main]

#[path = "../checks/validation.rs"]
mod validation;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| validation::check(bytes));
