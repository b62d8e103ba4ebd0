use super::thin::Charted;
use super::*;
use crate::metrics::scope::{RouteSource, SourceKind};
use proptest::prelude::*;
use std::collections::BTreeSet;

pub(crate) fn measured<'a>(route: Option<&'a str>) -> Measured<'a> {
    Measured {
        route,
        verdict: CacheVerdict::Miss,
        layer: None,
        status: 200,
        total_ms: 12.0,
        source_ms: Some(9.0),
        collapsed: false,
        failure: None,
        colo: "FRA",
        country: Country::of("de"),
    }
}

pub(crate) const WORKED: Worked = Worked {
    millis: 4.0,
    ended: Ended::Answered,
    rows: 2,
    keys: 1,
};

/// What a response may be like, in numbers.
#[derive(Clone, Copy, Debug)]
struct Drawn {
    route: u16,
    country: u16,
    status: u16,
    millis: u32,
    failed: bool,
}

fn drawn(routes: u16, countries: u16) -> impl Strategy<Value = Drawn> {
    (
        0..routes,
        0..countries,
        0_u16..700,
        0_u32..9000,
        any::<bool>(),
    )
        .prop_map(|(route, country, status, millis, failed)| Drawn {
            route,
            country,
            status,
            millis,
            failed,
        })
}

fn frame(drawn: &[Drawn]) -> Frame {
    let mut frame = Frame::default();
    for one in drawn {
        let route = format!("GET /{}", one.route);
        let letter = |n: u16| char::from(b'A' + (n % 26) as u8);
        frame.response(&Measured {
            status: one.status,
            total_ms: f64::from(one.millis),
            source_ms: one.failed.then_some(1.0),
            collapsed: one.failed,
            failure: one.failed.then_some(Kind::Timeout),
            country: Country::of(&format!(
                "{}{}",
                letter(one.country / 26),
                letter(one.country)
            )),
            ..measured(Some(&route))
        });
        frame.statement("main", &format!("query_{}", one.route), WORKED);
        frame.contact(&format!("origin-{}", one.route), WORKED);
        frame.gauge(Gauge::BreakerOpen(format!("origin {}", one.route)), 1.0);
    }
    frame
}

/// What no want of room may change.
type Sums = (u64, u64, u64, u64, u64, u64, u64, u64, u64);

fn sums(frame: &Frame) -> Sums {
    let flows = || frame.flows.values();
    let places = || frame.places.values();
    let works = || frame.statements.values().chain(frame.contacts.values());
    (
        flows().map(|flow| flow.count).sum(),
        flows().map(|flow| flow.duration.count()).sum(),
        flows().map(|flow| flow.source.count()).sum(),
        flows().map(|flow| flow.collapsed).sum(),
        places().map(|place| place.count).sum(),
        places().map(|place| place.errors).sum(),
        frame.failures.values().sum(),
        works().map(|work| work.calls + work.rows).sum(),
        frame.gauges.values().map(|level| level.observations).sum(),
    )
}

