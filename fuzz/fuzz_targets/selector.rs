//! Lines of text as a selector, a template's placement rules, and a node.

#![no_main]

#[path = "../checks/mod.rs"]
mod checks;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| checks::selector::check(bytes));
