//! The report of an hour: what an operator reads who was not there.

use super::compare::Comparison;
use super::summary::{
    ErrorSummary, LossSummary, RouteSummary, StatementSummary, Summary, Totals, WorkTotals,
};
use crate::time::Timestamp;
use serde::{Deserialize, Serialize};

/// Of each list, the first so many.
const TOP: usize = 5;

/// Routes with fewer requests are not called slow.
const SLOW_SAMPLES_MIN: u64 = 10;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// When it was made, in seconds since the Unix epoch.
    pub made_at: u64,
    /// The first second of the hour, and the first after it.
    pub from: u64,
    pub to: u64,
    pub total: Totals,
    pub database: WorkTotals,
    /// Most requests first.
    pub busiest: Vec<RouteLine>,
    /// Greatest p95 first.
    pub slowest: Vec<RouteLine>,
    /// Most errors first; only those with any.
    pub failing: Vec<RouteLine>,
    /// Most first.
    pub errors: Vec<ErrorSummary>,
    /// Most time first.
    pub statements: Vec<StatementSummary>,
    /// With the hour before as the baseline; `None` when nothing is known of that.
    pub comparison: Option<Comparison>,
    pub losses: LossSummary,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RouteLine {
    /// `None`: requests that no route matched.
    pub route: Option<String>,
    pub requests: u64,
    pub errors: u64,
    pub hit_rate: Option<f64>,
    pub p50: Option<f64>,
    pub p95: Option<f64>,
}

impl Report {
    /// Of an hour's summary, and the totals of the hour before. One without requests is no baseline.
    pub fn of(hour: &Summary, before: Option<&Totals>, now: Timestamp) -> Self {
        let before = before.filter(|before| before.requests > 0);
        let mut routes: Vec<&RouteSummary> = hour.routes.iter().collect();
        let busiest = lines(&routes);
        routes.sort_by(|a, b| p95(b).total_cmp(&p95(a)));
        routes.retain(|route| route.totals.requests >= SLOW_SAMPLES_MIN);
        let slowest = lines(&routes);
        let mut failing: Vec<&RouteSummary> = hour.routes.iter().collect();
        failing.retain(|route| route.totals.errors > 0);
        failing.sort_by_key(|route| std::cmp::Reverse(route.totals.errors));
        Self {
            made_at: now.as_millis() / 1000,
            from: hour.span.from,
            to: hour.span.to,
            total: hour.total,
            database: hour.database,
            busiest,
            slowest,
            failing: lines(&failing),
            errors: hour.errors.iter().take(TOP).cloned().collect(),
            statements: hour.statements.iter().take(TOP).map(in_all).collect(),
            comparison: before.map(|before| Comparison::of(before, &hour.total)),
            losses: hour.losses,
        }
    }
}

/// Without its course over time: a report is of the hour as a whole.
fn in_all(statement: &StatementSummary) -> StatementSummary {
    StatementSummary {
        spark: Vec::new(),
        ..statement.clone()
    }
}

fn p95(route: &RouteSummary) -> f64 {
    route.totals.duration.p95.unwrap_or(0.0)
}

fn lines(routes: &[&RouteSummary]) -> Vec<RouteLine> {
    routes
        .iter()
        .take(TOP)
        .map(|route| RouteLine::of(route))
        .collect()
}

impl RouteLine {
    fn of(route: &RouteSummary) -> Self {
        let totals = &route.totals;
        Self {
            route: route.route.clone(),
            requests: totals.requests,
            errors: totals.errors,
            hit_rate: totals.hits.rate,
            p50: totals.duration.p50,
            p95: totals.duration.p95,
        }
    }
}

#[cfg(test)]
mod tests;
