//! Answers that are refreshed ahead, waited for no longer than a while, stood in for, or too large to be
//! stored.

use super::world::*;
use super::{body, seen};
use crate::cache::stored::Coding;
use crate::config::site::{Auth, Fallback, OriginId, Site, Source};
use crate::failure::Kind;
use crate::outcome::CacheVerdict;
use crate::pipeline::answer::Content;
use crate::policy::{Eager, Tier};
use crate::purge::target::{Mode, Target};
use crate::respond::ResponseHead;
use crate::semantics::request::RequestHead;
use std::time::Duration;

const MILLIS_200: Duration = Duration::from_millis(200);

/// `/pitches/{id}`: 100 s fresh, 20 s swr, 200 s sie, and this.
fn pitches(change: impl FnOnce(&mut Tier)) -> Site {
    let mut site = site();
    change(site.routes[0].tier.as_mut().unwrap());
    site
}

fn eager() -> World {
    World::new(pitches(|tier| tier.eager = Eager::from_thousandths(800)))
}

fn soft() -> World {
    World::new(pitches(|tier| tier.soft_timeout = Some(MILLIS_200)))
}

fn answers(world: &World, n: u32) {
    *world.0.script.borrow_mut() = Script::Answer(format!("{{\"n\":{n}}}").into_bytes());
}

/// A plain `GET /pitches/1`.
fn pitch() -> RequestHead<'static> {
    RequestHead {
        method: "GET",
        path: "/pitches/1",
        ..RequestHead::default()
    }
}

#[test]
fn an_aging_hit_is_served_as_a_hit_and_refreshed_behind_it_once() {
    let world = eager();
    world.get("/pitches/1");
    world.run_background();
    world.advance(70);
    assert_eq!(seen(&world.get("/pitches/1")), (200, CacheVerdict::Hit));
    assert_eq!((world.run_background(), world.asked()), (0, 1));
    world.advance(10);
    answers(&world, 2);
    for _ in 0..3 {
        let aging = world.get("/pitches/1");
        assert_eq!(
            (seen(&aging), body(&aging).as_str()),
            ((200, CacheVerdict::Hit), "{\"n\":1}")
        );
        assert_eq!(aging.outcome.detail, None);
    }
    world.run_background();
    assert_eq!(world.asked(), 2);
    assert_eq!(body(&world.get("/pitches/1")), "{\"n\":2}");
}

#[test]
fn the_synchronous_lane_leaves_the_first_aging_hit_to_the_other_one() {
    let world = eager();
    world.get("/pitches/1");
    world.run_background();
    world.advance(80);
    world.renew();
    let site = world.0.site.clone();
    assert!(world.look(&site, &pitch()).is_none());
    world.get("/pitches/1");
    assert!(
        world.look(&site, &pitch()).is_some(),
        "it is being refreshed"
    );
    world.run_background();
    assert!(world.look(&site, &pitch()).is_some(), "it is new");
}

#[test]
fn a_failed_refresh_ahead_leaves_the_answer_fresh_and_is_tried_again() {
    let world = eager();
    world.get("/pitches/1");
    world.run_background();
    world.advance(85);
    *world.0.script.borrow_mut() = Script::Fail(Kind::Unavailable);
    for asked in [2, 3] {
        assert_eq!(seen(&world.get("/pitches/1")), (200, CacheVerdict::Hit));
        world.run_background();
        assert_eq!(world.asked(), asked);
    }
}

#[test]
fn an_aging_answer_of_a_far_layer_is_promoted_and_refreshed() {
    let world = eager();
    world.get("/pitches/1");
    world.run_background();
    let other = world.elsewhere();
    other.advance(85);
    answers(&other, 2);
    assert_eq!(seen(&other.get("/pitches/1")), (200, CacheVerdict::Hit));
    other.run_background();
    assert_eq!(other.asked(), 1);
    assert_eq!(body(&other.get("/pitches/1")), "{\"n\":2}");
}

