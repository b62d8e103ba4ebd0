//! Durations and sizes as people write them: a whole number and a unit, nothing else.

use std::time::Duration;

/// What `mend` says about a bad duration.
pub const DURATION_FORMS: &str =
    "write a whole number and a unit: \"100ms\", \"30s\", \"15m\", \"1h\" or \"7d\"";

/// What `mend` says about a bad size.
pub const SIZE_FORMS: &str =
    "write a whole number and a unit: \"512B\", \"64KiB\", \"32MiB\" or \"1GiB\"";

/// Longer is surely a mistake, and no layer keeps anything for so long.
pub const DURATION_MAX: Duration = Duration::from_secs(366 * 86_400);

const DURATION_UNITS: [(&str, u64); 5] = [
    ("d", 86_400_000),
    ("h", 3_600_000),
    ("m", 60_000),
    ("s", 1000),
    ("ms", 1),
];

const SIZE_UNITS: [(&str, u64); 4] = [
    ("GiB", 1 << 30),
    ("MiB", 1 << 20),
    ("KiB", 1 << 10),
    ("B", 1),
];

/// `None` when the text is not a whole number and a unit, or is longer than [`DURATION_MAX`].
pub fn parse_duration(text: &str) -> Option<Duration> {
    let duration = Duration::from_millis(parse(text, &DURATION_UNITS)?);
    (duration <= DURATION_MAX).then_some(duration)
}

/// In bytes; `None` when the text is not a whole number and a unit.
pub fn parse_size(text: &str) -> Option<u64> {
    parse(text, &SIZE_UNITS)
}

/// In the largest unit that needs no fraction: `90s`, `15m`, `1h`.
pub fn show_duration(duration: Duration) -> String {
    let millis = u64::try_from(duration.as_millis()).unwrap_or(u64::MAX);
    if millis == 0 {
        return "0s".to_owned();
    }
    show(millis, &DURATION_UNITS)
}

/// In the largest unit that needs no fraction: `32MiB`.
pub fn show_size(bytes: u64) -> String {
    if bytes == 0 {
        return "0B".to_owned();
    }
    show(bytes, &SIZE_UNITS)
}

fn parse(text: &str, units: &[(&str, u64)]) -> Option<u64> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (number, unit) = text.split_at_checked(digits)?;
    let (_, factor) = units.iter().find(|(name, _)| *name == unit)?;
    number.parse::<u64>().ok()?.checked_mul(*factor)
}

fn show(amount: u64, units: &[(&str, u64)]) -> String {
    units
        .iter()
        .find(|(_, factor)| amount.is_multiple_of(*factor))
        .map(|(name, factor)| format!("{}{name}", amount / factor))
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn durations() {
        for (text, millis) in [
            ("100ms", 100),
            ("0s", 0),
            ("30s", 30_000),
            ("15m", 900_000),
            ("1h", 3_600_000),
            ("7d", 604_800_000),
        ] {
            assert_eq!(
                parse_duration(text),
                Some(Duration::from_millis(millis)),
                "{text}"
            );
        }
        for text in [
            "",
            "30",
            "s",
            "1.5h",
            "-1s",
            "+1s",
            "1 h",
            "5 minutes",
            "1h30m",
            "1S",
            "367d",
            "99999999999999999999s",
            "1๐s",
        ] {
            assert_eq!(parse_duration(text), None, "{text}");
        }
    }

    #[test]
    fn sizes() {
        for (text, bytes) in [("512B", 512), ("64KiB", 65_536), ("32MiB", 33_554_432)] {
            assert_eq!(parse_size(text), Some(bytes), "{text}");
        }
        for text in ["", "1024", "32MB", "32 MiB", "1.5MiB", "99999999999GiB"] {
            assert_eq!(parse_size(text), None, "{text}");
        }
    }

    #[test]
    fn they_are_shown_in_the_largest_whole_unit() {
        assert_eq!(show_duration(Duration::from_secs(90)), "90s");
        assert_eq!(show_duration(Duration::from_secs(900)), "15m");
        assert_eq!(show_duration(Duration::from_millis(1500)), "1500ms");
        assert_eq!(show_duration(Duration::ZERO), "0s");
        assert_eq!(show_size(32 << 20), "32MiB");
        assert_eq!(show_size(1000), "1000B");
    }

    proptest! {
        #[test]
        fn what_is_shown_is_read_back(millis in 0..=31_622_400_000_u64, bytes in any::<u64>()) {
            let duration = Duration::from_millis(millis);
            prop_assert_eq!(parse_duration(&show_duration(duration)), Some(duration));
            prop_assert_eq!(parse_size(&show_size(bytes)), Some(bytes));
        }

        #[test]
        fn any_text_is_read_or_refused(text in ".*") {
            let _ = (parse_duration(&text), parse_size(&text));
        }
    }
}
