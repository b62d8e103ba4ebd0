//! Moments as people and programs write them: seconds since the Unix epoch, or RFC 3339.

/// Seconds since the epoch. `None`: it is neither a number nor a date with its time and offset, or lies
/// before 1970 or after 9999.
pub fn parse(text: &str) -> Option<u64> {
    let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let seconds = if is_number {
        text.parse().ok()?
    } else {
        rfc3339(text)?
    };
    (seconds <= LAST_S).then_some(seconds)
}

/// The beginning of an hour of UTC, such as `2026-11-21T14`.
pub fn parse_hour(text: &str) -> Option<u64> {
    let (date, hour) = text.split_once('T')?;
    Some(day(date)? * DAY_S + digits(hour, 2, 0..=23)? * 3600)
}

/// The end of the year 9999.
const LAST_S: u64 = 253_402_300_799;
const DAY_S: u64 = 86_400;

fn rfc3339(text: &str) -> Option<u64> {
    let at = text.find(['T', 't'])?;
    let (date, rest) = (text.get(..at)?, text.get(at + 1..)?);
    // A plus that nobody has encoded comes as a space.
    let split = rest.find(['Z', 'z', '+', '-', ' '])?;
    let (time, offset) = (rest.get(..split)?, rest.get(split..)?);
    let time = time.split_once('.').map_or(Some(time), |(whole, part)| {
        let is_number = !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
        is_number.then_some(whole)
    })?;
    let mut parts = time.split(':');
    let hour = digits(parts.next()?, 2, 0..=23)?;
    let minute = digits(parts.next()?, 2, 0..=59)?;
    let second = digits(parts.next()?, 2, 0..=60)?;
    if parts.next().is_some() {
        return None;
    }
    let local = day(date)? * DAY_S + hour * 3600 + minute * 60 + second;
    match offset.split_at_checked(1)? {
        ("Z" | "z", "") => Some(local),
        ("+" | " ", east) => local.checked_sub(offset_s(east)?),
        ("-", west) => local.checked_add(offset_s(west)?),
        _ => None,
    }
}

fn offset_s(text: &str) -> Option<u64> {
    let (hours, minutes) = text.split_once(':')?;
    Some(digits(hours, 2, 0..=23)? * 3600 + digits(minutes, 2, 0..=59)? * 60)
}

/// Days since the epoch of `2026-11-21`.
fn day(text: &str) -> Option<u64> {
    let mut parts = text.split('-');
    let year = digits(parts.next()?, 4, 1970..=9999)?;
    let month = digits(parts.next()?, 2, 1..=12)?;
    let days = match month {
        4 | 6 | 9 | 11 => 30,
        2 if is_leap(year) => 29,
        2 => 28,
        _ => 31,
    };
    let day = digits(parts.next()?, 2, 1..=days)?;
    if parts.next().is_some() {
        return None;
    }
    // Counted from March on, so that the day that leap years have more is the last of its year.
    let (year, month) = match month {
        1 | 2 => (year - 1, month + 9),
        _ => (year, month - 3),
    };
    let of_years = year * 365 + year / 4 - year / 100 + year / 400;
    let of_months = (153 * month + 2) / 5;
    (of_years + of_months + day - 1).checked_sub(MARCH_0_TO_1970)
}

/// From the first of March of the year 0 to the epoch, in days.
const MARCH_0_TO_1970: u64 = 719_468;

fn is_leap(year: u64) -> bool {
    year.is_multiple_of(4) && !year.is_multiple_of(100) || year.is_multiple_of(400)
}

fn digits(text: &str, count: usize, allowed: std::ops::RangeInclusive<u64>) -> Option<u64> {
    let is_number = text.len() == count && text.bytes().all(|byte| byte.is_ascii_digit());
    let number = text.parse().ok().filter(|_| is_number)?;
    allowed.contains(&number).then_some(number)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::time::{Duration, UNIX_EPOCH};

    #[test]
    fn numbers_and_dates_are_moments() {
        for (text, expected) in [
            ("0", Some(0)),
            ("1795269600", Some(1_795_269_600)),
            ("1970-01-01T00:00:00Z", Some(0)),
            ("2000-02-29T23:59:59Z", Some(951_868_799)),
            ("2026-11-21T14:00:00Z", Some(1_795_269_600)),
            ("2026-11-21t14:00:00.123z", Some(1_795_269_600)),
            ("2026-11-21T16:00:00+02:00", Some(1_795_269_600)),
            ("2026-11-21T16:00:00 02:00", Some(1_795_269_600)),
            ("2026-11-21T05:30:00-08:30", Some(1_795_269_600)),
            ("9999-12-31T23:59:59Z", Some(LAST_S)),
            ("253402300800", None),
            ("", None),
            ("-1", None),
            ("2026-11-21", None),
            ("2026-11-21T14:00:00", None),
            ("2026-11-21T14:00Z", None),
            ("2026-11-21T24:00:00Z", None),
            ("2026-11-21T14:00:00.Z", None),
            ("2026-11-21T14:00:00Zx", None),
            ("2026-13-01T00:00:00Z", None),
            ("2026-02-29T00:00:00Z", None),
            ("1969-12-31T23:59:59Z", None),
            ("1970-01-01T00:00:00+01:00", None),
            ("99999999999999999999999", None),
        ] {
            assert_eq!(parse(text), expected, "{text}");
        }
        assert_eq!(parse_hour("2026-11-21T14"), Some(1_795_269_600));
        for text in ["2026-11-21T24", "2026-11-21", "2026-11-21T14:00", "T14", ""] {
            assert_eq!(parse_hour(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn dates_are_those_of_another_calendar(seconds in 0..=LAST_S) {
            let http = httpdate::fmt_http_date(UNIX_EPOCH + Duration::from_secs(seconds));
            let parts: Vec<&str> = http.split([' ', ',']).filter(|part| !part.is_empty()).collect();
            let [_, day, month, year, time, _] = parts[..] else { panic!("{http}") };
            let months = "JanFebMarAprMayJunJulAugSepOctNovDec";
            let month = months.find(month).unwrap() / 3 + 1;
            let text = format!("{year}-{month:02}-{day}T{time}Z");
            prop_assert_eq!(parse(&text), Some(seconds));
        }

        #[test]
        fn any_text_is_read_or_refused(text in ".{0,40}") {
            let _ = parse(&text);
            let _ = parse_hour(&text);
        }
    }
}
