use super::*;
use crate::time::Timestamp;

const SPAN: Duration = Duration::from_secs(300);
const HOUR: Duration = Duration::from_secs(3600);

fn rule(watch: Watch, samples_min: u32) -> Rule {
    Rule {
        name: "a".into(),
        route: None,
        watch,
        holds: Duration::ZERO,
        samples_min,
        on_fire: None,
    }
}

fn threshold(metric: Metric, warning: f64, critical: f64) -> Rule {
    use crate::alert::rule::Bound;
    let bound = |value: f64| Some(Bound::from_millionths((value * 1e6) as u64));
    let watch = Watch::Threshold(Threshold {
        metric,
        over: SPAN,
        warning: bound(warning),
        critical: bound(critical),
    });
    rule(watch, 20)
}

fn over(span: Duration, reading: Reading) -> Readings {
    Readings::from([((None, span), reading)])
}

/// Where no breaker was ever open.
fn judged(rule: &Rule, readings: &Readings) -> (Measured, Verdict) {
    judge(rule, readings, &LastOpen::default())
}

const WARN: Verdict = Verdict::Bad(Level::Warning);
const CRIT: Verdict = Verdict::Bad(Level::Critical);

#[test]
fn each_metric_is_held_against_its_bounds_on_its_bad_side() {
    let busy = Reading {
        coverage: Coverage::Whole,
        requests: 100,
        per_second: 2.0,
        errors: 3,
        p50: Some(20.0),
        p95: Some(100.0),
        p99: Some(600.0),
        cacheable: 50,
        hit_rate: Some(0.7),
        statements: 30,
        statements_p95: Some(51.0),
        breakers: Breakers {
            open: ["database main".to_owned()].into(),
            ..Breakers::default()
        },
        purge_lag: PurgeLag::Is(90_000.0),
        slower: BTreeMap::new(),
    };
    for (metric, warning, critical, expected) in [
        (Metric::P50, 100.0, 500.0, Verdict::Fine),
        // A bound itself is no breach.
        (Metric::P95, 100.0, 500.0, Verdict::Fine),
        (Metric::P95, 99.9, 500.0, WARN),
        (Metric::P99, 100.0, 500.0, CRIT),
        (Metric::HitRate, 0.7, 0.4, Verdict::Fine),
        (Metric::HitRate, 0.71, 0.4, WARN),
        (Metric::HitRate, 0.9, 0.8, CRIT),
        (Metric::ErrorRate, 0.01, 0.05, WARN),
        (Metric::Database, 50.0, 250.0, WARN),
        (Metric::Throughput, 1.0, 0.5, Verdict::Fine),
        (Metric::Throughput, 5.0, 3.0, CRIT),
        (Metric::BreakerOpen, 0.0, 3.0, WARN),
        (Metric::PurgeLag, 60_000.0, 300_000.0, WARN),
    ] {
        let rule = threshold(metric, warning, critical);
        let (_, verdict) = judged(&rule, &over(SPAN, busy.clone()));
        assert_eq!(verdict, expected, "{metric:?} {warning} {critical}");
    }
}

#[test]
fn too_few_samples_are_no_verdict_but_where_none_are_needed() {
    let quiet = Reading {
        requests: 19,
        errors: 19,
        p95: Some(9000.0),
        ..Reading::default()
    };
    let check = |metric, reading: &Reading, expected| {
        let rule = threshold(metric, 1.0, 0.5);
        assert_eq!(
            judged(&rule, &over(SPAN, reading.clone())).1,
            expected,
            "{metric:?}"
        );
    };
    check(Metric::P95, &quiet, Verdict::Unknown);
    check(Metric::ErrorRate, &quiet, Verdict::Unknown);
    check(Metric::Throughput, &quiet, CRIT);
    check(Metric::BreakerOpen, &quiet, Verdict::Unknown);
    check(Metric::PurgeLag, &quiet, Verdict::Unknown);
    let enough = Reading {
        requests: 20,
        ..quiet
    };
    check(Metric::P95, &enough, CRIT);
}

