//! What people and machines feed a reader: good, broken and hostile; every error by its text.

#![allow(clippy::format_collect, clippy::format_push_string)] // plainest for made-up texts

#[path = "manifest/objects.rs"]
mod objects;

use daemonset::manifest::{Inventory, MAX_DEPTH};

/// What reading says of a source named `s`, and what came of it.
fn read(source: impl AsRef<[u8]>) -> (String, Inventory) {
    let mut inventory = Inventory::new();
    let errors = inventory.read("s", source.as_ref());
    (
        errors.map_or_else(|errors| errors.to_string(), |()| String::new()),
        inventory,
    )
}

#[track_caller]
fn refuses(source: impl AsRef<[u8]>, expected: &str) {
    assert_eq!(read(source).0, expected);
}

/// Takes a source without objects, so that only its form matters.
#[track_caller]
fn takes_nothing(source: &str) {
    let (errors, inventory) = read(source);
    assert_eq!(errors, "", "{source:?}");
    assert!(inventory.pods.is_empty() && inventory.passed_over.is_empty());
}

#[track_caller]
fn takes_a_pod(source: impl AsRef<[u8]>) {
    let (errors, inventory) = read(source);
    assert_eq!(errors, "");
    assert_eq!(inventory.pods.len(), 1);
}

const TOO_DEEP: &str = "expected at most 127 levels of lists and objects, found more";

#[test]
fn nesting_is_bounded() {
    let lists = |depth| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
    let objects = |depth| format!("{}1{}", "{\"a\":".repeat(depth), "}".repeat(depth));
    let block = |depth: usize| -> String {
        (0..depth)
            .map(|n| format!("{}a:\n", " ".repeat(n)))
            .collect()
    };
    refuses(
        lists(MAX_DEPTH),
        "s, document 1, line 1: expected an object, found a list",
    );
    refuses(
        objects(MAX_DEPTH),
        "s, document 1, line 1: kind: expected a string such as \"DaemonSet\", found nothing",
    );
    for depth in [MAX_DEPTH + 1, 200, 300, 100_000] {
        refuses(lists(depth), &format!("s, document 1, line 1: {TOO_DEEP}"));
        refuses(
            objects(depth),
            &format!("s, document 1, line 1: {TOO_DEEP}"),
        );
        refuses(
            "- ".repeat(depth),
            &format!("s, document 1, line 1: {TOO_DEEP}"),
        );
    }
    refuses(
        block(MAX_DEPTH),
        "s, document 1, line 1: kind: expected a string such as \"DaemonSet\", found nothing",
    );
    refuses(block(1000), &format!("s, document 1, line 128: {TOO_DEEP}"));
    // Neither the blocks nor the lists are too deep alone.
    let path = format!("a{}[0][0]", ".a".repeat(MAX_DEPTH - 3));
    let mixed = format!("{}{}[[[[]]]]", block(MAX_DEPTH - 2), " ".repeat(MAX_DEPTH));
    refuses(
        mixed,
        &format!("s, document 1, line 126: {path}: {TOO_DEEP}"),
    );
    // An alias must not go deeper either.
    let alias = format!(
        "a: &a {}\nb: {}*a{}\n",
        lists(100),
        "[".repeat(50),
        "]".repeat(50)
    );
    let path = format!("b{}", "[0]".repeat(50));
    refuses(alias, &format!("s, document 1, line 2: {path}: {TOO_DEEP}"));
}

#[test]
fn aliases_are_bounded() {
    let mut bomb = "a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n".to_owned();
    for n in 1..10 {
        let aliases = format!("*a{},", n - 1).repeat(10);
        bomb += &format!("a{n}: &a{n} [{aliases}]\n");
    }
    let limit = "expected aliases that stand for at most 100000 values in all, found more";
    refuses(bomb, &format!("s, document 1, line 5: a4[6]: {limit}"));

    // Anchors within anchors: a hundred copies of five thousand values.
    let nested: String = (0..100).map(|n| format!("[&a{n} ")).collect();
    let nested = format!("{nested}[{}]{}", "x,".repeat(5000), "]".repeat(100));
    let errors = read(nested).0;
    assert!(errors.starts_with("s, document 1, line 1: [0]"), "{errors}");
    assert!(errors.ends_with(limit), "{errors}");

    // Text counts as well: a thousand times 100 kB.
    let text = format!(
        "a: &a {}\nb: [{}]\n",
        "x".repeat(100_000),
        "*a,".repeat(1000)
    );
    let limit = text.len();
    let limit =
        format!("expected aliases that stand for at most {limit} values in all, found more");
    refuses(text, &format!("s, document 1, line 2: b[64]: {limit}"));

    // As a key, too.
    let text = format!(
        "- &a {}\n{}",
        "x".repeat(100_000),
        "- *a : 1\n".repeat(1000)
    );
    let limit = text.len();
    let limit =
        format!("expected aliases that stand for at most {limit} values in all, found more");
    refuses(text, &format!("s, document 1, line 70: [69]: {limit}"));

    // The bound is one for all documents of a source.
    let document = format!(
        "a: &a [{}]\nb: [{}]\n---\n",
        "x,".repeat(100),
        "*a,".repeat(100)
    );
    let errors = read(document.repeat(200)).0;
    assert!(
        errors.contains("document 11, line 32: b[16]: expected aliases"),
        "{errors}"
    );
}

