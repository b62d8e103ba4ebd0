use super::*;
use crate::alert::board::{Receiver, Told};
use crate::alert::reading::{Reading, Readings};
use crate::alert::rule::{Bad, Bound, Burn, Metric, Objective, Threshold};
use proptest::prelude::*;

fn alerting() -> Alerting {
    let rule = |name: &str, watch, on_fire| Rule {
        name: name.into(),
        route: None,
        watch,
        holds: Duration::ZERO,
        samples_min: 20,
        on_fire,
    };
    let slow = Watch::Threshold(Threshold {
        metric: Metric::P95,
        over: Duration::from_secs(300),
        warning: Some(Bound::from_millionths(100_000_000)),
        critical: None,
    });
    let reads = Watch::Objective(Objective {
        of: Bad::Errors,
        budget_ppm: 1000,
        windows: vec![Burn {
            long: Duration::from_secs(3600),
            short: Duration::from_secs(300),
            factor_thousandths: 14_400,
            level: crate::alert::Level::Critical,
        }],
    });
    Alerting {
        rules: vec![
            rule("slow", slow, Some(Protection::StretchTtl)),
            rule("reads", reads, None),
        ],
        ..Alerting::default()
    }
}

fn at(seconds: u64) -> Timestamp {
    Timestamp::from_millis(seconds * 1000)
}

#[test]
fn what_is_right_is_read() {
    let body = br#"{"alert":"slow","for":"1h","reason":"known"}"#;
    let order = SilenceOrder {
        alert: "slow".into(),
        lasts: Duration::from_secs(3600),
        reason: "known".into(),
    };
    assert_eq!(parse_silence(Some(body), &alerting()), Ok(order));
    assert_eq!(parse_unsilence(Some(br#"{"id":"7-1"}"#)), Ok("7-1".into()));
    assert_eq!(
        parse_test(Some(br#"{"alert":"reads"}"#), &alerting()),
        Ok("reads".into())
    );
}

#[track_caller]
fn check<T: std::fmt::Debug>(parsed: Result<T, Failure>, expected: &[(&str, &str)]) {
    let failure = parsed.unwrap_err();
    assert_eq!(failure.kind, Kind::BadBody);
    let faults = failure.faults.iter();
    let faults: Vec<_> = faults
        .map(|fault| (fault.name.as_str(), fault.reason.as_str()))
        .collect();
    assert_eq!(faults, expected);
}

#[test]
fn every_mistake_is_told_with_its_mend() {
    const FORMS: &str = "write how long, \"1m\" to \"30d\", such as \"1h\"";
    let silence = |body: &str| parse_silence(Some(body.as_bytes()), &alerting());
    check(
        silence("{}"),
        &[
            ("alert", "is required: one of slow, reads"),
            ("for", &format!("is required: {FORMS}")),
        ],
    );
    check(
        silence(r#"{"alert":"slwo","for":"forever","until":1}"#),
        &[
            ("alert", "is no alert of this site: use one of slow, reads"),
            ("for", &format!("is \"forever\": {FORMS}")),
            (
                "until",
                "is no field of this request: use alert, for, reason",
            ),
        ],
    );
    for span in ["0s", "59s", "31d"] {
        let body = format!(r#"{{"alert":"slow","for":"{span}"}}"#);
        check(
            silence(&body),
            &[("for", &format!("is \"{span}\": {FORMS}"))],
        );
    }
    check(
        parse_unsilence(Some(b"{}")),
        &[(
            "id",
            "is required: GET /monitoring/alerts lists the silences",
        )],
    );
    check(
        parse_test(Some(b"{\"alert\":7}"), &alerting()),
        &[("alert", "is a number: write a string in quotes")],
    );
}

#[test]
fn the_report_tells_rules_silences_protections_and_deliveries() {
    let (alerting, mut board) = (alerting(), Board::default());
    let slow = Reading {
        requests: 100,
        p95: Some(250.0),
        ..Reading::default()
    };
    let readings = Readings::from([((None, Duration::from_secs(300)), slow)]);
    board.evaluate(&alerting, &readings, Receiver::Webhook, at(60));
    board
        .silence("slow", Duration::from_secs(600), "known".into(), at(61))
        .unwrap();
    let document = serde_json::to_value(report(&alerting, &board, at(70))).unwrap();
    let expected = serde_json::json!({
        "alerts": [
            {"name": "slow", "route": null, "metric": "p95", "over": "5m", "state": "firing",
             "level": "warning", "since": 60, "value": 250.0, "warning": 100.0, "critical": null,
             "unit": "ms", "on_fire": "stretch-ttl", "silenced_until": 661, "samples": 100,
             "says": "The 95th percentile of response times over 5m is 250 ms (warning above 100 ms)."},
            {"name": "reads", "route": null, "metric": "burn_rate", "over": "1h", "state": "ok",
             "level": null, "since": null, "value": null, "warning": null, "critical": 14.4,
             "unit": "count", "on_fire": null, "silenced_until": null, "samples": 0,
             "says": "The error budget of a 99.9 % objective was not measured \
                      (critical above 14.4 over 1h and 5m)."},
        ],
        "silences": [{"id": "61000-2", "alert": "slow", "until": 661, "reason": "known", "since": 61}],
        "protections": [{"name": "stretch-ttl", "on": true, "since": 60, "until": 240, "why": "slow"}],
        "deliveries": [],
        "evaluated_at": 60,
            "at": 70,
    });
    assert_eq!(document, expected);
}

#[test]
fn what_is_over_is_not_shown_as_being_on() {
    let (alerting, mut board) = (alerting(), Board::default());
    board
        .silence("slow", Duration::from_secs(600), String::new(), at(0))
        .unwrap();
    board.stretch = Some(Stretch {
        since: at(0),
        until: at(180),
        alerts: vec!["slow".into()],
    });
    let report = report(&alerting, &board, at(600));
    assert_eq!(report.silences, []);
    assert!(!report.protections[0].on);
    assert_eq!(report.alerts[0].silenced_until, None);
}

#[test]
fn a_told_alert_is_shown_by_its_state_alone() {
    let (alerting, mut board) = (alerting(), Board::default());
    board.alerts.entry("slow".into()).or_default().told = Some(Told {
        level: crate::alert::Level::Critical,
        at: at(5),
    });
    assert_eq!(report(&alerting, &board, at(9)).alerts[0].state, State::Ok);
}

proptest! {
    #[test]
    fn no_body_panics(body: Vec<u8>) {
        let _ = parse_silence(Some(&body), &alerting());
        let _ = parse_unsilence(Some(&body));
        let _ = parse_test(Some(&body), &alerting());
    }
}
