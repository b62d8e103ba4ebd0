//! What operators have done, over the same world that requests are served in.

use super::world::*;
use crate::cache::stored::Coding;
use crate::config::site::{Auth, QueryId, Route, Site, Source, Warm};
use crate::failure::Kind;
use crate::outcome::CacheVerdict;
use crate::pipeline::operate::explain::{Explanation, Question, explain};
use crate::pipeline::operate::inspect::{Inspected, LayerState, Standing, Validity, look};
use crate::pipeline::operate::shields::states;
use crate::pipeline::operate::{purge, warm};
use crate::ports::operator::{
    PurgeDone, PurgeOrder, Scope, WarmOrder, WarmResult, WarmWhat, Warmed,
};
use crate::purge::target::{Mode, Target};
use crate::semantics::fields::Fields;
use futures_executor::block_on;
use futures_util::StreamExt;

fn order(tags: &[&str], keys: &[&str], prefixes: &[&str], mode: Mode) -> PurgeOrder {
    let owned = |texts: &[&str]| texts.iter().map(ToString::to_string).collect();
    PurgeOrder {
        tags: owned(tags),
        keys: owned(keys),
        prefixes: owned(prefixes),
        scope: Scope::Listed,
        mode,
    }
}

fn purged(world: &World, order: &PurgeOrder) -> PurgeDone {
    let site = world.0.site.clone();
    block_on(purge::perform(world, &site, order)).unwrap()
}

/// A world in which `/pitches/1` is stored with these tags.
fn warmed(tags: &[&str]) -> World {
    let world = World::new(site());
    *world.0.tags.borrow_mut() = tags.iter().map(ToString::to_string).collect();
    world.get("/pitches/1");
    world.run_background();
    assert_eq!(world.get("/pitches/1").outcome.verdict, CacheVerdict::Hit);
    world
}

fn seen(world: &World) -> CacheVerdict {
    let verdict = world.get("/pitches/1").outcome.verdict;
    world.run_background();
    verdict
}

#[test]
fn each_kind_of_target_purges_softly_or_hard_at_once_in_this_isolate() {
    let everything = |mode| PurgeOrder {
        scope: Scope::Everything,
        ..order(&[], &[], &[], mode)
    };
    let tags = ["pitch:1", "table:public.pitches", "/pitches/1"];
    for (mode, first) in [
        (Mode::Soft, CacheVerdict::Stale),
        (Mode::Hard, CacheVerdict::Miss),
    ] {
        for order in [
            order(&["pitch:1"], &[], &[], mode),
            order(&[], &["/pitches/001?utm=x"], &[], mode),
            order(&[], &["https://example.com/pitches/1"], &[], mode),
            order(&[], &[], &["pitch:"], mode),
            order(&[], &[], &["/pitches/"], mode),
            order(&["/pitches/%31"], &[], &[], mode),
            everything(mode),
        ] {
            let world = warmed(&tags);
            let done = purged(&world, &order);
            assert!(done.unmatched.is_empty());
            assert_eq!(done.seq, world.0.log.borrow().head());
            assert_eq!(
                (seen(&world), seen(&world)),
                (first, CacheVerdict::Hit),
                "{order:?}"
            );
        }
        let world = warmed(&tags);
        purged(
            &world,
            &order(&["pitch:2"], &["/pitches/2"], &["/search"], mode),
        );
        assert_eq!(seen(&world), CacheVerdict::Hit);
    }
}

#[test]
fn a_table_means_its_rows_too() {
    let world = warmed(&["rows:public.pitches"]);
    purged(
        &world,
        &order(&["table:public.pitches"], &[], &[], Mode::Hard),
    );
    assert_eq!(seen(&world), CacheVerdict::Miss);
}

