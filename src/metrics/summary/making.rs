//! Makes a summary of the frames that the metrics objects gave.

mod course;

use super::{
    ErrorSummary, FailureReasons, GaugeSummary, HitTotals, LossSummary, OriginSummary,
    PlaceSummary, Point, Quantiles, RouteSummary, Span, Spark, StatementSummary, Summary,
    TimeSpent, Totals, WorkTotals,
};
use crate::metrics::frame::{
    Failures, Flow, FlowKey, Frame, Gauge, Level, Losses, Place, PlaceKey, Work,
};
use crate::metrics::message::Frames;
use crate::metrics::sketch::{Sketch, float};
use crate::metrics::slots::Window;
use crate::outcome::{CacheVerdict, Layer};
use course::{Course, by_route};
use std::cmp::Reverse;
use std::collections::BTreeMap;

impl Span {
    pub fn of(window: Window, route: Option<String>) -> Self {
        Self {
            from: window.from_s,
            to: window.to_s,
            step: window.step_s(),
            route,
        }
    }

    /// When each point begins, and how many seconds of it lie within the span.
    fn points(&self) -> impl Iterator<Item = (u64, u64)> {
        let (to, step) = (self.to, self.step.max(1));
        let count = to.saturating_sub(self.from).div_ceil(step).min(POINTS_MAX);
        let from = self.from;
        (0..count).map(move |number| {
            let at = from.saturating_add(number.saturating_mul(step));
            (at, step.min(to.saturating_sub(at)))
        })
    }
}

/// No window has nearly as many: a span of any other making shows its first ones.
const POINTS_MAX: u64 = 1000;

impl Summary {
    /// Of what several objects gave for the same question.
    pub fn of(span: Span, objects: Vec<Frames>) -> Self {
        let frames = together(objects);
        let whole = &frames.whole;
        let points: BTreeMap<u64, Frame> = frames.points.into_iter().collect();
        let course = Course::of(&span, &points);
        let seconds = span.to.saturating_sub(span.from);
        Self {
            total: Totals::of(whole.flows.iter(), seconds),
            spent: TimeSpent::of(whole.flows.iter()),
            points: charted(&span, &points),
            routes: routes(&span, whole, &course),
            places: places(whole),
            errors: errors(whole),
            database: WorkTotals::of(whole.statements.values()),
            statements: statements(whole, &course),
            origins: origins(whole, &course),
            gauges: gauges(whole, &course),
            losses: whole.losses.into(),
            span,
        }
    }
}

impl Totals {
    pub fn of<'a>(flows: impl Iterator<Item = (&'a FlowKey, &'a Flow)>, seconds: u64) -> Self {
        let mut totals = Self::default();
        let (mut duration, mut source) = (Sketch::default(), Sketch::default());
        for (key, flow) in flows {
            totals.requests += flow.count;
            totals.collapsed += flow.collapsed;
            totals.hits.add(key, flow.count);
            match key.status_class {
                5.. => totals.errors += flow.count,
                4 => totals.refused += flow.count,
                0..=3 => {}
            }
            duration.merge(&flow.duration);
            source.merge(&flow.source);
        }
        totals.per_second = float(totals.requests) / float(seconds.max(1));
        totals.error_rate = share(totals.errors, totals.requests).unwrap_or(0.0);
        totals.hits.rate = totals.hits.share_of_cacheable();
        totals.duration = Quantiles::of(&duration);
        totals.source = Quantiles::of(&source);
        totals
    }
}

impl TimeSpent {
    /// Of a whole span: in points, durations are not of the flows that they are under.
    fn of<'a>(flows: impl Iterator<Item = (&'a FlowKey, &'a Flow)>) -> Self {
        let mut spent = Self::default();
        flows.for_each(|(key, flow)| spent.add(key, flow));
        spent
    }

    /// What is not the source's is the shield's where it was asked, and else the edge's: time stands still on
    /// Workers but for I/O, so before the shield there is little of it.
    fn add(&mut self, key: &FlowKey, flow: &Flow) {
        let source = flow.source.sum().min(flow.duration.sum());
        let rest = flow.duration.sum() - source;
        self.source_ms += source;
        let asked = !flow.source.is_empty() || flow.collapsed > 0 || goes_on(key.verdict);
        if asked {
            self.shield_ms += rest;
        } else {
            self.edge_ms += rest;
        }
    }
}

