use super::*;
use crate::metrics::scope::{RouteSource, SourceKind};
use proptest::prelude::*;

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
    failed: false,
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
    frame.flows.len() <= 256 + 6 * 4 * 6
        && frame.places.len() <= 512 + 128 + 1
        && frame.failures.len() <= 256 + 17
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
        all in prop::collection::vec(drawn(600, 600), 500..1500),
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

#[test]
fn crowded_places_give_up_the_country_first() {
    let mut frame = Frame::default();
    for number in 0..600_u16 {
        let letters = [b'A' + (number / 26) as u8, b'A' + (number % 26) as u8];
        frame.response(&Measured {
            country: Country::of(std::str::from_utf8(&letters).unwrap()),
            ..measured(Some("GET /"))
        });
    }
    let rest = PlaceKey {
        route: Some("GET /".to_owned()),
        colo: "FRA".to_owned(),
        country: OTHER.to_owned(),
    };
    assert_eq!(frame.places[&rest].count, 88);
    assert_eq!((frame.places.len(), frame.losses.crowded), (513, 88));
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

/// Rows of an object's storage end at 2 MB.
#[test]
fn a_full_frame_of_a_busy_day_is_far_from_a_row_of_two_megabytes() {
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
        frame.places.len() > 512 && bytes < 1_000_000,
        "{bytes} of {} places",
        frame.places.len()
    );
}