#[test]
fn a_key_behind_a_token_is_that_of_those_who_have_it() {
    use crate::semantics::request::RequestHead;
    let world = World::new(site());
    let ask = || {
        world.request(RequestHead {
            method: "GET",
            path: "/patients/1",
            authorization: Some("Bearer s3cret"),
            ..RequestHead::default()
        })
    };
    ask();
    assert_eq!(ask().outcome.verdict, CacheVerdict::Hit);
    purged(&world, &order(&[], &["/patients/1"], &[], Mode::Hard));
    assert_eq!(ask().outcome.verdict, CacheVerdict::Miss);
}

#[test]
fn keys_that_name_nothing_are_told_and_the_rest_is_purged() {
    let world = warmed(&[]);
    let keys = [
        "/nowhere",
        "/pitches/x",
        "/export",
        "pitches/1",
        "/pitches/1",
        "/%zz",
    ];
    let done = purged(&world, &order(&[], &keys, &[], Mode::Hard));
    let told: Vec<&str> = done
        .unmatched
        .iter()
        .map(|each| each.url.as_str())
        .collect();
    assert_eq!(
        told,
        ["/nowhere", "/pitches/x", "/export", "pitches/1", "/%zz"]
    );
    for (each, why) in done.unmatched.iter().zip([
        "no such route",
        "a parameter is wrong; \"id\" must be",
        "answers of \"GET /export\" are not stored",
        "it is no URL",
        "the path cannot be read",
    ]) {
        assert!(each.why.starts_with(why), "{}", each.why);
    }
    assert_eq!(seen(&world), CacheVerdict::Miss);
}

#[test]
fn the_routes_concerned_are_those_whose_keys_paths_or_tags_can_be_meant() {
    let world = World::new(site());
    let routes = |order: &PurgeOrder| {
        let done = purged(&world, order);
        done.routes.iter().map(|id| id.0).collect::<Vec<_>>()
    };
    let soft = |tags: &[&str], keys: &[&str], prefixes: &[&str]| {
        routes(&order(tags, keys, prefixes, Mode::Soft))
    };
    assert_eq!(soft(&[], &["/pitches/1", "/live"], &[]), [0, 2]);
    assert_eq!(soft(&[], &[], &["/pi"]), [0]);
    assert_eq!(soft(&[], &[], &["/pitches/77"]), [0]);
    assert_eq!(soft(&[], &[], &["/live/more"]), [0_u16; 0]);
    assert_eq!(soft(&[], &[], &["/"]), [0, 1, 2, 3]);
    assert_eq!(soft(&["x"], &[], &[]), [0_u16; 0]);
    assert_eq!(soft(&["/pitches/7"], &[], &[]), [0]);
    assert_eq!(soft(&[], &["/live"], &["pitch:"]), [2]);
    assert_eq!(soft(&[], &["/nowhere"], &[]), [0_u16; 0]);
}

#[test]
fn a_log_that_does_not_confirm_is_told_and_nothing_was_purged() {
    let world = warmed(&["a"]);
    world.0.log_broken.set(true);
    let site = world.0.site.clone();
    let failure = block_on(purge::perform(
        &world,
        &site,
        &order(&["a"], &[], &[], Mode::Hard),
    ));
    let failure = failure.unwrap_err();
    assert_eq!(failure.kind, Kind::Unavailable);
    assert!(
        failure.public.contains("nothing was purged"),
        "{}",
        failure.public
    );
    world.0.log_broken.set(false);
    world.renew();
    assert_eq!(seen(&world), CacheVerdict::Hit);
}

fn inspected(world: &World, urls: &[&str]) -> Vec<Inspected> {
    let urls: Vec<String> = urls.iter().map(ToString::to_string).collect();
    block_on(look(world, &world.0.site.clone(), &urls))
}

