//! A template as a revision stores it.

use serde_json::{Value, json};

use super::canonical_template;
use super::go_numbers::number_as_go;
use crate::api::PodTemplate;

/// The data of a revision of this template, byte for byte as Kubernetes stores it:
/// `{"spec":{"template":{…,"$patch":"replace"}}}` with the template in the API server's stored
/// form ([`canonical_template`]), keys sorted, and `<`, `>`, `&`, U+2028 and U+2029 escaped.
///
/// ```
/// use daemonset::api::PodTemplate;
///
/// let template = PodTemplate::try_from(serde_json::json!({"metadata": {"labels": {"a": "<"}}}))?;
/// let data = daemonset::template::revision_data(&template);
/// assert!(data.starts_with(
///     r#"{"spec":{"template":{"$patch":"replace","metadata":{"labels":{"a":"\u003c"}}"#,
/// ));
/// # Ok::<(), daemonset::api::TemplateError>(())
/// ```
#[must_use]
pub fn revision_data(template: &PodTemplate) -> String {
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
        Value::Number(number) => out.push_str(&number_as_go(number)),
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
    // U+2028 and U+2029 begin with 0xe2.
    let is_plain =
        |byte: u8| byte >= b' ' && !matches!(byte, b'"' | b'\\' | b'<' | b'>' | b'&' | 0xe2);
    if text.bytes().all(is_plain) {
        out.push('"');
        out.push_str(text);
        out.push('"');
        return;
    }
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
        // From the float and not from a text, which serde_json reads this exactly only with a
        // feature that the crate leaves to whoever builds it.
        assert_eq!(
            canonical(&json!(-6.324_787_845_729_472e-18)),
            "-6.324787845729472e-18"
        );
    }
}
