//! What the words of a failure name, and whether it is something that the revision changed.

use std::borrow::Cow;
use std::collections::BTreeSet;

use serde_json::Value;

use crate::health::{PodProblem, events};
use crate::known::is_of_probe;
use crate::round::{NodeSeen, Round};
use crate::signs::image_name::named_registry;
use crate::stall::Said;
use crate::version::{Change, Difference};
use crate::words::{list, stands_alone};

/// How many characters a name has at least that tells something.
const SHORTEST: usize = 4;

/// How many bytes of what is said are looked at, and how many names of one change.
const LONGEST: usize = 4096;
const MOST_NAMES: usize = 256;

/// How many digits a number has at least that tells something.
const FEWEST_DIGITS: usize = 3;

/// Everything that is said of a failure: by the pod's status, by how its container ended, and by
/// events.
pub(crate) fn words(round: &Round<'_>, said: &Said<'_, '_>) -> String {
    let of_pod = round.events_of(said.pod);
    let of_status = match &said.problem {
        PodProblem::Waiting {
            reason, message, ..
        } if reason != "CrashLoopBackOff" => message,
        PodProblem::Phase { message, .. } | PodProblem::Unschedulable { message, .. } => message,
        _ => "",
    };
    let of_end = said.problem.last_end().map_or("", |end| &*end.message);
    let all = [
        of_status,
        of_end,
        events::words(&said.problem, of_pod),
        events::missing_pull_secret(of_pod),
    ];
    all.map(|text| plain(beginning(text))).join("\n")
}

/// A text without the backslashes before quotes, as logs have words within words: `msg=\"User \\\"agent\\\"\"`.
pub(crate) fn plain(text: &str) -> Cow<'_, str> {
    if text.contains("\\\"") {
        Cow::Owned(text.replace("\\\"", "\""))
    } else {
        Cow::Borrowed(text)
    }
}

/// As much of a text as is looked at.
pub(crate) fn beginning(text: &str) -> &str {
    &text[..text.floor_char_boundary(LONGEST)]
}

/// Whether the words quote a value or a field that the revision brought and the template before it had
/// nowhere, or that it took away: a path, a port, an option, the name of an object.
pub(crate) fn quotes(difference: &Difference, (before, after): (&str, &str), words: &str) -> bool {
    let path = difference.path.to_string();
    let (old, new) = match &difference.change {
        Change::Added { after } => (None, Some(after)),
        Change::Removed { before } => (Some(before), None),
        Change::Changed { before, after } => (Some(before), Some(after)),
        Change::Reordered { .. } => return false,
    };
    if path.rsplit('.').next() == Some("image") {
        // Every failure to pull quotes the image: only another registry tells something.
        let registry = new.and_then(Value::as_str).and_then(named_registry);
        return registry.is_some_and(|it| !before.contains(it) && names(words, it));
    }
    let mut fields = BTreeSet::new();
    if old.is_none() || path.contains("Probe.") || path.contains("lifecycle.") {
        fields.extend(path.split(['.', '[']));
    }
    for (value, elsewhere) in [(old, after), (new, before)] {
        let mut values = BTreeSet::new();
        if let Some(value) = value {
            tokens(value, &mut fields, &mut values);
        }
        let mut values = values.iter().take(MOST_NAMES);
        if values.any(|value| names(words, value) && !elsewhere.contains(value.as_str())) {
            return true;
        }
        // What stands in quotes is a name, however plain.
        let quoted = value.and_then(Value::as_str).map(|it| format!("\"{it}\""));
        let is_long = |it: &String| it.len() > SHORTEST;
        if quoted.is_some_and(|it| is_long(&it) && words.contains(&it) && !elsewhere.contains(&it))
        {
            return true;
        }
    }
    let plain = squeezed(words);
    let mut fields = fields.iter().take(MOST_NAMES);
    fields.any(|field| {
        let is_told = field.chars().any(char::is_uppercase) && field.len() >= SHORTEST;
        is_told && plain.contains(&squeezed(field))
    })
}

