//! How names, paths and numbers must look, where that depends on nothing else.

use std::net::IpAddr;

use daemonset::matching::names::{
    is_dns_label, is_dns_subdomain, is_label_value, is_qualified_name,
};

/// A rule about a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
    /// A DNS label: most short names.
    DnsLabel,
    /// A DNS subdomain: most names of objects.
    DnsSubdomain,
    /// What a DNS subdomain may begin with: a `-` may end it.
    DnsSubdomainPrefix,
    /// A DNS subdomain with `_` allowed in it.
    DnsSubdomainWithUnderscore,
    /// A label's key.
    QualifiedName,
    /// A label's value.
    LabelValue,
    /// The name of a container's port.
    PortName,
    /// The name of an environment variable.
    VariableName,
    /// A key of a config map or secret.
    ConfigKey,
    /// The name of an HTTP header.
    HeaderName,
    /// An IP address.
    Ip,
    /// A path that begins with `/`.
    AbsolutePath,
    /// A path without `..` in it.
    PathWithoutBacksteps,
    /// A relative path without `..` in it.
    DescendingPath,
    /// The same, and no name that begins with `..` in front.
    UnreservedPath,
    /// The name of a kernel parameter.
    Sysctl,
    /// A text that does not begin or end with white space.
    Unpadded,
    /// A text without `/`.
    WithoutSlash,
}

const FORMATS: [(&str, Format, &str); 18] = [
    (
        "dns-label",
        Format::DnsLabel,
        "a DNS label (lowercase letters, digits and -, at most 63 characters)",
    ),
    (
        "dns-subdomain",
        Format::DnsSubdomain,
        "a DNS subdomain (lowercase letters, digits, - and ., at most 253 characters)",
    ),
    (
        "dns-subdomain-prefix",
        Format::DnsSubdomainPrefix,
        "the beginning of a DNS subdomain (lowercase letters, digits, - and ., at most 253 characters)",
    ),
    (
        "dns-subdomain-with-underscore",
        Format::DnsSubdomainWithUnderscore,
        "a DNS subdomain (lowercase letters, digits, -, _ and ., at most 253 characters)",
    ),
    (
        "qualified-name",
        Format::QualifiedName,
        "a qualified name (letters, digits, -, _ and ., at most 63 characters, with a DNS subdomain and / before it or not)",
    ),
    (
        "label-value",
        Format::LabelValue,
        "a label value (empty, or letters, digits, -, _ and ., at most 63 characters)",
    ),
    (
        "port-name",
        Format::PortName,
        "a port name (lowercase letters, digits and -, with a letter, at most 15 characters)",
    ),
    (
        "variable-name",
        Format::VariableName,
        "the name of a variable (printable ASCII without =)",
    ),
    (
        "config-key",
        Format::ConfigKey,
        "a key of a config map or secret (letters, digits, -, _ and ., at most 253 characters)",
    ),
    (
        "header-name",
        Format::HeaderName,
        "the name of a header (letters, digits and -)",
    ),
    (
        "ip",
        Format::Ip,
        "an IP address such as 10.9.8.7 or 2001:db8::ffff",
    ),
    ("absolute-path", Format::AbsolutePath, "an absolute path"),
    (
        "path-without-backsteps",
        Format::PathWithoutBacksteps,
        "a path without ..",
    ),
    (
        "descending-path",
        Format::DescendingPath,
        "a relative path without ..",
    ),
    (
        "unreserved-path",
        Format::UnreservedPath,
        "a relative path that has no .. and does not begin with ..",
    ),
    (
        "sysctl",
        Format::Sysctl,
        "the name of a kernel parameter (lowercase letters, digits, -, _, . and /)",
    ),
    (
        "unpadded",
        Format::Unpadded,
        "a text that white space neither begins nor ends",
    ),
    ("without-slash", Format::WithoutSlash, "a text without /"),
];

impl Format {
    /// The format that a rule names.
    pub fn named(name: &str) -> Option<Self> {
        let mut formats = FORMATS.iter();
        formats
            .find(|(known, ..)| *known == name)
            .map(|(_, format, _)| *format)
    }

