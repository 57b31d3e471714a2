//! Amounts as the API server reads, counts and spells them.
//!
//! It keeps short ones as a 64-bit number and a power of ten, and the rest as long decimals. That
//! shows where an amount is beyond counting in 64 bits, and in the spelling.

use daemonset::template::Quantity;
use serde_json::Value;

/// A billionth is the smallest amount there is; resources have thousandths.
const UNIT: i128 = 1_000_000_000;
const MILLI: i128 = UNIT / 1000;

/// How many digits a short amount has at most: with a decimal suffix, and with a binary one, which
/// takes some more.
const DIGITS: usize = 18;
const BINARY_DIGITS: usize = 14;

/// The smallest power of ten that a short amount is counted in.
const SMALLEST: i64 = -9;
const THOUSANDTH: i64 = -3;

/// An amount. One without a digit is zero where it is a short one: `Mi`.
pub(super) fn amount(value: &Value) -> Option<Quantity> {
    Quantity::from_json(value).or_else(|| {
        let text = value.as_str()?.trim();
        let (spelling, suffix) = (Spelling::of(text), suffix_of(text));
        let is_zero = !text.is_empty() && spelling.digits == "0" && spelling.is_short();
        let zero = || Quantity::from_json(&Value::from(format!("0{suffix}")));
        if is_zero { zero() } else { None }
    })
}

/// The amount of a resource in billionths, rounded up to thousandths; null counts as zero.
pub(super) fn nanos(value: &Value) -> i128 {
    let exact = amount(value).map_or(0, |amount| amount.nanos());
    let rest = exact % MILLI;
    match rest {
        0 => exact,
        rest if rest > 0 => exact.saturating_add(MILLI - rest),
        rest => exact.saturating_sub(MILLI + rest),
    }
}

/// Whether the amount of a resource is a whole number, counted in thousandths.
pub(super) fn is_whole(value: &Value) -> bool {
    counted(value, MILLI) % 1000 == 0
}

/// Whether an amount is made of pieces of this size, counted in whole bytes.
pub(super) fn is_multiple(value: &Value, size: &str) -> bool {
    let size = Value::from(size);
    let bytes = counted(&size, UNIT);
    nanos(&size) > 0 && is_whole(&size) && bytes != 0 && counted(value, UNIT) % bytes == 0
}

/// How an amount is stored: a short one as it was written, unless that is roundabout.
pub(super) fn spelled(value: &Value) -> Option<String> {
    let kept = kept(value).map(|(text, _)| text.to_owned());
    kept.or_else(|| Some(amount(value)?.to_string()))
}

/// How an amount is stored that is rounded up to thousandths.
pub(super) fn spelled_in_thousandths(value: &Value) -> Option<String> {
    let kept = kept(value).filter(|(_, spelling)| spelling.power() >= THOUSANDTH);
    let kept = kept.map(|(text, _)| text.to_owned());
    kept.or_else(|| Some(amount(value)?.in_thousandths().to_string()))
}

/// An amount that is stored as it was written.
fn kept(value: &Value) -> Option<(&str, Spelling)> {
    let text = value.as_str()?.trim();
    let spelling = Spelling::of(text);
    spelling.is_kept().then_some((text, spelling))
}

/// An amount in this unit, rounded up, in 64 bits: what is larger has its upper bits cut off, or
/// counts as zero.
fn counted(value: &Value, unit: i128) -> i128 {
    let nanos = nanos(value);
    let count = nanos.div_euclid(unit) + i128::from(nanos.rem_euclid(unit) > 0);
    if i64::try_from(count).is_ok() {
        return count;
    }
    let text = value.as_str().unwrap_or_default().trim();
    let spelling = Spelling::of(text);
    let power = spelling.power() - if unit == MILLI { THOUSANDTH } else { 0 };
    let is_zero = spelling.is_short() && !matches!(power, 1 | 2 | 3 | 6 | 9);
    // Amounts that do not even fit in here count as zero too.
    if is_zero || matches!(nanos, i128::MAX | i128::MIN) {
        return 0;
    }
    let bits = count.rem_euclid(1 << 64);
    if bits < 1 << 63 {
        bits
    } else {
        bits - (1 << 64)
    }
}

/// An amount taken apart.
struct Spelling {
    /// All digits, the point and zeros in front of it left out; `0` if there are none.
    digits: String,
    /// How many of them follow the point.
    decimals: usize,
    scale: Scale,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Scale {
    /// A power of ten.
    Ten(i64),
    /// A power of two.
    Two(u32),
    /// None that there is.
    Unknown,
}

impl Spelling {
    fn of(text: &str) -> Self {
        let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
        let (whole, rest) = split_digits(unsigned);
        let decimals = rest
            .strip_prefix('.')
            .map_or("", |rest| split_digits(rest).0);
        let whole = match whole.trim_start_matches('0') {
            "" => "0",
            whole => whole,
        };
        Self {
            digits: format!("{whole}{decimals}"),
            decimals: decimals.len(),
            scale: Scale::of(suffix_of(text)),
        }
    }