/// Which fields words are about, though they do not name them.
const ABOUT: [(&[&str], &[&str]); 7] = [
    (&["readOnly"], &["read-only file system"]),
    (
        &["securityContext", "spec.hostUsers", "spec.hostPID"],
        &["permission denied", "operation not permitted"],
    ),
    (
        &["spec.serviceAccount", "spec.automountServiceAccountToken"],
        &[
            "is forbidden: User",
            "Unauthorized",
            "serviceaccount/token",
            "AssumeRoleWithWebIdentity",
            "iam.serviceAccounts.getAccessToken",
            "AADSTS",
        ],
    ),
    (
        &["spec.hostNetwork", ".ports", ".args", ".command", ".env"],
        &["address already in use"],
    ),
    (
        &["spec.volumes", ".volumeMounts"],
        &["no such file or directory"],
    ),
    (&["secretKeyRef", "secretRef"], &NOT_KNOWN),
    // What a program says of how it was started, whatever the node.
    (
        &[".image", ".command", ".args", ".env", ".workingDir"],
        &OF_ITS_START,
    ),
];

/// What services say to whom they do not know.
const NOT_KNOWN: [&str; 31] = [
    "401 Unauthorized",
    "401 (Unauthorized)",
    "status code 401",
    "403 Forbidden",
    "403 (Forbidden)",
    "authentication failed",
    "Authentication failed",
    "uthentication required",
    "invalid api token",
    "invalid api key",
    "invalid API key",
    "Invalid API key",
    "API key is invalid",
    "API Key is invalid",
    "API key invalid",
    "API Key invalid",
    "invalid license key",
    "Invalid license key",
    "invalid credentials",
    "invalid username-password pair",
    "Access denied",
    "uthentication credentials were invalid",
    "ErrUnauthorized",
    "code = Unauthenticated",
    "ad credentials",
    "oken is expired",
    "oken has expired",
    "oken expired",
    "ExpiredToken",
    "nvalid access token",
    "InvalidClientTokenId",
];

/// The statuses of HTTP with which they say it.
const REFUSALS: [&str; 2] = ["401", "403"];

/// Whether a service says that it does not know who asks, or does not allow it: not the pod to its probe.
pub(crate) fn is_not_known(words: &str) -> bool {
    // Parsers have tokens of their own.
    let of_syntax = [" line ", "position ", "character", "yntax", "pars"];
    let is_of_token =
        |line: &str| line.contains("nvalid token") && !of_syntax.iter().any(|it| line.contains(it));
    let is_said = |line: &str| {
        NOT_KNOWN.iter().any(|it| line.contains(it)) || is_refused(line) || is_of_token(line)
    };
    words
        .lines()
        .any(|line| is_said(line) && !is_of_probe(line))
}

/// Whether a line tells a status of HTTP by which whoever asks is refused: `status code: 401`. A number alone may be any.
fn is_refused(line: &str) -> bool {
    let lower = line.to_ascii_lowercase();
    let is_status = |at: usize| {
        let before = lower[..at].trim_end_matches([' ', ':', '=', '"', '(']);
        let after = lower[at + 3..].trim_start_matches([' ', ':', '-', '(']);
        let is_alone = !lower[at + 3..].starts_with(|c: char| c.is_ascii_alphanumeric());
        let ends = ["status", "code", "http", "http/1.1", "http/2", "http/2.0"];
        let says = ["unauthorized", "forbidden", "client error"];
        is_alone
            && (before.len() < at && ends.iter().any(|it| before.ends_with(it))
                || says.iter().any(|it| after.starts_with(it)))
    };
    REFUSALS
        .iter()
        .any(|status| lower.match_indices(status).any(|(at, _)| is_status(at)))
}

/// What programs say of their options, their configuration and their libraries.
const OF_ITS_START: [&str; 22] = [
    "GLIBC_",
    "unrecognized feature gate",
    "unknown feature gate",
    "unknown flag",
    "CPU does not support",
    "unknown configuration",
    "unknown option",
    "unknown shorthand flag",
    "flag provided but not defined",
    "unrecognized option",
    "unrecognized argument",
    "invalid option",
    "unknown command",
    "unknown field",
    "unmarshal",
    "yaml: ",
    "environment variable",
    "is forbidden: User",
    "error while loading shared libraries",
    "undefined symbol",
    "ModuleNotFoundError",
    "ClassNotFoundException",
];

/// Whether the words are about what this change decides, in the container that fails or of the pod.
pub(crate) fn is_about(difference: &Difference, container: &str, words: &str) -> bool {
    let path = difference.path.to_string();
    let own = format!("ontainers[{container}]");
    if path.contains("ontainers[") && !path.contains(&own) {
        return false;
    }
    let mut fields = BTreeSet::new();
    if let Change::Added { after } = &difference.change {
        tokens(after, &mut fields, &mut BTreeSet::new());
    }
    let is_of = |part: &str| {
        let mut brought = fields.iter().take(MOST_NAMES);
        path.contains(part) || brought.any(|field| field.contains(part))
    };
    ABOUT.iter().any(|(parts, said)| {
        said.iter().any(|it| words.contains(it)) && parts.iter().any(|part| is_of(part))
    })
}

