//! What people and machines feed a reader: good, broken and hostile; every error by its text.

#![allow(clippy::format_collect, clippy::format_push_string)] // plainest for made-up texts

#[path = "reading/bounds.rs"]
mod bounds;
#[path = "reading/objects.rs"]
mod objects;
#[path = "reading/packed.rs"]
mod packed;
#[path = "reading/slips.rs"]
mod slips;

use daemonset_manifest::{Diagnostic, Inventory, Severity};

/// What reading says of a source named `s`, and what came of it.
fn read(source: impl AsRef<[u8]>) -> (String, Inventory) {
    let mut inventory = Inventory::new();
    inventory.read("s", source.as_ref());
    (told(&inventory), inventory)
}

/// A line for everything that was found.
fn told(inventory: &Inventory) -> String {
    let undecodable = inventory.undecodable.iter().flat_map(|set| &set.faults);
    let line = |finding: &Diagnostic| {
        let severity = match finding.severity {
            Severity::Error => String::new(),
            other => format!("{other}: "),
        };
        format!("{severity}{}: {finding}", finding.place.as_ref().unwrap())
    };
    let all = inventory.diagnostics().iter().chain(undecodable);
    let mut lines: Vec<_> = all.map(line).collect();
    if inventory.more_diagnostics() > 0 {
        lines.push(format!("and {} more", inventory.more_diagnostics()));
    }
    lines.join("\n")
}

#[track_caller]
fn refuses(source: impl AsRef<[u8]>, expected: &str) {
    assert_eq!(read(source).0, expected);
}

/// Refuses the only document of a source as no YAML and no JSON. Where a parser finds that out, and
/// what it calls it, is its own.
#[track_caller]
fn refuses_as(code: &str, source: impl AsRef<[u8]>, expected: &str) {
    let (_, inventory) = read(source);
    let [finding] = inventory.diagnostics() else {
        panic!("{:?}", inventory.diagnostics());
    };
    assert_eq!(finding.code.as_str(), code, "{finding}");
    assert!(finding.message.starts_with(expected), "{finding}");
    assert!(finding.place.as_ref().unwrap().line.is_some());
}

const EMPTY: &str = "warning: s: expected YAML or JSON, found ";

/// Takes a source without objects, so that only its form matters.
#[track_caller]
fn takes_nothing(source: &str) {
    let (errors, inventory) = read(source);
    assert!(
        errors.starts_with(EMPTY) && errors.lines().count() == 1,
        "{source:?}: {errors}"
    );
    assert!(inventory.pods.is_empty() && inventory.passed_over().count() == 0);
}

#[track_caller]
fn takes_a_pod(source: impl AsRef<[u8]>) {
    let (errors, inventory) = read(source);
    assert_eq!(errors, "");
    assert_eq!(inventory.pods.len(), 1);
}

/// A pod for which nothing but the form of its text matters.
const POD: &str = r#"{"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a"}}"#;

#[test]
fn of_a_key_that_comes_twice_the_last_counts() {
    let table: &[(&str, &str)] = &[
        (
            "kind: A\nmetadata:\n  name: a\n  labels: {x: [1, 2]}\n  name: b\napiVersion: v1\n",
            "5: metadata.name: expected the key once, found it on line 3 already",
        ),
        (
            "{\"kind\": \"A\",\n\"metadata\": {\"labels\": {\"x\": [1,\n2]}, \"name\": \"a\",\n \
             \"name\": \"b\"}, \"apiVersion\": \"v1\"}",
            "4: metadata.name: expected the key once, found it on line 3 already",
        ),
        (
            "{kind: A, apiVersion: v1, 1: a, '1': b}",
            "1: 1: expected the key once, found it on line 1 already",
        ),
        // A merged key gives way to one that is written.
        (
            "kind: A\napiVersion: v1\nx: &x {a: 1}\nz:\n  <<: *x\n  a: 2\n  a: 3\n",
            "7: z.a: expected the key once, found it on line 6 already",
        ),
    ];
    for (source, expected) in table {
        let expected = format!("warning: s, document 1, line {expected}; the last one counts");
        refuses(source, &expected);
    }
    let (said, inventory) = read(
        "apiVersion: v1\nkind: Node\nmetadata: {name: a, name: b}\nmetadata: {name: c, uid: d, uid: e}\n",
    );
    assert_eq!(said.lines().count(), 3, "{said}");
    assert_eq!(inventory.nodes[0].metadata.name, "c");
    assert_eq!(inventory.nodes[0].metadata.uid, "e");
    // Where it stands is told as everything else is.
    let (said, _) = read(
        "kind: List\napiVersion: v1\nitems:\n- kind: Node\n  apiVersion: v1\n  metadata: {name: a, labels: {a.b/c: x, a.b/c: y}}\n",
    );
    let path = "s, document 1, items[0], line 6: metadata.labels[a.b/c]: expected the key once";
    assert!(said.starts_with(&format!("warning: {path}")), "{said}");
    // However often: the first twenty are told.
    let (said, _) = read(format!(
        "kind: A\napiVersion: v1\n{}",
        "b: 1\n".repeat(100_000)
    ));
    assert_eq!(said.lines().count(), 20, "{said}");
}

