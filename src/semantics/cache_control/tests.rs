use super::*;
use proptest::prelude::*;

fn response(lines: &[&str]) -> ResponseDirectives {
    ResponseDirectives::of(&lines.iter().map(|line| ("cache-CONTROL", *line)).collect())
}

fn request(line: &str) -> RequestDirectives {
    RequestDirectives::of(&Fields::from_iter([("Cache-Control", line)]))
}

fn given(seconds: u64) -> Option<Seconds> {
    Some(Seconds::Given(DeltaSeconds::new(seconds)))
}

fn names(names: &[&str]) -> Option<Scope> {
    Some(Scope::Fields(
        names.iter().map(|name| (*name).to_owned()).collect(),
    ))
}

/// RFC 9111 §5.2.2.1, §1.2.2 and §4.2.1.
#[test]
fn max_age_is_the_first_one_and_invalid_when_it_is_no_number() {
    for (lines, expected) in [
        (&[][..], None),
        (&["max-age=3600"], given(3600)),
        (&["MaX-aGe=3600"], given(3600)),
        (&["max-age=\"3600\""], given(3600)),
        (&["max-age=003600"], given(3600)),
        (&["foobar, max-age=3600"], given(3600)),
        (&["max-age=2147483649"], given(1 << 31)),
        (&["max-age=99999999999"], given(1 << 31)),
        (&["max-age=1800, max-age=1"], given(1800)),
        (&["max-age=1, max-age=1800"], given(1)),
        (&["max-age=1800", "max-age=1"], given(1800)),
        (&["max-age=1", "max-age=1800"], given(1)),
        (&["extension=\"max-age=3600\", max-age=1"], given(1)),
        (&["max-age=1, extension=\"max-age=3600\""], given(1)),
        (&["extension=\"max-age=3600\""], None),
        (&["max-age"], Some(Seconds::Invalid)),
        (&["max-age="], Some(Seconds::Invalid)),
        (&["max-age=-3600"], Some(Seconds::Invalid)),
        (&["max-age='3600'"], Some(Seconds::Invalid)),
        (&["max-age=3600.0"], Some(Seconds::Invalid)),
        (&["max-age=a3600"], Some(Seconds::Invalid)),
        (&["max-age=3600a"], Some(Seconds::Invalid)),
        (&["max-age =3600"], Some(Seconds::Invalid)),
        (&["max-age= 3600"], Some(Seconds::Invalid)),
        (&["x=\"y, max-age=3600"], Some(Seconds::Invalid)),
        (&["max-age=no, max-age=3600"], Some(Seconds::Invalid)),
        (&["xmax-age=3600"], None),
    ] {
        assert_eq!(response(lines).max_age, expected, "{lines:?}");
    }
}

#[test]
fn the_other_directives_with_seconds_are_read_alike() {
    let found = response(&["s-maxage=1, stale-while-revalidate=\"2\", stale-if-error=3"]);
    assert_eq!(found.s_maxage, given(1));
    assert_eq!(found.stale_while_revalidate, given(2));
    assert_eq!(found.stale_if_error, given(3));
    assert_eq!(found.max_age, None);
}

/// RFC 9111 §5.2.2, RFC 8246.
#[test]
fn flags_permit_only_as_they_are_defined() {
    type Slot = fn(&ResponseDirectives) -> Option<Flag>;
    let slots: [(&str, Slot); 7] = [
        ("no-store", |found| found.no_store),
        ("public", |found| found.public),
        ("must-revalidate", |found| found.must_revalidate),
        ("proxy-revalidate", |found| found.proxy_revalidate),
        ("must-understand", |found| found.must_understand),
        ("no-transform", |found| found.no_transform),
        ("immutable", |found| found.immutable),
    ];
    for (name, slot) in slots {
        let of = |line: &str| slot(&response(&[line]));
        assert_eq!(of("max-age=1"), None, "{name}");
        assert_eq!(of(name), Some(Flag::Plain), "{name}");
        assert_eq!(of(&name.to_uppercase()), Some(Flag::Plain), "{name}");
        assert_eq!(of(&format!("x=\"{name}\"")), None, "{name}");
        for slip in ["=1", "=", ";", " x", "=\"\""] {
            let line = format!("{name}{slip}");
            assert_eq!(of(&line), Some(Flag::Doubtful), "{line}");
            let both = format!("{name}{slip}, {name}");
            assert_eq!(of(&both), Some(Flag::Plain), "{both}");
        }
        let hidden = format!("x=\"a, {name}");
        assert_eq!(of(&hidden), Some(Flag::Doubtful), "{hidden}");
    }
}

