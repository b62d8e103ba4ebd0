//! The request path in virtual time, scenario by scenario.

mod fills;
mod lanes;
mod layers;
mod operate;
mod origin;
mod purges;
mod relief;
mod sim;
mod source_times;
pub(super) mod world;

use crate::cache::stored::Coding;
use crate::failure::Kind;
use crate::outcome::{CacheVerdict, Layer};
use crate::pipeline::answer::{AnswerOf, Content};
use crate::semantics::request::RequestHead;
use world::*;

fn body(answer: &AnswerOf<World>) -> String {
    let bytes = match &answer.content {
        Content::Empty => Vec::new(),
        Content::Stream(bytes) => bytes.clone(),
        Content::Text(text) => text.clone().into_bytes(),
        Content::Bytes(bytes) => bytes.clone(),
        Content::Stored(body, coding) => body.get(*coding).unwrap().clone(),
        Content::Slice(body, coding, range) => {
            let range = usize::try_from(range.start).unwrap()..usize::try_from(range.end).unwrap();
            body.get(*coding).unwrap()[range].to_vec()
        }
    };
    String::from_utf8(bytes).unwrap()
}

fn seen(answer: &AnswerOf<World>) -> (u16, CacheVerdict) {
    (answer.head.status, answer.outcome.verdict)
}

#[test]
fn a_miss_asks_once_and_fills_every_layer() {
    let world = World::new(site());
    assert_eq!(seen(&world.get("/pitches/1")), (200, CacheVerdict::Miss));
    world.run_background();
    assert_eq!(world.layers_written(), [Layer::Colo, Layer::Global]);
    let hit = world.get("/pitches/1");
    assert_eq!(seen(&hit), (200, CacheVerdict::Hit));
    assert_eq!(body(&hit), "{\"n\":1}");
    assert_eq!(world.asked(), 1);
}

#[test]
fn equal_values_share_an_answer_and_foreign_parameters_do_not_matter() {
    let world = World::new(site());
    world.get("/pitches/1");
    for path in ["/pitches/1?utm_source=x", "/pitches/001", "/pitches/%31"] {
        assert_eq!(world.get(path).outcome.verdict, CacheVerdict::Hit, "{path}");
    }
    assert_eq!(world.get("/pitches/2").outcome.verdict, CacheVerdict::Miss);
    world.get("/search?q=a");
    assert_eq!(
        world.get("/search?x=1&q=%61").outcome.verdict,
        CacheVerdict::Hit
    );
    assert_eq!(world.get("/search?q=b").outcome.verdict, CacheVerdict::Miss);
    assert_eq!(world.get("/search").outcome.verdict, CacheVerdict::Miss);
}

#[test]
fn a_stale_answer_is_served_and_refreshed_behind_it_once() {
    let world = World::new(site());
    world.get("/pitches/1");
    world.run_background();
    world.advance(105);
    *world.0.script.borrow_mut() = Script::Answer(b"{\"n\":2}".to_vec());
    for _ in 0..3 {
        let stale = world.get("/pitches/1");
        assert_eq!(
            (seen(&stale), body(&stale).as_str()),
            ((200, CacheVerdict::Stale), "{\"n\":1}")
        );
    }
    world.run_background();
    assert_eq!(world.asked(), 2);
    let fresh = world.get("/pitches/1");
    assert_eq!(
        (seen(&fresh), body(&fresh).as_str()),
        ((200, CacheVerdict::Hit), "{\"n\":2}")
    );
}

#[test]
fn a_refresh_takes_what_another_isolate_has_fetched() {
    let world = World::new(site());
    world.get("/pitches/1");
    world.run_background();
    world.advance(105);
    let other = world.elsewhere();
    other.0.far.borrow_mut().clear();
    *other.0.script.borrow_mut() = Script::Answer(b"{\"n\":2}".to_vec());
    other.get("/pitches/1");
    other.run_background();
    *world.0.far.borrow_mut() = other.0.far.borrow().clone();
    assert_eq!(world.get("/pitches/1").outcome.verdict, CacheVerdict::Stale);
    world.run_background();
    assert_eq!(
        (body(&world.get("/pitches/1")).as_str(), world.asked()),
        ("{\"n\":2}", 1)
    );
}

