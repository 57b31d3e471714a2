//! What a plain scalar of YAML means to kubectl, and how its numbers become JSON.
//!
//! kubectl reads YAML by the rules of YAML 1.1 as go-yaml has them: see
//! [go-yaml's notes](https://github.com/go-yaml/yaml/tree/v2#compatibility) and
//! [YAML 1.1's types](https://yaml.org/type/).

use serde_json::Number;

use super::spanned::Node;

/// What a scalar without quotes means.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Scalar {
    Null,
    Bool(bool),
    Int(Number),
    Float(f64),
    String,
}

/// An integer that 64 bits do not hold without rounding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Inexact;

/// Resolves a scalar without quotes and without a tag.
pub(super) fn resolve(text: &str) -> Result<Scalar, Inexact> {
    let Some(first) = text.bytes().next() else {
        return Ok(Scalar::Null);
    };
    Ok(match first {
        b'0'..=b'9' | b'+' | b'-' | b'.' => return number(text),
        b'~' | b'n' | b'N' | b'y' | b'Y' | b't' | b'T' | b'f' | b'F' | b'o' | b'O' => match text {
            "~" | "null" | "Null" | "NULL" => Scalar::Null,
            "y" | "Y" | "yes" | "Yes" | "YES" | "true" | "True" | "TRUE" | "on" | "On" | "ON" => {
                Scalar::Bool(true)
            }
            "n" | "N" | "no" | "No" | "NO" | "false" | "False" | "FALSE" | "off" | "Off"
            | "OFF" => Scalar::Bool(false),
            _ => Scalar::String,
        },
        _ => Scalar::String,
    })
}

fn number(text: &str) -> Result<Scalar, Inexact> {
    match text {
        ".inf" | ".Inf" | ".INF" | "+.inf" | "+.Inf" | "+.INF" => {
            return Ok(Scalar::Float(f64::INFINITY));
        }
        "-.inf" | "-.Inf" | "-.INF" => return Ok(Scalar::Float(f64::NEG_INFINITY)),
        ".nan" | ".NaN" | ".NAN" => return Ok(Scalar::Float(f64::NAN)),
        _ => {}
    }
    let without_underscores;
    let plain = if text.contains('_') {
        // After a point kubectl lets underscores stand between digits only.
        if text.starts_with('.') && !has_digits_around_underscores(text) {
            return Ok(Scalar::String);
        }
        without_underscores = text.replace('_', "");
        &without_underscores
    } else {
        text
    };
    if let Some(number) = integer(plain) {
        return Ok(Scalar::Int(number));
    }
    if !is_float(plain) {
        return Ok(Scalar::String);
    }
    match plain.parse::<f64>() {
        Ok(float) if float.is_finite() => {
            if is_exact(plain, float) {
                Ok(Scalar::Float(float))
            } else {
                Err(Inexact)
            }
        }
        _ => Ok(Scalar::String),
    }
}

fn has_digits_around_underscores(text: &str) -> bool {
    let ends_in_digits = |part: &str| {
        part.starts_with(|c: char| c.is_ascii_digit())
            && part.ends_with(|c: char| c.is_ascii_digit())
    };
    text[1..].split('_').all(ends_in_digits)
}

/// An integer within 64 bits: decimal, `0x`, `0o`, `0b`, or octal by a leading zero.
fn integer(text: &str) -> Option<Number> {
    let (negative, digits) = match text.as_bytes() {
        [b'-', ..] => (true, &text[1..]),
        [b'+', ..] => (false, &text[1..]),
        _ => (false, text),
    };
    let (radix, digits) = match digits.as_bytes() {
        [b'0', b'x' | b'X', ..] => (16, &digits[2..]),
        [b'0', b'o' | b'O', ..] => (8, &digits[2..]),
        [b'0', b'b' | b'B', ..] => (2, &digits[2..]),
        [b'0', _, ..] => (8, &digits[1..]),
        _ => (10, digits),
    };
    if !digits.starts_with(|digit: char| digit.is_digit(radix)) {
        return None;
    }
    let size = u64::from_str_radix(digits, radix).ok()?;
    if negative {
        0_i64.checked_sub_unsigned(size).map(Number::from)
    } else if text.starts_with('+') {
        // kubectl reads a sign with signed integers only.
        i64::try_from(size).ok().map(Number::from)
    } else {
        Some(Number::from(size))
    }
}

