//! What of a template the words of a failure name: an argument, an environment variable, or what a container
//! reads of a Secret.

use serde_json::Value;

use super::quoted::is_telling;
use crate::template::container;
use crate::words::stands_alone;

/// How short a word of a key may be.
const SHORTEST_WORD: usize = 5;

/// Words of keys and names that say nothing of what is in them.
const SAY_NOTHING: [&str; 8] = [
    "agent", "config", "default", "secret", "secrets", "system", "value", "values",
];

/// The argument or environment variable of a container of which the words name the value, as it is written, and
/// that value.
pub(crate) fn argument(spec: &Value, name: &str, words: &str) -> Option<(String, String)> {
    let found = container(spec, name)?;
    let texts = |list: &'static str| found[list].as_array().into_iter().flatten();
    let arguments = texts("command")
        .skip(1)
        .chain(texts("args"))
        .filter_map(|argument| {
            let argument = argument.as_str()?;
            let value = argument
                .split_once('=')
                .map_or(argument, |(_, value)| value);
            (!value.starts_with('-')).then(|| (argument.to_owned(), value))
        });
    let variables = texts("env").filter_map(|variable| {
        let (name, value) = (variable["name"].as_str()?, variable["value"].as_str()?);
        Some((format!("{name}={value}"), value))
    });
    let mut all = arguments.chain(variables);
    // A number may be any.
    let is_told = |value: &str| is_telling(value) && value.contains(char::is_alphabetic);
    all.find(|(_, value)| is_told(value) && has_word(words, value))
        .map(|(text, value)| (text, value.to_owned()))
}

/// The Secret of which a container has a key in its environment that the words name, by the key or by the
/// Secret's name, and that key.
pub(crate) fn secret(spec: &Value, name: &str, words: &str) -> Option<(String, String)> {
    let lower = words.to_lowercase();
    let mut variables = container(spec, name)?["env"].as_array()?.iter();
    variables.find_map(|variable| {
        let taken = &variable["valueFrom"]["secretKeyRef"];
        let (secret, key) = (taken["name"].as_str()?, taken["key"].as_str()?);
        let mut parts = key.split(['-', '_', '.']).chain(secret.split(['-', '.']));
        let is_named = parts.any(|part| {
            let part = part.to_lowercase();
            part.len() >= SHORTEST_WORD && !SAY_NOTHING.contains(&&*part) && has_word(&lower, &part)
        });
        is_named.then(|| (secret.to_owned(), key.to_owned()))
    })
}

/// Whether the words have this as a word of its own.
fn has_word(words: &str, value: &str) -> bool {
    let is_part = |c: char| c.is_alphanumeric() || "-_./".contains(c);
    stands_alone(words, value, is_part, |rest| {
        rest.trim_start_matches(['.', ':']).starts_with(is_part)
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn spec() -> Value {
        json!({"containers": [{
            "name": "a",
            "command": ["/opt/agent-2"],
            "args": ["--verbose", "--iface=eth1", "--level=warning", "region-9"],
            "env": [
                {"name": "POOL", "value": "fast-nvme"},
                {"name": "LICENSE", "valueFrom": {"secretKeyRef": {"name": "sentinel-keys", "key": "license"}}},
            ],
        }]})
    }

    #[test]
    fn values_that_words_name_are_found() {
        let found = |words| argument(&spec(), "a", words).map(|(text, _)| text);
        assert_eq!(
            found("error looking up interface eth1: no such network interface").as_deref(),
            Some("--iface=eth1")
        );
        assert_eq!(
            found("no such region: region-9.").as_deref(),
            Some("region-9")
        );
        assert_eq!(
            found("pool \"fast-nvme\" not found").as_deref(),
            Some("POOL=fast-nvme")
        );
        for words in [
            "interface eth10 is down",
            "level=warning msg=nothing",
            "/opt/agent-2 failed",
            "veth1 is down",
        ] {
            assert_eq!(found(words), None, "{words}");
        }
        assert_eq!(argument(&spec(), "b", "eth1"), None);
    }

    #[test]
    fn secrets_whose_keys_words_name_are_found() {
        let found = |words| secret(&spec(), "a", words);
        let license = Some(("sentinel-keys".to_owned(), "license".to_owned()));
        assert_eq!(found("License ACME-1 expired"), license);
        assert_eq!(found("unlicensed"), None);
        assert_eq!(found("no such key"), None);
    }
}
