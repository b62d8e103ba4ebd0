use super::*;
use crate::cache::freshness::Freshness;
use crate::config::site::{QueryId, Source};
use crate::policy::{Layers, Tier};
use crate::time::Timestamp;
use std::time::Duration;

fn stored(coding: Coding, status: u16) -> Head {
    Head {
        key: "k".into(),
        status,
        headers: vec![("Content-Type".into(), "application/json".into())],
        coding,
        created: Timestamp::from_millis(784_111_777_000),
        initial_age_s: 0,
        terms: Terms::default(),
        etag: "abc".into(),
        last_modified: Timestamp::from_millis(784_111_777_000),
        tags: vec![],
        seq: crate::purge::seq::PurgeSeq::ZERO,
        http: None,
    }
}

fn route(auth: Auth) -> Route {
    let tier = Tier {
        name: "t".into(),
        ttl: Duration::from_secs(60),
        swr: Duration::ZERO,
        sie: Duration::ZERO,
        negative_ttl: Duration::from_secs(5),
        layers: Layers::ALL,
        private: auth == Auth::Token,
        eager: None,
        soft_timeout: None,
        honor_origin: None,
    };
    Route {
        pattern: "GET /a".into(),
        params: vec![],
        source: Source::Query(QueryId(0)),
        tier: Some(tier),
        auth,
        query: vec![],
        fingerprint: "f".into(),
        tags: Default::default(),
        batch: None,
        purge: Vec::new(),
        warm: None,
        fallback: None,
        query_rule: crate::key::uri::QueryRule::default(),
        image: None,
        type_tiers: Vec::new(),
    }
}

fn check(stored: &Head, request: RequestHead<'_>, auth: Auth) -> (Shape, ResponseHead) {
    let shape = shape(stored, &request);
    let standing = Standing {
        age_s: 7,
        ttl_s: 53,
        freshness: Freshness::Fresh,
    };
    let terms = Terms {
        fresh: Duration::from_secs(60),
        ..Terms::default()
    };
    let head = head(stored, shape, &standing, terms, &route(auth), "/a");
    (shape, head)
}

fn get() -> RequestHead<'static> {
    RequestHead {
        method: "GET",
        path: "/a",
        ..RequestHead::default()
    }
}

#[test]
fn a_full_answer_carries_validators_age_and_terms() {
    let (shape, head) = check(&stored(Coding::Identity, 200), get(), Auth::None);
    assert_eq!((shape, head.status), (Shape::Full(Coding::Identity), 200));
    let expected = [
        ("Content-Type", "application/json"),
        ("ETag", "\"abc\""),
        ("Last-Modified", "Sun, 06 Nov 1994 08:49:37 GMT"),
        ("Cache-Control", "public, max-age=60"),
        ("Age", "7"),
    ];
    let fields: Vec<_> = head
        .fields
        .iter()
        .map(|(n, v)| (n.as_ref(), v.as_str()))
        .collect();
    assert_eq!(fields, expected);
}

#[test]
fn each_coding_has_its_own_tag_and_either_tag_validates() {
    let gzip = RequestHead {
        accept_encoding: Some("gzip"),
        ..get()
    };
    let (shape, head) = check(&stored(Coding::Gzip, 200), gzip, Auth::None);
    assert_eq!(shape, Shape::Full(Coding::Gzip));
    assert_eq!(head.get("ETag"), Some("\"abc-gz\""));
    assert_eq!(head.get("Content-Encoding"), Some("gzip"));
    assert_eq!(head.get("Vary"), Some("Accept-Encoding"));
    for tag in ["\"abc\"", "\"abc-gz\"", "W/\"abc\"", "\"x\", \"abc\"", "*"] {
        let conditional = RequestHead {
            if_none_match: Some(tag),
            ..gzip
        };
        let (shape, head) = check(&stored(Coding::Gzip, 200), conditional, Auth::None);
        assert_eq!(
            (shape, head.status),
            (Shape::NotModified(Coding::Gzip), 304),
            "{tag}"
        );
        assert_eq!(
            (head.get("Content-Type"), head.get("Content-Encoding")),
            (None, None)
        );
        assert_eq!(head.get("Vary"), Some("Accept-Encoding"));
    }
}

#[test]
fn a_condition_that_does_not_hold_changes_nothing() {
    for tag in ["\"abd\"", "abc", ""] {
        let conditional = RequestHead {
            if_none_match: Some(tag),
            ..get()
        };
        let (shape, _) = check(&stored(Coding::Identity, 200), conditional, Auth::None);
        assert_eq!(shape, Shape::Full(Coding::Identity), "{tag}");
    }
    let since = |date| RequestHead {
        if_modified_since: Some(date),
        ..get()
    };
    let shape = |date| check(&stored(Coding::Identity, 200), since(date), Auth::None).0;
    assert_eq!(
        shape("Sun, 06 Nov 1994 08:49:37 GMT"),
        Shape::NotModified(Coding::Identity)
    );
    assert_eq!(
        shape("Sun, 06 Nov 1994 08:49:36 GMT"),
        Shape::Full(Coding::Identity)
    );
}

#[test]
fn a_remembered_absence_has_no_validators_and_is_never_a_304() {
    let any = RequestHead {
        if_none_match: Some("*"),
        ..get()
    };
    let (shape, head) = check(&stored(Coding::Identity, 404), any, Auth::None);
    assert_eq!((shape, head.status), (Shape::Full(Coding::Identity), 404));
    assert_eq!((head.get("ETag"), head.get("Last-Modified")), (None, None));
}

#[test]
fn what_a_token_opens_is_private_and_varies_by_it() {
    let (_, head) = check(&stored(Coding::Gzip, 200), get(), Auth::Token);
    assert_eq!(head.get("Cache-Control"), Some("private, max-age=60"));
    assert_eq!(head.get("Vary"), Some("Accept-Encoding, Authorization"));
}
