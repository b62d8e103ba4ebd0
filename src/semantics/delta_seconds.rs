//! `delta-seconds` (RFC 9111 §1.2.2): a count of seconds that never overflows.

use serde::{Deserialize, Serialize};
use std::time::Duration;

/// Whole seconds, 2^31 at most: what is more is taken for that.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub struct DeltaSeconds(u32);

impl DeltaSeconds {
    pub const ZERO: Self = Self(0);
    pub const MAX: Self = Self(1 << 31);

    pub fn new(seconds: u64) -> Self {
        u32::try_from(seconds).map_or(Self::MAX, |seconds| Self(seconds).min(Self::MAX))
    }

    /// `1*DIGIT`. Digits beyond what a number holds are still digits: the value is 2^31 then.
    pub fn parse(text: &str) -> Option<Self> {
        if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        Some(text.parse().map_or(Self::MAX, Self::new))
    }

    pub fn as_secs(self) -> u32 {
        self.0
    }

    pub fn duration(self) -> Duration {
        Duration::from_secs(self.0.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// RFC 9111 §1.2.2.
    #[test]
    fn digits_are_seconds_and_nothing_else_is() {
        for (text, expected) in [
            ("0", Some(0)),
            ("003600", Some(3600)),
            ("2147483647", Some(2_147_483_647)),
            ("2147483648", Some(2_147_483_648)),
            ("2147483649", Some(2_147_483_648)),
            ("4294967296", Some(2_147_483_648)),
            ("99999999999999999999999999", Some(2_147_483_648)),
            ("", None),
            ("-1", None),
            ("+1", None),
            ("1.0", None),
            (" 1", None),
            ("1a", None),
            ("a1", None),
            ("'1'", None),
            ("\u{0661}", None),
        ] {
            let found = DeltaSeconds::parse(text).map(DeltaSeconds::as_secs);
            assert_eq!(found, expected, "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn only_digits_are_accepted(text in "\\PC{0,8}") {
            let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
            prop_assert_eq!(DeltaSeconds::parse(&text).is_some(), digits);
        }

        #[test]
        fn numbers_round_trip_up_to_the_limit(number: u64) {
            let limit = 1_u64 << 31;
            let parsed = DeltaSeconds::parse(&number.to_string()).unwrap();
            prop_assert_eq!(u64::from(parsed.as_secs()), number.min(limit));
        }
    }
}
