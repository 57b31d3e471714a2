//! Quantities in the spelling that the API server gives them.
//!
//! Source: the API's
//! [Quantity](https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/).

use std::fmt;

use serde_json::Value;

use super::go_numbers::float_as_go;

/// Amounts smaller than this power of ten are rounded away from zero, everywhere.
const NANO: i64 = -9;

/// Amounts of a resource smaller than this power of ten are rounded away from zero.
pub(super) const MILLI: i64 = -3;

const DECIMAL: [(i64, &str); 10] = [
    (-9, "n"),
    (-6, "u"),
    (-3, "m"),
    (0, ""),
    (3, "k"),
    (6, "M"),
    (9, "G"),
    (12, "T"),
    (15, "P"),
    (18, "E"),
];

const BINARY: [&str; 6] = ["Ki", "Mi", "Gi", "Ti", "Pi", "Ei"];

/// The family that a quantity was written in, and is written back in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Format {
    /// `500m`, `2`, `1G`
    DecimalSi,
    /// `1Gi`
    BinarySi,
    /// `1e3`
    DecimalExponent,
}

/// An amount, as the API writes it: `500m`, `1Gi`, `1e3`. Prints in the API server's own spelling.
///
/// Two that are equal are of one spelling: `1k` and `1e3` are not; compare [`nanos`](Self::nanos)
/// for the amounts.
///
/// ```
/// use daemonset::template::Quantity;
///
/// let half = Quantity::from_json(&"0.5".into()).unwrap();
/// assert_eq!(half.to_string(), "500m");
/// assert_eq!(half.nanos(), 500_000_000);
/// assert_eq!(Quantity::from_json(&"lots".into()), None);
/// ```
// A whole number times a power of ten.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Quantity {
    negative: bool,
    /// Decimal digits, `0` to `9`, without zeros at either end; none of them is zero.
    digits: Vec<u8>,
    exponent: i64,
    format: Format,
}

impl Quantity {
    /// Reads a string or a number; nothing else is a quantity.
    #[must_use]
    pub fn from_json(value: &Value) -> Option<Self> {
        match value {
            Value::String(text) => Self::parse(text.trim()),
            Value::Number(number) if number.is_f64() => Self::parse(&float_as_go(number.as_f64()?)),
            Value::Number(number) => Self::parse(&number.to_string()),
            _ => None,
        }
    }

    /// The amount in billionths, of which every quantity is a whole number. Above 10^29 units and
    /// below minus as much, it is the greatest or least number there is.
    #[must_use]
    pub fn nanos(&self) -> i128 {
        let beyond = if self.negative { -i128::MAX } else { i128::MAX };
        self.billionths().unwrap_or(beyond)
    }

    /// The amount rounded away from zero to thousandths, which resources are stored in.
    ///
    /// ```
    /// use daemonset::template::Quantity;
    ///
    /// let amount = Quantity::from_json(&"0.0001".into()).unwrap();
    /// assert_eq!(amount.in_thousandths().to_string(), "1m");
    /// ```
    #[must_use]
    pub fn in_thousandths(mut self) -> Self {
        self.round_up(MILLI);
        self
    }

