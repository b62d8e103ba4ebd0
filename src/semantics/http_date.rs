//! HTTP-date (RFC 9110 §5.6.7) as a cache reads it: all three forms, matched without case (RFC 9111
//! §4.2), and nothing beyond them. The grammar names a weekday but no rule asks that it be the right one.

use crate::time::Timestamp;

const WEEKDAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
const WEEKDAYS_LONG: [&str; 7] = [
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
    "sunday",
];
const MONTHS: [&str; 12] = [
    "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
];

/// `now` gives the century of a two-digit year. A moment before 1970 is given as the beginning of 1970:
/// whatever is asked of it, it has long passed.
pub fn parse(text: &str, now: Timestamp) -> Option<Timestamp> {
    let text = text.to_ascii_lowercase();
    let seconds = match text.split_once(", ") {
        Some((weekday, rest)) if WEEKDAYS.contains(&weekday) => imf_fixdate(rest)?,
        Some((weekday, rest)) if WEEKDAYS_LONG.contains(&weekday) => rfc850_date(rest, now)?,
        Some(_) => return None,
        None => asctime_date(&text)?,
    };
    let millis = u64::try_from(seconds).unwrap_or(0).checked_mul(1000)?;
    Some(Timestamp::from_millis(millis))
}

/// `06 Nov 1994 08:49:37 GMT`
fn imf_fixdate(text: &str) -> Option<i64> {
    let [day, month, year, time, zone] = exactly(text.split(' '))?;
    if zone != "gmt" {
        return None;
    }
    let day = Day {
        year: digits::<4>(year)?,
        month: month_number(month)?,
        day: digits::<2>(day)?,
    };
    Some(day.seconds()? + time_of_day(time)?)
}

/// `06-Nov-94 08:49:37 GMT`
fn rfc850_date(text: &str, now: Timestamp) -> Option<i64> {
    let [date, time, zone] = exactly(text.split(' '))?;
    let [day, month, year] = exactly(date.split('-'))?;
    if zone != "gmt" {
        return None;
    }
    let now = i64::try_from(now.as_millis() / 1000).ok()?;
    let day = Day {
        year: century(now) + digits::<2>(year)?,
        month: month_number(month)?,
        day: digits::<2>(day)?,
    };
    let time = time_of_day(time)?;
    // §5.6.7: more than 50 years ahead stands for the last year that ended so. A 29 February may exist
    // in one century and not in the other, so either alone will do.
    let here = day.seconds().map(|seconds| seconds + time);
    match here.filter(|seconds| *seconds <= now + FIFTY_YEARS_S) {
        Some(seconds) => Some(seconds),
        None => Some(day.a_century_earlier().seconds()? + time),
    }
}

/// `sun nov  6 08:49:37 1994`
fn asctime_date(text: &str) -> Option<i64> {
    let parts: Vec<&str> = text.split(' ').collect();
    let (weekday, month, day, time, year) = match parts.as_slice() {
        [weekday, month, "", day, time, year] => (weekday, month, digits::<1>(day)?, time, year),
        [weekday, month, day, time, year] => (weekday, month, digits::<2>(day)?, time, year),
        _ => return None,
    };
    if !WEEKDAYS.contains(weekday) {
        return None;
    }
    let day = Day {
        year: digits::<4>(year)?,
        month: month_number(month)?,
        day,
    };
    Some(day.seconds()? + time_of_day(time)?)
}

/// `08:49:37`. The 60th second is that of a leap second.
fn time_of_day(text: &str) -> Option<i64> {
    let [hour, minute, second] = exactly(text.split(':'))?;
    let (hour, minute, second) = (
        digits::<2>(hour)?,
        digits::<2>(minute)?,
        digits::<2>(second)?,
    );
    (hour < 24 && minute < 60 && second <= 60).then_some((hour * 60 + minute) * 60 + second)
}

const FIFTY_YEARS_S: i64 = 50 * 31_556_952;
const DAY_S: i64 = 86_400;

#[derive(Clone, Copy)]
struct Day {
    year: i64,
    month: i64,
    day: i64,
}

impl Day {
    /// From the epoch to its beginning; `None` when the calendar has no such day.
    fn seconds(self) -> Option<i64> {
        let leap = self.year % 4 == 0 && (self.year % 100 != 0 || self.year % 400 == 0);
        let last = match self.month {
            4 | 6 | 9 | 11 => 30,
            2 if leap => 29,
            2 => 28,
            _ => 31,
        };
        if self.day < 1 || self.day > last {
            return None;
        }
        // Years are counted from March, so that a leap day is the last of its year.
        let year = if self.month <= 2 {
            self.year - 1
        } else {
            self.year
        };
        let month = (self.month + 9) % 12;
        let leaps = year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400);
        let day_of_year = (153 * month + 2) / 5 + self.day - 1;
        Some((year * 365 + leaps + day_of_year - DAYS_TO_EPOCH) * DAY_S)
    }

    fn a_century_earlier(self) -> Self {
        Self {
            year: self.year - 100,
            ..self
        }
    }
}

/// From 1 March of the year 0 to 1 January 1970.
const DAYS_TO_EPOCH: i64 = 719_468;

/// The first year of the century (in the sense of two-digit years) of a moment, in seconds.
fn century(now: i64) -> i64 {
    // The mean year is near enough: where it errs, at the turn of a year, both answers are a century's.
    (1970 + now / 31_556_952) / 100 * 100
}

fn month_number(name: &str) -> Option<i64> {
    let at = MONTHS.iter().position(|month| *month == name)?;
    i64::try_from(at + 1).ok()
}

fn digits<const N: usize>(text: &str) -> Option<i64> {
    let all_digits = text.len() == N && text.bytes().all(|byte| byte.is_ascii_digit());
    all_digits.then(|| text.parse().ok()).flatten()
}

fn exactly<'a, const N: usize>(parts: impl Iterator<Item = &'a str>) -> Option<[&'a str; N]> {
    parts.collect::<Vec<_>>().try_into().ok()
}

#[cfg(test)]
mod tests;