#[test]
fn utf_8_and_utf_16_are_text() {
    let utf16 = |text: &str, unit: fn(u16) -> [u8; 2], mark: &[u8]| -> Vec<u8> {
        let units = text.encode_utf16().flat_map(unit);
        mark.iter().copied().chain(units).collect()
    };
    let yaml = "apiVersion: v1\nkind: Pod\nmetadata: {name: a, annotations: {a: 😀é}}\n";
    takes_a_pod(yaml);
    takes_a_pod(utf16(yaml, u16::to_le_bytes, b"\xff\xfe"));
    takes_a_pod(utf16(yaml, u16::to_be_bytes, b"\xfe\xff"));
    takes_a_pod(utf16(yaml, u16::to_le_bytes, b""));
    takes_a_pod(utf16(POD, u16::to_be_bytes, b""));
    // With a byte order mark, wherever one file was put behind another.
    takes_a_pod(format!("\u{feff}{yaml}"));
    takes_a_pod(format!("\u{feff}{POD}"));
    takes_a_pod(format!("---\n\u{feff}{yaml}"));
    takes_a_pod(format!("\u{feff}---\n{yaml}---\n"));
    takes_a_pod(format!("apiVersion: v1\nkind: Secret\n\u{feff}---\n{yaml}"));
    takes_a_pod(yaml.replace('\n', "\r\n"));

    for (source, expected) in [
        (
            &b"\xff\xfe\0\xd8"[..],
            "s, document 1, line 1: expected UTF-16, found half of a surrogate pair",
        ),
        (
            b"\xff\xfe\0\0",
            "s, document 1, line 1: expected UTF-8 or UTF-16, found UTF-32",
        ),
        (
            b"\0\0\xfe\xff",
            "s, document 1, line 1: expected UTF-8 or UTF-16, found UTF-32",
        ),
    ] {
        refuses(source, expected);
    }
    // Latin-1 is read as kubectl reads it, and said.
    let latin_1 = b"apiVersion: v1\nkind: Pod\nmetadata: {name: a, annotations: {a: \xe9\xe8}}\n";
    let (said, inventory) = read(latin_1);
    assert_eq!(
        said,
        "warning: s, document 1, line 3: expected UTF-8, found the byte 0xe9, which is read as U+FFFD"
    );
    assert_eq!(inventory.pods.len(), 1);
    assert!(!inventory.is_incomplete());
    // One document in error does not hide the next.
    let (said, inventory) = read(format!("a: \u{1}\n---\n{yaml}"));
    assert!(
        said.starts_with("s, document 1, line 1: not YAML"),
        "{said}"
    );
    assert_eq!(inventory.pods.len(), 1);
}

