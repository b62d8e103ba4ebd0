use super::*;
use proptest::prelude::*;

const CHANGED: &str = "Sun, 06 Nov 1994 08:49:37 GMT";
const CHANGED_LATER: &str = "Sun, 06 Nov 1994 08:49:38 GMT";
const SENT: &str = "Mon, 07 Nov 1994 08:49:37 GMT";

fn fields(lines: &[(&str, &str)]) -> Fields {
    lines.iter().copied().collect()
}

/// A stored response that came at `received`, sent at the very second of its last change.
fn stored<'a>(etag: &'a str, last_modified: &str, received: u64) -> Stored<'a> {
    Stored {
        validators: Validators::read(Some(etag), Some(last_modified), None),
        received: Timestamp::from_millis(received),
    }
}

fn check(
    of_304: (&str, &str, &str),
    stored: &[Stored<'_>],
    asked: Asked,
    expected: Result<&[usize], Unmatched>,
) {
    let validators = Validators::read(Some(of_304.0), Some(of_304.1), Some(of_304.2));
    let found = select(&validators, stored, asked);
    assert_eq!(
        found.as_ref().map(Vec::as_slice),
        expected.as_ref().copied(),
        "{of_304:?} {stored:?}"
    );
}

#[test]
fn rfc_9111_4_3_4_a_strong_validator_selects_all_that_have_it() {
    let held = [
        stored("\"a\"", "", 1),
        stored("\"b\"", "", 2),
        stored("W/\"c\"", "", 3),
        stored("\"a\"", "", 4),
    ];
    let several = Asked::Several;
    check(("\"a\"", "", ""), &held, several, Ok(&[0, 3]));
    check(("\"b\"", "", ""), &held, several, Ok(&[1]));
    check(("\"x\"", "", ""), &held, several, Err(Unmatched::Strong));
    // A stored weak validator is not the same strong one.
    check(("\"c\"", "", ""), &held, several, Err(Unmatched::Strong));
    // Whatever we asked about: the origin says that it is about another.
    check(
        ("\"x\"", "", ""),
        &held[..1],
        Asked::One,
        Err(Unmatched::Strong),
    );
    // Nor does an equal date make up for another tag.
    let dated = [stored("\"a\"", CHANGED, 1)];
    check(
        ("\"x\"", CHANGED, SENT),
        &dated,
        Asked::One,
        Err(Unmatched::Strong),
    );
}

#[test]
fn rfc_9111_4_3_4_a_weak_validator_selects_the_most_recent() {
    let held = [
        stored("W/\"a\"", "", 1),
        stored("\"a\"", "", 3),
        stored("W/\"a\"", "", 2),
        stored("W/\"b\"", "", 9),
    ];
    check(("W/\"a\"", "", ""), &held, Asked::Several, Ok(&[1]));
    check(("W/\"b\"", "", ""), &held, Asked::Several, Ok(&[3]));
    check(
        ("W/\"x\"", "", ""),
        &held,
        Asked::Several,
        Err(Unmatched::Weak),
    );
    let dated = [stored("", CHANGED, 1), stored("", CHANGED_LATER, 2)];
    check(("", CHANGED, ""), &dated, Asked::Several, Ok(&[0]));
    check(("", SENT, ""), &dated, Asked::Several, Err(Unmatched::Weak));
    // The date of the 304 is strong, that of the stored response is not: perhaps it was sent between
    // two changes of one second.
    check(
        ("", CHANGED, SENT),
        &dated,
        Asked::One,
        Err(Unmatched::Strong),
    );
}

#[test]
fn rfc_9111_4_3_4_a_weak_tag_beside_a_strong_date() {
    // As most servers of files send them.
    let sent = |etag, date| Stored {
        validators: Validators::read(Some(etag), Some(CHANGED), Some(date)),
        received: Timestamp::from_millis(1),
    };
    let held = [
        sent("W/\"a\"", SENT),
        sent("W/\"a\"", CHANGED),
        sent("W/\"b\"", SENT),
    ];
    check(("W/\"a\"", CHANGED, SENT), &held, Asked::Several, Ok(&[0]));
    check(("W/\"b\"", CHANGED, SENT), &held[2..], Asked::One, Ok(&[0]));
    // The stored date is not strong, or the tag is another one.
    for lone in [&held[1..2], &held[2..]] {
        check(
            ("W/\"a\"", CHANGED, SENT),
            lone,
            Asked::One,
            Err(Unmatched::Strong),
        );
    }
}

#[test]
fn rfc_9111_4_3_4_without_a_validator_it_is_about_the_only_one() {
    let bare = [stored("", "", 1), stored("", "", 2)];
    check(("", "", ""), &bare[..1], Asked::Several, Ok(&[0]));
    check(
        ("", "", ""),
        &bare,
        Asked::Several,
        Err(Unmatched::NoValidator),
    );
    let tagged = [stored("\"a\"", "", 1), stored("\"b\"", "", 1)];
    check(("", "", ""), &tagged[..1], Asked::One, Ok(&[0]));
    check(
        ("", "", ""),
        &tagged[..1],
        Asked::Several,
        Err(Unmatched::NoValidator),
    );
    check(
        ("", "", ""),
        &tagged,
        Asked::Several,
        Err(Unmatched::NoValidator),
    );
    check(
        ("", "", ""),
        &[],
        Asked::Several,
        Err(Unmatched::NoValidator),
    );
}

#[test]
fn rfc_9111_4_3_2_a_304_about_what_the_client_has() {
    let held = [stored("\"a\"", "", 1)];
    let judge = |etag, client| {
        let of_304 = Validators::read(etag, None, None);
        judge_304(&of_304, &held, Asked::Several, client)
    };
    let repeat = After304::Repeat;
    for (etag, client, expected) in [
        (Some("\"a\""), Some("\"x\""), After304::Update(vec![0])),
        (Some("\"a\""), Some("\"a\""), After304::Update(vec![0])),
        (Some("\"x\""), Some("\"x\", \"y\""), After304::ForClient),
        (Some("W/\"x\""), Some("\"x\""), After304::ForClient),
        (Some("\"z\""), Some("\"x\""), repeat(Unmatched::Strong)),
        (Some("\"x\""), Some("*"), repeat(Unmatched::Strong)),
        (Some("W/\"z\""), None, repeat(Unmatched::Weak)),
        (None, Some("\"x\""), repeat(Unmatched::NoValidator)),
    ] {
        assert_eq!(judge(etag, client), expected, "{etag:?} {client:?}");
    }
}

#[test]
fn rfc_9111_3_2_what_is_replaced_and_what_never() {
    let before = fields(&[
        ("Date", "1"),
        ("Link", "a"),
        ("Content-Length", "36"),
        ("Content-Encoding", "br"),
        ("Content-Type", "text/plain"),
        ("link", "b"),
        ("Age", "100"),
        ("X-Kept", "yes"),
        ("X-Private", "7"),
        ("ETag", "\"a\""),
    ]);
    let by = fields(&[
        ("Date", "2"),
        ("Content-Length", "0"),
        ("Content-Encoding", "gzip"),
        ("Content-Range", "bytes 0-1/2"),
        ("Content-Type", "text/plain;charset=utf-8"),
        ("LINK", "c"),
        ("X-New", "1"),
        ("Set-Cookie", "a=b"),
        ("Connection", "x-hop"),
        ("X-Hop", "1"),
        ("Keep-Alive", "1"),
        ("x-new", "2"),
        ("Content-Foo", "3"),
        ("x-private", "8"),
    ]);
    let after = update(&before, &by, &["x-private".to_owned()]);
    let lines: Vec<_> = after.iter().collect();
    assert_eq!(
        lines,
        [
            ("Date", "2"),
            ("LINK", "c"),
            ("Content-Length", "36"),
            ("Content-Encoding", "br"),
            ("Content-Type", "text/plain;charset=utf-8"),
            ("X-Kept", "yes"),
            ("ETag", "\"a\""),
            ("X-New", "1"),
            ("x-new", "2"),
            ("Content-Foo", "3"),
        ]
    );
}

#[test]
fn rfc_9111_4_3_5_the_answer_to_a_head() {
    let held = fields(&[("ETag", "\"a\""), ("Last-Modified", CHANGED)]);
    for (head, expected) in [
        (&[][..], HeadEffect::Update),
        (&[("ETag", "\"a\"")], HeadEffect::Update),
        (
            &[
                ("ETag", "\"a\""),
                ("Last-Modified", CHANGED),
                ("Content-Length", "10"),
            ],
            HeadEffect::Update,
        ),
        (&[("ETag", "W/\"a\"")], HeadEffect::Stale(HeadDiffers::ETag)),
        (
            &[("Last-Modified", SENT)],
            HeadEffect::Stale(HeadDiffers::LastModified),
        ),
        (
            &[("ETag", "\"a\""), ("Content-Length", "11")],
            HeadEffect::Stale(HeadDiffers::ContentLength),
        ),
        (
            &[("Content-Length", "x")],
            HeadEffect::Stale(HeadDiffers::ContentLength),
        ),
    ] {
        assert_eq!(head_effect(&fields(head), &held, 10), expected, "{head:?}");
    }
    let bare = fields(&[]);
    let effect = head_effect(&fields(&[("ETag", "\"a\"")]), &bare, 10);
    assert_eq!(effect, HeadEffect::Stale(HeadDiffers::ETag));
}

fn lines() -> impl Strategy<Value = Fields> {
    let name = prop::sample::select(vec![
        "A",
        "a",
        "B",
        "Content-Length",
        "Content-Type",
        "Connection",
        "TE",
        "Set-Cookie",
        "ETag",
    ]);
    prop::collection::vec((name, "[ab]{0,2}"), 0..8).prop_map(|lines| lines.into_iter().collect())
}

/// §3.2, field by field and without any order.
fn expected(stored: &Fields, by: &Fields, name: &str) -> Vec<String> {
    let options: Vec<&str> = by.members("connection").collect();
    let excepted = ["content-length", "connection", "te", "set-cookie"].contains(&name);
    let nominated = options
        .iter()
        .any(|option| option.eq_ignore_ascii_case(name));
    let source = if by.contains(name) && !excepted && !nominated {
        by
    } else {
        stored
    };
    source.lines(name).map(str::to_owned).collect()
}

proptest! {
    #[test]
    fn freshened_fields_are_those_of_section_3_2(stored in lines(), by in lines()) {
        let stored = connection::storable(&stored, &[]);
        let updated = update(&stored, &by, &[]);
        for name in ["a", "b", "content-length", "content-type", "connection", "te", "set-cookie", "etag"] {
            let found: Vec<String> = updated.lines(name).map(str::to_owned).collect();
            prop_assert_eq!(found, expected(&stored, &by, name), "{}", name);
        }
        // Once more changes nothing, and what a 304 is silent about stays in its place.
        prop_assert_eq!(update(&updated, &by, &[]), updated.clone());
        prop_assert_eq!(update(&stored, &Fields::new(), &[]), stored);
    }
}
