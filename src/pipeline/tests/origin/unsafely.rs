//! Requests that may change something, and purges.

use super::*;
use crate::purge::target::{Mode, Target};
use CacheVerdict::{Bypass, Hit, Miss};

const MINUTE: &str = "Cache-Control: max-age=60";

fn filled(paths: &[&str]) -> World {
    let world = proxied();
    for path in paths {
        world.says(200, &[MINUTE], path);
        world.ask("GET", path, &[]);
    }
    world
}

#[test]
fn a_successful_write_invalidates_its_target_and_what_it_names_on_the_same_origin() {
    let world = filled(&["/a", "/b", "/c", "/d"]);
    let lines = ["Location: /b", "Content-Location: https://site.example/c"];
    world.says(201, &lines, "made");
    let post = world.ask("POST", "/a", &[]);
    check(&post, 201, Bypass, "made");
    assert!(post.head.get("Forebay-Bookmark").is_some());
    for path in ["/a", "/b", "/c"] {
        world.says(200, &[MINUTE], "new");
        assert_eq!(text(&world.ask("GET", path, &[])), "new", "{path}");
    }
    check(&world.ask("GET", "/d", &[]), 200, Hit, "/d");
}

#[test]
fn a_failed_write_invalidates_nothing() {
    let world = filled(&["/a"]);
    world.says(500, &[], "");
    world.ask("POST", "/a", &[]);
    check(&world.ask("GET", "/a", &[]), 200, Hit, "/a");
}

#[test]
fn another_origins_uris_are_not_ours_to_invalidate() {
    let world = filled(&["/a", "/b"]);
    world.says(201, &["Location: https://other.example/b"], "");
    world.ask("POST", "/a", &[]);
    check(&world.ask("GET", "/b", &[]), 200, Hit, "/b");
}

#[test]
fn variants_fall_with_their_uri() {
    let world = proxied();
    world.says(200, &[MINUTE, "Vary: Foo"], "one");
    world.ask("GET", "/a", &["Foo: 1"]);
    world.says(204, &[], "");
    world.ask("DELETE", "/a", &[]);
    world.says(200, &[MINUTE, "Vary: Foo"], "two");
    check(&world.ask("GET", "/a", &["Foo: 1"]), 200, Miss, "two");
}

#[test]
fn surrogate_keys_and_groups_are_tags() {
    let world = proxied();
    let lines = [MINUTE, "Surrogate-Key: red blue", "Cache-Groups: \"g\""];
    world.says(200, &lines, "one");
    let first = world.ask("GET", "/a", &[]);
    assert_eq!(first.head.get("Surrogate-Key"), None);
    world.purge(Target::Tag("blue".into()), Mode::Hard);
    world.renew();
    world.says(200, &lines, "two");
    check(&world.ask("GET", "/a", &[]), 200, Miss, "two");
    world.says(200, &["Cache-Group-Invalidation: \"g\""], "");
    world.ask("PUT", "/other", &[]);
    world.says(200, &lines, "three");
    check(&world.ask("GET", "/a", &[]), 200, Miss, "three");
}

#[test]
fn a_soft_purge_asks_for_validation() {
    let world = proxied();
    world.says(200, &[MINUTE, "ETag: \"a\"", "Surrogate-Key: red"], "one");
    world.ask("GET", "/a", &[]);
    world.advance(5);
    world.purge(Target::Tag("red".into()), Mode::Soft);
    world.renew();
    world.says(304, &[MINUTE, "ETag: \"a\""], "");
    check(
        &world.ask("GET", "/a", &[]),
        200,
        CacheVerdict::Revalidated,
        "one",
    );
    check(&world.ask("GET", "/a", &[]), 200, Hit, "one");
}

#[test]
fn clear_site_data_empties_the_origin() {
    let world = filled(&["/a", "/b?x"]);
    world.says(200, &["Clear-Site-Data: \"cache\""], "");
    world.ask("POST", "/logout", &[]);
    for path in ["/a", "/b?x"] {
        world.says(200, &[MINUTE], "new");
        check(&world.ask("GET", path, &[]), 200, Miss, "new");
    }
}

