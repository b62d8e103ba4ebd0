use super::*;
use crate::failure::Kind;
use crate::metrics::frame::tests::{WORKED, measured};
use crate::metrics::frame::{Country, Ended, Frame, Gauge, Measured, Why, Worked};
use crate::metrics::message::Frames;
use crate::outcome::{CacheVerdict, Layer};

pub(crate) fn span() -> Span {
    Span {
        from: 1000,
        to: 1025,
        step: 10,
        route: None,
    }
}

pub(crate) fn frames(points: Vec<(u64, Frame)>) -> Frames {
    let mut whole = Frame::default();
    points.iter().for_each(|(_, frame)| whole.merge(frame));
    let points = points
        .into_iter()
        .map(|(at, frame)| (at, frame.for_a_point()))
        .collect();
    Frames { whole, points }
}

pub(crate) fn frame(responses: &[Measured<'_>]) -> Frame {
    let mut frame = Frame::default();
    responses
        .iter()
        .for_each(|measured| frame.response(measured));
    frame
}

fn hit(layer: Layer) -> Measured<'static> {
    Measured {
        verdict: CacheVerdict::Hit,
        layer: Some(layer),
        total_ms: 0.0,
        source_ms: None,
        ..measured(Some("GET /a"))
    }
}

#[test]
fn every_verdict_is_counted_where_it_belongs() {
    let stale = Measured {
        verdict: CacheVerdict::Stale,
        ..hit(Layer::Colo)
    };
    let of = |verdict| Measured {
        verdict,
        ..measured(Some("GET /a"))
    };
    let frame = frame(&[
        hit(Layer::Memory),
        hit(Layer::Memory),
        hit(Layer::Colo),
        hit(Layer::Global),
        stale,
        of(CacheVerdict::Revalidated),
        of(CacheVerdict::Miss),
        of(CacheVerdict::Expired),
        of(CacheVerdict::Bypass),
        of(CacheVerdict::Bypass),
    ]);
    let hits = Totals::of(frame.flows.iter(), 10).hits;
    let expected = HitTotals {
        cacheable: 8,
        rate: Some(0.75),
        memory: 2,
        colo: 2,
        global: 1,
        stale: 1,
        revalidated: 1,
        misses: 1,
        expired: 1,
        bypassed: 2,
    };
    assert_eq!(hits, expected);
}

#[test]
fn totals_are_sums_and_shares() {
    let of = |status, total_ms| Measured {
        status,
        total_ms,
        ..measured(Some("GET /a"))
    };
    let collapsed = Measured {
        collapsed: true,
        source_ms: None,
        ..of(200, 30.0)
    };
    let frame = frame(&[of(200, 10.0), of(404, 20.0), of(503, 40.0), collapsed]);
    let totals = Totals::of(frame.flows.iter(), 8);
    assert_eq!(
        (
            totals.requests,
            totals.errors,
            totals.refused,
            totals.collapsed
        ),
        (4, 1, 1, 1)
    );
    assert!((totals.per_second - 0.5).abs() < 1e-9 && (totals.error_rate - 0.25).abs() < 1e-9);
    assert_eq!((totals.duration.count, totals.source.count), (4, 3));
    assert_eq!(
        (totals.duration.average, totals.duration.max),
        (Some(25.0), Some(40.0))
    );
    let p50 = totals.duration.p50.unwrap();
    assert!((p50 - 20.0).abs() <= 0.2, "{p50}");
}

#[test]
fn nothing_measured_is_zeros_and_no_numbers() {
    let summary = Summary::of(span(), Vec::new());
    assert_eq!(summary.total, Totals::default());
    let points: Vec<_> = summary
        .points
        .iter()
        .map(|point| (point.at, point.totals))
        .collect();
    assert_eq!(points, [1000, 1010, 1020].map(|at| (at, Totals::default())));
    assert_eq!((summary.routes.len(), summary.places.len()), (0, 0));
}

#[test]
fn points_are_all_there_and_the_last_is_shorter() {
    let frame = || frame(&[measured(Some("GET /a"))]);
    let summary = Summary::of(span(), vec![frames(vec![(1010, frame()), (1020, frame())])]);
    let points: Vec<_> = summary
        .points
        .iter()
        .map(|p| (p.totals.requests, p.totals.per_second))
        .collect();
    assert_eq!(points, [(0, 0.0), (1, 0.1), (1, 0.2)]);
    let spark: Vec<_> = summary.routes[0]
        .spark
        .iter()
        .map(|spark| spark.requests)
        .collect();
    assert_eq!(spark, [0, 1, 1]);
    assert_eq!(summary.routes[0].spark[0].p95, None);
}

