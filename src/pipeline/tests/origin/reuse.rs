//! One URI, without variants: storing, reuse, validation, ranges, failures.

use super::*;
use crate::outcome::{ForwardWhy, Layer};
use crate::pipeline::operate::keys::resolve;
use CacheVerdict::{Bypass, Expired, Hit, Miss, Revalidated, Stale};

const MINUTE: &str = "Cache-Control: max-age=60";

#[test]
fn a_miss_is_stored_and_hits_until_its_lifetime_ends() {
    let world = proxied();
    world.says(200, &[MINUTE, "ETag: \"a\"", "X: 1", "X: 2"], "one");
    let miss = world.ask("GET", "/a?q=1", &[]);
    check(&miss, 200, Miss, "one");
    assert_eq!(miss.head.get("Age"), None);
    assert_eq!(miss.outcome.forwarded.unwrap().why, ForwardWhy::UriMiss);
    world.advance(59);
    let hit = world.ask("GET", "/a?q=1", &[]);
    check(&hit, 200, Hit, "one");
    assert_eq!(hit.head.get("Age"), Some("59"));
    let xs: Vec<_> = hit
        .head
        .fields
        .iter()
        .filter(|(name, _)| name == "X")
        .collect();
    assert_eq!(xs.len(), 2);
    assert_eq!(hit.outcome.forwarded, None);
    world.advance(1);
    world.says(200, &[MINUTE], "two");
    check(&world.ask("GET", "/a?q=1", &[]), 200, Expired, "two");
    assert_eq!(world.was_sent("If-None-Match").as_deref(), Some("\"a\""));
    assert_eq!(world.contacts(), 2);
}

#[test]
fn what_may_not_be_stored_is_asked_for_each_time() {
    for line in [
        "Cache-Control: no-store, max-age=60",
        "Cache-Control: private, max-age=60",
        "Cache-Control: max-age=0",
        "Vary: *",
    ] {
        let world = proxied();
        for body in ["one", "two"] {
            world.says(200, &[line], body);
            check(&world.ask("GET", "/a", &[]), 200, Miss, body);
        }
        assert!(world.layers_written().is_empty(), "{line}");
    }
    let world = proxied();
    for body in ["one", "two"] {
        world.says(200, &[MINUTE, "Set-Cookie: a=b"], body);
        let answer = world.ask("GET", "/a", &[]);
        assert_eq!(answer.head.get("Set-Cookie"), Some("a=b"));
    }
    assert_eq!(world.contacts(), 2);
}

#[test]
fn a_304_freshens_what_is_stored() {
    let world = proxied();
    world.says(200, &[MINUTE, "ETag: \"a\"", "X: old"], "one");
    world.ask("GET", "/a", &[]);
    world.advance(61);
    world.says(
        304,
        &["Cache-Control: max-age=90", "ETag: \"a\"", "X: new"],
        "",
    );
    let answer = world.ask("GET", "/a", &[]);
    check(&answer, 200, Revalidated, "one");
    assert_eq!(answer.head.get("X"), Some("new"));
    world.advance(80);
    let answer = world.ask("GET", "/a", &[]);
    check(&answer, 200, Hit, "one");
    assert_eq!(
        (answer.head.get("X"), answer.head.get("Age")),
        (Some("new"), Some("80"))
    );
}

#[test]
fn a_304_about_nothing_that_is_here_is_asked_again_without_conditions() {
    let world = proxied();
    world.says(200, &[MINUTE, "ETag: \"a\""], "one");
    world.ask("GET", "/a", &[]);
    world.advance(61);
    world.says(304, &["ETag: \"b\""], "");
    world.says(200, &[MINUTE, "ETag: \"b\""], "two");
    check(&world.ask("GET", "/a", &[]), 200, Expired, "two");
    assert_eq!(world.was_sent("If-None-Match"), None);
}

