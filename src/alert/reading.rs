//! What a rule makes of what was measured: a number, how many samples stand behind it, and a verdict.

use super::Level;
use super::breakers::{Breakers, LastOpen};
use super::machine::Verdict;
use super::rule::{Bad, Burn, Metric, Objective, Rule, Threshold, Watch};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// What was measured of one route, or of all, over one span. Times in milliseconds.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Reading {
    pub coverage: Coverage,
    pub requests: u64,
    pub per_second: f64,
    pub errors: u64,
    pub p50: Option<f64>,
    pub p95: Option<f64>,
    pub p99: Option<f64>,
    /// Of the requests that a cache could have answered.
    pub cacheable: u64,
    pub hit_rate: Option<f64>,
    pub statements: u64,
    pub statements_p95: Option<f64>,
    pub breakers: Breakers,
    pub purge_lag: PurgeLag,
    /// For each limit that an objective names, how many requests took longer.
    pub slower: BTreeMap<Duration, u64>,
}

/// How long ago all outboxes were drained, in milliseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum PurgeLag {
    /// There is no outbox.
    #[default]
    None,
    /// The log could not be asked.
    Unread,
    Is(f64),
    /// They have not been since the log's object began, and when they were before nobody knows.
    AtLeast(f64),
}

/// Whether all that was measured was read, or not what is kept in some of the metrics objects.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Coverage {
    #[default]
    Whole,
    Part,
}

/// By route and span; what could not be read is missing.
pub type Readings = BTreeMap<(Option<String>, Duration), Reading>;

/// The last number of a rule.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Measured {
    pub value: Option<f64>,
    pub samples: u64,
}

/// What the readings say about a rule.
pub fn judge(rule: &Rule, readings: &Readings, last_open: &LastOpen) -> (Measured, Verdict) {
    let at = |span: Duration| readings.get(&(rule.route.clone(), span));
    match &rule.watch {
        Watch::Threshold(threshold) => at(threshold.over)
            .map_or((Measured::default(), Verdict::Unread), |reading| {
                judge_threshold(threshold, rule.samples_min, reading, last_open)
            }),
        Watch::Objective(objective) => judge_objective(objective, rule.samples_min, at),
    }
}

fn judge_threshold(
    threshold: &Threshold,
    samples_min: u32,
    reading: &Reading,
    last_open: &LastOpen,
) -> (Measured, Verdict) {
    let (measured, verdict) = if threshold.metric == Metric::BreakerOpen {
        judge_breakers(threshold, &reading.breakers, last_open)
    } else {
        judge_number(threshold, samples_min, reading)
    };
    match reading.coverage {
        Coverage::Whole => (measured, verdict),
        Coverage::Part => (measured, of_part(threshold.metric, verdict)),
    }
}

fn judge_number(threshold: &Threshold, samples_min: u32, reading: &Reading) -> (Measured, Verdict) {
    let measured = measure(threshold.metric, reading);
    if threshold.metric == Metric::PurgeLag {
        return (measured, judge_lag(threshold, reading.purge_lag));
    }
    let few = threshold.metric.needs_samples() && measured.samples < u64::from(samples_min);
    let verdict = match measured.value {
        Some(value) if !few => Verdict::of(threshold.level_of(value)),
        Some(_) | None => Verdict::Unknown,
    };
    (measured, verdict)
}

/// What is only known to be longer than something is bad if that is, and no reason to call it well.
fn judge_lag(threshold: &Threshold, lag: PurgeLag) -> Verdict {
    match lag {
        PurgeLag::None => Verdict::Unknown,
        PurgeLag::Unread => Verdict::Unread,
        PurgeLag::Is(ms) => Verdict::of(threshold.level_of(ms)),
        PurgeLag::AtLeast(ms) => threshold.level_of(ms).map_or(Verdict::Unread, Verdict::Bad),
    }
}

/// A quantile or a rate of a part is as good as any, but a part's number is too small.
fn of_part(metric: Metric, verdict: Verdict) -> Verdict {
    match (metric, verdict) {
        (Metric::Throughput, _) | (Metric::BreakerOpen, Verdict::Fine | Verdict::Unknown) => {
            Verdict::Unread
        }
        (
            Metric::P50
            | Metric::P95
            | Metric::P99
            | Metric::HitRate
            | Metric::ErrorRate
            | Metric::Database
            | Metric::BreakerOpen
            | Metric::PurgeLag,
            verdict,
        ) => verdict,
    }
}

/// The sources that a rule about breakers takes for open, by name: as many as [`Measured`] counts.
pub fn open_breakers(rule: &Rule, readings: &Readings, last_open: &LastOpen) -> Vec<String> {
    let Some(Reading { breakers, .. }) = of_rule_about_breakers(rule, readings) else {
        return Vec::new();
    };
    let open = breakers.open.iter().map(String::as_str);
    let names: BTreeSet<&str> = open.chain(breakers.silent(last_open)).collect();
    names.into_iter().map(str::to_owned).collect()
}