    /// What is expected, in words.
    pub fn words(self) -> &'static str {
        let mut formats = FORMATS.iter();
        formats
            .find(|(_, format, _)| *format == self)
            .map_or("", |(.., words)| words)
    }

    /// Whether a text is of this format.
    pub fn holds(self, text: &str) -> bool {
        match self {
            Self::DnsLabel => is_dns_label(text),
            Self::DnsSubdomain => is_dns_subdomain(text),
            Self::DnsSubdomainPrefix => match text.strip_suffix('-') {
                // What comes before the `-` is made up by what is added behind it.
                Some(rest) if !rest.is_empty() => {
                    let end = rest.char_indices().next_back().map_or(0, |(at, _)| at);
                    is_dns_subdomain(&format!("{}a", &rest[..end]))
                }
                _ => is_dns_subdomain(text),
            },
            Self::DnsSubdomainWithUnderscore => {
                text.len() <= 253 && text.split('.').all(is_dns_part_with_underscore)
            }
            Self::QualifiedName => is_qualified_name(text),
            Self::LabelValue => is_label_value(text),
            Self::PortName => is_port_name(text),
            Self::VariableName => {
                !text.is_empty()
                    && text
                        .bytes()
                        .all(|byte| matches!(byte, b' '..=b'~') && byte != b'=')
            }
            Self::ConfigKey => {
                let fits =
                    |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
                (1..=253).contains(&text.len())
                    && text.bytes().all(fits)
                    && text != "."
                    && !text.starts_with("..")
            }
            Self::HeaderName => {
                !text.is_empty()
                    && text
                        .bytes()
                        .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
            }
            Self::Ip => is_ip(text),
            Self::AbsolutePath => text.starts_with('/'),
            Self::PathWithoutBacksteps => has_no_backsteps(text),
            Self::DescendingPath => !text.starts_with('/') && has_no_backsteps(text),
            Self::UnreservedPath => {
                !text.starts_with('/') && has_no_backsteps(text) && !text.starts_with("..")
            }
            Self::Sysctl => is_sysctl(text),
            Self::Unpadded => text.trim() == text,
            Self::WithoutSlash => !text.contains('/'),
        }
    }

    /// The text of this format that may have been meant.
    pub fn mended(self, text: &str) -> Option<String> {
        let in_lowercase = || {
            let allowed = |c: char| {
                c.is_ascii_lowercase()
                    || c.is_ascii_digit()
                    || (c == '.' && self == Self::DnsSubdomain)
            };
            let lower = text.trim().to_lowercase();
            let mended: String = lower
                .chars()
                .map(|c| if allowed(c) { c } else { '-' })
                .collect();
            mended.trim_matches(['-', '.']).to_owned()
        };
        let mended = match self {
            Self::DnsLabel | Self::DnsSubdomain | Self::PortName => in_lowercase(),
            Self::LabelValue | Self::QualifiedName => {
                let allowed = |c: char| c.is_ascii_alphanumeric() || "-_./".contains(c);
                let replaced = |c| if allowed(c) { c } else { '-' };
                let mended: String = text.trim().chars().map(replaced).collect();
                let is_end = |c: char| !c.is_ascii_alphanumeric();
                mended.trim_matches(is_end).to_owned()
            }
            Self::DescendingPath | Self::UnreservedPath => text.trim_start_matches('/').to_owned(),
            Self::AbsolutePath if has_no_backsteps(text) => format!("/{text}"),
            Self::Ip => without_leading_zeros(text),
            _ => text.trim().to_owned(),
        };
        let differs = !mended.is_empty() && mended != text && mended.len() <= 63;
        (differs && self.holds(&mended)).then_some(mended)
    }
}

/// Whether a text is an IP address without ambiguities: no zero before a number, and no IPv4
/// address in the guise of an IPv6 one.
fn is_ip(text: &str) -> bool {
    match text.parse() {
        Ok(IpAddr::V4(_)) => true,
        Ok(IpAddr::V6(address)) => address.to_ipv4_mapped().is_none(),
        Err(_) => false,
    }
}

fn without_leading_zeros(text: &str) -> String {
    let numbers = text
        .split('.')
        .map(|number| match number.trim_start_matches('0') {
            "" => "0",
            rest => rest,
        });
    numbers.collect::<Vec<_>>().join(".")
}

fn is_dns_part_with_underscore(part: &str) -> bool {
    let edge = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    match part.strip_prefix('_').unwrap_or(part).as_bytes() {
        [] => false,
        [only] => edge(*only),
        [first, inner @ .., last] => {
            edge(*first)
                && edge(*last)
                && inner
                    .iter()
                    .all(|&byte| edge(byte) || matches!(byte, b'-' | b'_'))
        }
    }
}

fn is_port_name(text: &str) -> bool {
    (1..=15).contains(&text.len())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
        && text.bytes().any(|byte| byte.is_ascii_lowercase())
        && !text.contains("--")
        && !text.starts_with('-')
        && !text.ends_with('-')
}

fn has_no_backsteps(path: &str) -> bool {
    path.split('/').all(|part| part != "..")
}

fn is_sysctl(text: &str) -> bool {
    let edge = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let is_segment = |segment: &str| match segment.as_bytes() {
        [] => false,
        [only] => edge(*only),
        [first, inner @ .., last] => {
            edge(*first)
                && edge(*last)
                && inner
                    .iter()
                    .all(|&byte| edge(byte) || matches!(byte, b'-' | b'_'))
        }
    };
    text.len() <= 253 && text.split(['.', '/']).all(is_segment)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_format_has_a_name_and_words() {
        for (name, format, words) in FORMATS {
            assert_eq!(Format::named(name), Some(format));
            assert_eq!(format.words(), words);
        }
    }

    #[test]
    fn likely_intentions_are_of_the_format() {
        for (format, written, meant) in [
            (Format::DnsLabel, "Log_Agent", Some("log-agent")),
            (Format::DnsLabel, "a.b", Some("a-b")),
            (Format::DnsSubdomain, "A.b_c", Some("a.b-c")),
            (Format::DnsLabel, "!", None),
            (Format::PortName, "HTTP", Some("http")),
            (Format::DescendingPath, "/etc/x", Some("etc/x")),
            (Format::AbsolutePath, "srv", Some("/srv")),
            (Format::Ip, "010.0.0.1", Some("10.0.0.1")),
            (Format::LabelValue, " x", Some("x")),
            (Format::LabelValue, "x y", Some("x-y")),
            (Format::LabelValue, "a/b", None),
            (Format::QualifiedName, "my key", Some("my-key")),
            (Format::QualifiedName, "a b/c d", Some("a-b/c-d")),
            (Format::QualifiedName, "A b/c", None),
        ] {
            assert_eq!(format.mended(written).as_deref(), meant, "{written}");
        }
    }
}