#[test]
fn clients_are_answered_304_and_ranges_from_the_store() {
    let world = proxied();
    world.says(
        200,
        &[MINUTE, "ETag: \"a\"", "Content-Type: text/plain"],
        "0123456789",
    );
    // The client's condition is not for the origin: the whole is to be stored.
    let answer = world.ask("GET", "/a", &["If-None-Match: \"x\""]);
    check(&answer, 200, Miss, "0123456789");
    assert_eq!(world.was_sent("If-None-Match"), None);
    check(
        &world.ask("GET", "/a", &["If-None-Match: \"a\""]),
        304,
        Hit,
        "",
    );
    let part = world.ask("GET", "/a", &["Range: bytes=2-4"]);
    check(&part, 206, Hit, "234");
    assert_eq!(part.head.get("Content-Range"), Some("bytes 2-4/10"));
    assert_eq!(part.head.get("Content-Length"), Some("3"));
    let none = world.ask("GET", "/a", &["Range: bytes=10-"]);
    check(&none, 416, Hit, "");
    assert_eq!(none.head.get("Content-Range"), Some("bytes */10"));
    let several = world.ask("GET", "/a", &["Range: bytes=0-0, -1"]);
    assert_eq!(several.head.status, 206);
    assert!(text(&several).contains("Content-Range: bytes 9-9/10\r\n\r\n9"));
    let stale_if_range = ["Range: bytes=2-4", "If-Range: \"z\""];
    check(
        &world.ask("GET", "/a", &stale_if_range),
        200,
        Hit,
        "0123456789",
    );
    check(&world.ask("HEAD", "/a", &[]), 200, Hit, "");
    assert_eq!(world.contacts(), 1);
}

#[test]
fn what_guards_a_write_is_for_the_origin_to_judge() {
    let world = proxied();
    world.says(200, &[MINUTE, "ETag: \"a\""], "one");
    world.ask("GET", "/a", &[]);
    world.says(412, &[], "no");
    let answer = world.ask("GET", "/a", &["If-Match: \"b\""]);
    assert_eq!(answer.head.status, 412);
    assert_eq!(world.was_sent("If-Match").as_deref(), Some("\"b\""));
    assert_eq!(answer.outcome.forwarded.unwrap().why, ForwardWhy::Request);
}

#[test]
fn parts_are_stored_answer_their_own_and_are_completed() {
    let world = proxied();
    let part = [MINUTE, "ETag: \"a\"", "Content-Range: bytes 0-4/10"];
    world.says(206, &part, "01234");
    let first = world.ask("GET", "/a", &["Range: bytes=0-4"]);
    check(&first, 206, Miss, "01234");
    let inner = world.ask("GET", "/a", &["Range: bytes=1-2"]);
    check(&inner, 206, Hit, "12");
    assert_eq!(inner.head.get("Content-Range"), Some("bytes 1-2/10"));
    let rest = [MINUTE, "ETag: \"a\"", "Content-Range: bytes 5-9/10"];
    world.says(206, &rest, "56789");
    let whole = world.ask("GET", "/a", &[]);
    check(&whole, 200, Miss, "0123456789");
    assert_eq!(world.was_sent("Range").as_deref(), Some("bytes=5-"));
    assert_eq!(world.was_sent("If-Range").as_deref(), Some("\"a\""));
    assert_eq!(whole.head.get("Content-Range"), None);
    check(&world.ask("GET", "/a", &[]), 200, Hit, "0123456789");
    assert_eq!(world.contacts(), 2);
}

#[test]
fn a_part_of_another_representation_is_not_joined() {
    let world = proxied();
    world.says(
        206,
        &[MINUTE, "ETag: \"a\"", "Content-Range: bytes 0-4/10"],
        "01234",
    );
    world.ask("GET", "/a", &["Range: bytes=0-4"]);
    world.says(
        206,
        &[MINUTE, "ETag: \"b\"", "Content-Range: bytes 5-9/10"],
        "vwxyz",
    );
    world.says(200, &[MINUTE, "ETag: \"b\""], "qrstuvwxyz");
    check(&world.ask("GET", "/a", &[]), 200, Miss, "qrstuvwxyz");
    assert_eq!(world.was_sent("Range"), None);
}

#[test]
fn stale_while_revalidate_answers_at_once_and_asks_behind() {
    let world = proxied();
    let lines = [
        "Cache-Control: max-age=10, stale-while-revalidate=30",
        "ETag: \"a\"",
    ];
    world.says(200, &lines, "one");
    world.ask("GET", "/a", &[]);
    world.run_background();
    world.advance(20);
    world.says(200, &lines, "two");
    check(&world.ask("GET", "/a", &["Accept: x/y"]), 200, Stale, "one");
    assert_eq!(world.contacts(), 1);
    world.run_background();
    assert_eq!(world.was_sent("Accept").as_deref(), Some("x/y"));
    check(&world.ask("GET", "/a", &[]), 200, Hit, "two");
    world.advance(41);
    world.says(200, &lines, "three");
    check(&world.ask("GET", "/a", &[]), 200, Expired, "three");
}

