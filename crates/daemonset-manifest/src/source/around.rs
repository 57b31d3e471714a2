//! What a dump has around it, or in it, from its way here: messages of kubectl, prompts and colours.
//!
//! None of it can be YAML or JSON of an object: no text of theirs has an escape character, and no key in
//! the first column begins like these messages.

use std::borrow::Cow;
use std::ops::Range;

use memchr::{memchr, memchr_iter};

use super::fault::{Fault, codes};
use crate::words::bare;

/// How messages of kubectl begin that say that something did not come.
const FAILURES: [&[u8]; 5] = [
    b"Error from server",
    b"error: ",
    b"The connection to the server ",
    b"Unable to connect to the server",
    b"No resources found",
];

/// How its other messages begin, those of what it calls, and lines of a terminal with what was typed.
const REMARKS: [&[u8]; 9] = [
    b"Warning: ",
    b"WARNING: ",
    b"Flag --",
    b"Waiting for daemon set ",
    b"Waiting for rollout to finish",
    b"daemon set \"",
    b"$ kubectl ",
    b"+ kubectl ",
    b"$ oc ",
];

/// How many failures are told.
const TOLD: usize = 3;

/// What a line is that is no part of an object.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Message {
    Failure,
    Remark,
}

/// The text without what is around it, with as many lines, and what was left out.
pub(super) fn cleared(text: Cow<'_, [u8]>) -> (Cow<'_, [u8]>, Vec<Fault>) {
    let mut faults = Vec::new();
    let mut tell = |message: String, line: u32| {
        faults.push(Fault::new(codes::AROUND, message).warning().on_line(line));
    };
    let text = match without_colours(&text) {
        Some((plain, line)) => {
            let message = "expected text, found colours of a terminal, which are passed over: take dumps with kubectl itself, or \
                           with NO_COLOR=1";
            tell(message.to_owned(), line);
            Cow::Owned(plain)
        }
        None => text,
    };
    let messages = messages(&text);
    if messages.is_empty() {
        return (text, faults);
    }
    let (failures, remarks): (Vec<_>, Vec<_>) =
        (messages.iter()).partition(|it| it.is == Message::Failure);
    let told = |found: &Found| bare(&String::from_utf8_lossy(&text[found.at.clone()]));
    for found in failures.iter().take(TOLD) {
        let message = format!(
            "found a message of kubectl among the objects: {}",
            told(found)
        );
        tell(message, found.line);
    }
    if let Some((first, others)) = remarks.split_first() {
        let more = match others.len() {
            0 => String::new(),
            more => format!(", and {more} more"),
        };
        let message = format!(
            "passed over a line that is of no object: {}{more}",
            told(first)
        );
        tell(message, first.line);
    }
    let mut plain = text.to_vec();
    // From the end, so that the places before stay what they are.
    for found in messages.iter().rev() {
        plain.drain(found.at.clone());
    }
    (Cow::Owned(plain), faults)
}

/// Whether a line is a message, and no part of an object.
pub(super) fn is_message(line: &str) -> bool {
    message(line.as_bytes()).is_some()
}

fn message(line: &[u8]) -> Option<Message> {
    let begins = |with: &[&[u8]]| with.iter().any(|it| line.starts_with(it));
    if begins(&FAILURES) {
        Some(Message::Failure)
    } else if begins(&REMARKS) || is_logged(line) {
        Some(Message::Remark)
    } else {
        None
    }
}

/// Whether a line is one of klog, by which kubectl logs: `I1127 14:09:59.204121   18234 request.go:752] …`.
///
/// Source: [System Logs](https://kubernetes.io/docs/concepts/cluster-administration/system-logs/).
fn is_logged(line: &[u8]) -> bool {
    let Some((level, rest)) = line.split_first() else {
        return false;
    };
    let is_level = matches!(level, b'I' | b'W' | b'E' | b'F');
    let is_dated = rest.len() > 4 && rest[..4].iter().all(u8::is_ascii_digit) && rest[4] == b' ';
    let head = memchr(b']', rest).and_then(|end| rest.get(5..end));
    is_level
        && is_dated
        && head.is_some_and(|head| {
            let mut words = head.split(|&byte| byte == b' ').filter(|it| !it.is_empty());
            let time = words.next().unwrap_or_default();
            let source = words.nth(1).unwrap_or_default();
            time.contains(&b':') && source.contains(&b':') && words.next().is_none()
        })
}

