use super::*;
use proptest::prelude::*;

const NOW: Timestamp = Timestamp::from_millis(1_795_270_000_123);
const NOW_S: u64 = 1_795_270_000;

#[test]
fn each_length_is_made_of_whole_ones_of_the_finer() {
    for length in Length::ALL {
        let Some(finer) = length.finer() else {
            continue;
        };
        assert_eq!(finer.coarser(), Some(length));
        assert_eq!(length.seconds() % finer.seconds(), 0);
        assert!(finer.retention() > Duration::from_secs(2 * length.seconds()));
        assert!(finer.retention() < length.retention());
    }
}

#[test]
fn windows_are_read_by_a_length_and_in_points_that_suit() {
    use Length::{Day, FiveMinutes, Hour, TenSeconds};
    for (window_s, length, step_s) in [
        (1, TenSeconds, 10),
        (300, TenSeconds, 10),
        (900, TenSeconds, 10),
        (3600, TenSeconds, 30),
        (7200, TenSeconds, 60),
        (7201, FiveMinutes, 300),
        (6 * 3600, FiveMinutes, 300),
        (86_400, FiveMinutes, 900),
        (2 * 86_400, FiveMinutes, 1800),
        (7 * 86_400, Hour, 7200),
        (30 * 86_400, Hour, 6 * 3600),
        (90 * 86_400, Hour, 30 * 3600),
        (365 * 86_400, Day, 6 * 86_400),
        (2 * 365 * 86_400, Day, 12 * 86_400),
    ] {
        let window = Window::last(window_s, NOW);
        assert_eq!(
            (window.length, window.step_s()),
            (length, step_s),
            "{window_s}"
        );
        assert_eq!(window.to_s, NOW_S + 1);
    }
}

#[test]
fn an_old_span_is_read_by_what_is_still_kept() {
    use Length::{Day, FiveMinutes, Hour, TenSeconds};
    for (ago_s, length) in [
        (600, TenSeconds),
        (7000, TenSeconds),
        (8000, FiveMinutes),
        (86_400, FiveMinutes),
        (3 * 86_400, Hour),
        (100 * 86_400, Day),
    ] {
        let from = NOW_S - ago_s;
        let window = Window::between(from, from + 120, NOW).unwrap();
        assert_eq!(window.length, length, "{ago_s}");
        assert!(
            window.from_s <= from && window.to_s >= from + 120,
            "{ago_s}"
        );
        assert_eq!(window.from_s % length.seconds(), 0, "{ago_s}");
    }
}

#[test]
fn a_span_of_nothing_is_none() {
    for (from, to) in [
        (10, 10),
        (10, 9),
        (NOW_S + 1, NOW_S + 100),
        (u64::MAX, u64::MAX),
    ] {
        assert_eq!(Window::between(from, to, NOW), None, "{from} to {to}");
    }
}

proptest! {
    #[test]
    fn a_slot_holds_its_moment_and_lies_in_its_parent(millis: u64) {
        for length in Length::ALL {
            let at = Timestamp::from_millis(millis);
            let slot = Slot::of(length, at);
            prop_assert!((slot.start_s..slot.end_s()).contains(&(millis / 1000)));
            prop_assert_eq!(slot.parent(), length.coarser().map(|longer| Slot::of(longer, at)));
        }
    }

    #[test]
    fn any_window_has_few_points_and_nothing_asked_for_is_left_out(from: u64, window_s: u64, now: u64) {
        let now = Timestamp::from_millis(now);
        let last = Window::last(window_s, now);
        prop_assert!(last.from_s <= (now.as_millis() / 1000 + 1).saturating_sub(window_s.max(1)));
        let spans = [Some(last), Window::between(from % 1_000_000, window_s, now)];
        for window in spans.into_iter().flatten() {
            prop_assert!(window.from_s < window.to_s);
            // One more where the window begins within a point.
            prop_assert!((window.to_s - window.from_s).div_ceil(window.step_s()) <= POINTS_MAX + 2);
        }
    }
}
