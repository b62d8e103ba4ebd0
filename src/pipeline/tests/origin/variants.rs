//! Variants of one URI (RFC 9111 §4.1), and what else tells requests apart.

use super::*;
use crate::outcome::ForwardWhy;
use CacheVerdict::{Hit, Miss};

const VARIES: [&str; 2] = ["Cache-Control: max-age=60", "Vary: Foo"];

#[test]
fn variants_do_not_cross() {
    let world = proxied();
    for value in ["1", "2"] {
        world.says(200, &VARIES, value);
        check(
            &world.ask("GET", "/a", &[&format!("Foo: {value}")]),
            200,
            Miss,
            value,
        );
    }
    for value in ["1", "2"] {
        check(
            &world.ask("GET", "/a", &[&format!("Foo: {value}")]),
            200,
            Hit,
            value,
        );
    }
    world.says(200, &VARIES, "none");
    let third = world.ask("GET", "/a", &[]);
    check(&third, 200, Miss, "none");
    assert_eq!(third.outcome.forwarded.unwrap().why, ForwardWhy::VaryMiss);
    check(&world.ask("GET", "/a", &[]), 200, Hit, "none");
    assert_eq!(world.contacts(), 3);
}

#[test]
fn far_layers_lead_to_the_variant() {
    let world = proxied();
    for value in ["1", "2"] {
        world.says(200, &VARIES, value);
        world.ask("GET", "/a", &[&format!("Foo: {value}")]);
        world.run_background();
    }
    let other = world.elsewhere();
    for value in ["1", "2"] {
        check(
            &other.ask("GET", "/a", &[&format!("Foo: {value}")]),
            200,
            Hit,
            value,
        );
    }
    check(&other.ask("GET", "/a", &["Foo: 1"]), 200, Hit, "1");
}

#[test]
fn an_answer_that_forgets_to_vary_does_not_hide_the_others() {
    let world = proxied();
    world.says(200, &VARIES, "one");
    world.ask("GET", "/a", &["Foo: 1"]);
    world.says(200, &["Cache-Control: max-age=60"], "plain");
    check(&world.ask("GET", "/a", &["Foo: 2"]), 200, Miss, "plain");
    check(&world.ask("GET", "/a", &["Foo: 1"]), 200, Hit, "one");
    check(&world.ask("GET", "/a", &["Foo: 3"]), 200, Hit, "plain");
}

#[test]
fn a_plain_answer_that_was_there_first_stays_reachable() {
    let world = proxied();
    world.says(200, &["Cache-Control: max-age=60"], "plain");
    world.ask("GET", "/a", &[]);
    world.says(200, &VARIES, "two");
    let reload = ["Cache-Control: no-cache", "Foo: 2"];
    assert_eq!(text(&world.ask("GET", "/a", &reload)), "two");
    check(&world.ask("GET", "/a", &["Foo: 2"]), 200, Hit, "two");
    check(&world.ask("GET", "/a", &["Foo: 9"]), 200, Hit, "plain");
}

#[test]
fn the_host_and_every_byte_of_the_query_count() {
    let world = proxied();
    for (path, body) in [
        ("/a?x=1", "1"),
        ("/a?x=2", "2"),
        ("/a", "3"),
        ("/A", "4"),
        ("//a", "5"),
    ] {
        world.says(200, &["Cache-Control: max-age=60"], body);
        check(&world.ask("GET", path, &[]), 200, Miss, body);
    }
    check(&world.ask("GET", "/a?x=1", &[]), 200, Hit, "1");
}

#[test]
fn what_could_mislead_the_origin_stays_here() {
    let world = proxied();
    world.says(200, &[], "");
    let lines = [
        "X-Forwarded-Host: evil.example",
        "X-Original-URL: /admin",
        "Accept: a/b",
    ];
    world.ask("GET", "/a", &lines);
    assert_eq!(
        world.was_sent("X-Forwarded-Host").as_deref(),
        Some("site.example")
    );
    assert_eq!(world.was_sent("X-Original-URL"), None);
    assert_eq!(world.was_sent("Accept").as_deref(), Some("a/b"));
}

