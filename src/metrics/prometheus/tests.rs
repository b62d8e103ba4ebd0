use super::*;
use crate::failure::Kind;
use crate::metrics::frame::tests::{WORKED, measured};
use crate::metrics::frame::{Ended, Measured, Why, Worked};
use crate::outcome::{CacheVerdict, Layer};
use proptest::prelude::*;
use std::collections::BTreeSet;

/// One line with a value.
#[derive(Clone, Debug, PartialEq)]
struct Sample {
    name: String,
    labels: BTreeMap<String, String>,
    value: f64,
}

/// Reads the format as its description says, and refuses everything else: names by their characters,
/// values in quotes with three escapes, one HELP and one TYPE before a family's samples, a family's
/// samples together, each series once.
fn read(text: &str) -> Result<Vec<Sample>, String> {
    let mut samples: Vec<Sample> = Vec::new();
    let mut families: BTreeMap<&str, &str> = BTreeMap::new();
    let mut helped = BTreeSet::new();
    let mut family = "";
    let body = text
        .strip_suffix('\n')
        .ok_or("the last line does not end")?;
    for line in body.split('\n') {
        let wrong = |why: &str| Err(format!("{why}: {line}"));
        if let Some(help) = line.strip_prefix("# HELP ") {
            let (name, text) = help.split_once(' ').ok_or("no help")?;
            let escapes = text.replace("\\\\", "").replace("\\n", "");
            if !helped.insert(name) || escapes.contains('\\') {
                return wrong("a bad help");
            }
        } else if let Some(of) = line.strip_prefix("# TYPE ") {
            let (name, of) = of.split_once(' ').ok_or("no type")?;
            let known = ["counter", "gauge", "summary"].contains(&of);
            if !known || families.insert(name, of).is_some() || !helped.contains(name) {
                return wrong("a bad type");
            }
            family = name;
        } else {
            let sample = sample(line)?;
            let of = families[family];
            let rest = sample.name.strip_prefix(family);
            let quantile = sample.labels.contains_key("quantile");
            let fits = match (of, rest) {
                ("counter", Some("")) => sample.value >= 0.0 && family.ends_with("_total"),
                ("gauge", Some("")) => true,
                ("summary", Some("")) => quantile,
                ("summary", Some("_sum" | "_count")) => !quantile && sample.value >= 0.0,
                _ => false,
            };
            let again = samples
                .iter()
                .any(|s| (&s.name, &s.labels) == (&sample.name, &sample.labels));
            if !fits || again {
                return wrong("a bad sample");
            }
            samples.push(sample);
        }
    }
    Ok(samples)
}

