use super::Freshness::{Aging, Dead, Fresh, StaleIfError, StaleWhileRevalidate};
use super::*;
use crate::cache::stored::Coding;
use proptest::prelude::*;

const CREATED: Timestamp = Timestamp::from_millis(1_700_000_000_000);

fn head(initial_age_s: u32) -> Head {
    Head {
        key: "k".to_owned(),
        status: 200,
        headers: Vec::new(),
        coding: Coding::Identity,
        created: CREATED,
        initial_age_s,
        terms: Terms::default(),
        etag: "e".to_owned(),
        last_modified: CREATED,
        tags: Vec::new(),
        seq: crate::purge::seq::PurgeSeq::ZERO,
        http: None,
    }
}

fn terms(fresh_ms: u64, swr_ms: u64, sie_ms: u64) -> Terms {
    Terms {
        fresh: Duration::from_millis(fresh_ms),
        swr: Duration::from_millis(swr_ms),
        sie: Duration::from_millis(sie_ms),
    }
}

fn at(terms: Terms, jitter: u16, age_ms: u64) -> Standing {
    let now = CREATED.plus(Duration::from_millis(age_ms));
    judge(&head(0), terms, None, jitter, now)
}

/// `steps`: ages in milliseconds, and what the response is from that age on, until the next.
fn check(terms: Terms, jitter: u16, steps: &[(u64, Freshness)]) {
    for (i, (from, freshness)) in steps.iter().enumerate() {
        let until = steps.get(i + 1).map_or(u64::MAX / 4, |(next, _)| next - 1);
        for age in [*from, until] {
            let found = at(terms, jitter, age).freshness;
            assert_eq!(found, *freshness, "{terms:?} at {age} ms, jitter {jitter}");
        }
    }
}

#[test]
fn windows_follow_each_other_to_the_millisecond() {
    check(terms(0, 0, 0), 0, &[(0, Dead)]);
    check(terms(60_000, 0, 0), 0, &[(0, Fresh), (60_000, Dead)]);
    check(
        terms(60_000, 5_000, 0),
        0,
        &[(0, Fresh), (60_000, StaleWhileRevalidate), (65_000, Dead)],
    );
    check(
        terms(60_000, 0, 5_000),
        0,
        &[(0, Fresh), (60_000, StaleIfError), (65_000, Dead)],
    );
    check(
        terms(0, 5_000, 0),
        0,
        &[(0, StaleWhileRevalidate), (5_000, Dead)],
    );
}

#[test]
fn overlapping_windows_count_from_the_same_moment_and_revalidation_comes_first() {
    check(
        terms(60_000, 5_000, 9_000),
        0,
        &[
            (0, Fresh),
            (60_000, StaleWhileRevalidate),
            (65_000, StaleIfError),
            (69_000, Dead),
        ],
    );
    check(
        terms(60_000, 5_000, 5_000),
        0,
        &[(0, Fresh), (60_000, StaleWhileRevalidate), (65_000, Dead)],
    );
    check(
        terms(60_000, 5_000, 1_000),
        0,
        &[(0, Fresh), (60_000, StaleWhileRevalidate), (65_000, Dead)],
    );
}

#[test]
fn jitter_starts_the_refresh_sooner_and_moves_no_other_boundary() {
    // 32768 is half of the range, so half of a tenth.
    check(
        terms(60_000, 5_000, 9_000),
        32_768,
        &[
            (0, Fresh),
            (57_000, StaleWhileRevalidate),
            (65_000, StaleIfError),
            (69_000, Dead),
        ],
    );
    check(
        terms(60_000, 5_000, 0),
        u16::MAX,
        &[(0, Fresh), (54_001, StaleWhileRevalidate), (65_000, Dead)],
    );
}

#[test]
fn without_a_revalidation_window_jitter_makes_nobody_wait() {
    for jitter in [0, 1, 32_768, u16::MAX] {
        check(terms(60_000, 0, 0), jitter, &[(0, Fresh), (60_000, Dead)]);
        check(
            terms(60_000, 0, 9_000),
            jitter,
            &[(0, Fresh), (60_000, StaleIfError), (69_000, Dead)],
        );
    }
}

