//! The page: one HTML file that needs nothing but itself.
//!
//! Its content security policy names its own script and style by their hashes and allows no
//! connection at all: a browser that keeps to it sends nothing of what the page shows or reads to
//! anywhere. What comes from a cluster stands in a block of JSON, in which `<`, `>` and `&` are
//! escaped, and is only ever shown as text.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

use crate::report::Report;

const PAGE: &str = include_str!("../assets/page.html");
const STYLE: &str = include_str!("../assets/page.css");
const SCRIPT: &str = include_str!("../assets/page.js");
const WORKER: &str = include_str!("../assets/worker.js");

/// The page of one report.
///
/// ```
/// use daemonset_manifest::Inventory;
/// use daemonset_report::{Report, page};
///
/// let html = page::of_report(&Report::new(&Inventory::new(), None));
/// assert!(html.starts_with("<!doctype html>"));
/// assert!(html.contains("connect-src 'none'"));
/// ```
#[must_use]
pub fn of_report(report: &Report) -> String {
    // Maps with keys of text, numbers and text: nothing that JSON could not hold.
    let json = serde_json::to_string(report).unwrap_or_default();
    assemble(&inert(&json), "", "")
}

/// The page that reads dumps in the browser, with the program (WebAssembly) that answers, and a dump
/// to try it with.
#[must_use]
pub fn with_program(program: &[u8], example: &str) -> String {
    let example = serde_json::Value::from(example).to_string();
    assemble("", &STANDARD.encode(program), &inert(&example))
}

fn assemble(report: &str, program: &str, example: &str) -> String {
    let policy = format!(
        "default-src 'none'; script-src '{}' 'wasm-unsafe-eval'; style-src '{}'; worker-src blob:; \
         connect-src 'none'; img-src 'none'; form-action 'none'; base-uri 'none'",
        hash(SCRIPT),
        hash(STYLE),
    );
    // In one pass, so that nothing in what is put in is taken for a mark.
    let mut html = String::with_capacity(PAGE.len() + report.len() + program.len());
    let mut rest = PAGE;
    while let Some(at) = rest.find("{{") {
        html.push_str(&rest[..at]);
        rest = &rest[at + 2..];
        let Some(end) = rest.find("}}") else { break };
        html.push_str(match &rest[..end] {
            "policy" => &policy,
            "style" => STYLE,
            "script" => SCRIPT,
            "worker" => WORKER,
            "report" => report,
            "program" => program,
            "example" => example,
            _ => "",
        });
        rest = &rest[end + 2..];
    }
    html.push_str(rest);
    html
}

/// As a content security policy names a script.
fn hash(text: &str) -> String {
    format!("sha256-{}", STANDARD.encode(Sha256::digest(text)))
}

/// JSON that ends no element and begins none, wherever it stands in HTML.
fn inert(json: &str) -> String {
    json.replace('<', "\\u003c")
        .replace('>', "\\u003e")
        .replace('&', "\\u0026")
        .replace('\u{2028}', "\\u2028")
        .replace('\u{2029}', "\\u2029")
}
