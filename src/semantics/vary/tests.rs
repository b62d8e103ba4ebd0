use super::*;
use proptest::prelude::*;

fn vary(lines: &[&str]) -> Vary {
    Vary::read(&lines.iter().map(|line| ("Vary", *line)).collect())
}

fn request(lines: &[(&str, &str)]) -> Fields {
    lines.iter().copied().collect()
}

fn names(names: &[&str]) -> Vary {
    Vary::Names(names.iter().map(|name| (*name).to_owned()).collect())
}

#[test]
fn rfc_9110_12_5_5_lists_of_names() {
    assert_eq!(vary(&[]), Vary::Nothing);
    assert_eq!(vary(&["", " , ,"]), Vary::Nothing);
    assert_eq!(vary(&["Foo"]), names(&["foo"]));
    assert_eq!(vary(&["b,A", "a ,\tC"]), names(&["a", "b", "c"]));
    for lines in [
        &["*"][..],
        &["*, *"],
        &["*", "*"],
        &[", *"],
        &["", "*"],
        &["*, Foo"],
        &["Foo, *"],
        &["Foo", "x y", "*"],
    ] {
        assert_eq!(vary(lines), Vary::Never(Unmatchable::Any), "{lines:?}");
    }
    for line in ["a b", "\"a\"", "a;b", "a, b:c", "caf\u{e9}"] {
        assert_eq!(vary(&[line]), Vary::Never(Unmatchable::Malformed), "{line}");
    }
    let many: Vec<String> = (0..=NAMES_MAX).map(|n| format!("x{n}")).collect();
    assert_eq!(vary(&[&many.join(",")]), Vary::Never(Unmatchable::TooMany));
}

/// Whether a response to `one` that varies on `field` answers `other` as well.
fn matches(field: &str, one: &[&str], other: &[&str]) -> bool {
    let with = |lines: &[&str]| lines.iter().map(|line| (field, *line)).collect::<Fields>();
    let selecting = vary(&[field]).selecting(&with(one)).unwrap();
    selecting.match_with(&with(other), None).is_some()
}

#[test]
fn rfc_9111_4_1_white_space_lines_and_absence() {
    check_matches(&[
        ("Foo", &["1"][..], &["1"][..], true),
        ("Foo", &["1"], &["2"], false),
        ("Foo", &[], &[], true),
        ("Foo", &[], &["1"], false),
        ("Foo", &["1"], &[], false),
        // An empty field is not an absent one.
        ("Foo", &[""], &[], false),
        ("Foo", &["1"], &[" 1\t"], true),
        ("Foo", &["1,2"], &[" 1, 2 "], true),
        ("Foo", &["1, 2"], &["1", "2"], true),
        ("Foo", &["1", "2"], &["2", "1"], false),
        ("Foo", &["1,,2"], &["1,2"], false),
        ("Foo", &["a b"], &["a  b"], false),
        ("Foo", &["A"], &["a"], false),
        ("Foo", &["\"a, b\""], &["\"a,b\""], false),
        ("Foo", &["\"a\\\", b\" , c"], &["\"a\\\", b\",c"], true),
        ("Foo", &["\"a , b"], &["\"a,b"], true),
        // No list: a comma there is only a comma.
        (
            "User-Agent",
            &["(KHTML, like Gecko)"],
            &["(KHTML,like Gecko)"],
            false,
        ),
        ("Cookie", &["a=1, b"], &["a=1,b"], false),
    ]);
}

