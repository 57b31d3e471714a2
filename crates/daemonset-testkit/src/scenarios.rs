//! Single runs for an instruction counter.

use std::hint::black_box;

/// Runs the scenarios that the command line names, or all of them, each once.
pub fn run(scenarios: &[(&str, fn())]) {
    // Cargo's own arguments begin with dashes.
    let wanted: Vec<String> = std::env::args()
        .skip(1)
        .filter(|a| !a.starts_with('-'))
        .collect();
    for (name, run) in scenarios {
        if wanted.is_empty() || wanted.iter().any(|wanted| wanted == name) {
            run();
            println!("{name}: ran");
        }
    }
}

/// What is counted: valgrind is told this function's name.
#[inline(never)]
pub fn counted<T>(run: impl FnOnce() -> T) -> T {
    black_box(run())
}
