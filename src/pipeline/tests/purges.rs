//! Purges and bookmarks, as the request path honours them.

use super::world::*;
use crate::failure::Kind;
use crate::outcome::{CacheVerdict, Finding, Layer};
use crate::pipeline::answer::AnswerOf;
use crate::ports::Ports;
use crate::purge::target::{Mode, Target};
use crate::semantics::request::RequestHead;

const PATH: &str = "/pitches/1";

fn tag(text: &str) -> Target {
    Target::Tag(text.into())
}

/// A world that holds an answer tagged `stored` in every layer.
fn warm() -> World {
    let world = World::new(site());
    world.0.tags.borrow_mut().push("stored".into());
    world.get(PATH);
    world.run_background();
    assert_eq!(world.get(PATH).outcome.verdict, CacheVerdict::Hit);
    world
}

fn holding(world: &World, bookmark: &str) -> AnswerOf<World> {
    world.request(RequestHead {
        method: "GET",
        path: PATH,
        bookmark: Some(bookmark),
        ..RequestHead::default()
    })
}

#[test]
fn a_hard_purge_voids_what_every_layer_holds() {
    let world = warm();
    world.purge(tag("stored"), Mode::Hard);
    world.renew();
    let answer = world.get(PATH);
    assert_eq!(answer.outcome.verdict, CacheVerdict::Miss);
    let findings = answer.outcome.layers.iter().map(|report| report.finding);
    assert!(
        findings
            .into_iter()
            .all(|finding| finding == Finding::Unusable("purged"))
    );
    world.run_background();
    assert_eq!(world.get(PATH).outcome.verdict, CacheVerdict::Hit);
}

#[test]
fn a_purge_of_something_else_voids_nothing() {
    let world = warm();
    for target in [
        tag("other"),
        Target::Key("k".into()),
        Target::Prefix("storedx".into()),
    ] {
        world.purge(target, Mode::Hard);
    }
    world.renew();
    assert_eq!(world.get(PATH).outcome.verdict, CacheVerdict::Hit);
}

#[test]
fn a_soft_purge_is_served_stale_and_refreshed_behind_it() {
    let world = warm();
    world.advance(60);
    world.purge(Target::Prefix("stor".into()), Mode::Soft);
    world.renew();
    let answer = world.get(PATH);
    assert_eq!(answer.outcome.verdict, CacheVerdict::Stale);
    // Clients are not told that it is fresh for the rest of its hundred seconds.
    let control = answer.head.get("cache-control").unwrap();
    assert!(control.starts_with("public, max-age=60,"), "{control}");
    world.run_background();
    assert_eq!(world.get(PATH).outcome.verdict, CacheVerdict::Hit);
}

#[test]
fn the_stale_window_of_a_soft_purge_counts_from_the_purge() {
    let world = warm();
    world.advance(50);
    world.purge(tag("stored"), Mode::Soft);
    *world.0.script.borrow_mut() = Script::Fail(Kind::Unavailable);
    world.advance(19);
    assert_eq!(world.get(PATH).outcome.verdict, CacheVerdict::Stale);
    world.run_background();
    world.advance(2);
    let answer = world.get(PATH);
    assert_eq!(answer.outcome.detail, Some("stale-if-error"));
    world.advance(200);
    assert_eq!(world.get(PATH).head.status, 503);
}

#[test]
fn a_view_past_its_lag_is_renewed_before_anything_is_served() {
    let world = warm();
    world.purge(tag("stored"), Mode::Hard);
    assert_eq!(world.get(PATH).outcome.verdict, CacheVerdict::Hit);
    world.advance(2);
    assert_eq!(world.get(PATH).outcome.verdict, CacheVerdict::Hit);
    world.advance(1);
    assert_eq!(world.get(PATH).outcome.verdict, CacheVerdict::Miss);
}

#[test]
fn an_aging_view_is_renewed_behind_the_answer_once() {
    let world = warm();
    world.purge(tag("stored"), Mode::Hard);
    world.advance(2);
    let before = world.0.log_asked.get();
    world.get(PATH);
    world.get(PATH);
    world.run_background();
    assert_eq!(world.0.log_asked.get(), before + 1);
    assert_eq!(world.get(PATH).outcome.verdict, CacheVerdict::Miss);
}

