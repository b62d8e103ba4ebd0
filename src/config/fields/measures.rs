//! Fields that hold an amount: numbers, durations and sizes, each within its bounds.

use super::{Fields, with_article};
use crate::config::reader::{At, Reader};
use crate::config::units::{DURATION_FORMS, SIZE_FORMS, parse_duration, parse_size, show_size};
use std::ops::RangeInclusive;
use std::time::Duration;

/// Nobody waits longer for an answer.
const TIMEOUT_MAX: Duration = Duration::from_secs(3600);

impl Fields<'_> {
    pub fn number(
        &mut self,
        name: &'static str,
        default: u16,
        allowed: RangeInclusive<u16>,
        reader: &mut Reader<'_>,
    ) -> u16 {
        let Some(value) = self.take(name) else {
            return default;
        };
        let (from, to) = (allowed.start(), allowed.end());
        let Some(integer) = value.get_ref().as_integer() else {
            let _: Option<()> = self.mistyped(name, value, "a whole number", reader);
            return default;
        };
        let parsed = u16::from_str_radix(integer.as_str(), integer.radix()).ok();
        parsed
            .filter(|number| allowed.contains(number))
            .unwrap_or_else(|| {
                reader.error(
                    reader.line(&value.span()),
                    format!("{name} = {integer} of {} is out of range", self.of),
                    format!("write a number from {from} to {to}"),
                );
                default
            })
    }

    /// A list of numbers, each within its bounds. `None` when it is absent, or wrong.
    pub fn numbers(
        &mut self,
        name: &'static str,
        allowed: RangeInclusive<u32>,
        reader: &mut Reader<'_>,
    ) -> Option<Vec<u32>> {
        const WANTED: &str = "a list of whole numbers, such as [320, 640]";
        let value = self.take(name)?;
        let Some(array) = value.get_ref().as_array() else {
            return self.mistyped(name, value, WANTED, reader);
        };
        let mut numbers = Vec::new();
        for item in array.iter() {
            let Some(integer) = item.get_ref().as_integer() else {
                return self.mistyped(name, item, WANTED, reader);
            };
            let parsed = u32::from_str_radix(integer.as_str(), integer.radix()).ok();
            let Some(number) = parsed.filter(|number| allowed.contains(number)) else {
                let (from, to) = (allowed.start(), allowed.end());
                let what = format!("{name} of {} lists {integer}: out of range", self.of);
                let mend = format!("write numbers from {from} to {to}");
                reader.error(reader.line(&item.span()), what, mend);
                return None;
            };
            numbers.push(number);
        }
        Some(numbers)
    }

    /// A part of one, to the thousandth; more than the type holds is as wrong as any other.
    pub fn thousandths(
        &mut self,
        name: &'static str,
        mend: &str,
        reader: &mut Reader<'_>,
    ) -> Option<At<u16>> {
        let value = self.take(name)?;
        let line = reader.line(&value.span());
        let Some(float) = value.get_ref().as_float() else {
            let found = with_article(value.get_ref().type_str());
            let what = format!("{name} of {} must be a part of one, not {found}", self.of);
            reader.error(line, what, mend);
            return None;
        };
        let part: f64 = float.as_str().parse().unwrap_or(f64::NAN);
        let thousandths = (part * 1000.0).round();
        // Whatever cannot be a part of one, NaN among it, is told as out of range by the caller.
        let value = (0..=1000_u16).find(|n| f64::from(*n) == thousandths);
        Some(At {
            value: value.unwrap_or(u16::MAX),
            line,
        })
    }

    pub fn duration(
        &mut self,
        name: &'static str,
        reader: &mut Reader<'_>,
    ) -> Option<At<Duration>> {
        let value = self.take(name)?;
        let line = reader.line(&value.span());
        let Some(text) = value.get_ref().as_str() else {
            let found = with_article(value.get_ref().type_str());
            let mend = match value.get_ref().as_integer() {
                Some(number) => format!("did you mean {name} = \"{number}s\"?"),
                None => DURATION_FORMS.to_owned(),
            };
            let what = format!(
                "{name} of {} must be a duration in quotes, not {found}",
                self.of
            );
            reader.error(line, what, mend);
            return None;
        };
        let parsed = parse_duration(text);
        if parsed.is_none() {
            let what = format!("bad duration \"{text}\" for {name} of {}", self.of);
            reader.error(line, what, format!("{DURATION_FORMS}, a year at most"));
        }
        parsed.map(|value| At { value, line })
    }

    /// A time limit: a duration that may not be zero, nor longer than anybody waits.
    pub fn timeout(
        &mut self,
        name: &'static str,
        default: Duration,
        reader: &mut Reader<'_>,
    ) -> Duration {
        match self.duration(name, reader) {
            Some(found) if found.value.is_zero() => {
                let what = format!("{name} of {} is zero: everything would time out", self.of);
                reader.error(found.line, what, format!("remove it, or {DURATION_FORMS}"));
                default
            }
            Some(found) if found.value > TIMEOUT_MAX => {
                let what = format!("{name} of {} is longer than an hour", self.of);
                reader.error(found.line, what, "write \"1h\" at most".to_owned());
                default
            }
            Some(found) => found.value,
            None => default,
        }
    }

    /// A duration that may not be zero.
    pub fn period(
        &mut self,
        name: &'static str,
        default: Duration,
        reader: &mut Reader<'_>,
    ) -> Duration {
        match self.duration(name, reader) {
            Some(found) if found.value.is_zero() => {
                let what = format!("{name} of {} is zero", self.of);
                reader.error(found.line, what, format!("remove it, or {DURATION_FORMS}"));
                default
            }
            Some(found) => found.value,
            None => default,
        }
    }

    /// A number from 0 to 1, in thousandths.
    pub fn share(&mut self, name: &'static str, default: u16, reader: &mut Reader<'_>) -> u16 {
        let Some(value) = self.take(name) else {
            return default;
        };
        let float = value.get_ref().as_float().map(|float| float.as_str());
        let written = float.or_else(|| Some(value.get_ref().as_integer()?.as_str()));
        let Some(written) = written else {
            let _: Option<()> = self.mistyped(name, value, "a number from 0 to 1", reader);
            return default;
        };
        let share: Option<f64> = written.replace('_', "").parse().ok();
        match share.filter(|share| (0.0..=1.0).contains(share)) {
            // In thousandths it is at most 1000, so nothing is cut off but the fraction.
            Some(share) => (share * 1000.0).round() as u16,
            None => {
                let what = format!("{name} = {written} of {} is out of range", self.of);
                let line = reader.line(&value.span());
                reader.error(line, what, "write a number from 0 to 1, such as 0.1");
                default
            }
        }
    }

    /// A number from 0 to `max`, in millionths. `wanted` says what to write.
    pub fn millionths(
        &mut self,
        name: &'static str,
        max: u32,
        wanted: &str,
        reader: &mut Reader<'_>,
    ) -> Option<u64> {
        let value = self.take(name)?;
        let float = value.get_ref().as_float().map(|float| float.as_str());
        let written = float.or_else(|| Some(value.get_ref().as_integer()?.as_str()));
        let Some(written) = written else {
            return self.mistyped(name, value, wanted, reader);
        };
        let number: Option<f64> = written.replace('_', "").parse().ok();
        match number.filter(|number| (0.0..=f64::from(max)).contains(number)) {
            // At most 2^32 millions, which both types hold.
            Some(number) => Some((number * 1e6).round() as u64),
            None => {
                let what = format!("{name} = {written} of {} is out of range", self.of);
                let line = reader.line(&value.span());
                reader.error(line, what, format!("write {wanted}"));
                None
            }
        }
    }

    pub fn size(
        &mut self,
        name: &'static str,
        default: u64,
        allowed: RangeInclusive<u64>,
        reader: &mut Reader<'_>,
    ) -> u64 {
        let Some(text) = self.text(name, reader) else {
            return default;
        };
        let (from, to) = (show_size(*allowed.start()), show_size(*allowed.end()));
        match parse_size(text.value) {
            Some(bytes) if allowed.contains(&bytes) => bytes,
            Some(_) => {
                let what = format!("{name} = \"{}\" of {} is out of range", text.value, self.of);
                reader.error(text.line, what, format!("write a size from {from} to {to}"));
                default
            }
            None => {
                let what = format!("bad size \"{}\" for {name} of {}", text.value, self.of);
                reader.error(text.line, what, SIZE_FORMS);
                default
            }
        }
    }
}
