//! The two lanes must give the same answer: generated requests against a generated memory.

use super::world::*;
use crate::pipeline::answer::{Answer, memory_hit};
use crate::purge::target::{Mode, Target};
use crate::semantics::request::RequestHead;
use proptest::prelude::*;

#[derive(Clone, Debug)]
struct Generated {
    method: &'static str,
    path: &'static str,
    search: &'static str,
    authorization: Option<&'static str>,
    if_none_match: Option<&'static str>,
    accept_encoding: Option<&'static str>,
    no_compression: Option<&'static str>,
    bookmark: Option<&'static str>,
}

impl Generated {
    fn head(&self) -> RequestHead<'_> {
        RequestHead {
            method: self.method,
            path: self.path,
            search: self.search,
            authorization: self.authorization,
            if_none_match: self.if_none_match,
            accept_encoding: self.accept_encoding,
            no_compression: self.no_compression,
            bookmark: self.bookmark,
            ..RequestHead::default()
        }
    }
}

fn generated() -> impl Strategy<Value = Generated> {
    let paths = [
        "/pitches/1",
        "/pitches/x",
        "/search",
        "/live",
        "/patients/1",
        "/export",
        "/no",
    ];
    (
        prop::sample::select(vec!["GET", "HEAD", "POST", "PURGE", "OPTIONS"]),
        prop::sample::select(paths.to_vec()),
        prop::sample::select(vec!["", "q=a", "x=1"]),
        prop::sample::select(vec![None, Some("Bearer s3cret"), Some("Bearer no")]),
        prop::sample::select(vec![None, Some("*"), Some("\"x\""), Some("garbage")]),
        prop::sample::select(vec![None, Some("gzip"), Some("identity"), Some("*;q=0.5")]),
        prop::sample::select(vec![None, Some("1"), Some("0")]),
        prop::sample::select(vec![None, Some("1"), Some("1139000000"), Some("x")]),
    )
        .prop_map(
            |(method, path, search, authorization, none, accept, plain, bookmark)| Generated {
                method,
                path,
                search,
                authorization,
                if_none_match: none,
                accept_encoding: accept,
                no_compression: plain,
                bookmark,
            },
        )
}

fn warmed(large: bool) -> World {
    let mut site = site();
    for route in &mut site.routes {
        if let Some(tier) = &mut route.tier {
            tier.eager = crate::policy::Eager::from_thousandths(500);
        }
    }
    let world = World::new(site);
    world.0.tags.borrow_mut().push("stored".into());
    if large {
        let text = format!("{{\"text\":\"{}\"}}", "a".repeat(3000));
        *world.0.script.borrow_mut() = Script::Answer(text.into_bytes());
    }
    for path in ["/pitches/1", "/search?q=a", "/live", "/patients/1"] {
        let (path, search) = RequestHead::split_url(path);
        let authorization = Some("Bearer s3cret");
        let method = "GET";
        world.request(RequestHead {
            method,
            path,
            search,
            authorization,
            ..RequestHead::default()
        });
    }
    world.run_background();
    world
}

/// Whether the isolate heard of the purge before the request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Renewed {
    Yes,
    No,
}

/// Whether the same was asked before, so that its refresh, if it is aging, is claimed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum AskedBefore {
    Yes,
    No,
}

/// A purge of what is stored, or of something else.
fn purges() -> impl Strategy<Value = Option<(&'static str, Mode)>> {
    let tags = prop_oneof![Just("stored"), Just("else")];
    let modes = prop_oneof![Just(Mode::Soft), Just(Mode::Hard)];
    prop_oneof![Just(None), (tags, modes).prop_map(Some)]
}

proptest! {
    #[test]
    fn the_memory_lane_answers_as_the_other_lane_does(
        request in generated(),
        large: bool,
        later in 0..140_u64,
        purge in purges(),
        renewed in prop_oneof![4 => Just(Renewed::Yes), 1 => Just(Renewed::No)],
        asked_before in prop_oneof![Just(AskedBefore::Yes), Just(AskedBefore::No)],
    ) {
        let world = warmed(large);
        world.advance(later);
        let site = world.0.site.clone();
        if asked_before == AskedBefore::Yes {
            world.request(request.head());
        }
        let asked = world.asked();
        if let Some((tag, mode)) = purge {
            world.purge(Target::Tag(tag.into()), mode);
        }
        if renewed == Renewed::Yes {
            world.renew();
        }
        let found = world.look(&site, &request.head());
        if let Some(found) = found {
            let quick = Answer::<_, ()>::stored(&found, memory_hit(&found), &request.head(), "id-1");
            let quick = quick.unwrap();
            let slow = world.request(request.head());
            prop_assert_eq!(&quick.head, &slow.head);
            prop_assert_eq!(&quick.outcome, &slow.outcome);
            prop_assert_eq!(format!("{:?}", quick.content), format!("{:?}", slow.content));
            prop_assert_eq!(world.asked(), asked);
        }
    }
}

#[test]
fn the_memory_lane_does_answer_what_it_should() {
    // Without this, a lane that never answers would pass the test above.
    let world = warmed(false);
    let site = world.0.site.clone();
    for (path, search) in [("/pitches/1", ""), ("/search", "q=a"), ("/live", "x=1")] {
        let request = RequestHead {
            method: "GET",
            path,
            search,
            ..RequestHead::default()
        };
        let found = world.look(&site, &request);
        assert!(found.is_some(), "{path}");
    }
}