/// Whether what is stored did not do.
fn goes_on(verdict: CacheVerdict) -> bool {
    match verdict {
        CacheVerdict::Miss | CacheVerdict::Expired | CacheVerdict::Revalidated => true,
        CacheVerdict::Hit | CacheVerdict::Stale | CacheVerdict::Bypass => false,
    }
}

impl HitTotals {
    fn add(&mut self, key: &FlowKey, count: u64) {
        if key.verdict != CacheVerdict::Bypass {
            self.cacheable += count;
        }
        match key.verdict {
            CacheVerdict::Hit => self.add_layer(key.layer, count),
            CacheVerdict::Stale => {
                self.add_layer(key.layer, count);
                self.stale += count;
            }
            CacheVerdict::Revalidated => self.revalidated += count,
            CacheVerdict::Miss => self.misses += count,
            CacheVerdict::Expired => self.expired += count,
            CacheVerdict::Bypass => self.bypassed += count,
        }
    }

    fn add_layer(&mut self, layer: Option<Layer>, count: u64) {
        match layer {
            Some(Layer::Memory) => self.memory += count,
            Some(Layer::Colo) => self.colo += count,
            Some(Layer::Global) => self.global += count,
            None => {}
        }
    }

    /// By what was not a hit, so that a hit whose layer nobody has told is one.
    fn share_of_cacheable(&self) -> Option<f64> {
        let not = self.misses + self.expired;
        share(self.cacheable.saturating_sub(not), self.cacheable)
    }
}

impl Quantiles {
    pub fn of(sketch: &Sketch) -> Self {
        Self {
            count: sketch.count(),
            average: sketch.average(),
            p50: sketch.quantile(0.5),
            p95: sketch.quantile(0.95),
            p99: sketch.quantile(0.99),
            max: sketch.max(),
        }
    }
}

impl WorkTotals {
    pub fn of<'a>(works: impl Iterator<Item = &'a Work>) -> Self {
        let mut sum = Work::default();
        works.for_each(|work| sum.add(work));
        Self {
            calls: sum.calls,
            failures: sum.failures.sum(),
            reasons: sum.failures.into(),
            rows: sum.rows,
            keys: sum.keys,
            total_ms: sum.duration.sum(),
            duration: Quantiles::of(&sum.duration),
        }
    }
}

impl From<Failures> for FailureReasons {
    fn from(failures: Failures) -> Self {
        let Failures {
            unreached,
            late,
            unable,
            dropped,
        } = failures;
        Self {
            unreached,
            late,
            unable,
            dropped,
        }
    }
}

impl From<Losses> for LossSummary {
    fn from(losses: Losses) -> Self {
        Self {
            flushes: losses.flushes,
            late: losses.late,
            dropped: losses.dropped,
            responses_dropped: losses.responses_dropped,
            crowded: losses.crowded,
        }
    }
}

impl Gauge {
    /// Prometheus' name without the prefix.
    pub fn name(&self) -> &'static str {
        match self {
            Self::MemoryBytes => "memory_bytes",
            Self::MemoryEntries => "memory_entries",
            Self::HeapBytes => "heap_bytes",
            Self::Fills => "fills",
            Self::ConnectionsInUse(_) => "connections_in_use",
            Self::ConnectionsIdle(_) => "connections_idle",
            Self::ConnectionsAwaited(_) => "connections_awaited",
            Self::BreakerOpen(_) => "breaker_open",
        }
    }

    /// What it is of; empty where there is one.
    pub fn subject(&self) -> &str {
        match self {
            Self::MemoryBytes | Self::MemoryEntries | Self::HeapBytes | Self::Fills => "",
            Self::ConnectionsInUse(of)
            | Self::ConnectionsIdle(of)
            | Self::ConnectionsAwaited(of)
            | Self::BreakerOpen(of) => of,
        }
    }
}

