//! What kubelets, runtimes and the scheduler say, without the wrapping.

use std::borrow::Cow;

use super::kept::{WRAPPINGS, kept};

/// How many characters of a message a sentence shows.
const LONGEST: usize = 280;

/// The core of a message: in one line, the chain of wrappings before it left out, and not too long.
///
/// `failed to create shim task: OCI runtime create failed: exec: "agnet": not found` is
/// `exec: "agnet": not found`.
pub(crate) fn core(message: &str) -> String {
    let plain = in_one_line(message);
    let plain = unwrapped(&plain);
    if plain.chars().count() <= LONGEST {
        return plain.to_owned();
    }
    // By its lines, as they were written.
    kept(unwrapped(message.trim()), LONGEST)
}

/// A message without the chain of wrappings before it.
fn unwrapped(message: &str) -> &str {
    let mut rest = message;
    while let Some((first, others)) = rest.split_once(": ") {
        let is_wrapping =
            first == "Error" || WRAPPINGS.iter().any(|wrapping| first.starts_with(wrapping));
        if !is_wrapping || others.trim().is_empty() {
            break;
        }
        rest = others.trim_start();
    }
    let rest = rest.trim_end_matches(['.', ' ']);
    // `a: a: not found` says so twice.
    match rest.split_once(": ") {
        Some((first, others)) if others.starts_with(first) => others,
        _ => rest,
    }
}

/// What a message says of an image that is not pulled, without what says that it is tried again or how: the same at
/// each try.
pub(crate) fn of_pull<'m>(message: &'m str, reasons: &[&str]) -> &'m str {
    let mut rest = unwrapped(message);
    while let Some((first, others)) = rest.split_once(": ") {
        if !reasons.contains(&first) {
            break;
        }
        rest = unwrapped(others);
    }
    rest
}

/// A message whose line breaks and runs of blanks are one blank each.
fn in_one_line(message: &str) -> Cow<'_, str> {
    let message = message.trim();
    let is_plain = !message.contains("  ") && !message.contains(['\n', '\r', '\t']);
    if is_plain {
        return Cow::Borrowed(message);
    }
    Cow::Owned(message.split_whitespace().collect::<Vec<_>>().join(" "))
}

/// A message without what differs from pod to pod: numbers, and the pod's own name.
pub(crate) fn alike(message: &str, pod: &str) -> String {
    let message = match pod {
        _ if message.is_empty() => return String::new(),
        "" => Cow::Borrowed(message),
        pod => Cow::Owned(message.replace(pod, "POD")),
    };
    let mut out = String::with_capacity(message.len());
    let mut rest = &*message;
    while let Some(character) = rest.chars().next() {
        let end = rest
            .find(|c: char| !c.is_ascii_alphanumeric())
            .unwrap_or(rest.len());
        if end == 0 {
            out.push(character);
            rest = &rest[character.len_utf8()..];
            continue;
        }
        let (word, after) = rest.split_at(end);
        if is_id(word) {
            out.push('#');
        } else {
            without_numbers(word, &mut out);
        }
        rest = after;
    }
    out
}

/// Whether a word is a number in hexadecimal digits, as clouds number their things.
fn is_id(word: &str) -> bool {
    const SHORTEST_ID: usize = 8;
    word.len() >= SHORTEST_ID
        && word.bytes().all(|it| it.is_ascii_hexdigit())
        && word.contains(|c: char| c.is_ascii_digit())
}

/// A word with `#` for each number in it.
fn without_numbers(word: &str, out: &mut String) {
    let mut in_number = false;
    for character in word.chars() {
        let is_digit = character.is_ascii_digit();
        if is_digit && !in_number {
            out.push('#');
        } else if !is_digit {
            out.push(character);
        }
        in_number = is_digit;
    }
}

/// What the scheduler says of the node that a daemon pod is meant for: the other nodes, which it
/// counts too, are none of its business.
///
/// `0/6 nodes are available: 1 Insufficient memory, 5 node(s) didn't satisfy plugin(s)
/// [NodeAffinity]. no new claims …` is `Insufficient memory`.
pub(crate) fn of_scheduler(message: &str) -> String {
    let Some((head, reasons)) = message.split_once(": ") else {
        return core(message);
    };
    if !head.ends_with("nodes are available") {
        return core(message);
    }
    let reasons = reasons
        .split_once(". ")
        .map_or(reasons, |(reasons, _)| reasons);
    let own: Vec<&str> = (reasons.trim_end_matches('.').split(", "))
        .filter(|reason| !is_of_affinity(reason))
        .map(|reason| {
            let reason = reason.trim_start_matches(|c: char| c.is_ascii_digit());
            let reason = reason.trim_start();
            reason.strip_prefix("node(s) ").unwrap_or(reason)
        })
        .collect();
    if own.is_empty() {
        return core(reasons);
    }
    core(&own.join(", "))
}

