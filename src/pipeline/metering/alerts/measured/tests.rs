use super::*;
use crate::metrics::frame::Gauge;
use crate::metrics::frame::{StatementKey, Work};
use crate::outcome::Layer;

fn sketch(values: impl IntoIterator<Item = f64>) -> Sketch {
    let mut sketch = Sketch::default();
    values.into_iter().for_each(|value| sketch.record(value));
    sketch
}

fn flow(
    frame: &mut Frame,
    route: Option<&str>,
    verdict: CacheVerdict,
    status_class: u8,
    ms: &[f64],
) {
    let key = FlowKey {
        route: route.map(str::to_owned),
        verdict,
        layer: Some(Layer::Memory),
        status_class,
    };
    let flow = Flow {
        count: ms.len() as u64,
        duration: sketch(ms.iter().copied()),
        ..Flow::default()
    };
    frame.flows.insert(key, flow);
}

fn near(found: Option<f64>, expected: f64) {
    let found = found.unwrap();
    assert!(
        (found - expected).abs() <= expected * 0.011,
        "{found} {expected}"
    );
}

#[test]
fn a_reading_is_of_one_route_or_of_all() {
    let mut frame = Frame::default();
    let a = Some("GET /a");
    flow(&mut frame, a, CacheVerdict::Hit, 2, &[0.0; 6]);
    flow(&mut frame, a, CacheVerdict::Stale, 2, &[1.0]);
    flow(&mut frame, a, CacheVerdict::Miss, 5, &[900.0; 3]);
    flow(&mut frame, None, CacheVerdict::Bypass, 4, &[5.0; 10]);
    frame.statements.insert(
        StatementKey {
            database: "main".into(),
            query: "q".into(),
        },
        Work {
            calls: 20,
            duration: sketch([60.0; 20]),
            ..Work::default()
        },
    );
    frame.gauge(Gauge::BreakerOpen("database main".into()), 0.0);
    frame.gauge(Gauge::BreakerOpen("database main".into()), 1.0);
    frame.gauge(Gauge::BreakerOpen("origin app".into()), 0.0);
    let mut told = Frame::default();
    flow(&mut told, a, CacheVerdict::Hit, 2, &[0.0; 6]);
    flow(&mut told, None, CacheVerdict::Bypass, 4, &[5.0; 9]);
    let seen = Seen {
        all: frame,
        told,
        told_s: 50,
    };
    let all = reading(&seen, None, PurgeLag::Is(7.0));
    assert_eq!(
        (all.requests, all.errors, all.cacheable, all.statements),
        (20, 3, 10, 20)
    );
    assert_eq!(
        (all.hit_rate, all.purge_lag),
        (Some(0.7), PurgeLag::Is(7.0))
    );
    let set = |name: &str| std::collections::BTreeSet::from([name.to_owned()]);
    assert_eq!(all.breakers.open, set("database main"));
    assert_eq!(all.breakers.closed, set("origin app"));
    assert!((all.per_second - 0.3).abs() < 1e-9);
    near(all.p95, 900.0);
    near(all.statements_p95, 60.0);
    let of_a = reading(&seen, a, PurgeLag::None);
    assert!((of_a.per_second - 0.12).abs() < 1e-9);
    assert_eq!((of_a.requests, of_a.errors, of_a.cacheable), (10, 3, 10));
    let of_none = reading(&seen, Some("GET /b"), PurgeLag::None);
    assert_eq!(
        (of_none.requests, of_none.hit_rate, of_none.p95),
        (0, None, None)
    );
}

/// As many a second as there were, whenever in a minute or in a slot it is asked.
#[test]
fn a_rate_is_of_what_everybody_has_told() {
    let flush = Duration::from_secs(10);
    for second in 0..60 {
        let now = Timestamp::from_millis((1_795_219_200 + second) * 1000 + 500);
        for (span_s, least_s) in [(60, 40), (300, 280), (10_800, 10_200)] {
            let window = Window::last(span_s, now);
            let (slots, told_s) = told(window, flush, now);
            assert_eq!(u64::from(slots) * window.length.seconds(), told_s);
            let until_s = window.from_s + told_s;
            assert!(
                until_s + 10 <= now.as_millis() / 1000,
                "{second} of {span_s}"
            );
            assert!(told_s >= least_s, "{told_s} of {span_s}");
        }
        let (slots, told_s) = told(Window::last(5, now), flush, now);
        assert_eq!(slots, u32::MAX);
        assert!((5..=15).contains(&told_s), "{told_s}");
    }
}

#[test]
fn a_breaker_that_has_not_told_how_it_is_is_not_taken_for_closed() {
    assert!(!breakers(&Frame::default()).have_told());
}

#[test]
fn how_many_were_slower_is_what_was_counted() {
    let limit = Duration::from_millis(100);
    for (fast, slow) in [
        (0, 0),
        (1, 0),
        (0, 1),
        (1, 1),
        (990, 10),
        (3, 997),
        (12_345, 67),
    ] {
        let values = std::iter::repeat_n(20.0, fast).chain(std::iter::repeat_n(300.0, slow));
        assert_eq!(slower(&sketch(values), limit), slow as u64, "{fast} {slow}");
    }
}
