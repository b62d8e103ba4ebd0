//! The number of a purge: given by one log, strictly rising.
//!
//! A number is time-like, microseconds since 1970 when the log gave it, unless that many were given
//! within one microsecond's worth of time that it ran ahead. So a log that had to be made anew never
//! gives a number twice, and the age of a purge needs no field of its own.

use crate::time::Timestamp;
use serde::{Deserialize, Serialize};
use std::fmt;

/// 0: before every purge.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub struct PurgeSeq(pub u64);

/// JavaScript numbers and SQLite's bindings to them hold integers up to here.
const MAX: u64 = (1 << 53) - 1;

impl PurgeSeq {
    pub const ZERO: Self = Self(0);

    /// The number that the log gives after `self`, at `now`.
    #[must_use]
    pub fn next(self, now: Timestamp) -> Self {
        Self(self.0.saturating_add(1).max(Self::first_at(now).0).min(MAX))
    }

    /// The lowest number that is given at `now` or later.
    pub fn first_at(now: Timestamp) -> Self {
        Self(now.as_millis().saturating_mul(1000).min(MAX))
    }

    /// About when it was given.
    pub fn at(self) -> Timestamp {
        Timestamp::from_millis(self.0 / 1000)
    }

    /// The next number that could have been given.
    #[must_use]
    pub fn successor(self) -> Self {
        Self(self.0.saturating_add(1))
    }
}

impl fmt::Display for PurgeSeq {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_rise_with_the_clock_and_without_it() {
        let now = Timestamp::from_millis(1_000);
        let first = PurgeSeq::ZERO.next(now);
        assert_eq!(first, PurgeSeq(1_000_000));
        assert_eq!(first.next(now), PurgeSeq(1_000_001));
        // A clock that was set back does not take the numbers with it.
        assert_eq!(first.next(Timestamp::from_millis(1)), PurgeSeq(1_000_001));
        assert_eq!(
            first.next(Timestamp::from_millis(1_001)),
            PurgeSeq(1_001_000)
        );
        assert_eq!(first.at(), now);
    }
}
