//! The text exposition format of Prometheus (version 0.0.4): running totals as counters and summaries, and
//! what lately was as quantiles and gauges.
//!
//! A summary's `_sum` and `_count` run since the beginning, as counters do; its quantiles are of the recent
//! frame, since quantiles over all time would move no more, and are `NaN` where nothing was measured. Lines
//! are in a stable order.

mod text;

use super::frame::{Flow, FlowKey, Frame, Gauge, Level, OTHER, StatementKey, Work};
use super::sketch::Sketch;
use std::collections::BTreeMap;
use text::{Labels, Of, Text};

/// What is sent as `Content-Type`.
pub const CONTENT_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

/// The quantiles of summaries, as numbers and as labels.
const QUANTILES: [(f64, &str); 3] = [(0.5, "0.5"), (0.95, "0.95"), (0.99, "0.99")];

/// Everything that is known, of what was ever measured and of what was measured lately.
pub fn exposition(running: &Frame, recent: &Frame) -> String {
    let mut text = Text::default();
    requests(&mut text, running);
    durations(&mut text, running, recent);
    places(&mut text, running);
    statements(&mut text, running, recent);
    origins(&mut text, running, recent);
    gauges(&mut text, recent);
    losses(&mut text, running);
    text.into_string()
}

/// A route's method and path. What is no route has no slash, so it cannot be taken for one.
fn route_labels(route: Option<&str>) -> (&str, &str) {
    match route {
        None => ("any", "none"),
        Some(OTHER) => ("any", OTHER),
        Some(route) => route.split_once(' ').unwrap_or(("any", route)),
    }
}

fn requests(text: &mut Text, running: &Frame) {
    let mut collapsed: BTreeMap<(&str, &str), u64> = BTreeMap::new();
    text.family(
        Of::Counter,
        "requests_total",
        "Responses, by what answered them.",
    );
    for (key, flow) in &running.flows {
        let (method, route) = route_labels(key.route.as_deref());
        let status = format!("{}xx", key.status_class);
        let labels = [
            ("method", method),
            ("route", route),
            ("verdict", key.verdict.as_str()),
            ("layer", key.layer.map_or("none", |layer| layer.as_str())),
            ("status", &status),
        ];
        text.count("requests_total", &labels, flow.count);
        *collapsed.entry((method, route)).or_default() += flow.collapsed;
    }
    let help = "Responses that the fill of another request answered.";
    text.family(Of::Counter, "collapsed_total", help);
    for ((method, route), count) in collapsed {
        text.count(
            "collapsed_total",
            &[("method", method), ("route", route)],
            count,
        );
    }
    let help = "Requests that failed, also where something stale stood in.";
    text.family(Of::Counter, "failures_total", help);
    for ((route, kind), count) in &running.failures {
        let (method, route) = route_labels(route.as_deref());
        let labels = [
            ("method", method),
            ("route", route),
            ("kind", kind.as_str()),
        ];
        text.count("failures_total", &labels, *count);
    }
}

/// A sketch's name, its help, and where it is.
type FlowSketch = (&'static str, &'static str, fn(&Flow) -> &Sketch);

fn durations(text: &mut Text, running: &Frame, recent: &Frame) {
    let families: [FlowSketch; 2] = [
        (
            "request_duration_seconds",
            "From a request's arrival to its response's head.",
            |flow| &flow.duration,
        ),
        (
            "source_duration_seconds",
            "How long the source took, of the requests that asked one.",
            |flow| &flow.source,
        ),
    ];
    for (name, help, sketch) in families {
        text.family(Of::Summary, name, help);
        let lately = by_route(&recent.flows, sketch);
        let nothing = Sketch::default();
        for (route, sum) in by_route(&running.flows, sketch) {
            let (method, path) = route_labels(route);
            let lately = lately.get(&route).unwrap_or(&nothing);
            summary(
                text,
                name,
                &[("method", method), ("route", path)],
                &sum,
                lately,
            );
        }
    }
}

fn by_route(
    flows: &BTreeMap<FlowKey, Flow>,
    sketch: fn(&Flow) -> &Sketch,
) -> BTreeMap<Option<&str>, Sketch> {
    let mut routes: BTreeMap<Option<&str>, Sketch> = BTreeMap::new();
    for (key, flow) in flows {
        routes
            .entry(key.route.as_deref())
            .or_default()
            .merge(sketch(flow));
    }
    routes
}

fn summary(text: &mut Text, name: &str, labels: Labels<'_>, sum: &Sketch, lately: &Sketch) {
    for (quantile, label) in QUANTILES {
        let seconds = lately
            .quantile(quantile)
            .map_or(f64::NAN, |millis| millis / 1000.0);
        let with_quantile = [labels, &[("quantile", label)]].concat();
        text.number(name, &with_quantile, seconds);
    }
    text.number(&format!("{name}_sum"), labels, sum.sum() / 1000.0);
    text.count(&format!("{name}_count"), labels, sum.count());
}

fn places(text: &mut Text, running: &Frame) {
    let mut places: BTreeMap<(&str, &str), u64> = BTreeMap::new();
    for (key, place) in &running.places {
        *places.entry((&key.colo, &key.country)).or_default() += place.count;
    }
    let help = "Responses, by the data centre that gave them and the client's country.";
    text.family(Of::Counter, "place_requests_total", help);
    for ((colo, country), count) in places {
        text.count(
            "place_requests_total",
            &[("colo", colo), ("country", country)],
            count,
        );
    }
}

