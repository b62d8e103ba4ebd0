//! What operators have done with what an origin's routes store.

use super::*;
use crate::config::site::Warm;
use crate::pipeline::operate::explain::{Explanation, Question, explain};
use crate::pipeline::operate::inspect::{Inspected, LayerState, Standing, Validity, look};
use crate::pipeline::operate::{purge, warm};
use crate::ports::operator::{PurgeDone, PurgeOrder, Scope, WarmOrder, WarmResult, WarmWhat};
use crate::purge::target::Mode;
use CacheVerdict::{Hit, Miss, Revalidated, Stale};
use futures_util::StreamExt;

const MINUTE: &str = "Cache-Control: max-age=60";
const VARIES: [&str; 2] = [MINUTE, "Vary: Foo"];
const URL: &str = "https://site.example/a";

fn purged(world: &World, keys: &[&str], mode: Mode) -> PurgeDone {
    let order = PurgeOrder {
        tags: Vec::new(),
        keys: keys.iter().map(ToString::to_string).collect(),
        prefixes: Vec::new(),
        scope: Scope::Listed,
        mode,
    };
    let site = world.0.site.clone();
    world.drive(purge::perform(world, &site, &order)).unwrap()
}

fn inspected(world: &World, url: &str) -> Inspected {
    let site = world.0.site.clone();
    world.drive(look(world, &site, &[url.to_owned()])).remove(0)
}

fn explained(world: &World, url: &str, lines: &[&str]) -> Explanation {
    let question = Question {
        url,
        fields: pairs(lines).into_iter().collect(),
        own: None,
    };
    let site = world.0.site.clone();
    world.drive(explain(world, &site, question))
}

#[track_caller]
fn begins(world: &World, lines: &[&str], expected: &str) -> Explanation {
    let found = explained(world, URL, lines);
    assert!(found.now.starts_with(expected), "{}", found.now);
    found
}

fn with_two_variants() -> World {
    let world = proxied();
    for value in ["1", "2"] {
        world.says(200, &VARIES, value);
        world.ask("GET", "/a", &[&format!("Foo: {value}")]);
        world.run_background();
    }
    world
}

#[test]
fn a_url_purges_all_its_variants_everywhere() {
    for url in [URL, "https://SITE.example:443/%61#top"] {
        let world = with_two_variants();
        let other = world.elsewhere();
        let done = purged(&world, &[url], Mode::Hard);
        assert!(done.unmatched.is_empty(), "{:?}", done.unmatched);
        assert_eq!(done.routes.len(), 1);
        other.renew();
        for world in [&world, &other] {
            for value in ["1", "2"] {
                world.says(200, &VARIES, "new");
                let answer = world.ask("GET", "/a", &[&format!("Foo: {value}")]);
                check(&answer, 200, Miss, "new");
            }
        }
    }
}

#[test]
fn a_soft_purge_of_a_url_has_it_validated() {
    let world = proxied();
    let tagged = [MINUTE, "ETag: \"a\""];
    world.says(200, &tagged, "one");
    world.ask("GET", "/a", &[]);
    world.advance(5);
    purged(&world, &[URL], Mode::Soft);
    world.says(304, &tagged, "");
    check(&world.ask("GET", "/a", &[]), 200, Revalidated, "one");
}

#[test]
fn another_host_scheme_or_path_is_another_url() {
    let world = proxied();
    world.says(200, &[MINUTE], "one");
    world.ask("GET", "/a", &[]);
    let others = [
        "https://other.example/a",
        "http://site.example/a",
        "https://site.example/a/",
    ];
    purged(&world, &others, Mode::Hard);
    check(&world.ask("GET", "/a", &[]), 200, Hit, "one");
}

#[test]
fn an_answer_to_which_the_query_does_not_matter_falls_with_any_of_its_urls() {
    let world = proxied();
    let lines = [MINUTE, "No-Vary-Search: params"];
    world.says(200, &lines, "one");
    world.ask("GET", "/a?x=1", &[]);
    let found = inspected(&world, "https://site.example/a?x=2");
    assert_eq!(found.layers[0].state, LayerState::Found);
    check(&world.ask("GET", "/a?x=2", &[]), 200, Hit, "one");
    purged(&world, &["https://site.example/a?x=2"], Mode::Hard);
    world.says(200, &lines, "two");
    check(&world.ask("GET", "/a?x=1", &[]), 200, Miss, "two");
}

#[test]
fn a_path_alone_is_told_to_lack_its_host() {
    let world = proxied();
    let done = purged(&world, &["/a"], Mode::Hard);
    let why = &done.unmatched[0].why;
    assert!(why.contains("by their whole URL"), "{why}");
    let found = inspected(&world, "/a");
    assert_eq!(found.unmatched.as_ref(), Some(why));
    let found = explained(&world, "/a", &[]);
    assert!(found.now.contains("whole URL"), "{}", found.now);
}

