//! The records that programs write to their logs: how severe they are, and what of them is said to people.

use serde_json::{Map, Value};

/// How severe a line of a log is, by what the program marks it with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Severity {
    /// Where something stood in a program.
    Trace,
    Information,
    Unmarked,
    Error,
    Fatal,
}

/// How programs mark the lines of their logs, the most severe first.
const MARKS: [(Severity, &[&str]); 3] = [
    (
        Severity::Fatal,
        &[
            "level=fatal",
            "level=panic",
            "level=critical",
            "panic:",
            "fatal error:",
            "[fatal]",
            "[crit",
            "[emerg]",
            "[alert]",
            " fatal ",
            " critical ",
            "critical:",
        ],
    ),
    (
        Severity::Error,
        &[
            "level=error",
            "level=err ",
            "[error]",
            "[err]",
            " error ",
            "caused by:",
            "exception:",
        ],
    ),
    (
        Severity::Information,
        &[
            "level=info",
            "level=debug",
            "level=trace",
            "[info]",
            "[debug]",
            "[notice]",
            "[ info]",
            " info ",
            " debug ",
            " notice ",
        ],
    ),
];

/// How severe a line is.
pub(super) fn severity(line: &str) -> Severity {
    let is_place = line.starts_with("at ")
        || line.starts_with("goroutine ")
        || line.starts_with("File \"")
        || line.contains(".go:") && line.contains(" +0x");
    if is_place {
        return Severity::Trace;
    }
    // As klog begins: `E1124 12:08:51.000000`.
    let of_klog = line
        .get(1..5)
        .is_some_and(|it| it.bytes().all(|it| it.is_ascii_digit()))
        && line.as_bytes().get(5) == Some(&b' ');
    if of_klog {
        match line.as_bytes()[0] {
            b'F' => return Severity::Fatal,
            b'E' => return Severity::Error,
            b'I' => return Severity::Information,
            _ => {}
        }
    }
    let lowered = line.to_lowercase();
    if lowered.starts_with("fatal") {
        return Severity::Fatal;
    }
    if lowered.starts_with("error") {
        return Severity::Error;
    }
    let mut marks = MARKS.iter();
    let found = marks.find(|(_, marks)| marks.iter().any(|it| lowered.contains(it)));
    found.map_or(Severity::Unmarked, |(severity, _)| *severity)
}

/// What a record says beside its words: where and when.
const BESIDE: [&str; 22] = [
    "time",
    "ts",
    "timestamp",
    "@timestamp",
    "caller",
    "file",
    "func",
    "function",
    "source",
    "logger",
    "logSource",
    "stacktrace",
    "stack",
    "error.file",
    "error.function",
    "version",
    "pid",
    "thread",
    "goversion",
    "hostname",
    "cniVersion",
    "logLevel",
];

/// Under which names a record has its words.
const WORDS: [&str; 3] = ["msg", "message", "@message"];

/// A text with its records as people say them: `{"level":"fatal","ts":1,"msg":"no lease","error":"timeout"}` is
/// `level=fatal no lease; error=timeout`, and so is `time=… level=fatal msg="no lease" error=timeout file=a.go`.
pub(super) fn unfolded(text: &str) -> String {
    let text = without_json(text);
    let lines = text
        .lines()
        .map(|line| of_logfmt(line.trim()).unwrap_or_else(|| line.to_owned()));
    lines.collect::<Vec<_>>().join("\n")
}

/// How many objects are looked for in a text.
const MOST_OBJECTS: usize = 64;

/// A text with the JSON objects in it as people say them.
fn without_json(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    for _ in 0..MOST_OBJECTS {
        let Some(at) = rest.find('{') else {
            break;
        };
        let (before, from) = rest.split_at(at);
        out.push_str(before);
        let mut values = serde_json::Deserializer::from_str(from).into_iter::<Map<String, Value>>();
        match values.next() {
            Some(Ok(object)) if !object.is_empty() => {
                out.push_str(&of_object(&object));
                rest = &from[values.byte_offset()..];
            }
            _ => {
                out.push('{');
                rest = &from[1..];
            }
        }
    }
    out.push_str(rest);
    out
}

/// What an object says, its words first.
fn of_object(object: &Map<String, Value>) -> String {
    let mut pairs = Vec::new();
    flatten(object, &mut pairs);
    of_pairs(&pairs)
}

fn flatten<'v>(object: &'v Map<String, Value>, pairs: &mut Vec<(&'v str, String)>) {
    for (key, value) in object {
        match value {
            Value::Object(inner) => flatten(inner, pairs),
            Value::Array(items) => {
                let items = items
                    .iter()
                    .map(|it| it.as_str().map_or_else(|| it.to_string(), str::to_owned));
                pairs.push((key, items.collect::<Vec<_>>().join(", ")));
            }
            Value::String(text) => pairs.push((key, text.clone())),
            Value::Null => {}
            other => pairs.push((key, other.to_string())),
        }
    }
}

/// Under which names a record says how severe it is.
const LEVELS: [&str; 3] = ["level", "severity", "lvl"];

/// What pairs say: how severe it is, the words, and what else tells something.
fn of_pairs(pairs: &[(&str, String)]) -> String {
    let text = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let of = |names: &'static [&str]| pairs.iter().filter(|(key, _)| names.contains(key));
    let level = of(&LEVELS).take(1).map(|(_, it)| format!("level={it}"));
    let words = of(&WORDS).map(|(_, it)| text(it));
    let first = level.chain(words).collect::<Vec<_>>().join(" ");
    let is_told =
        |key: &str| LEVELS.contains(&key) || WORDS.contains(&key) || BESIDE.contains(&key);
    let others = pairs
        .iter()
        .filter(|(key, value)| !is_told(key) && !value.is_empty());
    let others = others.map(|(key, value)| format!("{key}={}", text(value)));
    let said = Some(first)
        .filter(|it| !it.is_empty())
        .into_iter()
        .chain(others);
    said.collect::<Vec<_>>().join("; ")
}

/// What a line of `key=value` pairs says; `None` where it is none.
fn of_logfmt(line: &str) -> Option<String> {
    let is_record = WORDS.iter().any(|key| line.contains(&format!("{key}=")));
    if !is_record {
        return None;
    }
    let mut pairs: Vec<(&str, String)> = Vec::new();
    let mut rest = line.trim_start();
    while !rest.is_empty() {
        let (key, after) = rest.split_once('=')?;
        let is_key = !key.is_empty() && !key.contains(|c: char| c.is_whitespace() || c == '"');
        if !is_key {
            return None;
        }
        let (value, after) = value(after)?;
        pairs.push((key, value));
        rest = after.trim_start();
    }
    Some(of_pairs(&pairs))
}

/// A value, in quotes or up to the next blank, and what stands after it.
fn value(text: &str) -> Option<(String, &str)> {
    let Some(quoted) = text.strip_prefix('"') else {
        let end = text.find(' ').unwrap_or(text.len());
        return Some((text[..end].to_owned(), &text[end..]));
    };
    let mut value = String::new();
    let mut characters = quoted.char_indices();
    while let Some((at, character)) = characters.next() {
        match character {
            '"' => return Some((value, &quoted[at + 1..])),
            '\\' => match characters.next()?.1 {
                'n' | 't' | 'r' => value.push(' '),
                other => value.push(other),
            },
            other => value.push(other),
        }
    }
    // Cut off at its end.
    Some((value, ""))
}