#[test]
fn a_lag_of_which_only_its_least_is_known_is_bad_or_nothing() {
    let rule = threshold(Metric::PurgeLag, 60_000.0, 300_000.0);
    for (purge_lag, value, expected) in [
        (PurgeLag::None, None, Verdict::Unknown),
        (PurgeLag::Unread, None, Verdict::Unread),
        (PurgeLag::Is(1000.0), Some(1000.0), Verdict::Fine),
        (PurgeLag::Is(61_000.0), Some(61_000.0), WARN),
        // The log began a second ago: what was long before may be so still.
        (PurgeLag::AtLeast(1000.0), Some(1000.0), Verdict::Unread),
        (PurgeLag::AtLeast(301_000.0), Some(301_000.0), CRIT),
    ] {
        let reading = Reading {
            purge_lag,
            ..Reading::default()
        };
        let (measured, verdict) = judged(&rule, &over(SPAN, reading));
        assert_eq!(
            (measured.value, verdict),
            (value, expected),
            "{purge_lag:?}"
        );
    }
}

#[test]
fn the_breakers_that_are_named_are_those_that_are_counted() {
    let rule = threshold(Metric::BreakerOpen, 0.0, 3.0);
    let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
    let mut last_open = LastOpen::default();
    let before = Breakers {
        open: names(&["database main", "origin old"]),
        closed: names(&[]),
    };
    last_open.note(Some(&before), Timestamp::from_millis(0));
    for coverage in [Coverage::Whole, Coverage::Part] {
        let reading = Reading {
            coverage,
            breakers: Breakers {
                open: names(&["origin app"]),
                closed: names(&["database main"]),
            },
            ..Reading::default()
        };
        let readings = over(SPAN, reading);
        let (measured, _) = judge(&rule, &readings, &last_open);
        let open = open_breakers(&rule, &readings, &last_open);
        assert_eq!(open, ["origin app", "origin old"], "{coverage:?}");
        assert_eq!(measured.value, Some(2.0), "{coverage:?}");
    }
    let other = threshold(Metric::P95, 1.0, 2.0);
    let readings = over(SPAN, Reading::default());
    assert!(open_breakers(&other, &readings, &last_open).is_empty());
}

#[test]
fn what_could_not_be_read_is_no_verdict() {
    for metric in Metric::EVERY {
        let (measured, verdict) = judged(&threshold(metric, 1.0, 2.0), &Readings::new());
        assert_eq!((measured, verdict), (Measured::default(), Verdict::Unread));
    }
}

#[test]
fn a_rule_of_a_route_reads_that_route() {
    let mut of_route = threshold(Metric::P95, 100.0, 500.0);
    of_route.route = Some("GET /a".into());
    let slow = Reading {
        requests: 100,
        p95: Some(200.0),
        ..Reading::default()
    };
    let mut readings = over(SPAN, slow.clone());
    assert_eq!(judged(&of_route, &readings).1, Verdict::Unread);
    readings.insert((Some("GET /a".into()), SPAN), slow);
    assert_eq!(judged(&of_route, &readings).1, WARN);
}

fn objective(of: Bad) -> Rule {
    rule(
        Watch::Objective(Objective {
            of,
            budget_ppm: 1000,
            windows: vec![
                Burn {
                    long: HOUR,
                    short: SPAN,
                    factor_thousandths: 14_400,
                    level: Level::Critical,
                },
                Burn {
                    long: HOUR * 6,
                    short: HOUR / 2,
                    factor_thousandths: 6000,
                    level: Level::Warning,
                },
            ],
        }),
        20,
    )
}

/// Errors of a thousand requests over 5 m, 30 m, 1 h and 6 h.
fn errors(of_thousand: [u64; 4]) -> Readings {
    let spans = [SPAN, HOUR / 2, HOUR, HOUR * 6];
    spans
        .into_iter()
        .zip(of_thousand)
        .map(|(span, errors)| {
            let reading = Reading {
                requests: 1000,
                errors,
                ..Reading::default()
            };
            ((None, span), reading)
        })
        .collect()
}