#[test]
fn rfc_9110_12_5_weights_count_and_order_does_not() {
    check_matches(&[
        ("Accept-Language", &["en, de"], &["de, en"], true),
        ("Accept-Language", &["en, de"], &["eN , De"], true),
        ("Accept-Language", &["en", "de"], &["de,en;q=1.0"], true),
        (
            "Accept-Language",
            &["en, de;q=0.5"],
            &["de;q=0.500, en"],
            true,
        ),
        (
            "Accept-Language",
            &["en, de;q=0.5"],
            &["en, de;q=0.6"],
            false,
        ),
        ("Accept-Language", &["en;q=2, de"], &["de, en;q=2"], false),
        (
            "Accept-Language",
            &["en, en;q=0.5"],
            &["en;q=0.5, en"],
            false,
        ),
        ("Accept-Encoding", &["gzip, br"], &["BR,x-gzip"], true),
        ("Accept-Encoding", &["gzip, br;q=0"], &["gzip"], true),
        ("Accept-Encoding", &["gzip, br;q=0, *"], &["gzip, *"], false),
        ("Accept-Encoding", &["gzip, identity;q=0"], &["gzip"], false),
        ("Accept-Encoding", &["gzip"], &["gzip;q=0.5"], false),
        ("Accept-Encoding", &["gzip"], &["br"], false),
        ("Accept-Encoding", &[""], &[], false),
        ("Accept", &["text/html,a/b"], &["text/html, a/b"], true),
        ("Accept", &["text/html,a/b"], &["a/b,text/html"], false),
    ]);
}

/// Field, lines of one request, lines of the other, whether they match; in both directions.
fn check_matches(rows: &[(&str, &[&str], &[&str], bool)]) {
    for (field, one, other, expected) in rows {
        assert_eq!(
            matches(field, one, other),
            *expected,
            "{field} {one:?} {other:?}"
        );
        assert_eq!(
            matches(field, other, one),
            *expected,
            "{field} {other:?} {one:?}"
        );
    }
}

#[test]
fn every_selecting_field_has_to_match() {
    let stored = request(&[("A", "1"), ("B", "2")]);
    let selecting = vary(&["b, a, c"]).selecting(&stored).unwrap();
    for (presented, expected) in [
        (request(&[("b", "2"), ("a", "1"), ("d", "4")]), true),
        (request(&[("b", "2")]), false),
        (request(&[("b", "2"), ("a", "1"), ("c", "")]), false),
    ] {
        assert_eq!(selecting.match_with(&presented, None).is_some(), expected);
    }
}

#[test]
fn the_language_that_a_client_likes_best_is_enough() {
    let selecting = vary(&["Accept-Language"])
        .selecting(&request(&[("Accept-Language", "en, de")]))
        .unwrap();
    for (wants, language, expected) in [
        ("fr;q=0.5, de;q=1.0", Some("de"), Some(Match::ByLanguage)),
        ("DE, fr;q=0.9", Some("De"), Some(Match::ByLanguage)),
        ("de, en", Some("de"), Some(Match::Exact)),
        ("fr, de", Some("de"), None),
        ("de, fr;q=0.9", Some("de, fr"), None),
        ("de-AT", Some("de"), None),
        ("*", Some("*"), None),
        ("de;q=0", Some("de"), None),
        ("de, fr;q=0.9", None, None),
        ("", Some("de"), None),
    ] {
        let presented = request(&[("Accept-Language", wants)]);
        let found = selecting.match_with(&presented, language);
        assert_eq!(found, expected, "{wants} {language:?}");
    }
    // The other selecting fields have to match all the same.
    let both = vary(&["Accept-Language, Foo"])
        .selecting(&request(&[("Accept-Language", "en, de"), ("Foo", "1")]))
        .unwrap();
    let other = request(&[("Accept-Language", "de"), ("Foo", "2")]);
    assert_eq!(both.match_with(&other, Some("de")), None);
}

