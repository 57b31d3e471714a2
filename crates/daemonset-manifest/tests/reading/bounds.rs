//! Depth, aliases and size are bounded.

use daemonset_manifest::{Inventory, MAX_DEPTH};

use super::{POD, read, refuses, takes_a_pod, takes_nothing, told};

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
        "s, document 1, line 1: kind: expected a kind such as DaemonSet, found nothing",
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
        "s, document 1, line 1: kind: expected a kind such as DaemonSet, found nothing",
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
    let mut inventory = Inventory::new().with_max_bytes(10);
    inventory.read("s", b"a: 1234567");
    assert_eq!(inventory.diagnostics().len(), 1);
    inventory.read("t", b"a: 12345678");
    assert!(told(&inventory).ends_with("\nt: expected at most 10 bytes, found more"));

    let pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\n";
    takes_a_pod(format!("{pod}x: {}\n", "x".repeat(2_000_000)));
    takes_a_pod(format!("{pod}x: \"{}\"\n", "x \\n".repeat(500_000)));
    takes_a_pod(format!("{pod}x: |\n{}", "  x\n".repeat(500_000)));
    let keys: String = (0..200_000).map(|n| format!("k{n}: 1\n")).collect();
    takes_a_pod(format!("{pod}{keys}"));
    let keys: String = (0..50_000).map(|n| format!("\"k{n}\": 1,")).collect();
    takes_a_pod(format!(
        "{{{keys} \"kind\": \"Pod\", \"apiVersion\": \"v1\", \"metadata\": {{\"name\": \"a\"}}}}"
    ));
    takes_nothing(&"---\n".repeat(30_000));
    let documents = "a: [\n---\n".repeat(10_000);
    assert_eq!(read(documents).0.lines().count(), 21);
    for noise in [
        "[", "{", "- ", "? ", ": ", "!", "&a ", "\"\n", ",", "|\n", "{[", "<<: ", "a:\n ", "\t",
    ] {
        let errors = read(noise.repeat(30_000)).0;
        assert!(noise == "\t" || !errors.is_empty(), "{noise:?}");
    }
}

#[test]
fn no_more_is_read_than_may_be() {
    /// Never ends, and counts what was taken of it.
    struct Endless(u8, usize);
    impl std::io::Read for Endless {
        fn read(&mut self, out: &mut [u8]) -> std::io::Result<usize> {
            out.fill(self.0);
            self.1 += out.len();
            Ok(out.len())
        }
    }
    let mut inventory = Inventory::new().with_max_bytes(1 << 20);
    let mut spaces = Endless(b' ', 0);
    inventory.read_from("spaces", &mut spaces).unwrap();
    assert_eq!(
        told(&inventory),
        "spaces: expected at most 1048576 bytes, found more"
    );
    assert!(spaces.1 < 3 << 20, "{}", spaces.1);
    // What is no text is not read to its end.
    let mut zeros = Endless(0, 0);
    inventory.read_from("zeros", &mut zeros).unwrap();
    assert!(
        told(&inventory).ends_with("\nzeros: expected YAML or JSON, found bytes that are no text")
    );
    assert!(zeros.1 < 1 << 20, "{}", zeros.1);
    let mut inventory = Inventory::new().with_max_bytes(POD.len());
    inventory.read_from("pod", POD.as_bytes()).unwrap();
    assert_eq!((told(&inventory).as_str(), inventory.pods.len()), ("", 1));
}
