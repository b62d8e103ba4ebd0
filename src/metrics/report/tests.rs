use super::*;
use crate::metrics::frame::tests::measured;
use crate::metrics::frame::{Frame, Measured};
use crate::metrics::summary::tests::{frames, span};

fn summary() -> Summary {
    let mut frame = Frame::default();
    for (route, count, total_ms, errors) in [
        ("GET /busy", 500, 3.0, 0),
        ("GET /slow", 20, 900.0, 1),
        ("GET /slow-once", 1, 5000.0, 0),
        ("GET /broken", 50, 20.0, 40),
        ("GET /a", 30, 1.0, 0),
        ("GET /b", 30, 1.0, 0),
        ("GET /c", 30, 1.0, 0),
    ] {
        let good = Measured {
            total_ms,
            ..measured(Some(route))
        };
        frame.responses_alike(&good, count - errors);
        frame.responses_alike(
            &Measured {
                status: 503,
                ..good
            },
            errors,
        );
    }
    Summary::of(span(), vec![frames(vec![(1000, frame)])])
}

fn made() -> Timestamp {
    Timestamp::from_millis(9_000_000)
}

fn names(lines: &[RouteLine]) -> Vec<&str> {
    lines
        .iter()
        .filter_map(|line| line.route.as_deref())
        .collect()
}

#[test]
fn the_busiest_the_slowest_and_the_failing_are_named() {
    let report = Report::of(&summary(), None, made());
    assert_eq!(
        names(&report.busiest),
        ["GET /busy", "GET /broken", "GET /a", "GET /b", "GET /c"]
    );
    assert_eq!(
        names(&report.slowest)[..3],
        ["GET /slow", "GET /broken", "GET /busy"]
    );
    assert!(
        !names(&report.slowest).contains(&"GET /slow-once"),
        "one request is no p95"
    );
    assert_eq!(names(&report.failing), ["GET /broken", "GET /slow"]);
    assert_eq!(report.failing[0].errors, 40);
    assert_eq!(report.comparison, None);
    assert_eq!((report.total.requests, report.made_at), (661, 9000));
}

#[test]
fn the_hour_before_is_the_baseline() {
    let summary = summary();
    let before = Totals {
        requests: 7,
        ..Totals::default()
    };
    let comparison = Report::of(&summary, Some(&before), made())
        .comparison
        .unwrap();
    assert_eq!(
        (comparison.baseline_requests, comparison.current_requests),
        (7, 661)
    );
}

#[test]
fn an_hour_of_nothing_is_a_report_too() {
    let report = Report::of(
        &Summary::of(span(), Vec::new()),
        Some(&Totals::default()),
        made(),
    );
    assert_eq!(
        (
            report.busiest.len(),
            report.slowest.len(),
            report.failing.len()
        ),
        (0, 0, 0)
    );
    assert_eq!(
        report.comparison, None,
        "nothing is known of the hour before"
    );
    let json = serde_json::to_string(&report).unwrap();
    assert_eq!(serde_json::from_str::<Report>(&json).unwrap(), report);
}