#[test]
fn an_absence_is_never_refreshed_ahead() {
    let world = eager();
    *world.0.script.borrow_mut() = Script::NotFound;
    world.get("/pitches/1");
    world.run_background();
    world.advance(9);
    assert_eq!(seen(&world.get("/pitches/1")), (404, CacheVerdict::Hit));
    assert_eq!((world.run_background(), world.asked()), (0, 1));
}

/// Stored, and past its swr; the source takes so long from now on.
fn expired(world: &World, takes: Duration) {
    world.get("/pitches/1");
    world.run_background();
    world.advance(150);
    answers(world, 2);
    world.0.takes.set(takes);
}

#[test]
fn a_source_that_is_slow_is_not_waited_for_when_something_stale_may_stand_in() {
    let world = soft();
    expired(&world, Duration::from_secs(5));
    let before = world.0.now.get();
    let stale = world.get("/pitches/1");
    assert_eq!(
        (seen(&stale), body(&stale).as_str()),
        ((200, CacheVerdict::Stale), "{\"n\":1}")
    );
    assert_eq!(stale.outcome.detail, Some("soft-timeout"));
    assert_eq!(stale.internal, None);
    assert_eq!(world.0.now.get() - before, 200);
    // The question goes on; whoever comes meanwhile neither asks nor waits.
    for _ in 0..3 {
        let stale = world.get("/pitches/1");
        assert_eq!(stale.outcome.detail, Some("soft-timeout"));
    }
    assert_eq!((world.0.now.get() - before, world.asked()), (200, 2));
    assert!(world.run_background() > 0);
    assert_eq!(world.0.now.get() - before, 5000);
    let fresh = world.get("/pitches/1");
    assert_eq!(
        (seen(&fresh), body(&fresh).as_str()),
        ((200, CacheVerdict::Hit), "{\"n\":2}")
    );
    assert_eq!(world.asked(), 2);
}

#[test]
fn a_source_that_answers_in_time_is_waited_for() {
    let world = soft();
    expired(&world, Duration::from_millis(150));
    let answer = world.get("/pitches/1");
    assert_eq!(
        (seen(&answer), body(&answer).as_str()),
        ((200, CacheVerdict::Expired), "{\"n\":2}")
    );
    world.advance(150);
    *world.0.script.borrow_mut() = Script::Fail(Kind::Timeout);
    let stale = world.get("/pitches/1");
    assert_eq!(stale.outcome.detail, Some("stale-if-error"));
}

#[test]
fn without_anything_stale_the_soft_limit_does_not_count() {
    let world = soft();
    world.0.takes.set(Duration::from_secs(5));
    assert_eq!(seen(&world.get("/pitches/1")), (200, CacheVerdict::Miss));
    world.run_background();
    world.purge(Target::All, Mode::Hard);
    world.renew();
    assert_eq!(seen(&world.get("/pitches/1")), (200, CacheVerdict::Miss));
}

#[test]
fn a_slow_question_that_fails_behind_the_response_lets_the_next_one_ask() {
    let world = soft();
    expired(&world, Duration::from_secs(5));
    *world.0.script.borrow_mut() = Script::Fail(Kind::Timeout);
    world.get("/pitches/1");
    world.run_background();
    answers(&world, 3);
    world.0.takes.set(Duration::ZERO);
    let answer = world.get("/pitches/1");
    assert_eq!(
        (seen(&answer), body(&answer).as_str()),
        ((200, CacheVerdict::Expired), "{\"n\":3}")
    );
}

fn with_fallback(index: usize, change: impl FnOnce(&mut Site)) -> World {
    let mut site = site();
    site.routes[index].fallback = Some(Fallback {
        status: 203,
        content_type: "application/json; charset=utf-8".into(),
        body: "{\"pitches\":[]}".into(),
    });
    change(&mut site);
    World::new(site)
}

