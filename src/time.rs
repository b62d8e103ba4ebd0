//! Timestamps. Nothing in the core reads a clock: whoever decides is given `now`.

use serde::{Deserialize, Serialize};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// A moment, in whole milliseconds since the Unix epoch.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub struct Timestamp(u64);

impl Timestamp {
    pub const fn from_millis(millis: u64) -> Self {
        Self(millis)
    }

    pub const fn as_millis(self) -> u64 {
        self.0
    }

    /// The time from `earlier` to `self`; zero when `earlier` is later. Clocks of different machines
    /// meet here, and a record "from the future" must not wrap around.
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_millis(self.0.saturating_sub(earlier.0))
    }

    /// `duration` earlier; the epoch at the earliest.
    #[must_use]
    pub fn before(self, duration: Duration) -> Self {
        let millis = u64::try_from(duration.as_millis()).unwrap_or(u64::MAX);
        Self(self.0.saturating_sub(millis))
    }

    pub fn plus(self, duration: Duration) -> Self {
        let millis = u64::try_from(duration.as_millis()).unwrap_or(u64::MAX);
        Self(self.0.saturating_add(millis))
    }

    /// As IMF-fixdate (RFC 9110 §5.6.7), the only form we send.
    pub fn http_date(self) -> String {
        httpdate::fmt_http_date(UNIX_EPOCH + Duration::from_millis(self.0.min(LAST_HTTP_DATE_MS)))
    }

    /// Any of the three date forms of RFC 9110 §5.6.7; `None` for anything else.
    pub fn parse_http_date(text: &str) -> Option<Self> {
        let time: SystemTime = httpdate::parse_http_date(text).ok()?;
        let since = time.duration_since(UNIX_EPOCH).ok()?;
        Some(Self(u64::try_from(since.as_millis()).ok()?))
    }
}

/// The end of the year 9999; `httpdate` panics beyond it.
const LAST_HTTP_DATE_MS: u64 = 253_402_300_799_000;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_later_earlier_is_zero_not_a_wrap() {
        let (a, b) = (Timestamp::from_millis(5), Timestamp::from_millis(9));
        assert_eq!(a.since(b), Duration::ZERO);
        assert_eq!(b.since(a), Duration::from_millis(4));
    }

    #[test]
    fn http_dates_round_trip_to_the_second_and_never_panic() {
        let t = Timestamp::from_millis(784_111_777_000);
        assert_eq!(t.http_date(), "Sun, 06 Nov 1994 08:49:37 GMT");
        for form in [
            "Sun, 06 Nov 1994 08:49:37 GMT",
            "Sunday, 06-Nov-94 08:49:37 GMT",
            "Sun Nov  6 08:49:37 1994",
        ] {
            assert_eq!(Timestamp::parse_http_date(form), Some(t), "{form}");
        }
        assert_eq!(Timestamp::parse_http_date("0"), None);
        assert!(
            Timestamp::from_millis(u64::MAX)
                .http_date()
                .contains("9999")
        );
    }
}