    /// The power of ten that the digits count in.
    fn power(&self) -> i64 {
        let power = match self.scale {
            Scale::Ten(power) => power,
            Scale::Two(_) | Scale::Unknown => 0,
        };
        power - i64::try_from(self.decimals).unwrap_or(i64::MAX / 2)
    }

    fn is_short(&self) -> bool {
        let digits = self.digits.len();
        match self.scale {
            Scale::Ten(_) => digits <= DIGITS && self.power() >= SMALLEST,
            Scale::Two(power) => {
                let taken = digits + (power as usize) * 3 / 10;
                self.decimals == 0 && taken <= BINARY_DIGITS && self.number() >> (63 - power) == 0
            }
            Scale::Unknown => false,
        }
    }

    fn is_kept(&self) -> bool {
        let is_plain = match self.scale {
            Scale::Ten(_) => {
                self.power() % 3 == 0
                    && !self.digits.ends_with("000")
                    && !self.digits.starts_with('0')
            }
            Scale::Two(_) => !self.number().is_multiple_of(8),
            Scale::Unknown => false,
        };
        is_plain && self.is_short()
    }

    fn number(&self) -> u64 {
        self.digits.parse().unwrap_or(u64::MAX)
    }
}

impl Scale {
    fn of(suffix: &str) -> Self {
        let decimal = [
            ("n", -9),
            ("u", -6),
            ("m", -3),
            ("", 0),
            ("k", 3),
            ("M", 6),
            ("G", 9),
            ("T", 12),
            ("P", 15),
            ("E", 18),
        ];
        let binary = ["Ki", "Mi", "Gi", "Ti", "Pi", "Ei"];
        if let Some((_, power)) = decimal.iter().find(|(known, _)| *known == suffix) {
            return Self::Ten(*power);
        }
        if let Some(power) = (1..).zip(binary).find(|(_, known)| *known == suffix) {
            return Self::Two(power.0 * 10);
        }
        let power = suffix.strip_prefix(['e', 'E']);
        match power.and_then(|power| power.parse::<i32>().ok()) {
            Some(power) => Self::Ten(i64::from(power)),
            None => Self::Unknown,
        }
    }
}

/// What follows the sign, the digits and the point of an amount.
fn suffix_of(text: &str) -> &str {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let (_, rest) = split_digits(unsigned);
    rest.strip_prefix('.')
        .map_or(rest, |rest| split_digits(rest).1)
}

fn split_digits(text: &str) -> (&str, &str) {
    let end = text.bytes().take_while(u8::is_ascii_digit).count();
    text.split_at(end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_without_a_digit_are_zero_while_they_are_short() {
        for (text, is_amount) in [
            ("Mi", true),
            (".", true),
            ("+", true),
            ("Ti", true),
            ("Pi", false),
            ("-Ei", false),
            (".e-30", false),
            ("", false),
            ("q", false),
        ] {
            let amount = amount(&Value::from(text));
            assert_eq!(amount.is_some(), is_amount, "{text}");
            assert_eq!(amount.map_or(0, |amount| amount.nanos()), 0, "{text}");
        }
    }

    #[test]
    fn short_amounts_are_stored_as_they_are_written() {
        for (text, stored) in [
            ("1", "1"),
            ("+1", "+1"),
            ("01", "01"),
            ("1.", "1."),
            ("1.0", "1"),
            ("1000", "1k"),
            ("1000m", "1"),
            ("1.5", "1500m"),
            ("001.500", "001.500"),
            ("12E3", "12E3"),
            ("+1Gi", "+1Gi"),
            ("+8Gi", "8Gi"),
            (" 5 ", "5"),
            ("00", "0"),
        ] {
            assert_eq!(spelled(&Value::from(text)).unwrap(), stored, "{text}");
        }
        for (text, stored) in [
            ("1.500", "1.500"),
            ("0.0001", "1m"),
            ("1500000u", "1500m"),
            ("1.0001", "1001m"),
        ] {
            let rounded = spelled_in_thousandths(&Value::from(text)).unwrap();
            assert_eq!(rounded, stored, "{text}");
        }
    }

    #[test]
    fn amounts_beyond_64_bits_lose_their_upper_bits_or_count_as_zero() {
        for (text, is_whole_) in [
            ("1", true),
            ("1.5", false),
            ("100E", true),
            ("999999999999P", true),
            ("999999999999M", false),
            ("9223372036854775807.5", false),
            ("1111111111111111111111111e3", false),
        ] {
            assert_eq!(is_whole(&Value::from(text)), is_whole_, "{text}");
        }
        assert!(is_multiple(&Value::from("4Mi"), "2Mi"));
        assert!(!is_multiple(&Value::from("3Mi"), "2Mi"));
        assert!(!is_multiple(&Value::from("3Mi"), "0"));
    }
}
