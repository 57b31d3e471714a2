//! A template as a revision stores it, and its hash.

use serde_json::{Number, Value, json};

use crate::api::PodTemplate;
use crate::schema::canonical_template;

/// The data of a revision of this template, byte for byte as Kubernetes stores it:
/// `{"spec":{"template":{…,"$patch":"replace"}}}` with the template in the API server's stored
/// form ([`canonical_template`]), keys sorted, and `<`, `>`, `&`, U+2028 and U+2029 escaped.
///
/// ```
/// use daemonset::api::PodTemplate;
///
/// let template = PodTemplate::try_from(serde_json::json!({"metadata": {"labels": {"a": "<"}}}))?;
/// let data = daemonset::revision::data(&template);
/// assert!(data.starts_with(
///     r#"{"spec":{"template":{"$patch":"replace","metadata":{"labels":{"a":"\u003c"}}"#,
/// ));
/// # Ok::<(), daemonset::api::TemplateError>(())
/// ```
#[must_use]
pub fn data(template: &PodTemplate) -> String {
    let mut template = canonical_template(&Value::from(template.clone()));
    if let Value::Object(fields) = &mut template {
        fields.insert("$patch".to_owned(), Value::from("replace"));
    }
    canonical(&json!({"spec": {"template": template}}))
}

/// JSON without spaces, keys sorted, written as Go writes it.
pub(crate) fn canonical(value: &Value) -> String {
    let mut out = String::new();
    write(value, &mut out);
    out
}

fn write(value: &Value, out: &mut String) {
    match value {
        Value::Null => out.push_str("null"),
        Value::Bool(true) => out.push_str("true"),
        Value::Bool(false) => out.push_str("false"),
        Value::Number(number) => write_number(number, out),
        Value::String(text) => write_string(text, out),
        Value::Array(items) => {
            out.push('[');
            for (at, item) in items.iter().enumerate() {
                if at > 0 {
                    out.push(',');
                }
                write(item, out);
            }
            out.push(']');
        }
        Value::Object(fields) => {
            let mut sorted: Vec<_> = fields.iter().collect();
            sorted.sort_unstable_by_key(|(key, _)| *key);
            out.push('{');
            for (at, (key, value)) in sorted.into_iter().enumerate() {
                if at > 0 {
                    out.push(',');
                }
                write_string(key, out);
                out.push(':');
                write(value, out);
            }
            out.push('}');
        }
    }
}

fn write_string(text: &str, out: &mut String) {
    let quoted = Value::from(text).to_string();
    for character in quoted.chars() {
        match character {
            '<' => out.push_str("\\u003c"),
            '>' => out.push_str("\\u003e"),
            '&' => out.push_str("\\u0026"),
            '\u{2028}' => out.push_str("\\u2028"),
            '\u{2029}' => out.push_str("\\u2029"),
            other => out.push(other),
        }
    }
}

/// Kubernetes passes every number of a revision through a 64-bit float, so integers beyond 2^53
/// are stored rounded.
fn write_number(number: &Number, out: &mut String) {
    const EXACT: u64 = 1 << 53;
    let exact = number.as_i64().is_some_and(|n| n.unsigned_abs() <= EXACT);
    match number.as_f64() {
        Some(float) if !exact => out.push_str(&float_as_go(float)),
        _ => out.push_str(&number.to_string()),
    }
}

/// The shortest digits that read back the same, with an exponent only where the number is below
/// 1e-6 or at least 1e21.
pub(crate) fn float_as_go(float: f64) -> String {
    let size = float.abs();
    if size != 0.0 && !(1e-6..1e21).contains(&size) {
        let text = format!("{float:e}");
        match text.split_once('e') {
            Some((digits, exponent)) if !exponent.starts_with('-') => {
                format!("{digits}e+{exponent}")
            }
            _ => text,
        }
    } else {
        format!("{float}")
    }
}

/// Writes decimal digits (or any text) in the alphabet of Kubernetes's name suffixes, which has
/// no vowels and so spells no words.
///
/// ```
/// assert_eq!(daemonset::revision::safe_encode("65599"), "b99ff");
/// ```
#[must_use]
pub fn safe_encode(text: &str) -> String {
    const ALPHABET: &[u8; 27] = b"bcdfghjklmnpqrstvwxz2456789";
    text.bytes()
        .map(|byte| char::from(ALPHABET[usize::from(byte) % ALPHABET.len()]))
        .collect()
}

/// The crate's own hash of a template: stable, in Kubernetes's alphabet, and never equal to
/// Kubernetes's own on purpose, which changes from release to release.
///
/// FNV-1a of 32 bits over [`data`], and over the collision count where there is one.
///
/// ```
/// use daemonset::api::PodTemplate;
///
/// let template = PodTemplate::default();
/// let hash = daemonset::revision::template_hash(&template, None);
/// assert_eq!(hash, daemonset::revision::template_hash(&template, None));
/// assert_ne!(hash, daemonset::revision::template_hash(&template, Some(1)));
/// ```
#[must_use]
pub fn template_hash(template: &PodTemplate, collision_count: Option<i32>) -> String {
    hash_of(&data(template), collision_count)
}

pub(super) fn hash_of(data: &str, collision_count: Option<i32>) -> String {
    let count = collision_count.map(i32::to_le_bytes);
    let bytes = data.bytes().chain(count.into_iter().flatten());
    let hash = bytes.fold(0x811c_9dc5_u32, |hash, byte| {
        (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193)
    });
    safe_encode(&hash.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_as_go_does() {
        let written = |text: &str| canonical(&serde_json::from_str(text).unwrap());
        assert_eq!(written("30"), "30");
        assert_eq!(written("-9007199254740992"), "-9007199254740992");
        assert_eq!(
            written("9223372036854775807"),
            "9223372036854775807".replace("5807", "6000")
        );
        assert_eq!(written("1.0"), "1");
        assert_eq!(written("0.000001"), "0.000001");
        assert_eq!(written("0.0000001"), "1e-07".replace("-07", "-7"));
        assert_eq!(written("1e21"), "1e+21");
        assert_eq!(written("1e20"), "100000000000000000000");
        assert_eq!(written("-6.324787845729472e-18"), "-6.324787845729472e-18");
    }
}