#[test]
fn what_is_no_yaml_is_told_in_words_of_this_crate() {
    for (code, source, expected) in [
        (
            "syntax",
            "a: b\0c\n",
            "not YAML: expected text, found the character `\\u0000`",
        ),
        (
            "syntax",
            "a: 'x\u{7}'\n",
            "not YAML: expected text, found the character `\\u0007`",
        ),
        (
            "syntax",
            "a: |\n x\u{7f}\n",
            "not YAML: expected text, found the character `\\u007f`",
        ),
        (
            "syntax",
            "kind: Pod\nmetadata:\n\tname: a\n",
            "not YAML: expected spaces for indentation, found a tab",
        ),
        (
            "syntax",
            "a: |\n\tx\n",
            "not YAML: expected spaces for indentation, found a tab",
        ),
        (
            "cut-short",
            "a: \"b\n  c: d",
            "not YAML: expected a closing quote, found the end",
        ),
        (
            "cut-short",
            "a: 'b\n  c: d",
            "not YAML: expected a closing quote, found the end",
        ),
        (
            "cut-short",
            "a: [b,\n  c\n",
            "not YAML: expected the `]` of this `[`, found the end",
        ),
        (
            "cut-short",
            "{a: b, c: d\n",
            "not YAML: expected the `}` of this `{`, found the end",
        ),
        (
            "syntax",
            "a: b: c\n",
            "not YAML: expected one `key: value` a line, found another colon",
        ),
        (
            "syntax",
            "a:\n  - b\n c: d\n",
            "not YAML: expected the indentation of the lines before, found another",
        ),
        (
            "syntax",
            "%YAML 3.0\n---\na: b\n",
            "not YAML: expected no directive, or `%YAML 1.1`",
        ),
        (
            "syntax",
            "{a: b}}\n",
            "not YAML: expected an opening bracket before the closing one",
        ),
        ("syntax", "a: @b\n", "not YAML: "),
        (
            "syntax",
            "a: *\n",
            "not YAML: expected a name after `&` or `*`, found none",
        ),
    ] {
        refuses_as(code, source, expected);
    }
    // Versions of the parser differ in whether the quote or the next line is at fault.
    let (said, _) = read("a: \"b\nc: d\n");
    assert!(said.contains(": not YAML: "), "{said}");
    // Between a key and its value, or before a comment, tabs are fine.
    takes_a_pod("apiVersion:\tv1\nkind:\tPod\t# a pod\nmetadata: {name: a}\n");
}

#[test]
fn one_document_in_error_does_not_hide_the_others() {
    let node = "apiVersion: v1\nkind: Node\nmetadata: {name: a}\n";
    for broken in [
        "a: [\n",
        "a: \"\n",
        "a: 'b\n\n",
        "a: b: c\n",
        "a:\n\t- b\n",
        "{\n",
        "x: *y\n",
        "a: |\n\tx\n",
        "- a\nb: c\n",
        "kind: A: B\n---x\n",
        "\"a\n",
        "a: !foo b\n",
        "a: &\n",
    ] {
        let (said, inventory) = read(format!("{broken}---\n{node}---\n{broken}"));
        assert!(said.lines().count() >= 2, "{broken:?}: {said}");
        assert!(
            said.starts_with("s, document 1, line "),
            "{broken:?}: {said}"
        );
        assert!(
            said.contains("\ns, document 3, line "),
            "{broken:?}: {said}"
        );
        assert_eq!(inventory.nodes.len(), 1, "{broken:?}");
        assert!(inventory.is_incomplete());
    }
    // Lines are those of the source.
    let (said, _) = read("---\na: 1\n---\n\n\nb: !foo c\n");
    assert!(
        said.contains("s, document 2, line 6: b: expected no tag"),
        "{said}"
    );
    // A fault that is none of syntax leaves the rest of its document to be looked at for those.
    let (said, _) = read("a: !foo 1\nb: [\n");
    assert_eq!(said.lines().count(), 2, "{said}");
    // A value of JSON does not hide the next one either.
    let (said, inventory) = read(format!("{{\"a\": 1e999}}\n{POD}"));
    assert_eq!(
        said,
        "s, document 1, line 1: a: expected a number that 64 bits hold exactly, found 1e999"
    );
    assert_eq!(inventory.pods.len(), 1);
}

#[test]
fn documents_may_be_empty() {
    for source in [
        "",
        " \n\t\n",
        "---",
        "---\n---\n",
        "...\n",
        "--- # a\n...\n---\n",
        "# a\n  # b\n",
        "null\n---\n~\n",
        "\u{feff}",
    ] {
        takes_nothing(source);
    }
    assert!(read("").0.ends_with("found an empty file"));
    assert!(read("# a\n").0.ends_with("found no object in it"));
    let pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\n";
    // kubectl does not read a directive; what comes after it is clear.
    let (said, inventory) = read(format!("# a\n%YAML 1.1\n---\n{pod}"));
    assert_eq!(
        said,
        "s, document 1, line 2: expected no directive, found \"%YAML 1.1\": kubectl does not read the document"
    );
    assert_eq!(inventory.pods.len(), 1);
    assert!(inventory.is_incomplete());
    takes_a_pod(format!("---\n...\n---\n# a\n---\n{pod}...\n---\n"));
    // Empty ones count where documents are numbered.
    refuses(
        "---\n---\n---\na\n",
        "s, document 3, line 4: expected an object, found \"a\"",
    );
}