/// Whether nodes do not match what the pod's spec says of nodes.
fn is_of_affinity(reason: &str) -> bool {
    reason.contains("NodeAffinity")
        || reason.contains("didn't match Pod's node affinity")
        || reason.contains("didn't match pod's node affinity")
}

/// What the scheduler says of all nodes, for a pod that any of them may run: how many stand against it for what; `None` where
/// all do that one node would.
pub(crate) fn of_all_nodes(message: &str) -> Option<String> {
    let (_, reasons) = message.split_once(" nodes are available: ")?;
    let end = reasons.find(". ").unwrap_or(reasons.len());
    let reasons = reasons[..end].trim_end_matches('.');
    is_of_affinity(reasons).then(|| core(reasons))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wrappings_are_left_out() {
        for (message, said) in [
            (
                "Back-off pulling image \"r/a:v2\": ErrImagePull: rpc error: code = NotFound desc = failed to \
                 pull and unpack image \"r/a:v2\": failed to resolve reference \"r/a:v2\": r/a:v2: not found",
                "r/a:v2: not found",
            ),
            (
                "failed to create containerd task: failed to create shim task: OCI runtime create failed: runc \
                 create failed: unable to start container process: error during container init: exec: \
                 \"/usr/bin/agnet\": stat /usr/bin/agnet: no such file or directory",
                "exec: \"/usr/bin/agnet\": stat /usr/bin/agnet: no such file or directory",
            ),
            (
                "couldn't find key tokn in Secret a/b",
                "couldn't find key tokn in Secret a/b",
            ),
            (
                "Error creating: admission webhook \"w\" denied the request: \n\nresource\tPod was blocked\n",
                "Error creating: admission webhook \"w\" denied the request: resource Pod was blocked",
            ),
            ("Error: no command specified", "no command specified"),
            ("failed to create: ", "failed to create:"),
            ("", ""),
        ] {
            assert_eq!(core(message), said);
        }
    }

    #[test]
    fn the_scheduler_speaks_of_the_pods_own_node() {
        for (message, said) in [
            (
                "0/6 nodes are available: 1 Insufficient memory, 5 node(s) didn't satisfy plugin(s) [NodeAffinity]. \
                 no new claims to deallocate, preemption: 0/6 nodes are available: 6 Preemption is not helpful.",
                "Insufficient memory",
            ),
            (
                "0/4 nodes are available: 1 node(s) didn't have free ports for the requested pod ports, 3 node(s) \
                 didn't satisfy plugin(s) [NodeAffinity].",
                "didn't have free ports for the requested pod ports",
            ),
            (
                "0/6 nodes are available: persistentvolumeclaim \"agent-data\" not found. not found",
                "persistentvolumeclaim \"agent-data\" not found",
            ),
            ("something else", "something else"),
        ] {
            assert_eq!(of_scheduler(message), said);
        }
    }

    #[test]
    fn the_end_of_a_long_message_is_kept() {
        let token = "t".repeat(200);
        let message = format!(
            "failed to fetch a token from https://registry/{token}?{token}: 401 Unauthorized"
        );
        let said = core(&message);
        assert!(said.starts_with("failed to fetch a token from "), "{said}");
        assert!(said.ends_with("401 Unauthorized"), "{said}");
        assert!(said.chars().count() <= LONGEST + 3, "{said}");
    }

    #[test]
    fn numbers_and_names_make_no_difference() {
        assert_eq!(
            alike("pod a-1 at 10.0.0.5:80", "a-1"),
            "pod POD at #.#.#.#:#"
        );
        assert_eq!(alike("eni-0a1fd4449c86afce5 of v1.2", ""), "eni-# of v#.#");
    }

    #[test]
    fn a_pod_of_any_node_is_told_of_all() {
        let message = "0/9 nodes are available: 3 node(s) had untolerated taint {a: }, 2 node(s) didn't match Pod's node \
                       affinity/selector, 4 node(s) were unschedulable. preemption: 0/9 nodes are available: 9 Preemption is \
                       not helpful for scheduling.";
        let said = of_all_nodes(message).unwrap();
        assert!(
            said.starts_with(
                "3 node(s) had untolerated taint {a: }, 2 node(s) didn't match Pod's node affinity"
            ),
            "{said}"
        );
        assert!(said.ends_with("4 node(s) were unschedulable"), "{said}");
        assert_eq!(
            of_all_nodes("0/3 nodes are available: 3 Insufficient cpu."),
            None
        );
    }
}
