//! What is kept of the words of others that are too long for a sentence: by which something is known,
//! the most severe line, the end of a chain of errors, and what has a name; never the signs of a format alone.

use std::ops::Range;

use super::records::{Severity, severity, unfolded};
use crate::known::denial::{self, is_denial};
use crate::known::{known_parts, rows_of};

/// What wraps an error on its way from the runtime to the kubelet.
pub(super) const WRAPPINGS: [&str; 18] = [
    "(combined from similar events)",
    "Failed to create pod sandbox",
    "Failed to pull image",
    "Internal error occurred",
    "failed to generate",
    "failed to setup network for sandbox",
    "Back-off pulling image",
    "ErrImagePull",
    "ErrImageNeverPull",
    "rpc error",
    "code = ",
    "failed to pull",
    "failed to resolve",
    "failed to create",
    "OCI runtime",
    "runc ",
    "unable to start container",
    "error during container init",
];

/// How many bytes are looked at.
const LOOKED_AT: usize = 4096;

/// How many clauses are looked at.
const MOST_CLAUSES: usize = 256;

/// What is worth a part of a clause that is too long.
const SHORTEST: usize = 40;

/// Words by which a clause says what went wrong.
const DECISIVE: [&str; 36] = [
    "error",
    "fail",
    "cannot",
    "can't",
    "could not",
    "couldn't",
    "denied",
    "not found",
    "not allowed",
    "disallowed",
    "not permitted",
    "forbidden",
    "unauthorized",
    "refused",
    "rejected",
    "no such",
    "no space",
    "unable",
    "invalid",
    "exceed",
    "violat",
    "timeout",
    "timed out",
    "missing",
    "unknown",
    "unexpected",
    "unrecognized",
    "unsupported",
    "not support",
    "expected",
    "expired",
    "mismatch",
    "does not",
    "rate limit",
    "have reached",
    "too many",
];

/// Words by which a clause says what to do.
const ADVICE: [&str; 9] = [
    "run `",
    "you should",
    "you need to",
    "did you ",
    "must specify",
    "must be set",
    "make sure",
    "ensure that",
    "use --",
];

/// What begins the rest of a line that says nothing of what went wrong.
const BY_THE_WAY: [&str; 7] = [
    "Requested by user",
    "StdinData",
    "goroutine ",
    "Mounting command",
    "Mounting arguments",
    "Refer to the mount",
    "Please refer to",
];

/// What stands before what a command that was run has said.
const OUTPUT: &str = "Output: ";

/// How many characters a clause has at least: a shorter one belongs to the next.
const SHORTEST_CLAUSE: usize = 24;

/// A clause of a message: where it stands, of which line it is, and what it is worth.
struct Clause {
    at: Range<usize>,
    line: usize,
    worth: i32,
}

/// A message of at most about so many characters, of which what decides is kept, with `…` for the rest.
pub(super) fn kept(message: &str, most: usize) -> String {
    let looked_at = &message[..message.floor_char_boundary(LOOKED_AT)];
    // What a policy demands is what there is to do.
    let most = if is_denial(looked_at) { 2 * most } else { most };
    let plain = denial::plain(looked_at);
    let looked_at = plain.as_deref().unwrap_or(looked_at);
    let text = without_codes(&unfolded(looked_at));
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    let has_words = |line: &&&str| line.chars().any(char::is_alphanumeric);
    let lines: Vec<&str> = lines.iter().filter(has_words).copied().collect();
    let text = lines.join("\n");
    if text.chars().count() <= most {
        return text.replace('\n', " ");
    }
    let text = without_digests(&text);
    let clauses = clauses(&text);
    let mut taken: Vec<Option<Range<usize>>> = vec![None; clauses.len()];
    let mut room = most;
    while let Some(best) = best(&clauses, &taken) {
        let clause = &clauses[best];
        let whole = &text[clause.at.clone()];
        let length = whole.chars().count();
        let is_told = || {
            let mut others = clauses.iter().zip(&taken).filter(|(_, it)| it.is_some());
            others.any(|(other, _)| text[other.at.clone()].trim() == whole.trim())
        };
        if is_told() {
            taken[best] = Some(clause.at.start..clause.at.start);
        } else if length <= room {
            taken[best] = Some(clause.at.clone());
            room -= length;
        } else {
            // The beginning of one that is too long, or nothing of it.
            let room_for_part = if clause.worth > 0 { room } else { 0 };
            let part = beginning(whole, room_for_part);
            taken[best] = Some(clause.at.start..clause.at.start + part.len());
            room = room.saturating_sub(part.chars().count().max(1));
        }
        if room < SHORTEST / 2 {
            break;
        }
    }
    joined(&text, &clauses, &taken)
}