/// Digits with a point or an exponent, or without both where the integer is too large or, like
/// `08`, is not octal.
fn is_float(text: &str) -> bool {
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    let (digits, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((digits, exponent)) => (digits, Some(exponent)),
        None => (unsigned, None),
    };
    let all_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let mantissa = match digits.split_once('.') {
        Some((whole, fraction)) => {
            all_digits(whole) && all_digits(fraction) && !(whole.is_empty() && fraction.is_empty())
        }
        None => !digits.is_empty() && all_digits(digits),
    };
    mantissa
        && exponent.is_none_or(|exponent| {
            let exponent = exponent.strip_prefix(['-', '+']).unwrap_or(exponent);
            !exponent.is_empty() && all_digits(exponent)
        })
}

impl Scalar {
    /// The value; null for an infinite number and for one that is none.
    pub(super) fn into_node(self, text: impl Into<Box<str>>) -> Node {
        match self {
            Self::Null => Node::Null,
            Self::Bool(truth) => Node::Bool(truth),
            Self::Int(number) => Node::Number(number),
            Self::Float(float) => from_float(float),
            Self::String => Node::String(text.into()),
        }
    }

    /// The key of a JSON object; none for null.
    pub(super) fn into_key(self, text: impl Into<Box<str>>) -> Option<Box<str>> {
        match self {
            Self::Null => None,
            Self::Bool(truth) => Some(truth.to_string().into()),
            Self::Int(number) => Some(number.to_string().into()),
            Self::Float(float) => Some(float_as_key(float).into()),
            Self::String => Some(text.into()),
        }
    }
}

/// A number of JSON, which has the digits of its grammar.
pub(super) fn json_number(text: &str) -> Result<Node, Inexact> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    if digits.bytes().all(|byte| byte.is_ascii_digit()) {
        if text == "-0" {
            return Ok(Node::Number(0.into()));
        }
        if let Some(integer) = integer(text) {
            return Ok(Node::Number(integer));
        }
    }
    match text.parse::<f64>() {
        Ok(float) if float.is_finite() && is_exact(text, float) => Ok(from_float(float)),
        _ => Err(Inexact),
    }
}

/// Whether a number written as an integer is the float exactly. A number with a point or an
/// exponent is a float by its own will, and may round.
fn is_exact(text: &str, float: f64) -> bool {
    if text.contains(['.', 'e', 'E']) {
        return true;
    }
    let digits = text.trim_start_matches(['-', '+']).trim_start_matches('0');
    let exact = format!("{:.0}", float.abs());
    digits == exact || (digits.is_empty() && float == 0.0)
}

/// The value of a finite float: kubectl writes a whole float below 1e21 without a point, and the
/// API reads that as an integer where it fits. Null for one that is not finite.
fn from_float(float: f64) -> Node {
    let is_whole = float.fract() == 0.0 && float.abs() < 1e21;
    match format!("{float}").parse::<i64>() {
        Ok(integer) if is_whole => Node::Number(integer.into()),
        _ => Number::from_f64(float).map_or(Node::Null, Node::Number),
    }
}

/// A float as kubectl writes it for a key: the digits of a 32-bit float, with an exponent of at
/// least two digits below 1e-4 and from 1e6 on.
fn float_as_key(float: f64) -> String {
    if float.is_nan() {
        return ".nan".to_owned();
    }
    #[allow(clippy::cast_possible_truncation)] // kubectl shortens keys to 32 bits
    let short = float as f32;
    if short.is_infinite() {
        return if short > 0.0 { ".inf" } else { "-.inf" }.to_owned();
    }
    let scientific = format!("{short:e}");
    let Some((digits, exponent)) = scientific.split_once('e') else {
        return scientific;
    };
    match exponent.parse::<i32>() {
        Ok(power) if short != 0.0 && !(-4..6).contains(&power) => {
            let sign = if power < 0 { '-' } else { '+' };
            format!("{digits}e{sign}{:02}", power.abs())
        }
        _ => format!("{short}"),
    }
}

/// Where the number ends that begins here, or where it lacks a digit.
pub(super) fn end_of_number(bytes: &[u8], start: usize) -> Result<usize, usize> {
    let mut at = start;
    let is = |at: usize, some: &[u8]| bytes.get(at).is_some_and(|byte| some.contains(byte));
    let digits = |at: &mut usize| {
        let begin = *at;
        while bytes.get(*at).is_some_and(u8::is_ascii_digit) {
            *at += 1;
        }
        if *at == begin { Err(begin) } else { Ok(()) }
    };
    at += usize::from(is(at, b"-"));
    if is(at, b"0") {
        at += 1;
    } else {
        digits(&mut at)?;
    }
    if is(at, b".") {
        at += 1;
        digits(&mut at)?;
    }
    if is(at, b"eE") {
        at += 1;
        at += usize::from(is(at, b"+-"));
        digits(&mut at)?;
    }
    Ok(at)
}

#[cfg(test)]
mod tests {
    use super::super::spanned::Spanned;
    use super::*;
    use serde_json::Value;

