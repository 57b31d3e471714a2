//! Reading held against an independent reader, and against writing.

use std::fs;
use std::path::Path;

use proptest::prelude::*;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::assemble::Assembler;
use super::scalar::{Scalar, resolve};
use super::spanned::{Node, Spanned};
use super::text::Encoding;
use super::{Document, json as json_reader, regular, yaml};
use crate::diagnostic::Severity;
use crate::path::FieldPath;
use crate::to_yaml;

fn read_with(read: impl FnOnce(&mut dyn FnMut(Document))) -> Vec<Spanned> {
    let mut values = Vec::new();
    read(&mut |document: Document| {
        assert!(document.faults.is_empty(), "{:?}", document.faults);
        values.push(document.value.unwrap());
    });
    values
}

fn as_yaml(text: &str) -> Vec<Spanned> {
    read_with(|see| {
        let mut see = |document: Document, (): &mut ()| see(document);
        yaml::documents(text.as_bytes(), Encoding::Utf8, None, &mut (), &mut see);
    })
}

fn as_json(text: &str) -> Vec<Spanned> {
    read_with(|see| {
        let see = |document: Document, (): &mut ()| see(document);
        json_reader::documents(text, &mut (), see).unwrap();
    })
}

fn documents(text: &str) -> Vec<Value> {
    as_yaml(text).iter().map(Spanned::to_value).collect()
}

/// The lines of all values, each before those in it.
fn lines(value: &Spanned) -> Vec<u32> {
    let mut all = vec![value.line];
    match &value.node {
        Node::List(items) => all.extend(items.iter().flat_map(lines)),
        Node::Object(object) => {
            all.extend(
                object
                    .entries()
                    .iter()
                    .flat_map(|entry| lines(&entry.value)),
            );
        }
        _ => {}
    }
    all
}

fn line(root: &Spanned, path: &str) -> u32 {
    root.nearest(&FieldPath::parse(path)).line
}

/// Whether our value is theirs, as far as the two read YAML by the same rules. `serde_yaml` reads
/// by YAML 1.2: where it has a string we may have what YAML 1.1 makes of that string.
fn agrees(ours: &Value, theirs: &serde_yaml::Value) -> bool {
    use serde_yaml::Value as Theirs;
    match (ours, theirs) {
        (Value::Null, Theirs::Null) => true,
        (Value::Bool(ours), Theirs::Bool(theirs)) => ours == theirs,
        (Value::String(ours), Theirs::String(theirs)) => ours == theirs,
        (Value::Number(ours), Theirs::Number(theirs)) => {
            ours.as_i64() == theirs.as_i64() && ours.as_f64() == theirs.as_f64()
                // A whole float is an integer here.
                || theirs.is_f64() && ours.as_f64() == theirs.as_f64()
        }
        (Value::Array(ours), Theirs::Sequence(theirs)) => {
            ours.len() == theirs.len() && ours.iter().zip(theirs).all(|(o, t)| agrees(o, t))
        }
        (Value::Object(ours), Theirs::Mapping(theirs)) => {
            ours.len() == theirs.len()
                && ours
                    .iter()
                    .zip(theirs)
                    .all(|((key, value), (their_key, their_value))| {
                        (their_key.as_str() == Some(key)
                            || agrees_by_words(&Value::from(key.as_str()), their_key))
                            && agrees(value, their_value)
                    })
        }
        // Without quotes this must be a string to YAML 1.2, or else quotes were lost here.
        (Value::Bool(_) | Value::Number(_), Theirs::String(text)) => {
            serde_yaml::from_str::<Theirs>(text).is_ok_and(|plain| plain == *theirs)
                && agrees_by_words(ours, theirs)
        }
        (ours, Theirs::Tagged(tagged)) => agrees(ours, &tagged.value),
        _ => false,
    }
}

fn agrees_by_words(ours: &Value, theirs: &serde_yaml::Value) -> bool {
    let text = match theirs {
        serde_yaml::Value::String(text) => text.clone(),
        serde_yaml::Value::Number(number) => number.to_string(),
        serde_yaml::Value::Bool(truth) => truth.to_string(),
        _ => return false,
    };
    match (resolve(&text), ours) {
        (Ok(scalar), Value::String(key)) => scalar.into_key(text).as_deref() == Some(&**key),
        (Ok(Scalar::String) | Err(_), _) => false,
        (Ok(scalar), ours) => Spanned::new(scalar.into_node(text), 1).to_value() == *ours,
    }
}

fn yaml_files(folder: &Path, files: &mut Vec<std::path::PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        // The command's cases are odd on purpose, and held against kubectl there.
        let is_odd = path.ends_with("tests/cases/input");
        if path.is_dir() && !name.starts_with('.') && name != "target" && !is_odd {
            yaml_files(&path, files);
        } else if path
            .extension()
            .is_some_and(|end| end == "yaml" || end == "yml")
        {
            files.push(path);
        }
    }
}