/// A text without the codes of gRPC before what is said: `rpc error: code = Unknown desc = `.
fn without_codes(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("rpc error: code = ") {
        out.push_str(before);
        rest = match after.split_once(" desc = ") {
            Some((code, said)) if !code.contains(' ') => said,
            _ => after,
        };
    }
    out.push_str(rest);
    out
}

/// How many digits of a digest are told.
const OF_DIGEST: usize = 12;

/// A text with the beginnings of its digests alone, which tell what is meant: `sha256:50aa4698fa62…`.
fn without_digests(text: &str) -> String {
    const BEFORE: &str = "sha256:";
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once(BEFORE) {
        out.push_str(before);
        out.push_str(BEFORE);
        let digits = after.bytes().take_while(u8::is_ascii_hexdigit).count();
        if digits == 64 {
            out.push_str(&after[..OF_DIGEST]);
            out.push('…');
            rest = &after[digits..];
        } else {
            rest = after;
        }
    }
    out.push_str(rest);
    out
}

/// The clauses of a text, line by line.
fn clauses(text: &str) -> Vec<Clause> {
    let mut all: Vec<Clause> = Vec::new();
    let rows = rows_of(text);
    let mut start = 0;
    for (number, line) in text.split('\n').enumerate() {
        let severity = severity(line);
        let of_line = match severity {
            Severity::Fatal => 5,
            Severity::Error => 4,
            Severity::Unmarked => 1,
            Severity::Information => -4,
            Severity::Trace => -8,
        };
        let known = match severity {
            Severity::Information | Severity::Trace => Vec::new(),
            _ => known_parts(&rows, line),
        };
        let first_of_line = all.len();
        let mut is_by_the_way = false;
        for range in split(line) {
            let words = &line[range.clone()];
            let lowered = words.to_lowercase();
            let mut worth = of_line;
            if known.iter().any(|part| words.contains(part)) {
                worth += 8;
            }
            if DECISIVE.iter().any(|it| lowered.contains(it)) {
                worth += 3;
            }
            if ADVICE.iter().any(|it| lowered.contains(it)) {
                worth += 4;
            }
            if line.starts_with(OUTPUT) {
                worth += 4;
            }
            if words.contains("/var/lib/kubelet/pods/") {
                worth -= 3;
            }
            if words.contains(['/', '"', '\'', '=']) {
                worth += 1;
            }
            if WRAPPINGS.iter().any(|it| words.starts_with(it)) {
                worth -= 4;
            }
            is_by_the_way |= BY_THE_WAY.iter().any(|it| words.starts_with(it));
            if is_by_the_way {
                worth = -10;
            }
            all.push(Clause {
                at: start + range.start..start + range.end,
                line: number,
                worth,
            });
        }
        // What went wrong stands at the end of a chain.
        if let Some(last) = all[first_of_line..].last_mut() {
            last.worth += 2;
        }
        start += line.len() + 1;
    }
    // Who says it, and what first.
    for first in all.iter_mut().take(2) {
        first.worth += 2;
    }
    all.truncate(MOST_CLAUSES);
    all
}

/// Where the clauses of a line stand: each ends with what parts it from the next.
fn split(line: &str) -> Vec<Range<usize>> {
    const PARTING: [&str; 4] = [": ", "; ", ", ", ". "];
    let mut ranges = Vec::new();
    let mut start = 0;
    while start < line.len() {
        let rest = &line[start..];
        let next = PARTING
            .iter()
            .filter_map(|it| rest.find(it).map(|at| at + it.len()));
        let end = start + next.min().unwrap_or(rest.len());
        ranges.push(start..end);
        start = end;
    }
    ranges
}

