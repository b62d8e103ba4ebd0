use super::super::cache_control::{Flag, Scope, Seconds};
use super::super::delta_seconds::DeltaSeconds;
use super::*;
use proptest::prelude::*;

fn given(seconds: u64) -> Option<Seconds> {
    Some(Seconds::Given(DeltaSeconds::new(seconds)))
}

fn govern(lines: &[(&str, &str)]) -> Governing {
    governing(&lines.iter().copied().collect(), &TargetList::default())
}

/// The `max-age` that counts, and whose it is.
fn check(lines: &[(&str, &str)], by: GovernedBy, max_age: Option<Seconds>) {
    let found = govern(lines);
    let found = (found.by, found.directives.max_age);
    assert_eq!(found, (by, max_age), "{lines:?}");
}

/// RFC 9213 §2.2.
#[test]
fn the_first_valid_field_that_is_not_empty_governs() {
    use GovernedBy::{CacheControl, Targeted};
    let (ours, cdn, cc) = (
        "forebay-cdn-cache-control",
        "CDN-Cache-Control",
        "Cache-Control",
    );
    check(&[(cc, "max-age=1")], CacheControl, given(1));
    check(&[(cdn, "max-age=2")], Targeted, given(2));
    check(&[(cc, "max-age=1"), (cdn, "max-age=2")], Targeted, given(2));
    check(&[(cc, "no-store"), (cdn, "max-age=2")], Targeted, given(2));
    check(
        &[(cdn, "max-age=2"), (ours, "max-age=3")],
        Targeted,
        given(3),
    );
    check(&[(cc, "max-age=1"), (cdn, "foo")], Targeted, None);
    for unusable in [
        "",
        " ",
        "max-age=2, &&&",
        "max-age =2",
        "max-age= 2",
        "MaX-aGe=2",
        "a,",
    ] {
        check(
            &[(cc, "max-age=1"), (cdn, unusable)],
            CacheControl,
            given(1),
        );
        check(&[(cdn, "max-age=2"), (ours, unusable)], Targeted, given(2));
    }
    check(
        &[("Surrogate-Control", "max-age=9"), (cc, "max-age=1")],
        CacheControl,
        given(1),
    );
    check(
        &[("Other-CDN-Cache-Control", "max-age=9")],
        CacheControl,
        None,
    );
}

/// RFC 9213 §2.1, RFC 8941 §4.2.
#[test]
fn a_targeted_field_is_a_dictionary() {
    for (value, expected) in [
        ("max-age=3600", given(3600)),
        ("foobar, max-age=3600", given(3600)),
        ("max-age=3600;x=y, other=(a b)", given(3600)),
        ("max-age=2147483649", given(1 << 31)),
        ("max-age=99999999999", given(1 << 31)),
        ("max-age=1, max-age=2", given(2)),
        ("max-age=1, max-age=?0", None),
        ("max-age", Some(Seconds::Invalid)),
        ("max-age=-1", Some(Seconds::Invalid)),
        ("max-age=1.0", Some(Seconds::Invalid)),
        ("max-age=\"3600\"", Some(Seconds::Invalid)),
        ("max-age=x", Some(Seconds::Invalid)),
        ("max-age=(1)", Some(Seconds::Invalid)),
    ] {
        check(
            &[("CDN-Cache-Control", value)],
            GovernedBy::Targeted,
            expected,
        );
    }
    // Sixteen digits are no Integer, and a Date is no type that RFC 8941 knows.
    for value in ["max-age=9999999999999999", "max-age=3600, x=@1"] {
        check(
            &[("CDN-Cache-Control", value)],
            GovernedBy::CacheControl,
            None,
        );
    }
}

/// RFC 8941 §4.2: lines are joined before they are parsed, so one bad line voids all.
#[test]
fn lines_are_one_dictionary() {
    let cdn = "CDN-Cache-Control";
    check(
        &[(cdn, "max-age=1"), (cdn, "no-cache")],
        GovernedBy::Targeted,
        given(1),
    );
    check(
        &[(cdn, "max-age=1"), (cdn, "max-age=2")],
        GovernedBy::Targeted,
        given(2),
    );
    check(
        &[(cdn, "max-age=1"), (cdn, "&")],
        GovernedBy::CacheControl,
        None,
    );
}

#[test]
fn other_directives_mean_what_they_mean_in_cache_control() {
    let of = |value| govern(&[("CDN-Cache-Control", value)]).directives;
    let names = Some(Scope::Fields(vec!["a".to_owned(), "b".to_owned()]));
    assert_eq!(of("private=\"a, B\"").private, names);
    assert_eq!(of("no-cache=\"a, B\"").no_cache, names);
    assert_eq!(of("private").private, Some(Scope::Response));
    assert_eq!(of("private=a").private, Some(Scope::Response));
    assert_eq!(of("no-store").no_store, Some(Flag::Plain));
    assert_eq!(of("no-store=?1").no_store, Some(Flag::Plain));
    assert_eq!(of("no-store=1").no_store, Some(Flag::Doubtful));
    assert_eq!(of("no-store=?0").no_store, None);
    assert_eq!(of("public=x").public, Some(Flag::Doubtful));
    assert_eq!(of("s-maxage=4").s_maxage, given(4));
    assert_eq!(
        of("stale-while-revalidate=5").stale_while_revalidate,
        given(5)
    );
    assert_eq!(
        of("stale-if-error=6, must-revalidate").stale_if_error,
        given(6)
    );
    assert_eq!(of("must-revalidate").must_revalidate, Some(Flag::Plain));
}

#[test]
fn targets_are_field_names() {
    let list = |name: &str| TargetList::new([name.to_owned()]);
    let fields = Fields::from_iter([("My-CC", "max-age=5"), ("CDN-Cache-Control", "max-age=6")]);
    let found = governing(&fields, &list("my-cc").unwrap());
    assert_eq!(found.directives.max_age, given(5));
    assert_eq!(
        list("a b").unwrap_err().to_string(),
        "`a b` is no field name"
    );
    assert!(list("").is_err());
}

proptest! {
    #[test]
    fn any_text_is_read(value in "\\PC{0,40}") {
        let _ = govern(&[("CDN-Cache-Control", &value)]);
    }

    #[test]
    fn what_no_dictionary_can_hold_voids_the_whole_field(
        before in "[a-c]{1,4}(=[1-9]{1,4})?", bad in "[A-Z&/@é%]", after in "[a-z, =]{0,6}",
    ) {
        let value = format!("max-age=9, {before}, {bad}{after}");
        prop_assert_eq!(govern(&[("CDN-Cache-Control", &value)]).by, GovernedBy::CacheControl);
    }

    #[test]
    fn numbers_round_trip(number in 0..999_999_999_999_999_u64) {
        let found = govern(&[("CDN-Cache-Control", &format!("max-age={number}"))]);
        prop_assert_eq!(found.directives.max_age, given(number));
    }
}