#[track_caller]
fn check_fallback(head: &ResponseHead) {
    assert_eq!(head.status, 203);
    assert_eq!(
        head.get("Content-Type"),
        Some("application/json; charset=utf-8")
    );
    assert_eq!(head.get("Cache-Control"), Some("no-store"));
    assert_eq!((head.get("Retry-After"), head.get("ETag")), (None, None));
}

#[test]
fn a_static_answer_stands_in_after_what_is_stale_and_before_the_problem() {
    let world = with_fallback(0, |_| {});
    world.get("/pitches/1");
    world.run_background();
    for kind in [Kind::Unavailable, Kind::Timeout, Kind::BadGateway] {
        *world.0.script.borrow_mut() = Script::Fail(kind);
        let answer = world.get("/pitches/2");
        check_fallback(&answer.head);
        assert_eq!(answer.outcome.verdict, CacheVerdict::Miss);
        assert_eq!(answer.outcome.detail, Some("fallback"));
        assert_eq!(body(&answer), "{\"pitches\":[]}");
        assert_eq!(answer.internal.as_deref(), Some("the inside"));
    }
    let head = world.request(RequestHead {
        method: "HEAD",
        path: "/pitches/2",
        ..pitch()
    });
    check_fallback(&head.head);
    assert_eq!(
        (head.head.get("Content-Length"), body(&head).as_str()),
        (Some("14"), "")
    );
    // It was not stored, and does not come before what is stale.
    let written = world.layers_written().len();
    assert_eq!(
        (world.run_background(), world.layers_written().len()),
        (0, written)
    );
    world.advance(150);
    assert_eq!(
        world.get("/pitches/1").outcome.detail,
        Some("stale-if-error")
    );
    world.advance(200);
    check_fallback(&world.get("/pitches/1").head);
}

#[test]
fn what_is_not_the_sources_failure_is_told_as_it_is() {
    let world = with_fallback(0, |_| {});
    for (kind, status) in [
        (Kind::Internal, 500),
        (Kind::Misconfigured, 500),
        (Kind::Unprocessable, 422),
    ] {
        *world.0.script.borrow_mut() = Script::Fail(kind);
        assert_eq!(world.get("/pitches/1").head.status, status);
    }
    assert_eq!(world.get("/pitches/x").head.status, 400);
    *world.0.script.borrow_mut() = Script::NotFound;
    assert_eq!(world.get("/pitches/1").head.status, 404);
}

#[test]
fn uncached_reads_fall_back_too_and_writes_never_do() {
    let world = with_fallback(1, |site| site.routes[1].tier = None);
    *world.0.script.borrow_mut() = Script::Fail(Kind::Unavailable);
    let answer = world.get("/search?q=a");
    check_fallback(&answer.head);
    assert_eq!(answer.outcome.verdict, CacheVerdict::Bypass);
    let world = with_fallback(0, |site| {
        site.routes[0].source = Source::Origin(OriginId(0));
        site.routes[0].tier = None;
        site.origins.push(origin("app"));
    });
    world.fails(Kind::BadGateway);
    check_fallback(&world.ask("GET", "/pitches/1", &[]).head);
    let world = with_fallback(4, |site| site.routes[4].auth = Auth::None);
    *world.0.script.borrow_mut() = Script::Fail(Kind::Unavailable);
    let post = world.request(RequestHead {
        method: "POST",
        path: "/pitches",
        ..pitch()
    });
    assert_eq!(
        (post.head.status, post.head.get("Retry-After")),
        (503, Some("2"))
    );
}

fn large() -> Vec<u8> {
    format!("{{\"text\":\"{}\"}}", "a".repeat(70_000)).into_bytes()
}

