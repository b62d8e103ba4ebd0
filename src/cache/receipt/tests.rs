use super::*;
use crate::policy::{HonorOrigin, Layers};
use crate::semantics::uri::{Origin, Scheme};

mod updated;

/// 06 Nov 1994 08:49:37 GMT, and what came a minute and a half later.
const RECEIVED: Timestamp = Timestamp::from_millis(784_111_777_000);
const LATER: Timestamp = Timestamp::from_millis(784_111_867_000);
const DATE: &str = "Sun, 06 Nov 1994 08:49:37 GMT";
const LATER_DATE: &str = "Sun, 06 Nov 1994 08:51:07 GMT";
/// A thousand seconds before [`RECEIVED`].
const CHANGED: &str = "Sun, 06 Nov 1994 08:32:57 GMT";

type Lines<'a> = &'a [(&'a str, &'a str)];

fn fields(lines: Lines<'_>) -> Fields {
    lines.iter().copied().collect()
}

fn honoring() -> Tier {
    Tier {
        honor_origin: Some(HonorOrigin::default()),
        ..fixed(Duration::ZERO)
    }
}

fn fixed(ttl: Duration) -> Tier {
    Tier {
        name: "t".into(),
        ttl,
        swr: Duration::from_secs(7),
        sie: Duration::from_secs(8),
        negative_ttl: Duration::from_secs(9),
        layers: Layers::ALL,
        private: false,
        eager: None,
        soft_timeout: None,
        honor_origin: None,
    }
}

fn target() -> HttpUri {
    HttpUri::parse("https://example.com/a/b?q=1").unwrap()
}

fn exchanged(status: u16, lines: Lines<'_>, at: Timestamp) -> Exchanged {
    Exchanged {
        status,
        fields: fields(lines),
        requested: at,
        received: at,
    }
}

/// Runs `judge` for a GET of [`target`] with these request fields.
fn asking<T>(
    tier: &Tier,
    request: Lines<'_>,
    judge: impl FnOnce(Request<'_>, Place<'_>) -> T,
) -> T {
    let request = fields(request);
    let authorization = match request.contains("authorization") {
        true => Authorization::Present,
        false => Authorization::Absent,
    };
    let own = ["route".to_owned()];
    judge(
        Request {
            method: Method::Get,
            directives: &RequestDirectives::of(&request),
            authorization,
            fields: &request,
            target: &target(),
        },
        Place {
            key: &CacheKey::from_text("uri".into()),
            tier,
            tags: &own,
            seq: PurgeSeq(42),
        },
    )
}

fn received(tier: &Tier, request: Lines<'_>, status: u16, lines: Lines<'_>) -> Received {
    let exchanged = exchanged(status, lines, RECEIVED);
    asking(tier, request, |request, place| {
        receive(request, place, &exchanged)
    })
}

#[track_caller]
fn stored(request: Lines<'_>, status: u16, lines: Lines<'_>) -> Head {
    match received(&honoring(), request, status, lines) {
        Received::Store(head) => *head,
        Received::Refuse(why) => panic!("refused: {why}"),
    }
}

#[track_caller]
fn refused(request: Lines<'_>, status: u16, lines: Lines<'_>, why: &str) {
    let found = received(&honoring(), request, status, lines);
    assert!(
        matches!(found, Received::Refuse(word) if word == why),
        "{status} {lines:?}: {found:?}"
    );
}

/// What a 304 that comes at [`LATER`] makes of a stored response.
fn after_304(stored: &Head, request: Lines<'_>, lines: Lines<'_>) -> Option<Freshened> {
    let exchanged = exchanged(304, lines, LATER);
    asking(&honoring(), request, |request, place| {
        freshened(stored, request, place, &exchanged)
    })
}

#[track_caller]
fn kept(found: Option<Freshened>) -> Head {
    match found {
        Some(Freshened::Store(head)) => *head,
        other => panic!("not stored: {other:?}"),
    }
}

fn lines(head: &Head) -> Vec<(&str, &str)> {
    let lines = head.headers.iter();
    lines.map(|(n, v)| (n.as_str(), v.as_str())).collect()
}

fn terms_of(head: &Head) -> OriginTerms {
    response(head).unwrap().terms
}

const MINUTE: (&str, &str) = ("Cache-Control", "max-age=60");
const TAG: (&str, &str) = ("ETag", "\"a\"");
const DATED: (&str, &str) = ("Date", DATE);