struct Found {
    is: Message,
    /// Without the end of the line.
    at: Range<usize>,
    line: u32,
}

fn messages(text: &[u8]) -> Vec<Found> {
    let ends = memchr_iter(b'\n', text).chain([text.len()]);
    let mut from = 0;
    let mut all = Vec::new();
    for (end, line) in ends.zip(1..) {
        let at = from..end;
        if let Some(is) = message(&text[at.clone()]) {
            all.push(Found { is, at, line });
        }
        from = end.saturating_add(1).min(text.len());
    }
    all
}

/// The text without the escapes of colours and styles, and the line of the first; `None` where there is none.
fn without_colours(text: &[u8]) -> Option<(Vec<u8>, u32)> {
    let mut plain = Vec::new();
    let mut first = None;
    let mut rest = text;
    while let Some(at) = memchr(0x1b, rest) {
        let (before, escape) = rest.split_at(at);
        plain.extend_from_slice(before);
        let length = length_of_style(escape);
        if length > 0 {
            first.get_or_insert_with(|| super::text::line_breaks(&plain).saturating_add(1));
        } else {
            plain.push(0x1b);
        }
        rest = &escape[length.max(1)..];
    }
    plain.extend_from_slice(rest);
    first.map(|line| (plain, line))
}

/// How long the escape of a colour or style is that a text begins with: `ESC [ 1 ; 33 m`.
fn length_of_style(text: &[u8]) -> usize {
    let Some(inner) = text.strip_prefix(b"\x1b[") else {
        return 0;
    };
    let digits = (inner.iter())
        .take_while(|it| it.is_ascii_digit() || **it == b';')
        .count();
    match inner.get(digits) {
        Some(b'm' | b'K') => digits + 3,
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn clear(text: &str) -> (String, Vec<(u32, String)>) {
        let (plain, faults) = cleared(Cow::Borrowed(text.as_bytes()));
        let told = faults
            .iter()
            .map(|it| (it.line.unwrap(), it.message.clone()));
        (
            String::from_utf8(plain.into_owned()).unwrap(),
            told.collect(),
        )
    }

    #[test]
    fn messages_go_and_lines_stay_where_they_are() {
        let logged = "I1127 14:09:59.204121   18234 request.go:752] \"Waited before sending request\" delay=\"1.197s\"";
        let text = format!("{logged}\nWarning: v1 Endpoints is deprecated\nkind: Node\n");
        let (plain, told) = clear(&text);
        assert_eq!(plain, "\n\nkind: Node\n");
        assert_eq!(told.len(), 1);
        assert_eq!(told[0].0, 1);
        assert!(told[0].1.ends_with("and 1 more"), "{told:?}");
    }

    #[test]
    fn what_did_not_come_is_told() {
        let (plain, told) =
            clear("kind: Node\nError from server (Forbidden): nodes is forbidden\n");
        assert_eq!(plain, "kind: Node\n\n");
        assert_eq!(told[0].0, 2);
        assert!(told[0].1.contains("nodes is forbidden"), "{told:?}");
    }

    #[test]
    fn colours_go() {
        let (plain, told) = clear("a: b\n\u{1b}[1;33mkind\u{1b}[0m: \u{1b}[32mNode\u{1b}[m\n");
        assert_eq!(plain, "a: b\nkind: Node\n");
        assert_eq!((told.len(), told[0].0), (1, 2));
    }

    #[test]
    fn what_may_be_of_an_object_stays() {
        for text in [
            "",
            "kind: Node\n",
            "I1: x\nWarn: y\n",
            "I1127: 3\n",
            "data: |\n  Warning: x\n  I1127 14:09:59.2 1 a.go:1] x\n",
            "a: \u{1b}]0;title\n",
            "E1127 14:09:59.2 it was\n",
        ] {
            assert_eq!(clear(text), (text.to_owned(), Vec::new()), "{text}");
        }
    }
}