/// Every YAML text of the project, through this reader and through `serde_yaml`.
#[test]
fn an_independent_reader_agrees() {
    let mut files = Vec::new();
    yaml_files(
        &Path::new(env!("CARGO_MANIFEST_DIR")).join("../.."),
        &mut files,
    );
    assert!(files.len() >= 10, "{files:?}");
    for file in files {
        // What YAML 1.1 has of its own is tested by itself, and so are odd texts.
        let is_of_cases = file.components().any(|part| part.as_os_str() == "cases");
        if file.ends_with("tests/manifest/kubectl.yaml") || is_of_cases {
            continue;
        }
        let text = fs::read_to_string(&file).unwrap();
        let theirs: Vec<serde_yaml::Value> = serde_yaml::Deserializer::from_str(&text)
            .map(|document| {
                let mut value = serde_yaml::Value::deserialize(document).unwrap();
                value.apply_merge().unwrap();
                value
            })
            .collect();
        let ours = documents(&text);
        assert_eq!(ours.len(), theirs.len(), "{}", file.display());
        for (ours, theirs) in ours.iter().zip(&theirs) {
            assert!(agrees(ours, theirs), "{}: {ours}", file.display());
        }
    }
}

#[test]
fn the_comparison_tells_values_apart() {
    let theirs: serde_yaml::Value = serde_yaml::from_str("{a: [1, yes, '2'], b: 0600}").unwrap();
    assert!(agrees(&json!({"a": [1, true, "2"], "b": 384}), &theirs));
    for wrong in [
        json!({"a": [1, true, 2], "b": 384}),
        json!({"a": [1, false, "2"], "b": 384}),
        json!({"a": [1, true, "2"], "b": 600}),
        json!({"a": [1, true], "b": 384}),
        json!({"b": 384, "a": [1, true, "2"]}),
        json!({"a": [1, true, "2"], "c": 384}),
    ] {
        assert!(!agrees(&wrong, &theirs), "{wrong}");
    }
}

/// What kubectl's own reader made of the words and forms of YAML 1.1.
#[test]
fn words_and_forms_are_read_as_kubectl_reads_them() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/manifest");
    let text = fs::read_to_string(folder.join("kubectl.yaml")).unwrap();
    let expected = fs::read_to_string(folder.join("kubectl.json")).unwrap();
    let expected: Value = serde_json::from_str(&expected).unwrap();
    let [read] = documents(&text).try_into().unwrap();
    for (key, value) in expected.as_object().unwrap() {
        assert_eq!(read[key], *value, "{key}");
    }
    assert_eq!(
        read.as_object().unwrap().len(),
        expected.as_object().unwrap().len()
    );
}

#[test]
fn lines_are_those_of_the_keys_through_anchors_and_merges() {
    let text = "a: &a\n  b: 1\n  c:\n  - 2\n  - 3\nd:\n  e: 4\n  <<: *a\n  f:\n\n    5\ng: *a\n";
    let [root] = as_yaml(text).try_into().unwrap();
    for (path, expected) in [
        ("", 1),
        ("a", 1),
        ("a.b", 2),
        ("a.c", 3),
        ("a.c[0]", 4),
        ("a.c[1]", 5),
        ("d", 6),
        ("d.e", 7),
        // Merged fields stand where they were written.
        ("d.b", 2),
        ("d.c[1]", 5),
        ("d.f", 9),
        ("g", 12),
        ("g.c[0]", 4),
    ] {
        assert_eq!(line(&root, path), expected, "{path}");
    }
}

#[test]
fn json_has_lines_too() {
    let text = "\n{\"a\": [1,\n 2.5,\n\n  {\"b\":\n null}], \"c\": 12\n}\n{\"d\": 1}";
    let documents = as_json(text);
    for (at, path, expected) in [
        (0, "", 2),
        (0, "a[0]", 2),
        (0, "a[1]", 3),
        (0, "a[2]", 5),
        (0, "a[2].b", 5),
        (0, "c", 6),
        (1, "", 8),
    ] {
        assert_eq!(line(&documents[at], path), expected, "{path}");
    }
    assert_eq!(
        documents[0].to_value(),
        json!({"a": [1, 2.5, {"b": null}], "c": 12})
    );
}