#[test]
fn no_vary_search_makes_queries_the_same() {
    let world = proxied();
    let lines = [
        "Cache-Control: max-age=60",
        "No-Vary-Search: params=(\"utm\")",
    ];
    world.says(200, &lines, "one");
    check(&world.ask("GET", "/a?x=1&utm=a", &[]), 200, Miss, "one");
    check(&world.ask("GET", "/a?utm=b&x=1", &[]), 200, Hit, "one");
    world.says(200, &lines, "two");
    check(&world.ask("GET", "/a?x=2", &[]), 200, Miss, "two");
    // Its word goes for its own path.
    world.says(200, &["Cache-Control: max-age=60"], "other");
    check(&world.ask("GET", "/b?x=1&utm=a", &[]), 200, Miss, "other");
    world.says(200, &["Cache-Control: max-age=60"], "another");
    check(&world.ask("GET", "/b?x=1", &[]), 200, Miss, "another");
    // A write to any of them concerns them all.
    world.says(204, &[], "");
    world.ask("DELETE", "/a?x=1", &[]);
    world.says(200, &lines, "three");
    check(&world.ask("GET", "/a?x=1&utm=c", &[]), 200, Miss, "three");
}

#[test]
fn an_origin_that_takes_its_word_back_is_believed() {
    let world = proxied();
    let lines = ["Cache-Control: max-age=10", "No-Vary-Search: params"];
    world.says(200, &lines, "one");
    world.ask("GET", "/a?x=1", &[]);
    check(&world.ask("GET", "/a?x=2", &[]), 200, Hit, "one");
    world.advance(11);
    world.says(200, &["Cache-Control: max-age=60"], "two");
    assert_eq!(text(&world.ask("GET", "/a?x=2", &[])), "two");
    world.says(200, &["Cache-Control: max-age=60"], "three");
    assert_eq!(text(&world.ask("GET", "/a?x=1", &[])), "three");
}

#[test]
fn a_word_about_queries_goes_for_the_answer_that_says_it() {
    let world = proxied();
    let minute = "Cache-Control: max-age=60";
    world.says(200, &[minute, "No-Vary-Search: params=(\"page\")"], "list");
    world.ask("GET", "/a?tab=1&page=1", &[]);
    // Another answer of the path says something else, which then shapes the keys.
    world.says(200, &[minute, "No-Vary-Search: params=(\"x\")"], "other");
    world.ask("GET", "/a?tab=2", &[]);
    world.says(200, &[minute, "No-Vary-Search: params=(\"x\")"], "asked");
    check(&world.ask("GET", "/a?tab=1&x=1", &[]), 200, Miss, "asked");
}

#[test]
fn what_a_cookie_may_have_made_is_for_its_client_unless_the_origin_says_otherwise() {
    let rows: [(&[&str], bool); 6] = [
        (&["ETag: \"a\""], false),
        (&["Cache-Control: max-age=0", "ETag: \"a\""], false),
        (&["Last-Modified: Thu, 01 Jan 1970 00:00:01 GMT"], false),
        (&["Cache-Control: max-age=60"], true),
        (&["Cache-Control: public", "ETag: \"a\""], true),
        (&["ETag: \"a\"", "Vary: Cookie"], true),
    ];
    for (lines, stored) in rows {
        let world = proxied();
        world.says(200, lines, "of one");
        world.ask("GET", "/account", &["Cookie: session=1"]);
        world.run_background();
        assert_eq!(!world.layers_written().is_empty(), stored, "{lines:?}");
    }
    // Neither a client that takes what is stale nor an origin that is down brings it out.
    let world = proxied();
    world.says(200, &["ETag: \"a\""], "of one");
    world.ask("GET", "/account", &["Cookie: session=1"]);
    world.says(200, &["ETag: \"b\""], "of another");
    let greedy = ["Cookie: session=2", "Cache-Control: max-stale"];
    check(
        &world.ask("GET", "/account", &greedy),
        200,
        Miss,
        "of another",
    );
    world.fails(Kind::Unavailable);
    assert_eq!(world.ask("GET", "/account", &[]).head.status, 503);
}