#[test]
fn rfc_9111_3_1_fields_are_kept_in_order_and_number() {
    let head = stored(
        &[],
        200,
        &[
            ("X", "1"),
            DATED,
            MINUTE,
            ("x", "2"),
            ("Connection", "x-hop, Keep-Alive"),
            ("X-Hop", "1"),
            ("Keep-Alive", "timeout=5"),
            ("Proxy-Authenticate", "Basic"),
            ("Age", "10"),
            ("Content-Length", "5"),
            ("Unknown", ""),
        ],
    );
    assert_eq!(
        lines(&head),
        [
            ("X", "1"),
            DATED,
            MINUTE,
            ("x", "2"),
            ("Content-Length", "5"),
            ("Unknown", "")
        ]
    );
    assert_eq!((head.status, head.seq), (200, PurgeSeq(42)));
    assert_eq!((head.coding, head.created), (Coding::Identity, RECEIVED));
    // The age at receipt is kept apart from the fields (§4.2.3).
    let response = response(&head).unwrap();
    assert_eq!(response.initial_age, Duration::from_secs(10));
    assert_eq!(response.part, None);
}

#[test]
fn rfc_9110_6_6_1_a_date_is_added_where_none_is_valid() {
    for before in [None, Some("yesterday")] {
        let given = before.map(|date| ("Date", date));
        let all: Vec<_> = given.into_iter().chain([MINUTE]).collect();
        let head = stored(&[], 200, &all);
        let found = fields(&lines(&head));
        assert_eq!(
            found.lines("date").collect::<Vec<_>>(),
            [DATE],
            "{before:?}"
        );
    }
}

#[test]
fn rfc_9111_5_2_2_fields_that_directives_name_are_left_out() {
    for directive in ["private=\"x, set-cookie\"", "no-cache=\"X, Set-Cookie\""] {
        let value = format!("max-age=60, {directive}");
        let all = [
            DATED,
            ("Cache-Control", value.as_str()),
            ("X", "1"),
            ("Set-Cookie", "a=b"),
            ("Y", "2"),
        ];
        let head = stored(&[], 200, &all);
        assert_eq!(lines(&head), [DATED, all[1], ("Y", "2")], "{directive}");
    }
}

#[test]
fn rfc_9111_3_what_is_refused_says_why() {
    let cookie = ("Set-Cookie", "a=b");
    let none: Lines<'_> = &[];
    for (request, status, response, why) in [
        (none, 200, &[MINUTE, cookie][..], "set-cookie"),
        (none, 200, &[("Cache-Control", "no-store")], "no-store"),
        (none, 200, &[("Cache-Control", "private")], "private"),
        (none, 200, &[MINUTE, ("Vary", "*")], "vary-any"),
        (none, 200, &[MINUTE, ("Vary", "a b")], "vary-malformed"),
        (
            none,
            200,
            &[MINUTE, ("Cache-Tag", "caf\u{e9}")],
            "tag-character",
        ),
        (none, 416, &[MINUTE], "one-request-only"),
        (none, 299, &[TAG], "no-freshness"),
        (none, 200, &[], "never-reusable"),
        (&[("Authorization", "x")], 200, &[MINUTE], "authorization"),
        (
            &[("Cache-Control", "no-store")],
            200,
            &[MINUTE],
            "request-no-store",
        ),
    ] {
        refused(request, status, response, why);
    }
}

#[test]
fn an_answer_to_a_cookie_is_kept_where_the_origin_speaks_of_caching() {
    let cookie: Lines<'_> = &[("Cookie", "session=1")];
    for response in [
        &[TAG][..],
        &[("Last-Modified", CHANGED)],
        &[TAG, ("Cache-Control", "max-age=0")],
    ] {
        refused(cookie, 200, response, "cookie");
    }
    for response in [
        &[TAG, MINUTE][..],
        &[TAG, ("Cache-Control", "public")],
        &[TAG, ("Vary", "Cookie")],
    ] {
        stored(cookie, 200, response);
    }
    stored(&[], 200, &[TAG]);
}

#[test]
fn rfc_9111_3_5_credentials_are_lifted() {
    let request = &[("Authorization", "x")];
    for directive in ["public", "must-revalidate", "s-maxage=60"] {
        let value = format!("max-age=60, {directive}");
        stored(request, 200, &[("Cache-Control", &value)]);
    }
}