#[test]
fn json_is_json_or_else_yaml() {
    let both = |separator: &str| {
        let node = POD.replace("Pod", "Node");
        let (errors, inventory) = read(format!("{POD}{separator}{node}\n"));
        assert_eq!(errors, "");
        assert_eq!((inventory.pods.len(), inventory.nodes.len()), (1, 1));
    };
    both("");
    both("\n");
    both("\n---\n");
    takes_a_pod("{apiVersion: v1, kind: Pod, metadata: {name: a,},}");
    takes_a_pod("{\"apiVersion\": \"v1\", # a comment\n \"kind\": \"Pod\", metadata: {name: a}}");
    for (code, source, expected) in [
        // Neither: the one that could be followed further is told.
        (
            "syntax",
            "{\"apiVersion\": \"v1\", \"kind\": \"Secret\"} x",
            "not JSON: expected a value, found `x` (column 40)",
        ),
        (
            "cut-short",
            "{\"apiVersion\": \"v1\",\n \"kind\": \"Pod\", \"metadata\": {",
            "not JSON: the text ends in the middle of a value",
        ),
        (
            "cut-short",
            "{\"a\": [1, \"b",
            "not JSON: the text ends in the middle of a string",
        ),
        (
            "cut-short",
            "[1, 2",
            "not JSON: the text ends in the middle of a value",
        ),
        (
            "wrong-key",
            "{[agent]: 1}\n",
            "expected a string, a number or a boolean as key",
        ),
        // Half a surrogate pair has the form of JSON, and no meaning.
        (
            "syntax",
            "{\"a\":\n  \"\\ud800\"}",
            "expected a string whose escapes make characters, found \\\"\\\\ud800\\\"",
        ),
    ] {
        refuses_as(code, source, expected);
    }
    refuses(
        "[1, 2]",
        "s, document 1, line 1: expected an object, found a list",
    );
}

#[test]
fn numbers_are_exact_or_refused() {
    for number in [
        "18446744073709551617",
        "123456789012345678901",
        "-9223372036854775809",
        "-.inf",
        ".nan",
        "1e999",
    ] {
        let expected = format!(
            "s, document 1, line 1: kind: expected a number that 64 bits hold exactly, found {number}"
        );
        if !number.contains('.') {
            refuses(format!("{{\"kind\": {number}}}"), &expected);
        }
        // To YAML, what no float holds is a text.
        if number != "1e999" {
            refuses(format!("kind: {number}\n"), &expected);
        }
    }
    takes_a_pod(POD.replace(
        "{\"name\"",
        "{\"x\": [100000000000000000000, 18446744073709551615, 0.1], \"name\"",
    ));
}

#[test]
fn tags_and_keys_are_those_of_kubectl() {
    let tags = "expected no tag, or !!str, !!int, !!float, !!bool, !!null, !!map or !!seq, found";
    let keys = "expected a string, a number or a boolean as key, found";
    let merge = "expected an object or a list of objects to merge, found";
    for (source, expected) in [
        ("a: !foo b\n", format!("1: a: {tags} !foo")),
        ("a: [! b]\n", format!("1: a[0]: {tags} !")),
        ("a: !!binary aGk=\n", format!("1: a: {tags} !!binary")),
        ("a: !!set {b}\n", format!("1: a: {tags} !!set")),
        (
            "a: !!int x\n",
            "1: a: expected an integer after !!int, found \"x\"".to_owned(),
        ),
        (
            "a: !!bool 1\n",
            "1: a: expected a boolean after !!bool, found \"1\"".to_owned(),
        ),
        ("? [a]\n: b\n", format!("1: {keys} a list")),
        ("a:\n  ~: b\n", format!("2: a: {keys} nothing")),
        (
            "x: &x [1]\ny: {*x : 1}\n",
            format!("2: true: {keys} a list"),
        ),
        ("z: {<<: 3}\n", format!("1: z[<<]: {merge} 3")),
        ("z: {<<: [{}, x]}\n", format!("1: z[<<]: {merge} a list")),
    ] {
        refuses(source, &format!("s, document 1, line {expected}"));
    }
}