#[test]
fn what_several_objects_gave_is_put_together() {
    let of = |route, colo| {
        frame(&[Measured {
            colo,
            ..measured(Some(route))
        }])
    };
    let objects = vec![
        frames(vec![
            (1000, of("GET /a", "FRA")),
            (1010, of("GET /b", "FRA")),
        ]),
        frames(vec![(1010, of("GET /b", "AMS"))]),
        Frames::default(),
    ];
    let summary = Summary::of(span(), objects);
    let routes: Vec<_> = summary
        .routes
        .iter()
        .map(|r| (r.route.as_deref(), r.totals.requests))
        .collect();
    assert_eq!(routes, [(Some("GET /b"), 2), (Some("GET /a"), 1)]);
    let places: Vec<_> = summary
        .places
        .iter()
        .map(|p| (p.colo.as_str(), p.requests))
        .collect();
    assert_eq!(places, [("FRA", 2), ("AMS", 1)]);
    assert_eq!(summary.points[1].totals.requests, 2);
}

#[test]
fn what_takes_most_comes_first() {
    let mut frame = frame(&[]);
    for (query, millis, times) in [("often", 1.0, 50), ("slow", 400.0, 1), ("rare", 1.0, 1)] {
        (0..times).for_each(|_| frame.statement("main", query, Worked { millis, ..WORKED }));
    }
    frame.contact(
        "app",
        Worked {
            ended: Ended::Failed(Why::Unable),
            rows: 0,
            ..WORKED
        },
    );
    frame.gauge(Gauge::ConnectionsInUse("main".to_owned()), 2.0);
    frame.gauge(Gauge::ConnectionsInUse("main".to_owned()), 4.0);
    for (kind, times) in [(Kind::Timeout, 1), (Kind::Unavailable, 2)] {
        let failure = Some(kind);
        frame.responses_alike(
            &Measured {
                failure,
                ..measured(None)
            },
            times,
        );
    }
    frame.losses.late = 1;
    let summary = Summary::of(span(), vec![frames(vec![(1000, frame)])]);
    let queries: Vec<_> = summary
        .statements
        .iter()
        .map(|s| s.query.as_str())
        .collect();
    assert_eq!(queries, ["slow", "often", "rare"]);
    assert_eq!((summary.database.calls, summary.database.rows), (52, 104));
    assert!((summary.database.total_ms - 451.0).abs() < 1e-6);
    assert_eq!(summary.points[0].database, summary.database);
    assert_eq!(
        (
            summary.origins[0].work.calls,
            summary.origins[0].work.failures
        ),
        (1, 1)
    );
    let unable = FailureReasons {
        unable: 1,
        ..FailureReasons::default()
    };
    assert_eq!(summary.origins[0].work.reasons, unable);
    let gauge = &summary.gauges[0];
    assert_eq!(
        (gauge.name.as_str(), gauge.of.as_str()),
        ("connections_in_use", "main")
    );
    assert_eq!((gauge.average, gauge.max), (3.0, 4.0));
    let kinds: Vec<_> = summary
        .errors
        .iter()
        .map(|e| (e.kind.as_str(), e.count))
        .collect();
    assert_eq!(kinds, [("unavailable", 2), ("timeout", 1)]);
    assert_eq!(summary.losses.late, 1);
}

#[test]
fn each_thing_has_its_own_course_over_time() {
    let failed = Worked {
        ended: Ended::Failed(Why::Late),
        ..WORKED
    };
    let mut early = frame(&[measured(Some("GET /a"))]);
    early.statement("main", "search", WORKED);
    let refused = Measured {
        status: 404,
        ..measured(Some("GET /a"))
    };
    let mut late = frame(&[
        refused,
        Measured {
            status: 503,
            ..refused
        },
    ]);
    late.statement("main", "search", failed);
    late.contact("app", failed);
    late.contact("app", WORKED);
    let breaker = || Gauge::BreakerOpen("origin app".to_owned());
    late.gauge(breaker(), 0.0);
    late.gauge(breaker(), 1.0);
    let summary = Summary::of(span(), vec![frames(vec![(1000, early), (1020, late)])]);
    let route: Vec<_> = summary.routes[0]
        .spark
        .iter()
        .map(|spark| (spark.requests, spark.errors, spark.refused))
        .collect();
    assert_eq!(route, [(1, 0, 0), (0, 0, 0), (2, 1, 1)]);
    let told = |spark: &[WorkSpark]| -> Vec<_> {
        let told = spark.iter();
        told.map(|each| (each.calls, each.failures, each.p95.is_some()))
            .collect()
    };
    assert_eq!(
        told(&summary.statements[0].spark),
        [(1, 0, true), (0, 0, false), (1, 1, true)]
    );
    assert_eq!(
        told(&summary.origins[0].spark),
        [(0, 0, false), (0, 0, false), (2, 1, true)]
    );
    assert_eq!(summary.gauges[0].spark, [None, None, Some(0.5)]);
}

