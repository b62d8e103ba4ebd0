use super::*;
use proptest::prelude::*;

const CHANGED: &str = "Sun, 06 Nov 1994 08:49:37 GMT";
const BEFORE: &str = "Sun, 06 Nov 1994 08:49:36 GMT";
const AFTER: &str = "Sun, 06 Nov 1994 08:49:38 GMT";

fn now() -> Timestamp {
    Timestamp::from_millis(784_111_800_000)
}

fn request(lines: &[(&str, &str)]) -> Fields {
    lines.iter().copied().collect()
}

fn stored<'a>(etag: Option<&'a str>, last_modified: Option<&str>) -> Representation<'a> {
    Representation {
        status: 200,
        validators: Validators::read(etag, last_modified, Some(AFTER)),
        received: Timestamp::parse_http_date(AFTER).unwrap(),
        length: 10,
    }
}

fn verdict(method: &str, lines: &[(&str, &str)], judge: Judge) -> Verdict {
    let stored = stored(Some("\"a\""), Some(CHANGED));
    let request = request(lines);
    evaluate(
        &Preconditions::of(&request, now()),
        method,
        Some(&stored),
        judge,
    )
}

#[test]
fn rfc_9110_13_2_2_the_order_at_the_origin() {
    use Verdict::{Failed, NotModified, Proceed};
    let (im, inm) = ("If-Match", "If-None-Match");
    let (ims, ius) = ("If-Modified-Since", "If-Unmodified-Since");
    for (method, lines, expected) in [
        ("GET", &[][..], Proceed),
        // §13.1.1: strong comparison.
        ("PUT", &[(im, "\"a\"")], Proceed),
        ("PUT", &[(im, "*")], Proceed),
        ("PUT", &[(im, "\"x\", \"a\"")], Proceed),
        ("PUT", &[(im, "\"x\""), (im, "\"a\"")], Proceed),
        ("PUT", &[(im, "W/\"a\"")], Failed),
        ("PUT", &[(im, "\"b\"")], Failed),
        ("PUT", &[(im, "")], Failed),
        ("GET", &[(im, "\"b\"")], Failed),
        // §13.1.4: only without If-Match.
        ("PUT", &[(ius, CHANGED)], Proceed),
        ("PUT", &[(ius, AFTER)], Proceed),
        ("PUT", &[(ius, BEFORE)], Failed),
        ("PUT", &[(ius, "yesterday")], Proceed),
        ("PUT", &[(ius, BEFORE), (ius, AFTER)], Proceed),
        ("PUT", &[(im, "\"a\""), (ius, BEFORE)], Proceed),
        // §13.1.2: weak comparison; 304 for reads, 412 for others.
        ("GET", &[(inm, "W/\"a\"")], NotModified),
        ("HEAD", &[(inm, "\"a\"")], NotModified),
        ("PUT", &[(inm, "\"a\"")], Failed),
        ("PUT", &[(inm, "*")], Failed),
        ("PUT", &[(inm, "\"b\"")], Proceed),
        ("GET", &[(inm, "\"b\""), (inm, "\"a\"")], NotModified),
        // §13.1.3: only for reads, and only without If-None-Match.
        ("GET", &[(ims, CHANGED)], NotModified),
        ("HEAD", &[(ims, AFTER)], NotModified),
        ("GET", &[(ims, BEFORE)], Proceed),
        ("GET", &[(ims, "0")], Proceed),
        ("PUT", &[(ims, CHANGED)], Proceed),
        ("GET", &[(inm, "\"b\""), (ims, CHANGED)], Proceed),
        ("GET", &[(inm, "\"a\""), (ims, BEFORE)], NotModified),
        // The guards come first, and let the others be judged when they hold.
        ("GET", &[(im, "\"a\""), (inm, "\"a\"")], NotModified),
        ("GET", &[(im, "\"b\""), (inm, "\"a\"")], Failed),
        ("GET", &[(ius, CHANGED), (ims, CHANGED)], NotModified),
        // §13.2.1
        ("OPTIONS", &[(im, "\"b\"")], Proceed),
        ("TRACE", &[(inm, "*")], Proceed),
    ] {
        assert_eq!(
            verdict(method, lines, Judge::Origin),
            expected,
            "{method} {lines:?}"
        );
    }
}