#[test]
fn rfc_9111_4_1_selecting_fields_make_a_key_of_their_own() {
    let plain = stored(&[("Accept", "a/b")], 200, &[MINUTE]);
    assert_eq!(plain.key, "uri");
    let vary = [MINUTE, ("Vary", "X-Lang, x-absent")];
    let keys = ["de", "fr", "de"].map(|lang| stored(&[("X-Lang", lang)], 200, &vary).key);
    assert_eq!(keys[0], keys[2]);
    assert_ne!(keys[0], keys[1]);
    let head = stored(&[("X-Lang", "de")], 200, &vary);
    let selecting = &response(&head).unwrap().selecting;
    let parts: Vec<_> = selecting.parts().collect();
    assert_eq!(parts, [("x-absent", None), ("x-lang", Some("de"))]);
    let primary = CacheKey::from_text("uri".into());
    assert_eq!(key_of(&primary, selecting).as_str(), head.key);
}

#[test]
fn rfc_9111_4_1_what_chooses_among_variants() {
    let head = stored(
        &[],
        200,
        &[MINUTE, ("Date", CHANGED), ("Content-Language", "de")],
    );
    let variant = variant(&head).unwrap();
    assert_eq!(variant.date.unwrap().http_date(), CHANGED);
    assert_eq!(variant.received, RECEIVED);
    assert_eq!(variant.content_language.as_deref(), Some("de"));
}

#[test]
fn tags_are_the_routes_the_uris_the_origins_and_its_groups() {
    let head = stored(
        &[],
        200,
        &[
            MINUTE,
            ("Surrogate-Key", "one two"),
            ("Cache-Tag", "three"),
            ("Cache-Groups", "\"g\""),
        ],
    );
    assert_eq!(
        head.tags,
        [
            "route",
            "uri:https://example.com/a/b?q=1",
            "one",
            "two",
            "three",
            "group:https://example.com g"
        ]
    );
}

#[test]
fn a_uri_tag_is_the_uri_and_that_of_an_origin_begins_it() {
    for (uri, expected) in [
        ("https://example.com/", "uri:https://example.com/"),
        ("https://example.com/?", "uri:https://example.com/?"),
        ("http://EXAMPLE.com:80/a", "uri:http://example.com/a"),
        (
            "http://example.com:81/a?b=c",
            "uri:http://example.com:81/a?b=c",
        ),
    ] {
        assert_eq!(uri_tag(&HttpUri::parse(uri).unwrap()), expected);
    }
    let origin = Origin::new(Scheme::Https, "example.com").unwrap();
    assert!(uri_tag(&target()).starts_with(&format!("uri:{origin}/")));
}

#[test]
fn rfc_9111_3_3_a_206_is_kept_as_a_part_of_a_200() {
    let range = ("Content-Range", "bytes 2-4/10");
    let all = [DATED, MINUTE, TAG, range, ("Content-Length", "3")];
    let head = stored(&[("Range", "bytes=2-4")], 206, &all);
    assert_eq!((head.status, lines(&head)), (200, vec![DATED, MINUTE, TAG]));
    let holding = response(&head).unwrap().part.clone().unwrap();
    assert_eq!(holding.complete(), Some(10));
    let range = crate::semantics::range::ByteRange::new(2, 4).unwrap();
    assert_eq!(holding.ranges(), [range]);
    for range in [
        "bytes 4-2/10",
        "bytes */10",
        "items 0-1/2",
        "bytes 0-10/10",
        "",
    ] {
        let why = "partial-undescribed";
        refused(&[], 206, &[MINUTE, ("Content-Range", range)], why);
    }
    refused(&[], 206, &[MINUTE], "partial-undescribed");
}

#[test]
fn rfc_9111_4_2_1_terms_come_from_the_origin() {
    for (cache_control, lifetime, unvalidated) in [
        ("max-age=60", 60, Unvalidated::WhenStaleToo),
        ("max-age=60, s-maxage=10", 10, Unvalidated::WhileFresh),
        ("max-age=60, must-revalidate", 60, Unvalidated::WhileFresh),
        ("max-age=60, no-cache", 60, Unvalidated::Never),
    ] {
        let head = stored(&[], 200, &[("Cache-Control", cache_control), TAG]);
        let terms = terms_of(&head);
        let found = (terms.lifetime.as_secs(), terms.unvalidated);
        assert_eq!(found, (lifetime, unvalidated), "{cache_control}");
    }
    // RFC 9213 §2.2: the targeted field goes before.
    let head = stored(&[], 200, &[MINUTE, ("CDN-Cache-Control", "max-age=5")]);
    assert_eq!(terms_of(&head).lifetime.as_secs(), 5);
}