#[test]
fn lifetimes_under_two_seconds_are_not_jittered() {
    check(
        terms(1_999, 1_000, 0),
        u16::MAX,
        &[(0, Fresh), (1_999, StaleWhileRevalidate), (2_999, Dead)],
    );
    check(
        terms(2_000, 1_000, 0),
        u16::MAX,
        &[(0, Fresh), (1_801, StaleWhileRevalidate), (3_000, Dead)],
    );
}

#[test]
fn age_is_the_initial_age_and_the_time_since() {
    let now = CREATED.plus(Duration::from_millis(2_999));
    let standing = judge(&head(10), terms(60_000, 0, 0), None, 0, now);
    assert_eq!(standing.age_s, 12);
    assert_eq!(standing.ttl_s, 47);
    assert_eq!(standing.freshness, Fresh);
    let born_stale = judge(&head(60), terms(60_000, 0, 0), None, 0, CREATED);
    assert_eq!(born_stale.freshness, Dead);
}

#[test]
fn a_response_from_the_future_has_its_initial_age() {
    let before = Timestamp::from_millis(CREATED.as_millis() - 5_000);
    let standing = judge(&head(7), terms(60_000, 0, 0), None, 0, before);
    assert_eq!((standing.age_s, standing.ttl_s), (7, 53));
}

#[test]
fn the_seconds_left_are_rounded_down_through_zero() {
    let ttl_s = |jitter, age_ms| at(terms(60_000, 5_000, 0), jitter, age_ms).ttl_s;
    assert_eq!(ttl_s(0, 0), 60);
    assert_eq!(ttl_s(0, 1), 59);
    assert_eq!(ttl_s(0, 59_999), 0);
    assert_eq!(ttl_s(0, 60_000), 0);
    assert_eq!(ttl_s(0, 60_001), -1);
    assert_eq!(ttl_s(0, 61_001), -2);
    assert_eq!(ttl_s(32_768, 0), 57);
    assert_eq!(ttl_s(32_768, 58_000), -1);
}

/// `eager` in thousandths; the ages at which a response is first aging, and first no longer fresh.
fn check_eager(terms: Terms, eager: u16, jitter: u16, aging_from: u64, fresh_until: u64) {
    let eager = Eager::from_thousandths(eager);
    assert!(eager.is_some());
    let at = |age_ms| {
        let now = CREATED.plus(Duration::from_millis(age_ms));
        judge(&head(0), terms, eager, jitter, now)
    };
    for age in [0, aging_from - 1] {
        assert_eq!(at(age).freshness, Fresh, "{age} ms");
    }
    for age in [aging_from, fresh_until - 1] {
        assert_eq!(at(age).freshness, Aging, "{age} ms");
        assert!(at(age).ttl_s >= 0);
    }
    assert!(!at(fresh_until).freshness.is_fresh());
}

#[test]
fn an_eager_response_ages_from_its_part_of_the_lifetime_on_and_stays_fresh() {
    check_eager(terms(100_000, 0, 0), 800, 0, 80_000, 100_000);
    check_eager(terms(100_000, 50_000, 0), 500, 0, 50_000, 100_000);
    check_eager(terms(1_000, 0, 0), 999, u16::MAX, 999, 1_000);
}

#[test]
fn jitter_brings_the_refresh_forward_with_a_revalidation_window_and_without() {
    // Half of a tenth: the end of freshness moves only where a window catches what comes after it.
    check_eager(terms(100_000, 0, 0), 800, 32_768, 76_000, 100_000);
    check_eager(terms(100_000, 50_000, 0), 800, 32_768, 76_000, 95_000);
}