#[test]
fn any_tag_may_be_one_that_an_origin_gave() {
    let world = proxied();
    let order = PurgeOrder {
        tags: vec!["red".into()],
        keys: Vec::new(),
        prefixes: Vec::new(),
        scope: Scope::Listed,
        mode: Mode::Soft,
    };
    let site = world.0.site.clone();
    let done = world.drive(purge::perform(&world, &site, &order)).unwrap();
    assert_eq!(done.routes.len(), 1);
}

#[test]
fn a_look_tells_what_the_origin_said() {
    let world = proxied();
    let lines = [
        "Cache-Control: s-maxage=60, stale-if-error=30",
        "ETag: \"a\"",
        "Surrogate-Key: red",
        "Age: 10",
    ];
    world.says(200, &lines, "one");
    world.ask("GET", "/a", &[]);
    world.advance(20);
    let found = inspected(&world, URL);
    assert_eq!(found.unmatched, None);
    let answer = found.layers[0].answer.as_ref().unwrap();
    assert_eq!((answer.status, answer.age_s, answer.ttl_s), (200, 30, 30));
    assert_eq!(
        (answer.freshness, answer.purges),
        (Standing::Fresh, Validity::Valid)
    );
    // `s-maxage` allows no stale use.
    assert_eq!((answer.terms.fresh_s, answer.terms.sie_s), (60, 0));
    for tag in ["red", "uri:https://site.example/a", "/a"] {
        assert!(
            answer.tags.iter().any(|own| own == tag),
            "{:?}",
            answer.tags
        );
    }
    let origin = answer.origin.as_ref().unwrap();
    assert_eq!(
        (origin.basis, origin.unvalidated),
        ("s-maxage", "while-fresh")
    );
    assert_eq!(origin.validators, ["ETag: \"a\""]);
    assert_eq!(origin.part, None);
    purged(&world, &[URL], Mode::Hard);
    let found = inspected(&world, URL);
    assert_eq!(
        found.layers[0].answer.as_ref().unwrap().freshness,
        Standing::Void
    );
    assert_eq!(world.contacts(), 1);
}

#[test]
fn a_look_tells_the_variants_and_parts() {
    let world = with_two_variants();
    let memory = inspected(&world, URL).layers.remove(0);
    assert_eq!(
        (memory.state, memory.answer.is_none()),
        (LayerState::Found, true)
    );
    let values: Vec<_> = memory
        .variants
        .iter()
        .map(|variant| {
            let selected = &variant.selecting[0];
            let bytes = variant.answer.as_ref().map(|answer| answer.bytes);
            (selected.name.as_str(), selected.value.as_deref(), bytes)
        })
        .collect();
    assert_eq!(
        values,
        [("foo", Some("2"), Some(1)), ("foo", Some("1"), Some(1))]
    );
    let part = [MINUTE, "ETag: \"a\"", "Content-Range: bytes 2-3/6"];
    world.says(206, &part, "cd");
    world.ask("GET", "/b", &["Range: bytes=2-3"]);
    let found = inspected(&world, "https://site.example/b");
    let origin = found.layers[0].answer.as_ref().unwrap().origin.as_ref();
    assert_eq!(origin.unwrap().part.as_deref(), Some("bytes 2-3/6"));
}

#[test]
fn an_explanation_foretells_what_the_request_comes_to() {
    let world = proxied();
    let lines = [
        "Cache-Control: max-age=60, stale-while-revalidate=30",
        "ETag: \"a\"",
    ];
    begins(&world, &[], "No layer has an answer that may be used");
    world.says(200, &lines, "one");
    world.ask("GET", "/a", &[]);
    begins(
        &world,
        &[],
        "It is answered from memory (HIT), which has it fresh for 60 s more, by max-age",
    );
    let reload = begins(
        &world,
        &["Cache-Control: no-cache"],
        "The client waits while the answer in memory",
    );
    assert!(
        reload
            .now
            .contains("because the request asks for it: the edge itself"),
        "{}",
        reload.now
    );
    begins(
        &world,
        &["Cache-Control: no-store"],
        "The request says no-store",
    );
    begins(&world, &["Upgrade: websocket"], "It is a WebSocket");
    world.advance(70);
    let stale = begins(
        &world,
        &[],
        "It is answered at once with the stale answer in memory",
    );
    assert_eq!(
        stale.layers[0].verdict,
        "stale, but may be served while it is validated"
    );
    world.advance(30);
    let expired = begins(&world, &[], "The client waits while the answer in memory");
    assert!(
        expired.now.contains("because it is stale"),
        "{}",
        expired.now
    );
    begins(
        &world,
        &["Cache-Control: only-if-cached"],
        "It is refused with 504",
    );
    begins(
        &world,
        &["Cache-Control: max-stale"],
        "It is answered from memory (STALE)",
    );
    assert_eq!(world.contacts(), 1);
}