/// What several objects gave, as if one had kept it all.
fn together(objects: Vec<Frames>) -> Frames {
    let mut whole = Frame::default();
    let mut points: BTreeMap<u64, Frame> = BTreeMap::new();
    for object in objects {
        whole.gather(&object.whole);
        for (at, frame) in object.points {
            points.entry(at).or_default().gather(&frame);
        }
    }
    Frames {
        whole,
        points: points.into_iter().collect(),
    }
}

fn charted(span: &Span, points: &BTreeMap<u64, Frame>) -> Vec<Point> {
    let nothing = Frame::default();
    let point = |(at, seconds)| {
        let frame = points.get(&at).unwrap_or(&nothing);
        Point {
            at,
            totals: Totals::of(frame.flows.iter(), seconds),
            database: WorkTotals::of(frame.statements.values()),
        }
    };
    span.points().map(point).collect()
}

fn routes(span: &Span, whole: &Frame, course: &Course<'_>) -> Vec<RouteSummary> {
    let mut sparks = course.routes();
    let seconds = span.to.saturating_sub(span.from);
    let mut routes: Vec<RouteSummary> = by_route(whole)
        .into_iter()
        .map(|(route, flows)| RouteSummary {
            route: route.map(str::to_owned),
            totals: Totals::of(flows.iter().copied(), seconds),
            spent: TimeSpent::of(flows.into_iter()),
            own_source: None,
            spark: sparks
                .remove(&route)
                .unwrap_or_else(|| vec![Spark::default(); span.points().count()]),
        })
        .collect();
    // The sort is stable: routes with as many requests stay in the order of their names.
    routes.sort_by_key(|route| Reverse(route.totals.requests));
    routes
}

fn places(whole: &Frame) -> Vec<PlaceSummary> {
    let mut places: BTreeMap<(&str, &str), Place> = BTreeMap::new();
    for (PlaceKey { colo, country, .. }, place) in &whole.places {
        places.entry((colo, country)).or_default().add(place);
    }
    let mut places: Vec<PlaceSummary> = places
        .into_iter()
        .map(|((colo, country), place)| PlaceSummary {
            colo: colo.to_owned(),
            country: country.to_owned(),
            requests: place.count,
            errors: place.errors,
            hit_rate: share(place.hits, place.count),
            duration: Quantiles::of(&place.duration),
        })
        .collect();
    places.sort_by_key(|place| Reverse(place.requests));
    places
}

fn errors(whole: &Frame) -> Vec<ErrorSummary> {
    let mut errors: Vec<ErrorSummary> = whole
        .failures
        .iter()
        .map(|((route, kind), count)| ErrorSummary {
            route: route.clone(),
            kind: kind.as_str().to_owned(),
            count: *count,
        })
        .collect();
    errors.sort_by_key(|error| Reverse(error.count));
    errors
}

fn statements(whole: &Frame, course: &Course<'_>) -> Vec<StatementSummary> {
    let mut statements: Vec<StatementSummary> = whole
        .statements
        .iter()
        .map(|(key, work)| StatementSummary {
            database: key.database.clone(),
            query: key.query.clone(),
            work: WorkTotals::of(std::iter::once(work)),
            spark: course.statement(key),
        })
        .collect();
    statements.sort_by(|a, b| b.work.total_ms.total_cmp(&a.work.total_ms));
    statements
}

fn origins(whole: &Frame, course: &Course<'_>) -> Vec<OriginSummary> {
    let mut origins: Vec<OriginSummary> = whole
        .contacts
        .iter()
        .map(|(origin, work)| OriginSummary {
            origin: origin.clone(),
            work: WorkTotals::of(std::iter::once(work)),
            spark: course.origin(origin),
        })
        .collect();
    origins.sort_by(|a, b| b.work.total_ms.total_cmp(&a.work.total_ms));
    origins
}

fn gauges(whole: &Frame, course: &Course<'_>) -> Vec<GaugeSummary> {
    let gauge = |(gauge, level): (&Gauge, &Level)| {
        Some(GaugeSummary {
            name: gauge.name().to_owned(),
            of: gauge.subject().to_owned(),
            average: level.average()?,
            max: level.max,
            spark: course.gauge(gauge),
        })
    };
    whole.gauges.iter().filter_map(gauge).collect()
}

fn share(part: u64, of: u64) -> Option<f64> {
    (of > 0).then(|| float(part) / float(of))
}
