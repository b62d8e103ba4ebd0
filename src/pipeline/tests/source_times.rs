//! How long the source was waited for is told of every answer that had it asked, also when it failed.

use super::origin::{proxied, proxied_site};
use super::world::*;
use crate::config::site::Site;
use crate::failure::Kind;
use crate::outcome::{CacheVerdict, ShieldReport};
use crate::pipeline::answer::AnswerOf;
use crate::semantics::request::RequestHead;
use crate::source::query::Returns;
use std::time::Duration;

const SEVEN: ShieldReport = ShieldReport {
    source_ms: Some(7),
    collapsed: false,
    settled: false,
    purged: crate::outcome::Purged::Nothing,
};

fn of(answer: &AnswerOf<World>) -> (u16, Option<u32>) {
    (answer.head.status, answer.outcome.source_ms)
}

/// `/search` is not cached, and streams if it says so.
fn uncached(returns: Option<Returns>) -> Site {
    let mut site = site();
    site.routes[1].tier = None;
    if let Some(returns) = returns {
        for query in &mut site.queries {
            query.returns = returns;
        }
    }
    site
}

#[test]
fn a_query_has_its_time_whatever_came_of_it() {
    for cached in [site(), uncached(None), uncached(Some(Returns::Stream))] {
        for (script, status) in [
            (Script::Fail(Kind::Timeout), 504),
            (Script::Fail(Kind::Unavailable), 503),
            (Script::Answer(b"[]".to_vec()), 200),
        ] {
            let world = World::new(cached.clone());
            world.0.report.set(SEVEN);
            *world.0.script.borrow_mut() = script;
            assert_eq!(of(&world.get("/search?q=a")), (status, Some(7)));
        }
    }
    let world = World::new(uncached(None));
    world.0.report.set(SEVEN);
    *world.0.script.borrow_mut() = Script::NotFound;
    assert_eq!(of(&world.get("/search?q=a")), (404, Some(7)));
}

#[test]
fn the_head_of_a_stream_is_told_without_the_source() {
    let world = World::new(uncached(Some(Returns::Stream)));
    world.0.report.set(SEVEN);
    let answer = world.request(RequestHead {
        method: "HEAD",
        path: "/search",
        search: "q=a",
        ..RequestHead::default()
    });
    assert_eq!(of(&answer), (200, None));
}

#[test]
fn what_stands_in_for_a_source_that_failed_has_its_time() {
    let world = World::new(site());
    world.get("/pitches/1");
    world.run_background();
    world.advance(150);
    world.0.report.set(SEVEN);
    *world.0.script.borrow_mut() = Script::Fail(Kind::Unavailable);
    let stale = world.get("/pitches/1");
    assert_eq!(stale.outcome.verdict, CacheVerdict::Stale);
    assert_eq!(of(&stale), (200, Some(7)));
}

#[test]
fn a_soft_timeout_has_waited_so_long_and_who_waits_for_nobody_has_not() {
    let mut site = site();
    let tier = site.routes[0].tier.as_mut().unwrap();
    tier.soft_timeout = Some(Duration::from_millis(200));
    let world = World::new(site);
    world.get("/pitches/1");
    world.run_background();
    world.advance(150);
    world.0.takes.set(Duration::from_secs(5));
    assert_eq!(of(&world.get("/pitches/1")), (200, Some(200)));
    // Another's question is under way.
    assert_eq!(of(&world.get("/pitches/1")), (200, None));
}

#[test]
fn an_origin_that_is_asked_without_a_tier_has_its_time() {
    let world = World::new(proxied_site(None));
    world.0.takes.set(Duration::from_millis(40));
    world.says(200, &[], "one");
    assert_eq!(of(&world.ask("GET", "/a", &[])), (200, Some(40)));
    world.fails(Kind::Timeout);
    assert_eq!(of(&world.ask("POST", "/a", &[])), (504, Some(40)));
    let cached = proxied();
    cached.0.takes.set(Duration::from_millis(40));
    cached.says(204, &[], "");
    assert_eq!(of(&cached.ask("DELETE", "/a", &[])), (204, Some(40)));
}

#[test]
fn an_origin_that_fails_through_the_shield_has_its_time_too() {
    let world = proxied();
    world.0.report.set(SEVEN);
    world.fails(Kind::Timeout);
    let answer = world.ask("GET", "/a", &[]);
    assert_eq!(of(&answer), (504, Some(7)));
    assert_eq!(answer.outcome.shield, Some(SEVEN));
    world.says(
        200,
        &[
            "Cache-Control: max-age=60, stale-if-error=600",
            "ETag: \"a\"",
        ],
        "one",
    );
    assert_eq!(of(&world.ask("GET", "/a", &[])), (200, Some(7)));
    assert_eq!(of(&world.ask("GET", "/a", &[])), (200, None));
    world.advance(61);
    world.fails(Kind::Unavailable);
    let stale = world.ask("GET", "/a", &[]);
    assert_eq!(stale.outcome.verdict, CacheVerdict::Stale);
    assert_eq!(of(&stale), (200, Some(7)));
}

#[test]
fn two_questions_for_one_answer_have_both_their_times() {
    let world = proxied();
    world.0.report.set(SEVEN);
    world.says(200, &["Cache-Control: max-age=60", "ETag: \"a\""], "one");
    world.ask("GET", "/a", &[]);
    world.advance(61);
    // A 304 about something that nobody here has is asked about once more.
    world.says(304, &["ETag: \"b\""], "");
    world.says(200, &["Cache-Control: max-age=60"], "two");
    assert_eq!(of(&world.ask("GET", "/a", &[])), (200, Some(14)));
    let failing = proxied();
    failing.0.report.set(SEVEN);
    failing.says(200, &["Cache-Control: max-age=60", "ETag: \"a\""], "one");
    failing.ask("GET", "/a", &[]);
    failing.advance(61);
    failing.says(304, &["ETag: \"b\""], "");
    failing.fails(Kind::Timeout);
    assert_eq!(of(&failing.ask("GET", "/a", &[])), (504, Some(14)));
}

#[test]
fn a_waiter_and_a_settled_answer_have_no_time_of_the_source() {
    for report in [
        ShieldReport {
            collapsed: true,
            ..ShieldReport::default()
        },
        ShieldReport {
            settled: true,
            ..ShieldReport::default()
        },
    ] {
        let world = World::new(site());
        world.0.report.set(report);
        assert_eq!(of(&world.get("/pitches/1")), (200, None));
    }
}
