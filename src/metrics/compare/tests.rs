use super::*;
use crate::metrics::summary::HitTotals;

fn totals(requests: u64, p95: f64, hit_rate: f64, error_rate: f64) -> Totals {
    Totals {
        requests,
        per_second: 5.0,
        error_rate,
        hits: HitTotals {
            cacheable: requests,
            rate: Some(hit_rate),
            ..HitTotals::default()
        },
        duration: Quantiles {
            count: requests,
            p95: Some(p95),
            ..Quantiles::default()
        },
        ..Totals::default()
    }
}

fn compared(comparison: &Comparison, metric: &str) -> Compared {
    comparison
        .metrics
        .iter()
        .find(|m| m.metric == metric)
        .unwrap()
        .clone()
}

#[test]
fn an_improvement_is_positive_whichever_way_better_is() {
    let was = |error_rate| totals(1000, 100.0, 0.8, error_rate);
    let is = |p95, error_rate| totals(2000, p95, 0.6, error_rate);
    for (was, is, metric, expected) in [
        (was(0.02), is(80.0, 0.01), "p95", Some(20.0)),
        (was(0.02), is(80.0, 0.01), "hit_rate", Some(-25.0)),
        (was(0.02), is(80.0, 0.01), "error_rate", Some(50.0)),
        (was(0.02), is(250.0, 0.01), "p95", Some(-150.0)),
        (was(0.0), is(80.0, 0.0), "error_rate", Some(0.0)),
        (was(0.0), is(80.0, 0.1), "error_rate", None),
        (was(0.0), is(80.0, 0.1), "throughput", Some(0.0)),
        (was(0.0), is(80.0, 0.1), "source_p95", None),
    ] {
        let told = compared(&Comparison::of(&was, &is), metric).improvement_percent;
        let same = match (told, expected) {
            (Some(told), Some(expected)) => (told - expected).abs() < 1e-9,
            (told, expected) => told == expected,
        };
        assert!(same, "{metric}: {told:?}, not {expected:?}");
    }
}

#[test]
fn few_samples_are_said_to_be_few() {
    for (was, is, caution) in [
        (1000, 1000, ""),
        (99, 1000, "99 samples in the baseline are few"),
        (0, 100, "nothing was measured in the baseline"),
        (
            5,
            0,
            "5 samples in the baseline are few; nothing was measured in the current span",
        ),
    ] {
        let comparison = Comparison::of(&totals(was, 1.0, 0.5, 0.1), &totals(is, 1.0, 0.5, 0.1));
        let p95 = compared(&comparison, "p95");
        assert_eq!(p95.caution, caution);
        assert_eq!(
            p95.samples,
            Samples {
                baseline: was,
                current: is
            }
        );
    }
}

#[test]
fn a_baseline_of_nothing_says_why_there_is_no_percentage() {
    let comparison = Comparison::of(&totals(500, 1.0, 0.5, 0.0), &totals(500, 1.0, 0.5, 0.1));
    let errors = compared(&comparison, "error_rate");
    assert_eq!(errors.improvement_percent, None);
    assert_eq!(
        errors.caution,
        "the baseline is 0, of which there is no share"
    );
}

#[test]
fn nothing_against_nothing_is_no_number() {
    let comparison = Comparison::of(&Totals::default(), &Totals::default());
    assert_eq!(compared(&comparison, "p95").improvement_percent, None);
    assert_eq!(compared(&comparison, "error_rate").baseline, None);
}
