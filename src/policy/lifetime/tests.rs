use super::*;
use crate::semantics::targeted::{TargetList, governing};
use proptest::prelude::*;

/// Not on a whole second, as no time of receipt is.
const RECEIVED: Timestamp = Timestamp::from_millis(1_795_219_200_700);
const DAY: Duration = Duration::from_secs(86_400);

fn at(offset_s: i64) -> String {
    let millis = RECEIVED.as_millis().checked_add_signed(offset_s * 1000);
    Timestamp::from_millis(millis.unwrap()).http_date()
}

fn terms_of(status: u16, lines: &[(&str, String)]) -> OriginTerms {
    let response: Fields = lines
        .iter()
        .map(|(name, value)| (*name, value.as_str()))
        .collect();
    let governing = governing(&response, &TargetList::default());
    let arrival = Arrival {
        status,
        response: &response,
        governing: &governing,
        received: RECEIVED,
    };
    terms(&arrival, DAY)
}

fn cache_control(value: &str) -> OriginTerms {
    terms_of(200, &[("Cache-Control", value.to_owned())])
}

fn check(status: u16, lines: &[(&str, String)], basis: Basis, lifetime_s: u64) {
    let found = terms_of(status, lines);
    let expected = (basis, Duration::from_secs(lifetime_s));
    assert_eq!(
        (found.basis, found.lifetime),
        expected,
        "{status} {lines:?}"
    );
}

/// RFC 9111 §4.2.1, §5.3.
#[test]
fn the_first_of_the_explicit_terms_that_is_present_counts() {
    use Basis::{Expires, MaxAge, Nothing, SMaxage};
    let cc = |value: &str| ("Cache-Control", value.to_owned());
    let (future, past) = (("Expires", at(3_600)), ("Expires", at(-7_200)));
    let date = ("Date", at(0));
    check(200, &[], Nothing, 0);
    check(200, &[cc("max-age=3600")], MaxAge, 3600);
    check(200, &[cc("max-age=0")], MaxAge, 0);
    check(200, &[cc("max-age=99999999999")], MaxAge, 1 << 31);
    check(
        200,
        &[cc("max-age=3600"), past.clone(), date.clone()],
        MaxAge,
        3600,
    );
    check(
        200,
        &[cc("max-age=3600"), ("Expires", "0".to_owned())],
        MaxAge,
        3600,
    );
    check(
        200,
        &[cc("max-age=0"), future.clone(), date.clone()],
        MaxAge,
        0,
    );
    check(200, &[cc("max-age=x"), future.clone()], MaxAge, 0);
    check(200, &[cc("max-age=3600, s-maxage=1")], SMaxage, 1);
    check(200, &[cc("s-maxage=1"), cc("max-age=3600")], SMaxage, 1);
    check(200, &[cc("max-age=1, s-maxage=3600")], SMaxage, 3600);
    check(
        200,
        &[cc("max-age=0, s-maxage=3600"), past.clone()],
        SMaxage,
        3600,
    );
    check(200, &[cc("max-age=3600, s-maxage=x")], SMaxage, 0);
    check(200, &[future.clone(), date.clone()], Expires, 3600);
    check(200, &[past, date], Expires, 0);
    check(200, &[cc("no-transform"), future], Expires, 3600);
}

/// RFC 9111 §4.2.1 and §5.3: the lifetime is Expires minus Date.
#[test]
fn expires_counts_from_the_origins_own_clock() {
    use Basis::Expires;
    let expires = |offset| ("Expires", at(offset));
    let date = |offset| ("Date", at(offset));
    check(200, &[expires(10)], Expires, 10);
    check(200, &[expires(10), ("Date", "foo".to_owned())], Expires, 10);
    check(200, &[expires(300), date(400)], Expires, 0);
    check(200, &[expires(0), date(0)], Expires, 0);
    check(200, &[expires(10), date(-10)], Expires, 20);
    check(200, &[expires(20), date(10)], Expires, 10);
    check(200, &[expires(20), expires(20), date(0)], Expires, 20);
    check(200, &[expires(20), expires(30), date(0)], Expires, 0);
    for garbage in ["0", "-1", "", "tomorrow", "Thu, 18 Aug 2050 02:01:18 UTC"] {
        check(200, &[("Expires", garbage.to_owned()), date(0)], Expires, 0);
    }
}

/// RFC 9111 §4.2.2.
#[test]
fn a_guess_is_a_tenth_of_the_time_since_the_change() {
    use Basis::{Expires, Heuristic, MaxAge, Nothing};
    let modified = |ago: i64| ("Last-Modified", at(-ago));
    let date = ("Date", at(0));
    let public = ("Cache-Control", "public".to_owned());
    check(200, &[modified(1_000), date.clone()], Heuristic, 100);
    check(200, &[modified(1_000)], Heuristic, 100);
    check(200, &[modified(9)], Heuristic, 0);
    check(200, &[modified(-10)], Heuristic, 0);
    check(
        200,
        &[modified(100 * 86_400), date.clone()],
        Heuristic,
        86_400,
    );
    check(200, &[modified(1_000), ("Date", at(-500))], Heuristic, 50);
    check(200, &[("Last-Modified", "foo".to_owned())], Nothing, 0);
    for status in [203, 204, 206, 300, 301, 308, 404, 405, 410, 414, 451, 501] {
        check(status, &[modified(1_000), date.clone()], Heuristic, 100);
    }
    for status in [201, 202, 302, 303, 307, 400, 403, 500, 502, 503, 504, 599] {
        check(status, &[modified(1_000), date.clone()], Nothing, 0);
        check(status, &[modified(1_000), public.clone()], Heuristic, 100);
    }
    let explicit = ("Cache-Control", "max-age=x".to_owned());
    check(200, &[modified(1_000), explicit], MaxAge, 0);
    check(
        200,
        &[modified(1_000), ("Expires", "0".to_owned())],
        Expires,
        0,
    );
}

