//! What names, label keys and label values may look like.
//!
//! Source: [Object Names and IDs](https://kubernetes.io/docs/concepts/overview/working-with-objects/names/)
//! and [Labels, syntax and character set](https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#syntax-and-character-set).

/// Whether `text` may be a label's key: a name, with a DNS subdomain and `/` before it or not.
///
/// ```
/// assert!(daemonset::matching::names::is_qualified_name("topology.kubernetes.io/zone"));
/// assert!(!daemonset::matching::names::is_qualified_name("bad key"));
/// ```
#[must_use]
pub fn is_qualified_name(text: &str) -> bool {
    match text.split_once('/') {
        Some((prefix, name)) => is_dns_subdomain(prefix) && is_name_part(name),
        None => is_name_part(text),
    }
}

/// Whether `text` may be a label's value: empty, or 63 characters that begin and end with a
/// letter or digit and have `-`, `_` and `.` between.
///
/// ```
/// assert!(daemonset::matching::names::is_label_value(""));
/// assert!(!daemonset::matching::names::is_label_value("-3"));
/// ```
#[must_use]
pub fn is_label_value(text: &str) -> bool {
    text.is_empty() || is_name_part(text)
}

/// Whether `text` may be the name of most objects: DNS labels without a limit of their own,
/// joined by `.`, 253 characters in all.
///
/// ```
/// assert!(daemonset::matching::names::is_dns_subdomain("node-a.example"));
/// assert!(!daemonset::matching::names::is_dns_subdomain("Node"));
/// ```
#[must_use]
pub fn is_dns_subdomain(text: &str) -> bool {
    text.len() <= 253 && text.split('.').all(is_dns_part)
}

/// Whether `text` may be the name of a namespace: lowercase letters, digits and `-`, which
/// neither begins nor ends it, 63 characters.
///
/// ```
/// assert!(daemonset::matching::names::is_dns_label("kube-system"));
/// assert!(!daemonset::matching::names::is_dns_label("kube.system"));
/// ```
#[must_use]
pub fn is_dns_label(text: &str) -> bool {
    text.len() <= 63 && is_dns_part(text)
}

fn is_dns_part(text: &str) -> bool {
    let edge = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    is_made_of(text, edge, |byte| edge(byte) || byte == b'-')
}

fn is_name_part(text: &str) -> bool {
    text.len() <= 63
        && is_made_of(
            text,
            |byte| byte.is_ascii_alphanumeric(),
            |byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'),
        )
}

fn is_made_of(text: &str, edge: impl Fn(u8) -> bool, inner: impl Fn(u8) -> bool) -> bool {
    match text.as_bytes() {
        [] => false,
        [only] => edge(*only),
        [first, middle @ .., last] => {
            edge(*first) && edge(*last) && middle.iter().all(|&byte| inner(byte))
        }
    }
}