#[test]
fn aliases_need_an_anchor_before_them() {
    refuses(
        "a: &a\n  b: *a\n",
        "s, document 1, line 2: a.b: expected *a after its anchor's value, found it inside",
    );
    refuses(
        "a: &a [x, {c: *a}]\n",
        "s, document 1, line 1: a[1].c: expected *a after its anchor's value, found it inside",
    );
    refuses(
        "a:\n  b: *no\n",
        "s, document 1, line 2: expected the anchor of *no before it, found none",
    );
    // Another document's anchors do not count.
    let errors = read("---\nx: &a 1\n---\ny: *a\n").0;
    assert!(
        errors
            .ends_with("s, document 2, line 4: y: expected the anchor of *a before it, found none")
            || errors.ends_with(
                "s, document 2, line 4: expected the anchor of *a before it, found none"
            ),
        "{errors}"
    );
}

#[test]
fn size_is_bounded_and_linear() {
    let mut inventory = Inventory::new().max_bytes(10);
    assert_eq!(
        inventory
            .read("s", b"a: 1234567")
            .unwrap_err()
            .errors()
            .len(),
        1
    );
    let errors = inventory.read("s", b"a: 12345678").unwrap_err();
    assert_eq!(errors.to_string(), "s: expected at most 10 bytes, found 11");

    let pod = "apiVersion: v1\nkind: Pod\n";
    takes_a_pod(format!("{pod}x: {}\n", "x".repeat(2_000_000)));
    takes_a_pod(format!("{pod}x: \"{}\"\n", "x \\n".repeat(500_000)));
    takes_a_pod(format!("{pod}x: |\n{}", "  x\n".repeat(500_000)));
    let keys: String = (0..200_000).map(|n| format!("k{n}: 1\n")).collect();
    takes_a_pod(format!("{pod}{keys}"));
    let keys: String = (0..50_000).map(|n| format!("\"k{n}\": 1,")).collect();
    takes_a_pod(format!(
        "{{{keys} \"kind\": \"Pod\", \"apiVersion\": \"v1\"}}"
    ));
    takes_nothing(&"---\n".repeat(30_000));
    for noise in [
        "[", "{", "- ", "? ", ": ", "!", "&a ", "\"\n", ",", "|\n", "{[", "<<: ", "a:\n ", "\t",
    ] {
        let errors = read(noise.repeat(30_000)).0;
        assert!(noise == "\t" || !errors.is_empty(), "{noise:?}");
    }
}

#[test]
fn keys_come_once() {
    refuses(
        "kind: Pod\nmetadata:\n  name: a\n  labels: {x: [1, 2]}\n  name: b\n",
        "s, document 1, line 5: metadata.name: expected the key once, found it on line 3 already",
    );
    refuses(
        "{\"kind\": \"Pod\",\n\"metadata\": {\"labels\": {\"x\": [1,\n2]}, \"name\": \"a\",\n \"name\": \"b\"}}",
        "s, document 1, line 4: metadata.name: expected the key once, found it on line 3 already",
    );
    refuses(
        "{1: a, '1': b}",
        "s, document 1, line 1: 1: expected the key once, found it on line 1 already",
    );
    refuses(
        "x: &x {a: 1}\nz:\n  <<: *x\n  a: 2\n  a: 3\n",
        "s, document 1, line 5: z.a: expected the key once, found it on line 4 already",
    );
    // A JSON value in error does not hide the next one.
    let (errors, inventory) =
        read("{\"a\": 1, \"a\": 2} {\"apiVersion\": \"v1\", \"kind\": \"Pod\"}");
    assert_eq!(
        errors,
        "s, document 1, line 1: a: expected the key once, found it on line 1 already"
    );
    assert_eq!(inventory.pods.len(), 1);
}

