//! Reads what the rules are about: one question for each span and metrics object, whatever the number of
//! routes. Where some of the objects do not answer, what the others measured is judged: alerts go on being
//! raised. Where none does, there is no reading.

use crate::alert::breakers::Breakers;
use crate::alert::reading::{Coverage, PurgeLag, Reading, Readings};
use crate::alert::rule::{Bad, Metric, Rule, Watch};
use crate::config::site::Site;
use crate::failure::Failure;
use crate::metrics::frame::{Flow, FlowKey, Frame};
use crate::metrics::message::{Frames, MetricsAsk, MetricsReply, Question};
use crate::metrics::sketch::Sketch;
use crate::metrics::slots::Window;
use crate::outcome::CacheVerdict;
use crate::pipeline::metering::documents::unexpected;
use crate::ports::alerts::AlertPorts;
use crate::purge::message::{LogAsk, LogReply};
use crate::time::Timestamp;
use futures_util::future::join_all;
use std::collections::BTreeSet;
use std::time::Duration;

/// With the failure of an object that could not be read, if any.
pub async fn readings(
    ports: &impl AlertPorts,
    site: &Site,
    now: Timestamp,
) -> (Readings, Option<Failure>) {
    let rules = &site.alerting.rules;
    let lag = purge_lag(ports, site, now).await;
    let (mut readings, mut unread) = (Readings::new(), None);
    let mut silent = BTreeSet::new();
    for span in spans(rules) {
        let (seen, failure) = seen(ports, site, span, now, &mut silent).await;
        let coverage = if silent.is_empty() {
            Coverage::Whole
        } else {
            Coverage::Part
        };
        unread = unread.or(failure);
        let Some(seen) = seen else {
            continue;
        };
        let of_span = |rule: &&Rule| rule.spans().contains(&span);
        for rule in rules.iter().filter(of_span) {
            let key = (rule.route.clone(), span);
            let reading = readings.entry(key).or_insert_with(|| Reading {
                coverage,
                ..reading(&seen, rule.route.as_deref(), lag)
            });
            if let Watch::Objective(objective) = &rule.watch
                && let Bad::SlowerThan(limit) = objective.of
            {
                let all = durations(&seen.all, rule.route.as_deref());
                reading.slower.insert(limit, slower(&all, limit));
            }
        }
    }
    (readings, unread)
}

fn spans(rules: &[Rule]) -> BTreeSet<Duration> {
    rules.iter().flat_map(Rule::spans).collect()
}

/// What was measured within a span.
#[derive(Debug, Default)]
struct Seen {
    all: Frame,
    /// The beginning of the span, of which every isolate has told: a rate over all of it would lack what is
    /// still being told.
    told: Frame,
    told_s: u64,
}

/// How long a flush is under way, at most, where all is well.
const WAY_MAX: Duration = Duration::from_secs(2);

/// How many slots of a window have been told by now, and how many seconds those are; all of it where that is
/// less than one slot.
fn told(window: Window, flush: Duration, now: Timestamp) -> (u32, u64) {
    let until_s = now.before(flush.saturating_add(WAY_MAX)).as_millis() / 1000;
    let length_s = window.length.seconds();
    match u32::try_from(until_s.saturating_sub(window.from_s) / length_s) {
        Ok(slots @ 1..) => (slots, u64::from(slots) * length_s),
        Ok(0) | Err(_) => (u32::MAX, window.to_s.saturating_sub(window.from_s)),
    }
}

/// What the objects measured within a span that ends now; `None` where none of them answers. Those that are
/// `silent` are not asked again: each may take its whole time to say nothing.
async fn seen(
    ports: &impl AlertPorts,
    site: &Site,
    span: Duration,
    now: Timestamp,
    silent: &mut BTreeSet<u16>,
) -> (Option<Seen>, Option<Failure>) {
    let window = Window::last(span.as_secs(), now);
    let (slots_per_point, told_s) = told(window, site.metrics.flush, now);
    let ask = &MetricsAsk::Read(Question {
        // The first point is what has been told.
        slots_per_point,
        ..Question::of(window, None)
    });
    let (mut seen, mut failed): (Option<Seen>, Option<Failure>) = (None, None);
    let asked = (0..site.metrics.objects).filter(|object| !silent.contains(object));
    let replies = asked.map(|object| async move { (object, ports.ask_metrics(object, ask).await) });
    for (object, reply) in join_all(replies).await {
        match reply.and_then(understood) {
            Ok(frames) => {
                let seen = seen.get_or_insert_default();
                seen.told_s = told_s;
                seen.all.gather(&frames.whole);
                let first = frames.points.iter().filter(|(at, _)| *at == window.from_s);
                first.for_each(|(_, frame)| seen.told.gather(frame));
            }
            Err(failure) => {
                ports.complain(&format!("alert: {}", failure.internal));
                silent.insert(object);
                failed = Some(failure);
            }
        }
    }
    (seen, failed)
}