    /// Reads an optional sign, digits with a point among them or not, and a suffix or an exponent.
    ///
    /// Less than a billionth is rounded away from zero; an amount with a binary suffix is at most
    /// 2^63 - 1. A suffix without a digit, which the API server takes for 0, is refused.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
        let (whole, rest) = split_digits(unsigned);
        let (fraction, suffix) = rest.strip_prefix('.').map_or(("", rest), split_digits);
        if whole.is_empty() && fraction.is_empty() {
            return None;
        }
        let (factor, exponent, format) = scale(suffix)?;
        let mut quantity = Self {
            negative: text.starts_with('-'),
            digits: digits_of(whole).chain(digits_of(fraction)).collect(),
            exponent: exponent - i64::try_from(fraction.len()).ok()?,
            format,
        };
        quantity.multiply(factor);
        quantity.trim();
        quantity.round_up(NANO);
        if format == Format::BinarySi && quantity.whole().is_none() {
            quantity.digits = digits_of(&i64::MAX.to_string()).collect();
            quantity.exponent = 0;
        }
        Some(quantity)
    }

    /// Rounds away from zero to a multiple of this power of ten.
    pub(super) fn round_up(&mut self, scale: i64) {
        let excess = usize::try_from(scale.saturating_sub(self.exponent)).unwrap_or(0);
        if excess == 0 || self.digits.is_empty() {
            return;
        }
        // The last digit is not zero, so there is always something to round.
        self.digits
            .truncate(self.digits.len().saturating_sub(excess));
        self.exponent = scale;
        let below_nine = self.digits.iter().rposition(|&digit| digit < 9);
        if let Some([digit, behind @ ..]) = below_nine.and_then(|at| self.digits.get_mut(at..)) {
            *digit += 1;
            behind.fill(0);
        } else {
            self.digits.fill(0);
            self.digits.insert(0, 1);
        }
        self.trim();
    }

    /// The amount in billionths, which is exact; `None` where 128 bits do not hold it.
    #[must_use]
    pub fn billionths(&self) -> Option<i128> {
        let mut amount = 0_i128;
        for &digit in &self.digits {
            amount = amount.checked_mul(10)?.checked_add(i128::from(digit))?;
        }
        if amount != 0 {
            let power = u32::try_from(self.exponent - NANO).ok()?;
            amount = amount.checked_mul(10_i128.checked_pow(power)?)?;
        }
        Some(if self.negative { -amount } else { amount })
    }

    /// The whole part, if the amount lies within 63 bits.
    fn whole(&self) -> Option<u64> {
        const MAX: u64 = i64::MAX.unsigned_abs();
        let mut whole = 0_u64;
        let width = i64::try_from(self.digits.len()).ok()? + self.exponent;
        if width > 19 {
            return None;
        }
        let digits = self.digits.iter().copied().chain(std::iter::repeat(0));
        for digit in digits.take(usize::try_from(width).unwrap_or(0)) {
            whole = whole.checked_mul(10)?.checked_add(u64::from(digit))?;
        }
        let fits = whole < MAX || (whole == MAX && self.exponent >= 0);
        fits.then_some(whole)
    }

    fn multiply(&mut self, factor: u64) {
        let mut carry = 0_u128;
        for digit in self.digits.iter_mut().rev() {
            let product = u128::from(*digit) * u128::from(factor) + carry;
            *digit = (product % 10) as u8;
            carry = product / 10;
        }
        let mut front = Vec::new();
        while carry > 0 {
            front.push((carry % 10) as u8);
            carry /= 10;
        }
        front.reverse();
        self.digits.splice(0..0, front);
    }

    /// Takes the zeros off both ends.
    fn trim(&mut self) {
        let leading = self.digits.iter().take_while(|&&digit| digit == 0).count();
        self.digits.drain(..leading);
        while self.digits.last() == Some(&0) {
            self.digits.pop();
            self.exponent += 1;
        }
    }
}

impl fmt::Display for Quantity {
    /// The shortest spelling without a fraction, in the family it was written in.
    ///
    /// Binary suffixes stand only where the amount is whole and at least 1024.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.digits.is_empty() {
            return f.write_str("0");
        }
        if self.negative {
            f.write_str("-")?;
        }
        if self.format == Format::BinarySi
            && self.exponent >= 0
            && let Some(mut whole @ 1024..) = self.whole()
        {
            let mut suffix = "";
            for larger in BINARY {
                if whole % 1024 != 0 {
                    break;
                }
                whole /= 1024;
                suffix = larger;
            }
            return write!(f, "{whole}{suffix}");
        }
        let mut exponent = self.exponent.div_euclid(3) * 3;
        if self.format != Format::DecimalExponent {
            exponent = exponent.min(18);
        }
        for digit in &self.digits {
            write!(f, "{digit}")?;
        }
        for _ in exponent..self.exponent {
            f.write_str("0")?;
        }
        match DECIMAL.iter().find(|(power, _)| *power == exponent) {
            Some((_, suffix)) if self.format != Format::DecimalExponent => f.write_str(suffix),
            _ if exponent == 0 => Ok(()),
            _ => write!(f, "e{exponent}"),
        }
    }
}

fn digits_of(text: &str) -> impl Iterator<Item = u8> {
    text.bytes().map(|byte| byte - b'0')
}

fn split_digits(text: &str) -> (&str, &str) {
    let end = text.bytes().take_while(u8::is_ascii_digit).count();
    text.split_at(end)
}