#[test]
fn a_failing_origin_is_stood_in_for_where_that_is_allowed() {
    let rows: [(&str, &str, Option<u16>); 5] = [
        ("max-age=10", "unreachable", None),
        ("max-age=10, stale-if-error=5", "unreachable", Some(503)),
        ("max-age=10, stale-if-error=60", "500", None),
        ("max-age=10", "500", Some(500)),
        ("max-age=10, must-revalidate", "unreachable", Some(504)),
    ];
    for (control, how, expected) in rows {
        let world = proxied();
        world.says(
            200,
            &[&format!("Cache-Control: {control}"), "ETag: \"a\""],
            "one",
        );
        world.ask("GET", "/a", &[]);
        world.advance(20);
        match how {
            "500" => world.says(500, &[], "broken"),
            _ => world.fails(Kind::Unavailable),
        }
        let answer = world.ask("GET", "/a", &[]);
        match expected {
            None => check(&answer, 200, Stale, "one"),
            Some(status) => assert_eq!(answer.head.status, status, "{control} {how}"),
        }
    }
}

#[test]
fn clients_say_how_old_an_answer_may_be() {
    let world = proxied();
    world.says(200, &[MINUTE, "ETag: \"a\""], "one");
    world.ask("GET", "/a", &[]);
    world.advance(5);
    world.says(304, &[MINUTE, "ETag: \"a\""], "");
    let reload = world.ask("GET", "/a", &["Cache-Control: no-cache"]);
    check(&reload, 200, Revalidated, "one");
    assert_eq!(reload.outcome.forwarded.unwrap().why, ForwardWhy::Request);
    // Nobody else's answer would do.
    assert_eq!(world.0.origin.through_shield.get(), 1);
    check(
        &world.ask("GET", "/a", &["Cache-Control: only-if-cached"]),
        200,
        Hit,
        "one",
    );
    let answer = world.ask("GET", "/b", &["Cache-Control: only-if-cached"]);
    assert_eq!(answer.head.status, 504);
    world.says(200, &[MINUTE], "secret");
    check(
        &world.ask("GET", "/a", &["Cache-Control: no-store"]),
        200,
        Bypass,
        "secret",
    );
    check(&world.ask("GET", "/a", &[]), 200, Hit, "one");
}

#[test]
fn a_body_that_streams_is_stored_when_it_is_whole() {
    let world = proxied();
    world.streams(&[MINUTE, "Content-Length: 3"], Ok("one"));
    check(&world.ask("GET", "/a", &[]), 200, Miss, "one");
    world.run_background();
    check(&world.ask("GET", "/a", &[]), 200, Hit, "one");
    for (lines, body) in [
        (&[MINUTE][..], Err(())),
        (&[MINUTE, "Content-Length: 9"], Ok("short")),
    ] {
        let world = proxied();
        world.streams(lines, body);
        world.ask("GET", "/a", &[]);
        world.run_background();
        assert!(world.layers_written().is_empty());
    }
}

#[test]
fn far_layers_hold_it_too_and_give_it_to_others() {
    let world = proxied();
    world.says(200, &[MINUTE, "ETag: \"a\""], "one");
    world.ask("GET", "/a", &[]);
    world.run_background();
    assert_eq!(world.layers_written(), [Layer::Colo, Layer::Global]);
    let other = world.elsewhere();
    check(&other.ask("GET", "/a", &[]), 200, Hit, "one");
    assert_eq!(other.contacts(), 0);
}

#[test]
fn without_a_tier_nothing_is_stored() {
    let world = World::new(proxied_site(None));
    for body in ["one", "two"] {
        world.says(200, &[MINUTE], body);
        check(&world.ask("GET", "/a", &[]), 200, Bypass, body);
    }
    assert!(world.layers_written().is_empty());
    assert_eq!(world.0.origin.through_shield.get(), 0);
}