#[test]
fn rfc_9111_4_3_2_a_cache_leaves_the_guards_to_the_origin() {
    use Verdict::{Forward, NotModified, Proceed};
    let forward_match = Forward(ForOrigin::IfMatch);
    for (method, lines, expected) in [
        ("GET", &[("If-Match", "*")][..], forward_match),
        (
            "GET",
            &[("If-Match", "*"), ("If-None-Match", "*")],
            forward_match,
        ),
        (
            "GET",
            &[("If-Unmodified-Since", AFTER)],
            Forward(ForOrigin::IfUnmodifiedSince),
        ),
        ("GET", &[("If-Unmodified-Since", "x")], Proceed),
        ("POST", &[], Forward(ForOrigin::Method)),
        ("GET", &[("If-None-Match", "*")], NotModified),
    ] {
        assert_eq!(
            verdict(method, lines, Judge::Cache),
            expected,
            "{method} {lines:?}"
        );
    }
}

#[test]
fn rfc_9110_13_1_1_without_a_representation() {
    for (lines, expected) in [
        (&[("If-Match", "*")][..], Verdict::Failed),
        (&[("If-None-Match", "*")], Verdict::Proceed),
        (&[("If-Unmodified-Since", BEFORE)], Verdict::Proceed),
    ] {
        let request = request(lines);
        let found = evaluate(
            &Preconditions::of(&request, now()),
            "PUT",
            None,
            Judge::Origin,
        );
        assert_eq!(found, expected, "{lines:?}");
    }
}

#[test]
fn rfc_9111_4_3_2_a_cache_has_a_date_for_every_response() {
    let since = |date| request(&[("If-Modified-Since", date)]);
    let get = |request: &Fields, stored: &Representation<'_>| answer(request, "GET", stored, now());
    let received = "Sun, 06 Nov 1994 08:50:00 GMT";
    let mut undated = stored(None, None);
    undated.received = Timestamp::parse_http_date(received).unwrap();
    assert_eq!(get(&since(AFTER), &undated), Answer::NotModified);
    assert_eq!(get(&since(CHANGED), &undated), Answer::Whole);
    undated.validators.date = None;
    assert_eq!(get(&since(received), &undated), Answer::NotModified);
    assert_eq!(get(&since(AFTER), &undated), Answer::Whole);
    let at_origin = evaluate(
        &Preconditions::of(&since(AFTER), now()),
        "GET",
        Some(&undated),
        Judge::Origin,
    );
    assert_eq!(at_origin, Verdict::Proceed);
}

#[test]
fn rfc_9110_13_2_1_only_success_is_conditional() {
    let mut gone = stored(Some("\"a\""), Some(CHANGED));
    for (status, expected) in [
        (404, Answer::Whole),
        (301, Answer::Whole),
        (203, Answer::NotModified),
    ] {
        gone.status = status;
        let found = answer(&request(&[("If-None-Match", "\"a\"")]), "GET", &gone, now());
        assert_eq!(found, expected, "{status}");
    }
}

#[test]
fn rfc_9110_14_2_ranges_come_last_and_only_for_a_get_of_a_200() {
    let part = |first, last| Answer::Part(ByteRange::new(first, last).unwrap());
    let r = ("Range", "bytes=2-3");
    for (method, status, lines, expected) in [
        ("GET", 200, &[r][..], part(2, 3)),
        ("HEAD", 200, &[r], Answer::Whole),
        ("GET", 404, &[r], Answer::Whole),
        ("GET", 203, &[r], Answer::Whole),
        ("GET", 200, &[("Range", "bytes=0-99")], part(0, 9)),
        ("GET", 200, &[("Range", "bytes=10-")], Answer::Unsatisfiable),
        ("GET", 200, &[("Range", "lines=1-2")], Answer::Whole),
        ("GET", 200, &[("Range", "bytes=x")], Answer::Whole),
        ("GET", 200, &[r, r], Answer::Whole),
        (
            "GET",
            200,
            &[r, ("If-None-Match", "\"a\"")],
            Answer::NotModified,
        ),
        (
            "GET",
            200,
            &[("Range", "bytes=10-"), ("If-None-Match", "\"a\"")],
            Answer::NotModified,
        ),
        ("GET", 200, &[r, ("If-None-Match", "\"b\"")], part(2, 3)),
        // §13.1.5
        ("GET", 200, &[r, ("If-Range", "\"a\"")], part(2, 3)),
        ("GET", 200, &[r, ("If-Range", "\"b\"")], Answer::Whole),
        ("GET", 200, &[r, ("If-Range", "W/\"a\"")], Answer::Whole),
        ("GET", 200, &[r, ("If-Range", CHANGED)], part(2, 3)),
        ("GET", 200, &[r, ("If-Range", AFTER)], Answer::Whole),
        ("GET", 200, &[r, ("If-Range", BEFORE)], Answer::Whole),
        ("GET", 200, &[r, ("If-Range", "*")], Answer::Whole),
        ("GET", 200, &[r, ("If-Range", "")], Answer::Whole),
        (
            "GET",
            200,
            &[("Range", "bytes=10-"), ("If-Range", "\"b\"")],
            Answer::Whole,
        ),
        ("GET", 200, &[("If-Range", "\"a\"")], Answer::Whole),
    ] {
        let mut held = stored(Some("\"a\""), Some(CHANGED));
        held.status = status;
        let found = answer(&request(lines), method, &held, now());
        assert_eq!(found, expected, "{method} {status} {lines:?}");
    }
    let two = answer(
        &request(&[("Range", "bytes=0-0,-1")]),
        "GET",
        &stored(None, None),
        now(),
    );
    assert!(matches!(two, Answer::Parts(ranges) if ranges.len() == 2));
}

