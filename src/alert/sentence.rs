//! What is said of an alert to people, in one sentence.

use super::Level;
use super::machine::Resolution;
use super::reading::Measured;
use super::rule::{Bad, Bound, Burn, Metric, Objective, Rule, Side, Threshold, Unit, Watch};
use std::time::Duration;

/// How an alert is, and from where on that is bad. `open`: the sources that a rule about breakers found open.
pub fn of(rule: &Rule, measured: Measured, open: &[String]) -> String {
    let (subject, bounds) = (subject(rule), bounds(rule));
    match (&rule.watch, measured.value) {
        (_, None) => format!("{subject} was not measured ({bounds})."),
        (Watch::Threshold(threshold), Some(value)) => {
            let value = show(threshold.metric.unit(), value);
            format!("{subject} is {value}{} ({bounds}).", named(open))
        }
        (Watch::Objective(_), Some(rate)) => {
            format!(
                "{subject} is used up {} times as fast as it lasts ({bounds}).",
                rounded(rate)
            )
        }
    }
}

/// More are told by their number.
const NAMED_MAX: usize = 5;

fn named(open: &[String]) -> String {
    if open.is_empty() {
        return String::new();
    }
    match open.split_at_checked(NAMED_MAX) {
        None | Some((_, [])) => format!(": {}", open.join(", ")),
        Some((first, rest)) => format!(": {} and {} more", first.join(", "), rest.len()),
    }
}

pub fn removed(name: &str) -> String {
    format!("The site has no alert {name} any more.")
}

pub fn test(name: &str) -> String {
    format!("This is a test of {name}: nothing is wrong.")
}

/// Why it is resolved.
pub fn resolution(why: Resolution) -> &'static str {
    match why {
        Resolution::Good => "all was well for long enough",
        Resolution::NothingMeasured => "nothing was measured for an hour",
        Resolution::Removed => "the site has no such alert any more",
    }
}

pub fn unit(rule: &Rule) -> Unit {
    match &rule.watch {
        Watch::Threshold(threshold) => threshold.metric.unit(),
        Watch::Objective(_) => Unit::Count,
    }
}

/// The word for what is measured.
pub fn metric(rule: &Rule) -> &'static str {
    match &rule.watch {
        Watch::Threshold(threshold) => threshold.metric.as_str(),
        Watch::Objective(_) => "burn_rate",
    }
}

fn subject(rule: &Rule) -> String {
    let route = rule.route.as_ref();
    let of = route.map_or(String::new(), |route| format!(" of {route}"));
    match &rule.watch {
        Watch::Threshold(Threshold { metric, over, .. }) => {
            format!("{}{of} over {}", noun(*metric), span(*over))
        }
        Watch::Objective(objective) => {
            let share = f64::from(1_000_000_u32.saturating_sub(objective.budget_ppm)) / 10_000.0;
            format!("The {} budget{of} of a {share} % objective", bad(objective))
        }
    }
}

fn bad(objective: &Objective) -> &'static str {
    match objective.of {
        Bad::Errors => "error",
        Bad::SlowerThan(_) => "slowness",
    }
}

fn noun(metric: Metric) -> &'static str {
    match metric {
        Metric::P50 => "The median response time",
        Metric::P95 => "The 95th percentile of response times",
        Metric::P99 => "The 99th percentile of response times",
        Metric::HitRate => "The hit rate",
        Metric::ErrorRate => "The share of errors",
        Metric::Database => "The 95th percentile of statements' times",
        Metric::Throughput => "The throughput",
        Metric::BreakerOpen => "The number of open breakers",
        Metric::PurgeLag => "The time since all outboxes were drained",
    }
}

fn bounds(rule: &Rule) -> String {
    let levels: Vec<String> = match &rule.watch {
        Watch::Threshold(threshold) => {
            let side = match threshold.metric.bad_side() {
                Side::Above => "above",
                Side::Below => "below",
            };
            let unit = threshold.metric.unit();
            let told = |(level, bound): (Level, Option<Bound>)| {
                let bound = show(unit, bound?.value());
                Some(format!("{} {side} {bound}", level.as_str()))
            };
            let levels = [
                (Level::Warning, threshold.warning),
                (Level::Critical, threshold.critical),
            ];
            levels.into_iter().filter_map(told).collect()
        }
        Watch::Objective(objective) => objective.windows.iter().map(told_burn).collect(),
    };
    levels.join(", ")
}

fn told_burn(burn: &Burn) -> String {
    let (level, factor) = (burn.level.as_str(), rounded(burn.factor()));
    format!(
        "{level} above {factor} over {} and {}",
        span(burn.long),
        span(burn.short)
    )
}