#[test]
fn only_utf_8_is_text() {
    refuses(
        b"a: b\nc: \xe9\n",
        "s, line 2: expected UTF-8, found the byte 0xe9",
    );
    refuses(b"a: \xc3", "s, line 1: expected UTF-8, found the byte 0xc3");
    refuses(b"\xff\xfea\0", "s: expected UTF-8, found UTF-16");
    refuses(b"\xfe\xff\0a", "s: expected UTF-8, found UTF-16");
    refuses(b"a\0:\0", "s: expected UTF-8, found UTF-16");
    refuses(b"\0a\0:", "s: expected UTF-8, found UTF-16");
    refuses(b"\xff\xfe\0\0", "s: expected UTF-8, found UTF-32");
    refuses(b"\0\0\xfe\xff", "s: expected UTF-8, found UTF-32");
    takes_a_pod(b"\xef\xbb\xbfapiVersion: v1\nkind: Pod\n");
    takes_a_pod(b"\xef\xbb\xbf{\"apiVersion\": \"v1\", \"kind\": \"Pod\"}");
    takes_a_pod("apiVersion: v1\r\nkind: Pod\r\nmetadata:\r\n  name: a\r\n");
}

#[test]
fn characters_that_are_no_text_are_refused() {
    refuses(
        "a: b\0c\n",
        "s, document 1, line 1: not YAML: unexpected character: `\\u{0}' (column 5)",
    );
    refuses(
        "a: \"b\0c\"\n",
        "s, document 1, line 1: not YAML: unexpected character: `\\u{0}' (column 6)",
    );
    refuses(
        "a: 'x\u{7}'\n",
        "s, document 1, line 1: not YAML: unexpected character: `\\u{7}' (column 6)",
    );
    refuses(
        "a: |\n x\u{7f}\n",
        "s, document 1, line 2: not YAML: unexpected character: `\\u{7f}' (column 2)",
    );
    refuses(
        "# a\0b\n",
        "s, document 1, line 1: not YAML: unexpected character: `\\u{0}' (column 4)",
    );
}

#[test]
fn tabs_do_not_indent() {
    refuses(
        "kind: Pod\nmetadata:\n\tname: a\n",
        "s, document 1, line 3: not YAML: expected spaces as indentation, found a tab (column 2)",
    );
    refuses(
        "a: |\n\tx\n",
        "s, document 1, line 1: not YAML: expected spaces as indentation, found a tab (column 4)",
    );
    // Between a key and its value, or before a comment, they are fine.
    takes_a_pod("apiVersion:\tv1\nkind:\tPod\t# a pod\n");
}

#[test]
fn what_is_begun_must_end() {
    refuses(
        "a: \"b\n  c: d",
        "s, document 1, line 1: not YAML: unclosed quote (column 4)",
    );
    refuses(
        "a: 'b\n  c: d",
        "s, document 1, line 1: not YAML: unclosed quote (column 4)",
    );
    refuses(
        "a: \"b\nc: d\n",
        "s, document 1, line 2: not YAML: unclosed quote, or quoted text that is not indented (column 1)",
    );
    refuses(
        "a: [b,\n  c\n",
        "s, document 1, line 1: not YAML: unclosed bracket '[' (column 4)",
    );
    refuses(
        "{a: b, c: d\n",
        "s, document 1, line 1: not YAML: unclosed bracket '{' (column 1)",
    );
    refuses(
        "a: b: c\n",
        "s, document 1, line 1: not YAML: mapping values are not allowed in this context (column 5)",
    );
    refuses(
        "a:\n  - b\n c: d\n",
        "s, document 1, line 3: not YAML: while parsing a block mapping, did not find expected key (column 2)",
    );
}

#[test]
fn a_fault_of_syntax_ends_the_source_and_another_fault_the_document() {
    let (errors, inventory) = read(
        "apiVersion: v1\nkind: Pod\n---\na: 1\na: 2\n---\napiVersion: v1\nkind: Node\n---\nb: [\n---\napiVersion: v1\nkind: Pod\n",
    );
    assert_eq!(
        errors,
        "s, document 2, line 5: a: expected the key once, found it on line 4 already\n\
         s, document 4, line 10: not YAML: unclosed bracket '[' (column 4)"
    );
    assert_eq!((inventory.pods.len(), inventory.nodes.len()), (1, 1));
    // Both in one document.
    refuses(
        "a: 1\na: 2\nb: [\n",
        "s, document 1, line 2: a: expected the key once, found it on line 1 already\n\
         s, document 1, line 3: not YAML: unclosed bracket '[' (column 4)",
    );
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
    takes_a_pod("%YAML 1.1\n---\napiVersion: v1\nkind: Pod\n");
    takes_a_pod("---\n...\n---\n# a\n---\napiVersion: v1\nkind: Pod\n...\n---\n");
    refuses(
        "%YAML 3.0\n---\na: b\n",
        "s, document 1, line 1: not YAML: unsupported YAML major version (column 1)",
    );
    // Empty ones count where documents are numbered.
    refuses(
        "---\n---\n---\na\n",
        "s, document 3, line 4: expected an object, found \"a\"",
    );
}

