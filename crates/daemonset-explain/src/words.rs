//! The small pieces of sentences: numbers of things, lists, and values that are kept short.
//!
//! Everything that this crate prints is put together from these, and so is what a program adds to
//! it.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt::Display;

use serde_json::Value;

/// How many characters of a value a sentence shows.
pub const LONGEST_VALUE: usize = 64;

/// A number of things: `1 pod`, `2 pods`.
///
/// ```
/// assert_eq!(daemonset_explain::words::count(1, "pod"), "1 pod");
/// assert_eq!(daemonset_explain::words::count(12, "node"), "12 nodes");
/// ```
#[must_use]
pub fn count(number: usize, thing: &str) -> String {
    let plural = agree(number, "", "s");
    format!("{number} {thing}{plural}")
}

/// All of a number of things.
///
/// ```
/// assert_eq!(daemonset_explain::words::all_of(1, "node"), "1 node");
/// assert_eq!(daemonset_explain::words::all_of(2, "node"), "both nodes");
/// assert_eq!(daemonset_explain::words::all_of(3, "node"), "all 3 nodes");
/// ```
#[must_use]
pub fn all_of(number: usize, thing: &str) -> String {
    match number {
        2 => format!("both {thing}s"),
        ..=1 => count(number, thing),
        many => format!("all {}", count(many, thing)),
    }
}

/// The word that agrees with a number of things.
///
/// ```
/// assert_eq!(daemonset_explain::words::agree(1, "is", "are"), "is");
/// assert_eq!(daemonset_explain::words::agree(0, "is", "are"), "are");
/// ```
#[must_use]
pub fn agree<'a>(number: usize, one: &'a str, many: &'a str) -> &'a str {
    if number == 1 { one } else { many }
}

/// How many reasons are told, each with the names of so many nodes.
const REASONS: usize = 5;

/// Sentences about nodes, those with the same reason together and the most first: of each node its name
/// and the reason.
///
/// ```
/// use daemonset_explain::words::by_reason;
///
/// let nodes = [("a", "too small"), ("b", "full"), ("c", "too small")];
/// assert_eq!(
///     by_reason("no room on", nodes),
///     ["no room on 2 nodes: a and c: too small", "no room on 1 node: b: full"],
/// );
/// ```
#[must_use]
pub fn by_reason<'a>(
    before: &str,
    nodes: impl IntoIterator<Item = (&'a str, &'a str)>,
) -> Vec<String> {
    let mut groups: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (node, why) in nodes {
        groups.entry(why).or_default().push(node);
    }
    let mut groups: Vec<_> = groups.into_iter().collect();
    groups.sort_by(|(_, a), (_, b)| b.len().cmp(&a.len()).then_with(|| a.cmp(b)));
    let more: usize = (groups.iter().skip(REASONS))
        .map(|(_, nodes)| nodes.len())
        .sum();
    let told = groups.iter().take(REASONS).map(|(why, nodes)| {
        let names = list(nodes, REASONS);
        format!("{before} {}: {names}: {why}", count(nodes.len(), "node"))
    });
    let mut lines: Vec<String> = told.collect();
    if more > 0 {
        lines.push(format!("{before} {} more", count(more, "node")));
    }
    lines
}

/// The first few of a list, and how many more there are.
///
/// ```
/// use daemonset_explain::words::list;
///
/// assert_eq!(list(&["a"], 3), "a");
/// assert_eq!(list(&["a", "b", "c"], 3), "a, b and c");
/// assert_eq!(list(&["a", "b", "c", "d", "e"], 3), "a, b, c and 2 more");
/// ```
#[must_use]
pub fn list<T: Display>(items: &[T], most: usize) -> String {
    let mut shown: Vec<String> = items.iter().take(most).map(ToString::to_string).collect();
    let more = items.len() - shown.len();
    let last = if more > 0 {
        format!("{more} more")
    } else {
        shown.pop().unwrap_or_default()
    };
    if shown.is_empty() {
        last
    } else {
        format!("{} and {last}", shown.join(", "))
    }
}

/// A text that is cut after so many characters, with `…` for the rest.
///
/// ```
/// assert_eq!(daemonset_explain::words::shortened("agent:1.27", 6), "agent:…");
/// assert_eq!(daemonset_explain::words::shortened("agent", 6), "agent");
/// ```
#[must_use]
pub fn shortened(text: &str, most: usize) -> Cow<'_, str> {
    match text.char_indices().nth(most) {
        Some((end, _)) => Cow::Owned(format!("{}…", &text[..end])),
        None => Cow::Borrowed(text),
    }
}