#[test]
fn when_the_source_fails_a_stale_answer_stands_in_within_its_window_and_not_outside() {
    let world = World::new(site());
    world.get("/pitches/1");
    *world.0.script.borrow_mut() = Script::Fail(Kind::Unavailable);
    world.advance(299);
    let stale = world.get("/pitches/1");
    assert_eq!(seen(&stale), (200, CacheVerdict::Stale));
    assert_eq!(stale.outcome.detail, Some("stale-if-error"));
    world.advance(1);
    let failed = world.get("/pitches/1");
    assert_eq!(failed.head.status, 503);
    assert_eq!(failed.head.get("Retry-After"), Some("2"));
    assert!(!body(&failed).contains("the inside"));
    assert_eq!(failed.internal.as_deref(), Some("the inside"));
}

#[test]
fn past_every_window_the_source_answers_and_it_is_called_expired() {
    let world = World::new(site());
    world.get("/pitches/1");
    world.advance(150);
    assert_eq!(seen(&world.get("/pitches/1")), (200, CacheVerdict::Expired));
    world.advance(10_000);
    assert_eq!(seen(&world.get("/pitches/1")), (200, CacheVerdict::Miss));
}

#[test]
fn an_absence_is_remembered_for_its_own_short_time() {
    let world = World::new(site());
    *world.0.script.borrow_mut() = Script::NotFound;
    assert_eq!(seen(&world.get("/pitches/9")), (404, CacheVerdict::Miss));
    world.advance(9);
    let hit = world.get("/pitches/9");
    assert_eq!(seen(&hit), (404, CacheVerdict::Hit));
    assert_eq!(hit.head.get("Cache-Control"), Some("public, max-age=10"));
    assert!(body(&hit).contains("\"request_id\":\"id-1\""));
    world.advance(1);
    world.get("/pitches/9");
    assert_eq!(world.asked(), 2);
}

#[test]
fn another_isolate_finds_it_in_the_colo_and_another_colo_in_kv() {
    let world = World::new(site());
    world.get("/pitches/1");
    world.run_background();
    let other = world.elsewhere();
    let hit = other.get("/pitches/1");
    assert_eq!((seen(&hit), other.asked()), ((200, CacheVerdict::Hit), 0));
    assert_eq!(
        hit.outcome.layers.last().map(|report| report.layer),
        Some(Layer::Colo)
    );
    let far = world.elsewhere();
    far.0
        .far
        .borrow_mut()
        .retain(|(layer, _), _| *layer == Layer::Global);
    let hit = far.get("/pitches/1");
    assert_eq!(
        hit.outcome.layers.last().map(|report| report.layer),
        Some(Layer::Global)
    );
    far.run_background();
    assert_eq!(far.layers_written(), [Layer::Colo, Layer::Global]);
    assert_eq!(far.get("/pitches/1").outcome.layers.len(), 1);
    assert_eq!(far.asked(), 0);
}

#[test]
fn broken_layers_make_it_slower_but_not_wrong() {
    let world = World::new(site());
    world
        .0
        .broken
        .borrow_mut()
        .extend([Layer::Colo, Layer::Global]);
    assert_eq!(seen(&world.get("/pitches/1")), (200, CacheVerdict::Miss));
    world.run_background();
    assert_eq!(seen(&world.get("/pitches/1")), (200, CacheVerdict::Hit));
}

