//! While sources suffer: stale answers are served longer and refreshed less, and nothing else changes.

use super::world::*;
use super::{body, seen};
use crate::config::site::Site;
use crate::failure::Kind;
use crate::outcome::CacheVerdict;
use crate::policy::Eager;
use crate::ports::Ports;
use crate::purge::relief::Relief;
use crate::purge::target::{Mode, Target};
use std::time::Duration;

/// A world with `/pitches/1` in memory: 100 s fresh, swr 20 s, sie 200 s. The source fails from now on.
fn suffering(site: Site) -> World {
    let world = World::new(site);
    world.get("/pitches/1");
    world.run_background();
    *world.0.script.borrow_mut() = Script::Fail(Kind::Unavailable);
    world
}

fn relieve(world: &World, lasts_s: u64, stretch_s: u64) {
    let now = world.now();
    world.0.relief.set(Some(Relief {
        until: now.plus(Duration::from_secs(lasts_s)),
        stretch_max: Duration::from_secs(stretch_s),
    }));
}

#[test]
fn what_may_stand_in_for_a_failing_source_is_served_at_once_and_says_so() {
    let world = suffering(site());
    relieve(&world, 1000, 3600);
    world.advance(119);
    assert_eq!(world.get("/pitches/1").outcome.detail, None);
    world.advance(100);
    let stale = world.get("/pitches/1");
    assert_eq!(
        (seen(&stale), body(&stale).as_str(), stale.outcome.detail),
        ((200, CacheVerdict::Stale), "{\"n\":1}", Some("stretch-ttl"))
    );
    // Nobody was kept waiting for the source.
    assert_eq!(world.asked(), 1);
    // Clients are told what the tier says.
    assert!(
        stale
            .head
            .get("Cache-Control")
            .is_some_and(|told| !told.contains("=200"))
    );
    world.advance(81);
    assert_eq!(world.get("/pitches/1").head.status, 503, "past sie");
}

#[test]
fn a_key_is_refreshed_at_most_each_thirty_seconds() {
    let world = suffering(site());
    relieve(&world, 1000, 3600);
    world.advance(130);
    let mut asked = Vec::new();
    for _ in 0..7 {
        world.get("/pitches/1");
        world.run_background();
        asked.push(world.asked());
        world.advance(10);
    }
    assert_eq!(asked, [2, 2, 2, 3, 3, 3, 4]);
}

#[test]
fn what_is_purged_is_refreshed_also_a_moment_after_a_refresh() {
    let world = suffering(site());
    relieve(&world, 1000, 3600);
    world.advance(105);
    let stale = || {
        let stale = world.get("/pitches/1");
        world.run_background();
        seen(&stale)
    };
    assert_eq!(stale(), (200, CacheVerdict::Stale));
    assert_eq!(world.asked(), 2);
    world.purge(Target::All, Mode::Soft);
    world.advance(5);
    *world.0.script.borrow_mut() = Script::Answer(b"{\"n\":2}".to_vec());
    assert_eq!(stale(), (200, CacheVerdict::Stale));
    assert_eq!(world.asked(), 3, "the purge waits for nothing");
    assert_eq!(stale(), (200, CacheVerdict::Hit));
}

#[test]
fn it_is_bounded_by_what_the_site_allows() {
    let world = suffering(site());
    relieve(&world, 1000, 60);
    world.advance(159);
    assert_eq!(world.get("/pitches/1").outcome.detail, Some("stretch-ttl"));
    world.advance(1);
    assert_eq!(
        world.get("/pitches/1").outcome.detail,
        Some("stale-if-error")
    );
    assert_eq!(world.asked(), 2);
}

#[test]
fn it_ends_by_itself_when_nobody_renews_it() {
    let world = suffering(site());
    relieve(&world, 150, 3600);
    world.advance(149);
    assert_eq!(world.get("/pitches/1").outcome.detail, Some("stretch-ttl"));
    world.advance(1);
    assert_eq!(
        world.get("/pitches/1").outcome.detail,
        Some("stale-if-error")
    );
}

#[test]
fn what_was_purged_is_not_stretched() {
    for (mode, expected) in [(Mode::Hard, 503), (Mode::Soft, 200)] {
        let world = suffering(site());
        relieve(&world, 1000, 3600);
        world.advance(10);
        world.purge(Target::All, mode);
        world.advance(25);
        let answer = world.get("/pitches/1");
        assert_eq!(answer.head.status, expected, "{mode:?}");
        assert_ne!(answer.outcome.detail, Some("stretch-ttl"), "{mode:?}");
        assert_eq!(world.asked(), 2, "{mode:?}: the source was asked first");
    }
}

#[test]
fn nothing_is_refreshed_ahead() {
    let eager = || {
        let mut site = site();
        for route in &mut site.routes {
            if let Some(tier) = &mut route.tier {
                tier.eager = Eager::from_thousandths(500);
            }
        }
        site
    };
    for (relieved, asked) in [(false, 2), (true, 1)] {
        let world = suffering(eager());
        if relieved {
            relieve(&world, 1000, 3600);
        }
        world.advance(99);
        let hit = world.get("/pitches/1");
        world.run_background();
        assert!(matches!(
            hit.outcome.verdict,
            CacheVerdict::Hit | CacheVerdict::Stale
        ));
        assert_eq!(world.asked(), asked, "{relieved}");
    }
}
