//! Moments and spans, as the operators' endpoints take them: `from` and `to` as seconds since the Unix
//! epoch or as RFC 3339 writes a time.

use super::explain::{read, wrong};
use crate::failure::Failure;
use crate::time::Timestamp;

/// In seconds since the Unix epoch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    pub from_s: u64,
    /// Not included.
    pub to_s: u64,
}

/// Reads `from` and `to`; without them, the span of `before_s` seconds that ends with the present one.
///
/// # Errors
/// `BadParameters`: the first thing that is wrong.
pub fn span(search: &str, before_s: u64, now: Timestamp) -> Result<Span, Failure> {
    let [from, to] = read(search, ["from", "to"])?;
    let read_moment = |name: &str, text: Option<String>| {
        let text = text.filter(|text| !text.is_empty());
        let read = |text: String| {
            moment(&text).ok_or_else(|| {
                let why = format!(
                    "is \"{}\": write seconds since 1970, or a time such as 2026-11-21T14:00:00Z",
                    text.escape_default()
                );
                wrong(name, &why)
            })
        };
        text.map(read).transpose()
    };
    let to_s = read_moment("to", to)?.unwrap_or_else(|| now.as_millis() / 1000 + 1);
    let from_s = read_moment("from", from)?.unwrap_or_else(|| to_s.saturating_sub(before_s));
    if from_s >= to_s {
        return Err(wrong("from", "must be before `to`"));
    }
    Ok(Span { from_s, to_s })
}

/// Seconds since the Unix epoch, from digits alone or from a time of RFC 3339 §5.6. Fractions of seconds
/// are left out.
pub fn moment(text: &str) -> Option<u64> {
    if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        return text.parse().ok();
    }
    let (date, time) = text.split_once(['T', 't', ' '])?;
    let [year, month, day] = numbers(date, '-', [4, 2, 2])?;
    let zone_at = time.find(['Z', 'z', '+', '-'])?;
    let (clock, zone) = (time.get(..zone_at)?, time.get(zone_at..)?);
    let (clock, fraction) = clock.split_once('.').unwrap_or((clock, "0"));
    if fraction.is_empty() || !fraction.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let [hour, minute, second] = numbers(clock, ':', [2, 2, 2])?;
    let exists = (1..=12).contains(&month)
        && (1..=days_of(year, month)).contains(&day)
        && hour < 24
        && minute < 60
        // A leap second.
        && second <= 60;
    let seconds = days_since_epoch(year, month, day) * 86_400 + hour * 3600 + minute * 60 + second;
    let utc = seconds - offset(zone)?;
    u64::try_from(utc).ok().filter(|_| exists)
}

/// Numbers of so many digits each, apart by a sign.
fn numbers(text: &str, sign: char, digits: [usize; 3]) -> Option<[i64; 3]> {
    let mut parts = text.split(sign);
    let mut read = |digits: usize| {
        let part = parts.next()?;
        let is_number = part.len() == digits && part.bytes().all(|byte| byte.is_ascii_digit());
        part.parse::<i64>().ok().filter(|_| is_number)
    };
    let [a, b, c] = digits;
    let found = [read(a)?, read(b)?, read(c)?];
    parts.next().is_none().then_some(found)
}

/// Seconds that a zone is ahead of UTC.
fn offset(zone: &str) -> Option<i64> {
    if zone.eq_ignore_ascii_case("z") {
        return Some(0);
    }
    let sign = match zone.as_bytes().first()? {
        b'+' => 1,
        _ => -1,
    };
    // `+02:00` as a time of day, less the seconds.
    let text = format!("{}:00", zone.get(1..)?);
    let [hours, minutes, _] = numbers(&text, ':', [2, 2, 2])?;
    (hours < 24 && minutes < 60).then_some(sign * (hours * 3600 + minutes * 60))
}

fn is_leap(year: i64) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

fn days_of(year: i64, month: i64) -> i64 {
    match month {
        2 if is_leap(year) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// By the calendar that begins a year in March, so that the leap day is its last.
fn days_since_epoch(year: i64, month: i64, day: i64) -> i64 {
    let (year, month) = if month > 2 {
        (year, month - 3)
    } else {
        (year - 1, month + 9)
    };
    let leaps = year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400);
    365 * year + leaps + (153 * month + 2) / 5 + day - 1 - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn moments_are_seconds_or_times() {
        for (text, expected) in [
            ("0", Some(0)),
            ("1795269600", Some(1_795_269_600)),
            ("1970-01-01T00:00:00Z", Some(0)),
            ("2026-11-21T14:00:00Z", Some(1_795_269_600)),
            ("2026-11-21t14:00:00.987z", Some(1_795_269_600)),
            ("2026-11-21 16:00:00+02:00", Some(1_795_269_600)),
            ("2026-11-21T08:30:00-05:30", Some(1_795_269_600)),
            ("2024-02-29T00:00:00Z", Some(1_709_164_800)),
            ("2000-03-01T00:00:00Z", Some(951_868_800)),
            ("2016-12-31T23:59:60Z", Some(1_483_228_800)),
            ("2023-02-29T00:00:00Z", None),
            ("2026-13-01T00:00:00Z", None),
            ("2026-11-21T24:00:00Z", None),
            ("2026-11-21T14:00:00", None),
            ("2026-11-21T14:00Z", None),
            ("2026-11-21", None),
            ("2026-11-21T14:00:00+2:00", None),
            ("2026-11-21T14:00:00+", None),
            ("2026-11-21T14:00:00.Z", None),
            ("1969-12-31T23:59:59Z", None),
            ("-5", None),
            ("99999999999999999999999", None),
            ("yesterday", None),
            ("", None),
        ] {
            assert_eq!(moment(text), expected, "{text:?}");
        }
    }

    #[test]
    fn a_span_ends_now_unless_it_is_said_when() {
        let now = Timestamp::from_millis(5_000_999);
        for (search, expected) in [
            ("", (4901, 5001)),
            ("from=4000", (4000, 5001)),
            ("to=4000", (3900, 4000)),
            ("from=10&to=20", (10, 20)),
            ("from=1970-01-01T00%3A00%3A10Z&to=20", (10, 20)),
            ("from=&to=", (4901, 5001)),
        ] {
            let found = span(search, 100, now).unwrap();
            assert_eq!((found.from_s, found.to_s), expected, "{search}");
        }
        for (search, name) in [
            ("from=soon", "from"),
            ("to=1.5", "to"),
            ("from=20&to=20", "from"),
            ("until=5", "until"),
        ] {
            let failure = span(search, 100, now).unwrap_err();
            assert_eq!(failure.faults[0].name, name, "{search}");
        }
    }

    proptest! {
        #[test]
        fn whatever_is_written_is_read_or_refused(text: String) {
            let _ = moment(&text);
        }

        #[test]
        fn days_follow_one_another(day in 0_i64..100_000) {
            let date = Timestamp::from_millis(u64::try_from(day).unwrap() * 86_400_000).http_date();
            let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
            let month = months.iter().position(|name| *name == &date[8..11]).unwrap() + 1;
            let text = format!("{}-{month:02}-{}T00:00:00Z", &date[12..16], &date[5..7]);
            prop_assert_eq!(moment(&text), Some(u64::try_from(day).unwrap() * 86_400));
        }
    }
}