/// RFC 9213 §2.2.
#[test]
fn under_a_targeted_field_expires_and_cache_control_are_nothing() {
    use Basis::{Expires, Heuristic, MaxAge, Nothing};
    let cdn = |value: &str| ("CDN-Cache-Control", value.to_owned());
    let cc = ("Cache-Control", "max-age=1, must-revalidate".to_owned());
    let future = ("Expires", at(10_000));
    check(
        200,
        &[cdn("max-age=60"), cc.clone(), future.clone()],
        MaxAge,
        60,
    );
    check(200, &[cdn("max-age=0"), future.clone()], MaxAge, 0);
    check(
        200,
        &[cdn("public"), cc.clone(), future.clone()],
        Nothing,
        0,
    );
    let modified = ("Last-Modified", at(-1_000));
    check(
        200,
        &[cdn("public"), future.clone(), modified],
        Heuristic,
        100,
    );
    check(200, &[cdn("&"), future.clone()], Expires, 10_000);
    let found = terms_of(200, &[cdn("max-age=60"), cc]);
    assert_eq!(found.unvalidated, Unvalidated::WhenStaleToo);
}

/// RFC 9111 §4.2.4 and §5.2.2.
#[test]
fn directives_say_how_far_a_response_goes_without_validation() {
    use Unvalidated::{Never, WhenStaleToo, WhileFresh};
    for (value, expected) in [
        ("max-age=9", WhenStaleToo),
        ("max-age=9, must-revalidate", WhileFresh),
        ("max-age=9, proxy-revalidate", WhileFresh),
        ("max-age=9, must-revalidate=x", WhileFresh),
        ("s-maxage=9", WhileFresh),
        ("s-maxage=x", WhileFresh),
        ("s-maxage=9, stale-while-revalidate=9", WhileFresh),
        ("max-age=9, no-cache", Never),
        ("max-age=9, no-cache, must-revalidate", Never),
        ("max-age=9, no-cache=\"\"", Never),
        ("max-age=9, no-cache=\"a\"", WhenStaleToo),
        ("max-age=9, no-cache=\"a, vary\"", Never),
        ("max-age=9, no-cache=\"a\", must-revalidate", WhileFresh),
    ] {
        assert_eq!(cache_control(value).unvalidated, expected, "{value}");
    }
}

/// RFC 5861 §§3–4, RFC 8246 §2.
#[test]
fn windows_and_immutability_are_as_written_or_nothing() {
    let windows = |value| {
        let found = cache_control(value);
        let seconds = found.stale_if_error.map(|window| window.as_secs());
        (found.stale_while_revalidate.as_secs(), seconds)
    };
    assert_eq!(windows("max-age=9"), (0, None));
    assert_eq!(
        windows("stale-while-revalidate=5, stale-if-error=6"),
        (5, Some(6))
    );
    assert_eq!(
        windows("stale-while-revalidate=x, stale-if-error=x"),
        (0, Some(0))
    );
    assert_eq!(
        windows("stale-while-revalidate, stale-if-error"),
        (0, Some(0))
    );
    assert!(cache_control("immutable").immutable);
    assert!(!cache_control("immutable=1").immutable && !cache_control("").immutable);
}

#[test]
fn what_cannot_be_done_without_is_not_left_out() {
    let fields = |names: &[&str]| Scope::Fields(names.iter().map(|n| (*n).to_owned()).collect());
    let found = separable(&fields(&["set-cookie", "x"])).map(<[String]>::len);
    assert_eq!(found, Some(2));
    assert_eq!(separable(&Scope::Response), None);
    for name in ["vary", "content-encoding", "content-type", "age"] {
        assert_eq!(separable(&fields(&["x", name])), None, "{name}");
    }
}

#[test]
fn the_names_of_the_bases_are_stable() {
    use Basis::{Expires, Heuristic, MaxAge, Nothing, SMaxage};
    let names = [SMaxage, MaxAge, Expires, Heuristic, Nothing].map(Basis::as_str);
    assert_eq!(
        names,
        ["s-maxage", "max-age", "expires", "heuristic", "nothing"]
    );
}

proptest! {
    /// What holds for every response: an explicit zero is never overruled by a guess, and a lifetime is
    /// no longer than what its source can say.
    #[test]
    fn lifetimes_are_bounded_by_what_was_said(
        max_age in prop::option::of(0..5_000_000_000_u64), modified_ago in 0..1_000_000_000_i64,
        expires in prop::option::of(-1_000_000..1_000_000_i64), status in 200..600_u16,
    ) {
        let mut lines = vec![("Last-Modified", at(-modified_ago))];
        lines.extend(max_age.map(|seconds| ("Cache-Control", format!("max-age={seconds}"))));
        lines.extend(expires.map(|offset| ("Expires", at(offset))));
        let found = terms_of(status, &lines);
        let limit = match (max_age, expires) {
            (Some(seconds), _) => Duration::from_secs(seconds),
            (None, Some(offset)) => Duration::from_secs(u64::try_from(offset).unwrap_or(0)),
            (None, None) => DAY,
        };
        prop_assert!(found.lifetime <= limit);
        prop_assert_eq!(found.basis.is_explicit(), max_age.is_some() || expires.is_some());
    }
}
