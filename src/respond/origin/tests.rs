use super::*;
use crate::cache::stored::Coding;
use crate::policy::Terms;
use crate::purge::seq::PurgeSeq;
use crate::time::Timestamp;

const OF_200: [(&str, &str); 14] = [
    ("Content-Type", "text/plain"),
    ("X", "1"),
    ("x", "2"),
    ("Content-Length", "10"),
    ("Content-Encoding", "br"),
    ("Content-Language", "de"),
    ("Content-Location", "/a"),
    ("ETag", "\"a\""),
    ("Last-Modified", "Sun, 06 Nov 1994 08:49:37 GMT"),
    ("Date", "Sun, 06 Nov 1994 08:49:38 GMT"),
    ("Cache-Control", "max-age=60"),
    ("Vary", "X-Lang"),
    ("Surrogate-Key", "s"),
    ("Cache-Tag", "t"),
];

fn kept(status: u16, lines: &[(&str, &str)]) -> Head {
    let line = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    Head {
        key: "k".into(),
        status,
        headers: lines.iter().map(line).collect(),
        coding: Coding::Identity,
        created: Timestamp::from_millis(0),
        initial_age_s: 0,
        terms: Terms::default(),
        etag: String::new(),
        last_modified: Timestamp::from_millis(0),
        tags: vec![],
        seq: PurgeSeq::ZERO,
        http: None,
    }
}

fn lines(head: &ResponseHead) -> Vec<(&str, &str)> {
    let lines = head.fields.iter();
    lines.map(|(n, v)| (n.as_ref(), v.as_str())).collect()
}

/// The fields of the 200, without those of these names, and then `more`.
fn without<'a>(names: &[&str], more: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let left = OF_200.iter().filter(|(name, _)| !names.contains(name));
    left.chain(more).copied().collect()
}

#[track_caller]
fn check(cut: &Cut, status: u16, expected: &[(&str, &str)]) {
    let head = stored(
        &kept(200, &OF_200),
        Duration::from_millis(7_999),
        cut,
        TagFields::Stripped,
    );
    assert_eq!((head.status, lines(&head)), (status, expected.to_vec()));
}

const TAGS: [&str; 2] = ["Surrogate-Key", "Cache-Tag"];

#[test]
fn rfc_9111_5_1_whatever_is_stored_goes_out_with_its_age_in_whole_seconds() {
    check(&Cut::Whole, 200, &without(&TAGS, &[("Age", "7")]));
    let gone = stored(
        &kept(410, &[]),
        Duration::ZERO,
        &Cut::Whole,
        TagFields::Stripped,
    );
    assert_eq!((gone.status, lines(&gone)), (410, vec![("Age", "0")]));
}

#[test]
fn rfc_9110_15_4_5_a_304_has_what_the_200_would_have_but_for_its_content() {
    let left_out = [
        "Content-Type",
        "Content-Length",
        "Content-Encoding",
        "Content-Language",
        "Last-Modified",
        "Surrogate-Key",
        "Cache-Tag",
    ];
    check(&Cut::NotModified, 304, &without(&left_out, &[("Age", "7")]));
    // Without an entity-tag, the date is all that the client has.
    let changed = OF_200[8];
    let dated = stored(
        &kept(200, &[changed]),
        Duration::ZERO,
        &Cut::NotModified,
        TagFields::Stripped,
    );
    assert_eq!(lines(&dated), [changed, ("Age", "0")]);
}

#[test]
fn rfc_9110_15_3_7_a_206_has_the_fields_of_the_200_and_its_own_length() {
    let range = ByteRange::new(2, 4).unwrap();
    for (complete, described) in [(Some(10), "bytes 2-4/10"), (None, "bytes 2-4/*")] {
        let mut expected = without(&TAGS, &[("Content-Range", described), ("Age", "7")]);
        expected[3] = ("Content-Length", "3");
        check(&Cut::Part { range, complete }, 206, &expected);
    }
    let cut = Cut::Parts {
        content_type: "multipart/byteranges; boundary=b".into(),
        length: 99,
    };
    let mut expected = without(&TAGS, &[("Age", "7")]);
    expected[0] = ("Content-Type", "multipart/byteranges; boundary=b");
    expected[3] = ("Content-Length", "99");
    // §15.3.7.2: no `Content-Range` beside the parts' own.
    check(&cut, 206, &expected);
}

#[test]
fn rfc_9110_15_5_17_a_416_says_how_long_it_is_and_nothing_of_the_content() {
    let left_out = [
        "Content-Type",
        "Content-Length",
        "Content-Encoding",
        "Content-Language",
        "Content-Location",
        "ETag",
        "Last-Modified",
        "Surrogate-Key",
        "Cache-Tag",
    ];
    let expected = without(&left_out, &[("Content-Range", "bytes */10"), ("Age", "7")]);
    check(&Cut::Unsatisfiable { complete: 10 }, 416, &expected);
}

#[test]
fn tags_go_on_only_where_the_site_lets_them() {
    let head = kept(200, &OF_200);
    let passed = stored(&head, Duration::ZERO, &Cut::Whole, TagFields::Passed);
    let stripped = stored(&head, Duration::ZERO, &Cut::Whole, TagFields::Stripped);
    for name in TAGS {
        assert!(passed.get(name).is_some(), "{name}");
        assert_eq!(stripped.get(name), None, "{name}");
    }
}

#[test]
fn what_is_passed_keeps_its_age_and_its_cookies_but_no_connection_and_none_of_our_fields() {
    let exchanged = Exchanged {
        status: 503,
        fields: [
            ("Set-Cookie", "a=b"),
            ("set-cookie", "c=d"),
            ("Age", "30"),
            ("Connection", "x-hop"),
            ("X-Hop", "1"),
            ("X-Cache-Status", "HIT"),
            ("Cache-Tag", "t"),
            ("Cache-Status", "other; hit"),
        ]
        .into_iter()
        .collect(),
        requested: Timestamp::from_millis(0),
        received: Timestamp::from_millis(0),
    };
    let head = passed(&exchanged, TagFields::Stripped);
    assert_eq!(head.status, 503);
    assert_eq!(
        lines(&head),
        [
            ("Set-Cookie", "a=b"),
            ("set-cookie", "c=d"),
            ("Age", "30"),
            // RFC 9211 §2: each cache adds its own member.
            ("Cache-Status", "other; hit"),
            // RFC 9110 §6.6.1
            ("Date", "Thu, 01 Jan 1970 00:00:00 GMT"),
        ]
    );
}

#[test]
fn rfc_9110_6_6_1_an_origins_date_is_never_replaced() {
    let exchanged = Exchanged {
        status: 200,
        fields: [("Date", "yesterday")].into_iter().collect(),
        requested: Timestamp::from_millis(0),
        received: Timestamp::from_millis(0),
    };
    let head = passed(&exchanged, TagFields::Stripped);
    assert_eq!(lines(&head), [("Date", "yesterday")]);
}
