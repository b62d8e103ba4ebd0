//! Two spans of time beside each other: is it better now?
//!
//! An improvement is a percentage of the baseline and positive when things are better, whichever way better
//! is: a p95 that fell from 100 to 80 ms has improved by 20 %, a hit rate that fell from 0.8 to 0.6 by −25 %.
//! Throughput has no better: its change is positive when there is more.

use super::summary::{Quantiles, Totals};
use serde::{Deserialize, Serialize};

/// With fewer samples on either side, a difference says little.
pub const SAMPLES_MIN: u64 = 100;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Comparison {
    /// Requests on either side.
    pub baseline_requests: u64,
    pub current_requests: u64,
    pub metrics: Vec<Compared>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Compared {
    /// `p95`, `hit_rate`, …
    pub metric: String,
    /// `ms`, `share` or `per_second`.
    pub unit: String,
    pub better: Better,
    /// `None`: nothing was measured.
    pub baseline: Option<f64>,
    pub current: Option<f64>,
    /// `None` where either side is missing, or where there is no share of a baseline of 0.
    pub improvement_percent: Option<f64>,
    /// What the numbers are made of.
    pub samples: Samples,
    /// What is to be known before believing it; empty when nothing is.
    pub caution: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Samples {
    pub baseline: u64,
    pub current: u64,
}

/// Which way is better.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Better {
    Lower,
    Higher,
    /// It is a fact about the clients.
    Neither,
}

/// One side's number, and the samples it is made of.
type Reading = (Option<f64>, u64);

impl Comparison {
    pub fn of(baseline: &Totals, current: &Totals) -> Self {
        Self {
            baseline_requests: baseline.requests,
            current_requests: current.requests,
            metrics: METRICS
                .iter()
                .map(|metric| metric.compare(baseline, current))
                .collect(),
        }
    }
}

struct Metric {
    name: &'static str,
    unit: &'static str,
    better: Better,
    read: fn(&Totals) -> Reading,
}

const METRICS: [Metric; 9] = [
    lower("p50", "ms", |totals| {
        of(totals.duration, totals.duration.p50)
    }),
    lower("p95", "ms", |totals| {
        of(totals.duration, totals.duration.p95)
    }),
    lower("p99", "ms", |totals| {
        of(totals.duration, totals.duration.p99)
    }),
    lower("average", "ms", |totals| {
        of(totals.duration, totals.duration.average)
    }),
    lower("source_p95", "ms", |totals| {
        of(totals.source, totals.source.p95)
    }),
    lower("error_rate", "share", |totals| {
        (
            (totals.requests > 0).then_some(totals.error_rate),
            totals.requests,
        )
    }),
    Metric {
        name: "hit_rate",
        unit: "share",
        better: Better::Higher,
        read: |totals| (totals.hits.rate, totals.hits.cacheable),
    },
    Metric {
        name: "throughput",
        unit: "per_second",
        better: Better::Neither,
        read: |totals| (Some(totals.per_second), totals.requests),
    },
    Metric {
        name: "source_share",
        unit: "share",
        better: Better::Lower,
        read: source_share,
    },
];

const fn lower(name: &'static str, unit: &'static str, read: fn(&Totals) -> Reading) -> Metric {
    Metric {
        name,
        unit,
        better: Better::Lower,
        read,
    }
}

fn of(quantiles: Quantiles, value: Option<f64>) -> Reading {
    (value, quantiles.count)
}

/// Of all requests, those that asked a source.
fn source_share(totals: &Totals) -> Reading {
    use super::sketch::float;
    let share = float(totals.source.count) / float(totals.requests.max(1));
    ((totals.requests > 0).then_some(share), totals.requests)
}

impl Metric {
    fn compare(&self, baseline: &Totals, current: &Totals) -> Compared {
        let (was, before) = (self.read)(baseline);
        let (is, now) = (self.read)(current);
        let samples = Samples {
            baseline: before,
            current: now,
        };
        Compared {
            metric: self.name.to_owned(),
            unit: self.unit.to_owned(),
            better: self.better,
            baseline: was,
            current: is,
            improvement_percent: was
                .zip(is)
                .and_then(|(was, is)| self.better.improvement(was, is)),
            samples,
            caution: caution(samples, was),
        }
    }
}

impl Better {
    /// In percent of the baseline. What stayed the same has improved by 0, also at 0.
    #[expect(
        clippy::float_cmp,
        reason = "numbers that are the same have not changed"
    )]
    fn improvement(self, was: f64, is: f64) -> Option<f64> {
        if was == is {
            return Some(0.0);
        }
        let change = (was != 0.0).then(|| (is - was) / was * 100.0)?;
        Some(match self {
            Self::Lower => -change,
            Self::Higher | Self::Neither => change,
        })
    }
}

fn caution(samples: Samples, was: Option<f64>) -> String {
    let few = |count: u64, side: &str| match count {
        0 => Some(format!("nothing was measured in the {side}")),
        1..SAMPLES_MIN => Some(format!("{count} samples in the {side} are few")),
        SAMPLES_MIN.. => None,
    };
    let sides = [
        few(samples.baseline, "baseline"),
        few(samples.current, "current span"),
    ];
    let mut words: Vec<String> = sides.into_iter().flatten().collect();
    if words.is_empty() && was == Some(0.0) {
        words.push("the baseline is 0, of which there is no share".to_owned());
    }
    words.join("; ")
}

#[cfg(test)]
mod tests;
