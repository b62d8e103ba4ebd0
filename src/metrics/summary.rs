//! What `/api/metrics` answers: a span's frames as numbers that people read.
//!
//! Times are seconds since the Unix epoch, durations milliseconds, rates and shares fractions of 1.

mod making;
#[cfg(test)]
pub(crate) mod tests;

use super::scope::RouteSource;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The whole answer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Summary {
    pub span: Span,
    pub total: Totals,
    pub spent: TimeSpent,
    /// Oldest first; a point without requests is there, with zeros.
    pub points: Vec<Point>,
    /// Most requests first. With `?route=` that one alone.
    pub routes: Vec<RouteSummary>,
    /// Most requests first.
    pub places: Vec<PlaceSummary>,
    /// Failures by route and kind, most first.
    pub errors: Vec<ErrorSummary>,
    pub database: WorkTotals,
    /// Slowest by total time first.
    pub statements: Vec<StatementSummary>,
    pub origins: Vec<OriginSummary>,
    pub gauges: Vec<GaugeSummary>,
    pub losses: LossSummary,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Span {
    pub from: u64,
    /// Not included.
    pub to: u64,
    /// The length of a point.
    pub step: u64,
    /// `GET /api/pitches/{id}`, when the answer is of one route.
    pub route: Option<String>,
}

/// Sums over all responses of a span.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Totals {
    pub requests: u64,
    pub per_second: f64,
    /// Of `requests`: those with a status of 500 and more.
    pub errors: u64,
    pub error_rate: f64,
    /// 400 to 499.
    pub refused: u64,
    pub hits: HitTotals,
    pub collapsed: u64,
    pub duration: Quantiles,
    /// How long sources were waited for, of the requests that had one asked, with or without success.
    pub source: Quantiles,
}

/// Where the time of all responses went, each in milliseconds, summed up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct TimeSpent {
    /// At the edge and in its caches.
    pub edge_ms: f64,
    /// On the way to the shield and back, and there until another request's answer came.
    pub shield_ms: f64,
    /// Until sources had answered; a query's wait for a connection is in it.
    pub source_ms: f64,
}

/// Of the responses that a cache could have answered (all but `BYPASS`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct HitTotals {
    pub cacheable: u64,
    /// `HIT`, `STALE` and `REVALIDATED`, as a share of `cacheable`; `None` without any.
    pub rate: Option<f64>,
    pub memory: u64,
    pub colo: u64,
    pub global: u64,
    /// Of the three, those that were served stale.
    pub stale: u64,
    pub revalidated: u64,
    pub misses: u64,
    pub expired: u64,
    pub bypassed: u64,
}

/// Milliseconds; `None`: nothing was measured.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Quantiles {
    pub count: u64,
    pub average: Option<f64>,
    pub p50: Option<f64>,
    pub p95: Option<f64>,
    pub p99: Option<f64>,
    pub max: Option<f64>,
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Point {
    pub at: u64,
    #[serde(flatten)]
    pub totals: Totals,
    pub database: WorkTotals,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct RouteSummary {
    /// `None`: requests that no route matched.
    pub route: Option<String>,
    /// What it asks, as the site has it now; `None`: the site has no such route.
    pub own_source: Option<RouteSource>,
    #[serde(flatten)]
    pub totals: Totals,
    pub spent: TimeSpent,
    /// For each point of the answer.
    pub spark: Vec<Spark>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Spark {
    pub requests: u64,
    /// Of `requests`: those with a status of 500 and more.
    pub errors: u64,
    /// 400 to 499.
    pub refused: u64,
    pub p95: Option<f64>,
}

/// What a source did within one point.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct WorkSpark {
    pub calls: u64,
    pub failures: u64,
    pub p95: Option<f64>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct PlaceSummary {
    pub colo: String,
    pub country: String,
    pub requests: u64,
    pub errors: u64,
    /// Of all requests from there.
    pub hit_rate: Option<f64>,
    pub duration: Quantiles,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct ErrorSummary {
    pub route: Option<String>,
    /// The stable word of the problem's type, e.g. `timeout`.
    pub kind: String,
    pub count: u64,
}

/// Why statements or exchanges failed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct FailureReasons {
    /// No connection came about; of an origin, also where it was lost before an answer.
    pub unreached: u64,
    /// There was no answer within its time.
    pub late: u64,
    /// The source broke off, or said that it could not answer.
    pub unable: u64,
    /// Whoever had asked has left, or did not wait any longer.
    pub dropped: u64,
}

/// Statements or exchanges.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct WorkTotals {
    pub calls: u64,
    pub failures: u64,
    pub reasons: FailureReasons,
    pub rows: u64,
    /// Keys asked for, where statements are batched; else as many as `calls`.
    pub keys: u64,
    /// Of all calls together.
    pub total_ms: f64,
    pub duration: Quantiles,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct StatementSummary {
    pub database: String,
    pub query: String,
    #[serde(flatten)]
    pub work: WorkTotals,
    /// For each point of the answer.
    pub spark: Vec<WorkSpark>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct OriginSummary {
    pub origin: String,
    #[serde(flatten)]
    pub work: WorkTotals,
    /// For each point of the answer.
    pub spark: Vec<WorkSpark>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct GaugeSummary {
    /// Prometheus' name without the prefix, e.g. `memory_bytes`.
    pub name: String,
    /// What it is of, e.g. `database main`; empty where there is one.
    pub of: String,
    pub average: f64,
    pub max: f64,
    /// The average within each point of the answer; `None`: it was not observed.
    pub spark: Vec<Option<f64>>,
}

impl Summary {
    /// With what each route asks, by its pattern.
    #[must_use]
    pub fn knowing(mut self, sources: &BTreeMap<String, RouteSource>) -> Self {
        for route in &mut self.routes {
            let source = |pattern: &String| sources.get(pattern).cloned();
            route.own_source = route.route.as_ref().and_then(source);
        }
        self
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct LossSummary {
    pub flushes: u64,
    pub late: u64,
    pub dropped: u64,
    pub responses_dropped: u64,
    pub crowded: u64,
}
