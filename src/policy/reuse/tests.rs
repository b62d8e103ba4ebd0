use super::super::lifetime::Basis;
use super::*;
use crate::semantics::fields::Fields;
use proptest::prelude::*;

mod exchange;

/// How long the operator lets a stale response stand in for an origin that is out of reach.
const UNREACHABLE_MAX: Duration = Duration::from_secs(10_000);

fn secs(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// Fresh for 100 seconds, and no more said.
const PLAIN: OriginTerms = OriginTerms {
    lifetime: Duration::from_secs(100),
    basis: Basis::MaxAge,
    unvalidated: Unvalidated::WhenStaleToo,
    stale_while_revalidate: Duration::ZERO,
    stale_if_error: None,
    immutable: false,
};

fn swr(window_s: u64) -> OriginTerms {
    OriginTerms {
        stale_while_revalidate: secs(window_s),
        ..PLAIN
    }
}

fn sie(window_s: u64) -> OriginTerms {
    OriginTerms {
        stale_if_error: Some(secs(window_s)),
        ..PLAIN
    }
}

fn limited(unvalidated: Unvalidated) -> OriginTerms {
    OriginTerms {
        unvalidated,
        stale_while_revalidate: secs(50),
        stale_if_error: Some(secs(50)),
        ..PLAIN
    }
}

fn request(cache_control: &str) -> RequestDirectives {
    RequestDirectives::of(&Fields::from_iter([("Cache-Control", cache_control)]))
}

fn decided(terms: &OriginTerms, age: Duration, cache_control: &str) -> Reuse {
    let request = request(cache_control);
    decide(Held { terms, age }, Method::Get, &request, UNREACHABLE_MAX)
}

#[track_caller]
fn check(terms: OriginTerms, age_s: u64, cache_control: &str, expected: Reuse) {
    let found = decided(&terms, secs(age_s), cache_control);
    assert_eq!(found, expected, "age {age_s}, {cache_control:?}, {terms:?}");
}

fn validate(why: Why, on_failure: OnFailure) -> Reuse {
    Reuse::Validate { why, on_failure }
}

fn fail(why: Why, forbidden: StaleForbidden) -> Reuse {
    validate(why, OnFailure::Fail(forbidden))
}

const STALE: Reuse = Reuse::Validate {
    why: Why::Stale,
    on_failure: OnFailure::StoredIfUnreachable,
};

/// RFC 9111 §4.2: fresh while the lifetime is greater than the age.
#[test]
fn a_response_is_fresh_until_its_age_reaches_its_lifetime() {
    check(PLAIN, 0, "", Reuse::Fresh);
    check(PLAIN, 99, "", Reuse::Fresh);
    check(PLAIN, 100, "", STALE);
    let just = decided(&PLAIN, Duration::from_millis(99_999), "");
    assert_eq!(just, Reuse::Fresh);
}

/// RFC 9111 §5.2.1.1.
#[test]
fn a_client_may_want_it_younger() {
    let older = validate(Why::RequestMaxAge, OnFailure::StoredForErrors);
    check(PLAIN, 30, "max-age=30", Reuse::Fresh);
    check(PLAIN, 31, "max-age=30", older);
    check(PLAIN, 0, "max-age=0", older);
    check(PLAIN, 0, "max-age=foo", older);
    check(PLAIN, 30, "max-age=\"30\"", Reuse::Fresh);
    check(
        PLAIN,
        100,
        "max-age=500",
        fail(Why::Stale, StaleForbidden::RequestLimits),
    );
    check(
        PLAIN,
        130,
        "max-age=500, max-stale=30",
        Reuse::StaleForClient,
    );
    let both = fail(Why::RequestMaxAge, StaleForbidden::RequestLimits);
    check(PLAIN, 130, "max-age=120, max-stale=30", both);
}

/// RFC 9111 §5.2.1.3.
#[test]
fn a_client_may_want_it_to_last() {
    let shorter = validate(Why::RequestMinFresh, OnFailure::StoredForErrors);
    check(PLAIN, 70, "min-fresh=30", Reuse::Fresh);
    check(PLAIN, 71, "min-fresh=30", shorter);
    check(PLAIN, 0, "min-fresh=2147483649", shorter);
    check(PLAIN, 0, "min-fresh", shorter);
    let stale = fail(Why::RequestMinFresh, StaleForbidden::RequestLimits);
    check(PLAIN, 101, "min-fresh=0", stale);
    check(PLAIN, 101, "min-fresh=0, max-stale", stale);
}

/// RFC 9111 §5.2.1.2 and §4.2.4.
#[test]
fn a_client_may_accept_it_stale() {
    check(PLAIN, 130, "max-stale=30", Reuse::StaleForClient);
    check(
        PLAIN,
        131,
        "max-stale=30",
        fail(Why::Stale, StaleForbidden::RequestLimits),
    );
    check(PLAIN, 1_000_000, "max-stale", Reuse::StaleForClient);
    check(
        PLAIN,
        101,
        "max-stale=x",
        fail(Why::Stale, StaleForbidden::RequestLimits),
    );
    check(PLAIN, 50, "max-stale=30", Reuse::Fresh);
    let strict = limited(Unvalidated::WhileFresh);
    check(
        strict,
        101,
        "max-stale",
        fail(Why::Stale, StaleForbidden::MustRevalidate),
    );
    // The client's own bound is the narrower of the two.
    check(
        swr(60),
        131,
        "max-stale=30",
        fail(Why::Stale, StaleForbidden::RequestLimits),
    );
}

/// RFC 9111 §5.2.1.4 and §5.2.1.5.
#[test]
fn a_client_may_refuse_what_is_stored() {
    let no_cache = fail(Why::RequestNoCache, StaleForbidden::RequestNoCache);
    check(PLAIN, 0, "no-cache", no_cache);
    check(PLAIN, 0, "max-stale, no-cache", no_cache);
    check(sie(60), 101, "no-cache", no_cache);
    let immutable = OriginTerms {
        immutable: true,
        ..PLAIN
    };
    check(immutable, 0, "no-cache", no_cache);
    check(
        PLAIN,
        0,
        "no-store",
        Reuse::Forward(ForwardWhy::RequestNoStore),
    );
    let pragma = RequestDirectives::of(&Fields::from_iter([("Pragma", "no-cache")]));
    let held = Held {
        terms: &PLAIN,
        age: secs(0),
    };
    assert_eq!(
        decide(held, Method::Get, &pragma, UNREACHABLE_MAX),
        no_cache
    );
}

/// RFC 9111 §5.2.1.7.
#[test]
fn only_if_cached_is_answered_from_the_store_or_not_at_all() {
    check(PLAIN, 99, "only-if-cached", Reuse::Fresh);
    check(swr(60), 130, "only-if-cached", Reuse::StaleWhileRevalidate);
    check(
        PLAIN,
        130,
        "only-if-cached, max-stale",
        Reuse::StaleForClient,
    );
    for other in [
        "",
        ", no-cache",
        ", no-store",
        ", max-age=1",
        ", min-fresh=1",
    ] {
        let value = format!("only-if-cached{other}");
        check(PLAIN, 100, &value, Reuse::OnlyIfCachedMiss);
    }
    let never = limited(Unvalidated::Never);
    check(never, 0, "only-if-cached", Reuse::OnlyIfCachedMiss);
    let asked = request("only-if-cached");
    let when_absent = |method| when_absent(method, &asked);
    assert_eq!(when_absent(Method::Get), Absent::OnlyIfCachedMiss);
    assert_eq!(when_absent(Method::Head), Absent::OnlyIfCachedMiss);
    assert_eq!(when_absent(Method::Post), Absent::Forward);
    assert_eq!(
        super::when_absent(Method::Get, &request("")),
        Absent::Forward
    );
}

/// RFC 9111 §4, RFC 9110 §9.3.3.
#[test]
fn only_get_and_head_are_answered_from_the_store() {
    let held = Held {
        terms: &PLAIN,
        age: secs(0),
    };
    for cache_control in ["", "only-if-cached", "no-store"] {
        let by = |method| decide(held, method, &request(cache_control), UNREACHABLE_MAX);
        let forward = Reuse::Forward(ForwardWhy::Method);
        assert_eq!(by(Method::Post), forward, "{cache_control}");
        assert_eq!(by(Method::Other), forward, "{cache_control}");
    }
    let head = decide(held, Method::Head, &request(""), UNREACHABLE_MAX);
    assert_eq!(head, Reuse::Fresh);
}

/// RFC 8246 §2.
#[test]
fn a_reload_of_what_is_immutable_is_answered_while_it_is_fresh() {
    let immutable = OriginTerms {
        immutable: true,
        ..PLAIN
    };
    check(immutable, 99, "max-age=0", Reuse::Fresh);
    let stale = fail(Why::RequestMaxAge, StaleForbidden::RequestLimits);
    check(immutable, 100, "max-age=0", stale);
    let shorter = validate(Why::RequestMinFresh, OnFailure::StoredForErrors);
    check(immutable, 99, "max-age=0, min-fresh=9", shorter);
}

/// RFC 9111 §5.2.2.4.
#[test]
fn no_cache_of_the_response_is_beyond_every_window() {
    let never = limited(Unvalidated::Never);
    let expected = fail(Why::ResponseNoCache, StaleForbidden::ResponseNoCache);
    for (age_s, cache_control) in [(0, ""), (110, ""), (110, "max-stale"), (0, "max-age=9")] {
        check(never, age_s, cache_control, expected);
    }
    check(never, 110, "stale-if-error=99", expected);
}

/// RFC 9111 §5.2.2.2, §5.2.2.8 and §5.2.2.10.
#[test]
fn must_revalidate_is_beyond_every_window() {
    let strict = limited(Unvalidated::WhileFresh);
    let expected = fail(Why::Stale, StaleForbidden::MustRevalidate);
    check(strict, 99, "", Reuse::Fresh);
    for cache_control in ["", "max-stale", "max-stale=99", "stale-if-error=99"] {
        check(strict, 110, cache_control, expected);
    }
    let older = validate(Why::RequestMaxAge, OnFailure::StoredForErrors);
    check(strict, 99, "max-age=9", older);
}

/// RFC 5861 §3.
#[test]
fn stale_while_revalidate_has_a_window() {
    check(swr(50), 100, "", Reuse::StaleWhileRevalidate);
    check(swr(50), 149, "", Reuse::StaleWhileRevalidate);
    check(swr(50), 150, "", STALE);
    // A client that said how fresh it wants it gets no stale one.
    check(
        swr(50),
        120,
        "max-age=500",
        fail(Why::Stale, StaleForbidden::RequestLimits),
    );
}

/// RFC 5861 §4.
#[test]
fn stale_if_error_has_a_window_and_nothing_beyond() {
    let instead = validate(Why::Stale, OnFailure::StoredForErrors);
    let outside = fail(Why::Stale, StaleForbidden::OutsideStaleIfError);
    check(sie(50), 149, "", instead);
    check(sie(50), 150, "", outside);
    check(sie(0), 100, "", outside);
    // The client may open one too, and the wider of both counts.
    check(PLAIN, 149, "stale-if-error=50", instead);
    check(PLAIN, 150, "stale-if-error=50", outside);
    check(sie(50), 199, "stale-if-error=100", instead);
    check(sie(100), 199, "stale-if-error=50", instead);
    check(PLAIN, 100, "stale-if-error=x", outside);
    // "Regardless of other freshness information".
    let older = validate(Why::RequestMaxAge, OnFailure::StoredForErrors);
    check(sie(50), 149, "max-age=0", older);
}

/// RFC 9111 §4.2.4.
#[test]
fn an_origin_out_of_reach_is_stood_in_for_until_the_operator_says_no() {
    check(PLAIN, 10_100, "", STALE);
    check(PLAIN, 10_101, "", fail(Why::Stale, StaleForbidden::TooOld));
}

#[test]
fn failures_are_those_that_stale_if_error_is_about() {
    let found: Vec<u16> = (0..700).filter(|status| is_failure(*status)).collect();
    assert_eq!(found, [500, 502, 503, 504]);
}

#[test]
fn the_names_of_the_reasons_are_stable() {
    for (found, expected) in [
        (Why::ResponseNoCache.as_str(), "response-no-cache"),
        (Why::RequestNoCache.as_str(), "request-no-cache"),
        (Why::RequestMaxAge.as_str(), "request-max-age"),
        (Why::RequestMinFresh.as_str(), "request-min-fresh"),
        (Why::Stale.as_str(), "stale"),
        (ForwardWhy::Method.as_str(), "method"),
        (ForwardWhy::RequestNoStore.as_str(), "request-no-store"),
        (
            StaleForbidden::ResponseNoCache.as_str(),
            "response-no-cache",
        ),
        (StaleForbidden::RequestNoCache.as_str(), "request-no-cache"),
        (StaleForbidden::MustRevalidate.as_str(), "must-revalidate"),
        (
            StaleForbidden::OutsideStaleIfError.as_str(),
            "outside-stale-if-error",
        ),
        (StaleForbidden::RequestLimits.as_str(), "request-limits"),
        (StaleForbidden::TooOld.as_str(), "too-old"),
    ] {
        assert_eq!(found, expected);
    }
}

fn any_terms() -> impl Strategy<Value = OriginTerms> {
    use Unvalidated::{Never, WhenStaleToo, WhileFresh};
    (
        0..200_u64,
        prop::sample::select(vec![Never, WhileFresh, WhenStaleToo]),
        0..100_u64,
        prop::option::of(0..100_u64),
        any::<bool>(),
    )
        .prop_map(|(lifetime, unvalidated, swr, sie, immutable)| OriginTerms {
            lifetime: secs(lifetime),
            basis: Basis::MaxAge,
            unvalidated,
            stale_while_revalidate: secs(swr),
            stale_if_error: sie.map(secs),
            immutable,
        })
}

fn any_request() -> impl Strategy<Value = String> {
    let number = |name: &'static str| (0..200_u32).prop_map(move |n| format!("{name}={n}"));
    let plain = |name: &'static str| Just(name.to_owned());
    let directive = prop_oneof![
        number("max-age"),
        number("min-fresh"),
        number("max-stale"),
        number("stale-if-error"),
        plain("max-stale"),
        plain("no-cache"),
        plain("no-store"),
        plain("only-if-cached"),
    ];
    prop::collection::vec(directive, 0..4).prop_map(|directives| directives.join(", "))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    /// The last two conditions of RFC 9111 §4 and both paragraphs of §4.2.4, over everything.
    #[test]
    fn nothing_is_sent_that_is_neither_fresh_nor_allowed(
        terms in any_terms(), age_s in 0..400_u64, asked in any_request(),
    ) {
        let fresh = terms.lifetime > secs(age_s);
        let staleness = age_s.saturating_sub(terms.lifetime.as_secs());
        let asks = |name: &str| asked.split(", ").any(|directive| directive == name);
        match decided(&terms, secs(age_s), &asked) {
            Reuse::Fresh => {
                prop_assert!(fresh && terms.unvalidated != Unvalidated::Never);
                prop_assert!(!asks("no-cache") && !asks("no-store"));
            }
            Reuse::StaleForClient => {
                prop_assert!(!fresh && terms.unvalidated == Unvalidated::WhenStaleToo);
                prop_assert!(asked.contains("max-stale") && !asks("no-cache"));
            }
            Reuse::StaleWhileRevalidate => {
                prop_assert!(!fresh && terms.unvalidated == Unvalidated::WhenStaleToo);
                prop_assert!(secs(staleness) < terms.stale_while_revalidate);
                prop_assert!(!asked.contains("max-") && !asks("no-cache"));
            }
            Reuse::Validate { on_failure: OnFailure::Fail(_), .. } => {
                prop_assert!(!asks("only-if-cached"));
            }
            Reuse::Validate { .. } => {
                prop_assert!(!asks("only-if-cached") && !asks("no-cache"));
                prop_assert!(fresh || terms.unvalidated == Unvalidated::WhenStaleToo);
                prop_assert!(terms.unvalidated != Unvalidated::Never);
            }
            Reuse::Forward(why) => {
                prop_assert_eq!(why, ForwardWhy::RequestNoStore);
                prop_assert!(asks("no-store"));
            }
            Reuse::OnlyIfCachedMiss => prop_assert!(asks("only-if-cached")),
        }
    }

    /// A response only moves away from freshness as it ages.
    #[test]
    fn what_was_not_fresh_does_not_become_fresh(
        terms in any_terms(), age_s in 0..400_u64, more_s in 0..400_u64,
    ) {
        let rank = |age| match decided(&terms, secs(age), "") {
            Reuse::Fresh => 0,
            Reuse::StaleWhileRevalidate => 1,
            Reuse::Validate { .. } => 2,
            Reuse::StaleForClient | Reuse::Forward(_) | Reuse::OnlyIfCachedMiss => 3,
        };
        prop_assert!(rank(age_s) <= rank(age_s + more_s));
        prop_assert!(rank(age_s) < 3);
    }

    #[test]
    fn no_age_and_no_lifetime_overflows(age_ms: u64, lifetime_s: u64, asked in any_request()) {
        let terms = OriginTerms { lifetime: secs(lifetime_s), ..swr(u64::MAX) };
        let age = Duration::from_millis(age_ms);
        prop_assert!(decided(&terms, Duration::MAX, &asked) != Reuse::Fresh);
        let _ = decided(&terms, age, &asked);
    }
}