/// A JSON value in a sentence: a string as it is where that cannot be misread, anything else as
/// JSON, and at most [`LONGEST_VALUE`] characters of it.
///
/// ```
/// use daemonset_explain::words::value;
/// use serde_json::json;
///
/// assert_eq!(value(&json!("agent:2")), "agent:2");
/// assert_eq!(value(&json!("")), "\"\"");
/// assert_eq!(value(&json!({"a": 1})), "{\"a\":1}");
/// ```
#[must_use]
pub fn value(value: &Value) -> String {
    let is_clear = |text: &&str| {
        !text.is_empty() && text.trim() == *text && !text.chars().any(char::is_control)
    };
    match value.as_str().filter(is_clear) {
        Some(text) => shortened(text, LONGEST_VALUE).into_owned(),
        None => shortened(&value.to_string(), LONGEST_VALUE).into_owned(),
    }
}

/// Two texts, of which one became the other, so short that what differs is seen: where one is longer than
/// [`LONGEST_VALUE`] characters, the beginning that both have is left out, up to what parts a name from the
/// next.
///
/// ```
/// use daemonset_explain::words::changed;
///
/// assert_eq!(changed("agent:1", "agent:2"), ("agent:1".into(), "agent:2".into()));
/// let image = |tag: &str| format!("europe-west4-docker.pkg.dev/acme-prod/agents/node-inspector:{tag}");
/// assert_eq!(
///     changed(&image("2.3.7"), &image("2.4.O")),
///     ("…/node-inspector:2.3.7".into(), "…/node-inspector:2.4.O".into()),
/// );
/// ```
#[must_use]
pub fn changed(before: &str, after: &str) -> (String, String) {
    let is_short = |text: &str| text.chars().nth(LONGEST_VALUE).is_none();
    if is_short(before) && is_short(after) {
        return (before.to_owned(), after.to_owned());
    }
    let same = before
        .chars()
        .zip(after.chars())
        .take_while(|(a, b)| a == b);
    let same: usize = same.map(|(a, _)| a.len_utf8()).sum();
    // A name is told whole.
    let start = before[..same].rfind(['/', ' ', ',', '\n']).unwrap_or(0);
    let from = |text: &str| {
        let text = &text[start..];
        match start {
            0 => shortened(text, LONGEST_VALUE).into_owned(),
            _ => format!("…{}", shortened(text, LONGEST_VALUE - 2)),
        }
    };
    let (shown, other) = (from(before), from(after));
    if shown != other || before == after {
        return (shown, other);
    }
    // One name that is longer than that: from where it differs.
    let from = |text: &str| format!("…{}", shortened(&text[same..], LONGEST_VALUE - 2));
    (from(before), from(after))
}

/// A span of time that has passed, in whole units that are over, two at most: `45 s`, `27 min`, `3 h 5 min`, `10 d`;
/// below two minutes to the second. Nothing for one that is negative.
///
/// ```
/// use daemonset_explain::words::duration;
///
/// assert_eq!(duration(45), "45 s");
/// assert_eq!(duration(90), "90 s");
/// assert_eq!(duration(60), "1 min");
/// assert_eq!(duration(27 * 60 + 5), "27 min");
/// assert_eq!(duration(3 * 3600 + 5 * 60), "3 h 5 min");
/// assert_eq!(duration(10 * 86_400), "10 d");
/// ```
#[must_use]
pub fn duration(seconds: i64) -> String {
    let seconds = seconds.max(0);
    let (days, hours, minutes) = (seconds / 86_400, seconds / 3600 % 24, seconds / 60 % 60);
    let two = |first: String, second: i64, unit: &str| match second {
        0 => first,
        some => format!("{first} {some} {unit}"),
    };
    match (days, hours, minutes) {
        (0, 0, 0) => format!("{seconds} s"),
        (0, 0, 1) if seconds % 60 > 0 => format!("{seconds} s"),
        (0, 0, minutes) => format!("{minutes} min"),
        (0, hours, minutes) => two(format!("{hours} h"), minutes, "min"),
        (days, hours, _) if days < 3 => two(format!("{days} d"), hours, "h"),
        (days, ..) => format!("{days} d"),
    }
}

/// A span of time that is still to come, and that something takes at most: rounded up where it is not told to the
/// second.
///
/// ```
/// use daemonset_explain::words::at_most;
///
/// assert_eq!(at_most(118), "118 s");
/// assert_eq!(at_most(8 * 60 + 29), "9 min");
/// assert_eq!(at_most(2 * 3600 + 1), "2 h 1 min");
/// ```
#[must_use]
pub fn at_most(seconds: i64) -> String {
    let unit = match seconds {
        ..120 => 1,
        120..86_400 => 60,
        86_400..259_200 => 3600,
        _ => 86_400,
    };
    let over = seconds.rem_euclid(unit);
    let up = if over == 0 { 0 } else { unit - over };
    duration(seconds.saturating_add(up))
}

/// Whether a text has this by itself, and not within something longer: as the character before it and what
/// follows tell.
pub fn stands_alone(
    text: &str,
    part: &str,
    leads_to: impl Fn(char) -> bool,
    goes_on: impl Fn(&str) -> bool,
) -> bool {
    text.match_indices(part)
        .any(|(at, _)| !text[..at].ends_with(&leads_to) && !goes_on(&text[at + part.len()..]))
}