#[test]
fn what_is_too_large_to_be_stored_passes_through_under_the_tiers_terms() {
    let world = World::new(site());
    *world.0.script.borrow_mut() = Script::Answer(large());
    let answer = world.request(RequestHead {
        accept_encoding: Some("gzip"),
        ..pitch()
    });
    assert_eq!(seen(&answer), (200, CacheVerdict::Miss));
    assert_eq!(answer.outcome.detail, Some("too-large"));
    assert!(matches!(answer.content, Content::Stream(_)));
    assert_eq!(body(&answer).as_bytes(), large());
    let field = |name| answer.head.get(name);
    assert_eq!(field("Content-Type"), Some("application/json"));
    assert_eq!(
        field("Cache-Control"),
        Some("public, max-age=100, stale-while-revalidate=20")
    );
    assert_eq!(
        (field("Content-Encoding"), field("Content-Length")),
        (None, None)
    );
    let tag = field("ETag");
    let head = world.request(RequestHead {
        method: "HEAD",
        ..pitch()
    });
    let length = large().len().to_string();
    assert_eq!(head.head.get("Content-Length"), Some(length.as_str()));
    assert_eq!((head.head.get("ETag"), body(&head).as_str()), (tag, ""));
    let same = world.request(RequestHead {
        if_none_match: tag,
        ..pitch()
    });
    assert_eq!((same.head.status, same.head.get("ETag")), (304, tag));
    assert!(matches!(same.content, Content::Empty));
    assert_eq!(world.0.discarded.get(), 2);
    world.run_background();
    assert_eq!(world.layers_written(), []);
}

#[test]
fn a_refresh_that_finds_the_answer_grown_too_large_lets_it_go() {
    let world = World::new(site());
    world.get("/pitches/1");
    world.run_background();
    world.advance(110);
    *world.0.script.borrow_mut() = Script::Answer(large());
    assert_eq!(seen(&world.get("/pitches/1")), (200, CacheVerdict::Stale));
    world.run_background();
    assert_eq!(world.0.discarded.get(), 1);
    world.advance(40);
    let answer = world.get("/pitches/1");
    assert_eq!(seen(&answer), (200, CacheVerdict::Expired));
    assert!(matches!(answer.content, Content::Stream(_)));
}

#[test]
fn a_passing_answer_that_a_purge_made_void_is_asked_for_anew() {
    let world = World::new(site());
    *world.0.script.borrow_mut() = Script::Answer(large());
    world.0.fill_seq.set(Some(crate::purge::seq::PurgeSeq(1)));
    world.purge(Target::All, Mode::Hard);
    world.renew();
    world.get("/pitches/1");
    assert_eq!((world.asked(), world.0.discarded.get()), (2, 1));
}

#[test]
fn uncached_answers_pass_through_or_come_compressed_to_those_who_take_it() {
    let mut site = site();
    site.routes[0].tier = None;
    let world = World::new(site);
    *world.0.script.borrow_mut() = Script::Answer(large());
    let answer = world.request(pitch());
    assert!(matches!(answer.content, Content::Stream(_)));
    assert_eq!(answer.head.get("Cache-Control"), Some("no-store"));
    assert_eq!(answer.head.get("ETag"), None);
    let head = world.request(RequestHead {
        method: "HEAD",
        ..pitch()
    });
    let length = large().len().to_string();
    assert_eq!(head.head.get("Content-Length"), Some(length.as_str()));
    let text = format!("{{\"text\":\"{}\"}}", "a".repeat(3000));
    *world.0.script.borrow_mut() = Script::Answer(text.clone().into_bytes());
    let zipped = world.request(RequestHead {
        accept_encoding: Some("gzip"),
        ..pitch()
    });
    assert!(matches!(zipped.content, Content::Stored(_, Coding::Gzip)));
    assert_eq!(zipped.head.get("Content-Encoding"), Some("gzip"));
    let plain = world.request(pitch());
    assert_eq!(
        (plain.head.get("Content-Encoding"), body(&plain)),
        (None, text)
    );
    for answer in [zipped, plain] {
        assert_eq!(answer.head.get("Vary"), Some("Accept-Encoding"));
        assert_eq!(answer.head.get("Cache-Control"), Some("no-store"));
    }
}