fn understood(reply: MetricsReply) -> Result<Frames, Failure> {
    if let MetricsReply::Frames(frames) = reply {
        return Ok(frames);
    }
    Err(unexpected(&reply))
}

/// The flows of one route, or of all.
fn flows<'f>(
    frame: &'f Frame,
    route: Option<&'f str>,
) -> impl Iterator<Item = (&'f FlowKey, &'f Flow)> {
    frame
        .flows
        .iter()
        .filter(move |(key, _)| route.is_none() || key.route.as_deref() == route)
}

fn reading(seen: &Seen, route: Option<&str>, purge_lag: PurgeLag) -> Reading {
    let frame = &seen.all;
    let count = |wanted: &dyn Fn(&FlowKey) -> bool| -> u64 {
        let wanted = flows(frame, route).filter(|(key, _)| wanted(key));
        wanted.map(|(_, flow)| flow.count).sum()
    };
    let told: u64 = flows(&seen.told, route).map(|(_, flow)| flow.count).sum();
    let requests = count(&|_| true);
    let cacheable = count(&|key| key.verdict != CacheVerdict::Bypass);
    let hits = count(&|key| is_hit(key.verdict));
    let durations = durations(frame, route);
    let mut statements = Sketch::default();
    for work in frame.statements.values() {
        statements.merge(&work.duration);
    }
    Reading {
        coverage: Coverage::Whole,
        requests,
        per_second: told as f64 / seen.told_s.max(1) as f64,
        errors: count(&|key| key.status_class >= 5),
        p50: durations.quantile(0.5),
        p95: durations.quantile(0.95),
        p99: durations.quantile(0.99),
        cacheable,
        hit_rate: (cacheable > 0).then(|| hits as f64 / cacheable as f64),
        statements: statements.count(),
        statements_p95: statements.quantile(0.95),
        breakers: breakers(frame),
        purge_lag,
        slower: std::collections::BTreeMap::new(),
    }
}

fn is_hit(verdict: CacheVerdict) -> bool {
    match verdict {
        CacheVerdict::Hit | CacheVerdict::Stale | CacheVerdict::Revalidated => true,
        CacheVerdict::Miss | CacheVerdict::Bypass | CacheVerdict::Expired => false,
    }
}

fn durations(frame: &Frame, route: Option<&str>) -> Sketch {
    let mut all = Sketch::default();
    for (_, flow) in flows(frame, route) {
        all.merge(&flow.duration);
    }
    all
}

/// How many took longer. The sketch tells the value at each rank, within its error.
fn slower(durations: &Sketch, limit: Duration) -> u64 {
    let limit_ms = limit.as_secs_f64() * 1000.0;
    let is_within = |rank: u64| {
        // Half a rank more, so that rounding never gives the one below.
        let share = (rank as f64 + 0.5) / durations.count().saturating_sub(1).max(1) as f64;
        durations
            .quantile(share)
            .is_some_and(|value| value <= limit_ms)
    };
    // The ranks below `low` are within the limit, those from `high` on are not.
    let (mut low, mut high) = (0, durations.count());
    while low < high {
        let middle = low + (high - low) / 2;
        if is_within(middle) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    durations.count() - low
}

/// A source that several tell of is open if one of them says so, at any time of the span.
fn breakers(frame: &Frame) -> Breakers {
    let mut breakers = Breakers::default();
    for (gauge, level) in &frame.gauges {
        let Some(source) = gauge.breaker_of() else {
            continue;
        };
        let told = if level.max > 0.0 {
            &mut breakers.open
        } else {
            &mut breakers.closed
        };
        told.insert(source.to_owned());
    }
    breakers
}

/// Asked only where a rule is about it.
async fn purge_lag(ports: &impl AlertPorts, site: &Site, now: Timestamp) -> PurgeLag {
    let is_watched = site.alerting.rules.iter().any(|rule| match &rule.watch {
        Watch::Threshold(threshold) => threshold.metric == Metric::PurgeLag,
        Watch::Objective(_) => false,
    });
    if !is_watched || site.purge.outbox.is_empty() {
        return PurgeLag::None;
    }
    let ms = |at: Timestamp| now.since(at).as_secs_f64() * 1000.0;
    let why = match ports.ask_purge_log(&LogAsk::Status).await {
        Ok(LogReply::Status(status)) => {
            let never = PurgeLag::AtLeast(ms(status.began_at));
            return status.drained_at.map_or(never, |at| PurgeLag::Is(ms(at)));
        }
        Ok(other) => format!("the purge log answered {other:?}"),
        Err(failure) => failure.internal,
    };
    ports.complain(&format!("alert: {why}"));
    PurgeLag::Unread
}

#[cfg(test)]
mod tests;