/// Pieces that YAML could take for something else than text.
const PIECES: [&str; 76] = [
    "a",
    "b",
    "é",
    "😀",
    " ",
    "  ",
    "\n",
    "\n\n",
    "\t",
    "\r",
    "\r\n",
    ": ",
    ":",
    "#",
    " #",
    "- ",
    "-",
    "?",
    "? ",
    "|",
    ">",
    "'",
    "\"",
    "\\",
    "{",
    "}",
    "[",
    "]",
    ",",
    "&",
    "*",
    "!",
    "!!",
    "%",
    "@",
    "`",
    "~",
    "<<",
    "=",
    "yes",
    "no",
    "on",
    "off",
    "y",
    "n",
    "null",
    "true",
    "0x1",
    "0b1",
    "0o7",
    "07",
    "08",
    "1_0",
    "1e3",
    "1.",
    "._1",
    ".5",
    ".inf",
    ".nan",
    "12:30",
    "2026-03-01",
    "0",
    "+",
    "---",
    "...",
    "\0",
    "\u{1}",
    "\u{7f}",
    "\u{85}",
    "\u{a0}",
    "\u{2028}",
    "\u{2029}",
    "\u{feff}",
    "\u{ffff}",
    "\u{200b}",
    "long words that a writer would like to break here and ",
];

fn text() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        8 => proptest::sample::select(&PIECES[..]).prop_map(str::to_owned),
        1 => any::<char>().prop_map(String::from),
    ];
    proptest::collection::vec(piece, 0..6).prop_map(|pieces| pieces.concat())
}

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        // A whole float would come back as an integer.
        any::<f64>()
            .prop_filter("whole", |float| float.fract() != 0.0)
            .prop_map(Value::from),
        text().prop_map(Value::from),
        text().prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 32, 5, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            proptest::collection::vec((text(), inner), 0..5)
                .prop_map(|fields| Value::Object(Map::from_iter(fields))),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig {
        failure_persistence: None,
        ..ProptestConfig::with_cases(2_000)
    })]

    #[test]
    fn what_is_written_reads_back_the_same(value in value()) {
        let yaml = to_yaml(&value);
        let read = documents(&yaml);
        prop_assert_eq!(&read, std::slice::from_ref(&value), "{}", yaml);
        // In the same order, which equality does not look at.
        prop_assert_eq!(read[0].to_string(), value.to_string());
    }

    #[test]
    fn json_is_read_as_it_is(value in value()) {
        let json = serde_json::to_string_pretty(&value).unwrap();
        let read = as_json(&json);
        prop_assert_eq!(read.len(), 1);
        prop_assert_eq!(read[0].to_value(), value);
    }

    /// JSON is YAML: read as the one or as the other, values and lines are the same.
    #[test]
    fn json_is_yaml(value in value()) {
        let json = serde_json::to_string_pretty(&value).unwrap();
        // YAML forbids some characters that JSON does not.
        prop_assume!(!json.contains(|c: char| matches!(c, '\u{7f}'..='\u{9f}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}')));
        let (json, yaml) = (as_json(&json), as_yaml(&json));
        prop_assert_eq!(json[0].to_value(), yaml[0].to_value());
        prop_assert_eq!(lines(&json[0]), lines(&yaml[0]));
    }

    /// Whatever this lexer takes for JSON is JSON to `serde_json`, and the other way round.
    #[test]
    fn json_is_what_an_independent_reader_takes_for_it(pieces in proptest::collection::vec(
        proptest::sample::select(&JSON_PIECES[..]), 0..8,
    )) {
        let text = pieces.concat();
        let theirs = serde_json::Deserializer::from_str(&text).into_iter::<serde::de::IgnoredAny>();
        let is_json = theirs.into_iter().all(|value| value.is_ok());
        prop_assert_eq!(json_reader::documents(&text, &mut (), |_, ()| ()).is_ok(), is_json, "{}", text);
    }

    /// Whatever the reader of kubectl's layout takes, means the same to the reader of all of YAML.
    #[test]
    fn regular_is_a_part_of_yaml(pieces in proptest::collection::vec(
        proptest::sample::select(&YAML_PIECES[..]), 0..14,
    )) {
        check_regular(&pieces.concat());
    }

    /// So does a text of kubectl's in which something is changed.
    #[test]
    fn changed_dumps_mean_the_same_to_both_readers(
        at in any::<proptest::sample::Index>(),
        length in 0_usize..6,
        piece in proptest::sample::select(&YAML_PIECES[..]),
    ) {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/bad-image.yaml");
        let mut text = fs::read_to_string(path).unwrap();
        daemonset_testkit::splice(&mut text, at, length, piece);
        check_regular(&text);
    }

    #[test]
    fn no_text_makes_reading_panic(text in text(), more in text()) {
        let mut inventory = crate::Inventory::new();
        inventory.read("a", format!("{text}\n{more}").as_bytes());
        inventory.read("b", format!("a: {text}\n  - {more}").as_bytes());
        inventory.read("c", format!("[{text}, {{{more}}}]").as_bytes());
    }
}