fn statements(text: &mut Text, running: &Frame, recent: &Frame) {
    let labels = |key: &StatementKey| {
        [
            ("database", key.database.clone()),
            ("query", key.query.clone()),
        ]
    };
    works(
        text,
        "statement",
        "statements",
        &labelled(&running.statements, labels),
        &labelled(&recent.statements, labels),
    );
}

fn origins(text: &mut Text, running: &Frame, recent: &Frame) {
    let labels = |origin: &String| [("origin", origin.clone())];
    works(
        text,
        "origin",
        "exchanges with origins",
        &labelled(&running.contacts, labels),
        &labelled(&recent.contacts, labels),
    );
}

type Labelled<'a, const N: usize> = BTreeMap<[(&'static str, String); N], &'a Work>;

fn labelled<'a, K, const N: usize>(
    works: &'a BTreeMap<K, Work>,
    labels: impl Fn(&K) -> [(&'static str, String); N],
) -> Labelled<'a, N> {
    works
        .iter()
        .map(|(key, work)| (labels(key), work))
        .collect()
}

/// A counter's name, its help, and where it is.
type WorkCounter = (&'static str, &'static str, fn(&Work) -> u64);

fn works<const N: usize>(
    text: &mut Text,
    name: &str,
    what: &str,
    running: &Labelled<'_, N>,
    recent: &Labelled<'_, N>,
) {
    let duration = format!("{name}_duration_seconds");
    text.family(Of::Summary, &duration, &format!("How long {what} took."));
    let nothing = Sketch::default();
    for (labels, work) in running {
        let lately = recent.get(labels).map_or(&nothing, |work| &work.duration);
        summary(text, &duration, &borrowed(labels), &work.duration, lately);
    }
    let failures = format!("{name}_failures_total");
    text.family(
        Of::Counter,
        &failures,
        &format!("Failures of {what}, by why."),
    );
    for (labels, work) in running {
        for (why, count) in work.failures.each() {
            let labels = [&borrowed(labels)[..], &[("reason", why)]].concat();
            text.count(&failures, &labels, count);
        }
    }
    let counters: [WorkCounter; 2] = [
        ("rows", "Rows given by", |work| work.rows),
        ("keys", "Keys asked for by", |work| work.keys),
    ];
    for (counter, help, count) in counters {
        let counter = format!("{name}_{counter}_total");
        text.family(Of::Counter, &counter, &format!("{help} {what}."));
        for (labels, work) in running {
            text.count(&counter, &borrowed(labels), count(work));
        }
    }
}

fn borrowed<'a, const N: usize>(
    labels: &'a [(&'static str, String); N],
) -> [(&'a str, &'a str); N] {
    labels
        .each_ref()
        .map(|(name, value)| (*name, value.as_str()))
}

fn gauges(text: &mut Text, recent: &Frame) {
    let mut families: BTreeMap<&str, Vec<(&Gauge, &Level)>> = BTreeMap::new();
    for (gauge, level) in &recent.gauges {
        families
            .entry(gauge.name())
            .or_default()
            .push((gauge, level));
    }
    for (name, levels) in families {
        let averages = levels
            .iter()
            .map(|(gauge, level)| (*gauge, level.average()));
        gauge_family(text, name, "as it lately was on average", averages);
        let greatest = levels
            .iter()
            .map(|(gauge, level)| (*gauge, Some(level.max)));
        gauge_family(
            text,
            &format!("{name}_max"),
            "as it lately was at most",
            greatest,
        );
    }
}

fn gauge_family<'a>(
    text: &mut Text,
    name: &str,
    how: &str,
    values: impl Iterator<Item = (&'a Gauge, Option<f64>)>,
) {
    let mut first = true;
    for (gauge, value) in values {
        if std::mem::take(&mut first) {
            text.family(Of::Gauge, name, &format!("{}, {how}.", gauge_help(gauge)));
        }
        let subject = gauge.subject();
        let labels = [("of", subject)];
        let labels: Labels<'_> = if subject.is_empty() { &[] } else { &labels };
        text.number(name, labels, value.unwrap_or(f64::NAN));
    }
}

fn gauge_help(gauge: &Gauge) -> &'static str {
    match gauge {
        Gauge::MemoryBytes => "Bytes in an isolate's memory layer",
        Gauge::MemoryEntries => "Entries in an isolate's memory layer",
        Gauge::HeapBytes => "Bytes of an instance's memory",
        Gauge::Fills => "Fills under way in a shield object",
        Gauge::ConnectionsInUse(_) => "Connections in use of a shield object",
        Gauge::ConnectionsIdle(_) => "Idle connections of a shield object",
        Gauge::ConnectionsAwaited(_) => "Requests of a shield object that wait for a connection",
        Gauge::BreakerOpen(_) => "1 where the breaker of a source is open, else 0",
    }
}

fn losses(text: &mut Text, running: &Frame) {
    let losses = running.losses;
    for (name, help, count) in [
        (
            "flushes_total",
            "Flushes of measurements that arrived.",
            losses.flushes,
        ),
        (
            "flushes_late_total",
            "Flushes that arrived late.",
            losses.late,
        ),
        (
            "flushes_dropped_total",
            "Flushes that were given up.",
            losses.dropped,
        ),
        (
            "responses_dropped_total",
            "Responses in flushes that were given up: nothing else here counts them.",
            losses.responses_dropped,
        ),
        (
            "responses_crowded_total",
            "Responses that are counted as of another route or place, for want of room.",
            losses.crowded,
        ),
    ] {
        text.family(Of::Counter, name, help);
        text.count(name, &[], count);
    }
}

#[cfg(test)]
mod tests;