#[test]
fn a_write_that_asks_for_an_upgrade_invalidates_too() {
    let world = filled(&["/a"]);
    world.says(204, &[], "");
    world.ask("DELETE", "/a", &["Upgrade: websocket"]);
    assert_eq!(world.was_sent("Upgrade"), None);
    world.says(200, &[MINUTE], "new");
    check(&world.ask("GET", "/a", &[]), 200, Miss, "new");
}

/// Routes for writes alone cannot have a tier.
#[test]
fn a_write_by_a_route_without_a_tier_invalidates_what_another_has_stored() {
    let mut site = proxied_site(Some(http_tier()));
    let reads = MethodPattern::parse("GET /{path...}").unwrap();
    let writes = MethodPattern::parse("POST /{path...}").unwrap();
    let mut route = site.routes[0].clone();
    site.routes[0].pattern = reads.to_string();
    route.pattern = writes.to_string();
    route.tier = None;
    site.table = RouteTable::build(&[reads, writes]).unwrap();
    site.routes.push(route);
    let world = World::new(site);
    world.says(200, &[MINUTE], "old");
    world.ask("GET", "/a", &[]);
    world.streams(&[MINUTE, "Content-Location: /a"], Ok("posted"));
    check(&world.ask("POST", "/a", &[]), 200, Bypass, "posted");
    world.run_background();
    world.says(200, &[MINUTE], "new");
    check(&world.ask("GET", "/a", &[]), 200, Miss, "new");
}

/// RFC 9110 §9.3.3 would let it be: it names the target as its own, and has a lifetime.
#[test]
fn a_posts_answer_is_never_kept_for_get() {
    let world = filled(&[]);
    let own = "Content-Location: https://site.example/a";
    world.says(200, &[MINUTE, own], "posted");
    check(&world.ask("POST", "/a", &[]), 200, Bypass, "posted");
    world.run_background();
    world.says(200, &[MINUTE], "got");
    check(&world.ask("GET", "/a", &[]), 200, Miss, "got");
}

/// The shield, whose answer carries the number, has heard of the purge; this isolate has not.
#[test]
fn what_was_validated_keeps_a_body_that_a_purge_has_yet_to_find() {
    let world = proxied();
    let lines = [MINUTE, "ETag: \"a\"", "Surrogate-Key: red"];
    world.says(200, &lines, "purged");
    world.ask("GET", "/a", &[]);
    world.advance(61);
    let asked = world.now();
    world.purge(Target::Tag("red".into()), Mode::Hard);
    assert_eq!(world.now(), asked);
    world.says(304, &lines, "");
    world.ask("GET", "/a", &[]);
    world.renew();
    world.says(200, &lines, "new");
    check(&world.ask("GET", "/a", &[]), 200, Miss, "new");
}

#[test]
fn rfc_9110_7_6_2_a_request_goes_as_far_as_it_says() {
    let world = proxied();
    let ended = world.ask("TRACE", "/a", &["Max-Forwards: 0"]);
    assert_eq!(
        (ended.head.status, ended.head.get("Allow")),
        (405, Some("GET, HEAD"))
    );
    assert_eq!(world.contacts(), 0);
    world.says(200, &[], "");
    assert_eq!(
        world.ask("OPTIONS", "/a", &["Max-Forwards: 1"]).head.status,
        200
    );
    assert_eq!(world.was_sent("Max-Forwards").as_deref(), Some("0"));
}

#[test]
fn what_an_origin_names_by_its_own_address_is_named_by_ours() {
    let world = filled(&["/b"]);
    let own = "Location: https://app.example.com/b?x=1";
    world.says(302, &[own, "Cache-Control: max-age=60"], "");
    for verdict in [Miss, Hit] {
        let answer = world.ask("GET", "/a", &[]);
        assert_eq!(answer.outcome.verdict, verdict);
        let shown = answer.head.get("Location");
        assert_eq!(shown, Some("https://site.example/b?x=1"));
    }
    for other in [
        "https://app.example.com.evil/b",
        "https://app.example.community/",
    ] {
        let world = proxied();
        world.says(302, &[&format!("Location: {other}")], "");
        let answer = world.ask("GET", "/a", &[]);
        assert_eq!(answer.head.get("Location"), Some(other));
    }
    world.says(201, &["Location: https://app.example.com/b"], "");
    world.ask("POST", "/list", &[]);
    world.says(200, &[MINUTE], "new");
    check(&world.ask("GET", "/b", &[]), 200, Miss, "new");
}
