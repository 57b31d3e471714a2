//! JSON as a DaemonSet and a manifest that is applied to it.

#![no_main]

#[path = "../checks/apply.rs"]
mod apply;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| apply::check(bytes));
