use super::*;
use crate::policy::lifetime::{Arrival, terms};
use crate::semantics::targeted::{TargetList, governing};
use crate::time::Timestamp;
use std::time::Duration;

mod oracle;

const RECEIVED: Timestamp = Timestamp::from_millis(1_795_219_200_000);
const FUTURE: &str = "Wed, 18 Aug 2049 02:01:18 GMT";

/// What of an exchange is not in the response's fields.
#[derive(Clone, Copy)]
struct Asked<'a> {
    method: Method,
    cache_control: &'a str,
    authorization: Authorization,
    content_location: ContentLocation,
}

const GET: Asked<'_> = Asked {
    method: Method::Get,
    cache_control: "",
    authorization: Authorization::Absent,
    content_location: ContentLocation::Absent,
};

fn storability(asked: Asked<'_>, status: u16, lines: &[(&str, &str)]) -> Storability {
    let response: Fields = lines.iter().copied().collect();
    let governing = governing(&response, &TargetList::default());
    let arrival = Arrival {
        status,
        response: &response,
        governing: &governing,
        received: RECEIVED,
    };
    let request = Fields::from_iter([("Cache-Control", asked.cache_control)]);
    decide(&Candidate {
        method: asked.method,
        request: &RequestDirectives::of(&request),
        authorization: asked.authorization,
        status,
        response: &response,
        directives: &governing.directives,
        terms: &terms(&arrival, Duration::from_secs(86_400)),
        content_location: asked.content_location,
    })
}

fn whole(omitted: &[&str]) -> Storability {
    Storability::Store {
        form: Form::Whole,
        omitted: omitted.iter().map(|name| (*name).to_owned()).collect(),
    }
}

#[track_caller]
fn stored(asked: Asked<'_>, status: u16, lines: &[(&str, &str)]) {
    assert_eq!(
        storability(asked, status, lines),
        whole(&[]),
        "{status} {lines:?}"
    );
}

#[track_caller]
fn refused(asked: Asked<'_>, status: u16, lines: &[(&str, &str)], why: Refusal) {
    let expected = Storability::Refuse(why);
    assert_eq!(
        storability(asked, status, lines),
        expected,
        "{status} {lines:?}"
    );
}

fn cc(value: &str) -> [(&str, &str); 1] {
    [("Cache-Control", value)]
}

/// RFC 9111 §3, RFC 9110 §9.3.
#[test]
fn get_is_stored_and_post_only_as_the_state_of_its_target() {
    let fresh = cc("max-age=60");
    stored(GET, 200, &fresh);
    let with = |method| Asked { method, ..GET };
    refused(with(Method::Head), 200, &fresh, Refusal::Head);
    refused(with(Method::Other), 200, &fresh, Refusal::Method);
    refused(with(Method::Post), 200, &fresh, Refusal::Post);
    let post = |content_location| Asked {
        content_location,
        ..with(Method::Post)
    };
    refused(post(ContentLocation::Elsewhere), 200, &fresh, Refusal::Post);
    let same = post(ContentLocation::SameAsTarget);
    stored(same, 200, &fresh);
    stored(same, 200, &[("Expires", FUTURE)]);
    refused(same, 201, &fresh, Refusal::Post);
    refused(same, 200, &[("ETag", "\"a\"")], Refusal::Post);
    refused(same, 200, &cc("max-age=60, no-store"), Refusal::NoStore);
}

/// RFC 9111 §3: any final status with an explicit freshness, and those that may be guessed without.
#[test]
fn statuses() {
    let fresh = cc("max-age=60");
    for status in [
        200, 203, 204, 299, 301, 302, 303, 307, 308, 400, 404, 410, 499, 500, 502, 503, 504, 599,
    ] {
        stored(GET, status, &fresh);
    }
    for status in [0, 100, 103, 199, 600, 999] {
        refused(GET, status, &fresh, Refusal::NotFinal);
    }
    refused(GET, 304, &fresh, Refusal::Status(Unstorable::Freshens));
    refused(GET, 429, &fresh, Refusal::Status(Unstorable::ByDefinition));
    refused(
        GET,
        416,
        &fresh,
        Refusal::Status(Unstorable::OneRequestOnly),
    );
    let etag = [("ETag", "\"a\"")];
    stored(GET, 404, &etag);
    refused(GET, 403, &etag, Refusal::NoFreshness);
    stored(GET, 403, &[("ETag", "\"a\""), ("Cache-Control", "public")]);
    refused(
        GET,
        403,
        &[("ETag", "\"a\""), ("Cache-Control", "public=1")],
        Refusal::NoFreshness,
    );
}

/// RFC 9111 §3.3.
#[test]
fn a_part_is_stored_as_a_part_when_it_says_of_what() {
    let range = ("Content-Range", "bytes 0-4/10");
    let fresh = ("Cache-Control", "max-age=60");
    let partial = Storability::Store {
        form: Form::Partial,
        omitted: Vec::new(),
    };
    assert_eq!(storability(GET, 206, &[fresh, range]), partial);
    assert_eq!(storability(GET, 200, &[fresh, range]), whole(&[]));
    for lines in [
        &[fresh][..],
        &[fresh, ("Content-Range", "lines 0-4/10")],
        &[fresh, range, ("Content-Range", "bytes 5-9/10")],
        &[
            fresh,
            range,
            ("Content-Type", "Multipart/Byteranges; boundary=x"),
        ],
    ] {
        refused(GET, 206, lines, Refusal::PartialUndescribed);
    }
}