#[test]
fn asking_for_an_explanation_changes_nothing() {
    let world = proxied();
    let lines = [
        "Cache-Control: max-age=60, stale-while-revalidate=30",
        "ETag: \"a\"",
    ];
    world.says(200, &lines, "one");
    world.ask("GET", "/a", &[]);
    let seq = purged(&world, &[URL], Mode::Hard).seq;
    let void = begins(&world, &[], "No layer has an answer");
    assert!(
        void.layers[0]
            .verdict
            .starts_with(&format!("void: purge {seq}"))
    );
    assert_eq!(void.purges[0].target, "uri:https://site.example/a");
    world.says(200, &lines, "two");
    check(&world.ask("GET", "/a", &[]), 200, Miss, "two");
    world.advance(70);
    begins(&world, &[], "It is answered at once");
    check(&world.ask("GET", "/a", &[]), 200, Stale, "two");
    assert_eq!(world.contacts(), 2);
}

#[test]
fn an_explanation_tells_variants_apart_by_the_fields_that_are_given() {
    let world = with_two_variants();
    begins(&world, &["Foo: 1"], "It is answered from memory (HIT)");
    let other = begins(
        &world,
        &["Foo: 3"],
        "What is stored for the URL was selected by other request fields",
    );
    assert!(other.layers[0].verdict.ends_with("it knows of 2"));
}

#[test]
fn an_answer_with_no_cache_is_explained_as_validated() {
    let world = proxied();
    let lines = ["Cache-Control: no-cache", "ETag: \"a\""];
    world.says(200, &lines, "one");
    world.ask("GET", "/a", &[]);
    let found = begins(&world, &[], "The client waits while the answer in memory");
    assert!(
        found.now.contains("because the answer says no-cache"),
        "{}",
        found.now
    );
    assert!(
        found
            .now
            .contains("so does the request (response-no-cache)"),
        "{}",
        found.now
    );
}

#[test]
fn an_explanation_names_the_uri_the_key_and_the_terms() {
    use crate::key::uri::{NamePattern, Order, Params, QueryRule};
    let mut site = proxied_site(Some(http_tier()));
    site.routes[0].query_rule = QueryRule {
        params: Params::AllBut(vec![NamePattern::Prefix("utm_".into())]),
        order: Order::Kept,
    };
    let world = World::new(site);
    let found = explained(&world, "https://Site.example/%61?utm_a=1&b=%7e", &[]);
    assert_eq!(found.uri.as_deref(), Some("https://site.example/a?b=~"));
    assert_eq!(found.ignored, ["utm_a"]);
    let key = found.key.unwrap();
    let parts: Vec<_> = key
        .parts
        .iter()
        .map(|part| (part.name.as_str(), part.value.as_deref()))
        .collect();
    assert_eq!(
        parts,
        [
            ("scheme", Some("https")),
            ("host", Some("site.example")),
            ("path", Some("/a")),
            ("query", Some("b=~")),
        ]
    );
    assert!(
        found
            .tags
            .contains(&"uri:https://site.example/a?b=~".to_owned())
    );
    let route = found.route.unwrap();
    assert!(route.source.starts_with("origin app ("), "{}", route.source);
    assert_eq!(route.terms, None);
    assert_eq!(route.honors.unwrap().heuristic_max_s, 86_400);
}

#[test]
fn what_is_configured_is_warmed_with_none_of_the_operators_fields() {
    let mut site = proxied_site(Some(http_tier()));
    site.routes[0].warm = Some(Warm::Urls(vec![URL.into(), "/b".into()]));
    let world = World::new(site);
    *world.0.origin.fields.borrow_mut() = pairs(&["Authorization: Bearer admin", "Cookie: a=b"])
        .into_iter()
        .collect();
    let order = WarmOrder {
        what: WarmWhat::Configured,
        concurrency: 1,
    };
    let site = world.0.site.clone();
    let planned = world.drive(warm::plan(&world, &site, &order)).unwrap();
    world.says(200, &[MINUTE], "one");
    let run = warm::run(world.clone(), site, secrets(), planned, 1);
    let warmed: Vec<_> = world.drive(run.collect());
    assert_eq!(warmed[0].result, WarmResult::Answered(200, "MISS"));
    let WarmResult::Skipped(why) = &warmed[1].result else {
        panic!("{:?}", warmed[1])
    };
    assert!(why.contains("by their whole URL"), "{why}");
    for name in ["Authorization", "Cookie"] {
        assert_eq!(world.was_sent(name), None, "{name}");
    }
    check(&world.ask("GET", "/a", &[]), 200, Hit, "one");
}