/// What rules about breakers have to remember. Where a part could not be read, that is nothing: who tells
/// there that he is open would be taken for closed.
pub fn told_of_breakers<'r>(rule: &Rule, readings: &'r Readings) -> Option<&'r Breakers> {
    let reading = of_rule_about_breakers(rule, readings)?;
    match reading.coverage {
        Coverage::Whole => Some(&reading.breakers),
        Coverage::Part => None,
    }
}

/// `None`: the rule is about something else, or nothing could be read.
fn of_rule_about_breakers<'r>(rule: &Rule, readings: &'r Readings) -> Option<&'r Reading> {
    let Watch::Threshold(threshold) = &rule.watch else {
        return None;
    };
    if threshold.metric != Metric::BreakerOpen {
        return None;
    }
    readings.get(&(rule.route.clone(), threshold.over))
}

fn measure(metric: Metric, reading: &Reading) -> Measured {
    let of = |value, samples| Measured { value, samples };
    match metric {
        Metric::P50 => of(reading.p50, reading.requests),
        Metric::P95 => of(reading.p95, reading.requests),
        Metric::P99 => of(reading.p99, reading.requests),
        Metric::HitRate => of(reading.hit_rate, reading.cacheable),
        Metric::ErrorRate => of(share(reading.errors, reading.requests), reading.requests),
        Metric::Database => of(reading.statements_p95, reading.statements),
        Metric::Throughput => of(Some(reading.per_second), reading.requests),
        Metric::BreakerOpen => of_breakers(&reading.breakers, 0),
        Metric::PurgeLag => match reading.purge_lag {
            PurgeLag::None | PurgeLag::Unread => of(None, 0),
            PurgeLag::Is(ms) | PurgeLag::AtLeast(ms) => of(Some(ms), 1),
        },
    }
}

fn of_breakers(told: &Breakers, silent: usize) -> Measured {
    let is_known = told.have_told() || silent > 0;
    Measured {
        value: is_known.then_some((told.open.len() + silent) as f64),
        samples: u64::from(told.have_told()),
    }
}

/// What is not bad is not known to be well while anybody is silent who was last open.
fn judge_breakers(
    threshold: &Threshold,
    told: &Breakers,
    last_open: &LastOpen,
) -> (Measured, Verdict) {
    let silent = told.silent(last_open).count();
    let verdict = match threshold.level_of(told.open.len() as f64) {
        Some(level) => Verdict::Bad(level),
        None if silent == 0 && told.have_told() => Verdict::Fine,
        None => Verdict::Unknown,
    };
    (of_breakers(told, silent), verdict)
}

fn share(part: u64, whole: u64) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}

/// How fast the budget burns over one pair of windows: the slower of the two rates, which is the one that
/// has to pass the factor.
fn judge_objective<'r>(
    objective: &Objective,
    samples_min: u32,
    at: impl Fn(Duration) -> Option<&'r Reading>,
) -> (Measured, Verdict) {
    let mut worst: Option<(f64, u64)> = None;
    let mut level: Option<Level> = None;
    let (mut is_known, mut is_unread) = (false, false);
    for burn in &objective.windows {
        let Some((rate, samples)) = rate_of(objective, burn, &at) else {
            is_unread = true;
            continue;
        };
        if samples < u64::from(samples_min) {
            worst = worst.or(Some((rate, samples)));
            continue;
        }
        is_known = true;
        if worst.is_none_or(|(known, known_samples)| {
            rate > known || known_samples < u64::from(samples_min)
        }) {
            worst = Some((rate, samples));
        }
        if rate > burn.factor() {
            level = level.max(Some(burn.level));
        }
    }
    let measured = Measured {
        value: worst.map(|(rate, _)| rate),
        samples: worst.map_or(0, |(_, samples)| samples),
    };
    let verdict = match (level, is_unread, is_known) {
        (Some(level), _, _) => Verdict::Bad(level),
        (None, true, _) => Verdict::Unread,
        (None, false, true) => Verdict::Fine,
        (None, false, false) => Verdict::Unknown,
    };
    (measured, verdict)
}

/// The rate, and the samples of the long window.
fn rate_of<'r>(
    objective: &Objective,
    burn: &Burn,
    at: impl Fn(Duration) -> Option<&'r Reading>,
) -> Option<(f64, u64)> {
    let (long, short) = (at(burn.long)?, at(burn.short)?);
    let budget = f64::from(objective.budget_ppm) / 1e6;
    // Over a span without requests nothing was used up.
    let rate = |reading: &Reading| {
        share(bad(objective.of, reading), reading.requests).unwrap_or(0.0) / budget
    };
    Some((rate(long).min(rate(short)), long.requests))
}

fn bad(of: Bad, reading: &Reading) -> u64 {
    match of {
        Bad::Errors => reading.errors,
        Bad::SlowerThan(limit) => reading.slower.get(&limit).copied().unwrap_or(0),
    }
}

#[cfg(test)]
mod tests;