#[test]
fn a_corrupt_or_foreign_record_is_a_miss() {
    let world = World::new(site());
    world.get("/pitches/1");
    world.get("/pitches/2");
    world.run_background();
    let other = world.elsewhere();
    let two = other.0.far.borrow().iter().find_map(|((layer, _), bytes)| {
        let text = String::from_utf8_lossy(bytes).contains("1:2");
        (*layer == Layer::Colo && text).then(|| bytes.clone())
    });
    for ((layer, _), bytes) in other.0.far.borrow_mut().iter_mut() {
        match layer {
            Layer::Colo => bytes.clone_from(two.as_ref().unwrap()),
            Layer::Memory | Layer::Global => bytes.truncate(20),
        }
    }
    let miss = other.get("/pitches/1");
    assert_eq!((seen(&miss), other.asked()), ((200, CacheVerdict::Miss), 1));
}

#[test]
fn a_lifetime_under_a_minute_never_goes_to_kv() {
    let world = World::new(site());
    world.get("/live");
    world.run_background();
    assert_eq!(world.layers_written(), [Layer::Colo]);
}

#[test]
fn a_body_over_the_limit_is_served_but_not_stored() {
    let world = World::new(site());
    let large: Vec<u8> = (0..200_000_u32).flat_map(|i| i.to_be_bytes()).collect();
    *world.0.script.borrow_mut() = Script::Answer(large);
    world.get("/pitches/1");
    world.run_background();
    assert_eq!(world.layers_written(), []);
    assert_eq!(world.get("/pitches/1").outcome.verdict, CacheVerdict::Miss);
}

#[test]
fn a_private_answer_is_never_reachable_without_the_token() {
    let world = World::new(site());
    let with = |authorization| {
        let path = "/patients/1";
        world.request(RequestHead {
            method: "GET",
            path,
            authorization,
            ..RequestHead::default()
        })
    };
    let filled = with(Some("Bearer s3cret"));
    assert_eq!(filled.head.status, 200);
    assert_eq!(
        filled.head.get("Cache-Control"),
        Some("private, max-age=100")
    );
    assert_eq!(
        with(Some("Bearer s3cret")).outcome.verdict,
        CacheVerdict::Hit
    );
    for wrong in [None, Some("Bearer wrong"), Some("s3cret")] {
        let refused = with(wrong);
        assert_eq!(refused.head.status, 401);
        assert!(!body(&refused).contains("\"n\""));
    }
    world.run_background();
    assert_eq!(world.layers_written(), []);
}

#[test]
fn an_unknown_method_is_refused_and_never_served_from_cache() {
    let world = World::new(site());
    world.get("/pitches/1");
    for method in ["PURGE", "get", "DELETE"] {
        let request = RequestHead {
            method,
            path: "/pitches/1",
            ..RequestHead::default()
        };
        let refused = world.request(request);
        assert_eq!(refused.head.status, 405, "{method}");
        assert_eq!(refused.head.get("Allow"), Some("GET, HEAD, OPTIONS"));
    }
    assert_eq!(world.get("/nowhere").head.status, 404);
}

#[test]
fn bad_parameters_are_named_and_never_reach_the_source() {
    let world = World::new(site());
    for path in [
        "/pitches/abc",
        "/pitches/99999999999999999999",
        "/pitches/%00",
        "/pitches/%ff",
    ] {
        assert_eq!(world.get(path).head.status, 400, "{path}");
    }
    assert!(body(&world.get("/pitches/abc")).contains("\"name\":\"id\""));
    let long = format!("/search?q={}", "a".repeat(101));
    assert!(body(&world.get(&long)).contains("\"name\":\"q\""));
    assert_eq!(world.asked(), 0);
}

