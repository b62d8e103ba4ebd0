//! What `Cache-Status` tells (RFC 9211): by which caches, why, and with what.

use super::*;
use crate::ports::Secrets;
use crate::respond::cache_status::render;

const MINUTE: &str = "Cache-Control: max-age=60";
const SHIELD: &str = "forebay-shield; fwd=miss";

#[track_caller]
fn tells(answer: &AnswerOf<World>, expected: &str) {
    assert_eq!(render(&answer.outcome), expected);
}

/// A site whose answers are kept in memory alone.
fn in_memory() -> World {
    World::new(proxied_site(Some(Tier {
        layers: Layers::MEMORY,
        ..http_tier()
    })))
}

#[test]
fn a_miss_then_a_hit() {
    let world = proxied();
    world.says(200, &[MINUTE], "one");
    tells(
        &world.ask("GET", "/a", &[]),
        &format!(
            "{SHIELD}; fwd-status=200, forebay-global; fwd=uri-miss; stored, \
             forebay-colo; fwd=uri-miss; stored, forebay-memory; fwd=uri-miss; stored"
        ),
    );
    world.advance(10);
    tells(&world.ask("GET", "/a", &[]), "forebay-memory; hit; ttl=50");
    world.run_background();
    tells(
        &world.elsewhere().ask("GET", "/a", &[]),
        "forebay-colo; hit; ttl=50, forebay-memory; fwd=uri-miss",
    );
}

#[test]
fn what_goes_straight_says_why() {
    let world = in_memory();
    world.says(201, &[], "");
    tells(
        &world.ask("POST", "/a", &[]),
        "forebay; fwd=method; fwd-status=201",
    );
    world.says(200, &[MINUTE], "");
    tells(
        &world.ask("GET", "/a", &["Cache-Control: no-store"]),
        "forebay; fwd=request; fwd-status=200",
    );
    world.says(101, &[], "");
    tells(
        &world.ask("GET", "/a", &["Upgrade: websocket"]),
        "forebay; fwd=bypass; fwd-status=101",
    );
    world.fails(Kind::BadGateway);
    tells(&world.ask("PUT", "/a", &[]), "forebay; fwd=method");
    let plain = World::new(proxied_site(None));
    plain.says(404, &[], "");
    tells(
        &plain.ask("GET", "/a", &[]),
        "forebay; fwd=bypass; fwd-status=404",
    );
}

#[test]
fn a_validation_is_the_layers_whose_response_it_was() {
    let tagged = [MINUTE, "ETag: \"a\""];
    let world = in_memory();
    world.says(200, &tagged, "one");
    world.ask("GET", "/a", &[]);
    world.says(304, &tagged, "");
    // For one client alone, so without the shield.
    tells(
        &world.ask("GET", "/a", &["Cache-Control: no-cache"]),
        "forebay-memory; fwd=request; fwd-status=304; stored",
    );
    world.advance(70);
    world.says(304, &tagged, "");
    tells(
        &world.ask("GET", "/a", &[]),
        &format!("{SHIELD}; fwd-status=304, forebay-memory; fwd=stale; fwd-status=304; stored"),
    );
    world.advance(70);
    world.says(200, &tagged, "two");
    tells(
        &world.ask("GET", "/a", &[]),
        &format!("{SHIELD}; fwd-status=200, forebay-memory; fwd=stale; stored"),
    );
}

#[test]
fn another_variant_is_a_miss_of_the_variant() {
    let world = in_memory();
    let varies = [MINUTE, "Vary: Foo"];
    for (line, expected) in [
        ("Foo: 1", "forebay-memory; fwd=uri-miss; stored"),
        ("Foo: 2", "forebay-memory; fwd=vary-miss; stored"),
    ] {
        world.says(200, &varies, "");
        let expected = format!("{SHIELD}; fwd-status=200, {expected}");
        tells(&world.ask("GET", "/a", &[line]), &expected);
    }
}

#[test]
fn a_part_that_is_not_what_is_asked_for_is_partial() {
    let world = in_memory();
    let part = [MINUTE, "ETag: \"a\"", "Content-Range: bytes 0-1/6"];
    world.says(206, &part, "ab");
    world.ask("GET", "/a", &["Range: bytes=0-1"]);
    let rest = [MINUTE, "ETag: \"a\"", "Content-Range: bytes 2-5/6"];
    world.says(206, &rest, "cdef");
    let whole = world.ask("GET", "/a", &[]);
    assert_eq!((whole.head.status, text(&whole).as_str()), (200, "abcdef"));
    tells(
        &whole,
        &format!("{SHIELD}; fwd-status=206, forebay-memory; fwd=partial; stored"),
    );
}