    /// Resolves to this JSON, or to `none` or `inexact`.
    fn check(text: &str, expected: &str) {
        let read = match resolve(text) {
            Err(Inexact) => Value::from("inexact"),
            Ok(Scalar::Float(float)) if !float.is_finite() => Value::from("none"),
            Ok(scalar) => Spanned::new(scalar.into_node(text), 1).to_value(),
        };
        let expected = serde_json::from_str(expected).unwrap_or_else(|_| Value::from(expected));
        assert_eq!(read, expected, "{text}");
    }

    #[test]
    fn words_are_booleans_and_null_in_three_spellings() {
        for word in [
            "y", "Y", "yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON",
        ] {
            check(word, "true");
        }
        for word in [
            "n", "N", "no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF",
        ] {
            check(word, "false");
        }
        for word in ["", "~", "null", "Null", "NULL"] {
            check(word, "null");
        }
        for word in ["yEs", "oN", "nULL", "tru", "nope", "<<", "=", "none", "é"] {
            check(word, &format!("{word:?}"));
        }
    }

    #[test]
    fn integers_have_five_spellings() {
        for (text, expected) in [
            ("0", "0"),
            ("-0", "0"),
            ("12", "12"),
            ("+12", "12"),
            ("-12", "-12"),
            ("0600", "384"),
            ("0o600", "384"),
            ("0O17", "15"),
            ("0x1F", "31"),
            ("-0x1f", "-31"),
            ("0b11", "3"),
            ("-0B11", "-3"),
            ("1_000", "1000"),
            ("0x_1_", "1"),
            ("-_1", "-1"),
            ("08", "8"),
            ("0o8", "\"0o8\""),
            ("0x", "\"0x\""),
            ("0x-1", "\"0x-1\""),
            ("-", "\"-\""),
            ("+-1", "\"+-1\""),
            ("_1", "\"_1\""),
            ("12:30", "\"12:30\""),
            ("2001-01-01", "\"2001-01-01\""),
            ("9223372036854775807", "9223372036854775807"),
            ("-9223372036854775808", "-9223372036854775808"),
            ("18446744073709551615", "18446744073709551615"),
            ("0xFFFFFFFFFFFFFFFF", "18446744073709551615"),
            ("0x1FFFFFFFFFFFFFFFF", "\"0x1FFFFFFFFFFFFFFFF\""),
            // 2^64 and 10^20 are floats without rounding, their neighbours are not.
            ("18446744073709551616", "1.8446744073709552e19"),
            ("100000000000000000000", "1e20"),
            ("18446744073709551617", "inexact"),
            ("-9223372036854775809", "inexact"),
            ("+18446744073709551615", "inexact"),
        ] {
            check(text, expected);
        }
    }

    #[test]
    fn floats_are_integers_where_they_are_whole() {
        for (text, expected) in [
            (".5", "0.5"),
            ("-.5", "-0.5"),
            ("1.", "1"),
            ("1.5", "1.5"),
            ("1e3", "1000"),
            ("1E+3", "1000"),
            ("1e-3", "0.001"),
            ("-0.0", "0"),
            ("1_0.5", "10.5"),
            ("1e20", "1e20"),
            ("1.2345678901234567e18", "1234567890123456800"),
            (".inf", "none"),
            ("-.INF", "none"),
            (".NaN", "none"),
            ("1e400", "\"1e400\""),
            (".5_5", "0.55"),
            ("._5", "\"._5\""),
            (".5_", "\".5_\""),
            (".", "\".\""),
            ("..5", "\"..5\""),
            ("1e", "\"1e\""),
            ("1.5.5", "\"1.5.5\""),
            (".e5", "\".e5\""),
            ("+.", "\"+.\""),
            ("1e5.5", "\"1e5.5\""),
            (".inF", "\".inF\""),
        ] {
            check(text, expected);
        }
    }

    #[test]
    fn keys_are_texts() {
        let key = |text: &str| resolve(text).unwrap().into_key(text).map(String::from);
        assert_eq!(key("yes").unwrap(), "true");
        assert_eq!(key("0x10").unwrap(), "16");
        assert_eq!(key("1.50").unwrap(), "1.5");
        assert_eq!(key("123456.0").unwrap(), "123456");
        assert_eq!(key("1234567.5").unwrap(), "1.2345675e+06");
        assert_eq!(key("-1.5e-7").unwrap(), "-1.5e-07");
        assert_eq!(key("3.14159265358979").unwrap(), "3.1415927");
        assert_eq!(key("-.inf").unwrap(), "-.inf");
        assert_eq!(key(".nan").unwrap(), ".nan");
        assert_eq!(key("a b").unwrap(), "a b");
        assert_eq!(key("~"), None);
    }
}