#[test]
fn the_bytes_are_kept_past_their_lifetime_so_that_they_can_be_validated() {
    let day = Duration::from_secs(86_400);
    for (value, fresh, sie) in [
        ("max-age=60", 60, day),
        ("max-age=60, stale-if-error=5", 60, day),
        (
            "max-age=60, stale-if-error=200000",
            60,
            Duration::from_secs(200_000),
        ),
    ] {
        let head = stored(&[], 200, &[DATED, ("Cache-Control", value)]);
        assert_eq!(head.terms.fresh.as_secs(), fresh, "{value}");
        assert_eq!(head.terms.sie, sie, "{value}");
    }
    // What it is old already is not kept once more.
    let head = stored(&[], 200, &[MINUTE, ("Age", "20")]);
    assert_eq!(head.terms.fresh.as_secs(), 40);
    let aged_out = stored(&[], 200, &[MINUTE, ("Age", "90"), TAG]);
    assert_eq!(aged_out.terms.fresh, Duration::ZERO);
}

#[test]
fn a_tier_with_a_ttl_goes_by_its_own_clock() {
    let tier = fixed(Duration::from_secs(100));
    for (status, expected) in [
        (200, Some((100, 7, 8))),
        (203, Some((100, 7, 8))),
        (204, Some((100, 7, 8))),
        (206, Some((100, 7, 8))),
        (300, Some((100, 7, 8))),
        (301, Some((100, 7, 8))),
        (308, Some((100, 7, 8))),
        (404, Some((9, 0, 0))),
        (410, Some((9, 0, 0))),
        (302, None),
        (400, None),
        (500, None),
    ] {
        let terms = fixed_terms(&tier, status).map(|terms| {
            let sie = terms.stale_if_error.unwrap();
            (
                terms.lifetime.as_secs(),
                terms.stale_while_revalidate.as_secs(),
                sie.as_secs(),
            )
        });
        assert_eq!(terms, expected, "{status}");
    }
}

#[test]
fn a_tier_with_a_ttl_still_stores_nothing_private() {
    let tier = fixed(Duration::from_secs(100));
    for (value, expected) in [
        ("max-age=0, no-cache", None),
        ("no-store", Some("no-store")),
        ("private, max-age=60", Some("private")),
    ] {
        let found = received(&tier, &[], 200, &[("Cache-Control", value)]);
        let why = match found {
            Received::Store(head) => {
                assert_eq!(terms_of(&head).lifetime.as_secs(), 100, "{value}");
                None
            }
            Received::Refuse(why) => Some(why),
        };
        assert_eq!(why, expected, "{value}");
    }
    let found = received(&tier, &[], 302, &[MINUTE]);
    assert_eq!(found, Received::Refuse("status"));
}

#[test]
fn rfc_9111_4_3_4_a_304_replaces_fields_and_terms() {
    let old = stored(
        &[],
        200,
        &[
            DATED,
            MINUTE,
            TAG,
            ("X", "old"),
            ("Y", "kept"),
            ("Age", "10"),
        ],
    );
    let new = [
        ("Date", LATER_DATE),
        ("Cache-Control", "max-age=90"),
        ("X", "new"),
        ("Surrogate-Key", "t"),
    ];
    let head = kept(after_304(&old, &[], &new));
    assert_eq!(
        lines(&head),
        [new[0], new[1], TAG, ("X", "new"), ("Y", "kept"), new[3]]
    );
    assert_eq!((head.status, head.key.as_str()), (200, "uri"));
    assert_eq!(head.created, LATER);
    assert_eq!(terms_of(&head).lifetime.as_secs(), 90);
    // §4.2.3: its age begins anew.
    assert_eq!(response(&head).unwrap().initial_age, Duration::ZERO);
    assert!(head.tags.contains(&"t".to_owned()));
}

#[test]
fn rfc_9111_4_3_4_a_silent_304_begins_the_old_lifetime_anew() {
    let old = stored(&[], 200, &[DATED, MINUTE, TAG]);
    let head = kept(after_304(&old, &[], &[]));
    let dated = ("Date", LATER_DATE);
    assert_eq!(lines(&head), [dated, MINUTE, TAG]);
    assert_eq!(terms_of(&head).lifetime.as_secs(), 60);
    // An `Expires` beside it stays where it was, so it soon lies in the past.
    let expires = ("Expires", "Sun, 06 Nov 1994 08:50:37 GMT");
    let old = stored(&[], 200, &[DATED, expires, TAG]);
    assert_eq!(terms_of(&old).lifetime.as_secs(), 60);
    let head = kept(after_304(&old, &[], &[]));
    assert_eq!(terms_of(&head).lifetime, Duration::ZERO);
}