#[test]
fn what_guards_a_write_is_for_the_origin_though_the_store_is_fresh() {
    let world = in_memory();
    world.says(200, &[MINUTE, "ETag: \"a\""], "one");
    world.ask("GET", "/a", &[]);
    world.says(412, &[], "");
    tells(
        &world.ask("GET", "/a", &["If-Match: \"b\""]),
        "forebay-memory; fwd=request; fwd-status=412; detail=one-request-only",
    );
}

#[test]
fn failures_say_how_far_the_request_came() {
    let world = in_memory();
    world.fails(Kind::Unavailable);
    let failed = world.ask("GET", "/a", &[]);
    assert_eq!(failed.head.status, 503);
    assert_eq!(failed.outcome.verdict, CacheVerdict::Miss);
    tells(&failed, &format!("{SHIELD}, forebay-memory; fwd=uri-miss"));
    tells(
        &world.ask("GET", "/a", &["Cache-Control: only-if-cached"]),
        "forebay-memory; detail=only-if-cached",
    );
    tells(
        &world.ask("GET", "/a", &["Cache-Control: only-if-cached, no-store"]),
        "forebay; detail=only-if-cached",
    );
}

#[test]
fn stale_answers_say_whether_the_origin_had_one() {
    let world = in_memory();
    let lines = ["Cache-Control: max-age=60, stale-if-error=600"];
    world.says(200, &lines, "one");
    world.ask("GET", "/a", &[]);
    world.advance(70);
    world.says(503, &[], "");
    tells(
        &world.ask("GET", "/a", &[]),
        &format!("{SHIELD}; fwd-status=503, forebay-memory; fwd=stale; detail=stale-if-error"),
    );
    world.fails(Kind::Unavailable);
    tells(
        &world.ask("GET", "/a", &[]),
        &format!("{SHIELD}, forebay-memory; hit; ttl=-10; detail=stale-if-error"),
    );
}

#[test]
fn the_key_is_told_to_operators_and_its_digest_to_whoever_asks() {
    let world = in_memory();
    let secrets = Secrets {
        admin_token: Some("a-token".into()),
        ..secrets()
    };
    let ask = |given: &str| {
        let fields: Fields = [("Forebay-Debug", given)]
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .into_iter()
            .collect();
        *world.0.origin.fields.borrow_mut() = fields;
        let request = RequestHead {
            method: "GET",
            base: "https://site.example",
            path: "/a",
            search: "q=\"",
            ..RequestHead::default()
        };
        let site = world.0.site.clone();
        let served = crate::pipeline::serve::serve(&world, &site, &secrets, &request, "id");
        world.drive(served)
    };
    world.says(200, &[MINUTE], "one");
    let told = render(&ask("a-token").outcome);
    // The token is this site's secret, not the origin's.
    assert_eq!(world.was_sent("Forebay-Debug"), None);
    assert!(
        told.ends_with(
            "; key=\"f0|6:public|6:scheme=5:https|4:host=12:site.example|4:path=2:/a|5:query=3:q=\\\"\""
        ),
        "{told}"
    );
    let told = render(&ask("guess").outcome);
    let digest = told
        .strip_prefix("forebay-memory; hit; ttl=60; key=\"")
        .and_then(|rest| rest.strip_suffix('"'));
    assert_eq!(digest.map(str::len), Some(64), "{told}");
}

#[test]
fn the_quick_lane_leaves_to_the_other_one_what_shows_the_key() {
    let world = in_memory();
    world.says(200, &[MINUTE], "one");
    world.ask("GET", "/a", &[]);
    let request = RequestHead {
        method: "GET",
        base: "https://site.example",
        path: "/a",
        ..RequestHead::default()
    };
    assert!(world.quick(&request).is_some());
    let told = render(&world.ask("GET", "/a", &["Forebay-Debug: guess"]).outcome);
    assert!(told.contains("; key="), "{told}");
    // With the fields of that request.
    assert!(world.quick(&request).is_none());
}