fn show(unit: Unit, value: f64) -> String {
    match unit {
        Unit::Ms => format!("{} ms", rounded(value)),
        Unit::Share => format!("{} %", rounded(value * 100.0)),
        Unit::PerSecond => format!("{} a second", rounded(value)),
        Unit::Count => rounded(value),
    }
}

/// Two digits after the point, none that say nothing.
fn rounded(value: f64) -> String {
    let text = format!("{value:.2}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    text.to_owned()
}

/// In the largest unit that needs no fraction.
pub fn span(duration: Duration) -> String {
    let seconds = duration.as_secs();
    let units = [(86_400, "d"), (3600, "h"), (60, "m")];
    if duration.subsec_millis() != 0 {
        return format!("{}ms", duration.as_millis());
    }
    let whole = units
        .into_iter()
        .find(|(size, _)| seconds >= *size && seconds.is_multiple_of(*size));
    whole.map_or_else(
        || format!("{seconds}s"),
        |(size, unit)| format!("{}{unit}", seconds / size),
    )
}

#[cfg(test)]
mod tests {
    use super::super::rule::Protection;
    use super::*;

    #[track_caller]
    fn check(watch: Watch, route: Option<&str>, value: Option<f64>, expected: &str) {
        let rule = Rule {
            name: "a".into(),
            route: route.map(str::to_owned),
            watch,
            holds: Duration::ZERO,
            samples_min: 1,
            on_fire: Some(Protection::StretchTtl),
        };
        let measured = Measured { value, samples: 9 };
        assert_eq!(of(&rule, measured, &[]), expected);
    }

    #[test]
    fn open_breakers_are_named_up_to_five() {
        let rule = Rule {
            name: "a".into(),
            route: None,
            watch: threshold(Metric::BreakerOpen, None, Some(0)),
            holds: Duration::ZERO,
            samples_min: 1,
            on_fire: None,
        };
        let says = |count: u8| {
            let open: Vec<String> = (0..count)
                .map(|number| format!("origin {number}"))
                .collect();
            let measured = Measured {
                value: Some(count.into()),
                samples: count.into(),
            };
            of(&rule, measured, &open)
        };
        let start = "The number of open breakers over 5m is";
        let (bounds, five) = (
            "(critical above 0).",
            "origin 0, origin 1, origin 2, origin 3, origin 4",
        );
        assert_eq!(says(0), format!("{start} 0 {bounds}"));
        assert_eq!(says(1), format!("{start} 1: origin 0 {bounds}"));
        assert_eq!(says(5), format!("{start} 5: {five} {bounds}"));
        assert_eq!(says(7), format!("{start} 7: {five} and 2 more {bounds}"));
    }

    fn threshold(metric: Metric, warning: Option<u64>, critical: Option<u64>) -> Watch {
        Watch::Threshold(Threshold {
            metric,
            over: Duration::from_secs(300),
            warning: warning.map(Bound::from_millionths),
            critical: critical.map(Bound::from_millionths),
        })
    }

    #[test]
    fn numbers_stand_in_their_units_beside_their_bounds() {
        check(
            threshold(Metric::P95, Some(100_000_000), Some(500_000_000)),
            Some("GET /a"),
            Some(182.5),
            "The 95th percentile of response times of GET /a over 5m is 182.5 ms \
             (warning above 100 ms, critical above 500 ms).",
        );
        check(
            threshold(Metric::HitRate, Some(700_000), None),
            None,
            Some(0.625),
            "The hit rate over 5m is 62.5 % (warning below 70 %).",
        );
        check(
            threshold(Metric::Throughput, None, Some(1_000_000)),
            None,
            None,
            "The throughput over 5m was not measured (critical below 1 a second).",
        );
        check(
            Watch::Objective(Objective {
                of: Bad::Errors,
                budget_ppm: 1000,
                windows: vec![Burn {
                    long: Duration::from_secs(3600),
                    short: Duration::from_secs(300),
                    factor_thousandths: 14_400,
                    level: Level::Critical,
                }],
            }),
            None,
            Some(20.125),
            "The error budget of a 99.9 % objective is used up 20.12 times as fast as it lasts \
             (critical above 14.4 over 1h and 5m).",
        );
    }

    #[test]
    fn spans_have_the_largest_whole_unit() {
        for (ms, text) in [
            (500, "500ms"),
            (90_000, "90s"),
            (300_000, "5m"),
            (7_200_000, "2h"),
            (259_200_000, "3d"),
        ] {
            assert_eq!(span(Duration::from_millis(ms)), text);
        }
    }
}