#[test]
fn json_is_json_or_else_yaml() {
    let both = |separator: &str| {
        let source = format!(
            "{{\"apiVersion\": \"v1\", \"kind\": \"Pod\"}}{separator}{{\"apiVersion\": \"v1\", \"kind\": \"Node\"}}\n"
        );
        let (errors, inventory) = read(source);
        assert_eq!(errors, "");
        assert_eq!((inventory.pods.len(), inventory.nodes.len()), (1, 1));
    };
    both("");
    both("\n");
    both("\n---\n");
    takes_a_pod("{apiVersion: v1, kind: Pod,}");
    takes_a_pod("{\"apiVersion\": \"v1\", # a comment\n \"kind\": \"Pod\"}");
    // Half a surrogate pair has the form of JSON, and no meaning.
    let errors = read("[]\n\n{\"a\":\n  \"\\ud800\"}").0;
    assert!(
        errors.contains("\ns, document 2, line 4: not JSON: "),
        "{errors}"
    );
    // Neither: the one that could be followed further is told.
    refuses(
        "{\"apiVersion\": \"v1\", \"kind\": \"Secret\"} x",
        "s, document 1, line 1: not JSON: expected value (column 40)",
    );
    refuses(
        "{\"apiVersion\": \"v1\",\n \"kind\": \"Pod\", \"metadata\": {",
        "s, document 1, line 2: not JSON: EOF while parsing an object (column 29)",
    );
    refuses(
        "{a: b}}\n",
        "s, document 1, line 1: not YAML: misplaced bracket (column 7)",
    );
    refuses(
        "[1, 2]",
        "s, document 1, line 1: expected an object, found a list",
    );
    refuses(
        "{{ .Values.agent }}\n",
        "s, document 1, line 1: expected a string, a number or a boolean as key, found an object",
    );
}

#[test]
fn numbers_are_exact_or_refused() {
    for number in [
        "18446744073709551617",
        "123456789012345678901",
        "-9223372036854775809",
    ] {
        let expected = format!(
            "s, document 1, line 1: kind: expected a number that 64 bits hold exactly, found {number}"
        );
        refuses(format!("{{\"kind\": {number}}}"), &expected);
        refuses(format!("kind: {number}\n"), &expected);
    }
    refuses(
        "kind: .inf\n",
        "s, document 1, line 1: kind: expected a number that 64 bits hold exactly, found .inf",
    );
    refuses(
        "{\"kind\": 1e999}",
        "s, document 1, line 1: expected a number that 64 bits hold exactly, found 1e999",
    );
    takes_a_pod(
        "{\"apiVersion\": \"v1\", \"kind\": \"Pod\", \"x\": [100000000000000000000, 18446744073709551615, 0.1]}",
    );
}

#[test]
fn tags_and_keys_are_those_of_kubectl() {
    let tags = "expected no tag, or !!str, !!int, !!float, !!bool, !!null, !!map or !!seq, found";
    refuses(
        "a: !foo b\n",
        &format!("s, document 1, line 1: a: {tags} !foo"),
    );
    refuses(
        "a: [! b]\n",
        &format!("s, document 1, line 1: a[0]: {tags} !"),
    );
    refuses(
        "a: !!binary aGk=\n",
        &format!("s, document 1, line 1: a: {tags} !!binary"),
    );
    refuses(
        "a: !!set {b}\n",
        &format!("s, document 1, line 1: a: {tags} !!set"),
    );
    refuses(
        "a: !!int x\n",
        "s, document 1, line 1: a: expected an integer after !!int, found \"x\"",
    );
    refuses(
        "a: !!bool 1\n",
        "s, document 1, line 1: a: expected a boolean after !!bool, found \"1\"",
    );
    refuses(
        "? [a]\n: b\n",
        "s, document 1, line 1: expected a string, a number or a boolean as key, found a list",
    );
    refuses(
        "a:\n  ~: b\n",
        "s, document 1, line 2: a: expected a string, a number or a boolean as key, found null",
    );
    refuses(
        "x: &x [1]\ny: {*x : 1}\n",
        "s, document 1, line 2: true: expected a string, a number or a boolean as key, found a list",
    );
    refuses(
        "z: {<<: 3}\n",
        "s, document 1, line 1: z[<<]: expected an object or a list of objects to merge, found 3",
    );
    refuses(
        "z: {<<: [{}, x]}\n",
        "s, document 1, line 1: z[<<]: expected an object or a list of objects to merge, found a list",
    );
}
