use super::*;
use crate::config::compile::{DescribedFile, Sources, compile};
use crate::config::queries::SourceFile;
use crate::failure::Kind;

const SITE: &str = r#"
[site]
name = "test"
[database.main]
binding = "DB"
[[route]]
match = "GET /items/{id}"
source = { query = "item" }
[[route]]
match = "PUT /items/{id}"
source = { query = "put" }
[[route]]
match = "GET /other/{id}"
source = { query = "item" }
"#;

const NOW: Timestamp = Timestamp::from_millis(1_795_269_605_500);
const NOW_S: u64 = 1_795_269_605;

fn site() -> Site {
    let file = |path: &str, text: &str| SourceFile {
        path: path.into(),
        text: text.into(),
    };
    let item = "-- returns: one\nselect title from items where id = :id::bigint\n";
    let put = "-- returns: one\nupdate items set title = 'x' where id = :id::bigint returning id\n";
    let sources = Sources {
        config: file("forebay.toml", SITE),
        queries_dir: "queries".into(),
        queries: Some(vec![
            file("queries/item.sql", item),
            file("queries/put.sql", put),
        ]),
        described: DescribedFile::Absent,
    };
    compile(&sources).unwrap().site
}

#[test]
fn spans_and_routes_are_read() {
    let site = site();
    for (search, span, route) in [
        ("", Span::Last(3600), None),
        ("window=5m", Span::Last(300), None),
        ("window=30d", Span::Last(30 * 86_400), None),
        ("from=100&to=200", Span::Between(100..200), None),
        ("from=1795269600", Span::Between(1_795_269_600..NOW_S), None),
        (
            "from=2026-11-21T13:00:00Z&to=2026-11-21T14:00:00Z",
            Span::Between(1_795_266_000..1_795_269_600),
            None,
        ),
        (
            "window=5m&route=/other/%7Bid%7D",
            Span::Last(300),
            Some("GET /other/{id}"),
        ),
        (
            "window=5m&route=PUT%20/items/{id}",
            Span::Last(300),
            Some("PUT /items/{id}"),
        ),
        (
            "window=5m&route=GET+/items/{id}",
            Span::Last(300),
            Some("GET /items/{id}"),
        ),
    ] {
        let window = parse(search, &site, NOW).unwrap_or_else(|why| panic!("{search}: {why:?}"));
        assert_eq!(
            (window.span, window.route.as_deref()),
            (span, route),
            "{search}"
        );
    }
}

#[test]
fn what_is_wrong_names_the_parameter_what_was_given_and_what_is_taken() {
    let site = site();
    for (search, name, words) in [
        (
            "window=5",
            "window",
            "was \"5\": write a whole number and a unit",
        ),
        ("window=0s", "window", "such as 5m"),
        ("window=9999d", "window", "such as 5m"),
        ("window=5m&from=1", "window", "goes without from and to"),
        ("to=5", "from", "is required"),
        (
            "from=yesterday",
            "from",
            "was \"yesterday\": write seconds since 1970",
        ),
        ("from=1&to=x", "to", "was \"x\""),
        ("from=5&to=5", "to", "must be later"),
        ("from=1", "from", "two years are kept"),
        (
            "route=/none",
            "route",
            "was \"/none\": the routes are GET /items/{id}, PUT",
        ),
        (
            "route=/items/{id}",
            "route",
            "write GET /items/{id} or PUT /items/{id}",
        ),
        (
            "windows=5m",
            "windows",
            "is no parameter here: use window, from, to, route",
        ),
        ("window=5m&window=6m", "window", ""),
    ] {
        let failure = parse(search, &site, NOW).unwrap_err();
        assert_eq!(failure.kind, Kind::BadParameters, "{search}");
        let [fault] = &failure.faults[..] else {
            panic!("{search}: {failure:?}")
        };
        assert_eq!(fault.name, name, "{search}");
        assert!(fault.reason.contains(words), "{search}: {}", fault.reason);
    }
}

#[test]
fn periods_and_hours_are_read() {
    let site = site();
    let periods = parse_periods("baseline=1/2&current=3/5&route=/other/{id}", &site).unwrap();
    assert_eq!((periods.baseline, periods.current), (1..2, 3..5));
    assert_eq!(periods.route.as_deref(), Some("GET /other/{id}"));
    for (search, name) in [
        ("current=1/2", "baseline"),
        ("baseline=1/2", "current"),
        ("baseline=1&current=1/2", "baseline"),
        ("baseline=1/2&current=2/1", "current"),
        ("baseline=1/2&current=2/x", "current"),
    ] {
        let failure = parse_periods(search, &site).unwrap_err();
        assert_eq!(failure.faults[0].name, name, "{search}");
    }
    let begins = |search| parse_hour(search, NOW).map(|hour| hour.begins_s);
    assert_eq!(begins("hour=2026-11-21T14"), Ok(1_795_269_600));
    assert_eq!(begins(""), Ok(1_795_266_000));
    let failure = parse_hour("hour=14", NOW).unwrap_err();
    assert!(failure.faults[0].reason.contains("was \"14\""));
}

#[test]
fn what_has_not_begun_has_no_numbers() {
    let failure = Span::Between(NOW_S + 10..NOW_S + 20)
        .window(NOW)
        .unwrap_err();
    assert_eq!(failure.faults[0].reason, "has not come yet");
    let window = Span::Between(NOW_S - 5..NOW_S + 600).window(NOW).unwrap();
    assert_eq!((window.from_s, window.to_s), (NOW_S - 5, NOW_S + 1));
}

#[test]
fn an_hour_is_told_as_long_as_single_hours_are_kept() {
    const DAYS_90: u64 = 90 * 86_400;
    let this = NOW_S - NOW_S % 3600;
    let asked = |begins_s: u64| {
        let window = window("hour", &(begins_s..begins_s + 3600), NOW).unwrap();
        (window.to_s - window.from_s, window.length)
    };
    assert_eq!(asked(this - DAYS_90 + 3600), (3600, Length::Hour));
    assert_eq!(asked(this - DAYS_90), (86_400, Length::Day));
    let hour = |text: &str| parse_hour(&format!("hour={text}"), NOW);
    let first = hour("2026-08-23T15").unwrap();
    assert_eq!(
        (first.begins_s, first.before),
        (this - DAYS_90 + 3600, None)
    );
    let second = hour("2026-08-23T16").unwrap();
    assert_eq!(
        second.before.map(|before| before.from_s),
        Some(first.begins_s)
    );
    for (text, reason) in [
        (
            "2026-08-23T14",
            "lies too far back: single hours are kept for 90 days",
        ),
        (
            "1971-01-01T00",
            "lies too far back: single hours are kept for 90 days",
        ),
        ("2026-11-21T15", "has not come yet"),
    ] {
        let failure = hour(text).unwrap_err();
        assert_eq!(failure.kind, Kind::BadParameters);
        assert_eq!(failure.faults[0].reason, reason, "{text}");
    }
}

#[test]
fn what_is_of_no_route_refuses_one() {
    for (search, span) in [
        ("", Span::Last(3600)),
        ("window=5m", Span::Last(300)),
        ("from=1&to=9", Span::Between(1..9)),
    ] {
        assert_eq!(parse_span(search, NOW), Ok(span), "{search}");
    }
    let failure = parse_span("window=5m&route=/items/{id}", NOW).unwrap_err();
    assert_eq!(failure.kind, Kind::BadParameters);
    assert_eq!(failure.faults[0].name, "route");
}
