//! Image references, as far as the default of `imagePullPolicy` reads them.
//!
//! Source: [Image names](https://kubernetes.io/docs/concepts/containers/images/#image-names) and
//! [Default image pull policy](https://kubernetes.io/docs/concepts/containers/images/#imagepullpolicy-defaulting).

/// `Always` for the tag `latest`, or none at all; `IfNotPresent` for any other tag, for a digest
/// without a tag, and for what is no image reference.
///
/// ```
/// use daemonset::template::default_pull_policy;
///
/// assert_eq!(default_pull_policy("example.com/agent"), "Always");
/// assert_eq!(default_pull_policy("example.com/agent:1.0"), "IfNotPresent");
/// ```
#[must_use]
pub fn default_pull_policy(image: &str) -> &'static str {
    match image_tag(image) {
        Some("latest") => "Always",
        _ => "IfNotPresent",
    }
}

/// The tag of a reference, `latest` if it has neither tag nor digest; none for a digest alone and
/// for what is no reference.
///
/// ```
/// use daemonset::template::image_tag;
///
/// assert_eq!(image_tag("localhost:5000/agent:1.0"), Some("1.0"));
/// assert_eq!(image_tag("localhost:5000/agent"), Some("latest"));
/// assert_eq!(image_tag("Agent:1.0"), None);
/// ```
#[must_use]
pub fn image_tag(image: &str) -> Option<&str> {
    let (rest, digest) = match image.split_once('@') {
        Some((rest, digest)) => (rest, Some(digest)),
        None => (image, None),
    };
    let last = rest.rsplit('/').next().unwrap_or(rest);
    let tag = last.split_once(':').map(|(_, tag)| tag);
    let before_tag = |tag| rest.strip_suffix(tag)?.strip_suffix(':');
    let name = tag.and_then(before_tag).unwrap_or(rest);
    let well_formed =
        is_name(name) && tag.is_none_or(is_tag) && digest.is_none_or(is_digest) && !is_id(image);
    match (well_formed, tag, digest) {
        (false, _, _) | (true, None, Some(_)) => None,
        (true, None, None) => Some("latest"),
        (true, tag, _) => tag,
    }
}

/// A repository, with a registry's host before it or not. The first part is a host if it has a
/// `.`, a `:` or a capital letter, or is `localhost`.
fn is_name(name: &str) -> bool {
    let is_host_like = |part: &str| {
        part.contains(['.', ':'])
            || part == "localhost"
            || part.bytes().any(|byte| byte.is_ascii_uppercase())
    };
    match name.split_once('/') {
        Some((host, path)) if is_host_like(host) => is_host(host) && is_path(path),
        _ => is_path(name),
    }
}

fn is_host(text: &str) -> bool {
    let (host, port) = match text.rsplit_once(':') {
        Some((host, port)) if !port.contains(']') => (host, Some(port)),
        _ => (text, None),
    };
    let is_label = |label: &str| {
        !label.is_empty()
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    };
    let inner = host
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'));
    let is_host = match inner {
        Some(address) => {
            !address.is_empty() && address.bytes().all(|b| b.is_ascii_hexdigit() || b == b':')
        }
        None => host.split('.').all(is_label),
    };
    is_host && port.is_none_or(|port| is_all(port, |byte| byte.is_ascii_digit()))
}

/// Parts of lowercase letters and digits, joined by `.`, `_`, `__` or any number of `-`.
fn is_path(path: &str) -> bool {
    let is_part = |part: &str| {
        let inner = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
        let mut joints = part.split(|c: char| c.is_ascii() && inner(c as u8));
        // Before the first letter and behind the last one nothing may stand.
        let ends = part.starts_with(|c: char| c.is_ascii() && inner(c as u8))
            && part.ends_with(|c: char| c.is_ascii() && inner(c as u8));
        ends && joints.all(|joint| {
            matches!(joint, "" | "." | "_" | "__") || joint.bytes().all(|byte| byte == b'-')
        })
    };
    path.len() <= 255 && path.split('/').all(is_part)
}

fn is_tag(tag: &str) -> bool {
    let first = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    tag.len() <= 128
        && tag.bytes().next().is_some_and(first)
        && tag
            .bytes()
            .all(|byte| first(byte) || matches!(byte, b'.' | b'-'))
}

/// An algorithm and hexadecimal digits, as many as the known algorithms make.
fn is_digest(digest: &str) -> bool {
    let Some((algorithm, hex)) = digest.split_once(':') else {
        return false;
    };
    let length = match algorithm {
        "sha256" => 64,
        "sha384" => 96,
        "sha512" => 128,
        _ => return false,
    };
    hex.len() == length && is_all(hex, is_lower_hex)
}

/// 64 hexadecimal digits are an image's ID, not a name.
fn is_id(image: &str) -> bool {
    image.len() == 64 && is_all(image, is_lower_hex)
}

fn is_lower_hex(byte: u8) -> bool {
    byte.is_ascii_digit() || matches!(byte, b'a'..=b'f')
}

fn is_all(text: &str, allowed: impl Fn(u8) -> bool) -> bool {
    !text.is_empty() && text.bytes().all(allowed)
}