#[test]
fn a_budget_burns_when_both_windows_of_a_pair_say_so() {
    for (of_thousand, rate, expected) in [
        ([0, 0, 0, 0], 0.0, Verdict::Fine),
        ([15, 15, 15, 1], 15.0, CRIT),
        // The short window: it has ended.
        ([0, 0, 100, 100], 0.0, Verdict::Fine),
        // The long window: it does not matter yet.
        ([100, 10, 10, 2], 10.0, Verdict::Fine),
        ([1, 7, 7, 7], 7.0, WARN),
        ([20, 20, 20, 20], 20.0, CRIT),
    ] {
        let (measured, verdict) = judged(&objective(Bad::Errors), &errors(of_thousand));
        assert_eq!(verdict, expected, "{of_thousand:?}");
        let value = measured.value.unwrap();
        assert!((value - rate).abs() < 1e-9, "{of_thousand:?}: {value}");
    }
}

#[test]
fn slow_answers_burn_a_budget_as_errors_do() {
    let limit = Duration::from_millis(100);
    let mut readings = errors([0; 4]);
    for reading in readings.values_mut() {
        reading.slower.insert(limit, 50);
    }
    assert_eq!(
        judged(&objective(Bad::SlowerThan(limit)), &readings).1,
        CRIT
    );
    assert_eq!(judged(&objective(Bad::Errors), &readings).1, Verdict::Fine);
}

#[test]
fn a_budget_of_few_requests_tells_nothing() {
    let few = |readings: &mut Readings| {
        for reading in readings.values_mut() {
            (reading.requests, reading.errors) = (19, 19);
        }
    };
    let mut readings = errors([0; 4]);
    few(&mut readings);
    assert_eq!(
        judged(&objective(Bad::Errors), &readings).1,
        Verdict::Unknown
    );
    assert_eq!(
        judged(&objective(Bad::Errors), &Readings::new()).1,
        Verdict::Unread
    );
}

#[test]
fn breakers_are_not_well_while_one_is_silent_that_was_open() {
    let rule = threshold(Metric::BreakerOpen, 0.0, 1.0);
    let told = |open: &[&str], closed: &[&str]| Breakers {
        open: open.iter().map(|name| (*name).to_owned()).collect(),
        closed: closed.iter().map(|name| (*name).to_owned()).collect(),
    };
    let mut last_open = LastOpen::default();
    let now = crate::time::Timestamp::from_millis(0);
    last_open.note(Some(&told(&["database main"], &[])), now);
    for (breakers, value, expected) in [
        (told(&[], &[]), Some(1.0), Verdict::Unknown),
        (told(&[], &["origin app"]), Some(1.0), Verdict::Unknown),
        (told(&["origin app"], &[]), Some(2.0), WARN),
        (told(&["origin app", "origin b"], &[]), Some(3.0), CRIT),
        (told(&[], &["database main"]), Some(0.0), Verdict::Fine),
        (told(&["database main"], &[]), Some(1.0), WARN),
    ] {
        let reading = Reading {
            breakers,
            ..Reading::default()
        };
        let (measured, verdict) = judge(&rule, &over(SPAN, reading.clone()), &last_open);
        assert_eq!((measured.value, verdict), (value, expected), "{reading:?}");
    }
    let nothing = over(SPAN, Reading::default());
    let (measured, verdict) = judged(&rule, &nothing);
    assert_eq!((measured.value, verdict), (None, Verdict::Unknown));
}

#[test]
fn what_is_kept_where_nobody_answers_makes_nothing_good_and_numbers_doubtful() {
    let judged = |metric, reading: Reading| {
        let reading = Reading {
            coverage: Coverage::Part,
            ..reading
        };
        let rule = threshold(metric, 1.0, 2.0);
        judge(&rule, &over(SPAN, reading), &LastOpen::default()).1
    };
    let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
    let breakers = |open: &[&str], closed: &[&str]| Reading {
        breakers: Breakers {
            open: names(open),
            closed: names(closed),
        },
        ..Reading::default()
    };
    for (metric, reading, expected) in [
        (Metric::BreakerOpen, breakers(&["a", "b"], &[]), WARN),
        (Metric::BreakerOpen, breakers(&[], &["a"]), Verdict::Unread),
        (Metric::BreakerOpen, breakers(&[], &[]), Verdict::Unread),
        (Metric::Throughput, Reading::default(), Verdict::Unread),
    ] {
        assert_eq!(judged(metric, reading.clone()), expected, "{reading:?}");
    }
    let slow = Reading {
        requests: 1000,
        p95: Some(3.0),
        ..Reading::default()
    };
    assert_eq!(judged(Metric::P95, slow), CRIT);
}