#[test]
fn a_look_tells_each_layer_and_changes_nothing() {
    let world = warmed(&["a"]);
    world.advance(30);
    let found = inspected(&world, &["/pitches/1", "/pitches/2", "/nowhere"]);
    let states = |at: usize| {
        found[at]
            .layers
            .iter()
            .map(|layer| layer.state)
            .collect::<Vec<_>>()
    };
    assert_eq!(states(0), [LayerState::Found; 3]);
    assert_eq!(states(1), [LayerState::Absent; 3]);
    assert_eq!(found[2].unmatched.as_deref(), Some("no such route"));
    for layer in &found[0].layers {
        let answer = layer.answer.as_ref().unwrap();
        assert_eq!((answer.status, answer.age_s, answer.bytes), (200, 30, 7));
        assert_eq!(
            (answer.freshness, answer.purges),
            (Standing::Fresh, Validity::Valid)
        );
        assert_eq!(
            (answer.terms.fresh_s, answer.terms.swr_s, answer.terms.sie_s),
            (100, 20, 200)
        );
        assert_eq!(
            (answer.tags.as_slice(), answer.coding),
            (["a".to_owned()].as_slice(), Coding::Identity)
        );
        assert!(answer.ttl_s > 0 && answer.ttl_s <= 70);
    }
    assert_eq!(world.asked(), 1);
}

#[test]
fn a_look_tells_what_the_purges_say() {
    for (mode, purges, freshness) in [
        (Mode::Soft, Validity::Soft, Standing::StaleWhileRevalidate),
        (Mode::Hard, Validity::Hard, Standing::Void),
    ] {
        let world = warmed(&["a"]);
        let seq = world.purge(Target::Tag("a".into()), mode);
        world.renew();
        let found = inspected(&world, &["/pitches/1"]);
        let answer = found[0].layers[0].answer.as_ref().unwrap();
        assert_eq!((answer.purges, answer.freshness), (purges, freshness));
        assert_eq!(answer.purged_by, Some(seq.0));
    }
}

fn explained_with(world: &World, url: &str, fields: Fields) -> Explanation {
    let question = Question {
        url,
        fields,
        own: None,
    };
    block_on(explain(world, &world.0.site.clone(), question))
}

fn explained(world: &World, url: &str) -> Explanation {
    explained_with(world, url, Fields::new())
}

#[test]
fn an_explanation_foretells_what_the_request_comes_to() {
    let begins = |world: &World, url: &str, expected: &str| {
        let found = explained(world, url);
        assert!(found.now.contains(expected), "{url}: {}", found.now);
        found
    };
    let world = warmed(&["a"]);
    begins(
        &world,
        "/pitches/1",
        "It is answered from memory (HIT), which has it fresh for",
    );
    begins(
        &world,
        "/pitches/2",
        "No layer has an answer that may be used",
    );
    begins(&world, "/pitches/x", "It is refused with 400");
    begins(&world, "/nowhere", "It is refused with 404");
    begins(&world, "/export", "It passes the caches by (BYPASS)");
    begins(
        &world,
        "/patients/1",
        "Without the API token it is refused with 401. With it: No layer",
    );
    begins(&world, "pitches", "it is no URL");
    world.purge(Target::Tag("a".into()), Mode::Soft);
    world.advance(3);
    let soft = begins(
        &world,
        "/pitches/1",
        "with the stale answer in memory (STALE)",
    );
    assert!(
        soft.layers[0]
            .verdict
            .contains("may be served while it is refreshed, stale by the soft")
    );
    world.advance(25);
    begins(
        &world,
        "/pitches/1",
        "(EXPIRED); if that fails, the stale answer in",
    );
    let seq = world.purge(Target::Tag("a".into()), Mode::Hard);
    world.advance(3);
    let hard = begins(&world, "/pitches/1", "(MISS)");
    assert!(
        hard.layers[0]
            .verdict
            .contains(&format!("void: purge {seq}"))
    );
    assert_eq!(
        (hard.purges[0].kind, hard.purges[0].target.as_str()),
        ("tag", "a")
    );
    assert_eq!(hard.purges[0].hard, seq.0);
    // The question itself has filled nothing.
    assert_eq!(world.asked(), 1);
    world.0.log_broken.set(true);
    world.advance(10);
    begins(&world, "/pitches/2", "The purge log does not answer");
}