/// The clause that is worth most of those that were not taken: beside one that was, it is worth more, and so
/// is the later of two.
fn best(clauses: &[Clause], taken: &[Option<Range<usize>>]) -> Option<usize> {
    let is_beside = |at: usize| {
        let is_taken =
            |other: usize| taken[other].is_some() && clauses[other].line == clauses[at].line;
        at > 0 && is_taken(at - 1) || at + 1 < clauses.len() && is_taken(at + 1)
    };
    let left = (0..clauses.len()).filter(|at| taken[*at].is_none());
    left.filter(|at| clauses[*at].worth > -8)
        .max_by_key(|at| (clauses[*at].worth + i32::from(is_beside(*at)), *at))
}

/// As much of a clause as there is room for, in whole words; nothing where that is little.
fn beginning(clause: &str, room: usize) -> &str {
    if room < SHORTEST {
        return "";
    }
    let end = clause
        .char_indices()
        .nth(room)
        .map_or(clause.len(), |(end, _)| end);
    let part = &clause[..end];
    part.rsplit_once([' ', '/', ',', '&', '?'])
        .map_or(part, |(whole, _)| whole)
}

/// What was taken, in its order, with `…` for what was not.
fn joined(text: &str, clauses: &[Clause], taken: &[Option<Range<usize>>]) -> String {
    let mut out = String::new();
    let (mut end, mut is_whole) = (0, true);
    for (clause, taken) in clauses.iter().zip(taken) {
        let Some(range) = taken.as_ref().filter(|it| !it.is_empty()) else {
            continue;
        };
        let gap = range.start - end.min(range.start);
        if gap > 1 && gap < SHORTEST_CLAUSE && is_whole && !text[end..range.start].contains('\n') {
            out.push_str(&text[end..range.start]);
        } else if gap > 1 || !is_whole {
            let whole = out.trim_end_matches([' ', ':', ';', ',', '.']).len();
            out.truncate(whole);
            out.push_str(if out.is_empty() { "… " } else { " … " });
        } else if gap == 1 {
            out.push(' ');
        }
        out.push_str(&text[range.clone()]);
        (end, is_whole) = (range.end, range.end == clause.at.end);
    }
    if end + 1 < text.len() {
        out.truncate(out.trim_end_matches([' ', ':', ';', ',', '.']).len());
        out.push_str(" …");
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    const MOST: usize = 120;

    #[test]
    fn what_decides_is_kept() {
        let long = "x".repeat(60);
        for (message, has, has_not) in [
            // The most severe line.
            (
                format!(
                    "time=1 level=info msg=\"Setting log-level to INFO\" file={long}.go\n\
                     time=2 level=fatal msg=\"unexpected directory structure for volume, ensure that it is the kubelet's\" \
                     error.function=\"github.com/{long}.validate\""
                ),
                "level=fatal unexpected directory structure for volume, ensure that it is the kubelet's",
                "github.com",
            ),
            // By which it is known, in the midst of others.
            (
                format!(
                    "opening {long}\nlibbpf: failed to find valid kernel BTF\nlibpman: failed to load {long}\nError: \
                     initialization issues"
                ),
                "failed to find valid kernel BTF libpman",
                "initialization issues … ",
            ),
            // Of JSON its words, and not its signs.
            (
                format!(
                    "{{\"level\":\"fatal\",\"ts\":\"{long}\",\"msg\":\"handshake failed\",\
                     \"error\":\"certificate has expired\",\"stack\":\"{long}\"}}"
                ),
                "level=fatal handshake failed; error=certificate has expired",
                "{",
            ),
            // Who asked is by the way, and so is what was handed over.
            (
                format!(
                    "denied the request: one or more constraints. Details: {{\"[no-write]\":[\"volume host is \
                     disallowed.\"]}}\nRequested by user: '{long}', groups: '{long}'"
                ),
                "denied the request: one or more constraints. Details: [no-write]=volume host is disallowed",
                "Requested",
            ),
            // By which it is known, and not a digest.
            (
                format!(
                    "unexpected status code https://r.example.com/v2/a/manifests/sha256:{}: 429 Too Many Requests - Server \
                     message: toomanyrequests: You have reached your pull rate limit: see {long}",
                    "5a".repeat(32)
                ),
                "429 Too Many Requests - Server message: toomanyrequests",
                "5a5a5a5a5a5a5",
            ),
            // The end of a chain.
            (
                format!("a: {long}: {long}: dial tcp 10.0.0.1:443: i/o timeout"),
                "dial tcp 10.0.0.1:443: i/o timeout",
                "desc",
            ),
        ] {
            let kept = kept(&message, MOST);
            assert!(kept.contains(has), "{kept}");
            assert!(!kept.contains(has_not), "{kept}");
            assert!(kept.chars().count() <= MOST + 2 * SHORTEST_CLAUSE, "{kept}");
        }
    }

    #[test]
    fn the_root_of_a_nested_error_survives() {
        let id = "4f0c".repeat(16);
        let directory =
            "/var/lib/kubelet/plugins/kubernetes.io/csi/cephfs.csi.ceph.com/9d1b/globalmount";
        for (message, root) in [
            (
                format!(
                    "MountVolume.MountDevice failed for volume \"pvc-1f2e\" : rpc error: code = Internal desc = an error (exit status 32) occurred \
                     while running mount args: [-t ceph 10.0.0.1:6789,10.0.0.2:6789:/volumes/csi/csi-vol-{id} {directory} -o \
                     name=csi-cephfs-node,secretfile=/tmp/csi/keys/keyfile-{id},mds_namespace=shop,_netdev] stderr: mount error: no mds server is up or \
                     the cluster is laggy"
                ),
                "no mds server is up or the cluster is laggy",
            ),
            (
                format!(
                    "Failed to create pod sandbox: rpc error: code = Unknown desc = failed to setup network for sandbox \"{id}\": plugin \
                     type=\"multus-cni-network\" name=\"multus-cni-network\" failed (add): [cameras/agent-x2x7q/0b1c:macvlan-cameras]: error adding \
                     container to network \"macvlan-cameras\": failed to allocate for range 0: no IP addresses available in range set: \
                     10.20.0.10-10.20.0.40"
                ),
                "no IP addresses available in range set: 10.20.0.10-10.20.0.40",
            ),
            (
                format!(
                    "I1125 main.go:154] Starting FS watcher.\nI1125 main.go:168] Starting Plugins.\nI1125 main.go:226] Running with config: \
                     {{\"version\": \"v1\", \"flags\": {{\"migStrategy\": \"single\"}}}}\nE1125 main.go:132] error starting plugins: error creating plugin manager: \
                     unable to create plugin manager: at least one device with migEnabled=true was not configured correctly: No MIG devices associated \
                     with /dev/nvidia0: GPU-{id}\nmain.start(0xc4201ac)\n\t/build/main.go:146"
                ),
                "No MIG devices associated with /dev/nvidia0",
            ),
            (
                format!(
                    "INFO Retrieving versioned rules artifact {id} from the configured registries, of which there are several\nINFO Preparing to pull artifact \
                     ref=ghcr.io/falcosecurity/rules/falco-rules:3\nERROR unable to pull artifact ref=ghcr.io/falcosecurity/rules/falco-rules:3 \
                     err=\"unable to fetch descriptor with ref: Get \\\"https://ghcr.io/v2/\\\": dial tcp: lookup ghcr.io on 10.96.0.10:53: server misbehaving\""
                ),
                "lookup ghcr.io on 10.96.0.10:53: server misbehaving",
            ),
            (
                format!(
                    "2026-11-25 [INFO][1] tunnel-ip-allocator/discovery.go 179: Creating Kubernetes client for Typha discovery {id}\n\
                     2026-11-25 [INFO][1] tunnel-ip-allocator/discovery.go 195: (Re)discovering Typha endpoints using the Kubernetes API...\n\
                     2026-11-25 [ERROR][1] tunnel-ip-allocator/discovery.go 235: Didn't find any ready Typha instances.\n\
                     2026-11-25 [FATAL][1] tunnel-ip-allocator/startsyncerclient.go 49: Typha discovery enabled but discovery failed. error=no endpoints"
                ),
                "Typha discovery enabled but discovery failed",
            ),
        ] {
            let kept = kept(&message, 280);
            assert!(kept.contains(root), "{kept}");
        }
    }

    #[test]
    fn what_is_left_out_is_marked() {
        let words = "word ".repeat(100);
        let said = kept(&words, MOST);
        assert!(said.ends_with('…'), "{said}");
        assert!(
            words.starts_with(said.trim_end_matches([' ', '…'])),
            "{said}"
        );
        for hostile in [
            "{".repeat(5000),
            "a=\"".repeat(5000),
            "\u{301}: ".repeat(5000),
            ": ".repeat(5000),
        ] {
            assert!(kept(&hostile, MOST).chars().count() <= MOST + 3 * SHORTEST_CLAUSE);
        }
    }
}