#[test]
fn a_ttl_of_the_tier_overrides_what_the_origin_says_of_time_alone() {
    let mut tier = http_tier();
    tier.honor_origin = None;
    tier.ttl = Duration::from_secs(30);
    for (line, hits) in [
        ("Cache-Control: max-age=0", true),
        ("Cache-Control: no-cache", true),
        ("Cache-Control: no-store", false),
        ("Cache-Control: private", false),
        ("Set-Cookie: a=b", false),
    ] {
        let world = World::new(proxied_site(Some(tier.clone())));
        world.says(200, &[line], "one");
        world.ask("GET", "/a", &[]);
        if !hits {
            world.says(200, &[], "two");
        }
        let answer = world.ask("GET", "/a", &["Cache-Control: no-cache"]);
        assert_eq!(answer.outcome.verdict == Hit, hits, "{line}");
    }
}

#[test]
fn a_head_goes_on_as_one_and_freshens_what_a_get_has_stored() {
    let world = proxied();
    world.says(200, &[MINUTE], "");
    check(&world.ask("HEAD", "/a", &[]), 200, Miss, "");
    assert_eq!(world.0.origin.contacts.borrow()[0].method, "HEAD");
    world.says(200, &[MINUTE, "ETag: \"a\""], "one");
    world.ask("GET", "/a", &[]);
    world.advance(61);
    world.says(
        200,
        &[MINUTE, "ETag: \"a\"", "X: new", "Content-Length: 3"],
        "",
    );
    world.ask("HEAD", "/a", &[]);
    let answer = world.ask("GET", "/a", &[]);
    check(&answer, 200, Hit, "one");
    assert_eq!(answer.head.get("X"), Some("new"));
}

#[test]
fn what_the_shield_had_kept_has_an_age() {
    let world = proxied();
    world.0.report.set(ShieldReport {
        settled: true,
        ..ShieldReport::default()
    });
    world.says(200, &[MINUTE], "one");
    let answer = world.ask("GET", "/a", &[]);
    check(&answer, 200, Miss, "one");
    assert_eq!(answer.head.get("Age"), Some("0"));
}

#[test]
fn only_if_cached_asks_nobody_for_what_only_the_origin_may_judge() {
    let world = proxied();
    world.says(200, &[MINUTE, "ETag: \"a\""], "one");
    world.ask("GET", "/a", &[]);
    let lines = ["Cache-Control: only-if-cached", "If-Match: \"b\""];
    assert_eq!(world.ask("GET", "/a", &lines).head.status, 504);
    assert_eq!(world.contacts(), 1);
}

#[test]
fn a_body_that_came_slowly_does_not_replace_a_newer_one() {
    let world = proxied();
    world.streams(&[MINUTE], Ok("older"));
    world.ask("GET", "/a", &[]);
    world.advance(1);
    world.says(200, &[MINUTE], "newer");
    check(&world.ask("GET", "/a", &[]), 200, Miss, "newer");
    world.run_background();
    check(&world.ask("GET", "/a", &[]), 200, Hit, "newer");
}

#[test]
fn a_304_that_sets_a_cookie_sets_it_for_this_client_alone() {
    let world = proxied();
    world.says(200, &[MINUTE, "ETag: \"a\""], "one");
    world.ask("GET", "/a", &[]);
    world.advance(61);
    world.says(304, &[MINUTE, "ETag: \"a\"", "Set-Cookie: a=b"], "");
    let answer = world.ask("GET", "/a", &[]);
    check(&answer, 200, Revalidated, "one");
    assert_eq!(answer.head.get("Set-Cookie"), Some("a=b"));
    // Who comes next is not answered with anything that was made of it.
    world.says(200, &[MINUTE], "two");
    let answer = world.ask("GET", "/a", &[]);
    check(&answer, 200, Miss, "two");
    assert_eq!(answer.head.get("Set-Cookie"), None);
}

#[test]
fn what_is_not_stored_is_compared_with_what_the_client_has() {
    let world = proxied();
    let mine = ["Cache-Control: private", "ETag: \"a\"", "Set-Cookie: a=b"];
    for (condition, status) in [
        ("If-None-Match: W/\"a\"", 304),
        ("If-None-Match: \"b\"", 200),
        ("X: 1", 200),
    ] {
        world.says(200, &mine, "one");
        let answer = world.ask("GET", "/a", &[condition]);
        let body = if status == 200 { "one" } else { "" };
        check(&answer, status, Miss, body);
        assert_eq!(answer.head.get("Set-Cookie"), Some("a=b"), "{condition}");
    }
    assert!(world.layers_written().is_empty());
}