/// The names of fields and the values of which a value is made.
fn tokens<'v>(value: &'v Value, fields: &mut BTreeSet<&'v str>, values: &mut BTreeSet<String>) {
    match value {
        Value::Object(object) => {
            for (field, value) in object {
                fields.insert(field);
                tokens(value, fields, values);
            }
        }
        Value::Array(items) => {
            for item in items {
                tokens(item, fields, values);
            }
        }
        Value::String(text) => {
            let is_part = |c: char| c.is_alphanumeric() || "._-/:@".contains(c);
            let parts = text.split(|c: char| !is_part(c));
            let parts = parts.map(|part| part.trim_start_matches('-').trim_end_matches([':', '.']));
            for part in parts.filter(|part| is_telling(part)) {
                values.insert(part.to_owned());
                // The host of an address, the file of a path.
                let pieces = part.split(['/', ':', '@']).filter(|it| is_telling(it));
                values.extend(pieces.map(str::to_owned));
            }
        }
        Value::Number(number) => {
            values.extend(Some(number.to_string()).filter(|it| it.len() >= FEWEST_DIGITS));
        }
        Value::Null | Value::Bool(_) => {}
    }
}

/// Whether a value is more than a word of everyday, which may stand anywhere.
pub(super) fn is_telling(part: &str) -> bool {
    let is_marked = part.contains(|c: char| c.is_ascii_digit() || "._-/:@".contains(c));
    part.len() >= SHORTEST && is_marked && part.contains(char::is_alphanumeric)
}

/// Whether the words name this, and not something longer.
fn names(words: &str, name: &str) -> bool {
    let is_part = |c: char| c.is_alphanumeric() || c == '_';
    stands_alone(words, name, is_part, |rest| {
        rest.starts_with(|c| is_part(c) || c == '-')
    })
}

/// Letters and digits alone, in small letters: `Readiness probe` as `readinessProbe`.
fn squeezed(text: &str) -> String {
    let kept = text.chars().filter(|c| c.is_alphanumeric());
    kept.flat_map(char::to_lowercase).collect()
}

/// Whether the words say that an image or a program is for other machines.
pub(crate) fn is_of_platform(words: &str) -> bool {
    const OF_PLATFORM: [&str; 4] = [
        "no match for platform",
        "no matching manifest for",
        "exec format error",
        "does not match the specified platform",
    ];
    OF_PLATFORM.iter().any(|it| words.contains(it))
}

/// Whether the words say that a volume is for one node at a time.
pub(crate) fn is_of_one_node(words: &str) -> bool {
    words.contains("Multi-Attach error")
}

/// Whether admission names the image that the revision brought, whatever it has against it.
pub(crate) fn names_image(difference: &Difference, words: &str) -> bool {
    let is_image = difference.path.to_string().rsplit('.').next() == Some("image");
    let (Change::Added { after } | Change::Changed { after, .. }) = &difference.change else {
        return false;
    };
    is_image && after.as_str().is_some_and(|image| names(words, image))
}

/// Whether the words say that the registry lets nothing more be pulled for now.
pub(crate) fn is_rate_limit(words: &str) -> bool {
    ["toomanyrequests", "429 Too Many", "pull rate limit"]
        .iter()
        .any(|it| words.contains(it))
}

/// `linux/arm64`; `None` where its labels do not say.
pub(crate) fn platform(node: &NodeSeen<'_>) -> Option<String> {
    let labels = &node.node?.metadata.labels;
    let arch = labels.get("kubernetes.io/arch")?;
    let os = labels.get("kubernetes.io/os").map_or("linux", |os| os);
    Some(format!("{os}/{arch}"))
}

/// On what kinds of machines updated pods are available.
pub(crate) fn platforms_of_updated(round: &Round<'_>) -> BTreeSet<String> {
    let nodes = round.running_current();
    nodes.filter_map(platform).collect()
}

/// What kind of machine the node is, one of several that fail, where the words are about that.
pub(crate) fn of_platform(round: &Round<'_>, said: &Said<'_, '_>, pods: usize) -> Option<String> {
    if !is_of_platform(&words(round, said)) {
        return None;
    }
    let own = platform(said.node)?;
    let of = match pods {
        1 => format!("{} is {own}", said.node.name),
        _ => format!("nodes on which it fails are {own}"),
    };
    let others: Vec<String> = platforms_of_updated(round).into_iter().collect();
    Some(match others.as_slice() {
        [] => of,
        others => format!("{of}, updated pods are available on {}", list(others, 3)),
    })
}

