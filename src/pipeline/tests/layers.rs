//! What goes into which layer, and what may not come back out of one.

use super::world::*;
use super::{body, seen};
use crate::failure::Kind;
use crate::outcome::{CacheVerdict, Layer, ShieldReport};

#[test]
fn what_was_deleted_does_not_come_back_when_the_source_fails() {
    let world = World::new(site());
    world.get("/pitches/1");
    world.run_background();
    *world.0.script.borrow_mut() = Script::NotFound;
    world.advance(125);
    assert_eq!(seen(&world.get("/pitches/1")), (404, CacheVerdict::Expired));
    world.run_background();
    *world.0.script.borrow_mut() = Script::Fail(Kind::Unavailable);
    world.advance(11);
    assert_eq!(world.get("/pitches/1").head.status, 503);
    // Nor in another colo, which never saw the 404: KV was told.
    let elsewhere = world.elsewhere();
    elsewhere
        .0
        .far
        .borrow_mut()
        .retain(|(layer, _), _| *layer == Layer::Global);
    *elsewhere.0.script.borrow_mut() = Script::Fail(Kind::Unavailable);
    assert_eq!(elsewhere.get("/pitches/1").head.status, 503);
}

#[test]
fn an_answer_that_another_fill_gave_is_not_written_to_kv_again() {
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
        world.get("/pitches/1");
        world.run_background();
        assert_eq!(*world.0.writes.borrow(), [Layer::Colo], "{report:?}");
        assert_eq!(world.get("/pitches/1").outcome.verdict, CacheVerdict::Hit);
    }
}

#[test]
fn an_older_answer_in_a_far_layer_is_not_used_once_a_newer_was_seen() {
    let world = World::new(site());
    world.get("/pitches/1");
    world.run_background();
    let old = world.0.far.borrow().clone();
    world.advance(150);
    *world.0.script.borrow_mut() = Script::Answer(b"{\"n\":2}".to_vec());
    world.get("/pitches/1");
    world.run_background();
    *world.0.far.borrow_mut() = old;
    *world.0.script.borrow_mut() = Script::Fail(Kind::Unavailable);
    world.advance(130);
    let stale = world.get("/pitches/1");
    assert_eq!(
        (seen(&stale), body(&stale).as_str()),
        ((200, CacheVerdict::Stale), "{\"n\":2}")
    );
}

#[test]
fn an_answer_too_heavy_with_both_codings_stays_with_the_one() {
    let world = World::new(site());
    // The plain form alone is an eighth of the memory layer; the coded one is stored.
    let large = format!("{{\"text\":\"{}\"}}", "a".repeat(65_400));
    *world.0.script.borrow_mut() = Script::Answer(large.into_bytes());
    for _ in 0..3 {
        assert_eq!(world.get("/pitches/1").head.status, 200);
    }
    assert_eq!(world.asked(), 1);
    assert_eq!(world.get("/pitches/1").outcome.layers.len(), 1);
}
