//! What a terminal shows: lines as wide as it is, and whole ones where it has no width.
#![cfg(target_os = "linux")]

use std::fs::OpenOptions;
use std::io::Read as _;
use std::process::{Command, Stdio};

use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{Winsize, tcsetwinsize};

/// What `lint` shows on a terminal of so many columns.
fn shown(columns: u16) -> String {
    let terminal = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).expect("there are terminals");
    grantpt(&terminal).expect("it is ours");
    unlockpt(&terminal).expect("it is ours");
    let size = Winsize {
        ws_row: 24,
        ws_col: columns,
        ws_xpixel: 0,
        ws_ypixel: 0,
    };
    tcsetwinsize(&terminal, size).expect("it has a size");
    let name = ptsname(&terminal, Vec::new()).expect("it has a name");
    let name = name.to_str().expect("UTF-8");
    let inner = OpenOptions::new().read(true).write(true).open(name);
    let mut child = Command::new(env!("CARGO_BIN_EXE_dsplan"))
        .args(["lint", "base.yaml"])
        .current_dir(concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/tests/cases/input/manifests"
        ))
        .env_remove("COLUMNS")
        .env("NO_COLOR", "1")
        .stdin(Stdio::null())
        .stdout(inner.expect("it can be opened"))
        .stderr(Stdio::null())
        .spawn()
        .expect("the command runs");
    child.wait().expect("it ends");
    let mut text = Vec::new();
    // Once nothing holds its other side, reading a terminal ends in an error.
    let _ = std::fs::File::from(terminal).read_to_end(&mut text);
    String::from_utf8(text).expect("UTF-8")
}

#[test]
fn lines_are_as_wide_as_the_terminal() {
    let text = shown(80);
    assert!(text.contains("missing-requests"), "{text}");
    for line in text.lines().filter(|line| line.trim().contains(' ')) {
        assert!(line.chars().count() <= 80, "{line}");
    }
}

#[test]
fn a_terminal_without_a_width_is_none() {
    let text = shown(0);
    let sentence = "container agent requests no memory and no cpu: its pods are among the first";
    assert!(text.contains(sentence), "{text}");
}