fn is_name(name: &str) -> bool {
    let first = name
        .chars()
        .next()
        .is_some_and(|c| c.is_ascii_alphabetic() || c == '_');
    first && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

fn sample(line: &str) -> Result<Sample, String> {
    let wrong = || format!("no sample: {line}");
    let end = line.find(['{', ' ']).ok_or_else(wrong)?;
    let (name, mut rest) = line.split_at(end);
    let mut labels = BTreeMap::new();
    if let Some(inside) = rest.strip_prefix('{') {
        rest = inside;
        loop {
            let (label, after) = rest.split_once("=\"").ok_or_else(wrong)?;
            let (value, after) = quoted(after).ok_or_else(wrong)?;
            if !is_name(label) || labels.insert(label.to_owned(), value).is_some() {
                return Err(wrong());
            }
            rest = after;
            if let Some(after) = rest.strip_prefix('}') {
                rest = after;
                break;
            }
            rest = rest.strip_prefix(',').ok_or_else(wrong)?;
        }
    }
    let value = rest.strip_prefix(' ').ok_or_else(wrong)?;
    if !is_name(name) || value.contains(' ') {
        return Err(wrong());
    }
    Ok(Sample {
        name: name.to_owned(),
        labels,
        value: value.parse().map_err(|_| wrong())?,
    })
}

/// A value up to its closing quote, and what follows.
fn quoted(text: &str) -> Option<(String, &str)> {
    let mut value = String::new();
    let mut chars = text.char_indices();
    loop {
        match chars.next()? {
            (at, '"') => return Some((value, &text[at + 1..])),
            (_, '\\') => value.push(match chars.next()?.1 {
                '\\' => '\\',
                '"' => '"',
                'n' => '\n',
                _ => return None,
            }),
            (_, c) => value.push(c),
        }
    }
}

#[track_caller]
fn check(samples: &[Sample], name: &str, labels: &[(&str, &str)], value: f64) {
    let labels: BTreeMap<String, String> = labels
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect();
    let found: Vec<_> = samples
        .iter()
        .filter(|s| s.name == name && s.labels == labels)
        .collect();
    let [found] = found[..] else {
        panic!("{name} {labels:?}: {found:?} of {samples:#?}");
    };
    let same = (found.value - value).abs() < 1e-9 || found.value.is_nan() && value.is_nan();
    assert!(same, "{name}: {}, not {value}", found.value);
}

fn everything() -> Frame {
    let mut frame = Frame::default();
    let route = Some("GET /api/pitches/{id}");
    let hit = Measured {
        verdict: CacheVerdict::Hit,
        layer: Some(Layer::Memory),
        total_ms: 0.0,
        source_ms: None,
        ..measured(route)
    };
    frame.responses_alike(&hit, 40);
    frame.response(&Measured {
        collapsed: true,
        ..measured(route)
    });
    frame.response(&Measured {
        status: 503,
        failure: Some(Kind::Unavailable),
        ..measured(None)
    });
    frame.response(&measured(Some(OTHER)));
    frame.statement(
        "main",
        "pitch",
        Worked {
            millis: 250.0,
            ..WORKED
        },
    );
    frame.contact(
        "app",
        Worked {
            ended: Ended::Failed(Why::Late),
            ..WORKED
        },
    );
    frame.gauge(Gauge::MemoryBytes, 100.0);
    frame.gauge(Gauge::MemoryBytes, 300.0);
    frame.gauge(Gauge::BreakerOpen("database main".to_owned()), 1.0);
    frame.losses.late = 2;
    frame
}

const PITCH: [(&str, &str); 2] = [("method", "GET"), ("route", "/api/pitches/{id}")];
const NO_ROUTE: [(&str, &str); 2] = [("method", "any"), ("route", "none")];

#[test]
fn responses_are_told_once_under_their_names() {
    let frame = everything();
    let samples = read(&exposition(&frame, &frame)).unwrap();
    let flow = |verdict, layer| {
        let what = [("verdict", verdict), ("layer", layer), ("status", "2xx")];
        [&PITCH[..], &what].concat()
    };
    let failed = [&NO_ROUTE[..], &[("kind", "unavailable")]].concat();
    let median = [&PITCH[..], &[("quantile", "0.5")]].concat();
    let place = [("colo", "FRA"), ("country", "DE")];
    for (name, labels, value) in [
        ("requests_total", &flow("HIT", "memory")[..], 40.0),
        ("requests_total", &flow("MISS", "none"), 1.0),
        ("collapsed_total", &PITCH, 1.0),
        ("failures_total", &failed, 1.0),
        ("request_duration_seconds_count", &PITCH, 41.0),
        ("request_duration_seconds_sum", &PITCH, 0.012),
        ("request_duration_seconds", &median, 0.0),
        ("source_duration_seconds_count", &NO_ROUTE, 1.0),
        ("place_requests_total", &place, 43.0),
    ] {
        check(&samples, &format!("forebay_{name}"), labels, value);
    }
}

#[test]
fn sources_gauges_and_losses_are_told_once_under_their_names() {
    let frame = everything();
    let samples = read(&exposition(&frame, &frame)).unwrap();
    let statement = [("database", "main"), ("query", "pitch")];
    for (name, labels, value) in [
        ("statement_duration_seconds_sum", &statement[..], 0.25),
        ("statement_rows_total", &statement, 2.0),
        (
            "origin_failures_total",
            &[("origin", "app"), ("reason", "late")],
            1.0,
        ),
        (
            "origin_failures_total",
            &[("origin", "app"), ("reason", "unreached")],
            0.0,
        ),
        ("memory_bytes", &[], 200.0),
        ("memory_bytes_max", &[], 300.0),
        ("breaker_open", &[("of", "database main")], 1.0),
        ("flushes_late_total", &[], 2.0),
    ] {
        check(&samples, &format!("forebay_{name}"), labels, value);
    }
}

#[test]
fn quantiles_and_gauges_are_of_lately_and_counters_of_ever() {
    let frame = everything();
    let samples = read(&exposition(&frame, &Frame::default())).unwrap();
    let median = [&PITCH[..], &[("quantile", "0.5")]].concat();
    check(
        &samples,
        "forebay_request_duration_seconds",
        &median,
        f64::NAN,
    );
    check(
        &samples,
        "forebay_request_duration_seconds_count",
        &PITCH,
        41.0,
    );
    assert!(
        samples
            .iter()
            .all(|sample| !sample.name.starts_with("forebay_memory"))
    );
}

#[test]
fn nothing_measured_is_still_an_exposition() {
    let text = exposition(&Frame::default(), &Frame::default());
    let samples = read(&text).unwrap();
    check(&samples, "forebay_flushes_total", &[], 0.0);
}

#[test]
fn escapes_are_those_of_the_format() {
    let mut frame = Frame::default();
    frame.contact("a\\b\"c\nd", WORKED);
    let text = exposition(&frame, &Frame::default());
    assert!(
        text.contains("forebay_origin_rows_total{origin=\"a\\\\b\\\"c\\nd\"} 2\n"),
        "{text}"
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_route_query_and_origin_is_read_back(
        paths in prop::collection::btree_set("[a-z{}\\\\\"\n=, é\u{2028}]{0,12}", 1..6),
    ) {
        let mut frame = Frame::default();
        for path in &paths {
            frame.response(&measured(Some(&format!("GET /{path}"))));
            frame.statement("main", path, WORKED);
            frame.contact(path, WORKED);
        }
        let samples = read(&exposition(&frame, &frame)).unwrap();
        let told = |name: &str, label: &str| -> BTreeSet<String> {
            samples.iter().filter(|s| s.name == name).map(|s| s.labels[label].clone()).collect()
        };
        prop_assert_eq!(told("forebay_statement_rows_total", "query"), paths.clone());
        prop_assert_eq!(told("forebay_origin_rows_total", "origin"), paths.clone());
        let routes = paths.iter().map(|path| format!("/{path}")).collect::<BTreeSet<_>>();
        prop_assert_eq!(told("forebay_requests_total", "route"), routes);
    }

    #[test]
    fn the_same_frame_is_always_the_same_text(turn in 0_usize..6) {
        let mut names = ["a", "b", "c", "d", "e", "f"];
        let text = |names: &[&str]| {
            let mut frame = Frame::default();
            names.iter().for_each(|name| frame.contact(name, WORKED));
            names.iter().for_each(|name| frame.response(&measured(Some(name))));
            exposition(&frame, &frame)
        };
        let straight = text(&names);
        names.rotate_left(turn);
        prop_assert_eq!(text(&names), straight);
    }
}