/// What the reader of kubectl's layout makes of a text, where it takes it.
fn as_regular(text: &str) -> Option<Spanned> {
    let mut none = ();
    let mut assembler = Assembler::new(text.len(), &mut none);
    regular::document(text, 0, &mut assembler).ok()?;
    let (value, faults) = assembler.finish();
    assert!(
        faults
            .iter()
            .all(|fault| fault.severity == Severity::Warning)
    );
    Some(value)
}

/// Where the reader of kubectl's layout takes a text, the reader of all of YAML makes the same of it.
/// Whether it does.
fn check_regular(text: &str) -> bool {
    let Some(regular) = as_regular(text) else {
        return false;
    };
    let full = yaml::documents_of_any_kind(text);
    let [full] = full.as_slice() else {
        panic!("{} documents in: {text}", full.len());
    };
    let value = full.value.as_ref();
    let value = value.unwrap_or_else(|| panic!("{:?} in: {text}", full.faults));
    assert_eq!(regular.to_value(), value.to_value(), "{text}");
    assert_eq!(lines(&regular), lines(value), "{text}");
    true
}

#[test]
fn what_kubectl_writes_is_regular() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/snapshots");
    let mut read = 0;
    for file in fs::read_dir(folder).unwrap() {
        let path = file.unwrap().path();
        if path.extension().is_some_and(|end| end == "yaml") {
            assert!(
                check_regular(&fs::read_to_string(&path).unwrap()),
                "{}",
                path.display()
            );
            read += 1;
        }
    }
    assert_eq!(read, 5);
}

#[test]
fn what_is_regular_means_the_same_to_both_readers() {
    let texts = [
        "a: 1\nb:\n- x\n- y: z\n  w: v\nc: {}\nd: []\n",
        "---\na:\n  b:\n  - - 1\n    - 2\n  - 3\n",
        "a: |\n  one\n\n  two\n   three\nb: |-\n  x\n\nc: 1\n",
        "a: 'it''s'\nb: \"x\\ny\"\nc: 'folded\n  here'\nd: folded\n  plain\n  text\n",
        "a:\nb: yes\n'y': 0600\n\"x y\": -1\n",
        "- a\n- 'b'\n- {}\n- []\n- c: d\n",
        "a: http://x.y/z?q=1#f\nb: a,b [c]\nc: -1.5e3\nd: ~\n",
        "a:\n- b\nc:\n    d: e\n",
        "a: x\ny: 1\n1: b\n",
    ];
    for text in texts {
        assert!(check_regular(text), "{text}");
    }
}

#[test]
fn what_is_not_regular_is_left_to_the_other_reader() {
    let texts = [
        "",
        "a",
        "a: &x 1\nb: *x\n",
        "a: !!str 1\n",
        "# c\na: 1\n",
        "a: 1 # c\n",
        "a: {b: c}\n",
        "a: [b]\n",
        "a: 1\n\nb: 2\n",
        "a:  1\n",
        "a: b: c\n",
        "a\tb: c\n",
        "a: >\n  x\n",
        "a: |2\n    x\n",
        "? a\n: b\n",
        "a: 1\n b: 2\n",
        "- a\nb: c\n",
        "a: \"x\n  y\"\n",
        "a: 1\n...\n",
        "-\n",
        "a: 'b\n",
        "a: b\n  - c: d\n",
        "a: .inf\n",
        "a: 1\r\n",
        "<<: {}\n",
        "a: {}\n  b: 1\n",
        "a: |\n\n  x\n",
        "a: \"\\x41\"\n",
    ];
    for text in texts {
        assert!(as_regular(text).is_none(), "{text}");
    }
}

/// Pieces of lines, as kubectl writes them and as it does not.
const YAML_PIECES: [&str; 48] = [
    "a", "b", "kind", "y", "1", ":", ": ", "- ", "-", " ", "  ", "\n", "\n  ", "\n    ", "\n- ",
    "\n  - ", "{}", "[]", "{", "]", "'", "''", "\"", "\\n", "\\", "|", "|-", ">", "#", " #", "&x",
    "*x", "!t", "~", "null", "0x1F", "1.5", "true", "x y", "---", "...", "\t", "é", "?", ",", "@",
    "<<", "a: b\n",
];

/// Pieces of JSON, and of what is none.
const JSON_PIECES: [&str; 34] = [
    "{", "}", "[", "]", ",", ":", " ", "\n", "\"a\"", "\"", "\\", "\\u00e9", "\\ud83d", "\\x", "0",
    "1", "-", "-0", "01", ".5", "1.", "1.5", "e3", "E+3", "e", "null", "true", "false", "nul",
    "\t", "{\"a\": ", "[1,", "é", "\u{1}",
];