#[test]
fn the_time_is_the_edges_the_shields_or_the_sources() {
    let asked = measured(Some("GET /a"));
    let waited = Measured {
        collapsed: true,
        source_ms: None,
        total_ms: 30.0,
        ..asked
    };
    let found = Measured {
        total_ms: 2.0,
        ..hit(Layer::Colo)
    };
    let unmatched = Measured {
        verdict: CacheVerdict::Bypass,
        total_ms: 1.0,
        source_ms: None,
        ..measured(None)
    };
    let frame = frame(&[asked, waited, found, unmatched]);
    let summary = Summary::of(span(), vec![frames(vec![(1000, frame)])]);
    let expected = TimeSpent {
        edge_ms: 3.0,
        shield_ms: 33.0,
        source_ms: 9.0,
    };
    assert_eq!(summary.spent, expected);
    assert_eq!(summary.routes[0].spent.source_ms, 9.0);
}

#[test]
fn routes_have_the_sources_that_the_site_knows() {
    let frame = frame(&[
        measured(Some("GET /a")),
        measured(Some("GET /gone")),
        measured(None),
    ]);
    let own = RouteSource {
        kind: crate::metrics::scope::SourceKind::Query,
        name: "search".to_owned(),
        asks: vec!["main".to_owned()],
    };
    let known = [("GET /a".to_owned(), own)].into();
    let summary = Summary::of(span(), vec![frames(vec![(1000, frame)])]).knowing(&known);
    let told = summary.routes.iter().map(|route| {
        let own = route.own_source.as_ref();
        (route.route.as_deref(), own.map(|own| own.name.as_str()))
    });
    assert_eq!(
        told.collect::<Vec<_>>(),
        [
            (None, None),
            (Some("GET /a"), Some("search")),
            (Some("GET /gone"), None)
        ]
    );
}

#[test]
fn places_are_of_all_routes_and_know_their_share_of_hits() {
    let us = Country::of("us");
    let frame = frame(&[
        hit(Layer::Memory),
        Measured {
            status: 500,
            ..measured(Some("GET /b"))
        },
        Measured {
            country: us,
            ..measured(None)
        },
    ]);
    let places = Summary::of(span(), vec![frames(vec![(1000, frame)])]).places;
    let told: Vec<_> = places
        .iter()
        .map(|p| (p.country.as_str(), p.requests, p.errors, p.hit_rate))
        .collect();
    assert_eq!(told, [("DE", 2, 1, Some(0.5)), ("US", 1, 0, Some(0.0))]);
}

#[test]
fn the_document_is_json_with_the_totals_flattened() {
    let summary = Summary::of(
        span(),
        vec![frames(vec![(1000, frame(&[measured(Some("GET /a"))]))])],
    );
    let json = serde_json::to_value(&summary).unwrap();
    assert_eq!(json["points"][0]["requests"], 1);
    assert_eq!(json["routes"][0]["hits"]["misses"], 1);
    assert_eq!(
        json["points"][1]["duration"]["p95"],
        serde_json::Value::Null
    );
    assert_eq!(serde_json::from_value::<Summary>(json).unwrap(), summary);
}

#[test]
fn a_span_of_any_numbers_makes_few_points() {
    for (from, to, step) in [
        (0, u64::MAX, 0),
        (u64::MAX, 0, 1),
        (u64::MAX - 5, u64::MAX, u64::MAX),
    ] {
        let summary = Summary::of(
            Span {
                from,
                to,
                step,
                route: None,
            },
            Vec::new(),
        );
        assert!(summary.points.len() <= 1000);
    }
}
