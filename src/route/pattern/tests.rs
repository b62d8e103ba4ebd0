use super::*;
use proptest::prelude::*;

fn check(text: &str, method: &str, segments: &[Segment]) {
    let pattern = MethodPattern::parse(text).unwrap();
    assert_eq!(pattern.method_name().unwrap_or("*"), method, "{text}");
    assert_eq!(pattern.segments, segments, "{text}");
}

fn lit(text: &str) -> Segment {
    Segment::Literal(text.into())
}

fn param(name: &str) -> Segment {
    Segment::Param(name.into())
}

fn rest(name: &str) -> Segment {
    Segment::Rest(name.into())
}

#[test]
fn patterns_are_read_segment_by_segment() {
    check(
        "GET /api/pitches/{id}",
        "GET",
        &[lit("api"), lit("pitches"), param("id")],
    );
    check("* /{path...}", "*", &[rest("path")]);
    check("GET /", "GET", &[lit("")]);
    check("  PURGE   /docs/ ", "PURGE", &[lit("docs"), lit("")]);
    check("M-SEARCH /über", "M-SEARCH", &[lit("über")]);
    check(
        "GET /{a}/x/{b_2...}",
        "GET",
        &[param("a"), lit("x"), rest("b_2")],
    );
}

#[test]
fn each_mistake_has_its_own_reason() {
    use PatternError as E;
    let cases: &[(&str, PatternError)] = &[
        ("", E::Shape),
        ("GET", E::Shape),
        ("/api", E::Shape),
        ("get /api", E::Method("get".into())),
        ("GET* /api", E::Method("GET*".into())),
        ("GÉT /api", E::Method("GÉT".into())),
        ("GET api", E::NoLeadingSlash),
        ("GET //api", E::EmptySegment),
        ("GET /a//b", E::EmptySegment),
        ("GET /a/../b", E::DotSegment("..".into())),
        ("GET /.", E::DotSegment(".".into())),
        ("GET /a%20b", E::Encoded("a%20b".into())),
        (
            "GET /a b",
            E::Character {
                literal: "a b".into(),
                character: ' ',
            },
        ),
        (
            "GET /a?b",
            E::Character {
                literal: "a?b".into(),
                character: '?',
            },
        ),
        ("GET /a{id}", E::Mixed("a{id}".into())),
        ("GET /{id}.json", E::Mixed("{id}.json".into())),
        ("GET /{id", E::Mixed("{id".into())),
        ("GET /{}", E::EmptyName),
        ("GET /{...}", E::EmptyName),
        ("GET /{1a}", E::BadName("1a".into())),
        ("GET /{a-b}", E::BadName("a-b".into())),
        ("GET /{a..}", E::BadName("a..".into())),
        ("GET /{id}/{id}", E::DuplicateName("id".into())),
        ("GET /{id}/{id...}", E::DuplicateName("id".into())),
        ("GET /{a...}/b", E::RestNotLast("a".into())),
        ("GET /{a...}/", E::RestNotLast("a".into())),
    ];
    for (text, expected) in cases {
        assert_eq!(
            MethodPattern::parse(text).as_ref(),
            Err(expected),
            "{text:?}"
        );
    }
}

#[test]
fn names_come_from_left_to_right() {
    let pattern = MethodPattern::parse("GET /{b}/x/{a}/{z...}").unwrap();
    assert_eq!(pattern.param_names().collect::<Vec<_>>(), ["b", "a", "z"]);
}

proptest! {
    #[test]
    fn what_is_read_is_written_the_same(text in "(GET|\\*|PUT) (/([a-c.]{1,3}|\\{[a-c]\\}|\\{[a-c]\\.\\.\\.\\}))*/?") {
        if let Ok(pattern) = MethodPattern::parse(&text) {
            prop_assert_eq!(pattern.to_string(), text);
        }
    }

    #[test]
    fn no_text_panics(text in "\\PC*") {
        if let Ok(pattern) = MethodPattern::parse(&text) {
            prop_assert_eq!(MethodPattern::parse(&pattern.to_string()), Ok(pattern));
        }
    }
}