#[test]
fn an_explanation_names_every_part_of_the_key() {
    let found = explained(&World::new(site()), "/search?q=a&utm_source=x");
    let key = found.key.unwrap();
    assert_eq!((key.fingerprint.as_str(), key.principal), ("f1", "public"));
    assert_eq!(
        (key.parts[0].name.as_str(), key.parts[0].value.as_deref()),
        ("q", Some("a"))
    );
    assert_eq!(key.text, "f1|6:public|1:q=1:a");
    assert_eq!(found.ignored, ["utm_source"]);
    assert_eq!(found.route.unwrap().pattern, "GET /search");
    assert_eq!(found.view.unwrap().age_ms, None);
}

#[test]
fn shards_and_the_log_are_told_also_where_one_does_not_answer() {
    let world = World::new(site());
    world.purge(Target::All, Mode::Soft);
    let report = block_on(states(&world, &world.0.site.clone()));
    assert_eq!(report.shards.len(), 8);
    assert_eq!(
        report.shards[3].state.as_ref().unwrap()["room"]["fills_live"],
        3
    );
    assert_eq!(report.shards[7].error.as_deref(), Some("shard 7 is down"));
    let status = report.log.status.unwrap();
    assert_eq!(
        (status.seq, status.targets, status.targets_max),
        (1_000_000_000, 1, 100)
    );
    world.0.log_broken.set(true);
    let report = block_on(states(&world, &world.0.site.clone()));
    assert!(report.log.status.is_none() && report.log.error.is_some());
}

/// The site, with a query that lists ids and may be run by itself.
fn listing_site(warm: Option<Warm>) -> Site {
    let mut site = site();
    site.listings.push(Route {
        pattern: "GET query:search".into(),
        source: Source::Query(QueryId(1)),
        tier: None,
        auth: Auth::None,
        fingerprint: "listing".into(),
        ..site.routes[0].clone()
    });
    site.routes[0].warm = warm;
    site
}

fn run(world: &World, what: WarmWhat) -> Vec<Warmed> {
    let order = WarmOrder {
        what,
        concurrency: 3,
    };
    let site = world.0.site.clone();
    let planned = block_on(warm::plan(world, &site, &order)).unwrap();
    let warmed = warm::run(world.clone(), site, secrets(), planned, order.concurrency);
    let warmed = block_on(warmed.collect());
    world.run_background();
    warmed
}

fn results(warmed: &[Warmed]) -> Vec<(String, WarmResult)> {
    let mut results: Vec<_> = warmed
        .iter()
        .map(|each| (each.url.clone(), each.result.clone()))
        .collect();
    results.sort_by(|a, b| a.0.cmp(&b.0));
    results
}

fn skipped(result: &WarmResult) -> &str {
    match result {
        WarmResult::Skipped(why) => why,
        WarmResult::Answered(..) | WarmResult::Covered(_) => "",
    }
}

#[test]
fn what_was_warmed_is_a_hit_and_what_is_not_kept_is_not_asked_for() {
    let world = World::new(site());
    let urls = ["/pitches/1", "/patients/1", "/export", "/nowhere"];
    let urls = || WarmWhat::Urls(urls.iter().map(ToString::to_string).collect());
    let found = results(&run(&world, urls()));
    let miss = WarmResult::Answered(200, "MISS");
    assert_eq!((&found[2].1, &found[3].1), (&miss, &miss));
    assert!(skipped(&found[0].1).contains("not stored"), "{found:?}");
    assert_eq!(skipped(&found[1].1), "no such route");
    assert_eq!(world.asked(), 2);
    assert_eq!(seen(&world), CacheVerdict::Hit);
    let again = results(&run(&world, urls()));
    assert_eq!(again[3].1, WarmResult::Answered(200, "HIT"));
    assert_eq!(world.asked(), 2);
}

