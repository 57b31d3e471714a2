//! What the README shows is what the command prints.
//!
//! `README_REWRITE=1 cargo test --all-features --test readme` writes it anew.

use std::process::Command;

#[test]
fn the_readme_shows_what_the_command_prints() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/README.md");
    let readme = std::fs::read_to_string(path).unwrap();
    let mut rewritten: Vec<String> = Vec::new();
    let mut shown = 0;
    let mut lines = readme.lines();
    while let Some(line) = lines.next() {
        rewritten.push(format!("{line}\n"));
        if line != "```console" {
            continue;
        }
        let command = lines.next().unwrap();
        rewritten.push(format!("{command}\n"));
        let arguments = command
            .strip_prefix("$ cargo run -q --features cli -- ")
            .expect("the command as a newcomer runs it");
        let output = Command::new(env!("CARGO_BIN_EXE_dsplan"))
            .args(arguments.split_whitespace())
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .output()
            .unwrap();
        rewritten.push(String::from_utf8(output.stdout).unwrap());
        shown += 1;
        let end = lines.find(|line| *line == "```").expect("the block ends");
        rewritten.push(format!("{end}\n"));
    }
    let rewritten = rewritten.concat();
    assert!(shown > 0);
    if std::env::var_os("README_REWRITE").is_some() {
        assert!(std::env::var_os("CI").is_none(), "CI rewrites nothing");
        std::fs::write(path, rewritten).unwrap();
    } else {
        assert!(
            rewritten == readme,
            "README.md shows something else:\n{rewritten}"
        );
    }
}