#[test]
fn rfc_9111_4_1_the_most_recent_of_those_that_match() {
    let at = Timestamp::from_millis;
    let presented = request(&[("Foo", "1")]);
    let plain = Selecting::default();
    let ours = vary(&["Foo"]).selecting(&presented).unwrap();
    let theirs = vary(&["Foo"]).selecting(&request(&[("Foo", "2")])).unwrap();
    let one = |selecting, date: Option<u64>, received| Candidate {
        selecting,
        date: date.map(at),
        received: at(received),
        content_language: None,
    };
    for (candidates, expected) in [
        (vec![], None),
        (vec![one(&theirs, Some(9), 9)], None),
        (
            vec![one(&ours, Some(5), 1), one(&ours, Some(4), 9)],
            Some(0),
        ),
        (vec![one(&ours, Some(5), 1), one(&ours, None, 9)], Some(1)),
        (
            vec![one(&ours, Some(5), 1), one(&ours, Some(5), 1)],
            Some(1),
        ),
        // One that forgot its `Vary` goes last, however recent.
        (
            vec![one(&ours, Some(5), 5), one(&plain, Some(9), 9)],
            Some(0),
        ),
        (
            vec![one(&theirs, Some(9), 9), one(&plain, Some(1), 1)],
            Some(1),
        ),
    ] {
        assert_eq!(choose(&candidates, &presented), expected, "{candidates:?}");
    }
}

#[test]
fn a_favourite_language_goes_after_the_same_request_and_before_a_forgotten_vary() {
    let de = request(&[("Accept-Language", "de")]);
    let (asked, exact) = (request(&[("Accept-Language", "en, de")]), de.clone());
    let varies = vary(&["Accept-Language"]);
    let (by_language, exact) = (
        varies.selecting(&asked).unwrap(),
        varies.selecting(&exact).unwrap(),
    );
    let plain = Selecting::default();
    let one = |selecting, received| Candidate {
        selecting,
        date: None,
        received: Timestamp::from_millis(received),
        content_language: Some("de"),
    };
    let candidates = [one(&plain, 9), one(&by_language, 5), one(&exact, 1)];
    assert_eq!(choose(&candidates, &de), Some(2));
    assert_eq!(choose(&candidates[..2], &de), Some(1));
    assert_eq!(choose(&candidates[..1], &de), Some(0));
}

#[test]
fn what_never_matches_is_not_kept() {
    let nothing = Fields::new();
    assert_eq!(vary(&["*"]).selecting(&nothing), Err(Unmatchable::Any));
    assert_eq!(
        vary(&["a b"]).selecting(&nothing),
        Err(Unmatchable::Malformed)
    );
    assert!(vary(&[]).selecting(&nothing).unwrap().is_empty());
}

proptest! {
    #[test]
    fn white_space_and_lines_make_no_difference(
        members in prop::collection::vec("[a-c;=\"\\\\]{0,4}", 1..5), spaces in prop::collection::vec("[ \t]{0,2}", 5),
        field in prop::sample::select(vec!["foo", "accept", "accept-language", "accept-encoding"]),
    ) {
        let spaced: Vec<String> = members.iter().zip(&spaces).map(|(m, s)| format!("{s}{m}{s}")).collect();
        // Quotes may close over a comma, and then the white space is theirs.
        prop_assume!(members.iter().all(|member| !member.contains('"')));
        let compact = members.join(",");
        let wide = spaced.join(",");
        let lines: Vec<&str> = members.iter().map(String::as_str).collect();
        prop_assert!(matches(field, &[&compact], &[&wide]));
        prop_assert!(matches(field, &[&compact], &lines));
    }

    #[test]
    fn different_values_stay_apart_but_for_what_a_list_may_change(one in "[ab,\" ]{0,5}", other in "[ab,\" ]{0,5}") {
        let squeeze = |text: &str| text.replace([' ', '"'], "");
        if matches("foo", &[&one], &[&other]) {
            prop_assert_eq!(squeeze(&one), squeeze(&other));
        }
    }

    #[test]
    fn any_field_has_a_canonical_value(value in any::<String>()) {
        for field in ["accept", "accept-language", "accept-encoding", "accept-charset", "cookie", "x"] {
            prop_assert!(matches(field, &[&value], &[&value]));
        }
    }
}