fn is_bounded(frame: &Frame) -> bool {
    frame.flows.len() <= 1024 + 6 * 4 * 6
        && frame.places.len() <= 2304 + 1
        && frame.failures.len() <= 512 + 17
        && frame.statements.len() <= 257
        && frame.contacts.len() <= 129
        && frame.gauges.len() <= 128 + 4 + 4
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn merging_parts_is_the_whole_while_there_is_room(
        all in prop::collection::vec(drawn(8, 8), 0..120),
        parts in 1_usize..6,
        turn in 0_usize..6,
    ) {
        let mut frames: Vec<Frame> = (0..parts)
            .map(|part| frame(&all.iter().copied().skip(part).step_by(parts).collect::<Vec<_>>()))
            .collect();
        frames.rotate_left(turn % parts);
        let mut merged = Frame::default();
        for part in &frames {
            merged.merge(part);
        }
        prop_assert_eq!(&merged, &frame(&all));
        prop_assert_eq!(merged.losses.crowded, 0);
    }

    #[test]
    fn nothing_is_lost_and_nothing_grows_without_bounds_when_crowded(
        all in prop::collection::vec(drawn(2000, 600), 1200..2500),
        parts in 2_usize..5,
    ) {
        let whole = frame(&all);
        let parts: Vec<Frame> = (0..parts)
            .map(|part| frame(&all.iter().copied().skip(part).step_by(parts).collect::<Vec<_>>()))
            .collect();
        let (mut forth, mut back, mut nested) = <(Frame, Frame, Frame)>::default();
        parts.iter().for_each(|part| forth.merge(part));
        parts.iter().rev().for_each(|part| back.merge(part));
        let mut rest = Frame::default();
        parts[1..].iter().for_each(|part| rest.merge(part));
        nested.merge(&parts[0]);
        nested.merge(&rest);
        for merged in [&forth, &back, &nested] {
            prop_assert_eq!(sums(merged), sums(&whole));
            prop_assert!(is_bounded(merged));
            prop_assert!(merged.losses.crowded > 0);
            prop_assert!(merged.losses.crowded <= merged.responses() * 2);
        }
        prop_assert!(is_bounded(&whole));
    }

    #[test]
    fn bytes_of_anybody_are_refused_or_a_frame(
        all in prop::collection::vec(drawn(3, 3), 0..6),
        garbage in prop::collection::vec(any::<u8>(), 0..200),
        spoilt in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
    ) {
        let mut bytes = postcard::to_stdvec(&frame(&all)).unwrap();
        for (at, byte) in spoilt {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        for bytes in [bytes, garbage] {
            if let Ok(mut frame) = postcard::from_bytes::<Frame>(&bytes) {
                frame.merge(&frame.clone());
                frame.merge(&self::frame(&all));
            }
        }
    }
}

/// Responses that differ in one thing: of so many routes, or from so many data centres.
fn spread(frame: &mut Frame, routes: u32, colos: u32) {
    let route = |number: u32| format!("GET /{number}");
    (0..routes).for_each(|number| frame.response(&measured(Some(&route(number)))));
    for number in 0..colos {
        let colo = format!("C{number}");
        let from = measured(Some("GET /"));
        frame.response(&Measured {
            colo: &colo,
            ..from
        });
    }
}

#[test]
fn crowded_places_give_up_the_route_first_then_the_country_then_the_data_centre() {
    let mut frame = Frame::default();
    let place = |frame: &Frame, route: &str, colo: &str, country: &str| {
        let key = PlaceKey {
            route: Some(route.to_owned()),
            colo: colo.to_owned(),
            country: country.to_owned(),
        };
        frame.places.get(&key).map_or(0, |place| place.count)
    };
    spread(&mut frame, 1100, 0);
    assert_eq!(place(&frame, OTHER, "FRA", "DE"), 1100 - 1024);
    spread(&mut frame, 0, 1400);
    assert_eq!(place(&frame, OTHER, "C1022", "DE"), 1);
    assert_eq!(place(&frame, OTHER, "C1023", OTHER), 1);
    assert_eq!(place(&frame, OTHER, "C1278", OTHER), 1);
    assert_eq!(place(&frame, OTHER, OTHER, OTHER), 1400 - 1279);
    assert_eq!(place(&frame, "GET /7", "FRA", "DE"), 1);
    assert_eq!((frame.places.len(), frame.losses.crowded), (2305, 1476));
}

#[test]
fn a_hundred_routes_and_all_data_centres_have_room_for_all_that_is_asked() {
    let mut frame = Frame::default();
    let kinds = [
        (CacheVerdict::Hit, 200),
        (CacheVerdict::Hit, 304),
        (CacheVerdict::Miss, 200),
        (CacheVerdict::Miss, 404),
        (CacheVerdict::Stale, 200),
        (CacheVerdict::Bypass, 200),
        (CacheVerdict::Bypass, 400),
        (CacheVerdict::Bypass, 500),
        (CacheVerdict::Revalidated, 200),
    ];
    for number in 0..28_800_u32 {
        let (route, colo) = (
            format!("GET /{}", number % 100),
            format!("C{}", number % 320),
        );
        let (verdict, status) = kinds[(number / 100 % 9) as usize];
        frame.response(&Measured {
            verdict,
            status,
            colo: &colo,
            ..measured(Some(&route))
        });
    }
    let is_told = |key: &FlowKey| key.route.as_deref() != Some(OTHER);
    assert_eq!(frame.flows.len(), 900);
    assert!(frame.flows.keys().all(is_told));
    let places = frame.clone().with_places_of_all_routes().places;
    assert_eq!(places.len(), 320);
    assert!(places.values().all(|place| place.count == 28_800 / 320));
}

#[test]
fn a_frame_of_one_route_holds_nothing_of_others() {
    let mut frame = Frame::default();
    for route in [Some("GET /a"), Some("GET /b"), None] {
        let failure = Some(Kind::Timeout);
        frame.response(&Measured {
            failure,
            ..measured(route)
        });
    }
    for query in ["a", "b"] {
        frame.statement("main", query, WORKED);
        frame.contact(query, WORKED);
    }
    frame.gauge(Gauge::ConnectionsAwaited("main".to_owned()), 1.0);
    frame.gauge(Gauge::Fills, 1.0);
    frame.losses.late = 3;
    let a = frame.of_route(&RouteScope {
        route: "GET /a".to_owned(),
        source: Some(RouteSource {
            kind: SourceKind::Query,
            name: "a".to_owned(),
            asks: vec!["main".to_owned()],
        }),
    });
    let routes: Vec<_> = a.flows.keys().map(|key| key.route.as_deref()).collect();
    assert_eq!(routes, [Some("GET /a")]);
    assert_eq!((a.places.len(), a.failures.len()), (1, 1));
    let queries: Vec<_> = a.statements.keys().map(|key| key.query.as_str()).collect();
    assert_eq!(
        (queries, a.contacts.len(), a.gauges.len()),
        (vec!["a"], 0, 1)
    );
    assert_eq!(a.losses.late, 3);
}

#[test]
fn countries_are_two_letters_or_unknown() {
    for (field, told) in [
        ("de", "DE"),
        ("T1", "T1"),
        ("XX", "XX"),
        ("", "XX"),
        ("DEU", "XX"),
        ("é", "XX"),
        ("<>", "XX"),
    ] {
        assert_eq!(Country::of(field).to_string(), told, "{field}");
    }
}

#[test]
fn levels_below_zero_have_their_own_maximum() {
    let mut level = Level::default();
    assert_eq!(level.average(), None);
    level.observe(-3.0);
    level.observe(-1.0);
    assert_eq!((level.average(), level.max), (Some(-2.0), -1.0));
}

/// A sketch as wide as a busy route's: from a millisecond to ten seconds.
fn wide() -> Sketch {
    let mut sketch = Sketch::default();
    for step in 0..4000 {
        sketch.record_times(10_f64.powf(f64::from(step) / 1000.0), 30);
    }
    sketch
}

/// What [`super::room`] says of memory, of a frame in which nothing more has room.
#[test]
fn a_full_frame_of_wide_sketches_is_far_from_what_an_object_has() {
    let mut frame = Frame::default();
    spread(&mut frame, 1200, 2000);
    for flow in frame.flows.values_mut() {
        (flow.duration, flow.source) = (wide(), wide());
    }
    frame
        .places
        .values_mut()
        .for_each(|place| place.duration = wide());
    let stored = postcard::to_stdvec(&frame).unwrap().len();
    let bins = frame.flows.len() * 2 + frame.places.len();
    let held = bins * 461 * size_of::<(i16, u64)>();
    assert!(held < 36_000_000 && stored < 8_000_000, "{held} {stored}");
    // These two are made of it again and again.
    let running = postcard::to_stdvec(&frame.counted()).unwrap().len();
    let point = Charted::default().thin(frame.for_a_point());
    let point = postcard::to_stdvec(&point).unwrap().len();
    assert!(running < 300_000 && point < 300_000, "{running} {point}");
}

/// Rows of an object's storage end at 2 MB.
#[test]
fn the_frame_of_a_busy_day_fits_into_a_row() {
    let mut frame = Frame::default();
    for number in 0..40_000_u32 {
        let route = format!("GET /api/things/{{id}}/parts/{}", number % 40);
        let spread = f64::from(number % 997).powi(2) / 50.0;
        let letter = |n: u32| char::from(b'A' + (n % 26) as u8);
        frame.response(&Measured {
            total_ms: 5.0 + spread,
            source_ms: Some(spread),
            status: [200, 304, 404, 500][(number / 40 % 4) as usize],
            country: Country::of(&format!("D{}", letter(number / 7))),
            ..measured(Some(&route))
        });
        let worked = Worked {
            millis: spread,
            ..WORKED
        };
        frame.statement("main", &format!("query_{}", number % 50), worked);
    }
    let bytes = postcard::to_stdvec(&frame).unwrap().len();
    assert!(
        frame.places.len() > 1000 && bytes < 1_500_000,
        "{bytes} of {} places",
        frame.places.len()
    );
}

/// The flows of a route together, or of all.
fn of_route(frame: &Frame, route: Option<&str>) -> Flow {
    let mut sum = Flow::default();
    for (key, flow) in &frame.flows {
        if route.is_none() || key.route.as_deref() == route {
            sum.add(flow);
        }
    }
    sum
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn a_thin_frame_tells_the_same_quantiles_of_a_charted_route_and_of_all(
        all in prop::collection::vec(drawn(100, 2), 1..400),
    ) {
        let whole = frame(&all);
        let mut charted = Charted::default();
        let thin = charted.thin(whole.clone());
        prop_assert_eq!(&charted.thin(thin.clone()), &thin, "once is enough");
        let (first, rest) = all.split_at(all.len() / 2);
        let mut parts = charted.thin(frame(first));
        parts.merge(&charted.thin(frame(rest)));
        prop_assert_eq!(&charted.thin(parts), &thin, "in parts as at once");
        let routes: BTreeSet<&str> =
            whole.flows.keys().filter_map(|key| key.route.as_deref()).collect();
        let mut told = 0;
        for route in routes.iter().copied().map(Some) {
            let (own, own_thin) = (of_route(&whole, route), of_route(&thin, route));
            prop_assert_eq!((own.count, own.collapsed), (own_thin.count, own_thin.collapsed));
            if !own_thin.duration.is_empty() {
                prop_assert_eq!(own.duration.quantile(0.95), own_thin.duration.quantile(0.95));
                told += 1;
            }
        }
        prop_assert_eq!(told, routes.len().min(64));
        let (sum, sum_thin) = (of_route(&whole, None), of_route(&thin, None));
        prop_assert_eq!(sum.count, sum_thin.count);
        for q in [0.5, 0.95, 1.0] {
            prop_assert_eq!(sum.duration.quantile(q), sum_thin.duration.quantile(q));
            prop_assert_eq!(sum.source.quantile(q), sum_thin.source.quantile(q));
        }
    }

    #[test]
    fn what_readers_gather_keeps_every_key_and_every_count(
        all in prop::collection::vec(drawn(2000, 600), 1200..2000),
        parts in 2_usize..5,
    ) {
        let parts: Vec<Frame> = (0..parts)
            .map(|part| frame(&all.iter().copied().skip(part).step_by(parts).collect::<Vec<_>>()))
            .collect();
        let (mut forth, mut back) = <(Frame, Frame)>::default();
        for (before, part) in parts.iter().enumerate() {
            let known = forth.clone();
            forth.gather(part);
            for (key, flow) in known.flows.iter().chain(&part.flows) {
                prop_assert!(forth.flows[key].count >= flow.count, "after {before}");
            }
        }
        parts.iter().rev().for_each(|part| back.gather(part));
        prop_assert_eq!(&forth.flows, &back.flows);
        prop_assert_eq!(&forth.places, &back.places);
        prop_assert_eq!(sums(&forth), sums(&frame(&all)));
    }
}