#[test]
fn a_page_that_was_made_for_a_cookie_never_stands_in_for_another() {
    let world = proxied();
    world.says(200, &["ETag: \"a\""], "yours");
    check(
        &world.ask("GET", "/a", &["Cookie: s=1"]),
        200,
        Miss,
        "yours",
    );
    world.fails(Kind::Unavailable);
    let failed = world.ask("GET", "/a", &["Cookie: s=2", "Cache-Control: max-stale"]);
    assert_eq!(failed.head.status, 503);
}

#[test]
fn a_tier_with_a_ttl_of_its_own_speaks_where_the_origin_is_silent() {
    let mut tier = http_tier();
    tier.honor_origin = None;
    tier.ttl = Duration::from_secs(30);
    tier.swr = Duration::from_secs(5);
    let private = Tier {
        private: true,
        layers: Layers::MEMORY,
        ..tier.clone()
    };
    const WINDOW: &str = "max-age=30, stale-while-revalidate=5";
    let public = format!("public, {WINDOW}");
    let own = format!("private, {WINDOW}");
    for (tier, path, line, expected, for_caches) in [
        (&tier, "/a", "X: 1", vec![public.as_str()], vec![WINDOW]),
        (
            &tier,
            "/app-1f2e3d4c.css",
            "X: 1",
            vec!["public, max-age=30, immutable"],
            vec![WINDOW],
        ),
        (
            &tier,
            "/b",
            "Cache-Control: no-cache",
            vec!["no-cache"],
            vec![],
        ),
        (&tier, "/c", "Expires: 0", vec![], vec![]),
        (
            &tier,
            "/d",
            "CDN-Cache-Control: max-age=7",
            vec![public.as_str()],
            vec!["max-age=7"],
        ),
        (&private, "/e", "X: 1", vec![own.as_str()], vec![]),
    ] {
        let world = World::new(proxied_site(Some(tier.clone())));
        world.says(200, &[line, "ETag: \"a\""], "one");
        for lines in [&[][..], &[], &["If-None-Match: \"a\""]] {
            let answer = world.ask("GET", path, lines);
            assert_eq!(lines_of(&answer, "Cache-Control"), expected, "{path}");
            assert_eq!(lines_of(&answer, "CDN-Cache-Control"), for_caches, "{path}");
        }
    }
}

/// The word of a tier is said anew of each answer: what is stored, is copied to nearer layers and is
/// validated has the origin's fields alone, by which another tier would judge it.
#[test]
fn what_a_tier_tells_is_never_taken_for_the_origins_word() {
    let tier = Tier {
        ttl: Duration::from_secs(30),
        honor_origin: None,
        ..http_tier()
    };
    let world = World::new(proxied_site(Some(tier)));
    let kept_words = |world: &World| {
        let key = resolve(&world.0.site, "https://site.example/a")
            .unwrap()
            .key;
        let stored = world.with_memory(|memory| memory.peek(key.as_str()).cloned());
        let mut kept = stored.unwrap().head.headers.clone();
        kept.retain(|(name, _)| name.to_ascii_lowercase().ends_with("cache-control"));
        kept
    };
    let said = ["max-age=30"];
    world.says(200, &["ETag: \"a\""], "one");
    let miss = world.ask("GET", "/a", &[]);
    assert_eq!(lines_of(&miss, "CDN-Cache-Control"), said);
    world.run_background();
    let far = world.elsewhere();
    let hit = far.ask("GET", "/a", &[]);
    check(&hit, 200, Hit, "one");
    assert_eq!(lines_of(&hit, "CDN-Cache-Control"), said);
    world.advance(31);
    world.says(304, &["ETag: \"a\""], "");
    let validated = world.ask("GET", "/a", &[]);
    check(&validated, 200, Revalidated, "one");
    assert_eq!(lines_of(&validated, "CDN-Cache-Control"), said);
    assert_eq!(kept_words(&world), []);
    assert_eq!(kept_words(&far), []);
}

fn lines_of<'a>(answer: &'a AnswerOf<World>, name: &str) -> Vec<&'a str> {
    let fields = answer.head.fields.iter();
    let own = fields.filter(|(own, _)| own.eq_ignore_ascii_case(name));
    own.map(|(_, value)| value.as_str()).collect()
}
