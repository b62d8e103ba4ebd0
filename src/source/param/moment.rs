//! Dates and times, in the ISO 8601 shapes that PostgreSQL reads the same under every `DateStyle`.

use std::borrow::Cow;

/// `YYYY-MM-DD`, a day of the proleptic Gregorian calendar from year 1 on.
pub(super) fn date(raw: &str) -> Option<&str> {
    let [year, month, day] = fields(raw, [4, 2, 2], '-')?;
    let is_leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    let days = match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 if is_leap => 29,
        2 => 28,
        _ => return None,
    };
    (year > 0 && (1..=days).contains(&day)).then_some(raw)
}

/// A date, or a date and time. A `Z` is dropped, as Postgres does; another offset is refused, because
/// Postgres would drop it silently and so read another time than the one meant.
pub(super) fn timestamp(raw: &str) -> Option<Cow<'_, str>> {
    let moment = Moment::read(raw)?;
    match moment.offset {
        Offset::None | Offset::Utc => Some(moment.text(raw, "")),
        Offset::Other(_) => None,
    }
}

/// A date, or a date and time, with an offset or in the session's time zone. Offsets are kept, not
/// computed: the same instant told in two zones has two texts.
pub(super) fn timestamptz(raw: &str) -> Option<Cow<'_, str>> {
    let moment = Moment::read(raw)?;
    match moment.offset {
        Offset::None => Some(moment.text(raw, "")),
        Offset::Utc => Some(moment.text(raw, "Z")),
        Offset::Other(offset) => Some(moment.text(raw, offset)),
    }
}

struct Moment<'a> {
    date: &'a str,
    /// `HH:MM`
    minute: &'a str,
    /// `SS`
    second: &'a str,
    /// Digits, without trailing zeros.
    fraction: &'a str,
    offset: Offset<'a>,
}

#[derive(Clone, Copy)]
enum Offset<'a> {
    None,
    Utc,
    Other(&'a str),
}

impl<'a> Moment<'a> {
    fn read(raw: &'a str) -> Option<Self> {
        let date = date(raw.get(..10)?)?;
        let after = raw.get(10..)?;
        if after.is_empty() {
            return Some(Self {
                date,
                minute: "00:00",
                second: "00",
                fraction: "",
                offset: Offset::None,
            });
        }
        let time = after.strip_prefix(['T', 't', ' '])?;
        let (clock, offset) = split_offset(time)?;
        let minute = clock.get(..5)?;
        let [hour, minutes] = fields(minute, [2, 2], ':')?;
        let (second, fraction) = read_second(clock.get(5..)?)?;
        (hour < 24 && minutes < 60).then_some(Self {
            date,
            minute,
            second,
            fraction,
            offset,
        })
    }

    fn text(&self, raw: &'a str, offset: &str) -> Cow<'a, str> {
        let Self {
            date,
            minute,
            second,
            fraction,
            ..
        } = self;
        let point = if fraction.is_empty() { "" } else { "." };
        let text = format!("{date}T{minute}:{second}{point}{fraction}{offset}");
        if raw == text {
            Cow::Borrowed(raw)
        } else {
            Cow::Owned(text)
        }
    }
}

/// `""` or `:SS[.fraction]`, as the seconds and the fraction's digits.
fn read_second(text: &str) -> Option<(&str, &str)> {
    if text.is_empty() {
        return Some(("00", ""));
    }
    let text = text.strip_prefix(':')?;
    let (second, fraction) = match text.split_once('.') {
        Some((_, "")) => return None,
        Some(parts) => parts,
        None => (text, ""),
    };
    let [seconds] = fields(second, [2], ':')?;
    let is_short = fraction.len() <= 9 && fraction.bytes().all(|byte| byte.is_ascii_digit());
    (seconds < 60 && is_short).then_some((second, fraction.trim_end_matches('0')))
}

/// Splits `12:00Z` or `12:00+02:00` before its offset.
fn split_offset(time: &str) -> Option<(&str, Offset<'_>)> {
    if let Some(clock) = time.strip_suffix(['Z', 'z']) {
        return Some((clock, Offset::Utc));
    }
    let Some(at) = time.find(['+', '-']) else {
        return Some((time, Offset::None));
    };
    let (clock, offset) = time.split_at_checked(at)?;
    let digits = offset.get(1..)?;
    let (hours, minutes) = match digits.len() {
        2 => fields(digits, [2], ':').map(|[hours]| (hours, 0))?,
        _ => fields(digits, [2, 2], ':').map(|[hours, minutes]| (hours, minutes))?,
    };
    match (hours, minutes) {
        (0, 0) => Some((clock, Offset::Utc)),
        // Postgres takes offsets up to 15:59.
        (0..=15, 0..=59) => Some((clock, Offset::Other(offset))),
        _ => None,
    }
}

/// Splits `text` at `separator` into numbers of exactly these widths.
fn fields<const N: usize>(text: &str, widths: [usize; N], separator: char) -> Option<[u32; N]> {
    let mut parts = text.split(separator);
    let mut numbers = [0; N];
    for (number, width) in numbers.iter_mut().zip(widths) {
        let part = parts.next()?;
        if part.len() != width || !part.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        *number = part.parse().ok()?;
    }
    parts.next().is_none().then_some(numbers)
}