#[test]
fn a_write_needs_token_json_and_measure() {
    let world = World::new(site());
    let post = |token, content_type, sent: &str| {
        *world.0.body.borrow_mut() = Some(sent.as_bytes().to_vec());
        world.request(RequestHead {
            method: "POST",
            path: "/pitches",
            authorization: token,
            content_type,
            ..RequestHead::default()
        })
    };
    let (token, json) = (
        Some("Bearer s3cret"),
        Some("application/json; charset=utf-8"),
    );
    let created = post(token, json, r#"{"title":"t"}"#);
    assert_eq!(seen(&created), (201, CacheVerdict::Bypass));
    assert_eq!(created.head.get("Cache-Control"), Some("no-store"));
    assert_eq!(world.0.asks.borrow()[0].values, [Some("t".to_owned())]);
    assert_eq!(world.0.asks.borrow()[0].key, None);
    assert_eq!(post(None, json, r#"{"title":"t"}"#).head.status, 401);
    assert_eq!(post(token, Some("text/plain"), "{}").head.status, 415);
    assert_eq!(post(token, json, "{").head.status, 400);
    assert_eq!(post(token, json, r#"{"titel":"t"}"#).head.status, 400);
    assert_eq!(
        post(
            token,
            json,
            &format!("{{\"title\":\"{}\"}}", "t".repeat(64))
        )
        .head
        .status,
        413
    );
    assert_eq!(world.asked(), 1);
}

#[test]
fn head_and_conditional_requests_are_answered_from_the_stored_get() {
    let world = World::new(site());
    let full = world.get("/pitches/1");
    let request = RequestHead {
        method: "HEAD",
        path: "/pitches/1",
        ..RequestHead::default()
    };
    let head = world.request(request);
    assert_eq!(
        (seen(&head), body(&head).as_str()),
        ((200, CacheVerdict::Hit), "")
    );
    assert_eq!(head.head.get("Content-Length"), Some("7"));
    let if_none_match = full.head.get("ETag");
    let request = RequestHead {
        method: "GET",
        if_none_match,
        ..request
    };
    let same = world.request(request);
    assert_eq!(
        (same.head.status, same.head.get("ETag")),
        (304, if_none_match)
    );
    assert_eq!(same.head.get("Content-Type"), None);
}

#[test]
fn text_is_compressed_for_those_who_take_it_and_kept_in_both_codings() {
    let world = World::new(site());
    let text = format!("{{\"text\":\"{}\"}}", "a".repeat(3000));
    *world.0.script.borrow_mut() = Script::Answer(text.clone().into_bytes());
    let with = |accept_encoding, no_compression| {
        let path = "/pitches/1";
        let plain = RequestHead {
            method: "GET",
            path,
            ..RequestHead::default()
        };
        world.request(RequestHead {
            accept_encoding,
            no_compression,
            ..plain
        })
    };
    let zipped = with(Some("br, gzip"), None);
    assert_eq!(zipped.head.get("Content-Encoding"), Some("gzip"));
    assert_eq!(zipped.head.get("Vary"), Some("Accept-Encoding"));
    assert!(matches!(zipped.content, Content::Stored(_, Coding::Gzip)));
    for plain in [
        with(None, None),
        with(Some("gzip"), Some("1")),
        with(Some("gzip;q=0"), None),
    ] {
        assert_eq!(plain.head.get("Content-Encoding"), None);
        assert_eq!(body(&plain), text);
        assert_ne!(plain.head.get("ETag"), zipped.head.get("ETag"));
    }
    assert_eq!(world.asked(), 1);
}

#[test]
fn options_tells_the_methods_and_streams_have_a_head_without_a_query() {
    let world = World::new(site());
    let ask = |method, path| {
        world.request(RequestHead {
            method,
            path,
            ..RequestHead::default()
        })
    };
    let options = ask("OPTIONS", "/pitches");
    assert_eq!(
        (options.head.status, options.head.get("Allow")),
        (204, Some("POST, OPTIONS"))
    );
    assert_eq!(ask("OPTIONS", "/nowhere").head.status, 404);
    assert_eq!(
        (ask("HEAD", "/export").head.status, world.asked()),
        (200, 0)
    );
    assert!(matches!(ask("GET", "/export").content, Content::Stream(_)));
}