/// What a suffix multiplies by, besides a power of ten, and the family it belongs to.
fn scale(suffix: &str) -> Option<(u64, i64, Format)> {
    if let Some((power, _)) = DECIMAL.iter().find(|(_, known)| *known == suffix) {
        return Some((1, *power, Format::DecimalSi));
    }
    if let Some(at) = BINARY.iter().position(|known| *known == suffix) {
        return Some((
            1024_u64.pow(u32::try_from(at).ok()? + 1),
            0,
            Format::BinarySi,
        ));
    }
    let exponent: i32 = suffix.strip_prefix(['e', 'E'])?.parse().ok()?;
    Some((1, i64::from(exponent), Format::DecimalExponent))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each written as the API server stores it.
    #[test]
    fn spelling_is_canonical() {
        for (written, stored) in [
            ("1024Mi", "1Gi"),
            ("0.5", "500m"),
            ("1000m", "1"),
            ("1000", "1k"),
            ("1e3", "1e3"),
            ("1e-1", "100e-3"),
            ("12345e1", "123450"),
            ("1.1Ki", "1126400m"),
            ("0.5Ki", "512"),
            ("1023", "1023"),
            ("100E", "100E"),
            ("1000E", "1000E"),
            ("16Ei", "9223372036854775807"),
            ("-16Ei", "-9223372036854775807"),
            ("7.5Ei", "7680Pi"),
            ("-1.5Gi", "-1536Mi"),
            ("9223372036854775808", "9223372036854775808"),
            ("1.0000000000000000001", "1000000001n"),
            ("0.1n", "1n"),
            ("-0.1n", "-1n"),
            ("1e-12", "1e-9"),
            ("1e2000000000", "100e1999999998"),
            ("999999999.9999999999", "1G"),
            ("0Mi", "0"),
            ("-0", "0"),
            ("+05", "5"),
            (".5", "500m"),
            ("1.", "1"),
        ] {
            let quantity = Quantity::parse(written).expect(written);
            assert_eq!(quantity.to_string(), stored, "{written}");
        }
    }

    #[test]
    fn billionths_are_exact() {
        let read = |text| Quantity::parse(text).expect(text).billionths();
        assert_eq!(read("0"), Some(0));
        assert_eq!(read("7n"), Some(7));
        assert_eq!(read("0.1n"), Some(1));
        assert_eq!(read("-1.5Ki"), Some(-1_536_000_000_000));
        assert_eq!(read(".5"), Some(500_000_000));
        assert_eq!(
            read("16Ei"),
            Some(i128::from(i64::MAX) * 1_000_000_000),
            "a binary suffix stops at 63 bits"
        );
        assert_eq!(read("100E"), Some(10_i128.pow(29)));
        assert_eq!(read("1e29"), Some(10_i128.pow(38)));
        assert_eq!(read("2e29"), None);
        assert_eq!(read("0e2000000000"), Some(0));
        assert_eq!(read("1e2000000000"), None);
    }

    #[test]
    fn resources_are_rounded_to_thousandths() {
        for (written, stored) in [
            ("0.0001", "1m"),
            ("1.0001Ki", "1024103m"),
            ("1e-12", "1e-3"),
            ("0.9999999", "1"),
            ("-0.1n", "-1m"),
            ("250m", "250m"),
            ("0", "0"),
        ] {
            let mut quantity = Quantity::parse(written).expect(written);
            quantity.round_up(MILLI);
            assert_eq!(quantity.to_string(), stored, "{written}");
        }
    }

    #[test]
    fn amounts_are_whole_numbers_of_billionths() {
        for (written, nanos) in [
            ("1", 1_000_000_000),
            ("-250m", -250_000_000),
            ("0.1n", 1),
            ("1Ki", 1_024_000_000_000),
            ("0", 0),
            ("1e30", i128::MAX),
            ("-1e2000000000", -i128::MAX),
        ] {
            let quantity = Quantity::parse(written).expect(written);
            assert_eq!(quantity.nanos(), nanos, "{written}");
        }
    }

    #[test]
    fn malformed_text_is_no_quantity() {
        for text in [
            "",
            ".",
            "+",
            "--1",
            "1K",
            "1ki",
            "1 Gi",
            "1e",
            "1e+",
            "1Ee",
            "1e2.5",
            "1_000",
            "0x10",
            "1.5.2",
            "1m5",
            "1e9999999999",
            "lots",
            "½",
        ] {
            assert_eq!(Quantity::parse(text), None, "{text}");
        }
    }

    #[test]
    fn json_numbers_are_quantities() {
        let read = |json: &str| {
            let value = serde_json::from_str(json).expect(json);
            Quantity::from_json(&value).map(|quantity| quantity.to_string())
        };
        assert_eq!(read("0.5").as_deref(), Some("500m"));
        assert_eq!(read("2.0").as_deref(), Some("2"));
        assert_eq!(read("1000").as_deref(), Some("1k"));
        assert_eq!(read("\" 1Gi \"").as_deref(), Some("1Gi"));
        assert_eq!(read("true"), None);
    }
}