/// RFC 9111 §5.2.2.4 and §5.2.2.7.
#[test]
fn private_and_no_cache_may_be_about_fields_alone() {
    for (arguments, expected) in [
        (&[][..], None),
        (&[""], Some(Scope::Response)),
        (&["=\"a\""], names(&["a"])),
        (&["=\"A, Set-Cookie\""], names(&["a", "set-cookie"])),
        (&["=a"], names(&["a"])),
        (&["=\"a\"", "=\"b\""], names(&["a", "b"])),
        (&["=\"a\"", ""], Some(Scope::Response)),
        (&["", "=\"a\""], Some(Scope::Response)),
        (&["=\"\""], Some(Scope::Response)),
        (&["=\"a b\""], Some(Scope::Response)),
        (&["=\"a"], Some(Scope::Response)),
        (&[" = \"a\""], Some(Scope::Response)),
    ] {
        let lines = |name: &str| -> Vec<String> {
            arguments.iter().map(|a| format!("{name}{a}")).collect()
        };
        let read = |name: &str| {
            let lines = lines(name);
            response(&lines.iter().map(String::as_str).collect::<Vec<_>>())
        };
        assert_eq!(read("private").private, expected, "{arguments:?}");
        assert_eq!(read("No-Cache").no_cache, expected, "{arguments:?}");
        assert_eq!(read("private").no_cache, None);
    }
}

/// RFC 9111 §5.2.1.
#[test]
fn requests_have_their_own_directives() {
    let found = request("max-age=1, min-fresh=2, max-stale=3, stale-if-error=4");
    assert_eq!(found.max_age, given(1));
    assert_eq!(found.min_fresh, given(2));
    let three = Seconds::Given(DeltaSeconds::new(3));
    assert_eq!(found.max_stale, Some(MaxStale::By(three)));
    assert_eq!(found.stale_if_error, given(4));
    assert_eq!(found.no_cache, None);
    let found = request("No-Cache, no-store, no-transform, only-if-cached");
    let flags = [
        found.no_cache,
        found.no_store,
        found.no_transform,
        found.only_if_cached,
    ];
    assert_eq!(flags, [Some(Flag::Plain); 4]);
    assert_eq!(found.max_age, None);
    assert_eq!(request("s-maxage=1, public, private"), request(""));
}

/// RFC 9111 §5.2.1.2.
#[test]
fn max_stale_without_a_value_accepts_any_age_and_a_wrong_value_none() {
    for (line, expected) in [
        ("max-stale", MaxStale::Any),
        ("max-stale=foo", MaxStale::By(Seconds::Invalid)),
        ("max-stale=", MaxStale::By(Seconds::Invalid)),
        ("max-stale, max-stale=1", MaxStale::Any),
    ] {
        assert_eq!(request(line).max_stale, Some(expected), "{line}");
    }
}

/// RFC 9111 §5.4.
#[test]
fn pragma_speaks_only_where_cache_control_is_silent() {
    for (lines, expected) in [
        (&[("Pragma", "no-cache")][..], Some(Flag::Plain)),
        (&[("pragma", "x, No-Cache")], Some(Flag::Plain)),
        (&[("Pragma", "unrecognised-extension")], None),
        (
            &[("Pragma", "no-cache"), ("Cache-Control", "max-age=9")],
            None,
        ),
        (&[("Pragma", "no-cache"), ("Cache-Control", "")], None),
    ] {
        let request = lines.iter().copied().collect();
        let found = RequestDirectives::of(&request).no_cache;
        assert_eq!(found, expected, "{lines:?}");
    }
}

proptest! {
    #[test]
    fn any_text_is_read(line in "\\PC{0,60}") {
        let _ = (response(&[&line]), request(&line));
    }

    #[test]
    fn order_case_and_white_space_do_not_matter_to_different_directives(
        mut members in prop::sample::subsequence(
            vec!["max-age=7", "s-maxage=8", "no-store", "private=\"a\"", "no-cache", "public", "x=y"],
            0..7,
        ),
        upper: bool,
    ) {
        let forward = response(&[&members.join(",")]);
        members.reverse();
        let mut backward = members.join(" ,\t, ");
        if upper {
            backward.make_ascii_uppercase();
        }
        prop_assert_eq!(response(&[&backward]), forward.clone());
        prop_assert_eq!(response(&members), forward);
    }

    #[test]
    fn more_directives_never_take_back_a_restriction(before in "[ -~]{0,30}", after in "[ -~]{0,30}") {
        for name in ["no-store", "private", "no-cache"] {
            let lines = [before.as_str(), name, after.as_str()];
            let found = response(&lines);
            let kept = match name {
                "no-store" => found.no_store.is_some(),
                "private" => found.private == Some(Scope::Response),
                _ => found.no_cache == Some(Scope::Response),
            };
            prop_assert!(kept, "{}", name);
        }
    }
}