#[test]
fn rows_of_a_query_become_urls_of_the_route() {
    let world = World::new(listing_site(None));
    let rows = br#"[{"id":1},{"id":"a/b c"},{"id":null},{"other":1},{"id":5}]"#;
    *world.0.script.borrow_mut() = Script::Answer(rows.to_vec());
    let rows = |limit| WarmWhat::Rows {
        route: "GET /pitches/{id}".into(),
        query: "search".into(),
        limit,
    };
    let found = results(&run(&world, rows(4)));
    let urls: Vec<&str> = found.iter().map(|(url, _)| url.as_str()).collect();
    assert_eq!(
        urls,
        [
            "/pitches/1",
            "/pitches/a%2Fb%20c",
            "GET /pitches/{id}",
            "GET /pitches/{id}"
        ]
    );
    assert!(skipped(&found[2].1).contains("no value in the column \"id\""));
    assert_eq!(world.0.asks.borrow()[0].route, "listing");
    assert_eq!(seen(&world), CacheVerdict::Hit);
}

#[test]
fn an_order_for_what_is_not_there_names_what_is() {
    let world = World::new(listing_site(None));
    let order = WarmOrder {
        what: WarmWhat::Rows {
            route: "GET /export".into(),
            query: "pitch".into(),
            limit: 1,
        },
        concurrency: 1,
    };
    let failure = block_on(warm::plan(&world, &world.0.site.clone(), &order)).unwrap_err();
    assert_eq!(failure.kind, Kind::BadBody);
    let reasons: Vec<&str> = failure
        .faults
        .iter()
        .map(|fault| fault.reason.as_str())
        .collect();
    assert!(
        reasons[0].contains("\"GET /pitches/{id}\", \"GET /search\""),
        "{reasons:?}"
    );
    assert!(reasons[1].ends_with("use one of \"search\""), "{reasons:?}");
    assert_eq!(world.asked(), 0);
}

#[test]
fn what_is_configured_is_warmed_and_a_query_that_fails_is_told() {
    let rows = Warm::Rows {
        query: QueryId(1),
        limit: 1,
    };
    let mut site = listing_site(Some(rows));
    site.routes[2].warm = Some(Warm::Urls(vec!["/live".into()]));
    let world = World::new(site);
    *world.0.script.borrow_mut() = Script::Answer(br#"[{"id":1},{"id":2}]"#.to_vec());
    let found = results(&run(&world, WarmWhat::Configured));
    let urls: Vec<&str> = found.iter().map(|(url, _)| url.as_str()).collect();
    assert_eq!(urls, ["/live", "/pitches/1"]);
    *world.0.script.borrow_mut() = Script::Fail(Kind::Unavailable);
    let found = results(&run(&world, WarmWhat::Configured));
    assert_eq!(found[0], ("/live".into(), WarmResult::Answered(200, "HIT")));
    assert!(
        skipped(&found[1].1).starts_with("its query failed"),
        "{found:?}"
    );
}

#[test]
fn whoever_drops_the_stream_stops_it() {
    let world = World::new(site());
    let planned = (0..100)
        .map(|id| warm::Planned::Url(format!("/pitches/{id}")))
        .collect();
    let warmed = warm::run(world.clone(), world.0.site.clone(), secrets(), planned, 2);
    let first: Vec<Warmed> = block_on(warmed.take(3).collect());
    assert_eq!(first.len(), 3);
    assert!(world.asked() < 10, "{}", world.asked());
}

#[test]
fn what_covers_for_a_failing_source_is_not_taken_for_warmed() {
    let world = warmed(&[]);
    world.advance(150);
    *world.0.script.borrow_mut() = Script::Fail(Kind::Unavailable);
    let found = run(&world, WarmWhat::Urls(vec!["/pitches/1".into()]));
    assert_eq!(found[0].result, WarmResult::Covered("stale-if-error"));
    let found = run(&world, WarmWhat::Urls(vec!["/pitches/2".into()]));
    assert_eq!(found[0].result, WarmResult::Answered(503, "MISS"));
}
