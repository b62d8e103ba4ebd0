//! Reads what the rules are about: one question for each span and metrics object, whatever the number of
//! routes. What cannot be read is left out, and says nothing then.

use crate::alert::reading::{Reading, Readings};
use crate::alert::rule::{Bad, Metric, Rule, Watch};
use crate::config::site::Site;
use crate::metrics::frame::{Frame, Gauge};
use crate::metrics::message::{MetricsAsk, MetricsReply, Question};
use crate::metrics::sketch::Sketch;
use crate::metrics::slots::Window;
use crate::metrics::summary::{Counted, Totals};
use crate::ports::alerts::AlertPorts;
use crate::purge::message::{LogAsk, LogReply};
use crate::time::Timestamp;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

pub async fn readings(ports: &impl AlertPorts, site: &Site, now: Timestamp) -> Readings {
    let rules = &site.alerting.rules;
    let lag = purge_lag(ports, site, now).await;
    let mut readings = Readings::new();
    for span in spans(rules) {
        let Some(frame) = frame(ports, site, span, now).await else {
            continue;
        };
        let of_span = |rule: &&Rule| rule.spans().contains(&span);
        for rule in rules.iter().filter(of_span) {
            let key = (rule.route.clone(), span);
            let reading = readings
                .entry(key)
                .or_insert_with(|| reading(&frame, rule.route.as_deref(), span, lag));
            if let Watch::Objective(objective) = &rule.watch
                && let Bad::SlowerThan(limit) = objective.of
            {
                let all = durations(&frame, rule.route.as_deref());
                reading.slower.insert(limit, slower(&all, limit));
            }
        }
    }
    readings
}

fn spans(rules: &[Rule]) -> BTreeSet<Duration> {
    rules.iter().flat_map(Rule::spans).collect()
}

/// What all objects measured within a span that ends now.
async fn frame(
    ports: &impl AlertPorts,
    site: &Site,
    span: Duration,
    now: Timestamp,
) -> Option<Frame> {
    let window = Window::last(span.as_secs(), now);
    let question = Question {
        // The span as a whole is all that is asked for.
        slots_per_point: u32::MAX,
        ..Question::of(window, None)
    };
    let mut whole = Frame::default();
    for object in 0..site.metrics.objects {
        match ports.ask_metrics(object, &MetricsAsk::Read(question.clone())).await {
            Ok(MetricsReply::Frames(frames)) => whole.merge(&frames.whole),
            Ok(other) => {
                ports.complain(&format!("alert: the metrics object answered {other:?}"));
                return None;
            }
            Err(failure) => {
                ports.complain(&format!("alert: {}", failure.internal));
                return None;
            }
        }
    }
    Some(whole)
}