/// The port of `listen tcp :9100: bind: address already in use`.
pub(crate) fn taken_port(words: &str) -> Option<u16> {
    let at = words.find("ddress already in use")?;
    let line = words[..at].rsplit('\n').next()?;
    // A time has colons too, and so has what is no port: a tunnel, a device.
    let start = ["listen", "bind", "Bind"].iter();
    let start = start.filter_map(|it| line.find(it)).min()?;
    let line = &line[start..];
    let parts = line.split(':').skip(1).filter_map(|part| {
        let digits = part.split(|c: char| !c.is_ascii_digit()).next()?;
        digits.parse::<u16>().ok().filter(|port| *port > 0)
    });
    parts.last()
}

#[cfg(test)]
mod tests {
    use super::*;
    use daemonset::template::Shape;
    use serde_json::json;

    fn changed(before: &Value, after: &Value) -> Vec<Difference> {
        crate::version::differences(Shape::of_type("PodSpec"), before, after)
    }

    fn one_quotes(before: &Value, after: &Value, words: &str) -> bool {
        let texts = (before.to_string(), after.to_string());
        let texts = (texts.0.as_str(), texts.1.as_str());
        changed(before, after)
            .iter()
            .any(|it| quotes(it, texts, words))
    }

    #[test]
    fn who_is_not_let_in_is_told_by_words_and_status() {
        for words in [
            "fail to execute request to fleet-server: status code: 401, fleet-server returned an error: ErrUnauthorized",
            "requests.exceptions.HTTPError: 401 Client Error: Unauthorized for url: https://in.example.com",
            "server answered HTTP/1.1 403",
            "rpc error: code = Unauthenticated desc = token is expired",
        ] {
            assert!(is_not_known(words), "{words}");
        }
        for words in [
            "main.go:401] client error: no such file",
            "flushed 401 records",
            "status code: 4017",
            "Liveness probe failed: HTTP probe failed with statuscode: 401",
            "invalid token '}' at line 3",
        ] {
            assert!(!is_not_known(words), "{words}");
        }
    }

    #[test]
    fn words_quote_what_is_new() {
        let agent = |args: &str| json!({"containers": [{"name": "agent", "args": [args]}]});
        let flag = "flag provided but not defined: -log-fmt";
        assert!(one_quotes(
            &agent("--log-format=json"),
            &agent("--log-fmt=json"),
            flag
        ));
        // What the revision took away tells as much.
        assert!(one_quotes(
            &agent("--log-fmt=json"),
            &json!({"containers": [{"name": "agent"}]}),
            flag
        ));
        // What was there before explains nothing, and everyday words may stand anywhere.
        assert!(!one_quotes(
            &agent("--log-fmt=json"),
            &agent("--log-fmt=text"),
            flag
        ));
        let host = "lookup collector.monitorng on 10.96.0.10:53: no such host";
        assert!(one_quotes(
            &agent("http://collector.monitoring:4317"),
            &agent("http://collector.monitorng:4317"),
            host
        ));
        assert!(!one_quotes(
            &agent("--level=info"),
            &agent("--level=debug"),
            "debug: no route"
        ));
        let image = |image: &str| json!({"containers": [{"name": "agent", "image": image}]});
        let words = "lookup registry.exmaple.com: no such host: registry.example.com/agent:v2";
        let old = image("registry.example.com/agent:v1");
        assert!(one_quotes(
            &old,
            &image("registry.exmaple.com/agent:v2"),
            words
        ));
        assert!(!one_quotes(
            &old,
            &image("registry.example.com/agent:v2"),
            words
        ));
        let denied = "validation error: host network is not allowed";
        assert!(one_quotes(
            &json!({}),
            &json!({"hostNetwork": true}),
            denied
        ));
    }

    #[test]
    fn ports_are_read() {
        for (words, port) in [
            ("listen tcp :9100: bind: address already in use", Some(9100)),
            (
                "listen tcp 0.0.0.0:9100: bind: address already in use\nx:1",
                Some(9100),
            ),
            (
                "bind() to 0.0.0.0:80 failed (98: Address already in use)",
                Some(80),
            ),
            ("address already in use", None),
            ("I1126 09:08:28 vxlan: address already in use", None),
        ] {
            assert_eq!(taken_port(words), port, "{words}");
        }
    }
}
