//! Decimal numbers: `[+-] digits [. digits] [e [+-] digits]`. NaN and the infinities are refused:
//! JSON cannot carry them back.

use super::ParamProblem;
use std::borrow::Cow;

/// `numeric` holds at most 131,072 digits before the point and 16,383 after it.
const NUMERIC_EXPONENTS: std::ops::RangeInclusive<i32> = -16_383..=131_071;

struct Decimal<'a> {
    is_negative: bool,
    /// Without leading zeros; may be empty.
    whole: &'a str,
    /// Without the point; `1.50` and `1.5` differ in how a `numeric` is shown.
    fraction: &'a str,
    exponent: i32,
}

pub(super) fn numeric(raw: &str) -> Result<Cow<'_, str>, ParamProblem> {
    let decimal = Decimal::read(raw).ok_or(ParamProblem::Number)?;
    if !NUMERIC_EXPONENTS.contains(&decimal.exponent) {
        return Err(ParamProblem::NumberRange);
    }
    // `numeric` has no negative zero.
    let is_negative = decimal.is_negative && !decimal.is_zero();
    Ok(same_or(raw, decimal.text(is_negative)))
}

/// A text is not rounded to `double precision` here, since the cast may be `real`.
pub(super) fn float(raw: &str) -> Result<Cow<'_, str>, ParamProblem> {
    let decimal = Decimal::read(raw).ok_or(ParamProblem::Number)?;
    let text = decimal.text(decimal.is_negative);
    let value: f64 = text.parse().map_err(|_| ParamProblem::Number)?;
    // Postgres refuses what overflows and what underflows to zero.
    if !value.is_finite() || (value == 0.0) != decimal.is_zero() {
        return Err(ParamProblem::NumberRange);
    }
    Ok(same_or(raw, text))
}

impl<'a> Decimal<'a> {
    fn read(raw: &'a str) -> Option<Self> {
        let (is_negative, unsigned) = sign(raw);
        let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
            Some((mantissa, exponent)) => (mantissa, read_exponent(exponent)?),
            None => (unsigned, 0),
        };
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        if (whole.is_empty() && fraction.is_empty()) || !are_digits(whole) || !are_digits(fraction)
        {
            return None;
        }
        Some(Self {
            is_negative,
            whole: whole.trim_start_matches('0'),
            fraction,
            exponent,
        })
    }

    fn is_zero(&self) -> bool {
        self.whole.is_empty() && self.fraction.bytes().all(|digit| digit == b'0')
    }

    fn text(&self, is_negative: bool) -> String {
        let mut text = String::new();
        if is_negative {
            text.push('-');
        }
        text.push_str(if self.whole.is_empty() {
            "0"
        } else {
            self.whole
        });
        if !self.fraction.is_empty() {
            text.push('.');
            text.push_str(self.fraction);
        }
        if self.exponent != 0 {
            text.push('e');
            text.push_str(&self.exponent.to_string());
        }
        text
    }
}

fn sign(text: &str) -> (bool, &str) {
    match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    }
}

/// An exponent too large for the number is out of every type's range, so it saturates.
fn read_exponent(text: &str) -> Option<i32> {
    let (is_negative, digits) = sign(text);
    if digits.is_empty() || !are_digits(digits) {
        return None;
    }
    let size = digits.parse().unwrap_or(i32::MAX);
    Some(if is_negative { -size } else { size })
}

fn are_digits(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit())
}

fn same_or(raw: &str, text: String) -> Cow<'_, str> {
    if raw == text {
        Cow::Borrowed(raw)
    } else {
        Cow::Owned(text)
    }
}