proptest! {
    #[test]
    fn eager_decides_only_between_fresh_and_aging(
        (fresh, swr, sie) in (0..200_000_u64, 0..200_000_u64, 0..200_000_u64),
        thousandths in 500..1000_u16,
        jitter: u16,
        age in 0..700_000_u64,
    ) {
        let terms = terms(fresh, swr, sie);
        let now = CREATED.plus(Duration::from_millis(age));
        let plain = judge(&head(0), terms, None, jitter, now);
        let eager = judge(&head(0), terms, Eager::from_thousandths(thousandths), jitter, now);
        prop_assert_eq!((plain.age_s, plain.ttl_s), (eager.age_s, eager.ttl_s));
        match eager.freshness {
            Aging => {
                prop_assert_eq!(plain.freshness, Fresh);
                // Never later than the part says, and no sooner than a tenth of it.
                prop_assert!(age >= fresh * u64::from(thousandths) / 1000 * 9 / 10);
            }
            Fresh => {
                prop_assert_eq!(plain.freshness, Fresh);
                prop_assert!(age < fresh * u64::from(thousandths) / 1000 + 1);
            }
            StaleWhileRevalidate | StaleIfError | Dead => {
                prop_assert_eq!(plain.freshness, eager.freshness);
            }
        }
    }
}

#[test]
fn the_largest_numbers_do_not_overflow() {
    let endless = Terms {
        fresh: Duration::MAX,
        swr: Duration::MAX,
        sie: Duration::MAX,
    };
    let at = |terms, millis| {
        judge(
            &head(u32::MAX),
            terms,
            None,
            u16::MAX,
            Timestamp::from_millis(millis),
        )
    };
    assert_eq!(at(endless, u64::MAX / 2).freshness, Fresh);
    // What is older than we can count is not served, whatever the terms.
    assert_eq!(at(endless, u64::MAX).freshness, Dead);
    let standing = at(terms(0, 0, 0), u64::MAX);
    assert_eq!(standing.freshness, Dead);
    assert!(standing.ttl_s < 0);
}

fn any_terms() -> impl Strategy<Value = Terms> {
    let window = || prop_oneof![Just(0), 0..200_000_u64];
    (window(), window(), window()).prop_map(|(f, w, e)| terms(f, w, e))
}

proptest! {
    #[test]
    fn a_response_never_gets_fresher(
        terms in any_terms(), jitter: u16, a in 0..500_000_u64, b in 0..500_000_u64,
    ) {
        let (earlier, later) = (at(terms, jitter, a.min(b)), at(terms, jitter, a.max(b)));
        prop_assert!(earlier.freshness <= later.freshness);
        prop_assert!(earlier.age_s <= later.age_s);
        prop_assert!(earlier.ttl_s >= later.ttl_s);
    }

    #[test]
    fn jitter_only_turns_freshness_into_revalidation(
        terms in any_terms(), jitter: u16, age in 0..500_000_u64,
    ) {
        let (plain, jittered) = (at(terms, 0, age), at(terms, jitter, age));
        if plain.freshness == jittered.freshness {
            return Ok(());
        }
        prop_assert_eq!(plain.freshness, Fresh);
        prop_assert_eq!(jittered.freshness, StaleWhileRevalidate);
        prop_assert!(!terms.swr.is_zero() && terms.fresh >= Duration::from_secs(2));
        prop_assert!(u128::from(age) * 10 > terms.fresh.as_millis() * 9, "more than a tenth");
    }

    #[test]
    fn the_sign_of_the_seconds_left_agrees_with_freshness(
        terms in any_terms(), jitter: u16, age in 0..500_000_u64,
    ) {
        let standing = at(terms, jitter, age);
        prop_assert!(standing.ttl_s <= 0 || standing.freshness == Fresh);
        prop_assert!(standing.ttl_s >= 0 || standing.freshness != Fresh);
    }

    #[test]
    fn nothing_is_served_past_its_windows(terms in any_terms(), jitter: u16, age in 0..500_000_u64) {
        let usable = at(terms, jitter, age).freshness != Dead;
        prop_assert_eq!(usable, u128::from(age) < terms.keep().as_millis());
    }
}