/// RFC 9111 §5.2.2.3.
#[test]
fn must_understand_lifts_no_store_where_we_understand() {
    stored(GET, 200, &cc("max-age=60, no-store, must-understand"));
    stored(GET, 200, &cc("max-age=60, must-understand"));
    refused(
        GET,
        599,
        &cc("max-age=60, no-store, must-understand"),
        Refusal::NotUnderstood,
    );
    refused(
        GET,
        599,
        &cc("max-age=60, must-understand"),
        Refusal::NotUnderstood,
    );
    refused(
        GET,
        200,
        &cc("max-age=60, no-store, must-understand=1"),
        Refusal::NoStore,
    );
    refused(GET, 200, &cc("max-age=60, no-store"), Refusal::NoStore);
    refused(GET, 200, &cc("max-age=60, No-StOrE"), Refusal::NoStore);
    refused(
        GET,
        200,
        &cc("max-age=60, x=\"y, no-store"),
        Refusal::NoStore,
    );
}

/// RFC 9111 §5.2.1.5.
#[test]
fn a_request_may_forbid_storing() {
    let asked = Asked {
        cache_control: "no-store",
        ..GET
    };
    refused(
        asked,
        200,
        &cc("max-age=60, must-understand"),
        Refusal::RequestNoStore,
    );
}

/// RFC 9111 §5.2.2.4 and §5.2.2.7.
#[test]
fn private_keeps_out_the_response_or_the_fields_it_names() {
    refused(GET, 200, &cc("max-age=60, private"), Refusal::Private);
    refused(
        GET,
        200,
        &cc("max-age=60, public, private"),
        Refusal::Private,
    );
    refused(
        GET,
        200,
        &cc("max-age=60, private=\"vary\""),
        Refusal::Private,
    );
    let found = storability(
        GET,
        200,
        &cc("max-age=60, private=\"X-A, x-b\", no-cache=\"c\""),
    );
    assert_eq!(found, whole(&["x-a", "x-b", "c"]));
}

#[test]
fn a_cookie_is_never_stored() {
    let cookie = ("Set-Cookie", "a=b");
    let with = |value| [("Cache-Control", value), cookie];
    refused(GET, 200, &with("public, s-maxage=60"), Refusal::SetCookie);
    let named = storability(GET, 200, &with("max-age=60, private=\"Set-Cookie\""));
    assert_eq!(named, whole(&["set-cookie"]));
    let named = storability(GET, 200, &with("max-age=60, no-cache=\"set-cookie\""));
    assert_eq!(named, whole(&["set-cookie"]));
}

/// RFC 9111 §3.5.
#[test]
fn credentials_forbid_storing_unless_a_directive_lifts_that() {
    let asked = Asked {
        authorization: Authorization::Present,
        ..GET
    };
    for lifting in ["public", "must-revalidate", "s-maxage=60"] {
        stored(asked, 200, &cc(&format!("max-age=60, {lifting}")));
    }
    for silent in [
        "",
        "proxy-revalidate",
        "s-maxage=x",
        "public=1",
        "must-revalidate=x",
        "immutable",
    ] {
        let value = format!("max-age=60, {silent}");
        refused(
            asked,
            200,
            &[("Cache-Control", &value), ("ETag", "\"a\"")],
            Refusal::Authorization,
        );
    }
    let targeted = [
        ("CDN-Cache-Control", "max-age=60"),
        ("Cache-Control", "public, max-age=60"),
    ];
    refused(asked, 200, &targeted, Refusal::Authorization);
}

/// RFC 9213 §2.2.
#[test]
fn a_targeted_field_decides_alone() {
    let with = |cdn| {
        [
            ("CDN-Cache-Control", cdn),
            ("Cache-Control", "no-store"),
            ("Expires", FUTURE),
        ]
    };
    stored(GET, 200, &with("max-age=60"));
    refused(GET, 200, &with("&&&"), Refusal::NoStore);
    refused(GET, 200, &with("private"), Refusal::Private);
    refused(GET, 403, &with("foo"), Refusal::NoFreshness);
}

#[test]
fn what_could_never_be_used_is_not_stored() {
    let never = Refusal::NeverReusable;
    refused(GET, 200, &[], never);
    refused(GET, 200, &cc("max-age=0"), never);
    refused(GET, 200, &cc("max-age=60, no-cache"), never);
    refused(
        GET,
        200,
        &cc("max-age=0, must-revalidate, stale-if-error=9"),
        never,
    );
    stored(GET, 200, &cc("max-age=0, stale-while-revalidate=9"));
    stored(GET, 200, &cc("max-age=0, stale-if-error=9"));
    for validator in [
        ("ETag", "\"a\""),
        ("Last-Modified", "Sun, 06 Nov 1994 08:49:37 GMT"),
    ] {
        stored(GET, 200, &[validator]);
        stored(GET, 200, &[validator, ("Cache-Control", "no-cache")]);
    }
}

#[test]
fn the_names_of_the_refusals_are_stable_and_differ() {
    let names = [
        (Refusal::Method, "method"),
        (Refusal::Post, "post"),
        (Refusal::Head, "head"),
        (Refusal::NotFinal, "not-final"),
        (Refusal::Status(Unstorable::Freshens), "not-modified"),
        (Refusal::Status(Unstorable::ByDefinition), "status"),
        (
            Refusal::Status(Unstorable::OneRequestOnly),
            "one-request-only",
        ),
        (Refusal::PartialUndescribed, "partial-undescribed"),
        (Refusal::NotUnderstood, "not-understood"),
        (Refusal::RequestNoStore, "request-no-store"),
        (Refusal::NoStore, "no-store"),
        (Refusal::Private, "private"),
        (Refusal::SetCookie, "set-cookie"),
        (Refusal::Authorization, "authorization"),
        (Refusal::NoFreshness, "no-freshness"),
        (Refusal::NeverReusable, "never-reusable"),
    ];
    for (refusal, name) in names {
        assert_eq!(refusal.as_str(), name);
    }
}