#[test]
fn rfc_9111_4_2_2_a_304_lengthens_what_is_guessed() {
    let old = stored(&[], 200, &[DATED, ("Last-Modified", CHANGED)]);
    let guessed = |head: &Head| (terms_of(head).basis, terms_of(head).lifetime.as_secs());
    assert_eq!(guessed(&old), (Basis::Heuristic, 100));
    let head = kept(after_304(&old, &[], &[("Date", LATER_DATE)]));
    // 1090 seconds since the change, as the newer `Date` tells it.
    assert_eq!(guessed(&head), (Basis::Heuristic, 109));
}

#[test]
fn rfc_9111_5_2_a_304_may_forbid_to_keep_what_it_freshens() {
    let old = stored(&[], 200, &[DATED, MINUTE, TAG]);
    let cookie = ("Set-Cookie", "a=b");
    let none: Lines<'_> = &[];
    for (request, new) in [
        (none, ("Cache-Control", "no-store")),
        (none, ("Cache-Control", "private")),
        (none, cookie),
        (&[("Authorization", "x")], ("X", "1")),
    ] {
        let found = after_304(&old, request, &[new]);
        let Some(Freshened::UseOnce(head)) = found else {
            panic!("{new:?}: {found:?}");
        };
        assert!(!lines(&head).contains(&cookie));
        assert!(lines(&head).contains(&TAG));
    }
}

#[test]
fn rfc_9111_5_2_2_what_directives_name_stays_out_whoever_says_so() {
    let naming = ("Cache-Control", "max-age=60, private=\"x\"");
    // The stored response names it, and the 304 brings it along.
    let old = stored(&[], 200, &[DATED, naming, TAG]);
    let head = kept(after_304(&old, &[], &[("X", "mine")]));
    assert_eq!(lines(&head), [("Date", LATER_DATE), naming, TAG]);
    // The 304 names it, and the stored response has it.
    let old = stored(&[], 200, &[DATED, MINUTE, TAG, ("X", "1")]);
    let head = kept(after_304(&old, &[], &[naming, ("X", "mine")]));
    assert_eq!(lines(&head), [("Date", LATER_DATE), naming, TAG]);
}

#[test]
fn what_our_own_sources_made_is_never_freshened() {
    let mut own = stored(&[], 200, &[MINUTE]);
    own.http = None;
    assert_eq!(after_304(&own, &[], &[MINUTE]), None);
    own.http = Some(Box::new(Http::Signpost(Default::default())));
    assert_eq!(after_304(&own, &[], &[MINUTE]), None);
    assert_eq!((variant(&own), response(&own)), (None, None));
}

fn part(range: &str, lines: Lines<'_>) -> Head {
    let range = [DATED, MINUTE, TAG, ("Content-Range", range)];
    let all: Vec<_> = range.iter().chain(lines).copied().collect();
    stored(&[], 206, &all)
}

fn join(one: &Head, other: &Head) -> Head {
    let of = |head: &Head| response(head).unwrap().part.clone().unwrap();
    let tag = fields(&[TAG]);
    let validators = crate::semantics::validators::Validators::of(&tag, RECEIVED);
    let both = of(one).join(&validators, &of(other), &validators).unwrap();
    joined(one, other, both.holding).unwrap()
}

#[test]
fn rfc_9111_3_4_parts_are_joined_under_the_newer_fields() {
    let first = part("bytes 0-4/10", &[("X", "old"), ("Y", "kept")]);
    let rest = part("bytes 5-9/10", &[("X", "new")]);
    let whole = join(&first, &rest);
    assert_eq!(
        lines(&whole),
        [
            DATED,
            MINUTE,
            TAG,
            ("X", "new"),
            ("Y", "kept"),
            ("Content-Length", "10")
        ]
    );
    assert_eq!(
        (whole.status, response(&whole).unwrap().part.as_ref()),
        (200, None)
    );
    // What is not whole yet says no length.
    let gap = join(&first, &part("bytes 8-9/10", &[]));
    let holding = response(&gap).unwrap().part.clone().unwrap();
    assert_eq!(holding.ranges().len(), 2);
    assert!(
        !lines(&gap)
            .iter()
            .any(|(name, _)| *name == "Content-Length")
    );
}
