//! What the command prints, word for word: every `console` block of `tests/cmd` and of the README.
//!
//! `TRYCMD=overwrite cargo test -p dsplan --test cli` writes down what it prints now.

#[test]
fn the_command_prints_what_is_written_down() {
    // Paths in the texts are those that somebody at the root of the project types.
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");
    std::env::set_current_dir(root).expect("the project's root is there");
    trycmd::TestCases::new()
        .case("crates/dsplan/tests/cmd/*.md")
        .case("crates/dsplan/tests/cmd/*.toml");
    trycmd::TestCases::new()
        .env("COLUMNS", "100")
        .case("README.md");
}
