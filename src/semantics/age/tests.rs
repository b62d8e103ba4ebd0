use super::*;
use proptest::prelude::*;

const RECEIVED: Timestamp = Timestamp::from_millis(1_795_219_200_700);

fn aged(lines: &[&str]) -> Fields {
    lines.iter().map(|line| ("Age", *line)).collect()
}

/// RFC 9111 §5.1.
#[test]
fn the_first_member_counts_and_an_invalid_one_voids_the_field() {
    for (lines, expected) in [
        (&[][..], 0),
        (&["0"], 0),
        (&["7200"], 7200),
        (&[" 7200 "], 7200),
        (&["7200, 0"], 7200),
        (&["0, 7200"], 0),
        (&["7200", "0"], 7200),
        (&["0", "7200"], 0),
        (&["3600", "3600"], 3600),
        (&[", 5"], 5),
        (&["abc"], 0),
        (&["abc", "7200"], 0),
        (&["-7200"], 0),
        (&["7200.0"], 0),
        (&["7200;foo=bar"], 0),
        (&["\"7200\""], 0),
        (&["2147483647"], 2_147_483_647),
        (&["2147483648"], 2_147_483_648),
        (&["2147483649"], 2_147_483_648),
        (&["99999999999999999999"], 2_147_483_648),
    ] {
        assert_eq!(age_value(&aged(lines)).as_secs(), expected, "{lines:?}");
    }
}

fn exchange(delay_ms: u64) -> Exchange {
    Exchange {
        requested: RECEIVED.before(Duration::from_millis(delay_ms)),
        received: RECEIVED,
    }
}

/// RFC 9111 §4.2.3.
#[test]
fn the_initial_age_is_the_older_of_both_ways() {
    let check = |date_s: Option<i64>, age: &str, delay_ms, expected_ms| {
        let mut response = aged(&[age]);
        if let Some(offset) = date_s {
            let date = RECEIVED.as_millis().checked_add_signed(offset * 1000);
            response.push("Date", Timestamp::from_millis(date.unwrap()).http_date());
        }
        let found = corrected_initial_age(&response, exchange(delay_ms));
        let expected = Duration::from_millis(expected_ms);
        assert_eq!(found, expected, "{date_s:?} {age} {delay_ms}");
    };
    // No Date: only what the caches say, and the time that the answer took.
    check(None, "", 0, 0);
    check(None, "30", 0, 30_000);
    check(None, "30", 2_500, 32_500);
    // A Date of the very second of receipt is no age.
    check(Some(0), "", 0, 0);
    check(Some(0), "", 5_000, 5_000);
    // A slow clock, or a cache that adds no Age.
    check(Some(-7_200), "", 0, 7_200_000);
    check(Some(-10), "25", 0, 25_000);
    check(Some(-30), "25", 0, 30_000);
    // A fast clock.
    check(Some(10), "15", 0, 15_000);
    check(Some(10), "", 0, 0);
}

#[test]
fn an_answer_before_its_question_took_no_time() {
    let backwards = Exchange {
        requested: RECEIVED.plus(Duration::from_secs(9)),
        received: RECEIVED,
    };
    let found = corrected_initial_age(&aged(&["3"]), backwards);
    assert_eq!(found, Duration::from_secs(3));
}

#[test]
fn age_grows_with_the_time_in_the_store() {
    let initial = Duration::from_secs(30);
    let at = |ms| current_age(initial, RECEIVED, RECEIVED.plus(Duration::from_millis(ms)));
    assert_eq!(at(0), initial);
    assert_eq!(at(2_500), Duration::from_millis(32_500));
    let earlier = RECEIVED.before(Duration::from_secs(60));
    assert_eq!(current_age(initial, RECEIVED, earlier), initial);
}

proptest! {
    #[test]
    fn ages_never_overflow(age in "[0-9]{1,30}", requested: u64, received: u64, now: u64) {
        let exchange = Exchange {
            requested: Timestamp::from_millis(requested),
            received: Timestamp::from_millis(received),
        };
        let initial = corrected_initial_age(&aged(&[&age]), exchange);
        let current = current_age(initial, exchange.received, Timestamp::from_millis(now));
        prop_assert!(current >= initial);
        prop_assert!(initial >= age_value(&aged(&[&age])).duration());
    }
}
