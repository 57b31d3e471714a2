//! What is given in place of YAML by mistake.

use std::borrow::Cow;

use super::around::is_message;

/// So many bytes are looked at.
const LOOKED_AT: usize = 4096;

/// What a text is that was pasted in place of YAML, and what to give instead.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Paste {
    /// What it is.
    pub what: &'static str,
    /// What to give instead.
    pub instead: &'static str,
}

const AS_YAML: &str = "ask it for -o yaml";

/// What kubectl prints for people, where a text is that.
pub(crate) fn paste(text: &[u8]) -> Option<Paste> {
    let looked_at = text.get(..LOOKED_AT).unwrap_or(text);
    let is_all = looked_at.len() == text.len();
    let text: Cow<'_, str> = String::from_utf8_lossy(looked_at);
    let mut lines = text.lines().filter(|line| !line.trim().is_empty());
    let mut lines_of_objects = lines.clone().filter(|line| !is_message(line));
    let found = |what, instead| Some(Paste { what, instead });
    if is_all && lines.next().is_some() && lines_of_objects.clone().next().is_none() {
        return found(
            "a message of kubectl",
            "give what it prints with -o yaml once it succeeds",
        );
    }
    let first = lines_of_objects.next()?;
    let mut lines = lines_of_objects;
    let is_table =
        is_header(first) || is_name(first.trim()) && lines.clone().next().is_some_and(is_header);
    if is_table {
        return found("the table that kubectl get prints", AS_YAML);
    }
    let is_described = first
        .strip_prefix("Name:")
        .is_some_and(|name| name.starts_with("  ") && !name.trim().is_empty());
    if is_described {
        return found("what kubectl describe prints", AS_YAML);
    }
    if is_name(first) && lines.all(is_name) {
        return found("the names that kubectl get -o name prints", AS_YAML);
    }
    None
}

/// Whether a line is `kind/name`.
fn is_name(line: &str) -> bool {
    let (kind, name) = line.split_once('/').unwrap_or_default();
    let is_word = |word: &str| !word.is_empty() && !word.contains([' ', ':', '/', '"', '{']);
    is_word(kind) && is_word(name) && line == line.trim()
}

/// Whether a line is the header of a table: words in upper case, as many as make no sentence.
fn is_header(line: &str) -> bool {
    let columns: Vec<&str> = line.split_whitespace().collect();
    // Units stand in parentheses: `CPU(cores)`.
    let word = |column: &&str| column.split('(').next().unwrap_or_default().to_owned();
    let is_upper = |column: &&str| !word(column).contains(|c: char| c.is_lowercase() || c == ':');
    let least = match columns.first() {
        Some(&("NAME" | "NAMESPACE" | "REVISION")) => 2,
        Some(&"LAST") => 3,
        _ => return false,
    };
    columns.len() >= least && columns.iter().all(is_upper)
}

/// Whether a text that does not read has the braces of a template which is not rendered yet.
pub(crate) fn is_template(text: &[u8]) -> bool {
    text.windows(2).any(|two| two == b"{{")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn what(text: &str) -> Option<&'static str> {
        paste(text.as_bytes()).map(|paste| paste.what)
    }

    #[test]
    fn what_kubectl_prints_for_people_is_known() {
        for (text, named) in [
            ("NAME   STATUS   ROLES\nn1     Ready    <none>\n", "table"),
            ("NAME    IMG\nagent   agent:1.0\n", "table"),
            (
                "NAME   CPU(cores)   MEMORY(bytes)\nn1     250m         1Gi\n",
                "table",
            ),
            (
                "daemonset.apps/agent \nREVISION  CHANGE-CAUSE\n1         <none>\n",
                "table",
            ),
            ("LAST SEEN   TYPE      REASON\n5m   Warning   x\n", "table"),
            ("Name:           agent\nNamespace:      infra\n", "describe"),
            ("daemonset.apps/agent\nnode/n1\n", "-o name"),
            (
                "Error from server (Forbidden): daemonsets.apps is forbidden\n",
                "message",
            ),
            (
                "Waiting for daemon set \"agent\" rollout to finish: 1 of 3\n",
                "message",
            ),
        ] {
            let found = what(text);
            assert!(
                found.is_some_and(|found| found.contains(named)),
                "{text}: {found:?}"
            );
        }
    }

    #[test]
    fn manifests_are_none_of_it() {
        for text in [
            "apiVersion: v1\nkind: Node\n",
            "kind: DaemonSet",
            "NAME: x\nVALUE: y\n",
            "Name: x\n",
            "NAME\n",
            "",
            "- a/b\n",
            "{\"kind\": \"List\"}",
            "# NAME  READY\nkind: List\n",
        ] {
            assert_eq!(what(text), None, "{text}");
        }
    }
}