#[test]
fn without_the_log_what_is_stored_stands_in_only_if_the_source_fails() {
    let world = warm();
    world.0.log_broken.set(true);
    world.advance(3);
    let asked = world.asked();
    assert_eq!(world.get(PATH).outcome.verdict, CacheVerdict::Expired);
    assert_eq!(world.asked(), asked + 1);
    *world.0.script.borrow_mut() = Script::Fail(Kind::Unavailable);
    let answer = world.get(PATH);
    assert_eq!(
        (answer.head.status, answer.outcome.verdict),
        (200, CacheVerdict::Stale)
    );
}

#[test]
fn a_bookmark_is_reached_before_an_isolate_answers_its_holder() {
    let world = warm();
    let seq = world.purge(tag("stored"), Mode::Hard);
    // Others may still be served what this isolate has.
    assert_eq!(world.get(PATH).outcome.verdict, CacheVerdict::Hit);
    let answer = holding(&world, &seq.to_string());
    assert_eq!(answer.outcome.verdict, CacheVerdict::Miss);
    assert_eq!(world.0.asks.borrow().last().unwrap().after, seq);
}

#[test]
fn a_soft_purge_counts_at_once_though_the_logs_clock_is_ahead() {
    let world = warm();
    world.advance(1);
    world.purge(tag("stored"), Mode::Soft);
    world.0.now.set(world.0.now.get() - 900);
    world.renew();
    assert_eq!(world.get(PATH).outcome.verdict, CacheVerdict::Stale);
}

#[test]
fn a_soft_purge_is_hard_for_the_holder_of_its_bookmark() {
    let world = warm();
    let seq = world.purge(tag("stored"), Mode::Soft);
    world.renew();
    *world.0.script.borrow_mut() = Script::Fail(Kind::Unavailable);
    assert_eq!(holding(&world, &seq.to_string()).head.status, 503);
    let earlier = (seq.0 - 1).to_string();
    assert_eq!(
        holding(&world, &earlier).outcome.verdict,
        CacheVerdict::Stale
    );
}

#[test]
fn bookmarks_that_no_log_gave_are_noted_and_ignored() {
    let world = warm();
    world.renew();
    let asked = world.0.log_asked.get();
    for (bookmark, note) in [
        ("what", "bookmark-malformed"),
        ("9007199254740991", "bookmark-ahead"),
    ] {
        let answer = holding(&world, bookmark);
        assert_eq!(answer.outcome.verdict, CacheVerdict::Hit);
        assert_eq!(answer.outcome.detail, Some(note));
    }
    assert_eq!(world.0.log_asked.get(), asked);
}

#[test]
fn made_up_bookmarks_of_this_moment_are_asked_for_ten_times_a_second_and_then_left_to_the_shield() {
    let world = warm();
    world.renew();
    let asked = world.0.log_asked.get();
    let now = world.now().as_millis() * 1000;
    for index in 0..100 {
        let answer = holding(&world, &(now + 1000 + index).to_string());
        assert_eq!(answer.head.status, 200);
    }
    assert_eq!(world.0.log_asked.get() - asked, 10);
    let answer = holding(&world, &(now + 5000).to_string());
    assert_eq!(answer.outcome.detail, Some("bookmark-by-shield"));
    assert_eq!(answer.outcome.verdict, CacheVerdict::Miss);
}

#[test]
fn a_fill_that_began_before_a_known_purge_is_asked_for_once_more() {
    let world = World::new(site());
    world.0.tags.borrow_mut().push("stored".into());
    let seq = world.purge(tag("stored"), Mode::Hard);
    world.renew();
    world.0.fill_seq.set(Some(crate::purge::seq::PurgeSeq(1)));
    let answer = world.get(PATH);
    assert_eq!(answer.head.status, 200);
    let asks: Vec<u64> = world
        .0
        .asks
        .borrow()
        .iter()
        .map(|ask| ask.after.0)
        .collect();
    assert_eq!(asks, [0, seq.0]);
}

#[test]
fn what_a_slow_fill_stores_after_a_purge_is_void_wherever_it_lands() {
    let world = World::new(site());
    world.0.tags.borrow_mut().push("stored".into());
    world.renew();
    world.get(PATH);
    // Its writes to the far layers are still under way.
    world.purge(tag("stored"), Mode::Hard);
    world.run_background();
    assert_eq!(world.layers_written(), [Layer::Colo, Layer::Global]);
    let elsewhere = world.elsewhere();
    assert_eq!(elsewhere.get(PATH).outcome.verdict, CacheVerdict::Miss);
}
