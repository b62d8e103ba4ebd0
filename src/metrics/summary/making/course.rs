//! How each thing of a summary went over time: for each point of the span, a few numbers.

use super::{Flow, FlowKey, Frame, Gauge, Span, Work};
use crate::metrics::frame::StatementKey;
use crate::metrics::sketch::Sketch;
use crate::metrics::summary::{Spark, WorkSpark};
use std::collections::BTreeMap;

/// The frames of a span's points, in their order; `None`: nothing was measured in that one.
pub(super) struct Course<'a> {
    points: Vec<Option<&'a Frame>>,
}

impl<'a> Course<'a> {
    pub(super) fn of(span: &Span, points: &'a BTreeMap<u64, Frame>) -> Self {
        let points = span.points().map(|(at, _)| points.get(&at)).collect();
        Self { points }
    }

    /// Of all routes at once: going through all flows for each of them would be slow.
    pub(super) fn routes(&self) -> BTreeMap<Option<&'a str>, Vec<Spark>> {
        let mut sparks: BTreeMap<Option<&str>, Vec<Spark>> = BTreeMap::new();
        for (number, frame) in self.points.iter().enumerate() {
            let Some(frame) = frame else {
                continue;
            };
            for (route, flows) in by_route(frame) {
                let line = sparks
                    .entry(route)
                    .or_insert_with(|| vec![Spark::default(); self.points.len()]);
                if let Some(spark) = line.get_mut(number) {
                    *spark = Spark::of(&flows);
                }
            }
        }
        sparks
    }

    pub(super) fn statement(&self, key: &StatementKey) -> Vec<WorkSpark> {
        self.each(|frame| frame.statements.get(key).map(WorkSpark::of))
    }

    pub(super) fn origin(&self, name: &str) -> Vec<WorkSpark> {
        self.each(|frame| frame.contacts.get(name).map(WorkSpark::of))
    }

    pub(super) fn gauge(&self, gauge: &Gauge) -> Vec<Option<f64>> {
        self.each(|frame| frame.gauges.get(gauge).map(|level| level.average()))
    }

    fn each<T: Default>(&self, value: impl Fn(&'a Frame) -> Option<T>) -> Vec<T> {
        let value = |frame: &Option<&'a Frame>| frame.and_then(&value).unwrap_or_default();
        self.points.iter().map(value).collect()
    }
}

pub(super) fn by_route(frame: &Frame) -> BTreeMap<Option<&str>, Vec<(&FlowKey, &Flow)>> {
    let mut routes: BTreeMap<Option<&str>, Vec<_>> = BTreeMap::new();
    for flow in &frame.flows {
        let route = flow.0.route.as_deref();
        routes.entry(route).or_default().push(flow);
    }
    routes
}

impl Spark {
    fn of(flows: &[(&FlowKey, &Flow)]) -> Self {
        let mut duration = Sketch::default();
        let mut spark = Self::default();
        for (key, flow) in flows {
            duration.merge(&flow.duration);
            spark.requests += flow.count;
            match key.status_class {
                5.. => spark.errors += flow.count,
                4 => spark.refused += flow.count,
                0..=3 => {}
            }
        }
        spark.p95 = duration.quantile(0.95);
        spark
    }
}

impl WorkSpark {
    fn of(work: &Work) -> Self {
        Self {
            calls: work.calls,
            failures: work.failures.sum(),
            p95: work.duration.quantile(0.95),
        }
    }
}