#[test]
fn rfc_9111_3_3_a_part_answers_only_ranges_inside_it() {
    use crate::semantics::range::content_range::ContentRange;
    let described = ContentRange::parse("bytes 4-9/20");
    let holding = Holding::of_part(described, 6).unwrap();
    let mut held = stored(Some("\"a\""), Some(CHANGED));
    held.length = 6;
    let r = ("Range", "bytes=5-6");
    let part = FromPart::Single(ByteRange::new(5, 6).unwrap());
    for (method, lines, expected) in [
        ("GET", &[r][..], &part),
        ("GET", &[r, ("If-Range", "\"a\"")], &part),
        ("GET", &[r, ("If-None-Match", "\"b\"")], &part),
        ("GET", &[r, ("If-Range", "\"b\"")], &FromPart::Missing),
        ("GET", &[r, ("If-None-Match", "\"a\"")], &FromPart::Missing),
        ("GET", &[r, ("If-Match", "\"a\"")], &FromPart::Missing),
        ("GET", &[("Range", "bytes=9-10")], &FromPart::Missing),
        ("GET", &[("Range", "x=5-6")], &FromPart::Missing),
        ("GET", &[], &FromPart::Missing),
        ("HEAD", &[r], &FromPart::Missing),
        ("POST", &[r], &FromPart::Missing),
    ] {
        let found = answer_from_part(&request(lines), method, &held, &holding, now());
        assert_eq!(&found, expected, "{method} {lines:?}");
    }
}

#[test]
fn rfc_9110_8_8_2_2_a_weak_date_validates_no_range() {
    let lines = [("Range", "bytes=2-3"), ("If-Range", CHANGED)];
    let mut held = stored(None, Some(CHANGED));
    assert!(matches!(
        answer(&request(&lines), "GET", &held, now()),
        Answer::Part(_)
    ));
    held.validators.date = held.validators.last_modified;
    assert_eq!(answer(&request(&lines), "GET", &held, now()), Answer::Whole);
}

#[test]
fn rfc_9110_15_4_5_what_a_304_carries() {
    let of_200 = request(&[
        ("Date", AFTER),
        ("Content-Type", "text/plain"),
        ("ETag", "\"a\""),
        ("Last-Modified", CHANGED),
        ("Cache-Control", "max-age=1"),
        ("Content-Length", "10"),
        ("Content-Location", "/x"),
        ("Vary", "Foo"),
        ("X-Mine", "1"),
        ("X-Mine", "2"),
    ]);
    let names = |fields: &Fields| fields.iter().map(|(n, _)| n.to_owned()).collect::<Vec<_>>();
    assert_eq!(
        names(&fields_of_304(&of_200)),
        [
            "Date",
            "ETag",
            "Cache-Control",
            "Content-Location",
            "Vary",
            "X-Mine",
            "X-Mine"
        ]
    );
    let untagged = request(&[("Last-Modified", CHANGED), ("Content-Encoding", "br")]);
    assert_eq!(names(&fields_of_304(&untagged)), ["Last-Modified"]);
}

proptest! {
    #[test]
    fn any_request_is_answered_within_the_representation(
        range in "(bytes=[0-9,-]{0,6})|[ -~]{0,8}", if_range in any::<Option<String>>(),
        none_match in any::<Option<String>>(), length in 0..20_u64,
    ) {
        let mut lines = vec![("Range", range)];
        lines.extend(if_range.map(|value| ("If-Range", value)));
        lines.extend(none_match.map(|value| ("If-None-Match", value)));
        let request: Fields = lines.into_iter().collect();
        let mut held = stored(Some("\"a\""), None);
        held.length = length;
        match answer(&request, "GET", &held, now()) {
            Answer::Part(range) => prop_assert!(range.end() <= length),
            Answer::Parts(ranges) => {
                let sum: u64 = ranges.iter().map(|range| range.len()).sum();
                prop_assert!(sum <= length);
            }
            Answer::Whole | Answer::NotModified | Answer::Unsatisfiable => {}
            Answer::Forward(why) => prop_assert!(false, "{why:?}"),
        }
    }
}
